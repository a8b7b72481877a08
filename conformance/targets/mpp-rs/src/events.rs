//! Server-sent events as they come in chunks, by the grammar of HTML: lines end with LF, CR or CRLF. The crate answers
//! events by name and data (`stream_event`), and leaves reading them to its users. An event has an end: one that does not
//! come to it within a mebibyte is an error.
/// Most of one event that is kept, in bytes.
const MOST: usize = 1 << 20;

#[derive(Default)]
pub struct Reader {
    line: Vec<u8>,
    /// The last line ended with CR: an LF that follows belongs to it.
    after_cr: bool,
    /// No line has ended yet: a byte order mark may stand before the first one.
    begun: bool,
    name: String,
    data: Vec<String>,
    /// Bytes since the last event.
    size: usize,
}

pub struct Event {
    pub name: String,
    pub data: String,
}

impl Reader {
    pub fn push(&mut self, chunk: &[u8]) -> Result<Vec<Event>, &'static str> {
        let mut events = vec![];
        for &byte in chunk {
            self.size += 1;
            if self.size > MOST {
                return Err("an event of the stream is larger than a mebibyte");
            }
            let follows_cr = std::mem::replace(&mut self.after_cr, byte == b'\r');
            match byte {
                b'\n' if follows_cr => (),
                b'\n' | b'\r' => events.extend(self.end_line()),
                _ => self.line.push(byte),
            }
        }
        Ok(events)
    }

    fn end_line(&mut self) -> Option<Event> {
        let bytes = std::mem::take(&mut self.line);
        let text = String::from_utf8_lossy(&bytes);
        let mark = if std::mem::replace(&mut self.begun, true) { "" } else { "\u{feff}" };
        let line = text.strip_prefix(mark).unwrap_or(&text);
        if line.is_empty() {
            return self.dispatch();
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value).to_owned();
        match field {
            "event" => self.name = value,
            "data" => self.data.push(value),
            _ => (),
        }
        None
    }

    fn dispatch(&mut self) -> Option<Event> {
        self.size = 0;
        let name = std::mem::take(&mut self.name);
        let data = std::mem::take(&mut self.data);
        let name = if name.is_empty() { "message".into() } else { name };
        (!data.is_empty()).then(|| Event { name, data: data.join("\n") })
    }
}
