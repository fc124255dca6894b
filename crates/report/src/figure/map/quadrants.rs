//! The quadrants of a local Moran analysis: high or low value (first letter), high or low neighbours (second).

use super::sheet::{self, Look, Sheet};
use crate::figure::plot::{Entry, Swatch, legend};
use crate::figure::select::Selection;
use crate::figure::svg::{Anchor, fitted};
use crate::figure::{FigureError, Sketch};
use crate::number;
use distretto_core::{Message, Outcome};

/// Quadrants in the order of the legend: name, colour, key of its words, low value.
pub(crate) const QUADRANTS: [(&str, &str, &str, bool); 4] = [
    ("HH", "var(--hh)", "figure.quadrant.hh", false),
    ("LL", "var(--ll)", "figure.quadrant.ll", true),
    ("HL", "var(--hl)", "figure.quadrant.hl", false),
    ("LH", "var(--lh)", "figure.quadrant.lh", true),
];

/// Level when the options of the outcome name none.
const LEVEL: f64 = 0.05;

pub(crate) fn draw(mut selection: Selection, outcome: &Outcome) -> Result<Sketch, FigureError> {
    selection.keep_one_industry();
    let column = selection.spec.value.clone().unwrap_or_else(|| "quadrant".to_owned());
    let quadrant = selection.table.text(&column).ok_or_else(|| selection.no_column(&column, "labels"))?;
    let (p_column, p) = p_values(&selection)?;
    // The confidence level 0.95 of the options is the significance level 0.05.
    let confidence = outcome.provenance.options.get("level").and_then(serde_json::Value::as_f64);
    let level = confidence.map_or(LEVEL, |level| ((1.0 - level) * 1e9).round() / 1e9);
    let place = |row: usize| QUADRANTS.iter().position(|(name, ..)| quadrant.get(row) == Some(name));
    let look = |row: usize| match place(row) {
        Some(k) if p[row] <= level => {
            let (_, fill, _, low) = QUADRANTS[k];
            Look { fill: fill.to_owned(), dotted: low, strong: true, points_down: low }
        }
        Some(_) => Look { fill: "var(--land)".to_owned(), ..Look::none() },
        None => Look::none(),
    };
    let looks: Vec<Look> = (0..selection.table.rows()).map(look).collect();
    let mut sheet = Sheet::new(&selection)?;
    let tip = |row: usize| {
        let relation = if p[row].is_finite() { number::p_relation(p[row]) } else { "–".to_owned() };
        let words = quadrant.get(row).unwrap_or("–");
        format!("{}: {words}, {} {relation}", sheet::name(&selection, row), selection.heading(&p_column))
    };
    let absent = sheet.paint(&selection, &looks, &tip);
    let keys: Vec<f64> =
        (0..selection.table.rows()).map(|row| if looks[row].strong { -p[row] } else { f64::NAN }).collect();
    sheet.name_focus(&selection, &keys);
    let counts: Vec<usize> = (0..QUADRANTS.len())
        .map(|k| selection.rows.iter().filter(|&&row| looks[row].strong && place(row) == Some(k)).count())
        .collect();
    let pale = selection.rows.iter().filter(|&&row| !looks[row].strong && !looks[row].fill.is_empty()).count();
    let absent = absent + selection.rows.iter().filter(|&&row| looks[row].fill.is_empty()).count();
    let height = key(&mut sheet, &selection, (&p_column, level), &counts, pale, absent);
    let mut alt = Message::new("figure.alt.cluster-map").count("n", selection.rows.len());
    for (name, count) in ["hh", "ll", "hl", "lh"].into_iter().zip(&counts) {
        alt = alt.count(name, *count);
    }
    let notes = sheet.notes(selection.notes);
    Ok(Sketch { drawing: sheet.drawing, height, alt, notes })
}

/// Adjusted p-values where the table has them, else simulated ones.
fn p_values(selection: &Selection) -> Result<(String, Vec<f64>), FigureError> {
    for column in ["q_value", "p_sim", "p_value"] {
        if let Ok(values) = selection.numbers(column)
            && values.iter().any(|v| v.is_finite())
        {
            return Ok((column.to_owned(), values));
        }
    }
    Err(selection.no_column("q_value", "numbers"))
}

fn key(
    sheet: &mut Sheet,
    selection: &Selection,
    (p_column, level): (&str, f64),
    counts: &[usize],
    pale: usize,
    absent: usize,
) -> f64 {
    let words = selection.catalogue();
    let counted = |text: &str, count: usize| format!("{text} ({})", number::count(count as u64));
    let mut entries = Vec::new();
    for ((_, fill, word, low), &count) in QUADRANTS.iter().zip(counts) {
        let pattern = low.then(|| sheet.drawing.dots());
        entries
            .push(Entry { swatch: Swatch::Fill((*fill).to_owned(), pattern), text: counted(words.word(word), count) });
    }
    let text = counted(words.word("figure.not-significant"), pale);
    entries.push(Entry { swatch: Swatch::Fill("var(--land)".to_owned(), None), text });
    if absent > 0 {
        let fill = sheet.drawing.hatch().to_owned();
        entries.push(Entry { swatch: Swatch::Fill(fill, None), text: counted(words.word("figure.no-data"), absent) });
    }
    let top = sheet.bottom();
    let title = words.word("figure.rule.quadrants").replace("{column}", &selection.heading(p_column));
    let title = title.replace("{value}", &selection.heading("value"));
    let title = title.replace("{level}", &selection.word(level));
    sheet.drawing.text("strong", (8.0, top + 16.0), Anchor::Start, &fitted(&title, 13.0, 620.0));
    let bottom = legend(&mut sheet.drawing, &entries, top + 22.0);
    sheet.size_legend(selection, bottom)
}
