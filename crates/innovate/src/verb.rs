//! What all verbs share: the game as input, its overrides, its warnings.

use crate::error::GameError;
use crate::game::{DOCUMENT_FILES, Form, Game, MODES, Mode, columns, read_game};
use crate::solver::{Bound, Certify, Corner, Doubt, Equilibrium, Note, SolveOptions, Stability, solve};
use distretto_core::{
    Arg, Context, Document, Fault, FigureSpec, Given, Input, InputKind, Inputs, Message, OptionSpec, OptionValues,
    Outcome, Place, TableSpec, Text, narrowed, nearest,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The game file.
pub(crate) const INPUTS: &[Input] = &[Input {
    name: "game",
    kind: InputKind::Document(DOCUMENT_FILES),
    place: Place::Positional,
    required: true,
    help: "The game, a TOML file; the tables that it names are found relative to it",
}];

/// Largest game of which every firm's deviations are scanned when nothing is said.
const FULL: usize = 10_000;

/// Largest game of a grid whose stability margin is computed: an unstable row must be told of.
const STABLE: usize = 60;

/// Options of every verb.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct GameOptions {
    /// Another mode than the game file names: competition, coordination, sharing, consortium, merger,
    /// planner-second-best or planner-first-best.
    pub mode: Option<String>,
    /// Overrides a key of the game, PATH=VALUE, say regime.mode=consortium; may be repeated.
    #[schemars(extend("x-repeated" = true))]
    pub set: Vec<String>,
}

/// The columns that a verb wants of the tables that its game names.
pub(crate) fn plan(_: &OptionValues, given: &Given) -> Result<Vec<TableSpec>, Fault> {
    // Told before either file is looked for.
    let both = ["spillover.matrix", "spillover.links"];
    if both.iter().all(|&key| given.iter().any(|name| name == key)) {
        let fault = Fault::input("`spillover.matrix` and `spillover.links` cannot stand together");
        return Err(fault.with_hint("links take the place of the matrix: remove one of them"));
    }
    Ok(columns(given))
}

/// The document of a verb, its mode overridden where that was asked for.
pub(crate) fn document(inputs: &Inputs, options: &GameOptions) -> Result<Document, Fault> {
    let given = inputs.document("game");
    let mut document = given.cloned().ok_or_else(|| Fault::option("the input `game` is needed"))?;
    if let Some(mode) = &options.mode {
        mode_of(mode).map_err(|fault| fault.in_file("--mode"))?;
        document.set_by("--mode", "regime.mode", Value::String(mode.clone()))?;
    }
    Ok(document)
}

/// The options of a verb that takes some modes only, which the help of `--mode` names.
pub(crate) fn with_modes(specs: Vec<OptionSpec>, taken: impl Fn(Mode) -> bool) -> Vec<OptionSpec> {
    let words: Vec<&str> = MODES.into_iter().filter(|&mode| taken(mode)).map(Mode::word).collect();
    let (last, others) = words.split_last().expect("every verb takes a mode");
    let help = format!("Another mode than the game file names: {} or {last}.", others.join(", "));
    narrowed(specs, "mode", &words, &help)
}

/// The mode of a word of the command line.
pub(crate) fn mode_of(word: &str) -> Result<Mode, Fault> {
    Mode::of(word).ok_or_else(|| {
        let known = MODES.map(Mode::word);
        let hint = match nearest(word, &known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the modes are {}", known.join(", ")),
        };
        Fault::option("unknown mode").with_value(word).with_hint(hint)
    })
}

/// A mode as a sentence says it.
pub(crate) fn mode_words(word: &str) -> Arg {
    Arg::Message(Box::new(Message::new(match word {
        "competition" => "innovate.mode.competition",
        "coordination" => "innovate.mode.coordination",
        "sharing" => "innovate.mode.sharing",
        "consortium" => "innovate.mode.consortium",
        "merger" => "innovate.mode.merger",
        "planner-second-best" => "innovate.mode.planner-second-best",
        "planner-first-best" => "innovate.mode.planner-first-best",
        _ => return Arg::Text(word.to_owned()),
    })))
}

/// The unit of a column of outcomes: R&D is money where spillovers are, else what it takes off the cost of a unit.
pub(crate) fn unit(outcome: &Outcome, column: &str) -> Option<&'static str> {
    let in_money = outcome.provenance.conventions.get("rd_spending").and_then(Value::as_str) == Some("rd");
    match column {
        "rd" | "rd_mean" | "rd_total" if in_money => Some("money"),
        "rd" | "rd_mean" | "reduction" | "reduction_mean" | "price" => Some("money-per-unit"),
        // An institute is said in what firms call R&D.
        "policy_public_research_amount" if in_money => Some("money"),
        "policy_public_research_amount" => Some("money-per-unit"),
        "rd_total" => Some("money-per-unit-summed"),
        "output" | "output_total" => Some("quantity"),
        "profit_mean" | "profit_least" | "profit_total" | "profit_gain" | "consumer_surplus" | "welfare"
        | "welfare_loss" | "spending" => Some("money"),
        _ => None,
    }
}

/// The figure with the units of its axes.
pub(crate) fn with_unit(mut figure: FigureSpec, outcome: &Outcome) -> FigureSpec {
    let column = figure.y.as_deref().or(figure.value.as_deref()).unwrap_or_default();
    figure.unit = unit(outcome, column).map(str::to_owned);
    figure.x_unit = figure.x.as_deref().and_then(|column| unit(outcome, column)).map(str::to_owned);
    figure
}

/// The game of a verb.
pub(crate) fn game(inputs: &Inputs, options: &GameOptions) -> Result<Game, Fault> {
    read_game(&document(inputs, options)?, inputs)
}

/// `full`, `sample=N`, `off`; empty: full up to 10,000 firms.
pub(crate) fn certify(word: &str, n: usize) -> Result<Certify, Fault> {
    let sample = word.strip_prefix("sample=").and_then(|count| count.parse().ok());
    match (word, sample) {
        ("", _) if n <= FULL => Ok(Certify::Full),
        ("", _) => Ok(Certify::Sample(1_000)),
        ("full", _) => Ok(Certify::Full),
        ("off", _) => Ok(Certify::Off),
        (_, Some(count)) if count > 0 => Ok(Certify::Sample(count)),
        _ => {
            let fault = Fault::option("`certify` must be full, sample=N with N of 1 or more, or off").with_value(word);
            Err(fault.with_hint("say --certify sample=1000"))
        }
    }
}

/// Solves as a row of a grid: what does not exist is no error there.
pub(crate) fn row(game: &Game, context: &Context<'_>) -> Result<Equilibrium, GameError> {
    let stability = if game.len() <= STABLE { Stability::Exact } else { Stability::Off };
    solve(game, &SolveOptions { seed: context.seed, stability, ..SolveOptions::quick() })
}

/// Stops when the user asks for it.
pub(crate) fn go_on(context: &Context<'_>) -> Result<(), Fault> {
    if context.progress.cancelled() {
        return Err(Fault::new(distretto_core::FaultKind::Interrupted, "the run was stopped"));
    }
    Ok(())
}

/// The sentence of a note.
pub(crate) fn message(note: &Note) -> Message {
    match note {
        Note::NotInterior { firm, corner, by } => {
            let key = match corner {
                Corner::Output if *by == 0.0 => "innovate.shared.not-interior-output-edge",
                Corner::Output => "innovate.shared.not-interior-output",
                Corner::Cost if *by == 0.0 => "innovate.shared.not-interior-cost-edge",
                Corner::Cost => "innovate.shared.not-interior-cost",
                Corner::Rd => "innovate.shared.not-interior-rd",
            };
            Message::new(key).text("firm", firm).number("by", *by)
        }
        Note::Unstable { margin } => Message::new("innovate.shared.unstable").number("margin", *margin),
        Note::NotUnique => Message::new("innovate.shared.not-unique"),
        Note::SecondOrder { margin } => Message::new("innovate.shared.second-order").number("margin", *margin),
        Note::NotCertified { why, epsilon } => {
            let key = match why {
                Doubt::Deviation => "innovate.shared.not-certified",
                Doubt::Programme => "innovate.shared.not-certified-programme",
                Doubt::Curvature => "innovate.shared.not-certified-curvature",
                Doubt::Unsettled => "innovate.shared.not-certified-unsettled",
                Doubt::Unscanned => "innovate.shared.not-certified-unscanned",
                Doubt::Unsearched => "innovate.shared.not-certified-unsearched",
            };
            Message::new(key).number("epsilon", *epsilon)
        }
        Note::Exit { firms } => Message::new("innovate.shared.exit").count("firms", *firms),
        Note::CostFloor { firms } => Message::new("innovate.shared.cost-floor").count("firms", *firms),
        Note::FreeResearch => Message::new("innovate.shared.free-research"),
        Note::OnlyTotal => Message::new("innovate.shared.only-total"),
        Note::NoStability => Message::new("innovate.shared.no-stability"),
        Note::ScanEnds => Message::new("innovate.shared.scan-ends"),
        Note::NoBound { bound: Bound::Expands { factor } } => {
            Message::new("innovate.shared.no-bound").number("factor", *factor)
        }
        Note::NoBound { bound: Bound::AtKink } => Message::new("innovate.shared.no-bound-kink"),
        Note::NoBound { .. } => Message::new("innovate.shared.no-bound-mode"),
    }
}

/// Warns of what an equilibrium has noted.
pub(crate) fn warn(outcome: &mut Outcome, equilibrium: &Equilibrium) {
    outcome.warnings.extend(equilibrium.notes.iter().map(message));
}

/// "firm A", or how many firms where several share an extreme.
pub(crate) fn whom(names: &Text, values: &[f64], extreme: f64) -> Arg {
    let near = |value: f64| (value - extreme).abs() <= 1e-9 * value.abs().max(extreme.abs());
    let alike: Vec<usize> = (0..values.len()).filter(|&row| near(values[row])).collect();
    Arg::Message(Box::new(match alike.as_slice() {
        [one] => Message::new("innovate.shared.firm").text("firm", names.get(*one).unwrap_or_default()),
        _ => Message::new("innovate.shared.firms-alike").count("count", alike.len()),
    }))
}

/// A column of labels.
pub(crate) fn labels<S: AsRef<str>>(labels: impl IntoIterator<Item = S>) -> Text {
    labels.into_iter().map(Some).collect()
}

/// The label of a coalition: its members in firm order joined by `+`.
pub(crate) fn coalition_label(game: &Game, members: &[u32]) -> String {
    members.iter().map(|&i| game.names[i as usize].as_str()).collect::<Vec<_>>().join("+")
}

/// The conventions that the form of spillovers brings.
pub(crate) fn form_conventions(outcome: &mut Outcome, form: Form) {
    let in_money = form == Form::Input;
    outcome.convention("spillover", if in_money { "input (money)" } else { "output (results)" });
    outcome
        .convention("beta", "rate · absorptive_i · leakage_j · matrix_ij · decay(dist_ij); row i learns from column j");
    outcome.convention("rd_spending", if in_money { "rd" } else { "rd_cost · rd² / 2" });
}

/// The conventions that hold in every verb.
pub(crate) fn conventions(outcome: &mut Outcome, game: &Game) {
    outcome.convention("mode", game.mode.word());
    form_conventions(outcome, game.form);
    if game.cross_ownership.is_some() {
        outcome.convention("objective_of_firms", "profits weighted by regime.cross_ownership");
    }
    link_warnings(outcome, game.own_links, game.no_links);
}

/// Warns of links that say nothing, and of a file of links that has none.
pub(crate) fn link_warnings(outcome: &mut Outcome, own: usize, none: bool) {
    if own > 0 {
        outcome.warn(Message::new("innovate.shared.own-links").count("links", own));
    }
    if none {
        outcome.warn(Message::new("innovate.shared.no-links"));
    }
}
