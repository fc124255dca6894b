//! Options of `colocation`, and what can be wrong.

use crate::inference::PAdjust;
use crate::points::envelope::EnvelopeError;
use crate::points::kd::{BandwidthRange, BandwidthRule, KdError, KdOptions};
use crate::points::window::{Correction, PlacementError, WindowRequest};
use crate::points::{Null, PlantsError, ProjectWord, SiteOptions, distances};
use distretto_core::Fault;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Options of [`colocation`](super::colocation).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct ColocationOptions {
    /// Function of distance between the plants of two industries.
    pub function: Function,
    /// Distance at which pairs are looked at, or several (0,1,2 or start:stop:step), over which each pair has one test.
    pub r: Vec<String>,
    /// Industries taken as industry_a, whose plants stay in place; their neighbours are of every industry [default: all].
    pub reference: Vec<String>,
    /// Least plants of an industry that is listed; the plants of others stay among the neighbours.
    pub min_plants: u64,
    #[serde(flatten)]
    #[allow(missing_docs, reason = "the doc comment would become the help of an option")]
    pub sites: SiteOptions,
    /// What is drawn at random for two industries; an industry with itself is always tested against random-location [default: population-independence].
    pub null: Option<Null>,
    /// Simulations of the null; 0 makes no test.
    pub nsim: u64,
    /// Confidence: findings count pairs whose q is at most one minus it; simulations must be able to reach that.
    pub level: f64,
    /// How the p-values of all pairs are adjusted.
    pub p_adjust: PAdjust,
    /// Standard deviation of the Gaussian kernel of kd: a rule, nrd0 (Silverman) or sj (Sheather and Jones), or a number.
    pub bandwidth: String,
    /// Distances from which a rule takes the bandwidth of kd.
    pub bandwidth_range: BandwidthRange,
    /// Window of k: rect:x0,x1,y0,y1, bbox (the smallest rectangle about all plants), or a file of vertices x, y in order, with a column ring when there are several rings (lon, lat with --project).
    pub window: String,
    /// How the surroundings of plants near the edge of the window of k, which nobody saw, are made up for.
    pub correction: Correction,
    /// Projection of lon, lat into the plane, for k.
    pub project: Option<ProjectWord>,
}

impl Default for ColocationOptions {
    fn default() -> Self {
        Self {
            function: Function::default(),
            r: Vec::new(),
            reference: Vec::new(),
            min_plants: 1,
            sites: SiteOptions::default(),
            null: None,
            nsim: 0,
            level: 0.95,
            p_adjust: PAdjust::default(),
            bandwidth: "nrd0".to_owned(),
            bandwidth_range: BandwidthRange::default(),
            window: "bbox".to_owned(),
            correction: Correction::default(),
            project: None,
        }
    }
}

/// Function of distance between two industries (`--function`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Function {
    /// Share of the other industry among all neighbours within the distance, relative to its share in the whole (Marcon and Puech 2010).
    #[default]
    M,
    /// Density of distances between the plants of both (Duranton and Overman 2005).
    Kd,
    /// Ripley's cross K in a window.
    K,
}

impl Function {
    /// The word of the option, which is the column of the value too.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::M => "m",
            Self::Kd => "kd",
            Self::K => "k",
        }
    }
}

/// Why pairs of industries cannot be compared.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ColocationError {
    /// The plants.
    #[error(transparent)]
    Plants(#[from] PlantsError),
    /// The simulations.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// The bandwidth.
    #[error(transparent)]
    Kd(#[from] KdError),
    /// The window of k, and where the plants stand.
    #[error(transparent)]
    Placement(#[from] PlacementError),
    /// Distances from a table, where a window is needed.
    #[error("the function k needs coordinates, in a window: a table of distances has none")]
    KAndTable,
    /// Weights, where plants are counted.
    #[error("the function k counts plants: it has no weights")]
    Weights,
    /// No distance.
    #[error("no distance is given")]
    NoDistance,
    /// No industry has that many plants.
    #[error("no industry has {needed} plants or more; the largest has {largest}")]
    NoIndustry {
        /// Least plants of an industry.
        needed: u64,
        /// Plants of the largest.
        largest: usize,
    },
}

impl From<ColocationError> for Fault {
    fn from(error: ColocationError) -> Self {
        let message = error.to_string();
        match error {
            ColocationError::Plants(error) => error.into(),
            ColocationError::Envelope(error) => error.into(),
            ColocationError::Kd(error) => error.into(),
            ColocationError::Placement(error) => error.into(),
            ColocationError::KAndTable => {
                Self::option(message).with_hint("use `--function m` or `--function kd`, or leave out `--distances`")
            }
            ColocationError::Weights => Self::option(message).with_hint("leave out `--weight`; kd and m take it"),
            ColocationError::NoDistance => Self::option(message).with_hint(
                "give `--r DISTANCE` in the unit of the coordinates (km for lon, lat), or `--r start:stop:step`",
            ),
            ColocationError::NoIndustry { .. } => Self::option(message).with_hint("lower `--min-plants`"),
        }
    }
}

impl ColocationOptions {
    /// Looks at these distances.
    #[must_use]
    pub fn with_distances(mut self, r: &[f64]) -> Self {
        self.r = r.iter().map(ToString::to_string).collect();
        self
    }

    /// The distances of `--r`, ascending.
    ///
    /// # Errors
    /// None, what is no distance, or not in ascending order.
    pub fn distances(&self) -> Result<Vec<f64>, ColocationError> {
        distances(&self.r)?.ok_or(ColocationError::NoDistance)
    }

    /// How the bandwidth of kd is chosen.
    ///
    /// # Errors
    /// Neither a rule nor a number above 0.
    pub fn rule(&self) -> Result<BandwidthRule, ColocationError> {
        let options = KdOptions { bandwidth: self.bandwidth.clone(), ..KdOptions::default() };
        Ok(options.rule()?)
    }

    /// Checks what does not depend on the data.
    ///
    /// # Errors
    /// Distances, a null, a bandwidth or a window that is none; weights for k.
    pub fn validate(&self) -> Result<(), ColocationError> {
        self.distances()?;
        self.all_move()?;
        self.rule()?;
        WindowRequest::parse(&self.window).map_err(PlacementError::from)?;
        match self.function == Function::K && self.sites.weight_column().is_some() {
            true => Err(ColocationError::Weights),
            false => Ok(()),
        }
    }

    /// Whether the reference industry moves too; refuses nulls that two industries among many cannot have.
    ///
    /// # Errors
    /// Random labelling, which is of two industries alone, and csr, which moves the sites.
    pub fn all_move(&self) -> Result<bool, ColocationError> {
        let refuse = |null: Null, why| {
            let hint = "use population-independence or random-location";
            Err(PlantsError::Null { null: null.word(), why, hint }.into())
        };
        match self.null {
            None | Some(Null::PopulationIndependence) => Ok(false),
            Some(Null::RandomLocation) => Ok(true),
            Some(null @ Null::RandomLabelling) => {
                refuse(null, "permutes the types of two industries, not of all pairs")
            }
            Some(null) => refuse(null, "moves the sites"),
        }
    }
}
