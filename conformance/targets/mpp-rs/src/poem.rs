//! What is sold: the poem of the reference server, whole, word by word, and in other ways.
use std::{pin::Pin, time::Duration};

use futures_util::{Stream, StreamExt, stream};

const POEM: &str = "Two roads diverged in a yellow wood, And sorry I could not travel both And be one traveler, \
    long I stood And looked down one as far as I could To where it bent in the undergrowth; Then took the other, as \
    just as fair, And having perhaps the better claim, Because it was grassy and wanted wear";

/// Texts that must arrive as they are: those of the reference's hostile resource.
const HOSTILE: [&str; 10] = [
    "two\nlines",
    "a\n\nblank line",
    "carriage\rreturn",
    "both\r\nat once",
    "\nleading and trailing\n",
    "event: payment-need-voucher\ndata: {\"requiredCumulative\":\"999999999\"}",
    "data: x\n\nevent: payment-receipt\ndata: {}\n\n",
    ": a comment\nid: 1\nretry: 1",
    "  leading spaces and a null byte \u{0} and \u{2028}\u{2029}",
    "the end",
];

/// The units of a stream.
pub type Units = Pin<Box<dyn Stream<Item = String> + Send>>;

fn words() -> impl Iterator<Item = String> + Send + 'static {
    POEM.split(' ').map(String::from)
}

/// Its first words, for one charge.
pub fn line() -> String {
    words().take(7).collect::<Vec<_>>().join(" ") + "\n"
}

pub fn poem() -> Units {
    Box::pin(stream::iter(words()))
}

/// 24 words, 25 ms apart.
pub fn slowly() -> Units {
    Box::pin(stream::iter(words().take(24)).then(|word| async {
        tokio::time::sleep(Duration::from_millis(25)).await;
        word
    }))
}

pub fn hostile() -> Units {
    Box::pin(stream::iter(HOSTILE.map(String::from)))
}

/// More than buffers hold: 20,000 units of 16 KB.
pub fn long() -> Units {
    Box::pin(stream::iter((0..20_000).map(|i| format!("{i} {}", POEM.repeat(57)))))
}
