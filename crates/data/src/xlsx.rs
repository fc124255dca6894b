//! Workbooks: one sheet, read row by row.

use crate::column::Cell;
use crate::contain::contained;
use crate::header::Layout;
use crate::note;
use crate::number::Decimal;
use crate::rows::{Rows, lines_of};
use crate::table::{Parsed, ReadOptions};
use bytes::Bytes;
use calamine::{DataRef, Reader, Xlsx, XlsxCellReader, XlsxError};
use distretto_core::{Fault, TableSpec, nearest};
use std::io::Cursor;

/// Reads a table out of the bytes of a workbook.
pub(crate) fn read(bytes: Bytes, shown: &str, spec: &TableSpec, options: &ReadOptions) -> Result<Parsed, Fault> {
    if !bytes.starts_with(b"PK\x03\x04") {
        let fault = Fault::input("this is not an .xlsx workbook").in_file(shown);
        return Err(fault.with_hint("name a CSV file .csv; save an old workbook as .xlsx"));
    }
    let mut workbook = decoded(|| Xlsx::new(Cursor::new(bytes)), shown)?;
    let names = workbook.sheet_names();
    let name = sheet(&names, options.sheet.as_deref(), shown)?;
    let mut sheet = Sheet::open(&mut workbook, &name, shown)?;
    let Some(first) = sheet.next_row()? else {
        let fault = Fault::input(format!("the sheet `{name}` is empty")).in_file(shown);
        return Err(fault.with_hint("choose another one with --sheet NAME"));
    };
    let layout = Layout::new(headers(&first), Some(first.line()), shown, spec, options)
        .map_err(|fault| with_other_sheets(fault, &names, options.sheet.as_deref()))?;
    let (mut rows, mut lines) = (Rows::new(&layout, Decimal::Point), Vec::new());
    while let Some(row) = sheet.next_row()? {
        rows.push(|place| row.cell(place)).map_err(|(place, problem)| {
            let column = format!("{} ({}{})", layout.header(place), letters(place), row.line());
            problem.fault(shown, &column, row.cell(place).shown().as_deref()).at_line(row.line())
        })?;
        lines.extend(std::iter::repeat_n(row.line(), rows.copies()));
    }
    if lines.is_empty() && !spec.bare {
        let fault =
            Fault::input("the table is empty: there is no row beneath the header").in_file(shown).at_line(first.line());
        return Err(fault.with_hint("a table needs at least one row of data"));
    }
    let numeric = rows.numeric_labels();
    let notes = if numeric.is_empty() { Vec::new() } else { vec![note::numeric_codes(shown, numeric)] };
    let count = lines.len();
    Ok(Parsed { table: Rows::table(vec![rows], lines_of(lines), spec, shown)?, rows: count, notes })
}

/// What a decoder makes of the workbook, or that it is damaged.
fn decoded<T>(decode: impl FnOnce() -> Result<T, XlsxError>, shown: &str) -> Result<T, Fault> {
    let message = match contained(decode) {
        Some(Ok(result)) => return Ok(result),
        Some(Err(error)) => format!("the workbook is damaged: {error}"),
        None => "the workbook is damaged".to_owned(),
    };
    Err(Fault::input(message).in_file(shown).with_hint("open it in a spreadsheet program and save it anew as .xlsx"))
}

/// The name of the sheet that is read.
fn sheet(names: &[String], wanted: Option<&str>, shown: &str) -> Result<String, Fault> {
    let found = match wanted {
        Some(wanted) => names.iter().find(|name| name.as_str() == wanted),
        None => names.first(),
    };
    found.cloned().ok_or_else(|| {
        let Some(wanted) = wanted else { return Fault::input("the workbook has no sheet").in_file(shown) };
        let message = format!("there is no sheet `{wanted}`; the sheets are {}", names.join(", "));
        let fault = Fault::option(message).in_file(shown);
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        match nearest(wanted, &known) {
            Some(near) => fault.with_hint(format!("did you mean --sheet '{near}'?")),
            None => fault.with_hint("leave out --sheet to read the first"),
        }
    })
}

/// A fault of the first sheet, where the table may stand on another one.
fn with_other_sheets(fault: Fault, names: &[String], wanted: Option<&str>) -> Fault {
    let [_, others @ ..] = names else { return fault };
    if wanted.is_some() || others.is_empty() {
        return fault;
    }
    let flags: Vec<String> = others.iter().map(|name| format!("--sheet '{name}'")).collect();
    let hint = fault.hint().map_or_else(String::new, |hint| format!("{hint}; "));
    fault.with_hint(format!("{hint}this is the first sheet, for another one: {}", flags.join(", ")))
}

/// The headers are the first row that has cells; its last cell ends the table.
fn headers(row: &Row<'_>) -> Vec<String> {
    let width = row.cells.iter().map(|(place, _)| place + 1).max().unwrap_or(0);
    let mut headers = vec![String::new(); width];
    for (place, _) in &row.cells {
        headers[*place] = row.cell(*place).shown().unwrap_or_default().trim().to_owned();
    }
    while headers.last().is_some_and(String::is_empty) {
        headers.pop();
    }
    headers
}

/// Cells of one row, by their place.
struct Row<'a> {
    row: u32,
    cells: Vec<(usize, DataRef<'a>)>,
}

impl Row<'_> {
    fn line(&self) -> u64 {
        u64::from(self.row) + 1
    }

    fn cell(&self, place: usize) -> Cell<'_> {
        // Cells come in the order of their columns; a file that breaks it is searched all the same.
        let found = match self.cells.binary_search_by_key(&place, |(place, _)| *place) {
            Ok(at) => self.cells.get(at),
            Err(_) => self.cells.iter().find(|(other, _)| *other == place),
        };
        match found.map(|(_, data)| data) {
            None | Some(DataRef::Empty) => Cell::Missing,
            Some(DataRef::Int(number)) => Cell::Whole(*number),
            Some(DataRef::Float(number)) => Cell::Number(*number),
            Some(DataRef::String(text)) => Cell::Text(text),
            Some(DataRef::SharedString(text)) => Cell::Text(text),
            Some(DataRef::Bool(_)) => Cell::Other("true or false"),
            Some(DataRef::DateTime(_) | DataRef::DateTimeIso(_)) => Cell::Other("a date"),
            Some(DataRef::DurationIso(_)) => Cell::Other("a duration"),
            Some(DataRef::Error(_)) => Cell::Other("the error of a formula"),
        }
    }

    fn is_blank(&self) -> bool {
        self.cells.iter().all(|(_, data)| match data {
            DataRef::Empty => true,
            DataRef::String(text) => text.trim().is_empty(),
            DataRef::SharedString(text) => text.trim().is_empty(),
            _ => false,
        })
    }
}

/// A sheet, cell by cell: a sheet may claim 17 thousand million cells of which three are filled.
struct Sheet<'a> {
    reader: XlsxCellReader<'a, Cursor<Bytes>>,
    /// The first cell of the next row.
    ahead: Option<(u32, usize, DataRef<'a>)>,
    shown: &'a str,
    begun: bool,
}

impl<'a> Sheet<'a> {
    fn open(workbook: &'a mut Xlsx<Cursor<Bytes>>, name: &str, shown: &'a str) -> Result<Self, Fault> {
        let reader = decoded(|| workbook.worksheet_cells_reader(name), shown)?;
        Ok(Self { reader, ahead: None, shown, begun: false })
    }

    fn next_cell(&mut self) -> Result<Option<(u32, usize, DataRef<'a>)>, Fault> {
        let cell = decoded(|| self.reader.next_cell(), self.shown)?;
        Ok(cell.map(|cell| {
            let (row, column) = cell.get_position();
            (row, column as usize, cell.get_value().clone())
        }))
    }

    /// The next row that has any content.
    fn next_row(&mut self) -> Result<Option<Row<'a>>, Fault> {
        if !self.begun {
            self.begun = true;
            self.ahead = self.next_cell()?;
        }
        while let Some((row, column, data)) = self.ahead.take() {
            let mut cells = vec![(column, data)];
            loop {
                match self.next_cell()? {
                    Some((same, column, data)) if same == row => cells.push((column, data)),
                    next => {
                        self.ahead = next;
                        break;
                    }
                }
            }
            let found = Row { row, cells };
            if !found.is_blank() {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}

/// The letters of a column: `A`, `Z`, `AA`.
fn letters(place: usize) -> String {
    let mut rest = place + 1;
    let mut letters = Vec::new();
    while rest > 0 {
        let digit = u8::try_from((rest - 1) % 26).expect("below 26");
        letters.push(char::from(b'A' + digit));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use distretto_core::{ColumnKind, Lines};
    use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

    fn spec() -> TableSpec {
        TableSpec::new("areas").need("region", ColumnKind::Label).need("employment", ColumnKind::Amount)
    }

    fn workbook(fill: impl FnOnce(&mut rust_xlsxwriter::Worksheet)) -> Bytes {
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet();
        sheet.write_row(0, 0, ["region", "employment"]).expect("written");
        fill(sheet);
        workbook.add_worksheet().set_name("Second").expect("named");
        workbook.save_to_buffer().expect("saved").into()
    }

    fn says(fill: impl FnOnce(&mut rust_xlsxwriter::Worksheet)) -> String {
        let fault = read(workbook(fill), "a.xlsx", &spec(), &ReadOptions::default()).expect_err("wrong");
        format!("{fault} | {}", fault.hint().unwrap_or_default())
    }

    #[test]
    fn numbers_text_and_gaps_are_read() {
        let bytes = workbook(|sheet| {
            sheet.write(1, 0, "01").expect("written");
            sheet.write(1, 1, 2.5).expect("written");
            sheet.write(3, 0, 1151).expect("written");
            sheet.write(3, 1, "10..20").expect("written");
            sheet.write(3, 5, "a remark").expect("written");
        });
        let Parsed { table, notes, .. } = read(bytes, "a.xlsx", &spec(), &ReadOptions::default()).expect("valid");
        assert_eq!(table.text("region").map(|text| text.labels()), Some(&["01".to_owned(), "1151".to_owned()][..]));
        assert_eq!(table.intervals("employment").map(|(low, high)| (low[1], high[1])), Some((10.0, 20.0)));
        assert_eq!(table.origin().map(|origin| origin.lines.clone()), Some(Lines::Each(vec![2, 4])));
        assert_eq!(notes.len(), 1);
    }

    #[test]
    fn faults_name_the_cell() {
        let says_cell = says(|sheet| {
            sheet.write(1, 0, "a").expect("written").write(1, 1, -3).expect("written");
        });
        assert!(
            says_cell.starts_with("a.xlsx, line 2, column employment (B2), value \"-3\": negative employment"),
            "{says_cell}"
        );
        let date = ExcelDateTime::from_ymd(2019, 1, 1).expect("a date");
        let format = Format::new().set_num_format("yyyy-mm-dd");
        let says_date = says(|sheet| {
            sheet.write(1, 0, "a").expect("written").write_with_format(1, 1, &date, &format).expect("written");
        });
        assert!(says_date.contains("employment is a date, not a number"), "{says_date}");
        assert!(says(|_| {}).contains("no row beneath"));
    }

    #[test]
    fn sheets_are_found_by_name() {
        let options = |name: &str| ReadOptions { sheet: Some(name.to_owned()), ..ReadOptions::default() };
        let fault = read(workbook(|_| {}), "a.xlsx", &spec(), &options("Secnd")).expect_err("no such sheet");
        assert_eq!(fault.hint(), Some("did you mean --sheet 'Second'?"));
        let fault = read(workbook(|_| {}), "a.xlsx", &spec(), &options("Second")).expect_err("empty");
        assert!(fault.to_string().contains("is empty"));
        let fault = read(Bytes::from_static(b"PK\x03\x04 no"), "a.xlsx", &spec(), &ReadOptions::default())
            .expect_err("damaged");
        assert!(fault.to_string().contains("damaged"), "{fault}");
    }

    #[test]
    fn columns_are_called_as_in_a_spreadsheet() {
        assert_eq!([0, 25, 26, 701, 702].map(letters), ["A", "Z", "AA", "ZZ", "AAA"]);
    }
}
