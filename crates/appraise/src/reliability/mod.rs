//! `reliability`: do the items of a scale measure one thing?

mod run;

#[cfg(test)]
mod tests;

pub(crate) use run::ESTIMAND;

use crate::factor::{moments, one_factor, pearson};
use distretto_numerics::{Lu, Matrix, fisher_quantile, symmetric_eigen};

/// The smallest eigenvalue of a correlation matrix that is inverted.
const SINGULAR: f64 = 1e-10;

/// Reliability of a scale; NaN where a number does not exist.
#[derive(Debug, Clone, PartialEq)]
pub struct Reliability {
    /// Respondents.
    pub n: usize,
    /// Cronbach's α, at most 1.
    pub alpha: f64,
    /// α of the standardised items.
    pub alpha_standardised: f64,
    /// Lower end of Feldt's interval of 95 %.
    pub alpha_low: f64,
    /// Its upper end.
    pub alpha_high: f64,
    /// Guttman's λ₂.
    pub guttman_lambda2: f64,
    /// McDonald's ω of one factor.
    pub omega_total: f64,
    /// Mean correlation of two items.
    pub mean_inter_item: f64,
    /// The items in order.
    pub items: Vec<ItemReliability>,
    /// Items with a communality above 1 in the factor of ω, which then does not exist.
    pub heywood: Vec<usize>,
    /// Whether the factor of ω converged; ω does not exist otherwise.
    pub converged: bool,
}

/// How an item stands to its scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ItemReliability {
    /// Mean.
    pub mean: f64,
    /// Standard deviation.
    pub sd: f64,
    /// Correlation with the sum of all items.
    pub item_total: f64,
    /// Correlation with the sum of the others.
    pub item_rest: f64,
    /// α of the others.
    pub alpha_if_deleted: f64,
    /// Squared multiple correlation with the others.
    pub smc: f64,
}

/// Reliability of a scale of at least two items, one column each, without missing cells.
///
/// # Formula
/// `α = k/(k − 1) · (1 − tr C/ΣC)`, C the covariances of the items; standardised `k r̄/(1 + (k − 1) r̄)`;
/// `λ₂ = (ΣC − tr C + √(k/(k − 1) Σ_{i≠j} c²))/ΣC`; `ω = (Σλ)²/((Σλ)² + Σψ)` from one factor by least squares of the
/// residual correlations; Feldt's interval `1 − (1 − α) F` with `n − 1` and `(n − 1)(k − 1)` degrees of freedom.
///
/// # Panics
/// With fewer than two columns or rows, or columns of different length: the caller checks.
///
/// # References
/// Cronbach 1951, <https://doi.org/10.1007/BF02310555>; Guttman 1945, <https://doi.org/10.1007/BF02288892>; Feldt 1965,
/// <https://doi.org/10.1007/BF02289499>; McDonald 1999.
#[must_use]
pub fn reliability(columns: &[Vec<f64>]) -> Reliability {
    let (k, n) = (columns.len(), columns.first().map_or(0, Vec::len));
    assert!(k >= 2 && n >= 2 && columns.iter().all(|column| column.len() == n), "two items of two respondents");
    let c = covariances(columns);
    let (total, trace) = totals(&c, None);
    let size = k as f64;
    let alpha = cronbach(size, total, trace);
    let squares: f64 =
        (0..k).flat_map(|i| (0..k).map(move |j| (i, j))).filter(|(i, j)| i != j).map(|(i, j)| c[(i, j)].powi(2)).sum();
    let guttman = if total > 0.0 { (total - trace + (size / (size - 1.0) * squares).sqrt()) / total } else { f64::NAN };
    let r = Matrix::from_fn(k, k, |i, j| if i == j { 1.0 } else { c[(i, j)] / (c[(i, i)] * c[(j, j)]).sqrt() });
    let mean_r = (0..k).map(|j| (0..j).map(|i| r[(i, j)]).sum::<f64>()).sum::<f64>() / (size * (size - 1.0) / 2.0);
    let df = (n as f64 - 1.0, (n as f64 - 1.0) * (size - 1.0));
    let smc = multiple(&r);
    let (omega_total, heywood, converged) = omega(&r, &smc);
    Reliability {
        n,
        alpha,
        alpha_standardised: size * mean_r / (1.0 + (size - 1.0) * mean_r),
        alpha_low: 1.0 - (1.0 - alpha) * fisher_quantile(0.975, df.0, df.1),
        alpha_high: 1.0 - (1.0 - alpha) * fisher_quantile(0.025, df.0, df.1),
        guttman_lambda2: guttman,
        omega_total,
        mean_inter_item: mean_r,
        items: (0..k).map(|item| of_item(columns, &c, item, smc[item])).collect(),
        heywood,
        converged,
    }
}

fn cronbach(k: f64, total: f64, trace: f64) -> f64 {
    if total > 0.0 { k / (k - 1.0) * (1.0 - trace / total) } else { f64::NAN }
}

fn covariances(columns: &[Vec<f64>]) -> Matrix {
    let n = columns[0].len();
    let centre = |column: &Vec<f64>| {
        let mean = moments(column).0;
        column.iter().map(|x| x - mean).collect::<Vec<f64>>()
    };
    let x = Matrix::from_columns(n, columns.len(), columns.iter().flat_map(centre).collect());
    let product = x.transpose().times(&x);
    // A sum of squares that is rounding only: the column is constant.
    let tiny = |j: usize| columns[j].iter().map(|x| x * x).sum::<f64>() * 1e-24;
    let varies = |j: usize| product[(j, j)] > tiny(j);
    Matrix::from_fn(columns.len(), columns.len(), |i, j| {
        if varies(i) && varies(j) { product[(i.max(j), i.min(j))] / (n as f64 - 1.0) } else { 0.0 }
    })
}

/// Sum of all cells and of the diagonal, one item left out.
fn totals(c: &Matrix, without: Option<usize>) -> (f64, f64) {
    let kept: Vec<usize> = (0..c.rows()).filter(|i| Some(*i) != without).collect();
    let total: f64 = kept.iter().map(|&i| kept.iter().map(|&j| c[(i, j)]).sum::<f64>()).sum();
    let trace: f64 = kept.iter().map(|&i| c[(i, i)]).sum();
    // A total variance that is rounding only does not exist.
    (if total.abs() <= 1e-14 * trace { 0.0 } else { total }, trace)
}

/// `1 − 1/(R⁻¹)_ii`.
fn multiple(r: &Matrix) -> Vec<f64> {
    let k = r.rows();
    let regular = symmetric_eigen(r).is_ok_and(|eigen| eigen.values.last().is_some_and(|least| *least >= SINGULAR));
    match Lu::new(r) {
        Ok(lu) if regular => {
            let inverse = lu.inverse();
            (0..k).map(|i| 1.0 - 1.0 / inverse[(i, i)]).collect()
        }
        _ => vec![f64::NAN; k],
    }
}

/// ω, the items that leave it without meaning, and whether the factor converged. One factor of two items is not
/// identified, one of a singular matrix does not exist; where an item has a communality above 1, Σψ is no variance.
fn omega(r: &Matrix, smc: &[f64]) -> (f64, Vec<usize>, bool) {
    if r.rows() < 3 || smc.iter().any(|value| value.is_nan()) {
        return (f64::NAN, Vec::new(), true);
    }
    let Some((loadings, heywood)) = one_factor(r, smc) else { return (f64::NAN, Vec::new(), false) };
    let common = loadings.iter().sum::<f64>().powi(2);
    let own: f64 = loadings.iter().map(|l| 1.0 - l * l).sum();
    (if heywood.is_empty() { common / (common + own) } else { f64::NAN }, heywood, true)
}

fn of_item(columns: &[Vec<f64>], c: &Matrix, item: usize, smc: f64) -> ItemReliability {
    let (mean, sd) = moments(&columns[item]);
    let sum = |rest: bool| -> Vec<f64> {
        let kept = || columns.iter().enumerate().filter(|(j, _)| !rest || *j != item);
        (0..columns[item].len()).map(|row| kept().map(|(_, column)| column[row]).sum()).collect()
    };
    let size = columns.len() as f64 - 1.0;
    let (total, trace) = totals(c, Some(item));
    let varies = c[(item, item)] > 0.0;
    let with = |other: &[f64]| {
        let constant = crate::normalise::is_constant(other);
        if varies && !constant { pearson(&columns[item], other) } else { f64::NAN }
    };
    ItemReliability {
        mean,
        sd,
        item_total: with(&sum(false)),
        item_rest: with(&sum(true)),
        alpha_if_deleted: if size >= 2.0 { cronbach(size, total, trace) } else { f64::NAN },
        smc,
    }
}
