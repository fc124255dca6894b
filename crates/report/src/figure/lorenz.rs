//! The Lorenz curve with its Gini coefficient.

use super::plot::Panel;
use super::scale::Scale;
use super::select::{Selection, per_cent};
use super::style::WIDTH;
use super::svg::{Anchor, Drawing, n};
use super::{FigureError, Sketch};
use distretto_core::Message;
use std::fmt::Write;

/// Cumulated shares of `value` and `weight`, units sorted by the ratio of the two, from (0, 0) to (1, 1).
fn curve(pairs: &mut [(f64, f64)]) -> Vec<(f64, f64)> {
    // Cross products sort by ratio without dividing by a weight of 0.
    pairs.sort_by(|a, b| (a.0 * b.1).total_cmp(&(b.0 * a.1)));
    let total = pairs.iter().fold((0.0, 0.0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1));
    let mut sum = (0.0, 0.0);
    let mut points = vec![(0.0, 0.0)];
    for pair in pairs.iter() {
        sum = (sum.0 + pair.0, sum.1 + pair.1);
        points.push((sum.1 / total.1, sum.0 / total.0));
    }
    points
}

/// `1 − Σ (x_k − x_{k−1})(y_k + y_{k−1})`: one minus twice the area below the curve.
fn gini(points: &[(f64, f64)]) -> f64 {
    1.0 - points.windows(2).map(|p| (p[1].0 - p[0].0) * (p[1].1 + p[0].1)).sum::<f64>()
}

pub(super) fn draw(selection: &Selection) -> Result<Sketch, FigureError> {
    let column = selection.value_column()?;
    let values = selection.numbers(&column)?;
    let weights = match &selection.spec.weight {
        Some(weight) => selection.numbers(weight)?,
        None => vec![1.0; values.len()],
    };
    let pair = |&row: &usize| (values[row], weights[row]);
    let usable = |p: &(f64, f64)| p.0 >= 0.0 && p.1 >= 0.0 && p.0 + p.1 > 0.0 && (p.0 + p.1).is_finite();
    let mut pairs: Vec<(f64, f64)> = selection.rows.iter().map(pair).filter(usable).collect();
    if pairs.iter().all(|p| p.0 == 0.0) || pairs.iter().all(|p| p.1 == 0.0) {
        return Err(selection.empty(&column));
    }
    let points = curve(&mut pairs);
    let gini = gini(&points);
    let words = selection.catalogue();
    let of = |column: &str| words.word("figure.cumulated").replace("{column}", &words.heading(column));
    let x_heading = match &selection.spec.weight {
        Some(weight) => of(weight),
        None => words.word("figure.cumulated-units").to_owned(),
    };
    let mut drawing = Drawing::default();
    let side = 400.0;
    let left = (WIDTH - side) / 2.0;
    let panel = Panel { left, top: 10.0, right: left + side, bottom: 10.0 + side };
    axes(&mut drawing, &panel, &x_heading, &of(&column));
    let (x, y) = (Scale::exact(0.0, 1.0, panel.left, panel.right), Scale::exact(0.0, 1.0, panel.bottom, panel.top));
    let mut data = String::new();
    for (i, point) in points.iter().enumerate() {
        let _ = write!(data, "{}{} {}", if i == 0 { 'M' } else { 'L' }, n(x.at(point.0)), n(y.at(point.1)));
    }
    let area = format!("{data}L{} {}Z", n(panel.left), n(panel.bottom));
    drawing.path("fill=\"var(--main)\" fill-opacity=\".18\"", &area, None);
    drawing.line("axis", (panel.left, panel.bottom), (panel.right, panel.top));
    drawing.path("class=\"curve\" stroke=\"var(--main)\"", &data, None);
    let number = selection.word(gini);
    let at = (panel.left + 14.0, panel.top + 24.0);
    drawing.text("halo strong", at, Anchor::Start, &format!("{} {number}", words.word("figure.gini")));
    let alt = Message::new("figure.alt.lorenz").text("value", selection.heading(&column).into_owned());
    let alt = alt.count("n", pairs.len()).number("gini", gini);
    Ok(Sketch { drawing, height: panel.bottom + 42.0, alt, notes: selection.notes.clone() })
}

fn axes(drawing: &mut Drawing, panel: &Panel, x_heading: &str, y_heading: &str) {
    for step in 0..=5 {
        let share = f64::from(step) / 5.0;
        let x = panel.left + share * (panel.right - panel.left);
        let y = panel.bottom - share * (panel.bottom - panel.top);
        drawing.line("grid", (x, panel.top), (x, panel.bottom));
        drawing.line("grid", (panel.left, y), (panel.right, y));
        drawing.text("soft", (x, panel.bottom + 16.0), Anchor::Middle, &per_cent(share));
        drawing.text("soft", (panel.left - 6.0, y + 4.5), Anchor::End, &per_cent(share));
    }
    let middle = (panel.left + panel.right) / 2.0;
    drawing.text("", (middle, panel.bottom + 35.0), Anchor::Middle, &super::svg::fitted(x_heading, 13.0, WIDTH - 40.0));
    let heading = super::svg::fitted(y_heading, 13.0, 400.0);
    drawing.upwards("", (panel.left - 44.0, (panel.top + panel.bottom) / 2.0), &heading);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gini_by_hand() {
        // Shares 0.1, 0.9 of two equal units: 1 − (0.5·0.1 + 0.5·1.1) = 0.4.
        let points = curve(&mut [(9.0, 1.0), (1.0, 1.0)]);
        assert!((gini(&points) - 0.4).abs() < 1e-12);
        // Equal ratios lie on the diagonal.
        assert!(gini(&curve(&mut [(1.0, 2.0), (2.0, 4.0)])).abs() < 1e-12);
    }
}
