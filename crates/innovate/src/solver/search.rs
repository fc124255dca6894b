//! Where the dense game comes to rest: linear systems on the active set, and exact replies where that set cycles.

use super::dense::{Dense, Pattern, Point, System};
use super::pieces::Pieces;
use crate::error::GameError;
use crate::ray::Ray;
use distretto_numerics::{Key, Lu, Matrix, Stream};

/// Most changes of the active set before exact replies take over.
const PATTERNS: usize = 60;
/// Fewer in larger games, where boundaries lie close together and each set takes a dense system.
const LARGE: usize = 120;
const FEW: usize = 12;
/// Sweeps of replies without a shorter move after which they go round in a circle.
const STALE: usize = 500;
/// Starts of the search for the best programme of a coalition whose objective is not concave.
const ASCENTS: usize = 8;
/// Most rounds of best programmes.
const PROGRAMMES: usize = 60;
/// Sweeps of single firms, which leap over pieces, before pieces lead on; most of them where pieces do not.
const SWEEPS: usize = 4;
const ALONE: usize = 500;
/// Rounds of best programmes without a shorter move after which they go round in a circle.
const CIRCLES: usize = 10;

/// A resting point.
#[derive(Debug, Clone)]
pub(crate) struct Rest {
    pub point: Point,
    pub iterations: usize,
    /// Whether the search came to rest.
    pub settled: bool,
}

/// Solves the first-order system on one active set after another until the set repeats itself.
pub(crate) fn by_patterns(dense: &Dense<'_>) -> Option<Rest> {
    let n = dense.n;
    let could = (0..n).map(|i| dense.could_sell(i)).collect();
    let mut pattern = Pattern { sells: could, floored: vec![false; n], idle: vec![false; n] };
    let mut seen: Vec<Pattern> = Vec::new();
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

/// Exact best replies, one firm after another, from `x`.
pub(crate) fn by_replies(dense: &Dense<'_>, x: Vec<f64>) -> Result<Rest, GameError> {
    let solver = &dense.game.solver;
    let scale = dense.game.scale();
    let tolerance = (1e-3 * solver.tolerance).max(1e-14) * scale;
    let mut point = dense.point(x);
    let mut ray = Ray::default();
    let mut iterations = 0;
    let mut settled = false;
    let (mut least, mut since) = (f64::INFINITY, 0);
    while iterations < solver.max_iterations && !settled && since < STALE {
        iterations += 1;
        let mut largest: f64 = 0.0;
        for i in 0..dense.n {
            largest = largest.max(reply(dense, &mut point, i, &mut ray)?);
        }
        // Sums of many small moves drift: begin each sweep from the R&D itself.
        point.learned = dense.s.times_vector(&point.x);
        settled = largest <= tolerance;
        since += 1;
        if largest < 0.9 * least {
            (least, since) = (largest, 0);
        }
    }
    Ok(Rest { point: dense.point(point.x), iterations, settled })
}

/// Moves firm i to its best reply; how far it moved.
pub(super) fn reply(dense: &Dense<'_>, point: &mut Point, i: usize, ray: &mut Ray) -> Result<f64, GameError> {
    dense.ray(point, i, &[(i, 1.0)], ray);
    let best = ray.best(-point.x[i], f64::INFINITY).ok_or_else(|| unbounded(dense, i))?;
    step(dense, point, &[(i, 1.0)], best.t);
    if point.x[i] < 1e-300 {
        point.x[i] = 0.0;
    }
    Ok(best.t.abs())
}

pub(super) fn step(dense: &Dense<'_>, point: &mut Point, steps: &[(usize, f64)], t: f64) {
    for &(j, by) in steps {
        point.x[j] = (point.x[j] + by * t).max(0.0);
        for (learned, s) in point.learned.iter_mut().zip(dense.s.column(j)) {
            *learned += s * by * t;
        }
    }
}

pub(super) fn unbounded(dense: &Dense<'_>, i: usize) -> GameError {
    let rules = dense.rules_of(i);
    let steepest = 1.0 / rules.own;
    GameError::SecondOrder {
        firm: dense.game.names[i].clone(),
        rd_cost: dense.own[i],
        bound: 2.0 * rules.margin * steepest * steepest,
    }
}

/// Beyond this step no more R&D can pay for firm i: an upper bound on its marginal profit is negative there. The
/// outputs of the point must be those of its R&D.
pub(crate) fn limit(dense: &Dense<'_>, point: &Point, i: usize) -> f64 {
    let alone = matches!(dense.aim, super::aim::Aim::Own);
    let rules = dense.rules_of(i);
    let members = dense.game.members(dense.game.market[i] as usize).len();
    let slope = (1.0 - rules.kappa(members)) / rules.own;
    let curvature = dense.own[i] - 2.0 * rules.margin * slope * slope;
    if !alone || curvature <= 0.0 {
        return f64::INFINITY;
    }
    // Output if the firm did no R&D of its own is below output if it were alone without it.
    let without = (dense.alpha[i] + point.learned[i] - point.x[i]).max(0.0);
    let reach = point.out.q.get(i).map_or(without / rules.own, |&q| q.max(0.0) + point.x[i] * slope);
    let useful = (2.0 * rules.margin * slope * reach.min(without / rules.own) + dense.unit[i].max(0.0)) / curvature;
    // At least the present R&D is looked at, and a margin for rounding.
    (1.01 * useful - point.x[i]).max(0.01 * dense.game.scale())
}

/// The best programme of a block whose objective is not concave, found from several points; the others stay.
pub(crate) fn ascend(dense: &Dense<'_>, from: &Point, block: &[usize], seed: u64) -> Result<(Point, f64), GameError> {
    let mut ray = Ray::default();
    let start_value = value(dense, from, block, &mut ray);
    let mut best = (from.clone(), start_value);
    // All at once from nothing: who is out of the market alone may come in together.
    let (steps, only) = one_way(dense, block).map_or_else(|| (all_at_once(dense, block), false), |steps| (steps, true));
    let mut jump = dense.point((0..dense.n).map(|i| if block.contains(&i) { 0.0 } else { from.x[i] }).collect());
    dense.ray(&jump, block[0], &steps, &mut ray);
    let top = ray.best(0.0, f64::INFINITY).ok_or_else(|| unbounded(dense, block[0]))?;
    step(dense, &mut jump, &steps, top.t);
    if only {
        let reached = value(dense, &jump, block, &mut ray);
        if reached > start_value + 1e-12 * start_value.abs() {
            best = (dense.point(jump.x), reached);
        }
        let gain = best.1 - start_value;
        return Ok((best.0, gain));
    }
    let mut pieces = Pieces::new(dense, from, block).filter(|_| block.len() > 1);
    let top = block.iter().fold(0.0f64, |top, &i| top.max(from.x[i])).max(0.05 * dense.game.scale());
    let last = dense.game.solver.starts.max(ASCENTS);
    for start in 0..=last {
        let mut x = from.x.clone();
        let mut stream = Stream::new(Key::new(seed, "innovate ascent"), block[0] as u64, start as u64);
        for (rank, &i) in block.iter().enumerate() {
            x[i] = match start {
                _ if start == last => jump.x[i],
                0 => 0.0,
                1 => from.x[i],
                // One laboratory after another, then at random.
                k if k - 2 < block.len() && k % 2 == 0 => f64::from(u8::from(rank == k - 2)) * 2.0 * top,
                _ => 2.0 * top * stream.uniform(),
            };
        }
        let mut point = dense.point(x);
        climb(dense, &mut point, block, &mut ray, if pieces.is_some() { SWEEPS } else { ALONE })?;
        if let Some(pieces) = &mut pieces {
            point = pieces.climb(&point);
        }
        let reached = value(dense, &point, block, &mut ray);
        if reached > best.1 + 1e-12 * best.1.abs() {
            best = (point, reached);
        }
    }
    let gain = best.1 - start_value;
    Ok((dense.point(best.0.x), gain))
}

/// The one way along which a block's best programme lies, wherever the others are: where all learn from its members in
/// the same proportions g (full sharing, and one spillover rate outside), only Σ g_j x_j counts, and it costs least when
/// x_j is proportional to g_j/γ_j. None elsewhere, and with payments per unit of R&D.
fn one_way(dense: &Dense<'_>, block: &[usize]) -> Option<Vec<(usize, f64)>> {
    let first = dense.s.column(block[0]);
    let (most, _) = first.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1))?;
    let share = |j: usize| dense.s[(most, j)] / first[most];
    let alike = |j: usize| {
        let by = share(j);
        let same = |(a, b): (&f64, &f64)| (a - by * b).abs() <= 1e-15 * by;
        by > 0.0 && dense.unit[j] == 0.0 && dense.s.column(j).iter().zip(first).all(same)
    };
    block.iter().all(|&j| alike(j)).then(|| block.iter().map(|&j| (j, share(j) / dense.own[j])).collect())
}

/// The cheapest way to teach all members of a block at once.
fn all_at_once(dense: &Dense<'_>, block: &[usize]) -> Vec<(usize, f64)> {
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
fn climb(
    dense: &Dense<'_>,
    point: &mut Point,
    block: &[usize],
    ray: &mut Ray,
    sweeps: usize,
) -> Result<(), GameError> {
    let tolerance = 1e-13 * dense.game.scale();
    for _ in 0..sweeps {
        let before: Vec<f64> = block.iter().map(|&i| point.x[i]).collect();
        let mut largest: f64 = 0.0;
        for &i in block {
            largest = largest.max(reply(dense, point, i, ray)?);
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
/// piece, or with a seed those of several starts.
pub(crate) fn by_programmes(dense: &Dense<'_>, x: Vec<f64>, seed: Option<u64>) -> Result<Rest, GameError> {
    let scale = dense.game.scale();
    let mut point = dense.point(x);
    let mut ray = Ray::default();
    let (mut least, mut since) = (f64::INFINITY, 0);
    for iterations in 1..=PROGRAMMES {
        let before = point.x.clone();
        for leader in dense.aim.leaders(dense.n) {
            let block = dense.aim.block(leader, dense.n);
            let pieces = if block.len() > 1 && seed.is_none() { Pieces::new(dense, &point, &block) } else { None };
            let near = pieces.map(|mut pieces| pieces.climb(&point));
            point = match (near, seed) {
                (Some(found), _) => found,
                (None, Some(seed)) if block.len() > 1 => ascend(dense, &point, &block, seed)?.0,
                _ => {
                    for &i in &block {
                        reply(dense, &mut point, i, &mut ray)?;
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
        if since == CIRCLES {
            return Ok(Rest { point, iterations, settled: false });
        }
    }
    Ok(Rest { point, iterations: PROGRAMMES, settled: false })
}
