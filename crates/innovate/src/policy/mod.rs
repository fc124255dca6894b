//! `innovate policy`: the best subsidies, who gains and who loses, and the firms that matter most.

mod exact;
mod options;
mod search;

pub use options::{Instrument, PolicyOptions, Scope};

use crate::account::Account;
use crate::error::GameError;
use crate::game::{Game, Mode};
use crate::solver::{Equilibrium, SolveOptions, solve};
use crate::verb::{self, labels};
use distretto_core::{
    Arg, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Inputs, Message, OptionValues, Outcome, Scalar,
    Table, option_specs, parse_options,
};
use search::{Found, Search};

/// Changes of profit below this, relative to the profit, are none.
const TIE: f64 = 1e-9;

/// Parts of welfare in the order of the table `decomposition`; the last is their sum.
const PARTS: [&str; 7] = [
    "consumer-surplus",
    "profits-without-subsidies",
    "subsidies-received",
    "subsidies-paid",
    "shadow-cost",
    "public-research",
    "welfare",
];

/// Row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "innovate",
    name: "policy",
    about: "Which subsidies raise welfare most, who gains and who loses, which firms matter most?",
    chapter: "innovate/policy",
    revision: 1,
    inputs: verb::INPUTS,
    options: option_specs::<PolicyOptions>,
    plan: verb::plan,
    run,
    findings,
    figures,
};

fn run(inputs: &Inputs, values: &OptionValues, context: &Context) -> Result<Outcome, Fault> {
    let options: PolicyOptions = parse_options(values)?;
    if options.instrument.is_none() && !options.key_firm {
        let fault = Fault::usage("`policy` needs `--instrument`, `--key-firm` or both");
        return Err(fault.with_hint("say --instrument rd-rate"));
    }
    if options.budget.is_some_and(|budget| !budget.is_finite()) {
        return Err(Fault::option("`budget` must be a finite number"));
    }
    if let Some(budget) = options.budget.filter(|&budget| budget < 0.0) {
        let fault = Fault::option("`budget` must be 0 or more").with_value(budget.to_string());
        return Err(fault.with_hint("a budget says how much may be spent; it does not ask for revenue"));
    }
    let game = verb::game(inputs, &options.game)?;
    if game.mode.is_planner() {
        let fault = Fault::result("`regime.mode` is a planner's, who needs no subsidies").with_value(game.mode.word());
        return Err(fault.with_hint("choose a mode in which firms decide"));
    }
    let method =
        "optimal subsidies: scan and Newton on each piece (uniform), projected Newton (targeted); every point solved";
    let mut outcome = Outcome::new("innovate policy", method);
    verb::conventions(&mut outcome, &game);
    let objective = match options.objective {
        options::Objective::Welfare => "welfare",
        options::Objective::Rd => "rd",
        options::Objective::Output => "output",
    };
    outcome.convention("objective", objective);
    if let Some(instrument) = options.instrument {
        instruments(&mut outcome, &game, instrument, &options, context)?;
    }
    if options.key_firm {
        key_firms(&mut outcome, &game, context)?;
    }
    Ok(outcome)
}

fn instruments(
    outcome: &mut Outcome,
    game: &Game,
    instrument: Instrument,
    options: &PolicyOptions,
    context: &Context<'_>,
) -> Result<(), Fault> {
    let search = Search::new(game, instrument, options, context.seed);
    let full = SolveOptions { stability: false, seed: context.seed, ..SolveOptions::default() };
    let before = solve(&search.base, &full)?;
    let found = search.best()?;
    let chosen = search.game(&found.setting);
    let after = solve(&chosen, &full)?;
    verb::go_on(context)?;
    summary(outcome, &search, &found, &chosen, (&before, &after));
    outcome.add_table("instruments", paid(&chosen, &after));
    outcome.add_table("gains", gains(game, &before, &after));
    outcome.add_table("decomposition", decomposition(&search.base, &before, (&chosen, &after)));
    outcome.add_table("marginal", marginal(game, &search));
    verb::warn(outcome, &after);
    if search.dials.iter().any(|dial| dial.kind == search::Kind::Unit) {
        outcome.warn(Message::new("innovate.policy.half-spending"));
    }
    if game.policy.research.is_some() {
        let form = if game.form == crate::game::Form::Input {
            "innovate.policy.form-input"
        } else {
            "innovate.policy.form-output"
        };
        outcome.warn(Message::new(form));
    }
    Ok(())
}

fn summary(
    outcome: &mut Outcome,
    search: &Search<'_>,
    found: &Found,
    chosen: &Game,
    (before, after): (&Equilibrium, &Equilibrium),
) {
    let uniform = search.options.scope == Scope::Uniform;
    let same = |values: &[f64]| match values.first() {
        Some(&first) if uniform && values.iter().all(|&value| value == first) => first,
        _ => f64::NAN,
    };
    outcome.scalar("output_subsidy", same(&chosen.policy.output));
    outcome.scalar("rd_subsidy_rate", same(&chosen.policy.rate));
    outcome.scalar("rd_subsidy_per_unit", same(&chosen.policy.unit));
    let (old, new) = (&before.account, &after.account);
    outcome.scalar("welfare_before", old.welfare).scalar("welfare_after", new.welfare);
    outcome.scalar("welfare_gain", new.welfare - old.welfare).scalar("spending", new.subsidy_total);
    outcome.flag("budget_binding", found.binding);
    outcome.scalar("rd_total_before", old.rd_total()).scalar("rd_total_after", new.rd_total());
    let change = |i: usize| (new.profit[i] - old.profit[i]) / old.profit[i].abs().max(f64::MIN_POSITIVE);
    let n = chosen.len();
    outcome.scalar("winners", (0..n).filter(|&i| change(i) > TIE).count() as f64);
    outcome.scalar("losers", (0..n).filter(|&i| change(i) < -TIE).count() as f64);
    for (name, mode) in
        [("second_best_welfare", Mode::PlannerSecondBest), ("first_best_welfare", Mode::PlannerFirstBest)]
    {
        let mut planned = chosen.clone();
        let zero = vec![0.0; n];
        (planned.mode, planned.plants) = (mode, None);
        (planned.policy.output, planned.policy.rate, planned.policy.unit) = (zero.clone(), zero.clone(), zero);
        match solve(&planned, &SolveOptions::quick()) {
            Ok(solved) => {
                outcome.scalar(name, solved.account.welfare);
            }
            Err(error) => {
                outcome.scalar(name, f64::NAN);
                outcome.warn(
                    Message::new("innovate.policy.no-planner")
                        .with("mode", verb::mode_words(mode.word()))
                        .text("why", error.to_string()),
                );
            }
        }
    }
    outcome.flag("certified", after.certified);
    outcome.scalar("kkt_residual", found.residual).scalar("budget_price", found.price);
}

fn paid(game: &Game, after: &Equilibrium) -> Table {
    let account = &after.account;
    let spent = |i: usize| {
        let rd = game.rd_rate(i) * account.spending[i] + game.rd_unit(i) * account.rd[i];
        game.output_subsidy(i) * account.output[i] + rd
    };
    Table::empty()
        .with_text("firm", labels(game.names.iter()))
        .with_numbers("output_subsidy", game.policy.output.clone())
        .with_numbers("rd_subsidy_rate", game.policy.rate.clone())
        .with_numbers("rd_subsidy_per_unit", game.policy.unit.clone())
        .with_numbers("spending", (0..game.len()).map(spent).collect())
}

fn gains(game: &Game, before: &Equilibrium, after: &Equilibrium) -> Table {
    let (old, new) = (&before.account, &after.account);
    let gain = old.profit.iter().zip(&new.profit).map(|(old, new)| new - old).collect();
    Table::empty()
        .with_text("firm", labels(game.names.iter()))
        .with_numbers("profit_before", old.profit.clone())
        .with_numbers("profit_after", new.profit.clone())
        .with_numbers("profit_gain", gain)
        .with_numbers("rd_before", old.rd.clone())
        .with_numbers("rd_after", new.rd.clone())
}

/// What welfare consists of, before and after: the parts add up to it.
fn decomposition(base: &Game, before: &Equilibrium, (chosen, after): (&Game, &Equilibrium)) -> Table {
    let parts = |game: &Game, account: &Account| {
        let research = game.policy.research.as_ref().map_or(0.0, |research| research.cost);
        let funds = game.policy.funds_cost;
        let firms = account.producer_surplus - account.subsidy_total;
        let (subsidies, shadow) = (account.subsidy_total, -funds * account.subsidy_total);
        [account.consumer_surplus, firms, subsidies, -subsidies, shadow, -research, account.welfare]
    };
    let (old, new) = (parts(base, &before.account), parts(chosen, &after.account));
    let change = old.iter().zip(&new).map(|(old, new)| new - old).collect();
    Table::empty()
        .with_text("part", labels(PARTS))
        .with_numbers("before", old.to_vec())
        .with_numbers("after", new.to_vec())
        .with_numbers("change", change)
}

fn marginal(game: &Game, search: &Search<'_>) -> Table {
    let all = search.marginal();
    Table::empty()
        .with_text("firm", labels(all.iter().map(|(i, _, _)| &game.names[*i])))
        .with_text("instrument", labels(all.iter().map(|(_, kind, _)| kind.word())))
        .with_numbers("welfare_per_money", all.iter().map(|(_, _, value)| *value).collect())
}

fn key_firms(outcome: &mut Outcome, game: &Game, context: &Context<'_>) -> Result<(), Fault> {
    let quick = SolveOptions { seed: context.seed, ..SolveOptions::quick() };
    let whole = solve(game, &quick)?.account.welfare;
    let n = game.len();
    let without = |i: usize| -> Result<(f64, f64, f64), GameError> {
        if n == 1 {
            return Ok((0.0, 0.0, 0.0));
        }
        let solved = solve(&game.without(i), &quick)?;
        Ok((solved.account.welfare, solved.account.rd_total(), solved.account.output_total()))
    };
    let nothing = (f64::NAN, f64::NAN, f64::NAN);
    let left: Vec<(f64, f64, f64)> = (0..n).map(|i| without(i).unwrap_or(nothing)).collect();
    verb::go_on(context)?;
    let losses: Vec<f64> = left.iter().map(|(welfare, _, _)| whole - welfare).collect();
    match crate::grid::peak(&losses) {
        Some(top) => outcome.word("key_firm", &game.names[top]),
        None => outcome.scalar("key_firm", f64::NAN),
    };
    let lacking = left.iter().filter(|(welfare, _, _)| welfare.is_nan()).count();
    if lacking > 0 {
        outcome.warn(Message::new("innovate.policy.key-missing").count("count", lacking));
    }
    let table = Table::empty()
        .with_text("firm", labels(game.names.iter()))
        .with_numbers("welfare_without", left.iter().map(|one| one.0).collect())
        .with_numbers("welfare_loss", losses)
        .with_numbers("rd_total_without", left.iter().map(|one| one.1).collect())
        .with_numbers("output_total_without", left.iter().map(|one| one.2).collect());
    outcome.add_table("key_firms", table);
    Ok(())
}

fn findings(outcome: &Outcome, _: &Focus) -> Vec<Message> {
    let number = |name: &str| outcome.number(name).unwrap_or(f64::NAN);
    let mut messages = Vec::new();
    if outcome.number("welfare_before").is_some() {
        messages.extend(chosen(outcome));
        match outcome.provenance.conventions.get("objective").and_then(|word| word.as_str()) {
            Some("rd") => messages.push(Message::new("innovate.policy.finding-objective-rd")),
            Some("output") => messages.push(Message::new("innovate.policy.finding-objective-output")),
            _ => {}
        }
        if outcome.summary.iter().any(|(name, value)| name == "certified" && *value == Scalar::Flag(false)) {
            messages.push(Message::new("innovate.policy.finding-uncertified"));
        }
        let by = number("welfare_gain");
        let key = match by / number("welfare_before").abs().max(f64::MIN_POSITIVE) {
            rise if rise > TIE => "innovate.policy.finding-gain",
            fall if fall < -TIE => "innovate.policy.finding-loss",
            _ => "innovate.policy.finding-same",
        };
        let gain = Message::new(key).number("before", number("welfare_before"));
        let gain = gain.number("after", number("welfare_after")).number("gain", by.abs());
        messages.push(gain.number("spending", number("spending")));
        let best = (number("second_best_welfare"), number("first_best_welfare"));
        if best.0.is_finite() && best.1.is_finite() {
            let planned = Message::new("innovate.policy.finding-planners");
            messages.push(planned.number("second", best.0).number("first", best.1));
        }
        let (winners, losers) = (number("winners") as usize, number("losers") as usize);
        let all = outcome.table("gains").map_or(0, Table::rows);
        messages.push(match (winners, losers) {
            (gain, _) if gain == all => Message::new("innovate.policy.finding-all-gain"),
            (_, lose) if lose == all => Message::new("innovate.policy.finding-all-lose"),
            _ => Message::new("innovate.policy.finding-who").count("winners", winners).count("losers", losers),
        });
    }
    let key = outcome.summary.iter().find_map(|(name, value)| match value {
        Scalar::Text(word) if name == "key_firm" => Some(word.clone()),
        _ => None,
    });
    if let (Some(firm), Some(table)) = (key, outcome.table("key_firms")) {
        let loss = table.numbers("welfare_loss").into_iter().flatten().copied().fold(f64::NEG_INFINITY, f64::max);
        let welfare =
            table.numbers("welfare_without").into_iter().flatten().fold(0.0, |top: f64, one| top.max(one.abs()));
        let key = match loss {
            loss if loss > TIE * welfare => "innovate.policy.finding-key",
            loss if loss < -TIE * welfare => "innovate.policy.finding-key-weak",
            _ => "innovate.policy.finding-key-none",
        };
        messages.push(Message::new(key).with("firm", Arg::Text(firm)).number("loss", loss.abs()));
    }
    messages
}

/// The instruments at their best values; nothing where they differ by firm.
fn chosen(outcome: &Outcome) -> Vec<Message> {
    let value = |name: &str| outcome.number(name).filter(|value| value.is_finite());
    let all = [value("output_subsidy"), value("rd_subsidy_rate"), value("rd_subsidy_per_unit")];
    let [Some(output), Some(rate), Some(unit)] = all else { return Vec::new() };
    let mut messages = Vec::new();
    for (value, subsidy, tax) in [
        (output, "innovate.policy.finding-output", "innovate.policy.finding-output-tax"),
        (unit, "innovate.policy.finding-unit", "innovate.policy.finding-unit-tax"),
    ] {
        if value != 0.0 {
            messages.push(Message::new(if value > 0.0 { subsidy } else { tax }).number("value", value.abs()));
        }
    }
    if rate != 0.0 {
        let key = if rate > 0.0 { "innovate.policy.finding-rate" } else { "innovate.policy.finding-rate-tax" };
        messages.push(Message::new(key).with("value", Arg::Share(rate.abs())));
    }
    if messages.is_empty() {
        messages.push(Message::new("innovate.policy.finding-none"));
    }
    messages
}

fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    let bars = |table: &str, value: &str| {
        let there = outcome.table(table).is_some();
        let figure = || FigureSpec::new(FigureKind::Bars).of_table(table).of_value(value).by("firm").first(30);
        there.then(|| verb::with_unit(figure(), outcome))
    };
    [bars("gains", "profit_gain"), bars("instruments", "spending"), bars("key_firms", "welfare_loss")]
        .into_iter()
        .flatten()
        .collect()
}
