//! Options that every estimand on input–output tables shares.

use super::RESERVED;
use distretto_core::{ColumnKind, TableSpec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Options that every estimand on input–output tables shares; flatten them into its own with `#[serde(flatten)]`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct TableOptions {
    /// Rows and columns that are left out: totals and sub-totals.
    pub drop: Vec<String>,
    /// The square block holds input coefficients A already; other rows are direct coefficients, other columns are left out.
    pub coefficients: bool,
    /// Rows that are no money, such as energy or emissions: never part of a balance.
    pub satellite: Vec<String>,
    /// How the equations are solved: `direct` (LU), `iterative` (for large tables with few flows), or `auto`.
    pub solver: Solver,
    /// Whether totals among their parts are an error.
    #[serde(skip)]
    pub(crate) totals: TotalsAre,
}

/// What becomes of a table that holds totals among their parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum TotalsAre {
    /// It is refused.
    #[default]
    Refused,
    /// It is read as it stands, and they are told.
    Told,
}

/// How the equations are solved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Solver {
    /// Iterative above 4,000 sectors when less than 5 % of the cells are filled, else direct.
    #[default]
    Auto,
    /// LU factors of I − A.
    Direct,
    /// BiCGSTAB with diagonal preconditioner.
    Iterative,
}

/// The columns wanted of a file that holds an input–output table.
#[must_use]
pub fn table_columns(input: &str) -> TableSpec {
    TableSpec::new(input).matrix("row", RESERVED).and_others(ColumnKind::Number)
}
