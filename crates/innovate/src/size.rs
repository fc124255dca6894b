//! `innovate size`: the cluster grows by the same firms, or in the same composition.

use crate::game::{Game, read_game};
use crate::grid::{Cautions, Row, Shape, peak};
use crate::knowledge::Knowledge;
use crate::verb::{self, GameOptions, labels};
use distretto_core::{
    Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Inputs, Message, OptionValues, Outcome, Scalar, Table,
    option_specs, parse_options,
};
use distretto_numerics::Matrix;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;

/// Most games of one run.
const GAMES: usize = 10_000;

/// Row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "innovate",
    name: "size",
    about: "Does a larger cluster do more R&D? The game with more and more firms, and free entry",
    chapter: "innovate/game",
    revision: 2,
    inputs: verb::INPUTS,
    options: option_specs::<SizeOptions>,
    plan: verb::plan,
    run,
    findings,
    figures,
};

/// Options of `innovate size`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SizeOptions {
    /// What game.
    #[serde(flatten)]
    pub game: GameOptions,
    /// Smallest number of firms.
    pub from: usize,
    /// Largest number of firms.
    pub to: usize,
    /// What it costs a firm to enter, money.
    pub entry_cost: f64,
}

impl Default for SizeOptions {
    fn default() -> Self {
        Self { game: GameOptions::default(), from: 1, to: 20, entry_cost: 0.0 }
    }
}

fn run(inputs: &Inputs, values: &OptionValues, context: &Context) -> Result<Outcome, Fault> {
    let options: SizeOptions = parse_options(values)?;
    if options.from < 1 || options.to < options.from {
        let fault = Fault::option("`from` must be 1 or more, and `to` at least `from`");
        return Err(fault.with_value(format!("{} to {}", options.from, options.to)));
    }
    if options.to - options.from >= GAMES {
        let fault = Fault::option(format!("`from` to `to` may be at most {GAMES} games"));
        return Err(fault.with_value(format!("{} to {}", options.from, options.to)));
    }
    if !options.entry_cost.is_finite() || options.entry_cost < 0.0 {
        return Err(Fault::option("`entry_cost` must be 0 or more").with_value(options.entry_cost.to_string()));
    }
    let document = verb::document(inputs, &options.game)?;
    let game = read_game(&document, inputs)?;
    let grown = Growth::of(game.clone())?;
    context.progress.begin("games", (options.to - options.from + 1) as u64);
    let rows: Vec<(usize, Row, Cautions)> = (options.from..=options.to)
        .into_par_iter()
        .map(|n| {
            let game = match &grown {
                Growth::Same => {
                    let mut document = document.clone();
                    document.set("firms.count", Value::from(n))?;
                    read_game(&document, inputs)?
                }
                Growth::Composed(composed) => composed.of_size(n),
            };
            let solved = verb::row(&game, context);
            let mut cautions = Cautions::default();
            cautions.add(&solved);
            context.progress.advance(1);
            Ok((n, Row::of(&game, &solved), cautions))
        })
        .collect::<Result<_, Fault>>()?;
    verb::go_on(context)?;
    let mut outcome = outcome(&rows, &options, &grown);
    verb::conventions(&mut outcome, &game);
    Ok(outcome)
}

/// How the cluster grows.
enum Growth {
    /// By the same firm: values are scalar.
    Same,
    /// In the composition of the types of the table.
    Composed(Box<Composition>),
}

struct Composition {
    game: Game,
    /// Firms of each type, types in the order of their first firm.
    firms: Vec<Vec<usize>>,
}

impl Growth {
    fn of(game: Game) -> Result<Self, Fault> {
        let Some(key) = game.listed.clone() else { return Ok(Self::Same) };
        let Some(types) = &game.types else {
            let fault =
                Fault::input(format!("`{key}` stands firm by firm: it does not say what a firm more would be like"));
            return Err(fault.with_hint("give one number for all firms, or a table of firms with a column `type`"));
        };
        let mut names: Vec<&String> = Vec::new();
        let mut firms: Vec<Vec<usize>> = Vec::new();
        for (i, name) in types.iter().enumerate() {
            match names.iter().position(|known| *known == name) {
                Some(k) => firms[k].push(i),
                None => {
                    names.push(name);
                    firms.push(vec![i]);
                }
            }
        }
        for (name, members) in names.iter().zip(&firms) {
            if let Some(pair) = members.windows(2).find(|pair| !game.exchangeable(pair[0], pair[1])) {
                let message = format!(
                    "firms {} and {} are of one type, {name}, and not identical",
                    game.names[pair[0]], game.names[pair[1]]
                );
                return Err(Fault::input(message).with_hint("give the firms of a type the same values"));
            }
        }
        let all = game.coalitions.first().is_some_and(|members| members.len() == game.len());
        if game.mode.has_coalitions() && !all && game.len() > 1 {
            let fault = Fault::input("`regime.coalitions` names firms: it does not say what a firm more would join");
            return Err(fault.with_hint("leave out the coalitions: all firms are one"));
        }
        Ok(Self::Composed(Box::new(Composition { firms, game })))
    }
}

impl Composition {
    /// Firms by type, scaled by largest remainders.
    fn counts(&self, n: usize) -> Vec<usize> {
        let all = self.game.len() as f64;
        let wanted: Vec<f64> = self.firms.iter().map(|members| members.len() as f64 * n as f64 / all).collect();
        let mut counts: Vec<usize> = wanted.iter().map(|&wanted| wanted as usize).collect();
        let mut order: Vec<usize> = (0..counts.len()).collect();
        order.sort_by(|&a, &b| wanted[b].fract().total_cmp(&wanted[a].fract()).then(a.cmp(&b)));
        let left = n - counts.iter().sum::<usize>();
        order.iter().take(left).for_each(|&k| counts[k] += 1);
        counts
    }

    /// The firms of a cluster of n by type, `1 large + 3 small`.
    fn told(&self, n: usize) -> String {
        let types = self.game.types.as_deref().unwrap_or_default();
        let parts = self.firms.iter().zip(self.counts(n)).filter(|(_, count)| *count > 0);
        parts.map(|(members, count)| format!("{count} {}", types[members[0]])).collect::<Vec<_>>().join(" + ")
    }

    fn of_size(&self, n: usize) -> Game {
        let counts = self.counts(n);
        // Each new firm is a copy of the first of its type.
        let copies: Vec<usize> =
            self.firms.iter().zip(&counts).flat_map(|(members, &count)| vec![members[0]; count]).collect();
        let twin =
            |i: usize| self.firms.iter().find(|members| members[0] == i).and_then(|members| members.get(1)).copied();
        let old = &self.game;
        let beta = |i: usize, j: usize| {
            let (a, b) = (copies[i], copies[j]);
            if a != b {
                old.knowledge.entry(a, b)
            } else {
                twin(a).map_or_else(|| own_kind(old, a), |b| old.knowledge.entry(a, b))
            }
        };
        let pick = |values: &[f64]| copies.iter().map(|&i| values[i]).collect::<Vec<f64>>();
        let mut game = old.clone();
        game.names = Arc::new((1..=n).map(|i| i.to_string()).collect());
        game.intercept = pick(&old.intercept);
        game.cost = pick(&old.cost);
        game.rd_cost = pick(&old.rd_cost);
        game.market = copies.iter().map(|&i| old.market[i]).collect();
        game.knowledge =
            Arc::new(Knowledge::Dense(Matrix::from_fn(n, n, |i, j| if i == j { 0.0 } else { beta(i, j) })));
        game.narrowness = old.narrowness.as_ref().map(|values| pick(values));
        game.coalitions = if n > 1 { vec![(0..n as u32).collect()] } else { Vec::new() };
        game.cross_ownership = None;
        game.policy.output = pick(&old.policy.output);
        game.policy.rate = pick(&old.policy.rate);
        game.policy.unit = pick(&old.policy.unit);
        if let Some(research) = &mut game.policy.research {
            research.received = pick(&research.received);
        }
        game.types = None;
        game.index_markets();
        game
    }
}

/// The spillover between two firms like i, of which the game has one.
fn own_kind(game: &Game, i: usize) -> f64 {
    match game.knowledge.as_ref() {
        Knowledge::RankOne { row, column } => row[i] * column[i],
        _ => 0.0,
    }
}

fn outcome(rows: &[(usize, Row, Cautions)], options: &SizeOptions, grown: &Growth) -> Outcome {
    let mut outcome = Outcome::new("innovate size", "the game solved and certified at every number of firms");
    let fee = options.entry_cost;
    let number = |of: &dyn Fn(usize, &Row) -> f64| rows.iter().map(|(n, row, _)| of(*n, row)).collect::<Vec<f64>>();
    let table = Table::empty()
        .with_numbers("n", number(&|n, _| n as f64))
        .with_numbers("rd_mean", number(&|_, row| row.rd_mean))
        .with_numbers("rd_total", number(&|_, row| row.rd_total))
        .with_numbers("reduction_mean", number(&|_, row| row.reduction_mean))
        .with_numbers("output_total", number(&|_, row| row.output_total))
        .with_numbers("price", number(&|_, row| row.price))
        .with_numbers("profit_mean", number(&|_, row| row.profit_mean - fee))
        .with_numbers("profit_total", number(&|n, row| row.profit_total - n as f64 * fee))
        .with_numbers("consumer_surplus", number(&|_, row| row.consumer_surplus))
        .with_numbers("welfare", number(&|n, row| row.welfare - n as f64 * fee))
        .with_numbers("profit_least", number(&|_, row| row.profit_least - fee))
        .with_flags("exists", rows.iter().map(|(_, row, _)| Some(row.exists)).collect())
        .with_flags("certified", rows.iter().map(|(_, row, _)| row.certified).collect())
        .with_text("note", rows.iter().map(|(_, row, _)| row.note.as_deref()).collect());
    let table = match grown {
        Growth::Same => table,
        Growth::Composed(composed) => {
            outcome.warn(Message::new("innovate.size.composition"));
            table.with_text("composition", labels(rows.iter().map(|(n, _, _)| composed.told(*n))))
        }
    };
    let values = |name: &str| table.numbers(name).unwrap_or_default();
    // One point has no shape, and among games without a solution it is no best one either.
    let known = rows.iter().filter(|(_, row, _)| row.exists).count();
    let compared = known >= 2 || rows.len() == 1;
    let n_at = |place: Option<usize>| place.filter(|_| compared).map_or(f64::NAN, |k| rows[k].0 as f64);
    for name in ["rd_mean", "rd_total", "reduction_mean", "welfare"] {
        let shape = format!("{name}_shape");
        match known {
            0 | 1 => outcome.scalar(&shape, f64::NAN),
            _ => outcome.word(&shape, Shape::of(values(name)).word()),
        };
    }
    outcome.scalar("rd_total_peak_n", n_at(peak(values("rd_total"))));
    let free = values("profit_mean").iter().rposition(|&profit| profit >= 0.0);
    // Rounding makes no firm lose that earns what the mean does.
    let covered = |k: usize| values("profit_least")[k] >= -1e-12 * (values("profit_mean")[k].abs() + fee);
    let none_loses = (0..rows.len()).rposition(covered);
    outcome.scalar("free_entry_n", n_at(free)).scalar("no_loss_n", n_at(none_loses));
    outcome.scalar("welfare_best_n", n_at(peak(values("welfare"))));
    outcome.scalar("entry_cost", fee);
    let told = match free {
        Some(k) if rows[k].0 == options.to => {
            let all = none_loses == free;
            let key = if all { "innovate.size.entry-at-end" } else { "innovate.size.entry-at-end-mean" };
            Some(Message::new(key).count("n", options.to))
        }
        Some(_) => None,
        None => Some(Message::new("innovate.size.no-entry")),
    };
    outcome.warnings.extend(told.filter(|_| compared && known > 0));
    outcome.add_table("sizes", table);
    let mut cautions = Cautions::default();
    rows.iter().for_each(|(_, _, one)| cautions.join(one));
    outcome.warnings.extend(cautions.messages());
    outcome
}

fn findings(outcome: &Outcome, _: &Focus) -> Vec<Message> {
    let shape = |name: &str| {
        outcome.summary.iter().find_map(|(known, value)| match value {
            Scalar::Text(word) if known == name => Some(word.as_str()),
            _ => None,
        })
    };
    if let Some(message) = no_shape(outcome) {
        return vec![message];
    }
    let mut messages = Vec::new();
    for (name, column) in [
        ("rd_total_shape", "rd_total"),
        ("rd_mean_shape", "rd_mean"),
        ("reduction_mean_shape", "reduction_mean"),
        ("welfare_shape", "welfare"),
    ] {
        let key = match shape(name) {
            Some("increasing") => "innovate.size.finding-increasing",
            Some("decreasing") => "innovate.size.finding-decreasing",
            Some("inverse-u") => "innovate.size.finding-inverse-u",
            Some("u") => "innovate.size.finding-u",
            Some("constant") => "innovate.size.finding-constant",
            Some(_) => "innovate.size.finding-mixed",
            None => continue,
        };
        let table = outcome.table("sizes");
        let top = table
            .and_then(|table| Some((table.numbers("n")?, peak(table.numbers(column)?)?)))
            .map_or(f64::NAN, |(n, k)| n[k]);
        messages
            .push(Message::new(key).with("what", distretto_core::Arg::Column(column.to_owned())).number("peak", top));
    }
    if let (Some(free), Some(best)) = (outcome.number("free_entry_n"), outcome.number("welfare_best_n")) {
        let last = outcome.table("sizes").and_then(|table| table.numbers("n")?.last().copied());
        let covered = outcome.number("no_loss_n");
        let key = match last == Some(free) {
            _ if covered.is_none() => "innovate.size.finding-entry-none",
            _ if covered != Some(free) => "innovate.size.finding-entry-mean",
            true => "innovate.size.finding-entry-beyond",
            false => "innovate.size.finding-entry",
        };
        let message = Message::new(key).count("free", free as usize).count("all", covered.unwrap_or(0.0) as usize);
        messages.push(message.count("best", best as usize).number("cost", outcome.number("entry_cost").unwrap_or(0.0)));
    }
    messages
}

/// That too few numbers of firms have a solution for a shape.
fn no_shape(outcome: &Outcome) -> Option<Message> {
    let exists = outcome.table("sizes")?.flags("exists")?;
    let known = exists.iter().filter(|&&exists| exists == Some(true)).count();
    let key = match (known, exists.len()) {
        (2.., _) => return None,
        (1, 1) => "innovate.size.finding-one",
        (1, _) => "innovate.size.finding-no-shape",
        (0, _) => "innovate.size.finding-none",
    };
    Some(Message::new(key).count("known", known).count("n", exists.len()))
}

fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    let figure = |name: &str| {
        let mut figure = FigureSpec::new(FigureKind::Lines).of_table("sizes").with_peaks();
        (figure.x, figure.y) = (Some("n".to_owned()), Some(name.to_owned()));
        verb::with_unit(figure, outcome)
    };
    ["rd_mean", "rd_total", "reduction_mean", "output_total", "welfare"].into_iter().map(figure).collect()
}
