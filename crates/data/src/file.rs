//! Opening files: what can go wrong before the first byte is looked at.

use distretto_core::{Fault, FaultKind, nearest};
use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::io::{ErrorKind, Read};
use std::path::Path;

/// Most files that a hint lists.
const LISTED: usize = 6;

/// The whole content of a file.
///
/// # Errors
/// When it does not exist (with the nearest name in its folder), is a folder, or cannot be read.
pub(crate) fn read_bytes(path: &Path, shown: &str) -> Result<Vec<u8>, Fault> {
    if path.is_dir() {
        let fault = Fault::new(FaultKind::File, "this is a folder, not a file").in_file(shown);
        return Err(fault.with_hint("name a file in it"));
    }
    std::fs::read(path).map_err(|error| {
        let fault = |message: String| Fault::new(FaultKind::File, message).in_file(shown);
        match error.kind() {
            ErrorKind::NotFound => {
                let fault = fault("there is no such file".to_owned());
                match neighbour(path, shown) {
                    Some(near) => fault.with_hint(near),
                    None => fault,
                }
            }
            ErrorKind::PermissionDenied => {
                fault("the file may not be read".to_owned()).with_hint("check its permissions")
            }
            _ => fault(format!("the file cannot be read: {error}")),
        }
    })
}

/// Says which file of the folder was probably meant, or that there is no such folder.
fn neighbour(path: &Path, shown: &str) -> Option<String> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let wanted = path.file_name()?.to_str()?;
    let Ok(entries) = std::fs::read_dir(folder) else {
        let parent = Path::new(shown).parent()?.display().to_string();
        return Some(format!("there is no folder {parent} either"));
    };
    let mut names: Vec<String> = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort_unstable();
    let known: Vec<&str> = names.iter().map(String::as_str).filter(|name| !name.starts_with('.')).collect();
    let same = known.iter().copied().find(|name| name.eq_ignore_ascii_case(wanted));
    if let Some(near) = same.or_else(|| nearest(wanted, &known)) {
        return Some(format!("did you mean {}?", Path::new(shown).with_file_name(near).display()));
    }
    let alike: Vec<&str> = known.iter().copied().filter(|name| ending(Path::new(name)) == ending(path)).collect();
    match alike.len() {
        0 => None,
        1..=LISTED => Some(format!("the folder holds {}", alike.join(", "))),
        n => Some(format!("the folder holds {} and {} more", alike[..LISTED].join(", "), n - LISTED)),
    }
}

/// SHA-256 of some bytes, in hexadecimal.
///
/// ```
/// // FIPS 180-2, appendix B.1
/// let abc = distretto_data::sha256_hex(b"abc");
/// assert_eq!(abc, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
/// ```
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The ending of a file name in small letters, `.gz` apart: `("csv", true)` for `A.CSV.gz`.
pub(crate) fn ending(path: &Path) -> (String, bool) {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let (name, packed) = match name.strip_suffix(".gz") {
        Some(inner) => (inner.to_owned(), true),
        None => (name, false),
    };
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_owned()).unwrap_or_default();
    (ending, packed)
}

/// A gzip archive that unpacks to more than this, and to more than 200 times its size, is no table.
const UNPACKED: u64 = 1 << 30;

/// The content of a gzip archive.
pub(crate) fn unpack(bytes: &[u8], shown: &str) -> Result<Vec<u8>, Fault> {
    let limit = UNPACKED.max(bytes.len() as u64 * 200);
    let mut content = Vec::new();
    let read = MultiGzDecoder::new(bytes).take(limit + 1).read_to_end(&mut content);
    let fault = match read {
        Ok(_) if content.len() as u64 <= limit => return Ok(content),
        Ok(_) => Fault::input("the archive unpacks to more than 200 times its size"),
        Err(error) => Fault::input(format!("the archive is damaged: {error}")),
    };
    Err(fault.in_file(shown).with_hint("unpack it and name the file in it"))
}

/// What a file is by its first bytes, when that is no text.
pub(crate) fn binary_kind(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    let marks: [(&[u8], &str, &str); 7] = [
        (b"PK\x03\x04", "a ZIP archive", "a workbook must be called .xlsx; unpack any other archive first"),
        (b"PAR1", "a Parquet file", "call it .parquet"),
        (b"\x1f\x8b", "a gzip archive", "call it .csv.gz, or unpack it"),
        (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)", "save it as .xlsx or .csv"),
        (b"%PDF", "a PDF document", "copy its table into a .csv file"),
        (b"SQLite format 3", "an SQLite database", "export its table as .csv"),
        (b"\x89PNG", "a picture", "name a table"),
    ];
    marks.iter().find(|(mark, _, _)| bytes.starts_with(mark)).map(|&(_, what, hint)| (what, hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_file_suggests_its_neighbour() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("areas.csv"), "x").expect("written");
        let fault = read_bytes(&folder.path().join("area.csv"), "area.csv").expect_err("missing");
        assert_eq!(fault.to_string(), "area.csv: there is no such file");
        assert_eq!(fault.hint(), Some("did you mean areas.csv?"));
        let fault = read_bytes(&folder.path().join("population.csv"), "population.csv").expect_err("missing");
        assert_eq!(fault.hint(), Some("the folder holds areas.csv"));
        let fault = read_bytes(folder.path(), "dir").expect_err("a folder");
        assert!(fault.to_string().contains("folder"));
        let fault = read_bytes(&folder.path().join("no/areas.csv"), "no/areas.csv").expect_err("missing");
        assert_eq!(fault.hint(), Some("there is no folder no either"));
    }

    #[test]
    fn archives_are_unpacked_and_damaged_ones_refused() {
        use std::io::Write as _;
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(b"a,b\n1,2\n").expect("packed");
        let packed = packer.finish().expect("packed");
        assert_eq!(unpack(&packed, "a.csv.gz").expect("unpacked"), b"a,b\n1,2\n");
        assert!(unpack(&packed[..12], "a.csv.gz").expect_err("cut").to_string().contains("damaged"));
        assert!(unpack(b"a,b\n", "a.csv.gz").is_err());
    }

    #[test]
    fn endings_are_read_in_small_letters() {
        assert_eq!(ending(Path::new("d/A.CSV.gz")), ("csv".to_owned(), true));
        assert_eq!(ending(Path::new("areas")), (String::new(), false));
    }
}
