//! `innovate compare`: the same game in all its regimes.

use crate::error::GameError;
use crate::game::{Game, MODES, Mode};
use crate::grid::{Cautions, Row, peak, ties, trough};
use crate::solver::Equilibrium;
use crate::verb::{self, GameOptions, labels, mode_of};
use distretto_core::{
    Arg, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Inputs, Message, OptionValues, Outcome, Scalar,
    Table, option_specs, parse_options,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "innovate",
    name: "compare",
    about: "The same game under competition, coordination, sharing, consortium, merger and planners",
    chapter: "innovate/game",
    revision: 2,
    inputs: verb::INPUTS,
    options: option_specs::<CompareOptions>,
    plan: verb::plan,
    run,
    findings,
    figures,
};

/// Options of `innovate compare`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CompareOptions {
    /// What game.
    #[serde(flatten)]
    pub game: GameOptions,
    /// The modes that are compared; by default all seven.
    pub modes: Vec<String>,
}

fn run(inputs: &Inputs, values: &OptionValues, context: &Context) -> Result<Outcome, Fault> {
    let options: CompareOptions = parse_options(values)?;
    let game = comparable(inputs, &options.game)?;
    let modes = match options.modes.as_slice() {
        [] => MODES.to_vec(),
        words => words
            .iter()
            .map(|word| mode_of(word).map_err(|fault| fault.in_file("--modes")))
            .collect::<Result<_, _>>()?,
    };
    let solved: Vec<(Mode, Result<Equilibrium, GameError>)> =
        modes.into_iter().map(|mode| (mode, verb::row(&in_mode(&game, mode), context))).collect();
    Ok(outcome(&game, &solved))
}

/// The game, whatever its own mode: what its mode forbids may be defined in another.
fn comparable(inputs: &Inputs, options: &GameOptions) -> Result<Game, Fault> {
    let mut document = verb::document(inputs, options)?;
    if document.get("regime.timing").is_none() && document.get("regime.mode").is_some() {
        document.set("regime.mode", "competition".into())?;
    }
    crate::game::read_game(&document, inputs)
}

/// The same game in another mode.
pub(crate) fn in_mode(game: &Game, mode: Mode) -> Game {
    Game { mode, ..game.clone() }
}

fn outcome(game: &Game, solved: &[(Mode, Result<Equilibrium, GameError>)]) -> Outcome {
    let mut outcome = Outcome::new(
        "innovate compare",
        "the modes of Kamien, Muller and Zang 1992, merger and planners (Suzumura 1992)",
    );
    verb::conventions(&mut outcome, game);
    // Not one mode is compared.
    outcome.provenance.conventions.remove("mode");
    let rows: Vec<(Mode, Row)> = solved.iter().map(|(mode, result)| (*mode, Row::of(game, result))).collect();
    let word = |outcome: &mut Outcome, name: &'static str, of: &dyn Fn(&Row) -> f64, among: &dyn Fn(Mode) -> bool| {
        let values: Vec<f64> = rows.iter().map(|(mode, row)| if among(*mode) { of(row) } else { f64::NAN }).collect();
        match peak(&values) {
            Some(top) => {
                outcome.word(name, rows[top].0.word());
                let tied = ties(&values);
                if tied > 1 {
                    let message = Message::new("innovate.compare.tied").with("what", Arg::Column(name.to_owned()));
                    outcome.warn(message.count("count", tied).with("mode", verb::mode_words(rows[top].0.word())));
                }
            }
            None => {
                outcome.scalar(name, f64::NAN);
            }
        }
    };
    let any = |_: Mode| true;
    let mut summary = Outcome::default();
    word(&mut summary, "most_rd", &|row| row.rd_total, &any);
    word(&mut summary, "most_reduction", &|row| row.reduction_mean, &any);
    word(&mut summary, "most_profit", &|row| row.profit_total, &any);
    word(&mut summary, "most_welfare", &|row| row.welfare, &any);
    let decentralised = |mode: Mode| MODES[..4].contains(&mode);
    word(&mut summary, "most_welfare_decentralised", &|row| row.welfare, &decentralised);
    outcome.summary = summary.summary;
    outcome.warnings.extend(summary.warnings);
    outcome.add_table("regimes", regimes(&rows));
    outcome.add_table("firms_by_regime", firms(game, solved));
    outcome.warnings.extend(only(&outcome));
    given_spillovers(&mut outcome, game, &rows);
    let mut cautions = Cautions::default();
    solved.iter().for_each(|(_, result)| cautions.add(result));
    outcome.warnings.extend(cautions.messages());
    outcome
}

/// A consortium raises spillovers, planners take them as they are.
fn given_spillovers(outcome: &mut Outcome, game: &Game, rows: &[(Mode, Row)]) {
    let of = |wanted: Mode| rows.iter().find(|(mode, row)| *mode == wanted && row.exists).map(|(_, row)| row.welfare);
    let Some(consortium) = of(Mode::Consortium) else { return };
    let planners = [of(Mode::PlannerSecondBest), of(Mode::PlannerFirstBest)];
    if planners.into_iter().flatten().any(|planner| consortium > planner) {
        outcome.warn(Message::new("innovate.compare.planner-takes-spillovers").number("rate", game.sharing_rate));
    }
}

fn regimes(rows: &[(Mode, Row)]) -> Table {
    let number = |of: &dyn Fn(&Row) -> f64| rows.iter().map(|(_, row)| of(row)).collect::<Vec<f64>>();
    Table::empty()
        .with_text("regime", labels(rows.iter().map(|(mode, _)| mode.word())))
        .with_flags("exists", rows.iter().map(|(_, row)| Some(row.exists)).collect())
        .with_numbers("rd_mean", number(&|row| row.rd_mean))
        .with_numbers("rd_total", number(&|row| row.rd_total))
        .with_numbers("reduction_mean", number(&|row| row.reduction_mean))
        .with_numbers("output_total", number(&|row| row.output_total))
        .with_numbers("price", number(&|row| row.price))
        .with_numbers("profit_mean", number(&|row| row.profit_mean))
        .with_numbers("profit_total", number(&|row| row.profit_total))
        .with_numbers("consumer_surplus", number(&|row| row.consumer_surplus))
        .with_numbers("welfare", number(&|row| row.welfare))
        .with_flags("interior", rows.iter().map(|(_, row)| row.interior).collect())
        .with_flags("certified", rows.iter().map(|(_, row)| row.certified).collect())
        .with_text("note", rows.iter().map(|(_, row)| row.note.as_deref()).collect())
}

fn firms(game: &Game, solved: &[(Mode, Result<Equilibrium, GameError>)]) -> Table {
    let there = || solved.iter().filter_map(|(mode, result)| Some((mode.word(), &result.as_ref().ok()?.account)));
    let number =
        |of: &dyn Fn(&crate::account::Account) -> Vec<f64>| there().flat_map(|(_, account)| of(account)).collect();
    Table::empty()
        .with_text("regime", labels(there().flat_map(|(word, account)| vec![word; account.rd.len()])))
        .with_text("firm", labels(there().flat_map(|_| game.names.iter())))
        .with_numbers("rd", number(&|account| account.rd.clone()))
        .with_numbers("output", number(&|account| account.output.clone()))
        .with_numbers("profit", number(&|account| account.profit.clone()))
}

/// What is told of the regime in which a column is largest: the name in the summary, the column, and the sentence
/// against competition and without it.
const LARGEST: [(&str, &str, [&str; 2]); 4] = [
    ("most_rd", "rd_total", ["innovate.compare.finding-rd", "innovate.compare.finding-rd-here"]),
    (
        "most_reduction",
        "reduction_mean",
        ["innovate.compare.finding-reduction", "innovate.compare.finding-reduction-here"],
    ),
    ("most_profit", "profit_total", ["innovate.compare.finding-profit", "innovate.compare.finding-profit-here"]),
    (
        "most_welfare_decentralised",
        "welfare",
        ["innovate.compare.finding-welfare", "innovate.compare.finding-welfare-here"],
    ),
];

fn findings(outcome: &Outcome, _: &Focus) -> Vec<Message> {
    let Some(table) = outcome.table("regimes") else { return Vec::new() };
    let row =
        |word: &str| table.text("regime").and_then(|names| (0..table.rows()).find(|&row| names.get(row) == Some(word)));
    let number = |column: &str, row: usize| table.numbers(column).map_or(f64::NAN, |numbers| numbers[row]);
    let named = |name: &str| {
        outcome.summary.iter().find_map(|(known, value)| match value {
            Scalar::Text(word) if known == name => Some(word.clone()),
            _ => None,
        })
    };
    if let Some(alone) = only(outcome) {
        return vec![alone];
    }
    let mut messages = preferred(outcome);
    for (name, column, keys) in LARGEST {
        let Some(word) = named(name) else { continue };
        let Some(top) = row(&word) else { continue };
        let base = row("competition").map_or(f64::NAN, |base| number(column, base));
        // Where competition leads, or is not there, there is nothing to set against it.
        let key = if base.is_nan() || word == "competition" { keys[1] } else { keys[0] };
        let message = Message::new(key).with("mode", verb::mode_words(&word)).number("value", number(column, top));
        messages.push(message.number("competition", base));
    }
    messages
}

/// Of a single regime nothing is the largest.
fn only(outcome: &Outcome) -> Option<Message> {
    let table = outcome.table("regimes")?;
    let (names, there) = (table.text("regime")?, table.flags("exists")?);
    let mut rows = (0..table.rows()).filter(|&row| there[row] == Some(true));
    match (rows.next(), rows.next()) {
        (Some(row), None) => {
            Some(Message::new("innovate.compare.only").with("mode", verb::mode_words(names.get(row)?)))
        }
        _ => None,
    }
}

/// In which of the regimes that firms can form the first and the last firm by profit earn most; nothing where all
/// firms earn the same.
fn preferred(outcome: &Outcome) -> Vec<Message> {
    let Some(table) = outcome.table("firms_by_regime") else { return Vec::new() };
    let (Some(regimes), Some(firms), Some(profits)) =
        (table.text("regime"), table.text("firm"), table.numbers("profit"))
    else {
        return Vec::new();
    };
    let formed = |row: &usize| {
        regimes.get(*row).and_then(Mode::of).is_some_and(|mode| MODES[..4].contains(&mode)) && profits[*row].is_finite()
    };
    let rows: Vec<usize> = (0..table.rows()).filter(formed).collect();
    let Some(&start) = rows.first() else { return Vec::new() };
    let first: Vec<usize> = rows.iter().copied().filter(|&row| regimes.code(row) == regimes.code(start)).collect();
    // Of rows that are equal but for rounding the first.
    let earned = |rows: &[usize]| rows.iter().map(|&row| profits[row]).collect::<Vec<f64>>();
    let highest = |rows: &[usize]| peak(&earned(rows)).map(|k| rows[k]);
    let lowest = trough(&earned(&first)).map(|k| first[k]);
    let (Some(most), Some(least)) = (highest(&first), lowest) else { return Vec::new() };
    let several = rows.len() > first.len();
    if !several || profits[most] - profits[least] <= 1e-9 * profits[most].abs() {
        return Vec::new();
    }
    let told = |(firm, who): (usize, &'static str)| {
        let own: Vec<usize> = rows.iter().copied().filter(|&row| firms.code(row) == firms.code(firm)).collect();
        let best = highest(&own)?;
        let same = |row: &&usize| (profits[**row] - profits[firm]).abs() <= 1e-9 * profits[firm].abs();
        let alike = first.iter().filter(same).count();
        let key = match (best == firm, alike > 1) {
            (true, false) => "innovate.compare.finding-firm-here",
            (false, false) => "innovate.compare.finding-firm",
            (true, true) => "innovate.compare.finding-firms-here",
            (false, true) => "innovate.compare.finding-firms",
        };
        let message = Message::new(key).text("firm", firms.get(firm)?).count("count", alike);
        let message = message.with("who", Arg::Message(Box::new(Message::new(who))));
        let message = message.with("mode", verb::mode_words(regimes.get(best)?)).number("value", profits[best]);
        Some(message.number("first", profits[firm]).with("base", verb::mode_words(regimes.get(firm)?)))
    };
    [(most, "innovate.compare.who-largest"), (least, "innovate.compare.who-smallest")]
        .into_iter()
        .filter_map(told)
        .collect()
}

fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    ["rd_total", "reduction_mean", "profit_total", "welfare"]
        .map(|value| FigureSpec::new(FigureKind::Bars).of_table("regimes").of_value(value).by("regime"))
        .map(|figure| verb::with_unit(figure, outcome))
        .into()
}
