//! Rings about a plant: between which two of the distances a neighbour lies; and the neighbours of one tile in the
//! order of their rings, whole cells in place of their sites where one ring holds them all.

use super::tiles::{Position, TILE, Tiles};
use crate::points::pairs::Scale;

/// Cells of the table that finds a ring.
const CELLS: usize = 8192;
/// Slack of a cell's edge, in cells: far above the rounding of a root and a product.
const SLACK: f64 = 1e-6;
/// A node whose sites lie in several rings.
const MIXED: u32 = u32::MAX;
/// Nodes of a tile: its sites, then its pairs, fours, and so on; the last number is the node of nothing.
pub(super) const NODES: usize = 2 * TILE;
/// The node of nothing.
const NOTHING: u16 = (NODES - 1) as u16;
/// Nodes that are added side by side.
pub(super) const STEP: usize = 4;

/// Rings between ascending distances: ring k holds what is within distance k, but not within distance k − 1.
#[derive(Debug, Clone)]
pub(super) struct Rings {
    limits: Vec<f64>,
    table: Vec<u32>,
    factor: f64,
    steps: usize,
}

impl Rings {
    pub(super) fn new(scale: Scale, r: &[f64]) -> Self {
        let limits: Vec<f64> = r.iter().map(|&r| scale.squared_within(r)).collect();
        let top = limits.iter().copied().filter(|limit| limit.is_finite()).fold(0.0, f64::max).sqrt();
        let factor = if top > 0.0 { CELLS as f64 / top } else { 0.0 };
        let edges: Vec<f64> = limits.iter().filter(|l| l.is_finite()).map(|limit| limit.sqrt() * factor).collect();
        let below = |cell: f64| edges.partition_point(|&edge| edge < cell);
        let table: Vec<u32> = (0..=CELLS).map(|cell| below(cell as f64 - SLACK) as u32).collect();
        let last = |cell: usize| if cell == CELLS { edges.len() } else { below(cell as f64 + 1.0 + SLACK) };
        let steps = (0..=CELLS).map(|cell| last(cell) - table[cell] as usize).max().unwrap_or(0);
        let limits = limits.into_iter().chain([f64::INFINITY]).collect();
        Self { limits, table, factor, steps }
    }

    /// Number of rings; also the ring of what is beyond them all.
    pub(super) fn count(&self) -> usize {
        self.limits.len() - 1
    }

    /// Largest squared distance that is looked at.
    pub(super) fn reach(&self) -> f64 {
        if self.count() == 0 { 0.0 } else { self.limits[self.count() - 1] }
    }

    /// The ring of a squared distance.
    #[inline]
    pub(super) fn of(&self, squared: f64) -> u32 {
        let cell = ((squared.sqrt() * self.factor) as u32).min(CELLS as u32);
        let mut ring = self.table[cell as usize];
        for _ in 0..self.steps {
            ring += u32::from(squared > self.limits[ring as usize]);
        }
        ring
    }
}

/// The neighbours of a plant in one tile.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// Nodes, ring after ring, each ring filled up to a multiple of [`STEP`] with the node of nothing.
    pub(super) nodes: Vec<u16>,
    /// Rings that hold something, and where they end in `nodes`.
    pub(super) runs: Vec<(u32, u32)>,
    /// The same in steps: the ring, and four nodes in one word.
    pub(super) steps: Vec<(u32, u64)>,
}

impl Row {
    pub(super) fn clear(&mut self) {
        self.nodes.clear();
        self.runs.clear();
        self.steps.clear();
    }

    pub(super) fn empty() -> Self {
        Self { nodes: Vec::new(), runs: Vec::new(), steps: Vec::new() }
    }
}

/// Memory for one row.
pub(super) struct Look {
    squared: Box<[f64; TILE]>,
    /// Ring of each node, level by level.
    pub(super) rings: Box<[u32; NODES]>,
    found: Box<[(u32, u16); NODES]>,
    ends: Vec<u32>,
}

impl Look {
    pub(super) fn new() -> Self {
        let (squared, rings) = (Box::new([0.0; TILE]), Box::new([0; NODES]));
        Self { squared, rings, found: Box::new([(0, 0); NODES]), ends: Vec::new() }
    }

    /// Rings of the sites of a tile about a position, into `rings`; the site at `own` is no neighbour of itself.
    /// Whether any is within reach.
    pub(super) fn at(&mut self, tiles: &Tiles, tile: usize, from: Position, own: usize, rings: &Rings) -> bool {
        if !tiles.may_reach(tile, from, rings.reach()) {
            return false;
        }
        let range = tiles.range(tile);
        tiles.distances(tile, from, &mut self.squared);
        let out = rings.count() as u32;
        for (ring, &squared) in self.rings[..range.len()].iter_mut().zip(self.squared.iter()) {
            *ring = rings.of(squared);
        }
        self.rings[range.len()..TILE].fill(out);
        if range.contains(&own) {
            self.rings[own - range.start] = out;
        }
        true
    }

    /// The row of the rings that were found: fewest nodes, in the order of their rings.
    pub(super) fn row(&mut self, out: u32, row: &mut Row) {
        row.clear();
        let found = self.collect(out);
        let held = &self.found[..found];
        let (low, high) = held.iter().fold((u32::MAX, 0), |(low, high), &(ring, _)| (low.min(ring), high.max(ring)));
        if low > high {
            return;
        }
        self.ends.clear();
        self.ends.resize((high - low + 1) as usize, 0);
        held.iter().for_each(|&(ring, _)| self.ends[(ring - low) as usize] += 1);
        let mut end = 0;
        for (ring, count) in (low..).zip(&mut self.ends) {
            let start = end;
            if *count > 0 {
                end += count.next_multiple_of(STEP as u32);
                row.runs.push((ring, end));
            }
            *count = start;
        }
        row.nodes.resize(end as usize, NOTHING);
        for &(ring, node) in held {
            let at = &mut self.ends[(ring - low) as usize];
            row.nodes[*at as usize] = node;
            *at += 1;
        }
        let mut start = 0;
        for &(ring, end) in &row.runs {
            let (steps, _) = row.nodes[start..end as usize].as_chunks::<STEP>();
            row.steps.extend(steps.iter().map(|step| (ring, word(*step))));
            start = end as usize;
        }
    }

    /// Nodes within reach that lie in one ring and whose parent does not, into `found`; how many.
    fn collect(&mut self, out: u32) -> usize {
        let (mut found, mut start, mut len) = (0, 0, TILE);
        loop {
            let parents = start + len;
            let merged = len > 1 && self.merge(start, len, out);
            for k in 0..len {
                let ring = self.rings[start + k];
                let parent = if merged { self.rings[parents + k / 2] } else { MIXED };
                self.found[found] = (ring, (start + k) as u16);
                found += usize::from((ring < out) & (parent != ring));
            }
            if !merged {
                return found;
            }
            (start, len) = (parents, len / 2);
        }
    }

    /// Rings of the parents of a level; whether any parent lies in one ring.
    fn merge(&mut self, start: usize, len: usize, out: u32) -> bool {
        let (children, parents) = self.rings.split_at_mut(start + len);
        let mut any = false;
        for (parent, pair) in parents[..len / 2].iter_mut().zip(children[start..].chunks_exact(2)) {
            *parent = if pair[0] == pair[1] { pair[0] } else { MIXED };
            any |= *parent < out;
        }
        any
    }
}

/// Four nodes in a word.
fn word(step: [u16; STEP]) -> u64 {
    step.iter().rev().fold(0, |word, &node| word << 16 | u64::from(node))
}

#[cfg(test)]
mod tests {
    use super::*;
    use distretto_numerics::{Key, Metric, Stream};

    #[test]
    fn a_ring_holds_its_outer_edge() {
        for r in
            [vec![0.0, 1.0, 2.0], vec![1.0, 1.0 + 1e-9, 500.0], vec![0.0], vec![3.0], (0..400).map(f64::from).collect()]
        {
            let rings = Rings::new(Scale::of(Metric::Euclidean), &r);
            assert_eq!(rings.count(), r.len());
            for (k, &edge) in r.iter().enumerate() {
                assert_eq!(rings.of(edge * edge), k as u32, "{edge}");
                let beyond = edge * (1.0 + 1e-11) + 1e-300;
                assert_eq!(rings.of(beyond * beyond), k as u32 + u32::from(beyond * beyond > 0.0), "{edge}");
            }
            assert_eq!(rings.of(1e300), r.len() as u32);
        }
        // Half the globe reaches everywhere.
        let rings = Rings::new(Scale::of(Metric::Haversine), &[100.0, 30_000.0]);
        assert_eq!((rings.of(4.0), rings.of(0.0), rings.reach()), (1, 0, f64::INFINITY));
    }

    #[test]
    fn cells_stand_for_their_sites() {
        let mut stream = Stream::new(Key::new(2, "test/rings"), 0, 0);
        let points: Vec<_> = (0..1500).map(|_| [stream.uniform(), stream.uniform()]).collect();
        let tiles = Tiles::new(&points, Metric::Euclidean);
        let rings = Rings::new(tiles.scale, &[0.1, 0.3, 0.31, 0.9]);
        let (mut look, mut row) = (Look::new(), Row::empty());
        for (tile, own) in [(0, 17), (1, 17), (1, 1200)] {
            assert!(look.at(&tiles, tile, tiles.position(own), own, &rings));
            let sites = look.rings[..tiles.range(tile).len()].to_vec();
            look.row(4, &mut row);
            let mut counts = [0; 4];
            let mut at = 0;
            for &(ring, end) in &row.runs {
                for &node in &row.nodes[at..end as usize] {
                    counts[ring as usize] += sites_of(node);
                }
                at = end as usize;
            }
            for (ring, &count) in counts.iter().enumerate() {
                assert_eq!(count, sites.iter().filter(|&&other| other as usize == ring).count(), "{tile} {ring}");
            }
            assert!(row.nodes.len() < 600, "{}", row.nodes.len());
        }
    }

    fn sites_of(node: u16) -> usize {
        let (mut start, mut len, mut sites) = (0, TILE, 1);
        while len > 0 {
            if (node as usize) < start + len {
                return sites;
            }
            (start, len, sites) = (start + len, len / 2, sites * 2);
        }
        0
    }
}
