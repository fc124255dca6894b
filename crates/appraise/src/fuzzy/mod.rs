//! `fuzzy`: which grade does a cluster belong to, and how clearly? (fuzzy comprehensive evaluation)

mod run;

#[cfg(test)]
mod tests;

pub(crate) use run::ESTIMAND;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How weights and memberships are put together (`--operator`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Operator {
    /// Largest of the smaller of weight and membership.
    MinMax,
    /// Largest product.
    ProductMax,
    /// Sum of the products.
    #[default]
    WeightedMean,
    /// Sum of the smaller of weight and membership, at most 1.
    BoundedSum,
    /// Sum of the smaller of weight and share of the grade's column.
    Balanced,
}

impl Operator {
    /// The word of the option.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::MinMax => "min-max",
            Self::ProductMax => "product-max",
            Self::WeightedMean => "weighted-mean",
            Self::BoundedSum => "bounded-sum",
            Self::Balanced => "balanced",
        }
    }
}

/// Membership of each grade; NaN when all are 0, which can happen where rows do not sum to 1.
///
/// # Formula
/// `b_k = ∘_j (w_j, r_jk)` by the operator, then `b/Σb`.
///
/// - `rows`: one row of memberships for each indicator, all of one length.
/// - `weights`: one for each row, summing to 1.
///
/// ```
/// use distretto_appraise::fuzzy::{Operator, evaluate};
/// let rows = [vec![0.2, 0.8], vec![0.6, 0.4]];
/// assert_eq!(evaluate(&rows, &[0.5, 0.5], Operator::WeightedMean), [0.4, 0.6000000000000001]);
/// ```
#[must_use]
pub fn evaluate(rows: &[Vec<f64>], weights: &[f64], operator: Operator) -> Vec<f64> {
    let grades = rows.first().map_or(0, Vec::len);
    let pairs = |k: usize| rows.iter().zip(weights).map(move |(row, &w)| (w, row[k]));
    let one = |k: usize| match operator {
        Operator::MinMax => pairs(k).map(|(w, r)| w.min(r)).fold(0.0, f64::max),
        Operator::ProductMax => pairs(k).map(|(w, r)| w * r).fold(0.0, f64::max),
        Operator::WeightedMean => pairs(k).map(|(w, r)| w * r).sum(),
        Operator::BoundedSum => pairs(k).map(|(w, r)| w.min(r)).sum::<f64>().min(1.0),
        Operator::Balanced => {
            let total: f64 = pairs(k).map(|(_, r)| r).sum();
            if total > 0.0 { pairs(k).map(|(w, r)| w.min(r / total)).sum() } else { 0.0 }
        }
    };
    let b: Vec<f64> = (0..grades).map(one).collect();
    // A membership below that does not exist makes the sum above not exist; `fold` with max would hide it.
    let total = if rows.iter().flatten().any(|r| r.is_nan()) { f64::NAN } else { b.iter().sum() };
    b.into_iter().map(|b| if total > 0.0 { b / total } else { f64::NAN }).collect()
}

/// `(n β − 1)/(2 γ (n − 1))`, β the largest and γ the second largest of n memberships; NaN when γ is 0.
///
/// As the secondary literature has it.
#[must_use]
pub fn effectiveness(membership: &[f64]) -> f64 {
    let n = membership.len() as f64;
    let mut sorted = membership.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    match sorted[..] {
        [largest, second, ..] if second > 0.0 => (n * largest - 1.0) / (2.0 * second * (n - 1.0)),
        _ => f64::NAN,
    }
}
