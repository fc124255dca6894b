//! What the fuzz targets share: a specification with every kind of column.

use distretto_core::{ColumnKind, TableSpec};
use distretto_data::{ReadOptions, table_from_bytes};

/// Areas with a column of each kind.
#[must_use]
pub fn spec() -> TableSpec {
    TableSpec::new("areas")
        .need("region", ColumnKind::Label)
        .need("industry", ColumnKind::Label)
        .need("employment", ColumnKind::Amount)
        .take("name", ColumnKind::Word)
        .take("year", ColumnKind::Integer)
        .take("lon", ColumnKind::Longitude)
        .take("lat", ColumnKind::Latitude)
        .take("x", ColumnKind::Number)
        .take("size", ColumnKind::Positive)
        .unique(&["region", "industry", "year"])
        .or_wide("industry", "employment")
}

/// Reads a table as a long one and as a wide one. A fault is fine, a panic is not; a table must keep its promises.
pub fn read(bytes: &[u8], name: &str) {
    for wide in [false, true] {
        let options = ReadOptions { wide, ..ReadOptions::default() };
        match table_from_bytes(bytes.to_vec(), name, &spec(), &options) {
            Ok(loaded) => assert!(loaded.record.rows > 0),
            Err(fault) => assert_eq!(fault.file(), Some(name), "{fault}"),
        }
    }
}
