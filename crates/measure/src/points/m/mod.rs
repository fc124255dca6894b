//! `m`: neighbours of one type among all neighbours (Marcon and Puech 2010), for the industry and for each plant.
//!
//! Read `lanes` (who stands where, in the observation and in each simulation), `tiles` and `rings` (which neighbours
//! are within which distance), `sweep` (one pass over the distances for all lanes), `tally` (from sums to curves);
//! `amount` makes weights whole numbers, so that no order of sums matters; `density` is the variant with a kernel,
//! `surface` the smoothed map.

mod amount;
mod density;
mod estimand;
mod lanes;
mod options;
mod rings;
mod surface;
mod sweep;
mod tally;
mod tiles;

pub(crate) use estimand::ESTIMAND;
pub use options::{MError, MOptions};
pub use surface::Surface;

use super::envelope::{Envelope, EnvelopeAnswer, check_asked};
use super::kd::{Bandwidths, KERNEL_REACH};
use super::{Null, NullModel, Plants, PlantsError, default_distances};
use amount::{Amount, Quanta, Width};
use density::Density;
use distretto_core::{Context, Message};
use distretto_numerics::{Tail, adjust};
use lanes::{Block, Marks, NOBODY, Sides, lane_bytes};
use rings::Rings;
use std::cmp::Ordering;
use std::sync::atomic::{AtomicU64, Ordering as Memory};
use sweep::Sweep;
use tally::{Locals, Tally};
use tiles::Tiles;

/// Share of sites below which those that count are listed; above, all are summed in trees.
const SPARSE: f64 = 0.35;
/// Units of progress of a run.
const PROGRESS: u64 = 1000;

/// M, its envelope, and the index of each plant.
#[derive(Debug, Clone, PartialEq)]
pub struct MResult {
    /// Distances.
    pub r: Vec<f64>,
    /// M at each distance (with `density` m), 1 where the neighbours are as in the whole economy; NaN where no plant
    /// has a neighbour.
    pub m: Vec<f64>,
    /// Standard deviation of the kernel, in the unit of distance; `None` without `density`.
    pub bandwidth: Option<f64>,
    /// Plants of the industry, and of the neighbours or controls where they are others.
    pub plants: (usize, Option<usize>),
    /// Null of the simulations, when there are any.
    pub null: Option<Null>,
    /// The index of each plant, when it was asked for.
    pub points: Option<PlantIndex>,
    /// Smoothed map, when it was asked for.
    pub surface: Option<Surface>,
    answer: EnvelopeAnswer,
    notes: Vec<Message>,
}

/// The index of each plant of the industry: its own ratio of neighbours over that of the whole economy.
#[derive(Debug, Clone, PartialEq)]
pub struct PlantIndex {
    /// The plants, ascending.
    pub plants: Vec<u32>,
    /// Index, plant by plant, at each distance; NaN where a plant has no neighbour.
    pub m_local: Vec<f64>,
    /// Two-sided p-value, for each index; empty without simulations.
    pub p: Vec<f64>,
    /// Adjusted over all plants and distances; empty without simulations.
    pub q: Vec<f64>,
    /// On which side of its own simulations each index lies, by the smaller of its two tails; empty without simulations.
    pub sides: Vec<LocalSide>,
    /// Position of the distance of the map.
    pub map: usize,
}

/// Neighbours of the type beside those of a plant's own simulations, whose mean need not be 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocalSide {
    /// More than most of them.
    More,
    /// Fewer.
    Fewer,
    /// As many above as below, or no test.
    Neither,
}

impl LocalSide {
    /// The word of the table.
    #[must_use]
    pub fn word(self) -> Option<&'static str> {
        match self {
            Self::More => Some("more"),
            Self::Fewer => Some("fewer"),
            Self::Neither => None,
        }
    }
}

impl MResult {
    /// Envelope of the simulations; `None` without any.
    #[must_use]
    pub fn envelope(&self) -> Option<&Envelope> {
        self.answer.envelope.as_ref()
    }

    /// What the reader must know.
    #[must_use]
    pub fn notes(&self) -> &[Message] {
        &self.notes
    }
}

/// Curves of all lanes, the observation first.
struct Curves {
    values: Vec<f64>,
    bandwidth: Option<f64>,
    locals: Option<Locals>,
}

/// M of Marcon and Puech: are neighbours of one type more frequent near the plants of an industry than everywhere?
///
/// # Formula
/// M(r) = Σ_i [w_B(i,r)/w(i,r)] / Σ_i [(W_B − δ w_i)/(W − w_i)] over the plants i of A that have a neighbour;
/// w_B(i,r), w(i,r) the weights of the plants of B and of all others within r of i; δ = 1 if B = A. With controls
/// w(i,r) counts these alone, and the whole-economy ratio is (W_A − w_i)/W_C. Range [0, ∞); 1 once r covers all.
///
/// With `density`, w_B(i,r) = Σ_j w_j [φ_h(r − d_ij) + φ_h(r + d_ij)], likewise w(i,r).
///
/// # Errors
/// Unknown industries, options that contradict one another, too few simulations, a run that was stopped.
///
/// # Complexity
/// O(n_A · n) for the observation. Simulations share one pass over the distances: O(n² + nsim · n_A · n_B) without
/// weights, O(n² + nsim · n_A · n) with them, over pairs within the largest distance. Memory O(n + nsim · n), within
/// `memory`.
///
/// # References
/// Marcon and Puech 2010, Journal of Economic Geography 10(5), 745–762, <https://doi.org/10.1093/jeg/lbp056>; Lang,
/// Marcon and Puech 2020, The Annals of Regional Science 64, 243–265, <https://doi.org/10.1007/s00168-019-00946-7>.
pub fn m(plants: &Plants, options: &MOptions, context: &Context) -> Result<MResult, MError> {
    options.validate()?;
    if options.surface.is_some() && plants.distances().is_some() {
        return Err(MError::SurfaceAndTable);
    }
    let (sides, (a, b)) = sides(plants, options)?;
    let needed = if sides == Sides::Own { 2 } else { 1 };
    if a.len() < needed {
        let industry = format!("industry {}", options.plants.industry.join(", "));
        return Err(PlantsError::TooFewPlants { industry, plants: a.len(), needed }.into());
    }
    let curve = &options.curve;
    check_asked(curve.envelope, curve.nsim, curve.level)?;
    let r = match curve.distances()? {
        Some(r) => r,
        None => default_distances(plants, context)?,
    };
    let mut notes = plants.notes().to_vec();
    let model = model(plants, options, sides, (&a, b.as_deref()), context.seed, &mut notes)?;
    let quanta = Quanta::new(plants.weights(), plants.len());
    let width = quanta.width;
    let marks = Marks::new(sides, (&a, b.as_deref()), quanta, plants.len(), model.as_ref());
    let run = Run { plants, options, marks: &marks, r: &r, context };
    let curves = match width {
        _ if options.density => run.density()?,
        Width::Packed => run.blocks::<u64>()?,
        Width::Wide => run.blocks::<[u64; 2]>()?,
        Width::Widest => run.blocks::<[u128; 2]>()?,
    };
    let (observed, simulated) = curves.values.split_at(r.len());
    let answer = EnvelopeAnswer::new(&r, observed, simulated, curve)?;
    let points =
        curves.locals.map(|locals| index(locals, &a, &r, observed, options, (model.is_some(), &answer))).transpose()?;
    let surface = points.as_ref().zip(options.surface).map(|(points, cells)| run.surface(points, cells));
    notes.extend(run.short(curves.bandwidth));
    let missing = observed.iter().filter(|value| value.is_nan()).count();
    if missing > 0 {
        notes.push(Message::new("measure.m.no-neighbours").count("count", missing));
    }
    let (diameter, _) = super::kd::extent(plants);
    if plants.distances().is_none() && diameter > 0.0 && r.last().is_some_and(|&r_max| r_max > diameter) {
        notes.push(Message::new("measure.m.beyond").number("extent", diameter));
    }
    Ok(MResult {
        m: observed.to_vec(),
        bandwidth: curves.bandwidth,
        plants: (a.len(), b.as_ref().map(Vec::len)),
        null: model.as_ref().map(NullModel::null),
        points,
        surface,
        answer,
        notes,
        r,
    })
}

/// The plants of A, and those of B or the controls.
type Both = (Vec<u32>, Option<Vec<u32>>);

fn sides(plants: &Plants, options: &MOptions) -> Result<(Sides, Both), PlantsError> {
    let industry = &options.plants.industry;
    if options.controls.is_empty() {
        let (a, b) = plants.sides(industry, &options.plants.to, "to")?;
        return Ok((if b.is_some() { Sides::To } else { Sides::Own }, (a, b)));
    }
    match plants.sides(industry, &options.controls, "controls")? {
        (a, Some(b)) => Ok((Sides::Controls, (a, Some(b)))),
        (_, None) => {
            let code = options.controls.first().cloned().unwrap_or_default();
            Err(PlantsError::BothSides { code, first: "industry", second: "controls" })
        }
    }
}

fn model(
    plants: &Plants,
    options: &MOptions,
    sides: Sides,
    (a, b): (&[u32], Option<&[u32]>),
    seed: u64,
    notes: &mut Vec<Message>,
) -> Result<Option<NullModel>, PlantsError> {
    let nsim = options.curve.nsim;
    if nsim == 0 {
        return Ok(None);
    }
    let default = match sides {
        Sides::Own => Null::RandomLocation,
        Sides::To => Null::PopulationIndependence,
        Sides::Controls => Null::RandomLabelling,
    };
    let model = NullModel::new(options.curve.null.unwrap_or(default), (seed, "m/null"), plants.len(), a, b)?;
    notes.extend(model.repetition(nsim, plants.weights().is_some()));
    Ok(Some(model))
}

/// p, q and the distance of the map.
fn index(
    locals: Locals,
    a: &[u32],
    r: &[f64],
    observed: &[f64],
    options: &MOptions,
    (tested, answer): (bool, &EnvelopeAnswer),
) -> Result<PlantIndex, MError> {
    let p_of = |(tail, value): (&distretto_numerics::TailCounts, &f64)| {
        if value.is_nan() { f64::NAN } else { tail.p(Tail::Two) }
    };
    let p: Vec<f64> = if tested { locals.tails.iter().zip(&locals.values).map(p_of).collect() } else { Vec::new() };
    let q = adjust(&p, options.p_adjust.into());
    let side_of = |tail: &distretto_numerics::TailCounts| match tail.p(Tail::Greater).total_cmp(&tail.p(Tail::Less)) {
        Ordering::Less => LocalSide::More,
        Ordering::Greater => LocalSide::Fewer,
        Ordering::Equal => LocalSide::Neither,
    };
    let sides = if tested { locals.tails.iter().map(side_of).collect() } else { Vec::new() };
    let map = match options.map_r {
        Some(map_r) => {
            let apart = |k: &usize| (r[*k] - map_r).abs();
            let nearest = (0..r.len()).min_by(|a, b| apart(a).total_cmp(&apart(b))).unwrap_or(0);
            if apart(&nearest) > 1e-9 * map_r.abs() {
                return Err(MError::MapDistance { map_r, nearest: r[nearest] });
            }
            nearest
        }
        None => {
            let scores = scores(observed, answer);
            let larger = |best: usize, k: usize| {
                if scores[k] > scores[best] || scores[best].is_nan() { k } else { best }
            };
            (0..r.len()).reduce(larger).unwrap_or(0)
        }
    };
    Ok(PlantIndex { plants: a.to_vec(), m_local: locals.values, p, q, sides, map })
}

/// How far the curve lies above its simulations, in half-widths of the band; the curve itself where there is no band.
/// The highest value alone is often that of the few neighbours at the shortest distance.
fn scores(observed: &[f64], answer: &EnvelopeAnswer) -> Vec<f64> {
    let band = answer.envelope.as_ref().filter(|envelope| envelope.high.iter().any(|high| !high.is_nan()));
    let Some(Envelope { mean, high, .. }) = band else { return observed.to_vec() };
    let score = |k: usize| {
        let half = high[k] - mean[k];
        if half > 0.0 { (observed[k] - mean[k]) / half } else { f64::NAN }
    };
    (0..observed.len()).map(score).collect()
}

/// One run: what is looked at, and how.
struct Run<'a> {
    plants: &'a Plants,
    options: &'a MOptions,
    marks: &'a Marks<'a>,
    r: &'a [f64],
    context: &'a Context<'a>,
}

impl Run<'_> {
    fn locals(&self) -> Option<Locals> {
        self.options.wants_points().then(|| Locals::new(self.marks.a.len(), self.r.len()))
    }

    /// Number among the plants of A of each place; empty unless their own index is wanted.
    fn own(&self, tiles: &Tiles) -> Vec<u32> {
        if !self.options.wants_points() {
            return Vec::new();
        }
        let mut own = vec![NOBODY; tiles.len()];
        self.marks.a.iter().zip(0..).for_each(|(&plant, i)| own[tiles.places[plant as usize] as usize] = i);
        own
    }

    /// All lanes, as many at a time as memory allows.
    fn blocks<T: Amount>(&self) -> Result<Curves, MError> {
        let tiles = Tiles::of(self.plants);
        let rings = Rings::new(tiles.scale, self.r);
        let sweep = Sweep { own: self.own(&tiles), tiles: &tiles, rings: &rings, marks: self.marks };
        let mut locals = self.locals();
        let sparse = tiles.links.is_none() && self.marks.share() < SPARSE;
        let parts = sweep.parts().len();
        let bytes = lane_bytes::<T>(self.marks, sparse, locals.is_some()) + parts * 16 * self.r.len();
        let lanes = self.options.curve.nsim + 1;
        let at_once = (self.options.bytes()? / bytes).clamp(1, lanes as usize) as u64;
        let blocks = lanes.div_ceil(at_once);
        let (units, done) = (blocks * parts as u64, AtomicU64::new(0));
        let progress = self.context.progress;
        progress.begin("simulations", PROGRESS);
        let advance = || {
            let before = done.fetch_add(1, Memory::Relaxed);
            progress.advance((before + 1) * PROGRESS / units - before * PROGRESS / units);
            !progress.cancelled()
        };
        let mut values = Vec::new();
        for block in 0..blocks {
            let range = block * lanes / blocks..(block + 1) * lanes / blocks;
            let block = Block::<T>::new(self.marks, &tiles, range, sparse, locals.is_some());
            let tallies = sweep.run(&block, locals.as_ref(), &advance).ok_or(PlantsError::Stopped)?;
            values.extend(Tally::curves(&tallies));
            if let Some(locals) = &mut locals {
                locals.take(&tallies);
            }
        }
        Ok(Curves { values, bandwidth: None, locals })
    }

    fn density(&self) -> Result<Curves, MError> {
        let tiles = Tiles::of(self.plants);
        let rule = super::kd::rule(&self.options.bandwidth)?;
        // A bandwidth rule needs pairs; with controls those of the industry itself.
        let needed = if self.marks.sides == Sides::To { 1 } else { 2 };
        if self.marks.a.len() < needed {
            let industry = format!("industry {}", self.options.plants.industry.join(", "));
            return Err(PlantsError::TooFewPlants { industry, plants: self.marks.a.len(), needed }.into());
        }
        let mut bandwidths =
            Bandwidths::new(self.plants, rule, self.options.bandwidth_range, self.r, self.context.seed);
        let mut locals = self.locals();
        let density =
            Density { plants: self.plants, own: self.own(&tiles), tiles: &tiles, marks: self.marks, r: self.r };
        let nsim = self.options.curve.nsim;
        let (values, bandwidth) = density.run(&mut bandwidths, nsim, locals.as_mut(), self.context)?;
        Ok(Curves { values, bandwidth: Some(bandwidth), locals })
    }

    /// A warning where neighbours count that a table of distances may not list.
    fn short(&self, bandwidth: Option<f64>) -> Option<Message> {
        let reach = bandwidth.map_or(0.0, |h| KERNEL_REACH * h);
        self.plants.distances()?.short_of(self.r.last().copied().unwrap_or(0.0) + reach)
    }

    fn surface(&self, points: &PlantIndex, cells: usize) -> Surface {
        let totals = self.marks.totals();
        let seen = points.plants.iter().enumerate().filter_map(|(i, &plant)| {
            let index = points.m_local[i * self.r.len() + points.map];
            let share = self.marks.share_without(totals, self.marks.quanta.of(plant));
            (!index.is_nan()).then(|| (self.plants.points()[plant as usize], index, share))
        });
        let start = [[f64::INFINITY; 2], [f64::NEG_INFINITY; 2]];
        let extent = self.plants.points().iter().fold(start, |[low, high], point| {
            [[low[0].min(point[0]), low[1].min(point[1])], [high[0].max(point[0]), high[1].max(point[1])]]
        });
        surface::smooth(self.plants.metric(), &seen.collect::<Vec<_>>(), extent, cells, self.r[points.map])
    }
}

#[cfg(test)]
mod tests;
