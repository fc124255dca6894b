//! Spatial weights: a links table, `.gal` or `.gwt`.

use crate::file::{ending, read_bytes};
use crate::number::{Decimal, parse_number};
use crate::problem::shorten;
use crate::table::{Loaded, ReadOptions, table_from_bytes};
use crate::{csv, rows, sha256_hex, unique};
use distretto_core::{ColumnKind, Fault, InputData, InputRecord, Message, Origin, Table, TableSpec, TextBuilder};
use rustc_hash::{FxHashMap, FxHashSet};
use std::path::Path;

/// Reads spatial weights as a table `source`, `target`, `weight`.
///
/// A links table (CSV, XLSX, Parquet) has these columns, `weight` being 1 where it is left out. In `.gal` and `.gwt`
/// files every pair has weight 1, as in GeoDa. A region without neighbours is a row with a missing target.
///
/// # Errors
/// When the file cannot be read, a weight is negative, a pair stands twice or a count does not fit.
pub fn read_weights(path: &Path, shown: &str) -> Result<Loaded, Fault> {
    let (ending, _) = ending(path);
    match ending.as_str() {
        "gal" => neighbours(&read_bytes(path, shown)?, shown, gal),
        "gwt" => neighbours(&read_bytes(path, shown)?, shown, gwt),
        _ => crate::read_table(path, shown, &spec(), &ReadOptions::default()).map(with_weight),
    }
}

/// Like [`read_weights`], for a file that is already in memory; the ending of `shown` says what it is.
///
/// # Errors
/// As [`read_weights`].
pub fn weights_from_bytes(bytes: Vec<u8>, shown: &str) -> Result<Loaded, Fault> {
    let (ending, _) = ending(Path::new(shown));
    match ending.as_str() {
        "gal" => neighbours(&bytes, shown, gal),
        "gwt" => neighbours(&bytes, shown, gwt),
        _ => table_from_bytes(bytes, shown, &spec(), &ReadOptions::default()).map(with_weight),
    }
}

fn spec() -> TableSpec {
    TableSpec::new("weights")
        .need("source", ColumnKind::Label)
        .need("target", ColumnKind::Word)
        .take("weight", ColumnKind::NonNegative)
        .unique(&["source", "target"])
}

/// The same pairs, each of weight 1 where the table has no weights.
fn with_weight(loaded: Loaded) -> Loaded {
    let data = match loaded.data {
        InputData::Table(table) if table.field("weight").is_none() => {
            let rows = table.rows();
            InputData::Table(table.with_numbers("weight", vec![1.0; rows]))
        }
        other => other,
    };
    Loaded { data, ..loaded }
}

/// Pairs of region and neighbour with their lines.
#[derive(Default)]
struct Pairs {
    source: TextBuilder,
    target: TextBuilder,
    lines: Vec<u64>,
}

impl Pairs {
    fn push(&mut self, source: &str, target: Option<&str>, line: u64) {
        self.source.push(source);
        match target {
            Some(target) => self.target.push(target),
            None => self.target.push_missing(),
        }
        self.lines.push(line);
    }
}

/// A fault at a line, with its value.
type Wrong = Box<(u64, Option<String>, String, &'static str)>;

fn wrong(line: u64, value: Option<&str>, message: String, hint: &'static str) -> Wrong {
    Box::new((line, value.map(shorten), message, hint))
}

/// Reads a file of neighbours with the reader of its format.
fn neighbours(
    bytes: &[u8],
    shown: &str,
    read: impl Fn(&mut dyn Iterator<Item = (u64, &str)>) -> Result<Pairs, Wrong>,
) -> Result<Loaded, Fault> {
    let (text, notes): (_, Vec<Message>) = csv::decode(bytes, shown)?;
    let mut lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    let pairs = read(&mut lines).map_err(|wrong| {
        let (line, value, message, hint) = *wrong;
        let fault = Fault::input(message).in_file(shown).at_line(line).with_hint(hint);
        match value {
            Some(value) => fault.with_value(value),
            None => fault,
        }
    })?;
    let rows = pairs.lines.len();
    let origin = Origin { path: shown.to_owned(), lines: rows::lines_of(pairs.lines), renamed: Vec::new() };
    let table = Table::empty()
        .with_text("source", pairs.source.finish())
        .with_text("target", pairs.target.finish())
        .with_numbers("weight", vec![1.0; rows])
        .from_file(origin);
    unique::check_unique(&table, &spec())?;
    let record = InputRecord { path: shown.to_owned(), sha256: sha256_hex(bytes), rows };
    Ok(Loaded { data: InputData::Table(table), record, notes })
}

/// The number of regions in a header `n` or `0 n file key`.
fn header(lines: &mut dyn Iterator<Item = (u64, &str)>) -> Result<(u64, usize), Wrong> {
    let Some((line, text)) = lines.next() else {
        return Err(wrong(1, None, "the file is empty".to_owned(), "the first line is the number of regions"));
    };
    let mut words = text.split_whitespace();
    let count = match (words.next(), words.next()) {
        (Some(count), None) => count.parse().ok(),
        (Some("0"), Some(count)) => count.parse().ok(),
        _ => None,
    };
    let hint = "the first line is `n` or `0 n file key`, n being the number of regions";
    let count =
        count.ok_or_else(|| wrong(line, Some(text), "this header is not that of a weights file".to_owned(), hint))?;
    Ok((line, count))
}

/// GeoDa's list of neighbours: a line `id k`, then a line of k ids.
fn gal(lines: &mut dyn Iterator<Item = (u64, &str)>) -> Result<Pairs, Wrong> {
    let (first, count) = header(lines)?;
    let (mut pairs, mut regions) = (Pairs::default(), FxHashMap::default());
    let mut named: Vec<(u64, &str)> = Vec::new();
    while let Some((line, text)) = lines.next() {
        let (id, neighbours) = announced(line, text)?;
        if let Some(earlier) = regions.insert(id, line) {
            let message = format!("duplicate region; it already stands in line {earlier}");
            return Err(wrong(line, Some(id), message, "list each region once, with all its neighbours"));
        }
        if neighbours == 0 {
            pairs.push(id, None, line);
            continue;
        }
        let Some((line, text)) = lines.next() else {
            let message = format!("region {id} announces {neighbours} neighbours, but the file ends");
            return Err(wrong(line, Some(text), message, "is the file complete?"));
        };
        let before = named.len();
        named.extend(text.split_whitespace().map(|id| (line, id)));
        let found = named.len() - before;
        if found != neighbours {
            let message = format!("region {id} announces {neighbours} neighbours, but {found} are listed");
            return Err(wrong(
                line,
                Some(text),
                message,
                "list all neighbours of a region in one line, separated by spaces",
            ));
        }
        named[before..].iter().for_each(|(line, target)| pairs.push(id, Some(target), *line));
    }
    if regions.len() != count {
        let message = format!("the header announces {count} regions, but {} are listed", regions.len());
        return Err(wrong(first, None, message, "is the file complete?"));
    }
    match named.iter().find(|(_, id)| !regions.contains_key(id)) {
        Some((line, id)) => {
            let message = "this neighbour is not listed as a region".to_owned();
            Err(wrong(*line, Some(id), message, "a region without neighbours has a line `id 0`"))
        }
        None => Ok(pairs),
    }
}

/// Region and number of neighbours in a line `id k`.
fn announced(line: u64, text: &str) -> Result<(&str, usize), Wrong> {
    let mut words = text.split_whitespace();
    match (words.next(), words.next().and_then(|count| count.parse().ok()), words.next()) {
        (Some(id), Some(count), None) => Ok((id, count)),
        _ => {
            let message = "this line should name a region and its number of neighbours, `id k`".to_owned();
            Err(wrong(line, Some(text), message, "the ids of the neighbours stand in the line beneath"))
        }
    }
}

/// GeoDa's list of distances: lines `i j distance`.
fn gwt(lines: &mut dyn Iterator<Item = (u64, &str)>) -> Result<Pairs, Wrong> {
    let (first, count) = header(lines)?;
    let (mut pairs, mut regions) = (Pairs::default(), FxHashSet::default());
    for (line, text) in lines {
        let words: Vec<&str> = text.split_whitespace().collect();
        let &[source, target, distance] = words.as_slice() else {
            let message = format!("{} fields where `i j distance` has 3", words.len());
            return Err(wrong(line, Some(text), message, "separate the three by spaces"));
        };
        match parse_number(distance, Decimal::Point) {
            Some(distance) if distance >= 0.0 && distance.is_finite() => {}
            Some(distance) if distance < 0.0 => {
                let message = "negative distance; it must be 0 or more".to_owned();
                return Err(wrong(line, Some(&format!("{distance}")), message, "write `i j distance`"));
            }
            _ => {
                let message = "the distance is not a number; it must be 0 or more".to_owned();
                return Err(wrong(line, Some(distance), message, "write `i j distance`"));
            }
        }
        regions.extend([source, target]);
        pairs.push(source, Some(target), line);
    }
    if pairs.lines.is_empty() {
        return Err(wrong(
            first,
            None,
            "there is no pair beneath the header".to_owned(),
            "write `i j distance` in each line",
        ));
    }
    if regions.len() > count {
        let message = format!("the header announces {count} regions, but {} are named", regions.len());
        return Err(wrong(first, None, message, "correct the number of regions in the header"));
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str, text: &str) -> Result<Table, String> {
        match weights_from_bytes(text.as_bytes().to_vec(), name) {
            Ok(Loaded { data: InputData::Table(table), .. }) => Ok(table),
            Ok(_) => Err("no table".to_owned()),
            Err(fault) => Err(format!("{fault} | {}", fault.hint().unwrap_or_default())),
        }
    }

    fn pairs(table: &Table) -> Vec<(&str, &str)> {
        let (source, target) = (table.text("source").expect("source"), table.text("target").expect("target"));
        source.iter().zip(target.iter()).map(|(i, j)| (i.unwrap_or("?"), j.unwrap_or("-"))).collect()
    }

    #[test]
    fn gal_and_gwt_are_read() {
        for header in ["3", "0 3 map ID"] {
            let found = table("w.gal", &format!("{header}\n01 2\nb c\nb 1\n01\nc 0\n\n")).expect("valid");
            assert_eq!(pairs(&found), [("01", "b"), ("01", "c"), ("b", "01"), ("c", "-")]);
            assert_eq!(found.origin().and_then(|origin| origin.lines.of(2)), Some(5));
        }
        let found = table("w.gwt", "0 3 map ID\n1 2 0.5\n2 1 0.5\n").expect("valid");
        assert_eq!((pairs(&found), found.numbers("weight")), (vec![("1", "2"), ("2", "1")], Some(&[1.0, 1.0][..])));
    }

    #[test]
    fn links_tables_have_weight_one_unless_they_say_otherwise() {
        let found = table("w.csv", "source,target\na,b\nb,\n").expect("valid");
        assert_eq!((pairs(&found), found.numbers("weight")), (vec![("a", "b"), ("b", "-")], Some(&[1.0, 1.0][..])));
        assert!(table("w.csv", "source,target,weight\na,b,-1\n").expect_err("negative").contains("negative weight"));
        assert!(table("w.csv", "source,target\na,b\na,b\n").expect_err("twice").contains("duplicate source–target"));
    }

    #[test]
    fn wrong_files_say_where() {
        let gal = |text: &str| table("w.gal", text).expect_err("wrong");
        assert!(gal("").contains("empty"));
        assert!(gal("x y\n").contains("line 1, value \"x y\": this header"));
        assert!(
            gal("2\na 2\nb\nb 0\n").contains("line 3, value \"b\": region a announces 2 neighbours, but 1 are listed")
        );
        assert!(gal("2\na 1\n").contains("but the file ends"));
        assert!(gal("3\na 1\nb\nb 0\n").contains("announces 3 regions, but 2"));
        assert!(gal("1\na 1\nz\n").contains("not listed as a region"));
        assert!(gal("2\na 0\na 0\n").contains("duplicate region; it already stands in line 2"));
        assert!(gal("1\na one\n").contains("`id k`"));
        assert!(gal("1\na 2\na a\n").contains("duplicate"));
        let gwt = |text: &str| table("w.gwt", text).expect_err("wrong");
        assert!(gwt("2\n1 2\n").contains("2 fields where"));
        assert!(gwt("2\n1 2 x\n").contains("distance is not a number"));
        assert!(gwt("2\n1 2 -1\n").contains("negative distance"));
        assert!(gwt("1\n1 2 1\n").contains("announces 1 regions, but 2"));
        assert!(gwt("1\n").contains("no pair"));
    }
}
