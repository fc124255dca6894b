//! Square matrices of relations over the same actors.

use super::RelationError;
use distretto_core::{ColumnKind, Fault, Message, Table, TableSpec, Values};
use rustc_hash::{FxHashMap, FxHashSet};

/// Relative difference of two cells up to which a matrix is symmetric.
pub const SYMMETRY: f64 = 1e-9;

/// Actors below which there are few distinct permutations.
pub const FEW_ACTORS: usize = 4;

/// Relations between n actors: cell (i, j) is what i has to do with j.
#[derive(Debug, Clone, PartialEq)]
pub struct Relation {
    /// Name of the matrix: its file without folder and ending.
    pub name: String,
    /// Names of the actors, in the order of the rows of the first matrix.
    pub actors: Vec<String>,
    /// Cells row by row; NaN on the diagonal and where a cell is missing.
    pub cells: Vec<f64>,
    /// Pairs of which one cell was empty and takes the value of its mirror image; 0 when directed.
    pub mirrored: usize,
}

/// The columns wanted of a file that holds a matrix of relations.
#[must_use]
pub fn relation_columns(input: &str) -> TableSpec {
    TableSpec::new(input).matrix("row", &[]).and_others(ColumnKind::Number)
}

/// Reads matrices over the same actors, all in the order of the rows of the first.
///
/// # Errors
/// A matrix that is not square, has other labels than the first, or is not symmetric where ties have no direction.
pub fn read(tables: &[&Table], directed: bool) -> Result<Vec<Relation>, Fault> {
    let mut relations: Vec<Relation> = Vec::with_capacity(tables.len());
    for table in tables {
        let relation = Relation::of(table, relations.first(), directed).map_err(|error| match error {
            RelationError::DuplicateRow { row, .. } => Fault::from(error).at(table, row, "row"),
            error => Fault::from(error).in_table(table),
        })?;
        relations.push(relation);
    }
    Ok(relations)
}

impl Relation {
    /// The relation of a table, its actors in the order of those of `first`.
    ///
    /// # Errors
    /// See [`read`].
    pub fn of(table: &Table, first: Option<&Self>, directed: bool) -> Result<Self, RelationError> {
        let name = table.origin().map_or("matrix", |origin| origin.stem()).to_owned();
        let labels = table.text("row").filter(|labels| !labels.is_empty()).ok_or(RelationError::Empty)?;
        let mut rows: FxHashMap<&str, usize> = FxHashMap::default();
        let mut own = Vec::new();
        for (row, label) in labels.iter().enumerate() {
            let label = label.unwrap_or_default();
            if rows.insert(label, row).is_some() {
                return Err(RelationError::DuplicateRow { label: label.to_owned(), row });
            }
            own.push(label.to_owned());
        }
        let columns = columns(table, &own, &rows)?;
        let actors = match first {
            None => own,
            Some(first) => {
                same_labels(&name, &own, first)?;
                first.actors.clone()
            }
        };
        let n = actors.len();
        let mut cells = vec![f64::NAN; n * n];
        for (i, actor) in actors.iter().enumerate() {
            let row = rows[actor.as_str()];
            for (j, other) in actors.iter().enumerate().filter(|(j, _)| *j != i) {
                cells[i * n + j] = columns[other.as_str()][row];
            }
        }
        let mut relation = Self { name, actors, cells, mirrored: 0 };
        if !directed {
            relation.symmetric()?;
        }
        Ok(relation)
    }

    /// Number of actors.
    #[must_use]
    pub fn len(&self) -> usize {
        self.actors.len()
    }

    /// Whether there is no actor; never true of a matrix that was read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.actors.is_empty()
    }

    /// Both cells of every pair hold the same value, that of the upper triangle, or the one that is there.
    fn symmetric(&mut self) -> Result<(), RelationError> {
        let n = self.len();
        for i in 0..n {
            for j in i + 1..n {
                let (there, back) = (self.cells[i * n + j], self.cells[j * n + i]);
                // False where one of them is missing.
                if (there - back).abs() > SYMMETRY * there.abs().max(back.abs()) {
                    let (row, column) = (self.actors[i].clone(), self.actors[j].clone());
                    return Err(RelationError::NotSymmetric { row, column, there, back });
                }
                self.mirrored += usize::from(there.is_nan() != back.is_nan());
                let value = if there.is_nan() { back } else { there };
                (self.cells[i * n + j], self.cells[j * n + i]) = (value, value);
            }
        }
        Ok(())
    }
}

/// The columns of cells by label; every label of a row must name one, and every one must be the label of a row.
fn columns<'a>(
    table: &'a Table,
    own: &[String],
    rows: &FxHashMap<&str, usize>,
) -> Result<FxHashMap<&'a str, &'a [f64]>, RelationError> {
    let mut columns = FxHashMap::default();
    for field in table.fields().iter().filter(|field| field.name != "row") {
        if let Values::Number(cells) = &field.values {
            columns.insert(field.name.as_str(), &cells[..]);
        }
    }
    let wrong = |label: &str, stands, lacks| RelationError::NotSquare { label: label.to_owned(), stands, lacks };
    if let Some(label) = own.iter().find(|label| !columns.contains_key(label.as_str())) {
        return Err(wrong(label, "a row", "column"));
    }
    let mut headers = table.fields().iter().map(|field| field.name.as_str());
    if let Some(label) = headers.find(|name| columns.contains_key(name) && !rows.contains_key(name)) {
        return Err(wrong(label, "a column", "row"));
    }
    Ok(columns)
}

fn same_labels(name: &str, own: &[String], first: &Relation) -> Result<(), RelationError> {
    let other = |label: &str, one: &str, other: &str| {
        let (one, other) = (one.to_owned(), other.to_owned());
        RelationError::OtherLabels { label: label.to_owned(), one, other }
    };
    let known: FxHashSet<&str> = first.actors.iter().map(String::as_str).collect();
    if let Some(label) = own.iter().find(|label| !known.contains(label.as_str())) {
        return Err(other(label, name, &first.name));
    }
    let own: FxHashSet<&str> = own.iter().map(String::as_str).collect();
    match first.actors.iter().find(|label| !own.contains(label.as_str())) {
        Some(label) => Err(other(label, &first.name, name)),
        None => Ok(()),
    }
}

/// The pairs that no matrix lacks: which cells, and how many pairs they are.
#[derive(Debug, Clone, PartialEq)]
pub struct Pairs {
    /// Number of actors.
    pub n: usize,
    /// Whether (i, j) and (j, i) are two pairs.
    pub directed: bool,
    /// Row by row, whether a cell holds a pair: i ≠ j when directed, i < j else.
    pub inside: Vec<bool>,
    /// Number of pairs.
    pub count: usize,
}

impl Pairs {
    /// The pairs that are in all of these matrices.
    #[must_use]
    pub fn of(relations: &[Relation], directed: bool) -> Self {
        let n = relations.first().map_or(0, Relation::len);
        let wanted = |cell: usize| if directed { cell / n != cell % n } else { cell / n < cell % n };
        let there = |cell: usize| relations.iter().all(|relation| !relation.cells[cell].is_nan());
        let inside: Vec<bool> = (0..n * n).map(|cell| wanted(cell) && there(cell)).collect();
        let count = inside.iter().filter(|inside| **inside).count();
        Self { n, directed, inside, count }
    }

    /// Whether no pair is missing.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let all = self.n * self.n.saturating_sub(1);
        self.count == if self.directed { all } else { all / 2 }
    }

    /// Cells of the pairs, row by row.
    pub fn cells(&self) -> impl Iterator<Item = usize> + '_ {
        self.inside.iter().enumerate().filter(|(_, inside)| **inside).map(|(cell, _)| cell)
    }

    /// The values of a matrix in the order of [`cells`](Self::cells).
    #[must_use]
    pub fn values(&self, relation: &Relation) -> Vec<f64> {
        self.cells().map(|cell| relation.cells[cell]).collect()
    }

    /// Values of the pairs as a matrix, 0 elsewhere.
    #[must_use]
    pub fn spread(&self, values: &[f64]) -> Vec<f64> {
        let mut matrix = vec![0.0; self.n * self.n];
        self.cells().zip(values).for_each(|(cell, value)| matrix[cell] = *value);
        matrix
    }
}

/// What the reader must know about the matrices.
#[must_use]
pub fn warnings(relations: &[Relation], pairs: &Pairs) -> Vec<Message> {
    let mut said = Vec::new();
    let mirrored: usize = relations.iter().map(|relation| relation.mirrored).sum();
    if mirrored > 0 {
        said.push(Message::new("link.relations.mirrored").count("count", mirrored));
    }
    if !pairs.is_whole() {
        let all = pairs.n * (pairs.n - 1) / if pairs.directed { 1 } else { 2 };
        said.push(Message::new("link.relations.missing-pairs").count("count", all - pairs.count));
    }
    if pairs.n < FEW_ACTORS {
        said.push(Message::new("link.relations.few-actors").count("actors", pairs.n));
    }
    said
}

/// Matrices for the tests of this chapter.
#[cfg(test)]
pub(crate) mod fixtures {
    use super::Relation;

    /// A relation of actors 0, 1, … from cells row by row; the diagonal is left out.
    pub(crate) fn relation(name: &str, cells: &[f64]) -> Relation {
        let n = cells.len().isqrt();
        let cells = cells.iter().enumerate().map(|(cell, value)| if cell / n == cell % n { f64::NAN } else { *value });
        Relation {
            name: name.to_owned(),
            actors: (0..n).map(|i| i.to_string()).collect(),
            cells: cells.collect(),
            mirrored: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::fixtures::sheet;

    const NO: f64 = f64::NAN;

    #[test]
    fn the_order_of_the_first_holds_for_all() {
        let a = sheet(&["x", "y", "z"], &[("x", &[9.0, 1.0, 2.0]), ("y", &[3.0, 9.0, 4.0]), ("z", &[5.0, 6.0, 9.0])]);
        let b = sheet(&["z", "y", "x"], &[("y", &[4.0, 9.0, 3.0]), ("x", &[2.0, 1.0, 9.0]), ("z", &[9.0, 6.0, 5.0])]);
        let read = read(&[&a, &b], true).unwrap();
        assert_eq!(read[0].cells[1..3], [1.0, 2.0]);
        let same = |i: usize| read[0].cells[i].to_bits() == read[1].cells[i].to_bits();
        assert!((0..9).all(same), "{read:?}");
        assert_eq!(Pairs::of(&read, true).count, 6);
    }

    #[test]
    fn a_triangle_is_a_symmetric_matrix() {
        let a = sheet(&["x", "y", "z"], &[("x", &[0.0, 1.0, 2.0]), ("y", &[NO, 0.0, NO]), ("z", &[NO, NO, 0.0])]);
        let read = read(&[&a], false).unwrap();
        assert_eq!((read[0].cells[3], read[0].mirrored), (1.0, 2));
        let pairs = Pairs::of(&read, false);
        assert_eq!((pairs.count, pairs.is_whole()), (2, false));
    }

    #[test]
    fn other_labels_and_asymmetry_are_told() {
        let says = |tables: &[&Table], directed: bool, part: &str| {
            let told = read(tables, directed).unwrap_err().to_string();
            assert!(told.contains(part), "{told}");
        };
        let a = sheet(&["x", "y"], &[("x", &[0.0, 1.0]), ("y", &[1.5, 0.0])]);
        says(&[&a], false, "not symmetric: 1 from `x` to `y`, 1.5 from `y` to `x`");
        let b = sheet(&["x", "z"], &[("x", &[0.0, 1.0]), ("z", &[1.0, 0.0])]);
        says(&[&a, &b], true, "`z` stands in");
        let c = sheet(&["x", "z"], &[("x", &[0.0, 1.0]), ("y", &[1.0, 0.0])]);
        says(&[&c], true, "`y` names a row, but no column");
        let d = sheet(&["x", "y"], &[("x", &[0.0, 1.0])]);
        says(&[&d], true, "`y` names a column, but no row");
        let e = sheet(&["x"], &[("x", &[0.0]), ("x", &[0.0])]);
        says(&[&e], true, "duplicate row `x`");
    }
}
