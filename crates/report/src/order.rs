//! The order in which rows are shown: the largest value first, equals as they stand in their table.

/// Values that differ by less, relative to the larger of them, are equal: what is left between them is rounding, and
/// what is alike must not be ranked by it.
const TIE: f64 = 1e-9;

/// Whether two values are equal but for rounding.
pub(crate) fn equal(a: f64, b: f64) -> bool {
    a == b || (a - b).abs() < TIE * a.abs().max(b.abs())
}

/// Sorts items from the largest value to the smallest, those without a value last; those with equal values keep the
/// order in which they stand.
pub(crate) fn largest_first<T: Copy>(items: &mut [T], value: impl Fn(T) -> f64) {
    let key = |item: T| Some(value(item)).filter(|value| !value.is_nan()).unwrap_or(f64::NEG_INFINITY);
    let mut ranked: Vec<(f64, usize, T)> = items.iter().enumerate().map(|(k, &item)| (key(item), k, item)).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    for alike in ranked.chunk_by_mut(|a, b| equal(a.0, b.0)) {
        alike.sort_by_key(|(_, place, _)| *place);
    }
    items.iter_mut().zip(ranked).for_each(|(item, (_, _, next))| *item = next);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_ranks_nobody() {
        let values = [1.215_203_150_874_1, 3.0, 1.215_203_150_874_3, 1.215_203_150_874_2, f64::NAN, 1.3, 0.0, -0.0];
        let mut rows: Vec<usize> = (0..values.len()).collect();
        largest_first(&mut rows, |row| values[row]);
        assert_eq!(rows, [1, 5, 0, 2, 3, 6, 7, 4]);
        let differ = [1.0, 1.000_000_01];
        let mut rows = [0, 1];
        largest_first(&mut rows, |row| differ[row]);
        assert_eq!(rows, [1, 0]);
    }
}
