//! How a few units stand on each part of an index, against all others: one row for each part.

use super::plot::{Entry, RowPanel, Swatch, group_shape, legend};
use super::scale::{Scale, range};
use super::select::Selection;
use super::style;
use super::svg::{Drawing, n};
use super::{FigureError, Sketch};
use distretto_core::Message;
use std::fmt::Write as _;

/// Units that have a mark of their own.
const NAMED: usize = 4;
/// Units with a mark when none is in focus.
const LEADERS: usize = 3;
/// Dashes of the line of each unit.
const DASHES: [&str; NAMED] =
    ["", " stroke-dasharray=\"7 3\"", " stroke-dasharray=\"2 3\"", " stroke-dasharray=\"9 3 2 3\""];

/// The values of all units on one part.
struct Part {
    name: String,
    /// Code and value of each unit.
    values: Vec<(String, f64)>,
}

pub(super) fn draw(mut selection: Selection) -> Result<Sketch, FigureError> {
    keep_last_year(&mut selection);
    let parts = parts(&selection)?;
    let all = || parts.iter().flat_map(|part| part.values.iter().map(|(_, value)| *value));
    let Some((low, high)) = range(all()) else { return Err(selection.empty("value")) };
    let named = named(&selection, &parts);
    let mut drawing = Drawing::default();
    let column = selection.label.clone().unwrap_or_default();
    let mut entries: Vec<Entry> =
        named.iter().enumerate().map(|(k, code)| entry(k, selection.name_of(&column, code))).collect();
    let others = "path fill=\"none\" stroke=\"var(--pale)\" stroke-width=\"7\" stroke-linecap=\"round\" d=\"M-7 0H7\"";
    entries.push(Entry {
        swatch: Swatch::Shape(others.to_owned()),
        text: selection.catalogue().word("figure.all").to_owned(),
    });
    let top = legend(&mut drawing, &entries, 0.0) + 8.0;
    let labels: Vec<String> = parts.iter().map(|part| part.name.clone()).collect();
    let panel = RowPanel::spaced(&labels, top, 16.0, 30.0);
    let scale = Scale::linear(low.min(0.0), high, panel.panel.left + 6.0, panel.panel.right);
    let value = selection.spec.value.clone().unwrap_or_default();
    let heading = if value.is_empty() { String::new() } else { selection.axis(&value, selection.spec.unit.as_deref()) };
    let height = panel.panel.x_axis(&mut drawing, &scale, &heading);
    for (i, part) in parts.iter().enumerate() {
        behind(&mut drawing, &scale, part, panel.middle(i));
    }
    for (k, code) in named.iter().enumerate().rev() {
        marks(&mut drawing, &selection, &parts, (k, code), &|i, x| (scale.at(x), panel.middle(i)));
    }
    panel.write_labels(&mut drawing, &|_| false);
    let words = |code: &String| {
        let one = |part: &Part| part.of(code).map(|value| format!("{} {}", part.name, selection.word(value)));
        format!("{}: {}", selection.name_of(&column, code), parts.iter().filter_map(one).collect::<Vec<_>>().join(", "))
    };
    let alt = Message::new("figure.alt.profile").count("n", parts.len());
    let alt = alt.text("units", named.iter().map(words).collect::<Vec<_>>().join("; "));
    Ok(Sketch { drawing, height, alt, notes: selection.notes })
}

impl Part {
    fn of(&self, code: &str) -> Option<f64> {
        self.values.iter().find(|(other, value)| other == code && value.is_finite()).map(|(_, value)| *value)
    }

    fn sorted(&self) -> Vec<f64> {
        let mut values: Vec<f64> =
            self.values.iter().map(|(_, value)| *value).filter(|value| value.is_finite()).collect();
        values.sort_by(f64::total_cmp);
        values
    }
}

/// Of a panel the last year: a profile is a picture of one moment.
fn keep_last_year(selection: &mut Selection) {
    let Some(years) = selection.table.numbers("year") else { return };
    let Some((_, last)) = range(selection.rows.iter().map(|&row| years[row])) else { return };
    selection.rows.retain(|&row| years[row] == last);
    selection.notes.push(Message::new("figure.note.year").text("year", format!("{last:.0}")));
}

/// Parts in the order of the table: the labels of the column `group`, or the columns of `series`.
fn parts(selection: &Selection) -> Result<Vec<Part>, FigureError> {
    let code = |row: usize| selection.code(row).unwrap_or_default().to_owned();
    let mut parts: Vec<Part> = Vec::new();
    for series in &selection.spec.series {
        let values = selection.numbers(series)?;
        let known = selection.name_of("indicator", series);
        let name = if known == *series { selection.heading(series).into_owned() } else { known };
        parts.push(Part { name, values: selection.rows.iter().map(|&row| (code(row), values[row])).collect() });
    }
    if !parts.is_empty() {
        return Ok(parts);
    }
    let needs = || FigureError::NeedsField { kind: "profile", field: "group" };
    let column = selection.spec.group.as_deref().ok_or_else(needs)?;
    let text = selection.table.text(column).ok_or_else(|| selection.no_column(column, "labels"))?;
    let values = selection.numbers(&selection.value_column()?)?;
    let mut codes: Vec<Option<u32>> = Vec::new();
    for &row in &selection.rows {
        let at = codes.iter().position(|code| *code == text.code(row)).unwrap_or_else(|| {
            codes.push(text.code(row));
            let name = selection.name_of(column, text.get(row).unwrap_or_default());
            parts.push(Part { name, values: Vec::new() });
            parts.len() - 1
        });
        parts[at].values.push((code(row), values[row]));
    }
    Ok(parts)
}

/// Units in focus, else those with the largest mean.
fn named(selection: &Selection, parts: &[Part]) -> Vec<String> {
    let known = |code: &&String| parts.iter().any(|part| part.of(code).is_some());
    let focus: Vec<String> = selection.context.focus.regions.iter().filter(known).take(NAMED).cloned().collect();
    if !focus.is_empty() {
        return focus;
    }
    let mut codes: Vec<(String, f64)> = Vec::new();
    for (code, _) in parts.iter().flat_map(|part| &part.values) {
        if !codes.iter().any(|(other, _)| other == code) {
            let sum = parts.iter().filter_map(|part| part.of(code)).sum();
            codes.push((code.clone(), sum));
        }
    }
    codes.sort_by(|a, b| b.1.total_cmp(&a.1));
    codes.into_iter().take(selection.spec.top.unwrap_or(LEADERS).min(NAMED)).map(|(code, _)| code).collect()
}

fn entry(k: usize, text: String) -> Entry {
    Entry { swatch: Swatch::Shape(group_shape(k, &style::group(k), 5.4)), text }
}

/// The range of all units, its middle half stronger, and their median.
fn behind(drawing: &mut Drawing, scale: &Scale, part: &Part, y: f64) {
    let sorted = part.sorted();
    let (Some(&least), Some(&most)) = (sorted.first(), sorted.last()) else { return };
    let at = |share: f64| {
        let place = share * (sorted.len() - 1) as f64;
        let (low, high) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
        scale.at(low + place.fract() * (high - low))
    };
    let band = |from: f64, to: f64, look: &str| {
        format!(
            "path fill=\"none\" stroke=\"var(--pale)\" {look} stroke-linecap=\"round\" d=\"M{} {}H{}\"",
            n(from),
            n(y),
            n(to)
        )
    };
    drawing.shape(&band(scale.at(least), scale.at(most), "stroke-width=\"2\""), None);
    drawing.shape(&band(at(0.25), at(0.75), "stroke-width=\"7\""), None);
    drawing.line("axis", (at(0.5), y - 7.0), (at(0.5), y + 7.0));
}

/// The marks of a unit, joined by a line.
fn marks(
    drawing: &mut Drawing,
    selection: &Selection,
    parts: &[Part],
    (k, code): (usize, &String),
    place: &dyn Fn(usize, f64) -> (f64, f64),
) {
    let points: Vec<(usize, f64)> =
        parts.iter().enumerate().filter_map(|(i, part)| Some((i, part.of(code)?))).collect();
    let mut data = String::new();
    for (j, &(i, value)) in points.iter().enumerate() {
        let (x, y) = place(i, value);
        let _ = write!(data, "{}{} {}", if j == 0 { 'M' } else { 'L' }, n(x), n(y));
    }
    let look = format!("fill=\"none\" stroke-width=\"1.3\" stroke=\"{}\"{}", style::group(k), DASHES[k]);
    drawing.path(&look, &data, None);
    for (i, value) in points {
        let (x, y) = place(i, value);
        let shape = format!("{} transform=\"translate({} {})\"", group_shape(k, &style::group(k), 5.4), n(x), n(y));
        let unit = selection.name_of(selection.label.as_deref().unwrap_or_default(), code);
        drawing.shape(&shape, Some(&format!("{unit} · {}: {}", parts[i].name, selection.word(value))));
    }
}
