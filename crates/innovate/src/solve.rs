//! `innovate solve`: the equilibrium of a game, with its certificate.

use crate::game::{Form, Game, Mode, Timing, read_game};
use crate::solver::{Bound, Equilibrium, Note, SolveOptions, Stability, solve};
use crate::verb::{self, GameOptions, coalition_label, labels};
use distretto_core::{
    Arg, Context, Document, Estimand, Fault, FigureKind, FigureSpec, Focus, Inputs, Message, OptionValues, Outcome,
    Scalar, Table, Text, option_specs, parse_options,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Largest coalition whose members are all named in the table of firms.
const LABELLED: usize = 1_000;

/// A gain relative to the mean profit that is rounding.
const NOTHING: f64 = 1e-13;
/// Largest game in which several equilibria are searched.
const STARTS: usize = 2_000;

/// Row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "innovate",
    name: "solve",
    about: "The R&D that firms choose when knowledge spills over, certified as an equilibrium",
    chapter: "innovate/game",
    revision: 2,
    inputs: verb::INPUTS,
    options: option_specs::<SolveVerbOptions>,
    plan: verb::plan,
    run,
    findings,
    figures,
};

/// Options of `innovate solve`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SolveVerbOptions {
    /// What game.
    #[serde(flatten)]
    pub game: GameOptions,
    /// Whose deviations are scanned: full, sample=N or off; by default all up to 10,000 firms.
    pub certify: String,
    /// The stability margin: exact, by eigenvalues; off; or auto, exact up to 500 firms that sell and a lower bound
    /// beyond, where that is above 0.
    pub stability: Stability,
}

fn run(inputs: &Inputs, values: &OptionValues, context: &Context) -> Result<Outcome, Fault> {
    let options: SolveVerbOptions = parse_options(values)?;
    let document = verb::document(inputs, &options.game)?;
    let game = read_game(&document, inputs)?;
    let certify = verb::certify(&options.certify, game.len())?;
    one_start(&document, &game)?;
    let stability = options.stability;
    let solved = solve(&game, &SolveOptions { certify, stability, seed: context.seed, ..SolveOptions::default() })
        .map_err(|error| error.within(&document, inputs, &game))?;
    let mut outcome = outcome(&game, &solved);
    if stability == Stability::Off && !solved.notes.contains(&Note::NoStability) {
        outcome.warnings.push(Message::new("innovate.solve.stability-left-out"));
    }
    Ok(outcome)
}

/// Several starts are taken where several equilibria are searched.
fn one_start(document: &Document, game: &Game) -> Result<(), Fault> {
    if game.solver.starts == 1 {
        return Ok(());
    }
    let whole = matches!(game.mode, Mode::Merger | Mode::PlannerFirstBest);
    let why = match () {
        () if game.timing == Timing::Simultaneous => "the game of one stage is solved from one start",
        () if whole && (game.form == Form::Input || game.substitution >= 1.0) => {
            "a merger and a first-best planner of a homogeneous good are solved from one start"
        }
        () if game.len() > STARTS => "games of more than 2,000 firms are solved from one start",
        () => return Ok(()),
    };
    let fault = document.fault("solver.starts", format!("`solver.starts`: {why}"));
    let fault = fault.with_value(game.solver.starts.to_string());
    Err(fault.with_hint("leave out solver.starts"))
}

fn outcome(game: &Game, solved: &Equilibrium) -> Outcome {
    let method = "Cournot or Bertrand game of R&D with spillovers (d'Aspremont and Jacquemin 1988; Kamien, Muller and Zang 1992), with a certificate";
    let mut outcome = Outcome::new("innovate solve", method);
    verb::conventions(&mut outcome, game);
    summary(&mut outcome, game, solved);
    outcome.add_table("firms", firms(game, solved));
    if game.markets.len() > 1 {
        outcome.add_table("markets", markets(game, solved));
    }
    if solved.equilibria.len() > 1 {
        outcome.add_table("equilibria", equilibria(solved));
    }
    verb::warn(&mut outcome, solved);
    local_gain(&mut outcome, game, solved);
    outcome
}

/// The local gain is that of the conditions of first and second order, which hold up to the end of the piece only: past
/// a unit cost of 0 or an exit nothing of it may be left.
fn local_gain(outcome: &mut Outcome, game: &Game, solved: &Equilibrium) {
    let (local, real) = (solved.certificate.local_gain, solved.certificate.deviation_gain);
    let noise = 1e-9 * solved.account.producer_surplus.abs() / game.len() as f64;
    if local > real + noise {
        let message = Message::new("innovate.solve.local-gain").number("local", local);
        outcome.warn(message.number("deviation", real));
    }
}

fn summary(outcome: &mut Outcome, game: &Game, solved: &Equilibrium) {
    let account = &solved.account;
    let certificate = &solved.certificate;
    let slack = 1e-9 * game.scale();
    outcome.scalar("rd_total", account.rd_total()).scalar("rd_spending", account.spending.iter().sum());
    outcome.scalar("output_total", account.output_total()).scalar("price", account.price_mean());
    outcome.scalar("consumer_surplus", account.consumer_surplus).scalar("producer_surplus", account.producer_surplus);
    outcome.scalar("subsidy_total", account.subsidy_total).scalar("welfare", account.welfare);
    outcome.scalar("hhi", account.hhi()).scalar("active_firms", account.active() as f64);
    let doing = account.rd.iter().filter(|&&x| x > slack).count();
    outcome.scalar("rd_active_firms", doing as f64).scalar("kinked_firms", solved.kinked as f64);
    outcome.flag("interior", solved.interior).flag("certified", solved.certified);
    outcome.scalar("epsilon", solved.epsilon).scalar("deviation_gain", certificate.deviation_gain);
    outcome.scalar("local_gain", certificate.local_gain).scalar("residual", certificate.residual);
    let (error, factor) = match solved.bound {
        Bound::Known { error, factor } => (error, factor),
        Bound::Expands { factor } => (f64::NAN, factor),
        Bound::AtKink | Bound::Undefined => (f64::NAN, f64::NAN),
    };
    outcome.scalar("error_bound", error).scalar("contraction", factor);
    outcome.scalar("second_order_margin", certificate.second_order_margin);
    outcome.scalar("stability_margin", certificate.stability_margin);
    outcome.scalar("stability_bound", certificate.stability_bound);
    outcome.scalar("equilibria", solved.equilibria.len().max(1) as f64);
    outcome.scalar("iterations", solved.iterations as f64).word("scan", certificate.scan);
}

fn firms(game: &Game, solved: &Equilibrium) -> Table {
    let account = &solved.account;
    let n = game.len();
    let known = if game.mode.has_coalitions() { game.coalitions.as_slice() } else { &[] };
    let names: Vec<String> = known.iter().map(|members| named(game, members)).collect();
    let of = game.coalition_of();
    let market = |i: usize| game.market[i] as usize;
    let sold = |i: usize| account.by_market[market(i)].active > 0;
    let priced = |i: usize, value: f64| if sold(i) { value } else { f64::NAN };
    let number = |value: &dyn Fn(usize) -> f64| (0..n).map(value).collect::<Vec<f64>>();
    // Of a firm at the threshold rounding is left.
    let nothing = 1e-13 * game.scale();
    Table::empty()
        .with_text("firm", labels(game.names.iter()))
        .with_text("market", Text::from_codes(game.market.iter().map(|&m| Some(m)).collect(), game.markets.to_vec()))
        .with_text("coalition", Text::from_codes(of, names))
        .with_numbers("rd", account.rd.clone())
        .with_numbers("reduction", account.reduction.clone())
        .with_numbers("output", account.output.clone())
        .with_numbers("price", number(&|i| priced(i, account.price[i])))
        .with_numbers("unit_cost", account.unit_cost.clone())
        .with_numbers(
            "margin",
            number(&|i| {
                let margin = account.price[i] - account.unit_cost[i] + game.output_subsidy(i);
                priced(i, if margin.abs() <= nothing { 0.0 } else { margin })
            }),
        )
        .with_numbers("profit", account.profit.clone())
        .with_numbers("rd_spending", account.spending.clone())
        .with_numbers("share", number(&|i| priced(i, account.output[i] / account.by_market[market(i)].output)))
        .with_flags("active", (0..n).map(|i| Some(account.output[i] > 0.0)).collect())
        .with_numbers("local_gain", solved.certificate.local_gains.clone())
}

/// The label of a coalition; of one so large that a row each of them would fill the file, only its ends.
fn named(game: &Game, members: &[u32]) -> String {
    match members {
        [first, second, .., last] if members.len() > LABELLED => {
            format!("{}+…+{}", coalition_label(game, &[*first, *second]), game.names[*last as usize])
        }
        _ => coalition_label(game, members),
    }
}

fn markets(game: &Game, solved: &Equilibrium) -> Table {
    let all = &solved.account.by_market;
    let number = |value: &dyn Fn(usize) -> f64| (0..all.len()).map(value).collect::<Vec<f64>>();
    Table::empty()
        .with_text("market", labels(game.markets.iter()))
        .with_numbers("firms", number(&|m| game.members(m).len() as f64))
        .with_numbers("active_firms", number(&|m| all[m].active as f64))
        .with_numbers("price", number(&|m| all[m].revenue / all[m].output))
        .with_numbers("output", number(&|m| all[m].output))
        .with_numbers("hhi", number(&|m| all[m].squares / (all[m].output * all[m].output)))
        .with_numbers("consumer_surplus", number(&|m| all[m].consumer_surplus))
}

fn equilibria(solved: &Equilibrium) -> Table {
    let all = &solved.equilibria;
    Table::empty()
        .with_text("start", labels(all.iter().map(|one| &one.start)))
        .with_numbers("rd_total", all.iter().map(|one| one.rd_total).collect())
        .with_numbers("output_total", all.iter().map(|one| one.output_total).collect())
        .with_numbers("welfare", all.iter().map(|one| one.welfare).collect())
        .with_numbers("deviation_gain", all.iter().map(|one| one.deviation_gain).collect())
        .with_flags("certified", all.iter().map(|one| Some(one.certified)).collect())
}

fn findings(outcome: &Outcome, _: &Focus) -> Vec<Message> {
    let number = |name: &str| outcome.number(name).unwrap_or(f64::NAN);
    let Some(firms) = outcome.table("firms") else { return Vec::new() };
    let whole = Message::new("innovate.solve.finding-total").count("firms", firms.rows());
    let whole = whole.number("rd", number("rd_total")).number("spending", number("rd_spending"));
    let whole = whole.number("output", number("output_total")).count("active", number("active_firms") as usize);
    let public = number("welfare") - number("consumer_surplus") - number("producer_surplus");
    let apart = public.abs() > 1e-9 * number("welfare").abs();
    let key = if apart { "innovate.solve.finding-welfare-public" } else { "innovate.solve.finding-welfare" };
    let surplus = Message::new(key).number("welfare", number("welfare")).number("public", public);
    let surplus = surplus.number("consumer", number("consumer_surplus")).number("producer", number("producer_surplus"));
    let mut messages = vec![whole, surplus];
    if let (Some(names), Some(rd)) = (firms.text("firm"), firms.numbers("rd")) {
        let top = (0..firms.rows()).max_by(|&a, &b| rd[a].total_cmp(&rd[b]).then(b.cmp(&a)));
        let low = (0..firms.rows()).min_by(|&a, &b| rd[a].total_cmp(&rd[b]).then(a.cmp(&b)));
        if let (Some(top), Some(low)) = (top, low)
            && rd[top] - rd[low] > 1e-9 * rd[top]
        {
            let spread = Message::new("innovate.solve.finding-spread").number("most", rd[top]).number("least", rd[low]);
            let whom = |row: usize| verb::whom(names, rd, rd[row]);
            messages.push(spread.with("first", whom(top)).with("last", whom(low)));
        }
    }
    messages.push(shown(outcome));
    let bound = number("stability_bound");
    if bound > 0.0 {
        messages.push(Message::new("innovate.solve.finding-steady").number("bound", bound));
    }
    messages
}

/// What the certificate says, in the words of whoever decides.
fn shown(outcome: &Outcome) -> Message {
    let epsilon = outcome.number("epsilon").unwrap_or(f64::NAN);
    let flag = |(name, value): &(String, Scalar)| name == "certified" && *value == Scalar::Flag(true);
    let mode = outcome.provenance.conventions.get("mode").and_then(serde_json::Value::as_str).and_then(Mode::of);
    let key = match (outcome.summary.iter().any(flag), mode) {
        (false, _) if epsilon.is_nan() => "innovate.solve.finding-unscanned",
        (false, _) => "innovate.solve.finding-uncertified",
        (true, _) if outcome.provenance.conventions.contains_key("objective_of_firms") => {
            "innovate.solve.finding-certified-owners"
        }
        (true, Some(Mode::Coordination | Mode::Consortium)) => "innovate.solve.finding-certified-coalitions",
        (true, Some(Mode::Merger)) => "innovate.solve.finding-certified-merger",
        (true, Some(mode)) if mode.is_planner() => "innovate.solve.finding-certified-planner",
        (true, _) => "innovate.solve.finding-certified",
    };
    // Beneath rounding nothing is gained.
    let worth = match epsilon <= NOTHING {
        true => Message::new("innovate.solve.worth-nothing"),
        false => Message::new("innovate.solve.worth").number("epsilon", epsilon),
    };
    Message::new(key).number("epsilon", epsilon).with("worth", Arg::Message(Box::new(worth)))
}

fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    ["rd", "reduction"]
        .map(|value| FigureSpec::new(FigureKind::Bars).of_table("firms").of_value(value).by("firm").first(30))
        .map(|figure| verb::with_unit(figure, outcome))
        .into()
}
