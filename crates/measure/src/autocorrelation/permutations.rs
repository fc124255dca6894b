//! The permutation test of the three statistics.

use super::Autocorrelation;
use crate::spatial_weights::{Deviations, SpatialError};
use distretto_core::Context;
use distretto_numerics::{Key, Stream, TailCounts, Weights, shuffle};
use rayon::prelude::*;

/// Purpose of the random draws; renaming it changes simulated p-values.
const PURPOSE: &str = "autocorrelation/permutation";

/// What does not change under permutation.
struct Constants<'a> {
    weights: &'a Weights,
    /// `n/(S0 Σz²)`, `(n−1)/(2 S0 Σz²)`, `1/Σ_{i≠j} y_i y_j`.
    factors: [f64; 3],
}

/// Memory of one thread: deviations and values in the order of the replicate.
#[derive(Clone, Copy)]
struct Unit {
    z: f64,
    y: f64,
}

/// For I, C and G: permutations at or below and at or above the observed value.
pub(crate) fn tail_counts(
    deviations: &Deviations,
    weights: &Weights,
    observed: &Autocorrelation,
    nsim: u32,
    context: &Context<'_>,
) -> Result<[TailCounts; 3], SpatialError> {
    if nsim == 0 {
        return Ok([TailCounts::new(); 3]);
    }
    let values = &deviations.values;
    let units: Vec<Unit> = deviations.z.iter().zip(values).map(|(&z, &y)| Unit { z, y }).collect();
    let (n, s0) = (deviations.n() as f64, weights.s0());
    let shared = 1.0 / (s0 * deviations.squares);
    let factors = [n * shared, (n - 1.0) * shared / 2.0, 1.0 / super::statistics::pairs(values)];
    let constants = Constants { weights, factors };
    let key = Key::new(context.seed, PURPOSE);
    context.progress.begin("permutations", u64::from(nsim));
    let replicate = |memory: &mut Vec<Unit>, replicate: u32| {
        if context.progress.cancelled() {
            return Err(SpatialError::Interrupted);
        }
        memory.clone_from(&units);
        shuffle(&mut Stream::new(key, 0, u64::from(replicate)), memory);
        context.progress.advance(1);
        Ok(constants.statistics(memory))
    };
    let simulated: Vec<[f64; 3]> =
        (0..nsim).into_par_iter().map_init(Vec::new, replicate).collect::<Result<_, SpatialError>>()?;
    let of = [observed.moran.value, observed.geary.value, observed.getis_g.value];
    let mut counts = [TailCounts::new(); 3];
    for row in simulated {
        // I may be near 0 by cancellation of terms of order 1: its ties are those of 1 + I.
        counts[0].record(1.0 + of[0], 1.0 + row[0]);
        counts[1].record(of[1], row[1]);
        counts[2].record(of[2], row[2]);
    }
    Ok(counts)
}

impl Constants<'_> {
    /// I, C and G in one pass over the links.
    fn statistics(&self, units: &[Unit]) -> [f64; 3] {
        let mut sums = [0.0; 3];
        for (i, &Unit { z, y }) in units.iter().enumerate() {
            let (mut lag, mut squares, mut near) = (0.0, 0.0, 0.0);
            for (j, weight) in self.weights.row(i) {
                let other = units[j];
                lag += weight * other.z;
                squares += weight * (z - other.z) * (z - other.z);
                near += other.y;
            }
            sums[0] += z * lag;
            sums[1] += squares;
            sums[2] += y * near;
        }
        [0, 1, 2].map(|s| sums[s] * self.factors[s])
    }
}
