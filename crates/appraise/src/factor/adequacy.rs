//! Whether the correlations are worth a factor analysis.

use super::observed::Observed;
use distretto_numerics::{Matrix, chi_square_upper_tail};

/// Measures of sampling adequacy; NaN where the correlation matrix has no inverse.
#[derive(Debug, Clone, PartialEq)]
pub struct Adequacy {
    /// Kaiser–Meyer–Olkin measure, 0 to 1.
    pub kmo: f64,
    /// The measure of each variable.
    pub msa: Vec<f64>,
    /// Squared multiple correlation of each variable with the others.
    pub smc: Vec<f64>,
    /// Bartlett's test that all correlations are 0.
    pub chi2: f64,
    /// `p (p − 1)/2`.
    pub df: f64,
    /// Upper tail of χ².
    pub p_value: f64,
    /// Determinant of the correlation matrix.
    pub determinant: f64,
    /// Minus the partial correlations, the measure of each variable on the diagonal.
    pub anti_image: Matrix,
}

/// Kaiser 1970, Bartlett 1950.
pub(super) fn adequacy(observed: &Observed) -> Adequacy {
    let p = observed.p();
    let log = observed.log_determinant();
    let none = vec![f64::NAN; p];
    let mut found = Adequacy {
        kmo: f64::NAN,
        msa: none.clone(),
        smc: none,
        chi2: f64::NAN,
        df: (p * p.saturating_sub(1)) as f64 / 2.0,
        p_value: f64::NAN,
        determinant: log.exp(),
        anti_image: Matrix::from_fn(p, p, |_, _| f64::NAN),
    };
    let Some(inverse) = &observed.inverse else { return found };
    let partial = |i: usize, j: usize| -inverse[(i, j)] / (inverse[(i, i)] * inverse[(j, j)]).sqrt();
    let squares = |i: usize| {
        let others = (0..p).filter(move |&j| j != i);
        others.fold((0.0, 0.0), |(r, q), j| (r + observed.r[(i, j)].powi(2), q + partial(i, j).powi(2)))
    };
    let rows: Vec<(f64, f64)> = (0..p).map(squares).collect();
    let total = rows.iter().fold((0.0, 0.0), |sum, row| (sum.0 + row.0, sum.1 + row.1));
    found.kmo = total.0 / (total.0 + total.1);
    found.msa = rows.iter().map(|(r, q)| r / (r + q)).collect();
    found.smc = (0..p).map(|i| 1.0 - 1.0 / inverse[(i, i)]).collect();
    found.chi2 = -(observed.n as f64 - 1.0 - (2.0 * p as f64 + 5.0) / 6.0) * log;
    found.p_value = chi_square_upper_tail(found.chi2, found.df);
    found.anti_image = Matrix::from_fn(p, p, |i, j| if i == j { found.msa[i] } else { -partial(i, j) });
    found
}
