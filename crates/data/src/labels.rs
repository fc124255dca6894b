//! Labels of one input that must stand in another.

use distretto_core::{Fault, Table, nearest};
use rustc_hash::FxHashSet;

/// Checks that every label of a column is known elsewhere, say every region of a table in the map.
///
/// `what` names where the labels must stand, as it reads in a sentence: `the map states.geojson`.
///
/// # Errors
/// Names the first row whose label is not known, how many distinct labels are not, and the nearest known one. A
/// column that the table does not have is fine.
pub fn check_labels<S: AsRef<str>>(table: &Table, column: &str, known: &[S], what: &str) -> Result<(), Fault> {
    let Some(text) = table.text(column) else { return Ok(()) };
    let set: FxHashSet<&str> = known.iter().map(AsRef::as_ref).collect();
    let unknown: Vec<bool> = text.labels().iter().map(|label| !set.contains(label.as_str())).collect();
    let strange = |row: &usize| text.code(*row).is_some_and(|code| unknown[code as usize]);
    let Some(row) = (0..text.len()).find(strange) else { return Ok(()) };
    let label = text.get(row).unwrap_or_default();
    let (count, all) = (unknown.iter().filter(|&&unknown| unknown).count(), unknown.len());
    let message = match count {
        1 => format!("this {column} is not in {what}"),
        2 => format!("this {column} is not in {what}, nor is another one of {all}"),
        _ => format!("this {column} is not in {what}, nor are {} others of {all}", count - 1),
    };
    let fault = Fault::input(message).at(table, row, column).with_value(label);
    Err(fault.with_hint(hint(label, column, &set, known, what)))
}

fn hint<S: AsRef<str>>(label: &str, column: &str, set: &FxHashSet<&str>, known: &[S], what: &str) -> String {
    let bare = label.trim_start_matches('0');
    let padded = known.iter().map(AsRef::as_ref).find(|other| other.trim_start_matches('0') == bare);
    if let Some(other) = padded.filter(|_| !bare.is_empty() && !set.contains(label)) {
        return format!("{what} has \"{other}\": leading zeros were lost; format the codes as text");
    }
    let names: Vec<&str> = known.iter().map(AsRef::as_ref).collect();
    match nearest(label, &names) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!("do both use the same codes for {column}?"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use distretto_core::{Lines, Origin};

    #[test]
    fn the_first_unknown_label_is_named_with_its_line() {
        let origin = Origin { path: "a.csv".into(), lines: Lines::From(2), renamed: vec![] };
        let text = ["01", "1", "99", "1"].into_iter().map(Some).collect();
        let table = Table::empty().with_text("region", text).from_file(origin);
        let fault = check_labels(&table, "region", &["01", "02"], "the map m.geojson").expect_err("unknown");
        let text = "a.csv, line 3, column region, value \"1\": this region is not in the map m.geojson, nor is another one of 3";
        assert_eq!(fault.to_string(), text);
        assert!(fault.hint().is_some_and(|hint| hint.contains("leading zeros")));
        assert!(check_labels(&table, "region", &["01", "1", "99"], "the map").is_ok());
    }
}
