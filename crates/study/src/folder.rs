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

/// Where the manifest of a complete run stands.
pub(crate) const MANIFEST: &str = "manifest.json";
/// Where a run over a complete one writes until it is complete itself.
const NEXT: &str = ".state/next";

/// The folder of a report.
///
/// A folder that holds a complete run keeps it whole until the next one is complete: what that writes lies apart, and is
/// moved into place at its end.
#[derive(Debug)]
pub(crate) struct Folder {
    root: PathBuf,
    /// Where files are written: the root itself where no complete run is to be kept.
    base: PathBuf,
    /// Whether this run made the root.
    made: bool,
    written: Vec<Written>,
}

impl Folder {
    /// Opens the folder, makes what is missing, and clears away what an interrupted run left half written.
    ///
    /// # Errors
    /// When a folder cannot be made.
    pub(crate) fn open(root: &Path) -> Result<Self, Fault> {
        let apart = root.join(MANIFEST).exists() || root.join(NEXT).exists();
        let base = if apart { root.join(NEXT) } else { root.to_owned() };
        let made = !root.exists();
        if !apart && root.join(".state").exists() {
            // A report without a manifest is of no run that came to its end.
            let _ = std::fs::remove_file(root.join("report.html"));
        }
        for part in PARTS {
            let folder = base.join(part);
            std::fs::create_dir_all(&folder).map_err(|error| {
                let fault = Fault::new(FaultKind::File, format!("the folder cannot be made: {error}"));
                fault.in_file(folder.display().to_string()).with_hint("choose another folder with --out")
            })?;
        }
        let within = |folder: &Path| PARTS.iter().map(|part| folder.join(part)).collect::<Vec<_>>();
        for folder in within(root).into_iter().chain(within(&base)).chain([root.to_owned()]) {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let name = entry.file_name();
                let name = name.to_string_lossy();
                if name.starts_with('.') && name.ends_with(".part") {
                    // Another run may have cleared it in between.
                    let _ = std::fs::remove_file(entry.path());
                }
            }
        }
        Ok(Self { root: root.to_owned(), base, made, written: Vec::new() })
    }

    /// Where a file of the folder is when the run is complete.
    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// Where a file of the folder is now: as this run wrote it, else as the last one left it.
    pub(crate) fn now(&self, path: &str) -> PathBuf {
        let apart = self.base.join(path);
        if apart.exists() { apart } else { self.at(path) }
    }

    /// Whether this run wrote the file, and it is not in its place yet.
    pub(crate) fn is_apart(&self, path: &str) -> bool {
        self.base != self.root && self.base.join(path).exists()
    }

    /// The content of a file as it is now, when it can be read.
    pub(crate) fn read(&self, path: &str) -> Option<Vec<u8>> {
        std::fs::read(self.now(path)).ok()
    }

    /// Moves what this run wrote into its place; from here on the folder is written as it stands.
    ///
    /// # Errors
    /// When a file cannot be moved.
    pub(crate) fn settle(&mut self) -> Result<(), Fault> {
        if self.base == self.root {
            return Ok(());
        }
        for written in &self.written {
            let (from, to) = (self.base.join(&written.path), self.at(&written.path));
            if !from.exists() {
                continue;
            }
            let folder = to.parent().unwrap_or(&self.root);
            std::fs::create_dir_all(folder).and_then(|()| std::fs::rename(&from, &to)).map_err(|error| {
                let fault = Fault::new(FaultKind::File, format!("the file cannot be written: {error}"));
                fault.in_file(to.display().to_string())
            })?;
        }
        // What an interrupted run left there that this one did not write.
        let _ = std::fs::remove_dir_all(&self.base);
        self.base.clone_from(&self.root);
        Ok(())
    }

    /// Removes the folders that hold nothing: a run that failed before its first result leaves no trace.
    pub(crate) fn tidy(&self) {
        // Only an empty folder can be removed in this way.
        let remove = |folder: &Path| drop(std::fs::remove_dir(folder));
        PARTS.iter().for_each(|part| remove(&self.base.join(part)));
        if self.made || self.base != self.root {
            remove(&self.base);
        }
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
        if self.read(path).is_some_and(|old| old == bytes) {
            Ok(())
        } else {
            write_atomically(&self.base.join(path), bytes)
        }
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
    fn a_complete_run_stays_whole_until_the_next_is_complete() {
        let root = tempfile::tempdir().expect("a folder");
        let old = |path: &str| std::fs::read_to_string(root.path().join(path)).unwrap_or_default();
        for part in PARTS {
            std::fs::create_dir_all(root.path().join(part)).expect("made");
        }
        for path in ["tables/a.csv", "report.html", MANIFEST] {
            std::fs::write(root.path().join(path), "old").expect("written");
        }
        let mut folder = Folder::open(root.path()).expect("opened");
        folder.tidy();
        assert!(!root.path().join(NEXT).exists(), "a run that wrote nothing leaves no trace");
        folder = Folder::open(root.path()).expect("opened");
        folder.put("tables/a.csv", b"new").expect("written");
        folder.put("report.html", b"old").expect("the same");
        assert_eq!((old("tables/a.csv").as_str(), folder.read("tables/a.csv")), ("old", Some(b"new".to_vec())));
        folder.settle().expect("moved");
        assert_eq!((old("tables/a.csv").as_str(), old("report.html").as_str()), ("new", "old"));
        assert!(!root.path().join(NEXT).exists());
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
