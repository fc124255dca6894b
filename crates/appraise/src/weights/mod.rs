//! `weights`: how much does each indicator count, as the data have it, and together with a judgement?

mod combine;
mod methods;
mod run;

#[cfg(test)]
mod tests;

pub use combine::{Combination, combine};
pub(crate) use run::{ESTIMAND, given_weights, weight_table};

use crate::conventions;
use crate::indicators::{IndicatorError, IndicatorOptions, Indicators};
use crate::normalise::Normalisation;
use distretto_core::{Fault, Message};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Options of [`weights`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct WeightsOptions {
    /// How weights are found.
    pub method: WeightMethod,
    /// How columns become comparable, as in rank; default minmax, for cv, pca and equal none.
    pub normalise: Option<String>,
    /// Compute as a tool or school does: an id of the convention ledger or a tool such as pymcdm; --normalise beats it.
    pub convention: Option<String>,
    /// The indicators; weights are not among these options here, but in the file of --with.
    #[serde(flatten)]
    pub indicators: IndicatorOptions,
    /// How the weights are put together with those of --with; default linear.
    pub combine: Option<Combination>,
    /// Share of the weights of --with in the linear combination, 0 to 1.
    pub alpha: f64,
}

impl Default for WeightsOptions {
    fn default() -> Self {
        Self {
            method: WeightMethod::Equal,
            normalise: None,
            convention: None,
            indicators: IndicatorOptions::default(),
            combine: None,
            alpha: 0.5,
        }
    }
}

/// How weights are found (`--method`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WeightMethod {
    /// All alike.
    #[default]
    Equal,
    /// By the entropy of each column (Hwang and Yoon 1981).
    Entropy,
    /// By spread and conflict (Diakoulaki et al. 1995).
    Critic,
    /// By the standard deviation.
    Sd,
    /// By the coefficient of variation.
    Cv,
    /// By the leading components of the correlation matrix.
    Pca,
}

impl WeightMethod {
    /// The word of the option.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Entropy => "entropy",
            Self::Critic => "critic",
            Self::Sd => "sd",
            Self::Cv => "cv",
            Self::Pca => "pca",
        }
    }

    /// Whether the columns are normalised first.
    fn normalises(self) -> bool {
        matches!(self, Self::Entropy | Self::Critic | Self::Sd)
    }

    fn source(self) -> &'static str {
        match self {
            Self::Equal => "equal weights",
            Self::Entropy => "entropy weights (Hwang and Yoon 1981)",
            Self::Critic => "CRITIC weights (Diakoulaki, Mavrotas and Papayannakis 1995)",
            Self::Sd => "standard-deviation weights",
            Self::Cv => "coefficient-of-variation weights",
            Self::Pca => "weights from principal components",
        }
    }
}

impl WeightsOptions {
    /// The normalisation in use.
    ///
    /// # Errors
    /// An unknown id or convention, or a normalisation for a method that uses the columns as they are.
    pub fn normalisation(&self) -> Result<Normalisation, Fault> {
        let preset = match &self.convention {
            Some(asked) => Some(conventions::find(self.method.word(), asked)?.id),
            None => None,
        };
        if let Some(id) = self.normalise.as_deref().filter(|id| !self.method.normalises() && *id != "none") {
            let fault = Fault::usage(format!("--method {} takes the columns as they are", self.method.word()));
            return Err(fault.with_value(id).with_hint("leave --normalise out"));
        }
        let usual = if self.method.normalises() { "minmax" } else { "none" };
        self.normalise.as_deref().or(preset).unwrap_or(usual).parse()
    }
}

/// Weights and what they are made of, in the order of the indicators; NaN where a method does not use a number.
#[derive(Debug, Clone, PartialEq)]
pub struct Weighting {
    /// `method/normalisation`.
    pub convention: String,
    /// Weights, summing to 1.
    pub weight: Vec<f64>,
    /// Entropy of each column, 0 to 1.
    pub entropy: Vec<f64>,
    /// `1 − entropy`.
    pub divergence: Vec<f64>,
    /// Standard deviation, of the normalised column or, for the coefficient of variation, of the raw one.
    pub sd: Vec<f64>,
    /// `Σ_k (1 − r_jk)`.
    pub conflict: Vec<f64>,
    /// What the reader must know.
    pub notes: Vec<Message>,
}

/// Weights of indicators from their columns.
///
/// # Formula
/// With Z the normalised columns: entropy `P = Z/ΣZ`, `e = −ΣP ln P/ln n`, `w ∝ 1 − e`; CRITIC `w ∝ s_j Σ_k(1 − r_jk)`; sd
/// `w ∝ s_j`; cv `w ∝ s_j/mean_j` of raw columns; pca `w ∝ Σ_k share_k |v_jk|` over components with an eigenvalue above 1.
/// Where all terms are 0 the weights are equal, with a note.
///
/// # Errors
/// [`IndicatorError`] where values do not allow the formula.
///
/// # Complexity
/// O(n p), with correlations O(n p²).
///
/// # References
/// Diakoulaki, Mavrotas and Papayannakis 1995, <https://doi.org/10.1016/0305-0548(94)00059-H>.
pub fn weights(
    indicators: &Indicators,
    method: WeightMethod,
    normalisation: &Normalisation,
) -> Result<Weighting, (IndicatorError, usize)> {
    indicators.check_units().map_err(|error| (error, 0))?;
    let z = methods::columns(indicators, method, normalisation)?;
    let whole = |error| (error, usize::MAX);
    let none = vec![f64::NAN; indicators.p()];
    let mut found = Weighting {
        convention: format!("{}/{}", method.word(), normalisation.id()),
        weight: Vec::new(),
        entropy: none.clone(),
        divergence: none.clone(),
        sd: none.clone(),
        conflict: none,
        notes: indicators.notes.clone(),
    };
    let names = indicators.names();
    let raw = match method {
        WeightMethod::Equal => vec![1.0; indicators.p()],
        WeightMethod::Entropy => {
            found.entropy = methods::entropy(&names, &z).map_err(whole)?;
            // Rounding can leave an entropy just above 1.
            found.divergence = found.entropy.iter().map(|e| (1.0 - e).max(0.0)).collect();
            found.divergence.clone()
        }
        WeightMethod::Critic => {
            found.sd = methods::deviations(&z);
            found.conflict = methods::conflicts(&z);
            found.sd.iter().zip(&found.conflict).map(|(s, c)| s * c).collect()
        }
        WeightMethod::Sd => {
            found.sd = methods::deviations(&z);
            found.sd.clone()
        }
        WeightMethod::Cv => {
            found.sd = methods::deviations(&z);
            let means = methods::positive_means(&names, &z).map_err(whole)?;
            found.sd.iter().zip(means).map(|(s, mean)| s / mean).collect()
        }
        WeightMethod::Pca => methods::component_weights(&z).map_err(whole)?,
    };
    let total: f64 = raw.iter().sum();
    if total > methods::NOTHING {
        found.weight = raw.into_iter().map(|term| term / total).collect();
    } else {
        found.weight = vec![1.0 / indicators.p() as f64; indicators.p()];
        found.notes.push(Message::new("appraise.weights.equal"));
    }
    Ok(found)
}
