//! Neighbours of every node in compressed rows.

use super::read::Link;

/// Neighbours of every node, in ascending order, in compressed rows: O(n + m) memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Adjacency {
    start: Vec<usize>,
    node: Vec<u32>,
    weight: Vec<f64>,
}

impl Adjacency {
    /// From pairs (from, to, weight); every pair at most once.
    #[must_use]
    pub fn new(nodes: usize, pairs: impl Iterator<Item = (u32, u32, f64)> + Clone) -> Self {
        let mut start = vec![0_usize; nodes + 1];
        pairs.clone().for_each(|(from, _, _)| start[from as usize + 1] += 1);
        for i in 0..nodes {
            start[i + 1] += start[i];
        }
        let mut next = start.clone();
        let mut cells = vec![(0_u32, 0.0); start[nodes]];
        for (from, to, weight) in pairs {
            cells[next[from as usize]] = (to, weight);
            next[from as usize] += 1;
        }
        for i in 0..nodes {
            cells[start[i]..start[i + 1]].sort_unstable_by_key(|cell| cell.0);
        }
        let (node, weight) = cells.into_iter().unzip();
        Self { start, node, weight }
    }

    /// Along the links, from source to target.
    #[must_use]
    pub fn along(nodes: usize, links: &[Link]) -> Self {
        Self::new(nodes, links.iter().map(|link| (link.source, link.target, link.weight)))
    }

    /// Against the links, from target to source.
    #[must_use]
    pub fn against(nodes: usize, links: &[Link]) -> Self {
        Self::new(nodes, links.iter().map(|link| (link.target, link.source, link.weight)))
    }

    /// Every link both ways; two links that run opposite become one with the sum of their weights.
    #[must_use]
    pub fn both(nodes: usize, links: &[Link]) -> Self {
        let ways = links.iter().flat_map(|l| [(l.source, l.target, l.weight), (l.target, l.source, l.weight)]);
        Self::new(nodes, ways).merged()
    }

    /// Equal neighbours become one with the sum of their weights.
    fn merged(self) -> Self {
        let mut merged = Self { start: vec![0], node: Vec::with_capacity(self.node.len()), weight: Vec::new() };
        for i in 0..self.len() {
            let from = merged.node.len();
            for (node, weight) in self.pairs(i) {
                if merged.node.len() > from && merged.node.last() == Some(&node) {
                    if let Some(last) = merged.weight.last_mut() {
                        *last += weight;
                    }
                } else {
                    merged.node.push(node);
                    merged.weight.push(weight);
                }
            }
            merged.start.push(merged.node.len());
        }
        merged
    }

    /// Number of nodes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.start.len() - 1
    }

    /// Whether there is no node.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Neighbours that are listed, over all nodes: a link both ways counts twice.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.node.len()
    }

    /// Neighbours of a node in ascending order.
    #[must_use]
    pub fn neighbours(&self, node: usize) -> &[u32] {
        &self.node[self.start[node]..self.start[node + 1]]
    }

    /// Weights of the links to the neighbours.
    #[must_use]
    pub fn weights(&self, node: usize) -> &[f64] {
        &self.weight[self.start[node]..self.start[node + 1]]
    }

    /// Neighbours with their weights.
    pub fn pairs(&self, node: usize) -> impl Iterator<Item = (u32, f64)> + Clone + '_ {
        self.neighbours(node).iter().copied().zip(self.weights(node).iter().copied())
    }

    /// Number of neighbours.
    #[must_use]
    pub fn degree(&self, node: usize) -> usize {
        self.start[node + 1] - self.start[node]
    }

    /// Sum of the weights.
    #[must_use]
    pub fn strength(&self, node: usize) -> f64 {
        // The sum of nothing is −0 in floating point.
        self.weights(node).iter().sum::<f64>() + 0.0
    }

    /// Whether there is a link from one node to another.
    #[must_use]
    pub fn has(&self, from: usize, to: u32) -> bool {
        self.neighbours(from).binary_search(&to).is_ok()
    }

    /// Whether every link runs both ways.
    #[must_use]
    pub fn is_symmetric(&self) -> bool {
        (0..self.len()).all(|v| self.neighbours(v).iter().all(|&w| self.has(w as usize, v as u32)))
    }

    /// The same links with other weights.
    #[must_use]
    pub fn map_weights(mut self, of: impl Fn(f64) -> f64) -> Self {
        self.weight.iter_mut().for_each(|weight| *weight = of(*weight));
        self
    }
}
