//! Sums whose order is fixed, so that results have the same bytes on every run.
//!
//! Pairwise sums have an error of O(ε log n), compensated ones of O(ε) (Higham 2002, "Accuracy and
//! stability of numerical algorithms", 2nd ed., sections 4.2 and 4.3).

/// Terms that are added one after the other before the halving starts. Part of the definition of
/// the result: changing it changes last digits.
const BLOCK: usize = 64;

/// Pairwise sum of `values`; 0 for none.
#[must_use]
pub fn pairwise(values: &[f64]) -> f64 {
    if values.len() <= BLOCK {
        return values.iter().fold(0.0, |sum, v| sum + v);
    }
    let (left, right) = values.split_at(middle(values.len()));
    pairwise(left) + pairwise(right)
}

/// Pairwise sum of `term(0) + … + term(n − 1)`; terms are asked for once each, in order. Equals
/// [`pairwise`] of the same terms bit for bit.
pub fn pairwise_by(n: usize, mut term: impl FnMut(usize) -> f64) -> f64 {
    range(0, n, &mut term)
}

fn range(start: usize, n: usize, term: &mut impl FnMut(usize) -> f64) -> f64 {
    if n <= BLOCK {
        return (start..start + n).fold(0.0, |sum, i| sum + term(i));
    }
    let left = middle(n);
    range(start, left, term) + range(start + left, n - left, term)
}

/// Half of n, rounded down to whole blocks where it has one, so that blocks stay aligned.
fn middle(n: usize) -> usize {
    let half = n / 2;
    if half < BLOCK { half } else { half - half % BLOCK }
}

/// Running sum with the compensation of Kahan as improved by Neumaier 1974 (ZAMM 54, algorithm IV):
/// exact to about one rounding even when terms cancel.
///
/// ```
/// use distretto_numerics::Compensated;
/// let sum: Compensated = [1.0, 1e100, 1.0, -1e100].into_iter().collect();
/// assert_eq!(sum.value(), 2.0);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Compensated {
    sum: f64,
    lost: f64,
}

impl Compensated {
    /// An empty sum.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one term.
    #[inline]
    pub fn add(&mut self, term: f64) {
        let next = self.sum + term;
        self.lost += if self.sum.abs() >= term.abs() { (self.sum - next) + term } else { (term - next) + self.sum };
        self.sum = next;
    }

    /// The sum so far. An overflow gives the infinity (or NaN) that the plain sum has.
    #[must_use]
    pub fn value(self) -> f64 {
        if self.sum.is_finite() { self.sum + self.lost } else { self.sum }
    }
}

impl FromIterator<f64> for Compensated {
    fn from_iter<I: IntoIterator<Item = f64>>(terms: I) -> Self {
        let mut sum = Self::new();
        for term in terms {
            sum.add(term);
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn empty_and_small() {
        assert_eq!(pairwise(&[]), 0.0);
        assert_eq!(pairwise(&[1.0, 2.0, 4.0]), 7.0);
        assert_eq!(pairwise_by(0, |_| f64::NAN), 0.0);
    }

    /// 1 + 2 + … + n = n(n+1)/2, exact in f64.
    #[test]
    fn integers_are_exact() {
        assert_eq!(pairwise_by(100_001, |i| i as f64), 5_000_050_000.0);
    }

    /// The plain sum of ten million times 0.1 is off by 1.6e-4; pairwise keeps 13 digits.
    #[test]
    fn pairwise_loses_less_than_a_plain_sum() {
        let n = 10_000_000;
        let plain = (0..n).fold(0.0, |sum, _| sum + 0.1);
        let ours = pairwise_by(n, |_| 0.1);
        assert!((plain - 1e6f64).abs() > 1e-5);
        assert!((ours - 1e6).abs() < 1e-7, "{ours}");
    }

    #[test]
    fn compensated_survives_overflow() {
        let sum: Compensated = [f64::MAX, f64::MAX].into_iter().collect();
        assert_eq!(sum.value(), f64::INFINITY);
    }

    proptest! {
        #[test]
        fn both_forms_agree_bit_for_bit(values in prop::collection::vec(-1e6f64..1e6, 0..700)) {
            let by = pairwise_by(values.len(), |i| values[i]);
            prop_assert_eq!(pairwise(&values).to_bits(), by.to_bits());
            let exact: Compensated = values.iter().copied().collect();
            prop_assert!((exact.value() - by).abs() <= 1e-7);
        }
    }
}
