//! Nearest points and points within a distance, by a k-d tree (Bentley 1975, Communications of the
//! ACM 18(9)).
//!
//! Degrees are put on the unit sphere, where the chord orders pairs as the great circle does, so the
//! date line and the poles need no special case. Plants bunch in towns, which is why the cells adapt
//! to the points instead of forming a uniform grid. The tree only proposes candidates; what counts
//! is [`distance`] of the given coordinates.

use std::collections::BinaryHeap;

use thiserror::Error;

use crate::distance::{Metric, Point, chord_of_km, distance, unit_sphere};

/// Distances that differ by no more than this, relative, are equal: lattice steps such as 0.3 − 0.2
/// and 0.4 − 0.3 differ in the last digit only.
pub const DISTANCE_TIE: f64 = 1e-12;
/// Widening of the candidate radius, far above rounding of either distance and far below a spacing
/// of points that would cost time.
const RADIUS_SLACK: f64 = 1e-9;
/// Absolute rounding of a chord between two points on the unit sphere.
const CHORD_ROUNDING: f64 = 1e-15;
const LEAF: usize = 8;

/// Why points cannot be indexed.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[non_exhaustive]
pub enum PointError {
    /// A coordinate is infinite or missing.
    #[error("point {index} has coordinates ({x}, {y}); both must be finite numbers")]
    NotFinite {
        /// Position, from 0.
        index: usize,
        /// First coordinate.
        x: f64,
        /// Second coordinate.
        y: f64,
    },
    /// A latitude beyond the poles.
    #[error("point {index} has latitude {latitude}; it must lie in [-90, 90] (order is longitude, latitude)")]
    Latitude {
        /// Position, from 0.
        index: usize,
        /// Second coordinate.
        latitude: f64,
    },
    /// More points than 32 bits can number.
    #[error("{count} points are more than the 4294967295 that can be indexed")]
    TooMany {
        /// Number of points.
        count: usize,
    },
}

/// A point and how far it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour {
    /// Position in the input, from 0.
    pub index: u32,
    /// Planar units, or km.
    pub distance: f64,
}

/// Points that can be asked for their neighbours.
#[derive(Debug, Clone)]
pub struct PointIndex {
    metric: Metric,
    points: Vec<Point>,
    /// Positions of the points, and their input numbers, in the order of the leaves.
    places: Vec<[f64; 3]>,
    numbers: Vec<u32>,
    nodes: Vec<Node>,
}

/// Box around the places `start..end`; children at the next node and at `right` (0: a leaf).
#[derive(Debug, Clone, Copy)]
struct Node {
    low: [f64; 3],
    high: [f64; 3],
    start: usize,
    end: usize,
    right: usize,
}

impl PointIndex {
    /// Indexes `points` in O(n log n).
    ///
    /// # Errors
    /// [`PointError`] with the first bad point.
    pub fn new(points: &[Point], metric: Metric) -> Result<Self, PointError> {
        check_points(points, metric)?;
        let place = |&point: &Point| match metric {
            Metric::Euclidean => [point[0], point[1], 0.0],
            Metric::Haversine => unit_sphere(point),
        };
        let mut placed: Vec<([f64; 3], u32)> = points.iter().map(place).zip(0..).collect();
        let mut nodes = Vec::with_capacity(points.len() / 2 + 1);
        if !placed.is_empty() {
            let end = placed.len();
            build(&mut placed, 0, end, &mut nodes);
        }
        let (places, numbers) = placed.into_iter().unzip();
        Ok(Self { metric, points: points.to_vec(), places, numbers, nodes })
    }

    /// Number of points.
    #[must_use]
    pub fn len(&self) -> usize {
        self.points.len()
    }

    /// No point at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// The `k` nearest other points of point `i`, nearest first; equal distances (within
    /// [`DISTANCE_TIE`]) in input order. Fewer when there are fewer.
    ///
    /// # Panics
    /// If there is no point `i`.
    #[must_use]
    pub fn nearest(&self, i: usize, k: usize) -> Vec<Neighbour> {
        let place = self.place_of(i);
        // The point itself is the first of its own neighbours, hence one more.
        let wanted = k.saturating_add(1).min(self.len());
        let mut squares = BinaryHeap::with_capacity(wanted + 1);
        self.collect_squares(0, place, wanted, &mut squares);
        // Bits of a non-negative f64 are ordered as the number is.
        let farthest = squares.peek().map_or(0.0, |&bits| f64::from_bits(bits));
        let mut found = self.candidates(i, place, farthest.sqrt());
        found.truncate(k);
        found
    }

    /// All other points of point `i` no farther than `radius` (planar units or km), the end included
    /// (within [`DISTANCE_TIE`]); nearest first, equal distances in input order.
    ///
    /// # Panics
    /// If there is no point `i`.
    #[must_use]
    pub fn within(&self, i: usize, radius: f64) -> Vec<Neighbour> {
        let straight = match self.metric {
            Metric::Euclidean => radius,
            Metric::Haversine => chord_of_km(radius),
        };
        let mut found = self.candidates(i, self.place_of(i), straight);
        let farthest = radius * (1.0 + DISTANCE_TIE);
        found.retain(|neighbour| neighbour.distance <= farthest);
        found
    }

    fn place_of(&self, i: usize) -> [f64; 3] {
        let point = self.points[i];
        match self.metric {
            Metric::Euclidean => [point[0], point[1], 0.0],
            Metric::Haversine => unit_sphere(point),
        }
    }

    /// Other points within a straight-line radius and a little more, in the order of [`Self::nearest`].
    fn candidates(&self, i: usize, place: [f64; 3], straight: f64) -> Vec<Neighbour> {
        let rounding = match self.metric {
            Metric::Euclidean => 0.0,
            Metric::Haversine => CHORD_ROUNDING,
        };
        let radius = straight * (1.0 + RADIUS_SLACK) + rounding;
        let mut found = Vec::new();
        self.collect_within(0, place, radius * radius, &mut |number| {
            if number as usize != i {
                let distance = distance(self.metric, self.points[i], self.points[number as usize]);
                found.push(Neighbour { index: number, distance });
            }
        });
        sort_with_ties(&mut found);
        found
    }

    /// Keeps the `wanted` smallest squared distances in the subtree of `node`.
    fn collect_squares(&self, node: usize, place: [f64; 3], wanted: usize, squares: &mut BinaryHeap<u64>) {
        let Some(&Node { start, end, right, .. }) = self.nodes.get(node) else { return };
        if right == 0 {
            for &other in &self.places[start..end] {
                squares.push(square(place, other).to_bits());
                if squares.len() > wanted {
                    squares.pop();
                }
            }
            return;
        }
        let mut children = [node + 1, right].map(|child| (self.nodes[child].square_to(place), child));
        if children[1].0 < children[0].0 {
            children.swap(0, 1);
        }
        for (nearest, child) in children {
            if squares.len() < wanted || squares.peek().is_some_and(|&worst| nearest.to_bits() < worst) {
                self.collect_squares(child, place, wanted, squares);
            }
        }
    }

    /// Visits the points of the subtree of `node` within a squared radius.
    fn collect_within(&self, node: usize, place: [f64; 3], radius_square: f64, visit: &mut impl FnMut(u32)) {
        let Some(here) = self.nodes.get(node) else { return };
        if here.square_to(place) > radius_square {
            return;
        }
        if here.right == 0 {
            for slot in here.start..here.end {
                if square(place, self.places[slot]) <= radius_square {
                    visit(self.numbers[slot]);
                }
            }
            return;
        }
        self.collect_within(node + 1, place, radius_square, visit);
        self.collect_within(here.right, place, radius_square, visit);
    }
}

impl Node {
    /// Squared distance from a place to the box, 0 inside.
    fn square_to(&self, place: [f64; 3]) -> f64 {
        (0..3).map(|d| (self.low[d] - place[d]).max(place[d] - self.high[d]).max(0.0).powi(2)).sum()
    }
}

fn square(a: [f64; 3], b: [f64; 3]) -> f64 {
    (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2) + (a[2] - b[2]).powi(2)
}

fn check_points(points: &[Point], metric: Metric) -> Result<(), PointError> {
    if u32::try_from(points.len()).is_err() {
        return Err(PointError::TooMany { count: points.len() });
    }
    for (index, &[x, y]) in points.iter().enumerate() {
        if !(x.is_finite() && y.is_finite()) {
            return Err(PointError::NotFinite { index, x, y });
        }
        if metric == Metric::Haversine && y.abs() > 90.0 {
            return Err(PointError::Latitude { index, latitude: y });
        }
    }
    Ok(())
}

/// Halves the widest side at the median until a leaf is small or all its points are one place.
fn build(placed: &mut [([f64; 3], u32)], start: usize, end: usize, nodes: &mut Vec<Node>) {
    let (mut low, mut high) = ([f64::INFINITY; 3], [f64::NEG_INFINITY; 3]);
    for (place, _) in &placed[start..end] {
        for d in 0..3 {
            low[d] = low[d].min(place[d]);
            high[d] = high[d].max(place[d]);
        }
    }
    let me = nodes.len();
    nodes.push(Node { low, high, start, end, right: 0 });
    let width = |d: usize| high[d] - low[d];
    let widest = (1..3).fold(0, |best, d| if width(d) > width(best) { d } else { best });
    if end - start <= LEAF || width(widest) <= 0.0 {
        return;
    }
    let middle = start + (end - start) / 2;
    placed[start..end]
        .select_nth_unstable_by(middle - start, |a, b| a.0[widest].total_cmp(&b.0[widest]).then(a.1.cmp(&b.1)));
    build(placed, start, middle, nodes);
    nodes[me].right = nodes.len();
    build(placed, middle, end, nodes);
}

/// Sorts by distance, then puts runs of equal distances into input order.
fn sort_with_ties(found: &mut [Neighbour]) {
    found.sort_unstable_by(|a, b| a.distance.total_cmp(&b.distance).then(a.index.cmp(&b.index)));
    for run in found.chunk_by_mut(|a, b| b.distance - a.distance <= DISTANCE_TIE * b.distance) {
        run.sort_unstable_by_key(|neighbour| neighbour.index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn numbers(found: &[Neighbour]) -> Vec<u32> {
        found.iter().map(|neighbour| neighbour.index).collect()
    }

    #[test]
    fn on_a_line_by_hand() {
        let index = PointIndex::new(&[[0.0, 0.0], [1.0, 0.0], [3.0, 0.0], [7.0, 0.0]], Metric::Euclidean).unwrap();
        assert_eq!(numbers(&index.nearest(2, 2)), [1, 0]);
        assert_eq!(numbers(&index.nearest(0, 9)), [1, 2, 3]);
        assert_eq!(numbers(&index.within(1, 2.0)), [0, 2]);
        assert_eq!(index.within(3, 4.0), [Neighbour { index: 2, distance: 4.0 }]);
        assert!(index.within(3, 3.9).is_empty());
    }

    /// On a lattice of step 0.1 the four steps differ in their last digits; input order decides.
    #[test]
    fn equal_distances_come_in_input_order() {
        let step = |i: u32| f64::from(i) * 0.1;
        let points: Vec<Point> = (0..49).map(|i| [step(i % 7), step(i / 7)]).collect();
        let index = PointIndex::new(&points, Metric::Euclidean).unwrap();
        for i in (0..49).filter(|i| (1..6).contains(&(i % 7)) && (1..6).contains(&(i / 7))) {
            let expected = [i - 7, i - 1, i + 1, i + 7];
            assert_eq!(numbers(&index.nearest(i as usize, 4)), expected);
            assert_eq!(numbers(&index.nearest(i as usize, 2)), expected[..2]);
            assert_eq!(numbers(&index.within(i as usize, 0.1)), expected);
        }
    }

    #[test]
    fn coincident_points_are_neighbours_at_zero() {
        let index = PointIndex::new(&[[2.0, 2.0]; 40], Metric::Euclidean).unwrap();
        assert_eq!(numbers(&index.nearest(5, 3)), [0, 1, 2]);
        assert_eq!(index.within(5, 0.0).len(), 39);
    }

    #[test]
    fn the_date_line_is_no_border() {
        let points = [[179.9, 0.0], [-179.9, 0.0], [178.0, 0.0]];
        let index = PointIndex::new(&points, Metric::Haversine).unwrap();
        assert_eq!(numbers(&index.nearest(0, 1)), [1]);
    }

    #[test]
    fn bad_points_are_named() {
        let euclidean = |points: &[Point]| PointIndex::new(points, Metric::Euclidean).unwrap_err();
        assert!(matches!(euclidean(&[[0.0, 0.0], [f64::NAN, 1.0]]), PointError::NotFinite { index: 1, .. }));
        let far = PointIndex::new(&[[10.0, 91.0]], Metric::Haversine).unwrap_err();
        assert!(matches!(far, PointError::Latitude { index: 0, .. }));
        assert!(PointIndex::new(&[], Metric::Euclidean).unwrap().is_empty());
    }

    proptest! {
        #[test]
        fn equals_brute_force(
            points in prop::collection::vec(prop::array::uniform2(-30.0f64..30.0), 1..90),
            k in 0usize..20,
            radius in 0.0f64..4000.0,
        ) {
            for metric in [Metric::Euclidean, Metric::Haversine] {
                let radius = if metric == Metric::Euclidean { radius / 100.0 } else { radius };
                let index = PointIndex::new(&points, metric).unwrap();
                for i in 0..points.len() {
                    let mut all: Vec<Neighbour> = (0..points.len())
                        .filter(|&j| j != i)
                        .map(|j| Neighbour { index: j as u32, distance: distance(metric, points[i], points[j]) })
                        .collect();
                    sort_with_ties(&mut all);
                    let near: Vec<_> = all.iter().copied().take(k).collect();
                    prop_assert_eq!(index.nearest(i, k), near);
                    all.retain(|other| other.distance <= radius);
                    prop_assert_eq!(index.within(i, radius), all);
                }
            }
        }
    }
}
