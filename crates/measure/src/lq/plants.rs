//! Bootstrap of location quotients that resamples plants within regions.

use super::interval::percentiles;
use super::options::LqError;
use crate::areas::Areas;
use distretto_core::Table;
use distretto_numerics::{Key, Stream};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// Plants by region: industry and size.
#[derive(Debug, Clone, PartialEq)]
pub struct Plants {
    regions: Vec<Vec<(u32, f64)>>,
}

impl Plants {
    /// Reads plants: columns `region`, `industry`, where there is one `size` (else every plant counts 1).
    ///
    /// # Errors
    /// A column that is missing, a code that the area table lacks, a size that is not above 0.
    pub fn read(table: &Table, areas: &Areas) -> Result<Self, LqError> {
        let regions = table.text("region").ok_or(LqError::Column { column: "region" })?;
        let industries = table.text("industry").ok_or(LqError::Column { column: "industry" })?;
        let sizes = table.numbers("size");
        let index = |codes: &[String]| -> FxHashMap<String, u32> { codes.iter().cloned().zip(0..).collect() };
        let (region_at, industry_at) = (index(areas.regions()), index(areas.industries()));
        let mut plants = Self { regions: vec![Vec::new(); areas.regions().len()] };
        for row in 0..table.rows() {
            let find = |kind, places: &FxHashMap<String, u32>, code: Option<&str>| {
                let code = code.unwrap_or_default();
                places.get(code).copied().ok_or_else(|| LqError::Unknown { kind, code: code.to_owned() })
            };
            let region = find("region", &region_at, regions.get(row))?;
            let industry = find("industry", &industry_at, industries.get(row))?;
            let size = sizes.map_or(1.0, |sizes| sizes[row]);
            if !(size > 0.0 && size.is_finite()) {
                return Err(LqError::PlantSize { row, size });
            }
            plants.regions[region as usize].push((industry, size));
        }
        Ok(plants)
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

    /// Percentile intervals, region by region with every chosen industry.
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
            values.into_iter().map(|values| percentiles(values, level)).collect()
        };
        (0..self.regions.len()).into_par_iter().flat_map_iter(region_ends).unzip()
    }
}
