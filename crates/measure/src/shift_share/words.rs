//! Warnings, findings and figures of the shift-share analysis.

use super::ShiftShare;
use crate::areas::Areas;
use distretto_core::{Arg, FigureKind, FigureSpec, Focus, Message, Outcome, Table};

/// Regions that a finding names.
const NAMED: usize = 3;
/// Regions that a figure shows.
const SHOWN: usize = 20;
/// Notes on area tables that are said here in other words, once for all years.
const SAID_HERE: [&str; 4] = [
    "measure.areas.missing",
    "measure.areas.suppressed",
    "measure.areas.zero-regions",
    "measure.areas.zero-industries",
];

pub(super) fn warnings(found: &ShiftShare, tables: &[Areas]) -> Vec<Message> {
    let mut said: Vec<Message> = Vec::new();
    for note in tables.iter().flat_map(Areas::notes) {
        if !SAID_HERE.contains(&note.key) && !said.contains(note) {
            said.push(note.clone());
        }
    }
    let losses = &found.losses;
    let mut count = |key: &'static str, count: usize| {
        if count > 0 {
            said.push(Message::new(key).count("count", count));
        }
    };
    count("measure.shift-share.missing", losses.missing);
    count("measure.shift-share.empty-regions", losses.empty_regions);
    count("measure.shift-share.cells-without-rate", losses.cells_without_rate);
    count("measure.shift-share.empty-nation", usize::from(losses.empty_nation));
    if losses.suppressed > 0 {
        let note = Message::new("measure.shift-share.suppressed").count("count", losses.suppressed);
        said.push(note.count("regions", losses.unknown_regions));
    }
    if let Some(first) = losses.new_industries.first() {
        let note = Message::new("measure.shift-share.new-industries").count("count", losses.new_industries.len());
        said.push(note.with("first", Arg::Industry(first.clone())));
    }
    let undefined = |c: &super::Components| c.industry_factor.is_nan() || c.regional_factor.is_nan();
    if found.method == super::Method::Gerfin && found.by_cell.iter().chain(&found.by_region).any(undefined) {
        said.push(Message::new("measure.shift-share.factors-without-base"));
    }
    said
}

pub(super) fn findings(outcome: &Outcome, focus: &Focus) -> Vec<Message> {
    let Some(regions) = outcome.table("regions") else { return Vec::new() };
    let mut said: Vec<Message> = period(outcome).into_iter().collect();
    match regions.numbers("regional") {
        Some(regional) => {
            said.extend(most(regions, regional, "measure.shift-share.most-gained", |value| value));
            said.extend(most(regions, regional, "measure.shift-share.most-lost", |value| -value));
            let place = |code: &String| (0..regions.rows()).find(|&row| label(regions, row) == Some(code.as_str()));
            let rows = focus.regions.iter().filter_map(place).take(NAMED);
            said.extend(rows.filter_map(|row| account(regions, row)));
        }
        None => {
            if let Some(factors) = regions.numbers("total_factor") {
                said.extend(most(regions, factors, "measure.shift-share.most-above", |value| value - 1.0));
                said.extend(most(regions, factors, "measure.shift-share.most-below", |value| 1.0 - value));
            }
        }
    }
    said
}

/// How the nation, and the listed industries in it, grew.
fn period(outcome: &Outcome) -> Option<Message> {
    let year = |name: &str| outcome.number(name).map(|year| format!("{year:.0}"));
    let (from, to) = (year("from")?, year("to")?);
    let growth = outcome.number("growth_rate")?;
    let listed = outcome.number("industry_growth_rate");
    let key = if listed.is_some() { "measure.shift-share.growth-listed" } else { "measure.shift-share.growth" };
    let said = Message::new(key).text("from", from).text("to", to).with("growth", Arg::Share(growth));
    Some(match listed {
        Some(listed) => said.with("listed", Arg::Share(listed)).with("industries", industries(outcome)),
        None => said,
    })
}

/// The listed industries, when they are few.
fn industries(outcome: &Outcome) -> Arg {
    let codes = outcome.table("cells").and_then(|cells| cells.text("industry")).map_or(&[][..], |text| text.labels());
    Arg::List(codes.iter().take(NAMED).map(|code| Arg::Industry(code.clone())).collect())
}

/// The regions with the largest positive `rank` of a value.
fn most(regions: &Table, values: &[f64], key: &'static str, rank: fn(f64) -> f64) -> Option<Message> {
    let mut rows: Vec<usize> = (0..values.len()).filter(|&row| rank(values[row]) > 0.0).collect();
    rows.sort_by(|&a, &b| rank(values[b]).total_cmp(&rank(values[a])).then(a.cmp(&b)));
    let count = rows.len();
    let signed = regions.field("regional").is_some();
    let entry = |row: usize| {
        let value = if signed { Arg::Signed(values[row]) } else { Arg::Number(values[row]) };
        let said = Message::new("measure.shift-share.region").with("value", value);
        label(regions, row).map(|code| Arg::Message(Box::new(said.with("region", Arg::Region(code.to_owned())))))
    };
    let named: Vec<Arg> = rows.into_iter().take(NAMED).filter_map(entry).collect();
    (count > 0).then(|| Message::new(key).count("count", count).with("regions", Arg::List(named)))
}

/// What the growth of one region is made of.
fn account(regions: &Table, row: usize) -> Option<Message> {
    let value = |column: &str| regions.numbers(column).map(|values| values[row]).filter(|value| value.is_finite());
    let said = Message::new("measure.shift-share.account").with("region", Arg::Region(label(regions, row)?.to_owned()));
    let said = said.with("growth", Arg::Signed(value("growth")?)).with("national", Arg::Signed(value("national")?));
    let said = said.with("mix", Arg::Signed(value("industry_mix")?));
    Some(said.with("regional", Arg::Signed(value("regional")? + value("allocation").unwrap_or(0.0))))
}

fn label(table: &Table, row: usize) -> Option<&str> {
    table.text("region").and_then(|text| text.get(row))
}

pub(super) fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    let Some(regions) = outcome.table("regions") else { return Vec::new() };
    if regions.field("total_factor").is_some() {
        let bars = FigureSpec::new(FigureKind::Bars).of_table("regions").by("region").of_value("total_factor");
        return vec![bars.first(SHOWN).against(1.0)];
    }
    let series: Vec<&str> = ["national", "industry_mix", "regional", "allocation"]
        .into_iter()
        .filter(|name| regions.field(name).is_some())
        .collect();
    let stacked = FigureSpec::new(FigureKind::Components).of_table("regions").by("region").of_value("regional");
    vec![stacked.stacking(&series).first(SHOWN).against(0.0)]
}
