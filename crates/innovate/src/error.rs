//! What a game does not have: an equilibrium, an optimum, a mode.

use crate::game::Game;
use distretto_core::{Document, Fault, Inputs};
use thiserror::Error;

/// Why a game has no solution of the kind that is asked for.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum GameError {
    /// The profit of a firm is convex in its own R&D: it has no best reply, or jumps.
    #[error(
        "the second-order condition fails for firm {firm}: its R&D cost is {rd_cost}, and it must be above {}",
        short(*bound)
    )]
    SecondOrder {
        /// The firm.
        firm: String,
        /// γ(1−σ).
        rd_cost: f64,
        /// What it must exceed.
        bound: f64,
    },
    /// The same of a firm whose R&D is subsidised or taxed by a share of its cost.
    #[error(
        "the second-order condition fails for firm {firm}: its R&D cost is {rd_cost}, {} after the share that policy pays or takes, and that must be above {}",
        short(*left),
        short(*bound)
    )]
    SecondOrderAfterPolicy {
        /// The firm.
        firm: String,
        /// γ.
        rd_cost: f64,
        /// γ(1−σ).
        left: f64,
        /// What γ(1−σ) must exceed.
        bound: f64,
    },
    /// The objective of a coalition, merger or planner has no maximum.
    #[error(
        "the second-order condition fails for the {whom}: the smallest curvature is {}, and it must be positive",
        short(*margin)
    )]
    SecondOrderOf {
        /// Coalition, merger or planner.
        whom: &'static str,
        /// Smallest eigenvalue of the negative Hessian.
        margin: f64,
    },
    /// Price competition with a firm at zero output: limit pricing, which is not modelled.
    #[error(
        "no interior equilibrium: under Bertrand competition the output of firm {firm} would be {}, and limit pricing is not modelled", short(*output)
    )]
    Interior {
        /// The firm.
        firm: String,
        /// Its output.
        output: f64,
    },
    /// The mode is not defined for this game.
    #[error("{why}")]
    Undefined {
        /// The key at fault.
        key: String,
        /// Why, with the key.
        why: String,
    },
    /// More firms than the method holds in memory.
    #[error(
        "the game has {firms} firms; {what} is solved with a matrix of all pairs of firms, for at most {most} of them"
    )]
    TooLarge {
        /// The mode, or what else needs the matrix.
        what: &'static str,
        /// Firms of the game.
        firms: usize,
        /// Most that can be solved.
        most: usize,
    },
    /// The iteration did not reach a solution.
    #[error("no solution was found within {iterations} iterations; the residual is {residual}")]
    NotConverged {
        /// How many.
        iterations: usize,
        /// What is left of the first-order conditions.
        residual: f64,
    },
}

/// To six significant digits: what is computed has no more that matter.
fn short(value: f64) -> f64 {
    format!("{value:.5e}").parse().unwrap_or(value)
}

impl GameError {
    /// As a reader needs it: γ of the game beside what policy leaves of it, and no rounding in the place of 0.
    pub(crate) fn told_of(self, game: &Game) -> Self {
        match self {
            Self::SecondOrder { firm, rd_cost: left, bound } => {
                let known = game.names.iter().position(|name| *name == firm);
                match known.filter(|&i| game.rd_rate(i) != 0.0) {
                    Some(i) => Self::SecondOrderAfterPolicy { firm, rd_cost: game.rd_cost[i], left, bound },
                    None => Self::SecondOrder { firm, rd_cost: left, bound },
                }
            }
            Self::Interior { firm, output } => {
                let nothing = output.abs() * game.slope <= 1e-9 * game.scale();
                Self::Interior { firm, output: if nothing { 0.0 } else { output } }
            }
            other => other,
        }
    }
}

impl GameError {
    /// The fault with the place that it is about: the cell of the table of firms where the number stands there, else the
    /// key of the game file.
    pub(crate) fn within(self, document: &Document, inputs: &Inputs, game: &Game) -> Fault {
        if let Self::SecondOrder { firm, .. } | Self::SecondOrderAfterPolicy { firm, .. } = &self {
            let row = game.names.iter().position(|name| name == firm);
            let table = inputs.table("firms.table").filter(|table| table.numbers("rd_cost").is_some());
            if let (Some(row), Some(table)) = (row, table) {
                return Fault::input(self.to_string()).at(table, row, "rd_cost").with_hint(self.hint());
            }
        }
        let key = match &self {
            Self::SecondOrder { .. } | Self::SecondOrderAfterPolicy { .. } | Self::SecondOrderOf { .. } => {
                "firms.rd_cost"
            }
            Self::Interior { .. } => "market.substitution",
            Self::Undefined { key, .. } => key,
            Self::TooLarge { .. } => "regime.mode",
            Self::NotConverged { .. } => "solver.max_iterations",
        };
        document.fault(key, self.to_string()).with_hint(self.hint())
    }

    fn hint(&self) -> &'static str {
        match self {
            Self::SecondOrder { .. } | GameError::SecondOrderAfterPolicy { .. } => {
                "R&D is so cheap that ever more of it pays until unit cost is 0; raise rd_cost, or lower the subsidy of R&D"
            }
            Self::SecondOrderOf { .. } => {
                "where its first-order conditions hold there is no maximum, and corners are not searched here; raise rd_cost, or lower the subsidy of R&D"
            }
            Self::Interior { .. } => "lower the substitution, or remove the firm; or choose Cournot competition",
            Self::Undefined { .. } => "choose another mode",
            Self::TooLarge { .. } => {
                "more firms need mode competition, coordination, sharing or consortium, two stages and spillovers in output that are links, one rate or capacities; or solve markets one by one"
            }
            Self::NotConverged { .. } => "raise solver.max_iterations, or choose solver.method = \"exact-reply\"",
        }
    }
}

impl From<GameError> for Fault {
    fn from(error: GameError) -> Self {
        Self::result(error.to_string()).with_hint(error.hint())
    }
}
