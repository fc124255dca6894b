//! From sums about each centre to the curve of each lane, and to the index of each plant.

use distretto_numerics::TailCounts;
use std::ops::Range;

/// Sums over the centres of a part, for each lane and distance.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    distances: usize,
    /// Σ w_B(i,r)/w(i,r).
    local: Vec<f64>,
    /// Σ of the share of the type in the whole economy, over the same centres.
    global: Vec<f64>,
    /// What was seen of plants of A: number, then values at each distance, in the first lane of the first block.
    observed: Vec<(u32, Vec<f64>)>,
    tails: Vec<(u32, Vec<TailCounts>)>,
}

impl Tally {
    pub(super) fn new(lanes: usize, distances: usize) -> Self {
        let zeros = || vec![0.0; lanes * distances];
        Self { distances, local: zeros(), global: zeros(), observed: Vec::new(), tails: Vec::new() }
    }

    /// Adds a centre of a lane: neighbours of the type `typed` among `all` at each distance. Where there are none it
    /// is left out of both sums.
    #[inline]
    pub(super) fn add(&mut self, lane: usize, share: f64, all: &[f64], typed: &[f64]) {
        let range = lane * self.distances..(lane + 1) * self.distances;
        let sums = self.local[range.clone()].iter_mut().zip(&mut self.global[range]);
        for ((local, global), (&all, &typed)) in sums.zip(all.iter().zip(typed)) {
            let some = all > 0.0;
            *local += if some { typed / all } else { 0.0 };
            *global += if some { share } else { 0.0 };
        }
    }

    /// Curves of the lanes from the parts in their order: NaN where no centre has a neighbour.
    pub(super) fn curves(parts: &[Self]) -> Vec<f64> {
        let Some(first) = parts.first() else { return Vec::new() };
        let sum = |value: &dyn Fn(&Self) -> f64| parts.iter().map(value).sum::<f64>();
        let one = |at: usize| sum(&|part: &Self| part.local[at]) / sum(&|part: &Self| part.global[at]);
        (0..first.local.len()).map(one).collect()
    }
}

/// The index of each plant of A, and its simulated tails.
#[derive(Debug, Clone)]
pub(super) struct Locals {
    pub(super) plants: usize,
    pub(super) distances: usize,
    /// Plant by plant; NaN where there is no neighbour. Empty until the observation is known.
    pub(super) values: Vec<f64>,
    pub(super) tails: Vec<TailCounts>,
}

impl Locals {
    pub(super) fn new(plants: usize, distances: usize) -> Self {
        Self { plants, distances, values: Vec::new(), tails: vec![TailCounts::new(); plants * distances] }
    }

    fn range(&self, plant: u32) -> Range<usize> {
        plant as usize * self.distances..(plant as usize + 1) * self.distances
    }

    /// Notes what a plant sees in a lane; the lanes of a plant come one after the other, the observation first.
    pub(super) fn add(&self, tally: &mut Tally, lane: usize, plant: u32, share: f64, (all, typed): (&[f64], &[f64])) {
        let index = |k: usize| if all[k] > 0.0 { typed[k] / all[k] / share } else { f64::NAN };
        let first = self.values.is_empty() && lane == 0;
        if first {
            tally.observed.push((plant, (0..self.distances).map(index).collect()));
            return;
        }
        if tally.tails.last().is_none_or(|(last, _)| *last != plant) {
            tally.tails.push((plant, vec![TailCounts::new(); self.distances]));
        }
        let Tally { observed, tails, .. } = tally;
        let observed = match observed.last() {
            Some((last, values)) if *last == plant => values,
            _ => &self.values[self.range(plant)],
        };
        let Some((_, tails)) = tails.last_mut() else { return };
        for (k, (tail, &observed)) in tails.iter_mut().zip(observed).enumerate() {
            if !observed.is_nan() {
                tail.record(observed, index(k));
            }
        }
    }

    /// Takes over what the parts of a block have seen.
    pub(super) fn take(&mut self, parts: &[Tally]) {
        if self.values.is_empty() {
            self.values = vec![f64::NAN; self.plants * self.distances];
        }
        for part in parts {
            for (plant, values) in &part.observed {
                let range = self.range(*plant);
                self.values[range].copy_from_slice(values);
            }
            for (plant, tails) in &part.tails {
                let range = self.range(*plant);
                self.tails[range].iter_mut().zip(tails).for_each(|(sum, tail)| sum.merge(*tail));
            }
        }
    }
}
