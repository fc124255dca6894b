//! Which of the distances a pair is within.

use crate::points::pairs::Scale;

/// Largest squared distance within each of the ascending distances.
#[derive(Debug, Clone)]
pub(crate) struct Rings {
    limits: Vec<f64>,
}

impl Rings {
    pub(crate) fn new(scale: Scale, r: &[f64]) -> Self {
        Self { limits: r.iter().map(|&r| scale.squared_within(r)).collect() }
    }

    /// Number of distances.
    pub(crate) fn len(&self) -> usize {
        self.limits.len()
    }

    /// Largest squared distance that is within any.
    #[inline]
    pub(crate) fn limit(&self) -> f64 {
        self.limits.last().copied().unwrap_or(0.0)
    }

    /// First distance that a squared distance is within; the number of distances when it is beyond all.
    #[inline]
    pub(crate) fn ring(&self, squared: f64) -> usize {
        match self.limits[..] {
            [limit] => usize::from(squared > limit),
            _ => self.limits.partition_point(|&limit| limit < squared),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use distretto_numerics::Metric;

    #[test]
    fn a_distance_equal_to_r_is_within() {
        for r in [vec![0.0, 1.0, 2.0], vec![2.0]] {
            let rings = Rings::new(Scale::of(Metric::Euclidean), &r);
            let last = r.len() - 1;
            assert_eq!((rings.ring(4.0), rings.ring(4.1)), (last, last + 1));
        }
        let rings = Rings::new(Scale::of(Metric::Euclidean), &[0.0, 1.0, 2.0]);
        assert_eq!([0.0, 1e-9, 1.0, 1.1].map(|squared| rings.ring(squared)), [0, 1, 1, 2]);
    }
}
