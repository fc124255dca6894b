//! Where on the page the parts of a map stand: the main part, and insets for what lies far away.

use super::projection::{Extent, Projection, is_geographic, seam, unwrapped};
use crate::figure::labels::Box4;
use crate::figure::style::WIDTH;
use distretto_core::RegionMap;
use std::collections::BTreeMap;

/// Greatest height of the main part, in pixels.
const TALL: f64 = 430.0;
/// Greatest width and height of an inset, in pixels.
const INSET: (f64, f64) = (92.0, 68.0);
/// Space around the main part.
const MARGIN: f64 = 8.0;
/// A part is far away when the gap to it exceeds this share of the diagonal of the main part.
const FAR: f64 = 0.08;
/// An inset holds at most this share of the things on the map…
const FEW: f64 = 0.2;
/// … and would make the map at least this much wider or taller.
const GROWTH: f64 = 1.2;
/// Points of an outline that are looked at when the parts are found.
const SAMPLES: usize = 48;

/// A thing on a map: its points in longitude and latitude, or planar.
pub(crate) type Thing = Vec<(f64, f64)>;

/// A point of a thing.
type Sample = (usize, (f64, f64));

/// A part of the page with its own projection.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    projection: Projection,
    extent: Extent,
    scale: f64,
    shift: (f64, f64),
    /// The rectangle of an inset; `None` for the main part.
    pub(crate) inset: Option<Box4>,
}

/// All parts of a map.
#[derive(Debug, Clone)]
pub(crate) struct Frames {
    frames: Vec<Frame>,
    /// Frame of each thing.
    member: Vec<usize>,
    seam: Option<f64>,
    /// Where the map ends at the bottom.
    pub(crate) height: f64,
}

/// The outlines of a map, one thing a region.
pub(crate) fn outlines(map: &RegionMap) -> Vec<Thing> {
    map.regions.iter().map(|region| region.polygons.iter().flatten().flatten().copied().collect()).collect()
}

impl Frames {
    /// Lays out a map of things; `None` when there is no point at all. Coordinates that can be degrees are taken for
    /// longitude and latitude.
    pub(crate) fn new(things: &[Thing]) -> Option<Self> {
        let raw = extent(things.iter().flatten().copied())?;
        Self::laid_out(things, is_geographic(raw))
    }

    /// The same of things that are known to be in the plane.
    pub(crate) fn planar(things: &[Thing]) -> Option<Self> {
        Self::laid_out(things, false)
    }

    fn laid_out(things: &[Thing], geographic: bool) -> Option<Self> {
        let seam = geographic.then(|| seam(things.iter().flatten().map(|p| p.0).collect()));
        let open = |p: &(f64, f64)| (seam.map_or(p.0, |seam| unwrapped(p.0, seam)), p.1);
        let things: Vec<Thing> = things.iter().map(|thing| thing.iter().map(open).collect()).collect();
        let member = parts(&things, seam.is_some());
        let count = member.iter().copied().max()? + 1;
        let mut frames = Vec::new();
        for part in 0..count {
            let inside =
                || things.iter().zip(&member).filter(|(_, m)| **m == part).flat_map(|(thing, _)| thing.iter().copied());
            let bounds = extent(inside())?;
            let projection = if seam.is_some() { Projection::of(bounds) } else { Projection::Planar };
            let drawn = extent(inside().map(|p| projection.apply(p)))?;
            frames.push((Frame { projection, extent: bounds, scale: 1.0, shift: (0.0, 0.0), inset: None }, drawn));
        }
        let drawn = frames[0].1;
        let height = frames[0].0.fit(drawn, (MARGIN, MARGIN, WIDTH - MARGIN, MARGIN + TALL), true);
        let sizes: Vec<f64> = frames.iter().skip(1).map(|(_, drawn)| inset_width(*drawn)).collect();
        let places = places(&frames[0].0, &things, &member, &sizes, height);
        let bottom = places.iter().map(|place| place.3 + MARGIN).fold(height, f64::max);
        for (place, (frame, drawn)) in places.into_iter().zip(frames.iter_mut().skip(1)) {
            frame.fit(*drawn, (place.0 + 5.0, place.1 + 5.0, place.2 - 5.0, place.3 - 5.0), false);
            frame.inset = Some(place);
        }
        let frames = frames.into_iter().map(|(frame, _)| frame).collect();
        Some(Self { frames, member, seam, height: bottom })
    }

    pub(crate) fn all(&self) -> &[Frame] {
        &self.frames
    }

    /// The pixel of a point of a thing.
    pub(crate) fn place(&self, thing: usize, point: (f64, f64)) -> (f64, f64) {
        self.frames[self.member.get(thing).copied().unwrap_or(0)].place(self.open(point))
    }

    /// The pixel of a point that belongs to no thing: in the part that it lies in or is nearest to.
    pub(crate) fn place_free(&self, point: (f64, f64)) -> (f64, f64) {
        let point = self.open(point);
        let outside = |frame: &Frame| {
            let (x0, y0, x1, y1) = frame.extent;
            (x0 - point.0).max(point.0 - x1).max(0.0) + (y0 - point.1).max(point.1 - y1).max(0.0)
        };
        let nearest = self.frames.iter().min_by(|a, b| outside(a).total_cmp(&outside(b)));
        nearest.map_or(point, |frame| frame.place(point))
    }

    fn open(&self, point: (f64, f64)) -> (f64, f64) {
        (self.seam.map_or(point.0, |seam| unwrapped(point.0, seam)), point.1)
    }
}

impl Frame {
    /// Fits what is drawn into a rectangle, centred; returns the bottom. The main part takes no more height than it needs.
    fn fit(&mut self, drawn: Extent, into: Box4, shrink: bool) -> f64 {
        let (wide, tall) = ((drawn.2 - drawn.0).max(1e-9), (drawn.3 - drawn.1).max(1e-9));
        if drawn.2 - drawn.0 < 1e-12 && drawn.3 - drawn.1 < 1e-12 {
            // A single point stands in the middle.
            self.shift = (0.5 * (into.0 + into.2) - drawn.0, 0.5 * (into.1 + into.3) + drawn.1);
            return into.3 + MARGIN;
        }
        self.scale = ((into.2 - into.0) / wide).min((into.3 - into.1) / tall);
        let bottom = if shrink { into.1 + tall * self.scale } else { 0.5 * (into.1 + into.3 + tall * self.scale) };
        let left = 0.5 * (into.0 + into.2 - wide * self.scale);
        self.shift = (left - drawn.0 * self.scale, bottom + drawn.1 * self.scale);
        bottom + MARGIN
    }

    fn place(&self, point: (f64, f64)) -> (f64, f64) {
        let (x, y) = self.projection.apply(point);
        (self.shift.0 + x * self.scale, self.shift.1 - y * self.scale)
    }
}

fn extent(points: impl Iterator<Item = (f64, f64)>) -> Option<Extent> {
    let finite = points.filter(|p| p.0.is_finite() && p.1.is_finite());
    finite.fold(None, |found: Option<Extent>, (x, y)| {
        let (x0, y0, x1, y1) = found.unwrap_or((x, y, x, y));
        Some((x0.min(x), y0.min(y), x1.max(x), y1.max(y)))
    })
}

/// The part of each thing: 0 is the main part, further ones are insets.
///
/// Things are joined while the gap between them stays below `FAR` of the diagonal of the main part. A group of few
/// things becomes an inset when the map would grow much by it (Alaska, Hawaii, the Canary Islands); else it stays.
fn parts(things: &[Thing], geographic: bool) -> Vec<usize> {
    let all: Vec<usize> = vec![0; things.len()];
    let flat = flattened(things, geographic);
    let whole = |thing: &Thing| extent(thing.iter().copied());
    let Some(mut main) = extent(flat.iter().flatten().copied()) else { return all };
    // Points leave more room between them than outlines do.
    let far = if things.iter().all(|thing| thing.len() <= 1) { 2.0 * FAR } else { FAR };
    let mut groups = Vec::new();
    // The first pass knows no main part yet and takes all.
    for _ in 0..3 {
        groups = joined(&flat, far * (main.2 - main.0).hypot(main.3 - main.1));
        let Some(largest) = largest(&groups) else { return all };
        let inside = flat.iter().zip(&groups).filter(|(_, group)| **group == largest);
        main = extent(inside.flat_map(|(thing, _)| thing.iter().copied())).unwrap_or(main);
    }
    let Some(largest) = largest(&groups) else { return all };
    let mut member = vec![0; things.len()];
    let mut seen = vec![largest];
    let mut insets = 0;
    for group in groups.iter().copied() {
        if seen.contains(&group) {
            continue;
        }
        seen.push(group);
        let of_group: Vec<usize> = (0..things.len()).filter(|&i| groups[i] == group).collect();
        let bounds = of_group
            .iter()
            .filter_map(|&i| whole(&flat[i]))
            .fold(main, |sum, e| (sum.0.min(e.0), sum.1.min(e.1), sum.2.max(e.2), sum.3.max(e.3)));
        let growth = ((bounds.2 - bounds.0) / (main.2 - main.0)).max((bounds.3 - bounds.1) / (main.3 - main.1));
        let few = (of_group.len() as f64) <= FEW * things.len() as f64;
        if few && growth > GROWTH && insets < 8 {
            insets += 1;
            of_group.iter().for_each(|&i| member[i] = insets);
        }
    }
    member
}

/// Some points of each thing, longitudes shortened to the length that they have at their latitude.
fn flattened(things: &[Thing], geographic: bool) -> Vec<Thing> {
    let flat = |p: &(f64, f64)| if geographic { (p.0 * p.1.to_radians().cos(), p.1) } else { *p };
    things.iter().map(|thing| thing.iter().step_by(thing.len().div_ceil(SAMPLES).max(1)).map(flat).collect()).collect()
}

/// The group with most things; the earlier one among equals.
fn largest(groups: &[usize]) -> Option<usize> {
    let size = |group: usize| groups.iter().filter(|g| **g == group).count();
    groups.iter().copied().reduce(|best, group| if size(group) > size(best) { group } else { best })
}

/// The first thing of the group of a thing.
fn root(parent: &mut [usize], mut i: usize) -> usize {
    while parent[i] != i {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    i
}

/// Joins things whose points come within a distance of one another; a group is named by its first thing.
fn joined(things: &[Thing], distance: f64) -> Vec<usize> {
    let mut parent: Vec<usize> = (0..things.len()).collect();
    let cell = |p: (f64, f64)| ((p.0 / distance).floor() as i64, (p.1 / distance).floor() as i64);
    let mut grid: BTreeMap<(i64, i64), Vec<Sample>> = BTreeMap::new();
    for (i, thing) in things.iter().enumerate() {
        for &point in thing {
            let (cx, cy) = cell(point);
            for key in (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (cx + dx, cy + dy))) {
                for &(other, at) in grid.get(&key).into_iter().flatten() {
                    let (a, b) = (root(&mut parent, i), root(&mut parent, other));
                    if a != b && (at.0 - point.0).hypot(at.1 - point.1) <= distance {
                        parent[a.max(b)] = a.min(b);
                    }
                }
            }
            let here = grid.entry((cx, cy)).or_default();
            // One point of a thing for each cell is enough when cells are this small.
            if here.iter().filter(|(other, _)| *other == i).count() < 4 {
                here.push((i, point));
            }
        }
    }
    (0..things.len()).map(|i| root(&mut parent, i)).collect()
}

/// The width that the content of an inset needs at its full height.
fn inset_width(drawn: Extent) -> f64 {
    let aspect = (drawn.2 - drawn.0) / (drawn.3 - drawn.1).max(1e-9);
    (aspect * (INSET.1 - 10.0) + 10.0).clamp(0.6 * INSET.0, INSET.0)
}

/// Rectangles of the insets: side by side in a corner of the main part that is free, else in rows beneath it.
fn places(main: &Frame, things: &[Thing], member: &[usize], sizes: &[f64], bottom: f64) -> Vec<Box4> {
    let row = |left: f64, top: f64| -> Vec<Box4> {
        let at = sizes.iter().scan((left, top), |at, wide| {
            if at.0 > left && at.0 + wide > WIDTH - MARGIN {
                *at = (left, at.1 + INSET.1 + MARGIN);
            }
            let place = (at.0, at.1, at.0 + wide, at.1 + INSET.1);
            at.0 += wide + MARGIN;
            Some(place)
        });
        at.collect()
    };
    let wide = sizes.iter().map(|wide| wide + MARGIN).sum::<f64>() - MARGIN;
    let (right, low) = (WIDTH - MARGIN - wide, bottom - MARGIN - INSET.1);
    for (left, top) in [(MARGIN, low), (right, low), (MARGIN, MARGIN), (right, MARGIN)] {
        let place = (left - 4.0, top - 4.0, left + wide + 4.0, top + INSET.1 + 4.0);
        if !sizes.is_empty() && wide < WIDTH * 0.5 && is_free(main, things, member, place) {
            return row(left, top);
        }
    }
    row(MARGIN, bottom)
}

/// Whether no outline of the main part runs through a rectangle.
fn is_free(main: &Frame, things: &[Thing], member: &[usize], place: Box4) -> bool {
    let of_main = || things.iter().zip(member).filter(|(_, m)| **m == 0).map(|(thing, _)| thing);
    let inside = |(x, y): (f64, f64)| x > place.0 && x < place.2 && y > place.1 && y < place.3;
    // Things of a single point have no line between two points.
    if of_main().filter_map(|thing| thing.first()).any(|&point| inside(main.place(point))) {
        return false;
    }
    !of_main().flat_map(|thing| thing.windows(2)).any(|pair| {
        let ((ax, ay), (bx, by)) = (main.place(pair[0]), main.place(pair[1]));
        (0..=4).map(|k| f64::from(k) / 4.0).any(|share| inside((ax + share * (bx - ax), ay + share * (by - ay))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: f64, y: f64) -> Thing {
        (0..=8)
            .map(|i| f64::from(i) / 8.0)
            .flat_map(|t| [(x + t, y), (x + 1.0, y + t), (x + t, y + 1.0), (x, y + t)])
            .collect()
    }

    #[test]
    fn a_far_island_becomes_an_inset() {
        let mut things: Vec<Thing> = (0..36).map(|i| square(f64::from(i % 6), 40.0 + f64::from(i / 6))).collect();
        things.push(square(60.0, 20.0));
        let frames = Frames::new(&things).expect("points");
        assert_eq!(frames.all().len(), 2);
        assert!(frames.all()[1].inset.is_some());
        let near = frames.place(0, (0.0, 40.0));
        assert!(near.0 >= 0.0 && near.0 < WIDTH / 2.0, "{near:?}");
    }

    #[test]
    fn a_near_island_stays() {
        let mut things: Vec<Thing> = (0..36).map(|i| square(f64::from(i % 6), f64::from(i / 6))).collect();
        things.push(square(6.3, 2.0));
        assert_eq!(Frames::new(&things).expect("points").all().len(), 1);
        // In the plane the middle of two points is drawn midway; in a projection of degrees it is not.
        let things: Vec<Thing> = vec![vec![(0.0, 0.0), (100.0, 0.0), (0.0, 60.0), (100.0, 60.0)]];
        let middle = |frames: &Frames| {
            let at = |x: f64, y: f64| frames.place(0, (x, y)).1;
            at(50.0, 60.0) - 0.5 * (at(0.0, 60.0) + at(100.0, 60.0))
        };
        assert!(middle(&Frames::planar(&things).expect("points")).abs() < 1e-9);
        assert!(middle(&Frames::new(&things).expect("points")).abs() > 1.0);
    }

    #[test]
    fn nothing_has_no_frame() {
        assert!(Frames::new(&[Vec::new()]).is_none());
    }
}
