//! Outranking flows of PROMETHEE II, one indicator at a time: flows are linear in the weights.

use crate::indicators::{Direction, IndicatorError, Sheet};
use rayon::prelude::*;

/// Thresholds of the linear preference of each indicator; none for the usual preference.
pub(super) type Thresholds = Option<Vec<(f64, f64)>>;

/// φ⁺ and φ⁻ of each unit on each indicator.
pub(super) struct Flows {
    pub plus: Vec<Vec<f64>>,
    pub minus: Vec<Vec<f64>>,
}

/// Flows of each column; O(n log n) for the usual preference, O(n²) for the linear one.
pub(super) fn flows(sheet: &Sheet, thresholds: &Thresholds) -> Result<Flows, IndicatorError> {
    let column = |j: usize| {
        let sign = if sheet.directions[j] == Direction::Cost { -1.0 } else { 1.0 };
        let x: Vec<f64> = sheet.columns[j].iter().map(|x| sign * x).collect();
        match thresholds {
            None => usual(&x),
            Some(thresholds) => linear(&x, thresholds[j]),
        }
    };
    let (plus, minus) = (0..sheet.columns.len()).map(column).unzip();
    Ok(Flows { plus, minus })
}

/// Shares of the others that are strictly below, strictly above.
fn usual(x: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let mut sorted = x.to_vec();
    sorted.sort_by(f64::total_cmp);
    let others = x.len() as f64 - 1.0;
    let below = |x: f64| sorted.partition_point(|&y| y < x) as f64 / others;
    let above = |x: f64| (sorted.len() - sorted.partition_point(|&y| y <= x)) as f64 / others;
    (x.iter().map(|&x| below(x)).collect(), x.iter().map(|&x| above(x)).collect())
}

fn linear(x: &[f64], (q, p): (f64, f64)) -> (Vec<f64>, Vec<f64>) {
    let others = x.len() as f64 - 1.0;
    let preferred = |d: f64| ((d - q) / (p - q)).clamp(0.0, 1.0);
    let flow = |a: f64, sign: f64| x.iter().map(|b| preferred(sign * (a - b))).sum::<f64>() / others;
    x.par_iter().map(|&a| (flow(a, 1.0), flow(a, -1.0))).unzip()
}
