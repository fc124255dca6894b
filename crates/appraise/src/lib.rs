//! How competitive is a cluster, what holds it back, and how sure are we?
//!
//! Read in this order: [`indicators`] (the table that most methods start from, its directions, weights and missing
//! cells), [`normalise`] (how columns become comparable), [`ranks`] (order with ties), then any method.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod ahp;
pub mod compare;
pub mod compare_conventions;
pub mod conventions;
pub mod coupling;
pub mod dea;
mod draws;
pub mod effects;
pub mod factor;
mod firmness;
pub mod fuzzy;
pub mod gem;
mod idle;
pub mod indicators;
pub mod malmquist;
pub mod normalise;
mod outcomes;
pub mod pca;
pub mod rank;
pub mod ranks;
mod registry;
pub mod reliability;
pub mod stage;
pub mod survey;
pub mod swot;
pub mod weights;

pub use registry::ENGINE;
