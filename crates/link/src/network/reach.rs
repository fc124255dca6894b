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
    let symmetric = reversed.is_symmetric();
    let mut total = Reach::nothing(n);
    progress.begin("distances", n as u64);
    let batches: Vec<usize> = (0..n.div_ceil(LANES)).collect();
    for wave in batches.chunks(WAVE) {
        let found: Vec<Option<Reach>> = wave
            .par_iter()
            .map(|&batch| {
                let sources = batch * LANES..((batch + 1) * LANES).min(n);
                (!progress.cancelled()).then(|| Batch::new(reversed, symmetric, sources).walk(progress))
            })
            .collect();
        for one in found {
            total.add(&one.ok_or(NetworkError::Stopped)?);
        }
    }
    Ok(total)
}

/// Which of the sources of a batch.
type Lanes = [u64; WORDS];

/// A batch of sources on their way.
#[derive(Debug)]
struct Batch<'a> {
    reversed: &'a Adjacency,
    /// Whether every link runs both ways, so that nodes can look back.
    symmetric: bool,
    sources: std::ops::Range<usize>,
    /// Who has arrived before this level.
    seen: Vec<Lanes>,
    /// Who arrived on the last level, at the nodes of the frontier.
    here: Vec<Lanes>,
    next: Vec<Lanes>,
    frontier: Vec<u32>,
    touched: Vec<u32>,
    /// Nodes that not all sources have reached.
    open: Vec<u32>,
    found: Reach,
}

impl<'a> Batch<'a> {
    fn new(reversed: &'a Adjacency, symmetric: bool, sources: std::ops::Range<usize>) -> Self {
        let n = reversed.len();
        let nobody = || vec![[0_u64; WORDS]; n];
        let (mut seen, mut here) = (nobody(), nobody());
        for (lane, source) in sources.clone().enumerate() {
            seen[source][lane / 64] |= 1 << (lane % 64);
            here[source] = seen[source];
        }
        let frontier = sources.clone().map(|source| source as u32).collect();
        let open = (0..n as u32).collect();
        let found = Reach::nothing(n);
        Self { reversed, symmetric, sources, seen, here, next: nobody(), frontier, touched: Vec::new(), open, found }
    }

    fn walk(mut self, progress: &dyn Progress) -> Reach {
        let lanes = self.sources.len();
        let all: Lanes = std::array::from_fn(|k| match lanes.saturating_sub(64 * k) {
            0 => 0,
            left if left < 64 => (1 << left) - 1,
            _ => u64::MAX,
        });
        let links = |nodes: &[u32]| nodes.iter().map(|&v| self.reversed.degree(v as usize)).sum::<usize>();
        let mut level = 0.0;
        let mut open_links = links(&self.open);
        while !self.frontier.is_empty() {
            level += 1.0;
            let ahead = links(&self.frontier);
            if self.symmetric && open_links < ahead {
                self.pull(&all);
            } else {
                self.push();
            }
            self.arrive(level);
            if self.symmetric {
                let seen = &self.seen;
                self.open.retain(|&v| seen[v as usize] != all);
                open_links = links(&self.open);
            }
        }
        progress.advance(lanes as u64);
        self.found
    }

    /// Nodes of the frontier hand on who arrived.
    fn push(&mut self) {
        for v in self.frontier.drain(..) {
            let bits = std::mem::take(&mut self.here[v as usize]);
            for &w in self.reversed.neighbours(v as usize) {
                let to = &mut self.next[w as usize];
                if *to == [0; WORDS] {
                    self.touched.push(w);
                }
                (0..WORDS).for_each(|k| to[k] |= bits[k]);
            }
        }
    }

    /// Nodes that someone has not reached ask their neighbours, until nobody is missing.
    fn pull(&mut self, all: &Lanes) {
        for &w in &self.open {
            let missing: Lanes = std::array::from_fn(|k| all[k] & !self.seen[w as usize][k]);
            let mut got = [0; WORDS];
            for &v in self.reversed.neighbours(w as usize) {
                let bits = &self.here[v as usize];
                (0..WORDS).for_each(|k| got[k] |= bits[k] & missing[k]);
                if got == missing {
                    break;
                }
            }
            if got != [0; WORDS] {
                self.next[w as usize] = got;
                self.touched.push(w);
            }
        }
        for v in self.frontier.drain(..) {
            self.here[v as usize] = [0; WORDS];
        }
    }

    /// Counts who arrived for the first time; where someone did is the next frontier.
    fn arrive(&mut self, level: f64) {
        for w in self.touched.drain(..) {
            let at = w as usize;
            let mut arrived = std::mem::take(&mut self.next[at]);
            (0..WORDS).for_each(|k| arrived[k] &= !self.seen[at][k]);
            let count: u32 = arrived.iter().map(|word| word.count_ones()).sum();
            if count > 0 {
                (0..WORDS).for_each(|k| self.seen[at][k] |= arrived[k]);
                self.here[at] = arrived;
                self.frontier.push(w);
                let count = f64::from(count);
                self.found.nodes[at] += count;
                self.found.distance[at] += count * level;
                self.found.inverse[at] += count / level;
                self.found.farthest[at] = level;
            }
        }
    }
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
