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
    crate::flows::symmetric::ESTIMAND,
    crate::flows::leontief::ESTIMAND,
    crate::flows::multipliers::ESTIMAND,
    crate::flows::impact::ESTIMAND,
    crate::flows::linkages::ESTIMAND,
    crate::flows::investment::ESTIMAND,
    crate::flows::extraction::ESTIMAND,
    crate::flows::decompose::ESTIMAND,
    crate::flows::influence::ESTIMAND,
    crate::flows::propagation::ESTIMAND,
    crate::flows::clusters::ESTIMAND,
    crate::flows::regionalise::ESTIMAND,
    crate::flows::balance::ESTIMAND,
    crate::chains::upstreamness::ESTIMAND,
    crate::chains::participation::ESTIMAND,
    crate::chains::kww::ESTIMAND,
    crate::chains::wwz::ESTIMAND,
    crate::chains::borin_mancini::ESTIMAND,
    crate::chains::specialisation::ESTIMAND,
    crate::chains::upgrading::ESTIMAND,
    crate::network::project::ESTIMAND,
    crate::network::profile::ESTIMAND,
    crate::network::centrality::ESTIMAND,
    crate::network::holes::ESTIMAND,
    crate::network::small_world::ESTIMAND,
    crate::network::core_periphery::ESTIMAND,
    crate::network::communities::ESTIMAND,
    crate::network::e_i::ESTIMAND,
    crate::network::brokerage::ESTIMAND,
    crate::network::assortativity::ESTIMAND,
    crate::network::null::ESTIMAND,
    crate::network::robustness::ESTIMAND,
    crate::network::evolution::ESTIMAND,
    crate::relations::qap::ESTIMAND,
    crate::relations::mrqap::ESTIMAND,
    crate::relations::triple_helix::ESTIMAND,
    crate::relations::governance::ESTIMAND,
    crate::relations::trust::ESTIMAND,
    crate::relations::knowledge::ESTIMAND,
];

/// Pairs of a language and its words.
const MESSAGES: &[(&str, &str)] = &[
    ("en", include_str!("../messages/flows.en.toml")),
    ("zh", include_str!("../messages/flows.zh.toml")),
    ("en", include_str!("../messages/ties.en.toml")),
    ("zh", include_str!("../messages/ties.zh.toml")),
    ("en", include_str!("../messages/chains.en.toml")),
    ("zh", include_str!("../messages/chains.zh.toml")),
    ("en", include_str!("../messages/tables.en.toml")),
    ("zh", include_str!("../messages/tables.zh.toml")),
    ("en", include_str!("../messages/networks.en.toml")),
    ("zh", include_str!("../messages/networks.zh.toml")),
    ("en", include_str!("../messages/relations.en.toml")),
    ("zh", include_str!("../messages/relations.zh.toml")),
    ("zh", include_str!("../messages/phrases.zh.toml")),
];
