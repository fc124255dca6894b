//! Area of a window and a shifted copy of itself.
//!
//! The indicator of a window is a signed sum of the regions beneath its edges, so the area of the intersection is a
//! signed sum over pairs of edges of the area beneath both: ∫ min(y_e(x), y_f(x)) dx over the x they share. Exact for
//! any outline, with holes or in parts; nothing but the edges is held.

use super::Window;
use super::outline::Edge;

/// The edges of a window by x, for the areas of its overlaps.
#[derive(Debug, Clone)]
pub(super) struct Overlap {
    /// Ascending by the left end.
    pieces: Vec<Piece>,
    /// Largest width of a piece.
    widest: f64,
}

/// An edge that is not upright, from left to right, over the lowest y of the window.
#[derive(Debug, Clone, Copy)]
struct Piece {
    left: f64,
    right: f64,
    /// Height at the left end, and slope.
    low: f64,
    slope: f64,
    /// +1 when the inside is beneath it.
    sign: f64,
}

impl Overlap {
    pub(super) fn new(window: &Window) -> Self {
        let [x0, _, base, _] = window.bounds();
        let piece = |edge: &Edge| {
            // Inside on the left: an edge that goes left has the inside beneath it.
            let (sign, a, b) = if edge.a[0] < edge.b[0] { (-1.0, edge.a, edge.b) } else { (1.0, edge.b, edge.a) };
            let slope = (b[1] - a[1]) / (b[0] - a[0]);
            Piece { left: a[0] - x0, right: b[0] - x0, low: a[1] - base, slope, sign }
        };
        let level = window.edges().iter().filter(|edge| edge.a[0] != edge.b[0]);
        let mut pieces: Vec<Piece> = level.map(piece).filter(|piece| piece.slope.is_finite()).collect();
        pieces.sort_unstable_by(|p, q| p.left.total_cmp(&q.left).then(p.right.total_cmp(&q.right)));
        let widest = pieces.iter().map(|piece| piece.right - piece.left).fold(0.0, f64::max);
        Self { pieces, widest }
    }

    /// Area of the window and itself shifted by (dx, dy); the same for (−dx, −dy).
    pub(super) fn area(&self, dx: f64, dy: f64) -> f64 {
        // The same bits for either order of a pair.
        let (dx, dy) = if dx < 0.0 || (dx == 0.0 && dy < 0.0) { (-dx, -dy) } else { (dx, dy) };
        let mut total = 0.0;
        let mut first = 0;
        for fixed in &self.pieces {
            while first < self.pieces.len() && self.pieces[first].left + dx + self.widest <= fixed.left {
                first += 1;
            }
            for moved in self.pieces[first..].iter().take_while(|moved| moved.left + dx < fixed.right) {
                let (left, right) = (fixed.left.max(moved.left + dx), fixed.right.min(moved.right + dx));
                if left < right {
                    total += fixed.sign * moved.sign * beneath_both(fixed, moved, (left, right), dx, dy);
                }
            }
        }
        total.max(0.0)
    }
}

/// ∫ max(0, min(fixed, moved)) over x from left to right; heights above the base of the fixed window. The moved window
/// counts from its own base, which lies dy higher: what is beneath that is cut off on both sides.
#[inline]
fn beneath_both(fixed: &Piece, moved: &Piece, (left, right): (f64, f64), dx: f64, dy: f64) -> f64 {
    let floor = dy.max(0.0);
    let over =
        |piece: &Piece, x: f64, shift: f64, up: f64| piece.low + piece.slope * (x - shift - piece.left) + up - floor;
    let (f0, f1) = (over(fixed, left, 0.0, 0.0), over(fixed, right, 0.0, 0.0));
    let (m0, m1) = (over(moved, left, dx, dy), over(moved, right, dx, dy));
    let width = right - left;
    // Where the lower of the two changes, the interval is cut.
    let (gap0, gap1) = (f0 - m0, f1 - m1);
    if (gap0 <= 0.0) == (gap1 <= 0.0) {
        let (v0, v1) = if gap0 <= 0.0 { (f0, f1) } else { (m0, m1) };
        return width * positive_mean(v0, v1);
    }
    let part = gap0 / (gap0 - gap1);
    let middle = f0 + part * (f1 - f0);
    width * (part * positive_mean(f0.min(m0), middle) + (1.0 - part) * positive_mean(middle, f1.min(m1)))
}

/// Mean of max(0, v) as v goes straight from v0 to v1.
#[inline]
fn positive_mean(v0: f64, v1: f64) -> f64 {
    match (v0 >= 0.0, v1 >= 0.0) {
        (true, true) => 0.5 * (v0 + v1),
        (false, false) => 0.0,
        (true, false) => 0.5 * v0 * v0 / (v0 - v1),
        (false, true) => 0.5 * v1 * v1 / (v1 - v0),
    }
}
