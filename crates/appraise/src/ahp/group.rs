//! Several experts on the same items.

use super::complete::complete;
use super::judgements::Judgements;
use super::priority::{Priority, priorities};
use distretto_numerics::Matrix;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How experts are put together (`--group`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// Weighted geometric mean of the judgements.
    #[default]
    Aij,
    /// Weighted arithmetic mean of the priorities.
    Aip,
    /// Weighted geometric mean of the priorities.
    AipGeometric,
}

impl Group {
    /// The word of the option.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Aij => "aij",
            Self::Aip => "aip",
            Self::AipGeometric => "aip-geometric",
        }
    }
}

/// Experts put together.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupResult {
    /// Complete matrix of each expert.
    pub matrices: Vec<Matrix>,
    /// Priorities of each expert.
    pub priorities: Vec<Vec<f64>>,
    /// Geometric mean of the judgements, of which consistency is told.
    pub matrix: Matrix,
    /// Priorities of the group.
    pub weights: Vec<f64>,
}

/// Puts experts together; open pairs of each are filled before.
///
/// - `experts`: at least one, all with the same items in the same order.
/// - `shares`: weight of each expert, summing to 1.
///
/// # References
/// Forman and Peniwati 1998, <https://doi.org/10.1016/S0377-2217(97)00244-0>.
#[must_use]
pub fn aggregate(experts: &[Judgements], shares: &[f64], group: Group, method: Priority) -> GroupResult {
    let matrices: Vec<Matrix> = experts.iter().map(complete).collect();
    let of_each: Vec<Vec<f64>> = matrices.iter().map(|matrix| priorities(matrix, method)).collect();
    let matrix = match &matrices[..] {
        [one] => one.clone(),
        _ => {
            let n = matrices[0].rows();
            let mean = |i: usize, j: usize| -> f64 {
                matrices.iter().zip(shares).map(|(matrix, share)| share * matrix[(i, j)].ln()).sum::<f64>().exp()
            };
            // The lower half from the upper: reciprocal to the last bit.
            Matrix::from_fn(n, n, |i, j| match i.cmp(&j) {
                std::cmp::Ordering::Less => mean(i, j),
                std::cmp::Ordering::Equal => 1.0,
                std::cmp::Ordering::Greater => 1.0 / mean(j, i),
            })
        }
    };
    let n = matrix.rows();
    let mixed = |f: &dyn Fn(f64) -> f64, back: &dyn Fn(f64) -> f64| -> Vec<f64> {
        let raw: Vec<f64> =
            (0..n).map(|i| back(of_each.iter().zip(shares).map(|(w, share)| share * f(w[i])).sum())).collect();
        let total: f64 = raw.iter().sum();
        raw.into_iter().map(|w| w / total).collect()
    };
    let weights = match group {
        _ if matrices.len() == 1 => of_each[0].clone(),
        Group::Aij => priorities(&matrix, method),
        Group::Aip => mixed(&|w| w, &|w| w),
        Group::AipGeometric => mixed(&f64::ln, &f64::exp),
    };
    GroupResult { matrices, priorities: of_each, matrix, weights }
}
