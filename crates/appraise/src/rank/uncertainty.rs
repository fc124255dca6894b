//! How ranks vary when the weights do: N draws of the weights, N rankings.

use super::RankError;
use super::kernel::Kernel;
use super::options::Uncertainty;
use crate::draws::gamma;
use crate::indicators::Indicators;
use crate::ranks::tied;
use distretto_core::Context;
use distretto_numerics::{Key, Stream};
use rayon::prelude::*;
use std::sync::atomic::{AtomicU32, Ordering};

/// Draws that one task does; part of the order in which shares of a first place are added up.
const CHUNK: u64 = 64;

/// The distribution of each row's rank within its group.
#[derive(Debug, Clone, PartialEq)]
pub struct RankUncertainty {
    /// Draws.
    pub draws: u64,
    /// How often each row had each rank: `counts[row][rank − 1]`.
    pub counts: Vec<Vec<u32>>,
    /// Share of draws in which a row is first; rows that tie for it share the draw.
    pub first: Vec<f64>,
}

impl RankUncertainty {
    /// Mean rank of a row.
    #[must_use]
    pub fn mean(&self, row: usize) -> f64 {
        let total: u64 = self.counts[row].iter().map(|&count| u64::from(count)).sum();
        let sum: u64 = self.counts[row].iter().zip(1_u64..).map(|(&count, rank)| u64::from(count) * rank).sum();
        sum as f64 / total as f64
    }

    /// Quantile of a row's rank (type 7).
    #[must_use]
    pub fn quantile(&self, row: usize, p: f64) -> f64 {
        let counts = &self.counts[row];
        let total: u64 = counts.iter().map(|&count| u64::from(count)).sum();
        if total == 0 {
            return f64::NAN;
        }
        let place = p * (total - 1) as f64;
        let (low, part) = (place.floor(), place - place.floor());
        let at = |k: u64| {
            let mut seen = 0;
            let found = counts.iter().position(|&count| {
                seen += u64::from(count);
                seen > k
            });
            found.map_or(f64::NAN, |rank| rank as f64 + 1.0)
        };
        let first = at(low as u64);
        if part > 0.0 { first + part * (at(low as u64 + 1) - first) } else { first }
    }
}

/// Draws weights and ranks under each. Draw k uses stream (seed, k), whatever thread does it.
pub(super) fn simulate(
    indicators: &Indicators,
    kernels: &[&Kernel],
    drawn: Uncertainty,
    draws: u64,
    context: &Context<'_>,
) -> Result<RankUncertainty, RankError> {
    let weights = indicators.weights();
    let key = Key::new(context.seed, "rank/monte-carlo");
    let sizes: Vec<usize> = kernels.iter().map(|kernel| kernel.n()).collect();
    let counts: Vec<Vec<AtomicU32>> = sizes.iter().map(|&n| (0..n * n).map(|_| AtomicU32::new(0)).collect()).collect();
    context.progress.begin("draws of the weights", draws);
    let chunk = |start: u64| -> Option<Vec<Vec<f64>>> {
        let mut first: Vec<Vec<f64>> = sizes.iter().map(|&n| vec![0.0; n]).collect();
        let mut keys: Vec<(u64, u32)> = Vec::new();
        for k in start..(start + CHUNK).min(draws) {
            let w = draw(&weights, drawn, &mut Stream::new(key, 0, k));
            for ((kernel, counts), first) in kernels.iter().zip(&counts).zip(&mut first) {
                record(&kernel.scores(&w), &mut keys, counts, first);
            }
        }
        context.progress.advance((start + CHUNK).min(draws) - start);
        (!context.progress.cancelled()).then_some(first)
    };
    let starts: Vec<u64> = (0..draws).step_by(CHUNK as usize).collect();
    let parts: Option<Vec<Vec<Vec<f64>>>> = starts.into_par_iter().map(chunk).collect();
    let parts = parts.ok_or(RankError::Interrupted)?;
    let mut found =
        RankUncertainty { draws, counts: vec![Vec::new(); indicators.n()], first: vec![0.0; indicators.n()] };
    for (g, rows) in indicators.groups.iter().enumerate() {
        let n = rows.len();
        for (i, &row) in rows.iter().enumerate() {
            found.counts[row] = counts[g][i * n..(i + 1) * n].iter().map(|c| c.load(Ordering::Relaxed)).collect();
            // Chunks in their order, so that the sum does not depend on threads.
            found.first[row] = parts.iter().map(|part| part[g][i]).sum::<f64>() / draws as f64;
        }
    }
    Ok(found)
}

/// Ranks one draw into the counts.
fn record(scores: &[f64], keys: &mut Vec<(u64, u32)>, counts: &[AtomicU32], first: &mut [f64]) {
    let n = scores.len();
    keys.clear();
    let exist = scores.iter().zip(0_u32..).filter(|(score, _)| !score.is_nan());
    keys.extend(exist.map(|(score, i)| (!ascending(*score), i)));
    keys.sort_unstable();
    let (mut rank, mut last, mut ahead) = (0, f64::NAN, 0);
    for (place, &(_, i)) in keys.iter().enumerate() {
        let i = i as usize;
        if place > 0 && !tied(last, scores[i]) {
            rank = place;
        }
        last = scores[i];
        ahead += usize::from(rank == 0);
        counts[i * n + rank].fetch_add(1, Ordering::Relaxed);
    }
    for &(_, i) in &keys[..ahead] {
        first[i as usize] += 1.0 / ahead as f64;
    }
}

/// Bits that sort as the numbers do.
fn ascending(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

/// One draw of the weights.
fn draw(weights: &[f64], drawn: Uncertainty, stream: &mut Stream) -> Vec<f64> {
    let raw: Vec<f64> = match drawn {
        Uncertainty::Simplex => weights.iter().map(|_| -stream.uniform_positive().ln()).collect(),
        Uncertainty::Dirichlet(k) => weights.iter().map(|w| gamma(k * w, stream)).collect(),
        Uncertainty::Relative(d) => weights.iter().map(|w| w * (1.0 - d + 2.0 * d * stream.uniform())).collect(),
    };
    let total: f64 = raw.iter().sum();
    // Shapes far below 1 can underflow together: then the draw is the weights themselves.
    if total > 0.0 { raw.into_iter().map(|w| w / total).collect() } else { weights.to_vec() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_counts_by_hand() {
        // Ranks 1, 1, 2, 3: median 1.5, 95th percentile 2.85.
        let found = RankUncertainty { draws: 4, counts: vec![vec![2, 1, 1]], first: vec![0.5] };
        assert_eq!(found.quantile(0, 0.5), 1.5);
        assert!((found.quantile(0, 0.95) - 2.85).abs() < 1e-15);
        assert_eq!(found.mean(0), 1.75);
    }

    #[test]
    fn bits_sort_as_numbers() {
        let x = [f64::NEG_INFINITY, -2.0, -0.5, 0.0, 1e-300, 3.0];
        assert!(x.windows(2).all(|pair| ascending(pair[0]) < ascending(pair[1])));
    }

    #[test]
    fn ties_for_the_first_place_share_it() {
        let counts: Vec<AtomicU32> = (0..9).map(|_| AtomicU32::new(0)).collect();
        let mut first = vec![0.0; 3];
        record(&[2.0, 1.0, 2.0], &mut Vec::new(), &counts, &mut first);
        assert_eq!(first, [0.5, 0.0, 0.5]);
        assert_eq!(counts[5].load(Ordering::Relaxed), 1);
    }
}
