//! Domestic and foreign value added in exports, each counted once (Borin and Mancini).

use super::world::{World, WorldOptions, dot};
use super::{WORLD_HELP, outcome_of, plan_world, read_world, tell_residual};
use crate::table::FlowError;
use crate::words::{ratio, text};
use distretto_core::{
    Arg, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Input, Inputs, Message, OptionValues, Outcome, Place,
    Table, option_specs, parse_options,
};
use distretto_numerics::{Lu, Matrix};

/// The row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "link",
    name: "borin-mancini",
    about: "Value added and double counting in gross exports, participation backward and forward (Borin and Mancini)",
    chapter: "link/value-chains",
    revision: 1,
    inputs: &[Input::table("table", Place::Positional, true, WORLD_HELP)],
    options: option_specs::<WorldOptions>,
    plan: plan_world,
    run,
    findings,
    figures,
};

/// Parts of the gross exports of one region.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BorinManciniParts {
    /// Gross exports.
    pub exports: f64,
    /// V_s B_ss E_s: domestic content.
    pub dc: f64,
    /// V_s L_ss E_s: domestic value added, once.
    pub dva: f64,
    /// Σ_{t≠s} V_t B_ts E_s: foreign content.
    pub fc: f64,
    /// Foreign value added, once.
    pub fva: f64,
    /// Domestic value added absorbed abroad.
    pub vax: f64,
    /// Domestic value added that crosses one border alone.
    pub davax: f64,
}

/// Parts of the gross exports of every region, exporter perspective, source based.
///
/// # Formula
/// With A_sr = 0 for all r ≠ s the inverse has, by elimination of the block s, B^(s)_Rs = B_Rs B_ss⁻¹ L_ss: one system
/// of the size of the region instead of a new inverse of the world.
///
/// # Errors
/// When a block of B is singular.
///
/// # References
/// Borin and Mancini 2019, 2023.
pub fn borin_mancini(world: &World) -> Result<Vec<BorinManciniParts>, FlowError> {
    let home = world.home_use();
    let one = |s: usize| {
        let own = world.blocks[s].clone();
        let (w, exports) = (&world.content[s], world.exports(s));
        let foreign: Vec<f64> = own.clone().map(|j| world.foreign_content(s, j)).collect();
        let local = world.local_content(s);
        let through = world.local[s].times_vector(&exports);
        let block = Matrix::from_fn(own.len(), own.len(), |i, j| world.b[(own.start + i, own.start + j)]);
        let once = Lu::new(&block).map_err(|error| FlowError::Singular { n: error.n })?.solve(&through);
        let abroad = |j: usize| -> f64 { (0..world.regions.len()).filter(|&r| r != s).map(|r| world.y[(j, r)]).sum() };
        let mut crossing = world.final_exports(s);
        crossing.iter_mut().zip(world.inputs_abroad(s, &home)).for_each(|(sum, more)| *sum += more);
        Ok(BorinManciniParts {
            exports: exports.iter().sum(),
            dc: dot(&w[own.clone()], &exports),
            dva: dot(&local, &exports),
            fc: dot(&foreign, &exports),
            fva: dot(&foreign, &once),
            vax: (0..world.len()).map(|j| w[j] * abroad(j)).sum(),
            davax: dot(&local, &crossing),
        })
    };
    (0..world.regions.len()).map(one).collect()
}

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: WorldOptions = parse_options(values)?;
    let (world, table) = read_world(inputs, &options)?;
    let parts = borin_mancini(&world).map_err(|error| Fault::from(error).in_table(&table))?;
    let method = "domestic and foreign value added in exports, exporter perspective, source based (Borin and Mancini 2019, 2023)";
    let mut outcome = outcome_of("link borin-mancini", method, &world, &options);
    let column = |of: &dyn Fn(&BorinManciniParts) -> f64| parts.iter().map(of).collect::<Vec<f64>>();
    let exports = column(&|one| one.exports);
    let sums = column(&|one| one.dva + (one.dc - one.dva) + one.fva + (one.fc - one.fva));
    tell_residual(&mut outcome, &exports, &sums);
    let table = Table::empty()
        .with_text("region", text(&world.regions))
        .with_numbers("exports", exports)
        .with_numbers("dc", column(&|one| one.dc))
        .with_numbers("dva", column(&|one| one.dva))
        .with_numbers("ddc", column(&|one| one.dc - one.dva))
        .with_numbers("fc", column(&|one| one.fc))
        .with_numbers("fva", column(&|one| one.fva))
        .with_numbers("fdc", column(&|one| one.fc - one.fva))
        .with_numbers("vax", column(&|one| one.vax))
        .with_numbers("ref", column(&|one| one.dva - one.vax))
        .with_numbers("davax", column(&|one| one.davax))
        .with_numbers("gvc", column(&|one| one.exports - one.davax))
        .with_numbers("gvc_backward", column(&|one| one.exports - one.dva))
        .with_numbers("gvc_forward", column(&|one| one.dva - one.davax))
        .with_numbers("gvc_share", column(&|one| ratio(one.exports - one.davax, one.exports)))
        .with_numbers("gvc_backward_share", column(&|one| ratio(one.exports - one.dva, one.exports)))
        .with_numbers("gvc_forward_share", column(&|one| ratio(one.dva - one.davax, one.exports)));
    outcome.add_table("regions", table);
    Ok(outcome)
}

fn findings(outcome: &Outcome, focus: &Focus) -> Vec<Message> {
    let Some(table) = outcome.table("regions") else { return Vec::new() };
    let (Some(regions), Some(exports)) = (table.text("region"), table.numbers("exports")) else { return Vec::new() };
    let share = |name: &str, row: usize| Arg::Share(table.numbers(name).map_or(f64::NAN, |values| values[row]));
    let say = |row: usize| {
        Message::new("link.borin-mancini.region")
            .with("region", Arg::Region(regions.get(row).unwrap_or_default().to_owned()))
            .with("share", share("gvc_share", row))
            .with("backward", share("gvc_backward_share", row))
            .with("forward", share("gvc_forward_share", row))
    };
    super::participation::shown(table, exports, focus).into_iter().map(say).collect()
}

fn figures(_outcome: &Outcome) -> Vec<FigureSpec> {
    let stacked = FigureSpec::new(FigureKind::Components).of_table("regions").of_value("exports").by("region");
    let bars = FigureSpec::new(FigureKind::Bars).of_table("regions").of_value("gvc_share").by("region");
    vec![stacked.stacking(&["dva", "ddc", "fva", "fdc"]).first(20), bars.first(20)]
}
