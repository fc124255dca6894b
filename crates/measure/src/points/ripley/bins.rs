//! Distances in bins that serve every r at once, exactly: K sums whole bins, g a quadratic within them.
//!
//! Weights are added as whole multiples of 2⁻⁴⁴, so a sum is the same in any order of the pairs, for any number of
//! threads, and whether pairs are held or found anew.

use distretto_numerics::DISTANCE_TIE;
use std::ops::Range;

/// Multiples of 2⁻⁴⁴: a weight of up to 100 fits a double without loss beyond its last bits.
const QUANTUM: f64 = 17_592_186_044_416.0;
/// Most entries of the table that finds a bin.
const MOST_ENTRIES: usize = 1 << 16;

/// Bins cut at every r, and at r ± b for the kernel of g.
#[derive(Debug, Clone)]
pub(super) struct Bins {
    pub(super) r: Vec<f64>,
    /// Half-width of the kernel of g; `None` when g is not asked for.
    pub(super) bandwidth: Option<f64>,
    /// Upper end of each bin, as a squared distance.
    squares: Vec<f64>,
    /// Lower end and width of each bin, as distances.
    low: Vec<f64>,
    width: Vec<f64>,
    /// For each r, the number of bins within it.
    within: Vec<usize>,
    /// For each r, the bins within the kernel of g.
    smooth: Vec<Range<usize>>,
    /// For each bin, the first r that it is within.
    first: Vec<u32>,
    /// Where to begin the search, by distance × factor.
    table: Vec<u32>,
    factor: f64,
}

impl Bins {
    pub(super) fn new(r: &[f64], bandwidth: Option<f64>) -> Self {
        let within = |r: f64| (r * (1.0 + DISTANCE_TIE)).powi(2);
        let mut squares: Vec<f64> = r.iter().map(|&r| within(r)).collect();
        if let Some(b) = bandwidth {
            squares.extend(r.iter().map(|r| (r + b).powi(2)));
            squares.extend(r.iter().filter(|&&r| r > b).map(|r| (r - b).powi(2)));
        }
        squares.sort_unstable_by(f64::total_cmp);
        squares.dedup();
        let place = |square: f64| squares.partition_point(|&other| other < square);
        let up_to = |square: f64| place(square) + 1;
        let kernel = |&r: &f64| {
            let b = bandwidth.unwrap_or(0.0);
            let start = if r > b { up_to((r - b).powi(2)) } else { 0 };
            start..up_to((r + b).powi(2)).min(squares.len())
        };
        let low: Vec<f64> = (0..squares.len()).map(|k| if k == 0 { 0.0 } else { squares[k - 1].sqrt() }).collect();
        let wide = |k: usize| Some(squares[k].sqrt() - low[k]).filter(|&width| width > 0.0).unwrap_or(1.0);
        let within: Vec<usize> = r.iter().map(|&r| up_to(within(r))).collect();
        let first = (0..squares.len()).map(|bin| within.partition_point(|&count| count <= bin) as u32).collect();
        let entries = (4 * squares.len()).clamp(1, MOST_ENTRIES);
        let reach = squares.last().map_or(0.0, |square| square.sqrt());
        let factor = if reach > 0.0 { entries as f64 / reach } else { 0.0 };
        // A rounding earlier, so that the search never begins behind the bin.
        let start = |k: usize| if factor > 0.0 { place((k as f64 / factor * (1.0 - 1e-9)).powi(2)) as u32 } else { 0 };
        Self {
            r: r.to_vec(),
            bandwidth,
            width: (0..squares.len()).map(wide).collect(),
            smooth: r.iter().map(kernel).collect(),
            table: (0..=entries).map(start).collect(),
            squares,
            low,
            within,
            first,
            factor,
        }
    }

    /// Largest squared distance that is looked at.
    pub(super) fn last(&self) -> f64 {
        self.squares.last().copied().unwrap_or(0.0)
    }

    /// Largest distance that is looked at.
    pub(super) fn reach(&self) -> f64 {
        self.last().sqrt()
    }

    pub(super) fn count(&self) -> usize {
        self.squares.len()
    }

    /// First r that bin is within; the number of r when it is beyond all.
    pub(super) fn first(&self, bin: usize) -> usize {
        self.first[bin] as usize
    }

    /// How many r are at most `distance`, a distance equal to r being so.
    pub(super) fn reached(&self, distance: f64) -> usize {
        self.r.partition_point(|&r| r <= distance * (1.0 + DISTANCE_TIE))
    }

    /// The bin of a squared distance that is at most [`last`](Self::last).
    #[inline]
    pub(super) fn of(&self, square: f64, distance: f64) -> usize {
        let entry = ((distance * self.factor) as usize).min(self.table.len() - 1);
        let mut bin = self.table[entry] as usize;
        while self.squares[bin] < square {
            bin += 1;
        }
        bin
    }

    /// Σ w over the bins within each r, from what each bin holds.
    pub(super) fn cumulated(&self, held: impl Fn(usize) -> f64) -> Vec<f64> {
        let mut sums = Vec::with_capacity(self.r.len());
        let (mut sum, mut next) = (0.0, 0);
        for &end in &self.within {
            while next < end {
                sum += held(next);
                next += 1;
            }
            sums.push(sum);
        }
        sums
    }

    /// Σ w k_b(r − d) for each r, k_b the Epanechnikov kernel of half-width b.
    pub(super) fn smoothed(&self, sums: &Sums) -> Vec<f64> {
        let Some(b) = self.bandwidth else { return vec![f64::NAN; self.r.len()] };
        let one = |(&r, bins): (&f64, &Range<usize>)| {
            let bin = |k: usize| {
                let [weight, first, second] = sums.moments[k].map(value);
                let (from, width) = (r - self.low[k], self.width[k]);
                weight * (b * b - from * from) + width * (2.0 * from * first - width * second)
            };
            0.75 / (b * b * b) * bins.clone().map(bin).sum::<f64>()
        };
        self.r.iter().zip(&self.smooth).map(one).collect()
    }
}

fn value(sum: u128) -> f64 {
    sum as f64 / QUANTUM
}

/// What one enumeration of pairs adds up.
#[derive(Debug, Clone)]
pub(super) struct Sums {
    /// Σ w, Σ w u, Σ w u² of each bin, u the place within the bin from 0 to 1.
    moments: Vec<[u128; 3]>,
    /// Border: at each r, pairs that begin to count less those that cease to.
    pub(super) border: Vec<i64>,
    /// Σ w/(λ_i λ_j) of each bin; for border as `border`.
    pub(super) inverse: Vec<f64>,
    /// Pairs whose weight is cut at the cap.
    pub(super) capped: u64,
}

impl Sums {
    pub(super) fn new(bins: &Bins) -> Self {
        let n = bins.count().max(bins.r.len() + 1);
        Self {
            moments: vec![[0; 3]; bins.count()],
            border: vec![0; bins.r.len() + 1],
            inverse: vec![0.0; n],
            capped: 0,
        }
    }

    /// Adds a pair of weight `weight`.
    #[inline]
    pub(super) fn add(&mut self, bins: &Bins, bin: usize, distance: f64, weight: f64) {
        let [sum, first, second] = &mut self.moments[bin];
        let weight = weight * QUANTUM;
        *sum += u128::from((weight + 0.5) as u64);
        if bins.bandwidth.is_some() {
            let u = (distance - bins.low[bin]) / bins.width[bin];
            *first += u128::from((weight * u + 0.5) as u64);
            *second += u128::from((weight * u * u + 0.5) as u64);
        }
    }

    /// Adds a pair under the border correction, whose reference point is `border` from the boundary and so counts at
    /// the first `reached` r; `left` reference points are as far from it as the neighbour is.
    #[inline]
    pub(super) fn border_pair(
        &mut self,
        bins: &Bins,
        bin: usize,
        distance: f64,
        (border, reached): (f64, usize),
        left: usize,
    ) {
        let first = bins.first(bin);
        if first < reached {
            self.border[first] += 1;
            self.border[reached] -= 1;
        }
        if bins.bandwidth.is_some() && border >= distance * (1.0 - DISTANCE_TIE) {
            self.add(bins, bin, distance, 1.0 / left as f64);
        }
    }

    /// Σ w of a bin.
    pub(super) fn weight(&self, bin: usize) -> f64 {
        value(self.moments[bin][0])
    }

    /// Adds another part, in a fixed order for the sake of `inverse`.
    pub(super) fn merge(mut self, other: &Self) -> Self {
        for (mine, theirs) in self.moments.iter_mut().zip(&other.moments) {
            mine.iter_mut().zip(theirs).for_each(|(sum, value)| *sum += value);
        }
        self.border.iter_mut().zip(&other.border).for_each(|(sum, value)| *sum += value);
        self.inverse.iter_mut().zip(&other.inverse).for_each(|(sum, value)| *sum += value);
        self.capped += other.capped;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_distance_falls_in_its_bin() {
        let r = [0.0, 0.3, 0.5, 2.0];
        let bins = Bins::new(&r, Some(0.1));
        for k in 0..=2100 {
            let d = f64::from(k) * 1e-3;
            let bin = bins.of(d * d, d);
            for (j, &r) in r.iter().enumerate() {
                assert_eq!(bin < bins.within[j], d <= r * (1.0 + 1e-12), "{d} {r}");
            }
            assert!(d >= bins.low[bin] && d <= bins.low[bin] + bins.width[bin] + 1e-12, "{d}");
            let expected = r.iter().position(|&r| d <= r * (1.0 + 1e-12)).unwrap_or(4);
            assert_eq!(bins.first(bin), expected, "{d}");
        }
        // A lattice step by two routes is one distance.
        let bins = Bins::new(&[0.3], None);
        assert!((0.1 + 0.2) * (0.1 + 0.2) <= bins.last());
    }

    #[test]
    fn the_kernel_is_summed_exactly() {
        let r = [0.0, 0.3, 0.5, 2.0];
        let bins = Bins::new(&r, Some(0.25));
        let mut sums = Sums::new(&bins);
        let pairs = [(0.0, 1.0), (0.2, 2.5), (0.31, 1.0), (0.5, 7.25), (1.9, 1.0), (2.2, 3.0)];
        pairs.iter().for_each(|&(d, w)| sums.add(&bins, bins.of(d * d, d), d, w));
        for (&r, found) in r.iter().zip(bins.smoothed(&sums)) {
            let kernel = |d: f64| 0.75 / 0.25 * (1.0 - ((r - d) / 0.25).powi(2)).max(0.0);
            let expected: f64 = pairs.iter().map(|&(d, w)| w * kernel(d)).sum();
            assert!((found - expected).abs() < 1e-11, "{r}: {found} {expected}");
        }
        assert_eq!(bins.cumulated(|bin| sums.weight(bin)), [1.0, 3.5, 11.75, 12.75]);
    }
}
