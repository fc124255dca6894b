//! The largest locational Gini coefficient.

use super::{Boxes, ENUMERATED_CELLS, ROUNDING};

/// Largest `Σ_{j<k} |x_k s_j − x_j s_k|`, the Gini coefficient of shares s with benchmark x, over a box of shares
/// with sum 1; `None` beyond 20 free cells. All x are positive.
///
/// The function is convex, so the search of `vertices` applies; pairs of free cells enter by a table of their four
/// corners, all known cells together by a prefix sum, hence O(free) a step, however many cells there are.
pub(crate) fn largest_gini(boxes: &Boxes, x: &[f64]) -> Option<f64> {
    if boxes.free.len() > ENUMERATED_CELLS {
        return None;
    }
    let known = Known::new(boxes, x);
    let mut free = boxes.free.clone();
    // Wide cells first: the sum settles early, and the bound with it.
    free.sort_by(|&a, &b| boxes.width(b).total_cmp(&boxes.width(a)).then(a.cmp(&b)));
    let ends = |cell: usize| [boxes.low[cell], boxes.high[cell]];
    let m = free.len();
    let pair =
        |j: usize, a: usize, k: usize, b: usize| (x[free[k]] * ends(free[j])[a] - x[free[j]] * ends(free[k])[b]).abs();
    let corners: Vec<Vec<Corners>> = (0..m)
        .map(|j| (0..m).map(|k| [[pair(j, 0, k, 0), pair(j, 0, k, 1)], [pair(j, 1, k, 0), pair(j, 1, k, 1)]]).collect())
        .collect();
    let widths: Vec<f64> = free.iter().map(|&cell| boxes.width(cell)).collect();
    let alone: Vec<[f64; 2]> = free.iter().map(|&cell| ends(cell).map(|e| known.against(e, x[cell]))).collect();
    let planes = Planes::new(&corners, &widths);
    let chosen = Vec::with_capacity(m);
    let best = f64::NEG_INFINITY;
    let mut search = Search { boxes, x, free: &free, widths, corners, planes, known: &known, best, chosen };
    search.explore(boxes.room(), 0.0, None, &alone);
    Some(known.within + search.best)
}

/// Cells without freedom in ascending s/x, with running sums.
struct Known {
    ratio: Vec<f64>,
    shares: Vec<f64>,
    weights: Vec<f64>,
    /// The coefficient's part among them.
    within: f64,
}

impl Known {
    fn new(boxes: &Boxes, x: &[f64]) -> Self {
        let mut cells: Vec<usize> = (0..x.len()).filter(|cell| boxes.free.binary_search(cell).is_err()).collect();
        let ratio = |cell: usize| boxes.low[cell] / x[cell];
        cells.sort_by(|&a, &b| ratio(a).total_cmp(&ratio(b)));
        let (mut shares, mut weights, mut within) = (vec![0.0], vec![0.0], 0.0);
        for (i, &cell) in cells.iter().enumerate() {
            within += boxes.low[cell] * weights[i] - x[cell] * shares[i];
            shares.push(shares[i] + boxes.low[cell]);
            weights.push(weights[i] + x[cell]);
        }
        Self { ratio: cells.iter().map(|&cell| ratio(cell)).collect(), shares, weights, within }
    }

    /// `Σ |x_k s − x s_k|` over the known cells k.
    fn against(&self, s: f64, x: f64) -> f64 {
        let below = self.ratio.partition_point(|&ratio| ratio < s / x);
        let last = self.ratio.len();
        let lower = s * self.weights[below] - x * self.shares[below];
        let upper = x * (self.shares[last] - self.shares[below]) - s * (self.weights[last] - self.weights[below]);
        lower + upper
    }
}

/// The term of two free cells by the ends of both.
type Corners = [[f64; 2]; 2];

/// A plane above the term of each pair of free cells, `γ + α δ_j + β δ_k` with δ the height of a cell above its lower
/// end, and sums of them over the pairs that are still open at a depth.
struct Planes {
    /// `level[j][k]` is γ of the pair.
    level: Vec<Vec<f64>>,
    /// `slope[j][k]` is the slope along j of the pair's plane.
    slope: Vec<Vec<f64>>,
    /// Sum of γ over the pairs from a depth on.
    levels: Vec<f64>,
    /// Sum of the slopes along k over its pairs with the cells from a depth on.
    slopes: Vec<Vec<f64>>,
}

impl Planes {
    fn new(corners: &[Vec<Corners>], widths: &[f64]) -> Self {
        let m = widths.len();
        // The mean rise along j; the plane is lifted until no corner is above it, so it holds for the convex term.
        let rise = |c: &Corners| ((c[1][0] + c[1][1]) - (c[0][0] + c[0][1])) / 2.0;
        let slope: Vec<Vec<f64>> = (0..m).map(|j| (0..m).map(|k| rise(&corners[j][k]) / widths[j]).collect()).collect();
        let lift = |j: usize, k: usize| {
            let (c, along, across) = (&corners[j][k], slope[j][k] * widths[j], slope[k][j] * widths[k]);
            c[0][0].max(c[1][0] - along).max(c[0][1] - across).max(c[1][1] - along - across)
        };
        let level: Vec<Vec<f64>> = (0..m).map(|j| (0..m).map(|k| lift(j, k)).collect()).collect();
        let from = |depth: usize| (depth..m).map(|j| (j + 1..m).map(|k| level[j][k]).sum::<f64>()).sum();
        let along = |depth: usize, k: usize| (depth..m).filter(|&j| j != k).map(|j| slope[k][j]).sum();
        let levels = (0..=m).map(from).collect();
        let slopes = (0..=m).map(|depth| (0..m).map(|k| along(depth, k)).collect()).collect();
        Self { level, slope, levels, slopes }
    }
}

/// Where a free cell stands.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Low,
    High,
    Inside,
}

struct Search<'a> {
    boxes: &'a Boxes,
    x: &'a [f64],
    free: &'a [usize],
    widths: Vec<f64>,
    /// Terms of pairs of free cells: `corners[j][k][end of j][end of k]`.
    corners: Vec<Vec<Corners>>,
    planes: Planes,
    known: &'a Known,
    best: f64,
    chosen: Vec<Place>,
}

impl Search<'_> {
    /// `against[k]` holds, for both ends of cell k, its terms with the known cells and with those already placed
    /// at an end; `value` the terms among the latter.
    fn explore(&mut self, room: f64, value: f64, inside: Option<usize>, against: &[[f64; 2]]) {
        let (depth, slack) = (self.chosen.len(), self.boxes.total * ROUNDING);
        let reach: f64 = (depth..self.free.len()).chain(inside).map(|k| self.widths[k]).sum();
        if room > reach + slack {
            return;
        }
        if depth == self.free.len() {
            self.best = self.best.max(value + self.last(room, inside, against, slack));
            return;
        }
        if value + self.relaxed(depth, room, inside, against) <= self.best {
            return;
        }
        let width = self.widths[depth];
        for (place, end) in [(Place::High, 1), (Place::Low, 0)] {
            let used = if end == 1 { width } else { 0.0 };
            if used > room + slack {
                continue;
            }
            let mut next = against.to_vec();
            for (terms, corner) in next.iter_mut().zip(&self.corners[depth]) {
                terms[0] += corner[end][0];
                terms[1] += corner[end][1];
            }
            self.chosen.push(place);
            self.explore((room - used).max(0.0), value + against[depth][end], inside, &next);
            self.chosen.pop();
        }
        if inside.is_none() {
            self.chosen.push(Place::Inside);
            self.explore(room, value, Some(depth), against);
            self.chosen.pop();
        }
    }

    /// The linear problem over chords and planes of everything that is open: an upper bound.
    fn relaxed(&self, depth: usize, room: f64, inside: Option<usize>, against: &[[f64; 2]]) -> f64 {
        let (planes, m) = (&self.planes, self.free.len());
        let mut value = planes.levels[depth];
        let mut open: Vec<(f64, f64)> = Vec::with_capacity(m - depth + 1);
        for k in (depth..m).chain(inside) {
            let mut slope = (against[k][1] - against[k][0]) / self.widths[k] + planes.slopes[depth][k];
            value += against[k][0];
            if let Some(i) = inside.filter(|&i| i != k) {
                value += planes.level[i][k];
                slope += planes.slope[k][i];
            }
            open.push((slope, self.widths[k]));
        }
        open.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut left = room;
        for (slope, width) in open {
            value += slope * left.min(width);
            left -= left.min(width);
        }
        value
    }

    /// The terms of the cell inside its interval, which takes the room that is left.
    fn last(&self, room: f64, inside: Option<usize>, against: &[[f64; 2]], slack: f64) -> f64 {
        let Some(j) = inside else { return if room <= slack { 0.0 } else { f64::NEG_INFINITY } };
        debug_assert_eq!(against.len(), self.chosen.len());
        let cell = self.free[j];
        let (s, x) = ((self.boxes.low[cell] + room).min(self.boxes.high[cell]), self.x[cell]);
        let placed = self.chosen.iter().zip(self.free).filter(|(place, _)| **place != Place::Inside);
        let term = |(place, &k): (&Place, &usize)| {
            let other = if *place == Place::High { self.boxes.high[k] } else { self.boxes.low[k] };
            (self.x[k] * s - x * other).abs()
        };
        self.known.against(s, x) + placed.map(term).sum::<f64>()
    }
}
