//! What a change of final demand sets in motion.

use super::multipliers::closed_system;
use crate::system::System;
use crate::table::{FlowError, IoTable, TableOptions, table_columns};
use crate::words::{ratio, text};
use distretto_core::{
    Arg, ColumnKind, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Input, Inputs, Message,
    OptionValues, Outcome, Place, Table, TableSpec, option_specs, parse_options,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "link",
    name: "impact",
    about: "Output, income and jobs that a change of final demand sets in motion",
    chapter: "link/multipliers",
    revision: 1,
    inputs: &[
        Input::table("table", Place::Positional, true, super::TABLE_HELP),
        Input::table("demand", Place::Flag, true, "Change of final demand: sector, value; sectors left out have none"),
    ],
    options: option_specs::<ImpactOptions>,
    plan,
    run,
    findings,
    figures,
};

/// Options of [`impact`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ImpactOptions {
    /// What every input–output table has.
    #[serde(flatten)]
    pub table: TableOptions,
    /// Households spend what they earn: they are one more sector.
    pub closed: bool,
    /// Rounds of purchases that are listed.
    pub rounds: Option<usize>,
}

/// What a change of demand sets in motion.
#[derive(Debug, Clone, PartialEq)]
pub struct ImpactResult {
    /// Change of output of each sector.
    pub output: Vec<f64>,
    /// Change of income, value added and employment of each sector, where the table has the row.
    pub rows: [Option<Vec<f64>>; 3],
    /// Income of households in the closed model.
    pub household_income: Option<f64>,
    /// Largest residual of the equations, relative to their right-hand side.
    pub residual: f64,
    /// Output of each round from 0, ιᵀAᵏΔf.
    pub rounds: Vec<f64>,
}

/// Δx = L Δf, or with households the first n rows of L̄ (Δf, 0).
///
/// # Errors
/// When A, or Ā, is not productive, or the closed model lacks households.
pub fn impact(io: &IoTable, demand: &[f64], options: &ImpactOptions) -> Result<ImpactResult, FlowError> {
    let n = io.len();
    let a = io.input_coefficients();
    let mut rounds = Vec::new();
    let mut flow = demand.to_vec();
    for k in 0..=options.rounds.unwrap_or(0) {
        if k > 0 {
            flow = a.times(&flow);
        }
        rounds.push(flow.iter().sum());
    }
    let (mut output, mut household_income) = (Vec::new(), None);
    let residual;
    if options.closed {
        let (system, _) = closed_system(io, &a)?;
        let mut whole = demand.to_vec();
        whole.push(0.0);
        output = system.solve(&whole)?;
        residual = system.residual(&output, &whole);
        household_income = output.pop();
    } else {
        let system = System::productive(a)?;
        output.extend(system.solve(demand)?);
        residual = system.residual(&output, demand);
    }
    let effect = |name: &str| {
        let direct = io.primary(name).map(|row| io.direct(row))?;
        Some((0..n).map(|i| direct[i] * output[i]).collect())
    };
    let rows = [effect("compensation"), effect("value_added"), effect("employment")];
    Ok(ImpactResult { output, rows, household_income, residual, rounds })
}

fn plan(values: &OptionValues, _given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let _: ImpactOptions = parse_options(values)?;
    let demand = TableSpec::new("demand").need("sector", ColumnKind::Label).need("value", ColumnKind::Number);
    Ok(vec![table_columns("table"), demand.unique(&["sector"])])
}

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: ImpactOptions = parse_options(values)?;
    let table = inputs.need("table")?;
    let io = IoTable::read(table, &options.table)?;
    let changes = inputs.need("demand")?;
    let cells = changes.numbers("value").unwrap_or_default();
    if let Some(row) = cells.iter().position(|cell| cell.is_nan()) {
        let fault = Fault::input("the change of demand is missing").at(changes, row, "value");
        return Err(fault.with_hint("write 0, or leave the line out, where demand does not change"));
    }
    let demand = super::by_sector(&io, changes, "value")?;
    let demand: Vec<f64> = demand.into_iter().map(|value| value.unwrap_or(0.0)).collect();
    let result = impact(&io, &demand, &options).map_err(|error| Fault::from(error).in_table(table))?;
    Ok(package(&io, &demand, result, &options))
}

fn package(io: &IoTable, demand: &[f64], result: ImpactResult, options: &ImpactOptions) -> Outcome {
    let method = if options.closed {
        "Δx from (I − Ā)⁻¹, households as one more sector (Miller and Blair 2009, ch. 6)"
    } else {
        "Δx = (I − A)⁻¹ Δf (Miller and Blair 2009, ch. 2)"
    };
    let mut outcome = Outcome::new("link impact", method);
    outcome.warnings = io.warnings();
    let sum = |values: &[f64]| values.iter().sum::<f64>();
    let (total, output) = (sum(demand), sum(&result.output));
    let of = |k: usize| result.rows[k].as_deref().map_or(f64::NAN, sum);
    outcome.scalar("demand", total).scalar("output", output);
    outcome.scalar("income", result.household_income.unwrap_or_else(|| of(0)));
    outcome.scalar("value_added", of(1)).scalar("employment", of(2)).scalar("multiplier", ratio(output, total));
    outcome.scalar("solver_residual", result.residual);
    let names = ["compensation", "value_added", "employment"];
    let absent: Vec<Arg> =
        (0..3).filter(|&k| result.rows[k].is_none()).map(|k| Arg::Text(names[k].to_owned())).collect();
    if !absent.is_empty() {
        outcome.warn(Message::new("link.table.rows-absent").with("rows", Arg::List(absent)));
    }
    if total == 0.0 {
        outcome.warn(Message::new("link.impact.no-demand"));
    }
    let nan = || vec![f64::NAN; io.len()];
    let [income, value_added, employment] = result.rows.map(|row| row.unwrap_or_else(nan));
    let table = Table::empty()
        .with_text("sector", text(io.sectors()))
        .with_numbers("demand", demand.to_vec())
        .with_numbers("output", result.output)
        .with_numbers("income", income)
        .with_numbers("value_added", value_added)
        .with_numbers("employment", employment);
    outcome.add_table("sectors", table);
    if options.rounds.is_some() {
        let mut cumulative = result.rounds.clone();
        (1..cumulative.len()).for_each(|k| cumulative[k] += cumulative[k - 1]);
        let table = Table::empty()
            .with_numbers("round", (0..result.rounds.len()).map(|k| k as f64).collect())
            .with_numbers("output", result.rounds)
            .with_numbers("cumulative", cumulative);
        outcome.add_table("rounds", table);
    }
    outcome
}

fn findings(outcome: &Outcome, focus: &Focus) -> Vec<Message> {
    let Some(table) = outcome.table("sectors") else { return Vec::new() };
    let mut said = Vec::new();
    if let (Some(demand), Some(output)) = (outcome.number("demand"), outcome.number("output")) {
        said.push(Message::new("link.impact.total").number("demand", demand).number("output", output));
    }
    if let Some(jobs) = outcome.number("employment") {
        said.push(Message::new("link.impact.jobs").number("jobs", jobs));
    }
    said.extend(crate::words::extremes("link.impact.largest", "link.impact.of-focus", table, "output", focus));
    said
}

fn figures(_outcome: &Outcome) -> Vec<FigureSpec> {
    vec![FigureSpec::new(FigureKind::Bars).of_table("sectors").of_value("output").by("sector").first(20)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::fixtures::miller_blair;

    /// Miller and Blair 2009, section 2.3: Δf = (600, 1500) asks for x = (1247.5, 1841.6).
    #[test]
    fn the_textbook_example() {
        let options = ImpactOptions { rounds: Some(2), ..ImpactOptions::default() };
        let result = impact(&miller_blair(), &[600.0, 1500.0], &options).unwrap();
        assert!((result.output[0] - 1247.5).abs() < 0.1 && (result.output[1] - 1841.6).abs() < 0.1);
        assert_eq!(result.rounds.len(), 3);
        // First round: 0.15·600 + 0.25·1500 and 0.2·600 + 0.05·1500.
        assert!((result.rounds[1] - 660.0).abs() < 1e-9);
        assert!(result.rows[2].is_none());
    }

    #[test]
    fn households_add_to_output() {
        let options = ImpactOptions { closed: true, ..ImpactOptions::default() };
        let (open, closed) = (ImpactOptions::default(), options);
        let io = miller_blair();
        let one = impact(&io, &[1.0, 0.0], &open).unwrap();
        let other = impact(&io, &[1.0, 0.0], &closed).unwrap();
        assert!(other.output.iter().zip(&one.output).all(|(more, less)| more > less));
        assert!((other.household_income.unwrap() - 0.570).abs() < 1e-3);
    }
}
