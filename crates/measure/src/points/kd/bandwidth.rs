//! Bandwidths from distances: nrd0 of Silverman, and solve-the-equation of Sheather and Jones.

use distretto_numerics::{SearchOptions, find_root};
use std::f64::consts::PI;

/// Bins of [`sheather_jones`].
pub(super) const SJ_BINS: usize = 4096;
/// Times that the bracket of the equation is widened before giving up, as in R.
const WIDENINGS: usize = 99;

/// Spread of a set of distances.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spread {
    /// How many.
    pub(super) count: u64,
    /// Standard deviation, divisor count − 1.
    pub(super) sd: f64,
    /// Distance between the quartiles of type 7; infinite when it is known not to matter.
    pub(super) iqr: f64,
    /// Any of the distances.
    pub(super) some: f64,
}

/// 0.9·min(sd, IQR/1.34)·m^(−1/5) (Silverman 1986, eq. 3.31); for a spread of 0 as R `bw.nrd0`.
pub(super) fn nrd0(spread: &Spread) -> f64 {
    let candidates = [spread.sd.min(spread.iqr / 1.34), spread.sd, spread.some.abs()];
    let low = candidates.into_iter().find(|&value| value > 0.0).unwrap_or(1.0);
    0.9 * low * (spread.count as f64).powf(-0.2)
}

/// Sheather and Jones 1991 (JRSS B 53(3), 683–690), solve-the-equation, from counts in bins of one width; the same
/// steps as R `bw.SJ(method = "ste")`. `None` when the equation has no solution.
pub(super) fn sheather_jones(spread: &Spread, counts: &[f64], width: f64) -> Option<f64> {
    let n = spread.count as f64;
    let scale = spread.sd.min(spread.iqr / 1.349);
    if !(scale > 0.0 && n > 1.0) {
        return None;
    }
    let pairs = differences(counts);
    let functional = Functional { pairs: &pairs, width, n };
    let (a, b) = (1.24 * scale * n.powf(-1.0 / 7.0), 1.23 * scale * n.powf(-1.0 / 9.0));
    let c1 = 1.0 / (2.0 * PI.sqrt() * n);
    let ratio = functional.fourth(a) / -functional.sixth(b);
    let alpha = 1.357 * ratio.powf(1.0 / 7.0);
    if !alpha.is_finite() {
        return None;
    }
    let equation = |h: f64| (c1 / functional.fourth(alpha * h.powf(5.0 / 7.0))).powf(0.2) - h;
    let largest = 1.144 * scale * n.powf(-0.2);
    let (mut low, mut high) = (0.1 * largest, largest);
    for widening in 0..WIDENINGS {
        if equation(low) * equation(high) <= 0.0 {
            let options = SearchOptions::with_tolerance(1e-10 * largest);
            return find_root(equation, low, high, options).ok().map(|root| root.x);
        }
        if widening % 2 == 0 { high *= 1.2 } else { low /= 1.2 }
    }
    None
}

/// Pairs of values by how many bins they lie apart.
fn differences(counts: &[f64]) -> Vec<f64> {
    let n = counts.len();
    let apart = |k: usize| match k {
        0 => counts.iter().map(|c| 0.5 * c * (c - 1.0)).sum(),
        k => counts[..n - k].iter().zip(&counts[k..]).map(|(a, b)| a * b).sum(),
    };
    (0..n).map(apart).collect()
}

/// Estimates of ∫(f'')² and of −∫(f''')², from binned pairs.
struct Functional<'a> {
    pairs: &'a [f64],
    width: f64,
    n: f64,
}

impl Functional<'_> {
    fn fourth(&self, h: f64) -> f64 {
        let sum = self.sum(h, |u| u * u - 6.0 * u + 3.0);
        (2.0 * sum + 3.0 * self.n) / (self.n * (self.n - 1.0) * h.powi(5) * (2.0 * PI).sqrt())
    }

    fn sixth(&self, h: f64) -> f64 {
        let sum = self.sum(h, |u| u * u * u - 15.0 * u * u + 45.0 * u - 15.0);
        (2.0 * sum - 15.0 * self.n) / (self.n * (self.n - 1.0) * h.powi(7) * (2.0 * PI).sqrt())
    }

    fn sum(&self, h: f64, polynomial: impl Fn(f64) -> f64) -> f64 {
        let term = |(k, count): (usize, &f64)| {
            let u = (k as f64 * self.width / h).powi(2);
            // Beyond this the term is below 1e-200.
            if u < 1000.0 { count * (-0.5 * u).exp() * polynomial(u) } else { 0.0 }
        };
        self.pairs.iter().enumerate().map(term).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nrd0_by_hand_and_its_ladder() {
        let spread = Spread { count: 32, sd: 2.0, iqr: 1.34, some: 5.0 };
        assert!((nrd0(&spread) - 0.45).abs() < 1e-15); // 0.9 · min(2, 1) · 32^(−1/5)
        assert!((nrd0(&Spread { iqr: 0.0, ..spread }) - 0.9).abs() < 1e-15);
        assert!((nrd0(&Spread { iqr: 0.0, sd: 0.0, ..spread }) - 2.25).abs() < 1e-15);
        assert!((nrd0(&Spread { iqr: 0.0, sd: 0.0, some: 0.0, ..spread }) - 0.45).abs() < 1e-15);
    }

    #[test]
    fn sj_of_a_normal_sample_is_near_the_normal_optimum() {
        // For a normal density the optimal width is 1.06 σ n^(−1/5) (Silverman 1986, eq. 3.28).
        let (bins, width) = (2000, 8.0 / 2000.0);
        let counts: Vec<f64> = (0..bins)
            .map(|k| {
                let u = (f64::from(k) + 0.5) * width - 4.0;
                10_000.0 * width * (-0.5 * u * u).exp() / (2.0 * PI).sqrt()
            })
            .collect();
        let spread = Spread { count: 10_000, sd: 1.0, iqr: 1.349, some: 0.0 };
        let h = sheather_jones(&spread, &counts, width).unwrap();
        assert!((h / (1.06 * 10_000_f64.powf(-0.2)) - 1.0).abs() < 0.03, "{h}");
    }
}
