//! Options of the shift-share analysis, and what can be wrong.

use crate::areas::{AreaOptions, AreasError, Impute, Nested};
use distretto_core::{Fault, nearest};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How growth is taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// National, industry-mix and regional part (Dunn 1960).
    #[default]
    Dunn,
    /// The regional part split into that of a homothetic region and allocation (Esteban-Marquillas 1972).
    Esteban,
    /// Factors instead of differences (Gerfin 1964).
    Gerfin,
    /// Dunn's parts summed over consecutive years (Barff and Knight 1988).
    Dynamic,
}

impl Method {
    /// The word of the option.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Dunn => "dunn",
            Self::Esteban => "esteban",
            Self::Gerfin => "gerfin",
            Self::Dynamic => "dynamic",
        }
    }
}

/// Options of [`shift_share`](super::shift_share).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ShiftShareOptions {
    /// How growth is taken apart.
    pub method: Method,
    /// First year; default the first of the table.
    pub from: Option<i64>,
    /// Last year; default the last of the table.
    pub to: Option<i64>,
    /// Region that holds the nation; it is no region then. Default: the nation is the sum of the regions.
    pub nation: Option<String>,
    /// Industries that are listed and summed up by region; growth of the nation is always that of all. Default all.
    pub industry: Vec<String>,
    /// Column that holds the values of region, industry and year.
    pub value: String,
    /// Label of known totals: as industry it marks the total of a region, as region that of an industry, as both that of all.
    pub total_label: Option<String>,
    /// Replaces suppressed cells `low..high` by a number; always told in a warning.
    pub impute: Option<Impute>,
    /// What is done with a code that stands beside the codes it is made of: `error`, or `keep` to count both.
    pub nested: Nested,
}

impl Default for ShiftShareOptions {
    fn default() -> Self {
        let AreaOptions { value, total_label, impute, nested, .. } = AreaOptions::default();
        Self {
            method: Method::default(),
            from: None,
            to: None,
            nation: None,
            industry: Vec::new(),
            value,
            total_label,
            impute,
            nested,
        }
    }
}

impl ShiftShareOptions {
    /// How the table is read.
    #[must_use]
    pub fn areas(&self) -> AreaOptions {
        AreaOptions {
            value: self.value.clone(),
            year: None,
            total_label: self.total_label.clone(),
            impute: self.impute,
            nested: self.nested,
        }
    }

    /// The years that are compared, ascending, of those that the table holds.
    ///
    /// # Errors
    /// Fewer than two years; a first or last year that the table lacks; a first year that is not before the last.
    pub fn years(&self, held: &[i64]) -> Result<Vec<i64>, ShiftShareError> {
        let (Some(&first), Some(&last)) = (held.first(), held.last()) else {
            return Err(ShiftShareError::NoYears);
        };
        let (from, to) = (self.from.unwrap_or(first), self.to.unwrap_or(last));
        if let Some(year) = [from, to].into_iter().find(|year| !held.contains(year)) {
            return Err(ShiftShareError::UnknownYear { year, held: held.to_vec() });
        }
        if held.len() < 2 {
            return Err(ShiftShareError::OneYear { year: first });
        }
        if from >= to {
            return Err(ShiftShareError::Order { from, to });
        }
        match self.method {
            Method::Dynamic => Ok(held.iter().copied().filter(|year| (from..=to).contains(year)).collect()),
            _ => Ok(vec![from, to]),
        }
    }
}

/// Why growth cannot be taken apart.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ShiftShareError {
    /// The table has no years.
    #[error("shift-share needs values of at least two years; the table has no column `year`")]
    NoYears,
    /// The table has one year.
    #[error("shift-share needs values of at least two years; the table holds only the year {year}")]
    OneYear {
        /// That year.
        year: i64,
    },
    /// A first or last year that the table lacks.
    #[error("no rows of the year {year}; the table holds {}", list(held))]
    UnknownYear {
        /// The year asked for.
        year: i64,
        /// The years of the table.
        held: Vec<i64>,
    },
    /// The first year is not before the last.
    #[error("the first year {from} is not before the last year {to}")]
    Order {
        /// First year.
        from: i64,
        /// Last year.
        to: i64,
    },
    /// The region that holds the nation is not in the table.
    #[error("the table holds no region {code}, which `--nation` names")]
    UnknownNation {
        /// The code asked for.
        code: String,
        /// The nearest code of the table.
        nearest: Option<String>,
    },
    /// The nation is the only region.
    #[error("the table holds no region beside the nation {code}")]
    OnlyNation {
        /// Its code.
        code: String,
    },
    /// The table itself is wrong.
    #[error(transparent)]
    Areas(#[from] AreasError),
}

impl ShiftShareError {
    pub(super) fn unknown_nation(code: &str, regions: &[String]) -> Self {
        let known: Vec<&str> = regions.iter().map(String::as_str).collect();
        Self::UnknownNation { code: code.to_owned(), nearest: nearest(code, &known).map(str::to_owned) }
    }
}

fn list(years: &[i64]) -> String {
    years.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl From<ShiftShareError> for Fault {
    fn from(error: ShiftShareError) -> Self {
        let message = error.to_string();
        match error {
            ShiftShareError::NoYears => {
                Self::input(message).with_hint("name the column that holds the years with `--col year=NAME`")
            }
            ShiftShareError::OneYear { .. } => {
                Self::input(message).with_hint("put the rows of two or more years into one table")
            }
            ShiftShareError::UnknownNation { nearest: Some(near), .. } => {
                Self::option(message).with_hint(format!("did you mean {near}?"))
            }
            ShiftShareError::Areas(error) => error.into(),
            _ => Self::option(message),
        }
    }
}
