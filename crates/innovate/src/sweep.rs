//! `innovate sweep`: the game along a grid of its own parameters.

use crate::error::GameError;
use crate::game::{Form, read_combination};
use crate::grid::{Cautions, Row, Shape, peak, trough};
use crate::verb::{self, GameOptions, labels};
use distretto_core::{
    Arg, Context, Document, Estimand, Fault, Field, FigureKind, FigureSpec, Focus, Inputs, Message, OptionValues,
    Outcome, Scalar, Table, Values, option_specs, parse_options,
};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

/// Row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "innovate",
    name: "sweep",
    about: "The game along a grid of its parameters: R&D, cost reduction, output and welfare against spillover",
    chapter: "innovate/game",
    revision: 2,
    inputs: verb::INPUTS,
    options: option_specs::<SweepOptions>,
    plan: verb::plan,
    run,
    findings,
    figures,
};

/// Most points of a grid.
const POINTS: usize = 1_000_000;

/// Most lines of a grid that findings tell of.
const GROUPS: usize = 7;

/// Outcomes whose shape may be asked for.
const OUTCOMES: [&str; 11] = [
    "rd_mean",
    "rd_total",
    "reduction_mean",
    "output_total",
    "price",
    "profit_mean",
    "profit_total",
    "consumer_surplus",
    "welfare",
    "hhi",
    "active_firms",
];

/// Options of `innovate sweep`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SweepOptions {
    /// What game.
    #[serde(flatten)]
    pub game: GameOptions,
    /// A key of the game and its values, PATH=from:to:step or PATH=v1,v2,…; may be repeated for a grid.
    #[schemars(extend("x-repeated" = true))]
    pub vary: Vec<String>,
    /// The outcome whose shape and peak are told.
    pub outcome: String,
}

impl Default for SweepOptions {
    fn default() -> Self {
        Self { game: GameOptions::default(), vary: Vec::new(), outcome: "welfare".to_owned() }
    }
}

/// A key and the values that it takes.
#[derive(Debug, Clone, PartialEq)]
struct Axis {
    path: String,
    values: Vec<Value>,
}

fn run(inputs: &Inputs, values: &OptionValues, context: &Context) -> Result<Outcome, Fault> {
    let options: SweepOptions = parse_options(values)?;
    if !OUTCOMES.contains(&options.outcome.as_str()) {
        let fault = Fault::option("`outcome` must name an outcome of the game").with_value(options.outcome.as_str());
        return Err(fault.with_hint(format!("the outcomes are {}", OUTCOMES.join(", "))));
    }
    let axes = options.vary.iter().map(|text| axis(text)).collect::<Result<Vec<_>, _>>()?;
    if axes.is_empty() {
        return Err(Fault::option("`vary` is needed").with_hint("say --vary spillover.rate=0:1:0.05"));
    }
    let document = verb::document(inputs, &options.game)?;
    let points = axes.iter().try_fold(1usize, |all, axis| all.checked_mul(axis.values.len()));
    let Some(points) = points.filter(|&points| points <= POINTS) else {
        return Err(Fault::option(format!("the grid has more than {POINTS} points")).with_hint("take larger steps"));
    };
    context.progress.begin("games", points as u64);
    let solved: Vec<Point> =
        (0..points).into_par_iter().map(|k| point(&document, inputs, &axes, k, context)).collect::<Result<_, _>>()?;
    verb::go_on(context)?;
    outcome(&axes, &solved, &options)
}

/// `PATH=from:to:step` or `PATH=v1,v2,…`.
fn axis(text: &str) -> Result<Axis, Fault> {
    let refuse = |why: &str| {
        Fault::option(format!("`vary` must read PATH=from:to:step or PATH=v1,v2,…: {why}")).with_value(text)
    };
    let (path, range) = text.split_once('=').ok_or_else(|| refuse("there is no `=`"))?;
    let parts: Vec<&str> = range.split(':').collect();
    let values = match parts.as_slice() {
        [from, to, step] => {
            let number = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
            let (Some(from), Some(to), Some(step)) = (number(from), number(to), number(step)) else {
                return Err(refuse("from, to and step must be numbers"));
            };
            if step == 0.0 || (to - from) / step < 0.0 {
                return Err(refuse("the step must lead from the first value to the last"));
            }
            let steps = ((to - from) / step + 1e-9).floor();
            if steps >= POINTS as f64 {
                return Err(refuse("the step is too small"));
            }
            (0..=steps as usize).map(|k| number_value(rounded(from + k as f64 * step))).collect()
        }
        [list] if !list.trim().is_empty() => list.split(',').map(|item| plain(item.trim())).collect(),
        _ => return Err(refuse("there is no value")),
    };
    Ok(Axis { path: path.trim().to_owned(), values })
}

/// To 12 significant digits, so that a grid meets its own ends.
fn rounded(value: f64) -> f64 {
    format!("{value:.11e}").parse().unwrap_or(value)
}

fn number_value(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 9e15 {
        return Value::from(value as i64);
    }
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

fn plain(text: &str) -> Value {
    match (text.parse::<f64>(), text) {
        (Ok(number), _) if number.is_finite() => number_value(number),
        (_, "true") => Value::Bool(true),
        (_, "false") => Value::Bool(false),
        _ => Value::String(text.trim_matches('"').to_owned()),
    }
}

/// A point of the grid, solved.
struct Point {
    mode: &'static str,
    form: Form,
    row: Row,
    cautions: Cautions,
    own_links: usize,
    no_links: bool,
}

fn indices(axes: &[Axis], mut k: usize) -> Vec<usize> {
    let mut found = vec![0; axes.len()];
    for (place, axis) in found.iter_mut().zip(axes).rev() {
        *place = k % axis.values.len();
        k /= axis.values.len();
    }
    found
}

fn point(document: &Document, inputs: &Inputs, axes: &[Axis], k: usize, context: &Context<'_>) -> Result<Point, Fault> {
    let mut document = document.clone();
    for (axis, place) in axes.iter().zip(indices(axes, k)) {
        document.set_by("--vary", &axis.path, axis.values[place].clone())?;
    }
    let (game, undefined) = read_combination(&document, inputs)?;
    let solved = match undefined {
        Some(undefined) => Err(GameError::Undefined { key: undefined.key, why: undefined.why }),
        None => verb::row(&game, context),
    };
    let mut cautions = Cautions::default();
    cautions.add(&solved);
    context.progress.advance(1);
    Ok(Point {
        mode: game.mode.word(),
        form: game.form,
        row: Row::of(&game, &solved),
        cautions,
        own_links: game.own_links,
        no_links: game.no_links,
    })
}

fn outcome(axes: &[Axis], points: &[Point], options: &SweepOptions) -> Result<Outcome, Fault> {
    let mut outcome = Outcome::new("innovate sweep", "the game solved and certified at every point of a grid");
    let mut table = Table::empty();
    for (a, axis) in axes.iter().enumerate() {
        let column = axis.path.replace('.', "_");
        if table.field(&column).is_some() {
            return Err(Fault::option("`vary` names a key twice").with_value(axis.path.as_str()));
        }
        let values: Vec<&Value> = (0..points.len()).map(|k| &axis.values[indices(axes, k)[a]]).collect();
        table = table.with(&column, column_of(&values));
    }
    let number = |of: &dyn Fn(&Row) -> f64| points.iter().map(|point| of(&point.row)).collect::<Vec<f64>>();
    let table = table
        .with_text("regime", labels(points.iter().map(|point| point.mode)))
        .with_numbers("rd_mean", number(&|row| row.rd_mean))
        .with_numbers("rd_total", number(&|row| row.rd_total))
        .with_numbers("reduction_mean", number(&|row| row.reduction_mean))
        .with_numbers("output_total", number(&|row| row.output_total))
        .with_numbers("price", number(&|row| row.price))
        .with_numbers("profit_mean", number(&|row| row.profit_mean))
        .with_numbers("profit_total", number(&|row| row.profit_total))
        .with_numbers("consumer_surplus", number(&|row| row.consumer_surplus))
        .with_numbers("welfare", number(&|row| row.welfare))
        .with_numbers("hhi", number(&|row| row.hhi))
        .with_numbers("active_firms", number(&|row| row.active_firms))
        .with_flags("interior", points.iter().map(|point| point.row.interior).collect())
        .with_flags("certified", points.iter().map(|point| point.row.certified).collect())
        .with_flags("exists", points.iter().map(|point| Some(point.row.exists)).collect())
        .with_text("note", points.iter().map(|point| point.row.note.as_deref()).collect());
    if let Some(first) = points.first().filter(|first| points.iter().all(|point| point.form == first.form)) {
        verb::form_conventions(&mut outcome, first.form);
    }
    outcome.word("outcome", &options.outcome);
    if let [axis] = axes {
        let values = table.numbers(&options.outcome).unwrap_or_default();
        let at = |place: Option<usize>| place.and_then(|k| axis.values[k].as_f64()).unwrap_or(f64::NAN);
        let top = peak(values);
        outcome.word("varied", &axis.path.replace('.', "_"));
        outcome.scalar("peak_at", at(top)).scalar("peak_value", top.map_or(f64::NAN, |k| values[k]));
        outcome.scalar("trough_at", at(trough(values)));
        // A shape is one along the values of the key: words have no order.
        let places: Option<Vec<f64>> = axis.values.iter().map(Value::as_f64).collect();
        match places.filter(|_| top.is_some()) {
            Some(places) => outcome.word("shape", Shape::of(&along(&places, values)).word()),
            None => outcome.scalar("shape", f64::NAN),
        };
        if top.is_some() && at(top).is_nan() {
            outcome.warn(Message::new("innovate.sweep.no-number"));
        }
    }
    outcome.add_table("sweep", table);
    let own = points.iter().map(|point| point.own_links).max().unwrap_or(0);
    verb::link_warnings(&mut outcome, own, points.iter().any(|point| point.no_links));
    let mut cautions = Cautions::default();
    points.iter().for_each(|point| cautions.join(&point.cautions));
    outcome.warnings.extend(cautions.messages());
    Ok(outcome)
}

/// Values in the order of their places.
fn along(places: &[f64], values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..places.len().min(values.len())).collect();
    order.sort_by(|&a, &b| places[a].total_cmp(&places[b]));
    order.into_iter().map(|k| values[k]).collect()
}

fn column_of(values: &[&Value]) -> Values {
    let numbers: Option<Vec<f64>> = values.iter().map(|value| value.as_f64()).collect();
    match numbers {
        Some(numbers) => Values::Number(numbers),
        None => {
            let word = |value: &&Value| Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned));
            Values::Text(values.iter().map(word).collect())
        }
    }
}

fn word<'a>(outcome: &'a Outcome, name: &str) -> Option<&'a str> {
    outcome.summary.iter().find_map(|(known, value)| match value {
        Scalar::Text(word) if known == name => Some(word.as_str()),
        _ => None,
    })
}

fn findings(outcome: &Outcome, _: &Focus) -> Vec<Message> {
    let (Some(table), Some(name)) = (outcome.table("sweep"), word(outcome, "outcome")) else { return Vec::new() };
    let Some(values) = table.numbers(name) else { return Vec::new() };
    let varied: Vec<&Field> = table.fields().iter().take_while(|field| field.name != "regime").collect();
    let mut messages = Vec::new();
    if let Some((along, others)) = varied.split_first()
        && let Values::Number(places) = &along.values
    {
        for (group, rows) in groups(others, table.rows()).into_iter().take(GROUPS) {
            let of = |column: &[f64]| {
                let at: Vec<f64> = rows.iter().map(|&row| places[row]).collect();
                let found: Vec<f64> = rows.iter().map(|&row| column[row]).collect();
                self::along(&at, &found)
            };
            let line = Line { what: name, along: &along.name, places: of(places), values: of(values) };
            messages.extend(line.told(group));
        }
    }
    messages.push(solved(table));
    messages
}

/// How many games have a solution, and how many of these a certificate.
fn solved(table: &Table) -> Message {
    let yes = |name: &str| table.flags(name).unwrap_or_default().iter().filter(|&&flag| flag == Some(true)).count();
    let (solved, certified) = (yes("exists"), yes("certified"));
    let key = match (solved, certified) {
        (0, _) => "innovate.sweep.finding-points-none",
        (_, certified) if certified == table.rows() => "innovate.sweep.finding-points",
        (solved, _) if solved == table.rows() => "innovate.sweep.finding-points-uncertified",
        _ => "innovate.sweep.finding-points-some",
    };
    Message::new(key).count("points", table.rows()).count("solved", solved).count("certified", certified)
}

/// The rows that belong to one line, and what sets it apart; all rows when nothing else is varied.
fn groups(others: &[&Field], rows: usize) -> Vec<(Option<Message>, Vec<usize>)> {
    let Some(by) = others.first() else { return vec![(None, (0..rows).collect())] };
    let named = |row: usize| -> (String, Message) {
        let under = || Message::new("innovate.sweep.under");
        let at = || Message::new("innovate.sweep.with").with("column", Arg::Column(by.name.clone()));
        match &by.values {
            Values::Text(text) => {
                let code = text.get(row).unwrap_or_default();
                let message = match by.name.as_str() {
                    "regime_mode" => under().with("mode", verb::mode_words(code)),
                    _ => at().text("value", code),
                };
                (code.to_owned(), message)
            }
            Values::Number(numbers) => (numbers[row].to_string(), at().number("value", numbers[row])),
            _ => (String::new(), at().text("value", "")),
        }
    };
    // With a third varied key a line would hold several games at one place.
    if others.len() > 1 {
        return Vec::new();
    }
    let mut found: Vec<(String, Message, Vec<usize>)> = Vec::new();
    for row in 0..rows {
        let (code, message) = named(row);
        match found.iter_mut().find(|(known, ..)| *known == code) {
            Some((_, _, rows)) => rows.push(row),
            None => found.push((code, message, vec![row])),
        }
    }
    found.into_iter().map(|(_, message, rows)| (Some(message), rows)).collect()
}

/// An outcome along the first varied key.
struct Line<'a> {
    what: &'a str,
    along: &'a str,
    places: Vec<f64>,
    values: Vec<f64>,
}

impl Line<'_> {
    /// Its shape in words; nothing where no game has a solution.
    fn told(&self, group: Option<Message>) -> Option<Message> {
        let (top, low) = (peak(&self.values)?, trough(&self.values)?);
        let key = match (Shape::of(&self.values), group.is_some()) {
            (Shape::InverseU, false) => "innovate.sweep.finding-inverse-u",
            (Shape::U, false) => "innovate.sweep.finding-u",
            (Shape::Increasing, false) => "innovate.sweep.finding-increasing",
            (Shape::Decreasing, false) => "innovate.sweep.finding-decreasing",
            (Shape::Constant, false) => "innovate.sweep.finding-constant",
            (Shape::Mixed, false) => "innovate.sweep.finding-mixed",
            (Shape::InverseU, true) => "innovate.sweep.group-inverse-u",
            (Shape::U, true) => "innovate.sweep.group-u",
            (Shape::Increasing, true) => "innovate.sweep.group-increasing",
            (Shape::Decreasing, true) => "innovate.sweep.group-decreasing",
            (Shape::Constant, true) => "innovate.sweep.group-constant",
            (Shape::Mixed, true) => "innovate.sweep.group-mixed",
        };
        let mut message = Message::new(key).with("what", Arg::Column(self.what.to_owned()));
        message = message.with("path", Arg::Column(self.along.to_owned()));
        if let Some(group) = group {
            message = message.with("group", Arg::Message(Box::new(group)));
        }
        let first = self.values.iter().find(|value| !value.is_nan()).copied().unwrap_or(f64::NAN);
        let last = self.values.iter().rfind(|value| !value.is_nan()).copied().unwrap_or(f64::NAN);
        let message = message.number("first", first).number("last", last);
        let message = message.number("peak", self.places[top]).number("value", self.values[top]);
        Some(message.number("trough", self.places[low]).number("lowest", self.values[low]))
    }
}

fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    let Some(table) = outcome.table("sweep") else { return Vec::new() };
    let Some(varied) = table.fields().first().filter(|field| matches!(field.values, Values::Number(_))) else {
        return Vec::new();
    };
    // The second varied key, else the regime, which names the line.
    let group = table.fields().get(1).map(|field| field.name.clone());
    let chosen = word(outcome, "outcome").unwrap_or("welfare");
    let mut names = vec![chosen];
    names.extend(["rd_mean", "reduction_mean", "output_total", "welfare"].into_iter().filter(|&name| name != chosen));
    let figure = |name: &str| {
        let mut figure = FigureSpec::new(FigureKind::Lines).of_table("sweep").with_peaks();
        (figure.x, figure.y, figure.group) = (Some(varied.name.clone()), Some(name.to_owned()), group.clone());
        verb::with_unit(figure, outcome)
    };
    names.into_iter().map(figure).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grids_meet_their_ends() {
        let axis = axis("spillover.rate=0:1:0.05").unwrap();
        assert_eq!(axis.values.len(), 21);
        assert_eq!(axis.values[20].as_f64(), Some(1.0));
        assert_eq!(axis.values[3].as_f64(), Some(0.15));
        assert!(super::axis("spillover.rate=0:1:-1").is_err());
        assert!(super::axis("spillover.rate").is_err());
        assert_eq!(super::axis("regime.mode=a,b").unwrap().values[1], Value::from("b"));
    }
}
