//! Upgrading: what became of unit value and market share, of jobs and wages.

use crate::words::{named, ratio};
use distretto_core::{
    ColumnKind, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Input, Inputs, Message, OptionValues,
    Outcome, Place, Table, TableSpec, Text, option_specs, parse_options,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "link",
    name: "upgrading",
    about: "Upgrading between two years: unit value and market share, employment and wage",
    chapter: "link/upgrading",
    revision: 1,
    inputs: &[Input::table(
        "panel",
        Place::Positional,
        true,
        "Panel: unit, year, unit_value, market_share, perhaps productivity, employment, wage",
    )],
    options: option_specs::<UpgradingOptions>,
    plan,
    run,
    findings,
    figures,
};

/// Options of the estimand `upgrading`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct UpgradingOptions {
    /// First year; left out, the first of the panel.
    pub from: Option<i64>,
    /// Last year; left out, the last of the panel.
    pub to: Option<i64>,
}

/// The trajectory of a unit whose unit value and market share changed so much; a change of zero counts as down.
///
/// # References
/// Kaplinsky and Readman 2005.
#[must_use]
pub fn trajectory(unit_value: f64, market_share: f64) -> Option<&'static str> {
    if unit_value.is_nan() || market_share.is_nan() {
        return None;
    }
    Some(match (unit_value > 0.0, market_share > 0.0) {
        (true, true) => "product-upgrading",
        (false, true) => "process-upgrading",
        (true, false) => "failed-product-upgrading",
        (false, false) => "downgrading",
    })
}

/// Two changes in a word: both rise, neither rises, else mixed (Bernhardt and Milberg 2011).
#[must_use]
pub fn direction(one: f64, other: f64) -> Option<&'static str> {
    if one.is_nan() || other.is_nan() {
        return None;
    }
    Some(match (one > 0.0, other > 0.0) {
        (true, true) => "up",
        (false, false) => "down",
        _ => "mixed",
    })
}

/// First and last year of a table, or those asked for; nothing without a column `year`.
///
/// # Errors
/// Years that are missing or out of order.
pub(crate) fn span(table: &Table, from: Option<i64>, to: Option<i64>) -> Result<Option<(f64, f64)>, Fault> {
    let Some(years) = table.numbers("year") else { return Ok(None) };
    if let Some(row) = years.iter().position(|year| year.is_nan()) {
        return Err(Fault::input("the year is missing").at(table, row, "year"));
    }
    let least = years.iter().copied().fold(f64::INFINITY, f64::min);
    let most = years.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (first, last) = (from.map_or(least, |year| year as f64), to.map_or(most, |year| year as f64));
    for (option, year) in [("from", first), ("to", last)] {
        if !years.contains(&year) {
            return Err(Fault::option(format!("option `{option}`: the table has no year {year}")).in_table(table));
        }
    }
    if first > last {
        return Err(Fault::option(format!("option `from`: {first} is after {last}")));
    }
    Ok(Some((first, last)))
}

fn plan(values: &OptionValues, _given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let _: UpgradingOptions = parse_options(values)?;
    let mut spec = TableSpec::new("panel").need("unit", ColumnKind::Label).need("year", ColumnKind::Integer);
    for name in ["unit_value", "market_share"] {
        spec = spec.need(name, ColumnKind::NonNegative);
    }
    for name in ["productivity", "employment", "wage"] {
        spec = spec.take(name, ColumnKind::NonNegative);
    }
    Ok(vec![spec.unique(&["unit", "year"])])
}

/// Relative change of a column for every unit.
fn changes(table: &Table, column: &str, (first, last): (f64, f64)) -> Option<Vec<f64>> {
    let (units, years, values) = (table.text("unit")?, table.numbers("year")?, table.numbers(column)?);
    let mut ends = vec![[f64::NAN; 2]; units.labels().len()];
    for row in 0..table.rows() {
        let Some(unit) = units.code(row) else { continue };
        for (k, year) in [first, last].into_iter().enumerate() {
            if years[row] == year {
                ends[unit as usize][k] = values[row];
            }
        }
    }
    Some(ends.into_iter().map(|[before, after]| ratio(after - before, before)).collect())
}

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: UpgradingOptions = parse_options(values)?;
    let table = inputs.need("panel")?;
    let missing =
        || Fault::input("the columns `unit`, `year`, `unit_value` and `market_share` are needed").in_table(table);
    let span = span(table, options.from, options.to)?.ok_or_else(missing)?;
    if span.0 == span.1 {
        let fault = Fault::input(format!("the only year is {}: a trajectory needs two years", span.0)).in_table(table);
        return Err(fault
            .in_column("year")
            .with_hint("add an earlier or a later year, or set `--from` and `--to` apart"));
    }
    let units = table.text("unit").ok_or_else(missing)?.labels().to_vec();
    let change = |column: &str| changes(table, column, span);
    let (Some(value), Some(share)) = (change("unit_value"), change("market_share")) else { return Err(missing()) };
    let mut outcome =
        Outcome::new("link upgrading", "trajectories of unit value and market share (Kaplinsky and Readman 2005)");
    outcome.convention("no_change", "counts as down");
    let lacking: Vec<&str> =
        (0..units.len()).filter(|&u| value[u].is_nan() || share[u].is_nan()).map(|u| units[u].as_str()).collect();
    if !lacking.is_empty() {
        outcome.warn(named("link.upgrading.lacking", &lacking));
    }
    let of: Vec<Option<&str>> = value.iter().zip(&share).map(|(value, share)| trajectory(*value, *share)).collect();
    outcome.scalar("units", units.len() as f64).scalar("from", span.0).scalar("to", span.1);
    let count = |name: &str| of.iter().filter(|one| **one == Some(name)).count() as f64;
    outcome
        .scalar("product_upgrading", count("product-upgrading"))
        .scalar("process_upgrading", count("process-upgrading"));
    outcome
        .scalar("failed_product_upgrading", count("failed-product-upgrading"))
        .scalar("downgrading", count("downgrading"));
    let still: Text = (0..units.len()).map(|u| (value[u] == 0.0 || share[u] == 0.0).then_some("no change")).collect();
    let mut result = Table::empty()
        .with_text("unit", crate::words::text(&units))
        .with_numbers("unit_value_change", value.clone())
        .with_numbers("market_share_change", share.clone());
    if let Some(productivity) = change("productivity") {
        result = result.with_numbers("productivity_change", productivity);
    }
    result = result.with_text("trajectory", of.into_iter().collect()).with_text("note", still);
    if let (Some(jobs), Some(wage)) = (change("employment"), change("wage")) {
        let word =
            |one: &[f64], other: &[f64]| one.iter().zip(other).map(|(one, other)| direction(*one, *other)).collect();
        result = result.with_text("economic", word(&value, &share)).with_text("social", word(&jobs, &wage));
    }
    outcome.add_table("units", result);
    Ok(outcome)
}

fn findings(outcome: &Outcome, _focus: &Focus) -> Vec<Message> {
    let count = |name: &str| outcome.number(name).unwrap_or_default() as usize;
    let message = Message::new("link.upgrading.counts")
        .count("units", count("units"))
        .count("product", count("product_upgrading"))
        .count("process", count("process_upgrading"))
        .count("failed", count("failed_product_upgrading"))
        .count("down", count("downgrading"));
    let years = |name: &str| outcome.number(name).map_or(String::new(), |year| format!("{year:.0}"));
    vec![message.text("from", years("from")).text("to", years("to"))]
}

fn figures(_outcome: &Outcome) -> Vec<FigureSpec> {
    let mut place = FigureSpec::new(FigureKind::Scatter).of_table("units").by("unit");
    (place.x, place.y) = (Some("market_share_change".into()), Some("unit_value_change".into()));
    place.group = Some("trajectory".into());
    vec![place]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_change_counts_as_down() {
        assert_eq!(trajectory(0.1, 0.2), Some("product-upgrading"));
        assert_eq!(trajectory(-0.1, 0.2), Some("process-upgrading"));
        assert_eq!(trajectory(0.1, 0.0), Some("failed-product-upgrading"));
        assert_eq!(trajectory(0.0, 0.0), Some("downgrading"));
        assert_eq!(trajectory(f64::NAN, 0.0), None);
        assert_eq!(
            (direction(1.0, 1.0), direction(0.0, 1.0), direction(0.0, -1.0)),
            (Some("up"), Some("mixed"), Some("down"))
        );
    }

    #[test]
    fn years_that_are_not_there_are_refused() {
        let table = Table::empty().with_numbers("year", vec![2001.0, 2005.0]);
        assert_eq!(span(&table, None, None), Ok(Some((2001.0, 2005.0))));
        assert!(span(&table, Some(2002), None).is_err());
        assert!(span(&table, Some(2005), Some(2001)).is_err());
    }
}
