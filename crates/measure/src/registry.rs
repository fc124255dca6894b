//! The registration table of this engine: one row for each estimand, one for each catalogue of words.

use distretto_core::{Engine, Estimand};

/// The engine `measure`.
pub const ENGINE: Engine = Engine {
    name: "measure",
    about: "Where is an industry concentrated, and is that more than chance?",
    estimands: ESTIMANDS,
    messages: MESSAGES,
};

/// In the order of the manual.
#[rustfmt::skip]
const ESTIMANDS: &[Estimand] = &[
    crate::profile::ESTIMAND,
    crate::lq::ESTIMAND,
    crate::litzenberger_sternberg::ESTIMAND,
    crate::concentration::CONCENTRATION,
    crate::concentration::SPECIALISATION,
    crate::inequality::ESTIMAND,
    crate::ellison_glaeser::ESTIMAND,
    crate::coagglomeration::ESTIMAND,
    crate::autocorrelation::ESTIMAND,
    crate::lisa::ESTIMAND,
    crate::shift_share::ESTIMAND,
    crate::points::ripley::ESTIMAND,
    crate::points::kd::ESTIMAND,
    crate::points::m::ESTIMAND,
    crate::points::localisation::ESTIMAND,
    crate::points::colocation::ESTIMAND,
    crate::points::envelope::ESTIMAND,
];

/// Pairs of a language and its words.
const MESSAGES: &[(&str, &str)] = &[
    ("en", include_str!("../messages/areas.en.toml")),
    ("zh", include_str!("../messages/areas.zh.toml")),
    ("en", include_str!("../messages/quotient.en.toml")),
    ("zh", include_str!("../messages/quotient.zh.toml")),
    ("en", include_str!("../messages/profile.en.toml")),
    ("zh", include_str!("../messages/profile.zh.toml")),
    ("en", include_str!("../messages/plants.en.toml")),
    ("zh", include_str!("../messages/plants.zh.toml")),
    ("en", include_str!("../messages/shift.en.toml")),
    ("zh", include_str!("../messages/shift.zh.toml")),
    ("en", include_str!("../messages/spread.en.toml")),
    ("zh", include_str!("../messages/spread.zh.toml")),
    ("en", include_str!("../messages/spatial.en.toml")),
    ("zh", include_str!("../messages/spatial.zh.toml")),
    ("en", include_str!("../messages/points.en.toml")),
    ("zh", include_str!("../messages/points.zh.toml")),
    ("en", include_str!("../messages/ripley.en.toml")),
    ("zh", include_str!("../messages/ripley.zh.toml")),
    ("en", include_str!("../messages/m.en.toml")),
    ("zh", include_str!("../messages/m.zh.toml")),
    ("en", include_str!("../messages/colocation.en.toml")),
    ("zh", include_str!("../messages/colocation.zh.toml")),
    ("zh", include_str!("../messages/phrases.zh.toml")),
];
