//! What a reader tells besides the data; the wording is in `messages/`.

use distretto_core::{Arg, Message};

/// A file was not UTF-8.
pub(crate) fn encoding(shown: &str, name: &str) -> Message {
    Message::new("data.note.encoding").text("file", shown).text("encoding", name)
}

/// Rows without any content were passed over.
pub(crate) fn blank_rows(shown: &str, rows: usize) -> Message {
    Message::new("data.note.blank-rows").text("file", shown).count("rows", rows)
}

/// Codes stood as numbers, so that leading zeros may be lost.
pub(crate) fn numeric_codes(shown: &str, columns: Vec<String>) -> Message {
    let columns = Arg::List(columns.into_iter().map(Arg::Text).collect());
    Message::new("data.note.numeric-codes").text("file", shown).with("columns", columns)
}

/// A map has several layers, of which one was read.
pub(crate) fn layer(shown: &str, name: &str) -> Message {
    Message::new("data.note.layer").text("file", shown).text("layer", name)
}
