//! A line for each group along x.

use super::labels::{Labels, spread};
use super::plot::Panel;
use super::scale::{Scale, all_whole, range};
use super::select::{Order, Selection};
use super::style::{self, TEXT, WIDTH};
use super::svg::{Anchor, Drawing, fitted, n, text_width};
use super::{FigureError, Sketch};
use crate::order::{equal, largest_first};
use distretto_core::{Message, Text, Values};
use std::borrow::Cow;
use std::fmt::Write;

/// Lines drawn strongly and named; further ones are pale.
const NAMED: usize = style::GROUPS;

/// Dashes that tell the named lines apart without colour.
const DASHES: [&str; NAMED] = [
    "",
    " stroke-dasharray=\"7 3\"",
    " stroke-dasharray=\"2 3\"",
    " stroke-dasharray=\"9 3 2 3\"",
    " stroke-dasharray=\"12 4\"",
    " stroke-dasharray=\"4 2\"",
    " stroke-dasharray=\"1 2\"",
];

/// Classes of the words at the peaks of the first lines.
const PEAKS: [&str; 3] = ["halo of-g1", "halo of-g2", "halo of-g3"];

/// One group, its points sorted by x.
#[derive(Clone)]
struct Line {
    name: String,
    focus: bool,
    points: Vec<(f64, f64)>,
}

impl Line {
    /// The value at its end.
    fn end(&self) -> f64 {
        self.points.last().map_or(f64::NAN, |point| point.1)
    }
}

pub(super) fn draw(selection: &Selection) -> Result<Sketch, FigureError> {
    let needs = |field| FigureError::NeedsField { kind: "lines", field };
    let x_column = selection.spec.x.clone().ok_or_else(|| needs("x"))?;
    let y_column = selection.spec.y.clone().or_else(|| selection.spec.value.clone()).ok_or_else(|| needs("y"))?;
    let (mut xs, ys) = (along(selection, &x_column)?, selection.numbers(&y_column)?);
    if selection.spec.log {
        // What is not above 0 has no place.
        xs.iter_mut().zip(&ys).filter(|(x, y)| !(**x > 0.0 && **y > 0.0)).for_each(|(x, _)| *x = f64::NAN);
    }
    // Of ranks, 1 is the best.
    let ranks = Order::of(&y_column) == Order::Smallest;
    let mut lines = ranked(grouped(selection, &xs, &ys)?, ranks);
    let mut notes = selection.notes.clone();
    notes.extend(only(selection, &mut lines));
    let named = &lines[..lines.len().min(NAMED)];
    let room = named.iter().map(|line| text_width(&line.name, 1.08 * TEXT)).fold(0.0, f64::max).min(190.0) + 14.0 + KEY;
    let mut panel = Panel { left: 78.0, top: 12.0, right: WIDTH - room, bottom: 352.0 };
    let (x, y) = scales(selection, &lines, ranks, &mut panel).ok_or_else(|| selection.empty(&y_column))?;
    let mut drawing = Drawing::default();
    panel.y_axis(&mut drawing, &y, &selection.axis(&y_column, selection.spec.unit.as_deref()));
    if ranks {
        drawing.text("soft", (panel.left - 6.0, y.at(1.0) + 4.5), Anchor::End, "1");
    }
    let height = ticks_along(&mut drawing, &panel, &x, &x_column, selection);
    if let Some(reference) = selection.spec.reference {
        drawing.line("ref", (panel.left, y.at(reference)), (panel.right, y.at(reference)));
    }
    for line in lines.iter().skip(NAMED) {
        drawing.path("class=\"curve\" stroke=\"var(--pale)\"", &data(line, &x, &y), Some(&line.name));
    }
    write_named(&mut drawing, named, &x, &y, &panel);
    if selection.spec.peak {
        write_peaks(&mut drawing, selection, named, (&x, &y), &panel);
    }
    let leaders = named.iter().take(3).map(|line| format!("{} {}", line.name, selection.word(line.end())));
    let leaders: Vec<String> = leaders.map(|words| words.trim_start().to_owned()).collect();
    let alt = Message::new("figure.alt.lines").text("y", selection.heading(&y_column).into_owned());
    let alt = alt.text("x", selection.heading(&x_column).into_owned()).count("n", lines.len());
    let alt = alt.text("leaders", leaders.join("; "));
    Ok(Sketch { drawing, height, alt, notes })
}

/// The name of a line that stands alone goes into the caption: at its end it would only take room.
fn only(selection: &Selection, lines: &mut [Line]) -> Option<Message> {
    let column = selection.spec.group.clone().or_else(|| selection.label.clone())?;
    let [line] = lines else { return None };
    let name = std::mem::take(&mut line.name);
    let words = || selection.table.text(&column).is_some();
    (!name.is_empty()).then(|| match words() {
        true => {
            Message::new("figure.note.only").text("column", selection.heading(&column).into_owned()).text("name", name)
        }
        // A number has the name of its column with it.
        false => Message::new("figure.note.only-number").text("name", name),
    })
}

/// Focus first, then the highest at its end, of ranks the lowest: the first of them are named.
fn ranked(lines: Vec<Line>, ranks: bool) -> Vec<Line> {
    let sign = if ranks { -1.0 } else { 1.0 };
    let mut order: Vec<usize> = (0..lines.len()).collect();
    largest_first(&mut order, |k| sign * lines[k].end());
    order.sort_by_key(|&k| !lines[k].focus);
    order.into_iter().map(|k| lines[k].clone()).collect()
}

/// The two scales; the left edge of the panel moves to where the words of the ticks end.
fn scales(selection: &Selection, lines: &[Line], ranks: bool, panel: &mut Panel) -> Option<(Scale, Scale)> {
    let all = || lines.iter().flat_map(|line| line.points.iter());
    let (x_range, y_range) = (range(all().map(|p| p.0))?, range(all().map(|p| p.1).chain(selection.spec.reference))?);
    let log = selection.spec.log;
    let low = if y_range.0 > 0.0 && y_range.0 < 0.5 * y_range.1 { 0.0 } else { y_range.0 };
    // The best rank stands on top.
    let y = if log {
        Scale::log(y_range.0, y_range.1, panel.bottom, panel.top)
    } else if ranks {
        Scale::exact(y_range.0.min(1.0), y_range.1.max(2.0), panel.top + 4.0, panel.bottom)
    } else if all_whole(all().map(|p| p.1)) {
        Scale::counted(low, y_range.1, panel.bottom, panel.top)
    } else {
        Scale::linear(low, y_range.1, panel.bottom, panel.top)
    };
    panel.leave_room(&y);
    let end_of_x = if x_range.1 > x_range.0 { x_range.1 } else { x_range.0 + 1.0 };
    let axis = match log {
        true => Scale::log,
        false if all_whole(all().map(|p| p.0)) => Scale::exact_counted,
        false => Scale::exact,
    };
    Some((axis(x_range.0, end_of_x, panel.left, panel.right), y))
}

/// Numbers of a column, also where they are written as labels, as years are.
fn along(selection: &Selection, column: &str) -> Result<Vec<f64>, FigureError> {
    match selection.table.text(column) {
        Some(text) => Ok(text.iter().map(|label| label.and_then(|l| l.parse().ok()).unwrap_or(f64::NAN)).collect()),
        None => selection.numbers(column),
    }
}

fn grouped(selection: &Selection, xs: &[f64], ys: &[f64]) -> Result<Vec<Line>, FigureError> {
    let group: Option<(&String, Cow<'_, Text>)> = match &selection.spec.group {
        Some(column) => Some((column, groups(selection, column)?)),
        None => match (&selection.label, selection.label.as_deref().and_then(|label| selection.table.text(label))) {
            (Some(column), Some(text)) if selection.spec.x.as_ref() != Some(column) => {
                Some((column, Cow::Borrowed(text)))
            }
            _ => None,
        },
    };
    let group = group.as_ref();
    let mut lines: Vec<(Option<u32>, Line)> = Vec::new();
    for &row in selection.rows.iter().filter(|&&row| xs[row].is_finite() && ys[row].is_finite()) {
        let code = group.and_then(|(_, text)| text.code(row));
        let place = lines.iter().position(|(other, _)| *other == code).unwrap_or_else(|| {
            let label = group.and_then(|(_, text)| text.get(row)).unwrap_or_default();
            let focus = selection.context.focus;
            let focus = focus.regions.iter().chain(&focus.industries).any(|code| code == label);
            let name = group.map_or_else(String::new, |(column, _)| selection.name_of(column, label));
            lines.push((code, Line { name, focus, points: Vec::new() }));
            lines.len() - 1
        });
        lines[place].1.points.push((xs[row], ys[row]));
    }
    let sorted = lines.into_iter().map(|(_, mut line)| {
        line.points.sort_by(|a, b| a.0.total_cmp(&b.0));
        line
    });
    Ok(sorted.collect())
}

/// The labels of the column that divides the rows; numbers are named with the column, `Spillover rate 0.3`.
fn groups<'a>(selection: &'a Selection, column: &str) -> Result<Cow<'a, Text>, FigureError> {
    match selection.table.text(column) {
        Some(text) => Ok(Cow::Borrowed(text)),
        None => {
            let values = selection.numbers(column).map_err(|_| selection.no_column(column, "labels"))?;
            let heading = selection.heading(column);
            let label = |value: &f64| value.is_finite().then(|| format!("{heading} {}", selection.word(*value)));
            let labels: Vec<Option<String>> = values.iter().map(label).collect();
            Ok(Cow::Owned(labels.iter().map(Option::as_deref).collect()))
        }
    }
}

/// Years are ticks as they are; other values get round ones.
fn ticks_along(drawing: &mut Drawing, panel: &Panel, x: &Scale, column: &str, selection: &Selection) -> f64 {
    let year = column == "year" || matches!(selection.table.field(column).map(|f| &f.values), Some(Values::Text(_)));
    if !year {
        return panel.x_axis(drawing, x, &selection.axis(column, selection.spec.x_unit.as_deref()));
    }
    let mut free = f64::NEG_INFINITY;
    for (value, _) in x.ticks().into_iter().filter(|(value, _)| value.trunc() == *value) {
        let at = x.at(value);
        if at > free {
            drawing.line("grid", (at, panel.top), (at, panel.bottom));
            drawing.text("soft", (at, panel.bottom + 16.0), Anchor::Middle, &format!("{value:.0}"));
            free = at + 44.0;
        }
    }
    panel.bottom + 24.0
}

fn data(line: &Line, x: &Scale, y: &Scale) -> String {
    let mut out = String::new();
    for (i, point) in line.points.iter().enumerate() {
        let _ = write!(out, "{}{} {}", if i == 0 { 'M' } else { 'L' }, n(x.at(point.0)), n(y.at(point.1)));
    }
    out
}

/// Room for a piece of the line before its name.
const KEY: f64 = 24.0;

fn write_named(drawing: &mut Drawing, lines: &[Line], x: &Scale, y: &Scale, panel: &Panel) {
    let ends: Vec<f64> = lines.iter().map(|line| line.points.last().map_or(panel.bottom, |p| y.at(p.1))).collect();
    let places = spread(&ends, 15.0, panel.top, panel.bottom);
    for (i, line) in lines.iter().enumerate() {
        let stroke = style::group(i);
        drawing.path(&format!("class=\"curve\" stroke=\"{stroke}\"{}", DASHES[i]), &data(line, x, y), Some(&line.name));
        if let [only] = line.points[..] {
            drawing.circle(&format!("class=\"dot\" fill=\"{stroke}\""), (x.at(only.0), y.at(only.1)), 4.0, None);
        }
        let name = fitted(&line.name, if line.focus { 1.08 * TEXT } else { TEXT }, 190.0);
        let class = if line.focus { "strong" } else { "" };
        // Lines may end in one point: the name carries the colour and the dashes of its own.
        let (left, at) = (panel.right + 7.0, places[i]);
        let mut key = 0.0;
        if !name.is_empty() {
            let sample = format!("M{left:.1} {at:.1}h{:.0}", KEY - 3.0);
            drawing.path(&format!("class=\"curve\" stroke=\"{stroke}\"{}", DASHES[i]), &sample, None);
            key = KEY;
        }
        drawing.text(class, (panel.right + 8.0 + key, at + 4.5), Anchor::Start, &name);
    }
}

/// A dot and its place at the highest point of each named line, where that is no end.
fn write_peaks(drawing: &mut Drawing, selection: &Selection, lines: &[Line], (x, y): (&Scale, &Scale), panel: &Panel) {
    let at = |point: &(f64, f64)| (x.at(point.0), y.at(point.1));
    let mut labels = Labels::within((panel.left, panel.top, panel.right, panel.bottom));
    for line in lines {
        line.points.iter().for_each(|point| labels.mark(at(point), 4.0));
        line.points.windows(2).for_each(|pair| labels.mark_between(at(&pair[0]), at(&pair[1]), 4.0));
    }
    for (i, line) in lines.iter().enumerate() {
        let above = |k: usize, best: usize| {
            let (value, most) = (line.points[k].1, line.points[best].1);
            value > most && !equal(value, most)
        };
        let top = (0..line.points.len()).reduce(|best, k| if above(k, best) { k } else { best });
        let Some(top) = top.filter(|&k| k > 0 && k + 1 < line.points.len()) else { continue };
        let point = line.points[top];
        let word = selection.catalogue().word("figure.peak");
        let word = word.replace("{x}", &selection.word(point.0)).replace("{y}", &selection.word(point.1));
        drawing.circle(&format!("class=\"dot\" fill=\"{}\"", style::group(i)), at(&point), 5.0, Some(&word));
        // Of several lines the words wear the colour of their own, as long as it is dark enough to read.
        match PEAKS.get(i).filter(|_| lines.len() > 1) {
            Some(class) => labels.insist_in(drawing, at(&point), 6.0, &word, class),
            None => labels.insist(drawing, at(&point), 6.0, &word),
        }
    }
}
