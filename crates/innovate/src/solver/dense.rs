//! The game with a dense matrix of spillovers in results: first-order systems on a piece, objectives along rays.

use super::aim::Aim;
use super::spectrum::smallest;
use crate::game::{Game, Mode};
use crate::ray::{Line, Part, Ray};
use crate::stage::{Outputs, Rules, outputs};
use distretto_numerics::Matrix;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// What a game is computed from.
#[derive(Debug)]
pub(crate) struct Dense<'g> {
    pub game: &'g Game,
    pub n: usize,
    /// S of the regime.
    pub s: Matrix,
    /// a − c + s + what public research gives.
    pub alpha: Vec<f64>,
    /// y at the floor of unit cost: a + s.
    pub cap: Vec<f64>,
    /// γ(1−σ).
    pub own: Vec<f64>,
    /// t.
    pub unit: Vec<f64>,
    pub aim: Aim,
    /// By market.
    pub rules: Vec<Rules>,
    /// Who sells for whom, where firms are merged.
    pub plants: Option<Plants>,
    /// The first-order system that was computed last: the search ends where the certificate begins.
    last: Mutex<Option<Arc<System>>>,
}

/// The first-order system of a piece, M x = c, and what it is computed from.
#[derive(Debug)]
pub(crate) struct System {
    sells: Vec<bool>,
    floored: Vec<bool>,
    /// D = dq/dx.
    pub d: Matrix,
    /// M.
    pub m: Matrix,
    /// c.
    pub right: Vec<f64>,
    smallest: OnceLock<f64>,
}

impl System {
    /// The smallest eigenvalue of M, which is symmetric where one decides.
    pub(crate) fn smallest(&self) -> f64 {
        *self.smallest.get_or_init(|| smallest(&self.m))
    }
}

/// The plants of merged firms: the rows of S are those of what is sold, its columns those of laboratories.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plants {
    /// The laboratories of each owner; the first sells, for all of them when they are alike.
    pub labs: Vec<Vec<usize>>,
    /// Whether those of an owner of several produce alike, at the mean of their costs.
    pub alike: bool,
}

impl Plants {
    /// The sum of a quantity over the plants of an owner, by their shares in what it sells.
    pub(crate) fn weigh(&self, owner: usize, of: impl Fn(usize) -> f64) -> f64 {
        let labs = &self.labs[owner];
        if self.alike { labs.iter().map(|&i| of(i)).sum::<f64>() / labs.len() as f64 } else { of(labs[0]) }
    }
}

/// A piece on which the game is smooth: who sells, whose cost is at the floor, whose R&D is held at 0.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Pattern {
    pub sells: Vec<bool>,
    pub floored: Vec<bool>,
    pub idle: Vec<bool>,
}

/// Where R&D leads.
#[derive(Debug, Clone, Default)]
pub(crate) struct Point {
    pub x: Vec<f64>,
    /// S x, without public research.
    pub learned: Vec<f64>,
    pub y: Vec<f64>,
    pub out: Outputs,
}

impl<'g> Dense<'g> {
    pub(crate) fn new(game: &'g Game) -> Self {
        let n = game.len();
        let alpha = |i: usize| game.intercept[i] - game.cost[i] + game.output_subsidy(i) + game.received(i);
        Self {
            game,
            n,
            s: game.spillovers(),
            alpha: (0..n).map(alpha).collect(),
            cap: (0..n).map(|i| game.intercept[i] + game.output_subsidy(i)).collect(),
            own: (0..n).map(|i| game.own_rd_cost(i)).collect(),
            unit: (0..n).map(|i| game.rd_unit(i)).collect(),
            aim: Aim::of(game),
            rules: (0..game.markets.len()).map(|m| Rules::of(game, m)).collect(),
            plants: None,
            last: Mutex::new(None),
        }
    }

    /// The game of merged firms, and outsiders if any, in one market of a homogeneous good: that of coalitions of which
    /// only one laboratory sells. Nothing brings the others into the market.
    pub(crate) fn merged(game: &'g Game, plants: Plants) -> Self {
        let mut dense = Self::new(game);
        let (s, alpha, cap) = (dense.s.clone(), dense.alpha.clone(), dense.cap.clone());
        for (owner, labs) in plants.labs.iter().enumerate() {
            for &i in &labs[1..] {
                (dense.alpha[i], dense.cap[i]) = (-game.scale(), 0.0);
                (0..dense.n).for_each(|k| dense.s[(i, k)] = 0.0);
            }
            let seller = labs[0];
            dense.alpha[seller] = plants.weigh(owner, |i| alpha[i]);
            dense.cap[seller] = plants.weigh(owner, |i| cap[i]);
            (0..dense.n).for_each(|k| dense.s[(seller, k)] = plants.weigh(owner, |i| s[(i, k)]));
        }
        let mut of = vec![0; dense.n];
        for (owner, labs) in plants.labs.iter().enumerate() {
            labs.iter().for_each(|&i| of[i] = owner as u32);
        }
        let members = plants.labs.iter().map(|labs| labs.iter().map(|&i| i as u32).collect()).collect();
        let b = game.slope;
        dense.aim = Aim::Joint { of, members };
        dense.rules = vec![match game.mode {
            // A planner sells at unit cost and counts what consumers gain.
            Mode::PlannerFirstBest => Rules { own: b, cross: 0.0, margin: b / 2.0, exit: true },
            _ => Rules { own: b, cross: b, margin: b, exit: true },
        }];
        dense.plants = Some(plants);
        dense
    }

    /// Of merged firms those whose output an interior equilibrium needs; none named stands for all.
    pub(crate) fn sellers(&self) -> Vec<usize> {
        match &self.plants {
            Some(plants) if !plants.alike => plants.labs.iter().map(|labs| labs[0]).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether there is no stability margin: a planner decides, or merged firms choose their outputs.
    pub(crate) fn one_decides(&self) -> bool {
        self.aim.is_one() || self.plants.is_some()
    }

    /// Whether firm i could ever sell: at unit cost 0 it would at a price of 0 or more.
    pub(crate) fn could_sell(&self, i: usize) -> bool {
        !self.rules_of(i).exit || self.cap[i] > 0.0
    }

    /// Whether the unit cost of firm i is 0 or just reaches it.
    pub(crate) fn at_floor(&self, point: &Point, i: usize) -> bool {
        self.alpha[i] + point.learned[i] >= self.cap[i] - 1e-9 * self.game.scale()
    }

    /// What the R&D of a point teaches each firm, public research included.
    pub(crate) fn reductions(&self, point: &Point) -> Vec<f64> {
        let learned = match self.plants {
            Some(_) => &self.game.spillovers().times_vector(&point.x),
            None => &point.learned,
        };
        (0..self.n).map(|i| learned[i] + self.game.received(i)).collect()
    }

    /// Outputs by firm; a firm held at zero output sells nothing, whatever rounding leaves it.
    pub(crate) fn outputs(&self, point: &Point) -> Vec<f64> {
        let none = 1e-12 * self.game.scale();
        let sold = |i: usize| {
            let q = point.out.q[i];
            if self.rules_of(i).exit && q * self.rules_of(i).own <= none { 0.0 } else { q }
        };
        let mut output: Vec<f64> = (0..self.n).map(sold).collect();
        if let Some(plants) = self.plants.as_ref().filter(|plants| plants.alike) {
            for labs in &plants.labs {
                let each = output[labs[0]] / labs.len() as f64;
                labs.iter().for_each(|&i| output[i] = each);
            }
        }
        output
    }

    pub(crate) fn rules_of(&self, i: usize) -> Rules {
        self.rules[self.game.market[i] as usize]
    }

    /// Outputs that follow from R&D.
    pub(crate) fn point(&self, x: Vec<f64>) -> Point {
        let learned = self.s.times_vector(&x);
        let y: Vec<f64> = (0..self.n).map(|i| (self.alpha[i] + learned[i]).min(self.cap[i])).collect();
        let out = outputs(self.game, &self.rules, &y);
        Point { x, learned, y, out }
    }

    /// The piece of a point.
    pub(crate) fn pattern(&self, point: &Point, idle: Vec<bool>) -> Pattern {
        let sells = |i: usize| !self.rules_of(i).exit || point.out.q[i] > 0.0;
        let floored = |i: usize| self.alpha[i] + point.learned[i] > self.cap[i];
        Pattern { sells: (0..self.n).map(sells).collect(), floored: (0..self.n).map(floored).collect(), idle }
    }

    /// Sellers by market.
    fn selling(&self, pattern: &Pattern) -> Vec<usize> {
        let mut sellers = vec![0; self.rules.len()];
        for i in (0..self.n).filter(|&i| pattern.sells[i]) {
            sellers[self.game.market[i] as usize] += 1;
        }
        sellers
    }

    /// D = dq/dx on a piece.
    pub(crate) fn response(&self, pattern: &Pattern) -> Matrix {
        let sellers = self.selling(pattern);
        let kappa: Vec<f64> = self.rules.iter().zip(&sellers).map(|(rules, &k)| rules.kappa(k)).collect();
        let mut d = Matrix::zeros(self.n, self.n);
        let mut sums = vec![0.0; self.rules.len()];
        for j in 0..self.n {
            sums.iter_mut().for_each(|sum| *sum = 0.0);
            let (from, to) = (self.s.column(j), d.column_mut(j));
            for i in 0..self.n {
                if pattern.sells[i] && !pattern.floored[i] {
                    sums[self.game.market[i] as usize] += from[i];
                    to[i] = from[i];
                }
            }
            for i in (0..self.n).filter(|&i| pattern.sells[i]) {
                let m = self.game.market[i] as usize;
                to[i] = (to[i] - kappa[m] * sums[m]) / self.rules[m].own;
            }
        }
        d
    }

    /// q on a piece if nobody did R&D: the constant of q = q0 + D x.
    pub(crate) fn without_rd(&self, pattern: &Pattern) -> Vec<f64> {
        let sellers = self.selling(pattern);
        let y = |i: usize| if pattern.floored[i] { self.cap[i] } else { self.alpha[i] };
        let mut sums = vec![0.0; self.rules.len()];
        for i in (0..self.n).filter(|&i| pattern.sells[i]) {
            sums[self.game.market[i] as usize] += y(i);
        }
        let q = |i: usize| {
            let m = self.game.market[i] as usize;
            (y(i) - self.rules[m].kappa(sellers[m]) * sums[m]) / self.rules[m].own
        };
        (0..self.n).map(|i| if pattern.sells[i] { q(i) } else { 0.0 }).collect()
    }

    /// E', whose column i holds how the objective of i's decision maker weighs the outputs as x_i moves them:
    /// E_ik = Σ_l D_li W_lk, so that marginal gains are 2 E q + D'l − Γ x + t.
    pub(crate) fn weights(&self, d: &Matrix) -> Option<Matrix> {
        if self.aim == Aim::Own {
            return None;
        }
        let v: Vec<f64> = self.rules.iter().map(|&rules| self.aim.square_of_market(self.game, rules)).collect();
        let mut e = Matrix::zeros(self.n, self.n);
        let mut sums = vec![0.0; self.rules.len()];
        for i in 0..self.n {
            let moved = d.column(i);
            sums.iter_mut().for_each(|sum| *sum = 0.0);
            (0..self.n).for_each(|k| sums[self.game.market[k] as usize] += moved[k]);
            for (k, cell) in e.column_mut(i).iter_mut().enumerate() {
                let own = self.aim.square(self.game, i, k, self.rules_of(k));
                let m = self.game.market[k] as usize;
                let both = if v[m] == 0.0 { 0.0 } else { v[m] * sums[m] };
                *cell = own * moved[k] + both;
            }
        }
        Some(e)
    }

    /// The first-order system of a piece: M = Γ − 2 E D, c = 2 E q0 + D'l + t. Who is idle does not matter.
    pub(crate) fn system(&self, pattern: &Pattern) -> Arc<System> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = last.filter(|known| known.sells == pattern.sells && known.floored == pattern.floored) {
            return known;
        }
        let found = Arc::new(self.system_of(pattern));
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&found));
        found
    }

    fn system_of(&self, pattern: &Pattern) -> System {
        let d = self.response(pattern);
        let q0 = self.without_rd(pattern);
        let linear: Vec<f64> = (0..self.n).map(|k| self.aim.linear(self.game, k)).collect();
        let mut right = d.transpose_times_vector(&linear);
        let mut m = match self.weights(&d) {
            Some(e) => {
                let inner = e.transpose_times_vector(&q0);
                right.iter_mut().zip(&inner).for_each(|(right, inner)| *right += 2.0 * inner);
                e.transpose_times(&d)
            }
            None => {
                let own: Vec<f64> = (0..self.n).map(|i| self.rules_of(i).margin * d[(i, i)]).collect();
                right.iter_mut().enumerate().for_each(|(i, right)| *right += 2.0 * own[i] * q0[i]);
                Matrix::from_fn(self.n, self.n, |i, j| own[i] * d[(i, j)])
            }
        };
        for j in 0..self.n {
            let column = m.column_mut(j);
            column.iter_mut().for_each(|cell| *cell *= -2.0);
            column[j] += self.own[j];
        }
        (0..self.n).for_each(|i| right[i] += self.unit[i]);
        System {
            sells: pattern.sells.clone(),
            floored: pattern.floored.clone(),
            d,
            m,
            right,
            smallest: OnceLock::new(),
        }
    }

    /// The objective of i's decision maker when the R&D of the firms named moves by `step` each, from `point`.
    pub(crate) fn ray(&self, point: &Point, i: usize, steps: &[(usize, f64)], ray: &mut Ray) {
        ray.clear(self.game.scale());
        let joint = !matches!(self.aim, Aim::Own);
        // By columns, as the matrix is stored.
        let together = (steps.len() > 1).then(|| {
            let mut slopes = vec![0.0; self.n];
            for &(j, step) in steps {
                slopes.iter_mut().zip(self.s.column(j)).for_each(|(slope, s)| *slope += s * step);
            }
            slopes
        });
        for m in 0..self.rules.len() {
            let own = self.game.market[i] as usize == m;
            if !(own || joint && self.touches(m, i, steps)) {
                continue;
            }
            let begin = ray.lines.len();
            for &k in self.game.members(m) {
                let k = k as usize;
                let slope = match &together {
                    Some(slopes) => slopes[k],
                    None => steps.iter().map(|&(j, step)| self.s[(k, j)] * step).sum(),
                };
                ray.lines.push(Line {
                    y: self.alpha[k] + point.learned[k],
                    slope,
                    cap: self.cap[k],
                    square: self.aim.square(self.game, i, k, self.rules[m]),
                    linear: self.aim.linear(self.game, k),
                });
            }
            let square = self.aim.square_of_market(self.game, self.rules[m]);
            ray.parts.push(Part { rules: self.rules[m], begin, end: ray.lines.len(), square });
        }
        for &(j, step) in steps {
            ray.gain += step * (self.unit[j] - self.own[j] * point.x[j]);
            ray.curvature += self.own[j] * step * step;
        }
    }

    /// Whether the objective of i's decision maker depends on a market that the steps reach.
    fn touches(&self, m: usize, i: usize, steps: &[(usize, f64)]) -> bool {
        self.game.members(m).iter().any(|&k| {
            let k = k as usize;
            self.aim.square(self.game, i, k, self.rules[m]) != 0.0
        }) && self.game.members(m).iter().any(|&k| steps.iter().any(|&(j, _)| self.s[(k as usize, j)] != 0.0))
    }
}
