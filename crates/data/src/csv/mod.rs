//! Separated values: by comma, semicolon or tab.

mod encoding;
mod parse;
mod record;

pub(crate) use encoding::decode;

use crate::header::Layout;
use crate::note;
use crate::number::Decimal;
use crate::rows::Rows;
use crate::table::{Parsed, ReadOptions};
use distretto_core::{Fault, Lines, TableSpec};
use parse::Piece;
use rayon::prelude::*;

/// Bytes that one task reads; the result does not depend on it.
const PIECE: usize = 4 << 20;

/// Reads a table out of the bytes of a file of separated values.
pub(crate) fn read(bytes: &[u8], shown: &str, spec: &TableSpec, options: &ReadOptions) -> Result<Parsed, Fault> {
    let (text, mut notes) = decode(bytes, shown)?;
    let parsed = read_text(&text, shown, spec, options, PIECE)?;
    notes.extend(parsed.notes);
    Ok(Parsed { notes, ..parsed })
}

fn read_text(text: &str, shown: &str, spec: &TableSpec, options: &ReadOptions, piece: usize) -> Result<Parsed, Fault> {
    let header = header(text, shown)?;
    let layout = Layout::new(header.names, Some(header.line), shown, spec, options)?;
    let decimal = if header.comma == b';' { Decimal::PointOrComma } else { Decimal::Point };
    let cuts = record::cut(text.as_bytes(), header.next, header.comma, piece);
    let read = |cut| parse::piece(text, cut, header.comma, decimal, &layout);
    let pieces: Vec<Result<Piece<'_>, parse::Wrong>> = cuts.into_par_iter().map(read).collect();
    let mut line = header.line + header.inner_lines + 1;
    let (mut parts, mut lines) = (Vec::with_capacity(pieces.len()), RowLines::new(line));
    for piece in pieces {
        let piece = piece.map_err(|wrong| wrong.fault.in_file(shown).at_line(line + wrong.line))?;
        lines.append(line, &piece);
        line += piece.lines;
        parts.push(piece.rows);
    }
    if lines.rows == 0 && !spec.bare {
        let fault =
            Fault::input("the table is empty: there is no row beneath the header").in_file(shown).at_line(header.line);
        return Err(fault.with_hint("a table needs at least one row of data"));
    }
    if parts.is_empty() {
        parts.push(Rows::new(&layout, decimal));
    }
    let notes = if lines.skipped > 0 { vec![note::blank_rows(shown, lines.skipped)] } else { Vec::new() };
    let rows = usize::try_from(lines.rows).unwrap_or(usize::MAX);
    Ok(Parsed { table: Rows::table(parts, lines.finish(), spec, shown)?, rows, notes })
}

/// The lines of the rows, listed only once they are not consecutive.
struct RowLines {
    first: u64,
    rows: u64,
    each: Option<Vec<u64>>,
    skipped: usize,
}

impl RowLines {
    fn new(first: u64) -> Self {
        Self { first, rows: 0, each: None, skipped: 0 }
    }

    fn append(&mut self, line: u64, piece: &Piece<'_>) {
        self.skipped += piece.skipped;
        let consecutive = piece.each.is_none() && line == self.first + self.rows;
        if !consecutive || self.each.is_some() {
            let (first, rows) = (self.first, self.rows);
            let each = self.each.get_or_insert_with(|| (first..first + rows).collect());
            match &piece.each {
                Some(lines) => each.extend(lines.iter().map(|&relative| line + u64::from(relative))),
                None => each.extend(line..line + piece.count),
            }
        }
        self.rows += piece.count;
    }

    fn finish(self) -> Lines {
        self.each.map_or(Lines::From(self.first), Lines::Each)
    }
}

struct Header {
    names: Vec<String>,
    line: u64,
    inner_lines: u64,
    next: usize,
    comma: u8,
}

/// The first line that is not blank, and the separator it uses.
fn header(text: &str, shown: &str) -> Result<Header, Fault> {
    let blank = text.len() - text.trim_start_matches([' ', '\t', '\r', '\n']).len();
    if blank == text.len() {
        let fault = Fault::input("the file is empty").in_file(shown);
        return Err(fault.with_hint("a table needs a line of column names and at least one row of data"));
    }
    let start = memchr::memrchr(b'\n', &text.as_bytes()[..blank]).map_or(0, |at| at + 1);
    let line = memchr::memchr_iter(b'\n', &text.as_bytes()[..start]).count() as u64 + 1;
    refuse_markup(&text[start..], shown, line)?;
    let comma = separator(&text.as_bytes()[start..]);
    let mut fields = Vec::new();
    let record = record::split(text.as_bytes(), start, comma, &mut fields)
        .map_err(|wrong| parse::quote_fault(wrong, &|place| format!("{}", place + 1)).in_file(shown).at_line(line))?;
    let names = fields.iter().map(|span| span.content(text).trim().to_owned()).collect();
    Ok(Header { names, line, inner_lines: record.inner_lines, next: record.next, comma })
}

fn refuse_markup(text: &str, shown: &str, line: u64) -> Result<(), Fault> {
    let head = text.get(..16).unwrap_or(text).to_lowercase();
    let (what, hint) = if head.starts_with("<!doctype") || head.starts_with("<html") {
        ("a web page", "the download was perhaps refused: open the file to see")
    } else if head.starts_with("<?xml") {
        ("XML", "name a .csv, .xlsx or .parquet file")
    } else if head.starts_with('{') || head.starts_with("[{") {
        ("JSON", "outlines are named .geojson or .topojson; tables are .csv, .xlsx or .parquet")
    } else {
        return Ok(());
    };
    Err(Fault::input(format!("this is {what}, not a table")).in_file(shown).at_line(line).with_hint(hint))
}

/// The separator that the header uses most outside of quotes; a comma where there is none.
fn separator(text: &[u8]) -> u8 {
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for &byte in text {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if !quoted => counts.iter_mut().filter(|(mark, _)| *mark == byte).for_each(|(_, count)| *count += 1),
            _ => {}
        }
    }
    counts
        .iter()
        .rev()
        .max_by_key(|(_, count)| *count)
        .map_or(b',', |&(mark, count)| if count == 0 { b',' } else { mark })
}

#[cfg(test)]
mod tests;
