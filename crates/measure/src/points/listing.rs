//! What every estimand that takes a table of distances is held to: coordinates and the table of their distances give
//! the same.

use super::colocation::{ColocationOptions, Function, colocation};
use super::localisation::{LocalisationFunction, LocalisationOptions, localisation};
use super::m::{MError, MOptions, m};
use super::{Distances, Plants};
use distretto_core::Context;
use distretto_numerics::{Key, Metric, Point, Stream, distance};
use proptest::prelude::*;

/// The plants with a table of the distances between their coordinates, without those to skip.
pub(crate) fn tabled(plants: &Plants, skip: impl Fn(f64) -> bool) -> Plants {
    let n = plants.len();
    let all = (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j)));
    let far = |(i, j): (usize, usize)| distance(plants.metric(), plants.points()[i], plants.points()[j]);
    let pairs: Vec<(u32, u32, f64)> = all.map(|(i, j)| (i as u32, j as u32, far((i, j)))).collect();
    let pairs: Vec<_> = pairs.into_iter().filter(|pair| !skip(pair.2)).collect();
    plants.clone().with_distances(Distances::new(n, &pairs).unwrap()).unwrap()
}

pub(crate) fn near(a: &[f64], b: &[f64]) -> bool {
    let close = |(a, b): (&f64, &f64)| a.is_nan() && b.is_nan() || (a - b).abs() <= 1e-12 * a.abs().max(1.0);
    a.len() == b.len() && a.iter().zip(b).all(close)
}

/// Every third plant is of A, the next of B, the others of C.
fn plants(seed: u64, sphere: bool, weighted: bool) -> (Plants, f64) {
    let mut stream = Stream::new(Key::new(seed, "test/listing"), 0, 0);
    let points: Vec<Point> = (0..60).map(|_| [stream.uniform() * 10.0, stream.uniform() * 6.0]).collect();
    let weights = weighted.then(|| (0..60).map(|i| f64::from(i % 5)).collect());
    let (metric, scale) = if sphere { (Metric::Haversine, 100.0) } else { (Metric::Euclidean, 1.0) };
    let names = ["A", "B", "C"].map(String::from).to_vec();
    (Plants::new(metric, points, (0..60).map(|i| i % 3).collect(), names, weights).unwrap(), scale)
}

fn context() -> Context<'static> {
    Context::with_seed(1)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn m_from_coordinates_is_m_from_their_table(
        seed in 0u64..10_000,
        sphere in any::<bool>(),
        weighted in any::<bool>(),
        side in 0..3,
        density in any::<bool>(),
    ) {
        let (plants, scale) = plants(seed, sphere, weighted);
        let mut options = MOptions::default().with_industry("A").with_distances(&[0.5, 1.2, 2.0].map(|r| r * scale));
        match side {
            0 => {}
            1 => options.plants.to = vec!["B".into()],
            _ => options.controls = vec!["B".into()],
        }
        (options.density, options.local, options.curve.nsim) = (density, true, 39);
        let [one, other] = [&plants, &tabled(&plants, |_| false)].map(|plants| m(plants, &options, &context()).unwrap());
        prop_assert!(near(&one.m, &other.m), "{:?} {:?}", one.m, other.m);
        let (a, b) = (one.envelope().unwrap(), other.envelope().unwrap());
        prop_assert!(near(&a.mean, &b.mean) && near(&a.low, &b.low) && near(&a.high, &b.high));
        prop_assert_eq!(a.p_value, b.p_value);
        let (a, b) = (one.points.unwrap(), other.points.unwrap());
        prop_assert!(near(&a.m_local, &b.m_local) && near(&a.p, &b.p));
        // A list that ends beyond the largest distance leaves out nothing.
        let sparse = m(&tabled(&plants, |distance| distance > 2.0 * scale), &options, &context()).unwrap();
        prop_assert!(density || near(&one.m, &sparse.m));
    }

    #[test]
    fn colocation_from_coordinates_is_that_from_their_table(
        seed in 0u64..10_000,
        sphere in any::<bool>(),
        weighted in any::<bool>(),
        function in 0usize..3,
        several in any::<bool>(),
    ) {
        let (plants, scale) = plants(seed, sphere, weighted);
        let r = if several { vec![0.5 * scale, 1.2 * scale] } else { vec![scale] };
        let function = [Function::M, Function::Kd, Function::Kd][function];
        let mut options = ColocationOptions { function, nsim: 39, ..ColocationOptions::default() }.with_distances(&r);
        if seed % 2 == 0 {
            options.bandwidth = (0.4 * scale).to_string();
        }
        let [one, other] = [&plants, &tabled(&plants, |_| false)]
            .map(|plants| colocation(plants, None, &options, &context()).unwrap());
        for (a, b) in one.pairs.iter().zip(&other.pairs) {
            prop_assert!(near(&a.values, &b.values) && near(&a.mean, &b.mean), "{:?} {:?}", a, b);
            prop_assert_eq!(a.p_value.to_bits(), b.p_value.to_bits());
        }
    }

    #[test]
    fn localisation_from_coordinates_is_that_from_their_table(
        seed in 0u64..10_000,
        sphere in any::<bool>(),
        weighted in any::<bool>(),
        kd in any::<bool>(),
    ) {
        let (plants, scale) = plants(seed, sphere, weighted);
        let function = if kd { LocalisationFunction::Kd } else { LocalisationFunction::M };
        let options = LocalisationOptions { function, ..LocalisationOptions::default() };
        let mut options = options.with_distances(&[0.5, 1.2, 2.0].map(|r| r * scale));
        options.curve.nsim = 39;
        let [one, other] =
            [&plants, &tabled(&plants, |_| false)].map(|plants| localisation(plants, &options, &context()).unwrap());
        for (a, b) in one.industries.iter().zip(&other.industries) {
            prop_assert!(near(&a.values, &b.values) && near(&a.low, &b.low) && near(&a.high, &b.high));
            prop_assert_eq!(a.p_value, b.p_value);
        }
    }
}

#[test]
fn a_short_list_is_told() {
    let plants = plants(3, false, false).0;
    let sparse = tabled(&plants, |distance| distance > 1.0);
    let keys = |notes: &[distretto_core::Message]| notes.iter().map(|note| note.key).collect::<Vec<_>>();
    let short = "measure.distances.short";
    let options = MOptions::default().with_industry("A");
    let found = |r: f64| keys(m(&sparse, &options.clone().with_distances(&[r]), &context()).unwrap().notes());
    assert_eq!((found(1.0), found(2.0)), (vec![], vec![short]));
    let mut surface = options.with_distances(&[1.0]);
    surface.surface = Some(10);
    assert_eq!(m(&sparse, &surface, &context()), Err(MError::SurfaceAndTable));

    let of = |function, bandwidth: &str, r: f64| {
        let bandwidth = bandwidth.to_owned();
        let options = ColocationOptions { function, bandwidth, ..ColocationOptions::default() };
        keys(colocation(&sparse, None, &options.with_distances(&[r]), &context()).unwrap().notes())
    };
    assert_eq!((of(Function::M, "nrd0", 1.0), of(Function::M, "nrd0", 2.0)), (vec![], vec![short]));
    let (curve, rule) = ("measure.kd.listed-short", "measure.kd.listed-bandwidth");
    assert_eq!((of(Function::Kd, "0.05", 0.5), of(Function::Kd, "0.2", 0.5)), (vec![], vec![curve]));
    assert_eq!(of(Function::Kd, "nrd0", 0.9), [curve, rule]);

    let industries = |function| {
        let options = LocalisationOptions { function, ..LocalisationOptions::default() }.with_distances(&[2.0]);
        keys(localisation(&sparse, &options, &context()).unwrap().notes())
    };
    let untested = "measure.localisation.untested";
    assert_eq!(industries(LocalisationFunction::M), [untested, short]);
    assert_eq!(industries(LocalisationFunction::Kd), [untested, curve, rule]);
}

/// Two plants of A that the list does not join: nothing is known of their Kd, alone or among all industries.
#[test]
fn no_listed_pair_is_no_curve() {
    let names = ["A", "B"].map(String::from).to_vec();
    let points = vec![[0.0, 0.0]; 4];
    let plants = Plants::new(Metric::Euclidean, points, vec![0, 0, 1, 1], names, None).unwrap();
    let plants = plants.with_distances(Distances::new(4, &[(0, 2, 1.0), (2, 3, 2.0)]).unwrap()).unwrap();
    let mut options = LocalisationOptions { min_plants: 2, ..LocalisationOptions::default() }.with_distances(&[1.0]);
    options.bandwidth = "0.5".to_owned();
    let found = localisation(&plants, &options, &context()).unwrap().industries;
    assert!(found[0].values[0].is_nan() && found[1].values[0] > 0.0);
    let function = Function::Kd;
    let options = ColocationOptions { function, bandwidth: options.bandwidth, ..ColocationOptions::default() };
    let found = colocation(&plants, None, &options.with_distances(&[1.0]), &context()).unwrap().pairs;
    let exist: Vec<bool> = found.iter().map(|pair| pair.values[0] > 0.0).collect();
    assert_eq!(exist, [false, true, true, true]);
    assert!(found[0].values[0].is_nan());
}
