//! The first finding of a curve: whether it departs from chance, at which distances, and how sure that is.

use super::words::{rate, stretches_named, unit};
use distretto_core::{Arg, Message, Outcome};
use distretto_numerics::TIE_TOLERANCE;

/// What each function calls its verdicts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Words {
    /// Above the envelope somewhere, below it nowhere.
    pub(crate) above: &'static str,
    /// Below somewhere, above nowhere.
    pub(crate) below: &'static str,
    /// Above at some distances, below at longer ones.
    pub(crate) both: &'static str,
    /// Below at some distances, above at longer ones: a pattern with a spacing, which is no cluster.
    pub(crate) below_first: &'static str,
    /// Not told from chance.
    pub(crate) neither: &'static str,
    /// Told from chance by a test without an envelope.
    pub(crate) departs: &'static str,
}

/// The industries that an option names.
fn codes(outcome: &Outcome, option: &str) -> Vec<Arg> {
    let listed = outcome.provenance.options.get(option).and_then(serde_json::Value::as_array);
    let codes = listed.into_iter().flatten().filter_map(serde_json::Value::as_str);
    codes.map(|code| Arg::Industry(code.to_owned())).collect()
}

/// The plants that an outcome is about, from its own options: the focus of a study may be another industry.
pub(crate) fn subject(outcome: &Outcome) -> Arg {
    let codes = |option: &str| codes(outcome, option);
    let (own, to, controls) = (codes("industry"), codes("to"), codes("controls"));
    let said = match (own.is_empty(), to.is_empty(), controls.is_empty()) {
        (true, ..) => Message::new("measure.plants.subject-all"),
        (_, false, _) if to != own => Message::new("measure.plants.subject-to").with("to", Arg::List(to)),
        (.., false) => Message::new("measure.plants.subject-controls").with("controls", Arg::List(controls)),
        _ => Message::new("measure.plants.subject"),
    };
    Arg::Message(Box::new(said.with("industry", Arg::List(own))))
}

/// Which plants count as neighbours, around which: `plants of B` around `the plants of A`.
pub(crate) fn neighbours(outcome: &Outcome) -> Arg {
    let (own, to, controls) = (codes(outcome, "industry"), codes(outcome, "to"), codes(outcome, "controls"));
    let said = match (to.is_empty(), controls.is_empty()) {
        (false, _) if to != own => Message::new("measure.plants.around-other").with("to", Arg::List(to)),
        (_, false) => Message::new("measure.plants.around-controls").with("controls", Arg::List(controls)),
        _ => Message::new("measure.plants.around-own"),
    };
    Arg::Message(Box::new(said.with("industry", Arg::List(own))))
}

/// How many plants an outcome looks at, of its industry and of the others where there are any.
pub(crate) fn counted(outcome: &Outcome) -> Option<Arg> {
    let plants = outcome.number("plants")? as usize;
    let said = match ["neighbours", "controls"].into_iter().find_map(|name| outcome.number(name)) {
        Some(others) => Message::new("measure.plants.counted-two").count("others", others as usize),
        None => Message::new("measure.plants.counted"),
    };
    let codes = |option: &str| codes(outcome, option);
    let own = codes("industry");
    if own.is_empty() {
        return Some(Arg::Message(Box::new(Message::new("measure.plants.counted-all").count("plants", plants))));
    }
    let other = [codes("to"), codes("controls")].concat();
    let said = said.with("industry", Arg::List(own)).with("other", Arg::List(other)).count("plants", plants);
    Some(Arg::Message(Box::new(said)))
}

/// Where a curve lies above its envelope, and that there is one; everywhere that it has a value where there is none.
pub(crate) fn in_excess(outcome: &Outcome, function: &str) -> (Vec<usize>, bool) {
    let none = (Vec::new(), false);
    let Some(curve) = outcome.table("curve") else { return none };
    let Some(value) = curve.numbers(function) else { return none };
    let high = curve.numbers("high").filter(|high| high.iter().any(|high| !high.is_nan()));
    let is_high = |j: &usize| high.is_none_or(|high| value[*j] > high[*j]);
    ((0..value.len()).filter(|&j| value[j].is_finite()).filter(is_high).collect(), high.is_some())
}

/// What the simulations say of a curve; `None` without any, or without a value.
pub(crate) fn verdict(outcome: &Outcome, function: &str, words: Words) -> Option<Message> {
    let curve = outcome.table("curve")?;
    let (r, value) = curve.numbers("r").zip(curve.numbers(function))?;
    let (low, high) = curve.numbers("low").zip(curve.numbers("high"))?;
    let p = outcome.number("p_value").unwrap_or(f64::NAN);
    let level = outcome.provenance.conventions.get("level").and_then(serde_json::Value::as_f64).unwrap_or(0.95);
    let banded = high.iter().any(|high| !high.is_nan());
    if p.is_nan() && !banded || value.iter().all(|value| value.is_nan()) {
        return None;
    }
    // A band that ends at the curve itself is met to rounding only.
    let slack = |j: usize| TIE_TOLERANCE * value[j].abs();
    let above = stretches_named(r, |j| value[j] > high[j] + slack(j));
    let below = stretches_named(r, |j| value[j] < low[j] - slack(j));
    // Without a p of the whole curve the band speaks alone, and says so.
    let told = p.is_nan() || p <= rate(level) + 1e-9;
    let first = (0..r.len()).find(|&j| value[j] > high[j] + slack(j) || value[j] < low[j] - slack(j));
    let is_below_first = first.is_some_and(|j| value[j] < low[j]);
    let key = match (told, above.is_empty(), below.is_empty()) {
        (false, ..) => words.neither,
        (_, false, false) if is_below_first => words.below_first,
        (_, false, false) => words.both,
        (_, false, true) => words.above,
        (_, true, false) => words.below,
        _ if banded => words.neither,
        _ => words.departs,
    };
    let test = match p.is_nan() {
        true => Message::new("measure.envelope.no-p"),
        false => Message::new("measure.envelope.global-p").with("p", Arg::P(p)),
    };
    let list = |found: Vec<String>| Arg::List(found.into_iter().map(Arg::Text).collect());
    let said = Message::new(key).with("subject", subject(outcome)).with("test", Arg::Message(Box::new(test)));
    Some(said.with("above", list(above)).with("below", list(below)).with("unit", unit(outcome)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use distretto_core::Table;
    use serde_json::json;

    const WORDS: Words = Words {
        above: "above",
        below: "below",
        both: "both",
        below_first: "below first",
        neither: "neither",
        departs: "departs",
    };

    fn outcome(value: [f64; 3], p: f64, high: f64) -> Outcome {
        let mut outcome = Outcome::new("measure kd", "");
        outcome.scalar("p_value", p).convention("level", 0.95);
        let curve = Table::empty().with_numbers("r", vec![0.0, 1.0, 2.0]).with_numbers("kd", value.to_vec());
        let low = if high.is_nan() { high } else { -high };
        outcome.add_table("curve", curve.with_numbers("low", vec![low; 3]).with_numbers("high", vec![high; 3]));
        outcome.provenance.options.insert("industry".to_owned(), json!(["C"]));
        outcome
    }

    #[test]
    fn the_verdict_is_that_of_test_and_band() {
        let key = |value, p, high| verdict(&outcome(value, p, high), "kd", WORDS).map(|message| message.key);
        assert_eq!(key([2.0, 2.0, 0.0], 0.01, 1.0), Some("above"));
        assert_eq!(key([0.0, 0.0, -2.0], 0.01, 1.0), Some("below"));
        assert_eq!(key([2.0, 0.0, -2.0], 0.01, 1.0), Some("both"));
        assert_eq!(key([-2.0, 0.0, 2.0], 0.01, 1.0), Some("below first"));
        assert_eq!(key([0.0; 3], 0.4, 1.0), Some("neither"));
        // A test without an envelope, an envelope without a test, nothing.
        assert_eq!(key([2.0; 3], 0.01, f64::NAN), Some("departs"));
        assert_eq!(key([2.0; 3], 0.2, f64::NAN), Some("neither"));
        assert_eq!(key([2.0; 3], f64::NAN, 1.0), Some("above"));
        assert_eq!(key([f64::NAN; 3], f64::NAN, 1.0), None);
        let said = verdict(&outcome([2.0, 2.0, 0.0], 0.01, 1.0), "kd", WORDS).unwrap();
        assert!(said.args.contains(&("above", Arg::List(vec![Arg::Text("0–1".into())]))));
    }

    #[test]
    fn the_industry_is_that_of_the_options() {
        let mut outcome = outcome([0.0; 3], 0.4, 1.0);
        let named = |outcome: &Outcome| match subject(outcome) {
            Arg::Message(message) => (message.key, message.args),
            other => panic!("{other:?}"),
        };
        let own = ("industry", Arg::List(vec![Arg::Industry("C".into())]));
        assert_eq!(named(&outcome), ("measure.plants.subject", vec![own.clone()]));
        outcome.provenance.options.insert("to".to_owned(), json!(["B"]));
        let to = ("to", Arg::List(vec![Arg::Industry("B".into())]));
        assert_eq!(named(&outcome), ("measure.plants.subject-to", vec![to, own]));
    }
}
