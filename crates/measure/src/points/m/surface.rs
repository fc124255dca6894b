//! A smoothed map of the index of the plants.

use distretto_numerics::{EARTH_RADIUS_KM, Metric, Point};
use rayon::prelude::*;

/// Standard deviations beyond which a plant is not seen, and nothing is said where none is nearer.
const SEEN: f64 = 3.0;

/// The index of the plants, smoothed over a grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Surface {
    /// Centres of the cells, row by row from the lowest second coordinate.
    pub points: Vec<Point>,
    /// Smoothed index; NaN where no plant is near.
    pub values: Vec<f64>,
    /// Standard deviation of the kernel, in the unit of distance.
    pub bandwidth: f64,
    /// Cells along the first and the second coordinate.
    pub cells: [usize; 2],
}

/// Σ_i φ(x − x_i) · index_i · share_i / Σ_i φ(x − x_i) · share_i over the plants that have an index: numerator and
/// denominator of M, restricted to the plants near x (Nadaraya 1964 and Watson 1964, with the weights of M itself).
/// With an ever larger bandwidth it becomes M.
pub(super) fn smooth(
    metric: Metric,
    plants: &[(Point, f64, f64)],
    extent: [Point; 2],
    cells: usize,
    bandwidth: f64,
) -> Surface {
    let [low, high] = extent;
    let squeeze = match metric {
        Metric::Euclidean => 1.0,
        Metric::Haversine => (0.5 * (low[1] + high[1])).to_radians().cos().max(1e-6),
    };
    let (wide, tall) = ((high[0] - low[0]) * squeeze, high[1] - low[1]);
    let side = (wide.max(tall) / cells as f64).max(f64::MIN_POSITIVE);
    let count = |length: f64| ((length / side - 1e-9).ceil().max(1.0)) as usize;
    let cells = [count(wide), count(tall)];
    let step = [side / squeeze, side];
    // The grid is centred on the plants.
    let start = [0, 1].map(|k| 0.5 * (low[k] + high[k]) - 0.5 * step[k] * cells[k] as f64);
    let per_unit = if metric == Metric::Haversine { EARTH_RADIUS_KM.to_radians() } else { 1.0 };
    let bandwidth = bandwidth.max(side * per_unit);
    let centre = |k: usize| {
        let at = [k % cells[0], k / cells[0]];
        [start[0] + (at[0] as f64 + 0.5) * step[0], start[1] + (at[1] as f64 + 0.5) * step[1]]
    };
    let points: Vec<Point> = (0..cells[0] * cells[1]).map(centre).collect();
    let far = SEEN * bandwidth / per_unit * (1.0 + 1e-9);
    let value = |&point: &Point| {
        let (mut local, mut global) = (0.0, 0.0);
        for &(other, index, share) in plants {
            // Latitudes alone already tell most plants that are too far.
            if (other[1] - point[1]).abs() > far {
                continue;
            }
            let d = distretto_numerics::distance(metric, point, other) / bandwidth;
            if d <= SEEN {
                let weight = (-0.5 * d * d).exp() * share;
                local += weight * index;
                global += weight;
            }
        }
        if global > 0.0 { local / global } else { f64::NAN }
    };
    let values = points.par_iter().map(value).collect();
    Surface { points, values, bandwidth, cells }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_plant_is_seen_as_far_as_three_standard_deviations() {
        let plants = [([2.0, 2.0], 1.5, 0.3)];
        let surface = smooth(Metric::Euclidean, &plants, [[0.0, 0.0], [8.0, 4.0]], 8, 1.0);
        assert_eq!((surface.cells, surface.points[0], surface.points[9]), ([8, 4], [0.5, 0.5], [1.5, 1.5]));
        let at = |x: usize, y: usize| surface.values[y * 8 + x];
        assert!((at(2, 2) - 1.5).abs() < 1e-15 && (at(4, 2) - 1.5).abs() < 1e-15);
        assert!(at(5, 2).is_nan(), "3.5 away");
    }

    #[test]
    fn plants_are_weighted_by_distance_and_share() {
        let plants = [([0.0, 0.0], 2.0, 1.0), ([2.0, 0.0], 0.5, 3.0)];
        let surface = smooth(Metric::Euclidean, &plants, [[0.0, 0.0], [2.0, 0.0]], 2, 1.0);
        // At (0.5, 0): distances 0.5 and 1.5.
        let (a, b) = ((-0.125_f64).exp(), 3.0 * (-1.125_f64).exp());
        assert!((surface.values[0] - (2.0 * a + 0.5 * b) / (a + b)).abs() < 1e-14);
    }

    #[test]
    fn degrees_are_squeezed() {
        let plants = [([9.0, 60.0], 1.0, 1.0)];
        let surface = smooth(Metric::Haversine, &plants, [[8.0, 59.5], [10.0, 60.5]], 10, 50.0);
        assert_eq!(surface.cells, [10, 10]); // 2° of longitude are as long as 1° of latitude at 60°.
        assert!(surface.values.iter().any(|value| (value - 1.0).abs() < 1e-15));
    }
}
