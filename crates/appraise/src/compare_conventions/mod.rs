//! `compare-conventions`: one method, the conventions of several tools: which weights and which ranks move?

mod run;

pub(crate) use run::ESTIMAND;

use crate::conventions::{self, Convention};
use crate::factor::{Cor, FactorError, FactorOptions, Observed, factor};
use crate::indicators::{IndicatorOptions, Indicators};
use crate::normalise::Normalisation;
use crate::rank::{RankMethod, RankOptions, rank};
use crate::weights::{WeightMethod, weights};
use distretto_core::{Context, Fault};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Options of `compare-conventions`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct ConventionOptions {
    /// The method that is computed under each convention.
    pub method: ConventionMethod,
    /// Ids of the ledger, say topsis/vector,topsis/minmax; the first is the base; default all of the method.
    pub conventions: Vec<String>,
    /// The indicators; weights are used by topsis.
    #[serde(flatten)]
    pub indicators: IndicatorOptions,
}

/// A method with several conventions (`--method`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ConventionMethod {
    /// Entropy weights, scored by the weighted sum of directed minmax.
    #[default]
    Entropy,
    /// CRITIC weights, scored by the weighted sum of directed minmax.
    Critic,
    /// Closeness to the ideal.
    Topsis,
    /// The composite of a factor analysis.
    Factor,
}

impl ConventionMethod {
    /// The word of the option.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Entropy => "entropy",
            Self::Critic => "critic",
            Self::Topsis => "topsis",
            Self::Factor => "factor",
        }
    }
}

impl ConventionOptions {
    /// The conventions asked for, or all of the method; a comma within `[ ]` does not separate.
    ///
    /// # Errors
    /// An id that the method does not have.
    pub fn asked(&self) -> Result<Vec<&'static Convention>, Fault> {
        if self.conventions.is_empty() {
            return Ok(conventions::of_method(self.method.word()).collect());
        }
        let mut ids: Vec<String> = Vec::new();
        for part in self.conventions.iter().flat_map(|one| one.split(',')) {
            match ids.last_mut().filter(|last| last.contains('[') && !last.contains(']')) {
                Some(last) => *last = format!("{last},{part}"),
                None => ids.push(part.to_owned()),
            }
        }
        let mut found: Vec<&'static Convention> = Vec::new();
        for id in &ids {
            let one = conventions::find(self.method.word(), id)?;
            if !found.contains(&one) {
                found.push(one);
            }
        }
        Ok(found)
    }
}

/// What one convention says.
#[derive(Debug, Clone, PartialEq)]
pub struct UnderConvention {
    /// The convention.
    pub convention: &'static Convention,
    /// Score of each row.
    pub score: Vec<f64>,
    /// Rank of each row.
    pub rank: Vec<f64>,
    /// Weight of each indicator.
    pub weight: Vec<f64>,
    /// Why it has no result; then all numbers are NaN.
    pub failed: Option<String>,
}

/// Computes a method under one convention.
pub fn under(
    indicators: &Indicators,
    method: ConventionMethod,
    convention: &'static Convention,
    context: &Context<'_>,
) -> UnderConvention {
    let none = |failed: String| UnderConvention {
        convention,
        score: vec![f64::NAN; indicators.n()],
        rank: vec![f64::NAN; indicators.n()],
        weight: vec![f64::NAN; indicators.p()],
        failed: Some(failed),
    };
    let scored = |indicators: &Indicators, method: RankMethod, id: &str| {
        let options = RankOptions { method, normalise: Some(id.to_owned()), ..RankOptions::default() };
        match rank(indicators, &options, context) {
            Ok(found) => {
                let weight = indicators.weights();
                UnderConvention { convention, score: found.score, rank: found.rank, weight, failed: None }
            }
            Err(error) => none(error.to_string()),
        }
    };
    let weighted = match method {
        ConventionMethod::Topsis => return scored(indicators, RankMethod::Topsis, convention.id),
        ConventionMethod::Factor => {
            return of_factors(indicators, convention, context).unwrap_or_else(|error| none(error.to_string()));
        }
        ConventionMethod::Entropy => WeightMethod::Entropy,
        ConventionMethod::Critic => WeightMethod::Critic,
    };
    let normalisation: Result<Normalisation, Fault> = convention.id.parse();
    let found = match normalisation {
        Ok(normalisation) => weights(indicators, weighted, &normalisation).map_err(|(error, _)| error.to_string()),
        Err(fault) => Err(fault.to_string()),
    };
    match found {
        Ok(found) => {
            let mut weighted = indicators.clone();
            weighted.indicators.iter_mut().zip(found.weight).for_each(|(one, weight)| one.weight = weight);
            scored(&weighted, RankMethod::Saw, "minmax")
        }
        Err(why) => none(why),
    }
}

/// The composite of a factor analysis under a preset; the weight of an indicator is that of its standardised values, and
/// may be negative.
fn of_factors(
    indicators: &Indicators,
    convention: &'static Convention,
    context: &Context<'_>,
) -> Result<UnderConvention, FactorError> {
    let observed = Observed::of_indicators(indicators, Cor::Pearson, false)?;
    let found = factor(&observed, &FactorOptions::of_convention(convention.id), context)?;
    let weight = found.variable_weights();
    Ok(UnderConvention { convention, score: found.composite, rank: found.rank, weight, failed: None })
}
