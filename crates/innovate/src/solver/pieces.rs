//! The best programme of one decision maker over several firms' R&D, from piece to piece.
//!
//! Between exits, entries and cost floors the objective is quadratic, and on each piece a quadratic programme finds its
//! best point. At a boundary every piece that meets there is tried, since a best point may lie on an edge from which no
//! single firm's R&D leads up: two laboratories that together bring unit cost to 0 can only be exchanged for one another.

use super::dense::{Dense, Pattern, Point};
use super::quadratic::{Row, minimise};
use distretto_numerics::dense::is_positive_definite;
use distretto_numerics::{Matrix, symmetric_eigen};
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// Most firms at boundaries of which all combinations of sides are tried; of more, those that differ in one firm.
const TIES: usize = 4;
/// Largest game in which pieces are searched: a piece is a dense programme.
const FIRMS: usize = 120;
/// Most pieces after one another, and of blocks that are not small, where each has many neighbours.
const ROUNDS: usize = 400;
const SMALL: usize = 12;
const FEW: usize = 30;

/// What the objective of a block looks like on a piece, the others' R&D given.
struct Piece {
    /// Its negative Hessian, and its slope without R&D of the block.
    h: Matrix,
    g: Vec<f64>,
    /// What is added to the Hessian where it is not positive definite: with it a step stays near, away from saddles, until
    /// it meets a boundary. None where it could not be found.
    near: Option<f64>,
    /// What keeps the block on the piece.
    rows: Vec<Row>,
    /// Its best point where the objective is concave there, and so the same from everywhere.
    best: Option<Rc<Best>>,
    /// Where a climb from there ends.
    end: Option<Rc<Best>>,
}

/// A point, and the objective there.
struct Best {
    point: Point,
    value: f64,
}

/// A single climb of a block; none where the game is too large.
pub(super) fn climb(dense: &Dense<'_>, from: &Point, block: &[usize]) -> Option<Point> {
    Some(Pieces::new(dense, from, block)?.climb(from))
}

/// Climbs of one block while the others stay: pieces seen by one are known to the next.
pub(super) struct Pieces<'a> {
    dense: &'a Dense<'a>,
    block: &'a [usize],
    /// R&D of the others, and what is learned from it.
    fixed: Vec<f64>,
    learned: Vec<f64>,
    /// Weights of q², Q² and q in the objective.
    square: Vec<f64>,
    square_of_market: Vec<f64>,
    linear: Vec<f64>,
    known: FxHashMap<Sides, usize>,
    pieces: Vec<Piece>,
}

/// Who sells and whose cost is at the floor, as bits.
type Sides = (u128, u128);

impl<'a> Pieces<'a> {
    /// Whether a game is small enough.
    pub(super) fn fit(dense: &Dense<'_>) -> bool {
        dense.n <= FIRMS
    }

    /// None where the game is too large.
    pub(super) fn new(dense: &'a Dense<'a>, from: &Point, block: &'a [usize]) -> Option<Self> {
        if !Self::fit(dense) {
            return None;
        }
        let mut fixed = from.x.clone();
        block.iter().for_each(|&i| fixed[i] = 0.0);
        let learned = dense.s.times_vector(&fixed);
        let (game, leader) = (dense.game, block[0]);
        let square = (0..dense.n).map(|k| dense.aim.square(game, leader, k, dense.rules_of(k))).collect();
        let square_of_market = dense.rules.iter().map(|&rules| dense.aim.square_of_market(game, rules)).collect();
        let linear = (0..dense.n).map(|k| dense.aim.linear(game, k)).collect();
        let (known, pieces) = (FxHashMap::default(), Vec::new());
        Some(Self { dense, block, fixed, learned, square, square_of_market, linear, known, pieces })
    }

    /// Climbs from piece to piece until none that meets the point is better; the others' R&D must be as at the beginning.
    pub(super) fn climb(&mut self, from: &Point) -> Point {
        let point = self.dense.point(from.x.clone());
        let mut best = Rc::new(Best { value: self.worth(&point), point });
        let mut path: Vec<usize> = Vec::new();
        for _ in 0..if self.block.len() > SMALL { FEW } else { ROUNDS } {
            let mut next: Option<(Rc<Best>, Option<usize>)> = None;
            for pattern in around(self.dense, &best.point) {
                let piece = self.piece(&pattern);
                let Some(found) = self.top(piece, &best.point) else { continue };
                let least = next.as_ref().map_or(best.value, |(next, _)| next.value);
                if found.value > least + 1e-14 * least.abs() {
                    next = Some((found, self.pieces[piece].best.is_some().then_some(piece)));
                }
            }
            let Some((found, piece)) = next else { break };
            best = found;
            if let Some(end) = piece.and_then(|piece| self.pieces[piece].end.clone()) {
                path.iter().for_each(|&piece| self.pieces[piece].end = Some(Rc::clone(&end)));
                return end.point.clone();
            }
            path.extend(piece);
        }
        let end = self.polish(best);
        path.iter().for_each(|&piece| self.pieces[piece].end = Some(Rc::clone(&end)));
        end.point.clone()
    }

    /// The point itself to the last digits: steps that stay near come to it ever more slowly, but what holds it is known by
    /// then, and on that the objective is concave.
    fn polish(&mut self, best: Rc<Best>) -> Rc<Best> {
        let tie = 1e-7 * self.dense.game.scale();
        for pattern in around(self.dense, &best.point) {
            let piece = self.piece(&pattern);
            let start = self.of_block(&best.point.x);
            let Piece { h, g, rows, .. } = &self.pieces[piece];
            let mut rows = rows.clone();
            rows.iter_mut().for_each(|row| row.equal = (row.b - row.times(&start)).abs() <= tie * row.size());
            let Some(found) = minimise(h, g, &rows, &start).map(|x| self.reached(&x)) else { continue };
            if found.value >= best.value - 1e-13 * best.value.abs() {
                return Rc::new(found);
            }
        }
        best
    }

    /// The best point of a piece; where the objective is not concave, a better one near a point of it.
    fn top(&mut self, piece: usize, from: &Point) -> Option<Rc<Best>> {
        if let Some(best) = &self.pieces[piece].best {
            return Some(Rc::clone(best));
        }
        let start = self.of_block(&from.x);
        let Piece { h, g, near, rows, .. } = &self.pieces[piece];
        let near = (*near)?;
        let found = if near == 0.0 {
            minimise(h, g, rows, &start)?
        } else {
            let b = start.len();
            let held = Matrix::from_fn(b, b, |i, j| h[(i, j)] + if i == j { near } else { 0.0 });
            let g: Vec<f64> = g.iter().zip(&start).map(|(g, x)| g + near * x).collect();
            minimise(&held, &g, rows, &start)?
        };
        let found = Rc::new(self.reached(&found));
        if near == 0.0 {
            self.pieces[piece].best = Some(Rc::clone(&found));
        }
        Some(found)
    }

    fn of_block(&self, x: &[f64]) -> Vec<f64> {
        self.block.iter().map(|&i| x[i]).collect()
    }

    /// Where R&D of the block leads.
    fn reached(&self, of_block: &[f64]) -> Best {
        let mut x = self.fixed.clone();
        let none = 1e-13 * self.dense.game.scale();
        self.block.iter().zip(of_block).for_each(|(&i, &found)| x[i] = if found < none { 0.0 } else { found });
        let point = self.dense.point(x);
        Best { value: self.worth(&point), point }
    }

    /// The objective.
    pub(super) fn worth(&self, point: &Point) -> f64 {
        let dense = self.dense;
        let mut sums = vec![0.0; dense.rules.len()];
        let mut worth = 0.0;
        for k in 0..dense.n {
            let q = point.out.q[k];
            sums[dense.game.market[k] as usize] += q;
            worth += (self.square[k] * q + self.linear[k]) * q;
        }
        worth += sums.iter().zip(&self.square_of_market).map(|(sum, weight)| weight * sum * sum).sum::<f64>();
        let spent = |i: usize| (dense.own[i] * point.x[i] / 2.0 - dense.unit[i]) * point.x[i];
        worth - self.block.iter().map(|&i| spent(i)).sum::<f64>()
    }

    fn piece(&mut self, pattern: &Pattern) -> usize {
        let bits = |of: &[bool]| of.iter().rev().fold(0, |bits: u128, &side| bits << 1 | u128::from(side));
        let sides = (bits(&pattern.sells), bits(&pattern.floored));
        if let Some(&known) = self.known.get(&sides) {
            return known;
        }
        self.pieces.push(self.seen(pattern));
        self.known.insert(sides, self.pieces.len() - 1);
        self.pieces.len() - 1
    }

    fn seen(&self, pattern: &Pattern) -> Piece {
        let (dense, b) = (self.dense, self.block.len());
        let markets = dense.rules.len();
        let of = |k: usize| dense.game.market[k] as usize;
        let sellers: Vec<usize> = (0..dense.n).filter(|&k| pattern.sells[k]).collect();
        let mut counts = vec![0; markets];
        sellers.iter().for_each(|&k| counts[of(k)] += 1);
        let kappa: Vec<f64> = (0..markets).map(|m| dense.rules[m].kappa(counts[m])).collect();
        // Outputs that follow from a level of y by firm.
        let outputs = |level: &dyn Fn(usize) -> f64, q: &mut Vec<f64>, total: &mut Vec<f64>| {
            let mut sums = vec![0.0; markets];
            q.clear();
            q.extend(sellers.iter().map(|&k| level(k)));
            sellers.iter().zip(q.iter()).for_each(|(&k, y)| sums[of(k)] += y);
            total.clear();
            total.resize(markets, 0.0);
            for (&k, q) in sellers.iter().zip(q.iter_mut()) {
                *q = (*q - kappa[of(k)] * sums[of(k)]) / dense.rules[of(k)].own;
                total[of(k)] += *q;
            }
        };
        let (mut q, mut total) = (Vec::new(), Vec::new());
        let given = |k: usize| if pattern.floored[k] { dense.cap[k] } else { dense.alpha[k] + self.learned[k] };
        outputs(&given, &mut q, &mut total);
        // By member of the block how outputs move, and by market their sum.
        let mut moves: Vec<(Vec<f64>, Vec<f64>)> = Vec::with_capacity(b);
        for &j in self.block {
            let column = dense.s.column(j);
            let (mut d, mut sum) = (Vec::with_capacity(sellers.len()), Vec::new());
            outputs(&|k| if pattern.floored[k] { 0.0 } else { column[k] }, &mut d, &mut sum);
            moves.push((d, sum));
        }
        let twice: Vec<f64> = sellers.iter().map(|&k| 2.0 * self.square[k]).collect();
        let market: Vec<f64> = self.square_of_market.iter().map(|weight| 2.0 * weight).collect();
        let product = |weights: &[f64], a: &[f64], b: &[f64]| -> f64 {
            weights.iter().zip(a).zip(b).map(|((weight, a), b)| weight * a * b).sum()
        };
        let linear: Vec<f64> = sellers.iter().map(|&k| self.linear[k]).collect();
        let slope = |(d, sum): &(Vec<f64>, Vec<f64>), j: usize| {
            let paid: f64 = linear.iter().zip(d).map(|(weight, d)| weight * d).sum();
            product(&twice, d, &q) + product(&market, sum, &total) + paid + dense.unit[j]
        };
        let g: Vec<f64> = moves.iter().zip(self.block).map(|(moved, &j)| slope(moved, j)).collect();
        let mut h = Matrix::zeros(b, b);
        for i in 0..b {
            for j in 0..=i {
                let bent = product(&twice, &moves[i].0, &moves[j].0) + product(&market, &moves[i].1, &moves[j].1);
                let own = if i == j { dense.own[self.block[i]] } else { 0.0 };
                (h[(i, j)], h[(j, i)]) = (own - bent, own - bent);
            }
        }
        let own = dense.own[self.block[0]];
        let near = match is_positive_definite(&h, 1e-9 * own) {
            true => Some(0.0),
            false => symmetric_eigen(&h).ok().and_then(|eigen| Some(1e-3 * own - 1.5 * eigen.values.last()?)),
        };
        let rows = rows(dense, pattern, &self.learned, self.block);
        Piece { h, g, near, rows, best: None, end: None }
    }
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

/// A linear function of the block's R&D.
#[derive(Clone)]
struct Level {
    a: Vec<f64>,
    at: f64,
}

/// What keeps the block on the piece.
fn rows(dense: &Dense<'_>, pattern: &Pattern, learned: &[f64], block: &[usize]) -> Vec<Row> {
    let (n, b) = (dense.n, block.len());
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
