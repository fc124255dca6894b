//! Options of the index of Ellison and Glaeser, and what can be wrong.

use super::levels::LevelsError;
use super::plants::PlantsError;
use crate::areas::{AreaOptions, AreasError};
use crate::bounds::BoundsError;
use crate::inference::{PAdjust, TestTail};
use distretto_core::Fault;
use distretto_numerics::{SimulationError, check_simulations};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Options of [`ellison_glaeser`](super::ellison_glaeser) and [`ellison_glaeser_of_classes`](super::ellison_glaeser_of_classes).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct EllisonGlaeserOptions {
    /// How the areas are read.
    #[serde(flatten)]
    pub areas: AreaOptions,
    /// Levels of regions, each a column of the plants and of the areas, added up from the finest; default `region`.
    pub levels: Vec<String>,
    /// Industries that are listed and adjusted together; shares of regions always use all rows. Default all.
    pub industry: Vec<String>,
    /// Number of dartboard simulations; 0 for none.
    pub nsim: u64,
    /// Which deviations count as extreme in `p_value`; `p_sim` is always one-sided, greater.
    pub tail: TestTail,
    /// How the p-values of the table are adjusted.
    pub p_adjust: PAdjust,
    /// Level of significance that the number of simulations must be able to reach.
    pub level: f64,
}

impl Default for EllisonGlaeserOptions {
    fn default() -> Self {
        Self {
            areas: AreaOptions::default(),
            levels: Vec::new(),
            industry: Vec::new(),
            nsim: 0,
            tail: TestTail::default(),
            p_adjust: PAdjust::default(),
            level: 0.95,
        }
    }
}

impl EllisonGlaeserOptions {
    /// The levels, `region` when none is named.
    #[must_use]
    pub fn level_columns(&self) -> Vec<String> {
        if self.levels.is_empty() { vec!["region".to_owned()] } else { self.levels.clone() }
    }

    /// Checks what does not depend on the data.
    ///
    /// # Errors
    /// Too few simulations for the level; a level of regions that stands twice.
    pub fn validate(&self) -> Result<(), EllisonGlaeserError> {
        if self.nsim > 0 {
            check_simulations(self.nsim, self.level)?;
        }
        match self.levels.iter().enumerate().find(|(i, level)| self.levels[..*i].contains(level)) {
            Some((_, level)) => Err(EllisonGlaeserError::TwiceLevel { level: level.clone() }),
            None => Ok(()),
        }
    }
}

/// Why there is no index.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EllisonGlaeserError {
    /// Simulations that cannot reach the level.
    #[error(transparent)]
    Simulations(#[from] SimulationError),
    /// A level of regions that stands twice.
    #[error("the level `{level}` stands twice in `--levels`")]
    TwiceLevel {
        /// The level.
        level: String,
    },
    /// Simulations without plants to place.
    #[error("simulations place plants; size classes have none, so `--nsim` has no meaning with `--sizes`")]
    SimulatedClasses,
    /// Size classes and a second area table.
    #[error("with `--sizes` the first table is the areas; `--areas` stands beside plants only")]
    TwoAreas,
    /// The plants are wrong.
    #[error(transparent)]
    Plants(#[from] PlantsError),
    /// The areas are wrong.
    #[error(transparent)]
    Levels(#[from] LevelsError),
    /// The areas are wrong.
    #[error(transparent)]
    Areas(#[from] AreasError),
    /// No plant sizes meet the classes of an industry.
    #[error("industry {industry}: {error}")]
    Classes {
        /// Code of the industry.
        industry: String,
        /// Row of the size table, when one class is to blame.
        row: Option<usize>,
        /// What is wrong.
        error: super::size_classes::ClassError,
    },
    /// Suppressed cells of an industry that cannot add up to its total.
    #[error("industry {industry}: {error}")]
    Cells {
        /// Code of the industry.
        industry: String,
        /// What is wrong.
        error: BoundsError,
    },
    /// The user stopped.
    #[error("stopped")]
    Stopped,
}

impl From<EllisonGlaeserError> for Fault {
    fn from(error: EllisonGlaeserError) -> Self {
        use distretto_core::FaultKind;
        let message = error.to_string();
        match error {
            EllisonGlaeserError::Areas(error) => error.into(),
            EllisonGlaeserError::Stopped => Self::new(FaultKind::Interrupted, message),
            EllisonGlaeserError::Classes { .. } => Self::input(message)
                .with_hint("check the limits, the numbers of plants and the employment of the classes"),
            EllisonGlaeserError::Cells { .. } => {
                Self::input(message).with_hint("check the suppressed cells and the total they belong to")
            }
            EllisonGlaeserError::Plants(_) | EllisonGlaeserError::Levels(_) => Self::input(message),
            _ => Self::option(message),
        }
    }
}
