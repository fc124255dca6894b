//! Between which values and ranks a thing stays when one part of what it rests on changes: a judgement, an expert, a
//! unit of the frontier. Ranks that no draw could tell about are never printed without such a range.

use crate::ranks::ranks;
use distretto_core::{Message, Table};

/// The smallest and largest value and rank of each item, over all that were seen.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ranges {
    values: Vec<(f64, f64)>,
    ranks: Vec<(f64, f64)>,
}

impl Ranges {
    /// Nothing but the values in hand, the largest of which has rank 1.
    pub(crate) fn of(values: &[f64]) -> Self {
        Self::by(values, &ranks(values))
    }

    /// The same with ranks that follow another rule.
    pub(crate) fn by(values: &[f64], ranks: &[f64]) -> Self {
        let both = |x: &f64| (*x, *x);
        Self { values: values.iter().map(both).collect(), ranks: ranks.iter().map(both).collect() }
    }

    /// Values under a change; an item that has none then has no rank either.
    pub(crate) fn widen(&mut self, values: &[f64]) {
        self.widen_by(values, &ranks(values));
    }

    /// The same with ranks that follow another rule.
    pub(crate) fn widen_by(&mut self, values: &[f64], ranks: &[f64]) {
        let pairs = self.values.iter_mut().zip(values).chain(self.ranks.iter_mut().zip(ranks));
        for (range, &seen) in pairs {
            // The smaller of a number and NaN is the number.
            *range = (range.0.min(seen), range.1.max(seen));
        }
    }

    /// The values that one item can have when it alone changes; the others keep theirs.
    ///
    /// The item takes any rank between those of its ends, and another one that reaches past it moves it by one.
    pub(crate) fn of_single_changes(values: &[f64], ends: &[(f64, f64)]) -> Self {
        let mut found = Self::of(values);
        for item in 0..values.len() {
            let mut changed = values.to_vec();
            for end in [ends[item].0, ends[item].1] {
                changed[item] = end;
                found.widen(&changed);
            }
        }
        found
    }

    /// Columns `rank_low`, `rank_high`, `VALUE_low`, `VALUE_high`.
    pub(crate) fn put(&self, table: Table, value: &str) -> Table {
        put(self.put_ranks(table), value, &self.values)
    }

    /// Columns `rank_low`, `rank_high`.
    pub(crate) fn put_ranks(&self, table: Table) -> Table {
        put(table, "rank", &self.ranks)
    }
}

fn put(table: Table, name: &str, ends: &[(f64, f64)]) -> Table {
    let table = table.with_numbers(&format!("{name}_low"), ends.iter().map(|ends| ends.0).collect());
    table.with_numbers(&format!("{name}_high"), ends.iter().map(|ends| ends.1).collect())
}

/// `rank 2 (1 to 3)` of a row, or `rank 2` where it stays.
pub(crate) fn rank_of(table: &Table, row: usize) -> Option<Message> {
    let value = |name: &str| table.numbers(name).map(|values| values[row]);
    let (rank, low, high) = (value("rank")?, value("rank_low")?, value("rank_high")?);
    let key = if low == high { "appraise.firmness.rank-stays" } else { "appraise.firmness.rank-moves" };
    Some(Message::new(key).number("rank", rank).number("low", low).number("high", high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rank_moves_with_its_own_value_and_with_that_of_others() {
        // a 3, b 2, c 1, each may be one off: a falls to 2 and ties with b for the first place.
        let found = Ranges::of_single_changes(&[3.0, 2.0, 1.0], &[(2.0, 4.0), (1.0, 3.0), (0.0, 2.0)]);
        assert_eq!(found.ranks, [(1.0, 1.0), (1.0, 2.0), (2.0, 3.0)]);
        // Two off: a falls behind b, b and c pass.
        let found = Ranges::of_single_changes(&[3.0, 2.0, 1.0], &[(1.0, 5.0), (0.0, 4.0), (-1.0, 3.0)]);
        assert_eq!(found.ranks, [(1.0, 2.0), (1.0, 3.0), (1.0, 3.0)]);
        assert_eq!(found.values[2], (-1.0, 3.0));
    }

    #[test]
    fn an_item_without_a_value_keeps_its_range() {
        let mut found = Ranges::of(&[3.0, 2.0]);
        found.widen(&[f64::NAN, 2.0]);
        assert_eq!(found.ranks, [(1.0, 1.0), (1.0, 2.0)]);
        assert_eq!(found.values, [(3.0, 3.0), (2.0, 2.0)]);
    }
}
