//! Findings and figures of `colocation`.

use crate::inference::PAdjust;
use crate::points::words::{rate, short, unit};
use distretto_core::{Arg, FigureKind, FigureSpec, Focus, Message, Outcome, Table};

/// Industries that a finding names.
const NAMED: usize = 5;

/// The pairs of the outcome, with what a finding needs of them.
///
/// With a test the side of a pair is that of its own simulations: the mean of a null that keeps a in place is not 1.
struct Pairs<'a> {
    outcome: &'a Outcome,
    table: &'a Table,
    /// How many times the mean of the simulations (over several distances where it is farthest beyond their band);
    /// without a test m itself.
    relative: &'a [f64],
    q: &'a [f64],
    rate: f64,
    tested: bool,
}

impl<'a> Pairs<'a> {
    fn of(outcome: &'a Outcome) -> Option<Self> {
        let table = outcome.table("pairs")?;
        let tested = table.field("side").is_some();
        let ratios = || table.numbers("ratio_peak").or_else(|| table.numbers("ratio"));
        let relative = if tested { ratios() } else { table.numbers("m") }?;
        let level = outcome.provenance.conventions.get("level").and_then(serde_json::Value::as_f64).unwrap_or(0.95);
        Some(Self { outcome, table, relative, q: table.numbers("q_value")?, rate: rate(level), tested })
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

    fn has_side(&self, row: usize, side: &str) -> bool {
        self.q[row] <= self.rate && self.code("side", row) == side
    }

    fn is_near(&self, row: usize) -> bool {
        if self.tested { self.has_side(row, "more") } else { self.relative[row] > 1.0 }
    }

    fn is_far(&self, row: usize) -> bool {
        if self.tested { self.has_side(row, "fewer") } else { self.relative[row] < 1.0 }
    }

    /// Over several distances: more at some, fewer at others.
    fn is_both(&self, row: usize) -> bool {
        self.tested && self.has_side(row, "both")
    }

    /// ` at a distance of 5 km`, over several distances.
    fn place(&self, row: usize) -> Arg {
        let Some(r) = self.table.numbers("r_peak") else { return Arg::Text(String::new()) };
        let said = Message::new("measure.colocation.at").text("r", short(r[row]));
        Arg::Message(Box::new(said.with("unit", unit(self.outcome))))
    }
}

pub(super) fn findings(outcome: &Outcome, focus: &Focus) -> Vec<Message> {
    let Some(pairs) = Pairs::of(outcome) else { return Vec::new() };
    let mut said = Vec::new();
    match focus.industries.first() {
        Some(code) => said.extend(of_focus(&pairs, code)),
        None => said.extend(leaders(&pairs)),
    }
    said.extend(counts(&pairs));
    said
}

/// Around the plants of the focus industry: with itself, nearest, farthest.
fn of_focus(pairs: &Pairs, code: &str) -> Vec<Message> {
    let mut said: Vec<Message> = own(pairs, code).into_iter().collect();
    let around = |row: usize| pairs.code("industry_a", row) == code;
    let near = pairs.ranked(|row| around(row) && pairs.is_near(row));
    let both = pairs.ranked(|row| around(row) && pairs.is_both(row));
    let mut far = pairs.ranked(|row| around(row) && pairs.is_far(row));
    far.reverse();
    let keys = match pairs.tested {
        true => ["measure.colocation.finding-near", "measure.colocation.finding-far"],
        false => ["measure.colocation.finding-frequent", "measure.colocation.finding-rare"],
    };
    said.extend(partners(pairs, keys[0], code, &near));
    said.extend(partners(pairs, keys[1], code, &far));
    said.extend(partners(pairs, "measure.colocation.finding-both", code, &both));
    let any = (0..pairs.table.rows()).any(|row| around(row) && pairs.q[row].is_finite());
    if near.is_empty() && far.is_empty() && both.is_empty() && any {
        said.push(Message::new("measure.colocation.finding-none").with("industry", Arg::Industry(code.to_owned())));
    }
    said
}

/// The industry with itself.
fn own(pairs: &Pairs, code: &str) -> Option<Message> {
    let row = (0..pairs.table.rows()).find(|&row| pairs.is_own(row) && pairs.code("industry_a", row) == code)?;
    let key = match pairs.tested {
        true if pairs.q[row].is_nan() => return None,
        true if pairs.relative[row].is_finite() => "measure.colocation.finding-own",
        true => "measure.colocation.finding-own-within",
        false if pairs.relative[row].is_finite() => "measure.colocation.finding-own-untested",
        false => return None,
    };
    let said = Message::new(key).with("industry", Arg::Industry(code.to_owned()));
    Some(said.number("value", pairs.relative[row]).with("q", Arg::P(pairs.q[row])).with("place", pairs.place(row)))
}

fn partners(pairs: &Pairs, key: &'static str, code: &str, rows: &[usize]) -> Option<Message> {
    let entry = |&row: &usize| {
        let said =
            Message::new(if pairs.tested { "measure.colocation.partner" } else { "measure.colocation.partner-m" });
        let said = said.with("industry", Arg::Industry(pairs.code("industry_b", row).to_owned()));
        Arg::Message(Box::new(said.number("value", pairs.relative[row]).with("place", pairs.place(row))))
    };
    let named: Vec<Arg> = rows.iter().take(NAMED).map(entry).collect();
    let said = Message::new(key).with("industry", Arg::Industry(code.to_owned())).count("count", rows.len());
    (!named.is_empty()).then(|| said.with("partners", Arg::List(named)))
}

/// The pairs that are nearest of all.
fn leaders(pairs: &Pairs) -> Option<Message> {
    let keys = match pairs.tested {
        true => ["measure.colocation.finding-pairs", "measure.colocation.pair"],
        false => ["measure.colocation.finding-pairs-untested", "measure.colocation.pair-m"],
    };
    let entry = |&row: &usize| {
        let code = |column| Arg::Industry(pairs.code(column, row).to_owned());
        let said = Message::new(keys[1]).with("a", code("industry_a")).with("b", code("industry_b"));
        Arg::Message(Box::new(said.number("value", pairs.relative[row]).with("place", pairs.place(row))))
    };
    let named: Vec<Arg> = pairs.ranked(|row| pairs.is_near(row)).iter().take(NAMED).map(entry).collect();
    (!named.is_empty()).then(|| Message::new(keys[0]).with("pairs", Arg::List(named)))
}

/// How many pairs of the table differ from chance.
fn counts(pairs: &Pairs) -> Option<Message> {
    let adjusted = pairs.outcome.provenance.conventions.get("p_adjust")?.clone();
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
    let mixed = match count(&|row| pairs.is_both(row)) {
        0 => Arg::Text(String::new()),
        both => Arg::Message(Box::new(Message::new("measure.colocation.mixed").count("count", both))),
    };
    (tested > 0).then(|| said.with("mixed", mixed))
}

pub(super) fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    let Some(pairs) = Pairs::of(outcome) else { return Vec::new() };
    let value = match pairs.tested {
        true if pairs.table.field("ratio_peak").is_some() => "ratio_peak",
        true => "ratio",
        false => "m",
    };
    let mut matrix = FigureSpec::new(FigureKind::Matrix).of_table("pairs").by("industry_a").of_value(value);
    matrix.group = Some("industry_b".to_owned());
    if pairs.tested {
        matrix.weight = Some("q_value".to_owned());
        matrix.reference = Some(pairs.rate);
    }
    vec![matrix]
}
