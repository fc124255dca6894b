//! The registration table of this engine: one row for each verb.

use distretto_core::{Engine, Estimand};

/// The engine `innovate`.
pub const ENGINE: Engine = Engine {
    name: "innovate",
    about: "How much do firms spend on R&D when knowledge spills over, and what does a policy change?",
    estimands: ESTIMANDS,
    messages: MESSAGES,
};

/// In the order of the manual.
#[rustfmt::skip]
const ESTIMANDS: &[Estimand] = &[
    crate::solve::ESTIMAND,
    crate::compare::ESTIMAND,
    crate::sweep::ESTIMAND,
    crate::size::ESTIMAND,
    crate::policy::ESTIMAND,
    crate::coalitions::ESTIMAND,
    crate::check::ESTIMAND,
];

/// Pairs of a language and its words.
#[rustfmt::skip]
const MESSAGES: &[(&str, &str)] = &[
    ("en", include_str!("../messages/solve.en.toml")),
    ("zh", include_str!("../messages/solve.zh.toml")),
    ("en", include_str!("../messages/grids.en.toml")),
    ("zh", include_str!("../messages/grids.zh.toml")),
    ("en", include_str!("../messages/policy.en.toml")),
    ("zh", include_str!("../messages/policy.zh.toml")),
    ("en", include_str!("../messages/check.en.toml")),
    ("zh", include_str!("../messages/check.zh.toml")),
    ("en", include_str!("../messages/words.en.toml")),
    ("zh", include_str!("../messages/words.zh.toml")),
    ("zh", include_str!("../messages/phrases.zh.toml")),
];
