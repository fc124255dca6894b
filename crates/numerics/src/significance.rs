//! p-values from simulations and their adjustment when many are looked at together.

use rayon::slice::ParallelSliceMut;
use thiserror::Error;

use crate::distribution::Tail;
use crate::sum::pairwise_by;

/// Relative difference below which a simulated value is a tie with the observed one: two routes to
/// the same number differ by rounding, not by chance.
pub const TIE_TOLERANCE: f64 = 1e-12;
/// Slack of [`check_simulations`], so that 1/(1+19) against 1 − 0.95 is not decided by rounding.
const LEVEL_SLACK: f64 = 1e-9;
/// Below this many p-values one thread sorts faster than several.
const PARALLEL_FROM: usize = 1 << 15;

/// Counts of simulations at least as extreme as an observation, in both directions. Counts from
/// parallel blocks merge exactly, in any order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TailCounts {
    /// Simulations at or below the observation.
    pub low: u64,
    /// Simulations at or above the observation.
    pub high: u64,
    /// Simulations that have a value.
    pub n: u64,
}

impl TailCounts {
    /// No simulation yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts one simulated value. A tie (within [`TIE_TOLERANCE`] relative of the observed value)
    /// counts in both directions. A NaN is a simulation without a value and is left out.
    #[inline]
    pub fn record(&mut self, observed: f64, simulated: f64) {
        if simulated.is_nan() {
            return;
        }
        let slack = TIE_TOLERANCE * observed.abs();
        // An infinite observation ties with itself only: its slack would cover everything.
        let tie = simulated == observed || (slack.is_finite() && (simulated - observed).abs() <= slack);
        self.low += u64::from(tie || simulated < observed);
        self.high += u64::from(tie || simulated > observed);
        self.n += 1;
    }

    /// Adds the counts of another block of simulations of the same observation.
    pub fn merge(&mut self, other: Self) {
        self.low += other.low;
        self.high += other.high;
        self.n += other.n;
    }

    /// The simulated p-value: `(1+b)/(1+n)` one-sided, `min(1, 2·min(p_low, p_high))` two-sided. NaN
    /// without simulations.
    #[must_use]
    pub fn p(&self, tail: Tail) -> f64 {
        if self.n == 0 {
            return f64::NAN;
        }
        let share = |b: u64| (1 + b) as f64 / (1 + self.n) as f64;
        match tail {
            Tail::Greater => share(self.high),
            Tail::Less => share(self.low),
            Tail::Two => (2.0 * share(self.low.min(self.high))).min(1.0),
        }
    }
}

/// Simulated p-value of `observed` among `simulated` values, see [`TailCounts`]. NaN if the observed
/// value is NaN or no simulation has a value.
///
/// # References
/// Davison and Hinkley 1997, "Bootstrap methods and their application", eq. 4.11 (the +1).
#[must_use]
pub fn simulated_p(observed: f64, simulated: impl IntoIterator<Item = f64>, tail: Tail) -> f64 {
    if observed.is_nan() {
        return f64::NAN;
    }
    let mut counts = TailCounts::new();
    for value in simulated {
        counts.record(observed, value);
    }
    counts.p(tail)
}

/// How p-values that are looked at together are adjusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Adjust {
    /// False discovery rate, independent or positively dependent tests (Benjamini and Hochberg 1995).
    #[default]
    Bh,
    /// False discovery rate under any dependence (Benjamini and Yekutieli 2001).
    By,
    /// Family-wise error, step-down (Holm 1979).
    Holm,
    /// Family-wise error, each p times their number.
    Bonferroni,
    /// The p-values as they are.
    None,
}

/// Adjusted p-values ("q-values"), in the order of `p`.
///
/// # Formula
/// With `p_(1) ≤ … ≤ p_(m)` the m values that are not NaN, all capped at 1:
/// BH `q_(k) = min_{j≥k} p_(j) m/j`; BY the same times `Σ 1/i`; Holm
/// `q_(k) = max_{j≤k} (m − j + 1) p_(j)`; Bonferroni `m p`.
///
/// A NaN (no test) stays NaN and does not count in m.
///
/// # Complexity
/// O(m log m), parallel sort above a few ten thousand; the result does not depend on threads, for
/// equal p have equal q.
#[must_use]
pub fn adjust(p: &[f64], method: Adjust) -> Vec<f64> {
    let m = p.iter().filter(|v| !v.is_nan()).count() as f64;
    match method {
        Adjust::None => p.to_vec(),
        Adjust::Bonferroni => p.iter().map(|&v| cap(m * v)).collect(),
        Adjust::Bh => step_up(p, 1.0),
        Adjust::By => step_up(p, pairwise_by(m as usize, |i| 1.0 / (i + 1) as f64)),
        Adjust::Holm => {
            let mut q = p.to_vec();
            let mut largest = 0.0_f64;
            for (rank, (value, index)) in ascending(p).into_iter().enumerate() {
                largest = largest.max(cap((m - rank as f64) * value));
                q[index] = largest;
            }
            q
        }
    }
}

/// `min(1, v)` that lets NaN pass, unlike `f64::min`.
fn cap(value: f64) -> f64 {
    if value > 1.0 { 1.0 } else { value }
}

fn step_up(p: &[f64], factor: f64) -> Vec<f64> {
    let order = ascending(p);
    let m = order.len() as f64;
    let mut q = p.to_vec();
    let mut smallest = 1.0_f64;
    for (rank, (value, index)) in order.into_iter().enumerate().rev() {
        smallest = smallest.min(factor * (value * m / (rank + 1) as f64));
        q[index] = smallest;
    }
    q
}

/// The values that are not NaN with their positions, ascending; ties by position.
fn ascending(p: &[f64]) -> Vec<(f64, usize)> {
    let mut order: Vec<(f64, usize)> =
        p.iter().copied().enumerate().filter(|(_, v)| !v.is_nan()).map(|(i, v)| (v, i)).collect();
    let by_value = |a: &(f64, usize), b: &(f64, usize)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
    if order.len() < PARALLEL_FROM {
        order.sort_unstable_by(by_value);
    } else {
        order.par_sort_unstable_by(by_value);
    }
    order
}

/// Why a number of simulations cannot serve a level.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[non_exhaustive]
pub enum SimulationError {
    /// The smallest possible p is above 1 − level.
    #[error(
        "the number of simulations ({simulations}) is too small for level {level}: the smallest possible p is {smallest_p:.4}; use at least {needed} simulations"
    )]
    TooFew {
        /// Simulations asked for.
        simulations: u64,
        /// Level asked for.
        level: f64,
        /// 1/(1 + simulations).
        smallest_p: f64,
        /// Simulations that are enough.
        needed: u64,
    },
    /// The level is not strictly between 0 and 1.
    #[error("level {level} is not between 0 and 1; a usual level is 0.95")]
    InvalidLevel {
        /// Level asked for.
        level: f64,
    },
}

/// Checks that `simulations` can reach significance at `level`: `1/(1+n) ≤ 1 − level` (slack 1e-9).
/// Ask only when simulations are wanted: 0 is too few.
///
/// # Errors
/// [`SimulationError::TooFew`] with the number that is enough; [`SimulationError::InvalidLevel`].
pub fn check_simulations(simulations: u64, level: f64) -> Result<(), SimulationError> {
    if !(level > 0.0 && level < 1.0) {
        return Err(SimulationError::InvalidLevel { level });
    }
    let smallest_p = 1.0 / (1.0 + simulations as f64);
    let allowed = 1.0 - level + LEVEL_SLACK;
    if smallest_p <= allowed {
        return Ok(());
    }
    let needed = (1.0 / allowed - 1.0).ceil() as u64;
    Err(SimulationError::TooFew { simulations, level, smallest_p, needed })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// By hand: 1 of 4 at or above 3, 3 at or below + none tied: p_high = 2/5, p_low = 4/5.
    #[test]
    fn simulated_p_by_hand() {
        let simulated = [1.0, 2.0, 2.5, 4.0];
        assert_eq!(simulated_p(3.0, simulated, Tail::Greater), 0.4);
        assert_eq!(simulated_p(3.0, simulated, Tail::Less), 0.8);
        assert_eq!(simulated_p(3.0, simulated, Tail::Two), 0.8);
    }

    #[test]
    fn ties_count_on_both_sides_and_p_stays_in_range() {
        let ties = [1.0, 1.0 + 5e-13, 1.0 - 5e-13];
        assert_eq!(simulated_p(1.0, ties, Tail::Greater), 1.0);
        assert_eq!(simulated_p(1.0, ties, Tail::Less), 1.0);
        assert_eq!(simulated_p(1.0, ties, Tail::Two), 1.0);
        assert_eq!(simulated_p(1.0, [1.0 + 3e-12; 9], Tail::Less), 0.1);
        assert_eq!(simulated_p(f64::INFINITY, [f64::INFINITY, 1.0], Tail::Greater), 2.0 / 3.0);
    }

    #[test]
    fn missing_values_are_left_out() {
        assert!(simulated_p(f64::NAN, [1.0], Tail::Two).is_nan());
        assert!(simulated_p(1.0, [], Tail::Two).is_nan());
        assert_eq!(simulated_p(1.0, [0.0, f64::NAN], Tail::Greater), 0.5);
    }

    /// By hand from the formulas with m = 4 and, for BY, 1 + 1/2 + 1/3 + 1/4 = 25/12.
    #[test]
    fn adjustments_by_hand() {
        let p = [0.01, 0.04, f64::NAN, 0.03, 0.5];
        let near = |method, expected: [f64; 4]| {
            let q = adjust(&p, method);
            assert!(q[2].is_nan());
            for (ours, theirs) in [q[0], q[1], q[3], q[4]].into_iter().zip(expected) {
                assert!((ours - theirs).abs() < 1e-12, "{method:?}: {ours} {theirs}");
            }
        };
        let by = 25.0 / 12.0;
        near(Adjust::Bh, [0.04, 0.16 / 3.0, 0.16 / 3.0, 0.5]);
        near(Adjust::By, [0.04 * by, 0.16 / 3.0 * by, 0.16 / 3.0 * by, 1.0]);
        near(Adjust::Holm, [0.04, 0.09, 0.09, 0.5]);
        near(Adjust::Bonferroni, [0.04, 0.16, 0.12, 1.0]);
        near(Adjust::None, [0.01, 0.04, 0.03, 0.5]);
        assert!(adjust(&[], Adjust::Bh).is_empty());
        assert!(adjust(&[f64::NAN], Adjust::Bonferroni)[0].is_nan());
    }

    #[test]
    fn enough_simulations() {
        assert_eq!(check_simulations(19, 0.95), Ok(()));
        assert_eq!(check_simulations(999, 0.999), Ok(()));
        let error = check_simulations(18, 0.95).unwrap_err();
        assert!(matches!(error, SimulationError::TooFew { needed: 19, .. }));
        assert!(error.to_string().contains("number of simulations"));
        assert!(check_simulations(0, 0.5).is_err());
        assert!(check_simulations(99, 1.0).is_err());
        assert!(check_simulations(99, f64::NAN).is_err());
    }

    proptest! {
        #[test]
        fn q_is_at_least_p_monotone_and_free_of_order(
            p in prop::collection::vec(0.0f64..=1.0, 1..80),
        ) {
            for method in [Adjust::Bh, Adjust::By, Adjust::Holm, Adjust::Bonferroni] {
                let q = adjust(&p, method);
                let mut pairs: Vec<_> = p.iter().copied().zip(q.iter().copied()).collect();
                // k times (p/k) may round down by one unit.
                prop_assert!(pairs.iter().all(|&(p, q)| q >= p * (1.0 - 1e-15) && q <= 1.0));
                pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
                prop_assert!(pairs.windows(2).all(|w| w[0].1 <= w[1].1));
                let reversed: Vec<f64> = p.iter().rev().copied().collect();
                let mut back = adjust(&reversed, method);
                back.reverse();
                prop_assert_eq!(&back, &q);
            }
        }

        #[test]
        fn bh_equals_its_definition(p in prop::collection::vec(0.0f64..=1.0, 1..40)) {
            let m = p.len() as f64;
            let q = adjust(&p, Adjust::Bh);
            for (i, &value) in p.iter().enumerate() {
                let direct = p.iter().filter(|&&other| other >= value).map(|&other| {
                    let rank = p.iter().filter(|&&v| v <= other).count() as f64;
                    other * m / rank
                }).fold(1.0, f64::min);
                prop_assert!((q[i] - direct).abs() < 1e-14);
            }
        }

        #[test]
        fn blocks_merge_to_the_whole(sims in prop::collection::vec(-3i32..3, 1..50), cut in 0usize..50) {
            let mut whole = TailCounts::new();
            let mut parts = [TailCounts::new(), TailCounts::new()];
            for (i, &s) in sims.iter().enumerate() {
                whole.record(0.0, f64::from(s));
                parts[usize::from(i >= cut)].record(0.0, f64::from(s));
            }
            let [mut first, second] = parts;
            first.merge(second);
            prop_assert_eq!(first, whole);
        }
    }
}
