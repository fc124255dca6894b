//! Inequality of a value over regions (or any units), with its split into groups.

mod groups;
mod indices;
mod report;
#[cfg(test)]
mod tests;

pub use groups::{Decomposition, Group};
pub(crate) use report::ESTIMAND;

use distretto_core::{Context, Fault, FaultKind, Text};
use distretto_numerics::{SimulationError, check_simulations, pairwise, pairwise_by};
use groups::Rows;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Options of [`inequality`] and of the command.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct InequalityOptions {
    /// Column of the value whose inequality is measured, such as income per head; 0 or more.
    pub value: Option<String>,
    /// Column of weights, such as population; without it every row counts the same.
    pub weight: Option<String>,
    /// Column of groups for Theil's index between and within them.
    pub group: Option<String>,
    /// Aversion to inequality of Atkinson's index, 0 or more.
    pub epsilon: f64,
    /// Permutations of the group labels that test Theil's index between groups; 0 for no test.
    pub nsim: u64,
    /// Level that the number of permutations must be able to reach.
    pub level: f64,
}

impl Default for InequalityOptions {
    fn default() -> Self {
        Self { value: None, weight: None, group: None, epsilon: 0.5, nsim: 0, level: 0.95 }
    }
}

impl InequalityOptions {
    /// Checks what can be checked without data.
    ///
    /// # Errors
    /// A negative or non-finite epsilon; too few permutations for the level; permutations without groups.
    pub fn validate(&self) -> Result<(), InequalityError> {
        if !(self.epsilon >= 0.0 && self.epsilon.is_finite()) {
            return Err(InequalityError::Epsilon { epsilon: self.epsilon });
        }
        if self.nsim > 0 {
            check_simulations(self.nsim, self.level)?;
            if self.group.is_none() {
                return Err(InequalityError::NothingToPermute { nsim: self.nsim });
            }
        }
        Ok(())
    }
}

/// Why there is no result.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InequalityError {
    /// The aversion is no number of 0 or more.
    #[error("epsilon is {epsilon}; it must be a number of 0 or more")]
    Epsilon {
        /// As given.
        epsilon: f64,
    },
    /// Permutations of labels that are not there.
    #[error("{nsim} permutations of group labels, but no groups")]
    NothingToPermute {
        /// Permutations asked for.
        nsim: u64,
    },
    /// Too few permutations for the level.
    #[error(transparent)]
    Simulations(#[from] SimulationError),
    /// Columns of different length.
    #[error("{values} values, but {others} {what}")]
    Lengths {
        /// Number of values.
        values: usize,
        /// Number of the others.
        others: usize,
        /// `weights` or `groups`.
        what: &'static str,
    },
    /// A value below 0.
    #[error("negative value {value}; it must be 0 or more")]
    Value {
        /// Its row, from 0.
        row: usize,
        /// The value.
        value: f64,
    },
    /// A weight below 0.
    #[error("negative weight {weight}; it must be 0 or more")]
    Weight {
        /// Its row, from 0.
        row: usize,
        /// The weight.
        weight: f64,
    },
    /// A row without group.
    #[error("the group is missing")]
    Group {
        /// Its row, from 0.
        row: usize,
    },
    /// No row with a value and a positive weight.
    #[error("no row has a value{}", if *weighted { " and a weight above 0" } else { "" })]
    Empty {
        /// Whether there are weights.
        weighted: bool,
    },
    /// All values are 0.
    #[error("all values are 0: their mean is 0, and relative inequality does not exist")]
    ZeroMean,
    /// The user stopped the permutations.
    #[error("stopped")]
    Stopped,
}

impl From<InequalityError> for Fault {
    fn from(error: InequalityError) -> Self {
        let message = error.to_string();
        match error {
            InequalityError::Epsilon { .. } | InequalityError::Simulations(_) => Self::option(message),
            InequalityError::NothingToPermute { .. } => {
                Self::option(message).with_hint("name the column of the groups with `--group`")
            }
            InequalityError::ZeroMean => Self::result(message),
            InequalityError::Stopped => Self::new(FaultKind::Interrupted, message),
            _ => Self::input(message),
        }
    }
}

/// The data of [`inequality`]: one entry a row; NaN is missing.
#[derive(Debug, Clone, Copy)]
pub struct Sample<'a> {
    /// Values y.
    pub values: &'a [f64],
    /// Weights w.
    pub weights: Option<&'a [f64]>,
    /// Groups g.
    pub groups: Option<&'a Text>,
}

/// Indices of inequality.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct InequalityResult {
    /// Rows that entered, in order.
    pub rows: Vec<usize>,
    /// Rows left out for an empty value or weight.
    pub left_out: usize,
    /// Share of each row in the weights, `p`.
    pub p: Vec<f64>,
    /// Value of each row over the weighted mean, `ρ`.
    pub rho: Vec<f64>,
    /// Weighted mean `μ`.
    pub mean: f64,
    /// Theil's T.
    pub theil: f64,
    /// Mean log deviation; NaN when a value is 0.
    pub mld: f64,
    /// Gini coefficient.
    pub gini: f64,
    /// `gini·n/(n−1)`; NaN with weights and for a single row.
    pub gini_norm: f64,
    /// Hoover's index.
    pub hoover: f64,
    /// Coefficient of variation (with populations as weights Williamson's).
    pub cv: f64,
    /// Atkinson's index.
    pub atkinson: f64,
    /// Theil's index between and within groups, where there are groups.
    pub decomposition: Option<Decomposition>,
}

/// Inequality of values with weights.
///
/// # Formula
/// `W = Σw`, `μ = Σwy/W`, `p = w/W`, `ρ = y/μ`. Theil `Σpρ ln ρ`; mean log deviation `−Σp ln ρ`; Gini
/// `ΣΣ p_j p_k|y_j − y_k|/(2μ)`; Hoover `½Σp|ρ − 1|`; coefficient of variation `√Σp(ρ−1)²`; Atkinson
/// `1 − (Σpρ^{1−ε})^{1/(1−ε)}`. With groups Theil = `Σp_gρ_g ln ρ_g` between + `Σp_gρ_gT_g` within.
///
/// # Errors
/// Options out of range; a negative value or weight; a missing group; no row left; all values 0.
///
/// # Complexity
/// O(n log n), and O(n) a permutation.
///
/// # Example
/// ```
/// use distretto_core::Context;
/// use distretto_measure::inequality::{InequalityOptions, Sample, inequality};
/// let sample = Sample { values: &[0.0, 10.0, 10.0, 30.0, 50.0], weights: None, groups: None };
/// let result = inequality(sample, &InequalityOptions::default(), &Context::with_seed(1))?;
/// assert!((result.gini - 0.48).abs() < 1e-15);
/// # Ok::<(), distretto_measure::inequality::InequalityError>(())
/// ```
///
/// # References
/// Theil 1967, "Economics and information theory", ch. 4; Shorrocks 1980, Econometrica 48,
/// <https://doi.org/10.2307/1913126>; Atkinson 1970, J. Econ. Theory 2, <https://doi.org/10.1016/0022-0531(70)90039-6>;
/// Williamson 1965, Econ. Dev. Cult. Change 13, <https://doi.org/10.1086/450136>.
pub fn inequality(
    sample: Sample,
    options: &InequalityOptions,
    context: &Context,
) -> Result<InequalityResult, InequalityError> {
    options.validate()?;
    let (rows, left_out) = usable(sample)?;
    let weight = |row: usize| sample.weights.map_or(1.0, |weights| weights[row]);
    let total = pairwise_by(rows.len(), |k| weight(rows[k]));
    let p: Vec<f64> = rows.iter().map(|&row| weight(row) / total).collect();
    let mean = pairwise_by(rows.len(), |k| p[k] * sample.values[rows[k]]);
    if mean == 0.0 {
        return Err(InequalityError::ZeroMean);
    }
    let rho: Vec<f64> = rows.iter().map(|&row| sample.values[row] / mean).collect();
    let gini = indices::gini(&p, &rho);
    let n = rows.len() as f64;
    let decomposition = match sample.groups {
        Some(groups) => Some(split(groups, &rows, (&p, &rho), (total, mean), options, context)?),
        None => None,
    };
    Ok(InequalityResult {
        left_out,
        mean,
        theil: indices::theil(&p, &rho),
        mld: indices::mean_log_deviation(&p, &rho),
        gini,
        gini_norm: if sample.weights.is_some() || rows.len() == 1 { f64::NAN } else { gini * n / (n - 1.0) },
        hoover: indices::hoover(&p, &rho),
        cv: indices::coefficient_of_variation(&p, &rho),
        atkinson: indices::atkinson(&p, &rho, options.epsilon),
        decomposition,
        rows,
        p,
        rho,
    })
}

/// The rows with a value and a weight above 0, and how many have an empty one. A row of weight 0 is no part of the
/// weighted population.
fn usable(sample: Sample) -> Result<(Vec<usize>, usize), InequalityError> {
    let values = sample.values.len();
    let lengths = [("weights", sample.weights.map(<[f64]>::len)), ("groups", sample.groups.map(Text::len))];
    for (what, others) in lengths {
        if let Some(others) = others.filter(|&others| others != values) {
            return Err(InequalityError::Lengths { values, others, what });
        }
    }
    let (mut rows, mut left_out) = (Vec::with_capacity(values), 0);
    for (row, &value) in sample.values.iter().enumerate() {
        let weight = sample.weights.map_or(1.0, |weights| weights[row]);
        if value < 0.0 {
            return Err(InequalityError::Value { row, value });
        }
        if weight < 0.0 {
            return Err(InequalityError::Weight { row, weight });
        }
        if value.is_nan() || weight.is_nan() {
            left_out += 1;
        } else if weight > 0.0 {
            rows.push(row);
        }
    }
    if rows.is_empty() {
        return Err(InequalityError::Empty { weighted: sample.weights.is_some() });
    }
    Ok((rows, left_out))
}

/// Theil's index by groups, numbered in the order in which they appear among the rows.
fn split(
    groups: &Text,
    rows: &[usize],
    (p, rho): (&[f64], &[f64]),
    (total, mean): (f64, f64),
    options: &InequalityOptions,
    context: &Context,
) -> Result<Decomposition, InequalityError> {
    let mut number = vec![u32::MAX; groups.labels().len()];
    let (mut labels, mut group) = (Vec::new(), Vec::with_capacity(rows.len()));
    for &row in rows {
        let code = groups.code(row).ok_or(InequalityError::Group { row })? as usize;
        if number[code] == u32::MAX {
            number[code] = labels.len() as u32;
            labels.push(groups.labels()[code].clone());
        }
        group.push(number[code]);
    }
    let rows = Rows { p, rho, group: &group, count: labels.len() };
    let mut decomposition = rows.decompose(&labels, total, mean);
    if options.nsim > 0 {
        let p_value = rows.permute(options.nsim, context.seed, context.progress);
        decomposition.p_value = p_value.ok_or(InequalityError::Stopped)?;
    }
    Ok(decomposition)
}

/// Cumulated shares of weights and values, rows in ascending value: the points of the Lorenz curve.
pub(super) fn lorenz(result: &InequalityResult) -> (Vec<usize>, Vec<f64>, Vec<f64>) {
    let mut order: Vec<usize> = (0..result.rho.len()).collect();
    order.sort_by(|&a, &b| result.rho[a].total_cmp(&result.rho[b]));
    let shares: Vec<f64> = order.iter().map(|&k| result.p[k] * result.rho[k]).collect();
    debug_assert!((pairwise(&shares) - 1.0).abs() < 1e-9);
    let mut sums = (0.0, 0.0);
    let points = order.iter().zip(&shares).map(|(&k, share)| {
        sums = (sums.0 + result.p[k], sums.1 + share);
        sums
    });
    let (weights, values) = points.unzip();
    (order, weights, values)
}
