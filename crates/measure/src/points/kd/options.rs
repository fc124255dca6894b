//! Options of `kd`, and what can be wrong.

use crate::points::envelope::EnvelopeError;
use crate::points::{CurveOptions, PlantOptions, PlantsError};
use distretto_core::Fault;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Options of [`kd`](super::kd).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct KdOptions {
    #[serde(flatten)]
    #[allow(missing_docs, reason = "the doc comment would become the help of an option")]
    pub plants: PlantOptions,
    #[serde(flatten)]
    #[allow(missing_docs, reason = "the doc comment would become the help of an option")]
    pub curve: CurveOptions,
    /// Standard deviation of the Gaussian kernel: a rule, nrd0 (Silverman) or sj (Sheather and Jones), or a number.
    pub bandwidth: String,
    /// Distances from which a rule takes the bandwidth.
    pub bandwidth_range: BandwidthRange,
    /// Approximation: bins:N evaluates the kernel at the means of N bins, thin:SHARE looks at random shares of the plants.
    pub approximate: Option<String>,
    /// Sums the kernel over every pair, however many there are.
    pub exact: bool,
}

impl Default for KdOptions {
    fn default() -> Self {
        Self {
            plants: PlantOptions::default(),
            curve: CurveOptions::default(),
            bandwidth: "nrd0".to_owned(),
            bandwidth_range: BandwidthRange::default(),
            approximate: None,
            exact: false,
        }
    }
}

/// Distances from which a rule takes the bandwidth (`--bandwidth-range`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BandwidthRange {
    /// Those of at most twice the largest distance that is looked at.
    #[default]
    Near,
    /// All.
    All,
}

/// How the bandwidth is chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum BandwidthRule {
    /// 0.9·min(sd, IQR/1.34)·m^(−1/5) (Silverman 1986, eq. 3.31).
    Nrd0,
    /// Solve-the-equation (Sheather and Jones 1991).
    Sj,
    /// Given.
    Fixed(f64),
}

/// An approximation that was asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Approximation {
    /// So many bins.
    Bins(usize),
    /// A share of the plants.
    Thin(f64),
}

/// Why Kd does not exist.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum KdError {
    /// The plants.
    #[error(transparent)]
    Plants(#[from] PlantsError),
    /// The envelope.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// `--bandwidth` is neither a rule nor a number above 0.
    #[error("`{text}` is no bandwidth")]
    Bandwidth {
        /// What was given.
        text: String,
    },
    /// Too few distances for a rule.
    #[error("a bandwidth cannot be chosen from {count} distances of at most {limit}")]
    FewDistances {
        /// Distances in the range.
        count: u64,
        /// Upper end of the range.
        limit: f64,
    },
    /// `--approximate` cannot be read.
    #[error("`{text}` is no approximation")]
    Approximation {
        /// What was given.
        text: String,
    },
    /// Both `--exact` and `--approximate`.
    #[error("an approximation cannot be exact: both `--exact` and `--approximate` are given")]
    ExactApproximation,
    /// Both `sj` and `thin`: the equation of few distances does not foretell that of many.
    #[error("the bandwidth sj of all plants cannot be told from a share of them")]
    ThinSj,
}

impl From<KdError> for Fault {
    fn from(error: KdError) -> Self {
        let message = error.to_string();
        match error {
            KdError::Plants(error) => error.into(),
            KdError::Envelope(error) => error.into(),
            KdError::Bandwidth { .. } => Self::option(message).with_hint("write nrd0, sj or a number above 0"),
            KdError::FewDistances { .. } => Self::result(message)
                .with_hint("give `--bandwidth NUMBER`, or take all distances with `--bandwidth-range all`"),
            KdError::Approximation { .. } => Self::option(message)
                .with_hint("write bins:N with N from 2 to 10000000, or thin:SHARE with a share between 0 and 1"),
            KdError::ThinSj => Self::option(message)
                .with_hint("with `--approximate thin:SHARE` take `--bandwidth nrd0` or a number, or use bins:N"),
            KdError::ExactApproximation => Self::option(message).with_hint("leave one of them out"),
        }
    }
}

impl KdOptions {
    /// Looks at this industry.
    #[must_use]
    pub fn with_industry(mut self, code: &str) -> Self {
        self.plants.industry = vec![code.to_owned()];
        self
    }

    /// Looks at these distances.
    #[must_use]
    pub fn with_distances(mut self, r: &[f64]) -> Self {
        self.curve.r = r.iter().map(ToString::to_string).collect();
        self
    }

    /// How the bandwidth is chosen.
    ///
    /// # Errors
    /// Neither a rule nor a number above 0.
    pub fn rule(&self) -> Result<BandwidthRule, KdError> {
        rule(&self.bandwidth)
    }

    /// The approximation that is asked for.
    ///
    /// # Errors
    /// One that cannot be read, or that contradicts `--exact`.
    pub fn approximation(&self) -> Result<Option<Approximation>, KdError> {
        let Some(text) = &self.approximate else { return Ok(None) };
        if self.exact {
            return Err(KdError::ExactApproximation);
        }
        let read = match text.split_once(':') {
            Some(("bins", number)) => {
                number.parse().ok().filter(|n| (2..=10_000_000).contains(n)).map(Approximation::Bins)
            }
            Some(("thin", share)) => {
                share.parse().ok().filter(|share| *share > 0.0 && *share < 1.0).map(Approximation::Thin)
            }
            _ => None,
        };
        if matches!(read, Some(Approximation::Thin(_))) && self.bandwidth == "sj" {
            return Err(KdError::ThinSj);
        }
        read.map(Some).ok_or_else(|| KdError::Approximation { text: text.clone() })
    }
}

/// How a bandwidth is chosen, from its word (`--bandwidth`).
///
/// # Errors
/// Neither a rule nor a number above 0.
pub fn rule(word: &str) -> Result<BandwidthRule, KdError> {
    match word {
        "nrd0" => Ok(BandwidthRule::Nrd0),
        "sj" => Ok(BandwidthRule::Sj),
        text => {
            let number = text.parse::<f64>().ok().filter(|h| h.is_finite() && *h > 0.0);
            number.map(BandwidthRule::Fixed).ok_or_else(|| KdError::Bandwidth { text: text.to_owned() })
        }
    }
}
