//! Sites in tiles: near ones together, down to pairs, so that a whole cell may stand for its sites.

use crate::points::Plants;
use crate::points::pairs::{Links, Scale};
use distretto_numerics::{Metric, Point};
use std::ops::Range;
use std::sync::Arc;

/// Sites of a full tile: a power of 2. Cells of a tile are its halves, quarters and so on, down to pairs.
pub(super) const TILE: usize = 1024;
/// Sites below which a half is not worth a thread.
const ALONE: usize = 1 << 14;
/// Relative slack of a bound of squared distances.
const SLACK: f64 = 1e-9;

/// A position: the third coordinate is 0 in the plane.
pub(super) type Position = [f64; 3];

/// Sites in the order of their tiles. A site's *place* is its position in that order.
///
/// With a table of distances there are no positions: the order is that of the sites, and neighbours stand in `links`.
#[derive(Debug, Clone)]
pub(super) struct Tiles {
    pub(super) scale: Scale,
    /// Site at each place.
    pub(super) order: Vec<u32>,
    /// Place of each site.
    pub(super) places: Vec<u32>,
    axes: [Vec<f64>; 3],
    /// Lowest and highest position of each tile.
    boxes: Vec<[Position; 2]>,
    /// The listed pairs, in place of positions.
    pub(super) links: Option<Arc<Links>>,
}

impl Tiles {
    /// Tiles of these plants, or the links of their table of distances.
    pub(super) fn of(plants: &Plants) -> Self {
        let Some(distances) = plants.distances() else { return Self::new(plants.points(), plants.metric()) };
        let order: Vec<u32> = (0..plants.len() as u32).collect();
        let (places, axes, boxes) = (order.clone(), Default::default(), Vec::new());
        let links = Some(distances.links().clone());
        Self { scale: Scale::of(Metric::Euclidean), order, places, axes, boxes, links }
    }

    /// O(n log² n).
    pub(super) fn new(points: &[Point], metric: Metric) -> Self {
        let scale = Scale::of(metric);
        let positions: Vec<Position> = points.iter().map(|&point| scale.place(point)).collect();
        let mut order: Vec<u32> = (0..points.len() as u32).collect();
        arrange(&mut order, &positions);
        let mut places = vec![0; points.len()];
        order.iter().zip(0..).for_each(|(&site, place)| places[site as usize] = place);
        let axis = |axis: usize| order.iter().map(|&site| positions[site as usize][axis]).collect::<Vec<f64>>();
        let axes = [axis(0), axis(1), if metric == Metric::Haversine { axis(2) } else { Vec::new() }];
        let boxes = order.chunks(TILE).map(|sites| extent(sites, &positions)).collect();
        Self { scale, order, places, axes, boxes, links: None }
    }

    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    /// Number of tiles; none with a table of distances.
    pub(super) fn count(&self) -> usize {
        self.boxes.len()
    }

    /// Places of a tile.
    pub(super) fn range(&self, tile: usize) -> Range<usize> {
        tile * TILE..((tile + 1) * TILE).min(self.len())
    }

    pub(super) fn position(&self, place: usize) -> Position {
        [self.axes[0][place], self.axes[1][place], self.axes[2].get(place).copied().unwrap_or(0.0)]
    }

    /// Squared distance of two places; infinite when a table does not list it.
    pub(super) fn squared(&self, a: usize, b: usize) -> f64 {
        if let Some(links) = &self.links {
            return links.squared(self.order[a], self.order[b]);
        }
        let (a, b) = (self.position(a), self.position(b));
        let [dx, dy, dz] = [b[0] - a[0], b[1] - a[1], b[2] - a[2]];
        let plane = dx * dx + dy * dy;
        if self.scale.metric() == Metric::Haversine { plane + dz * dz } else { plane }
    }

    /// Whether a tile may hold a site within a squared distance.
    pub(super) fn may_reach(&self, tile: usize, from: Position, squared: f64) -> bool {
        let [low, high] = self.boxes[tile];
        let gap = |axis: usize| (low[axis] - from[axis]).max(from[axis] - high[axis]).max(0.0);
        let nearest: f64 = (0..3).map(|axis| gap(axis) * gap(axis)).sum();
        nearest * (1.0 - SLACK) <= squared
    }

    /// Squared distances to the sites of a tile.
    #[inline]
    pub(super) fn distances(&self, tile: usize, from: Position, out: &mut [f64; TILE]) {
        let range = self.range(tile);
        let out = &mut out[..range.len()];
        let plane = self.axes[0][range.clone()].iter().zip(&self.axes[1][range.clone()]);
        for (out, (x, y)) in out.iter_mut().zip(plane) {
            let (dx, dy) = (x - from[0], y - from[1]);
            *out = dx * dx + dy * dy;
        }
        if self.scale.metric() == Metric::Haversine {
            for (out, z) in out.iter_mut().zip(&self.axes[2][range]) {
                let dz = z - from[2];
                *out += dz * dz;
            }
        }
    }
}

/// Puts near sites together: halves along the longest axis, whole tiles as long as there are several.
fn arrange(sites: &mut [u32], positions: &[Position]) {
    let n = sites.len();
    if n < 2 {
        return;
    }
    let [low, high] = extent(sites, positions);
    let wide = |axis: usize| high[axis] - low[axis];
    let axis = (1..3).fold(0, |best, axis| if wide(axis) > wide(best) { axis } else { best });
    let left = if n > TILE { n.div_ceil(TILE).div_ceil(2) * TILE } else { n.next_power_of_two() / 2 };
    let key = |site: &u32| positions[*site as usize][axis];
    // Equal coordinates by number: the order is one whatever the search does.
    sites.select_nth_unstable_by(left, |a, b| key(a).total_cmp(&key(b)).then(a.cmp(b)));
    let (first, second) = sites.split_at_mut(left);
    if n > ALONE {
        rayon::join(|| arrange(first, positions), || arrange(second, positions));
    } else {
        arrange(first, positions);
        arrange(second, positions);
    }
}

fn extent(sites: &[u32], positions: &[Position]) -> [Position; 2] {
    let start = [[f64::INFINITY; 3], [f64::NEG_INFINITY; 3]];
    sites.iter().fold(start, |[mut low, mut high], &site| {
        for axis in 0..3 {
            low[axis] = low[axis].min(positions[site as usize][axis]);
            high[axis] = high[axis].max(positions[site as usize][axis]);
        }
        [low, high]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use distretto_numerics::{Key, Stream};

    #[test]
    fn every_site_has_one_place_and_neighbours_are_near() {
        let mut stream = Stream::new(Key::new(1, "test/tiles"), 0, 0);
        let points: Vec<Point> = (0..5000).map(|_| [stream.uniform(), stream.uniform()]).collect();
        let tiles = Tiles::new(&points, Metric::Euclidean);
        assert_eq!((tiles.count(), tiles.range(4)), (5, 4096..5000));
        assert!((0..5000).all(|site| tiles.order[tiles.places[site] as usize] as usize == site));
        // Mean distance of the pairs is about that of neighbours, 1/√n = 0.014, not that of any two sites, 0.52.
        let mean = (0..2500).map(|pair| tiles.squared(2 * pair, 2 * pair + 1).sqrt()).sum::<f64>() / 2500.0;
        assert!(mean < 0.02, "{mean}");
    }

    #[test]
    fn boxes_bound_distances() {
        let points: Vec<Point> = (0..3000).map(|i| [f64::from(i % 60), f64::from(i / 60)]).collect();
        let tiles = Tiles::new(&points, Metric::Euclidean);
        let mut squared = [0.0; TILE];
        for (tile, reach) in [(0, 4.0), (1, 9.0), (2, 0.25)] {
            for place in (0..3000).step_by(97) {
                tiles.distances(tile, tiles.position(place), &mut squared);
                let near = squared[..tiles.range(tile).len()].iter().any(|&square| square <= reach);
                assert!(!near || tiles.may_reach(tile, tiles.position(place), reach));
                let first = tiles.range(tile).start;
                assert_eq!(squared[0], tiles.squared(place, first));
            }
        }
    }
}
