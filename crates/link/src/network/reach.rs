//! Distances in links from and to all nodes at once, 256 sources at a time.

use super::adjacency::Adjacency;
use super::error::NetworkError;
use distretto_core::Progress;
use rayon::prelude::*;

/// Words of 64 sources that are walked together.
const WORDS: usize = 4;
/// Sources that are walked together.
const LANES: usize = 64 * WORDS;
/// Batches whose sums are held at once; part of the order of addition.
const WAVE: usize = 16;

/// What every node reaches.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reach {
    /// Nodes reached, without itself.
    pub nodes: Vec<f64>,
    /// Sum of the distances to them.
    pub distance: Vec<f64>,
    /// Sum of the inverse distances to them.
    pub inverse: Vec<f64>,
    /// The largest distance to one of them; 0 when there is none.
    pub farthest: Vec<f64>,
}

impl Reach {
    /// Nothing reached.
    pub(crate) fn nothing(n: usize) -> Self {
        Self { nodes: vec![0.0; n], distance: vec![0.0; n], inverse: vec![0.0; n], farthest: vec![0.0; n] }
    }

    fn add(&mut self, other: &Self) {
        let add = |to: &mut [f64], from: &[f64]| to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        add(&mut self.nodes, &other.nodes);
        add(&mut self.distance, &other.distance);
        add(&mut self.inverse, &other.inverse);
        self.farthest.iter_mut().zip(&other.farthest).for_each(|(to, from)| *to = to.max(*from));
    }

    /// Mean distance over reachable ordered pairs; NaN when there is none.
    #[must_use]
    pub fn mean_distance(&self) -> f64 {
        crate::words::ratio(self.distance.iter().sum(), self.nodes.iter().sum())
    }
}

/// What every node reaches along links, where `reversed` holds the neighbours against them (the same list when links
/// have no direction): sources walk against the links, and every node counts who arrives.
///
/// # Errors
/// When the user stops.
///
/// # Complexity
/// O(n/256 · Σ frontier links) time; the frontier of a level holds each node once for 256 sources.
pub fn reach(reversed: &Adjacency, progress: &dyn Progress) -> Result<Reach, NetworkError> {
    let n = reversed.len();
    let mut total = Reach::nothing(n);
    progress.begin("distances", n as u64);
    let batches: Vec<usize> = (0..n.div_ceil(LANES)).collect();
    for wave in batches.chunks(WAVE) {
        let found: Vec<Option<Reach>> =
            wave.par_iter().map(|&batch| (!progress.cancelled()).then(|| walk(reversed, batch, progress))).collect();
        for one in found {
            total.add(&one.ok_or(NetworkError::Stopped)?);
        }
    }
    Ok(total)
}

/// One batch of sources.
fn walk(reversed: &Adjacency, batch: usize, progress: &dyn Progress) -> Reach {
    let n = reversed.len();
    let sources = batch * LANES..((batch + 1) * LANES).min(n);
    let mut found = Reach::nothing(n);
    let (mut seen, mut here, mut next) = (vec![[0_u64; WORDS]; n], vec![[0_u64; WORDS]; n], vec![[0_u64; WORDS]; n]);
    let mut frontier: Vec<u32> = sources.clone().map(|source| source as u32).collect();
    for (lane, source) in sources.clone().enumerate() {
        seen[source][lane / 64] |= 1 << (lane % 64);
        here[source] = seen[source];
    }
    let mut touched: Vec<u32> = Vec::new();
    let mut level = 0.0;
    while !frontier.is_empty() {
        level += 1.0;
        for &v in &frontier {
            let bits = std::mem::take(&mut here[v as usize]);
            for &w in reversed.neighbours(v as usize) {
                let to = &mut next[w as usize];
                if *to == [0; WORDS] {
                    touched.push(w);
                }
                (0..WORDS).for_each(|k| to[k] |= bits[k]);
            }
        }
        frontier.clear();
        for w in touched.drain(..) {
            let at = w as usize;
            let mut arrived = std::mem::take(&mut next[at]);
            (0..WORDS).for_each(|k| arrived[k] &= !seen[at][k]);
            let count: u32 = arrived.iter().map(|word| word.count_ones()).sum();
            if count > 0 {
                (0..WORDS).for_each(|k| seen[at][k] |= arrived[k]);
                here[at] = arrived;
                frontier.push(w);
                let count = f64::from(count);
                found.nodes[at] += count;
                found.distance[at] += count * level;
                found.inverse[at] += count / level;
                found.farthest[at] = level;
            }
        }
    }
    progress.advance(sources.len() as u64);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use distretto_core::Silent;

    #[test]
    fn a_path_and_an_isolate() {
        let graph = Adjacency::new(4, [(0, 1, 1.0), (1, 0, 1.0), (1, 2, 1.0), (2, 1, 1.0)].into_iter());
        let found = reach(&graph, &Silent).unwrap();
        assert_eq!(found.nodes, [2.0, 2.0, 2.0, 0.0]);
        assert_eq!(found.distance, [3.0, 2.0, 3.0, 0.0]);
        assert_eq!(found.inverse, [1.5, 2.0, 1.5, 0.0]);
        assert_eq!(found.farthest, [2.0, 1.0, 2.0, 0.0]);
        assert_eq!(found.mean_distance(), 8.0 / 6.0);
    }

    #[test]
    fn a_long_ring_crosses_batches() {
        let n = 1000_u32;
        let graph = Adjacency::new(n as usize, (0..n).flat_map(|i| [(i, (i + 1) % n, 1.0), ((i + 1) % n, i, 1.0)]));
        let found = reach(&graph, &Silent).unwrap();
        // 2 (1 + … + 499) + 500.
        assert!(found.distance.iter().all(|&sum| sum == 250_000.0));
        assert!(found.farthest.iter().all(|&most| most == 500.0));
    }
}
