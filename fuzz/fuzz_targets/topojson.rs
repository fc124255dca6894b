#![no_main]

// The bytes are the inside of a topology, so that every input gets past its type.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let document = [b"{\"type\":\"Topology\",", bytes, b"}"].concat();
    if let Err(fault) = distretto_data::map_from_bytes(&document, "a.topojson") {
        assert_eq!(fault.file(), Some("a.topojson"), "{fault}");
    }
});
