//! Many firms under competition, without a matrix: one pass over links a sweep.
//!
//! x_i = max(0, (2h D_ii q_i + t_i)/γ'_i) is repeated until it rests; in markets whose set of sellers still changes,
//! firms give exact replies one after another instead.

use super::certificate::{Certificate, Certify};
use super::{Equilibrium, Note, Parts, SolveOptions};
use crate::account::Account;
use crate::error::GameError;
use crate::game::Game;
use crate::knowledge::Knowledge;
use crate::ray::{Line, Part, Ray};
use crate::stage::{Outputs, Rules, outputs};
use distretto_numerics::{Key, Stream};

/// Sweeps of the fast map before markets that still change are played firm by firm.
const FAST: usize = 40;
/// Lines of market rivals that the scan of deviations may look at.
const LINES: usize = 200_000_000;

struct Large<'g> {
    game: &'g Game,
    rules: Vec<Rules>,
    alpha: Vec<f64>,
    cap: Vec<f64>,
    own: Vec<f64>,
    unit: Vec<f64>,
    /// Links by source, for sparse knowledge: receivers of i at `starts[i]..starts[i + 1]`.
    starts: Vec<usize>,
    receivers: Vec<u32>,
    weights: Vec<f64>,
    /// The place of each firm within its market.
    place: Vec<u32>,
}

/// R&D, what it teaches, and the sum of leaked R&D for knowledge of rank one.
struct State {
    x: Vec<f64>,
    learned: Vec<f64>,
    leaked: f64,
}

/// Whether the solver takes the game.
pub(super) fn takes(game: &Game) -> bool {
    game.cross_ownership.is_none() && !matches!(game.knowledge.as_ref(), Knowledge::Dense(_))
}

/// Solves the game.
pub(super) fn solve(game: &Game, options: &SolveOptions) -> Result<Equilibrium, GameError> {
    let large = Large::new(game);
    let (state, out, iterations, settled) = large.rest()?;
    large.package(state, out, iterations, settled, options)
}

impl<'g> Large<'g> {
    fn new(game: &'g Game) -> Self {
        let n = game.len();
        let alpha = |i: usize| game.intercept[i] - game.cost[i] + game.output_subsidy(i) + game.received(i);
        let mut large = Self {
            game,
            rules: (0..game.markets.len()).map(|m| Rules::of(game, m)).collect(),
            alpha: (0..n).map(alpha).collect(),
            cap: (0..n).map(|i| game.intercept[i] + game.output_subsidy(i)).collect(),
            own: (0..n).map(|i| game.own_rd_cost(i)).collect(),
            unit: (0..n).map(|i| game.rd_unit(i)).collect(),
            starts: Vec::new(),
            receivers: Vec::new(),
            weights: Vec::new(),
            place: vec![0; n],
        };
        for m in 0..large.rules.len() {
            game.members(m).iter().enumerate().for_each(|(k, &i)| large.place[i as usize] = k as u32);
        }
        if let Knowledge::Sparse { starts, sources, weights } = game.knowledge.as_ref() {
            large.starts = vec![0; n + 1];
            sources.iter().for_each(|&j| large.starts[j as usize + 1] += 1);
            (0..n).for_each(|j| large.starts[j + 1] += large.starts[j]);
            let mut next = large.starts.clone();
            large.receivers = vec![0; sources.len()];
            large.weights = vec![0.0; sources.len()];
            for i in 0..n {
                for k in starts[i]..starts[i + 1] {
                    let at = &mut next[sources[k] as usize];
                    (large.receivers[*at], large.weights[*at]) = (i as u32, weights[k]);
                    *at += 1;
                }
            }
        }
        large
    }

    /// What R&D teaches.
    fn learn(&self, x: Vec<f64>) -> State {
        let n = x.len();
        let (learned, leaked) = match self.game.knowledge.as_ref() {
            Knowledge::RankOne { row, column } => {
                let leaked = distretto_numerics::pairwise_by(n, |j| column[j] * x[j]);
                ((0..n).map(|i| x[i] + row[i] * (leaked - column[i] * x[i])).collect(), leaked)
            }
            Knowledge::Sparse { starts, sources, weights } => {
                let of = |i: usize| {
                    let links = starts[i]..starts[i + 1];
                    x[i] + links.map(|k| weights[k] * x[sources[k] as usize]).sum::<f64>()
                };
                ((0..n).map(of).collect(), 0.0)
            }
            _ => (x.clone(), 0.0),
        };
        State { x, learned, leaked }
    }

    fn outputs(&self, state: &State) -> Outputs {
        let y: Vec<f64> = (0..state.x.len()).map(|i| self.level(state, i).min(self.cap[i])).collect();
        outputs(self.game, &self.rules, &y)
    }

    fn level(&self, state: &State, i: usize) -> f64 {
        self.alpha[i] + self.learned(state, i)
    }

    fn learned(&self, state: &State, i: usize) -> f64 {
        match self.game.knowledge.as_ref() {
            // Kept up to date by the sum alone while firms reply one after another.
            Knowledge::RankOne { row, column } => state.x[i] + row[i] * (state.leaked - column[i] * state.x[i]),
            _ => state.learned[i],
        }
    }

    /// D_ii for all firms.
    fn slopes(&self, state: &State, out: &Outputs) -> Vec<f64> {
        let n = state.x.len();
        let live = |k: usize| {
            (out.q[k] > 0.0 || !self.rules[self.game.market[k] as usize].exit) && self.level(state, k) <= self.cap[k]
        };
        let mut rows = vec![0.0; self.rules.len()];
        if let Knowledge::RankOne { row, .. } = self.game.knowledge.as_ref() {
            for (k, row) in row.iter().enumerate().filter(|(k, _)| live(*k)) {
                rows[self.game.market[k] as usize] += row;
            }
        }
        let slope = |i: usize| {
            let m = self.game.market[i] as usize;
            if !live(i) {
                return 0.0;
            }
            let reached = match self.game.knowledge.as_ref() {
                Knowledge::RankOne { row, column } => 1.0 + column[i] * (rows[m] - row[i]),
                Knowledge::Sparse { .. } => {
                    let links = self.starts[i]..self.starts[i + 1];
                    let inside = links.filter(|&k| {
                        self.game.market[self.receivers[k] as usize] as usize == m && live(self.receivers[k] as usize)
                    });
                    1.0 + inside.map(|k| self.weights[k]).sum::<f64>()
                }
                _ => 1.0,
            };
            (1.0 - self.rules[m].kappa(out.sellers[m]) * reached) / self.rules[m].own
        };
        (0..n).map(slope).collect()
    }

    fn rest(&self) -> Result<(State, Outputs, usize, bool), GameError> {
        let n = self.game.len();
        let scale = self.game.scale();
        let tolerance = 1e-3 * self.game.solver.tolerance * scale;
        let mut state = self.learn(vec![0.0; n]);
        let mut out = self.outputs(&state);
        let mut restless = vec![false; self.rules.len()];
        for sweep in 1..=self.game.solver.max_iterations {
            let slope = self.slopes(&state, &out);
            let mut change = 0.0f64;
            let mut x = state.x.clone();
            for i in (0..n).filter(|&i| !restless[self.game.market[i] as usize]) {
                let h = self.rules[self.game.market[i] as usize].margin;
                x[i] = ((2.0 * h * slope[i] * out.q[i] + self.unit[i]) / self.own[i]).max(0.0);
                change = change.max((x[i] - state.x[i]).abs());
            }
            state = self.learn(x);
            let mut ray = Ray::default();
            for m in (0..restless.len()).filter(|&m| restless[m]) {
                for &i in self.game.members(m) {
                    change = change.max(self.reply(&mut state, i as usize, &mut ray)?);
                }
            }
            let next = self.outputs(&state);
            if sweep >= FAST {
                for (m, restless) in restless.iter_mut().enumerate() {
                    *restless = *restless || next.sellers[m] != out.sellers[m];
                }
            }
            out = next;
            if change <= tolerance {
                return Ok((state, out, sweep, true));
            }
            if sweep > 20 * FAST {
                return Ok((state, out, sweep, false));
            }
        }
        Ok((state, out, self.game.solver.max_iterations, false))
    }

    fn ray(&self, state: &State, i: usize, ray: &mut Ray) {
        ray.clear(self.game.scale());
        let m = self.game.market[i] as usize;
        for &k in self.game.members(m) {
            let k = k as usize;
            let slope = match self.game.knowledge.as_ref() {
                _ if k == i => 1.0,
                Knowledge::RankOne { row, column } => row[k] * column[i],
                _ => 0.0,
            };
            let square = if k == i { self.rules[m].margin } else { 0.0 };
            ray.lines.push(Line { y: self.level(state, k), slope, cap: self.cap[k], square, linear: 0.0 });
        }
        if !self.starts.is_empty() {
            for k in self.starts[i]..self.starts[i + 1] {
                let receiver = self.receivers[k] as usize;
                if self.game.market[receiver] as usize == m {
                    ray.lines[self.place[receiver] as usize].slope = self.weights[k];
                }
            }
        }
        ray.parts.push(Part { rules: self.rules[m], begin: 0, end: ray.lines.len(), square: 0.0 });
        ray.gain = self.unit[i] - self.own[i] * state.x[i];
        ray.curvature = self.own[i];
    }

    fn reply(&self, state: &mut State, i: usize, ray: &mut Ray) -> Result<f64, GameError> {
        self.ray(state, i, ray);
        let rules = self.rules[self.game.market[i] as usize];
        let best = ray.best(-state.x[i], f64::INFINITY).ok_or_else(|| GameError::SecondOrder {
            firm: self.game.names[i].clone(),
            rd_cost: self.own[i],
            bound: 2.0 * rules.margin / (rules.own * rules.own),
        })?;
        state.x[i] = (state.x[i] + best.t).max(0.0);
        match self.game.knowledge.as_ref() {
            Knowledge::RankOne { column, .. } => state.leaked += column[i] * best.t,
            Knowledge::Sparse { .. } => {
                state.learned[i] += best.t;
                for k in self.starts[i]..self.starts[i + 1] {
                    state.learned[self.receivers[k] as usize] += self.weights[k] * best.t;
                }
            }
            _ => state.learned[i] += best.t,
        }
        Ok(best.t.abs())
    }

    /// The firms whose deviations are scanned.
    fn scanned(&self, out: &Outputs, options: &SolveOptions) -> (Vec<usize>, &'static str) {
        let n = self.game.len();
        let lines: usize = (0..self.rules.len()).map(|m| self.game.members(m).len().pow(2)).sum();
        let wanted = match options.certify {
            Certify::Off => return (Vec::new(), "off"),
            Certify::Full if lines <= LINES => return ((0..n).collect(), "full"),
            Certify::Full => 1_000,
            Certify::Sample(count) => count,
        };
        let near = 1e-3 * self.game.scale();
        let mut chosen: Vec<usize> = (0..n).filter(|&i| out.q[i] > 0.0 && out.q[i] < near).collect();
        let mut stream = Stream::new(Key::new(options.seed, "innovate scan"), 0, 0);
        chosen.extend((0..wanted.min(n)).map(|_| stream.below_u64(n as u64) as usize));
        let mut room = LINES;
        chosen.retain(|&i| {
            let size = self.game.members(self.game.market[i] as usize).len();
            let fits = size <= room;
            room -= if fits { size } else { 0 };
            fits
        });
        (chosen, "sample")
    }

    fn package(
        &self,
        state: State,
        out: Outputs,
        iterations: usize,
        settled: bool,
        options: &SolveOptions,
    ) -> Result<Equilibrium, GameError> {
        let game = self.game;
        let n = game.len();
        let state = self.learn(state.x);
        if let Some(i) = (0..n).find(|&i| !self.rules[game.market[i] as usize].exit && out.q[i] <= 0.0) {
            return Err(GameError::Interior { firm: game.names[i].clone(), output: out.q[i] });
        }
        let slope = self.slopes(&state, &out);
        let margin = |i: usize| self.own[i] - 2.0 * self.rules[game.market[i] as usize].margin * slope[i] * slope[i];
        let (mut least, mut weakest) = (f64::INFINITY, 0);
        for i in 0..n {
            if margin(i) < least {
                (least, weakest) = (margin(i), i);
            }
        }
        if least <= 0.0 {
            let rd_cost = self.own[weakest];
            return Err(GameError::SecondOrder { firm: game.names[weakest].clone(), rd_cost, bound: rd_cost - least });
        }
        let mut gains = vec![0.0; n];
        let mut residual = 0.0f64;
        for i in 0..n {
            let h = self.rules[game.market[i] as usize].margin;
            let g = 2.0 * h * slope[i] * out.q[i] + self.unit[i] - self.own[i] * state.x[i];
            if state.x[i] > 0.0 || g > 0.0 {
                residual = residual.max(g.abs());
                gains[i] = g * g / (2.0 * margin(i));
            }
        }
        let (chosen, scan) = self.scanned(&out, options);
        let mut ray = Ray::default();
        let mut deviation = 0.0f64;
        for &i in &chosen {
            self.ray(&state, i, &mut ray);
            let present = ray.piece(0.0).value;
            let best = ray.best(-state.x[i], (4.0 * state.x[i]).max(0.05 * game.scale()));
            deviation = deviation.max(best.map_or(f64::INFINITY, |best| best.value - present));
            // At a kink the piece to one side is not that of the other: the scan tells.
            gains[i] = gains[i].min(best.map_or(f64::INFINITY, |best| (best.value - present).max(0.0)));
        }
        let reduction = (0..n).map(|i| state.learned[i] + game.received(i)).collect();
        let certificate = Certificate {
            deviation_gain: deviation,
            local_gain: gains.iter().fold(0.0, |largest, &gain| f64::max(largest, gain)),
            local_gains: gains,
            residual,
            second_order_margin: least,
            stability_margin: f64::NAN,
            held: Vec::new(),
            scan,
        };
        let account = Account::settle(game, state.x, reduction, out.q);
        let notes = vec![Note::NoStability];
        Ok(Parts { account, certificate, kinked: 0, iterations, settled, notes, sellers: Vec::new() }.package(game))
    }
}
