//! Findings and figures of `colocation`.

use crate::inference::PAdjust;
use distretto_core::{Arg, FigureKind, FigureSpec, Focus, Message, Outcome, Table};

/// Industries that a finding names.
const NAMED: usize = 5;

/// The pairs of the outcome, with what a finding needs of them.
struct Pairs<'a> {
    table: &'a Table,
    /// Column of what is compared with 1: m itself, else the ratio to the mean of the simulations.
    relative: &'a [f64],
    q: &'a [f64],
    rate: f64,
}

impl<'a> Pairs<'a> {
    fn of(outcome: &'a Outcome) -> Option<Self> {
        let table = outcome.table("pairs")?;
        let relative = table.numbers("m").or_else(|| table.numbers("ratio"))?;
        let level = outcome.provenance.conventions.get("level").and_then(serde_json::Value::as_f64).unwrap_or(0.95);
        // 1 − 0.95 is 0.050000000000000044 in binary.
        let rate = ((1.0 - level) * 1e9).round() / 1e9;
        Some(Self { table, relative, q: table.numbers("q_value")?, rate })
    }

    fn code(&self, column: &str, row: usize) -> &str {
        self.table.text(column).and_then(|text| text.get(row)).unwrap_or_default()
    }

    fn is_own(&self, row: usize) -> bool {
        self.code("industry_a", row) == self.code("industry_b", row)
    }

    /// Rows of two industries that have a value and hold, the largest first.
    fn ranked(&self, holds: impl Fn(usize) -> bool) -> Vec<usize> {
        let value = |row: usize| self.relative[row];
        let mut rows: Vec<usize> =
            (0..self.table.rows()).filter(|&row| value(row).is_finite() && !self.is_own(row) && holds(row)).collect();
        rows.sort_by(|&a, &b| value(b).total_cmp(&value(a)).then(a.cmp(&b)));
        rows
    }

    fn is_near(&self, row: usize) -> bool {
        self.relative[row] > 1.0 && self.significant(row)
    }

    fn is_far(&self, row: usize) -> bool {
        self.relative[row] < 1.0 && self.significant(row)
    }

    /// Without a test every pair counts: what is said is then only a value.
    fn significant(&self, row: usize) -> bool {
        self.q[row] <= self.rate || self.q.iter().all(|q| q.is_nan())
    }

    fn tested(&self) -> bool {
        self.q.iter().any(|q| q.is_finite())
    }
}

pub(super) fn findings(outcome: &Outcome, focus: &Focus) -> Vec<Message> {
    let Some(pairs) = Pairs::of(outcome) else { return Vec::new() };
    let mut said = Vec::new();
    match focus.industries.first() {
        Some(code) => said.extend(of_focus(&pairs, code)),
        None => said.extend(leaders(&pairs)),
    }
    said.extend(counts(outcome, &pairs));
    said
}

/// Around the plants of the focus industry: with itself, nearest, farthest.
fn of_focus(pairs: &Pairs, code: &str) -> Vec<Message> {
    let own = (0..pairs.table.rows()).find(|&row| pairs.is_own(row) && pairs.code("industry_a", row) == code);
    let mut said = Vec::new();
    if let Some(row) = own.filter(|&row| pairs.relative[row].is_finite()) {
        let key = match pairs.q[row].is_nan() {
            true => "measure.colocation.finding-own-untested",
            false => "measure.colocation.finding-own",
        };
        let message = Message::new(key).with("industry", Arg::Industry(code.to_owned()));
        said.push(message.number("value", pairs.relative[row]).with("q", Arg::P(pairs.q[row])));
    }
    let around = |row: usize| pairs.code("industry_a", row) == code;
    let near = pairs.ranked(|row| around(row) && pairs.is_near(row));
    let mut far = pairs.ranked(|row| around(row) && pairs.is_far(row));
    far.reverse();
    said.extend(partners(pairs, "measure.colocation.finding-near", code, &near));
    said.extend(partners(pairs, "measure.colocation.finding-far", code, &far));
    if near.is_empty() && far.is_empty() && pairs.tested() {
        said.push(Message::new("measure.colocation.finding-none").with("industry", Arg::Industry(code.to_owned())));
    }
    said
}

fn partners(pairs: &Pairs, key: &'static str, code: &str, rows: &[usize]) -> Option<Message> {
    let entry = |&row: &usize| {
        let said = Message::new("measure.colocation.partner");
        let said = said.with("industry", Arg::Industry(pairs.code("industry_b", row).to_owned()));
        Arg::Message(Box::new(said.number("value", pairs.relative[row])))
    };
    let named: Vec<Arg> = rows.iter().take(NAMED).map(entry).collect();
    let said = Message::new(key).with("industry", Arg::Industry(code.to_owned())).count("count", rows.len());
    (!named.is_empty()).then(|| said.with("partners", Arg::List(named)))
}

/// The pairs that are nearest of all.
fn leaders(pairs: &Pairs) -> Option<Message> {
    let entry = |&row: &usize| {
        let code = |column| Arg::Industry(pairs.code(column, row).to_owned());
        let said = Message::new("measure.colocation.pair").with("a", code("industry_a")).with("b", code("industry_b"));
        Arg::Message(Box::new(said.number("value", pairs.relative[row])))
    };
    let named: Vec<Arg> = pairs.ranked(|row| pairs.is_near(row)).iter().take(NAMED).map(entry).collect();
    (!named.is_empty()).then(|| Message::new("measure.colocation.finding-pairs").with("pairs", Arg::List(named)))
}

/// How many pairs of the table differ from chance.
fn counts(outcome: &Outcome, pairs: &Pairs) -> Option<Message> {
    let adjusted = outcome.provenance.conventions.get("p_adjust")?.clone();
    let said = match serde_json::from_value(adjusted).ok()? {
        PAdjust::Bh => Message::new("measure.colocation.finding-discoveries").text("method", "Benjamini–Hochberg"),
        PAdjust::By => Message::new("measure.colocation.finding-discoveries").text("method", "Benjamini–Yekutieli"),
        PAdjust::Holm => Message::new("measure.colocation.finding-family").text("method", "Holm"),
        PAdjust::Bonferroni => Message::new("measure.colocation.finding-family").text("method", "Bonferroni"),
        PAdjust::None => Message::new("measure.colocation.finding-unadjusted"),
    };
    let tested = pairs.q.iter().filter(|q| q.is_finite()).count();
    let count = |holds: &dyn Fn(usize) -> bool| (0..pairs.table.rows()).filter(|&row| holds(row)).count();
    let said = said.number("rate", pairs.rate).count("count", tested);
    let said = said.count("near", count(&|row| pairs.is_near(row))).count("far", count(&|row| pairs.is_far(row)));
    (tested > 0).then_some(said)
}

pub(super) fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    let Some(pairs) = Pairs::of(outcome) else { return Vec::new() };
    let value = if pairs.table.numbers("m").is_some() { "m" } else { "ratio" };
    let mut matrix = FigureSpec::new(FigureKind::Matrix).of_table("pairs").by("industry_a").of_value(value);
    matrix.group = Some("industry_b".to_owned());
    if pairs.tested() {
        matrix.weight = Some("q_value".to_owned());
        matrix.reference = Some(pairs.rate);
    }
    vec![matrix]
}
