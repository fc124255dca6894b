//! Lambert's azimuthal equal-area projection, centred on the plants.

use super::plants::Plants;
use distretto_numerics::{EARTH_RADIUS_KM, Metric, Point, pairwise_by, unit_sphere};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Shortest mean of unit vectors that has a direction: below it the plants are spread all around the globe.
const LEAST_MEAN: f64 = 0.05;

/// How degrees become planar coordinates (`--project`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProjectWord {
    /// Lambert azimuthal equal-area, centred on the plants, in km: areas are right, distances only about the centre.
    EqualArea,
}

/// Lambert's azimuthal equal-area projection of a sphere of radius 6371.0088 km, in km.
///
/// x = R k cos φ sin(λ − λ₀), y = R k [cos φ₀ sin φ − sin φ₀ cos φ cos(λ − λ₀)],
/// k = √(2/(1 + cos c)), c the angle from the centre (Snyder 1987, eq. 24-2 and 22-4 f.). Areas are exact; at c from
/// the centre a length is wrong by at most the factor 1/cos(c/2).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Projection {
    /// Longitude and latitude of the centre, in degrees.
    centre: Point,
}

impl Projection {
    /// Centred on the mean direction of points in degrees; `None` when they have none.
    #[must_use]
    pub fn about(points: &[Point]) -> Option<Self> {
        let n = points.len();
        let mean = |axis: usize| pairwise_by(n, |i| unit_sphere(points[i])[axis]) / n as f64;
        let [x, y, z] = [mean(0), mean(1), mean(2)];
        let plane = x.hypot(y);
        (plane.hypot(z) > LEAST_MEAN).then(|| Self { centre: [y.atan2(x).to_degrees(), z.atan2(plane).to_degrees()] })
    }

    /// Longitude and latitude of the centre, in degrees.
    #[must_use]
    pub fn centre(&self) -> Point {
        self.centre
    }

    /// Planar coordinates of a point in degrees, in km east and north of the centre; not finite at the antipode.
    #[must_use]
    pub fn project(&self, [lon, lat]: Point) -> Point {
        let (sin0, cos0) = self.centre[1].to_radians().sin_cos();
        let (sin, cos) = lat.to_radians().sin_cos();
        let (sin_l, cos_l) = (lon - self.centre[0]).to_radians().sin_cos();
        let east = cos * sin_l;
        let north = cos0 * sin - sin0 * cos * cos_l;
        let toward = sin0 * sin + cos0 * cos * cos_l;
        // 1 + cos c from the sine on the far side, where it would cancel.
        let beside = east.hypot(north);
        let one_plus = if toward > -0.5 { 1.0 + toward } else { beside * beside / (1.0 - toward) };
        let k = EARTH_RADIUS_KM * (2.0 / one_plus).sqrt();
        [k * east, k * north]
    }

    /// The plants in the plane.
    ///
    /// # Errors
    /// A plant at the antipode of the centre is not finite.
    pub fn plants(&self, plants: &Plants) -> Result<Plants, super::PlantsError> {
        let points = plants.points().iter().map(|&point| self.project(point)).collect();
        plants.clone().moved_to(points, Metric::Euclidean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use distretto_numerics::distance;

    #[test]
    fn snyder_by_hand() {
        // Snyder 1987, p. 332: unit sphere, centre 40° N 100° W, point 20° S 100° E: x = −4.2339303, y = 4.0257775 for R = 3.
        let projection = Projection { centre: [-100.0, 40.0] };
        let [x, y] = projection.project([100.0, -20.0]).map(|value| value * 3.0 / EARTH_RADIUS_KM);
        assert!((x + 4.233_930_3).abs() < 1e-6 && (y - 4.025_777_5).abs() < 1e-6, "{x} {y}");
    }

    #[test]
    fn areas_are_kept_and_the_centre_is_at_the_origin() {
        let projection = Projection { centre: [10.0, 50.0] };
        assert_eq!(projection.project([10.0, 50.0]), [0.0, 0.0]);
        // A cell of a tenth of a degree, 8 degrees off: its area by the shoelace and on the sphere.
        let (lon, lat, step) = (16.0, 45.0, 0.1);
        let corners = [[lon, lat], [lon + step, lat], [lon + step, lat + step], [lon, lat + step]];
        let p = corners.map(|corner| projection.project(corner));
        let cross = |k: usize| p[k][0] * p[(k + 1) % 4][1] - p[(k + 1) % 4][0] * p[k][1];
        let area = 0.5 * (0..4).map(cross).sum::<f64>();
        let sines = f64::to_radians(lat + step).sin() - f64::to_radians(lat).sin();
        let exact = EARTH_RADIUS_KM * EARTH_RADIUS_KM * f64::to_radians(step) * sines;
        assert!((area / exact - 1.0).abs() < 2e-6, "{area} {exact}");
        // The far side keeps digits: distance in the plane is 2R sin(c/2).
        let far = [-169.0, -50.0];
        let c = distance(Metric::Haversine, [10.0, 50.0], far) / EARTH_RADIUS_KM;
        let [x, y] = projection.project(far);
        assert!((x.hypot(y) / (2.0 * EARTH_RADIUS_KM * (c / 2.0).sin()) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn the_centre_is_the_mean_direction() {
        let across = Projection::about(&[[179.0, 0.0], [-179.0, 0.0]]).unwrap();
        assert!((across.centre()[0].abs() - 180.0).abs() < 1e-9);
        assert_eq!(Projection::about(&[[0.0, 0.0], [180.0, 0.0]]), None);
    }
}
