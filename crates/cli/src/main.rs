//! The command line of Distretto.

fn main() {}
