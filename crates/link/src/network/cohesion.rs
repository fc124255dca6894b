//! Components, triangles and clustering of an undirected network.

use super::adjacency::Adjacency;

/// Connected components, numbered from 0 in order of their first node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Components {
    /// Component of every node.
    pub of: Vec<u32>,
    /// Nodes of every component.
    pub size: Vec<usize>,
}

impl Components {
    /// The largest component, the first when sizes tie.
    #[must_use]
    pub fn largest(&self) -> Option<u32> {
        let most = self.size.iter().max()?;
        self.size.iter().position(|size| size == most).map(|at| at as u32)
    }

    /// The nodes of a component, ascending.
    #[must_use]
    pub fn nodes(&self, component: u32) -> Vec<u32> {
        (0..self.of.len() as u32).filter(|&node| self.of[node as usize] == component).collect()
    }

    /// Nodes of the largest component; 0 without nodes.
    #[must_use]
    pub fn largest_size(&self) -> usize {
        self.size.iter().copied().max().unwrap_or(0)
    }
}

/// Connected components of an undirected network.
#[must_use]
pub fn components(graph: &Adjacency) -> Components {
    let mut of = vec![u32::MAX; graph.len()];
    let (mut size, mut stack) = (Vec::new(), Vec::new());
    for start in 0..graph.len() {
        if of[start] != u32::MAX {
            continue;
        }
        let number = size.len() as u32;
        let mut count = 1;
        of[start] = number;
        stack.push(start as u32);
        while let Some(node) = stack.pop() {
            for &other in graph.neighbours(node as usize) {
                if of[other as usize] == u32::MAX {
                    of[other as usize] = number;
                    count += 1;
                    stack.push(other);
                }
            }
        }
        size.push(count);
    }
    Components { of, size }
}

/// Triangles through every node of an undirected network.
///
/// # Complexity
/// O(m^1.5): every triangle is found once, from its node of the smallest degree.
#[must_use]
pub fn triangles(graph: &Adjacency) -> Vec<u64> {
    let n = graph.len();
    let before = |a: u32, b: u32| (graph.degree(a as usize), a) < (graph.degree(b as usize), b);
    let later = |v: usize| graph.neighbours(v).iter().copied().filter(move |&w| before(v as u32, w));
    let mut start = vec![0; n + 1];
    let mut list = Vec::with_capacity(graph.entries() / 2);
    for v in 0..n {
        list.extend(later(v));
        start[v + 1] = list.len();
    }
    let mut count = vec![0_u64; n];
    let mut mark = vec![u32::MAX; n];
    for v in 0..n {
        let own = &list[start[v]..start[v + 1]];
        own.iter().for_each(|&u| mark[u as usize] = v as u32);
        for &u in own {
            let mut common = 0;
            for &w in &list[start[u as usize]..start[u as usize + 1]] {
                if mark[w as usize] == v as u32 {
                    count[w as usize] += 1;
                    common += 1;
                }
            }
            count[u as usize] += common;
            count[v] += common;
        }
    }
    count
}

/// Transitivity and mean clustering.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clustering {
    /// 3 triangles / paths of length two; NaN without such paths.
    pub transitivity: f64,
    /// Mean of the local coefficients; NaN without nodes.
    pub average: f64,
}

/// Clustering of an undirected network; nodes of degree below 2 count 0, or not at all with `skip_low`.
#[must_use]
pub fn clustering(graph: &Adjacency, skip_low: bool) -> Clustering {
    let triangles = triangles(graph);
    let pairs = |v: usize| graph.degree(v) as f64 * (graph.degree(v) as f64 - 1.0) / 2.0;
    let (mut closed, mut paths, mut sum, mut counted) = (0.0, 0.0, 0.0, 0_usize);
    for (v, &count) in triangles.iter().enumerate() {
        let pairs = pairs(v);
        closed += count as f64;
        paths += pairs;
        if pairs > 0.0 {
            sum += count as f64 / pairs;
        }
        counted += usize::from(pairs > 0.0 || !skip_low);
    }
    Clustering { transitivity: crate::words::ratio(closed, paths), average: crate::words::ratio(sum, counted as f64) }
}

/// The core number of every node: the largest k such that the node is in a part where everyone has k ties within it.
///
/// # References
/// Seidman 1983; O(n + m) after Batagelj and Zaveršnik 2003.
#[must_use]
pub fn cores(graph: &Adjacency) -> Vec<usize> {
    let n = graph.len();
    let mut degree: Vec<usize> = (0..n).map(|v| graph.degree(v)).collect();
    let most = degree.iter().copied().max().unwrap_or(0);
    // First place of every degree in the list of nodes sorted by degree.
    let mut first = vec![0; most + 2];
    degree.iter().for_each(|&d| first[d + 1] += 1);
    (0..=most).for_each(|d| first[d + 1] += first[d]);
    let (mut order, mut place, mut next) = (vec![0; n], vec![0; n], first.clone());
    for v in 0..n {
        place[v] = next[degree[v]];
        order[place[v]] = v;
        next[degree[v]] += 1;
    }
    for k in 0..n {
        let v = order[k];
        for &u in graph.neighbours(v) {
            let u = u as usize;
            if degree[u] > degree[v] {
                // u changes places with the first node of its degree, whose block then begins one later.
                let (d, w) = (degree[u], order[first[degree[u]]]);
                order.swap(place[u], first[d]);
                place.swap(u, w);
                first[d] += 1;
                degree[u] -= 1;
            }
        }
    }
    degree
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A triangle 0 1 2 with a tail 2–3 and an isolate 4.
    fn kite() -> Adjacency {
        let links = [(0, 1), (1, 2), (0, 2), (2, 3)];
        Adjacency::new(5, links.into_iter().flat_map(|(a, b)| [(a, b, 1.0), (b, a, 1.0)]))
    }

    #[test]
    fn a_triangle_with_a_tail() {
        let graph = kite();
        assert_eq!(triangles(&graph), [1, 1, 1, 0, 0]);
        let found = clustering(&graph, false);
        // Paths of length two: 1 + 1 + 3; local coefficients 1, 1, 1/3, 0, 0.
        assert!((found.transitivity - 0.6).abs() < 1e-15);
        assert!((found.average - 7.0 / 15.0).abs() < 1e-15);
        assert!((clustering(&graph, true).average - 7.0 / 9.0).abs() < 1e-15);
        assert_eq!(cores(&graph), [2, 2, 2, 1, 0]);
        let parts = components(&graph);
        assert_eq!((parts.of.as_slice(), parts.largest()), ([0, 0, 0, 0, 1].as_slice(), Some(0)));
    }
}
