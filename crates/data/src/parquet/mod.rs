//! Parquet files: only the columns that are wanted.

mod pages;

use crate::column::Cell;
use crate::contain::contained;
use crate::header::Layout;
use crate::note;
use crate::number::Decimal;
use crate::rows::{FREE_ROWS, Rows};
use crate::table::{Parsed, ReadOptions};
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, types};
use arrow_schema::DataType;
use bytes::Bytes;
use distretto_core::{Fault, Lines, TableSpec};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;

/// Rows that are decoded at a time.
const BATCH: usize = 8192;

/// Reads a table out of the bytes of a Parquet file.
pub(crate) fn read(bytes: Bytes, shown: &str, spec: &TableSpec, options: &ReadOptions) -> Result<Parsed, Fault> {
    if !bytes.starts_with(b"PAR1") {
        return Err(Fault::input("this is not a Parquet file").in_file(shown).with_hint("name a CSV file .csv"));
    }
    // Types by Parquet alone: the Arrow schema that some writers embed adds nothing a table needs, and a damaged one
    // makes its decoder panic.
    let plain = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let content = bytes.clone();
    let builder = decoded(|| ParquetRecordBatchReaderBuilder::try_new_with_options(bytes, plain), shown)?;
    let headers = builder.schema().fields().iter().map(|field| field.name().trim().to_owned()).collect();
    let layout = Layout::new(headers, None, shown, spec, options)?;
    refuse_false_claims(&content, builder.metadata(), shown)?;
    let wide = layout.wide.iter().flat_map(|wide| wide.places.iter().copied());
    let mut wanted: Vec<usize> = layout.taken.iter().map(|taken| taken.place).chain(wide).collect();
    wanted.sort_unstable();
    let mask = ProjectionMask::roots(builder.parquet_schema(), wanted.iter().copied());
    let mut reader = decoded(|| builder.with_projection(mask).with_batch_size(BATCH).build(), shown)?;
    let (mut rows, mut count) = (Rows::new(&layout, Decimal::Point), 0_usize);
    while let Some(batch) = decoded(|| reader.next().transpose(), shown)? {
        let mut columns: Vec<Option<Column>> = layout.headers.iter().map(|_| None).collect();
        for (&place, array) in wanted.iter().zip(batch.columns()) {
            columns[place] = Some(Column::new(array, &layout.header(place), shown)?);
        }
        for row in 0..batch.num_rows() {
            let cell = |place: usize| columns[place].as_ref().map_or(Cell::Missing, |column| column.cell(row));
            rows.push(cell).map_err(|(place, mut problem)| {
                problem.message = format!("row {}: {}", count + row + 1, problem.message);
                problem.fault(shown, &layout.header(place), cell(place).shown().as_deref())
            })?;
        }
        count += batch.num_rows();
    }
    if count == 0 && !spec.bare {
        let fault = Fault::input("the table is empty: it has no rows").in_file(shown);
        return Err(fault.with_hint("a table needs at least one row of data"));
    }
    let table_rows = count * rows.copies();
    let numeric = rows.numeric_labels();
    let notes = if numeric.is_empty() { Vec::new() } else { vec![note::numeric_codes(shown, numeric)] };
    Ok(Parsed { table: Rows::table(vec![rows], Lines::None, spec, shown)?, rows: table_rows, notes })
}

/// What a decoder makes of the file, or that it cannot be read.
fn decoded<T, E: std::fmt::Display>(decode: impl FnOnce() -> Result<T, E>, shown: &str) -> Result<T, Fault> {
    let reason = match contained(decode) {
        Some(Ok(result)) => return Ok(result),
        Some(Err(error)) => error.to_string(),
        None => "it is damaged".to_owned(),
    };
    Err(unreadable(&reason, shown))
}

fn unreadable(reason: &str, shown: &str) -> Fault {
    let fault = Fault::input(format!("the Parquet file cannot be read: {reason}")).in_file(shown);
    fault.with_hint("write it anew, uncompressed or with Snappy")
}

/// Rows that only run lengths hold, and headers that would keep the decoder busy for ever.
fn refuse_false_claims(bytes: &Bytes, metadata: &ParquetMetaData, shown: &str) -> Result<(), Fault> {
    let (rows, size) = (metadata.file_metadata().num_rows(), bytes.len() as u64);
    if u64::try_from(rows).is_ok_and(|rows| rows > FREE_ROWS.max(size.saturating_mul(64))) || rows < 0 {
        return Err(unreadable(&format!("it claims {rows} rows in {size} bytes"), shown));
    }
    match decoded(|| Ok::<_, ParquetError>(has_honest_pages(bytes, metadata)), shown)? {
        true => Ok(()),
        false => Err(unreadable("a page header claims more than the file holds", shown)),
    }
}

/// Whether the page headers of all columns can be trusted not to keep the decoder busy for ever.
fn has_honest_pages(bytes: &Bytes, metadata: &ParquetMetaData) -> bool {
    metadata.row_groups().iter().flat_map(|group| group.columns()).all(|column| {
        let (start, length) = column.byte_range();
        let end = start.saturating_add(length).min(bytes.len() as u64);
        let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
        range.and_then(|(start, end)| bytes.get(start..end)).is_none_or(pages::are_honest)
    })
}

/// One column of a batch, in one of the types that hold labels or numbers.
enum Column {
    Text(arrow_array::StringArray),
    LargeText(arrow_array::LargeStringArray),
    TextView(arrow_array::StringViewArray),
    Words { keys: Vec<usize>, nulls: ArrayRef, words: Box<Column> },
    Float(arrow_array::Float64Array),
    Single(arrow_array::Float32Array),
    Whole(Vec<Option<i64>>),
    Other { nulls: ArrayRef, what: &'static str },
}

impl Column {
    fn new(array: &ArrayRef, header: &str, shown: &str) -> Result<Self, Fault> {
        use types::{Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type};
        macro_rules! whole {
            ($type:ty) => {
                Self::Whole(
                    array.as_primitive::<$type>().iter().map(|n| n.and_then(|n| i64::try_from(n).ok())).collect(),
                )
            };
        }
        Ok(match array.data_type() {
            DataType::Utf8 => Self::Text(array.as_string::<i32>().clone()),
            DataType::LargeUtf8 => Self::LargeText(array.as_string::<i64>().clone()),
            DataType::Utf8View => Self::TextView(array.as_string_view().clone()),
            DataType::Dictionary(_, _) => {
                let dictionary = array.as_any_dictionary();
                let words = Self::new(dictionary.values(), header, shown)?;
                // An empty dictionary leaves no key to normalise.
                let keys = if dictionary.values().is_empty() { Vec::new() } else { dictionary.normalized_keys() };
                Self::Words { keys, nulls: array.clone(), words: Box::new(words) }
            }
            DataType::Float64 => Self::Float(array.as_primitive::<types::Float64Type>().clone()),
            DataType::Float32 => Self::Single(array.as_primitive::<types::Float32Type>().clone()),
            DataType::Int8 => whole!(Int8Type),
            DataType::Int16 => whole!(Int16Type),
            DataType::Int32 => whole!(Int32Type),
            DataType::Int64 => whole!(Int64Type),
            DataType::UInt8 => whole!(UInt8Type),
            DataType::UInt16 => whole!(UInt16Type),
            DataType::UInt32 => whole!(UInt32Type),
            DataType::UInt64 => whole!(UInt64Type),
            DataType::Boolean => Self::Other { nulls: array.clone(), what: "true or false" },
            DataType::Date32 | DataType::Date64 | DataType::Timestamp(_, _) => {
                Self::Other { nulls: array.clone(), what: "a date" }
            }
            other => {
                let fault = Fault::input(format!("the column is of type {other}, which cannot be read"));
                let fault = fault.in_file(shown).in_column(header);
                return Err(fault.with_hint("write it as text, integer or double"));
            }
        })
    }

    fn cell(&self, row: usize) -> Cell<'_> {
        match self {
            Self::Text(array) => text(array, row, |row| array.value(row)),
            Self::LargeText(array) => text(array, row, |row| array.value(row)),
            Self::TextView(array) => text(array, row, |row| array.value(row)),
            Self::Words { keys, nulls, words } => match keys.get(row) {
                Some(&key) if nulls.is_valid(row) => words.cell(key),
                _ => Cell::Missing,
            },
            Self::Float(array) => number(array.is_valid(row).then(|| array.value(row))),
            Self::Single(array) => number(array.is_valid(row).then(|| shortest(array.value(row)))),
            Self::Whole(numbers) => numbers[row].map_or(Cell::Missing, Cell::Whole),
            Self::Other { nulls, what } if nulls.is_valid(row) => Cell::Other(what),
            Self::Other { .. } => Cell::Missing,
        }
    }
}

fn text<'a>(array: &dyn Array, row: usize, value: impl Fn(usize) -> &'a str) -> Cell<'a> {
    if array.is_valid(row) { Cell::Text(value(row)) } else { Cell::Missing }
}

/// NaN is how many programs write a missing number into Parquet.
fn number(value: Option<f64>) -> Cell<'static> {
    value.filter(|value| !value.is_nan()).map_or(Cell::Missing, Cell::Number)
}

/// The double that prints like a single: 0.1, not 0.10000000149011612.
fn shortest(single: f32) -> f64 {
    single.to_string().parse().unwrap_or_else(|_| f64::from(single))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::types::Int32Type;
    use arrow_array::{DictionaryArray, Float32Array, Int64Array, RecordBatch};
    use distretto_core::ColumnKind;
    use parquet::arrow::ArrowWriter;
    use std::sync::Arc;

    fn spec() -> TableSpec {
        TableSpec::new("areas").need("region", ColumnKind::Label).need("employment", ColumnKind::Amount)
    }

    fn file(columns: Vec<(&str, ArrayRef)>) -> Bytes {
        let batch = RecordBatch::try_from_iter(columns).expect("a batch");
        let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).expect("a writer");
        writer.write(&batch).expect("written");
        writer.into_inner().expect("finished").into()
    }

    #[test]
    fn dictionaries_integers_and_singles_are_read() {
        let regions: DictionaryArray<Int32Type> = [Some("01"), Some("b"), Some("01")].into_iter().collect();
        let jobs = Float32Array::from(vec![Some(0.1), None, Some(f32::NAN)]);
        let bytes = file(vec![("region", Arc::new(regions)), ("employment", Arc::new(jobs))]);
        let Parsed { table, notes, .. } = read(bytes, "a.parquet", &spec(), &ReadOptions::default()).expect("valid");
        assert_eq!(table.text("region").and_then(|text| text.get(2)), Some("01"));
        let jobs = table.numbers("employment").expect("numbers");
        assert!(jobs[0] == 0.1 && jobs[1].is_nan() && jobs[2].is_nan() && notes.is_empty());
        let codes = Int64Array::from(vec![9_007_199_254_740_993]);
        let bytes = file(vec![("region", Arc::new(codes)), ("employment", Arc::new(Int64Array::from(vec![3])))]);
        let Parsed { table, notes, .. } = read(bytes, "a.parquet", &spec(), &ReadOptions::default()).expect("valid");
        assert_eq!(table.text("region").and_then(|text| text.get(0)), Some("9007199254740993"));
        assert_eq!(notes.len(), 1);
    }

    #[test]
    fn faults_name_row_and_column() {
        let regions = arrow_array::StringArray::from(vec!["a", "b"]);
        let jobs = Int64Array::from(vec![1, -3]);
        let bytes = file(vec![("region", Arc::new(regions)), ("employment", Arc::new(jobs))]);
        let half = bytes.slice(..bytes.len() / 2);
        let fault = read(bytes, "a.parquet", &spec(), &ReadOptions::default()).expect_err("negative");
        assert!(
            fault.to_string().starts_with("a.parquet, column employment, value \"-3\": row 2: negative"),
            "{fault}"
        );
        assert!(read(half, "a.parquet", &spec(), &ReadOptions::default()).is_err());
        assert!(read(Bytes::from_static(b"region\n"), "a.parquet", &spec(), &ReadOptions::default()).is_err());
    }
}
