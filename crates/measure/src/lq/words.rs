//! Warnings, findings and figures of the location quotient.

use super::options::{Interval, LqOptions};
use super::{LqData, LqResult, Proximity};
use crate::ellison_glaeser::Sizing;
use distretto_core::{Arg, FigureKind, FigureSpec, Focus, Message, Outcome, Table};
use distretto_numerics::pairwise;

/// Regions that a finding names.
const NAMED: usize = 3;
/// Regions that the figure of intervals shows.
const DRAWN: usize = 20;
/// Share of the industry that a region must hold to be named: below it a quotient says little.
const STATED_SHARE: f64 = 0.005;
/// Relative difference between plants and cells that is more than rounding.
const PLANT_MISFIT: f64 = 1e-6;

/// Adds what the user must know of the quotients.
pub(super) fn note(result: &mut LqResult, data: LqData, options: &LqOptions) {
    let mut notes = Vec::new();
    let count = |test: &dyn Fn(usize) -> bool| (0..result.lq.len()).filter(|&cell| test(cell)).count();
    let mut tell = |key: &'static str, count: usize| {
        if count > 0 {
            notes.push(Message::new(key).count("count", count));
        }
    };
    let (lq, z, low) = (&result.lq, &result.z, &result.low);
    tell("measure.lq.no-test", count(&|c| !lq[c].is_nan() && z[c].is_nan()));
    let asked = options.interval != Interval::None;
    let unsure = |c: usize| asked && low[c].is_nan();
    tell("measure.lq.zero-cells", count(&|c| lq[c] == 0.0 && !unsure(c)));
    tell("measure.lq.zero-cells-interval", count(&|c| lq[c] == 0.0 && unsure(c)));
    if asked {
        tell("measure.lq.no-interval", count(&|c| lq[c] > 0.0 && low[c].is_nan() && !z[c].is_nan()));
    }
    tell(
        "measure.lq.no-spread",
        result.standards.iter().filter(|s| !s.mean.is_nan() && (s.sd.is_nan() || s.sd == 0.0)).count(),
    );
    if let Some((low, _)) = &result.bounds {
        let width = result.industries.len();
        let missing = |c: usize| data.areas.row(c / width)[result.industries[c % width]].is_nan();
        tell("measure.lq.no-bounds", count(&|c| low[c].is_nan() && lq[c].is_nan() && !missing(c)));
    }
    if let Some(Proximity::Links(weights)) = data.proximity {
        tell("measure.lq.self-links", weights.self_links_left_out());
    }
    let resamples_plants = options.interval == Interval::Bootstrap && data.plants.is_some();
    let jobs = options.areas.value != "establishments" && options.deff == 1.0;
    if options.interval != Interval::None && jobs && !resamples_plants {
        notes.push(Message::new("measure.lq.jobs").with("value", Arg::Column(options.areas.value.clone())));
    }
    if options.interval == Interval::Bootstrap && options.deff != 1.0 {
        notes.push(Message::new("measure.lq.bootstrap-deff").number("deff", options.deff));
    }
    if options.deff < 1.0 {
        notes.push(Message::new("measure.lq.small-deff").number("deff", options.deff));
    }
    if let Some(plants) = data.plants.filter(|_| resamples_plants) {
        if plants.sizing() == Sizing::Equal {
            notes.push(Message::new("measure.lq.equal-plants"));
        }
        if plants.without_size() > 0 {
            notes.push(Message::new("measure.lq.without-size").count("count", plants.without_size()));
        }
    }
    if let Some(plants) = data.plants {
        let misfit = plants.misfit(data.areas);
        if options.interval != Interval::Bootstrap {
            notes.push(Message::new("measure.lq.plants-unused"));
        } else if misfit > PLANT_MISFIT {
            notes.push(Message::new("measure.lq.plants-differ").with("share", Arg::Share(misfit)));
        }
    }
    result.notes.extend(notes);
}

/// The columns that findings and figures read.
struct Columns<'a> {
    table: &'a Table,
    lq: &'a [f64],
    low: &'a [f64],
    high: &'a [f64],
    p: &'a [f64],
    q: &'a [f64],
    values: &'a [f64],
}

impl<'a> Columns<'a> {
    fn of(outcome: &'a Outcome) -> Option<Self> {
        let table = outcome.table("cells")?;
        Some(Self {
            table,
            lq: table.numbers("lq")?,
            low: table.numbers("lq_low")?,
            high: table.numbers("lq_high")?,
            p: table.numbers("p_value")?,
            q: table.numbers("q_value")?,
            values: table.intervals("employment")?.0,
        })
    }

    fn code(&self, column: &str, row: usize) -> String {
        self.table.text(column).and_then(|text| text.get(row)).unwrap_or_default().to_owned()
    }

    /// Rows of an industry, given by its number in the table.
    fn rows_of(&self, industry: &str) -> Vec<usize> {
        let Some(text) = self.table.text("industry") else { return Vec::new() };
        let wanted = text.labels().iter().position(|label| label == industry);
        (0..text.len()).filter(|&row| text.code(row).map(|code| code as usize) == wanted).collect()
    }

    /// The quotient of a row in words, with its interval where there is one.
    fn quotient(&self, row: usize, with_industry: bool) -> Arg {
        let has_interval = !self.low[row].is_nan();
        let key = match (with_industry, has_interval) {
            (false, true) => "measure.lq.cell-interval",
            (false, false) => "measure.lq.cell",
            (true, true) => "measure.lq.pair-interval",
            (true, false) => "measure.lq.pair",
        };
        let mut message = Message::new(key).with("region", Arg::Region(self.code("region", row)));
        if with_industry {
            message = message.with("industry", Arg::Industry(self.code("industry", row)));
        }
        message = message.number("lq", self.lq[row]);
        if has_interval {
            message = message.number("low", self.low[row]).number("high", self.high[row]);
        }
        Arg::Message(Box::new(message))
    }

    /// The rows with the largest quotients among those that reach a stated value.
    fn largest(&self, rows: &[usize], floor: f64) -> Vec<usize> {
        let mut top: Vec<usize> = Vec::with_capacity(NAMED + 1);
        for &row in rows {
            let lq = self.lq[row];
            let full = top.len() == NAMED;
            if self.values[row] < floor || lq.is_nan() || full && lq <= self.lq[top[NAMED - 1]] {
                continue;
            }
            let place = top.partition_point(|&other| self.lq[other] >= lq);
            top.insert(place, row);
            top.truncate(NAMED);
        }
        top
    }
}

fn convention<'a>(outcome: &'a Outcome, name: &str) -> Option<&'a serde_json::Value> {
    outcome.provenance.conventions.get(name)
}

fn level(outcome: &Outcome) -> f64 {
    convention(outcome, "level").and_then(serde_json::Value::as_f64).unwrap_or(0.95)
}

/// The largest of 1, 2, 5 times a power of ten that is not above `value`; at least 1.
fn round_down(value: f64) -> f64 {
    if value.is_nan() || value <= 1.0 {
        return 1.0;
    }
    let power = 10f64.powf(value.log10().floor());
    [5.0, 2.0, 1.0].into_iter().map(|step| step * power).find(|&round| round <= value).unwrap_or(power)
}

/// What a region must hold of an industry to be named.
fn floor(columns: &Columns, rows: &[usize]) -> f64 {
    let held: Vec<f64> = rows.iter().map(|&row| columns.values[row].max(0.0)).collect();
    round_down(STATED_SHARE * pairwise(&held))
}

/// Findings in words.
pub(super) fn findings(outcome: &Outcome, focus: &Focus) -> Vec<Message> {
    let Some(columns) = Columns::of(outcome) else { return Vec::new() };
    let labels = columns.table.text("industry").map_or(&[][..], |text| text.labels());
    let mut industries: Vec<&String> = focus.industries.iter().filter(|code| labels.contains(code)).collect();
    if industries.is_empty() && labels.len() == 1 {
        industries.extend(labels);
    }
    if industries.is_empty() {
        return overall(outcome, &columns);
    }
    let mut messages = Vec::new();
    for industry in industries.into_iter().take(2) {
        of_industry(outcome, &columns, industry, focus, &mut messages);
    }
    messages
}

fn of_industry(outcome: &Outcome, columns: &Columns, industry: &str, focus: &Focus, messages: &mut Vec<Message>) {
    let rows = columns.rows_of(industry);
    let known: Vec<usize> = rows.iter().copied().filter(|&row| !columns.lq[row].is_nan()).collect();
    if known.is_empty() {
        return;
    }
    let sum = |rows: &[usize]| pairwise(&rows.iter().map(|&row| columns.values[row].max(0.0)).collect::<Vec<_>>());
    let above: Vec<usize> = known.iter().copied().filter(|&row| columns.lq[row] >= 1.0).collect();
    let name = || Arg::Industry(industry.to_owned());
    let value = convention(outcome, "value").and_then(serde_json::Value::as_str).unwrap_or("employment");
    let floor = floor(columns, &rows);
    let largest: Vec<Arg> =
        columns.largest(&known, floor).into_iter().map(|row| columns.quotient(row, false)).collect();
    if !largest.is_empty() {
        let top = Message::new("measure.lq.top").with("industry", name()).number("floor", floor);
        let top = top.with("value", Arg::Column(value.to_owned()));
        messages.push(top.with("level", Arg::Share(level(outcome))).with("list", Arg::List(largest)));
    }
    let first = Message::new("measure.lq.above").with("industry", name()).count("above", above.len());
    let first = first.count("regions", known.len()).with("value", Arg::Column(value.to_owned()));
    messages.push(first.with("share", Arg::Share(sum(&above) / sum(&known))));
    messages.extend(significance(outcome, columns, &known));
    let seen = |code: &&String| {
        known.iter().find(|&&row| columns.code("region", row) == **code).map(|&row| columns.quotient(row, false))
    };
    let named: Vec<Arg> = focus.regions.iter().filter_map(|code| seen(&code)).take(6).collect();
    if !named.is_empty() {
        messages.push(Message::new("measure.lq.focus").with("industry", name()).with("list", Arg::List(named)));
    }
}

/// How many quotients lie above 1 by the adjusted and by the plain p-value.
fn significance(outcome: &Outcome, columns: &Columns, rows: &[usize]) -> Option<Message> {
    let alpha = 1.0 - level(outcome);
    if rows.iter().all(|&row| columns.q[row].is_nan()) {
        return None;
    }
    let above = |p: &[f64]| rows.iter().filter(|&&row| columns.lq[row] > 1.0 && p[row] <= alpha).count();
    let message = Message::new("measure.lq.significant").count("adjusted", above(columns.q));
    Some(message.count("plain", above(columns.p)).with("alpha", Arg::Number(round_alpha(alpha))))
}

/// 1 − 0.95 is 0.050000000000000044 in binary.
fn round_alpha(alpha: f64) -> f64 {
    (alpha * 1e9).round() / 1e9
}

fn overall(outcome: &Outcome, columns: &Columns) -> Vec<Message> {
    let known: Vec<usize> = (0..columns.lq.len()).filter(|&row| !columns.lq[row].is_nan()).collect();
    if known.is_empty() {
        return Vec::new();
    }
    let above = known.iter().filter(|&&row| columns.lq[row] >= 1.0).count();
    let held: Vec<f64> = known.iter().map(|&row| columns.values[row].max(0.0)).collect();
    // What an average cell holds, so that the pairs named are not the smallest of all.
    let floor = round_down(pairwise(&held) / known.len() as f64);
    let mut messages = vec![Message::new("measure.lq.above-pairs").count("above", above).count("pairs", known.len())];
    let largest: Vec<Arg> = columns.largest(&known, floor).into_iter().map(|row| columns.quotient(row, true)).collect();
    if !largest.is_empty() {
        let value = convention(outcome, "value").and_then(serde_json::Value::as_str).unwrap_or("employment");
        let top = Message::new("measure.lq.top-pairs").number("floor", floor);
        let top = top.with("value", Arg::Column(value.to_owned()));
        messages.push(top.with("level", Arg::Share(level(outcome))).with("list", Arg::List(largest)));
    }
    messages.extend(significance(outcome, columns, &known));
    messages
}

/// Figures for one industry: a map and the largest quotients; for several, how the quotients are spread.
pub(super) fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    let Some(columns) = Columns::of(outcome) else { return Vec::new() };
    let of = |kind| FigureSpec::new(kind).of_table("cells").of_value("lq").by("region");
    if columns.table.text("industry").is_some_and(|text| text.labels().len() > 1) {
        return vec![of(FigureKind::Histogram).against(1.0)];
    }
    let rows: Vec<usize> = (0..columns.lq.len()).collect();
    let mut intervals = of(FigureKind::Intervals).first(DRAWN).against(1.0);
    intervals.low = Some("lq_low".to_owned());
    intervals.high = Some("lq_high".to_owned());
    intervals.at_least = Some(("employment".to_owned(), floor(&columns, &rows)));
    vec![of(FigureKind::Map), intervals]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floors_are_round() {
        assert_eq!(round_down(3_499.0), 2_000.0);
        assert_eq!(round_down(5.0), 5.0);
        assert_eq!(round_down(1_000.0), 1_000.0);
        assert_eq!(round_down(0.3), 1.0);
    }
}
