//! The unmodified client of the crate: streams URL, pays, tops up, and ends as END says: `close` asks the server to
//! close, `leave` leaves the channel to its payer. Prints what it got and the receipt as JSON.
use mpp::{
    PrivateKeySigner, Receipt,
    client::{Fetch, TempoSessionProvider},
    server::sse::{SseEvent, parse_event},
};
use reqwest::{Client, Response};
use serde_json::json;

type Failure = Box<dyn std::error::Error>;

/// Base units of one token.
const UNIT: f64 = 1e6;

struct Payer {
    url: String,
    http: Client,
    session: TempoSessionProvider,
    data: Vec<String>,
    channel_id: Option<String>,
}

impl Payer {
    /// Pays for the URL until a stream has come: a server may answer the open of a channel without content.
    async fn buy(&mut self) -> Result<(), Failure> {
        for _ in 0..2 {
            let request = self.http.get(&self.url).header("accept", "text/event-stream");
            let answer = request.header("accept-payment", "tempo/session").send_with_payment(&self.session).await?;
            let kind = answer.headers().get("content-type").and_then(|value| value.to_str().ok());
            if !answer.status().is_success() {
                return Err(format!("answered {}", answer.status()).into());
            }
            if kind.is_some_and(|kind| kind.starts_with("text/event-stream")) {
                return self.read(answer).await;
            }
        }
        Err("two paid requests brought no stream".into())
    }

    /// Reads a stream to its end and answers what it asks for.
    async fn read(&mut self, mut stream: Response) -> Result<(), Failure> {
        let mut text = Vec::new();
        while let Some(chunk) = stream.chunk().await? {
            text.extend_from_slice(&chunk);
            while let Some(end) = text.windows(2).position(|pair| pair == b"\n\n") {
                let event = String::from_utf8(text.drain(..end + 2).collect())?;
                self.take(parse_event(&event)).await?;
            }
        }
        Ok(())
    }

    async fn take(&mut self, event: Option<SseEvent>) -> Result<(), Failure> {
        match event {
            Some(SseEvent::Message(unit)) => self.data.push(unit),
            Some(SseEvent::PaymentNeedVoucher(ask)) => {
                self.channel_id = Some(ask.channel_id.clone());
                let amount = ask.required_cumulative.parse()?;
                self.session.send_voucher(&self.http, &self.url, &ask.channel_id, amount).await?;
            }
            Some(SseEvent::PaymentReceipt(receipt)) => self.channel_id = Some(receipt.channel_id),
            None => (),
        }
        Ok(())
    }
}

fn env(name: &str) -> Result<String, Failure> {
    std::env::var(name).map_err(|_| format!("{name} is not set").into())
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let key: PrivateKeySigner = env("PAYER_PRIVATE_KEY")?.parse()?;
    let most = env("MAX_DEPOSIT").unwrap_or("1".into()).parse::<f64>()? * UNIT;
    let session = TempoSessionProvider::new(key, env("RPC_URL")?)?
        .with_max_deposit(most as u128)
        // The escrow of a development chain is no canonical one.
        .with_allow_custom_escrow(true);
    let mut payer = Payer { url: env("URL")?, http: Client::new(), session, data: vec![], channel_id: None };
    payer.buy().await?;
    let receipt: Option<Receipt> = match env("END") {
        Ok(end) if end != "close" => None,
        _ => payer.session.close(&payer.http, &payer.url).await?,
    };
    println!("{}", json!({ "data": payer.data, "channelId": payer.channel_id, "receipt": receipt }));
    Ok(())
}
