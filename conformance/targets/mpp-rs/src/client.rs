//! The unmodified client of the crate, as the kit runs clients (conformance/README.md): fetches PAYMENT_URL, pays, prints
//! what it gets line by line, and closes, or leaves its channel to the next run where LEAVE=1. Its channels are in a
//! SQLite store of the crate in STATE_DIR.
use std::{error::Error, sync::Arc};

use futures_util::future::try_join_all;
use mpp::{
    PrivateKeySigner,
    client::{
        Fetch, TempoSessionProvider,
        tempo::session::store::{SqliteChannelStore, SqliteChannelStoreOptions},
    },
    server::sse::is_event_stream,
};
use mpp_rs_target::events::Reader;
use reqwest::{Client, Response, header::CONTENT_TYPE};

type Failure = Box<dyn Error>;

/// Base units of one token.
const UNIT: f64 = 1e6;
/// Events a stream pays by: they are none of the content.
const CONTROLS: [&str; 2] = ["payment-need-voucher", "payment-receipt"];

struct Payer {
    url: String,
    http: Client,
    session: TempoSessionProvider,
}

impl Payer {
    /// Pays for the URL until content has come: a server may answer the open of a channel by its receipt alone.
    async fn buy(&self) -> Result<(), Failure> {
        for _ in 0..2 {
            let answer = self.request().send_with_payment(&self.session).await?;
            if !answer.status().is_success() {
                return Err(format!("answered {}", answer.status()).into());
            }
            let kind = answer.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned);
            match kind {
                Some(kind) if is_event_stream(&kind) => return self.read(answer).await,
                Some(kind) if !kind.starts_with("application/json") => {
                    println!("{}", answer.text().await?);
                    return Ok(());
                }
                _ => (),
            }
        }
        Err("two paid requests brought no content".into())
    }

    fn request(&self) -> reqwest::RequestBuilder {
        let method = env("METHOD").ok().and_then(|name| name.parse().ok()).unwrap_or_default();
        let request = self.http.request(method, &self.url).header("accept", "text/event-stream, */*;q=0.5");
        let request = request.header("accept-payment", "tempo/session");
        match env("BODY") {
            Ok(body) => request.body(body),
            Err(_) => request,
        }
    }

    /// Reads a stream to its end, and lets the crate answer what it asks for.
    async fn read(&self, mut stream: Response) -> Result<(), Failure> {
        let mut reader = Reader::default();
        while let Some(chunk) = stream.chunk().await? {
            for event in reader.push(&chunk)? {
                if let Some(answer) = self.session.stream_event(&self.http, &self.url, &event.name, &event.data) {
                    answer.await?;
                } else if !CONTROLS.contains(&event.name.as_str()) {
                    println!("{}", event.data);
                }
            }
        }
        Ok(())
    }
}

fn env(name: &str) -> Result<String, Failure> {
    std::env::var(name).map_err(|_| format!("{name} is not set").into())
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let url = std::env::args().nth(1).map_or_else(|| env("PAYMENT_URL"), Ok)?;
    let key: PrivateKeySigner = env("PRIVATE_KEY")?.parse()?;
    let most = (env("MAX_DEPOSIT").unwrap_or("1".into()).parse::<f64>()? * UNIT).round();
    let mut session = TempoSessionProvider::new(key, env("RPC_URL")?)?.with_max_deposit(most as u128);
    if let Ok(folder) = env("STATE_DIR") {
        let namespace = reqwest::Url::parse(&url)?.origin().ascii_serialization();
        let path = Some(format!("{folder}/channels.db").into());
        let store = SqliteChannelStore::open(SqliteChannelStoreOptions { namespace, path, request_url: None })?;
        session = session.with_channel_store(Arc::new(store));
    }
    let payer = Payer { url, http: Client::new(), session };
    let requests = env("REQUESTS").ok().and_then(|count| count.parse().ok()).unwrap_or(1);
    let bought = try_join_all((0..requests).map(|_| payer.buy())).await;
    if !matches!(env("LEAVE").as_deref(), Ok("1")) {
        payer.session.close(&payer.http, &payer.url).await?;
    }
    bought.map(|_| ())
}
