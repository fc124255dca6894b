//! Numerical tools that every engine of Distretto stands on.
//!
//! Read in this order: [`philox`] (random streams that depend on what is drawn, never on a thread),
//! [`sampling`] (draws from those streams), [`sum`] (sums in a fixed order), [`distribution`] and
//! [`significance`] (p-values), [`mod@quantile`], [`mod@distance`], [`root`] (one-dimensional equations and
//! minima), [`dense`] (linear algebra), [`point_index`] (neighbours of points), [`weights`] (spatial weights).
//!
//! Nothing here reads a file, prints, or looks at the clock; the same input gives the same bytes for
//! any number of threads.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod binomial;
pub mod dense;
pub mod distance;
pub mod distribution;
mod fisher;
pub mod philox;
pub mod point_index;
pub mod quantile;
pub mod root;
pub mod sampling;
pub mod significance;
pub mod sum;
pub mod weights;

pub use binomial::binomial;
pub use dense::{
    EigenError, Eigenvalue, LeastSquares, Lu, Matrix, SingularError, SymmetricEigen, eigenvalues, least_squares,
    symmetric_eigen,
};
pub use distance::{EARTH_RADIUS_KM, Metric, Point, chord_of_km, distance, unit_sphere};
pub use distribution::{
    KolmogorovSmirnov, Tail, chi_square_quantile, chi_square_upper_tail, kolmogorov_smirnov_normal,
    kolmogorov_upper_tail, normal_cdf, normal_p, normal_pdf, normal_quantile, normal_upper_tail,
};
pub use fisher::{fisher_quantile, fisher_upper_tail};
pub use philox::{Key, Stream, philox4x32};
pub use point_index::{DISTANCE_TIE, Neighbour, PointError, PointIndex};
pub use quantile::{median, quantile, quantile_sorted};
pub use root::{Minimum, Root, RootError, SearchOptions, find_root, minimise};
pub use sampling::{Categorical, IndexScratch, Multinomial, WeightError, sample_without_replacement, shuffle};
pub use significance::{Adjust, SimulationError, TIE_TOLERANCE, TailCounts, adjust, check_simulations, simulated_p};
pub use sum::{Compensated, pairwise, pairwise_by};
pub use weights::{ContiguityError, Transform, Weights, WeightsError, queen, rook};
