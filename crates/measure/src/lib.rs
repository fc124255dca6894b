//! Where is an industry concentrated, and is that more than chance?
//!
//! Read in this order: [`areas`] (the table every area estimand starts from), then any estimand, one file each.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod areas;
pub mod autocorrelation;
mod bounds;
pub mod coagglomeration;
pub mod concentration;
pub mod ellison_glaeser;
pub mod inequality;
pub mod inference;
pub mod lisa;
pub mod litzenberger_sternberg;
pub mod lq;
pub mod points;
pub mod profile;
mod registry;
pub mod shift_share;
pub mod spatial_weights;

pub use bounds::{
    Bounds, BoundsError, ENUMERATED_CELLS, SizeClass, sum_of_squares, sum_of_squares_of_class,
    sum_of_squares_of_classes,
};
pub use registry::ENGINE;
