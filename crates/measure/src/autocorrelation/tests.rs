use super::*;
use crate::inference::TestTail;
use crate::spatial_weights::{WeightTransform, st_louis};
use proptest::prelude::*;

fn options(transform: WeightTransform, nsim: u32) -> AutocorrelationOptions {
    let mut options = AutocorrelationOptions::default();
    options.weights.transform = transform;
    options.permutations.nsim = nsim;
    options
}

fn compute(values: &[f64], weights: &Weights, transform: WeightTransform, nsim: u32) -> Autocorrelation {
    autocorrelation(values, weights, &options(transform, nsim), &Context::with_seed(1)).unwrap()
}

fn near(ours: f64, expected: f64, tolerance: f64) {
    assert!((ours - expected).abs() <= tolerance * expected.abs().max(1.0), "{ours} {expected}");
}

fn symmetric(n: usize, pairs: &[(u32, u32)]) -> Weights {
    Weights::from_triplets(n, pairs.iter().flat_map(|&(i, j)| [(i, j, 1.0), (j, i, 1.0)])).unwrap()
}

/// The 3 × 3 lattice with rook contiguity and values 1 to 9: by hand, and esda 2.8.2.
#[test]
fn the_lattice_by_hand() {
    let pairs = [(0, 1), (1, 2), (3, 4), (4, 5), (6, 7), (7, 8), (0, 3), (3, 6), (1, 4), (4, 7), (2, 5), (5, 8)];
    let values: Vec<f64> = (1..=9).map(f64::from).collect();
    let result = compute(&values, &symmetric(9, &pairs), WeightTransform::Binary, 0);
    near(result.moran.value, 0.5, 1e-14);
    near(result.moran.variance_normal, 0.053125, 1e-14);
    near(result.moran.variance_random, 0.0596875, 1e-14);
    near(result.geary.value, 1.0 / 3.0, 1e-14);
    near(result.geary.variance_random, 0.05462962962962965, 1e-14);
    near(result.geary.variance_normal, 0.05555555555555555, 1e-14);
    near(result.moran_p_normal(), 0.0066953135387511995, 1e-12);
    assert!(result.moran.p_sim.is_nan());
    assert_eq!(result.notes[0].key, "measure.shared.spatial-no-permutations");
}

/// Getis and Ord 1992, six points, band 15; values of esda 2.8.2.
#[test]
fn six_points_of_getis_and_ord() {
    let points = [[10.0, 10.0], [20.0, 10.0], [40.0, 10.0], [15.0, 20.0], [30.0, 20.0], [30.0, 30.0]];
    let weights = Weights::distance_band(&points, 15.0, distretto_numerics::Metric::Euclidean).unwrap();
    for transform in [WeightTransform::Binary, WeightTransform::Row] {
        let g = compute(&[2.0, 3.0, 3.2, 5.0, 8.0, 7.0], &weights, transform, 0).getis_g;
        near(g.value, 0.5570977917981073, 1e-13);
        near(g.expected, 14.0 / 30.0, 1e-14);
        near(g.variance_random, 0.009203550195101468, 1e-12);
        near(g.z_random(), 0.942627795324094, 1e-11);
    }
}

/// St. Louis counties, row-standardised; values that esda 2.8.2 asserts.
#[test]
fn st_louis_as_esda() {
    let result = compute(&st_louis::HR8893, &st_louis::weights(), WeightTransform::Row, 999);
    near(result.moran.value, 0.24365582621771684, 1e-13);
    near(result.moran.variance_normal, 0.004968139260116119, 1e-14);
    near(result.moran.variance_random, 0.002976102828610931, 1e-14);
    near(result.moran.z_random(), 4.704410220874629, 1e-11);
    near(result.moran_p_normal(), 0.0002714786277092767, 1e-12);
    near(result.geary.value, 0.5971282158936891, 1e-13);
    near(result.geary.variance_random, 0.013063740292186923, 1e-13);
    near(result.geary.variance_normal, 0.005465786052175757, 1e-13);
    assert!(result.moran.p_sim >= 0.002 && result.moran.p_sim <= 0.016, "{}", result.moran.p_sim);
}

#[test]
fn negative_values_have_no_g() {
    let chain = symmetric(4, &[(0, 1), (1, 2), (2, 3)]);
    let result = compute(&[-1.0, 2.0, -3.0, 4.0], &chain, WeightTransform::Binary, 99);
    near(result.moran.value, -0.9080459770114943, 1e-14); // by hand: −39.5/43.5
    assert!(result.getis_g.value.is_nan() && result.getis_g.p_sim.is_nan() && !result.geary.p_sim.is_nan());
    assert_eq!(result.notes[0].key, "measure.autocorrelation.negative");
    let result = compute(&[0.0, 2.0, 0.0, 0.0], &chain, WeightTransform::Binary, 99);
    assert!(result.getis_g.value.is_nan());
    assert_eq!(result.notes[0].key, "measure.autocorrelation.one-positive");
}

#[test]
fn what_does_not_exist_is_nan_and_told() {
    let chain = symmetric(3, &[(0, 1), (1, 2)]);
    // 0.1 three times: their mean is not 0.1 in binary.
    let constant = compute(&[0.1; 3], &chain, WeightTransform::Row, 99);
    assert!(constant.moran.value.is_nan() && constant.geary.p_sim.is_nan());
    assert_eq!(constant.notes[0].key, "measure.shared.spatial-constant");
    let three = compute(&[1.0, 2.0, 4.0], &chain, WeightTransform::Row, 99);
    assert!(three.moran.value.is_finite() && three.moran.variance_normal.is_finite() && three.moran.p_sim > 0.0);
    assert!(three.moran.variance_random.is_nan() && three.geary.variance_random.is_nan());
    assert!(three.getis_g.value.is_finite() && three.getis_g.variance_random.is_nan());
    assert_eq!(three.notes[0].key, "measure.autocorrelation.few-regions");
    let apart = Weights::from_triplets(3, []).unwrap();
    let none = compute(&[1.0, 2.0, 4.0], &apart, WeightTransform::Row, 99);
    assert!(none.moran.value.is_nan());
    assert_eq!(none.notes[0].key, "measure.shared.spatial-no-links");
    let error = autocorrelation(&[1.0], &apart, &options(WeightTransform::Row, 0), &Context::with_seed(1));
    assert_eq!(error, Err(SpatialError::Length { values: 1, regions: 3 }));
    let error =
        autocorrelation(&[1.0, f64::NAN, 0.0], &apart, &options(WeightTransform::Row, 0), &Context::with_seed(1));
    assert!(matches!(error, Err(SpatialError::NotFinite { unit: 1, .. })));
}

/// All regions are neighbours: every assignment gives the same numbers.
#[test]
fn a_complete_graph_ties_everywhere() {
    let pairs: Vec<(u32, u32)> = (0..7).flat_map(|i| (i + 1..7).map(move |j| (i, j))).collect();
    for transform in [WeightTransform::Row, WeightTransform::Binary] {
        let result = compute(&[1.0, 0.3, 7.0, 2.5, 2.5, 9.1, 4.0], &symmetric(7, &pairs), transform, 99);
        for statistic in [result.moran, result.geary, result.getis_g] {
            near(statistic.value, statistic.expected, 1e-13);
            assert_eq!(statistic.p_sim, 1.0, "{statistic:?}");
            assert!(statistic.z_random().is_nan(), "{statistic:?}");
        }
        assert_eq!(result.notes.last().unwrap().key, "measure.autocorrelation.no-variance");
    }
}

/// The unit of the values, from the smallest to the largest that doubles hold, changes nothing but the lag.
#[test]
fn no_unit_is_too_small_or_too_large() {
    let weights = st_louis::weights();
    let base = compute(&st_louis::HR8488, &weights, WeightTransform::Row, 199);
    for scale in [1e-300, 1e-160, 1e-80, 3.0, 1e80, 1e150, 1e200, 1e300, 1e306] {
        let moved: Vec<f64> = st_louis::HR8488.iter().map(|y| y * scale).collect();
        let other = compute(&moved, &weights, WeightTransform::Row, 199);
        for (a, b) in [(base.moran, other.moran), (base.geary, other.geary), (base.getis_g, other.getis_g)] {
            near(b.value, a.value, 1e-13);
            near(b.z_random(), a.z_random(), 1e-11);
            assert_eq!((a.p_sim, b.z_normal().is_nan()), (b.p_sim, a.z_normal().is_nan()), "{scale}");
        }
        for (a, b) in base.lag.iter().zip(&other.lag) {
            assert!((b / scale - a).abs() < 1e-12, "{scale} {a} {b}");
        }
        assert!(other.notes.is_empty());
    }
    // Values on a grid of 1/1024, so that adding 1e9 loses nothing of them.
    let grid: Vec<f64> = st_louis::HR8488.iter().map(|y| (y * 1024.0).round() / 1024.0).collect();
    let (base, raised) = (grid.clone(), grid.iter().map(|y| y + 1e9).collect::<Vec<f64>>());
    let base = compute(&base, &weights, WeightTransform::Row, 199);
    let raised = compute(&raised, &weights, WeightTransform::Row, 199);
    for (a, b) in [(base.moran, raised.moran), (base.geary, raised.geary)] {
        near(b.value, a.value, 1e-13);
        near(b.z_random(), a.z_random(), 1e-11);
        assert_eq!(a.p_sim, b.p_sim);
    }
    // Values that differ in their last digit alone are not equal.
    let chain = symmetric(4, &[(0, 1), (1, 2), (2, 3)]);
    let last: Vec<f64> = [0.0, 1.0, 2.0, 3.0].map(|k| 1.0 + k * f64::EPSILON).to_vec();
    near(compute(&last, &chain, WeightTransform::Row, 0).moran.value, 0.4, 1e-12);
}

#[test]
fn threads_do_not_matter() {
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| compute(&st_louis::HR8488, &st_louis::weights(), WeightTransform::Row, 199))
    };
    assert_eq!(format!("{:?}", run(1)), format!("{:?}", run(2)));
}

#[test]
fn tails_add_up() {
    let p = |tail| {
        let mut options = options(WeightTransform::Row, 199);
        options.permutations.tail = tail;
        let result =
            autocorrelation(&st_louis::HR8488, &st_louis::weights(), &options, &Context::with_seed(3)).unwrap();
        (result.moran.p_sim, result.moran_p_random())
    };
    let (two, greater, less) = (p(TestTail::Two), p(TestTail::Greater), p(TestTail::Less));
    near(two.0, 2.0 * greater.0.min(less.0), 1e-15);
    near(greater.0 + less.0, 1.0 + 1.0 / 200.0, 1e-14); // the +1 of both, no tie
    near(greater.1 + less.1, 1.0, 1e-14);
}

/// Every order of `values`, by Heap's algorithm.
fn orders(values: &mut [f64], k: usize, visit: &mut impl FnMut(&[f64])) {
    if k <= 1 {
        return visit(values);
    }
    for i in 0..k {
        orders(values, k - 1, visit);
        values.swap(if k.is_multiple_of(2) { i } else { 0 }, k - 1);
    }
}

/// The variance of G of Getis and Ord 1992 as corrected (erratum, Geographical Analysis 25, 1993, p. 276: the 6 in b1), by
/// power sums of y.
fn getis_variance(values: &[f64], sums: &WeightSums) -> f64 {
    let m = |k: i32| values.iter().map(|y| y.powi(k)).sum::<f64>();
    let (m1, m2, m3, m4) = (m(1), m(2), m(3), m(4));
    let WeightSums { n, s0, s1, s2 } = *sums;
    let b0 = (n * n - 3.0 * n + 3.0) * s1 - n * s2 + 3.0 * s0 * s0;
    let b1 = -((n * n - n) * s1 - 2.0 * n * s2 + 6.0 * s0 * s0);
    let b2 = -(2.0 * n * s1 - (n + 3.0) * s2 + 6.0 * s0 * s0);
    let b3 = 4.0 * (n - 1.0) * s1 - 2.0 * (n + 1.0) * s2 + 8.0 * s0 * s0;
    let b4 = s1 - s2 + s0 * s0;
    let sum = b0 * m2 * m2 + b1 * m4 + b2 * m1 * m1 * m2 + b3 * m1 * m3 + b4 * m1.powi(4);
    sum / ((m1 * m1 - m2).powi(2) * n * (n - 1.0) * (n - 2.0) * (n - 3.0)) - (s0 / (n * (n - 1.0))).powi(2)
}

fn cells(n: usize) -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
    (prop::collection::vec(0.0f64..3.0, n * n), prop::collection::vec(0.1f64..9.0, n))
}

fn weights_of(n: usize, cells: &[f64]) -> Weights {
    let cell = |c: usize| (c / n, c % n, if c / n == c % n || cells[c] < 1.0 { 0.0 } else { cells[c] });
    let links = (0..n * n).map(cell).map(|(i, j, weight)| (i as u32, j as u32, weight));
    Weights::from_triplets(n, links).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn moments_equal_those_of_all_permutations((cells, values) in (4usize..=6).prop_flat_map(cells)) {
        let n = values.len();
        let weights = weights_of(n, &cells);
        prop_assume!(weights.links() > 0);
        for transform in [WeightTransform::Row, WeightTransform::Binary] {
            let observed = compute(&values, &weights, transform, 0);
            let (mut count, mut sums, mut squares) = (0.0, [0.0; 3], [0.0; 3]);
            orders(&mut values.clone(), n, &mut |order| {
                let result = compute(order, &weights, transform, 0);
                count += 1.0;
                for (s, statistic) in [result.moran, result.geary, result.getis_g].into_iter().enumerate() {
                    sums[s] += statistic.value;
                    squares[s] += statistic.value * statistic.value;
                }
            });
            for (s, statistic) in [observed.moran, observed.geary, observed.getis_g].into_iter().enumerate() {
                let mean = sums[s] / count;
                prop_assert!((mean - statistic.expected).abs() < 1e-10);
                prop_assert!((squares[s] / count - mean * mean - statistic.variance_random).abs() < 1e-10);
            }
            let binary = WeightSums::of(&weights.transform(Transform::Binary));
            prop_assert!((getis_variance(&values, &binary) - observed.getis_g.variance_random).abs() < 1e-9);
        }
    }

    #[test]
    fn units_and_labels_do_not_matter(
        (cells, values) in (4usize..=8).prop_flat_map(cells),
        (scale, shift) in (0.1f64..50.0, -20.0f64..20.0),
    ) {
        let n = values.len();
        let weights = weights_of(n, &cells);
        prop_assume!(weights.links() > 0);
        let base = compute(&values, &weights, WeightTransform::Row, 0);
        let moved: Vec<f64> = values.iter().map(|y| scale * y + shift).collect();
        let other = compute(&moved, &weights, WeightTransform::Row, 0);
        prop_assert!((base.moran.value - other.moran.value).abs() < 1e-9);
        prop_assert!((base.geary.value - other.geary.value).abs() < 1e-9);
        prop_assert!((base.moran.variance_random - other.moran.variance_random).abs() < 1e-9);
        // Regions in reverse order.
        let links = (0..n).flat_map(|i| weights.row(i).map(move |(j, w)| ((n - 1 - i) as u32, (n - 1 - j) as u32, w)));
        let back = Weights::from_triplets(n, links.collect::<Vec<_>>()).unwrap();
        let reversed: Vec<f64> = values.iter().rev().copied().collect();
        let turned = compute(&reversed, &back, WeightTransform::Row, 0);
        for (a, b) in [(base.moran, turned.moran), (base.geary, turned.geary), (base.getis_g, turned.getis_g)] {
            prop_assert!((a.value - b.value).abs() < 1e-11);
            prop_assert!((a.variance_random - b.variance_random).abs() < 1e-11);
        }
    }

    /// The printed formula loses its digits here; ours keeps them.
    #[test]
    fn the_variance_of_g_survives_a_large_mean(values in prop::collection::vec(0.1f64..9.0, 6)) {
        let chain = symmetric(6, &[(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (0, 2)]);
        let raised: Vec<f64> = values.iter().map(|y| y + 1e7).collect();
        let g = compute(&raised, &chain, WeightTransform::Binary, 0).getis_g;
        let deviations = Deviations::of(&raised, &chain).unwrap();
        // To first order G = (ȳ² S0 + ȳ Σ r_i z_i)/(30 ȳ²), r = (4, 4, 6, 4, 4, 2), V = Σ(r − 4)² = 8.
        let leading = 8.0 * deviations.squares / 5.0 * (30.0 * deviations.mean).powi(-2);
        prop_assert!((g.variance_random / leading - 1.0).abs() < 1e-4, "{} {leading}", g.variance_random);
    }
}
