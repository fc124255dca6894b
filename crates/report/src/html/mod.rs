//! The report as one HTML page.

mod chapter;

pub use chapter::{Chapter, ChapterFigure, Preview, PreviewOptions};

use crate::catalogue::Catalogue;

/// The page that is rendered when no other is given.
const TEMPLATE: &str = include_str!("../../templates/report.html");

/// Everything that a report says, in words; nothing in it is computed here.
#[derive(Debug, Clone, PartialEq, Default)]
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
#[derive(Debug, Clone, PartialEq, Eq, Default)]
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

/// The same with a template of the user's own.
///
/// # Errors
/// When the template is not valid or names what does not exist.
pub fn html_with(report: &Report, catalogue: &Catalogue, template: &str) -> Result<String, TemplateError> {
    let mut environment = minijinja::Environment::new();
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::Html);
    let context = minijinja::context! { title => &report.title, language => catalogue.language().code() };
    Ok(environment.template_from_str(template)?.render(context)?)
}
