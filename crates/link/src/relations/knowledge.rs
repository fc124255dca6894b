//! A ledger of tacit and explicit knowledge: four conversions, and what is forgotten.

use crate::network::{Adjacency, Network, NetworkOptions};
use crate::words::ratio;
use distretto_core::{
    Arg, ColumnKind, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Input, Inputs, Message,
    OptionValues, Outcome, Place, Table, TableSpec, Text, option_specs, parse_options,
};
use rustc_hash::FxHashSet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "link",
    name: "knowledge",
    about: "Ledger of tacit and explicit knowledge: socialisation, externalisation, combination, internalisation",
    chapter: "link/relations",
    revision: 1,
    inputs: &[
        Input::table("actors", Place::Positional, true, "Actors: id, tacit, explicit"),
        Input::table("links", Place::Flag, false, "Links between them, without direction: source, target, weight"),
    ],
    options: option_specs::<KnowledgeOptions>,
    plan,
    run,
    findings,
    figures,
};

/// Options of [`ledger`]; the rates are shares of a period, 0 to 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct KnowledgeOptions {
    /// Rate of socialisation s: tacit from those who have more of it.
    pub socialise: f64,
    /// Rate of externalisation e: tacit written down; it stays in the head.
    pub externalise: f64,
    /// Rate of combination c: explicit from those who have more of it.
    pub combine: f64,
    /// Rate of internalisation a: explicit learned by doing.
    pub internalise: f64,
    /// Share of tacit knowledge lost in a period.
    pub decay_tacit: f64,
    /// Share of explicit knowledge lost in a period.
    pub decay_explicit: f64,
    /// Periods, at least 1.
    pub periods: usize,
    /// Only the links of this layer.
    pub layer: Option<String>,
    /// Only the links of this year.
    pub year: Option<i64>,
}

impl Default for KnowledgeOptions {
    fn default() -> Self {
        Self {
            socialise: 0.1,
            externalise: 0.05,
            combine: 0.1,
            internalise: 0.05,
            decay_tacit: 0.05,
            decay_explicit: 0.05,
            periods: 10,
            layer: None,
            year: None,
        }
    }
}

impl KnowledgeOptions {
    /// Checks the rates and the number of periods.
    ///
    /// # Errors
    /// A rate outside 0 to 1, no period.
    pub fn validate(&self) -> Result<(), Fault> {
        let rates = [
            ("socialise", self.socialise),
            ("externalise", self.externalise),
            ("combine", self.combine),
            ("internalise", self.internalise),
            ("decay_tacit", self.decay_tacit),
            ("decay_explicit", self.decay_explicit),
        ];
        if let Some((name, rate)) = rates.into_iter().find(|(_, rate)| !(0.0..=1.0).contains(rate)) {
            let fault = Fault::option(format!("option `{name}`: {rate} is not between 0 and 1"));
            return Err(fault.with_value(rate.to_string()));
        }
        if self.periods == 0 {
            return Err(Fault::option("option `periods`: 0 is too few, at least 1 is needed"));
        }
        Ok(())
    }

    /// Growth of knowledge once actors are alike: the dominant eigenvalue of [[1 − δ_T, a], [e, 1 − δ_X]] less 1.
    ///
    /// 0 where e·a and δ_T·δ_X differ by rounding alone (1e-12 relative).
    #[must_use]
    pub fn growth_rate(&self) -> f64 {
        let (made, lost) = (self.externalise * self.internalise, self.decay_tacit * self.decay_explicit);
        let difference = made - lost;
        if difference.abs() <= 1e-12 * made.max(lost) {
            return 0.0;
        }
        // The root of λ² + (δ_T + δ_X) λ = e·a − δ_T·δ_X, in the form that does not cancel.
        let sum = self.decay_tacit + self.decay_explicit;
        let root = ((self.decay_tacit - self.decay_explicit).powi(2) + 4.0 * made).sqrt();
        2.0 * difference / (sum + root)
    }
}

/// Tacit and explicit knowledge of every actor.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// Tacit knowledge T.
    pub tacit: Vec<f64>,
    /// Explicit knowledge X.
    pub explicit: Vec<f64>,
}

/// What happened in a period, actor by actor, and what there is at its end.
#[derive(Debug, Clone, PartialEq)]
pub struct Period {
    /// S_i = s Σ_j w_ij max(T_j − T_i, 0).
    pub socialisation: Vec<f64>,
    /// E_i = e T_i.
    pub externalisation: Vec<f64>,
    /// C_i = c Σ_j w_ij max(X_j − X_i, 0).
    pub combination: Vec<f64>,
    /// I_i = a X_i.
    pub internalisation: Vec<f64>,
    /// δ_T T_i.
    pub decay_tacit: Vec<f64>,
    /// δ_X X_i.
    pub decay_explicit: Vec<f64>,
    /// At the end of the period.
    pub end: State,
}

/// The periods one after the other: T ← (1 − δ_T) T + S + I, X ← (1 − δ_X) X + E + C, all from the values at the start
/// of the period; w are the weights of the links of an actor over their sum.
///
/// # Complexity
/// O(m) for each period.
///
/// # References
/// The four conversions: Nonaka and Takeuchi 1995, The Knowledge-Creating Company; the ledger is a formalisation of
/// this project.
#[must_use]
pub fn ledger(start: &State, ties: &Adjacency, options: &KnowledgeOptions) -> Vec<Period> {
    let mut state = start.clone();
    let mut periods = Vec::with_capacity(options.periods);
    for _ in 0..options.periods {
        let period = period(&state, ties, options);
        state = period.end.clone();
        periods.push(period);
    }
    periods
}

fn period(state: &State, ties: &Adjacency, options: &KnowledgeOptions) -> Period {
    let n = state.tacit.len();
    let gain = |values: &[f64], rate: f64| -> Vec<f64> {
        let gap = |i: usize| {
            let gaps = ties.pairs(i).map(|(j, weight)| weight * (values[j as usize] - values[i]).max(0.0));
            // An actor without links meets nobody: 0, not 0/0.
            if ties.degree(i) == 0 { 0.0 } else { rate * (gaps.sum::<f64>() / ties.strength(i)) }
        };
        (0..n).map(gap).collect()
    };
    let times = |values: &[f64], rate: f64| -> Vec<f64> { values.iter().map(|value| rate * value).collect() };
    let (socialisation, combination) = (gain(&state.tacit, options.socialise), gain(&state.explicit, options.combine));
    let (externalisation, internalisation) =
        (times(&state.tacit, options.externalise), times(&state.explicit, options.internalise));
    let (decay_tacit, decay_explicit) =
        (times(&state.tacit, options.decay_tacit), times(&state.explicit, options.decay_explicit));
    let end = State {
        tacit: (0..n).map(|i| state.tacit[i] - decay_tacit[i] + socialisation[i] + internalisation[i]).collect(),
        explicit: (0..n).map(|i| state.explicit[i] - decay_explicit[i] + externalisation[i] + combination[i]).collect(),
    };
    Period { socialisation, externalisation, combination, internalisation, decay_tacit, decay_explicit, end }
}

fn plan(values: &OptionValues, given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: KnowledgeOptions = parse_options(values)?;
    options.validate()?;
    let actors = TableSpec::new("actors").need("id", ColumnKind::Label).need("tacit", ColumnKind::NonNegative);
    let actors = actors.need("explicit", ColumnKind::NonNegative).unique(&["id"]);
    let links = TableSpec::new("links").need("source", ColumnKind::Label).need("target", ColumnKind::Label);
    let links = links.take("weight", ColumnKind::NonNegative).take("layer", ColumnKind::Word);
    let links = links.take("year", ColumnKind::Integer).may_be_bare();
    let linked = given.iter().any(|name| name == "links");
    Ok(std::iter::once(actors).chain(linked.then_some(links)).collect())
}

/// Tacit and explicit knowledge of the actors; no cell may be missing.
fn start(table: &Table) -> Result<State, Fault> {
    let column = |name: &str| {
        let cells = table.numbers(name).unwrap_or_default().to_vec();
        match cells.iter().position(|cell| cell.is_nan()) {
            Some(row) => {
                let message = format!("{name} is missing; it must be a number of 0 or more");
                Err(Fault::input(message).at(table, row, name))
            }
            None => Ok(cells),
        }
    };
    Ok(State { tacit: column("tacit")?, explicit: column("explicit")? })
}

/// The links between the actors, those without links included.
fn network(inputs: &Inputs, actors: &Table, options: &KnowledgeOptions) -> Result<Option<Network>, Fault> {
    let Some(links) = inputs.table("links") else {
        return match (&options.layer, options.year) {
            (None, None) => Ok(None),
            _ => Err(Fault::option("`--layer` and `--year` choose links: give them with `--links`")),
        };
    };
    let known: FxHashSet<&String> = actors.text("id").map_or(&[][..], Text::labels).iter().collect();
    for name in ["source", "target"] {
        let ends = links.text(name);
        let stranger = ends.and_then(|ends| ends.labels().iter().find(|label| !known.contains(label)));
        if let (Some(ends), Some(label)) = (ends, stranger) {
            let row = (0..links.rows()).find(|&row| ends.get(row) == Some(label)).unwrap_or_default();
            let fault = Fault::input(format!("unknown actor `{label}`: the table of actors has none of this name"));
            return Err(fault.at(links, row, name).with_value(label.as_str()));
        }
    }
    let chosen = NetworkOptions { layer: options.layer.clone(), year: options.year, ..NetworkOptions::default() };
    Network::read(links, Some(actors), &chosen).map(Some)
}

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: KnowledgeOptions = parse_options(values)?;
    options.validate()?;
    let actors = inputs.need("actors")?;
    let start = start(actors)?;
    let network = network(inputs, actors, &options)?;
    let none = || Adjacency::new(start.tacit.len(), std::iter::empty());
    let ties = network.as_ref().map_or_else(none, Network::underlying);
    let ids = actors.text("id").ok_or_else(|| Fault::input("the column `id` is needed").in_table(actors))?;
    let periods = ledger(&start, &ties, &options);
    let mut outcome = package(ids, &periods, &options);
    if let Some(network) = &network {
        outcome.warnings.splice(0..0, network.warnings.iter().cloned());
    }
    if network.is_none_or(|network| network.links.is_empty()) {
        outcome.warn(Message::new("link.knowledge.no-links"));
    }
    Ok(outcome)
}

fn package(ids: &Text, periods: &[Period], options: &KnowledgeOptions) -> Outcome {
    let method = "ledger of the four conversions of Nonaka and Takeuchi 1995, own formalisation; weights of links over their sum, actor by actor";
    let mut outcome = Outcome::new("link knowledge", method);
    outcome.convention("standard_deviation", "n − 1");
    let end = periods.last().map(|period| &period.end);
    let total = |of: fn(&State) -> &[f64]| end.map_or(f64::NAN, |end| of(end).iter().sum());
    let (tacit, explicit) = (total(|end| &end.tacit), total(|end| &end.explicit));
    let growth = options.growth_rate();
    let dispersion = end.map_or(f64::NAN, |end| variation(&end.tacit));
    if tacit + explicit == 0.0 {
        outcome.warn(Message::new("link.knowledge.nothing"));
    } else if dispersion.is_nan() {
        outcome.warn(Message::new("link.knowledge.no-dispersion"));
    }
    outcome
        .scalar("tacit", tacit)
        .scalar("explicit", explicit)
        .scalar("explicit_share", ratio(explicit, tacit + explicit))
        .scalar("growth_rate", growth)
        .flag("sustaining", growth > 0.0)
        .scalar("dispersion_tacit", dispersion);
    outcome.add_table("ledger", ledger_table(ids, periods));
    outcome
}

/// Coefficient of variation, n − 1; NaN for one value or a mean of 0.
fn variation(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    if values.len() < 2 { f64::NAN } else { ratio((squares / (n - 1.0)).sqrt(), mean) }
}

fn ledger_table(ids: &Text, periods: &[Period]) -> Table {
    let n = ids.len();
    let column = |of: fn(&Period) -> &[f64]| periods.iter().flat_map(|period| of(period).iter().copied()).collect();
    let number = (0..periods.len()).flat_map(|period| std::iter::repeat_n((period + 1) as f64, n)).collect();
    let codes = periods.iter().flat_map(|_| (0..n).map(|row| ids.code(row))).collect();
    Table::empty()
        .with_numbers("period", number)
        .with_text("id", Text::from_codes(codes, ids.labels().to_vec()))
        .with_numbers("socialisation", column(|period| &period.socialisation))
        .with_numbers("externalisation", column(|period| &period.externalisation))
        .with_numbers("combination", column(|period| &period.combination))
        .with_numbers("internalisation", column(|period| &period.internalisation))
        .with_numbers("decay_tacit", column(|period| &period.decay_tacit))
        .with_numbers("decay_explicit", column(|period| &period.decay_explicit))
        .with_numbers("tacit", column(|period| &period.end.tacit))
        .with_numbers("explicit", column(|period| &period.end.explicit))
}

fn findings(outcome: &Outcome, _focus: &Focus) -> Vec<Message> {
    let number = |name: &str| outcome.number(name).unwrap_or(f64::NAN);
    let Some(table) = outcome.table("ledger") else { return Vec::new() };
    let sum = |name: &str| table.numbers(name).map_or(f64::NAN, |cells| cells.iter().sum());
    let periods = table.numbers("period").and_then(|cells| cells.last()).copied().unwrap_or_default();
    let end = Message::new("link.knowledge.end").count("periods", periods as usize);
    let end = end.number("tacit", number("tacit")).number("explicit", number("explicit"));
    let mut said = vec![end.with("share", Arg::Share(number("explicit_share")))];
    let flows = Message::new("link.knowledge.flows")
        .number("socialisation", sum("socialisation"))
        .number("externalisation", sum("externalisation"))
        .number("combination", sum("combination"))
        .number("internalisation", sum("internalisation"));
    said.push(flows.number("forgotten", sum("decay_tacit") + sum("decay_explicit")));
    let growth = number("growth_rate");
    let key = match growth {
        growth if growth > 0.0 => "link.knowledge.sustains",
        growth if growth < 0.0 => "link.knowledge.shrinks",
        _ => "link.knowledge.stays",
    };
    said.push(Message::new(key).with("growth", Arg::Share(growth.abs())));
    if let Some(dispersion) = outcome.number("dispersion_tacit") {
        said.push(Message::new("link.knowledge.dispersion").number("dispersion", dispersion));
    }
    said
}

/// Actors whose lines are drawn.
const DRAWN: usize = 8;

fn figures(_outcome: &Outcome) -> Vec<FigureSpec> {
    ["tacit", "explicit"]
        .map(|value| {
            let mut lines = FigureSpec::new(FigureKind::Lines).of_table("ledger").of_value(value).first(DRAWN);
            (lines.x, lines.group) = (Some("period".into()), Some("id".into()));
            lines
        })
        .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(n: usize) -> Adjacency {
        Adjacency::new(n, (0..n as u32 - 1).flat_map(|i| [(i, i + 1, 1.0), (i + 1, i, 1.0)]))
    }

    /// Two tied actors, T = 4 and 0, X = 0 and 2; s = 0.5, e = 0.1, c = 0.2, a = 0.3, δ = 0.25 and 0.5. By hand:
    /// S = (0, 2), E = (0.4, 0), C = (0.4, 0), I = (0, 0.6).
    #[test]
    fn one_period_by_hand() {
        let options = KnowledgeOptions {
            socialise: 0.5,
            externalise: 0.1,
            combine: 0.2,
            internalise: 0.3,
            decay_tacit: 0.25,
            decay_explicit: 0.5,
            periods: 1,
            ..KnowledgeOptions::default()
        };
        let start = State { tacit: vec![4.0, 0.0], explicit: vec![0.0, 2.0] };
        let period = &ledger(&start, &line(2), &options)[0];
        assert_eq!((period.socialisation[1], period.combination[0]), (2.0, 0.4));
        assert_eq!(period.end.tacit, [3.0, 2.6]);
        assert_eq!(period.end.explicit, [0.8, 1.0]);
    }

    #[test]
    fn growth_in_closed_form() {
        let rate = |e: f64, a: f64, t: f64, x: f64| {
            let options = KnowledgeOptions {
                externalise: e,
                internalise: a,
                decay_tacit: t,
                decay_explicit: x,
                ..KnowledgeOptions::default()
            };
            options.growth_rate()
        };
        assert_eq!(rate(0.0, 0.0, 0.0, 0.0), 0.0);
        // 0.1 · 0.2 and 0.02 · 1 differ by rounding alone.
        assert_eq!(rate(0.1, 0.2, 0.02, 1.0), 0.0);
        assert!((rate(0.3, 0.3, 0.1, 0.1) - 0.2).abs() < 1e-15);
        assert!((rate(0.0, 0.3, 0.1, 0.2) + 0.1).abs() < 1e-15);
    }

    #[test]
    fn rates_have_a_range() {
        let wrong = |options: KnowledgeOptions| options.validate().unwrap_err().to_string();
        assert!(wrong(KnowledgeOptions { combine: 1.5, ..KnowledgeOptions::default() }).contains("combine"));
        assert!(wrong(KnowledgeOptions { decay_tacit: -0.1, ..KnowledgeOptions::default() }).contains("decay_tacit"));
        assert!(wrong(KnowledgeOptions { periods: 0, ..KnowledgeOptions::default() }).contains("periods"));
    }

    #[test]
    fn one_actor_has_no_dispersion() {
        assert!(variation(&[3.0]).is_nan() && variation(&[0.0, 0.0]).is_nan());
        assert!((variation(&[1.0, 3.0]) - 2.0_f64.sqrt() / 2.0).abs() < 1e-15);
    }

    proptest! {
        #[test]
        fn the_books_balance(
            tacit in proptest::collection::vec(0.0..9.0f64, 5),
            explicit in proptest::collection::vec(0.0..9.0f64, 5),
            rates in proptest::collection::vec(0.0..1.0f64, 6),
        ) {
            let options = KnowledgeOptions {
                socialise: rates[0], externalise: rates[1], combine: rates[2], internalise: rates[3],
                decay_tacit: rates[4], decay_explicit: rates[5], periods: 4, ..KnowledgeOptions::default()
            };
            let mut before = State { tacit, explicit };
            for period in ledger(&before, &line(5), &options) {
                for i in 0..5 {
                    let tacit = period.socialisation[i] + period.internalisation[i] - period.decay_tacit[i];
                    let explicit = period.externalisation[i] + period.combination[i] - period.decay_explicit[i];
                    let scale = 1.0 + before.tacit[i] + before.explicit[i] + period.end.tacit[i] + period.end.explicit[i];
                    prop_assert!((period.end.tacit[i] - before.tacit[i] - tacit).abs() < 1e-13 * scale);
                    prop_assert!((period.end.explicit[i] - before.explicit[i] - explicit).abs() < 1e-13 * scale);
                    prop_assert!(period.end.tacit[i] >= 0.0 && period.end.explicit[i] >= 0.0);
                }
                before = period.end.clone();
            }
            let made = rates[1] * rates[3] > rates[4] * rates[5];
            prop_assert_eq!(options.growth_rate() > 0.0, made);
            let still = KnowledgeOptions { socialise: 0.0, externalise: 0.0, combine: 0.0, internalise: 0.0, decay_tacit: 0.0, decay_explicit: 0.0, ..options };
            prop_assert_eq!(&ledger(&before, &line(5), &still)[3].end, &before);
        }
    }
}
