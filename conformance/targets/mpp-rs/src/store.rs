//! Channels that outlive the process: the crate's store in memory, with every change appended to a file before it
//! counts. The crate leaves durable storage to whoever serves.
use std::{
    fs::File,
    future::Future,
    io::Write,
    path::Path,
    pin::Pin,
    sync::{Arc, Mutex},
};

use mpp::{
    VerificationError,
    protocol::methods::tempo::{ChannelState, ChannelStore},
    server::SessionChannelStore,
};

type Change = Box<dyn FnOnce(Option<ChannelState>) -> Result<Option<ChannelState>, VerificationError> + Send>;
type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
type Channel = Result<Option<ChannelState>, VerificationError>;

/// One line of the file is one state of one channel; the last line of a channel is what it is.
pub struct FileStore {
    known: SessionChannelStore,
    file: Arc<Mutex<File>>,
}

impl FileStore {
    /// Reads what an earlier process left, and appends to it from now on. The last line may be cut off: it never counted.
    pub fn open(path: &Path) -> Self {
        let known = SessionChannelStore::new();
        for line in std::fs::read_to_string(path).unwrap_or_default().lines() {
            if let Ok(state) = serde_json::from_str::<ChannelState>(line) {
                known.insert(&state.channel_id.clone(), state);
            }
        }
        let file = File::options().create(true).append(true).open(path).expect("DATA_DIR cannot be written");
        Self { known, file: Arc::new(Mutex::new(file)) }
    }
}

impl ChannelStore for FileStore {
    fn get_channel(&self, id: &str) -> Answer<'_, Channel> {
        self.known.get_channel(id)
    }

    /// The store in memory calls `change` under its lock, so lines come in the order of the changes.
    fn update_channel(&self, id: &str, change: Change) -> Answer<'_, Channel> {
        let file = self.file.clone();
        let written = move |before: Option<ChannelState>| {
            let after = change(before)?;
            if let Some(state) = &after {
                let mut line = serde_json::to_vec(state).map_err(unwritten)?;
                line.push(b'\n');
                file.lock().unwrap().write_all(&line).map_err(unwritten)?;
            }
            Ok(after)
        };
        self.known.update_channel(id, Box::new(written))
    }

    fn wait_for_update(&self, id: &str) -> Answer<'_, ()> {
        self.known.wait_for_update(id)
    }
}

fn unwritten(error: impl std::fmt::Display) -> VerificationError {
    VerificationError::internal(error.to_string())
}
