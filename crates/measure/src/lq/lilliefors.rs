//! The test of normality with estimated mean and standard deviation.
//!
//! With both estimated from the values themselves the Kolmogorov–Smirnov distance is smaller than Kolmogorov's distribution
//! has it (Lilliefors 1967). Its distribution depends on the number of values alone: it is simulated.

use distretto_numerics::{
    Key, Stream, TIE_TOLERANCE, kolmogorov_smirnov_normal, normal_quantile, pairwise, pairwise_by,
};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// Simulated samples for each number of values.
const SAMPLES: u64 = 9_999;
/// Largest sample that is simulated. Beyond it the distance is scaled to this size by the modified statistic of
/// Stephens (1974), whose distribution hardly depends on n.
const LARGEST: usize = 100;

/// Simulated distances under normality, ascending, by number of values.
#[derive(Debug, Clone, Default)]
pub(super) struct Lilliefors {
    distances: FxHashMap<usize, Vec<f64>>,
}

/// Mean and standard deviation with divisor n − 1.
fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = pairwise(values) / n;
    (mean, (pairwise_by(values.len(), |k| (values[k] - mean).powi(2)) / (n - 1.0)).sqrt())
}

/// Stephens' factor of the distance for mean and variance estimated, `√n − 0.01 + 0.85/√n`.
fn modified(n: usize) -> f64 {
    let root = (n as f64).sqrt();
    root - 0.01 + 0.85 / root
}

impl Lilliefors {
    /// Simulates the distribution for all these numbers of values.
    pub(super) fn new(sizes: impl IntoIterator<Item = usize>, seed: u64) -> Self {
        let key = Key::new(seed, "lq/lilliefors");
        let mut distances = FxHashMap::default();
        for size in sizes {
            let size = size.min(LARGEST);
            if size >= 2 {
                distances.entry(size).or_insert_with(|| simulated(size, key));
            }
        }
        Self { distances }
    }

    /// `(1 + b)/(1 + N)`, b the simulated distances as large as that of the values; NaN where there is none.
    pub(super) fn p(&self, values: &[f64], mean: f64, sd: f64) -> f64 {
        let n = values.len();
        let size = n.min(LARGEST);
        let (Some(test), Some(distances)) = (kolmogorov_smirnov_normal(values, mean, sd), self.distances.get(&size))
        else {
            return f64::NAN;
        };
        let distance = test.statistic * (modified(n) / modified(size));
        let below = distances.partition_point(|&simulated| simulated < distance * (1.0 - TIE_TOLERANCE));
        (1 + distances.len() - below) as f64 / (1 + distances.len()) as f64
    }
}

fn simulated(size: usize, key: Key) -> Vec<f64> {
    let distance = |replicate: u64| {
        let mut stream = Stream::new(key, size as u64, replicate);
        let values: Vec<f64> = (0..size).map(|_| normal_quantile(stream.uniform_positive())).collect();
        let (mean, sd) = moments(&values);
        kolmogorov_smirnov_normal(&values, mean, sd).map_or(0.0, |test| test.statistic)
    };
    let mut distances: Vec<f64> = (0..SAMPLES).into_par_iter().map(distance).collect();
    distances.sort_unstable_by(f64::total_cmp);
    distances
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lilliefors 1967 as corrected by Dallal and Wilkinson 1986: the 5 % point is about 0.262 for n = 10, 0.192 for 20,
    /// 0.0890 for 100, and 0.895/(√n − 0.01 + 0.85/√n) by Stephens 1974.
    #[test]
    fn five_per_cent_points() {
        let test = Lilliefors::new([10, 20, 100, 1000], 1);
        for (n, point) in [(10, 0.262), (20, 0.192), (100, 0.0890)] {
            let of = &test.distances[&n];
            let found = of[(of.len() * 95) / 100];
            assert!((found / point - 1.0).abs() < 0.025, "{n}: {found}");
            assert!((found * modified(n) - 0.895).abs() < 0.025, "{n}: {found}");
        }
    }

    #[test]
    fn a_twentieth_of_normal_samples_is_rejected() {
        for n in [8, 30, 250] {
            let test = Lilliefors::new([n], 1);
            let rejected = (0..1000).filter(|&sample| {
                let mut stream = Stream::new(Key::new(9, "test/normal"), n as u64, sample);
                let values: Vec<f64> = (0..n).map(|_| 3.0 + 2.0 * normal_quantile(stream.uniform_positive())).collect();
                let (mean, sd) = moments(&values);
                test.p(&values, mean, sd) <= 0.05
            });
            // Four standard errors of 1,000 draws: 0.028. The plain test rejects about one in a thousand.
            let share = rejected.count() as f64 / 1000.0;
            assert!((share - 0.05).abs() < 0.028, "{n}: {share}");
        }
    }

    /// Two values standardise to the same two numbers in every sample.
    #[test]
    fn two_values_tell_nothing() {
        let test = Lilliefors::new([2], 1);
        let (mean, sd) = moments(&[1.0, 5.0]);
        assert_eq!(test.p(&[1.0, 5.0], mean, sd), 1.0);
        assert!(test.p(&[1.0, 1.0], 1.0, 0.0).is_nan() && test.p(&[1.0], 1.0, 1.0).is_nan());
        let skewed: Vec<f64> = (0..40).map(|k| (f64::from(k) / 5.0).exp()).collect();
        let (mean, sd) = moments(&skewed);
        assert_eq!(Lilliefors::new([40], 1).p(&skewed, mean, sd), 1.0 / (SAMPLES + 1) as f64);
    }
}
