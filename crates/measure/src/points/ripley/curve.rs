//! From sums over pairs to K, L, g and their like.

use super::bins::{Bins, Sums};
use super::tally::{Borders, Pattern, Threads, orders, tally};
use crate::points::pairs::PairIndex;
use crate::points::window::{Correction, EdgeWeights};
use distretto_numerics::pairwise;
use std::f64::consts::PI;

/// Sites of the reference points, number of neighbours of another side, and 1/λ of both where it is asked for.
type Points<'p> = (&'p [u32], Option<usize>, Option<[&'p [f64]; 2]>);

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
        Self::from_sums((pattern.sites, pattern.b.map(PairIndex::len), pattern.inverse), weights, bins, &sums)
    }

    /// From the sums over the pairs of reference points at `sites` and so many neighbours (none: themselves).
    pub(super) fn from_sums(
        (sites, neighbours, inverse): Points,
        weights: &EdgeWeights,
        bins: &Bins,
        sums: &Sums,
    ) -> Self {
        let area = weights.window().area();
        let n = sites.len() as f64;
        // n(n − 1) within an industry, n_A n_B between two.
        let others = neighbours.map_or(n - 1.0, |count| count as f64);
        let times = orders(weights.correction(), neighbours.is_some());
        let border = weights.correction() == Correction::Border;
        let borders = Borders::new(weights, sites);
        let k: Vec<f64> = if border {
            // The border estimate divides by n, not n − 1, as its reference points are few anyway.
            let density = neighbours.map_or(n, |count| count as f64) / area;
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
                let scale = if border {
                    area / neighbours.map_or(n, |count| count as f64)
                } else {
                    area * times / (n * others)
                };
                // As K, g of the border correction exists where there are reference points.
                let exists = |r: f64| r > 0.0 && (!border || borders.at_least(r) > 0);
                let at = |(&r, sum): (&f64, f64)| if exists(r) { scale * sum / (2.0 * PI * r) } else { f64::NAN };
                bins.r.iter().zip(bins.smoothed(sums)).map(at).collect()
            }
        };
        let k_inhom = match inverse {
            None => Vec::new(),
            Some(inverse) => inhomogeneous((sites, neighbours.is_some()), inverse, weights, bins, sums),
        };
        Self { k, g, k_inhom, capped: sums.capped }
    }
}

/// A Σ w/(λ_i λ_j) 1(d ≤ r) over Σ 1/(λ_i λ_j) of all ordered pairs.
fn inhomogeneous(
    (sites, two_sides): (&[u32], bool),
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
            let inner = sites.iter().zip(own).filter(|(site, _)| weights.border(**site as usize) >= least);
            let inner: Vec<f64> = inner.map(|(_, &inverse)| inverse).collect();
            if inner.is_empty() { f64::NAN } else { area * pairs / (pairwise(&inner) * other) }
        };
        return bins.r.iter().zip(&sums.inverse).map(at).collect();
    }
    let all = match two_sides {
        true => sum * other,
        // Σ_{i≠j}: without the pairs of a plant with itself.
        false => sum * sum - distretto_numerics::pairwise_by(own.len(), |i| own[i] * own[i]),
    };
    let scale = area * orders(weights.correction(), two_sides) / all;
    bins.cumulated(|bin| sums.inverse[bin]).into_iter().map(|sum| scale * sum).collect()
}
