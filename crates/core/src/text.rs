//! A column of labels, stored once each.

use rustc_hash::FxHasher;
use std::hash::Hasher;

/// Mark of a missing label among the codes.
const MISSING: u32 = u32::MAX;

/// A column of labels (codes of regions, industries, firms): each distinct label is stored once, in the order of
/// its first appearance, and a row holds its number. Labels are text: leading zeros survive.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Text {
    codes: Vec<u32>,
    labels: Vec<String>,
}

impl Text {
    /// Builds a column from codes into `labels`; `None` is missing.
    ///
    /// # Panics
    /// When a code has no label: a bug of the caller.
    #[must_use]
    pub fn from_codes(codes: Vec<Option<u32>>, labels: Vec<String>) -> Self {
        let codes = codes
            .into_iter()
            .map(|code| match code {
                Some(code) => {
                    assert!((code as usize) < labels.len(), "label code {code} of {}", labels.len());
                    code
                }
                None => MISSING,
            })
            .collect();
        Self { codes, labels }
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// The label of a row; `None` when it is missing.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<&str> {
        self.code(row).map(|code| self.labels[code as usize].as_str())
    }

    /// The number of a row's label in [`labels`](Self::labels); `None` when it is missing.
    #[must_use]
    pub fn code(&self, row: usize) -> Option<u32> {
        let code = self.codes[row];
        (code != MISSING).then_some(code)
    }

    /// The distinct labels in the order of their first appearance.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// All rows in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Option<&str>> + '_ {
        (0..self.len()).map(|row| self.get(row))
    }

    /// The same labels for the rows named.
    #[must_use]
    pub fn take(&self, rows: &[usize]) -> Self {
        Self { codes: rows.iter().map(|&row| self.codes[row]).collect(), labels: self.labels.clone() }
    }
}

impl<S: AsRef<str>> FromIterator<Option<S>> for Text {
    fn from_iter<I: IntoIterator<Item = Option<S>>>(rows: I) -> Self {
        let mut builder = TextBuilder::default();
        for row in rows {
            match row {
                Some(label) => builder.push(label.as_ref()),
                None => builder.push_missing(),
            }
        }
        builder.finish()
    }
}

/// Fills a [`Text`] row by row. Labels stand one behind another in one text until the column is finished, so that a
/// column of millions of distinct labels does not ask for memory a million times over.
#[derive(Debug, Default)]
pub struct TextBuilder {
    codes: Vec<u32>,
    written: String,
    /// Where each label ends in `written`.
    ends: Vec<usize>,
    /// Open addressing: keys of labels and their codes; a power of two of them, at most half of them taken.
    slots: Vec<(u64, u32)>,
    last: Option<(u64, u32)>,
}

/// Labels of so many bytes are their own keys.
const SHORT: usize = 7;

/// A short label itself with its length in the highest byte, or the hash of a longer one under a byte of ones.
#[inline]
fn key(label: &str) -> u64 {
    let label = label.as_bytes();
    if label.len() <= SHORT {
        let bytes = label.iter().rev().fold(0, |key, &byte| key << 8 | u64::from(byte));
        return (label.len() as u64) << 56 | bytes;
    }
    let mut hasher = FxHasher::default();
    hasher.write(label);
    hasher.finish() | 0xff << 56
}

/// Whether a key says all about its label.
fn is_whole(key: u64) -> bool {
    key >> 56 != 0xff
}

impl TextBuilder {
    /// Adds a row with a label.
    ///
    /// # Panics
    /// With more than 4,294,967,294 distinct labels.
    #[inline]
    pub fn push(&mut self, label: &str) {
        let key = key(label);
        // Files are mostly sorted by region: the label of the row before is the likeliest one.
        let code = match self.last {
            Some((last, code)) if last == key && (is_whole(key) || self.label(code) == label) => code,
            _ => self.intern(key, label),
        };
        self.last = Some((key, code));
        self.codes.push(code);
    }

    /// Adds a row whose label is missing.
    pub fn push_missing(&mut self) {
        self.codes.push(MISSING);
    }

    /// The finished column.
    #[must_use]
    pub fn finish(self) -> Text {
        let labels = (0..self.ends.len()).map(|code| self.label(code as u32).to_owned()).collect();
        Text { codes: self.codes, labels }
    }

    /// The column of the rows of all parts, one part after another.
    ///
    /// # Panics
    /// With more than 4,294,967,294 distinct labels.
    #[must_use]
    pub fn join(parts: Vec<Self>) -> Text {
        let rows: usize = parts.iter().map(|part| part.codes.len()).sum();
        let mut parts = parts.into_iter();
        let Some(mut whole) = parts.next() else { return Text::default() };
        whole.codes.reserve_exact(rows - whole.codes.len());
        for part in parts {
            let labels = (0..part.ends.len()).map(|code| part.label(code as u32));
            let places: Vec<u32> = labels.map(|label| whole.intern(key(label), label)).collect();
            let place = |&code: &u32| if code == MISSING { MISSING } else { places[code as usize] };
            whole.codes.extend(part.codes.iter().map(place));
        }
        whole.finish()
    }

    fn label(&self, code: u32) -> &str {
        let code = code as usize;
        let start = if code == 0 { 0 } else { self.ends[code - 1] };
        &self.written[start..self.ends[code]]
    }

    fn intern(&mut self, key: u64, label: &str) -> u32 {
        if 2 * self.ends.len() >= self.slots.len() {
            self.grow();
        }
        let mask = self.slots.len() - 1;
        let mut at = self.place(key);
        loop {
            let (known, code) = self.slots[at];
            if code == MISSING {
                break;
            }
            if known == key && (is_whole(key) || self.label(code) == label) {
                return code;
            }
            at = (at + 1) & mask;
        }
        let code = u32::try_from(self.ends.len()).ok().filter(|&code| code != MISSING);
        let code = code.expect("fewer than 2^32 - 1 distinct labels");
        self.slots[at] = (key, code);
        self.written.push_str(label);
        self.ends.push(self.written.len());
        code
    }

    /// Where the search for a key begins: the highest bits of its product with 2^64 over the golden ratio.
    fn place(&self, key: u64) -> usize {
        let bits = self.slots.len().trailing_zeros();
        (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - bits)) as usize
    }

    /// Twice as many slots.
    fn grow(&mut self) {
        let size = (2 * self.slots.len()).max(16);
        let old = std::mem::replace(&mut self.slots, vec![(0, MISSING); size]);
        for (key, code) in old.into_iter().filter(|&(_, code)| code != MISSING) {
            let mut at = self.place(key);
            while self.slots[at].1 != MISSING {
                at = (at + 1) & (size - 1);
            }
            self.slots[at] = (key, code);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_keep_leading_zeros_and_order() {
        let text: Text = [Some("02"), Some("2"), None, Some("02")].into_iter().collect();
        assert_eq!(text.labels(), ["02", "2"]);
        assert_eq!(text.iter().collect::<Vec<_>>(), [Some("02"), Some("2"), None, Some("02")]);
        assert_eq!(text.code(3), Some(0));
        assert_eq!(text.take(&[2, 1]).iter().collect::<Vec<_>>(), [None, Some("2")]);
    }

    #[test]
    fn parts_join_as_if_pushed_in_one() {
        // Enough labels for the slots to grow several times, in parts and in the whole.
        // A few of them are longer than a key.
        let label = |i: usize| format!("{}{}", if i % 601 < 99 { "a long beginning " } else { "" }, (i * 7919) % 601);
        let push = |builder: &mut TextBuilder, i: usize| match i % 97 {
            0 => builder.push_missing(),
            _ => builder.push(&label(i)),
        };
        let (mut whole, mut parts) = (TextBuilder::default(), Vec::new());
        for i in 0..2_000 {
            push(&mut whole, i);
            if i % 300 == 0 {
                parts.push(TextBuilder::default());
            }
            push(parts.last_mut().expect("one was begun"), i);
        }
        let (whole, joined) = (whole.finish(), TextBuilder::join(parts));
        assert_eq!(whole, joined);
        assert_eq!(whole.labels().len(), 601);
        assert!((1..2_000).all(|i| i % 97 == 0 || whole.get(i) == Some(label(i).as_str())));
        assert_eq!(TextBuilder::join(Vec::new()), Text::default());
    }
}
