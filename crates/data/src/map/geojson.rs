//! GeoJSON (RFC 7946): features with polygons.

use super::identity;
use super::shape::{Document, Geometry, Nested};
use crate::table::ReadOptions;
use distretto_core::{Fault, Region, Ring};

/// Fewest points of a ring, its first and last being the same (RFC 7946, section 3.1.6).
const RING: usize = 4;

/// The regions of a feature collection.
pub(super) fn regions(document: Document, options: &ReadOptions) -> Result<Vec<Region>, Fault> {
    let features = document.features.ok_or_else(|| Fault::input("the map has no list of `features`"))?;
    let mut regions = Vec::with_capacity(features.len());
    for (place, feature) in features.into_iter().enumerate() {
        let (id, name) = identity(feature.id.as_ref(), feature.properties.as_ref(), place, options)?;
        let mut polygons = Vec::new();
        if let Some(geometry) = &feature.geometry {
            gather(geometry, &mut polygons).map_err(|wrong| wrong_region(place, &id, &wrong))?;
        }
        regions.push(Region { id, name, polygons });
    }
    Ok(regions)
}

/// The fault of a region whose outline is wrong.
pub(super) fn wrong_region(place: usize, id: &str, wrong: &str) -> Fault {
    Fault::input(format!("feature {}: {wrong}", place + 1)).with_value(id)
}

fn gather(geometry: &Geometry, polygons: &mut Vec<Vec<Ring>>) -> Result<(), String> {
    let coordinates = || geometry.coordinates.as_ref().and_then(Nested::list).ok_or("the geometry has no coordinates");
    match geometry.kind.as_deref() {
        Some("Polygon") => polygons.push(polygon(coordinates()?)?),
        Some("MultiPolygon") => {
            for part in coordinates()? {
                polygons.push(polygon(part.list().ok_or("a polygon is not a list of rings")?)?);
            }
        }
        Some("GeometryCollection") => {
            for part in geometry.geometries.iter().flatten() {
                gather(part, polygons)?;
            }
        }
        other => return Err(not_an_outline(other)),
    }
    Ok(())
}

pub(super) fn not_an_outline(kind: Option<&str>) -> String {
    let kind = kind.unwrap_or("geometry without a type");
    format!("a {kind} is no outline; a region is a Polygon or MultiPolygon")
}

fn polygon(rings: &[Nested]) -> Result<Vec<Ring>, String> {
    rings.iter().map(|points| ring(points.list().ok_or("a ring is not a list of points")?)).collect()
}

fn ring(points: &[Nested]) -> Result<Ring, String> {
    if points.len() < RING {
        return Err(format!("a ring has {} points; it needs {RING} or more, the last being the first", points.len()));
    }
    let mut ring: Ring = points.iter().map(point).collect::<Result<_, _>>()?;
    // Core's rings close themselves.
    if ring.first() == ring.last() {
        ring.pop();
    }
    Ok(ring)
}

pub(super) fn point(position: &Nested) -> Result<(f64, f64), String> {
    let numbers = position.list().unwrap_or_default();
    let number = |place: usize| numbers.get(place).and_then(Nested::number).filter(|number| number.is_finite());
    match (number(0), number(1)) {
        (Some(x), Some(y)) => Ok((x, y)),
        _ => Err("a point is not a pair of finite numbers".to_owned()),
    }
}
