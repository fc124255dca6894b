//! One pass over all distances for a whole block of lanes.
//!
//! For each centre and tile the rings are found once; every lane that looks from that centre then adds what the sites
//! are worth in it, ring by ring. Sums are of whole numbers: no order, block or thread changes them.

use super::amount::Amount;
use super::lanes::{Block, Lane, Marks, NOBODY, Visit, Worth};
use super::rings::{Look, NODES, Rings, Row};
use super::tally::{Locals, Tally};
use super::tiles::{TILE, Tiles};
use crate::points::pairs::Links;
use rayon::prelude::*;
use std::ops::Range;

/// Most parts of the centres; sums over centres are merged in their order.
const PARTS: usize = 64;
/// Fewest places of a part.
const LEAST: usize = 64;
/// Bytes of the sums of a group of centres.
const SUMS: usize = 48 << 20;
/// Bytes of the trees of some lanes: they should stay in the second cache.
const TREES: usize = 1 << 20;
/// Most centres of a group: the rows of a tile are held for all of them.
const GROUP: usize = 1024;

/// What does not change from block to block.
pub(super) struct Sweep<'a> {
    pub(super) tiles: &'a Tiles,
    pub(super) rings: &'a Rings,
    pub(super) marks: &'a Marks<'a>,
    /// Number among the plants of A of each place, or [`NOBODY`]; empty unless their own index is wanted.
    pub(super) own: Vec<u32>,
}

/// Memory of one thread.
struct Memory<T> {
    look: Look,
    rows: Vec<Row>,
    /// Ring sums, visit by visit; the last of each is what lies beyond.
    sums: Vec<T>,
    /// Sites in each ring, centre by centre; where all neighbours stay.
    base: Vec<u32>,
    trees: Vec<T>,
}

impl Sweep<'_> {
    /// Parts of the places: they depend on nothing but the number of sites.
    pub(super) fn parts(&self) -> Vec<Range<usize>> {
        let n = self.tiles.len();
        let parts = n.div_ceil(LEAST).min(PARTS);
        (0..parts).map(|part| part * n / parts..(part + 1) * n / parts).collect()
    }

    /// All sums of the lanes of a block.
    pub(super) fn run<T: Amount>(
        &self,
        block: &Block<T>,
        locals: Option<&Locals>,
        done: &(dyn Fn() -> bool + Sync),
    ) -> Option<Vec<Tally>> {
        let new =
            || Memory { look: Look::new(), rows: Vec::new(), sums: Vec::new(), base: Vec::new(), trees: Vec::new() };
        let part = |memory: &mut Memory<T>, places: Range<usize>| {
            let mut tally = Tally::new(block.lanes.len(), self.rings.count());
            for group in self.groups(block, places) {
                self.group(block, group.clone(), memory);
                self.settle(block, group, memory, locals, &mut tally);
            }
            done().then_some(tally)
        };
        self.parts().into_par_iter().map_init(new, part).collect()
    }

    /// Groups of centres whose sums fit into memory.
    fn groups<T: Amount>(&self, block: &Block<T>, places: Range<usize>) -> Vec<Range<usize>> {
        let visits = (SUMS / size_of::<T>() / (self.rings.count() + 1)).max(1);
        let mut groups = Vec::new();
        let mut start = places.start;
        for place in places.clone() {
            if place > start && (block.count(start..place + 1) > visits || place - start >= GROUP) {
                groups.push(start..place);
                start = place;
            }
        }
        groups.push(start..places.end);
        groups
    }

    fn group<T: Amount>(&self, block: &Block<T>, group: Range<usize>, memory: &mut Memory<T>) {
        let count = self.rings.count();
        let sparse = matches!(block.lanes.first().map(|lane| &lane.worth), Some(Worth::Sparse { .. }));
        memory.sums.clear();
        memory.sums.resize(block.count(group.clone()) * (count + 1), T::default());
        memory.base.clear();
        if sparse && self.marks.all_stay() {
            memory.base.resize(group.len() * count, 0);
        }
        if let Some(links) = &self.tiles.links {
            return self.linked(block, group, links, memory);
        }
        for tile in 0..self.tiles.count() {
            if sparse {
                self.lists(block, group.clone(), tile, memory);
            } else {
                self.trees(block, group.clone(), tile, memory);
            }
        }
    }

    /// A table lists the neighbours: each is looked up by its ring. Places are sites, and every lane is dense.
    fn linked<T: Amount>(&self, block: &Block<T>, group: Range<usize>, links: &Links, memory: &mut Memory<T>) {
        let count = self.rings.count();
        let (mut near, mut at) = (Vec::new(), 0);
        for place in group.filter(|&place| block.count(place..place + 1) > 0) {
            let (partners, squared) = links.partners(place as u32);
            let rings = squared.iter().map(|&squared| self.rings.of(squared));
            near.clear();
            near.extend(partners.iter().copied().zip(rings).filter(|&(_, ring)| (ring as usize) < count));
            for visit in block.visits(place) {
                let sums = &mut memory.sums[at * (count + 1)..][..count];
                let worth = block.lanes[visit.lane as usize].worth.of(0..self.tiles.len());
                at += 1;
                for &(partner, ring) in &near {
                    let sum = &mut sums[ring as usize];
                    *sum = sum.plus(worth[partner as usize]);
                }
            }
        }
    }

    /// Few sites count: each is looked up by its ring.
    fn lists<T: Amount>(&self, block: &Block<T>, group: Range<usize>, tile: usize, memory: &mut Memory<T>) {
        let count = self.rings.count();
        let first = group.start;
        let one = T::of(1, false, true);
        for place in group.clone().filter(|&place| block.count(place..place + 1) > 0) {
            if !memory.look.at(self.tiles, tile, self.tiles.position(place), place, self.rings) {
                continue;
            }
            let rings = &memory.look.rings;
            if let Some(base) = memory.base.get_mut((place - first) * count..(place - first + 1) * count) {
                for &ring in &rings[..self.tiles.range(tile).len()] {
                    if let Some(sum) = base.get_mut(ring as usize) {
                        *sum += 1;
                    }
                }
            }
            let start = block.count(first..place);
            let sums = memory.sums[start * (count + 1)..].chunks_exact_mut(count + 1);
            for (visit, sums) in block.visits(place).iter().zip(sums) {
                let (at, values) = block.lanes[visit.lane as usize].worth.entries(tile);
                let ring = |at: &u16| rings[*at as usize % TILE] as usize;
                if values.is_empty() {
                    for at in at {
                        let sum = &mut sums[ring(at)];
                        *sum = sum.plus(one);
                    }
                }
                for (at, &value) in at.iter().zip(values) {
                    let sum = &mut sums[ring(at)];
                    *sum = sum.plus(value);
                }
            }
        }
    }

    /// Most sites count: rows of the whole group first, then lane after lane the sums along them.
    fn trees<T: Amount>(&self, block: &Block<T>, group: Range<usize>, tile: usize, memory: &mut Memory<T>) {
        let mut any = false;
        memory.rows.resize_with(group.len().max(memory.rows.len()), Row::empty);
        for (row, place) in memory.rows.iter_mut().zip(group.clone()) {
            row.clear();
            if block.count(place..place + 1) > 0
                && memory.look.at(self.tiles, tile, self.tiles.position(place), place, self.rings)
            {
                memory.look.row(self.rings.count() as u32, row);
                any |= !row.runs.is_empty();
            }
        }
        if !any {
            return;
        }
        let lanes_at_once = (TREES / size_of::<T>() / NODES).max(1);
        memory.trees.resize(lanes_at_once * NODES, T::default());
        let mut next: Vec<usize> = group.clone().map(|place| block.count(group.start..place)).collect();
        for lanes in (0..block.lanes.len()).step_by(lanes_at_once) {
            let end = (lanes + lanes_at_once).min(block.lanes.len());
            for (tree, lane) in memory.trees.chunks_exact_mut(NODES).zip(&block.lanes[lanes..end]) {
                plant_tree(tree, lane, self.tiles.range(tile));
            }
            for (k, place) in group.clone().enumerate() {
                let row = &memory.rows[k];
                let visits = block.visits(place);
                let done = next[k] - block.count(group.start..place);
                let here = visits[done..].partition_point(|visit| (visit.lane as usize) < end);
                if !row.runs.is_empty() {
                    self.along(
                        row,
                        &visits[done..done + here],
                        lanes,
                        next[k],
                        memory.trees.as_slice(),
                        &mut memory.sums,
                    );
                }
                next[k] += here;
            }
        }
    }

    /// Adds the sums along a row, for these visits.
    #[inline]
    fn along<T: Amount>(
        &self,
        row: &Row,
        visits: &[Visit],
        first_lane: usize,
        first: usize,
        trees: &[T],
        sums: &mut [T],
    ) {
        let count = self.rings.count();
        let (trees, _) = trees.as_chunks::<NODES>();
        for (visit, sums) in visits.iter().zip(sums[first * (count + 1)..].chunks_exact_mut(count + 1)) {
            let tree = &trees[visit.lane as usize - first_lane];
            let value = |node: u64| tree[node as usize % NODES];
            for &(ring, nodes) in &row.steps {
                let (first, second) =
                    (value(nodes).plus(value(nodes >> 16)), value(nodes >> 32).plus(value(nodes >> 48)));
                let total = &mut sums[ring as usize];
                *total = total.plus(first.plus(second));
            }
        }
    }

    /// From sums in rings to sums within distances, and on to the curves.
    fn settle<T: Amount>(
        &self,
        block: &Block<T>,
        group: Range<usize>,
        memory: &Memory<T>,
        locals: Option<&Locals>,
        tally: &mut Tally,
    ) {
        let count = self.rings.count();
        let (mut all, mut typed) = (vec![0.0; count], vec![0.0; count]);
        let mut at = 0;
        for place in group.clone() {
            let base = memory.base.get((place - group.start) * count..(place - group.start + 1) * count);
            let own = self.own.get(place).copied().filter(|&own| own != NOBODY);
            for visit in block.visits(place) {
                let sums = &memory.sums[at * (count + 1)..][..count];
                at += 1;
                let lane = &block.lanes[visit.lane as usize];
                if visit.plant != NOBODY {
                    cumulate(sums, base, None, (&mut all, &mut typed));
                    tally.add(visit.lane as usize, self.share(lane, visit.plant), &all, &typed);
                }
                if let (Some(own), Some(locals)) = (own, locals) {
                    let (change, share) = self.stayed(lane, own, place);
                    cumulate(sums, base, change, (&mut all, &mut typed));
                    locals.add(tally, visit.lane as usize, own, share, (&all, &typed));
                }
            }
        }
    }

    /// Share of the type in the whole economy, from a centre whose weight is that of `plant`.
    fn share<T>(&self, lane: &Lane<T>, plant: u32) -> f64 {
        let weight = self.marks.quanta.of(plant);
        self.marks.share_without(lane.totals, weight)
    }

    /// What changes when plant `own` of A stays where it stands, and the mark that stood there goes where its own had
    /// gone: the ring and the values before and after, and the share of the type in the whole economy.
    fn stayed<T: Amount>(&self, lane: &Lane<T>, own: u32, place: usize) -> (Option<(u32, T, T)>, f64) {
        let plant = self.marks.a[own as usize];
        let weight = self.marks.weigh(plant, plant);
        let Some(&[site, mark]) = lane.moves.get(own as usize).filter(|[site, _]| *site != plant) else {
            return (None, self.marks.share_without(lane.totals, weight));
        };
        let ring = self.rings.of(self.tiles.squared(place, self.tiles.places[site as usize] as usize));
        // Where all neighbours are just counted they are not part of what is summed.
        let counted = self.marks.all_stay();
        let worth = |mark: u32| {
            let (all, typed) = self.marks.counts(mark);
            T::of(self.marks.weigh(mark, site), all && !counted, typed)
        };
        let mut totals = lane.totals;
        let mut change = |mark: u32, site: u32, sign: bool| {
            let (all, typed) = self.marks.counts(mark);
            let weight = self.marks.weigh(mark, site);
            for (total, counts) in totals.iter_mut().zip([all, typed]) {
                let part = if counts { weight } else { 0 };
                *total = if sign { *total + part } else { *total - part };
            }
        };
        change(plant, plant, true);
        change(mark, site, true);
        change(mark, plant, false);
        change(plant, site, false);
        (Some((ring, worth(plant), worth(mark))), self.marks.share_without(totals, weight))
    }
}

/// Sites of a tile, then sums of pairs, fours, and so on; the last node is nothing.
fn plant_tree<T: Amount>(tree: &mut [T], lane: &Lane<T>, range: Range<usize>) {
    let len = range.len();
    tree[..len].copy_from_slice(lane.worth.of(range));
    tree[len..TILE].fill(T::default());
    let (mut start, mut len) = (0, TILE);
    while len > 1 {
        let (children, parents) = tree.split_at_mut(start + len);
        for (parent, pair) in parents[..len / 2].iter_mut().zip(children[start..].chunks_exact(2)) {
            *parent = pair[0].plus(pair[1]);
        }
        (start, len) = (start + len, len / 2);
    }
    tree[NODES - 1] = T::default();
}

/// Sums within each distance of the sums in rings, all neighbours and those of the type.
fn cumulate<T: Amount>(
    sums: &[T],
    base: Option<&[u32]>,
    change: Option<(u32, T, T)>,
    (all, typed): (&mut [f64], &mut [f64]),
) {
    let (mut total, mut counted) = (T::default(), 0_u64);
    for (k, &sum) in sums.iter().enumerate() {
        total = total.plus(sum);
        if let Some((ring, before, after)) = change
            && ring as usize == k
        {
            total = total.plus(after).minus(before);
        }
        counted += base.map_or(0, |base| u64::from(base[k]));
        let (of_all, of_type) = total.split();
        all[k] = of_all + counted as f64;
        typed[k] = of_type;
    }
}
