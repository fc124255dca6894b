//! The sum of the largest cells.

use super::vertices::alike;
use super::{Bounds, Boxes, ENUMERATED_CELLS, fill};

/// Least and largest sum of the `count` largest cells. `count` is at least 1 and below the number of cells.
///
/// Largest: for a set A of `count` cells the sum over A is at most `min(Σ_A high, Σ_A low + room)`, and attains it;
/// of the known cells A takes the largest, of the free ones every choice is tried up to 20, or every number of them when they
/// are alike. Beyond, the two sums are bounded apart: an outer bound.
pub(crate) fn sum_of_largest(boxes: &Boxes, count: usize) -> Bounds {
    let low = top(&fill(boxes, None), count);
    let free = &boxes.free;
    let enumerated = free.len() <= ENUMERATED_CELLS;
    if !enumerated && !alike(boxes, None) {
        let high = top(&boxes.high, count).min(top(&boxes.low, count) + boxes.room());
        return Bounds { low, high, exact: false };
    }
    let mut known: Vec<f64> =
        (0..boxes.low.len()).filter(|cell| free.binary_search(cell).is_err()).map(|cell| boxes.low[cell]).collect();
    known.sort_by(|a, b| b.total_cmp(a));
    let mut sums = vec![0.0];
    for value in known {
        sums.push(sums[sums.len() - 1] + value);
    }
    let mut high = f64::NEG_INFINITY;
    let mut attempt = |chosen: usize, most: f64, least: f64| {
        if let Some(known) = count.checked_sub(chosen).and_then(|rest| sums.get(rest)) {
            high = high.max(known + most.min(least + boxes.room()));
        }
    };
    if enumerated {
        for choice in 0_u32..1 << free.len() {
            let picked = |ends: &[f64]| -> f64 {
                free.iter().enumerate().filter(|(bit, _)| choice >> bit & 1 == 1).map(|(_, &cell)| ends[cell]).sum()
            };
            attempt(choice.count_ones() as usize, picked(&boxes.high), picked(&boxes.low));
        }
    } else {
        for chosen in 0..=free.len() {
            attempt(chosen, chosen as f64 * boxes.high[free[0]], chosen as f64 * boxes.low[free[0]]);
        }
    }
    Bounds { low, high, exact: true }
}

/// Sum of the `count` largest values.
fn top(values: &[f64], count: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    sorted.iter().take(count).sum()
}
