use super::*;
use crate::inference::PAdjust;
use crate::points::kd::{KdOptions, kd};
use crate::points::{Null, PlantsError};
use distretto_numerics::{Key, Metric, Point, Stream};
use proptest::prelude::*;

fn cloud(n: usize, seed: u64) -> Vec<Point> {
    let mut stream = Stream::new(Key::new(seed, "test/localisation"), 0, 0);
    (0..n).map(|_| [stream.uniform() * 10.0, stream.uniform() * 6.0]).collect()
}

/// Types 0, 1, 2, 3 in turn.
fn plants(points: Vec<Point>, weights: Option<Vec<f64>>) -> Plants {
    let codes = (0..points.len() as u32).map(|i| i % 4).collect();
    let names = ["A", "B", "C", "D"].map(String::from).to_vec();
    Plants::new(Metric::Euclidean, points, codes, names, weights).unwrap()
}

fn options(r: &[f64], nsim: u64) -> LocalisationOptions {
    let mut options = LocalisationOptions::default().with_distances(r);
    options.curve.nsim = nsim;
    options
}

fn with_m(options: &LocalisationOptions) -> LocalisationOptions {
    LocalisationOptions { function: LocalisationFunction::M, ..options.clone() }
}

fn run(plants: &Plants, options: &LocalisationOptions) -> LocalisationResult {
    localisation(plants, options, &Context::with_seed(1)).unwrap()
}

/// A within a corner, D kept apart on a lattice, B and C anywhere.
fn patterns() -> Plants {
    let mut points = cloud(160, 1);
    points.iter_mut().step_by(4).for_each(|point| *point = [point[0] * 0.15, point[1] * 0.15]);
    for (k, point) in points.iter_mut().skip(3).step_by(4).enumerate() {
        *point = [(k % 8) as f64 * 1.25 + 0.6, (k / 8) as f64 * 1.2 + 0.6];
    }
    plants(points, None)
}

#[test]
fn curves_are_those_of_the_single_commands() {
    let r = [0.2, 0.5, 1.0, 2.0];
    let weights = (0..160).map(|i| 1.0 + f64::from(i % 5)).collect();
    for plants in [patterns(), plants(cloud(160, 2), Some(weights))] {
        let found = run(&plants, &options(&r, 0));
        for industry in &found.industries {
            let one = KdOptions::default().with_industry(&industry.code).with_distances(&r);
            let expected = kd(&plants, &one, &Context::with_seed(1)).unwrap().kd;
            assert!(industry.values.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12));
            assert_eq!((industry.plants, industry.pattern), (40, Pattern::Unknown));
        }
        let pairs = crate::points::colocation::ColocationOptions::default().with_distances(&r);
        let pairs = crate::points::colocation::colocation(&plants, None, &pairs, &Context::with_seed(1)).unwrap().pairs;
        for (a, industry) in run(&plants, &with_m(&options(&r, 0))).industries.iter().enumerate() {
            let own = &pairs[5 * a];
            assert!(own.a == a && own.b == a);
            let mut both = industry.values.iter().zip(&own.values);
            assert!(both.all(|(a, b)| (a - b).abs() < 1e-12 || (a.is_nan() && b.is_nan())));
        }
    }
}

/// A large industry does not shorten the sight of a small one: its kernel is wide, and its far pairs count.
#[test]
fn small_industries_beside_a_large_one_have_their_whole_curve() {
    let codes = (0..330).map(|i| u32::from(i >= 15)).collect();
    let names = ["A", "B"].map(String::from).to_vec();
    let plants = Plants::new(Metric::Euclidean, cloud(330, 8), codes, names, None).unwrap();
    let r = [0.5, 1.0, 1.5];
    let found = run(&plants, &options(&r, 0));
    let one = KdOptions::default().with_industry("A").with_distances(&r);
    let expected = kd(&plants, &one, &Context::with_seed(1)).unwrap().kd;
    for (a, b) in found.industries[0].values.iter().zip(expected) {
        assert!((a - b).abs() < 1e-12, "{a} {b}");
    }
}

/// 1,000 plants have half a million pairs: far more than are summed directly here, far fewer than `kd` needs for bins.
#[test]
fn bins_stay_within_their_bound() {
    let plants = Plants::new(Metric::Euclidean, cloud(1000, 3), vec![0; 1000], vec!["A".into()], None).unwrap();
    let r: Vec<f64> = (0..=40).map(|k| f64::from(k) * 0.05).collect();
    let found = run(&plants, &options(&r, 0));
    let one = KdOptions { exact: true, ..KdOptions::default().with_industry("A").with_distances(&r) };
    let exact = kd(&plants, &one, &Context::with_seed(1)).unwrap();
    assert!(found.error_bound > 0.0 && found.error_bound <= 1.001e-6 / exact.bandwidth);
    let worst = found.industries[0].values.iter().zip(&exact.kd).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(worst <= found.error_bound, "{worst} > {}", found.error_bound);
}

#[test]
fn what_was_planted_is_found() {
    let r = [0.3, 0.6, 0.9];
    for options in [options(&r, 199), with_m(&options(&r, 199))] {
        let found = run(&patterns(), &options);
        let patterns: Vec<Pattern> = found.industries.iter().map(|industry| industry.pattern).collect();
        assert_eq!((patterns[0], patterns[3]), (Pattern::Localised, Pattern::Dispersed), "{found:?}");
        // B and C stand anywhere, and so less often in the corner of A than plants in general: they may be dispersed.
        assert!(patterns[1..3].iter().all(|&pattern| pattern != Pattern::Localised));
        let [[local, none], [zero, apart]] = [0, 3].map(|at: usize| found.industries[at].indices());
        assert!(local > 0.0 && none == 0.0 && zero == 0.0 && apart > 0.0);
        // Γ by its definition.
        let first = &found.industries[0];
        let sum: f64 = (0..3).map(|j| (first.values[j] - first.high[j]).max(0.0)).sum();
        assert!((local - sum).abs() < 1e-12);
        assert!(found.industries.iter().all(|industry| industry.q_value <= industry.p_family + 1e-12));
        let holm = LocalisationOptions { p_adjust: PAdjust::Holm, ..options };
        let holm = run(&self::patterns(), &holm);
        assert!(holm.industries.iter().all(|industry| industry.q_value.to_bits() == industry.p_family.to_bits()));
    }
}

/// Without weights an industry's simulations depend on its number of plants alone: a second one of as many plants has
/// the same band.
#[test]
fn industries_of_one_size_share_their_simulations() {
    let found = run(&patterns(), &options(&[0.3, 0.9], 39));
    let bands: Vec<&Vec<f64>> = found.industries.iter().map(|industry| &industry.mean).collect();
    assert!(bands.iter().all(|band| *band == bands[0]));
    let weights = (0..160).map(|i| 1.0 + f64::from(i % 7)).collect();
    let weighted = run(&plants(cloud(160, 2), Some(weights)), &options(&[0.3, 0.9], 39));
    assert_ne!(weighted.industries[0].mean, weighted.industries[1].mean);
}

#[test]
fn threads_do_not_change_a_digit() {
    let weights: Vec<f64> = (0..160).map(|i| 1.0 + f64::from(i % 7)).collect();
    for weights in [None, Some(weights)] {
        let plants = plants(cloud(160, 4), weights);
        for options in [options(&[0.3, 0.9], 39), with_m(&options(&[0.3, 0.9], 39))] {
            let with = |threads: usize| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                format!("{:?}", pool.install(|| run(&plants, &options)))
            };
            assert_eq!(with(1), with(3));
        }
    }
}

/// Under the null p ≤ 0.1 comes up in a tenth of all industries: 4 industries of 75 patterns, ± 4 standard errors of
/// 1.7 % of 300 (industries of one pattern depend on each other a little); Holm's rule rejects any in a tenth of patterns.
#[test]
fn the_level_holds_on_simulated_patterns() {
    for function in [LocalisationFunction::Kd, LocalisationFunction::M] {
        let (mut rejected, mut any) = (0, 0);
        for seed in 0..75 {
            let mut options = LocalisationOptions { function, ..options(&[0.4, 0.8, 1.2, 1.6], 59) };
            options.curve.level = 0.9;
            let found =
                localisation(&plants(cloud(80, 900 + seed), None), &options, &Context::with_seed(seed)).unwrap();
            rejected += found.industries.iter().filter(|industry| industry.p_value <= 0.1 + 1e-9).count();
            any += usize::from(found.industries.iter().any(|industry| industry.p_family <= 0.1 + 1e-9));
        }
        assert!((6..=54).contains(&rejected) && any <= 19, "{function:?}: {rejected} of 300, {any} of 75");
    }
}

#[test]
fn what_cannot_be_tested_is_told() {
    let codes = vec![0, 0, 0, 1, 1, 2];
    let names = ["A", "B", "C"].map(String::from).to_vec();
    let small = Plants::new(Metric::Euclidean, cloud(6, 5), codes, names, None).unwrap();
    let few = LocalisationOptions { min_plants: 2, ..options(&[0.01, 20.0], 39) };
    let found = run(&small, &few);
    let keys: Vec<&str> = found.notes().iter().map(|note| note.key).collect();
    // B has one pair, too few distances for a bandwidth.
    let expected =
        ["measure.localisation.no-curve", "measure.localisation.small", "measure.localisation.few-labellings"];
    assert_eq!(keys, expected);
    assert!(found.industries[1].values[0].is_nan() && found.industries[1].q_value.is_nan());
    assert!(found.industries[1].indices()[0].is_nan());
    let fails = |options: &LocalisationOptions| localisation(&small, options, &Context::with_seed(1)).unwrap_err();
    assert!(matches!(fails(&options(&[1.0], 0)), LocalisationError::Listed(_)));
    let mut wrong = few.clone();
    wrong.curve.nsim = 5;
    assert!(matches!(fails(&wrong), LocalisationError::Envelope(_)));
    wrong = few.clone();
    wrong.curve.null = Some(Null::PopulationIndependence);
    assert!(matches!(fails(&wrong), LocalisationError::Plants(PlantsError::Null { .. })));
    for (envelope, lack) in [(crate::points::EnvelopeMethod::Dclf, "band"), (crate::points::EnvelopeMethod::Do, "test")]
    {
        wrong = few.clone();
        wrong.curve.envelope = envelope;
        assert!(matches!(fails(&wrong), LocalisationError::Envelopes { lack: found, .. } if found == lack));
    }
    let unknown = LocalisationOptions { industry: vec!["Z".into()], ..few };
    assert!(matches!(fails(&unknown), LocalisationError::Plants(PlantsError::UnknownIndustry { .. })));
}

proptest! {
    #[test]
    fn the_order_of_the_plants_does_not_matter(seed in 0u64..1000) {
        let points = cloud(60, seed);
        let codes: Vec<u32> = (0..60).rev().map(|i| i % 4).collect();
        let names = ["A", "B", "C", "D"].map(String::from).to_vec();
        let turned: Vec<Point> = points.iter().rev().copied().collect();
        let turned = Plants::new(Metric::Euclidean, turned, codes, names, None).unwrap();
        let forward = plants(points, None);
        for options in [options(&[0.5, 1.5], 0), with_m(&options(&[0.5, 1.5], 0))] {
            let (a, b) = (run(&forward, &options), run(&turned, &options));
            for (a, b) in a.industries.iter().zip(&b.industries) {
                prop_assert!(a.values.iter().zip(&b.values).all(|(a, b)| (a - b).abs() < 1e-12 || a.is_nan()));
            }
        }
    }
}
