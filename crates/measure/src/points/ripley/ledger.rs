//! The pairs of all sites, found once and held for every simulation that keeps the sites.

use super::bins::{Bins, Sums};
use super::tally::Borders;
use crate::points::pairs::PairIndex;
use crate::points::window::{Correction, EdgeScratch, EdgeWeights};
use rayon::prelude::*;

/// Mark of a pair whose weights are both 1.
const PLAIN: u32 = u32::MAX;

/// Unordered pairs of sites within reach, in rows.
pub(super) struct Ledger {
    /// Parts of the rows, in order.
    parts: Vec<Part>,
}

#[derive(Default)]
struct Part {
    /// The first site of each row, and where the row ends.
    rows: Vec<(u32, u32)>,
    /// The other site of each pair.
    other: Vec<u32>,
    bin: Vec<u16>,
    /// Place in `weights`, or [`PLAIN`]; empty when all are plain.
    weight: Vec<u32>,
    /// Weight seen from the first site, and from the other.
    weights: Vec<[f64; 2]>,
    /// Distances, where g is tested.
    distance: Vec<f64>,
}

/// What stands at each site: 0 nothing that is looked at, 1 A, 2 B or a control.
#[derive(Debug, Clone, Default)]
pub(super) struct Roles {
    of: Vec<u8>,
}

impl Roles {
    pub(super) fn set(&mut self, sites: usize, a: &[u32], b: Option<&[u32]>) {
        self.of.clear();
        self.of.resize(sites, 0);
        a.iter().for_each(|&site| self.of[site as usize] = 1);
        b.unwrap_or_default().iter().for_each(|&site| self.of[site as usize] = 2);
    }
}

impl Ledger {
    /// All pairs of the sites within reach; `None` when there are more than `budget`.
    pub(super) fn new(layout: &PairIndex, weights: &EdgeWeights, bins: &Bins, budget: u64) -> Option<Self> {
        let last = bins.last();
        let count = |count: &mut u64, _: usize, _: usize, squared: &[f64]| {
            *count += squared.iter().filter(|&&square| square <= last).count() as u64;
        };
        let pairs: u64 = layout.fold(|| 0, count).into_iter().sum();
        if pairs > budget || bins.count() > usize::from(u16::MAX) {
            return None;
        }
        let part = |places: std::ops::Range<usize>| {
            let mut part = Part::default();
            let mut scratch = [EdgeScratch::default(), EdgeScratch::default()];
            layout.visit(places, |i, j, squared| part.block(layout, weights, bins, (i, j, squared), &mut scratch));
            part
        };
        Some(Self { parts: layout.parts().into_par_iter().map(part).collect() })
    }

    /// Sums over the pairs of A, or of A and B; with controls those of A and those of the controls. The same to the
    /// last bit as by [`tally`](super::tally::tally).
    pub(super) fn tally(
        &self,
        weights: &EdgeWeights,
        bins: &Bins,
        a: &[u32],
        b: Option<&[u32]>,
        controls: bool,
        roles: &Roles,
    ) -> [Sums; 2] {
        let border = weights.correction() == Correction::Border;
        let borders = [a, b.unwrap_or_default()].map(|sites| border.then(|| Borders::new(weights, sites)));
        let mut book = Book {
            weights,
            bins,
            borders,
            sums: [Sums::new(bins), Sums::new(bins)],
            symmetric: weights.correction().is_symmetric(),
        };
        // Which pairs of roles are looked at.
        let across = b.is_some() && !controls;
        for part in &self.parts {
            let mut start = 0;
            for &(site, end) in &part.rows {
                let role = roles.of[site as usize];
                for pair in start as usize..if role > 0 { end as usize } else { 0 } {
                    let other = roles.of[part.other[pair] as usize];
                    if other == 0 || across == (role == other) {
                        continue;
                    }
                    book.enter(part, pair, (site, role), other);
                }
                start = end;
            }
        }
        book.sums
    }
}

impl Part {
    fn block(
        &mut self,
        layout: &PairIndex,
        weights: &EdgeWeights,
        bins: &Bins,
        (i, j, squared): (usize, usize, &[f64]),
        scratch: &mut [EdgeScratch; 2],
    ) {
        let site = layout.order()[i];
        if self.rows.last().is_none_or(|&(last, _)| last != site) {
            self.rows.push((site, self.other.len() as u32));
        }
        for (j, &square) in (j..).zip(squared).filter(|(_, square)| **square <= bins.last()) {
            let (other, d) = (layout.order()[j], square.sqrt());
            let bin = bins.of(square, d);
            self.other.push(other);
            self.bin.push(bin as u16);
            if bins.bandwidth.is_some() {
                self.distance.push(d);
            }
            if matches!(weights.correction(), Correction::None | Correction::Border) {
                continue;
            }
            let ([x, y, _], [other_x, other_y, _]) = (layout.position(i), layout.position(j));
            let (dx, dy) = (other_x - x, other_y - y);
            let [first, second] = scratch;
            let from = weights.weight(site as usize, d, dx, dy, first);
            let back = match weights.correction().is_symmetric() {
                true => from,
                false => weights.weight(other as usize, d, -dx, -dy, second),
            };
            if from == 1.0 && back == 1.0 {
                self.weight.push(PLAIN);
            } else {
                self.weight.push(self.weights.len() as u32);
                self.weights.push([from, back]);
            }
        }
        if let Some((_, end)) = self.rows.last_mut() {
            *end = self.other.len() as u32;
        }
    }
}

/// Sums being made from a ledger: of A (or A and B), and of the controls.
struct Book<'a> {
    weights: &'a EdgeWeights<'a>,
    bins: &'a Bins,
    borders: [Option<Borders>; 2],
    sums: [Sums; 2],
    symmetric: bool,
}

impl Book<'_> {
    #[inline]
    fn enter(&mut self, part: &Part, pair: usize, (site, role): (u32, u8), other: u8) {
        let bin = usize::from(part.bin[pair]);
        let d = part.distance.get(pair).copied().unwrap_or(0.0);
        let at = part.weight.get(pair).copied().unwrap_or(PLAIN);
        let [from, back] = if at == PLAIN { [1.0; 2] } else { part.weights[at as usize] };
        // Of a pair across, only the side of A is a reference point; a pair within counts from both.
        let (across, side) = (role != other, usize::from(role == 2 && other == 2));
        if let Some(borders) = &self.borders[side] {
            let sums = &mut self.sums[side];
            if !across || role == 1 {
                border(sums, (self.weights, self.bins, borders), bin, d, site);
            }
            if !across || other == 1 {
                border(sums, (self.weights, self.bins, borders), bin, d, part.other[pair]);
            }
            return;
        }
        let sums = &mut self.sums[side];
        if self.symmetric || !across || role == 1 {
            sums.add(self.bins, bin, d, from);
        }
        if !self.symmetric && (!across || other == 1) {
            sums.add(self.bins, bin, d, back);
        }
    }
}

#[inline]
fn border(sums: &mut Sums, (weights, bins, borders): (&EdgeWeights, &Bins, &Borders), bin: usize, d: f64, site: u32) {
    let border = weights.border(site as usize);
    sums.border_pair(bins, bin, d, (border, bins.reached(border)), borders.at_least(d));
}
