use super::*;

#[test]
fn identical_items_have_alpha_one() {
    let x = vec![1.0, 2.0, 4.0, 5.0];
    let found = reliability(&[x.clone(), x.clone(), x]);
    assert!((found.alpha - 1.0).abs() < 1e-14 && (found.guttman_lambda2 - 1.0).abs() < 1e-14);
    assert!(found.omega_total.is_nan() && found.items[0].smc.is_nan(), "the correlations are singular");
}

#[test]
fn two_items_by_hand() {
    // 1 2 3 and 2 1 3: variances 1, covariance 1/2; α = 2 (1 − 2/3) = 2/3, λ₂ = (1 + √(2 · 1/2))/3 = 2/3.
    let found = reliability(&[vec![1.0, 2.0, 3.0], vec![2.0, 1.0, 3.0]]);
    assert!((found.alpha - 2.0 / 3.0).abs() < 1e-14 && (found.guttman_lambda2 - 2.0 / 3.0).abs() < 1e-14);
    assert!((found.mean_inter_item - 0.5).abs() < 1e-14);
    assert!(found.items[0].alpha_if_deleted.is_nan() && found.omega_total.is_nan());
    assert!(found.alpha_low < found.alpha && found.alpha < found.alpha_high);
}

#[test]
fn a_constant_sum_has_no_alpha() {
    let found = reliability(&[vec![1.0, 2.0, 3.0], vec![3.0, 2.0, 1.0]]);
    assert!(found.alpha.is_nan() && found.alpha_low.is_nan());
}

#[test]
fn parallel_items_follow_spearman_and_brown() {
    // Orthogonal errors of equal variance on one true score: r̄ = ρ for every pair, α = kρ/(1 + (k − 1)ρ).
    let t = [1.0, 1.0, 1.0, 1.0, -1.0, -1.0, -1.0, -1.0];
    let errors = [
        [1.0, 1.0, -1.0, -1.0, 1.0, 1.0, -1.0, -1.0],
        [1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0],
        [1.0, -1.0, -1.0, 1.0, 1.0, -1.0, -1.0, 1.0],
    ];
    let items: Vec<Vec<f64>> = errors.iter().map(|e| t.iter().zip(e).map(|(t, e)| 2.0 * t + e).collect()).collect();
    let found = reliability(&items);
    let rho = 0.8;
    assert!((found.alpha - 3.0 * rho / (1.0 + 2.0 * rho)).abs() < 1e-12);
    assert!((found.omega_total - found.alpha).abs() < 1e-9, "one factor fits exactly: {}", found.omega_total);
}
