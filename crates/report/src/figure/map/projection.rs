//! From longitude and latitude to a plane.

/// Smallest and largest coordinates `(x0, y0, x1, y1)`.
pub(crate) type Extent = (f64, f64, f64, f64);

/// How coordinates reach the plane; areas keep their proportions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Projection {
    /// The coordinates are planar already.
    Planar,
    /// Albers equal-area conic on the sphere with standard parallels at one sixth and five sixths of the latitudes
    /// shown (Snyder 1987, equations 14-1 to 14-6).
    Albers { cone: f64, constant: f64, rho: f64, meridian: f64 },
    /// Equal Earth (Šavrič, Patterson and Jenny 2018): for the world, and around the equator, where the cone is flat.
    EqualEarth { meridian: f64 },
}

/// Coefficients of Equal Earth.
const A: [f64; 4] = [1.340_264, -0.081_106, 0.000_893, 0.003_796];

/// Whether coordinates can be longitudes and latitudes in degrees.
pub(crate) fn is_geographic(extent: Extent) -> bool {
    extent.0 >= -360.5 && extent.2 <= 360.5 && extent.1 >= -90.5 && extent.3 <= 90.5
}

impl Projection {
    /// The projection for an extent of longitudes and latitudes.
    pub(crate) fn of(extent: Extent) -> Self {
        let (west, south, east, north) = extent;
        let meridian = 0.5 * (west + east);
        let parallel = |share: f64| (south + share * (north - south)).to_radians();
        let (first, second) = (parallel(1.0 / 6.0), parallel(5.0 / 6.0));
        let cone = 0.5 * (first.sin() + second.sin());
        if east - west > 180.0 || cone.abs() < 0.05 {
            return Self::EqualEarth { meridian };
        }
        let constant = first.cos().powi(2) + 2.0 * cone * first.sin();
        let middle = parallel(0.5);
        let rho = (constant - 2.0 * cone * middle.sin()).max(0.0).sqrt() / cone;
        Self::Albers { cone, constant, rho, meridian }
    }

    /// A point on the plane, y growing northwards.
    pub(crate) fn apply(&self, (x, y): (f64, f64)) -> (f64, f64) {
        match *self {
            Self::Planar => (x, y),
            Self::Albers { cone, constant, rho, meridian } => {
                let distance = (constant - 2.0 * cone * y.to_radians().sin()).max(0.0).sqrt() / cone;
                let angle = cone * (x - meridian).to_radians();
                (distance * angle.sin(), rho - distance * angle.cos())
            }
            Self::EqualEarth { meridian } => {
                let theta = (0.75_f64.sqrt() * y.to_radians().sin()).asin();
                let t2 = theta * theta;
                let t6 = t2 * t2 * t2;
                let slope = A[0] + 3.0 * A[1] * t2 + t6 * (7.0 * A[2] + 9.0 * A[3] * t2);
                let across = (x - meridian).to_radians() * theta.cos() / (0.75_f64.sqrt() * slope);
                (across, theta * (A[0] + A[1] * t2 + t6 * (A[2] + A[3] * t2)))
            }
        }
    }
}

/// The longitude at which to cut the earth open: in the middle of the widest gap between longitudes, so that a map of
/// Alaska or Fiji is not torn in two.
pub(crate) fn seam(mut longitudes: Vec<f64>) -> f64 {
    for x in &mut longitudes {
        *x = x.rem_euclid(360.0);
    }
    longitudes.sort_by(f64::total_cmp);
    let Some((&first, &last)) = longitudes.first().zip(longitudes.last()) else { return -180.0 };
    // The seam at ±180 is kept where nothing is torn by it.
    let (mut best, mut widest) = (0.5 * (last + first + 360.0), first + 360.0 - last);
    for pair in longitudes.windows(2) {
        if pair[1] - pair[0] > widest {
            (best, widest) = (0.5 * (pair[0] + pair[1]), pair[1] - pair[0]);
        }
    }
    best - 360.0 * (best / 360.0).ceil()
}

/// The same longitude within 360 degrees east of the seam.
pub(crate) fn unwrapped(longitude: f64, seam: f64) -> f64 {
    seam + (longitude - seam).rem_euclid(360.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn albers_agrees_with_snyder() {
        // Snyder 1987, page 291: sphere of radius 1, standard parallels 29.5 and 45.5, origin 23 N 96 W; the point
        // 35 N 75 W lies at x = 0.2952720, y = 0.2416774.
        let (first, second) = (29.5_f64.to_radians(), 45.5_f64.to_radians());
        let cone = 0.5 * (first.sin() + second.sin());
        let constant = first.cos().powi(2) + 2.0 * cone * first.sin();
        let rho = (constant - 2.0 * cone * 23_f64.to_radians().sin()).sqrt() / cone;
        let (x, y) = Projection::Albers { cone, constant, rho, meridian: -96.0 }.apply((-75.0, 35.0));
        assert!((x - 0.295_272_0).abs() < 1e-6 && (y - 0.241_677_4).abs() < 1e-6, "{x} {y}");
    }

    #[test]
    fn equal_earth_spans_the_world() {
        // Šavrič et al. 2018: the pole line lies at y = 1.3173627591574.
        let world = Projection::of((-180.0, -90.0, 180.0, 90.0));
        assert!((world.apply((0.0, 90.0)).1 - 1.317_362_759).abs() < 1e-6);
        assert_eq!(world.apply((0.0, 0.0)), (0.0, 0.0));
    }

    #[test]
    fn the_seam_lies_where_nothing_is() {
        let cut = seam(vec![172.0, 179.0, -130.0, -70.0]);
        assert!(unwrapped(172.0, cut) < unwrapped(-130.0, cut) && unwrapped(-130.0, cut) < unwrapped(-70.0, cut));
    }
}
