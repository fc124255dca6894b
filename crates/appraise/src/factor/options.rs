//! Options of `factor`, and the presets that set several of them.

use super::extract::Bound;
use crate::conventions;
use crate::indicators::IndicatorOptions;
use distretto_core::Fault;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Options of [`factor`](super::factor).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct FactorOptions {
    /// How factors are extracted; default pca.
    pub extract: Option<Extract>,
    /// How many factors: a whole number, kaiser (eigenvalue above 1), parallel, or share:0.85.
    pub factors: String,
    /// Draws of the parallel analysis; --factors parallel implies 200.
    pub parallel: u64,
    /// How factors are rotated; default varimax.
    pub rotate: Option<Rotate>,
    /// Whether rows are divided by the root of their communality before the rotation; default on.
    pub kaiser: Option<Switch>,
    /// Power of the target of promax.
    pub promax_power: f64,
    /// Which promax.
    pub promax_variant: PromaxVariant,
    /// γ of direct oblimin, 0.8 or less.
    pub oblimin_gamma: f64,
    /// How scores are computed; default regression.
    pub scores: Option<ScoreMethod>,
    /// Whose variance weights the factors of the composite; default rotated.
    pub share: Option<Share>,
    /// Which correlation.
    pub cor: Cor,
    /// Repair a correlation matrix that is not positive semidefinite.
    pub smooth: bool,
    /// The data are a correlation matrix; it needs --n-obs.
    pub correlation: bool,
    /// Units behind a correlation matrix.
    pub n_obs: Option<u64>,
    /// Draws of units with replacement, which tell how firm the rank by the composite is; the command makes 200
    /// for principal components where units times squared indicators are 200,000 or fewer.
    pub bootstrap: Option<u64>,
    /// Compute as a tool or school does: spss, psych or factor_analyzer; explicit options beat it.
    pub convention: Option<String>,
    /// The indicators; a cost column enters with its sign changed, weights are found.
    #[serde(flatten)]
    pub indicators: IndicatorOptions,
}

impl Default for FactorOptions {
    fn default() -> Self {
        Self {
            extract: None,
            factors: "kaiser".to_owned(),
            parallel: 0,
            rotate: None,
            kaiser: None,
            promax_power: 4.0,
            promax_variant: PromaxVariant::R,
            oblimin_gamma: 0.0,
            scores: None,
            share: None,
            cor: Cor::Pearson,
            smooth: false,
            correlation: false,
            n_obs: None,
            bootstrap: None,
            convention: None,
            indicators: IndicatorOptions::default(),
        }
    }
}

macro_rules! words {
    ($type:ident { $($variant:ident => $word:literal),* $(,)? }) => {
        impl $type {
            /// The word of the option.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
        }
    };
}

/// How factors are extracted (`--extract`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Extract {
    /// Principal components.
    Pca,
    /// Iterated principal axis.
    Paf,
    /// Least squares of the residual correlations (Harman and Jones 1966).
    Minres,
    /// Maximum likelihood (Jöreskog 1967).
    Ml,
}
words!(Extract { Pca => "pca", Paf => "paf", Minres => "minres", Ml => "ml" });

/// How factors are rotated (`--rotate`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Rotate {
    /// Not at all.
    None,
    /// Varimax (Kaiser 1958).
    Varimax,
    /// Quartimax.
    Quartimax,
    /// Promax: oblique, from varimax.
    Promax,
    /// Direct oblimin (Jennrich and Sampson 1966).
    Oblimin,
}
words!(Rotate {
    None => "none", Varimax => "varimax", Quartimax => "quartimax", Promax => "promax", Oblimin => "oblimin",
});

/// On or off (`--kaiser`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}
words!(Switch { On => "on", Off => "off" });

/// Which promax (`--promax-variant`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PromaxVariant {
    /// The target is made of the varimax loadings, as in R.
    #[default]
    R,
    /// The target is made of the loadings divided by the root of their communality.
    Kaiser,
}

/// How scores are computed (`--scores`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ScoreMethod {
    /// Regression (Thurstone).
    Regression,
    /// Bartlett.
    Bartlett,
    /// Scores with the correlations of the factors (ten Berge et al. 1999).
    Tenberge,
    /// No scores.
    None,
}
words!(ScoreMethod { Regression => "regression", Bartlett => "bartlett", Tenberge => "tenberge", None => "none" });

/// Whose variance weights the factors of the composite (`--share`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Share {
    /// That of the rotated factors.
    Rotated,
    /// That of the factors before rotation.
    Unrotated,
}
words!(Share { Rotated => "rotated", Unrotated => "unrotated" });

/// Which correlation (`--cor`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cor {
    /// Of the values.
    #[default]
    Pearson,
    /// Of their average ranks.
    Spearman,
}

/// How many factors (`--factors`).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Count {
    Fixed(usize),
    Kaiser,
    Parallel,
    Share(f64),
}

/// What is done, presets resolved.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plan {
    pub convention: String,
    pub extract: Extract,
    pub bound: Bound,
    pub rotate: Rotate,
    pub kaiser: bool,
    pub scores: ScoreMethod,
    pub share: Share,
    pub count: Count,
    pub parallel: u64,
}

/// Draws of a parallel analysis when it is asked for without a number.
const DRAWS: u64 = 200;

/// Extraction, rotation, Kaiser, scores and share of a preset.
type Preset = (Extract, Rotate, Switch, ScoreMethod, Share);

fn preset(id: &str) -> Preset {
    let usual = (ScoreMethod::Regression, Share::Rotated);
    match id {
        "psych" => (Extract::Minres, Rotate::Oblimin, Switch::Off, usual.0, usual.1),
        "factor_analyzer" => (Extract::Minres, Rotate::Promax, Switch::On, usual.0, usual.1),
        _ => (Extract::Pca, Rotate::Varimax, Switch::On, usual.0, usual.1),
    }
}

impl FactorOptions {
    /// Options with a preset of the convention ledger.
    #[must_use]
    pub fn of_convention(id: &str) -> Self {
        Self { convention: Some(id.to_owned()), ..Self::default() }
    }

    /// Checks what can be checked without data.
    ///
    /// # Errors
    /// An unknown rule or convention, a parameter out of range.
    pub fn validate(&self) -> Result<(), Fault> {
        self.plan().map(|_| ())
    }

    pub(super) fn plan(&self) -> Result<Plan, Fault> {
        let id = match &self.convention {
            Some(asked) => conventions::find("factor", asked)?.id,
            None => "spss",
        };
        let from = preset(id);
        let used = (
            self.extract.unwrap_or(from.0),
            self.rotate.unwrap_or(from.1),
            self.kaiser.unwrap_or(from.2),
            self.scores.unwrap_or(from.3),
            self.share.unwrap_or(from.4),
        );
        let outside = |option: &str, allowed: &str, value: f64| {
            let fault = Fault::option(format!("--{option} is out of range; it must be {allowed}"));
            Err(fault.with_value(value.to_string()))
        };
        if !(self.promax_power >= 1.0 && self.promax_power.is_finite()) {
            return outside("promax-power", "1 or more", self.promax_power);
        }
        if !(self.oblimin_gamma <= 0.8 && self.oblimin_gamma.is_finite()) {
            return outside("oblimin-gamma", "0.8 or less", self.oblimin_gamma);
        }
        let count = count(&self.factors)?;
        let parallel = if self.parallel == 0 && count == Count::Parallel { DRAWS } else { self.parallel };
        Ok(Plan {
            convention: format!("factor/{}", if used == from { id } else { "custom" }),
            extract: used.0,
            bound: if id == "spss" { Bound::Free } else { Bound::Floor },
            rotate: used.1,
            kaiser: used.2 == Switch::On,
            scores: used.3,
            share: used.4,
            count,
            parallel,
        })
    }
}

fn count(word: &str) -> Result<Count, Fault> {
    let word = word.trim();
    let wrong = |message: String| Err(Fault::option(message).with_value(word));
    match word {
        "kaiser" => return Ok(Count::Kaiser),
        "parallel" => return Ok(Count::Parallel),
        _ => {}
    }
    if let Some(share) = word.strip_prefix("share:") {
        return match share.trim().parse::<f64>() {
            Ok(share) if share > 0.0 && share <= 1.0 => Ok(Count::Share(share)),
            _ => wrong("--factors: the share is out of range; it must be above 0 and at most 1".to_owned()),
        };
    }
    match word.parse::<i64>() {
        Ok(k) if k >= 1 => Ok(Count::Fixed(usize::try_from(k).unwrap_or(usize::MAX))),
        Ok(_) => wrong("--factors is out of range; it must be 1 or more".to_owned()),
        Err(_) => {
            let fault = Fault::usage("--factors: unknown rule").with_value(word);
            Err(fault.with_hint("a whole number, kaiser, parallel or share:0.85"))
        }
    }
}
