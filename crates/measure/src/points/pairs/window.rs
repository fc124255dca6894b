//! Which points of a band can be within reach of a point: bounds of x, or of longitude.

use distretto_numerics::{EARTH_RADIUS_KM, Metric};
use std::f64::consts::PI;

/// Widening of a window, relative and absolute in units of the key: far above rounding, far below a spacing of points.
const SLACK: f64 = 1e-9;

/// Half-widths of the windows of keys (x, or longitude in degrees) for a reach.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    metric: Metric,
    /// Reach in the units of the second coordinate: planar units, or degrees of latitude.
    pub(super) reach: f64,
    /// Largest key, absolute: what a rounding of a key can be.
    size: f64,
}

impl Window {
    /// A window for distances up to `reach` (planar units or km) among keys of size up to `size`.
    pub(super) fn new(metric: Metric, reach: f64, size: f64) -> Self {
        let reach = match metric {
            Metric::Euclidean => reach,
            Metric::Haversine => (reach / EARTH_RADIUS_KM).to_degrees(),
        };
        Self { metric, reach: reach * (1.0 + SLACK), size }
    }

    /// Half-width of the keys within reach of a point with second coordinate `y` in the band from `low` to `high`;
    /// `None` when none is, infinite when all are.
    #[inline]
    pub(super) fn half(&self, y: f64, low: f64, high: f64) -> Option<f64> {
        let gap = (low - y).max(y - high).max(0.0);
        if gap > self.reach {
            return None;
        }
        let half = match self.metric {
            Metric::Euclidean => (self.reach * self.reach - gap * gap).max(0.0).sqrt(),
            Metric::Haversine => self.longitudes(y, low, high, gap),
        };
        Some(half * (1.0 + SLACK) + SLACK * 1e-5 * self.size)
    }

    /// From the haversine formula: sin²(Δλ/2) = (sin²(θ/2) − sin²(Δφ/2))/(cos φ cos φ'), at its largest in the band.
    fn longitudes(&self, y: f64, low: f64, high: f64, gap: f64) -> f64 {
        let theta = self.reach.to_radians();
        if theta >= PI {
            return f64::INFINITY;
        }
        let square = |angle: f64| (angle / 2.0).sin().powi(2);
        let least = low.to_radians().cos().min(high.to_radians().cos()).max(0.0);
        let room = (square(theta) - square(gap.to_radians())).max(0.0) + 1e-15;
        let ratio = room / (y.to_radians().cos().max(0.0) * least);
        // NaN (0/0 at a pole) takes the whole band too.
        if ratio < 1.0 { (2.0 * ratio.sqrt().asin()).to_degrees() } else { f64::INFINITY }
    }
}
