//! Bootstrap of location quotients that resamples plants within regions.

use super::interval::percentiles;
use super::options::LqError;
use crate::areas::Areas;
use crate::ellison_glaeser::{self, Sizing};
use distretto_core::Table;
use distretto_numerics::{Key, Stream};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// Plants by region: industry and size.
#[derive(Debug, Clone, PartialEq)]
pub struct Plants {
    regions: Vec<Vec<(u32, f64)>>,
    sizing: Sizing,
    without_size: usize,
}

impl Plants {
    /// Reads plants as [`ellison_glaeser`](mod@crate::ellison_glaeser) does: columns `region`, `industry`, `size` or
    /// `employment` (all equal where there is neither), the year of `areas` where there is a column `year`.
    ///
    /// # Errors
    /// A table that cannot be used; a code that the area table lacks.
    pub fn read(table: &Table, areas: &Areas) -> Result<Self, LqError> {
        let plants = ellison_glaeser::Plants::read(table, &["region".to_owned()], areas.year())?;
        let places = plants.places(0, areas.regions())?;
        let index: FxHashMap<&str, u32> = areas.industries().iter().map(String::as_str).zip(0..).collect();
        let mut industries = vec![0; plants.len()];
        for (code, members) in plants.industries().iter().zip(plants.by_industry()) {
            let unknown = || LqError::Unknown { kind: "industry", code: code.clone() };
            let industry = index.get(code.as_str()).copied().ok_or_else(unknown)?;
            for plant in members {
                industries[plant] = industry;
            }
        }
        let mut regions = vec![Vec::new(); areas.regions().len()];
        for ((place, industry), &size) in places.into_iter().zip(industries).zip(plants.sizes()) {
            regions[place as usize].push((industry, size));
        }
        Ok(Self { regions, sizing: plants.sizing(), without_size: plants.without_size() })
    }

    /// What the sizes are.
    #[must_use]
    pub fn sizing(&self) -> Sizing {
        self.sizing
    }

    /// Plants that were left out because their size is missing.
    #[must_use]
    pub fn without_size(&self) -> usize {
        self.without_size
    }

    /// Number of plants of each industry, and of all.
    fn counts(&self, width: usize) -> (Vec<usize>, usize) {
        let mut counts = vec![0; width];
        for &(industry, _) in self.regions.iter().flatten() {
            counts[industry as usize] += 1;
        }
        (counts, self.regions.iter().map(Vec::len).sum())
    }

    /// The largest relative difference between the plants' sums and the cells of the area table.
    pub(super) fn misfit(&self, areas: &Areas) -> f64 {
        let mut worst = 0.0_f64;
        for (region, plants) in self.regions.iter().enumerate() {
            let mut sums = vec![0.0; areas.industries().len()];
            for &(industry, size) in plants {
                sums[industry as usize] += size;
            }
            for (sum, &cell) in sums.iter().zip(areas.row(region)) {
                let largest = sum.max(cell);
                if largest > 0.0 {
                    worst = worst.max((sum - cell).abs() / largest);
                }
            }
        }
        worst
    }

    /// Adds one resample of a region's plants to `sums` and returns its total.
    fn resample(&self, region: usize, stream: &mut Stream, mut add: impl FnMut(u32, f64)) -> f64 {
        let plants = &self.regions[region];
        let mut total = 0.0;
        for _ in plants {
            let (industry, size) = plants[stream.below(plants.len() as u32) as usize];
            add(industry, size);
            total += size;
        }
        total
    }

    /// Percentile intervals, region by region with every chosen industry. NaN where no resample can tell how sure the
    /// quotient is: no plant of the industry inside the region or none outside it, or nothing but the industry.
    ///
    /// Every simulation resamples the plants of all regions. Its draws are made twice, first for the totals of
    /// industries and of all, then region by region: that keeps memory at simulations × industries.
    pub(super) fn intervals(
        &self,
        areas: &Areas,
        chosen: &[usize],
        level: f64,
        nsim: u64,
        key: Key,
    ) -> (Vec<f64>, Vec<f64>) {
        let width = areas.industries().len();
        let stream = |region: usize, simulation: u64| Stream::new(key, region as u64, simulation);
        let totals: Vec<(Vec<f64>, f64)> = (0..nsim)
            .into_par_iter()
            .map(|simulation| {
                let mut sums = vec![0.0; width];
                let mut all = 0.0;
                for region in 0..self.regions.len() {
                    all += self.resample(region, &mut stream(region, simulation), |i, size| sums[i as usize] += size);
                }
                (sums, all)
            })
            .collect();
        let (counts, plants) = self.counts(width);
        let region_ends = |region: usize| -> Vec<(f64, f64)> {
            let mut values = vec![Vec::with_capacity(nsim as usize); chosen.len()];
            let mut sums = vec![0.0; width];
            for (simulation, (industries, all)) in totals.iter().enumerate() {
                sums.fill(0.0);
                let mut draws = stream(region, simulation as u64);
                let total = self.resample(region, &mut draws, |i, size| sums[i as usize] += size);
                for (values, &industry) in values.iter_mut().zip(chosen) {
                    values.push(sums[industry] / total / (industries[industry] / all));
                }
            }
            let ends = |(values, &industry): (Vec<f64>, &usize)| {
                let inside = self.regions[region].iter().filter(|plant| plant.0 as usize == industry).count();
                let degenerate = inside == 0 || inside == counts[industry] || counts[industry] == plants;
                if degenerate { (f64::NAN, f64::NAN) } else { percentiles(values, level) }
            };
            values.into_iter().zip(chosen).map(ends).collect()
        };
        (0..self.regions.len()).into_par_iter().flat_map_iter(region_ends).unzip()
    }
}
