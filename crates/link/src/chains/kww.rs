//! Gross exports by what becomes of their value added: nine parts (Koopman, Wang and Wei 2014).

use super::world::{World, WorldOptions, dot};
use super::{WORLD_HELP, outcome_of, plan_world, read_world, tell_residual};
use crate::words::text;
use distretto_core::{
    Arg, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Input, Inputs, Message, OptionValues, Outcome, Place,
    Table, option_specs, parse_options,
};

/// The row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "link",
    name: "kww",
    about: "Gross exports in nine parts by origin and use of their value added (Koopman, Wang and Wei)",
    chapter: "link/value-chains",
    revision: 1,
    inputs: &[Input::table("table", Place::Positional, true, WORLD_HELP)],
    options: option_specs::<WorldOptions>,
    plan: plan_world,
    run,
    findings,
    figures,
};

/// Names of the nine parts, in their order.
pub const PARTS: [&str; 9] =
    ["dva_fin", "dva_int", "dva_intrex", "rdv_fin", "rdv_int", "ddc", "fva_fin", "fva_int", "fdc"];

/// Parts of the exports of one region.
#[derive(Debug, Clone, PartialEq)]
pub struct KwwParts {
    /// The nine parts in the order of [`PARTS`].
    pub parts: [f64; 9],
    /// Gross exports.
    pub exports: f64,
}

/// The nine parts of the gross exports of every region (equation 36).
#[must_use]
pub fn kww(world: &World) -> Vec<KwwParts> {
    let (home, sold) = (world.home_use(), world.export_use());
    let regions = world.regions.len();
    let one = |s: usize| {
        let own = world.blocks[s].clone();
        let w = &world.content[s];
        let (final_exports, exports) = (world.final_exports(s), world.exports(s));
        let foreign: Vec<f64> = own.clone().map(|j| world.foreign_content(s, j)).collect();
        let (mut int, mut intrex, mut back) = (0.0, 0.0, 0.0);
        for (r, block) in world.blocks.iter().enumerate().filter(|(r, _)| *r != s) {
            for j in block.clone() {
                int += w[j] * world.y[(j, r)];
                back += w[j] * world.y[(j, s)];
                let third: f64 = (0..regions).filter(|&t| t != s && t != r).map(|t| world.y[(j, t)]).sum();
                intrex += w[j] * third;
            }
        }
        let parts = [
            dot(&w[own.clone()], &final_exports),
            int,
            intrex,
            back,
            world.returned(s, &home[own.clone()]),
            world.returned(s, &sold[own.clone()]),
            dot(&foreign, &final_exports),
            dot(&foreign, &world.inputs_abroad(s, &home)),
            dot(&foreign, &world.inputs_abroad(s, &sold)),
        ];
        KwwParts { parts, exports: exports.iter().sum() }
    };
    (0..regions).map(one).collect()
}

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: WorldOptions = parse_options(values)?;
    let (world, _) = read_world(inputs, &options)?;
    let result = kww(&world);
    let mut outcome =
        outcome_of("link kww", "nine parts of gross exports (Koopman, Wang and Wei 2014, eq. 36)", &world, &options);
    outcome.warn(Message::new("link.kww.borders"));
    let exports: Vec<f64> = result.iter().map(|region| region.exports).collect();
    let sums: Vec<f64> = result.iter().map(|region| region.parts.iter().sum()).collect();
    tell_residual(&mut outcome, &exports, &sums);
    let mut table = Table::empty().with_text("region", text(&world.regions));
    for (k, name) in PARTS.iter().enumerate() {
        table = table.with_numbers(name, result.iter().map(|region| region.parts[k]).collect());
    }
    outcome.add_table("regions", table.with_numbers("exports", exports));
    Ok(outcome)
}

/// Sentences on the foreign and the returning share of exports of the regions in focus, else of the largest exporter.
fn findings(outcome: &Outcome, focus: &Focus) -> Vec<Message> {
    let Some(table) = outcome.table("regions") else { return Vec::new() };
    let (Some(regions), Some(exports)) = (table.text("region"), table.numbers("exports")) else { return Vec::new() };
    let sum = |names: &[&str], row: usize| -> f64 {
        names.iter().filter_map(|name| table.numbers(name)).map(|values| values[row]).sum()
    };
    let shown = super::participation::shown(table, exports, focus);
    let say = |row: usize| {
        let share = |names: &[&str]| Arg::Share(sum(names, row) / exports[row]);
        Message::new("link.kww.region")
            .with("region", Arg::Region(regions.get(row).unwrap_or_default().to_owned()))
            .with("absorbed", share(&PARTS[..3]))
            .with("returned", share(&PARTS[3..5]))
            .with("foreign", share(&PARTS[6..8]))
            .with("double", share(&["ddc", "fdc"]))
    };
    shown.into_iter().map(say).collect()
}

fn figures(_outcome: &Outcome) -> Vec<FigureSpec> {
    let stacked = FigureSpec::new(FigureKind::Components).of_table("regions").of_value("exports").by("region");
    vec![stacked.stacking(&PARTS).first(20)]
}
