//! `innovate policy`: the best subsidies, who gains and who loses, and the firms that matter most.

mod exact;
mod flat;
mod options;
mod search;
mod targeted;

pub use options::{Instrument, PolicyOptions, Scope};

use crate::error::GameError;
use crate::game::{Game, Mode};
use crate::solver::{Equilibrium, SolveOptions, Stability, solve};
use crate::verb::{self, labels};
use distretto_core::{
    Arg, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Inputs, Message, OptionSpec, OptionValues, Outcome,
    Scalar, Table, option_specs, parse_options,
};
use search::{Found, Search};

/// Changes of profit below this, relative to the profit, are none.
const TIE: f64 = 1e-9;
/// A setting whose first-order conditions are off by more than this is not shown to be an optimum.
const SHOWN: f64 = 1e-6;

/// Row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "innovate",
    name: "policy",
    about: "Which subsidies raise welfare most, who gains and who loses, which firms matter most?",
    chapter: "innovate/policy",
    revision: 2,
    inputs: verb::INPUTS,
    options: specs,
    plan: verb::plan,
    run,
    findings,
    figures,
};

fn specs() -> Vec<OptionSpec> {
    verb::with_modes(option_specs::<PolicyOptions>(), |mode| !mode.is_planner())
}

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
    let full = SolveOptions { stability: Stability::Off, seed: context.seed, ..SolveOptions::default() };
    let before = solve(&search.base, &full)?;
    let (found, other) = flat::cheapest(&search, search.best()?);
    let chosen = search.game(&found.setting);
    let after = solve(&chosen, &full)?;
    verb::go_on(context)?;
    if !before.certified {
        outcome.warn(Message::new("innovate.policy.before-uncertified").number("epsilon", before.epsilon));
    }
    summary(outcome, &search, &found, &chosen, (&before, &after));
    outcome.add_table("accounts", accounts((&search.base, &before), (&chosen, &after)));
    outcome.add_table("instruments", paid(&chosen, &after));
    outcome.add_table("gains", gains(game, &before, &after));
    let marginal = marginal(game, &search);
    let unpaid =
        marginal.numbers("welfare_per_money").unwrap_or_default().iter().filter(|value| value.is_nan()).count();
    if unpaid > 0 {
        outcome.warn(Message::new("innovate.policy.marginal-none").count("rows", unpaid));
    }
    outcome.add_table("marginal", marginal);
    verb::warn(outcome, &after);
    if let Some(other) = other {
        let message = Message::new("innovate.policy.not-unique").number("value", found.setting[0]);
        outcome.warn(message.number("other", other));
    }
    if search.dials.len() > 1 && (found.residual.is_nan() || found.residual > SHOWN) {
        outcome.warn(Message::new("innovate.policy.not-shown").number("residual", found.residual));
    }
    if search.set_aside {
        outcome.warn(Message::new("innovate.policy.set-aside"));
    }
    let kinked = found.residual.is_nan() || found.residual > SHOWN;
    if search.dials.len() == 1 && !found.binding && kinked && search.at_edge(found.setting[0]) {
        outcome.warn(Message::new("innovate.policy.edge"));
    }
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
    // Profits are sums of squares of prices over slopes: below this they are rounding.
    let nothing = 1e-13 * chosen.scale() * chosen.scale() / chosen.slope;
    let change = |i: usize| (new.profit[i] - old.profit[i]) / old.profit[i].abs().max(nothing / TIE);
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

/// Welfare and its parts before and after: what consumers and firms have, less what subsidies and the funds for them
/// cost and what public research costs.
fn accounts(before: (&Game, &Equilibrium), after: (&Game, &Equilibrium)) -> Table {
    let parts = |(game, solved): (&Game, &Equilibrium)| {
        let account = &solved.account;
        let research = game.policy.research.as_ref().map_or(0.0, |research| research.cost);
        // Adding 0 keeps minus zero from being printed with its sign.
        [
            account.consumer_surplus,
            account.producer_surplus,
            -account.subsidy_total + 0.0,
            -game.policy.funds_cost * account.subsidy_total + 0.0,
            -research + 0.0,
            account.welfare,
        ]
    };
    let (old, new) = (parts(before), parts(after));
    let names = ["consumer-surplus", "producer-surplus", "subsidies", "funds-cost", "public-research", "welfare"];
    Table::empty()
        .with_text("account", labels(names))
        .with_numbers("before", old.to_vec())
        .with_numbers("after", new.to_vec())
        .with_numbers("change", old.iter().zip(&new).map(|(old, new)| new - old).collect())
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
    let tied = crate::grid::ties(&losses);
    if tied > 1 {
        outcome.warn(Message::new("innovate.policy.key-tied").count("count", tied));
    }
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
    let mut messages = if outcome.number("welfare_before").is_some() { of_instruments(outcome) } else { Vec::new() };
    messages.extend(key_firm(outcome));
    messages
}

/// What the best policy is, what it changes, and for whom.
fn of_instruments(outcome: &Outcome) -> Vec<Message> {
    let number = |name: &str| outcome.number(name).unwrap_or(f64::NAN);
    // Where every firm has a subsidy of its own, who is paid what is the policy.
    let mut messages = chosen(outcome);
    let (lead, later) = if messages.is_empty() { (largest(outcome), None) } else { (None, largest(outcome)) };
    messages.extend(lead);
    if outcome.summary.iter().any(|(name, value)| name == "certified" && *value == Scalar::Flag(false)) {
        messages.push(Message::new("innovate.policy.finding-uncertified"));
    }
    messages.push(gain(outcome));
    match outcome.provenance.conventions.get("objective").and_then(|word| word.as_str()) {
        Some("rd") => messages.push(Message::new("innovate.policy.finding-objective-rd")),
        Some("output") => messages.push(Message::new("innovate.policy.finding-objective-output")),
        _ => {}
    }
    messages.extend(parts(outcome));
    messages.extend(later);
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
        (_, 0) if winners > 0 => Message::new("innovate.policy.finding-none-loses").count("winners", winners),
        (0, _) if losers > 0 => Message::new("innovate.policy.finding-none-gains").count("losers", losers),
        _ => Message::new("innovate.policy.finding-who").count("winners", winners).count("losers", losers),
    });
    messages
}

/// What becomes of welfare, and what the public spends.
fn gain(outcome: &Outcome) -> Message {
    let number = |name: &str| outcome.number(name).unwrap_or(f64::NAN);
    let by = number("welfare_gain");
    let key = match by / number("welfare_before").abs().max(f64::MIN_POSITIVE) {
        rise if rise > TIE => "innovate.policy.finding-gain",
        fall if fall < -TIE => "innovate.policy.finding-loss",
        _ => "innovate.policy.finding-same",
    };
    let gain = Message::new(key).number("before", number("welfare_before"));
    let gain = gain.number("after", number("welfare_after")).number("gain", by.abs());
    gain.with("spending", spending(number("spending")))
}

/// The firm without which welfare is lowest; none is named where several are alike.
fn key_firm(outcome: &Outcome) -> Option<Message> {
    let table = outcome.table("key_firms")?;
    let losses = table.numbers("welfare_loss")?;
    let top = crate::grid::peak(losses)?;
    let alike = crate::grid::ties(losses);
    let welfare = table.numbers("welfare_without").into_iter().flatten().fold(0.0, |top: f64, one| top.max(one.abs()));
    let key = match (losses[top], alike > 1) {
        (loss, false) if loss > TIE * welfare => "innovate.policy.finding-key",
        (loss, true) if loss > TIE * welfare => "innovate.policy.finding-key-alike",
        (loss, false) if loss < -TIE * welfare => "innovate.policy.finding-key-weak",
        (loss, true) if loss < -TIE * welfare => "innovate.policy.finding-key-weak-alike",
        (_, false) => "innovate.policy.finding-key-none",
        (_, true) => "innovate.policy.finding-key-none-alike",
    };
    let message = Message::new(key).text("firm", table.text("firm")?.get(top)?).count("count", alike);
    Some(message.number("loss", losses[top].abs()))
}

/// Public spending, or revenue.
fn spending(value: f64) -> Arg {
    let key = if value < 0.0 { "innovate.policy.revenue" } else { "innovate.policy.spent" };
    Arg::Message(Box::new(Message::new(key).number("value", value.abs())))
}

/// What the change of welfare is made of.
fn parts(outcome: &Outcome) -> Option<Message> {
    let change = outcome.table("accounts")?.numbers("change")?;
    let message = Message::new("innovate.policy.finding-parts").with("consumers", Arg::Signed(change[0]));
    let message = message.with("firms", Arg::Signed(change[1])).with("public", Arg::Signed(change[2] + change[3]));
    Some(message)
}

/// Who is paid most, where payments differ by firm.
fn largest(outcome: &Outcome) -> Option<Message> {
    let table = outcome.table("instruments")?;
    let (names, paid) = (table.text("firm")?, table.numbers("spending")?);
    let most = paid.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let least = paid.iter().copied().fold(f64::INFINITY, f64::min);
    if most <= 0.0 || most - least <= TIE * most {
        return None;
    }
    let message = Message::new("innovate.policy.finding-largest").with("firm", verb::whom(names, paid, most));
    Some(message.number("most", most).with("last", verb::whom(names, paid, least)).number("least", least))
}

/// The instruments at their best values; nothing where they differ by firm.
fn chosen(outcome: &Outcome) -> Vec<Message> {
    let value = |name: &str| outcome.number(name).filter(|value| value.is_finite());
    let all = [value("output_subsidy"), value("rd_subsidy_rate"), value("rd_subsidy_per_unit")];
    let [Some(output), Some(rate), Some(unit)] = all else { return Vec::new() };
    if output != 0.0 && rate != 0.0 && unit == 0.0 {
        let keys = match (output > 0.0, rate > 0.0) {
            (true, true) => ["innovate.policy.pays-output", "innovate.policy.pays-rate"],
            (true, false) => ["innovate.policy.pays-output", "innovate.policy.taxes-rate"],
            (false, true) => ["innovate.policy.taxes-output", "innovate.policy.pays-rate"],
            (false, false) => ["innovate.policy.taxes-output", "innovate.policy.taxes-rate"],
        };
        let said = |key, arg| Arg::Message(Box::new(Message::new(key).with("value", arg)));
        let both = Message::new("innovate.policy.finding-both");
        let both = both.with("first", said(keys[0], Arg::Number(output.abs())));
        return vec![both.with("second", said(keys[1], Arg::Share(rate.abs())))];
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::solver::tests::read;
    use serde_json::json;

    /// The parts add to welfare before, after, and in between; what the public pays is what firms receive.
    #[test]
    fn parts_of_welfare_add_up() {
        let game = read(json!({
            "market": { "intercept": 100.0, "slope": 1.0 },
            "firms": { "marginal_cost": [40.0, 45.0, 50.0], "rd_cost": 20.0 },
            "spillover": { "rate": 0.4 },
            "policy": { "public_funds_cost": 0.3, "public_research": { "amount": 1.0, "rate": 0.5, "cost": 7.0 } },
        }));
        let mut chosen = game.clone();
        chosen.policy.rate = vec![0.3, 0.2, 0.1];
        chosen.policy.output = vec![0.0, 1.5, 0.0];
        let (before, after) = (solve(&game, &SolveOptions::quick()), solve(&chosen, &SolveOptions::quick()));
        let (before, after) = (before.expect("solved"), after.expect("solved"));
        let table = accounts((&game, &before), (&chosen, &after));
        let column = |name: &str| table.numbers(name).expect("a column").to_vec();
        let (old, new, change) = (column("before"), column("after"), column("change"));
        for parts in [&old, &new, &change] {
            assert!((parts[..5].iter().sum::<f64>() - parts[5]).abs() < 1e-9, "{parts:?}");
        }
        assert_eq!((old[2], old[3], old[4], new[4]), (0.0, 0.0, -7.0, -7.0));
        let paid = paid(&chosen, &after);
        let sum: f64 = paid.numbers("spending").expect("a column").iter().sum();
        assert!((new[2] + sum).abs() < 1e-9 && (new[3] + 0.3 * sum).abs() < 1e-9);
        assert!(new[5] == after.account.welfare && sum > 0.0);
    }
}
