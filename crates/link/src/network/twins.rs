//! Nodes that are tied to one another and have all other neighbours in common.
//!
//! In a projection of events, everyone whose only event is the same is a twin of the others. Twins can be exchanged
//! without any change, no shortest path between others needs two of them, and a walk from one is a walk from all.

use super::adjacency::Adjacency;
use rustc_hash::FxHashMap;

/// Classes of twins, numbered in order of their first node.
#[derive(Debug, Clone, PartialEq)]
pub struct Twins {
    class: Vec<u32>,
    first: Vec<u32>,
    size: Vec<f64>,
}

impl Twins {
    /// Every node by itself.
    #[must_use]
    pub fn none(n: usize) -> Self {
        Self { class: (0..n as u32).collect(), first: (0..n as u32).collect(), size: vec![1.0; n] }
    }

    /// The classes of an undirected network.
    #[must_use]
    pub fn find(graph: &Adjacency) -> Self {
        let mut known: FxHashMap<u64, Vec<u32>> = FxHashMap::default();
        let mut found = Self { class: Vec::with_capacity(graph.len()), first: Vec::new(), size: Vec::new() };
        for v in 0..graph.len() {
            let mark = graph.neighbours(v).iter().fold(mixed(v as u32), |sum, &w| sum.wrapping_add(mixed(w)));
            let classes = known.entry(mark).or_default();
            let same = classes.iter().copied().find(|&c| are_twins(graph, found.first[c as usize] as usize, v));
            let class = same.unwrap_or_else(|| {
                classes.push(found.first.len() as u32);
                found.first.push(v as u32);
                found.size.push(0.0);
                found.first.len() as u32 - 1
            });
            found.class.push(class);
            found.size[class as usize] += 1.0;
        }
        found
    }

    /// Number of classes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.first.len()
    }

    /// Whether there is no class.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.first.is_empty()
    }

    /// Number of nodes.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.class.len()
    }

    /// Class of a node.
    #[must_use]
    pub fn of(&self, node: usize) -> usize {
        self.class[node] as usize
    }

    /// Nodes of every class.
    #[must_use]
    pub fn sizes(&self) -> &[f64] {
        &self.size
    }

    /// A value of every class as a value of every node.
    #[must_use]
    pub fn spread(&self, values: &[f64]) -> Vec<f64> {
        self.class.iter().map(|&class| values[class as usize]).collect()
    }

    /// The graph of the classes, without links within them; nothing when every node is alone.
    #[must_use]
    pub fn quotient(&self, graph: &Adjacency) -> Option<Adjacency> {
        if self.len() == self.nodes() {
            return None;
        }
        let firsts = self.first.iter().enumerate();
        // A neighbour class is entered through its first node alone, so that every pair stands once.
        let pairs = firsts.flat_map(|(class, &node)| {
            let others = graph.neighbours(node as usize).iter().copied();
            let others = others.filter(move |&w| {
                let other = self.class[w as usize];
                other != class as u32 && self.first[other as usize] == w
            });
            others.map(move |w| (class as u32, self.class[w as usize], 1.0))
        });
        Some(Adjacency::new(self.len(), pairs))
    }
}

/// A number as a mark whose sums tell sets apart (finaliser of SplitMix64, Steele, Lea and Flood 2014).
fn mixed(node: u32) -> u64 {
    let mut z = u64::from(node).wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Whether both are tied and have the same other neighbours.
fn are_twins(graph: &Adjacency, a: usize, b: usize) -> bool {
    let others = |of: usize, without: usize| graph.neighbours(of).iter().filter(move |&&w| w as usize != without);
    graph.degree(a) == graph.degree(b) && graph.has(a, b as u32) && others(a, b).eq(others(b, a))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twins_of_two_triangles_that_share_a_node() {
        let links = [(0, 1), (1, 2), (0, 2), (2, 3), (3, 4), (2, 4)];
        let graph = Adjacency::new(6, links.into_iter().flat_map(|(a, b)| [(a, b, 1.0), (b, a, 1.0)]));
        let twins = Twins::find(&graph);
        assert_eq!(twins.class, [0, 0, 1, 2, 2, 3]);
        let quotient = twins.quotient(&graph).unwrap();
        assert_eq!(quotient.neighbours(1), [0, 2]);
        assert_eq!(quotient.entries(), 4);
        assert!(Twins::none(6).quotient(&graph).is_none());
    }
}
