//! `ahp`: weights from pairwise judgements, how consistent these are, and what would mend them (analytic hierarchy
//! process).

mod complete;
mod consistency;
mod group;
mod hierarchy;
mod judgements;
mod priority;
mod run;
mod words;

#[cfg(test)]
mod tests;

pub use complete::complete;
pub use consistency::{Consistency, RandomIndex, Repair, consistency, geometric_consistency, repairs, triads, worst};
pub use group::{Group, GroupResult, aggregate};
pub use judgements::{AhpError, Judgements};
pub(crate) use judgements::{judgements, matrix_columns};
pub use priority::{Priority, largest_eigenvalue, priorities};
pub(crate) use run::ESTIMAND;
