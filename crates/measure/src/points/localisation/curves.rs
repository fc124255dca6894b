//! Curves of every industry, observed and simulated, handed over one industry at a time.

use super::options::LocalisationError;
use crate::points::colocation::{Rings, Shares, Sites, Standing, Weighted};
use crate::points::kd::{Pattern as KdPattern, Univariate};
use crate::points::{Plants, PlantsError};
use distretto_core::Context;
use distretto_numerics::{IndexScratch, Key, Stream, sample_without_replacement};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Bytes of simulated curves that are held at once; it changes time, never a number.
const BLOCK_BYTES: usize = 400 << 20;

/// Industries, simulations and distances that are asked for.
pub(super) struct Job<'a> {
    pub(super) r: &'a [f64],
    pub(super) nsim: u64,
    pub(super) context: &'a Context<'a>,
    /// Numbers of the industries in the table of plants.
    pub(super) listed: &'a [u32],
}

/// The curve of an industry and those of its simulations, one after the other.
pub(super) struct Curves<'s> {
    /// Place among the listed industries.
    pub(super) industry: usize,
    pub(super) observed: Vec<f64>,
    pub(super) simulated: &'s [f64],
}

impl Job<'_> {
    /// Kd of every industry. Without weights, n plants at random sites are the same for every industry of n plants: one
    /// set of simulations serves them all. Returns what `test` says, the largest bound of the error and the widest
    /// bandwidth.
    pub(super) fn density<T: Send>(
        &self,
        plants: &Plants,
        kd: &mut Univariate<'_>,
        test: impl Fn(Curves) -> T + Sync,
    ) -> Result<(Vec<T>, [f64; 2]), LocalisationError> {
        let mut own = vec![Vec::new(); self.listed.len()];
        let at = |code: u32| self.listed.iter().position(|&listed| listed == code);
        let at: Vec<Option<usize>> = (0..plants.industries().len() as u32).map(at).collect();
        for (plant, &code) in (0..).zip(plants.codes()) {
            if let Some(at) = at[code as usize] {
                own[at].push(plant);
            }
        }
        let (mut bound, mut widest) = (0.0_f64, 0.0_f64);
        let mut observed = Vec::new();
        for own in &own {
            let curve = kd.observed(own)?;
            // A bandwidth that does not exist is no maximum.
            (bound, widest) = (bound.max(curve.error_bound), widest.max(curve.bandwidth));
            observed.push(curve.kd);
        }
        let mut groups: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
        for (industry, own) in own.iter().enumerate() {
            let apart = if plants.weights().is_some() { industry + 1 } else { 0 };
            groups.entry((own.len(), apart)).or_default().push(industry);
        }
        self.context.progress.begin("simulations", groups.len() as u64 * self.nsim);
        let mut results: Vec<Option<T>> = (0..own.len()).map(|_| None).collect();
        for (&(_, apart), industries) in &groups {
            let simulated = self.simulated(kd, plants.len(), &own[industries[0]], apart)?;
            let one = |&industry: &usize| {
                let observed = observed[industry].clone();
                (industry, test(Curves { industry, observed, simulated: &simulated }))
            };
            let tested: Vec<(usize, T)> = industries.par_iter().map(one).collect();
            tested.into_iter().for_each(|(industry, result)| results[industry] = Some(result));
        }
        Ok((results.into_iter().flatten().collect(), [bound, widest]))
    }

    /// Simulated Kd of the plants `own` at random sites: the first of a Fisher–Yates shuffle of all sites, on the stream
    /// (seed, purpose; item = plants and weights, replicate = simulation).
    fn simulated(&self, kd: &Univariate<'_>, sites: usize, own: &[u32], apart: usize) -> Result<Vec<f64>, PlantsError> {
        let key = Key::new(self.context.seed, "localisation/null");
        let item = own.len() as u64 | (apart as u64) << 32;
        let new = || (IndexScratch::new(), kd.scratch());
        let one = |(index, scratch): &mut (IndexScratch, KdPattern), simulation: u64| {
            if self.context.progress.cancelled() {
                return Err(PlantsError::Stopped);
            }
            let mut stream = Stream::new(key, item, simulation);
            let drawn = sample_without_replacement(&mut stream, sites as u32, own.len() as u32, index);
            let curve = kd.placed(own, drawn, scratch);
            self.context.progress.advance(1);
            curve
        };
        let curves = (0..self.nsim).into_par_iter().map_init(new, one).collect::<Result<Vec<_>, _>>()?;
        Ok(curves.concat())
    }

    /// M of every industry: one permutation of all marks a simulation serves them all.
    pub(super) fn relative<T: Send>(
        &self,
        plants: &Plants,
        test: impl Fn(Curves) -> T + Sync,
    ) -> Result<Vec<T>, LocalisationError> {
        let reach = self.r.last().copied().unwrap_or(0.0);
        let sites = Sites::new(plants, self.listed, reach);
        let rings = Rings::new(sites.index.scale(), self.r);
        let function = Relative::new(&sites, rings);
        let (width, key) = (self.r.len(), Key::new(self.context.seed, "localisation/null"));
        let each = (self.nsim as usize + 1) * width * 8;
        let block = (BLOCK_BYTES / each).max(1);
        let blocks = self.listed.len().div_ceil(block) as u64;
        self.context.progress.begin("simulations", blocks * (self.nsim + 1));
        let mut results = Vec::new();
        let all: Vec<usize> = (0..self.listed.len()).collect();
        for industries in all.chunks(block) {
            let values = self.block(&function, &sites, industries, key)?;
            let one = |k: usize| {
                let rows = values.chunks_exact(industries.len() * width).map(|all| &all[k * width..][..width]);
                let curves = rows.collect::<Vec<_>>().concat();
                let observed = curves[..width].to_vec();
                test(Curves { industry: industries[k], observed, simulated: &curves[width..] })
            };
            results.par_extend((0..industries.len()).into_par_iter().map(one));
        }
        Ok(results)
    }

    /// M of some industries, simulation by simulation, the observation first.
    fn block(
        &self,
        function: &Relative<'_>,
        sites: &Sites,
        industries: &[usize],
        key: Key,
    ) -> Result<Vec<f64>, PlantsError> {
        let stride = industries.len() * self.r.len();
        let mut values = vec![0.0; (self.nsim as usize + 1) * stride];
        let observed = Standing::observed(sites);
        let simulations = values.par_chunks_mut(stride).enumerate();
        simulations.try_for_each_init(
            || observed.clone(),
            |standing, (simulation, out)| {
                if self.context.progress.cancelled() {
                    return Err(PlantsError::Stopped);
                }
                match simulation.checked_sub(1) {
                    Some(simulation) => standing.draw(key, simulation as u64),
                    None => standing.clone_from(&observed),
                }
                for (out, &industry) in out.chunks_exact_mut(self.r.len()).zip(industries) {
                    function.within(standing, industry, out);
                }
                self.context.progress.advance(1);
                Ok(())
            },
        )?;
        Ok(values)
    }
}

/// M within one industry: neighbours counted, or weighed anew in every simulation.
enum Relative<'s> {
    Counted(Shares),
    Weighed(Weighted<'s>),
}

impl<'s> Relative<'s> {
    fn new(sites: &'s Sites, rings: Rings) -> Self {
        match sites.weights.is_empty() {
            true => Self::Counted(Shares::new(sites, rings)),
            false => Self::Weighed(Weighted { sites, rings }),
        }
    }

    fn within(&self, standing: &Standing, industry: usize, values: &mut [f64]) {
        match self {
            Self::Counted(shares) => shares.within(standing, industry, values),
            Self::Weighed(weighted) => {
                weighted.within(standing, industry, weighted.sites.weight_of(industry), values);
            }
        }
    }
}
