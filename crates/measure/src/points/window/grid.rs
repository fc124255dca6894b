//! Edges by place: rows for the even–odd rule, cells for what is near.

use super::outline::Edge;
use distretto_numerics::Point;

/// Most rows, and most cells along one side.
const MOST: usize = 4096;

/// Edges listed by the rows of y they reach into.
#[derive(Debug, Clone)]
pub(crate) struct Rows {
    low: f64,
    height: f64,
    count: usize,
    /// The second coordinate is y + shear·x.
    shear: f64,
    starts: Vec<u32>,
    edges: Vec<u32>,
}

impl Rows {
    pub(super) fn new(edges: &[Edge], shear: f64) -> Self {
        let up = |[x, y]: Point| shear.mul_add(x, y);
        let ends = |edge: &Edge| (up(edge.a).min(up(edge.b)), up(edge.a).max(up(edge.b)));
        let fold = |(low, high): (f64, f64), edge: &Edge| (low.min(ends(edge).0), high.max(ends(edge).1));
        let (low, high) = edges.iter().fold((f64::INFINITY, f64::NEG_INFINITY), fold);
        let count = edges.len().clamp(1, MOST);
        let mut rows = Self { low, height: (high - low) / count as f64, count, shear, starts: vec![], edges: vec![] };
        let lists = edges.iter().map(|edge| rows.of(ends(edge).0)..=rows.of(ends(edge).1));
        (rows.starts, rows.edges) = compressed(count, lists);
        rows
    }

    fn of(&self, y: f64) -> usize {
        (((y - self.low) / self.height) as usize).min(self.count - 1)
    }

    /// Whether a ray to the right crosses an odd number of edges.
    pub(super) fn odd(&self, edges: &[Edge], point: Point) -> bool {
        self.crossings(edges, point, None) % 2 == 1
    }

    /// Edges other than `except` that a ray to the right of a point crosses.
    pub(super) fn crossings(&self, edges: &[Edge], [x, y]: Point, except: Option<usize>) -> usize {
        let up = |[x, y]: Point| self.shear.mul_add(x, y);
        let v = up([x, y]);
        let row = self.of(v);
        let list = &self.edges[self.starts[row] as usize..self.starts[row + 1] as usize];
        let crossed = |&&k: &&u32| {
            let Edge { a, b, .. } = edges[k as usize];
            let (va, vb) = (up(a), up(b));
            if (va > v) == (vb > v) || Some(k as usize) == except {
                return false;
            }
            // The point is left of the edge as it goes up.
            let cross = (b[0] - a[0]) * (v - va) - (vb - va) * (x - a[0]);
            (cross > 0.0) == (vb > va)
        };
        list.iter().filter(crossed).count()
    }
}

/// Edges listed by the cells they pass through.
#[derive(Debug, Clone)]
pub(crate) struct EdgeGrid {
    low: Point,
    size: f64,
    columns: usize,
    rows: usize,
    starts: Vec<u32>,
    edges: Vec<u32>,
}

impl EdgeGrid {
    pub(super) fn new(edges: &[Edge], [x0, x1, y0, y1]: [f64; 4]) -> Self {
        let (width, height) = (x1 - x0, y1 - y0);
        // About one cell for each edge, square, the longer side cut at most MOST times.
        let size = (width * height / edges.len().max(1) as f64).sqrt().max(width.max(height) / MOST as f64);
        let cells = |length: f64| ((length / size).ceil() as usize).clamp(1, MOST);
        let (columns, rows) = (cells(width), cells(height));
        let mut grid = Self { low: [x0, y0], size, columns, rows, starts: vec![], edges: vec![] };
        let lists: Vec<Vec<usize>> = edges.iter().map(|edge| grid.along(edge)).collect();
        (grid.starts, grid.edges) = compressed(columns * rows, lists.into_iter().map(IntoIterator::into_iter));
        grid
    }

    fn cell(&self, axis: usize, value: f64) -> usize {
        let most = if axis == 0 { self.columns } else { self.rows } - 1;
        (((value - self.low[axis]) / self.size) as usize).min(most)
    }

    /// Cells that an edge passes through, row by row, a rounding wider.
    fn along(&self, edge: &Edge) -> Vec<usize> {
        let (a, b) = if edge.a[1] <= edge.b[1] { (edge.a, edge.b) } else { (edge.b, edge.a) };
        let slack = 1e-9 * self.size;
        let mut cells = Vec::new();
        let (first, last) = (self.cell(1, a[1] - slack), self.cell(1, b[1] + slack));
        for row in first..=last {
            let (low, high) = (self.low[1] + row as f64 * self.size, self.low[1] + (row + 1) as f64 * self.size);
            let at = |y: f64| {
                let part = (y - a[1]) / (b[1] - a[1]);
                if part.is_finite() { a[0] + part.clamp(0.0, 1.0) * (b[0] - a[0]) } else { f64::NAN }
            };
            // A level edge (NaN) goes from end to end in its row.
            let (from, to) = (at(low - slack), at(high + slack));
            let (from, to) = if from.is_nan() || to.is_nan() { (a[0], b[0]) } else { (from, to) };
            let columns = self.cell(0, from.min(to) - slack)..=self.cell(0, from.max(to) + slack);
            cells.extend(columns.map(|column| row * self.columns + column));
        }
        cells
    }

    fn list(&self, cell: usize) -> &[u32] {
        &self.edges[self.starts[cell] as usize..self.starts[cell + 1] as usize]
    }

    /// Visits every pair of edges that share a cell, at least once.
    pub(super) fn pairs(&self, mut visit: impl FnMut(usize, usize)) {
        for cell in 0..self.columns * self.rows {
            let list = self.list(cell);
            for (k, &i) in list.iter().enumerate() {
                list[k + 1..].iter().for_each(|&j| visit(i as usize, j as usize));
            }
        }
    }

    /// Visits every edge with a part within `reach` of a point, perhaps others, some more than once.
    pub(super) fn near(&self, [x, y]: Point, reach: f64, mut visit: impl FnMut(usize)) {
        let span = |axis: usize, value: f64| self.cell(axis, value - reach)..=self.cell(axis, value + reach);
        for row in span(1, y) {
            for column in span(0, x) {
                self.list(row * self.columns + column).iter().for_each(|&k| visit(k as usize));
            }
        }
    }

    /// Squared distance of the nearest edge: rings of cells about the point, until none can be nearer.
    pub(super) fn nearest(&self, edges: &[Edge], point: Point) -> f64 {
        let (column, row) = (self.cell(0, point[0]), self.cell(1, point[1]));
        let mut best = f64::INFINITY;
        for ring in 0..self.columns.max(self.rows) {
            // What is in this ring is at least that far, from a point within the grid.
            let least = (ring as f64 - 1.0).max(0.0) * self.size;
            if best <= least * least {
                break;
            }
            self.ring(column, row, ring, |cell| {
                for &k in self.list(cell) {
                    best = best.min(edges[k as usize].squared_distance(point));
                }
            });
        }
        best
    }

    /// Cells at a distance of `ring` cells from one.
    fn ring(&self, column: usize, row: usize, ring: usize, mut visit: impl FnMut(usize)) {
        let (left, right) = (column.checked_sub(ring), column + ring);
        let (below, above) = (row.checked_sub(ring), row + ring);
        for j in below.unwrap_or(0)..=above.min(self.rows - 1) {
            if Some(j) == below || j == above {
                (left.unwrap_or(0)..=right.min(self.columns - 1)).for_each(|i| visit(j * self.columns + i));
                continue;
            }
            if let Some(left) = left {
                visit(j * self.columns + left);
            }
            if right < self.columns && ring > 0 {
                visit(j * self.columns + right);
            }
        }
    }
}

/// Lists of edges by bin, from the bins of each edge.
fn compressed<L: Iterator<Item = usize>>(bins: usize, lists: impl Iterator<Item = L>) -> (Vec<u32>, Vec<u32>) {
    let mut entries: Vec<(u32, u32)> = Vec::new();
    for (edge, list) in (0_u32..).zip(lists) {
        entries.extend(list.map(|bin| (bin as u32, edge)));
    }
    entries.sort_unstable();
    let mut starts = vec![0_u32; bins + 1];
    entries.iter().for_each(|&(bin, _)| starts[bin as usize + 1] += 1);
    for bin in 0..bins {
        starts[bin + 1] += starts[bin];
    }
    (starts, entries.into_iter().map(|(_, edge)| edge).collect())
}
