//! `coupling`: how far do several systems develop together, and which of them lags?

mod long;
mod run;

#[cfg(test)]
mod tests;

pub(crate) use run::ESTIMAND;

use crate::ranks::tied;

/// Names of the ten grades, the lowest first (Liao Chongbin 1999).
pub const GRADES: [&str; 10] = [
    "extreme imbalance",
    "severe imbalance",
    "moderate imbalance",
    "mild imbalance",
    "verge of imbalance",
    "barely coordinated",
    "primary coordination",
    "intermediate coordination",
    "good coordination",
    "quality coordination",
];

/// The formula of the coupling degree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Coupling {
    /// `k (ΠU)^{1/k}/ΣU`.
    #[default]
    Standard,
    /// The corrected form of Wang Shujia et al. 2021, as the secondary literature tells it.
    Wang2021,
    /// `√(U₁U₂)/(U₁ + U₂)`, two systems, at most ½; seen in print.
    Old2,
}

/// Coupling of one unit; NaN where a number does not exist.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coupled {
    /// Coupling degree C.
    pub c: f64,
    /// Joint development T.
    pub t: f64,
    /// Coordination degree D.
    pub d: f64,
    /// Grade 1 to 10.
    pub grade: f64,
    /// Place of the smallest system; none when all are equal.
    pub lagging: Option<usize>,
}

/// Coupling and coordination of the systems of one unit.
///
/// # Formula
/// `C` by the convention, `T = Σ α U`, `D = √(C T)`, grade `⌊10 D⌋ + 1`, at most 10.
///
/// - `u`: at least two indices, each 0 to 1 (two exactly for [`Coupling::Old2`]).
/// - `weights`: one for each, summing to 1.
///
/// All U = 0: C and D do not exist.
///
/// ```
/// use distretto_appraise::coupling::{Coupling, couple};
/// let found = couple(&[0.4, 0.9], &[0.5, 0.5], Coupling::Standard);
/// assert!((found.c - 2.0 * 0.36f64.sqrt() / 1.3).abs() < 1e-15); // 1.2/1.3
/// assert_eq!(found.lagging, Some(0));
/// ```
#[must_use]
pub fn couple(u: &[f64], weights: &[f64], formula: Coupling) -> Coupled {
    let k = u.len() as f64;
    let sum: f64 = u.iter().sum();
    let most = u.iter().copied().fold(0.0, f64::max);
    let t: f64 = u.iter().zip(weights).map(|(u, w)| u * w).sum();
    let c = match formula {
        _ if most <= 0.0 => f64::NAN,
        Coupling::Standard => (k * u.iter().map(|u| u.powf(1.0 / k)).product::<f64>() / sum).min(1.0),
        Coupling::Old2 => (u[0] * u[1]).sqrt() / sum,
        Coupling::Wang2021 => {
            let pairs = (0..u.len()).flat_map(|i| (i + 1..u.len()).map(move |j| (i, j)));
            let apart: f64 = pairs.map(|(i, j)| (u[i] - u[j]).abs()).sum();
            let near = 1.0 - apart / (k * (k - 1.0) / 2.0);
            let level = u.iter().map(|u| (u / most).powf(1.0 / (k - 1.0))).product::<f64>();
            (near * level).max(0.0).sqrt()
        }
    };
    let d = (c * t).sqrt();
    let grade = if d.is_nan() { f64::NAN } else { ((10.0 * d + 1e-9).floor() + 1.0).min(10.0) };
    let least = (0..u.len()).fold(0, |least, i| if u[i] < u[least] && !tied(u[i], u[least]) { i } else { least });
    let lagging = (!u.iter().all(|value| tied(*value, most))).then_some(least);
    Coupled { c, t, d, grade, lagging }
}
