//! A chat behind x402-axum, as its documentation has it. It hands a chat on to UPSTREAM_URL and its answer back as it
//! comes. PORT, FACILITATOR_URL, PAY_TO, UPSTREAM_URL; FLOW: upfront settles before the handler is called.
use std::env;

use axum::{
    Router,
    body::{Body, Bytes},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use futures_util::StreamExt;
use x402_axum::X402Middleware;
use x402_chain_eip155::{KnownNetworkEip155, V2Eip155Exact, chain::ChecksummedAddress};
use x402_types::networks::USDC;

const HELLO: &str = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hello\"}}]}\n\ndata: [DONE]\n\n";
const BROKEN: &str = "data: {\"error\":{\"message\":\"the model broke off\",\"type\":\"server_error\"}}\n\n";

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

async fn chat(model: reqwest::Client, body: Bytes) -> Response {
    let Ok(upstream) = env::var("UPSTREAM_URL") else {
        return ([(header::CONTENT_TYPE, "text/event-stream")], HELLO).into_response();
    };
    let asked = model.post(format!("{upstream}/chat/completions")).header(header::CONTENT_TYPE, "application/json");
    match asked.body(body).send().await {
        Ok(answer) if answer.status().is_success() => {
            let kind = answer.headers()[header::CONTENT_TYPE].clone();
            // A stream that breaks off says so.
            let parts = answer
                .bytes_stream()
                .map(|part| part.or(Ok::<_, reqwest::Error>(Bytes::from_static(BROKEN.as_bytes()))));
            ([(header::CONTENT_TYPE, kind)], Body::from_stream(parts)).into_response()
        }
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "{\"error\":\"the model failed\"}").into_response(),
    }
}

#[tokio::main]
async fn main() {
    let pay_to = variable("PAY_TO").parse::<ChecksummedAddress>().unwrap();
    let price = V2Eip155Exact::price_tag(pay_to, USDC::base_sepolia().amount(10_000u64)).with_timeout(60);
    let port = variable("PORT").parse::<u16>().unwrap();
    let mut x402 = X402Middleware::new(&variable("FACILITATOR_URL"))
        .with_base_url(format!("http://127.0.0.1:{port}").parse().unwrap());
    if env::var("FLOW").is_ok_and(|flow| flow == "upfront") {
        x402 = x402.settle_before_execution();
    }
    let paid = x402.with_price_tag(price).with_description("chat".into()).with_mime_type("text/event-stream".into());
    let model = reqwest::Client::new();
    let sell = post(move |body: Bytes| chat(model.clone(), body)).layer(paid);
    let app = Router::new().route("/v1/chat/completions", sell.clone()).route("/another", sell);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
