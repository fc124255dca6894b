//! Betweenness of all nodes (Brandes 2001), with or without lengths, all sources or some pivots.

use super::adjacency::Adjacency;
use super::error::NetworkError;
use super::lengths::Lengths;
use super::levels::Levels;
use super::reach::Reach;
use super::twins::Twins;
use distretto_core::Progress;
use rayon::prelude::*;

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
            for found in one.reached {
                let at = found.source as usize;
                (reach.nodes[at], reach.distance[at]) = (found.nodes, found.distance);
                (reach.inverse[at], reach.farthest[at]) = (found.inverse, found.farthest);
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
    reached: Vec<Reached>,
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

/// What a source reaches: nodes, sums of the distances to them and of their inverses, the largest.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reached {
    pub(super) source: u32,
    pub(super) nodes: f64,
    pub(super) distance: f64,
    pub(super) inverse: f64,
    pub(super) farthest: f64,
}

/// A walk through all shortest paths from one source after another.
pub(super) trait Walk {
    /// Walks from a source.
    fn walk(&mut self, source: u32);
    /// Hands over the dependency of the source on every other node that has one.
    fn dependencies(&mut self, add: impl FnMut(u32, f64));
    /// What the source reached.
    fn reached(&self, source: u32) -> Reached;
}

fn one_block(graph: Paths, twins: &Twins, block: &[u32], times: &[f64], progress: &dyn Progress) -> Option<Sums> {
    if graph.lengths {
        walk_all(Lengths::new(graph.graph), graph.graph.len(), block, times, progress)
    } else {
        let walk = Levels::new(graph.graph, twins.sizes(), graph.symmetric);
        walk_all(walk, graph.graph.len(), block, times, progress)
    }
}

fn walk_all(mut walk: impl Walk, n: usize, block: &[u32], times: &[f64], progress: &dyn Progress) -> Option<Sums> {
    let mut sums = Sums::new(n);
    for &source in block {
        if progress.cancelled() {
            return None;
        }
        walk.walk(source);
        let times = times[source as usize];
        if times > 0.0 {
            walk.dependencies(|node, dependency| {
                sums.dependency[node as usize] += times * dependency;
                sums.squares[node as usize] += times * dependency * dependency;
            });
        }
        sums.reached.push(walk.reached(source));
        progress.advance(1);
    }
    Some(sums)
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
