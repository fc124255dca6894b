//! Distances between two points, planar or on the sphere.

use std::f64::consts::PI;

/// Mean radius of the Earth in kilometres, R₁ = (2a + b)/3 of GRS 80 (Moritz 2000, Journal of
/// Geodesy 74, table "derived geometric constants": 6 371 008.7714 m, here to the decimetre).
pub const EARTH_RADIUS_KM: f64 = 6371.0088;

/// A point: `[x, y]` for [`Metric::Euclidean`], `[longitude, latitude]` in degrees for
/// [`Metric::Haversine`].
pub type Point = [f64; 2];

/// How distance is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Metric {
    /// Straight line in the plane, in the unit of the coordinates.
    #[default]
    Euclidean,
    /// Great circle on a sphere of radius [`EARTH_RADIUS_KM`], in kilometres; coordinates in
    /// degrees.
    Haversine,
}

/// Distance between `a` and `b`: planar units, or km for [`Metric::Haversine`].
///
/// # Formula
/// Euclidean √(Δx² + Δy²). Haversine 2R·asin √(sin²(Δφ/2) + cos φ₁ cos φ₂ sin²(Δλ/2)), well
/// conditioned for near points (Sinnott 1984, Sky and Telescope 68, p. 159).
///
/// # Assumptions and limitations
/// The sphere differs from the ellipsoid by up to 0.56 %.
#[inline]
#[must_use]
pub fn distance(metric: Metric, a: Point, b: Point) -> f64 {
    match metric {
        Metric::Euclidean => (a[0] - b[0]).hypot(a[1] - b[1]),
        Metric::Haversine => {
            let [phi_a, phi_b] = [a[1].to_radians(), b[1].to_radians()];
            let north = ((phi_b - phi_a) / 2.0).sin();
            let east = ((b[0] - a[0]).to_radians() / 2.0).sin();
            let h = north * north + phi_a.cos() * phi_b.cos() * east * east;
            2.0 * EARTH_RADIUS_KM * h.min(1.0).sqrt().asin()
        }
    }
}

/// Chord on the unit sphere that belongs to a great-circle distance in km; at most 2 (antipodes).
#[must_use]
pub fn chord_of_km(km: f64) -> f64 {
    2.0 * (km / (2.0 * EARTH_RADIUS_KM)).min(PI / 2.0).sin()
}

/// Position on the unit sphere of a point in degrees.
#[must_use]
pub fn unit_sphere(point: Point) -> [f64; 3] {
    let [lambda, phi] = point.map(f64::to_radians);
    [phi.cos() * lambda.cos(), phi.cos() * lambda.sin(), phi.sin()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn by_hand() {
        assert_eq!(distance(Metric::Euclidean, [0.0, 0.0], [3.0, 4.0]), 5.0);
        // A quarter of the equator and from pole to pole: πR/2 and πR.
        let quarter = distance(Metric::Haversine, [0.0, 0.0], [90.0, 0.0]);
        assert!((quarter - EARTH_RADIUS_KM * PI / 2.0).abs() < 1e-9);
        let poles = distance(Metric::Haversine, [10.0, 90.0], [50.0, -90.0]);
        assert!((poles - EARTH_RADIUS_KM * PI).abs() < 1e-6);
    }

    /// One degree of a meridian is πR/180 = 111.195 080 km.
    #[test]
    fn a_degree_of_latitude() {
        let d = distance(Metric::Haversine, [9.2, 45.0], [9.2, 46.0]);
        assert!((d - 111.195_080_2).abs() < 1e-6, "{d}");
    }

    #[test]
    fn across_the_date_line() {
        let d = distance(Metric::Haversine, [179.5, 0.0], [-179.5, 0.0]);
        assert!((d - 111.195_080_2).abs() < 1e-6, "{d}");
    }

    proptest! {
        #[test]
        fn metric_axioms_and_chord(
            a in prop::array::uniform2(-90.0f64..90.0),
            b in prop::array::uniform2(-90.0f64..90.0),
            c in prop::array::uniform2(-90.0f64..90.0),
        ) {
            for metric in [Metric::Euclidean, Metric::Haversine] {
                let [ab, ba] = [distance(metric, a, b), distance(metric, b, a)];
                prop_assert!((ab - ba).abs() <= 1e-9);
                prop_assert_eq!(distance(metric, a, a), 0.0);
                prop_assert!(ab <= distance(metric, a, c) + distance(metric, c, b) + 1e-9);
            }
            let [u, v] = [unit_sphere(a), unit_sphere(b)];
            let chord = u.iter().zip(v).map(|(p, q)| (p - q).powi(2)).sum::<f64>().sqrt();
            prop_assert!((chord - chord_of_km(distance(Metric::Haversine, a, b))).abs() < 1e-12);
        }
    }
}
