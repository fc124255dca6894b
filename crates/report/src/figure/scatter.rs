//! A point for each row, a line of regression, and the extreme points by name.

use super::labels::Labels;
use super::map::QUADRANTS;
use super::plot::{Entry, Panel, Swatch, group_shape, legend};
use super::scale::{Scale, all_whole, range};
use super::select::Selection;
use super::style::{self, TEXT, WIDTH};
use super::svg::{Anchor, Drawing, n, text_width};
use super::{FigureError, Sketch};
use distretto_core::Message;

/// Points that are named, those in focus apart.
const NAMED: usize = 6;

/// The column of spatial lags: they are deviations from the mean, so the quadrants meet at the mean of x and at lag 0.
const LAG: &str = "lag";

/// Slope and intercept of least squares of y on x; `None` for constant x.
fn regression(points: &[(f64, f64)]) -> Option<(f64, f64)> {
    let count = points.len() as f64;
    let mean = points.iter().fold((0.0, 0.0), |sum, p| (sum.0 + p.0 / count, sum.1 + p.1 / count));
    let sums = points.iter().fold((0.0, 0.0), |sum, p| {
        let dx = p.0 - mean.0;
        (sum.0 + dx * dx, sum.1 + dx * (p.1 - mean.1))
    });
    let slope = sums.1 / sums.0;
    (points.len() > 2 && slope.is_finite()).then_some((slope, mean.1 - slope * mean.0))
}

pub(super) fn draw(mut selection: Selection) -> Result<Sketch, FigureError> {
    let needs = |field| FigureError::NeedsField { kind: "scatter", field };
    let x_column = selection.spec.x.clone().ok_or_else(|| needs("x"))?;
    let y_column = selection.spec.y.clone().or_else(|| selection.spec.value.clone()).ok_or_else(|| needs("y"))?;
    let (xs, ys) = (selection.numbers(&x_column)?, selection.numbers(&y_column)?);
    selection.rows.retain(|&row| xs[row].is_finite() && ys[row].is_finite());
    let log = selection.spec.log;
    if log {
        leave_out_zeros(&mut selection, &xs, &ys);
    }
    let points: Vec<(f64, f64)> = selection.rows.iter().map(|&row| (xs[row], ys[row])).collect();
    let (Some(x_range), Some(y_range)) = (range(points.iter().map(|p| p.0)), range(points.iter().map(|p| p.1))) else {
        return Err(selection.empty(&y_column));
    };
    let mut drawing = Drawing::default();
    let groups = Groups::new(&selection)?;
    let top = legend(&mut drawing, &groups.legend(&selection), 0.0) + 8.0;
    let mut panel = Panel { left: 78.0, top, right: WIDTH - 12.0, bottom: top + 380.0 };
    let axis = |whole: bool| match log {
        true => Scale::log,
        false if whole => Scale::counted,
        false => Scale::linear,
    };
    let y = axis(all_whole(points.iter().map(|p| p.1)))(y_range.0, y_range.1, panel.bottom, panel.top);
    panel.leave_room(&y);
    let x = axis(all_whole(points.iter().map(|p| p.0)))(x_range.0, x_range.1, panel.left, panel.right);
    panel.y_axis(&mut drawing, &y, &selection.heading(&y_column));
    let height = panel.x_axis(&mut drawing, &x, &selection.heading(&x_column));
    let mut labels = Labels::within((panel.left, panel.top, panel.right, panel.bottom));
    let mean = points.iter().map(|p| p.0).sum::<f64>() / points.len() as f64;
    let lines = match selection.spec.reference {
        Some(at) => (at, at),
        None => (if y_column == LAG { mean } else { 0.0 }, 0.0),
    };
    if !log {
        cross(&mut drawing, &panel, (&x, &y), lines);
    }
    if y_column == LAG {
        let text = selection.catalogue().word("figure.mean").replace("{value}", &selection.word(mean));
        name_line(&mut drawing, &mut labels, &panel, x.at(mean), &text);
    }
    // Quadrants are read by their lines; a slope would say nothing.
    let line = regression(&points).filter(|_| selection.spec.reference.is_none() && !log);
    if let Some((slope, intercept)) = line {
        let text = format!("{} {}", selection.catalogue().word("figure.slope"), selection.word(slope));
        fit(&mut drawing, &mut labels, &panel, (&x, &y), (slope, intercept, &text));
    }
    marks(&mut drawing, &selection, &groups, &|row| (x.at(xs[row]), y.at(ys[row])), &|row| {
        format!("{}: {}, {}", selection.called(row), selection.word(xs[row]), selection.word(ys[row]))
    });
    name_extremes(&mut drawing, &mut labels, &selection, &|row| (x.at(xs[row]), y.at(ys[row])));
    let key = match selection.spec.reference {
        Some(_) => "figure.alt.quadrants",
        None if log => "figure.alt.scatter-log",
        None => "figure.alt.scatter",
    };
    let alt = Message::new(key).text("x", selection.heading(&x_column).into_owned());
    let alt = alt.text("y", selection.heading(&y_column).into_owned()).count("n", points.len());
    let alt = match selection.spec.reference {
        Some(at) => alt.number("at", at),
        None => alt.number("slope", line.map_or(f64::NAN, |(slope, _)| slope)),
    };
    Ok(Sketch { drawing, height, alt, notes: selection.notes.clone() })
}

/// Rows that have no place on logarithmic axes go, with a remark.
fn leave_out_zeros(selection: &mut Selection, xs: &[f64], ys: &[f64]) {
    let before = selection.rows.len();
    selection.rows.retain(|&row| xs[row] > 0.0 && ys[row] > 0.0);
    let left = before - selection.rows.len();
    if left > 0 {
        selection.notes.push(Message::new("figure.note.zeros").count("n", left));
    }
}

/// The lines that divide the panel into quadrants, where they lie within it: at this x and this y.
fn cross(drawing: &mut Drawing, panel: &Panel, (x, y): (&Scale, &Scale), (at_x, at_y): (f64, f64)) {
    if !y.clamped(at_y).1 {
        drawing.line("axis", (panel.left, y.at(at_y)), (panel.right, y.at(at_y)));
    }
    if !x.clamped(at_x).1 {
        drawing.line("axis", (x.at(at_x), panel.top), (x.at(at_x), panel.bottom));
    }
}

/// Names a vertical line at its foot, on the side that has room.
fn name_line(drawing: &mut Drawing, labels: &mut Labels, panel: &Panel, x: f64, text: &str) {
    let (wide, y) = (text_width(text, TEXT), panel.bottom - 6.0);
    let fits = x + 5.0 + wide < panel.right;
    let (at, anchor, left) =
        if fits { (x + 5.0, Anchor::Start, x + 5.0) } else { (x - 5.0, Anchor::End, x - 5.0 - wide) };
    drawing.text("soft halo", (at, y), anchor, text);
    labels.block((left, y - 11.0, left + wide, y + 4.0));
}

/// Which group each row belongs to.
struct Groups<'a> {
    text: Option<&'a distretto_core::Text>,
    seen: Vec<String>,
    /// Whether all groups are the quadrants of a local Moran analysis, which look as on its map.
    quadrants: bool,
}

impl<'a> Groups<'a> {
    fn new(selection: &Selection<'a>) -> Result<Self, FigureError> {
        let Some(column) = &selection.spec.group else {
            return Ok(Self { text: None, seen: Vec::new(), quadrants: false });
        };
        let text = selection.table.text(column).ok_or_else(|| selection.no_column(column, "labels"))?;
        let mut seen: Vec<String> = Vec::new();
        for label in selection.rows.iter().filter_map(|&row| text.get(row)) {
            if !seen.iter().any(|other| other == label) {
                seen.push(label.to_owned());
            }
        }
        let place = |label: &String| QUADRANTS.iter().position(|(name, ..)| name == label);
        let quadrants = seen.iter().all(|label| place(label).is_some());
        if quadrants {
            seen.sort_by_key(place);
        }
        Ok(Self { text: Some(text), seen, quadrants })
    }

    /// Number of its shape, and colour.
    fn look(&self, group: usize) -> (usize, String) {
        // Low values point down, as on the map.
        const SHAPES: [usize; 4] = [0, 4, 3, 1];
        let quadrant = self.seen.get(group).filter(|_| self.quadrants);
        match quadrant.and_then(|label| QUADRANTS.iter().position(|(name, ..)| name == label)) {
            Some(k) => (SHAPES[k], QUADRANTS[k].1.to_owned()),
            None => (group, style::group(group)),
        }
    }

    fn of(&self, row: usize) -> usize {
        let label = self.text.and_then(|text| text.get(row));
        label.and_then(|label| self.seen.iter().position(|other| other == label)).unwrap_or(0)
    }

    fn legend(&self, selection: &Selection) -> Vec<Entry> {
        let column = selection.spec.group.as_deref().unwrap_or_default();
        let words = selection.catalogue();
        let word = |label: &String| match QUADRANTS.iter().find(|(name, ..)| self.quadrants && name == label) {
            Some((_, _, key, _)) => words.word(key).to_owned(),
            None => crate::cell::label(column, label, words, selection.context.names),
        };
        let entry = |(i, label): (usize, &String)| {
            let (shape, fill) = self.look(i);
            Entry { swatch: Swatch::Shape(group_shape(shape, &fill, 5.0)), text: word(label) }
        };
        self.seen.iter().enumerate().take(style::GROUPS).map(entry).collect()
    }
}

fn fit(drawing: &mut Drawing, labels: &mut Labels, panel: &Panel, (x, y): (&Scale, &Scale), line: (f64, f64, &str)) {
    let (slope, intercept, text) = line;
    let steps = 64;
    // The part of the line that lies within the panel.
    let inverse = |pixel: f64| {
        let (zero, one) = (x.at(0.0), x.at(1.0));
        (pixel - zero) / (one - zero)
    };
    let points: Vec<(f64, f64)> = (0..=steps)
        .map(|i| panel.left + f64::from(i) / f64::from(steps) * (panel.right - panel.left))
        .map(|pixel| (pixel, y.at(intercept + slope * inverse(pixel))))
        .filter(|p| p.1 >= panel.top && p.1 <= panel.bottom)
        .collect();
    if let (Some(&from), Some(&to)) = (points.first(), points.last()) {
        drawing.line("ref", from, to);
        labels.write(drawing, (to.0 - 60.0, to.1 + (from.1 - to.1) * 0.1), 8.0, text);
    }
}

fn marks(
    drawing: &mut Drawing,
    selection: &Selection,
    groups: &Groups,
    at: &dyn Fn(usize) -> (f64, f64),
    tip: &dyn Fn(usize) -> String,
) {
    let radius = if selection.rows.len() > 300 { 3.0 } else { 4.2 };
    for &row in &selection.rows {
        let group = groups.of(row);
        let focus = groups.seen.is_empty() && selection.in_focus(row);
        let (shape, fill) = match (groups.seen.is_empty(), focus) {
            (_, true) => (0, "var(--mark)".to_owned()),
            (true, false) => (0, "var(--main)".to_owned()),
            (false, false) => groups.look(group),
        };
        let (x, y) = at(row);
        if !groups.seen.is_empty() && selection.in_focus(row) {
            drawing.circle("fill=\"none\" stroke=\"var(--mark)\" stroke-width=\"1.6\"", (x, y), radius + 3.4, None);
        }
        let shape = group_shape(shape, &fill, if focus { radius + 1.0 } else { radius });
        drawing
            .shape(&format!("{shape} transform=\"translate({} {})\" fill-opacity=\".8\"", n(x), n(y)), Some(&tip(row)));
    }
}

/// Names the rows in focus, then those farthest from the middle of all.
fn name_extremes(drawing: &mut Drawing, labels: &mut Labels, selection: &Selection, at: &dyn Fn(usize) -> (f64, f64)) {
    let count = selection.rows.len().max(1) as f64;
    let middle =
        selection.rows.iter().map(|&row| at(row)).fold((0.0, 0.0), |sum, p| (sum.0 + p.0 / count, sum.1 + p.1 / count));
    let distance = |row: usize| (at(row).0 - middle.0).hypot(at(row).1 - middle.1);
    let mut rows = selection.rows.clone();
    rows.sort_by(|a, b| distance(*b).total_cmp(&distance(*a)));
    // On logarithmic axes what is least lies as far out as what is most: the largest values are named.
    if let Some(values) = selection.spec.value.as_deref().filter(|_| selection.spec.log) {
        let values = selection.numbers(values).unwrap_or_default();
        let value = |row: usize| values.get(row).copied().unwrap_or(f64::NAN);
        rows.sort_by(|a, b| value(*b).total_cmp(&value(*a)));
    }
    let focus = rows.iter().copied().filter(|&row| selection.in_focus(row));
    let far = rows.iter().copied().filter(|&row| !selection.in_focus(row)).take(selection.spec.top.unwrap_or(NAMED));
    let named: Vec<usize> = focus.chain(far).collect();
    for &row in rows.iter().take(400) {
        let (x, y) = at(row);
        labels.mark((x, y), 3.0);
    }
    for row in named {
        let text = super::svg::fitted(&selection.called(row), 13.0, 200.0);
        if selection.in_focus(row) {
            labels.insist(drawing, at(row), 4.0, &text);
        } else {
            labels.write(drawing, at(row), 4.0, &text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slope_of_a_line() {
        let (slope, intercept) = regression(&[(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)]).expect("a line");
        assert!((slope - 2.0).abs() < 1e-12 && (intercept - 1.0).abs() < 1e-12);
        assert!(regression(&[(1.0, 1.0), (1.0, 2.0), (1.0, 3.0)]).is_none());
    }
}
