//! Order statistics of the distances of all pairs of many points, without looking at every pair.
//!
//! Points are halved again and again into boxes. A pair of boxes whose nearest and farthest points both lie below the
//! interval in question, or both above it, or both in one bin of it, is counted at once; only the pairs of small
//! boxes that the circle of that radius crosses are looked at, some n^1.5 in the plane instead of n². The interval is
//! guessed from a sample of pairs; a guess that misses costs time, never a digit: every pair is accounted for.

use distretto_numerics::{Key, Stream};
use rayon::prelude::*;
use std::ops::Range;

/// Points of the smallest boxes, at most.
const LEAF: usize = 32;
/// Pairs of the sample.
const SAMPLE: usize = 1 << 21;
/// Share of the sample taken to either side of the rank: seven standard errors of the share at the median.
const MARGIN: f64 = 0.0025;
/// Bins of an interval.
const BINS: u64 = 1 << 14;
/// Values that are sorted, once so few are left.
const SORTED: u64 = 1 << 20;
/// Depth of the boxes whose pairs are shared out to threads.
const SHARED: u32 = 6;
/// Bits of the first value after all distances.
const END: u64 = 0x7ff0_0000_0000_0000;

/// Points in boxes, for counts of squared distances.
pub(super) struct PairTree {
    axes: [Vec<f64>; 3],
    /// Lowest and highest coordinates of each box; the halves of box k are 2k + 1 and 2k + 2.
    boxes: Vec<[[f64; 3]; 2]>,
    depth: u32,
}

/// Squared distances, as bits, from `low` on and below `high`, in bins of 2^shift. The bits of numbers of 0 or more
/// are in the order of the numbers.
#[derive(Debug, Clone, Copy)]
struct Interval {
    low: u64,
    high: u64,
    shift: u32,
}

impl Interval {
    fn new(low: u64, high: u64) -> Self {
        let mut shift = 0;
        while (high - low - 1) >> shift >= BINS {
            shift += 1;
        }
        Self { low, high, shift }
    }

    fn bins(self) -> usize {
        ((self.high - self.low - 1) >> self.shift) as usize + 1
    }

    fn bin(self, bits: u64) -> usize {
        ((bits - self.low) >> self.shift) as usize
    }

    /// 0 below, bins + 1 above, 1 + bin within.
    fn class(self, bits: u64) -> usize {
        match bits {
            bits if bits < self.low => 0,
            bits if bits >= self.high => self.bins() + 1,
            bits => 1 + self.bin(bits),
        }
    }

    fn of_bin(self, bin: usize) -> Self {
        let low = self.low + ((bin as u64) << self.shift);
        Self::new(low, (low + (1 << self.shift)).min(self.high))
    }
}

/// Counts by class, or the values within the interval themselves.
#[derive(Debug, Clone, Default)]
struct Tally {
    classes: Vec<u64>,
    values: Vec<u64>,
}

impl Tally {
    fn merge(mut self, mut other: Self) -> Self {
        self.classes.iter_mut().zip(&other.classes).for_each(|(sum, count)| *sum += count);
        self.values.append(&mut other.values);
        self
    }
}

impl PairTree {
    /// Puts positions into boxes. O(n log n).
    pub(super) fn new(mut positions: Vec<[f64; 3]>) -> Self {
        let mut depth = 0;
        while positions.len() >> depth > LEAF {
            depth += 1;
        }
        let mut boxes = vec![[[f64::INFINITY; 3], [f64::NEG_INFINITY; 3]]; (2 << depth) - 1];
        let n = positions.len();
        for level in 0..=depth {
            for k in 0..1_usize << level {
                let range = range(n, level, k);
                let bounds = &mut boxes[(1 << level) - 1 + k];
                *bounds = bounds_of(&positions[range.clone()]);
                if level < depth {
                    let wide = |axis: &usize| bounds[1][*axis] - bounds[0][*axis];
                    let axis = (0..3).max_by(|a, b| wide(a).total_cmp(&wide(b))).unwrap_or(0);
                    let half = self::range(n, level + 1, 2 * k).len();
                    positions[range].select_nth_unstable_by(half, |a, b| a[axis].total_cmp(&b[axis]));
                }
            }
        }
        let axes = [0, 1, 2].map(|axis| positions.iter().map(|position| position[axis]).collect());
        Self { axes, boxes, depth }
    }

    fn len(&self) -> usize {
        self.axes[0].len()
    }

    /// The squared distance of a rank among all pairs, counted from 0, and the one after it when it comes out as well.
    pub(super) fn select(&self, rank: u64) -> (f64, Option<f64>) {
        let mut interval = self.guess(rank);
        loop {
            let tally = self.tally(interval, false);
            let mut before = 0;
            let class = tally.classes.iter().position(|&count| {
                before += count;
                before > rank
            });
            let class = class.unwrap_or(tally.classes.len() - 1);
            before -= tally.classes[class];
            interval = match class {
                0 => Interval::new(0, interval.low),
                class if class > interval.bins() => Interval::new(interval.high, END),
                class => interval.of_bin(class - 1),
            };
            let (count, at) = (tally.classes[class], (rank - before) as usize);
            if interval.high - interval.low == 1 {
                let value = f64::from_bits(interval.low);
                return (value, (at as u64 + 1 < count).then_some(value));
            }
            if count <= SORTED {
                let mut values = self.tally(interval, true).values;
                values.sort_unstable();
                let value = |at: usize| values.get(at).map(|&bits| f64::from_bits(bits));
                return (value(at).unwrap_or(f64::NAN), value(at + 1));
            }
        }
    }

    /// An interval about the rank, from a sample of pairs that is always the same.
    fn guess(&self, rank: u64) -> Interval {
        let n = self.len() as u64;
        let share = rank as f64 / (n * (n - 1) / 2) as f64;
        let mut stream = Stream::new(Key::new(0, "plants/median"), 0, 0);
        let draw = |_| {
            let i = stream.below(n as u32) as usize;
            let j = (i + 1 + stream.below(n as u32 - 1) as usize) % n as usize;
            self.squared(i, j).to_bits()
        };
        let mut sample: Vec<u64> = (0..SAMPLE).map(draw).collect();
        sample.sort_unstable();
        let at = |share: f64| sample[((share * SAMPLE as f64).max(0.0) as usize).min(SAMPLE - 1)];
        Interval::new(at(share - MARGIN), at(share + MARGIN) + 1)
    }

    fn squared(&self, i: usize, j: usize) -> f64 {
        let [x, y, z] = &self.axes;
        let (dx, dy, dz) = (x[j] - x[i], y[j] - y[i], z[j] - z[i]);
        dx * dx + dy * dy + dz * dz
    }

    /// All pairs by class, or with `collect` the values within the interval.
    fn tally(&self, interval: Interval, collect: bool) -> Tally {
        let level = SHARED.min(self.depth);
        let count = 1_usize << level;
        let tasks: Vec<(usize, usize)> = (0..count).flat_map(|p| (p..count).map(move |q| (p, q))).collect();
        let new = || Tally { classes: vec![0; interval.bins() + 2], values: Vec::new() };
        let one = |mut tally: Tally, &(p, q): &(usize, usize)| {
            self.count(level, p, q, interval, collect, &mut tally);
            tally
        };
        // Integers, and values that are sorted afterwards: the same for any number of threads.
        tasks.par_iter().fold(new, one).reduce(new, Tally::merge)
    }

    fn count(&self, level: u32, p: usize, q: usize, interval: Interval, collect: bool, tally: &mut Tally) {
        let (own, other) = (range(self.len(), level, p), range(self.len(), level, q));
        let first = (1 << level) - 1;
        let (nearest, farthest) = between(&self.boxes[first + p], &self.boxes[first + q]);
        let class = interval.class(nearest.to_bits());
        if class == interval.class(farthest.to_bits()) && (!collect || class == 0 || class > interval.bins()) {
            let (m, n) = (own.len() as u64, other.len() as u64);
            tally.classes[class] += if p == q { m * m.saturating_sub(1) / 2 } else { m * n };
        } else if level == self.depth {
            for i in own {
                let partners = if p == q { i + 1..other.end } else { other.clone() };
                self.leaf(i, partners, interval, collect, tally);
            }
        } else {
            for (a, b) in [(2 * p, 2 * q), (2 * p, 2 * q + 1), (2 * p + 1, 2 * q), (2 * p + 1, 2 * q + 1)] {
                if a <= b {
                    self.count(level + 1, a, b, interval, collect, tally);
                }
            }
        }
    }

    /// Point i with some points of one smallest box.
    fn leaf(&self, i: usize, partners: Range<usize>, interval: Interval, collect: bool, tally: &mut Tally) {
        let mut buffer = [0_u64; LEAF];
        let bits = &mut buffer[..partners.len()];
        let [x, y, z] = &self.axes;
        let (own_x, own_y, own_z) = (x[i], y[i], z[i]);
        let plane = x[partners.clone()].iter().zip(&y[partners.clone()]).zip(&z[partners]);
        for (out, ((x, y), z)) in bits.iter_mut().zip(plane) {
            let (dx, dy, dz) = (x - own_x, y - own_y, z - own_z);
            *out = (dx * dx + dy * dy + dz * dz).to_bits();
        }
        let below = bits.iter().map(|&bits| u64::from(bits < interval.low)).sum::<u64>();
        let above = bits.iter().map(|&bits| u64::from(bits >= interval.high)).sum::<u64>();
        tally.classes[0] += below;
        tally.classes[interval.bins() + 1] += above;
        if below + above == bits.len() as u64 {
            return;
        }
        for &bits in bits.iter().filter(|bits| (interval.low..interval.high).contains(bits)) {
            if collect {
                tally.values.push(bits);
            } else {
                tally.classes[1 + interval.bin(bits)] += 1;
            }
        }
    }
}

/// Points of box k of a level: halves of halves.
fn range(n: usize, level: u32, k: usize) -> Range<usize> {
    let cut = |k: usize| ((n as u128 * k as u128) >> level) as usize;
    cut(k)..cut(k + 1)
}

fn bounds_of(positions: &[[f64; 3]]) -> [[f64; 3]; 2] {
    let mut bounds = [[f64::INFINITY; 3], [f64::NEG_INFINITY; 3]];
    for position in positions {
        for axis in 0..3 {
            bounds[0][axis] = bounds[0][axis].min(position[axis]);
            bounds[1][axis] = bounds[1][axis].max(position[axis]);
        }
    }
    bounds
}

/// Squared distances that no pair of points of two boxes is below, or above. Rounding keeps the order of numbers, and
/// these are computed in the steps of the distances themselves: the bounds hold for the rounded distances too.
fn between(one: &[[f64; 3]; 2], two: &[[f64; 3]; 2]) -> (f64, f64) {
    let (mut nearest, mut farthest) = (0.0, 0.0);
    for axis in 0..3 {
        let gap = (two[0][axis] - one[1][axis]).max(one[0][axis] - two[1][axis]).max(0.0);
        let span = (two[1][axis] - one[0][axis]).max(one[1][axis] - two[0][axis]);
        nearest += gap * gap;
        farthest += span * span;
    }
    (nearest, farthest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use distretto_numerics::unit_sphere;

    fn check(positions: Vec<[f64; 3]>, ranks: &[f64]) {
        let n = positions.len();
        let tree = PairTree::new(positions);
        let mut all: Vec<f64> =
            (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j))).map(|(i, j)| tree.squared(i, j)).collect();
        all.sort_unstable_by(f64::total_cmp);
        for &share in ranks {
            let rank = (share * (all.len() - 1) as f64) as usize;
            let (value, next) = tree.select(rank as u64);
            assert_eq!(value, all[rank], "rank {rank} of {}", all.len());
            assert!(next.is_none() || next == all.get(rank + 1).copied());
        }
    }

    #[test]
    fn ranks_are_those_of_all_pairs() {
        let mut stream = Stream::new(Key::new(1, "test/select"), 0, 0);
        let mut plane = |n: usize| -> Vec<[f64; 3]> {
            (0..n).map(|_| [stream.uniform() * 9.0, stream.uniform().powi(3), 0.0]).collect()
        };
        check(plane(1901), &[0.0, 0.1, 0.5, 0.9, 1.0]);
        check(plane(33), &[0.0, 0.5, 1.0]);
        check(plane(2), &[0.0]);
        let sphere = plane(900).iter().map(|at| unit_sphere([40.0 * at[0] - 180.0, 160.0 * at[1] - 80.0])).collect();
        check(sphere, &[0.02, 0.5, 0.98]);
    }

    #[test]
    fn ties_are_counted() {
        // A lattice, and two places: more than a million pairs are equal.
        let lattice = (0..1600).map(|i| [f64::from(i % 40) * 0.1, f64::from(i / 40) * 0.1, 0.0]).collect();
        check(lattice, &[0.0, 0.5, 0.7]);
        let places: Vec<[f64; 3]> = (0..2200).map(|i| [f64::from(i % 2), 0.0, 0.0]).collect();
        check(places, &[0.3, 0.6]);
    }
}
