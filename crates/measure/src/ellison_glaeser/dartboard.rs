//! The dartboard: plants fall into regions with the probabilities of the benchmark.

use super::index::Benchmark;
use distretto_numerics::{Categorical, Key, Stream, Tail, TailCounts};
use rayon::prelude::*;

/// Simulated p of `G = Σ(s − x)²`, one-sided greater: each simulation throws every plant (shares `z` of the
/// industry) anew. `regions` are the plants' real regions. `key` says seed and purpose, `item` the industry; the
/// draw of simulation k depends on nothing else. NaN without simulations.
///
/// # Complexity
/// O(plants) a simulation, whatever the number of regions.
#[must_use]
pub fn dartboard_p(regions: &[u32], z: &[f64], benchmark: &Benchmark, key: Key, item: u64, nsim: u64) -> f64 {
    let Ok(board) = Categorical::new(benchmark.shares()) else { return f64::NAN };
    let observed = Board::new(benchmark).concentration(z, |k| regions[k]);
    let counted = (0..nsim).into_par_iter().map_init(
        || Board::new(benchmark),
        |board_of_thread, simulation| {
            let mut stream = Stream::new(key, item, simulation);
            let simulated = board_of_thread.concentration(z, |_| board.draw(&mut stream));
            let mut counts = TailCounts::new();
            counts.record(observed, simulated);
            counts
        },
    );
    let merge = |mut a: TailCounts, b: TailCounts| {
        a.merge(b);
        a
    };
    counted.reduce(TailCounts::new, merge).p(Tail::Greater)
}

/// Memory of one thread: shares by region, zero between two simulations.
struct Board<'a> {
    benchmark: &'a Benchmark,
    s: Vec<f64>,
    hit: Vec<u32>,
}

impl<'a> Board<'a> {
    fn new(benchmark: &'a Benchmark) -> Self {
        Self { benchmark, s: vec![0.0; benchmark.shares().len()], hit: Vec::new() }
    }

    /// `Σ(s − x)²` as `Σx²` plus what the regions that were hit change.
    fn concentration(&mut self, z: &[f64], mut region: impl FnMut(usize) -> u32) -> f64 {
        self.hit.clear();
        for (k, share) in z.iter().enumerate() {
            let r = region(k);
            if self.s[r as usize] == 0.0 {
                self.hit.push(r);
            }
            self.s[r as usize] += share;
        }
        // Equal placements reached in another order must be ties: add in the order of regions.
        self.hit.sort_unstable();
        let mut sum = self.benchmark.squares();
        for &r in &self.hit {
            let s = std::mem::take(&mut self.s[r as usize]);
            sum += s * (s - 2.0 * self.benchmark.shares()[r as usize]);
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Exact enumeration of the 81 placements gives p = 0.177; five standard errors of 9,999 draws are 0.0191.
    #[test]
    fn p_equals_the_exact_one() {
        let benchmark = Benchmark::new(&[500.0, 300.0, 200.0]).unwrap();
        let z = [50.0, 30.0, 20.0, 10.0].map(|size| size / 110.0);
        let p = dartboard_p(&[0, 0, 0, 0], &z, &benchmark, Key::new(1, "test"), 0, 9_999);
        assert!((p - 0.177).abs() < 0.0192, "{p}");
    }

    #[test]
    fn a_draw_depends_on_seed_item_and_simulation_only() {
        let benchmark = Benchmark::new(&[5.0, 3.0, 2.0, 9.0]).unwrap();
        let z: Vec<f64> = vec![0.05; 20];
        let regions: Vec<u32> = (0..20).map(|k| (k % 7).min(3)).collect();
        let p = || dartboard_p(&regions, &z, &benchmark, Key::new(3, "test"), 5, 499);
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let three = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        assert_eq!(one.install(p).to_bits(), three.install(p).to_bits());
    }

    /// Mean of G over simulations against `(1 − Σx²)H`, within five of its standard errors.
    #[test]
    fn mean_concentration_is_that_of_the_formula() {
        let benchmark = Benchmark::new(&[5.0, 3.0, 2.0, 9.0, 0.0, 1.0]).unwrap();
        let z = [0.4, 0.3, 0.1, 0.1, 0.1];
        let (h, z4) = (z.iter().map(|z| z * z).sum::<f64>(), z.iter().map(|z| z.powi(4)).sum());
        let darts = Categorical::new(benchmark.shares()).unwrap();
        let mut board = Board::new(&benchmark);
        let n = 20_000_u64;
        let total: f64 = (0..n)
            .map(|k| {
                let mut stream = Stream::new(Key::new(7, "test"), 0, k);
                board.concentration(&z, |_| darts.draw(&mut stream))
            })
            .sum();
        let se = (benchmark.variance(h, z4) / n as f64).sqrt();
        assert!((total / n as f64 - benchmark.spread() * h).abs() < 5.0 * se);
    }
}
