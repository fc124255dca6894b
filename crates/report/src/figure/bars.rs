//! Bars, one row each.

use super::plot::{Entry, RowPanel, Swatch, legend};
use super::scale::{Scale, all_whole, range};
use super::select::{Order, Selection};
use super::style::TEXT;
use super::svg::{Anchor, Drawing, text_width};
use super::{FigureError, Sketch};
use distretto_core::{Arg, Message};

/// Rows when the specification names no number.
const ROWS: usize = 20;

/// What tells strong bars from pale ones.
enum Tone {
    /// The column of another figure: rows above the limit are pale.
    Limit(String, Vec<f64>, f64),
    /// A column of true and false: rows of false are pale.
    Flag(String, Vec<Option<bool>>),
}

impl Tone {
    fn of(selection: &Selection, mark: Option<(String, f64)>) -> Result<Option<Self>, FigureError> {
        if let Some((name, limit)) = mark {
            return Ok(Some(Self::Limit(name.clone(), selection.numbers(&name)?, limit)));
        }
        let group = selection.spec.group.as_deref();
        let flags = group.and_then(|name| Some((name.to_owned(), selection.table.flags(name)?.to_vec())));
        Ok(flags.map(|(name, flags)| Self::Flag(name, flags)))
    }

    fn strong(&self, row: usize) -> bool {
        match self {
            Self::Limit(_, values, limit) => values[row] <= *limit,
            Self::Flag(_, flags) => flags[row] == Some(true),
        }
    }

    /// The words for strong bars and for pale ones.
    fn words(&self, selection: &Selection) -> [String; 2] {
        let catalogue = selection.catalogue();
        match self {
            Self::Limit(name, _, limit) => {
                let words = catalogue.word("figure.at-most").replace("{column}", &selection.heading(name));
                let weak = catalogue.word("figure.not-significant").to_owned();
                [words.replace("{limit}", &selection.word(*limit)), weak]
            }
            Self::Flag(name, flags) => {
                let unknown = selection.rows.iter().any(|&row| flags[row].is_none());
                ["word.yes", if unknown { "word.no-or-unknown" } else { "word.no" }].map(|key| {
                    [selection.heading(name).as_ref(), catalogue.word(key)].join(catalogue.word("report.colon"))
                })
            }
        }
    }
}

/// Bars of a column; where another one is named with a limit, rows above the limit are pale.
pub(super) fn draw(mut selection: Selection, mark: Option<(String, f64)>) -> Result<Sketch, FigureError> {
    let column = selection.value_column()?;
    let values = selection.numbers(&column)?;
    let tone = Tone::of(&selection, mark)?;
    // Of changes the largest count whatever their sign; an order of scores is cut from its end.
    let scores = ["score", "composite", "rank"].contains(&column.as_str());
    let signed = !scores && selection.rows.iter().any(|&row| values[row] < 0.0);
    let order = if signed { Order::LargestAbsolute } else { Order::of(&column) };
    selection.keep_top(&values, ROWS, order, Arg::Column(column.clone()));
    if selection.rows.is_empty() {
        return Err(selection.empty(&column));
    }
    let rows = &selection.rows;
    let mut drawing = Drawing::default();
    let mut height = write_bars(&mut drawing, &selection, (&column, &values), tone.as_ref());
    if let Some(tone) = &tone {
        let fills = ["var(--main)", "var(--pale)"].into_iter().zip(tone.words(&selection));
        let entries = fills.map(|(fill, text)| Entry { swatch: Swatch::Fill(fill.to_owned(), None), text });
        height = legend(&mut drawing, &entries.collect::<Vec<_>>(), height + 4.0) + 4.0;
    }
    let alt = Message::new("figure.alt.bars").text("value", selection.heading(&column).into_owned());
    let alt = alt.count("n", rows.len()).text("leaders", selection.leaders(&values, 3));
    Ok(Sketch { drawing, height, alt, notes: selection.notes })
}

/// Axis, bars, numbers and labels; returns the bottom.
fn write_bars(
    drawing: &mut Drawing,
    selection: &Selection,
    (column, values): (&str, &[f64]),
    tone: Option<&Tone>,
) -> f64 {
    let rows = &selection.rows;
    let labels: Vec<String> = rows.iter().map(|&row| selection.called(row)).collect();
    let numbers = selection.column_words(&rows.iter().map(|&row| values[row]).collect::<Vec<_>>());
    let right = numbers.iter().map(|word| text_width(word, TEXT)).fold(0.0, f64::max) + 16.0;
    let panel = RowPanel::new(&labels, 8.0, right);
    let ends = rows.iter().map(|&row| values[row]).chain([0.0]).chain(selection.spec.reference);
    let (low, high) = range(ends).unwrap_or((0.0, 1.0));
    let axis = if all_whole(rows.iter().map(|&row| values[row])) { Scale::counted } else { Scale::linear };
    let scale = axis(low, high, panel.panel.left, panel.panel.right);
    let height = panel.panel.x_axis(drawing, &scale, &selection.axis(column, selection.spec.unit.as_deref()));
    for (i, &row) in rows.iter().enumerate() {
        let (y, half) = (panel.middle(i), panel.half());
        let fill = match (tone.is_none_or(|tone| tone.strong(row)), selection.in_focus(row)) {
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
    panel.write_labels(drawing, &|i| selection.in_focus(rows[i]));
    height
}
