//! `compare`: how far do several scores or rankings of the same units agree, and what do they say together?

mod run;

#[cfg(test)]
mod tests;

pub(crate) use run::ESTIMAND;

use crate::ranks::{average_ranks_of_scores, rising_ranks, tied};
use distretto_numerics::chi_square_upper_tail;
use rayon::prelude::*;

/// Agreement of all methods.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Concordance {
    /// Kendall's W, 0 to 1, corrected for ties; NaN when every method ties all units.
    pub w: f64,
    /// `m (n − 1) W`.
    pub chi2: f64,
    /// `n − 1`.
    pub df: f64,
    /// Upper tail of χ².
    pub p_value: f64,
}

/// What several methods say together about each unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Consensus {
    /// Mean of the average ranks.
    pub mean_rank: Vec<f64>,
    /// `n m − Σ rank`.
    pub borda: Vec<f64>,
    /// Units beaten less units lost to; a beats b when more methods put a first than b.
    pub copeland: Vec<f64>,
    /// Rank by the mean rank.
    pub rank: Vec<f64>,
}

/// Average ranks of a method, 1 for the largest score.
#[must_use]
pub fn method_ranks(scores: &[f64]) -> Vec<f64> {
    average_ranks_of_scores(&scores.iter().map(|score| -score).collect::<Vec<f64>>())
}

/// Kendall's W of the average ranks of m methods over n units.
///
/// # Formula
/// `W = 12 S/(m² (n³ − n) − m Σ(t³ − t))`, S the sum of squared deviations of the rank sums, t the sizes of ties.
///
/// # References
/// Kendall and Babington Smith 1939, <https://doi.org/10.1214/aoms/1177732186>.
#[must_use]
pub fn concordance(ranks: &[Vec<f64>]) -> Concordance {
    let m = ranks.len() as f64;
    let count = ranks.first().map_or(0, Vec::len);
    let n = count as f64;
    let sums: Vec<f64> = (0..count).map(|i| ranks.iter().map(|ranks| ranks[i]).sum()).collect();
    let mean = m * (n + 1.0) / 2.0;
    let s: f64 = sums.iter().map(|sum| (sum - mean).powi(2)).sum();
    let ties: f64 = ranks.iter().map(|ranks| tie_term(ranks)).sum();
    let scale = m * m * (n.powi(3) - n) - m * ties;
    let w = if scale > 0.0 { 12.0 * s / scale } else { f64::NAN };
    let (chi2, df) = (m * (n - 1.0) * w, n - 1.0);
    let p_value = if chi2.is_nan() { f64::NAN } else { chi_square_upper_tail(chi2, df) };
    Concordance { w, chi2, df, p_value }
}

/// `Σ (t³ − t)` over groups of equal ranks.
fn tie_term(ranks: &[f64]) -> f64 {
    let mut sorted = ranks.to_vec();
    sorted.sort_by(f64::total_cmp);
    let groups = sorted.chunk_by(|a, b| a == b).map(|group| group.len() as f64);
    groups.map(|t| t.powi(3) - t).sum()
}

/// Spearman's ρ: the correlation of average ranks; NaN when one of them is constant.
#[must_use]
pub fn spearman(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len() as f64;
    let mean = (n + 1.0) / 2.0;
    let product = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| (x - mean) * (y - mean)).sum::<f64>();
    product(a, b) / (product(a, a) * product(b, b)).sqrt()
}

/// Kendall's τ_b of two rankings; NaN when one of them is constant. O(n²).
#[must_use]
pub fn kendall(a: &[f64], b: &[f64]) -> f64 {
    let sign = |x: f64| f64::from(i8::from(x > 0.0) - i8::from(x < 0.0));
    let of_unit = |i: usize| {
        let mut sums = [0.0; 3];
        for j in 0..i {
            let (x, y) = (sign(a[i] - a[j]), sign(b[i] - b[j]));
            sums[0] += x * y;
            sums[1] += x * x;
            sums[2] += y * y;
        }
        sums
    };
    // Whole numbers far below 2^53: the order of the sum does not matter.
    let sums =
        (0..a.len()).into_par_iter().map(of_unit).reduce(|| [0.0; 3], |a, b| [a[0] + b[0], a[1] + b[1], a[2] + b[2]]);
    sums[0] / (sums[1] * sums[2]).sqrt()
}

/// Units that both rankings put among the first three.
#[must_use]
pub fn top_overlap(a: &[f64], b: &[f64]) -> usize {
    a.iter().zip(b).filter(|(a, b)| **a <= 3.0 && **b <= 3.0).count()
}

/// Mean of the ranks of each unit.
#[must_use]
pub fn mean_ranks(ranks: &[Vec<f64>]) -> Vec<f64> {
    let units = ranks.first().map_or(0, Vec::len);
    (0..units).map(|unit| ranks.iter().map(|ranks| ranks[unit]).sum::<f64>() / ranks.len() as f64).collect()
}

/// Mean rank, Borda and Copeland of the average ranks of several methods.
#[must_use]
pub fn consensus(ranks: &[Vec<f64>]) -> Consensus {
    let m = ranks.len() as f64;
    let n = ranks.first().map_or(0, Vec::len);
    let sums: Vec<f64> = (0..n).map(|i| ranks.iter().map(|ranks| ranks[i]).sum()).collect();
    let duel = |a: usize, b: usize| -> i64 {
        let votes: i64 = ranks.iter().map(|r| i64::from(r[a] < r[b]) - i64::from(r[a] > r[b])).sum();
        votes.signum()
    };
    let copeland = |a: usize| (0..n).map(|b| duel(a, b)).sum::<i64>() as f64;
    let mean_rank = mean_ranks(ranks);
    Consensus {
        borda: sums.iter().map(|sum| n as f64 * m - sum).collect(),
        copeland: (0..n).into_par_iter().map(copeland).collect(),
        rank: rising_ranks(&mean_rank),
        mean_rank,
    }
}

/// Whether all scores are equal.
#[must_use]
pub(crate) fn all_tied(scores: &[f64]) -> bool {
    scores.windows(2).all(|pair| tied(pair[0], pair[1]))
}
