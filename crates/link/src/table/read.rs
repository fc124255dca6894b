//! From rows and columns of a file to sectors, final demand and primary inputs.

use super::error::OutputFrom;
use super::labels::{Line, Part, Totals, alike, is_total, spelled};
use super::options::TotalsAre;
use super::{BALANCE_TOLERANCE, DemandColumn, FlowError, Flows, IoTable, PrimaryRow, RESERVED, Solver, TableOptions};
use crate::system::{MIN_SPARSE, SPARSE_DENSITY, SparseMatrix};
use crate::words::{cells_named, named, where_true};
use distretto_core::{Message, Table, Values};
use distretto_numerics::Matrix;
use rustc_hash::{FxHashMap, FxHashSet};

/// Rows and columns up to which totals are looked for: published tables have fewer.
const PUBLISHED: usize = 2000;

/// What a label of the file stands for.
struct Names<'a> {
    renamed: &'a [(String, String)],
}

impl Names<'_> {
    /// The standard name of a label, when it has one; a standard name given to another label is an ordinary one.
    fn standard(&self, label: &str) -> Option<&'static str> {
        if let Some((standard, _)) = self.renamed.iter().find(|(_, name)| name == label) {
            return RESERVED.iter().copied().find(|reserved| reserved == standard);
        }
        let taken = self.renamed.iter().any(|(standard, _)| standard == label);
        RESERVED.iter().copied().find(|reserved| *reserved == label && !taken)
    }

    fn called(&self, label: &str) -> String {
        self.standard(label).unwrap_or(label).to_owned()
    }
}

/// A column of the file that is not dropped.
struct Column<'a> {
    label: &'a str,
    cells: &'a [f64],
}

/// Rows of the file by label.
struct Sheet<'a> {
    names: Names<'a>,
    rows: Vec<(&'a str, usize)>,
    columns: Vec<Column<'a>>,
}

pub(super) fn read(table: &Table, options: &TableOptions) -> Result<IoTable, FlowError> {
    let sheet = Sheet::new(table, options)?;
    let columns: FxHashMap<&str, usize> =
        sheet.columns.iter().enumerate().map(|(c, column)| (column.label, c)).collect();
    let sector_of = |label: &str| sheet.names.standard(label).is_none() && columns.contains_key(label);
    let (sectors, others): (Vec<_>, Vec<_>) = sheet.rows.iter().copied().partition(|(label, _)| sector_of(label));
    if sectors.is_empty() {
        return Err(FlowError::NoSector);
    }
    let satellite = |label: &str| options.satellite.iter().any(|name| name == label);
    if let Some(name) = options.satellite.iter().find(|&name| !others.iter().any(|(label, _)| label == name)) {
        return Err(FlowError::UnknownName { option: "satellite", name: name.clone(), what: "row" });
    }
    let rows: Vec<usize> = sectors.iter().map(|(_, row)| *row).collect();
    let places: Vec<usize> = sectors.iter().map(|(label, _)| columns[label]).collect();
    let mut empty = Vec::new();
    let flows = flows(&sheet, &sectors, &places, options.solver, &mut empty);
    let inside: FxHashSet<usize> = places.iter().copied().collect();
    let outside: Vec<usize> = (0..sheet.columns.len()).filter(|c| !inside.contains(c)).collect();
    let mut output_column = None;
    let mut demand = Vec::new();
    for &c in &outside {
        let column = &sheet.columns[c];
        match sheet.names.standard(column.label) {
            Some("output") => output_column = Some(rows.iter().map(|&row| column.cells[row]).collect::<Vec<f64>>()),
            standard if !options.coefficients => {
                let mut values: Vec<f64> = sectors
                    .iter()
                    .map(|(label, row)| counted(column.cells[*row], label, column.label, &mut empty))
                    .collect();
                // Imports entered as what they are lower final demand; entered negative, they do already.
                if standard == Some("imports") && values.iter().sum::<f64>() > 0.0 {
                    values.iter_mut().for_each(|value| *value = -*value);
                }
                demand.push((c, DemandColumn { name: sheet.names.called(column.label), values }));
            }
            _ => {}
        }
    }
    let (mut primary, mut output_row) = (Vec::new(), None);
    for (label, row) in others {
        if sheet.names.standard(label) == Some("output") {
            output_row = Some(places.iter().map(|&c| sheet.columns[c].cells[row]).collect::<Vec<f64>>());
            continue;
        }
        let name = sheet.names.called(label);
        let money = name != "employment" && !satellite(label);
        let paid = demand.iter().map(|(c, _)| sheet.columns[*c].cells[row]);
        let demand = paid.map(|cell| if cell.is_nan() { 0.0 } else { cell }).collect();
        let cell = |&c: &usize| counted(sheet.columns[c].cells[row], label, sheet.columns[c].label, &mut empty);
        let values = places.iter().map(cell).collect();
        primary.push(PrimaryRow { values, name, demand, money });
    }
    let mut io = IoTable {
        sectors: sectors.iter().map(|(label, _)| (*label).to_owned()).collect(),
        flows,
        output: Vec::new(),
        demand: demand.into_iter().map(|(_, column)| column).collect(),
        primary,
        coefficients: options.coefficients,
        notes: Vec::new(),
    };
    if !empty.is_empty() {
        io.notes.push(cells_named(
            "link.table.empty-cells",
            empty.len(),
            empty.iter().map(|&(row, column)| (row, column, None)),
        ));
    }
    io.notes.extend(look(&sheet, &sectors, &places, options)?);
    if !io.coefficients {
        io.output = output(&mut io, output_column, output_row)?;
    }
    Ok(io)
}

impl<'a> Sheet<'a> {
    fn new(table: &'a Table, options: &TableOptions) -> Result<Self, FlowError> {
        let labels = table.text("row").filter(|text| !text.is_empty()).ok_or(FlowError::Empty)?;
        let renamed = table.origin().map_or(&[][..], |origin| &origin.renamed);
        let mut rows = Vec::new();
        let mut seen = FxHashSet::default();
        for (row, label) in labels.iter().enumerate() {
            let label = label.unwrap_or_default();
            if !seen.insert(label) {
                return Err(FlowError::DuplicateRow { label: label.to_owned(), row });
            }
            rows.push((label, row));
        }
        let mut columns = Vec::new();
        for field in table.fields().iter().filter(|field| field.name != "row") {
            if let Values::Number(cells) = &field.values {
                columns.push(Column { label: &field.name, cells });
            }
        }
        let known = |name: &str| seen.contains(name) || columns.iter().any(|column| column.label == name);
        if let Some(name) = options.drop.iter().find(|name| !known(name)) {
            return Err(FlowError::UnknownName { option: "drop", name: name.clone(), what: "row or column" });
        }
        if let Some((_, name)) = renamed.iter().find(|(_, name)| !known(name)) {
            return Err(FlowError::UnknownName { option: "col", name: name.clone(), what: "row or column" });
        }
        let dropped: FxHashSet<&str> = options.drop.iter().map(String::as_str).collect();
        rows.retain(|(label, _)| !dropped.contains(label));
        columns.retain(|column| !dropped.contains(column.label));
        Ok(Self { names: Names { renamed }, rows, columns })
    }
}

/// Empty cells that count as zero: row and column.
type Empty<'a> = Vec<(&'a str, &'a str)>;

/// A cell that counts as zero when it is empty.
fn counted<'a>(cell: f64, row: &'a str, column: &'a str, empty: &mut Empty<'a>) -> f64 {
    if cell.is_nan() {
        empty.push((row, column));
        return 0.0;
    }
    cell
}

/// What is likely not meant as it is read: totals, labels in two spellings.
fn look(
    sheet: &Sheet<'_>,
    sectors: &[(&str, usize)],
    places: &[usize],
    options: &TableOptions,
) -> Result<Vec<Message>, FlowError> {
    let sector: FxHashSet<&str> = sectors.iter().map(|(label, _)| *label).collect();
    let alone = |label: &&str| !sector.contains(label) && sheet.names.standard(label).is_none();
    let rows: Vec<&str> = sheet.rows.iter().map(|(label, _)| *label).filter(alone).collect();
    let rows: Vec<&str> = rows.into_iter().filter(|row| !options.satellite.iter().any(|name| name == row)).collect();
    let columns: Vec<&str> = sheet.columns.iter().map(|column| column.label).filter(alone).collect();
    let mut said = alike(&rows, &columns)?;
    if options.coefficients {
        return Ok(said);
    }
    let small = sheet.rows.len().max(sheet.columns.len()) <= PUBLISHED;
    let totals = if small { totals(sheet, sectors, places, options) } else { Totals::default() };
    // Of an audit the totals are a result.
    let sums = match options.totals {
        TotalsAre::Refused => totals.judged()?,
        TotalsAre::Told => totals.told(),
    };
    said.extend(sums);
    said.extend(spelled(&rows, &columns));
    Ok(said)
}

/// Rows and columns that are the sum of those before them.
fn totals(sheet: &Sheet<'_>, sectors: &[(&str, usize)], places: &[usize], options: &TableOptions) -> Totals {
    let part = |label: &str| match sheet.names.standard(label) {
        Some("output" | "employment" | "value_added") => Part::Apart,
        Some(_) => Part::Known,
        None if options.satellite.iter().any(|name| name == label) => Part::Apart,
        None => Part::Unknown,
    };
    let filled = |cell: f64| if cell.is_nan() { 0.0 } else { cell };
    let down: Vec<usize> = sectors.iter().filter(|(label, _)| !is_total(label)).map(|(_, row)| *row).collect();
    let across: Vec<usize> = places.iter().copied().filter(|&c| !is_total(sheet.columns[c].label)).collect();
    let columns: Vec<Line<'_>> = sheet
        .columns
        .iter()
        .map(|column| Line {
            label: column.label,
            part: part(column.label),
            cells: down.iter().map(|&row| filled(column.cells[row])).collect(),
        })
        .collect();
    let cells = |row: usize| across.iter().map(|&c| filled(sheet.columns[c].cells[row])).collect();
    let line = |&(label, row)| Line { label, part: part(label), cells: cells(row) };
    let rows: Vec<Line<'_>> = sheet.rows.iter().map(line).collect();
    Totals::among(&rows).and(Totals::among(&columns))
}

fn flows<'a>(
    sheet: &Sheet<'a>,
    sectors: &[(&'a str, usize)],
    places: &[usize],
    solver: Solver,
    empty: &mut Empty<'a>,
) -> Flows {
    let n = sectors.len();
    let rows: Vec<usize> = sectors.iter().map(|(_, row)| *row).collect();
    let column = |j: usize| &sheet.columns[places[j]].cells;
    let filled = |j: usize| rows.iter().filter(|&&row| column(j)[row] != 0.0 && !column(j)[row].is_nan()).count();
    let sparse = match solver {
        Solver::Direct => false,
        Solver::Iterative => true,
        Solver::Auto => {
            n > MIN_SPARSE && ((0..n).map(filled).sum::<usize>() as f64) < SPARSE_DENSITY * (n as f64) * (n as f64)
        }
    };
    if sparse {
        // Rows that stand one after the other, as they do, are read as one stretch.
        let cells = (0..n).flat_map(|j| rows.iter().enumerate().map(move |(i, &row)| (i, j, column(j)[row])));
        let mut kept = Vec::new();
        for (i, j, cell) in cells {
            let cell = counted(cell, sectors[i].0, sheet.columns[places[j]].label, empty);
            if cell != 0.0 {
                kept.push((i as u32, j as u32, cell));
            }
        }
        return Flows::Sparse(SparseMatrix::from_columns(n, &kept));
    }
    Flows::Dense(Matrix::from_fn(n, n, |i, j| {
        counted(column(j)[rows[i]], sectors[i].0, sheet.columns[places[j]].label, empty)
    }))
}

/// The primary rows that a column total is made of: money, with `value_added` in place of its parts.
pub(super) fn balancing(primary: &[PrimaryRow]) -> Vec<&PrimaryRow> {
    let whole = primary.iter().any(|row| row.name == "value_added");
    let part = |row: &&PrimaryRow| whole && ["compensation", "taxes", "surplus"].contains(&row.name.as_str());
    primary.iter().filter(|row| row.money && !part(row)).collect()
}

/// Gross output: the first that exists of column, row, sales, purchases.
fn output(io: &mut IoTable, column: Option<Vec<f64>>, row: Option<Vec<f64>>) -> Result<Vec<f64>, FlowError> {
    if let (Some(column), Some(row)) = (&column, &row) {
        let apart = |i: usize| (column[i] - row[i]).abs() > BALANCE_TOLERANCE * column[i].abs();
        let apart = where_true(&io.sectors, apart);
        if !apart.is_empty() {
            io.notes.push(named("link.table.two-outputs", &apart));
        }
    }
    let from = [(column, OutputFrom::Column), (row, OutputFrom::Row)];
    let given = from.into_iter().find_map(|(values, from)| Some((values?, from)));
    let formed = || io.row_totals().or_else(|| io.column_totals()).map(|values| (values, OutputFrom::Sums));
    let (output, from) = given.or_else(formed).ok_or(FlowError::NoOutput)?;
    match output.iter().position(|x| *x < 0.0 || x.is_nan()) {
        Some(j) => Err(FlowError::WrongOutput { sector: io.sectors[j].clone(), value: output[j], from }),
        None => Ok(output),
    }
}
