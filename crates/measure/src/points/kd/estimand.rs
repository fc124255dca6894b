//! `kd PLANTS`: the command.

use super::{Approximation, KdOptions, KdResult, kd};
use crate::points::envelope::{add_test, with_band};
use crate::points::options::keeping_sites;
use crate::points::verdict::{Words, subject, verdict};
use crate::points::{DISTANCES, Null, PLANTS, Plants, distance_columns, plant_columns, words};
use distretto_core::{
    Arg, Context, Estimand, Fault, FigureSpec, Focus, Given, Inputs, Message, OptionSpec, OptionValues, Outcome, Table,
    TableSpec, option_specs, parse_options,
};

/// Confidence of the band of a thinned estimate: 9 degrees of freedom, Student's t at 0.975 is 2.262.
const THIN_CONFIDENCE: f64 = 0.95;

/// Row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "measure",
    name: "kd",
    about: "Density of distances between plants (Duranton and Overman), with exact global envelopes",
    chapter: "measure/kd",
    revision: 4,
    inputs: &[PLANTS, DISTANCES],
    options,
    plan,
    run,
    findings,
    figures,
};

fn options() -> Vec<OptionSpec> {
    keeping_sites(option_specs::<KdOptions>(), "random-location; population-independence with --to")
}

fn plan(values: &OptionValues, given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: KdOptions = parse_options(values)?;
    options.rule()?;
    options.approximation()?;
    options.curve.distances()?;
    let mut specs = vec![plant_columns("plants", &options.plants.sites)];
    specs.extend(distance_columns(given));
    Ok(specs)
}

fn run(inputs: &Inputs, values: &OptionValues, context: &Context) -> Result<Outcome, Fault> {
    let options: KdOptions = parse_options(values)?;
    let table = inputs.need("plants")?;
    let plants = Plants::of_inputs(inputs, &options.plants.sites)?;
    let result = kd(&plants, &options, context).map_err(|error| match error {
        super::KdError::Plants(error) => error.in_table(table),
        error => error.into(),
    })?;
    let mut outcome = outcome(&result, &options);
    plants.say_distances(&mut outcome);
    words::idle(&mut outcome, &options.curve);
    outcome.provenance.options = values.clone();
    Ok(outcome)
}

fn outcome(result: &KdResult, options: &KdOptions) -> Outcome {
    let mut outcome = Outcome::new("measure kd", "Kd of Duranton and Overman (2005), reflected Gaussian kernel");
    outcome.scalar("bandwidth", result.bandwidth).scalar("pairs", result.pairs as f64);
    outcome.scalar("r_max", result.r.last().copied().unwrap_or(f64::NAN)).scalar("error_bound", result.error_bound);
    let mut table = Table::empty().with_numbers("r", result.r.clone()).with_numbers("kd", result.kd.clone());
    if let Some(errors) = &result.standard_error {
        outcome.scalar("standard_error", errors.iter().copied().fold(0.0, f64::max));
        outcome.scalar("confidence", THIN_CONFIDENCE);
        table = table.with_numbers("standard_error", errors.clone());
        let share = match options.approximation() {
            Ok(Some(Approximation::Thin(share))) => share,
            _ => f64::NAN,
        };
        outcome.warn(Message::new("measure.kd.thinned").with("share", Arg::Share(share)));
    }
    add_test(&mut outcome, &result.answer);
    outcome.add_table("curve", with_band(table, &result.answer));
    outcome.warnings.extend(result.notes().iter().cloned());
    outcome.convention("bandwidth_distances", "unweighted distances of the pairs, not occupied bins");
    outcome.convention("kernel", "Gaussian, reflected at 0; the sum runs over all pairs");
    if let Some(null) = result.null.map(Null::word) {
        outcome.convention("null", null);
    }
    outcome
}

const VERDICTS: Words = Words {
    above: "measure.kd.finding-localised",
    below: "measure.kd.finding-dispersed",
    both: "measure.kd.finding-both",
    below_first: "measure.kd.finding-below-first",
    neither: "measure.kd.finding-neither",
    departs: "measure.kd.finding-departs",
};

/// The result first, what it rests on after it.
fn findings(outcome: &Outcome, _focus: &Focus) -> Vec<Message> {
    let mut messages: Vec<Message> = verdict(outcome, "kd", VERDICTS).into_iter().collect();
    let (pairs, h) = (outcome.number("pairs"), outcome.number("bandwidth"));
    if let (Some(pairs), Some(h)) = (pairs, h) {
        let message = Message::new("measure.kd.finding-pairs").count("pairs", pairs as usize).number("bandwidth", h);
        messages.push(message.with("subject", subject(outcome)).with("unit", words::unit(outcome)));
    }
    if let Some(bound) = outcome.number("error_bound").filter(|&bound| bound > 0.0) {
        messages.push(Message::new("measure.kd.finding-bound").number("bound", bound));
    }
    messages
}

fn figures(_outcome: &Outcome) -> Vec<FigureSpec> {
    vec![words::curve_figure("curve", "kd")]
}
