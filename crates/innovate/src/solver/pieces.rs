//! The best programme of one decision maker over several firms' R&D, from piece to piece.
//!
//! Between exits, entries and cost floors the objective is quadratic, and on each piece a quadratic programme finds its
//! best point. At a boundary every piece that meets there is tried, since a best point may lie on an edge from which no
//! single firm's R&D leads up: two laboratories that together bring unit cost to 0 can only be exchanged for one another.

use super::dense::{Dense, Pattern, Point};
use super::quadratic::{Row, minimise};
use super::search::value;
use crate::ray::Ray;
use distretto_numerics::dense::is_positive_definite;
use distretto_numerics::{Matrix, symmetric_eigen};

/// Most firms at boundaries of which all combinations of sides are tried; of more, those that differ in one firm.
const TIES: usize = 4;
/// Largest game in which pieces are searched: a piece is a dense programme.
const FIRMS: usize = 120;
/// Most pieces after one another, and of blocks that are not small, where each has many neighbours.
const ROUNDS: usize = 400;
const SMALL: usize = 12;
const FEW: usize = 30;

/// Climbs from piece to piece until none that meets the point is better; none where the game is too large for it.
pub(super) fn climb(dense: &Dense<'_>, from: &Point, block: &[usize]) -> Option<Point> {
    if dense.n > FIRMS {
        return None;
    }
    let mut ray = Ray::default();
    let mut best = (dense.point(from.x.clone()), value(dense, from, block, &mut ray));
    for _ in 0..if block.len() > SMALL { FEW } else { ROUNDS } {
        let mut next: Option<(Point, f64)> = None;
        for pattern in around(dense, &best.0) {
            let Some(x) = programme(dense, &best.0, &pattern, block, Hold::Near) else { continue };
            let point = dense.point(x);
            let reached = value(dense, &point, block, &mut ray);
            let known = next.as_ref().map_or(best.1, |(_, known)| *known);
            if reached > known + 1e-14 * known.abs() {
                next = Some((point, reached));
            }
        }
        match next {
            Some(found) => best = found,
            None => break,
        }
    }
    Some(polish(dense, best.0, best.1, block, &mut ray))
}

/// The point itself to the last digits: steps that stay near come to it ever more slowly, but what holds it is known by
/// then, and on that the objective is concave.
fn polish(dense: &Dense<'_>, point: Point, reached: f64, block: &[usize], ray: &mut Ray) -> Point {
    for pattern in around(dense, &point) {
        let Some(x) = programme(dense, &point, &pattern, block, Hold::Edges) else { continue };
        let found = dense.point(x);
        if value(dense, &found, block, ray) >= reached - 1e-13 * reached.abs() {
            return found;
        }
    }
    point
}

/// What keeps a step from a saddle.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hold {
    /// Where the objective is not concave, it stays near.
    Near,
    /// It stays on the boundaries on which it begins.
    Edges,
}

/// The pieces that meet at a point.
fn around(dense: &Dense<'_>, point: &Point) -> Vec<Pattern> {
    let base = dense.pattern(point, vec![false; dense.n]);
    let tie = 1e-9 * dense.game.scale();
    let at_floor = |i: usize| (dense.alpha[i] + point.learned[i] - dense.cap[i]).abs() <= tie;
    let at_exit = |i: usize| {
        let threshold = point.out.threshold[dense.game.market[i] as usize];
        dense.rules_of(i).exit && (point.y[i] - threshold).abs() <= tie
    };
    let mut flips: Vec<(bool, usize)> = (0..dense.n).filter(|&i| at_floor(i)).map(|i| (true, i)).collect();
    flips.extend((0..dense.n).filter(|&i| at_exit(i)).map(|i| (false, i)));
    let with = |side: &dyn Fn(usize) -> bool| {
        let mut pattern = base.clone();
        for (k, &(floor, i)) in flips.iter().enumerate() {
            if floor { pattern.floored[i] = side(k) } else { pattern.sells[i] = side(k) }
        }
        pattern
    };
    if flips.len() <= TIES {
        return (0..1usize << flips.len()).map(|mask| with(&|k| mask & (1 << k) != 0)).collect();
    }
    let mut found = Vec::new();
    for most in [false, true] {
        found.push(with(&|_| most));
        found.extend((0..flips.len()).map(|other| with(&|k| (k == other) != most)));
    }
    found
}

/// The best R&D of the block on a piece, its boundary included, the others given.
fn programme(dense: &Dense<'_>, point: &Point, pattern: &Pattern, block: &[usize], hold: Hold) -> Option<Vec<f64>> {
    let b = block.len();
    let system = dense.system(pattern);
    let (m, right) = (&system.m, &system.right);
    let h = Matrix::from_fn(b, b, |i, j| (m[(block[i], block[j])] + m[(block[j], block[i])]) / 2.0);
    let own = dense.own[block[0]];
    // Where the objective is not concave, a step that stays near: away from saddles, until it meets a boundary.
    let near = match hold == Hold::Edges || is_positive_definite(&h, 1e-9 * own) {
        true => 0.0,
        false => 1e-3 * own - 1.5 * symmetric_eigen(&h).ok()?.values.last().copied()?,
    };
    let h = Matrix::from_fn(b, b, |i, j| h[(i, j)] + if i == j { near } else { 0.0 });
    let mut fixed = point.x.clone();
    block.iter().for_each(|&i| fixed[i] = 0.0);
    let others = m.times_vector(&fixed);
    let g: Vec<f64> = block.iter().map(|&i| right[i] - others[i] + near * point.x[i]).collect();
    let start: Vec<f64> = block.iter().map(|&i| point.x[i]).collect();
    let mut rows = rows(dense, pattern, &fixed, block);
    if hold == Hold::Edges {
        let tie = 1e-7 * dense.game.scale();
        rows.iter_mut().for_each(|row| row.equal = (row.b - row.times(&start)).abs() <= tie * row.size());
    }
    let found = minimise(&h, &g, &rows, &start)?;
    block.iter().zip(&found).for_each(|(&i, &x)| fixed[i] = if x < 1e-13 * dense.game.scale() { 0.0 } else { x });
    Some(fixed)
}

/// A linear function of the block's R&D.
#[derive(Clone)]
struct Level {
    a: Vec<f64>,
    at: f64,
}

/// What keeps the block on the piece.
fn rows(dense: &Dense<'_>, pattern: &Pattern, fixed: &[f64], block: &[usize]) -> Vec<Row> {
    let (n, b) = (dense.n, block.len());
    let learned = dense.s.times_vector(fixed);
    let raw = |k: usize| Level { a: block.iter().map(|&j| dense.s[(k, j)]).collect(), at: dense.alpha[k] + learned[k] };
    let level = |k: usize| match pattern.floored[k] {
        true => Level { a: vec![0.0; b], at: dense.cap[k] },
        false => raw(k),
    };
    let levels: Vec<Level> = (0..n).map(level).collect();
    let mut thresholds = vec![Level { a: vec![0.0; b], at: 0.0 }; dense.rules.len()];
    let mut sellers = vec![0; dense.rules.len()];
    for k in (0..n).filter(|&k| pattern.sells[k]) {
        let m = dense.game.market[k] as usize;
        thresholds[m].a.iter_mut().zip(&levels[k].a).for_each(|(sum, a)| *sum += a);
        thresholds[m].at += levels[k].at;
        sellers[m] += 1;
    }
    for (m, sum) in thresholds.iter_mut().enumerate() {
        let kappa = dense.rules[m].kappa(sellers[m]);
        sum.a.iter_mut().for_each(|a| *a *= kappa);
        sum.at *= kappa;
    }
    let mut found: Vec<Row> = Vec::new();
    let mut keep = |a: Vec<f64>, at: f64| {
        if a.iter().any(|&a| a.abs() > 1e-14) {
            found.push(Row::at_most(a, at));
        }
    };
    for (k, own) in levels.iter().enumerate().filter(|&(k, _)| dense.could_sell(k)) {
        let sign = |side: bool| if side { -1.0 } else { 1.0 };
        let Level { a, at } = raw(k);
        let s = sign(pattern.floored[k]);
        keep(a.iter().map(|a| s * a).collect(), s * (dense.cap[k] - at));
        let m = dense.game.market[k] as usize;
        if dense.rules[m].exit {
            let s = sign(pattern.sells[k]);
            let gap = own.a.iter().zip(&thresholds[m].a).map(|(a, t)| s * (a - t)).collect();
            keep(gap, s * (thresholds[m].at - own.at));
        }
    }
    let unit = |i: usize| (0..b).map(|j| if i == j { -1.0 } else { 0.0 }).collect::<Vec<f64>>();
    found.extend((0..b).map(|i| Row::at_most(unit(i), 0.0)));
    found
}
