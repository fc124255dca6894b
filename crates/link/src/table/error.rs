//! Why a table of flows cannot be used.

use distretto_core::Fault;

/// Where gross output comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputFrom {
    /// The column `output`.
    Column,
    /// The row `output`.
    Row,
    /// Sums of sales or of purchases.
    Sums,
}

/// Why an input–output table, or an estimand on it, does not exist.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FlowError {
    /// The table has no column of row labels.
    #[error("the table is empty")]
    Empty,
    /// A label names two rows.
    #[error("duplicate row `{label}`")]
    DuplicateRow {
        /// The label.
        label: String,
        /// Its second row, counted from 0.
        row: usize,
    },
    /// No label is both a row and a column.
    #[error("no sector: no label is both a row and a column")]
    NoSector,
    /// A name in an option that the table does not have.
    #[error("option `{option}` names `{name}`, which is no {what} of the table")]
    UnknownName {
        /// The option.
        option: &'static str,
        /// The name.
        name: String,
        /// What it should be.
        what: &'static str,
    },
    /// Output can be formed in no way.
    #[error("output cannot be formed: there is no `output`, no final demand and no primary input")]
    NoOutput,
    /// Output of a sector that is missing or below zero.
    #[error("{} output of sector `{sector}`; it must be 0 or more", if value.is_nan() { "missing" } else { "negative" })]
    WrongOutput {
        /// The sector.
        sector: String,
        /// Its output; NaN when the cell is empty.
        value: f64,
        /// Where it comes from.
        from: OutputFrom,
    },
    /// Rows or columns, called totals, that are the sum of those before them.
    #[error("total among its parts: `{}` is the sum of the rows or columns before it", labels.join("`, `"))]
    Totals {
        /// Their labels.
        labels: Vec<String>,
    },
    /// A row and a column that are called the same but for their spelling.
    #[error(
        "labels do not match: the row `{row}` and the column `{column}` differ in spelling, so neither is a sector"
    )]
    Spelling {
        /// The label of the row.
        row: String,
        /// The label of the column.
        column: String,
    },
    /// A round of purchases needs as much as it delivers.
    #[error("the spectral radius of A is {radius:.6}; it must be below 1, else no output can meet final demand")]
    NotProductive {
        /// The largest absolute eigenvalue.
        radius: f64,
    },
    /// The equations have no single solution.
    #[error("the system of {n} equations is singular")]
    Singular {
        /// Number of equations.
        n: usize,
    },
    /// The iteration did not end.
    #[error("the iteration did not converge in {steps} steps; the residual is {residual:e}")]
    NotConverged {
        /// Steps taken.
        steps: usize,
        /// Largest residual relative to the right-hand side.
        residual: f64,
    },
    /// The eigenvalues could not be computed.
    #[error("the spectral radius could not be computed")]
    NoRadius,
    /// Two tables have different sectors.
    #[error("the sectors of the two tables differ: `{label}` stands in one alone")]
    OtherSectors {
        /// The first label that is missing.
        label: String,
    },
    /// A row or column that the estimand cannot do without.
    #[error("the table has no {what} `{name}`")]
    Missing {
        /// `row` or `column`.
        what: &'static str,
        /// Its standard name.
        name: &'static str,
    },
    /// The estimand needs money and the table holds coefficients.
    #[error("{what} needs a table of flows; with `--coefficients` there is no money")]
    NoMoney {
        /// What needs it.
        what: &'static str,
    },
    /// A line of a matrix that no multiplier brings to its total.
    #[error("infeasible: no cell of the {what} has a sign with which its total {target} can be reached")]
    Infeasible {
        /// `row` or `column`.
        what: &'static str,
        /// Its place, from 0.
        line: usize,
        /// Its total.
        target: f64,
    },
    /// Balancing ended before a line had its total.
    #[error("not converged in {steps} steps: the {what} adds to {sum}, its total is {target}")]
    Margin {
        /// Steps taken.
        steps: usize,
        /// `row` or `column`.
        what: &'static str,
        /// Its place, from 0: of the line that misses most.
        line: usize,
        /// What its cells add to.
        sum: f64,
        /// Its total.
        target: f64,
    },
    /// A cell below 0 where none may be.
    #[error("negative cell: RAS needs a matrix without")]
    NegativeCell {
        /// Row, from 0.
        row: usize,
        /// Column, from 0.
        column: usize,
        /// The cell.
        value: f64,
    },
    /// An option has a value that is not allowed.
    #[error("option `{option}`: {message}")]
    Option {
        /// The option.
        option: &'static str,
        /// What is wrong with it.
        message: String,
    },
    /// Another fault of the data, in words.
    #[error("{message}")]
    Data {
        /// What is wrong.
        message: String,
        /// What to do.
        hint: String,
    },
}

impl From<FlowError> for Fault {
    fn from(error: FlowError) -> Self {
        let message = error.to_string();
        match error {
            FlowError::NoSector => Self::input(message).with_hint(
                "the first column and the header must hold the same labels, once for sellers, once for buyers",
            ),
            FlowError::DuplicateRow { label, .. } => {
                Self::input(message).with_value(label).with_hint("add the rows up or rename one of them")
            }
            FlowError::UnknownName { name, .. } => Self::option(message).with_value(name),
            FlowError::Option { .. } => Self::option(message),
            FlowError::Infeasible { .. } => {
                Self::input(message).with_hint("correct the total, or the cells of its line")
            }
            FlowError::Margin { .. } => Self::result(message).with_hint(
                "zeros of the matrix may make its totals impossible together; else raise `--max-iter` or `--tol`",
            ),
            FlowError::NegativeCell { .. } => Self::input(message).with_hint("use `--method gras`"),
            FlowError::NoOutput => Self::input(message).with_hint("name output with `--col output=NAME`"),
            FlowError::WrongOutput { value, from, .. } => {
                let fault = Self::input(message);
                let fault = if value.is_nan() { fault } else { fault.with_value(format!("{value}")) };
                fault.with_hint(match from {
                    OutputFrom::Sums => {
                        "name output with `--col output=NAME`, or correct the cells that it is the sum of"
                    }
                    _ => "write the output of the sector, or leave out its row and column with `--drop`",
                })
            }
            FlowError::Totals { labels } => {
                let drop =
                    labels.iter().map(|label| if label.contains(' ') { format!("\"{label}\"") } else { label.clone() });
                let hint = format!(
                    "leave totals out with `--drop {}`; one that is output is named with `--col output={}`",
                    drop.collect::<Vec<_>>().join(","),
                    labels[0]
                );
                Self::input(message).with_value(labels[0].clone()).with_hint(hint)
            }
            FlowError::Spelling { row, .. } => Self::input(message)
                .with_value(row)
                .with_hint("write both alike; two lines that are not the same need different names"),
            FlowError::NotProductive { .. } => {
                Self::result(message).with_hint("`link audit` shows the sectors whose inputs exceed their output")
            }
            FlowError::OtherSectors { label } => Self::input(message).with_value(label),
            FlowError::Missing { name, .. } => {
                Self::input(message).with_hint(format!("name it with `--col {name}=NAME`"))
            }
            FlowError::Data { hint, .. } if !hint.is_empty() => Self::input(message).with_hint(hint),
            FlowError::Singular { .. } | FlowError::NotConverged { .. } | FlowError::NoRadius => Self::result(message),
            _ => Self::input(message),
        }
    }
}
