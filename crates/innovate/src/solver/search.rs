//! Where the dense game comes to rest: linear systems on the active set, and exact replies where that set cycles.

use super::certificate::{JOINT, SEARCHED};
use super::dense::{Dense, Pattern, Point, System};
use super::pieces::{self, Pieces};
use super::replies::{Trail, Way, one_way, reply, step, unbounded};
use crate::error::GameError;
use crate::ray::Ray;
use distretto_numerics::{Key, Lu, Matrix, Stream};

/// Most changes of the active set before exact replies take over.
const PATTERNS: usize = 60;
/// Fewer in larger games, where boundaries lie close together and each set takes a dense system.
const LARGE: usize = 120;
const FEW: usize = 12;
/// Random starts of the search for the best programme, beside those at nothing, here and at each laboratory alone: a few
/// for programmes in which several lead.
const RANDOM: usize = 3;
/// Most rounds of best programmes.
const PROGRAMMES: usize = 60;
/// Sweeps of single firms, which leap over pieces, before pieces lead on; fewer in large blocks, where a sweep is dear, and
/// in brief searches (four are enough to leave the pieces of the start), and most where pieces do not lead on.
const SWEEPS: usize = 40;
const BRIEF: usize = 4;
const ALONE: usize = 500;
/// Rounds of best programmes without a shorter move after which they go round in a circle; `BRIEF` in brief searches.
const CIRCLES: usize = 10;

/// A resting point.
#[derive(Debug, Clone)]
pub(crate) struct Rest {
    pub point: Point,
    pub iterations: usize,
    /// Whether the search came to rest.
    pub settled: bool,
}

/// Solves the first-order system on one active set after another, from that of no R&D, until the set repeats itself.
pub(crate) fn by_patterns(dense: &Dense<'_>) -> Option<Rest> {
    let n = dense.n;
    let could = (0..n).map(|i| dense.could_sell(i)).collect();
    let start = Pattern { sells: could, floored: vec![false; n], idle: vec![false; n] };
    from_pattern(dense, start, &mut Vec::new())
}

/// The same from the active sets of a trail, and from those in which one decision maker is idle: an equilibrium that
/// replies move away from may be near.
pub(crate) fn by_trail(dense: &Dense<'_>, trail: &Trail) -> Vec<Rest> {
    let passed = trail.passed.iter().map(|x| {
        let point = dense.point(x.clone());
        dense.pattern(&point, x.iter().map(|&x| x <= 0.0).collect())
    });
    let idle = dense.aim.leaders(dense.n).into_iter().map(|leader| {
        let mut idle = dense.pattern(&dense.point(vec![0.0; dense.n]), vec![false; dense.n]);
        dense.aim.block(leader, dense.n).into_iter().for_each(|i| idle.idle[i] = true);
        idle
    });
    let mut seen = Vec::new();
    passed
        .chain(idle)
        .filter_map(|pattern| if seen.contains(&pattern) { None } else { from_pattern(dense, pattern, &mut seen) })
        .collect()
}

fn from_pattern(dense: &Dense<'_>, mut pattern: Pattern, seen: &mut Vec<Pattern>) -> Option<Rest> {
    let n = dense.n;
    for iterations in 1..=if n > LARGE { FEW } else { PATTERNS } {
        let system = dense.system(&pattern);
        let free: Vec<usize> = (0..n).filter(|&i| !pattern.idle[i]).collect();
        let x = on(&system, &free)?;
        let idle = if free.len() == n {
            x.iter().map(|&x| x < 0.0).collect()
        } else {
            let pressed = system.m.times_vector(&x);
            let stays = |i: usize| system.right[i] <= pressed[i];
            (0..n).map(|i| if pattern.idle[i] { stays(i) } else { x[i] < 0.0 }).collect()
        };
        let point = dense.point(x.iter().map(|&x| x.max(0.0)).collect());
        let next = dense.pattern(&point, idle);
        if next == pattern {
            return Some(Rest { point, iterations, settled: true });
        }
        seen.push(pattern);
        if seen.contains(&next) {
            return None;
        }
        pattern = next;
    }
    None
}

/// The solution of the first-order system of the free firms, the others' R&D 0.
fn on(system: &System, free: &[usize]) -> Option<Vec<f64>> {
    let n = system.right.len();
    if free.len() == n {
        return Some(Lu::new(&system.m).ok()?.solve(&system.right));
    }
    let inner = Matrix::from_fn(free.len(), free.len(), |i, j| system.m[(free[i], free[j])]);
    let right: Vec<f64> = free.iter().map(|&i| system.right[i]).collect();
    let mut x = vec![0.0; n];
    free.iter().zip(Lu::new(&inner).ok()?.solve(&right)).for_each(|(&i, found)| x[i] = found);
    Some(x)
}

/// What a block gains by the best R&D of all its members at once from nothing, and whether nothing gains more.
pub(super) fn leapt(dense: &Dense<'_>, from: &Point, block: &[usize]) -> Result<(Point, f64, bool), GameError> {
    let mut ray = Ray::default();
    let start = value(dense, from, block, &mut ray);
    let (point, only) = jump(dense, from, block, &mut ray)?;
    let gain = value(dense, &point, block, &mut ray) - start;
    // Sums over many firms round the more.
    let rounding = 1e-12f64.max(1e-14 * dense.n as f64) * start.abs();
    Ok(if gain > rounding { (point, gain, only) } else { (from.clone(), 0.0, only) })
}

/// The best programme of a block whose objective is not concave, found from several points; the others stay.
pub(crate) fn ascend(dense: &Dense<'_>, from: &Point, block: &[usize], seed: u64) -> Result<(Point, f64), GameError> {
    search(dense, from, block, Search { seed, enough: f64::INFINITY, brief: false })
}

/// How far the best programme of a block is searched for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Search {
    pub seed: u64,
    /// The first programme that gains more is enough.
    pub enough: f64,
    /// With few sweeps, and from no random starts.
    pub brief: bool,
}

/// The best programme of a block, as far as it is searched for.
pub(super) fn search(
    dense: &Dense<'_>,
    from: &Point,
    block: &[usize],
    limits: Search,
) -> Result<(Point, f64), GameError> {
    let enough = limits.enough;
    let mut ray = Ray::default();
    let start_value = value(dense, from, block, &mut ray);
    let mut best = (from.clone(), start_value);
    let (jump, gain, only) = leapt(dense, from, block)?;
    if only || gain > enough {
        return Ok((jump, gain));
    }
    // Of large blocks in large games each piece is a large programme: what is found there is not certified anyway.
    let wide = block.len() > JOINT && dense.n > SEARCHED;
    let mut pieces = Pieces::new(dense, from, block).filter(|_| block.len() > 1 && !wide);
    let sweeps = match pieces {
        _ if wide || block.len() > JOINT => BRIEF,
        Some(_) if limits.brief => BRIEF,
        Some(_) => SWEEPS,
        None => ALONE,
    };
    let starts = if wide { vec![from.x.clone()] } else { beginnings(dense, from, block, limits) };
    for mut point in starts.into_iter().chain([jump.x]).map(|x| dense.point(x)) {
        climb(dense, &mut point, block, &mut ray, sweeps)?;
        if let Some(pieces) = &mut pieces {
            point = pieces.climb(&point);
        }
        let reached = value(dense, &point, block, &mut ray);
        if reached > best.1 + 1e-12 * best.1.abs() {
            best = (point, reached);
        }
        if best.1 - start_value > enough {
            break;
        }
    }
    let gain = best.1 - start_value;
    Ok((dense.point(best.0.x), gain))
}

/// R&D from which climbs begin: none, the present, each laboratory alone (of those alike the first), and at random.
fn beginnings(dense: &Dense<'_>, from: &Point, block: &[usize], limits: Search) -> Vec<Vec<f64>> {
    let top = block.iter().fold(0.0f64, |top, &i| top.max(from.x[i])).max(0.05 * dense.game.scale());
    let mut leads: Vec<usize> = Vec::new();
    for &i in block {
        if !leads.iter().any(|&lead| dense.game.exchangeable(lead, i)) {
            leads.push(i);
        }
    }
    let with = |of: &mut dyn FnMut(usize) -> f64| {
        let mut x = from.x.clone();
        block.iter().for_each(|&i| x[i] = of(i));
        x
    };
    let mut found = vec![with(&mut |_| 0.0), from.x.clone()];
    found.extend(leads.iter().map(|&lead| with(&mut |i| if i == lead { 2.0 * top } else { 0.0 })));
    let random = RANDOM.max(dense.game.solver.starts.saturating_sub(found.len()));
    for start in 0..if limits.brief { 0 } else { random } {
        let mut stream = Stream::new(Key::new(limits.seed, "innovate ascent"), block[0] as u64, start as u64);
        found.push(with(&mut |_| 2.0 * top * stream.uniform()));
    }
    found
}

/// The best R&D of all members at once from nothing, by which who is out of the market alone may come in together, and
/// whether no other can be better.
fn jump(dense: &Dense<'_>, from: &Point, block: &[usize], ray: &mut Ray) -> Result<(Point, bool), GameError> {
    let (steps, only) = match one_way(dense, block) {
        Some(steps) => (steps, true),
        None => (all_at_once(dense, block), false),
    };
    let mut x = from.x.clone();
    block.iter().for_each(|&i| x[i] = 0.0);
    let mut point = dense.point(x);
    dense.ray(&point, block[0], &steps, ray);
    let top = ray.best(0.0, f64::INFINITY).ok_or_else(|| unbounded(dense, block[0]))?;
    step(dense, &mut point, &steps, top.t);
    Ok((dense.point(point.x), only))
}

/// The cheapest way to teach all members of a block at once.
fn all_at_once(dense: &Dense<'_>, block: &[usize]) -> Way {
    let taught = |j: usize| block.iter().map(|&i| dense.s[(i, j)]).sum::<f64>();
    block.iter().map(|&j| (j, taught(j) / dense.own[j])).collect()
}

/// The part of the objective of a block's decision maker that its R&D changes.
pub(super) fn value(dense: &Dense<'_>, point: &Point, block: &[usize], ray: &mut Ray) -> f64 {
    let steps: Vec<(usize, f64)> = block.iter().map(|&i| (i, 1.0)).collect();
    dense.ray(point, block[0], &steps, ray);
    let costs: f64 =
        block.iter().map(|&i| dense.unit[i] * point.x[i] - dense.own[i] * point.x[i] * point.x[i] / 2.0).sum();
    ray.piece(0.0).value + costs
}

/// Coordinate ascent with exact steps, and a step along each sweep's displacement.
fn climb(dense: &Dense<'_>, point: &mut Point, block: &[usize], ray: &mut Ray, sweeps: usize) -> Result<(), GameError> {
    let tolerance = 1e-13 * dense.game.scale();
    for _ in 0..sweeps {
        let before: Vec<f64> = block.iter().map(|&i| point.x[i]).collect();
        let mut largest: f64 = 0.0;
        for &i in block {
            largest = largest.max(reply(dense, point, &[(i, 1.0)], ray)?);
        }
        if largest <= tolerance {
            break;
        }
        let steps: Vec<(usize, f64)> =
            block.iter().zip(&before).map(|(&i, &old)| (i, point.x[i] - old)).filter(|&(_, by)| by != 0.0).collect();
        let room =
            steps.iter().filter(|(_, by)| *by < 0.0).map(|&(i, by)| point.x[i] / -by).fold(f64::INFINITY, f64::min);
        dense.ray(point, block[0], &steps, ray);
        if let Some(best) = ray.best(0.0, room.min(1e6)) {
            step(dense, point, &steps, best.t);
        }
        point.learned = dense.s.times_vector(&point.x);
    }
    Ok(())
}

/// The best programmes of decision makers of several firms, one after another, from `x`: those that meet the present
/// piece, or those of a wider search.
pub(crate) fn by_programmes(
    dense: &Dense<'_>,
    x: Vec<f64>,
    wide: Option<Search>,
    trail: &mut Trail,
) -> Result<Rest, GameError> {
    let scale = dense.game.scale();
    let mut point = dense.point(x);
    let mut ray = Ray::default();
    let (mut least, mut since) = (f64::INFINITY, 0);
    let circles = if wide.is_some_and(|wide| wide.brief) { BRIEF } else { CIRCLES };
    for iterations in 1..=PROGRAMMES {
        let before = point.x.clone();
        for leader in dense.aim.leaders(dense.n) {
            let block = dense.aim.block(leader, dense.n);
            let searched = block.len() > 1 && (block.len() <= JOINT || dense.n <= SEARCHED);
            let near = if searched && wide.is_none() { pieces::climb(dense, &point, &block) } else { None };
            point = match (near, wide) {
                (Some(found), _) => found,
                (None, Some(wide)) if searched => search(dense, &point, &block, wide)?.0,
                _ => {
                    if block.len() > 1 {
                        point = leapt(dense, &point, &block)?.0;
                    }
                    for &i in &block {
                        reply(dense, &mut point, &[(i, 1.0)], &mut ray)?;
                    }
                    dense.point(point.x)
                }
            };
        }
        let moved = point.x.iter().zip(&before).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        if moved <= 1e-12 * scale {
            return Ok(Rest { point, iterations, settled: true });
        }
        since += 1;
        if moved < 0.9 * least {
            (least, since) = (moved, 0);
        }
        if since == circles || trail.meets(&point.x, 1e-12 * scale) {
            return Ok(Rest { point, iterations, settled: false });
        }
    }
    Ok(Rest { point, iterations: PROGRAMMES, settled: false })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::solver::tests::read;
    use crate::solver::{SolveOptions, solve};
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn two_come_in_together() {
        // By hand: firms 5 and 6 alone in the market with a reduction of 32.748…; 3 and 4 with 20.1 each: y = 100, 99.9,
        // 92.298…, 92.648…, T their sum over 5, outputs 23.03 and 22.93, squares less 2.51 · 20.1².
        let game = read(json!({
            "market": { "intercept": 100.0, "slope": 1.0 },
            "firms": { "marginal_cost": [40.5, 40.55, 40.2, 40.3, 40.45, 40.1, 40.35], "rd_cost": 2.51 },
            "regime": { "mode": "consortium", "coalitions": [["1", "2"], ["3", "4"], ["5", "6"]] },
        }));
        let dense = Dense::new(&game);
        let each = 32.748_457_847_841_01 / 2.0;
        let point = dense.point(vec![0.0, 0.0, 0.0, 0.0, each, each, 0.0]);
        let y = [100.0, 99.9, 59.55 + 2.0 * each, 59.9 + 2.0 * each];
        let threshold = y.iter().sum::<f64>() / 5.0;
        let wanted = (y[0] - threshold).powi(2) + (y[1] - threshold).powi(2) - 2.51 * 20.1 * 20.1;
        let gain = ascend(&dense, &point, &[2, 3], 1).unwrap().1;
        assert!(gain > 42.0 && (gain - wanted).abs() < 1e-9, "{gain} {wanted}");
    }

    #[test]
    fn every_laboratory_may_lead() {
        // By hand: the second firm, whose R&D is cheapest, brings its cost from 56.081 to 0 and is alone in the market:
        // T = 50, q = 100, profit 0.5 · 100² less 1.049 · 56.081²/2.
        let game = read(json!({
            "market": { "intercept": 100.0, "slope": 0.5 },
            "firms": { "marginal_cost": [56.081, 56.081, 56.081, 56.081], "rd_cost": [1.9668, 1.049, 1.3112, 1.3112] },
            "spillover": { "rate": 0.0 },
            "regime": { "mode": "coordination" },
        }));
        let solved = solve(&game, &SolveOptions::default()).unwrap();
        let wanted = 5_000.0 - 1.049 * 56.081 * 56.081 / 2.0;
        let found = solved.account.producer_surplus;
        assert!(solved.certified && (found - wanted).abs() < 1e-9 * wanted, "{found} {wanted}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(150))]

        /// No coalition of a certified consortium gains by any common reduction at its least cost.
        #[test]
        fn certified_consortia_have_no_better_reduction(
            costs in prop::collection::vec(30.0..45.0f64, 5..8),
            own in prop::collection::vec(2.0..6.0f64, 7),
            beta in 0.0..0.4f64,
            second in 2usize..5,
        ) {
            let n = costs.len();
            let names: Vec<String> = (1..=n).map(|i| i.to_string()).collect();
            let game = read(json!({
                "market": { "intercept": 100.0, "slope": 1.0 },
                "firms": { "marginal_cost": costs, "rd_cost": own[..n] },
                "spillover": { "rate": beta },
                "regime": { "mode": "consortium", "coalitions": [names[..2], names[2..second.max(4).min(n)]] },
            }));
            let Ok(solved) = solve(&game, &SolveOptions::quick()) else { return Ok(()) };
            prop_assume!(solved.certified);
            let dense = Dense::new(&game);
            let mut ray = Ray::default();
            for leader in dense.aim.leaders(n) {
                let block = dense.aim.block(leader, n);
                let worth = value(&dense, &dense.point(solved.account.rd.clone()), &block, &mut ray);
                let share: f64 = block.iter().map(|&i| 1.0 / own[i]).sum();
                for k in 0..=600 {
                    let mut x = solved.account.rd.clone();
                    block.iter().for_each(|&i| x[i] = f64::from(k) / 10.0 / own[i] / share);
                    let other = value(&dense, &dense.point(x), &block, &mut ray);
                    prop_assert!(other <= worth + 1e-6 * (1.0 + worth.abs()), "{block:?} {k}: {other} {worth}");
                }
            }
        }

    }
}
