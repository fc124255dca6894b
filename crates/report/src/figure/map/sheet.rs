//! The sheet of a map: outlines and points in their frames, filled, with names on them.

use super::frames::{Frames, Thing, outlines};
use crate::figure::labels::Labels;
use crate::figure::select::Selection;
use crate::figure::style::{TEXT, WIDTH};
use crate::figure::svg::{Anchor, Drawing, fitted, n, text_width};
use crate::figure::{FigureContext, FigureError};
use distretto_core::{Message, Region, RegionMap, Table};
use std::collections::{BTreeSet, HashMap};
use std::fmt::Write;

/// Radius of the largest point, in pixels.
const LARGEST: f64 = 17.0;
/// Radius of the smallest point, and of all points without weight.
const SMALLEST: f64 = 2.2;
/// Radius of points without weight.
const PLAIN: f64 = 4.0;
/// Points that are named when nothing is in focus.
const NAMED: usize = 5;

/// How a region or point is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) fill: String,
    pub(crate) dotted: bool,
    /// Whether it stands out; else it is small and pale.
    pub(crate) strong: bool,
    /// Whether a point is a triangle that points down, told apart from the others in greyscale too.
    pub(crate) points_down: bool,
}

impl Look {
    /// The look of a region without value.
    pub(crate) fn none() -> Self {
        Self { fill: String::new(), dotted: false, strong: false, points_down: false }
    }
}

/// Where the rows are.
enum Ground<'a> {
    /// Each row is a region of the map.
    Regions(&'a RegionMap),
    /// Each row is a point, over outlines where there are any; without them, all in one frame (`whole`) where rows
    /// place themselves: a plant that stands apart is no island.
    Points { places: HashMap<String, (f64, f64)>, base: Option<&'a RegionMap>, whole: bool },
    /// Each row is a cell of a grid: its corners.
    Cells { cells: Vec<Thing>, base: Option<&'a RegionMap> },
}

/// A map that is being drawn.
pub(crate) struct Sheet<'a> {
    pub(crate) drawing: Drawing,
    ground: Ground<'a>,
    frames: Frames,
    labels: Labels,
    weights: Option<Vec<f64>>,
    heaviest: f64,
    lost: usize,
}

impl<'a> Sheet<'a> {
    /// Finds what `join` and `base` name, or what fits the rows best, and lays out the page.
    pub(crate) fn new(selection: &Selection<'a>) -> Result<Self, FigureError> {
        let ground = ground(selection)?;
        let things = match &ground {
            Ground::Regions(map) | Ground::Points { base: Some(map), .. } => outlines(map),
            Ground::Points { places, base: None, whole: true } => vec![points(places, selection).concat()],
            Ground::Points { places, base: None, .. } => points(places, selection),
            Ground::Cells { base: Some(map), .. } => outlines(map),
            Ground::Cells { cells, base: None } => vec![cells.concat()],
        };
        // Rows that place themselves by x and y are in the plane, whatever their range.
        let own = matches!(&ground, Ground::Points { base: None, whole: true, .. } | Ground::Cells { base: None, .. });
        let degrees = selection.table.numbers("lon").zip(selection.table.numbers("lat")).is_some();
        let frames = if own && !degrees { Frames::planar(&things) } else { Frames::new(&things) };
        let frames = frames.ok_or_else(|| selection.empty("join"))?;
        let weights = selection.spec.weight.as_ref().map(|column| selection.numbers(column)).transpose()?;
        let heaviest = weights.as_ref().map_or(0.0, |w| selection.rows.iter().map(|&r| w[r]).fold(0.0, f64::max));
        let labels = Labels::within((2.0, 2.0, WIDTH - 2.0, frames.height + 4.0));
        Ok(Self { drawing: Drawing::default(), ground, frames, labels, weights, heaviest, lost: 0 })
    }

    /// Whether rows are cells of a grid.
    pub(crate) fn is_grid(&self) -> bool {
        matches!(self.ground, Ground::Cells { .. })
    }

    /// Where the map ends.
    pub(crate) fn bottom(&self) -> f64 {
        self.frames.height
    }

    /// Draws every row by its look; returns how many regions of the map no row is about.
    pub(crate) fn paint(&mut self, selection: &Selection, looks: &[Look], tip: &dyn Fn(usize) -> String) -> usize {
        for (i, frame) in self.frames.all().iter().enumerate() {
            if let Some(place) = frame.inset.filter(|_| i > 0) {
                self.drawing.frame("box", (place.0, place.1), (place.2 - place.0, place.3 - place.1));
                self.labels.block(place);
            }
        }
        match &self.ground {
            Ground::Regions(map) => {
                let map = *map;
                self.regions(map, selection, looks, tip)
            }
            Ground::Points { base, .. } => {
                if let Some(base) = *base {
                    for (i, region) in base.regions.iter().enumerate() {
                        let data = self.outline(i, region);
                        self.drawing.path("class=\"land\"", &data, None);
                    }
                }
                self.dots(selection, looks, tip);
                0
            }
            Ground::Cells { base, .. } => {
                let base = *base;
                self.squares(selection, looks, tip);
                for (i, region) in base.iter().flat_map(|base| base.regions.iter().enumerate()) {
                    let data = self.outline(i, region);
                    self.drawing.path("class=\"region\" fill=\"none\" pointer-events=\"none\"", &data, None);
                }
                0
            }
        }
    }

    fn regions(
        &mut self,
        map: &RegionMap,
        selection: &Selection,
        looks: &[Look],
        tip: &dyn Fn(usize) -> String,
    ) -> usize {
        let mut rows: HashMap<&str, usize> = HashMap::new();
        for &row in selection.rows.iter().rev() {
            if let Some(code) = selection.code(row) {
                rows.insert(code, row);
            }
        }
        let mut absent = 0;
        for (i, region) in map.regions.iter().enumerate() {
            let data = self.outline(i, region);
            let row = rows.get(region.id.as_str()).copied();
            absent += usize::from(row.is_none());
            let look = row.map(|row| &looks[row]).filter(|look| !look.fill.is_empty());
            let fill = look.map_or_else(|| self.drawing.hatch().to_owned(), |look| look.fill.clone());
            let words = row.map_or_else(|| called(region, selection), tip);
            self.drawing.path(&format!("class=\"region\" fill=\"{fill}\""), &data, Some(&words));
            if look.is_some_and(|look| look.dotted) {
                let dots = self.drawing.dots();
                self.drawing.path(&format!("pointer-events=\"none\" fill=\"{dots}\""), &data, None);
            }
        }
        let known: BTreeSet<&str> = map.regions.iter().map(|region| region.id.as_str()).collect();
        self.lost = rows.keys().filter(|code| !known.contains(*code)).count();
        absent
    }

    fn outline(&self, thing: usize, region: &Region) -> String {
        let mut data = String::new();
        for ring in region.polygons.iter().flatten() {
            let mut before = String::new();
            for (i, &point) in ring.iter().enumerate() {
                let (x, y) = self.frames.place(thing, point);
                let word = format!("{} {}", n(x), n(y));
                if word != before {
                    let _ = write!(data, "{}{word}", if i == 0 { 'M' } else { 'L' });
                    before = word;
                }
            }
            data.push('Z');
        }
        data
    }

    /// Cells that have a value; the others are left blank.
    fn squares(&mut self, selection: &Selection, looks: &[Look], tip: &dyn Fn(usize) -> String) {
        let Ground::Cells { cells, .. } = &self.ground else { return };
        for &row in selection.rows.iter().filter(|row| !looks[**row].fill.is_empty()) {
            let corners = cells[row].iter().map(|&corner| self.frames.place_free(corner));
            let words: Vec<String> = corners.map(|(x, y)| format!("{} {}", n(x), n(y))).collect();
            let data = format!("M{}Z", words.join("L"));
            let fill = &looks[row].fill;
            self.drawing.path(&format!("stroke=\"none\" fill=\"{fill}\""), &data, Some(&tip(row)));
        }
    }

    /// Large points first, so that small ones stay visible.
    fn dots(&mut self, selection: &Selection, looks: &[Look], tip: &dyn Fn(usize) -> String) {
        let mut rows = selection.rows.clone();
        rows.sort_by(|a, b| {
            looks[*a].strong.cmp(&looks[*b].strong).then(self.radius(*b, looks).total_cmp(&self.radius(*a, looks)))
        });
        for row in rows {
            let Some((x, y)) = self.pixel(selection, row) else {
                self.lost += 1;
                continue;
            };
            let look = &looks[row];
            let fill = if look.fill.is_empty() { self.drawing.hatch() } else { &look.fill };
            let radius = self.radius(row, looks);
            let attributes = format!("class=\"spot\" fill=\"{fill}\"");
            if look.points_down {
                let r = radius * 1.15;
                let data = format!("M{} {}h{}l{} {}Z", n(x - r), n(y - 0.6 * r), n(2.0 * r), n(-r), n(1.8 * r));
                self.drawing.path(&attributes, &data, Some(&tip(row)));
            } else {
                self.drawing.circle(&attributes, (x, y), radius, Some(&tip(row)));
            }
        }
    }

    fn radius(&self, row: usize, looks: &[Look]) -> f64 {
        match &self.weights {
            Some(weights) if weights[row] > 0.0 => (LARGEST * (weights[row] / self.heaviest).sqrt()).max(SMALLEST),
            Some(_) => SMALLEST * 0.6,
            None if looks[row].strong => PLAIN,
            None => SMALLEST,
        }
    }

    /// Where a row stands; a region without outline, or a point that nothing places, stands nowhere.
    fn pixel(&self, selection: &Selection, row: usize) -> Option<(f64, f64)> {
        let code = selection.code(row)?;
        match &self.ground {
            Ground::Points { places, .. } => places.get(code).map(|&point| self.frames.place_free(point)),
            Ground::Cells { .. } => None,
            Ground::Regions(map) => {
                let i = map.position(code)?;
                middle(&map.regions[i]).map(|point| self.frames.place(i, point))
            }
        }
    }

    /// Outlines and names what is in focus; names the heaviest or highest where nothing is.
    pub(crate) fn name_focus(&mut self, selection: &Selection, values: &[f64]) {
        let focus: Vec<usize> = selection.rows.iter().copied().filter(|&row| selection.in_focus(row)).collect();
        // What has no value is drawn small, and names may cover it.
        let looks: Vec<Look> = values.iter().map(|v| Look { strong: v.is_finite(), ..Look::none() }).collect();
        for &row in &focus {
            if let Ground::Regions(map) = &self.ground {
                if let Some(i) = selection.code(row).and_then(|code| map.position(code)) {
                    let data = self.outline(i, &map.regions[i]);
                    self.drawing.path("class=\"focus\" pointer-events=\"none\"", &data, None);
                }
            } else if let Some(at) = self.pixel(selection, row) {
                let radius = self.radius(row, &looks);
                self.drawing.circle("class=\"focus\" pointer-events=\"none\"", at, radius + 1.0, None);
            }
        }
        let named = if focus.is_empty() { self.heaviest_rows(selection, values) } else { focus };
        if matches!(self.ground, Ground::Points { .. }) {
            for &row in &selection.rows {
                let radius = self.radius(row, &looks);
                if let Some(at) = self.pixel(selection, row).filter(|_| radius > 3.0) {
                    self.labels.mark(at, radius);
                }
            }
        }
        for row in named {
            let Some(at) = self.pixel(selection, row) else { continue };
            let radius = if matches!(self.ground, Ground::Points { .. }) { self.radius(row, &looks) } else { 0.0 };
            let text = fitted(&name(selection, row), TEXT, 210.0);
            if selection.in_focus(row) {
                self.labels.insist(&mut self.drawing, at, radius, &text);
            } else {
                self.labels.write(&mut self.drawing, at, radius, &text);
            }
        }
    }

    fn heaviest_rows(&self, selection: &Selection, values: &[f64]) -> Vec<usize> {
        let keys = self.weights.as_deref().unwrap_or(values);
        let mut rows: Vec<usize> = selection.rows.iter().copied().filter(|&row| keys[row].is_finite()).collect();
        rows.sort_by(|a, b| keys[*b].total_cmp(&keys[*a]));
        rows.truncate(NAMED);
        rows
    }

    /// Circles of three round weights; returns the bottom of the figure.
    pub(crate) fn size_legend(&mut self, selection: &Selection, top: f64) -> f64 {
        let (Some(column), true) = (selection.spec.weight.as_deref(), matches!(self.ground, Ground::Points { .. }))
        else {
            return top + 2.0;
        };
        let round = |value: f64| format!("{value:.0e}").parse::<f64>().unwrap_or(value);
        let mut weights: Vec<f64> = [1.0, 0.25, 0.05].iter().map(|share| round(self.heaviest * share)).collect();
        weights.dedup();
        let heading = selection.heading(column).into_owned();
        let baseline = top + 2.0 * LARGEST + 4.0;
        self.drawing.text("strong", (8.0, baseline - LARGEST + 4.5), Anchor::Start, &heading);
        let mut x = 8.0 + text_width(&heading, TEXT) + 16.0;
        for weight in weights.iter().rev().filter(|weight| **weight > 0.0) {
            let radius = (LARGEST * (weight / self.heaviest).sqrt()).max(SMALLEST);
            let at = (x + radius, baseline - LARGEST);
            self.drawing.circle("fill=\"none\" stroke=\"var(--soft)\"", at, radius, None);
            let word = selection.word(*weight);
            self.drawing.text("", (x + 2.0 * radius + 6.0, at.1 + 4.5), Anchor::Start, &word);
            x += 2.0 * radius + 6.0 + text_width(&word, TEXT) + 18.0;
        }
        baseline + 6.0
    }

    /// The remarks of the selection, and how many rows have no place on the map.
    pub(crate) fn notes(&self, mut notes: Vec<Message>) -> Vec<Message> {
        if self.lost > 0 {
            notes.push(Message::new("figure.note.lost").count("n", self.lost));
        }
        if self.frames.all().len() > 1 {
            notes.push(Message::new("figure.note.insets"));
        }
        notes
    }
}

/// What a row is called on a map: its name, the name that the map gives, or its code.
pub(crate) fn name(selection: &Selection, row: usize) -> String {
    let code = selection.code(row).unwrap_or_default();
    if let Some(name) = selection.own_name(row) {
        return name.to_owned();
    }
    if selection.context.names.regions.contains_key(code) {
        return selection.called(row);
    }
    let region = |map: &RegionMap| map.position(code).and_then(|i| map.regions[i].name.clone());
    let join = selection.spec.join.as_ref();
    let maps = selection.context.maps.iter().filter(|(name, _)| join.is_none_or(|join| join == *name));
    maps.filter_map(|(_, map)| region(map)).next().unwrap_or_else(|| code.to_owned())
}

fn called(region: &Region, selection: &Selection) -> String {
    let known = selection.context.names.regions.get(&region.id).or(region.name.as_ref());
    let no_data = selection.catalogue().word("figure.no-data");
    format!("{}: {no_data}", known.unwrap_or(&region.id))
}

/// The middle of the largest ring, by the formula for the centroid of a polygon.
fn middle(region: &Region) -> Option<(f64, f64)> {
    let moments = |ring: &Vec<(f64, f64)>| {
        let (x0, y0) = ring.first().copied().unwrap_or_default();
        let pairs = ring.iter().zip(ring.iter().cycle().skip(1));
        pairs.fold((0.0, 0.0, 0.0), |sum, (a, b)| {
            // Relative to the first point, lest small regions far from the origin lose digits.
            let (ax, ay, bx, by) = (a.0 - x0, a.1 - y0, b.0 - x0, b.1 - y0);
            let cross = ax * by - bx * ay;
            (sum.0 + cross, sum.1 + (ax + bx) * cross, sum.2 + (ay + by) * cross)
        })
    };
    let rings = region.polygons.iter().filter_map(|polygon| polygon.first());
    let largest = rings.max_by(|a, b| moments(a).0.abs().total_cmp(&moments(b).0.abs()))?;
    let (area, x, y) = moments(largest);
    let first = largest.first().copied()?;
    Some(if area == 0.0 { first } else { (first.0 + x / (3.0 * area), first.1 + y / (3.0 * area)) })
}

fn ground<'a>(selection: &Selection<'a>) -> Result<Ground<'a>, FigureError> {
    let (spec, context) = (selection.spec, selection.context);
    let Some(join) = spec.join.clone().or_else(|| best_join(selection)) else {
        // Rows that say themselves where they are, as plants do; cells of a grid have no names.
        if ["region", "id", "unit"].iter().all(|name| selection.table.text(name).is_none())
            && let Some(cells) = cells(selection.table)
        {
            return Ok(Ground::Cells { cells, base: base(selection)? });
        }
        let places = read_points(selection.table).ok_or_else(|| no_place("", context))?;
        return Ok(Ground::Points { places, base: base(selection)?, whole: true });
    };
    if let Some(map) = context.maps.get(&join) {
        return Ok(Ground::Regions(map));
    }
    let table = context.points.get(&join).ok_or_else(|| no_place(&join, context))?;
    let places = read_points(table).ok_or_else(|| no_place(&join, context))?;
    Ok(Ground::Points { places, base: base(selection)?, whole: false })
}

/// The outlines beneath points.
fn base<'a>(selection: &Selection<'a>) -> Result<Option<&'a RegionMap>, FigureError> {
    let (name, context) = (selection.spec.base.as_ref(), selection.context);
    name.map(|name| context.maps.get(name).ok_or_else(|| no_place(name, context))).transpose()
}

fn no_place(name: &str, context: &FigureContext) -> FigureError {
    let known: Vec<&str> = context.maps.keys().chain(context.points.keys()).map(String::as_str).collect();
    FigureError::NoPlace { name: name.to_owned(), known: known.join(", ") }
}

/// The map or points that place most of the rows; a map among equals.
fn best_join(selection: &Selection) -> Option<String> {
    let codes: BTreeSet<&str> = selection.rows.iter().filter_map(|&row| selection.code(row)).collect();
    let mut best: Option<(usize, &String)> = None;
    let mut consider = |count: usize, name| {
        if count > best.map_or(0, |(most, _)| most) {
            best = Some((count, name));
        }
    };
    for (name, map) in selection.context.maps {
        consider(map.regions.iter().filter(|region| codes.contains(region.id.as_str())).count(), name);
    }
    for (name, table) in selection.context.points {
        let regions =
            table.text("region").map_or(0, |text| text.iter().flatten().filter(|code| codes.contains(code)).count());
        consider(regions, name);
    }
    best.map(|(_, name)| name.clone())
}

/// The columns that say where the rows are.
pub(in crate::figure) fn coordinates(table: &Table) -> Option<(&[f64], &[f64])> {
    let pair = |x: &str, y: &str| table.numbers(x).zip(table.numbers(y));
    pair("lon", "lat").or_else(|| pair("x", "y"))
}

/// Corners of the cells of a grid of which the middles are known: as wide and high as the least step.
fn cells(table: &Table) -> Option<Vec<Thing>> {
    let (xs, ys) = coordinates(table)?;
    let step = |values: &[f64]| {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let least = 1e-9 * (sorted.last()? - sorted.first()?);
        let steps = sorted.windows(2).map(|pair| pair[1] - pair[0]).filter(|step| *step > least);
        steps.min_by(f64::total_cmp)
    };
    let (width, height) = (step(xs), step(ys));
    // A single row or column of cells is of squares.
    let (half_x, half_y) = (0.5 * width.or(height)?, 0.5 * height.or(width)?);
    let cell = |(&x, &y): (&f64, &f64)| {
        let (west, east, south, north) = (x - half_x, x + half_x, y - half_y, y + half_y);
        vec![(west, south), (east, south), (east, north), (west, north)]
    };
    Some(xs.iter().zip(ys).map(cell).collect())
}

fn read_points(table: &Table) -> Option<HashMap<String, (f64, f64)>> {
    let id = ["region", "id", "unit"].iter().find_map(|name| table.text(name))?;
    let (xs, ys) = coordinates(table)?;
    let place = |row: usize| Some((id.get(row)?.to_owned(), (xs[row], ys[row])));
    let finite = |(_, (x, y)): &(String, (f64, f64))| x.is_finite() && y.is_finite();
    Some((0..table.rows()).filter_map(place).filter(finite).collect())
}

fn points(places: &HashMap<String, (f64, f64)>, selection: &Selection) -> Vec<Thing> {
    let place = |&row: &usize| places.get(selection.code(row)?).map(|&point| vec![point]);
    selection.rows.iter().filter_map(place).collect()
}
