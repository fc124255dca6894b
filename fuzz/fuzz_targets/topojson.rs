#![no_main]

use distretto_data::ReadOptions;

// The bytes are the inside of a topology, so that every input gets past its type.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let document = [b"{\"type\":\"Topology\",", bytes, b"}"].concat();
    if let Err(fault) = distretto_data::map_from_bytes(&document, "a.topojson", &ReadOptions::default()) {
        assert_eq!(fault.file(), Some("a.topojson"), "{fault}");
    }
});
