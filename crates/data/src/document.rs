//! Reading a TOML document: its values and the line of every key.

use crate::file::read_bytes;
use crate::sha256_hex;
use crate::table::Loaded;
use distretto_core::{Document, Fault, InputData, InputRecord};
use serde_json::{Map, Number, Value};
use std::collections::BTreeMap;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Reads a TOML file and overrides values in it.
///
/// `set` holds texts `PATH=VALUE`; a value is read as TOML and, where that fails, as a bare text. Every number must be
/// finite. The files that the document names are not opened here.
///
/// # Errors
/// When the file cannot be read, is no TOML, holds a number that is not finite, or cannot be overridden so.
pub fn read_document(path: &Path, shown: &str, set: &[String]) -> Result<Loaded, Fault> {
    document_from_bytes(&read_bytes(path, shown)?, shown, set)
}

/// Like [`read_document`], for a file that is already in memory.
///
/// # Errors
/// As [`read_document`].
pub fn document_from_bytes(bytes: &[u8], shown: &str, set: &[String]) -> Result<Loaded, Fault> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()].iter().filter(|&&byte| byte == b'\n').count() as u64 + 1;
        Fault::input("the file is not UTF-8").in_file(shown).at_line(line).with_hint("save it as UTF-8")
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let root = DeTable::parse(text).map_err(|error| not_toml(shown, text, &error))?;
    let mut reader = Reader { shown, text, lines: BTreeMap::new(), line: 1, offset: 0 };
    let values = reader.table(root.get_ref(), "")?;
    let mut document = Document::new(shown, values, reader.lines);
    for one in set {
        let (key, value) = override_of(one)?;
        document.set(&key, value)?;
    }
    let record = InputRecord { path: shown.to_owned(), sha256: sha256_hex(bytes), rows: text.lines().count() };
    Ok(Loaded { data: InputData::Document(document), record, notes: Vec::new() })
}

fn not_toml(shown: &str, text: &str, error: &toml::de::Error) -> Fault {
    let start = error.span().map_or(0, |span| span.start);
    let line = line_at(text, start);
    let written = text.lines().nth(usize::try_from(line - 1).unwrap_or(0)).unwrap_or_default().trim();
    Fault::input(format!("this is not TOML: {}", error.message().replace('\n', ", ")))
        .in_file(shown)
        .at_line(line)
        .with_hint(format!("the line reads: {written}"))
}

fn line_at(text: &str, offset: usize) -> u64 {
    let before = &text.as_bytes()[..offset.min(text.len())];
    before.iter().filter(|&&byte| byte == b'\n').count() as u64 + 1
}

/// `PATH=VALUE`.
fn override_of(text: &str) -> Result<(String, Value), Fault> {
    let Some((key, value)) = text.split_once('=') else {
        let fault = Fault::option("an override must read PATH=VALUE").with_value(text);
        return Err(fault.with_hint("say --set regime.mode=consortium"));
    };
    let (key, value) = (key.trim().to_owned(), value.trim());
    let line = format!("value = {value}");
    let parsed = DeTable::parse(&line).ok().filter(|table| table.get_ref().len() == 1);
    let Some(table) = parsed else {
        return Ok((key, Value::String(value.to_owned())));
    };
    let mut reader = Reader { shown: "--set", text: &line, lines: BTreeMap::new(), line: 1, offset: 0 };
    let mut values = reader
        .table(table.get_ref(), "")
        .map_err(|_| Fault::option(format!("`{key}` must be a finite number")).with_value(value).in_file("--set"))?;
    Ok((key, values.remove("value").unwrap_or(Value::Null)))
}

struct Reader<'a> {
    shown: &'a str,
    text: &'a str,
    lines: BTreeMap<String, u64>,
    /// The line at `offset`: keys mostly come in their order, so that the text is counted once.
    line: u64,
    offset: usize,
}

impl Reader<'_> {
    fn table(&mut self, table: &DeTable<'_>, at: &str) -> Result<Map<String, Value>, Fault> {
        let mut values = Map::new();
        for (key, value) in table {
            let path = if at.is_empty() { key.get_ref().to_string() } else { format!("{at}.{}", key.get_ref()) };
            let line = self.line(key.span().start);
            self.lines.insert(path.clone(), line);
            values.insert(key.get_ref().to_string(), self.value(value, &path)?);
        }
        Ok(values)
    }

    fn line(&mut self, offset: usize) -> u64 {
        if offset < self.offset {
            (self.line, self.offset) = (1, 0);
        }
        let between = &self.text.as_bytes()[self.offset..offset.min(self.text.len())];
        self.line += between.iter().filter(|&&byte| byte == b'\n').count() as u64;
        self.offset = offset.min(self.text.len());
        self.line
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>, path: &str) -> Result<Value, Fault> {
        let refuse = |reader: &mut Self, what: &str, shown: String| {
            let line = reader.line(value.span().start);
            let fault = Fault::input(format!("`{path}` must be {what}")).in_file(reader.shown).at_line(line);
            Err(fault.with_value(shown))
        };
        Ok(match value.get_ref() {
            DeValue::String(text) => Value::String(text.to_string()),
            DeValue::Boolean(flag) => Value::Bool(*flag),
            DeValue::Datetime(date) => Value::String(date.to_string()),
            DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => Value::from(number),
                Err(_) => return refuse(self, "a whole number of at most 64 bits", number.as_str().to_owned()),
            },
            DeValue::Float(number) => match number.as_str().parse().ok().and_then(Number::from_f64) {
                Some(number) => Value::Number(number),
                None => return refuse(self, "a finite number", number.as_str().to_owned()),
            },
            DeValue::Array(items) => {
                let mut values = Vec::with_capacity(items.len());
                for (i, item) in items.iter().enumerate() {
                    // Only tables in lists have keys of their own to be found again.
                    if let DeValue::Table(_) | DeValue::Array(_) = item.get_ref() {
                        let line = self.line(item.span().start);
                        self.lines.insert(format!("{path}.{i}"), line);
                    }
                    values.push(self.value(item, &format!("{path}.{i}"))?);
                }
                Value::Array(values)
            }
            DeValue::Table(table) => Value::Object(self.table(table, path)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const TEXT: &str = "[market]\nslope = 1.0\n[firms]\nmarginal_cost = [1, 2]\n[[node]]\nmatrix = \"a.csv\"\n";

    fn read(text: &str, set: &[&str]) -> Result<Document, Fault> {
        let set: Vec<String> = set.iter().map(|&one| one.to_owned()).collect();
        match document_from_bytes(text.as_bytes(), "g.toml", &set)?.data {
            InputData::Document(document) => Ok(document),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn keys_know_their_lines() {
        let document = read(TEXT, &[]).expect("TOML");
        assert_eq!(document.get("firms.marginal_cost"), Some(&json!([1, 2])));
        assert_eq!(document.line("firms.marginal_cost"), Some(4));
        assert_eq!(document.line("node.0.matrix"), Some(6));
    }

    #[test]
    fn overrides_are_toml_or_bare_texts() {
        let document = read(TEXT, &["regime.mode=consortium", "firms.marginal_cost.1=7.5", "market.slope=[1,2]"]);
        let document = document.expect("right");
        assert_eq!(document.get("regime.mode"), Some(&json!("consortium")));
        assert_eq!(document.get("firms.marginal_cost"), Some(&json!([1, 7.5])));
        assert_eq!(document.get("market.slope"), Some(&json!([1, 2])));
        assert!(read(TEXT, &["regime.mode"]).is_err());
        let fault = read(TEXT, &["market.slope=nan"]).expect_err("not finite");
        assert_eq!(fault.to_string(), "--set, value \"nan\": `market.slope` must be a finite number");
    }

    #[test]
    fn wrong_files_are_told_with_their_line() {
        let fault = read("a = 1\nb = nan\n", &[]).expect_err("not finite");
        assert_eq!(fault.to_string(), "g.toml, line 2, value \"nan\": `b` must be a finite number");
        let fault = read("a = 1\nb = \n", &[]).expect_err("not TOML");
        assert!(fault.to_string().starts_with("g.toml, line 2: this is not TOML"), "{fault}");
        assert!(document_from_bytes(b"a = '\xff'", "g.toml", &[]).is_err());
    }
}
