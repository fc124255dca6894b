//! Dense linear algebra, over one kept library.
//!
//! [`Matrix`] is the only dense matrix of the engines. Products, factorisations and eigenvalues are those of `faer`,
//! always on one thread, so that a result never depends on how many there are.

mod cholesky;
mod eigen;
mod least_squares;
mod lu;
mod matrix;

pub use cholesky::is_positive_definite;
pub use eigen::{EigenError, Eigenvalue, SymmetricEigen, eigenvalues, symmetric_eigen};
pub use least_squares::{LeastSquares, least_squares};
pub use lu::{Lu, SingularError};
pub use matrix::Matrix;
