//! Benchmarks; see `benches/` and the side-by-side scripts.
