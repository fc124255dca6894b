//! The indices of one share vector, and their bounds when some of its cells are suppressed.

use super::options::SpreadOptions;
use crate::bounds::{Bounds, BoundsError, Boxes, fill, largest_gini, largest_separable, sum_of_largest};
use distretto_numerics::{pairwise, pairwise_by};
use serde::Serialize;

/// Below this Σ|s−x| two structures are the same, and the diversity index 1/Σ|s−x| does not exist.
const SAME: f64 = 1e-12;

/// An index of [`concentration`](super::concentration) or [`specialisation`](super::specialisation).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Index {
    /// Locational Gini coefficient against the benchmark, in [0, 1).
    Gini,
    /// Unweighted Gini coefficient of the location quotients s/x.
    GiniLq,
    /// Hoover's index ½Σ|s − x|, in [0, 1).
    Hoover,
    /// Krugman's index Σ|s − x|, in [0, 2).
    Krugman,
    /// Theil's index Σ s ln(s/x), 0 or more.
    Theil,
    /// Herfindahl–Hirschman index Σs², in [1/n, 1].
    Hhi,
    /// The same scaled to [0, 1].
    HhiNorm,
    /// Entropy −Σ s ln s.
    Entropy,
    /// Number of equal units with the same entropy.
    NEffective,
    /// Sum of the largest shares.
    Cr,
    /// Numbers equivalent of Hannah and Kay.
    HannahKay,
    /// Hachman's index 1/Σ(s²/x), in (0, 1].
    Hachman,
    /// Relative diversity index 1/Σ|s − x|.
    Rdi,
}

impl Index {
    /// All indices, in the order of the columns.
    pub const ALL: [Self; 13] = [
        Self::Gini,
        Self::GiniLq,
        Self::Hoover,
        Self::Krugman,
        Self::Theil,
        Self::Hhi,
        Self::HhiNorm,
        Self::Entropy,
        Self::NEffective,
        Self::Cr,
        Self::HannahKay,
        Self::Hachman,
        Self::Rdi,
    ];

    /// Name of its column.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Gini => "gini",
            Self::GiniLq => "gini_lq",
            Self::Hoover => "hoover",
            Self::Krugman => "krugman",
            Self::Theil => "theil",
            Self::Hhi => "hhi",
            Self::HhiNorm => "hhi_norm",
            Self::Entropy => "entropy",
            Self::NEffective => "n_effective",
            Self::Cr => "cr",
            Self::HannahKay => "hannah_kay",
            Self::Hachman => "hachman",
            Self::Rdi => "rdi",
        }
    }

    /// Whether it compares the shares with a benchmark.
    #[must_use]
    pub fn has_benchmark(self) -> bool {
        use Index::{Gini, GiniLq, Hachman, Hoover, Krugman, Rdi, Theil};
        matches!(self, Gini | GiniLq | Hoover | Krugman | Theil | Hachman | Rdi)
    }

    /// Whether bounds over suppressed cells are given. `gini_lq` has none: its mean moves with the cells, so that
    /// neither the filled point is its least value nor a fixed weight its scale.
    #[must_use]
    pub fn has_bounds(self) -> bool {
        self != Self::GiniLq
    }
}

/// One number for each [`Index`]; NaN where it does not exist.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct PerIndex<T>([T; 13]);

impl<T: Copy> PerIndex<T> {
    pub(super) fn all(value: T) -> Self {
        Self([value; 13])
    }

    pub(super) fn get(&self, index: Index) -> T {
        self.0[index as usize]
    }

    pub(super) fn set(&mut self, index: Index, value: T) {
        self.0[index as usize] = value;
    }
}

/// All indices of shares `s` (sum 1) with benchmark shares `x` (sum 1, all positive), without `x` those that need
/// none.
pub(super) fn indices(s: &[f64], x: Option<&[f64]>, options: &SpreadOptions) -> PerIndex<f64> {
    let mut values = PerIndex::all(f64::NAN);
    let n = s.len() as f64;
    let hhi = pairwise_by(s.len(), |k| s[k] * s[k]);
    values.set(Index::Hhi, hhi);
    values.set(Index::HhiNorm, normalised(hhi, n));
    let entropy = -pairwise_by(s.len(), |k| log_term(s[k]));
    values.set(Index::Entropy, entropy / options.log_base.ln());
    values.set(Index::NEffective, entropy.exp());
    values.set(Index::Cr, largest(s, options.cr));
    values.set(Index::HannahKay, hannah_kay(s, options.alpha, entropy));
    let Some(x) = x else { return values };
    let apart = pairwise_by(s.len(), |k| (s[k] - x[k]).abs());
    values.set(Index::Gini, options.gini_scale * gini(s, x));
    values.set(Index::GiniLq, gini_lq(s, x));
    values.set(Index::Hoover, apart / 2.0);
    values.set(Index::Krugman, apart * options.krugman_scale / 2.0);
    values.set(Index::Theil, pairwise_by(s.len(), |k| relative_log_term(s[k], x[k])) / options.log_base.ln());
    values.set(Index::Hachman, 1.0 / pairwise_by(s.len(), |k| s[k] * s[k] / x[k]));
    values.set(Index::Rdi, if apart < SAME { f64::NAN } else { 1.0 / apart });
    values
}

/// Bounds of all indices over `low ≤ e ≤ high`, `Σe = total` > 0; `x` as in [`indices`].
///
/// An end that does not exist is NaN: that of `gini_lq` always, the upper one of `gini` beyond 20 suppressed cells,
/// the upper one of `rdi` when a table with the structure of the benchmark is possible.
pub(super) fn bounds(
    low: &[f64],
    high: &[f64],
    total: f64,
    x: Option<&[f64]>,
    options: &SpreadOptions,
) -> Result<PerIndex<Bounds>, BoundsError> {
    let shares = |values: &[f64]| values.iter().map(|value| value / total).collect::<Vec<_>>();
    let raw = Boxes::new(low, high, total)?;
    let boxes = Boxes::new(&shares(&raw.low), &shares(&raw.high), 1.0)?;
    let mut values = PerIndex::all(Bounds::at(f64::NAN));
    absolute(&boxes, options, &mut values);
    if let Some(x) = x {
        relative(&boxes, x, options, &mut values);
    }
    Ok(values)
}

/// Indices of the shares alone. Their least spread is at the filled point.
fn absolute(boxes: &Boxes, options: &SpreadOptions, values: &mut PerIndex<Bounds>) {
    let n = boxes.low.len() as f64;
    let even = indices(&fill(boxes, None), None, options);
    let (largest, exact) = largest_separable(boxes, None, |_, s| s * s);
    let hhi = Bounds { low: even.get(Index::Hhi), high: largest.min(1.0), exact };
    values.set(Index::Hhi, hhi);
    values.set(Index::HhiNorm, hhi.rising(|hhi| normalised(hhi, n)));
    let (largest, exact) = largest_separable(boxes, None, |_, s| log_term(s));
    let high = even.get(Index::Entropy) * options.log_base.ln();
    let entropy = Bounds { low: (-largest).max(0.0), high, exact };
    values.set(Index::Entropy, entropy.rising(|nats| nats / options.log_base.ln()));
    values.set(Index::NEffective, entropy.rising(f64::exp));
    let count = options.cr;
    let cr = if count < boxes.low.len() { sum_of_largest(boxes, count) } else { Bounds::at(1.0) };
    values.set(Index::Cr, Bounds { high: cr.high.min(1.0), ..cr });
    values.set(Index::HannahKay, hannah_kay_bounds(boxes, options.alpha, entropy, even.get(Index::HannahKay)));
}

/// The numbers equivalent is largest at the filled point, `most`, whatever α is.
fn hannah_kay_bounds(boxes: &Boxes, alpha: f64, entropy: Bounds, most: f64) -> Bounds {
    if alpha == 1.0 {
        return entropy.rising(f64::exp);
    }
    if alpha == 0.0 {
        return positive_units(boxes);
    }
    let convex = if alpha > 1.0 { 1.0 } else { -1.0 };
    let (largest, exact) = largest_separable(boxes, None, |_, s| convex * s.powf(alpha));
    let sum = if alpha > 1.0 { largest.min(1.0) } else { (-largest).max(1.0) };
    Bounds { low: sum.powf(1.0 / (1.0 - alpha)).max(1.0), high: most, exact }
}

/// Number of units with a positive share (α = 0): at least those that must be and as many of the widest others as
/// the room needs, at most all that may be.
fn positive_units(boxes: &Boxes) -> Bounds {
    // Narrowing leaves 1e-17 where a lower end is 0: that is no positive share.
    let positive = |cell: usize| boxes.low[cell] > SAME;
    let sure = (0..boxes.low.len()).filter(|&cell| positive(cell)).count();
    let (certain, open): (Vec<usize>, Vec<usize>) = boxes.free.iter().partition(|&&cell| positive(cell));
    let taken: f64 = certain.iter().map(|&cell| boxes.width(cell)).sum();
    let mut widths: Vec<f64> = open.iter().map(|&cell| boxes.width(cell)).collect();
    widths.sort_by(|a, b| b.total_cmp(a));
    let mut left = boxes.room() - taken;
    let mut needed = 0;
    while left > SAME && needed < widths.len() {
        left -= widths[needed];
        needed += 1;
    }
    let most = if boxes.room() > SAME { sure + open.len() } else { sure };
    Bounds { low: (sure + needed) as f64, high: most as f64, exact: true }
}

/// Indices against a benchmark. Their least spread is at the point filled in proportion to it.
fn relative(boxes: &Boxes, x: &[f64], options: &SpreadOptions, values: &mut PerIndex<Bounds>) {
    let level = fill(boxes, Some(x));
    let least = indices(&level, Some(x), options);
    let largest = largest_gini(boxes, x).map_or(f64::NAN, |gini| gini.min(1.0) * options.gini_scale);
    values.set(Index::Gini, Bounds { low: least.get(Index::Gini), high: largest, exact: true });
    let (largest, exact) = largest_separable(boxes, Some(x), |x, s| (s - x).abs());
    let apart = Bounds { low: 2.0 * least.get(Index::Hoover), high: largest.min(2.0), exact };
    values.set(Index::Hoover, apart.rising(|apart| apart / 2.0));
    values.set(Index::Krugman, apart.rising(|apart| apart * options.krugman_scale / 2.0));
    values.set(Index::Rdi, apart.falling(|apart| if apart < SAME { f64::NAN } else { 1.0 / apart }));
    let (largest, exact) = largest_separable(boxes, Some(x), |x, s| relative_log_term(s, x));
    let theil = Bounds { low: least.get(Index::Theil), high: largest / options.log_base.ln(), exact };
    values.set(Index::Theil, theil);
    let (largest, exact) = largest_separable(boxes, Some(x), |x, s| s * s / x);
    values.set(Index::Hachman, Bounds { low: 1.0 / largest, high: least.get(Index::Hachman), exact });
}

/// `s ln s` with 0 ln 0 = 0.
fn log_term(s: f64) -> f64 {
    if s > 0.0 { s * s.ln() } else { 0.0 }
}

/// `s ln(s/x)` with 0 ln 0 = 0.
fn relative_log_term(s: f64, x: f64) -> f64 {
    if s > 0.0 { s * (s / x).ln() } else { 0.0 }
}

/// `(hhi − 1/n)/(1 − 1/n)`; NaN for one unit.
fn normalised(hhi: f64, n: f64) -> f64 {
    if n > 1.0 { (hhi - 1.0 / n) / (1.0 - 1.0 / n) } else { f64::NAN }
}

/// Sum of the `count` largest shares, largest first; 1 when there are fewer.
fn largest(s: &[f64], count: usize) -> f64 {
    if count >= s.len() {
        return 1.0;
    }
    let mut sorted = s.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    pairwise(&sorted[..count])
}

/// `(Σ s^α)^{1/(1−α)}` over s > 0, for α = 1 its limit exp(entropy).
fn hannah_kay(s: &[f64], alpha: f64, entropy: f64) -> f64 {
    if alpha == 1.0 {
        return entropy.exp();
    }
    pairwise_by(s.len(), |k| if s[k] > 0.0 { s[k].powf(alpha) } else { 0.0 }).powf(1.0 / (1.0 - alpha))
}

/// `1 − Σ_k x_(k)(S_k + S_{k−1})`, units by ascending s/x. O(n log n).
fn gini(s: &[f64], x: &[f64]) -> f64 {
    let mut order: Vec<usize> = (0..s.len()).collect();
    order.sort_by(|&a, &b| (s[a] / x[a]).total_cmp(&(s[b] / x[b])));
    // The same as Σ_{j<k} (s_k x_j − x_k s_j) over that order: no difference from 1 that would cost digits near 0.
    let (mut shares, mut weights) = (0.0, 0.0);
    let mut terms = Vec::with_capacity(order.len());
    for k in order {
        terms.push(s[k] * weights - x[k] * shares);
        shares += s[k];
        weights += x[k];
    }
    pairwise(&terms).max(0.0)
}

/// `Σ_jΣ_k|q_j − q_k|/(2n²q̄)` of q = s/x. O(n log n).
fn gini_lq(s: &[f64], x: &[f64]) -> f64 {
    let mut q: Vec<f64> = s.iter().zip(x).map(|(s, x)| s / x).collect();
    q.sort_by(f64::total_cmp);
    let n = q.len() as f64;
    let spread = pairwise_by(q.len(), |k| (2.0 * k as f64 + 1.0 - n) * q[k]);
    (spread / (n * pairwise(&q))).max(0.0)
}

#[cfg(test)]
mod tests;
