//! How much do firms spend on R&D when knowledge spills over, and what does a policy change?
//!
//! Read in this order: [`game`] (what GAME.toml says), `knowledge` (who learns from whom), `stage` (outputs, given
//! R&D), `ray` (objectives along one direction, exactly), `solver` (the equilibrium and its certificate), `account`
//! (profits and welfare), then the verbs, one file each.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod account;
mod check;
mod coalitions;
mod compare;
mod error;
pub mod game;
mod grid;
mod grouped;
mod knowledge;
mod policy;
mod ray;
mod registry;
mod size;
mod solve;
mod solver;
mod stage;
mod sweep;
mod verb;

pub use error::GameError;
pub use knowledge::Knowledge;
pub use registry::ENGINE;
