//! TopoJSON: outlines made of shared, delta-coded arcs (Bostock and Metcalf, The TopoJSON Format Specification).

use super::geojson::{not_an_outline, point, wrong_region};
use super::shape::{Document, Geometry, Nested, Transform};
use super::{code, identity};
use crate::note;
use crate::table::ReadOptions;
use distretto_core::{Fault, Message, Region, Ring};

/// An arc bounds two regions of one layer at most, a few more where regions overlap. A file that uses its arcs more
/// often than this, on average, wants to fill the memory.
const USES: usize = 64;

/// The regions of the layer with the most of them.
pub(super) fn regions(
    document: Document,
    shown: &str,
    options: &ReadOptions,
) -> Result<(Vec<Region>, Vec<Message>), Fault> {
    let arcs = document.arcs.ok_or_else(|| Fault::input("the topology has no list of `arcs`"))?;
    let arcs = decode(&arcs, document.transform.as_ref()).map_err(Fault::input)?;
    let objects = document.objects.unwrap_or_default();
    let several = objects.len() > 1;
    let layers = objects.into_iter().map(|(name, geometry)| (name, members(geometry)));
    let largest = layers.rev().max_by_key(|(_, members)| members.len());
    let (name, members) = largest.ok_or_else(|| Fault::input("the topology has no `objects`"))?;
    let points: usize = arcs.iter().map(Vec::len).sum();
    let mut stitcher = Stitcher { arcs: &arcs, left: points.saturating_mul(USES) };
    let mut regions = Vec::with_capacity(members.len());
    for (place, member) in members.iter().enumerate() {
        let (id, name) = identity(member.id.as_ref(), member.properties.as_ref(), place, options)?;
        let mut polygons = Vec::new();
        stitcher.gather(member, &mut polygons).map_err(|wrong| wrong_region(place, &id, &wrong))?;
        regions.push(Region { id, name, polygons });
    }
    let notes = if several { vec![note::layer(shown, &name)] } else { Vec::new() };
    Ok((regions, notes))
}

/// The regions of a layer: the members of a collection, or the one geometry itself.
fn members(geometry: Geometry) -> Vec<Geometry> {
    let named = code(geometry.id.as_ref()).is_some() || geometry.properties.is_some();
    match geometry.geometries {
        Some(members) if !named => members,
        _ => vec![geometry],
    }
}

/// Absolute points of every arc.
fn decode(arcs: &[Nested], transform: Option<&Transform>) -> Result<Vec<Ring>, String> {
    let mut decoded = Vec::with_capacity(arcs.len());
    for (number, arc) in arcs.iter().enumerate() {
        let wrong = |what: &str| format!("arc {number}: {what}");
        let points = arc.list().ok_or_else(|| wrong("it is not a list of points"))?;
        let (mut x, mut y) = (0.0, 0.0);
        let mut line = Ring::with_capacity(points.len());
        for position in points {
            let (dx, dy) = point(position).map_err(|what| wrong(&what))?;
            line.push(match transform {
                None => (dx, dy),
                Some(transform) => {
                    (x, y) = (x + dx, y + dy);
                    transform.apply(x, y)
                }
            });
        }
        if line.iter().any(|(x, y)| !x.is_finite() || !y.is_finite()) {
            return Err(wrong("a point is not finite; is the `transform` right?"));
        }
        decoded.push(line);
    }
    Ok(decoded)
}

struct Stitcher<'a> {
    arcs: &'a [Ring],
    /// Points that may still be written.
    left: usize,
}

impl Stitcher<'_> {
    fn gather(&mut self, geometry: &Geometry, polygons: &mut Vec<Vec<Ring>>) -> Result<(), String> {
        let arcs = || geometry.arcs.as_ref().and_then(Nested::list).ok_or("the geometry has no arcs");
        match geometry.kind.as_deref() {
            Some("Polygon") => polygons.push(self.polygon(arcs()?)?),
            Some("MultiPolygon") => {
                for part in arcs()? {
                    polygons.push(self.polygon(part.list().ok_or("a polygon is not a list of rings")?)?);
                }
            }
            Some("GeometryCollection") => {
                for part in geometry.geometries.iter().flatten() {
                    self.gather(part, polygons)?;
                }
            }
            None if geometry.arcs.is_none() => {}
            other => return Err(not_an_outline(other)),
        }
        Ok(())
    }

    fn polygon(&mut self, rings: &[Nested]) -> Result<Vec<Ring>, String> {
        rings.iter().map(|ring| self.ring(ring.list().ok_or("a ring is not a list of arcs")?)).collect()
    }

    /// One ring of its arcs; `~i` is arc `i` backwards, and each arc begins where the one before it ends.
    fn ring(&mut self, numbers: &[Nested]) -> Result<Ring, String> {
        let mut ring = Ring::new();
        for number in numbers {
            let number = number.number().filter(|number| number.fract() == 0.0 && number.abs() < 4e9);
            let number = number.ok_or("the number of an arc is not a whole number")? as i64;
            let index = if number < 0 { !number } else { number };
            let arc = usize::try_from(index).ok().and_then(|index| self.arcs.get(index));
            let arc = arc.ok_or_else(|| format!("there is no arc {number}; the map has {} arcs", self.arcs.len()))?;
            self.left = self.left.checked_sub(arc.len()).ok_or("the arcs are used far too often")?;
            // The joint stands in both arcs.
            let skip = usize::from(!ring.is_empty());
            if number < 0 {
                ring.extend(arc.iter().rev().skip(skip));
            } else {
                ring.extend(arc.iter().skip(skip));
            }
        }
        if ring.first() == ring.last() {
            ring.pop();
        }
        match ring.len() {
            0..3 => Err(format!("a ring has {} points; it needs 3 or more", ring.len())),
            _ => Ok(ring),
        }
    }
}
