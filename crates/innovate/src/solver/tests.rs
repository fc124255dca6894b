//! The solver against closed forms, against best replies on raw profits, and the propositions that always hold.

use super::{SolveOptions, solve};
use crate::check::violated;
use crate::game::{Game, Mode, read_game};
use distretto_core::{Document, Inputs};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(crate) fn read(game: Value) -> Game {
    let Value::Object(root) = game else { panic!("a table") };
    read_game(&Document::new("game.toml", root, BTreeMap::new()), &Inputs::default()).unwrap()
}

fn symmetric(n: usize, gamma: f64, beta: f64, mode: Mode) -> Game {
    read(json!({
        "market": { "intercept": 100.0, "slope": 1.0 },
        "firms": { "count": n, "marginal_cost": 45.0, "rd_cost": gamma },
        "spillover": { "rate": beta },
        "regime": { "mode": mode.word() },
    }))
}

fn rd(game: &Game) -> f64 {
    solve(game, &SolveOptions::default()).unwrap().account.rd_total() / game.len() as f64
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Section 3 of the theory page, each derived by hand; n = 2 equals d'Aspremont and Jacquemin (1988).
    #[test]
    fn identical_firms_follow_the_closed_forms(n in 2usize..9, gamma in 25.0..60.0f64, beta in 0.0..1.0f64) {
        let (size, a) = (n as f64, 55.0);
        let (th, f) = (1.0 + (size - 1.0) * beta, size - (size - 1.0) * beta);
        let g = gamma * (size + 1.0) * (size + 1.0);
        let expected = [
            (Mode::Competition, 2.0 * a * f / (g - 2.0 * f * th)),
            (Mode::Coordination, 2.0 * a * th / (g - 2.0 * th * th)),
            (Mode::Sharing, 2.0 * a / (g - 2.0 * size)),
            (Mode::Consortium, 2.0 * a * size / (g - 2.0 * size * size)),
            (Mode::Merger, th * a / (2.0 * size * gamma - th * th)),
            (Mode::PlannerSecondBest, (size + 2.0) * th * a / (g - (size + 2.0) * th * th)),
            (Mode::PlannerFirstBest, th * a / (size * gamma - th * th)),
        ];
        for (mode, x) in expected {
            let solved = solve(&symmetric(n, gamma, beta, mode), &SolveOptions::default()).unwrap();
            let found = solved.account.rd_total() / size;
            prop_assert!((found - x).abs() < 1e-10 * x, "{mode:?}: {found} for {x}");
            prop_assert!(solved.certified, "{mode:?}: {:?}", solved.certificate);
        }
        let stable = solve(&symmetric(n, gamma, beta, Mode::Competition), &SolveOptions::default()).unwrap();
        let margin = (g - 2.0 * f * th).min(g - 2.0 * f * (1.0 - beta) * (size + 1.0)) / (g - 2.0 * f * f);
        prop_assert!((stable.certificate.stability_margin - margin).abs() < 1e-9);
    }

    /// Spillovers in money, section 3: reductions z.
    #[test]
    fn spillovers_in_money_follow_the_closed_forms(n in 2usize..6, gamma in 8.0..30.0f64, beta in 0.05..0.95f64) {
        let (size, a) = (n as f64, 55.0);
        let (th, f) = (1.0 + (size - 1.0) * beta, size - (size - 1.0) * beta);
        let g = gamma * (size + 1.0) * (size + 1.0);
        let expected = [
            (Mode::Competition, 2.0 * a * f / (g - 2.0 * f)),
            (Mode::Coordination, 2.0 * a * th / (g - 2.0 * th)),
            (Mode::Sharing, 2.0 * a / (g - 2.0)),
            (Mode::Consortium, 2.0 * a * size / (g - 2.0 * size)),
            (Mode::PlannerSecondBest, (size + 2.0) * th * a / (g - (size + 2.0) * th)),
            (Mode::Merger, th * a / (2.0 * size * gamma - th)),
            (Mode::PlannerFirstBest, th * a / (size * gamma - th)),
        ];
        for (mode, z) in expected {
            let mut game = symmetric(n, gamma, beta, mode);
            game.form = crate::game::Form::Input;
            let solved = solve(&game, &SolveOptions::default()).unwrap();
            prop_assert!((solved.account.reduction[0] - z).abs() < 1e-7 * z, "{mode:?}: {} for {z}", solved.account.reduction[0]);
        }
    }

    /// The linear system against best replies on raw profits, the market solved anew at every trial.
    #[test]
    fn best_replies_lead_to_the_same_point(costs in prop::collection::vec(40.0..44.0f64, 2..6), beta in 0.0..1.0f64, gamma in 20.0..40.0f64) {
        let game = read(json!({
            "market": { "intercept": 100.0, "slope": 1.0 },
            "firms": { "marginal_cost": costs, "rd_cost": gamma },
            "spillover": { "rate": beta },
        }));
        let solved = solve(&game, &SolveOptions::default()).unwrap();
        let replied = raw_replies(&costs, gamma, beta);
        for (x, y) in solved.account.rd.iter().zip(&replied) {
            prop_assert!((x - y).abs() < 1e-9, "{x} and {y}");
        }
    }

    /// Large games go another way, to the same equilibrium: markets, links, exits, floors.
    #[test]
    fn sweeps_lead_where_linear_systems_lead(
        costs in prop::collection::vec(40.0..75.0f64, 24),
        gamma in 6.0..20.0f64,
        seed in 0u64..1_000,
        cheap in 0usize..4,
    ) {
        let mut game = read(json!({
            "market": { "intercept": 100.0, "slope": 1.0 },
            "firms": { "marginal_cost": costs, "rd_cost": gamma },
            "spillover": { "rate": 0.0 },
        }));
        // One firm may be at the cost floor. (Above it, a rival that leaks to it may have no pure equilibrium with it.)
        if cheap > 0 {
            game.cost[cheap] = 0.0;
        }
        game.market = (0..24).map(|i| i % 4).collect();
        game.markets = std::sync::Arc::new((1..=4).map(|m| m.to_string()).collect());
        game.index_markets();
        let draw = |i: usize, j: usize| ((i * 31 + j * 17 + seed as usize * 7) % 97) as f64 / 97.0;
        let (mut starts, mut sources, mut weights) = (vec![0], Vec::new(), Vec::new());
        for i in 0..24usize {
            for j in (0..24).filter(|&j| j != i && draw(i, j) < 0.2) {
                sources.push(j as u32);
                weights.push(0.5 * draw(j, i));
            }
            starts.push(sources.len());
        }
        game.knowledge = std::sync::Arc::new(crate::knowledge::Knowledge::Sparse { starts, sources, weights });
        let dense = solve(&game, &SolveOptions::default()).unwrap();
        game.solver.method = crate::game::Method::MatrixFree;
        let free = solve(&game, &SolveOptions::default()).unwrap();
        prop_assert!(dense.certified, "{:?}", dense.certificate);
        // Very rarely (one in 20,000) who hold a rival together from several markets wander along a continuum: sweeps end
        // unsettled, near, and say so.
        if free.iterations >= 1_000 && !free.certified {
            prop_assert!(free.epsilon < 1e-5, "{:?}", free.certificate);
            return Ok(());
        }
        prop_assert!(free.certified, "{} {:?}", free.iterations, free.certificate);
        // Where firms hold a rival at zero together, each one's part is not determined.
        if !free.notes.contains(&super::Note::NotUnique) && !dense.notes.contains(&super::Note::NotUnique) {
            for (x, y) in dense.account.rd.iter().zip(&free.account.rd) {
                prop_assert!((x - y).abs() < 1e-8, "{x} and {y}");
            }
            prop_assert_eq!(free.kinked, dense.kinked);
        }
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let again = one.install(|| solve(&game, &SolveOptions::default())).unwrap();
        prop_assert_eq!(again.account, free.account);
    }

    /// Propositions that always hold, on random games: none is violated.
    #[test]
    fn propositions_hold(n in 2usize..9, gamma in 1.0..60.0f64, beta in 0.0..1.0f64, spread in 0.0..3.0f64, kind in 0usize..4) {
        let line = |low: f64, high: f64| (0..n).map(|i| low + (high - low) * i as f64 / n as f64).collect::<Vec<f64>>();
        let mut game = symmetric(n, gamma, beta, Mode::Competition);
        match kind {
            0 => {}
            1 => game.cost = line(45.0, 45.0 + spread),
            2 => game.rd_cost = line(gamma, gamma * (1.0 + spread)),
            _ => {
                let row = line(0.3 * beta, beta);
                game.knowledge =
                    std::sync::Arc::new(crate::knowledge::Knowledge::RankOne { row, column: vec![1.0; n] });
            }
        }
        let failing = violated(&game);
        prop_assert!(failing.is_empty(), "{failing:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Whatever is certified: no other R&D of a decision maker's firms serves it better, by random trials on raw accounts.
    /// Low costs and cheap R&D, so that floors bind and firms leave.
    #[test]
    fn nothing_certified_can_be_bettered(
        costs in prop::collection::vec(15.0..80.0f64, 2..5),
        beta in 0.0..1.0f64,
        gamma in 1.2..9.0f64,
        mode in 0usize..6,
        substitution in 0.5..1.0f64,
        shares in prop::collection::vec(0.0..1.0f64, 400),
    ) {
        let modes =
            [Mode::Competition, Mode::Coordination, Mode::Sharing, Mode::Consortium, Mode::PlannerSecondBest, Mode::Merger];
        let n = costs.len();
        let game = read(json!({
            "market": { "intercept": 100.0, "slope": 1.0, "substitution": substitution },
            "firms": { "marginal_cost": costs, "rd_cost": gamma },
            "spillover": { "rate": beta },
            "regime": { "mode": modes[mode].word() },
        }));
        let Ok(solved) = solve(&game, &SolveOptions::default()) else { return Ok(()) };
        prop_assume!(solved.certified);
        let x = &solved.account.rd;
        let worth = |x: &[f64], i: usize| {
            let dense = super::dense::Dense::new(&game);
            let point = dense.point(x.to_vec());
            let reduction = point.learned.clone();
            let account = crate::account::Account::settle(&game, x.to_vec(), reduction, point.out.q);
            match modes[mode] {
                Mode::Competition | Mode::Sharing => account.profit[i],
                Mode::PlannerSecondBest => account.welfare,
                _ => account.producer_surplus,
            }
        };
        let alone = matches!(modes[mode], Mode::Competition | Mode::Sharing);
        let top = costs.iter().fold(0.0f64, |top, &c| top.max(c));
        for (k, chunk) in shares.chunks(n).enumerate().filter(|(_, chunk)| chunk.len() == n) {
            let i = k % n;
            let present = worth(x, i);
            let mut trial = x.clone();
            // Near the solution, and anywhere.
            let near = |x: f64, share: f64| if k % 2 == 0 { (x + 0.2 * (share - 0.5)).max(0.0) } else { top * share * share };
            match alone {
                true => trial[i] = near(x[i], chunk[0]),
                false => (0..n).for_each(|j| trial[j] = near(x[j], chunk[j])),
            }
            let reached = worth(&trial, i);
            prop_assert!(reached <= present + 1e-7 * (1.0 + present.abs()), "{trial:?} gives {reached}, {x:?} {present}");
        }
    }

    /// Solve and the rows of other verbs certify the same games.
    #[test]
    fn rows_are_certified_as_games_are(
        costs in prop::collection::vec(20.0..70.0f64, 2..5),
        beta in 0.0..1.0f64,
        gamma in 2.0..9.0f64,
        mode in 0usize..7,
    ) {
        let game = read(json!({
            "market": { "intercept": 100.0, "slope": 1.0 },
            "firms": { "marginal_cost": costs, "rd_cost": gamma },
            "spillover": { "rate": beta },
            "regime": { "mode": crate::game::MODES[mode].word() },
        }));
        let (one, row) = (solve(&game, &SolveOptions::default()), solve(&game, &SolveOptions::quick()));
        if let (Ok(one), Ok(row)) = (one, row) {
            prop_assert_eq!(one.certified, row.certified);
        }
    }
}

/// Gauss–Seidel on profits: an interior profit is quadratic in own R&D, so that three values give its top.
fn raw_replies(costs: &[f64], gamma: f64, beta: f64) -> Vec<f64> {
    let n = costs.len();
    let profit = |x: &[f64], i: usize| {
        let total: f64 = x.iter().sum();
        let cost = |k: usize| costs[k] - x[k] - beta * (total - x[k]);
        let output: f64 = (0..n).map(|k| 100.0 - cost(k)).sum::<f64>() / (n as f64 + 1.0);
        let q = 100.0 - output - cost(i);
        q * q - gamma * x[i] * x[i] / 2.0
    };
    let mut x = vec![0.0; n];
    for _ in 0..400 {
        for i in 0..n {
            let at = |t: f64| {
                let mut trial = x.clone();
                trial[i] = t;
                profit(&trial, i)
            };
            let (low, middle, high) = (at(0.0), at(8.0), at(16.0));
            let bend = (high - 2.0 * middle + low) / 128.0;
            let slope = (middle - low) / 8.0 - 8.0 * bend;
            x[i] = (-slope / (2.0 * bend)).max(0.0);
        }
    }
    x
}

#[test]
fn limit_rd_holds_a_rival_at_zero() {
    // Section 5 of the theory page: neither monopoly nor duopoly.
    let game = read(json!({
        "market": { "intercept": 100.0, "slope": 1.0 },
        "firms": { "marginal_cost": [40.0, 65.0], "rd_cost": 4.0 },
        "spillover": { "rate": 0.0 },
    }));
    let solved = solve(&game, &SolveOptions::default()).unwrap();
    assert!((solved.account.rd[0] - 10.0).abs() < 1e-9 && solved.account.rd[1] == 0.0);
    assert_eq!((solved.account.output[1], solved.kinked, solved.certified), (0.0, 1, true));
}

#[test]
fn without_a_planner_all_modes_agree_for_a_single_firm() {
    // A/(2bγ − 1) = 55/9.
    for mode in [Mode::Competition, Mode::Coordination, Mode::Sharing, Mode::Consortium, Mode::Merger] {
        assert!((rd(&symmetric(1, 5.0, 0.4, mode)) - 55.0 / 9.0).abs() < 1e-12, "{mode:?}");
    }
    // Planners do more: 3A/(4bγ − 3) = 165/17 and A/(bγ − 1) = 55/4.
    assert!((rd(&symmetric(1, 5.0, 0.4, Mode::PlannerSecondBest)) - 165.0 / 17.0).abs() < 1e-12);
    assert!((rd(&symmetric(1, 5.0, 0.4, Mode::PlannerFirstBest)) - 55.0 / 4.0).abs() < 1e-12);
}

/// Where reductions are not linear in R&D too: joint programmes of coalitions are searched. With a narrowness of 0 the game
/// is the linear one, in which the coalition gains by (20.19, 30.65) and no equilibrium is found; with 1/2 the better programme
/// of the coalition, (0, 14.19), is an equilibrium.
#[test]
fn coalitions_with_narrowness_are_searched_jointly() {
    let of = |costs: [f64; 3], own: [f64; 3], rates: (f64, f64), narrowness: Option<f64>| {
        let mut game = json!({
            "market": { "intercept": 100.0, "slope": 1.0 },
            "firms": { "marginal_cost": costs, "rd_cost": own },
            "spillover": { "rate": rates.0 },
            "regime": { "mode": "consortium", "coalitions": [["2", "3"]], "sharing_rate": rates.1 },
        });
        if let Some(narrowness) = narrowness {
            game["spillover"]["narrowness"] = json!(narrowness);
        }
        solve(&read(game), &SolveOptions::default()).unwrap()
    };
    for narrowness in [None, Some(0.0)] {
        let solved = of([18.0, 51.3, 58.2], [4.51, 2.11, 1.36], (0.3, 0.9), narrowness);
        assert!(!solved.certified && solved.epsilon > 1e-3, "{narrowness:?} {}", solved.epsilon);
    }
    let solved = of([30.6, 45.3, 45.3], [7.04, 2.41, 2.08], (0.9, 0.3), Some(0.5));
    assert!(solved.certified && solved.account.rd[1] == 0.0, "{:?}", solved.account.rd);
    assert!((solved.account.rd[2] - 14.19).abs() < 0.01, "{:?}", solved.account.rd);
}

/// Two firms hold a third at zero output together, by 7.8 in all: told by owners of one another and without linearity too.
#[test]
fn what_is_held_together_is_told_everywhere() {
    let held = |key: &str, value: Value, cost: f64| {
        let mut game = json!({
            "market": { "intercept": 100.0, "slope": 1.0 },
            "firms": { "marginal_cost": [40.0, 40.0, cost], "rd_cost": 8.0 },
            "spillover": { "rate": 0.0 },
            "regime": {},
        });
        let (section, key) = key.split_once('.').unwrap();
        game[section][key] = value;
        solve(&read(game), &SolveOptions::default()).unwrap()
    };
    let owners = held("regime.cross_ownership", json!([[1, 0.02, 0], [0.02, 1, 0], [0, 0, 1]]), 57.4);
    let money = held("spillover.in", json!("input"), 57.4);
    let narrow = held("spillover.narrowness", json!(0.05), 57.5);
    for (solved, total) in [(owners, 7.8), (money, 7.8), (narrow, 7.5)] {
        assert!(solved.certified && solved.kinked == 1, "{:?}", solved.certificate);
        assert!(solved.notes.contains(&super::Note::NotUnique), "{:?}", solved.notes);
        let reached = solved.account.reduction[0] + solved.account.reduction[1];
        assert!((reached - total).abs() < 1e-6, "{reached}");
        assert!(solved.certificate.local_gain < 1e-9, "{:?}", solved.certificate);
    }
}

#[test]
fn certainty_does_not_come_from_a_wrong_point() {
    use super::certificate::certify;
    let game = symmetric(3, 12.0, 0.3, Mode::Competition);
    let dense = super::dense::Dense::new(&game);
    let point = dense.point(vec![1.0, 1.0, 1.0]);
    let certificate = certify(&dense, &point, &SolveOptions::default());
    assert!(certificate.deviation_gain > 1e-3 && certificate.residual > 1e-2, "{certificate:?}");
}

#[test]
fn without_a_matrix_the_same() {
    let costs: Vec<f64> = (0..40).map(|i| 40.0 + 0.7 * f64::from(i % 17)).collect();
    let mut game = read(json!({
        "market": { "intercept": 100.0, "slope": 1.0 },
        "firms": { "marginal_cost": costs, "rd_cost": 12.0 },
        "spillover": { "rate": 0.3 },
    }));
    let dense = solve(&game, &SolveOptions::default()).unwrap();
    game.solver.method = crate::game::Method::MatrixFree;
    let free = solve(&game, &SolveOptions::default()).unwrap();
    assert!(dense.account.active() < 40 && free.certified && dense.certified);
    for (x, y) in dense.account.rd.iter().zip(&free.account.rd) {
        assert!((x - y).abs() < 1e-9, "{x} and {y}");
    }
}
