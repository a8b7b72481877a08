//! The poem of the reference server, sold by the unmodified crate the way its own integration test serves a session:
//! a GET with a voucher buys content, and every other request manages the channel.
use std::{path::Path, sync::Arc};

use axum::{Router, http::HeaderMap, routing::get};
use mpp::{
    PrivateKeySigner,
    server::{Mpp, SessionMethodConfig, TempoConfig, TempoSessionMethod, tempo, tempo_provider},
};
use mpp_rs_target::{
    poem,
    shop::{Content, Shop, Terms},
    store::FileStore,
};

/// The channel reserve of v2.
const RESERVE: &str = "0x4d50500000000000000000000000000000000000";
/// The v1 escrow contract of the kit's chain.
const ESCROW: &str = "0xe1c4d3dce17bc111181ddf716f75bae49e61a336";

fn env(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

/// What all resources share.
struct Payee {
    store: Arc<FileStore>,
    key: PrivateKeySigner,
    /// How long challenges are good for, in seconds, unless a resource says otherwise.
    ttl_seconds: u64,
}

impl Payee {
    /// A resource whose channels live in a contract.
    fn shop(&self, escrow: &str, terms: Terms, content: Content) -> Shop {
        let (rpc, chain_id) = (env("RPC_URL"), env("CHAIN_ID").parse().unwrap());
        let config = SessionMethodConfig {
            escrow_contract: escrow.parse().unwrap(),
            chain_id,
            min_voucher_delta: terms.min_voucher_delta,
        };
        let session = TempoSessionMethod::new(tempo_provider(&rpc).unwrap(), self.store.clone(), config)
            .with_close_signer(self.key.clone());
        let recipient = format!("{:#x}", self.key.address());
        let mpp = Mpp::create(
            tempo(TempoConfig { recipient: &recipient })
                .rpc_url(&rpc)
                .chain_id(chain_id)
                .currency(&env("CURRENCY").to_lowercase())
                .realm("localhost")
                .secret_key(&env("SECRET_KEY")),
        )
        .unwrap()
        .with_session_method(session.clone());
        // The check reads the channel as v1 escrows have it: of the reserve it would end every stream.
        let live = (escrow == ESCROW).then(|| session.stream_check());
        Shop { mpp, live, store: self.store.clone(), terms, content }
    }

    fn terms(&self) -> Terms {
        Terms { price: 1_000, min_voucher_delta: 0, ttl_seconds: self.ttl_seconds, description: None }
    }
}

#[tokio::main]
async fn main() {
    let payee = Payee {
        store: Arc::new(FileStore::open(&Path::new(&env("DATA_DIR")).join("channels"))),
        key: env("PAYEE_PRIVATE_KEY").parse().unwrap(),
        ttl_seconds: std::env::var("CHALLENGE_TTL_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(300),
    };
    let usual = payee.terms();
    let v2 = |terms: Terms, content| payee.shop(RESERVE, terms, content);
    let mut tagged = v2(Terms { description: Some("a poem, word by word"), ..usual }, Content::Stream(poem::poem));
    tagged.mpp = tagged.mpp.with_opaque(mpp::Base64UrlJson::from_value(&serde_json::json!({ "order": "7" })).unwrap());
    let shops = [
        ("/poem", v2(usual, Content::Stream(poem::poem))),
        ("/line", v2(usual, Content::Whole(poem::line))),
        ("/dear", v2(Terms { price: 10_000, ..usual }, Content::Whole(poem::line))),
        ("/slow", v2(usual, Content::Stream(poem::slowly))),
        ("/brief", v2(Terms { ttl_seconds: 2, ..usual }, Content::Stream(poem::poem))),
        ("/hostile", v2(usual, Content::Stream(poem::hostile))),
        ("/long", v2(usual, Content::Stream(poem::long))),
        ("/delta", v2(Terms { min_voucher_delta: 2_000, ..usual }, Content::Stream(poem::poem))),
        ("/opaque", tagged),
        ("/v1", payee.shop(ESCROW, usual, Content::Stream(poem::poem))),
    ];
    let app = shops.into_iter().fold(Router::new(), |app, (path, shop)| {
        let shop = Arc::new(shop);
        let manager = shop.clone();
        let manage = move |headers: HeaderMap| {
            let shop = manager.clone();
            async move { shop.manage(&headers).await }
        };
        let sell = move |headers: HeaderMap| async move { shop.sell(&headers).await };
        app.route(path, get(sell).head(manage.clone()).fallback(manage))
    });
    let port = env("PORT").parse::<u16>().unwrap();
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
