//! The F distribution of Fisher and Snedecor.

use crate::root::{SearchOptions, find_root};
use statrs::function::beta::checked_beta_reg;

/// Upper tail of the F distribution, `P(X > x) = I_{d₂/(d₂ + d₁x)}(d₂/2, d₁/2)`, I the regularised incomplete beta
/// function. NaN for degrees of freedom that are not positive or x NaN; 1 for x ≤ 0.
#[must_use]
pub fn fisher_upper_tail(x: f64, numerator_df: f64, denominator_df: f64) -> f64 {
    let usable = numerator_df > 0.0 && denominator_df > 0.0;
    if x.is_nan() || !usable {
        f64::NAN
    } else if x <= 0.0 {
        1.0
    } else if x == f64::INFINITY {
        0.0
    } else {
        let share = denominator_df / (denominator_df + numerator_df * x);
        checked_beta_reg(0.5 * denominator_df, 0.5 * numerator_df, share).unwrap_or(f64::NAN)
    }
}

/// Quantile of the F distribution: x with `P(X ≤ x) = p`. NaN for p outside \[0, 1\] or degrees of freedom that are not
/// positive; ∞ at p = 1.
#[must_use]
pub fn fisher_quantile(p: f64, numerator_df: f64, denominator_df: f64) -> f64 {
    let usable = numerator_df > 0.0 && denominator_df > 0.0;
    if !(0.0..=1.0).contains(&p) || !usable {
        return f64::NAN;
    }
    if p == 0.0 || p == 1.0 {
        return if p == 0.0 { 0.0 } else { f64::INFINITY };
    }
    let excess = |log: f64| (1.0 - p) - fisher_upper_tail(log.exp(), numerator_df, denominator_df);
    let (mut low, mut high) = (-1.0, 1.0);
    while excess(low) > 0.0 && low > -700.0 {
        low *= 2.0;
    }
    while excess(high) < 0.0 && high < 700.0 {
        high *= 2.0;
    }
    find_root(excess, low, high, SearchOptions::default()).map_or(f64::NAN, |root| root.x.exp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// With two degrees above the tail is (1 + 2x/d)^(−d/2); one above and one below is a squared Cauchy variate,
    /// `P(X > 1) = ½`. F(0.95; 5, 10) = 3.3258 (Abramowitz and Stegun 1964, table 26.9).
    #[test]
    fn closed_forms_and_tables() {
        assert!((fisher_upper_tail(3.0, 2.0, 8.0) - 1.75_f64.powi(-4)).abs() < 1e-14);
        assert!((fisher_upper_tail(1.0, 1.0, 1.0) - 0.5).abs() < 1e-14);
        assert!((fisher_quantile(0.95, 5.0, 10.0) - 3.3258).abs() < 5e-5);
        assert!(fisher_upper_tail(1.0, 0.0, 3.0).is_nan() && fisher_quantile(2.0, 1.0, 1.0).is_nan());
        assert_eq!(fisher_upper_tail(-1.0, 1.0, 1.0), 1.0);
    }

    proptest! {
        #[test]
        fn the_quantile_inverts_the_tail(p in 0.001f64..0.999, a in 1.0f64..90.0, b in 1.0f64..300.0) {
            let x = fisher_quantile(p, a, b);
            prop_assert!((1.0 - fisher_upper_tail(x, a, b) - p).abs() < 1e-9);
            prop_assert!((fisher_quantile(1.0 - p, b, a) * x - 1.0).abs() < 1e-6);
        }
    }
}
