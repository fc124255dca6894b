//! Coefficients of scores, scores and the composite.

use super::extract::Extraction;
use super::observed::Observed;
use super::options::{Extract, ScoreMethod};
use super::rotate::Rotation;
use distretto_numerics::{Lu, Matrix, symmetric_eigen};

/// A uniqueness below this cannot be divided by.
const NOTHING: f64 = 1e-6;

/// Coefficients of the scores on standardised variables; nothing where they do not exist.
pub(super) fn coefficients(
    observed: &Observed,
    how: Extract,
    extraction: &Extraction,
    rotation: &Rotation,
    scores: ScoreMethod,
) -> Option<Matrix> {
    let (l, phi) = (&rotation.loadings, &rotation.phi);
    if how == Extract::Pca {
        return Some(l.times(&Lu::new(&l.transpose().times(l)).ok()?.inverse()));
    }
    let inverse = observed.inverse.as_ref()?;
    match scores {
        ScoreMethod::Bartlett => {
            if extraction.uniqueness.iter().any(|psi| *psi <= NOTHING) {
                return None;
            }
            let weighted = Matrix::from_fn(l.rows(), l.columns(), |i, j| l[(i, j)] / extraction.uniqueness[i]);
            Some(weighted.times(&Lu::new(&l.transpose().times(&weighted)).ok()?.inverse()))
        }
        ScoreMethod::Tenberge => {
            let root = power(phi, 0.5)?;
            let turned = l.times(&root);
            let middle = power(&turned.transpose().times(&inverse.times(&turned)), -0.5)?;
            Some(inverse.times(&turned).times(&middle).times(&root))
        }
        ScoreMethod::Regression | ScoreMethod::None => Some(inverse.times(l).times(phi)),
    }
}

/// A power of a symmetric positive definite matrix.
fn power(a: &Matrix, exponent: f64) -> Option<Matrix> {
    let n = a.rows();
    let even = Matrix::from_fn(n, n, |i, j| 0.5 * (a[(i, j)] + a[(j, i)]));
    let eigen = symmetric_eigen(&even).ok()?;
    if eigen.values.iter().any(|value| *value <= 0.0) {
        return None;
    }
    let scaled = Matrix::from_fn(n, n, |i, k| eigen.vectors[(i, k)] * eigen.values[k].powf(exponent));
    Some(scaled.times(&eigen.vectors.transpose()))
}

/// `Z W`, one column for each factor; a row with a missing value has no score.
pub(super) fn scores(z: &[Vec<f64>], weights: &Matrix) -> Vec<Vec<f64>> {
    let n = z.first().map_or(0, Vec::len);
    let one = |k: usize| {
        let mut score = vec![0.0; n];
        for (column, weight) in z.iter().zip(weights.column(k)) {
            score.iter_mut().zip(column).for_each(|(sum, value)| *sum += weight * value);
        }
        score
    };
    (0..weights.columns()).map(one).collect()
}

/// `Σ_k c_k f_k`.
pub(super) fn composite(scores: &[Vec<f64>], shares: &[f64]) -> Vec<f64> {
    let n = scores.first().map_or(0, Vec::len);
    (0..n).map(|row| scores.iter().zip(shares).map(|(score, share)| share * score[row]).sum()).collect()
}
