//! Maps: outlines filled by class, or points sized by weight; and the quadrants of a local Moran analysis.

mod classes;
mod frames;
mod projection;
mod quadrants;
mod sheet;

pub(super) use quadrants::{QUADRANTS, draw as draw_quadrants};

use super::plot::{Entry, Swatch, legend};
use super::select::{Order, Selection};
use super::{FigureError, Sketch};
use crate::number;
use classes::Classes;
use distretto_core::{Arg, Message};
pub(super) use sheet::coordinates;
use sheet::{Look, Sheet};

pub(super) fn draw(mut selection: Selection) -> Result<Sketch, FigureError> {
    selection.keep_one_industry();
    let column = selection.value_column()?;
    let values = selection.numbers(&column)?;
    if selection.spec.top.is_some() {
        selection.keep_top(&values, usize::MAX, Order::Largest, Arg::Column(column.clone()));
    }
    let shown: Vec<f64> = selection.rows.iter().map(|&row| values[row]).collect();
    let reference = selection.spec.reference.or_else(|| is_ratio(&column).then_some(1.0));
    let Some(classes) = Classes::new(&shown, reference) else { return Err(selection.empty(&column)) };
    let mut sheet = Sheet::new(&selection)?;
    let mut counts = vec![0; classes.colors.len()];
    let mut without = 0;
    // Rows that a column of true and false sets back are small.
    let group = selection.spec.group.as_deref().and_then(|column| selection.table.flags(column));
    let strong = |row: usize| group.is_none_or(|flags| flags[row] == Some(true));
    let dressed = |row: usize| {
        let look = look(&classes, values[row]);
        Look { strong: look.strong && strong(row), ..look }
    };
    let looks: Vec<Look> = (0..selection.table.rows()).map(dressed).collect();
    for &row in &selection.rows {
        match classes.of(values[row]) {
            Some(class) => counts[class] += 1,
            None => without += 1,
        }
    }
    let tip = |row: usize| match selection.code(row) {
        Some(_) => format!("{}: {}", sheet::name(&selection, row), selection.word(values[row])),
        None => format!("{}: {}", selection.called(row), selection.word(values[row])),
    };
    // Cells of a grid without a value are left blank.
    let absent = sheet.paint(&selection, &looks, &tip) + if sheet.is_grid() { 0 } else { without };
    sheet.name_focus(&selection, &values);
    let height = class_legend(&mut sheet, &selection, &classes, &column, &counts, absent);
    let alt = Message::new("figure.alt.map").text("value", selection.heading(&column).into_owned());
    let alt = alt.count("n", shown.len()).text("leaders", selection.leaders(&values, 3));
    let notes = sheet.notes(selection.notes);
    Ok(Sketch { drawing: sheet.drawing, height, alt, notes })
}

/// Whether a column of that name holds ratios around 1.
fn is_ratio(column: &str) -> bool {
    column == "lq" || column.starts_with("lq_") || column.ends_with("_lq") || column.ends_with("quotient")
}

fn look(classes: &Classes, value: f64) -> Look {
    match classes.of(value) {
        Some(class) => Look {
            fill: classes.colors[class].clone(),
            dotted: classes.dotted[class],
            strong: true,
            points_down: false,
        },
        None => Look::none(),
    }
}

fn class_legend(
    sheet: &mut Sheet,
    selection: &Selection,
    classes: &Classes,
    column: &str,
    counts: &[usize],
    absent: usize,
) -> f64 {
    let words = selection.catalogue();
    let mut entries = Vec::new();
    for (i, &count) in counts.iter().enumerate() {
        let pattern = classes.dotted[i].then(|| sheet.drawing.dots());
        let text = format!("{} ({})", classes.word(i, words), number::count(count as u64));
        entries.push(Entry { swatch: Swatch::Fill(classes.colors[i].clone(), pattern), text });
    }
    if absent > 0 {
        let text = format!("{} ({})", words.word("figure.no-data"), number::count(absent as u64));
        let fill = sheet.drawing.hatch().to_owned();
        entries.push(Entry { swatch: Swatch::Fill(fill, None), text });
    }
    let top = sheet.bottom();
    let title = words.word(classes.rule).replace("{column}", &selection.heading(column));
    let at = (8.0, top + 16.0);
    sheet.drawing.text("strong", at, super::svg::Anchor::Start, &super::svg::fitted(&title, 13.0, 620.0));
    let bottom = legend(&mut sheet.drawing, &entries, top + 22.0);
    sheet.size_legend(selection, bottom)
}
