//! M of Marcon and Puech (2010): neighbours of an industry among all neighbours, relative to its share in the whole.

use super::linear::Affinity;
use super::rings::Rings;
use super::sites::{Sites, Standing};
use crate::points::pairs::PairIndex;
use rayon::prelude::*;

/// Every plant counts as 1: the number of neighbours is a property of the site.
#[derive(Debug, Clone)]
pub(crate) struct Shares {
    rings: Rings,
    /// One over the number of neighbours of each place within each distance; 0 where there are none.
    inverse: Vec<f64>,
    /// One over the number of all other plants.
    others: f64,
}

impl Shares {
    /// Counts the neighbours of every site: the one pass over all pairs within reach.
    pub(crate) fn new(sites: &Sites, rings: Rings) -> Self {
        let (width, index) = (rings.len(), &sites.index);
        let count = |places: std::ops::Range<usize>| {
            let first = places.start;
            let mut counts = vec![0_u32; places.len() * width];
            index.visit_from(index, places, |i, start, squared| {
                let own = &mut counts[(i - first) * width..][..width];
                for (j, &square) in (start..).zip(squared).filter(|(_, square)| **square <= rings.limit()) {
                    own[rings.ring(square)] += u32::from(i != j);
                }
            });
            counts.chunks_exact_mut(width).for_each(|own| (1..width).for_each(|q| own[q] += own[q - 1]));
            counts
        };
        let counts: Vec<Vec<u32>> = index.parts().into_par_iter().map(count).collect();
        let inverse = |&count: &u32| if count == 0 { 0.0 } else { 1.0 / f64::from(count) };
        let inverse = counts.iter().flatten().map(inverse).collect();
        Self { rings, inverse, others: 1.0 / (sites.len() as f64 - 1.0) }
    }
}

impl Shares {
    /// M of an industry among itself at every distance: neighbours of each plant are counted by ring, so that a pair
    /// costs one addition however many distances there are.
    pub(crate) fn within(&self, standing: &Standing, industry: usize, values: &mut [f64]) {
        let (width, limit) = (self.rings.len(), self.rings.limit());
        let own = standing.sites_of(industry);
        let mut counts = vec![0_u32; own.len() * width];
        standing.sites.subset(&own).visit(0..own.len(), |i, start, squared| {
            for (j, &square) in (start..).zip(squared).filter(|(_, square)| **square <= limit) {
                let ring = self.rings.ring(square);
                counts[i * width + ring] += 1;
                counts[j * width + ring] += 1;
            }
        });
        let mut bases = vec![0.0; width];
        values.fill(0.0);
        for (&place, counts) in own.iter().zip(counts.chunks_exact(width)) {
            self.add_base(place as usize, 1.0, &mut bases);
            let mut near = 0;
            for ((value, count), inverse) in values.iter_mut().zip(counts).zip(&self.inverse[place as usize * width..])
            {
                near += count;
                *value += f64::from(near) * inverse;
            }
        }
        let partners = self.own_partners(standing.sites, industry);
        values.iter_mut().zip(&bases).for_each(|(value, base)| *value /= base * partners);
    }
}

impl Affinity for Shares {
    type Scratch = ();

    fn distances(&self) -> usize {
        self.rings.len()
    }

    fn limit(&self) -> f64 {
        self.rings.limit()
    }

    #[inline]
    fn add(&self, i: usize, _: usize, squared: f64, factor: f64, (): &mut (), sums: &mut [f64]) {
        let own = &self.inverse[i * self.rings.len()..][..self.rings.len()];
        for q in self.rings.ring(squared)..own.len() {
            sums[q] += factor * own[q];
        }
    }

    fn add_base(&self, i: usize, _: f64, bases: &mut [f64]) {
        let own = &self.inverse[i * self.rings.len()..][..self.rings.len()];
        for (base, inverse) in bases.iter_mut().zip(own) {
            *base += if *inverse > 0.0 { self.others } else { 0.0 };
        }
    }

    fn own_partners(&self, sites: &Sites, industry: usize) -> f64 {
        sites.members[industry].len() as f64 - 1.0
    }
}

/// Sums over the reference plants of an industry, whose neighbours have weights.
///
/// The weight around a site moves with the marks, so every simulation looks at all neighbours again.
#[derive(Debug, Clone)]
pub(crate) struct Weighted<'s> {
    pub(crate) sites: &'s Sites,
    pub(crate) rings: Rings,
}

/// The reference plants: their sites, laid out.
#[derive(Debug, Clone)]
pub(crate) struct References {
    subset: PairIndex,
    places: Vec<u32>,
}

/// Neighbours of one reference plant that are within the largest distance.
struct Row {
    place: usize,
    near: Vec<(u32, u32)>,
    /// Weight around within each distance, then one over it.
    around: Vec<f64>,
}

impl Weighted<'_> {
    /// Where an industry stands.
    pub(crate) fn references(&self, standing: &Standing, industry: usize) -> References {
        let places = standing.sites_of(industry);
        References { subset: self.sites.subset(&places), places }
    }

    /// M towards every kind: `values[b·distances + q]`; `partners` are the weights of the kinds.
    pub(crate) fn values(&self, references: &References, standing: &Standing, partners: &[f64], values: &mut [f64]) {
        let width = self.rings.len();
        let mut bases = vec![0.0; width];
        values.fill(0.0);
        self.rows(references, standing, |row| {
            self.add_base(row, standing, |_| 1.0, &mut bases);
            for &(place, ring) in &row.near {
                let weight = standing.weights[place as usize];
                let out = &mut values[standing.kinds[place as usize] as usize * width..][..width];
                let within = out.iter_mut().zip(&row.around).skip(ring as usize);
                within.for_each(|(value, around)| *value += weight * around);
            }
        });
        for (out, partner) in values.chunks_exact_mut(width).zip(partners) {
            out.iter_mut().zip(&bases).for_each(|(value, base)| *value /= base * partner);
        }
    }

    /// M of an industry of this weight among itself.
    pub(crate) fn within(&self, standing: &Standing, industry: usize, total: f64, values: &mut [f64]) {
        let references = self.references(standing, industry);
        let mut bases = vec![0.0; values.len()];
        values.fill(0.0);
        self.rows(&references, standing, |row| {
            self.add_base(row, standing, |own| total - own, &mut bases);
            for &(place, ring) in &row.near {
                if standing.kinds[place as usize] as usize == industry {
                    let weight = standing.weights[place as usize];
                    let within = values.iter_mut().zip(&row.around).skip(ring as usize);
                    within.for_each(|(value, around)| *value += weight * around);
                }
            }
        });
        values.iter_mut().zip(&bases).for_each(|(value, base)| *value /= base);
    }

    /// A plant without weight around it is left out of both sums.
    fn add_base(&self, row: &Row, standing: &Standing, share: impl Fn(f64) -> f64, bases: &mut [f64]) {
        let own = standing.weights[row.place];
        for (base, inverse) in bases.iter_mut().zip(&row.around) {
            if *inverse > 0.0 {
                *base += share(own) / (self.sites.total - own);
            }
        }
    }

    /// Hands over one row after the other, with one over the weight around.
    fn rows(&self, references: &References, standing: &Standing, mut hand: impl FnMut(&Row)) {
        let limit = self.rings.limit();
        let mut row = Row { place: usize::MAX, near: Vec::new(), around: vec![0.0; self.rings.len()] };
        self.sites.index.visit_from(&references.subset, 0..references.places.len(), |i, start, squared| {
            let place = references.places[i] as usize;
            if place != row.place {
                row.finish(standing, &mut hand);
                row.place = place;
            }
            for (j, &square) in (start..).zip(squared) {
                if square <= limit && j != place {
                    row.near.push((j as u32, self.rings.ring(square) as u32));
                }
            }
        });
        row.finish(standing, &mut hand);
    }
}

impl Row {
    fn finish(&mut self, standing: &Standing, hand: &mut impl FnMut(&Self)) {
        self.around.fill(0.0);
        for &(place, ring) in &self.near {
            self.around[ring as usize] += standing.weights[place as usize];
        }
        let mut sum = 0.0;
        for around in &mut self.around {
            sum += *around;
            *around = if sum > 0.0 { 1.0 / sum } else { 0.0 };
        }
        if !self.near.is_empty() {
            hand(self);
        }
        self.near.clear();
    }
}
