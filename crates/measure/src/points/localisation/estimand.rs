//! `localisation PLANTS`: the command.

use super::{Industry, LocalisationOptions, LocalisationResult, Pattern, Side, localisation, words};
use crate::points::words::stretches;
use crate::points::{DISTANCES, EnvelopeMethod, Null, PLANTS, Plants, distance_columns, plant_columns};
use distretto_core::{
    ColumnKind, Context, Estimand, Fault, Given, Inputs, OptionSpec, OptionValues, Outcome, Table, TableSpec, Text,
    narrowed, option_specs, parse_options,
};
use distretto_numerics::Metric;

/// Row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "measure",
    name: "localisation",
    about: "Which industries are localised, which dispersed, at which distances: all industries at once",
    chapter: "measure/localisation",
    revision: 3,
    inputs: &[PLANTS, DISTANCES],
    options,
    plan,
    run,
    findings: words::findings,
    figures: words::figures,
};

fn options() -> Vec<OptionSpec> {
    let all = option_specs::<LocalisationOptions>();
    let help = "What is drawn at random in a simulation: the sites of an industry among those of all plants.";
    let all = narrowed(all, "null", &[Null::RandomLocation.word()], help);
    let envelopes = [EnvelopeMethod::Erl, EnvelopeMethod::Mad, EnvelopeMethod::St].map(EnvelopeMethod::word);
    narrowed(all, "envelope", &envelopes, "Envelope of the simulations and test of each industry's whole curve.")
}

fn plan(values: &OptionValues, given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: LocalisationOptions = parse_options(values)?;
    options.validate()?;
    let plants = plant_columns("plants", &options.sites).take("name", ColumnKind::Word);
    Ok([plants].into_iter().chain(distance_columns(given)).collect())
}

fn run(inputs: &Inputs, values: &OptionValues, context: &Context) -> Result<Outcome, Fault> {
    let options: LocalisationOptions = parse_options(values)?;
    let table = inputs.need("plants")?;
    let plants = Plants::of_inputs(inputs, &options.sites)?;
    let result = localisation(&plants, &options, context).map_err(|error| match error {
        super::LocalisationError::Plants(error) => error.in_table(table),
        error => error.into(),
    })?;
    let mut outcome = outcome(&result, &options);
    plants.say_distances(&mut outcome);
    add_map(&mut outcome, &result, &plants, table);
    Ok(outcome)
}

fn outcome(result: &LocalisationResult, options: &LocalisationOptions) -> Outcome {
    let mut outcome =
        Outcome::new("measure localisation", "Localisation of every industry (Duranton and Overman 2005)");
    let tested = options.curve.nsim > 0;
    let count = |pattern: Pattern| {
        let count = result.industries.iter().filter(|industry| industry.pattern == pattern).count();
        if tested { count as f64 } else { f64::NAN }
    };
    outcome.scalar("industries", result.industries.len() as f64);
    outcome.scalar("localised", count(Pattern::Localised)).scalar("dispersed", count(Pattern::Dispersed));
    outcome.scalar("r_max", result.r.last().copied().unwrap_or(f64::NAN)).scalar("error_bound", result.error_bound);
    outcome.add_table("industries", industries(result));
    if tested {
        outcome.add_table("by_distance", by_distance(result, 1.0 - options.curve.level + 1e-9));
    }
    if !options.industry.is_empty() {
        outcome.add_table("curves", curves(result, options, tested));
    }
    outcome.warnings.extend(result.notes().iter().cloned());
    outcome.convention("function", options.function.word()).convention("level", options.curve.level);
    outcome.convention("p_adjust", options.p_adjust.word());
    outcome.convention("indices", "sums over the distances, beyond the global band at the level");
    if tested {
        outcome.convention("null", Null::RandomLocation.word());
        outcome.convention("envelope", options.curve.envelope.word());
    }
    outcome
}

/// Where the most localised industry stands: its plants, with the number of its others within the distance at which its
/// curve is farthest above chance, 0 left out. None without a test, without coordinates, or with 0 as the only distance.
fn add_map(outcome: &mut Outcome, result: &LocalisationResult, plants: &Plants, table: &Table) {
    let localised = result.industries.iter().filter(|industry| industry.pattern == Pattern::Localised);
    let larger = |best: &Industry, other: &Industry| other.indices()[0] > best.indices()[0];
    let most = localised.reduce(|best, other| if larger(best, other) { other } else { best });
    let (Some(most), None, Some(ids)) = (most, plants.distances(), table.text("id")) else { return };
    let Ok(own) = plants.of_industries(std::slice::from_ref(&most.code)) else { return };
    // Within 0 a plant has only those that share its site.
    let r = peak(most, &result.r, |r| r > 0.0);
    if r.is_nan() {
        return;
    }
    let rows: Vec<usize> = own.iter().map(|&plant| plants.row(plant as usize)).collect();
    let axis = |axis: usize| own.iter().map(|&plant| plants.points()[plant as usize][axis]).collect::<Vec<f64>>();
    let [first, second] = if plants.metric() == Metric::Euclidean { ["x", "y"] } else { ["lon", "lat"] };
    let mut map = Table::empty()
        .with_text("id", ids.take(&rows))
        .with_text("industry", rows.iter().map(|_| Some(most.code.as_str())).collect::<Text>())
        .with_numbers(first, axis(0))
        .with_numbers(second, axis(1))
        .with_numbers("neighbours", neighbours(plants, &own, r));
    if let Some(names) = table.text("name") {
        map = map.with_text("name", names.take(&rows));
    }
    outcome.scalar("map_r", r);
    outcome.add_table("map", map);
}

/// How many others of these plants are within a distance of each.
fn neighbours(plants: &Plants, own: &[u32], r: f64) -> Vec<f64> {
    let whole = plants.index(r);
    let mut index = whole.empty_like();
    whole.subset_into(own, &mut index);
    let limit = index.scale().squared_within(r);
    let mut counts = vec![0.0; own.len()];
    index.visit(0..index.len(), |i, start, squared| {
        for (j, _) in (start..).zip(squared).filter(|(_, square)| **square <= limit) {
            for place in [i, j] {
                counts[index.order()[place] as usize] += 1.0;
            }
        }
    });
    counts
}

fn industries(result: &LocalisationResult) -> Table {
    let all = &result.industries;
    let numbers = |value: &dyn Fn(&Industry) -> f64| all.iter().map(value).collect::<Vec<f64>>();
    let indices: Vec<[f64; 2]> = all.iter().map(Industry::indices).collect();
    let index = |side: usize| indices.iter().map(|both| both[side]).collect::<Vec<f64>>();
    let stretches: Vec<[f64; 3]> = all.iter().map(|industry| stretch(industry, &result.r)).collect();
    let part = |part: usize| stretches.iter().map(|all| all[part]).collect::<Vec<f64>>();
    Table::empty()
        .with_text("industry", all.iter().map(|industry| Some(industry.code.as_str())).collect::<Text>())
        .with_numbers("plants", numbers(&|industry| industry.plants as f64))
        .with_numbers("p_value", numbers(&|industry| industry.p_value))
        .with_numbers("q_value", numbers(&|industry| industry.q_value))
        .with_numbers("p_family", numbers(&|industry| industry.p_family))
        .with_text("pattern", all.iter().map(|industry| industry.pattern.word()).collect::<Text>())
        .with_numbers("r_from", part(0))
        .with_numbers("r_to", part(1))
        .with_numbers("share_of_r", part(2))
        .with_text("r_beyond", all.iter().map(|industry| beyond(industry, &result.r)).collect::<Text>())
        .with_numbers("index_local", index(0))
        .with_numbers("rank_local", ranks(&index(0)))
        .with_numbers("index_dispersed", index(1))
        .with_numbers("rank_dispersed", ranks(&index(1)))
        .with_numbers("r_peak", numbers(&|industry| peak(industry, &result.r, |_| true)))
}

/// First stretch of distances on the side of the pattern, and the share of all distances that are on it.
fn stretch(industry: &Industry, r: &[f64]) -> [f64; 3] {
    let side = match industry.pattern {
        Pattern::Localised => Side::Above,
        Pattern::Dispersed => Side::Below,
        Pattern::Neither | Pattern::Unknown => return [f64::NAN; 3],
    };
    let on: Vec<bool> = (0..r.len()).map(|j| industry.side(j) == side).collect();
    let first = on.iter().position(|on| *on).unwrap_or(0);
    let last = on[first..].iter().take_while(|on| **on).count() + first;
    let share = on.iter().filter(|on| **on).count() as f64 / r.len() as f64;
    [r[first], r[last.max(1) - 1], share]
}

/// All stretches of distances on the side of the pattern: `0–8, 12`.
fn beyond(industry: &Industry, r: &[f64]) -> Option<String> {
    let side = match industry.pattern {
        Pattern::Localised => Side::Above,
        Pattern::Dispersed => Side::Below,
        Pattern::Neither | Pattern::Unknown => return None,
    };
    Some(stretches(r, |j| industry.side(j) == side).join(", "))
}

/// Place from the largest index down, ties share the best place; none where the index is 0 or does not exist.
fn ranks(index: &[f64]) -> Vec<f64> {
    let rank = |value: &f64| match *value > 0.0 {
        true => 1.0 + index.iter().filter(|other| *other > value).count() as f64,
        false => f64::NAN,
    };
    index.iter().map(rank).collect()
}

/// Distance, among those that count, at which the curve is farthest above what chance gives on average.
fn peak(industry: &Industry, r: &[f64], counts: fn(f64) -> bool) -> f64 {
    let excess = |j: &usize| industry.values[*j] - industry.mean[*j];
    let known = (0..r.len()).filter(|j| counts(r[*j]) && excess(j).is_finite());
    known.max_by(|a, b| excess(a).total_cmp(&excess(b)).then(b.cmp(a))).map_or(f64::NAN, |j| r[j])
}

/// Whether an industry counts at a distance, for a pattern and its side of the band.
type Holds<'a> = dyn Fn(&Industry, usize, (Pattern, Side)) -> bool + 'a;

/// How many industries are localised and dispersed at each distance: over all distances together, among industries that
/// are so once adjusted; and at each distance by itself.
fn by_distance(result: &LocalisationResult, alpha: f64) -> Table {
    let tested: Vec<&Industry> = result.industries.iter().filter(|industry| !industry.p_value.is_nan()).collect();
    let patterns = [(Pattern::Localised, Side::Above), (Pattern::Dispersed, Side::Below)];
    let rows: Vec<(usize, (Pattern, Side))> =
        (0..result.r.len()).flat_map(|j| patterns.map(|pattern| (j, pattern))).collect();
    let count = |holds: &Holds<'_>| {
        let count = |&(j, pattern): &(usize, _)| tested.iter().filter(|one| holds(one, j, pattern)).count() as f64;
        rows.iter().map(count).collect::<Vec<f64>>()
    };
    let share = |counts: &[f64]| counts.iter().map(|count| count / tested.len() as f64).collect::<Vec<f64>>();
    let global = count(&|one, j, (pattern, side)| one.pattern == pattern && one.side(j) == side);
    let local = count(&|one, j, (_, side)| one.local_side(j, alpha) == side);
    let (global_share, local_share) = (share(&global), share(&local));
    Table::empty()
        .with_numbers("r", rows.iter().map(|&(j, _)| result.r[j]).collect())
        .with_text("pattern", rows.iter().map(|(_, (pattern, _))| pattern.word()).collect::<Text>())
        .with_numbers("industries", global)
        .with_numbers("industry_share", global_share)
        .with_numbers("industries_locally", local)
        .with_numbers("industry_share_locally", local_share)
}

/// Curves of the industries that are named.
fn curves(result: &LocalisationResult, options: &LocalisationOptions, tested: bool) -> Table {
    let named: Vec<&Industry> =
        result.industries.iter().filter(|industry| options.industry.contains(&industry.code)).collect();
    let width = result.r.len();
    let flat = |values: &dyn Fn(&Industry) -> Vec<f64>| named.iter().flat_map(|one| values(one)).collect::<Vec<f64>>();
    let table = Table::empty()
        .with_text("industry", named.iter().flat_map(|one| vec![Some(one.code.as_str()); width]).collect::<Text>())
        .with_numbers("r", flat(&|_| result.r.clone()))
        .with_numbers(options.function.word(), flat(&|one| one.values.clone()));
    match tested {
        true => table
            .with_numbers("mean", flat(&|one| one.mean.clone()))
            .with_numbers("low", flat(&|one| one.low.clone()))
            .with_numbers("high", flat(&|one| one.high.clone())),
        false => table,
    }
}
