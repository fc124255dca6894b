//! One pass over the pairs of a pattern.

use super::bins::{Bins, Sums};
use crate::points::pairs::PairIndex;
use crate::points::window::{CAP, Correction, EdgeScratch, EdgeWeights};
use rayon::prelude::*;
use std::ops::Range;

/// Points of A, and of B where there are two sides, laid out for their pairs.
pub(super) struct Pattern<'a> {
    pub(super) a: &'a PairIndex,
    pub(super) b: Option<&'a PairIndex>,
    /// The point of the edge weights at which each point of A stands.
    pub(super) sites: &'a [u32],
    /// 1/λ of each point of A and of B, where it is asked for.
    pub(super) inverse: Option<[&'a [f64]; 2]>,
}

/// Whether one pattern is worked on by all threads, or each thread has a pattern of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Threads {
    All,
    One,
}

/// Distances of the reference points from the boundary.
pub(super) struct Borders {
    /// Ascending.
    sorted: Vec<f64>,
}

impl Borders {
    pub(super) fn new(weights: &EdgeWeights, sites: &[u32]) -> Self {
        let mut sorted: Vec<f64> = sites.iter().map(|&site| weights.border(site as usize)).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        Self { sorted }
    }

    /// How many are at least `distance` from the boundary.
    #[inline]
    pub(super) fn at_least(&self, distance: f64) -> usize {
        let least = distance * (1.0 - distretto_numerics::DISTANCE_TIE);
        self.sorted.len() - self.sorted.partition_point(|&border| border < least)
    }
}

/// Sums over the ordered pairs of a pattern within reach; those of a symmetric correction within one industry come
/// once for both orders, see [`orders`].
pub(super) fn tally(pattern: &Pattern, weights: &EdgeWeights, bins: &Bins, threads: Threads) -> Sums {
    let borders = (weights.correction() == Correction::Border).then(|| Borders::new(weights, pattern.sites));
    let part = |places: Range<usize>| {
        let sums = Sums::new(bins);
        let mut pass =
            Pass { pattern, weights, bins, borders: borders.as_ref(), sums, scratch: EdgeScratch::default() };
        pass.visit(places);
        pass.sums
    };
    let parts = pattern.a.parts();
    let sums: Vec<Sums> = match threads {
        Threads::All => parts.into_par_iter().map(part).collect(),
        Threads::One => parts.into_iter().map(part).collect(),
    };
    sums.iter().fold(Sums::new(bins), Sums::merge)
}

/// 2 when each pair of [`tally`] stands for both of its orders.
pub(super) fn orders(correction: Correction, two_sides: bool) -> f64 {
    if correction.is_symmetric() && !two_sides { 2.0 } else { 1.0 }
}

struct Pass<'a> {
    pattern: &'a Pattern<'a>,
    weights: &'a EdgeWeights<'a>,
    bins: &'a Bins,
    borders: Option<&'a Borders>,
    sums: Sums,
    scratch: EdgeScratch,
}

impl Pass<'_> {
    fn visit(&mut self, places: Range<usize>) {
        let a = self.pattern.a;
        match self.pattern.b {
            Some(b) => b.visit_from(a, places, |i, j, squared| self.block(b, i, j, squared, None)),
            None if orders(self.weights.correction(), false) == 2.0 => {
                a.visit(places, |i, j, squared| self.block(a, i, j, squared, None));
            }
            None => a.visit_from(a, places, |i, j, squared| self.block(a, i, j, squared, Some(i))),
        }
    }

    /// Pairs of place i of A with the places from j on of the other side, except place `own`.
    fn block(&mut self, other: &PairIndex, i: usize, j: usize, squared: &[f64], own: Option<usize>) {
        let a = self.pattern.a;
        let number = a.order()[i] as usize;
        let site = self.pattern.sites[number] as usize;
        let last = self.bins.last();
        let inner = self.weights.is_inner(site, self.bins.reach());
        let border = self.weights.border(site);
        let reached = if self.borders.is_some() { self.bins.reached(border) } else { 0 };
        for (j, &square) in (j..).zip(squared) {
            if square > last || Some(j) == own {
                continue;
            }
            let d = square.sqrt();
            let bin = self.bins.of(square, d);
            let mut weight = 1.0;
            if !inner {
                let ([x, y, _], [other_x, other_y, _]) = (a.position(i), other.position(j));
                weight = self.weights.weight(site, d, other_x - x, other_y - y, &mut self.scratch);
                self.sums.capped += u64::from(weight >= CAP);
            }
            let product = self.pattern.inverse.map(|[own, others]| own[number] * others[other.order()[j] as usize]);
            if let Some(borders) = self.borders {
                self.border(bin, d, (border, reached), borders, product);
                continue;
            }
            self.sums.add(self.bins, bin, d, weight);
            if let Some(product) = product {
                self.sums.inverse[bin] += weight * product;
            }
        }
    }

    /// A pair counts at each r from its distance to that of its reference point from the boundary; for g it counts
    /// when the boundary is no nearer than the neighbour, over the number of points of which that is true.
    fn border(&mut self, bin: usize, d: f64, (border, reached): (f64, usize), borders: &Borders, product: Option<f64>) {
        if let Some(product) = product {
            let first = self.bins.first(bin);
            if first < reached {
                self.sums.inverse[first] += product;
                self.sums.inverse[reached] -= product;
            }
        }
        let left = if self.bins.bandwidth.is_some() { borders.at_least(d) } else { 0 };
        self.sums.border_pair(self.bins, bin, d, (border, reached), left);
    }
}
