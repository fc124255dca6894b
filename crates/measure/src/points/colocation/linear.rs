//! Functions that are sums over pairs of sites of something that does not depend on who stands there.
//!
//! With A in place, Σ_{i ∈ A} u(i, j) is a number of each other site j: summed once, it serves every simulation and
//! every industry B, whose value is the sum of these numbers over the sites of B. A simulation costs one addition for
//! each (industry, site within reach of it), however many plants of A are near that site.

use super::sites::{Sites, Standing};

/// What two sites have to do with one another, whoever stands there.
pub(crate) trait Affinity: Sync {
    /// Memory of one thread.
    type Scratch: Default;

    /// Number of distances.
    fn distances(&self) -> usize;
    /// Squared distance beyond which pairs add nothing.
    fn limit(&self) -> f64;
    /// Adds `factor`·u(i, j) for the sites at places i ≠ j at each distance.
    fn add(&self, i: usize, j: usize, squared: f64, factor: f64, scratch: &mut Self::Scratch, sums: &mut [f64]);
    /// Adds what a reference site at place i, with a plant of that weight, counts for in the denominator.
    fn add_base(&self, i: usize, weight: f64, bases: &mut [f64]);
    /// What the denominator of one industry within itself is multiplied by, where the others have their weight.
    fn own_partners(&self, sites: &Sites, industry: usize) -> f64;
}

/// What serves every simulation in which a reference industry stays in place.
#[derive(Debug, Clone)]
pub(crate) struct Reach {
    /// Sites of others within reach, ascending.
    places: Vec<u32>,
    /// Σ_i w_i u(i, site) for each of them at each distance.
    sums: Vec<f64>,
    bases: Vec<f64>,
}

impl Reach {
    /// Sums over the sites at which an industry stands.
    pub(crate) fn new<A: Affinity>(affinity: &A, standing: &Standing, industry: usize) -> Self {
        let (sites, width, limit) = (standing.sites, affinity.distances(), affinity.limit());
        let own = standing.sites_of(industry);
        let subset = sites.subset(&own);
        let mut bases = vec![0.0; width];
        own.iter().for_each(|&place| affinity.add_base(place as usize, standing.weight(place), &mut bases));
        let (mut dense, mut near) = (vec![0.0; sites.len() * width], vec![false; sites.len()]);
        let mut scratch = A::Scratch::default();
        sites.index.visit_from(&subset, 0..own.len(), |i, start, squared| {
            let (place, weight) = (own[i] as usize, standing.weight(own[i]));
            for (j, &square) in (start..).zip(squared).filter(|(_, square)| **square <= limit) {
                near[j] = true;
                if j != place {
                    affinity.add(place, j, square, weight, &mut scratch, &mut dense[j * width..][..width]);
                }
            }
        });
        own.iter().for_each(|&place| near[place as usize] = false);
        let places: Vec<u32> = (0..sites.len() as u32).filter(|&place| near[place as usize]).collect();
        let sums = places.iter().flat_map(|&place| dense[place as usize * width..][..width].iter().copied()).collect();
        Self { places, sums, bases }
    }

    /// Bytes that are held.
    pub(crate) fn most_bytes(sites: usize, distances: usize) -> usize {
        sites * (4 + 8 * distances)
    }

    /// The value for every industry that stands around: `values[b·distances + q]`, with a place for the unlisted.
    pub(crate) fn values(&self, standing: &Standing, partners: &[f64], values: &mut [f64]) {
        let width = self.bases.len();
        values.fill(0.0);
        if let ([base], true) = (&self.bases[..], standing.weights.is_empty()) {
            for (&place, &sum) in self.places.iter().zip(&self.sums) {
                values[standing.kinds[place as usize] as usize] += sum;
            }
            values.iter_mut().zip(partners).for_each(|(value, partner)| *value /= base * partner);
            return;
        }
        for (&place, sums) in self.places.iter().zip(self.sums.chunks_exact(width)) {
            let weight = standing.weight(place);
            let out = &mut values[standing.kinds[place as usize] as usize * width..][..width];
            out.iter_mut().zip(sums).for_each(|(value, sum)| *value += weight * sum);
        }
        for (out, partner) in values.chunks_exact_mut(width).zip(partners) {
            out.iter_mut().zip(&self.bases).for_each(|(value, base)| *value /= base * partner);
        }
    }
}

/// The values of an industry among itself.
pub(crate) fn within<A: Affinity>(affinity: &A, standing: &Standing, industry: usize, values: &mut [f64]) {
    let (sites, limit) = (standing.sites, affinity.limit());
    let own = standing.sites_of(industry);
    let subset = sites.subset(&own);
    values.fill(0.0);
    // One for each side of a pair: what is remembered of the first plant of a run serves the whole run.
    let mut memory = [A::Scratch::default(), A::Scratch::default()];
    subset.visit(0..own.len(), |i, start, squared| {
        let first = own[i];
        for (j, &square) in (start..).zip(squared).filter(|(_, square)| **square <= limit) {
            let second = own[j];
            let weight = standing.weight(first) * standing.weight(second);
            affinity.add(first as usize, second as usize, square, weight, &mut memory[0], values);
            affinity.add(second as usize, first as usize, square, weight, &mut memory[1], values);
        }
    });
    let mut bases = vec![0.0; values.len()];
    own.iter().for_each(|&place| affinity.add_base(place as usize, standing.weight(place), &mut bases));
    let partners = affinity.own_partners(sites, industry);
    values.iter_mut().zip(&bases).for_each(|(value, base)| *value /= base * partners);
}
