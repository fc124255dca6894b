//! Ripley's cross K in a window.

use super::linear::Affinity;
use super::rings::Rings;
use super::sites::Sites;
use crate::points::Plants;
use crate::points::window::{Correction, EdgeScratch, EdgeWeights, Window};
use distretto_numerics::{DISTANCE_TIE, Point};

/// Pairs within each distance, with the weight of the edge correction.
#[derive(Debug, Clone)]
pub(crate) struct SecondOrder<'w> {
    weights: EdgeWeights<'w>,
    points: &'w [Point],
    rings: Rings,
    /// Number of the distances that are at most the distance of each place from the boundary; empty unless the
    /// correction is border.
    inner: Vec<u32>,
    per_area: f64,
}

/// The plants by place, as the weights of pairs want them.
pub(crate) fn points_by_place(plants: &Plants, sites: &Sites) -> Vec<Point> {
    sites.index.order().iter().map(|&i| plants.points()[i as usize]).collect()
}

impl<'w> SecondOrder<'w> {
    pub(crate) fn new(
        window: &'w Window,
        correction: Correction,
        points: &'w [Point],
        r: &[f64],
        rings: Rings,
    ) -> Self {
        let weights = EdgeWeights::new(window, correction, points, r.last().copied().unwrap_or(0.0));
        let count = |i: usize| r.partition_point(|&r| r <= weights.border(i) * (1.0 + DISTANCE_TIE)) as u32;
        let inner = if correction == Correction::Border { (0..points.len()).map(count).collect() } else { Vec::new() };
        Self { weights, points, rings, inner, per_area: 1.0 / window.area() }
    }

    /// Distances at which a place is a reference point.
    fn counted(&self, i: usize) -> usize {
        self.inner.get(i).map_or(self.rings.len(), |&count| count as usize)
    }
}

impl Affinity for SecondOrder<'_> {
    type Scratch = EdgeScratch;

    fn distances(&self) -> usize {
        self.rings.len()
    }

    fn limit(&self) -> f64 {
        self.rings.limit()
    }

    fn add(&self, i: usize, j: usize, squared: f64, factor: f64, scratch: &mut EdgeScratch, sums: &mut [f64]) {
        let ([x, y], [other_x, other_y]) = (self.points[i], self.points[j]);
        let weight = self.weights.weight(i, squared.sqrt(), other_x - x, other_y - y, scratch);
        let range = self.rings.ring(squared)..self.counted(i);
        // Empty where the border is nearer than the pair.
        for q in range {
            sums[q] += factor * weight;
        }
    }

    fn add_base(&self, i: usize, _: f64, bases: &mut [f64]) {
        bases[..self.counted(i)].iter_mut().for_each(|base| *base += self.per_area);
    }

    /// The border estimate divides by n, not n − 1, as its reference points are few anyway (as spatstat).
    fn own_partners(&self, sites: &Sites, industry: usize) -> f64 {
        let plants = sites.members[industry].len() as f64;
        if self.inner.is_empty() { plants - 1.0 } else { plants }
    }
}
