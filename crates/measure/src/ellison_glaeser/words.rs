//! Warnings, findings and figures of the index of Ellison and Glaeser.

use super::classes::IndustryClasses;
use super::levels::Level;
use super::plants::{Plants, Sizing};
use super::{EllisonGlaeser, IndustryRow};
use distretto_core::{Arg, FigureKind, FigureSpec, Focus, Message, Outcome, Table};

/// Industries that a finding names.
const NAMED: usize = 3;
/// Industries that a figure shows.
const SHOWN: usize = 25;

fn key(name: &'static str, count: usize, first: Option<&str>, said: &mut Vec<Message>) {
    if count > 0 {
        let message = Message::new(name).count("count", count);
        said.push(match first {
            Some(code) => message.with("first", Arg::Industry(code.to_owned())),
            None => message,
        });
    }
}

/// Industries of the rows of which this holds, each once.
fn industries_where(rows: &[IndustryRow], holds: impl Fn(&IndustryRow) -> bool) -> Vec<&str> {
    let mut codes: Vec<&str> = Vec::new();
    for row in rows.iter().filter(|row| holds(row)) {
        if codes.last() != Some(&row.industry.as_str()) {
            codes.push(&row.industry);
        }
    }
    codes
}

pub(super) fn plant_warnings(plants: &Plants, levels: &[Level], found: &EllisonGlaeser, said: &mut Vec<Message>) {
    if plants.sizing() == Sizing::Equal {
        said.push(Message::new("measure.ellison-glaeser.equal-plants"));
    }
    key("measure.ellison-glaeser.without-size", plants.without_size(), None, said);
    key("measure.ellison-glaeser.outside", found.outside, None, said);
    level_warnings(levels.iter(), said);
    let single = industries_where(&found.rows, |row| row.plants == 1.0);
    key("measure.ellison-glaeser.single-plant", single.len(), single.first().copied(), said);
}

fn level_warnings<'a>(levels: impl Iterator<Item = &'a Level>, said: &mut Vec<Message>) {
    for level in levels {
        match &level.benchmark {
            None => said.push(Message::new("measure.ellison-glaeser.open-shares").text("level", &level.name)),
            Some(benchmark) if benchmark.spread() <= 0.0 => {
                said.push(Message::new("measure.ellison-glaeser.one-region").text("level", &level.name));
            }
            Some(_) => {}
        }
    }
}

pub(super) fn class_warnings(all: &IndustryClasses, levels: &[Level], said: &mut Vec<Message>) {
    level_warnings(levels.iter(), said);
    let mut tell =
        |name: &'static str, codes: &[String]| key(name, codes.len(), codes.first().map(String::as_str), said);
    tell("measure.ellison-glaeser.without-classes", &all.without_classes);
    tell("measure.ellison-glaeser.mismatched", &all.mismatched);
    tell("measure.ellison-glaeser.unmatched", &all.unmatched);
    let rows = &all.found.rows;
    let bounded = industries_where(rows, |row| row.gamma_low.is_finite());
    key("measure.ellison-glaeser.bounded", bounded.len(), None, said);
    let open = industries_where(rows, |row| row.gamma_low.is_nan() && row.h_low.is_finite());
    key("measure.ellison-glaeser.unbounded", open.len(), open.first().copied(), said);
    if !all.exact {
        said.push(Message::new("measure.ellison-glaeser.outer-bounds"));
    }
}

/// One industry at the first level of the table.
struct Row<'a> {
    table: &'a Table,
    row: usize,
}

impl Row<'_> {
    fn number(&self, column: &str) -> f64 {
        self.table.numbers(column).map_or(f64::NAN, |numbers| numbers[self.row])
    }

    fn industry(&self) -> Arg {
        let code = self.table.text("industry").and_then(|text| text.get(self.row));
        Arg::Industry(code.unwrap_or_default().to_owned())
    }
}

pub(super) fn findings(outcome: &Outcome, focus: &Focus) -> Vec<Message> {
    let Some(table) = outcome.table("industries") else { return Vec::new() };
    let level = table.text("level").and_then(|text| text.get(0)).unwrap_or_default();
    let at_level = |&row: &usize| table.text("level").is_some_and(|text| text.get(row) == Some(level));
    let rows: Vec<Row> = (0..table.rows()).filter(at_level).map(|row| Row { table, row }).collect();
    let in_focus = |row: &&Row| focus.industries.iter().any(|code| row.industry() == Arg::Industry(code.clone()));
    let mut named: Vec<&Row> = rows.iter().filter(in_focus).take(NAMED).collect();
    if named.is_empty() {
        named = highest(&rows);
    }
    let mut said: Vec<Message> = named.into_iter().filter_map(sentence).collect();
    said.extend(counts(&rows));
    said.extend(other_levels(table, focus, level));
    said
}

/// The rows of the largest γ, or of the largest lower bounds.
fn highest<'a>(rows: &'a [Row<'a>]) -> Vec<&'a Row<'a>> {
    let mut named: Vec<&Row> = rows.iter().filter(|row| row.number("gamma_low").is_finite()).collect();
    named.sort_by(|a, b| b.number("gamma_low").total_cmp(&a.number("gamma_low")).then(a.row.cmp(&b.row)));
    named.truncate(NAMED);
    named
}

/// γ of one industry with its uncertainty.
fn sentence(row: &Row) -> Option<Message> {
    let with = |name: &'static str| {
        let said = Message::new(name).with("industry", row.industry());
        said.number("low", row.number("gamma_low")).number("high", row.number("gamma_high"))
    };
    let gamma = row.number("gamma");
    if gamma.is_nan() {
        let known = row.number("gamma_low").is_finite();
        return known.then(|| with("measure.ellison-glaeser.finding-bounds"));
    }
    let said = with("measure.ellison-glaeser.finding").number("gamma", gamma).number("se", row.number("se"));
    let said = said.count("plants", row.number("plants") as usize).number("h", row.number("h"));
    Some(match row.number("p_sim") {
        p if p.is_finite() => said.with("p", Arg::P(p)),
        _ => said.with("p", Arg::P(row.number("p_value"))),
    })
}

/// How many industries fall into the classes of Ellison and Glaeser.
fn counts(rows: &[Row]) -> Option<Message> {
    let classes = rows.first()?.table.text("class")?;
    let count = |word: &str| rows.iter().filter(|row| classes.get(row.row) == Some(word)).count();
    let (low, medium, high) = (count("low"), count("medium"), count("high"));
    let all = low + medium + high;
    let said = Message::new("measure.ellison-glaeser.finding-classes").count("count", all);
    (all > 1).then(|| said.count("low", low).count("medium", medium).count("high", high))
}

/// γ of the first focus industry at the other levels.
fn other_levels(table: &Table, focus: &Focus, level: &str) -> Option<Message> {
    let (industries, levels) = (table.text("industry")?, table.text("level")?);
    let code = focus.industries.first().map(String::as_str).or_else(|| industries.get(0))?;
    let entry = |row: usize| {
        let gamma = Row { table, row }.number("gamma");
        let said = Message::new("measure.ellison-glaeser.at-level").text("level", levels.get(row)?);
        gamma.is_finite().then(|| Arg::Message(Box::new(said.number("gamma", gamma))))
    };
    let here = |&row: &usize| industries.get(row) == Some(code) && levels.get(row) != Some(level);
    let others: Vec<Arg> = (0..table.rows()).filter(here).filter_map(entry).collect();
    let said = Message::new("measure.ellison-glaeser.finding-levels").with("industry", Arg::Industry(code.to_owned()));
    (!others.is_empty()).then(|| said.with("levels", Arg::List(others)))
}

pub(super) fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    let Some(table) = outcome.table("industries") else { return Vec::new() };
    let known = table.numbers("gamma").is_some_and(|gamma| gamma.iter().any(|gamma| gamma.is_finite()));
    if known {
        let bars = FigureSpec::new(FigureKind::Bars).of_table("industries").by("industry").of_value("gamma");
        return vec![bars.first(SHOWN).against(0.0)];
    }
    let bounded = table.numbers("gamma_low").is_some_and(|gamma| gamma.iter().any(|gamma| gamma.is_finite()));
    if !bounded {
        return Vec::new();
    }
    // Figures sort by a value and leave rows without one out; γ itself does not exist here.
    let intervals = FigureSpec::new(FigureKind::Intervals).of_table("industries").by("industry").of_value("gamma_high");
    let (low, high) = (Some("gamma_low".to_owned()), Some("gamma_high".to_owned()));
    vec![FigureSpec { low, high, ..intervals.first(SHOWN).against(0.0) }]
}
