//! The commands `measure concentration` and `measure specialisation`: tables in, outcome, findings and figures out.

use super::{
    Benchmark, ConcentrationOptions, ConcentrationResult, Gap, Index, SpecialisationOptions, SpreadOptions, SpreadRow,
    concentration, specialisation,
};
use crate::areas::{Areas, area_columns};
use distretto_core::{
    Arg, ColumnKind, Context, Estimand, Fault, FigureKind, FigureSpec, Given, Input, Inputs, Message, OptionValues,
    Outcome, Place, Table, TableSpec, option_specs, parse_options,
};

mod findings;

const AREAS: Input =
    Input::table("areas", Place::Positional, true, "Area table: region, industry and a value such as employment");

const REGIONS: Input = Input::table(
    "regions",
    Place::Flag,
    false,
    "Table of regions with a column `area` or `population`, for the benchmark of that name",
);

pub(crate) const CONCENTRATION: Estimand = Estimand {
    engine: "measure",
    name: "concentration",
    about: "How unevenly each industry is spread over regions: Gini, Hoover, Krugman, Theil, Herfindahl, entropy",
    chapter: "measure/concentration",
    revision: 1,
    inputs: &[AREAS, REGIONS],
    options: option_specs::<ConcentrationOptions>,
    plan: plan_concentration,
    run: run_concentration,
    findings: findings::of_industries,
    figures: |outcome| figures(outcome, "industries", "industry", "region"),
};

pub(crate) const SPECIALISATION: Estimand = Estimand {
    engine: "measure",
    name: "specialisation",
    about: "How far each region's mix of industries is from that of all regions: the same indices, Hachman, diversity",
    chapter: "measure/concentration",
    revision: 1,
    inputs: &[AREAS],
    options: option_specs::<SpecialisationOptions>,
    plan: |values, _given| {
        let options: SpecialisationOptions = parse_options(values)?;
        Ok(vec![area_columns("areas", &options.areas)])
    },
    run: run_specialisation,
    findings: findings::of_regions,
    figures: |outcome| figures(outcome, "regions", "region", "industry"),
};

fn plan_concentration(values: &OptionValues, given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: ConcentrationOptions = parse_options(values)?;
    let mut specs = vec![area_columns("areas", &options.areas)];
    if given.iter().any(|name| name == "regions") {
        let spec = TableSpec::new("regions").need("region", ColumnKind::Label).unique(&["region"]);
        specs.push(match options.benchmark.column() {
            Some(column) => spec.need(column, ColumnKind::NonNegative),
            None => spec,
        });
    }
    Ok(specs)
}

fn run_concentration(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: ConcentrationOptions = parse_options(values)?;
    let (table, regions) = (inputs.need("areas")?, inputs.table("regions"));
    let areas = Areas::read(table, &options.areas).map_err(|error| error.in_table(table))?;
    let result = concentration(&areas, regions, &options).map_err(|error| error.at(table, regions))?;
    let mut outcome = outcome(&result, &areas, Side::industries(), &options.spread, options.benchmark);
    if regions.is_some() && options.benchmark.column().is_none() {
        outcome.warn(Message::new("measure.concentration.regions-unused"));
    }
    Ok(outcome)
}

fn run_specialisation(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: SpecialisationOptions = parse_options(values)?;
    let table = inputs.need("areas")?;
    let areas = Areas::read(table, &options.areas).map_err(|error| error.in_table(table))?;
    let result = specialisation(&areas, &options).map_err(|error| error.at(table, None))?;
    Ok(outcome(&result, &areas, Side::regions(), &options.spread, options.benchmark.into()))
}

/// How one of the two commands names its things.
struct Side {
    command: &'static str,
    method: &'static str,
    table: &'static str,
    row: &'static str,
    unit: &'static str,
    units: &'static str,
    indices: &'static [Index],
    name: fn(String) -> Arg,
}

impl Side {
    fn industries() -> Self {
        Self {
            command: "measure concentration",
            method: "indices of concentration over regions (Hoover 1936, Theil 1967, Hannah and Kay 1977, Krugman 1991)",
            table: "industries",
            row: "industry",
            unit: "region",
            units: "regions",
            indices: &Index::ALL[..11],
            name: Arg::Industry,
        }
    }

    fn regions() -> Self {
        Self {
            command: "measure specialisation",
            method: "indices of specialisation over industries (Hoover 1936, Theil 1967, Krugman 1991, Duranton and Puga 2000)",
            table: "regions",
            row: "region",
            unit: "industry",
            units: "industries",
            indices: &Index::ALL,
            name: Arg::Region,
        }
    }
}

fn outcome(
    result: &ConcentrationResult,
    areas: &Areas,
    side: Side,
    options: &SpreadOptions,
    benchmark: Benchmark,
) -> Outcome {
    let mut outcome = Outcome::new(side.command, side.method);
    outcome.scalar(side.table, result.rows.len() as f64);
    if result.suppressed {
        outcome.flag("bounds_exact", result.bounds_exact());
    }
    outcome.add_table(side.table, rows_table(result, &side));
    if !result.lorenz.is_empty() {
        outcome.add_table("lorenz", lorenz_table(result, &side));
    }
    outcome
        .convention("benchmark", benchmark.name())
        .convention("gini_scale", options.gini_scale)
        .convention("krugman_scale", options.krugman_scale)
        .convention("log_base", options.log_base.name())
        .convention("cr", options.cr)
        .convention("hannah_kay_alpha", options.alpha);
    outcome.warnings.extend(areas.notes().iter().cloned());
    outcome.warnings.extend(warnings(&result.rows, &side));
    outcome
}

fn rows_table(result: &ConcentrationResult, side: &Side) -> Table {
    let rows = &result.rows;
    let mut table = Table::empty()
        .with_text(side.row, rows.iter().map(|row| Some(&row.code)).collect())
        .with_numbers("employment", rows.iter().map(|row| row.employment).collect())
        .with_numbers(side.units, rows.iter().map(|row| row.units).collect());
    for &index in side.indices {
        table = table.with_numbers(index.name(), rows.iter().map(|row| row.value(index)).collect());
    }
    if result.suppressed {
        for &index in side.indices.iter().filter(|index| index.has_bounds()) {
            let name = index.name();
            table = table
                .with_numbers(&format!("{name}_low"), rows.iter().map(|row| row.bounds(index).low).collect())
                .with_numbers(&format!("{name}_high"), rows.iter().map(|row| row.bounds(index).high).collect());
        }
    }
    table
}

fn lorenz_table(result: &ConcentrationResult, side: &Side) -> Table {
    let points = &result.lorenz;
    let column = |pick: fn(&super::LorenzPoint) -> f64| points.iter().map(pick).collect();
    Table::empty()
        .with_text(side.unit, points.iter().map(|point| Some(&point.code)).collect())
        .with_numbers("share", column(|point| point.share))
        .with_numbers("benchmark", column(|point| point.benchmark))
        .with_numbers("share_cumulated", column(|point| point.share_cumulated))
        .with_numbers("benchmark_cumulated", column(|point| point.benchmark_cumulated))
}

/// One warning for each kind of gap: how many rows have it, and the first of them.
fn warnings(rows: &[SpreadRow], side: &Side) -> Vec<Message> {
    let key = |gap: Gap| match gap {
        Gap::Suppressed => "measure.spread.suppressed",
        Gap::OpenTotal => "measure.spread.open-total",
        Gap::OpenBenchmark => "measure.spread.open-benchmark",
        Gap::OpenUnits => "measure.spread.open-units",
        Gap::OutsideBenchmark => "measure.spread.outside-benchmark",
        Gap::SingleUnit => "measure.spread.single-unit",
        Gap::SameStructure => "measure.spread.same-structure",
        Gap::ManyCells => "measure.spread.many-cells",
        Gap::OuterBounds => "measure.spread.outer-bounds",
        Gap::OpenDiversity => "measure.spread.open-diversity",
    };
    let mut gaps: Vec<Gap> = rows.iter().flat_map(|row| row.gaps.iter().copied()).collect();
    gaps.sort_unstable();
    gaps.dedup();
    let warn = |gap: Gap| {
        let mut with = rows.iter().filter(|row| row.gaps.contains(&gap));
        let first = with.next().map_or_else(String::new, |row| row.code.clone());
        Message::new(key(gap)).count("count", 1 + with.count()).with("first", (side.name)(first))
    };
    gaps.into_iter().map(warn).collect()
}

fn figures(outcome: &Outcome, table: &str, row: &str, unit: &str) -> Vec<FigureSpec> {
    let mut figures = Vec::new();
    if outcome.table("lorenz").is_some() {
        let curve = FigureSpec::new(FigureKind::Lorenz).of_table("lorenz").of_value("share").by(unit);
        figures.push(FigureSpec { weight: Some("benchmark".to_owned()), ..curve });
    }
    if outcome.table(table).is_some_and(|table| table.rows() > 1) {
        figures.push(FigureSpec::new(FigureKind::Bars).of_table(table).of_value("gini").by(row).first(20));
    }
    figures
}
