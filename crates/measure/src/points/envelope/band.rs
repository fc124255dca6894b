//! Bands of order statistics: pointwise, and the global one of Duranton and Overman.

use super::{COUNT_SLACK, Found, Kept};
use distretto_numerics::TIE_TOLERANCE;

/// k-th smallest and largest simulated value at each distance, k = ⌊α/2·N⌋.
pub(super) fn pointwise(kept: &Kept) -> Found {
    let k = (kept.alpha / 2.0 * kept.curves() as f64 + COUNT_SLACK).floor().max(1.0);
    let sorted = sorted_simulations(kept);
    let low = sorted.iter().map(|column| at_rank(column, k)).collect();
    let high = sorted.iter().map(|column| at_rank(column, (column.len() + 1) as f64 - k)).collect();
    Found { low, high, ..Found::test(f64::NAN) }
}

/// The band between the simulated values at rank k from below and from above, k real and the same at every
/// distance, so that a share α of the simulations leaves it anywhere (Duranton and Overman 2005, section 3).
///
/// The share that leaves steps up as k passes a whole number; k is interpolated linearly between the last whole
/// rank at which at most αs leave and the next.
pub(super) fn duranton_overman(kept: &Kept) -> Found {
    let sorted = sorted_simulations(kept);
    let s = kept.curves().saturating_sub(1);
    let critical = critical_ranks(kept, &sorted, s);
    let middle = s.div_ceil(2);
    let share = |rank: usize| critical.iter().filter(|&&c| c < rank).count() as f64 / s as f64;
    let last = (1..=middle).take_while(|&rank| share(rank) <= kept.alpha + COUNT_SLACK).last().unwrap_or(1);
    let (here, next) = (share(last), share(last + 1));
    let part = if last < middle && next > here { (kept.alpha - here) / (next - here) } else { 0.0 };
    let k = last as f64 + part.clamp(0.0, 1.0);
    let low: Vec<f64> = sorted.iter().map(|column| at_rank(column, k)).collect();
    let high: Vec<f64> = sorted.iter().map(|column| at_rank(column, (s + 1) as f64 - k)).collect();
    let above = |j: usize| (kept.columns[j][0] - high[j]).max(0.0);
    let below = |j: usize| (low[j] - kept.columns[j][0]).max(0.0);
    let localised: f64 = (0..high.len()).map(above).sum();
    let dispersed: f64 = if localised > 0.0 { 0.0 } else { (0..low.len()).map(below).sum() };
    Found { low, high, indices: Some([localised, dispersed]), ..Found::test(f64::NAN) }
}

/// For each simulation the largest whole rank k whose band it stays within at every distance.
fn critical_ranks(kept: &Kept, sorted: &[Vec<f64>], s: usize) -> Vec<usize> {
    let rank = |i: usize| {
        let at = |(column, sorted): (&Vec<f64>, &Vec<f64>)| {
            let value = column[i + 1];
            let slack = TIE_TOLERANCE * value.abs();
            let below = sorted.partition_point(|&other| other <= value + slack);
            let above = s - sorted.partition_point(|&other| other < value - slack);
            below.min(above)
        };
        kept.columns.iter().zip(sorted).map(at).min().unwrap_or(s)
    };
    (0..s).map(rank).collect()
}

fn sorted_simulations(kept: &Kept) -> Vec<Vec<f64>> {
    let sort = |column: &Vec<f64>| {
        let mut values = column[1..].to_vec();
        values.sort_unstable_by(f64::total_cmp);
        values
    };
    kept.columns.iter().map(sort).collect()
}

/// Order statistic at a real rank from 1, linearly interpolated.
fn at_rank(sorted: &[f64], rank: f64) -> f64 {
    let whole = rank.floor().clamp(1.0, sorted.len() as f64);
    let (at, part) = (whole as usize - 1, rank - whole);
    let next = sorted[(at + 1).min(sorted.len() - 1)];
    if part > 0.0 { sorted[at] + part * (next - sorted[at]) } else { sorted[at] }
}
