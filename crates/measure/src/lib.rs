//! Where is an industry concentrated, and is that more than chance?

#[allow(dead_code, unused_imports, reason = "the indices that use the rest follow")]
mod bounds;

pub use bounds::{
    Bounds, BoundsError, ENUMERATED_CELLS, SizeClass, sum_of_squares, sum_of_squares_of_class,
    sum_of_squares_of_classes,
};
