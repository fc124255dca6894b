//! The rows of one piece of a file.

use super::record::{Span, WrongQuote, split};
use crate::column::Cell;
use crate::header::Layout;
use crate::number::{Decimal, parse_number};
use crate::problem::shorten;
use crate::rows::Rows;
use distretto_core::Fault;
use std::ops::Range;

/// Rows of one piece.
#[derive(Debug)]
pub(crate) struct Piece<'a> {
    /// The rows themselves.
    pub(crate) rows: Rows<'a>,
    /// How many rows of the table they are.
    pub(crate) count: u64,
    /// Lines of the piece.
    pub(crate) lines: u64,
    /// The line of each row from the beginning of the piece, unless row `i` stands in line `i`.
    pub(crate) each: Option<Vec<u32>>,
    /// Rows without any content, passed over.
    pub(crate) skipped: usize,
}

/// A fault and its line, counted from 0 at the beginning of the piece.
#[derive(Debug)]
pub(crate) struct Wrong {
    pub(crate) line: u64,
    pub(crate) fault: Fault,
}

/// Reads the rows of `text[cut]`.
pub(crate) fn piece<'a>(
    text: &str,
    cut: Range<usize>,
    comma: u8,
    decimal: Decimal,
    layout: &'a Layout,
) -> Result<Piece<'a>, Wrong> {
    let text = &text[cut];
    let each = layout.wide.is_some().then(Vec::new);
    let mut piece = Piece { rows: Rows::new(layout, decimal), count: 0, lines: 0, each, skipped: 0 };
    let mut fields = Vec::with_capacity(layout.headers.len());
    let mut at = 0;
    while at < text.len() {
        let line = piece.lines;
        let wrong = |fault| Wrong { line, fault };
        let record = split(text.as_bytes(), at, comma, &mut fields)
            .map_err(|quote| wrong(quote_fault(quote, &|place| layout.header(place))))?;
        if is_blank(text, &fields) {
            piece.skipped += usize::from(fields.len() > 1);
        } else {
            if fields.len() != layout.headers.len() {
                return Err(wrong(ragged(text, &fields, layout, comma)));
            }
            add(&mut piece, text, &fields).map_err(wrong)?;
        }
        at = record.next;
        piece.lines += 1 + record.inner_lines;
    }
    Ok(piece)
}

/// Adds one record.
fn add(piece: &mut Piece<'_>, text: &str, fields: &[Span]) -> Result<(), Fault> {
    let (layout, copies) = (piece.rows.layout(), piece.rows.copies());
    if fields.iter().all(|span| span.plain(text).is_some()) {
        let cell = |place: usize| Cell::Text(fields[place].plain(text).unwrap_or_default());
        piece.rows.push(cell)
    } else {
        let contents: Vec<_> = fields.iter().map(|span| span.content(text)).collect();
        piece.rows.push(|place| Cell::Text(&contents[place]))
    }
    .map_err(|(place, problem)| problem.fault("", &layout.header(place), Some(&fields[place].content(text))))?;
    let consecutive = piece.each.is_none() && piece.lines == piece.count;
    if !consecutive {
        let count = u32::try_from(piece.count).unwrap_or(u32::MAX);
        let each = piece.each.get_or_insert_with(|| (0..count).collect());
        each.extend(std::iter::repeat_n(u32::try_from(piece.lines).unwrap_or(u32::MAX), copies));
    }
    piece.count += copies as u64;
    Ok(())
}

/// Whether there is nothing in a record: an empty line, or separators alone as spreadsheets leave them behind.
fn is_blank(text: &str, fields: &[Span]) -> bool {
    fields.iter().all(|span| span.plain(text).is_some_and(|content| content.trim().is_empty()))
}

#[cold]
fn ragged(text: &str, fields: &[Span], layout: &Layout, comma: u8) -> Fault {
    let (expected, found) = (layout.headers.len(), fields.len());
    let fields_word = |n: usize| if n == 1 { "1 field".to_owned() } else { format!("{n} fields") };
    let fault = Fault::input(format!("{} where the header has {expected}", fields_word(found)));
    let last_empty = found > expected && fields[expected..].iter().all(|span| span.content(text).trim().is_empty());
    let number = |span: &Span| parse_number(span.content(text).trim(), Decimal::Point).is_some();
    let split_number = comma == b',' && fields.windows(2).any(|pair| pair.iter().all(number));
    let hint = if last_empty {
        "remove the separators at the end of the line"
    } else if found > expected && split_number {
        "write numbers without thousands separators; a decimal comma is read only where `;` separates the columns"
    } else if found > expected {
        "put a field that contains the separator in double quotes"
    } else {
        "leave a missing value empty, but keep its separator"
    };
    let line = fields.iter().map(|span| span.content(text)).collect::<Vec<_>>().join(&char::from(comma).to_string());
    fault.with_value(shorten(&line)).with_hint(hint)
}

/// The fault of a quote that is opened and not closed, or closed too early.
#[cold]
pub(crate) fn quote_fault(wrong: WrongQuote, header: &dyn Fn(usize) -> String) -> Fault {
    let (place, message, hint) = match wrong {
        WrongQuote::Open(place) => {
            (place, "a quote is opened and never closed", "close it, or write \"\" for a quote in the text")
        }
        WrongQuote::Trailing(place) => {
            (place, "text follows the closing quote", "write \"\" for a quote within a quoted field")
        }
    };
    Fault::input(message).in_column(header(place)).with_hint(hint)
}
