//! Tables out: XLSX and Parquet.

mod parquet;
mod xlsx;

pub use parquet::write_parquet;
pub use xlsx::write_xlsx;

/// A number or interval as text, the way CSV has it.
fn interval(low: f64, high: f64) -> Option<String> {
    match (low.is_nan(), low.to_bits() == high.to_bits()) {
        (true, _) => None,
        (false, true) => Some(format!("{low}")),
        (false, false) => Some(format!("{low}..{high}")),
    }
}
