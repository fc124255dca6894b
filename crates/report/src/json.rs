//! The JSON result that programs read.

use crate::catalogue::{Catalogue, Names};
use crate::number::push_exact;
use distretto_core::{Outcome, Provenance, Scalar, Table, Text, Values};
use rayon::prelude::*;
use serde_json::{Map, Value};
use std::io::{self, Write};

/// Rows that one thread writes at once.
const STRETCH: usize = 4_096;

/// Writes an outcome as one JSON object: command, summary, tables, warnings, provenance.
///
/// One line for each row of a table; numbers that do not exist are `null`, numbers of known bounds `"low..high"`;
/// every number reads back as the same double. Warnings are sentences in the language of the catalogue.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_json(outcome: &Outcome, catalogue: &Catalogue, out: &mut dyn Write) -> io::Result<()> {
    let mut buffer = Vec::with_capacity(1 << 16);
    buffer.extend_from_slice(b"{\n  \"command\": ");
    push_text(&mut buffer, &outcome.command);
    buffer.extend_from_slice(b",\n  \"summary\": ");
    push_summary(&mut buffer, &outcome.summary);
    buffer.extend_from_slice(b",\n  \"tables\": {");
    for (i, (name, table)) in outcome.tables.iter().enumerate() {
        buffer.extend_from_slice(if i == 0 { b"\n    " } else { b",\n    " });
        push_text(&mut buffer, name);
        buffer.extend_from_slice(b": [");
        write_rows(table, &mut buffer, out)?;
        buffer.push(b']');
    }
    buffer.extend_from_slice(if outcome.tables.is_empty() { b"},\n" } else { b"\n  },\n" });
    let names = Names::default();
    let warnings: Vec<Value> = outcome.warnings.iter().map(|w| Value::from(catalogue.say(w, &names))).collect();
    buffer.extend_from_slice(b"  \"warnings\": ");
    push_value(&mut buffer, &Value::from(warnings));
    buffer.extend_from_slice(b",\n  \"provenance\": ");
    push_value(&mut buffer, &provenance(&outcome.provenance));
    buffer.extend_from_slice(b"\n}\n");
    out.write_all(&buffer)
}

fn push_summary(out: &mut Vec<u8>, summary: &[(String, Scalar)]) {
    out.push(b'{');
    for (i, (name, scalar)) in summary.iter().enumerate() {
        out.extend_from_slice(if i == 0 { b"\n    " } else { b",\n    " });
        push_text(out, name);
        out.extend_from_slice(b": ");
        match scalar {
            Scalar::Number(value) => push_number(out, *value),
            Scalar::Text(text) => push_text(out, text),
            Scalar::Flag(flag) => out.extend_from_slice(if *flag { b"true" } else { b"false" }),
        }
    }
    out.extend_from_slice(if summary.is_empty() { b"}" } else { b"\n  }" });
}

fn write_rows(table: &Table, buffer: &mut Vec<u8>, out: &mut dyn Write) -> io::Result<()> {
    let columns: Vec<Column> =
        table.fields().iter().enumerate().map(|(i, f)| Column::new(i, &f.name, &f.values)).collect();
    let rows = table.rows();
    let stretch = |begin: usize, buffer: &mut Vec<u8>| {
        for row in begin..rows.min(begin + STRETCH) {
            buffer.extend_from_slice(if row == 0 { b"\n      {" } else { b",\n      {" });
            for column in &columns {
                buffer.extend_from_slice(&column.key);
                column.push(buffer, row);
            }
            buffer.push(b'}');
        }
    };
    if rows <= STRETCH {
        stretch(0, buffer);
    } else {
        out.write_all(buffer)?;
        buffer.clear();
        // Stretches are written in their order, so that threads never change a byte.
        let mut stretches = vec![Vec::new(); 2 * rayon::current_num_threads()];
        for begin in (0..rows).step_by(STRETCH * stretches.len()) {
            stretches.par_iter_mut().enumerate().for_each(|(k, buffer)| {
                buffer.clear();
                stretch(begin + k * STRETCH, buffer);
            });
            stretches.iter().try_for_each(|buffer| out.write_all(buffer))?;
        }
    }
    if rows > 0 {
        buffer.extend_from_slice(b"\n    ");
    }
    Ok(())
}

/// A column with what does not change from row to row written once: its key, and each distinct label.
struct Column<'a> {
    key: Vec<u8>,
    values: &'a Values,
    labels: Labels,
}

impl<'a> Column<'a> {
    fn new(position: usize, name: &str, values: &'a Values) -> Self {
        let mut key = if position == 0 { Vec::new() } else { b", ".to_vec() };
        push_text(&mut key, name);
        key.extend_from_slice(b": ");
        let labels = match values {
            Values::Text(text) => Labels::of(text),
            _ => Labels::default(),
        };
        Self { key, values, labels }
    }

    fn push(&self, out: &mut Vec<u8>, row: usize) {
        match self.values {
            Values::Text(text) => match text.code(row) {
                Some(code) => out.extend_from_slice(self.labels.get(code)),
                None => out.extend_from_slice(b"null"),
            },
            Values::Number(numbers) => push_number(out, numbers[row]),
            Values::Interval(both) => push_interval(out, both.low[row], both.high[row]),
            Values::Flag(flags) => out.extend_from_slice(match flags[row] {
                Some(true) => b"true",
                Some(false) => b"false",
                None => b"null",
            }),
        }
    }
}

/// The labels of a column as JSON, one behind another: there may be as many as rows.
#[derive(Default)]
struct Labels {
    written: Vec<u8>,
    ends: Vec<usize>,
}

impl Labels {
    fn of(text: &Text) -> Self {
        let mut labels = Self::default();
        for label in text.labels() {
            push_text(&mut labels.written, label);
            labels.ends.push(labels.written.len());
        }
        labels
    }

    fn get(&self, code: u32) -> &[u8] {
        let code = code as usize;
        let start = if code == 0 { 0 } else { self.ends[code - 1] };
        &self.written[start..self.ends[code]]
    }
}

fn push_text(out: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(&mut *out, text).expect("writing text to memory does not fail");
}

fn push_number(out: &mut Vec<u8>, value: f64) {
    if !push_exact(out, value) {
        out.extend_from_slice(b"null");
    }
}

fn push_interval(out: &mut Vec<u8>, low: f64, high: f64) {
    if low == high || !low.is_finite() || !high.is_finite() {
        return push_number(out, if low == high { low } else { f64::NAN });
    }
    out.push(b'"');
    push_exact(out, low);
    out.extend_from_slice(b"..");
    push_exact(out, high);
    out.push(b'"');
}

fn provenance(provenance: &Provenance) -> Value {
    let inputs = provenance.inputs.iter().map(|input| {
        let mut record = Map::new();
        record.insert("path".into(), input.path.clone().into());
        record.insert("sha256".into(), input.sha256.clone().into());
        record.insert("rows".into(), input.rows.into());
        Value::Object(record)
    });
    let mut record = Map::new();
    record.insert("version".into(), provenance.version.clone().into());
    record.insert("seed".into(), provenance.seed.into());
    record.insert("method".into(), provenance.method.clone().into());
    record.insert("conventions".into(), provenance.conventions.clone().into());
    record.insert("options".into(), provenance.options.clone().into());
    record.insert("inputs".into(), inputs.collect());
    Value::Object(record)
}

/// Writes a value indented beneath a key of the outermost object; integral numbers without `.0`.
fn push_value(out: &mut Vec<u8>, value: &Value) {
    push_nested(out, value, 2);
}

fn push_nested(out: &mut Vec<u8>, value: &Value, indent: usize) {
    let line = |out: &mut Vec<u8>, first: bool, indent: usize| {
        out.extend_from_slice(if first { b"\n" } else { b",\n" });
        out.extend(std::iter::repeat_n(b' ', indent));
    };
    match value {
        Value::Object(map) if !map.is_empty() => {
            out.push(b'{');
            for (i, (key, value)) in map.iter().enumerate() {
                line(out, i == 0, indent + 2);
                push_text(out, key);
                out.extend_from_slice(b": ");
                push_nested(out, value, indent + 2);
            }
            line(out, true, indent);
            out.push(b'}');
        }
        Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_string()) => {
            out.push(b'[');
            for (i, item) in items.iter().enumerate() {
                line(out, i == 0, indent + 2);
                push_nested(out, item, indent + 2);
            }
            line(out, true, indent);
            out.push(b']');
        }
        Value::Number(number) if number.is_f64() => push_number(out, number.as_f64().unwrap_or(f64::NAN)),
        other => serde_json::to_writer(&mut *out, other).expect("writing JSON to memory does not fail"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Language;
    use distretto_core::{InputRecord, Intervals, Message};

    fn outcome() -> Outcome {
        let mut outcome = Outcome::new("measure lq", "location quotient");
        outcome.scalar("cells", 2.0).scalar("none", f64::NAN).word("kind", "a \"b\"").flag("exact", true);
        let bounds = Intervals { low: vec![1.0, f64::NAN], high: vec![2.5, f64::NAN] };
        let table = Table::empty()
            .with_text("region", [Some("01"), None].into_iter().collect())
            .with_numbers("lq", vec![0.1, f64::INFINITY])
            .with("bound", Values::Interval(bounds))
            .with_flags("present", vec![Some(false), None]);
        outcome.add_table("cells", table).add_table("none", Table::empty());
        outcome.warn(Message::new("no.such.key")).convention("base", 2.0).convention("list", vec![1.5]);
        outcome.provenance.inputs = vec![InputRecord { path: "in.csv".into(), sha256: "ab".into(), rows: 2 }];
        outcome
    }

    #[test]
    fn an_outcome_prints_as_the_contract_says() {
        let mut out = Vec::new();
        write_json(&outcome(), &Catalogue::new(Language::En, &[]), &mut out).expect("memory takes it");
        let text = String::from_utf8(out).expect("JSON is UTF-8");
        let read: Value = serde_json::from_str(&text).expect("valid JSON");
        assert_eq!(read["tables"]["cells"][0]["bound"], "1..2.5");
        assert_eq!(read["tables"]["cells"][1]["lq"], Value::Null);
        insta::assert_snapshot!(text);
    }

    #[test]
    fn rows_written_in_stretches_are_those_written_one_by_one() {
        let rows = 10 * STRETCH + 3;
        let table = Table::empty()
            .with_text("firm", (0..rows).map(|row| Some(format!("f\"{row}"))).collect())
            .with_numbers("rd", (0..rows).map(|row| row as f64 / 7.0).collect());
        let mut outcome = Outcome::new("innovate solve", "");
        outcome.add_table("firms", table);
        let written = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            let mut out = Vec::new();
            pool.install(|| write_json(&outcome, &Catalogue::new(Language::En, &[]), &mut out)).expect("memory");
            out
        };
        let one = written(1);
        assert_eq!(one, written(3));
        let read: Value = serde_json::from_slice(&one).expect("valid JSON");
        let firms = read["tables"]["firms"].as_array().expect("rows");
        assert_eq!(firms.len(), rows);
        for (row, firm) in firms.iter().enumerate() {
            assert_eq!(firm["firm"], format!("f\"{row}"));
            assert_eq!(firm["rd"], row as f64 / 7.0);
        }
    }
}
