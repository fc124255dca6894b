//! The dense table of values, and sums over it in a fixed order.

use super::error::AreasError;
use super::layout::{Layout, TOTAL};
use super::span::Span;
use distretto_numerics::sum;

/// Mark of a cell that no row has filled yet.
const ABSENT: f64 = -1.0;
/// Rows of the table that are added one after the other before the halving starts.
const BLOCK: usize = 64;

/// Values region by region with every industry, and the known totals.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Grid {
    pub(super) low: Vec<f64>,
    /// `None` when every value is known: then `low` holds both ends.
    pub(super) high: Option<Vec<f64>>,
    pub(super) establishments: Option<Vec<f64>>,
    /// Known totals; NaN where none is given.
    pub(super) region_totals: Vec<(f64, f64)>,
    pub(super) industry_totals: Vec<(f64, f64)>,
    pub(super) total: Option<Span>,
}

impl Grid {
    /// Fills the grid with the rows of one year (all rows when `None`).
    pub(super) fn fill(layout: &Layout, year: Option<i64>, value: &str) -> Result<Self, AreasError> {
        let (regions, industries) = (layout.region.codes.len(), layout.industry.codes.len());
        let cells = regions * industries;
        let mut grid = Self {
            low: vec![ABSENT; cells],
            high: layout.suppressed.then(|| vec![0.0; cells]),
            establishments: layout.establishments.map(|_| vec![0.0; cells]),
            region_totals: vec![(f64::NAN, f64::NAN); regions],
            industry_totals: vec![(f64::NAN, f64::NAN); industries],
            total: None,
        };
        for row in 0..layout.regions.len() {
            if let (Some(years), Some(year)) = (&layout.years, year)
                && years[row] != year
            {
                continue;
            }
            let (low, high) = (layout.low[row], layout.high[row]);
            if low < 0.0 || high < low || low.is_infinite() {
                let (region, industry) = layout.names(row);
                return Err(AreasError::Negative { row, column: value.to_owned(), value: low, region, industry });
            }
            if !grid.put(layout, row, low, high) {
                let (region, industry) = layout.names(row);
                return Err(AreasError::Duplicate { row, region, industry });
            }
        }
        for cell in &mut grid.low {
            if *cell == ABSENT {
                *cell = 0.0;
            }
        }
        if grid.high.as_ref().is_some_and(|high| (0..cells).all(|c| high[c] == grid.low[c] || high[c].is_nan())) {
            grid.high = None;
        }
        Ok(grid)
    }

    /// Puts one row in its place; false when the place is taken.
    fn put(&mut self, layout: &Layout, row: usize, low: f64, high: f64) -> bool {
        let place = |places: &super::layout::Places, code: Option<u32>| code.map_or(TOTAL, |code| places.place(code));
        let region = place(&layout.region, layout.regions.code(row));
        let industry = place(&layout.industry, layout.industries.code(row));
        let margin = match (region, industry) {
            (TOTAL, TOTAL) => {
                let free = self.total.is_none();
                // A missing total is kept as an open span, so that a second row of it is still a duplicate.
                let span = if low.is_nan() { Span { low: 0.0, high: f64::INFINITY } } else { Span { low, high } };
                self.total = Some(span);
                return free;
            }
            (region, TOTAL) => &mut self.region_totals[region as usize],
            (TOTAL, industry) => &mut self.industry_totals[industry as usize],
            (region, industry) => {
                let cell = region as usize * layout.industry.codes.len() + industry as usize;
                if self.low[cell] != ABSENT {
                    return false;
                }
                self.low[cell] = low;
                if let Some(ends) = &mut self.high {
                    ends[cell] = high;
                }
                if let (Some(all), Some(given)) = (&mut self.establishments, layout.establishments) {
                    all[cell] = given[row];
                }
                return true;
            }
        };
        if !margin.0.is_nan() {
            return false;
        }
        *margin = if low.is_nan() { (0.0, f64::INFINITY) } else { (low, high) };
        true
    }
}

/// Sum of each row of a grid, missing cells left out.
pub(super) fn row_sums(values: &[f64], width: usize) -> Vec<f64> {
    use rayon::prelude::*;
    values.par_chunks(width).map(|row| sum::pairwise_by(row.len(), |i| row[i].max(0.0))).collect()
}

/// Sum of each column of a grid, missing cells left out; pairwise over the rows, whatever the number of threads.
pub(super) fn column_sums(values: &[f64], width: usize) -> Vec<f64> {
    let rows = values.len() / width;
    if rows <= BLOCK {
        let mut sums = vec![0.0; width];
        for row in values.chunks_exact(width) {
            for (sum, &value) in sums.iter_mut().zip(row) {
                *sum += value.max(0.0);
            }
        }
        return sums;
    }
    let (upper, lower) = values.split_at(rows / 2 * width);
    let (mut sums, more) = rayon::join(|| column_sums(upper, width), || column_sums(lower, width));
    for (sum, value) in sums.iter_mut().zip(more) {
        *sum += value;
    }
    sums
}
