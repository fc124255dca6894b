//! Concentration of industries over regions, specialisation of regions over industries.
//!
//! Both are the same computation on the same table, once by column and once by row: shares s of a unit against
//! benchmark shares x.

mod error;
mod indices;
mod options;
mod report;
#[cfg(test)]
mod tests;

pub use error::ConcentrationError;
pub use indices::Index;
pub use options::{Benchmark, ConcentrationOptions, LogBase, Reference, SpecialisationOptions, SpreadOptions};
pub(crate) use report::{CONCENTRATION, SPECIALISATION};

use crate::areas::{Areas, Span};
use crate::bounds::Bounds;
use distretto_core::Table;
use distretto_numerics::pairwise;
use indices::PerIndex;
use rayon::prelude::*;
use std::borrow::Cow;

/// An industry over regions, or a region over industries.
#[derive(Debug, Clone, PartialEq)]
pub struct SpreadRow {
    /// Its code.
    pub code: String,
    /// Its total; NaN when suppressed cells leave it open.
    pub employment: f64,
    /// Number n of units it may spread over: those with x > 0. NaN when suppressed cells leave it open.
    pub units: f64,
    values: PerIndex<f64>,
    bounds: PerIndex<Bounds>,
    /// What kept an index from existing.
    gaps: Vec<Gap>,
}

impl SpreadRow {
    /// An index; NaN where it does not exist or depends on a suppressed cell.
    #[must_use]
    pub fn value(&self, index: Index) -> f64 {
        self.values.get(index)
    }

    /// What the index may be over all tables that the suppressed cells allow; both ends are the value where nothing
    /// is suppressed, NaN where there are no bounds.
    #[must_use]
    pub fn bounds(&self, index: Index) -> Bounds {
        self.bounds.get(index)
    }
}

/// Why some index of a row does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    /// Suppressed cells: the values are null, bounds are given.
    Suppressed,
    /// Suppressed cells without a known total: no bounds.
    OpenTotal,
    /// A benchmark that suppressed cells leave open.
    OpenBenchmark,
    /// Units whose total may be zero: n is open.
    OpenUnits,
    /// A positive share where the benchmark has none.
    OutsideBenchmark,
    /// A single unit: no normalised index.
    SingleUnit,
    /// The same structure as the benchmark: no 1/Σ|s−x|.
    SameStructure,
    /// More suppressed cells than vertices can be enumerated: no upper bound of gini.
    ManyCells,
    /// Bounds that feasible tables need not attain.
    OuterBounds,
    /// The structure of the benchmark is feasible: 1/Σ|s−x| has no upper bound.
    OpenDiversity,
}

/// A unit and its Lorenz curve against the benchmark, units by ascending s/x.
#[derive(Debug, Clone, PartialEq)]
pub struct LorenzPoint {
    /// Code of the unit.
    pub code: String,
    /// Its share s.
    pub share: f64,
    /// Its benchmark share x.
    pub benchmark: f64,
    /// Shares up to here.
    pub share_cumulated: f64,
    /// Benchmark shares up to here.
    pub benchmark_cumulated: f64,
}

/// Indices of all rows asked for.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ConcentrationResult {
    /// The rows, in the order of the table.
    pub rows: Vec<SpreadRow>,
    /// The Lorenz curve when there is one row and nothing of it is suppressed, else empty.
    pub lorenz: Vec<LorenzPoint>,
    /// Whether the table has suppressed cells, so that bounds differ from values.
    pub suppressed: bool,
}

impl ConcentrationResult {
    /// Whether all bounds are attained by feasible tables.
    #[must_use]
    pub fn bounds_exact(&self) -> bool {
        self.rows.iter().all(|row| !row.gaps.contains(&Gap::OuterBounds))
    }
}

/// Which way the table is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Industry,
    Region,
}

/// How an industry's shares over regions differ from a benchmark, and how few regions hold it.
///
/// `regions` gives `area` or `population` where the benchmark wants it.
///
/// # Formula
/// `s_r = e_ri/E_i`, x by the benchmark (default `e_r/E`), sums over the n regions with x > 0, zeros of s included; the
/// indices are those of [`Index`]. With suppressed cells (intervals) the values are NaN and bounds are given, valid for
/// every table that meets the intervals and the known totals.
///
/// # Assumptions and limitations
/// A missing cell is left out: s and x are shares among the other regions.
///
/// # Errors
/// Options out of range; an unknown industry; a benchmark column that is missing or lacks a region; totals that
/// cannot be met.
///
/// # Complexity
/// O(R log R) an industry; at most 2^19·20 steps an industry with 20 suppressed cells, usually far fewer.
///
/// # Example
/// ```
/// use distretto_core::Table;
/// use distretto_measure::areas::{AreaOptions, Areas};
/// use distretto_measure::concentration::{ConcentrationOptions, Index, concentration};
/// // Farhauer and Kröll 2013: two industries over five regions, Gini of the location quotients 0.4069
/// let regions = ["R1", "R1", "R2", "R2", "R3", "R3", "R4", "R4", "R5", "R5"];
/// let jobs = vec![500.0, 19500.0, 500.0, 14500.0, 1000.0, 19000.0, 7000.0, 33000.0, 1000.0, 4000.0];
/// let table = Table::empty()
///     .with_text("region", regions.into_iter().map(Some).collect())
///     .with_text("industry", ["I1", "I2"].into_iter().cycle().take(10).map(Some).collect())
///     .with_numbers("employment", jobs);
/// let areas = Areas::read(&table, &AreaOptions::default())?;
/// let result = concentration(&areas, None, &ConcentrationOptions::default())?;
/// assert!((result.rows[0].value(Index::GiniLq) - 0.406896551724138).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # References
/// Krugman 1991, "Geography and trade"; Theil 1967, "Economics and information theory"; Hannah and Kay 1977,
/// "Concentration in modern industry"; Hoover 1936, Rev. Econ. Stat. 18, <https://doi.org/10.2307/1927875>; Farhauer
/// and Kröll 2013, "Standorttheorien", <https://doi.org/10.1007/978-3-658-01574-9>.
pub fn concentration(
    areas: &Areas,
    regions: Option<&Table>,
    options: &ConcentrationOptions,
) -> Result<ConcentrationResult, ConcentrationError> {
    options.spread.validate()?;
    let rows = areas.chosen_industries(&options.industry)?;
    let weights = match options.benchmark.column() {
        Some(column) => Some(error::column_of(regions, areas, column)?),
        None => None,
    };
    Cut::new(areas, By::Industry, options.benchmark, weights, &options.spread)?.assess(&rows)
}

/// How a region's shares over industries differ from a benchmark, and how few industries it lives on.
///
/// As [`concentration`], with `s_i = e_ri/e_r` and x by default `E_i/E`.
///
/// # Errors
/// Options out of range; an unknown region; totals that cannot be met.
///
/// # References
/// As [`concentration`]; Moore 2001, "Measuring economic diversification" (Oregon Employment Department), on
/// Hachman; Duranton and Puga 2000, Urban Studies 37,
/// <https://doi.org/10.1080/0042098002104>.
pub fn specialisation(
    areas: &Areas,
    options: &SpecialisationOptions,
) -> Result<ConcentrationResult, ConcentrationError> {
    options.spread.validate()?;
    let rows = error::chosen_regions(areas, &options.region)?;
    Cut::new(areas, By::Region, options.benchmark.into(), None, &options.spread)?.assess(&rows)
}

/// The table cut one way, with what all rows share.
struct Cut<'a> {
    areas: &'a Areas,
    by: By,
    options: &'a SpreadOptions,
    /// Lower and upper ends of all cells, narrowed by the known totals.
    low: Cow<'a, [f64]>,
    high: Cow<'a, [f64]>,
    /// Totals of the rows.
    totals: Vec<Span>,
    /// Weights of the units, not yet shares; `None` when suppressed cells leave them open.
    weights: Option<Vec<f64>>,
    /// Units with a weight above 0, ascending.
    units: Vec<usize>,
    /// Whether these are the units whatever the suppressed cells hold.
    units_known: bool,
}

impl<'a> Cut<'a> {
    fn new(
        areas: &'a Areas,
        by: By,
        benchmark: Benchmark,
        weights: Option<Vec<f64>>,
        options: &'a SpreadOptions,
    ) -> Result<Self, ConcentrationError> {
        let sides = (
            (0..areas.regions().len()).map(|region| areas.region_total(region)).collect::<Vec<_>>(),
            (0..areas.industries().len()).map(|industry| areas.industry_total(industry)).collect::<Vec<_>>(),
        );
        let (low, high, (regions, industries)) = if areas.has_intervals() {
            let tight = areas.tightened()?;
            let sides = (closer(sides.0, &tight.regions), closer(sides.1, &tight.industries));
            (Cow::Owned(tight.low), Cow::Owned(tight.high), sides)
        } else {
            (Cow::Borrowed(areas.lows()), Cow::Borrowed(areas.highs()), sides)
        };
        let (rows, totals) = match by {
            By::Industry => (industries, regions),
            By::Region => (regions, industries),
        };
        let sure = totals.iter().all(|total| total.high <= 0.0 || total.low > 0.0);
        let weights = match (benchmark, weights) {
            (_, Some(weights)) => Some(weights),
            (Benchmark::Uniform, None) => {
                sure.then(|| totals.iter().map(|total| f64::from(u8::from(total.high > 0.0))).collect())
            }
            (_, None) => {
                let known = totals.iter().all(|total| total.is_known());
                known.then(|| totals.iter().map(|total| total.low).collect())
            }
        };
        let counts = |unit: usize| weights.as_ref().map_or(totals[unit].high > 0.0, |weights| weights[unit] > 0.0);
        let units = (0..totals.len()).filter(|&unit| counts(unit)).collect();
        let units_known = weights.is_some() || sure;
        Ok(Self { areas, by, options, low, high, totals: rows, weights, units, units_known })
    }

    fn assess(&self, rows: &[usize]) -> Result<ConcentrationResult, ConcentrationError> {
        // Rows are independent and collected in order: the same result for any number of threads.
        let found: Result<Vec<SpreadRow>, _> = rows.par_iter().map(|&row| self.row(row)).collect();
        let lorenz = match rows {
            [row] => self.lorenz(*row),
            _ => Vec::new(),
        };
        Ok(ConcentrationResult { rows: found?, lorenz, suppressed: self.areas.has_intervals() })
    }

    fn cell(&self, row: usize, unit: usize) -> usize {
        let width = self.areas.industries().len();
        match self.by {
            By::Industry => unit * width + row,
            By::Region => row * width + unit,
        }
    }

    fn code(&self, row: usize) -> String {
        let codes = if self.by == By::Industry { self.areas.industries() } else { self.areas.regions() };
        codes[row].clone()
    }

    /// Whether the cell is empty in the table.
    fn missing(&self, row: usize, unit: usize) -> bool {
        self.areas.lows()[self.cell(row, unit)].is_nan()
    }

    /// Whether the cell is given as an interval in the table.
    fn suppressed(&self, row: usize, unit: usize) -> bool {
        let cell = self.cell(row, unit);
        self.areas.lows()[cell] < self.areas.highs()[cell]
    }

    /// The units of a row whose cells are not missing.
    fn listed(&self, row: usize) -> Vec<usize> {
        self.units.iter().copied().filter(|&unit| !self.missing(row, unit)).collect()
    }

    /// Whether the row has a positive cell where the benchmark is 0.
    fn leaves_benchmark(&self, row: usize) -> bool {
        let all = match self.by {
            By::Industry => self.areas.regions().len(),
            By::Region => self.areas.industries().len(),
        };
        let outside = |unit: usize| self.units.binary_search(&unit).is_err();
        (0..all).any(|unit| outside(unit) && !self.missing(row, unit) && self.high[self.cell(row, unit)] > 0.0)
    }

    fn row(&self, row: usize) -> Result<SpreadRow, ConcentrationError> {
        let total = self.totals[row];
        let units = if self.units_known { self.units.len() as f64 } else { f64::NAN };
        let mut out = SpreadRow {
            code: self.code(row),
            employment: total.value(),
            units,
            values: PerIndex::all(f64::NAN),
            bounds: PerIndex::all(Bounds::at(f64::NAN)),
            gaps: Vec::new(),
        };
        if total.high <= 0.0 || self.units.is_empty() {
            return Ok(out);
        }
        if self.leaves_benchmark(row) {
            out.gaps.push(Gap::OutsideBenchmark);
            return Ok(out);
        }
        // A missing cell leaves its unit out, of the shares and of the benchmark.
        let listed = self.listed(row);
        if listed.len() < self.units.len() {
            out.units = if self.units_known { listed.len() as f64 } else { f64::NAN };
        }
        let x = self.benchmark(&listed);
        if x.is_none() {
            out.gaps.push(Gap::OpenBenchmark);
        }
        if listed.iter().any(|&unit| self.suppressed(row, unit)) {
            let total = if listed.len() < self.units.len() { Span { low: 0.0, high: f64::INFINITY } } else { total };
            self.bound(row, &listed, x.as_deref(), total, &mut out)?;
        } else if let Some(s) = self.shares(row, &listed) {
            out.values = indices::indices(&s, x.as_deref(), self.options);
            for index in Index::ALL {
                out.bounds.set(index, Bounds::at(out.values.get(index)));
            }
        }
        self.gaps(&listed, &mut out);
        Ok(out)
    }

    /// The bounds of a row with suppressed cells, when its total is known.
    fn bound(
        &self,
        row: usize,
        listed: &[usize],
        x: Option<&[f64]>,
        total: Span,
        out: &mut SpreadRow,
    ) -> Result<(), ConcentrationError> {
        out.gaps.push(Gap::Suppressed);
        let ends = |ends: &[f64]| listed.iter().map(|&unit| ends[self.cell(row, unit)]).collect::<Vec<_>>();
        let (low, high) = (ends(&self.low), ends(&self.high));
        if !total.is_known() {
            out.gaps.push(Gap::OpenTotal);
            return Ok(());
        }
        out.bounds = indices::bounds(&low, &high, total.low, x, self.options)
            .map_err(|source| ConcentrationError::Bounds { code: out.code.clone(), source })?;
        let bounds = |index: Index| out.bounds.get(index);
        if !bounds(Index::Hhi).exact || !bounds(Index::Krugman).exact {
            out.gaps.push(Gap::OuterBounds);
        }
        if x.is_some() && bounds(Index::Gini).high.is_nan() {
            out.gaps.push(Gap::ManyCells);
        }
        if x.is_some() && self.by == By::Region && bounds(Index::Rdi).high.is_nan() {
            out.gaps.push(Gap::OpenDiversity);
        }
        Ok(())
    }

    /// Notes what else does not exist.
    fn gaps(&self, listed: &[usize], out: &mut SpreadRow) {
        if !self.units_known {
            out.gaps.push(Gap::OpenUnits);
            out.values.set(Index::HhiNorm, f64::NAN);
            out.bounds.set(Index::HhiNorm, Bounds::at(f64::NAN));
        } else if listed.len() == 1 {
            out.gaps.push(Gap::SingleUnit);
        }
        let same = out.values.get(Index::Rdi).is_nan() && !out.values.get(Index::Krugman).is_nan();
        if same && self.by == By::Region {
            out.gaps.push(Gap::SameStructure);
        }
    }

    /// Benchmark shares among the units listed.
    fn benchmark(&self, listed: &[usize]) -> Option<Vec<f64>> {
        let weights = self.weights.as_ref()?;
        let picked: Vec<f64> = listed.iter().map(|&unit| weights[unit]).collect();
        let total = pairwise(&picked);
        Some(picked.iter().map(|weight| weight / total).collect())
    }

    /// Shares of known cells; `None` when they are all 0.
    fn shares(&self, row: usize, listed: &[usize]) -> Option<Vec<f64>> {
        let cells: Vec<f64> = listed.iter().map(|&unit| self.low[self.cell(row, unit)]).collect();
        let total = pairwise(&cells);
        (total > 0.0).then(|| cells.iter().map(|value| value / total).collect())
    }

    fn lorenz(&self, row: usize) -> Vec<LorenzPoint> {
        let listed = self.listed(row);
        if listed.iter().any(|&unit| self.suppressed(row, unit)) || self.leaves_benchmark(row) {
            return Vec::new();
        }
        let (Some(s), Some(x)) = (self.shares(row, &listed), self.benchmark(&listed)) else { return Vec::new() };
        let mut order: Vec<usize> = (0..listed.len()).collect();
        order.sort_by(|&a, &b| (s[a] / x[a]).total_cmp(&(s[b] / x[b])));
        let codes = if self.by == By::Industry { self.areas.regions() } else { self.areas.industries() };
        let mut sums = (0.0, 0.0);
        let point = |k: usize| {
            sums = (sums.0 + s[k], sums.1 + x[k]);
            LorenzPoint {
                code: codes[listed[k]].clone(),
                share: s[k],
                benchmark: x[k],
                share_cumulated: sums.0,
                benchmark_cumulated: sums.1,
            }
        };
        order.into_iter().map(point).collect()
    }
}

/// Totals as the table has them, and where suppressed cells leave them open, as the known totals narrow them.
fn closer(totals: Vec<Span>, tight: &[Span]) -> Vec<Span> {
    totals.into_iter().zip(tight).map(|(total, &tight)| if total.is_known() { total } else { tight }).collect()
}
