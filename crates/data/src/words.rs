//! The words of this crate's notes.

use distretto_core::Engine;

/// The wording of the notes of readers, in the form of an engine without estimands, so that a catalogue takes it like
/// that of any engine.
pub const WORDS: Engine = Engine {
    name: "data",
    about: "Readers and writers of files",
    estimands: &[],
    messages: &[("en", include_str!("../messages/en.toml")), ("zh", include_str!("../messages/zh.toml"))],
};
