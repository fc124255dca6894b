use super::*;
use crate::points::listing::{near, tabled};
use distretto_numerics::{Key, Metric, Point, Stream, distance};
use proptest::prelude::*;

fn cloud(n: usize, seed: u64) -> Vec<Point> {
    let mut stream = Stream::new(Key::new(seed, "test/kd"), 0, 0);
    (0..n).map(|_| [stream.uniform() * 10.0, stream.uniform() * 6.0]).collect()
}

/// Every third plant is of A, the next of B, the others of C.
fn plants(points: Vec<Point>, metric: Metric, weights: Option<Vec<f64>>) -> Plants {
    let codes = (0..points.len() as u32).map(|i| i % 3).collect();
    Plants::new(metric, points, codes, ["A", "B", "C"].map(String::from).to_vec(), weights).unwrap()
}

fn options(r: &[f64], bandwidth: &str) -> KdOptions {
    let options = KdOptions::default().with_industry("A").with_distances(r);
    KdOptions { bandwidth: bandwidth.to_owned(), ..options }
}

fn run(plants: &Plants, options: &KdOptions) -> KdResult {
    kd(plants, options, &Context::with_seed(1)).unwrap()
}

/// The formula by brute force.
fn brute(plants: &Plants, r: f64, h: f64, to: u32) -> f64 {
    let phi = |u: f64| (-0.5 * (u / h) * (u / h)).exp() / (h * (2.0 * std::f64::consts::PI).sqrt());
    let (mut sum, mut total) = (0.0, 0.0);
    for i in 0..plants.len() {
        for j in 0..plants.len() {
            let pair = plants.codes()[i] == 0 && plants.codes()[j] == to && (to != 0 || i < j);
            if pair {
                let weight = plants.weight(i as u32) * plants.weight(j as u32);
                let d = distance(plants.metric(), plants.points()[i], plants.points()[j]);
                sum += weight * (phi(r - d) + phi(r + d));
                total += weight;
            }
        }
    }
    sum / total
}

#[test]
fn kd_is_the_formula() {
    let r = [0.0, 0.5, 1.0, 3.0, 8.0];
    let weights: Vec<f64> = (0..90).map(|i| f64::from(i % 7)).collect();
    for (metric, scale) in [(Metric::Euclidean, 1.0), (Metric::Haversine, 100.0)] {
        for weights in [None, Some(weights.clone())] {
            let plants = plants(cloud(90, 2), metric, weights);
            let r = r.map(|r| r * scale);
            let h = 0.4 * scale;
            for (to, code) in [(0, None), (1, Some("B"))] {
                let mut options = options(&r, &h.to_string());
                options.plants.to = code.map(String::from).into_iter().collect();
                let result = run(&plants, &options);
                for (&r, &value) in r.iter().zip(&result.kd) {
                    let expected = brute(&plants, r, h, to);
                    assert!((value - expected).abs() < 1e-12 / scale, "{metric:?} {r}: {value} {expected}");
                }
            }
        }
    }
}

#[test]
fn the_integral_is_one() {
    let plants = plants(cloud(60, 3), Metric::Euclidean, None);
    let r: Vec<f64> = (0..=2000).map(|k| f64::from(k) * 0.008).collect();
    let result = run(&plants, &options(&r, "nrd0"));
    let integral: f64 = result.kd.windows(2).map(|pair| 0.5 * (pair[0] + pair[1]) * 0.008).sum();
    assert!((integral - 1.0).abs() < 1e-6, "{integral}");
}

#[test]
fn bins_stay_within_their_bound() {
    let weights: Vec<f64> = (0..900).map(|i| f64::from(i % 11)).collect();
    let r: Vec<f64> = (0..=40).map(|k| f64::from(k) * 0.1).collect();
    for (metric, scale) in [(Metric::Euclidean, 1.0), (Metric::Haversine, 100.0)] {
        for weights in [None, Some(weights.clone())] {
            for (to, n) in [(None, 50), (Some("B"), 300), (None, 4000)] {
                let plants = plants(cloud(900, 4), metric, weights.clone());
                let r: Vec<f64> = r.iter().map(|r| r * scale).collect();
                let mut exact = options(&r, "nrd0");
                exact.plants.to = to.map(String::from).into_iter().collect();
                let rough = KdOptions { approximate: Some(format!("bins:{n}")), ..exact.clone() };
                let (exact, rough) = (run(&plants, &exact), run(&plants, &rough));
                assert_eq!((exact.error_bound, exact.bandwidth), (0.0, rough.bandwidth));
                let worst = exact.kd.iter().zip(&rough.kd).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
                assert!(worst <= rough.error_bound, "{metric:?} {n}: {worst} > {}", rough.error_bound);
                assert!(n < 4000 || worst > 0.0);
            }
        }
    }
}

/// 3,000 plants of one industry have 4.5 million pairs: more than are held, so bins and streaming are used.
#[test]
fn many_pairs_agree_with_the_direct_sum() {
    for (metric, scale, weights) in [
        (Metric::Euclidean, 1.0, None),
        (Metric::Haversine, 100.0, None),
        (Metric::Euclidean, 1.0, Some((0..3000).map(|i| f64::from(i % 5)).collect::<Vec<f64>>())),
    ] {
        let plants = Plants::new(metric, cloud(3000, 5), vec![0; 3000], vec!["A".into()], weights).unwrap();
        let r: Vec<f64> = (0..=60).map(|k| f64::from(k) * 0.02 * scale).collect();
        let bins = run(&plants, &options(&r, "nrd0"));
        let exact = run(&plants, &KdOptions { exact: true, ..options(&r, "nrd0") });
        assert!(bins.error_bound > 0.0 && bins.error_bound <= 1.001e-6 / bins.bandwidth, "{}", bins.error_bound);
        assert_eq!((exact.error_bound, exact.bandwidth), (0.0, bins.bandwidth));
        let worst = exact.kd.iter().zip(&bins.kd).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(worst <= bins.error_bound, "{metric:?}: {worst} > {}", bins.error_bound);
        // The bandwidth of streaming is that of the distances themselves.
        let all = (0..3000).flat_map(|i| (i + 1..3000).map(move |j| (i, j)));
        let all = all.map(|(i, j)| distance(metric, plants.points()[i], plants.points()[j]));
        let near: Vec<f64> = all.filter(|&d| d <= 2.4 * scale * (1.0 + 1e-12)).collect();
        let mean = distretto_numerics::pairwise(&near) / near.len() as f64;
        let squares = distretto_numerics::pairwise_by(near.len(), |i| (near[i] - mean).powi(2));
        let sd = (squares / (near.len() - 1) as f64).sqrt();
        let iqr = distretto_numerics::quantile(&near, 0.75) - distretto_numerics::quantile(&near, 0.25);
        let h = 0.9 * sd.min(iqr / 1.34) * (near.len() as f64).powf(-0.2);
        assert!((bins.bandwidth / h - 1.0).abs() < 1e-8, "{metric:?} {} {h}", bins.bandwidth);
    }
}

#[test]
fn thinning_is_near_and_says_how_near() {
    let plants = Plants::new(Metric::Euclidean, cloud(1500, 6), vec![0; 1500], vec!["A".into()], None).unwrap();
    let r = [0.5, 1.0, 2.0, 3.0, 4.0];
    let exact = run(&plants, &options(&r, "0.2"));
    let thin = run(&plants, &KdOptions { approximate: Some("thin:0.2".into()), ..options(&r, "0.2") });
    let errors = thin.standard_error.clone().unwrap();
    assert!(thin.error_bound.is_nan() && errors.iter().all(|error| *error > 0.0));
    for ((a, b), error) in exact.kd.iter().zip(&thin.kd).zip(errors) {
        assert!((a - b).abs() < 5.0 * error, "{a} {b} {error}");
    }
}

/// Thinning states 95 %: of 60 runs and 3 distances, kept apart by their spacing, 171 of 180 should hold the exact
/// value; fewer than 158 come up by chance once in a thousand or less, even with runs as the only independent unit.
#[test]
fn thinning_covers_the_exact_curve_at_its_confidence() {
    let plants = Plants::new(Metric::Euclidean, cloud(700, 6), vec![0; 700], vec!["A".into()], None).unwrap();
    for bandwidth in ["0.3", "nrd0"] {
        let options = options(&[0.4, 1.6, 3.2], bandwidth);
        let exact = run(&plants, &options);
        let thin = KdOptions { approximate: Some("thin:0.2".into()), ..options };
        let (mut covered, mut width) = (0, 0.0);
        for seed in 0..60 {
            let result = kd(&plants, &thin, &Context::with_seed(seed)).unwrap();
            width += result.bandwidth / exact.bandwidth / 60.0;
            let errors = result.standard_error.unwrap();
            // Student's t with 9 degrees of freedom at 0.975.
            let holds = |j: &usize| (result.kd[*j] - exact.kd[*j]).abs() <= 2.262 * errors[*j];
            covered += (0..3).filter(holds).count();
        }
        assert!((158..=180).contains(&covered), "{bandwidth}: {covered} of 180");
        assert!((width - 1.0).abs() < 0.03, "{bandwidth}: the bandwidth is {width} of that of all plants");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn coordinates_are_a_table_of_distances(
        seed in 0u64..10_000,
        sphere in any::<bool>(),
        weighted in any::<bool>(),
        to in any::<bool>(),
        rule in prop::sample::select(vec!["nrd0", "sj", "0.7"]),
        listed in any::<bool>(),
    ) {
        let metric = if sphere { Metric::Haversine } else { Metric::Euclidean };
        let weights = weighted.then(|| (0..60).map(|i| f64::from(i % 5)).collect());
        let plants = plants(cloud(60, seed), metric, weights);
        let scale = if sphere { 100.0 } else { 1.0 };
        let rule = if rule == "0.7" { (0.7 * scale).to_string() } else { rule.to_owned() };
        let mut options = options(&[0.0, 0.5 * scale, 1.2 * scale, 2.0 * scale], &rule);
        // Without distances, the median of all pairs is the end of the default.
        if listed {
            options.curve.r.clear();
        }
        options.plants.to = to.then(|| "B".to_owned()).into_iter().collect();
        options.curve.nsim = 39;
        let (one, other) = (run(&plants, &options), run(&tabled(&plants, |_| false), &options));
        prop_assert!(near(&one.r, &other.r));
        prop_assert!(near(&one.kd, &other.kd), "{:?} {:?}", one.kd, other.kd);
        prop_assert!((one.bandwidth - other.bandwidth).abs() <= 1e-12 * one.bandwidth);
        let (a, b) = (one.envelope().unwrap(), other.envelope().unwrap());
        prop_assert!(near(&a.mean, &b.mean) && near(&a.low, &b.low) && near(&a.high, &b.high));
        prop_assert_eq!(a.p_value, b.p_value);
    }
}

/// 3,000 plants of one industry: more listed pairs than are held, so that bins and streaming see the table.
#[test]
fn many_listed_pairs_are_streamed() {
    let plants = Plants::new(Metric::Euclidean, cloud(3000, 5), vec![0; 3000], vec!["A".into()], None).unwrap();
    let r: Vec<f64> = (0..=20).map(|k| f64::from(k) * 0.06).collect();
    let (one, other) = (run(&plants, &options(&r, "nrd0")), run(&tabled(&plants, |_| false), &options(&r, "nrd0")));
    assert!((one.bandwidth / other.bandwidth - 1.0).abs() < 1e-8, "{} {}", one.bandwidth, other.bandwidth);
    for (a, b) in one.kd.iter().zip(&other.kd) {
        assert!((a - b).abs() <= 1e-9 + one.error_bound + other.error_bound, "{a} {b}");
    }
}

#[test]
fn pairs_that_are_not_listed_lie_farther() {
    let plants = plants(cloud(120, 12), Metric::Euclidean, None);
    let sparse = tabled(&plants, |distance| distance > 3.0);
    let r = [0.0, 0.5, 1.0];
    let keys = |result: &KdResult| result.notes().iter().map(|note| note.key).collect::<Vec<_>>();
    // The kernel of 0.2 ends at 2.8: what is not listed adds nothing, but stays in the normaliser.
    let (one, other) = (run(&plants, &options(&r, "0.2")), run(&sparse, &options(&r, "0.2")));
    assert!(near(&one.kd, &other.kd) && one.pairs == other.pairs);
    assert_eq!(keys(&other), [""; 0]);
    for (&r, &value) in r.iter().zip(&other.kd) {
        assert!((value - brute(&plants, r, 0.2, 0)).abs() < 1e-12);
    }
    // Rules look at distances up to twice the largest, which are all listed.
    assert!(near(&run(&plants, &options(&r, "nrd0")).kd, &run(&sparse, &options(&r, "nrd0")).kd));
    let short = run(&sparse, &options(&[0.0, 2.9], "nrd0"));
    assert_eq!(keys(&short), ["measure.kd.listed-short", "measure.kd.listed-bandwidth"]);
    assert!(short.kd[1] < run(&plants, &options(&[0.0, 2.9], &short.bandwidth.to_string())).kd[1]);
    let none = run(&tabled(&plants, |distance| distance < 6.0), &options(&r, "0.1"));
    assert!(none.kd.iter().all(|value| value.is_nan()));
    assert_eq!(keys(&none), ["measure.kd.nothing-listed"]);
}

#[test]
fn listed_distances_are_the_same_for_any_number_of_threads() {
    let mut options = options(&[0.0, 0.5, 1.0], "nrd0");
    (options.curve.nsim, options.plants.to) = (39, vec!["B".to_owned()]);
    let plants = tabled(&plants(cloud(120, 7), Metric::Euclidean, None), |distance| distance > 4.0);
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        format!("{:?}", pool.install(|| run(&plants, &options)))
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn simulations_depend_on_the_seed_alone() {
    let mut options = options(&[0.0, 0.5, 1.0, 2.0], "nrd0");
    options.curve.nsim = 39;
    let plants = plants(cloud(120, 7), Metric::Euclidean, None);
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap().install(|| run(&plants, &options));
    let three = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap().install(|| run(&plants, &options));
    // As text, in which NaN equals itself and every digit of a number stands.
    assert_eq!(format!("{one:?}"), format!("{three:?}"));
    let other = kd(&plants, &options, &Context::with_seed(2)).unwrap();
    assert_ne!(one.envelope().unwrap().mean, other.envelope().unwrap().mean);
}

#[test]
fn relabelling_all_plants_ties_and_a_cluster_is_found() {
    let mut options = options(&[0.0, 0.5, 1.0, 2.0], "nrd0");
    options.curve.nsim = 39;
    let all = Plants::new(Metric::Euclidean, cloud(40, 8), vec![0; 40], vec!["A".into()], None).unwrap();
    let result = run(&all, &options);
    assert_eq!(result.envelope().unwrap().p_value, 1.0);
    assert_eq!(result.notes()[0].key, "measure.plants.few-labellings");
    let mut points = cloud(120, 9);
    points.iter_mut().step_by(3).for_each(|point| *point = [point[0] * 0.1, point[1] * 0.1]);
    let clustered = run(&plants(points, Metric::Euclidean, None), &options);
    assert_eq!(clustered.envelope().unwrap().p_value, 1.0 / 40.0);
    assert!(clustered.kd[1] > clustered.envelope().unwrap().high[1]);
}

/// The stated level is the true one: patterns that the null itself made (three types of plants on sites drawn alike)
/// are rejected at 5 % in 5 % of cases, by every global test. Of 250 patterns 12.5 are expected; fewer than 2 or more than
/// 28 have a probability below 1e-4 each (binomial). With 39 and 99 simulations 5 % is attained exactly: 2/40 and 5/100.
#[test]
fn the_level_holds_on_simulated_patterns() {
    use crate::points::EnvelopeMethod::{Dclf, Erl, Mad, St};
    for nsim in [39, 99] {
        let mut rejected = [0_u32; 4];
        for seed in 0..250 {
            let plants = plants(cloud(75, 1000 + seed), Metric::Euclidean, None);
            let mut options = options(&[0.2, 0.6, 1.0, 1.5, 2.0], "nrd0");
            options.curve.nsim = nsim;
            for (count, method) in rejected.iter_mut().zip([Erl, Mad, St, Dclf]) {
                options.curve.envelope = method;
                let result = kd(&plants, &options, &Context::with_seed(seed)).unwrap();
                *count += u32::from(result.envelope().unwrap().p_value <= 0.05 + 1e-9);
            }
        }
        assert!(rejected.iter().all(|count| (2..=28).contains(count)), "{nsim}: {rejected:?} of 250");
    }
}

#[test]
fn bad_input_is_told() {
    let plants = plants(cloud(9, 10), Metric::Euclidean, None);
    let fails = |options: &KdOptions| kd(&plants, options, &Context::with_seed(1)).unwrap_err();
    let good = options(&[0.0, 1.0], "0.5");
    let lone = Plants::new(Metric::Euclidean, cloud(2, 1), vec![0, 1], vec!["A".into(), "B".into()], None).unwrap();
    let error = kd(&lone, &good, &Context::with_seed(1)).unwrap_err();
    assert!(error.to_string().contains("plants"), "{error}");
    for bandwidth in ["0", "-1", "silverman", "inf"] {
        assert!(matches!(fails(&options(&[0.0], bandwidth)), KdError::Bandwidth { .. }), "{bandwidth}");
    }
    assert!(matches!(fails(&options(&[0.0], "nrd0")), KdError::FewDistances { .. }));
    assert!(matches!(fails(&KdOptions::default()), KdError::Plants(PlantsError::NoIndustry { .. })));
    for text in ["bins:1", "bins", "thin:0", "thin:1", "fft:8"] {
        let options = KdOptions { approximate: Some(text.into()), ..good.clone() };
        assert!(matches!(fails(&options), KdError::Approximation { .. }), "{text}");
    }
    let beyond = run(&plants, &options(&[0.0, 99.0], "0.5"));
    assert_eq!(beyond.notes().iter().map(|note| note.key).collect::<Vec<_>>(), ["measure.kd.beyond"]);
    let both = KdOptions { approximate: Some("bins:8".into()), exact: true, ..good.clone() };
    assert_eq!(fails(&both), KdError::ExactApproximation);
    let share = KdOptions { approximate: Some("thin:0.5".into()), bandwidth: "sj".into(), ..good.clone() };
    assert_eq!(fails(&share), KdError::ThinSj);
    let mut few = good;
    few.curve.nsim = 5;
    assert!(matches!(fails(&few), KdError::Envelope(_)));
    few.curve.nsim = 39;
    few.curve.null = Some(Null::RandomLabelling);
    assert!(matches!(fails(&few), KdError::Plants(PlantsError::Null { .. })));
}

proptest! {
    #[test]
    fn the_order_of_the_plants_does_not_matter(seed in 0u64..1000) {
        let points = cloud(45, seed);
        let forward = run(&plants(points.clone(), Metric::Euclidean, None), &options(&[0.0, 1.0, 2.0], "nrd0"));
        let codes: Vec<u32> = (0..45).rev().map(|i| i % 3).collect();
        let names = ["A", "B", "C"].map(String::from).to_vec();
        let turned: Vec<Point> = points.into_iter().rev().collect();
        let turned = Plants::new(Metric::Euclidean, turned, codes, names, None).unwrap();
        let backward = run(&turned, &options(&[0.0, 1.0, 2.0], "nrd0"));
        for (a, b) in forward.kd.iter().zip(&backward.kd) {
            prop_assert!((a - b).abs() < 1e-12);
        }
    }
}

/// Ten plants of A within a unit among 90 on a wide lattice: no simulation has two distances in the range of the rule.
#[test]
fn simulations_with_few_distances_keep_the_test() {
    let mut points: Vec<Point> = (0..100).map(|i| [f64::from(i % 10) * 50.0, f64::from(i / 10) * 50.0]).collect();
    points.iter_mut().take(10).enumerate().for_each(|(i, point)| *point = [0.1 * i as f64, 1000.0]);
    let codes = (0..100).map(|i| u32::from(i >= 10)).collect();
    let plants = Plants::new(Metric::Euclidean, points, codes, ["A", "B"].map(String::from).to_vec(), None).unwrap();
    let mut options = options(&[0.0, 0.5, 1.0, 5.0], "nrd0");
    for nsim in [19, 199] {
        options.curve.nsim = nsim;
        let result = run(&plants, &options);
        let found = result.envelope().unwrap();
        assert_eq!((found.p_value, found.left_out), (1.0 / (nsim + 1) as f64, 0), "{found:?}");
    }
    // The observed pattern itself is refused, as the page of the command says.
    let mut none = options.clone();
    none.plants.industry = vec!["B".into()];
    none.curve.r = vec!["1".into()];
    let refused = kd(&plants, &none, &Context::with_seed(1)).unwrap_err();
    assert!(matches!(refused, KdError::FewDistances { .. }));
}

#[test]
fn a_level_is_checked_without_simulations() {
    let mut options = options(&[1.0], "1");
    options.curve.level = 3.0;
    let plants = plants(cloud(30, 1), Metric::Euclidean, None);
    assert!(matches!(kd(&plants, &options, &Context::with_seed(1)), Err(KdError::Envelope(_))));
}

#[test]
fn extreme_scales_are_refused() {
    use crate::points::PlantsError;
    let of = |scale: f64, weights: Option<Vec<f64>>| {
        let points = cloud(4, 1).into_iter().map(|[x, y]| [x * scale, y * scale]).collect();
        Plants::new(Metric::Euclidean, points, vec![0; 4], vec!["A".into()], weights)
    };
    assert!(matches!(of(1e150, None), Err(PlantsError::TooFar { .. })));
    assert!(matches!(of(1e-160, None), Err(PlantsError::TooNear { .. })));
    assert!(of(1e140, None).is_ok() && of(1e-140, None).is_ok());
    assert!(matches!(of(1.0, Some(vec![1.0, 1e-300, 1e16, 0.0])), Err(PlantsError::WeightRange { .. })));
    assert!(of(1.0, Some(vec![1.0, 0.0, 1e14, 3.0])).is_ok());
}
