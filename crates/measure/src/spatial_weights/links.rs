//! Weights from a file of links.

use super::SpatialError;
use super::variable::Variable;
use distretto_core::{Table, Text};
use distretto_numerics::{Weights, WeightsError};
use rustc_hash::FxHashSet;

/// Weights of the regions with a value; links of a region without one are left out.
pub(crate) fn from_links(table: &Table, read: &Variable) -> Result<Weights, SpatialError> {
    let missing = |column: &str| SpatialError::Column { column: column.to_owned() };
    let sources = table.text("source").ok_or_else(|| missing("source"))?;
    let targets = table.text("target").ok_or_else(|| missing("target"))?;
    let weights = table.numbers("weight");
    same_regions(sources, targets, read)?;
    let mut links = Vec::with_capacity(table.rows());
    for row in 0..table.rows() {
        let (Some(origin), Some(target)) = (sources.get(row), targets.get(row)) else { continue };
        let value = weights.map_or(1.0, |weights| weights[row]);
        if !(value >= 0.0 && value.is_finite()) {
            return Err(SpatialError::Weight { row, origin: origin.into(), target: target.into(), value });
        }
        if let (Some(Some(from)), Some(Some(to))) = (read.place(origin), read.place(target)) {
            links.push((from, to, value));
        }
    }
    Weights::from_triplets(read.kept.len(), links).map_err(|error| named(error, sources, targets, read))
}

/// That weights and table hold the same regions.
fn same_regions(sources: &Text, targets: &Text, read: &Variable) -> Result<(), SpatialError> {
    let mut held: FxHashSet<&str> = FxHashSet::default();
    let mut strangers: Vec<(&str, usize)> = Vec::new();
    for row in 0..sources.len() {
        for region in [sources.get(row), targets.get(row)].into_iter().flatten() {
            if held.insert(region) && read.place(region).is_none() {
                strangers.push((region, row));
            }
        }
    }
    match strangers.first() {
        Some(&(region, row)) => {
            Err(SpatialError::NotInTable { row, region: region.to_owned(), count: strangers.len() })
        }
        None => read.lacking("weights", |region| held.contains(region)),
    }
}

/// A duplicate link under the names of its regions.
fn named(error: WeightsError, sources: &Text, targets: &Text, read: &Variable) -> SpatialError {
    let WeightsError::Duplicate { source_unit, target } = error else { return error.into() };
    let (origin, target) = (&read.kept[source_unit as usize], &read.kept[target as usize]);
    let same = |row: &usize| sources.get(*row) == Some(origin) && targets.get(*row) == Some(target);
    let row = (0..sources.len()).rev().find(same).unwrap_or_default();
    SpatialError::DuplicateLink { row, origin: origin.clone(), target: target.clone() }
}
