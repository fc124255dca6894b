//! One clear error: what is wrong with which datum, and what to do.

use crate::table::Table;
use serde::Serialize;
use std::fmt;

/// The family of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FaultKind {
    /// A file cannot be read or written.
    File,
    /// A value, row or column of an input is wrong.
    Input,
    /// An option has a value that is not allowed.
    Option,
    /// Options that cannot stand together, or a word that no option knows: the command line is wrong, status 2.
    Usage,
    /// The study file is wrong.
    Study,
    /// The input is right, but the result asked for does not exist.
    Result,
    /// The user stopped the run.
    Interrupted,
}

/// An error that points at the datum.
///
/// Every front prints it in the same way: the place, what is wrong with which value, what is allowed, then `hint:`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Fault(Box<Details>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Details {
    kind: FaultKind,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

impl Fault {
    /// A fault with its message; the place and the hint are added by the methods below.
    #[must_use]
    pub fn new(kind: FaultKind, message: impl Into<String>) -> Self {
        let message = message.into();
        Self(Box::new(Details { kind, message, file: None, line: None, column: None, value: None, hint: None }))
    }

    /// A wrong input.
    #[must_use]
    pub fn input(message: impl Into<String>) -> Self {
        Self::new(FaultKind::Input, message)
    }

    /// A wrong option.
    #[must_use]
    pub fn option(message: impl Into<String>) -> Self {
        Self::new(FaultKind::Option, message)
    }

    /// A wrong command line.
    #[must_use]
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(FaultKind::Usage, message)
    }

    /// A result that does not exist.
    #[must_use]
    pub fn result(message: impl Into<String>) -> Self {
        Self::new(FaultKind::Result, message)
    }

    /// Adds the file.
    #[must_use]
    pub fn in_file(mut self, file: impl Into<String>) -> Self {
        self.0.file = Some(file.into());
        self
    }

    /// Adds the line, counted from 1.
    #[must_use]
    pub fn at_line(mut self, line: u64) -> Self {
        self.0.line = Some(line);
        self
    }

    /// Adds the column: a header, or a position within the line.
    #[must_use]
    pub fn in_column(mut self, column: impl Into<String>) -> Self {
        self.0.column = Some(column.into());
        self
    }

    /// Adds the value that is wrong, as it stands in the file.
    #[must_use]
    pub fn with_value(mut self, value: impl Into<String>) -> Self {
        self.0.value = Some(value.into());
        self
    }

    /// Adds what to do.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Adds file, line and column of a row of an input table.
    #[must_use]
    pub fn at(mut self, table: &Table, row: usize, column: &str) -> Self {
        self.0.column = Some(column.to_owned());
        if let Some(origin) = table.origin() {
            self.0.file = Some(origin.path.clone());
            self.0.line = origin.lines.of(row);
            self.0.column = Some(origin.column(column).to_owned());
        }
        self
    }

    /// Adds the file of a table, when the fault is in no single row.
    #[must_use]
    pub fn in_table(mut self, table: &Table) -> Self {
        self.0.file = table.origin().map(|origin| origin.path.clone()).or(self.0.file);
        self
    }

    /// The family.
    #[must_use]
    pub fn kind(&self) -> FaultKind {
        self.0.kind
    }

    /// What is wrong.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What to do.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The file, when known.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        self.0.file.as_deref()
    }

    /// The line, when known.
    #[must_use]
    pub fn line(&self) -> Option<u64> {
        self.0.line
    }

    /// The column, when known.
    #[must_use]
    pub fn column(&self) -> Option<&str> {
        self.0.column.as_deref()
    }
}

impl fmt::Display for Fault {
    /// `areas.csv, line 3, column employment, value "-3": negative employment …`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut place = Vec::new();
        place.extend(self.0.file.clone());
        place.extend(self.0.line.map(|line| format!("line {line}")));
        place.extend(self.0.column.as_ref().map(|column| format!("column {column}")));
        place.extend(self.0.value.as_ref().map(|value| format!("value {value:?}")));
        if place.is_empty() {
            write!(f, "{}", self.0.message)
        } else {
            write!(f, "{}: {}", place.join(", "), self.0.message)
        }
    }
}

impl std::error::Error for Fault {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_names_its_place() {
        let fault = Fault::input("negative employment; it must be 0 or more")
            .in_file("areas.csv")
            .at_line(3)
            .in_column("jobs")
            .with_value("-3");
        let text = "areas.csv, line 3, column jobs, value \"-3\": negative employment; it must be 0 or more";
        assert_eq!(fault.to_string(), text);
    }
}
