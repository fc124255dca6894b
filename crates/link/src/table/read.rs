//! From rows and columns of a file to sectors, final demand and primary inputs.

use super::{DemandColumn, FlowError, Flows, IoTable, PrimaryRow, RESERVED, Solver, TableOptions};
use crate::system::{MIN_SPARSE, SPARSE_DENSITY, SparseMatrix};
use distretto_core::{Message, Table, Values};
use distretto_numerics::Matrix;
use rustc_hash::{FxHashMap, FxHashSet};

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
    let mut empty = 0;
    let flows = flows(&sheet, &rows, &places, options.solver, &mut empty);
    let inside: FxHashSet<usize> = places.iter().copied().collect();
    let outside: Vec<usize> = (0..sheet.columns.len()).filter(|c| !inside.contains(c)).collect();
    let mut output_column = None;
    let mut demand = Vec::new();
    for &c in &outside {
        let column = &sheet.columns[c];
        match sheet.names.standard(column.label) {
            Some("output") => output_column = Some(rows.iter().map(|&row| column.cells[row]).collect::<Vec<f64>>()),
            standard if !options.coefficients => {
                let mut values: Vec<f64> = rows.iter().map(|&row| counted(column.cells[row], &mut empty)).collect();
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
        let cells = |empty: &mut usize| places.iter().map(|&c| counted(sheet.columns[c].cells[row], empty)).collect();
        if sheet.names.standard(label) == Some("output") {
            output_row = Some(places.iter().map(|&c| sheet.columns[c].cells[row]).collect::<Vec<f64>>());
            continue;
        }
        let name = sheet.names.called(label);
        let money = name != "employment" && !satellite(label);
        let paid = demand.iter().map(|(c, _)| sheet.columns[*c].cells[row]);
        let demand = paid.map(|cell| if cell.is_nan() { 0.0 } else { cell }).collect();
        primary.push(PrimaryRow { values: cells(&mut empty), name, demand, money });
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
    if empty > 0 {
        io.notes.push(Message::new("link.table.empty-cells").count("count", empty));
    }
    if !io.coefficients {
        io.output = output(&io, output_column, output_row)?;
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

/// A cell that counts as zero when it is empty.
fn counted(cell: f64, empty: &mut usize) -> f64 {
    if cell.is_nan() {
        *empty += 1;
        return 0.0;
    }
    cell
}

fn flows(sheet: &Sheet<'_>, rows: &[usize], places: &[usize], solver: Solver, empty: &mut usize) -> Flows {
    let n = rows.len();
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
            let cell = counted(cell, empty);
            if cell != 0.0 {
                kept.push((i as u32, j as u32, cell));
            }
        }
        return Flows::Sparse(SparseMatrix::from_columns(n, &kept));
    }
    Flows::Dense(Matrix::from_fn(n, n, |i, j| counted(column(j)[rows[i]], empty)))
}

/// The primary rows that a column total is made of: money, with `value_added` in place of its parts.
pub(super) fn balancing(primary: &[PrimaryRow]) -> Vec<&PrimaryRow> {
    let whole = primary.iter().any(|row| row.name == "value_added");
    let part = |row: &&PrimaryRow| whole && ["compensation", "taxes", "surplus"].contains(&row.name.as_str());
    primary.iter().filter(|row| row.money && !part(row)).collect()
}

/// Gross output: the first that exists of column, row, sales, purchases.
fn output(io: &IoTable, column: Option<Vec<f64>>, row: Option<Vec<f64>>) -> Result<Vec<f64>, FlowError> {
    let output = column.or(row).or_else(|| io.row_totals()).or_else(|| io.column_totals());
    let output = output.ok_or(FlowError::NoOutput)?;
    match output.iter().position(|x| *x < 0.0 || x.is_nan()) {
        Some(j) => Err(FlowError::WrongOutput { sector: io.sectors[j].clone(), value: output[j] }),
        None => Ok(output),
    }
}
