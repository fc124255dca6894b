//! The rows of a file, cell by cell, into typed columns; shared by all readers.

use crate::column::{Cell, ColumnBuilder};
use crate::header::Layout;
use crate::number::Decimal;
use crate::problem::Problem;
use distretto_core::{Fault, Field, TableSpec};

/// Columns under construction.
#[derive(Debug)]
pub(crate) struct Rows<'a> {
    layout: &'a Layout,
    columns: Vec<ColumnBuilder>,
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

    /// The columns of all parts in the order of the specification.
    pub(crate) fn join(parts: Vec<Self>, spec: &TableSpec, shown: &str) -> Result<Vec<Field>, Fault> {
        let mut gathered: Vec<Vec<ColumnBuilder>> = Vec::new();
        for part in parts {
            gathered.resize_with(part.columns.len(), Vec::new);
            part.columns.into_iter().zip(&mut gathered).for_each(|(column, parts)| parts.push(column));
        }
        let mut fields = Vec::with_capacity(gathered.len());
        for parts in gathered {
            let name = parts.first().map(|part| part.name().to_owned()).unwrap_or_default();
            let values = ColumnBuilder::join(parts).map_err(|problem| problem.fault(shown, &name, None))?;
            fields.push(Field { name, values });
        }
        let order = |field: &Field| spec.columns.iter().position(|column| column.name == field.name);
        fields.sort_by_key(order);
        Ok(fields)
    }
}
