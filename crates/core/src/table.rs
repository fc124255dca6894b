//! A table of typed columns: what a reader hands to an engine, and an engine to a report.

use crate::text::Text;
use rustc_hash::FxHashSet;

/// The values of one column, one per row.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Labels.
    Text(Text),
    /// Numbers; NaN stands for a missing or non-existing value and is printed as `null`.
    Number(Vec<f64>),
    /// Numbers of which at least one is only known to lie between two ends (a suppressed cell `low..high`).
    Interval(Intervals),
    /// True, false or missing.
    Flag(Vec<Option<bool>>),
}

/// Numbers known exactly (`low == high`), as an interval (`low < high`), or missing (both NaN).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Intervals {
    /// Lower ends.
    pub low: Vec<f64>,
    /// Upper ends, one for each lower end.
    pub high: Vec<f64>,
}

impl Values {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Number(numbers) => numbers.len(),
            Self::Interval(intervals) => intervals.low.len(),
            Self::Flag(flags) => flags.len(),
        }
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values of the rows named, in that order.
    #[must_use]
    pub fn take(&self, rows: &[usize]) -> Self {
        let pick = |numbers: &[f64]| rows.iter().map(|&row| numbers[row]).collect::<Vec<_>>();
        match self {
            Self::Text(text) => Self::Text(text.take(rows)),
            Self::Number(numbers) => Self::Number(pick(numbers)),
            Self::Interval(both) => Self::Interval(Intervals { low: pick(&both.low), high: pick(&both.high) }),
            Self::Flag(flags) => Self::Flag(rows.iter().map(|&row| flags[row]).collect()),
        }
    }
}

/// A named column.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Name in `snake_case` for results, the standard name for inputs.
    pub name: String,
    /// One value per row.
    pub values: Values,
}

/// Where the rows of an input table stand in their file, so that an error can say so.
#[derive(Debug, Clone, PartialEq)]
pub struct Origin {
    /// The path as the user gave it.
    pub path: String,
    /// The line of each row.
    pub lines: Lines,
    /// Pairs of standard name and the name the column has in the file, where they differ.
    pub renamed: Vec<(String, String)>,
}

impl Origin {
    /// The name that a standard column has in the file.
    #[must_use]
    pub fn column<'a>(&'a self, standard: &'a str) -> &'a str {
        let found = self.renamed.iter().find(|(name, _)| name == standard);
        found.map_or(standard, |(_, actual)| actual)
    }

    /// Name of the file without its folder and its last ending: `trade` of `data/trade.csv`.
    #[must_use]
    pub fn stem(&self) -> &str {
        let name = self.path.rsplit(['/', '\\']).next().unwrap_or(&self.path);
        let whole = name.strip_suffix(".gz").unwrap_or(name);
        match whole.rfind('.') {
            Some(at) if at > 0 => &whole[..at],
            _ => whole,
        }
    }
}

/// The file line of each row of a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Lines {
    /// Row `i` stands in line `first + i`.
    From(u64),
    /// Row `i` stands in line `lines[i]`.
    Each(Vec<u64>),
    /// The file has no lines (Parquet, or the result of another analysis).
    None,
}

impl Lines {
    /// The line of a row, counted from 1.
    #[must_use]
    pub fn of(&self, row: usize) -> Option<u64> {
        match self {
            Self::From(first) => Some(first + row as u64),
            Self::Each(lines) => lines.get(row).copied(),
            Self::None => None,
        }
    }
}

/// What is wrong with the columns handed to [`Table::new`].
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TableError {
    /// Two columns have one name.
    #[error("two columns are called `{0}`")]
    DuplicateColumn(String),
    /// A column has another number of rows than the first.
    #[error("column `{name}` has {rows} rows, the first column has {expected}")]
    Length {
        /// The column.
        name: String,
        /// Its rows.
        rows: usize,
        /// Rows of the first column.
        expected: usize,
    },
}

/// Columns of equal length under distinct names.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    fields: Vec<Field>,
    origin: Option<Origin>,
}

impl Table {
    /// A table of these columns.
    ///
    /// # Errors
    /// When two columns share a name or differ in length.
    pub fn new(fields: Vec<Field>) -> Result<Self, TableError> {
        let expected = fields.first().map_or(0, |field| field.values.len());
        // A matrix has thousands of columns.
        let mut names = FxHashSet::default();
        for field in &fields {
            if !names.insert(field.name.as_str()) {
                return Err(TableError::DuplicateColumn(field.name.clone()));
            }
            let rows = field.values.len();
            if rows != expected {
                return Err(TableError::Length { name: field.name.clone(), rows, expected });
            }
        }
        Ok(Self { fields, origin: None })
    }

    /// An empty table, to be filled by [`with_text`](Self::with_text) and its sisters.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// Appends a column.
    ///
    /// # Panics
    /// When the name is taken or the length differs: results are built by our own code.
    #[must_use]
    pub fn with(mut self, name: &str, values: Values) -> Self {
        assert!(self.field(name).is_none(), "column `{name}` stands twice");
        assert!(self.fields.is_empty() || values.len() == self.rows(), "column `{name}` has another length");
        self.fields.push(Field { name: name.to_owned(), values });
        self
    }

    /// Appends a column of labels.
    #[must_use]
    pub fn with_text(self, name: &str, text: Text) -> Self {
        self.with(name, Values::Text(text))
    }

    /// Appends a column of numbers, NaN for `null`.
    #[must_use]
    pub fn with_numbers(self, name: &str, numbers: Vec<f64>) -> Self {
        self.with(name, Values::Number(numbers))
    }

    /// Appends a column of true, false or missing.
    #[must_use]
    pub fn with_flags(self, name: &str, flags: Vec<Option<bool>>) -> Self {
        self.with(name, Values::Flag(flags))
    }

    /// The same table, said to come from a file.
    #[must_use]
    pub fn from_file(mut self, origin: Origin) -> Self {
        self.origin = Some(origin);
        self
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.fields.first().map_or(0, |field| field.values.len())
    }

    /// The columns in order.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The column of that name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The labels of a column; `None` when it is absent or of another kind.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&Text> {
        match self.field(name).map(|field| &field.values) {
            Some(Values::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The numbers of a column; `None` when it is absent or of another kind.
    #[must_use]
    pub fn numbers(&self, name: &str) -> Option<&[f64]> {
        match self.field(name).map(|field| &field.values) {
            Some(Values::Number(numbers)) => Some(numbers),
            _ => None,
        }
    }

    /// The true and false of a column; `None` when it is absent or of another kind.
    #[must_use]
    pub fn flags(&self, name: &str) -> Option<&[Option<bool>]> {
        match self.field(name).map(|field| &field.values) {
            Some(Values::Flag(flags)) => Some(flags),
            _ => None,
        }
    }

    /// Lower and upper ends of a column of numbers, equal where the number is known.
    #[must_use]
    pub fn intervals(&self, name: &str) -> Option<(&[f64], &[f64])> {
        match self.field(name).map(|field| &field.values) {
            Some(Values::Number(numbers)) => Some((numbers, numbers)),
            Some(Values::Interval(both)) => Some((&both.low, &both.high)),
            _ => None,
        }
    }

    /// Where the rows stand in their file.
    #[must_use]
    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// The rows named, in that order.
    #[must_use]
    pub fn take(&self, rows: &[usize]) -> Self {
        let fields = self.fields.iter();
        let fields = fields.map(|f| Field { name: f.name.clone(), values: f.values.take(rows) }).collect();
        let origin = self.origin.clone().map(|origin| {
            let lines: Option<Vec<u64>> = rows.iter().map(|&row| origin.lines.of(row)).collect();
            Origin { lines: lines.map_or(Lines::None, Lines::Each), ..origin }
        });
        Self { fields, origin }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        Table::empty()
            .with_text("region", ["A", "B"].into_iter().map(Some).collect())
            .with_numbers("jobs", vec![1.0, f64::NAN])
    }

    #[test]
    fn columns_are_found_by_name_and_kind() {
        let table = table();
        assert_eq!(table.rows(), 2);
        assert_eq!(table.text("region").and_then(|t| t.get(1)), Some("B"));
        assert!(table.numbers("region").is_none());
        assert_eq!(table.intervals("jobs").map(|(low, _)| low[0]), Some(1.0));
    }

    #[test]
    fn unequal_or_repeated_columns_are_refused() {
        let jobs = |n: usize| Field { name: "jobs".into(), values: Values::Number(vec![0.0; n]) };
        assert_eq!(Table::new(vec![jobs(1), jobs(1)]), Err(TableError::DuplicateColumn("jobs".into())));
        let other = Field { name: "other".into(), values: Values::Number(vec![]) };
        assert!(matches!(Table::new(vec![jobs(1), other]), Err(TableError::Length { rows: 0, .. })));
    }

    #[test]
    fn a_stem_is_the_name_alone() {
        let origin = |path: &str| Origin { path: path.into(), lines: Lines::None, renamed: vec![] };
        let stems = ["a.csv", "d/x.y.csv", "e.csv.gz", ".hidden", "plain"].map(|path| origin(path).stem().to_owned());
        assert_eq!(stems, ["a", "x.y", "e", ".hidden", "plain"]);
    }

    #[test]
    fn taken_rows_keep_their_lines() {
        let origin = Origin { path: "a.csv".into(), lines: Lines::From(2), renamed: vec![] };
        let taken = table().from_file(origin).take(&[1]);
        assert_eq!(taken.origin().and_then(|o| o.lines.of(0)), Some(3));
    }
}
