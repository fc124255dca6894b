//! Four fields: strengths and weaknesses above, opportunities and threats below, each with its factors by weight.

use super::select::Selection;
use super::style::{BOLD, TEXT, WIDTH};
use super::svg::{Anchor, Drawing, text_width, wrapped};
use super::{FigureError, Sketch};
use distretto_core::Message;

/// Letter, key of its name, and colour of each field.
const FIELDS: [(&str, &str, &str); 4] = [
    ("S", "figure.swot.s", "var(--g3)"),
    ("W", "figure.swot.w", "var(--g2)"),
    ("O", "figure.swot.o", "var(--g1)"),
    ("T", "figure.swot.t", "var(--g4)"),
];
/// Room between the fields.
const GAP: f64 = 10.0;
/// Height of a line.
const LINE: f64 = 18.0;
/// Height of the name of a field.
const HEAD: f64 = 30.0;
/// Lines that a factor may take.
const LINES: usize = 3;

/// A factor in its field.
struct Item {
    lines: Vec<String>,
    name: String,
    value: f64,
    number: String,
}

pub(super) fn draw(mut selection: Selection) -> Result<Sketch, FigureError> {
    let column = selection.value_column()?;
    let values = selection.numbers(&column)?;
    let kinds = selection.spec.group.clone().unwrap_or_else(|| "kind".to_owned());
    let kind = selection.table.text(&kinds).ok_or_else(|| selection.no_column(&kinds, "labels"))?;
    selection.rows.retain(|&row| values[row].is_finite());
    if selection.rows.is_empty() {
        return Err(selection.empty(&column));
    }
    let wide = (WIDTH - GAP) / 2.0;
    let fields: Vec<Vec<Item>> = FIELDS
        .iter()
        .map(|(letter, ..)| {
            let mut rows: Vec<usize> =
                selection.rows.iter().copied().filter(|&row| kind.get(row) == Some(*letter)).collect();
            rows.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
            rows.iter().map(|&row| item(&selection, row, values[row], wide)).collect()
        })
        .collect();
    let mut drawing = Drawing::default();
    let tall = |k: usize| HEAD + fields[k].iter().map(|item| item.lines.len() as f64 * LINE + 4.0).sum::<f64>() + 8.0;
    let heights = [tall(0).max(tall(1)), tall(2).max(tall(3))];
    for (k, items) in fields.iter().enumerate() {
        let (column, line) = ((k % 2) as f64, k / 2);
        let at = (column * (wide + GAP), if line == 0 { 0.0 } else { heights[0] + GAP });
        field(&mut drawing, &selection, k, items, (at, (wide, heights[line])));
    }
    let count = |k: usize| fields[k].len();
    let alt = Message::new("figure.alt.swot").count("s", count(0)).count("w", count(1)).count("o", count(2));
    let mut heaviest: Vec<&Item> = fields.iter().flatten().collect();
    heaviest.sort_by(|a, b| b.value.total_cmp(&a.value));
    let leaders: Vec<String> = heaviest.iter().take(3).map(|item| format!("{} {}", item.name, item.number)).collect();
    let alt = alt.count("t", count(3)).text("leaders", leaders.join("; "));
    Ok(Sketch { drawing, height: heights[0] + GAP + heights[1] + 2.0, alt, notes: selection.notes })
}

fn item(selection: &Selection, row: usize, value: f64, wide: f64) -> Item {
    let (name, number) = (selection.called(row), selection.word(value));
    let room = wide - 40.0 - text_width(&number, TEXT);
    Item { lines: wrapped(&name, TEXT, room, LINES), name, value, number }
}

fn field(drawing: &mut Drawing, selection: &Selection, k: usize, items: &[Item], (at, size): ((f64, f64), (f64, f64))) {
    let (_, key, colour) = FIELDS[k];
    drawing.rect("var(--land)", at, (at.0 + size.0, at.1 + size.1), None);
    drawing.rect(colour, at, (at.0 + 5.0, at.1 + size.1), None);
    let head = super::svg::fitted(selection.catalogue().word(key), BOLD * TEXT, size.0 - 90.0);
    drawing.text("strong", (at.0 + 16.0, at.1 + 20.0), Anchor::Start, &head);
    if !items.is_empty() {
        let sum: f64 = items.iter().map(|item| item.value).sum();
        let sum = format!("Σ {}", selection.word(sum));
        drawing.text("strong", (at.0 + size.0 - 10.0, at.1 + 20.0), Anchor::End, &sum);
    }
    let mut y = at.1 + HEAD + 12.0;
    for item in items {
        drawing.text("soft", (at.0 + size.0 - 10.0, y), Anchor::End, &item.number);
        for line in &item.lines {
            drawing.text("", (at.0 + 16.0, y), Anchor::Start, line);
            y += LINE;
        }
        y += 4.0;
    }
}
