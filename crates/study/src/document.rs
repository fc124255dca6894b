//! A TOML document that knows where each of its values stands, so that every fault can point there.

use distretto_core::{Fault, FaultKind};
use serde_json::{Map, Number, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One step from a table or list to a value within.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step<'a> {
    /// To the value of a key.
    Key(&'a str),
    /// To an item of a list.
    Item(usize),
}

impl<'a> From<&'a str> for Step<'a> {
    fn from(key: &'a str) -> Self {
        Self::Key(key)
    }
}

impl From<usize> for Step<'_> {
    fn from(item: usize) -> Self {
        Self::Item(item)
    }
}

/// A path into a document: `at!["analysis", 0, "id"]`.
macro_rules! at {
    ($($step:expr),* $(,)?) => { &[$($crate::document::Step::from($step)),*][..] };
}
pub(crate) use at;

/// A study file: its path as given, its text and its values with their places.
#[derive(Debug)]
pub(crate) struct Document<'t> {
    shown: &'t str,
    text: &'t str,
    root: Spanned<DeTable<'t>>,
}

impl<'t> Document<'t> {
    /// Reads the text of a file.
    ///
    /// # Errors
    /// Every mistake in the TOML, with its place.
    pub(crate) fn read(shown: &'t str, text: &'t str) -> Result<Self, Vec<Fault>> {
        let (root, mut errors) = DeTable::parse_recoverable(text);
        errors.sort_by_key(|error| error.span().map_or(0, |span| span.start));
        let document = Self { shown, text, root };
        if errors.is_empty() {
            return Ok(document);
        }
        let fault = |error: &toml::de::Error| {
            let message = format!("this is not TOML: {}", error.message().replace('\n', ", "));
            let start = error.span().map_or(0, |span| span.start);
            document.fault_at(start, &message).with_hint(line_of(text, start))
        };
        Err(errors.iter().map(fault).collect())
    }

    /// The root table.
    pub(crate) fn root(&self) -> &DeTable<'t> {
        self.root.get_ref()
    }

    /// A fault at a place in the text.
    pub(crate) fn fault_at(&self, offset: usize, message: &str) -> Fault {
        let (line, column) = line_and_column(self.text, offset);
        let fault = Fault::new(FaultKind::Study, message).in_file(self.shown);
        fault.at_line(line).in_column(column.to_string())
    }

    /// A fault at the value that a path leads to, or as near as the document goes.
    pub(crate) fn fault(&self, path: &[Step<'_>], message: impl AsRef<str>) -> Fault {
        self.fault_at(self.offset(path), message.as_ref())
    }

    /// A fault at the key that a path ends with.
    pub(crate) fn fault_at_key(&self, path: &[Step<'_>], message: impl AsRef<str>) -> Fault {
        self.fault_at(self.key_offset(path).unwrap_or_else(|| self.offset(path)), message.as_ref())
    }

    /// File, line and column of the value that a path leads to, put on a fault that has no file of its own.
    pub(crate) fn place(&self, path: &[Step<'_>], fault: Fault) -> Fault {
        let (line, column) = line_and_column(self.text, self.offset(path));
        fault.in_file(self.shown).at_line(line).in_column(column.to_string())
    }

    fn offset(&self, path: &[Step<'_>]) -> usize {
        let mut offset = 0;
        let mut here: Option<&DeValue<'_>> = None;
        for (depth, step) in path.iter().enumerate() {
            let next = match (step, here) {
                (Step::Key(key), None) if depth == 0 => value_of(self.root(), key),
                (Step::Key(key), Some(DeValue::Table(table))) => value_of(table, key),
                (Step::Item(item), Some(DeValue::Array(items))) => items.get(*item),
                _ => None,
            };
            let Some(next) = next else { break };
            offset = next.span().start;
            here = Some(next.get_ref());
        }
        offset
    }

    fn key_offset(&self, path: &[Step<'_>]) -> Option<usize> {
        let (Step::Key(last), parents) = path.split_last()? else { return None };
        let mut table = self.root();
        let mut list = None;
        for step in parents {
            let next = match step {
                Step::Key(key) => value_of(table, key)?.get_ref(),
                Step::Item(item) => {
                    let items: &toml::de::DeArray<'_> = list?;
                    items.get(*item)?.get_ref()
                }
            };
            match next {
                DeValue::Table(inner) => table = inner,
                DeValue::Array(items) => list = Some(items),
                _ => return None,
            }
        }
        table.iter().find(|(key, _)| key.get_ref() == last).map(|(key, _)| key.span().start)
    }
}

fn value_of<'a, 't>(table: &'a DeTable<'t>, name: &str) -> Option<&'a Spanned<DeValue<'t>>> {
    table.iter().find(|(key, _)| key.get_ref() == name).map(|(_, value)| value)
}

/// Line and column, in characters, both counted from 1.
fn line_and_column(text: &str, offset: usize) -> (u64, usize) {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &text[..offset];
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() as u64 + 1, before[start..].chars().count() + 1)
}

fn line_of(text: &str, offset: usize) -> String {
    let (line, _) = line_and_column(text, offset);
    let index = usize::try_from(line - 1).unwrap_or(0);
    format!("the line reads: {}", text.lines().nth(index).unwrap_or_default().trim())
}

/// The value as JSON; a date becomes its text, and a number that JSON cannot hold becomes `null`.
pub(crate) fn as_json(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Boolean(flag) => Value::Bool(*flag),
        DeValue::Integer(integer) => match i64::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(integer) => Value::from(integer),
            Err(_) => Value::Null,
        },
        DeValue::Float(float) => {
            float.as_str().parse().ok().and_then(Number::from_f64).map_or(Value::Null, Value::Number)
        }
        DeValue::Datetime(date) => Value::String(date.to_string()),
        DeValue::Array(items) => items.iter().map(|item| as_json(item.get_ref())).collect(),
        DeValue::Table(table) => Value::Object(table_as_json(table)),
    }
}

/// The table as JSON.
pub(crate) fn table_as_json(table: &DeTable<'_>) -> Map<String, Value> {
    table.iter().map(|(key, value)| (key.get_ref().to_string(), as_json(value.get_ref()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "[study]\ntitle = \"区 x\"\n\n[[analysis]]\nid = \"a\"\n[[analysis]]\nid = \"b\"\noptions = { n = 1 }\n";

    #[test]
    fn paths_lead_to_places() {
        let document = Document::read("study.toml", TEXT).expect("it is TOML");
        let told = |path: &[Step<'_>]| document.fault(path, "m").to_string();
        assert_eq!(told(at!["analysis", 1, "id"]), "study.toml, line 7, column 6: m");
        assert_eq!(told(at!["analysis", 1, "options", "n"]), "study.toml, line 8, column 17: m");
        let key = document.fault_at_key(at!["analysis", 1, "options"], "m").to_string();
        assert_eq!(key, "study.toml, line 8, column 1: m");
    }

    #[test]
    fn every_mistake_in_the_syntax_is_told() {
        let faults = Document::read("s.toml", "a = \nb = [1\nc = 'x\n").expect_err("not TOML");
        assert!(faults[0].to_string().starts_with("s.toml, line 1, column"), "{}", faults[0]);
        assert!(faults.len() > 1, "{faults:?}");
    }

    #[test]
    fn columns_count_characters() {
        assert_eq!(line_and_column("a\n区b", 5), (2, 2));
        assert_eq!(line_and_column("a\n区b", 4), (2, 1), "within a character");
    }
}
