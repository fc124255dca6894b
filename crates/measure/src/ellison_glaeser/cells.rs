//! Bounds of G over the cells that the areas and their totals allow.

use super::index::{Benchmark, raw_concentration};
use super::levels::{Level, LevelledAreas};
use crate::areas::{AreasError, Span, Tightened};
use crate::bounds::{Bounds, BoundsError, Boxes, fill, largest_separable};

/// The cells of the areas, narrowed by all known totals where some are suppressed.
pub(super) struct Cells<'a> {
    areas: &'a LevelledAreas,
    tight: Option<Tightened>,
    /// Industries that are open in each region, ascending; empty when no cell is suppressed.
    open: Vec<Vec<usize>>,
}

impl<'a> Cells<'a> {
    /// # Errors
    /// Cells and totals that no table meets.
    pub(super) fn new(areas: &'a LevelledAreas) -> Result<Self, AreasError> {
        let table = &areas.areas;
        let tight = if table.has_intervals() { Some(table.tightened()?) } else { None };
        let width = table.industries().len();
        let open = tight.iter().flat_map(|tight| {
            let is_open = |cell: usize| tight.low[cell] < tight.high[cell];
            let of = move |region: usize| (0..width).filter(|i| is_open(region * width + i)).collect();
            (0..table.regions().len()).map(of).collect::<Vec<_>>()
        });
        Ok(Self { areas, open: open.collect(), tight })
    }

    /// Total of an industry.
    pub(super) fn total(&self, industry: usize) -> Span {
        let total = self.areas.areas.industry_total(industry);
        match &self.tight {
            Some(tight) if !total.is_known() => tight.industries[industry],
            _ => total,
        }
    }

    fn of(&self, industry: usize) -> Vec<Span> {
        let table = &self.areas.areas;
        let width = table.industries().len();
        let span = |region: usize| match &self.tight {
            Some(tight) => {
                let cell = region * width + industry;
                Span { low: tight.low[cell], high: tight.high[cell] }
            }
            None => table.span(region, industry),
        };
        (0..table.regions().len()).map(span).collect()
    }

    /// Bounds of `Σ(e/E − x)²` over cells that add up to E; `None` when x or E is not known or E = 0.
    ///
    /// # Errors
    /// Cells that cannot add up to E.
    pub(super) fn concentration(
        &self,
        industry: usize,
        at: usize,
        level: &Level,
    ) -> Result<Option<Bounds>, BoundsError> {
        let (Some(benchmark), total) = (&level.benchmark, self.total(industry)) else { return Ok(None) };
        if !(total.is_known() && total.low > 0.0) {
            return Ok(None);
        }
        let cells = self.areas.add_up(at, &self.of(industry)).unwrap_or_default();
        if cells.iter().all(|cell| cell.is_known()) {
            let s: Vec<f64> = cells.iter().map(|cell| cell.low / total.low).collect();
            return Ok(Some(Bounds::at(raw_concentration(&s, benchmark))));
        }
        let found = bounded(&cells, total.low, benchmark)?;
        let exact = found.exact && (found.low == found.high || self.stands_alone(industry));
        Ok(Some(Bounds { exact, ..found }))
    }

    /// Whether every choice of the industry's cells within their ends and total leaves the other industries a table, so
    /// that its bounds are attained.
    ///
    /// Where the region's total is known, the others take what is left of it. One other industry can: what it has in
    /// these regions together does not depend on the choice. So can several without known totals of their own. With
    /// such totals they may bind sums over some of the regions, which the ends of single cells do not show.
    fn stands_alone(&self, industry: usize) -> bool {
        let table = &self.areas.areas;
        let rows = (0..self.open.len()).filter(|&region| self.open[region].contains(&industry));
        let (summed, apart): (Vec<usize>, Vec<usize>) = rows.partition(|&r| table.given_region_total(r).is_some());
        if summed.is_empty() {
            return true;
        }
        let (mut only, mut several, mut bound) = (None, false, false);
        for &other in summed.iter().flat_map(|&region| &self.open[region]).filter(|&&other| other != industry) {
            several |= *only.get_or_insert(other) != other;
            bound |= table.given_industry_total(other).is_some();
            if several && bound {
                return false;
            }
        }
        apart.is_empty()
    }
}

fn bounded(cells: &[Span], total: f64, benchmark: &Benchmark) -> Result<Bounds, BoundsError> {
    let x = benchmark.shares();
    let (low, high): (Vec<f64>, Vec<f64>) = cells.iter().map(|cell| (cell.low, cell.high)).unzip();
    let jobs = Boxes::new(&low, &high, total)?;
    let share = |ends: &[f64]| ends.iter().map(|end| end / total).collect::<Vec<f64>>();
    let boxes = Boxes::new(&share(&jobs.low), &share(&jobs.high), 1.0)?;
    if boxes.free.is_empty() {
        return Ok(Bounds::at(raw_concentration(&boxes.low, benchmark)));
    }
    let (largest, exact) = largest_separable(&boxes, Some(x), |x, s| (s - x).powi(2));
    // Least: with all deviations moved by one constant above 0, the sum of squares changes by a constant.
    let shift = x.iter().copied().fold(0.0, f64::max);
    let moved = |ends: &[f64]| ends.iter().zip(x).map(|(end, x)| end - x + shift).collect::<Vec<f64>>();
    let above = Boxes::new(&moved(&boxes.low), &moved(&boxes.high), shift * x.len() as f64)?;
    let least: f64 = fill(&above, None).iter().map(|w| (w - shift).powi(2)).sum();
    // Both are sums of the same squares where they meet, in another order.
    Ok(Bounds { low: least.min(largest), high: largest, exact })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans<const N: usize>(ends: [(f64, f64); N]) -> [Span; N] {
        ends.map(|(low, high)| Span { low, high })
    }

    /// Two regions of unlike size with one and the same interval, 4..5 of 9 jobs: the ends are (5, 4) and (4, 5).
    #[test]
    fn like_intervals_of_unlike_regions_are_told_apart() {
        let benchmark = Benchmark::new(&[13.0, 9.0]).unwrap();
        let found = bounded(&spans([(4.0, 5.0), (4.0, 5.0)]), 9.0, &benchmark).unwrap();
        let g = |first: f64| 2.0 * (first / 9.0 - 13.0_f64 / 22.0).powi(2);
        assert!((found.low - g(5.0)).abs() < 1e-15 && (found.high - g(4.0)).abs() < 1e-15, "{found:?}");
        assert!(found.exact);
    }

    #[test]
    fn cells_that_miss_their_total_are_told() {
        let benchmark = Benchmark::new(&[13.0, 9.0]).unwrap();
        let error = bounded(&spans([(4.0, 5.0), (4.0, 5.0)]), 12.0, &benchmark).unwrap_err();
        assert_eq!(error, BoundsError::Infeasible { total: 12.0, least: 8.0, most: 10.0 });
    }
}
