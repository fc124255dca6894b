//! Chapter 3, second half: what the relations of a cluster are like and what they carry.
//!
//! [`matrices`] reads square matrices over the same actors and [`permute`] draws new actors for their rows and columns
//! ([`qap`], [`mrqap`]); then [`triple_helix`], [`governance`], [`trust`] and [`knowledge`], one
//! file each.

pub mod draws;
mod error;
pub mod governance;
pub mod knowledge;
pub mod matrices;
pub mod mrqap;
pub mod permute;
pub mod qap;
pub mod triple_helix;
pub mod trust;

pub use error::RelationError;
