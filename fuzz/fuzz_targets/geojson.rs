#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Err(fault) = distretto_data::map_from_bytes(bytes, "a.geojson") {
        assert_eq!(fault.file(), Some("a.geojson"), "{fault}");
    }
});
