//! Options of `m`, and what can be wrong.

use crate::inference::PAdjust;
use crate::points::envelope::EnvelopeError;
use crate::points::kd::{BandwidthRange, KdError};
use crate::points::{CurveOptions, PlantOptions, PlantsError};
use distretto_core::Fault;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Least memory that simulations are given, in bytes: less would only cost time.
const LEAST: f64 = 1e6;
/// Cells of a surface, each way.
const CELLS: std::ops::RangeInclusive<usize> = 2..=1000;

/// Options of [`m`](super::m).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct MOptions {
    #[serde(flatten)]
    #[allow(missing_docs, reason = "the doc comment would become the help of an option")]
    pub plants: PlantOptions,
    /// Industry that stands for the whole economy: neighbours are compared with its plants alone (case–control).
    pub controls: Vec<String>,
    #[serde(flatten)]
    #[allow(missing_docs, reason = "the doc comment would become the help of an option")]
    pub curve: CurveOptions,
    /// Neighbours at the distance r instead of within it, by a Gaussian kernel (m of Lang, Marcon and Puech).
    pub density: bool,
    /// Standard deviation of the kernel of `--density`: a rule, nrd0 (Silverman) or sj (Sheather and Jones), or a number.
    pub bandwidth: String,
    /// Distances from which a rule takes the bandwidth.
    pub bandwidth_range: BandwidthRange,
    /// Adds the index of each plant, with its own test.
    pub local: bool,
    /// Adjusts the p-values of the plants.
    pub p_adjust: PAdjust,
    /// Distance of the map of the plants [default: where the curve is farthest above its simulations, without any where it is highest].
    pub map_r: Option<f64>,
    /// Cells along the longer side of a smoothed map of the plants' index (cells are square; the kernel is at least one of them wide); none is made unless asked for.
    pub surface: Option<usize>,
    /// Memory that the simulations may use: it changes time, never a number.
    pub memory: String,
}

impl Default for MOptions {
    fn default() -> Self {
        Self {
            plants: PlantOptions::default(),
            controls: Vec::new(),
            curve: CurveOptions::default(),
            density: false,
            bandwidth: "nrd0".to_owned(),
            bandwidth_range: BandwidthRange::default(),
            local: false,
            p_adjust: PAdjust::default(),
            map_r: None,
            surface: None,
            memory: "2GB".to_owned(),
        }
    }
}

/// Why M does not exist.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MError {
    /// The plants.
    #[error(transparent)]
    Plants(#[from] PlantsError),
    /// The envelope.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// The bandwidth of the density.
    #[error(transparent)]
    Bandwidth(#[from] KdError),
    /// Both `--to` and `--controls`.
    #[error("neighbours cannot be of `--to` where `--controls` stand for all: both are given")]
    ToAndControls,
    /// `--memory` cannot be read.
    #[error("`{text}` is no amount of memory")]
    Memory {
        /// What was given.
        text: String,
    },
    /// `--map-r` is not among the distances.
    #[error("the distance of the map, {map_r}, is none of those that are looked at")]
    MapDistance {
        /// What was given.
        map_r: f64,
        /// The nearest distance that is looked at.
        nearest: f64,
    },
    /// `--surface` without coordinates.
    #[error("a smoothed map needs coordinates: a table of distances has none")]
    SurfaceAndTable,
    /// `--surface` with too few or too many cells.
    #[error("a surface of {cells} cells each way cannot be drawn")]
    Surface {
        /// What was given.
        cells: usize,
    },
}

impl From<MError> for Fault {
    fn from(error: MError) -> Self {
        let message = error.to_string();
        match error {
            MError::Plants(error) => error.into(),
            MError::Envelope(error) => error.into(),
            MError::Bandwidth(error) => error.into(),
            MError::ToAndControls => Self::option(message).with_hint("leave out `--to`, or leave out `--controls`"),
            MError::Memory { .. } => {
                Self::option(message).with_hint("write 500MB, 2GB or a number of bytes, at least 1MB")
            }
            MError::MapDistance { nearest, .. } => Self::option(message)
                .with_hint(format!("name one of them, say `--map-r {nearest}`, or add it to `--r`")),
            MError::SurfaceAndTable => {
                Self::option(message).with_hint("leave out `--surface`, or leave out `--distances`")
            }
            MError::Surface { .. } => Self::option(message).with_hint(format!(
                "give `--surface` between {} and {}",
                CELLS.start(),
                CELLS.end()
            )),
        }
    }
}

impl MOptions {
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

    /// Checks what can be checked without plants.
    ///
    /// # Errors
    /// Options that contradict one another or cannot be read.
    pub fn validate(&self) -> Result<(), MError> {
        if !self.plants.to.is_empty() && !self.controls.is_empty() {
            return Err(MError::ToAndControls);
        }
        if let Some(cells) = self.surface.filter(|cells| !CELLS.contains(cells)) {
            return Err(MError::Surface { cells });
        }
        self.bytes()?;
        self.curve.distances()?;
        Ok(crate::points::kd::rule(&self.bandwidth).map(drop)?)
    }

    /// Whether the index of each plant is wanted.
    #[must_use]
    pub fn wants_points(&self) -> bool {
        self.local || self.surface.is_some()
    }

    /// Memory of the simulations, in bytes.
    ///
    /// # Errors
    /// What is no amount of memory.
    pub fn bytes(&self) -> Result<usize, MError> {
        let text = self.memory.trim();
        let units = [("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("B", 1.0), ("", 1.0)];
        let upper = text.to_ascii_uppercase();
        let read = units.iter().find_map(|(unit, factor)| {
            let number: f64 = upper.strip_suffix(unit)?.trim().parse().ok()?;
            Some(number * factor)
        });
        let bytes = read.filter(|bytes| *bytes >= LEAST && *bytes <= 1e18);
        bytes.map(|bytes| bytes as usize).ok_or_else(|| MError::Memory { text: self.memory.clone() })
    }
}
