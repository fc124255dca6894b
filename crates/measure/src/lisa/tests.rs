use super::*;
use crate::inference::TestTail;
use crate::spatial_weights::{WeightTransform, st_louis};
use distretto_numerics::{IndexScratch, Key, Metric, Point, Stream, TailCounts, sample_without_replacement};
use proptest::prelude::*;

fn compute(values: &[f64], weights: &Weights, options: &LisaOptions) -> Lisa {
    lisa(values, weights, options, &Context::with_seed(1)).unwrap()
}

fn with(nsim: u32, transform: WeightTransform) -> LisaOptions {
    let mut options = LisaOptions::default();
    options.permutations.nsim = nsim;
    options.weights.transform = transform;
    options
}

fn near(ours: f64, expected: f64) {
    assert!((ours - expected).abs() <= 1e-12 * expected.abs().max(1.0), "{ours} {expected}");
}

/// Random points with a value each, `k` nearest neighbours.
fn points(n: usize, k: usize, seed: u64) -> (Vec<f64>, Weights) {
    let mut stream = Stream::new(Key::new(seed, "test/points"), 0, 0);
    let points: Vec<Point> = (0..n).map(|_| [stream.uniform(), stream.uniform()]).collect();
    let values = points.iter().map(|point| point[0] + stream.uniform()).collect();
    (values, Weights::k_nearest(&points, k, Metric::Euclidean).unwrap())
}

/// The first links of each row, fewer in every third; unequal weights on demand.
fn ragged(weights: &Weights, unequal: bool) -> Weights {
    let links = (0..weights.n()).flat_map(|i| {
        let kept = weights.neighbours(i).len() - i % 3;
        let row = weights.neighbours(i).iter().take(kept).enumerate();
        row.map(move |(at, &j)| (i as u32, j, if unequal { 1.0 + at as f64 } else { 1.0 }))
    });
    Weights::from_triplets(weights.n(), links.collect::<Vec<_>>()).unwrap()
}

/// St. Louis counties 1 to 5, row-standardised, divisor n − 1; esda 2.8.2.
#[test]
fn st_louis_as_esda() {
    let options = LisaOptions { divisor: Divisor::NLessOne, ..with(99, WeightTransform::Row) };
    let result = compute(&st_louis::HR8893, &st_louis::weights(), &options);
    let expected =
        [-0.07728771901781642, 0.17282318654142595, 0.10175765638835897, 0.0891041888885417, 0.16279687268655202];
    for (&ours, theirs) in result.local_moran.iter().zip(expected) {
        near(ours, theirs);
    }
    let words: Vec<&str> = result.quadrant[..5].iter().map(|quadrant| quadrant.unwrap().word()).collect();
    assert_eq!(words, ["LH", "LL", "LL", "LL", "LL"]);
    // From the formula, divisor n.
    let result = compute(&st_louis::HR8488, &st_louis::weights(), &with(0, WeightTransform::Row));
    near(result.local_geary[0], 0.5848709458458022);
    near(result.local_geary[60], 0.4206098253546237);
}

/// The six points of Ord and Getis 1995, band 15; esda 2.8.2.
#[test]
fn six_points_of_ord_and_getis() {
    let points = [[10.0, 10.0], [20.0, 10.0], [40.0, 10.0], [15.0, 20.0], [30.0, 20.0], [30.0, 30.0]];
    let weights = Weights::distance_band(&points, 15.0, Metric::Euclidean).unwrap();
    for transform in [WeightTransform::Binary, WeightTransform::Row] {
        let result = compute(&[2.0, 3.0, 3.2, 5.0, 8.0, 7.0], &weights, &with(0, transform));
        near(result.gi[0], -1.0136728985502572);
        near(result.gi[1], -0.04361589420169382);
        near(result.gi[2], 1.3155870289605438);
        near(result.gi[5], 1.7783394086210966);
        near(result.gi_star[0], -1.3972762620115444);
        near(result.gi_star[5], 2.0242433093898953);
        near(result.gi_star_p[5], normal_p(2.0242433093898953, Tail::Two));
        assert!(result.p_sim[0].is_nan());
    }
}

/// One huge value: the spread of the others must not drown in its square.
#[test]
fn gi_beside_an_outlier() {
    let chain: Vec<(u32, u32, f64)> = (0..4).flat_map(|i| [(i, i + 1, 1.0), (i + 1, i, 1.0)]).collect();
    let weights = Weights::from_triplets(5, chain).unwrap();
    let result = compute(&[1e9, 1.0, 2.0, 3.0, 4.0], &weights, &with(0, WeightTransform::Row));
    // Others 1 to 4: mean 2.5, variance 1.25; neighbour 1: (1 − 2.5)/√(1.25·(4 − 1)/3).
    assert!((result.gi[0] + 1.5 / 1.25f64.sqrt()).abs() < 1e-6, "{}", result.gi[0]);
    let alone = compute(&[5.0, 1.1, 1.1, 1.1, 1.1], &weights, &with(0, WeightTransform::Row));
    assert!(alone.gi[0].is_nan() && alone.gi[1].is_finite());
    assert_eq!(alone.notes[0].key, "measure.lisa.no-gi");
}

#[test]
fn islands_and_constants() {
    let weights = Weights::from_triplets(4, [(0, 1, 1.0), (1, 0, 1.0), (2, 0, 1.0)]).unwrap();
    let result = compute(&[1.0, 2.0, 3.0, 5.0], &weights, &with(99, WeightTransform::Row));
    assert_eq!((result.lag[3], result.local_moran[3], result.p_sim[3]), (0.0, 0.0, 1.0));
    assert!(result.gi[3].is_nan() && result.gi_star[3].is_finite());
    assert_eq!(result.quadrant[3], Some(Quadrant::HighLow));
    let constant = compute(&[0.1; 4], &weights, &with(99, WeightTransform::Row));
    assert!(constant.local_moran.iter().chain(&constant.p_sim).all(|value| value.is_nan()));
    assert_eq!((constant.quadrant[0], constant.notes[0].key), (None, "measure.shared.spatial-constant"));
}

/// A value at the mean has I_i = 0 in every replicate; with all regions as neighbours every lag ties.
#[test]
fn ties_count_on_both_sides() {
    let chain = Weights::from_triplets(3, [(0, 1, 1.0), (1, 0, 1.0), (1, 2, 1.0), (2, 1, 1.0)]).unwrap();
    for tail in [TestTail::Two, TestTail::Greater, TestTail::Less] {
        let mut options = with(99, WeightTransform::Row);
        options.permutations.tail = tail;
        // 0.2 is the mean of the three, but for rounding.
        assert_eq!(compute(&[0.1, 0.2, 0.3], &chain, &options).p_sim[1], 1.0);
        let (values, complete) = points(9, 8, 5);
        assert_eq!(compute(&values, &complete, &options).p_sim, [1.0; 9]);
    }
}

/// The definition, region by region: gathers every value of every replicate.
fn by_definition(values: &[f64], weights: &Weights, options: &LisaOptions) -> Vec<f64> {
    let scaled = weights.transform(options.weights.transform.into());
    let deviations = Deviations::of(values, &scaled).unwrap();
    let (z, n) = (&deviations.z, values.len());
    let longest = (0..n).map(|i| scaled.neighbours(i).len()).max().unwrap() as u32;
    let mut counts = vec![TailCounts::new(); n];
    let mut scratch = IndexScratch::new();
    for replicate in 0..u64::from(options.permutations.nsim) {
        let mut stream = Stream::new(Key::new(1, "lisa/conditional-permutation"), 0, replicate);
        let sample = sample_without_replacement(&mut stream, n as u32 - 1, longest, &mut scratch).to_vec();
        for i in 0..n {
            let others = sample.iter().map(|&s| z[s as usize + usize::from(s as usize >= i)]);
            let lag: f64 = scaled.row_values(i).iter().zip(others).map(|(weight, value)| weight * value).sum();
            let observed: f64 = scaled.row(i).map(|(j, weight)| weight * z[j]).sum();
            counts[i].record(z[i] * observed, z[i] * lag);
        }
    }
    counts.iter().map(|count| count.p(options.permutations.tail.into())).collect()
}

#[test]
fn the_kernels_equal_the_definition() {
    for n in [40, 700, 1100] {
        let (values, even) = points(n, 5, 2);
        for weights in [even.clone(), ragged(&even, false), ragged(&even, true)] {
            for tail in [TestTail::Two, TestTail::Greater] {
                let mut options = with(59, WeightTransform::Row);
                options.permutations.tail = tail;
                assert_eq!(compute(&values, &weights, &options).p_sim, by_definition(&values, &weights, &options));
            }
        }
    }
}

#[test]
fn threads_do_not_matter() {
    let (values, weights) = points(1500, 6, 9);
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| compute(&values, &ragged(&weights, true), &with(99, WeightTransform::Row)))
    };
    assert_eq!(format!("{:?}", run(1)), format!("{:?}", run(2)));
}

/// Region 0 with 2 neighbours of 5 others: the share of the 10 pairs with a lag as large, exactly.
#[test]
fn each_p_is_that_of_independent_draws() {
    let values = [6.0, 5.0, 4.0, 1.0, 3.0, 0.0];
    let weights = Weights::from_triplets(6, [(0, 1, 1.0), (0, 3, 1.0), (1, 0, 1.0)]).unwrap();
    let mut options = with(19_999, WeightTransform::Row);
    options.permutations.tail = TestTail::Greater;
    // Sums of two of {5, 4, 1, 3, 0} of at least 5 + 1: 9, 6, 8, 7 of ten pairs (5+4, 5+1, 5+3, 4+3).
    let p = compute(&values, &weights, &options).p_sim[0];
    assert!((p - 0.4).abs() < 5.0 * (0.4f64 * 0.6 / 2e4).sqrt(), "{p}");
}

/// Without autocorrelation a tenth of the regions has p ≤ 0.1, seed after seed.
#[test]
fn p_is_uniform_without_autocorrelation() {
    let (_, weights) = points(400, 6, 3);
    let mut share = 0.0;
    for seed in 0..40 {
        let mut stream = Stream::new(Key::new(seed, "test/noise"), 0, 0);
        let values: Vec<f64> = (0..400).map(|_| stream.uniform()).collect();
        let result = lisa(&values, &weights, &with(99, WeightTransform::Row), &Context::with_seed(seed)).unwrap();
        share += result.p_sim.iter().filter(|&&p| p <= 0.1).count() as f64 / (400.0 * 40.0);
    }
    // 16,000 tests that depend on one another; 0.01 is about four standard errors.
    assert!((share - 0.1).abs() < 0.01, "{share}");
}

/// The unit of the values changes nothing but the lag.
#[test]
fn no_unit_is_too_small_or_too_large() {
    let weights = st_louis::weights();
    let base = compute(&st_louis::HR8488, &weights, &with(199, WeightTransform::Row));
    for scale in [1e-300, 1e-160, 3.0, 1e150, 1e200, 1e300] {
        let moved: Vec<f64> = st_louis::HR8488.iter().map(|y| y * scale).collect();
        let other = compute(&moved, &weights, &with(199, WeightTransform::Row));
        assert_eq!((&base.p_sim, &base.quadrant), (&other.p_sim, &other.quadrant), "{scale}");
        let close = |a: &[f64], b: &[f64], unit: f64| a.iter().zip(b).for_each(|(&a, b)| near(b / unit, a));
        close(&base.lag, &other.lag, scale);
        close(&base.local_moran, &other.local_moran, 1.0);
        close(&base.local_geary, &other.local_geary, 1.0);
        close(&base.gi, &other.gi, 1.0);
        close(&base.gi_star, &other.gi_star, 1.0);
        near(other.moran, base.moran);
    }
    // On a grid of 1/1024 adding 1e9 loses nothing of the values.
    let grid: Vec<f64> = st_louis::HR8488.iter().map(|y| (y * 1024.0).round() / 1024.0).collect();
    let raised: Vec<f64> = grid.iter().map(|y| y + 1e9).collect();
    let (base, raised) = (
        compute(&grid, &weights, &with(199, WeightTransform::Row)),
        compute(&raised, &weights, &with(199, WeightTransform::Row)),
    );
    assert_eq!((&base.p_sim, &base.quadrant), (&raised.p_sim, &raised.quadrant));
    base.local_moran.iter().zip(&raised.local_moran).for_each(|(&a, &b)| near(b, a));
}

proptest! {
    #[test]
    fn local_indices_add_up_to_the_whole(
        cells in prop::collection::vec(0.0f64..3.0, 64),
        values in prop::collection::vec(-5.0f64..5.0, 8),
        (scale, shift) in (0.1f64..50.0, -20.0f64..20.0),
    ) {
        let link = |c: u32| (c / 8, c % 8, if c / 8 == c % 8 || cells[c as usize] < 1.0 { 0.0 } else { cells[c as usize] });
        let weights = Weights::from_triplets(8, (0..64).map(link)).unwrap();
        for transform in [WeightTransform::Row, WeightTransform::Binary] {
            let result = compute(&values, &weights, &with(0, transform));
            let mut global = crate::autocorrelation::AutocorrelationOptions::default();
            global.permutations.nsim = 0;
            global.weights.transform = transform;
            let global =
                crate::autocorrelation::autocorrelation(&values, &weights, &global, &Context::with_seed(1)).unwrap();
            let s0 = weights.transform(transform.into()).s0();
            let sum: f64 = result.local_moran.iter().sum();
            prop_assert!((sum - s0 * global.moran.value).abs() < 1e-10);
            prop_assert!((result.moran - global.moran.value).abs() < 1e-12);
            // Σ c_i = 2n S0 C/(n − 1).
            let sum: f64 = result.local_geary.iter().sum();
            prop_assert!((sum - 16.0 / 7.0 * s0 * global.geary.value).abs() < 1e-9);
            let moved: Vec<f64> = values.iter().map(|y| scale * y + shift).collect();
            let moved = compute(&moved, &weights, &with(0, transform));
            let pairs = result.local_moran.iter().zip(&moved.local_moran).chain(result.gi.iter().zip(&moved.gi));
            for (a, b) in pairs.chain(result.gi_star.iter().zip(&moved.gi_star)) {
                prop_assert!((a - b).abs() < 1e-8 * a.abs().max(1.0) || (a.is_nan() && b.is_nan()));
            }
        }
    }
}

/// The commands on a 6 × 6 lattice with a high corner: tables, findings and figures from the outcome alone.
#[test]
fn both_commands_from_table_to_findings() {
    use distretto_core::{Focus, Inputs, Table};
    let region: distretto_core::Text = (0..36).map(|i| Some(format!("c{i}"))).collect();
    let (x, y): (Vec<f64>, Vec<f64>) = (0..36).map(|i| (f64::from(i % 6), f64::from(i / 6))).unzip();
    let values = x.iter().zip(&y).map(|(x, y)| (10.0 - x - y).max(0.0).powi(2)).collect();
    let table = Table::empty().with_text("region", region).with_numbers("v", values);
    let inputs = Inputs::default().with_table("table", table.with_numbers("x", x).with_numbers("y", y));
    let options = serde_json::json!({ "value": "v", "distance-band": 1, "nsim": 1999, "tail": "greater" });
    let options = options.as_object().unwrap();
    let keys = |estimand: distretto_core::Estimand, focus: &Focus| {
        let outcome = (estimand.run)(&inputs, options, &Context::with_seed(1)).unwrap();
        assert!(
            outcome.warnings.is_empty() && (estimand.figures)(&outcome).iter().all(|figure| figure.table.is_some())
        );
        let found = (estimand.findings)(&outcome, focus);
        (outcome, found.iter().map(|message| message.key).collect::<Vec<_>>())
    };
    let (outcome, found) = keys(crate::autocorrelation::ESTIMAND, &Focus::default());
    let expected = ["finding-moran", "finding-alike", "finding-geary", "finding-getis"];
    assert_eq!(found, expected.map(|key| format!("measure.autocorrelation.{key}")));
    let moran = outcome.number("moran").unwrap();
    let focus = Focus { regions: vec!["c0".into(), "elsewhere".into()], ..Focus::default() };
    let (outcome, found) = keys(ESTIMAND, &focus);
    assert!((outcome.number("moran").unwrap() - moran).abs() < 1e-12);
    assert!(outcome.number("high_high").unwrap() > 0.0 && outcome.number("high_low") == Some(0.0));
    let expected =
        ["finding-clusters", "finding-unadjusted", "finding-top-high", "finding-top-low", "finding-region-hh"];
    assert_eq!(found, expected.map(|key| format!("measure.lisa.{key}")));
    let columns: Vec<&str> =
        outcome.table("regions").unwrap().fields().iter().map(|field| field.name.as_str()).collect();
    assert_eq!(columns[..6], ["region", "value", "lag", "local_moran", "p_sim", "q_value"]);
    assert_eq!(columns[6..], ["quadrant", "local_geary", "gi", "gi_p", "gi_star", "gi_star_p", "significant"]);
}
