//! `pca`: principal components of indicators, and the composite of those kept.

mod run;

pub(crate) use run::ESTIMAND;

use crate::factor::{FactorError, RankDraws, column_sign, directed, draws_for, draws_of_units, likeness, moments};
use crate::indicators::{IndicatorError, IndicatorOptions, Indicators};
use crate::normalise::is_constant;
use crate::ranks::ranks;
use distretto_core::Context;
use distretto_numerics::{Key, Matrix, symmetric_eigen};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An eigenvalue below this share of the largest is negative, not rounded.
const NEGATIVE: f64 = -1e-8;

/// Options of [`pca`].
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct PcaOptions {
    /// Whether columns are divided by their standard deviation.
    pub scale: Scale,
    /// Components that are kept; default all.
    pub components: Option<u64>,
    /// Draws of units with replacement, which tell how firm the rank by the composite is; the command makes 200
    /// where units times squared indicators are 200,000 or fewer.
    pub bootstrap: Option<u64>,
    /// The indicators; a cost column enters with its sign changed, weights are found.
    #[serde(flatten)]
    pub indicators: IndicatorOptions,
}

/// Of which matrix components are taken (`--scale`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// Of correlations.
    #[default]
    Correlation,
    /// Of covariances.
    Covariance,
}

impl Scale {
    /// The word of the option.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Correlation => "correlation",
            Self::Covariance => "covariance",
        }
    }
}

/// Principal components.
#[derive(Debug, Clone, PartialEq)]
pub struct Components {
    /// All eigenvalues, falling.
    pub eigenvalues: Vec<f64>,
    /// Unit vectors of the components kept: variables by components, each with a sum of 0 or more.
    pub vectors: Matrix,
    /// `V √λ`.
    pub loadings: Matrix,
    /// Scores, one column for each component; NaN in a row with a missing cell.
    pub scores: Vec<Vec<f64>>,
    /// `Σ λ_k s_k / Σ λ_k` over the components kept.
    pub composite: Vec<f64>,
    /// Rank by the composite within each group of rows.
    pub rank: Vec<f64>,
    /// Units; with missing cells the smallest number of complete pairs.
    pub n: usize,
    /// How the rank varies when other units are drawn; none where nobody asked.
    pub draws: Option<RankDraws>,
}

/// Principal components of indicators.
///
/// # Formula
/// `C = V diag(λ) V'` with C the correlations or covariances (divisor n − 1); scores are the centred (standardised)
/// values times V.
///
/// # Errors
/// Fewer than two units, a constant column, more components than columns, a matrix with a negative eigenvalue (possible
/// with missing cells).
///
/// # Complexity
/// O(n p² + p³).
pub fn pca(indicators: &Indicators, scale: Scale, components: Option<usize>) -> Result<Components, FactorError> {
    Ok(components_of(indicators, scale, components)?.0)
}

/// The same with ranks under draws of the units.
///
/// # Errors
/// Those of [`pca`], [`FactorError::Interrupted`].
pub fn pca_with_draws(
    indicators: &Indicators,
    options: &PcaOptions,
    context: &Context<'_>,
) -> Result<Components, FactorError> {
    let components = options.components.map(|k| usize::try_from(k).unwrap_or(usize::MAX));
    let (mut found, x) = components_of(indicators, options.scale, components)?;
    let draws = draws_for(options.bootstrap, found.n, indicators.p()).unwrap_or(0);
    if draws > 0 {
        let names = indicators.names();
        let weights = |sample: Vec<Vec<f64>>| drawn_weights(&names, &sample, options.scale, &found.vectors);
        let key = Key::new(context.seed, "pca/bootstrap");
        found.draws = Some(draws_of_units(&x, &indicators.groups, draws, key, context, weights)?);
    }
    Ok(found)
}

/// Weights of the columns in the composite of a sample, on the scale of the whole table; each vector points where the
/// one of `reference` does that it is most like.
fn drawn_weights(names: &[String], sample: &[Vec<f64>], scale: Scale, reference: &Matrix) -> Option<Vec<f64>> {
    let k = reference.columns();
    let (c, _) = covariances(names, sample, scale).ok()?;
    let eigen = symmetric_eigen(&c).ok()?;
    let total: f64 = eigen.values[..k].iter().map(|value| value.max(0.0)).sum();
    let sign: Vec<f64> = (0..k).map(|j| likeness(eigen.vectors.column(j), reference)).collect();
    let weight = |i: usize| (0..k).map(|j| sign[j] * eigen.vectors[(i, j)] * eigen.values[j].max(0.0) / total).sum();
    let weights = (0..sample.len()).map(|i| {
        let weight: f64 = weight(i);
        if scale == Scale::Correlation { weight / moments(&sample[i]).1 } else { weight }
    });
    let weights: Vec<f64> = weights.collect();
    weights.iter().all(|weight| weight.is_finite()).then_some(weights)
}

/// Components, and the columns of which they are made: in one direction, centred, and scaled where correlations are taken.
fn components_of(
    indicators: &Indicators,
    scale: Scale,
    components: Option<usize>,
) -> Result<(Components, Vec<Vec<f64>>), FactorError> {
    let wrong = |error, group| FactorError::Indicators { error, group };
    indicators.check_units().map_err(|error| wrong(error, 0))?;
    let p = indicators.p();
    if let Some(k) = components.filter(|k| !(1..=p).contains(k)) {
        return Err(FactorError::Range { factors: k, p });
    }
    let mut x = vec![vec![f64::NAN; indicators.n()]; p];
    for (group, rows) in indicators.groups.iter().enumerate() {
        for (j, column) in directed(indicators, rows).map_err(|error| wrong(error, group))?.iter().enumerate() {
            let (mean, sd) = moments(column);
            let unit = if scale == Scale::Correlation { sd } else { 1.0 };
            rows.iter().zip(column).for_each(|(&row, value)| x[j][row] = (value - mean) / unit);
        }
    }
    let (c, n) = covariances(&indicators.names(), &x, scale)?;
    let eigen = symmetric_eigen(&c).map_err(|_| wrong(IndicatorError::Eigen, 0))?;
    let least = eigen.values.last().copied().unwrap_or(0.0);
    if least < NEGATIVE * eigen.values[0].abs() {
        return Err(FactorError::Indefinite { eigenvalue: least });
    }
    let k = components.unwrap_or(p);
    let signs: Vec<f64> = (0..k).map(|j| column_sign(eigen.vectors.column(j))).collect();
    let vectors = Matrix::from_fn(p, k, |i, j| signs[j] * eigen.vectors[(i, j)]);
    let eigenvalues: Vec<f64> = eigen.values.iter().map(|value| value.max(0.0)).collect();
    let loadings = Matrix::from_fn(p, k, |i, j| vectors[(i, j)] * eigenvalues[j].sqrt());
    let scores: Vec<Vec<f64>> = (0..k).map(|j| weighted(&x, vectors.column(j))).collect();
    let total: f64 = eigenvalues[..k].iter().sum();
    let shares: Vec<f64> = eigenvalues[..k].iter().map(|value| value / total).collect();
    let composite = weighted(&scores, &shares);
    let mut rank = vec![f64::NAN; indicators.n()];
    for rows in &indicators.groups {
        let part: Vec<f64> = rows.iter().map(|&row| composite[row]).collect();
        rows.iter().zip(ranks(&part)).for_each(|(&row, value)| rank[row] = value);
    }
    Ok((Components { eigenvalues, vectors, loadings, scores, composite, rank, n, draws: None }, x))
}

/// `Σ_j w_j x_j` of columns.
fn weighted(columns: &[Vec<f64>], weights: &[f64]) -> Vec<f64> {
    let mut sum = vec![0.0; columns.first().map_or(0, Vec::len)];
    for (column, weight) in columns.iter().zip(weights) {
        sum.iter_mut().zip(column).for_each(|(sum, value)| *sum += weight * value);
    }
    sum
}

/// Covariances of centred columns over complete pairs; of standardised ones these are correlations, with 1 on the
/// diagonal.
fn covariances(names: &[String], x: &[Vec<f64>], scale: Scale) -> Result<(Matrix, usize), FactorError> {
    let p = x.len();
    let (mut c, mut least) = (Matrix::zeros(p, p), x.first().map_or(0, Vec::len));
    for i in 0..p {
        for j in 0..=i {
            let pairs = || x[i].iter().zip(&x[j]).filter(|(a, b)| !a.is_nan() && !b.is_nan());
            let (a, b): (Vec<f64>, Vec<f64>) = pairs().map(|(a, b)| (*a, *b)).unzip();
            least = least.min(a.len());
            if a.len() < 2 || is_constant(&a) || is_constant(&b) {
                return Err(FactorError::Pair { a: names[j].clone(), b: names[i].clone(), pairs: a.len() });
            }
            let value = match scale {
                Scale::Correlation if i == j => 1.0,
                Scale::Correlation => crate::factor::pearson(&a, &b),
                Scale::Covariance => {
                    let n = a.len() as f64;
                    let (ma, mb) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
                    a.iter().zip(&b).map(|(a, b)| (a - ma) * (b - mb)).sum::<f64>() / (n - 1.0)
                }
            };
            (c[(i, j)], c[(j, i)]) = (value, value);
        }
    }
    Ok((c, least))
}
