//! A table of distances (travel times, road kilometres) in place of coordinates.

use super::error::PlantsError;
use super::pairs::Links;
use distretto_core::{ColumnKind, Given, Input, Message, Place, Table, TableSpec, Text, nearest};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Name of the input.
const NAME: &str = "distances";
/// Squares of distances from here on are no numbers.
const MOST: f64 = 1e150;
/// Relative difference up to which both directions count as one distance.
const SAME: f64 = 1e-9;
/// Relative shortfall of the largest listed distance that is not told: tables are cut at a round number, and the
/// largest distance lies a little below it.
const SLACK: f64 = 0.01;
/// Number of a label that no plant has.
const UNKNOWN: u32 = u32::MAX;
/// Number of a label whose plant is left out.
const LEFT_OUT: u32 = u32::MAX - 1;

/// The input that estimands on plants declare to take distances from a table; see [`distance_columns`].
pub const DISTANCES: Input = Input::table(
    NAME,
    Place::Flag,
    false,
    "Distances or travel times between plants (from, to, distance) in place of coordinates; pairs not listed lie farther",
);

/// The columns wanted of that input, when it is given.
#[must_use]
pub fn distance_columns(given: &Given) -> Option<TableSpec> {
    given.iter().any(|name| name == NAME).then(|| {
        TableSpec::new(NAME)
            .need("from", ColumnKind::Label)
            .need("to", ColumnKind::Label)
            .need("distance", ColumnKind::NonNegative)
    })
}

/// Distances of the pairs of plants that a table lists; every other pair lies farther than all of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Distances {
    links: Arc<Links>,
    largest: f64,
    complete: bool,
}

impl Distances {
    /// Distances of `plants` plants from pairs (a, b, distance) with a < b, in any order, each once.
    ///
    /// # Errors
    /// A pair of no two plants or that stands twice (the row is its position), a distance that is none.
    pub fn new(plants: usize, pairs: &[(u32, u32, f64)]) -> Result<Self, PlantsError> {
        let mut sorted = pairs.to_vec();
        for (row, &(a, b, value)) in pairs.iter().enumerate() {
            if a >= b || b as usize >= plants {
                return Err(PlantsError::SelfPair { row, id: a.to_string() });
            }
            check(row, value)?;
        }
        sorted.sort_unstable_by_key(|&(a, b, _)| (a, b));
        match sorted.windows(2).position(|two| (two[0].0, two[0].1) == (two[1].0, two[1].1)) {
            Some(row) => {
                Err(PlantsError::PairTwice { row, from: sorted[row].0.to_string(), to: sorted[row].1.to_string() })
            }
            None => Ok(Self::of_sorted(plants, &sorted)),
        }
    }

    fn of_sorted(plants: usize, pairs: &[(u32, u32, f64)]) -> Self {
        let n = plants as u64;
        let largest = pairs.iter().fold(0.0, |largest: f64, &(.., distance)| largest.max(distance));
        let complete = pairs.len() as u64 == n * n.saturating_sub(1) / 2;
        Self { links: Arc::new(Links::new(plants, pairs)), largest, complete }
    }

    /// Reads a table with `from`, `to`, `distance`. `ids` and `rows` are those of the plants: the identifiers of all
    /// rows of their table, and the row of each plant that is kept.
    ///
    /// # Errors
    /// Unknown identifiers, a plant paired with itself, a pair that stands twice in one direction, distances that are
    /// none.
    pub(super) fn read(table: &Table, ids: &Text, rows: &[u32]) -> Result<(Self, Vec<Message>), PlantsError> {
        let missing = |column: &str| PlantsError::Column { column: column.to_owned() };
        let text = |column: &str| table.text(column).ok_or_else(|| missing(column));
        let (from, to) = (text("from")?, text("to")?);
        let values = table.numbers("distance").ok_or_else(|| missing("distance"))?;
        if u32::try_from(table.rows()).is_err() {
            return Err(PlantsError::TooMany { count: table.rows() });
        }
        let numbers = Numbers::new(ids, rows);
        let (of_from, of_to) = (numbers.of(from), numbers.of(to));
        let (mut entries, mut left, mut empty) = (Vec::with_capacity(table.rows()), 0, 0);
        for (row, &value) in values.iter().enumerate() {
            let a = numbered(&of_from, from, row, "from", ids)?;
            let b = numbered(&of_to, to, row, "to", ids)?;
            if from.get(row) == to.get(row) {
                return Err(PlantsError::SelfPair { row, id: from.get(row).unwrap_or_default().to_owned() });
            }
            if value.is_nan() {
                empty += 1;
                continue;
            }
            check(row, value)?;
            if a == LEFT_OUT || b == LEFT_OUT {
                left += 1;
                continue;
            }
            entries.push(Entry { low: a.min(b), high: a.max(b), row: row as u32, back: a > b });
        }
        entries.sort_unstable_by_key(|entry| (entry.low, entry.high, entry.back, entry.row));
        let twice = entries.windows(2).filter(|two| two[0].is(&two[1]) && two[0].back == two[1].back);
        if let Some(row) = twice.map(|two| two[1].row as usize).min() {
            let id = |text: &Text| text.get(row).unwrap_or_default().to_owned();
            return Err(PlantsError::PairTwice { row, from: id(from), to: id(to) });
        }
        let (pairs, differing) = merged(&entries, values);
        let note = |key, count| (count > 0).then(|| Message::new(key).count("count", count));
        let zero = pairs.iter().filter(|pair| pair.2 == 0.0).count();
        let notes = [
            note("measure.distances.left-out", left),
            note("measure.distances.empty", empty),
            note("measure.distances.two-ways", differing),
            note("measure.distances.zero", zero),
        ];
        Ok((Self::of_sorted(rows.len(), &pairs), notes.into_iter().flatten().collect()))
    }

    /// The listed pairs.
    #[must_use]
    pub fn links(&self) -> &Arc<Links> {
        &self.links
    }

    /// The largest listed distance; 0 when none is listed.
    #[must_use]
    pub fn largest(&self) -> f64 {
        self.largest
    }

    /// Whether every pair of plants is listed.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Whether pairs up to `needed` may be missing: not every pair is listed, and the list ends before.
    #[must_use]
    pub fn ends_before(&self, needed: f64) -> bool {
        !self.complete && self.largest * (1.0 + SLACK) < needed
    }

    /// A warning where neighbours up to `needed` count, but may be missing.
    pub(super) fn short_of(&self, needed: f64) -> Option<Message> {
        let note = || Message::new("measure.distances.short").number("largest", self.largest).number("needed", needed);
        self.ends_before(needed).then(note)
    }
}

/// A row of the table: plants `low` < `high`, and whether it leads from the higher to the lower.
struct Entry {
    low: u32,
    high: u32,
    row: u32,
    back: bool,
}

impl Entry {
    fn is(&self, other: &Self) -> bool {
        (self.low, self.high) == (other.low, other.high)
    }
}

/// One distance for each pair, the mean of both directions where both are given, and how many pairs these differ in.
fn merged(entries: &[Entry], values: &[f64]) -> (Vec<(u32, u32, f64)>, usize) {
    let mut pairs: Vec<(u32, u32, f64)> = Vec::with_capacity(entries.len());
    let mut differing = 0;
    for (i, entry) in entries.iter().enumerate() {
        let value = values[entry.row as usize];
        if i > 0 && entries[i - 1].is(entry) {
            let other = values[entries[i - 1].row as usize];
            differing += usize::from((value - other).abs() > SAME * value.max(other));
            if let Some(last) = pairs.last_mut() {
                last.2 = 0.5 * (value + other);
            }
        } else {
            pairs.push((entry.low, entry.high, value));
        }
    }
    (pairs, differing)
}

/// Numbers of plants by their identifiers.
struct Numbers<'t>(FxHashMap<&'t str, u32>);

impl<'t> Numbers<'t> {
    fn new(ids: &'t Text, rows: &[u32]) -> Self {
        let mut numbers: FxHashMap<&str, u32> = ids.labels().iter().map(|id| (id.as_str(), LEFT_OUT)).collect();
        for (&row, plant) in rows.iter().zip(0..) {
            if let Some(id) = ids.get(row as usize) {
                numbers.insert(id, plant);
            }
        }
        Self(numbers)
    }

    /// Of each label of a column.
    fn of(&self, column: &Text) -> Vec<u32> {
        column.labels().iter().map(|label| self.0.get(label.as_str()).copied().unwrap_or(UNKNOWN)).collect()
    }
}

fn numbered(numbers: &[u32], column: &Text, row: usize, name: &'static str, ids: &Text) -> Result<u32, PlantsError> {
    let number = column.code(row).map_or(UNKNOWN, |code| numbers[code as usize]);
    if number != UNKNOWN {
        return Ok(number);
    }
    let id = column.get(row).unwrap_or_default().to_owned();
    let names: Vec<&str> = ids.labels().iter().map(String::as_str).collect();
    let nearest = nearest(&id, &names).map(ToOwned::to_owned);
    Err(PlantsError::UnknownPlant { row, column: name, id, nearest })
}

fn check(row: usize, value: f64) -> Result<(), PlantsError> {
    // NaN is no distance either.
    if (0.0..MOST).contains(&value) { Ok(()) } else { Err(PlantsError::NoDistance { row, value }) }
}

#[cfg(test)]
mod tests {
    use super::super::{Plants, SiteOptions};
    use super::*;

    fn text(words: &[&str]) -> Text {
        words.iter().copied().map(Some).collect()
    }

    fn plants() -> Table {
        Table::empty().with_text("id", text(&["p", "q", "s", "t"])).with_text("industry", text(&["A", "A", "B", "A"]))
    }

    fn listed(from: &[&str], to: &[&str], distance: &[f64]) -> Table {
        Table::empty()
            .with_text("from", text(from))
            .with_text("to", text(to))
            .with_numbers("distance", distance.to_vec())
    }

    fn read(distances: &Table) -> Result<Plants, PlantsError> {
        Plants::read_with_distances(&plants(), distances, &SiteOptions::default())
    }

    /// Every listed pair as (a, b, squared).
    fn pairs(plants: &Plants) -> Vec<(usize, usize, f64)> {
        let index = plants.index(f64::INFINITY);
        let mut found = Vec::new();
        index.visit(0..index.len(), |i, j, squared| {
            found.extend(squared.iter().enumerate().map(|(k, &square)| (i, j + k, square)));
        });
        found
    }

    #[test]
    fn directions_are_one_distance_or_their_mean() {
        let table = listed(&["q", "p", "s", "t", "t"], &["p", "s", "p", "s", "p"], &[2.0, 4.0, 6.0, 0.0, 1.0]);
        let plants = read(&table).unwrap();
        assert_eq!(pairs(&plants), [(0, 1, 4.0), (0, 2, 25.0), (0, 3, 1.0), (2, 3, 0.0)]);
        let keys: Vec<&str> = plants.notes().iter().map(|note| note.key).collect();
        assert_eq!(keys, ["measure.distances.two-ways", "measure.distances.zero"]);
        let distances = plants.distances().unwrap();
        assert_eq!((distances.largest(), distances.is_complete(), distances.links().len()), (5.0, false, 4));
        let mut squares: Vec<f64> = distances.links().squares().collect();
        squares.sort_unstable_by(f64::total_cmp);
        assert_eq!(squares, [0.0, 1.0, 4.0, 25.0]);
    }

    #[test]
    fn subsets_see_their_listed_pairs() {
        let all: Vec<(u32, u32, f64)> =
            (0..40).flat_map(|a| (a + 1..40).map(move |b| (a, b, f64::from(a * 100 + b)))).collect();
        let some: Vec<_> = all.into_iter().filter(|(a, b, _)| (a * 7 + b) % 5 != 0).collect();
        let whole = crate::points::pairs::PairIndex::listed(Distances::new(40, &some).unwrap().links().clone());
        let (mut a, mut b) = (whole.empty_like(), whole.empty_like());
        // A subset is filled anew by every simulation.
        for (first, second) in [((0..20).collect(), (20..40).collect()), (vec![31, 4, 9, 2], vec![8, 39, 0])] {
            let (first, second): (Vec<u32>, Vec<u32>) = (first, second);
            whole.subset_into(&first, &mut a);
            whole.subset_into(&second, &mut b);
            let (mut within, mut between) = (Vec::new(), Vec::new());
            a.visit(0..a.len(), |i, j, squared| {
                let number = |place: usize| first[a.order()[place] as usize];
                within.extend(squared.iter().enumerate().map(|(k, s)| (number(i), number(j + k), s.sqrt())));
            });
            b.visit_from(&a, 0..a.len(), |i, j, squared| {
                let (x, y) = (first[a.order()[i] as usize], |place: usize| second[b.order()[place] as usize]);
                between.extend(squared.iter().enumerate().map(|(k, s)| (x.min(y(j + k)), x.max(y(j + k)), s.sqrt())));
            });
            let is = |x: u32, list: &[u32]| list.contains(&x);
            let inner = some.iter().filter(|(x, y, _)| is(*x, &first) && is(*y, &first)).copied();
            let cross =
                |&&(x, y, _): &&(u32, u32, f64)| (is(x, &first) && is(y, &second)) || (is(x, &second) && is(y, &first));
            let key = |&(x, y, _): &(u32, u32, f64)| (x, y);
            within.sort_unstable_by_key(key);
            between.sort_unstable_by_key(key);
            assert_eq!(within, inner.collect::<Vec<_>>());
            assert_eq!(between, some.iter().filter(cross).copied().collect::<Vec<_>>());
        }
    }

    #[test]
    fn wrong_rows_are_told() {
        let unknown = read(&listed(&["p", "p"], &["q", "t1"], &[1.0, 2.0])).unwrap_err();
        let nearest = Some("t".to_owned());
        assert_eq!(unknown, PlantsError::UnknownPlant { row: 1, column: "to", id: "t1".into(), nearest });
        let own = read(&listed(&["p"], &["p"], &[0.0])).unwrap_err();
        assert_eq!(own, PlantsError::SelfPair { row: 0, id: "p".into() });
        let twice = read(&listed(&["p", "q", "q"], &["q", "p", "p"], &[1.0; 3])).unwrap_err();
        assert_eq!(twice, PlantsError::PairTwice { row: 2, from: "q".into(), to: "p".into() });
        for value in [-1.0, f64::INFINITY, 1e200] {
            let error = read(&listed(&["p"], &["q"], &[value])).unwrap_err();
            assert_eq!(error, PlantsError::NoDistance { row: 0, value });
        }
        let metric = SiteOptions { metric: Some(super::super::MetricWord::Planar), ..SiteOptions::default() };
        let both = Plants::read_with_distances(&plants(), &listed(&["p"], &["q"], &[1.0]), &metric);
        assert_eq!(both, Err(PlantsError::MetricAndTable));
        assert!(matches!(Distances::new(3, &[(1, 1, 0.0)]), Err(PlantsError::SelfPair { .. })));
        assert!(matches!(Distances::new(3, &[(0, 1, 0.0), (0, 1, 0.0)]), Err(PlantsError::PairTwice { .. })));
    }

    #[test]
    fn rows_of_plants_left_out_are_counted() {
        let years = plants().with_numbers("year", vec![2001.0, 2001.0, 2011.0, 2001.0]);
        let options = SiteOptions { year: Some(2001), ..SiteOptions::default() };
        let table = listed(&["p", "p", "q"], &["q", "s", "t"], &[1.0, 2.0, f64::NAN]);
        let plants = Plants::read_with_distances(&years, &table, &options).unwrap();
        assert_eq!((plants.len(), pairs(&plants)), (3, vec![(0, 1, 1.0)]));
        let keys: Vec<&str> = plants.notes().iter().map(|note| note.key).collect();
        assert_eq!(keys, ["measure.distances.left-out", "measure.distances.empty"]);
    }
}
