//! The row of the registration table, the result as tables, findings and figures.

use super::long::by_dimension;
use super::{Coupled, Coupling, GRADES, couple};
use crate::conventions;
use crate::indicators::{INDICATOR_INPUTS, IndicatorOptions, Missing, indicator_tables, read_table, refuse_pairwise};
use crate::outcomes::{by_unit, falling_rows, unit, warn, words_of};
use distretto_core::{
    Arg, Context, Estimand, Fault, FigureSpec, Focus, Given, Inputs, Message, OptionValues, Outcome, Table, TableSpec,
    option_specs, options_record, parse_options,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Units that a finding names.
const NAMED: usize = 3;
/// Units that a figure shows.
const SHOWN: usize = 40;

/// Options of `coupling`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct CouplingOptions {
    /// Columns that are the systems; default all numeric columns except unit, year and expert.
    pub vars: Vec<String>,
    /// Weight of every system in the joint development T, a=0.5,b=0.5, summing to 1; default equal.
    pub weights: Vec<String>,
    /// What is done about missing cells.
    pub missing: Missing,
    /// The formula of C: standard, wang2021 or old2.
    pub convention: Option<String>,
}

impl CouplingOptions {
    fn indicators(&self) -> IndicatorOptions {
        let mut options = IndicatorOptions::default().missing(self.missing);
        options.vars.clone_from(&self.vars);
        options.weights.clone_from(&self.weights);
        options
    }

    fn formula(&self) -> Result<(Coupling, &'static str), Fault> {
        let id = match &self.convention {
            Some(asked) => conventions::find("coupling", asked)?.id,
            None => "standard",
        };
        Ok(match id {
            "wang2021" => (Coupling::Wang2021, id),
            "old2" => (Coupling::Old2, id),
            _ => (Coupling::Standard, id),
        })
    }
}

/// `appraise coupling`.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "appraise",
    name: "coupling",
    about: "Coupling and coordination of several systems",
    chapter: "appraise/coupling",
    revision: 2,
    inputs: &[INDICATOR_INPUTS[0]],
    options: option_specs::<CouplingOptions>,
    plan,
    run,
    findings,
    figures,
};

fn plan(values: &OptionValues, given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: CouplingOptions = parse_options(values)?;
    refuse_pairwise(&options.indicators())?;
    options.formula()?;
    indicator_tables(&options.indicators(), given)
}

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: CouplingOptions = parse_options(values)?;
    let given = inputs.need("data")?;
    let spread = by_dimension(given)?;
    let table = spread.as_ref().unwrap_or(given);
    let systems = read_table(table, inputs, &options.indicators())?;
    let (formula, id) = options.formula()?;
    let k = systems.p();
    if k < 2 || (formula == Coupling::Old2 && k != 2) {
        let needed = if formula == Coupling::Old2 { "exactly 2" } else { "at least 2" };
        let fault = Fault::input(format!("{k} columns of systems; {needed} are needed")).in_table(table);
        return Err(fault.with_hint("each system is a column of an index from 0 to 1"));
    }
    for (system, column) in systems.indicators.iter().zip(&systems.columns) {
        if let Some(row) = column.iter().position(|u| u.is_nan()) {
            let fault = Fault::input("missing value").at(table, systems.row_in_file(row), &system.column);
            return Err(fault.with_hint("--missing listwise, mean, median or interpolate says what to do about it"));
        }
        if let Some(row) = column.iter().position(|u| !(0.0..=1.0).contains(u)) {
            let fault = Fault::input(format!("the index {} is out of range; it must be 0 to 1", system.name));
            let fault = fault.at(table, systems.row_in_file(row), &system.column);
            return Err(fault.with_value(column[row].to_string()).with_hint("scale the indices to 0 to 1 before"));
        }
    }
    systems.check_weights().map_err(|error| Fault::from(error).in_table(table))?;
    let weights = systems.weights();
    let one = |row: usize| {
        let u: Vec<f64> = systems.columns.iter().map(|column| column[row]).collect();
        couple(&u, &weights, formula)
    };
    let found: Vec<Coupled> = (0..systems.n()).map(one).collect();
    let mut outcome = outcome(&found, id);
    outcome
        .add_table("coupling", coupling(systems.labels(), &found, &ends(&systems.columns, &found), &systems.names()));
    outcome.warn(Message::new("appraise.coupling.firm"));
    if let Some(imputed) = systems.imputed_table() {
        outcome.add_table("imputed", imputed);
    }
    warn(&mut outcome, &systems.notes);
    outcome.provenance.options = options_record(&options);
    Ok(outcome)
}

fn outcome(found: &[Coupled], id: &str) -> Outcome {
    let mut outcome = Outcome::new("appraise coupling", "coupling-coordination degree");
    let mean = |value: fn(&Coupled) -> f64| {
        let known: Vec<f64> = found.iter().map(value).filter(|value| !value.is_nan()).collect();
        known.iter().sum::<f64>() / known.len() as f64
    };
    outcome.word("convention", &format!("coupling/{id}"));
    outcome.scalar("mean_c", mean(|one| one.c)).scalar("mean_d", mean(|one| one.d));
    outcome.convention("coupling", id);
    let zero = found.iter().filter(|one| one.c.is_nan()).count();
    if zero > 0 {
        outcome.warn(Message::new("appraise.coupling.zero").count("count", zero));
    }
    if id == "old2" {
        outcome.warn(Message::new("appraise.coupling.old2"));
    }
    outcome
}

/// Between what D lies whatever the weights of the systems: T is between the smallest and the largest index.
fn ends(columns: &[Vec<f64>], found: &[Coupled]) -> Vec<(f64, f64)> {
    let one = |(row, one): (usize, &Coupled)| {
        let u = || columns.iter().map(|column| column[row]);
        let d = |t: f64| (one.c * t).sqrt();
        (d(u().fold(f64::INFINITY, f64::min)), d(u().fold(0.0, f64::max)))
    };
    found.iter().enumerate().map(one).collect()
}

fn coupling(labels: Table, found: &[Coupled], ends: &[(f64, f64)], names: &[String]) -> Table {
    let column = |value: fn(&Coupled) -> f64| found.iter().map(value).collect::<Vec<f64>>();
    let grade_name = |one: &Coupled| (one.grade >= 1.0).then(|| GRADES[one.grade as usize - 1]);
    labels
        .with_numbers("c", column(|one| one.c))
        .with_numbers("t", column(|one| one.t))
        .with_numbers("d", column(|one| one.d))
        .with_numbers("d_low", ends.iter().map(|ends| ends.0).collect())
        .with_numbers("d_high", ends.iter().map(|ends| ends.1).collect())
        .with_numbers("grade", column(|one| one.grade))
        .with_text("grade_name", found.iter().map(grade_name).collect())
        .with_text("lagging", words_of(found.iter().map(|one| one.lagging.map_or("none", |i| names[i].as_str()))))
}

fn findings(outcome: &Outcome, focus: &Focus) -> Vec<Message> {
    let Some(table) = outcome.table("coupling") else { return Vec::new() };
    let (Some(d), Some(lagging)) = (table.numbers("d"), table.text("lagging")) else { return Vec::new() };
    let order = falling_rows(d);
    let entry = |row: usize| {
        let said = Message::new("appraise.coupling.unit").with("unit", unit(table, row)).number("d", d[row]);
        let end = |name: &str| table.numbers(name).map_or(f64::NAN, |values| values[row]);
        let said = said.number("low", end("d_low")).number("high", end("d_high"));
        Arg::Message(Box::new(said))
    };
    let Some(mean) = outcome.number("mean_d") else { return Vec::new() };
    let top = Arg::List(order.iter().take(NAMED).map(|&row| entry(row)).collect());
    let said = Message::new("appraise.coupling.finding-mean").number("mean", mean).count("n", order.len());
    let mut said = vec![said.with("units", top)];
    if order.len() > NAMED
        && let Some(&last) = order.last()
    {
        said.push(Message::new("appraise.coupling.finding-least").with("unit", entry(last)));
    }
    let count = |name: &str| order.iter().filter(|&&row| lagging.get(row) == Some(name)).count();
    let most = lagging.labels().iter().filter(|name| *name != "none").max_by_key(|name| count(name));
    if let Some(name) = most {
        let lag = Message::new("appraise.coupling.finding-lagging").with("system", Arg::Indicator(name.clone()));
        said.push(lag.count("count", count(name)).count("n", order.len()));
    }
    let in_focus =
        |code: &String| (0..table.rows()).rev().find(|&row| table.text("unit").and_then(|t| t.get(row)) == Some(code));
    for row in focus.regions.iter().take(NAMED).filter_map(in_focus).filter(|&row| d[row].is_finite()) {
        let one = Message::new("appraise.coupling.finding-focus").with("unit", entry(row));
        // None lags where all are equal.
        let system = lagging.get(row).filter(|name| *name != "none");
        said.extend(system.map(|name| one.with("system", Arg::Indicator(name.to_owned()))));
    }
    said.push(Message::new("appraise.coupling.firm"));
    said.push(Message::new("appraise.coupling.finding-firm"));
    said
}

fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    vec![by_unit(outcome, "coupling", "d", SHOWN)]
}
