//! The three statistics and their moments, symbols as in Cliff and Ord 1981.

use super::GlobalStatistic;
use crate::spatial_weights::Deviations;
use distretto_numerics::{Weights, pairwise_by};

/// A variance below this share of its scale is 0: it is a difference of numbers of that size.
const VARIANCE_ROUNDING: f64 = 1e-12;

/// Number of regions and the sums of weights.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WeightSums {
    pub n: f64,
    pub s0: f64,
    pub s1: f64,
    pub s2: f64,
}

impl WeightSums {
    pub(crate) fn of(weights: &Weights) -> Self {
        Self { n: weights.n() as f64, s0: weights.s0(), s1: weights.s1(), s2: weights.s2() }
    }
}

/// Moran's I, `Var_norm` and `Var_rand` of Cliff and Ord 1981.
pub(crate) fn moran(deviations: &Deviations, weights: &Weights, sums: &WeightSums) -> GlobalStatistic {
    let WeightSums { n, s0, .. } = *sums;
    let expected = -1.0 / (n - 1.0);
    let (normal, random) = moran_second_moments(deviations, sums);
    let variance = |second: f64| settled(second - expected * expected, expected * expected);
    GlobalStatistic {
        value: n / s0 * cross_products(&deviations.z, weights) / deviations.squares,
        expected,
        variance_normal: variance(normal),
        variance_random: variance(random),
        p_sim: f64::NAN,
    }
}

/// `E[I²]` for normal draws and over all permutations; the second NaN below four regions.
fn moran_second_moments(deviations: &Deviations, sums: &WeightSums) -> (f64, f64) {
    let WeightSums { n, s0, s1, s2 } = *sums;
    let b2 = kurtosis(deviations);
    let s0_2 = s0 * s0;
    let normal = (n * n * s1 - n * s2 + 3.0 * s0_2) / ((n * n - 1.0) * s0_2);
    if n < 4.0 {
        return (normal, f64::NAN);
    }
    let of_normal = n * ((n * n - 3.0 * n + 3.0) * s1 - n * s2 + 3.0 * s0_2);
    let of_kurtosis = b2 * ((n * n - n) * s1 - 2.0 * n * s2 + 6.0 * s0_2);
    (normal, (of_normal - of_kurtosis) / ((n - 1.0) * (n - 2.0) * (n - 3.0) * s0_2))
}

/// Geary's C, `Var_norm` and `Var_rand` of Cliff and Ord 1981.
pub(crate) fn geary(deviations: &Deviations, weights: &Weights, sums: &WeightSums) -> GlobalStatistic {
    let WeightSums { n, s0, s1, s2 } = *sums;
    let b2 = kurtosis(deviations);
    let s0_2 = s0 * s0;
    let normal = ((2.0 * s1 + s2) * (n - 1.0) - 4.0 * s0_2) / (2.0 * (n + 1.0) * s0_2);
    let random = ((n - 1.0) * s1 * (n * n - 3.0 * n + 3.0 - (n - 1.0) * b2)
        - 0.25 * (n - 1.0) * s2 * (n * n + 3.0 * n - 6.0 - (n * n - n + 2.0) * b2)
        + s0_2 * (n * n - 3.0 - (n - 1.0).powi(2) * b2))
        / (n * (n - 2.0) * (n - 3.0) * s0_2);
    GlobalStatistic {
        value: (n - 1.0) * squared_differences(&deviations.z, weights) / (2.0 * s0 * deviations.squares),
        expected: 1.0,
        variance_normal: settled(normal, 1.0),
        variance_random: if n < 4.0 { f64::NAN } else { settled(random, 1.0) },
        p_sim: f64::NAN,
    }
}

/// Getis and Ord's G with its variance over all permutations. `sums` are those of the `binary` weights. NaN for negative
/// values and where fewer than two are positive.
///
/// The variance of Getis and Ord 1992, as corrected in 1993 (erratum, p. 276), is a difference of power sums of y, which loses all digits when the values vary
/// little about their mean. With y = ȳ + z the numerator of G is `A + ȳB + ȳ²S0`, `A = Σ b_ij z_i z_j`,
/// `B = Σ r_i z_i`, `r_i = b_i. + b_.i`. With `V = Σ(r_i − r̄)²` the same number is
/// `Var G = [(S0 Σz²/n)² Var_rand I − 2ȳVΣz³/((n−1)(n−2)) + ȳ²VΣz²/(n−1)]/(Σ_{i≠j} y_i y_j)²`.
pub(crate) fn getis_ord(deviations: &Deviations, binary: &Weights, sums: &WeightSums) -> GlobalStatistic {
    let values = &deviations.values;
    let WeightSums { n, s0, .. } = *sums;
    let positive = values.iter().filter(|&&value| value > 0.0).count();
    if positive < 2 || values.iter().any(|&value| value < 0.0) {
        return GlobalStatistic::NONE;
    }
    let denominator = pairs(values);
    let variance = if n < 4.0 {
        f64::NAN
    } else {
        let (mean, squares) = (deviations.mean, deviations.squares);
        let spread = spread_of_links(binary, s0);
        let of_a = moran(deviations, binary, sums).variance_random * (s0 * squares / n).powi(2);
        let of_both = -spread * deviations.power_sum(3) / ((n - 1.0) * (n - 2.0));
        let of_b = spread * squares / (n - 1.0);
        (of_a + 2.0 * mean * of_both + mean * mean * of_b) / (denominator * denominator)
    };
    GlobalStatistic {
        value: neighbour_products(values, binary) / denominator,
        expected: s0 / (n * (n - 1.0)),
        variance_normal: f64::NAN,
        variance_random: variance,
        p_sim: f64::NAN,
    }
}

/// `Σ(r_i − r̄)²`, r_i the links that leave or reach i, r̄ = 2 S0/n.
fn spread_of_links(binary: &Weights, s0: f64) -> f64 {
    let columns = binary.column_sums();
    let mean = 2.0 * s0 / binary.n() as f64;
    pairwise_by(binary.n(), |i| (binary.row_sum(i) + columns[i] - mean).powi(2))
}

/// `b2 = n Σz⁴/(Σz²)²`.
fn kurtosis(deviations: &Deviations) -> f64 {
    deviations.n() as f64 * deviations.power_sum(4) / (deviations.squares * deviations.squares)
}

/// A variance that is 0 but for rounding is 0.
fn settled(variance: f64, scale: f64) -> f64 {
    if variance.abs() <= VARIANCE_ROUNDING * scale { 0.0 } else { variance }
}

/// `Σ_{i≠j} y_i y_j`.
pub(crate) fn pairs(values: &[f64]) -> f64 {
    let total = pairwise_by(values.len(), |i| values[i]);
    // y_i(Σy − y_i): no difference of two large squares.
    pairwise_by(values.len(), |i| values[i] * (total - values[i]))
}

/// `Σ w_ij z_i z_j`.
pub(crate) fn cross_products(z: &[f64], weights: &Weights) -> f64 {
    pairwise_by(z.len(), |i| z[i] * weights.row(i).fold(0.0, |lag, (j, weight)| lag + weight * z[j]))
}

/// `Σ w_ij (z_i − z_j)²`.
pub(crate) fn squared_differences(z: &[f64], weights: &Weights) -> f64 {
    pairwise_by(z.len(), |i| weights.row(i).fold(0.0, |sum, (j, weight)| sum + weight * (z[i] - z[j]).powi(2)))
}

/// `Σ b_ij y_i y_j`, b = 1 for neighbours.
pub(crate) fn neighbour_products(values: &[f64], weights: &Weights) -> f64 {
    pairwise_by(values.len(), |i| {
        values[i] * weights.neighbours(i).iter().fold(0.0, |sum, &j| sum + values[j as usize])
    })
}
