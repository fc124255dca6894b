//! Distances in bins that remember their mean: how Kd is computed when pairs are too many for the kernel.

use super::bandwidth::{SJ_BINS, Spread};
use super::pattern::{Pattern, Threads};
use crate::points::pairs::{BLOCK, Scale};
use distretto_numerics::{EARTH_RADIUS_KM, Metric, pairwise_by, quantile_sorted};

/// Steps within a bin by which offsets are measured, as a power of 2.
const STEPS: u32 = 16;
/// Offsets of one bin share a word with its count: so many pairs may come before the words are emptied.
const PACKED: u64 = 1 << 24;
/// Bits of the offsets in a word.
const OFFSET: u32 = 40;
/// Adding it leaves the nearest whole number in the low bits.
const ROUND: f64 = 4_503_599_627_370_496.0;
/// Values of a bin that are sorted to find an order statistic; of larger bins, all ties or nearly so, the mean counts.
const SORTED: u64 = 1 << 22;
/// max|φ''|/4: the kernel at the mean of a bin instead of at its values, two reflected terms (measure.md 2.7.4).
const CURVATURE: f64 = 0.0997;
/// 2 max|φ'|: what an error of a distance moves.
const SLOPE: f64 = 0.484;

/// Where bins lie: on the length that is the root of a squared distance (distance, or chord of the unit sphere).
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid {
    width: f64,
    count: usize,
    scale: Scale,
}

impl Grid {
    /// Bins of at most `width` (in distance) up to the distance `end`, which is the edge of a bin: what counts as
    /// within `end` is below it.
    pub(super) fn new(scale: Scale, width: f64, end: f64) -> Self {
        let edge = match scale.metric() {
            Metric::Euclidean => scale.squared_within(end).sqrt(),
            // No chord is longer than the diameter of the sphere.
            Metric::Haversine => scale.squared_within(end).min(4.0).sqrt() * (1.0 + 1e-15),
        };
        let length = match scale.metric() {
            Metric::Euclidean => width,
            // The arc is at most 1/cos(θ/2) times steeper than the chord.
            Metric::Haversine => width / (EARTH_RADIUS_KM * steepness(end)),
        };
        let count = (edge / length).ceil().max(1.0) as usize;
        // Half a step beyond the edge, so that a distance equal to `end` is rounded to its own side.
        let width = edge * (1.0 + 1e-15) / (count as f64 - 0.5 / f64::from(1_u32 << STEPS));
        Self { width, count, scale }
    }

    /// Number of bins.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Width of a bin in distance, at its largest up to the distance `end`.
    fn width_of_distance(&self, end: f64) -> f64 {
        match self.scale.metric() {
            Metric::Euclidean => self.width,
            Metric::Haversine => self.width * EARTH_RADIUS_KM * steepness(end),
        }
    }

    fn distance(&self, length: f64) -> f64 {
        self.scale.distance(length * length)
    }

    fn factor(&self) -> f64 {
        f64::from(1_u32 << STEPS) / self.width
    }

    /// Guaranteed bound of |error| of Kd at distances up to `end` with bandwidth h.
    pub(super) fn error_bound(&self, h: f64, end: f64, size: f64) -> f64 {
        let width = self.width_of_distance(end);
        // On the sphere the mean chord stands for the mean arc: off by at most max|f''|·width²/8.
        let bend = match self.scale.metric() {
            Metric::Euclidean => 0.0,
            Metric::Haversine => width * width * steepness(end) / (8.0 * EARTH_RADIUS_KM),
        };
        let rounding = self.scale.rounding(size, end) + width / f64::from(1_u32 << (STEPS + 1)) + bend;
        CURVATURE * width * width / h.powi(3) + SLOPE * rounding / (h * h)
    }
}

/// 1/cos(θ/2) of the arc θ of a distance in km: how much steeper arcs grow than chords.
fn steepness(km: f64) -> f64 {
    let half = (km / (2.0 * EARTH_RADIUS_KM)).min(1.5);
    1.0 / half.cos()
}

/// Width of bins whose error bound is about `bound`/h at bandwidth h.
pub(super) fn width_for(h: f64, bound: f64) -> f64 {
    // A tenth is left to rounding.
    h * (0.9 * bound / CURVATURE).sqrt()
}

/// Counts and offsets of one enumeration; the last bin holds what lies beyond.
struct Filling {
    packed: Vec<u64>,
    since: u64,
    count: Vec<u64>,
    offset: Vec<u64>,
    /// Σ w and Σ w·offset, with weights.
    weighted: Option<[Vec<f64>; 2]>,
    steps: Box<[u64; BLOCK]>,
}

impl Filling {
    fn new(bins: usize, weighted: bool) -> Self {
        let (packed, count, offset) = (vec![0; bins + 1], vec![0; bins + 1], vec![0; bins + 1]);
        let weighted = weighted.then(|| [vec![0.0; bins + 1], vec![0.0; bins + 1]]);
        Self { packed, since: 0, count, offset, weighted, steps: Box::new([0; BLOCK]) }
    }

    #[inline]
    fn add(&mut self, grid: &Grid, weight: f64, weights: &[f64], squared: &[f64]) {
        let (factor, top) = (grid.factor(), (grid.count << STEPS) as f64);
        let steps = &mut self.steps[..squared.len()];
        for (step, &s) in steps.iter_mut().zip(squared) {
            let at = s.sqrt() * factor;
            let at = if at < top { at } else { top };
            *step = (at + ROUND).to_bits() & ((1 << OFFSET) - 1);
        }
        for &step in steps.iter() {
            let bin = (step >> STEPS) as usize;
            if let Some(word) = self.packed.get_mut(bin) {
                *word += 1 << OFFSET | (step & ((1 << STEPS) - 1));
            }
        }
        if let Some([sum, offsets]) = &mut self.weighted {
            for (&step, &other) in steps.iter().zip(weights) {
                let (bin, weight) = ((step >> STEPS) as usize, weight * other);
                sum[bin] += weight;
                offsets[bin] += weight * (step & ((1 << STEPS) - 1)) as f64;
            }
        }
        self.since += squared.len() as u64;
        if self.since + BLOCK as u64 >= PACKED {
            self.unpack();
        }
    }

    fn unpack(&mut self) {
        for ((word, count), offset) in self.packed.iter_mut().zip(&mut self.count).zip(&mut self.offset) {
            *count += *word >> OFFSET;
            *offset += *word & ((1 << OFFSET) - 1);
            *word = 0;
        }
        self.since = 0;
    }

    fn merge(mut self, mut other: Self) -> Self {
        self.unpack();
        other.unpack();
        self.count.iter_mut().zip(&other.count).for_each(|(sum, count)| *sum += count);
        self.offset.iter_mut().zip(&other.offset).for_each(|(sum, offset)| *sum += offset);
        if let (Some(mine), Some(theirs)) = (&mut self.weighted, &other.weighted) {
            for (mine, theirs) in mine.iter_mut().zip(theirs) {
                mine.iter_mut().zip(theirs).for_each(|(sum, value)| *sum += value);
            }
        }
        self
    }
}

/// Distances of a pattern in bins.
pub(super) struct Binned {
    grid: Grid,
    count: Vec<u64>,
    /// Mean length of each bin; its lower edge where it is empty.
    mean: Vec<f64>,
    /// Weight and weighted mean length, with weights.
    weighted: Option<[Vec<f64>; 2]>,
}

impl Binned {
    /// Bins the distances of a pattern. Without weights in integers: the same for any number of threads and any order.
    pub(super) fn of(pattern: &Pattern, grid: Grid, threads: Threads) -> Self {
        let weighted = pattern.weights.is_some();
        let new = || Filling::new(grid.count, weighted);
        let add = |filling: &mut Filling, weight: f64, weights: &[f64], squared: &[f64]| {
            filling.add(&grid, weight, weights, squared);
        };
        let mut all = match weighted {
            false => pattern.reduce(threads, new, add, Filling::merge),
            true => pattern.fold(threads, new, add, |all, part| {
                let whole = std::mem::replace(all, Filling::new(0, true));
                *all = whole.merge(part);
            }),
        };
        all.unpack();
        Self::finish(grid, all)
    }

    fn finish(grid: Grid, filling: Filling) -> Self {
        let step = 1.0 / f64::from(1_u32 << STEPS);
        let place = |bin: usize, part: f64| (bin as f64 + part * step) * grid.width;
        let ratio = |sum: f64, count: f64| if count > 0.0 { sum / count } else { 0.0 };
        let bins = 0..grid.count;
        let mean = |bin| place(bin, ratio(filling.offset[bin] as f64, filling.count[bin] as f64));
        let mean = bins.clone().map(mean).collect();
        let weighted = filling.weighted.map(|[sum, offsets]| {
            let mean = bins.map(|bin| place(bin, ratio(offsets[bin], sum[bin]))).collect();
            [sum[..grid.count].to_vec(), mean]
        });
        Self { grid, count: filling.count[..grid.count].to_vec(), mean, weighted }
    }

    /// Means (as distances) and weights of the bins that hold something, ascending.
    pub(super) fn means(&self) -> (Vec<f64>, Vec<f64>) {
        let weight = |bin: usize| self.weighted.as_ref().map_or(self.count[bin] as f64, |[sum, _]| sum[bin]);
        let length = |bin: usize| self.weighted.as_ref().map_or(self.mean[bin], |[_, mean]| mean[bin]);
        let held = (0..self.grid.count).filter(|&bin| weight(bin) > 0.0);
        held.map(|bin| (self.grid.distance(length(bin)), weight(bin))).unzip()
    }

    /// Spread of the distances below the edge of bin `end`, and their counts in [`SJ_BINS`] bins with their width.
    ///
    /// Bins are narrow beside the spread: the variance within them is taken as that of a uniform spread (Sheppard).
    pub(super) fn spread(&self, end: usize, pattern: &Pattern, threads: Threads) -> Spread {
        let end = end.min(self.grid.count);
        let total: u64 = self.count[..end].iter().sum();
        let n = total as f64;
        let value = |bin: usize| self.grid.distance(self.mean[bin]);
        let mean = pairwise_by(end, |bin| self.count[bin] as f64 * value(bin)) / n;
        let between = pairwise_by(end, |bin| self.count[bin] as f64 * (value(bin) - mean).powi(2));
        let last = self.grid.width_of_distance(self.grid.distance(self.grid.width * end as f64));
        let within = if between > 0.0 { n * last * last / 12.0 } else { 0.0 };
        let sd = ((between + within) / (n - 1.0)).sqrt();
        let some = self.count[..end].iter().position(|&count| count > 0).map_or(f64::NAN, value);
        let iqr = self.quartiles(total, sd, pattern, threads);
        Spread { count: total, sd, iqr, some }
    }

    /// Whether the bins reach up to a distance.
    pub(super) fn reaches(&self, distance: f64) -> bool {
        self.grid.distance(self.grid.width * self.grid.count as f64) >= distance
    }

    /// Number of distances below the edge of bin `end`.
    pub(super) fn below(&self, end: usize) -> u64 {
        self.count[..end.min(self.grid.count)].iter().sum()
    }

    /// Distance between the quartiles of type 7 of the first `total` distances; infinite when its bins already show
    /// that the standard deviation decides.
    fn quartiles(&self, total: u64, sd: f64, pattern: &Pattern, threads: Threads) -> f64 {
        if total < 2 {
            return f64::INFINITY;
        }
        let ranks = [0.25, 0.75].map(|p| {
            let rank = (total - 1) as f64 * p;
            (rank.floor() as u64, rank - rank.floor())
        });
        let [first, third] = ranks.map(|(rank, _)| [self.bin_of(rank), self.bin_of((rank + 1).min(total - 1))]);
        let edge = |bin: usize| self.grid.distance(self.grid.width * bin as f64);
        if edge(third[0]) - edge(first[1] + 1) >= 1.349 * sd {
            return f64::INFINITY;
        }
        let wanted = [first[0], first[1], third[0], third[1]];
        let values = self.values_in(&wanted, pattern, threads);
        let statistic = |rank: u64| {
            let bin = self.bin_of(rank);
            let place = (rank - self.below(bin)) as usize;
            let at = wanted.iter().position(|&other| other == bin).unwrap_or(0);
            values[at].get(place).copied().unwrap_or_else(|| self.grid.distance(self.mean[bin]))
        };
        let [low, high] = ranks.map(|(rank, part)| {
            let pair = [statistic(rank), statistic((rank + 1).min(total - 1))];
            quantile_sorted(&pair, part)
        });
        high - low
    }

    /// The bin that holds a rank, counted from 0.
    fn bin_of(&self, rank: u64) -> usize {
        let mut before = 0;
        self.count
            .iter()
            .position(|&count| {
                before += count;
                before > rank
            })
            .unwrap_or(self.grid.count - 1)
    }

    /// The distances in some bins, ascending each; none of a bin that holds too many.
    fn values_in(&self, bins: &[usize; 4], pattern: &Pattern, threads: Threads) -> [Vec<f64>; 4] {
        let (factor, top) = (self.grid.factor(), (self.grid.count << STEPS) as f64);
        let small = bins.map(|bin| self.count[bin] <= SORTED);
        let range = |bin: usize| (bin as u64) << STEPS..(bin as u64 + 1) << STEPS;
        let ranges = bins.map(range);
        let reach =
            (ranges.iter().map(|r| r.start).min().unwrap_or(0), ranges.iter().map(|r| r.end).max().unwrap_or(0));
        let add = |found: &mut [Vec<f64>; 4], _: f64, _: &[f64], squared: &[f64]| {
            for &s in squared {
                let at = s.sqrt() * factor;
                let step = (if at < top { at } else { top } + ROUND).to_bits() & ((1 << OFFSET) - 1);
                if step < reach.0 || step >= reach.1 {
                    continue;
                }
                for k in (0..4).filter(|&k| small[k] && ranges[k].contains(&step)) {
                    found[k].push(s);
                }
            }
        };
        let merge = |mut a: [Vec<f64>; 4], b: [Vec<f64>; 4]| {
            a.iter_mut().zip(b).for_each(|(a, b)| a.extend(b));
            a
        };
        let mut found = pattern.reduce(threads, <[Vec<f64>; 4]>::default, add, merge);
        for values in &mut found {
            values.sort_unstable_by(f64::total_cmp);
            values.iter_mut().for_each(|value| *value = self.grid.scale.distance(*value));
        }
        found
    }

    /// Counts of the distances below the edge of bin `end` in [`SJ_BINS`] bins, and their width.
    pub(super) fn coarse(&self, end: usize) -> (Vec<f64>, f64) {
        let end = end.min(self.grid.count);
        let width = self.grid.distance(self.grid.width * end as f64) / SJ_BINS as f64;
        let mut counts = vec![0.0; SJ_BINS];
        for bin in 0..end {
            let at = (self.grid.distance(self.mean[bin]) / width) as usize;
            counts[at.min(SJ_BINS - 1)] += self.count[bin] as f64;
        }
        (counts, width)
    }
}
