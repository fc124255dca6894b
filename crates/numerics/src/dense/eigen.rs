//! Eigenvalues and eigenvectors.

use super::matrix::Matrix;
use faer::Side;
use thiserror::Error;

/// The iteration did not converge, or the matrix holds a number that is not finite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the eigenvalues of a matrix of {n} by {n} could not be computed")]
pub struct EigenError {
    /// Number of rows.
    pub n: usize,
}

/// `A = V diag(values) Vᵀ` of a symmetric matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct SymmetricEigen {
    /// Eigenvalues, falling.
    pub values: Vec<f64>,
    /// Unit eigenvectors as columns, in the order of the values. The sign is arbitrary; of equal values so is the
    /// basis.
    pub vectors: Matrix,
}

/// Eigenvalues and vectors of a symmetric matrix; only its lower triangle is read.
///
/// # Errors
/// When a cell is not finite or the iteration does not converge.
///
/// # Panics
/// When the matrix is not square.
pub fn symmetric_eigen(matrix: &Matrix) -> Result<SymmetricEigen, EigenError> {
    let n = matrix.rows();
    assert_eq!(n, matrix.columns(), "eigenvalues of {matrix:?}");
    if !matrix.is_finite() {
        return Err(EigenError { n });
    }
    let eigen = matrix.view().self_adjoint_eigen(Side::Lower).map_err(|_| EigenError { n })?;
    let (rising, vectors) = (eigen.S(), eigen.U());
    Ok(SymmetricEigen {
        values: (0..n).rev().map(|k| rising[k]).collect(),
        vectors: Matrix::from_fn(n, n, |i, k| vectors[(i, n - 1 - k)]),
    })
}

/// An eigenvalue of a matrix that need not be symmetric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Eigenvalue {
    /// Real part.
    pub real: f64,
    /// Imaginary part.
    pub imaginary: f64,
}

impl Eigenvalue {
    /// Its absolute value.
    #[must_use]
    pub fn modulus(self) -> f64 {
        self.real.hypot(self.imaginary)
    }
}

/// All eigenvalues of a square matrix, in no particular order.
///
/// # Errors
/// When a cell is not finite or the iteration does not converge.
///
/// # Panics
/// When the matrix is not square.
pub fn eigenvalues(matrix: &Matrix) -> Result<Vec<Eigenvalue>, EigenError> {
    let n = matrix.rows();
    assert_eq!(n, matrix.columns(), "eigenvalues of {matrix:?}");
    if !matrix.is_finite() {
        return Err(EigenError { n });
    }
    let values = matrix.view().eigenvalues().map_err(|_| EigenError { n })?;
    Ok(values.into_iter().map(|value| Eigenvalue { real: value.re, imaginary: value.im }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symmetric_by_hand() {
        let a = Matrix::from_columns(2, 2, vec![2.0, 1.0, 1.0, 2.0]);
        let eigen = symmetric_eigen(&a).unwrap();
        assert!((eigen.values[0] - 3.0).abs() < 1e-15 && (eigen.values[1] - 1.0).abs() < 1e-15);
        let v = eigen.vectors.column(0);
        assert!((v[0] - v[1]).abs() < 1e-15 && (v[0].abs() - 0.5f64.sqrt()).abs() < 1e-15);
    }

    #[test]
    fn a_rotation_has_imaginary_eigenvalues() {
        let turn = Matrix::from_columns(2, 2, vec![0.0, 1.0, -1.0, 0.0]);
        for value in eigenvalues(&turn).unwrap() {
            assert!(value.real.abs() < 1e-15 && (value.modulus() - 1.0).abs() < 1e-15);
        }
        assert!(eigenvalues(&Matrix::from_columns(1, 1, vec![f64::INFINITY])).is_err());
    }
}
