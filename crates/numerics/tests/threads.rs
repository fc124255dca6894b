//! The same bytes for any number of threads.

use distretto_numerics::{Adjust, Key, Metric, Point, Stream, Weights, adjust};

fn with_threads<R: Send>(threads: usize, work: impl FnOnce() -> R + Send) -> R {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a small pool starts");
    pool.install(work)
}

#[test]
fn adjusted_p_values_do_not_depend_on_threads() {
    let mut stream = Stream::new(Key::new(1, "test/adjust"), 0, 0);
    // Above the size from which the sort is parallel, with many equal values.
    let p: Vec<f64> = (0..70_000).map(|_| f64::from(1 + stream.below(1000)) / 1000.0).collect();
    for method in [Adjust::Bh, Adjust::By, Adjust::Holm] {
        let [one, four] = [1, 4].map(|threads| with_threads(threads, || adjust(&p, method)));
        assert!(one.iter().zip(&four).all(|(a, b)| a.to_bits() == b.to_bits()), "{method:?}");
    }
}

#[test]
fn spatial_weights_do_not_depend_on_threads() {
    let mut stream = Stream::new(Key::new(1, "test/weights"), 0, 0);
    // A coarse lattice: many coincident points and equal distances.
    let mut coordinate = || f64::from(stream.below(40)) * 0.1;
    let points: Vec<Point> = (0..3_000).map(|_| [coordinate(), coordinate()]).collect();
    for metric in [Metric::Euclidean, Metric::Haversine] {
        let build = || Weights::k_nearest(&points, 5, metric).expect("five neighbours exist");
        assert_eq!(with_threads(1, build), with_threads(4, build));
    }
}
