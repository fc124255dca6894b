//! Proofs that no deviation gains more than the first-order system says, without walking from piece to piece.
//!
//! T is the largest of linear functions, one for each set of sellers, as long as nobody reaches unit cost 0. That of the
//! present sellers therefore lies below T everywhere, outputs lie below those it gives, and a sum of squared outputs
//! lies below a quadratic function that equals it here: it bounds every deviation, whoever leaves or enters. Where total
//! output Q = T/d counts as well, with a weight v beside the w of squared outputs, a higher T adds at most 2 v Q/d there
//! and takes 2 w Q/e from the outputs: with v/d <= w/e, as for every planner and merger, the bound holds as well. Unit
//! costs of 0 are too dear to reach: all profits of a market together are at most those of a monopoly without costs.

use super::aim::Aim;
use super::dense::{Dense, Pattern, Point, System};
use super::spectrum::smallest;
use crate::game::Mode;
use distretto_numerics::Matrix;
use std::sync::Arc;

/// What proofs are made from.
pub(super) struct Proof<'a> {
    dense: &'a Dense<'a>,
    point: &'a Point,
    /// One, or with a firm just at the threshold two: without it and with it among the sellers. T is at least that of
    /// each, and so of any mean of the two.
    sides: Vec<Linear>,
    /// By market, what its firms can earn, or be worth, at most.
    most: Vec<f64>,
}

/// The smooth game of one set of sellers.
struct Linear {
    system: Arc<System>,
    /// Marginal objectives.
    slope: Vec<f64>,
    sells: Vec<bool>,
    /// Sellers by market.
    sellers: Vec<usize>,
    /// By market, how far its T lies below T.
    below: Vec<f64>,
}

impl Linear {
    fn of(dense: &Dense<'_>, point: &Point, sells: Vec<bool>) -> Self {
        let pattern = Pattern { sells, floored: vec![false; dense.n], idle: vec![false; dense.n] };
        let system = dense.system(&pattern);
        let pressed = system.m.times_vector(&point.x);
        let slope = system.right.iter().zip(&pressed).map(|(right, pressed)| right - pressed).collect();
        let markets = dense.rules.len();
        let (mut sellers, mut sums) = (vec![0; markets], vec![0.0; markets]);
        for i in (0..dense.n).filter(|&i| pattern.sells[i]) {
            sellers[dense.game.market[i] as usize] += 1;
            sums[dense.game.market[i] as usize] += point.y[i];
        }
        let below = |m: usize| (point.out.threshold[m] - dense.rules[m].kappa(sellers[m]) * sums[m]).max(0.0);
        Self { below: (0..markets).map(below).collect(), system, slope, sells: pattern.sells, sellers }
    }

    /// Change of T of a market per unit of firm i's R&D.
    fn drift(&self, dense: &Dense<'_>, i: usize, m: usize) -> f64 {
        let taught = dense.s.column(i);
        let sellers = dense.game.members(m).iter().map(|&k| k as usize).filter(|&k| self.sells[k]);
        dense.rules[m].kappa(self.sellers[m]) * sellers.map(|k| taught[k]).sum::<f64>()
    }

    /// γ − 2 D'H D of a block; those who do not sell as if they did.
    fn hessian(&self, dense: &Dense<'_>, block: &[usize]) -> Matrix {
        let c = block.len();
        let mut half = Matrix::zeros(c, c);
        for (column, &i) in block.iter().enumerate() {
            let mut drift = (usize::MAX, 0.0);
            for (row, &k) in block.iter().enumerate().filter(|&(_, &k)| dense.could_sell(k)) {
                let (m, rules) = (dense.game.market[k] as usize, dense.rules_of(k));
                if drift.0 != m {
                    drift = (m, self.drift(dense, i, m));
                }
                half[(row, column)] = rules.margin.sqrt() * (dense.s[(k, i)] - drift.1) / rules.own;
            }
        }
        let mut hessian = half.transpose_times(&half);
        for j in 0..c {
            hessian.column_mut(j).iter_mut().for_each(|cell| *cell *= -2.0);
            hessian[(j, j)] += dense.own[block[j]];
        }
        hessian
    }
}

/// What is proven of one firm's R&D.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Proven {
    /// No deviation gains more.
    pub gain: f64,
    /// The gain on the present piece, exactly.
    pub local: f64,
    /// One-sided marginal objective that counts.
    pub residual: f64,
}

impl<'a> Proof<'a> {
    /// None where a firm is at the cost floor, or several are at a boundary.
    pub(super) fn new(dense: &'a Dense<'a>, point: &'a Point) -> Option<Self> {
        let game = dense.game;
        let tie = 1e-9 * game.scale();
        let gap = |i: usize| point.y[i] - point.out.threshold[game.market[i] as usize];
        let light = |i: usize| {
            let rules = dense.rules_of(i);
            let (w, v) = (dense.aim.square(game, i, i, rules), dense.aim.square_of_market(game, rules));
            v == 0.0 || !rules.exit || v * rules.own <= (1.0 + 1e-12) * w * rules.cross
        };
        let outside = |i: usize| dense.at_floor(point, i) || dense.aim.linear(game, i) != 0.0 || !light(i);
        if (0..dense.n).any(outside) {
            return None;
        }
        let tied: Vec<usize> = (0..dense.n).filter(|&i| dense.rules_of(i).exit && gap(i).abs() <= tie).collect();
        let sells: Vec<bool> = (0..dense.n).map(|i| !dense.rules_of(i).exit || gap(i) > 0.0).collect();
        let with = |j: usize, side: bool| {
            let mut sells = sells.clone();
            sells[j] = side;
            Linear::of(dense, point, sells)
        };
        let sides = match tied.as_slice() {
            [] => vec![Linear::of(dense, point, sells.clone())],
            &[j] if matches!(dense.aim, Aim::Joint { .. }) => vec![with(j, false), with(j, true)],
            _ => return None,
        };
        let most = (0..dense.rules.len()).map(|m| most(dense, m)).collect();
        Some(Self { dense, point, sides, most })
    }

    /// Markets on which the objective of i's decision maker depends.
    fn markets(&self, i: usize) -> std::ops::Range<usize> {
        let own = self.dense.game.market[i] as usize;
        if self.dense.aim == Aim::Own { own..own + 1 } else { 0..self.dense.rules.len() }
    }

    /// What firm i's own R&D can gain at most; none where that is not sure.
    pub(super) fn of(&self, i: usize) -> Option<Proven> {
        let [side] = self.sides.as_slice() else { return None };
        let (dense, g, x) = (self.dense, side.slope[i], self.point.x[i]);
        let half = side.system.m[(i, i)] / 2.0;
        let counts = if x > 0.0 { g.abs() } else { g.max(0.0) };
        if counts > 1e-9 * dense.game.scale() || half <= 0.0 {
            return None;
        }
        // What those who do not sell may add to the second derivative, upward and downward.
        let (mut upward, mut downward) = (0.0, 0.0);
        let (mut floor, mut most) = (f64::INFINITY, 0.0);
        let taught = dense.s.column(i);
        for m in self.markets(i) {
            if !self.matters(i, m) {
                continue;
            }
            let (rules, drift) = (dense.rules[m], side.drift(dense, i, m));
            most += self.most[m];
            for k in dense.game.members(m).iter().map(|&k| k as usize) {
                if taught[k] > 0.0 {
                    floor = floor.min((dense.cap[k] - dense.alpha[k] - self.point.learned[k]) / taught[k]);
                }
                if !side.sells[k] && dense.could_sell(k) {
                    let (w, p) = (dense.aim.square(dense.game, i, k, rules), (taught[k] - drift) / rules.own);
                    if p > 0.0 { upward += w * p * p } else { downward += w * p * p }
                }
            }
        }
        let dear = dense.own[i] * floor * (x + floor / 2.0) - dense.unit[i].max(0.0) * floor > most;
        if half - upward.max(downward) <= 0.0 || !dear && floor.is_finite() {
            return None;
        }
        let local = counts * counts / (4.0 * half);
        Some(Proven { gain: counts * counts / (4.0 * (half - upward.max(downward))), local, residual: counts })
    }

    /// Whether firm i's R&D reaches a market in which its decision maker earns.
    fn matters(&self, i: usize, m: usize) -> bool {
        let (dense, taught) = (self.dense, self.dense.s.column(i));
        let members = || dense.game.members(m).iter().map(|&k| k as usize);
        members().any(|k| taught[k] > 0.0)
            && members().any(|k| dense.aim.square(dense.game, i, k, dense.rules[m]) != 0.0)
    }

    /// The smallest eigenvalue of the mean of two bounds.
    fn mixed_margin(&self, block: &[usize], share: f64) -> f64 {
        let hessians: Vec<Matrix> = self.sides.iter().map(|side| side.hessian(self.dense, block)).collect();
        let (first, second) = (&hessians[0], &hessians[hessians.len() - 1]);
        let c = block.len();
        smallest(&Matrix::from_fn(c, c, |i, j| share * first[(i, j)] + (1.0 - share) * second[(i, j)]))
    }

    /// What a coalition's joint R&D can gain at most; none where that is not sure.
    pub(super) fn block(&self, block: &[usize]) -> Option<f64> {
        let dense = self.dense;
        if !matches!(dense.aim, Aim::Joint { .. }) {
            return None;
        }
        let mut touched: Vec<usize> = block.iter().map(|&i| dense.game.market[i] as usize).collect();
        touched.sort_unstable();
        touched.dedup();
        if !too_dear(dense, self.point, block, &touched, &self.most) {
            return None;
        }
        let last = self.sides.last()?;
        // The mean of the two bounds that is flattest here.
        let share = match self.sides.as_slice() {
            [out, within] => {
                let inner = || block.iter().filter(|&&i| self.point.x[i] > 0.0);
                let apart = |i: usize| within.slope[i] - out.slope[i];
                let along: f64 = inner().map(|&i| within.slope[i] * apart(i)).sum();
                let length: f64 = inner().map(|&i| apart(i) * apart(i)).sum();
                if length > 0.0 { (along / length).clamp(0.0, 1.0) } else { 0.0 }
            }
            _ => 0.0,
        };
        let mixed = |of: &dyn Fn(&Linear) -> f64| share * of(&self.sides[0]) + (1.0 - share) * of(last);
        let margin = match self.sides.as_slice() {
            // One coalition of all, who all sell: the first-order system is that of the bound.
            [side] if block.len() == dense.n && side.sells.iter().all(|&sells| sells) => side.system.smallest(),
            _ => self.mixed_margin(block, share),
        };
        let steepest: f64 = block
            .iter()
            .map(|&i| (i, mixed(&|side| side.slope[i])))
            .map(|(i, slope)| if self.point.x[i] > 0.0 { slope } else { slope.max(0.0) })
            .map(|slope| slope * slope)
            .sum();
        // Where T of the sellers lies below T the bound begins above the objective.
        let over = |side: &Linear| {
            let each = |i: usize| {
                let (q, rules) = (self.point.out.q[i], dense.rules_of(i));
                let by = side.below[dense.game.market[i] as usize] / rules.own;
                rules.margin * by * (2.0 * q + by)
            };
            block.iter().map(|&i| each(i)).sum::<f64>()
        };
        let worst = 1e-9 * dense.game.scale();
        let sure = margin > 1e-9 * dense.own[block[0]] && steepest <= worst * worst;
        sure.then(|| mixed(&over) + steepest / (2.0 * margin))
    }
}

/// Whether no programme of the block that brings a firm's unit cost to 0 can be worth its cost: of the markets touched
/// nobody can have more than `most`.
fn too_dear(dense: &Dense<'_>, point: &Point, block: &[usize], touched: &[usize], most: &[f64]) -> bool {
    let (leader, x) = (block[0], &point.x);
    let worth = |m: usize| {
        let (rules, members) = (dense.rules[m], dense.game.members(m).iter().map(|&k| k as usize));
        let (mut squares, mut total) = (0.0, 0.0);
        for k in members {
            let q = point.out.q[k];
            (squares, total) = (squares + dense.aim.square(dense.game, leader, k, rules) * q * q, total + q);
        }
        squares + dense.aim.square_of_market(dense.game, rules) * total * total
    };
    let earned: f64 = touched.iter().map(|&m| worth(m)).sum();
    let spent: f64 = block.iter().map(|&i| dense.own[i] * x[i] * x[i] / 2.0 - dense.unit[i] * x[i]).sum();
    // With payments t per unit R&D is free up to t/γ, and earns t²/2γ there.
    let (free, paid) = (|j: usize| dense.unit[j] / dense.own[j], |j: usize| dense.unit[j].powi(2) / dense.own[j] / 2.0);
    let paid: f64 = block.iter().map(|&j| paid(j)).sum();
    let gain = touched.iter().map(|&m| most[m]).sum::<f64>() - (earned - spent) + paid;
    // What a programme that reaches the floor of k costs at least: by laboratory in proportion to what it teaches k.
    let (mut given, mut reach) = (vec![0.0; dense.n], vec![0.0; dense.n]);
    for &j in block {
        let beyond = x[j] - free(j);
        for ((given, reach), taught) in given.iter_mut().zip(&mut reach).zip(dense.s.column(j)) {
            *given += taught * beyond;
            *reach += taught * taught / dense.own[j];
        }
    }
    let dear = |k: usize| {
        let missing = dense.cap[k] - dense.alpha[k] - (point.learned[k] - given[k]);
        reach[k] <= 0.0 || missing > 0.0 && missing * missing / (2.0 * reach[k]) > gain
    };
    touched.iter().all(|&m| dense.game.members(m).iter().all(|&k| dear(k as usize)))
}

/// The same of all laboratories and markets.
pub(super) fn floors_too_dear(dense: &Dense<'_>, point: &Point) -> bool {
    let markets: Vec<usize> = (0..dense.rules.len()).collect();
    let most: Vec<f64> = markets.iter().map(|&m| most(dense, m)).collect();
    too_dear(dense, point, &(0..dense.n).collect::<Vec<usize>>(), &markets, &most)
}

/// What all firms of a market together can earn at most, or be worth at most: as a monopoly without costs, or as its
/// goods are worth at a price of 0.
fn most(dense: &Dense<'_>, m: usize) -> f64 {
    let caps = dense.game.members(m).iter().map(|&k| dense.cap[k as usize].max(0.0));
    let squares = match dense.game.substitution >= 1.0 {
        true => caps.fold(0.0f64, f64::max).powi(2),
        false => caps.map(|cap| cap * cap).sum(),
    };
    let share = if matches!(dense.game.mode, Mode::PlannerSecondBest | Mode::PlannerFirstBest) { 2.0 } else { 4.0 };
    squares / (share * dense.game.slope)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ray::Ray;
    use crate::solver::search::{ascend, by_patterns};
    use crate::solver::tests::read;
    use proptest::prelude::*;
    use serde_json::json;

    proptest! {
        /// What is proven is never below what the walk over all pieces finds, nor below joint searches.
        #[test]
        fn nothing_gains_more_than_proven(
            costs in prop::collection::vec(30.0..75.0f64, 2..7),
            beta in 0.0..1.0f64,
            gamma in 1.5..40.0f64,
            substitution in 0.3..1.0f64,
            homogeneous in any::<bool>(),
            mode in prop::sample::select(vec!["competition", "coordination", "consortium", "planner-second-best"]),
        ) {
            let game = read(json!({
                "market": {
                    "intercept": 100.0, "slope": 1.0, "substitution": if homogeneous { 1.0 } else { substitution },
                },
                "firms": { "marginal_cost": costs, "rd_cost": gamma },
                "spillover": { "rate": beta },
                "regime": { "mode": mode },
            }));
            let dense = Dense::new(&game);
            let Some(rest) = by_patterns(&dense) else { return Ok(()) };
            let Some(proof) = Proof::new(&dense, &rest.point) else { return Ok(()) };
            let mut ray = Ray::default();
            for i in 0..dense.n {
                let Some(proven) = proof.of(i) else { continue };
                for (step, to) in [(1.0, f64::INFINITY), (-1.0, rest.point.x[i])] {
                    dense.ray(&rest.point, i, &[(i, step)], &mut ray);
                    let walked = ray.rise(to).unwrap_or(f64::INFINITY);
                    prop_assert!(walked <= proven.gain + 1e-9, "firm {i}: {walked} {proven:?}");
                }
            }
            for leader in dense.aim.leaders(dense.n) {
                let block = dense.aim.block(leader, dense.n);
                if let Some(bound) = proof.block(&block) {
                    let found = ascend(&dense, &rest.point, &block, 1).unwrap().1;
                    prop_assert!(found <= bound + 1e-9, "{found} {bound}");
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_500))]

        /// The same where R&D costs are such that a point drawn at random rests: often barely convex, or not.
        #[test]
        fn nothing_gains_more_at_a_point_made_to_rest(
            costs in prop::collection::vec(40.0..85.0f64, 2..6),
            x in prop::collection::vec(0.5..25.0f64, 6),
            beta in 0.0..1.0f64,
            mode in prop::sample::select(vec!["competition", "coordination", "planner-second-best"]),
        ) {
            let x = &x[..costs.len()];
            let game = |rd_cost: &[f64]| read(json!({
                "market": { "intercept": 100.0, "slope": 1.0 },
                "firms": { "marginal_cost": costs, "rd_cost": rd_cost },
                "spillover": { "rate": beta },
                "regime": { "mode": mode },
            }));
            let mut ray = Ray::default();
            let free = game(&vec![1.0; x.len()]);
            let dense = Dense::new(&free);
            let point = dense.point(x.to_vec());
            let mut earned = |i: usize| {
                dense.ray(&point, i, &[(i, 1.0)], &mut ray);
                ray.piece(0.0).slope + x[i]
            };
            let rd_cost: Vec<f64> = (0..x.len()).map(|i| earned(i) / x[i]).collect();
            if rd_cost.iter().any(|&cost| cost < 0.01) {
                return Ok(());
            }
            let game = game(&rd_cost);
            let dense = Dense::new(&game);
            let point = dense.point(x.to_vec());
            let Some(proof) = Proof::new(&dense, &point) else { return Ok(()) };
            for (i, &here) in x.iter().enumerate() {
                let Some(proven) = proof.of(i) else { continue };
                for (step, to) in [(1.0, f64::INFINITY), (-1.0, here)] {
                    dense.ray(&point, i, &[(i, step)], &mut ray);
                    let walked = ray.rise(to).unwrap_or(f64::INFINITY);
                    prop_assert!(walked <= proven.gain + 1e-9, "firm {i}: {walked} {proven:?}");
                }
            }
        }
    }

    /// Interior games of every kind are proven without a walk.
    #[test]
    fn interior_games_are_proven() {
        for mode in ["competition", "coordination", "consortium", "planner-second-best"] {
            let game = read(json!({
                "market": { "intercept": 100.0, "slope": 1.0 },
                "firms": { "marginal_cost": [40.0, 41.0, 42.0, 43.0], "rd_cost": 40.0 },
                "spillover": { "rate": 0.3 },
                "regime": { "mode": mode },
            }));
            let dense = Dense::new(&game);
            let rest = by_patterns(&dense).unwrap();
            let proof = Proof::new(&dense, &rest.point).unwrap();
            assert!((0..4).all(|i| proof.of(i).is_some_and(|proven| proven.gain < 1e-20)), "{mode}");
            let joint = proof.block(&[0, 1, 2, 3]);
            assert_eq!(joint.is_some(), matches!(mode, "coordination" | "consortium"));
        }
    }
}
