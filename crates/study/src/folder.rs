//! The folder into which a study is written: every file whole or not at all, every file on record.

use distretto_core::{Fault, FaultKind};
use distretto_data::{sha256_hex, write_atomically};
use serde::{Deserialize, Serialize};
use std::path::{Component, Path, PathBuf};

/// Folders within, each made when a run begins.
const PARTS: [&str; 4] = ["outcomes", "tables", "figures", ".state"];

/// A file that a run wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Written {
    /// Path within the folder, with `/`.
    pub path: String,
    /// SHA-256 of the content, in hexadecimal.
    pub sha256: String,
}

/// The folder of a report.
#[derive(Debug)]
pub(crate) struct Folder {
    root: PathBuf,
    written: Vec<Written>,
}

impl Folder {
    /// Opens the folder, makes what is missing, and clears away what an interrupted run left half written.
    ///
    /// # Errors
    /// When a folder cannot be made.
    pub(crate) fn open(root: &Path) -> Result<Self, Fault> {
        for part in PARTS {
            let folder = root.join(part);
            std::fs::create_dir_all(&folder).map_err(|error| {
                let fault = Fault::new(FaultKind::File, format!("the folder cannot be made: {error}"));
                fault.in_file(folder.display().to_string()).with_hint("choose another folder with --out")
            })?;
        }
        for folder in PARTS.iter().map(|part| root.join(part)).chain([root.to_owned()]) {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let name = entry.file_name();
                let name = name.to_string_lossy();
                if name.starts_with('.') && name.ends_with(".part") {
                    // Another run may have cleared it in between.
                    let _ = std::fs::remove_file(entry.path());
                }
            }
        }
        Ok(Self { root: root.to_owned(), written: Vec::new() })
    }

    /// Where a file of the folder is.
    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// The content of a file, when it can be read.
    pub(crate) fn read(&self, path: &str) -> Option<Vec<u8>> {
        std::fs::read(self.at(path)).ok()
    }

    /// Writes a file and puts it on record; a file that has the content already is left as it is.
    pub(crate) fn put(&mut self, path: &str, bytes: &[u8]) -> Result<String, Fault> {
        self.write(path, bytes)?;
        let sha256 = sha256_hex(bytes);
        self.record(path, &sha256);
        Ok(sha256)
    }

    /// Writes a file that is put on record later.
    pub(crate) fn write(&self, path: &str, bytes: &[u8]) -> Result<(), Fault> {
        if self.read(path).is_some_and(|old| old == bytes) { Ok(()) } else { write_atomically(&self.at(path), bytes) }
    }

    /// Puts a file on record that is there already.
    pub(crate) fn record(&mut self, path: &str, sha256: &str) {
        self.written.push(Written { path: path.to_owned(), sha256: sha256.to_owned() });
    }

    /// The files on record, sorted by path.
    pub(crate) fn written(&self) -> Vec<Written> {
        let mut written = self.written.clone();
        written.sort_by(|a, b| a.path.cmp(&b.path));
        written
    }

    /// Removes the files of an earlier run that this one did not write.
    pub(crate) fn remove_stale(&self, earlier: &[String]) {
        for path in earlier.iter().filter(|path| is_within(path)) {
            if !self.written.iter().any(|written| written.path == **path) {
                // What cannot be removed is not in the manifest either: no reader takes it for a result.
                let _ = std::fs::remove_file(self.at(path));
            }
        }
    }
}

/// A manifest is a file like any other: what it lists is removed only from within the folder.
fn is_within(path: &str) -> bool {
    Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stale_file_goes_and_a_stranger_stays() {
        let root = tempfile::tempdir().expect("a folder");
        let outside = root.path().join("outside.txt");
        std::fs::write(&outside, "x").expect("written");
        let out = root.path().join("out");
        let mut folder = Folder::open(&out).expect("made");
        folder.put("tables/a.csv", b"1").expect("written");
        std::fs::write(folder.at("tables/b.csv"), "2").expect("written");
        std::fs::write(folder.at("tables/mine.txt"), "3").expect("written");
        let earlier = ["tables/a.csv", "tables/b.csv", "../outside.txt"].map(str::to_owned);
        folder.remove_stale(&earlier);
        assert!(folder.at("tables/a.csv").exists() && folder.at("tables/mine.txt").exists() && outside.exists());
        assert!(!folder.at("tables/b.csv").exists());
    }

    #[test]
    fn half_written_files_are_cleared_away() {
        let root = tempfile::tempdir().expect("a folder");
        Folder::open(root.path()).expect("made");
        let part = root.path().join("outcomes/.a.json.17-0.part");
        std::fs::write(&part, "{").expect("written");
        Folder::open(root.path()).expect("opened");
        assert!(!part.exists());
    }
}
