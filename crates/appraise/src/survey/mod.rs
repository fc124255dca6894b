//! `survey`: what do the firms of a cluster say, do groups of them differ, and who did not answer?
//!
//! Read in this order: the options here, [`items`] (Likert items), [`group_tests`] (do groups differ), [`choices`]
//! (single, multiple and open questions), then `run`.

pub mod choices;
pub mod group_tests;
pub mod items;
mod read;
mod run;
mod words;

#[cfg(test)]
mod tests;

pub(crate) use run::ESTIMAND;

use distretto_core::Fault;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// Options of `survey`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct SurveyOptions {
    /// Likert items; default all numeric columns that are no other option's, where a scale is given.
    pub items: Vec<String>,
    /// Questions with one choice each.
    pub choice: Vec<String>,
    /// Questions of which several choices may be ticked, separated within the cell.
    pub multiple: Vec<String>,
    /// Ends of the scale of the items, 1..5.
    pub scale: Option<String>,
    /// Column that divides respondents into groups.
    pub group: Option<String>,
    /// How groups are compared.
    pub test: GroupTest,
    /// Question with answers in free text; needs --codes.
    pub open: Option<String>,
    /// What separates ticked choices.
    pub separator: String,
}

impl Default for SurveyOptions {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            choice: Vec::new(),
            multiple: Vec::new(),
            scale: None,
            group: None,
            test: GroupTest::Auto,
            open: None,
            separator: ";".to_owned(),
        }
    }
}

/// How groups are compared on items (`--test`); choices are compared by χ².
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GroupTest {
    /// Mann-Whitney for two groups, Kruskal-Wallis for more.
    #[default]
    Auto,
    /// Kruskal-Wallis.
    Kruskal,
    /// Mann-Whitney; two groups.
    MannWhitney,
    /// Welch's analysis of variance.
    Welch,
    /// Analysis of variance.
    Anova,
    /// χ² of the answers by group.
    Chi2,
}

impl GroupTest {
    /// The word of the option.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Kruskal => "kruskal",
            Self::MannWhitney => "mann-whitney",
            Self::Welch => "welch",
            Self::Anova => "anova",
            Self::Chi2 => "chi2",
        }
    }
}

/// Ends of a scale whose points are one apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LikertScale {
    /// Lowest point.
    pub low: f64,
    /// Highest point.
    pub high: f64,
}

impl LikertScale {
    /// The points, from the lowest.
    #[must_use]
    pub fn points(self) -> Vec<f64> {
        (0..=(self.high - self.low).round() as usize).map(|k| self.low + k as f64).collect()
    }

    /// Whether an answer is one of the points.
    #[must_use]
    pub fn holds(self, x: f64) -> bool {
        x >= self.low && x <= self.high && (x - self.low).fract() == 0.0
    }

    /// The fault of an answer that is none.
    pub(crate) fn off(self, x: f64) -> Fault {
        let fault = Fault::input("the answer is off the scale").with_value(x.to_string());
        fault.with_hint(format!("the range of the scale is {} to {} in whole steps", self.low, self.high))
    }
}

impl FromStr for LikertScale {
    type Err = Fault;

    fn from_str(word: &str) -> Result<Self, Fault> {
        /// Points of the longest scale that makes sense.
        const MOST: f64 = 1000.0;
        let ends = word.split_once("..").and_then(|(low, high)| {
            let (low, high) = (low.trim().parse::<f64>().ok()?, high.trim().parse::<f64>().ok()?);
            let fits = high > low && (high - low).fract() == 0.0 && high - low <= MOST;
            fits.then_some(Self { low, high })
        });
        ends.ok_or_else(|| {
            let fault = Fault::option("--scale: this is no scale").with_value(word);
            fault.with_hint("write the lowest and the highest point, whole steps apart: --scale 1..5")
        })
    }
}
