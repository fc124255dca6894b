//! Whether a symmetric matrix is positive definite.

use super::matrix::Matrix;
use faer::Side;

/// Whether `A − shift I` has a Cholesky factor, `A` symmetric, only its lower triangle read: every eigenvalue of `A`
/// then lies above `shift`, but for rounding. A third of the work of a factorisation by pivots.
///
/// # Panics
/// When the matrix is not square.
#[must_use]
pub fn is_positive_definite(matrix: &Matrix, shift: f64) -> bool {
    let n = matrix.rows();
    assert_eq!(n, matrix.columns(), "Cholesky of {matrix:?}");
    if !matrix.is_finite() {
        return false;
    }
    let mut shifted = matrix.clone();
    (0..n).for_each(|i| shifted[(i, i)] -= shift);
    shifted.view().llt(Side::Lower).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // Eigenvalues 1 and 3.
        let a = Matrix::from_columns(2, 2, vec![2.0, 1.0, 1.0, 2.0]);
        assert!(is_positive_definite(&a, 0.0) && is_positive_definite(&a, 1.0 - 1e-12));
        assert!(!is_positive_definite(&a, 1.0 + 1e-12) && !is_positive_definite(&a, 4.0));
        assert!(!is_positive_definite(&Matrix::from_columns(1, 1, vec![f64::NAN]), 0.0));
    }
}
