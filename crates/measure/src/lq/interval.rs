//! The test of LQ = 1 and the intervals of a location quotient, cell by cell.
//!
//! Model: given `e_r` and `E − e_r`, `a ~ Bin(e_r, p1)` in the region and `b = E_i − a ~ Bin(E − e_r, p0)` outside it,
//! independent. The reference is the whole, region included: `p2 = w p1 + (1 − w) p0`, `w = e_r/E`, `LQ = p1/p2`.

use super::options::Interval;
use distretto_numerics::{Key, SearchOptions, Stream, binomial, find_root, quantile_sorted};

/// A region that holds all but this share of the whole has nothing outside it to be compared with.
const NOTHING_OUTSIDE: f64 = 1e-12;
/// A count inside or outside the region below this share of the industry is none.
const NONE_OF_IT: f64 = 1e-12;
/// Discriminants that are negative by no more than this, relative, are zero but for rounding.
const ROUNDING: f64 = 1e-14;
/// Widest logarithm of the ratio p0/p1 that is searched; beyond it p underflows.
const WIDEST: f64 = 690.0;

/// One cell and its totals: a = e_ri, n1 = e_r, m = E_i, n = E.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    a: f64,
    n1: f64,
    n0: f64,
    n: f64,
    p1: f64,
    p0: f64,
    p2: f64,
    w: f64,
    lq: f64,
}

impl Cell {
    /// `None` where any number is unknown, a total is 0, or the region is the whole.
    pub(super) fn new(a: f64, n1: f64, m: f64, n: f64) -> Option<Self> {
        let n0 = n - n1;
        if a.is_nan() || m.is_nan() || !(n1 > 0.0 && m > 0.0 && n0 > NOTHING_OUTSIDE * n) {
            return None;
        }
        // Known totals and sums agree to 1e-9 only, so that a share may leave [0, 1] by a hair.
        let count = |count: f64| if count <= NONE_OF_IT * m { 0.0 } else { count };
        let (inside, outside) = (count(a), count(m - a));
        let (p1, p0) = ((inside / n1).min(1.0), (outside / n0).min(1.0));
        Some(Self { a: inside, n1, n0, n, p1, p0, p2: m / n, w: n1 / n, lq: a / n1 / (m / n) })
    }

    /// Whether estimated shares say nothing of how sure the quotient is: none of the industry inside the region or none
    /// outside it has an estimated variance of 0, and so has an industry that is all there is.
    fn is_degenerate(&self) -> bool {
        self.p1 <= 0.0 || self.p0 <= 0.0 || (self.p1 >= 1.0 && self.p0 >= 1.0)
    }

    /// Score statistic of LQ = 1, that is p1 = p0; NaN when the industry is all there is.
    pub(super) fn score(&self, deff: f64) -> f64 {
        let variance = deff * self.p2 * (1.0 - self.p2) * (1.0 / self.n1 + 1.0 / self.n0);
        if variance > 0.0 { (self.p1 - self.p0) / variance.sqrt() } else { f64::NAN }
    }

    /// Both ends, within 0 and E/e_r and about the estimate; NaN where they do not exist.
    pub(super) fn ends(&self, method: Interval, rule: &Rule) -> (f64, f64) {
        let (low, high) = match method {
            Interval::Profile => self.profile(rule),
            Interval::Delta if !self.is_degenerate() => self.delta(rule),
            Interval::Fieller if !self.is_degenerate() => self.fieller(rule),
            _ => (f64::NAN, f64::NAN),
        };
        if low.is_nan() || high.is_nan() {
            return (f64::NAN, f64::NAN);
        }
        // The estimate lies within by construction; only rounding can leave it outside.
        (low.max(0.0).min(self.lq), high.min(1.0 / self.w).max(self.lq))
    }

    /// Variances of p1 and p2 and their covariance.
    fn variances(&self, deff: f64) -> (f64, f64, f64) {
        let v11 = deff * self.p1 * (1.0 - self.p1) / self.n1;
        let v00 = deff * self.p0 * (1.0 - self.p0) / self.n0;
        (v11, self.w * self.w * v11 + (1.0 - self.w).powi(2) * v00, self.w * v11)
    }

    fn delta(&self, rule: &Rule) -> (f64, f64) {
        let (v11, v22, v12) = self.variances(rule.deff);
        let (p1, p2) = (self.p1, self.p2);
        let se = (v11 / (p1 * p1) + v22 / (p2 * p2) - 2.0 * v12 / (p1 * p2)).max(0.0).sqrt();
        let factor = (rule.z * se).exp();
        (p1 / p2 / factor, p1 / p2 * factor)
    }

    fn fieller(&self, rule: &Rule) -> (f64, f64) {
        let (v11, v22, v12) = self.variances(rule.deff);
        let z2 = rule.z * rule.z;
        let leading = self.p2 * self.p2 - z2 * v22;
        let middle = self.p1 * self.p2 - z2 * v12;
        let last = self.p1 * self.p1 - z2 * v11;
        let mut discriminant = middle * middle - leading * last;
        if discriminant.abs() <= ROUNDING * middle * middle {
            discriminant = 0.0;
        }
        if leading <= 0.0 || discriminant < 0.0 {
            return (f64::NAN, f64::NAN);
        }
        let root = discriminant.sqrt();
        ((middle - root) / leading, (middle + root) / leading)
    }

    /// Ends by the likelihood ratio. With φ = p0/p1 the quotient is 1/(w + (1 − w)φ), falling in φ.
    fn profile(&self, rule: &Rule) -> (f64, f64) {
        let b = self.p0 * self.n0;
        let quotient = |u: f64| 1.0 / (self.w + (1.0 - self.w) * u.exp());
        let excess = |u: f64| self.deviance(u.exp(), b) / rule.deff - rule.chi_square;
        let centre = (self.p0 / self.p1).ln();
        let low = if self.a <= 0.0 { 0.0 } else { outward(&excess, centre, 1.0).map_or(f64::NAN, quotient) };
        let high = if b <= 0.0 { 1.0 / self.w } else { outward(&excess, centre, -1.0).map_or(f64::NAN, quotient) };
        (low, high)
    }

    /// Twice the loss of log-likelihood when p0 = φ p1. The best p1 solves
    /// `φ n p² − (b + n1 + φ(a + n0)) p + (a + b) = 0`; it is the smaller root.
    fn deviance(&self, ratio: f64, b: f64) -> f64 {
        let m = self.a + b;
        let middle = b + self.n1 + ratio * (self.a + self.n0);
        let root = (middle * middle - 4.0 * ratio * self.n * m).max(0.0).sqrt();
        let p1 = 2.0 * m / (middle + root);
        2.0 * (loss(self.a, self.n1, self.p1, p1) + loss(b, self.n0, self.p0, ratio * p1))
    }
}

/// `k ln(p̂/p) + (n − k) ln((1 − p̂)/(1 − p))`, written in p̂ − p so that large counts do not cancel.
fn loss(k: f64, n: f64, best: f64, p: f64) -> f64 {
    let yes = if k > 0.0 { -k * ((p - best) / best).ln_1p() } else { 0.0 };
    let no = if n - k > 0.0 { -(n - k) * ((best - p) / (1.0 - best)).ln_1p() } else { 0.0 };
    yes + no
}

/// Where `excess` turns positive on the way from `centre` (where it is least) to larger (`side` 1) or smaller (−1) u.
fn outward(excess: &impl Fn(f64) -> f64, centre: f64, side: f64) -> Option<f64> {
    let mut inside = centre;
    let mut step = 1.0;
    if !centre.is_finite() {
        // All or nothing in the region: u starts at the other end of the line.
        inside = 0.0;
        while excess(inside) > 0.0 && inside.abs() < WIDEST {
            inside -= side * step;
            step *= 2.0;
        }
        step = 1.0;
    }
    let mut outside = inside + side * step;
    while excess(outside) <= 0.0 {
        inside = outside;
        step *= 2.0;
        outside += side * step;
        if outside.abs() > 2.0 * WIDEST {
            return None;
        }
    }
    let (low, high) = if side > 0.0 { (inside, outside) } else { (outside, inside) };
    find_root(excess, low, high, SearchOptions::with_tolerance(1e-13)).ok().map(|root| root.x)
}

/// What all cells of a table share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    /// Design effect.
    pub(super) deff: f64,
    /// Normal quantile of the level, two-sided.
    pub(super) z: f64,
    /// Chi-square quantile of the level, one degree of freedom.
    pub(super) chi_square: f64,
}

/// Percentiles of simulated quotients; draws in which the industry vanishes have none and are left out. NaN where every
/// draw would be the same.
pub(super) fn bootstrap(cell: &Cell, level: f64, nsim: u64, key: Key, item: u64) -> (f64, f64) {
    if cell.is_degenerate() {
        return (f64::NAN, f64::NAN);
    }
    let (n1, n0) = (cell.n1.round().max(1.0), cell.n0.round().max(1.0));
    let draw = |replicate: u64| {
        let mut stream = Stream::new(key, item, replicate);
        let p1 = binomial(&mut stream, n1 as u64, cell.p1) as f64 / n1;
        let p0 = binomial(&mut stream, n0 as u64, cell.p0) as f64 / n0;
        p1 / (cell.w * p1 + (1.0 - cell.w) * p0)
    };
    percentiles((0..nsim).map(draw).collect(), level)
}

/// Two-sided percentiles (type 7) of the values that exist.
pub(super) fn percentiles(mut values: Vec<f64>, level: f64) -> (f64, f64) {
    values.retain(|value| !value.is_nan());
    values.sort_unstable_by(f64::total_cmp);
    let tail = (1.0 - level) / 2.0;
    (quantile_sorted(&values, tail), quantile_sorted(&values, 1.0 - tail))
}

#[cfg(test)]
mod tests {
    use super::*;
    use distretto_numerics::{chi_square_quantile, normal_quantile};
    use proptest::prelude::*;

    fn rule(deff: f64) -> Rule {
        Rule { deff, z: normal_quantile(0.975), chi_square: chi_square_quantile(0.95, 1.0) }
    }

    fn close(got: (f64, f64), want: (f64, f64)) {
        assert!((got.0 - want.0).abs() < 1e-6 && (got.1 - want.1).abs() < 1e-6, "{got:?} is not {want:?}");
    }

    /// Oracle cases measure-lq-interval-{delta,fieller,profile}, region R1, industry I1: 12 of 100 in the region, 67 of
    /// 500 in all, recomputed there with scipy 1.17.
    #[test]
    fn intervals_of_the_oracle() {
        let cell = Cell::new(12.0, 100.0, 67.0, 500.0).unwrap();
        close(cell.ends(Interval::Delta, &rule(1.0)), (0.5541180230085848, 1.4472735305773043));
        close(cell.ends(Interval::Fieller, &rule(1.0)), (0.4537864530477707, 1.3357060731592225));
        close(cell.ends(Interval::Profile, &rule(1.0)), (0.5167140882247134, 1.365909837848571));
        assert!((cell.score(1.0) + 0.4594853794922275).abs() < 1e-8);
        assert!((cell.score(4.0) * 2.0 - cell.score(1.0)).abs() < 1e-12);
    }

    #[test]
    fn nothing_and_all() {
        let none = Cell::new(0.0, 100.0, 67.0, 500.0).unwrap();
        assert!(
            none.ends(Interval::Delta, &rule(1.0)).0.is_nan() && none.ends(Interval::Fieller, &rule(1.0)).1.is_nan()
        );
        let (low, high) = none.ends(Interval::Profile, &rule(1.0));
        assert_eq!(low, 0.0);
        // With a = 0 the region's likelihood is (1 − p1)^100; the end lies where the deviance is 3.84.
        assert!(high > 0.05 && high < 0.4, "{high}");
        let all = Cell::new(67.0, 100.0, 67.0, 500.0).unwrap();
        let (low, high) = all.ends(Interval::Profile, &rule(1.0));
        assert!(high == 5.0 && low > 4.0 && low < 5.0, "{low} {high}");
        // Estimated variances are 0 here: an interval of width 0 would claim certainty.
        for all in [all, Cell::new(67.0, 100.0, 67.0 * (1.0 + 1e-13), 500.0).unwrap()] {
            for method in [Interval::Delta, Interval::Fieller] {
                let (low, high) = all.ends(method, &rule(1.0));
                assert!(low.is_nan() && high.is_nan(), "{method:?} {low} {high}");
            }
            assert!(bootstrap(&all, 0.95, 99, Key::new(1, "test"), 0).0.is_nan());
        }
        assert!(bootstrap(&none, 0.95, 99, Key::new(1, "test"), 0).0.is_nan());
        let only = Cell::new(100.0, 100.0, 500.0, 500.0).unwrap();
        assert!(only.ends(Interval::Delta, &rule(1.0)).0.is_nan());
        assert!(Cell::new(12.0, 500.0, 67.0, 500.0).is_none());
        assert!(Cell::new(500.0, 500.0, 600.0, 600.0).unwrap().score(1.0).is_nan());
    }

    /// By hand: 1 of 99 in the region, 1 of 100 in all of 1,000: no quotient is above 1000/99.
    #[test]
    fn no_interval_passes_the_largest_quotient() {
        let cell = Cell::new(9.0, 99.0, 10.0, 1000.0).unwrap();
        for method in [Interval::Delta, Interval::Fieller, Interval::Profile] {
            let (low, high) = cell.ends(method, &rule(1.0));
            assert!(high <= 1000.0 / 99.0 && low < cell.lq && cell.lq < high, "{method:?} {low} {high}");
        }
        assert_eq!(cell.ends(Interval::Delta, &rule(1.0)).1, 1.0 / (99.0 / 1000.0));
    }

    #[test]
    fn large_counts_agree_over_methods() {
        let cell = Cell::new(268_948.0, 1_989_555.0, 12_776_003.0, 148_105_092.0).unwrap();
        let (a, b) = (cell.ends(Interval::Fieller, &rule(1.0)), cell.ends(Interval::Profile, &rule(1.0)));
        assert!((a.0 / b.0 - 1.0).abs() < 1e-5 && (a.1 / b.1 - 1.0).abs() < 1e-5, "{a:?} {b:?}");
    }

    proptest! {
        #[test]
        fn intervals_hold_the_estimate(
            (a, rest, b, out) in (count(50), count(500), count(80), count(900)),
            d in 0.2f64..9.0,
        ) {
            prop_assume!(a + b > 0.0);
            let (n1, n) = (a + rest + 1.0, a + rest + b + out + 2.0);
            let cell = Cell::new(a, n1, a + b, n).unwrap();
            for method in [Interval::Delta, Interval::Fieller, Interval::Profile] {
                let (low, high) = cell.ends(method, &rule(d));
                if method == Interval::Profile {
                    prop_assert!(!low.is_nan() && !high.is_nan());
                } else if a == 0.0 || b == 0.0 {
                    prop_assert!(low.is_nan() && high.is_nan());
                }
                if !low.is_nan() {
                    let lq = a / n1 / ((a + b) / n);
                    prop_assert!(low <= lq && lq <= high && low < high, "{method:?} {low} {lq} {high}");
                    prop_assert!(low >= 0.0 && high <= (n / n1).max(lq) * (1.0 + 1e-15), "{method:?} {high}");
                }
            }
        }
    }

    /// Counts of jobs, zero and a few among them, and amounts of money.
    fn count(most: u32) -> impl Strategy<Value = f64> {
        prop_oneof![(0..4u32).prop_map(f64::from), (0..most).prop_map(f64::from), 0.0..f64::from(most)]
    }
}
