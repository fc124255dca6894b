//! Stacked bars of several columns, with a mark where they add up to.

use super::plot::{Entry, RowPanel, Swatch, legend};
use super::scale::{Scale, range};
use super::select::{Order, Selection};
use super::style;
use super::svg::{Anchor, Drawing, n, text_width};
use super::{FigureError, Sketch};
use distretto_core::{Arg, Message};

/// Rows when the specification names no number.
const ROWS: usize = 20;

/// One row: its parts in the order of the series, and their sum.
struct Row {
    label: String,
    parts: Vec<f64>,
    net: f64,
    focus: bool,
}

pub(super) fn draw(mut selection: Selection) -> Result<Sketch, FigureError> {
    if selection.spec.series.is_empty() {
        return Err(FigureError::NeedsField { kind: "components", field: "series" });
    }
    let series = selection.spec.series.clone();
    let columns: Vec<Vec<f64>> = series.iter().map(|name| selection.numbers(name)).collect::<Result<_, _>>()?;
    // Columns that hold nothing (say an allocation effect of another method) are not drawn.
    let drawn: Vec<usize> =
        (0..series.len()).filter(|&k| columns[k].iter().any(|v| v.is_finite() && *v != 0.0)).collect();
    let sum = |row: usize| drawn.iter().map(|&k| columns[k][row]).filter(|v| v.is_finite()).sum::<f64>();
    // A value that is one of the parts only sorts the rows; the mark stands at the sum of all parts.
    let total = selection.spec.value.clone().filter(|value| !series.contains(value));
    let nets: Vec<f64> = match &total {
        Some(value) => selection.numbers(value)?,
        None => (0..selection.table.rows()).map(sum).collect(),
    };
    let keys = selection.spec.value.as_ref().map(|value| selection.numbers(value)).transpose()?;
    let net_word = Message::new("figure.net-of-parts");
    let key = selection.spec.value.clone().map_or(Arg::Message(Box::new(net_word)), Arg::Column);
    selection.keep_top(&keys.unwrap_or_else(|| nets.clone()), ROWS, Order::LargestAbsolute, key);
    if selection.rows.is_empty() || drawn.is_empty() {
        return Err(selection.empty(&series.join(", ")));
    }
    let row = |&row: &usize| Row {
        label: selection.called(row),
        parts: drawn.iter().map(|&k| columns[k][row]).map(|v| if v.is_finite() { v } else { 0.0 }).collect(),
        net: nets[row],
        focus: selection.in_focus(row),
    };
    let rows: Vec<Row> = selection.rows.iter().map(row).collect();
    let names: Vec<String> = drawn.iter().map(|&k| selection.heading(&series[k]).into_owned()).collect();
    let net = match &total {
        Some(value) => selection.heading(value).into_owned(),
        None => selection.catalogue().word("figure.net").to_owned(),
    };
    let (drawing, height) = chart(&selection, &rows, &names, &net);
    let alt = Message::new("figure.alt.components").text("series", names.join(", "));
    let alt = alt.count("n", rows.len()).text("leaders", selection.leaders(&nets, 3));
    Ok(Sketch { drawing, height, alt, notes: selection.notes })
}

fn chart(selection: &Selection, rows: &[Row], names: &[String], net: &str) -> (Drawing, f64) {
    let mut drawing = Drawing::default();
    let mut entries: Vec<Entry> = Vec::new();
    for (k, name) in names.iter().enumerate() {
        let pattern = dotted(k).then(|| drawing.dots());
        entries.push(Entry { swatch: Swatch::Fill(fill(k), pattern), text: name.clone() });
    }
    entries.push(Entry { swatch: Swatch::Shape(net_mark()), text: net.to_owned() });
    let top = legend(&mut drawing, &entries, 0.0) + 8.0;
    let labels: Vec<String> = rows.iter().map(|row| row.label.clone()).collect();
    let numbers = selection.column_words(&rows.iter().map(|row| row.net).collect::<Vec<_>>());
    let right = numbers.iter().map(|word| text_width(word, style::TEXT)).fold(0.0, f64::max) + 16.0;
    let panel = RowPanel::new(&labels, top, right);
    let ends = |row: &Row| {
        let sum = |sign: f64| row.parts.iter().filter(|v| **v * sign > 0.0).sum::<f64>();
        [sum(1.0), sum(-1.0), row.net, 0.0]
    };
    let (low, high) = range(rows.iter().flat_map(ends)).unwrap_or((0.0, 1.0));
    let scale = Scale::linear(low, high, panel.panel.left + 4.0, panel.panel.right);
    let height = panel.panel.x_axis(&mut drawing, &scale, net);
    for (i, row) in rows.iter().enumerate() {
        stack(&mut drawing, &scale, row, names, (panel.middle(i), panel.half()));
        drawing.text("soft", (style::WIDTH - 2.0, panel.middle(i) + 4.5), Anchor::End, &numbers[i]);
    }
    drawing.line("axis", (scale.at(0.0), panel.panel.top), (scale.at(0.0), panel.panel.bottom));
    panel.write_labels(&mut drawing, &|i| rows[i].focus);
    (drawing, height)
}

fn stack(drawing: &mut Drawing, scale: &Scale, row: &Row, names: &[String], (y, half): (f64, f64)) {
    let (mut up, mut down) = (0.0, 0.0);
    for (k, &part) in row.parts.iter().enumerate().filter(|(_, part)| **part != 0.0) {
        let from = if part > 0.0 { &mut up } else { &mut down };
        let (a, b) = ((scale.at(*from), y - half), (scale.at(*from + part), y + half));
        *from += part;
        let words = crate::number::typographic(&crate::number::trimmed(&crate::number::significant(part, 4)));
        drawing.rect(&fill(k), a, b, Some(&format!("{}: {} {words}", row.label, names[k])));
        if dotted(k) {
            let dots = drawing.dots();
            drawing.shape(
                &format!(
                    "rect pointer-events=\"none\" fill=\"{dots}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"",
                    n(a.0.min(b.0)),
                    n(a.1),
                    n((a.0 - b.0).abs()),
                    n(b.1 - a.1)
                ),
                None,
            );
        }
    }
    let element = format!("{} transform=\"translate({} {})\"", net_mark(), n(scale.at(row.net)), n(y));
    drawing.shape(&element, None);
}

/// Order of the colours of the parts, neighbours as unlike in greyscale as in colour.
const ORDER: [usize; 6] = [0, 4, 2, 5, 1, 3];

fn fill(k: usize) -> String {
    style::group(ORDER[k % ORDER.len()])
}

/// Every other part has dots; where the colours come round again those that had none, so that twelve parts differ.
fn dotted(k: usize) -> bool {
    (k + k / ORDER.len()) % 2 == 1
}

fn net_mark() -> String {
    "path fill=\"var(--ink)\" stroke=\"var(--paper)\" d=\"M0 -6L5 0L0 6L-5 0Z\"".to_owned()
}
