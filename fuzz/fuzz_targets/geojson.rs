#![no_main]

use distretto_data::ReadOptions;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Err(fault) = distretto_data::map_from_bytes(bytes, "a.geojson", &ReadOptions::default()) {
        assert_eq!(fault.file(), Some("a.geojson"), "{fault}");
    }
});
