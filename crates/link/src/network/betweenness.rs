//! Betweenness of all nodes (Brandes 2001), with or without lengths, all sources or some pivots.

use super::adjacency::Adjacency;
use super::error::NetworkError;
use super::queue::Queue;
use super::reach::Reach;
use super::twins::Twins;
use distretto_core::Progress;
use rayon::prelude::*;

/// Relative difference up to which two paths count as equally long.
const TIE: f64 = 1e-10;
/// Sources of a block; part of the order of addition.
const BLOCK: usize = 64;
/// Blocks whose sums are held at once.
const WAVE: usize = 16;

/// What a walk from every source gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Walks {
    /// Σ over sources of their dependency on the node; ordered pairs.
    pub betweenness: Vec<f64>,
    /// Standard error of that sum when the sources are a sample.
    pub error: Option<Vec<f64>>,
    /// What every source reaches; filled where the sources are all nodes.
    pub reach: Reach,
}

/// A graph to walk in: neighbours along the links.
#[derive(Debug, Clone, Copy)]
pub struct Paths<'a> {
    /// Neighbours; weights are lengths above 0 where `lengths` is set.
    pub graph: &'a Adjacency,
    /// Whether weights are lengths; else every link counts 1.
    pub lengths: bool,
    /// Whether every link runs both ways.
    pub symmetric: bool,
}

/// Whose dependencies are added.
#[derive(Debug, Clone, Copy)]
pub enum Sources<'a> {
    /// Everyone's.
    All,
    /// Those of a sample of K nodes, scaled by n/K.
    Sample(&'a [u32]),
    /// Nobody's: only what is reached counts.
    None,
}

/// Walks from all nodes; with a sample and without lengths from those alone.
///
/// # Errors
/// When the user stops.
///
/// # Complexity
/// O(n (n + m)), with lengths O(n (m + n log n)); nodes with the same neighbours and one another are walked from once.
pub fn betweenness(paths: Paths, from: Sources, progress: &dyn Progress) -> Result<Walks, NetworkError> {
    let n = paths.graph.len();
    let twins = if paths.lengths || !paths.symmetric { Twins::none(n) } else { Twins::find(paths.graph) };
    let quotient = twins.quotient(paths.graph);
    let graph = Paths { graph: quotient.as_ref().unwrap_or(paths.graph), ..paths };
    let mut times = vec![0.0; twins.len()];
    match from {
        Sources::All => times.copy_from_slice(twins.sizes()),
        Sources::Sample(pivots) => pivots.iter().for_each(|&node| times[twins.of(node as usize)] += 1.0),
        Sources::None => {}
    }
    // Without lengths what is reached comes cheaper from `reach`.
    let walked = |class: u32| times[class as usize] > 0.0 || paths.lengths;
    let sources: Vec<u32> = (0..twins.len() as u32).filter(|&class| walked(class)).collect();
    progress.begin("betweenness", sources.len() as u64);
    let blocks: Vec<&[u32]> = sources.chunks(BLOCK).collect();
    let mut sums = Sums::new(twins.len());
    let mut reach = Reach::nothing(twins.len());
    for wave in blocks.chunks(WAVE) {
        let found: Vec<Option<Sums>> =
            wave.par_iter().map(|block| one_block(graph, &twins, block, &times, progress)).collect();
        for one in found {
            let one = one.ok_or(NetworkError::Stopped)?;
            sums.add(&one);
            for (source, nodes, distance, inverse, farthest) in one.reached {
                let at = source as usize;
                (reach.nodes[at], reach.distance[at]) = (nodes, distance);
                (reach.inverse[at], reach.farthest[at]) = (inverse, farthest);
            }
        }
    }
    let sample = if let Sources::Sample(pivots) = from { Some(pivots.len()) } else { None };
    Ok(package(&twins, &sums, &reach, sample))
}

fn package(twins: &Twins, sums: &Sums, reach: &Reach, pivots: Option<usize>) -> Walks {
    let n = twins.nodes() as f64;
    let spread = |values: &[f64]| twins.spread(values);
    let reach = Reach {
        nodes: spread(&reach.nodes),
        distance: spread(&reach.distance),
        inverse: spread(&reach.inverse),
        farthest: spread(&reach.farthest),
    };
    let Some(k) = pivots.map(|k| k as f64) else {
        return Walks { betweenness: spread(&sums.dependency), error: None, reach };
    };
    let scaled: Vec<f64> = sums.dependency.iter().map(|sum| sum * n / k).collect();
    // n times the standard error of a mean of K of n sources drawn without replacement.
    let error = sums.dependency.iter().zip(&sums.squares).map(|(sum, squares)| {
        let variance = if k > 1.0 { ((squares - sum * sum / k) / (k - 1.0)).max(0.0) } else { f64::NAN };
        n * (variance / k * (1.0 - k / n).max(0.0)).sqrt()
    });
    Walks { betweenness: spread(&scaled), error: Some(spread(&error.collect::<Vec<_>>())), reach }
}

#[derive(Debug)]
struct Sums {
    dependency: Vec<f64>,
    squares: Vec<f64>,
    /// Source, nodes reached, sums of distances and of their inverses, the largest.
    reached: Vec<(u32, f64, f64, f64, f64)>,
}

impl Sums {
    fn new(n: usize) -> Self {
        Self { dependency: vec![0.0; n], squares: vec![0.0; n], reached: Vec::new() }
    }

    fn add(&mut self, other: &Self) {
        self.dependency.iter_mut().zip(&other.dependency).for_each(|(to, from)| *to += from);
        self.squares.iter_mut().zip(&other.squares).for_each(|(to, from)| *to += from);
    }
}

fn one_block(graph: Paths, twins: &Twins, block: &[u32], times: &[f64], progress: &dyn Progress) -> Option<Sums> {
    let mut sums = Sums::new(graph.graph.len());
    let mut walk = Walk::new(graph.graph, twins.sizes());
    for &source in block {
        if progress.cancelled() {
            return None;
        }
        if graph.lengths {
            walk.by_length(source)
        } else {
            walk.by_level(source)
        }
        let times = times[source as usize];
        if times > 0.0 {
            if graph.lengths { walk.dependencies_by_length() } else { walk.dependencies() }
        }
        for (node, dependency) in walk.result.drain(..) {
            sums.dependency[node as usize] += times * dependency;
            sums.squares[node as usize] += times * dependency * dependency;
        }
        sums.reached.push(walk.reached(source, !graph.lengths));
        progress.advance(1);
    }
    Some(sums)
}

/// Memory of one walk, used again for the next source.
#[derive(Debug)]
struct Walk<'a> {
    graph: &'a Adjacency,
    /// How many nodes a node stands for.
    size: &'a [f64],
    distance: Vec<f64>,
    /// Number of shortest paths to one of the nodes.
    paths: Vec<f64>,
    /// size · (1 + dependency) / paths.
    coefficient: Vec<f64>,
    order: Vec<u32>,
    /// For every place in the order, where its successors on shortest paths end in the list.
    ends: Vec<usize>,
    successors: Vec<u32>,
    /// With lengths: the nodes before each on shortest paths, as a chain of places in `before`.
    last: Vec<u32>,
    before: Vec<(u32, u32)>,
    settled: Vec<bool>,
    queue: Queue,
    result: Vec<(u32, f64)>,
}

impl<'a> Walk<'a> {
    fn new(graph: &'a Adjacency, size: &'a [f64]) -> Self {
        let n = graph.len();
        Self {
            graph,
            size,
            distance: vec![f64::INFINITY; n],
            paths: vec![0.0; n],
            coefficient: vec![0.0; n],
            order: Vec::with_capacity(n),
            ends: Vec::with_capacity(n),
            successors: Vec::with_capacity(graph.entries()),
            last: vec![u32::MAX; n],
            before: Vec::new(),
            settled: vec![false; n],
            queue: Queue::new(n),
            result: Vec::with_capacity(n),
        }
    }

    fn forget(&mut self) {
        for &node in &self.order {
            self.distance[node as usize] = f64::INFINITY;
            self.paths[node as usize] = 0.0;
            self.last[node as usize] = u32::MAX;
            self.settled[node as usize] = false;
        }
        self.order.clear();
        self.ends.clear();
        self.successors.clear();
        self.before.clear();
    }

    /// Breadth first: order, path counts, successors.
    fn by_level(&mut self, source: u32) {
        self.forget();
        self.distance[source as usize] = 0.0;
        self.paths[source as usize] = 1.0;
        self.order.push(source);
        let mut at = 0;
        while at < self.order.len() {
            let v = self.order[at] as usize;
            let next = self.distance[v] + 1.0;
            // Of the twins of the source only the source itself begins a path.
            let through = if at == 0 { 1.0 } else { self.size[v] * self.paths[v] };
            for &w in self.graph.neighbours(v) {
                let known = self.distance[w as usize];
                if known == next {
                    self.paths[w as usize] += through;
                    self.successors.push(w);
                } else if known == f64::INFINITY {
                    self.distance[w as usize] = next;
                    self.paths[w as usize] = through;
                    self.order.push(w);
                    self.successors.push(w);
                }
            }
            self.ends.push(self.successors.len());
            at += 1;
        }
    }

    /// Dijkstra: order, distances, path counts, and who stands before whom.
    fn by_length(&mut self, source: u32) {
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
                    self.last[at] = u32::MAX;
                } else {
                    self.paths[at] += through;
                }
                self.before.push((v, self.last[at]));
                self.last[at] = self.before.len() as u32 - 1;
            }
        }
    }

    /// Dependencies after [`by_length`](Self::by_length): every node hands its own to those before it.
    fn dependencies_by_length(&mut self) {
        self.order.iter().for_each(|&v| self.coefficient[v as usize] = 0.0);
        for &w in self.order[1..].iter().rev() {
            let dependency = self.coefficient[w as usize];
            if dependency > 0.0 {
                self.result.push((w, dependency));
            }
            let each = (1.0 + dependency) / self.paths[w as usize];
            let mut at = self.last[w as usize];
            while at != u32::MAX {
                let (v, next) = self.before[at as usize];
                self.coefficient[v as usize] += self.paths[v as usize] * each;
                at = next;
            }
        }
    }

    /// Dependencies of the source on every node, against the order.
    fn dependencies(&mut self) {
        for at in (0..self.order.len()).rev() {
            let v = self.order[at] as usize;
            let from = if at == 0 { 0 } else { self.ends[at - 1] };
            let sum: f64 = self.successors[from..self.ends[at]].iter().map(|&w| self.coefficient[w as usize]).sum();
            let dependency = self.paths[v] * sum;
            self.coefficient[v] = self.size[v] * (1.0 + dependency) / self.paths[v];
            if at > 0 && dependency > 0.0 {
                self.result.push((v as u32, dependency));
            }
        }
    }

    /// What the source reaches; its twins are one link away.
    fn reached(&self, source: u32, with_twins: bool) -> (u32, f64, f64, f64, f64) {
        let twins = if with_twins { self.size[source as usize] - 1.0 } else { 0.0 };
        let (mut nodes, mut distance, mut inverse) = (twins, twins, twins);
        for &w in &self.order[1..] {
            let (size, d) = (self.size[w as usize], self.distance[w as usize]);
            nodes += size;
            distance += size * d;
            inverse += size / d;
        }
        let last = self.order.last().map_or(0.0, |&w| self.distance[w as usize]);
        (source, nodes, distance, inverse, if twins > 0.0 { last.max(1.0) } else { last })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use distretto_core::Silent;

    fn undirected(n: usize, links: &[(u32, u32, f64)]) -> Adjacency {
        Adjacency::new(n, links.iter().flat_map(|&(a, b, w)| [(a, b, w), (b, a, w)]).collect::<Vec<_>>().into_iter())
    }

    #[test]
    fn a_star_and_its_twins() {
        // A hub 0 in a clique 1 2 3 and with leaves 4 5: every pair of a clique node and a leaf, and 4–5, go by 0.
        let clique = [(1, 2, 1.0), (1, 3, 1.0), (2, 3, 1.0)];
        let mut links: Vec<_> = (1..6).map(|i| (0, i, 1.0)).collect();
        links.extend(clique);
        let graph = undirected(6, &links);
        let paths = Paths { graph: &graph, lengths: false, symmetric: true };
        let found = betweenness(paths, Sources::All, &Silent).unwrap();
        assert_eq!(found.betweenness, [14.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        let with_lengths = betweenness(Paths { lengths: true, ..paths }, Sources::All, &Silent).unwrap();
        assert_eq!(with_lengths.betweenness, found.betweenness);
        assert_eq!(with_lengths.reach, found.reach);
        assert_eq!(found.reach.distance, [5.0, 7.0, 7.0, 7.0, 9.0, 9.0]);
    }

    #[test]
    fn equal_lengths_tie_in_spite_of_rounding() {
        // 0.1 + 0.2 and 0.3 are not the same number.
        let graph = undirected(4, &[(0, 1, 0.1), (1, 3, 0.2), (0, 2, 0.2), (2, 3, 0.1), (0, 3, 0.3)]);
        let found =
            betweenness(Paths { graph: &graph, lengths: true, symmetric: true }, Sources::All, &Silent).unwrap();
        assert!((found.betweenness[1] - 2.0 / 3.0).abs() < 1e-15, "{:?}", found.betweenness);
    }

    #[test]
    fn all_pivots_are_all_sources() {
        let graph = undirected(5, &[(0, 1, 1.0), (1, 2, 1.0), (2, 3, 1.0), (3, 4, 1.0)]);
        let paths = Paths { graph: &graph, lengths: false, symmetric: true };
        let all = betweenness(paths, Sources::All, &Silent).unwrap();
        let some = betweenness(paths, Sources::Sample(&[0, 1, 2, 3, 4]), &Silent).unwrap();
        assert_eq!(all.betweenness, [0.0, 6.0, 8.0, 6.0, 0.0]);
        assert_eq!(all.betweenness, some.betweenness);
        assert_eq!(some.error.unwrap(), [0.0; 5]);
    }
}
