//! Missing cells: refused, left out with their row, or filled in and listed.

use super::Indicators;
use super::options::Missing;
use distretto_core::{Fault, Message, Table};
use distretto_numerics::median;

/// A cell that was missing and was filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct Imputed {
    /// Row.
    pub row: usize,
    /// Place of the indicator.
    pub indicator: usize,
    /// What stands in.
    pub value: f64,
    /// `mean`, `median` or `interpolate`.
    pub method: &'static str,
}

/// Carries out the policy. Fewer than two rows are told before a missing cell is.
pub(super) fn fill(found: &mut Indicators, table: &Table, policy: Missing) -> Result<(), Fault> {
    let gap = |found: &Indicators| {
        let row = (0..found.n()).find(|&row| found.columns.iter().any(|column| column[row].is_nan()))?;
        Some((row, found.columns.iter().position(|column| column[row].is_nan()).unwrap_or(0)))
    };
    if gap(found).is_none() || policy == Missing::Pairwise || (policy == Missing::Error && found.n() < 2) {
        return Ok(());
    }
    match policy {
        Missing::Error | Missing::Pairwise => {}
        Missing::Listwise => leave_out(found),
        Missing::Mean => stand_in(found, "mean", |values| values.iter().sum::<f64>() / values.len() as f64),
        Missing::Median => stand_in(found, "median", median),
        Missing::Interpolate => interpolate(found, table)?,
    }
    match gap(found) {
        None => Ok(()),
        Some((row, indicator)) => {
            let message = match policy {
                Missing::Interpolate => "missing value before the first or after the last year of its unit",
                Missing::Mean | Missing::Median => "missing value in a column without any value",
                _ => "missing value",
            };
            let fault = Fault::input(message).at(table, found.rows[row], &found.indicators[indicator].column);
            Err(fault.with_hint("--missing listwise, mean, median or interpolate says what to do about it"))
        }
    }
}

fn leave_out(found: &mut Indicators) {
    let whole = |row: &usize| found.columns.iter().all(|column| !column[*row].is_nan());
    let kept: Vec<usize> = (0..found.n()).filter(whole).collect();
    let dropped = found.n() - kept.len();
    found.units = kept.iter().map(|&row| found.units[row].clone()).collect();
    found.years = found.years.as_ref().map(|years| kept.iter().map(|&row| years[row]).collect());
    found.rows = kept.iter().map(|&row| found.rows[row]).collect();
    for column in &mut found.columns {
        *column = kept.iter().map(|&row| column[row]).collect();
    }
    found.notes.push(Message::new("appraise.indicators.listwise").count("count", dropped));
}

fn stand_in(found: &mut Indicators, method: &'static str, value: fn(&[f64]) -> f64) {
    for (indicator, column) in found.columns.iter_mut().enumerate() {
        let known: Vec<f64> = column.iter().copied().filter(|x| !x.is_nan()).collect();
        if known.is_empty() {
            continue;
        }
        let value = value(&known);
        for (row, cell) in column.iter_mut().enumerate().filter(|(_, cell)| cell.is_nan()) {
            *cell = value;
            found.imputed.push(Imputed { row, indicator, value, method });
        }
    }
    note(found);
}

/// A straight line between the nearest years before and after within the unit.
fn interpolate(found: &mut Indicators, table: &Table) -> Result<(), Fault> {
    let Some(years) = found.years.clone() else {
        let fault = Fault::input("there is no column `year`, which interpolation needs").in_table(table);
        return Err(fault.with_hint("name it: --col year=NAME"));
    };
    for (indicator, column) in found.columns.iter_mut().enumerate() {
        let known = column.clone();
        for row in (0..known.len()).filter(|&row| known[row].is_nan()) {
            let others = || (0..known.len()).filter(|&i| found.units[i] == found.units[row] && !known[i].is_nan());
            let by_year = |a: &usize, b: &usize| years[*a].total_cmp(&years[*b]);
            let before = others().filter(|&i| years[i] < years[row]).max_by(by_year);
            let after = others().filter(|&i| years[i] > years[row]).min_by(by_year);
            if let (Some(a), Some(b)) = (before, after) {
                let value = known[a] + (known[b] - known[a]) * (years[row] - years[a]) / (years[b] - years[a]);
                column[row] = value;
                found.imputed.push(Imputed { row, indicator, value, method: "interpolate" });
            }
        }
    }
    note(found);
    Ok(())
}

fn note(found: &mut Indicators) {
    if !found.imputed.is_empty() {
        found.notes.push(Message::new("appraise.indicators.imputed").count("count", found.imputed.len()));
    }
}
