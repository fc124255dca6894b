//! Findings and figures of a survey.

use crate::outcomes::{falling_rows, indicator};
use distretto_core::{Arg, FigureKind, FigureSpec, Focus, Message, Outcome, Table};

/// Items and choices that a finding names.
const NAMED: usize = 3;
/// Below this an adjusted p tells a difference.
const LEVEL: f64 = 0.05;
/// Items and choices that a figure shows.
const SHOWN: usize = 40;

pub(super) fn findings(outcome: &Outcome, _focus: &Focus) -> Vec<Message> {
    let count = |name: &str| outcome.number(name).unwrap_or(0.0) as usize;
    let mut said = Vec::new();
    let base = |key| Message::new(key).count("respondents", count("respondents")).count("complete", count("complete"));
    said.push(match outcome.number("response_rate") {
        Some(rate) => base("appraise.survey.finding-rate").with("rate", Arg::Share(rate)),
        None => base("appraise.survey.finding-respondents"),
    });
    said.extend(outcome.table("items").and_then(|table| weighted_items(table).or_else(|| leading_items(table))));
    said.extend(outcome.table("tests").map(differences));
    said.extend(outcome.table("choices").and_then(leading_choices));
    said.extend(outcome.table("wave_tests").and_then(late));
    said
}

/// The items with the highest means where each stratum counts as it does among all firms, beside the plain means.
fn weighted_items(table: &Table) -> Option<Message> {
    let (names, mean, weighted) = (table.text("item")?, table.numbers("mean")?, table.numbers("weighted_mean")?);
    let order: Vec<usize> = falling_rows(weighted);
    let entry = |&row: &usize| {
        let said = Message::new("appraise.survey.weighted-item").with("item", indicator(names, row));
        Arg::Message(Box::new(said.number("mean", mean[row]).number("weighted", weighted[row])))
    };
    let list: Vec<Arg> = order.iter().take(NAMED).map(entry).collect();
    (!list.is_empty()).then(|| Message::new("appraise.survey.finding-weighted").with("items", Arg::List(list)))
}

/// The items with the highest means, each with the error of its mean.
fn leading_items(table: &Table) -> Option<Message> {
    let (names, mean) = (table.text("item")?, table.numbers("mean")?);
    let (sd, n, top2) = (table.numbers("sd")?, table.numbers("n")?, table.numbers("top2")?);
    let mut order: Vec<usize> = (0..table.rows()).filter(|&row| mean[row].is_finite()).collect();
    order.sort_by(|&a, &b| mean[b].total_cmp(&mean[a]).then(a.cmp(&b)));
    let entry = |&row: &usize| {
        let said = Message::new("appraise.survey.item").with("item", indicator(names, row));
        let said = said.number("mean", mean[row]).number("error", 1.96 * sd[row] / n[row].sqrt());
        Arg::Message(Box::new(said.with("share", Arg::Share(top2[row]))))
    };
    let list: Vec<Arg> = order.iter().take(NAMED).map(entry).collect();
    (!list.is_empty()).then(|| Message::new("appraise.survey.finding-items").with("items", Arg::List(list)))
}

fn differences(table: &Table) -> Message {
    let none = || Message::new("appraise.survey.finding-alike").count("tests", table.rows());
    let (Some(names), Some(p)) = (table.text("item"), table.numbers("p_adjusted")) else { return none() };
    let mut rows: Vec<usize> = (0..table.rows()).filter(|&row| p[row] < LEVEL).collect();
    rows.sort_by(|&a, &b| p[a].total_cmp(&p[b]).then(a.cmp(&b)));
    let effect = table.numbers("effect").unwrap_or_default();
    let entry = |&row: &usize| {
        let said = Message::new("appraise.survey.difference").with("item", indicator(names, row));
        Arg::Message(Box::new(said.with("p", Arg::P(p[row])).number("effect", effect[row])))
    };
    match rows.is_empty() {
        true => none(),
        false => Message::new("appraise.survey.finding-differ")
            .count("count", rows.len())
            .count("tests", table.rows())
            .with("items", Arg::List(rows.iter().take(NAMED).map(entry).collect())),
    }
}

/// The choices made most often, over all questions.
fn leading_choices(table: &Table) -> Option<Message> {
    let (questions, names, share) = (table.text("question")?, table.text("choice")?, table.numbers("share_cases")?);
    let mut order: Vec<usize> = (0..table.rows()).collect();
    order.sort_by(|&a, &b| share[b].total_cmp(&share[a]).then(a.cmp(&b)));
    let entry = |&row: &usize| {
        let said = Message::new("appraise.survey.choice").with("question", indicator(questions, row));
        let said = said.with("choice", indicator(names, row));
        Arg::Message(Box::new(said.with("share", Arg::Share(share[row]))))
    };
    let list: Vec<Arg> = order.iter().take(NAMED).map(entry).collect();
    (!list.is_empty()).then(|| Message::new("appraise.survey.finding-choices").with("choices", Arg::List(list)))
}

fn late(table: &Table) -> Option<Message> {
    let p = table.numbers("p_value")?;
    let least = p.iter().copied().filter(|p| p.is_finite()).reduce(f64::min)?;
    let differing = p.iter().filter(|p| **p < LEVEL).count();
    let said = Message::new("appraise.survey.finding-late").count("count", differing).count("items", table.rows());
    Some(said.with("p", Arg::P(least)))
}

pub(super) fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    let mut drawn = Vec::new();
    if outcome.table("items").is_some() {
        drawn.push(FigureSpec::new(FigureKind::Bars).of_table("items").by("item").of_value("mean").first(SHOWN));
    }
    if outcome.table("choices").is_some() {
        drawn.push(
            FigureSpec::new(FigureKind::Bars).of_table("choices").by("choice").of_value("share_cases").first(SHOWN),
        );
    }
    drawn
}
