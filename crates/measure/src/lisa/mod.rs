//! `lisa`: where do similar values lie near one another? Local Moran, local Geary, Gi and Gi* of each region.

mod conditional;
mod local;
mod run;

#[cfg(test)]
mod tests;

pub(crate) use run::ESTIMAND;

use crate::inference::PAdjust;
use crate::spatial_weights::{Deviations, PermutationOptions, SpatialError, VariableOptions, WeightOptions};
use conditional::Conditional;
use distretto_core::{Context, Message};
use distretto_numerics::{Tail, Weights, adjust, normal_p};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Options of [`lisa`].
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct LisaOptions {
    /// The column and the rows; used by the command only.
    #[serde(flatten)]
    pub variable: VariableOptions,
    /// The weights; the typed function uses the transform only.
    #[serde(flatten)]
    pub weights: WeightOptions,
    /// Divisor of the variance in local Moran and local Geary: `n` (Anselin 1995, spdep) or `n-1` (local Moran of
    /// esda and GeoDa; local Geary of esda divides by n).
    pub divisor: Divisor,
    /// The permutations.
    #[serde(flatten)]
    pub permutations: PermutationOptions,
    /// Adjustment of the simulated p of all regions.
    pub p_adjust: PAdjust,
}

/// Divisor of the variance (`--divisor`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum Divisor {
    /// The number of regions.
    #[default]
    #[serde(rename = "n")]
    N,
    /// One less.
    #[serde(rename = "n-1")]
    NLessOne,
}

impl Divisor {
    /// The word of the option.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::N => "n",
            Self::NLessOne => "n-1",
        }
    }
}

/// Where a region and its neighbours lie: first letter its own deviation, second its lag, H above 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quadrant {
    /// High among high.
    HighHigh,
    /// Low among high.
    LowHigh,
    /// Low among low.
    LowLow,
    /// High among low.
    HighLow,
}

impl Quadrant {
    fn of(z: f64, lag: f64) -> Self {
        match (z > 0.0, lag > 0.0) {
            (true, true) => Self::HighHigh,
            (false, true) => Self::LowHigh,
            (false, false) => Self::LowLow,
            (true, false) => Self::HighLow,
        }
    }

    /// `HH`, `LH`, `LL` or `HL`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::HighHigh => "HH",
            Self::LowHigh => "LH",
            Self::LowLow => "LL",
            Self::HighLow => "HL",
        }
    }
}

/// Local indicators, one of each for every region; NaN where one does not exist.
#[derive(Debug, Clone, PartialEq)]
pub struct Lisa {
    /// `Σ_j w_ij z_j`.
    pub lag: Vec<f64>,
    /// `I_i = z_i Σ_j w_ij z_j / m2`.
    pub local_moran: Vec<f64>,
    /// Simulated p of `I_i` under conditional permutation.
    pub p_sim: Vec<f64>,
    /// `p_sim` adjusted over all regions.
    pub q_value: Vec<f64>,
    /// Quadrants; `None` for a constant variable.
    pub quadrant: Vec<Option<Quadrant>>,
    /// `c_i = Σ_j w_ij (z_i − z_j)² / m2`.
    pub local_geary: Vec<f64>,
    /// Gi as a z score.
    pub gi: Vec<f64>,
    /// Normal p of Gi.
    pub gi_p: Vec<f64>,
    /// Gi* as a z score.
    pub gi_star: Vec<f64>,
    /// Normal p of Gi*.
    pub gi_star_p: Vec<f64>,
    /// Moran's I of the whole map, `Σ I_i/S0` with divisor n.
    pub moran: f64,
    /// Why numbers do not exist.
    pub notes: Vec<Message>,
}

/// Local Moran, local Geary, Gi and Gi* with conditional permutations.
///
/// # Formula
/// `z = y − ȳ`, `m2 = Σz²/n` (or n − 1); `I_i = z_i Σ_j w_ij z_j / m2`, `Σ I_i = S0·I`; `c_i = Σ_j w_ij (z_i − z_j)²/m2`;
/// Gi and Gi* on binary weights `(Σw y − W m)/(s √((N Σw² − W²)/(N − 1)))`, Gi* with itself (N = n), Gi without
/// (N = n − 1; m and s of the other values).
///
/// Test of `I_i`: region i keeps its value, the other n − 1 are dealt to its neighbours at random. Replicate k draws one
/// ordered sample without replacement of as many of n − 1 numbers as the largest row has links, stream (seed, k), partial
/// Fisher–Yates; every region uses its first numbers, those from i on moved up by one. Each region's p is that of
/// independent draws; only the simulation error is shared between regions.
///
/// - `values`: one finite number for each unit of `weights`, of any sign.
/// - `weights`: as given by their source; scaled here by `options.weights.transform`.
///
/// # Errors
/// [`SpatialError::Length`], [`SpatialError::NotFinite`], [`SpatialError::Empty`], [`SpatialError::Simulations`],
/// [`SpatialError::Interrupted`].
///
/// # Complexity
/// O(n · nsim) for rows of equal weights, O(links · nsim) otherwise; parallel over regions, the result does not depend on
/// threads. Memory O(n + links).
///
/// # Example
/// ```
/// use distretto_core::Context;
/// use distretto_measure::lisa::{LisaOptions, lisa};
/// use distretto_numerics::Weights;
/// let links = [(0, 1, 1.0), (1, 0, 1.0), (1, 2, 1.0), (2, 1, 1.0), (2, 3, 1.0), (3, 2, 1.0)];
/// let chain = Weights::from_triplets(4, links).expect("valid links");
/// let result = lisa(&[1.0, 2.0, 3.0, 4.0], &chain, &LisaOptions::default(), &Context::with_seed(1))?;
/// assert_eq!(result.local_moran, [0.6, 0.2, 0.2, 0.6]); // z = −1.5 … 1.5, m2 = 1.25
/// # Ok::<(), distretto_measure::spatial_weights::SpatialError>(())
/// ```
///
/// # References
/// Anselin 1995, Geographical Analysis 27, <https://doi.org/10.1111/j.1538-4632.1995.tb00338.x>; Ord and Getis 1995,
/// Geographical Analysis 27, <https://doi.org/10.1111/j.1538-4632.1995.tb00912.x>.
pub fn lisa(
    values: &[f64],
    weights: &Weights,
    options: &LisaOptions,
    context: &Context<'_>,
) -> Result<Lisa, SpatialError> {
    options.permutations.validate()?;
    let deviations = Deviations::of(values, weights)?;
    let scaled = weights.transform(options.weights.transform.into());
    let tail: Tail = options.permutations.tail.into();
    let lag = local::lags(&deviations.z, &scaled);
    if deviations.constant {
        return Ok(nothing(deviations.in_unit_of_values(lag)));
    }
    let m2 = match options.divisor {
        Divisor::N => deviations.variance(),
        Divisor::NLessOne => deviations.squares / (deviations.n() as f64 - 1.0),
    };
    let p_sim = Conditional { deviations: &deviations, weights: &scaled, lag: &lag, nsim: options.permutations.nsim }
        .p_values(tail, context)?;
    let (gi, gi_star) = (local::gi(values, &deviations, &scaled), local::gi_star(&deviations, &scaled));
    let normal = |scores: &[f64]| scores.iter().map(|&score| normal_p(score, tail)).collect::<Vec<f64>>();
    let products = || deviations.z.iter().zip(&lag).map(|(&z, &lag)| z * lag);
    Ok(Lisa {
        local_moran: products().map(|product| product / m2).collect(),
        q_value: adjust(&p_sim, options.p_adjust.into()),
        quadrant: deviations.z.iter().zip(&lag).map(|(&z, &lag)| Some(Quadrant::of(z, lag))).collect(),
        local_geary: local::geary(&deviations.z, &scaled).into_iter().map(|sum| sum / m2).collect(),
        gi_p: normal(&gi),
        gi_star_p: normal(&gi_star),
        moran: distretto_numerics::pairwise(&products().collect::<Vec<f64>>()) / (scaled.s0() * deviations.variance()),
        notes: missing(&gi, &gi_star, &scaled, options),
        p_sim,
        gi,
        gi_star,
        lag: deviations.in_unit_of_values(lag),
    })
}

/// A constant variable has no local indicators.
fn nothing(lag: Vec<f64>) -> Lisa {
    let none = vec![f64::NAN; lag.len()];
    Lisa {
        local_moran: none.clone(),
        p_sim: none.clone(),
        q_value: none.clone(),
        quadrant: vec![None; lag.len()],
        local_geary: none.clone(),
        gi: none.clone(),
        gi_p: none.clone(),
        gi_star: none.clone(),
        gi_star_p: none,
        moran: f64::NAN,
        notes: vec![Message::new("measure.shared.spatial-constant")],
        lag,
    }
}

/// Why numbers do not exist.
fn missing(gi: &[f64], gi_star: &[f64], weights: &Weights, options: &LisaOptions) -> Vec<Message> {
    let mut notes = Vec::new();
    if weights.links() == 0 {
        notes.push(Message::new("measure.shared.spatial-no-links"));
    }
    let count = |scores: &[f64]| scores.iter().filter(|score| score.is_nan()).count();
    if count(gi) + count(gi_star) > 0 {
        notes.push(Message::new("measure.lisa.no-gi").count("gi", count(gi)).count("gi_star", count(gi_star)));
    }
    if options.permutations.nsim == 0 {
        notes.push(Message::new("measure.shared.spatial-no-permutations"));
    }
    notes
}
