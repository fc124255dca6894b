//! A long table of scores, one row for each unit and dimension, as `appraise rank --tree` leaves it.

use distretto_core::{Fault, Table};
use rustc_hash::FxHashMap;

/// One column for each dimension of a table with the columns `dimension` (words) and `score`; nothing of any other.
///
/// Units and dimensions keep the order in which they first stand; a unit without a dimension has an empty cell there.
///
/// # Errors
/// A unit (in a year) that has one dimension twice.
pub(crate) fn by_dimension(table: &Table) -> Result<Option<Table>, Fault> {
    let (Some(dimension), Some(score)) = (table.text("dimension"), table.numbers("score")) else { return Ok(None) };
    let (unit, year) = (table.text("unit"), table.numbers("year"));
    let (mut units, mut dimensions) = (FxHashMap::default(), FxHashMap::default());
    let (mut first_rows, mut names): (Vec<usize>, Vec<&str>) = (Vec::new(), Vec::new());
    let mut cells: FxHashMap<(usize, usize), f64> = FxHashMap::default();
    for row in 0..table.rows() {
        let name = dimension.get(row).unwrap_or_default();
        let key = (unit.and_then(|unit| unit.get(row)).unwrap_or_default(), year.map_or(0, |year| year[row].to_bits()));
        let u = *units.entry(key).or_insert_with(|| {
            first_rows.push(row);
            first_rows.len() - 1
        });
        let d = *dimensions.entry(name).or_insert_with(|| {
            names.push(name);
            names.len() - 1
        });
        if cells.insert((u, d), score[row]).is_some() {
            let fault = Fault::input("duplicate: the unit has this dimension already").at(table, row, "dimension");
            return Err(fault
                .with_value(name)
                .with_hint("one row for each unit and dimension, and year where there are years"));
        }
    }
    let labels = table.take(&first_rows);
    let mut wide = Table::empty();
    if let Some(text) = labels.text("unit") {
        wide = wide.with_text("unit", text.iter().map(|unit| unit.map(str::to_owned)).collect());
    }
    if let Some(years) = labels.numbers("year") {
        wide = wide.with_numbers("year", years.to_vec());
    }
    let column = |d: usize| (0..first_rows.len()).map(|u| cells.get(&(u, d)).copied().unwrap_or(f64::NAN)).collect();
    Ok(Some(names.iter().enumerate().fold(wide, |wide, (d, name)| wide.with_numbers(name, column(d)))))
}
