//! Warnings, findings and figures of co-agglomeration.

use super::Locations;
use super::run::Groups;
use crate::inference::PAdjust;
use distretto_core::{Arg, FigureKind, FigureSpec, Focus, Message, Outcome, Table};

/// Pairs that a finding names.
const NAMED: usize = 3;

pub(super) fn warnings(
    locations: Option<&Locations>,
    industries: &[String],
    groups: Option<&Groups>,
    said: &mut Vec<Message>,
) {
    match locations {
        None => said.push(Message::new("measure.coagglomeration.open-shares")),
        Some(locations) if locations.benchmark.spread() <= 0.0 => {
            said.push(Message::new("measure.coagglomeration.one-region"));
        }
        Some(locations) => {
            let unknown: Vec<usize> = (0..industries.len()).filter(|&i| !locations.is_known(i)).collect();
            if let Some(&first) = unknown.first() {
                let note = Message::new("measure.coagglomeration.unknown-industries").count("count", unknown.len());
                said.push(note.with("first", Arg::Industry(industries[first].clone())));
            }
        }
    }
    let Some(groups) = groups else { return };
    if groups.unmatched > 0 {
        said.push(Message::new("measure.coagglomeration.unmatched").count("count", groups.unmatched));
    }
    let small = groups.gamma.iter().filter(|gamma| gamma.is_nan()).count();
    if small > 0 {
        said.push(Message::new("measure.coagglomeration.small-groups").count("count", small));
    }
}

pub(super) fn findings(outcome: &Outcome, focus: &Focus) -> Vec<Message> {
    let Some(pairs) = outcome.table("pairs") else { return Vec::new() };
    let mut said: Vec<Message> = Vec::new();
    match focus.industries.first() {
        Some(code) => {
            let with = ranked(pairs, |row| is(pairs, "industry_a", row, code) || is(pairs, "industry_b", row, code));
            said.extend(partners(pairs, code, &with));
        }
        None => {
            said.extend(of_all(outcome));
            said.extend(leaders(pairs, &ranked(pairs, |_| true)));
        }
    }
    said.extend(significant(outcome, pairs));
    said
}

/// All industries as one group.
fn of_all(outcome: &Outcome) -> Option<Message> {
    let gamma = outcome.number("gamma_c")?;
    let count = outcome.number("industries").unwrap_or(0.0) as usize;
    Some(Message::new("measure.coagglomeration.finding-all").count("count", count).number("gamma", gamma))
}

fn is(pairs: &Table, column: &str, row: usize, code: &str) -> bool {
    pairs.text(column).is_some_and(|text| text.get(row) == Some(code))
}

fn gamma(pairs: &Table, row: usize) -> f64 {
    pairs.numbers("gamma_c").map_or(f64::NAN, |gamma| gamma[row])
}

/// Rows with a value, the largest first.
fn ranked(pairs: &Table, holds: impl Fn(usize) -> bool) -> Vec<usize> {
    let mut rows: Vec<usize> = (0..pairs.rows()).filter(|&row| holds(row) && gamma(pairs, row).is_finite()).collect();
    rows.sort_by(|&a, &b| gamma(pairs, b).total_cmp(&gamma(pairs, a)).then(a.cmp(&b)));
    rows
}

fn industry(pairs: &Table, column: &str, row: usize) -> Arg {
    Arg::Industry(pairs.text(column).and_then(|text| text.get(row)).unwrap_or_default().to_owned())
}

/// The pairs with the largest γ.
fn leaders(pairs: &Table, rows: &[usize]) -> Option<Message> {
    let entry = |&row: &usize| {
        let said = Message::new("measure.coagglomeration.pair").with("a", industry(pairs, "industry_a", row));
        let said = said.with("b", industry(pairs, "industry_b", row)).number("gamma", gamma(pairs, row));
        Arg::Message(Box::new(said))
    };
    let named: Vec<Arg> = rows.iter().take(NAMED).map(entry).collect();
    (!named.is_empty()).then(|| Message::new("measure.coagglomeration.finding-pairs").with("pairs", Arg::List(named)))
}

/// The industries that are most, and least, where one is.
fn partners(pairs: &Table, code: &str, rows: &[usize]) -> Vec<Message> {
    let entry = |&row: &usize| {
        let other = if is(pairs, "industry_a", row, code) { "industry_b" } else { "industry_a" };
        let said = Message::new("measure.coagglomeration.partner").with("industry", industry(pairs, other, row));
        Arg::Message(Box::new(said.number("gamma", gamma(pairs, row))))
    };
    let say = |key: &'static str, named: Vec<Arg>| {
        let said = Message::new(key).with("industry", Arg::Industry(code.to_owned()));
        (!named.is_empty()).then(|| said.with("partners", Arg::List(named)))
    };
    let near = rows.iter().filter(|&&row| gamma(pairs, row) > 0.0).take(NAMED).map(entry).collect();
    let far = rows.iter().rev().filter(|&&row| gamma(pairs, row) < 0.0).take(NAMED).map(entry).collect();
    let near = say("measure.coagglomeration.finding-partners", near);
    near.into_iter().chain(say("measure.coagglomeration.finding-apart", far)).collect()
}

/// How many pairs of the table differ from chance, at the error rate and by the adjustment that the outcome names.
fn significant(outcome: &Outcome, pairs: &Table) -> Option<Message> {
    let convention = |name: &str| outcome.provenance.conventions.get(name);
    let level = convention("level")?.as_f64()?;
    let adjusted: PAdjust = serde_json::from_value(convention("p_adjust")?.clone()).ok()?;
    // 1 − 0.95 is 0.050000000000000044 in binary.
    let rate = ((1.0 - level) * 1e9).round() / 1e9;
    let q = pairs.numbers("q_value")?;
    let tested = q.iter().filter(|q| q.is_finite()).count();
    let count = |holds: fn(f64) -> bool| (0..q.len()).filter(|&row| q[row] <= rate && holds(gamma(pairs, row))).count();
    let said = match adjusted {
        PAdjust::Bh => Message::new("measure.coagglomeration.finding-discoveries").text("method", "Benjamini–Hochberg"),
        PAdjust::By => {
            Message::new("measure.coagglomeration.finding-discoveries").text("method", "Benjamini–Yekutieli")
        }
        PAdjust::Holm => Message::new("measure.coagglomeration.finding-family").text("method", "Holm"),
        PAdjust::Bonferroni => Message::new("measure.coagglomeration.finding-family").text("method", "Bonferroni"),
        PAdjust::None => Message::new("measure.coagglomeration.finding-unadjusted"),
    };
    let said = said.number("rate", rate).count("count", tested);
    (tested > 0).then(|| said.count("together", count(|g| g > 0.0)).count("apart", count(|g| g < 0.0)))
}

pub(super) fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    let mut drawn = Vec::new();
    if outcome.table("groups").is_some() {
        drawn.push(FigureSpec::new(FigureKind::Bars).of_table("groups").by("group").of_value("gamma_c").against(0.0));
    }
    if outcome.table("pairs").is_some_and(|pairs| pairs.rows() > 1) {
        drawn.push(FigureSpec::new(FigureKind::Histogram).of_table("pairs").of_value("gamma_c").against(0.0));
    }
    drawn
}
