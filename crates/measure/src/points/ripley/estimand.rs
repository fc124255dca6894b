//! `ripley PLANTS`: the command.

use super::{FunctionWord, RipleyError, RipleyOptions, RipleyResult, besag, ripley};
use crate::points::envelope::{add_test, with_band};
use crate::points::verdict::{Words, counted, in_excess, verdict};
use crate::points::window::{Window, WindowRequest, planar, window_columns};
use crate::points::{Null, Plants, plant_columns, words};
use distretto_core::{
    Arg, ColumnKind, Context, Estimand, Fault, FigureSpec, Focus, Given, Input, InputKind, Inputs, Message, OptionSpec,
    OptionValues, Outcome, Place, Scalar, Table, TableSpec, narrowed, option_specs, parse_options,
};

/// Row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "measure",
    name: "ripley",
    about: "Ripley's K, L, pair correlation, D and cross K of plants in a window, with edge corrections",
    chapter: "measure/ripley",
    revision: 3,
    inputs: &[
        Input {
            name: "plants",
            kind: InputKind::Table,
            place: Place::Positional,
            required: true,
            help: "Table with id, industry, x and y (or lon and lat with --project), and the column of intensities",
        },
        Input {
            name: "window",
            kind: InputKind::Table,
            place: Place::FlagUnless(WindowRequest::WORDS),
            required: false,
            help: "Table of vertices with x, y and perhaps ring",
        },
    ],
    options,
    plan,
    run,
    findings,
    figures,
};

fn options() -> Vec<OptionSpec> {
    let help = "What is drawn at random in a simulation [default: csr; random-location with --industry, \
                population-independence with --to, random-labelling with --controls, inhomogeneous-poisson with \
                --inhomogeneous].";
    let nulls = [
        Null::RandomLocation,
        Null::RandomLabelling,
        Null::PopulationIndependence,
        Null::Csr,
        Null::InhomogeneousPoisson,
    ];
    narrowed(option_specs::<RipleyOptions>(), "null", &nulls.map(Null::word), help)
}

fn plan(values: &OptionValues, given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: RipleyOptions = parse_options(values)?;
    options.validate()?;
    let mut plants = plant_columns("plants", &options.sites);
    if let Some(column) = &options.intensity {
        plants = plants.need(column, ColumnKind::Positive);
    }
    let window = given.iter().any(|name| name == "window").then(|| window_columns("window"));
    Ok([plants].into_iter().chain(window).collect())
}

fn run(inputs: &Inputs, values: &OptionValues, context: &Context) -> Result<Outcome, Fault> {
    let options: RipleyOptions = parse_options(values)?;
    options.validate()?;
    let table = inputs.need("plants")?;
    let told = |error: RipleyError| error.in_table(table, options.intensity.as_deref());
    let plants = Plants::read(table, &options.sites).map_err(|error| error.in_table(table))?;
    let (plants, projection) = planar(plants, options.project).map_err(|error| error.in_table(table))?;
    let window = Window::asked(inputs, &options.window, &plants, projection.as_ref())?;
    let column = options.intensity.as_deref().map(|column| {
        let missing = || Fault::input(format!("there is no column `{column}` of numbers")).in_table(table);
        let values = table.numbers(column).ok_or_else(missing)?;
        Ok::<_, Fault>((0..plants.len()).map(|plant| values[plants.row(plant)]).collect::<Vec<f64>>())
    });
    let intensity = column.transpose()?;
    let result = ripley(&plants, &window, intensity.as_deref(), &options, context).map_err(told)?;
    let mut outcome = outcome(&result, &window, &options);
    if inputs.table("window").is_none() && options.window == "bbox" {
        outcome.warn(Message::new("measure.ripley.bbox"));
    }
    // In the plane of a projection too: its unit is the kilometre.
    let unit = if projection.is_some() { words::Unit::Kilometres } else { words::Unit::Coordinates };
    unit.say(&mut outcome);
    words::idle(&mut outcome, &options.curve);
    outcome.provenance.options = values.clone();
    if let Some(projection) = projection {
        let [lon, lat] = projection.centre();
        let words =
            format!("Lambert azimuthal equal-area, centre {lon} {lat}, sphere of 6371.0088 km; edges straight in it");
        outcome.convention("projection", words);
    }
    Ok(outcome)
}

fn outcome(result: &RipleyResult, window: &Window, options: &RipleyOptions) -> Outcome {
    let mut outcome = Outcome::new("measure ripley", "Ripley's K and its relatives, with edge correction");
    outcome.scalar("plants", result.plants[0] as f64);
    if result.plants[1] > 0 {
        let name = if options.controls.is_empty() { "neighbours" } else { "controls" };
        outcome.scalar(name, result.plants[1] as f64);
    }
    outcome.scalar("area", window.area()).scalar("bandwidth", result.bandwidth);
    if let Some(sigma) = result.sigma {
        outcome.scalar("sigma", sigma);
    }
    outcome.scalar("r_max", result.r.last().copied().unwrap_or(f64::NAN)).scalar("capped", result.capped as f64);
    outcome.word("function", result.function.column());
    add_test(&mut outcome, &result.answer);
    outcome.add_table("curve", with_band(table(result), &result.answer));
    outcome.warnings.extend(result.notes().iter().cloned());
    conventions(&mut outcome, result, options);
    outcome
}

fn table(result: &RipleyResult) -> Table {
    let l = result.l();
    let above = l.iter().zip(&result.r).map(|(l, r)| l - r).collect();
    let mut table = Table::empty()
        .with_numbers("r", result.r.clone())
        .with_numbers("k", result.k.clone())
        .with_numbers("l", l)
        .with_numbers("l_minus_r", above)
        .with_numbers("g", result.g.clone());
    if let Some(d) = &result.d {
        table = table.with_numbers("d", d.clone());
    }
    match &result.k_inhom {
        Some(k) => table.with_numbers("k_inhom", k.clone()).with_numbers("l_inhom", besag(k)),
        None => table,
    }
}

fn conventions(outcome: &mut Outcome, result: &RipleyResult, options: &RipleyOptions) {
    outcome.convention("correction", options.correction.word());
    outcome
        .convention("k_denominator", "n(n-1) within an industry, n_a n_b between two; border: n times the plants left");
    outcome.convention("distance_equal_r", "counts as within r");
    outcome.convention("l", "sqrt(K/pi), not less r");
    outcome.convention("g_kernel", "Epanechnikov, divisor r, half-width `bandwidth`");
    if options.inhomogeneous {
        outcome.convention("k_inhom_denominator", "sum of 1/(lambda_i lambda_j) over all pairs");
        let estimate = "leave-one-out Gaussian kernel, each plant divided by its mass inside the window";
        outcome.convention("intensity", options.intensity.as_deref().unwrap_or(estimate));
    }
    if let Some(null) = result.null.map(Null::word) {
        outcome.convention("null", null);
    }
}

/// The column that was tested.
fn tested(outcome: &Outcome) -> &str {
    let function = outcome.summary.iter().find(|(name, _)| name == "function");
    match function {
        Some((_, Scalar::Text(column))) => column,
        _ => FunctionWord::LMinusR.column(),
    }
}

const VERDICTS: Words = Words {
    above: "measure.ripley.finding-above",
    below: "measure.ripley.finding-below",
    both: "measure.ripley.finding-both",
    below_first: "measure.ripley.finding-below-first",
    neither: "measure.ripley.finding-neither",
    departs: "measure.ripley.finding-departs",
};

/// The result first, what it rests on after it.
fn findings(outcome: &Outcome, _focus: &Focus) -> Vec<Message> {
    let column = tested(outcome);
    let named = |message: Message| message.with("function", Arg::Column(column.to_owned()));
    let mut messages: Vec<Message> = verdict(outcome, column, VERDICTS).map(named).into_iter().collect();
    messages.extend(largest(outcome));
    if let (Some(plants), Some(area)) = (counted(outcome), outcome.number("area")) {
        messages.push(Message::new("measure.ripley.finding-plants").with("plants", plants).number("area", area));
    }
    messages
}

/// Where L − r is largest, and how many plants that is more than under independence.
fn largest(outcome: &Outcome) -> Option<Message> {
    let curve = outcome.table("curve")?;
    let (r, k) = (curve.numbers("r")?, curve.numbers("k")?);
    let above = curve.numbers("l_minus_r")?;
    let (seen, banded) = in_excess(outcome, tested(outcome));
    let seen = seen.into_iter().filter(|&j| r[j] > 0.0 && above[j].is_finite());
    let at = seen.max_by(|&i, &j| above[i].total_cmp(&above[j]))?;
    let ratio = k[at] / (std::f64::consts::PI * r[at] * r[at]);
    let key = if banded { "measure.ripley.finding-largest-excess" } else { "measure.ripley.finding-largest" };
    let message = Message::new(key).number("r", r[at]).number("ratio", ratio);
    Some(message.with("unit", words::unit(outcome)).with("above", Arg::Signed(above[at])))
}

fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    let column = tested(outcome);
    let own = words::curve_figure("curve", column);
    // The pair correlation says at which distances themselves pairs are in excess: 1 is none.
    let simulated = outcome.table("curve").is_some_and(|curve| curve.field("low").is_some());
    let mut g = FigureSpec::new(distretto_core::FigureKind::Curve).of_table("curve").of_value("g").against(1.0);
    g.x = Some("r".to_owned());
    if simulated { vec![own] } else { vec![own, g] }
}
