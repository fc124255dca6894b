//! One file for each command.

pub mod compute;
pub mod list;
