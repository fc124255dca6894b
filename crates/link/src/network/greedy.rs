//! Communities by merging, from single nodes on, the pair of the largest gain (Clauset, Newman and Moore 2004).

use rustc_hash::FxHashMap;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// A merge that could be made.
#[derive(Debug, PartialEq)]
struct Merge {
    gain: f64,
    pair: (usize, usize),
    /// Merges that both had seen when it was weighed up.
    stamp: (usize, usize),
}

impl Eq for Merge {}

impl Ord for Merge {
    /// The largest gain first; of equal gains the pair of the earliest communities.
    fn cmp(&self, other: &Self) -> Ordering {
        self.gain.total_cmp(&other.gain).then_with(|| other.pair.cmp(&self.pair))
    }
}

impl PartialOrd for Merge {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Community of every node, after merging while modularity grows.
///
/// # Complexity
/// O(m log m) heap steps for each level of the tree of merges.
#[must_use]
pub(crate) fn merge(nodes: usize, links: &[(usize, usize, f64)], resolution: f64) -> Vec<usize> {
    let mut between: Vec<FxHashMap<usize, f64>> = vec![FxHashMap::default(); nodes];
    let mut strength = vec![0.0; nodes];
    for &(a, b, weight) in links {
        *between[a].entry(b).or_default() += weight;
        *between[b].entry(a).or_default() += weight;
        strength[a] += weight;
        strength[b] += weight;
    }
    let double: f64 = strength.iter().sum();
    let mut stamp = vec![0_usize; nodes];
    let mut into: Vec<usize> = (0..nodes).collect();
    let mut heap = BinaryHeap::new();
    let weigh = |a: usize, b: usize, weight: f64, strength: &[f64], stamp: &[usize]| {
        let gain = weight - resolution * strength[a] * strength[b] / double;
        let (a, b) = (a.min(b), a.max(b));
        Merge { gain, pair: (a, b), stamp: (stamp[a], stamp[b]) }
    };
    for &(a, b, _) in links {
        heap.push(weigh(a, b, between[a][&b], &strength, &stamp));
    }
    while let Some(Merge { gain, pair: (a, b), stamp: seen }) = heap.pop() {
        if seen != (stamp[a], stamp[b]) || into[a] != a || into[b] != b {
            continue;
        }
        if gain <= 1e-12 * double {
            break;
        }
        let (keep, gone) = if between[a].len() >= between[b].len() { (a, b) } else { (b, a) };
        into[gone] = keep;
        strength[keep] += strength[gone];
        stamp[keep] += 1;
        for (other, weight) in std::mem::take(&mut between[gone]) {
            between[other].remove(&gone);
            if other != keep {
                *between[keep].entry(other).or_default() += weight;
                *between[other].entry(keep).or_default() += weight;
            }
        }
        for (&other, &weight) in &between[keep] {
            heap.push(weigh(keep, other, weight, &strength, &stamp));
        }
    }
    let root = |mut node: usize| {
        while into[node] != node {
            node = into[node];
        }
        node
    };
    (0..nodes).map(root).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_triangles() {
        let links = [(0, 1), (1, 2), (0, 2), (3, 4), (4, 5), (3, 5), (2, 3)].map(|(a, b)| (a, b, 1.0));
        let found = merge(6, &links, 1.0);
        assert!(found[0] == found[1] && found[1] == found[2] && found[3] == found[5] && found[2] != found[3]);
    }
}
