//! The row of the registration table, and the result as tables.

use super::levels::{Level, LevelledAreas};
use super::options::{EllisonGlaeserError, EllisonGlaeserOptions};
use super::plants::{Plants, Sizing};
use super::sizes::SizeTable;
use super::{Benchmark, EllisonGlaeser, IndustryRow, ellison_glaeser, ellison_glaeser_of_classes, words};
use crate::areas::area_columns;
use distretto_core::{
    ColumnKind, Context, Estimand, Fault, Given, Input, InputKind, Inputs, Message, OptionValues, Outcome, Place,
    Table, TableSpec, Text, option_specs, options_record, parse_options,
};
use distretto_numerics::{median, pairwise};

const fn table(name: &'static str, place: Place, required: bool, help: &'static str) -> Input {
    Input { name, kind: InputKind::Table, place, required, help }
}

/// `measure ellison-glaeser`.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "measure",
    name: "ellison-glaeser",
    about: "Concentration of industries beyond that of their plants falling like darts",
    chapter: "measure/ellison-glaeser",
    revision: 1,
    inputs: &[
        table("plants", Place::Positional, true, "plants with region, industry and size; the areas with `--sizes`"),
        table("areas", Place::Flag, false, "values by region and industry, whose totals are the shares of regions"),
        table("sizes", Place::Flag, false, "size classes by industry: low, high, plants, employment"),
    ],
    options: option_specs::<EllisonGlaeserOptions>,
    plan,
    run,
    findings: words::findings,
    figures: words::figures,
};

fn plan(values: &OptionValues, given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: EllisonGlaeserOptions = parse_options(values)?;
    let has = |name: &str| given.iter().any(|input| input == name);
    if has("sizes") {
        if has("areas") {
            return Err(EllisonGlaeserError::TwoAreas.into());
        }
        let sizes = TableSpec::new("sizes").need("industry", ColumnKind::Label).need("low", ColumnKind::NonNegative);
        let sizes = sizes.take("high", ColumnKind::NonNegative).need("plants", ColumnKind::NonNegative);
        let sizes = sizes.take("employment", ColumnKind::NonNegative).take("year", ColumnKind::Integer);
        return Ok(vec![levelled("plants", &options), sizes]);
    }
    let mut plants = TableSpec::new("plants").need("id", ColumnKind::Label);
    for level in options.level_columns() {
        plants = plants.need(&level, ColumnKind::Label);
    }
    let plants = plants.need("industry", ColumnKind::Label).take("size", ColumnKind::Number);
    let plants = plants.take("employment", ColumnKind::Number).take("year", ColumnKind::Integer);
    let mut specs = vec![plants];
    if has("areas") {
        specs.push(levelled("areas", &options));
    }
    Ok(specs)
}

/// Columns of an area table with its levels.
fn levelled(input: &str, options: &EllisonGlaeserOptions) -> TableSpec {
    let levels = options.level_columns();
    if levels == ["region"] {
        return area_columns(input, &options.areas);
    }
    let with_level = |spec: TableSpec, level: &String| spec.need(level, ColumnKind::Label);
    let spec = levels.iter().fold(TableSpec::new(input), with_level);
    let spec = spec.need("industry", ColumnKind::Label).need(&options.areas.value, ColumnKind::Amount);
    spec.take("year", ColumnKind::Integer)
}

fn run(inputs: &Inputs, values: &OptionValues, context: &Context) -> Result<Outcome, Fault> {
    let options: EllisonGlaeserOptions = parse_options(values)?;
    options.validate()?;
    match inputs.table("sizes") {
        Some(sizes) => of_classes(inputs.need("plants")?, sizes, &options),
        None => of_plants(inputs, &options, context),
    }
}

fn of_plants(inputs: &Inputs, options: &EllisonGlaeserOptions, context: &Context) -> Result<Outcome, Fault> {
    let table = inputs.need("plants")?;
    let columns = options.level_columns();
    let plants = Plants::read(table, &columns, options.areas.year).map_err(|error| error.in_table(table))?;
    let mut warnings = Vec::new();
    let levels = match inputs.table("areas") {
        Some(areas) => {
            let read = LevelledAreas::read(areas, &columns, &options.areas).map_err(|error| error.in_table(areas))?;
            warnings.extend_from_slice(read.areas.notes());
            read.levels()
        }
        None => {
            warnings.push(Message::new("measure.ellison-glaeser.shares-of-plants"));
            (0..columns.len()).map(|level| level_of_plants(&plants, level, &columns[level])).collect()
        }
    };
    let found = ellison_glaeser(&plants, &levels, options, context).map_err(|error| match error {
        EllisonGlaeserError::Plants(error) => error.in_table(table),
        other => other.into(),
    })?;
    words::plant_warnings(&plants, &levels, &found, &mut warnings);
    let mut outcome = outcome(&found, options, None, &warnings);
    outcome.convention("size", plants.sizing().word());
    let shares = if inputs.table("areas").is_some() { "areas" } else { "plants" };
    outcome.convention("shares_of_regions", shares);
    if plants.sizing() == Sizing::Equal {
        outcome.convention("herfindahl", "1/plants");
    }
    Ok(outcome)
}

/// Shares of regions in the listed plants.
pub(crate) fn level_of_plants(plants: &Plants, level: usize, name: &str) -> Level {
    let units = plants.regions(level).to_vec();
    let mut totals = vec![0.0; units.len()];
    // Every unit is one of a plant.
    for (place, size) in plants.places(level, &units).unwrap_or_default().into_iter().zip(plants.sizes()) {
        totals[place as usize] += size;
    }
    Level { name: name.to_owned(), units, benchmark: Benchmark::new(&totals) }
}

fn of_classes(table: &Table, sizes: &Table, options: &EllisonGlaeserOptions) -> Result<Outcome, Fault> {
    let read = LevelledAreas::read(table, &options.level_columns(), &options.areas);
    let areas = read.map_err(|error| error.in_table(table))?;
    let classes = SizeTable::read(sizes, options.areas.year).map_err(|error| error.in_table(sizes))?;
    let all = ellison_glaeser_of_classes(&areas, &classes, options).map_err(|error| match error {
        EllisonGlaeserError::Classes { row: Some(row), .. } => Fault::from(error).at(sizes, row, "employment"),
        EllisonGlaeserError::Areas(error) => error.in_table(table),
        other => other.into(),
    })?;
    let mut warnings = areas.areas.notes().to_vec();
    words::class_warnings(&all, &areas.levels(), &mut warnings);
    let mut outcome = outcome(&all.found, options, Some(all.exact), &warnings);
    outcome.convention("size", "classes").convention("shares_of_regions", "areas");
    Ok(outcome)
}

fn outcome(
    found: &EllisonGlaeser,
    options: &EllisonGlaeserOptions,
    bounds_exact: Option<bool>,
    warnings: &[Message],
) -> Outcome {
    let method = "index of Ellison and Glaeser 1997, with that of Maurel and Sédillot 1999";
    let mut outcome = Outcome::new("measure ellison-glaeser", method);
    summary(&mut outcome, &found.rows, options, bounds_exact.is_some());
    if let Some(exact) = bounds_exact {
        outcome.flag("bounds_exact", exact);
    }
    outcome.add_table("industries", industries(&found.rows, options.nsim > 0, bounds_exact.is_some()));
    outcome.convention("tail", options.tail.word());
    outcome.convention("p_sim", "dartboard, one-sided greater");
    outcome.convention("q_value", if options.nsim > 0 { "of p_sim" } else { "of p_value" });
    outcome.convention("p_adjust", options.p_adjust.word());
    if options.level_columns().len() > 1 {
        outcome.convention("summary", format!("level {}", options.level_columns()[0]));
    }
    outcome.provenance.options = options_record(options);
    outcome.warnings.extend_from_slice(warnings);
    outcome
}

/// A column: its name and the number that a row has in it.
type Column = (&'static str, fn(&IndustryRow) -> f64);

/// Columns of numbers in order.
const NUMBERS: [Column; 17] = [
    ("plants", |row| row.plants),
    ("employment", |row| row.employment),
    ("g", |row| row.g),
    ("g_low", |row| row.g_low),
    ("g_high", |row| row.g_high),
    ("h", |row| row.h),
    ("h_low", |row| row.h_low),
    ("h_high", |row| row.h_high),
    ("gamma", |row| row.gamma),
    ("gamma_low", |row| row.gamma_low),
    ("gamma_high", |row| row.gamma_high),
    ("gamma_ms", |row| row.gamma_ms),
    ("se", |row| row.se),
    ("z", |row| row.z),
    ("p_value", |row| row.p_value),
    ("p_sim", |row| row.p_sim),
    ("q_value", |row| row.q_value),
];

/// Whether a column belongs to the result: simulated p only with simulations, bounds of G only where G may be open.
fn shown(name: &str, simulated: bool, classes: bool) -> bool {
    match name {
        "p_sim" => simulated,
        "g_low" | "g_high" => classes,
        _ => true,
    }
}

fn industries(rows: &[IndustryRow], simulated: bool, classes: bool) -> Table {
    let text = |label: fn(&IndustryRow) -> Option<&str>| rows.iter().map(label).collect::<Text>();
    let mut table = Table::empty()
        .with_text("industry", text(|row| Some(&row.industry)))
        .with_text("level", text(|row| Some(&row.level)));
    for (name, value) in NUMBERS {
        if shown(name, simulated, classes) {
            table = table.with_numbers(name, rows.iter().map(value).collect());
        }
    }
    table.with_text("class", text(|row| row.class))
}

/// The only row under the names of its columns, else counts and averages over the first level.
fn summary(outcome: &mut Outcome, rows: &[IndustryRow], options: &EllisonGlaeserOptions, classes: bool) {
    if let [row] = rows {
        outcome.word("industry", &row.industry).word("level", &row.level);
        for (name, value) in NUMBERS.iter().filter(|(name, _)| shown(name, options.nsim > 0, classes)) {
            outcome.scalar(name, value(row));
        }
        match row.class {
            Some(word) => outcome.word("class", word),
            None => outcome.scalar("class", f64::NAN),
        };
        return;
    }
    let first = options.level_columns().swap_remove(0);
    let at_first: Vec<&IndustryRow> = rows.iter().filter(|row| row.level == first).collect();
    let gammas: Vec<f64> = at_first.iter().map(|row| row.gamma).filter(|gamma| gamma.is_finite()).collect();
    let mean = if gammas.is_empty() { f64::NAN } else { pairwise(&gammas) / gammas.len() as f64 };
    let middle = if gammas.is_empty() { f64::NAN } else { median(&gammas) };
    outcome.scalar("industries", at_first.len() as f64).scalar("mean_gamma", mean).scalar("median_gamma", middle);
}
