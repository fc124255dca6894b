//! The row of the registration table, the result as tables, findings and figures.

use super::read::{Strategy, read};
use super::{Factor, Kind, Tetragon, evaluation, ie_cell, tetragon};
use crate::ahp::matrix_columns;
use crate::firmness::{Ranges, rank_of};
use crate::outcomes::{falling_rows, word, word_or_none, words_of};
use crate::ranks::ranks;
use distretto_core::{
    Arg, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Input, InputKind, Inputs, Message,
    OptionValues, Outcome, Place, Table, TableSpec, option_specs, options_record, parse_options,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Factors that a finding names.
const NAMED: usize = 2;

/// Options of `swot`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct SwotOptions {
    /// Overrides a value of the file, PATH=VALUE, say factor.0.rating=3; may be repeated.
    #[schemars(extend("x-repeated" = true))]
    pub set: Vec<String>,
}

/// `appraise swot`.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "appraise",
    name: "swot",
    about: "SWOT with numbers: IFE, EFE, strategic quadrangle, QSPM",
    chapter: "appraise/swot",
    revision: 2,
    inputs: &[Input {
        name: "factors",
        kind: InputKind::Document(&["weights_from.*"]),
        place: Place::Positional,
        required: true,
        help: "Factors and strategies in a .toml file",
    }],
    options: option_specs::<SwotOptions>,
    plan,
    run,
    findings,
    figures,
};

fn plan(values: &OptionValues, given: &Given) -> Result<Vec<TableSpec>, Fault> {
    parse_options::<SwotOptions>(values)?;
    Ok(given.iter().filter(|name| name.starts_with("weights_from.")).map(|name| matrix_columns(name)).collect())
}

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: SwotOptions = parse_options(values)?;
    let document = inputs.document("factors").ok_or_else(|| Fault::option("the input `factors` is needed"))?;
    let (factors, strategies) = read(document, inputs)?;
    let mut outcome = outcome(&factors, &strategies);
    let from = if document.get("weights_from").is_some() { "pairwise matrices, eigen" } else { "given" };
    outcome.convention("weights", from);
    outcome.provenance.options = options_record(&options);
    Ok(outcome)
}

fn outcome(factors: &[Factor], strategies: &[Strategy]) -> Outcome {
    let mut outcome = Outcome::new("appraise swot", "SWOT, IFE and EFE, QSPM (David 1986); strategic quadrangle");
    let (ife, efe) = (evaluation(factors, true), evaluation(factors, false));
    let found = tetragon(factors);
    // A side without factors sums to minus zero.
    outcome.scalar("ife", ife + 0.0).scalar("efe", efe + 0.0);
    let judged = |kinds: [Kind; 2]| factors.iter().any(|one| kinds.contains(&one.kind));
    let both = judged([Kind::Strength, Kind::Weakness]) && judged([Kind::Opportunity, Kind::Threat]);
    word_or_none(&mut outcome, "ie_cell", both.then(|| ie_cell(ife, efe)));
    for (name, side) in ["strength", "weakness", "opportunity", "threat"].into_iter().zip(found.sides) {
        outcome.scalar(name, side);
    }
    outcome.scalar("centroid_x", found.centroid.0).scalar("centroid_y", found.centroid.1);
    outcome.scalar("theta_deg", found.theta).scalar("rho", found.rho);
    let whole = !found.centroid.0.is_nan();
    word_or_none(&mut outcome, "quadrant", whole.then(|| found.quadrant.unwrap_or("none")));
    let posture = (!found.rho.is_nan()).then_some(if found.rho >= 0.5 - 1e-12 { "active" } else { "conservative" });
    word_or_none(&mut outcome, "posture", posture);
    outcome.word("convention", "swot/david");
    let column = |value: &dyn Fn(&Factor) -> f64| factors.iter().map(value).collect::<Vec<f64>>();
    let table = Table::empty()
        .with_text("kind", words_of(factors.iter().map(|one| one.kind.letter())))
        .with_text("factor", words_of(factors.iter().map(|one| &one.name)))
        .with_numbers("weight", column(&|one| one.weight))
        .with_numbers("rating", column(&|one| one.rating))
        .with_numbers("weighted", column(&|one| one.weight * one.rating))
        .with_numbers("intensity", column(&|one| one.intensity));
    outcome.add_table("factors", table);
    if !strategies.is_empty() {
        qspm(&mut outcome, factors, strategies);
    }
    warnings(&mut outcome, factors, &found);
    outcome
}

fn qspm(outcome: &mut Outcome, factors: &[Factor], strategies: &[Strategy]) {
    let total = |one: &Strategy| one.scores.iter().zip(factors).map(|(score, factor)| score * factor.weight).sum();
    let totals: Vec<f64> = strategies.iter().map(total).collect();
    let table = Table::empty()
        .with_text("strategy", words_of(strategies.iter().map(|one| &one.name)))
        .with_numbers("tas", totals.clone())
        .with_numbers("rank", ranks(&totals));
    // One score of one strategy a point lower or higher, within 1 to 4.
    let ends = |one: &Strategy, total: f64| {
        let moved = one.scores.iter().zip(factors).filter(|(score, _)| **score > 0.0).flat_map(|(score, factor)| {
            [-1.0, 1.0].map(|step| total + ((score + step).clamp(1.0, 4.0) - score) * factor.weight)
        });
        moved.fold((total, total), |(low, high), total| (low.min(total), high.max(total)))
    };
    let ends: Vec<(f64, f64)> = strategies.iter().zip(&totals).map(|(one, total)| ends(one, *total)).collect();
    outcome.add_table("qspm", Ranges::of_single_changes(&totals, &ends).put(table, "tas"));
    outcome.warn(Message::new("appraise.swot.firm"));
    let n = factors.len();
    let names = strategies.iter().flat_map(|one| std::iter::repeat_n(&one.name, n));
    let weighted =
        strategies.iter().flat_map(|one| one.scores.iter().zip(factors).map(|(score, factor)| score * factor.weight));
    let table = Table::empty()
        .with_text("strategy", words_of(names))
        .with_text("factor", words_of(strategies.iter().flat_map(|_| factors.iter().map(|one| &one.name))))
        .with_numbers("score", strategies.iter().flat_map(|one| one.scores.iter().copied()).collect())
        .with_numbers("tas", weighted.collect());
    outcome.add_table("qspm_detail", table);
}

fn warnings(outcome: &mut Outcome, factors: &[Factor], found: &Tetragon) {
    for factor in factors {
        let key = match factor.kind {
            Kind::Weakness if factor.rating > 2.0 => "appraise.swot.weakness-rated",
            Kind::Strength if factor.rating < 3.0 => "appraise.swot.strength-rated",
            _ => continue,
        };
        outcome.warn(Message::new(key).text("factor", factor.name.as_str()).number("rating", factor.rating));
    }
    if found.centroid.0.is_nan() {
        outcome.warn(Message::new("appraise.swot.no-intensity"));
    } else {
        if found.theta.is_nan() {
            outcome.warn(Message::new("appraise.swot.no-direction"));
        }
        if found.rho.is_nan() {
            outcome.warn(Message::new("appraise.swot.no-posture"));
        }
    }
    let kinds = [Kind::Strength, Kind::Weakness, Kind::Opportunity, Kind::Threat];
    let absent = kinds.iter().filter(|kind| !factors.iter().any(|one| one.kind == **kind));
    let absent: Vec<Arg> = absent.map(|kind| Arg::Text(kind.letter().to_owned())).collect();
    if !absent.is_empty() {
        outcome.warn(Message::new("appraise.swot.absent").with("kinds", Arg::List(absent)));
    }
}

fn findings(outcome: &Outcome, _focus: &Focus) -> Vec<Message> {
    let (Some(ife), Some(efe)) = (outcome.number("ife"), outcome.number("efe")) else { return Vec::new() };
    let cell = word(outcome, "ie_cell");
    let mut said = match cell {
        "" => vec![Message::new("appraise.swot.finding-one-side").number("value", ife.max(efe))],
        cell => {
            let said = Message::new("appraise.swot.finding-evaluation").number("ife", ife).number("efe", efe);
            vec![said.text("cell", cell)]
        }
    };
    if let (Some(rho), Some(theta)) = (outcome.number("rho"), outcome.number("theta_deg")) {
        let one = Message::new("appraise.swot.finding-quadrant").text("quadrant", word(outcome, "quadrant"));
        said.push(one.number("theta", theta).number("rho", rho));
    }
    if let Some(factors) = outcome.table("factors") {
        said.extend(heaviest(factors));
    }
    if let Some(table) = outcome.table("qspm") {
        said.extend(strategies(table));
    }
    match outcome.table("qspm") {
        Some(_) => said.push(Message::new("appraise.swot.firm")),
        None => said.push(Message::new("appraise.swot.finding-firm")),
    }
    said
}

/// Factors that add most to IFE and EFE.
fn heaviest(factors: &Table) -> Option<Message> {
    let (names, weighted) = (factors.text("factor")?, factors.numbers("weighted")?);
    let entry = |row: usize| Some(Arg::Text(names.get(row)?.to_owned()));
    let top = falling_rows(weighted).into_iter().take(NAMED).filter_map(entry).collect();
    Some(Message::new("appraise.swot.finding-factors").with("factors", Arg::List(top)))
}

fn strategies(table: &Table) -> Option<Message> {
    let (names, totals) = (table.text("strategy")?, table.numbers("tas")?);
    let order = falling_rows(totals);
    let (&first, second) = (order.first()?, order.get(1));
    let Some(&second) = second else {
        return Some(
            Message::new("appraise.swot.finding-strategy")
                .text("strategy", names.get(first)?)
                .number("tas", totals[first]),
        );
    };
    if crate::ranks::tied(totals[first], totals[second]) {
        let said = Message::new("appraise.swot.finding-strategies-tied").text("first", names.get(first)?);
        return Some(said.text("second", names.get(second)?).number("tas", totals[first]));
    }
    let rank = rank_of(table, first).map_or_else(|| Arg::Text(String::new()), |rank| Arg::Message(Box::new(rank)));
    let said = Message::new("appraise.swot.finding-strategies").text("first", names.get(first)?).with("rank", rank);
    let said = said.number("tas", totals[first]);
    Some(said.text("second", names.get(second)?).number("gap", totals[first] - totals[second]))
}

fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    let mut matrix = FigureSpec::new(FigureKind::Swot).of_table("factors").by("factor").of_value("weighted");
    matrix.group = Some("kind".into());
    let mut drawn = vec![matrix];
    if outcome.table("qspm").is_some() {
        drawn.push(FigureSpec::new(FigureKind::Bars).of_table("qspm").by("strategy").of_value("tas"));
    }
    drawn
}
