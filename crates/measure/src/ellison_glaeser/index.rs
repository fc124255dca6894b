//! The index of Ellison and Glaeser for one industry, from shares.
//!
//! | paper | here |
//! |---|---|
//! | `s_i` share of the industry in region i | `s` |
//! | `x_i` share of the region in all employment | `x` |
//! | `Σx²`, `Σx³` | `x2`, `x3` |
//! | `H`, `Σz⁴` | `h`, `z4` |

use distretto_numerics::pairwise_by;

/// Shares of regions in all employment, with the power sums that every formula needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Benchmark {
    x: Vec<f64>,
    x2: f64,
    x3: f64,
}

impl Benchmark {
    /// Shares from totals of 0 or more; `None` when they do not sum to a positive finite number.
    #[must_use]
    pub fn new(totals: &[f64]) -> Option<Self> {
        let sum = pairwise_by(totals.len(), |r| totals[r]);
        if !(sum > 0.0 && sum.is_finite()) || totals.iter().any(|&t| t < 0.0) {
            return None;
        }
        let x: Vec<f64> = totals.iter().map(|t| t / sum).collect();
        let x2 = pairwise_by(x.len(), |r| x[r] * x[r]);
        let x3 = pairwise_by(x.len(), |r| x[r] * x[r] * x[r]);
        Some(Self { x, x2, x3 })
    }

    /// The shares; they sum to 1.
    #[must_use]
    pub fn shares(&self) -> &[f64] {
        &self.x
    }

    /// `1 − Σx²`, the share of pairs of jobs that lie in different regions; exactly 0 when one region has everything.
    #[must_use]
    pub fn spread(&self) -> f64 {
        if self.x.iter().filter(|&&x| x > 0.0).count() < 2 { 0.0 } else { 1.0 - self.x2 }
    }

    /// `Σx²`.
    #[must_use]
    pub fn squares(&self) -> f64 {
        self.x2
    }

    /// Variance of G when every plant falls into region r with probability `x_r`, from `H = Σz²` and `Σz⁴`:
    /// `2{H²(Σx² − 2Σx³ + (Σx²)²) − Σz⁴(Σx² − 4Σx³ + 3(Σx²)²)}` (Ellison and Glaeser 1997).
    #[must_use]
    pub fn variance(&self, h: f64, z4: f64) -> f64 {
        let (x2, x3) = (self.x2, self.x3);
        2.0 * (h * h * (x2 - 2.0 * x3 + x2 * x2) - z4 * (x2 - 4.0 * x3 + 3.0 * x2 * x2))
    }
}

/// `Σ(s − x)²`, the raw concentration of shares `s` against the benchmark.
#[must_use]
pub fn raw_concentration(s: &[f64], benchmark: &Benchmark) -> f64 {
    pairwise_by(s.len(), |r| (s[r] - benchmark.x[r]).powi(2))
}

/// Plant sizes of one industry, in moments.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlantSizes {
    /// Sum of the sizes.
    pub total: f64,
    /// `H = Σz²`, z the shares in the total.
    pub h: f64,
    /// `Σz⁴`.
    pub z4: f64,
}

impl PlantSizes {
    /// Moments of positive sizes; H is exactly 1 for one plant.
    #[must_use]
    pub fn of(sizes: &[f64]) -> Self {
        let total = pairwise_by(sizes.len(), |k| sizes[k]);
        let share = |k: usize| sizes[k] / total;
        Self {
            total,
            h: pairwise_by(sizes.len(), |k| share(k).powi(2)),
            z4: pairwise_by(sizes.len(), |k| share(k).powi(4)),
        }
    }
}

/// `γ = (G/(1−Σx²) − H)/(1−H)` (Ellison and Glaeser 1997); NaN when `H = 1` or one region has everything.
#[must_use]
pub fn gamma(g: f64, h: f64, spread: f64) -> f64 {
    if spread > 0.0 && h < 1.0 { (g / spread - h) / (1.0 - h) } else { f64::NAN }
}

/// The index of one industry with its standard error under random placement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Index {
    /// `G = Σ(s − x)²`.
    pub g: f64,
    /// `γ`.
    pub gamma: f64,
    /// `γ` of Maurel and Sédillot 1999, `((Σs² − Σx²)/(1−Σx²) − H)/(1−H)`.
    pub gamma_ms: f64,
    /// Standard deviation of γ under random placement, `√Var(G)/((1−Σx²)(1−H))`.
    pub se: f64,
    /// `(G − (1−Σx²)H)/√Var(G)`.
    pub z: f64,
}

/// The index from shares `s` and plant sizes. NaN for what does not exist: everything but G for one plant or one region.
#[must_use]
pub fn index(s: &[f64], benchmark: &Benchmark, sizes: &PlantSizes) -> Index {
    let g = raw_concentration(s, benchmark);
    let (spread, h) = (benchmark.spread(), sizes.h);
    let gamma_of = |g: f64| gamma(g, h, spread);
    let squares = pairwise_by(s.len(), |r| s[r] * s[r]);
    let sd = benchmark.variance(h, sizes.z4).sqrt();
    let exists = gamma_of(g).is_finite() && sd > 0.0;
    let (se, z) = if exists { (sd / (spread * (1.0 - h)), (g - spread * h) / sd) } else { (f64::NAN, f64::NAN) };
    Index { g, gamma: gamma_of(g), gamma_ms: gamma_of(squares - benchmark.squares()), se, z }
}

/// The words of Ellison and Glaeser 1997 for the size of γ: below 0.02 `low`, above 0.05 `high`.
#[must_use]
pub fn class(gamma: f64) -> Option<&'static str> {
    match gamma {
        _ if gamma.is_nan() => None,
        _ if gamma < 0.02 => Some("low"),
        _ if gamma > 0.05 => Some("high"),
        _ => Some("medium"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Farhauer and Kröll 2014: car plants in three towns; γ = 0.0599 from their table.
    #[test]
    fn textbook_example() {
        let benchmark = Benchmark::new(&[500_000.0, 400_000.0, 100_000.0]).unwrap();
        let sizes = [200.0, 650.0, 12_000.0, 100.0, 50.0, 16_000.0, 13_000.0, 1_500.0, 1_500.0, 25_000.0];
        let s = [13_000.0 / 70_000.0, 32_000.0 / 70_000.0, 25_000.0 / 70_000.0];
        let found = index(&s, &benchmark, &PlantSizes::of(&sizes));
        assert!((found.gamma - 0.059_906_284_116_538_9).abs() < 1e-14, "{found:?}");
        assert!((found.gamma_ms + 0.435_762_553_197_635).abs() < 1e-14, "{found:?}");
    }

    /// Mean and variance of G over all placements of the plants, each weighted by its probability.
    fn enumerate(x: &[f64], z: &[f64]) -> (f64, f64) {
        let (mut mean, mut square) = (0.0, 0.0);
        for code in 0..x.len().pow(z.len() as u32) {
            let (mut rest, mut weight, mut s) = (code, 1.0, vec![0.0; x.len()]);
            for share in z {
                s[rest % x.len()] += share;
                weight *= x[rest % x.len()];
                rest /= x.len();
            }
            let g: f64 = s.iter().zip(x).map(|(s, x)| (s - x).powi(2)).sum();
            mean += weight * g;
            square += weight * g * g;
        }
        (mean, square - mean * mean)
    }

    #[test]
    fn moments_equal_those_of_all_placements() {
        for (totals, sizes) in [
            (vec![50.0, 30.0, 20.0], vec![50.0, 30.0, 20.0]),
            (vec![5.0, 3.0, 1.0, 1.0], vec![9.0, 4.0, 2.0, 2.0, 1.0]),
            (vec![1.0, 2.0, 0.0, 7.0], vec![3.0, 3.0]),
        ] {
            let benchmark = Benchmark::new(&totals).unwrap();
            let moments = PlantSizes::of(&sizes);
            let z: Vec<f64> = sizes.iter().map(|s| s / moments.total).collect();
            let (mean, variance) = enumerate(benchmark.shares(), &z);
            assert!((mean - benchmark.spread() * moments.h).abs() < 1e-14);
            assert!((variance - benchmark.variance(moments.h, moments.z4)).abs() < 1e-14);
        }
    }

    #[test]
    fn one_plant_or_one_region_has_no_index() {
        let two = Benchmark::new(&[5.0, 3.0]).unwrap();
        let found = index(&[1.0, 0.0], &two, &PlantSizes::of(&[7.0]));
        assert!(found.gamma.is_nan() && found.gamma_ms.is_nan() && found.se.is_nan() && found.z.is_nan());
        assert!((found.g - 2.0 * (3.0_f64 / 8.0).powi(2)).abs() < 1e-15);
        let one = Benchmark::new(&[5.0, 0.0]).unwrap();
        assert!(index(&[1.0, 0.0], &one, &PlantSizes::of(&[7.0, 1.0])).gamma.is_nan());
        assert!(Benchmark::new(&[0.0, 0.0]).is_none());
    }

    #[test]
    fn classes_cut_at_two_and_five_hundredths() {
        let words: Vec<_> = [-1.0, 0.019_99, 0.02, 0.05, 0.050_01].into_iter().map(class).collect();
        assert_eq!(words, [Some("low"), Some("low"), Some("medium"), Some("medium"), Some("high")]);
        assert_eq!(class(f64::NAN), None);
    }

    proptest! {
        /// γ falls in H when G/(1−Σx²) < 1 and rises when it is above.
        #[test]
        fn gamma_is_monotone_in_h(g in 0.0f64..2.0, a in 0.01f64..0.98, b in 0.01f64..0.98, spread in 0.05f64..0.99) {
            let (low, high) = (a.min(b), a.max(b));
            let change = gamma(g, high, spread) - gamma(g, low, spread);
            let right = if g < spread { change <= 1e-12 } else { change >= -1e-12 };
            prop_assert!(right, "{change}");
        }
    }
}
