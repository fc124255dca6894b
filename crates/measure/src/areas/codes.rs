//! Codes that hold one another, and codes in two spellings.

use super::error::AreasError;
use super::options::Nested;
use super::span::TOTAL_TOLERANCE;
use distretto_core::{Arg, Message};
use rustc_hash::FxHashMap;

/// Regions in which a whole must be at least its parts before it is taken for their total.
const REGIONS_NEEDED: usize = 3;
/// Parts that a whole must have for the same.
const PARTS_NEEDED: usize = 2;
/// Codes of one length that make it plain how long the codes of a level are.
const LEVEL_NEEDED: usize = 3;
/// Labels, in lower case, that tables give to rows and columns of totals.
const TOTAL_WORDS: [&str; 10] = ["total", "totals", "sum", "all", "summe", "合计", "总计", "总和", "全部", "全国"];
/// Codes that a message names at most.
const NAMED: usize = 4;

/// Two lengths of numeric codes are a warning. Codes are text, so that 1 and 01 are two regions; they are an error where
/// several codes of the longer form make it plain that the shorter one has lost its leading zeros.
pub(super) fn check_regions(codes: &[String], notes: &mut Vec<Message>) -> Result<(), AreasError> {
    let mut seen: FxHashMap<&str, &str> = FxHashMap::default();
    for code in codes.iter().filter(|code| is_numeric(code)) {
        let Some(first) = seen.insert(code.trim_start_matches('0'), code) else { continue };
        let long = first.len().max(code.len());
        if codes.iter().filter(|other| is_numeric(other) && other.len() == long).count() >= LEVEL_NEEDED {
            return Err(AreasError::Spelling { first: first.to_owned(), second: code.clone() });
        }
    }
    if let Some((first, second)) = two_lengths(codes) {
        let note = Message::new("measure.areas.region-code-lengths");
        notes.push(note.with("first", Arg::Region(first)).with("second", Arg::Region(second)));
    }
    Ok(())
}

/// A row or column that is called a total and is the sum of all others would be counted as one region or industry more.
pub(super) fn check_totals(values: &[f64], codes: (&[String], &[String])) -> Result<(), AreasError> {
    let (regions, industries) = codes;
    let (rows, width) = (regions.len(), industries.len());
    let cell = |region: usize, industry: usize| values[region * width + industry];
    let total = |labels: &[String], across: usize, value: &dyn Fn(usize, usize) -> f64| {
        let named = |label: &&String| TOTAL_WORDS.contains(&label.to_lowercase().as_str());
        let at = labels.iter().position(|label| named(&label)).filter(|_| labels.len() > PARTS_NEEDED)?;
        let sums = (0..across).all(|k| {
            let others: f64 = (0..labels.len()).filter(|&i| i != at).map(|i| value(i, k)).sum();
            (value(at, k) - others).abs() <= TOTAL_TOLERANCE * others
        });
        sums.then(|| labels[at].clone())
    };
    match total(regions, width, &cell).or_else(|| total(industries, rows, &|industry, region| cell(region, industry))) {
        Some(label) => Err(AreasError::UnmarkedTotal { label }),
        None => Ok(()),
    }
}

/// Industry codes that hold one another are an error or a warning, two lengths of numeric codes a warning.
pub(super) fn check_industries(
    values: &[f64],
    codes: (&[String], &[String]),
    nested: Nested,
    notes: &mut Vec<Message>,
) -> Result<(), AreasError> {
    let (regions, industries) = codes;
    let families = families(industries);
    let mut together: Option<(usize, usize)> = None;
    for (parent, children) in &families {
        let found = compare(values, industries.len(), *parent, children);
        let Some((region, child)) = found.together else { continue };
        together = together.or(Some((*parent, child)));
        let parts = children.len() >= PARTS_NEEDED;
        let always = found.regions >= REGIONS_NEEDED && found.below == 0 && parts;
        // One part alone may equal its supposed whole by chance in small numbers, though not in every region.
        let equal = found.equal.is_some() && (parts || found.below == 0);
        if nested == Nested::Error && (equal || always) {
            let region = found.equal.unwrap_or(region);
            return Err(AreasError::Nested {
                parent: industries[*parent].clone(),
                children: named(industries, children),
                region: regions[region].clone(),
                value: values[region * industries.len() + parent],
            });
        }
    }
    if let Some((parent, child)) = together {
        let note = Message::new("measure.areas.nested-codes");
        let parent = Arg::Industry(industries[parent].clone());
        notes.push(note.with("parent", parent).with("child", Arg::Industry(industries[child].clone())));
    } else if let Some((first, second)) = two_lengths(industries) {
        let note = Message::new("measure.areas.industry-code-lengths");
        notes.push(note.with("first", Arg::Industry(first)).with("second", Arg::Industry(second)));
    }
    Ok(())
}

fn is_numeric(code: &str) -> bool {
    !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_digit())
}

/// Two numeric codes of different lengths, where there are such.
fn two_lengths(codes: &[String]) -> Option<(String, String)> {
    let mut numeric = codes.iter().filter(|code| is_numeric(code));
    let first = numeric.next()?;
    numeric.find(|code| code.len() != first.len()).map(|second| (first.clone(), second.clone()))
}

/// Each numeric code with the codes whose longest proper prefix in the table it is, in the order of the table.
fn families(codes: &[String]) -> Vec<(usize, Vec<usize>)> {
    let numeric = codes.iter().enumerate().filter(|(_, code)| is_numeric(code));
    let place: FxHashMap<&str, usize> = numeric.clone().map(|(i, code)| (code.as_str(), i)).collect();
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); codes.len()];
    for (i, code) in numeric {
        let parent = (1..code.len()).rev().find_map(|length| place.get(&code[..length]));
        if let Some(&parent) = parent {
            children[parent].push(i);
        }
    }
    children.into_iter().enumerate().filter(|(_, children)| !children.is_empty()).collect()
}

/// How a whole compares with its parts over the regions.
#[derive(Default)]
struct Comparison {
    /// First region where both stand, and a part that stands there.
    together: Option<(usize, usize)>,
    /// First region where the whole equals its parts.
    equal: Option<usize>,
    /// Regions where both stand.
    regions: usize,
    /// Regions where the whole is less than its parts.
    below: usize,
}

fn compare(values: &[f64], width: usize, parent: usize, children: &[usize]) -> Comparison {
    let mut found = Comparison::default();
    for (region, row) in values.chunks_exact(width).enumerate() {
        let whole = row[parent];
        let parts: f64 = children.iter().map(|&child| row[child].max(0.0)).sum();
        // A missing whole is NaN and compares as false.
        if !(whole > 0.0 && parts > 0.0) {
            continue;
        }
        found.regions += 1;
        if found.together.is_none() {
            let child = children.iter().find(|&&child| row[child] > 0.0);
            found.together = child.map(|&child| (region, child));
        }
        if (whole - parts).abs() <= TOTAL_TOLERANCE * whole {
            found.equal = found.equal.or(Some(region));
        } else if whole < parts {
            found.below += 1;
        }
    }
    found
}

fn named(codes: &[String], places: &[usize]) -> String {
    let mut words: Vec<&str> = places.iter().take(NAMED).map(|&i| codes[i].as_str()).collect();
    if places.len() > NAMED {
        words.push("…");
    }
    words.join(", ")
}
