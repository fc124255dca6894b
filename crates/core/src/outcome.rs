//! What every computation returns.

use crate::message::Message;
use crate::table::Table;
use serde_json::{Map, Value};

/// A single number or word of a summary.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// A number; NaN stands for one that does not exist and is printed as `null`.
    Number(f64),
    /// A word.
    Text(String),
    /// True or false.
    Flag(bool),
}

/// An input that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputRecord {
    /// Path as given.
    pub path: String,
    /// SHA-256 of the content, in hexadecimal.
    pub sha256: String,
    /// Rows read.
    pub rows: usize,
}

/// How a result came about. The engine fills `method` and `conventions`; the front that called it fills the rest.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Provenance {
    /// Version of the program.
    pub version: String,
    /// Seed of every random draw.
    pub seed: u64,
    /// The method and its source, in a phrase.
    pub method: String,
    /// Conventions on which tools differ, by name: which one was used.
    pub conventions: Map<String, Value>,
    /// All options, those left at their default included.
    pub options: Map<String, Value>,
    /// The inputs.
    pub inputs: Vec<InputRecord>,
}

/// The result of a command: scalars, tables, warnings, and how it came about.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Outcome {
    /// The two words of the command, `measure lq`.
    pub command: String,
    /// Scalars in order.
    pub summary: Vec<(String, Scalar)>,
    /// Tables in order; the first is the one printed when none is named.
    pub tables: Vec<(String, Table)>,
    /// What the reader must know before she uses the numbers.
    pub warnings: Vec<Message>,
    /// How it came about.
    pub provenance: Provenance,
}

impl Outcome {
    /// An empty outcome of a command, with the method in a phrase.
    #[must_use]
    pub fn new(command: &str, method: &str) -> Self {
        let provenance = Provenance { method: method.to_owned(), ..Provenance::default() };
        Self { command: command.to_owned(), provenance, ..Self::default() }
    }

    /// Adds a number to the summary; NaN is printed as `null` and wants a warning beside it.
    pub fn scalar(&mut self, name: &str, value: f64) -> &mut Self {
        self.summary.push((name.to_owned(), Scalar::Number(value)));
        self
    }

    /// Adds a word to the summary.
    pub fn word(&mut self, name: &str, value: &str) -> &mut Self {
        self.summary.push((name.to_owned(), Scalar::Text(value.to_owned())));
        self
    }

    /// Adds true or false to the summary.
    pub fn flag(&mut self, name: &str, value: bool) -> &mut Self {
        self.summary.push((name.to_owned(), Scalar::Flag(value)));
        self
    }

    /// Adds a table.
    pub fn add_table(&mut self, name: &str, table: Table) -> &mut Self {
        self.tables.push((name.to_owned(), table));
        self
    }

    /// Adds a warning.
    pub fn warn(&mut self, warning: Message) -> &mut Self {
        self.warnings.push(warning);
        self
    }

    /// Names a convention that was used.
    pub fn convention(&mut self, name: &str, value: impl Into<Value>) -> &mut Self {
        self.provenance.conventions.insert(name.to_owned(), value.into());
        self
    }

    /// The table of that name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|(table, _)| table == name).map(|(_, table)| table)
    }

    /// A number of the summary; `None` when there is none of that name or it does not exist.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<f64> {
        match self.summary.iter().find(|(scalar, _)| scalar == name) {
            Some((_, Scalar::Number(value))) if value.is_finite() => Some(*value),
            _ => None,
        }
    }
}
