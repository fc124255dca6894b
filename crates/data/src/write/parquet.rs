//! A table as Parquet.

use super::interval;
use arrow_array::{ArrayRef, BooleanArray, Float64Array, RecordBatch, StringArray};
use arrow_schema::{Field as ArrowField, Schema};
use distretto_core::{Table, Values};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use std::io::{self, Write};
use std::sync::Arc;

/// Writes a table as Parquet (Snappy): labels as text, numbers as doubles, NaN and missing as null, intervals as text
/// `low..high`. The same table gives the same bytes.
///
/// # Errors
/// When `out` fails.
pub fn write_parquet(table: &Table, out: &mut dyn Write) -> io::Result<()> {
    let bytes = bytes(table).map_err(|error| io::Error::other(error.to_string()))?;
    out.write_all(&bytes)
}

fn bytes(table: &Table) -> Result<Vec<u8>, parquet::errors::ParquetError> {
    let columns: Vec<ArrayRef> = table.fields().iter().map(|field| column(&field.values)).collect();
    let fields = table.fields().iter().zip(&columns);
    let fields: Vec<ArrowField> =
        fields.map(|(field, column)| ArrowField::new(&field.name, column.data_type().clone(), true)).collect();
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(schema.clone(), columns)?;
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), schema, Some(properties))?;
    writer.write(&batch)?;
    writer.into_inner()
}

fn column(values: &Values) -> ArrayRef {
    match values {
        Values::Text(text) => Arc::new(text.iter().collect::<StringArray>()),
        Values::Number(numbers) => {
            Arc::new(numbers.iter().map(|&number| number.is_finite().then_some(number)).collect::<Float64Array>())
        }
        Values::Interval(both) => {
            let ends = both.low.iter().zip(&both.high);
            Arc::new(ends.map(|(&low, &high)| interval(low, high)).collect::<StringArray>())
        }
        Values::Flag(flags) => Arc::new(flags.iter().copied().collect::<BooleanArray>()),
    }
}
