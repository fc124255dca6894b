//! The row of the registration table, the result as tables, findings and figures.

use super::combine::{Combination, combine};
use super::{WeightMethod, Weighting, WeightsOptions, weights};
use crate::firmness::Ranges;
use crate::idle::refuse_idle;
use crate::indicators::{
    INDICATOR_INPUTS, Indicators, check_weights, indicator_tables, read, refuse_pairwise, weights_for,
};
use crate::outcomes::{warn, word, words_of};
use crate::ranks::ranks;
use distretto_core::{
    Arg, ColumnKind, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Input, Inputs, Message,
    OptionValues, Outcome, Place, Table, TableSpec, option_specs, options_record, parse_options,
};
use rayon::prelude::*;

/// Cells that leaving out every unit may touch: some seconds.
const MOST: usize = 500_000_000;
/// Indicators that a finding names.
const NAMED: usize = 3;

/// `appraise weights`.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "appraise",
    name: "weights",
    about: "Weights of indicators from their data, alone or with judgements",
    chapter: "appraise/weights",
    revision: 2,
    inputs: &[
        INDICATOR_INPUTS[0],
        INDICATOR_INPUTS[1],
        INDICATOR_INPUTS[2],
        Input::table("with", Place::Flag, false, "Weights to be put together with these: indicator, weight"),
    ],
    options: option_specs::<WeightsOptions>,
    plan,
    run,
    findings,
    figures,
};

fn plan(values: &OptionValues, given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: WeightsOptions = parse_options(values)?;
    refuse_pairwise(&options.indicators)?;
    if !options.indicators.weights.is_empty() {
        let fault = Fault::usage("--weights is for methods that use weights; here they are found");
        return Err(fault.with_hint("give weights to be put together with these in a file: --with FILE"));
    }
    let with = given.iter().any(|name| name == "with");
    if options.combine.is_some() && !with {
        return Err(Fault::usage("--combine needs the other weights").with_hint("give them: --with FILE"));
    }
    let linear = with && matches!(options.combine, None | Some(Combination::Linear));
    refuse_idle(values, &[("alpha", linear, "--with and --combine linear")])?;
    options.normalisation()?;
    if !(0.0..=1.0).contains(&options.alpha) {
        let fault = Fault::option("--alpha is out of range; it must be 0 to 1");
        return Err(fault.with_value(options.alpha.to_string()));
    }
    let mut tables = indicator_tables(&options.indicators, given)?;
    tables.push(weight_table("with"));
    Ok(tables)
}

/// A table of weights by indicator.
pub(crate) fn weight_table(name: &str) -> TableSpec {
    TableSpec::new(name).need("indicator", ColumnKind::Label).need("weight", ColumnKind::Number).unique(&["indicator"])
}

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: WeightsOptions = parse_options(values)?;
    let table = inputs.need("data")?;
    let indicators = read(inputs, &options.indicators)?;
    let all: Vec<usize> = (0..indicators.n()).collect();
    let place = |(error, group): (crate::indicators::IndicatorError, usize)| {
        let rows = indicators.groups.get(group).unwrap_or(&all);
        indicators.place(&error, rows, table)
    };
    let mut found = weights(&indicators, options.method, &options.normalisation()?).map_err(place)?;
    let with = |found: &Weighting| match inputs.table("with") {
        Some(other) => together(&indicators, other, found, &options),
        None => Ok(found.weight.clone()),
    };
    found.weight = with(&found)?;
    let ranges = ranges(&indicators, &options, &found, &with)?;
    Ok(outcome(&indicators, &found, ranges.as_ref(), &options))
}

/// Weights and ranks without each unit in turn; a unit without which the method is impossible is passed over. None where
/// that would take long, or where weights do not come from the units.
fn ranges(
    indicators: &Indicators,
    options: &WeightsOptions,
    found: &Weighting,
    with: &(dyn Fn(&Weighting) -> Result<Vec<f64>, Fault> + Sync),
) -> Result<Option<Ranges>, Fault> {
    let (n, p) = (indicators.n(), indicators.p());
    let pairs = if matches!(options.method, WeightMethod::Critic | WeightMethod::Pca) { p } else { 1 };
    if n < 3 || options.method == WeightMethod::Equal || n.saturating_mul(n).saturating_mul(p * pairs) > MOST {
        return Ok(None);
    }
    let normalisation = options.normalisation()?;
    let without = |row: usize| {
        let found = weights(&indicators.without(row), options.method, &normalisation).ok()?;
        with(&found).ok()
    };
    let all: Vec<Option<Vec<f64>>> = (0..n).into_par_iter().map(without).collect();
    let mut ranges = Ranges::of(&found.weight);
    all.iter().flatten().for_each(|weights| ranges.widen(weights));
    Ok(Some(ranges))
}

/// The weights put together with those of the file.
fn together(
    indicators: &Indicators,
    other: &Table,
    found: &Weighting,
    options: &WeightsOptions,
) -> Result<Vec<f64>, Fault> {
    let given = given_weights(other, &indicators.names())?;
    let how = options.combine.unwrap_or(Combination::Linear);
    combine(how, &given, &found.weight, options.alpha).ok_or_else(|| {
        let fault = Fault::result("weight: the product of the two weights is 0 for every indicator").in_table(other);
        fault.with_hint("put them together by --combine linear")
    })
}

/// Weights of a file in the order of the indicators.
pub(crate) fn given_weights(table: &Table, names: &[String]) -> Result<Vec<f64>, Fault> {
    let labels = table.text("indicator").into_iter().flat_map(|names| names.iter().flatten());
    let pairs: Vec<(String, f64)> =
        labels.map(str::to_owned).zip(table.numbers("weight").into_iter().flatten().copied()).collect();
    let path = table.origin().map_or("the weights", |origin| origin.path.as_str());
    let weights = weights_for(&pairs, names, path)?;
    check_weights(&weights).map_err(|error| Fault::from(error).in_table(table))?;
    Ok(weights)
}

fn outcome(indicators: &Indicators, found: &Weighting, ranges: Option<&Ranges>, options: &WeightsOptions) -> Outcome {
    let mut outcome = Outcome::new("appraise weights", options.method.source());
    outcome.word("method", options.method.word()).word("convention", &found.convention);
    outcome.scalar("n", indicators.n() as f64).scalar("p", indicators.p() as f64);
    let table = Table::empty()
        .with_text("indicator", words_of(indicators.names()))
        .with_numbers("weight", found.weight.clone())
        .with_numbers("entropy", found.entropy.clone())
        .with_numbers("divergence", found.divergence.clone())
        .with_numbers("sd", found.sd.clone())
        .with_numbers("conflict", found.conflict.clone())
        .with_numbers("rank", ranks(&found.weight));
    let key = match (ranges, options.method) {
        (Some(_), _) => "appraise.weights.firm",
        (None, WeightMethod::Equal) => "appraise.weights.firm-none",
        (None, _) => "appraise.weights.firm-large",
    };
    outcome.warn(Message::new(key).count("n", indicators.n()));
    outcome.add_table("weights", ranges.into_iter().fold(table, |table, ranges| ranges.put(table, "weight")));
    if let Some(imputed) = indicators.imputed_table() {
        outcome.add_table("imputed", imputed);
    }
    outcome.convention("convention", found.convention.as_str());
    if let Some(how) = options.combine {
        outcome.convention("combine", how.word());
    }
    outcome.provenance.options = options_record(options);
    warn(&mut outcome, &found.notes);
    outcome
}

fn findings(outcome: &Outcome, _focus: &Focus) -> Vec<Message> {
    let Some(table) = outcome.table("weights") else { return Vec::new() };
    let (Some(names), Some(weights)) = (table.text("indicator"), table.numbers("weight")) else { return Vec::new() };
    let mut order: Vec<usize> = (0..table.rows()).collect();
    order.sort_by(|&a, &b| weights[b].total_cmp(&weights[a]).then(a.cmp(&b)));
    let entry = |&row: &usize| {
        let said = Message::new("appraise.weights.indicator")
            .with("indicator", Arg::Indicator(names.get(row).unwrap_or_default().to_owned()));
        Arg::Message(Box::new(said.with("share", Arg::Share(weights[row]))))
    };
    let convention = word(outcome, "convention");
    let top: Vec<Arg> = order.iter().take(NAMED).map(entry).collect();
    let mut said = vec![
        Message::new("appraise.weights.finding-top").text("method", convention).with("indicators", Arg::List(top)),
    ];
    if let (Some(last), true) = (order.last(), order.len() > NAMED) {
        let least = Message::new("appraise.weights.finding-least").with("indicator", entry(last));
        said.push(least.with("equal", Arg::Share(1.0 / order.len() as f64)));
    }
    if let (Some(low), Some(high), Some(&first)) =
        (table.numbers("weight_low"), table.numbers("weight_high"), order.first())
    {
        let one =
            Message::new("appraise.weights.finding-range").count("n", outcome.number("n").unwrap_or(0.0) as usize);
        let one = one.with("indicator", Arg::Indicator(names.get(first).unwrap_or_default().to_owned()));
        said.push(one.with("low", Arg::Share(low[first])).with("high", Arg::Share(high[first])));
    }
    said.push(Message::new("appraise.weights.finding-meaning").count("n", outcome.number("n").unwrap_or(0.0) as usize));
    said
}

fn figures(_outcome: &Outcome) -> Vec<FigureSpec> {
    vec![FigureSpec::new(FigureKind::Bars).of_table("weights").by("indicator").of_value("weight")]
}
