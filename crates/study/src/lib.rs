//! A study: which analyses of which data, computed, kept and written as a report.
//!
//! This crate alone composes engines. Read in this order: [`registry`] (the table of engines), [`Request`] (one
//! estimand, one answer; the command line uses it as it is).

mod options;
mod registry;
mod request;

pub use options::effective_options;
pub use registry::{catalogue, find, registry};
pub use request::{Answer, GivenInput, Material, Request, is_option};
