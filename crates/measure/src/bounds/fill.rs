//! The point of a box with a known sum that is nearest to its weights.

use super::Boxes;

/// `e = clamp(t·w, low, high)` with the t for which `Σe = total`; all weights 1 when there are none.
///
/// This is the solution of `min Σ w φ(e/w)` for every convex φ at once, since the optimality condition
/// "φ'(e/w) equal over cells inside their interval, lower at the upper end, higher at the lower end" does not
/// depend on φ. So it minimises the sum of squares, Theil's index, Hoover's and Krugman's, and, being least in the
/// order of Lorenz curves, the weighted Gini (Hardy, Littlewood and Pólya 1934, theorem 108).
///
/// The sum is piecewise linear in t: its corners are sorted, so t is exact up to rounding. O(n log n).
/// Weights are positive.
pub(crate) fn fill(boxes: &Boxes, weights: Option<&[f64]>) -> Vec<f64> {
    let weight = |cell: usize| weights.map_or(1.0, |w| w[cell]);
    let room = boxes.room();
    // A cell rises at rate w from t = low/w to t = high/w.
    let mut corners: Vec<(f64, f64)> = Vec::with_capacity(2 * boxes.free.len());
    for &cell in &boxes.free {
        let w = weight(cell);
        corners.extend([(boxes.low[cell] / w, w), (boxes.high[cell] / w, -w)]);
    }
    let level = water_level(corners, room);
    let at = |cell: usize| (level * weight(cell)).clamp(boxes.low[cell], boxes.high[cell]);
    let mut point = boxes.low.clone();
    for &cell in &boxes.free {
        point[cell] = at(cell);
    }
    point
}

/// The level t at which cells hold `room` together, when a corner `(t, ±w)` says that from t on one cell more rises at
/// rate w, or one less.
pub(super) fn water_level(mut corners: Vec<(f64, f64)>, room: f64) -> f64 {
    corners.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut filled, mut rate, mut level) = (0.0, 0.0, 0.0);
    for (corner, change) in corners {
        let next = filled + rate * (corner - level);
        if next >= room && rate > 0.0 {
            // Between cells that are full and cells that have not begun the rate is 0 up to rounding, and dividing by
            // it would leap over the corner.
            return (level + (room - filled) / rate).min(corner);
        }
        (filled, level, rate) = (next, corner, rate + change);
    }
    level
}
