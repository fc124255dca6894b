//! Tables as the sheets of a workbook.

use super::interval;
use distretto_core::{Table, Values};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};
use std::io::{self, Write};

/// Widest a column is made, in characters.
const WIDEST: usize = 40;

/// Writes tables as the sheets of a workbook: labels as text, NaN as an empty cell, intervals as text `low..high`. The
/// same tables give the same bytes.
///
/// # Errors
/// When a sheet name or a table is beyond what a workbook holds (31 characters, 1,048,576 rows), or `out` fails.
pub fn write_xlsx(sheets: &[(String, &Table)], out: &mut dyn Write) -> io::Result<()> {
    let bytes = workbook(sheets).map_err(|error| io::Error::other(error.to_string()))?;
    out.write_all(&bytes)
}

fn workbook(sheets: &[(String, &Table)]) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    // A fixed time of creation: the same table must give the same bytes.
    let created = ExcelDateTime::from_ymd(2000, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&created));
    for (name, table) in sheets {
        let sheet = workbook.add_worksheet();
        sheet.set_name(name)?;
        fill(sheet, table)?;
    }
    workbook.save_to_buffer()
}

fn fill(sheet: &mut Worksheet, table: &Table) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    for (place, field) in table.fields().iter().enumerate() {
        let column = u16::try_from(place).map_err(|_| XlsxError::RowColumnLimitError)?;
        sheet.write_string_with_format(0, column, &field.name, &bold)?;
        sheet.set_column_width(column, field.name.chars().count().clamp(8, WIDEST) as f64 + 2.0)?;
        for row in 0..field.values.len() {
            let line = u32::try_from(row + 1).map_err(|_| XlsxError::RowColumnLimitError)?;
            write_cell(sheet, line, column, &field.values, row)?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

fn write_cell(sheet: &mut Worksheet, line: u32, column: u16, values: &Values, row: usize) -> Result<(), XlsxError> {
    match values {
        Values::Text(text) => {
            if let Some(label) = text.get(row) {
                sheet.write_string(line, column, label)?;
            }
        }
        Values::Number(numbers) => {
            if numbers[row].is_finite() {
                sheet.write_number(line, column, numbers[row])?;
            }
        }
        Values::Interval(both) => {
            let (low, high) = (both.low[row], both.high[row]);
            if low.is_finite() && low.to_bits() == high.to_bits() {
                sheet.write_number(line, column, low)?;
            } else if let Some(text) = interval(low, high) {
                sheet.write_string(line, column, text)?;
            }
        }
        Values::Flag(flags) => {
            if let Some(flag) = flags[row] {
                sheet.write_boolean(line, column, flag)?;
            }
        }
    }
    Ok(())
}
