//! One file for each command.

pub mod check;
pub mod compute;
pub mod list;
pub mod new;
pub mod run;
