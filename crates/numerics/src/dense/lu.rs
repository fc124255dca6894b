//! Linear systems by LU factorisation.

use super::matrix::Matrix;
use faer::linalg::solvers::{DenseSolveCore, PartialPivLu};
use faer::prelude::Solve;
use thiserror::Error;

/// The matrix has no inverse, or none that doubles can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the system of {n} equations is singular")]
pub struct SingularError {
    /// Number of equations.
    pub n: usize,
}

/// The factors of a square matrix, `P A = L U` with partial pivoting.
#[derive(Debug, Clone)]
pub struct Lu {
    factors: PartialPivLu<f64>,
    n: usize,
}

impl Lu {
    /// Factors a square matrix.
    ///
    /// # Errors
    /// When a pivot is zero, not finite, or below 1e-15 of the largest.
    ///
    /// # Panics
    /// When the matrix is not square.
    pub fn new(matrix: &Matrix) -> Result<Self, SingularError> {
        let n = matrix.rows();
        assert_eq!(n, matrix.columns(), "LU of {matrix:?}");
        if !matrix.is_finite() {
            return Err(SingularError { n });
        }
        let factors = matrix.view().partial_piv_lu();
        let pivots = || (0..n).map(|i| factors.U()[(i, i)].abs());
        let largest = pivots().fold(0.0, f64::max);
        if n > 0 && pivots().any(|pivot| pivot.is_nan() || pivot <= 1e-15 * largest) {
            return Err(SingularError { n });
        }
        Ok(Self { factors, n })
    }

    /// `x` of `A x = b`.
    #[must_use]
    pub fn solve(&self, b: &[f64]) -> Vec<f64> {
        self.solve_matrix(&Matrix::from_columns(self.n, 1, b.to_vec())).column(0).to_vec()
    }

    /// `x` of `Aᵀ x = b`.
    #[must_use]
    pub fn solve_transposed(&self, b: &[f64]) -> Vec<f64> {
        let mut x = Matrix::from_columns(self.n, 1, b.to_vec());
        self.factors.solve_transpose_in_place(x.view_mut());
        x.column(0).to_vec()
    }

    /// `X` of `A X = B`.
    #[must_use]
    pub fn solve_matrix(&self, b: &Matrix) -> Matrix {
        let mut x = b.clone();
        self.factors.solve_in_place(x.view_mut());
        x
    }

    /// The inverse of `A`.
    #[must_use]
    pub fn inverse(&self) -> Matrix {
        let inverse = self.factors.inverse();
        Matrix::from_fn(self.n, self.n, |i, j| inverse[(i, j)])
    }

    /// Natural logarithm of `|det A|`.
    #[must_use]
    pub fn log_abs_determinant(&self) -> f64 {
        (0..self.n).map(|i| self.factors.U()[(i, i)].abs().ln()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn solves_what_it_multiplied(cells in proptest::collection::vec(-1.0..1.0f64, 36), x in proptest::collection::vec(-9.0..9.0f64, 6)) {
            let mut a = Matrix::from_columns(6, 6, cells);
            for i in 0..6 {
                a[(i, i)] += 6.0;
            }
            let lu = Lu::new(&a).unwrap();
            let back = lu.solve(&a.times_vector(&x));
            let transposed = lu.solve_transposed(&a.transpose_times_vector(&x));
            let one = lu.inverse().times(&a);
            for i in 0..6 {
                prop_assert!((back[i] - x[i]).abs() < 1e-12);
                prop_assert!((transposed[i] - x[i]).abs() < 1e-12);
                prop_assert!((one[(i, i)] - 1.0).abs() < 1e-13);
            }
        }
    }

    #[test]
    fn a_singular_matrix_is_refused() {
        let a = Matrix::from_columns(2, 2, vec![1.0, 2.0, 2.0, 4.0]);
        assert_eq!(Lu::new(&a).unwrap_err(), SingularError { n: 2 });
        let nan = Matrix::from_columns(1, 1, vec![f64::NAN]);
        assert!(Lu::new(&nan).is_err());
    }

    #[test]
    fn determinant_by_hand() {
        let a = Matrix::from_columns(2, 2, vec![3.0, 1.0, 1.0, -2.0]);
        assert!((Lu::new(&a).unwrap().log_abs_determinant() - 7f64.ln()).abs() < 1e-15);
    }
}
