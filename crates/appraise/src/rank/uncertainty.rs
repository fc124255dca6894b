//! How ranks vary when the weights do, or when other units are measured: N draws, N rankings.

use super::RankError;
use super::evaluate::Procedure;
use super::kernel::Kernel;
use super::options::Uncertainty;
use crate::draws::ln_gamma_variate;
use crate::indicators::{Indicators, Sheet};
use crate::ranks::tied;
use distretto_core::Context;
use distretto_numerics::{Key, Stream};
use rayon::prelude::*;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// Draws that one task does; part of the order in which shares of a first place are added up.
const CHUNK: u64 = 64;

/// The distribution of each row's rank within its group.
#[derive(Debug, Clone, PartialEq)]
pub struct RankUncertainty {
    /// Draws that gave a ranking.
    pub draws: u64,
    /// Draws that gave none.
    pub failed: u64,
    /// Ranks that each row had, rising, and how often.
    pub counts: Vec<Vec<(u32, u32)>>,
    /// Share of draws in which a row is first; rows that tie for it share the draw.
    pub first: Vec<f64>,
}

impl RankUncertainty {
    /// Mean rank of a row.
    #[must_use]
    pub fn mean(&self, row: usize) -> f64 {
        let counts = || self.counts[row].iter().map(|&(rank, count)| (u64::from(rank), u64::from(count)));
        let total: u64 = counts().map(|(_, count)| count).sum();
        counts().map(|(rank, count)| rank * count).sum::<u64>() as f64 / total as f64
    }

    /// Quantile of a row's rank (type 7).
    #[must_use]
    pub fn quantile(&self, row: usize, p: f64) -> f64 {
        let counts = &self.counts[row];
        let total: u64 = counts.iter().map(|&(_, count)| u64::from(count)).sum();
        if total == 0 {
            return f64::NAN;
        }
        let place = p * (total - 1) as f64;
        let (low, part) = (place.floor(), place - place.floor());
        let at = |k: u64| {
            let mut seen = 0;
            let found = counts.iter().find(|&&(_, count)| {
                seen += u64::from(count);
                seen > k
            });
            found.map_or(f64::NAN, |&(rank, _)| f64::from(rank))
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
    context.progress.begin("draws of the weights", draws);
    tally(&indicators.groups, draws, context, |k| {
        let w = draw(&weights, drawn, &mut Stream::new(key, 0, k));
        Some(kernels.iter().map(|kernel| kernel.scores(&w)).collect())
    })
}

/// Draws units with replacement within each group, and ranks all units by the scale that those drawn set.
pub(super) fn bootstrap(
    indicators: &Indicators,
    procedure: &Procedure,
    draws: u64,
    context: &Context<'_>,
) -> Result<RankUncertainty, RankError> {
    let weights = indicators.weights();
    let key = Key::new(context.seed, "rank/bootstrap");
    let sheets: Vec<Sheet> = indicators.groups.iter().map(|rows| indicators.sheet(rows)).collect();
    context.progress.begin("draws of the units", draws);
    tally(&indicators.groups, draws, context, |k| {
        let mut stream = Stream::new(key, 0, k);
        let scores = |sheet: &Sheet| {
            let n = sheet.columns.first().map_or(0, Vec::len) as u32;
            let rows: Vec<usize> = (0..n).map(|_| stream.below(n) as usize).collect();
            let columns = sheet.columns.iter().map(|column| rows.iter().map(|&row| column[row]).collect());
            let of = Sheet { columns: columns.collect(), ..sheet.clone() };
            procedure.prepare_by(&of, sheet).ok().map(|prepared| prepared.kernel.scores(&weights))
        };
        sheets.iter().map(scores).collect()
    })
}

/// Where ranks are counted: each rank of each row, or, where that is more, the ranks of every draw.
enum Counts {
    Cells(Vec<Vec<AtomicU32>>),
    Draws,
}

/// What one task found: shares of the first place by group, and the ranks of its draws where they are kept.
struct Part {
    first: Vec<Vec<f64>>,
    ranks: Vec<Vec<u32>>,
}

/// Ranks the scores of each draw within the groups; a draw without scores is counted as failed.
fn tally(
    groups: &[Vec<usize>],
    draws: u64,
    context: &Context<'_>,
    scores: impl Fn(u64) -> Option<Vec<Vec<f64>>> + Sync,
) -> Result<RankUncertainty, RankError> {
    let sizes: Vec<usize> = groups.iter().map(Vec::len).collect();
    let total: usize = sizes.iter().sum();
    let counts = match sizes.iter().all(|&n| n as u64 <= draws.max(1000)) {
        true => Counts::Cells(sizes.iter().map(|&n| (0..n * n).map(|_| AtomicU32::new(0)).collect()).collect()),
        false => Counts::Draws,
    };
    let failed = AtomicU64::new(0);
    let chunk = |start: u64| -> Option<Part> {
        let mut part = Part { first: sizes.iter().map(|&n| vec![0.0; n]).collect(), ranks: Vec::new() };
        let mut keys: Vec<(u64, u32)> = Vec::new();
        for k in start..(start + CHUNK).min(draws) {
            // A draw that leaves a unit without a score ranks nobody.
            let Some(scores) = scores(k).filter(|groups| groups.iter().flatten().all(|score| !score.is_nan())) else {
                failed.fetch_add(1, Ordering::Relaxed);
                continue;
            };
            let mut ranks = vec![0; if matches!(counts, Counts::Draws) { total } else { 0 }];
            let mut at = 0;
            for (g, (scores, first)) in scores.iter().zip(&mut part.first).enumerate() {
                record(scores, &mut keys, first, |row, rank| match &counts {
                    Counts::Cells(cells) => {
                        cells[g][row * scores.len() + rank].fetch_add(1, Ordering::Relaxed);
                    }
                    Counts::Draws => ranks[at + row] = rank as u32 + 1,
                });
                at += scores.len();
            }
            part.ranks.push(ranks);
        }
        context.progress.advance((start + CHUNK).min(draws) - start);
        (!context.progress.cancelled()).then_some(part)
    };
    let starts: Vec<u64> = (0..draws).step_by(CHUNK as usize).collect();
    let parts: Option<Vec<Part>> = starts.into_par_iter().map(chunk).collect();
    let parts = parts.ok_or(RankError::Interrupted)?;
    let failed = failed.into_inner();
    let done = draws - failed;
    let mut found = RankUncertainty { draws: done, failed, counts: vec![Vec::new(); total], first: vec![0.0; total] };
    let mut at = 0;
    for (g, rows) in groups.iter().enumerate() {
        for (i, &row) in rows.iter().enumerate() {
            found.counts[row] = match &counts {
                Counts::Cells(cells) => counted(&cells[g][i * rows.len()..(i + 1) * rows.len()]),
                Counts::Draws => gathered(&parts, at + i),
            };
            // Chunks in their order, so that the sum does not depend on threads.
            found.first[row] = parts.iter().map(|part| part.first[g][i]).sum::<f64>() / done as f64;
        }
        at += rows.len();
    }
    Ok(found)
}

/// Ranks that came up, and how often.
fn counted(cells: &[AtomicU32]) -> Vec<(u32, u32)> {
    let counts = cells.iter().map(|count| count.load(Ordering::Relaxed));
    (1..).zip(counts).filter(|(_, count)| *count > 0).collect()
}

/// The ranks of a row in all draws, counted.
fn gathered(parts: &[Part], row: usize) -> Vec<(u32, u32)> {
    let of_row = parts.iter().flat_map(|part| part.ranks.iter().map(move |ranks| ranks[row]));
    let mut ranks: Vec<u32> = of_row.filter(|&rank| rank > 0).collect();
    ranks.sort_unstable();
    ranks.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as u32)).collect()
}

/// Ranks the scores of one draw: `count` takes row and rank, from 0; `first` gets shares of the first place.
fn record(scores: &[f64], keys: &mut Vec<(u64, u32)>, first: &mut [f64], mut count: impl FnMut(usize, usize)) {
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
        count(i, rank);
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
        Uncertainty::Dirichlet(k) => {
            // Shapes far below 1 underflow: their logarithms do not.
            let logs: Vec<f64> = weights.iter().map(|w| ln_gamma_variate(k * w, stream)).collect();
            let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            logs.iter().map(|log| (log - most).exp()).collect()
        }
        Uncertainty::Relative(d) => weights.iter().map(|w| w * (1.0 - d + 2.0 * d * stream.uniform())).collect(),
    };
    let total: f64 = raw.iter().sum();
    raw.into_iter().map(|w| w / total).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_counts_by_hand() {
        // Ranks 1, 1, 2, 3: median 1.5, 95th percentile 2.85.
        let found =
            RankUncertainty { draws: 4, failed: 0, counts: vec![vec![(1, 2), (2, 1), (3, 1)]], first: vec![0.5] };
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
        let (mut first, mut seen) = (vec![0.0; 3], Vec::new());
        record(&[2.0, 1.0, 2.0], &mut Vec::new(), &mut first, |row, rank| seen.push((row, rank)));
        assert_eq!(first, [0.5, 0.0, 0.5]);
        assert_eq!(seen, [(0, 0), (2, 0), (1, 2)]);
    }

    #[test]
    fn both_ways_of_counting_agree() {
        // Three rows whose order turns from draw to draw: many draws count in cells, few keep their ranks.
        let scores =
            |n: usize| move |k: u64| Some(vec![(0..n).map(|i| ((i as u64 * 7 + k * 3) % 11) as f64).collect()]);
        let context = Context::with_seed(1);
        let rows: Vec<usize> = (0..1001).collect();
        let kept = tally(std::slice::from_ref(&rows), 70, &context, scores(1001)).unwrap();
        assert_eq!(kept.counts[5].iter().map(|(_, count)| count).sum::<u32>(), 70);
        let by_hand: Vec<(u32, u32)> = {
            let rank = |k: u64| {
                let all: Vec<u64> = (0..1001).map(|i| (i * 7 + k * 3) % 11).collect();
                1 + all.iter().filter(|&&x| x > all[5]).count() as u32
            };
            let mut ranks: Vec<u32> = (0..70).map(rank).collect();
            ranks.sort_unstable();
            ranks.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as u32)).collect()
        };
        assert_eq!(kept.counts[5], by_hand);
        let cells = tally(&[(0..1000).collect()], 70, &context, scores(1000)).unwrap();
        assert_eq!(cells.counts[5].iter().map(|(_, count)| count).sum::<u32>(), 70);
    }
}
