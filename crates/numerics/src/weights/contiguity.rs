//! Contiguity of regions from their borders.

use thiserror::Error;

use super::Weights;
use crate::distance::Point;

/// Vertices closer than about this share of the larger side of the map are one vertex.
const GRID_SHARE: f64 = 1e-9;

/// Why borders cannot be compared.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[non_exhaustive]
pub enum ContiguityError {
    /// A vertex is infinite or missing.
    #[error("region {region}, ring {ring}, vertex {vertex} is ({x}, {y}); both coordinates must be finite numbers")]
    NotFinite {
        /// Region, from 0.
        region: usize,
        /// Ring of the region, from 0.
        ring: usize,
        /// Vertex of the ring, from 0.
        vertex: usize,
        /// First coordinate.
        x: f64,
        /// Second coordinate.
        y: f64,
    },
    /// A ring encloses nothing.
    #[error("region {region}, ring {ring} has {vertices} vertices; a ring needs at least 3")]
    ShortRing {
        /// Region, from 0.
        region: usize,
        /// Ring of the region, from 0.
        ring: usize,
        /// Number of vertices.
        vertices: usize,
    },
    /// More regions or vertices than 32 bits can number.
    #[error("{count} vertices are more than the 4294967295 that can be compared")]
    TooMany {
        /// Number of vertices.
        count: usize,
    },
}

/// Queen contiguity: weight 1 for regions that share at least one vertex. Symmetric.
///
/// `regions[i]` holds the rings of region i (outer rings and holes alike), each a list of vertices;
/// repeating the first vertex at the end is allowed. Vertices are equal when they fall into the same
/// or touching cells of a grid with 1e-9 of the larger side of the map. A region without rings is an
/// island.
///
/// # Assumptions and limitations
/// Only listed vertices count. Where a corner of one region lies in the middle of a neighbour's edge
/// (a T-junction), or the two borders were simplified apart, no vertex is shared and the contact
/// is missed: use borders from one topologically clean source.
///
/// # Errors
/// [`ContiguityError`] with the first bad ring or vertex.
pub fn queen(regions: &[Vec<Vec<Point>>]) -> Result<Weights, ContiguityError> {
    let map = Map::new(regions)?;
    let mut touching = Vec::with_capacity(map.vertices.len());
    for (region, ring) in map.rings() {
        touching.extend(ring.iter().map(|&vertex| (vertex, region)));
    }
    Ok(meet(regions.len(), touching))
}

/// Rook contiguity: weight 1 for regions that share at least one edge, that is two vertices that
/// follow one another in both. Symmetric, and part of [`queen`], with the same input, limits (a
/// shared stretch counts only if both regions list the same vertices along it) and errors.
///
/// # Errors
/// [`ContiguityError`] with the first bad ring or vertex.
pub fn rook(regions: &[Vec<Vec<Point>>]) -> Result<Weights, ContiguityError> {
    let map = Map::new(regions)?;
    let mut touching = Vec::with_capacity(map.vertices.len());
    for (region, ring) in map.rings() {
        let next = ring.iter().cycle().skip(1);
        let edges = ring.iter().zip(next).filter(|(a, b)| a != b);
        touching.extend(edges.map(|(&a, &b)| ((a.min(b), a.max(b)), region)));
    }
    Ok(meet(regions.len(), touching))
}

/// Links every two regions that touch the same feature (vertex or edge).
fn meet<F: Ord + Copy>(n: usize, mut touching: Vec<(F, u32)>) -> Weights {
    touching.sort_unstable();
    touching.dedup();
    let mut rows = vec![Vec::new(); n];
    for shared in touching.chunk_by(|a, b| a.0 == b.0) {
        for &(_, region) in shared {
            let others = shared.iter().map(|&(_, other)| other).filter(|&other| other != region);
            rows[region as usize].extend(others);
        }
    }
    for row in &mut rows {
        row.sort_unstable();
        row.dedup();
    }
    Weights::from_rows(&rows)
}

/// All rings as numbered vertices, equal numbers for equal places.
struct Map {
    vertices: Vec<u32>,
    /// Region and end (in `vertices`) of each ring.
    ends: Vec<(u32, usize)>,
}

impl Map {
    fn new(regions: &[Vec<Vec<Point>>]) -> Result<Self, ContiguityError> {
        let mut points = Vec::new();
        let mut ends = Vec::new();
        for (region, rings) in regions.iter().enumerate() {
            for (ring, ring_points) in rings.iter().enumerate() {
                check_ring(region, ring, ring_points)?;
                points.extend_from_slice(ring_points);
                ends.push((region as u32, points.len()));
            }
        }
        let count = points.len().max(regions.len());
        if u32::try_from(count).is_err() {
            return Err(ContiguityError::TooMany { count });
        }
        Ok(Self { vertices: number_places(&points), ends })
    }

    fn rings(&self) -> impl Iterator<Item = (u32, &[u32])> {
        let mut start = 0;
        self.ends.iter().map(move |&(region, end)| {
            let ring = &self.vertices[start..end];
            start = end;
            (region, ring)
        })
    }
}

fn check_ring(region: usize, ring: usize, points: &[Point]) -> Result<(), ContiguityError> {
    for (vertex, &[x, y]) in points.iter().enumerate() {
        if !(x.is_finite() && y.is_finite()) {
            return Err(ContiguityError::NotFinite { region, ring, vertex, x, y });
        }
    }
    let closed = points.len() > 1 && points.first() == points.last();
    let vertices = points.len() - usize::from(closed);
    if vertices < 3 { Err(ContiguityError::ShortRing { region, ring, vertices }) } else { Ok(()) }
}

/// Numbers places so that points in the same or touching grid cells share a number.
fn number_places(points: &[Point]) -> Vec<u32> {
    let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
    for point in points {
        for d in 0..2 {
            low[d] = low[d].min(point[d]);
            high[d] = high[d].max(point[d]);
        }
    }
    let extent = (high[0] - low[0]).max(high[1] - low[1]);
    let step = if extent > 0.0 { GRID_SHARE * extent } else { 1.0 };
    let cell = |point: &Point| [0, 1].map(|d| ((point[d] - low[d]) / step).round() as i64);
    let mut cells: Vec<[i64; 2]> = points.iter().map(cell).collect();
    let of_points = cells.clone();
    cells.sort_unstable();
    cells.dedup();
    let mut group: Vec<u32> = (0..cells.len() as u32).collect();
    for (i, &[x, y]) in cells.iter().enumerate() {
        // Rounding can part two equal places by one cell: join with the cells that come later.
        for later in [[x, y + 1], [x + 1, y - 1], [x + 1, y], [x + 1, y + 1]] {
            if let Ok(j) = cells[i + 1..].binary_search(&later) {
                let (a, b) = (root_of(&mut group, i), root_of(&mut group, i + 1 + j));
                group[a.max(b)] = a.min(b) as u32;
            }
        }
    }
    of_points
        .iter()
        .map(|cell| {
            let i = cells.binary_search(cell).expect("every cell of a point is in the list of cells");
            root_of(&mut group, i) as u32
        })
        .collect()
}

/// First member of the group of `i`, halving the path on the way.
fn root_of(group: &mut [u32], mut i: usize) -> usize {
    while group[i] as usize != i {
        group[i] = group[group[i] as usize];
        i = group[i] as usize;
    }
    i
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn unit_square(x: f64, y: f64) -> Vec<Vec<Point>> {
        vec![vec![[x, y], [x + 1.0, y], [x + 1.0, y + 1.0], [x, y + 1.0], [x, y]]]
    }

    /// 3 × 3 squares, numbered row by row: the centre touches all, shares edges with four.
    #[test]
    fn a_chessboard_by_hand() {
        let board: Vec<_> = (0..9).map(|i| unit_square(f64::from(i % 3), f64::from(i / 3))).collect();
        let (queen, rook) = (queen(&board).unwrap(), rook(&board).unwrap());
        assert_eq!(queen.neighbours(4), [0, 1, 2, 3, 5, 6, 7, 8]);
        assert_eq!(rook.neighbours(4), [1, 3, 5, 7]);
        assert_eq!(queen.neighbours(0), [1, 3, 4]);
        assert_eq!(rook.neighbours(0), [1, 3]);
        // 12 shared edges and 4 inner corners with 2 diagonals each, both ways.
        assert_eq!((rook.links(), queen.links()), (24, 40));
    }

    #[test]
    fn rounding_of_coordinates_does_not_part_neighbours() {
        let shift = |square: Vec<Vec<Point>>, by: f64| -> Vec<Vec<Point>> {
            square.into_iter().map(|ring| ring.into_iter().map(|[x, y]| [x + by, y - by]).collect()).collect()
        };
        for by in [1e-12, 4e-10, -6e-10] {
            let pair = [unit_square(0.0, 0.0), shift(unit_square(1.0, 0.0), by)];
            assert_eq!(rook(&pair).unwrap().neighbours(0), [1], "{by}");
        }
        let apart = [unit_square(0.0, 0.0), shift(unit_square(1.0, 0.0), 1e-6)];
        assert_eq!(queen(&apart).unwrap().islands(), [0, 1]);
    }

    /// A hole filled by another region, an open ring, opposite directions, a region without rings.
    #[test]
    fn enclaves_and_islands() {
        let mut around = vec![vec![[-1.0, -1.0], [2.0, -1.0], [2.0, 2.0], [-1.0, 2.0]]];
        around.push(vec![[0.0, 1.0], [1.0, 1.0], [1.0, 0.0], [0.0, 0.0]]);
        let map = [around, unit_square(0.0, 0.0), Vec::new()];
        let rook = rook(&map).unwrap();
        assert_eq!(rook.neighbours(0), [1]);
        assert_eq!(rook.islands(), [2]);
    }

    /// The documented limit: half a side each, and no vertex in common.
    #[test]
    fn t_junctions_are_missed() {
        let map = [unit_square(0.0, 0.0), unit_square(1.0, 0.5)];
        assert_eq!(queen(&map).unwrap().links(), 0);
    }

    #[test]
    fn bad_rings_are_named() {
        let line = vec![vec![vec![[0.0, 0.0], [1.0, 0.0], [0.0, 0.0]]]];
        assert_eq!(queen(&line).unwrap_err(), ContiguityError::ShortRing { region: 0, ring: 0, vertices: 2 });
        let hole = vec![unit_square(0.0, 0.0), vec![vec![[0.0, 0.0], [f64::NAN, 0.0], [1.0, 1.0]]]];
        assert!(matches!(rook(&hole), Err(ContiguityError::NotFinite { region: 1, vertex: 1, .. })));
        assert_eq!(queen(&[]).unwrap().n(), 0);
    }

    proptest! {
        #[test]
        fn rook_is_part_of_queen_and_both_are_symmetric(
            cells in prop::collection::vec((0i32..6, 0i32..6), 1..20),
            scale in 1e-3f64..1e5,
        ) {
            let squares: Vec<Vec<Vec<Point>>> = cells
                .iter()
                .map(|&(x, y)| unit_square(f64::from(x), f64::from(y)))
                .map(|rings| rings.into_iter().map(|ring| ring.into_iter().map(|p| p.map(|c| c * scale)).collect()).collect())
                .collect();
            let (queen, rook) = (queen(&squares).unwrap(), rook(&squares).unwrap());
            prop_assert!(queen.is_symmetric() && rook.is_symmetric());
            for (i, &(x, y)) in cells.iter().enumerate() {
                let at = |reach: i32| (0..cells.len()).filter(|&j| {
                    let (dx, dy) = ((cells[j].0 - x).abs(), (cells[j].1 - y).abs());
                    j != i && dx.max(dy) <= 1 && dx + dy <= reach
                }).map(|j| j as u32).collect::<Vec<_>>();
                prop_assert_eq!(rook.neighbours(i), at(1));
                prop_assert_eq!(queen.neighbours(i), at(2));
            }
        }
    }
}
