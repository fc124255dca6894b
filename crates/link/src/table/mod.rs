//! An input–output table: sectors, flows between them, final demand, primary inputs.

mod error;
pub(crate) mod labels;
mod options;
mod read;
#[cfg(test)]
mod tests;

use crate::system::Coefficients;
use crate::words::{cells_named, gaps_named, named, where_true};
use distretto_core::{Fault, Message, Table};
use distretto_numerics::Matrix;

pub use error::{FlowError, OutputFrom};
pub(crate) use options::TotalsAre;
pub use options::{Solver, TableOptions, table_columns};

/// Names of rows and columns that have a meaning of their own and are never sectors.
pub const RESERVED: &[&str] = &[
    "output",
    "compensation",
    "value_added",
    "taxes",
    "surplus",
    "imports",
    "employment",
    "households",
    "government",
    "investment",
    "inventories",
    "exports",
];

/// Largest imbalance, as a share of output, that calls for no warning.
pub const BALANCE_TOLERANCE: f64 = 0.005;

/// A column of final demand.
#[derive(Debug, Clone, PartialEq)]
pub struct DemandColumn {
    /// Its name: the standard one where it has one.
    pub name: String,
    /// What it takes of each sector; `imports` with the sign with which they are added.
    pub values: Vec<f64>,
}

/// A row that is no sector.
#[derive(Debug, Clone, PartialEq)]
pub struct PrimaryRow {
    /// Its name: the standard one where it has one.
    pub name: String,
    /// What each sector pays for it, in coefficients per unit of output where the table holds coefficients.
    pub values: Vec<f64>,
    /// What each column of final demand pays for it, missing cells 0.
    pub demand: Vec<f64>,
    /// Whether it is money: neither `employment` nor a satellite.
    pub money: bool,
}

/// An input–output table.
#[derive(Debug, Clone, PartialEq)]
pub struct IoTable {
    pub(crate) sectors: Vec<String>,
    /// Z, or A where `coefficients`.
    pub(crate) flows: Flows,
    /// Gross output x; empty where the table holds coefficients.
    pub(crate) output: Vec<f64>,
    pub(crate) demand: Vec<DemandColumn>,
    pub(crate) primary: Vec<PrimaryRow>,
    pub(crate) coefficients: bool,
    pub(crate) notes: Vec<Message>,
}

/// The flows, with or without their zeros.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Flows {
    Dense(Matrix),
    Sparse(crate::system::SparseMatrix),
}

impl IoTable {
    /// Reads a table.
    ///
    /// # Errors
    /// What [`FlowError`] tells of labels, output and options.
    pub fn read(table: &Table, options: &TableOptions) -> Result<Self, Fault> {
        read::read(table, options).map_err(|error| match error {
            FlowError::DuplicateRow { row, .. } => Fault::from(error).at(table, row, "row"),
            FlowError::WrongOutput { ref sector, from, .. } => {
                let output = table.origin().map_or("output", |origin| origin.column("output"));
                let of = |label: &str| {
                    let named = |row: &usize| table.text("row").is_some_and(|text| text.get(*row) == Some(label));
                    (0..table.rows()).find(named).unwrap_or(0)
                };
                let fault = Fault::from(error.clone());
                match from {
                    OutputFrom::Column => fault.at(table, of(sector), "output"),
                    OutputFrom::Row => fault.at(table, of(output), sector),
                    OutputFrom::Sums => fault.at(table, of(sector), "row"),
                }
            }
            error => Fault::from(error).in_table(table),
        })
    }

    /// The labels of the sectors, in the order of the rows.
    #[must_use]
    pub fn sectors(&self) -> &[String] {
        &self.sectors
    }

    /// Number of sectors n.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sectors.len()
    }

    /// Whether there is no sector; never true of a table that was read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sectors.is_empty()
    }

    /// Gross output x; nothing where the table holds coefficients.
    #[must_use]
    pub fn output(&self) -> Option<&[f64]> {
        (!self.coefficients).then_some(&self.output[..])
    }

    /// Gross output, or NaN for each sector where the table holds coefficients.
    #[must_use]
    pub fn output_or_nan(&self) -> Vec<f64> {
        if self.coefficients { vec![f64::NAN; self.len()] } else { self.output.clone() }
    }

    /// What the user must know about the table.
    #[must_use]
    pub fn notes(&self) -> &[Message] {
        &self.notes
    }

    /// The primary row of that name.
    #[must_use]
    pub fn primary(&self, name: &str) -> Option<&PrimaryRow> {
        self.primary.iter().find(|row| row.name == name)
    }

    /// The column of final demand of that name.
    #[must_use]
    pub fn demand(&self, name: &str) -> Option<&DemandColumn> {
        self.demand.iter().find(|column| column.name == name)
    }

    /// Place of a sector.
    ///
    /// # Errors
    /// When there is none of that label.
    pub fn place(&self, option: &'static str, name: &str) -> Result<usize, FlowError> {
        let unknown = || FlowError::UnknownName { option, name: name.to_owned(), what: "sector" };
        self.sectors.iter().position(|sector| sector == name).ok_or_else(unknown)
    }

    /// Input coefficients A, a_ij = z_ij/x_j, 0 where x_j = 0.
    #[must_use]
    pub fn input_coefficients(&self) -> Coefficients {
        let share = |j: usize| match (self.coefficients, self.output.get(j)) {
            (true, _) => 1.0,
            (false, Some(&x)) if x != 0.0 => 1.0 / x,
            _ => 0.0,
        };
        match &self.flows {
            Flows::Dense(z) => {
                // Division, not multiplication by the inverse: a coefficient is the double nearest to z/x.
                let cell = |i: usize, j: usize| match (self.coefficients, share(j)) {
                    (true, _) => z[(i, j)],
                    (false, 0.0) => 0.0,
                    _ => z[(i, j)] / self.output[j],
                };
                Coefficients::Dense(Matrix::from_fn(self.len(), self.len(), cell))
            }
            Flows::Sparse(z) => Coefficients::Sparse(z.scaled_columns(share)),
        }
    }

    /// Flows z_ij as a dense matrix.
    #[must_use]
    pub fn dense_flows(&self) -> Matrix {
        match &self.flows {
            Flows::Dense(z) => z.clone(),
            Flows::Sparse(z) => z.to_dense(),
        }
    }

    /// Output coefficients B, b_ij = z_ij/x_i, 0 where x_i = 0.
    ///
    /// # Errors
    /// Where the table holds coefficients.
    pub fn output_coefficients(&self) -> Result<Matrix, FlowError> {
        let x = self.output().ok_or(FlowError::NoMoney { what: "the supply side (B, G)" })?;
        let z = self.dense_flows();
        Ok(Matrix::from_fn(self.len(), self.len(), |i, j| if x[i] == 0.0 { 0.0 } else { z[(i, j)] / x[i] }))
    }

    /// Sums of the rows of Z.
    #[must_use]
    pub fn row_sums(&self) -> Vec<f64> {
        match &self.flows {
            Flows::Dense(z) => z.times_vector(&vec![1.0; self.len()]),
            Flows::Sparse(z) => z.times(&vec![1.0; self.len()]),
        }
    }

    /// Sums of the columns of Z.
    #[must_use]
    pub fn column_sums(&self) -> Vec<f64> {
        match &self.flows {
            Flows::Dense(z) => z.transpose_times_vector(&vec![1.0; self.len()]),
            Flows::Sparse(z) => z.transpose_times(&vec![1.0; self.len()]),
        }
    }

    /// Final demand f := x − Ax, so that an unbalanced table gives exact identities; nothing for coefficients.
    #[must_use]
    pub fn final_demand(&self) -> Option<Vec<f64>> {
        let x = self.output()?;
        let ax = match &self.flows {
            Flows::Dense(z) => z.times_vector(&x.iter().map(|&x| f64::from(u8::from(x != 0.0))).collect::<Vec<_>>()),
            Flows::Sparse(z) => z.times(&x.iter().map(|&x| f64::from(u8::from(x != 0.0))).collect::<Vec<_>>()),
        };
        Some(x.iter().zip(ax).map(|(x, ax)| x - ax).collect())
    }

    /// Value added v := x − Bᵀx; nothing for coefficients.
    #[must_use]
    pub fn value_added(&self) -> Option<Vec<f64>> {
        let x = self.output()?;
        let sold: Vec<f64> = x.iter().map(|&x| f64::from(u8::from(x != 0.0))).collect();
        let bx = match &self.flows {
            Flows::Dense(z) => z.transpose_times_vector(&sold),
            Flows::Sparse(z) => z.transpose_times(&sold),
        };
        Some(x.iter().zip(bx).map(|(x, bx)| x - bx).collect())
    }

    /// Direct coefficients p/x of a primary row, 0 where x = 0.
    #[must_use]
    pub fn direct(&self, row: &PrimaryRow) -> Vec<f64> {
        if self.coefficients {
            return row.values.clone();
        }
        row.values.iter().zip(&self.output).map(|(p, &x)| if x == 0.0 { 0.0 } else { p / x }).collect()
    }

    /// Number of negative cells of Z.
    #[must_use]
    pub fn negative_cells(&self) -> usize {
        match &self.flows {
            Flows::Dense(z) => (0..self.len()).map(|j| z.column(j).iter().filter(|&&cell| cell < 0.0).count()).sum(),
            Flows::Sparse(z) => z.values().filter(|&cell| cell < 0.0).count(),
        }
    }

    /// Seller and buyer of the first negative flow off the diagonal, of flows that were asked for before.
    pub(crate) fn first_negative(&self, z: &Matrix) -> Option<(&str, &str)> {
        let cells = (0..self.len()).flat_map(|i| (0..self.len()).map(move |j| (i, j)));
        let found = cells.into_iter().find(|&(i, j)| i != j && z[(i, j)] < 0.0);
        found.map(|(i, j)| (self.sectors[i].as_str(), self.sectors[j].as_str()))
    }

    /// Row totals: sales to sectors and to final demand; nothing without final demand.
    #[must_use]
    pub fn row_totals(&self) -> Option<Vec<f64>> {
        if self.coefficients || self.demand.is_empty() {
            return None;
        }
        let mut totals = self.row_sums();
        for column in &self.demand {
            totals.iter_mut().zip(&column.values).for_each(|(total, value)| *total += value);
        }
        Some(totals)
    }

    /// Column totals: purchases from sectors and primary inputs; nothing without primary inputs.
    #[must_use]
    pub fn column_totals(&self) -> Option<Vec<f64>> {
        if self.coefficients {
            return None;
        }
        let rows = read::balancing(&self.primary);
        if rows.is_empty() {
            return None;
        }
        let mut totals = self.column_sums();
        for row in rows {
            totals.iter_mut().zip(&row.values).for_each(|(total, value)| *total += value);
        }
        Some(totals)
    }

    /// Imbalance of each sector: row total less column total; NaN where one of them does not exist.
    #[must_use]
    pub fn imbalance(&self) -> Vec<f64> {
        match (self.row_totals(), self.column_totals()) {
            (Some(rows), Some(columns)) => rows.iter().zip(columns).map(|(row, column)| row - column).collect(),
            _ => vec![f64::NAN; self.len()],
        }
    }

    /// Output less the total that is nearer to it, of those that exist: a gap here is no question of balance, the output
    /// itself is another one than rows and columns add to. NaN where there is no total.
    #[must_use]
    pub fn output_gaps(&self) -> Vec<f64> {
        let (rows, columns) = (self.row_totals(), self.column_totals());
        let gap =
            |total: &Option<Vec<f64>>, i: usize| total.as_ref().map_or(f64::NAN, |total| self.output[i] - total[i]);
        let nearer = |i: usize| {
            let (row, column) = (gap(&rows, i), gap(&columns, i));
            if row.abs() <= column.abs() || column.is_nan() { row } else { column }
        };
        (0..self.output.len()).map(nearer).collect()
    }

    /// The notes of the table, and those of every estimand but `audit`: gaps, negative flows, sectors without output.
    #[must_use]
    pub fn warnings(&self) -> Vec<Message> {
        let mut notes = self.notes.clone();
        let negative = self.negative_cells();
        if negative > 0 {
            notes.push(self.negative_named(negative));
        }
        if !self.coefficients {
            let idle = where_true(&self.sectors, |i| self.output[i] == 0.0);
            if !idle.is_empty() {
                notes.push(named("link.table.zero-output", &idle));
            }
            let gaps = self.imbalance();
            notes.extend(self.wide("link.table.unbalanced", &gaps, BALANCE_TOLERANCE));
            notes.extend(self.wide("link.table.output-differs", &self.output_gaps(), BALANCE_TOLERANCE));
        }
        notes
    }

    /// A warning about gaps above a share of output, with the largest of them.
    pub(crate) fn wide(&self, key: &'static str, gaps: &[f64], tolerance: f64) -> Option<Message> {
        let wide = |&(i, gap): &(usize, f64)| gap.abs() > tolerance * self.output[i].abs();
        let wide = gaps.iter().copied().enumerate().filter(wide);
        let shares: Vec<(usize, f64)> = wide.map(|(i, gap)| (i, gap / self.output[i])).collect();
        (!shares.is_empty()).then(|| gaps_named(key, &self.sectors, &shares))
    }

    /// A warning about negative flows, with the first of them.
    fn negative_named(&self, count: usize) -> Message {
        let name = |i: usize| self.sectors[i].as_str();
        let n = self.len();
        match &self.flows {
            Flows::Dense(z) => {
                let cells = (0..n).flat_map(|i| (0..n).map(move |j| (i, j))).filter(|&at| z[at] < 0.0);
                let cells = cells.map(|at| (name(at.0), name(at.1), Some(z[at])));
                cells_named("link.table.negative-cells", count, cells)
            }
            Flows::Sparse(_) => cells_named("link.table.negative-cells", count, std::iter::empty()),
        }
    }
}

/// Small tables for the tests of this crate.
#[cfg(test)]
pub(crate) mod fixtures {
    use super::{IoTable, TableOptions};
    use distretto_core::{Table, Text};

    /// A core table: header and rows as a file has them.
    pub(crate) fn sheet(columns: &[&str], rows: &[(&str, &[f64])]) -> Table {
        let labels: Text = rows.iter().map(|(label, _)| Some(*label)).collect();
        let table = Table::empty().with_text("row", labels);
        columns
            .iter()
            .enumerate()
            .fold(table, |table, (j, name)| table.with_numbers(name, rows.iter().map(|(_, cells)| cells[j]).collect()))
    }

    pub(crate) fn read(columns: &[&str], rows: &[(&str, &[f64])]) -> IoTable {
        IoTable::read(&sheet(columns, rows), &TableOptions::default()).unwrap()
    }

    /// Miller and Blair 2009, tables 2.3 and 2.5.
    pub(crate) fn miller_blair() -> IoTable {
        read(
            &["a", "b", "households", "other"],
            &[
                ("a", &[150.0, 500.0, 50.0, 300.0]),
                ("b", &[200.0, 100.0, 400.0, 1300.0]),
                ("compensation", &[300.0, 500.0, 50.0, 150.0]),
            ],
        )
    }

    /// A balanced table of sectors s0, s1, … from flows row by row and final demand.
    pub(crate) fn table(flows: &[f64], demand: &[f64]) -> IoTable {
        let n = demand.len();
        let names: Vec<String> = (0..n).map(|i| format!("s{i}")).collect();
        let mut columns: Vec<&str> = names.iter().map(String::as_str).collect();
        columns.push("households");
        let mut rows: Vec<Vec<f64>> = (0..n).map(|i| [&flows[i * n..(i + 1) * n], &demand[i..=i]].concat()).collect();
        // Inputs beyond output are cut by spreading a large final demand.
        let x: Vec<f64> = rows.iter().map(|row| row.iter().sum()).collect();
        let bought: Vec<f64> = (0..n).map(|j| (0..n).map(|i| flows[i * n + j]).sum()).collect();
        for i in 0..n {
            rows[i][n] += (bought[i] - x[i]).max(0.0) + 1.0;
        }
        let x: Vec<f64> = rows.iter().map(|row| row.iter().sum()).collect();
        let mut value: Vec<f64> = (0..n).map(|j| x[j] - bought[j]).collect();
        value.push(0.0);
        rows.push(value);
        let labels: Vec<&str> = names.iter().map(String::as_str).chain(["value_added"]).collect();
        let rows: Vec<(&str, &[f64])> = labels.iter().zip(&rows).map(|(label, row)| (*label, &row[..])).collect();
        read(&columns, &rows)
    }
}
