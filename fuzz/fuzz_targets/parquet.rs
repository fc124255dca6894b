#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| distretto_fuzz::read(bytes, "a.parquet"));
