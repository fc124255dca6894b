//! Bounds over all tables that suppressed cells allow: values in a box whose sum is known.
//!
//! Least values are exact: one point of the box, found by filling all cells to a common level, is
//! majorised by every other one, so it minimises every index of spread at once (`fill`). Largest
//! values of a convex function lie at a vertex, where at most one cell is strictly inside its interval:
//! enumerated (`vertices`, `pairs`), or bounded from above by a linear relaxation.

mod classes;
mod fill;
mod largest;
mod pairs;
mod vertices;

use distretto_core::Fault;

pub use classes::{SizeClass, sum_of_squares_of_class, sum_of_squares_of_classes};
pub(crate) use fill::fill;
pub(crate) use largest::sum_of_largest;
pub(crate) use pairs::largest_gini;
pub(crate) use vertices::largest_separable;

/// Suppressed cells up to which vertices are enumerated (measure.md 1.14; 2^19·20 vertices at worst).
pub const ENUMERATED_CELLS: usize = 20;
/// Relative slack of sums: a published total and its rounded parts may differ by this much.
const SLACK: f64 = 1e-9;
/// What rounding may leave of a width or a rest, relative to the total.
const ROUNDING: f64 = 1e-12;

/// Least and largest value of an index over all tables that the known numbers allow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// No feasible table has a lower value.
    pub low: f64,
    /// No feasible table has a higher value.
    pub high: f64,
    /// Whether feasible values attain both ends; otherwise they are outer bounds.
    pub exact: bool,
}

impl Bounds {
    /// Both ends at the one value of a table without suppressed cells, NaN for one that does not exist.
    pub(crate) fn at(value: f64) -> Self {
        Self { low: value, high: value, exact: true }
    }

    /// The bounds of an increasing function of the value.
    pub(crate) fn rising(self, f: impl Fn(f64) -> f64) -> Self {
        Self { low: f(self.low), high: f(self.high), exact: self.exact }
    }

    /// The bounds of a decreasing function of the value.
    pub(crate) fn falling(self, f: impl Fn(f64) -> f64) -> Self {
        Self { low: f(self.high), high: f(self.low), exact: self.exact }
    }
}

/// Why there are no bounds.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BoundsError {
    /// The lists of ends differ in length.
    #[error("{low} lower ends, but {high} upper ends")]
    Lengths {
        /// Number of lower ends.
        low: usize,
        /// Number of upper ends.
        high: usize,
    },
    /// An interval is empty, negative or not a number.
    #[error("cell {cell} lies in {low}..{high}: an interval needs 0 <= low <= high")]
    Interval {
        /// Place of the cell, from 0.
        cell: usize,
        /// Its lower end.
        low: f64,
        /// Its upper end.
        high: f64,
    },
    /// No values in the intervals add up to the total.
    #[error("the cells add up to {least} at least and {most} at most, but the total is {total}")]
    Infeasible {
        /// The known total.
        total: f64,
        /// Sum of the lower ends.
        least: f64,
        /// Sum of the upper ends.
        most: f64,
    },
}

impl From<BoundsError> for Fault {
    fn from(error: BoundsError) -> Self {
        let hint = match error {
            BoundsError::Infeasible { .. } => "check the suppressed cells and the total they belong to",
            _ => "check the intervals `low..high`",
        };
        Self::input(error.to_string()).with_hint(hint)
    }
}

/// Cells known to lie between two ends, with a known sum. The ends are tightened by the sum.
#[derive(Debug, Clone)]
pub(crate) struct Boxes {
    pub(crate) low: Vec<f64>,
    pub(crate) high: Vec<f64>,
    pub(crate) total: f64,
    /// Cells with some freedom left, ascending.
    pub(crate) free: Vec<usize>,
}

impl Boxes {
    /// Checks and tightens.
    pub(crate) fn new(low: &[f64], high: &[f64], total: f64) -> Result<Self, BoundsError> {
        if low.len() != high.len() {
            return Err(BoundsError::Lengths { low: low.len(), high: high.len() });
        }
        for (cell, (&l, &h)) in low.iter().zip(high).enumerate() {
            if !(l >= 0.0 && l <= h && l.is_finite()) {
                return Err(BoundsError::Interval { cell, low: l, high: h });
            }
        }
        // A cell without upper end cannot exceed the total.
        let high: Vec<f64> =
            low.iter().zip(high).map(|(&l, &h)| if h == f64::INFINITY { l.max(total) } else { h }).collect();
        let (least, most) = (sum(low), sum(&high));
        let slack = SLACK * total.abs().max(least);
        if !(total.is_finite() && least <= total + slack && most >= total - slack) {
            return Err(BoundsError::Infeasible { total, least, most });
        }
        let above = (total - least).max(0.0);
        let below = (most - total).max(0.0);
        // Rounding must not turn a lower end of 0 into 1e-17: with a power below 1 that is far from 0.
        let narrow = |(&l, &h): (&f64, &f64)| {
            let (up, down) = (h - below, l + above);
            let rounding = ROUNDING * total.abs();
            let low = if up > l + rounding { up.min(h) } else { l };
            // Both ends may narrow to one number, from two sides.
            (low, if down < h - rounding { down.max(low) } else { h })
        };
        let tightened = low.iter().zip(&high).map(narrow);
        let (low, high): (Vec<f64>, Vec<f64>) = tightened.unzip();
        let free = (0..low.len()).filter(|&cell| high[cell] - low[cell] > ROUNDING * total.abs()).collect();
        Ok(Self { low, high, total, free })
    }

    /// What is left to hand out above the lower ends, at most what the free cells can take.
    pub(crate) fn room(&self) -> f64 {
        let widths: f64 = self.free.iter().map(|&cell| self.width(cell)).sum();
        (self.total - sum(&self.low)).clamp(0.0, widths)
    }

    /// Width of a cell's interval.
    pub(crate) fn width(&self, cell: usize) -> f64 {
        self.high[cell] - self.low[cell]
    }
}

fn sum(values: &[f64]) -> f64 {
    distretto_numerics::pairwise(values)
}

/// Least and largest `Σe²` over `low ≤ e ≤ high`, `Σe = total`; an upper end may be infinite.
///
/// # Formula
/// Least: `e = clamp(t, low, high)`, t such that the sum holds (water-filling). Largest: at a vertex, where at
/// most one cell lies inside its interval; exact up to 20 cells with `low < high` (enumerated, with pruning) and
/// for any number of them with one and the same interval (counted). Beyond, each square is replaced by its chord
/// and the linear problem is solved: an outer bound, `exact` is false.
///
/// # Errors
/// Ends that are no intervals of numbers of 0 or more; a total that no values in them have.
///
/// # Example
/// ```
/// use distretto_measure::sum_of_squares;
/// // 160 jobs: 100 in A, 10..49 each in B and C (so at least 11).
/// let bounds = sum_of_squares(&[100.0, 10.0, 10.0], &[100.0, 49.0, 49.0], 160.0)?;
/// assert_eq!(bounds.low, 11_800.0); // 100² + 30² + 30²
/// assert_eq!(bounds.high, 12_522.0); // 100² + 49² + 11²
/// assert!(bounds.exact);
/// # Ok::<(), distretto_measure::BoundsError>(())
/// ```
pub fn sum_of_squares(low: &[f64], high: &[f64], total: f64) -> Result<Bounds, BoundsError> {
    let boxes = Boxes::new(low, high, total)?;
    let least = fill(&boxes, None);
    let (largest, exact) = largest_separable(&boxes, None, |_, e| e * e);
    Ok(Bounds { low: least.iter().map(|e| e * e).sum(), high: largest, exact })
}

#[cfg(test)]
mod tests;
