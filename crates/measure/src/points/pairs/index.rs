//! Points in bands, sorted within each band.

use super::links::{ABSENT, Links};
use super::scale::Scale;
use super::window::Window;
use distretto_numerics::{Metric, Point};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::Arc;

/// Most squared distances that a consumer gets at once.
pub const BLOCK: usize = 512;
/// Candidates a run should hold, so that its overhead is small beside its pairs.
const RUN: f64 = 48.0;
/// Most bands within a reach: beyond it the candidates out of reach are few.
const FINEST: f64 = 12.0;
/// Parts of one enumeration, whatever the number of threads: their results are merged in order.
const PARTS: usize = 64;
/// Full circle, in degrees of the keys.
const CIRCLE: f64 = 360.0;

/// Points laid out so that the neighbours of a point are runs of contiguous points.
///
/// A point's *place* is its position in this layout, its *number* that in the input; see [`order`](Self::order).
#[derive(Debug, Clone)]
pub struct PairIndex {
    scale: Scale,
    /// x, or longitude from −180 to 180; ascending within each band.
    keys: Vec<f64>,
    /// y, or latitude.
    heights: Vec<f64>,
    /// Coordinates in which squared distances are taken, one array for each axis; the third is empty in the plane.
    axes: [Vec<f64>; 3],
    /// Number of the point at each place.
    order: Vec<u32>,
    /// Place of each number; empty in a subset, unless pairs are listed: then place of each site of the whole.
    places: Vec<u32>,
    /// The listed pairs, in place of coordinates.
    links: Option<Arc<Links>>,
    /// Site of each place, where pairs are listed.
    sites: Vec<u32>,
    /// First place of each band, and the end.
    starts: Vec<u32>,
    bands: Bands,
}

/// The cut of the second coordinate into bands.
#[derive(Debug, Clone, Copy)]
struct Bands {
    window: Window,
    low: f64,
    height: f64,
    count: usize,
    /// Bands on either side that can be within reach.
    around: usize,
}

impl Bands {
    fn of(&self, y: f64) -> usize {
        if self.count == 1 {
            return 0;
        }
        (((y - self.low) / self.height) as usize).min(self.count - 1)
    }

    /// Lower and upper end of a band, a rounding wider than the cut.
    fn ends(&self, band: usize) -> (f64, f64) {
        if self.count == 1 {
            return (f64::NEG_INFINITY, f64::INFINITY);
        }
        let slack = 1e-9 * self.height;
        let low = self.low + band as f64 * self.height;
        (low - slack, low + self.height + slack)
    }
}

impl PairIndex {
    /// Lays out points for pairs up to the distance `reach` (planar units or km); infinite for all pairs.
    ///
    /// Coordinates are finite and latitudes within ±90, as [`Plants`](crate::points::Plants) has checked.
    #[must_use]
    pub fn new(points: &[Point], metric: Metric, reach: f64) -> Self {
        let scale = Scale::of(metric);
        let key = |point: &Point| match metric {
            Metric::Euclidean => point[0],
            Metric::Haversine => (point[0] + CIRCLE / 2.0).rem_euclid(CIRCLE) - CIRCLE / 2.0,
        };
        let keys: Vec<f64> = points.iter().map(key).collect();
        let bands = bands(points, &keys, metric, reach);
        let mut order: Vec<u32> = (0..points.len() as u32).collect();
        let of: Vec<u32> = points.iter().map(|point| bands.of(point[1]) as u32).collect();
        let rank = |&i: &u32| (of[i as usize], keys[i as usize]);
        order.par_sort_unstable_by(|a, b| {
            let ((band_a, key_a), (band_b, key_b)) = (rank(a), rank(b));
            band_a.cmp(&band_b).then(key_a.total_cmp(&key_b)).then(a.cmp(b))
        });
        let mut places = vec![0; points.len()];
        order.iter().zip(0..).for_each(|(&i, place)| places[i as usize] = place);
        let pick = |value: &dyn Fn(usize) -> f64| order.iter().map(|&i| value(i as usize)).collect::<Vec<f64>>();
        let axis = |axis: usize| pick(&|i| scale.place(points[i])[axis]);
        let axes = [axis(0), axis(1), if metric == Metric::Haversine { axis(2) } else { Vec::new() }];
        let starts = starts(order.iter().map(|&i| of[i as usize]), bands.count, order.len());
        let (keys, heights) = (pick(&|i| keys[i]), pick(&|i| points[i][1]));
        Self { scale, keys, heights, axes, order, places, starts, bands, links: None, sites: Vec::new() }
    }

    /// The pairs that a table of distances lists, at any distance; a pair that is not listed is never visited.
    ///
    /// Places are numbers. There is no [`position`](Self::position); squared distances are squares of distances.
    #[must_use]
    pub fn listed(links: Arc<Links>) -> Self {
        let order: Vec<u32> = (0..links.sites() as u32).collect();
        let window = Window::new(Metric::Euclidean, f64::INFINITY, 0.0);
        let bands = Bands { window, low: 0.0, height: f64::INFINITY, count: 1, around: 0 };
        Self {
            scale: Scale::of(Metric::Euclidean),
            keys: Vec::new(),
            heights: Vec::new(),
            axes: Default::default(),
            starts: vec![0, order.len() as u32],
            places: order.clone(),
            sites: order.clone(),
            order,
            bands,
            links: Some(links),
        }
    }

    /// The listed pairs; `None` with coordinates.
    #[must_use]
    pub fn links(&self) -> Option<&Links> {
        self.links.as_deref()
    }

    /// An index without points, to be filled by [`subset_into`](Self::subset_into).
    #[must_use]
    pub fn empty_like(&self) -> Self {
        let (scale, bands) = (self.scale, self.bands);
        let axes = [Vec::new(), Vec::new(), Vec::new()];
        let (keys, heights, order, starts, sites) = Default::default();
        let places = self.links.as_ref().map_or_else(Vec::new, |links| vec![ABSENT; links.sites()]);
        Self { scale, keys, heights, axes, order, places, starts, bands, links: self.links.clone(), sites }
    }

    /// The same layout for some of the points: `numbers[i]` becomes number i of `out`. Sites never move, so a
    /// simulation need not lay them out again. O(m log m) for m numbers.
    ///
    /// `out` comes from [`empty_like`](Self::empty_like) of this layout; it may have held another subset.
    pub fn subset_into(&self, numbers: &[u32], out: &mut Self) {
        out.keys.clear();
        out.heights.clear();
        out.axes.iter_mut().for_each(Vec::clear);
        let mut ranked: Vec<u64> = Vec::with_capacity(numbers.len());
        let rank = |(i, &number): (usize, &u32)| u64::from(self.places[number as usize]) << 32 | i as u64;
        ranked.extend(numbers.iter().enumerate().map(rank));
        ranked.sort_unstable();
        let places = || ranked.iter().map(|&rank| (rank >> 32) as usize);
        out.order.clear();
        out.order.extend(ranked.iter().map(|&rank| rank as u32));
        if self.links.is_some() {
            out.sites.iter().for_each(|&site| out.places[site as usize] = ABSENT);
            out.sites.clear();
            out.sites.extend(places().map(|place| self.sites[place]));
            out.sites.iter().zip(0..).for_each(|(&site, place)| out.places[site as usize] = place);
            return;
        }
        out.keys.extend(places().map(|place| self.keys[place]));
        out.heights.extend(places().map(|place| self.heights[place]));
        for (from, to) in self.axes.iter().zip(&mut out.axes) {
            if !from.is_empty() {
                to.extend(places().map(|place| from[place]));
            }
        }
        out.starts.clear();
        let start = |&start: &u32| ranked.partition_point(|&rank| rank >> 32 < u64::from(start)) as u32;
        out.starts.extend(self.starts.iter().map(start));
        (out.scale, out.bands) = (self.scale, self.bands);
    }

    /// Number of points.
    #[must_use]
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there is no point.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// How squared distances belong to distances.
    #[must_use]
    pub fn scale(&self) -> Scale {
        self.scale
    }

    /// Number of the point at each place.
    #[must_use]
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// Visits every unordered pair whose first point is at one of these places, once; all pairs of the index when
    /// the places are all places.
    ///
    /// `visit(i, j, squared)`: the squared distances of place i to the places j, j+1, …, at most [`BLOCK`] of them.
    /// Pairs within reach are all among them, but so are some that are not: the consumer looks at the distance.
    pub fn visit(&self, places: Range<usize>, mut visit: impl FnMut(usize, usize, &[f64])) {
        let mut buffer = [0.0; BLOCK];
        if let Some(links) = &self.links {
            for i in places {
                links.visit(self.sites[i], true, &self.places, &mut buffer, |j, squared| visit(i, j, squared));
            }
            return;
        }
        let mut hints = vec![[0_usize; 2]; self.bands.around + 1];
        let mut band = self.band_at(places.start);
        for i in places {
            while i >= self.starts[band + 1] as usize {
                band += 1;
            }
            let last = (band + self.bands.around).min(self.bands.count - 1);
            for other in band..=last {
                let end = self.starts[other + 1] as usize;
                let start = if other == band { i + 1 } else { self.starts[other] as usize };
                for run in self.runs(self.keys[i], self.heights[i], start..end, other, &mut hints[other - band]) {
                    self.blocks(self.position(i), run, &mut buffer, |j, squared| visit(i, j, squared));
                }
            }
        }
    }

    /// Visits every pair of a point of `from`, at one of these places, and a point of this index.
    ///
    /// Both must be subsets of one layout. Otherwise as [`visit`](Self::visit), with i a place of `from`.
    pub fn visit_from(&self, from: &Self, places: Range<usize>, mut visit: impl FnMut(usize, usize, &[f64])) {
        let mut buffer = [0.0; BLOCK];
        if let Some(links) = &self.links {
            for i in places {
                links.visit(from.sites[i], false, &self.places, &mut buffer, |j, squared| visit(i, j, squared));
            }
            return;
        }
        let around = self.bands.around;
        let mut hints = vec![[0_usize; 2]; 2 * around + 1];
        for i in places {
            let band = self.bands.of(from.heights[i]);
            let last = (band + around).min(self.bands.count - 1);
            for other in band.saturating_sub(around)..=last {
                let range = self.starts[other] as usize..self.starts[other + 1] as usize;
                let hint = &mut hints[other + around - band];
                for run in self.runs(from.keys[i], from.heights[i], range, other, hint) {
                    self.blocks(from.position(i), run, &mut buffer, |j, squared| visit(i, j, squared));
                }
            }
        }
    }

    /// Parts of all places that are about equal work: the same for any number of threads.
    #[must_use]
    pub fn parts(&self) -> Vec<Range<usize>> {
        // Without bands place i has n − 1 − i partners: parts of equal area under that line.
        let n = self.len();
        let share = |part: usize| part as f64 / PARTS as f64;
        let cut = |part: usize| match self.bands.count {
            1 if self.links.is_none() => ((1.0 - (1.0 - share(part)).sqrt()) * n as f64) as usize,
            _ => (share(part) * n as f64) as usize,
        };
        let cut = |part: usize| if part == PARTS { n } else { cut(part) };
        (0..PARTS).map(|part| cut(part)..cut(part + 1)).filter(|range| !range.is_empty()).collect()
    }

    /// Visits all pairs on all threads: one state for each part, returned in the order of the parts.
    ///
    /// The states do not depend on the number of threads; merge them in order, or in integers.
    pub fn fold<S: Send>(
        &self,
        new: impl Fn() -> S + Sync,
        visit: impl Fn(&mut S, usize, usize, &[f64]) + Sync,
    ) -> Vec<S> {
        let part = |places: Range<usize>| {
            let mut state = new();
            self.visit(places, |i, j, squared| visit(&mut state, i, j, squared));
            state
        };
        self.parts().into_par_iter().map(part).collect()
    }

    fn band_at(&self, place: usize) -> usize {
        self.starts.partition_point(|&start| start as usize <= place).saturating_sub(1).min(self.bands.count - 1)
    }

    /// Position of the point at a place, in the space in which squared distances are taken.
    #[inline]
    #[must_use]
    pub fn position(&self, place: usize) -> [f64; 3] {
        let third = self.axes[2].get(place).copied().unwrap_or(0.0);
        [self.axes[0][place], self.axes[1][place], third]
    }

    /// The runs of places of a band, within `range`, whose keys can be within reach: one, or two about the date line.
    #[inline]
    fn runs(&self, key: f64, y: f64, range: Range<usize>, band: usize, hint: &mut [usize; 2]) -> [Range<usize>; 2] {
        let none = range.end..range.end;
        let (low, high) = self.bands.ends(band);
        let half = match self.bands.count {
            1 => Some(f64::INFINITY),
            _ => self.bands.window.half(y, low, high),
        };
        let Some(half) = half else { return [none.clone(), none] };
        let round = self.scale.metric() == Metric::Haversine;
        if half == f64::INFINITY || (round && half >= CIRCLE / 2.0) {
            return [range, none];
        }
        let first = self.seek(&range, hint[0], key - half);
        let end = self.seek(&range, hint[1], (key + half).next_up());
        *hint = [first, end];
        let beyond = if !round {
            none
        } else if key + half >= CIRCLE / 2.0 {
            range.start..self.seek(&range, range.start, (key + half - CIRCLE).next_up()).min(first)
        } else if key - half <= -CIRCLE / 2.0 {
            self.seek(&range, range.end, key - half + CIRCLE).max(end)..range.end
        } else {
            none
        };
        [first..end.max(first), beyond]
    }

    /// First place of the range whose key is at least `target`, searched outwards from a hint.
    #[inline]
    fn seek(&self, range: &Range<usize>, hint: usize, target: f64) -> usize {
        let at = hint.clamp(range.start, range.end);
        let (mut low, mut high);
        let mut step = 1;
        if at < range.end && self.keys[at] < target {
            low = at + 1;
            high = low;
            while high < range.end && self.keys[high] < target {
                low = high + 1;
                high = (high + step).min(range.end);
                step *= 2;
            }
        } else {
            high = at;
            low = at;
            while low > range.start && self.keys[low - 1] >= target {
                high = low - 1;
                low = low.saturating_sub(step).max(range.start);
                step *= 2;
            }
        }
        low + self.keys[low..high].partition_point(|&key| key < target)
    }

    #[inline]
    fn blocks(
        &self,
        [x, y, z]: [f64; 3],
        run: Range<usize>,
        buffer: &mut [f64; BLOCK],
        mut visit: impl FnMut(usize, &[f64]),
    ) {
        let round = self.scale.metric() == Metric::Haversine;
        let mut start = run.start;
        while start < run.end {
            let block = start..run.end.min(start + BLOCK);
            let squared = &mut buffer[..block.len()];
            let plane = self.axes[0][block.clone()].iter().zip(&self.axes[1][block.clone()]);
            for (out, (other_x, other_y)) in squared.iter_mut().zip(plane) {
                let (dx, dy) = (other_x - x, other_y - y);
                *out = dx * dx + dy * dy;
            }
            if round {
                for (out, other_z) in squared.iter_mut().zip(&self.axes[2][block.clone()]) {
                    let dz = other_z - z;
                    *out += dz * dz;
                }
            }
            visit(start, squared);
            start = block.end;
        }
    }
}

/// Bands so high that a run holds some tens of points, but not higher than the reach needs.
fn bands(points: &[Point], keys: &[f64], metric: Metric, reach: f64) -> Bands {
    let fold = |values: &mut dyn Iterator<Item = f64>| {
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
    };
    let x = fold(&mut keys.iter().copied());
    let y = fold(&mut points.iter().map(|point| point[1]));
    let window = Window::new(metric, reach, x.0.abs().max(x.1.abs()));
    let one = Bands { window, low: y.0, height: f64::INFINITY, count: 1, around: 0 };
    let (width, tall) = (x.1 - x.0, y.1 - y.0);
    // All pairs are within reach, or as good as all.
    if points.is_empty() || window.reach >= 0.7 * width.hypot(tall) {
        return one;
    }
    let density = points.len() as f64 / (width * tall).max(f64::MIN_POSITIVE);
    let wide_run = density * 1.6 * window.reach * window.reach;
    let finest = (wide_run / RUN).clamp(1.0, FINEST);
    // No more bands than points: a tiny reach would make millions of empty ones.
    let height = (window.reach / finest).max(tall / points.len() as f64).max(f64::MIN_POSITIVE);
    let count = (tall / height).floor() as usize + 1;
    let around = (window.reach / height * (1.0 + 1e-6)).ceil() as usize + usize::from(height < window.reach);
    Bands { window, low: y.0, height, count, around: around.max(1) }
}

fn starts(bands: impl Iterator<Item = u32>, count: usize, points: usize) -> Vec<u32> {
    let mut starts = vec![0_u32; count + 1];
    bands.for_each(|band| starts[band as usize + 1] += 1);
    for band in 0..count {
        starts[band + 1] += starts[band];
    }
    debug_assert_eq!(starts[count] as usize, points, "every point is in a band");
    starts
}
