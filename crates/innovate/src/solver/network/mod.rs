//! The one-stage game: R&D and output are chosen together (König, Liu and Zenou 2019).
//!
//! x_i = (q_i + t_i)/(γ_i(1−σ_i)), so that outputs solve [P + diag P − S Γ⁻¹] q = α + S Γ⁻¹ t; firms with q < 0 leave.
//! Where that would bring a unit cost below 0, or R&D below 0 under a tax, `corners` takes over.

mod corners;

use super::certificate::{Certificate, stability_of};
use super::{Equilibrium, Note, Parts, SolveOptions};
use crate::account::Account;
use crate::error::GameError;
use crate::game::Game;
use distretto_numerics::{Lu, Matrix, symmetric_eigen};

/// Most changes of the active set.
const ROUNDS: usize = 500;

/// Matrix and right-hand side of the whole network, whoever sells.
pub(crate) fn system(game: &Game) -> (Matrix, Vec<f64>) {
    let n = game.len();
    let s = game.spillovers();
    let d = game.cross_slope();
    let m = Matrix::from_fn(n, n, |i, j| {
        let market = if i == j {
            2.0 * game.slope
        } else if game.market[i] == game.market[j] {
            d
        } else {
            0.0
        };
        market - s[(i, j)] / game.own_rd_cost(j)
    });
    let paid: Vec<f64> = (0..n).map(|j| game.rd_unit(j) / game.own_rd_cost(j)).collect();
    let learned = s.times_vector(&paid);
    let alpha = |i: usize| game.intercept[i] - game.cost[i] + game.output_subsidy(i) + game.received(i);
    (m, (0..n).map(|i| alpha(i) + learned[i]).collect())
}

/// Solves the game.
pub(super) fn solve(game: &Game, options: &SolveOptions) -> Result<Equilibrium, GameError> {
    let n = game.len();
    for i in 0..n {
        let own = game.own_rd_cost(i);
        if 2.0 * game.slope * own <= 1.0 {
            let bound = 1.0 / (2.0 * game.slope);
            return Err(GameError::SecondOrder { firm: game.names[i].clone(), rd_cost: own, bound });
        }
    }
    let (m, right) = system(game);
    let symmetric = Matrix::from_fn(n, n, |i, j| (m[(i, j)] + m[(j, i)]) / 2.0);
    let definite =
        symmetric_eigen(&symmetric).map_or(f64::NAN, |eigen| eigen.values.last().copied().unwrap_or(f64::NAN));
    if definite.is_nan() || definite <= 0.0 {
        return Err(GameError::SecondOrderOf {
            whom: "network: its matrix is not positive definite",
            margin: definite,
        });
    }
    let (q, iterations, settled) = complementary(&m, &right);
    let x: Vec<f64> = (0..n).map(|i| (q[i] + game.rd_unit(i)) / game.own_rd_cost(i)).collect();
    let smooth = Choice { q, x };
    let rest = match corners::needed(game, &smooth) {
        false => Rest { choice: smooth, iterations, settled },
        true => corners::solve(game, smooth),
    };
    Ok(package(game, options, &m, rest))
}

/// Outputs and R&D.
#[derive(Debug, Clone)]
struct Choice {
    q: Vec<f64>,
    x: Vec<f64>,
}

struct Rest {
    choice: Choice,
    iterations: usize,
    settled: bool,
}

/// q >= 0, M q − c >= 0, one of them 0, by changing the active set.
fn complementary(m: &Matrix, right: &[f64]) -> (Vec<f64>, usize, bool) {
    let n = right.len();
    let mut sells = vec![true; n];
    let mut q = vec![0.0; n];
    for iterations in 1..=ROUNDS {
        let active: Vec<usize> = (0..n).filter(|&i| sells[i]).collect();
        let inner = Matrix::from_fn(active.len(), active.len(), |i, j| m[(active[i], active[j])]);
        let target: Vec<f64> = active.iter().map(|&i| right[i]).collect();
        let Ok(lu) = Lu::new(&inner) else { return (q, iterations, false) };
        q = vec![0.0; n];
        active.iter().zip(lu.solve(&target)).for_each(|(&i, value)| q[i] = value);
        let pressed = m.times_vector(&q);
        let wrong = |i: usize| if sells[i] { q[i] < 0.0 } else { pressed[i] < right[i] };
        let changing: Vec<usize> = (0..n).filter(|&i| wrong(i)).collect();
        if changing.is_empty() {
            return (q, iterations, true);
        }
        // All at once at first; one at a time when that might cycle (Murty's rule ends for a P-matrix).
        let changing = if iterations > 20 { vec![*changing.last().expect("not empty")] } else { changing };
        changing.into_iter().for_each(|i| sells[i] = !sells[i]);
    }
    (q.into_iter().map(|q| q.max(0.0)).collect(), ROUNDS, false)
}

fn package(game: &Game, options: &SolveOptions, m: &Matrix, rest: Rest) -> Equilibrium {
    let n = game.len();
    let Rest { choice: Choice { q, x }, iterations, settled } = rest;
    let learned = game.spillovers().times_vector(&x);
    let reduction: Vec<f64> = (0..n).map(|i| learned[i] + game.received(i)).collect();
    let account = Account::settle(game, x, reduction, q);
    let gains: Vec<f64> =
        (0..n).map(|i| best_reply(game, &account, i).profit - account.profit[i]).map(|gain| gain.max(0.0)).collect();
    let deviation = gains.iter().fold(0.0f64, |largest, &gain| largest.max(gain));
    let residual = |i: usize| {
        let price = account.price[i] - account.unit_cost[i] + game.output_subsidy(i) - game.slope * account.output[i];
        if account.output[i] > 0.0 { price.abs() } else { price.max(0.0) }
    };
    // Hessian of a firm's profit in q and x: [[2b, −1], [−1, γ']].
    let margin = |i: usize| {
        let (a, c) = (2.0 * game.slope, game.own_rd_cost(i));
        (a + c) / 2.0 - ((a - c) * (a - c) / 4.0 + 1.0).sqrt()
    };
    let active: Vec<usize> = (0..n).filter(|&i| account.output[i] > 0.0).collect();
    let mut certificate = Certificate {
        deviation_gain: deviation,
        local_gain: deviation,
        residual: (0..n).map(residual).fold(0.0, f64::max),
        second_order_margin: (0..n).map(margin).fold(f64::INFINITY, f64::min),
        stability_margin: f64::NAN,
        stability_bound: f64::NAN,
        held: vec![false; n],
        local_gains: gains,
        scan: "full",
        unsearched: false,
    };
    certificate.steady(stability_of(m, &active, options.stability));
    let notes: Vec<Note> = Vec::new();
    Parts { account, certificate, kinked: 0, iterations, settled, notes, sellers: Vec::new() }.package(game)
}

/// A firm's output and R&D, and what it earns.
struct Reply {
    q: f64,
    x: f64,
    profit: f64,
}

/// The best reply of firm i to the outputs and R&D of the others. Profit rises with R&D up to one top: with output at
/// its best it is (net + x)²/4b − γ'x²/2 + t x until unit cost is 0, and falls from there or from t/γ'.
fn best_reply(game: &Game, account: &Account, i: usize) -> Reply {
    let others = account.reduction[i] - account.rd[i];
    reply(game, i, others, account.price[i] + game.slope * account.output[i])
}

/// The same, given what others teach the firm and the price if it sold nothing.
fn reply(game: &Game, i: usize, others: f64, price: f64) -> Reply {
    let (b, own, t) = (game.slope, game.own_rd_cost(i), game.rd_unit(i));
    // What is left to be reduced, and the price net of cost at no own R&D.
    let room = (game.cost[i] - others).max(0.0);
    let net = price - room + game.output_subsidy(i);
    let at = |x: f64| {
        let q = ((net + x.min(room)) / (2.0 * b)).max(0.0);
        Reply { q, x, profit: b * q * q - own * x * x / 2.0 + t * x }
    };
    let inner = (net + 2.0 * b * t) / (2.0 * b * own - 1.0);
    let candidates = [0.0, inner.clamp(0.0, room), room, (t / own).max(0.0)];
    let better = |a: Reply, b: Reply| if b.profit > a.profit { b } else { a };
    candidates.into_iter().map(at).reduce(better).expect("four candidates")
}
