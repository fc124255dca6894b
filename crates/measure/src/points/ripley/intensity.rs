//! Intensities: a leave-one-out Gaussian kernel, its mass inside the window, and draws from it.

use crate::points::pairs::PairIndex;
use crate::points::window::Window;
use distretto_numerics::{Key, Metric, Point, Stream, normal_cdf};
use rayon::prelude::*;
use std::f64::consts::{PI, TAU};
use std::sync::LazyLock;

/// Standard deviations beyond which a plant adds nothing: exp(−37²/2) is the smallest double there is, 9 are 3e-18.
const FAR: f64 = 9.0;
/// Nodes of the quadrature of Owen's T.
const NODES: usize = 40;

/// Σ_{j≠i} φ_σ(x_i − x_j)/e(x_j) at each point, e(x) the mass of the kernel at x inside the window (Diggle 1985, Jones
/// 1993): every plant adds a mass of exactly 1 inside the window.
pub(super) fn leave_one_out(window: &Window, points: &[Point], sigma: f64) -> Vec<f64> {
    let mass: Vec<f64> = points.par_iter().map(|&point| mass(window, point, sigma)).collect();
    let index = PairIndex::new(points, Metric::Euclidean, FAR * sigma);
    let scale = 1.0 / (TAU * sigma * sigma);
    let half = -0.5 / (sigma * sigma);
    let part = |places: std::ops::Range<usize>| {
        let from = places.start;
        let mut sums = vec![0.0; places.len()];
        index.visit_from(&index, places, |i, j, squared| {
            let mut sum = 0.0;
            for (j, &square) in (j..).zip(squared) {
                if j != i {
                    sum += (square * half).exp() / mass[index.order()[j] as usize];
                }
            }
            sums[i - from] += sum;
        });
        sums
    };
    let sums: Vec<Vec<f64>> = index.parts().into_par_iter().map(part).collect();
    let mut intensity = vec![0.0; points.len()];
    for (&number, sum) in index.order().iter().zip(sums.into_iter().flatten()) {
        intensity[number as usize] = sum * scale;
    }
    intensity
}

/// A point of the density Σ_j φ_σ(x − x_j)/e(x_j)/n: one of the plants, a normal step from it, again until it is inside.
pub(super) fn draw(window: &Window, points: &[Point], sigma: f64, stream: &mut Stream) -> Point {
    let centre = points[stream.below(points.len() as u32) as usize];
    loop {
        // Box and Muller 1958.
        let (length, angle) = (sigma * (-2.0 * stream.uniform_positive().ln()).sqrt(), TAU * stream.uniform());
        let point = [centre[0] + length * angle.cos(), centre[1] + length * angle.sin()];
        if window.surrounds(point) {
            return point;
        }
    }
}

/// A point uniform in the window.
pub(super) fn uniform(window: &Window, stream: &mut Stream) -> Point {
    let [x0, x1, y0, y1] = window.bounds();
    loop {
        let point = [x0 + (x1 - x0) * stream.uniform(), y0 + (y1 - y0) * stream.uniform()];
        if window.surrounds(point) {
            return point;
        }
    }
}

/// The stream of point `item` of simulation `simulation`.
pub(super) fn stream(key: Key, item: usize, simulation: u64) -> Stream {
    Stream::new(key, item as u64, simulation)
}

/// Mass inside the window of the normal density about a point.
pub(super) fn mass(window: &Window, [x, y]: Point, sigma: f64) -> f64 {
    if window.is_rectangle() {
        let [x0, x1, y0, y1] = window.bounds();
        let side = |from: f64, to: f64| normal_cdf(to / sigma) - normal_cdf(from / sigma);
        return side(x0 - x, x1 - x) * side(y0 - y, y1 - y);
    }
    // In polar coordinates every edge adds ∫ (1 − exp(−ρ²/2))/2π dθ over the angle it spans, ρ the distance of the
    // edge in units of σ: an arc tangent and two values of Owen's T.
    let edge = |edge: &crate::points::window::Edge| {
        let (ax, ay) = ((edge.a[0] - x) / sigma, (edge.a[1] - y) / sigma);
        let (ux, uy) = ((edge.b[0] - edge.a[0]) / sigma, (edge.b[1] - edge.a[1]) / sigma);
        let length = ux.hypot(uy);
        // Positive with the point, and so the inside, on its left.
        let line = (uy * ax - ux * ay) / length;
        let along = (ux * ax + uy * ay) / length;
        let h = line.abs();
        // An edge through the point spans no angle, but no mass either.
        if h < 1e-12 {
            return 0.0;
        }
        let part = |t: f64| t.atan() / TAU - owen_t(h, t);
        (part((along + length) / h) - part(along / h)) * line.signum()
    };
    window.edges().iter().map(edge).sum::<f64>().clamp(0.0, 1.0)
}

/// Owen's T(h, a) = (1/2π) ∫₀ᵃ exp(−h²(1 + x²)/2)/(1 + x²) dx, h ≥ 0 (Owen 1956).
fn owen_t(h: f64, a: f64) -> f64 {
    if a < 0.0 {
        return -owen_t(h, -a);
    }
    if a <= 1.0 {
        // Below 1e-19 beyond.
        if h > FAR {
            return 0.0;
        }
        let term = |&(node, weight): &(f64, f64)| {
            let square = 1.0 + (a * node).powi(2);
            weight * (-0.5 * h * h * square).exp() / square
        };
        return a / TAU * LEGENDRE.iter().map(term).sum::<f64>();
    }
    // T(h, a) + T(ah, 1/a) = ½Φ(h) + ½Φ(ah) − Φ(h)Φ(ah).
    let (p, q) = (normal_cdf(-h), normal_cdf(-(a * h)));
    0.5 * (p + q) - p * q - owen_t(a * h, 1.0 / a)
}

/// Nodes on [0, 1] and weights of Gauss and Legendre.
static LEGENDRE: LazyLock<Vec<(f64, f64)>> = LazyLock::new(|| {
    let n = NODES as f64;
    let node = |k: usize| {
        let mut x = (PI * (k as f64 + 0.75) / (n + 0.5)).cos();
        let mut slope = 1.0;
        // Newton from that start converges in a few steps.
        for _ in 0..20 {
            let (mut before, mut value) = (1.0, x);
            for m in 2..=NODES {
                let m = m as f64;
                (before, value) = (value, ((2.0 * m - 1.0) * x * value - (m - 1.0) * before) / m);
            }
            slope = n * (x * value - before) / (x * x - 1.0);
            x -= value / slope;
        }
        (0.5 * (x + 1.0), 1.0 / ((1.0 - x * x) * slope * slope))
    };
    (0..NODES).map(node).collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owen_t_has_its_known_values() {
        // scipy 1.17.1, special.owens_t.
        let known = [
            (0.0625, 0.25, 0.038_911_930_234_701_37),
            (6.5, 0.4375, 2.000_577_304_850_830_7e-11),
            (7.0, 0.968_75, 6.399_062_719_389_87e-13),
            (4.781_25, 0.0625, 1.063_297_480_468_746_4e-7),
            (2.0, 0.5, 0.008_625_077_985_521_508),
            (1.0, 0.999_997_5, 0.066_741_808_978_228_6),
            (0.5, 3.0, 0.151_084_043_076_018_44),
            (3.0, 40.0, 0.000_674_949_015_815_047_9),
        ];
        for (h, a, expected) in known {
            assert!((owen_t(h, a) / expected - 1.0).abs() < 1e-11, "{h} {a}: {}", owen_t(h, a));
        }
        assert!((owen_t(0.0, 1e9) - 0.25).abs() < 1e-9 && (owen_t(0.5, 3.0) + owen_t(0.5, -3.0)).abs() == 0.0);
    }

    #[test]
    fn the_mass_of_a_polygon_is_that_of_a_fine_grid_and_of_the_rectangle() {
        let outer = vec![[0.0, 0.0], [3.0, 0.0], [3.0, 1.0], [1.0, 1.0], [1.0, 3.0], [0.0, 3.0]];
        let hole = vec![[0.25, 0.25], [0.25, 0.75], [0.75, 0.75], [0.75, 0.25]];
        let window = Window::rings(&[outer, hole]).unwrap();
        let rectangle = |bounds, point, sigma| mass(&Window::rectangle(bounds).unwrap(), point, sigma);
        for point in [[0.1, 0.1], [0.5, 2.0], [2.9, 0.5], [1.0, 1.0], [0.0, 0.0], [0.25, 0.5]] {
            for sigma in [0.02, 0.3, 5.0] {
                // The L as two rectangles less the hole.
                let expected = rectangle([0.0, 3.0, 0.0, 1.0], point, sigma)
                    + rectangle([0.0, 1.0, 1.0, 3.0], point, sigma)
                    - rectangle([0.25, 0.75, 0.25, 0.75], point, sigma);
                let found = mass(&window, point, sigma);
                assert!((found - expected).abs() < 1e-12, "{point:?} {sigma}: {found} {expected}");
            }
        }
    }

    #[test]
    fn the_kernel_leaves_its_own_point_out() {
        let window = Window::rectangle([0.0, 2.0, 0.0, 1.0]).unwrap();
        let points = [[0.5, 0.5], [0.7, 0.5], [1.9, 0.9]];
        let found = leave_one_out(&window, &points, 0.3);
        let phi = |i: usize, j: usize| {
            let d = (points[i][0] - points[j][0]).hypot(points[i][1] - points[j][1]);
            (-0.5 * (d / 0.3).powi(2)).exp() / (TAU * 0.09) / mass(&window, points[j], 0.3)
        };
        for (i, found) in found.into_iter().enumerate() {
            let expected: f64 = (0..3).filter(|&j| j != i).map(|j| phi(i, j)).sum();
            assert!((found / expected - 1.0).abs() < 1e-12);
        }
    }
}
