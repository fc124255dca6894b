//! From sums over pairs to K, L, g and their like.

use super::bins::{Bins, Sums};
use super::tally::{Borders, Pattern, Threads, orders, tally};
use crate::points::window::{Correction, EdgeWeights};
use distretto_numerics::pairwise;
use std::f64::consts::PI;

/// The functions of one pattern at each r.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Curve {
    pub(super) k: Vec<f64>,
    /// Empty unless asked for.
    pub(super) g: Vec<f64>,
    /// Empty unless asked for.
    pub(super) k_inhom: Vec<f64>,
    /// Pairs whose weight was cut.
    pub(super) capped: u64,
}

impl Curve {
    pub(super) fn of(pattern: &Pattern, weights: &EdgeWeights, bins: &Bins, threads: Threads) -> Self {
        let sums = tally(pattern, weights, bins, threads);
        Self::from_sums(pattern, weights, bins, &sums)
    }

    pub(super) fn from_sums(pattern: &Pattern, weights: &EdgeWeights, bins: &Bins, sums: &Sums) -> Self {
        let area = weights.window().area();
        let n = pattern.sites.len() as f64;
        // n(n − 1) within an industry, n_A n_B between two.
        let others = pattern.b.map_or(n - 1.0, |b| b.len() as f64);
        let times = orders(weights.correction(), pattern.b.is_some());
        let border = weights.correction() == Correction::Border;
        let k = if border {
            let borders = Borders::new(weights, pattern.sites);
            // The border estimate divides by n, not n − 1, as its reference points are few anyway.
            let density = pattern.b.map_or(n, |b| b.len() as f64) / area;
            let mut pairs = 0;
            let at = |(r, change): (&f64, &i64)| {
                pairs += change;
                let count = borders.at_least(*r) as f64;
                if count > 0.0 { pairs as f64 / (density * count) } else { f64::NAN }
            };
            bins.r.iter().zip(&sums.border).map(at).collect()
        } else {
            let scale = area * times / (n * others);
            bins.cumulated(|bin| sums.weight(bin)).into_iter().map(|sum| scale * sum).collect()
        };
        let g = match bins.bandwidth {
            None => Vec::new(),
            Some(_) => {
                let scale =
                    if border { area / pattern.b.map_or(n, |b| b.len() as f64) } else { area * times / (n * others) };
                let at = |(&r, sum): (&f64, f64)| if r > 0.0 { scale * sum / (2.0 * PI * r) } else { f64::NAN };
                bins.r.iter().zip(bins.smoothed(sums)).map(at).collect()
            }
        };
        let k_inhom = match pattern.inverse {
            None => Vec::new(),
            Some(inverse) => inhomogeneous(pattern, inverse, weights, bins, sums),
        };
        Self { k, g, k_inhom, capped: sums.capped }
    }
}

/// A Σ w/(λ_i λ_j) 1(d ≤ r) over Σ 1/(λ_i λ_j) of all ordered pairs.
fn inhomogeneous(
    pattern: &Pattern,
    [own, others]: [&[f64]; 2],
    weights: &EdgeWeights,
    bins: &Bins,
    sums: &Sums,
) -> Vec<f64> {
    let area = weights.window().area();
    let (sum, other) = (pairwise(own), pairwise(others));
    if weights.correction() == Correction::Border {
        let mut pairs = 0.0;
        let at = |(&r, change): (&f64, &f64)| {
            pairs += change;
            let least = r * (1.0 - distretto_numerics::DISTANCE_TIE);
            let inner = pattern.sites.iter().zip(own).filter(|(site, _)| weights.border(**site as usize) >= least);
            let inner: Vec<f64> = inner.map(|(_, &inverse)| inverse).collect();
            if inner.is_empty() { f64::NAN } else { area * pairs / (pairwise(&inner) * other) }
        };
        return bins.r.iter().zip(&sums.inverse).map(at).collect();
    }
    let all = match pattern.b {
        Some(_) => sum * other,
        // Σ_{i≠j}: without the pairs of a plant with itself.
        None => sum * sum - distretto_numerics::pairwise_by(own.len(), |i| own[i] * own[i]),
    };
    let scale = area * orders(weights.correction(), pattern.b.is_some()) / all;
    bins.cumulated(|bin| sums.inverse[bin]).into_iter().map(|sum| scale * sum).collect()
}
