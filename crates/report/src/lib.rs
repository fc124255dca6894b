//! Outcomes as text, CSV, JSON, Markdown, SVG figures and HTML.
//!
//! This crate knows no engine: it sees an [`Outcome`](distretto_core::Outcome) and the words that an engine
//! brings along. Read in this order: `catalogue` (keys to sentences), `number` (how numbers are written), the
//! formats `json`, `csv`, `markdown`, `text`, then `figure` (one file a kind of figure) and `html` (the report).

mod catalogue;
mod cell;
mod csv;
mod figure;
mod html;
mod json;
mod markdown;
mod number;
mod order;
mod phrase;
mod text;
#[cfg(test)]
mod wellformed;
mod width;

pub use catalogue::{Catalogue, Language, Names};
pub use csv::write_csv;
pub use figure::{Figure, FigureContext, FigureError, draw};
pub use html::{Chapter, ChapterFigure, DataSource, Preview, PreviewOptions, Report, TemplateError, html, html_with};
pub use json::write_json;
pub use markdown::write_markdown;
pub use text::{TextOptions, text};
