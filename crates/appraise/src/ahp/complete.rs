//! Judgements that were not given: those that make the matrix as consistent as it can be.

use super::consistency::pairs;
use super::judgements::Judgements;
use super::priority::principal;
use distretto_numerics::{Matrix, SearchOptions, find_root};

/// Sweeps over all missing judgements.
const SWEEPS: usize = 100_000;
/// Change of a logarithm at which the sweeps end.
const SETTLED: f64 = 1e-13;
/// Logarithms searched on each side of the last one.
const REACH: f64 = 60.0;

/// The complete matrix: each missing pair is `exp(y)` and `exp(−y)`, y minimising the largest eigenvalue, which is convex in
/// y (Bozóki, Fülöp and Rónyai 2010). One judgement after the other is set to the zero of its slope, until none moves.
///
/// # References
/// Bozóki, Fülöp and Rónyai 2010, <https://doi.org/10.1016/j.mcm.2010.02.047>.
#[must_use]
pub fn complete(judgements: &Judgements) -> Matrix {
    let n = judgements.items.len();
    let mut matrix = Matrix::from_fn(n, n, |i, j| judgements.cell(i, j).unwrap_or(1.0));
    let missing: Vec<(usize, usize)> = pairs(n).filter(|&(i, j)| judgements.cell(i, j).is_none()).collect();
    for _ in 0..SWEEPS {
        let mut moved = 0.0_f64;
        for &(i, j) in &missing {
            let before = matrix[(i, j)].ln();
            let after = settle(&mut matrix, (i, j));
            moved = moved.max((after - before).abs());
        }
        if moved <= SETTLED {
            break;
        }
    }
    matrix
}

/// Sets a judgement to the zero of the slope of the eigenvalue; its logarithm.
fn settle(matrix: &mut Matrix, (i, j): (usize, usize)) -> f64 {
    let mut slope = |y: f64| {
        matrix[(i, j)] = y.exp();
        matrix[(j, i)] = (-y).exp();
        let right = principal(matrix).0;
        let left = principal(&matrix.transpose()).0;
        left[i] * y.exp() * right[j] - left[j] * (-y).exp() * right[i]
    };
    let root = find_root(&mut slope, -REACH, REACH, SearchOptions::with_tolerance(1e-15));
    let y = root.map_or(0.0, |root| root.x);
    matrix[(i, j)] = y.exp();
    matrix[(j, i)] = (-y).exp();
    y
}
