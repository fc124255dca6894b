//! Communities of a weighted graph by modularity (Newman and Girvan 2004; with directions Leicht and Newman 2008).

mod search;

pub use search::{Search, communities};

/// A weighted graph for modularity: what ties two nodes in either direction, and what leaves and enters every node.
///
/// Without directions a link is one each way, so that 2m, the strengths and the weights inside count both; modularity
/// is then that of Newman and Girvan.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightedGraph {
    start: Vec<usize>,
    /// Neighbour and the weight between the two, both ways together.
    ties: Vec<(u32, f64)>,
    loops: Vec<f64>,
    out: Vec<f64>,
    back: Vec<f64>,
    total: f64,
    /// How often a link counts: 2 without directions.
    ways: f64,
}

impl WeightedGraph {
    /// From links (node, node, weight), each pair once; weights of loops count twice in a node's strength.
    #[must_use]
    pub fn new(nodes: usize, links: &[(usize, usize, f64)]) -> Self {
        let mut graph = Self::tied(nodes, links.iter().map(|&(a, b, w)| (a as u32, b as u32, 2.0 * w)), 2.0);
        for &(a, b, weight) in links {
            graph.out[a] += weight;
            graph.out[b] += weight;
        }
        graph.back.clone_from(&graph.out);
        graph
    }

    /// From links (source, target, weight).
    #[must_use]
    pub fn directed(nodes: usize, links: &[(usize, usize, f64)]) -> Self {
        let mut graph = Self::tied(nodes, links.iter().map(|&(a, b, w)| (a as u32, b as u32, w)), 1.0);
        for &(a, b, weight) in links {
            graph.out[a] += weight;
            graph.back[b] += weight;
        }
        graph
    }

    /// The ties of pairs that may repeat, without strengths.
    fn tied(nodes: usize, pairs: impl Iterator<Item = (u32, u32, f64)>, ways: f64) -> Self {
        let (mut loops, mut total) = (vec![0.0; nodes], 0.0);
        let mut sorted: Vec<(u32, u32, f64)> = Vec::new();
        for (a, b, weight) in pairs {
            total += weight;
            if a == b {
                loops[a as usize] += weight;
            } else {
                sorted.extend([(a, b, weight), (b, a, weight)]);
            }
        }
        // Stable, so that the order of addition is that of the pairs.
        let sorted = in_order(&in_order(&sorted, nodes, |tie| tie.1), nodes, |tie| tie.0);
        let mut start = vec![0; nodes + 1];
        let mut ties: Vec<(u32, f64)> = Vec::with_capacity(sorted.len());
        let mut last = None;
        for (a, b, weight) in sorted {
            match ties.last_mut() {
                Some(tie) if last == Some((a, b)) => tie.1 += weight,
                _ => {
                    ties.push((b, weight));
                    start[a as usize + 1] += 1;
                }
            }
            last = Some((a, b));
        }
        for i in 0..nodes {
            start[i + 1] += start[i];
        }
        Self { start, ties, loops, out: vec![0.0; nodes], back: vec![0.0; nodes], total, ways }
    }

    /// Number of nodes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.out.len()
    }

    /// Whether there is no node.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    fn ties(&self, node: usize) -> &[(u32, f64)] {
        &self.ties[self.start[node]..self.start[node + 1]]
    }

    /// The graph of the parts 0, 1, …
    fn merged(&self, part: &[usize], parts: usize) -> Self {
        let pairs = (0..self.len()).flat_map(|a| {
            let once = self.ties(a).iter().filter(move |(b, _)| a < *b as usize);
            let own = Some((part[a] as u32, part[a] as u32, self.loops[a])).filter(|own| own.2 != 0.0);
            once.map(move |&(b, weight)| (part[a] as u32, part[b as usize] as u32, weight)).chain(own)
        });
        let mut whole = Self::tied(parts, pairs, self.ways);
        for (node, &at) in part.iter().enumerate() {
            whole.out[at] += self.out[node];
            whole.back[at] += self.back[node];
        }
        whole
    }

    /// Inside weight and modularity term of each community 0, 1, …: w_c/m − γ (S_c/2m)², with directions
    /// w_c/m − γ out_c in_c/m²; NaN terms without links.
    #[must_use]
    pub fn terms(&self, community: &[usize], resolution: f64) -> Vec<(f64, f64)> {
        let count = community.iter().max().map_or(0, |&most| most + 1);
        let (mut inside, mut out, mut back) = (vec![0.0; count], vec![0.0; count], vec![0.0; count]);
        for (node, &c) in community.iter().enumerate() {
            let own = self.ties(node).iter().filter(|(other, _)| node < *other as usize);
            let own = own.filter(|(other, _)| community[*other as usize] == c).map(|tie| tie.1);
            inside[c] += self.loops[node] + own.sum::<f64>();
            out[c] += self.out[node];
            back[c] += self.back[node];
        }
        let m = self.total;
        let term = |c: usize| (inside[c] / self.ways, inside[c] / m - resolution * (out[c] / m) * (back[c] / m));
        (0..count).map(term).collect()
    }

    /// Modularity of a partition; NaN without links.
    #[must_use]
    pub fn modularity(&self, community: &[usize], resolution: f64) -> f64 {
        if self.total > 0.0 { self.terms(community, resolution).iter().map(|(_, term)| term).sum() } else { f64::NAN }
    }
}

/// Ties in the order of a node, those of the same node as they stood; in linear time, for merging waits for it.
fn in_order(ties: &[(u32, u32, f64)], nodes: usize, by: impl Fn(&(u32, u32, f64)) -> u32) -> Vec<(u32, u32, f64)> {
    let mut place = vec![0_usize; nodes + 1];
    ties.iter().for_each(|tie| place[by(tie) as usize + 1] += 1);
    (0..nodes).for_each(|node| place[node + 1] += place[node]);
    let mut ordered = vec![(0, 0, 0.0); ties.len()];
    for tie in ties {
        let at = &mut place[by(tie) as usize];
        ordered[*at] = *tie;
        *at += 1;
    }
    ordered
}

/// Communities numbered by size, largest first, then by their first node.
#[must_use]
pub(crate) fn numbered(community: &[usize]) -> Vec<usize> {
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
