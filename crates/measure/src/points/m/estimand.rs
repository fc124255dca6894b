//! `m PLANTS`: the command.

use super::{MOptions, MResult, PlantIndex, Surface, m};
use crate::points::envelope::{add_test, with_band};
use crate::points::options::keeping_sites;
use crate::points::verdict::{Words, counted, in_excess, neighbours, verdict};
use crate::points::words::{no_effect, rate};
use crate::points::{DISTANCES, Null, PLANTS, Plants, PlantsError, distance_columns, plant_columns, words};
use distretto_core::{
    Arg, ColumnKind, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Inputs, Message, OptionSpec,
    OptionValues, Outcome, Table, TableSpec, Text, option_specs, parse_options,
};
use distretto_numerics::{Metric, Point};

/// Row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "measure",
    name: "m",
    about: "Relative frequency of neighbours of an industry (Marcon and Puech), for the industry and for each plant",
    chapter: "measure/m",
    revision: 3,
    inputs: &[PLANTS, DISTANCES],
    options,
    plan,
    run,
    findings,
    figures,
};

fn options() -> Vec<OptionSpec> {
    let defaults = "random-location; population-independence with --to, random-labelling with --controls";
    keeping_sites(option_specs::<MOptions>(), defaults)
}

fn plan(values: &OptionValues, given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: MOptions = parse_options(values)?;
    options.validate()?;
    let plants = plant_columns("plants", &options.plants.sites).take("name", ColumnKind::Word);
    Ok([plants].into_iter().chain(distance_columns(given)).collect())
}

fn run(inputs: &Inputs, values: &OptionValues, context: &Context) -> Result<Outcome, Fault> {
    let options: MOptions = parse_options(values)?;
    let table = inputs.need("plants")?;
    let in_table = |error: PlantsError| error.in_table(table);
    let plants = Plants::of_inputs(inputs, &options.plants.sites)?;
    let ids = table.text("id").ok_or_else(|| in_table(PlantsError::Column { column: "id".to_owned() }))?;
    let result = m(&plants, &options, context).map_err(|error| match error {
        super::MError::Plants(error) => error.in_table(table),
        error => error.into(),
    })?;
    let mut outcome = outcome(&result, &options, &plants, (ids, table.text("name")));
    plants.say_distances(&mut outcome);
    idle(&mut outcome, &options);
    outcome.provenance.options = values.clone();
    Ok(outcome)
}

/// Warnings about options that change nothing without another.
fn idle(outcome: &mut Outcome, options: &MOptions) {
    let own = MOptions::default();
    words::idle(outcome, &options.curve);
    if options.map_r.is_some() && !options.wants_points() {
        no_effect(outcome, "map-r", "local");
    }
    if !options.density && options.bandwidth != own.bandwidth {
        no_effect(outcome, "bandwidth", "density");
    }
    if !options.density && options.bandwidth_range != own.bandwidth_range {
        no_effect(outcome, "bandwidth-range", "density");
    }
}

fn outcome(result: &MResult, options: &MOptions, plants: &Plants, called: (&Text, Option<&Text>)) -> Outcome {
    let (function, method) = match options.density {
        true => ("m_density", "m of Lang, Marcon and Puech (2020), reflected Gaussian kernel"),
        false => ("m", "M of Marcon and Puech (2010)"),
    };
    let mut outcome = Outcome::new("measure m", method);
    outcome.scalar("plants", result.plants.0 as f64);
    if let Some(others) = result.plants.1 {
        outcome.scalar(if options.controls.is_empty() { "neighbours" } else { "controls" }, others as f64);
    }
    outcome.scalar("r_max", result.r.last().copied().unwrap_or(f64::NAN));
    if let Some(bandwidth) = result.bandwidth {
        outcome.scalar("bandwidth", bandwidth);
        outcome.convention("kernel", "Gaussian, reflected at 0; the sum runs over all pairs");
    }
    let table = Table::empty().with_numbers("r", result.r.clone()).with_numbers(function, result.m.clone());
    add_test(&mut outcome, &result.answer);
    outcome.add_table("curve", with_band(table, &result.answer));
    if let Some(points) = &result.points {
        add_points(&mut outcome, points, (result, options), plants, called);
    }
    if let Some(surface) = &result.surface {
        add_surface(&mut outcome, surface, plants.metric());
    }
    outcome.warnings.extend(result.notes().iter().cloned());
    outcome.convention("neighbours", "a distance equal to r counts as within r; a plant is no neighbour of itself");
    if let Some(null) = result.null.map(Null::word) {
        outcome.convention("null", null);
    }
    outcome
}

/// Columns of places, under the names of their metric.
fn with_places(table: Table, metric: Metric, points: &[Point]) -> Table {
    let [first, second] = if metric == Metric::Euclidean { ["x", "y"] } else { ["lon", "lat"] };
    let axis = |axis: usize| points.iter().map(|point| point[axis]).collect::<Vec<f64>>();
    table.with_numbers(first, axis(0)).with_numbers(second, axis(1))
}

fn add_points(
    outcome: &mut Outcome,
    index: &PlantIndex,
    (result, options): (&MResult, &MOptions),
    plants: &Plants,
    (ids, names): (&Text, Option<&Text>),
) {
    let distances = result.r.len();
    let rows = |plant: &u32| vec![plants.row(*plant as usize); distances];
    let rows: Vec<usize> = index.plants.iter().flat_map(rows).collect();
    let r: Vec<f64> = index.plants.iter().flat_map(|_| result.r.iter().copied()).collect();
    let mut table = Table::empty().with_text("id", ids.take(&rows)).with_numbers("r", r);
    // A table of distances places nobody.
    if plants.distances().is_none() {
        let places = |plant: &u32| vec![plants.points()[*plant as usize]; distances];
        let places: Vec<Point> = index.plants.iter().flat_map(places).collect();
        table = with_places(table, plants.metric(), &places);
    }
    table = table.with_numbers("m_local", index.m_local.clone());
    if !index.p.is_empty() {
        table = table.with_numbers("p_value", index.p.clone()).with_numbers("q_value", index.q.clone());
        outcome.convention("p_adjust", options.p_adjust.word());
        outcome.convention("p_adjust_over", "all plants and distances together");
        outcome.convention("local_null", "the plant stays, the marks of all others are drawn");
    }
    // Where no plant has a neighbour the curve says so itself.
    let lonely = index.m_local.iter().enumerate();
    let lonely = lonely.filter(|(i, value)| value.is_nan() && !result.m[i % distances].is_nan()).count();
    if lonely > 0 {
        outcome.warn(Message::new("measure.m.lonely-plants").count("count", lonely));
    }
    outcome.scalar("map_r", result.r[index.map]);
    let at_map: Vec<usize> = (0..index.plants.len()).map(|i| i * distances + index.map).collect();
    let map = table.take(&at_map);
    // The map names plants; all rows of all distances need no names.
    let map = match names {
        Some(names) => map.with_text("name", names.take(&at_map.iter().map(|&i| rows[i]).collect::<Vec<_>>())),
        None => map,
    };
    let map = match index.q.is_empty() {
        true => map,
        false => {
            let known = |&i: &usize| !index.m_local[i].is_nan();
            let alpha = rate(options.curve.level);
            let flags = at_map.iter().map(|i| known(i).then_some(index.q[*i] <= alpha)).collect();
            let sides = at_map.iter().map(|i| index.sides[*i].word()).collect::<Text>();
            map.with_text("side", sides).with_flags("significant", flags)
        }
    };
    outcome.add_table("points", table);
    outcome.add_table("map", map);
}

fn add_surface(outcome: &mut Outcome, surface: &Surface, metric: Metric) {
    let table = with_places(Table::empty(), metric, &surface.points);
    outcome.scalar("surface_bandwidth", surface.bandwidth);
    outcome.convention("surface", "ratios and whole-economy ratios smoothed apart, Gaussian kernel, null beyond 3 sd");
    outcome.add_table("surface", table.with_numbers("m_smoothed", surface.values.clone()));
}

/// Column of the curve.
fn function(outcome: &Outcome) -> &'static str {
    let density = outcome.table("curve").is_some_and(|curve| curve.field("m_density").is_some());
    if density { "m_density" } else { "m" }
}

const VERDICTS: Words = Words {
    above: "measure.m.finding-localised",
    below: "measure.m.finding-dispersed",
    both: "measure.m.finding-both",
    below_first: "measure.m.finding-below-first",
    neither: "measure.m.finding-neither",
    departs: "measure.m.finding-departs",
};

/// The result first, what it rests on after it.
fn findings(outcome: &Outcome, _focus: &Focus) -> Vec<Message> {
    let function = function(outcome);
    let placed = |said: Message| said.with("neighbours", neighbours(outcome));
    let mut messages: Vec<Message> = verdict(outcome, function, VERDICTS).map(placed).into_iter().collect();
    let curve = outcome.table("curve").and_then(|curve| curve.numbers("r").zip(curve.numbers(function)));
    let (seen, banded) = in_excess(outcome, function);
    let highest = |m: &[f64]| seen.iter().copied().max_by(|&a, &b| m[a].total_cmp(&m[b]).then(b.cmp(&a)));
    if let Some((r, m)) = curve
        && let Some(k) = highest(m)
    {
        let key = match (function, banded) {
            ("m", true) => "measure.m.finding-peak-excess",
            ("m", false) => "measure.m.finding-peak",
            (_, true) => "measure.m.finding-density-peak-excess",
            (_, false) => "measure.m.finding-density-peak",
        };
        messages.push(Message::new(key).number("m", m[k]).number("r", r[k]).with("unit", words::unit(outcome)));
    }
    messages.extend(finding_of_points(outcome));
    messages.extend(counted(outcome).map(|plants| Message::new("measure.m.finding-plants").with("plants", plants)));
    messages
}

/// The plants that their own tests tell from chance, by the side of their own simulations: the mean of a plant's null
/// is not 1.
fn finding_of_points(outcome: &Outcome) -> Option<Message> {
    let (r, map) = outcome.number("map_r").zip(outcome.table("map"))?;
    let (side, significant) = map.text("side").zip(map.flags("significant"))?;
    let level = outcome.provenance.conventions.get("level").and_then(serde_json::Value::as_f64).unwrap_or(0.95);
    let is_on = |row: usize, word: &str| significant[row] == Some(true) && side.get(row) == Some(word);
    let on = |word: &str| (0..map.rows()).filter(|&row| is_on(row, word)).count();
    let message = Message::new("measure.m.finding-points").number("r", r).with("unit", words::unit(outcome));
    let message = message.count("plants", map.rows());
    let message = message.count("above", on("more")).count("below", on("fewer"));
    Some(message.with("share", Arg::Share(rate(level))))
}

fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    let mut figures = vec![words::curve_figure("curve", function(outcome)).against(1.0)];
    let placed = |table: &&Table| table.field("x").is_some() || table.field("lon").is_some();
    if let Some(map) = outcome.table("map").filter(placed) {
        let mut figure = FigureSpec::new(FigureKind::Map).of_table("map").of_value("m_local").against(1.0);
        figure.group = map.field("significant").map(|field| field.name.clone());
        figures.push(figure);
    }
    if outcome.table("surface").is_some() {
        let surface = FigureSpec::new(FigureKind::Map).of_table("surface").of_value("m_smoothed");
        figures.push(surface.against(1.0));
    }
    figures
}
