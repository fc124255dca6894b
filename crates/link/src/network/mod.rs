//! Chapter 3: networks, who is tied to whom.
//!
//! [`read`] makes a [`Network`] of a table of links or of participation, [`adjacency`] the arrays that the estimands
//! walk; then one file for each estimand.

pub mod adjacency;
mod error;
mod options;
pub mod participation;
pub mod read;

pub use adjacency::Adjacency;
pub use error::NetworkError;
pub use options::{Distance, NetworkOptions, PathOptions};
pub use read::{Link, Network, Tie};
