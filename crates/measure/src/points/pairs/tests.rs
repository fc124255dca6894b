use super::*;
use distretto_numerics::{Key, Metric, Point, Stream, distance};
use proptest::prelude::*;

fn points(n: usize, seed: u64, [width, height]: [f64; 2], centre: Point) -> Vec<Point> {
    let mut stream = Stream::new(Key::new(seed, "test/pairs"), 0, 0);
    (0..n)
        .map(|_| [centre[0] + width * (stream.uniform() - 0.5), centre[1] + height * (stream.uniform() - 0.5)])
        .collect()
}

/// Pairs within r by brute force, and what the index finds; every pair must come once.
fn compare(points: &[Point], metric: Metric, r: f64) {
    let index = PairIndex::new(points, metric, r);
    let limit = index.scale().squared_within(r);
    let found = index.fold(Vec::new, |pairs: &mut Vec<(u32, u32)>, i, j, squared| {
        for (k, _) in squared.iter().enumerate().filter(|(_, square)| **square <= limit) {
            let (a, b) = (index.order()[i], index.order()[j + k]);
            pairs.push((a.min(b), a.max(b)));
        }
    });
    let mut found: Vec<(u32, u32)> = found.into_iter().flatten().collect();
    found.sort_unstable();
    let n = points.len();
    let all = (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j)));
    let near = all.filter(|&(i, j)| distance(metric, points[i], points[j]) <= r * (1.0 + 1e-12));
    let expected: Vec<(u32, u32)> = near.map(|(i, j)| (i as u32, j as u32)).collect();
    assert_eq!(found, expected, "{metric:?} {r}");
}

#[test]
fn every_planar_pair_within_reach_comes_once() {
    let points = points(400, 1, [10.0, 6.0], [0.0, 3.0]);
    for r in [0.0, 0.05, 0.3, 1.0, 4.0, 20.0, f64::INFINITY] {
        compare(&points, Metric::Euclidean, r);
    }
}

#[test]
fn every_pair_on_the_sphere_comes_once() {
    let places = [
        ([10.0, 8.0], [10.0, 45.0]),
        ([30.0, 8.0], [179.0, -17.0]),
        ([360.0, 20.0], [0.0, 80.0]),
        ([360.0, 180.0], [0.0, 0.0]),
    ];
    for (seed, (size, centre)) in (10..).zip(places) {
        let points = points(300, seed, size, centre);
        for r in [5.0, 60.0, 700.0, 4000.0, 30_000.0] {
            compare(&points, Metric::Haversine, r);
        }
    }
}

#[test]
fn lattice_distances_equal_to_r_count() {
    let points: Vec<Point> = (0..49).map(|i| [f64::from(i % 7) * 0.1, f64::from(i / 7) * 0.1]).collect();
    for r in [0.1, 0.2, 0.3, 0.30000000000000004] {
        compare(&points, Metric::Euclidean, r);
    }
}

#[test]
fn coincident_and_single_points() {
    compare(&[[1.0, 1.0]; 5], Metric::Euclidean, 0.0);
    compare(&[[1.0, 1.0]; 5], Metric::Haversine, 0.0);
    compare(&[[1.0, 1.0]], Metric::Euclidean, 1.0);
    compare(&[], Metric::Euclidean, 1.0);
    compare(&[[0.0, 90.0], [120.0, 90.0], [5.0, -90.0], [180.0, 0.0], [-180.0, 0.0]], Metric::Haversine, 1.0);
}

#[test]
fn a_subset_has_the_pairs_of_its_points() {
    let all = points(500, 4, [10.0, 6.0], [0.0, 0.0]);
    let whole = PairIndex::new(&all, Metric::Euclidean, 0.8);
    let numbers: Vec<u32> = (0..200).map(|i| (i * 37) % 500).collect();
    let mut part = whole.empty_like();
    whole.subset_into(&numbers, &mut part);
    let alone: Vec<Point> = numbers.iter().map(|&i| all[i as usize]).collect();
    let count = |index: &PairIndex| {
        let limit = index.scale().squared_within(0.8);
        index.fold(|| 0, |n, _, _, squared| *n += squared.iter().filter(|&&s| s <= limit).count()).iter().sum::<usize>()
    };
    assert_eq!(count(&part), count(&PairIndex::new(&alone, Metric::Euclidean, 0.8)));
    let first = part.order()[0] as usize;
    assert_eq!(part.position(0), [alone[first][0], alone[first][1], 0.0]);
}

#[test]
fn pairs_between_two_subsets() {
    for metric in [Metric::Euclidean, Metric::Haversine] {
        let all = points(300, 5, [20.0, 12.0], [175.0, 60.0]);
        let r = if metric == Metric::Euclidean { 2.0 } else { 250.0 };
        let whole = PairIndex::new(&all, metric, r);
        let (mut a, mut b) = (whole.empty_like(), whole.empty_like());
        let split: (Vec<u32>, Vec<u32>) = (0..300).partition(|i| i % 3 == 0);
        whole.subset_into(&split.0, &mut a);
        whole.subset_into(&split.1, &mut b);
        let limit = whole.scale().squared_within(r);
        let mut found = 0;
        b.visit_from(&a, 0..a.len(), |_, _, squared| found += squared.iter().filter(|&&s| s <= limit).count());
        let near = |&&(i, j): &&(u32, u32)| distance(metric, all[i as usize], all[j as usize]) <= r;
        let every: Vec<(u32, u32)> = split.0.iter().flat_map(|&i| split.1.iter().map(move |&j| (i, j))).collect();
        assert_eq!(found, every.iter().filter(near).count(), "{metric:?}");
    }
}

proptest! {
    #[test]
    fn any_cloud_any_reach(
        cloud in prop::collection::vec((-20i32..20, -15i32..15), 0..60),
        r in 0.0f64..30.0,
        sphere in any::<bool>(),
    ) {
        let points: Vec<Point> = cloud.iter().map(|&(x, y)| [f64::from(x) * 9.0, f64::from(y) * 6.0]).collect();
        let metric = if sphere { Metric::Haversine } else { Metric::Euclidean };
        compare(&points, metric, if sphere { r * 300.0 + 0.1 } else { r * 3.0 });
    }
}
