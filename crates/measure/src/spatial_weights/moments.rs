//! Deviations of the values from their mean and what both estimands need of them.

use super::SpatialError;
use distretto_numerics::{Compensated, Weights, pairwise_by};

/// Deviations below this many roundings of the largest value are 0: the mean itself is not known better.
const MEAN_ROUNDINGS: f64 = 4.0;

/// Deviations `z_i = y_i − ȳ`.
#[derive(Debug, Clone)]
pub(crate) struct Deviations {
    /// ȳ.
    pub mean: f64,
    /// z, in the order of the values.
    pub z: Vec<f64>,
    /// Σ z².
    pub squares: f64,
    /// Whether all values are equal (no statistic exists).
    pub constant: bool,
}

impl Deviations {
    /// The deviations of finite values.
    ///
    /// # Errors
    /// [`SpatialError::Length`], [`SpatialError::NotFinite`], [`SpatialError::Empty`].
    pub(crate) fn of(values: &[f64], weights: &Weights) -> Result<Self, SpatialError> {
        if values.len() != weights.n() {
            return Err(SpatialError::Length { values: values.len(), regions: weights.n() });
        }
        if let Some(unit) = values.iter().position(|value| !value.is_finite()) {
            return Err(SpatialError::NotFinite { unit, value: values[unit] });
        }
        let Some(&first) = values.first() else { return Err(SpatialError::Empty) };
        let constant = values.iter().all(|&value| value == first);
        let mean = values.iter().copied().collect::<Compensated>().value() / values.len() as f64;
        let largest = values.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
        let rounding = MEAN_ROUNDINGS * f64::EPSILON * largest;
        let deviation = |&value: &f64| {
            let z = value - mean;
            if constant || z.abs() <= rounding { 0.0 } else { z }
        };
        let z: Vec<f64> = values.iter().map(deviation).collect();
        let squares = pairwise_by(z.len(), |i| z[i] * z[i]);
        Ok(Self { mean, constant: constant || squares == 0.0, z, squares })
    }

    /// Number of values.
    pub(crate) fn n(&self) -> usize {
        self.z.len()
    }

    /// `Σz²/n`.
    pub(crate) fn variance(&self) -> f64 {
        self.squares / self.n() as f64
    }

    /// `Σ_i z_i^power`.
    pub(crate) fn power_sum(&self, power: i32) -> f64 {
        pairwise_by(self.n(), |i| self.z[i].powi(power))
    }
}
