//! The smallest eigenvalue of a symmetric matrix: the margin of a second-order condition.

use distretto_numerics::dense::is_positive_definite;
use distretto_numerics::{Key, Matrix, Stream, symmetric_eigen};

/// Up to this size all eigenvalues are computed.
const ALL: usize = 200;
/// Most steps of the Lanczos iteration, and after how many each it is looked at.
const STEPS: usize = 320;
const LOOK: usize = 20;
/// Doublings of the distance below the value found at which a lower bound is tried.
const TRIES: usize = 5;

/// The smallest eigenvalue; NaN where it cannot be computed, infinite for no rows. Of a large matrix by the Lanczos
/// iteration, with a Cholesky factor as the proof that none is smaller.
pub(super) fn smallest(matrix: &Matrix) -> f64 {
    if matrix.rows() == 0 {
        return f64::INFINITY;
    }
    lanczos(matrix).unwrap_or_else(|| {
        symmetric_eigen(matrix).map_or(f64::NAN, |eigen| eigen.values.last().copied().unwrap_or(f64::NAN))
    })
}

/// What the smallest eigenvalue is at least, near to it, shown by a Cholesky factor; none where that fails.
pub(super) fn at_least(matrix: &Matrix) -> Option<f64> {
    let mut lanczos = Lanczos::new(matrix)?;
    let (value, residual) = lanczos.run()?;
    let mut below = residual.max(0.01 * value.abs());
    for _ in 0..TRIES {
        if is_positive_definite(matrix, value - below) {
            return Some(value - below);
        }
        below *= 2.0;
    }
    None
}

fn lanczos(matrix: &Matrix) -> Option<f64> {
    if matrix.rows() <= ALL {
        return None;
    }
    let mut lanczos = Lanczos::new(matrix)?;
    for _ in 0..STEPS / LOOK {
        let (value, residual) = lanczos.run()?;
        // The error of the value is of the order of the square of this residual.
        if residual <= 1e-8 * lanczos.top {
            return is_positive_definite(matrix, value - 1e-10 * lanczos.top).then_some(value);
        }
    }
    None
}

/// A Lanczos iteration on its way.
struct Lanczos<'a> {
    matrix: &'a Matrix,
    /// The largest entry of the diagonal.
    top: f64,
    basis: Vec<Vec<f64>>,
    diagonal: Vec<f64>,
    beside: Vec<f64>,
}

impl<'a> Lanczos<'a> {
    fn new(matrix: &'a Matrix) -> Option<Self> {
        let n = matrix.rows();
        if !matrix.is_finite() {
            return None;
        }
        let top = (0..n).fold(0.0f64, |top, i| top.max(matrix[(i, i)].abs()));
        let mut stream = Stream::new(Key::new(1, "innovate spectrum"), n as u64, 0);
        let basis = vec![unit((0..n).map(|_| stream.uniform() - 0.25).collect())?];
        Some(Self { matrix, top, basis, diagonal: Vec::new(), beside: Vec::new() })
    }

    /// So many steps more, or until the space closes: the smallest value so far, and its residual.
    fn run(&mut self) -> Option<(f64, f64)> {
        let mut length = 0.0;
        for _ in 0..LOOK {
            length = self.step();
            if length <= 1e-12 * self.top {
                break;
            }
        }
        let (value, last) = ritz(&self.diagonal, &self.beside)?;
        Some((value, length * last.abs()))
    }

    /// One vector more; the length of what is left outside the space.
    fn step(&mut self) -> f64 {
        let last = &self.basis[self.basis.len() - 1];
        let mut next = self.matrix.times_vector(last);
        self.diagonal.push(dot(&next, last));
        // Twice, so that the basis stays orthogonal to rounding.
        for _ in 0..2 {
            for known in &self.basis {
                let along = dot(&next, known);
                next.iter_mut().zip(known).for_each(|(next, known)| *next -= along * known);
            }
        }
        let length = dot(&next, &next).sqrt();
        self.beside.push(length);
        self.basis.push(next.into_iter().map(|cell| cell / length).collect());
        length
    }
}

/// The smallest eigenvalue of the tridiagonal matrix, and the last entry of its vector.
fn ritz(diagonal: &[f64], beside: &[f64]) -> Option<(f64, f64)> {
    let k = diagonal.len();
    let small = Matrix::from_fn(k, k, |i, j| match i.abs_diff(j) {
        0 => diagonal[i],
        1 => beside[i.min(j)],
        _ => 0.0,
    });
    let eigen = symmetric_eigen(&small).ok()?;
    Some((eigen.values[k - 1], eigen.vectors[(k - 1, k - 1)]))
}

fn unit(vector: Vec<f64>) -> Option<Vec<f64>> {
    let length = dot(&vector, &vector).sqrt();
    (length > 0.0).then(|| vector.iter().map(|cell| cell / length).collect())
}

/// In four running sums, which the processor adds at once.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (left, right) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = left.remainder().iter().zip(right.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in left.zip(right) {
        sums.iter_mut().zip(a.iter().zip(b)).for_each(|(sum, (a, b))| *sum += a * b);
    }
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// I + D with a rank-one part: the Lanczos value is that of all eigenvalues.
    #[test]
    fn large_and_small_agree() {
        let n = 260;
        let mut stream = Stream::new(Key::new(7, "test"), 0, 0);
        let noise: Vec<f64> = (0..n).map(|_| stream.uniform()).collect();
        let cell = |i: usize, j: usize| {
            let both = noise[i] * noise[j] + 0.3 * noise[(i + j) % n];
            if i == j { 9.0 + 4.0 * noise[i] - both } else { -0.05 * both }
        };
        let matrix = Matrix::from_fn(n, n, cell);
        let all = symmetric_eigen(&matrix).unwrap().values[n - 1];
        let found = lanczos(&matrix).expect("a matrix with a smallest eigenvalue apart");
        assert!((found - all).abs() < 1e-10, "{found} {all}");
        // An indefinite matrix has a smallest eigenvalue too.
        let turned = Matrix::from_fn(n, n, |i, j| -cell(i, j));
        let all = symmetric_eigen(&turned).unwrap().values[n - 1];
        assert!((smallest(&turned) - all).abs() < 1e-9);
        assert_eq!(smallest(&Matrix::zeros(0, 0)), f64::INFINITY);
    }

    /// A bound lies below the smallest eigenvalue, and not far.
    #[test]
    fn bounds_lie_below() {
        let mut stream = Stream::new(Key::new(8, "test"), 0, 0);
        for n in [1, 5, 60, 230] {
            let noise = Matrix::from_fn(n, n, |_, _| stream.uniform() - 0.5);
            let cell = |i: usize, j: usize| {
                (noise[(i, j)] + noise[(j, i)]) / (n as f64).sqrt() + if i == j { 3.0 } else { 0.0 }
            };
            let matrix = Matrix::from_fn(n, n, cell);
            let least = symmetric_eigen(&matrix).unwrap().values[n - 1];
            let bound = at_least(&matrix).expect("far from 0");
            assert!(bound < least && bound > 0.8 * least, "{n}: {bound} {least}");
        }
    }
}
