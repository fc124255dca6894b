//! Linear least squares.

use super::matrix::Matrix;
use faer::linalg::solvers::SolveLstsqCore;

/// The solution of `min ‖A x − b‖₂`.
#[derive(Debug, Clone, PartialEq)]
pub struct LeastSquares {
    /// Coefficients `x`.
    pub coefficients: Vec<f64>,
    /// Residuals `b − A x`.
    pub residuals: Vec<f64>,
    /// `(AᵀA)⁻¹`, of which the variances of the coefficients are made.
    pub unscaled_covariance: Matrix,
}

/// Least squares by QR with column pivoting; nothing where a column is, to 1e-10 of the largest pivot, a combination
/// of others: then its place is the error.
///
/// # Errors
/// The column that the others determine.
///
/// # Panics
/// When there are fewer rows than columns, or `b` is not as long as there are rows.
pub fn least_squares(a: &Matrix, b: &[f64]) -> Result<LeastSquares, usize> {
    let (n, p) = (a.rows(), a.columns());
    assert!(n >= p && b.len() == n, "least squares of {a:?} on {} values", b.len());
    // Columns of unit length, so that the pivots do not depend on the units of the variables.
    let lengths: Vec<f64> = (0..p).map(|j| a.column(j).iter().map(|cell| cell * cell).sum::<f64>().sqrt()).collect();
    if let Some(j) = lengths.iter().position(|&length| !length.is_normal()) {
        return Err(j);
    }
    let scaled = Matrix::from_fn(n, p, |i, j| a[(i, j)] / lengths[j]);
    let qr = scaled.view().col_piv_qr();
    let r = qr.R();
    if let Some(k) = (0..p).find(|&k| r[(k, k)].abs() <= 1e-10 * r[(0, 0)].abs()) {
        return Err(qr.P().arrays().0[k]);
    }
    let mut x = Matrix::from_columns(n, 1, b.to_vec());
    qr.solve_lstsq_in_place_with_conj(faer::Conj::No, x.view_mut());
    let coefficients: Vec<f64> = (0..p).map(|j| x[(j, 0)] / lengths[j]).collect();
    let fitted = a.times_vector(&coefficients);
    let residuals = b.iter().zip(&fitted).map(|(b, fitted)| b - fitted).collect();
    Ok(LeastSquares { coefficients, residuals, unscaled_covariance: covariance(&scaled, &lengths) })
}

/// `(AᵀA)⁻¹` from the columns of unit length.
fn covariance(scaled: &Matrix, lengths: &[f64]) -> Matrix {
    let p = lengths.len();
    let gram = scaled.transpose().times(scaled);
    match super::lu::Lu::new(&gram) {
        Ok(lu) => {
            let inverse = lu.inverse();
            Matrix::from_fn(p, p, |i, j| inverse[(i, j)] / (lengths[i] * lengths[j]))
        }
        Err(_) => Matrix::from_fn(p, p, |_, _| f64::NAN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_by_hand() {
        // y = 1, 3, 4, 6 on x = 0, 1, 2, 3: slope 1.6, intercept 1.1.
        let a = Matrix::from_fn(4, 2, |i, j| if j == 0 { 1.0 } else { i as f64 });
        let fit = least_squares(&a, &[1.0, 3.0, 4.0, 6.0]).unwrap();
        assert!((fit.coefficients[0] - 1.1).abs() < 1e-14 && (fit.coefficients[1] - 1.6).abs() < 1e-14);
        assert!(fit.residuals.iter().sum::<f64>().abs() < 1e-14);
        assert!((fit.unscaled_covariance[(1, 1)] - 0.2).abs() < 1e-14);
    }

    #[test]
    fn a_collinear_column_is_named() {
        let a = Matrix::from_fn(5, 3, |i, j| match j {
            0 => 1.0,
            1 => i as f64,
            _ => 3.0 - 2.0 * i as f64,
        });
        assert!(least_squares(&a, &[1.0; 5]).is_err());
    }
}
