//! Totals of regions, of industries and of all, from cells and known totals.

use super::error::AreasError;
use super::grid::{Grid, column_sums, row_sums};
use super::span::Span;
use distretto_numerics::sum;

/// Totals of regions (`e_r`), of industries (`E_i`) and of all (`E`).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Totals {
    pub(super) regions: Vec<Span>,
    pub(super) industries: Vec<Span>,
    pub(super) all: Span,
}

/// Whether the cells must be able to add up to the known totals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    /// Totals that cannot be met are an error.
    Strict,
    /// Known totals stand as they are: the cells were imputed.
    Off,
}

/// Totals of one kind: with what is known, and as open as missing cells leave them.
struct Side {
    used: Vec<Span>,
    open: Vec<Span>,
    all_known: bool,
}

impl Totals {
    /// The totals of a grid.
    ///
    /// A known total wins over the sum of the cells. A missing cell is left out of sums, but may be anything where a
    /// known total is to be met.
    pub(super) fn new(grid: &Grid, codes: (&[String], &[String]), check: Check) -> Result<Self, AreasError> {
        let width = codes.1.len();
        let high = grid.high.as_ref();
        let sums = |add: fn(&[f64], usize) -> Vec<f64>| {
            let low = add(&grid.low, width);
            let high = high.map(|high| add(high, width));
            let span = |i: usize| Span { low: low[i], high: high.as_ref().map_or(low[i], |high| high[i]) };
            (0..low.len()).map(span).collect::<Vec<_>>()
        };
        let (missing_rows, missing_columns) = missing(grid, width);
        let regions = side("region", codes.0, sums(row_sums), &grid.region_totals, &missing_rows, check)?;
        let industries = side("industry", codes.1, sums(column_sums), &grid.industry_totals, &missing_columns, check)?;
        let all = all(&regions, &industries, grid.total, check)?;
        Ok(Self { regions: regions.used, industries: industries.used, all })
    }
}

/// Which rows and columns hold a missing cell; empty when no total is known, since then it does not matter.
fn missing(grid: &Grid, width: usize) -> (Vec<bool>, Vec<bool>) {
    let given = |totals: &[(f64, f64)]| totals.iter().any(|total| !total.0.is_nan());
    if grid.total.is_none() && !given(&grid.region_totals) && !given(&grid.industry_totals) {
        return (Vec::new(), Vec::new());
    }
    let mut rows = vec![false; grid.region_totals.len()];
    let mut columns = vec![false; width];
    for (cell, value) in grid.low.iter().enumerate() {
        if value.is_nan() {
            rows[cell / width] = true;
            columns[cell % width] = true;
        }
    }
    (rows, columns)
}

fn side(
    kind: &str,
    codes: &[String],
    sums: Vec<Span>,
    known: &[(f64, f64)],
    missing: &[bool],
    check: Check,
) -> Result<Side, AreasError> {
    let mut side = Side { used: Vec::new(), open: Vec::new(), all_known: true };
    for (i, cells) in sums.into_iter().enumerate() {
        let open = match missing.get(i) {
            Some(true) => Span { high: f64::INFINITY, ..cells },
            _ => cells,
        };
        if known[i].0.is_nan() {
            side.all_known = false;
            side.used.push(cells);
            side.open.push(open);
            continue;
        }
        let given = Span { low: known[i].0, high: known[i].1 };
        let met = match (open.meet(given), check) {
            (Some(met), Check::Strict) => met,
            (_, Check::Off) => given,
            (None, Check::Strict) => return Err(contradiction(format!("{kind} {}", codes[i]), given, open)),
        };
        side.used.push(met);
        side.open.push(met);
    }
    Ok(side)
}

fn all(regions: &Side, industries: &Side, given: Option<Span>, check: Check) -> Result<Span, AreasError> {
    let add = |spans: &[Span]| Span {
        low: sum::pairwise_by(spans.len(), |i| spans[i].low),
        high: sum::pairwise_by(spans.len(), |i| spans[i].high),
    };
    let name = || "all regions and industries".to_owned();
    if check == Check::Strict {
        let (by_region, by_industry) = (add(&regions.open), add(&industries.open));
        let met = by_region.meet(by_industry).ok_or_else(|| contradiction(name(), by_industry, by_region))?;
        if let Some(given) = given {
            met.meet(given).ok_or_else(|| contradiction(name(), given, met))?;
        }
    }
    let used = if regions.all_known && !industries.all_known { &regions.used } else { &industries.used };
    let used = add(used);
    Ok(match given {
        Some(given) if given.is_known() => given,
        Some(given) => used.meet(given).unwrap_or(used),
        None if regions.all_known || industries.all_known => used,
        // Both leave missing cells out, but a known total holds them: the larger sum knows more.
        None => {
            let by_region = add(&regions.used);
            by_region.meet(used).unwrap_or(if by_region.low > used.low { by_region } else { used })
        }
    })
}

fn contradiction(of: String, total: Span, cells: Span) -> AreasError {
    AreasError::Total { of, total: (total.low, total.high), cells: (cells.low, cells.high) }
}
