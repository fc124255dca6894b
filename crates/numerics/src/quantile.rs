//! Sample quantiles of type 7 (Hyndman and Fan 1996, The American Statistician 50(4), definition 7;
//! the default of R and NumPy): with h = (n − 1)p, `x_(⌊h⌋) + (h − ⌊h⌋)(x_(⌊h⌋+1) − x_(⌊h⌋))`,
//! order statistics counted from 0.

/// Type-7 quantile of values in ascending order. NaN when there is no value or `p` is outside \[0, 1\].
#[must_use]
pub fn quantile_sorted(sorted: &[f64], p: f64) -> f64 {
    let Some((index, fraction)) = position(sorted.len(), p) else {
        return f64::NAN;
    };
    let next = sorted[(index + 1).min(sorted.len() - 1)];
    between(sorted[index], next, fraction)
}

/// Type-7 quantile of values in any order, in expected O(n). NaN when there is no value, `p` is
/// outside \[0, 1\], or any value is NaN.
#[must_use]
pub fn quantile(values: &[f64], p: f64) -> f64 {
    let Some((index, fraction)) = position(values.len(), p) else {
        return f64::NAN;
    };
    if values.iter().any(|v| v.is_nan()) {
        return f64::NAN;
    }
    let mut values = values.to_vec();
    let (_, &mut low, above) = values.select_nth_unstable_by(index, f64::total_cmp);
    let next = above.iter().copied().fold(f64::INFINITY, f64::min);
    between(low, if above.is_empty() { low } else { next }, fraction)
}

/// Median of values in any order: the type-7 quantile at ½. NaN as for [`quantile`].
#[must_use]
pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

fn position(n: usize, p: f64) -> Option<(usize, f64)> {
    if n == 0 || !(0.0..=1.0).contains(&p) {
        return None;
    }
    let h = (n - 1) as f64 * p;
    // A fraction that differs from a whole number only by rounding, as 0.95 × 20, counts as whole:
    // R's quantile() has the same fuzz of four rounding errors.
    let whole = (h + 4.0 * f64::EPSILON * h.max(1.0)).floor();
    let fraction = h - whole;
    let fraction = if fraction.abs() < 4.0 * f64::EPSILON * h.max(1.0) { 0.0 } else { fraction };
    Some((whole as usize, fraction))
}

fn between(low: f64, high: f64, fraction: f64) -> f64 {
    if fraction == 0.0 || low == high { low } else { low + fraction * (high - low) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// By hand: n = 4, p = 0.25: h = 0.75, 1 + 0.75(2 − 1) = 1.75.
    #[test]
    fn by_hand() {
        let x = [3.0, 1.0, 4.0, 2.0];
        assert_eq!(quantile(&x, 0.25), 1.75);
        assert_eq!(median(&x), 2.5);
        assert_eq!(quantile(&x, 0.0), 1.0);
        assert_eq!(quantile(&x, 1.0), 4.0);
        assert_eq!(median(&[7.0]), 7.0);
    }

    #[test]
    fn what_does_not_exist_is_nan() {
        assert!(median(&[]).is_nan());
        assert!(quantile(&[1.0], 1.5).is_nan());
        assert!(quantile(&[1.0], f64::NAN).is_nan());
        assert!(median(&[1.0, f64::NAN]).is_nan());
        assert!(quantile_sorted(&[], 0.5).is_nan());
    }

    /// 0.95 × 20 is 19 in exact arithmetic: the 20th of 21 values, and nothing of the 21st.
    #[test]
    fn whole_positions_do_not_leak_infinity() {
        let mut x: Vec<f64> = (0..20).map(f64::from).collect();
        x.push(f64::INFINITY);
        assert_eq!(quantile_sorted(&x, 0.95), 19.0);
    }

    proptest! {
        #[test]
        fn selection_equals_sorting(mut x in prop::collection::vec(-1e3f64..1e3, 1..60), p in 0.0f64..=1.0) {
            let selected = quantile(&x, p);
            x.sort_by(f64::total_cmp);
            prop_assert_eq!(selected, quantile_sorted(&x, p));
            prop_assert!(selected >= x[0] && selected <= x[x.len() - 1]);
        }
    }
}
