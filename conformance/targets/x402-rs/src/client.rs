//! x402-reqwest, sent on an errand by the kit: pays for the chat at PAYMENT_URL and prints its answer.
//! PAYMENT_URL, PRIVATE_KEY, MAX_AMOUNT.
use std::env;

use alloy_signer_local::PrivateKeySigner;
use x402_chain_eip155::{KnownNetworkEip155, V1Eip155ExactClient, V2Eip155ExactClient};
use x402_reqwest::{ReqwestWithPayments, ReqwestWithPaymentsBuild, X402Client};
use x402_types::{networks::USDC, scheme::client::MaxAmount};

const CHAT: &str = r#"{"model":"kit","messages":[{"role":"user","content":"hi"}],"stream":true}"#;

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let signer = variable("PRIVATE_KEY").parse::<PrivateKeySigner>()?;
    let most = USDC::base_sepolia().parse(variable("MAX_AMOUNT").as_str())?.amount;
    let payer = X402Client::new()
        .register(V1Eip155ExactClient::new(signer.clone()))
        .register(V2Eip155ExactClient::new(signer))
        .with_selector(MaxAmount(most));
    let client = reqwest::Client::new().with_payments(payer).build();
    let asked = client.post(variable("PAYMENT_URL")).header("content-type", "application/json").body(CHAT);
    print!("{}", asked.send().await?.error_for_status()?.text().await?);
    Ok(())
}
