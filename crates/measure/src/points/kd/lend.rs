//! Bandwidths for other functions of distance: the rules of Kd, without Kd.

use super::estimate::{Effort, Few, Plan};
use super::options::{BandwidthRange, BandwidthRule, KdError};
use super::simulate::Simulator;
use super::{enough, extent};
use crate::points::{DrawScratch, NullModel, Plants};

/// Bandwidths from the distances of the pairs of A, or of A and B, observed and simulated.
pub(in crate::points) struct Bandwidths<'a> {
    simulator: Simulator<'a>,
}

impl<'a> Bandwidths<'a> {
    /// Prepares the rule for a function at the distances `r`.
    pub(in crate::points) fn new(
        plants: &'a Plants,
        rule: BandwidthRule,
        range: BandwidthRange,
        r: &[f64],
        seed: u64,
    ) -> Self {
        let (diameter, size) = extent(plants);
        let limit = match range {
            BandwidthRange::All => f64::INFINITY,
            BandwidthRange::Near => 2.0 * r.last().copied().unwrap_or(0.0),
        };
        let plan = Plan { r: &[], rule, limit, exact: false, bins: None, diameter, size, effort: Effort::ONE_CURVE };
        let layout = plants.index(limit);
        Self { simulator: Simulator { plants, plan, layout, reach: limit, thin: None, seed } }
    }

    /// The bandwidth of the plants as they stand.
    pub(in crate::points) fn observed(&mut self, a: &[u32], b: Option<&[u32]>) -> Result<f64, KdError> {
        if let BandwidthRule::Fixed(h) = self.simulator.plan.rule {
            return Ok(h);
        }
        let reach = self.simulator.plan.first_reach(enough(a, b, &[])?);
        if reach != self.simulator.reach {
            let plants = self.simulator.plants;
            self.simulator.layout = plants.index(reach);
            self.simulator.reach = reach;
        }
        Ok(self.simulator.observe(a, b, Few::Refuse)?.bandwidth)
    }

    /// The bandwidth of a simulation; `None` when it has too few distances for the rule.
    pub(in crate::points) fn simulated(
        &self,
        model: &NullModel,
        two: bool,
        simulation: u64,
        scratch: &mut DrawScratch,
    ) -> Result<Option<f64>, KdError> {
        if let BandwidthRule::Fixed(h) = self.simulator.plan.rule {
            return Ok(Some(h));
        }
        self.simulator.bandwidth(model, two, simulation, scratch)
    }
}
