//! Exact first and second derivatives of the objective and of public spending, as long as the active set holds.
//!
//! Transfers cancel in welfare but for their shadow cost: W = q'Pq/2 + Σ h q² − s'q − Σ γx²/2 − λ S − cost, with public
//! spending S = s'q + t'x + Σ σγx²/2 and h q² what is earned on sales.

use super::options::Objective;
use super::search::{Dial, Kind};
use crate::game::Game;
use crate::solver::{Equilibrium, Lever, Sensitivity};
use crate::stage::Rules;
use distretto_numerics::Matrix;

/// Gradient and Hessian.
#[derive(Debug, Clone)]
pub(super) struct Derivatives {
    pub slope: Vec<f64>,
    pub bend: Matrix,
}

/// A function of z = (q, x) and of the subsidies: its gradient in z, Hessian in z, and what the subsidies themselves add.
struct Function<'a> {
    gradient: Vec<f64>,
    hessian: &'a dyn Fn(&[f64]) -> Vec<f64>,
    /// What a unit of each kind of subsidy counts: output, R&D per unit, share.
    direct: f64,
}

/// Of the objective and of spending; none where the active set has a kink, or the kind of game no linear system.
pub(super) fn derivatives(
    game: &Game,
    solved: &Equilibrium,
    dials: &[Dial],
    objective: Objective,
) -> Option<[Derivatives; 2]> {
    let system = Sensitivity::of(game, solved)?;
    let n = game.len();
    let levers: Vec<Vec<Lever>> = dials.iter().map(|dial| levers(*dial, n)).collect();
    let first: Vec<Vec<f64>> = levers.iter().map(|levers| system.first(levers)).collect();
    let account = &solved.account;
    let (q, x) = (&account.output, &account.rd);
    let (b, d) = (game.slope, game.cross_slope());
    let lambda = game.policy.funds_cost;
    let margin: Vec<f64> = (0..n).map(|i| Rules::of(game, game.market[i] as usize).margin).collect();
    // P v and the earnings of sales.
    let worth = |v: &[f64]| {
        let mut sums = vec![0.0; game.markets.len()];
        (0..n).for_each(|i| sums[game.market[i] as usize] += v[i]);
        let of = |i: usize| (b - d + 2.0 * margin[i]) * v[i] + d * sums[game.market[i] as usize];
        (0..n).map(of).collect::<Vec<f64>>()
    };
    let paid = |i: usize| game.rd_unit(i) + game.rd_rate(i) * game.rd_cost[i] * x[i];
    let zeros = vec![0.0; 2 * n];
    let welfare_bend = |v: &[f64]| {
        let mut bent = worth(&v[..n]);
        bent.extend((0..n).map(|i| -game.rd_cost[i] * (1.0 + lambda * game.rd_rate(i)) * v[n + i]));
        bent
    };
    let nothing = |_: &[f64]| zeros.clone();
    let spending_bend = |v: &[f64]| {
        let mut bent = vec![0.0; n];
        bent.extend((0..n).map(|i| game.rd_rate(i) * game.rd_cost[i] * v[n + i]));
        bent
    };
    let ones = |from: usize| (0..2 * n).map(|k| f64::from(u8::from((from..from + n).contains(&k)))).collect();
    let aim = match objective {
        Objective::Welfare => {
            let mut gradient = worth(q);
            (0..n).for_each(|i| gradient[i] -= (1.0 + lambda) * game.output_subsidy(i));
            gradient.extend((0..n).map(|i| -game.rd_cost[i] * x[i] - lambda * paid(i)));
            Function { gradient, hessian: &welfare_bend, direct: -lambda }
        }
        Objective::Rd => Function { gradient: ones(n), hessian: &nothing, direct: 0.0 },
        Objective::Output => Function { gradient: ones(0), hessian: &nothing, direct: 0.0 },
    };
    let mut gradient: Vec<f64> = (0..n).map(|i| game.output_subsidy(i)).collect();
    gradient.extend((0..n).map(paid));
    let spending = Function { gradient, hessian: &spending_bend, direct: 1.0 };
    // An output subsidy also leaves what is earned on sales to the public purse.
    let sold = if objective == Objective::Welfare { -1.0 } else { 0.0 };
    let of = |function: &Function<'_>, sold: f64| {
        let weights = system.weights(&function.gradient);
        let direct = |lever: Lever| match lever {
            Lever::Output(i) => (function.direct + sold) * q[i],
            Lever::Unit(i) => function.direct * x[i],
            Lever::Rate(i) => function.direct * game.rd_cost[i] * x[i] * x[i] / 2.0,
        };
        let moved = |lever: Lever, z: &[f64]| match lever {
            Lever::Output(i) => (function.direct + sold) * z[i],
            Lever::Unit(i) => function.direct * z[n + i],
            Lever::Rate(i) => function.direct * game.rd_cost[i] * x[i] * z[n + i],
        };
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let slope = (0..dials.len())
            .map(|k| dot(&function.gradient, &first[k]) + levers[k].iter().map(|&lever| direct(lever)).sum::<f64>())
            .collect();
        let bent: Vec<Vec<f64>> = first.iter().map(|z| (function.hessian)(z)).collect();
        let bend = Matrix::from_fn(dials.len(), dials.len(), |k, l| {
            let both = system.bent(&levers[k], &first[l], &weights) + system.bent(&levers[l], &first[k], &weights);
            let apart = levers[k].iter().map(|&lever| moved(lever, &first[l])).sum::<f64>()
                + levers[l].iter().map(|&lever| moved(lever, &first[k])).sum::<f64>();
            dot(&bent[k], &first[l]) - both + apart
        });
        Derivatives { slope, bend }
    };
    Some([of(&aim, sold), of(&spending, 0.0)])
}

fn levers(dial: Dial, n: usize) -> Vec<Lever> {
    let of = |i: usize| match dial.kind {
        Kind::Rate => Lever::Rate(i),
        Kind::Unit => Lever::Unit(i),
        Kind::Output => Lever::Output(i),
    };
    match dial.firm {
        Some(i) => vec![of(i)],
        None => (0..n).map(of).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::options::{Instrument, PolicyOptions, Scope};
    use super::super::search::{Found, Search};
    use super::*;
    use crate::solver::tests::read;
    use crate::solver::{SolveOptions, solve};
    use proptest::prelude::*;
    use serde_json::json;

    fn symmetric(n: usize, gamma: f64, beta: f64, mode: &str) -> Game {
        read(json!({
            "market": { "intercept": 100.0, "slope": 1.0 },
            "firms": { "count": n, "marginal_cost": 45.0, "rd_cost": gamma },
            "spillover": { "rate": beta },
            "regime": { "mode": mode },
        }))
    }

    fn best(game: &Game, instrument: Instrument, options: PolicyOptions) -> Found {
        Search::new(game, instrument, &options, 1).best().unwrap()
    }

    fn targeted() -> PolicyOptions {
        PolicyOptions { scope: Scope::Targeted, ..PolicyOptions::default() }
    }

    /// Section 8 of the specification, each checked symbolically against the second and the first best.
    #[test]
    fn the_best_subsidies_of_identical_firms_are_the_closed_forms() {
        for (n, gamma, beta) in [(2usize, 6.0, 0.3), (3, 12.0, 0.7), (5, 20.0, 0.05), (8, 40.0, 0.4)] {
            let size = n as f64;
            let (th, f) = (1.0 + (size - 1.0) * beta, size - (size - 1.0) * beta);
            let near = |found: f64, wanted: f64| {
                assert!((found - wanted).abs() < 1e-11 * (1.0 + wanted.abs()), "n = {n}: {found} for {wanted}");
            };
            let game = symmetric(n, gamma, beta, "competition");
            let share = 1.0 - 2.0 * f / ((size + 2.0) * th);
            let found = best(&game, Instrument::RdRate, PolicyOptions::default());
            near(found.setting[0], share);
            assert!(found.residual < 1e-12, "{}", found.residual);
            let cartel = symmetric(n, gamma, beta, "coordination");
            near(best(&cartel, Instrument::RdRate, PolicyOptions::default()).setting[0], size / (size + 2.0));
            // Firm by firm the same for all; per unit t = γ σ x at the second best.
            best(&game, Instrument::RdRate, targeted()).setting.iter().for_each(|&value| near(value, share));
            let x = (size + 2.0) * th * 55.0 / (gamma * (size + 1.0) * (size + 1.0) - (size + 2.0) * th * th);
            near(best(&game, Instrument::RdUnit, PolicyOptions::default()).setting[0], gamma * share * x);
            for value in best(&game, Instrument::RdUnit, targeted()).setting {
                near(value, gamma * share * x);
            }
            // First best: s = A γ/(n γ − th²), σ = 1 − 2f/((n+1) th).
            let both = best(&game, Instrument::Both, PolicyOptions::default()).setting;
            near(both[0], 55.0 * gamma / (size * gamma - th * th));
            near(both[1], 1.0 - 2.0 * f / ((size + 1.0) * th));
            // Output subsidy alone.
            let g = gamma * (size + 1.0) * (size + 1.0);
            let (k, r) = (2.0 * f / (g - 2.0 * f * th), gamma * (size + 1.0) / (g - 2.0 * f * th));
            let all = 55.0 * r / (size * r * r + gamma * k * k - 2.0 * th * k * r);
            near(best(&game, Instrument::Output, PolicyOptions::default()).setting[0], all - 55.0);
        }
    }

    /// A budget: what is left of the conditions of an optimum, and the budget spent.
    #[test]
    fn a_budget_is_spent_and_the_conditions_hold() {
        let game = read(json!({
            "market": { "intercept": 100.0, "slope": 1.0 },
            "firms": { "marginal_cost": [40.0, 44.0, 47.0], "rd_cost": [9.0, 12.0, 10.0] },
            "spillover": { "rate": 0.4 },
        }));
        for instrument in [Instrument::RdRate, Instrument::RdUnit, Instrument::Output] {
            let options = PolicyOptions { budget: Some(10.0), no_tax: true, ..targeted() };
            let found = best(&game, instrument, options);
            assert!(found.binding && found.residual < 1e-11 && found.price > 0.0, "{found:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        /// Exact derivatives against differences, in every mode in which firms decide.
        #[test]
        fn derivatives_are_those_of_the_values(
            costs in prop::collection::vec(42.0..47.0f64, 3..6),
            beta in 0.0..0.6f64,
            gamma in 12.0..30.0f64,
            kind in 0usize..3,
            mode in 0usize..6,
            lambda in 0.0..0.5f64,
            at in 0.0..0.3f64,
        ) {
            let mode_word = ["competition", "coordination", "sharing", "consortium", "competition", "competition"][mode];
            let timing = if mode == 4 { "simultaneous" } else { "two-stage" };
            let (competition, substitution) = if mode == 5 { ("bertrand", 0.4) } else { ("cournot", 0.9) };
            let game = read(json!({
                "market": { "intercept": 100.0, "slope": 1.0, "substitution": substitution, "competition": competition },
                "firms": { "marginal_cost": costs, "rd_cost": gamma },
                "spillover": { "rate": beta },
                "regime": { "mode": mode_word, "timing": timing },
                "policy": { "public_funds_cost": lambda },
            }));
            let instrument = [Instrument::RdRate, Instrument::RdUnit, Instrument::Output][kind];
            let options = targeted();
            let search = Search::new(&game, instrument, &options, 1);
            let setting: Vec<f64> =
                search.units.iter().enumerate().map(|(i, unit)| unit * at * (1.0 - 0.2 * i as f64)).collect();
            let chosen = search.game(&setting);
            let solved = solve(&chosen, &SolveOptions::quick()).unwrap();
            let Some(exact) = derivatives(&chosen, &solved, &search.dials, Objective::Welfare) else { return Ok(()) };
            let Some(slopes) = search.differences(&setting) else { return Ok(()) };
            let beside = |j: usize, step: f64| {
                let mut moved = setting.clone();
                moved[j] += step;
                let chosen = search.game(&moved);
                let solved = solve(&chosen, &SolveOptions::quick()).ok()?;
                Some((chosen, solved))
            };
            // A firm that begins or ceases to do R&D or to sell within the step: the values have a kink there.
            let doing = |solved: &Equilibrium| -> Vec<(bool, bool)> {
                solved.account.rd.iter().zip(&solved.account.output).map(|(x, q)| (*x > 0.0, *q > 0.0)).collect()
            };
            let reach = |j: usize| 1e-2 * search.units[j];
            let smooth = (0..setting.len()).flat_map(|j| [(j, reach(j)), (j, -reach(j))]).all(|(j, step)| {
                beside(j, step).is_some_and(|(_, moved)| doing(&moved) == doing(&solved))
            });
            if !smooth {
                return Ok(());
            }
            // Slopes beside the setting: their differences are far sharper than second differences of values.
            let beside = |j: usize, step: f64| {
                let (chosen, solved) = beside(j, step)?;
                derivatives(&chosen, &solved, &search.dials, Objective::Welfare)
            };
            let steps: Vec<f64> = search.units.iter().map(|unit| 1e-4 * unit).collect();
            let Some(around) = (0..setting.len())
                .map(|j| beside(j, steps[j]).zip(beside(j, -steps[j])))
                .collect::<Option<Vec<_>>>()
            else {
                return Ok(());
            };
            for k in 0..2 {
                let scale = (0..setting.len())
                    .map(|i| (exact[k].slope[i] * search.units[i]).abs()).fold(1e-3, f64::max);
                for (i, slope) in slopes[k].iter().enumerate() {
                    let off = (exact[k].slope[i] - slope) * search.units[i];
                    prop_assert!(off.abs() < 1e-5 * scale, "slope {k} {i}: {} {}", exact[k].slope[i], slope);
                    for j in 0..setting.len() {
                        let (above, below) = &around[j];
                        let bend = (above[k].slope[i] - below[k].slope[i]) / (2.0 * steps[j]);
                        let size = search.units[i] * search.units[j];
                        let off = (exact[k].bend[(i, j)] - bend) * size;
                        prop_assert!(off.abs() < 1e-4 * scale.max(bend.abs() * size),
                            "bend {k} {i} {j}: {} {bend}", exact[k].bend[(i, j)]);
                    }
                }
            }
        }
    }
}
