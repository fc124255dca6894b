//! Nodes and the links between them, at places that the outcome tells.

use super::labels::Labels;
use super::plot::{Entry, Swatch, group_shape, legend};
use super::select::Selection;
use super::style::{self, TEXT, WIDTH};
use super::svg::{Drawing, fitted, n};
use super::{FigureError, Sketch};
use distretto_core::{Message, Outcome, Table};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Nodes that are named, those in focus apart.
const NAMED: usize = 12;
/// Smallest and largest radius of a node.
const RADIUS: (f64, f64) = (2.2, 11.0);

/// Groups in the order of their size, so that colours go to the large ones; the seventh colour stands for all others.
fn groups(selection: &Selection) -> (Vec<String>, BTreeMap<usize, usize>) {
    let text = selection.spec.group.as_deref().and_then(|column| selection.table.text(column));
    let Some(text) = text else { return (Vec::new(), BTreeMap::default()) };
    let mut names: Vec<(String, usize)> = Vec::new();
    for label in selection.rows.iter().filter_map(|&row| text.get(row)) {
        match names.iter_mut().find(|(name, _)| name == label) {
            Some((_, count)) => *count += 1,
            None => names.push((label.to_owned(), 1)),
        }
    }
    names.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let names: Vec<String> = names.into_iter().map(|(name, _)| name).collect();
    let place = |row: usize| text.get(row).and_then(|label| names.iter().position(|name| name == label));
    let of_row = selection.rows.iter().filter_map(|&row| Some((row, place(row)?))).collect();
    (names, of_row)
}

pub(super) fn draw(mut selection: Selection, outcome: &Outcome) -> Result<Sketch, FigureError> {
    let value_column = selection.value_column()?;
    let (xs, ys) = (selection.numbers("x")?, selection.numbers("y")?);
    let values = selection.numbers(&value_column)?;
    if selection.rows.is_empty() {
        return Err(selection.empty(&value_column));
    }
    let mut drawing = Drawing::default();
    let (names, group) = groups(&selection);
    let entry = |(i, label): (usize, &String)| {
        let column = selection.spec.group.as_deref().unwrap_or_default();
        let text = crate::cell::label(column, label, selection.catalogue(), selection.context.names);
        Entry { swatch: Swatch::Shape(group_shape(0, &style::group(i), 5.0)), text }
    };
    let entries: Vec<Entry> = names.iter().enumerate().take(style::GROUPS).map(entry).collect();
    let top = if entries.is_empty() { 8.0 } else { legend(&mut drawing, &entries, 0.0) + 8.0 };
    let place = frame(&xs, &ys, top);
    let links = links(&mut drawing, &selection, outcome, &|row| place(xs[row], ys[row]));
    let most = selection.rows.iter().map(|&row| values[row]).fold(0.0, f64::max);
    let radius = |row: usize| RADIUS.0 + (RADIUS.1 - RADIUS.0) * (values[row] / most.max(1.0)).max(0.0).sqrt();
    let mut order = selection.rows.clone();
    order.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
    for &row in &order {
        let fill = group.get(&row).map_or_else(|| "var(--main)".to_owned(), |&g| style::group(g));
        let fill = if selection.in_focus(row) { "var(--mark)".to_owned() } else { fill };
        let tip = format!("{}: {}", selection.called(row), selection.word(values[row]));
        let attributes = format!("class=\"dot\" fill=\"{fill}\" fill-opacity=\".9\"");
        drawing.circle(&attributes, place(xs[row], ys[row]), radius(row), Some(&tip));
    }
    let height = top + WIDTH + 8.0;
    let mut labels = Labels::within((2.0, top, WIDTH - 2.0, height));
    for (at, &row) in order.iter().enumerate() {
        let text = fitted(&selection.called(row), TEXT, 180.0);
        if selection.in_focus(row) {
            labels.insist(&mut drawing, place(xs[row], ys[row]), radius(row), &text);
        } else if at < NAMED {
            labels.write(&mut drawing, place(xs[row], ys[row]), radius(row), &text);
        }
    }
    if let Some(all) = outcome.number("links").map(|all| all as usize).filter(|all| *all > links) {
        selection.notes.push(Message::new("figure.note.links").count("links", links).count("all", all));
    }
    let alt = Message::new("figure.alt.network")
        .count("n", selection.rows.len())
        .count("links", links)
        .text("value", selection.heading(&value_column).into_owned())
        .text("leaders", selection.leaders(&values, 3));
    Ok(Sketch { drawing, height, alt, notes: selection.notes })
}

/// From the places of the table to those of the figure, both axes on one scale.
fn frame(xs: &[f64], ys: &[f64], top: f64) -> impl Fn(f64, f64) -> (f64, f64) + use<> {
    let range = |values: &[f64]| {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        (low, values.iter().copied().fold(f64::NEG_INFINITY, f64::max))
    };
    let ((x0, x1), (y0, y1)) = (range(xs), range(ys));
    let room = WIDTH - 40.0;
    let scale = room / (x1 - x0).max(y1 - y0).max(1e-9);
    let (dx, dy) = ((room - (x1 - x0) * scale) / 2.0, (room - (y1 - y0) * scale) / 2.0);
    move |x, y| (20.0 + dx + (x - x0) * scale, top + 20.0 + dy + (y - y0) * scale)
}

/// Draws the links as one path, fainter the more there are; their number.
fn links(
    drawing: &mut Drawing,
    selection: &Selection,
    outcome: &Outcome,
    place: &dyn Fn(usize) -> (f64, f64),
) -> usize {
    let table: Option<&Table> = outcome.table(&selection.name.replace("nodes", "links"));
    let ends = table.and_then(|table| Some((table.text("source")?, table.text("target")?)));
    let Some((source, target)) = ends else { return 0 };
    let row: BTreeMap<&str, usize> =
        selection.rows.iter().filter_map(|&row| Some((selection.code(row)?, row))).collect();
    let (mut data, mut count) = (String::new(), 0_usize);
    for at in 0..source.len() {
        let find = |label: Option<&str>| label.and_then(|label| row.get(label).copied());
        let (Some(a), Some(b)) = (find(source.get(at)), find(target.get(at))) else { continue };
        let (from, to) = (place(a), place(b));
        let _ = write!(data, "M{} {}L{} {}", n(from.0), n(from.1), n(to.0), n(to.1));
        count += 1;
    }
    if count > 0 {
        let opacity = (40.0 / (count as f64).sqrt()).clamp(0.12, 0.8);
        let look = format!("fill=\"none\" stroke=\"var(--soft)\" stroke-width=\".7\" stroke-opacity=\"{opacity:.2}\"");
        drawing.path(&look, &data, None);
    }
    count
}
