//! Location quotient: is an industry's share in a region larger than in the whole?

mod bounds;
mod interval;
mod kernel;
mod lilliefors;
mod options;
mod plants;
mod proximity;
mod standard;
#[cfg(test)]
mod tests;
mod words;

pub use options::{Cutoff, Interval, LqError, LqOptions, Standardise};
pub use plants::Plants;
pub use proximity::Proximity;
pub use standard::Standard;

use crate::areas::{Areas, area_columns};
use distretto_core::{
    ColumnKind, Context, Estimand, Fault, FaultKind, Given, Input, InputKind, Inputs, Message, OptionValues, Outcome,
    Place, Table, TableSpec, Text, Values, option_specs, parse_options,
};
use distretto_numerics::Key;
use kernel::Cells;

/// The row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "measure",
    name: "lq",
    about: "Location quotient: an industry's share in a region against its share in the whole",
    chapter: "measure/location-quotient",
    revision: 1,
    inputs: &[
        Input {
            name: "areas",
            kind: InputKind::Table,
            place: Place::Positional,
            required: true,
            help: "Values by region and industry",
        },
        Input {
            name: "regions",
            kind: InputKind::Table,
            place: Place::Flag,
            required: false,
            help: "Places of the regions: x and y, or lon and lat",
        },
        Input {
            name: "proximity",
            kind: InputKind::Weights,
            place: Place::FlagUnless(&["knn:", "band:", "exp:"]),
            required: false,
            help: "Links between regions that count as near, with weights",
        },
        Input {
            name: "plants",
            kind: InputKind::Table,
            place: Place::Flag,
            required: false,
            help: "Plants with region, industry and size, resampled by `--interval bootstrap`",
        },
    ],
    options: option_specs::<LqOptions>,
    plan,
    run,
    findings: words::findings,
    figures: words::figures,
};

/// The data of [`location_quotient`].
#[derive(Debug, Clone, Copy)]
pub struct LqData<'a> {
    /// Values by region and industry.
    pub areas: &'a Areas,
    /// How much neighbours count, for the proximity-adjusted quotient.
    pub proximity: Option<&'a Proximity>,
    /// Plants that the bootstrap resamples.
    pub plants: Option<&'a Plants>,
}

/// Location quotients, region by region with every industry that was chosen; NaN where a number does not exist.
#[derive(Debug, Clone, PartialEq)]
pub struct LqResult {
    /// Places of the industries in the area table.
    pub industries: Vec<usize>,
    /// `LQ = (e_ri/e_r)/(E_i/E)`, from 0 to E/max(e_r, E_i).
    pub lq: Vec<f64>,
    /// LQ, or ln LQ, standardised over the regions of the industry.
    pub z_lq: Vec<f64>,
    /// Lower end of the interval.
    pub low: Vec<f64>,
    /// Upper end of the interval.
    pub high: Vec<f64>,
    /// Score statistic of LQ = 1.
    pub z: Vec<f64>,
    /// Its p-value.
    pub p_value: Vec<f64>,
    /// The p-value adjusted over all listed cells.
    pub q_value: Vec<f64>,
    /// Whether the region counts as specialised.
    pub specialised: Vec<Option<bool>>,
    /// Quotient of the region with its neighbours.
    pub proximity: Option<Vec<f64>>,
    /// Bounds under suppressed cells, lower and upper.
    pub bounds: Option<(Vec<f64>, Vec<f64>)>,
    /// Whether the bounds are certain to be the least and the largest quotients of all feasible tables: no total is
    /// given, or both bounds of every cell meet.
    pub bounds_exact: bool,
    /// One for each industry.
    pub standards: Vec<Standard>,
    /// What the user must know.
    pub notes: Vec<Message>,
}

/// Location quotients with their tests, intervals and bounds.
///
/// # Formula
/// `LQ_ri = (e_ri/e_r)/(E_i/E)`; model, intervals and test in `docs/theory/measure/location-quotient.md`.
///
/// # Errors
/// Options out of range, an industry that the table lacks, totals that no table within the intervals meets.
///
/// # Complexity
/// O(regions · industries), and O(n log n) for the adjustment of the p-values.
///
/// # References
/// Moineddin, Beyene and Boyle 2003; Beyene and Moineddin 2005; Benjamini and Hochberg 1995.
#[doc(alias = "LQ")]
pub fn location_quotient(data: LqData, options: &LqOptions, seed: u64) -> Result<LqResult, LqError> {
    options.validate()?;
    let areas = data.areas;
    let chosen = areas.chosen_industries(&options.industry)?;
    let cells = Cells { areas, chosen: &chosen };
    let lq = cells.quotients();
    let (low, high) = match (options.interval, data.plants) {
        (Interval::Bootstrap, Some(plants)) => {
            plants.intervals(areas, &chosen, options.level, options.nsim, Key::new(seed, "lq/plants"))
        }
        _ => cells.intervals(options, seed),
    };
    let (z, p_value, q_value) = cells.tests(options);
    let standards = cells.standards(&lq, options, seed);
    let bounds = if areas.has_intervals() { Some(cells.bounds(&lq)?) } else { None };
    let mut result = LqResult {
        bounds_exact: bounds.as_ref().is_none_or(|bounds| !areas.has_given_totals() || all_meet(bounds)),
        z_lq: cells.standardised(&lq, &standards, options.standardise),
        specialised: cells.specialised(options),
        proximity: data.proximity.map(|proximity| proximity::adjusted(areas, &chosen, proximity)),
        bounds,
        notes: areas.notes().to_vec(),
        industries: chosen,
        lq,
        low,
        high,
        z,
        p_value,
        q_value,
        standards,
    };
    words::note(&mut result, data, options);
    Ok(result)
}

/// Whether lower and upper bounds are the same wherever there are any.
fn all_meet((low, high): &(Vec<f64>, Vec<f64>)) -> bool {
    low.iter().zip(high).all(|(low, high)| low.is_nan() || low == high)
}

fn plan(values: &OptionValues, given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: LqOptions = parse_options(values)?;
    let mut specs = vec![area_columns("areas", &options.areas)];
    let is_given = |name: &str| given.iter().any(|input| input == name);
    if is_given("regions") {
        let places = TableSpec::new("regions").need("region", ColumnKind::Label);
        let places = places.take("x", ColumnKind::Number).take("y", ColumnKind::Number);
        specs.push(places.take("lon", ColumnKind::Longitude).take("lat", ColumnKind::Latitude).unique(&["region"]));
    }
    if is_given("plants") {
        let plants = TableSpec::new("plants").take("id", ColumnKind::Label).need("region", ColumnKind::Label);
        let plants = plants.need("industry", ColumnKind::Label).take("size", ColumnKind::Number);
        specs.push(plants.take("employment", ColumnKind::Number).take("year", ColumnKind::Integer));
    }
    Ok(specs)
}

fn run(inputs: &Inputs, values: &OptionValues, context: &Context) -> Result<Outcome, Fault> {
    let options: LqOptions = parse_options(values)?;
    let table = inputs.need("areas")?;
    let areas = Areas::read(table, &options.areas).map_err(|error| error.in_table(table))?;
    let near = inputs.table("proximity").or(inputs.table("regions"));
    let proximity = Proximity::from_inputs(&areas, options.proximity.as_deref(), inputs);
    let proximity = proximity.map_err(|error| told(error, near))?;
    let plants = inputs.table("plants").map(|plants| Plants::read(plants, &areas).map_err(|e| told(e, Some(plants))));
    let plants = plants.transpose()?;
    let data = LqData { areas: &areas, proximity: proximity.as_ref(), plants: plants.as_ref() };
    let result = location_quotient(data, &options, context.seed).map_err(|error| told(error, Some(table)))?;
    let mut outcome = package(&areas, result, &options);
    if let Some(plants) = plants.filter(|_| options.interval == Interval::Bootstrap) {
        outcome.convention("plant_size", plants.sizing().word());
    }
    Ok(outcome)
}

/// The fault of an error, with the file for what is wrong in a table.
fn told(error: LqError, table: Option<&Table>) -> Fault {
    let error = match (error, table) {
        (LqError::Plants(error), Some(table)) => return error.in_table(table),
        (error, _) => error,
    };
    let fault = Fault::from(error);
    match table {
        Some(table) if fault.kind() == FaultKind::Input => fault.in_table(table),
        _ => fault,
    }
}

fn package(areas: &Areas, result: LqResult, options: &LqOptions) -> Outcome {
    let mut outcome =
        Outcome::new("measure lq", "location quotient; score test and interval of the product-binomial model");
    let alpha = 1.0 - options.level;
    let significant = result.q_value.iter().filter(|&&q| q <= alpha).count();
    outcome.scalar("cells", result.lq.len() as f64).scalar("significant", significant as f64);
    if result.bounds.is_some() {
        outcome.flag("bounds_exact", result.bounds_exact);
    }
    outcome.convention("value", options.areas.value.as_str());
    outcome.convention("reference", "all regions, the region itself included");
    outcome.convention("interval", options.interval.word());
    outcome.convention("level", options.level);
    outcome.convention("design_effect", options.deff);
    outcome.convention("tail", options.tail.word());
    outcome.convention("p_adjust", options.p_adjust.word());
    let specialised = format!("LQ {} {}", if options.strict { ">" } else { ">=" }, options.rca_threshold);
    outcome.convention("specialised", specialised);
    let scale = if options.standardise == Standardise::Log { "ln LQ, zeros left out" } else { "LQ, zeros included" };
    outcome.convention("standardised", format!("{scale}; sd with divisor R - 1"));
    if let Some(year) = areas.year() {
        outcome.convention("year", year);
    }
    outcome.warnings.clone_from(&result.notes);
    let industries = options.cutoff.map(|_| industry_table(areas, &result));
    outcome.add_table("cells", cell_table(areas, result));
    if let Some(industries) = industries {
        outcome.add_table("industries", industries);
    }
    outcome
}

fn cell_table(areas: &Areas, result: LqResult) -> Table {
    use rayon::prelude::*;
    let (regions, chosen) = (areas.regions().len(), &result.industries);
    let width = chosen.len();
    let by_region = (0..regions as u32).flat_map(|region| std::iter::repeat_n(Some(region), width)).collect();
    let by_industry = (0..regions).flat_map(|_| (0..width as u32).map(Some)).collect();
    let names = chosen.iter().map(|&industry| areas.industries()[industry].clone()).collect();
    let symmetric = result.lq.par_iter().map(|lq| (lq - 1.0) / (lq + 1.0)).collect();
    let log = result.lq.par_iter().map(|&lq| if lq > 0.0 { lq.ln() } else { f64::NAN }).collect();
    let mut table = Table::empty()
        .with_text("region", Text::from_codes(by_region, areas.regions().to_vec()))
        .with_text("industry", Text::from_codes(by_industry, names))
        .with("employment", amounts(areas, chosen))
        .with_numbers("lq", result.lq)
        .with_numbers("symmetric_lq", symmetric)
        .with_numbers("log_lq", log)
        .with_numbers("z_lq", result.z_lq)
        .with_numbers("lq_low", result.low)
        .with_numbers("lq_high", result.high)
        .with_numbers("z", result.z)
        .with_numbers("p_value", result.p_value)
        .with_numbers("q_value", result.q_value)
        .with_flags("specialised", result.specialised);
    if let Some(proximity) = result.proximity {
        table = table.with_numbers("lq_proximity", proximity);
    }
    if let Some((low, high)) = result.bounds {
        table = table.with_numbers("lq_bound_low", low).with_numbers("lq_bound_high", high);
    }
    table
}

/// The values of the listed cells, as intervals where some are suppressed.
fn amounts(areas: &Areas, chosen: &[usize]) -> Values {
    let width = areas.industries().len();
    let pick = |values: &[f64]| -> Vec<f64> {
        if chosen.len() == width {
            return values.to_vec();
        }
        values.chunks_exact(width).flat_map(|row| chosen.iter().map(|&industry| row[industry])).collect()
    };
    if areas.has_intervals() {
        Values::Interval(distretto_core::Intervals { low: pick(areas.lows()), high: pick(areas.highs()) })
    } else {
        Values::Number(pick(areas.lows()))
    }
}

fn industry_table(areas: &Areas, result: &LqResult) -> Table {
    let column = |of: fn(&Standard) -> f64| result.standards.iter().map(of).collect::<Vec<f64>>();
    Table::empty()
        .with_text("industry", result.industries.iter().map(|&i| Some(&areas.industries()[i])).collect())
        .with_numbers("regions", column(|s| s.regions as f64))
        .with_numbers("mean_lq", column(|s| s.mean))
        .with_numbers("sd_lq", column(|s| s.sd))
        .with_numbers("ks_p", column(|s| s.ks_p))
        .with_numbers("cutoff", column(|s| s.cutoff))
}
