//! What can be wrong with a variable over regions or with spatial weights.

use distretto_core::{Fault, FaultKind, Table};
use distretto_numerics::{ContiguityError, SimulationError, WeightsError};

/// Why spatial autocorrelation cannot be computed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SpatialError {
    /// No column is named.
    #[error("no column of values is named")]
    NoValue,
    /// No source of weights, or several.
    #[error("{}", sources(given))]
    Sources {
        /// The flags that were given.
        given: Vec<&'static str>,
        /// Whether outlines were given.
        map: bool,
    },
    /// Contiguity without outlines.
    #[error("contiguity needs the outlines of the regions")]
    NoMap,
    /// An input that the chosen source of weights does not use.
    #[error("the input `{input}` is given, but the chosen weights do not use it")]
    Unused {
        /// Its name.
        input: &'static str,
    },
    /// A column is absent or of another kind.
    #[error("the column `{column}` is missing or not of the right kind")]
    Column {
        /// Its name.
        column: String,
    },
    /// Neither x, y nor lon, lat.
    #[error("the regions have no coordinates: no columns `x`, `y` and no columns `lon`, `lat`")]
    NoCoordinates,
    /// A coordinate is missing.
    #[error("region {region} has no {column}")]
    Coordinate {
        /// Row of the table of coordinates.
        row: usize,
        /// Code of the region.
        region: String,
        /// The coordinate.
        column: &'static str,
    },
    /// Several industries, and none chosen.
    #[error("the table holds {count} industries, {first} and {second} among them; one value for each region is needed")]
    SeveralIndustries {
        /// How many.
        count: usize,
        /// One of them.
        first: String,
        /// Another.
        second: String,
    },
    /// An industry that the table does not hold.
    #[error("the table holds no industry {code}")]
    UnknownIndustry {
        /// The code asked for.
        code: String,
        /// The nearest code of the table.
        nearest: Option<String>,
    },
    /// Several years, and none chosen.
    #[error("the table holds several years, {first} to {last}; one value for each region is needed")]
    SeveralYears {
        /// The first.
        first: i64,
        /// The last.
        last: i64,
    },
    /// A year that the table does not hold.
    #[error("the table has no rows of the year {year}")]
    UnknownYear {
        /// The year asked for.
        year: i64,
    },
    /// A region that stands twice.
    #[error("duplicate row for region {region}")]
    Duplicate {
        /// The later of the two rows.
        row: usize,
        /// Code of the region.
        region: String,
    },
    /// No region with a value.
    #[error("no region has a value")]
    Empty,
    /// The weights name a region that the table lacks.
    #[error("region {region} stands in the weights but not in the table{}", others(*count))]
    NotInTable {
        /// The row of the weights that names it first.
        row: usize,
        /// Code of the first.
        region: String,
        /// How many there are.
        count: usize,
    },
    /// The table has a region that the source of weights lacks.
    #[error("region {region} stands in the table but not in the {place}{}", others(*count))]
    NotPlaced {
        /// Code of the first.
        region: String,
        /// How many there are.
        count: usize,
        /// `weights`, `map` or `regions`.
        place: &'static str,
    },
    /// A negative, infinite or missing weight.
    #[error(
        "the weight {value} from {origin} to {target} is not a finite number of at least 0; negative weights have no meaning here"
    )]
    Weight {
        /// Row of the weights.
        row: usize,
        /// From.
        origin: String,
        /// To.
        target: String,
        /// The weight; NaN when missing.
        value: f64,
    },
    /// A link that stands twice.
    #[error("duplicate link from {origin} to {target}; keep one")]
    DuplicateLink {
        /// The later of the two rows.
        row: usize,
        /// From.
        origin: String,
        /// To.
        target: String,
    },
    /// An outline that cannot be compared.
    #[error("the outline of region {region}: {error}")]
    Outline {
        /// Code of the region.
        region: String,
        /// What is wrong.
        error: ContiguityError,
    },
    /// Weights that cannot be built.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// Too few simulations, or a level that is none.
    #[error(transparent)]
    Simulations(#[from] SimulationError),
    /// Values and weights of different numbers of regions.
    #[error("{values} values for weights of {regions} regions")]
    Length {
        /// Number of values.
        values: usize,
        /// Number of regions.
        regions: usize,
    },
    /// A value that is missing or infinite.
    #[error("value {value} of unit {unit} is not a finite number")]
    NotFinite {
        /// The unit, from 0.
        unit: usize,
        /// Its value.
        value: f64,
    },
    /// The user stopped the run.
    #[error("stopped")]
    Interrupted,
}

fn sources(given: &[&str]) -> String {
    match given {
        [] => "no source of spatial weights is given".to_owned(),
        given => format!("{} give spatial weights; one source is needed, not several", given.join(" and ")),
    }
}

fn others(count: usize) -> String {
    match count {
        0 | 1 => String::new(),
        count => format!(" ({count} such regions)"),
    }
}

impl SpatialError {
    /// The fault, with file, line and column of the table it is about.
    pub(crate) fn in_table(self, table: &Table) -> Fault {
        let (row, column) = match &self {
            Self::Coordinate { row, column, .. } => (*row, *column),
            Self::Duplicate { row, .. } => (*row, "region"),
            Self::NotInTable { row, .. } => (*row, "source"),
            Self::Weight { row, .. } => (*row, "weight"),
            Self::DuplicateLink { row, .. } => (*row, "target"),
            _ => return Fault::from(self).in_table(table),
        };
        Fault::from(self).at(table, row, column)
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoValue => "name the column with --value",
            Self::Sources { given, map: true } if given.is_empty() => "to use the map add --contiguity queen or rook",
            Self::Sources { .. } => {
                "give one of --weights FILE, --knn K, --distance-band D, --map FILE --contiguity queen"
            }
            Self::NoMap => "give the outlines with --map",
            Self::Unused { .. } => "--map goes with --contiguity, --regions with --knn and --distance-band",
            Self::NoCoordinates => "add the columns, or give a table with them as --regions",
            Self::SeveralIndustries { .. } => "choose one with --industry",
            Self::UnknownIndustry { nearest: Some(near), .. } => return Some(format!("did you mean {near}?")),
            Self::SeveralYears { .. } => "choose one with --year",
            Self::Duplicate { .. } => "keep one row for each region, or choose with --industry and --year",
            Self::NotInTable { .. } => "remove its links from the weights, or add a row for it to the table",
            Self::NotPlaced { place: "weights", .. } => {
                "a region without neighbours is listed by its code as source and an empty target"
            }
            Self::NotPlaced { .. } => "remove its row from the table, or add the region there",
            Self::Weight { .. } => "an inverse distance is positive; leave out the link for no tie",
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

impl From<SpatialError> for Fault {
    fn from(error: SpatialError) -> Self {
        use SpatialError as E;
        let kind = match error {
            E::NoValue | E::Sources { .. } | E::NoMap | E::Unused { .. } | E::Simulations(_) => FaultKind::Option,
            E::UnknownIndustry { .. } | E::UnknownYear { .. } => FaultKind::Option,
            E::Weights(WeightsError::InvalidK { .. } | WeightsError::InvalidDistance { .. }) => FaultKind::Option,
            E::Interrupted => FaultKind::Interrupted,
            _ => FaultKind::Input,
        };
        let (hint, fault) = (error.hint(), Fault::new(kind, error.to_string()));
        match hint {
            Some(hint) => fault.with_hint(hint),
            None => fault,
        }
    }
}
