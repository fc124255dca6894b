//! Small steps that every method takes when it fills an outcome and reads it again for findings.

use distretto_core::{Arg, FigureKind, FigureSpec, Message, Outcome, Scalar, Table, Text};

/// A column of words.
pub(crate) fn words_of<S: AsRef<str>>(words: impl IntoIterator<Item = S>) -> Text {
    words.into_iter().map(|word| Some(word.as_ref().to_owned())).collect()
}

/// A word of the summary, empty when it does not exist.
pub(crate) fn word<'a>(outcome: &'a Outcome, name: &str) -> &'a str {
    match outcome.summary.iter().find(|(scalar, _)| scalar == name) {
        Some((_, Scalar::Text(word))) => word,
        _ => "",
    }
}

/// Adds a word, or one that does not exist and is printed as `null`.
pub(crate) fn word_or_none(outcome: &mut Outcome, name: &str, word: Option<&str>) {
    match word {
        Some(word) => outcome.word(name, word),
        None => outcome.scalar(name, f64::NAN),
    };
}

/// The unit of a row, with its year where there is one.
pub(crate) fn unit(table: &Table, row: usize) -> Arg {
    let name = table.text("unit").and_then(|text| text.get(row)).unwrap_or_default().to_owned();
    match table.numbers("year") {
        Some(years) => {
            let said = Message::new("appraise.indicators.unit-year").with("unit", Arg::Region(name));
            Arg::Message(Box::new(said.text("year", format!("{}", years[row]))))
        }
        None => Arg::Region(name),
    }
}

/// The indicator, item or variable of a row, told by its title where that is known.
pub(crate) fn indicator(names: &Text, row: usize) -> Arg {
    Arg::Indicator(names.get(row).unwrap_or_default().to_owned())
}

/// Rows whose value exists, the largest first; equal ones in their order.
pub(crate) fn falling_rows(values: &[f64]) -> Vec<usize> {
    crate::ranks::falling(values)
}

/// Between which ranks draws of the units put a unit.
pub(crate) fn firm(outcome: &Outcome, summary: &Table, unit: Arg, rank: f64, row: usize) -> Message {
    let value = |name: &str| summary.numbers(name).map_or(f64::NAN, |values| values[row]);
    let said = Message::new("appraise.factor.finding-firm").with("unit", unit).number("rank", rank);
    let said = said.count("draws", outcome.number("resamples").unwrap_or(0.0) as usize);
    said.with("between", between(value("p05"), value("p95"))).with("share", in_draws(value("p_first")))
}

/// `between ranks 1 and 3`, or `at rank 1` where both are one.
pub(crate) fn between(low: f64, high: f64) -> Arg {
    // Quantiles of ranks fall between ranks.
    let (low, high) = (low.round(), high.round());
    let key = if low == high { "appraise.firmness.at" } else { "appraise.firmness.between" };
    Arg::Message(Box::new(Message::new(key).number("low", low).number("high", high)))
}

/// A share of draws; none of them is told in a word, since a share is rounded.
pub(crate) fn in_draws(share: f64) -> Arg {
    if share == 0.0 { Arg::Message(Box::new(Message::new("appraise.firmness.none"))) } else { Arg::Share(share) }
}

/// Adds notes as warnings.
pub(crate) fn warn(outcome: &mut Outcome, notes: &[Message]) {
    notes.iter().for_each(|note| {
        outcome.warn(note.clone());
    });
}

/// Bars of a value for each unit, or its lines over the years.
pub(crate) fn by_unit(outcome: &Outcome, table: &str, value: &str, top: usize) -> FigureSpec {
    if outcome.table(table).is_some_and(|table| table.numbers("year").is_some()) {
        let mut lines = FigureSpec::new(FigureKind::Lines).of_table(table);
        (lines.x, lines.y, lines.group) = (Some("year".into()), Some(value.into()), Some("unit".into()));
        return lines;
    }
    FigureSpec::new(FigureKind::Bars).of_table(table).by("unit").of_value(value).first(top)
}
