use super::*;
use distretto_numerics::{Key, Stream};
use proptest::prelude::*;
use std::f64::consts::TAU;

/// An L of area 5 with a square hole of area 0.25: not convex, not whole.
fn holed() -> Window {
    let outer = vec![[0.0, 0.0], [3.0, 0.0], [3.0, 1.0], [1.0, 1.0], [1.0, 3.0], [0.0, 3.0]];
    let hole = vec![[0.25, 0.25], [0.25, 0.75], [0.75, 0.75], [0.75, 0.25]];
    Window::rings(&[outer, hole]).unwrap()
}

fn star(seed: u64, n: usize) -> Vec<Point> {
    let mut stream = Stream::new(Key::new(seed, "test/window"), 0, 0);
    (0..n)
        .map(|k| {
            let (angle, length) = (TAU * k as f64 / n as f64, 0.4 + 0.6 * stream.uniform());
            [5.0 + length * angle.cos(), 3.0 + length * angle.sin()]
        })
        .collect()
}

fn draw(window: &Window, stream: &mut Stream) -> Point {
    let [x0, x1, y0, y1] = window.bounds();
    loop {
        let point = [x0 + (x1 - x0) * stream.uniform(), y0 + (y1 - y0) * stream.uniform()];
        if window.surrounds(point) {
            return point;
        }
    }
}

#[test]
fn area_holds_and_parts() {
    let window = holed();
    assert!((window.area() - 4.75).abs() < 1e-14);
    assert!((window.diameter() - 18f64.sqrt()).abs() < 1e-14);
    assert!(window.contains([0.1, 2.9]) && window.contains([2.0, 0.5]) && window.contains([0.5, 0.25]));
    assert!(!window.contains([2.0, 2.0]) && !window.contains([0.5, 0.5]) && !window.contains([-0.1, 0.5]));
    assert!((window.boundary_distance([0.5, 0.9]) - 0.15).abs() < 1e-15);
    assert!((window.boundary_distance([1.1, 1.1]) - 0.1).abs() < 1e-15);
    // Two squares that share a side are one rectangle: the side is no boundary.
    let (left, right) =
        ([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]], [[1.0, 0.0], [2.0, 0.0], [2.0, 1.0], [1.0, 1.0]]);
    let both = Window::rings(&[left.to_vec(), right.to_vec()]).unwrap();
    assert_eq!((both.area(), both.edge_count(), both.boundary_distance([1.0, 0.5])), (2.0, 6, 0.5));
    // Clockwise, closed by its first vertex, and far from the origin.
    let far: Vec<Point> =
        [[0.0, 0.0], [0.0, 2.0], [1.0, 2.0], [1.0, 0.0], [0.0, 0.0]].map(|[x, y]| [x + 1e6, y - 4e6]).to_vec();
    let far = Window::rings(&[far]).unwrap();
    assert_eq!((far.area(), far.edge_count()), (2.0, 4));
}

#[test]
fn broken_outlines_are_told() {
    let rings = |ring: &[Point]| Window::rings(&[ring.to_vec()]).unwrap_err();
    let bow = rings(&[[0.0, 0.0], [1.0, 1.0], [1.0, 0.0], [0.0, 1.0]]);
    assert!(matches!(bow, WindowError::Crossing { vertex: 0, other: 2, .. }), "{bow:?}");
    assert!(matches!(rings(&[[0.0, 0.0], [1.0, 1.0]]), WindowError::ShortRing { vertices: 2, .. }));
    assert!(matches!(rings(&[[0.0, 0.0], [1.0, 1.0], [0.5, 0.5]]), WindowError::Crossing { .. } | WindowError::NoArea));
    assert!(matches!(rings(&[[0.0, 0.0], [1.0, f64::NAN], [1.0, 0.0]]), WindowError::NotFinite { vertex: 1 }));
    // Neighbours that share part of a side.
    let (left, right) =
        ([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]], [[1.0, 0.5], [2.0, 0.5], [2.0, 2.0], [1.0, 2.0]]);
    assert!(matches!(Window::rings(&[left.to_vec(), right.to_vec()]), Err(WindowError::Crossing { .. })));
    assert!(matches!(Window::rectangle([0.0, 0.0, 0.0, 1.0]), Err(WindowError::EmptyRectangle { .. })));
    for text in ["rect:0,1,0", "rect:a,1,0,1", "bbx", "rect:0,inf,0,1"] {
        assert!(matches!(WindowRequest::parse(text), Err(WindowError::Text { .. })), "{text}");
    }
    assert_eq!(WindowRequest::parse("rect:-1,2.5,0,1e3"), Ok(WindowRequest::Rectangle([-1.0, 2.5, 0.0, 1000.0])));
}

/// Share of a circle inside by walking round it in 40,000 steps.
fn walked(window: &Window, [x, y]: Point, r: f64) -> f64 {
    let steps = 40_000;
    let inside = |k: &u32| {
        let angle = TAU * (f64::from(*k) + 0.5) / f64::from(steps);
        window.surrounds([x + r * angle.cos(), y + r * angle.sin()])
    };
    (0..steps).filter(inside).count() as f64 / f64::from(steps)
}

#[test]
fn shares_of_circles_are_those_of_a_walk_round_them() {
    let windows = [holed(), Window::rings(&[star(1, 40)]).unwrap(), Window::rectangle([0.0, 2.0, 0.0, 1.0]).unwrap()];
    for (seed, window) in (0..).zip(&windows) {
        let mut stream = Stream::new(Key::new(seed, "test/circle"), 0, 0);
        let points: Vec<Point> = (0..40).map(|_| draw(window, &mut stream)).collect();
        let weights = EdgeWeights::new(window, Correction::Isotropic, &points, window.diameter());
        let mut scratch = EdgeScratch::default();
        for (i, &point) in points.iter().enumerate() {
            for _ in 0..5 {
                let r = window.diameter() * stream.uniform();
                let (share, weight) = (walked(window, point, r), weights.weight(i, r, r, 0.0, &mut scratch));
                let expected = (1.0 / share).min(CAP);
                assert!(
                    (weight / expected - 1.0).abs() < 3e-4 * expected.max(1.0),
                    "{point:?} {r}: {weight} {expected}"
                );
            }
        }
    }
}

#[test]
fn circles_through_corners_and_beyond_the_window() {
    let window = Window::rectangle([0.0, 1.0, 0.0, 1.0]).unwrap();
    let points = [[0.5, 0.5], [0.0, 0.0], [0.0, 0.5]];
    let weights = EdgeWeights::new(&window, Correction::Isotropic, &points, 2.0);
    let mut scratch = EdgeScratch::default();
    let mut weight = |i: usize, d: f64| weights.weight(i, d, d, 0.0, &mut scratch);
    assert_eq!((weight(0, 0.5), weight(1, 0.0)), (1.0, 1.0));
    // From a corner a quarter of the circle is inside, from the middle of a side a half; at √½ from the centre the
    // circle passes through all four corners, and nothing of it is inside.
    assert!((weight(1, 0.5) - 4.0).abs() < 1e-12 && (weight(2, 0.25) - 2.0).abs() < 1e-12);
    assert!((weight(1, 1.0) - 4.0).abs() < 1e-12 && (weight(2, 0.5) - 2.0).abs() < 1e-12);
    assert_eq!((weight(0, 0.5f64.sqrt()), weight(1, 2f64.sqrt()), weight(0, 1.9)), (CAP, CAP, CAP));
    // Ripley's formula for two near sides: 1/(1 − [acos(b/d) + acos(c/d)]/π), b and c the distances of the sides.
    let points = [[0.2, 0.1]];
    let weights = EdgeWeights::new(&window, Correction::Isotropic, &points, 2.0);
    let d: f64 = 0.21;
    let expected = 1.0 / (1.0 - ((0.2 / d).acos() + (0.1 / d).acos()) / std::f64::consts::PI);
    assert!((weights.weight(0, d, d, 0.0, &mut EdgeScratch::default()) - expected).abs() < 1e-12);
}

#[test]
fn overlaps_are_the_areas_that_random_points_find() {
    let windows = [holed(), Window::rings(&[star(2, 30)]).unwrap()];
    for (seed, window) in (20..).zip(&windows) {
        let mut stream = Stream::new(Key::new(seed, "test/overlap"), 0, 0);
        let weights = EdgeWeights::new(window, Correction::Translate, &[], 9.0);
        for _ in 0..12 {
            let (a, b) = (draw(window, &mut stream), draw(window, &mut stream));
            let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
            let trials = 20_000;
            let hits = (0..trials)
                .filter(|_| {
                    let [x, y] = draw(window, &mut stream);
                    window.surrounds([x - dx, y - dy])
                })
                .count() as f64;
            let share = hits / f64::from(trials);
            let exact = weights.shared(dx, dy) / window.area();
            let error = 5.0 * (share * (1.0 - share) / f64::from(trials)).sqrt() + 1e-4;
            assert!((share - exact).abs() < error, "{dx} {dy}: {share} {exact}");
        }
    }
}

#[test]
fn overlaps_by_hand() {
    // The L without its hole, shifted by (1, 0): [1,3]×[0,1] of the foot, and nothing else.
    let outer = vec![[0.0, 0.0], [3.0, 0.0], [3.0, 1.0], [1.0, 1.0], [1.0, 3.0], [0.0, 3.0]];
    let window = Window::rings(&[outer]).unwrap();
    let weights = EdgeWeights::new(&window, Correction::Translate, &[], 9.0);
    assert!((weights.shared(1.0, 0.0) - 2.0).abs() < 1e-14);
    assert!((weights.shared(0.0, -0.5) - (2.5 + 1.0)).abs() < 1e-14); // arm 1 × 2.5, foot 2 × 0.5
    assert_eq!((weights.shared(0.0, 0.0), weights.shared(3.5, 0.0), weights.shared(0.0, 3.0)), (5.0, 0.0, 0.0));
    let rectangle = [[0.0, 0.0], [4.0, 0.0], [4.0, 2.0], [0.0, 2.0]];
    let (a, b) = (Window::rings(&[rectangle.to_vec()]).unwrap(), Window::rectangle([0.0, 4.0, 0.0, 2.0]).unwrap());
    let of = |window: &Window| EdgeWeights::new(window, Correction::Translate, &[], 9.0).shared(1.5, -0.5);
    assert!((of(&a) - 3.75).abs() < 1e-14 && (of(&b) - 3.75).abs() < 1e-14);
}

proptest! {
    #[test]
    fn a_rectangle_is_the_polygon_of_its_corners(
        seed in 0u64..500, turn in 0.0f64..6.3, x in -50.0f64..50.0, size in 0.01f64..1000.0,
    ) {
        let (width, height) = (3.0 * size, 1.5 * size);
        let plain = Window::rectangle([x, x + width, 0.0, height]).unwrap();
        let corners = [[x, 0.0], [x + width, 0.0], [x + width, height], [x, height]];
        let turned = |[x, y]: Point| [x * turn.cos() - y * turn.sin(), x * turn.sin() + y * turn.cos()];
        let rings = Window::rings(&[corners.map(turned).to_vec()]).unwrap();
        prop_assert!((rings.area() / plain.area() - 1.0).abs() < 1e-9);
        let mut stream = Stream::new(Key::new(seed, "test/rectangle"), 0, 0);
        let (p, q) = (draw(&plain, &mut stream), draw(&plain, &mut stream));
        let (d, dx, dy) = ((p[0] - q[0]).hypot(p[1] - q[1]), q[0] - p[0], q[1] - p[1]);
        for correction in [Correction::Isotropic, Correction::Translate] {
            let a = EdgeWeights::new(&plain, correction, &[p], 9.0 * size).weight(0, d, dx, dy, &mut EdgeScratch::default());
            let [tx, ty] = turned([dx, dy]);
            let moved = [turned(p)];
            let b = EdgeWeights::new(&rings, correction, &moved, 9.0 * size).weight(0, d, tx, ty, &mut EdgeScratch::default());
            prop_assert!((a / b - 1.0).abs() < 1e-6, "{:?} {} {}", correction, a, b);
        }
        prop_assert!((plain.boundary_distance(p) - rings.boundary_distance(turned(p))).abs() < 1e-9 * (size + x.abs()));
    }

    #[test]
    fn stars_hold_their_points(seed in 0u64..300, n in 3usize..200) {
        let ring = star(seed, n);
        let window = Window::rings(std::slice::from_ref(&ring)).unwrap();
        let shoelace: f64 = (0..n).map(|k| ring[k][0] * ring[(k + 1) % n][1] - ring[(k + 1) % n][0] * ring[k][1]).sum();
        prop_assert!((window.area() - 0.5 * shoelace).abs() < 1e-12);
        let mut stream = Stream::new(Key::new(seed, "test/star"), 0, 0);
        let p = [4.0 + 2.0 * stream.uniform(), 2.0 + 2.0 * stream.uniform()];
        let nearest = window.edges().iter().map(|edge| edge.squared_distance(p)).fold(f64::INFINITY, f64::min).sqrt();
        prop_assert!((window.boundary_distance(p) - nearest).abs() < 1e-15);
        // A star is told by the angle alone: inside when nearer than the edge of its sector.
        let angle = (p[1] - 3.0).atan2(p[0] - 5.0).rem_euclid(TAU);
        let k = ((angle / TAU * n as f64) as usize).min(n - 1);
        let (a, b) = (ring[k], ring[(k + 1) % n]);
        let left = (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]) > 0.0;
        if n > 3 && nearest > 1e-6 {
            prop_assert_eq!(window.surrounds(p), left);
        }
    }
}
