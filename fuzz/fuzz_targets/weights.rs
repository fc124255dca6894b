#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for name in ["w.gal", "w.gwt", "w.csv"] {
        if let Err(fault) = distretto_data::weights_from_bytes(bytes.to_vec(), name) {
            assert_eq!(fault.file(), Some(name), "{fault}");
        }
    }
});
