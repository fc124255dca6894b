//! Area tables of several years side by side: what the parts of growth are computed from.

use super::options::ShiftShareError;
use super::parts::Period;
use crate::areas::Areas;
use distretto_numerics::pairwise_by;

/// Values of the same regions and industries in several years.
#[derive(Debug, Clone)]
pub(crate) struct Panel {
    /// Codes of the regions, without the nation.
    pub(crate) regions: Vec<String>,
    /// Codes of all industries.
    pub(crate) industries: Vec<String>,
    years: Vec<Year>,
    /// Cells without a value in some year: left out of every sum.
    left_out: Vec<bool>,
    /// Cells that are suppressed in some year.
    suppressed: Vec<bool>,
}

/// One year; NaN is not known.
#[derive(Debug, Clone)]
struct Year {
    values: Vec<f64>,
    regions: Vec<f64>,
    nation: Vec<f64>,
    total: f64,
}

impl Panel {
    /// Tables of one layout, one a year, and the region that holds the nation.
    pub(crate) fn new(tables: &[Areas], nation: Option<&str>) -> Result<Self, ShiftShareError> {
        let first = tables.first().ok_or(ShiftShareError::NoYears)?;
        let nation = match nation {
            Some(code) => {
                Some(first.region_at(code).ok_or_else(|| ShiftShareError::unknown_nation(code, first.regions()))?)
            }
            None => None,
        };
        let kept: Vec<usize> = (0..first.regions().len()).filter(|&region| Some(region) != nation).collect();
        if let (true, Some(nation)) = (kept.is_empty(), nation) {
            return Err(ShiftShareError::OnlyNation { code: first.regions()[nation].clone() });
        }
        let width = first.industries().len();
        let cells = || kept.iter().flat_map(|&region| (0..width).map(move |industry| (region, industry)));
        let missing = |region: usize, industry: usize| tables.iter().any(|t| t.span(region, industry).low.is_nan());
        let left_out: Vec<bool> =
            cells().map(|(r, i)| missing(r, i) || nation.is_some_and(|nation| missing(nation, i))).collect();
        let open = |r: usize, i: usize| tables.iter().any(|t| t.span(r, i).low < t.span(r, i).high);
        let suppressed = cells().map(|(r, i)| open(r, i)).collect();
        let years = tables.iter().map(|table| Year::new(table, &kept, &left_out, nation)).collect();
        let regions = kept.iter().map(|&region| first.regions()[region].clone()).collect();
        Ok(Self { regions, industries: first.industries().to_vec(), years, left_out, suppressed })
    }

    /// Whether a cell has no value in some year.
    pub(crate) fn is_left_out(&self, region: usize, industry: usize) -> bool {
        self.left_out[region * self.industries.len() + industry]
    }

    /// Number of cells that are left out.
    pub(crate) fn left_out(&self) -> usize {
        self.left_out.iter().filter(|&&cell| cell).count()
    }

    /// Number of cells that are suppressed in some year.
    pub(crate) fn suppressed(&self) -> usize {
        self.suppressed.iter().filter(|&&cell| cell).count()
    }

    /// The consecutive periods.
    pub(crate) fn periods(&self) -> Vec<Period<'_>> {
        self.years.windows(2).map(|pair| between(&pair[0], &pair[1])).collect()
    }

    /// The period from the first to the last year.
    pub(crate) fn whole(&self) -> Period<'_> {
        between(&self.years[0], &self.years[self.years.len() - 1])
    }
}

fn between<'a>(before: &'a Year, after: &'a Year) -> Period<'a> {
    Period {
        before: &before.values,
        after: &after.values,
        region_before: &before.regions,
        region_after: &after.regions,
        nation_before: &before.nation,
        nation_after: &after.nation,
        total_before: before.total,
        total_after: after.total,
    }
}

impl Year {
    fn new(table: &Areas, kept: &[usize], left_out: &[bool], nation: Option<usize>) -> Self {
        let width = table.industries().len();
        let value = |place: usize, industry: usize| {
            if left_out[place * width + industry] { 0.0 } else { table.cell(kept[place], industry) }
        };
        let values: Vec<f64> = (0..kept.len() * width).map(|cell| value(cell / width, cell % width)).collect();
        let region_total = |(place, &region): (usize, &usize)| match table.given_region_total(region) {
            Some(total) => total.value(),
            None => pairwise_by(width, |industry| value(place, industry)),
        };
        let regions = kept.iter().enumerate().map(region_total).collect();
        let sum = |industry: usize| pairwise_by(kept.len(), |place| value(place, industry));
        let of_nation: Vec<f64> = match nation {
            // A cell of the nation without value leaves its industry out everywhere.
            Some(nation) => (0..width)
                .map(|i| table.span(nation, i))
                .map(|s| if s.low.is_nan() { 0.0 } else { s.value() })
                .collect(),
            None => (0..width)
                .map(|i| table.given_industry_total(i).map_or_else(|| sum(i), |total| total.value()))
                .collect(),
        };
        let total = match (nation, table.given_total()) {
            (Some(nation), _) => table.region_total(nation).value(),
            (None, Some(total)) => total.value(),
            (None, None) => pairwise_by(width, |industry| of_nation[industry]),
        };
        Self { values, regions, nation: of_nation, total }
    }
}
