//! How long does it take to read and check ten million area rows?
//!
//! `cargo run --release -p distretto-data --example read_ten_million_rows -- FILE.csv [ROWS]` writes the file unless it
//! is there, reads it, and prints rows, seconds and the largest memory the process held.
#![allow(clippy::print_stdout)]

use distretto_core::{ColumnKind, TableSpec};
use distretto_data::{ReadOptions, read_table, write_atomically_with};
use std::error::Error;
use std::path::Path;
use std::time::Instant;

/// Industries of each region, as many as NAICS has at four digits.
const INDUSTRIES: usize = 311;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().ok_or("name the file")?;
    let rows: usize = arguments.next().map_or(Ok(10_000_000), |rows| rows.parse())?;
    let path = Path::new(&name);
    if !path.exists() {
        write_atomically_with(path, |out| {
            writeln!(out, "region,industry,employment,establishments")?;
            (0..rows).try_for_each(|row| {
                let (region, industry, jobs) = (row / INDUSTRIES, row % INDUSTRIES, row * 7919 % 100_003);
                writeln!(out, "region-{region:06},naics-{:04},{jobs},{}", 1111 + 7 * industry, jobs / 17 + 1)
            })
        })?;
    }
    let spec = TableSpec::new("areas")
        .need("region", ColumnKind::Label)
        .need("industry", ColumnKind::Label)
        .need("employment", ColumnKind::Amount)
        .take("establishments", ColumnKind::Amount)
        .unique(&["region", "industry"]);
    let start = Instant::now();
    let loaded = read_table(path, &name, &spec, &ReadOptions::default())?;
    let seconds = start.elapsed().as_secs_f64();
    let megabytes = std::fs::metadata(path)?.len() / 1_000_000;
    println!("{} rows, {megabytes} MB: {seconds:.2} s, {}", loaded.record.rows, peak_memory());
    Ok(())
}

/// The largest memory of this process, where the system tells.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM"));
    peak.unwrap_or("VmHWM: unknown").split_whitespace().collect::<Vec<_>>().join(" ")
}
