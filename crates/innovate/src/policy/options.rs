//! Options of `innovate policy`.

use crate::verb::GameOptions;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is optimised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Instrument {
    /// A share of the cost of R&D.
    RdRate,
    /// Money per unit of R&D.
    RdUnit,
    /// Money per unit sold.
    Output,
    /// Money per unit sold, and a share of the cost of R&D.
    Both,
}

/// For whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// The same for all firms.
    #[default]
    Uniform,
    /// Firm by firm.
    Targeted,
}

/// What is made as large as possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Objective {
    /// Welfare.
    #[default]
    Welfare,
    /// Total R&D.
    Rd,
    /// Total output.
    Output,
}

/// Options of `innovate policy`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PolicyOptions {
    /// What game.
    #[serde(flatten)]
    pub game: GameOptions,
    /// What is optimised: rd-rate, rd-unit, output, or both (output subsidy and R&D rate).
    pub instrument: Option<Instrument>,
    /// The same for all firms, or firm by firm.
    pub scope: Scope,
    /// What is made as large as possible.
    pub objective: Objective,
    /// Most that may be spent on all subsidies together, money.
    pub budget: Option<f64>,
    /// Subsidies only: none below 0.
    pub no_tax: bool,
    /// Also remove each firm in turn and solve the game again.
    pub key_firm: bool,
}
