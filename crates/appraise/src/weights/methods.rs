//! The formulae, from normalised columns to terms that are proportional to weights.

use super::WeightMethod;
use crate::indicators::{Direction, IndicatorError, Indicators};
use crate::normalise::{Normalisation, is_constant, refuse_constant};
use distretto_numerics::{Matrix, symmetric_eigen};

/// Terms whose sum is no larger are all 0 but for rounding.
pub(super) const NOTHING: f64 = 1e-12;

/// Normalised columns over all rows; the error names the group of rows in which it lies.
pub(super) fn columns(
    indicators: &Indicators,
    method: WeightMethod,
    normalisation: &Normalisation,
) -> Result<Vec<Vec<f64>>, (IndicatorError, usize)> {
    let mut z = vec![vec![f64::NAN; indicators.n()]; indicators.p()];
    let spread = matches!(method, WeightMethod::Critic | WeightMethod::Pca);
    for (group, rows) in indicators.groups.iter().enumerate() {
        let mut sheet = indicators.sheet(rows);
        // The tools that take shares of columns for the entropy take them of raw values, costs included.
        if method == WeightMethod::Entropy && normalisation.id() == "sum" {
            sheet.directions.iter_mut().for_each(|direction| *direction = Direction::Benefit);
        }
        let part = normalisation.apply(&sheet).map_err(|error| (error, group))?;
        if spread {
            refuse_constant(&sheet, method.source(), |_| false).map_err(|error| (error, group))?;
        }
        for (column, part) in z.iter_mut().zip(&part) {
            rows.iter().zip(part).for_each(|(&row, &value)| column[row] = value);
        }
    }
    if let Some(j) = z.iter().position(|column| spread && is_constant(column)) {
        let indicator = indicators.indicators[j].name.clone();
        let error = IndicatorError::Constant { indicator, value: z[j][0], what: method.source().to_owned() };
        return Err((error, usize::MAX));
    }
    Ok(z)
}

/// `−ΣP ln P/ln n` of each column.
pub(super) fn entropy(names: &[String], z: &[Vec<f64>]) -> Result<Vec<f64>, IndicatorError> {
    let what = || "entropy".to_owned();
    let mut found = Vec::new();
    for (name, column) in names.iter().zip(z) {
        let indicator = name.clone();
        if let Some(row) = column.iter().position(|&z| z < 0.0) {
            return Err(IndicatorError::Negative { indicator, row, value: column[row], what: what() });
        }
        let total: f64 = column.iter().sum();
        if total <= 0.0 {
            return Err(IndicatorError::Scale { indicator, of: "sum", value: total, what: what() });
        }
        let term = |z: &f64| {
            let p = z / total;
            if p > 0.0 { p * p.ln() } else { 0.0 }
        };
        found.push(-column.iter().map(term).sum::<f64>() / (column.len() as f64).ln());
    }
    Ok(found)
}

fn mean(x: &[f64]) -> f64 {
    x.iter().sum::<f64>() / x.len() as f64
}

/// Standard deviations with divisor n − 1.
pub(super) fn deviations(z: &[Vec<f64>]) -> Vec<f64> {
    let sd = |x: &Vec<f64>| {
        let mean = mean(x);
        (x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (x.len() as f64 - 1.0)).sqrt()
    };
    z.iter().map(sd).collect()
}

/// Correlations of the columns.
pub(super) fn correlations(z: &[Vec<f64>]) -> Matrix {
    let unit = |x: &Vec<f64>| {
        let mean = mean(x);
        let centred: Vec<f64> = x.iter().map(|x| x - mean).collect();
        let length = centred.iter().map(|x| x * x).sum::<f64>().sqrt();
        centred.into_iter().map(|x| x / length).collect::<Vec<f64>>()
    };
    let columns: Vec<Vec<f64>> = z.iter().map(unit).collect();
    let x = Matrix::from_columns(z.first().map_or(0, Vec::len), z.len(), columns.concat());
    x.transpose().times(&x)
}

/// `Σ_k (1 − r_jk)`; a column that does not vary has none.
pub(super) fn conflicts(z: &[Vec<f64>]) -> Vec<f64> {
    let r = correlations(z);
    let conflict = |j: usize| (0..z.len()).filter(|&k| k != j).map(|k| 1.0 - r[(j, k)]).sum::<f64>();
    (0..z.len()).map(|j| conflict(j).max(0.0)).collect()
}

pub(super) fn positive_means(names: &[String], x: &[Vec<f64>]) -> Result<Vec<f64>, IndicatorError> {
    let means: Vec<f64> = x.iter().map(|x| mean(x)).collect();
    match means.iter().position(|&mean| mean <= 0.0) {
        None => Ok(means),
        Some(j) => Err(IndicatorError::Scale {
            indicator: names[j].clone(),
            of: "mean",
            value: means[j],
            what: "the coefficient of variation".to_owned(),
        }),
    }
}

/// `Σ_k share_k |v_jk|` over components with an eigenvalue above 1; the first where none is.
pub(super) fn component_weights(x: &[Vec<f64>]) -> Result<Vec<f64>, IndicatorError> {
    let p = x.len();
    let eigen = symmetric_eigen(&correlations(x)).map_err(|_| IndicatorError::Eigen)?;
    let kept = eigen.values.iter().filter(|value| **value > 1.0 + NOTHING).count().max(1);
    let weight = |j: usize| (0..kept).map(|k| eigen.values[k] / p as f64 * eigen.vectors[(j, k)].abs()).sum();
    Ok((0..p).map(weight).collect())
}
