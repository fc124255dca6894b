//! Kd of every pair of industries: with a bandwidth that is given, a sum over sites; with a rule, which looks at the
//! distances of each pair in each simulation, lists of distances.

use super::linear::Affinity;
use super::sites::{Sites, Standing};
use crate::points::kd::{BandwidthRule, KERNEL_REACH, bandwidth_from, kernel_sum};
use crate::points::pairs::{PairIndex, Scale};
use std::sync::atomic::{AtomicU64, Ordering};

/// Pairs of plants up to which all distances are looked at.
const HELD: u64 = 4_000_000;
/// Reach of the layout in units of the largest distance: few bandwidths ask for more, and those are told apart.
const FURTHER: f64 = 3.0;

/// How far pairs must be seen.
pub(crate) fn reach(plants: usize, r_max: f64, limit: f64, rule: BandwidthRule) -> f64 {
    let pairs = (plants as u64).saturating_mul(plants.saturating_sub(1) as u64) / 2;
    match rule {
        BandwidthRule::Fixed(h) => r_max + KERNEL_REACH * h,
        _ if pairs <= HELD => f64::INFINITY,
        _ => (FURTHER * r_max).max(limit),
    }
}

/// Σ w_i w_j over the ordered pairs within an industry, over Σ w_i: what its own denominator is multiplied by.
fn own_partners(sites: &Sites, industry: usize) -> f64 {
    let members = &sites.members[industry];
    if sites.weights.is_empty() {
        return members.len() as f64 - 1.0;
    }
    // Σ_i w_i Σ_{j<i} w_j: (Σw)² − Σw² would cancel when one plant dominates.
    let (mut before, mut pairs) = (0.0, 0.0);
    for &plant in members {
        pairs += sites.weight(plant) * before;
        before += sites.weight(plant);
    }
    2.0 * pairs / before
}

/// The kernel with a bandwidth that is given.
#[derive(Debug, Clone)]
pub(crate) struct Kernel<'r> {
    pub(crate) r: &'r [f64],
    pub(crate) h: f64,
    pub(crate) scale: Scale,
    limit: f64,
}

impl<'r> Kernel<'r> {
    pub(crate) fn new(r: &'r [f64], h: f64, scale: Scale) -> Self {
        let limit = scale.squared_within(r.last().copied().unwrap_or(0.0) + KERNEL_REACH * h);
        Self { r, h, scale, limit }
    }
}

impl Affinity for Kernel<'_> {
    type Scratch = ();

    fn distances(&self) -> usize {
        self.r.len()
    }

    fn limit(&self) -> f64 {
        self.limit
    }

    fn add(&self, _: usize, _: usize, squared: f64, factor: f64, (): &mut (), sums: &mut [f64]) {
        let distance = self.scale.distance(squared);
        for (sum, &r) in sums.iter_mut().zip(self.r) {
            *sum += factor * kernel_sum(r, self.h, &[distance], None);
        }
    }

    fn add_base(&self, _: usize, weight: f64, bases: &mut [f64]) {
        bases.iter_mut().for_each(|base| *base += weight);
    }

    fn own_partners(&self, sites: &Sites, industry: usize) -> f64 {
        own_partners(sites, industry)
    }
}

/// Kd with a bandwidth by a rule.
#[derive(Debug)]
pub(crate) struct Lists<'s> {
    pub(crate) sites: &'s Sites,
    pub(crate) r: &'s [f64],
    pub(crate) rule: BandwidthRule,
    /// Largest distance from which the rule takes the bandwidth.
    pub(crate) limit: f64,
    /// How far the layout sees.
    pub(crate) reach: f64,
    /// Widest bandwidth that came out, observed or simulated.
    pub(crate) widest: &'s Widest,
}

/// The largest of some numbers of 0 or more, whoever finds them: their bits are in their order.
#[derive(Debug, Default)]
pub(crate) struct Widest(AtomicU64);

impl Widest {
    fn take(&self, value: f64) {
        self.0.fetch_max(value.to_bits(), Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> f64 {
        f64::from_bits(self.0.load(Ordering::Relaxed))
    }
}

/// Distances of the pairs of one industry with each kind, and the products of their weights.
#[derive(Debug, Clone, Default)]
pub(crate) struct Distances {
    lists: Vec<Vec<f64>>,
    products: Vec<Vec<f64>>,
    near: Vec<f64>,
}

impl Distances {
    fn clear(&mut self, kinds: usize) {
        self.lists.resize_with(kinds, Vec::new);
        self.products.resize_with(kinds, Vec::new);
        self.lists.iter_mut().chain(&mut self.products).for_each(Vec::clear);
    }

    fn push(&mut self, kind: usize, distance: f64, product: Option<f64>) {
        self.lists[kind].push(distance);
        if let Some(product) = product {
            self.products[kind].push(product);
        }
    }
}

/// Where the plants of an industry stand.
#[derive(Debug, Clone)]
pub(crate) struct Own {
    subset: PairIndex,
    places: Vec<u32>,
}

impl Lists<'_> {
    pub(crate) fn own(&self, standing: &Standing, industry: usize) -> Own {
        let places = standing.sites_of(industry);
        Own { subset: self.sites.subset(&places), places }
    }

    /// Kd of an industry of this weight with every kind: `values[b·distances + q]`.
    pub(crate) fn values(
        &self,
        own: &Own,
        standing: &Standing,
        partners: &[f64],
        found: &mut Distances,
        values: &mut [f64],
    ) {
        let (scale, width) = (self.sites.index.scale(), self.r.len());
        let limit = scale.squared_within(self.reach);
        let weighted = !standing.weights.is_empty();
        found.clear(partners.len() + 1);
        self.sites.index.visit_from(&own.subset, 0..own.places.len(), |i, start, squared| {
            let weight = standing.weight(own.places[i]);
            for (j, &square) in (start as u32..).zip(squared).filter(|(_, square)| **square <= limit) {
                let product = weighted.then(|| weight * standing.weight(j));
                found.push(standing.kinds[j as usize] as usize, scale.distance(square), product);
            }
        });
        let total: f64 = own.places.iter().map(|&place| standing.weight(place)).sum();
        for (kind, (out, partner)) in values.chunks_exact_mut(width).zip(partners).enumerate() {
            let others = |place: usize| standing.kinds[place] as usize == kind;
            self.curve(found, (kind, standing), total * partner, out, |found| {
                let sites = (0..standing.kinds.len()).filter(|&place| others(place)).map(|place| place as u32);
                let sites: Vec<u32> = sites.collect();
                let pairs = own.places.iter().flat_map(|&i| sites.iter().map(move |&j| (i, j)));
                self.all(pairs, standing, kind, found);
            });
        }
    }

    /// Kd of an industry among itself.
    pub(crate) fn within(&self, standing: &Standing, industry: usize, found: &mut Distances, values: &mut [f64]) {
        let own = self.own(standing, industry);
        let scale = self.sites.index.scale();
        let limit = scale.squared_within(self.reach);
        found.clear(1);
        let weighted = !standing.weights.is_empty();
        own.subset.visit(0..own.places.len(), |i, start, squared| {
            let weight = standing.weight(own.places[i]);
            for (j, &square) in (start..).zip(squared).filter(|(_, square)| **square <= limit) {
                let product = weighted.then(|| weight * standing.weight(own.places[j]));
                found.push(0, scale.distance(square), product);
            }
        });
        let total: f64 = own.places.iter().map(|&place| standing.weight(place)).sum();
        let total = 0.5 * total * own_partners(self.sites, industry);
        self.curve(found, (0, standing), total, values, |found| {
            let places = own.places.iter().enumerate();
            let pairs = places.flat_map(|(k, &i)| own.places[k + 1..].iter().map(move |&j| (i, j)));
            self.all(pairs, standing, 0, found);
        });
    }

    /// The curve from a list of distances; `complete` puts all distances on the list when those within reach are too
    /// few for the bandwidth. Fewer than two in the range of the
    /// rule: a simulation takes all, an observation has no curve. NaN without a bandwidth.
    fn curve(
        &self,
        found: &mut Distances,
        (kind, standing): (usize, &Standing),
        total: f64,
        values: &mut [f64],
        complete: impl FnOnce(&mut Distances),
    ) {
        let far = self.limit * (1.0 + distretto_numerics::DISTANCE_TIE);
        found.near.clear();
        found.near.extend(found.lists[kind].iter().filter(|distance| **distance <= far));
        let near = bandwidth_from(&found.near, self.rule);
        let needed = |h: f64| self.r.last().copied().unwrap_or(0.0) + KERNEL_REACH * h;
        // Too few distances in the range of the rule: an observation has no curve, a simulation takes all.
        if near.is_none() && standing.is_observed() {
            return values.fill(f64::NAN);
        }
        if near.is_none_or(|h| needed(h) > self.reach) && self.reach.is_finite() {
            complete(found);
        }
        let Some(h) = near.or_else(|| bandwidth_from(&found.lists[kind], self.rule)) else {
            return values.fill(f64::NAN);
        };
        self.widest.take(h);
        let products = (!found.products[kind].is_empty()).then_some(&found.products[kind][..]);
        for (value, &r) in values.iter_mut().zip(self.r) {
            *value = kernel_sum(r, h, &found.lists[kind], products) / total;
        }
    }

    fn all(&self, pairs: impl Iterator<Item = (u32, u32)>, standing: &Standing, kind: usize, found: &mut Distances) {
        found.lists[kind].clear();
        found.products[kind].clear();
        let index = &self.sites.index;
        for (i, j) in pairs {
            let (from, to) = (index.position(i as usize), index.position(j as usize));
            let squared: f64 = from.iter().zip(&to).map(|(a, b)| (a - b) * (a - b)).sum();
            let product = (!standing.weights.is_empty()).then(|| standing.weight(i) * standing.weight(j));
            found.push(kind, index.scale().distance(squared), product);
        }
    }
}
