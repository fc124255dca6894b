//! Texts of the author are written for certain data: when a file has changed, the report says so where they stand.

use crate::study::{Analysis, DataEntry, Source, Study};
use distretto_data::sha256_hex;
use distretto_report::Language;

/// Fewest digits that pin a file.
const DIGITS: usize = 8;

/// Whether a text can begin a SHA-256.
pub(crate) fn is_hash(digits: &str) -> bool {
    (DIGITS..=64).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

impl Study {
    /// Data whose file is not the one that the study pins by its SHA-256, and the digits of the file that is there.
    pub(crate) fn changed(&self) -> Vec<(&DataEntry, String)> {
        let other = |entry| Some((entry, self.found_instead(entry)?));
        self.data.iter().filter_map(other).collect()
    }

    /// The first digits of the SHA-256 of a file that is not the pinned one.
    fn found_instead(&self, entry: &DataEntry) -> Option<String> {
        let pinned = entry.sha256.as_ref()?.to_ascii_lowercase();
        let found = sha256_hex(&std::fs::read(self.folder.join(&entry.path)).ok()?);
        (!found.starts_with(&pinned)).then(|| found[..DIGITS].to_owned())
    }

    /// A sentence for every file that has changed.
    pub(crate) fn changes(&self) -> Vec<String> {
        let told = |(entry, found): (&DataEntry, String)| match self.language {
            Language::En => format!(
                "{} is not the file for which the texts of this study were written: what they say of it may not hold. \
                 Read them again, then write sha256 = \"{found}\" in [data.{}], or leave sha256 out",
                entry.path, entry.name
            ),
            Language::Zh => format!(
                "{} 不是撰写本研究文字时所用的文件：文字所述可能不再成立。请重新核对，然后在 [data.{}] 中写入 sha256 = \"{found}\"，或去掉 sha256",
                entry.path, entry.name
            ),
        };
        self.changed().into_iter().map(told).collect()
    }

    /// What stands before the text of an analysis that rests on a changed file.
    pub(crate) fn stale(&self, i: usize, changed: &[(&DataEntry, String)]) -> Option<String> {
        let paths: Vec<&str> = changed.iter().map(|(entry, _)| entry.path.as_str()).collect();
        let own: Vec<&str> = paths.into_iter().filter(|path| self.rests_on(i, path, self.analyses.len())).collect();
        let files = own.join(", ");
        (!own.is_empty()).then(|| match self.language {
            Language::En => format!("**This text was written for another {files}: it may not hold.**"),
            Language::Zh => format!("**本段文字是针对另一个 {files} 撰写的，可能不再成立。**"),
        })
    }

    /// Whether the analysis reads a file, itself or by the results it takes.
    fn rests_on(&self, i: usize, path: &str, depth: usize) -> bool {
        let analysis: &Analysis = &self.analyses[i];
        let named = analysis.named.iter().map(|(_, source)| source);
        let sources = analysis.inputs.iter().map(|input| &input.source).chain(named);
        let upstream = |source: &Source| match source {
            Source::Data(data) => self.data[*data].path == path,
            Source::Result { analysis, .. } => depth > 0 && self.rests_on(*analysis, path, depth - 1),
        };
        sources.into_iter().any(upstream)
            || analysis.with.iter().any(|joined| {
                let from = self.analyses.iter().position(|known| known.id == joined.from.id);
                depth > 0 && from.is_some_and(|from| self.rests_on(from, path, depth - 1))
            })
    }
}
