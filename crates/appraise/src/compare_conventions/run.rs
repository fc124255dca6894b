//! The row of the registration table, the result as tables, findings and figures.

use super::{ConventionMethod, ConventionOptions, UnderConvention, under};
use crate::compare::{kendall, method_ranks, spearman};
use crate::factor::directed;
use crate::indicators::{INDICATOR_INPUTS, Indicators, indicator_tables, read, refuse_pairwise};
use crate::normalise::Normalisation;
use crate::outcomes::{unit, warn, words_of};
use distretto_core::{
    Arg, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Inputs, Message, OptionValues, Outcome, Table,
    TableSpec, Text, option_specs, options_record, parse_options,
};

/// Units that a finding names.
const NAMED: usize = 3;

/// `appraise compare-conventions`.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "appraise",
    name: "compare-conventions",
    about: "One method under the conventions of several tools: which ranks move",
    chapter: "appraise/compare",
    revision: 1,
    inputs: &INDICATOR_INPUTS,
    options: option_specs::<ConventionOptions>,
    plan,
    run,
    findings,
    figures,
};

fn plan(values: &OptionValues, given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: ConventionOptions = parse_options(values)?;
    refuse_pairwise(&options.indicators)?;
    options.asked()?;
    if options.method != ConventionMethod::Topsis && !options.indicators.weights.is_empty() {
        let fault = Fault::usage(format!("--method {} finds the weights itself", options.method.word()));
        return Err(fault.with_hint("leave --weights out"));
    }
    indicator_tables(&options.indicators, given)
}

fn run(inputs: &Inputs, values: &OptionValues, context: &Context) -> Result<Outcome, Fault> {
    let options: ConventionOptions = parse_options(values)?;
    let table = inputs.need("data")?;
    let indicators = read(inputs, &options.indicators)?;
    let all: Vec<usize> = (0..indicators.n()).collect();
    indicators.check_units().map_err(|error| indicators.place(&error, &all, table))?;
    if options.method == ConventionMethod::Factor {
        for rows in &indicators.groups {
            directed(&indicators, rows).map_err(|error| indicators.place(&error, rows, table))?;
        }
    } else if options.method != ConventionMethod::Topsis {
        // Every convention of weights is scored on the same columns: where these do not exist, none does.
        for rows in &indicators.groups {
            let scored = Normalisation::minmax().apply(&indicators.sheet(rows));
            scored.map_err(|error| indicators.place(&error, rows, table))?;
        }
    } else {
        indicators.check_weights().map_err(|error| Fault::from(error).in_table(table))?;
    }
    let asked = options.asked()?;
    let found: Vec<UnderConvention> =
        asked.into_iter().map(|one| under(&indicators, options.method, one, context)).collect();
    let mut outcome = outcome(&indicators, &found, options.method);
    outcome.provenance.options = options_record(&options);
    Ok(outcome)
}

fn outcome(indicators: &Indicators, found: &[UnderConvention], method: ConventionMethod) -> Outcome {
    let mut outcome = Outcome::new("appraise compare-conventions", "one method under several conventions");
    let base = &found[0];
    let id = |one: &UnderConvention| format!("{}/{}", method.word(), one.convention.id);
    let change = |one: &UnderConvention, row: usize| one.rank[row] - base.rank[row];
    let changes = |row: usize| found.iter().map(|one| change(one, row).abs()).fold(0.0, f64::max);
    let moved = (0..indicators.n()).filter(|&row| changes(row) > 0.0).count();
    let most = (0..indicators.n()).map(changes).fold(0.0, f64::max);
    let ranks: Vec<Vec<f64>> = found.iter().map(|one| method_ranks(&one.score)).collect();
    let agreement = |f: fn(&[f64], &[f64]) -> f64| -> Vec<f64> {
        let one = |k: usize| match k {
            0 => 1.0,
            _ if found[k].failed.is_some() || base.failed.is_some() => f64::NAN,
            _ => f(&ranks[0], &ranks[k]),
        };
        (0..found.len()).map(one).collect()
    };
    let rho = agreement(spearman);
    let least = rho.iter().copied().filter(|rho| !rho.is_nan()).fold(f64::INFINITY, f64::min);
    outcome.scalar("conventions", found.len() as f64).scalar("units_changing", moved as f64);
    outcome.scalar("max_change", most).scalar("min_spearman", least);
    let rows: Vec<usize> = found.iter().flat_map(|_| 0..indicators.n()).collect();
    let each = |f: &dyn Fn(&UnderConvention) -> Vec<f64>| found.iter().flat_map(f).collect::<Vec<f64>>();
    let named = |copies: usize| words_of(found.iter().flat_map(|one| std::iter::repeat_n(id(one), copies)));
    let tools: Text = found.iter().flat_map(|one| std::iter::repeat_n(tools(one), indicators.n())).collect();
    let mut table = Table::empty().with_text("convention", named(indicators.n())).with_text("tool", tools);
    for field in indicators.labels_of(&rows).fields() {
        table = table.with(&field.name, field.values.clone());
    }
    let table = table
        .with_numbers("score", each(&|one| one.score.clone()))
        .with_numbers("rank", each(&|one| one.rank.clone()))
        .with_numbers("change", each(&|one| (0..indicators.n()).map(|row| change(one, row)).collect()));
    outcome.add_table("conventions", table);
    let names = found.iter().flat_map(|_| indicators.names());
    let weights = Table::empty().with_text("convention", named(indicators.p())).with_text("indicator", words_of(names));
    outcome.add_table("weights", weights.with_numbers("weight", each(&|one| one.weight.clone())));
    let table = Table::empty().with_text("convention", named(1)).with_numbers("spearman", rho);
    outcome.add_table("agreement", table.with_numbers("kendall", agreement(kendall)));
    for one in found {
        if let Some(why) = &one.failed {
            let warning = Message::new("appraise.compare-conventions.failed").text("convention", id(one));
            outcome.warn(warning.text("why", why.as_str()));
        }
    }
    warn(&mut outcome, &indicators.notes);
    outcome.convention("base", id(base));
    outcome
}

fn tools(one: &UnderConvention) -> Option<String> {
    (!one.convention.tools.is_empty()).then(|| one.convention.tools.join(", "))
}

fn findings(outcome: &Outcome, _focus: &Focus) -> Vec<Message> {
    let Some(table) = outcome.table("conventions") else { return Vec::new() };
    let (Some(ids), Some(changes)) = (table.text("convention"), table.numbers("change")) else { return Vec::new() };
    let number = |name: &str| outcome.number(name).unwrap_or(0.0) as usize;
    let units = table.rows() / number("conventions").max(1);
    let mut said = vec![
        Message::new("appraise.compare-conventions.finding-moved")
            .count("conventions", number("conventions"))
            .count("moved", number("units_changing"))
            .count("n", units)
            .count("places", number("max_change"))
            .text("base", ids.get(0).unwrap_or_default()),
    ];
    let mut rows: Vec<usize> = (0..table.rows()).filter(|&row| changes[row].abs() > 0.0).collect();
    rows.sort_by(|&a, &b| changes[b].abs().total_cmp(&changes[a].abs()).then(a.cmp(&b)));
    let entry = |&row: &usize| {
        let said = Message::new("appraise.compare-conventions.move").with("unit", unit(table, row));
        let said = said.with("change", Arg::Signed(changes[row])).text("convention", ids.get(row).unwrap_or_default());
        Arg::Message(Box::new(said))
    };
    if !rows.is_empty() {
        let list = Arg::List(rows.iter().take(NAMED).map(entry).collect());
        said.push(Message::new("appraise.compare-conventions.finding-most").with("units", list));
    }
    if let Some(least) = outcome.number("min_spearman") {
        said.push(Message::new("appraise.compare-conventions.finding-agreement").number("rho", least));
    }
    said
}

fn figures(_outcome: &Outcome) -> Vec<FigureSpec> {
    vec![FigureSpec::new(FigureKind::Bars).of_table("agreement").by("convention").of_value("spearman")]
}
