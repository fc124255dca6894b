//! The formulae, column by column. `x` is a column, `directed` says that 1 is good whatever the direction.

use super::{Kind, ends, is_cost};
use crate::indicators::{Direction, IndicatorError};

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

/// The values of `x` by the extremes, sums and ranks of a column `of`, which may be another sample of the same indicator.
pub(super) fn normalise_by(kind: Kind, direction: Direction, of: &[f64], x: &[f64]) -> Vec<f64> {
    let cost = is_cost(direction);
    let each = |f: &dyn Fn(f64) -> f64| x.iter().map(|&x| f(x)).collect::<Vec<f64>>();
    let (low, high) = ends(of);
    let spread = high - low;
    let directed = |x: f64| if cost { (high - x) / spread } else { (x - low) / spread };
    let turned = |x: f64| if cost { 1.0 / x } else { x };
    match kind {
        Kind::None => x.to_vec(),
        Kind::Minmax => each(&directed),
        Kind::Undirected => each(&|x| (x - low) / spread),
        Kind::Raised(by) => each(&|x| directed(x) + by),
        Kind::Between(a, b) => each(&|x| a + (b - a) * directed(x)),
        Kind::Max => each(&|x| if cost { 1.0 - x / high } else { x / high }),
        Kind::Ratio => each(&|x| if cost { low / x } else { x / high }),
        Kind::Sum => {
            let total: f64 = of.iter().map(|&x| turned(x)).sum();
            each(&|x| turned(x) / total)
        }
        Kind::Inverse => each(&turned),
        Kind::Vector => {
            let norm = norm(of);
            each(&|x| x / norm)
        }
        Kind::VectorInverse => {
            let norm = norm(&of.iter().map(|&x| turned(x)).collect::<Vec<f64>>());
            each(&|x| turned(x) / norm)
        }
        Kind::Zscore | Kind::Zscore0 => {
            let (mean, sd) = moments(of, if kind == Kind::Zscore { 1.0 } else { 0.0 });
            each(&|x| if cost { (mean - x) / sd } else { (x - mean) / sd })
        }
        Kind::Rank => rank_shares(direction, of, x),
    }
}

/// Average rank over the size of the column `of`, 1/n the worst.
pub(crate) fn rank_shares(direction: Direction, of: &[f64], x: &[f64]) -> Vec<f64> {
    let sign = if is_cost(direction) { -1.0 } else { 1.0 };
    let mut sorted: Vec<f64> = of.iter().map(|x| sign * x).collect();
    sorted.sort_by(f64::total_cmp);
    let share = |x: &f64| {
        let below = sorted.partition_point(|y| *y < sign * x);
        let upto = sorted.partition_point(|y| *y <= sign * x);
        (below + upto + 1) as f64 / 2.0 / of.len() as f64
    };
    x.iter().map(share).collect()
}

/// `‖x‖₂`, scaled so that neither large nor small values are lost.
fn norm(x: &[f64]) -> f64 {
    let most = x.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    if most > 0.0 { most * x.iter().map(|x| (x / most).powi(2)).sum::<f64>().sqrt() } else { 0.0 }
}

/// Mean, and the standard deviation that divides by n less a number.
fn moments(x: &[f64], less: f64) -> (f64, f64) {
    let n = x.len() as f64;
    let mean = x.iter().sum::<f64>() / n;
    (mean, (x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - less)).sqrt())
}
