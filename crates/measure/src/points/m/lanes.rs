//! Lanes: the observation and the simulations side by side, and what a mark is worth at a site.

use super::amount::{Amount, Quanta};
use super::tiles::{TILE, Tiles};
use crate::points::{DrawScratch, Null, NullModel};
use rayon::prelude::*;
use std::ops::Range;

/// Which plants are looked at, and what their neighbours are compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sides {
    /// Neighbours of A among all.
    Own,
    /// Neighbours of B among all.
    To,
    /// Neighbours of A beside those of C.
    Controls,
}

/// The plants and what their marks are worth.
pub(super) struct Marks<'a> {
    pub(super) a: &'a [u32],
    pub(super) b: &'a [u32],
    pub(super) sides: Sides,
    pub(super) quanta: Quanta,
    /// 1 for A, 2 for B or the controls, else 0.
    pub(super) role: Vec<u8>,
    /// `None` without simulations.
    pub(super) model: Option<&'a NullModel>,
}

/// A plant as a centre, in one lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Visit {
    pub(super) lane: u32,
    /// Plant whose mark stands there, when it is of A; else [`NOBODY`]: looked at for the index of its own alone.
    pub(super) plant: u32,
}

/// No plant.
pub(super) const NOBODY: u32 = u32::MAX;

impl<'a> Marks<'a> {
    pub(super) fn new(
        sides: Sides,
        (a, b): (&'a [u32], Option<&'a [u32]>),
        quanta: Quanta,
        plants: usize,
        model: Option<&'a NullModel>,
    ) -> Self {
        let mut role = vec![0; plants];
        let b = b.unwrap_or_default();
        a.iter().for_each(|&plant| role[plant as usize] = 1);
        b.iter().for_each(|&plant| role[plant as usize] = 2);
        Self { a, b, sides, quanta, role, model }
    }

    /// Whether weights stay at their sites.
    pub(super) fn weights_stay(&self) -> bool {
        self.model.is_some_and(|model| model.null() == Null::RandomLabelling)
    }

    /// Whether the plants of A stay in every simulation.
    pub(super) fn a_stays(&self) -> bool {
        self.model.is_none_or(|model| model.null() == Null::PopulationIndependence)
    }

    /// Whole weight of a mark at a site.
    pub(super) fn weigh(&self, mark: u32, site: u32) -> u128 {
        self.quanta.of(if self.weights_stay() { site } else { mark })
    }

    /// Whether a mark counts among all, and whether it is of the type that is looked for.
    pub(super) fn counts(&self, mark: u32) -> (bool, bool) {
        let role = self.role[mark as usize];
        match self.sides {
            Sides::Own => (true, role == 1),
            Sides::To => (true, role == 2),
            Sides::Controls => (role == 2, role == 1),
        }
    }

    /// Weight of all that count, and of those of the type, as observed.
    pub(super) fn totals(&self) -> [u128; 2] {
        (0..self.role.len() as u32).fold([0; 2], |[total, typed], plant| {
            let ((all, of_type), weight) = (self.counts(plant), self.quanta.of(plant));
            [total + if all { weight } else { 0 }, typed + if of_type { weight } else { 0 }]
        })
    }

    /// Share of the type in the whole economy without a plant of A of this weight.
    pub(super) fn share_without(&self, [all, typed]: [u128; 2], weight: u128) -> f64 {
        let (own_all, own_typed) = match self.sides {
            Sides::Own => (weight, weight),
            Sides::To => (weight, 0),
            Sides::Controls => (0, weight),
        };
        (typed - own_typed) as f64 / (all - own_all) as f64
    }

    /// Whether all neighbours are the same in every lane: without weights and controls they are just counted.
    pub(super) fn all_stay(&self) -> bool {
        self.quanta.is_count() && self.sides != Sides::Controls
    }

    /// Share of the sites that are not worth the same in every lane.
    pub(super) fn share(&self) -> f64 {
        let typed = if self.sides == Sides::Own { self.a.len() } else { self.b.len() };
        let moving = match (self.all_stay(), self.sides) {
            (true, _) => typed,
            (false, Sides::Controls) => self.a.len() + self.b.len(),
            (false, _) => self.role.len(),
        };
        moving as f64 / self.role.len() as f64
    }

    /// The mark at each site in a lane; lane 0 is the observation.
    pub(super) fn marks(&self, lane: u64, scratch: &mut DrawScratch, plant: &mut Vec<u32>) {
        match (lane.checked_sub(1), self.model) {
            (Some(simulation), Some(model)) => model.marks(simulation, scratch, plant),
            _ => {
                plant.clear();
                plant.extend(0..self.role.len() as u32);
            }
        }
    }
}

/// What the sites are worth in one lane.
pub(super) enum Worth<T> {
    /// Every place.
    Dense(Vec<T>),
    /// Places that count, tile after tile: place within the tile, its worth (none where each counts as one of the
    /// type), and where each tile begins.
    Sparse { at: Vec<u16>, values: Vec<T>, starts: Vec<u32> },
}

/// One lane.
pub(super) struct Lane<T> {
    pub(super) worth: Worth<T>,
    /// Centres: place, and the plant whose mark stands there.
    centres: Vec<(u32, u32)>,
    /// Sum over all sites: of all, and of the type.
    pub(super) totals: [u128; 2],
    /// For each plant of A, the site to which its mark went, and the mark that stands at its site; for local tests.
    pub(super) moves: Vec<[u32; 2]>,
}

/// Lanes of a block, and which of them look from each place.
pub(super) struct Block<T> {
    pub(super) lanes: Vec<Lane<T>>,
    visits: Vec<Visit>,
    starts: Vec<usize>,
}

impl<T: Amount> Block<T> {
    /// Prepares these lanes; `local` also looks from every plant of A in every lane.
    pub(super) fn new(marks: &Marks<'_>, tiles: &Tiles, range: Range<u64>, sparse: bool, local: bool) -> Self {
        let new = || (DrawScratch::default(), Vec::new());
        let one = |(scratch, plant): &mut (DrawScratch, Vec<u32>), lane: u64| {
            marks.marks(lane, scratch, plant);
            lane_of(marks, tiles, plant, sparse, local)
        };
        let lanes: Vec<Lane<T>> = range.into_par_iter().map_init(new, one).collect();
        let (visits, starts) = visits(marks, tiles, &lanes, local);
        Self { lanes, visits, starts }
    }

    /// Lanes that look from a place, ascending.
    pub(super) fn visits(&self, place: usize) -> &[Visit] {
        &self.visits[self.starts[place]..self.starts[place + 1]]
    }

    /// Number of visits of some places.
    pub(super) fn count(&self, places: Range<usize>) -> usize {
        self.starts[places.end] - self.starts[places.start]
    }
}

fn lane_of<T: Amount>(marks: &Marks<'_>, tiles: &Tiles, plant: &[u32], sparse: bool, local: bool) -> Lane<T> {
    let mut centres = Vec::with_capacity(marks.a.len());
    let mut totals = [0_u128; 2];
    let mut at = if local { vec![0; plant.len()] } else { Vec::new() };
    for (&site, place) in tiles.order.iter().zip(0_u32..) {
        let mark = plant[site as usize];
        let (all, typed) = marks.counts(mark);
        let weight = marks.weigh(mark, site);
        totals[0] += if all { weight } else { 0 };
        totals[1] += if typed { weight } else { 0 };
        if marks.role[mark as usize] == 1 {
            centres.push((place, if marks.weights_stay() { site } else { mark }));
        }
        if local {
            at[mark as usize] = site;
        }
    }
    let worth_at = |place: usize| {
        let site = tiles.order[place];
        let mark = plant[site as usize];
        let (all, typed) = marks.counts(mark);
        T::of(marks.weigh(mark, site), all && !(sparse && marks.all_stay()), typed)
    };
    let counts_at = |place: usize| {
        let (all, typed) = marks.counts(plant[tiles.order[place] as usize]);
        typed || (all && !marks.all_stay())
    };
    let worth = if sparse {
        let (mut at, mut values, mut starts) = (Vec::new(), Vec::new(), vec![0]);
        for tile in 0..tiles.count() {
            let range = tiles.range(tile);
            for place in range.clone().filter(|&place| counts_at(place)) {
                at.push((place - range.start) as u16);
                if !marks.all_stay() {
                    values.push(worth_at(place));
                }
            }
            starts.push(at.len() as u32);
        }
        Worth::Sparse { at, values, starts }
    } else {
        Worth::Dense((0..tiles.len()).map(worth_at).collect())
    };
    let moves = if local && !marks.a_stays() {
        marks.a.iter().map(|&plant_of_a| [at[plant_of_a as usize], plant[plant_of_a as usize]]).collect()
    } else {
        Vec::new()
    };
    Lane { worth, centres, totals, moves }
}

/// Visits by place, lanes ascending.
fn visits<T>(marks: &Marks<'_>, tiles: &Tiles, lanes: &[Lane<T>], local: bool) -> (Vec<Visit>, Vec<usize>) {
    let mut own = vec![false; if local { tiles.len() } else { 0 }];
    if local {
        marks.a.iter().for_each(|&plant| own[tiles.places[plant as usize] as usize] = true);
    }
    let is_own = |place: usize| local && own[place];
    let mut starts = vec![0_usize; tiles.len() + 1];
    for place in (0..tiles.len()).filter(|&place| is_own(place)) {
        starts[place + 1] = lanes.len();
    }
    for lane in lanes {
        lane.centres
            .iter()
            .filter(|(place, _)| !is_own(*place as usize))
            .for_each(|(place, _)| starts[*place as usize + 1] += 1);
    }
    for place in 0..tiles.len() {
        starts[place + 1] += starts[place];
    }
    let mut visits = vec![Visit { lane: 0, plant: NOBODY }; starts[tiles.len()]];
    let mut next = starts.clone();
    for (lane, number) in lanes.iter().zip(0_u32..) {
        for &(place, plant) in &lane.centres {
            let place = place as usize;
            if is_own(place) {
                visits[starts[place] + number as usize] = Visit { lane: number, plant };
            } else {
                visits[next[place]] = Visit { lane: number, plant };
                next[place] += 1;
            }
        }
        // Where no plant of A stands in this lane.
        for place in (0..own.len()).filter(|&place| own[place]) {
            visits[starts[place] + number as usize].lane = number;
        }
    }
    (visits, starts)
}

impl<T: Copy> Worth<T> {
    /// Places of a tile that count and what they are worth, see [`Sparse`](Self::Sparse); none of a dense lane.
    pub(super) fn entries(&self, tile: usize) -> (&[u16], &[T]) {
        match self {
            Self::Sparse { at, values, starts } => {
                let range = starts[tile] as usize..starts[tile + 1] as usize;
                (&at[range.clone()], values.get(range).unwrap_or_default())
            }
            Self::Dense(_) => (&[], &[]),
        }
    }

    /// Worth of the places of a tile; none of a sparse lane.
    pub(super) fn of(&self, range: Range<usize>) -> &[T] {
        match self {
            Self::Dense(values) => &values[range],
            Self::Sparse { .. } => &[],
        }
    }
}

/// Bytes that a lane takes.
pub(super) fn lane_bytes<T>(marks: &Marks<'_>, sparse: bool, local: bool) -> usize {
    let n = marks.role.len();
    let listed = 2 + if marks.all_stay() { 0 } else { size_of::<T>() };
    let worth = if sparse { (marks.share() * n as f64) as usize * listed } else { n * size_of::<T>() };
    let visits = if local { 4 } else { 2 } * marks.a.len() * size_of::<Visit>();
    worth + visits + if local { marks.a.len() * 8 } else { 0 } + 64
}

const _: () = assert!(TILE <= 1 << 16, "a place within a tile is a u16");
