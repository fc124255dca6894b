//! Many firms under competition, without a matrix: one pass over links a sweep.
//!
//! x_i = max(0, (2h D_ii q_i + t_i)/γ'_i) is repeated until it rests; in markets whose set of sellers still changes,
//! firms give exact replies one after another instead, all such markets at once against what the others did before.
//! Every parallel loop maps firms or markets one by one, so that threads never change a bit. `proof` certifies.

mod proof;

use super::{Equilibrium, SolveOptions};
use crate::error::GameError;
use crate::game::Game;
use crate::knowledge::Knowledge;
use crate::ray::{Line, Part, Ray};
use crate::stage::{Outputs, Rules, outputs};
use distretto_numerics::pairwise_by;
use rayon::prelude::*;

/// Sweeps of the fast map before markets that still change are played firm by firm.
const FAST: usize = 12;
/// Most sweeps that are tried before what is reached is reported, uncertified where it is no equilibrium.
const SWEEPS: usize = 800;
/// Firms that a thread takes at once.
const GRAIN: usize = 4_096;
/// In larger markets only firms near the threshold reply, against rivals near it.
const CROWD: usize = 2_000;

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
    /// Of prices.
    scale: f64,
}

/// R&D and what it teaches.
struct State {
    x: Vec<f64>,
    learned: Vec<f64>,
}

/// Where the sweeps came to rest.
struct Rest {
    state: State,
    out: Outputs,
    sweeps: usize,
    settled: bool,
}

/// Maps firms on all threads; the result does not depend on how many there are.
fn by_firm<T: Send>(n: usize, of: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
    (0..n).into_par_iter().with_min_len(GRAIN).map(of).collect()
}

/// Whether the solver takes the game.
pub(super) fn takes(game: &Game) -> bool {
    game.cross_ownership.is_none() && !matches!(game.knowledge.as_ref(), Knowledge::Dense(_))
}

/// Solves the game.
pub(super) fn solve(game: &Game, options: &SolveOptions) -> Result<Equilibrium, GameError> {
    let large = Large::new(game);
    let rest = large.rest()?;
    large.package(rest, options)
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
            scale: game.scale(),
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
        let learned = match self.game.knowledge.as_ref() {
            Knowledge::RankOne { row, column } => {
                let leaked = pairwise_by(n, |j| column[j] * x[j]);
                by_firm(n, |i| x[i] + row[i] * (leaked - column[i] * x[i]))
            }
            Knowledge::Sparse { starts, sources, weights } => {
                let of = |i: usize| {
                    let links = starts[i]..starts[i + 1];
                    x[i] + links.map(|k| weights[k] * x[sources[k] as usize]).sum::<f64>()
                };
                by_firm(n, of)
            }
            _ => x.clone(),
        };
        State { x, learned }
    }

    fn outputs(&self, state: &State) -> Outputs {
        let y = by_firm(state.x.len(), |i| self.level(state, i).min(self.cap[i]));
        outputs(self.game, &self.rules, &y)
    }

    /// y without the floor.
    fn level(&self, state: &State, i: usize) -> f64 {
        self.alpha[i] + state.learned[i]
    }

    fn market_of(&self, i: usize) -> usize {
        self.game.market[i] as usize
    }

    fn rules_of(&self, i: usize) -> Rules {
        self.rules[self.market_of(i)]
    }

    /// Which firms sell with a cost above the floor: what D depends on.
    fn live(&self, state: &State, out: &Outputs) -> Vec<bool> {
        let live = |i: usize| (out.q[i] > 0.0 || !self.rules_of(i).exit) && self.level(state, i) <= self.cap[i];
        by_firm(state.x.len(), live)
    }

    /// D_ii of the firms of the markets named.
    fn slopes(&self, live: &[bool], out: &Outputs, markets: &[usize], slope: &mut [f64]) {
        let grain = (GRAIN * self.rules.len() / self.game.len()).max(1);
        let of = |&m: &usize| self.slopes_in(live, out, m);
        let found: Vec<Vec<f64>> = markets.par_iter().with_min_len(grain).map(of).collect();
        for (&m, found) in markets.iter().zip(&found) {
            self.game.members(m).iter().zip(found).for_each(|(&i, &found)| slope[i as usize] = found);
        }
    }

    fn slopes_in(&self, live: &[bool], out: &Outputs, m: usize) -> Vec<f64> {
        let members = self.game.members(m);
        let rows: f64 = match self.game.knowledge.as_ref() {
            Knowledge::RankOne { row, .. } => {
                members.iter().filter(|&&k| live[k as usize]).map(|&k| row[k as usize]).sum()
            }
            _ => 0.0,
        };
        let kappa = self.rules[m].kappa(out.sellers[m]);
        let slope = |&i: &u32| {
            let i = i as usize;
            if !live[i] {
                return 0.0;
            }
            let reached = match self.game.knowledge.as_ref() {
                Knowledge::RankOne { row, column } => 1.0 + column[i] * (rows - row[i]),
                Knowledge::Sparse { .. } => {
                    let links = self.starts[i]..self.starts[i + 1];
                    let inside = links.filter(|&k| {
                        self.market_of(self.receivers[k] as usize) == m && live[self.receivers[k] as usize]
                    });
                    1.0 + inside.map(|k| self.weights[k]).sum::<f64>()
                }
                _ => 1.0,
            };
            (1.0 - kappa * reached) / self.rules[m].own
        };
        members.iter().map(slope).collect()
    }

    /// The fast map, and exact replies where it does not rest.
    fn rest(&self) -> Result<Rest, GameError> {
        let n = self.game.len();
        let solver = &self.game.solver;
        let tolerance = (1e-3 * solver.tolerance).max(1e-14) * self.scale;
        let mut state = self.learn(vec![0.0; n]);
        let mut out = self.outputs(&state);
        let mut live = self.live(&state, &out);
        let mut slope = vec![0.0; n];
        self.slopes(&live, &out, &(0..self.rules.len()).collect::<Vec<_>>(), &mut slope);
        let mut restless = vec![false; self.rules.len()];
        let most = solver.max_iterations.min(SWEEPS);
        for sweep in 1..=most {
            let next = |i: usize| match restless[self.market_of(i)] {
                true => state.x[i],
                false => ((2.0 * self.rules_of(i).margin * slope[i] * out.q[i] + self.unit[i]) / self.own[i]).max(0.0),
            };
            let mut x = by_firm(n, next);
            self.replies(&state, &out, &restless, &mut x)?;
            let moved = |i: usize| (x[i] - state.x[i]).abs();
            let change = (0..n).into_par_iter().with_min_len(GRAIN).map(moved).reduce(|| 0.0, f64::max);
            state = self.learn(x);
            out = self.outputs(&state);
            if change <= tolerance {
                return Ok(Rest { state, out, sweeps: sweep, settled: true });
            }
            let now = self.live(&state, &out);
            if now != live {
                // D depends on who sells alone: it is computed again where that has changed.
                let mut changed: Vec<usize> =
                    (0..n).filter(|&i| now[i] != live[i]).map(|i| self.market_of(i)).collect();
                changed.sort_unstable();
                changed.dedup();
                if sweep >= FAST {
                    changed.iter().for_each(|&m| restless[m] = true);
                }
                self.slopes(&now, &out, &changed, &mut slope);
                live = now;
            }
        }
        Ok(Rest { state, out, sweeps: most, settled: false })
    }

    /// Exact replies in every restless market, one firm after another within it.
    fn replies(&self, state: &State, out: &Outputs, restless: &[bool], x: &mut [f64]) -> Result<(), GameError> {
        let markets: Vec<usize> = (0..restless.len()).filter(|&m| restless[m]).collect();
        let played: Vec<Vec<(u32, f64)>> =
            markets.par_iter().map(|&m| self.play(state, out, m)).collect::<Result<_, _>>()?;
        played.into_iter().flatten().for_each(|(i, moved)| x[i as usize] = moved);
        Ok(())
    }

    /// A market played once through: its firms and their R&D.
    fn play(&self, state: &State, out: &Outputs, m: usize) -> Result<Vec<(u32, f64)>, GameError> {
        let members = self.contested(state, out, m);
        let mut level: Vec<f64> = members.iter().map(|&k| self.level(state, k as usize)).collect();
        let mut stands = vec![u32::MAX; self.game.members(m).len()];
        members.iter().enumerate().for_each(|(at, &k)| stands[self.place[k as usize] as usize] = at as u32);
        let mut ray = Ray::default();
        let mut played = Vec::with_capacity(members.len());
        let mut taught = vec![0.0; members.len()];
        for (at, &i) in members.iter().enumerate() {
            let i = i as usize;
            self.teaches(i, &members, |place| stands[place] as usize, &mut taught);
            let x = state.x[i];
            self.ray_of(i, x, at, &members, &level, &taught, &mut ray);
            let best = ray.best(-x, f64::INFINITY).ok_or_else(|| self.unbounded(i))?;
            level.iter_mut().zip(&taught).for_each(|(level, taught)| *level += taught * best.t);
            let reached = (x + best.t).max(0.0);
            played.push((i as u32, if reached < 1e-300 { 0.0 } else { reached }));
        }
        Ok(played)
    }

    /// The firms of a market that play: all, or in a crowd those that sell or are near selling.
    fn contested(&self, state: &State, out: &Outputs, m: usize) -> Vec<u32> {
        let members = self.game.members(m);
        if members.len() <= CROWD {
            return members.to_vec();
        }
        let near = out.threshold[m] - 1e-2 * self.scale;
        members.iter().copied().filter(|&i| self.level(state, i as usize) > near).collect()
    }

    /// What a unit of R&D of firm i gives to the firms named, of its own market; `stands` leads from the place in the
    /// market to that among them.
    fn teaches(&self, i: usize, members: &[u32], stands: impl Fn(usize) -> usize, taught: &mut [f64]) {
        if let Knowledge::RankOne { row, column } = self.game.knowledge.as_ref() {
            taught.iter_mut().zip(members).for_each(|(taught, &k)| *taught = row[k as usize] * column[i]);
        } else {
            taught.iter_mut().for_each(|taught| *taught = 0.0);
            let links = if self.starts.is_empty() { 0..0 } else { self.starts[i]..self.starts[i + 1] };
            for k in links {
                let receiver = self.receivers[k] as usize;
                if self.market_of(receiver) == self.market_of(i)
                    && let Some(taught) = taught.get_mut(stands(self.place[receiver] as usize))
                {
                    *taught += self.weights[k];
                }
            }
        }
        taught[stands(self.place[i] as usize)] = 1.0;
    }

    /// The profit of firm i, which stands at `at` among the firms named, as its R&D moves from x.
    #[allow(clippy::too_many_arguments)]
    fn ray_of(&self, i: usize, x: f64, at: usize, members: &[u32], level: &[f64], taught: &[f64], ray: &mut Ray) {
        ray.clear(self.scale);
        let rules = self.rules_of(i);
        ray.lines.extend(members.iter().enumerate().map(|(place, &k)| Line {
            y: level[place],
            slope: taught[place],
            cap: self.cap[k as usize],
            square: if place == at { rules.margin } else { 0.0 },
            linear: 0.0,
        }));
        ray.parts.push(Part { rules, begin: 0, end: ray.lines.len(), square: 0.0 });
        ray.gain = self.unit[i] - self.own[i] * x;
        ray.curvature = self.own[i];
    }

    fn unbounded(&self, i: usize) -> GameError {
        let rules = self.rules_of(i);
        GameError::SecondOrder {
            firm: self.game.names[i].clone(),
            rd_cost: self.own[i],
            bound: 2.0 * rules.margin / (rules.own * rules.own),
        }
    }
}
