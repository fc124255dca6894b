//! Rows that are named twice.

use distretto_core::{Fault, Field, Table, TableSpec, Values};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

/// Refuses a second row with the labels of an earlier one in the columns that name a row.
pub(crate) fn check_unique(table: &Table, spec: &TableSpec) -> Result<(), Fault> {
    let fields: Vec<&Field> = spec.unique.iter().filter_map(|name| table.field(name)).collect();
    if fields.is_empty() {
        return Ok(());
    }
    let (keys, count) = keys(&fields, table.rows());
    match second(&keys, count) {
        Some(row) => Err(fault(table, &fields, &keys, row)),
        None => Ok(()),
    }
}

/// One number for each row, equal for rows of equal labels, and one above the largest.
fn keys(fields: &[&Field], rows: usize) -> (Vec<u64>, u64) {
    let mut keys = vec![0_u64; rows];
    let mut count = 1_u64;
    for field in fields {
        let (code, distinct) = coder(&field.values);
        if count.checked_mul(distinct).is_none() {
            count = renumber(&mut keys);
        }
        // After renumbering both factors are below 2^32.
        keys.iter_mut().enumerate().for_each(|(row, key)| *key = *key * distinct + code(row));
        count = count.saturating_mul(distinct);
    }
    (keys, count)
}

/// What numbers the values of a column by their row, 0 for a missing one; and one above the largest number.
fn coder(values: &Values) -> (Box<dyn Fn(usize) -> u64 + '_>, u64) {
    let (codes, distinct) = match values {
        Values::Text(text) => {
            let code = |row| text.code(row).map_or(0, |code| u64::from(code) + 1);
            return (Box::new(code), text.labels().len() as u64 + 1);
        }
        Values::Flag(flags) => return (Box::new(|row| flags[row].map_or(0, |flag| 1 + u64::from(flag))), 3),
        Values::Number(numbers) => number_codes(numbers),
        Values::Interval(both) => number_codes(&both.low),
    };
    (Box::new(move |row| codes[row]), distinct)
}

fn number_codes(numbers: &[f64]) -> (Vec<u64>, u64) {
    let mut index: FxHashMap<u64, u64> = FxHashMap::default();
    let mut code = |number: &f64| {
        if number.is_nan() {
            return 0;
        }
        let next = index.len() as u64 + 1;
        *index.entry(number.to_bits()).or_insert(next)
    };
    let codes = numbers.iter().map(&mut code).collect();
    (codes, index.len() as u64 + 1)
}

/// Replaces keys by their rank of first appearance; returns how many there are.
fn renumber(keys: &mut [u64]) -> u64 {
    let mut index: FxHashMap<u64, u64> = FxHashMap::default();
    for key in keys.iter_mut() {
        let next = index.len() as u64;
        *key = *index.entry(*key).or_insert(next);
    }
    index.len() as u64
}

/// The first row whose key stood in an earlier row.
fn second(keys: &[u64], count: u64) -> Option<usize> {
    // A bit for each possible key, while that takes no more memory than the keys themselves.
    if count.div_ceil(64) <= keys.len() as u64 {
        let mut seen = vec![0_u64; usize::try_from(count.div_ceil(64)).unwrap_or(0)];
        return keys.iter().position(|&key| {
            let (word, bit) = ((key / 64) as usize, 1 << (key % 64));
            let twice = seen[word] & bit != 0;
            seen[word] |= bit;
            twice
        });
    }
    // Sorting a copy costs less than a table of millions of keys, and mostly there is nothing to be found.
    let mut sorted = keys.to_vec();
    sorted.par_sort_unstable();
    if sorted.windows(2).all(|pair| pair[0] != pair[1]) {
        return None;
    }
    let mut seen = FxHashSet::with_capacity_and_hasher(keys.len(), rustc_hash::FxBuildHasher);
    keys.iter().position(|&key| !seen.insert(key))
}

#[cold]
fn fault(table: &Table, fields: &[&Field], keys: &[u64], row: usize) -> Fault {
    let first = keys.iter().position(|&key| key == keys[row]).unwrap_or(row);
    let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    let values: Vec<String> = fields.iter().map(|field| shown(&field.values, row)).collect();
    let earlier = match table.origin().and_then(|origin| origin.lines.of(first)) {
        Some(line) => format!("it already stands in line {line}"),
        None => format!("rows {} and {} have it", first + 1, row + 1),
    };
    let message = format!("duplicate {}; {earlier}", names.join("–"));
    let mut fault = Fault::input(message).at(table, row, names[0]).with_value(values.join(", "));
    let headers: Vec<&str> = match table.origin() {
        Some(origin) => names.iter().map(|&name| origin.column(name)).collect(),
        None => names.clone(),
    };
    fault = fault.in_column(headers.join(", "));
    fault.with_hint(hint(table, &names))
}

fn hint(table: &Table, names: &[&str]) -> String {
    let year = !names.contains(&"year") && table.field("year").is_some();
    if year {
        return "the table has several years: choose one with --year".to_owned();
    }
    "add the rows up or delete one of them".to_owned()
}

fn shown(values: &Values, row: usize) -> String {
    match values {
        Values::Text(text) => text.get(row).unwrap_or_default().to_owned(),
        Values::Number(numbers) => format!("{}", numbers[row]),
        Values::Interval(both) => format!("{}..{}", both.low[row], both.high[row]),
        Values::Flag(flags) => flags[row].map(|flag| flag.to_string()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(regions: &[&str], years: &[f64]) -> Table {
        Table::empty()
            .with_text("region", regions.iter().copied().map(Some).collect())
            .with_numbers("year", years.to_vec())
    }

    #[test]
    fn the_first_repeated_row_is_named() {
        let spec = TableSpec::new("t").unique(&["region", "year"]);
        let years = [1.0, 1.0, f64::NAN, 2.0, f64::NAN, 1.0];
        let fault = check_unique(&table(&["a", "b", "a", "a", "a", "a"], &years), &spec).expect_err("twice");
        assert!(fault.to_string().contains("duplicate region–year; rows 3 and 5 have it"), "{fault}");
        assert!(check_unique(&table(&["a", "b", "a"], &[1.0, 1.0, 2.0]), &spec).is_ok());
    }

    #[test]
    fn sparse_keys_and_dense_keys_agree() {
        let keys: Vec<u64> = (0..1000).map(|i| (i * 7919) % 991).collect();
        let sparse: Vec<u64> = keys.iter().map(|key| key << 40).collect();
        assert_eq!(second(&keys, 991), Some(991));
        assert_eq!(second(&sparse, u64::MAX), Some(991));
    }

    #[test]
    fn too_many_combinations_are_renumbered() {
        let mut keys = vec![u64::MAX, 3, u64::MAX];
        assert_eq!(renumber(&mut keys), 2);
        assert_eq!(keys, [0, 1, 0]);
    }
}
