//! Findings and figures that every curve with an envelope shares.

use super::options::CurveOptions;
use distretto_core::{Arg, FigureKind, FigureSpec, Message, Outcome};
use distretto_numerics::TIE_TOLERANCE;

/// Most stretches of distances that a finding names.
const STRETCHES: usize = 3;

/// Name of the convention that says in which unit distances are.
const UNIT: &str = "distance_unit";

/// In which unit the distances of an outcome are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Great circles, or a projection of them.
    Kilometres,
    /// That of x and y.
    Coordinates,
    /// That of the table of distances.
    Table,
}

impl Unit {
    fn word(self) -> &'static str {
        match self {
            Self::Kilometres => "km",
            Self::Coordinates => "that of the coordinates",
            Self::Table => "that of the table of distances",
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::Kilometres => "measure.unit.km",
            Self::Coordinates => "measure.unit.coordinates",
            Self::Table => "measure.unit.table",
        }
    }

    /// Says in an outcome which unit it is.
    pub(crate) fn say(self, outcome: &mut Outcome) {
        outcome.convention(UNIT, self.word());
    }
}

/// What follows a distance in a finding: its unit with the space before it; nothing where it is not known.
pub(crate) fn unit(outcome: &Outcome) -> Arg {
    let said = outcome.provenance.conventions.get(UNIT).and_then(serde_json::Value::as_str);
    let known = [Unit::Kilometres, Unit::Coordinates, Unit::Table].into_iter().find(|unit| said == Some(unit.word()));
    known.map_or_else(|| Arg::Text(String::new()), |unit| Arg::Message(Box::new(Message::new(unit.key()))))
}

/// One minus a level, without the rounding of binary numbers: 1 − 0.95 is 0.050000000000000044 there.
pub(crate) fn rate(level: f64) -> f64 {
    ((1.0 - level) * 1e9).round() / 1e9
}

/// Warnings about options of simulations where there are none.
pub(crate) fn idle(outcome: &mut Outcome, curve: &CurveOptions) {
    let own = CurveOptions::default();
    if curve.nsim > 0 {
        return;
    }
    for (option, given) in [
        ("level", curve.level != own.level),
        ("envelope", curve.envelope != own.envelope),
        ("null", curve.null.is_some()),
    ] {
        if given {
            no_effect(outcome, option, "nsim");
        }
    }
}

/// A warning that an option was given and changes nothing without another.
pub(crate) fn no_effect(outcome: &mut Outcome, option: &'static str, without: &'static str) {
    outcome.warn(Message::new("measure.plants.no-effect").text("option", option).text("without", without));
}

/// The test of the curve and the distances at which it leaves the envelope, from the table `curve`.
pub(crate) fn curve_findings(outcome: &Outcome, function: &str) -> Vec<Message> {
    let mut messages = Vec::new();
    let Some(curve) = outcome.table("curve") else { return messages };
    let number = |name: &str| curve.numbers(name);
    let (Some(r), Some(value)) = (number("r"), number(function)) else { return messages };
    let (Some(low), Some(high)) = (number("low"), number("high")) else { return messages };
    if let Some(p) = outcome.number("p_value") {
        messages.push(Message::new("measure.envelope.finding-test").with("p", Arg::P(p)));
    }
    // A band that ends at the curve itself is met to rounding only.
    let slack = |j: usize| TIE_TOLERANCE * value[j].abs();
    let above = stretches_named(r, |j| value[j] > high[j] + slack(j));
    let below = stretches_named(r, |j| value[j] < low[j] - slack(j));
    if above.is_empty() && below.is_empty() && high.iter().any(|high| !high.is_nan()) {
        messages.push(Message::new("measure.envelope.finding-within"));
    }
    let list = |found: Vec<String>| Arg::List(found.into_iter().map(Arg::Text).collect());
    if !above.is_empty() {
        messages.push(
            Message::new("measure.envelope.finding-above").with("distances", list(above)).with("unit", unit(outcome)),
        );
    }
    if !below.is_empty() {
        messages.push(
            Message::new("measure.envelope.finding-below").with("distances", list(below)).with("unit", unit(outcome)),
        );
    }
    messages
}

/// Runs of distances at which a test holds, `0.5–1.5`, a long list cut short.
pub(crate) fn stretches_named(r: &[f64], test: impl Fn(usize) -> bool) -> Vec<String> {
    let mut found = stretches(r, test);
    if found.len() > STRETCHES {
        found.truncate(STRETCHES);
        found.push("…".to_owned());
    }
    found
}

/// Runs of distances at which a test holds, `0.5–1.5`.
pub(crate) fn stretches(r: &[f64], test: impl Fn(usize) -> bool) -> Vec<String> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for j in (0..r.len()).filter(|&j| test(j)) {
        match found.last_mut() {
            Some((_, end)) if *end + 1 == j => *end = j,
            _ => found.push((j, j)),
        }
    }
    let text = |&(start, end): &(usize, usize)| match start == end {
        true => short(r[start]),
        false => format!("{}–{}", short(r[start]), short(r[end])),
    };
    found.iter().map(text).collect()
}

/// A distance with four decimals at most.
pub(crate) fn short(value: f64) -> String {
    format!("{}", (value * 1e4).round() / 1e4)
}

/// The figure of a curve over its band.
pub(crate) fn curve_figure(table: &str, function: &str) -> FigureSpec {
    let mut figure = FigureSpec::new(FigureKind::Curve).of_table(table).of_value(function);
    figure.x = Some("r".to_owned());
    figure.y = Some("mean".to_owned());
    figure.low = Some("low".to_owned());
    figure.high = Some("high".to_owned());
    figure
}
