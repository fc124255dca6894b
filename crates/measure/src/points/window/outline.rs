//! From rings of vertices to edges with the inside on their left.

use super::BOUNDARY;
use super::error::WindowError;
use super::grid::{EdgeGrid, Rows};
use distretto_numerics::Point;
use rustc_hash::FxHashMap;

/// Slope of the rays by which sides are told: no edge of a real outline runs along it.
const SHEAR: f64 = 0.577_215_664_901_532_9;

/// A straight piece of the boundary.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Edge {
    /// Start.
    pub(crate) a: Point,
    /// End.
    pub(crate) b: Point,
    /// Number of the vertex at the start, through all rings.
    pub(crate) vertex: usize,
}

impl Edge {
    pub(crate) fn new(a: Point, b: Point) -> Self {
        Self { a, b, vertex: 0 }
    }

    /// Squared distance of a point.
    #[inline]
    pub(crate) fn squared_distance(&self, [x, y]: Point) -> f64 {
        let (ux, uy) = (self.b[0] - self.a[0], self.b[1] - self.a[1]);
        let (px, py) = (x - self.a[0], y - self.a[1]);
        let length = ux * ux + uy * uy;
        let along = ux * px + uy * py;
        if along > 0.0 && along < length {
            let cross = ux * py - uy * px;
            return cross * cross / length;
        }
        let (qx, qy) = (x - self.b[0], y - self.b[1]);
        (px * px + py * py).min(qx * qx + qy * qy)
    }
}

/// The edges of the even–odd combination of rings, each with the inside on its left, and the diameter.
pub(super) fn edges(rings: &[Vec<Point>]) -> Result<(Vec<Edge>, f64), WindowError> {
    let mut edges = raw(rings)?;
    let diameter = diameter(rings.iter().flatten().copied().collect());
    let grid = EdgeGrid::new(&edges, bounds(edges.iter().flat_map(|edge| [edge.a, edge.b])));
    check_crossings(&edges, &grid, BOUNDARY * diameter)?;
    let rows = Rows::new(&edges, SHEAR);
    for k in 0..edges.len() {
        let Edge { a, b, .. } = edges[k];
        let middle = [0.5 * (a[0] + b[0]), 0.5 * (a[1] + b[1])];
        // A ray to the right from the middle of an edge: an odd number of others means inside on its right side.
        let right_inside = rows.crossings(&edges, middle, Some(k)) % 2 == 1;
        let upward = SHEAR.mul_add(b[0], b[1]) > SHEAR.mul_add(a[0], a[1]);
        if right_inside == upward {
            (edges[k].a, edges[k].b) = (b, a);
        }
    }
    Ok((edges, diameter))
}

/// Edges in the order of the vertices; those that occur twice are no boundary and drop out.
fn raw(rings: &[Vec<Point>]) -> Result<Vec<Edge>, WindowError> {
    let mut edges: Vec<Edge> = Vec::new();
    let mut first = 0;
    for (ring, vertices) in rings.iter().enumerate() {
        let n = vertices.len();
        if let Some(at) = vertices.iter().position(|vertex| !vertex.iter().all(|value| value.is_finite())) {
            return Err(WindowError::NotFinite { vertex: first + at });
        }
        let before = edges.len();
        for k in 0..n {
            // Adding 0 makes −0 and 0 one place.
            let (a, b) = (vertices[k].map(|v| v + 0.0), vertices[(k + 1) % n].map(|v| v + 0.0));
            if a != b {
                edges.push(Edge { a, b, vertex: first + k });
            }
        }
        if edges.len() - before < 3 {
            return Err(WindowError::ShortRing { ring, vertices: edges.len() - before, vertex: first });
        }
        first += n;
    }
    let key = |edge: &Edge| {
        let (a, b) = (edge.a.map(f64::to_bits), edge.b.map(f64::to_bits));
        if a <= b { (a, b) } else { (b, a) }
    };
    let mut times: FxHashMap<_, u32> = FxHashMap::default();
    edges.iter().for_each(|edge| *times.entry(key(edge)).or_insert(0) += 1);
    // Of an edge that stands an odd number of times, one is left.
    edges.retain(|edge| times.get_mut(&key(edge)).is_some_and(|times| std::mem::take(times) % 2 == 1));
    if edges.is_empty() { Err(WindowError::NoArea) } else { Ok(edges) }
}

/// No two edges cross, except that they may touch at an end of one of them.
fn check_crossings(edges: &[Edge], grid: &EdgeGrid, slack: f64) -> Result<(), WindowError> {
    let mut found: Option<(usize, usize)> = None;
    grid.pairs(|i, j| {
        let pair = (i.min(j), i.max(j));
        if found.is_none_or(|first| pair < first) && cross(&edges[pair.0], &edges[pair.1], slack) {
            found = Some(pair);
        }
    });
    let Some((first, second)) = found else { return Ok(()) };
    let (first, second) = (edges[first], edges[second]);
    Err(WindowError::Crossing { vertex: first.vertex, at: first.a, other: second.vertex, other_at: second.a })
}

/// Whether edges cross away from their ends, or run along one another.
fn cross(e: &Edge, f: &Edge, slack: f64) -> bool {
    let apart = |axis: usize| {
        let (low, high) = (e.a[axis].min(e.b[axis]), e.a[axis].max(e.b[axis]));
        f.a[axis].max(f.b[axis]) < low || f.a[axis].min(f.b[axis]) > high
    };
    if apart(0) || apart(1) {
        return false;
    }
    let near = |point: Point, edge: &Edge| edge.squared_distance(point) <= slack * slack;
    let close = [near(f.a, e), near(f.b, e), near(e.a, f), near(e.b, f)];
    let touching = close.into_iter().filter(|&touches| touches).count();
    if touching == 0 {
        let side = |e: &Edge, p: Point| (e.b[0] - e.a[0]) * (p[1] - e.a[1]) - (e.b[1] - e.a[1]) * (p[0] - e.a[0]) > 0.0;
        return side(e, f.a) != side(e, f.b) && side(f, e.a) != side(f, e.b);
    }
    // They touch at one place, or lie along one another between two places further apart than the slack.
    let places: Vec<Point> = [f.a, f.b, e.a, e.b].into_iter().zip(close).filter(|(_, c)| *c).map(|(p, _)| p).collect();
    let far = |p: &Point, q: &Point| (p[0] - q[0]).hypot(p[1] - q[1]) > 3.0 * slack;
    places.iter().any(|p| places.iter().any(|q| far(p, q)))
}

/// x0, x1, y0, y1 of points.
pub(super) fn bounds(points: impl Iterator<Item = Point>) -> [f64; 4] {
    let none = [f64::INFINITY, f64::NEG_INFINITY, f64::INFINITY, f64::NEG_INFINITY];
    points.fold(none, |[x0, x1, y0, y1], [x, y]| [x0.min(x), x1.max(x), y0.min(y), y1.max(y)])
}

/// Largest distance between points, those of their convex hull.
fn diameter(mut points: Vec<Point>) -> f64 {
    points.sort_unstable_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    let mut hull: Vec<Point> = Vec::new();
    for half in 0..2 {
        let start = hull.len();
        for k in 0..points.len() {
            let p = points[if half == 0 { k } else { points.len() - 1 - k }];
            while hull.len() >= start + 2 {
                let (a, b) = (hull[hull.len() - 2], hull[hull.len() - 1]);
                if (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]) > 0.0 {
                    break;
                }
                hull.pop();
            }
            hull.push(p);
        }
    }
    let far = |p: &Point| hull.iter().map(|q| (p[0] - q[0]).hypot(p[1] - q[1])).fold(0.0, f64::max);
    hull.iter().map(far).fold(0.0, f64::max)
}
