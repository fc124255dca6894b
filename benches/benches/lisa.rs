//! Local Moran with conditional permutations, and the global permutation test, on random points.

#![allow(missing_docs, reason = "criterion's macros write undocumented items")]

use criterion::{Criterion, criterion_group, criterion_main};
use distretto_core::Context;
use distretto_measure::autocorrelation::{AutocorrelationOptions, autocorrelation};
use distretto_measure::lisa::{LisaOptions, lisa};
use distretto_numerics::{Key, Metric, Point, Stream, Weights};

const REGIONS: usize = 50_000;

/// Uniform points with a smooth surface plus noise, 6 nearest neighbours.
fn data() -> (Vec<f64>, Weights) {
    let mut stream = Stream::new(Key::new(1, "bench/lisa"), 0, 0);
    let points: Vec<Point> = (0..REGIONS).map(|_| [stream.uniform(), stream.uniform()]).collect();
    let noise = |stream: &mut Stream| (0..12).map(|_| stream.uniform()).sum::<f64>() - 6.0;
    let surface = |&[x, y]: &Point| (5.0 * x).sin() + (7.0 * y).cos();
    let values = points.iter().map(|point| surface(point) + noise(&mut stream)).collect();
    let weights = Weights::k_nearest(&points, 6, Metric::Euclidean).expect("6 of 50,000 points");
    (values, weights)
}

/// The same neighbours with unequal weights, so that the general kernel runs.
fn unequal(weights: &Weights) -> Weights {
    let link = |i: usize, at: usize, j: u32| (i as u32, j, 1.0 + at as f64);
    let links: Vec<(u32, u32, f64)> = (0..weights.n())
        .flat_map(|i| weights.neighbours(i).iter().enumerate().map(move |(at, &j)| link(i, at, j)))
        .collect();
    Weights::from_triplets(weights.n(), links).expect("links of valid weights")
}

fn local(criterion: &mut Criterion) {
    let (values, weights) = data();
    let general = unequal(&weights);
    let context = Context::with_seed(1);
    let mut group = criterion.benchmark_group("lisa");
    group.sample_size(10);
    group.bench_function("50_000_regions", |bencher| {
        bencher.iter(|| lisa(&values, &weights, &LisaOptions::default(), &context));
    });
    group.bench_function("50_000_regions_unequal_weights", |bencher| {
        bencher.iter(|| lisa(&values, &general, &LisaOptions::default(), &context));
    });
    group.finish();
}

fn global(criterion: &mut Criterion) {
    let (values, weights) = data();
    let context = Context::with_seed(1);
    let mut group = criterion.benchmark_group("autocorrelation");
    group.sample_size(10);
    group.bench_function("50_000_regions", |bencher| {
        bencher.iter(|| autocorrelation(&values, &weights, &AutocorrelationOptions::default(), &context));
    });
    group.finish();
}

criterion_group!(benches, local, global);
criterion_main!(benches);
