//! `innovate coalitions`: who cooperates with whom, when firms may leave and join.

mod moves;
mod structures;

use crate::error::GameError;
use crate::game::{Game, Membership, Mode};
use crate::solver::{CERTAIN, Equilibrium, Note, SolveOptions, solve};
use crate::verb::{self, GameOptions, labels};
use distretto_core::{
    Arg, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Inputs, Message, OptionSpec, OptionValues, Outcome,
    Scalar, Table, option_specs, parse_options,
};
use moves::{Move, Moves, moves, payoff};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use structures::{Alike, Counts, Space, Structure};

/// Up to so many structures every move is listed; beyond, the most gainful of each structure.
const LISTED: usize = 10_000;

/// Row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "innovate",
    name: "coalitions",
    about: "Which R&D coalitions are stable, when firms may leave and join?",
    chapter: "innovate/coalitions",
    revision: 2,
    inputs: verb::INPUTS,
    options: specs,
    plan: verb::plan,
    run,
    findings,
    figures,
};

fn specs() -> Vec<OptionSpec> {
    verb::with_modes(option_specs::<CoalitionsOptions>(), forms_coalitions)
}

/// Whether firms that form a coalition do so under this mode.
fn forms_coalitions(mode: Mode) -> bool {
    matches!(mode, Mode::Coordination | Mode::Sharing | Mode::Consortium)
}

/// Who may join.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MembershipWord {
    /// Anyone.
    Open,
    /// Whom no member refuses.
    Exclusive,
    /// As exclusive; a coalition that a member leaves dissolves.
    Unanimity,
}

/// Options of `innovate coalitions`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CoalitionsOptions {
    /// What game.
    #[serde(flatten)]
    pub game: GameOptions,
    /// Who may join a coalition: open, exclusive (no member of it loses) or unanimity (the same, and a coalition that
    /// a member leaves dissolves); default that of the game file, else exclusive.
    pub membership: Option<MembershipWord>,
    /// Count identical firms instead of naming them; with more than 10 firms always.
    pub types: bool,
}

/// A structure, solved.
#[derive(Debug, Clone)]
struct Solved {
    /// Profit by firm.
    profit: Vec<f64>,
    welfare: f64,
    rd_total: f64,
    certified: bool,
    /// Whether no deviation was found that gains: profits are those of an equilibrium, certified or not.
    rests: bool,
    /// Whether there are other equilibria, with other profits perhaps.
    several: bool,
    exists: bool,
}

fn run(inputs: &Inputs, values: &OptionValues, context: &Context) -> Result<Outcome, Fault> {
    let options: CoalitionsOptions = parse_options(values)?;
    let game = verb::game(inputs, &options.game)?;
    let space = Space::of(&game, options.types)?;
    if !forms_coalitions(game.mode) {
        let fault =
            Fault::result("`regime.mode` must be coordination, sharing or consortium: it says what coalitions do");
        return Err(fault.with_value(game.mode.word()).with_hint("say --mode consortium"));
    }
    let rule = match options.membership {
        Some(MembershipWord::Open) => Membership::Open,
        Some(MembershipWord::Exclusive) => Membership::Exclusive,
        Some(MembershipWord::Unanimity) => Membership::Unanimity,
        None => game.membership.unwrap_or(Membership::Exclusive),
    };
    let solved = solve_all(&game, &space, context);
    verb::go_on(context)?;
    // Profits are sums of squares of prices over slopes.
    let rounding = 1e-13 * game.scale() * game.scale() / game.slope;
    let found = moves(&space, &solved, rule, rounding);
    Ok(outcome(&game, &space, &solved, found, rule))
}

/// All structures; those that differ only in which of exchangeable firms stands where are solved once.
fn solve_all(game: &Game, space: &Space, context: &Context<'_>) -> Vec<Solved> {
    let alike = Alike::of(game, space);
    let different: Vec<usize> = (0..space.structures.len()).filter(|&s| alike.first[s] == s).collect();
    context.progress.begin("structures", different.len() as u64);
    let found: Vec<Solved> = different.par_iter().map(|&s| one(game, space, &space.structures[s], context)).collect();
    let known: FxHashMap<usize, Solved> = different.into_iter().zip(found).collect();
    let of = |s: usize| {
        let first = &known[&alike.first[s]];
        Solved { profit: alike.rename(s, &first.profit), ..first.clone() }
    };
    (0..space.structures.len()).map(of).collect()
}

fn one(game: &Game, space: &Space, structure: &Structure, context: &Context<'_>) -> Solved {
    let mut game = game.clone();
    game.coalitions = space.members(structure).into_iter().filter(|members| members.len() > 1).collect();
    let solved: Result<Equilibrium, GameError> =
        solve(&game, &SolveOptions { seed: context.seed, verdict: true, ..SolveOptions::quick() });
    context.progress.advance(1);
    match solved {
        Ok(solved) if solved.epsilon <= CERTAIN => Solved {
            welfare: solved.account.welfare,
            rd_total: solved.account.rd_total(),
            certified: solved.certified,
            several: solved.notes.contains(&Note::NotUnique),
            rests: true,
            exists: true,
            profit: solved.account.profit,
        },
        found => Solved {
            profit: vec![f64::NAN; game.len()],
            welfare: f64::NAN,
            rd_total: f64::NAN,
            certified: false,
            several: false,
            rests: false,
            exists: found.is_ok(),
        },
    }
}

fn outcome(game: &Game, space: &Space, solved: &[Solved], found: Moves, rule: Membership) -> Outcome {
    let method = "all coalition structures solved; Nash stability (open), individual stability (exclusive; Drèze and Greenberg 1980), gamma rule (unanimity; Hart and Kurz 1983)";
    let mut outcome = Outcome::new("innovate coalitions", method);
    verb::conventions(&mut outcome, game);
    let rule = match rule {
        Membership::Open => "open",
        Membership::Exclusive => "exclusive",
        Membership::Unanimity => "unanimity",
    };
    outcome.convention("membership", rule);
    let n = solved.len();
    let Moves { all: moves, stable } = found;
    let names: Vec<String> = space.structures.iter().map(|structure| space.label(structure)).collect();
    let count = stable.iter().filter(|&&stable| stable == Some(true)).count();
    let unknown = stable.iter().filter(|stable| stable.is_none()).count();
    outcome.scalar("structures", n as f64).scalar("stable", count as f64).scalar("stability_unknown", unknown as f64);
    match stable.first().copied().flatten() {
        Some(grand) => outcome.flag("grand_stable", grand),
        None => outcome.scalar("grand_stable", f64::NAN),
    };
    let welfare: Vec<f64> = solved.iter().map(|one| one.welfare).collect();
    let among: Vec<f64> = (0..n).map(|s| if stable[s] == Some(true) { welfare[s] } else { f64::NAN }).collect();
    let mut best = |value: &str, name: &str, values: &[f64]| match crate::grid::peak(values) {
        Some(top) => {
            outcome.scalar(value, values[top]).word(name, &names[top]);
            let tied = crate::grid::ties(values);
            if tied > 1 {
                let message = Message::new("innovate.coalitions.tied").count("count", tied);
                outcome
                    .warn(message.with("what", Arg::Column(value.to_owned())).text("structure", names[top].as_str()));
            }
        }
        None => {
            outcome.scalar(value, f64::NAN).scalar(name, f64::NAN);
        }
    };
    best("best_welfare", "best_welfare_structure", &welfare);
    best("best_stable_welfare", "best_stable_structure", &among);
    let uncertified = solved.iter().filter(|one| !one.certified).count();
    outcome.scalar("uncertified", uncertified as f64);
    if count == 0 {
        outcome.warn(Message::new(match unknown {
            0 => "innovate.coalitions.none-stable",
            _ => "innovate.coalitions.none-known-stable",
        }));
    }
    if uncertified > 0 {
        let missing = solved.iter().filter(|one| !one.exists).count();
        outcome.warn(
            Message::new("innovate.coalitions.uncertified").count("count", uncertified).count("missing", missing),
        );
    }
    let several = solved.iter().filter(|one| one.several).count();
    if several > 0 {
        outcome.warn(Message::new("innovate.coalitions.several").count("count", several));
    }
    if unknown > 0 {
        outcome.warn(Message::new("innovate.coalitions.unknown").count("count", unknown));
    }
    outcome.add_table("structures", structures(space, &names, solved, stable));
    outcome.add_table("payoffs", payoffs(game, space, &names, solved));
    if space.lettered && space.kinds.len() > 1 {
        outcome.add_table("types", types(game, space));
    }
    outcome.add_table("moves", listed(space, &names, &moves, n));
    outcome
}

fn structures(space: &Space, names: &[String], solved: &[Solved], stable: Vec<Option<bool>>) -> Table {
    let size = |counts: &Counts| counts.iter().map(|&count| f64::from(count)).sum::<f64>();
    let largest = |structure: &Structure| structure.iter().map(size).fold(0.0, f64::max);
    Table::empty()
        .with_text("structure", labels(names))
        .with_numbers("coalitions", space.structures.iter().map(|structure| structure.len() as f64).collect())
        .with_numbers("largest", space.structures.iter().map(largest).collect())
        .with_flags("stable", stable)
        .with_numbers("welfare", solved.iter().map(|one| one.welfare).collect())
        .with_numbers("profit_total", solved.iter().map(|one| one.profit.iter().sum()).collect())
        .with_numbers("rd_total", solved.iter().map(|one| one.rd_total).collect())
        .with_flags("certified", solved.iter().map(|one| Some(one.certified)).collect())
}

fn payoffs(game: &Game, space: &Space, names: &[String], solved: &[Solved]) -> Table {
    if !space.typed {
        let n = game.len();
        return Table::empty()
            .with_text("structure", labels(names.iter().flat_map(|name| std::iter::repeat_n(name, n))))
            .with_text("firm", labels(names.iter().flat_map(|_| game.names.iter())))
            .with_numbers("profit", solved.iter().flat_map(|one| one.profit.iter().copied()).collect());
    }
    let (mut of, mut coalition, mut kind, mut profit) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (s, structure) in space.structures.iter().enumerate() {
        let earned = payoff(space, structure, &solved[s]);
        for (c, counts) in structure.iter().enumerate().filter(|(c, counts)| *c == 0 || structure[c - 1] != **counts) {
            for k in (0..counts.len()).filter(|&k| counts[k] > 0) {
                of.push(names[s].as_str());
                coalition.push(space.coalition(counts));
                kind.push(space.names[k].as_str());
                profit.push(earned[c][k]);
            }
        }
    }
    Table::empty()
        .with_text("structure", labels(of))
        .with_text("coalition", labels(coalition))
        .with_text("type", labels(kind))
        .with_numbers("profit", profit)
}

/// Who the types are, where their names are letters.
fn types(game: &Game, space: &Space) -> Table {
    let firms = |kind: &Vec<usize>| kind.iter().map(|&i| game.names[i].as_str()).collect::<Vec<_>>().join(", ");
    Table::empty()
        .with_text("type", labels(space.names.iter()))
        .with_text("firm", labels(space.kinds.iter().map(firms)))
}

fn listed(space: &Space, names: &[String], moves: &[Move], structures: usize) -> Table {
    let mut shown: Vec<&Move> = moves.iter().collect();
    if structures > LISTED {
        let mut best: Vec<&Move> = Vec::new();
        for one in moves {
            match best.last_mut().filter(|last| last.structure == one.structure) {
                Some(last) if one.gain > last.gain => *last = one,
                Some(_) => {}
                None => best.push(one),
            }
        }
        shown = best;
    }
    let mover = if space.typed { "type" } else { "firm" };
    let target = |one: &&Move| one.to.as_ref().map_or_else(|| "alone".to_owned(), |to| space.coalition(to));
    Table::empty()
        .with_text("structure", labels(shown.iter().map(|one| names[one.structure].as_str())))
        .with_text(mover, labels(shown.iter().map(|one| space.names[one.kind].as_str())))
        .with_text("from", labels(shown.iter().map(|one| space.coalition(&one.from))))
        .with_text("to", labels(shown.iter().map(target)))
        .with_numbers("gain", shown.iter().map(|one| one.gain).collect())
}

fn findings(outcome: &Outcome, _: &Focus) -> Vec<Message> {
    let number = |name: &str| outcome.number(name).unwrap_or(f64::NAN);
    let word = |name: &str| {
        outcome.summary.iter().find_map(|(known, value)| match value {
            Scalar::Text(word) if known == name => Some(word.clone()),
            _ => None,
        })
    };
    let grand = outcome.summary.iter().find(|(name, _)| name == "grand_stable").map(|(_, value)| value);
    let unknown = number("stability_unknown") as usize;
    let stable = Message::new(match unknown {
        0 => "innovate.coalitions.finding-stable",
        _ => "innovate.coalitions.finding-unknown",
    });
    let stable = stable.count("stable", number("stable") as usize).count("unknown", unknown);
    let mut messages = vec![stable.count("structures", number("structures") as usize)];
    messages.push(Message::new(match grand {
        Some(Scalar::Flag(true)) => "innovate.coalitions.finding-grand-stable",
        Some(Scalar::Flag(false)) => "innovate.coalitions.finding-grand-unstable",
        _ => "innovate.coalitions.finding-grand-unknown",
    }));
    messages.extend(leaver(outcome));
    if let Some(message) = stable_ones(outcome) {
        messages.push(message);
    }
    if let Some(best) = word("best_welfare_structure") {
        let message = Message::new("innovate.coalitions.finding-best").text("structure", best);
        messages.push(message.number("welfare", number("best_welfare")));
    }
    if let Some(best) = word("best_stable_structure") {
        let message = Message::new("innovate.coalitions.finding-best-stable").text("structure", best);
        messages.push(message.number("welfare", number("best_stable_welfare")));
    }
    messages
}

/// Stable structures that are named.
const NAMED: usize = 6;

/// The stable structures by name, where they are few.
fn stable_ones(outcome: &Outcome) -> Option<Message> {
    let table = outcome.table("structures")?;
    let (names, stable) = (table.text("structure")?, table.flags("stable")?);
    let all: Vec<Arg> = (0..table.rows())
        .filter(|&row| stable[row] == Some(true))
        .filter_map(|row| Some(Arg::Text(names.get(row)?.to_owned())))
        .collect();
    (1..=NAMED)
        .contains(&all.len())
        .then(|| Message::new("innovate.coalitions.finding-stable-ones").with("structures", Arg::List(all)))
}

/// The firm that gains most by leaving the coalition of all, where one does.
fn leaver(outcome: &Outcome) -> Option<Message> {
    let (all, moves) = (outcome.table("structures")?, outcome.table("moves")?);
    let grand = all.text("structure")?.get(0)?;
    let (of, gains) = (moves.text("structure")?, moves.numbers("gain")?);
    let firms = moves.text("firm").or_else(|| moves.text("type"))?;
    let rows: Vec<usize> = (0..moves.rows()).filter(|&row| of.get(row) == Some(grand)).collect();
    let found: Vec<f64> = rows.iter().map(|&row| gains[row]).collect();
    // Firms that are alike gain alike, but for rounding.
    let (top, alike) = (rows[crate::grid::peak(&found)?], crate::grid::ties(&found));
    // Where all firms are of one type, its name says nothing.
    let one_type = moves.text("firm").is_none() && (0..moves.rows()).all(|row| firms.code(row) == firms.code(top));
    let message = match (moves.text("firm").is_some(), one_type) {
        (_, true) => Message::new("innovate.coalitions.finding-leaver-any"),
        (true, false) if alike > 1 => Message::new("innovate.coalitions.finding-leaver-alike").count("count", alike),
        (true, false) => Message::new("innovate.coalitions.finding-leaver").text("firm", firms.get(top)?),
        (false, false) => Message::new("innovate.coalitions.finding-leaver-type").text("type", firms.get(top)?),
    };
    Some(message.number("gain", gains[top]))
}

fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    let mut welfare = FigureSpec::new(FigureKind::Bars).of_table("structures").of_value("welfare").by("structure");
    welfare.group = Some("stable".to_owned());
    vec![verb::with_unit(welfare.first(30), outcome)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::solver::tests::read;
    use proptest::prelude::*;
    use serde_json::json;

    /// Where a firm's move leads to a structure without an equilibrium, nobody knows whether it gains.
    #[test]
    fn stability_is_not_known_beside_what_has_no_equilibrium() {
        let game = read(json!({
            "market": { "intercept": 100.0, "slope": 1.0 },
            "firms": { "marginal_cost": [6.0, 8.0, 10.0], "rd_cost": 8.0 },
            "spillover": { "rate": 0.8 },
            "regime": { "mode": "consortium" },
        }));
        let space = Space::of(&game, false).unwrap();
        let mut solved = solve_all(&game, &space, &Context::with_seed(1));
        let rests: Vec<bool> = solved.iter().map(|one| one.rests).collect();
        assert_eq!(rests, [true, false, false, true, false], "as computed: 1+2|3, 1+3|2 and all alone have none");
        let Moves { all, stable } = moves(&space, &solved, Membership::Exclusive, 0.0);
        assert!(all.iter().all(|one| rests[one.structure]));
        assert_eq!((stable[1], stable[2], stable[4]), (None, None, None));
        // All together and 2+3 apart from 1 have equilibria: firm 1 gains on one of the two ways between them.
        let (together, apart) = (solved[0].profit[0], solved[3].profit[0]);
        let better = if together > apart { 3 } else { 0 };
        assert_eq!((stable[better], stable[3 - better]), (Some(false), None));
        // With an equilibrium everywhere all is known.
        solved.iter_mut().for_each(|one| (one.rests, one.certified) = (true, true));
        assert!(moves(&space, &solved, Membership::Exclusive, 0.0).stable.iter().all(Option::is_some));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        /// Structures that are solved once for all that are alike have what each has solved by itself.
        #[test]
        fn alike_is_as_by_itself(
            costs in prop::collection::vec(prop::sample::select(vec![40.0, 43.0]), 5),
            beta in 0.0..1.0f64,
            mode in prop::sample::select(vec!["coordination", "sharing", "consortium"]),
        ) {
            let game = read(json!({
                "market": { "intercept": 100.0, "slope": 1.0 },
                "firms": { "marginal_cost": costs, "rd_cost": 40.0 },
                "spillover": { "rate": beta },
                "regime": { "mode": mode },
            }));
            let space = Space::of(&game, false).unwrap();
            let context = Context::with_seed(1);
            for (structure, known) in space.structures.iter().zip(solve_all(&game, &space, &context)) {
                let alone = one(&game, &space, structure, &context);
                prop_assert!(known.certified && alone.certified);
                prop_assert!((known.welfare - alone.welfare).abs() < 1e-9 * alone.welfare);
                for (known, alone) in known.profit.iter().zip(&alone.profit) {
                    prop_assert!((known - alone).abs() < 1e-9 * (1.0 + alone.abs()), "{known} {alone}");
                }
            }
        }
    }
}
