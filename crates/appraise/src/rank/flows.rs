//! Outranking flows of PROMETHEE II, one indicator at a time: flows are linear in the weights.

use crate::indicators::{Direction, Sheet};
use rayon::prelude::*;

/// Thresholds of the linear preference of each indicator; none for the usual preference.
pub(super) type Thresholds = Option<Vec<(f64, f64)>>;

/// φ⁺ and φ⁻ of each unit on each indicator.
pub(super) struct Flows {
    pub plus: Vec<Vec<f64>>,
    pub minus: Vec<Vec<f64>>,
}

/// Flows of each column of `sheet` against the units of `of`; O(n log n) for the usual preference, O(n²) for the linear
/// one. A unit meets no threshold against itself: among its own kind the flows are means over the others.
pub(super) fn flows(of: &Sheet, sheet: &Sheet, thresholds: &Thresholds) -> Flows {
    let others = of.columns.first().map_or(0, Vec::len) as f64 - if std::ptr::eq(of, sheet) { 1.0 } else { 0.0 };
    let column = |j: usize| {
        let sign = if sheet.directions[j] == Direction::Cost { -1.0 } else { 1.0 };
        let turned = |x: &[f64]| x.iter().map(|x| sign * x).collect::<Vec<f64>>();
        let (of, x) = (turned(&of.columns[j]), turned(&sheet.columns[j]));
        match thresholds {
            None => usual(&of, &x, others),
            Some(thresholds) => linear(&of, &x, others, thresholds[j]),
        }
    };
    let (plus, minus) = (0..sheet.columns.len()).map(column).unzip();
    Flows { plus, minus }
}

/// Shares of the others that are strictly below, strictly above.
fn usual(of: &[f64], x: &[f64], others: f64) -> (Vec<f64>, Vec<f64>) {
    let mut sorted = of.to_vec();
    sorted.sort_by(f64::total_cmp);
    let below = |x: f64| sorted.partition_point(|&y| y < x) as f64 / others;
    let above = |x: f64| (sorted.len() - sorted.partition_point(|&y| y <= x)) as f64 / others;
    (x.iter().map(|&x| below(x)).collect(), x.iter().map(|&x| above(x)).collect())
}

fn linear(of: &[f64], x: &[f64], others: f64, (q, p): (f64, f64)) -> (Vec<f64>, Vec<f64>) {
    let preferred = |d: f64| ((d - q) / (p - q)).clamp(0.0, 1.0);
    let flow = |a: f64, sign: f64| of.iter().map(|b| preferred(sign * (a - b))).sum::<f64>() / others;
    x.par_iter().map(|&a| (flow(a, 1.0), flow(a, -1.0))).unzip()
}
