//! Chapter 1: flows between industries.

pub mod audit;
pub mod balance;
pub mod clusters;
pub mod decompose;
pub mod extraction;
pub mod impact;
pub mod influence;
pub mod investment;
pub mod leontief;
pub mod linkages;
pub mod multipliers;
pub mod propagation;
pub mod regionalise;
pub mod symmetric;

use crate::table::{FlowError, IoTable};
use distretto_core::{Fault, Table, Values};
use distretto_numerics::Matrix;

/// Help of the input that holds the table.
pub(crate) const TABLE_HELP: &str =
    "Input-output table: sectors by sectors, and around them final demand and primary inputs";

/// Values of a table `sector`, COLUMN in the order of the sectors of an input–output table; nothing for a sector that
/// has no row, or an empty cell.
///
/// # Errors
/// A sector that the input–output table does not have.
pub(crate) fn by_sector(io: &IoTable, table: &Table, column: &str) -> Result<Vec<Option<f64>>, Fault> {
    let mut values = vec![None; io.len()];
    let (Some(sectors), Some(cells)) = (table.text("sector"), table.numbers(column)) else {
        return Err(Fault::input(format!("the columns `sector` and `{column}` are needed")).in_table(table));
    };
    for (row, cell) in cells.iter().enumerate() {
        let name = sectors.get(row).unwrap_or_default();
        let place = io.place("sector", name).map_err(|_: FlowError| {
            Fault::input(format!("unknown sector `{name}`: the input-output table has none of this name"))
                .at(table, row, "sector")
                .with_value(name)
        })?;
        values[place] = (!cell.is_nan()).then_some(*cell);
    }
    Ok(values)
}

/// A matrix as a table: column `row`, then one column for each label.
pub(crate) fn matrix_table(rows: &[String], columns: &[String], matrix: &Matrix) -> Table {
    let table = Table::empty().with_text("row", crate::words::text(rows));
    columns.iter().enumerate().fold(table, |table, (j, label)| table.with_numbers(label, matrix.column(j).to_vec()))
}

/// Labels of rows and columns, cells, and which of them were empty and count as zero.
pub(crate) type Cells = (Vec<String>, Vec<String>, Matrix, Vec<(usize, usize)>);

/// A file of one matrix.
pub(crate) fn read_matrix(table: &Table) -> Result<Cells, Fault> {
    let empty = || Fault::from(FlowError::Empty).in_table(table);
    let labels = table.text("row").filter(|text| !text.is_empty()).ok_or_else(empty)?;
    let rows: Vec<String> = labels.iter().map(|label| label.unwrap_or_default().to_owned()).collect();
    let (mut columns, mut cells, mut missing) = (Vec::new(), Vec::new(), Vec::new());
    for field in table.fields().iter().filter(|field| field.name != "row") {
        if let Values::Number(numbers) = &field.values {
            let empty = numbers.iter().enumerate().filter(|(_, cell)| cell.is_nan());
            missing.extend(empty.map(|(i, _)| (i, columns.len())));
            columns.push(field.name.clone());
            cells.extend(numbers.iter().map(|cell| if cell.is_nan() { 0.0 } else { *cell }));
        }
    }
    if columns.is_empty() {
        return Err(empty());
    }
    let matrix = Matrix::from_columns(rows.len(), columns.len(), cells);
    Ok((rows, columns, matrix, missing))
}
