//! The formulae, column by column. `x` is a column, `directed` says that 1 is good whatever the direction.

use super::{Kind, ends, is_cost};
use crate::indicators::{Direction, IndicatorError};
use crate::ranks::average_ranks;

/// Why a column has no value under a formula.
pub(super) enum Wrong {
    Negative(usize, f64),
    NotPositive(usize, f64),
    Scale(&'static str, f64),
}

impl Wrong {
    pub(super) fn error(self, indicator: &str, what: &str) -> IndicatorError {
        let (indicator, what) = (indicator.to_owned(), what.to_owned());
        match self {
            Self::Negative(row, value) => IndicatorError::Negative { indicator, row, value, what },
            Self::NotPositive(row, value) => IndicatorError::Positive { indicator, row, value, what },
            Self::Scale(of, value) => IndicatorError::Scale { indicator, of, value, what },
        }
    }
}

/// The sign that a formula needs.
pub(super) fn check(kind: Kind, direction: Direction, x: &[f64]) -> Result<(), Wrong> {
    let cost = is_cost(direction);
    let positive = match kind {
        Kind::Ratio => true,
        Kind::Sum | Kind::Inverse | Kind::VectorInverse => cost,
        _ => false,
    };
    if let Some(row) = x.iter().position(|&x| positive && x <= 0.0) {
        return Err(Wrong::NotPositive(row, x[row]));
    }
    if matches!(kind, Kind::Max | Kind::Sum | Kind::Inverse)
        && let Some(row) = x.iter().position(|&x| x < 0.0)
    {
        return Err(Wrong::Negative(row, x[row]));
    }
    let (of, scale) = match kind {
        Kind::Max => ("maximum", ends(x).1),
        Kind::Sum => ("sum", x.iter().sum()),
        Kind::Vector | Kind::VectorInverse => ("norm", norm(x)),
        _ => return Ok(()),
    };
    if scale > 0.0 { Ok(()) } else { Err(Wrong::Scale(of, scale)) }
}

/// Nearness to a target under an id that leaves it as it is.
pub(super) fn settled(kind: Kind, x: &[f64]) -> Vec<f64> {
    match kind {
        Kind::Raised(by) => x.iter().map(|x| x + by).collect(),
        Kind::Between(low, high) => x.iter().map(|x| low + (high - low) * x).collect(),
        _ => x.to_vec(),
    }
}

pub(super) fn normalise(kind: Kind, direction: Direction, x: &[f64]) -> Vec<f64> {
    let cost = is_cost(direction);
    let each = |f: &dyn Fn(f64) -> f64| x.iter().map(|&x| f(x)).collect::<Vec<f64>>();
    let (low, high) = ends(x);
    let spread = high - low;
    let directed = |x: f64| if cost { (high - x) / spread } else { (x - low) / spread };
    match kind {
        Kind::None => x.to_vec(),
        Kind::Minmax => each(&directed),
        Kind::Undirected => each(&|x| (x - low) / spread),
        Kind::Raised(by) => each(&|x| directed(x) + by),
        Kind::Between(a, b) => each(&|x| a + (b - a) * directed(x)),
        Kind::Max => each(&|x| if cost { 1.0 - x / high } else { x / high }),
        Kind::Ratio => each(&|x| if cost { low / x } else { x / high }),
        Kind::Sum => {
            let y: Vec<f64> = each(&|x| if cost { 1.0 / x } else { x });
            let total: f64 = y.iter().sum();
            y.into_iter().map(|y| y / total).collect()
        }
        Kind::Inverse => each(&|x| if cost { 1.0 / x } else { x }),
        Kind::Vector => {
            let norm = norm(x);
            each(&|x| x / norm)
        }
        Kind::VectorInverse => {
            let y: Vec<f64> = each(&|x| if cost { 1.0 / x } else { x });
            let norm = norm(&y);
            y.into_iter().map(|y| y / norm).collect()
        }
        Kind::Zscore => zscore(x, cost, 1.0),
        Kind::Zscore0 => zscore(x, cost, 0.0),
        Kind::Rank => {
            let n = x.len() as f64;
            let ranks = average_ranks(&if cost { each(&|x| -x) } else { x.to_vec() });
            ranks.into_iter().map(|rank| rank / n).collect()
        }
    }
}

/// `‖x‖₂`, scaled so that neither large nor small values are lost.
fn norm(x: &[f64]) -> f64 {
    let most = x.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    if most > 0.0 { most * x.iter().map(|x| (x / most).powi(2)).sum::<f64>().sqrt() } else { 0.0 }
}

fn zscore(x: &[f64], cost: bool, less: f64) -> Vec<f64> {
    let n = x.len() as f64;
    let mean = x.iter().sum::<f64>() / n;
    let sd = (x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - less)).sqrt();
    x.iter().map(|x| if cost { (mean - x) / sd } else { (x - mean) / sd }).collect()
}
