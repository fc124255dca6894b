//! Indices of inequality of values with weights. `p` are weights that sum to 1, all positive; `rho` values over
//! their weighted mean.

/// Theil's T, `Σ pρ ln ρ` with 0 ln 0 = 0.
pub(super) fn theil(p: &[f64], rho: &[f64]) -> f64 {
    sum(p, rho, |p, r| if r > 0.0 { p * r * r.ln() } else { 0.0 })
}

/// Mean log deviation, `−Σ p ln ρ`; NaN when a value is 0.
pub(super) fn mean_log_deviation(p: &[f64], rho: &[f64]) -> f64 {
    if rho.contains(&0.0) { f64::NAN } else { -sum(p, rho, |p, r| p * r.ln()) }
}

/// Hoover's index, `½ Σ p|ρ − 1|`.
pub(super) fn hoover(p: &[f64], rho: &[f64]) -> f64 {
    0.5 * sum(p, rho, |p, r| p * (r - 1.0).abs())
}

/// Coefficient of variation, `√Σ p(ρ − 1)²`; weighted by population it is Williamson's.
pub(super) fn coefficient_of_variation(p: &[f64], rho: &[f64]) -> f64 {
    sum(p, rho, |p, r| p * (r - 1.0).powi(2)).sqrt()
}

/// Gini coefficient, `ΣΣ p_j p_k |ρ_j − ρ_k| / 2`, from the values in ascending order. O(n log n).
pub(super) fn gini(p: &[f64], rho: &[f64]) -> f64 {
    let mut order: Vec<usize> = (0..rho.len()).collect();
    order.sort_by(|&a, &b| rho[a].total_cmp(&rho[b]));
    let (mut weight, mut mass) = (0.0, 0.0);
    let mut terms = Vec::with_capacity(order.len());
    for k in order {
        // A value differs from all lower ones by Σ p_j (ρ_k − ρ_j).
        terms.push(p[k] * (rho[k] * weight - mass));
        weight += p[k];
        mass += p[k] * rho[k];
    }
    distretto_numerics::pairwise(&terms).max(0.0)
}

/// Atkinson's index with aversion `epsilon` ≥ 0, `1 − (Σ pρ^(1−ε))^(1/(1−ε))`, for ε = 1 `1 − exp(Σ p ln ρ)`; 1 when
/// ε ≥ 1 and a value is 0.
pub(super) fn atkinson(p: &[f64], rho: &[f64], epsilon: f64) -> f64 {
    if epsilon >= 1.0 && rho.contains(&0.0) {
        return 1.0;
    }
    let power = 1.0 - epsilon;
    let log_mean = if power == 0.0 {
        sum(p, rho, |p, r| p * r.ln())
    } else {
        // Written with ρ^power − 1, so that no digits are lost where power is near 0.
        let excess = |r: f64| if r > 0.0 { (power * r.ln()).exp_m1() } else { -1.0 };
        sum(p, rho, |p, r| p * excess(r)).ln_1p() / power
    };
    (-log_mean.exp_m1()).clamp(0.0, 1.0)
}

fn sum(p: &[f64], rho: &[f64], term: impl Fn(f64, f64) -> f64) -> f64 {
    distretto_numerics::pairwise_by(p.len(), |k| term(p[k], rho[k]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn even(values: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        (vec![1.0 / values.len() as f64; values.len()], values.iter().map(|v| v / mean).collect())
    }

    #[test]
    fn five_values_by_hand() {
        // 0, 10, 10, 30, 50: ΣΣ|y_j − y_k| over pairs = 240, mean 20, 2·240/(2·25·20) = 0.48 (oracle gini-0-10-10-30-50)
        let (p, rho) = even(&[0.0, 10.0, 10.0, 30.0, 50.0]);
        assert!((gini(&p, &rho) - 0.48).abs() < 1e-15);
        assert!(mean_log_deviation(&p, &rho).is_nan());
        assert_eq!(atkinson(&p, &rho, 1.0), 1.0);
        // 10, 20, …, 50, ε = 1: 1 − geometric/arithmetic mean = 1 − 120^(1/5)·10/30
        let (p, rho) = even(&[10.0, 20.0, 30.0, 40.0, 50.0]);
        assert!((atkinson(&p, &rho, 1.0) - (1.0 - 120.0_f64.powf(0.2) / 3.0)).abs() < 1e-15);
        assert!((atkinson(&p, &rho, 1.0 + 1e-9) - atkinson(&p, &rho, 1.0)).abs() < 1e-9);
        assert!((coefficient_of_variation(&p, &rho) - (200.0_f64).sqrt() / 30.0).abs() < 1e-15);
        assert!((hoover(&p, &rho) - 0.2).abs() < 1e-15);
    }

    #[test]
    fn weights_stand_for_repeated_values() {
        // Values 1 (three times) and 5: by hand T = 3/4·½ ln ½ + 1/4·5/2 ln 5/2 (oracle theil-weighted-trap)
        let expected = 0.375 * 0.5_f64.ln() + 0.625 * 2.5_f64.ln();
        assert!((theil(&[0.75, 0.25], &[0.5, 2.5]) - expected).abs() < 1e-15);
        let (p, rho) = even(&[1.0, 1.0, 1.0, 5.0]);
        assert!((theil(&p, &rho) - expected).abs() < 1e-15);
        assert!((gini(&p, &rho) - gini(&[0.75, 0.25], &[0.5, 2.5])).abs() < 1e-15);
    }

    proptest! {
        #[test]
        fn indices_stay_in_range(values in proptest::collection::vec(0.0..1e6_f64, 1..40), epsilon in 0.0..4.0_f64) {
            prop_assume!(values.iter().sum::<f64>() > 0.0);
            let n = values.len() as f64;
            let (p, rho) = even(&values);
            let g = gini(&p, &rho);
            prop_assert!((0.0..=1.0 - 1.0 / n + 1e-12).contains(&g), "{g}");
            prop_assert!(theil(&p, &rho) >= -1e-12 && theil(&p, &rho) <= n.ln() + 1e-12);
            prop_assert!((0.0..=1.0).contains(&atkinson(&p, &rho, epsilon)));
            prop_assert!(hoover(&p, &rho) <= g + 1e-12, "the largest gap to the diagonal is below the area between");
        }

        #[test]
        fn order_and_scale_do_not_matter(values in proptest::collection::vec(0.1..1e3_f64, 2..20), scale in 0.01..100.0_f64) {
            let (p, rho) = even(&values);
            let moved: Vec<f64> = values.iter().rev().map(|v| v * scale).collect();
            let (q, sigma) = even(&moved);
            for (a, b) in [
                (theil(&p, &rho), theil(&q, &sigma)),
                (gini(&p, &rho), gini(&q, &sigma)),
                (mean_log_deviation(&p, &rho), mean_log_deviation(&q, &sigma)),
                (atkinson(&p, &rho, 0.5), atkinson(&q, &sigma, 0.5)),
            ] {
                prop_assert!((a - b).abs() < 1e-12, "{a} {b}");
            }
        }
    }
}
