//! Neighbours at a distance instead of within it: m of Lang, Marcon and Puech (2020).

use super::lanes::{Marks, NOBODY};
use super::options::MError;
use super::tally::{Locals, Tally};
use super::tiles::Tiles;
use crate::points::kd::{Bandwidths, kernel_sum};
use crate::points::{DrawScratch, Plants, PlantsError};
use distretto_core::Context;
use rayon::prelude::*;
use std::ops::Range;

/// Standard deviations beyond which neighbours add nothing to the digits of a ratio, once one is within [`CLOSE`].
const NEAR: f64 = 12.0;
/// See [`NEAR`].
const CLOSE: f64 = 4.0;
/// Standard deviations up to which neighbours are collected at first; few centres have none so near.
const FAR: f64 = 37.0;
/// Twice the natural logarithm of the share below which a term adds no digit, negative: exp(−83/2) is 1e-18.
const NEGLIGIBLE: f64 = 83.0;

/// What does not change from lane to lane.
pub(super) struct Density<'a> {
    pub(super) plants: &'a Plants,
    pub(super) tiles: &'a Tiles,
    pub(super) marks: &'a Marks<'a>,
    pub(super) r: &'a [f64],
    /// Number among the plants of A of each place, or [`NOBODY`]; empty unless their own index is wanted.
    pub(super) own: Vec<u32>,
}

/// The neighbours of a centre by distance.
#[derive(Default)]
struct Around {
    /// Distance, weight among all, weight of the type.
    near: Vec<(f64, f64, f64)>,
    distances: [Vec<f64>; 2],
    weights: [Vec<f64>; 2],
}

impl Density<'_> {
    /// The curve of the observation and of all simulations, one after the other, and the observed bandwidth.
    pub(super) fn run(
        &self,
        bandwidths: &mut Bandwidths<'_>,
        nsim: u64,
        mut locals: Option<&mut Locals>,
        context: &Context,
    ) -> Result<(Vec<f64>, f64), MError> {
        let b = (self.marks.sides == super::lanes::Sides::To).then_some(self.marks.b);
        let observed = bandwidths.observed(self.marks.a, b)?;
        let (mut scratch, mut draw, mut plant) = (DrawScratch::default(), DrawScratch::default(), Vec::new());
        let mut curves = Vec::new();
        context.progress.begin("simulations", nsim);
        for lane in 0..=nsim {
            if context.progress.cancelled() {
                return Err(PlantsError::Stopped.into());
            }
            let bandwidth = match (lane.checked_sub(1), self.marks.model) {
                (Some(simulation), Some(model)) => bandwidths.simulated(model, b.is_some(), simulation, &mut draw)?,
                _ => Some(observed),
            };
            self.marks.marks(lane, &mut scratch, &mut plant);
            match bandwidth {
                Some(h) => {
                    let tally = self.lane(&plant, h, locals.as_deref());
                    curves.extend(Tally::curves(std::slice::from_ref(&tally)));
                    if let Some(locals) = &mut locals {
                        locals.take(std::slice::from_ref(&tally));
                    }
                }
                None => curves.extend(self.r.iter().map(|_| f64::NAN)),
            }
            if lane > 0 {
                context.progress.advance(1);
            }
        }
        Ok((curves, observed))
    }

    fn lane(&self, plant: &[u32], h: f64, locals: Option<&Locals>) -> Tally {
        let totals = self.totals(plant);
        let mut at = vec![0; plant.len()];
        plant.iter().zip(0_u32..).for_each(|(&mark, site)| at[mark as usize] = site);
        let look = |around: &mut Around, place: usize| {
            let site = self.tiles.order[place];
            let mark = plant[site as usize];
            let counted = (self.marks.role[mark as usize] == 1).then(|| {
                let weight = self.marks.weigh(mark, site);
                (self.marks.share_without(totals, weight), self.sums(place, h, around, |site| plant[site as usize]))
            });
            let own = self.own.get(place).copied().filter(|&own| own != NOBODY).map(|own| {
                // The plant stays where it stands; the mark that stood there goes where its own had gone.
                let exchanged = |other: u32| match other {
                    _ if other == site => site,
                    _ if other == at[site as usize] => mark,
                    _ => plant[other as usize],
                };
                let all: Vec<u32> =
                    if mark == site { Vec::new() } else { (0..plant.len() as u32).map(exchanged).collect() };
                let totals = if all.is_empty() { totals } else { self.totals(&all) };
                let share = self.marks.share_without(totals, self.marks.weigh(site, site));
                (own, share, self.sums(place, h, around, exchanged))
            });
            (counted, own)
        };
        let looked: Vec<_> = (0..plant.len()).into_par_iter().map_init(Around::default, look).collect();
        let mut tally = Tally::new(1, self.r.len());
        for (counted, own) in looked {
            if let Some((share, [all, typed])) = counted {
                tally.add(0, share, &all, &typed);
            }
            if let (Some((own, share, [all, typed])), Some(locals)) = (own, locals) {
                locals.add(&mut tally, 0, own, share, (&all, &typed));
            }
        }
        tally
    }

    fn totals(&self, plant: &[u32]) -> [u128; 2] {
        plant.iter().zip(0_u32..).fold([0; 2], |[mut all, mut typed], (&mark, site)| {
            let (counts, of_type) = self.marks.counts(mark);
            let weight = self.marks.weigh(mark, site);
            all += if counts { weight } else { 0 };
            typed += if of_type { weight } else { 0 };
            [all, typed]
        })
    }

    /// Kernel sums about a centre at each distance, of all neighbours, and of those of the type; both in one unit, which
    /// is another where every neighbour is far from the distance.
    fn sums(&self, place: usize, h: f64, around: &mut Around, mark_at: impl Fn(u32) -> u32) -> [Vec<f64>; 2] {
        let r_max = self.r.last().copied().unwrap_or(0.0);
        self.collect(place, r_max + FAR * h, around, &mark_at);
        // How far from r neighbours must be known, by the nearest that there is.
        let needed = |nearest: f64| (nearest * nearest + NEGLIGIBLE * h * h).sqrt();
        if self.r.iter().any(|&r| r + needed(around.nearest(r)) > r_max + FAR * h) {
            self.collect(place, f64::INFINITY, around, &mark_at);
        }
        let windows = |&r: &f64| {
            let nearest = around.nearest(r);
            // Where the nearest neighbours are far from r it is they that make the ratio, however small the kernel.
            let far = nearest > CLOSE * h;
            let reach = if far { needed(nearest) } else { NEAR * h };
            let range = |distances: &[f64]| {
                let low = distances.partition_point(|&d| d < r - reach);
                low..distances.partition_point(|&d| d <= r + reach)
            };
            (far.then_some(nearest), [0, 1].map(|side| range(&around.distances[side])))
        };
        let ranges: Vec<_> = self.r.iter().map(windows).collect();
        let mut sums = [0, 1].map(|side| {
            let (distances, weights) = (&around.distances[side], &around.weights[side]);
            let at = |(&r, (far, ranges)): (&f64, &(Option<f64>, [Range<usize>; 2]))| {
                let range = ranges[side].clone();
                let (distances, weights) = (&distances[range.clone()], &weights[range]);
                match far {
                    Some(nearest) => tails(r, h, *nearest, distances, weights),
                    None => kernel_sum(r, h, distances, Some(weights)),
                }
            };
            self.r.iter().zip(&ranges).map(at).collect::<Vec<f64>>()
        });
        // Controls so far behind the plants of the industry that their ratio is no number: the centre is left out.
        for k in (0..self.r.len()).filter(|&k| !sums[1][k].is_finite()).collect::<Vec<_>>() {
            sums.iter_mut().for_each(|side| side[k] = 0.0);
        }
        sums
    }

    /// The neighbours of a place up to a distance, by distance.
    fn collect(&self, place: usize, far: f64, around: &mut Around, mark_at: impl Fn(u32) -> u32) {
        let limit = if far.is_finite() { self.tiles.scale.squared_within(far) } else { f64::INFINITY };
        around.near.clear();
        let near = &mut around.near;
        let mut add = |site: u32, squared: f64| {
            if squared > limit {
                return;
            }
            let mark = mark_at(site);
            let (all, typed) = self.marks.counts(mark);
            if all || typed {
                let weight = self.plants.weight(if self.marks.weights_stay() { site } else { mark });
                let part = |counts: bool| if counts { weight } else { 0.0 };
                near.push((self.tiles.scale.distance(squared), part(all), part(typed)));
            }
        };
        match &self.tiles.links {
            Some(links) => {
                let (partners, squared) = links.partners(place as u32);
                partners.iter().zip(squared).for_each(|(&site, &squared)| add(site, squared));
            }
            None => {
                let others = self.tiles.order.iter().enumerate().filter(|(other, _)| *other != place);
                others.for_each(|(other, &site)| add(site, self.tiles.squared(place, other)));
            }
        }
        // Equal distances keep the order of the places: the sort is stable.
        around.near.sort_by(|a, b| a.0.total_cmp(&b.0));
        for side in 0..2 {
            let weight = |near: &(f64, f64, f64)| if side == 0 { near.1 } else { near.2 };
            around.distances[side].clear();
            around.weights[side].clear();
            for near in around.near.iter().filter(|near| weight(near) > 0.0) {
                around.distances[side].push(near.0);
                around.weights[side].push(weight(near));
            }
        }
    }
}

impl Around {
    /// How far the neighbour (of all that count) that is nearest to the distance r is from it; infinite without any.
    fn nearest(&self, r: f64) -> f64 {
        let distances = &self.distances[0];
        let at = distances.partition_point(|&d| d < r);
        let both = [at.checked_sub(1).map(|at| r - distances[at]), distances.get(at).map(|d| d - r)];
        both.into_iter().flatten().fold(f64::INFINITY, f64::min)
    }
}

/// The reflected kernel where it is small, in units of its value at the offset `nearest`, the smallest there is: the
/// sums of a centre are only ever divided by one another, and the kernel itself may be below any number.
fn tails(r: f64, h: f64, nearest: f64, distances: &[f64], weights: &[f64]) -> f64 {
    // u² − nearest² as a product: the squares alone would lose its digits.
    let term = |u: f64| (-0.5 * ((u - nearest) / h) * ((u + nearest) / h)).exp();
    distances.iter().zip(weights).map(|(&d, &weight)| weight * (term((r - d).abs()) + term(r + d))).sum::<f64>()
}
