//! A chapter of a report: one analysis.

use crate::catalogue::{Catalogue, Names};
use crate::figure::Figure;
use crate::html::Preview;
use distretto_core::{Message, Outcome};
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
