//! Deviations of the values from their mean and what both estimands need of them.

use super::SpatialError;
use distretto_numerics::{Compensated, Weights, pairwise_by};

/// Deviations below this many roundings of the largest value are 0: the values are not known better.
const ROUNDINGS: f64 = 4.0;
/// Bias of the exponent of a double.
const BIAS: i32 = 1023;

/// Deviations `z_i = y_i − ȳ` in a unit, a power of two, in which the largest lies between 1 and 2: no power of them
/// leaves the range of doubles, whatever the unit of the values, and the unit cancels in every statistic.
#[derive(Debug, Clone)]
pub(crate) struct Deviations {
    /// The values in this unit.
    pub values: Vec<f64>,
    /// ȳ in this unit.
    pub mean: f64,
    /// z in this unit, in the order of the values.
    pub z: Vec<f64>,
    /// Σ z² in this unit squared.
    pub squares: f64,
    /// Whether all values are equal (no statistic exists).
    pub constant: bool,
    /// Exponent of the unit.
    unit: i32,
}

/// Exponent of the power of two at or below a positive number; −1023 for 0 and for numbers near it.
fn exponent(number: f64) -> i32 {
    (number.to_bits() >> 52 & 0x7ff) as i32 - BIAS
}

/// `number · 2^power`, exact unless it leaves the range; in two steps, as 2^power may leave it alone.
fn scaled(number: f64, power: i32) -> f64 {
    let two_to = |power: i32| f64::from_bits(((power + BIAS) as u64) << 52);
    number * two_to(power / 2) * two_to(power - power / 2)
}

fn largest(numbers: &[f64]) -> f64 {
    numbers.iter().fold(0.0, |largest: f64, number| largest.max(number.abs()))
}

fn mean_of(numbers: &[f64]) -> f64 {
    numbers.iter().copied().collect::<Compensated>().value() / numbers.len() as f64
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
        // To size 1, so that the sum stays in range; then centred twice, as the mean is rounded to the size of the values.
        let of_values = exponent(largest(values));
        let sized: Vec<f64> = values.iter().map(|&value| scaled(value, -of_values)).collect();
        let mean = mean_of(&sized);
        let mut z: Vec<f64> = sized.iter().map(|value| if constant { 0.0 } else { value - mean }).collect();
        let rest = mean_of(&z);
        let rounding = ROUNDINGS * f64::EPSILON * largest(&sized);
        z.iter_mut().for_each(|z| *z -= rest);
        if largest(&z) > rounding {
            z.iter_mut().filter(|z| z.abs() <= rounding).for_each(|z| *z = 0.0);
        }
        let of_z = if constant { 0 } else { exponent(largest(&z)) };
        z.iter_mut().for_each(|z| *z = scaled(*z, -of_z));
        let squares = pairwise_by(z.len(), |i| z[i] * z[i]);
        Ok(Self {
            values: sized.iter().map(|&value| scaled(value, -of_z)).collect(),
            mean: scaled(mean + rest, -of_z),
            constant: constant || squares == 0.0,
            z,
            squares,
            unit: of_values + of_z,
        })
    }

    /// Numbers of this unit in the unit of the values.
    pub(crate) fn in_unit_of_values(&self, numbers: Vec<f64>) -> Vec<f64> {
        // Two steps: the unit of small deviations of small values may lie below the range.
        let half = self.unit / 2;
        numbers.into_iter().map(|number| scaled(scaled(number, half), self.unit - half)).collect()
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
