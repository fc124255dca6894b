//! Two stages where reductions are not linear in R&D: spillovers in money (Kamien, Muller and Zang 1992) and endogenous
//! absorptive capacity (Kamien and Zang 2000).
//!
//! With J = ∂X/∂x in the place of S the first-order conditions are those of the linear game, and a damped Newton
//! method with x >= 0 solves them.

use super::aim::Aim;
use super::certificate::{Certificate, Certify, Stability, stability_of};
use super::dense::{Dense, Pattern, Point};
use super::{Equilibrium, Note, Other, Parts, SolveOptions};
use crate::account::Account;
use crate::error::GameError;
use crate::game::{Form, Game};
use crate::stage::outputs;
use distretto_numerics::{Key, Lu, Matrix, Stream, symmetric_eigen};

/// A gain below this, relative to the mean objective, needs no better resting point.
const ENOUGH: f64 = 1e-10;
/// Most points from which replies are tried where first-order conditions led astray.
const AGAIN: usize = 6;
/// Two solutions further apart than this, relative to the largest R&D, are two.
const DISTINCT: f64 = 1e-6;
/// Most firms that are tried without R&D.
const IDLE: usize = 20;
/// Trial points of a scan of one firm's deviations, before the best is refined.
const TRIALS: usize = 64;

/// Largest block of laboratories whose joint programmes are searched.
const JOINT: usize = 60;
/// Sweeps of such a search, and of one from each laboratory alone in blocks up to so many.
const SWEEPS: usize = 30;
const FEW: usize = 12;
/// What a joint programme must gain, relative to the mean objective, to be another.
const CLIMBED: f64 = 1e-8;
/// Rounds of best joint programmes.
const PROGRAMMES: usize = 8;
/// A firm this near to the threshold, relative to prices, stands at it: replies rest no closer.
const NEAR: f64 = 1e-6;

struct Smooth<'g> {
    dense: Dense<'g>,
    /// S of the regime; `dense.s` holds J of the point that is looked at.
    s: Matrix,
    /// What public research gives: money in the input form, a reduction otherwise.
    given: Vec<f64>,
}

/// First-order conditions at a point.
struct Look {
    point: Point,
    /// Marginal objectives.
    slope: Vec<f64>,
}

/// Solves the game.
pub(super) fn solve(game: &Game, options: &SolveOptions) -> Result<Equilibrium, GameError> {
    let mut smooth = Smooth::new(game);
    let only_total = game.form == Form::Input && smooth.only_total();
    let start = smooth.start();
    let (mut x, iterations, mut settled) = smooth.newton(start.clone())?;
    if !settled {
        (x, settled) = smooth.slowly(start)?;
    }
    if only_total {
        x = smooth.equal_split(x);
    }
    if options.certify != Certify::Off {
        // First-order conditions hold at saddles too, and at floors they do not: replies from here, then from elsewhere.
        let mut known = smooth.gain(&x);
        for from in 0..AGAIN {
            if known <= ENOUGH * smooth.worth(&x) {
                break;
            }
            let begin = if from == 0 { x.clone() } else { smooth.elsewhere(from, options.seed) };
            let (other, rests) = smooth.slowly(begin)?;
            let other = if only_total { smooth.equal_split(other) } else { other };
            let gain = smooth.gain(&other);
            if gain < known {
                (x, settled, known) = (other, rests, gain);
            }
        }
    }
    if options.certify != Certify::Off {
        let better = smooth.programmes(x.clone(), options.seed);
        if let Some(other) = better {
            let (polished, rests) = smooth.slowly(other)?;
            x = if only_total { smooth.equal_split(polished) } else { polished };
            settled = rests;
        }
    }
    let mut others = if options.joint { smooth.idle(&x)? } else { Vec::new() };
    for start in 1..game.solver.starts {
        let (other, rests) = smooth.slowly(smooth.elsewhere(start, options.seed))?;
        let other = if only_total { smooth.equal_split(other) } else { other };
        let far = |a: &[f64]| {
            let top = a.iter().chain(&other).fold(1e-9 * game.scale(), |top, &x| f64::max(top, x));
            a.iter().zip(&other).any(|(a, b)| (a - b).abs() > DISTINCT * top)
        };
        if rests && far(&x) && others.iter().all(|(_, known)| far(known)) {
            let name = if start == 1 { "joint".to_owned() } else { format!("random-{}", start - 1) };
            others.push((name, other));
        }
    }
    let mut equilibrium = smooth.package(x, iterations, settled, only_total, options)?;
    if !others.is_empty() {
        let first = ("zero".to_owned(), &equilibrium);
        let mut listed = vec![other(first)];
        for (start, x) in others {
            // Another point is an equilibrium only with a certificate of its own.
            let found = Smooth::new(game).package(
                x,
                0,
                true,
                only_total,
                &SolveOptions { stability: Stability::Off, ..*options },
            )?;
            if found.certified {
                listed.push(other((start, &found)));
            }
        }
        if listed.len() > 1 {
            equilibrium.notes.push(Note::NotUnique);
            equilibrium.equilibria = listed;
        }
    }
    Ok(equilibrium)
}

fn other((start, found): (String, &Equilibrium)) -> Other {
    Other {
        start,
        rd_total: found.account.rd_total(),
        output_total: found.account.output_total(),
        welfare: found.account.welfare,
        deviation_gain: found.certificate.deviation_gain,
        certified: found.certified,
    }
}

impl<'g> Smooth<'g> {
    fn new(game: &'g Game) -> Self {
        let mut dense = Dense::new(game);
        let given: Vec<f64> = (0..game.len()).map(|i| game.received(i)).collect();
        if game.form == Form::Input {
            // Public money works through z, not beside it.
            dense.alpha.iter_mut().zip(&given).for_each(|(alpha, given)| *alpha -= given);
        }
        let s = dense.s.clone();
        Self { dense, s, given }
    }

    fn n(&self) -> usize {
        self.dense.n
    }

    /// Whether a block has S = 1 inside, so that only its total of money is determined.
    fn only_total(&self) -> bool {
        let n = self.n();
        let twin = |i: usize, j: usize| self.s[(i, j)] == 1.0 && self.s[(j, i)] == 1.0;
        n > 1 && (0..n).any(|i| (0..i).any(|j| twin(i, j) && (0..n).all(|k| self.s[(k, i)] == self.s[(k, j)])))
    }

    /// Own reductions by R&D, without what public research gives beside it.
    fn learned(&self, x: &[f64]) -> Vec<f64> {
        let game = self.dense.game;
        match (&game.narrowness, game.form) {
            (Some(delta), _) => {
                let spread: Vec<f64> =
                    x.iter().zip(delta).map(|(&x, &delta)| (1.0 - delta) * power(x, 1.0 - delta)).collect();
                let others = self.s.times_vector(&spread);
                let reduction = |i: usize| x[i] + (1.0 - delta[i]) * power(x[i], delta[i]) * (others[i] - spread[i]);
                (0..self.n()).map(reduction).collect()
            }
            (None, _) => {
                let money = self.s.times_vector(x);
                let z = |i: usize| (2.0 * (money[i] + self.given[i]).max(0.0) / game.rd_cost[i]).sqrt();
                (0..self.n()).map(z).collect()
            }
        }
    }

    /// ∂X/∂x.
    fn jacobian(&self, x: &[f64], learned: &[f64]) -> Matrix {
        let game = self.dense.game;
        let n = self.n();
        match &game.narrowness {
            Some(delta) => {
                let spread: Vec<f64> =
                    x.iter().zip(delta).map(|(&x, &delta)| (1.0 - delta) * power(x, 1.0 - delta)).collect();
                let others = self.s.times_vector(&spread);
                Matrix::from_fn(n, n, |l, i| {
                    let keep = 1.0 - delta[l];
                    if l == i {
                        let steep =
                            if delta[l] == 0.0 { 0.0 } else { delta[l] * x[l].max(1e-300).powf(delta[l] - 1.0) };
                        1.0 + keep * steep * (others[l] - spread[l])
                    } else {
                        let open = 1.0 - delta[i];
                        let steep = open * open * if delta[i] == 0.0 { 1.0 } else { x[i].max(1e-300).powf(-delta[i]) };
                        keep * power(x[l], delta[l]) * self.s[(l, i)] * if open == 0.0 { 0.0 } else { steep }
                    }
                })
            }
            None => Matrix::from_fn(n, n, |l, i| {
                if learned[l] > 0.0 { self.s[(l, i)] / (game.rd_cost[l] * learned[l]) } else { self.s[(l, i)] * 1e150 }
            }),
        }
    }

    fn point(&self, x: Vec<f64>) -> Point {
        let learned = self.learned(&x);
        let y: Vec<f64> = (0..self.n()).map(|i| (self.dense.alpha[i] + learned[i]).min(self.dense.cap[i])).collect();
        let out = outputs(self.dense.game, &self.dense.rules, &y);
        Point { x, learned, y, out }
    }

    /// Marginal cost of R&D to the firm itself.
    fn price(&self, i: usize, x: f64) -> f64 {
        let game = self.dense.game;
        match game.form {
            Form::Output => self.dense.own[i] * x - self.dense.unit[i],
            Form::Input => 1.0 - game.rd_rate(i) - game.rd_unit(i),
        }
    }

    fn cost(&self, i: usize, x: f64) -> f64 {
        match self.dense.game.form {
            Form::Output => self.dense.own[i] * x * x / 2.0 - self.dense.unit[i] * x,
            Form::Input => self.price(i, x) * x,
        }
    }

    fn look(&mut self, x: &[f64]) -> Look {
        let point = self.point(x.to_vec());
        self.dense.s = self.jacobian(x, &point.learned);
        let pattern = self.dense.pattern(&point, vec![false; self.n()]);
        let d = self.dense.response(&pattern);
        let linear: Vec<f64> = (0..self.n()).map(|k| self.dense.aim.linear(self.dense.game, k)).collect();
        let mut slope = d.transpose_times_vector(&linear);
        match self.dense.weights(&d) {
            Some(e) => {
                let inner = e.transpose_times_vector(&point.out.q);
                slope.iter_mut().zip(&inner).for_each(|(slope, inner)| *slope += 2.0 * inner);
            }
            None => {
                for (i, slope) in slope.iter_mut().enumerate() {
                    *slope += 2.0 * self.dense.rules_of(i).margin * d[(i, i)] * point.out.q[i];
                }
            }
        }
        (0..self.n()).for_each(|i| slope[i] -= self.price(i, x[i]));
        Look { point, slope }
    }

    /// −∂(marginal objectives)/∂x by central differences; where a profit is bent, by differences on the upper side.
    fn curvature(&mut self, x: &[f64], bent: &[bool]) -> Matrix {
        let n = self.n();
        let top = x.iter().fold(0.0f64, |top, &x| top.max(x)).max(1e-6 * self.dense.game.scale());
        let mut m = Matrix::zeros(n, n);
        for j in 0..n {
            let step = 1e-5 * x[j].max(1e-3 * top);
            let mut at = x.to_vec();
            at[j] = x[j] + step;
            let mut up = self.look(&at).slope;
            let (down, width) = if bent[j] {
                at[j] = x[j] + 2.0 * step;
                (std::mem::replace(&mut up, self.look(&at).slope), step)
            } else if x[j] >= step {
                at[j] = x[j] - step;
                (self.look(&at).slope, 2.0 * step)
            } else {
                (self.look(x).slope, step)
            };
            for i in 0..n {
                m[(i, j)] = -(up[i] - down[i]) / width;
            }
        }
        m
    }

    /// Firms just at the threshold of their market, where it is left.
    fn at_threshold(&self, point: &Point) -> Vec<bool> {
        let slack = NEAR * self.dense.game.scale();
        let threshold = |i: usize| point.out.threshold[self.dense.game.market[i] as usize];
        (0..self.n()).map(|i| self.dense.rules_of(i).exit && (point.y[i] - threshold(i)).abs() <= slack).collect()
    }

    /// Laboratories at whose R&D the objective has a kink downward: the two one-sided slopes differ by as much over a tenth
    /// of a step as over the step.
    fn bent(&self, x: &[f64], point: &Point) -> Vec<bool> {
        let tied = self.at_threshold(point);
        let markets = &self.dense.game.market;
        let here = |i: usize| (0..self.n()).any(|k| tied[k] && markets[k] == markets[i] && self.s[(k, i)] != 1.0);
        let jump = |i: usize, step: f64| {
            let at = |by: f64| {
                let mut x = x.to_vec();
                x[i] += by;
                self.value(i, &x)
            };
            (2.0 * at(0.0) - at(step) - at(-step)) / step
        };
        let top = x.iter().fold(0.0f64, |top, &x| top.max(x));
        let kink = |i: usize| {
            let step = 1e-2 * x[i];
            let (wide, close) = (jump(i, step), jump(i, step / 10.0));
            close > 0.5 * wide && wide > 0.0
        };
        (0..self.n()).map(|i| x[i] > 1e-3 * top && !tied[i] && here(i) && kink(i)).collect()
    }

    /// How many firms are held at zero output, and whether several decision makers hold one.
    fn kinked(&self, point: &Point, bent: &[bool]) -> (usize, bool) {
        let tied = self.at_threshold(point);
        let (mut count, mut several) = (0, false);
        for m in 0..self.dense.rules.len() {
            let members = || self.dense.game.members(m).iter().map(|&i| i as usize);
            let mut makers: Vec<usize> =
                members().filter(|&i| bent[i]).map(|i| self.dense.aim.block(i, self.n())[0]).collect();
            makers.sort_unstable();
            makers.dedup();
            if !makers.is_empty() {
                count += members().filter(|&i| tied[i]).count();
                several |= makers.len() > 1;
            }
        }
        (count, several)
    }

    /// The symmetric closed form of the mean firm.
    fn start(&self) -> Vec<f64> {
        let game = self.dense.game;
        let n = self.n();
        let mean = |values: &dyn Fn(usize) -> f64| (0..n).map(values).sum::<f64>() / n as f64;
        let gap = mean(&|i| (game.intercept[i] - game.cost[i] + game.output_subsidy(i)).max(0.0));
        let rd_cost = mean(&|i| game.own_rd_cost(i));
        let beta =
            if n < 2 { 0.0 } else { (mean(&|i| (0..n).map(|j| self.s[(i, j)]).sum::<f64>()) - 1.0) / (n as f64 - 1.0) };
        let (size, th) = (n as f64, 1.0 + (n as f64 - 1.0) * beta);
        let f = match self.dense.aim {
            Aim::Own | Aim::Weighted(_) => size - (size - 1.0) * beta,
            _ => th,
        };
        let g = game.slope * rd_cost * (size + 1.0) * (size + 1.0);
        let z = 2.0 * gap.max(0.1) * f / (g - 2.0 * f).max(0.2 * g);
        let each = match game.form {
            Form::Output => z,
            Form::Input => game.rd_cost.iter().sum::<f64>() / size * z * z / (2.0 * th),
        };
        vec![each; n]
    }

    /// Firms whose R&D is free to move: above 0, or wanting to be.
    fn free(x: &[f64], slope: &[f64]) -> Vec<usize> {
        (0..x.len()).filter(|&i| x[i] > 0.0 || slope[i] > 0.0).collect()
    }

    fn merit(x: &[f64], slope: &[f64]) -> f64 {
        Self::free(x, slope).iter().map(|&i| slope[i] * slope[i]).sum::<f64>().sqrt()
    }

    fn newton(&mut self, mut x: Vec<f64>) -> Result<(Vec<f64>, usize, bool), GameError> {
        let limit = self.dense.game.solver.max_iterations.min(200);
        let scale = match self.dense.game.form {
            Form::Input => 1.0,
            Form::Output => self.dense.game.scale(),
        };
        let mut look = self.look(&x);
        for iterations in 0..limit {
            let merit = Self::merit(&x, &look.slope);
            if merit <= 1e-13 * scale * (self.n() as f64).sqrt() {
                return Ok((x, iterations, true));
            }
            let m = self.curvature(&x, &vec![false; self.n()]);
            let free = Self::free(&x, &look.slope);
            // A little on the diagonal keeps directions without curvature, where only a total is determined, still.
            let lift = 1e-9 * free.iter().map(|&i| m[(i, i)].abs()).fold(0.0, f64::max);
            let inner =
                Matrix::from_fn(free.len(), free.len(), |i, j| m[(free[i], free[j])] + if i == j { lift } else { 0.0 });
            let target: Vec<f64> = free.iter().map(|&i| look.slope[i]).collect();
            let Ok(lu) = Lu::new(&inner) else { return Ok((x, iterations, false)) };
            let step = lu.solve(&target);
            let mut size = 1.0;
            let mut next = None;
            for _ in 0..40 {
                let mut trial = x.clone();
                free.iter().zip(&step).for_each(|(&i, step)| trial[i] = (x[i] + size * step).max(0.0));
                let seen = self.look(&trial);
                let reached = Self::merit(&trial, &seen.slope);
                if reached.is_finite() && reached < merit * (1.0 - 1e-4 * size) {
                    next = Some((trial, seen));
                    break;
                }
                size /= 2.0;
            }
            match next {
                Some((trial, seen)) => (x, look) = (trial, seen),
                // Nothing better within rounding.
                None => return Ok((x, iterations, merit <= 1e-9 * scale)),
            }
        }
        let residual = Self::merit(&x, &look.slope);
        Ok((x, limit, residual <= 1e-9 * scale))
    }

    /// What the decision maker of i gains at x, in the parts that x_i changes.
    fn value(&self, i: usize, x: &[f64]) -> f64 {
        let point = self.point(x.to_vec());
        let dense = &self.dense;
        let mut sums = vec![0.0; dense.rules.len()];
        let mut value = -self.cost(i, x[i]);
        for k in 0..dense.n {
            let q = point.out.q[k];
            sums[dense.game.market[k] as usize] += q;
            value +=
                dense.aim.square(dense.game, i, k, dense.rules_of(k)) * q * q + dense.aim.linear(dense.game, k) * q;
        }
        let market = |m: usize| dense.aim.square_of_market(dense.game, dense.rules[m]) * sums[m] * sums[m];
        value + (0..sums.len()).map(market).sum::<f64>()
    }

    /// The best R&D of firm i, the others given: a scan, then golden sections around its best.
    fn best(&self, i: usize, x: &[f64]) -> (f64, f64) {
        let game = self.dense.game;
        let cost = game.cost[i];
        let top = match game.form {
            Form::Output => cost.max(2.0 * x[i]),
            Form::Input => (game.rd_cost[i] * cost * cost / 2.0).max(2.0 * x[i]),
        };
        let mut trial = x.to_vec();
        let mut at = |t: f64| {
            trial[i] = t;
            self.value(i, &trial)
        };
        let place = |k: usize| top * (k as f64 / TRIALS as f64).powi(2);
        let values: Vec<f64> = (0..=TRIALS).map(|k| at(place(k))).collect();
        let k = (0..=TRIALS).max_by(|&a, &b| values[a].total_cmp(&values[b])).unwrap_or(0);
        let (mut low, mut high) = (place(k.saturating_sub(1)), place((k + 1).min(TRIALS)));
        let golden = (5.0f64.sqrt() - 1.0) / 2.0;
        let (mut a, mut b) = (high - golden * (high - low), low + golden * (high - low));
        let (mut of_a, mut of_b) = (at(a), at(b));
        for _ in 0..80 {
            if of_a >= of_b {
                (high, b, of_b) = (b, a, of_a);
                a = high - golden * (high - low);
                of_a = at(a);
            } else {
                (low, a, of_a) = (a, b, of_b);
                b = low + golden * (high - low);
                of_b = at(b);
            }
        }
        let found = [(place(k), values[k]), (a, of_a), (b, of_b)];
        let best = found.into_iter().max_by(|a, b| a.1.total_cmp(&b.1)).expect("three");
        // Next to nothing is nothing.
        let rounding = 1e-15 * (best.1.abs() + values[0].abs());
        if best.0 <= 1e-6 * top && values[0] >= best.1 - rounding { (0.0, values[0]) } else { best }
    }

    /// Another point to begin at: everybody at what would bring unit cost to 0 alone, then at random below.
    fn elsewhere(&self, start: usize, seed: u64) -> Vec<f64> {
        let game = self.dense.game;
        let mut stream = Stream::new(Key::new(seed, "innovate starts"), 1, start as u64);
        let top = |i: usize| match game.form {
            Form::Output => game.cost[i],
            Form::Input => game.rd_cost[i] * game.cost[i] * game.cost[i] / 2.0,
        };
        let share = |stream: &mut Stream| if start == 1 { 0.5 } else { stream.uniform().powi(3) };
        (0..self.n()).map(|i| share(&mut stream) * top(i)).collect()
    }

    /// Best replies are slower and surer; Newton then polishes, where it does not lead away.
    fn slowly(&mut self, from: Vec<f64>) -> Result<(Vec<f64>, bool), GameError> {
        let (near, rests) = self.replies(from);
        let (x, _, settled) = self.newton(near.clone())?;
        let better = settled && self.gain(&x) <= self.gain(&near).max(1e-13 * self.worth(&near));
        Ok(if better { (x, true) } else { (near, rests) })
    }

    /// What the best change of one firm's R&D adds to its decision maker's objective.
    fn gain(&self, x: &[f64]) -> f64 {
        (0..self.n()).map(|i| self.best(i, x).1 - self.value(i, x)).fold(0.0, f64::max)
    }

    /// What gains are compared with: the mean objective.
    fn worth(&self, x: &[f64]) -> f64 {
        let all: f64 = (0..self.n()).map(|i| self.value(i, x).abs()).sum();
        (all / self.n() as f64).max(f64::MIN_POSITIVE)
    }

    /// What a block of laboratories gains, in the parts that they change.
    fn worth_of(&self, block: &[usize], x: &[f64]) -> f64 {
        let first = block[0];
        self.value(first, x) + self.cost(first, x[first]) - block.iter().map(|&k| self.cost(k, x[k])).sum::<f64>()
    }

    /// The best joint programme of a block, and what it gains: from nothing, from here, from each laboratory alone and at
    /// random, one laboratory after another.
    fn joint(&self, block: &[usize], x: &[f64], seed: u64) -> (Vec<f64>, f64) {
        let begin = self.worth_of(block, x);
        let elsewhere: Vec<Vec<f64>> = (1..4).map(|start| self.elsewhere(start, seed)).collect();
        let with = |of: &dyn Fn(usize) -> f64| {
            let mut at = x.to_vec();
            block.iter().for_each(|&i| at[i] = of(i));
            at
        };
        let mut starts = vec![with(&|_| 0.0), x.to_vec()];
        starts.extend(elsewhere.iter().map(|from| with(&|i| from[i])));
        if block.len() <= FEW {
            starts.extend(block.iter().map(|&lead| with(&|i| if i == lead { 2.0 * elsewhere[0][i] } else { 0.0 })));
        }
        let mut best = (x.to_vec(), begin);
        for mut at in starts {
            let mut reached = f64::NEG_INFINITY;
            for _ in 0..SWEEPS {
                for &i in block {
                    at[i] = self.best(i, &at).0;
                }
                let now = self.worth_of(block, &at);
                if now <= reached + ENOUGH * reached.abs() {
                    break;
                }
                reached = now;
            }
            if reached > best.1 {
                best = (at, reached);
            }
        }
        let gain = best.1 - begin;
        (best.0, gain)
    }

    /// Blocks of several laboratories that are searched jointly.
    fn blocks(&self) -> Vec<Vec<usize>> {
        let leaders = self.dense.aim.leaders(self.n()).into_iter();
        let blocks = leaders.map(|leader| self.dense.aim.block(leader, self.n()));
        blocks.filter(|block| (2..=JOINT).contains(&block.len())).collect()
    }

    /// What the best joint programme of a block gains.
    fn joint_gain(&self, x: &[f64], seed: u64) -> f64 {
        self.blocks().iter().map(|block| self.joint(block, x, seed).1).fold(0.0, f64::max)
    }

    /// Where the best joint programmes of blocks, one after another, lead; none where they gain nothing here.
    fn programmes(&self, mut x: Vec<f64>, seed: u64) -> Option<Vec<f64>> {
        let blocks = self.blocks();
        let mut moved = false;
        for _ in 0..PROGRAMMES {
            let mut still = true;
            for block in &blocks {
                let (found, gain) = self.joint(block, &x, seed);
                // Coordinates climb no closer.
                if gain > CLIMBED * self.worth(&x) {
                    (x, still, moved) = (found, false, true);
                }
            }
            if still {
                break;
            }
        }
        moved.then_some(x)
    }

    fn replies(&self, mut x: Vec<f64>) -> (Vec<f64>, bool) {
        for _ in 0..200 {
            let mut moved = 0.0f64;
            for i in 0..self.n() {
                let (t, _) = self.best(i, &x);
                moved = moved.max((t - x[i]).abs());
                x[i] = t;
            }
            if moved <= 1e-7 * self.dense.game.scale() {
                return (x, true);
            }
        }
        (x, false)
    }

    /// Solutions in which a firm does nothing: with δ above 1/2 the first unit of R&D leaks more than it teaches (its
    /// marginal profit tends to −∞), so that R&D of 0 may be a second best reply. One firm of each kind is tried.
    fn idle(&mut self, known: &[f64]) -> Result<Vec<(String, Vec<f64>)>, GameError> {
        let game = self.dense.game;
        let Some(delta) = &game.narrowness else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        let mut tried: Vec<usize> = Vec::new();
        for i in (0..self.n()).filter(|&i| delta[i] > 0.5 && known[i] > 0.0) {
            if tried.len() >= IDLE || tried.iter().any(|&k| game.exchangeable(k, i)) {
                continue;
            }
            tried.push(i);
            let mut start = known.to_vec();
            start[i] = 0.0;
            let (x, _, settled) = self.newton(start)?;
            if settled && x[i] == 0.0 && self.best(i, &x).0 == 0.0 {
                found.push((format!("idle-{}", game.names[i]), x));
            }
        }
        Ok(found)
    }

    /// The mean over firms that could change places: of R&D of which only the total is determined, the equal split.
    fn equal_split(&self, mut x: Vec<f64>) -> Vec<f64> {
        let n = self.n();
        let coalition = self.dense.game.coalition_of();
        let mut done = vec![false; n];
        for i in 0..n {
            if done[i] {
                continue;
            }
            let alike = |&j: &usize| j == i || (coalition[i] == coalition[j] && self.dense.game.exchangeable(i, j));
            let group: Vec<usize> = (i..n).filter(alike).collect();
            let mean = group.iter().map(|&j| x[j]).sum::<f64>() / group.len() as f64;
            group.iter().for_each(|&j| (x[j], done[j]) = (mean, true));
        }
        x
    }

    fn package(
        mut self,
        x: Vec<f64>,
        iterations: usize,
        settled: bool,
        only_total: bool,
        options: &SolveOptions,
    ) -> Result<Equilibrium, GameError> {
        let game = self.dense.game;
        let n = self.n();
        let Look { point, slope } = self.look(&x);
        if let Some(i) = (0..n).find(|&i| !self.dense.rules_of(i).exit && point.out.q[i] <= 0.0) {
            return Err(GameError::Interior { firm: game.names[i].clone(), output: point.out.q[i] });
        }
        let bent = self.bent(&x, &point);
        let m = self.curvature(&x, &bent);
        let pattern = self.dense.pattern(&point, x.iter().map(|&x| x <= 0.0).collect());
        let margin = self.margin(&m, &pattern, only_total)?;
        let mut gains = vec![0.0; n];
        let mut residual = 0.0f64;
        for i in (0..n).filter(|&i| x[i] > 0.0 || slope[i] > 0.0) {
            residual = residual.max(slope[i].abs());
            if m[(i, i)] > 0.0 {
                gains[i] = slope[i] * slope[i] / (2.0 * m[(i, i)]);
            }
        }
        let mut deviation = 0.0f64;
        if options.certify != Certify::Off {
            for (i, local) in gains.iter_mut().enumerate() {
                let gain = (self.best(i, &x).1 - self.value(i, &x)).max(0.0);
                // At a kink the scan tells what a step gains, not the slope.
                *local = local.min(gain);
                deviation = deviation.max(gain);
            }
            let joint = self.joint_gain(&x, options.seed);
            if joint > CLIMBED * self.worth(&x) {
                deviation = deviation.max(joint);
            }
        }
        let (kinked, several) = self.kinked(&point, &bent);
        let active: Vec<usize> = (0..n).filter(|&i| point.out.q[i] > 0.0).collect();
        let mut notes = Vec::new();
        if only_total {
            notes.push(Note::OnlyTotal);
        }
        if several {
            notes.push(Note::NotUnique);
        }
        let stability = if self.dense.aim.is_one() || kinked > 0 {
            notes.push(Note::NoStability);
            (f64::NAN, f64::NAN)
        } else {
            // Directions that change no total neither grow nor shrink; differences do not see that exactly.
            let (margin, bound) = stability_of(&m, &active, options.stability);
            if margin.abs() < 1e-6 { (0.0, bound) } else { (margin, bound) }
        };
        let certificate = Certificate {
            deviation_gain: deviation,
            local_gain: gains.iter().fold(0.0, |largest, &gain| f64::max(largest, gain)),
            local_gains: gains,
            residual,
            second_order_margin: margin,
            stability_margin: stability.0,
            stability_bound: stability.1,
            held: bent,
            scan: if options.certify == Certify::Off { "off" } else { "full" },
            unsearched: false,
        };
        let beside = |i: usize| if game.form == Form::Input { 0.0 } else { self.given[i] };
        let reduction = (0..n).map(|i| point.learned[i] + beside(i)).collect();
        let account = Account::settle(game, x, reduction, point.out.q);
        Ok(Parts { account, certificate, kinked, iterations, settled, notes, sellers: Vec::new() }.package(game))
    }

    /// Whether firm i alone has a convex profit in its own reduction z: γ'z²/2 against h q², q rising by at most
    /// (1 − κ)/e a unit of z.
    fn unbounded(&self, i: usize) -> Result<(), GameError> {
        let game = self.dense.game;
        let rules = self.dense.rules_of(i);
        let members = game.members(game.market[i] as usize).len();
        let steepest = (1.0 - rules.kappa(members)) / rules.own;
        let (rd_cost, bound) = (self.dense.own[i], 2.0 * rules.margin * steepest * steepest);
        match rd_cost > bound {
            true => Ok(()),
            false => Err(GameError::SecondOrder { firm: game.names[i].clone(), rd_cost, bound }),
        }
    }

    /// The smallest eigenvalue over decision makers; directions that change no total are left out.
    fn margin(&self, m: &Matrix, pattern: &Pattern, only_total: bool) -> Result<f64, GameError> {
        let mut smallest = f64::INFINITY;
        for leader in self.dense.aim.leaders(self.n()) {
            // At R&D of 0 a slope that is not positive is enough.
            let mut block = self.dense.aim.block(leader, self.n());
            block.retain(|&i| !pattern.idle[i]);
            let margin = match block.as_slice() {
                [] => f64::INFINITY,
                [i] => m[(*i, *i)],
                _ => {
                    let inner = Matrix::from_fn(block.len(), block.len(), |i, j| {
                        (m[(block[i], block[j])] + m[(block[j], block[i])]) / 2.0
                    });
                    let values = symmetric_eigen(&inner).map(|eigen| eigen.values).unwrap_or_default();
                    let top = values.first().copied().unwrap_or(0.0);
                    let kept = |value: &&f64| !only_total || value.abs() > 1e-6 * top;
                    values.iter().filter(kept).copied().fold(f64::INFINITY, f64::min)
                }
            };
            if let [i] = *block.as_slice()
                && margin <= 0.0
                && pattern.sells[i]
            {
                self.unbounded(i)?;
            }
            smallest = smallest.min(margin);
        }
        Ok(smallest)
    }
}

/// x^p with 0^0 = 1.
fn power(x: f64, p: f64) -> f64 {
    if p == 0.0 { 1.0 } else { x.max(0.0).powf(p) }
}
