//! A total that is known, or known to lie between two ends.

/// Relative difference below which two totals are the same: sums of published figures agree to the last digit, and
/// rounding in sums of ten million terms stays below it.
pub(crate) const TOTAL_TOLERANCE: f64 = 1e-9;

/// A number known exactly (`low == high`) or to lie between two ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Span {
    /// A known number.
    #[must_use]
    pub fn known(value: f64) -> Self {
        Self { low: value, high: value }
    }

    /// Whether both ends are one number.
    #[must_use]
    pub fn is_known(self) -> bool {
        self.low == self.high
    }

    /// The number; NaN when it is only known to lie between two ends.
    #[must_use]
    pub fn value(self) -> f64 {
        if self.is_known() { self.low } else { f64::NAN }
    }

    /// What both spans allow; `None` when they exclude each other by more than 1e-9 relative. A known end wins over
    /// an equal one with rounding.
    pub(crate) fn meet(self, other: Self) -> Option<Self> {
        let room = TOTAL_TOLERANCE * self.high.min(other.high).max(self.low.max(other.low).min(f64::MAX));
        if self.low > other.high + room || other.low > self.high + room {
            return None;
        }
        if other.is_known() {
            return Some(other);
        }
        if self.is_known() {
            return Some(self);
        }
        let (low, high) = (self.low.max(other.low), self.high.min(other.high));
        Some(if low > high { Self::known(low) } else { Self { low, high } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meeting_narrows_or_fails() {
        let wide = Span { low: 1.0, high: 5.0 };
        assert_eq!(wide.meet(Span { low: 3.0, high: 9.0 }), Some(Span { low: 3.0, high: 5.0 }));
        assert_eq!(wide.meet(Span::known(5.0)), Some(Span::known(5.0)));
        assert_eq!(wide.meet(Span::known(5.1)), None);
        assert_eq!(Span::known(3.0).meet(Span::known(3.0 + 1e-9)), Some(Span::known(3.0 + 1e-9)));
        let open = Span { low: 0.0, high: f64::INFINITY };
        assert_eq!(open.meet(wide), Some(wide));
        assert_eq!(open.meet(Span::known(0.0)), Some(Span::known(0.0)));
    }
}
