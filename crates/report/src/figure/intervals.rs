//! Dots with intervals, one row each.

use super::plot::RowPanel;
use super::scale::{Scale, range};
use super::select::{Order, Selection};
use super::style::TEXT;
use super::svg::{Anchor, Drawing, n, text_width};
use super::{FigureError, Sketch};
use distretto_core::{Arg, Message};

/// Rows when the specification names no number.
const ROWS: usize = 20;

/// A logarithmic axis is used where the largest value is so many times the smallest.
const WIDE: f64 = 20.0;

/// One row.
struct Row {
    value: f64,
    low: f64,
    high: f64,
    focus: bool,
    tip: String,
}

pub(super) fn draw(mut selection: Selection) -> Result<Sketch, FigureError> {
    let column = selection.value_column()?;
    let values = selection.numbers(&column)?;
    let (low, high) = ends(&selection, &column)?;
    selection.keep_top(&values, ROWS, Order::of(&column), Arg::Column(column.clone()));
    if selection.rows.is_empty() {
        return Err(selection.empty(&column));
    }
    let labels: Vec<String> = selection.rows.iter().map(|&row| selection.called(row)).collect();
    let row = |&row: &usize| {
        let (value, low, high) = (values[row], low[row], high[row]);
        let mut tip = format!("{}: {}", selection.called(row), selection.word(value));
        if low.is_finite() && high.is_finite() {
            tip = format!("{tip} [{}, {}]", selection.word(low), selection.word(high));
        }
        Row { value, low, high, focus: selection.in_focus(row), tip }
    };
    let rows: Vec<Row> = selection.rows.iter().map(row).collect();
    let numbers = selection.column_words(&rows.iter().map(|row| row.value).collect::<Vec<_>>());
    let right = numbers.iter().map(|word| text_width(word, TEXT)).fold(0.0, f64::max) + 16.0;
    let panel = RowPanel::new(&labels, 8.0, right);
    let linear = Order::of(&column) == Order::Smallest;
    let scale = axis(&rows, selection.spec.reference, linear, panel.panel.left + 6.0, panel.panel.right);
    let mut drawing = Drawing::default();
    let heading = selection.heading(&column);
    let log = selection.catalogue().word("figure.log-axis");
    let heading = if scale.is_log() { format!("{heading} ({log})") } else { heading.into_owned() };
    let height = panel.panel.x_axis(&mut drawing, &scale, &heading);
    if let Some(reference) = selection.spec.reference.filter(|&r| !scale.clamped(r).1) {
        let x = scale.at(reference);
        drawing.line("ref", (x, panel.panel.top), (x, panel.panel.bottom));
    }
    panel.write_labels(&mut drawing, &|i| rows[i].focus);
    for (i, row) in rows.iter().enumerate() {
        interval(&mut drawing, &scale, row, panel.middle(i));
        drawing.text("soft", (super::style::WIDTH - 2.0, panel.middle(i) + 4.5), Anchor::End, &numbers[i]);
    }
    let alt = Message::new("figure.alt.intervals").text("value", selection.heading(&column).into_owned());
    let alt = alt.count("n", rows.len()).text("leaders", selection.leaders(&values, 3));
    Ok(Sketch { drawing, height, alt, notes: selection.notes })
}

fn ends(selection: &Selection, column: &str) -> Result<(Vec<f64>, Vec<f64>), FigureError> {
    let missing = || vec![f64::NAN; selection.table.rows()];
    let end = |named: &Option<String>, default: String| match named {
        Some(name) => selection.numbers(name),
        None => Ok(selection.numbers(&default).unwrap_or_else(|_| missing())),
    };
    let low = end(&selection.spec.low, format!("{column}_low"))?;
    Ok((low, end(&selection.spec.high, format!("{column}_high"))?))
}

/// Ranks are steps of one size: `linear`; other values that span several magnitudes get a logarithmic axis.
fn axis(rows: &[Row], reference: Option<f64>, linear: bool, start: f64, end: f64) -> Scale {
    let all = || rows.iter().flat_map(|row| [row.value, row.low, row.high]).chain(reference);
    let (low, high) = range(all()).unwrap_or((0.0, 1.0));
    let positive = rows.iter().all(|row| row.value > 0.0);
    let least = range(rows.iter().map(|row| row.value).chain(reference)).map_or(1.0, |(least, _)| least);
    if !linear && positive && least > 0.0 && high / least >= WIDE {
        // A lower end of 0 has no place on this axis: it is cut at a tenth of the smallest value.
        let low = range(all().filter(|&v| v > least / 10.0)).map_or(least, |(low, _)| low);
        return Scale::log(low, high, start, end);
    }
    Scale::linear(if low > 0.0 && low < 0.4 * high { 0.0 } else { low }, high, start, end)
}

fn interval(drawing: &mut Drawing, scale: &Scale, row: &Row, y: f64) {
    if row.low.is_finite() && row.high.is_finite() {
        let ((from, cut), (to, _)) = (scale.clamped(row.low), scale.clamped(row.high));
        drawing.line("whisker", (from, y), (to, y));
        if cut {
            drawing.path("class=\"whisker\"", &format!("M{} {}l-5 4l5 4", n(from + 5.0), n(y - 4.0)), None);
        } else {
            drawing.line("whisker", (from, y - 4.0), (from, y + 4.0));
        }
        drawing.line("whisker", (to, y - 4.0), (to, y + 4.0));
    }
    let fill = if row.focus { "var(--mark)" } else { "var(--main)" };
    drawing.circle(&format!("class=\"dot\" fill=\"{fill}\""), (scale.at(row.value), y), 4.6, Some(&row.tip));
}
