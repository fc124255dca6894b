//! Files that are there whole or not at all.

use distretto_core::{Fault, FaultKind};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Tells the temporary files of one process apart.
static COUNTER: AtomicU64 = AtomicU64::new(0);

/// Writes a file by a temporary file beside it and a rename: whoever reads the path sees the old content or the new,
/// never a part.
///
/// # Errors
/// When the folder is missing or cannot be written; nothing is left behind then.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    write_atomically_with(path, |out| out.write_all(bytes))
}

/// Like [`write_atomically`], for content that is written piece by piece.
///
/// # Errors
/// When the folder is missing or cannot be written, or when `write` fails; nothing is left behind then.
pub fn write_atomically_with(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Fault> {
    let fault = |error: &io::Error| {
        let fault = Fault::new(FaultKind::File, format!("the file cannot be written: {error}"));
        let fault = fault.in_file(path.display().to_string());
        match error.kind() {
            io::ErrorKind::NotFound => fault.with_hint("make the folder first"),
            io::ErrorKind::PermissionDenied => fault.with_hint("choose a folder in which you may write"),
            _ => fault,
        }
    };
    if path.is_dir() {
        return Err(fault(&io::Error::other("there is a folder of that name")));
    }
    let temporary = beside(path);
    let written = fill(&temporary, write).and_then(|()| std::fs::rename(&temporary, path));
    written.map_err(|error| {
        // The error that matters is the first one; there may be nothing to remove.
        let _ = std::fs::remove_file(&temporary);
        fault(&error)
    })
}

fn fill(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::new(File::create_new(path)?);
    write(&mut out)?;
    out.flush()?;
    out.get_ref().sync_all()
}

/// A hidden name in the same folder, so that the rename stays within one file system.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let count = COUNTER.fetch_add(1, Ordering::Relaxed);
    path.with_file_name(format!(".{name}.{}-{count}.part", std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_old_content_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.txt");
        write_atomically(&path, b"old").expect("written");
        let failed = write_atomically_with(&path, |out| {
            out.write_all(b"half")?;
            Err(io::Error::other("disk full"))
        });
        assert!(failed.expect_err("failed").to_string().contains("disk full"));
        assert_eq!(std::fs::read(&path).expect("there"), b"old");
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1);
        write_atomically(&path, b"new").expect("written");
        assert_eq!(std::fs::read(&path).expect("there"), b"new");
    }

    #[test]
    fn a_missing_folder_is_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let fault = write_atomically(&folder.path().join("no/a.txt"), b"").expect_err("missing folder");
        assert_eq!(fault.hint(), Some("make the folder first"));
    }
}
