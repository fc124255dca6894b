//! A coloured square for each pair of labels.

use super::plot::{Entry, Swatch, legend};
use super::select::Selection;
use super::style::{BOLD, TEXT, WIDTH};
use super::svg::{Anchor, Drawing, fitted, text_width};
use super::{FigureError, Sketch};
use distretto_core::{FigureKind, FigureSpec, Message};
use std::collections::BTreeMap;

/// Labels drawn when the specification names no number.
const LABELS: usize = 30;
/// A value of the column of marks is marked up to here when the specification names no limit.
const LIMIT: f64 = 0.05;
/// Inner breaks of the ratio: a class holds its lower end.
const BREAKS: [f64; 6] = [0.25, 0.5, 0.8, 1.25, 2.0, 4.0];
/// Colours from far below 1 to far above, grey about 1.
const COLORS: [&str; 7] = ["var(--n3)", "var(--n2)", "var(--n1)", "var(--b1)", "var(--p1)", "var(--p2)", "var(--p3)"];
/// Least height of a row, so that its label can be read.
const ROW: f64 = 15.0;

/// The table as a matrix: labels and the row of the table at each pair.
struct Grid {
    labels: Vec<String>,
    /// Row of the table by (row label, column label).
    cells: BTreeMap<(usize, usize), usize>,
}

/// A matrix of a single row or column as bars, with the column and the limit of its marks; nothing for any other.
pub(super) fn as_bars(selection: &Selection) -> Option<(FigureSpec, Option<(String, f64)>)> {
    let spec = selection.spec;
    let (own, other) = (selection.label.as_deref()?, spec.group.as_deref()?);
    let single = |column: &str| {
        let text = selection.table.text(column)?;
        Some(selection.rows.iter().all(|&row| text.code(row) == text.code(selection.rows[0])))
    };
    let across = match (single(own)?, single(other)?) {
        (true, false) => other,
        (false, true) => own,
        _ => return None,
    };
    let mut bars = FigureSpec { kind: FigureKind::Bars, reference: Some(1.0), ..spec.clone() }.by(across);
    (bars.group, bars.weight, bars.top) = (None, None, spec.top.or(Some(LABELS)));
    Some((bars, spec.weight.clone().map(|column| (column, spec.reference.unwrap_or(LIMIT)))))
}

pub(super) fn draw(mut selection: Selection) -> Result<Sketch, FigureError> {
    let column = selection.value_column()?;
    let shown_values = selection.numbers(&column)?;
    let marks = selection.spec.weight.clone().map(|name| selection.numbers(&name).map(|q| (name, q))).transpose()?;
    let limit = selection.spec.reference.unwrap_or(LIMIT);
    let marked = |row: usize| marks.as_ref().is_some_and(|(_, q)| q[row] <= limit);
    // Without marks `reference` is the value that is neutral, around which the classes stand.
    let neutral = if marks.is_none() { selection.spec.reference.filter(|at| *at > 0.0).unwrap_or(1.0) } else { 1.0 };
    let values: Vec<f64> = shown_values.iter().map(|value| value / neutral).collect();
    let grid = Grid::new(&selection)?;
    if !selection.rows.iter().any(|&row| values[row].is_finite()) {
        return Err(selection.empty(&column));
    }
    let most = selection.spec.top.unwrap_or(LABELS);
    let focus = |code: &str| selection.context.focus.industries.iter().any(|wanted| wanted == code);
    // Around a value of its own many cells are next to nothing; what stands out is what is large.
    let weighed: Vec<f64> =
        if neutral == 1.0 { values.clone() } else { values.iter().map(|value| value.max(1.0)).collect() };
    let shown = grid.chosen(most, &weighed, &marked, &focus);
    let order = grid.arranged(shown, &weighed, &focus);
    let mut drawing = Drawing::default();
    let bottom = squares(&mut drawing, &selection, &grid, &order, (&values, neutral), &marked);
    let mark = marks.as_ref().map(|(name, _)| (name.as_str(), limit));
    let held = |a: &usize, b: &usize| grid.cells.get(&(*a, *b)).is_some_and(|&row| values[row].is_finite());
    let gaps = order.iter().any(|a| order.iter().any(|b| !held(a, b)));
    let height = key(&mut drawing, &selection, (mark, neutral), gaps, bottom);
    if order.len() < grid.labels.len() {
        let note = Message::new("figure.note.matrix").count("shown", order.len()).count("total", grid.labels.len());
        selection.notes.push(note);
    }
    let heading = selection.heading(&column).into_owned();
    let alt = Message::new("figure.alt.matrix").text("value", heading).count("n", order.len());
    let alt = alt.count("columns", order.len()).text("leaders", leaders(&selection, &grid, &shown_values));
    Ok(Sketch { drawing, height, alt, notes: selection.notes })
}

impl Grid {
    fn new(selection: &Selection) -> Result<Self, FigureError> {
        let group = selection.spec.group.as_deref();
        let group = group.ok_or(FigureError::NeedsField { kind: "matrix", field: "group" })?;
        let other = selection.table.text(group).ok_or_else(|| selection.no_column(group, "labels"))?;
        let label = selection.label.clone().unwrap_or_default();
        let own = selection.table.text(&label).ok_or_else(|| selection.no_column(&label, "labels"))?;
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::default();
        let mut labels = Vec::new();
        let mut number = |code| {
            *numbers.entry(code).or_insert_with(|| {
                labels.push(String::from(code));
                labels.len() - 1
            })
        };
        let mut cells = BTreeMap::default();
        for &row in &selection.rows {
            if let (Some(a), Some(b)) = (own.get(row), other.get(row)) {
                cells.insert((number(a), number(b)), row);
            }
        }
        Ok(Self { labels, cells })
    }

    /// The labels that stand out most: those in focus and theirs first, then by marks and by distance from 1.
    fn chosen(
        &self,
        most: usize,
        values: &[f64],
        marked: &dyn Fn(usize) -> bool,
        focus: &dyn Fn(&str) -> bool,
    ) -> Vec<usize> {
        let in_focus: Vec<bool> = self.labels.iter().map(|label| focus(label)).collect();
        let mut score = vec![[0.0_f64; 2]; self.labels.len()];
        for (&(a, b), &row) in &self.cells {
            let weight = if a != b && marked(row) { 1000.0 } else { 1.0 } * distance(values[row]);
            for (own, other) in [(a, b), (b, a)] {
                score[own][0] += if in_focus[other] && own != other { weight.round() } else { 0.0 };
                // Whole numbers: the order of the cells must not change a digit.
                score[own][1] += (weight * 1024.0).round();
            }
        }
        let rank = |&at: &usize| (in_focus[at], score[at]);
        let mut order: Vec<usize> = (0..self.labels.len()).collect();
        order.sort_by(|a, b| {
            let ((focus_a, score_a), (focus_b, score_b)) = (rank(a), rank(b));
            let by = focus_b.cmp(&focus_a).then(score_b[0].total_cmp(&score_a[0]));
            by.then(score_b[1].total_cmp(&score_a[1])).then(a.cmp(b))
        });
        order.truncate(most.max(1));
        order
    }

    /// From the first on, each time the label that is nearest to the last one.
    fn arranged(&self, shown: Vec<usize>, values: &[f64], focus: &dyn Fn(&str) -> bool) -> Vec<usize> {
        let value = |a: usize, b: usize| self.cells.get(&(a, b)).map_or(0.0, |&row| score(values[row]));
        let mut left = shown;
        let first = left.iter().position(|&at| focus(&self.labels[at])).unwrap_or(0);
        let mut order = vec![left.remove(first)];
        while let Some(&last) = order.last().filter(|_| !left.is_empty()) {
            let near = |&at: &usize| value(last, at) + value(at, last);
            let next = (0..left.len()).fold(0, |best, i| if near(&left[i]) > near(&left[best]) { i } else { best });
            order.push(left.remove(next));
        }
        order
    }
}

/// Binary logarithm of a ratio, between −4 and 4; 0 without one.
fn score(value: f64) -> f64 {
    if value.is_nan() { 0.0 } else { value.log2().clamp(-4.0, 4.0) }
}

fn distance(value: f64) -> f64 {
    score(value).abs()
}

fn called(selection: &Selection, code: &str) -> String {
    let names = selection.context.names;
    let known = names.industries.get(code).or_else(|| names.regions.get(code));
    known.cloned().unwrap_or_else(|| code.to_owned())
}

/// The squares with their labels: names at the left, their numbers above. Returns the bottom.
fn squares(
    drawing: &mut Drawing,
    selection: &Selection,
    grid: &Grid,
    order: &[usize],
    (values, neutral): (&[f64], f64),
    marked: &dyn Fn(usize) -> bool,
) -> f64 {
    let focus = |k: usize| selection.context.focus.industries.contains(&grid.labels[order[k]]);
    let size = |k: usize| if focus(k) { BOLD * TEXT } else { TEXT };
    let name = |k: usize| numbered(&called(selection, &grid.labels[order[k]]), k + 1, size(k));
    let names: Vec<String> = (0..order.len()).map(name).collect();
    let wide = |(k, name): (usize, &String)| text_width(name, 1.06 * size(k));
    let left = names.iter().enumerate().map(wide).fold(40.0, f64::max) + 10.0;
    let wide = ((WIDTH - left - 4.0) / order.len() as f64).min(34.0);
    let (high, top) = (wide.clamp(ROW, 24.0), 24.0);
    let every = (16.0 / wide).ceil() as usize;
    for (k, name) in names.iter().enumerate() {
        let y = top + high * (k as f64 + 0.5) + 4.5;
        drawing.text(if focus(k) { "strong" } else { "" }, (left - 7.0, y), Anchor::End, name);
        if k % every == 0 {
            let x = left + wide * (k as f64 + 0.5);
            drawing.text("soft", (x, top - 7.0), Anchor::Middle, &(k + 1).to_string());
        }
        for (l, &other) in order.iter().enumerate() {
            let (a, b) = ((left + wide * l as f64, top + high * k as f64), (wide, high));
            let row = grid.cells.get(&(order[k], other)).copied().filter(|&row| values[row].is_finite());
            let to = (a.0 + b.0 - 0.7, a.1 + b.1 - 0.7);
            let Some(row) = row else {
                let fill = drawing.hatch();
                drawing.rect(fill, a, to, None);
                continue;
            };
            let value = selection.word(values[row] * neutral);
            let tip = format!("{} × {}: {value}", grid.labels[order[k]], grid.labels[other]);
            let class = BREAKS.partition_point(|limit| *limit <= values[row]);
            drawing.rect(COLORS[class], a, to, Some(&tip));
            if marked(row) {
                let attributes = format!("fill=\"{}\"", ink(class));
                drawing.circle(&attributes, (a.0 + b.0 / 2.0, a.1 + b.1 / 2.0), (0.16 * wide).clamp(1.4, 2.6), None);
            }
        }
    }
    top + high * order.len() as f64
}

/// A name with its number; one that is cut still ends in its number.
fn numbered(name: &str, number: usize, size: f64) -> String {
    let end = format!("  {number}");
    format!("{}{end}", fitted(name, size, 226.0 - text_width(&end, size)))
}

/// A colour that is seen on a class.
fn ink(class: usize) -> &'static str {
    if class == 0 || class + 1 == COLORS.len() { "var(--paper)" } else { "var(--ink)" }
}

/// The classes, what a dot means, and that hatching is no value.
fn key(
    drawing: &mut Drawing,
    selection: &Selection,
    (mark, neutral): (Option<(&str, f64)>, f64),
    gaps: bool,
    bottom: f64,
) -> f64 {
    let word = |value: f64| selection.word(value * neutral);
    let text = |i: usize| match i {
        0 => format!("< {}", word(BREAKS[0])),
        i if i == BREAKS.len() => format!("≥ {}", word(BREAKS[i - 1])),
        i => format!("{}–{}", word(BREAKS[i - 1]), word(BREAKS[i])),
    };
    let class = |i: usize| Entry { swatch: Swatch::Fill(COLORS[i].to_owned(), None), text: text(i) };
    let mut entries: Vec<Entry> = (0..COLORS.len()).map(class).collect();
    if let Some((column, limit)) = mark {
        let words = selection.catalogue();
        let text = words.word("figure.at-most").replace("{column}", &selection.heading(column));
        let text = text.replace("{limit}", &selection.word(limit));
        let shape = "circle fill=\"var(--ink)\" r=\"2.6\"".to_owned();
        entries.push(Entry { swatch: Swatch::Shape(shape), text });
    }
    if gaps {
        let text = selection.catalogue().word("figure.no-data").to_owned();
        entries.push(Entry { swatch: Swatch::Fill(drawing.hatch().to_owned(), None), text });
    }
    legend(drawing, &entries, bottom + 8.0) + 4.0
}

/// The pairs with the largest values, in words.
fn leaders(selection: &Selection, grid: &Grid, values: &[f64]) -> String {
    let mut pairs: Vec<(usize, usize, usize)> = grid.cells.iter().map(|(&(a, b), &row)| (a, b, row)).collect();
    pairs.retain(|&(a, b, row)| a != b && values[row].is_finite());
    pairs.sort_by(|x, y| values[y.2].total_cmp(&values[x.2]).then((x.0, x.1).cmp(&(y.0, y.1))));
    let word = |&(a, b, row): &(usize, usize, usize)| {
        let name = |at: usize| called(selection, &grid.labels[at]);
        format!("{} × {} {}", name(a), name(b), selection.word(values[row]))
    };
    pairs.iter().take(3).map(word).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_and_its_inverse_are_as_far_from_one() {
        assert_eq!((score(4.0), score(0.25), score(0.0), score(f64::NAN)), (2.0, -2.0, -4.0, 0.0));
        assert_eq!(COLORS.len(), BREAKS.len() + 1);
    }

    #[test]
    fn a_name_that_is_cut_keeps_its_number() {
        let long = "Manufacture of motor vehicles ".repeat(4);
        assert!(numbered(&long, 12, TEXT).ends_with("…  12"));
        assert!(numbered(&long, 12, BOLD * TEXT).len() < numbered(&long, 12, TEXT).len());
        assert_eq!(numbered("Cars", 3, TEXT), "Cars  3");
    }
}
