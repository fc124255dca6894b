//! Options that the estimands on plants share.

use super::error::PlantsError;
use distretto_core::{ColumnKind, OptionSpec, TableSpec, narrowed};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most distances that `--r start:stop:step` may name.
const MOST_DISTANCES: u64 = 100_000;
/// Slack of the last step of a range, in steps: 0:1:0.1 has eleven values.
const STEP_SLACK: f64 = 1e-9;

/// Options of every estimand on plants that looks at one industry; flatten them into its own.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PlantOptions {
    /// Industry that is looked at; several codes together make one type of plant.
    pub industry: Vec<String>,
    /// Industry of the neighbours; the industry itself when none is named.
    pub to: Vec<String>,
    #[serde(flatten)]
    #[allow(missing_docs, reason = "the doc comment would become the help of an option")]
    pub sites: SiteOptions,
}

/// How the table of plants is read; part of [`PlantOptions`], alone for estimands on all industries.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SiteOptions {
    /// Column that weights the plants (say size), or none: every plant counts as 1.
    pub weight: Option<String>,
    /// How distance is measured when the plants have both x, y and lon, lat.
    pub metric: Option<MetricWord>,
    /// Year that is used; needed when the table has a column `year` with several years.
    pub year: Option<i64>,
}

impl SiteOptions {
    /// The column of weights; `None` for `none`.
    #[must_use]
    pub fn weight_column(&self) -> Option<&str> {
        self.weight.as_deref().filter(|&name| name != "none")
    }
}

/// How distance is measured (`--metric`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MetricWord {
    /// Straight lines between x, y, in their unit.
    Planar,
    /// Great circles between lon, lat on a sphere of radius 6371.0088 km, in km.
    GreatCircle,
}

/// The columns that an estimand wants of a table of plants, under the name of the input that holds it.
#[must_use]
pub fn plant_columns(input: &str, options: &SiteOptions) -> TableSpec {
    let spec = TableSpec::new(input)
        .need("id", ColumnKind::Label)
        .need("industry", ColumnKind::Label)
        .take("x", ColumnKind::Number)
        .take("y", ColumnKind::Number)
        .take("lon", ColumnKind::Longitude)
        .take("lat", ColumnKind::Latitude)
        .take("year", ColumnKind::Integer)
        .unique(&["id", "year"]);
    match options.weight_column() {
        Some(column) => spec.need(column, ColumnKind::NonNegative),
        None => spec,
    }
}

/// Nulls that keep the sites where they are.
const KEEPING_SITES: [Null; 3] = [Null::RandomLocation, Null::RandomLabelling, Null::PopulationIndependence];

/// The options of an estimand whose nulls keep the sites, with what it draws unless told.
pub(super) fn keeping_sites(specs: Vec<OptionSpec>, defaults: &str) -> Vec<OptionSpec> {
    let help = format!("What is drawn at random in a simulation [default: {defaults}].");
    narrowed(specs, "null", &KEEPING_SITES.map(Null::word), &help)
}

/// Options of every function of distance; flatten them into an estimand's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CurveOptions {
    /// Distances: 0,1,2 or start:stop:step, in the unit of the coordinates (km for lon, lat) [default: 0 to the median distance of all pairs of plants, in 100 steps].
    pub r: Vec<String>,
    /// What is drawn at random in a simulation [default: depends on what is asked; see the manual].
    pub null: Option<Null>,
    /// Simulations of the null; 0 makes no test.
    pub nsim: u64,
    /// Envelope of the simulations and test of the whole curve.
    pub envelope: EnvelopeMethod,
    /// Level of the envelope.
    pub level: f64,
}

impl Default for CurveOptions {
    fn default() -> Self {
        Self { r: Vec::new(), null: None, nsim: 0, envelope: EnvelopeMethod::default(), level: 0.95 }
    }
}

impl CurveOptions {
    /// The distances of `--r`, ascending; `None` when it is left open.
    ///
    /// # Errors
    /// What is no distance, or not in ascending order.
    pub fn distances(&self) -> Result<Option<Vec<f64>>, PlantsError> {
        distances(&self.r)
    }
}

/// Reads `0,1,2` and `start:stop:step`; `None` when nothing is given.
///
/// A value of a range is the double nearest to its decimal number: 0:1:0.1 has 0.3, not 3 × 0.1.
///
/// # Errors
/// What is no distance, or not in ascending order.
pub fn distances(words: &[String]) -> Result<Option<Vec<f64>>, PlantsError> {
    let mut values = Vec::new();
    for word in words.iter().flat_map(|word| word.split(',')).map(str::trim) {
        match word.split(':').collect::<Vec<_>>()[..] {
            [one] => values.push(distance(one, word)?),
            [start, stop, step] => values.extend(range([start, stop, step], word)?),
            _ => return Err(PlantsError::Distance { text: word.to_owned() }),
        }
    }
    // A value that is not above the one before would be a row that stands twice.
    match values.windows(2).find(|pair| pair[0] >= pair[1]) {
        Some(pair) => Err(PlantsError::DistanceOrder { before: pair[0], after: pair[1] }),
        None => Ok(Some(values).filter(|values| !values.is_empty())),
    }
}

fn distance(text: &str, whole: &str) -> Result<f64, PlantsError> {
    let value = text.trim().parse::<f64>().ok().filter(|value| value.is_finite() && *value >= 0.0);
    // −0 is a distance of 0.
    value.map(f64::abs).ok_or_else(|| PlantsError::Distance { text: whole.to_owned() })
}

fn range(words: [&str; 3], whole: &str) -> Result<Vec<f64>, PlantsError> {
    let [start, stop, step] = words.map(|word| distance(word, whole));
    let (start, stop, step) = (start?, stop?, step?);
    let steps = ((stop - start) / step + STEP_SLACK).floor();
    if !(step > 0.0 && steps >= 0.0 && steps < MOST_DISTANCES as f64) {
        let count = (step > 0.0).then_some(if steps >= 0.0 { steps as u64 } else { 0 });
        return Err(PlantsError::DistanceRange { text: whole.to_owned(), count });
    }
    let decimals = |word: &str| match word.contains(['e', 'E']) {
        true => None,
        false => Some(word.trim().split_once('.').map_or(0, |(_, digits)| digits.len())),
    };
    let digits = decimals(words[0]).zip(decimals(words[2])).map(|(a, b)| a.max(b));
    let value = |k: u64| {
        let value = start + k as f64 * step;
        digits.and_then(|digits| format!("{value:.digits$}").parse().ok()).unwrap_or(value)
    };
    Ok((0..=steps as u64).map(value).collect())
}

/// What is drawn at random (`--null`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Null {
    /// Marks (type and weight) are drawn without replacement over all observed sites.
    RandomLocation,
    /// Sites and the set of both types are fixed, types are permuted over them; weights stay at their sites.
    RandomLabelling,
    /// Plants of the industry stay; marks of all others are permuted over the other sites.
    PopulationIndependence,
    /// Uniform in the window.
    Csr,
    /// From the intensity that is estimated for the plants.
    InhomogeneousPoisson,
}

impl Null {
    /// The word of the option.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::RandomLocation => "random-location",
            Self::RandomLabelling => "random-labelling",
            Self::PopulationIndependence => "population-independence",
            Self::Csr => "csr",
            Self::InhomogeneousPoisson => "inhomogeneous-poisson",
        }
    }
}

/// Envelope of simulated curves (`--envelope`, `--method`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EnvelopeMethod {
    /// Extreme rank length: exact global test with an envelope (Myllymäki et al. 2017).
    #[default]
    Erl,
    /// Maximum absolute deviation from the mean: exact global test with an envelope of constant width.
    Mad,
    /// The same in units of the standard deviation at each distance.
    St,
    /// Integrated squared deviation: exact global test without an envelope.
    Dclf,
    /// Global band of Duranton and Overman 2005: approximate level, for comparison with published work.
    Do,
    /// Quantiles at each distance: no test of the curve.
    Pointwise,
}

impl EnvelopeMethod {
    /// The word of the option.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Erl => "erl",
            Self::Mad => "mad",
            Self::St => "st",
            Self::Dclf => "dclf",
            Self::Do => "do",
            Self::Pointwise => "pointwise",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use distretto_core::option_specs;
    use serde_json::json;

    fn read(words: &[&str]) -> Result<Option<Vec<f64>>, PlantsError> {
        distances(&words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn lists_and_ranges_are_read() {
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&["0", "0.5", "2"]), Ok(Some(vec![0.0, 0.5, 2.0])));
        assert_eq!(read(&["0,0.5,2"]), Ok(Some(vec![0.0, 0.5, 2.0])));
        assert_eq!(read(&["0:0.4:0.1"]), Ok(Some(vec![0.0, 0.1, 0.2, 0.3, 0.4])));
        assert_eq!(read(&["1:2:5"]), Ok(Some(vec![1.0])));
        assert_eq!(read(&["0:1e-1:5e-2"]), Ok(Some(vec![0.0, 0.05, 0.1])));
    }

    #[test]
    fn what_is_no_distance_is_told() {
        for text in ["a", "-1", "1:2", "inf", "NaN", "", "1:2:3:4"] {
            assert!(matches!(read(&[text]), Err(PlantsError::Distance { .. })), "{text}");
        }
        for text in ["2:1:0.5", "0:1:0", "0:1:1e-9"] {
            assert!(matches!(read(&[text]), Err(PlantsError::DistanceRange { .. })), "{text}");
        }
        assert!(matches!(read(&["0", "2", "1"]), Err(PlantsError::DistanceOrder { .. })));
        assert!(matches!(read(&["1", "1"]), Err(PlantsError::DistanceOrder { .. })));
    }

    #[test]
    fn words_are_those_of_the_options() {
        use EnvelopeMethod::{Dclf, Do, Erl, Mad, Pointwise, St};
        for method in [Erl, Mad, St, Dclf, Do, Pointwise] {
            assert_eq!(serde_json::to_value(method).unwrap(), json!(method.word()));
        }
        for null in [Null::RandomLocation, Null::RandomLabelling, Null::PopulationIndependence, Null::Csr] {
            assert_eq!(serde_json::to_value(null).unwrap(), json!(null.word()));
        }
    }

    #[test]
    fn flattened_options_are_flags_of_their_own() {
        let names: Vec<String> = option_specs::<PlantOptions>().into_iter().map(|spec| spec.name).collect();
        assert_eq!(names, ["industry", "to", "weight", "metric", "year"]);
    }
}
