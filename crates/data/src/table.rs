//! Reading a table, whatever its file.

use crate::file::{ending, read_bytes, unpack};
use crate::{csv, parquet, sha256_hex, unique, xlsx};
use bytes::Bytes;
use distretto_core::{Fault, InputData, InputRecord, Message, Table, TableSpec};
use std::path::Path;

/// How a user says that a file is not in the standard form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReadOptions {
    /// Pairs of a standard column name and the name it has in the file (`--col employment=Jobs`).
    pub rename: Vec<(String, String)>,
    /// Whether headers are values of a column: one column for each industry (`--wide`). Only tables that have a wide
    /// form mind it.
    pub wide: bool,
    /// Sheet of a workbook; default the first (`--sheet`). Other files do not mind it.
    pub sheet: Option<String>,
}

/// An input that was read and is valid.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The data.
    pub data: InputData,
    /// Path, content hash and rows, for the provenance.
    pub record: InputRecord,
    /// What the reader of a result should know: an unusual encoding, codes stored as numbers. The wording is in
    /// [`WORDS`](crate::WORDS).
    pub notes: Vec<Message>,
}

/// Reads the columns that `spec` wants out of a CSV (also `.csv.gz`), XLSX or Parquet file, by the ending of its name.
///
/// `shown` is the path as the user gave it; it stands in every message. Empty cells are missing (NaN, or no label),
/// never zero; labels are text. A cell that may not stand in its column is an error that names file, line, column and
/// value; so is a row of other length than the header and a second row of the same [`unique`](TableSpec::unique)
/// labels. Rows without any content are passed over.
///
/// # Errors
/// When the file cannot be read, lacks a column that is required, or holds a wrong value.
///
/// # Complexity
/// One pass over the file on all threads; the result does not depend on their number.
pub fn read_table(path: &Path, shown: &str, spec: &TableSpec, options: &ReadOptions) -> Result<Loaded, Fault> {
    // The ending is judged first: a folder or a missing file of a wrong name is still a wrong name.
    let format = Format::of(path, shown)?;
    load(format, read_bytes(path, shown)?, shown, spec, options)
}

/// Like [`read_table`], for a file that is already in memory; the ending of `shown` says what it is.
///
/// # Errors
/// As [`read_table`].
pub fn table_from_bytes(bytes: Vec<u8>, shown: &str, spec: &TableSpec, options: &ReadOptions) -> Result<Loaded, Fault> {
    load(Format::of(Path::new(shown), shown)?, bytes, shown, spec, options)
}

fn load(format: Format, bytes: Vec<u8>, shown: &str, spec: &TableSpec, options: &ReadOptions) -> Result<Loaded, Fault> {
    let bytes = Bytes::from(bytes);
    let parse = || {
        let bytes = if format.packed { Bytes::from(unpack(&bytes, shown)?) } else { bytes.clone() };
        let parsed = format.parse(bytes, shown, spec, options)?;
        unique::check_unique(&parsed.table, spec)?;
        Ok(parsed)
    };
    let (parsed, sha256) = rayon::join(parse, || sha256_hex(&bytes));
    let Parsed { table, rows, notes } = parsed?;
    let record = InputRecord { path: shown.to_owned(), sha256, rows };
    Ok(Loaded { data: InputData::Table(table), record, notes })
}

/// What a reader makes of the content of a file.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) table: Table,
    /// Rows, also where none of the wanted columns is there.
    pub(crate) rows: usize,
    pub(crate) notes: Vec<Message>,
}

/// What a file holds by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Format {
    kind: Kind,
    packed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Csv,
    Xlsx,
    Parquet,
}

impl Format {
    fn of(path: &Path, shown: &str) -> Result<Self, Fault> {
        let (ending, packed) = ending(path);
        let kind = match ending.as_str() {
            "csv" | "tsv" | "tab" | "txt" => Kind::Csv,
            "xlsx" | "xlsm" => Kind::Xlsx,
            "parquet" | "pq" => Kind::Parquet,
            _ => return Err(unsupported(&ending, shown)),
        };
        if packed && kind != Kind::Csv {
            let fault = Fault::input("only a CSV file may be packed with gzip").in_file(shown);
            return Err(fault.with_hint("unpack it; workbooks and Parquet files are packed already"));
        }
        Ok(Self { kind, packed })
    }

    fn parse(self, bytes: Bytes, shown: &str, spec: &TableSpec, options: &ReadOptions) -> Result<Parsed, Fault> {
        if bytes.is_empty() {
            let fault = Fault::input("the file is empty").in_file(shown);
            return Err(fault.with_hint("a table needs a line of column names and at least one row of data"));
        }
        match self.kind {
            Kind::Csv => csv::read(&bytes, shown, spec, options),
            Kind::Xlsx => xlsx::read(bytes, shown, spec, options),
            Kind::Parquet => parquet::read(bytes, shown, spec, options),
        }
    }
}

fn unsupported(ending: &str, shown: &str) -> Fault {
    let message = match ending {
        "" => "the file name has no ending that says what is in it".to_owned(),
        _ => format!("files that end in .{ending} cannot be read as a table"),
    };
    Fault::input(message).in_file(shown).with_hint(match ending {
        "xls" | "xlsb" | "ods" | "numbers" => "save the sheet as .xlsx or .csv",
        "json" | "geojson" | "topojson" => {
            "this looks like a map: outlines are given with --map; tables are .csv, .xlsx or .parquet"
        }
        "gal" | "gwt" => "these are spatial weights: give them with --weights",
        "dta" | "sav" | "rds" | "rdata" | "feather" => "export the table as .csv or .parquet",
        _ => "tables are .csv, .tsv, .xlsx or .parquet",
    })
}
