//! Options of `ripley`, and what can be wrong.

use crate::points::envelope::EnvelopeError;
use crate::points::window::{Correction, PlacementError, WindowRequest};
use crate::points::{CurveOptions, PlantsError, ProjectWord, SiteOptions};
use distretto_core::{Fault, Table};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Options of [`ripley`](super::ripley).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct RipleyOptions {
    /// Industry that is looked at, several codes together make one type of plant [default: all plants].
    pub industry: Vec<String>,
    /// Industry of the neighbours, for the cross function of two industries.
    pub to: Vec<String>,
    /// Controls C: adds D = K of the industry less K of the controls.
    pub controls: Vec<String>,
    /// Window: rect:x0,x1,y0,y1, bbox (the smallest rectangle about all plants), or a file of vertices x, y in order, with a column ring when there are several rings (lon, lat with --project).
    pub window: String,
    /// How the surroundings of plants near the edge of the window, which nobody saw, are made up for.
    pub correction: Correction,
    /// Function that is tested and drawn with its envelope [default: d with --controls, l-inhom with --inhomogeneous, else l-minus-r].
    pub function: Option<FunctionWord>,
    /// Half-width of the kernel of g [default: 0.15 over the root of plants per area (Stoyan)].
    pub bandwidth: Option<f64>,
    /// Adds K and L for an intensity that varies over the window.
    pub inhomogeneous: bool,
    /// Column with the intensity at each plant, in any unit, above 0 [default: estimated by a Gaussian kernel].
    pub intensity: Option<String>,
    /// Standard deviation of the Gaussian kernel that estimates the intensity [default: an eighth of the shorter side of the window].
    pub sigma: Option<f64>,
    /// Projection of lon, lat into the plane.
    pub project: Option<ProjectWord>,
    #[serde(flatten)]
    #[allow(missing_docs, reason = "the doc comment would become the help of an option")]
    pub sites: SiteOptions,
    #[serde(flatten)]
    #[allow(missing_docs, reason = "the doc comment would become the help of an option")]
    pub curve: CurveOptions,
}

impl Default for RipleyOptions {
    fn default() -> Self {
        Self {
            industry: Vec::new(),
            to: Vec::new(),
            controls: Vec::new(),
            window: "bbox".to_owned(),
            correction: Correction::default(),
            function: None,
            bandwidth: None,
            inhomogeneous: false,
            intensity: None,
            sigma: None,
            project: None,
            sites: SiteOptions::default(),
            curve: CurveOptions::default(),
        }
    }
}

/// A function of distance (`--function`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FunctionWord {
    /// Ripley's K.
    K,
    /// Besag's L = √(K/π).
    L,
    /// L − r.
    LMinusR,
    /// Pair correlation.
    G,
    /// K of the industry less K of the controls.
    D,
    /// K for an intensity that varies.
    KInhom,
    /// L for an intensity that varies.
    LInhom,
}

impl FunctionWord {
    /// Its column in the table `curve`.
    #[must_use]
    pub fn column(self) -> &'static str {
        match self {
            Self::K => "k",
            Self::L => "l",
            Self::LMinusR => "l_minus_r",
            Self::G => "g",
            Self::D => "d",
            Self::KInhom => "k_inhom",
            Self::LInhom => "l_inhom",
        }
    }

    /// Whether it needs intensities.
    #[must_use]
    pub fn is_inhomogeneous(self) -> bool {
        matches!(self, Self::KInhom | Self::LInhom)
    }
}

/// Why a second-order function does not exist.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RipleyError {
    /// The plants.
    #[error(transparent)]
    Plants(#[from] PlantsError),
    /// The envelope.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// The window, and where the plants stand.
    #[error(transparent)]
    Placement(#[from] PlacementError),
    /// A width that is not above 0.
    #[error("the {name} {value} is not above 0")]
    Width {
        /// `bandwidth` or `sigma`.
        name: &'static str,
        /// What was given.
        value: f64,
    },
    /// Options that do not go together.
    #[error("{what}")]
    Contradiction {
        /// What is wrong.
        what: &'static str,
        /// What to do.
        hint: &'static str,
    },
    /// An intensity that is missing or not above 0.
    #[error("the intensity {value} of plant {plant} is not above 0")]
    Intensity {
        /// Number of the plant, from 1.
        plant: usize,
        /// Row of the table.
        row: usize,
        /// The intensity.
        value: f64,
    },
}

impl RipleyError {
    /// The fault with file, line and column of the table of plants.
    #[must_use]
    pub fn in_table(self, table: &Table, intensity: Option<&str>) -> Fault {
        match self {
            Self::Plants(error) => error.in_table(table),
            Self::Placement(error) => error.in_table(table),
            Self::Intensity { row, .. } => {
                let column = intensity.unwrap_or("intensity");
                Fault::from(self).at(table, row, column)
            }
            error => error.into(),
        }
    }
}

impl From<RipleyError> for Fault {
    fn from(error: RipleyError) -> Self {
        let message = error.to_string();
        match error {
            RipleyError::Plants(error) => error.into(),
            RipleyError::Envelope(error) => error.into(),
            RipleyError::Placement(error) => error.into(),
            RipleyError::Width { .. } => Self::option(message).with_hint("give a number above 0"),
            RipleyError::Contradiction { hint, .. } => Self::option(message).with_hint(hint),
            RipleyError::Intensity { .. } => Self::input(message).with_hint("every plant needs an intensity above 0"),
        }
    }
}

impl RipleyOptions {
    /// Looks at this industry.
    #[must_use]
    pub fn with_industry(mut self, code: &str) -> Self {
        self.industry = vec![code.to_owned()];
        self
    }

    /// Looks at these distances.
    #[must_use]
    pub fn with_distances(mut self, r: &[f64]) -> Self {
        self.curve.r = r.iter().map(f64::to_string).collect();
        self
    }

    /// The function that is tested.
    #[must_use]
    pub fn tested(&self) -> FunctionWord {
        let own = match (self.controls.is_empty(), self.inhomogeneous) {
            (false, _) => FunctionWord::D,
            (true, true) => FunctionWord::LInhom,
            (true, false) => FunctionWord::LMinusR,
        };
        self.function.unwrap_or(own)
    }

    /// Checks what can be checked without data.
    ///
    /// # Errors
    /// Options that cannot be read, or that contradict one another.
    pub fn validate(&self) -> Result<(), RipleyError> {
        self.curve.distances()?;
        WindowRequest::parse(&self.window).map_err(PlacementError::from)?;
        for (name, value) in [("bandwidth", self.bandwidth), ("sigma", self.sigma)] {
            if let Some(value) = value.filter(|value| !(*value > 0.0 && value.is_finite())) {
                return Err(RipleyError::Width { name, value });
            }
        }
        let refuse = |what, hint| Err(RipleyError::Contradiction { what, hint });
        if !self.to.is_empty() && !self.controls.is_empty() {
            return refuse("both `--to` and `--controls` are given", "leave one of them out");
        }
        if self.tested() == FunctionWord::D && self.controls.is_empty() {
            return refuse("the function d compares an industry with controls", "name them with `--controls`");
        }
        if !self.inhomogeneous && (self.intensity.is_some() || self.sigma.is_some() || self.tested().is_inhomogeneous())
        {
            return refuse("the intensity is asked for, but not K for it", "add `--inhomogeneous`");
        }
        if self.intensity.is_some() && self.sigma.is_some() {
            return refuse(
                "the intensity is both given by a column and to be estimated with `--sigma`",
                "leave one of them out",
            );
        }
        if self.sites.weight_column().is_some() {
            return refuse(
                "these functions count plants: they have no weights",
                "leave out `--weight`; kd and m take it",
            );
        }
        Ok(())
    }
}
