//! The table of indicators: which columns count, in which direction, with which weight, and what is done about
//! missing cells. Every method that compares units on several indicators starts here.

mod error;
mod missing;
mod options;
mod read;
mod scheme;
mod tree;

#[cfg(test)]
mod tests;

pub use error::IndicatorError;
pub use missing::Imputed;
pub(crate) use options::{INDICATOR_INPUTS, indicator_tables, named_values, refuse_pairwise};
pub use options::{IndicatorOptions, Missing, Pool};
pub(crate) use read::{read, read_table};
pub use scheme::{Direction, Transform};
pub(crate) use scheme::{check_column, weights_for};
pub use tree::{Dimension, Leaf, Path, Tree};

use distretto_core::{Message, Table, Text};

/// Tolerance on a sum of weights.
pub const WEIGHT_SUM: f64 = 1e-6;
/// A column whose spread is no larger than this share of its largest absolute value is constant.
pub const CONSTANT: f64 = 1e-12;

/// One indicator.
#[derive(Debug, Clone, PartialEq)]
pub struct Indicator {
    /// Its id: the column, or the id that the tree gives it. Tables call it so.
    pub name: String,
    /// Column of the file.
    pub column: String,
    /// Which values are good.
    pub direction: Direction,
    /// Global weight.
    pub weight: f64,
}

/// Units measured on indicators: the values after the transform of each indicator, row by row as in the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Indicators {
    /// Name of the unit of each row.
    pub units: Vec<String>,
    /// Year of each row, when there is one.
    pub years: Option<Vec<f64>>,
    /// The indicators.
    pub indicators: Vec<Indicator>,
    /// One column of values for each indicator; NaN only where missing cells are kept.
    pub columns: Vec<Vec<f64>>,
    /// Rows that are normalised and ranked together: all, or those of one year.
    pub groups: Vec<Vec<usize>>,
    /// The tree that gave the indicators, where there is one.
    pub tree: Option<Tree>,
    /// Cells that were missing and were filled in.
    pub imputed: Vec<Imputed>,
    /// What the reader must know.
    pub notes: Vec<Message>,
    /// Row of the file for each row, for error messages.
    rows: Vec<usize>,
}

/// Columns that are normalised together, with the direction of each.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// Ids of the indicators.
    pub names: Vec<String>,
    /// Direction of each; a target or interval has become [`Direction::Benefit`] with `settled` set.
    pub directions: Vec<Direction>,
    /// Whether the values of a column are final: 1 is good, 0 is bad.
    pub settled: Vec<bool>,
    /// One column for each indicator.
    pub columns: Vec<Vec<f64>>,
}

impl Indicators {
    /// Units on plain indicators, ranked all together; units are called by their number from 1.
    ///
    /// - `indicators`: name, direction, global weight and one value for each unit.
    ///
    /// # Panics
    /// When columns differ in length.
    #[must_use]
    pub fn plain(indicators: Vec<(String, Direction, f64, Vec<f64>)>) -> Self {
        let n = indicators.first().map_or(0, |one| one.3.len());
        assert!(indicators.iter().all(|one| one.3.len() == n), "columns of one length");
        let described = indicators.iter().map(|(name, direction, weight, _)| Indicator {
            name: name.clone(),
            column: name.clone(),
            direction: *direction,
            weight: *weight,
        });
        Self {
            units: (1..=n).map(|unit| unit.to_string()).collect(),
            years: None,
            indicators: described.collect(),
            columns: indicators.into_iter().map(|one| one.3).collect(),
            groups: vec![(0..n).collect()],
            tree: None,
            imputed: Vec::new(),
            notes: Vec::new(),
            rows: (0..n).collect(),
        }
    }

    /// Rows.
    #[must_use]
    pub fn n(&self) -> usize {
        self.units.len()
    }

    /// Indicators.
    #[must_use]
    pub fn p(&self) -> usize {
        self.indicators.len()
    }

    /// Global weights in the order of the indicators.
    #[must_use]
    pub fn weights(&self) -> Vec<f64> {
        self.indicators.iter().map(|indicator| indicator.weight).collect()
    }

    /// Ids in order.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.indicators.iter().map(|indicator| indicator.name.clone()).collect()
    }

    /// The columns of some rows; values of a target or an interval are replaced by their nearness.
    #[must_use]
    pub fn sheet(&self, rows: &[usize]) -> Sheet {
        let mut sheet = Sheet { names: self.names(), directions: Vec::new(), settled: Vec::new(), columns: Vec::new() };
        for (indicator, column) in self.indicators.iter().zip(&self.columns) {
            let values: Vec<f64> = rows.iter().map(|&row| column[row]).collect();
            let near = indicator.direction.nearness(&values);
            sheet.settled.push(near.is_some());
            sheet.directions.push(if near.is_some() { Direction::Benefit } else { indicator.direction });
            sheet.columns.push(near.unwrap_or(values));
        }
        sheet
    }

    /// The weights are there, none is negative, and they sum to 1.
    ///
    /// # Errors
    /// [`IndicatorError::Weight`].
    pub fn check_weights(&self) -> Result<(), IndicatorError> {
        check_weights(&self.weights())
    }

    /// Each group has at least two rows.
    ///
    /// # Errors
    /// [`IndicatorError::Units`].
    pub fn check_units(&self) -> Result<(), IndicatorError> {
        let Some(least) = self.groups.iter().min_by_key(|rows| rows.len()) else {
            return Err(IndicatorError::Units { n: 0, year: None });
        };
        if least.len() >= 2 {
            return Ok(());
        }
        let year = self.years.as_ref().filter(|_| self.groups.len() > 1).and_then(|years| Some(years[*least.first()?]));
        Err(IndicatorError::Units { n: least.len(), year })
    }

    /// A table that names the rows: `unit`, and `year` where there is one.
    #[must_use]
    pub fn labels(&self) -> Table {
        self.labels_of(&(0..self.n()).collect::<Vec<_>>())
    }

    /// The same for some rows, in that order, repeated where they are named twice.
    #[must_use]
    pub fn labels_of(&self, rows: &[usize]) -> Table {
        let units: Text = rows.iter().map(|&row| Some(self.units[row].as_str())).collect();
        let table = Table::empty().with_text("unit", units);
        match &self.years {
            Some(years) => table.with_numbers("year", rows.iter().map(|&row| years[row]).collect()),
            None => table,
        }
    }

    /// The filled-in cells as a table, when there is one.
    #[must_use]
    pub fn imputed_table(&self) -> Option<Table> {
        if self.imputed.is_empty() {
            return None;
        }
        let table = self.labels_of(&self.imputed.iter().map(|cell| cell.row).collect::<Vec<_>>());
        let names = self.imputed.iter().map(|cell| Some(self.indicators[cell.indicator].name.as_str()));
        let methods = self.imputed.iter().map(|cell| Some(cell.method));
        Some(
            table
                .with_text("indicator", names.collect())
                .with_numbers("value", self.imputed.iter().map(|cell| cell.value).collect())
                .with_text("method", methods.collect()),
        )
    }

    /// The same without one row.
    #[must_use]
    pub(crate) fn without(&self, left_out: usize) -> Self {
        let kept: Vec<usize> = (0..self.n()).filter(|&row| row != left_out).collect();
        let place = |row: &usize| (*row != left_out).then(|| row - usize::from(*row > left_out));
        let take = |column: &Vec<f64>| kept.iter().map(|&row| column[row]).collect::<Vec<f64>>();
        Self {
            units: kept.iter().map(|&row| self.units[row].clone()).collect(),
            years: self.years.as_ref().map(take),
            columns: self.columns.iter().map(take).collect(),
            groups: self.groups.iter().map(|rows| rows.iter().filter_map(place).collect()).collect(),
            rows: kept.iter().map(|&row| self.rows[row]).collect(),
            imputed: Vec::new(),
            ..self.clone()
        }
    }

    /// Row of the file.
    pub(crate) fn row_in_file(&self, row: usize) -> usize {
        self.rows[row]
    }

    /// Puts an error in its place of the file.
    pub(crate) fn place(&self, error: &IndicatorError, rows: &[usize], table: &Table) -> distretto_core::Fault {
        let column = |name: &str| {
            let found = self.indicators.iter().find(|indicator| indicator.name == name);
            found.map_or_else(|| name.to_owned(), |indicator| indicator.column.clone())
        };
        let year = self.years.as_ref().filter(|_| self.groups.len() > 1).and_then(|years| Some(years[*rows.first()?]));
        let fault = distretto_core::Fault::from(match year {
            Some(year) => error.clone().in_year(year),
            None => error.clone(),
        });
        match error.datum() {
            Some((name, Some(row))) => fault.at(table, self.rows[rows[row]], &column(name)),
            Some((name, None)) => fault.in_table(table).in_column(column(name)),
            None => fault.in_table(table),
        }
    }
}

/// None negative, and a sum of 1.
///
/// # Errors
/// [`IndicatorError::Weight`].
pub fn check_weights(weights: &[f64]) -> Result<(), IndicatorError> {
    if let Some(&weight) = weights.iter().find(|weight| !(**weight >= 0.0 && weight.is_finite())) {
        return Err(IndicatorError::Weight { what: "a weight is negative or missing", sum: weight });
    }
    let sum: f64 = weights.iter().sum();
    if (sum - 1.0).abs() > WEIGHT_SUM {
        return Err(IndicatorError::Weight { what: "the weights do not sum to 1", sum });
    }
    Ok(())
}
