//! CSV with every digit.

use crate::number::push_exact;
use distretto_core::{Table, Values};
use std::io::{self, Write};

/// Bytes kept in memory before they are written.
const CHUNK: usize = 1 << 18;

/// Writes a table as CSV: a header of column names, quotes where RFC 4180 wants them, lines that end in `\n`.
///
/// Numbers read back as the same double; a missing value is an empty cell, empty text is `""`; a number of which
/// only bounds are known is `low..high`.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_csv(table: &Table, out: &mut dyn Write) -> io::Result<()> {
    let mut buffer = Vec::with_capacity(CHUNK + 4096);
    for (i, field) in table.fields().iter().enumerate() {
        separate(&mut buffer, i);
        push_quoted(&mut buffer, &field.name);
    }
    buffer.push(b'\n');
    let labels: Vec<Vec<Vec<u8>>> = table.fields().iter().map(|field| quoted_labels(&field.values)).collect();
    for row in 0..table.rows() {
        for (i, field) in table.fields().iter().enumerate() {
            separate(&mut buffer, i);
            push_cell(&mut buffer, &field.values, &labels[i], row);
        }
        buffer.push(b'\n');
        if buffer.len() > CHUNK {
            out.write_all(&buffer)?;
            buffer.clear();
        }
    }
    out.write_all(&buffer)
}

fn separate(out: &mut Vec<u8>, position: usize) {
    if position > 0 {
        out.push(b',');
    }
}

fn quoted_labels(values: &Values) -> Vec<Vec<u8>> {
    let Values::Text(text) = values else { return Vec::new() };
    let quote = |label: &String| {
        let mut out = Vec::new();
        push_quoted(&mut out, label);
        out
    };
    text.labels().iter().map(quote).collect()
}

fn push_quoted(out: &mut Vec<u8>, text: &str) {
    let edge = text.starts_with(' ') || text.ends_with(' ');
    if !text.is_empty() && !edge && !text.contains([',', '"', '\n', '\r']) {
        return out.extend_from_slice(text.as_bytes());
    }
    out.push(b'"');
    out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
    out.push(b'"');
}

fn push_cell(out: &mut Vec<u8>, values: &Values, labels: &[Vec<u8>], row: usize) {
    match values {
        Values::Text(text) => {
            if let Some(code) = text.code(row) {
                out.extend_from_slice(&labels[code as usize]);
            }
        }
        Values::Number(numbers) => {
            push_exact(out, numbers[row]);
        }
        Values::Interval(both) => {
            if push_exact(out, both.low[row]) && both.low[row] != both.high[row] {
                out.extend_from_slice(b"..");
                push_exact(out, both.high[row]);
            }
        }
        Values::Flag(flags) => {
            if let Some(flag) = flags[row] {
                out.extend_from_slice(if flag { b"true" } else { b"false" });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use distretto_core::Intervals;

    #[test]
    fn cells_are_quoted_where_needed() {
        let bounds = Intervals { low: vec![1.0, 4.0, f64::NAN], high: vec![2.0, 4.0, f64::NAN] };
        let table = Table::empty()
            .with_text("name", [Some("Kokomo, IN"), Some("say \"x\""), None].into_iter().collect())
            .with_text("empty", [Some(""), Some("a"), Some("b")].into_iter().collect())
            .with_numbers("lq", vec![0.1, f64::NAN, 1e-7])
            .with("bound", Values::Interval(bounds))
            .with_flags("present", vec![Some(true), Some(false), None]);
        let mut out = Vec::new();
        write_csv(&table, &mut out).expect("memory takes it");
        let expected = "name,empty,lq,bound,present\n\"Kokomo, IN\",\"\",0.1,1..2,true\n\
                        \"say \"\"x\"\"\",a,,4,false\n,b,1e-7,,\n";
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }
}
