//! `colocation PLANTS`: the command.

use super::{ColocationError, ColocationOptions, ColocationResult, Function, colocation, words};
use crate::points::window::{Window, WindowRequest, planar, window_columns};
use crate::points::words::{Unit, no_effect, rate};
use crate::points::{DISTANCES, Null, PLANTS, Plants, distance_columns, plant_columns};
use distretto_core::{
    Context, Estimand, Fault, Given, Input, InputKind, Inputs, Message, OptionSpec, OptionValues, Outcome, Place,
    Table, TableSpec, Text, narrowed, option_specs, parse_options,
};

/// Row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "measure",
    name: "colocation",
    about: "Which industries stand near which: all ordered pairs at once, tested and adjusted together",
    chapter: "measure/colocation",
    revision: 3,
    inputs: &[
        PLANTS,
        DISTANCES,
        Input {
            name: "window",
            kind: InputKind::Table,
            place: Place::FlagUnless(WindowRequest::WORDS),
            required: false,
            help: "Table of vertices with x, y and perhaps ring, for k",
        },
    ],
    options,
    plan,
    run,
    findings: words::findings,
    figures: words::figures,
};

fn options() -> Vec<OptionSpec> {
    let help = "What is drawn at random for two industries; an industry with itself is always tested against \
                random-location [default: population-independence].";
    let nulls = [Null::RandomLocation, Null::PopulationIndependence].map(Null::word);
    narrowed(option_specs::<ColocationOptions>(), "null", &nulls, help)
}

fn plan(values: &OptionValues, given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: ColocationOptions = parse_options(values)?;
    options.validate()?;
    let distances = distance_columns(given);
    if options.function == Function::K && distances.is_some() {
        return Err(ColocationError::KAndTable.into());
    }
    let window = given.iter().any(|name| name == "window").then(|| window_columns("window"));
    Ok([plant_columns("plants", &options.sites)].into_iter().chain(distances).chain(window).collect())
}

fn run(inputs: &Inputs, values: &OptionValues, context: &Context) -> Result<Outcome, Fault> {
    let options: ColocationOptions = parse_options(values)?;
    let table = inputs.need("plants")?;
    let told = |error: ColocationError| match error {
        ColocationError::Plants(error) => error.in_table(table),
        ColocationError::Placement(error) => error.in_table(table),
        error => error.into(),
    };
    let plants = Plants::of_inputs(inputs, &options.sites)?;
    if options.function != Function::K {
        let mut outcome = outcome(&colocation(&plants, None, &options, context).map_err(told)?, &options);
        plants.say_distances(&mut outcome);
        if inputs.table("window").is_some() || options.window != "bbox" {
            no_effect(&mut outcome, "window", "function k");
        }
        return Ok(outcome);
    }
    let (plants, projection) = planar(plants, options.project).map_err(|error| error.in_table(table))?;
    let window = Window::asked(inputs, &options.window, &plants, projection.as_ref())?;
    let result = colocation(&plants, Some(&window), &options, context).map_err(told)?;
    let mut outcome = outcome(&result, &options);
    if inputs.table("window").is_none() && options.window == "bbox" {
        outcome.warn(Message::new("measure.colocation.bbox"));
    }
    outcome.convention("correction", options.correction.word());
    let unit = if projection.is_some() { Unit::Kilometres } else { Unit::Coordinates };
    unit.say(&mut outcome);
    Ok(outcome)
}

fn outcome(result: &ColocationResult, options: &ColocationOptions) -> Outcome {
    let mut outcome =
        Outcome::new("measure colocation", "Functions of distance between all ordered pairs of industries");
    let function = options.function.word();
    let rate = rate(options.level);
    let significant = result.pairs.iter().filter(|pair| pair.q_value <= rate).count();
    outcome.scalar("industries", result.industries.len() as f64).scalar("pairs", result.pairs.len() as f64);
    outcome.scalar("r_max", result.r.last().copied().unwrap_or(f64::NAN));
    let tested = options.nsim > 0;
    outcome.scalar("significant", if tested { significant as f64 } else { f64::NAN });
    outcome.add_table("pairs", pairs(result, function, tested));
    if result.r.len() > 1 {
        outcome.add_table("curves", curves(result, function, tested));
    }
    outcome.warnings.extend(result.notes().iter().cloned());
    outcome.convention("function", function).convention("level", options.level);
    outcome.convention("p_adjust", options.p_adjust.word());
    if !tested && options.level != ColocationOptions::default().level {
        no_effect(&mut outcome, "level", "nsim");
    }
    if options.function != Function::Kd && options.bandwidth != ColocationOptions::default().bandwidth {
        no_effect(&mut outcome, "bandwidth", "function kd");
    }
    if tested {
        outcome.convention("null", options.null.unwrap_or(Null::PopulationIndependence).word());
        outcome.convention("null_within", Null::RandomLocation.word());
        let test = if result.r.len() > 1 { "erl" } else { "two-sided" };
        outcome.convention("test", test);
    }
    outcome
}

/// One row a pair, with the function at the largest distance, and how it departs from its simulations.
fn pairs(result: &ColocationResult, function: &str, tested: bool) -> Table {
    let text = |number: &dyn Fn(&super::Pair) -> usize| {
        let codes = result.pairs.iter().map(|pair| Some(number(pair) as u32)).collect();
        Text::from_codes(codes, result.industries.clone())
    };
    let numbers = |value: &dyn Fn(&super::Pair) -> f64| result.pairs.iter().map(value).collect::<Vec<f64>>();
    let last = |values: &[f64]| values.last().copied().unwrap_or(f64::NAN);
    let mut table = Table::empty()
        .with_text("industry_a", text(&|pair| pair.a))
        .with_text("industry_b", text(&|pair| pair.b))
        .with_numbers(function, numbers(&|pair| last(&pair.values)));
    if tested {
        table = table.with_numbers("ratio", numbers(&|pair| ratio(last(&pair.values), last(&pair.mean))));
    }
    table = table
        .with_numbers("p_value", numbers(&|pair| pair.p_value))
        .with_numbers("q_value", numbers(&|pair| pair.q_value));
    if tested {
        let side = result.pairs.iter().map(|pair| pair.departure().map(super::Departure::word));
        table = table.with_text("side", side.collect::<Text>());
        if result.r.len() > 1 {
            let at = |value: &dyn Fn(&super::Pair, usize) -> f64| {
                numbers(&|pair| pair.departure().map_or(f64::NAN, |departure| value(pair, departure.peak)))
            };
            table = table
                .with_numbers("r_peak", at(&|_, j| result.r[j]))
                .with_numbers("ratio_peak", at(&|pair, j| ratio(pair.values[j], pair.mean[j])));
        }
        table = table.with_numbers("mean", numbers(&|pair| last(&pair.mean)));
    }
    table
        .with_numbers("plants_a", numbers(&|pair| result.plants[pair.a] as f64))
        .with_numbers("plants_b", numbers(&|pair| result.plants[pair.b] as f64))
}

/// The value over the mean of the simulations; none where these are all 0.
fn ratio(value: f64, mean: f64) -> f64 {
    if mean > 0.0 { value / mean } else { f64::NAN }
}

/// One row for each pair and distance.
fn curves(result: &ColocationResult, function: &str, tested: bool) -> Table {
    let width = result.r.len();
    let text = |number: &dyn Fn(&super::Pair) -> usize| {
        let codes = result.pairs.iter().flat_map(|pair| vec![Some(number(pair) as u32); width]).collect();
        Text::from_codes(codes, result.industries.clone())
    };
    let flat = |values: &dyn Fn(&super::Pair) -> Vec<f64>| result.pairs.iter().flat_map(values).collect::<Vec<f64>>();
    let table = Table::empty()
        .with_text("industry_a", text(&|pair| pair.a))
        .with_text("industry_b", text(&|pair| pair.b))
        .with_numbers("r", flat(&|_| result.r.clone()))
        .with_numbers(function, flat(&|pair| pair.values.clone()));
    match tested {
        true => table
            .with_numbers("mean", flat(&|pair| pair.mean.clone()))
            .with_numbers("low", flat(&|pair| pair.low.clone()))
            .with_numbers("high", flat(&|pair| pair.high.clone())),
        false => table,
    }
}
