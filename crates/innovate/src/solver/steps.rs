//! The programme of one decision maker of many firms: climbed by steps to the best point of the present piece.
//!
//! A planner may hold firms just at the threshold, where they sell nothing and where selling would press on the others.
//! There the objective has a kink, and such a firm is a constraint y_k = T with a price: below 0 the firm is let fall
//! back, above what its first unit would cost it is let in, and between the two it is held.

use super::certificate::programme;
use super::dense::{Dense, Pattern, Point, System};
use super::replies::{reply, step, unbounded};
use super::search::{Rest, value};
use crate::error::GameError;
use crate::ray::Ray;
use distretto_numerics::{Lu, Matrix};

/// Most steps, and most projections within one.
const STEPS: usize = 200;
const PROJECTIONS: usize = 12;
/// Most changes of sides at once.
const LEAPS: usize = 60;

/// Steps, each followed exactly over all pieces; from where none leads up, two sweeps of single firms. Where boundaries
/// lie close together a step ends at the first: then who sells, who is held and who is out is settled at once.
pub(super) fn climb(dense: &Dense<'_>) -> Result<Rest, GameError> {
    let tiny = 1e-13 * dense.game.scale();
    let mut point = dense.point(vec![0.0; dense.n]);
    let mut ray = Ray::default();
    let (mut iterations, mut stuck, mut leapt) = (0, 0, false);
    while iterations < STEPS && stuck < 2 {
        iterations += 1;
        let steps = upward(dense, &point);
        let (mut moved, mut share) = (0.0, 0.0);
        if !steps.is_empty() {
            dense.ray(&point, 0, &steps, &mut ray);
            let best = ray.best(0.0, 1.0).ok_or_else(|| unbounded(dense, 0))?;
            step(dense, &mut point, &steps, best.t);
            share = best.t;
            moved = steps.iter().fold(0.0f64, |moved, (_, by)| moved.max(by.abs())) * best.t;
        }
        if share < 0.5 && !leapt && iterations > 2 {
            leapt = true;
            point = leap(dense, dense.point(point.x), &mut ray);
            continue;
        }
        if moved <= tiny {
            let rested = dense.point(point.x.clone());
            if programme(dense, &rested).is_some() {
                return Ok(Rest { point: rested, iterations, settled: true });
            }
            stuck += 1;
            for i in 0..dense.n {
                moved = reply(dense, &mut point, &[(i, 1.0)], &mut ray)?.max(moved);
            }
        }
        point = dense.point(point.x);
        if moved <= tiny {
            return Ok(Rest { point, iterations, settled: true });
        }
    }
    Ok(Rest { point, iterations, settled: false })
}

/// What a firm does in its market.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Sells,
    Held,
    Out,
}

/// The best R&D when everyone stays on a side, and then every side anew, until none changes; the point it began from where
/// that is better.
fn leap(dense: &Dense<'_>, from: Point, ray: &mut Ray) -> Point {
    let block: Vec<usize> = (0..dense.n).collect();
    let base = dense.pattern(&from, vec![false; dense.n]);
    let of = |k: usize| match base.sells[k] {
        _ if at_threshold(dense, &from, k) => Side::Held,
        true => Side::Sells,
        false => Side::Out,
    };
    let mut sides: Vec<Side> = (0..dense.n).map(of).collect();
    let mut point = from.clone();
    let mut best = (value(dense, &from, &block, ray), from);
    let mut seen: Vec<Vec<Side>> = Vec::new();
    while seen.len() < LEAPS && !seen.contains(&sides) {
        let held: Vec<usize> = (0..dense.n).filter(|&k| sides[k] == Side::Held).collect();
        let mut pattern = dense.pattern(&point, vec![false; dense.n]);
        (0..dense.n).for_each(|k| pattern.sells[k] = sides[k] == Side::Sells);
        let system = dense.system(&pattern);
        let Some(solved) = held_best(dense, &pattern, &system, &held) else { break };
        seen.push(sides.clone());
        point = dense.point(solved.x);
        let reached = value(dense, &point, &block, ray);
        if reached > best.0 {
            best = (reached, point.clone());
        }
        let gaps = linear_gaps(dense, &pattern, &point.y);
        for k in 0..dense.n {
            sides[k] = match sides[k] {
                Side::Sells if gaps[k] < 0.0 => Side::Held,
                Side::Out if gaps[k] > 0.0 => Side::Held,
                side => side,
            };
        }
        let tolls = tolls(dense, &point, &pattern, &held, &solved.prices);
        for ((&k, &price), &toll) in held.iter().zip(&solved.prices).zip(&tolls) {
            sides[k] = match price {
                price if price < 0.0 => Side::Out,
                price if price > toll => Side::Sells,
                _ => Side::Held,
            };
        }
    }
    best.1
}

/// y − T of every firm, T being that of the sellers of a pattern.
fn linear_gaps(dense: &Dense<'_>, pattern: &Pattern, y: &[f64]) -> Vec<f64> {
    let (mut sums, mut counts) = (vec![0.0; dense.rules.len()], vec![0; dense.rules.len()]);
    for i in (0..dense.n).filter(|&i| pattern.sells[i]) {
        sums[dense.game.market[i] as usize] += y[i];
        counts[dense.game.market[i] as usize] += 1;
    }
    let threshold = |m: usize| dense.rules[m].kappa(counts[m]) * sums[m];
    (0..dense.n).map(|k| y[k] - threshold(dense.game.market[k] as usize)).collect()
}

/// The way to the best point of the present piece, or where that leads down, up the slope; no R&D falls below 0 on it.
fn upward(dense: &Dense<'_>, point: &Point) -> Vec<(usize, f64)> {
    let mut pattern = dense.pattern(point, vec![false; dense.n]);
    let mut held: Vec<usize> = (0..dense.n).filter(|&k| at_threshold(dense, point, k)).collect();
    held.iter().for_each(|&k| pattern.sells[k] = false);
    let (system, target) = loop {
        let system = dense.system(&pattern);
        let Some(solved) = held_best(dense, &pattern, &system, &held) else { break (system, vec![0.0; dense.n]) };
        let before = held.len();
        let firm = |(&price, &toll): (&f64, &f64)| {
            let slack = 1e-9 * toll.abs();
            (price > toll + slack, price < -slack)
        };
        let tolls = tolls(dense, point, &pattern, &held, &solved.prices);
        let told: Vec<(bool, bool)> = solved.prices.iter().zip(&tolls).map(firm).collect();
        held.iter().zip(&told).for_each(|(&k, &(enters, _))| pattern.sells[k] = enters);
        let mut kept = told.iter().map(|&(enters, leaves)| !enters && !leaves);
        held.retain(|_| kept.next().unwrap_or(false));
        if held.len() == before {
            break (system, solved.x);
        }
    };
    let pressed = system.m.times_vector(&point.x);
    let slope: Vec<f64> = system.right.iter().zip(&pressed).map(|(right, pressed)| right - pressed).collect();
    let way = |of: &dyn Fn(usize) -> f64| -> Vec<(usize, f64)> {
        (0..dense.n).map(|i| (i, of(i).max(-point.x[i]))).filter(|&(_, by)| by != 0.0).collect()
    };
    let gains = |steps: &[(usize, f64)]| steps.iter().map(|&(i, by)| slope[i] * by).sum::<f64>() > 0.0;
    let newton = way(&|i| target[i].max(0.0) - point.x[i]);
    if gains(&newton) { newton } else { way(&|i| slope[i] / dense.own[i]) }
}

/// Whether a firm sells nothing, or next to nothing, just at the threshold of its market.
fn at_threshold(dense: &Dense<'_>, point: &Point, k: usize) -> bool {
    let gap = point.y[k] - point.out.threshold[dense.game.market[k] as usize];
    dense.rules_of(k).exit && dense.could_sell(k) && gap.abs() <= 1e-9 * dense.game.scale()
}

/// The prices above which held firms are let in. Each that is partly in raises T, and makes the entry of others cheaper:
/// with u = price/(−∂F/∂T) the weights of all are at most κ (1 − Σ u) (see `envelope`).
fn tolls(dense: &Dense<'_>, point: &Point, pattern: &Pattern, held: &[usize], prices: &[f64]) -> Vec<f64> {
    let mut counts = vec![0; dense.rules.len()];
    (0..dense.n).filter(|&i| pattern.sells[i]).for_each(|i| counts[dense.game.market[i] as usize] += 1);
    let kappa = |k: usize| dense.rules_of(k).kappa(counts[dense.game.market[k] as usize]);
    let alone: Vec<f64> = held.iter().map(|&k| toll(dense, point, pattern, k)).collect();
    let mut entered = vec![0.0; dense.rules.len()];
    for ((&k, &price), &toll) in held.iter().zip(prices).zip(&alone) {
        let press = toll * (1.0 + kappa(k)) / kappa(k);
        entered[dense.game.market[k] as usize] += if press > 0.0 { price.max(0.0) / press } else { 0.0 };
    }
    let joint =
        |(&k, &toll): (&usize, &f64)| toll * (1.0 + kappa(k)) * (1.0 - entered[dense.game.market[k] as usize]).max(0.0);
    held.iter().zip(&alone).map(joint).collect()
}

/// What the decision maker loses per unit of y by which a firm at the threshold enters: T rises by κ, each seller's output
/// falls by κ/e, the entrant sells (1 − κ)/e, and total output T/d rises by κ/d.
fn toll(dense: &Dense<'_>, point: &Point, pattern: &Pattern, k: usize) -> f64 {
    let m = dense.game.market[k] as usize;
    let rules = dense.rules[m];
    let sellers = || dense.game.members(m).iter().map(|&i| i as usize).filter(|&i| pattern.sells[i]);
    let kappa = rules.kappa(sellers().count() + 1);
    let linear = |i: usize| dense.aim.linear(dense.game, i);
    let pressed = |i: usize| 2.0 * dense.aim.square(dense.game, 0, i, rules) * point.out.q[i] + linear(i);
    let lost = kappa * sellers().map(pressed).sum::<f64>() - (1.0 - kappa) * linear(k);
    // With no substitution there is no market whose total counts.
    let market = dense.aim.square_of_market(dense.game, rules);
    let output: f64 = sellers().map(|i| point.out.q[i]).sum();
    let gained = if market == 0.0 { 0.0 } else { 2.0 * market * output * kappa / rules.cross };
    lost / rules.own - gained
}

/// The best R&D on a piece, and the prices of holding firms.
struct Solved {
    x: Vec<f64>,
    prices: Vec<f64>,
}

/// The best R&D on a piece on which some firms are held at y = T. Whoever it puts below 0 stays at 0, and the others are
/// solved for again.
fn held_best(dense: &Dense<'_>, pattern: &Pattern, system: &System, held: &[usize]) -> Option<Solved> {
    let rows = gaps(dense, pattern, held);
    let levels: Vec<f64> = {
        // The constants of the rows: a cost at its floor does not move with R&D.
        let y = |i: usize| if pattern.floored[i] { dense.cap[i] } else { dense.alpha[i] };
        let apart = linear_gaps(dense, pattern, &(0..dense.n).map(y).collect::<Vec<f64>>());
        held.iter().map(|&k| -apart[k]).collect()
    };
    let mut free: Vec<usize> = (0..dense.n).collect();
    let mut found = None;
    for _ in 0..PROJECTIONS {
        let f = free.len();
        let kkt = Matrix::from_fn(f + held.len(), f + held.len(), |i, j| match (i < f, j < f) {
            (true, true) => system.m[(free[i], free[j])],
            (true, false) => rows[j - f][free[i]],
            (false, true) => rows[i - f][free[j]],
            (false, false) => 0.0,
        });
        let mut right: Vec<f64> = free.iter().map(|&i| system.right[i]).collect();
        right.extend(&levels);
        let mut solved = Lu::new(&kkt).ok()?.solve(&right);
        let prices = solved.split_off(f);
        let mut x = vec![0.0; dense.n];
        free.iter().zip(&solved).for_each(|(&i, &value)| x[i] = value.max(0.0));
        let mut values = solved.iter();
        free.retain(|_| values.next().is_some_and(|&value| value >= 0.0));
        let settled = free.len() == f;
        found = Some(Solved { x, prices });
        if settled {
            break;
        }
    }
    found
}

/// y_k − T of held firms per unit of each firm's R&D.
fn gaps(dense: &Dense<'_>, pattern: &Pattern, held: &[usize]) -> Vec<Vec<f64>> {
    let mut drifts: Vec<Option<Vec<f64>>> = vec![None; dense.rules.len()];
    let mut rows = Vec::with_capacity(held.len());
    for &k in held {
        let m = dense.game.market[k] as usize;
        let drift = drifts[m].get_or_insert_with(|| {
            let mut moves = vec![0.0; dense.n];
            let sellers = dense.game.members(m).iter().map(|&i| i as usize).filter(|&i| pattern.sells[i]);
            let mut count = 0;
            for i in sellers {
                count += 1;
                moves[i] = f64::from(u8::from(!pattern.floored[i]));
            }
            let kappa = dense.rules[m].kappa(count);
            dense.s.transpose_times_vector(&moves).into_iter().map(|sum| kappa * sum).collect()
        });
        let own = |j: usize| if pattern.floored[k] { 0.0 } else { dense.s[(k, j)] };
        rows.push(drift.iter().enumerate().map(|(j, drift)| own(j) - drift).collect());
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::solver::search::ascend;
    use crate::solver::tests::read;
    use proptest::prelude::*;
    use serde_json::json;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        /// Steps lead where a search from several points over all pieces leads, firms held at the threshold included.
        #[test]
        fn steps_reach_the_best_programme(
            costs in prop::collection::vec(30.0..75.0f64, 3..10),
            beta in 0.0..1.0f64,
            dear in 1.5..6.0f64,
        ) {
            let game = read(json!({
                "market": { "intercept": 100.0, "slope": 1.0 },
                "firms": { "marginal_cost": costs.clone(), "rd_cost": dear * costs.len() as f64 },
                "spillover": { "rate": beta },
                "regime": { "mode": "planner-second-best" },
            }));
            let dense = Dense::new(&game);
            let rest = climb(&dense).unwrap();
            // Costs of 0 make edges on which no single step leads on: such games are told and not certified.
            if (0..dense.n).any(|i| dense.at_floor(&rest.point, i)) {
                return Ok(());
            }
            let block: Vec<usize> = (0..dense.n).collect();
            let gain = ascend(&dense, &rest.point, &block, 1).unwrap().1;
            let worth = value(&dense, &rest.point, &block, &mut Ray::default());
            prop_assert!(gain <= 1e-9 * worth, "{gain} of {worth}, {rest:?}");
        }
    }
}
