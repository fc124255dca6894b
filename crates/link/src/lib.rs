//! Who is tied to whom: flows between industries, positions in value chains, ties that carry knowledge.
//!
//! Read in this order: [`table`] (an input–output table as every estimand of flows starts from it), [`system`] (the
//! equations x = Ax + f and how they are solved), then any estimand of [`flows`] (chapter 1) or [`chains`]
//! (chapter 2), one file each. Chapter 3 begins with [`network`]: who is tied to whom, read from links or from events
//! that actors share, and the estimands on it; [`relations`] compares and classifies ties.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod chains;
pub mod communities;
pub mod flows;
pub mod network;
mod registry;
pub mod relations;
pub mod system;
pub mod table;
mod words;

pub use registry::ENGINE;
