//! Many firms without a matrix, each deciding for itself (competition, sharing) or in coalitions (coordination,
//! consortium).
//!
//! `rest` finds where firms that decide for themselves come to rest, market by market; `proof` certifies it. Of
//! coalitions `together` has the marginal joint profits, `accord` the search, `block` the second derivatives and the
//! bound, `small` the dense game of one coalition, `vouch` the certificate. Every parallel loop maps firms or
//! markets one by one, so that threads never change a bit.

mod accord;
mod block;
mod proof;
mod rest;
mod small;
#[cfg(test)]
mod tests;
mod together;
mod vouch;

use super::{Equilibrium, SolveOptions};
use crate::error::GameError;
use crate::game::Game;
use crate::grouped::grouped;
use crate::knowledge::Knowledge;
use crate::stage::{Outputs, Rules, outputs};
use distretto_numerics::pairwise_by;
use rayon::prelude::*;
use std::borrow::Cow;

/// Firms that a thread takes at once.
const GRAIN: usize = 4_096;
/// In larger markets only firms near the threshold reply, against rivals near it.
const CROWD: usize = 2_000;
/// A firm less above the threshold than this share of prices sells nothing: rounding leaves that.
const ROUNDING: f64 = 1e-12;
/// Most pairs within sharing coalitions that are held as links.
const SHARED: usize = 20_000_000;

struct Large<'g> {
    game: &'g Game,
    /// Those of the regime.
    knowledge: &'g Knowledge,
    rules: Vec<Rules>,
    alpha: Vec<f64>,
    cap: Vec<f64>,
    own: Vec<f64>,
    unit: Vec<f64>,
    /// Knowledge of rank one: what firms can use, and what they let out.
    row: Option<&'g [f64]>,
    column: Option<&'g [f64]>,
    /// Links within markets by source, to the places of receivers.
    inside: Links,
    /// Links between markets by receiver, from sources.
    between: Links,
    /// The place of each firm within its market.
    place: Vec<u32>,
    /// Of prices.
    scale: f64,
}

/// Links of firms: those of i lead to `firms[starts[i]..starts[i + 1]]`.
#[derive(Default)]
struct Links {
    starts: Vec<usize>,
    firms: Vec<u32>,
    weights: Vec<f64>,
}

impl Links {
    #[inline]
    fn of(&self, i: usize) -> impl Iterator<Item = (u32, f64)> + '_ {
        let range = if self.starts.is_empty() { 0..0 } else { self.starts[i]..self.starts[i + 1] };
        self.firms[range.clone()].iter().copied().zip(self.weights[range].iter().copied())
    }
}

/// The markets in which somebody learns from a firm, its own apart.
struct Pupils {
    starts: Vec<usize>,
    markets: Vec<u32>,
}

impl Pupils {
    fn of(&self, i: usize) -> &[u32] {
        if self.starts.is_empty() { &[] } else { &self.markets[self.starts[i]..self.starts[i + 1]] }
    }
}

/// R&D and what it teaches.
struct State {
    x: Vec<f64>,
    learned: Vec<f64>,
}

/// Maps firms on all threads; the result does not depend on how many there are.
fn by_firm<T: Send>(n: usize, of: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
    (0..n).into_par_iter().with_min_len(GRAIN).map(of).collect()
}

/// The spillovers of the regime, where the solver can hold them without a matrix.
///
/// A sharing coalition of all is one rate between all pairs; smaller ones are links between their members, as many as
/// fit; coalitions beside knowledge of rank one are neither.
pub(super) fn spillovers(game: &Game) -> Option<Cow<'_, Knowledge>> {
    let given = game.knowledge.as_ref();
    if game.cross_ownership.is_some() || matches!(given, Knowledge::Dense(_)) {
        return None;
    }
    if !game.mode.is_sharing() || game.coalitions.is_empty() {
        return Some(Cow::Borrowed(given));
    }
    let (n, rate) = (game.len(), game.sharing_rate);
    if game.coalitions.iter().any(|members| members.len() == n) {
        return Some(Cow::Owned(Knowledge::RankOne { row: vec![rate; n], column: vec![1.0; n] }));
    }
    let pairs: usize = game.coalitions.iter().map(|members| members.len().saturating_mul(members.len() - 1)).sum();
    match given {
        Knowledge::None | Knowledge::Sparse { .. } if pairs <= SHARED => Some(Cow::Owned(with_sharing(game))),
        _ => None,
    }
}

/// The links of a game without those within coalitions, and all pairs within coalitions at the sharing rate.
fn with_sharing(game: &Game) -> Knowledge {
    let of = game.coalition_of();
    let mut own: Vec<(u32, f64)> = Vec::new();
    let (mut starts, mut sources, mut weights) = (vec![0], Vec::new(), Vec::new());
    for i in 0..game.len() {
        own.clear();
        if let Knowledge::Sparse { starts, sources, weights } = game.knowledge.as_ref() {
            let links = (starts[i]..starts[i + 1]).map(|k| (sources[k], weights[k]));
            own.extend(links.filter(|&(j, _)| of[i].is_none() || of[j as usize] != of[i]));
        }
        if let Some(c) = of[i] {
            let others = game.coalitions[c as usize].iter().filter(|&&j| j as usize != i);
            own.extend(others.map(|&j| (j, game.sharing_rate)));
            own.sort_by_key(|&(j, _)| j);
        }
        sources.extend(own.iter().map(|&(j, _)| j));
        weights.extend(own.iter().map(|&(_, weight)| weight));
        starts.push(sources.len());
    }
    Knowledge::Sparse { starts, sources, weights }
}

/// Solves the game, its spillovers being those of [`spillovers`].
pub(super) fn solve(game: &Game, knowledge: &Knowledge, options: &SolveOptions) -> Result<Equilibrium, GameError> {
    let large = Large::new(game, knowledge);
    if game.mode.is_joint() {
        return vouch::solve(&large, options);
    }
    let rest = large.rest()?;
    large.package(rest, options)
}

impl<'g> Large<'g> {
    fn new(game: &'g Game, knowledge: &'g Knowledge) -> Self {
        let n = game.len();
        let alpha = |i: usize| game.intercept[i] - game.cost[i] + game.output_subsidy(i) + game.received(i);
        let (row, column) = match knowledge {
            Knowledge::RankOne { row, column } => (Some(row.as_slice()), Some(column.as_slice())),
            _ => (None, None),
        };
        let mut large = Self {
            game,
            knowledge,
            rules: (0..game.markets.len()).map(|m| Rules::of(game, m)).collect(),
            alpha: (0..n).map(alpha).collect(),
            cap: (0..n).map(|i| game.intercept[i] + game.output_subsidy(i)).collect(),
            own: (0..n).map(|i| game.own_rd_cost(i)).collect(),
            unit: (0..n).map(|i| game.rd_unit(i)).collect(),
            row,
            column,
            inside: Links::default(),
            between: Links::default(),
            place: vec![0; n],
            scale: game.scale(),
        };
        for m in 0..large.rules.len() {
            game.members(m).iter().enumerate().for_each(|(k, &i)| large.place[i as usize] = k as u32);
        }
        large.link();
        large
    }

    /// Sorts links into those within markets and those between them.
    fn link(&mut self) {
        let Knowledge::Sparse { starts, sources, weights } = self.knowledge else { return };
        let n = self.game.len();
        let market = &self.game.market;
        let mut within = vec![0; n + 1];
        for i in 0..n {
            let inside = sources[starts[i]..starts[i + 1]].iter().filter(|&&j| market[j as usize] == market[i]);
            inside.for_each(|&j| within[j as usize + 1] += 1);
        }
        (0..n).for_each(|j| within[j + 1] += within[j]);
        let mut next = within.clone();
        let inside = within[n];
        self.inside = Links { starts: within, firms: vec![0; inside], weights: vec![0.0; inside] };
        let between = sources.len() - inside;
        self.between =
            Links { starts: vec![0], firms: Vec::with_capacity(between), weights: Vec::with_capacity(between) };
        for i in 0..n {
            for k in starts[i]..starts[i + 1] {
                let j = sources[k] as usize;
                if market[j] == market[i] {
                    let at = next[j];
                    next[j] += 1;
                    (self.inside.firms[at], self.inside.weights[at]) = (self.place[i], weights[k]);
                } else {
                    self.between.firms.push(sources[k]);
                    self.between.weights.push(weights[k]);
                }
            }
            self.between.starts.push(self.between.firms.len());
        }
    }

    /// Who must be told when a firm moves.
    fn pupils(&self) -> Pupils {
        let n = self.game.len();
        if self.between.starts.is_empty() {
            return Pupils { starts: Vec::new(), markets: Vec::new() };
        }
        let taught = || (0..n).flat_map(|i| self.between.of(i).map(move |(j, _)| (j, self.game.market[i])));
        let (starts, markets) = grouped(n, self.between.firms.len(), taught, |_| ());
        Pupils { starts, markets }
    }

    /// What R&D teaches.
    fn learn(&self, x: Vec<f64>) -> State {
        let n = x.len();
        let learned = match self.knowledge {
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

    /// D_ii is never above this.
    fn steepest(&self, i: usize) -> f64 {
        let rules = self.rules_of(i);
        (1.0 - rules.kappa(self.game.members(self.market_of(i)).len())) / rules.own
    }

    /// D_ii of the firms of a market, by their places; `live` are those that sell with a cost above the floor.
    fn slopes_of(&self, m: usize, sellers: usize, live: &[bool], slope: &mut Vec<f64>) {
        let members = self.game.members(m);
        let rows: f64 = match self.row {
            Some(row) => members.iter().zip(live).filter(|&(_, &live)| live).map(|(&k, _)| row[k as usize]).sum(),
            None => 0.0,
        };
        let kappa = self.rules[m].kappa(sellers);
        slope.clear();
        slope.extend(members.iter().zip(live).map(|(&i, &alive)| {
            let i = i as usize;
            if !alive {
                return 0.0;
            }
            let taught: f64 = match (self.row, self.column) {
                (Some(row), Some(column)) => column[i] * (rows - row[i]),
                _ => self.inside.of(i).filter(|&(place, _)| live[place as usize]).map(|(_, weight)| weight).sum(),
            };
            (1.0 - kappa * (1.0 + taught)) / self.rules[m].own
        }));
    }
}
