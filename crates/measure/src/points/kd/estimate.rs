//! Kd of one pattern: bandwidth, then the kernel over every pair or over bins.

use super::bandwidth::{SJ_BINS, Spread, nrd0, sheather_jones};
use super::bins::{Binned, Grid, width_for};
use super::gauss::{REACH, kernel_sum};
use super::options::{BandwidthRule, KdError};
use super::pattern::{Pattern, Threads};
use distretto_numerics::quantile;

/// Error bound of the bins, in units of 1/h.
const BOUND: f64 = 1e-6;
/// Most bins: finer ones would cost more than the direct sum saves.
const MOST_BINS: usize = 4_000_000;
/// Share by which bins are narrower than that idea asks for.
const CAUTION: f64 = 0.85;

/// What is asked of every pattern, observed and simulated alike.
#[derive(Debug, Clone)]
pub(super) struct Plan<'a> {
    pub(super) r: &'a [f64],
    pub(super) rule: BandwidthRule,
    /// Largest distance from which a rule takes the bandwidth; infinite for all.
    pub(super) limit: f64,
    pub(super) exact: bool,
    pub(super) bins: Option<usize>,
    /// Largest distance of any two plants, or a little more.
    pub(super) diameter: f64,
    /// Largest coordinate, absolute.
    pub(super) size: f64,
    pub(super) effort: Effort,
}

/// From where on bins are used: it changes time, and results within their bound.
#[derive(Debug, Clone, Copy)]
pub(super) struct Effort {
    /// Pairs whose distances are held in memory.
    pub(super) held: u64,
    /// Pairs × distances up to which the kernel is summed over every pair.
    pub(super) direct: u64,
    /// Places whose pairs give a first idea of the bandwidth.
    pub(super) look: usize,
}

impl Effort {
    /// What a single curve is worth (measure.md 2.7.4).
    pub(super) const ONE_CURVE: Self = Self { held: 4_000_000, direct: 200_000_000, look: 600 };
}

/// Kd of one pattern.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Estimate {
    pub(super) kd: Vec<f64>,
    pub(super) bandwidth: f64,
    pub(super) error_bound: f64,
}

/// What becomes of a pattern that has too few distances in the range of the bandwidth rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Few {
    /// It is refused.
    Refuse,
    /// The rule takes all its distances: a simulation without a curve would weaken the test of every curve.
    TakeAll,
}

/// Why a pattern has no estimate.
pub(super) enum Lack {
    /// The layout does not reach far enough for the bandwidth that came out.
    Reach(f64),
    /// For good.
    Error(KdError),
}

impl From<KdError> for Lack {
    fn from(error: KdError) -> Self {
        Self::Error(error)
    }
}

impl Plan<'_> {
    pub(super) fn r_max(&self) -> f64 {
        self.r.last().copied().unwrap_or(0.0)
    }

    /// How far pairs of a pattern must be seen before its bandwidth is known.
    pub(super) fn first_reach(&self, pairs: u64) -> f64 {
        match self.rule {
            _ if pairs <= self.effort.held => f64::INFINITY,
            BandwidthRule::Fixed(h) => self.r_max() + REACH * h,
            _ => self.limit,
        }
    }

    /// Kd of a pattern whose layout reaches up to `reach`.
    pub(super) fn estimate(&self, pattern: &Pattern, reach: f64, threads: Threads, few: Few) -> Result<Estimate, Lack> {
        if pattern.visited() <= self.effort.held {
            return self.held(pattern, reach, few);
        }
        let (bandwidth, first) = match self.rule {
            BandwidthRule::Fixed(h) => (h, None),
            _ => {
                let binned = self.first_look(pattern, threads);
                (self.bandwidth_of(&binned, pattern, threads)?, Some(binned))
            }
        };
        if self.r.is_empty() {
            return Ok(Estimate { kd: Vec::new(), bandwidth, error_bound: 0.0 });
        }
        let needed = self.r_max() + REACH * bandwidth;
        if needed > reach && needed.min(self.diameter) > reach {
            return Err(Lack::Reach(needed));
        }
        if self.exact || (self.bins.is_none() && self.is_direct(pattern)) {
            return Ok(self.direct(pattern, bandwidth, threads));
        }
        let grid = self.grid(pattern, bandwidth, threads);
        if grid.count() > MOST_BINS && self.bins.is_none() {
            return Ok(self.direct(pattern, bandwidth, threads));
        }
        let fine = |(binned, grid): &(Binned, Grid)| {
            self.bins.is_none()
                && grid.error_bound(bandwidth, needed, self.size) <= BOUND / bandwidth
                && binned.reaches(needed)
        };
        let (binned, grid) = match first {
            Some(first) if fine(&first) => first,
            _ => (Binned::of(pattern, grid, threads), grid),
        };
        Ok(self.of_bins(&binned, &grid, pattern, bandwidth))
    }

    fn is_direct(&self, pattern: &Pattern) -> bool {
        self.exact || pattern.visited().saturating_mul(self.r.len() as u64) <= self.effort.direct
    }

    /// Bins for the kernel with bandwidth h.
    fn grid(&self, pattern: &Pattern, h: f64, threads: Threads) -> Grid {
        let end = (self.r_max() + REACH * h).min(self.diameter);
        match self.bins {
            Some(bins) => {
                let far = largest(pattern, threads);
                let end = end.min(pattern.scale().distance(far));
                Grid::new(pattern.scale(), end / bins as f64, end.max(f64::MIN_POSITIVE))
            }
            None => Grid::new(pattern.scale(), width_for(h, BOUND), end),
        }
    }

    fn of_bins(&self, binned: &Binned, grid: &Grid, pattern: &Pattern, h: f64) -> Estimate {
        let (means, weights) = binned.means();
        let total = pattern.total();
        let at = |&r: &f64| {
            let low = means.partition_point(|&d| d < r - REACH * h);
            let high = means.partition_point(|&d| d <= r + REACH * h);
            kernel_sum(r, h, &means[low..high], Some(&weights[low..high])) / total
        };
        let end = (self.r_max() + REACH * h).min(self.diameter);
        Estimate { kd: self.r.iter().map(at).collect(), bandwidth: h, error_bound: grid.error_bound(h, end, self.size) }
    }

    /// Few pairs: their distances are held.
    fn held(&self, pattern: &Pattern, reach: f64, few: Few) -> Result<Estimate, Lack> {
        let scale = pattern.scale();
        let (mut distances, mut weights) = (Vec::with_capacity(pattern.visited() as usize), Vec::new());
        pattern.visit(0..pattern.a.len(), |weight, others, squared| {
            distances.extend(squared.iter().map(|&s| scale.distance(s)));
            weights.extend(others.iter().map(|other| weight * other));
        });
        let bandwidth = match self.rule {
            BandwidthRule::Fixed(h) => h,
            rule => {
                let limit = self.limit * (1.0 + distretto_numerics::DISTANCE_TIE);
                let near: Vec<f64> = distances.iter().copied().filter(|&d| d <= limit).collect();
                let from = |all: &[f64]| bandwidth(rule, (&spread(all), pattern.rise()), || counts(all), self.limit);
                match from(&near) {
                    Err(KdError::FewDistances { .. }) if few == Few::TakeAll && reach < self.diameter => {
                        return Err(Lack::Reach(self.diameter));
                    }
                    Err(KdError::FewDistances { .. }) if few == Few::TakeAll => from(&distances)?,
                    found => found?,
                }
            }
        };
        let needed = (self.r_max() + REACH * bandwidth).min(self.diameter);
        if !self.r.is_empty() && needed > reach {
            return Err(Lack::Reach(needed));
        }
        if self.bins.is_some() || !self.is_direct(pattern) {
            let grid = self.grid(pattern, bandwidth, Threads::One);
            if self.bins.is_some() || grid.count() <= MOST_BINS {
                return Ok(self.of_bins(&Binned::of(pattern, grid, Threads::One), &grid, pattern, bandwidth));
            }
        }
        let (total, weights) = (pattern.total(), pattern.weights.as_ref().map(|_| weights.as_slice()));
        let kd = self.r.iter().map(|&r| kernel_sum(r, bandwidth, &distances, weights) / total).collect();
        Ok(Estimate { kd, bandwidth, error_bound: 0.0 })
    }

    /// The kernel over every pair, block by block.
    fn direct(&self, pattern: &Pattern, h: f64, threads: Threads) -> Estimate {
        let (scale, far) = (pattern.scale(), self.r_max() + REACH * h);
        let limit = scale.squared_within(far);
        let new = || (vec![0.0; self.r.len()], Vec::new(), Vec::new());
        let add = |(sums, distances, products): &mut (Vec<f64>, Vec<f64>, Vec<f64>),
                   weight: f64,
                   weights: &[f64],
                   squared: &[f64]| {
            distances.clear();
            products.clear();
            if weights.is_empty() {
                distances.extend(squared.iter().filter(|&&s| s <= limit).map(|&s| scale.distance(s)));
            }
            for (&s, &other) in squared.iter().zip(weights).filter(|(s, _)| **s <= limit) {
                distances.push(scale.distance(s));
                products.push(weight * other);
            }
            let products = (!weights.is_empty()).then_some(products.as_slice());
            sums.iter_mut().zip(self.r).for_each(|(sum, &r)| *sum += kernel_sum(r, h, distances, products));
        };
        let (sums, ..) = pattern.fold(threads, new, add, |all, part| {
            all.0.iter_mut().zip(&part.0).for_each(|(sum, value)| *sum += value);
        });
        let total = pattern.total();
        Estimate { kd: sums.into_iter().map(|sum| sum / total).collect(), bandwidth: h, error_bound: 0.0 }
    }

    /// Bins up to the limit of the bandwidth rule, as narrow as a first idea of the bandwidth asks for.
    fn first_look(&self, pattern: &Pattern, threads: Threads) -> (Binned, Grid) {
        let limit = self.limit.min(self.diameter);
        let width = idea(pattern, limit, self.effort.look).map_or(limit / 20_000.0, |h| CAUTION * width_for(h, BOUND));
        let grid = Grid::new(pattern.scale(), width.max(limit / MOST_BINS as f64), limit);
        (Binned::of(pattern, grid, threads), grid)
    }

    fn bandwidth_of(
        &self,
        (binned, grid): &(Binned, Grid),
        pattern: &Pattern,
        threads: Threads,
    ) -> Result<f64, KdError> {
        let end = grid.count();
        let count = binned.below(end);
        if count < 2 {
            return Err(KdError::FewDistances { count, limit: self.limit });
        }
        let spread = binned.spread(end, pattern, threads);
        bandwidth(self.rule, (&spread, pattern.rise()), || binned.coarse(end), self.limit)
    }
}

/// The bandwidth of a rule for `rise` times as many distances as were seen.
fn bandwidth(
    rule: BandwidthRule,
    (spread, rise): (&Spread, f64),
    counts: impl FnOnce() -> (Vec<f64>, f64),
    limit: f64,
) -> Result<f64, KdError> {
    if spread.count < 2 {
        return Err(KdError::FewDistances { count: spread.count, limit });
    }
    let spread = &Spread { count: (spread.count as f64 * rise).round() as u64, ..*spread };
    match rule {
        BandwidthRule::Fixed(h) => Ok(h),
        BandwidthRule::Nrd0 => Ok(nrd0(spread)),
        BandwidthRule::Sj => {
            let (counts, width) = counts();
            let few = || KdError::FewDistances { count: spread.count, limit };
            sheather_jones(spread, &counts, width).ok_or_else(few)
        }
    }
}

/// The bandwidth that a rule takes from distances; `None` when they are too few for it.
pub(crate) fn bandwidth_from(distances: &[f64], rule: BandwidthRule) -> Option<f64> {
    if distances.len() < 2 {
        return None;
    }
    bandwidth(rule, (&spread(distances), 1.0), || counts(distances), f64::INFINITY).ok()
}

/// Spread of distances that are held.
fn spread(distances: &[f64]) -> Spread {
    let n = distances.len() as f64;
    let mean = distretto_numerics::pairwise(distances) / n;
    let squares = distretto_numerics::pairwise_by(distances.len(), |i| (distances[i] - mean).powi(2));
    let iqr = quantile(distances, 0.75) - quantile(distances, 0.25);
    let some = distances.first().copied().unwrap_or(f64::NAN);
    Spread { count: distances.len() as u64, sd: (squares / (n - 1.0)).sqrt(), iqr, some }
}

/// Distances that are held in [`SJ_BINS`] bins, and the width of a bin.
fn counts(distances: &[f64]) -> (Vec<f64>, f64) {
    let (low, high) = distances.iter().fold((f64::INFINITY, 0.0_f64), |(low, high), &d| (low.min(d), high.max(d)));
    let width = (high - low) / SJ_BINS as f64;
    let mut counts = vec![0.0; SJ_BINS];
    for &d in distances {
        counts[(((d - low) / width) as usize).min(SJ_BINS - 1)] += 1.0;
    }
    (counts, width)
}

/// Largest squared distance of a pattern.
fn largest(pattern: &Pattern, threads: Threads) -> f64 {
    let add = |most: &mut f64, _: f64, _: &[f64], squared: &[f64]| {
        *most = squared.iter().fold(*most, |most, &s| if s > most { s } else { most });
    };
    pattern.reduce(threads, || 0.0_f64, add, f64::max)
}

/// A first idea of the bandwidth, from the pairs of some places; `None` when too few of them are near, or they have no
/// coordinates.
fn idea(pattern: &Pattern, limit: f64, look: usize) -> Option<f64> {
    if pattern.a.links().is_some() {
        return None;
    }
    let b = pattern.b.as_ref().unwrap_or(&pattern.a);
    let places = |n: usize| (0..n).step_by(n.div_ceil(look).max(1));
    let scale = pattern.scale();
    let (mut near, mut looked) = (Vec::new(), 0_u64);
    for i in places(pattern.a.len()) {
        let own = pattern.a.position(i);
        for j in places(b.len()).filter(|&j| pattern.b.is_some() || j > i) {
            let other = b.position(j);
            let squared: f64 = own.iter().zip(&other).map(|(x, y)| (x - y) * (x - y)).sum();
            near.push(scale.distance(squared));
            looked += 1;
        }
    }
    near.retain(|&d| d <= limit);
    if near.len() < 200 {
        return None;
    }
    let share = near.len() as f64 / looked as f64;
    let count = (pattern.pairs() as f64 * share) as u64;
    Some(nrd0(&Spread { count, ..spread(&near) }))
}
