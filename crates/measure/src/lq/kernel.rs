//! Location quotients of a whole table, in parallel over regions.

use super::bounds::cell_bounds;
use super::interval::{Cell, Rule, bootstrap};
use super::options::{Interval, LqError, LqOptions, Standardise};
use super::standard::{Draws, Standard, scaled, standard, test_normality};
use crate::areas::{Areas, Tightened};
use distretto_numerics::{Key, adjust, chi_square_quantile, normal_p, normal_quantile};
use rayon::prelude::*;

/// Differences below this, relative, are equality with the threshold of specialisation.
const THRESHOLD_TIE: f64 = 1e-12;

/// The cells of a table that are listed: every region with the chosen industries.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cells<'a> {
    pub(super) areas: &'a Areas,
    pub(super) chosen: &'a [usize],
}

impl Cells<'_> {
    /// One number for each listed cell.
    fn map<T: Send + Copy>(&self, blank: T, of: impl Fn(usize, usize) -> T + Sync) -> Vec<T> {
        let mut values = vec![blank; self.areas.regions().len() * self.chosen.len()];
        values.par_chunks_mut(self.chosen.len()).enumerate().for_each(|(region, row)| {
            for (value, &industry) in row.iter_mut().zip(self.chosen) {
                *value = of(region, industry);
            }
        });
        values
    }

    /// Two numbers for each listed cell.
    fn map_pair(&self, of: impl Fn(usize, usize) -> (f64, f64) + Sync) -> (Vec<f64>, Vec<f64>) {
        let size = self.areas.regions().len() * self.chosen.len();
        let (mut first, mut second) = (vec![f64::NAN; size], vec![f64::NAN; size]);
        let width = self.chosen.len();
        let rows = first.par_chunks_mut(width).zip(second.par_chunks_mut(width)).enumerate();
        rows.for_each(|(region, (first, second))| {
            for ((one, two), &industry) in first.iter_mut().zip(second).zip(self.chosen) {
                (*one, *two) = of(region, industry);
            }
        });
        (first, second)
    }

    /// `LQ = (e_ri/e_r)/(E_i/E)`.
    pub(super) fn quotients(&self) -> Vec<f64> {
        let all = self.areas.total().value();
        let shares: Vec<f64> =
            (0..self.areas.industries().len()).map(|i| self.areas.industry_total(i).value() / all).collect();
        self.map(f64::NAN, |region, industry| {
            let total = self.areas.region_total(region).value();
            let share = shares[industry];
            if total > 0.0 && share > 0.0 { self.areas.cell(region, industry) / total / share } else { f64::NAN }
        })
    }

    fn cell(&self, region: usize, industry: usize) -> Option<Cell> {
        let (row, column) = (self.areas.region_total(region).value(), self.areas.industry_total(industry).value());
        Cell::new(self.areas.cell(region, industry), row, column, self.areas.total().value())
    }

    /// Ends of the intervals of the product-binomial model.
    pub(super) fn intervals(&self, options: &LqOptions, seed: u64) -> (Vec<f64>, Vec<f64>) {
        let rule = Rule {
            deff: options.deff,
            z: normal_quantile(f64::midpoint(1.0, options.level)),
            chi_square: chi_square_quantile(options.level, 1.0),
        };
        let key = Key::new(seed, "lq/bootstrap");
        self.map_pair(|region, industry| match (self.cell(region, industry), options.interval) {
            (None, _) => (f64::NAN, f64::NAN),
            (Some(cell), Interval::Bootstrap) => {
                let item = (region as u64) << 32 | industry as u64;
                bootstrap(&cell, options.level, options.nsim, key, item)
            }
            (Some(cell), method) => cell.ends(method, &rule),
        })
    }

    /// Score statistics of LQ = 1, their p-values, and these adjusted over all listed cells.
    pub(super) fn tests(&self, options: &LqOptions) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
        let tail = options.tail.into();
        let (z, p) = self.map_pair(|region, industry| {
            let z = self.cell(region, industry).map_or(f64::NAN, |cell| cell.score(options.deff));
            (z, normal_p(z, tail))
        });
        let q = adjust(&p, options.p_adjust.into());
        (z, p, q)
    }

    /// Whether `e_ri E ≥ t e_r E_i`.
    pub(super) fn specialised(&self, options: &LqOptions) -> Vec<Option<bool>> {
        let all = self.areas.total().value();
        self.map(None, |region, industry| {
            let row = self.areas.region_total(region).value();
            let column = self.areas.industry_total(industry).value();
            let (left, right) = (self.areas.cell(region, industry) * all, options.rca_threshold * row * column);
            if left.is_nan() || !(row > 0.0 && column > 0.0) {
                return None;
            }
            let tie = (left - right).abs() <= THRESHOLD_TIE * left.max(right);
            Some(if tie { !options.strict } else { left > right })
        })
    }

    /// Mean and spread of each chosen industry over the regions that count.
    pub(super) fn standards(&self, lq: &[f64], options: &LqOptions, seed: u64) -> Vec<Standard> {
        let key = Key::new(seed, "lq/cutoff");
        let width = self.chosen.len();
        let one = |k: usize| {
            let industry = self.chosen[k];
            let counts =
                |&region: &usize| self.areas.region_counts(region) && !self.areas.row(region)[industry].is_nan();
            let regions = (0..self.areas.regions().len()).filter(counts);
            let values: Vec<Option<f64>> = regions.map(|r| Some(lq[r * width + k]).filter(|lq| !lq.is_nan())).collect();
            let draws = Draws { key, industry: industry as u64, nsim: options.nsim };
            (standard(&values, options.standardise, options.cutoff, draws), values)
        };
        let mut found: Vec<(Standard, Vec<Option<f64>>)> = (0..width).into_par_iter().map(one).collect();
        if options.cutoff.is_some() {
            test_normality(&mut found, options.standardise, seed);
        }
        found.into_iter().map(|(standard, _)| standard).collect()
    }

    /// `z_lq = (LQ − mean)/sd`, or the same of ln LQ.
    pub(super) fn standardised(&self, lq: &[f64], standards: &[Standard], scale: Standardise) -> Vec<f64> {
        let mut values = lq.to_vec();
        values.par_chunks_mut(self.chosen.len()).for_each(|row| {
            for (value, standard) in row.iter_mut().zip(standards) {
                let z = (scaled(*value, scale) - standard.mean) / standard.sd;
                *value = if standard.sd > 0.0 { z } else { f64::NAN };
            }
        });
        values
    }

    /// Bounds of every listed cell; a quotient that is known bounds itself.
    pub(super) fn bounds(&self, lq: &[f64]) -> Result<(Vec<f64>, Vec<f64>), LqError> {
        let tight: Tightened = self.areas.tightened()?;
        let (mut low, mut high) = self.map_pair(|region, industry| cell_bounds(self.areas, &tight, region, industry));
        for (cell, &lq) in lq.iter().enumerate() {
            if !lq.is_nan() {
                (low[cell], high[cell]) = (lq, lq);
            }
        }
        Ok((low, high))
    }
}
