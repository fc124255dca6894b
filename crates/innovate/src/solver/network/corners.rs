//! The one-stage game with firms at unit cost 0 or without R&D.
//!
//! Beyond unit cost 0 R&D saves nothing: the marginal benefit of x_i is q_i below the floor, 0 beyond, and anything
//! between at it, γ'_i x_i = t_i + μ_i with 0 <= μ_i <= q_i. Each firm is in one of a few states; a linear system
//! solves a set of states, and states change until none is wrong. Where that cycles, best replies lead near first: a
//! firm's profit has one top in (q_i, x_i), so that its reply is continuous.

use super::{Choice, Rest, reply};
use crate::game::Game;
use distretto_numerics::{Lu, Matrix};

/// Most changes of states.
const ROUNDS: usize = 200;
/// Most rounds of best replies.
const REPLIES: usize = 20_000;

/// How R&D is determined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rd {
    /// γ'x = q + t.
    Free,
    /// x = 0.
    None,
    /// Reduction is c.
    AtFloor,
    /// γ'x = t: more than the floor, for the subsidy's sake.
    Beyond,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    sells: bool,
    rd: Rd,
}

/// Whether the solution without corners passes one.
pub(super) fn needed(game: &Game, choice: &Choice) -> bool {
    let corners = Corners::new(game);
    let learned = corners.s.times_vector(&choice.x);
    (0..game.len()).any(|i| choice.x[i] < 0.0 || learned[i] > corners.wanted[i])
}

pub(super) fn solve(game: &Game, near: Choice) -> Rest {
    let corners = Corners::new(game);
    let start = corners.states(&near);
    if let Some(rest) = corners.settle(start) {
        return rest;
    }
    let (choice, rounds, settled) = corners.replies(near);
    match corners.settle(corners.states(&choice)) {
        Some(rest) => Rest { iterations: rest.iterations + rounds, ..rest },
        None => Rest { choice, iterations: rounds, settled },
    }
}

struct Corners<'g> {
    game: &'g Game,
    s: Matrix,
    /// What R&D has to reduce until unit cost is 0.
    wanted: Vec<f64>,
}

impl<'g> Corners<'g> {
    fn new(game: &'g Game) -> Self {
        let wanted = (0..game.len()).map(|i| game.cost[i] - game.received(i)).collect();
        Self { game, s: game.spillovers(), wanted }
    }

    /// The price of firm i if it sold nothing.
    fn price(&self, q: &[f64], i: usize) -> f64 {
        let others = self.game.members(self.game.market[i] as usize).iter().filter(|&&k| k as usize != i);
        self.game.intercept[i] - self.game.cross_slope() * others.map(|&k| q[k as usize]).sum::<f64>()
    }

    /// The states nearest to a point.
    fn states(&self, near: &Choice) -> Vec<State> {
        let learned = self.s.times_vector(&near.x);
        let tie = 1e-9 * self.game.scale();
        let rd = |i: usize| match learned[i] - self.wanted[i] {
            past if past > tie => Rd::Beyond,
            past if past >= -tie => Rd::AtFloor,
            _ if near.x[i] <= 0.0 => Rd::None,
            _ => Rd::Free,
        };
        (0..near.q.len()).map(|i| State { sells: near.q[i] > 0.0, rd: rd(i) }).collect()
    }

    fn settle(&self, mut states: Vec<State>) -> Option<Rest> {
        let mut seen: Vec<Vec<State>> = Vec::new();
        for iterations in 1..=ROUNDS {
            let choice = self.on(&states)?;
            let next = self.mend(&states, &choice);
            if next == states {
                return Some(Rest { choice, iterations, settled: true });
            }
            if seen.contains(&next) {
                return None;
            }
            seen.push(std::mem::replace(&mut states, next));
        }
        None
    }

    /// Outputs and R&D of a set of states: q stands first among the unknowns, x second.
    fn on(&self, states: &[State]) -> Option<Choice> {
        let (game, n) = (self.game, states.len());
        let mut m = Matrix::zeros(2 * n, 2 * n);
        let mut right = vec![0.0; 2 * n];
        for (i, state) in states.iter().enumerate() {
            let floored = matches!(state.rd, Rd::AtFloor | Rd::Beyond);
            if state.sells {
                for &k in game.members(game.market[i] as usize) {
                    m[(i, k as usize)] = game.cross_slope();
                }
                m[(i, i)] = 2.0 * game.slope;
                right[i] = game.intercept[i] + game.output_subsidy(i);
                if !floored {
                    right[i] -= self.wanted[i];
                    (0..n).for_each(|j| m[(i, n + j)] = -self.s[(i, j)]);
                }
            } else {
                m[(i, i)] = 1.0;
            }
            let row = n + i;
            match state.rd {
                Rd::None => m[(row, row)] = 1.0,
                Rd::AtFloor => {
                    (0..n).for_each(|j| m[(row, n + j)] = self.s[(i, j)]);
                    right[row] = self.wanted[i];
                }
                Rd::Free | Rd::Beyond => {
                    m[(row, row)] = game.own_rd_cost(i);
                    right[row] = game.rd_unit(i);
                    if state.rd == Rd::Free {
                        m[(row, i)] = -1.0;
                    } else {
                        right[row] = right[row].max(0.0);
                    }
                }
            }
        }
        let mut q = Lu::new(&m).ok()?.solve(&right);
        if q.iter().any(|value| !value.is_finite()) {
            return None;
        }
        let x = q.split_off(n);
        Some(Choice { q, x })
    }

    /// The states that a solution calls for.
    fn mend(&self, states: &[State], choice: &Choice) -> Vec<State> {
        let game = self.game;
        let learned = self.s.times_vector(&choice.x);
        let tie = 1e-12 * game.scale();
        let next = |i: usize| {
            let (q, x, t) = (choice.q[i], choice.x[i], game.rd_unit(i));
            let own = game.own_rd_cost(i);
            let past = learned[i] - self.wanted[i];
            let net = self.price(&choice.q, i) + game.output_subsidy(i) - (-past).max(0.0);
            let State { sells, rd } = states[i];
            let sells = if sells { q >= -tie } else { net > tie };
            let held = q.max(0.0) + t - own * x;
            let rd = match rd {
                Rd::Free if x < -tie => Rd::None,
                Rd::Free if past > tie => Rd::AtFloor,
                Rd::None if past > tie => Rd::Beyond,
                Rd::None if q.max(0.0) + t > tie => Rd::Free,
                Rd::AtFloor if x < -tie => Rd::Beyond,
                Rd::AtFloor if held < -tie => Rd::Free,
                Rd::AtFloor if held > q.max(0.0) + tie => Rd::Beyond,
                Rd::Beyond if past < -tie => Rd::AtFloor,
                same => same,
            };
            State { sells, rd }
        };
        (0..states.len()).map(next).collect()
    }

    /// Best replies, one firm after another.
    fn replies(&self, mut at: Choice) -> (Choice, usize, bool) {
        let tie = 1e-13 * self.game.scale();
        at.x.iter_mut().for_each(|x| *x = x.max(0.0));
        for round in 1..=REPLIES {
            let mut moved = 0.0f64;
            for i in 0..at.q.len() {
                let others = (0..at.x.len()).filter(|&j| j != i).map(|j| self.s[(i, j)] * at.x[j]).sum::<f64>();
                let best = reply(self.game, i, others + self.game.received(i), self.price(&at.q, i));
                moved = moved.max((best.q - at.q[i]).abs()).max((best.x - at.x[i]).abs());
                (at.q[i], at.x[i]) = (best.q, best.x);
            }
            if moved <= tie {
                return (at, round, true);
            }
        }
        (at, REPLIES, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::solver::tests::read;
    use crate::solver::{SolveOptions, solve};
    use proptest::prelude::*;
    use serde_json::json;

    /// Profit of firm i by the model's own words.
    fn profit(game: &Game, q: &[f64], x: &[f64], i: usize) -> f64 {
        let beta = game.knowledge.entry(0, 1);
        let learned = x[i] + beta * (x.iter().sum::<f64>() - x[i]);
        let price = game.intercept[i] - game.slope * q[i] - game.cross_slope() * (q.iter().sum::<f64>() - q[i]);
        let own = game.own_rd_cost(i);
        (price - (game.cost[i] - learned).max(0.0)) * q[i] - own * x[i] * x[i] / 2.0 + game.rd_unit(i) * x[i]
    }

    #[test]
    fn a_monopolist_stops_at_the_floor() {
        // q = (a − c + x)/2, γ x = q: x = 90/(2γ − 1) = 225 for γ = 0.7 without the floor; c = 10 is all that there is
        // to save: x = 10, q = 50.
        let game = |t: f64| {
            read(json!({
                "market": { "intercept": 100.0, "slope": 1.0 },
                "firms": { "count": 1, "marginal_cost": 10.0, "rd_cost": 0.7 },
                "regime": { "timing": "simultaneous" },
                "policy": { "rd_subsidy_per_unit": t },
            }))
        };
        let solved = solve(&game(0.0), &SolveOptions::default()).unwrap();
        assert!((solved.account.rd[0] - 10.0).abs() < 1e-12 && (solved.account.output[0] - 50.0).abs() < 1e-12);
        assert!(solved.certified && solved.account.unit_cost[0] == 0.0);
        // A subsidy of 14 pays for 20 units, whatever they save.
        let paid = solve(&game(14.0), &SolveOptions::default()).unwrap();
        assert!((paid.account.rd[0] - 20.0).abs() < 1e-12 && paid.certified);
        // A tax above the marginal benefit leaves no R&D: (90 + x)/2 < 200.
        let taxed = solve(&game(-200.0), &SolveOptions::default()).unwrap();
        assert!(taxed.account.rd[0] == 0.0 && (taxed.account.output[0] - 45.0).abs() < 1e-12 && taxed.certified);
    }

    proptest! {
        /// Low costs, cheap R&D: floors bind. No output and R&D of a fine grid pays better, and best replies stay.
        #[test]
        fn nobody_gains_by_another_output_and_rd(
            costs in prop::collection::vec(2.0..60.0f64, 2..6),
            beta in 0.0..0.4f64,
            gamma in 0.8..4.0f64,
            substitution in 0.3..1.0f64,
            t in -5.0..8.0f64,
        ) {
            let game = read(json!({
                "market": { "intercept": 100.0, "slope": 1.0, "substitution": substitution },
                "firms": { "marginal_cost": costs, "rd_cost": gamma },
                "spillover": { "rate": beta },
                "regime": { "timing": "simultaneous" },
                "policy": { "rd_subsidy_per_unit": t },
            }));
            let Ok(solved) = solve(&game, &SolveOptions::default()) else { return Ok(()) };
            prop_assert!(solved.certified, "{:?}", solved.notes);
            let (q, x) = (&solved.account.output, &solved.account.rd);
            for i in 0..game.len() {
                let present = profit(&game, q, x, i);
                prop_assert!((present - solved.account.profit[i]).abs() < 1e-9 * (1.0 + present.abs()));
                let (mut other, mut rd) = (q.clone(), x.clone());
                for a in 0..=120 {
                    for b in 0..=120 {
                        (other[i], rd[i]) = (f64::from(a) * 0.5, f64::from(b));
                        let reached = profit(&game, &other, &rd, i);
                        prop_assert!(reached <= present + 1e-9 * (1.0 + present.abs()), "{i}: {reached} {present}");
                    }
                }
            }
            let near = Choice { q: vec![0.0; game.len()], x: vec![0.0; game.len()] };
            let (replied, _, settled) = Corners::new(&game).replies(near);
            if settled {
                for (a, b) in replied.x.iter().zip(x) {
                    prop_assert!((a - b).abs() < 1e-8, "{a} {b}");
                }
            }
        }
    }
}
