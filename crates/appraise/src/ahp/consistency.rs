//! How consistent judgements are, which of them is worst, and which smallest change would mend them.

use super::priority::{Priority, principal, priorities};
use distretto_core::Fault;
use distretto_numerics::Matrix;
use rayon::prelude::*;
use std::str::FromStr;

/// Mean consistency index of random matrices of 3 to 15 items (Saaty 1980).
const SAATY: [f64; 13] = [0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59];
/// Distances and ratios closer than this are equal.
const EQUAL: f64 = 1e-12;

/// The random index by which a consistency index is divided (`--ri`).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RandomIndex {
    /// The table of Saaty 1980, up to 15 items.
    Saaty,
    /// `(1.7699 n − 4.3513)/(n − 1)` (Alonso and Lamata 2006).
    AlonsoLamata,
    /// A number.
    Given(f64),
}

impl RandomIndex {
    /// The index for n items; NaN beyond the table, 0 for two items and fewer.
    #[must_use]
    pub fn of(self, n: usize) -> f64 {
        match self {
            Self::Given(index) => index,
            _ if n <= 2 => 0.0,
            Self::Saaty => SAATY.get(n - 3).copied().unwrap_or(f64::NAN),
            Self::AlonsoLamata => (1.7699 * n as f64 - 4.3513) / (n as f64 - 1.0),
        }
    }

    /// The id of the convention.
    #[must_use]
    pub fn id(self) -> String {
        match self {
            Self::Saaty => "saaty".to_owned(),
            Self::AlonsoLamata => "alonso-lamata".to_owned(),
            Self::Given(index) => index.to_string(),
        }
    }
}

impl FromStr for RandomIndex {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        match (text.trim(), text.trim().parse::<f64>()) {
            ("saaty", _) => Ok(Self::Saaty),
            ("alonso-lamata", _) => Ok(Self::AlonsoLamata),
            (_, Ok(index)) if index > 0.0 && index.is_finite() => Ok(Self::Given(index)),
            (_, Ok(_)) => Err(Fault::option("--ri is out of range; it must be a number above 0").with_value(text)),
            _ => Err(Fault::usage("unknown --ri").with_value(text).with_hint("saaty, alonso-lamata or a number")),
        }
    }
}

/// Consistency of a matrix.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Consistency {
    /// Largest eigenvalue.
    pub lambda_max: f64,
    /// `(λ − n)/(n − 1)`.
    pub ci: f64,
    /// Random index.
    pub ri: f64,
    /// `CI/RI`; NaN where there is no random index.
    pub cr: f64,
}

/// Consistency index and ratio of a complete reciprocal matrix; 0 for two items and fewer.
#[must_use]
pub fn consistency(matrix: &Matrix, index: RandomIndex) -> Consistency {
    let n = matrix.rows();
    let lambda_max = principal(matrix).1;
    let ri = index.of(n);
    if n <= 2 {
        return Consistency { lambda_max, ci: 0.0, ri, cr: 0.0 };
    }
    let ci = (lambda_max - n as f64) / (n as f64 - 1.0);
    Consistency { lambda_max, ci, ri, cr: ci / ri }
}

/// Geometric consistency index `2/((n − 1)(n − 2)) Σ_{i<j} ln²(a_ij g_j/g_i)` (Aguarón and Moreno-Jiménez 2003).
#[must_use]
pub fn geometric_consistency(matrix: &Matrix) -> f64 {
    let n = matrix.rows();
    if n <= 2 {
        return 0.0;
    }
    let g = priorities(matrix, Priority::Geometric);
    let sum: f64 = pairs(n).map(|(i, j)| (matrix[(i, j)] * g[j] / g[i]).ln().powi(2)).sum();
    2.0 * sum / ((n as f64 - 1.0) * (n as f64 - 2.0))
}

/// The judgement farthest from the priorities, `|ln(a_ij w_j/w_i)|`, the first on ties; none when all agree.
#[must_use]
pub fn worst(matrix: &Matrix, weights: &[f64]) -> Option<(usize, usize)> {
    let mut found = None;
    let mut most = EQUAL;
    for (i, j) in pairs(matrix.rows()) {
        let off = (matrix[(i, j)] * weights[j] / weights[i]).ln().abs();
        if off > most + if found.is_some() { EQUAL } else { 0.0 } {
            (most, found) = (off, Some((i, j)));
        }
    }
    found
}

/// Triads in which a is preferred to b, b to c, and c to a.
#[must_use]
pub fn triads(matrix: &Matrix) -> Vec<[usize; 3]> {
    let n = matrix.rows();
    let mut found = Vec::new();
    for (i, j) in pairs(n) {
        for k in j + 1..n {
            let turn = [matrix[(i, j)], matrix[(j, k)], matrix[(k, i)]];
            if turn.iter().all(|a| *a > 1.0) || turn.iter().all(|a| *a < 1.0) {
                found.push([i, j, k]);
            }
        }
    }
    found
}

/// A change of one judgement that is suggested.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Repair {
    /// Row and column of the judgement.
    pub cell: (usize, usize),
    /// Its value.
    pub value: f64,
    /// The value on the scale of 1/9 to 9 that is suggested.
    pub suggested: f64,
    /// Consistency ratio before.
    pub before: f64,
    /// Consistency ratio after.
    pub after: f64,
}

/// The smallest change of one judgement that brings the ratio to the threshold; where no single change does, the
/// change that lowers it most, and again, at most n times.
///
/// # Complexity
/// O(n² · 17) eigenvalues for each step, in parallel over judgements.
#[must_use]
pub fn repairs(matrix: &Matrix, index: RandomIndex, threshold: f64) -> Vec<Repair> {
    let n = matrix.rows();
    let mut matrix = matrix.clone();
    let mut found = Vec::new();
    let mut before = consistency(&matrix, index).cr;
    for _ in 0..n {
        if before.is_nan() || before <= threshold + EQUAL {
            break;
        }
        let cells: Vec<(usize, usize)> = pairs(n).collect();
        let tried: Vec<Repair> = cells
            .into_par_iter()
            .flat_map_iter(|cell| scale().map(move |suggested| (cell, suggested)))
            .map(|(cell, suggested)| {
                let value = matrix[cell];
                let after = consistency(&changed(&matrix, cell, suggested), index).cr;
                Repair { cell, value, suggested, before, after }
            })
            .collect();
        let distance = |one: &Repair| (one.suggested / one.value).ln().abs();
        let enough = best(tried.iter().filter(|one| one.after <= threshold + EQUAL), |one| [distance(one), one.after]);
        let step =
            enough.or_else(|| best(tried.iter(), |one| [one.after, 0.0])).filter(|one| one.after < before - EQUAL);
        let Some(step) = step else { break };
        matrix = changed(&matrix, step.cell, step.suggested);
        before = step.after;
        found.push(step);
    }
    found
}

/// The first with the smallest first key, then the smallest second key, keys within 1e-12 being equal.
fn best<'a>(tried: impl Iterator<Item = &'a Repair>, key: impl Fn(&Repair) -> [f64; 2]) -> Option<Repair> {
    let less = |a: [f64; 2], b: [f64; 2]| a[0] < b[0] - EQUAL || ((a[0] - b[0]).abs() <= EQUAL && a[1] < b[1] - EQUAL);
    tried.fold(None, |best: Option<Repair>, one| match best {
        Some(best) if !less(key(one), key(&best)) => Some(best),
        _ => Some(*one),
    })
}

/// 1/9, 1/8 … 1/2, 1, 2 … 9.
fn scale() -> impl Iterator<Item = f64> {
    let halves = (2..=9).rev().map(|v| 1.0 / f64::from(v));
    halves.chain((1..=9).map(f64::from))
}

/// The matrix with one judgement changed, and its opposite with it.
pub(super) fn changed(matrix: &Matrix, (i, j): (usize, usize), value: f64) -> Matrix {
    let mut other = matrix.clone();
    other[(i, j)] = value;
    other[(j, i)] = 1.0 / value;
    other
}

/// `i < j`, row by row.
pub(super) fn pairs(n: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..n).flat_map(move |i| (i + 1..n).map(move |j| (i, j)))
}
