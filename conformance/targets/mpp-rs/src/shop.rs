//! One paid resource: it asks for its price, lets the crate verify what is paid, and answers with content or a receipt.
use std::{convert::Infallible, sync::Arc};

use axum::{
    Json,
    body::Body,
    http::{HeaderMap, header},
    response::{AppendHeaders, IntoResponse, Response},
};
use futures_util::StreamExt;
use mpp::{
    MppError, PaymentChallenge, PaymentCredential, PaymentError,
    protocol::{
        core::{extract_payment_scheme, parse_authorization},
        methods::tempo::SessionReceipt,
    },
    server::{
        Mpp, SessionChallengeOptions, SessionVerifyResult, StreamCheck, TempoChargeMethod, TempoProvider,
        TempoSessionMethod,
        axum::{PaymentProblem, PaymentRequired, WithReceipt},
        deduct_from_channel, sse,
    },
};

use crate::{poem::Units, store::FileStore};

/// What a resource asks for, in base units and seconds.
#[derive(Clone, Copy)]
pub struct Terms {
    pub price: u128,
    pub min_voucher_delta: u128,
    /// How long its challenges are good for.
    pub ttl_seconds: u64,
    pub description: Option<&'static str>,
}

/// What it sells: units, each for the price, or one whole response for the price.
pub enum Content {
    Stream(fn() -> Units),
    Whole(fn() -> String),
}

pub struct Shop {
    pub mpp: Mpp<TempoChargeMethod<TempoProvider>, TempoSessionMethod<TempoProvider>>,
    /// The crate's check that a channel is still there while its stream runs, where it has one.
    pub live: Option<StreamCheck>,
    pub store: Arc<FileStore>,
    pub terms: Terms,
    pub content: Content,
}

impl Shop {
    /// A GET with a voucher buys content. The crate answers opens, top-ups and closes with a receipt alone.
    pub async fn sell(&self, headers: &HeaderMap) -> Response {
        let (credential, verified) = match self.verify(headers).await {
            Ok(found) => found,
            Err(refusal) => return refusal,
        };
        if verified.management_response.is_some() {
            return receipt(verified);
        }
        let channel_id = verified.receipt.reference;
        match self.content {
            Content::Stream(units) => self.stream(units(), channel_id, credential.challenge.id),
            Content::Whole(text) => self.whole(text(), channel_id, credential.challenge.id).await,
        }
    }

    /// Every other request asks for no content: what it pays is kept, and answered with a receipt.
    pub async fn manage(&self, headers: &HeaderMap) -> Response {
        match self.verify(headers).await {
            Ok((_, verified)) => receipt(verified),
            Err(refusal) => refusal,
        }
    }

    async fn verify(&self, headers: &HeaderMap) -> Result<(PaymentCredential, SessionVerifyResult), Response> {
        let field = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some(field) = field.and_then(extract_payment_scheme) else {
            return Err(PaymentRequired(self.challenge()).into_response());
        };
        let credential = parse_authorization(field)
            .map_err(|error| self.refuse(&MppError::MalformedCredential(Some(error.to_string()))))?;
        let verified = self.mpp.verify_session(&credential).await.map_err(|error| self.refuse(&error))?;
        Ok((credential, verified))
    }

    fn stream(&self, generate: Units, channel_id: String, challenge_id: String) -> Response {
        let events = sse::serve(sse::ServeOptions {
            store: self.store.clone(),
            channel_id,
            challenge_id,
            tick_cost: self.terms.price,
            generate,
            poll_interval_ms: 50,
            min_voucher_delta: self.terms.min_voucher_delta,
            before_charge: self.live.clone(),
        });
        let body = Body::from_stream(events.map(Ok::<_, Infallible>));
        (AppendHeaders(sse::sse_headers()), body).into_response()
    }

    async fn whole(&self, body: String, channel_id: String, challenge_id: String) -> Response {
        match deduct_from_channel(&*self.store, &channel_id, self.terms.price).await {
            Ok(state) => {
                let (accepted, spent) = (state.highest_voucher_amount.to_string(), state.spent.to_string());
                let now = mpp::expires::seconds(0);
                let mut receipt = SessionReceipt::new(now, challenge_id, channel_id, accepted, spent);
                receipt.units = Some(1);
                WithReceipt { receipt: receipt.to_base_receipt(), body }.into_response()
            }
            Err(error) => self.refuse(&error),
        }
    }

    fn challenge(&self) -> PaymentChallenge {
        let expires = mpp::expires::seconds(self.terms.ttl_seconds);
        let options = SessionChallengeOptions {
            unit_type: Some("word"),
            suggested_deposit: Some("40000"),
            description: self.terms.description,
            expires: Some(&expires),
            ..Default::default()
        };
        let (currency, recipient) = (self.mpp.currency().unwrap(), self.mpp.recipient().unwrap());
        self.mpp.session_challenge_with_details(&self.terms.price.to_string(), currency, recipient, options).unwrap()
    }

    fn refuse(&self, error: &impl PaymentError) -> Response {
        PaymentProblem::new(error, vec![self.challenge()]).into_response()
    }
}

fn receipt(verified: SessionVerifyResult) -> Response {
    let body = Json(verified.management_response.unwrap_or_default());
    WithReceipt { receipt: verified.receipt, body }.into_response()
}
