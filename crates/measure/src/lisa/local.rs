//! Local statistics of each region, without their test.

use crate::spatial_weights::Deviations;
use distretto_numerics::{Weights, pairwise_by};

/// A lag below this many roundings of its terms is 0: they cancel.
const LAG_ROUNDINGS: f64 = 4.0;
/// From this share of Σz² on, the spread of the others is summed anew: Σz² − z_i² has lost too many digits.
const DOMINANT: f64 = 0.5;

/// `Σ_j w_ij z_j`; 0 for a region without neighbours.
pub(crate) fn lags(z: &[f64], weights: &Weights) -> Vec<f64> {
    let lag = |i: usize| {
        let (lag, size) = weights.row(i).fold((0.0, 0.0), |(lag, size): (f64, f64), (j, weight)| {
            (lag + weight * z[j], size + (weight * z[j]).abs())
        });
        if lag.abs() <= LAG_ROUNDINGS * f64::EPSILON * size { 0.0 } else { lag }
    };
    (0..z.len()).map(lag).collect()
}

/// `Σ_j w_ij (z_i − z_j)²`.
pub(crate) fn geary(z: &[f64], weights: &Weights) -> Vec<f64> {
    let sum = |i: usize| weights.row(i).fold(0.0, |sum, (j, weight)| sum + weight * (z[i] - z[j]).powi(2));
    (0..z.len()).map(sum).collect()
}

/// Gi of Ord and Getis 1995 on binary weights, mean and sd of the other n − 1 values. NaN without neighbours, with all
/// others as neighbours, and where the others are all equal.
pub(crate) fn gi(values: &[f64], deviations: &Deviations, weights: &Weights) -> Vec<f64> {
    let others = deviations.n() as f64 - 1.0;
    let alone = alone_different(values);
    let z = &deviations.z;
    let score = |i: usize| {
        if alone == Some(i) {
            return f64::NAN;
        }
        let mean = -z[i] / others;
        let variance = if z[i] * z[i] > DOMINANT * deviations.squares {
            let rest = |j: usize| if j == i { 0.0 } else { (z[j] - mean).powi(2) };
            pairwise_by(z.len(), rest) / others
        } else {
            (deviations.squares - z[i] * z[i]) / others - mean * mean
        };
        z_score(neighbour_sum(z, weights, i), weights.neighbours(i).len() as f64, others, mean, variance)
    };
    (0..z.len()).map(score).collect()
}

/// Gi* of Ord and Getis 1995 on binary weights with self weight 1, mean and sd of all values.
pub(crate) fn gi_star(deviations: &Deviations, weights: &Weights) -> Vec<f64> {
    let (n, variance, z) = (deviations.n() as f64, deviations.variance(), &deviations.z);
    let score = |i: usize| {
        let links = weights.neighbours(i).len() as f64 + 1.0;
        z_score(z[i] + neighbour_sum(z, weights, i), links, n, 0.0, variance)
    };
    (0..z.len()).map(score).collect()
}

/// `(sum − links·mean)/√(variance·(N·links − links²)/(N − 1))`.
fn z_score(sum: f64, links: f64, n: f64, mean: f64, variance: f64) -> f64 {
    let spread = variance * (n * links - links * links) / (n - 1.0);
    if spread > 0.0 { (sum - links * mean) / spread.sqrt() } else { f64::NAN }
}

fn neighbour_sum(z: &[f64], weights: &Weights, i: usize) -> f64 {
    weights.neighbours(i).iter().fold(0.0, |sum, &j| sum + z[j as usize])
}

/// The one unit whose value differs from all others, which are equal.
fn alone_different(values: &[f64]) -> Option<usize> {
    let (first, last) = (values.first()?, values.last()?);
    let differing: Vec<usize> = (0..values.len()).filter(|&i| values[i] != *first).take(2).collect();
    match differing[..] {
        // All but the first equal one another: the first is alone unless there are only two.
        [1, ..] if values[1..].iter().all(|value| value == last) => Some(0),
        [only] => Some(only),
        _ => None,
    }
}
