//! A matrix of pairwise judgements as it is given, and what can be wrong with it.

use super::consistency::pairs;
use distretto_core::{ColumnKind, Fault, Table, TableSpec};

/// A pair may miss being reciprocal by this much, for decimals are rounded.
const ROUNDED: f64 = 0.01 + 1e-9;

/// Pairwise judgements; a pair that was not judged is open.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgements {
    /// What is compared.
    pub items: Vec<String>,
    /// Row by row; none where a pair was not judged.
    cells: Vec<Option<f64>>,
}

/// What can be wrong with judgements; rows and columns are counted from 0.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AhpError {
    /// Rows and columns differ in number.
    #[error("the matrix is not square: {rows} rows and {columns} columns")]
    Square {
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
    },
    /// A judgement of 0 or less.
    #[error("the judgement {value} must be positive")]
    Positive {
        /// Row.
        row: usize,
        /// Column.
        column: usize,
        /// The judgement.
        value: f64,
    },
    /// A pair that is not reciprocal, or a diagonal other than 1.
    #[error("the matrix is not reciprocal: {}", not_reciprocal(*row, *column, *value, *other))]
    Reciprocal {
        /// Row.
        row: usize,
        /// Column.
        column: usize,
        /// The judgement.
        value: f64,
        /// The opposite judgement.
        other: f64,
    },
    /// The judged pairs do not connect all items.
    #[error("the judged pairs are not connected: nothing links {item} to {first}")]
    Connected {
        /// An item of the first part.
        first: String,
        /// An item that nothing links to it.
        item: String,
    },
    /// Row and column names, or the names of two matrices, differ.
    #[error("the label {label} stands in one list of names and not in the other")]
    Label {
        /// The name.
        label: String,
    },
}

fn not_reciprocal(row: usize, column: usize, value: f64, other: f64) -> String {
    match row == column {
        true => format!("an item against itself is {value}; it must be 1"),
        false => format!("{value} against {other}, whose product must be 1"),
    }
}

impl AhpError {
    /// The fault in its place of the file.
    pub(crate) fn in_table(&self, table: &Table, items: &[String]) -> Fault {
        let fault = Fault::input(self.to_string());
        match self {
            Self::Positive { row, column, value } | Self::Reciprocal { row, column, value, .. } => {
                let column = items.get(*column).map_or("", String::as_str);
                let fault = fault.at(table, *row, column).with_value(value.to_string());
                fault.with_hint(
                    "a judgement is a positive number, 1/3 against 3 (0.333 is near enough), 1 on the diagonal",
                )
            }
            Self::Connected { .. } => {
                fault.in_table(table).with_hint("judge one more pair, so that all items are linked through judgements")
            }
            _ => fault.in_table(table).with_hint("rows and columns name the same items"),
        }
    }
}

impl Judgements {
    /// Judgements from cells row by row; NaN is a pair that was not judged. Pairs are made exactly reciprocal from their
    /// entry of at least 1; a missing half of a pair is the reciprocal of the other.
    ///
    /// # Errors
    /// [`AhpError`].
    pub fn new(items: Vec<String>, cells: &[f64]) -> Result<Self, AhpError> {
        let n = items.len();
        if cells.len() != n * n {
            return Err(AhpError::Square { rows: n, columns: cells.len().checked_div(n).unwrap_or(0) });
        }
        if let Some(k) = cells.iter().position(|value| *value <= 0.0) {
            return Err(AhpError::Positive { row: k / n, column: k % n, value: cells[k] });
        }
        let mut found = Self { items, cells: vec![Some(1.0); n * n] };
        for i in 0..n {
            let value = cells[i * n + i];
            if (value - 1.0).abs() > 1e-9 {
                return Err(AhpError::Reciprocal { row: i, column: i, value, other: value });
            }
        }
        for (i, j) in pairs(n) {
            let (value, other) = (cells[i * n + j], cells[j * n + i]);
            if (value * other - 1.0).abs() > ROUNDED {
                return Err(AhpError::Reciprocal { row: i, column: j, value, other });
            }
            let pair = match (value.is_nan(), other.is_nan()) {
                (true, true) => None,
                (false, true) => Some((value, 1.0 / value)),
                (true, false) => Some((1.0 / other, other)),
                (false, false) if value >= 1.0 => Some((value, 1.0 / value)),
                (false, false) => Some((1.0 / other, other)),
            };
            found.cells[i * n + j] = pair.map(|pair| pair.0);
            found.cells[j * n + i] = pair.map(|pair| pair.1);
        }
        found.connected()?;
        Ok(found)
    }

    /// A judgement, when it was given.
    #[must_use]
    pub fn cell(&self, i: usize, j: usize) -> Option<f64> {
        self.cells[i * self.items.len() + j]
    }

    /// Pairs that were not judged.
    #[must_use]
    pub fn missing(&self) -> Vec<(usize, usize)> {
        pairs(self.items.len()).filter(|&(i, j)| self.cell(i, j).is_none()).collect()
    }

    /// The same judgements with the items in another order.
    ///
    /// # Errors
    /// [`AhpError::Label`] when the names differ.
    pub fn in_order(&self, items: &[String]) -> Result<Self, AhpError> {
        let place = |item: &String| {
            let found = self.items.iter().position(|other| other == item);
            found.ok_or_else(|| AhpError::Label { label: item.clone() })
        };
        let order: Vec<usize> = items.iter().map(place).collect::<Result<_, _>>()?;
        if let Some(label) = self.items.iter().find(|item| !items.contains(item)) {
            return Err(AhpError::Label { label: label.clone() });
        }
        let cells = order.iter().flat_map(|&i| order.iter().map(move |&j| (i, j)));
        Ok(Self { items: items.to_vec(), cells: cells.map(|(i, j)| self.cell(i, j)).collect() })
    }

    fn connected(&self) -> Result<(), AhpError> {
        let n = self.items.len();
        let mut reached = vec![false; n];
        let mut open: Vec<usize> = if n > 0 { vec![0] } else { Vec::new() };
        while let Some(i) = open.pop() {
            if !std::mem::replace(&mut reached[i], true) {
                open.extend((0..n).filter(|&j| j != i && !reached[j] && self.cell(i, j).is_some()));
            }
        }
        match reached.iter().position(|reached| !reached) {
            None => Ok(()),
            Some(i) => Err(AhpError::Connected { first: self.items[0].clone(), item: self.items[i].clone() }),
        }
    }
}

/// The columns of a matrix table: labels of rows in the first, one column for each item.
pub(crate) fn matrix_columns(input: &str) -> TableSpec {
    TableSpec::new(input).matrix("label", &[]).and_others(ColumnKind::Ratio)
}

/// Judgements of a matrix table; rows may stand in another order than columns.
pub(crate) fn judgements(table: &Table) -> Result<Judgements, Fault> {
    let rows: Vec<String> =
        table.text("label").into_iter().flat_map(|text| text.iter().flatten()).map(str::to_owned).collect();
    let fields: Vec<&str> =
        table.fields().iter().map(|field| field.name.as_str()).filter(|name| *name != "label").collect();
    let items: Vec<String> = fields.iter().map(|&name| name.to_owned()).collect();
    let place = |error: AhpError| error.in_table(table, &items);
    if rows.len() != items.len() || rows.is_empty() {
        return Err(place(AhpError::Square { rows: rows.len(), columns: items.len() }));
    }
    let column = |name: &String| {
        let known = fields.iter().any(|field| field == name);
        if known { Ok(()) } else { Err(place(AhpError::Label { label: name.clone() })) }
    };
    rows.iter().try_for_each(column)?;
    if let Some(label) = rows.iter().enumerate().find(|(i, row)| rows[..*i].contains(row)).map(|(_, row)| row) {
        return Err(place(AhpError::Label { label: label.clone() }));
    }
    // Items in the order of the rows; an empty diagonal is 1.
    let columns: Vec<&[f64]> = rows.iter().map(|name| table.numbers(name).unwrap_or_default()).collect();
    let cells: Vec<f64> = (0..rows.len())
        .flat_map(|i| (0..rows.len()).map(move |j| (i, j)))
        .map(|(i, j)| columns[j].get(i).copied().unwrap_or(f64::NAN))
        .enumerate()
        .map(|(k, cell)| if k % (rows.len() + 1) == 0 && cell.is_nan() { 1.0 } else { cell })
        .collect();
    Judgements::new(rows.clone(), &cells).map_err(|error| error.in_table(table, &rows))
}
