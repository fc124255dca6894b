//! Tests of the workspace itself; see `tests/`.
