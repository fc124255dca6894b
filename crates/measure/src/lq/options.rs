//! Options and errors of the location quotient.

use crate::areas::{AreaOptions, AreasError};
use crate::ellison_glaeser::PlantsError;
use crate::inference::{PAdjust, TestTail};
use distretto_core::Fault;
use distretto_numerics::{PointError, SimulationError, check_simulations};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Options of [`location_quotient`](super::location_quotient).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct LqOptions {
    /// What every area table has.
    #[serde(flatten)]
    pub areas: AreaOptions,
    /// Industries whose cells are listed and tested together; all when left out. Totals always use every row.
    pub industry: Vec<String>,
    /// Interval of the location quotient: `fieller`, `delta`, `profile` (likelihood), `bootstrap` or `none`.
    pub interval: Interval,
    /// Level of intervals and tests.
    pub level: f64,
    /// Side of the test of LQ = 1.
    pub tail: TestTail,
    /// Adjustment of the p-values of all cells listed.
    pub p_adjust: PAdjust,
    /// Design effect: how many times larger the variance is than that of independent jobs; jobs come in plants, so that
    /// it is rarely below 1.
    pub deff: f64,
    /// Number of draws of a bootstrap.
    pub nsim: u64,
    /// What is standardised over the regions: `lq`, or `log` for ln LQ without zeros.
    pub standardise: Standardise,
    /// Adds a table of industries with the location quotient from which a region stands out.
    pub cutoff: Option<Cutoff>,
    /// Adds the location quotient of a region with its neighbours: `knn:K`, `band:D`, `exp:H` (with `--regions`) or a file of links.
    pub proximity: Option<String>,
    /// Location quotient from which a region counts as specialised.
    pub rca_threshold: f64,
    /// Counts as specialised only what lies above the threshold, not on it.
    pub strict: bool,
}

impl Default for LqOptions {
    fn default() -> Self {
        Self {
            areas: AreaOptions::default(),
            industry: Vec::new(),
            interval: Interval::default(),
            level: 0.95,
            tail: TestTail::default(),
            p_adjust: PAdjust::default(),
            deff: 1.0,
            nsim: 999,
            standardise: Standardise::default(),
            cutoff: None,
            proximity: None,
            rca_threshold: 1.0,
            strict: false,
        }
    }
}

/// Kind of interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Interval {
    /// Symmetric on the scale of ln LQ.
    Delta,
    /// Ratio of two shares (Fieller 1954).
    #[default]
    Fieller,
    /// Profile likelihood.
    Profile,
    /// Percentiles of simulated location quotients.
    Bootstrap,
    /// No interval.
    None,
}

impl Interval {
    /// The word of the option.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Delta => "delta",
            Self::Fieller => "fieller",
            Self::Profile => "profile",
            Self::Bootstrap => "bootstrap",
            Self::None => "none",
        }
    }
}

/// What is standardised over the regions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standardise {
    /// The location quotient, zeros included (O'Donoghue and Gleave 2004).
    #[default]
    Lq,
    /// Its logarithm, zeros left out.
    Log,
}

/// How the location quotient from which a region stands out is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cutoff {
    /// Where the standardised location quotient is 1.645.
    Normal,
    /// Mean of the 95 % quantiles of resampled regions (Tian 2013).
    Bootstrap,
}

/// Why there is no location quotient.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LqError {
    /// The area table cannot be used.
    #[error(transparent)]
    Areas(#[from] AreasError),
    /// The level, or too few draws for it.
    #[error(transparent)]
    Simulations(#[from] SimulationError),
    /// The design effect is not above 0.
    #[error("a design effect of {deff}; it must be a number above 0")]
    Deff {
        /// As given.
        deff: f64,
    },
    /// The threshold of specialisation is not above 0.
    #[error("a threshold of {threshold}; it must be a number above 0")]
    Threshold {
        /// As given.
        threshold: f64,
    },
    /// A rule of proximity that cannot be read.
    #[error("the proximity `{rule}` is not `knn:K`, `band:D` or `exp:H` with a number that is possible")]
    Rule {
        /// As given.
        rule: String,
    },
    /// A rule of proximity without places of the regions.
    #[error("the proximity `{rule}` needs the places of the regions")]
    NoPlaces {
        /// As given.
        rule: String,
    },
    /// The table of regions has neither `x` and `y` nor `lon` and `lat`.
    #[error("the table of regions has neither `x` and `y` nor `lon` and `lat`")]
    NoCoordinates,
    /// A region of the area table that another table lacks.
    #[error("the region {region} has no row in the table of regions")]
    RegionLacking {
        /// Its code.
        region: String,
    },
    /// A point that cannot be used.
    #[error("region {region}: {error}")]
    Point {
        /// Code of the region.
        region: String,
        /// What is wrong.
        error: PointError,
    },
    /// A code of another table that the area table lacks.
    #[error("the {kind} {code} does not stand in the area table")]
    Unknown {
        /// `region` or `industry`.
        kind: &'static str,
        /// Its code.
        code: String,
    },
    /// A link that cannot be used.
    #[error("the link from {from} to {to} stands twice or has a weight that is not a finite number of 0 or more")]
    Link {
        /// From.
        from: String,
        /// To.
        to: String,
    },
    /// The plants cannot be used.
    #[error(transparent)]
    Plants(#[from] PlantsError),
    /// A column of another input is missing.
    #[error("the column `{column}` is missing or not of the right kind")]
    Column {
        /// Its standard name.
        column: &'static str,
    },
}

impl LqOptions {
    /// Checks the numbers.
    ///
    /// # Errors
    /// A level outside (0, 1), a design effect or threshold that is not above 0, too few draws for the level.
    pub fn validate(&self) -> Result<(), LqError> {
        if !(self.level > 0.0 && self.level < 1.0) {
            return Err(SimulationError::InvalidLevel { level: self.level }.into());
        }
        if self.interval == Interval::Bootstrap || self.cutoff == Some(Cutoff::Bootstrap) {
            check_simulations(self.nsim, self.level)?;
        }
        if !(self.deff > 0.0 && self.deff.is_finite()) {
            return Err(LqError::Deff { deff: self.deff });
        }
        if !(self.rca_threshold > 0.0 && self.rca_threshold.is_finite()) {
            return Err(LqError::Threshold { threshold: self.rca_threshold });
        }
        Ok(())
    }
}

impl From<LqError> for Fault {
    fn from(error: LqError) -> Self {
        let message = error.to_string();
        match error {
            LqError::Areas(error) => error.into(),
            LqError::Simulations(SimulationError::InvalidLevel { .. }) => {
                Self::option(message).with_hint("a level is between 0 and 1, such as 0.95")
            }
            LqError::Simulations(_) => Self::option(message).with_hint("raise `--nsim` or lower `--level`"),
            LqError::Deff { .. } | LqError::Threshold { .. } | LqError::Rule { .. } => Self::option(message),
            LqError::NoPlaces { .. } => Self::option(message).with_hint("give them with `--regions FILE`"),
            LqError::NoCoordinates => Self::input(message).with_hint("name the columns with `--col x=NAME` and so on"),
            _ => Self::input(message),
        }
    }
}
