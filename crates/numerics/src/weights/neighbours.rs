//! Weights from points: the k nearest, or all within a distance.

use rayon::prelude::*;

use super::{Weights, WeightsError};
use crate::distance::{Metric, Point};
use crate::point_index::{Neighbour, PointIndex};

impl Weights {
    /// Weight 1 for the `k` nearest other points of each point; equal distances (within 1e-12
    /// relative) by input order. In general not symmetric.
    ///
    /// # Errors
    /// [`WeightsError::InvalidK`] unless 1 ≤ k ≤ n − 1; [`WeightsError::Point`].
    ///
    /// # Complexity
    /// O(n (k + log n)) unless many points coincide; parallel over points, the result does not
    /// depend on threads.
    pub fn k_nearest(points: &[Point], k: usize, metric: Metric) -> Result<Self, WeightsError> {
        if k == 0 || k >= points.len() {
            return Err(WeightsError::InvalidK { k, n: points.len() });
        }
        let index = PointIndex::new(points, metric)?;
        Ok(Self::of_each(&index, |i| index.nearest(i, k)))
    }

    /// Weight 1 for all other points no farther than `distance` (planar units, or km), the end
    /// included (within 1e-12 relative). Symmetric.
    ///
    /// # Errors
    /// [`WeightsError::InvalidDistance`] if the distance is negative or not finite;
    /// [`WeightsError::Point`].
    ///
    /// # Complexity
    /// O(n log n + links); parallel as [`Self::k_nearest`].
    pub fn distance_band(points: &[Point], distance: f64, metric: Metric) -> Result<Self, WeightsError> {
        if !(distance >= 0.0 && distance.is_finite()) {
            return Err(WeightsError::InvalidDistance { distance });
        }
        let index = PointIndex::new(points, metric)?;
        Ok(Self::of_each(&index, |i| index.within(i, distance)))
    }

    fn of_each(index: &PointIndex, neighbours: impl Fn(usize) -> Vec<Neighbour> + Sync) -> Self {
        let rows: Vec<Vec<u32>> = (0..index.len())
            .into_par_iter()
            .map(|i| {
                let mut row: Vec<u32> = neighbours(i).iter().map(|neighbour| neighbour.index).collect();
                row.sort_unstable();
                row
            })
            .collect();
        Self::from_rows(&rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distance::distance;
    use proptest::prelude::*;

    #[test]
    fn a_square_by_hand() {
        let square = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]];
        let nearest = Weights::k_nearest(&square, 1, Metric::Euclidean).unwrap();
        // Two sides tie everywhere: the corner that comes first wins.
        assert_eq!((0..4).map(|i| nearest.neighbours(i)[0]).collect::<Vec<_>>(), [1, 0, 1, 0]);
        let sides = Weights::distance_band(&square, 1.0, Metric::Euclidean).unwrap();
        assert_eq!(sides.neighbours(0), [1, 3]);
        assert_eq!(sides.s0(), 8.0);
        assert_eq!(Weights::distance_band(&square, 0.9, Metric::Euclidean).unwrap().islands(), [0, 1, 2, 3]);
    }

    #[test]
    fn what_is_asked_for_must_exist() {
        let two = [[0.0, 0.0], [1.0, 0.0]];
        for k in [0, 2] {
            let error = Weights::k_nearest(&two, k, Metric::Euclidean).unwrap_err();
            assert_eq!(error, WeightsError::InvalidK { k, n: 2 });
        }
        for d in [-1.0, f64::NAN, f64::INFINITY] {
            let error = Weights::distance_band(&two, d, Metric::Euclidean).unwrap_err();
            assert!(matches!(error, WeightsError::InvalidDistance { .. }));
        }
        let bad = Weights::k_nearest(&[[0.0, 95.0], [0.0, 0.0]], 1, Metric::Haversine);
        assert!(matches!(bad, Err(WeightsError::Point(_))));
    }

    proptest! {
        #[test]
        fn bands_are_symmetric_and_rows_have_k(
            points in prop::collection::vec(prop::array::uniform2(-80.0f64..80.0), 3..60),
            share in 0.0f64..1.0,
        ) {
            for metric in [Metric::Euclidean, Metric::Haversine] {
                let d = share * distance(metric, points[0], points[1]);
                let band = Weights::distance_band(&points, d, metric).unwrap();
                prop_assert!(band.is_symmetric());
                let k = 1 + (share * (points.len() - 2) as f64) as usize;
                let nearest = Weights::k_nearest(&points, k, metric).unwrap();
                prop_assert!((0..points.len()).all(|i| nearest.neighbours(i).len() == k));
            }
        }
    }
}
