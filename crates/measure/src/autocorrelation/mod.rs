//! `autocorrelation`: do similar values lie near one another? Moran's I, Geary's C and Getis and Ord's G of a whole map.

mod permutations;
mod run;
mod statistics;

#[cfg(test)]
mod tests;

pub(crate) use run::ESTIMAND;
pub(crate) use statistics::moran;

use crate::spatial_weights::{Deviations, PermutationOptions, SpatialError, VariableOptions, WeightOptions};
use distretto_core::{Context, Message};
use distretto_numerics::{Tail, TailCounts, Transform, Weights, normal_p};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statistics::{WeightSums, geary, getis_ord};

/// Options of [`autocorrelation`].
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct AutocorrelationOptions {
    /// The column and the rows; used by the command only.
    #[serde(flatten)]
    pub variable: VariableOptions,
    /// The weights; the typed function uses the transform only.
    #[serde(flatten)]
    pub weights: WeightOptions,
    /// The permutations.
    #[serde(flatten)]
    pub permutations: PermutationOptions,
}

/// A statistic of a whole map. NaN where a number does not exist; a note then says why.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GlobalStatistic {
    /// The statistic itself.
    pub value: f64,
    /// Its mean when values are assigned to regions at random.
    pub expected: f64,
    /// Its variance if values are independent normal draws; NaN for G.
    pub variance_normal: f64,
    /// Its variance over all assignments of the values to the regions.
    pub variance_random: f64,
    /// Share of permutations at least as extreme, by `--tail`.
    pub p_sim: f64,
}

impl GlobalStatistic {
    const NONE: Self = Self {
        value: f64::NAN,
        expected: f64::NAN,
        variance_normal: f64::NAN,
        variance_random: f64::NAN,
        p_sim: f64::NAN,
    };

    /// `(value − expected)/√variance` with the variance of normal draws.
    #[must_use]
    pub fn z_normal(&self) -> f64 {
        standardised(self.value - self.expected, self.variance_normal)
    }

    /// `(value − expected)/√variance` with the variance over all assignments.
    #[must_use]
    pub fn z_random(&self) -> f64 {
        standardised(self.value - self.expected, self.variance_random)
    }
}

fn standardised(difference: f64, variance: f64) -> f64 {
    if variance > 0.0 { difference / variance.sqrt() } else { f64::NAN }
}

/// Spatial autocorrelation of a variable.
#[derive(Debug, Clone, PartialEq)]
pub struct Autocorrelation {
    /// Moran's I.
    pub moran: GlobalStatistic,
    /// Geary's C.
    pub geary: GlobalStatistic,
    /// Getis and Ord's general G, on binary weights.
    pub getis_g: GlobalStatistic,
    /// Spatial lag `Σ_j w_ij z_j` of each region.
    pub lag: Vec<f64>,
    /// Which deviations count as extreme.
    pub tail: Tail,
    /// Why numbers do not exist.
    pub notes: Vec<Message>,
}

impl Autocorrelation {
    /// Normal p of Moran's I with the variance of normal draws.
    #[must_use]
    pub fn moran_p_normal(&self) -> f64 {
        normal_p(self.moran.z_normal(), self.tail)
    }

    /// Normal p of Moran's I with the variance over all assignments.
    #[must_use]
    pub fn moran_p_random(&self) -> f64 {
        normal_p(self.moran.z_random(), self.tail)
    }
}

/// Moran's I, Geary's C and Getis and Ord's G with their moments and a permutation test.
///
/// # Formula
/// `z = y − ȳ`, `S0 = Σ w_ij`; `I = (n/S0) Σ w_ij z_i z_j / Σ z²`; `C = (n−1) Σ w_ij (y_i − y_j)² / (2 S0 Σ z²)`;
/// `G = Σ w_ij y_i y_j / Σ_{i≠j} y_i y_j` on binary weights. Expectations −1/(n−1), 1 and S0/(n(n−1)). All three are
/// permuted together: replicate k assigns the values to the regions by the permutation of stream (seed, k).
///
/// - `values`: one finite number for each unit of `weights`, of any sign (G needs values of 0 or more).
/// - `weights`: as given by their source; scaled here by `options.weights.transform`.
///
/// # Assumptions and limitations
/// Under the null hypothesis every assignment of values to regions is equally likely. Values that are rates over
/// populations of different size break this: small regions vary more.
///
/// # Errors
/// [`SpatialError::Length`], [`SpatialError::NotFinite`], [`SpatialError::Empty`], [`SpatialError::Simulations`],
/// [`SpatialError::Interrupted`].
///
/// # Complexity
/// O(links · (1 + nsim)), parallel over permutations; the result does not depend on threads.
///
/// # Example
/// ```
/// use distretto_core::Context;
/// use distretto_measure::autocorrelation::{AutocorrelationOptions, autocorrelation};
/// use distretto_numerics::Weights;
/// // A chain of four regions whose values rise along it.
/// let links = [(0, 1, 1.0), (1, 0, 1.0), (1, 2, 1.0), (2, 1, 1.0), (2, 3, 1.0), (3, 2, 1.0)];
/// let chain = Weights::from_triplets(4, links).expect("valid links");
/// let result = autocorrelation(&[1.0, 2.0, 3.0, 4.0], &chain, &AutocorrelationOptions::default(), &Context::with_seed(1))?;
/// assert!((result.moran.value - 0.4).abs() < 1e-12); // (4/4)·2/5, row-standardised
/// # Ok::<(), distretto_measure::spatial_weights::SpatialError>(())
/// ```
///
/// # References
/// Cliff and Ord 1981, "Spatial processes", ch. 2; Getis and Ord 1992, Geographical Analysis 24,
/// <https://doi.org/10.1111/j.1538-4632.1992.tb00261.x>.
pub fn autocorrelation(
    values: &[f64],
    weights: &Weights,
    options: &AutocorrelationOptions,
    context: &Context<'_>,
) -> Result<Autocorrelation, SpatialError> {
    options.permutations.validate()?;
    let deviations = Deviations::of(values, weights)?;
    let scaled = weights.transform(options.weights.transform.into());
    let tail: Tail = options.permutations.tail.into();
    let mut result = Autocorrelation {
        moran: GlobalStatistic::NONE,
        geary: GlobalStatistic::NONE,
        getis_g: GlobalStatistic::NONE,
        lag: deviations.in_unit_of_values(scaled.lag(&deviations.z)),
        tail,
        notes: missing(&deviations, weights, values),
    };
    if deviations.constant || weights.links() == 0 {
        return Ok(result);
    }
    let sums = WeightSums::of(&scaled);
    result.moran = moran(&deviations, &scaled, &sums);
    result.geary = geary(&deviations, &scaled, &sums);
    let binary = weights.transform(Transform::Binary);
    result.getis_g = getis_ord(&deviations, &binary, &WeightSums::of(&binary));
    let counts = permutations::tail_counts(&deviations, &scaled, &result, options.permutations.nsim, context)?;
    let statistics = [&mut result.moran, &mut result.geary, &mut result.getis_g];
    for (statistic, count) in statistics.into_iter().zip(counts) {
        statistic.p_sim = if statistic.value.is_nan() { f64::NAN } else { TailCounts::p(&count, tail) };
    }
    if sums.n >= 4.0 && (result.moran.z_random().is_nan() || result.geary.z_random().is_nan()) {
        result.notes.push(Message::new("measure.autocorrelation.no-variance"));
    }
    if options.permutations.nsim == 0 {
        result.notes.push(Message::new("measure.shared.spatial-no-permutations"));
    }
    Ok(result)
}

/// Why numbers will not exist.
fn missing(deviations: &Deviations, weights: &Weights, values: &[f64]) -> Vec<Message> {
    if deviations.constant {
        return vec![Message::new("measure.shared.spatial-constant")];
    }
    if weights.links() == 0 {
        return vec![Message::new("measure.shared.spatial-no-links")];
    }
    let mut notes = Vec::new();
    if deviations.n() < 4 {
        notes.push(Message::new("measure.autocorrelation.few-regions").count("n", deviations.n()));
    }
    let negative = values.iter().filter(|&&value| value < 0.0).count();
    if negative > 0 {
        notes.push(Message::new("measure.autocorrelation.negative").count("count", negative));
    } else if values.iter().filter(|&&value| value > 0.0).count() < 2 {
        notes.push(Message::new("measure.autocorrelation.one-positive"));
    }
    notes
}
