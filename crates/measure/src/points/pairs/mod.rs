//! Every pair of points within reach, fast: each unordered pair once, in blocks of contiguous coordinates.
//!
//! Points are cut into bands of y (latitude) and sorted by x (longitude) within each band, so that the neighbours of
//! a point are one run of contiguous points in each band: squared distances of a run are a loop that the compiler
//! vectorises. Nothing of the size n² is ever held. Degrees are put on the unit sphere, where the squared chord
//! stands for the great circle; the date line and the poles need no special case in the distances, only in the runs.
//! A table of distances takes the place of coordinates in [`PairIndex::listed`]: the same visits, of the listed pairs.

mod index;
mod links;
mod scale;
mod window;

pub use index::{BLOCK, PairIndex};
pub use links::Links;
pub use scale::Scale;

#[cfg(test)]
mod tests;
