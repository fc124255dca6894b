//! Patterns, observed and simulated: laid out, thinned where that is asked, and estimated.

use super::estimate::{Estimate, Few, Lack, Plan};
use super::options::KdError;
use super::pattern::{Pattern, Threads};
use crate::points::pairs::PairIndex;
use crate::points::{DrawScratch, NullModel, Plants, PlantsError};
use distretto_core::Context;
use distretto_numerics::{IndexScratch, Key, Stream, sample_without_replacement};
use rayon::prelude::*;

/// Independent subsamples of one thinned estimate.
const SUBSAMPLES: u64 = 10;
/// How much further than needed a layout is made to reach, so that later patterns need no other.
const FURTHER: f64 = 1.25;

/// Kd of patterns on fixed sites.
pub(super) struct Simulator<'a> {
    pub(super) plants: &'a Plants,
    pub(super) plan: Plan<'a>,
    /// All sites, laid out for pairs up to `reach`.
    pub(super) layout: PairIndex,
    pub(super) reach: f64,
    /// Share of the plants that is looked at; all when none is given.
    pub(super) thin: Option<f64>,
    pub(super) seed: u64,
}

/// Kd of a pattern, with the standard error of thinning.
pub(super) struct Observed {
    pub(super) kd: Vec<f64>,
    pub(super) bandwidth: f64,
    pub(super) error_bound: f64,
    pub(super) standard_error: Option<Vec<f64>>,
}

/// Sites and the plants whose weights stand there.
pub(super) struct Sites<'s> {
    pub(super) a: &'s [u32],
    pub(super) b: Option<&'s [u32]>,
    pub(super) weight: [&'s dyn Fn(usize) -> f64; 2],
}

/// Memory of one thread.
struct Scratch {
    draw: DrawScratch,
    pattern: Pattern,
}

impl Simulator<'_> {
    /// Kd of the plants as they stand.
    pub(super) fn observe(&mut self, a: &[u32], b: Option<&[u32]>, few: Few) -> Result<Observed, KdError> {
        let plants = self.plants;
        let weight = |list: &[u32], i: usize| plants.weight(list[i]);
        let (of_a, of_b) = (|i: usize| weight(a, i), |i: usize| weight(b.unwrap_or_default(), i));
        let sites = Sites { a, b, weight: [&of_a, &of_b] };
        let mut pattern = self.pattern(b.is_some());
        loop {
            match self.thinned(&sites, &mut pattern, u64::MAX, (Threads::All, few)) {
                Ok(observed) => return Ok(observed),
                Err(Lack::Error(error)) => return Err(error),
                Err(Lack::Reach(needed)) => {
                    self.reach = needed * FURTHER;
                    self.layout = plants.index(self.reach);
                    pattern = self.pattern(b.is_some());
                }
            }
        }
    }

    /// Simulated curves, one after the other; a simulation without a bandwidth has no values.
    pub(super) fn simulate(
        &self,
        model: &NullModel,
        two: bool,
        nsim: u64,
        context: &Context,
    ) -> Result<Vec<f64>, KdError> {
        context.progress.begin("simulations", nsim);
        let new = || Scratch { draw: DrawScratch::default(), pattern: self.pattern(two) };
        let one = |scratch: &mut Scratch, simulation: u64| {
            if context.progress.cancelled() {
                return Err(KdError::Plants(PlantsError::Stopped));
            }
            let curve = self.simulation(model, two, simulation, scratch);
            context.progress.advance(1);
            curve
        };
        let curves = (0..nsim).into_par_iter().map_init(new, one).collect::<Result<Vec<_>, _>>()?;
        Ok(curves.concat())
    }

    fn simulation(
        &self,
        model: &NullModel,
        two: bool,
        simulation: u64,
        scratch: &mut Scratch,
    ) -> Result<Vec<f64>, KdError> {
        let draw = model.draw(simulation, &mut scratch.draw);
        let of_a = |i: usize| self.plants.weight(model.weight_of_a(i, draw.a[i]));
        let of_b = |i: usize| self.plants.weight(model.weight_of_b(i, draw.b[i]));
        let sites = Sites { a: draw.a, b: two.then_some(draw.b), weight: [&of_a, &of_b] };
        self.placed(&sites, &mut scratch.pattern, simulation)
    }

    /// Kd of plants at these sites, with a bandwidth from all their distances where too few are in the range of the
    /// rule; NaN without a bandwidth.
    pub(super) fn placed(
        &self,
        sites: &Sites<'_>,
        pattern: &mut Pattern,
        simulation: u64,
    ) -> Result<Vec<f64>, KdError> {
        match self.thinned(sites, pattern, simulation, (Threads::One, Few::TakeAll)) {
            Ok(observed) => Ok(observed.kd),
            Err(Lack::Error(KdError::FewDistances { .. })) => Ok(vec![f64::NAN; self.plan.r.len()]),
            Err(Lack::Error(error)) => Err(error),
            // A wider bandwidth than the observed one, by far: this simulation alone is laid out anew.
            Err(Lack::Reach(needed)) => {
                let layout = self.plants.index(needed * FURTHER);
                let (plants, plan) = (self.plants, self.plan.clone());
                let own = Simulator { plants, plan, layout, reach: needed * FURTHER, ..*self };
                let mut pattern = own.pattern(sites.b.is_some());
                match own.thinned(sites, &mut pattern, simulation, (Threads::One, Few::TakeAll)) {
                    Ok(observed) => Ok(observed.kd),
                    Err(Lack::Error(KdError::FewDistances { .. }) | Lack::Reach(_)) => {
                        Ok(vec![f64::NAN; self.plan.r.len()])
                    }
                    Err(Lack::Error(error)) => Err(error),
                }
            }
        }
    }

    /// The bandwidth of a simulation alone; `None` when it has too few distances for the rule.
    pub(super) fn bandwidth(
        &self,
        model: &NullModel,
        two: bool,
        simulation: u64,
        draw: &mut DrawScratch,
    ) -> Result<Option<f64>, KdError> {
        let draw = model.draw(simulation, draw);
        let of_a = |i: usize| self.plants.weight(model.weight_of_a(i, draw.a[i]));
        let of_b = |i: usize| self.plants.weight(model.weight_of_b(i, draw.b[i]));
        let sites = Sites { a: draw.a, b: two.then_some(draw.b), weight: [&of_a, &of_b] };
        let threads = (Threads::All, Few::TakeAll);
        let found = match self.thinned(&sites, &mut self.pattern(two), simulation, threads) {
            Err(Lack::Reach(needed)) => {
                let layout = self.plants.index(needed * FURTHER);
                let (plants, plan) = (self.plants, self.plan.clone());
                let own = Simulator { plants, plan, layout, reach: needed * FURTHER, ..*self };
                own.thinned(&sites, &mut own.pattern(two), simulation, threads)
            }
            found => found,
        };
        match found {
            Ok(observed) => Ok(Some(observed.bandwidth)),
            Err(Lack::Error(KdError::FewDistances { .. }) | Lack::Reach(_)) => Ok(None),
            Err(Lack::Error(error)) => Err(error),
        }
    }

    pub(super) fn pattern(&self, two: bool) -> Pattern {
        Pattern::empty_like(&self.layout, two, self.plants.weights().is_some())
    }

    /// The whole pattern, or the mean of independent subsamples of it with their standard error.
    fn thinned(
        &self,
        sites: &Sites<'_>,
        pattern: &mut Pattern,
        simulation: u64,
        how: (Threads, Few),
    ) -> Result<Observed, Lack> {
        let all = |n: usize| (0..n as u32).collect::<Vec<_>>();
        let b = sites.b.unwrap_or_default();
        let Some(share) = self.thin else {
            let Estimate { kd, bandwidth, error_bound } =
                self.estimate(sites, [&all(sites.a.len()), &all(b.len())], pattern, how)?;
            return Ok(Observed { kd, bandwidth, error_bound, standard_error: None });
        };
        let key = Key::new(self.seed, "kd/thin");
        let mut scratch = IndexScratch::new();
        let mut estimates = Vec::new();
        for subsample in 0..SUBSAMPLES {
            let mut stream = Stream::new(key, subsample, simulation);
            let mut pick = |n: usize, least: usize| {
                let k = ((n as f64 * share).round() as usize).clamp(least.min(n), n);
                sample_without_replacement(&mut stream, n as u32, k as u32, &mut scratch).to_vec()
            };
            let chosen = [pick(sites.a.len(), 2), pick(b.len(), 1)];
            estimates.push(self.estimate(sites, [&chosen[0], &chosen[1]], pattern, how)?);
        }
        Ok(mean_of(&estimates))
    }

    fn estimate(
        &self,
        sites: &Sites<'_>,
        chosen: [&[u32]; 2],
        pattern: &mut Pattern,
        (threads, few): (Threads, Few),
    ) -> Result<Estimate, Lack> {
        let lay = |index: &mut PairIndex, sites: &[u32], chosen: &[u32]| {
            let numbers: Vec<u32> = chosen.iter().map(|&i| sites[i as usize]).collect();
            self.layout.subset_into(&numbers, index);
        };
        lay(&mut pattern.a, sites.a, chosen[0]);
        if let (Some(index), Some(b)) = (&mut pattern.b, sites.b) {
            lay(index, b, chosen[1]);
        }
        let n = sites.a.len() as u64;
        let whole = sites.b.map_or(n * n.saturating_sub(1) / 2, |b| n * b.len() as u64);
        pattern.whole = self.thin.map(|_| whole);
        let Pattern { a, b, weights, .. } = pattern;
        if let Some([own, other]) = weights {
            let fill = |out: &mut Vec<f64>, order: &[u32], side: usize| {
                out.clear();
                out.extend(order.iter().map(|&i| sites.weight[side](chosen[side][i as usize] as usize)));
            };
            fill(own, a.order(), 0);
            if let Some(b) = b {
                fill(other, b.order(), 1);
            }
        }
        self.plan.estimate(pattern, self.reach, threads, few)
    }
}

/// Mean of subsamples, and the standard error of that mean.
fn mean_of(estimates: &[Estimate]) -> Observed {
    let n = estimates.len() as f64;
    let mean = |value: &dyn Fn(&Estimate) -> f64| estimates.iter().map(value).sum::<f64>() / n;
    let distances = 0..estimates.first().map_or(0, |estimate| estimate.kd.len());
    let kd: Vec<f64> = distances.clone().map(|j| mean(&|estimate| estimate.kd[j])).collect();
    let error = |j: usize| {
        let variance = mean(&|estimate| (estimate.kd[j] - kd[j]).powi(2)) * n / (n - 1.0);
        (variance / n).sqrt()
    };
    let standard_error = Some(distances.map(error).collect());
    Observed { bandwidth: mean(&|estimate| estimate.bandwidth), error_bound: f64::NAN, standard_error, kd }
}
