//! The row of the registration table, and the result as tables.

use super::options::{Method, ShiftShareError, ShiftShareOptions};
use super::{Components, ShiftShare, shift_share, words};
use crate::areas::{Areas, area_columns};
use distretto_core::{
    Context, Estimand, Fault, Given, Input, InputKind, Inputs, OptionValues, Outcome, Place, Table, TableSpec, Text,
    option_specs, options_record, parse_options,
};

/// `measure shift-share`.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "measure",
    name: "shift-share",
    about: "Growth of regions: national, industry-mix and regional parts",
    chapter: "measure/shift-share",
    revision: 1,
    inputs: &[Input {
        name: "areas",
        kind: InputKind::Table,
        place: Place::Positional,
        required: true,
        help: "values by region, industry and year",
    }],
    options: option_specs::<ShiftShareOptions>,
    plan,
    run,
    findings: words::findings,
    figures: words::figures,
};

fn plan(values: &OptionValues, _given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: ShiftShareOptions = parse_options(values)?;
    Ok(vec![area_columns("areas", &options.areas())])
}

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: ShiftShareOptions = parse_options(values)?;
    let table = inputs.need("areas")?;
    let place = |error: ShiftShareError| match error {
        ShiftShareError::Areas(error) => error.in_table(table),
        other => Fault::from(other).in_table(table),
    };
    let held = Areas::years(table, &options.areas()).map_err(|error| error.in_table(table))?;
    let years = options.years(&held).map_err(place)?;
    let tables = Areas::read_years(table, &options.areas(), &years).map_err(|error| error.in_table(table))?;
    let found = shift_share(&tables, &options).map_err(place)?;
    Ok(outcome(&found, &options, &years, &tables))
}

fn outcome(found: &ShiftShare, options: &ShiftShareOptions, years: &[i64], tables: &[Areas]) -> Outcome {
    let mut outcome = Outcome::new("measure shift-share", source(found.method));
    let (from, to) = (years[0], years[years.len() - 1]);
    outcome.scalar("from", from as f64).scalar("to", to as f64).scalar("growth_rate", found.growth_rate);
    if !options.industry.is_empty() {
        outcome.scalar("industry_growth_rate", found.listed_growth_rate);
    }
    outcome.add_table("regions", regions(found)).add_table("cells", cells(found));
    outcome.convention("method", found.method.word());
    outcome.convention("nation", options.nation.as_deref().unwrap_or("sum of the regions"));
    outcome.convention("national_growth", "all industries");
    if !options.industry.is_empty() {
        outcome.convention("regions", "sums over the listed industries");
    }
    if found.method == Method::Esteban {
        outcome.convention("cells_starting_at_zero", "allocation");
    }
    outcome.provenance.options = options_record(options);
    words::warnings(found, tables).into_iter().for_each(|warning| {
        outcome.warn(warning);
    });
    outcome
}

fn source(method: Method) -> &'static str {
    match method {
        Method::Dunn => "shift-share analysis (Dunn 1960)",
        Method::Esteban => "shift-share analysis with homothetic change (Esteban-Marquillas 1972)",
        Method::Gerfin => "multiplicative shift-share analysis (Gerfin 1964)",
        Method::Dynamic => "dynamic shift-share analysis (Barff and Knight 1988)",
    }
}

fn regions(found: &ShiftShare) -> Table {
    let codes: Text = found.regions.iter().map(Some).collect();
    with_parts(Table::empty().with_text("region", codes), &found.by_region, found.method)
}

fn cells(found: &ShiftShare) -> Table {
    let (regions, width) = (&found.regions, found.industries.len());
    let code = |i: usize| u32::try_from(i).expect("codes are counted in 32 bits when they are read");
    let rows = 0..regions.len() * width;
    let region = Text::from_codes(rows.clone().map(|row| Some(code(row / width))).collect(), regions.clone());
    let industry = Text::from_codes(rows.map(|row| Some(code(row % width))).collect(), found.industries.clone());
    let table = Table::empty().with_text("region", region).with_text("industry", industry);
    with_parts(table, &found.by_cell, found.method)
}

/// The columns that the method has.
fn with_parts(table: Table, parts: &[Components], method: Method) -> Table {
    let column = |part: fn(&Components) -> f64| parts.iter().map(part).collect::<Vec<f64>>();
    let mut table = table.with_numbers("growth", column(|p| p.growth));
    if method == Method::Gerfin {
        table = table
            .with_numbers("industry_factor", column(|p| p.industry_factor))
            .with_numbers("regional_factor", column(|p| p.regional_factor))
            .with_numbers("total_factor", column(|p| p.total_factor));
    } else {
        table = table
            .with_numbers("national", column(|p| p.national))
            .with_numbers("industry_mix", column(|p| p.industry_mix))
            .with_numbers("regional", column(|p| p.regional));
    }
    if method == Method::Esteban {
        table = table.with_numbers("allocation", column(|p| p.allocation));
    }
    table.with_numbers("new_industries", column(|p| p.new_industries))
}
