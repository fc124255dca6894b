//! Options of [`rank`](super::rank).

use crate::conventions;
use crate::indicators::IndicatorOptions;
use crate::normalise::Normalisation;
use distretto_core::Fault;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Options of [`rank`](super::rank).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct RankOptions {
    /// How units are ranked.
    pub method: RankMethod,
    /// How columns become comparable: none, minmax, minmax-undirected, minmax+E, `minmax[a,b]`, max, ratio, sum, inverse,
    /// vector, vector-inverse, zscore, zscore-0, rank; default by method (topsis vector, saw and gra minmax, wpm ratio).
    pub normalise: Option<String>,
    /// Compute as a tool or school does: an id of the convention ledger or a tool such as pymcdm; --normalise beats it.
    pub convention: Option<String>,
    /// The indicators.
    #[serde(flatten)]
    pub indicators: IndicatorOptions,
    /// Weight of the group utility in VIKOR, 0 to 1.
    pub v: f64,
    /// Distinguishing coefficient of grey relational analysis, above 0 to 1.
    pub rho: f64,
    /// Preference function of PROMETHEE.
    pub preference: Preference,
    /// Indifference threshold of the linear preference: one value, or a=…,b=…; default 0.
    pub q: Vec<String>,
    /// Preference threshold of the linear preference: one value, or a=…,b=….
    pub p: Vec<String>,
    /// Draws of the weights, which tell how firm the ranking is; the command draws 1000 where units times indicators are
    /// 100,000 or fewer, 0 leaves it unsaid.
    pub monte_carlo: Option<u64>,
    /// What weights are drawn: simplex (all alike), dirichlet:K around the weights, relative:D (each times 1 ± D).
    pub uncertainty: String,
    /// Draws of units with replacement, which set the scale on which all units are ranked anew.
    pub bootstrap: u64,
    /// Drop each unit in turn and count pairs of others that change their order.
    pub reversal: bool,
    /// Drop each indicator in turn and tell how ranks move.
    pub leave_one_out: bool,
    /// Share of each indicator in what a unit lacks to the best (obstacle degree).
    pub obstacles: bool,
}

/// Draws of the weights when nobody says how many.
const DRAWS: u64 = 1000;
/// Cells of a table up to which they take a fraction of a second.
const SMALL: usize = 100_000;

impl Default for RankOptions {
    fn default() -> Self {
        Self {
            method: RankMethod::Topsis,
            normalise: None,
            convention: None,
            indicators: IndicatorOptions::default(),
            v: 0.5,
            rho: 0.5,
            preference: Preference::Usual,
            q: Vec::new(),
            p: Vec::new(),
            monte_carlo: None,
            uncertainty: "simplex".to_owned(),
            bootstrap: 0,
            reversal: false,
            leave_one_out: false,
            obstacles: false,
        }
    }
}

/// A method that ranks (`--method`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RankMethod {
    /// Closeness to the ideal (Hwang and Yoon 1981).
    #[default]
    Topsis,
    /// Compromise between group utility and individual regret (Opricovic and Tzeng 2004).
    Vikor,
    /// Weighted sum.
    Saw,
    /// Weighted product.
    Wpm,
    /// PROMETHEE II, net outranking flow (Brans and Vincke 1985).
    Promethee,
    /// Grey relational grade (Deng 1982).
    Gra,
    /// Rank-sum ratio (Tian 1988).
    Rsr,
}

impl RankMethod {
    /// The word of the option.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Topsis => "topsis",
            Self::Vikor => "vikor",
            Self::Saw => "saw",
            Self::Wpm => "wpm",
            Self::Promethee => "promethee",
            Self::Gra => "gra",
            Self::Rsr => "rsr",
        }
    }

    /// Id of the normalisation when none is asked for.
    fn usual(self) -> &'static str {
        match self {
            Self::Topsis => "vector",
            Self::Saw | Self::Gra => "minmax",
            Self::Wpm => "ratio",
            Self::Vikor | Self::Promethee | Self::Rsr => "none",
        }
    }

    /// Whether the method scales the columns itself.
    fn scales(self) -> bool {
        matches!(self, Self::Vikor | Self::Promethee | Self::Rsr)
    }

    pub(super) fn source(self) -> &'static str {
        match self {
            Self::Topsis => "TOPSIS (Hwang and Yoon 1981)",
            Self::Vikor => "VIKOR (Opricovic and Tzeng 2004)",
            Self::Saw => "simple additive weighting",
            Self::Wpm => "weighted product model",
            Self::Promethee => "PROMETHEE II (Brans and Vincke 1985)",
            Self::Gra => "grey relational analysis (Deng 1982)",
            Self::Rsr => "rank-sum ratio (Tian 1988)",
        }
    }
}

/// The preference function of PROMETHEE (`--preference`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Preference {
    /// Any lead counts in full.
    #[default]
    Usual,
    /// None up to q, in full from p, a straight line between.
    Linear,
}

/// What weights a simulation draws.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Uncertainty {
    /// All weights that sum to 1, alike.
    Simplex,
    /// Dirichlet with parameters K·w.
    Dirichlet(f64),
    /// Each weight times a number within 1 ± D, then scaled to sum to 1.
    Relative(f64),
}

impl RankOptions {
    /// The normalisation in use: the one asked for, else that of the convention, else the usual one.
    ///
    /// # Errors
    /// An unknown id or convention, or a normalisation for a method that scales columns itself.
    pub fn normalisation(&self) -> Result<Normalisation, Fault> {
        let preset = match &self.convention {
            Some(asked) => Some(conventions::find(self.method.word(), asked)?.id),
            None => None,
        };
        if let Some(id) = self.normalise.as_deref().filter(|id| self.method.scales() && *id != "none") {
            let fault = Fault::usage(format!("--method {} scales the columns itself", self.method.word()));
            return Err(fault.with_value(id).with_hint("leave --normalise out"));
        }
        self.normalise.as_deref().or(preset).unwrap_or(self.method.usual()).parse()
    }

    /// Draws of the weights of a command that was not told how many, for a table of this size.
    pub(super) fn usual_draws(units: usize, indicators: usize) -> u64 {
        if units.saturating_mul(indicators) <= SMALL { DRAWS } else { 0 }
    }

    /// What the simulation draws.
    ///
    /// # Errors
    /// An unknown word, or a parameter out of its range.
    pub fn uncertainty(&self) -> Result<Uncertainty, Fault> {
        let (word, parameter) = match self.uncertainty.split_once(':') {
            Some((word, parameter)) => (word, parameter.trim().parse::<f64>().ok()),
            None => (self.uncertainty.as_str(), None),
        };
        let range = |what: &str| Fault::option(format!("--uncertainty: {what}")).with_value(self.uncertainty.as_str());
        match (word.trim(), parameter) {
            ("simplex", None) if !self.uncertainty.contains(':') => Ok(Uncertainty::Simplex),
            ("dirichlet", Some(k)) if k > 0.0 && k.is_finite() => Ok(Uncertainty::Dirichlet(k)),
            ("relative", Some(d)) if d > 0.0 && d <= 1.0 => Ok(Uncertainty::Relative(d)),
            ("dirichlet", _) => Err(range("K of dirichlet:K is out of range; it must be a number above 0")),
            ("relative", _) => Err(range("D of relative:D is out of range; it must be above 0 and at most 1")),
            _ => {
                let fault = Fault::usage("unknown --uncertainty").with_value(self.uncertainty.as_str());
                Err(fault.with_hint("simplex, dirichlet:K or relative:D"))
            }
        }
    }

    /// Checks the numbers among the options.
    ///
    /// # Errors
    /// A number out of its range.
    pub fn validate(&self) -> Result<(), Fault> {
        if !(0.0..=1.0).contains(&self.v) {
            return Err(Fault::option("--v is out of range; it must be 0 to 1").with_value(self.v.to_string()));
        }
        if !(self.rho > 0.0 && self.rho <= 1.0) {
            let fault = Fault::option("--rho is out of range; it must be above 0 and at most 1");
            return Err(fault.with_value(self.rho.to_string()));
        }
        self.uncertainty().map(drop)
    }
}
