//! Merger and first best with spillovers in money, where firms are identical: closed forms.

use super::certificate::Certificate;
use super::{Equilibrium, Note, Parts};
use crate::account::Account;
use crate::error::GameError;
use crate::game::{Game, Mode, Plants};

/// The programme of identical firms. The marginal saving of a unit of money is q th/(γ z), and z
/// solves z γ(1−σ−t) = th q with q = (A + z)/(2P) or (A + z)/P.
pub(super) fn solve(game: &Game, plants: Plants) -> Result<Equilibrium, GameError> {
    let n = game.len();
    let times = if game.mode == Mode::Merger { 2.0 } else { 1.0 };
    let beta = game.knowledge.uniform(n).unwrap_or(0.0);
    let alpha = game.intercept[0] - game.cost[0] + game.output_subsidy(0);
    let own = game.rd_cost[0] * (1.0 - game.rd_rate(0) - game.rd_unit(0));
    let given = game.received(0);
    let (th, slope) = if plants == Plants::Efficient && game.substitution >= 1.0 {
        (1.0, times * game.slope)
    } else {
        (1.0 + (n as f64 - 1.0) * beta, times * (game.slope + (n as f64 - 1.0) * game.cross_slope()))
    };
    let margin = own * slope - th;
    if margin <= 0.0 {
        let whom = if game.mode == Mode::Merger { "merger" } else { "planner" };
        return Err(GameError::SecondOrderOf { whom, margin });
    }
    let free = (th * alpha / margin).min(game.cost[0]);
    // What the institute gives alone may be more than is wanted.
    let money = ((game.rd_cost[0] * free * free / 2.0 - given) / th).max(0.0);
    let alike = slope != times * game.slope || n == 1 || game.substitution < 1.0;
    let spent: Vec<f64> = (0..n).map(|i| if alike || i == 0 { money } else { 0.0 }).collect();
    let reached = |i: usize| {
        let all: f64 = (0..n).map(|j| if i == j { spent[j] } else { beta * spent[j] }).sum();
        (2.0 * (all + given) / game.rd_cost[0]).sqrt()
    };
    let reduction: Vec<f64> = (0..n).map(reached).collect();
    let q = (alpha + reduction[0].min(game.cost[0])) / slope;
    let output = (0..n).map(|i| if alike || i == 0 { q } else { 0.0 }).collect();
    let account = Account::settle(game, spent, reduction, output);
    let certificate = Certificate {
        deviation_gain: 0.0,
        local_gain: 0.0,
        local_gains: vec![0.0; n],
        residual: 0.0,
        second_order_margin: margin / slope,
        stability_margin: f64::NAN,
        stability_bound: f64::NAN,
        held: vec![false; n],
        scan: "full",
        unsearched: false,
    };
    let sellers = if alike { Vec::new() } else { vec![0] };
    let notes = vec![Note::NoStability];
    Ok(Parts { account, certificate, kinked: 0, iterations: 1, settled: true, notes, sellers }.package(game))
}
