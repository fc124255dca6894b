//! Shift-share: growth of regions taken apart into what the nation, their industries and they themselves did.
//!
//! The page of the manual is `docs/theory/measure/shift-share.md`.

mod options;
mod panel;
mod parts;
mod run;
#[cfg(test)]
mod tests;
mod words;

pub use options::{Method, ShiftShareError, ShiftShareOptions};
pub(crate) use run::ESTIMAND;

use crate::areas::Areas;
use panel::Panel;
use parts::{Factors, Parts, Period, Rate};
use rayon::prelude::*;

/// Parts of the growth of a cell or a region. NaN for what does not exist or is not known.
///
/// Differences are in units of the values and add up: `growth = national + industry_mix + regional + allocation +
/// new_industries`. Factors have no unit and multiply: `total_factor = industry_factor · regional_factor`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Components {
    /// `e' − e`.
    pub growth: f64,
    /// `e g`: with the growth rate of the nation.
    pub national: f64,
    /// `e (g_i − g)`: because its industries grew otherwise than all.
    pub industry_mix: f64,
    /// `e' − e(1 + g_i)`: because it grew otherwise than its industries; with Esteban's method only that of a
    /// homothetic region.
    pub regional: f64,
    /// `(e − h)(g_ri − g_i)`, Esteban's method only, else 0.
    pub allocation: f64,
    /// `Σ e(1 + g_i)/e` over `1 + g`, Gerfin's method only.
    pub industry_factor: f64,
    /// `e'/Σ e(1 + g_i)`, Gerfin's method only.
    pub regional_factor: f64,
    /// `(e'/e)/(1 + g)`, Gerfin's method only.
    pub total_factor: f64,
    /// Change in industries that the nation did not have in the first year.
    pub new_industries: f64,
}

/// Growth of every region and cell, taken apart.
#[derive(Debug, Clone, PartialEq)]
pub struct ShiftShare {
    /// How.
    pub method: Method,
    /// Codes of the regions.
    pub regions: Vec<String>,
    /// Codes of the industries that are listed.
    pub industries: Vec<String>,
    /// `g`, growth of the nation in all industries from the first to the last year.
    pub growth_rate: f64,
    /// Growth of the listed industries together in the nation.
    pub listed_growth_rate: f64,
    /// One for each region, over the listed industries.
    pub by_region: Vec<Components>,
    /// Region by region, one for each listed industry.
    pub by_cell: Vec<Components>,
    /// What had to be left out or does not exist.
    pub losses: Losses,
}

/// What had to be left out or does not exist, in counts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Losses {
    /// Cells without a value in some year, left out of every sum.
    pub missing: usize,
    /// Cells that are suppressed in some year.
    pub suppressed: usize,
    /// Regions whose parts are not known because of suppressed cells.
    pub unknown_regions: usize,
    /// Listed industries that the nation did not have at the start of some period.
    pub new_industries: Vec<String>,
    /// Cells that start at 0 and have no growth rate of their own (Esteban's method).
    pub cells_without_rate: usize,
    /// Regions without any value in the listed industries.
    pub empty_regions: usize,
    /// Whether the nation had nothing in the first year.
    pub empty_nation: bool,
}

/// Takes growth apart between the years of `tables`, which share their codes (see [`Areas::read_years`]).
///
/// The method decides how many tables are used: all consecutive pairs for [`Method::Dynamic`], else the first and the
/// last. Growth of the nation `g` is always that of all industries; `options.industry` restricts what is listed and
/// summed up.
///
/// # Errors
/// No table; a nation or industry that the tables lack.
///
/// # Complexity
/// O(years · regions · industries).
///
/// # References
/// Dunn 1960, Papers of the Regional Science Association 6; Esteban-Marquillas 1972, Regional and Urban Economics 2;
/// Gerfin 1964, Kyklos 17; Barff and Knight 1988, Growth and Change 19.
pub fn shift_share(tables: &[Areas], options: &ShiftShareOptions) -> Result<ShiftShare, ShiftShareError> {
    let first = tables.first().ok_or(ShiftShareError::NoYears)?;
    let listed = first.chosen_industries(&options.industry)?;
    let panel = Panel::new(tables, options.nation.as_deref())?;
    let periods = match options.method {
        Method::Dynamic => panel.periods(),
        _ => vec![panel.whole()],
    };
    let rows: Vec<Row> = (0..panel.regions.len())
        .into_par_iter()
        .map(|region| take_apart(&panel, &periods, region, &listed, options.method))
        .collect();
    let losses = losses(&panel, &periods, &listed, &rows, options.method);
    let (by_region, cells): (Vec<Components>, Vec<Vec<Components>>) =
        rows.into_iter().map(|r| (r.region, r.cells)).unzip();
    Ok(ShiftShare {
        method: options.method,
        industries: listed.iter().map(|&i| panel.industries[i].clone()).collect(),
        growth_rate: panel.whole().growth_rate(),
        listed_growth_rate: rate_of(&panel.whole(), &listed),
        by_region,
        by_cell: cells.into_iter().flatten().collect(),
        losses,
        regions: panel.regions,
    })
}

/// A region: all its cells, and their sum.
struct Row {
    region: Components,
    cells: Vec<Components>,
}

fn take_apart(panel: &Panel, periods: &[Period], region: usize, listed: &[usize], method: Method) -> Row {
    let mut total = Parts::default();
    let mut cells = Vec::with_capacity(listed.len());
    for &industry in listed {
        let mut sum = Parts::default();
        periods.iter().for_each(|period| sum.add(&period.cell(region, industry, method)));
        total.add(&sum);
        cells.push(cell_components(panel, periods, region, industry, &sum, method));
    }
    let mut row = components(&total, factors(panel, region, listed, method));
    if listed.len() == panel.industries.len() {
        known_totals(&mut row, periods, region);
    }
    if listed.iter().all(|&i| nothing(panel, region, i)) {
        row = Components { growth: row.growth, ..NOTHING };
    }
    Row { region: row, cells }
}

/// Totals that are known although cells are not.
fn known_totals(row: &mut Components, periods: &[Period], region: usize) {
    let sum = |term: &dyn Fn(&Period) -> f64| periods.iter().map(term).sum::<f64>();
    if row.growth.is_nan() {
        row.growth = sum(&|p| p.region_after[region] - p.region_before[region]);
    }
    if row.national.is_nan() {
        row.national = sum(&|p| p.region_before[region] * p.growth_rate());
    }
}

const NOTHING: Components = Components {
    growth: f64::NAN,
    national: f64::NAN,
    industry_mix: f64::NAN,
    regional: f64::NAN,
    allocation: f64::NAN,
    industry_factor: f64::NAN,
    regional_factor: f64::NAN,
    total_factor: f64::NAN,
    new_industries: f64::NAN,
};

fn cell_components(
    panel: &Panel,
    periods: &[Period],
    region: usize,
    industry: usize,
    sum: &Parts,
    method: Method,
) -> Components {
    if panel.is_left_out(region, industry) {
        return NOTHING;
    }
    let found = components(sum, factors(panel, region, &[industry], method));
    if periods.iter().all(|period| period.rate(industry) == Rate::New) {
        // Without a growth rate of the industry there is neither mix nor regional part, only change.
        return Components { industry_mix: f64::NAN, regional: f64::NAN, allocation: f64::NAN, ..found };
    }
    found
}

fn components(parts: &Parts, factors: Option<Factors>) -> Components {
    let (industry_factor, regional_factor, total_factor) =
        factors.map_or((f64::NAN, f64::NAN, f64::NAN), |f| (f.industry, f.regional, f.total));
    Components {
        growth: parts.growth,
        national: parts.national,
        industry_mix: parts.industry_mix,
        regional: parts.regional,
        allocation: parts.allocation,
        industry_factor,
        regional_factor,
        total_factor,
        new_industries: parts.new_industries,
    }
}

fn factors(panel: &Panel, region: usize, industries: &[usize], method: Method) -> Option<Factors> {
    (method == Method::Gerfin).then(|| panel.whole().factors(region, industries))
}

/// Whether a cell is known to be 0 in the first and in the last year.
fn nothing(panel: &Panel, region: usize, industry: usize) -> bool {
    let (whole, at) = (panel.whole(), region * panel.industries.len() + industry);
    whole.before[at] == 0.0 && whole.after[at] == 0.0
}

/// Growth of some industries together in the nation.
fn rate_of(whole: &Period, listed: &[usize]) -> f64 {
    let before: f64 = listed.iter().map(|&i| whole.nation_before[i]).sum();
    let after: f64 = listed.iter().map(|&i| whole.nation_after[i]).sum();
    if before > 0.0 { after / before - 1.0 } else { f64::NAN }
}

fn losses(panel: &Panel, periods: &[Period], listed: &[usize], rows: &[Row], method: Method) -> Losses {
    let new = |&&i: &&usize| periods.iter().any(|period| period.rate(i) == Rate::New);
    let starts_at_zero = |region: usize, i: usize| periods[0].before[region * panel.industries.len() + i] == 0.0;
    let without_rate = |region: usize| {
        let count = |&&i: &&usize| starts_at_zero(region, i) && !panel.is_left_out(region, i);
        listed.iter().filter(count).count()
    };
    let regions = 0..panel.regions.len();
    let empty = |&region: &usize| listed.iter().all(|&i| nothing(panel, region, i));
    let empty_regions = regions.clone().filter(empty).count();
    let unknown = rows.iter().filter(|row| row.region.regional.is_nan()).count();
    let suppressed = panel.suppressed();
    Losses {
        missing: panel.left_out(),
        suppressed,
        unknown_regions: if suppressed > 0 { unknown.saturating_sub(empty_regions) } else { 0 },
        new_industries: listed.iter().filter(new).map(|&i| panel.industries[i].clone()).collect(),
        cells_without_rate: if method == Method::Esteban { regions.map(without_rate).sum() } else { 0 },
        empty_regions,
        empty_nation: panel.whole().total_before == 0.0,
    }
}
