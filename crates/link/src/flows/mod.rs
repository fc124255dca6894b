//! Chapter 1: flows between industries.

pub mod audit;
pub mod leontief;
