//! The report as one HTML page.

mod chapter;
mod preview;
mod prose;

pub use chapter::{Chapter, ChapterFigure};
pub use preview::{Preview, PreviewOptions};

use crate::catalogue::Catalogue;
use crate::number;
use minijinja::value::{Serde, Value};
use serde::Serialize;
use std::sync::Arc;

/// The page that is rendered when no other is given.
const TEMPLATE: &str = include_str!("../../templates/report.html");

/// Everything that a report says, in words; nothing in it is computed here.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Report {
    /// Title of the study.
    pub title: String,
    /// The question it answers.
    pub question: Option<String>,
    /// What the industry in focus is called.
    pub focus: Option<String>,
    /// The data, one entry for each file.
    pub data: Vec<DataSource>,
    /// The analyses in the order of reading.
    pub chapters: Vec<Chapter>,
    /// Version of the program.
    pub version: String,
    /// Seed of the study.
    pub seed: u64,
    /// What the reader must know before she uses any number.
    pub warnings: Vec<String>,
}

/// A file of the study.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct DataSource {
    /// Its name in the study.
    pub name: String,
    /// Path as the study gives it.
    pub path: String,
    /// What it holds: areas, plants, regions …
    pub kind: String,
    /// Rows read.
    pub rows: usize,
    /// SHA-256 of the content, in hexadecimal.
    pub sha256: String,
    /// What was dropped, repaired or recognised while reading.
    pub notes: Vec<String>,
}

/// A template that cannot be rendered.
#[derive(Debug, thiserror::Error)]
#[error("the report template cannot be rendered: {0}")]
pub struct TemplateError(#[from] minijinja::Error);

/// The report as one self-contained HTML page: styles and figures inline, no script needed, no clock in the bytes.
#[must_use]
pub fn html(report: &Report, catalogue: &Catalogue) -> String {
    html_with(report, catalogue, TEMPLATE).expect("the template that is compiled in renders every report")
}

/// The same with a template of the user's own (Jinja).
///
/// It sees `report` (the fields of [`Report`]) and `language`; the function `word(key)`; the filters `prose` (words of
/// an author to HTML), `formulas` (a method, subscripts set low), `drawing` (a figure inline),
/// `css` (a string of a style sheet) and `thousands`. Everything else is escaped.
///
/// # Errors
/// When the template is not valid or names what does not exist.
pub fn html_with(report: &Report, catalogue: &Catalogue, template: &str) -> Result<String, TemplateError> {
    let mut environment = minijinja::Environment::new();
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::Html);
    environment.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    let mut syntax = environment.syntax().to_builder();
    environment.set_syntax(syntax.trim_blocks(true).lstrip_blocks(true).build()?);
    let words = Arc::new(catalogue.clone());
    environment.add_function("word", move |key: &str| words.word(key).to_owned());
    environment.add_filter("prose", |text: &str| Value::from_safe_string(prose::html(text)));
    environment.add_filter("formulas", |text: &str| Value::from_safe_string(prose::formulas(text)));
    // Figures are written by this crate, which escapes every text in them.
    environment.add_filter("drawing", |svg: &str| Value::from_safe_string(svg.to_owned()));
    environment.add_filter("thousands", number::count);
    environment.add_filter("css", |text: &str| Value::from_safe_string(css_string(text)));
    let context = minijinja::context! { report => Value::from(Serde(report)), language => catalogue.language().code() };
    Ok(environment.template_from_str(template)?.render(context)?)
}

/// A text as a string of a style sheet, in which nothing can end the string or the sheet.
fn css_string(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || c == ' ' || c == ',' || c == '.' || c == '?' || c == '（' || c == '）';
    let escaped: String =
        text.chars().map(|c| if plain(c) { c.to_string() } else { format!("\\{:x} ", c as u32) }).collect();
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::EVIL;
