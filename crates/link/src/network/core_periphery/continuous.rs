//! A coreness for every node: the products of two corenesses are as near to the ties as they can be.

use super::super::adjacency::Adjacency;
use super::super::read::Network;
use crate::words::ratio;

/// Sweeps before the iteration is given up.
const SWEEPS: usize = 100_000;
/// Relative change of a sweep at which it ends.
const SETTLED: f64 = 1e-13;

/// Corenesses and their fit.
#[derive(Debug, Clone, PartialEq)]
pub struct Coreness {
    /// c of every node, 0 for an isolate; NaN when the iteration does not settle.
    pub coreness: Vec<f64>,
    /// Correlation of a_ij with c_i c_j, i ≠ j; NaN where either is constant.
    pub fit: f64,
}

/// Corenesses c ≥ 0 that minimise Σ_{i≠j}(a_ij − c_i c_j)² (Boyd, Fitzgerald, Mahutga and Smith 2010).
///
/// # Complexity
/// O(n + m) for each sweep; every node in turn takes its best value given the others.
#[must_use]
pub fn coreness(network: &Network, with_weights: bool) -> Coreness {
    let mut links = network.links.clone();
    if !with_weights {
        links.iter_mut().for_each(|link| link.weight = 1.0);
    }
    // Without direction both a_ij and a_ji are the weight.
    let ways = if network.directed { 1.0 } else { 2.0 };
    let graph = Adjacency::both(network.len(), &links).map_weights(|weight| weight * ways / 2.0);
    let c = minres(&graph);
    let squares: f64 = if network.directed {
        links.iter().map(|link| link.weight.powi(2)).sum()
    } else {
        2.0 * links.iter().map(|link| link.weight.powi(2)).sum::<f64>()
    };
    let fit = fit(&graph, squares, &c);
    Coreness { coreness: c, fit }
}

/// Weights of `graph` are (a_ij + a_ji)/2.
fn minres(graph: &Adjacency) -> Vec<f64> {
    let n = graph.len();
    let total: f64 = (0..n).map(|v| graph.strength(v)).sum();
    if total == 0.0 {
        return vec![0.0; n];
    }
    let mut c: Vec<f64> = (0..n).map(|v| graph.strength(v) / total.sqrt()).collect();
    for _ in 0..SWEEPS {
        let mut squares: f64 = c.iter().map(|c| c * c).sum();
        let (mut moved, mut most) = (0.0_f64, 0.0_f64);
        for v in 0..n {
            let others = squares - c[v] * c[v];
            let pull: f64 = graph.pairs(v).map(|(w, weight)| weight * c[w as usize]).sum();
            let next = if pull > 0.0 && others > 0.0 { pull / others } else { 0.0 };
            moved = moved.max((next - c[v]).abs());
            most = most.max(next);
            squares = others + next * next;
            c[v] = next;
        }
        if moved <= SETTLED * most {
            return c;
        }
    }
    vec![f64::NAN; n]
}

/// Correlation over ordered pairs i ≠ j from sums alone.
fn fit(graph: &Adjacency, squares: f64, c: &[f64]) -> f64 {
    let n = c.len() as f64;
    let pairs = n * (n - 1.0);
    let power = |k: i32| c.iter().map(|c| c.powi(k)).sum::<f64>();
    let (one, two, four) = (power(1), power(2), power(4));
    let (sum_a, sum_c) = ((0..c.len()).map(|v| graph.strength(v)).sum::<f64>(), one * one - two);
    let inner = |v: usize| c[v] * graph.pairs(v).map(|(w, weight)| weight * c[w as usize]).sum::<f64>();
    let product: f64 = (0..c.len()).map(inner).sum();
    let variance_a = squares - sum_a * sum_a / pairs;
    let variance_c = two * two - four - sum_c * sum_c / pairs;
    if variance_a <= 1e-12 * squares || variance_c <= 1e-12 * two * two {
        return f64::NAN;
    }
    ratio(product - sum_a * sum_c / pairs, (variance_a * variance_c).sqrt())
}
