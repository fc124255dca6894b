//! Kd of one industry after the other on the same sites, for estimands that look at all of them.

use super::estimate::{Effort, Few, Plan};
use super::options::{BandwidthRule, KdError};
use super::pattern::Pattern;
use super::simulate::{Simulator, Sites};
use super::{extent, listed};
use crate::points::{Plants, PlantsError};
use distretto_core::Message;

/// So many curves are computed here that bins, with the same bound of the error, are worth it much earlier than for
/// one curve.
const PAIRS: u64 = 20_000;
const EFFORT: Effort = Effort { held: PAIRS, direct: 100 * PAIRS, look: 120 };

/// Kd on fixed sites, whoever stands there.
pub(crate) struct Univariate<'a> {
    simulator: Simulator<'a>,
}

/// Kd of an industry as observed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Curve {
    /// NaN everywhere when there are too few distances for a bandwidth.
    pub(crate) kd: Vec<f64>,
    pub(crate) error_bound: f64,
    /// NaN when there are too few distances for it.
    pub(crate) bandwidth: f64,
}

impl<'a> Univariate<'a> {
    /// Lays out the sites once, for industries of at most `largest` plants; bandwidths come from distances up to `limit`.
    pub(crate) fn new(plants: &'a Plants, r: &'a [f64], rule: BandwidthRule, limit: f64, largest: usize) -> Self {
        let (diameter, size) = extent(plants);
        let plan = Plan { r, rule, limit, exact: false, bins: None, diameter, size, effort: EFFORT };
        // A table reaches as far as it lists.
        let reach = match plants.distances() {
            Some(_) => f64::INFINITY,
            None => plan.first_reach((largest as u64 * (largest as u64).saturating_sub(1)) / 2),
        };
        let layout = plants.index(reach);
        Self { simulator: Simulator { plants, plan, layout, reach, thin: None, seed: 0 } }
    }

    /// Memory of one thread.
    pub(crate) fn scratch(&self) -> Pattern {
        self.simulator.pattern(false)
    }

    /// Kd of the plants `own` where they are observed.
    pub(crate) fn observed(&mut self, own: &[u32]) -> Result<Curve, PlantsError> {
        match self.simulator.observe(own, None, Few::Refuse) {
            Ok(mut observed) => {
                if listed::unknown(&self.simulator, own, observed.bandwidth) {
                    observed.kd.fill(f64::NAN);
                }
                Ok(Curve { kd: observed.kd, error_bound: observed.error_bound, bandwidth: observed.bandwidth })
            }
            Err(KdError::Plants(error)) => Err(error),
            // Too few distances: there is no bandwidth.
            Err(_) => {
                let kd = vec![f64::NAN; self.simulator.plan.r.len()];
                Ok(Curve { kd, error_bound: 0.0, bandwidth: f64::NAN })
            }
        }
    }

    /// Warnings about what a table of distances does not list, for curves with bandwidths of at most `widest`.
    pub(crate) fn shortfalls(&self, widest: f64) -> Vec<Message> {
        let plan = &self.simulator.plan;
        let notes = |distances| listed::shortfalls(distances, plan.r_max(), widest, (plan.rule, plan.limit));
        self.simulator.plants.distances().map(notes).unwrap_or_default()
    }

    /// Kd of the plants `own`, with their weights, at other sites.
    pub(crate) fn placed(&self, own: &[u32], sites: &[u32], scratch: &mut Pattern) -> Result<Vec<f64>, PlantsError> {
        let weight = |i: usize| self.simulator.plants.weight(own[i]);
        let sites = Sites { a: sites, b: None, weight: [&weight, &weight] };
        match self.simulator.placed(&sites, scratch, 0) {
            Ok(kd) => Ok(kd),
            Err(KdError::Plants(error)) => Err(error),
            Err(_) => Ok(vec![f64::NAN; self.simulator.plan.r.len()]),
        }
    }
}
