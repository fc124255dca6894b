//! Chapter 2, plants: functions of distance between points, with exact inference.
//!
//! Read in this order: [`Plants`] (what is read), [`Distances`] (a table in place of coordinates), [`SiteOptions`], [`PlantOptions`] and [`CurveOptions`] (what is
//! asked), [`pairs`] (every pair of plants within reach, fast), [`NullModel`] (who stands where in a simulation),
//! [`envelope`] (is the curve what chance allows?), then one folder for each function of distance.

pub mod colocation;
mod distances;
pub mod envelope;
mod error;
pub mod kd;
#[cfg(test)]
mod listing;
pub mod localisation;
pub mod m;
mod nulls;
mod options;
pub mod pairs;
mod plants;
mod projection;
mod reach;
pub mod ripley;
mod select;
mod verdict;
pub mod window;
mod words;

pub use distances::{DISTANCES, Distances, distance_columns};
pub use error::PlantsError;
pub use nulls::{Draw, DrawScratch, NullModel};
pub(crate) use nulls::{ln_choose, repeats};
pub use options::{
    CurveOptions, EnvelopeMethod, MetricWord, Null, PlantOptions, SiteOptions, distances, plant_columns,
};
pub use plants::{PLANTS, Plants};
pub use projection::{ProjectWord, Projection};
pub use reach::{default_distances, median_distance};
