//! Bilateral exports of every sector in sixteen parts (Wang, Wei and Zhu 2013).

use super::world::{World, WorldOptions};
use super::{WORLD_HELP, outcome_of, plan_world, read_world, tell_residual};
use distretto_core::{
    Arg, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Input, Inputs, Message, OptionValues, Outcome, Place,
    Table, Text, option_specs, parse_options,
};
use distretto_numerics::Matrix;
use rayon::prelude::*;

/// The row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "link",
    name: "wwz",
    about: "Bilateral exports of every sector in sixteen parts of value added (Wang, Wei and Zhu)",
    chapter: "link/value-chains",
    revision: 1,
    inputs: &[Input::table("table", Place::Positional, true, WORLD_HELP)],
    options: option_specs::<WorldOptions>,
    plan: plan_world,
    run,
    findings,
    figures,
};

/// Names of the sixteen parts, in their order.
pub const PARTS: [&str; 16] = [
    "dva_fin",
    "dva_int",
    "dva_intrex_i1",
    "dva_intrex_f",
    "dva_intrex_i2",
    "rdv_fin",
    "rdv_fin2",
    "rdv_int",
    "ddc_fin",
    "ddc_int",
    "mva_fin",
    "mva_int",
    "mdc",
    "ova_fin",
    "ova_int",
    "odc",
];

/// Parts of the exports of a region, partner by partner.
#[derive(Debug, Clone, PartialEq)]
pub struct WwzRegion {
    /// The parts of each sector and partner, sectors of the region first, partners (without the region) within.
    pub parts: Vec<[f64; 16]>,
    /// Gross exports in the same order.
    pub exports: Vec<f64>,
}

/// Sixteen parts of bilateral exports, for every region.
#[must_use]
pub fn wwz(world: &World) -> Vec<WwzRegion> {
    let products = products(world);
    let (home, sold) = (world.home_use(), world.export_use());
    let one = |s: usize| region(world, s, &products, &home, &sold);
    (0..world.regions.len()).into_par_iter().map(one).collect()
}

/// P_t = B_·t Y_t·: for every region t the sectors by users.
fn products(world: &World) -> Vec<Matrix> {
    let (n, regions) = (world.len(), world.regions.len());
    let one = |t: usize| {
        let block = world.blocks[t].clone();
        let left =
            Matrix::from_columns(n, block.len(), block.clone().flat_map(|j| world.b.column(j).to_vec()).collect());
        let right = Matrix::from_fn(block.len(), regions, |i, u| world.y[(block.start + i, u)]);
        left.times(&right)
    };
    (0..regions).into_par_iter().map(one).collect()
}

/// What the partner r makes of a unit of its output: eight vectors over its sectors, in the order in which A_sr meets
/// them in the parts 2 to 9.
fn uses(world: &World, s: usize, r: usize, products: &[Matrix]) -> Vec<[f64; 8]> {
    let regions = world.regions.len();
    let others: Vec<usize> = (0..regions).filter(|&t| t != s && t != r).collect();
    let sector = |j: usize| {
        let p = |t: usize, u: usize| products[t][(j, u)];
        let sum = |of: &dyn Fn(usize) -> f64| -> f64 { others.iter().map(|&t| of(t)).sum() };
        let abroad = |t: usize| -> f64 { (0..regions).filter(|&u| u != s && u != t).map(|u| p(t, u)).sum() };
        [
            p(r, r),
            sum(&|t| p(t, t)),
            sum(&|t| p(r, t)),
            sum(&abroad),
            p(r, s),
            sum(&|t| p(t, s)),
            p(s, s),
            (0..regions).filter(|&t| t != s).map(|t| p(s, t)).sum(),
        ]
    };
    world.blocks[r].clone().map(sector).collect()
}

fn region(world: &World, s: usize, products: &[Matrix], home: &[f64], sold: &[f64]) -> WwzRegion {
    let own = world.blocks[s].clone();
    let partners: Vec<usize> = (0..world.regions.len()).filter(|&r| r != s).collect();
    let at_home = world.local_content(s);
    let mut parts = vec![[0.0; 16]; own.len() * partners.len()];
    let mut exports = vec![0.0; parts.len()];
    for (k, &r) in partners.iter().enumerate() {
        let uses = uses(world, s, r, products);
        // Σ_j a_ij times the eight uses, home and export use of the partner, and its output.
        let mut met = vec![[0.0; 11]; own.len()];
        for (j, uses) in world.blocks[r].clone().zip(&uses) {
            let more = [home[j], sold[j], world.output[j]];
            for (met, a) in met.iter_mut().zip(&world.a.column(j)[own.clone()]) {
                met.iter_mut().zip(uses.iter().chain(&more)).for_each(|(sum, value)| *sum += a * value);
            }
        }
        for (i, sector) in own.clone().enumerate() {
            let (domestic, partner, local) = (world.content[s][sector], world.content[r][sector], at_home[i]);
            let third: f64 =
                (0..world.regions.len()).filter(|&t| t != s && t != r).map(|t| world.content[t][sector]).sum();
            let (finals, met) = (world.y[(sector, r)], &met[i]);
            let at = i * partners.len() + k;
            let mut row = [0.0; 16];
            row[0] = domestic * finals;
            (1..9).for_each(|part| row[part] = local * met[part - 1]);
            row[9] = (domestic - local) * met[10];
            for (first, content) in [(10, partner), (13, third)] {
                row[first] = content * finals;
                row[first + 1] = content * met[8];
                row[first + 2] = content * met[9];
            }
            parts[at] = row;
            exports[at] = world.bilateral[(sector, r)];
        }
    }
    WwzRegion { parts, exports }
}

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: WorldOptions = parse_options(values)?;
    let (world, _) = read_world(inputs, &options)?;
    let result = wwz(&world);
    let mut outcome =
        outcome_of("link wwz", "sixteen parts of bilateral exports (Wang, Wei and Zhu 2013)", &world, &options);
    let exports: Vec<f64> = result.iter().flat_map(|region| region.exports.iter().copied()).collect();
    let sums: Vec<f64> = result.iter().flat_map(|region| region.parts.iter().map(|row| row.iter().sum())).collect();
    tell_residual(&mut outcome, &exports, &sums);
    outcome.add_table("flows", flows(&world, &result, exports));
    let codes = (0..world.regions.len() as u32).map(Some).collect();
    let mut table = Table::empty().with_text("region", Text::from_codes(codes, world.regions.clone()));
    for (k, name) in PARTS.iter().enumerate() {
        table =
            table.with_numbers(name, result.iter().map(|region| region.parts.iter().map(|row| row[k]).sum()).collect());
    }
    table = table.with_numbers("exports", result.iter().map(|region| region.exports.iter().sum()).collect());
    outcome.add_table("regions", table);
    Ok(outcome)
}

fn flows(world: &World, result: &[WwzRegion], exports: Vec<f64>) -> Table {
    let regions = world.regions.len();
    let rows = || {
        (0..regions).flat_map(move |s| {
            world.blocks[s].clone().flat_map(move |j| (0..regions).filter(move |&r| r != s).map(move |r| (s, j, r)))
        })
    };
    let codes = |of: fn((usize, usize, usize)) -> usize| rows().map(|row| Some(of(row) as u32)).collect();
    let region = Text::from_codes(codes(|row| row.0), world.regions.clone());
    let partner = Text::from_codes(codes(|row| row.2), world.regions.clone());
    let sector: Text = rows().map(|(_, j, _)| Some(world.sectors[j].as_str())).collect();
    let mut table =
        Table::empty().with_text("region", region).with_text("sector", sector).with_text("partner", partner);
    for (k, name) in PARTS.iter().enumerate() {
        let values = result.iter().flat_map(|region| region.parts.iter().map(|row| row[k])).collect();
        table = table.with_numbers(name, values);
    }
    table.with_numbers("exports", exports)
}

fn findings(outcome: &Outcome, focus: &Focus) -> Vec<Message> {
    let Some(table) = outcome.table("regions") else { return Vec::new() };
    let (Some(regions), Some(exports)) = (table.text("region"), table.numbers("exports")) else { return Vec::new() };
    let sum = |names: &[&str], row: usize| -> f64 {
        names.iter().filter_map(|name| table.numbers(name)).map(|values| values[row]).sum()
    };
    let say = |row: usize| {
        let share = |names: &[&str]| Arg::Share(sum(names, row) / exports[row]);
        Message::new("link.wwz.region")
            .with("region", Arg::Region(regions.get(row).unwrap_or_default().to_owned()))
            .with("domestic", share(&PARTS[..5]))
            .with("returned", share(&PARTS[5..8]))
            .with("foreign", share(&["mva_fin", "mva_int", "ova_fin", "ova_int"]))
            .with("double", share(&["ddc_fin", "ddc_int", "mdc", "odc"]))
    };
    super::participation::shown(table, exports, focus).into_iter().map(say).collect()
}

fn figures(_outcome: &Outcome) -> Vec<FigureSpec> {
    let stacked = FigureSpec::new(FigureKind::Components).of_table("regions").of_value("exports").by("region");
    vec![stacked.stacking(&["dva_fin", "dva_int", "dva_intrex_i1", "dva_intrex_f", "dva_intrex_i2"]).first(20)]
}
