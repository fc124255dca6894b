//! Chapter 3: networks, who is tied to whom.
//!
//! [`read`] makes a [`Network`] of a table of links or of participation, [`adjacency`] the arrays that the estimands
//! walk; then one file for each estimand.

pub mod adjacency;
pub mod assortativity;
pub mod betweenness;
pub mod brokerage;
pub mod centrality;
pub mod cohesion;
pub mod communities;
pub mod core_periphery;
mod drawing;
pub mod draws;
pub mod e_i;
mod error;
pub mod evolution;
mod greedy;
pub mod holes;
#[cfg(test)]
mod identities;
mod lengths;
mod levels;
pub mod null;
mod options;
mod pair_set;
pub mod participation;
pub mod profile;
pub mod project;
mod queue;
pub mod reach;
pub mod read;
pub mod rewire;
pub mod robustness;
pub mod shape;
pub mod small_world;
pub mod spectrum;
pub mod twins;
mod words;

pub use adjacency::Adjacency;
pub use error::NetworkError;
pub use options::{Distance, NetworkOptions, PathOptions};
pub use read::{Link, Network, Tie};
