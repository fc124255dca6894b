//! What can be wrong with plants and with what is asked of them.

use distretto_core::{Fault, Table};

/// Why plants cannot be used, or a function of distance cannot be computed on them.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PlantsError {
    /// A column is absent or of another kind.
    #[error("the column `{column}` is missing or not of the right kind")]
    Column {
        /// Its standard name.
        column: String,
    },
    /// No complete pair of coordinate columns.
    #[error("the plants have no coordinates: neither `x` and `y` nor `lon` and `lat`")]
    NoCoordinates,
    /// Both pairs of coordinate columns.
    #[error("the plants have both `x`, `y` and `lon`, `lat`")]
    TwoCoordinates,
    /// The metric asked for needs the other pair of columns.
    #[error("distances are asked to be {metric}, but the plants have {have}")]
    OtherCoordinates {
        /// `planar` or `great-circle`.
        metric: &'static str,
        /// The columns that are there.
        have: &'static str,
    },
    /// A coordinate is infinite.
    #[error("the {column} is no finite number")]
    NotFinite {
        /// Row of the table.
        row: usize,
        /// The column.
        column: &'static str,
    },
    /// A latitude beyond the poles.
    #[error("the latitude {value} is outside -90 to 90")]
    Latitude {
        /// Row of the table.
        row: usize,
        /// The latitude.
        value: f64,
    },
    /// A longitude that is none.
    #[error("the longitude {value} is outside -360 to 360")]
    Longitude {
        /// Row of the table.
        row: usize,
        /// The longitude.
        value: f64,
    },
    /// A plant that stands twice.
    #[error("duplicate plant {id}")]
    Duplicate {
        /// The later of the two rows.
        row: usize,
        /// Its identifier.
        id: String,
    },
    /// A weight below 0.
    #[error("negative {column} {value} of plant {id}; it must be 0 or more")]
    NegativeWeight {
        /// Row of the table.
        row: usize,
        /// Column of weights.
        column: String,
        /// The weight.
        value: f64,
        /// Identifier of the plant.
        id: String,
    },
    /// A coordinate so large that the square of a distance is no number.
    #[error("the {column} {value:e} is beyond 1e150")]
    TooFar {
        /// Row of the table.
        row: usize,
        /// The column.
        column: &'static str,
        /// The coordinate.
        value: f64,
    },
    /// Coordinates so small that the square of a distance is 0.
    #[error("no coordinate exceeds {largest:e}: distances below 1e-150 cannot be told apart")]
    TooNear {
        /// The largest coordinate.
        largest: f64,
    },
    /// Weights of too many magnitudes to be added.
    #[error("the {column} of the plants ranges from {smallest:e} to {largest:e}, over more than 15 magnitudes")]
    WeightRange {
        /// Column of weights.
        column: String,
        /// The smallest above 0.
        smallest: f64,
        /// The largest.
        largest: f64,
    },
    /// No plant is left.
    #[error("there are no plants")]
    Empty,
    /// More plants than can be numbered.
    #[error("{count} plants are more than the {} that can be handled", u32::MAX - 1)]
    TooMany {
        /// Number of plants.
        count: usize,
    },
    /// Several years, and none chosen.
    #[error("the plants are of several years, such as {first} and {second}")]
    SeveralYears {
        /// One year.
        first: i64,
        /// Another.
        second: i64,
    },
    /// No plant of that year.
    #[error("there are no plants of the year {year}")]
    UnknownYear {
        /// The year asked for.
        year: i64,
    },
    /// The estimand needs an industry.
    #[error("no industry is named; those with most plants: {}", examples.join(", "))]
    NoIndustry {
        /// Codes with most plants.
        examples: Vec<String>,
    },
    /// A code that no plant has.
    #[error("there are no plants of industry {code}")]
    UnknownIndustry {
        /// The code asked for.
        code: String,
        /// The nearest code of the table.
        nearest: Option<String>,
    },
    /// An industry on both sides.
    #[error("industry {code} is named on both sides: `--{first}` and `--{second}`")]
    BothSides {
        /// The code.
        code: String,
        /// One option.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
    /// Too few plants to have a pair.
    #[error("{industry} has {plants} of the {needed} plants that are needed")]
    TooFewPlants {
        /// `industry A`, or `the table`.
        industry: String,
        /// Plants there are.
        plants: usize,
        /// Plants needed.
        needed: usize,
    },
    /// `--r` cannot be read.
    #[error("`{text}` is no distance")]
    Distance {
        /// What was given.
        text: String,
    },
    /// `--r` is not in ascending order.
    #[error("the distances are not in ascending order: {before} comes before {after}")]
    DistanceOrder {
        /// The earlier one.
        before: f64,
        /// The later one, not larger.
        after: f64,
    },
    /// `--r start:stop:step` has too many values, or none.
    #[error("the range of distances {text} has {}", count.map_or("no step above 0".to_owned(), |count| format!("{count} values")))]
    DistanceRange {
        /// What was given.
        text: String,
        /// How many values it has; `None` without a step above 0.
        count: Option<u64>,
    },
    /// All plants stand at one place: no scale to choose distances by.
    #[error("half of all pairs of plants stand at the same place: distances cannot be chosen from them")]
    NoScale,
    /// A null that does not fit what is asked.
    #[error("the null {null} {why}")]
    Null {
        /// Its name.
        null: &'static str,
        /// Why it does not fit.
        why: &'static str,
        /// What to do.
        hint: &'static str,
    },
    /// A table of distances and a metric of coordinates.
    #[error("distances are given both as a table, `--distances`, and as a metric, `--metric`")]
    MetricAndTable,
    /// A table of distances names a plant that is none.
    #[error("there is no plant {id}")]
    UnknownPlant {
        /// Row of the table of distances.
        row: usize,
        /// `from` or `to`.
        column: &'static str,
        /// The identifier.
        id: String,
        /// The nearest identifier of a plant.
        nearest: Option<String>,
    },
    /// A plant paired with itself.
    #[error("plant {id} is paired with itself")]
    SelfPair {
        /// Row of the table of distances.
        row: usize,
        /// Its identifier.
        id: String,
    },
    /// A pair that stands twice in one direction.
    #[error("duplicate distance from plant {from} to plant {to}")]
    PairTwice {
        /// The later of the two rows.
        row: usize,
        /// From which plant.
        from: String,
        /// To which.
        to: String,
    },
    /// A distance that is none.
    #[error("the distance {value} is not a number from 0 to 1e150")]
    NoDistance {
        /// Row of the table of distances.
        row: usize,
        /// The number.
        value: f64,
    },
    /// The median of all pairs lies among those that a table does not list.
    #[error(
        "{listed} of {pairs} pairs of plants have a distance: the median of all, up to which distances are looked at, is unknown"
    )]
    UnknownMedian {
        /// Listed pairs.
        listed: u64,
        /// All pairs.
        pairs: u64,
    },
    /// The user stopped the run.
    #[error("the run was stopped")]
    Stopped,
}

impl PlantsError {
    /// The fault with file, line and column of the table that was read.
    #[must_use]
    pub fn in_table(self, table: &Table) -> Fault {
        let place = match &self {
            Self::NotFinite { row, column } => Some((*row, (*column).to_owned())),
            Self::Latitude { row, .. } => Some((*row, "lat".to_owned())),
            Self::Longitude { row, .. } => Some((*row, "lon".to_owned())),
            Self::Duplicate { row, .. } => Some((*row, "id".to_owned())),
            Self::TooFar { row, column, .. } => Some((*row, (*column).to_owned())),
            Self::NegativeWeight { row, column, .. } => Some((*row, column.clone())),
            Self::UnknownPlant { row, column, .. } => Some((*row, (*column).to_owned())),
            Self::SelfPair { row, .. } | Self::PairTwice { row, .. } => Some((*row, "to".to_owned())),
            Self::NoDistance { row, .. } => Some((*row, "distance".to_owned())),
            _ => None,
        };
        let own = matches!(
            self,
            Self::Distance { .. }
                | Self::DistanceOrder { .. }
                | Self::DistanceRange { .. }
                | Self::Null { .. }
                | Self::MetricAndTable
        );
        let fault = Fault::from(self);
        match place {
            Some((row, column)) => fault.at(table, row, &column),
            None if own => fault,
            None => fault.in_table(table),
        }
    }
}

impl From<PlantsError> for Fault {
    fn from(error: PlantsError) -> Self {
        let message = error.to_string();
        match error {
            PlantsError::Column { column } => {
                let hint = format!("name the column that holds it with `--col {column}=NAME`");
                Self::input(message).with_hint(hint).in_column(column)
            }
            PlantsError::NoCoordinates => Self::input(message).with_hint(
                "name the columns that hold them: `--col x=NAME --col y=NAME` for planar coordinates in one unit, \
                 `--col lon=NAME --col lat=NAME` for degrees",
            ),
            PlantsError::TwoCoordinates => {
                Self::option(message).with_hint("choose one pair with `--metric planar` or `--metric great-circle`")
            }
            PlantsError::OtherCoordinates { metric: "planar", .. } => Self::option(message).with_hint(
                "degrees are no planar unit: leave out `--metric planar` for great-circle distances in km, or give \
                 projected `x` and `y`",
            ),
            PlantsError::OtherCoordinates { .. } => {
                Self::option(message).with_hint("if they are degrees, say so: `--col lon=x --col lat=y`")
            }
            PlantsError::Latitude { .. } | PlantsError::Longitude { .. } => Self::input(message)
                .with_hint("coordinates are degrees, longitude in `lon`, latitude in `lat`; are they swapped?"),
            PlantsError::TooFar { .. } | PlantsError::TooNear { .. } => {
                Self::input(message).with_hint("give the coordinates in another unit of length")
            }
            PlantsError::WeightRange { .. } => Self::input(message)
                .with_hint("is a cell wrong? the small ones would be lost beside the large; leave these plants out"),
            PlantsError::SeveralYears { .. } => Self::input(message).with_hint("choose one with `--year`"),
            PlantsError::NoIndustry { .. } => Self::option(message).with_hint("name one with `--industry`"),
            PlantsError::UnknownIndustry { nearest, .. } => match nearest {
                Some(near) => Self::option(message).with_hint(format!("did you mean {near}?")),
                None => Self::option(message).with_hint("give a code as it stands in the column `industry`"),
            },
            PlantsError::BothSides { .. } => Self::option(message).with_hint("a plant can be of one side only"),
            PlantsError::TooFewPlants { .. } => Self::new(distretto_core::FaultKind::Result, message)
                .with_hint("a function of distance needs pairs of plants"),
            PlantsError::Distance { .. } => Self::option(message)
                .with_hint("write `--r 0,1,2` or `--r start:stop:step`; distances are finite and 0 or more"),
            PlantsError::DistanceOrder { .. } => {
                Self::option(message).with_hint("give the distances of `--r` in ascending order, each once")
            }
            PlantsError::DistanceRange { .. } => Self::option(message)
                .with_hint("`--r start:stop:step` needs start <= stop and a step above 0, at most 100000 values"),
            PlantsError::MetricAndTable => Self::option(message).with_hint("leave one of them out"),
            PlantsError::UnknownPlant { nearest, .. } => Self::input(message).with_hint(match nearest {
                Some(near) => format!("`from` and `to` hold the `id` of plants; did you mean {near}?"),
                None => "`from` and `to` hold the `id` of plants".to_owned(),
            }),
            PlantsError::SelfPair { .. } => {
                Self::input(message).with_hint("delete the row: a plant has no distance to itself")
            }
            PlantsError::PairTwice { .. } => Self::input(message)
                .with_hint("each pair stands once, or once in each direction; delete one of the rows"),
            PlantsError::UnknownMedian { .. } => Self::option(message).with_hint("give the distances with `--r`"),
            PlantsError::NoScale => Self::option(message).with_hint("give the distances with `--r`"),
            PlantsError::Null { hint, .. } => Self::option(message).with_hint(hint),
            PlantsError::Stopped => Self::new(distretto_core::FaultKind::Interrupted, message),
            _ => Self::input(message),
        }
    }
}
