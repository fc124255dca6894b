//! The files of Distretto: readers that say precisely what is wrong, and writers that never leave half a file.
//!
//! This is the only crate that opens files. [`read_table`] reads CSV, XLSX and Parquet into the columns a
//! [`TableSpec`](distretto_core::TableSpec) wants, [`read_map`] outlines from GeoJSON and TopoJSON, [`read_weights`]
//! spatial weights from a links table, `.gal` or `.gwt`. Every wrong cell is a [`Fault`](distretto_core::Fault) with
//! file, line, column, value, what is allowed, and a hint. [`write_atomically`] writes whole files or none.
//!
//! A reader has three steps: *decode* the file (`csv`, `xlsx`, `parquet`), match its *headers* to the specification
//! (`header`), and push its *cells* into typed columns (`rows`, `column`, `number`; `problem` words what is wrong).

mod atomic;
mod column;
mod contain;
mod csv;
mod document;
mod file;
mod header;
mod labels;
mod map;
mod note;
mod number;
mod parquet;
mod problem;
mod rows;
mod synonym;
mod table;
mod unique;
mod weights;
mod words;
mod write;
mod xlsx;

pub use atomic::{write_atomically, write_atomically_with};
pub use document::{document_from_bytes, read_document};
pub use file::sha256_hex;
pub use labels::check_labels;
pub use map::{map_from_bytes, read_map, read_map_with};
pub use table::{Loaded, ReadOptions, read_table, table_from_bytes};
pub use weights::{read_weights, weights_from_bytes};
pub use words::WORDS;
pub use write::{write_parquet, write_xlsx};
