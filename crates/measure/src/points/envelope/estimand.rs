//! `envelope CURVES`: the command.

use super::{Curves, EnvelopeAnswer, Gaps, add_test, envelope, with_band};
use crate::points::options::EnvelopeMethod;
use crate::points::words;
use distretto_core::{
    ColumnKind, Context, Estimand, Fault, FaultKind, FigureSpec, Focus, Given, Input, Inputs, Message, OptionValues,
    Outcome, Place, Table, TableSpec, option_specs, parse_options,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Options of the command `envelope`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct EnvelopeOptions {
    /// Envelope of the simulations and test of the whole curve.
    pub method: EnvelopeMethod,
    /// Level of the envelope.
    pub level: f64,
}

impl Default for EnvelopeOptions {
    fn default() -> Self {
        Self { method: EnvelopeMethod::default(), level: 0.95 }
    }
}

/// Row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "measure",
    name: "envelope",
    about: "Envelope of simulated curves and exact test of an observed one",
    chapter: "measure/envelopes",
    revision: 2,
    inputs: &[Input::table(
        "curves",
        Place::Positional,
        true,
        "Table with r, obs, and one column for each simulation, under any names",
    )],
    options: option_specs::<EnvelopeOptions>,
    plan,
    run,
    findings,
    figures,
};

fn plan(values: &OptionValues, _given: &Given) -> Result<Vec<TableSpec>, Fault> {
    parse_options::<EnvelopeOptions>(values)?;
    let spec = TableSpec::new("curves").need("r", ColumnKind::Number).need("obs", ColumnKind::Number);
    Ok(vec![spec.and_others(ColumnKind::Number)])
}

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: EnvelopeOptions = parse_options(values)?;
    let table = inputs.need("curves")?;
    let curves = read(table)?;
    if curves.count() < 2 {
        let fault = Fault::input("there are no simulated curves: no column besides `r` and `obs`").in_table(table);
        return Err(fault.with_hint("give one column for each simulation"));
    }
    let found = envelope(&curves, options.method, options.level, Gaps::LeftOut)?;
    if found.left_out == curves.r().len() {
        let fault = Fault::new(FaultKind::Result, "at no distance have all curves a value: there is nothing to test");
        return Err(fault.in_table(table).with_hint("leave out the curves, or the distances, with empty cells"));
    }
    let left_out = found.left_out;
    let mut outcome = Outcome::new("measure envelope", "Envelope of simulated curves");
    let answer = EnvelopeAnswer { envelope: Some(found), level: options.level };
    add_test(&mut outcome, &answer);
    if left_out > 0 {
        outcome.warn(Message::new("measure.envelope.left-out").count("count", left_out));
    }
    outcome.scalar("simulations", (curves.count() - 1) as f64).scalar("level", options.level);
    let table = Table::empty().with_numbers("r", curves.r().to_vec()).with_numbers("obs", curves.curve(0).to_vec());
    outcome.add_table("curve", with_band(table, &answer));
    outcome.convention("mean_of", "all N curves for mad, st, dclf; column mean: the simulations");
    Ok(outcome)
}

/// Columns of the table in the order r, obs, all others.
fn read(table: &Table) -> Result<Curves, Fault> {
    let column = |name: &str| {
        let missing = || Fault::input(format!("there is no column `{name}` of numbers")).in_table(table);
        table.numbers(name).ok_or_else(missing)
    };
    let (r, observed) = (column("r")?, column("obs")?);
    if let Some(row) = r.iter().position(|r| r.is_nan()) {
        return Err(Fault::input("the distance is missing").at(table, row, "r"));
    }
    let mut values = observed.to_vec();
    for field in table.fields().iter().filter(|field| field.name != "r" && field.name != "obs") {
        values.extend_from_slice(column(&field.name)?);
    }
    Curves::new(r.to_vec(), values).map_err(|error| Fault::from(error).in_table(table))
}

fn findings(outcome: &Outcome, _focus: &Focus) -> Vec<Message> {
    words::curve_findings(outcome, "obs")
}

fn figures(_outcome: &Outcome) -> Vec<FigureSpec> {
    vec![words::curve_figure("curve", "obs")]
}
