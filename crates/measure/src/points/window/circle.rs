//! Share of a circle that lies inside a window.
//!
//! Every edge has the inside on its left. Going round the circle against the clock, an edge that goes out of the circle
//! is where the inside begins, one that comes in is where it ends: the length inside is Σ θ(in) − Σ θ(out), modulo 2π,
//! in any order of the edges.

use super::Window;
use super::outline::Edge;
use distretto_numerics::Point;
use std::f64::consts::{PI, TAU};

/// An angle so near to 0 or 2π that rounding could have moved it across.
const AMBIGUOUS: f64 = 1e-9;

/// An edge as seen from the centre of the circles.
#[derive(Debug, Clone, Copy)]
struct Seen {
    /// Squared distances of the nearest point and of the ends.
    nearest: f64,
    start: f64,
    end: f64,
    /// Signed distance of the line; positive when the centre is on the right of the edge.
    line: f64,
    /// Direction of the edge, an angle.
    direction: f64,
}

/// The edges about one centre, nearest first.
#[derive(Debug, Clone, Default)]
pub(super) struct Circle {
    centre: Point,
    seen: Vec<Seen>,
    /// When an edge was last taken, so that it is taken once.
    stamps: Vec<u32>,
    stamp: u32,
    angles: Vec<f64>,
}

impl Circle {
    /// Looks at the edges within `reach` of a centre.
    pub(super) fn move_to(&mut self, window: &Window, centre: Point, reach: f64) {
        self.centre = centre;
        self.seen.clear();
        if self.stamps.len() != window.edges().len() || self.stamp == u32::MAX {
            self.stamps = vec![0; window.edges().len()];
            self.stamp = 0;
        }
        self.stamp += 1;
        let Self { seen, stamps, stamp, .. } = self;
        window.grid().near(centre, reach, |k| {
            if std::mem::replace(&mut stamps[k], *stamp) != *stamp {
                let edge = Seen::new(&window.edges()[k], centre);
                if edge.nearest < reach * reach {
                    seen.push(edge);
                }
            }
        });
        // By all that it holds, so that the order of the sum does not depend on that of the cells.
        self.seen.sort_unstable_by(|p, q| {
            p.nearest.total_cmp(&q.nearest).then(p.direction.total_cmp(&q.direction)).then(p.start.total_cmp(&q.start))
        });
    }

    /// Share of the circle of that radius which lies inside, 0 to 1.
    pub(super) fn share(&mut self, window: &Window, radius: f64) -> f64 {
        let square = radius * radius;
        let mut sum = 0.0;
        let mut crossings = 0_u32;
        for edge in self.seen.iter().take_while(|edge| edge.nearest < square) {
            let (starts_in, ends_in) = (edge.start < square, edge.end < square);
            if starts_in && ends_in {
                continue;
            }
            let turn = (edge.line / radius).clamp(-1.0, 1.0).asin();
            if !starts_in {
                sum += edge.direction + PI - turn;
            }
            if !ends_in {
                sum -= edge.direction + turn;
            }
            crossings += 1;
        }
        let inside = sum.rem_euclid(TAU);
        if crossings > 0 && (AMBIGUOUS..=TAU - AMBIGUOUS).contains(&inside) {
            return inside / TAU;
        }
        if self.mostly_inside(window, radius) { 1.0 } else { 0.0 }
    }

    /// Whether the middle of the longest arc between crossings is inside.
    fn mostly_inside(&mut self, window: &Window, radius: f64) -> bool {
        let square = radius * radius;
        self.angles.clear();
        for edge in self.seen.iter().take_while(|edge| edge.nearest < square) {
            let turn = (edge.line / radius).clamp(-1.0, 1.0).asin();
            if edge.start >= square {
                self.angles.push((edge.direction + PI - turn).rem_euclid(TAU));
            }
            if edge.end >= square {
                self.angles.push((edge.direction + turn).rem_euclid(TAU));
            }
        }
        self.angles.sort_unstable_by(f64::total_cmp);
        let next = |k: usize| self.angles.get(k + 1).copied().unwrap_or_else(|| self.angles[0] + TAU);
        let arcs = (0..self.angles.len()).map(|k| (next(k) - self.angles[k], self.angles[k]));
        let longest = arcs.max_by(|p, q| p.0.total_cmp(&q.0));
        let middle = longest.map_or(0.0, |(length, from)| from + 0.5 * length);
        window.surrounds([self.centre[0] + radius * middle.cos(), self.centre[1] + radius * middle.sin()])
    }
}

impl Seen {
    fn new(edge: &Edge, centre: Point) -> Self {
        let a = [edge.a[0] - centre[0], edge.a[1] - centre[1]];
        let b = [edge.b[0] - centre[0], edge.b[1] - centre[1]];
        let (ux, uy) = (edge.b[0] - edge.a[0], edge.b[1] - edge.a[1]);
        let length = ux.hypot(uy);
        let (start, end) = (a[0] * a[0] + a[1] * a[1], b[0] * b[0] + b[1] * b[1]);
        let line = (ux * a[1] - uy * a[0]) / length;
        let along = -(ux * a[0] + uy * a[1]);
        let nearest = if along > 0.0 && along < length * length { line * line } else { start.min(end) };
        // Below the ends, however it is rounded: an end inside the circle is seen.
        Self { nearest: nearest.min(start).min(end), start, end, line, direction: uy.atan2(ux) }
    }
}
