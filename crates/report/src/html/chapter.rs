//! A chapter of a report: one analysis.

use crate::catalogue::{Catalogue, Names};
use crate::cell::CellWriter;
use crate::figure::Figure;
use distretto_core::{Focus, Message, Outcome, Table};
use serde::Serialize;

/// One analysis as a reader meets it.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Chapter {
    /// Name of the analysis in the study; the anchor of the chapter.
    pub id: String,
    /// Heading.
    pub title: String,
    /// The two words of the command.
    pub command: String,
    /// Words of the author, in a small part of Markdown.
    pub text: Option<String>,
    /// The findings in words.
    pub findings: Vec<String>,
    /// The figures.
    pub figures: Vec<ChapterFigure>,
    /// The tables, cut to a few rows.
    pub tables: Vec<Preview>,
    /// What the reader must know before she uses the numbers.
    pub warnings: Vec<String>,
    /// The method in a paragraph.
    pub method: String,
    /// Its limits in a sentence or two.
    pub limits: String,
    /// The method and its source in a phrase.
    pub source: String,
    /// Seed of the random draws.
    pub seed: u64,
    /// Conventions on which tools differ, by name.
    pub conventions: Vec<(String, String)>,
    /// Options by name.
    pub options: Vec<(String, String)>,
    /// Where the result lies as JSON, relative to the page.
    pub href: Option<String>,
}

/// A figure within a chapter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChapterFigure {
    /// The drawing.
    pub figure: Figure,
    /// Where it lies as a file, relative to the page.
    pub href: Option<String>,
}

impl Chapter {
    /// The chapter of an outcome: its title, words and summary from the catalogue, its findings as sentences. Figures,
    /// tables and the words of the author are added by the caller.
    #[must_use]
    pub fn new(id: &str, outcome: &Outcome, findings: &[Message], catalogue: &Catalogue, names: &Names) -> Self {
        let part = |part: &str| catalogue.of_command(&outcome.command, part).unwrap_or_default().to_owned();
        let pairs = |map: &serde_json::Map<String, serde_json::Value>| {
            map.iter().map(|(name, value)| (name.clone(), plain(value))).collect()
        };
        let title = part("title");
        Self {
            id: id.to_owned(),
            title: if title.is_empty() { outcome.command.clone() } else { title },
            command: outcome.command.clone(),
            findings: findings.iter().map(|message| catalogue.say(message, names)).collect(),
            warnings: outcome.warnings.iter().map(|message| catalogue.say(message, names)).collect(),
            method: part("method"),
            limits: part("limits"),
            source: outcome.provenance.method.clone(),
            seed: outcome.provenance.seed,
            conventions: pairs(&outcome.provenance.conventions),
            options: pairs(&outcome.provenance.options),
            ..Self::default()
        }
    }
}

fn plain(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Null => "–".to_owned(),
        serde_json::Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// The first rows of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Preview {
    /// Name of the table.
    pub name: String,
    /// Words above it; the name with spaces for `_` unless the catalogue has a heading for it.
    pub title: String,
    /// Headings of the columns, and whether they hold numbers.
    pub headings: Vec<(String, bool)>,
    /// Cells row by row.
    pub rows: Vec<Vec<String>>,
    /// Rows that are highlighted, one entry for each row.
    pub marked: Vec<bool>,
    /// Rows of the whole table.
    pub total: usize,
    /// Where the whole table lies, relative to the page.
    pub href: Option<String>,
}

/// Which rows a preview shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviewOptions {
    /// Most rows.
    pub rows: usize,
    /// Column by which rows are sorted, largest first; the order of the table when absent.
    pub sort: Option<String>,
}

impl Default for PreviewOptions {
    fn default() -> Self {
        Self { rows: 10, sort: None }
    }
}

impl Preview {
    /// The first rows of a table: those of the industries in focus where it has such, sorted, with names beside codes.
    #[must_use]
    pub fn new(
        name: &str,
        table: &Table,
        options: &PreviewOptions,
        focus: &Focus,
        catalogue: &Catalogue,
        names: &Names,
    ) -> Self {
        let rows = chosen(table, options, focus);
        let writers: Vec<CellWriter> = table.fields().iter().map(|f| CellWriter::new(f, catalogue, names)).collect();
        let heading = |writer: &CellWriter, name: &str| (catalogue.heading(name).into_owned(), writer.is_numeric());
        let region = table.text("region");
        let marked = |row: &usize| {
            region.and_then(|region| region.get(*row)).is_some_and(|code| focus.regions.iter().any(|r| r == code))
        };
        Self {
            name: name.to_owned(),
            title: catalogue.heading(name).into_owned(),
            headings: table.fields().iter().zip(&writers).map(|(f, w)| heading(w, &f.name)).collect(),
            rows: rows.iter().map(|&row| writers.iter().map(|w| w.cell(row)).collect()).collect(),
            marked: rows.iter().map(marked).collect(),
            total: table.rows(),
            href: None,
        }
    }
}

fn chosen(table: &Table, options: &PreviewOptions, focus: &Focus) -> Vec<usize> {
    let mut rows: Vec<usize> = (0..table.rows()).collect();
    if let Some(industry) = table.text("industry").filter(|_| !focus.industries.is_empty()) {
        let wanted = |row: &usize| industry.get(*row).is_some_and(|code| focus.industries.iter().any(|i| i == code));
        let focused: Vec<usize> = rows.iter().copied().filter(wanted).collect();
        if !focused.is_empty() {
            rows = focused;
        }
    }
    if let Some(values) = options.sort.as_ref().and_then(|column| table.numbers(column)) {
        let key = |row: &usize| if values[*row].is_nan() { f64::NEG_INFINITY } else { values[*row] };
        rows.sort_by(|a, b| key(b).total_cmp(&key(a)));
    }
    rows.truncate(options.rows);
    rows
}
