//! Two stages, spillovers in results: every mode; merger and first best with differentiated goods only.

use super::aim::Aim;
use super::certificate::{CROWD, Certificate, SEARCHED, Stability, certify, own_margin, stability};
use super::dense::{Dense, Point};
use super::pieces::Pieces;
use super::replies::{Trail, Way, apart, by_near_replies, by_replies, ways};
use super::search::{Rest, Search, ascend, by_patterns, by_programmes, by_trail};
use super::{Equilibrium, Note, Other, Parts, SolveOptions, relative, steps};
use super::{floor, least};
use crate::account::Account;
use crate::error::GameError;
use crate::game::{Game, Method, Mode};
use crate::ray::Ray;
use distretto_numerics::{Key, Stream};

/// A relative gain below this needs no better resting point.
const ENOUGH: f64 = 1e-10;
/// From so many firms on, one decision maker of all moves them together and not one by one.
const SINGLE: usize = SEARCHED;
/// Points of a circle that are judged: circles are hardly longer.
const ROUND: usize = 60;
/// Largest game whose stability margin is computed.
const STABILITY: usize = 2_000;
/// Two resting points further apart than this, relative to the largest R&D, are two.
const DISTINCT: f64 = 1e-6;

/// Solves the game.
pub(super) fn solve(game: &Game, options: &SolveOptions) -> Result<Equilibrium, GameError> {
    let dense = Dense::new(game);
    let mut found = if game.solver.starts > 1 {
        from_starts(&dense, options)?
    } else {
        vec![("zero".to_owned(), one(&dense, options)?)]
    };
    let mut equilibria = Vec::new();
    if found.len() > 1 {
        equilibria = found.iter().map(|(start, candidate)| other(game, &dense, start, candidate)).collect();
    }
    let (start, first) = found.swap_remove(0);
    let first = least_spending(&dense, first, options)?;
    if let Some(row) = equilibria.first_mut() {
        *row = other(game, &dense, &start, &first);
    }
    let mut equilibrium = package(&dense, first, options);
    let near = !equilibrium.certified || equilibrium.epsilon > ENOUGH;
    if near && options.certify != super::Certify::Off && matches!(dense.aim, Aim::Own) {
        equilibrium = by_market(game, equilibrium, options);
    }
    if equilibria.len() > 1 {
        if !equilibrium.notes.contains(&Note::NotUnique) {
            equilibrium.notes.push(Note::NotUnique);
        }
        equilibrium.equilibria = equilibria;
    }
    Ok(equilibrium)
}

/// Replies market by market, as in large games, may rest where replies firm by firm do not.
fn by_market(game: &Game, found: Equilibrium, options: &SolveOptions) -> Equilibrium {
    if game.mode != Mode::Competition {
        return found;
    }
    let Some(spillovers) = super::large::spillovers(game) else { return found };
    match super::large::solve(game, &spillovers, options) {
        Ok(other) if other.certified => {
            // What is certified here is judged here, over all pieces.
            let closer = |settled: &Equilibrium| settled.certified && settled.epsilon < found.epsilon;
            settle(&Dense::new(game), &other, options).filter(closer).unwrap_or(found)
        }
        _ => found,
    }
}

/// The same resting point with all that is known of one found here.
fn settle(dense: &Dense<'_>, other: &Equilibrium, options: &SolveOptions) -> Option<Equilibrium> {
    let point = dense.point(other.account.rd.clone());
    let candidate = judge(dense, Rest { point, iterations: other.iterations, settled: true }, options).ok()?;
    Some(package(dense, least_spending(dense, candidate, options).ok()?, options))
}

/// A resting point with its certificate.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub rest: Rest,
    pub certificate: Certificate,
    pub notes: Vec<Note>,
}

fn account(dense: &Dense<'_>, point: &Point) -> Account {
    Account::settle(dense.game, point.x.clone(), dense.reductions(point), dense.outputs(point))
}

pub(super) fn one(dense: &Dense<'_>, options: &SolveOptions) -> Result<Candidate, GameError> {
    let fast = if dense.game.solver.method == Method::ExactReply { None } else { by_patterns(dense) };
    let found = fast.map(|rest| first(dense, rest, options)).transpose()?;
    if let Some(candidate) = &found
        && good(dense, candidate, options)
    {
        return Ok(candidate.clone());
    }
    let leaders = dense.aim.leaders(dense.n).len();
    if leaders == 1 && dense.n > SINGLE {
        let slow = judge(dense, steps::climb(dense)?, options)?;
        return Ok(found.into_iter().fold(slow, |a, b| better(dense, a, b)));
    }
    // The active set of the linear system need not be that of an equilibrium. Replies of decision makers whose programmes
    // lie on one way each are best programmes; others do not find theirs by changing one laboratory at a time.
    let one_way = if leaders < dense.n { ways(dense) } else { None };
    let search = leaders < dense.n && one_way.is_none() && options.certify != super::Certify::Off;
    let mut trail = Trail::default();
    let ways = one_way.unwrap_or_else(|| apart(dense));
    let rest = by_replies(dense, &ways, vec![0.0; dense.n], &mut trail)?;
    let by_programmes = |from: &Rest, wide: Option<Search>, trail: &mut Trail| {
        let mut passed = Trail::default();
        let rest = by_programmes(dense, from.point.x.clone(), wide, &mut passed)?;
        trail.join(passed);
        judge(dense, rest, options)
    };
    let mut best = match found {
        None if search && Pieces::fit(dense) => {
            let near = by_programmes(&rest, None, &mut trail)?;
            if good(dense, &near, options) { near } else { better(dense, near, judge(dense, rest, options)?) }
        }
        found => {
            let slow = judge(dense, rest, options)?;
            let best = found.map_or(slow.clone(), |fast| better(dense, fast, slow));
            let enough = !search || good(dense, &best, options);
            if enough { best } else { better(dense, by_programmes(&best.rest, None, &mut trail)?, best) }
        }
    };
    if !good(dense, &best, options) {
        best = astray(dense, options, best, &ways, (!search).then_some(leaders), &mut trail);
    }
    if search && !good(dense, &best, options) {
        let wide = Search { seed: options.seed, enough: f64::INFINITY, brief: options.verdict };
        best = better(dense, by_programmes(&best.rest, Some(wide), &mut trail)?, best);
    }
    Ok(best)
}

/// Where replies go round in a circle: what replies that only go up from where they are lead to (of `makers` whose replies
/// are best programmes), equilibria on the pieces that were passed, and of the points passed the one that is best. What
/// cannot be judged is left.
fn astray(
    dense: &Dense<'_>,
    options: &SolveOptions,
    best: Candidate,
    ways: &[Way],
    makers: Option<usize>,
    trail: &mut Trail,
) -> Candidate {
    let mut best = best;
    let offer = |rest: Rest, best: &mut Candidate| {
        if let Ok(candidate) = judge(dense, rest, options) {
            *best = better(dense, best.clone(), candidate);
        }
        good(dense, best, options)
    };
    let mut passed = Trail::default();
    if makers.is_some_and(|makers| makers < dense.n)
        && let Ok(rest) = by_near_replies(dense, ways, best.rest.point.x.clone(), &mut passed)
        && rest.settled
        && offer(rest, &mut best)
    {
        return best;
    }
    trail.join(passed);
    if dense.n > SEARCHED || by_trail(dense, trail).into_iter().any(|rest| offer(rest, &mut best)) {
        return best;
    }
    if makers.is_some() && !options.verdict {
        let iterations = best.rest.iterations;
        for x in trail.passed.iter().rev().take(ROUND) {
            offer(Rest { point: dense.point(x.clone()), iterations, settled: false }, &mut best);
        }
    }
    best
}

/// The candidate from which nothing gains, before others the one whose makers' objectives are concave; else the one from
/// which deviations gain less; the first of equals.
fn better(dense: &Dense<'_>, a: Candidate, b: Candidate) -> Candidate {
    let concave = |candidate: &Candidate| candidate.certificate.second_order_margin > 0.0;
    let other = match (rests(dense, &a), rests(dense, &b)) {
        (true, true) if concave(&a) != concave(&b) => concave(&b),
        (true, false) => false,
        (false, true) => true,
        _ => b.certificate.deviation_gain < a.certificate.deviation_gain,
    };
    if other { b } else { a }
}

/// Judges the first resting point of a large game beside its stability margin, which takes as long.
fn first(dense: &Dense<'_>, rest: Rest, options: &SolveOptions) -> Result<Candidate, GameError> {
    if options.stability == Stability::Off || !(CROWD..=STABILITY).contains(&dense.n) || dense.one_decides() {
        return judge(dense, rest, options);
    }
    let point = rest.point.clone();
    let (candidate, margin) =
        rayon::join(|| judge(dense, rest, options), || stability(dense, &point, options.stability));
    let mut candidate = candidate?;
    if candidate.rest.point.x == point.x {
        candidate.certificate.steady(margin);
    }
    Ok(candidate)
}

/// Whether a candidate needs no further search.
fn good(dense: &Dense<'_>, candidate: &Candidate, options: &SolveOptions) -> bool {
    options.certify == super::Certify::Off || rests(dense, candidate) && candidate.certificate.second_order_margin > 0.0
}

fn rests(dense: &Dense<'_>, candidate: &Candidate) -> bool {
    relative(dense.game, &account(dense, &candidate.rest.point), candidate.certificate.deviation_gain) <= ENOUGH
}

/// Checks second-order conditions, looks for the asymmetric programme of a coalition that lacks them, and certifies.
fn judge(dense: &Dense<'_>, mut rest: Rest, options: &SolveOptions) -> Result<Candidate, GameError> {
    // Rounding is no R&D: less is lost in sums of prices.
    let nothing = 1e-13 * dense.game.scale();
    if rest.point.x.iter().any(|&x| x > 0.0 && x < nothing) {
        rest.point = dense.point(rest.point.x.iter().map(|&x| if x < nothing { 0.0 } else { x }).collect());
    }
    let sold = 1e-9 * dense.game.scale();
    let none = |i: usize| rest.point.out.q[i] * dense.rules_of(i).own <= sold;
    if let Some(i) = (0..dense.n).find(|&i| !dense.rules_of(i).exit && none(i)) {
        let output = if none(i) && rest.point.out.q[i] > -sold { 0.0 } else { rest.point.out.q[i] };
        return Err(GameError::Interior { firm: dense.game.names[i].clone(), output });
    }
    singles(dense, &rest.point)?;
    let certificate = certify(dense, &rest.point, options);
    if certificate.second_order_margin > 0.0 {
        return Ok(Candidate { rest, certificate, notes: Vec::new() });
    }
    let margin = certificate.second_order_margin;
    let mut least = f64::INFINITY;
    // One decision maker of all has nobody to answer.
    let rounds = if dense.aim.leaders(dense.n).len() == 1 { 2 } else { 20 };
    for round in 0..rounds {
        let mut moved = 0.0f64;
        for leader in dense.aim.leaders(dense.n) {
            let block = dense.aim.block(leader, dense.n);
            let (point, _) = ascend(dense, &rest.point, &block, options.seed)?;
            moved = block.iter().map(|&i| (point.x[i] - rest.point.x[i]).abs()).fold(moved, f64::max);
            rest.point = point;
        }
        // At rest, or round in a circle.
        if moved <= 1e-12 * dense.game.scale() || round > 3 && moved >= least {
            break;
        }
        least = least.min(moved);
    }
    let certificate = certify(dense, &rest.point, options);
    Ok(Candidate { rest, certificate, notes: vec![Note::SecondOrder { margin }] })
}

/// A firm that decides alone must have a concave profit.
fn singles(dense: &Dense<'_>, point: &Point) -> Result<(), GameError> {
    let mut pattern = dense.pattern(point, vec![false; dense.n]);
    pattern.floored = vec![false; dense.n];
    let alone = |i: usize| match &dense.aim {
        Aim::Own | Aim::Weighted(_) => true,
        Aim::Joint { of, members } => members[of[i] as usize].len() == 1,
        Aim::Welfare | Aim::Whole => false,
    };
    let d = dense.response(&pattern);
    for i in (0..dense.n).filter(|&i| alone(i)) {
        let margin = own_margin(dense, &d, i);
        if margin <= 0.0 {
            let (firm, rd_cost) = (dense.game.names[i].clone(), dense.own[i]);
            return Err(GameError::SecondOrder { firm, rd_cost, bound: rd_cost - margin });
        }
    }
    Ok(())
}

/// Distinct resting points from zero, from the joint optimum, and from random points.
fn from_starts(dense: &Dense<'_>, options: &SolveOptions) -> Result<Vec<(String, Candidate)>, GameError> {
    let game = dense.game;
    let mut joint = game.clone();
    joint.mode = Mode::PlannerSecondBest;
    joint.cross_ownership = None;
    let joint = by_patterns(&Dense::new(&joint)).map(|rest| rest.point.x);
    let mut found: Vec<(String, Candidate)> = Vec::new();
    let kinds = kinds(game);
    let ways = ways(dense).unwrap_or_else(|| apart(dense));
    for start in 0..game.solver.starts {
        let (name, x) = match start {
            0 => ("zero".to_owned(), vec![0.0; dense.n]),
            1 => ("joint".to_owned(), joint.clone().unwrap_or_else(|| vec![1.0; dense.n])),
            k => {
                let mut stream = Stream::new(Key::new(options.seed, "innovate starts"), 0, k as u64);
                let x = (0..dense.n).map(|i| 0.5 * game.cost[i].max(0.01 * game.scale()) * stream.uniform()).collect();
                (format!("random-{}", k - 1), x)
            }
        };
        let candidate = judge(dense, by_replies(dense, &ways, x, &mut Trail::default())?, options)?;
        let far = |a: &[f64], b: &[f64]| {
            let top = a.iter().chain(b).fold(0.0f64, |top, &x| top.max(x)).max(1e-9 * game.scale());
            a.iter().zip(b).any(|(a, b)| (a - b).abs() > DISTINCT * top)
        };
        let x = sorted(&kinds, &candidate.rest.point.x);
        if found.iter().all(|(_, known)| far(&sorted(&kinds, &known.rest.point.x), &x)) {
            found.push((name, candidate));
        }
    }
    // Zero is first when its search settled; else the first that did.
    if let Some(first) = found.iter().position(|(_, candidate)| candidate.rest.settled) {
        found.rotate_left(first);
    }
    Ok(found)
}

/// Groups of identical firms that decide alike: who of them does what is one equilibrium under other names.
fn kinds(game: &Game) -> Vec<Vec<usize>> {
    let coalition = game.coalition_of();
    let weighted = game.cross_ownership.is_some();
    let mut kinds: Vec<Vec<usize>> = Vec::new();
    for i in 0..game.len() {
        let like = |kind: &&mut Vec<usize>| coalition[kind[0]] == coalition[i] && game.exchangeable(kind[0], i);
        match kinds.iter_mut().find(like).filter(|_| !weighted) {
            Some(kind) => kind.push(i),
            None => kinds.push(vec![i]),
        }
    }
    kinds
}

/// R&D with that of identical firms in falling order.
fn sorted(kinds: &[Vec<usize>], x: &[f64]) -> Vec<f64> {
    let mut found = x.to_vec();
    for kind in kinds.iter().filter(|kind| kind.len() > 1) {
        let mut falling: Vec<f64> = kind.iter().map(|&i| x[i]).collect();
        falling.sort_unstable_by(|a, b| b.total_cmp(a));
        kind.iter().zip(falling).for_each(|(&i, value)| found[i] = value);
    }
    found
}

fn other(game: &Game, dense: &Dense<'_>, start: &str, candidate: &Candidate) -> Other {
    let account = account(dense, &candidate.rest.point);
    let gain = candidate.certificate.deviation_gain;
    Other {
        start: start.to_owned(),
        rd_total: account.rd_total(),
        output_total: account.output_total(),
        welfare: account.welfare,
        deviation_gain: gain,
        certified: candidate.certificate.second_order_margin > 0.0 && relative(game, &account, gain) <= 1e-8,
    }
}

pub(super) fn package(dense: &Dense<'_>, candidate: Candidate, options: &SolveOptions) -> Equilibrium {
    let game = dense.game;
    let Candidate { rest, mut certificate, mut notes } = candidate;
    let point = &rest.point;
    if dense.one_decides() || dense.n > STABILITY {
        notes.push(Note::NoStability);
    } else if certificate.stability_margin.is_nan() && certificate.stability_bound.is_nan() {
        certificate.steady(stability(dense, point, options.stability));
    }
    if options.certify != super::Certify::Off && dense.rules.iter().any(|rules| !rules.exit) {
        notes.push(Note::ScanEnds);
    }
    let tied = tied(dense, point, &certificate.held);
    let kinked = tied.iter().filter(|&&tied| tied).count();
    let shared = least::is_shared(dense, point, &tied) || floor::is_shared(dense, point);
    if shared || held_by_several(dense, point, &tied) {
        notes.push(Note::NotUnique);
    }
    let parts = Parts {
        account: account(dense, point),
        certificate,
        kinked,
        iterations: rest.iterations,
        settled: rest.settled,
        notes,
        sellers: dense.sellers(),
    };
    parts.package(game)
}

/// Whether several decision makers of coalitions, or owners of one another, stand at the kink that a firm held at zero output makes: one could do a
/// little more of the holding, for less of another's.
fn held_by_several(dense: &Dense<'_>, point: &Point, tied: &[bool]) -> bool {
    if !matches!(dense.aim, Aim::Joint { .. } | Aim::Weighted(_)) {
        return false;
    }
    let tie = 1e-9 * dense.game.scale();
    let mut ray = Ray::default();
    let mut bent = |i: usize| {
        let mut slope = |sign: f64| {
            dense.ray(point, i, &[(i, sign)], &mut ray);
            ray.piece(0.0).slope
        };
        point.x[i] > 0.0 && slope(1.0) + slope(-1.0) < -tie
    };
    let reaches = |i: u32, m: usize| dense.game.members(m).iter().any(|&k| dense.s[(k as usize, i as usize)] != 0.0);
    let held = |m: usize| dense.game.members(m).iter().any(|&k| tied[k as usize]);
    let blocks: Vec<Vec<usize>> =
        dense.aim.leaders(dense.n).into_iter().map(|leader| dense.aim.block(leader, dense.n)).collect();
    (0..dense.rules.len()).filter(|&m| held(m)).any(|m| {
        let sells_here = |block: &[usize]| block.iter().any(|&i| dense.game.market[i] as usize == m);
        let mut holds = |block: &Vec<usize>| block.iter().any(|&i| reaches(i as u32, m) && bent(i));
        blocks.iter().filter(|block| sells_here(block) && holds(block)).count() > 1
    })
}

/// Firms at zero output just on the threshold of their market, where somebody holds them.
fn tied(dense: &Dense<'_>, point: &Point, held: &[bool]) -> Vec<bool> {
    let slack = 1e-9 * dense.game.scale();
    let mut tied = vec![false; dense.n];
    for m in 0..dense.rules.len() {
        let members = dense.game.members(m);
        if dense.rules[m].exit && members.iter().any(|&i| held[i as usize]) {
            for i in members.iter().map(|&i| i as usize) {
                tied[i] = (point.y[i] - point.out.threshold[m]).abs() <= slack;
            }
        }
    }
    tied
}

/// Where several firms hold a rival, or unit costs at 0, the equilibrium in which they spend least on it.
pub(super) fn least_spending(
    dense: &Dense<'_>,
    candidate: Candidate,
    options: &SolveOptions,
) -> Result<Candidate, GameError> {
    let tied = tied(dense, &candidate.rest.point, &candidate.certificate.held);
    let point = &candidate.rest.point;
    let x = if least::is_shared(dense, point, &tied) {
        least::spending(dense, point, &tied)
    } else if floor::is_shared(dense, point) {
        Some(floor::spending(dense, point))
    } else {
        None
    };
    let Some(x) = x else { return Ok(candidate) };
    let rest = Rest { point: dense.point(x), ..candidate.rest.clone() };
    let found = judge(dense, rest, options)?;
    // It must be as good an equilibrium as the one it comes from.
    let sure = good(dense, &found, options) && found.certificate.second_order_margin > 0.0;
    Ok(if sure { found } else { candidate })
}
