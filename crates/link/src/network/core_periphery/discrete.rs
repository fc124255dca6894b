//! The partition into core and periphery whose ideal correlates most with the ties.

use super::super::adjacency::Adjacency;
use super::super::read::Network;
use super::Pattern;
use distretto_numerics::{Key, Stream};
use rayon::prelude::*;

/// Nodes up to which all partitions are tried.
const EXACT: usize = 20;
/// Fits this near tie.
const TIE: f64 = 1e-12;
/// Moves after the best of a pass before it is given up.
const PATIENCE: usize = 40;

/// A partition of the largest correlation.
#[derive(Debug, Clone, PartialEq)]
pub struct Partition {
    /// Whether a node is in the core.
    pub core: Vec<bool>,
    /// Correlation of ties and ideal.
    pub fit: f64,
    /// Partitions that tie; known when all were tried.
    pub optima: Option<usize>,
}

/// Sums that hold for every partition: unordered pairs, each with one value, or with two when links have directions.
#[derive(Debug, Clone, Copy)]
struct Whole {
    n: f64,
    ways: f64,
    sum: f64,
    squares: f64,
    pattern: Pattern,
}

/// What a partition does to the sums: nodes in the core, ties within core and periphery, their squares.
#[derive(Debug, Clone, Copy, Default)]
struct Split {
    core: f64,
    inside: f64,
    outside: f64,
    inside_squares: f64,
    outside_squares: f64,
}

impl Whole {
    /// Correlation of ties and ideal; NaN where either is constant.
    fn fit(&self, split: Split) -> f64 {
        let pairs = |k: f64| self.ways * k * (k - 1.0) / 2.0;
        let (ones, zeros) = (pairs(split.core), pairs(self.n - split.core));
        let (count, ones, sum, squares, product) = match self.pattern {
            Pattern::Full => {
                let all = pairs(self.n);
                (all, all - zeros, self.sum, self.squares, self.sum - split.outside)
            }
            Pattern::Block => {
                let sum = split.inside + split.outside;
                (ones + zeros, ones, sum, split.inside_squares + split.outside_squares, split.inside)
            }
        };
        let variance = squares - sum * sum / count;
        let ideal = ones - ones * ones / count;
        if split.core < 1.0 || split.core > self.n - 1.0 || ideal <= 0.0 || variance <= 1e-12 * squares {
            return f64::NAN;
        }
        (product - sum * ones / count) / (variance * ideal).sqrt()
    }
}

/// Ties with both directions added, and their squares.
#[derive(Debug)]
struct Ties {
    sums: Adjacency,
    squares: Adjacency,
}

/// The partition of the largest correlation between ties and ideal (Borgatti and Everett 1999); nothing when every
/// ideal or the ties are constant. Of equal fits the one whose core holds the earliest nodes.
///
/// # Complexity
/// 2ⁿ for n ≤ 20; above, O(n + m) for each start and O(n) for each move.
#[must_use]
pub fn partition(
    network: &Network,
    with_weights: bool,
    pattern: Pattern,
    restarts: u32,
    seed: u64,
) -> Option<Partition> {
    let n = network.len();
    let mut links = network.links.clone();
    if !with_weights {
        links.iter_mut().for_each(|link| link.weight = 1.0);
    }
    let sums = Adjacency::both(n, &links);
    let sum = links.iter().map(|link| link.weight).sum();
    links.iter_mut().for_each(|link| link.weight *= link.weight);
    let squares = links.iter().map(|link| link.weight).sum();
    let ties = Ties { sums, squares: Adjacency::both(n, &links) };
    let ways = if network.directed { 2.0 } else { 1.0 };
    let whole = Whole { n: n as f64, ways, sum, squares, pattern };
    if n <= EXACT { exact(&ties, whole) } else { search(&ties, whole, restarts.max(1), seed) }
}

/// All partitions, those with the earliest nodes in the core first.
fn exact(ties: &Ties, whole: Whole) -> Option<Partition> {
    let n = ties.sums.len();
    let mut best = Partition { core: Vec::new(), fit: f64::NAN, optima: Some(0) };
    let mut core = vec![true; n];
    walk(ties, whole, 0, Split::default(), &mut core, &mut best);
    (!best.fit.is_nan()).then_some(best)
}

fn walk(ties: &Ties, whole: Whole, at: usize, split: Split, core: &mut [bool], best: &mut Partition) {
    if at == core.len() {
        let fit = whole.fit(split);
        if fit.is_nan() {
            return;
        }
        if best.fit.is_nan() || fit > best.fit + TIE {
            *best = Partition { core: core.to_vec(), fit, optima: Some(1) };
        } else if (fit - best.fit).abs() <= TIE {
            best.optima = best.optima.map(|optima| optima + 1);
        }
        return;
    }
    for side in [true, false] {
        core[at] = side;
        let mut next = split;
        let with = |graph: &Adjacency| -> f64 {
            graph
                .pairs(at)
                .take_while(|(j, _)| (*j as usize) < at)
                .filter(|(j, _)| core[*j as usize] == side)
                .map(|(_, w)| w)
                .sum()
        };
        let (sum, squares) = (with(&ties.sums), with(&ties.squares));
        if side {
            next.core += 1.0;
            next.inside += sum;
            next.inside_squares += squares;
        } else {
            next.outside += sum;
            next.outside_squares += squares;
        }
        walk(ties, whole, at + 1, next, core, best);
    }
}

/// The best of several starts, each improved by Kernighan–Lin moves.
fn search(ties: &Ties, whole: Whole, restarts: u32, seed: u64) -> Option<Partition> {
    let key = Key::new(seed, "link core-periphery");
    let one = |start: u32| {
        let mut stream = Stream::new(key, 0, u64::from(start));
        improve(ties, whole, first(ties, whole, start, &mut stream))
    };
    let found: Vec<State> = (0..restarts).into_par_iter().map(one).collect();
    let mut best: Option<State> = None;
    for state in found.into_iter().filter(|state| !state.fit.is_nan()) {
        let better = best.as_ref().is_none_or(|best| {
            let earlier = || best.core.iter().zip(&state.core).find(|(a, b)| a != b).is_some_and(|(_, here)| *here);
            state.fit > best.fit + TIE || ((state.fit - best.fit).abs() <= TIE && earlier())
        });
        if better {
            best = Some(state);
        }
    }
    best.map(|state| Partition { core: state.core, fit: state.fit, optima: None })
}

/// A partition with its sums.
#[derive(Debug, Clone)]
struct State {
    core: Vec<bool>,
    split: Split,
    fit: f64,
    /// Ties of every node to the core, to the periphery, and the same of squares.
    to: Vec<[f64; 4]>,
}

impl State {
    /// Everyone in the periphery.
    fn new(ties: &Ties, whole: Whole) -> Self {
        let n = ties.sums.len();
        let to = (0..n).map(|v| [0.0, ties.sums.strength(v), 0.0, ties.squares.strength(v)]).collect();
        let split = Split { outside: whole.sum, outside_squares: whole.squares, ..Split::default() };
        Self { core: vec![false; n], split, fit: f64::NAN, to }
    }

    /// The sums after a node changed sides.
    fn after(&self, v: usize) -> Split {
        let sign = if self.core[v] { -1.0 } else { 1.0 };
        let [inside, outside, inside_squares, outside_squares] = self.to[v];
        Split {
            core: self.split.core + sign,
            inside: self.split.inside + sign * inside,
            outside: self.split.outside - sign * outside,
            inside_squares: self.split.inside_squares + sign * inside_squares,
            outside_squares: self.split.outside_squares - sign * outside_squares,
        }
    }

    fn flip(&mut self, ties: &Ties, whole: Whole, v: usize) {
        self.split = self.after(v);
        let sign = if self.core[v] { -1.0 } else { 1.0 };
        self.core[v] = !self.core[v];
        for (w, weight) in ties.sums.pairs(v) {
            self.to[w as usize][0] += sign * weight;
            self.to[w as usize][1] -= sign * weight;
        }
        for (w, weight) in ties.squares.pairs(v) {
            self.to[w as usize][2] += sign * weight;
            self.to[w as usize][3] -= sign * weight;
        }
        self.fit = whole.fit(self.split);
    }
}

/// Nodes enter the core by falling ties, which from the second start on are shaken; the best of all sizes is kept.
fn first(ties: &Ties, whole: Whole, start: u32, stream: &mut Stream) -> State {
    let n = ties.sums.len();
    let shaken = |v: usize, stream: &mut Stream| {
        let by = if start == 0 { 1.0 } else { 0.25 + 1.5 * stream.uniform() };
        (ties.sums.strength(v) + f64::from(u8::from(start > 0))) * by
    };
    let score: Vec<f64> = (0..n).map(|v| shaken(v, stream)).collect();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| score[b].total_cmp(&score[a]).then(a.cmp(&b)));
    let mut state = State::new(ties, whole);
    let (mut best, mut size) = (f64::NAN, 1);
    for (at, &v) in order.iter().enumerate() {
        state.flip(ties, whole, v);
        if best.is_nan() || state.fit > best + TIE {
            (best, size) = (state.fit, at + 1);
        }
    }
    let mut state = State::new(ties, whole);
    order[..size].iter().for_each(|&v| state.flip(ties, whole, v));
    state
}

/// Passes of moves, each the best of the nodes not yet moved; of a pass the best prefix is kept (Kernighan and Lin 1970).
fn improve(ties: &Ties, whole: Whole, mut state: State) -> State {
    loop {
        let mut trial = state.clone();
        let mut locked = vec![false; state.core.len()];
        let (mut best, mut kept, mut moves) = (state.fit, 0, Vec::new());
        while moves.len() < state.core.len() && moves.len() < kept + PATIENCE {
            let mut choice: Option<(f64, usize)> = None;
            for v in (0..locked.len()).filter(|&v| !locked[v]) {
                let fit = whole.fit(trial.after(v));
                if !fit.is_nan() && choice.is_none_or(|(known, _)| fit > known) {
                    choice = Some((fit, v));
                }
            }
            let Some((_, v)) = choice else { break };
            trial.flip(ties, whole, v);
            locked[v] = true;
            moves.push(v);
            if best.is_nan() || trial.fit > best + TIE {
                (best, kept) = (trial.fit, moves.len());
            }
        }
        if kept == 0 {
            return state;
        }
        moves[..kept].iter().for_each(|&v| state.flip(ties, whole, v));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Link;

    fn network(n: usize, links: &[(u32, u32)]) -> Network {
        let links = links.iter().map(|&(source, target)| Link { source, target, weight: 1.0 }).collect();
        Network { ids: vec![String::new(); n], links, ..Network::default() }
    }

    #[test]
    fn a_star_fits() {
        let links: Vec<_> = (1..6).map(|i| (0, i)).collect();
        let found = partition(&network(6, &links), false, Pattern::Full, 5, 1).unwrap();
        assert!((found.fit - 1.0).abs() < 1e-12);
        assert_eq!((found.core, found.optima), (vec![true, false, false, false, false, false], Some(1)));
    }

    #[test]
    fn a_complete_graph_does_not() {
        assert!(partition(&network(3, &[(0, 1), (1, 2), (0, 2)]), false, Pattern::Full, 5, 1).is_none());
    }

    /// A core of 5 tied to all of 25 others, who are not tied: found from any start.
    #[test]
    fn the_search_finds_a_planted_core() {
        let links: Vec<(u32, u32)> = (0..5).flat_map(|a| (a + 1..30).map(move |b| (a, b))).collect();
        let found = partition(&network(30, &links), false, Pattern::Full, 3, 1).unwrap();
        assert!((found.fit - 1.0).abs() < 1e-12);
        assert_eq!(found.core.iter().filter(|core| **core).count(), 5);
    }

    /// The search and all partitions agree where both can be had.
    #[test]
    fn the_search_agrees_with_all_partitions() {
        let mut stream = Stream::new(Key::new(3, "test"), 0, 0);
        for _ in 0..10 {
            let all = (0..12).flat_map(|a| (a + 1..12).map(move |b| (a, b)));
            let links: Vec<(u32, u32)> = all.filter(|_| stream.below(3) == 0).collect();
            let network = network(12, &links);
            for pattern in [Pattern::Full, Pattern::Block] {
                let known = partition(&network, false, pattern, 1, 1).unwrap();
                let sums = Adjacency::both(12, &network.links);
                let ties = Ties { squares: sums.clone(), sums };
                let m = links.len() as f64;
                let whole = Whole { n: 12.0, ways: 1.0, sum: m, squares: m, pattern };
                let found = search(&ties, whole, 50, 1).unwrap();
                assert!((found.fit - known.fit).abs() < 1e-9, "{pattern:?}: {} {}", found.fit, known.fit);
            }
        }
    }
}
