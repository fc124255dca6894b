//! A configuration file that stands as an input: its values, and where each of them stands.

use crate::fault::Fault;
use crate::options::nearest;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A TOML file as an input (a game, a scenario, an indicator tree): its values, and the line of every key, so that
/// a fault can name file, line and key.
///
/// A key path is the keys from the root joined by dots, items of lists by their number from 0:
/// `policy.public_research.rate`, `node.0.matrix`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Document {
    path: String,
    root: Value,
    lines: BTreeMap<String, u64>,
    /// Key paths that options have set, and the option of each.
    overridden: Vec<(String, String)>,
}

impl Document {
    /// A document from its path as the user gave it, its values, and the line of each key path.
    #[must_use]
    pub fn new(path: &str, root: Map<String, Value>, lines: BTreeMap<String, u64>) -> Self {
        Self { path: path.to_owned(), root: Value::Object(root), lines, overridden: Vec::new() }
    }

    /// The path as the user gave it.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// All values.
    #[must_use]
    pub fn root(&self) -> &Value {
        &self.root
    }

    /// The value at a key path; the empty path is the root.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        steps(key).try_fold(&self.root, |here, step| match here {
            Value::Object(table) => table.get(step),
            Value::Array(items) => items.get(step.parse::<usize>().ok()?),
            _ => None,
        })
    }

    /// Sets the value at a key path, as `--set PATH=VALUE` does; tables on the way are made where they are absent.
    ///
    /// # Errors
    /// When the path leads through a value that is no table, or to an item that a list does not have.
    pub fn set(&mut self, key: &str, value: Value) -> Result<(), Fault> {
        self.set_by("--set", key, value)
    }

    /// Sets the value at a key path for an option of its own, say `--mode`: a fault about the value names that option.
    ///
    /// # Errors
    /// As [`set`](Self::set).
    pub fn set_by(&mut self, option: &str, key: &str, value: Value) -> Result<(), Fault> {
        let refuse = |why: &str| Err(Fault::option(format!("`{key}` cannot be set: {why}")).with_value(key));
        if key.split('.').any(|step| step.trim().is_empty()) {
            return refuse("a key of the path is empty");
        }
        let mut here = &mut self.root;
        for step in steps(key) {
            here = match here {
                Value::Object(table) => table.entry(step).or_insert_with(|| Value::Object(Map::new())),
                Value::Array(items) => {
                    let n = items.len();
                    match step.parse::<usize>().ok().and_then(|i| items.get_mut(i)) {
                        Some(item) => item,
                        None => return refuse(&format!("the list has {n} items, `{step}` is none of them")),
                    }
                }
                _ => return refuse(&format!("there is no table in which `{step}` could stand")),
            };
        }
        *here = value;
        self.overridden.push((key.to_owned(), option.to_owned()));
        Ok(())
    }

    /// The files that the document names: pairs of the key path at which a name stands and the name.
    ///
    /// `places` are key paths; a step `*` stands for every item of a list or table. A value that is no text is no
    /// file name.
    #[must_use]
    pub fn files(&self, places: &[&str]) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for place in places {
            let steps: Vec<&str> = place.split('.').collect();
            collect(&self.root, &steps, &mut String::new(), &mut found);
        }
        found
    }

    /// A fault about the value at a key path: it names the option that has set it, else the file and the line of the
    /// key, or the one nearest above.
    #[must_use]
    pub fn fault(&self, key: &str, message: impl Into<String>) -> Fault {
        let fault = Fault::input(message);
        let within = |inner: &str| inner == key || key.starts_with(&format!("{inner}."));
        // The option that came last has set the value, or has made the table that the file does not have.
        let made = |path: &str| !self.lines.contains_key(key) && path.starts_with(&format!("{key}."));
        if let Some((_, option)) = self.overridden.iter().rfind(|(path, _)| within(path) || made(path)) {
            return fault.in_file(option.as_str());
        }
        let fault = fault.in_file(self.path.as_str());
        match self.line(key) {
            Some(line) => fault.at_line(line),
            None => fault,
        }
    }

    /// The line of a key path, or of the nearest key above it.
    #[must_use]
    pub fn line(&self, key: &str) -> Option<u64> {
        let mut key = key;
        loop {
            if let Some(&line) = self.lines.get(key) {
                return Some(line);
            }
            key = key.rsplit_once('.')?.0;
        }
    }

    /// Refuses every key of the table at a path that is not among `known`, naming the nearest.
    ///
    /// # Errors
    /// The first key that is unknown; or the value at the path is no table.
    pub fn only(&self, at: &str, known: &[&str]) -> Result<(), Fault> {
        let table = match self.get(at) {
            None => return Ok(()),
            Some(Value::Object(table)) => table,
            Some(other) => {
                return Err(self.fault(at, format!("`{at}` must be a table")).with_value(other.to_string()));
            }
        };
        let Some(key) = table.keys().find(|key| !known.contains(&key.as_str())) else {
            return Ok(());
        };
        let path = if at.is_empty() { key.clone() } else { format!("{at}.{key}") };
        let fault = self.fault(&path, format!("unknown key `{path}`"));
        Err(fault.with_hint(match nearest(key, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known keys: {}", known.join(", ")),
        }))
    }
}

fn steps(key: &str) -> impl Iterator<Item = &str> {
    key.split('.').filter(|step| !step.is_empty())
}

fn collect(here: &Value, steps: &[&str], at: &mut String, found: &mut Vec<(String, String)>) {
    let Some((first, rest)) = steps.split_first() else {
        if let Value::String(file) = here {
            found.push((at.clone(), file.clone()));
        }
        return;
    };
    let mut walk = |step: &str, inner: &Value| {
        let length = at.len();
        if length > 0 {
            at.push('.');
        }
        at.push_str(step);
        collect(inner, rest, at, found);
        at.truncate(length);
    };
    match here {
        Value::Object(table) if *first == "*" => table.iter().for_each(|(key, inner)| walk(key, inner)),
        Value::Array(items) if *first == "*" => {
            items.iter().enumerate().for_each(|(i, inner)| walk(&i.to_string(), inner));
        }
        Value::Object(table) => table.get(*first).into_iter().for_each(|inner| walk(first, inner)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn document() -> Document {
        let root =
            json!({ "firms": { "count": 3, "table": "f.csv" }, "node": [{ "matrix": "a.csv" }, { "matrix": [1] }] });
        let lines = [("firms", 1), ("firms.count", 2)].map(|(key, line)| (key.to_owned(), line));
        let Value::Object(root) = root else { unreachable!() };
        Document::new("game.toml", root, lines.into())
    }

    #[test]
    fn values_and_files_are_found_by_path() {
        let document = document();
        assert_eq!(document.get("node.1.matrix.0"), Some(&json!(1)));
        assert_eq!(document.get("firms.count.x"), None);
        let files = document.files(&["firms.table", "node.*.matrix", "none.here"]);
        let pair = |key: &str, file: &str| (key.to_owned(), file.to_owned());
        assert_eq!(files, [pair("firms.table", "f.csv"), pair("node.0.matrix", "a.csv")]);
    }

    #[test]
    fn faults_name_file_line_and_key() {
        let mut document = document();
        assert_eq!(document.fault("firms.count", "wrong").to_string(), "game.toml, line 2: wrong");
        assert_eq!(document.fault("firms.rd_cost", "lacks").to_string(), "game.toml, line 1: lacks");
        let fault = document.only("firms", &["counts", "table"]).expect_err("unknown");
        assert_eq!(fault.hint(), Some("did you mean `counts`?"));
        document.set("policy.rate", json!(0.5)).expect("a table is made");
        assert_eq!(document.get("policy.rate"), Some(&json!(0.5)));
        assert_eq!(document.fault("policy", "wrong").to_string(), "--set: wrong");
        assert_eq!(document.fault("policy.rate", "wrong").to_string(), "--set: wrong");
        document.set_by("--vary", "policy.rate", json!(0.7)).expect("a value is replaced");
        assert_eq!(document.fault("policy.rate", "wrong").to_string(), "--vary: wrong");
        assert!(document.set("firms.count.x", json!(1)).is_err());
        assert!(document.set("node.7.matrix", json!(1)).is_err());
    }
}
