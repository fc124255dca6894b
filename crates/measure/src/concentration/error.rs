//! What can be wrong, and the checks that need the table.

use crate::areas::{Areas, AreasError};
use crate::bounds::BoundsError;
use distretto_core::{Fault, Table, nearest};
use rustc_hash::FxHashMap;

/// Why there is no result.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ConcentrationError {
    /// A scale that is not in use.
    #[error("{name} is {value}; it must be {} or {}", allowed[0], allowed[1])]
    Scale {
        /// Name of the option.
        name: &'static str,
        /// As given.
        value: f64,
        /// The two in use.
        allowed: [f64; 2],
    },
    /// A concentration ratio of no share.
    #[error("cr is 0; it must be 1 or more")]
    NoLargest,
    /// An exponent below 0.
    #[error("alpha is {alpha}; it must be a number of 0 or more")]
    Alpha {
        /// As given.
        alpha: f64,
    },
    /// The area table.
    #[error(transparent)]
    Areas(#[from] AreasError),
    /// Suppressed cells that cannot meet their total.
    #[error("{code}: {source}")]
    Bounds {
        /// Code of the industry or region.
        code: String,
        /// Why.
        source: BoundsError,
    },
    /// A benchmark from a table that was not given.
    #[error("the benchmark `{column}` needs the table of regions with a column `{column}`")]
    NoRegions {
        /// `area` or `population`.
        column: &'static str,
    },
    /// A region of the area table that the table of regions lacks.
    #[error("region {region} is not in the table of regions")]
    RegionMissing {
        /// Its code.
        region: String,
    },
    /// A region without a number of 0 or more.
    #[error("the {column} of region {region} is missing or negative")]
    NoWeight {
        /// Row of the table of regions.
        row: usize,
        /// Its code.
        region: String,
        /// `area` or `population`.
        column: &'static str,
    },
    /// A region that stands twice.
    #[error("region {region} stands twice in the table of regions")]
    RegionTwice {
        /// The later row.
        row: usize,
        /// Its code.
        region: String,
    },
    /// A code that the area table does not hold.
    #[error("the table holds no region {code}")]
    UnknownRegion {
        /// The code asked for.
        code: String,
        /// The nearest code of the table.
        nearest: Option<String>,
    },
}

impl ConcentrationError {
    /// The fault with its place in the area table or the table of regions.
    pub(super) fn at(self, areas: &Table, regions: Option<&Table>) -> Fault {
        match self {
            Self::Areas(error) => error.in_table(areas),
            Self::Bounds { .. } => Fault::from(self).in_table(areas),
            Self::NoWeight { row, column, .. } => regions
                .map_or_else(|| Fault::from(self.clone()), |table| Fault::from(self.clone()).at(table, row, column)),
            Self::RegionTwice { row, .. } => regions
                .map_or_else(|| Fault::from(self.clone()), |table| Fault::from(self.clone()).at(table, row, "region")),
            Self::RegionMissing { .. } => match regions {
                Some(table) => Fault::from(self).in_table(table),
                None => Fault::from(self),
            },
            error => Fault::from(error),
        }
    }
}

impl From<ConcentrationError> for Fault {
    fn from(error: ConcentrationError) -> Self {
        let message = error.to_string();
        match error {
            ConcentrationError::Scale { .. } | ConcentrationError::NoLargest | ConcentrationError::Alpha { .. } => {
                Self::option(message)
            }
            ConcentrationError::Areas(error) => error.into(),
            ConcentrationError::Bounds { .. } => {
                Self::input(message).with_hint("check the suppressed cells and the total they belong to")
            }
            ConcentrationError::NoRegions { .. } => Self::option(message).with_hint("give it with `--regions FILE`"),
            ConcentrationError::UnknownRegion { nearest, .. } => {
                let fault = Self::option(message);
                match nearest {
                    Some(near) => fault.with_hint(format!("did you mean {near}?")),
                    None => fault,
                }
            }
            _ => Self::input(message),
        }
    }
}

/// A column of the table of regions in the order of the area table's regions.
pub(super) fn column_of(
    regions: Option<&Table>,
    areas: &Areas,
    column: &'static str,
) -> Result<Vec<f64>, ConcentrationError> {
    let missing = ConcentrationError::NoRegions { column };
    let found = regions.and_then(|table| Some((table.text("region")?, table.numbers(column)?)));
    let (codes, numbers) = found.ok_or(missing)?;
    let mut rows: FxHashMap<&str, usize> = FxHashMap::default();
    for (row, code) in codes.iter().enumerate() {
        if let Some(code) = code.filter(|&code| rows.insert(code, row).is_some()) {
            return Err(ConcentrationError::RegionTwice { row, region: code.to_owned() });
        }
    }
    let weight = |region: &String| {
        let row = rows.get(region.as_str()).copied();
        let row = row.ok_or_else(|| ConcentrationError::RegionMissing { region: region.clone() })?;
        let number = numbers[row];
        if number >= 0.0 && number.is_finite() {
            Ok(number)
        } else {
            Err(ConcentrationError::NoWeight { row, region: region.clone(), column })
        }
    };
    areas.regions().iter().map(weight).collect()
}

/// The places of the regions named, in the order of the table; all when none is named.
pub(super) fn chosen_regions(areas: &Areas, codes: &[String]) -> Result<Vec<usize>, ConcentrationError> {
    if codes.is_empty() {
        return Ok((0..areas.regions().len()).collect());
    }
    let find = |code: &String| {
        areas.region_at(code).ok_or_else(|| {
            let known: Vec<&str> = areas.regions().iter().map(String::as_str).collect();
            let near = nearest(code, &known).map(str::to_owned);
            ConcentrationError::UnknownRegion { code: code.clone(), nearest: near }
        })
    };
    let mut places = codes.iter().map(find).collect::<Result<Vec<_>, _>>()?;
    places.sort_unstable();
    places.dedup();
    Ok(places)
}
