//! The spectral radius: the largest absolute eigenvalue.

use super::{Coefficients, PRINTED};
use crate::table::FlowError;
use distretto_numerics::{Matrix, eigenvalues};

/// Change of the radius, relative, between two sizes of the Krylov space that ends the search.
const TOLERANCE: f64 = 1e-12;
/// Columns by which the Krylov space grows between two looks at its eigenvalues.
const STRIDE: usize = 20;
/// Largest Krylov space.
const LARGEST: usize = 400;

/// The largest absolute eigenvalue: from all eigenvalues up to 200 rows, else by Arnoldi's process, which finds those
/// at the edge of the spectrum first whatever their sign or phase.
///
/// # Errors
/// When the eigenvalues cannot be computed.
pub fn spectral_radius(a: &Coefficients) -> Result<f64, FlowError> {
    let largest = |matrix: &Matrix| -> Result<f64, FlowError> {
        let values = eigenvalues(matrix).map_err(|_| FlowError::NoRadius)?;
        Ok(values.into_iter().map(|value| value.modulus()).fold(0.0, f64::max))
    };
    if a.len() <= PRINTED {
        return largest(&a.dense());
    }
    arnoldi(a, largest)
}

fn arnoldi(a: &Coefficients, largest: impl Fn(&Matrix) -> Result<f64, FlowError>) -> Result<f64, FlowError> {
    let n = a.len();
    let limit = LARGEST.min(n);
    // A positive vector without symmetry: it has a part in every invariant subspace of a nonnegative matrix.
    let start: Vec<f64> = (0..n).map(|i| 1.0 + (i as f64 * 0.618_033_988_749_894_9).fract()).collect();
    let mut basis = vec![unit(start)];
    let mut projected: Vec<Vec<f64>> = Vec::new();
    let (mut before, mut calm) = (f64::NAN, 0);
    for m in 1..=limit {
        let mut w = a.times(&basis[m - 1]);
        let size = norm(&w);
        let mut column = vec![0.0; m + 1];
        // Twice is enough (Kahan and Parlett).
        for _ in 0..2 {
            for (k, v) in basis.iter().enumerate() {
                let part: f64 = w.iter().zip(v).map(|(w, v)| w * v).sum();
                column[k] += part;
                w.iter_mut().zip(v).for_each(|(w, v)| *w -= part * v);
            }
        }
        column[m] = norm(&w);
        let closed = column[m] <= 1e-14 * size;
        projected.push(column);
        if closed || m % STRIDE == 0 || m == limit {
            let radius = largest(&Matrix::from_fn(m, m, |i, j| projected[j].get(i).copied().unwrap_or(0.0)))?;
            calm = if (radius - before).abs() <= TOLERANCE * radius { calm + 1 } else { 0 };
            if closed || calm == 2 || m == limit {
                return Ok(radius);
            }
            before = radius;
        }
        basis.push(unit(w));
    }
    Ok(0.0)
}

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

fn unit(x: Vec<f64>) -> Vec<f64> {
    let size = norm(&x);
    x.into_iter().map(|x| x / size).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blocks in a circle: the eigenvalues are the roots of unity times 0.8, so that no power iteration on A converges.
    #[test]
    fn a_periodic_table_of_many_sectors() {
        let n = 300;
        let a = Matrix::from_fn(n, n, |i, j| if (i + 1) % 3 == j % 3 { 0.8 / (n as f64 / 3.0) } else { 0.0 });
        let radius = spectral_radius(&Coefficients::Dense(a)).unwrap();
        assert!((radius - 0.8).abs() < 1e-12, "{radius}");
    }

    #[test]
    fn negative_cells_count_by_their_eigenvalues() {
        // Eigenvalues of the block are 0.3 ± 0.4i, of modulus 0.5.
        let a = Matrix::from_fn(250, 250, |i, j| match (i, j) {
            (0, 0) | (1, 1) => 0.3,
            (0, 1) => -0.4,
            (1, 0) => 0.4,
            _ if i == j => 0.1 + 0.0005 * i as f64,
            _ => 0.0,
        });
        let radius = spectral_radius(&Coefficients::Dense(a)).unwrap();
        assert!((radius - 0.5).abs() < 1e-10, "{radius}");
    }
}
