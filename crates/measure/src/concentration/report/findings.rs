//! Sentences made from the numbers of the outcome.

use distretto_core::{Arg, Focus, Message, Outcome, Table};

/// Rows of the table that are spoken of when the study names none.
const SPOKEN: usize = 3;

pub(super) fn of_industries(outcome: &Outcome, focus: &Focus) -> Vec<Message> {
    let words = Words {
        table: "industries",
        row: "industry",
        units: "regions",
        name: Arg::Industry,
        value: "measure.concentration.finding-value",
        bounds: "measure.concentration.finding-bounds",
        absolute: "measure.concentration.finding-largest",
        rank: "measure.concentration.finding-rank",
    };
    words.findings(outcome, &focus.industries)
}

pub(super) fn of_regions(outcome: &Outcome, focus: &Focus) -> Vec<Message> {
    let words = Words {
        table: "regions",
        row: "region",
        units: "industries",
        name: Arg::Region,
        value: "measure.specialisation.finding-value",
        bounds: "measure.specialisation.finding-bounds",
        absolute: "measure.specialisation.finding-largest",
        rank: "measure.specialisation.finding-rank",
    };
    words.findings(outcome, &focus.regions)
}

/// Names and keys of one of the two commands.
struct Words {
    table: &'static str,
    row: &'static str,
    units: &'static str,
    name: fn(String) -> Arg,
    value: &'static str,
    bounds: &'static str,
    absolute: &'static str,
    rank: &'static str,
}

impl Words {
    fn findings(&self, outcome: &Outcome, focus: &[String]) -> Vec<Message> {
        let Some(table) = outcome.table(self.table) else { return Vec::new() };
        let rows = self.spoken(table, focus);
        let mut findings: Vec<Message> = rows.iter().filter_map(|&row| self.relative(table, row)).collect();
        if let Some(&row) = rows.first() {
            findings.extend(self.absolute(outcome, table, row));
            findings.extend(self.rank(table, row));
        }
        findings.truncate(6);
        findings
    }

    /// The rows of the focus, else those with the largest Gini coefficient.
    fn spoken(&self, table: &Table, focus: &[String]) -> Vec<usize> {
        let Some(codes) = table.text(self.row) else { return Vec::new() };
        let named = |row: &usize| codes.get(*row).is_some_and(|code| focus.iter().any(|wanted| wanted == code));
        let mut rows: Vec<usize> = (0..table.rows()).filter(named).collect();
        if rows.is_empty() {
            let gini = table.numbers("gini").unwrap_or_default();
            rows = (0..gini.len()).filter(|&row| gini[row].is_finite()).collect();
            rows.sort_by(|&a, &b| gini[b].total_cmp(&gini[a]).then(a.cmp(&b)));
        }
        rows.truncate(SPOKEN);
        rows
    }

    fn about(&self, key: &'static str, table: &Table, row: usize) -> Message {
        let code = table.text(self.row).and_then(|codes| codes.get(row)).unwrap_or_default();
        Message::new(key).with("name", (self.name)(code.to_owned()))
    }

    /// Against the benchmark: Gini and the share that would have to move.
    fn relative(&self, table: &Table, row: usize) -> Option<Message> {
        if let (Some(gini), Some(hoover)) = (number(table, "gini", row), number(table, "hoover", row)) {
            let message = self.about(self.value, table, row);
            return Some(message.number("gini", gini).with("hoover", Arg::Share(hoover)));
        }
        let (low, high) = (number(table, "hoover_low", row)?, number(table, "hoover_high", row)?);
        let message = self.about(self.bounds, table, row);
        Some(message.with("low", Arg::Share(low)).with("high", Arg::Share(high)))
    }

    /// How few units hold it.
    fn absolute(&self, outcome: &Outcome, table: &Table, row: usize) -> Option<Message> {
        let (cr, effective) = (number(table, "cr", row)?, number(table, "n_effective", row)?);
        let count = outcome.provenance.conventions.get("cr").and_then(serde_json::Value::as_u64)?;
        let units = number(table, self.units, row)?;
        let message = self.about(self.absolute, table, row).count("count", count as usize);
        Some(message.with("share", Arg::Share(cr)).number("effective", effective).count("units", units as usize))
    }

    /// Its place among all rows.
    fn rank(&self, table: &Table, row: usize) -> Option<Message> {
        let gini = table.numbers("gini")?;
        let mine = number(table, "gini", row)?;
        let known: Vec<f64> = gini.iter().copied().filter(|gini| gini.is_finite()).collect();
        if known.len() < 3 {
            return None;
        }
        let rank = 1 + known.iter().filter(|&&other| other > mine).count();
        let median = distretto_numerics::median(&known);
        let message = self.about(self.rank, table, row).count("rank", rank).count("count", known.len());
        Some(message.number("median", median))
    }
}

fn number(table: &Table, column: &str, row: usize) -> Option<f64> {
    table.numbers(column).and_then(|numbers| numbers.get(row).copied()).filter(|number| number.is_finite())
}
