//! A walk through all shortest paths from one node, where links have lengths.

use super::adjacency::Adjacency;
use super::betweenness::{Reached, Walk};
use super::queue::Queue;

/// Relative difference up to which two paths count as equally long.
const TIE: f64 = 1e-10;
/// The end of a chain.
const NONE: u32 = u32::MAX;

/// Memory of a walk, used again for the next source.
#[derive(Debug)]
pub(super) struct Lengths<'a> {
    graph: &'a Adjacency,
    distance: Vec<f64>,
    /// Number of shortest paths to the node.
    paths: Vec<f64>,
    dependency: Vec<f64>,
    order: Vec<u32>,
    /// The nodes before each on shortest paths, as a chain of places in `before`.
    last: Vec<u32>,
    before: Vec<(u32, u32)>,
    settled: Vec<bool>,
    queue: Queue,
}

impl<'a> Lengths<'a> {
    pub(super) fn new(graph: &'a Adjacency) -> Self {
        let n = graph.len();
        Self {
            graph,
            distance: vec![f64::INFINITY; n],
            paths: vec![0.0; n],
            dependency: vec![0.0; n],
            order: Vec::with_capacity(n),
            last: vec![NONE; n],
            before: Vec::new(),
            settled: vec![false; n],
            queue: Queue::new(n),
        }
    }

    fn forget(&mut self) {
        for &node in &self.order {
            self.distance[node as usize] = f64::INFINITY;
            self.paths[node as usize] = 0.0;
            self.dependency[node as usize] = 0.0;
            self.last[node as usize] = NONE;
            self.settled[node as usize] = false;
        }
        self.order.clear();
        self.before.clear();
    }
}

impl Walk for Lengths<'_> {
    /// Dijkstra: order, distances, path counts, and who stands before whom.
    fn walk(&mut self, source: u32) {
        self.forget();
        self.distance[source as usize] = 0.0;
        self.paths[source as usize] = 1.0;
        self.queue.lower(source, &self.distance);
        while let Some(v) = self.queue.pop(&self.distance) {
            self.order.push(v);
            self.settled[v as usize] = true;
            let (here, through) = (self.distance[v as usize], self.paths[v as usize]);
            let (neighbours, lengths) = (self.graph.neighbours(v as usize), self.graph.weights(v as usize));
            for (&w, &length) in neighbours.iter().zip(lengths) {
                let (at, there) = (w as usize, here + length);
                let known = self.distance[at];
                if there > known * (1.0 + TIE) || self.settled[at] {
                    continue;
                }
                if there < known * (1.0 - TIE) || known == f64::INFINITY {
                    self.distance[at] = there;
                    self.queue.lower(w, &self.distance);
                    self.paths[at] = through;
                    self.last[at] = NONE;
                } else {
                    self.paths[at] += through;
                }
                self.before.push((v, self.last[at]));
                self.last[at] = self.before.len() as u32 - 1;
            }
        }
    }

    /// Every node hands its own to those before it.
    fn dependencies(&mut self, mut add: impl FnMut(u32, f64)) {
        for &w in self.order[1..].iter().rev() {
            let dependency = self.dependency[w as usize];
            if dependency > 0.0 {
                add(w, dependency);
            }
            let each = (1.0 + dependency) / self.paths[w as usize];
            let mut at = self.last[w as usize];
            while at != NONE {
                let (v, next) = self.before[at as usize];
                self.dependency[v as usize] += self.paths[v as usize] * each;
                at = next;
            }
        }
    }

    fn reached(&self, source: u32) -> Reached {
        let mut found = Reached { source, nodes: 0.0, distance: 0.0, inverse: 0.0, farthest: 0.0 };
        for &w in &self.order[1..] {
            let d = self.distance[w as usize];
            found.nodes += 1.0;
            found.distance += d;
            found.inverse += 1.0 / d;
            found.farthest = d;
        }
        found
    }
}
