//! Counts of a column in classes.

use super::plot::Panel;
use super::scale::{Scale, nice_step, range};
use super::select::Selection;
use super::style::WIDTH;
use super::svg::Drawing;
use super::{FigureError, Sketch};
use crate::number;
use distretto_core::Message;

/// Round classes near the width of Freedman and Diaconis (1981), `2 · IQR · n^(−1/3)`, between 5 and 40 of them.
fn classes(sorted: &[f64]) -> (f64, f64, usize) {
    let quantile = |share: f64| sorted[((sorted.len() - 1) as f64 * share).round() as usize];
    let (low, high) = (sorted[0], sorted[sorted.len() - 1]);
    let range = if high > low { high - low } else { 1.0 };
    let width = 2.0 * (quantile(0.75) - quantile(0.25)) / (sorted.len() as f64).cbrt();
    let count = if width > 0.0 { (range / width).clamp(5.0, 40.0) } else { 10.0 };
    let step = nice_step(range, count);
    let start = (low / step).floor() * step;
    (start, step, ((high - start) / step).floor() as usize + 1)
}

pub(super) fn draw(selection: &Selection) -> Result<Sketch, FigureError> {
    let column = selection.value_column()?;
    let values = selection.numbers(&column)?;
    let mut sorted: Vec<f64> = selection.rows.iter().map(|&row| values[row]).filter(|v| v.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    if sorted.is_empty() {
        return Err(selection.empty(&column));
    }
    let (start, step, bins) = classes(&sorted);
    let mut counts = vec![0_usize; bins];
    for value in &sorted {
        counts[(((value - start) / step) as usize).min(bins - 1)] += 1;
    }
    let most = counts.iter().copied().max().unwrap_or(1) as f64;
    let panel = Panel { left: 70.0, top: 10.0, right: WIDTH - 12.0, bottom: 330.0 };
    let ends = range([start, start + step * bins as f64].into_iter().chain(selection.spec.reference));
    let (low, high) = ends.unwrap_or((0.0, 1.0));
    let x = Scale::exact(low, high, panel.left, panel.right);
    let y = Scale::counted(0.0, most, panel.bottom, panel.top);
    let mut drawing = Drawing::default();
    panel.y_axis(&mut drawing, &y, selection.catalogue().word("figure.count"));
    let height = panel.x_axis(&mut drawing, &x, &selection.heading(&column));
    for (i, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let from = start + step * i as f64;
        let tip =
            format!("{} – {}: {}", selection.word(from), selection.word(from + step), number::count(count as u64));
        let (left, right) = (x.at(from) + 0.5, x.at(from + step) - 0.5);
        drawing.rect("var(--main)", (left, y.at(count as f64)), (right, panel.bottom), Some(&tip));
    }
    drawing.line("axis", (panel.left, panel.bottom), (panel.right, panel.bottom));
    if let Some(reference) = selection.spec.reference {
        drawing.line("ref", (x.at(reference), panel.top), (x.at(reference), panel.bottom));
    }
    let alt = Message::new("figure.alt.histogram").text("value", selection.heading(&column).into_owned());
    let alt = alt.count("n", sorted.len()).number("low", sorted[0]).number("high", sorted[sorted.len() - 1]);
    let alt = alt.number("median", sorted[sorted.len() / 2]);
    Ok(Sketch { drawing, height, alt, notes: selection.notes.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_round_and_hold_all() {
        let values: Vec<f64> = (0..100).map(f64::from).collect();
        // Quartiles 25 and 74: 2 · 49 · 100^(−1/3) = 21.1, so five classes of a round 20.
        let (start, step, bins) = classes(&values);
        assert_eq!((start, step), (0.0, 20.0));
        assert!(start + step * bins as f64 > 99.0);
        assert_eq!(classes(&[3.0, 3.0]).2, 1);
    }
}
