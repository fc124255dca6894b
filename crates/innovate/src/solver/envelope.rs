//! What a planner, or one owner of all, can gain at most by changing all R&D at once.
//!
//! | theory page, section 4 | here |
//! |---|---|
//! | F_A, the objective with T that of a set A of sellers | one smooth function for each set |
//! | τ_A = κ_A Σ_{k ∈ A} S_k', the gradient of T | `drift` |
//! | weights of the firms at the threshold | `Kink::entry` |
//!
//! T is the largest T_A. At a T below the true one the sum of (y − T)₊ is larger than e T/d, so that the objective
//! Σ w (y − T)₊²/e² + v T²/d² falls in T where v/d <= w/e: it lies below F_A for every A, hence below every mean of them.
//! Of firms just at the threshold any part may be in A. Means of the τ_A are the vectors θ Σ_A S + Σ_j u_j S_j with
//! 0 <= u_j <= θ and θ (e/d + |A|) + Σ u = 1 (a projective map keeps the hull of a cube), and with entries drawn
//! independently the τ_A scatter by κ² Σ π (1 − π) ‖S_j − τ‖² at most. If one mean is flat at a point and concave, the
//! point is the best there is.

use super::aim::Aim;
use super::dense::{Dense, Point};
use super::proof::floors_too_dear;
use super::spectrum::at_least;
use distretto_numerics::{Lu, Matrix};

/// Beside the sums of squares, so that firms alike share what they are held by.
const RIDGE: f64 = 1e-13;

/// An upper bound of what any programme gains; none where a firm is at the cost floor, a floor is not too dear to reach,
/// or the means are not shown to be concave.
pub(super) fn most_gained(dense: &Dense<'_>, point: &Point) -> Option<f64> {
    if !applies(dense, point) {
        return None;
    }
    let kinks: Vec<Kink> = (0..dense.rules.len()).map(|m| Kink::of(dense, point, m)).collect();
    let plain = drifts(dense, &kinks);
    let kinks = priced(dense, point, kinks, &plain);
    let drift = if kinks.iter().all(|kink| kink.tied.is_empty()) { plain } else { drifts(dense, &kinks) };
    let slope = slopes(dense, point, &kinks, &drift);
    let all = kinks.iter().map(|kink| kink.sellers.len()).sum::<usize>() == dense.n;
    let margin = match all {
        true => dense.system(&dense.pattern(point, vec![false; dense.n])).smallest(),
        false => at_least(&hessian(dense, &drift))? - scatter(dense, &kinks, &drift),
    };
    let counted = |i: usize| if point.x[i] > 0.0 { slope[i] } else { slope[i].max(0.0) };
    let steepest: f64 = (0..dense.n).map(|i| counted(i) * counted(i)).sum();
    let apart: f64 = kinks.iter().map(|kink| kink.apart(dense, point)).sum();
    (margin > 0.0).then(|| steepest / (2.0 * margin) + apart)
}

fn applies(dense: &Dense<'_>, point: &Point) -> bool {
    let game = dense.game;
    let light = |m: usize| {
        let rules = dense.rules[m];
        let Some(&first) = game.members(m).first() else { return true };
        let (w, v) = (dense.aim.square(game, 0, first as usize, rules), dense.aim.square_of_market(game, rules));
        !rules.exit || v * rules.own <= (1.0 + 1e-12) * w * rules.cross
    };
    let plain = |i: usize| !dense.at_floor(point, i) && dense.aim.linear(game, i) == 0.0;
    matches!(dense.aim, Aim::Welfare | Aim::Whole)
        && (0..dense.n).all(plain)
        && (0..dense.rules.len()).all(light)
        && floors_too_dear(dense, point)
}

/// Who sells in a market, and who is just at its threshold.
struct Kink {
    market: usize,
    sellers: Vec<usize>,
    tied: Vec<usize>,
    /// θ, the weight of each seller in τ.
    theta: f64,
    /// u, the weights of those at the threshold.
    entry: Vec<f64>,
    /// −∂F/∂T.
    press: f64,
}

impl Kink {
    fn of(dense: &Dense<'_>, point: &Point, market: usize) -> Self {
        let rules = dense.rules[market];
        let tie = 1e-9 * dense.game.scale();
        let gap = |i: usize| point.y[i] - point.out.threshold[market];
        let members = || dense.game.members(market).iter().map(|&i| i as usize).filter(|&i| dense.could_sell(i));
        let sellers: Vec<usize> = members().filter(|&i| !rules.exit || gap(i) > tie).collect();
        let tied = members().filter(|&i| rules.exit && gap(i).abs() <= tie).collect();
        let output: f64 = sellers.iter().map(|&i| point.out.q[i]).sum();
        let v = dense.aim.square_of_market(dense.game, rules);
        let both = if v == 0.0 { 0.0 } else { v / rules.cross };
        let w = sellers.first().map_or(0.0, |&i| dense.aim.square(dense.game, 0, i, rules));
        let press = 2.0 * output * (w / rules.own - both).max(0.0);
        Self { market, theta: rules.kappa(sellers.len()), sellers, tied, entry: Vec::new(), press }
    }

    /// How far the F_A of other sets lie above the objective, firms within rounding of the threshold being at it.
    fn apart(&self, dense: &Dense<'_>, point: &Point) -> f64 {
        let rules = dense.rules[self.market];
        let gap = |i: usize| (point.y[i] - point.out.threshold[self.market]).abs();
        let lower = rules.kappa(self.sellers.len()) * self.tied.iter().map(|&i| gap(i)).sum::<f64>();
        let square = |by: f64, i: usize| dense.aim.square(dense.game, 0, i, rules) * (by / rules.own).powi(2);
        let tied: f64 = self.tied.iter().map(|&i| square(gap(i) + lower, i)).sum();
        let selling: f64 = self.sellers.iter().map(|&i| square(lower, i)).sum();
        self.press * lower + tied + selling
    }
}

/// τ of each market, by laboratory.
fn drifts(dense: &Dense<'_>, kinks: &[Kink]) -> Matrix {
    let mut weight = vec![0.0; dense.n];
    for kink in kinks {
        kink.sellers.iter().for_each(|&k| weight[k] = kink.theta);
        kink.tied.iter().zip(&kink.entry).for_each(|(&k, &entry)| weight[k] = entry);
    }
    let mut drift = Matrix::zeros(kinks.len(), dense.n);
    for i in 0..dense.n {
        let (taught, sums) = (dense.s.column(i), drift.column_mut(i));
        (0..dense.n).for_each(|k| sums[dense.game.market[k] as usize] += weight[k] * taught[k]);
    }
    drift
}

/// Marginal objective of each laboratory.
fn slopes(dense: &Dense<'_>, point: &Point, kinks: &[Kink], drift: &Matrix) -> Vec<f64> {
    let mut pull = vec![0.0; dense.n];
    for kink in kinks {
        let rules = dense.rules[kink.market];
        for &k in &kink.sellers {
            pull[k] = 2.0 * dense.aim.square(dense.game, 0, k, rules) * point.out.q[k] / rules.own;
        }
    }
    let pressed = |i: usize| kinks.iter().map(|kink| kink.press * drift[(kink.market, i)]).sum::<f64>();
    let pulled = dense.s.transpose_times_vector(&pull);
    (0..dense.n).map(|i| pulled[i] - pressed(i) - dense.own[i] * point.x[i] + dense.unit[i]).collect()
}

/// The weights of firms at the threshold with which the slopes vanish best.
fn priced(dense: &Dense<'_>, point: &Point, mut kinks: Vec<Kink>, drift: &Matrix) -> Vec<Kink> {
    let held: Vec<(usize, usize)> = kinks
        .iter()
        .enumerate()
        .filter(|(_, kink)| kink.press > 0.0)
        .flat_map(|(m, kink)| kink.tied.iter().map(move |&k| (m, k)))
        .collect();
    if held.is_empty() {
        kinks.iter_mut().for_each(|kink| kink.entry = vec![0.0; kink.tied.len()]);
        return kinks;
    }
    let free: Vec<usize> = (0..dense.n).filter(|&i| point.x[i] > 0.0).collect();
    let slope = slopes(dense, point, &kinks, drift);
    let rows = Matrix::from_fn(free.len(), held.len(), |i, j| {
        let (m, k) = held[j];
        dense.s[(k, free[i])] - drift[(m, free[i])]
    });
    let mut gram = rows.transpose_times(&rows);
    let most = (0..held.len()).map(|j| gram[(j, j)]).fold(0.0, f64::max);
    (0..held.len()).for_each(|j| gram[(j, j)] += RIDGE * most);
    let target = rows.transpose_times_vector(&free.iter().map(|&i| slope[i]).collect::<Vec<f64>>());
    let prices = Lu::new(&gram).map_or_else(|_| vec![0.0; held.len()], |lu| lu.solve(&target));
    let mut prices = held.iter().zip(prices);
    for kink in kinks.iter_mut() {
        let rules = dense.rules[kink.market];
        kink.entry = vec![0.0; kink.tied.len()];
        if kink.press <= 0.0 {
            continue;
        }
        for entry in &mut kink.entry {
            *entry = prices.next().map_or(0.0, |(_, price)| (price / kink.press).max(0.0));
        }
        let bare = rules.kappa(kink.sellers.len());
        let theta = |entry: &[f64]| bare * (1.0 - entry.iter().sum::<f64>());
        let top = theta(&kink.entry).max(0.0);
        kink.entry.iter_mut().for_each(|entry| *entry = entry.min(top));
        kink.theta = theta(&kink.entry);
    }
    kinks
}

/// Γ − 2 (Σ w p p' + Σ v ττ'/d²), p = (S_k − τ)/e of every firm that could sell: the mean of the F_A bends as much.
fn hessian(dense: &Dense<'_>, drift: &Matrix) -> Matrix {
    let (n, markets) = (dense.n, drift.rows());
    let weight = |w: f64| w.max(0.0).sqrt();
    let mut half = Matrix::zeros(n + markets, n);
    for i in 0..n {
        let taught = dense.s.column(i);
        let column = half.column_mut(i);
        for k in (0..n).filter(|&k| dense.could_sell(k)) {
            let (m, rules) = (dense.game.market[k] as usize, dense.rules_of(k));
            let w = dense.aim.square(dense.game, 0, k, rules);
            column[k] = weight(w) * (taught[k] - drift[(m, i)]) / rules.own;
        }
        for m in 0..markets {
            let (rules, v) = (dense.rules[m], dense.aim.square_of_market(dense.game, dense.rules[m]));
            column[n + m] = if v == 0.0 { 0.0 } else { weight(v) * drift[(m, i)] / rules.cross };
        }
    }
    let mut hessian = half.transpose_times(&half);
    for j in 0..n {
        hessian.column_mut(j).iter_mut().for_each(|cell| *cell *= -2.0);
        hessian[(j, j)] += dense.own[j];
    }
    hessian
}

/// What the scatter of the τ_A adds to the curvature of a mean at most.
fn scatter(dense: &Dense<'_>, kinks: &[Kink], drift: &Matrix) -> f64 {
    let of = |kink: &Kink| {
        let rules = dense.rules[kink.market];
        let square =
            |k: usize| -> f64 { (0..dense.n).map(|i| (dense.s[(k, i)] - drift[(kink.market, i)]).powi(2)).sum() };
        let spread: f64 = kink
            .tied
            .iter()
            .zip(&kink.entry)
            .map(|(&k, &entry)| (k, (entry / kink.theta).clamp(0.0, 1.0)))
            .map(|(k, chance)| chance * (1.0 - chance) * square(k))
            .sum();
        let members = dense.game.members(kink.market).iter().map(|&k| k as usize).filter(|&k| dense.could_sell(k));
        let squares: f64 = members.map(|k| dense.aim.square(dense.game, 0, k, rules)).sum();
        let v = dense.aim.square_of_market(dense.game, rules);
        let bend = squares / (rules.own * rules.own) + if v == 0.0 { 0.0 } else { v / (rules.cross * rules.cross) };
        2.0 * bend * kink.theta * rules.kappa(kink.sellers.len()) * spread
    };
    kinks.iter().filter(|kink| !kink.tied.is_empty()).map(of).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::game::Game;
    use crate::ray::Ray;
    use crate::solver::search::{ascend, value};
    use crate::solver::steps::climb;
    use crate::solver::tests::read;
    use proptest::prelude::*;
    use serde_json::json;

    fn planner(costs: &[f64], rd_cost: &[f64], beta: f64, substitution: f64) -> Game {
        let mode = if substitution < 0.8 { "planner-first-best" } else { "planner-second-best" };
        read(json!({
            "market": { "intercept": 100.0, "slope": 1.0, "substitution": substitution },
            "firms": { "marginal_cost": costs, "rd_cost": rd_cost },
            "spillover": { "rate": beta },
            "regime": { "mode": mode },
        }))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(600))]

        /// No programme gains more than the bound: neither the best that a search finds nor one drawn at random, from
        /// where the planner rests, held firms included, and from points made to rest by their R&D costs.
        #[test]
        fn nothing_gains_more(
            costs in prop::collection::vec(40.0..75.0f64, 2..8),
            x in prop::collection::vec(0.5..20.0f64, 8),
            other in prop::collection::vec(0.0..25.0f64, 8),
            beta in 0.0..1.0f64,
            substitution in prop::sample::select(vec![1.0, 1.0, 0.9, 0.6]),
            dear in 1.2..6.0f64,
            rested in any::<bool>(),
        ) {
            let n = costs.len();
            let first = planner(&costs, &vec![dear * n as f64; n], beta, substitution);
            let dense = Dense::new(&first);
            let mut ray = Ray::default();
            let (game, x) = match rested {
                true => (first.clone(), climb(&dense).unwrap().point.x),
                false => {
                    let point = dense.point(x[..n].to_vec());
                    let mut cost = |i: usize| {
                        dense.ray(&point, 0, &[(i, 1.0)], &mut ray);
                        ray.piece(0.0).slope / x[i] + dense.own[i]
                    };
                    let rd_cost: Vec<f64> = (0..n).map(&mut cost).collect();
                    if rd_cost.iter().any(|&cost| cost <= 0.1) {
                        return Ok(());
                    }
                    (planner(&costs, &rd_cost, beta, substitution), x[..n].to_vec())
                }
            };
            let dense = Dense::new(&game);
            let point = dense.point(x);
            let Some(bound) = most_gained(&dense, &point) else { return Ok(()) };
            let block: Vec<usize> = (0..n).collect();
            let here = value(&dense, &point, &block, &mut ray);
            let found = ascend(&dense, &point, &block, 1).unwrap().1;
            prop_assert!(found <= bound + 1e-9, "{found} {bound}");
            let there = value(&dense, &dense.point(other[..n].to_vec()), &block, &mut ray);
            prop_assert!(there - here <= bound + 1e-9, "{there} {here} {bound}");
        }
    }

    /// A firm that is held at the threshold, with R&D that helps others: its price shows that nothing gains.
    #[test]
    fn a_held_firm_is_proven() {
        let held: Vec<f64> = (0..40).map(|k| 40.0 + 0.5 * f64::from(k)).collect();
        let game = planner(&held, &vec![120.0; held.len()], 0.05, 1.0);
        let dense = Dense::new(&game);
        let point = climb(&dense).unwrap().point;
        let kink = Kink::of(&dense, &point, 0);
        assert!(!kink.tied.is_empty() && kink.sellers.len() < held.len(), "{:?} {:?}", kink.tied, kink.sellers);
        let bound = most_gained(&dense, &point).expect("a concave programme");
        assert!(bound < 1e-12, "{bound}");
        // A little elsewhere something is gained.
        let mut x = point.x.clone();
        x[0] *= 1.01;
        assert!(most_gained(&dense, &dense.point(x)).is_none_or(|bound| bound > 1e-6));
    }
}
