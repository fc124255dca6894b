//! `innovate check`: which propositions of the literature hold on this very game, with the numbers.

mod claim;
mod firms;
mod premise;
mod probe;
mod symmetric;

use crate::verb::{self, GameOptions, labels};
use claim::{Status, Verdict};
use distretto_core::{
    Arg, Context, Estimand, Fault, FigureSpec, Focus, Inputs, Message, OptionValues, Outcome, Table, option_specs,
    parse_options,
};
use probe::Probe;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "innovate",
    name: "check",
    about: "Which propositions of the literature hold on this very game, with the numbers?",
    chapter: "innovate/propositions",
    revision: 2,
    inputs: verb::INPUTS,
    options: option_specs::<CheckOptions>,
    plan: verb::plan,
    run,
    findings,
    figures: |_| Vec::<FigureSpec>::new(),
};

/// Options of `innovate check`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CheckOptions {
    /// What game.
    #[serde(flatten)]
    pub game: GameOptions,
}

fn run(inputs: &Inputs, values: &OptionValues, context: &Context) -> Result<Outcome, Fault> {
    let options: CheckOptions = parse_options(values)?;
    let game = verb::game(inputs, &options.game)?;
    let probe = Probe::new(&game);
    let mut verdicts = symmetric::propositions(&probe);
    verb::go_on(context)?;
    verdicts.extend(firms::differences(&probe));
    verdicts.extend(firms::policies(&probe));
    verdicts.extend(symmetric::coalitions(&probe));
    let mut verdicts: Vec<Verdict> = verdicts.into_iter().map(Verdict::within_tolerance).collect();
    for verdict in verdicts.iter_mut().filter(|verdict| verdict.held.is_none()) {
        verdict.condition = premise::failing(&probe, verdict.id).to_owned();
    }
    let mut outcome = Outcome::new(
        "innovate check",
        "propositions of the literature, each solved on the game; tolerance 1e-9 relative",
    );
    verb::conventions(&mut outcome, &probe.base);
    let count = |wanted: &dyn Fn(&Verdict) -> bool| verdicts.iter().filter(|verdict| wanted(verdict)).count() as f64;
    let held = |verdict: &Verdict| verdict.held.is_some_and(|held| held.holds);
    outcome.scalar("applied", count(&|verdict| verdict.held.is_some()));
    outcome.scalar("held", count(&held));
    outcome.scalar(
        "violated",
        count(&|verdict| verdict.held.is_some() && !held(verdict) && verdict.status == Status::Always),
    );
    if count(&|verdict| verdict.held.is_some()) == 0.0 {
        outcome.warn(Message::new("innovate.check.none").with("why", Arg::List(failing(&probe, &verdicts))));
    }
    outcome.add_table("propositions", table(&verdicts));
    Ok(outcome)
}

/// The premises that fail, each once, in the order of the propositions.
fn failing(probe: &Probe, verdicts: &[Verdict]) -> Vec<Arg> {
    let mut words: Vec<&'static str> = Vec::new();
    for word in verdicts.iter().map(|verdict| premise::failing(probe, verdict.id)) {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    // Some are made for such firms, and it is the equilibrium that fails them.
    if words.contains(&"no-equilibrium") {
        words.retain(|word| *word == "no-equilibrium");
    }
    // Said of both, each need not be said again.
    if words.contains(&"costs-differ") {
        words.retain(|word| !["unit-costs-differ", "rd-costs-differ"].contains(word));
    }
    // What differs matters more than what does not.
    if words.iter().any(|word| word.ends_with("-differ")) {
        words.retain(|word| word.ends_with("-differ"));
    }
    words.into_iter().map(|word| Arg::Message(Box::new(Message::new(premise::key(word))))).collect()
}

/// All statements on a game but those on coalitions.
#[cfg(test)]
fn verdicts(game: &crate::game::Game) -> Vec<Verdict> {
    let probe = Probe::new(game);
    let mut verdicts = symmetric::propositions(&probe);
    verdicts.extend(firms::differences(&probe));
    verdicts.extend(firms::policies(&probe));
    verdicts.into_iter().map(Verdict::within_tolerance).collect()
}

/// The statements that always hold, apply to a game, and fail.
#[cfg(test)]
pub(crate) fn violated(game: &crate::game::Game) -> Vec<String> {
    let fails = |one: &Verdict| one.status == Status::Always && one.held.is_some_and(|held| !held.holds);
    verdicts(game).into_iter().filter(fails).map(|one| format!("{one:?}")).collect()
}

fn table(verdicts: &[Verdict]) -> Table {
    let side = |of: &dyn Fn(claim::Held) -> f64| verdicts.iter().map(|one| one.held.map_or(f64::NAN, of)).collect();
    Table::empty()
        .with_text("id", labels(verdicts.iter().map(|one| one.id)))
        .with_text("statement", labels(verdicts.iter().map(|one| one.statement)))
        .with_text("status", labels(verdicts.iter().map(|one| one.status.word())))
        .with_flags("applies", verdicts.iter().map(|one| Some(one.held.is_some())).collect())
        .with_flags("holds", verdicts.iter().map(|one| one.held.map(|held| held.holds)).collect())
        .with_numbers("left", side(&|held| held.left))
        .with_numbers("right", side(&|held| held.right))
        .with_text("condition", labels(verdicts.iter().map(|one| one.condition.as_str())))
}

fn findings(outcome: &Outcome, _: &Focus) -> Vec<Message> {
    let number = |name: &str| outcome.number(name).unwrap_or(0.0) as usize;
    let Some(table) = outcome.table("propositions") else { return Vec::new() };
    if number("applied") == 0 {
        return vec![Message::new("innovate.check.finding-none").count("all", table.rows())];
    }
    let all = Message::new("innovate.check.finding-applied").count("applied", number("applied"));
    let all = all.count("held", number("held")).count("all", table.rows());
    let mut messages = vec![all];
    messages.push(match number("violated") {
        0 => Message::new("innovate.check.finding-none-violated"),
        violated => Message::new("innovate.check.finding-violated").count("violated", violated),
    });
    let (Some(ids), Some(status), Some(holds)) = (table.text("id"), table.text("status"), table.flags("holds")) else {
        return messages;
    };
    let of = |wanted: bool| {
        let rows = (0..table.rows()).filter(|&row| holds[row] == Some(wanted) && status.get(row) != Some("always"));
        rows.filter_map(|row| Some(Arg::Text(ids.get(row)?.to_owned()))).collect::<Vec<_>>()
    };
    for (key, ids) in [("innovate.check.finding-here", of(true)), ("innovate.check.finding-not-here", of(false))] {
        if !ids.is_empty() {
            messages.push(Message::new(key).with("ids", Arg::List(ids)));
        }
    }
    messages
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::solver::tests::read;
    use serde_json::{Value, json};
    use std::collections::BTreeSet;

    fn game(n: usize, cost: Value, gamma: Value, beta: f64) -> crate::game::Game {
        read(json!({
            "market": { "intercept": 100.0, "slope": 1.0 },
            "firms": { "count": n, "marginal_cost": cost, "rd_cost": gamma },
            "spillover": { "rate": beta },
        }))
    }

    /// None of the statements named is left out or fails, and no other that always holds.
    fn hold(all: &[Verdict], ids: &[&str]) {
        for one in all.iter().filter(|one| one.status == Status::Always) {
            let named = ids.contains(&one.id);
            assert!(one.held.map_or(!named, |held| held.holds), "{one:?}");
        }
    }

    /// Both sides of every threshold, three per cent from it: random games rarely come so near.
    #[test]
    fn statements_turn_where_they_say() {
        for (side, n) in [0.97, 1.03].into_iter().flat_map(|side| [3, 4, 8].map(|n| (side, n))) {
            let size = n as f64;
            let beta0 = (size - 2.0) / ((size - 1.0) * (size + 4.0));
            hold(&verdicts(&game(n, json!(45), json!(30), side * beta0)), &["S9", "G5"]);
            hold(&verdicts(&game(n, json!(45), json!(30), side * 0.5)), &["S1", "S7", "S17", "S18", "G1"]);
            // Below b gamma (n+1) = 2 beta f an equilibrium is stable above beta = 1/2 only, and close to instability:
            // little demand keeps unit costs above 0.
            for beta in [0.6, 0.75, 0.9] {
                let f = size - (size - 1.0) * beta;
                let gamma = side * 2.0 * beta * f / (size + 1.0);
                let near = game(n, json!(99.99), json!(gamma), beta);
                hold(&firms::policies(&Probe::new(&near)), &["G2", "G7"]);
            }
        }
    }

    /// Every statement that always holds is put to the test by one of a few games.
    #[test]
    fn every_statement_applies_somewhere() {
        let mut rows = game(3, json!(45), json!(10), 0.3);
        let row = vec![0.1, 0.3, 0.5];
        rows.knowledge = std::sync::Arc::new(crate::knowledge::Knowledge::RankOne { row, column: vec![1.0; 3] });
        let games = [
            game(5, json!(45), json!(10), 0.3),
            game(3, json!([42, 45, 48]), json!(10), 0.3),
            game(3, json!(45), json!([8, 10, 12]), 0.3),
            rows,
        ];
        let all: Vec<Verdict> = games.iter().flat_map(verdicts).collect();
        let of =
            |wanted: &dyn Fn(&&Verdict) -> bool| all.iter().filter(wanted).map(|one| one.id).collect::<BTreeSet<_>>();
        let always = |one: &&Verdict| one.status == Status::Always;
        assert_eq!(of(&always), of(&|one| always(one) && one.held.is_some()));
        assert_eq!(of(&always).len(), 31);
    }
}
