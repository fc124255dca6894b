//! Extraction: unrotated loadings and communalities.

use super::FactorError;
use super::observed::Observed;
use super::options::Extract;
use super::uniqueness::{Discrepancy, FLOOR};
use distretto_numerics::{Matrix, chi_square_upper_tail, symmetric_eigen};

/// Most rounds of iterated principal axis.
const ROUNDS: usize = 20_000;
/// Rounds times p³ that are spent before Newton's method takes over.
const PATIENCE: f64 = 2e8;
/// Largest change of a communality at which iterated principal axis ends.
const SETTLED: f64 = 1e-10;
/// A communality this near to 1 is a Heywood case.
const HEYWOOD: f64 = 1e-6;

/// Unrotated loadings and how they fit.
#[derive(Debug, Clone, PartialEq)]
pub struct Extraction {
    /// Variables by factors.
    pub loadings: Matrix,
    /// `Σ λ²` of each variable.
    pub communality: Vec<f64>,
    /// What the factors leave of each variable: 1 − communality, or the uniqueness of the likelihood.
    pub uniqueness: Vec<f64>,
    /// χ² of the fit; NaN but for maximum likelihood.
    pub chi2: f64,
    /// Its degrees of freedom.
    pub dof: f64,
    /// Its upper tail; NaN with 0 degrees of freedom.
    pub p_value: f64,
    /// Whether the optimum was reached.
    pub converged: bool,
    /// Variables with a communality of 1 or more, or a uniqueness at its bound.
    pub heywood: Vec<usize>,
}

/// `((p − k)² − (p + k))/2`.
pub(super) fn degrees(p: usize, k: usize) -> f64 {
    let (p, k) = (p as f64, k as f64);
    ((p - k).powi(2) - (p + k)) / 2.0
}

/// Which uniquenesses least squares allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    /// Any, as long as the solution is one: it converges and explains no more than there is.
    Free,
    /// At least the floor, as R psych and factor_analyzer have it.
    Floor,
}

pub(super) fn extract(
    observed: &Observed,
    (how, bound): (Extract, Bound),
    k: usize,
    smc: &[f64],
) -> Result<Extraction, FactorError> {
    let p = observed.p();
    if how != Extract::Pca && observed.inverse.is_none() {
        return Err(FactorError::Singular { n: observed.n, p, extract: how, collinear: observed.collinear() });
    }
    let none = |loadings: Matrix, converged: bool| {
        let communality = communalities(&loadings);
        let uniqueness: Vec<f64> = communality.iter().map(|h| 1.0 - h).collect();
        let heywood = (0..p).filter(|&i| how != Extract::Pca && communality[i] >= 1.0 - HEYWOOD).collect();
        let nan = f64::NAN;
        Extraction { loadings, communality, uniqueness, chi2: nan, dof: nan, p_value: nan, converged, heywood }
    };
    match how {
        Extract::Pca => Ok(none(components(&observed.eigenvalues, &observed.vectors, k), true)),
        Extract::Paf | Extract::Minres => {
            let (loadings, converged) = least_squares(&observed.r, k, smc, bound);
            Ok(none(loadings, converged))
        }
        Extract::Ml => {
            if degrees(p, k) < 0.0 {
                return Err(FactorError::Degrees { p, k, dof: degrees(p, k) });
            }
            likelihood(observed, k).ok_or_else(|| FactorError::Singular {
                n: observed.n,
                p,
                extract: how,
                collinear: observed.collinear(),
            })
        }
    }
}

pub(super) fn communalities(loadings: &Matrix) -> Vec<f64> {
    (0..loadings.rows()).map(|i| loadings.row(i).iter().map(|l| l * l).sum()).collect()
}

/// `V √λ` of the first k.
fn components(values: &[f64], vectors: &Matrix, k: usize) -> Matrix {
    Matrix::from_fn(vectors.rows(), k, |i, j| vectors[(i, j)] * values[j].max(0.0).sqrt())
}

/// Iterated principal axis from the squared multiple correlations; its fixed point is the minimum of the residuals, to
/// which Newton's method goes where the iteration is slow.
fn principal_axis(r: &Matrix, k: usize, smc: &[f64]) -> (Matrix, bool) {
    let p = r.rows();
    let patience = (PATIENCE / (p as f64).powi(3)).clamp(20.0, 2_000.0) as usize;
    let (mut h, done) = rounds(r, k, smc.to_vec(), patience);
    let mut converged = done;
    if !converged {
        let start: Vec<f64> = h.iter().map(|h| 1.0 - h).collect();
        let newton = Discrepancy::LeastSquares.minimise(r, k, &start).filter(|point| point.converged);
        if let Some(point) = newton {
            (h, converged) = (point.x.iter().map(|psi| 1.0 - psi).collect(), true);
        }
    }
    if !converged && h.iter().all(|h| *h <= RUNAWAY) {
        (h, converged) = rounds(r, k, h, ROUNDS.saturating_sub(patience));
    }
    (reduced(r, k, &h).unwrap_or_else(|| Matrix::zeros(p, k)), converged)
}

/// The fixed point of iterated principal axis where that is a solution; else, or where it is asked for, the minimum over
/// uniquenesses of at least the floor: without the bound a Heywood case can have no minimum at all.
fn least_squares(r: &Matrix, k: usize, smc: &[f64], bound: Bound) -> (Matrix, bool) {
    if bound == Bound::Free {
        let (loadings, converged) = principal_axis(r, k, smc);
        if converged && communalities(&loadings).iter().sum::<f64>() <= r.rows() as f64 {
            return (loadings, true);
        }
    }
    let start: Vec<f64> = smc.iter().map(|smc| (1.0 - smc).clamp(2.0 * FLOOR, 1.0)).collect();
    match Discrepancy::BoundedLeastSquares.minimise(r, k, &start) {
        Some(point) => {
            let h: Vec<f64> = point.x.iter().map(|psi| 1.0 - psi).collect();
            (reduced(r, k, &h).unwrap_or_else(|| Matrix::zeros(r.rows(), k)), point.converged)
        }
        None => (Matrix::zeros(r.rows(), k), false),
    }
}

/// A communality beyond this runs away: no round brings it back.
const RUNAWAY: f64 = 4.0;

/// At most so many rounds; whether the communalities settled.
fn rounds(r: &Matrix, k: usize, mut h: Vec<f64>, most: usize) -> (Vec<f64>, bool) {
    for _ in 0..most {
        let Some(loadings) = reduced(r, k, &h) else { return (h, false) };
        let next = communalities(&loadings);
        let moved = next.iter().zip(&h).fold(0.0_f64, |most, (a, b)| most.max((a - b).abs()));
        h = next;
        if moved < SETTLED {
            return (h, true);
        }
        if h.iter().any(|h| *h > RUNAWAY) {
            return (h, false);
        }
    }
    (h, false)
}

/// Loadings of the matrix with communalities on its diagonal.
fn reduced(r: &Matrix, k: usize, h: &[f64]) -> Option<Matrix> {
    let p = h.len();
    let eigen = symmetric_eigen(&Matrix::from_fn(p, p, |i, j| if i == j { h[i] } else { r[(i, j)] })).ok()?;
    Some(components(&eigen.values, &eigen.vectors, k))
}

/// Maximum likelihood from Jöreskog's start and from equal uniquenesses; the better of the two.
fn likelihood(observed: &Observed, k: usize) -> Option<Extraction> {
    let (p, n) = (observed.p(), observed.n as f64);
    let inverse = observed.inverse.as_ref()?;
    let share = 1.0 - 0.5 * k as f64 / p as f64;
    let usual: Vec<f64> = (0..p).map(|i| (share / inverse[(i, i)]).max(FLOOR).ln()).collect();
    let starts = [usual, vec![0.5_f64.ln(); p]];
    let found = starts.iter().filter_map(|start| Discrepancy::Likelihood.minimise(&observed.r, k, start));
    // A later start must be better by more than rounding.
    let best = found.reduce(|a, b| {
        let better = if a.converged == b.converged { b.value < a.value - 1e-10 } else { b.converged };
        if better { b } else { a }
    })?;
    let uniqueness: Vec<f64> = best.x.iter().map(|x| x.exp()).collect();
    let loadings = Matrix::from_fn(p, k, |i, j| {
        uniqueness[i].sqrt() * best.eigen.vectors[(i, j)] * (best.eigen.values[j] - 1.0).max(0.0).sqrt()
    });
    let communality = communalities(&loadings);
    let heywood =
        (0..p).filter(|&i| uniqueness[i] <= FLOOR * (1.0 + 1e-9) || communality[i] >= 1.0 - HEYWOOD).collect();
    let dof = degrees(p, k);
    let chi2 = (n - 1.0 - (2.0 * p as f64 + 5.0) / 6.0 - 2.0 * k as f64 / 3.0) * best.value;
    let p_value = if dof > 0.0 { chi_square_upper_tail(chi2, dof) } else { f64::NAN };
    Some(Extraction { loadings, communality, uniqueness, chi2, dof, p_value, converged: best.converged, heywood })
}

/// One factor by least squares of the residuals, for other methods that need a common factor: the loadings, and the
/// variables with a communality above 1, which leave nothing of their own; nothing where there is no minimum.
pub(crate) fn one_factor(r: &Matrix, smc: &[f64]) -> Option<(Vec<f64>, Vec<usize>)> {
    let (loadings, converged) = principal_axis(r, 1, smc);
    let h = communalities(&loadings);
    let runaway = (0..h.len()).filter(|&i| h[i] > 1.0).collect();
    converged.then(|| (loadings.column(0).to_vec(), runaway))
}
