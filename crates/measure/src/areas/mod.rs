//! Tables of regions and industries, checked once and dense: what every area estimand starts from.
//!
//! ```
//! use distretto_core::Table;
//! use distretto_measure::areas::{AreaOptions, Areas};
//!
//! let table = Table::empty()
//!     .with_text("region", ["A", "A", "B"].into_iter().map(Some).collect())
//!     .with_text("industry", ["x", "y", "x"].into_iter().map(Some).collect())
//!     .with_numbers("employment", vec![10.0, 20.0, 30.0]);
//! let areas = Areas::read(&table, &AreaOptions::default())?;
//! assert_eq!(areas.cell(1, 1), 0.0); // B, y does not stand in the table: it is zero
//! assert_eq!(areas.region_total(0).value(), 30.0); // e_r
//! assert_eq!(areas.industry_total(0).value(), 40.0); // E_i
//! assert_eq!(areas.total().value(), 60.0); // E
//! # Ok::<(), distretto_measure::areas::AreasError>(())
//! ```
//!
//! An estimand flattens [`AreaOptions`] into its options, asks for [`area_columns`] in its plan, calls [`Areas::read`]
//! (mapping the error with [`AreasError::in_table`]), and copies [`Areas::notes`] into the warnings of its outcome. A
//! study over several years calls [`Areas::read_years`], whose tables share their codes.

mod codes;
mod error;
mod grid;
mod impute;
mod layout;
mod options;
mod span;
#[cfg(test)]
mod tests;
mod tighten;
mod totals;

pub use error::AreasError;
pub use options::{AreaOptions, Impute, Nested, area_columns};
pub use span::Span;
pub use tighten::Tightened;

use distretto_core::{Message, Table, nearest};
use grid::Grid;
use layout::Layout;
use totals::{Check, Totals};

/// Values `e_ri` of regions and industries with their totals.
///
/// Regions and industries are numbered in the order of their first appearance; values lie region by region with every
/// industry, so that [`row`](Self::row) is a slice. A pair that the table lacks is 0; a missing value is NaN in both
/// ends and left out of every sum; a suppressed cell has two ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Areas {
    regions: Vec<String>,
    industries: Vec<String>,
    grid: Grid,
    totals: Totals,
    year: Option<i64>,
    missing: usize,
    suppressed: usize,
    notes: Vec<Message>,
}

impl Areas {
    /// Reads an area table: columns `region`, `industry`, the value column, where there are such `year` and
    /// `establishments`.
    ///
    /// # Errors
    /// A column, label or year that is missing; a negative value; a pair that stands twice; several years and none
    /// chosen; totals that the cells cannot meet; codes that would be counted twice; too many cells.
    ///
    /// # Complexity
    /// O(rows + regions · industries) time, 8 bytes a cell (16 with suppressed cells).
    pub fn read(table: &Table, options: &AreaOptions) -> Result<Self, AreasError> {
        let mut layout = Layout::new(table, options)?;
        let year = chosen_year(&layout, options)?;
        layout.visit(year.as_ref().map(std::slice::from_ref))?;
        Self::of_layout(&layout, year, options)
    }

    /// Reads several years of one table. The results share their regions and industries, those of all these years in
    /// the order of first appearance, so that cell (r, i) of one is the same pair as cell (r, i) of another.
    ///
    /// # Errors
    /// As [`read`](Self::read), and for a year that the table does not hold.
    pub fn read_years(table: &Table, options: &AreaOptions, years: &[i64]) -> Result<Vec<Self>, AreasError> {
        let mut layout = Layout::new(table, options)?;
        let held = layout.distinct_years();
        if let Some(&year) = years.iter().find(|year| !held.contains(year)) {
            return Err(AreasError::UnknownYear { year, years: held });
        }
        layout.visit(Some(years))?;
        years.iter().map(|&year| Self::of_layout(&layout, Some(year), options)).collect()
    }

    /// The years that a table holds, in ascending order; none without a column `year`.
    ///
    /// # Errors
    /// A year that is missing or no whole number.
    pub fn years(table: &Table, options: &AreaOptions) -> Result<Vec<i64>, AreasError> {
        Ok(Layout::new(table, options)?.distinct_years())
    }

    /// A table of known values, region by region with every industry; NaN is missing.
    ///
    /// # Errors
    /// When the number of values is not regions times industries, or a value is negative; as [`read`](Self::read) for
    /// the codes.
    pub fn from_values(
        regions: Vec<String>,
        industries: Vec<String>,
        values: Vec<f64>,
        nested: Nested,
    ) -> Result<Self, AreasError> {
        let (r, i) = (regions.len(), industries.len());
        if r == 0 || i == 0 {
            return Err(AreasError::Empty);
        }
        if r.checked_mul(i) != Some(values.len()) {
            return Err(AreasError::Shape { values: values.len(), regions: r, industries: i });
        }
        if let Some(row) = values.iter().position(|&value| value < 0.0 || value.is_infinite()) {
            let (region, industry) = (regions[row / i].clone(), industries[row % i].clone());
            return Err(AreasError::Negative { row, column: "value".into(), value: values[row], region, industry });
        }
        let unknown = (f64::NAN, f64::NAN);
        let (region_totals, industry_totals) = (vec![unknown; r], vec![unknown; i]);
        let grid = Grid { low: values, region_totals, industry_totals, ..Grid::default() };
        Self::of_grid(grid, (regions, industries), None, &AreaOptions { nested, ..AreaOptions::default() })
    }

    fn of_layout(layout: &Layout, year: Option<i64>, options: &AreaOptions) -> Result<Self, AreasError> {
        let grid = Grid::fill(layout, year, &options.value)?;
        let codes = (layout.region.codes.clone(), layout.industry.codes.clone());
        Self::of_grid(grid, codes, year, options)
    }

    fn of_grid(
        mut grid: Grid,
        (regions, industries): (Vec<String>, Vec<String>),
        year: Option<i64>,
        options: &AreaOptions,
    ) -> Result<Self, AreasError> {
        let codes = (regions.as_slice(), industries.as_slice());
        let mut notes = Vec::new();
        codes::check_regions(codes.0, &mut notes)?;
        codes::check_totals(&grid.low, codes)?;
        codes::check_industries(&grid.low, codes, options.nested, &mut notes)?;
        let mut totals = Totals::new(&grid, codes, Check::Strict)?;
        if let (Some(method), true) = (options.impute, grid.high.is_some()) {
            impute::impute(&mut grid, method, codes, &mut notes)?;
            totals = Totals::new(&grid, codes, Check::Off)?;
        }
        let missing = grid.low.iter().filter(|value| value.is_nan()).count();
        let high = grid.high.iter().flatten();
        let suppressed = high.zip(&grid.low).filter(|(high, low)| low < high).count();
        let mut areas = Self { regions, industries, grid, totals, year, missing, suppressed, notes };
        areas.note();
        Ok(areas)
    }

    /// Says what the user must know of the table: missing and suppressed cells, units without any value.
    fn note(&mut self) {
        if self.missing > 0 {
            self.notes.push(Message::new("measure.areas.missing").count("count", self.missing));
        }
        if self.suppressed > 0 {
            self.notes.push(Message::new("measure.areas.suppressed").count("count", self.suppressed));
        }
        let empty = |totals: &[Span]| -> Vec<usize> { (0..totals.len()).filter(|&i| totals[i].high <= 0.0).collect() };
        let name = |codes: &[String], at: &[usize]| at.first().map_or_else(String::new, |&i| codes[i].clone());
        let regions = empty(&self.totals.regions);
        if !regions.is_empty() {
            let note = Message::new("measure.areas.zero-regions").count("count", regions.len());
            let first = distretto_core::Arg::Region(name(&self.regions, &regions));
            self.notes.push(note.with("first", first));
        }
        let industries = empty(&self.totals.industries);
        if !industries.is_empty() {
            let note = Message::new("measure.areas.zero-industries").count("count", industries.len());
            let first = distretto_core::Arg::Industry(name(&self.industries, &industries));
            self.notes.push(note.with("first", first));
        }
    }

    /// Codes of the regions in the order of their first appearance, those with total 0 included.
    #[must_use]
    pub fn regions(&self) -> &[String] {
        &self.regions
    }

    /// Codes of the industries in the order of their first appearance, those with total 0 included.
    #[must_use]
    pub fn industries(&self) -> &[String] {
        &self.industries
    }

    /// The year that was chosen, or the only one.
    #[must_use]
    pub fn year(&self) -> Option<i64> {
        self.year
    }

    /// The value `e_ri`; NaN when it is missing or suppressed.
    #[must_use]
    pub fn cell(&self, region: usize, industry: usize) -> f64 {
        self.span(region, industry).value()
    }

    /// Both ends of the value `e_ri`; NaN when it is missing.
    #[must_use]
    pub fn span(&self, region: usize, industry: usize) -> Span {
        let cell = region * self.industries.len() + industry;
        let low = self.grid.low[cell];
        Span { low, high: self.grid.high.as_ref().map_or(low, |high| high[cell]) }
    }

    /// Lower ends of a region's values, one for each industry; the values themselves where nothing is suppressed.
    #[must_use]
    pub fn row(&self, region: usize) -> &[f64] {
        let width = self.industries.len();
        &self.grid.low[region * width..(region + 1) * width]
    }

    /// Lower ends of all values, region by region with every industry; NaN is missing.
    #[must_use]
    pub fn lows(&self) -> &[f64] {
        &self.grid.low
    }

    /// Upper ends of all values, region by region with every industry; the same slice as [`lows`](Self::lows) when
    /// nothing is suppressed.
    #[must_use]
    pub fn highs(&self) -> &[f64] {
        self.grid.high.as_deref().unwrap_or(&self.grid.low)
    }

    /// An industry's values over the regions; NaN where missing or suppressed.
    #[must_use]
    pub fn column(&self, industry: usize) -> Vec<f64> {
        (0..self.regions.len()).map(|region| self.cell(region, industry)).collect()
    }

    /// Total of a region, `e_r`: the known total, else the sum of its cells.
    #[must_use]
    pub fn region_total(&self, region: usize) -> Span {
        self.totals.regions[region]
    }

    /// Total of an industry, `E_i`: the known total, else the sum of its cells.
    #[must_use]
    pub fn industry_total(&self, industry: usize) -> Span {
        self.totals.industries[industry]
    }

    /// Total of all, `E`.
    #[must_use]
    pub fn total(&self) -> Span {
        self.totals.all
    }

    /// The total of a region, an industry or all that was given with `--total-label`, not summed from cells.
    #[must_use]
    pub fn given_region_total(&self, region: usize) -> Option<Span> {
        given(self.grid.region_totals[region])
    }

    /// The total of an industry that was given with `--total-label`.
    #[must_use]
    pub fn given_industry_total(&self, industry: usize) -> Option<Span> {
        given(self.grid.industry_totals[industry])
    }

    /// The total of all that was given with `--total-label`.
    #[must_use]
    pub fn given_total(&self) -> Option<Span> {
        self.grid.total
    }

    /// Whether any total was given with `--total-label`.
    #[must_use]
    pub fn has_given_totals(&self) -> bool {
        let any = |totals: &[(f64, f64)]| totals.iter().any(|total| !total.0.is_nan());
        self.grid.total.is_some() || any(&self.grid.region_totals) || any(&self.grid.industry_totals)
    }

    /// Whether a region counts: its total is, or may be, above 0.
    #[must_use]
    pub fn region_counts(&self, region: usize) -> bool {
        self.totals.regions[region].high > 0.0
    }

    /// Whether an industry counts: its total is, or may be, above 0.
    #[must_use]
    pub fn industry_counts(&self, industry: usize) -> bool {
        self.totals.industries[industry].high > 0.0
    }

    /// R: the number of regions that count.
    #[must_use]
    pub fn counted_regions(&self) -> usize {
        (0..self.regions.len()).filter(|&region| self.region_counts(region)).count()
    }

    /// I: the number of industries that count.
    #[must_use]
    pub fn counted_industries(&self) -> usize {
        (0..self.industries.len()).filter(|&industry| self.industry_counts(industry)).count()
    }

    /// Establishments `b_ri` region by region with every industry (0 for an absent pair, NaN for an empty cell); `None`
    /// when the table has no such column.
    #[must_use]
    pub fn establishments(&self) -> Option<&[f64]> {
        self.grid.establishments.as_deref()
    }

    /// Whether any cell is suppressed.
    #[must_use]
    pub fn has_intervals(&self) -> bool {
        self.suppressed > 0
    }

    /// Number of missing cells.
    #[must_use]
    pub fn missing(&self) -> usize {
        self.missing
    }

    /// What the user must know of this table; every estimand copies it into its warnings.
    #[must_use]
    pub fn notes(&self) -> &[Message] {
        &self.notes
    }

    /// The place of a region's code.
    #[must_use]
    pub fn region_at(&self, code: &str) -> Option<usize> {
        self.regions.iter().position(|region| region == code)
    }

    /// The place of an industry's code.
    #[must_use]
    pub fn industry_at(&self, code: &str) -> Option<usize> {
        self.industries.iter().position(|industry| industry == code)
    }

    /// The places of the industries named (`--industry`), in the order of the table; all when none is named.
    ///
    /// # Errors
    /// A code that the table does not hold.
    pub fn chosen_industries(&self, codes: &[String]) -> Result<Vec<usize>, AreasError> {
        if codes.is_empty() {
            return Ok((0..self.industries.len()).collect());
        }
        let find = |code: &String| {
            self.industry_at(code).ok_or_else(|| {
                let known: Vec<&str> = self.industries.iter().map(String::as_str).collect();
                AreasError::UnknownIndustry { code: code.clone(), nearest: nearest(code, &known).map(str::to_owned) }
            })
        };
        let mut places = codes.iter().map(find).collect::<Result<Vec<_>, _>>()?;
        places.sort_unstable();
        places.dedup();
        Ok(places)
    }
}

fn given(total: (f64, f64)) -> Option<Span> {
    (!total.0.is_nan()).then_some(Span { low: total.0, high: total.1 })
}

fn chosen_year(layout: &Layout, options: &AreaOptions) -> Result<Option<i64>, AreasError> {
    let years = layout.distinct_years();
    match (options.year, years.as_slice()) {
        (Some(year), held) if held.contains(&year) => Ok(Some(year)),
        (Some(year), _) => Err(AreasError::UnknownYear { year, years }),
        (None, []) => Ok(None),
        (None, [only]) => Ok(Some(*only)),
        (None, _) => Err(AreasError::SeveralYears { years }),
    }
}
