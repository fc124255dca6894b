//! A curve along x over the band that chance allows.

use super::plot::{Entry, Panel, Swatch, legend};
use super::scale::{Scale, range};
use super::select::Selection;
use super::style::WIDTH;
use super::svg::{Drawing, n};
use super::{FigureError, Sketch};
use distretto_core::Message;
use std::fmt::Write;

/// What is drawn of one column: a value for each row in ascending x, NaN where there is none.
struct Curve {
    heading: String,
    values: Vec<f64>,
}

/// The curves of a figure over their common x.
struct Curves {
    xs: Vec<f64>,
    observed: Curve,
    mean: Option<Curve>,
    band: Option<(Curve, Curve)>,
}

pub(super) fn draw(selection: &Selection) -> Result<Sketch, FigureError> {
    let x_column = selection.spec.x.clone().ok_or(FigureError::NeedsField { kind: "curve", field: "x" })?;
    let value = selection.value_column()?;
    let curves = read(selection, &x_column, &value)?;
    let ys = curves.all().chain(selection.spec.reference);
    let there = curves.observed.values.iter().any(|value| value.is_finite());
    let (Some(x_range), Some(y_range), true) = (range(curves.xs.iter().copied()), range(ys), there) else {
        return Err(selection.empty(&value));
    };
    let panel = Panel { left: 78.0, top: 12.0, right: WIDTH - 14.0, bottom: 352.0 };
    let end = if x_range.1 > x_range.0 { x_range.1 } else { x_range.0 + 1.0 };
    let x = Scale::exact(x_range.0, end, panel.left, panel.right);
    let low = if y_range.0 > 0.0 && y_range.0 < 0.5 * y_range.1 { 0.0 } else { y_range.0 };
    let y = Scale::linear(low, y_range.1, panel.bottom, panel.top);
    let mut drawing = Drawing::default();
    if let Some((low, high)) = &curves.band {
        for data in areas(&curves.xs, &low.values, &high.values, &x, &y) {
            drawing.path("fill=\"var(--pale)\" fill-opacity=\".6\"", &data, None);
        }
    }
    panel.y_axis(&mut drawing, &y, &curves.observed.heading);
    let bottom = panel.x_axis(&mut drawing, &x, &selection.heading(&x_column));
    if let Some(reference) = selection.spec.reference {
        drawing.line("ref", (panel.left, y.at(reference)), (panel.right, y.at(reference)));
    }
    let height = lines(&mut drawing, &curves, &x, &y, bottom);
    let alt = Message::new("figure.alt.curve").text("value", curves.observed.heading.clone());
    let alt = alt.text("x", selection.heading(&x_column).into_owned()).count("n", curves.xs.len());
    let alt = alt.count("outside", curves.outside());
    Ok(Sketch { drawing, height, alt, notes: selection.notes.clone() })
}

/// The columns in ascending x. Without simulations the table has neither band nor mean: the curve stands alone.
fn read(selection: &Selection, x_column: &str, value: &str) -> Result<Curves, FigureError> {
    let all = selection.numbers(x_column)?;
    let mut rows: Vec<usize> = selection.rows.iter().copied().filter(|&row| all[row].is_finite()).collect();
    rows.sort_by(|&a, &b| all[a].total_cmp(&all[b]));
    let curve = |column: &str| {
        let numbers = selection.numbers(column)?;
        let values = rows.iter().map(|&row| numbers[row]).collect();
        Ok::<_, FigureError>(Curve { heading: selection.heading(column).into_owned(), values })
    };
    let there = |column: &Option<String>| column.clone().filter(|column| selection.table.field(column).is_some());
    let optional = |column: &Option<String>| there(column).map(|column| curve(&column)).transpose();
    let (observed, mean) = (curve(value)?, optional(&selection.spec.y)?);
    let band = optional(&selection.spec.low)?.zip(optional(&selection.spec.high)?);
    let band = band.filter(|(low, _)| low.values.iter().any(|value| value.is_finite()));
    Ok(Curves { xs: rows.iter().map(|&row| all[row]).collect(), observed, mean, band })
}

impl Curves {
    /// Every value that is drawn.
    fn all(&self) -> impl Iterator<Item = f64> + '_ {
        let others = self.mean.iter().chain(self.band.iter().flat_map(|(low, high)| [low, high]));
        let curves = std::iter::once(&self.observed).chain(others);
        curves.flat_map(|curve| curve.values.iter().copied()).filter(|value| value.is_finite())
    }

    /// Places at which the curve leaves its band.
    fn outside(&self) -> usize {
        let Some((low, high)) = &self.band else { return 0 };
        let at = |&j: &usize| self.observed.values[j] < low.values[j] || self.observed.values[j] > high.values[j];
        (0..self.xs.len()).filter(at).count()
    }
}

/// The mean dashed, the observation above it, and what they are beneath; returns the height.
fn lines(drawing: &mut Drawing, curves: &Curves, x: &Scale, y: &Scale, bottom: f64) -> f64 {
    let stroke = |colour: &str, dash: &str| format!("class=\"curve\" stroke=\"var(--{colour})\"{dash}");
    let mut entries = Vec::new();
    let mean = curves.mean.as_ref().map(|mean| (mean, "soft", " stroke-dasharray=\"5 3\""));
    for (curve, colour, dash) in mean.into_iter().chain([(&curves.observed, "main", "")]) {
        drawing.path(&stroke(colour, dash), &line(&curves.xs, &curve.values, x, y), Some(&curve.heading));
        let swatch = Swatch::Shape(format!("path {} d=\"M-9 0H9\"", stroke(colour, dash)));
        entries.insert(0, Entry { swatch, text: curve.heading.clone() });
    }
    if let Some((low, high)) = &curves.band {
        let text = format!("{} – {}", low.heading, high.heading);
        entries.push(Entry { swatch: Swatch::Fill("var(--pale)".into(), None), text });
    }
    if entries.len() > 1 { legend(drawing, &entries, bottom) } else { bottom }
}

/// One path; a row without value is a gap, and one alone between gaps a short stroke.
fn line(xs: &[f64], values: &[f64], x: &Scale, y: &Scale) -> String {
    let mut out = String::new();
    let mut open = false;
    for (&at, &value) in xs.iter().zip(values) {
        if value.is_finite() {
            let _ = write!(out, "{}{} {}", if open { 'L' } else { 'M' }, n(x.at(at)), n(y.at(value)));
            if !open {
                out.push_str("h.01");
            }
        }
        open = value.is_finite();
    }
    out
}

/// One area for each run of rows with both ends.
fn areas(xs: &[f64], low: &[f64], high: &[f64], x: &Scale, y: &Scale) -> Vec<String> {
    let both: Vec<bool> = low.iter().zip(high).map(|(low, high)| low.is_finite() && high.is_finite()).collect();
    let rows: Vec<usize> = (0..xs.len()).collect();
    let runs = rows.chunk_by(|&a, &b| both[a] == both[b]).filter(|run| both[run[0]]);
    let area = |run: &[usize]| {
        let mut out = String::new();
        let there = run.iter().map(|&j| (xs[j], high[j]));
        for (i, (at, value)) in there.chain(run.iter().rev().map(|&j| (xs[j], low[j]))).enumerate() {
            let _ = write!(out, "{}{} {}", if i == 0 { 'M' } else { 'L' }, n(x.at(at)), n(y.at(value)));
        }
        out.push('Z');
        out
    };
    runs.map(area).collect()
}
