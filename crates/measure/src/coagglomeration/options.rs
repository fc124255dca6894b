//! Options of co-agglomeration, and what can be wrong.

use crate::areas::{AreaOptions, AreasError};
use crate::ellison_glaeser::PlantsError;
use crate::inference::{PAdjust, TestTail};
use distretto_core::{Fault, FaultKind};
use distretto_numerics::{SimulationError, check_simulations};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Options of [`coagglomeration`](super::coagglomeration).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CoagglomerationOptions {
    /// How the areas are read.
    #[serde(flatten)]
    pub areas: AreaOptions,
    /// Pairs with one of these industries are listed and adjusted together; default all pairs.
    pub industry: Vec<String>,
    /// Industries left out of pairs and of the group of all, such as a residual `rest`; totals keep them.
    pub exclude: Vec<String>,
    /// Number of simulations that place the plants of every industry anew; 0 for none.
    pub nsim: u64,
    /// Which deviations count as extreme in `p_sim`.
    pub tail: TestTail,
    /// How the p-values of the table are adjusted.
    pub p_adjust: PAdjust,
    /// Confidence: the finding counts pairs whose q is at most one minus it; simulations must be able to reach that.
    pub level: f64,
}

impl Default for CoagglomerationOptions {
    fn default() -> Self {
        Self {
            areas: AreaOptions::default(),
            industry: Vec::new(),
            exclude: Vec::new(),
            nsim: 0,
            tail: TestTail::default(),
            p_adjust: PAdjust::default(),
            level: 0.95,
        }
    }
}

impl CoagglomerationOptions {
    /// Whether an industry enters pairs and the group of all.
    pub(super) fn counts(&self, code: &str) -> bool {
        !self.exclude.iter().any(|excluded| excluded == code)
    }

    /// Checks what does not depend on the data.
    ///
    /// # Errors
    /// Too few simulations for the level.
    pub fn validate(&self) -> Result<(), CoagglomerationError> {
        if self.nsim > 0 {
            check_simulations(self.nsim, self.level)?;
        }
        Ok(())
    }
}

/// Why there is no co-agglomeration.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CoagglomerationError {
    /// Simulations that cannot reach the level.
    #[error(transparent)]
    Simulations(#[from] SimulationError),
    /// Simulations without plants to place.
    #[error("simulations place plants; a table without the column `id` has none, so `--nsim` has no meaning for it")]
    SimulatedAreas,
    /// Fewer than two industries.
    #[error("co-agglomeration needs at least two industries; there is {found}")]
    TooFew {
        /// Their number.
        found: usize,
    },
    /// The plants are wrong.
    #[error(transparent)]
    Plants(#[from] PlantsError),
    /// The areas are wrong.
    #[error(transparent)]
    Areas(#[from] AreasError),
    /// The user stopped.
    #[error("stopped")]
    Stopped,
}

impl From<CoagglomerationError> for Fault {
    fn from(error: CoagglomerationError) -> Self {
        let message = error.to_string();
        match error {
            CoagglomerationError::Areas(error) => error.into(),
            CoagglomerationError::Plants(_) => Self::input(message),
            CoagglomerationError::TooFew { .. } => Self::result(message),
            CoagglomerationError::Stopped => Self::new(FaultKind::Interrupted, message),
            CoagglomerationError::Simulations(_) | CoagglomerationError::SimulatedAreas => Self::option(message),
        }
    }
}
