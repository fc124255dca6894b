//! Principal components of the profiles of sectors, rotated by varimax.

use super::shares;
use crate::table::FlowError;
use distretto_core::{Table, Text};
use distretto_numerics::{Matrix, symmetric_eigen};

/// Change of the criterion, relative, at which the rotation ends.
const TOLERANCE: f64 = 1e-12;
/// Most sweeps of the rotation.
const SWEEPS: usize = 1000;

/// Rotated loadings of sectors (rows) on factors.
#[derive(Debug, Clone, PartialEq)]
pub struct Factors {
    /// The loadings.
    pub loadings: Matrix,
}

impl Factors {
    /// The factor of the largest absolute loading of each sector; nothing below the cut.
    #[must_use]
    pub fn largest(&self, cut: f64) -> Vec<Option<usize>> {
        let of = |i: usize| {
            let mut best: Option<(usize, f64)> = None;
            for k in 0..self.loadings.columns() {
                let size = self.loadings[(i, k)].abs();
                if size >= cut && best.is_none_or(|(_, most)| size > most) {
                    best = Some((k, size));
                }
            }
            best.map(|(k, _)| k)
        };
        (0..self.loadings.rows()).map(of).collect()
    }

    /// `sector, factor, loading, member`.
    #[must_use]
    pub fn table(&self, sectors: &[String], primary: f64, related: f64) -> Table {
        let (n, k) = (self.loadings.rows(), self.loadings.columns());
        let cells = || (0..n).flat_map(|i| (0..k).map(move |factor| (i, factor)));
        let member = |at: (usize, usize)| match self.loadings[at].abs() {
            size if size >= primary => Some("primary"),
            size if size >= related => Some("related"),
            _ => None,
        };
        let sector = Text::from_codes(cells().map(|(i, _)| Some(i as u32)).collect(), sectors.to_vec());
        Table::empty()
            .with_text("sector", sector)
            .with_numbers("factor", cells().map(|(_, factor)| (factor + 1) as f64).collect())
            .with_numbers("loading", cells().map(|at| self.loadings[at]).collect())
            .with_text("member", cells().map(member).collect())
    }
}

/// Pearson correlation, 0 where one of the two is constant.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let found = crate::chains::upstreamness::pearson(a, b);
    if found.is_nan() { 0.0 } else { found }
}

/// r_ij: the largest of the four correlations between purchases, sales and the two crosses; 1 on the diagonal.
fn similarity(z: &Matrix) -> Matrix {
    let n = z.rows();
    let (purchases, sales) = shares(z);
    let bought: Vec<Vec<f64>> = (0..n).map(|j| purchases.column(j).to_vec()).collect();
    let sold: Vec<Vec<f64>> = (0..n).map(|i| sales.row(i)).collect();
    let mut r = Matrix::identity(n);
    for i in 0..n {
        for j in 0..i {
            let four = [
                correlation(&bought[i], &bought[j]),
                correlation(&sold[i], &sold[j]),
                correlation(&bought[i], &sold[j]),
                correlation(&sold[i], &bought[j]),
            ];
            let most = four.into_iter().fold(f64::NEG_INFINITY, f64::max);
            (r[(i, j)], r[(j, i)]) = (most, most);
        }
    }
    r
}

/// Factors of the profiles of sectors: principal components with an eigenvalue above 1, or the first so many, rotated
/// by varimax with Kaiser normalisation; the sign of a factor makes its largest loading positive.
///
/// # Errors
/// When the eigenvalues cannot be computed, or more factors are asked for than there are sectors.
///
/// # References
/// Roepke, Adams and Wiseman 1974; Bergman and Feser 1999; Kaiser 1958.
pub fn roepke(z: &Matrix, factors: Option<usize>) -> Result<Factors, FlowError> {
    let n = z.rows();
    let eigen = symmetric_eigen(&similarity(z)).map_err(|_| FlowError::NoRadius)?;
    let count = factors.unwrap_or_else(|| eigen.values.iter().filter(|value| **value > 1.0 + 1e-12).count());
    if count == 0 || count > n {
        let message = format!("{count} factors of {n} sectors cannot be kept");
        return Err(FlowError::Option { option: "factors", message });
    }
    let mut loadings = Matrix::from_fn(n, count, |i, k| eigen.vectors[(i, k)] * eigen.values[k].max(0.0).sqrt());
    varimax(&mut loadings);
    for k in 0..count {
        let column = loadings.column_mut(k);
        let largest = column.iter().fold(0.0, |most: f64, cell| if cell.abs() > most.abs() { *cell } else { most });
        if largest < 0.0 {
            column.iter_mut().for_each(|cell| *cell = -*cell);
        }
    }
    Ok(Factors { loadings })
}

/// Varimax by plane rotations (Kaiser 1958), rows scaled to unit length meanwhile.
fn varimax(loadings: &mut Matrix) {
    let (n, count) = (loadings.rows(), loadings.columns());
    let length: Vec<f64> = (0..n).map(|i| (0..count).map(|k| loadings[(i, k)].powi(2)).sum::<f64>().sqrt()).collect();
    let scale = |i: usize| if length[i] > 0.0 { length[i] } else { 1.0 };
    for k in 0..count {
        loadings.column_mut(k).iter_mut().enumerate().for_each(|(i, cell)| *cell /= scale(i));
    }
    for _ in 0..SWEEPS {
        let mut turned: f64 = 0.0;
        for one in 0..count {
            for other in one + 1..count {
                turned = turned.max(rotate(loadings, one, other).abs());
            }
        }
        if turned < TOLERANCE {
            break;
        }
    }
    for k in 0..count {
        loadings.column_mut(k).iter_mut().enumerate().for_each(|(i, cell)| *cell *= scale(i));
    }
}

/// Turns two factors in their plane so that the variance of their squared loadings is largest; the angle.
fn rotate(loadings: &mut Matrix, one: usize, other: usize) -> f64 {
    let n = loadings.rows() as f64;
    let (mut su, mut sv, mut squares, mut cross) = (0.0, 0.0, 0.0, 0.0);
    for i in 0..loadings.rows() {
        let (x, y) = (loadings[(i, one)], loadings[(i, other)]);
        let (u, v) = (x * x - y * y, 2.0 * x * y);
        (su, sv) = (su + u, sv + v);
        (squares, cross) = (squares + u * u - v * v, cross + u * v);
    }
    let angle = 0.25 * (2.0 * (cross - su * sv / n)).atan2(squares - (su * su - sv * sv) / n);
    let (sin, cos) = angle.sin_cos();
    for i in 0..loadings.rows() {
        let (x, y) = (loadings[(i, one)], loadings[(i, other)]);
        loadings[(i, one)] = x * cos + y * sin;
        loadings[(i, other)] = y * cos - x * sin;
    }
    angle
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotation_finds_the_axes() {
        // Two axes turned by 30 degrees come back.
        let (sin, cos) = std::f64::consts::FRAC_PI_6.sin_cos();
        let axes = [(0.9, 0.0), (0.8, 0.0), (0.0, 0.7), (0.0, 0.9)];
        let mut turned = Matrix::from_fn(4, 2, |i, k| {
            let (x, y) = axes[i];
            if k == 0 { x * cos - y * sin } else { x * sin + y * cos }
        });
        varimax(&mut turned);
        for (i, (x, y)) in axes.into_iter().enumerate() {
            assert!((turned[(i, 0)].abs() - x).abs() < 1e-9 && (turned[(i, 1)].abs() - y).abs() < 1e-9, "{i}");
        }
    }
}
