//! Fields of one record, and where a long text may be cut between records.

use std::borrow::Cow;
use std::ops::Range;

/// A field of a record: where its content stands, and whether quotes within it are doubled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    start: usize,
    end: usize,
    doubled: bool,
}

impl Span {
    /// The content, doubled quotes undone.
    pub(crate) fn content<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let raw = &text[self.start..self.end];
        if self.doubled { Cow::Owned(raw.replace("\"\"", "\"")) } else { Cow::Borrowed(raw) }
    }

    /// The content as long as no quote is doubled in it.
    pub(crate) fn plain<'a>(&self, text: &'a str) -> Option<&'a str> {
        (!self.doubled).then(|| &text[self.start..self.end])
    }
}

/// What is wrong with the quotes of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WrongQuote {
    /// A quote is opened in this field and never closed.
    Open(usize),
    /// Text follows the closing quote of this field.
    Trailing(usize),
}

/// A record that was split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Record {
    /// Where the next record begins.
    pub(crate) next: usize,
    /// Lines within the record besides its own: line ends inside of quotes.
    pub(crate) inner_lines: u64,
}

/// Splits the record that begins at `start` into `fields`.
pub(crate) fn split(text: &[u8], start: usize, comma: u8, fields: &mut Vec<Span>) -> Result<Record, WrongQuote> {
    fields.clear();
    let mut inner_lines = 0;
    let mut at = start;
    loop {
        let (span, end) = match opening_quote(text, at) {
            Some(quote) => {
                let (span, end) = quoted(text, quote, comma, fields.len())?;
                inner_lines += memchr::memchr_iter(b'\n', &text[span.start..span.end]).count() as u64;
                (span, end)
            }
            None => plain(text, at, comma),
        };
        fields.push(span);
        match text.get(end) {
            Some(&byte) if byte == comma => at = end + 1,
            Some(_) => return Ok(Record { next: end + 1, inner_lines }),
            None => return Ok(Record { next: end, inner_lines }),
        }
    }
}

/// The quote that opens a field, spaces before it passed over.
#[inline]
fn opening_quote(text: &[u8], mut at: usize) -> Option<usize> {
    while text.get(at) == Some(&b' ') {
        at += 1;
    }
    (text.get(at) == Some(&b'"')).then_some(at)
}

/// A field without quotes and where it ends.
#[inline]
fn plain(text: &[u8], start: usize, comma: u8) -> (Span, usize) {
    let length = text[start..].iter().position(|&byte| byte == comma || byte == b'\n');
    let end = length.map_or(text.len(), |length| start + length);
    let content = if end > start && text[end - 1] == b'\r' && text.get(end) != Some(&comma) { end - 1 } else { end };
    (Span { start, end: content, doubled: false }, end)
}

/// A quoted field and where it ends.
fn quoted(text: &[u8], quote: usize, comma: u8, field: usize) -> Result<(Span, usize), WrongQuote> {
    let start = quote + 1;
    let (close, doubled) = closing_quote(text, start).ok_or(WrongQuote::Open(field))?;
    let mut end = close + 1;
    while matches!(text.get(end), Some(b' ' | b'\r')) {
        end += 1;
    }
    match text.get(end) {
        Some(&byte) if byte != comma && byte != b'\n' => Err(WrongQuote::Trailing(field)),
        _ => Ok((Span { start, end: close, doubled }, end)),
    }
}

/// The quote that closes, and whether there were doubled ones before it.
fn closing_quote(text: &[u8], mut at: usize) -> Option<(usize, bool)> {
    let mut doubled = false;
    loop {
        let quote = at + memchr::memchr(b'"', text.get(at..)?)?;
        if text.get(quote + 1) != Some(&b'"') {
            return Some((quote, doubled));
        }
        doubled = true;
        at = quote + 2;
    }
}

/// Cuts `text[start..]` into pieces of about `size` bytes, each of whole records. A quote that is never closed keeps
/// what follows it in one piece.
pub(crate) fn cut(text: &[u8], start: usize, comma: u8, size: usize) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let mut begin = start;
    let mut outside = start;
    while begin < text.len() {
        let quote = next_quoted(text, outside, comma);
        let until = quote.as_ref().map_or(text.len(), |quote| quote.start);
        while let Some(end) = line_end(text, outside.max(begin.saturating_add(size)), until) {
            pieces.push(begin..end);
            begin = end;
        }
        match quote {
            Some(quote) => outside = quote.end,
            None => break,
        }
    }
    if begin < text.len() {
        pieces.push(begin..text.len());
    }
    pieces
}

/// Just behind the first line end in `from..until`.
fn line_end(text: &[u8], from: usize, until: usize) -> Option<usize> {
    let stretch = text.get(from..until)?;
    memchr::memchr(b'\n', stretch).map(|length| from + length + 1)
}

/// The next quoted field at or behind `from`, with its quotes.
fn next_quoted(text: &[u8], mut from: usize, comma: u8) -> Option<Range<usize>> {
    loop {
        let quote = from + memchr::memchr(b'"', text.get(from..)?)?;
        let before = text[..quote].iter().rposition(|&byte| byte != b' ');
        let opens = before.is_none_or(|place| text[place] == comma || text[place] == b'\n');
        if opens {
            let close = closing_quote(text, quote + 1).map_or(text.len(), |(close, _)| close + 1);
            return Some(quote..close);
        }
        from = quote + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fields(text: &str) -> Result<Vec<String>, WrongQuote> {
        let mut spans = Vec::new();
        split(text.as_bytes(), 0, b',', &mut spans)?;
        Ok(spans.iter().map(|span| span.content(text).into_owned()).collect())
    }

    #[test]
    fn records_are_split_as_rfc_4180_says() {
        assert_eq!(fields("a,b,\r\nc").expect("plain"), ["a", "b", ""]);
        assert_eq!(
            fields("\"x, \"\"y\"\"\", \"two\nlines\" ,5\" pipe\n").expect("quoted"),
            ["x, \"y\"", "two\nlines", "5\" pipe"]
        );
        assert_eq!(fields("a,\"b").expect_err("open"), WrongQuote::Open(1));
        assert_eq!(fields("\"a\"b,c").expect_err("trailing"), WrongQuote::Trailing(0));
    }

    #[test]
    fn lines_within_quotes_are_counted() {
        let text = "\"a\n\nb\",c\nd,e\n";
        let record = split(text.as_bytes(), 0, b',', &mut Vec::new()).expect("valid");
        assert_eq!((record.inner_lines, &text[record.next..]), (2, "d,e\n"));
    }

    proptest! {
        #[test]
        fn cuts_fall_between_records(text in "([ab, \"\n]|\"\"){0,60}", size in 1_usize..9) {
            let bytes = text.as_bytes();
            let mut starts = vec![0];
            let mut at = 0;
            while at < bytes.len() {
                let Ok(record) = split(bytes, at, b',', &mut Vec::new()) else { break };
                at = record.next;
                starts.push(at);
            }
            let pieces = cut(bytes, 0, b',', size);
            prop_assert_eq!(pieces.iter().map(|piece| piece.len()).sum::<usize>(), bytes.len());
            for piece in pieces.iter().filter(|piece| piece.start <= at) {
                prop_assert!(starts.contains(&piece.start), "{:?} of {:?} at {:?}", piece, starts, text);
            }
        }
    }
}
