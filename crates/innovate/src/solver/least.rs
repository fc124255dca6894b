//! Limit R&D by several firms: of the equilibria that share their totals, the one with the least spending.
//!
//! Where two or more firms hold a rival exactly at zero output, each has a kink there, and any split of the holding
//! between them that keeps every marginal profit above 0 to the left and below 0 to the right is an equilibrium. With
//! the rivals held where they are all of this is linear in R&D, and the least Σ γ_i x_i²/2 is a quadratic programme; it
//! is strictly convex, so that identical firms do the same.

use super::aim::Aim;
use super::dense::{Dense, Point};
use super::quadratic::{Row, minimise};
use crate::ray::Ray;
use distretto_numerics::Matrix;

/// Largest game in which the programme is solved.
const FIRMS: usize = 200;

/// Own outputs per unit of own R&D on both sides, and whether the two differ.
#[derive(Debug, Clone, Copy)]
struct Sides {
    right: f64,
    left: f64,
    kink: bool,
}

/// Whether two firms of a market or more stand at a kink that a rival at zero output makes.
pub(super) fn is_shared(dense: &Dense<'_>, point: &Point, tied: &[bool]) -> bool {
    let mut ray = Ray::default();
    let mut kinks = |m: usize| {
        let members = dense.game.members(m).iter().map(|&i| i as usize);
        members
            .filter(|&i| point.x[i] > 0.0 && sides(dense, point, i, &mut ray).is_some_and(|sides| sides.kink))
            .count()
    };
    let held = |m: usize| dense.game.members(m).iter().any(|&j| tied[j as usize]);
    matches!(dense.aim, Aim::Own) && (0..dense.rules.len()).any(|m| held(m) && kinks(m) > 1)
}

/// The R&D of least spending; none where no programme finds it.
pub(super) fn spending(dense: &Dense<'_>, point: &Point, tied: &[bool]) -> Option<Vec<f64>> {
    let n = dense.n;
    let tie = 1e-9 * dense.game.scale();
    let at_floor = |i: usize| (dense.alpha[i] + point.learned[i] - dense.cap[i]).abs() <= tie;
    if n > FIRMS || !matches!(dense.aim, Aim::Own) || (0..n).any(at_floor) {
        return None;
    }
    let mut pattern = dense.pattern(point, vec![false; n]);
    (0..n).filter(|&j| tied[j]).for_each(|j| pattern.sells[j] = false);
    let d = dense.response(&pattern);
    let q0 = dense.without_rd(&pattern);
    let mut ray = Ray::default();
    let mut rows = Vec::new();
    let unit = |i: usize, sign: f64| (0..n).map(|j| if i == j { sign } else { 0.0 }).collect::<Vec<f64>>();
    for i in 0..n {
        // Marginal profit on a side of output slope p, as a row and its constant.
        let marginal = |p: f64, sign: f64| {
            let weight = 2.0 * dense.rules_of(i).margin * p;
            let mut a: Vec<f64> = (0..n).map(|j| sign * weight * d[(i, j)]).collect();
            a[i] -= sign * dense.own[i];
            (a, -sign * (weight * q0[i] + dense.unit[i]))
        };
        match sides(dense, point, i, &mut ray) {
            _ if tied[i] => rows.push(Row::equal(unit(i, 1.0), point.x[i])),
            None => rows.push(Row::equal(unit(i, 1.0), point.x[i])),
            Some(sides) if sides.kink => {
                let (a, b) = marginal(sides.right, 1.0);
                rows.push(Row::at_most(a, b));
                let (a, b) = marginal(sides.left, -1.0);
                rows.push(Row::at_most(a, b));
                rows.push(Row::at_most(unit(i, -1.0), 0.0));
            }
            Some(_) if point.x[i] <= 0.0 => rows.push(Row::equal(unit(i, 1.0), 0.0)),
            Some(sides) => {
                let (a, b) = marginal(sides.right, 1.0);
                rows.push(Row::equal(a, b));
            }
        }
    }
    // Who is held stays at the threshold, who is out comes no higher.
    for j in (0..n).filter(|&j| tied[j] || dense.could_sell(j) && !pattern.sells[j] && dense.rules_of(j).exit) {
        let (m, sellers) = (dense.game.market[j], |k: usize| pattern.sells[k]);
        let inside: Vec<usize> = (0..n).filter(|&k| dense.game.market[k] == m && sellers(k)).collect();
        let kappa = dense.rules_of(j).kappa(inside.len());
        let live = |k: usize| !pattern.floored[k];
        let a = (0..n).map(|l| {
            let threshold: f64 = inside.iter().filter(|&&k| live(k)).map(|&k| dense.s[(k, l)]).sum();
            dense.s[(j, l)] - kappa * threshold
        });
        let level = |k: usize| if live(k) { dense.alpha[k] } else { dense.cap[k] };
        let b = kappa * inside.iter().map(|&k| level(k)).sum::<f64>() - dense.alpha[j];
        rows.push(if tied[j] { Row::equal(a.collect(), b) } else { Row::at_most(a.collect(), b) });
    }
    let h = Matrix::from_fn(n, n, |i, j| if i == j { dense.game.rd_cost[i] } else { 0.0 });
    let found = minimise(&h, &vec![0.0; n], &rows, &point.x)?;
    Some(found.into_iter().map(|x| x.max(0.0)).collect())
}

/// How fast the output of firm i rises with its own R&D to the right and to the left; none for one that sells nothing.
fn sides(dense: &Dense<'_>, point: &Point, i: usize, ray: &mut Ray) -> Option<Sides> {
    let q = point.out.q[i];
    if q * dense.rules_of(i).own <= 1e-9 * dense.game.scale() {
        return None;
    }
    let mut slope = |sign: f64| {
        dense.ray(point, i, &[(i, sign)], ray);
        let piece = ray.beside(1e-9 * dense.game.scale());
        sign * (piece.slope - ray.gain) / (2.0 * dense.rules_of(i).margin * q)
    };
    let (right, left) = (slope(1.0), slope(-1.0));
    Some(Sides { right, left, kink: left - right > 1e-9 * left.abs() })
}

#[cfg(test)]
mod tests {
    use crate::solver::tests::read;
    use crate::solver::{Note, SolveOptions, solve};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn game(costs: Value, gamma: Value, beta: f64) -> crate::game::Game {
        read(json!({
            "market": { "intercept": 100.0, "slope": 1.0 },
            "firms": { "marginal_cost": costs, "rd_cost": gamma },
            "spillover": { "rate": beta },
        }))
    }

    #[test]
    fn twins_hold_a_rival_in_equal_parts() {
        // T = (120 + x1 + x2)/3 = 42.6 holds the third firm: x1 + x2 = 7.8.
        let solved = solve(&game(json!([40.0, 40.0, 57.4]), json!(8.0), 0.0), &SolveOptions::default()).unwrap();
        assert!((solved.account.rd[0] - 3.9).abs() < 1e-9 && (solved.account.rd[1] - 3.9).abs() < 1e-9);
        assert!(solved.certified && solved.kinked == 1 && solved.notes.contains(&Note::NotUnique));
    }

    /// Profit of firm i, the market solved anew.
    fn profit(costs: &[f64], gamma: &[f64], beta: f64, x: &[f64], i: usize) -> f64 {
        let total: f64 = x.iter().sum();
        let y: Vec<f64> = (0..x.len()).map(|k| 100.0 - costs[k] + x[k] + beta * (total - x[k])).collect();
        let mut falling = y.clone();
        falling.sort_by(|a, b| b.total_cmp(a));
        let (mut sum, mut threshold) = (0.0, 0.0f64);
        for (k, y) in falling.iter().enumerate() {
            sum += y;
            threshold = threshold.max(sum / (k as f64 + 2.0));
        }
        let q = (y[i] - threshold).max(0.0);
        q * q - gamma[i] * x[i] * x[i] / 2.0
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(600))]

        /// Two firms hold a third: no other split on the line that keeps the rival at zero is an equilibrium that costs
        /// less, by deviations on a grid.
        #[test]
        fn no_equilibrium_on_the_segment_costs_less(
            other in 40.0..40.2f64,
            third in 57.2..57.6f64,
            gammas in prop::collection::vec(7.7..8.3f64, 2),
            beta in 0.0..0.01f64,
        ) {
            let (costs, gamma) = ([40.0, other, third], [gammas[0], gammas[1], 8.0]);
            let game = game(json!(costs), json!(gamma), beta);
            let solved = solve(&game, &SolveOptions::default()).unwrap();
            prop_assert!(solved.certified);
            if solved.kinked == 0 || solved.account.rd[2] > 0.0 {
                return Ok(());
            }
            let x = solved.account.rd.clone();
            let cost = |x: &[f64]| (0..3).map(|i| gamma[i] * x[i] * x[i] / 2.0).sum::<f64>();
            let stays = |x: &[f64], slack: f64| (0..3).all(|i| {
                let present = profit(&costs, &gamma, beta, x, i);
                (0..=400).all(|k| {
                    let mut trial = x.to_vec();
                    trial[i] = (x[i] + (f64::from(k) - 200.0) * 0.002).max(0.0);
                    profit(&costs, &gamma, beta, &trial, i) <= present + slack
                })
            });
            prop_assert!(stays(&x, 1e-9));
            // Along the line on which y_3 = T: both firms move it alike, T = (y_1 + y_2)/3.
            for k in -200..=200i32 {
                let trial = [x[0] + f64::from(k) * 0.01, x[1] - f64::from(k) * 0.01, 0.0];
                if trial[0] >= 0.0 && trial[1] >= 0.0 && cost(&trial) < cost(&x) - 1e-6 {
                    prop_assert!(!stays(&trial, 1e-9), "{trial:?} costs less than {x:?}");
                }
            }
        }
    }
}
