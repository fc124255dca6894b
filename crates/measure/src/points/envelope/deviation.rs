//! Deviation from the mean of all curves: its largest value (mad, st) and its integrated square (dclf).

use super::{COUNT_SLACK, Found, Kept};
use distretto_numerics::{TIE_TOLERANCE, pairwise, pairwise_by};

/// Largest |T − T̄| of each curve, in units of the standard deviation when `scaled`; band T̄ ± the (k+1)-th largest,
/// k = ⌊αN⌋.
pub(super) fn largest(kept: &Kept, scaled: bool) -> Found {
    let centres: Vec<Centre> = kept.columns.iter().map(|column| Centre::of(column)).collect();
    let unit = |centre: &Centre| match scaled {
        true => centre.sd,
        false => 1.0,
    };
    let used = |centre: &&Centre| !scaled || centre.spreads();
    let n = kept.curves();
    let deviation = |i: usize| {
        let pairs = kept.columns.iter().zip(&centres).filter(|(_, centre)| used(centre));
        pairs.map(|(column, centre)| (column[i] - centre.mean).abs() / unit(centre)).fold(0.0, f64::max)
    };
    let u: Vec<f64> = (0..n).map(deviation).collect();
    // What rounding of the curves alone can make of a deviation of 0.
    let rounding = centres.iter().filter(used).map(|c| TIE_TOLERANCE * c.size / unit(c)).fold(0.0, f64::max);
    let slack = TIE_TOLERANCE * u.first().copied().unwrap_or(0.0) + rounding;
    let width = order_statistic(&u, kept.alpha);
    let half = |centre: &Centre| if used(&centre) { unit(centre) * width } else { 0.0 };
    Found {
        low: centres.iter().map(|centre| centre.mean - half(centre)).collect(),
        high: centres.iter().map(|centre| centre.mean + half(centre)).collect(),
        statistic: u.first().copied().unwrap_or(f64::NAN),
        ..Found::test(share_as_large(&u, slack))
    }
}

/// ∫(T − T̄)² dr of each curve by the trapezoid rule, at one distance the square itself; no band.
pub(super) fn integrated(kept: &Kept) -> Found {
    let centres: Vec<Centre> = kept.columns.iter().map(|column| Centre::of(column)).collect();
    let square = |i: usize, j: usize| (kept.columns[j][i] - centres[j].mean).powi(2);
    let steps = kept.r.len().saturating_sub(1);
    let integral = |i: usize| match kept.r.len() {
        // One distance has no width: its square counts once.
        1 => square(i, 0),
        _ => pairwise_by(steps, |j| 0.5 * (square(i, j) + square(i, j + 1)) * (kept.r[j + 1] - kept.r[j])),
    };
    let u: Vec<f64> = (0..kept.curves()).map(integral).collect();
    let observed = u.first().copied().unwrap_or(f64::NAN);
    let range = if kept.r.len() == 1 { 1.0 } else { kept.r.last().zip(kept.r.first()).map_or(0.0, |(a, b)| a - b) };
    // A rounding e of the curves moves ∫(T − T̄)² by at most 2e √(u·range) + e²·range.
    let rounding = centres.iter().map(|centre| TIE_TOLERANCE * centre.size).fold(0.0, f64::max);
    let slack = TIE_TOLERANCE * observed + 2.0 * rounding * (observed * range).sqrt() + rounding * rounding * range;
    Found { statistic: observed, ..Found::test(share_as_large(&u, slack)) }
}

/// Where the curves lie at a distance.
struct Centre {
    /// Mean of all N.
    mean: f64,
    /// Standard deviation, divisor N − 1.
    sd: f64,
    /// Largest absolute value.
    size: f64,
}

impl Centre {
    fn of(column: &[f64]) -> Self {
        let n = column.len() as f64;
        let mean = pairwise(column) / n;
        let sum = pairwise_by(column.len(), |i| (column[i] - mean).powi(2));
        let size = column.iter().map(|value| value.abs()).fold(0.0, f64::max);
        Self { mean, sd: (sum / (n - 1.0)).sqrt(), size }
    }

    /// Whether the curves differ by more than rounding.
    fn spreads(&self) -> bool {
        self.sd > TIE_TOLERANCE * self.size
    }
}

/// Share of values at least as large as the first; within the slack they are ties.
fn share_as_large(u: &[f64], slack: f64) -> f64 {
    let Some(&observed) = u.first() else { return f64::NAN };
    u.iter().filter(|&&value| value >= observed - slack).count() as f64 / u.len() as f64
}

/// The (k+1)-th largest value, k = ⌊αN⌋.
fn order_statistic(u: &[f64], alpha: f64) -> f64 {
    let mut sorted = u.to_vec();
    sorted.sort_unstable_by(|a, b| b.total_cmp(a));
    let k = (alpha * u.len() as f64 + COUNT_SLACK).floor() as usize;
    sorted.get(k).copied().unwrap_or(f64::NAN)
}
