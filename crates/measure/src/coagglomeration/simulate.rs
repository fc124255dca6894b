//! Plants of every industry fall like darts; pairs of industries are counted.

use super::options::{CoagglomerationError, CoagglomerationOptions};
use super::pairs::Deviations;
use crate::ellison_glaeser::{Benchmark, Plants};
use distretto_core::Context;
use distretto_numerics::{Categorical, Key, Stream, Tail, TailCounts, pairwise};
use rayon::prelude::*;

/// Blocks of simulations for each thread: enough that none waits long for another.
const BLOCKS: u64 = 4;

/// The plants of each industry: region and share in the industry.
#[derive(Debug, Clone)]
pub(crate) struct Placement {
    plants: Vec<Vec<(u32, f64)>>,
    totals: Vec<f64>,
}

impl Placement {
    pub(crate) fn new(plants: &Plants, places: &[u32]) -> Self {
        let (mut placed, mut totals) = (Vec::new(), Vec::new());
        for of_industry in plants.by_industry() {
            let sizes = plants.sizes_of(&of_industry);
            let total = pairwise(&sizes);
            let share = |(plant, size): (usize, f64)| (places[plant], size / total);
            placed.push(of_industry.into_iter().zip(sizes).map(share).collect());
            totals.push(total);
        }
        Self { plants: placed, totals }
    }

    /// Sums of the sizes by industry.
    pub(crate) fn totals(&self) -> &[f64] {
        &self.totals
    }

    /// The plants where they are.
    pub(crate) fn put(&self, deviations: &mut Deviations) {
        for (industry, plants) in self.plants.iter().enumerate() {
            plants.iter().for_each(|&(region, share)| deviations.add(industry, region as usize, share));
        }
    }

    /// The plants where they fall in one simulation.
    fn throw(&self, deviations: &mut Deviations, darts: &Categorical, key: Key, simulation: u64) {
        for (industry, plants) in self.plants.iter().enumerate() {
            let mut stream = Stream::new(key, industry as u64, simulation);
            for &(_, share) in plants {
                deviations.add(industry, darts.draw(&mut stream) as usize, share);
            }
        }
    }
}

/// Simulations at or below, and at or above, the observation, for each pair.
struct Counts(Vec<(u32, u32)>);

impl Counts {
    fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            mine.0 += theirs.0;
            mine.1 += theirs.1;
        }
    }
}

/// Simulated p of every wanted pair, in the places of `observed`.
pub(crate) fn p_values(
    placement: &Placement,
    benchmark: &Benchmark,
    observed: &[f64],
    wanted: &[bool],
    options: &CoagglomerationOptions,
    context: &Context,
) -> Result<Vec<f64>, CoagglomerationError> {
    let Ok(darts) = Categorical::new(benchmark.shares()) else { return Ok(vec![f64::NAN; observed.len()]) };
    let key = Key::new(context.seed, "coagglomeration/dartboard");
    context.progress.begin("dartboard", options.nsim);
    let size = options.nsim.div_ceil(rayon::current_num_threads() as u64 * BLOCKS).max(1);
    let block = |block: u64| {
        let mut counts = Counts(vec![(0, 0); observed.len()]);
        let mut deviations = Deviations::new(wanted.len(), benchmark.shares());
        for simulation in block * size..((block + 1) * size).min(options.nsim) {
            if context.progress.cancelled() {
                return Err(CoagglomerationError::Stopped);
            }
            deviations.reset(benchmark.shares());
            placement.throw(&mut deviations, &darts, key, simulation);
            deviations.products(wanted, |place, sum| {
                let mut one = TailCounts::new();
                one.record(observed[place], sum);
                let count = &mut counts.0[place];
                count.0 += one.low as u32;
                count.1 += one.high as u32;
            });
            context.progress.advance(1);
        }
        Ok(counts)
    };
    // Counts are whole numbers: the same whatever the blocks.
    let blocks = (0..options.nsim.div_ceil(size)).into_par_iter().map(block);
    let merge = |mut a: Counts, b: Counts| {
        a.add(&b);
        Ok(a)
    };
    let counts = blocks.try_reduce(|| Counts(vec![(0, 0); observed.len()]), merge)?;
    let p = |&(low, high): &(u32, u32)| {
        let counts = TailCounts { low: u64::from(low), high: u64::from(high), n: options.nsim };
        counts.p(Tail::from(options.tail))
    };
    Ok(counts.0.iter().map(p).collect())
}
