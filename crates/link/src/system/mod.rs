//! The equations x = Ax + f: solved without an inverse wherever none is needed.

mod iterate;
mod radius;
mod sparse;

use crate::table::FlowError;
use distretto_numerics::{Lu, Matrix};
use rayon::prelude::*;

pub use radius::spectral_radius;
pub use sparse::SparseMatrix;

/// Sectors above which `auto` may keep a table without its zeros.
pub const MIN_SPARSE: usize = 4000;
/// Share of filled cells below which it does.
pub const SPARSE_DENSITY: f64 = 0.05;
/// Sectors up to which tables of cells are printed unasked.
pub const PRINTED: usize = 200;

/// A square matrix of coefficients, with or without its zeros.
#[derive(Debug, Clone, PartialEq)]
pub enum Coefficients {
    /// All cells.
    Dense(Matrix),
    /// The cells that are not zero.
    Sparse(SparseMatrix),
}

impl Coefficients {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Dense(a) => a.rows(),
            Self::Sparse(a) => a.len(),
        }
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A x.
    #[must_use]
    pub fn times(&self, x: &[f64]) -> Vec<f64> {
        match self {
            Self::Dense(a) => a.times_vector(x),
            Self::Sparse(a) => a.times(x),
        }
    }

    /// Aᵀ x.
    #[must_use]
    pub fn transpose_times(&self, x: &[f64]) -> Vec<f64> {
        match self {
            Self::Dense(a) => a.transpose_times_vector(x),
            Self::Sparse(a) => a.transpose_times(x),
        }
    }

    /// Sums of the columns: Σ_i a_ij.
    #[must_use]
    pub fn column_sums(&self) -> Vec<f64> {
        self.transpose_times(&vec![1.0; self.len()])
    }

    /// Whether no cell is negative.
    #[must_use]
    pub fn is_nonnegative(&self) -> bool {
        match self {
            Self::Dense(a) => (0..a.columns()).all(|j| a.column(j).iter().all(|&cell| cell >= 0.0)),
            Self::Sparse(a) => a.values().all(|cell| cell >= 0.0),
        }
    }

    /// Share of cells that are not zero.
    #[must_use]
    pub fn density(&self) -> f64 {
        let filled = match self {
            Self::Dense(a) => {
                (0..a.columns()).map(|j| a.column(j).iter().filter(|&&cell| cell != 0.0).count()).sum::<usize>()
            }
            Self::Sparse(a) => a.filled(),
        };
        filled as f64 / (self.len() as f64).powi(2)
    }

    /// All cells.
    #[must_use]
    pub fn dense(&self) -> Matrix {
        match self {
            Self::Dense(a) => a.clone(),
            Self::Sparse(a) => a.to_dense(),
        }
    }

    /// One cell.
    #[must_use]
    pub fn dense_cell(&self, i: usize, j: usize) -> f64 {
        match self {
            Self::Dense(a) => a[(i, j)],
            Self::Sparse(a) => a.column(j).find(|(row, _)| *row == i).map_or(0.0, |(_, value)| value),
        }
    }

    /// Diagonal cells.
    fn diagonal(&self) -> Vec<f64> {
        match self {
            Self::Dense(a) => (0..a.rows()).map(|i| a[(i, i)]).collect(),
            Self::Sparse(a) => {
                (0..a.len()).map(|j| a.column(j).find(|(i, _)| *i == j).map_or(0.0, |(_, value)| value)).collect()
            }
        }
    }
}

/// I − A of a dense matrix.
#[must_use]
pub fn identity_minus(a: &Matrix) -> Matrix {
    let mut left = Matrix::from_fn(a.rows(), a.columns(), |i, j| -a[(i, j)]);
    (0..a.rows()).for_each(|i| left[(i, i)] += 1.0);
    left
}

/// The system (I − A) x = b, ready to be solved for any b.
#[derive(Debug, Clone)]
pub struct System {
    a: Coefficients,
    factors: Option<Lu>,
}

impl System {
    /// Prepares the system: LU factors of a dense matrix, nothing for a sparse one, which is solved by iteration.
    ///
    /// # Errors
    /// When I − A is singular.
    pub fn new(a: Coefficients) -> Result<Self, FlowError> {
        let factors = match &a {
            Coefficients::Dense(dense) => {
                let lu = Lu::new(&identity_minus(dense));
                Some(lu.map_err(|error| FlowError::Singular { n: error.n })?)
            }
            Coefficients::Sparse(_) => None,
        };
        Ok(Self { a, factors })
    }

    /// Like [`new`](Self::new), once it is sure that A is productive.
    ///
    /// # Errors
    /// When the spectral radius is 1 or more, or the system is singular.
    pub fn productive(a: Coefficients) -> Result<Self, FlowError> {
        check_productive(&a)?;
        Self::new(a)
    }

    /// The coefficients A.
    #[must_use]
    pub fn coefficients(&self) -> &Coefficients {
        &self.a
    }

    /// How the system is solved, in a word.
    #[must_use]
    pub fn solver(&self) -> &'static str {
        if self.factors.is_some() { "direct" } else { "iterative" }
    }

    /// x of x = A x + b.
    ///
    /// # Errors
    /// When the iteration does not converge.
    pub fn solve(&self, b: &[f64]) -> Result<Vec<f64>, FlowError> {
        match &self.factors {
            Some(lu) => Ok(lu.solve(b)),
            None => iterate::bicgstab(|x| self.a.times(x), &self.a.diagonal(), b),
        }
    }

    /// x of x = Aᵀ x + b.
    ///
    /// # Errors
    /// When the iteration does not converge.
    pub fn solve_transposed(&self, b: &[f64]) -> Result<Vec<f64>, FlowError> {
        match &self.factors {
            Some(lu) => Ok(lu.solve_transposed(b)),
            None => iterate::bicgstab(|x| self.a.transpose_times(x), &self.a.diagonal(), b),
        }
    }

    /// Largest cell of Aᵀx + b − x against the largest cell of b: how well a solution of
    /// [`solve_transposed`](Self::solve_transposed) meets its equations.
    #[must_use]
    pub fn residual_transposed(&self, x: &[f64], b: &[f64]) -> f64 {
        residual(&self.a.transpose_times(x), x, b)
    }

    /// The same for [`solve`](Self::solve).
    #[must_use]
    pub fn residual(&self, x: &[f64], b: &[f64]) -> f64 {
        residual(&self.a.times(x), x, b)
    }

    /// Column sums of L: output multipliers of all sectors by one solution.
    ///
    /// # Errors
    /// When the iteration does not converge.
    pub fn multipliers(&self) -> Result<Vec<f64>, FlowError> {
        self.solve_transposed(&vec![1.0; self.a.len()])
    }

    /// The inverse L = (I − A)⁻¹, for what needs its cells.
    ///
    /// # Errors
    /// When the iteration does not converge.
    pub fn inverse(&self) -> Result<Matrix, FlowError> {
        let n = self.a.len();
        let Some(lu) = &self.factors else {
            let column = |j: usize| {
                let mut unit = vec![0.0; n];
                unit[j] = 1.0;
                self.solve(&unit)
            };
            let columns: Vec<Vec<f64>> = (0..n).into_par_iter().map(column).collect::<Result<_, _>>()?;
            return Ok(Matrix::from_columns(n, n, columns.concat()));
        };
        Ok(lu.inverse())
    }
}

/// ‖ax + b − x‖ over ‖b‖, by the largest cells; 0 where b is 0.
fn residual(ax: &[f64], x: &[f64], b: &[f64]) -> f64 {
    let gaps = ax.iter().zip(x).zip(b).map(|((ax, x), b)| (ax + b - x).abs());
    let (most, scale) = (gaps.fold(0.0, f64::max), b.iter().fold(0.0, |most: f64, cell| most.max(cell.abs())));
    if scale > 0.0 { most / scale } else { most }
}

/// Refuses coefficients under which no output meets final demand.
///
/// # Errors
/// When the spectral radius is 1 or more.
pub fn check_productive(a: &Coefficients) -> Result<(), FlowError> {
    // No absolute eigenvalue exceeds the largest column sum of absolute cells.
    if a.is_nonnegative() && a.column_sums().iter().all(|&sum| sum < 1.0) {
        return Ok(());
    }
    let radius = spectral_radius(a)?;
    if radius < 1.0 { Ok(()) } else { Err(FlowError::NotProductive { radius }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sparse(a: &Matrix) -> SparseMatrix {
        let n = a.rows();
        let cells = (0..n).flat_map(|j| (0..n).map(move |i| (i, j)));
        let kept: Vec<_> = cells.filter(|&at| a[at] != 0.0).map(|at| (at.0 as u32, at.1 as u32, a[at])).collect();
        SparseMatrix::from_columns(n, &kept)
    }

    proptest! {
        #[test]
        fn iteration_and_factors_agree(cells in proptest::collection::vec(0.0..0.19f64, 25), b in proptest::collection::vec(-5.0..5.0f64, 5)) {
            let a = Matrix::from_fn(5, 5, |i, j| if (i + 2 * j) % 3 == 0 { 0.0 } else { cells[5 * i + j] });
            let direct = System::productive(Coefficients::Dense(a.clone())).unwrap();
            let iterative = System::productive(Coefficients::Sparse(sparse(&a))).unwrap();
            let pairs = [
                (direct.solve(&b).unwrap(), iterative.solve(&b).unwrap()),
                (direct.solve_transposed(&b).unwrap(), iterative.solve_transposed(&b).unwrap()),
                (direct.inverse().unwrap().column(3).to_vec(), iterative.inverse().unwrap().column(3).to_vec()),
            ];
            for (one, other) in pairs {
                one.iter().zip(other).for_each(|(one, other)| assert!((one - other).abs() < 1e-10));
            }
            prop_assert_eq!(sparse(&a).to_dense(), a);
        }
    }

    #[test]
    fn an_unproductive_table_is_refused() {
        let a = Matrix::from_columns(2, 2, vec![0.5, 0.6, 0.6, 0.5]);
        let error = System::productive(Coefficients::Dense(a)).unwrap_err();
        assert!(matches!(error, FlowError::NotProductive { radius } if (radius - 1.1).abs() < 1e-12));
    }
}
