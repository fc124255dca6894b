//! The location quotient of a region together with its neighbours.

use super::options::LqError;
use crate::areas::Areas;
use distretto_core::{Inputs, Table};
use distretto_numerics::{Metric, Point, PointIndex, Weights, WeightsError, distance};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// How much a neighbour counts: `ω_rs`, with `ω_rr = 1`.
#[derive(Debug, Clone)]
pub enum Proximity {
    /// Links with weights; a region counts itself once besides.
    Links(Weights),
    /// `exp(−d/H)` for every pair of regions.
    Exponential {
        /// Places of the regions in the order of the area table.
        points: Vec<Point>,
        /// Distance on the plane or on the sphere (km).
        metric: Metric,
        /// H, in the unit of the distance.
        range: f64,
    },
}

/// A rule `knn:K`, `band:D` or `exp:H`.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Rule {
    Nearest(usize),
    Band(f64),
    Exponential(f64),
}

fn parse(rule: &str) -> Result<Rule, LqError> {
    let wrong = || LqError::Rule { rule: rule.to_owned() };
    let (kind, number) = rule.split_once(':').ok_or_else(wrong)?;
    let amount = number.trim().parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.0);
    match (kind, amount) {
        ("knn", Some(_)) => number.trim().parse().map(Rule::Nearest).map_err(|_| wrong()),
        ("band", Some(width)) => Ok(Rule::Band(width)),
        ("exp", Some(range)) if range > 0.0 => Ok(Rule::Exponential(range)),
        _ => Err(wrong()),
    }
}

impl Proximity {
    /// The proximity that the option `rule` asks for, from the input `regions`, or from the input `proximity`.
    ///
    /// # Errors
    /// A rule that cannot be read or lacks places; a region without a place; a link to a region that the area table
    /// lacks.
    pub fn from_inputs(areas: &Areas, rule: Option<&str>, inputs: &Inputs) -> Result<Option<Self>, LqError> {
        match (rule, inputs.table("proximity"), inputs.table("regions")) {
            (None, None, _) => Ok(None),
            (None, Some(links), _) => Self::from_links(areas, links).map(Some),
            (Some(rule), _, None) => Err(LqError::NoPlaces { rule: rule.to_owned() }),
            (Some(rule), _, Some(regions)) => Self::from_places(areas, rule, regions).map(Some),
        }
    }

    fn from_places(areas: &Areas, rule: &str, regions: &Table) -> Result<Self, LqError> {
        let parsed = parse(rule)?;
        let (points, metric) = places(areas, regions)?;
        let n = points.len();
        let in_region = |error| match error {
            distretto_numerics::PointError::NotFinite { index, .. }
            | distretto_numerics::PointError::Latitude { index, .. } => {
                LqError::Point { region: areas.regions()[index].clone(), error }
            }
            _ => LqError::Rule { rule: rule.to_owned() },
        };
        let index = PointIndex::new(&points, metric).map_err(in_region)?;
        let rows: Box<dyn Fn(usize) -> Vec<distretto_numerics::Neighbour>> = match parsed {
            Rule::Exponential(range) => return Ok(Self::Exponential { points, metric, range }),
            Rule::Nearest(k) if k >= n => return Err(LqError::Rule { rule: rule.to_owned() }),
            Rule::Nearest(k) => Box::new(move |i| index.nearest(i, k)),
            Rule::Band(width) => Box::new(move |i| index.within(i, width)),
        };
        let links = (0..n).flat_map(|i| rows(i).into_iter().map(move |other| (i as u32, other.index, 1.0)));
        // The links come from the index: they are within range, single and positive.
        let weights = Weights::from_triplets(n, links.collect::<Vec<_>>());
        weights.map(Self::Links).map_err(|_| LqError::Rule { rule: rule.to_owned() })
    }

    fn from_links(areas: &Areas, links: &Table) -> Result<Self, LqError> {
        let sources = links.text("source").ok_or(LqError::Column { column: "source" })?;
        let targets = links.text("target").ok_or(LqError::Column { column: "target" })?;
        let places: FxHashMap<&str, u32> = areas.regions().iter().map(String::as_str).zip(0..).collect();
        let find = |code: &str| {
            places.get(code).copied().ok_or_else(|| LqError::Unknown { kind: "region", code: code.to_owned() })
        };
        let weights = links.numbers("weight");
        let mut triplets = Vec::with_capacity(links.rows());
        for row in 0..links.rows() {
            let source = find(sources.get(row).unwrap_or_default())?;
            // A region that the file lists without neighbours.
            let Some(target) = targets.get(row) else { continue };
            triplets.push((source, find(target)?, weights.map_or(1.0, |weights| weights[row])));
        }
        Weights::from_triplets(areas.regions().len(), triplets).map(Self::Links).map_err(|error| {
            let name = |unit: u32| areas.regions().get(unit as usize).cloned().unwrap_or_default();
            match error {
                WeightsError::Duplicate { source_unit, target }
                | WeightsError::InvalidWeight { source_unit, target, .. }
                | WeightsError::OutOfRange { source_unit, target, .. } => {
                    LqError::Link { from: name(source_unit), to: name(target) }
                }
                other => LqError::Rule { rule: other.to_string() },
            }
        })
    }

    /// Calls `add` with every region that counts for `region`, itself included, in the order of the table.
    fn each(&self, region: usize, mut add: impl FnMut(usize, f64)) {
        match self {
            Self::Links(weights) => {
                let mut own = Some(region);
                for (other, weight) in weights.row(region) {
                    if let Some(own) = own.take_if(|own| *own < other) {
                        add(own, 1.0);
                    }
                    add(other, weight);
                }
                if let Some(own) = own {
                    add(own, 1.0);
                }
            }
            Self::Exponential { points, metric, range } => {
                for (other, &place) in points.iter().enumerate() {
                    let away = if other == region { 0.0 } else { distance(*metric, points[region], place) };
                    add(other, (-away / range).exp());
                }
            }
        }
    }
}

/// Points of the regions in the order of the area table.
fn places(areas: &Areas, regions: &Table) -> Result<(Vec<Point>, Metric), LqError> {
    let codes = regions.text("region").ok_or(LqError::Column { column: "region" })?;
    let (x, y, metric) =
        match (regions.numbers("x"), regions.numbers("y"), regions.numbers("lon"), regions.numbers("lat")) {
            (Some(x), Some(y), _, _) => (x, y, Metric::Euclidean),
            (_, _, Some(lon), Some(lat)) => (lon, lat, Metric::Haversine),
            _ => return Err(LqError::NoCoordinates),
        };
    let rows: FxHashMap<&str, usize> =
        (0..regions.rows()).filter_map(|row| codes.get(row).map(|code| (code, row))).collect();
    let place = |code: &String| match rows.get(code.as_str()) {
        Some(&row) => Ok([x[row], y[row]]),
        None => Err(LqError::RegionLacking { region: code.clone() }),
    };
    let points = areas.regions().iter().map(place).collect::<Result<_, _>>()?;
    Ok((points, metric))
}

/// `LQ^P = (ẽ_ri/Σ_j ẽ_rj)/(E_i/E)`, `ẽ_ri = Σ_s ω_rs e_si`, for the industries chosen, region by region.
///
/// # Complexity
/// O(links · industries).
pub(super) fn adjusted(areas: &Areas, chosen: &[usize], proximity: &Proximity) -> Vec<f64> {
    let all = areas.total().value();
    let row = |region: usize| {
        let mut sums = vec![0.0; chosen.len()];
        let mut total = 0.0;
        proximity.each(region, |other, weight| {
            total += weight * areas.region_total(other).value();
            let lows = areas.row(other);
            for (sum, &industry) in sums.iter_mut().zip(chosen) {
                let value = areas.span(other, industry).value();
                // Missing cells are left out; a suppressed one hides every sum that it stands in.
                *sum += if lows[industry].is_nan() { 0.0 } else { weight * value };
            }
        });
        for (sum, &industry) in sums.iter_mut().zip(chosen) {
            let share = areas.industry_total(industry).value() / all;
            *sum = if total > 0.0 && share > 0.0 { *sum / total / share } else { f64::NAN };
        }
        sums
    };
    (0..areas.regions().len()).into_par_iter().flat_map_iter(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read() {
        assert_eq!(parse("knn:4").unwrap(), Rule::Nearest(4));
        assert_eq!(parse("band:0").unwrap(), Rule::Band(0.0));
        assert_eq!(parse("exp:10.5").unwrap(), Rule::Exponential(10.5));
        for wrong in ["knn:1.5", "knn:-1", "exp:0", "band:x", "near:3", "knn", "exp:inf"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
