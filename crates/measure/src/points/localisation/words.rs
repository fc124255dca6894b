//! Findings and figures of `localisation`.

use crate::inference::PAdjust;
use crate::points::words::{curve_figure, rate, short, unit};
use distretto_core::{Arg, FigureKind, FigureSpec, Focus, Message, Outcome, Table};

/// Industries that a finding names.
const NAMED: usize = 5;
/// Industries that a figure shows.
const DRAWN: usize = 20;

pub(super) fn findings(outcome: &Outcome, focus: &Focus) -> Vec<Message> {
    let Some(table) = outcome.table("industries") else { return Vec::new() };
    let mut said: Vec<Message> = focus.industries.iter().take(NAMED).filter_map(|code| one(outcome, code)).collect();
    said.extend(counts(outcome));
    said.extend(widest(outcome));
    said.extend(leaders(table, "index_local", "measure.localisation.finding-localised"));
    said.extend(leaders(table, "index_dispersed", "measure.localisation.finding-dispersed"));
    said
}

fn word<'a>(table: &'a Table, column: &str, row: usize) -> Option<&'a str> {
    table.text(column).and_then(|text| text.get(row))
}

fn number(table: &Table, column: &str, row: usize) -> f64 {
    table.numbers(column).map_or(f64::NAN, |numbers| numbers[row])
}

/// What the industry in question is.
fn one(outcome: &Outcome, code: &str) -> Option<Message> {
    let table = outcome.table("industries")?;
    let row = (0..table.rows()).find(|&row| word(table, "industry", row) == Some(code))?;
    let value = |column| number(table, column, row);
    let key = match word(table, "pattern", row)? {
        "localised" => "measure.localisation.finding-is-localised",
        "dispersed" => "measure.localisation.finding-is-dispersed",
        _ => "measure.localisation.finding-is-neither",
    };
    let said = Message::new(key).with("industry", Arg::Industry(code.to_owned()));
    let said = said.count("plants", value("plants") as usize).with("q", Arg::P(value("q_value")));
    let said = said.text("distances", word(table, "r_beyond", row).unwrap_or_default());
    let said = said.with("unit", unit(outcome));
    let rank = if key.ends_with("dispersed") { value("rank_dispersed") } else { value("rank_local") };
    Some(if rank.is_finite() { said.count("rank", rank as usize) } else { said })
}

/// How many industries are localised and dispersed.
fn counts(outcome: &Outcome) -> Option<Message> {
    let (localised, dispersed) = (outcome.number("localised")?, outcome.number("dispersed")?);
    let convention = |name: &str| outcome.provenance.conventions.get(name);
    let level = convention("level")?.as_f64()?;
    let said = match serde_json::from_value(convention("p_adjust")?.clone()).ok()? {
        PAdjust::Bh => Message::new("measure.localisation.finding-discoveries").text("method", "Benjamini–Hochberg"),
        PAdjust::By => Message::new("measure.localisation.finding-discoveries").text("method", "Benjamini–Yekutieli"),
        PAdjust::Holm => Message::new("measure.localisation.finding-family").text("method", "Holm"),
        PAdjust::Bonferroni => Message::new("measure.localisation.finding-family").text("method", "Bonferroni"),
        PAdjust::None => Message::new("measure.localisation.finding-unadjusted"),
    };
    let said = said.number("rate", rate(level));
    let p = outcome.table("industries")?.numbers("p_value")?;
    let said = said.count("count", p.iter().filter(|p| p.is_finite()).count());
    Some(said.count("localised", localised as usize).count("dispersed", dispersed as usize))
}

/// The distance at which most industries are localised.
fn widest(outcome: &Outcome) -> Option<Message> {
    let table = outcome.table("by_distance")?;
    let localised = (0..table.rows()).filter(|&row| word(table, "pattern", row) == Some("localised"));
    let count = |row: usize| number(table, "industries", row);
    let best = localised.fold(None, |best: Option<usize>, row| match best {
        Some(best) if count(best) >= count(row) => Some(best),
        _ => Some(row),
    })?;
    let said = Message::new("measure.localisation.finding-widest").count("count", count(best) as usize);
    let p = outcome.table("industries")?.numbers("p_value")?;
    let said = said.count("tested", p.iter().filter(|p| p.is_finite()).count());
    (count(best) > 0.0).then(|| said.text("r", short(number(table, "r", best))).with("unit", unit(outcome)))
}

/// The industries of a pattern with the largest index.
fn leaders(table: &Table, index: &str, key: &'static str) -> Option<Message> {
    let pattern = if index == "index_local" { "localised" } else { "dispersed" };
    let mut rows: Vec<usize> = (0..table.rows()).filter(|&row| word(table, "pattern", row) == Some(pattern)).collect();
    rows.sort_by(|&a, &b| number(table, index, b).total_cmp(&number(table, index, a)).then(a.cmp(&b)));
    let name = |&row: &usize| Arg::Industry(word(table, "industry", row).unwrap_or_default().to_owned());
    let named: Vec<Arg> = rows.iter().take(NAMED).map(name).collect();
    (!named.is_empty()).then(|| Message::new(key).with("industries", Arg::List(named)))
}

pub(super) fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    let mut figures = Vec::new();
    if outcome.table("by_distance").is_some() {
        let mut lines = FigureSpec::new(FigureKind::Lines).of_table("by_distance").by("pattern");
        (lines.x, lines.y) = (Some("r".to_owned()), Some("industry_share".to_owned()));
        lines.group = Some("pattern".to_owned());
        figures.push(lines);
    }
    let localised = outcome.number("localised").is_some_and(|count| count > 0.0);
    if localised {
        let bars = FigureSpec::new(FigureKind::Bars).of_table("industries").of_value("index_local").first(DRAWN);
        figures.push(bars);
    }
    if outcome.table("map").is_some() {
        figures.push(FigureSpec::new(FigureKind::Map).of_table("map").of_value("neighbours"));
    }
    let one = |table: &Table| table.text("industry").is_some_and(|text| text.labels().len() == 1);
    let function = outcome.provenance.conventions.get("function").and_then(serde_json::Value::as_str);
    if let (Some(function), true) = (function, outcome.table("curves").is_some_and(one)) {
        figures.push(curve_figure("curves", function));
    }
    figures
}
