//! Games of many markets: the same bits on any number of threads, and the equilibrium that linear systems find.

use super::super::{Note, SolveOptions, solve};
use crate::game::{Game, Method, Mode, read_game};
use crate::knowledge::Knowledge;
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
