//! A study: which analyses of which data, computed, kept and written as a report.
//!
//! This crate alone composes engines. Read in this order: [`registry`] (the table of engines), [`Request`] (one
//! estimand, one answer; the command line uses it as it is), `file` (the study as it is written), `document` and
//! `shape` (where its values stand, and what they must be), `plan` (what its names stand for, and the order of its
//! analyses), [`Study::check`], [`Study::run`] (compute what changed), `keep` and `rebuild` (what is kept), `report`
//! (the chapters put together), [`begin`] (a study to start from).

mod assemble;
mod begin;
mod brief;
mod check;
mod columns;
mod document;
mod file;
mod focus;
mod folder;
mod inputs;
mod join;
mod keep;
mod manifest;
mod options;
mod phrase;
mod pinned;
mod places;
mod plan;
mod rebuild;
mod reference;
mod registry;
mod report;
mod request;
mod run;
mod schema;
mod shape;
mod study;
mod templates;
mod values;

pub use begin::begin;
pub use check::Checked;
pub use file::DataKind;
pub use options::effective_options;
pub use registry::{catalogue, find, registry};
pub use request::{Answer, GivenInput, Material, Request, is_option};
pub use run::{Ran, Watch};
pub use schema::study_schema;
pub use study::{Analysis, DataEntry, Source, Study, StudyInput};
pub use templates::{TEMPLATES, Template};
