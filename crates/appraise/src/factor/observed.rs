//! Correlations of the indicators: from a table, with its policies, or from a matrix.

use super::FactorError;
use super::options::Cor;
use crate::indicators::{Direction, IndicatorError, Indicators};
use crate::normalise::is_constant;
use crate::ranks::average_ranks;
use distretto_numerics::{Lu, Matrix, symmetric_eigen};

/// Eigenvalues below this are negative, not rounded.
const NEGATIVE: f64 = -1e-8;
/// What negative eigenvalues become when a matrix is repaired.
const CLIPPED: f64 = 1e-8;
/// The smallest eigenvalue of a matrix that is inverted.
const SINGULAR: f64 = 1e-10;
/// How far a correlation matrix may be from symmetric and from a unit diagonal.
const SYMMETRIC: f64 = 1e-8;

/// What is analysed: correlations, and the standardised values behind them where there are any.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// Names of the variables.
    pub names: Vec<String>,
    /// Correlations.
    pub r: Matrix,
    /// Units; with missing cells the smallest number of complete pairs.
    pub n: usize,
    /// Standardised values, one column for each variable; none where only correlations are known.
    pub z: Option<Vec<Vec<f64>>>,
    /// Rows that are standardised and ranked together.
    pub groups: Vec<Vec<usize>>,
    /// Eigenvalues of `r`, falling.
    pub eigenvalues: Vec<f64>,
    /// Eigenvectors of `r`.
    pub(super) vectors: Matrix,
    /// The inverse of `r` where it exists.
    pub(super) inverse: Option<Matrix>,
    /// Whether eigenvalues had to be repaired.
    pub smoothed: bool,
}

impl Observed {
    /// Correlations of indicators; a cost column enters with its sign changed, a target by its nearness.
    ///
    /// # Errors
    /// Fewer than two units, a constant column, correlations that are none.
    pub fn of_indicators(indicators: &Indicators, cor: Cor, smooth: bool) -> Result<Self, FactorError> {
        let wrong = |error, group| FactorError::Indicators { error, group };
        indicators.check_units().map_err(|error| wrong(error, 0))?;
        let mut z = vec![vec![f64::NAN; indicators.n()]; indicators.p()];
        for (group, rows) in indicators.groups.iter().enumerate() {
            for (j, column) in directed(indicators, rows).map_err(|error| wrong(error, group))?.iter().enumerate() {
                let column = if cor == Cor::Spearman { ranked(column) } else { column.clone() };
                rows.iter().zip(standardised(&column)).for_each(|(&row, value)| z[j][row] = value);
            }
        }
        let names = indicators.names();
        let (r, n) = correlate(&names, &z)?;
        Self::build(names, r, n, Some(z), indicators.groups.clone(), smooth)
    }

    /// A correlation matrix of so many units.
    ///
    /// # Errors
    /// A matrix that is not symmetric with a unit diagonal, or has a negative eigenvalue.
    pub fn of_correlation(names: Vec<String>, r: Matrix, n: usize, smooth: bool) -> Result<Self, FactorError> {
        for i in 0..names.len() {
            for j in 0..=i {
                let expected = if i == j { 1.0 } else { r[(j, i)] };
                if (r[(i, j)] - expected).abs() > SYMMETRIC {
                    let (row, column) = (names[i].clone(), names[j].clone());
                    return Err(FactorError::Symmetric { row, column, value: r[(i, j)], expected });
                }
            }
        }
        let even = Matrix::from_fn(names.len(), names.len(), |i, j| 0.5 * (r[(i, j)] + r[(j, i)]));
        Self::build(names, even, n, None, Vec::new(), smooth)
    }

    /// Correlations of columns as they are, and the standard deviation of each.
    pub(super) fn of_columns(
        names: Vec<String>,
        columns: Vec<Vec<f64>>,
        smooth: bool,
    ) -> Result<(Self, Vec<f64>), FactorError> {
        if let Some(j) = columns.iter().position(|column| is_constant(column)) {
            let (indicator, value, what) = (names[j].clone(), columns[j][0], "its correlation".to_owned());
            return Err(FactorError::Indicators {
                error: IndicatorError::Constant { indicator, value, what },
                group: 0,
            });
        }
        let sds = columns.iter().map(|column| moments(column).1).collect();
        let (r, n) = correlate(&names, &columns)?;
        Ok((Self::build(names, r, n, None, Vec::new(), smooth)?, sds))
    }

    fn build(
        names: Vec<String>,
        mut r: Matrix,
        n: usize,
        z: Option<Vec<Vec<f64>>>,
        groups: Vec<Vec<usize>>,
        smooth: bool,
    ) -> Result<Self, FactorError> {
        let mut eigen =
            symmetric_eigen(&r).map_err(|_| FactorError::Indicators { error: IndicatorError::Eigen, group: 0 })?;
        let least = eigen.values.last().copied().unwrap_or(f64::NAN);
        let smoothed = least < NEGATIVE;
        if smoothed && !smooth {
            return Err(FactorError::Indefinite { eigenvalue: least });
        }
        if smoothed {
            r = repaired(&eigen.values, &eigen.vectors);
            eigen =
                symmetric_eigen(&r).map_err(|_| FactorError::Indicators { error: IndicatorError::Eigen, group: 0 })?;
        }
        let least = eigen.values.last().copied().unwrap_or(f64::NAN);
        let regular = least >= SINGULAR && n > names.len();
        let inverse = if regular { Lu::new(&r).ok().map(|lu| symmetric(&lu.inverse())) } else { None };
        Ok(Self { names, r, n, z, groups, eigenvalues: eigen.values, vectors: eigen.vectors, inverse, smoothed })
    }

    /// The variables that take part in the smallest eigenvalue, those that determine one another where it is 0.
    #[must_use]
    pub fn collinear(&self) -> Vec<String> {
        let last = self.vectors.column(self.p() - 1);
        let most = last.iter().map(|x| x.abs()).fold(0.0, f64::max);
        let part = |i: &usize| last[*i].abs() > 0.1 * most;
        (0..self.p()).filter(part).map(|i| self.names[i].clone()).collect()
    }

    /// Variables.
    #[must_use]
    pub fn p(&self) -> usize {
        self.names.len()
    }

    /// Natural logarithm of the determinant; −∞ where it is 0.
    pub(super) fn log_determinant(&self) -> f64 {
        self.eigenvalues.iter().map(|value| value.max(0.0).ln()).sum()
    }
}

/// The columns of some rows in the direction in which more is better; none is constant.
pub(crate) fn directed(indicators: &Indicators, rows: &[usize]) -> Result<Vec<Vec<f64>>, IndicatorError> {
    let sheet = indicators.sheet(rows);
    let pairs = sheet.columns.into_iter().zip(&sheet.directions).zip(&sheet.names);
    let one = |((column, direction), name): ((Vec<f64>, &Direction), &String)| {
        if is_constant(&column) || column.iter().filter(|x| !x.is_nan()).count() < 2 {
            let value = column.iter().copied().find(|x| !x.is_nan()).unwrap_or(f64::NAN);
            let what = "its correlation".to_owned();
            return Err(IndicatorError::Constant { indicator: name.clone(), value, what });
        }
        let sign = if *direction == Direction::Cost { -1.0 } else { 1.0 };
        Ok(column.into_iter().map(|x| sign * x).collect())
    };
    pairs.map(one).collect()
}

/// Average ranks of the values that are there.
fn ranked(column: &[f64]) -> Vec<f64> {
    let known: Vec<f64> = column.iter().copied().filter(|x| !x.is_nan()).collect();
    let mut ranks = average_ranks(&known).into_iter();
    column.iter().map(|x| if x.is_nan() { f64::NAN } else { ranks.next().unwrap_or(f64::NAN) }).collect()
}

/// Mean and standard deviation (divisor n − 1) of the values that are there.
pub(crate) fn moments(column: &[f64]) -> (f64, f64) {
    let known = || column.iter().copied().filter(|x| !x.is_nan());
    let n = known().count() as f64;
    let mean = known().sum::<f64>() / n;
    if n < 2.0 {
        return (mean, f64::NAN);
    }
    (mean, (known().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt())
}

fn standardised(column: &[f64]) -> Vec<f64> {
    let (mean, sd) = moments(column);
    column.iter().map(|x| (x - mean) / sd).collect()
}

/// Correlations of standardised columns, over complete pairs where cells are missing, and the smallest number of pairs.
fn correlate(names: &[String], z: &[Vec<f64>]) -> Result<(Matrix, usize), FactorError> {
    let (p, n) = (z.len(), z.first().map_or(0, Vec::len));
    if z.iter().flatten().all(|value| !value.is_nan()) {
        return Ok((whole(z, n, p), n));
    }
    let (mut r, mut least) = (Matrix::identity(p), n);
    for i in 0..p {
        least = least.min(z[i].iter().filter(|x| !x.is_nan()).count());
        for j in 0..i {
            let both = || z[i].iter().zip(&z[j]).filter(|(a, b)| !a.is_nan() && !b.is_nan());
            let (a, b): (Vec<f64>, Vec<f64>) = both().map(|(a, b)| (*a, *b)).unzip();
            least = least.min(a.len());
            let value = if a.len() < 2 || is_constant(&a) || is_constant(&b) { f64::NAN } else { pearson(&a, &b) };
            if value.is_nan() {
                return Err(FactorError::Pair { a: names[j].clone(), b: names[i].clone(), pairs: a.len() });
            }
            (r[(i, j)], r[(j, i)]) = (value, value);
        }
    }
    Ok((r, least))
}

fn whole(z: &[Vec<f64>], n: usize, p: usize) -> Matrix {
    let unit = |column: &Vec<f64>| {
        let mean = column.iter().sum::<f64>() / n as f64;
        let length = column.iter().map(|x| (x - mean).powi(2)).sum::<f64>().sqrt();
        column.iter().map(|x| (x - mean) / length).collect::<Vec<f64>>()
    };
    let x = Matrix::from_columns(n, p, z.iter().flat_map(unit).collect());
    let r = x.transpose().times(&x);
    Matrix::from_fn(p, p, |i, j| if i == j { 1.0 } else { 0.5 * (r[(i, j)] + r[(j, i)]) })
}

/// Correlation of two columns.
pub(crate) fn pearson(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len() as f64;
    let (mean_a, mean_b) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    let product =
        |x: &[f64], mx: f64, y: &[f64], my: f64| x.iter().zip(y).map(|(x, y)| (x - mx) * (y - my)).sum::<f64>();
    product(a, mean_a, b, mean_b) / (product(a, mean_a, a, mean_a) * product(b, mean_b, b, mean_b)).sqrt()
}

/// Eigenvalues cut off below, and the diagonal scaled back to 1.
fn repaired(values: &[f64], vectors: &Matrix) -> Matrix {
    let p = values.len();
    let scaled = Matrix::from_fn(p, p, |i, k| vectors[(i, k)] * values[k].max(CLIPPED).sqrt());
    let product = scaled.times(&scaled.transpose());
    Matrix::from_fn(p, p, |i, j| match i == j {
        true => 1.0,
        false => 0.5 * (product[(i, j)] + product[(j, i)]) / (product[(i, i)] * product[(j, j)]).sqrt(),
    })
}

fn symmetric(a: &Matrix) -> Matrix {
    Matrix::from_fn(a.rows(), a.columns(), |i, j| 0.5 * (a[(i, j)] + a[(j, i)]))
}
