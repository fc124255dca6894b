//! Communities of a network with directions, by the modularity of Leicht and Newman 2008.

use super::communities::{CommunityMethod, SearchOptions, numbered};
use distretto_numerics::{Key, Stream, shuffle};
use rustc_hash::FxHashMap;

/// Gain below which a move is none, relative to all weight.
const GAIN: f64 = 1e-12;

/// A level of the search: neighbours with the weight both ways, and strengths out and in.
#[derive(Debug, Clone)]
struct Level {
    neighbours: Vec<Vec<(usize, f64)>>,
    out: Vec<f64>,
    back: Vec<f64>,
    total: f64,
}

impl Level {
    fn new(nodes: usize, links: &[(usize, usize, f64)]) -> Self {
        let mut level =
            Self { neighbours: vec![Vec::new(); nodes], out: vec![0.0; nodes], back: vec![0.0; nodes], total: 0.0 };
        for &(a, b, weight) in links {
            level.total += weight;
            level.out[a] += weight;
            level.back[b] += weight;
            if a != b {
                level.neighbours[a].push((b, weight));
                level.neighbours[b].push((a, weight));
            }
        }
        level
    }

    fn len(&self) -> usize {
        self.out.len()
    }
}

/// The partition of the largest directed modularity of so many restarts, numbered by size.
///
/// Nodes move to the community of the largest gain, communities are split into connected parts (Leiden; not under
/// `louvain`), then merged into nodes, until nothing moves. `greedy` starts once, in the order of the nodes.
pub(crate) fn communities(
    nodes: usize,
    links: &[(usize, usize, f64)],
    options: &SearchOptions,
    seed: u64,
) -> Vec<usize> {
    let alone: Vec<usize> = (0..nodes).collect();
    if links.is_empty() {
        return alone;
    }
    let key = Key::new(seed, "link communities directed");
    let restarts = if options.method == CommunityMethod::Greedy { 1 } else { options.restarts.max(1) };
    let mut best: Option<(f64, Vec<usize>)> = None;
    for restart in 0..restarts {
        let found = numbered(&one_run(nodes, links, options, &mut Stream::new(key, 0, restart as u64)));
        let quality = quality(&Level::new(nodes, links), links, &found, options.resolution);
        if best.as_ref().is_none_or(|(known, _)| quality > known + GAIN) {
            best = Some((quality, found));
        }
    }
    best.map_or(alone, |(_, found)| found)
}

fn quality(level: &Level, links: &[(usize, usize, f64)], community: &[usize], resolution: f64) -> f64 {
    let count = community.iter().max().map_or(0, |&most| most + 1);
    let (mut out, mut back) = (vec![0.0; count], vec![0.0; count]);
    for (node, &c) in community.iter().enumerate() {
        out[c] += level.out[node];
        back[c] += level.back[node];
    }
    let inside: f64 = links.iter().filter(|(a, b, _)| community[*a] == community[*b]).map(|link| link.2).sum();
    let expected: f64 = out.iter().zip(&back).map(|(out, back)| out * back / level.total).sum();
    (inside - resolution * expected) / level.total
}

fn one_run(nodes: usize, links: &[(usize, usize, f64)], options: &SearchOptions, stream: &mut Stream) -> Vec<usize> {
    let mut of_node: Vec<usize> = (0..nodes).collect();
    let mut links = links.to_vec();
    let mut level = Level::new(nodes, &links);
    let mut community: Vec<usize> = (0..nodes).collect();
    loop {
        let moved = move_nodes(&level, &mut community, options, stream);
        let (coarse, count) = compact(&community);
        if !moved || count == level.len() {
            return of_node.iter().map(|&at| coarse[at]).collect();
        }
        let fine = match options.method {
            CommunityMethod::Leiden => connected_parts(&level, &coarse),
            _ => coarse.clone(),
        };
        let (fine, parts) = compact(&fine);
        let mut start = vec![0; parts];
        fine.iter().zip(&coarse).for_each(|(&part, &c)| start[part] = c);
        of_node.iter_mut().for_each(|at| *at = fine[*at]);
        links = merged(&links, &fine);
        level = Level::new(parts, &links);
        community = compact(&start).0;
    }
}

fn merged(links: &[(usize, usize, f64)], part: &[usize]) -> Vec<(usize, usize, f64)> {
    let mut whole: Vec<(usize, usize, f64)> = links.iter().map(|&(a, b, weight)| (part[a], part[b], weight)).collect();
    whole.sort_by_key(|&(a, b, _)| (a, b));
    whole.dedup_by(|next, kept| {
        let same = (next.0, next.1) == (kept.0, kept.1);
        if same {
            kept.2 += next.2;
        }
        same
    });
    whole
}

/// Numbers 0, 1, … in order of first appearance.
fn compact(community: &[usize]) -> (Vec<usize>, usize) {
    let mut number: FxHashMap<usize, usize> = FxHashMap::default();
    let of = |c: &usize| {
        let next = number.len();
        *number.entry(*c).or_insert(next)
    };
    let compacted: Vec<usize> = community.iter().map(of).collect();
    (compacted, number.len())
}

/// Moves single nodes to the neighbouring community of the largest gain until none gains.
fn move_nodes(level: &Level, community: &mut [usize], options: &SearchOptions, stream: &mut Stream) -> bool {
    let n = level.len();
    let (mut out, mut back) = (vec![0.0; n], vec![0.0; n]);
    for (node, &c) in community.iter().enumerate() {
        out[c] += level.out[node];
        back[c] += level.back[node];
    }
    let mut order: Vec<usize> = (0..n).collect();
    if options.method != CommunityMethod::Greedy {
        shuffle(stream, &mut order);
    }
    let (mut weight, mut seen) = (vec![0.0; n], Vec::new());
    let (mut moved, mut again) = (false, true);
    while again {
        again = false;
        for &node in &order {
            let home = community[node];
            for &(other, w) in &level.neighbours[node] {
                if weight[community[other]] == 0.0 {
                    seen.push(community[other]);
                }
                weight[community[other]] += w;
            }
            out[home] -= level.out[node];
            back[home] -= level.back[node];
            let value = |c: usize| {
                let expected = level.out[node] * back[c] + level.back[node] * out[c];
                weight[c] - options.resolution * expected / level.total
            };
            let (mut best, mut most) = (home, value(home));
            for &c in &seen {
                if value(c) > most + GAIN * level.total {
                    (best, most) = (c, value(c));
                }
            }
            out[best] += level.out[node];
            back[best] += level.back[node];
            again |= best != home;
            community[node] = best;
            seen.drain(..).for_each(|c| weight[c] = 0.0);
        }
        moved |= again;
    }
    moved
}

/// Every community in its connected parts.
fn connected_parts(level: &Level, coarse: &[usize]) -> Vec<usize> {
    let mut part = vec![usize::MAX; level.len()];
    let mut stack = Vec::new();
    for start in 0..level.len() {
        if part[start] != usize::MAX {
            continue;
        }
        part[start] = start;
        stack.push(start);
        while let Some(node) = stack.pop() {
            for &(other, _) in &level.neighbours[node] {
                if part[other] == usize::MAX && coarse[other] == coarse[node] {
                    part[other] = start;
                    stack.push(other);
                }
            }
        }
    }
    part
}
