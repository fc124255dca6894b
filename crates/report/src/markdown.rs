//! Markdown tables.

use crate::catalogue::{Catalogue, Names};
use crate::cell::CellWriter;
use distretto_core::Table;
use std::io::{self, Write};

/// Writes the table `name` as a Markdown pipe table for eyes: headings of the catalogue, four significant digits, names beside
/// codes, numbers aligned to the right.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_markdown(
    name: &str,
    table: &Table,
    catalogue: &Catalogue,
    names: &Names,
    out: &mut dyn Write,
) -> io::Result<()> {
    let columns: Vec<CellWriter> =
        table.fields().iter().map(|f| CellWriter::new(f, catalogue, names).in_table(table)).collect();
    let headings = table.fields().iter().map(|field| escaped(&catalogue.heading_in((name, table), &field.name, names)));
    writeln!(out, "| {} |", headings.collect::<Vec<_>>().join(" | "))?;
    let rules = columns.iter().map(|column| if column.is_numeric() { "---:" } else { "---" });
    writeln!(out, "| {} |", rules.collect::<Vec<_>>().join(" | "))?;
    for row in 0..table.rows() {
        let cells = columns.iter().map(|column| escaped(&column.cell(row)));
        writeln!(out, "| {} |", cells.collect::<Vec<_>>().join(" | "))?;
    }
    Ok(())
}

/// Characters that would end the cell or begin markup.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' => out.push(' '),
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' => out.extend(['\\', c]),
            // `<0.001` is no tag, `<script>` is one.
            '<' => out.push_str("&lt;"),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Language;

    #[test]
    fn a_table_of_pipes() {
        let table = Table::empty()
            .with_text("label", [Some("a|b"), Some("<script>")].into_iter().collect())
            .with_numbers("jobs", vec![64_831.0, f64::NAN]);
        let mut out = Vec::new();
        let catalogue = Catalogue::new(Language::En, &[]);
        write_markdown("cells", &table, &catalogue, &Names::default(), &mut out).expect("memory takes it");
        let expected = "| label | jobs |\n| --- | ---: |\n| a\\|b | 64,831 |\n| &lt;script> | – |\n";
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }
}
