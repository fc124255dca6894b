//! Merger and first best with a homogeneous good, where it matters which laboratory produces.
//!
//! A merged firm has the unit cost of its plants: the mean of identical ones, or that of the one that produces. One owner
//! of all has one output, and its programme is solved exactly ([`super::programme`]). Beside outsiders a merged firm is a
//! coalition of which one laboratory sells ([`Dense::merged`]): that game is solved and certified as any other, and
//! again with other producers until none pays better.

use super::certificate::{Certify, SEARCHED, one_by_one};
use super::dense::{Dense, Plants, Point};
use super::programme::{Best, Programme};
use super::search::{ascend, value};
use super::two_stage::{Candidate, least_spending, one, package};
use super::{Equilibrium, Note, Parts, SolveOptions, in_money};
use crate::account::Account;
use crate::error::GameError;
use crate::game::{self, Form, Game, Mode, symmetric_plants};
use crate::ray::Ray;
use distretto_numerics::Matrix;

/// Most changes of who produces.
const PRODUCERS: usize = 20;
/// A producer is changed for a relative gain above this.
const BETTER: f64 = 1e-10;

/// Solves the game.
pub(super) fn solve(game: &Game, options: &SolveOptions) -> Result<Equilibrium, GameError> {
    let plants = match game.plants {
        Some(plants) => plants,
        None if symmetric_plants(game) => game::Plants::Symmetric,
        None => game::Plants::Efficient,
    };
    if game.form == Form::Input {
        return in_money::solve(game, plants);
    }
    let plants = owners(game, plants == game::Plants::Symmetric);
    if plants.labs.len() == 1 { alone(game, plants) } else { among_outsiders(game, plants, options) }
}

/// The owners; of each the laboratory first that is cheapest without R&D.
fn owners(game: &Game, alike: bool) -> Plants {
    let mut labs: Vec<Vec<usize>> = match game.mode {
        Mode::PlannerFirstBest => vec![(0..game.len()).collect()],
        _ => game.coalitions.iter().map(|members| members.iter().map(|&i| i as usize).collect()).collect(),
    };
    let mut outside = vec![true; game.len()];
    labs.iter().flatten().for_each(|&i| outside[i] = false);
    labs.extend((0..game.len()).filter(|&i| outside[i]).map(|i| vec![i]));
    let mut plants = Plants { labs, alike };
    for owner in 0..plants.labs.len() {
        let labs = &plants.labs[owner];
        let cheapest = (0..labs.len()).min_by(|&a, &b| game.cost[labs[a]].total_cmp(&game.cost[labs[b]]));
        if let Some(cheapest) = cheapest.filter(|_| !alike) {
            promote(&mut plants.labs[owner], cheapest);
        }
    }
    plants
}

/// Lets another laboratory sell; the others keep their order.
fn promote(labs: &mut [usize], seller: usize) {
    labs[..=seller].rotate_right(1);
}

/// The programme of one owner of all.
fn alone(game: &Game, mut plants: Plants) -> Result<Equilibrium, GameError> {
    let n = game.len();
    let s = game.spillovers();
    let of = |plants: &Plants| Programme {
        worth: 1.0 / (if game.mode == Mode::PlannerFirstBest { 2.0 } else { 4.0 } * game.slope),
        alpha: plants.weigh(0, |i| game.intercept[i] - game.cost[i] + game.output_subsidy(i) + game.received(i)),
        cap: plants.weigh(0, |i| game.intercept[i] + game.output_subsidy(i)),
        gain: (0..n).map(|k| plants.weigh(0, |i| s[(i, k)])).collect(),
        own: (0..n).map(|k| game.own_rd_cost(k)).collect(),
        unit: (0..n).map(|k| game.rd_unit(k)).collect(),
    };
    let mut programme = of(&plants);
    let mut best = programme.best();
    let first = plants.labs[0].clone();
    for seller in if plants.alike { 1..1 } else { 1..n } {
        let mut other = first.clone();
        promote(&mut other, seller);
        let other = Plants { labs: vec![other], alike: false };
        let found = of(&other);
        let reached = found.best();
        if reached.value > best.value + BETTER * best.value.abs() {
            (plants, programme, best) = (other, found, reached);
        }
    }
    Ok(settle(game, plants, &programme, best))
}

fn settle(game: &Game, plants: Plants, programme: &Programme, best: Best) -> Equilibrium {
    let margin = programme.margin(&best.x);
    let residual = programme.residual(&best);
    let dense = Dense::merged(game, plants);
    let point = dense.point(best.x);
    // Changes of one laboratory are followed step by step, as in any game: another way than that of the programme.
    let mut certificate = one_by_one(&dense, &point, Certify::Full, None);
    (certificate.second_order_margin, certificate.residual) = (margin, residual);
    let mut notes = vec![Note::NoStability];
    if margin <= 0.0 {
        notes.push(Note::SecondOrder { margin });
    }
    let account = Account::settle(game, point.x.clone(), dense.reductions(&point), dense.outputs(&point));
    let sellers = dense.sellers();
    Parts { account, certificate, kinked: 0, iterations: 1, settled: true, notes, sellers }.package(game)
}

/// Merged firms and their rivals: who produces is chosen where the R&D of the others has come to rest.
fn among_outsiders(game: &Game, mut plants: Plants, options: &SolveOptions) -> Result<Equilibrium, GameError> {
    let mut best: Option<(Dense<'_>, Candidate)> = None;
    for _ in 0..PRODUCERS {
        let dense = Dense::merged(game, plants.clone());
        let mut candidate = one(&dense, options)?;
        let other = match game.len() {
            _ if plants.alike => None,
            // Exactly, or for many laboratories by a bound that nobody passes.
            n if n <= SEARCHED => better_producer(game, &plants, &candidate, options),
            _ => {
                // The bound holds as long as no rival comes to unit cost 0.
                let rivals = plants.labs.iter().filter(|labs| labs.len() == 1).map(|labs| labs[0]);
                if rivals.into_iter().any(|f| dense.at_floor(&candidate.rest.point, f)) {
                    (candidate.certificate.unsearched, candidate.certificate.scan) = (true, "sample");
                }
                promising_producer(&dense, &plants, &candidate)
            }
        };
        if let Some((_, gain)) = other {
            candidate.certificate.deviation_gain = candidate.certificate.deviation_gain.max(gain);
        }
        let known = best.as_ref().map_or(f64::INFINITY, |(_, known)| known.certificate.deviation_gain);
        if candidate.certificate.deviation_gain < known {
            best = Some((dense, candidate));
        }
        match other {
            Some((next, _)) => plants = next,
            None => break,
        }
    }
    let (dense, candidate) = best.ok_or(GameError::SecondOrderOf { whom: "merger", margin: f64::NAN })?;
    let candidate = least_spending(&dense, candidate, options)?;
    Ok(package(&dense, candidate, options))
}

/// The owner that gains most when another of its laboratories sells and it chooses its R&D anew, the others keeping
/// theirs.
fn better_producer(
    game: &Game,
    plants: &Plants,
    candidate: &Candidate,
    options: &SolveOptions,
) -> Option<(Plants, f64)> {
    let here = Dense::merged(game, plants.clone());
    let point = &candidate.rest.point;
    let mut ray = Ray::default();
    let mut found: Option<(Plants, f64)> = None;
    for owner in (0..plants.labs.len()).filter(|&owner| plants.labs[owner].len() > 1) {
        let present = value(&here, point, &plants.labs[owner], &mut ray);
        for seller in 1..plants.labs[owner].len() {
            let mut other = plants.clone();
            promote(&mut other.labs[owner], seller);
            let dense = Dense::merged(game, other.clone());
            let from = dense.point(point.x.clone());
            let Ok((there, _)) = ascend(&dense, &from, &other.labs[owner], options.seed) else { continue };
            let gain = value(&dense, &there, &other.labs[owner], &mut ray) - present;
            if gain > BETTER * present.abs() && gain > found.as_ref().map_or(0.0, |(_, gain)| *gain) {
                found = Some((other, gain));
            }
        }
    }
    found
}

/// The same by a bound: with T at least that of the present sellers, output lies below a linear function of R&D, and the
/// programme of that function is worth at least as much as any other. What it promises counts as a gain.
fn promising_producer(dense: &Dense<'_>, plants: &Plants, candidate: &Candidate) -> Option<(Plants, f64)> {
    let (game, point) = (dense.game, &candidate.rest.point);
    let mut ray = Ray::default();
    let mut found: Option<(Plants, f64)> = None;
    let s = game.spillovers();
    for owner in (0..plants.labs.len()).filter(|&owner| plants.labs[owner].len() > 1) {
        let labs = &plants.labs[owner];
        let present = value(dense, point, labs, &mut ray);
        let rivals = Rivals::of(dense, point, labs);
        for seller in 1..labs.len() {
            let programme = rivals.programme(dense, &s, labs, labs[seller]);
            let best = programme.best();
            let gain = best.value - present;
            if gain > BETTER * present.abs() && gain > found.as_ref().map_or(0.0, |(_, gain)| *gain) {
                let mut other = plants.clone();
                promote(&mut other.labs[owner], seller);
                found = Some((other, gain));
            }
        }
    }
    found
}

/// The present rivals of an owner.
struct Rivals {
    /// What they and the owner lower an output by, per unit of the sum of y.
    kappa: f64,
    /// Sum of their y if the owner did no R&D.
    level: f64,
    /// What a unit of each of the owner's laboratories adds to it.
    taught: Vec<f64>,
    /// What the owner learns from others, by laboratory.
    learned: Vec<f64>,
}

impl Rivals {
    fn of(dense: &Dense<'_>, point: &Point, labs: &[usize]) -> Self {
        let mut own = vec![false; dense.n];
        labs.iter().for_each(|&k| own[k] = true);
        let sellers: Vec<usize> = (0..dense.n).filter(|&f| !own[f] && point.out.q[f] > 0.0).collect();
        let taught = labs.iter().map(|&k| sellers.iter().map(|&f| dense.s[(f, k)]).sum()).collect();
        let without: Vec<f64> = (0..dense.n).map(|k| if own[k] { 0.0 } else { point.x[k] }).collect();
        let others = dense.s.times_vector(&without);
        let level = sellers.iter().map(|&f| dense.alpha[f] + others[f]).sum();
        let learned = dense.game.spillovers().times_vector(&without);
        Self { kappa: dense.rules[0].kappa(sellers.len() + 1), level, taught, learned }
    }

    /// The programme of an owner who sells from a laboratory, in units of (1−κ) y − κ Σ y of its rivals.
    fn programme(&self, dense: &Dense<'_>, s: &Matrix, labs: &[usize], seller: usize) -> Programme {
        let (game, keep) = (dense.game, 1.0 - self.kappa);
        let top = game.intercept[seller] + game.output_subsidy(seller);
        let base = top - game.cost[seller] + game.received(seller) + self.learned[seller];
        let rules = dense.rules[0];
        Programme {
            worth: rules.margin / (rules.own * rules.own),
            alpha: keep * base - self.kappa * self.level,
            cap: keep * top - self.kappa * self.level,
            gain: labs.iter().zip(&self.taught).map(|(&k, out)| keep * s[(seller, k)] - self.kappa * out).collect(),
            own: labs.iter().map(|&k| dense.own[k]).collect(),
            unit: labs.iter().map(|&k| dense.unit[k]).collect(),
        }
    }
}
