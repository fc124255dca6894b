//! The row of the registration table, and the result as tables.

use super::options::{CoagglomerationError, CoagglomerationOptions};
use super::{Locations, Pair, coagglomeration, pairs_of, words};
use crate::areas::{Areas, area_columns};
use crate::ellison_glaeser::{Benchmark, Plants, Sizing, level_of_plants};
use distretto_core::{
    ColumnKind, Context, Estimand, Fault, Given, Input, Inputs, Message, OptionValues, Outcome, Place, Table,
    TableSpec, Text, nearest, option_specs, options_record, parse_options,
};

/// `measure coagglomeration`.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "measure",
    name: "coagglomeration",
    about: "Do two industries, or a group, choose the same regions?",
    chapter: "measure/coagglomeration",
    revision: 1,
    inputs: &[
        Input::table(
            "plants",
            Place::Positional,
            true,
            "Plants with id, region, industry and size; or areas, without id",
        ),
        Input::table(
            "areas",
            Place::Flag,
            false,
            "Values by region and industry, whose totals are the shares of regions",
        ),
        Input::table("group", Place::Flag, false, "Groups of industries: industry, group"),
    ],
    options: option_specs::<CoagglomerationOptions>,
    plan,
    run,
    findings: words::findings,
    figures: words::figures,
};

fn plan(values: &OptionValues, given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: CoagglomerationOptions = parse_options(values)?;
    let has = |name: &str| given.iter().any(|input| input == name);
    let first = TableSpec::new("plants").need("region", ColumnKind::Label).need("industry", ColumnKind::Label);
    let first = first.take("size", ColumnKind::Number).take("year", ColumnKind::Integer);
    let mut specs = if has("areas") {
        let plants = first.need("id", ColumnKind::Label).take("employment", ColumnKind::Number);
        vec![plants, area_columns("areas", &options.areas)]
    } else {
        // Plants or areas: the column `id` decides when the table has been read.
        let value = &options.areas.value;
        let either = first.take("id", ColumnKind::Label).take(value, ColumnKind::Amount);
        let either = if value == "employment" { either } else { either.take("employment", ColumnKind::Number) };
        vec![either.or_wide("industry", value)]
    };
    if has("group") {
        let group = TableSpec::new("group").need("industry", ColumnKind::Label).need("group", ColumnKind::Label);
        specs.push(group.unique(&["industry", "group"]));
    }
    Ok(specs)
}

/// The data, read.
struct Read {
    locations: Option<Locations>,
    industries: Vec<String>,
    listed: Vec<usize>,
    warnings: Vec<Message>,
    conventions: Vec<(&'static str, &'static str)>,
}

fn run(inputs: &Inputs, values: &OptionValues, context: &Context) -> Result<Outcome, Fault> {
    let options: CoagglomerationOptions = parse_options(values)?;
    options.validate()?;
    let table = inputs.need("plants")?;
    let areas = inputs.table("areas");
    let mut read = if areas.is_some() || table.text("id").is_some() {
        of_plants(table, areas, &options)?
    } else {
        of_areas(table, &options)?
    };
    if let Some(code) = options.exclude.iter().find(|&code| !read.industries.contains(code)) {
        return Err(unknown_exclusion(code, &read.industries));
    }
    let pairs = match &read.locations {
        Some(locations) => coagglomeration(locations, &read.listed, &options, context)?,
        None => pairs_of(&read.industries, &read.listed, &options),
    };
    let groups = inputs.table("group").map(|groups| Groups::read(groups, &read)).transpose()?;
    words::warnings(read.locations.as_ref(), &read.industries, groups.as_ref(), &mut read.warnings);
    Ok(outcome(&read, &pairs, groups.as_ref(), &options))
}

fn of_plants(table: &Table, areas: Option<&Table>, options: &CoagglomerationOptions) -> Result<Read, Fault> {
    let level = "region".to_owned();
    let place = |error: CoagglomerationError| match error {
        CoagglomerationError::Plants(error) => error.in_table(table),
        other => other.into(),
    };
    let plants =
        Plants::read(table, std::slice::from_ref(&level), options.areas.year).map_err(|e| e.in_table(table))?;
    let mut warnings = Vec::new();
    let (regions, benchmark, shares) = match areas {
        Some(input) => {
            let areas = Areas::read(input, &options.areas).map_err(|error| error.in_table(input))?;
            warnings.extend_from_slice(areas.notes());
            let totals: Vec<f64> = (0..areas.regions().len()).map(|r| areas.region_total(r).value()).collect();
            let known = totals.iter().all(|total| !total.is_nan());
            (areas.regions().to_vec(), known.then(|| Benchmark::new(&totals)).flatten(), "areas")
        }
        None => {
            warnings.push(Message::new("measure.coagglomeration.shares-of-plants"));
            let level = level_of_plants(&plants, 0, &level);
            (level.units, level.benchmark, "plants")
        }
    };
    if plants.sizing() == Sizing::Equal {
        warnings.push(Message::new("measure.coagglomeration.equal-plants"));
    }
    if plants.without_size() > 0 {
        warnings.push(Message::new("measure.coagglomeration.without-size").count("count", plants.without_size()));
    }
    plants.places(0, &regions).map_err(|error| error.in_table(table))?;
    let locations = benchmark.map(|x| Locations::of_plants(&plants, &regions, x)).transpose().map_err(place)?;
    let listed = plants.chosen(&options.industry).map_err(|error| error.in_table(table))?;
    let conventions = vec![("size", plants.sizing().word()), ("shares_of_regions", shares)];
    Ok(Read { locations, industries: plants.industries().to_vec(), listed, warnings, conventions })
}

fn unknown_exclusion(code: &str, industries: &[String]) -> Fault {
    let known: Vec<&str> = industries.iter().map(String::as_str).collect();
    let fault = Fault::option(format!("the table holds no industry {code} to exclude"));
    match nearest(code, &known) {
        Some(near) => fault.with_hint(format!("did you mean {near}?")),
        None => fault,
    }
}

fn of_areas(table: &Table, options: &CoagglomerationOptions) -> Result<Read, Fault> {
    if options.nsim > 0 {
        return Err(CoagglomerationError::SimulatedAreas.into());
    }
    let areas = Areas::read(table, &options.areas).map_err(|error| error.in_table(table))?;
    let listed = areas.chosen_industries(&options.industry).map_err(|error| error.in_table(table))?;
    Ok(Read {
        locations: Locations::of_areas(&areas),
        industries: areas.industries().to_vec(),
        listed,
        warnings: areas.notes().to_vec(),
        conventions: vec![("size", "areas"), ("shares_of_regions", "areas")],
    })
}

/// Groups of industries, with γ of each.
pub(super) struct Groups {
    pub(super) names: Vec<String>,
    pub(super) members: Vec<Vec<usize>>,
    pub(super) gamma: Vec<f64>,
    /// Rows whose industry is not in the data.
    pub(super) unmatched: usize,
}

impl Groups {
    fn read(table: &Table, read: &Read) -> Result<Self, Fault> {
        let column = |name: &str| {
            let missing = || Fault::input(format!("the column `{name}` of the groups is missing")).in_table(table);
            table.text(name).ok_or_else(missing)
        };
        let (industry, group) = (column("industry")?, column("group")?);
        let mut groups = Self { names: Vec::new(), members: Vec::new(), gamma: Vec::new(), unmatched: 0 };
        for row in 0..table.rows() {
            let label = |text: &Text, name: &str| {
                let missing = || Fault::input(format!("the {name} is missing")).at(table, row, name);
                text.get(row).map(ToOwned::to_owned).ok_or_else(missing)
            };
            let (code, name) = (label(industry, "industry")?, label(group, "group")?);
            let at = groups.names.iter().position(|other| *other == name).unwrap_or_else(|| {
                groups.names.push(name.clone());
                groups.members.push(Vec::new());
                groups.names.len() - 1
            });
            match read.industries.iter().position(|other| *other == code) {
                Some(place) if groups.members[at].contains(&place) => {
                    let twice = format!("industry {code} stands twice in group {name}");
                    return Err(Fault::input(twice).at(table, row, "industry"));
                }
                Some(place) => groups.members[at].push(place),
                None => groups.unmatched += 1,
            }
        }
        let gamma = |members: &Vec<usize>| read.locations.as_ref().map_or(f64::NAN, |found| found.group(members));
        groups.gamma = groups.members.iter().map(gamma).collect();
        Ok(groups)
    }
}

fn outcome(read: &Read, pairs: &[Pair], groups: Option<&Groups>, options: &CoagglomerationOptions) -> Outcome {
    let method = "co-agglomeration of pairs (Ellison, Glaeser and Kerr 2010) and groups (Ellison and Glaeser 1997)";
    let mut outcome = Outcome::new("measure coagglomeration", method);
    let all: Vec<usize> = (0..read.industries.len()).filter(|&i| options.counts(&read.industries[i])).collect();
    let together = read.locations.as_ref().map_or(f64::NAN, |locations| locations.group(&all));
    outcome.scalar("gamma_c", together).scalar("industries", all.len() as f64).scalar("pairs", pairs.len() as f64);
    let table = pair_table(&read.industries, pairs);
    outcome.add_table("pairs", if options.nsim > 0 { tested(table, pairs) } else { table });
    if let Some(groups) = groups {
        let table = Table::empty()
            .with_text("group", groups.names.iter().map(Some).collect())
            .with_numbers("industries", groups.members.iter().map(|members| members.len() as f64).collect())
            .with_numbers("gamma_c", groups.gamma.clone());
        outcome.add_table("groups", table);
    }
    for (name, value) in &read.conventions {
        outcome.convention(name, *value);
    }
    if options.nsim > 0 {
        outcome.convention("tail", options.tail.word()).convention("p_adjust", options.p_adjust.word());
        outcome.convention("p_sim", "dartboard").convention("level", options.level);
    }
    outcome.provenance.options = options_record(options);
    outcome.warnings.clone_from(&read.warnings);
    outcome
}

fn pair_table(industries: &[String], pairs: &[Pair]) -> Table {
    let label = |of: fn(&Pair) -> usize| {
        let codes = pairs.iter().map(|pair| u32::try_from(of(pair)).ok()).collect();
        Text::from_codes(codes, industries.to_vec())
    };
    Table::empty()
        .with_text("industry_a", label(|pair| pair.industry_a))
        .with_text("industry_b", label(|pair| pair.industry_b))
        .with_numbers("gamma_c", pairs.iter().map(|pair| pair.gamma_c).collect())
}

fn tested(table: Table, pairs: &[Pair]) -> Table {
    let number = |of: fn(&Pair) -> f64| pairs.iter().map(of).collect::<Vec<f64>>();
    table.with_numbers("p_sim", number(|pair| pair.p_sim)).with_numbers("q_value", number(|pair| pair.q_value))
}
