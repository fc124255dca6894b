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
    let known = (0..boxes.low.len()).filter(|cell| free.binary_search(cell).is_err());
    let sums = prefix(known.map(|cell| boxes.low[cell]));
    let high = if enumerated {
        let mut cells: Vec<(f64, f64)> = free.iter().map(|&cell| (boxes.high[cell], boxes.low[cell])).collect();
        cells.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1)));
        let lows = (0..=cells.len()).map(|depth| prefix(cells[depth..].iter().map(|cell| cell.1))).collect();
        let highs = (0..=cells.len()).map(|depth| prefix(cells[depth..].iter().map(|cell| cell.0))).collect();
        let mut search = Search { cells, lows, highs, known: sums, count, room: boxes.room(), best: f64::NEG_INFINITY };
        search.explore(0, 0, 0.0, 0.0);
        search.best
    } else {
        let most = |chosen: usize| {
            let chosen_cells = chosen as f64;
            let known = count.checked_sub(chosen).and_then(|rest| sums.get(rest))?;
            Some(known + (chosen_cells * boxes.high[free[0]]).min(chosen_cells * boxes.low[free[0]] + boxes.room()))
        };
        (0..=free.len()).filter_map(most).fold(f64::NEG_INFINITY, f64::max)
    };
    Bounds { low, high, exact: true }
}

/// Sums of the 0, 1, 2, … largest values.
fn prefix(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let mut sums = vec![0.0];
    for value in sorted {
        sums.push(sums[sums.len() - 1] + value);
    }
    sums
}

/// Depth first over the free cells: each among the largest or not.
struct Search {
    /// Upper and lower ends, upper ones descending.
    cells: Vec<(f64, f64)>,
    /// From each depth on, the sums of the largest lower ends and of the largest upper ends.
    lows: Vec<Vec<f64>>,
    highs: Vec<Vec<f64>>,
    /// Sums of the largest known cells.
    known: Vec<f64>,
    count: usize,
    room: f64,
    best: f64,
}

impl Search {
    /// `chosen` cells are taken, with these sums of their upper and lower ends.
    fn explore(&mut self, depth: usize, chosen: usize, high: f64, low: f64) {
        // With no further cell this is a value; with more of them, each end at its best, a bound.
        let with = |more: usize| {
            let known = self.count.checked_sub(chosen + more).and_then(|rest| self.known.get(rest));
            let most = high + self.highs[depth][more];
            let least = low + self.lows[depth][more] + self.room;
            known.map_or(f64::NEG_INFINITY, |known| known + most.min(least))
        };
        let value = with(0);
        let bound = (1..self.highs[depth].len()).map(with).fold(value, f64::max);
        if bound <= self.best {
            return;
        }
        self.best = self.best.max(value);
        if depth < self.cells.len() && chosen < self.count {
            let (up, down) = self.cells[depth];
            self.explore(depth + 1, chosen + 1, high + up, low + down);
            self.explore(depth + 1, chosen, high, low);
        }
    }
}

/// Sum of the `count` largest values.
fn top(values: &[f64], count: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    sorted.iter().take(count).sum()
}
