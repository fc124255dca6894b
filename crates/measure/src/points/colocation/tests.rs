use super::*;
use crate::points::kd::{KdOptions, kd};
use crate::points::window::{Correction, EdgeScratch, EdgeWeights};
use distretto_numerics::{Metric, Point, Stream, distance};
use proptest::prelude::*;

fn cloud(n: usize, seed: u64) -> Vec<Point> {
    let mut stream = Stream::new(Key::new(seed, "test/colocation"), 0, 0);
    (0..n).map(|_| [stream.uniform() * 10.0, stream.uniform() * 6.0]).collect()
}

fn weights(n: usize) -> Vec<f64> {
    (0..n).map(|i| 1.0 + (i * i % 17) as f64 * 0.7).collect()
}

/// Types 0, 1, 2, 0, 1, 0 in turn: A has half of the plants, B a third, C a sixth.
fn plants(points: Vec<Point>, metric: Metric, weights: Option<Vec<f64>>) -> Plants {
    let codes = (0..points.len()).map(|i| [0, 1, 2, 0, 1, 0][i % 6]).collect();
    Plants::new(metric, points, codes, ["A", "B", "C"].map(String::from).to_vec(), weights).unwrap()
}

fn options(r: &[f64], nsim: u64) -> ColocationOptions {
    ColocationOptions { nsim, ..ColocationOptions::default() }.with_distances(r)
}

fn run(plants: &Plants, options: &ColocationOptions) -> ColocationResult {
    colocation(plants, None, options, &Context::with_seed(1)).unwrap()
}

/// M by its formula, plant by plant.
fn brute(plants: &Plants, a: u32, b: u32, r: f64) -> f64 {
    let n = plants.len();
    let weight = |i: usize| plants.weight(i as u32);
    let of = |code: u32| (0..n).filter(move |&i| plants.codes()[i] == code);
    let total: f64 = (0..n).map(weight).sum();
    let others: f64 = of(b).map(weight).sum();
    let (mut above, mut below) = (0.0, 0.0);
    for i in of(a) {
        let near = |j: &usize| *j != i && distance(plants.metric(), plants.points()[i], plants.points()[*j]) <= r;
        let around: f64 = (0..n).filter(near).map(weight).sum();
        if around > 0.0 {
            above += of(b).filter(near).map(weight).sum::<f64>() / around;
            below += (others - if a == b { weight(i) } else { 0.0 }) / (total - weight(i));
        }
    }
    above / below
}

#[test]
fn m_is_the_formula() {
    for (metric, scale) in [(Metric::Euclidean, 1.0), (Metric::Haversine, 100.0)] {
        for weights in [None, Some(weights(130))] {
            let plants = plants(cloud(130, 2), metric, weights);
            for r in [vec![1.0], vec![0.05, 0.4, 1.0, 3.0]] {
                let r: Vec<f64> = r.iter().map(|r| r * scale).collect();
                let result = run(&plants, &options(&r, 0));
                assert_eq!(result.pairs.len(), 9);
                for pair in &result.pairs {
                    for (&r, &value) in r.iter().zip(&pair.values) {
                        let expected = brute(&plants, pair.a as u32, pair.b as u32, r);
                        assert!((value - expected).abs() < 1e-12 || (value.is_nan() && expected.is_nan()));
                    }
                }
            }
        }
    }
}

#[test]
fn kd_is_that_of_its_own_command() {
    let r = [0.0, 0.3, 1.0, 2.0];
    for weights in [None, Some(weights(90))] {
        let plants = plants(cloud(90, 3), Metric::Euclidean, weights);
        for bandwidth in ["nrd0", "sj", "0.25"] {
            let function = Function::Kd;
            let result = run(&plants, &ColocationOptions { function, bandwidth: bandwidth.into(), ..options(&r, 0) });
            for pair in &result.pairs {
                let mut one = KdOptions::default().with_industry(&result.industries[pair.a]).with_distances(&r);
                one.plants.to = vec![result.industries[pair.b].clone()];
                one.bandwidth = bandwidth.into();
                let expected = kd(&plants, &one, &Context::with_seed(1)).unwrap().kd;
                for (value, expected) in pair.values.iter().zip(expected) {
                    assert!((value - expected).abs() < 1e-11, "{bandwidth} {pair:?} {expected}");
                }
            }
        }
    }
}

/// K by its formula; the weights of pairs are tested where they are made.
#[test]
fn k_is_the_formula_with_every_correction() {
    let plants = plants(cloud(90, 12), Metric::Euclidean, None);
    let window = Window::rectangle([-0.5, 10.5, -0.2, 6.1]).unwrap();
    let r = [0.3, 1.0, 2.0];
    for correction in [Correction::None, Correction::Border, Correction::Translate, Correction::Isotropic] {
        let options = ColocationOptions { function: Function::K, correction, ..options(&r, 0) };
        let result = colocation(&plants, Some(&window), &options, &Context::with_seed(1)).unwrap();
        let weights = EdgeWeights::new(&window, correction, plants.points(), 2.0);
        let mut scratch = EdgeScratch::default();
        for pair in &result.pairs {
            let of = |code: usize| (0..90).filter(move |i| [0, 1, 2, 0, 1, 0][i % 6] == code);
            for (&r, &value) in r.iter().zip(&pair.values) {
                let counted = |i: &usize| correction != Correction::Border || weights.border(*i) >= r;
                let (mut sum, mut partners) = (0.0, of(pair.b).count() as f64);
                for i in of(pair.a).filter(counted) {
                    for j in of(pair.b).filter(|&j| j != i) {
                        let [dx, dy] = [0, 1].map(|axis| plants.points()[j][axis] - plants.points()[i][axis]);
                        if dx.hypot(dy) <= r {
                            sum += weights.weight(i, dx.hypot(dy), dx, dy, &mut scratch);
                        }
                    }
                }
                partners -= if pair.a == pair.b && correction != Correction::Border { 1.0 } else { 0.0 };
                let expected = window.area() * sum / (of(pair.a).filter(counted).count() as f64 * partners);
                let same = (value - expected).abs() < 1e-10 || (value.is_nan() && expected.is_nan());
                assert!(same, "{correction:?} {pair:?}: {value} {expected}");
            }
        }
    }
    let small = Window::rectangle([0.0, 1.0, 0.0, 1.0]).unwrap();
    let options = ColocationOptions { function: Function::K, ..options(&r, 0) };
    let fails = |window| colocation(&plants, window, &options, &Context::with_seed(1)).unwrap_err();
    assert!(matches!(fails(Some(&small)), ColocationError::Placement(PlacementError::Outside { .. })));
    assert_eq!(fails(None), ColocationError::Placement(PlacementError::Degrees));
}

/// Distances beyond the layout are looked up one by one when the bandwidth asks for them.
#[test]
fn a_short_reach_changes_nothing() {
    let plants = plants(cloud(60, 4), Metric::Euclidean, Some(weights(60)));
    let (r, rule, limit) = ([0.5, 1.0], BandwidthRule::Nrd0, 2.0);
    let values = |reach: f64| {
        let sites = Sites::new(&plants, &[0, 1, 2], reach);
        let key = Key::new(1, "test/colocation");
        let (references, nsim, bytes) = (&[0, 1, 2][..], 3, BLOCK_BYTES);
        let trial = Trial { sites: &sites, distances: 2, references, nsim, all_move: false, key, bytes };
        let lists = Lists { sites: &sites, r: &r, rule, limit, reach, widest: &Widest::default() };
        trial.run(&lists, &Context::with_seed(1), |sample| sample.curves).unwrap().concat()
    };
    for (near, far) in values(2.0).into_iter().zip(values(f64::INFINITY)) {
        assert!((near - far).abs() < 1e-12, "{near} {far}");
    }
}

#[test]
fn at_full_radius_m_is_one_and_every_simulation_ties() {
    for weights in [None, Some(weights(60))] {
        let plants = plants(cloud(60, 5), Metric::Euclidean, weights);
        for r in [vec![20.0], vec![15.0, 20.0]] {
            for pair in run(&plants, &options(&r, 39)).pairs {
                assert!(pair.values.iter().chain(&pair.mean).all(|value| (value - 1.0).abs() < 1e-12), "{pair:?}");
                assert_eq!((pair.p_value, pair.q_value), (1.0, 1.0));
            }
        }
    }
}

/// Under population independence E Σ_i w_b(i)/w(i) = n_b/(n − n_a) Σ_i (neighbours that are not of a)/(neighbours);
/// under random location E M = 1 where every site has a neighbour.
#[test]
fn simulations_have_the_mean_of_their_null() {
    let plants = plants(cloud(180, 6), Metric::Euclidean, None);
    let r = 2.5;
    let near = |i: usize, j: usize| i != j && distance(Metric::Euclidean, plants.points()[i], plants.points()[j]) <= r;
    let n = plants.len();
    let nsim = 1999;
    let check = |pair: &Pair, expected: f64| {
        // The values spread by less than 0.2; five standard errors of their mean are 0.022.
        assert!((pair.mean[0] - expected).abs() < 0.022, "{pair:?} {expected}");
    };
    for pair in &run(&plants, &options(&[r], nsim)).pairs {
        let code = |i: usize| plants.codes()[i] as usize;
        let own: Vec<usize> = (0..n).filter(|&i| code(i) == pair.a).collect();
        let share = |&i: &usize| {
            let around = (0..n).filter(|&j| near(i, j));
            let others = around.clone().filter(|&j| code(j) != pair.a).count() as f64;
            others / around.count() as f64
        };
        let mean: f64 = own.iter().map(share).sum::<f64>() / own.len() as f64;
        let expected = if pair.a == pair.b { 1.0 } else { mean * (n - 1) as f64 / (n - own.len()) as f64 };
        check(pair, expected);
    }
    let all_move = ColocationOptions { null: Some(Null::RandomLocation), ..options(&[r], nsim) };
    run(&plants, &all_move).pairs.iter().for_each(|pair| check(pair, 1.0));
}

#[test]
fn neither_threads_nor_blocks_change_a_digit() {
    for weights in [None, Some(weights(120))] {
        let plants = plants(cloud(120, 7), Metric::Euclidean, weights);
        for (function, r) in [(Function::M, vec![0.5, 1.0]), (Function::Kd, vec![1.0])] {
            let options = ColocationOptions { function, ..options(&r, 39) };
            let with = |threads: usize| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                format!("{:?}", pool.install(|| run(&plants, &options)))
            };
            assert_eq!(with(1), with(3));
        }
        let sites = Sites::new(&plants, &[0, 1, 2], 1.0);
        let run = |bytes: usize| {
            let (key, references) = (Key::new(1, "test/colocation"), &[0, 1, 2][..]);
            let trial = Trial { sites: &sites, distances: 1, references, nsim: 9, all_move: false, key, bytes };
            let shares = Linear(Shares::new(&sites, Rings::new(sites.index.scale(), &[1.0])));
            trial.run(&shares, &Context::with_seed(1), |sample| sample.curves).unwrap()
        };
        assert_eq!(format!("{:?}", run(1)), format!("{:?}", run(BLOCK_BYTES)));
    }
}

/// Under the null itself p ≤ 0.1 comes up in a tenth of all patterns: 300 patterns, ± 4 standard errors of 1.7 %, for
/// a pair of industries, for an industry with itself, and over a range of distances.
#[test]
fn the_level_holds_on_simulated_patterns() {
    for (r, weighted) in [(vec![1.2], true), (vec![0.8, 1.6], false)] {
        let mut rejected = [0_u32; 2];
        for seed in 0..300 {
            let mut stream = Stream::new(Key::new(seed, "test/level"), 0, 0);
            let weights = weighted.then(|| (0..60).map(|_| stream.uniform_positive()).collect());
            let plants = plants(cloud(60, 500 + seed), Metric::Euclidean, weights);
            let options = ColocationOptions { level: 0.9, ..options(&r, 19) };
            let result = colocation(&plants, None, &options, &Context::with_seed(seed)).unwrap();
            let p = |at: usize| result.pairs[at].p_value;
            for (count, p) in rejected.iter_mut().zip([p(1), p(0)]) {
                *count += u32::from(p <= 0.1 + 1e-9);
            }
        }
        // Counts tie where plants have no weights: a test may then reject less often, never more.
        let least = if weighted { 9 } else { 3 };
        assert!(rejected.iter().all(|count| (least..=51).contains(count)), "{rejected:?} of 300");
    }
}

#[test]
fn few_simulations_are_said_where_they_hide_something() {
    let key = |adjusted, tests: &[[f64; 2]]| coarse(adjusted, 0.02, tests, 0.95).map(|note| note.key);
    // 3 tests of p ≥ 0.02: two must reach it (0.02·3/2 = 0.03); one reaches it and has q = 0.06.
    assert_eq!(key(PAdjust::Bh, &[[0.02, 0.06], [0.5, 0.6], [0.6, 0.6]]), Some("measure.tests.coarse"));
    assert_eq!(key(PAdjust::Bh, &[[0.02, 0.03], [0.02, 0.03], [0.6, 0.6]]), None);
    assert_eq!(key(PAdjust::Holm, &[[0.02, 0.06], [0.5, 0.6], [0.6, 0.6]]), Some("measure.tests.coarse-family"));
    assert_eq!(key(PAdjust::None, &[[0.02, 0.02]; 3]), None);
}

/// Twelve groups of 20 plants of A and one of B; 8 more of B and 52 of C far away. Each plant of A has one of B among 20
/// neighbours, M = (1/20)/(20/311) = 0.78, below 1; with A in place 20/72 of that one neighbour is of B: M = 0.22.
#[test]
fn the_side_is_that_of_the_simulations() {
    let mut points = Vec::new();
    let mut codes = Vec::new();
    for k in 0..12 {
        for j in 0..21 {
            points.push([f64::from(k) * 10.0 + f64::from(j) * 0.02, 0.0]);
            codes.push(u32::from(j == 20));
        }
    }
    for k in 0..60 {
        points.push([f64::from(k) * 10.0, 500.0]);
        codes.push(if k < 8 { 1 } else { 2 });
    }
    let names = ["A", "B", "C"].map(String::from).to_vec();
    let plants = Plants::new(Metric::Euclidean, points, codes, names, None).unwrap();
    for r in [vec![1.0], vec![0.5, 1.0]] {
        let pair = run(&plants, &options(&r, 199)).pairs[1].clone();
        let (value, mean) = (pair.values[r.len() - 1], pair.mean[r.len() - 1]);
        assert!((pair.a, pair.b) == (0, 1) && value > 3.0 * mean && value < 1.0 && pair.p_value <= 0.02, "{pair:?}");
        assert_eq!(pair.departure().map(Departure::word), Some("more"), "{pair:?}");
    }
}

#[test]
fn several_distances_may_have_both_sides() {
    let pair = |values: [f64; 3]| Pair {
        a: 0,
        b: 1,
        values: values.to_vec(),
        mean: vec![1.0; 3],
        low: vec![0.5; 3],
        high: vec![2.0; 3],
        p_value: 0.01,
        q_value: 0.01,
    };
    let both = pair([13.0, 1.0, 0.4]).departure().unwrap();
    assert_eq!((both.word(), both.peak), ("both", 0));
    assert_eq!(pair([1.0, 0.4, 0.3]).departure().map(|found| (found.word(), found.peak)), Some(("fewer", 2)));
    assert_eq!(pair([1.0; 3]).departure(), None);
}

#[test]
fn who_is_near_and_who_is_far_is_found() {
    // B stands around A, C on its own.
    let mut points = cloud(240, 8);
    points
        .iter_mut()
        .enumerate()
        .filter(|(i, _)| i % 6 != 2)
        .for_each(|(_, point)| *point = [point[0] * 0.2, point[1]]);
    points.iter_mut().skip(2).step_by(6).for_each(|point| point[0] = 6.0 + point[0] * 0.3);
    let adjusted = ColocationOptions { p_adjust: PAdjust::Holm, ..options(&[1.0], 399) };
    let result = run(&plants(points, Metric::Euclidean, None), &adjusted);
    let pair = |a: usize, b: usize| &result.pairs[3 * a + b];
    assert!(pair(0, 1).values[0] > pair(0, 1).mean[0] && pair(0, 1).q_value <= 0.05, "{:?}", pair(0, 1));
    assert!(pair(0, 2).values[0] < 0.1 && pair(0, 2).q_value <= 0.05, "{:?}", pair(0, 2));
    assert!(pair(2, 2).values[0] > 1.0 && pair(2, 2).q_value <= 0.05, "{:?}", pair(2, 2));
}

#[test]
fn industries_may_be_left_out_of_the_pairs_not_of_the_neighbours() {
    let plants = plants(cloud(90, 9), Metric::Euclidean, None);
    let all = run(&plants, &options(&[1.0], 0));
    let large = run(&plants, &ColocationOptions { min_plants: 16, ..options(&[1.0], 0) });
    assert_eq!((large.industries.len(), large.pairs.len()), (2, 4)); // C has 15
    assert_eq!(large.pairs[1].values, all.pairs[1].values);
    let of_b = run(&plants, &ColocationOptions { reference: vec!["B".into()], ..options(&[1.0], 0) });
    let values = |result: &ColocationResult| result.pairs.iter().map(|pair| pair.values[0]).collect::<Vec<f64>>();
    assert_eq!(values(&of_b), values(&all)[3..6]);
}

#[test]
fn what_does_not_exist_is_null_with_a_warning() {
    // The one plant of C has no other of C; nobody is near the far plant of B.
    let points = vec![[0.0, 0.0], [0.1, 0.0], [0.0, 0.1], [50.0, 0.0], [0.1, 0.1]];
    let names = ["A", "B", "C"].map(String::from).to_vec();
    let plants = Plants::new(Metric::Euclidean, points, vec![0, 0, 2, 1, 0], names, None).unwrap();
    let result = run(&plants, &options(&[1.0], 39));
    let null: Vec<bool> = result.pairs.iter().map(|pair| pair.values[0].is_nan()).collect();
    assert_eq!(null, [false, false, false, true, true, true, false, false, true]);
    assert!(result.pairs.iter().all(|pair| pair.p_value.is_nan() == pair.values[0].is_nan()));
    let keys: Vec<&str> = result.notes().iter().map(|note| note.key).collect();
    // None has the smallest p there can be and is not significant: nothing is said of few simulations.
    assert_eq!(keys, ["measure.colocation.no-neighbours", "measure.colocation.few-labellings"]);
    let kd = run(&plants, &ColocationOptions { function: Function::Kd, ..options(&[1.0], 0) });
    assert_eq!(kd.notes()[0].key, "measure.colocation.no-distances");
}

#[test]
fn bad_input_is_told() {
    let plants = plants(cloud(30, 10), Metric::Euclidean, None);
    let fails = |options: ColocationOptions| colocation(&plants, None, &options, &Context::with_seed(1)).unwrap_err();
    assert_eq!(fails(ColocationOptions::default()), ColocationError::NoDistance);
    assert!(matches!(fails(options(&[1.0], 10)), ColocationError::Envelope(_)));
    let none = fails(ColocationOptions { min_plants: 40, ..options(&[1.0], 0) });
    assert_eq!(none, ColocationError::NoIndustry { needed: 40, largest: 15 });
    let unknown = fails(ColocationOptions { reference: vec!["a".into()], ..options(&[1.0], 0) });
    assert!(matches!(unknown, ColocationError::Plants(crate::points::PlantsError::UnknownIndustry { .. })));
    for null in [Null::RandomLabelling, Null::Csr] {
        let error = fails(ColocationOptions { null: Some(null), ..options(&[1.0], 0) });
        assert!(matches!(error, ColocationError::Plants(crate::points::PlantsError::Null { .. })));
    }
    let wide = fails(ColocationOptions { bandwidth: "wide".into(), ..options(&[1.0], 0) });
    assert!(matches!(wide, ColocationError::Kd(_)));
}

proptest! {
    #[test]
    fn the_order_of_the_plants_does_not_matter(seed in 0u64..1000) {
        let points = cloud(48, seed);
        let forward = run(&plants(points.clone(), Metric::Euclidean, None), &options(&[0.7, 2.0], 0));
        let codes: Vec<u32> = (0..48).rev().map(|i| [0, 1, 2, 0, 1, 0][i % 6]).collect();
        let names = ["A", "B", "C"].map(String::from).to_vec();
        let turned: Vec<Point> = points.into_iter().rev().collect();
        let backward = run(&Plants::new(Metric::Euclidean, turned, codes, names, None).unwrap(), &options(&[0.7, 2.0], 0));
        for (a, b) in forward.pairs.iter().zip(&backward.pairs) {
            let same = a.values.iter().zip(&b.values).all(|(a, b)| (a - b).abs() < 1e-12 || (a.is_nan() && b.is_nan()));
            prop_assert!(same);
        }
    }
}
