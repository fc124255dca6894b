//! The registration table of this engine: one row for each estimand, one for each catalogue of words.

use distretto_core::{Engine, Estimand};

/// The engine `link`.
pub const ENGINE: Engine = Engine {
    name: "link",
    about: "Who is tied to whom: flows between industries, value chains, networks that carry knowledge",
    estimands: ESTIMANDS,
    messages: MESSAGES,
};

/// In the order of the manual.
#[rustfmt::skip]
const ESTIMANDS: &[Estimand] = &[
    crate::flows::audit::ESTIMAND,
    crate::flows::leontief::ESTIMAND,
];

/// Pairs of a language and its words.
const MESSAGES: &[(&str, &str)] =
    &[("en", include_str!("../messages/flows.en.toml")), ("zh", include_str!("../messages/flows.zh.toml"))];
