//! Options of `localisation`, and what can be wrong.

use crate::inference::PAdjust;
use crate::points::colocation::ColocationError;
use crate::points::envelope::EnvelopeError;
use crate::points::kd::{BandwidthRange, BandwidthRule, KdError, KdOptions};
use crate::points::{CurveOptions, EnvelopeMethod, Null, PlantsError, SiteOptions};
use distretto_core::Fault;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Options of [`localisation`](super::localisation).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct LocalisationOptions {
    /// Function of distance.
    pub function: LocalisationFunction,
    /// Industries whose curves are listed; tests and their adjustment are of all industries, whatever is named here.
    pub industry: Vec<String>,
    /// Least plants of an industry that is tested; the plants of others stay among the sites.
    pub min_plants: u64,
    #[serde(flatten)]
    #[allow(missing_docs, reason = "the doc comment would become the help of an option")]
    pub sites: SiteOptions,
    #[serde(flatten)]
    #[allow(missing_docs, reason = "the doc comment would become the help of an option")]
    pub curve: CurveOptions,
    /// How the p-values of all industries are adjusted.
    pub p_adjust: PAdjust,
    /// Standard deviation of the Gaussian kernel of kd: a rule, nrd0 (Silverman) or sj (Sheather and Jones), or a number.
    pub bandwidth: String,
    /// Distances from which a rule takes the bandwidth of kd.
    pub bandwidth_range: BandwidthRange,
}

impl Default for LocalisationOptions {
    fn default() -> Self {
        Self {
            function: LocalisationFunction::default(),
            industry: Vec::new(),
            min_plants: 10,
            sites: SiteOptions::default(),
            curve: CurveOptions::default(),
            p_adjust: PAdjust::default(),
            bandwidth: "nrd0".to_owned(),
            bandwidth_range: BandwidthRange::default(),
        }
    }
}

/// Function of distance within one industry (`--function`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LocalisationFunction {
    /// Density of distances between the plants (Duranton and Overman 2005).
    #[default]
    Kd,
    /// Share of the industry among all neighbours within the distance, relative to its share in the whole (Marcon and Puech 2010).
    M,
}

impl LocalisationFunction {
    /// The word of the option, which is the column of the value too.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Kd => "kd",
            Self::M => "m",
        }
    }
}

/// Why industries cannot be tested.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LocalisationError {
    /// The plants.
    #[error(transparent)]
    Plants(#[from] PlantsError),
    /// The simulations.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// The bandwidth.
    #[error(transparent)]
    Kd(#[from] KdError),
    /// Which industries.
    #[error(transparent)]
    Listed(#[from] ColocationError),
    /// An envelope without a band or without a test.
    #[error("the envelope {method} has no {lack}, by which industries are told apart")]
    Envelopes {
        /// Its name.
        method: &'static str,
        /// `band` or `test`.
        lack: &'static str,
    },
}

impl From<LocalisationError> for Fault {
    fn from(error: LocalisationError) -> Self {
        let message = error.to_string();
        match error {
            LocalisationError::Plants(error) => error.into(),
            LocalisationError::Envelope(error) => error.into(),
            LocalisationError::Kd(error) => error.into(),
            LocalisationError::Listed(error) => error.into(),
            LocalisationError::Envelopes { .. } => Self::option(message).with_hint("use erl, mad or st"),
        }
    }
}

impl LocalisationOptions {
    /// Looks at these distances.
    #[must_use]
    pub fn with_distances(mut self, r: &[f64]) -> Self {
        self.curve.r = r.iter().map(ToString::to_string).collect();
        self
    }

    /// How the bandwidth of kd is chosen.
    ///
    /// # Errors
    /// Neither a rule nor a number above 0.
    pub fn rule(&self) -> Result<BandwidthRule, LocalisationError> {
        let options = KdOptions { bandwidth: self.bandwidth.clone(), ..KdOptions::default() };
        Ok(options.rule()?)
    }

    /// Checks what does not depend on the data.
    ///
    /// # Errors
    /// Another null than random location; an envelope without a band or a test; distances and bandwidths that are none.
    pub fn validate(&self) -> Result<(), LocalisationError> {
        self.rule()?;
        self.curve.distances()?;
        if let Some(null) = self.curve.null.filter(|null| *null != Null::RandomLocation) {
            let (why, hint) = ("is not of one industry among all", "use random-location");
            return Err(PlantsError::Null { null: null.word(), why, hint }.into());
        }
        let method = self.curve.envelope.word();
        match self.curve.envelope {
            EnvelopeMethod::Erl | EnvelopeMethod::Mad | EnvelopeMethod::St => Ok(()),
            EnvelopeMethod::Dclf => Err(LocalisationError::Envelopes { method, lack: "band" }),
            EnvelopeMethod::Do | EnvelopeMethod::Pointwise => {
                Err(LocalisationError::Envelopes { method, lack: "test" })
            }
        }
    }
}
