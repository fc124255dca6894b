//! The registration table of this engine: one row for each method, one for each catalogue of words.

use distretto_core::{Engine, Estimand};

/// The engine `appraise`.
pub const ENGINE: Engine = Engine {
    name: "appraise",
    about: "How competitive is a cluster, what holds it back, and how sure are we?",
    estimands: ESTIMANDS,
    messages: MESSAGES,
};

/// In the order of the manual.
#[rustfmt::skip]
const ESTIMANDS: &[Estimand] = &[
    crate::factor::ESTIMAND,
    crate::pca::ESTIMAND,
    crate::reliability::ESTIMAND,
    crate::survey::ESTIMAND,
    crate::ahp::ESTIMAND,
    crate::weights::ESTIMAND,
    crate::rank::ESTIMAND,
    crate::fuzzy::ESTIMAND,
    crate::coupling::ESTIMAND,
    crate::gem::ESTIMAND,
    crate::swot::ESTIMAND,
    crate::stage::ESTIMAND,
    crate::dea::ESTIMAND,
    crate::malmquist::ESTIMAND,
    crate::effects::ESTIMAND,
    crate::compare::ESTIMAND,
    crate::compare_conventions::ESTIMAND,
];

/// Pairs of a language and its words.
const MESSAGES: &[(&str, &str)] = &[
    ("en", include_str!("../messages/words.en.toml")),
    ("zh", include_str!("../messages/words.zh.toml")),
    ("en", include_str!("../messages/indicators.en.toml")),
    ("zh", include_str!("../messages/indicators.zh.toml")),
    ("en", include_str!("../messages/factor.en.toml")),
    ("zh", include_str!("../messages/factor.zh.toml")),
    ("en", include_str!("../messages/survey.en.toml")),
    ("zh", include_str!("../messages/survey.zh.toml")),
    ("en", include_str!("../messages/weights.en.toml")),
    ("zh", include_str!("../messages/weights.zh.toml")),
    ("en", include_str!("../messages/rank.en.toml")),
    ("zh", include_str!("../messages/rank.zh.toml")),
    ("en", include_str!("../messages/coupling.en.toml")),
    ("zh", include_str!("../messages/coupling.zh.toml")),
    ("en", include_str!("../messages/gem.en.toml")),
    ("zh", include_str!("../messages/gem.zh.toml")),
    ("en", include_str!("../messages/dea.en.toml")),
    ("zh", include_str!("../messages/dea.zh.toml")),
    ("en", include_str!("../messages/effects.en.toml")),
    ("zh", include_str!("../messages/effects.zh.toml")),
    ("en", include_str!("../messages/compare.en.toml")),
    ("zh", include_str!("../messages/compare.zh.toml")),
    ("en", include_str!("../messages/fuzzy.en.toml")),
    ("zh", include_str!("../messages/fuzzy.zh.toml")),
    ("en", include_str!("../messages/stage.en.toml")),
    ("zh", include_str!("../messages/stage.zh.toml")),
    ("en", include_str!("../messages/ahp.en.toml")),
    ("zh", include_str!("../messages/ahp.zh.toml")),
    ("en", include_str!("../messages/swot.en.toml")),
    ("zh", include_str!("../messages/swot.zh.toml")),
    ("zh", include_str!("../messages/phrases.zh.toml")),
];
