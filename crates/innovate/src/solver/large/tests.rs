//! Games of many markets: the same bits on any number of threads, and the equilibrium that linear systems find.

use super::super::dense::Dense;
use super::super::{Note, SolveOptions, solve};
use crate::game::{Game, Method, Mode, read_game};
use crate::knowledge::Knowledge;
use crate::ray::Ray;
use distretto_core::{Document, Inputs};
use distretto_numerics::{Key, Stream};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Firms in markets of `size`, each learning from `links` others at random, unit costs spread over `spread`.
fn game(n: usize, size: usize, links: usize, spread: f64, seed: u64) -> Game {
    let root = json!({
        "market": { "intercept": 100.0, "slope": 1.0 },
        "firms": { "count": n, "marginal_cost": 40.0, "rd_cost": 8.0 },
    });
    let Value::Object(root) = root else { unreachable!() };
    let mut game = read_game(&Document::new("g.toml", root, BTreeMap::new()), &Inputs::default()).unwrap();
    let mut draw = Stream::new(Key::new(seed, "a game"), 0, 0);
    game.cost.iter_mut().for_each(|cost| *cost += spread * draw.uniform());
    game.rd_cost.iter_mut().for_each(|cost| *cost += 8.0 * draw.uniform());
    // Markets whose firms do not stand side by side.
    let markets = n / size;
    game.market = (0..n).map(|i| (i % markets) as u32).collect();
    game.markets = Arc::new((0..markets).map(|m| m.to_string()).collect());
    game.index_markets();
    let (mut starts, mut sources, mut weights) = (vec![0], Vec::new(), Vec::new());
    for i in 0..n {
        let mut from: Vec<u32> = Vec::new();
        for _ in 0..links {
            let own = draw.below_u64(size as u64) as usize * markets + i % markets;
            let j = if draw.uniform() < 0.3 { own } else { draw.below_u64(n as u64) as usize };
            if j != i && j < n && !from.contains(&(j as u32)) {
                from.push(j as u32);
            }
        }
        from.sort_unstable();
        weights.extend(from.iter().map(|_| 0.3 * draw.uniform()));
        sources.extend(from);
        starts.push(sources.len());
    }
    game.knowledge = Arc::new(Knowledge::Sparse { starts, sources, weights });
    game
}

#[test]
fn threads_change_no_bit_of_20_000_firms() {
    let game = game(20_000, 10, 7, 40.0, 1);
    let solved = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| solve(&game, &SolveOptions::default())).unwrap()
    };
    let one = solved(1);
    assert!(one.certified && one.kinked > 0 && one.account.active() < 20_000, "{:?}", one.certificate.deviation_gain);
    for threads in [2, 3] {
        let other = solved(threads);
        let bits = |gains: &[f64]| gains.iter().map(|gain| gain.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&other.certificate.local_gains), bits(&one.certificate.local_gains));
        assert_eq!((&other.account, other.epsilon.to_bits()), (&one.account, one.epsilon.to_bits()));
    }
}

/// The same by linear systems and by rounds of visits; nothing is compared where parts are not determined.
fn agree(game: &mut Game) -> Result<(), TestCaseError> {
    game.solver.method = Method::Dense;
    let dense = solve(game, &SolveOptions::default()).unwrap();
    game.solver.method = Method::MatrixFree;
    let free = solve(game, &SolveOptions::default()).unwrap();
    prop_assert!(free.certified && dense.certified, "{:?} {:?}", free.certificate, dense.certificate);
    if [&free, &dense].iter().all(|solved| !solved.notes.contains(&Note::NotUnique)) {
        for (x, y) in dense.account.rd.iter().zip(&free.account.rd) {
            prop_assert!((x - y).abs() < 1e-9, "{x} and {y}");
        }
        prop_assert_eq!(free.kinked, dense.kinked);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn visits_lead_where_linear_systems_lead(seed in 0u64..10_000, spread in 0.0..45.0f64, size in 3usize..9) {
        agree(&mut game(8 * size, size, 6, spread, seed))?;
    }

    /// A sharing coalition across markets, small ones and one of all.
    #[test]
    fn sharing_coalitions_need_no_matrix(seed in 0u64..10_000, spread in 0.0..20.0f64, rate in 0.0..1.0f64, all: bool) {
        let mut game = game(30, 5, 4, spread, seed);
        game.rd_cost.iter_mut().for_each(|cost| *cost *= 3.0);
        game.mode = Mode::Sharing;
        game.sharing_rate = 0.3 * rate;
        game.coalitions = if all { vec![(0..30).collect()] } else { vec![vec![0, 1, 6, 12], vec![3, 4, 5, 29]] };
        agree(&mut game)?;
    }
}

/// Coalitions of 1 to `most` of the firms in a random order, those of one market where `within`.
fn coalitions(game: &mut Game, most: usize, within: bool, seed: u64) {
    let mut draw = Stream::new(Key::new(seed, "coalitions"), 0, 0);
    let n = game.len();
    let mut order: Vec<u32> = (0..n as u32).collect();
    (1..n).rev().for_each(|k| order.swap(k, draw.below(k as u32 + 1) as usize));
    if within {
        order.sort_by_key(|&i| game.market[i as usize]);
    }
    game.coalitions.clear();
    let mut at = 0;
    while at < n {
        let mut end = (at + 1 + draw.below(most as u32) as usize).min(n);
        if within {
            end = (at..end).take_while(|&k| game.market[order[k] as usize] == game.market[order[at] as usize]).count()
                + at;
        }
        let mut members = order[at..end].to_vec();
        members.sort_unstable();
        if members.len() > 1 {
            game.coalitions.push(members);
        }
        at = end;
    }
    game.coalitions.sort_by_key(|members| members[0]);
}

/// A game of coalitions by both solvers. Where several makers hold one rival their parts are not determined, and both
/// must say so.
fn agree_together(game: &mut Game) -> Result<(), TestCaseError> {
    game.solver.method = Method::Dense;
    let dense = solve(game, &SolveOptions::default()).unwrap();
    game.solver.method = Method::MatrixFree;
    let free = solve(game, &SolveOptions::default()).unwrap();
    let [dense_several, free_several] = [&dense, &free].map(|solved| solved.notes.contains(&Note::NotUnique));
    if !dense.certified {
        return Ok(());
    }
    prop_assert!(free.certified, "{} {:?}", free.epsilon, free.notes);
    let far = dense.account.rd.iter().zip(&free.account.rd).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max);
    // A gain that is left, g = λ e²/2, leaves R&D e from where it should be; of these λ is no less than the margin.
    let margin = dense.certificate.second_order_margin.min(free.certificate.second_order_margin);
    let left = dense.certificate.deviation_gain + free.certificate.deviation_gain;
    let slack = 1e-9 + 4.0 * (2.0 * left / margin).sqrt();
    if far > slack {
        prop_assert!(dense_several && free_several, "{far} over {slack}, {:?} {:?}", dense.notes, free.notes);
        return Ok(());
    }
    let (a, b) = (dense.certificate.second_order_margin, free.certificate.second_order_margin);
    // A firm just at its threshold is a seller by rounding, and counts in the margin where it is.
    prop_assert!((a - b).abs() < 1e-6 || dense.kinked > 0, "{a} and {b}");
    prop_assert_eq!(free.kinked, dense.kinked);
    Ok(())
}

/// Knowledge of rank one.
fn by_capacity(game: &mut Game, seed: u64) {
    let mut draw = Stream::new(Key::new(seed, "capacities"), 0, 0);
    let mut values = |most: f64| (0..game.len()).map(|_| most * draw.uniform()).collect::<Vec<f64>>();
    game.knowledge = Arc::new(Knowledge::RankOne { row: values(0.2), column: values(1.0) });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn coalitions_need_no_matrix(
        seed in 0u64..10_000,
        spread in 0.0..45.0f64,
        size in 3usize..7,
        within: bool,
        shares: bool,
        ranked: bool,
    ) {
        let mut game = game(5 * size, size, 4, spread, seed);
        if ranked {
            by_capacity(&mut game, seed);
        }
        game.rd_cost.iter_mut().for_each(|cost| *cost *= 1.5);
        game.mode = if shares && !ranked { Mode::Consortium } else { Mode::Coordination };
        game.sharing_rate = 0.4;
        coalitions(&mut game, 4, within, seed);
        agree_together(&mut game)?;
    }

    /// One coalition of all firms of all markets.
    #[test]
    fn a_coalition_of_all_needs_no_matrix(seed in 0u64..10_000, spread in 0.0..12.0f64, ranked: bool) {
        let mut game = game(40, 5, 4, spread, seed);
        if ranked {
            by_capacity(&mut game, seed);
        }
        game.rd_cost.iter_mut().for_each(|cost| *cost *= 2.0);
        game.mode = Mode::Coordination;
        game.coalitions = vec![(0..40).collect()];
        agree_together(&mut game)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    /// Unit costs so low that some reach 0.
    #[test]
    fn coalitions_at_the_cost_floor_need_no_matrix(seed in 0u64..10_000, low in 2.0..8.0f64, within: bool) {
        let mut game = game(15, 5, 4, 1.0, seed);
        game.cost.iter_mut().for_each(|cost| *cost += low - 40.0);
        game.mode = Mode::Coordination;
        coalitions(&mut game, 3, within, seed);
        agree_together(&mut game)?;
    }
}

/// A bound by the Lanczos iteration, and coalitions of many thousand firms on any number of threads.
#[test]
fn threads_change_no_bit_of_coalitions() {
    let mut game = game(3_000, 10, 5, 4.0, 1);
    game.rd_cost.iter_mut().for_each(|cost| *cost *= 2.0);
    game.mode = Mode::Coordination;
    game.coalitions = vec![(0..1_000).collect(), (1_000..3_000).collect()];
    let solved = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| solve(&game, &SolveOptions::default())).unwrap()
    };
    let one = solved(1);
    assert!(one.certified, "{:?} {:?}", one.certificate.deviation_gain, one.notes);
    for threads in [2, 3] {
        let other = solved(threads);
        assert_eq!((&other.account, other.epsilon.to_bits()), (&one.account, one.epsilon.to_bits()));
    }
}

/// By hand: the first of two firms is out, with x = (0, 67.2). R&D of 53.24 = 73.4 − 0.3 · 67.2 brings its cost to 0,
/// its output to 100/3, its profit to 1,111.1 − 0.66 · 53.24²/2 = 175.7.
#[test]
fn no_certificate_stands_where_a_far_step_gains() {
    for method in [Method::Auto, Method::MatrixFree] {
        let mut game = crate::solver::tests::read(json!({
            "market": { "intercept": 100.0, "slope": 1.0 },
            "firms": { "marginal_cost": [73.4, 67.2], "rd_cost": [0.66, 0.65] },
            "spillover": { "rate": 0.3 },
        }));
        game.solver.method = method;
        let solved = solve(&game, &SolveOptions::default()).unwrap();
        let (profit, wanted) = (solved.account.profit[0], 100.0f64.powi(2) / 9.0 - 0.33 * 53.24 * 53.24);
        assert!(!solved.certified || profit > wanted - 0.1, "{method:?} {profit} {:?}", solved.account.rd);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// With R&D so cheap that it may bring costs to 0, no certified firm has a better R&D on a fine grid.
    #[test]
    fn certified_firms_have_no_better_rd(
        costs in prop::collection::vec(25.0..85.0f64, 2..5),
        own in prop::collection::vec(0.5..4.0f64, 5),
        beta in 0.0..1.0f64,
        free in any::<bool>(),
    ) {
        let n = costs.len();
        let mut game = crate::solver::tests::read(json!({
            "market": { "intercept": 100.0, "slope": 1.0 },
            "firms": { "marginal_cost": costs, "rd_cost": own[..n] },
            "spillover": { "rate": beta },
        }));
        game.solver.method = if free { Method::MatrixFree } else { Method::Auto };
        let Ok(solved) = solve(&game, &SolveOptions::default()) else { return Ok(()) };
        prop_assume!(solved.certified);
        let dense = Dense::new(&game);
        let mut ray = Ray::default();
        let point = dense.point(solved.account.rd.clone());
        for i in 0..n {
            dense.ray(&point, i, &[(i, 1.0)], &mut ray);
            let here = ray.piece(0.0).value;
            for k in 0..=400 {
                let there = ray.piece(f64::from(k) / 2.0 - point.x[i]).value;
                prop_assert!(there <= here + 1e-6 * (1.0 + here.abs()), "{i} at {k}: {there} {here}");
            }
        }
    }
}
