//! Chapter 2: positions in global value chains.

pub mod borin_mancini;
pub mod kww;
pub mod participation;
pub mod specialisation;
pub mod upgrading;
pub mod upstreamness;
mod world;
pub mod wwz;

pub use world::{ValueAdded, World, WorldOptions};

use crate::table::FlowError;
use distretto_core::{Arg, Fault, Given, Inputs, Message, OptionValues, Outcome, Table, TableSpec, parse_options};

/// Share of exports above which a gap to the sum of their parts is more than rounding.
const RESIDUAL: f64 = 1e-6;

/// Help of the input that holds a table of several regions.
pub(crate) const WORLD_HELP: &str =
    "Input-output table of several regions: labels REGION|SECTOR, final demand REGION|CATEGORY or REGION";

/// The columns that an estimand on a table of several regions wants.
pub(crate) fn plan_world(values: &OptionValues, _given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let _: WorldOptions = parse_options(values)?;
    Ok(vec![crate::table::table_columns("table")])
}

/// A result on the world table: its convention of value added, its notes, its number of regions.
pub(crate) fn outcome_of(command: &'static str, method: &str, world: &World, options: &WorldOptions) -> Outcome {
    let mut outcome = Outcome::new(command, method);
    outcome.convention("value_added", if options.value_added == ValueAdded::Row { "row" } else { "residual" });
    outcome.warnings.clone_from(&world.notes);
    outcome.scalar("regions", world.regions.len() as f64);
    outcome
}

/// Reads the world table of an estimand.
pub(crate) fn read_world(inputs: &Inputs, options: &WorldOptions) -> Result<(World, Table), Fault> {
    let table = inputs.need("table")?;
    let io = crate::table::IoTable::read(table, &options.table)?;
    let world = World::new(&io, options).map_err(|error| Fault::from(error).in_table(table))?;
    Ok((world, table.clone()))
}

/// Tells the largest gap between exports and the sum of their parts: absolute, and as a share of the exports.
pub(crate) fn tell_residual(outcome: &mut Outcome, exports: &[f64], sums: &[f64]) {
    let gaps = || exports.iter().zip(sums).map(|(exports, sum)| ((exports - sum).abs(), *exports));
    let largest = gaps().map(|(gap, _)| gap).fold(0.0, f64::max);
    let share =
        gaps().filter(|(_, exports)| *exports != 0.0).map(|(gap, exports)| gap / exports.abs()).fold(0.0, f64::max);
    outcome.scalar("max_residual", largest).scalar("max_residual_share", share);
    if share > RESIDUAL {
        outcome.warn(Message::new("link.world.residual").with("share", Arg::Share(share)));
    }
}

/// A table of an estimand that needs money.
pub(crate) fn no_money(what: &'static str) -> FlowError {
    FlowError::NoMoney { what }
}

#[cfg(test)]
mod identities;
