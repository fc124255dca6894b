//! Several experts on the same items.

use super::complete::complete;
use super::consistency::{changed, pairs};
use super::judgements::Judgements;
use super::priority::{Priority, priorities};
use distretto_numerics::Matrix;
use rayon::prelude::*;
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
    let matrix = mean_matrix(&matrices, shares);
    let weights = match group {
        _ if matrices.len() == 1 => of_each[0].clone(),
        Group::Aij => priorities(&matrix, method),
        Group::Aip | Group::AipGeometric => mixed(&of_each, shares, group),
    };
    GroupResult { matrices, priorities: of_each, matrix, weights }
}

/// Weighted geometric means of the judgements.
fn mean_matrix(matrices: &[Matrix], shares: &[f64]) -> Matrix {
    if let [one] = matrices {
        return one.clone();
    }
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

/// Weighted means of the priorities, arithmetic or geometric, scaled to sum to 1.
fn mixed(of_each: &[Vec<f64>], shares: &[f64], group: Group) -> Vec<f64> {
    let mean = |f: fn(f64) -> f64, back: fn(f64) -> f64| -> Vec<f64> {
        let item = |i: usize| back(of_each.iter().zip(shares).map(|(w, share)| share * f(w[i])).sum());
        let raw: Vec<f64> = (0..of_each[0].len()).map(item).collect();
        let total: f64 = raw.iter().sum();
        raw.into_iter().map(|w| w / total).collect()
    };
    if group == Group::AipGeometric { mean(f64::ln, f64::exp) } else { mean(|w| w, |w| w) }
}

/// The weights without each expert in turn, the others' shares scaled to sum to 1; none with one expert, or where an
/// expert has all the weight.
pub(super) fn without_experts(
    experts: &[Judgements],
    shares: &[f64],
    group: Group,
    method: Priority,
) -> Vec<Option<Vec<f64>>> {
    let without = |left_out: usize| {
        let rest = |k: &usize| *k != left_out;
        let others: Vec<Judgements> = (0..experts.len()).filter(rest).map(|k| experts[k].clone()).collect();
        let total: f64 = (0..experts.len()).filter(rest).map(|k| shares[k]).sum();
        let shares: Vec<f64> = (0..experts.len()).filter(rest).map(|k| shares[k] / total).collect();
        (!others.is_empty() && total > 0.0).then(|| aggregate(&others, &shares, group, method).weights)
    };
    (0..experts.len()).into_par_iter().map(without).collect()
}

/// The weights when one judgement of one expert stands a step higher or lower on the scale of 1/9 to 9.
pub(super) fn neighbours(
    experts: &[Judgements],
    found: &GroupResult,
    shares: &[f64],
    group: Group,
    method: Priority,
) -> Vec<Vec<f64>> {
    let cells = |k: usize| pairs(found.matrix.rows()).map(move |cell| (k, cell));
    let changes = (0..experts.len()).flat_map(cells).filter_map(|(k, cell)| {
        let judged = experts[k].cell(cell.0, cell.1)?;
        Some([-1.0, 1.0].map(|steps| step(judged, steps).map(|value| (k, cell, value / judged))))
    });
    let changes: Vec<(usize, (usize, usize), f64)> = changes.flatten().flatten().collect();
    let one = |&(k, cell, factor): &(usize, (usize, usize), f64)| {
        let times = |matrix: &Matrix, factor: f64| priorities(&changed(matrix, cell, matrix[cell] * factor), method);
        if experts.len() == 1 {
            times(&found.matrix, factor)
        } else if group == Group::Aij {
            times(&found.matrix, factor.powf(shares[k]))
        } else {
            let mut of_each = found.priorities.clone();
            of_each[k] = times(&found.matrices[k], factor);
            mixed(&of_each, shares, group)
        }
    };
    changes.par_iter().map(one).collect()
}

/// A judgement so many steps up the scale 1/9, 1/8 … 1/2, 1, 2 … 9; none beyond its ends.
fn step(judgement: f64, steps: f64) -> Option<f64> {
    let place = if judgement >= 1.0 { judgement - 1.0 } else { 1.0 - 1.0 / judgement } + steps;
    let value = if place >= 0.0 { 1.0 + place } else { 1.0 / (1.0 - place) };
    (place.abs() <= 8.0 + 1e-9).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_go_through_one() {
        assert_eq!(step(1.0, -1.0), Some(0.5));
        assert_eq!(step(0.5, 1.0), Some(1.0));
        assert_eq!(step(3.0, 1.0), Some(4.0));
        assert_eq!(step(9.0, 1.0), None);
        assert!((step(1.0 / 3.0, -1.0).unwrap() - 0.25).abs() < 1e-15);
    }

    #[test]
    fn two_items_move_by_hand() {
        // 1 against 1: a step gives 2 : 1, a third against two thirds.
        let items = vec!["a".to_owned(), "b".to_owned()];
        let experts = [Judgements::new(items, &[1.0; 4]).unwrap()];
        let found = aggregate(&experts, &[1.0], Group::Aij, Priority::Eigen);
        let moved = neighbours(&experts, &found, &[1.0], Group::Aij, Priority::Eigen);
        assert_eq!(moved.len(), 2);
        assert!((moved[0][0] - 1.0 / 3.0).abs() < 1e-12 && (moved[1][0] - 2.0 / 3.0).abs() < 1e-12);
    }
}
