//! A column of labels, stored once each.

use rustc_hash::FxHashMap;

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

/// Fills a [`Text`] row by row.
#[derive(Debug, Default)]
pub struct TextBuilder {
    codes: Vec<u32>,
    labels: Vec<String>,
    index: FxHashMap<String, u32>,
    last: Option<u32>,
}

impl TextBuilder {
    /// Adds a row with a label.
    ///
    /// # Panics
    /// With more than 4,294,967,294 distinct labels.
    pub fn push(&mut self, label: &str) {
        let code = self.intern(label);
        self.codes.push(code);
    }

    /// Adds a row whose label is missing.
    pub fn push_missing(&mut self) {
        self.codes.push(MISSING);
    }

    /// The finished column.
    #[must_use]
    pub fn finish(self) -> Text {
        Text { codes: self.codes, labels: self.labels }
    }

    fn intern(&mut self, label: &str) -> u32 {
        // Files are mostly sorted by region: the label of the row before is the likeliest one.
        if let Some(last) = self.last.filter(|&last| self.labels[last as usize] == label) {
            return last;
        }
        let code = match self.index.get(label) {
            Some(&code) => code,
            None => {
                let code = u32::try_from(self.labels.len()).ok().filter(|&code| code != MISSING);
                let code = code.expect("fewer than 2^32 - 1 distinct labels");
                self.labels.push(label.to_owned());
                self.index.insert(label.to_owned(), code);
                code
            }
        };
        self.last = Some(code);
        code
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
}
