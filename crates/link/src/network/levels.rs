//! A walk through all shortest paths from one node, where every link counts 1.

use super::adjacency::Adjacency;
use super::betweenness::{Reached, Walk};

/// The level of a node that no path has reached.
const UNSEEN: u32 = u32::MAX;

/// One step from a level to the next.
#[derive(Debug, Clone, Copy)]
struct Step {
    /// Whether unseen nodes looked back, rather than seen ones ahead.
    pulled: bool,
    /// First node of the level, as a place in the order.
    nodes: usize,
    /// First place in `ends`.
    ends: usize,
    /// First place in `ties`.
    ties: usize,
}

/// Memory of a walk, used again for the next source.
///
/// A level is left either by its nodes looking at all their neighbours, or, when fewer links hang on what is still
/// unseen, by the unseen nodes looking for neighbours on the level (Beamer, Asanović and Patterson 2012, here with the
/// counts of paths). In a small world the latter spares most links: hubs are seen early.
#[derive(Debug)]
pub(super) struct Levels<'a> {
    graph: &'a Adjacency,
    /// How many nodes a node stands for.
    size: &'a [f64],
    /// Whether every link runs both ways, so that one can look back.
    symmetric: bool,
    level: Vec<u32>,
    /// Number of shortest paths to one of the nodes.
    paths: Vec<f64>,
    /// size · paths; of the source 1: of its twins only the source itself begins a path.
    through: Vec<f64>,
    /// size · (1 + dependency) / paths.
    coefficient: Vec<f64>,
    /// Σ of the coefficients of the successors.
    owed: Vec<f64>,
    order: Vec<u32>,
    steps: Vec<Step>,
    /// Successors of the nodes of a level, or predecessors of those of the next where it was pulled.
    ties: Vec<u32>,
    filled: usize,
    ends: Vec<usize>,
    unseen: Vec<u32>,
    listed: bool,
}

impl<'a> Levels<'a> {
    pub(super) fn new(graph: &'a Adjacency, size: &'a [f64], symmetric: bool) -> Self {
        let n = graph.len();
        Self {
            graph,
            size,
            symmetric,
            level: vec![UNSEEN; n],
            paths: vec![0.0; n],
            through: vec![0.0; n],
            coefficient: vec![0.0; n],
            owed: vec![0.0; n],
            order: Vec::with_capacity(n),
            steps: Vec::new(),
            // One more than the ties: a neighbour is written down before it is known to be one.
            ties: vec![0; graph.entries() + 1],
            filled: 0,
            ends: Vec::with_capacity(n),
            unseen: Vec::new(),
            listed: false,
        }
    }

    fn forget(&mut self) {
        for &node in &self.order {
            self.level[node as usize] = UNSEEN;
            self.paths[node as usize] = 0.0;
            self.owed[node as usize] = 0.0;
        }
        self.order.clear();
        self.steps.clear();
        self.ends.clear();
        self.unseen.clear();
        (self.filled, self.listed) = (0, false);
    }

    /// Nodes of a level look ahead; the links of those they find.
    fn push(&mut self, depth: u32, from: usize) -> usize {
        let (mut links, to) = (0, self.order.len());
        for at in from..to {
            let v = self.order[at] as usize;
            let through = self.through[v];
            for &w in self.graph.neighbours(v) {
                let level = self.level[w as usize];
                if level > depth {
                    if level == UNSEEN {
                        self.level[w as usize] = depth + 1;
                        self.order.push(w);
                        links += self.graph.degree(w as usize);
                    }
                    self.paths[w as usize] += through;
                    self.ties[self.filled] = w;
                    self.filled += 1;
                }
            }
            self.ends.push(self.filled);
        }
        links
    }

    /// Unseen nodes look back at a level; the links of those that find it.
    fn pull(&mut self, depth: u32) -> usize {
        if !self.listed {
            self.unseen.extend((0..self.graph.len() as u32).filter(|&w| self.level[w as usize] == UNSEEN));
            self.listed = true;
        }
        let (mut links, mut kept, mut filled) = (0, 0, self.filled);
        for at in 0..self.unseen.len() {
            let node = self.unseen[at];
            let w = node as usize;
            if self.level[w] != UNSEEN {
                continue;
            }
            let (begin, mut paths) = (filled, 0.0);
            for &v in self.graph.neighbours(w) {
                let hit = self.level[v as usize] == depth;
                self.ties[filled] = v;
                filled += usize::from(hit);
                paths += if hit { self.through[v as usize] } else { 0.0 };
            }
            if filled == begin {
                self.unseen[kept] = node;
                kept += 1;
            } else {
                self.level[w] = depth + 1;
                self.paths[w] = paths;
                self.order.push(node);
                self.ends.push(filled);
                links += self.graph.degree(w);
            }
        }
        self.unseen.truncate(kept);
        self.filled = filled;
        links
    }
}

impl Walk for Levels<'_> {
    fn walk(&mut self, source: u32) {
        self.forget();
        self.level[source as usize] = 0;
        self.paths[source as usize] = 1.0;
        self.through[source as usize] = 1.0;
        self.order.push(source);
        let (mut from, mut depth) = (0, 0);
        let mut ahead = self.graph.degree(source as usize);
        let mut rest = self.graph.entries() - ahead;
        while from < self.order.len() {
            let to = self.order.len();
            let pulled = self.symmetric && rest < ahead;
            self.steps.push(Step { pulled, nodes: from, ends: self.ends.len(), ties: self.filled });
            ahead = if pulled { self.pull(depth) } else { self.push(depth, from) };
            rest -= ahead;
            for at in to..self.order.len() {
                let w = self.order[at] as usize;
                self.through[w] = self.size[w] * self.paths[w];
            }
            (from, depth) = (to, depth + 1);
        }
    }

    fn dependencies(&mut self, mut add: impl FnMut(u32, f64)) {
        let mut end = self.order.len();
        for (depth, step) in self.steps.iter().enumerate().rev() {
            // Step by step from the far end: what the next level hands back, then the level itself.
            let next = self.steps.get(depth + 1).map_or(end, |next| next.nodes);
            let takers = if step.pulled { &self.order[next..end] } else { &self.order[step.nodes..next] };
            let mut tie = step.ties;
            for (at, &node) in takers.iter().enumerate() {
                let last = self.ends[step.ends + at];
                let ties = &self.ties[tie..last];
                if step.pulled {
                    let coefficient = self.coefficient[node as usize];
                    ties.iter().for_each(|&v| self.owed[v as usize] += coefficient);
                } else {
                    self.owed[node as usize] = ties.iter().map(|&w| self.coefficient[w as usize]).sum();
                }
                tie = last;
            }
            for &node in &self.order[step.nodes..next] {
                let v = node as usize;
                let dependency = self.paths[v] * self.owed[v];
                self.coefficient[v] = self.size[v] * (1.0 + dependency) / self.paths[v];
                if depth > 0 && dependency > 0.0 {
                    add(node, dependency);
                }
            }
            end = next;
        }
    }

    /// What the source reaches; its twins are one link away.
    fn reached(&self, source: u32) -> Reached {
        let twins = self.size[source as usize] - 1.0;
        let mut found = Reached { source, nodes: twins, distance: twins, inverse: twins, farthest: twins.min(1.0) };
        for (depth, step) in self.steps.iter().enumerate().skip(1) {
            let next = self.steps.get(depth + 1).map_or(self.order.len(), |next| next.nodes);
            let size: f64 = self.order[step.nodes..next].iter().map(|&w| self.size[w as usize]).sum();
            found.nodes += size;
            found.distance += size * depth as f64;
            found.inverse += size / depth as f64;
            found.farthest = depth as f64;
        }
        found
    }
}
