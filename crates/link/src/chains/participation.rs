//! Participation in value chains: foreign content of exports, own content of the exports of others, absorbed value.

use super::world::{World, WorldOptions};
use super::{WORLD_HELP, no_money};
use crate::system::{System, check_productive};
use crate::table::{FlowError, IoTable, table_columns};
use crate::words::{ranks, ratio, text};
use distretto_core::{
    Arg, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Input, Inputs, Message, OptionValues, Outcome,
    Place, Table, TableSpec, Text, option_specs, parse_options,
};

/// The row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "link",
    name: "participation",
    about: "Vertical specialisation, value-added exports, participation and position in global value chains",
    chapter: "link/value-chains",
    revision: 1,
    inputs: &[
        Input::table("table", Place::Positional, true, WORLD_HELP),
        Input::table(
            "imports",
            Place::Flag,
            false,
            "Imported input flows of one country; the table then holds domestic flows and a column exports",
        ),
    ],
    options: option_specs::<WorldOptions>,
    plan,
    run,
    findings,
    figures,
};

/// Participation of one region.
#[derive(Debug, Clone, PartialEq)]
pub struct RegionParticipation {
    /// Gross exports.
    pub exports: f64,
    /// Foreign value added in them.
    pub vs: f64,
    /// Own value added in the exports of other regions.
    pub vs1: f64,
    /// Own value added that final demand of other regions absorbs.
    pub vax: f64,
    /// Exports of each sector.
    pub sector_exports: Vec<f64>,
    /// Foreign value added in them.
    pub sector_vs: Vec<f64>,
    /// Value added of each sector in the exports of other regions.
    pub sector_vs1: Vec<f64>,
    /// Value added of each sector that final demand of other regions absorbs.
    pub sector_vax: Vec<f64>,
}

/// Participation of every region of a world.
///
/// # Formula
/// vs = Σ_{t≠s} V_t B_ts E_s, vs1 = Σ_{r≠s} V_s B_sr E_r, vax = V_s Σ_{r≠s} Σ_t B_st Y_tr.
///
/// # References
/// Hummels, Ishii and Yi 2001; Johnson and Noguera 2012; Koopman, Powers, Wang and Wei 2010.
#[must_use]
pub fn participation(world: &World) -> Vec<RegionParticipation> {
    let regions = world.regions.len();
    let exports: Vec<f64> = (0..regions).flat_map(|s| world.exports(s)).collect();
    let one = |s: usize| {
        let own = world.blocks[s].clone();
        let sector_exports = exports[own.clone()].to_vec();
        let sector_vs: Vec<f64> = own.clone().map(|j| world.foreign_content(s, j) * exports[j]).collect();
        let (mut sector_vs1, mut sector_vax) = (vec![0.0; own.len()], vec![0.0; own.len()]);
        for (j, &sold) in exports.iter().enumerate() {
            let abroad: f64 = (0..regions).filter(|&r| r != s).map(|r| world.y[(j, r)]).sum();
            let elsewhere = if own.contains(&j) { 0.0 } else { sold };
            for (i, b) in world.b.column(j)[own.clone()].iter().enumerate() {
                sector_vs1[i] += b * elsewhere;
                sector_vax[i] += b * abroad;
            }
        }
        for (i, v) in world.v[own].iter().enumerate() {
            sector_vs1[i] *= v;
            sector_vax[i] *= v;
        }
        let sum = |values: &[f64]| values.iter().sum::<f64>();
        RegionParticipation {
            exports: sum(&sector_exports),
            vs: sum(&sector_vs),
            vs1: sum(&sector_vs1),
            vax: sum(&sector_vax),
            sector_exports,
            sector_vs,
            sector_vs1,
            sector_vax,
        }
    };
    (0..regions).map(one).collect()
}

/// Exports and their imported content, sector by sector, of a single country.
///
/// # Formula
/// vs_j = (ιᵀ A_M (I − A_D)⁻¹)_j e_j.
///
/// # Errors
/// When the table lacks `exports`, holds coefficients, or is not productive.
///
/// # References
/// Hummels, Ishii and Yi 2001.
pub fn imported_content(io: &IoTable, imported: &[f64]) -> Result<(Vec<f64>, Vec<f64>), FlowError> {
    let x = io.output().ok_or(no_money("imported content"))?;
    let exports = io.demand("exports").ok_or(FlowError::Missing { what: "column", name: "exports" })?;
    let a = io.input_coefficients();
    check_productive(&a)?;
    let per_unit: Vec<f64> = imported.iter().zip(x).map(|(m, &x)| if x == 0.0 { 0.0 } else { m / x }).collect();
    let content = System::new(a)?.solve_transposed(&per_unit)?;
    Ok((exports.values.clone(), content.iter().zip(&exports.values).map(|(content, e)| content * e).collect()))
}

fn plan(values: &OptionValues, _given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let _: WorldOptions = parse_options(values)?;
    Ok(vec![table_columns("table"), table_columns("imports")])
}

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: WorldOptions = parse_options(values)?;
    match inputs.table("imports") {
        Some(imports) => of_country(inputs.need("table")?, imports, &options),
        None => of_world(inputs, &options),
    }
}

/// Column sums of the imported inputs of the sectors.
fn imported(io: &IoTable, table: &Table) -> Result<Vec<f64>, Fault> {
    let rows = table.text("row").ok_or_else(|| Fault::from(FlowError::Empty).in_table(table))?;
    let differ = |label: &str| Fault::from(FlowError::OtherSectors { label: label.to_owned() }).in_table(table);
    for row in 0..rows.len() {
        let label = rows.get(row).unwrap_or_default();
        if io.place("imports", label).is_err() {
            return Err(differ(label).at(table, row, "row").with_value(label));
        }
    }
    let mut places = Vec::new();
    for sector in io.sectors() {
        let place = (0..rows.len()).find(|&row| rows.get(row) == Some(sector.as_str()));
        places.push(place.ok_or_else(|| differ(sector))?);
    }
    let sum = |sector: &String| {
        let cells = table.numbers(sector).ok_or_else(|| differ(sector))?;
        Ok(places.iter().map(|&row| cells[row]).filter(|cell| !cell.is_nan()).sum())
    };
    io.sectors().iter().map(sum).collect()
}

fn of_country(table: &Table, imports: &Table, options: &WorldOptions) -> Result<Outcome, Fault> {
    let io = IoTable::read(table, &options.table)?;
    let imported = imported(&io, imports)?;
    let result = imported_content(&io, &imported).map_err(|error| Fault::from(error).in_table(table))?;
    let (exports, vs) = result;
    let method = "imported content of exports, ιᵀA_M (I − A_D)⁻¹ e (Hummels, Ishii and Yi 2001)";
    let mut outcome = Outcome::new("link participation", method);
    // The table lacks imported inputs by design, so a gap between rows and columns is none.
    outcome.warnings = io.notes().to_vec();
    let (all, content) = (exports.iter().sum::<f64>(), vs.iter().sum::<f64>());
    outcome.scalar("exports", all).scalar("vs", content).scalar("vs_share", ratio(content, all));
    let share = vs.iter().zip(&exports).map(|(vs, exports)| ratio(*vs, *exports)).collect();
    if exports.contains(&0.0) {
        outcome.warn(
            Message::new("link.participation.no-exports").count("count", exports.iter().filter(|e| **e == 0.0).count()),
        );
    }
    let sectors = Table::empty()
        .with_text("sector", text(io.sectors()))
        .with_numbers("exports", exports)
        .with_numbers("vs", vs)
        .with_numbers("vs_share", share);
    outcome.add_table("sectors", sectors);
    Ok(outcome)
}

fn of_world(inputs: &Inputs, options: &WorldOptions) -> Result<Outcome, Fault> {
    let (world, _) = super::read_world(inputs, options)?;
    let result = participation(&world);
    let method = "vs (Hummels, Ishii and Yi 2001), vax (Johnson and Noguera 2012), participation and position (Koopman, Powers, Wang and Wei 2010)";
    let mut outcome = Outcome::new("link participation", method);
    outcome.convention("value_added", if options.value_added == super::ValueAdded::Row { "row" } else { "residual" });
    outcome.warnings.clone_from(&world.notes);
    outcome.scalar("regions", world.regions.len() as f64);
    let column = |of: &dyn Fn(&RegionParticipation) -> f64| result.iter().map(of).collect::<Vec<f64>>();
    let share = |of: fn(&RegionParticipation) -> f64| move |one: &RegionParticipation| ratio(of(one), one.exports);
    let (vs_share, vs1_share) = (column(&share(|one| one.vs)), column(&share(|one| one.vs1)));
    let both = |of: fn(f64, f64) -> f64| vs_share.iter().zip(&vs1_share).map(|(vs, vs1)| of(*vs, *vs1)).collect();
    let regions = Table::empty()
        .with_text("region", text(&world.regions))
        .with_numbers("exports", column(&|one| one.exports))
        .with_numbers("vs", column(&|one| one.vs))
        .with_numbers("vs_share", vs_share.clone())
        .with_numbers("vs1", column(&|one| one.vs1))
        .with_numbers("vs1_share", vs1_share.clone())
        .with_numbers("vax", column(&|one| one.vax))
        .with_numbers("vax_ratio", column(&share(|one| one.vax)))
        .with_numbers("participation", both(|vs, vs1| vs + vs1))
        .with_numbers("position", both(|vs, vs1| vs1.ln_1p() - vs.ln_1p()));
    outcome.add_table("regions", regions);
    let all = |of: fn(&RegionParticipation) -> &[f64]| result.iter().flat_map(of).copied().collect::<Vec<f64>>();
    let exports = all(|one| &one.sector_exports);
    let over = |values: &[f64]| values.iter().zip(&exports).map(|(value, exports)| ratio(*value, *exports)).collect();
    let silent = exports.iter().filter(|exports| **exports == 0.0).count();
    if silent > 0 {
        outcome.warn(Message::new("link.participation.no-exports").count("count", silent));
    }
    let (vs, vs1, vax) = (all(|one| &one.sector_vs), all(|one| &one.sector_vs1), all(|one| &one.sector_vax));
    let (vs_share, vs1_share, vax_ratio) = (over(&vs), over(&vs1), over(&vax));
    let region = (0..world.len()).map(|j| Some(world.region_of(j) as u32)).collect();
    let sectors = Table::empty()
        .with_text("region", Text::from_codes(region, world.regions.clone()))
        .with_text("sector", text(&world.sectors))
        .with_numbers("exports", exports.clone())
        .with_numbers("vs", vs)
        .with_numbers("vs_share", vs_share)
        .with_numbers("vs1", vs1)
        .with_numbers("vs1_share", vs1_share)
        .with_numbers("vax", vax)
        .with_numbers("vax_ratio", vax_ratio);
    outcome.add_table("sectors", sectors);
    Ok(outcome)
}

/// Rows of a table of regions that a finding speaks of: those in focus, else the three largest exporters.
pub(crate) fn shown(table: &Table, exports: &[f64], focus: &Focus) -> Vec<usize> {
    let Some(regions) = table.text("region") else { return Vec::new() };
    let chosen = |row: &usize| regions.get(*row).is_some_and(|region| focus.regions.iter().any(|one| one == region));
    let mut rows: Vec<usize> = (0..exports.len()).filter(|row| chosen(row) && exports[*row] > 0.0).collect();
    if rows.is_empty() {
        let rank = ranks(exports);
        rows = (0..exports.len()).filter(|&row| rank[row] <= 3.0 && exports[row] > 0.0).collect();
        rows.sort_by(|&a, &b| rank[a].total_cmp(&rank[b]));
    }
    rows
}

fn findings(outcome: &Outcome, focus: &Focus) -> Vec<Message> {
    let Some(table) = outcome.table("regions") else {
        let share = outcome
            .number("vs_share")
            .map(|share| Message::new("link.participation.country").with("share", Arg::Share(share)));
        return share.into_iter().collect();
    };
    let (Some(regions), Some(exports)) = (table.text("region"), table.numbers("exports")) else { return Vec::new() };
    let value = |name: &str, row: usize| table.numbers(name).map_or(f64::NAN, |values| values[row]);
    let say = |row: usize| {
        Message::new("link.participation.region")
            .with("region", Arg::Region(regions.get(row).unwrap_or_default().to_owned()))
            .with("foreign", Arg::Share(value("vs_share", row)))
            .with("forward", Arg::Share(value("vs1_share", row)))
            .number("position", value("position", row))
    };
    shown(table, exports, focus).into_iter().map(say).collect()
}

fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    if outcome.table("regions").is_none() {
        return vec![FigureSpec::new(FigureKind::Bars).of_table("sectors").of_value("vs_share").by("sector").first(20)];
    }
    let stacked = FigureSpec::new(FigureKind::Components).of_table("regions").of_value("participation").by("region");
    let mut place = FigureSpec::new(FigureKind::Scatter).of_table("regions").by("region");
    (place.x, place.y) = (Some("participation".into()), Some("position".into()));
    vec![stacked.stacking(&["vs_share", "vs1_share"]).first(20), place]
}
