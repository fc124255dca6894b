//! All pairs under their null: blocks of reference industries, all simulations of a block side by side.

use super::density::{Distances, Lists, Own};
use super::linear::{Affinity, Reach, within};
use super::relative::{References, Weighted};
use super::sites::{Sites, Standing};
use crate::points::PlantsError;
use distretto_core::Context;
use distretto_numerics::Key;
use rayon::prelude::*;

/// Bytes that a block of reference industries may hold; it changes time, never a number.
pub(super) const BLOCK_BYTES: usize = 400 << 20;

/// A function of distance between two industries.
pub(crate) trait Statistic: Sync {
    /// What serves every simulation in which a reference industry stays in place.
    type Reference: Send + Sync;
    /// Memory of one thread.
    type Scratch: Default + Send;

    /// Bytes of one reference, at most.
    fn bytes(&self, sites: usize) -> usize;
    /// Prepares for an industry where it stands now.
    fn reference(&self, standing: &Standing, industry: usize) -> Self::Reference;
    /// Values towards every kind, `values[b·distances + q]`; that towards its own kind is not used.
    fn values(
        &self,
        reference: &Self::Reference,
        standing: &Standing,
        partners: &[f64],
        scratch: &mut Self::Scratch,
        values: &mut [f64],
    );
    /// Values of an industry among itself.
    fn within(&self, standing: &Standing, industry: usize, scratch: &mut Self::Scratch, values: &mut [f64]);
}

/// A sum over pairs of sites.
pub(crate) struct Linear<A>(pub(crate) A);

impl<A: Affinity> Statistic for Linear<A> {
    type Reference = Reach;
    type Scratch = ();

    fn bytes(&self, sites: usize) -> usize {
        Reach::most_bytes(sites, self.0.distances())
    }

    fn reference(&self, standing: &Standing, industry: usize) -> Reach {
        Reach::new(&self.0, standing, industry)
    }

    fn values(&self, reach: &Reach, standing: &Standing, partners: &[f64], (): &mut (), values: &mut [f64]) {
        reach.values(standing, partners, values);
    }

    fn within(&self, standing: &Standing, industry: usize, (): &mut (), values: &mut [f64]) {
        within(&self.0, standing, industry, values);
    }
}

impl Statistic for Weighted<'_> {
    type Reference = References;
    type Scratch = ();

    fn bytes(&self, _: usize) -> usize {
        0
    }

    fn reference(&self, standing: &Standing, industry: usize) -> References {
        self.references(standing, industry)
    }

    fn values(&self, own: &References, standing: &Standing, partners: &[f64], (): &mut (), values: &mut [f64]) {
        Weighted::values(self, own, standing, partners, values);
    }

    fn within(&self, standing: &Standing, industry: usize, (): &mut (), values: &mut [f64]) {
        Weighted::within(self, standing, industry, self.sites.weight_of(industry), values);
    }
}

impl Statistic for Lists<'_> {
    type Reference = Own;
    type Scratch = Distances;

    fn bytes(&self, _: usize) -> usize {
        0
    }

    fn reference(&self, standing: &Standing, industry: usize) -> Own {
        self.own(standing, industry)
    }

    fn values(&self, own: &Own, standing: &Standing, partners: &[f64], scratch: &mut Distances, values: &mut [f64]) {
        Lists::values(self, own, standing, partners, scratch, values);
    }

    fn within(&self, standing: &Standing, industry: usize, scratch: &mut Distances, values: &mut [f64]) {
        Lists::within(self, standing, industry, scratch, values);
    }
}

/// What is simulated.
#[derive(Debug, Clone)]
pub(crate) struct Trial<'a> {
    pub(crate) sites: &'a Sites,
    /// Number of distances.
    pub(crate) distances: usize,
    /// Reference industries.
    pub(crate) references: &'a [usize],
    pub(crate) nsim: u64,
    /// Whether the reference industry is placed at random too, not only its partners.
    pub(crate) all_move: bool,
    pub(crate) key: Key,
    /// Bytes of a block.
    pub(crate) bytes: usize,
}

/// The values of one reference industry with one other, the observation first: one curve after the other.
pub(crate) struct Sample {
    pub(crate) a: usize,
    pub(crate) b: usize,
    pub(crate) curves: Vec<f64>,
}

impl Trial<'_> {
    /// Simulates every pair and hands each to `test`; results in the order of the references, then of the industries.
    pub(crate) fn run<S: Statistic, T: Send>(
        &self,
        statistic: &S,
        context: &Context,
        test: impl Fn(Sample) -> T + Sync,
    ) -> Result<Vec<T>, PlantsError> {
        let kinds = self.sites.unlisted();
        let one = (self.nsim as usize + 1) * kinds * self.distances * 8 + statistic.bytes(self.sites.len());
        let block = (self.bytes / one).clamp(1, self.references.len().max(1));
        let blocks = self.references.len().div_ceil(block) as u64;
        context.progress.begin("simulations", blocks * (self.nsim + 1));
        let mut results = Vec::new();
        for references in self.references.chunks(block) {
            let values = self.block(statistic, references, context)?;
            let stride = references.len() * kinds * self.distances;
            let pair = |at: usize| {
                let (k, b) = (at / kinds, at % kinds);
                let curves = values.chunks_exact(stride).flat_map(|all| &all[at * self.distances..][..self.distances]);
                test(Sample { a: references[k], b, curves: curves.copied().collect() })
            };
            results.par_extend((0..references.len() * kinds).into_par_iter().map(pair));
        }
        Ok(results)
    }

    /// Values of a block: simulation by simulation, the observation first, reference by reference.
    fn block<S: Statistic>(
        &self,
        statistic: &S,
        references: &[usize],
        context: &Context,
    ) -> Result<Vec<f64>, PlantsError> {
        let observed = Standing::observed(self.sites);
        let partners: Vec<f64> = (0..self.sites.unlisted()).map(|b| self.sites.weight_of(b)).collect();
        let prepared: Vec<S::Reference> = references.par_iter().map(|&a| statistic.reference(&observed, a)).collect();
        let row = partners.len() * self.distances;
        let mut values = vec![0.0; (self.nsim as usize + 1) * references.len() * row];
        let new = || (observed.clone(), S::Scratch::default(), vec![0.0; row + self.distances]);
        let simulations = values.par_chunks_mut(references.len() * row).enumerate();
        simulations.try_for_each_init(new, |(standing, scratch, buffer), (simulation, out)| {
            if context.progress.cancelled() {
                return Err(PlantsError::Stopped);
            }
            match simulation.checked_sub(1) {
                Some(simulation) => standing.draw(self.key, simulation as u64),
                None => standing.clone_from(&observed),
            }
            for ((out, &a), prepared) in out.chunks_exact_mut(row).zip(references).zip(&prepared) {
                if self.all_move {
                    let reference = statistic.reference(standing, a);
                    statistic.values(&reference, standing, &partners, scratch, buffer);
                } else {
                    standing.fix(a);
                    statistic.values(prepared, standing, &partners, scratch, buffer);
                    standing.release(a);
                }
                out.copy_from_slice(&buffer[..row]);
                statistic.within(standing, a, scratch, &mut out[a * self.distances..][..self.distances]);
            }
            context.progress.advance(1);
            Ok(())
        })?;
        Ok(values)
    }
}
