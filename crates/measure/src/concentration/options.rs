//! Options of the two commands and what they share.

use super::ConcentrationError;
use crate::areas::AreaOptions;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

/// Conventions on which tools differ.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SpreadOptions {
    /// Largest value of `gini`: 1, or 0.5 for the convention of Krugman (1991) and EconGeo, which halves it.
    pub gini_scale: f64,
    /// Largest value of `krugman`: 2, or 1, which halves it.
    pub krugman_scale: f64,
    /// Base of the logarithm in `theil` and `entropy`.
    #[serde(deserialize_with = "base")]
    pub log_base: LogBase,
    /// How many of the largest shares `cr` adds up.
    pub cr: usize,
    /// Exponent of `hannah_kay`, 0 or more: the higher, the more the large shares count; 1 gives `n_effective`.
    pub alpha: f64,
}

impl Default for SpreadOptions {
    fn default() -> Self {
        Self { gini_scale: 1.0, krugman_scale: 2.0, log_base: LogBase::E, cr: 4, alpha: 2.0 }
    }
}

impl SpreadOptions {
    /// Checks the ranges.
    ///
    /// # Errors
    /// A scale other than the two in use; no share to add up; an exponent below 0.
    pub fn validate(&self) -> Result<(), ConcentrationError> {
        let scales = [("gini_scale", self.gini_scale, [1.0, 0.5]), ("krugman_scale", self.krugman_scale, [2.0, 1.0])];
        for (name, value, allowed) in scales {
            if !allowed.contains(&value) {
                return Err(ConcentrationError::Scale { name, value, allowed });
            }
        }
        if self.cr == 0 {
            return Err(ConcentrationError::NoLargest);
        }
        if !(self.alpha >= 0.0 && self.alpha.is_finite()) {
            return Err(ConcentrationError::Alpha { alpha: self.alpha });
        }
        Ok(())
    }
}

/// Base of a logarithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum LogBase {
    /// e: nats.
    #[serde(rename = "e")]
    E,
    /// 2: bits.
    #[serde(rename = "2")]
    Two,
    /// 10.
    #[serde(rename = "10")]
    Ten,
}

impl LogBase {
    /// Natural logarithm of the base.
    pub(super) fn ln(self) -> f64 {
        match self {
            Self::E => 1.0,
            Self::Two => std::f64::consts::LN_2,
            Self::Ten => std::f64::consts::LN_10,
        }
    }

    /// As it is written.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::E => "e",
            Self::Two => "2",
            Self::Ten => "10",
        }
    }
}

/// Takes the number 2 as well as the word "2": a study file is likely to hold the former.
fn base<'de, D: Deserializer<'de>>(deserializer: D) -> Result<LogBase, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(f64),
        Word(String),
    }
    let word = match Written::deserialize(deserializer)? {
        Written::Number(number) => number.to_string(),
        Written::Word(word) => word,
    };
    match word.as_str() {
        "e" => Ok(LogBase::E),
        "2" => Ok(LogBase::Two),
        "10" => Ok(LogBase::Ten),
        _ => Err(serde::de::Error::custom("the base is one of e, 2, 10")),
    }
}

/// What the shares of an industry over regions are compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Benchmark {
    /// Shares of the regions in the total of all industries.
    #[default]
    Total,
    /// The same share for every region.
    Uniform,
    /// Shares of the regions in the area, from the column `area` of `--regions`.
    Area,
    /// Shares of the regions in the population, from the column `population` of `--regions`.
    Population,
}

impl Benchmark {
    /// The column of the input `regions` that it takes.
    pub(super) fn column(self) -> Option<&'static str> {
        match self {
            Self::Area => Some("area"),
            Self::Population => Some("population"),
            Self::Total | Self::Uniform => None,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::Uniform => "uniform",
            Self::Area => "area",
            Self::Population => "population",
        }
    }
}

/// What the shares of a region over industries are compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reference {
    /// Shares of the industries in the total of all regions.
    #[default]
    Total,
    /// The same share for every industry.
    Uniform,
}

impl From<Reference> for Benchmark {
    fn from(reference: Reference) -> Self {
        match reference {
            Reference::Total => Self::Total,
            Reference::Uniform => Self::Uniform,
        }
    }
}

/// Options of [`concentration`](super::concentration()).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ConcentrationOptions {
    /// Industries that are listed; all when none is named. Totals always take all rows.
    pub industry: Vec<String>,
    /// What the shares of an industry are compared with.
    pub benchmark: Benchmark,
    /// Conventions of the indices.
    #[serde(flatten)]
    pub spread: SpreadOptions,
    /// How the area table is read.
    #[serde(flatten)]
    pub areas: AreaOptions,
}

/// Options of [`specialisation`](super::specialisation).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SpecialisationOptions {
    /// Regions that are listed; all when none is named. Totals always take all rows.
    pub region: Vec<String>,
    /// What the shares of a region are compared with.
    pub benchmark: Reference,
    /// Conventions of the indices.
    #[serde(flatten)]
    pub spread: SpreadOptions,
    /// How the area table is read.
    #[serde(flatten)]
    pub areas: AreaOptions,
}
