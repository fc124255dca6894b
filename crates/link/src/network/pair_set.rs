//! A set of pairs of nodes for many look-ups and exchanges.

/// No pair: nodes are numbered below `u32::MAX`.
const EMPTY: u64 = u64::MAX;

/// Pairs as numbers in one array, half empty at most, each in the first free place from the one its number points to.
/// A pair costs one look into memory; a general hash set costs two, which is what rewiring waits for.
#[derive(Debug)]
pub(super) struct PairSet {
    places: Vec<u64>,
    shift: u32,
}

impl PairSet {
    /// A set of these; room for as many as there are.
    pub(super) fn of(pairs: impl ExactSizeIterator<Item = u64>) -> Self {
        let bits = (2 * pairs.len()).max(2).next_power_of_two().trailing_zeros();
        let mut set = Self { places: vec![EMPTY; 1 << bits], shift: 64 - bits };
        pairs.for_each(|pair| set.insert(pair));
        set
    }

    /// Where a pair stands, or the free place where it would.
    fn place(&self, pair: u64) -> usize {
        let mut at = self.home(pair);
        while self.places[at] != EMPTY && self.places[at] != pair {
            at = (at + 1) & (self.places.len() - 1);
        }
        at
    }

    /// The place a pair points to (Fibonacci hashing, Knuth 1998, section 6.4).
    fn home(&self, pair: u64) -> usize {
        (pair.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> self.shift) as usize
    }

    /// What stands where a pair points to.
    pub(super) fn at_home(&self, pair: u64) -> u64 {
        self.places[self.home(pair)]
    }

    pub(super) fn contains(&self, pair: u64) -> bool {
        self.places[self.place(pair)] == pair
    }

    /// Puts a pair in; there must be room, so take one out first.
    pub(super) fn insert(&mut self, pair: u64) {
        let at = self.place(pair);
        self.places[at] = pair;
    }

    /// Takes a pair out; those behind it that would not be found any more move up.
    pub(super) fn remove(&mut self, pair: u64) {
        let mut free = self.place(pair);
        if self.places[free] != pair {
            return;
        }
        let mask = self.places.len() - 1;
        let mut at = free;
        loop {
            at = (at + 1) & mask;
            let next = self.places[at];
            if next == EMPTY {
                break;
            }
            // Steps from its home to where it stands, and to the free place.
            let home = self.home(next);
            if (at.wrapping_sub(home) & mask) >= (at.wrapping_sub(free) & mask) {
                self.places[free] = next;
                free = at;
            }
        }
        self.places[free] = EMPTY;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn exchanges_leave_the_same_as_in_a_tree() {
        // Multiples of 2⁶⁰ crowd at few homes.
        let crowded = |i: u64| (i % 7) << 60 | (i / 7);
        let mut tree: BTreeSet<u64> = (0..40).map(crowded).collect();
        let mut set = PairSet::of(tree.iter().copied().collect::<Vec<_>>().into_iter());
        for i in 0..2_000_u64 {
            let (out, into) = (crowded(i * 31 % 90), crowded(i * 17 % 90));
            if tree.remove(&out) {
                set.remove(out);
                tree.insert(into);
                set.insert(into);
            }
            assert!((0..90).map(crowded).all(|pair| set.contains(pair) == tree.contains(&pair)), "after {i}");
        }
    }
}
