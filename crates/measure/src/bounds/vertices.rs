//! The largest value of a sum of convex functions of one cell each.

use super::{Boxes, ENUMERATED_CELLS, ROUNDING};

/// Largest `Σ f(w, e)` over the box, f convex in e, w the weight of the cell (1 without weights); and whether a point of
/// the box attains it.
///
/// f is not told which cell it looks at, so that cells with the same interval and weight are alike: nothing else can
/// tell them apart.
pub(crate) fn largest_separable(boxes: &Boxes, weights: Option<&[f64]>, f: impl Fn(f64, f64) -> f64) -> (f64, bool) {
    let f = |cell: usize, e: f64| f(weights.map_or(1.0, |w| w[cell]), e);
    let base: f64 = (0..boxes.low.len()).map(|cell| f(cell, boxes.low[cell])).sum();
    if boxes.free.is_empty() {
        return (base, true);
    }
    let cells = by_slope(boxes, &f);
    if alike(boxes, weights) {
        return (base + hand_out(boxes, &f), true);
    }
    if boxes.free.len() > ENUMERATED_CELLS {
        return (base + chords(&cells, boxes.room()), false);
    }
    let slack = boxes.total * ROUNDING;
    let mut search = Search { cells: &cells, best: f64::NEG_INFINITY, slack, boxes, f: &f };
    search.explore(0, boxes.room(), 0.0, None);
    (base + search.best, true)
}

/// A free cell: how wide its interval is, and what f gains from its lower to its upper end.
struct Cell {
    cell: usize,
    width: f64,
    gain: f64,
}

/// The free cells in descending slope of their chords.
fn by_slope(boxes: &Boxes, f: &impl Fn(usize, f64) -> f64) -> Vec<Cell> {
    let describe = |&cell: &usize| Cell {
        cell,
        width: boxes.width(cell),
        gain: f(cell, boxes.high[cell]) - f(cell, boxes.low[cell]),
    };
    let mut cells: Vec<Cell> = boxes.free.iter().map(describe).collect();
    cells.sort_by(|a, b| (b.gain / b.width).total_cmp(&(a.gain / a.width)));
    cells
}

/// Whether the free cells, of which there is at least one, have one interval and one weight.
pub(super) fn alike(boxes: &Boxes, weights: Option<&[f64]>) -> bool {
    let first = boxes.free[0];
    let same = |&cell: &usize| {
        boxes.low[cell] == boxes.low[first]
            && boxes.high[cell] == boxes.high[first]
            && weights.is_none_or(|w| w[cell] == w[first])
    };
    boxes.free.iter().all(same)
}

/// Among cells that are alike, a vertex is told by how many stand at the upper end: as many as the sum allows.
fn hand_out(boxes: &Boxes, f: &impl Fn(usize, f64) -> f64) -> f64 {
    let cell = boxes.free[0];
    let (low, high, width) = (boxes.low[cell], boxes.high[cell], boxes.width(cell));
    // Three widths of room are three cells, not two and a rest of one whole width.
    let full = (boxes.room() / width + ROUNDING).floor().min(boxes.free.len() as f64);
    let rest = if full < boxes.free.len() as f64 { (boxes.room() - full * width).clamp(0.0, width) } else { 0.0 };
    full * (f(cell, high) - f(cell, low)) + f(cell, low + rest) - f(cell, low)
}

/// The linear problem over chords: room goes to the steepest first. An upper bound, as a convex f lies below its
/// chord.
fn chords(cells: &[Cell], room: f64) -> f64 {
    let (mut left, mut value) = (room, 0.0);
    for cell in cells {
        let share = (left / cell.width).min(1.0);
        value += share * cell.gain;
        left -= share * cell.width;
        if left <= 0.0 {
            break;
        }
    }
    value
}

/// Depth first over the cells: each at its lower end, at its upper end, or, one of them, in between.
struct Search<'a, F> {
    cells: &'a [Cell],
    boxes: &'a Boxes,
    f: &'a F,
    best: f64,
    slack: f64,
}

impl<F: Fn(usize, f64) -> f64> Search<'_, F> {
    /// `room` is left for the cells from `depth` on and for the one inside its interval, if that is chosen.
    fn explore(&mut self, depth: usize, room: f64, value: f64, inside: Option<usize>) {
        let open = inside.map_or(0.0, |i| self.cells[i].width);
        let rest: f64 = self.cells[depth..].iter().map(|cell| cell.width).sum();
        if room > rest + open + self.slack {
            return;
        }
        let Some(next) = self.cells.get(depth) else {
            self.best = self.best.max(value + self.inner(inside, room));
            return;
        };
        if value + self.relaxed(depth, room, inside) <= self.best {
            return;
        }
        if next.width <= room + self.slack {
            self.explore(depth + 1, (room - next.width).max(0.0), value + next.gain, inside);
        }
        if inside.is_none() {
            self.explore(depth + 1, room, value, Some(depth));
        }
        self.explore(depth + 1, room, value, inside);
    }

    /// The chord bound for everything that is not decided; the cell inside its interval comes first, being steeper.
    fn relaxed(&self, depth: usize, room: f64, inside: Option<usize>) -> f64 {
        let (mut left, mut value) = (room, 0.0);
        for cell in inside.map(|i| &self.cells[i]).into_iter().chain(&self.cells[depth..]) {
            let share = (left / cell.width).min(1.0);
            value += share * cell.gain;
            left -= share * cell.width;
            if left <= 0.0 {
                break;
            }
        }
        value
    }

    /// What the cell inside its interval adds when it takes all that is left.
    fn inner(&self, inside: Option<usize>, room: f64) -> f64 {
        match inside {
            _ if room <= self.slack => 0.0,
            Some(i) if room >= self.cells[i].width - self.slack => self.cells[i].gain,
            Some(i) => {
                let cell = self.cells[i].cell;
                let low = self.boxes.low[cell];
                (self.f)(cell, low + room) - (self.f)(cell, low)
            }
            None => f64::NEG_INFINITY,
        }
    }
}
