//! The game of the propositions, changed in one respect and solved again.

use crate::game::{Competition, Form, Game, Mode, Research, Timing, close};
use crate::knowledge::Knowledge;
use crate::solver::{Equilibrium, SolveOptions, Stability, solve};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A game and what was solved of it.
pub(super) struct Probe {
    /// Competition, all firms one coalition, full sharing within it.
    pub base: Game,
    pub n: usize,
    /// Two-stage Cournot, homogeneous good, results, one market, no policy.
    pub plain: bool,
    /// The one spillover rate.
    pub beta: Option<f64>,
    solved: RefCell<BTreeMap<(Mode, bool), Option<Equilibrium>>>,
}

impl Probe {
    pub(super) fn new(game: &Game) -> Self {
        let n = game.len();
        let zero = |values: &[f64]| values.iter().all(|&value| value == 0.0);
        let policy = &game.policy;
        let no_policy = zero(&policy.output) && zero(&policy.rate) && zero(&policy.unit) && policy.research.is_none();
        let plain = game.timing == Timing::TwoStage
            && game.competition == Competition::Cournot
            && game.substitution == 1.0
            && game.form == Form::Output
            && game.narrowness.is_none()
            && game.cross_ownership.is_none()
            && game.markets.len() == 1
            && n >= 2
            && no_policy
            && policy.funds_cost == 0.0;
        let mut base = game.clone();
        base.mode = Mode::Competition;
        base.coalitions = if n > 1 { vec![(0..n as u32).collect()] } else { Vec::new() };
        base.sharing_rate = 1.0;
        base.plants = None;
        let beta = if plain { game.knowledge.uniform(n) } else { None };
        Self { base, n, plain, beta, solved: RefCell::default() }
    }

    /// A regime of the game as it is, or with one firm more; nothing where it does not exist or is not interior.
    pub(super) fn regime(&self, mode: Mode, larger: bool) -> Option<Equilibrium> {
        if let Some(known) = self.solved.borrow().get(&(mode, larger)) {
            return known.clone();
        }
        let mut game = if larger { self.symmetric(self.n + 1, self.beta.unwrap_or(0.0)) } else { self.base.clone() };
        game.mode = mode;
        let solved = interior(&game);
        self.solved.borrow_mut().insert((mode, larger), solved.clone());
        solved
    }

    /// Identical firms like the first: so many, at such a spillover.
    pub(super) fn symmetric(&self, n: usize, beta: f64) -> Game {
        let mut game = self.base.clone();
        let same = |values: &[f64]| vec![values[0]; n];
        game.names = Arc::new((1..=n).map(|i| i.to_string()).collect());
        (game.intercept, game.cost, game.rd_cost) = (same(&game.intercept), same(&game.cost), same(&game.rd_cost));
        game.market = vec![0; n];
        game.knowledge = Arc::new(Knowledge::RankOne { row: vec![beta; n], column: vec![1.0; n] });
        game.coalitions = if n > 1 { vec![(0..n as u32).collect()] } else { Vec::new() };
        (game.policy.output, game.policy.rate, game.policy.unit) = (vec![0.0; n], vec![0.0; n], vec![0.0; n]);
        game.types = None;
        game.index_markets();
        game
    }

    /// The base with a change.
    pub(super) fn with(&self, change: impl FnOnce(&mut Game)) -> Game {
        let mut game = self.base.clone();
        change(&mut game);
        game
    }

    /// The base with public research.
    pub(super) fn with_research(&self, amount: f64, received: Vec<f64>) -> Game {
        self.with(|game| game.policy.research = Some(Research { amount, received, cost: 0.0 }))
    }

    pub(super) fn identical(&self) -> bool {
        self.plain
            && self.beta.is_some()
            && same(&self.base.cost)
            && same(&self.base.rd_cost)
            && same(&self.base.intercept)
    }

    /// f = n − (n−1)β.
    pub(super) fn f(&self) -> f64 {
        let n = self.n as f64;
        n - (n - 1.0) * self.beta.unwrap_or(0.0)
    }

    /// β0 = (n−2)/((n−1)(n+4)).
    pub(super) fn beta0(&self) -> f64 {
        let n = self.n as f64;
        (n - 2.0) / ((n - 1.0) * (n + 4.0))
    }

    /// Mean of a − c.
    pub(super) fn gap(&self) -> f64 {
        (0..self.n).map(|i| self.base.intercept[i] - self.base.cost[i]).sum::<f64>() / self.n as f64
    }
}

pub(super) fn same(values: &[f64]) -> bool {
    values.iter().all(|&value| close(value, values[0]))
}

/// The equilibrium, where there is an interior one: what is no equilibrium shows nothing.
pub(super) fn interior(game: &Game) -> Option<Equilibrium> {
    solve(game, &SolveOptions::quick()).ok().filter(|solved| solved.interior && solved.certified)
}

/// The equilibrium, where there is an interior one that best replies lead to.
pub(super) fn stable(game: &Game) -> Option<Equilibrium> {
    let options = SolveOptions { joint: false, stability: Stability::Exact, ..SolveOptions::default() };
    let solved = solve(game, &options).ok().filter(|solved| solved.interior && solved.certified)?;
    (solved.certificate.stability_margin > 0.0).then_some(solved)
}
