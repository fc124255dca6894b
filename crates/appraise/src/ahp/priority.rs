//! Priorities of a complete reciprocal matrix.

use distretto_numerics::Matrix;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Steps of the power iteration; positive matrices need a few dozen.
const STEPS: usize = 100_000;
/// Largest relative change of a weight at which the iteration ends.
const SETTLED: f64 = 1e-15;

/// How priorities are found (`--method`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Priority {
    /// Principal eigenvector (Saaty 1977).
    #[default]
    Eigen,
    /// Geometric means of the rows (Crawford and Williams 1985).
    Geometric,
    /// Means of the normalised columns.
    ColumnMean,
}

impl Priority {
    /// The word of the option.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Eigen => "eigen",
            Self::Geometric => "geometric",
            Self::ColumnMean => "column-mean",
        }
    }
}

/// Priorities summing to 1 of a positive matrix.
///
/// # References
/// Saaty 1977, <https://doi.org/10.1016/0022-2496(77)90033-5>; Crawford and Williams 1985,
/// <https://doi.org/10.1016/0022-2496(85)90002-1>.
#[must_use]
pub fn priorities(matrix: &Matrix, method: Priority) -> Vec<f64> {
    let n = matrix.rows();
    let raw: Vec<f64> = match method {
        Priority::Eigen => return principal(matrix).0,
        Priority::Geometric => {
            (0..n).map(|i| ((0..n).map(|j| matrix[(i, j)].ln()).sum::<f64>() / n as f64).exp()).collect()
        }
        Priority::ColumnMean => {
            let totals: Vec<f64> = (0..n).map(|j| matrix.column(j).iter().sum()).collect();
            (0..n).map(|i| (0..n).map(|j| matrix[(i, j)] / totals[j]).sum()).collect()
        }
    };
    scaled(raw)
}

/// The largest eigenvalue of a positive matrix.
#[must_use]
pub fn largest_eigenvalue(matrix: &Matrix) -> f64 {
    principal(matrix).1
}

/// Principal eigenvector, summing to 1, and its eigenvalue, by power iteration from the geometric means: Perron's
/// theorem gives a positive matrix one eigenvalue that is larger than all others in absolute value.
pub(super) fn principal(matrix: &Matrix) -> (Vec<f64>, f64) {
    let mut w = priorities(matrix, Priority::Geometric);
    for _ in 0..STEPS {
        let next = scaled(matrix.times_vector(&w));
        let change = next.iter().zip(&w).map(|(a, b)| ((a - b) / b).abs()).fold(0.0, f64::max);
        w = next;
        if change <= SETTLED {
            break;
        }
    }
    // Weights sum to 1, so that the sum of A w is the eigenvalue.
    let eigenvalue = matrix.times_vector(&w).iter().sum();
    (w, eigenvalue)
}

fn scaled(raw: Vec<f64>) -> Vec<f64> {
    let total: f64 = raw.iter().sum();
    raw.into_iter().map(|w| w / total).collect()
}
