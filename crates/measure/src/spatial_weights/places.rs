//! Weights from where regions lie: points or outlines.

use super::options::Near;
use super::variable::Variable;
use super::{Contiguity, SpatialError};
use distretto_core::{RegionMap, Table};
use distretto_numerics::{ContiguityError, Metric, Point, Weights, queen, rook};
use rustc_hash::FxHashMap;

/// Coordinates by their columns: x, y where there are such, else lon, lat.
struct Coordinates<'a> {
    columns: [(&'static str, &'a [f64]); 2],
    metric: Metric,
}

impl<'a> Coordinates<'a> {
    fn of(table: &'a Table, value: &str) -> Result<Self, SpatialError> {
        let column = |name: &'static str| table.numbers(name).filter(|_| name != value).map(|held| (name, held));
        let pairs = [("x", "y", Metric::Euclidean), ("lon", "lat", Metric::Haversine)];
        for (first, second, metric) in pairs {
            if let (Some(a), Some(b)) = (column(first), column(second)) {
                return Ok(Self { columns: [a, b], metric });
            }
        }
        Err(SpatialError::NoCoordinates)
    }

    fn point(&self, row: usize, region: &str) -> Result<Point, SpatialError> {
        for (column, held) in self.columns {
            if !held[row].is_finite() {
                return Err(SpatialError::Coordinate { row, region: region.to_owned(), column });
            }
        }
        Ok([self.columns[0].1[row], self.columns[1].1[row]])
    }
}

/// Points of the regions with a value, from the table itself.
pub(crate) fn points_of_rows(table: &Table, read: &Variable) -> Result<(Vec<Point>, Metric), SpatialError> {
    let coordinates = Coordinates::of(table, &read.name)?;
    let points = read.kept.iter().zip(&read.rows).map(|(region, &row)| coordinates.point(row, region));
    Ok((points.collect::<Result<_, _>>()?, coordinates.metric))
}

/// Points of the regions with a value, from a table of regions.
pub(crate) fn points_of_regions(regions: &Table, read: &Variable) -> Result<(Vec<Point>, Metric), SpatialError> {
    let labels = regions.text("region").ok_or_else(|| SpatialError::Column { column: "region".to_owned() })?;
    let coordinates = Coordinates::of(regions, "")?;
    let mut rows: FxHashMap<&str, usize> = FxHashMap::default();
    for row in 0..regions.rows() {
        let Some(region) = labels.get(row) else { continue };
        if rows.insert(region, row).is_some() {
            return Err(SpatialError::Duplicate { row, region: region.to_owned() });
        }
    }
    read.lacking("regions", |region| rows.contains_key(region))?;
    let points = read.kept.iter().map(|region| coordinates.point(rows[region.as_str()], region));
    Ok((points.collect::<Result<_, _>>()?, coordinates.metric))
}

/// Weights 1 between points that are near.
pub(crate) fn from_points(points: &[Point], metric: Metric, near: Near) -> Result<Weights, SpatialError> {
    Ok(match near {
        Near::Nearest(k) => Weights::k_nearest(points, k, metric)?,
        Near::Within(distance) => Weights::distance_band(points, distance, metric)?,
    })
}

/// Weights 1 between regions whose outlines touch. Regions that only the map has are left aside.
pub(crate) fn from_borders(map: &RegionMap, contiguity: Contiguity, read: &Variable) -> Result<Weights, SpatialError> {
    let mut rings: FxHashMap<&str, Vec<Vec<Point>>> = FxHashMap::default();
    for region in &map.regions {
        // A region in several pieces may stand in the file once for each.
        let outline = rings.entry(region.id.as_str()).or_default();
        outline.extend(region.polygons.iter().flatten().map(|ring| ring.iter().map(|&(x, y)| [x, y]).collect()));
    }
    read.lacking("map", |region| rings.contains_key(region))?;
    let outlines: Vec<Vec<Vec<Point>>> =
        read.kept.iter().map(|region| rings.remove(region.as_str()).unwrap_or_default()).collect();
    let weights = match contiguity {
        Contiguity::Queen => queen(&outlines),
        Contiguity::Rook => rook(&outlines),
    };
    weights.map_err(|error| {
        let region = match error {
            ContiguityError::NotFinite { region, .. } | ContiguityError::ShortRing { region, .. } => region,
            _ => 0,
        };
        SpatialError::Outline { region: read.kept[region].clone(), error }
    })
}
