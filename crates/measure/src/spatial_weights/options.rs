//! Options about the variable, the spatial weights and the permutations.

use super::SpatialError;
use crate::inference::TestTail;
use distretto_numerics::check_simulations;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which column and which rows of the table are analysed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct VariableOptions {
    /// Column that is analysed; needed. Values may be negative.
    pub value: Option<String>,
    /// Industry whose rows are used; needed when the table has a column `industry` with several industries.
    pub industry: Option<String>,
    /// Year whose rows are used; needed when the table has a column `year` with several years.
    pub year: Option<i64>,
}

impl VariableOptions {
    /// The column that is analysed.
    ///
    /// # Errors
    /// [`SpatialError::NoValue`] when none is named.
    pub fn value(&self) -> Result<&str, SpatialError> {
        self.value.as_deref().ok_or(SpatialError::NoValue)
    }
}

/// Who is whose neighbour, and how the weights are scaled. One source of weights is needed: a file, `knn`,
/// `distance_band`, or `contiguity`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct WeightOptions {
    /// The K nearest other regions are neighbours, by x, y or lon, lat; equal distances by order of the table.
    pub knn: Option<usize>,
    /// All other regions within this distance, its end included: unit of x, y, or km for lon, lat.
    pub distance_band: Option<f64>,
    /// Regions whose outlines (`--map`) touch: `queen` at a point or more, `rook` along an edge.
    pub contiguity: Option<Contiguity>,
    /// Scaling: `row` divides each row by its sum, `binary` is 1 for every positive weight.
    pub transform: WeightTransform,
}

/// When two outlines touch (`--contiguity`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Contiguity {
    /// At one vertex at least.
    Queen,
    /// Along one edge at least.
    Rook,
}

/// How weights are scaled (`--transform`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WeightTransform {
    /// Each row divided by its sum.
    #[default]
    Row,
    /// 1 for every positive weight.
    Binary,
}

impl WeightTransform {
    /// The word of the option.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Row => "row",
            Self::Binary => "binary",
        }
    }
}

/// The one source of weights that was chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Source {
    File,
    Near(Near),
    Borders(Contiguity),
}

/// Which points are near.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Near {
    Nearest(usize),
    Within(f64),
}

impl Source {
    pub(crate) fn describe(self) -> String {
        match self {
            Self::File => "file".to_owned(),
            Self::Near(Near::Nearest(k)) => format!("{k} nearest neighbours"),
            Self::Near(Near::Within(distance)) => format!("distance band {distance}"),
            Self::Borders(Contiguity::Queen) => "queen contiguity".to_owned(),
            Self::Borders(Contiguity::Rook) => "rook contiguity".to_owned(),
        }
    }
}

impl WeightOptions {
    /// The one source that the options and the given inputs name.
    pub(crate) fn source(&self, file: bool, map: bool, regions: bool) -> Result<Source, SpatialError> {
        let named = [
            file.then_some(("--weights", Source::File)),
            self.knn.map(|k| ("--knn", Source::Near(Near::Nearest(k)))),
            self.distance_band.map(|distance| ("--distance-band", Source::Near(Near::Within(distance)))),
            self.contiguity.map(|contiguity| ("--contiguity", Source::Borders(contiguity))),
        ];
        let mut named: Vec<(&'static str, Source)> = named.into_iter().flatten().collect();
        let (Some((_, source)), true) = (named.pop(), named.is_empty()) else {
            let given = self.given(file);
            return Err(SpatialError::Sources { given, map });
        };
        match source {
            Source::Borders(_) if !map => Err(SpatialError::NoMap),
            Source::Borders(_) if regions => Err(SpatialError::Unused { input: "regions" }),
            Source::Borders(_) => Ok(source),
            _ if map => Err(SpatialError::Unused { input: "map" }),
            Source::File if regions => Err(SpatialError::Unused { input: "regions" }),
            _ => Ok(source),
        }
    }

    fn given(&self, file: bool) -> Vec<&'static str> {
        let all = [
            ("--weights", file),
            ("--knn", self.knn.is_some()),
            ("--distance-band", self.distance_band.is_some()),
            ("--contiguity", self.contiguity.is_some()),
        ];
        all.into_iter().filter_map(|(name, given)| given.then_some(name)).collect()
    }
}

/// The permutations and the test that is made of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PermutationOptions {
    /// Number of random permutations; 0 for none.
    pub nsim: u32,
    /// Which deviations count as extreme; holds for normal and simulated p alike.
    pub tail: TestTail,
    /// Level of confidence; 1 − level is the size of the test that findings and flags use.
    pub level: f64,
}

impl Default for PermutationOptions {
    fn default() -> Self {
        Self { nsim: 999, tail: TestTail::default(), level: 0.95 }
    }
}

impl PermutationOptions {
    /// Checks the level, and that so many permutations can reach it.
    ///
    /// # Errors
    /// [`SpatialError::Simulations`].
    pub fn validate(&self) -> Result<(), SpatialError> {
        // 0 permutations make no test; the level must make sense all the same.
        let simulations = if self.nsim == 0 { u64::MAX } else { u64::from(self.nsim) };
        Ok(check_simulations(simulations, self.level)?)
    }
}
