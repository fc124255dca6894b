//! The conditional permutation test of local Moran.
//!
//! For a given region `I_i` rises or falls with the lag alone, so only lags are compared. In replicate k all regions use
//! one ordered sample s of 0..n−1: region i meets the values at `s_j + (s_j ≥ i)`, which changes from one region to the next
//! only where i passes an s_j. Regions are taken in blocks, and within a block in stretches between such places: within a
//! stretch the values drawn are the same for all, and with equal weights so is the sum of the first d of them.

use crate::spatial_weights::{Deviations, SpatialError};
use distretto_core::Context;
use distretto_numerics::{
    IndexScratch, Key, Stream, TIE_TOLERANCE, Tail, TailCounts, Weights, sample_without_replacement,
};
use rayon::prelude::*;
use std::ops::Range;

/// Purpose of the random draws; renaming it changes simulated p-values.
const PURPOSE: &str = "lisa/conditional-permutation";
/// Regions of a block: thresholds and counts stay in the first cache.
const BLOCK: usize = 512;
/// Most numbers of samples that are held at a time, 16 MB.
const HELD: usize = 1 << 22;

/// What the test needs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Conditional<'a> {
    pub deviations: &'a Deviations,
    pub weights: &'a Weights,
    pub lag: &'a [f64],
    pub nsim: u32,
}

/// Replicates with a lag at or below, and at or above, the observed one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counts {
    low: u32,
    high: u32,
}

/// The regions of a block.
struct Block<'a> {
    z: &'a [f64],
    weights: &'a Weights,
    regions: Range<usize>,
    /// A lag up to here is at or below the observed one; divided by the weight where weights of a row are equal.
    at_most: Vec<f64>,
    /// A lag from here on is at or above the observed one.
    at_least: Vec<f64>,
    /// Links of each region.
    links: Vec<u32>,
    shape: Shape,
    /// Links of the longest row.
    longest: usize,
}

/// How the weights of a block look, from the cheapest to the general.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Equal within each row, as many links in each.
    Same,
    /// Equal within each row.
    Equal,
    /// Any.
    General,
}

impl Conditional<'_> {
    /// Simulated p of `I_i` for every region; NaN without replicates.
    pub(crate) fn p_values(&self, tail: Tail, context: &Context<'_>) -> Result<Vec<f64>, SpatialError> {
        let counts = self.counts(context)?;
        let p = |(i, counts): (usize, &Counts)| {
            let Counts { low, high } = *counts;
            let n = u64::from(self.nsim);
            // I_i = z_i·lag/m2: a negative z_i turns the order round, and with 0 every replicate ties.
            let (low, high) = match self.deviations.z[i] {
                z if z > 0.0 => (low.into(), high.into()),
                z if z < 0.0 => (high.into(), low.into()),
                _ => (n, n),
            };
            TailCounts { low, high, n }.p(tail)
        };
        Ok(counts.iter().enumerate().map(p).collect())
    }

    fn counts(&self, context: &Context<'_>) -> Result<Vec<Counts>, SpatialError> {
        let n = self.weights.n();
        let longest = (0..n).map(|i| self.weights.neighbours(i).len()).max().unwrap_or(0);
        let mut counts = vec![Counts::default(); n];
        if longest == 0 {
            // Nothing to draw: the lag is 0 in every replicate.
            counts.fill(Counts { low: self.nsim, high: self.nsim });
            return Ok(counts);
        }
        context.progress.begin("permutations", u64::from(self.nsim));
        let held = (HELD / longest).clamp(1, self.nsim.max(1) as usize) as u32;
        let mut start = 0;
        while start < self.nsim {
            let replicates = start..self.nsim.min(start + held);
            let samples = draw(replicates.clone(), n as u32 - 1, longest, Key::new(context.seed, PURPOSE));
            counts.par_chunks_mut(BLOCK).enumerate().try_for_each(|(at, counts)| {
                if context.progress.cancelled() {
                    return Err(SpatialError::Interrupted);
                }
                let first = at * BLOCK;
                self.block(first..first + counts.len()).count(&samples, longest, counts);
                Ok(())
            })?;
            context.progress.advance(u64::from(replicates.end - replicates.start));
            start = replicates.end;
        }
        Ok(counts)
    }

    fn block(&self, regions: Range<usize>) -> Block<'_> {
        let rows = || regions.clone().map(|i| self.weights.row_values(i));
        let lengths = || rows().map(<[f64]>::len);
        let shape = match rows().all(|row| row.iter().all(|&weight| weight == row[0])) {
            true if lengths().all(|length| Some(length) == lengths().next()) => Shape::Same,
            true => Shape::Equal,
            false => Shape::General,
        };
        let sd = self.deviations.variance().sqrt();
        let bounds = |i: usize| {
            let row = self.weights.row_values(i);
            // Terms of the size of a standard deviation may cancel: ties are judged on that scale, not on the lag's.
            let slack = TIE_TOLERANCE * f64::max(self.lag[i].abs(), sd * row.iter().sum::<f64>());
            let unit = if shape == Shape::General { 1.0 } else { row.first().copied().unwrap_or(1.0) };
            ((self.lag[i] - slack) / unit, (self.lag[i] + slack) / unit)
        };
        let (at_least, at_most) = regions.clone().map(bounds).unzip();
        let links = lengths().map(|length| length as u32).collect();
        let longest = lengths().max().unwrap_or(0);
        Block { z: &self.deviations.z, weights: self.weights, regions, at_most, at_least, links, shape, longest }
    }
}

/// One ordered sample of `k` of 0..`n` for each replicate, in a row.
fn draw(replicates: Range<u32>, n: u32, k: usize, key: Key) -> Vec<u32> {
    let mut samples = vec![0; k * replicates.len()];
    let rows = samples.par_chunks_mut(k).zip(replicates.into_par_iter());
    rows.for_each_init(IndexScratch::new, |scratch, (row, replicate)| {
        let mut stream = Stream::new(key, 0, u64::from(replicate));
        row.copy_from_slice(sample_without_replacement(&mut stream, n, k as u32, scratch));
    });
    samples
}

impl Block<'_> {
    /// Counts the replicates whose samples stand in `samples`, `k` numbers each.
    fn count(&self, samples: &[u32], k: usize, counts: &mut [Counts]) {
        let mut cuts = Vec::new();
        let mut drawn = vec![0.0; self.longest];
        for sample in samples.chunks_exact(k) {
            let sample = &sample[..self.longest];
            self.cuts(sample, &mut cuts);
            let mut start = self.regions.start;
            for &end in &cuts {
                for (value, &s) in drawn.iter_mut().zip(sample) {
                    let s = s as usize;
                    *value = self.z[s + usize::from(s >= start)];
                }
                self.stretch(start..end, &mut drawn, counts);
                start = end;
            }
        }
    }

    /// Ends of the stretches of regions that meet the same values.
    fn cuts(&self, sample: &[u32], cuts: &mut Vec<usize>) {
        let Range { start, end } = self.regions;
        cuts.clear();
        cuts.extend(sample.iter().map(|&s| s as usize + 1).filter(|&cut| cut > start && cut < end));
        cuts.sort_unstable();
        cuts.push(end);
    }

    /// Compares the lags of one stretch; `drawn` is used up.
    fn stretch(&self, regions: Range<usize>, drawn: &mut [f64], counts: &mut [Counts]) {
        let local = regions.start - self.regions.start..regions.end - self.regions.start;
        let (at_most, at_least) = (&self.at_most[local.clone()], &self.at_least[local.clone()]);
        let (links, counts) = (&self.links[local.clone()], &mut counts[local]);
        if self.shape != Shape::General {
            let mut sum = 0.0;
            for value in drawn.iter_mut() {
                sum += *value;
                *value = sum;
            }
        }
        let rows = counts.iter_mut().zip(at_most.iter().zip(at_least));
        match self.shape {
            Shape::Same => {
                let sum = drawn.last().copied().unwrap_or(0.0);
                rows.for_each(|(counts, bounds)| counts.add(sum, bounds));
            }
            Shape::Equal => rows.zip(links).for_each(|((counts, bounds), &links)| {
                let sum = if links == 0 { 0.0 } else { drawn[links as usize - 1] };
                counts.add(sum, bounds);
            }),
            Shape::General => rows.zip(regions).for_each(|((counts, bounds), i)| {
                let terms = self.weights.row_values(i).iter().zip(drawn.iter());
                counts.add(terms.fold(0.0, |lag, (weight, value)| lag + weight * value), bounds);
            }),
        }
    }
}

impl Counts {
    #[inline]
    fn add(&mut self, lag: f64, (at_most, at_least): (&f64, &f64)) {
        self.low += u32::from(lag <= *at_most);
        self.high += u32::from(lag >= *at_least);
    }
}
