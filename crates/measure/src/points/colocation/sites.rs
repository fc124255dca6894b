//! Sites laid out for their pairs, and who stands on them: as observed, or in a simulation.
//!
//! One permutation of all marks a simulation serves every pair of industries:
//!
//! - *Random location* of an industry: its plants stand where the permutation σ puts them.
//! - *Population independence* of a reference industry A: its plants stay, and the mark at another site is the first
//!   of σ(site), σ(σ(site)), … that is not of A. This first-return map of σ on the other sites is a uniformly random
//!   permutation of their marks: Fisher–Yates, or inserting elements one by one into the cycles of a permutation,
//!   extends every permutation of the others to the same number of permutations of all, n!/(n − n_A)!. So each pair
//!   has exactly its null, the simulations are independent of one another, and only pairs of industries within one
//!   simulation depend on each other, which no test of a pair looks at.

use crate::points::Plants;
use crate::points::pairs::PairIndex;
use distretto_numerics::{Key, Stream, pairwise, shuffle};

/// Sites by place in the layout; plants have the number of the place at which they are observed.
#[derive(Debug, Clone)]
pub(crate) struct Sites {
    /// All sites, laid out for pairs within reach.
    pub(crate) index: PairIndex,
    /// Number of the plant's industry among the listed ones; [`unlisted`](Self::unlisted) for all others.
    pub(crate) kinds: Vec<u32>,
    /// Weight of each plant; empty when every plant counts as 1.
    pub(crate) weights: Vec<f64>,
    /// Plants of each listed industry, ascending.
    pub(crate) members: Vec<Vec<u32>>,
    /// Σ of all weights.
    pub(crate) total: f64,
    /// Place of each plant of the table.
    places: Vec<u32>,
}

impl Sites {
    /// Lays out plants for pairs up to `reach`; `listed` are numbers of industries.
    pub(crate) fn new(plants: &Plants, listed: &[u32], reach: f64) -> Self {
        let index = plants.index(reach);
        let mut of = vec![listed.len() as u32; plants.industries().len()];
        listed.iter().zip(0..).for_each(|(&code, number)| of[code as usize] = number);
        let kinds: Vec<u32> = index.order().iter().map(|&i| of[plants.codes()[i as usize] as usize]).collect();
        let mut members = vec![Vec::new(); listed.len()];
        for (place, &kind) in (0..).zip(&kinds) {
            if let Some(plants) = members.get_mut(kind as usize) {
                plants.push(place);
            }
        }
        let weights: Vec<f64> = match plants.weights() {
            Some(weights) => index.order().iter().map(|&i| weights[i as usize]).collect(),
            None => Vec::new(),
        };
        let total = if weights.is_empty() { kinds.len() as f64 } else { pairwise(&weights) };
        let mut places = vec![0; kinds.len()];
        index.order().iter().zip(0..).for_each(|(&i, place)| places[i as usize] = place);
        Self { index, kinds, weights, members, total, places }
    }

    /// Number of sites.
    pub(crate) fn len(&self) -> usize {
        self.kinds.len()
    }

    /// The kind of plants that are of no listed industry.
    pub(crate) fn unlisted(&self) -> usize {
        self.members.len()
    }

    /// Weight of a plant.
    #[inline]
    pub(crate) fn weight(&self, plant: u32) -> f64 {
        self.weights.get(plant as usize).copied().unwrap_or(1.0)
    }

    /// Σ of the weights of an industry.
    pub(crate) fn weight_of(&self, industry: usize) -> f64 {
        let members = &self.members[industry];
        if self.weights.is_empty() {
            return members.len() as f64;
        }
        pairwise(&members.iter().map(|&plant| self.weight(plant)).collect::<Vec<_>>())
    }

    /// The same layout for some sites; place i of the subset is `places[i]`, which ascend.
    pub(crate) fn subset(&self, places: &[u32]) -> PairIndex {
        let numbers: Vec<u32> = places.iter().map(|&place| self.index.order()[place as usize]).collect();
        let mut subset = self.index.empty_like();
        self.index.subset_into(&numbers, &mut subset);
        subset
    }
}

/// Which plant's mark (industry and weight) stands at each site.
#[derive(Debug, Clone)]
pub(crate) struct Standing<'s> {
    pub(crate) sites: &'s Sites,
    /// σ: the plant at each place.
    plant: Vec<u32>,
    /// Its inverse: the place of each plant.
    site: Vec<u32>,
    /// Kind of the mark at each place.
    pub(crate) kinds: Vec<u32>,
    /// Weight of the mark at each place; empty when every plant counts as 1.
    pub(crate) weights: Vec<f64>,
    drawn: Vec<u32>,
}

impl<'s> Standing<'s> {
    /// Everyone where observed.
    pub(crate) fn observed(sites: &'s Sites) -> Self {
        let all: Vec<u32> = (0..sites.len() as u32).collect();
        let (kinds, weights) = (sites.kinds.clone(), sites.weights.clone());
        Self { sites, plant: all.clone(), site: all, kinds, weights, drawn: Vec::new() }
    }

    /// Whether nobody has been drawn.
    pub(crate) fn is_observed(&self) -> bool {
        self.drawn.is_empty()
    }

    /// All marks permuted over all sites: Fisher–Yates from the front over plants in the order of the table, on the
    /// stream (key; item 0, replicate = simulation).
    pub(crate) fn draw(&mut self, key: Key, simulation: u64) {
        let sites = self.sites;
        self.drawn.clear();
        self.drawn.extend(0..sites.len() as u32);
        shuffle(&mut Stream::new(key, 0, simulation), &mut self.drawn);
        for (place, &number) in sites.index.order().iter().enumerate() {
            let plant = sites.places[self.drawn[number as usize] as usize];
            self.plant[place] = plant;
            self.site[plant as usize] = place as u32;
        }
        for (kind, &plant) in self.kinds.iter_mut().zip(&self.plant) {
            *kind = sites.kinds[plant as usize];
        }
        for (weight, &plant) in self.weights.iter_mut().zip(&self.plant) {
            *weight = sites.weights[plant as usize];
        }
    }

    /// Where the plants of an industry stand, ascending.
    pub(crate) fn sites_of(&self, industry: usize) -> Vec<u32> {
        let mut places: Vec<u32> = self.sites.members[industry].iter().map(|&p| self.site[p as usize]).collect();
        places.sort_unstable();
        places
    }

    /// Puts the plants of an industry back to where they are observed, and on the other sites the first-return map
    /// of σ; until [`release`](Self::release).
    pub(crate) fn fix(&mut self, industry: usize) {
        let sites = self.sites;
        let is_own = |plant: u32| sites.kinds[plant as usize] as usize == industry;
        for &own in &sites.members[industry] {
            self.put(own, own);
            let site = self.site[own as usize];
            if !is_own(site) {
                let mut plant = self.plant[own as usize];
                while is_own(plant) {
                    plant = self.plant[plant as usize];
                }
                self.put(site, plant);
            }
        }
    }

    /// Undoes [`fix`](Self::fix).
    pub(crate) fn release(&mut self, industry: usize) {
        for &own in &self.sites.members[industry] {
            self.put(own, self.plant[own as usize]);
            self.put(self.site[own as usize], own);
        }
    }

    #[inline]
    fn put(&mut self, site: u32, plant: u32) {
        self.kinds[site as usize] = self.sites.kinds[plant as usize];
        if let Some(weight) = self.weights.get_mut(site as usize) {
            *weight = self.sites.weights[plant as usize];
        }
    }

    /// Weight of the mark at a place.
    #[inline]
    pub(crate) fn weight(&self, place: u32) -> f64 {
        self.weights.get(place as usize).copied().unwrap_or(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use distretto_numerics::{Metric, chi_square_upper_tail};
    use std::collections::BTreeMap;

    /// Six plants on a line, A at places 1 and 4; weights tell the plants apart.
    fn sites() -> Sites {
        let points = (0..6).map(|i| [f64::from(i), 0.0]).collect();
        let codes = vec![1, 0, 1, 2, 0, 1];
        let names = ["A", "B", "C"].map(String::from).to_vec();
        let weights = Some((0..6).map(f64::from).collect());
        let plants = Plants::new(Metric::Euclidean, points, codes, names, weights).unwrap();
        Sites::new(&plants, &[0, 1, 2], f64::INFINITY)
    }

    /// Every arrangement must be equally likely: χ² over all of them.
    fn is_uniform(counts: &BTreeMap<Vec<u64>, u64>, arrangements: usize, draws: u64) {
        assert_eq!(counts.len(), arrangements, "every arrangement comes");
        let expected = draws as f64 / arrangements as f64;
        let x: f64 = counts.values().map(|&count| (count as f64 - expected).powi(2) / expected).sum();
        let p = chi_square_upper_tail(x, (arrangements - 1) as f64);
        assert!(p > 1e-3, "chi-square {x} of {arrangements}: p {p}");
    }

    #[test]
    fn the_first_return_map_is_a_uniform_permutation_of_the_others() {
        let (sites, key) = (sites(), Key::new(5, "test/colocation"));
        let mut standing = Standing::observed(&sites);
        let draws = 24_000;
        let (mut fixed, mut free) = (BTreeMap::new(), BTreeMap::new());
        for simulation in 0..draws {
            standing.draw(key, simulation);
            let before = (standing.kinds.clone(), standing.weights.clone());
            let marks = |standing: &Standing| standing.weights.iter().map(|&w| w as u64).collect::<Vec<_>>();
            *free.entry(marks(&standing)).or_insert(0) += 1;
            standing.fix(0);
            assert!((0..6).all(|i| sites.kinds[i] != 0 || standing.weights[i].to_bits() == sites.weights[i].to_bits()));
            assert!(standing.weights.iter().zip(&standing.kinds).all(|(&w, &kind)| sites.kinds[w as usize] == kind));
            *fixed.entry(marks(&standing)).or_insert(0) += 1;
            standing.release(0);
            assert_eq!((&standing.kinds, &standing.weights), (&before.0, &before.1));
        }
        is_uniform(&fixed, 24, draws); // 4! of the others
        is_uniform(&free, 720, draws); // 6! of all
    }

    #[test]
    fn a_draw_does_not_depend_on_the_layout() {
        let points: Vec<[f64; 2]> = (0..40).map(|i| [f64::from(i * 17 % 40), f64::from(i * 7 % 13)]).collect();
        let weights = Some((0..40).map(f64::from).collect());
        let plants = Plants::new(Metric::Euclidean, points, vec![0; 40], vec!["A".into()], weights).unwrap();
        let drawn = |reach: f64| {
            let sites = Sites::new(&plants, &[0], reach);
            let mut standing = Standing::observed(&sites);
            standing.draw(Key::new(1, "test/colocation"), 3);
            let mut marks: Vec<(u32, u64)> =
                sites.index.order().iter().zip(&standing.weights).map(|(&i, &w)| (i, w as u64)).collect();
            marks.sort_unstable();
            marks
        };
        assert_eq!(drawn(1.0), drawn(f64::INFINITY));
    }

    #[test]
    fn where_an_industry_stands() {
        let sites = sites();
        let mut standing = Standing::observed(&sites);
        assert_eq!(standing.sites_of(0), [1, 4]);
        standing.draw(Key::new(1, "test/colocation"), 0);
        let found = standing.sites_of(1);
        let expected: Vec<u32> = (0..6).filter(|&place| standing.kinds[place as usize] == 1).collect();
        assert_eq!(found, expected);
    }
}
