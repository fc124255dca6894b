//! The text of a file, whatever its encoding.

use crate::file::binary_kind;
use crate::note;
use distretto_core::{Fault, Message};
use encoding_rs::{Encoding, GB18030, UTF_16BE, UTF_16LE};
use std::borrow::Cow;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// The text of a file: UTF-8, UTF-16 with its mark, or GB18030; the latter two are said in a note. A byte order mark
/// is dropped and the line ends of old Macintoshes are made new.
pub(crate) fn decode<'a>(bytes: &'a [u8], shown: &str) -> Result<(Cow<'a, str>, Vec<Message>), Fault> {
    if let Some((what, hint)) = binary_kind(bytes) {
        return Err(Fault::input(format!("this is {what}, not text")).in_file(shown).with_hint(hint));
    }
    let mut notes = Vec::new();
    let text = if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        notes.push(note::encoding(shown, "UTF-16"));
        Cow::Owned(utf16(bytes, shown)?)
    } else {
        refuse_nul(bytes, shown)?;
        let bytes = bytes.strip_prefix(BOM).unwrap_or(bytes);
        match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(error) => {
                notes.push(note::encoding(shown, "GB18030"));
                Cow::Owned(gb18030(bytes, error.valid_up_to(), shown)?)
            }
        }
    };
    let old = !text.contains('\n') && text.contains('\r');
    Ok((if old { Cow::Owned(text.replace('\r', "\n")) } else { text }, notes))
}

fn line_of(bytes: &[u8], place: usize) -> u64 {
    memchr::memchr_iter(b'\n', &bytes[..place]).count() as u64 + 1
}

fn refuse_nul(bytes: &[u8], shown: &str) -> Result<(), Fault> {
    let Some(place) = memchr::memchr(0, bytes) else { return Ok(()) };
    let fault = Fault::input("a NUL byte; this is no text file, or a damaged one");
    let fault = fault.in_file(shown).at_line(line_of(bytes, place));
    // Two bytes a character, and no mark that says so.
    let wide = place < 4 && bytes.iter().take(64).filter(|&&byte| byte == 0).count() > 8;
    Err(fault.with_hint(if wide {
        "it looks like UTF-16 without its mark: save it as UTF-8"
    } else {
        "save it as UTF-8 text"
    }))
}

fn utf16(bytes: &[u8], shown: &str) -> Result<String, Fault> {
    let encoding: &'static Encoding = if bytes[0] == 0xff { UTF_16LE } else { UTF_16BE };
    let (text, broken) = encoding.decode_with_bom_removal(bytes);
    if broken || text.contains('\0') {
        let fault = Fault::input("the file begins as UTF-16 but does not go on so").in_file(shown);
        return Err(fault.with_hint("save it as UTF-8"));
    }
    Ok(text.into_owned())
}

fn gb18030(bytes: &[u8], place: usize, shown: &str) -> Result<String, Fault> {
    let refused = |hint: &str| {
        let fault = Fault::input("the text is neither UTF-8 nor GB18030").in_file(shown).at_line(line_of(bytes, place));
        Err(fault.with_hint(hint.to_owned()))
    };
    match GB18030.decode_without_bom_handling_and_without_replacement(bytes) {
        None => refused("save the file as UTF-8"),
        // Western letters followed by a plain one decode as rare Chinese characters: better refused than misread.
        Some(_) if looks_western(bytes) => refused("it looks like Windows-1252 or Latin-1: save it as UTF-8"),
        Some(text) => Ok(text.into_owned()),
    }
}

/// Whether most letters above ASCII stand alone. Chinese text has them in pairs: in GB2312 both bytes are high.
fn looks_western(bytes: &[u8]) -> bool {
    let (mut paired, mut alone, mut i) = (0_usize, 0_usize, 0);
    while i < bytes.len() {
        match (bytes[i] >= 0x80, bytes.get(i + 1)) {
            (false, _) => i += 1,
            (true, Some(&next)) if next >= 0x80 => {
                paired += 1;
                i += 2;
            }
            (true, Some(next)) if next.is_ascii_digit() => {
                paired += 1;
                i += 4;
            }
            _ => {
                alone += 1;
                i += 1;
            }
        }
    }
    alone > paired
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> Result<(String, usize), Fault> {
        decode(bytes, "a.csv").map(|(text, notes)| (text.into_owned(), notes.len()))
    }

    #[test]
    fn the_usual_encodings_are_recognised() {
        assert_eq!(text("\u{feff}地区\n".as_bytes()).expect("UTF-8"), ("地区\n".to_owned(), 0));
        let (gb, _, _) = GB18030.encode("地区,就业\n南昌,3\n");
        assert_eq!(text(&gb).expect("GB18030"), ("地区,就业\n南昌,3\n".to_owned(), 1));
        let utf16: Vec<u8> = "\u{feff}a,区\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(text(&utf16).expect("UTF-16"), ("a,区\n".to_owned(), 1));
        assert_eq!(text(b"a\r1\r").expect("Macintosh"), ("a\n1\n".to_owned(), 0));
    }

    #[test]
    fn what_is_no_text_is_refused() {
        let says = |bytes: &[u8]| text(bytes).map_err(|fault| format!("{fault} {}", fault.hint().unwrap_or_default()));
        assert!(says(b"PK\x03\x04rest").expect_err("zip").contains("ZIP"));
        assert!(says(b"a,b\n1,\x002\n").expect_err("NUL").contains("line 2"));
        assert!(says(b"a\0,\0b\0\n\0c\0d\0e\0f\0g\0h\0").expect_err("bare UTF-16").contains("UTF-16"));
        assert!(says(b"region\nM\xfcnchen\nK\xf6ln\n").expect_err("Latin-1").contains("Windows-1252"));
        assert!(says(b"a\n\xff\xff\n").expect_err("nothing").contains("neither"));
    }
}
