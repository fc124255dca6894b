//! The rows of a file, cell by cell, into typed columns; shared by all readers.

use crate::column::{Cell, ColumnBuilder};
use crate::header::Layout;
use crate::number::Decimal;
use crate::problem::Problem;
use distretto_core::{Fault, Field, Lines, Origin, Table, TableSpec};
use rayon::prelude::*;

/// Columns under construction.
#[derive(Debug)]
pub(crate) struct Rows<'a> {
    layout: &'a Layout,
    columns: Vec<ColumnBuilder>,
}

/// Rows of a table that a file may claim without holding them, say by run lengths; beyond it, every row must be backed
/// by bytes.
pub(crate) const FREE_ROWS: u64 = 50_000_000;

/// The lines of rows; consecutive ones need no list.
pub(crate) fn lines_of(each: Vec<u64>) -> Lines {
    match each.first() {
        Some(&first) if each.iter().zip(first..).all(|(&line, expected)| line == expected) => Lines::From(first),
        _ => Lines::Each(each),
    }
}

/// The column of the file in which a cell is wrong, and what is wrong with it.
pub(crate) type WrongCell = (usize, Problem);

impl<'a> Rows<'a> {
    pub(crate) fn new(layout: &'a Layout, decimal: Decimal) -> Self {
        let wide = layout.wide.iter().flat_map(|wide| [&wide.key, &wide.value]);
        let columns = layout.taken.iter().map(|taken| &taken.column).chain(wide);
        Self { layout, columns: columns.map(|column| ColumnBuilder::new(column, decimal)).collect() }
    }

    pub(crate) fn layout(&self) -> &'a Layout {
        self.layout
    }

    /// Adds a row of the file: one row of the table, or one for each column of a wide table.
    pub(crate) fn push<'c>(&mut self, cell: impl Fn(usize) -> Cell<'c>) -> Result<(), WrongCell> {
        let Some(wide) = &self.layout.wide else {
            for (taken, column) in self.layout.taken.iter().zip(&mut self.columns) {
                column.push(cell(taken.place)).map_err(|problem| (taken.place, problem))?;
            }
            return Ok(());
        };
        let (kept, keyed) = self.columns.split_at_mut(self.layout.taken.len());
        let [key, value] = keyed else { return Ok(()) };
        for &place in &wide.places {
            for (taken, column) in self.layout.taken.iter().zip(kept.iter_mut()) {
                column.push(cell(taken.place)).map_err(|problem| (taken.place, problem))?;
            }
            key.push(Cell::Text(&self.layout.headers[place])).map_err(|problem| (place, problem))?;
            value.push(cell(place)).map_err(|problem| (place, problem))?;
        }
        Ok(())
    }

    /// Names of columns in which a number stood where a label was wanted.
    pub(crate) fn numeric_labels(&self) -> Vec<String> {
        self.columns.iter().filter(|column| column.has_numeric_label()).map(|column| column.name().to_owned()).collect()
    }

    /// How many rows of the table a row of the file makes.
    pub(crate) fn copies(&self) -> usize {
        self.layout.wide.as_ref().map_or(1, |wide| wide.places.len())
    }

    /// The table that all parts make, its columns in the order of the specification.
    pub(crate) fn table(parts: Vec<Self>, lines: Lines, spec: &TableSpec, shown: &str) -> Result<Table, Fault> {
        let Some(layout) = parts.first().map(|part| part.layout) else { return Ok(Table::empty()) };
        let mut gathered: Vec<Vec<ColumnBuilder>> = Vec::new();
        for part in parts {
            gathered.resize_with(part.columns.len(), Vec::new);
            part.columns.into_iter().zip(&mut gathered).for_each(|(column, parts)| parts.push(column));
        }
        let join = |parts: Vec<ColumnBuilder>| {
            let name = parts.first().map(|part| part.name().to_owned()).unwrap_or_default();
            let values = ColumnBuilder::join(parts).map_err(|problem| problem.fault(shown, &name, None))?;
            Ok(Field { name, values })
        };
        let mut fields = gathered.into_par_iter().map(join).collect::<Result<Vec<_>, Fault>>()?;
        // Columns that stand in no specification follow in the order of the file.
        let order = |field: &Field| spec.columns.iter().position(|column| column.name == field.name);
        fields.sort_by_key(|field| order(field).unwrap_or(usize::MAX));
        let table = Table::new(fields).map_err(|error| Fault::input(error.to_string()).in_file(shown))?;
        Ok(table.from_file(Origin { path: shown.to_owned(), lines, renamed: layout.renamed.clone() }))
    }
}
