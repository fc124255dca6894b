//! Bars, one row each.

use super::plot::{Entry, RowPanel, Swatch, legend};
use super::scale::{Scale, range};
use super::select::{Order, Selection};
use super::style::TEXT;
use super::svg::{Anchor, Drawing, text_width};
use super::{FigureError, Sketch};
use distretto_core::{Arg, Message};

/// Rows when the specification names no number.
const ROWS: usize = 20;

/// Bars of a column; where another one is named with a limit, rows above the limit are pale.
pub(super) fn draw(mut selection: Selection, mark: Option<(String, f64)>) -> Result<Sketch, FigureError> {
    let column = selection.value_column()?;
    let values = selection.numbers(&column)?;
    let marks = mark.map(|(name, limit)| selection.numbers(&name).map(|q| (name, q, limit))).transpose()?;
    let strong = |row: usize| marks.as_ref().is_none_or(|(_, q, limit)| q[row] <= *limit);
    // Of changes the largest count whatever their sign; an order of scores is cut from its end.
    let scores = ["score", "composite", "rank"].contains(&column.as_str());
    let signed = !scores && selection.rows.iter().any(|&row| values[row] < 0.0);
    selection.keep_top(
        &values,
        ROWS,
        if signed { Order::LargestAbsolute } else { Order::of(&column) },
        Arg::Column(column.clone()),
    );
    if selection.rows.is_empty() {
        return Err(selection.empty(&column));
    }
    let rows = selection.rows.clone();
    let labels: Vec<String> = rows.iter().map(|&row| selection.called(row)).collect();
    let numbers = selection.column_words(&rows.iter().map(|&row| values[row]).collect::<Vec<_>>());
    let right = numbers.iter().map(|word| text_width(word, TEXT)).fold(0.0, f64::max) + 16.0;
    let panel = RowPanel::new(&labels, 8.0, right);
    let ends = rows.iter().map(|&row| values[row]).chain([0.0]).chain(selection.spec.reference);
    let (low, high) = range(ends).unwrap_or((0.0, 1.0));
    let scale = Scale::linear(low, high, panel.panel.left, panel.panel.right);
    let mut drawing = Drawing::default();
    let mut height = panel.panel.x_axis(&mut drawing, &scale, &selection.axis(&column));
    for (i, &row) in rows.iter().enumerate() {
        let (y, half) = (panel.middle(i), panel.half());
        let fill = match (strong(row), selection.in_focus(row)) {
            (false, _) => "var(--pale)",
            (true, true) => "var(--mark)",
            (true, false) => "var(--main)",
        };
        let tip = format!("{}: {}", labels[i], numbers[i]);
        drawing.rect(fill, (scale.at(0.0), y - half), (scale.at(values[row]), y + half), Some(&tip));
        drawing.text("soft", (super::style::WIDTH - 2.0, y + 4.5), Anchor::End, &numbers[i]);
    }
    drawing.line("axis", (scale.at(0.0), panel.panel.top), (scale.at(0.0), panel.panel.bottom));
    if let Some(reference) = selection.spec.reference {
        let x = scale.at(reference);
        drawing.line("ref", (x, panel.panel.top), (x, panel.panel.bottom));
    }
    panel.write_labels(&mut drawing, &|i| selection.in_focus(rows[i]));
    if let Some((name, _, limit)) = &marks {
        let words = selection.catalogue().word("figure.at-most").replace("{column}", &selection.heading(name));
        let entry = |fill: &str, text: String| Entry { swatch: Swatch::Fill(fill.to_owned(), None), text };
        let weak = selection.catalogue().word("figure.not-significant").to_owned();
        let entries =
            [entry("var(--main)", words.replace("{limit}", &selection.word(*limit))), entry("var(--pale)", weak)];
        height = legend(&mut drawing, &entries, height + 4.0) + 4.0;
    }
    let alt = Message::new("figure.alt.bars").text("value", selection.heading(&column).into_owned());
    let alt = alt.count("n", rows.len()).text("leaders", selection.leaders(&values, 3));
    Ok(Sketch { drawing, height, alt, notes: selection.notes })
}
