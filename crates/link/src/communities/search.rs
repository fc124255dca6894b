//! The search for the partition of the largest modularity: Leiden (Traag, Waltman and van Eck 2019) and Louvain.

use super::{WeightedGraph, numbered};
use distretto_numerics::{Key, Stream, shuffle};
use rayon::prelude::*;

/// Gain below which a move is none.
const GAIN: f64 = 1e-12;
/// Gain of modularity below which another iteration brought nothing.
const BETTER: f64 = 1e-9;
/// Iterations in a row that must bring nothing before the search ends.
const IDLE: usize = 2;
/// Ties above which only the best runs are iterated: those of a large network differ little, and each takes long.
const LARGE: usize = 400_000;
/// How many of them.
const ITERATED: usize = 2;
/// Randomness of refinement, in mean weights of a tie: a part that gains less by this is joined 1/e times as often.
const THETA: f64 = 0.01;

/// The method by which communities are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Search {
    /// Leiden: communities are refined before they are merged (Traag, Waltman and van Eck 2019).
    Leiden,
    /// Louvain: they are not.
    Louvain,
    /// One run of moves and merging with the nodes in their order; restarts do not count.
    Ordered,
}

/// The partition of the largest modularity of so many restarts, communities numbered from 0 by size, then by first
/// node. Leiden is iterated from the partitions found, with more than 200,000 links from the two best, until it brings
/// nothing. Without links every node is a community
/// of its own.
#[must_use]
pub fn communities(graph: &WeightedGraph, search: Search, resolution: f64, restarts: usize, seed: u64) -> Vec<usize> {
    let alone: Vec<usize> = (0..graph.len()).collect();
    if graph.total <= 0.0 {
        return alone;
    }
    let key = Key::new(seed, "link communities");
    let restarts = if search == Search::Ordered { 1 } else { restarts.max(1) };
    let run = |restart: usize| {
        let mut stream = Stream::new(key, 0, restart as u64);
        let found = one_run(graph, search, resolution, alone.clone(), &mut stream);
        let quality = graph.modularity(&found, resolution);
        (quality, found, stream)
    };
    let iterated = |(quality, found, mut stream): Run| match search {
        Search::Leiden => settled(graph, resolution, (quality, found), &mut stream),
        Search::Louvain | Search::Ordered => (quality, found),
    };
    let runs: Vec<(f64, Vec<usize>)> = if graph.ties.len() > LARGE {
        let mut runs: Vec<Run> = (0..restarts).into_par_iter().map(run).collect();
        runs.sort_by(|one, other| other.0.total_cmp(&one.0));
        runs.truncate(ITERATED);
        runs.into_par_iter().map(iterated).collect()
    } else {
        (0..restarts).into_par_iter().map(|restart| iterated(run(restart))).collect()
    };
    let mut best: Option<(f64, Vec<usize>)> = None;
    for (quality, found) in runs {
        if best.as_ref().is_none_or(|(known, _)| quality > known + GAIN) {
            best = Some((quality, found));
        }
    }
    best.map_or(alone, |(_, found)| numbered(&found))
}

/// Modularity and partition of a run, and its random numbers from there on.
type Run = (f64, Vec<usize>, Stream);

/// Further runs of Leiden from a partition until they bring nothing.
fn settled(
    graph: &WeightedGraph,
    resolution: f64,
    (mut quality, mut found): (f64, Vec<usize>),
    stream: &mut Stream,
) -> (f64, Vec<usize>) {
    let mut idle = 0;
    while idle < IDLE {
        let next = one_run(graph, Search::Leiden, resolution, found.clone(), stream);
        let better = graph.modularity(&next, resolution);
        idle = if better > quality + BETTER { 0 } else { idle + 1 };
        // Sideways steps are taken too: they open other refinements.
        if better >= quality {
            (quality, found) = (better, next);
        }
    }
    (quality, found)
}

/// Numbers 0, 1, … in order of first appearance.
fn compact(community: &[usize]) -> (Vec<usize>, usize) {
    let mut number = vec![usize::MAX; community.len().max(community.iter().max().map_or(0, |&most| most + 1))];
    let mut count = 0;
    let compacted = community.iter().map(|&c| {
        if number[c] == usize::MAX {
            number[c] = count;
            count += 1;
        }
        number[c]
    });
    let compacted = compacted.collect();
    (compacted, count)
}

/// Moves, refinement and merging from a partition until nothing moves.
fn one_run(
    graph: &WeightedGraph,
    search: Search,
    resolution: f64,
    start: Vec<usize>,
    stream: &mut Stream,
) -> Vec<usize> {
    let theta = THETA * graph.total / graph.ties.len().max(1) as f64;
    let mut of_node: Vec<usize> = (0..graph.len()).collect();
    let mut level = std::borrow::Cow::Borrowed(graph);
    let mut community = compact(&start).0;
    loop {
        let moved = move_nodes(&level, search, &mut community, resolution, stream);
        let (coarse, count) = compact(&community);
        let end = |of_node: &[usize]| of_node.iter().map(|&at| coarse[at]).collect();
        if !moved && count == level.len() {
            return end(&of_node);
        }
        let fine = match search {
            Search::Leiden => refine(&level, &coarse, resolution, theta, stream),
            Search::Louvain | Search::Ordered => coarse.clone(),
        };
        let (fine, parts) = compact(&fine);
        if parts == level.len() {
            return end(&of_node);
        }
        // The next level starts from the communities, over the parts into which they were refined.
        let mut start = vec![0; parts];
        fine.iter().zip(&coarse).for_each(|(&part, &c)| start[part] = c);
        of_node.iter_mut().for_each(|at| *at = fine[*at]);
        level = std::borrow::Cow::Owned(level.merged(&fine, parts));
        community = compact(&start).0;
    }
}

/// What leaves and enters every community.
#[derive(Debug)]
struct Strengths<'a> {
    graph: &'a WeightedGraph,
    resolution: f64,
    out: Vec<f64>,
    back: Vec<f64>,
}

impl<'a> Strengths<'a> {
    fn of(graph: &'a WeightedGraph, community: &[usize], resolution: f64) -> Self {
        let n = graph.len();
        let mut found = Self { graph, resolution, out: vec![0.0; n], back: vec![0.0; n] };
        community.iter().enumerate().for_each(|(node, &c)| found.add(node, c, 1.0));
        found
    }

    fn add(&mut self, node: usize, c: usize, times: f64) {
        self.out[c] += times * self.graph.out[node];
        self.back[c] += times * self.graph.back[node];
    }

    /// Weight to be expected between a node and a community that it is not in, both ways.
    fn expected(&self, node: usize, c: usize) -> f64 {
        let both = self.graph.out[node] * self.back[c] + self.graph.back[node] * self.out[c];
        self.resolution * both / self.graph.total
    }

    /// Weight to be expected between two groups, both ways.
    fn between(&self, a: (f64, f64), b: (f64, f64)) -> f64 {
        self.resolution * (a.0 * b.1 + a.1 * b.0) / self.graph.total
    }
}

/// Weight from a node to each community among its neighbours, in order of first appearance.
fn towards(graph: &WeightedGraph, node: usize, community: &[usize], weight: &mut [f64], seen: &mut Vec<usize>) {
    seen.iter().for_each(|&c| weight[c] = 0.0);
    seen.clear();
    for &(other, w) in graph.ties(node) {
        let c = community[other as usize];
        if weight[c] == 0.0 && !seen.contains(&c) {
            seen.push(c);
        }
        weight[c] += w;
    }
}

/// Moves single nodes to the neighbouring community of the largest gain until none gains.
fn move_nodes(
    graph: &WeightedGraph,
    search: Search,
    community: &mut [usize],
    resolution: f64,
    stream: &mut Stream,
) -> bool {
    let n = graph.len();
    let mut strengths = Strengths::of(graph, community, resolution);
    let mut members = vec![0_usize; n];
    community.iter().for_each(|&c| members[c] += 1);
    let mut empty: Vec<usize> = (0..n).rev().filter(|&c| members[c] == 0).collect();
    let mut order: Vec<usize> = (0..n).collect();
    if search != Search::Ordered {
        shuffle(stream, &mut order);
    }
    let mut queue: std::collections::VecDeque<usize> = order.into();
    let mut waiting = vec![true; n];
    let (mut weight, mut seen) = (vec![0.0; n], Vec::new());
    let mut moved = false;
    while let Some(node) = queue.pop_front() {
        waiting[node] = false;
        let home = community[node];
        towards(graph, node, community, &mut weight, &mut seen);
        strengths.add(node, home, -1.0);
        members[home] -= 1;
        let value = |c: usize| weight[c] - strengths.expected(node, c);
        let (mut best, mut most) = (home, value(home));
        for &c in seen.iter().filter(|&&c| c != home) {
            let gain = value(c);
            if gain > most + GAIN * graph.total {
                (best, most) = (c, gain);
            }
        }
        // To be alone is worth 0; an empty community stands for it.
        if most < -GAIN * graph.total && members[home] > 0 {
            best = empty.pop().unwrap_or(best);
        }
        community[node] = best;
        strengths.add(node, best, 1.0);
        members[best] += 1;
        if best != home {
            moved = true;
            if members[home] == 0 {
                empty.push(home);
            }
            for &(other, _) in graph.ties(node) {
                let other = other as usize;
                if community[other] != best && !waiting[other] {
                    waiting[other] = true;
                    queue.push_back(other);
                }
            }
        }
    }
    moved
}

/// Splits every community into parts that hold together: nodes start alone and join, within their community, a part
/// that gains among those well connected to the rest of it, more often the more it gains.
fn refine(graph: &WeightedGraph, coarse: &[usize], resolution: f64, theta: f64, stream: &mut Stream) -> Vec<usize> {
    let n = graph.len();
    let mut part: Vec<usize> = (0..n).collect();
    let whole = Strengths::of(graph, coarse, resolution);
    let mut strengths = Strengths::of(graph, &part, resolution);
    let mut members = vec![1_usize; n];
    // Weight between a part and the rest of its community.
    let inside = |node: usize| {
        let own = graph.ties(node).iter().filter(|(other, _)| coarse[*other as usize] == coarse[node]);
        own.map(|tie| tie.1).sum::<f64>()
    };
    let mut cut: Vec<f64> = (0..n).map(inside).collect();
    let mut order: Vec<usize> = (0..n).collect();
    shuffle(stream, &mut order);
    let (mut weight, mut seen) = (vec![0.0; n], Vec::new());
    let connected = |part: usize, c: usize, cut: &[f64], strengths: &Strengths| {
        let own = (strengths.out[part], strengths.back[part]);
        let rest = (whole.out[c] - own.0, whole.back[c] - own.1);
        cut[part] >= strengths.between(own, rest) - GAIN * graph.total
    };
    let mut choices: Vec<(usize, f64)> = Vec::new();
    for node in order {
        let (home, c) = (part[node], coarse[node]);
        if members[home] != 1 || !connected(home, c, &cut, &strengths) {
            continue;
        }
        towards(graph, node, &part, &mut weight, &mut seen);
        choices.clear();
        // A part has the number of the node that began it.
        for &other in seen.iter().filter(|&&other| other != home) {
            let gain = weight[other] - strengths.expected(node, other);
            if gain > GAIN * graph.total && coarse[other] == c && connected(other, c, &cut, &strengths) {
                choices.push((other, gain));
            }
        }
        let Some(best) = chosen(&choices, theta, stream) else { continue };
        cut[best] += cut[home] - 2.0 * weight[best];
        strengths.add(node, best, 1.0);
        strengths.add(node, home, -1.0);
        members[best] += 1;
        members[home] = 0;
        part[node] = best;
    }
    part
}

/// One of the choices, with a probability that falls with e to the gain missed over theta.
fn chosen(choices: &[(usize, f64)], theta: f64, stream: &mut Stream) -> Option<usize> {
    let most = choices.iter().map(|choice| choice.1).fold(f64::NEG_INFINITY, f64::max);
    let odds = |gain: f64| ((gain - most) / theta).exp();
    let all: f64 = choices.iter().map(|choice| odds(choice.1)).sum();
    let mut left = if choices.len() > 1 { stream.uniform() * all } else { 0.0 };
    for &(part, gain) in choices {
        left -= odds(gain);
        if left < 0.0 {
            return Some(part);
        }
    }
    choices.last().map(|choice| choice.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two triangles joined by one link; Q of the triangles is 6/7 − 2·(7/14)² = 0.357142….
    #[test]
    fn two_triangles() {
        let links = [(0, 1, 1.0), (1, 2, 1.0), (0, 2, 1.0), (3, 4, 1.0), (4, 5, 1.0), (3, 5, 1.0), (2, 3, 1.0)];
        let graph = WeightedGraph::new(6, &links);
        let directed = WeightedGraph::directed(6, &links.map(|(a, b, w)| (b, a, w)));
        for search in [Search::Leiden, Search::Louvain, Search::Ordered] {
            let found = communities(&graph, search, 1.0, 5, 1);
            assert_eq!(found, [0, 0, 0, 1, 1, 1], "{search:?}");
            assert!((graph.modularity(&found, 1.0) - 5.0 / 14.0).abs() < 1e-15);
            // 6/7 − (3·4 + 4·3)/49.
            assert!((directed.modularity(&communities(&directed, search, 1.0, 5, 1), 1.0) - 18.0 / 49.0).abs() < 1e-15);
        }
        assert!(graph.modularity(&[0; 6], 1.0).abs() < 1e-15, "one community has modularity 0");
        assert_eq!(graph.terms(&[0, 0, 0, 1, 1, 1], 1.0)[0].0, 3.0);
    }

    /// Links both ways are no direction.
    #[test]
    fn a_graph_both_ways_is_the_undirected_one() {
        let links: Vec<(usize, usize, f64)> =
            (0..40).map(|i| (i % 20, (i * 7 + 3) % 20, 1.0 + (i % 3) as f64)).filter(|l| l.0 != l.1).collect();
        let both: Vec<_> = links.iter().flat_map(|&(a, b, w)| [(a, b, w), (b, a, w)]).collect();
        let (one, other) = (WeightedGraph::new(20, &links), WeightedGraph::directed(20, &both));
        let found = communities(&one, Search::Leiden, 1.0, 10, 1);
        assert!((one.modularity(&found, 1.0) - other.modularity(&found, 1.0)).abs() < 1e-14);
        assert_eq!(communities(&other, Search::Leiden, 1.0, 10, 1), found);
    }

    #[test]
    fn without_links_everybody_is_alone() {
        assert_eq!(communities(&WeightedGraph::new(3, &[]), Search::Leiden, 1.0, 2, 1), [0, 1, 2]);
        assert_eq!(numbered(&[2, 0, 0, 2, 2]), [0, 1, 1, 0, 0]);
    }
}
