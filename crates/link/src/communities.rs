//! Communities of a weighted undirected graph by modularity (Newman and Girvan 2004), found by the Leiden method.

use distretto_numerics::{Key, Stream, shuffle};

/// Gain below which a move is none.
const GAIN: f64 = 1e-12;

/// A weighted undirected graph: every link stands at both of its ends, a loop once with its weight.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightedGraph {
    neighbours: Vec<Vec<(usize, f64)>>,
    loops: Vec<f64>,
    strength: Vec<f64>,
    total: f64,
}

impl WeightedGraph {
    /// From links (node, node, weight), each pair once; weights of loops count twice in a node's strength.
    #[must_use]
    pub fn new(nodes: usize, links: &[(usize, usize, f64)]) -> Self {
        let mut graph = Self {
            neighbours: vec![Vec::new(); nodes],
            loops: vec![0.0; nodes],
            strength: vec![0.0; nodes],
            total: 0.0,
        };
        for &(a, b, weight) in links {
            graph.total += weight;
            graph.strength[a] += weight;
            graph.strength[b] += weight;
            if a == b {
                graph.loops[a] += weight;
            } else {
                graph.neighbours[a].push((b, weight));
                graph.neighbours[b].push((a, weight));
            }
        }
        graph
    }

    /// Number of nodes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.strength.len()
    }

    /// Whether there is no node.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.strength.is_empty()
    }

    /// The links, each once.
    fn links(&self) -> impl Iterator<Item = (usize, usize, f64)> + '_ {
        let pairs = self.neighbours.iter().enumerate();
        let pairs = pairs.flat_map(|(a, list)| list.iter().filter(move |(b, _)| a < *b).map(move |&(b, w)| (a, b, w)));
        let loops = self.loops.iter().enumerate().filter(|(_, w)| **w != 0.0).map(|(a, &w)| (a, a, w));
        pairs.chain(loops)
    }

    /// Inside weight and modularity term w_c/m − γ (S_c/2m)² of each community 0, 1, …; NaN terms without links.
    #[must_use]
    pub fn terms(&self, community: &[usize], resolution: f64) -> Vec<(f64, f64)> {
        let count = community.iter().max().map_or(0, |&most| most + 1);
        let (mut inside, mut strength) = (vec![0.0; count], vec![0.0; count]);
        for (a, b, weight) in self.links().filter(|(a, b, _)| community[*a] == community[*b]) {
            debug_assert_eq!(community[a], community[b]);
            inside[community[a]] += weight;
        }
        community.iter().zip(&self.strength).for_each(|(&c, s)| strength[c] += s);
        let m = self.total;
        let term = |(inside, strength): (f64, f64)| (inside, inside / m - resolution * (strength / (2.0 * m)).powi(2));
        inside.into_iter().zip(strength).map(term).collect()
    }

    /// Modularity of a partition; NaN without links.
    #[must_use]
    pub fn modularity(&self, community: &[usize], resolution: f64) -> f64 {
        self.terms(community, resolution).iter().map(|(_, term)| term).sum()
    }
}

/// The method by which communities are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Search {
    /// Leiden: communities are refined before they are merged (Traag, Waltman and van Eck 2019).
    Leiden,
    /// Louvain: they are not.
    Louvain,
}

/// The partition of the largest modularity of so many restarts, communities numbered from 0 by size, then by first
/// node. Without links every node is a community of its own.
#[must_use]
pub fn communities(graph: &WeightedGraph, search: Search, resolution: f64, restarts: usize, seed: u64) -> Vec<usize> {
    let alone: Vec<usize> = (0..graph.len()).collect();
    if graph.total <= 0.0 {
        return alone;
    }
    let key = Key::new(seed, "link communities");
    let mut best: Option<(f64, Vec<usize>)> = None;
    for restart in 0..restarts.max(1) {
        let found = numbered(&one_run(graph, search, resolution, &mut Stream::new(key, 0, restart as u64)));
        let quality = graph.modularity(&found, resolution);
        if best.as_ref().is_none_or(|(known, _)| quality > known + GAIN) {
            best = Some((quality, found));
        }
    }
    best.map_or(alone, |(_, found)| found)
}

/// Communities numbered by size, largest first, then by their first node.
fn numbered(community: &[usize]) -> Vec<usize> {
    let count = community.iter().max().map_or(0, |&most| most + 1);
    let (mut size, mut first) = (vec![0_usize; count], vec![usize::MAX; count]);
    for (node, &c) in community.iter().enumerate() {
        size[c] += 1;
        first[c] = first[c].min(node);
    }
    let mut order: Vec<usize> = (0..count).filter(|&c| size[c] > 0).collect();
    order.sort_by_key(|&c| (std::cmp::Reverse(size[c]), first[c]));
    let mut number = vec![0; count];
    order.iter().enumerate().for_each(|(at, &c)| number[c] = at);
    community.iter().map(|&c| number[c]).collect()
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

fn one_run(graph: &WeightedGraph, search: Search, resolution: f64, stream: &mut Stream) -> Vec<usize> {
    let mut of_node: Vec<usize> = (0..graph.len()).collect();
    let mut level = graph.clone();
    let mut community: Vec<usize> = (0..graph.len()).collect();
    loop {
        let moved = move_nodes(&level, &mut community, resolution, stream);
        let (coarse, count) = compact(&community);
        if !moved && count == level.len() {
            return of_node.iter().map(|&at| coarse[at]).collect();
        }
        let fine = match search {
            Search::Louvain => coarse.clone(),
            Search::Leiden => refine(&level, &coarse, resolution, stream),
        };
        let (fine, parts) = compact(&fine);
        if parts == level.len() {
            return of_node.iter().map(|&at| coarse[at]).collect();
        }
        // The next level starts from the communities, over the parts into which they were refined.
        let mut start = vec![0; parts];
        fine.iter().zip(&coarse).for_each(|(&part, &c)| start[part] = c);
        of_node.iter_mut().for_each(|at| *at = fine[*at]);
        level = merged(&level, &fine, parts);
        community = compact(&start).0;
    }
}

/// The graph of the parts.
fn merged(graph: &WeightedGraph, part: &[usize], parts: usize) -> WeightedGraph {
    let mut links: Vec<(usize, usize, f64)> =
        graph.links().map(|(a, b, weight)| (part[a].min(part[b]), part[a].max(part[b]), weight)).collect();
    links.sort_by_key(|&(a, b, _)| (a, b));
    let mut sums: Vec<(usize, usize, f64)> = Vec::new();
    for (a, b, weight) in links {
        match sums.last_mut() {
            Some(last) if (last.0, last.1) == (a, b) => last.2 += weight,
            _ => sums.push((a, b, weight)),
        }
    }
    WeightedGraph::new(parts, &sums)
}

/// Weight from a node to each community among its neighbours, in order of first appearance.
fn towards(graph: &WeightedGraph, node: usize, community: &[usize], weight: &mut [f64], seen: &mut Vec<usize>) {
    seen.iter().for_each(|&c| weight[c] = 0.0);
    seen.clear();
    for &(other, w) in &graph.neighbours[node] {
        let c = community[other];
        if weight[c] == 0.0 && !seen.contains(&c) {
            seen.push(c);
        }
        weight[c] += w;
    }
}

/// Moves single nodes to the neighbouring community of the largest gain until none gains.
fn move_nodes(graph: &WeightedGraph, community: &mut [usize], resolution: f64, stream: &mut Stream) -> bool {
    let n = graph.len();
    let mut strength = vec![0.0; n];
    let mut members = vec![0_usize; n];
    for (node, &c) in community.iter().enumerate() {
        strength[c] += graph.strength[node];
        members[c] += 1;
    }
    let mut order: Vec<usize> = (0..n).collect();
    shuffle(stream, &mut order);
    let mut queue: std::collections::VecDeque<usize> = order.into();
    let mut waiting = vec![true; n];
    let (mut weight, mut seen) = (vec![0.0; n], Vec::new());
    let mut moved = false;
    while let Some(node) = queue.pop_front() {
        waiting[node] = false;
        let home = community[node];
        towards(graph, node, community, &mut weight, &mut seen);
        let own = graph.strength[node];
        strength[home] -= own;
        members[home] -= 1;
        let value = |c: usize, weight: &[f64]| weight[c] - resolution * own * strength[c] / (2.0 * graph.total);
        let (mut best, mut most) = (home, value(home, &weight));
        for &c in seen.iter().filter(|&&c| c != home) {
            let gain = value(c, &weight);
            if gain > most + GAIN * graph.total {
                (best, most) = (c, gain);
            }
        }
        // To be alone is worth 0; an empty community stands for it.
        if most < -GAIN * graph.total
            && let Some(empty) = (0..n).find(|&c| members[c] == 0)
        {
            best = empty;
        }
        community[node] = best;
        strength[best] += own;
        members[best] += 1;
        if best != home {
            moved = true;
            for &(other, _) in &graph.neighbours[node] {
                if community[other] != best && !waiting[other] {
                    waiting[other] = true;
                    queue.push_back(other);
                }
            }
        }
    }
    moved
}

/// Splits every community into parts that hold together: nodes start alone and join, within their community, the part
/// of the largest gain among those well connected to the rest of it.
fn refine(graph: &WeightedGraph, coarse: &[usize], resolution: f64, stream: &mut Stream) -> Vec<usize> {
    let n = graph.len();
    let mut part: Vec<usize> = (0..n).collect();
    let mut whole = vec![0.0; n];
    coarse.iter().zip(&graph.strength).for_each(|(&c, s)| whole[c] += s);
    let mut strength = graph.strength.clone();
    let mut members = vec![1_usize; n];
    // Weight between a part and the rest of its community.
    let mut cut: Vec<f64> = (0..n)
        .map(|node| {
            graph.neighbours[node].iter().filter(|(other, _)| coarse[*other] == coarse[node]).map(|(_, w)| w).sum()
        })
        .collect();
    let mut order: Vec<usize> = (0..n).collect();
    shuffle(stream, &mut order);
    let (mut weight, mut seen) = (vec![0.0; n], Vec::new());
    let connected = |part: usize, c: usize, cut: &[f64], strength: &[f64]| {
        cut[part]
            >= resolution * strength[part] * (whole[c] - strength[part]) / (2.0 * graph.total) - GAIN * graph.total
    };
    for node in order {
        let (home, c) = (part[node], coarse[node]);
        if members[home] != 1 || !connected(home, c, &cut, &strength) {
            continue;
        }
        towards(graph, node, &part, &mut weight, &mut seen);
        let own = graph.strength[node];
        let (mut best, mut most) = (home, GAIN * graph.total);
        for &other in &seen {
            if other == home || !connected(other, c, &cut, &strength) || coarse[other] != c {
                continue;
            }
            let gain = weight[other] - resolution * own * strength[other] / (2.0 * graph.total);
            if gain > most {
                (best, most) = (other, gain);
            }
        }
        if best != home {
            cut[best] += cut[home] - 2.0 * weight[best];
            strength[best] += own;
            members[best] += 1;
            (strength[home], members[home]) = (0.0, 0);
            part[node] = best;
        }
    }
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two triangles joined by one link; Q of the triangles is 6/7 − 2·(7/14)² = 0.357142….
    #[test]
    fn two_triangles() {
        let links = [(0, 1, 1.0), (1, 2, 1.0), (0, 2, 1.0), (3, 4, 1.0), (4, 5, 1.0), (3, 5, 1.0), (2, 3, 1.0)];
        let graph = WeightedGraph::new(6, &links);
        for search in [Search::Leiden, Search::Louvain] {
            let found = communities(&graph, search, 1.0, 5, 1);
            assert_eq!(found, [0, 0, 0, 1, 1, 1], "{search:?}");
            assert!((graph.modularity(&found, 1.0) - 5.0 / 14.0).abs() < 1e-15);
        }
        assert!(graph.modularity(&[0; 6], 1.0).abs() < 1e-15, "one community has modularity 0");
    }

    #[test]
    fn without_links_everybody_is_alone() {
        assert_eq!(communities(&WeightedGraph::new(3, &[]), Search::Leiden, 1.0, 2, 1), [0, 1, 2]);
        assert_eq!(numbered(&[2, 0, 0, 2, 2]), [0, 1, 1, 0, 0]);
    }
}
