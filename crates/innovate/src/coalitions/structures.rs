//! All ways to divide the firms into coalitions: by firm, or by how many of each type.

use crate::game::Game;
use distretto_core::Fault;
use rustc_hash::FxHashMap;

/// Most structures that are enumerated.
pub(super) const STRUCTURES: usize = 200_000;
/// Most firms that are told apart one by one.
pub(super) const APART: usize = 10;

/// A coalition: how many firms of each kind; where firms are told apart, every firm is a kind.
pub(super) type Counts = Vec<u8>;

/// A division of the firms; coalitions in falling lexicographic order, which is that of their first members.
pub(super) type Structure = Vec<Counts>;

/// The kinds of firms, and the structures in order.
#[derive(Debug, Clone)]
pub(super) struct Space {
    /// Firms of each kind.
    pub kinds: Vec<Vec<usize>>,
    /// Names of the kinds.
    pub names: Vec<String>,
    /// Whether kinds are types and not firms.
    pub typed: bool,
    /// Whether the names of types are letters of our own.
    pub lettered: bool,
    pub structures: Vec<Structure>,
}

impl Space {
    /// All structures of a game.
    pub(super) fn of(game: &Game, types: bool) -> Result<Self, Fault> {
        let n = game.len();
        if n <= APART && !types {
            let kinds = (0..n).map(|i| vec![i]).collect();
            return Ok(Self {
                kinds,
                names: game.names.to_vec(),
                typed: false,
                lettered: false,
                structures: partitions(n),
            });
        }
        let kinds = kinds(game);
        let (names, lettered) = names(game, &kinds);
        let totals: Counts = kinds.iter().map(|firms| u8::try_from(firms.len()).unwrap_or(u8::MAX)).collect();
        let mut structures = Vec::new();
        let fits = kinds.iter().all(|firms| firms.len() < usize::from(u8::MAX));
        if !fits || !fill(&totals, &totals, &mut Vec::new(), &mut structures) {
            let message =
                format!("{n} firms of {} types have more than {STRUCTURES} coalition structures", kinds.len());
            return Err(
                Fault::result(message).with_hint("up to 10 different firms, or more of few types, can be enumerated")
            );
        }
        Ok(Self { kinds, names, typed: true, lettered, structures })
    }

    /// The name of a coalition.
    pub(super) fn coalition(&self, counts: &Counts) -> String {
        let there = counts.iter().enumerate().filter(|(_, count)| **count > 0);
        if !self.typed {
            return there.map(|(k, _)| self.names[k].as_str()).collect::<Vec<_>>().join("+");
        }
        if self.kinds.len() == 1 {
            return counts[0].to_string();
        }
        there.map(|(k, count)| format!("{}{count}", self.names[k])).collect::<Vec<_>>().join("+")
    }

    /// The name of a structure.
    pub(super) fn label(&self, structure: &Structure) -> String {
        structure.iter().map(|counts| self.coalition(counts)).collect::<Vec<_>>().join("|")
    }

    /// The firms of each coalition: those of a kind are dealt out in their order.
    pub(super) fn members(&self, structure: &Structure) -> Vec<Vec<u32>> {
        let mut next = vec![0; self.kinds.len()];
        let deal = |counts: &Counts| {
            let mut members = Vec::new();
            for (k, &count) in counts.iter().enumerate() {
                let from = next[k];
                next[k] += usize::from(count);
                members.extend(self.kinds[k][from..next[k]].iter().map(|&i| i as u32));
            }
            members.sort_unstable();
            members
        };
        structure.iter().map(deal).collect()
    }
}

/// Structures that are one but for the names of exchangeable firms.
#[derive(Debug, Clone)]
pub(super) struct Alike {
    /// By structure, the first that is like it.
    pub first: Vec<usize>,
    /// By structure, its firms in an order in which those of structures alike stand in for one another.
    order: Vec<Vec<u8>>,
}

impl Alike {
    /// Of structures of firms that are told apart; types are alike in nothing.
    pub(super) fn of(game: &Game, space: &Space) -> Self {
        let all = 0..space.structures.len();
        let kinds = kinds(game);
        if space.typed || kinds.len() == game.len() {
            return Self { first: all.collect(), order: Vec::new() };
        }
        let mut known: FxHashMap<Structure, usize> = FxHashMap::default();
        let (mut first, mut order) = (Vec::with_capacity(all.len()), Vec::with_capacity(all.len()));
        for s in all {
            let of_kind = |block: &Counts, kind: &[usize]| kind.iter().map(|&i| block[i]).sum::<u8>();
            let mut blocks: Vec<(Counts, &Counts)> = space.structures[s]
                .iter()
                .map(|block| (kinds.iter().map(|kind| of_kind(block, kind)).collect(), block))
                .collect();
            blocks.sort_by(|a, b| b.0.cmp(&a.0));
            let inside = |kind: &Vec<usize>| -> Vec<u8> {
                let of_block = |block: &Counts| kind.iter().filter(|&&i| block[i] > 0).map(|&i| i as u8).collect();
                blocks.iter().flat_map(|&(_, block)| -> Vec<u8> { of_block(block) }).collect()
            };
            order.push(kinds.iter().flat_map(inside).collect());
            first.push(*known.entry(blocks.into_iter().map(|(counts, _)| counts).collect()).or_insert(s));
        }
        Self { first, order }
    }

    /// What holds by firm in a structure, from what holds in the first that is like it.
    pub(super) fn rename(&self, structure: usize, values: &[f64]) -> Vec<f64> {
        let first = self.first[structure];
        let mut found = values.to_vec();
        if first != structure {
            let pairs = self.order[structure].iter().zip(&self.order[first]);
            pairs.for_each(|(&here, &there)| found[usize::from(here)] = values[usize::from(there)]);
        }
        found
    }
}

/// Partitions as restricted growth strings in lexicographic order: all together first, all alone last.
fn partitions(n: usize) -> Vec<Structure> {
    let mut found = Vec::new();
    let mut string = vec![0usize; n];
    loop {
        let blocks = string.iter().max().map_or(0, |top| top + 1);
        let mut structure = vec![vec![0u8; n]; blocks];
        string.iter().enumerate().for_each(|(i, &block)| structure[block][i] = 1);
        found.push(structure);
        // The last place that may grow: it is at most the largest before it.
        let grows = |i: usize| string[..i].iter().max().is_some_and(|&top| string[i] <= top);
        let Some(place) = (1..n).rev().find(|&i| grows(i)) else { return found };
        string[place] += 1;
        string[place + 1..].iter_mut().for_each(|block| *block = 0);
    }
}

/// Exchangeable firms, kinds in the order of their first firm.
fn kinds(game: &Game) -> Vec<Vec<usize>> {
    let mut kinds: Vec<Vec<usize>> = Vec::new();
    for i in 0..game.len() {
        match kinds.iter_mut().find(|firms| game.exchangeable(firms[0], i)) {
            Some(firms) => firms.push(i),
            None => kinds.push(vec![i]),
        }
    }
    kinds
}

/// The names of the kinds, and whether they are letters of our own.
fn names(game: &Game, kinds: &[Vec<usize>]) -> (Vec<String>, bool) {
    let letter = |k: usize| {
        let tail = (b'A' + (k % 26) as u8) as char;
        if k < 26 { tail.to_string() } else { format!("{}{tail}", (b'A' + (k / 26 - 1) as u8) as char) }
    };
    let given = game.types.as_ref().map(|types| kinds.iter().map(|firms| types[firms[0]].clone()).collect::<Vec<_>>());
    // Two kinds under one name would be one label.
    let distinct = |names: &Vec<String>| names.iter().enumerate().all(|(k, name)| !names[..k].contains(name));
    match given.filter(distinct) {
        Some(given) => (given, false),
        None => ((0..kinds.len()).map(letter).collect(), true),
    }
}

/// Size lists in falling lexicographic order; false when there are too many.
fn fill(left: &Counts, top: &Counts, begun: &mut Structure, found: &mut Vec<Structure>) -> bool {
    if left.iter().all(|&count| count == 0) {
        found.push(begun.clone());
        return found.len() <= STRUCTURES;
    }
    // From the largest part that is no larger than the one before, down to the smallest.
    let mut part = largest(left, top);
    loop {
        if part.iter().all(|&count| count == 0) {
            return true;
        }
        let rest: Counts = left.iter().zip(&part).map(|(left, part)| left - part).collect();
        begun.push(part.clone());
        let room = fill(&rest, &part, begun, found);
        begun.pop();
        if !room {
            return false;
        }
        // The first kind of what is left must be served by the next part or never: parts only fall.
        let Some(k) = (0..part.len()).rev().find(|&k| part[k] > 0) else { return true };
        part[k] -= 1;
        part[k + 1..].copy_from_slice(&left[k + 1..]);
        let first = left.iter().position(|&count| count > 0).unwrap_or(0);
        if part[..=first].iter().all(|&count| count == 0) {
            return true;
        }
    }
}

/// The lexicographically largest vector within `left` that is at most `top`.
fn largest(left: &Counts, top: &Counts) -> Counts {
    let mut part = Vec::with_capacity(left.len());
    let mut tight = true;
    for (&left, &top) in left.iter().zip(top) {
        let count = if tight { left.min(top) } else { left };
        tight = tight && count == top;
        part.push(count);
    }
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bell_numbers() {
        // OEIS A000110.
        assert_eq!([1, 2, 3, 4, 5].map(|n| partitions(n).len()), [1, 2, 5, 15, 52]);
        let three = partitions(3);
        assert_eq!(three[0], [[1, 1, 1]]);
        assert_eq!(three[1], [vec![1, 1, 0], vec![0, 0, 1]]);
        assert_eq!(three[4].len(), 3);
    }

    /// Structures alike have coalitions of the same types, and renaming keeps types and coalitions together.
    #[test]
    fn structures_alike_differ_by_names_only() {
        let game = crate::solver::tests::read(serde_json::json!({
            "market": { "intercept": 100.0, "slope": 1.0 },
            "firms": { "marginal_cost": [40.0, 42.0, 40.0, 42.0, 40.0], "rd_cost": 20.0 },
        }));
        let space = Space::of(&game, false).unwrap();
        let alike = Alike::of(&game, &space);
        // Divisions of the multiset {A, A, A, B, B}: 16 (OEIS A001055 at 2³ 3² = 72).
        let different = (0..52).filter(|&s| alike.first[s] == s).count();
        assert_eq!(different, 16);
        for s in 0..52 {
            let names = |of: &Structure| -> Vec<f64> {
                // A number that tells the coalition by its types, and the firm's own type.
                let sum = |block: &Counts| (0..5).map(|i| f64::from(block[i]) * [1.0, 9.0][i % 2]).sum::<f64>();
                let home = |i: usize| of.iter().find(|block| block[i] > 0).map_or(f64::NAN, sum);
                (0..5).map(|i| 100.0 * home(i) + [1.0, 9.0][i % 2]).collect()
            };
            let first = &space.structures[alike.first[s]];
            assert_eq!(alike.rename(s, &names(first)), names(&space.structures[s]), "{s}");
        }
    }

    #[test]
    fn size_lists_fall() {
        let all = |totals: &[u8]| {
            let mut found = Vec::new();
            assert!(fill(&totals.to_vec(), &totals.to_vec(), &mut Vec::new(), &mut found));
            found
        };
        // Partitions of 4 (OEIS A000041): 4, 31, 22, 211, 1111.
        let four = all(&[4]);
        assert_eq!(four.len(), 5);
        assert_eq!(four[1], [[3], [1]]);
        assert_eq!(four[2], [[2], [2]]);
        // Multiset partitions of {A, A, B}: 4 (OEIS A000070 row).
        assert_eq!(all(&[2, 1]).len(), 4);
        assert_eq!(all(&[11]).len(), 56);
    }
}
