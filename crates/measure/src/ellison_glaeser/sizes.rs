//! Tables of size classes: how many plants of an industry have between so and so many jobs.

use super::plants::{PlantsError, rows_of_year};
use super::size_classes::PublishedClass;
use distretto_core::{Fault, Table};
use rustc_hash::FxHashMap;

/// Size classes by industry, in the order of their table.
#[derive(Debug, Clone)]
pub struct SizeTable {
    industries: Vec<String>,
    classes: Vec<Vec<(usize, PublishedClass)>>,
}

/// What can be wrong with a table of size classes.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SizesError {
    /// A column is absent or of another kind.
    #[error("the column `{column}` of the size classes is missing or not of the right kind")]
    Column {
        /// Its standard name.
        column: String,
    },
    /// A cell that must hold a number, or a number that cannot be.
    #[error("{what}")]
    Value {
        /// Row of the table.
        row: usize,
        /// Column.
        column: &'static str,
        /// What is wrong.
        what: &'static str,
        /// The value.
        value: f64,
    },
    /// A class that stands twice.
    #[error("duplicate size class of industry {industry}")]
    Duplicate {
        /// The later row.
        row: usize,
        /// Code of the industry.
        industry: String,
    },
    /// Wrong years.
    #[error(transparent)]
    Years(PlantsError),
}

impl SizesError {
    /// The fault with file, line and column.
    #[must_use]
    pub fn in_table(self, table: &Table) -> Fault {
        let message = self.to_string();
        match self {
            Self::Column { column } => Fault::input(message).in_table(table).in_column(column),
            Self::Value { row, column, value, .. } if value.is_nan() => Fault::input(message).at(table, row, column),
            Self::Value { row, column, value, .. } => {
                Fault::input(message).with_value(value.to_string()).at(table, row, column)
            }
            Self::Duplicate { row, .. } => Fault::input(message).at(table, row, "industry"),
            Self::Years(error) => error.in_table(table),
        }
    }
}

impl SizeTable {
    /// Reads `industry`, `low`, `plants`, where there are such `high`, `employment` and `year`. An empty `high` is an
    /// open class, an empty `employment` is not known.
    ///
    /// # Errors
    /// [`SizesError`].
    pub fn read(table: &Table, year: Option<i64>) -> Result<Self, SizesError> {
        let missing = |column: &str| SizesError::Column { column: column.to_owned() };
        let industry = table.text("industry").ok_or_else(|| missing("industry"))?;
        let low = table.numbers("low").ok_or_else(|| missing("low"))?;
        let plants = table.numbers("plants").ok_or_else(|| missing("plants"))?;
        let optional = |column: &str| match (table.field(column), table.numbers(column)) {
            (Some(_), None) => Err(missing(column)),
            (_, numbers) => Ok(numbers),
        };
        let (high, employment) = (optional("high")?, optional("employment")?);
        let mut read = Self { industries: Vec::new(), classes: Vec::new() };
        let mut index: FxHashMap<u32, usize> = FxHashMap::default();
        for row in rows_of_year(table, year).map_err(SizesError::Years)? {
            let at = |numbers: Option<&[f64]>| numbers.map(|n| n[row]).filter(|value| !value.is_nan());
            let class =
                PublishedClass { low: low[row], high: at(high), plants: plants[row], employment: at(employment) };
            check(row, &class)?;
            let code = industry.code(row).ok_or(SizesError::Value {
                row,
                column: "industry",
                what: "the industry of a size class is missing",
                value: f64::NAN,
            })?;
            let place = *index.entry(code).or_insert_with(|| {
                read.industries.push(industry.labels()[code as usize].clone());
                read.classes.push(Vec::new());
                read.classes.len() - 1
            });
            if read.classes[place].iter().any(|(_, other)| other.low == class.low && other.high == class.high) {
                return Err(SizesError::Duplicate { row, industry: read.industries[place].clone() });
            }
            read.classes[place].push((row, class));
        }
        Ok(read)
    }

    /// Codes of the industries.
    #[must_use]
    pub fn industries(&self) -> &[String] {
        &self.industries
    }

    /// Classes of an industry with their rows; `None` when the table lacks it.
    #[must_use]
    pub fn of(&self, industry: &str) -> Option<&[(usize, PublishedClass)]> {
        let place = self.industries.iter().position(|code| code == industry)?;
        Some(&self.classes[place])
    }
}

fn check(row: usize, class: &PublishedClass) -> Result<(), SizesError> {
    let wrong =
        |column: &'static str, value: f64, what: &'static str| Err(SizesError::Value { row, column, what, value });
    if !(class.low >= 0.0 && class.low.is_finite()) {
        return wrong("low", class.low, "the lower limit of a size class must be 0 or more");
    }
    if class.high.is_some_and(|high| high < class.low) {
        let high = class.high.unwrap_or(f64::NAN);
        return wrong("high", high, "the upper limit of a size class is below its lower limit");
    }
    if !(class.plants >= 0.0 && class.plants.fract() == 0.0 && class.plants < 9e15) {
        return wrong("plants", class.plants, "the number of plants must be a whole number of 0 or more");
    }
    match class.employment {
        Some(value) if value < 0.0 => wrong("employment", value, "negative employment; it must be 0 or more"),
        _ => Ok(()),
    }
}
