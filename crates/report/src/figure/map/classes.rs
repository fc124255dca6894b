//! Classes of a value on a map.

use crate::catalogue::Catalogue;
use crate::figure::style;
use crate::number::{significant, trimmed, typographic};

/// Breaks for a ratio whose neutral value is 1, as a location quotient: half, as much, twice, five and ten times.
const RATIO: [f64; 5] = [0.5, 1.0, 2.0, 5.0, 10.0];

/// Classes with their colours; a class holds its lower end.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Classes {
    /// Inner breaks, rising.
    pub(crate) breaks: Vec<f64>,
    /// Colour of each class, one more than breaks.
    pub(crate) colors: Vec<String>,
    /// Classes that lie below zero: dotted, so that greyscale tells them from those above.
    pub(crate) dotted: Vec<bool>,
    /// Key of the words that say how the breaks were chosen.
    pub(crate) rule: &'static str,
    /// Whether the first class holds nothing but 0.
    zero: bool,
    ends: (f64, f64),
}

impl Classes {
    /// Fixed breaks for a ratio around 1, three quantiles on each side of zero for signed values, five quantiles else.
    /// `None` without a finite value.
    pub(crate) fn new(values: &[f64], reference: Option<f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        let ends = (*sorted.first()?, *sorted.last()?);
        if reference == Some(1.0) && ends.0 >= 0.0 {
            return Some(Self::ratio(ends));
        }
        if ends.0 < 0.0 && ends.1 > 0.0 {
            return Some(Self::signed(&sorted, ends));
        }
        let positive = sorted.partition_point(|v| *v <= 0.0);
        let zero = ends.0 == 0.0 && 5 * positive >= sorted.len() && positive < sorted.len();
        let breaks = if zero {
            // Many zeros are a class of their own.
            let above = inner(quantiles(&sorted[positive..], 4), (sorted[positive], ends.1));
            std::iter::once(sorted[positive]).chain(above).collect()
        } else {
            inner(quantiles(&sorted, 5), ends)
        };
        let k = breaks.len() + 1;
        let colors = (0..k).map(|i| style::sequential(i, k)).collect();
        let dotted = vec![false; k];
        Some(Self { breaks, colors, dotted, rule: "figure.rule.quantiles", zero, ends })
    }

    fn ratio(ends: (f64, f64)) -> Self {
        let breaks = inner(RATIO.to_vec(), ends);
        let k = breaks.len() + 1;
        // Classes whose upper end is at most 1.
        let below = breaks.iter().filter(|b| **b <= 1.0).count() + usize::from(ends.1 < 1.0);
        let colors = (0..k).map(|i| style::ratio(i, k, below)).collect();
        Self { breaks, colors, dotted: vec![false; k], rule: "figure.rule.ratio", zero: false, ends }
    }

    fn signed(sorted: &[f64], ends: (f64, f64)) -> Self {
        let zero = sorted.partition_point(|v| *v < 0.0);
        let (below, above) = sorted.split_at(zero);
        let low = inner(quantiles(below, style::DIVERGING), (below[0], 0.0));
        let high = inner(quantiles(above, style::DIVERGING), (0.0, ends.1));
        let (n, p) = (low.len() + 1, high.len() + 1);
        let mut colors: Vec<String> = (0..n).rev().map(|i| style::diverging(i, n, true)).collect();
        colors.extend((0..p).map(|i| style::diverging(i, p, false)));
        let mut dotted = vec![true; n];
        dotted.extend(vec![false; p]);
        let breaks = low.into_iter().chain([0.0]).chain(high).collect();
        Self { breaks, colors, dotted, rule: "figure.rule.signed", zero: false, ends }
    }

    /// The class of a value; `None` where there is no value.
    pub(crate) fn of(&self, value: f64) -> Option<usize> {
        value.is_finite().then(|| self.breaks.partition_point(|b| *b <= value))
    }

    /// What a class holds: `2 to 5`, `< 0.5`, `≥ 10`.
    pub(crate) fn word(&self, i: usize, catalogue: &Catalogue) -> String {
        let word = |value: f64| typographic(&trimmed(&significant(value, 3)));
        match (i.checked_sub(1).and_then(|i| self.breaks.get(i)), self.breaks.get(i)) {
            (Some(&low), Some(&high)) => format!("{} {} {}", word(low), catalogue.word("figure.to"), word(high)),
            (None, Some(_)) if self.zero => word(0.0),
            (None, Some(&high)) => format!("< {}", word(high)),
            (Some(&low), None) => format!("≥ {}", word(low)),
            (None, None) => {
                let to = catalogue.word("figure.to");
                format!("{} {to} {}", catalogue.number(self.ends.0), catalogue.number(self.ends.1))
            }
        }
    }
}

/// Breaks at quantiles (the value of rank ⌈share · n⌉), rounded to three digits, so that the legend says what was done.
fn quantiles(sorted: &[f64], k: usize) -> Vec<f64> {
    let at = |i: usize| sorted[(i * sorted.len()).div_ceil(k).min(sorted.len() - 1)];
    let rounded = |value: f64| format!("{value:.2e}").parse().unwrap_or(value);
    if sorted.is_empty() { Vec::new() } else { (1..k).map(at).map(rounded).collect() }
}

/// Rising breaks that leave no class beyond the data.
fn inner(mut breaks: Vec<f64>, ends: (f64, f64)) -> Vec<f64> {
    breaks.retain(|b| *b > ends.0 && *b <= ends.1);
    breaks.dedup();
    breaks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Language;

    #[test]
    fn ratios_are_classed_around_one() {
        let classes = Classes::new(&[0.2, 1.0, 3.0, f64::NAN], Some(1.0)).expect("values");
        assert_eq!(classes.breaks, [0.5, 1.0, 2.0]);
        assert_eq!(classes.of(1.0), Some(2));
        assert_eq!(classes.of(f64::NAN), None);
        let words = Catalogue::new(Language::En, &[]);
        assert_eq!((classes.word(0, &words), classes.word(3, &words)), ("< 0.5".into(), "≥ 2".into()));
    }

    #[test]
    fn signed_values_part_at_zero() {
        let values: Vec<f64> = (-9..=9).map(f64::from).collect();
        let classes = Classes::new(&values, None).expect("values");
        assert_eq!(classes.breaks.iter().filter(|b| **b == 0.0).count(), 1);
        assert_eq!((classes.colors.len(), classes.breaks.len() + 1), (6, 6));
        assert_eq!(classes.dotted.iter().filter(|d| **d).count(), 3);
    }

    #[test]
    fn many_zeros_are_a_class() {
        let classes = Classes::new(&[0.0, 0.0, 3.0, 4.0, 5.0, 6.0], None).expect("values");
        assert_eq!((classes.of(0.0), classes.of(3.0)), (Some(0), Some(1)));
        assert_eq!(classes.word(0, &Catalogue::new(Language::En, &[])), "0");
    }

    #[test]
    fn ties_give_fewer_classes() {
        let classes = Classes::new(&[1.0, 1.0, 1.0, 2.0], None).expect("values");
        assert_eq!(classes.breaks, [2.0]);
        assert_eq!(Classes::new(&[5.0, 5.0], None).expect("values").colors.len(), 1);
    }
}
