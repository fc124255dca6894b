//! Between distances and the squared distances of the inner loops.

use distretto_numerics::{DISTANCE_TIE, EARTH_RADIUS_KM, Metric, Point, unit_sphere};
use std::f64::consts::PI;

/// Absolute rounding of a squared chord between two points of the unit sphere.
const CHORD_ROUNDING: f64 = 1e-15;

/// How squared distances (planar: of the coordinates; great circle: of the chord on the unit sphere) belong to
/// distances (planar units; km).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    metric: Metric,
}

impl Scale {
    /// The scale of a metric.
    #[must_use]
    pub fn of(metric: Metric) -> Self {
        Self { metric }
    }

    /// The metric.
    #[must_use]
    pub fn metric(self) -> Metric {
        self.metric
    }

    /// Position in which squared distances are taken.
    #[must_use]
    pub fn place(self, point: Point) -> [f64; 3] {
        match self.metric {
            Metric::Euclidean => [point[0], point[1], 0.0],
            Metric::Haversine => unit_sphere(point),
        }
    }

    /// Distance of a squared distance.
    #[inline]
    #[must_use]
    pub fn distance(self, squared: f64) -> f64 {
        match self.metric {
            Metric::Euclidean => squared.sqrt(),
            Metric::Haversine => 2.0 * EARTH_RADIUS_KM * (0.5 * squared.sqrt()).min(1.0).asin(),
        }
    }

    /// Largest squared distance that counts as within `r`: a distance equal to r does, to 1e-12 relative.
    #[must_use]
    pub fn squared_within(self, r: f64) -> f64 {
        let r = r * (1.0 + DISTANCE_TIE);
        match self.metric {
            Metric::Euclidean => r * r,
            Metric::Haversine if r >= PI * EARTH_RADIUS_KM => f64::INFINITY,
            Metric::Haversine => {
                let chord = 2.0 * (r / (2.0 * EARTH_RADIUS_KM)).sin();
                // Coincident points are at exactly 0; a chord of some size is known to its rounding only.
                if r > 0.0 { chord * chord + chord * CHORD_ROUNDING } else { 0.0 }
            }
        }
    }

    /// Largest error of a distance that is computed from coordinates of size up to `size`, at distances up to `r`.
    #[must_use]
    pub fn rounding(self, size: f64, r: f64) -> f64 {
        match self.metric {
            // Two subtractions of exact coordinates, squares, a sum, a root: under three roundings of the result.
            Metric::Euclidean => 3.0 * f64::EPSILON * r.min(4.0 * size),
            // Coordinates on the sphere carry a rounding each; the arc magnifies by 1/cos(θ/2).
            Metric::Haversine => {
                let half = (r / (2.0 * EARTH_RADIUS_KM)).min(PI / 2.0 - 1e-7);
                8.0 * f64::EPSILON * EARTH_RADIUS_KM / half.cos()
            }
        }
    }
}
