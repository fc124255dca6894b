//! Chapter 2, plants: functions of distance between points, with exact inference.
//!
//! Read in this order: [`Plants`] (what is read), [`SiteOptions`], [`PlantOptions`] and [`CurveOptions`] (what is
//! asked), [`pairs`] (every pair of plants within reach, fast), [`NullModel`] (who stands where in a simulation),
//! [`envelope`] (is the curve what chance allows?), then one folder for each function of distance.

pub mod envelope;
mod error;
pub mod kd;
mod nulls;
mod options;
pub mod pairs;
mod plants;
mod projection;
mod reach;
pub mod ripley;
pub mod window;
mod words;

pub use error::PlantsError;
pub use nulls::{Draw, DrawScratch, NullModel};
pub use options::{
    CurveOptions, EnvelopeMethod, MetricWord, Null, PlantOptions, SiteOptions, distances, plant_columns,
};
pub use plants::Plants;
pub use projection::{ProjectWord, Projection};
pub use reach::{default_distances, median_distance};
