//! Uniquenesses that minimise a discrepancy: least squares of the residuals, or the likelihood.
//!
//! | symbol | here |
//! |---|---|
//! | ψ | uniquenesses; the likelihood works on x = ln ψ |
//! | θ, ω | eigenvalues and vectors of R − Ψ, or of Ψ^(−½) R Ψ^(−½) |
//! | k | factors kept |

use distretto_numerics::{Matrix, SymmetricEigen, symmetric_eigen};

/// Least uniqueness that the likelihood allows (as in R's factanal).
pub(super) const FLOOR: f64 = 0.005;
/// Norm of the gradient at which the search ends.
const FLAT: f64 = 1e-11;
/// Norm that counts as converged where rounding stops the search before.
const ENOUGH: f64 = 1e-8;
/// Newton steps before the search gives up.
const STEPS: usize = 300;

/// What is minimised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Discrepancy {
    /// `½ Σ_{j>k} θ_j²`: squared residuals, the diagonal included, which is 0 at the optimum.
    LeastSquares,
    /// The same over uniquenesses of at least the floor.
    BoundedLeastSquares,
    /// `Σ_{j>k} (θ_j − ln θ_j − 1)`.
    Likelihood,
}

/// A point of the search.
#[derive(Debug, Clone)]
pub(super) struct Point {
    /// ψ, or ln ψ.
    pub x: Vec<f64>,
    /// The discrepancy.
    pub value: f64,
    /// Its gradient.
    gradient: Vec<f64>,
    /// Of R − Ψ, or of Ψ^(−½) R Ψ^(−½).
    pub eigen: SymmetricEigen,
    /// Whether the gradient vanishes.
    pub converged: bool,
}

impl Discrepancy {
    /// The point x; nothing where the eigenvalues cannot be computed.
    pub(super) fn at(self, r: &Matrix, k: usize, x: &[f64]) -> Option<Point> {
        let p = x.len();
        let reduced = match self {
            Self::LeastSquares | Self::BoundedLeastSquares => {
                Matrix::from_fn(p, p, |i, j| r[(i, j)] - if i == j { x[i] } else { 0.0 })
            }
            Self::Likelihood => Matrix::from_fn(p, p, |i, j| r[(i, j)] * (-0.5 * (x[i] + x[j])).exp()),
        };
        let eigen = symmetric_eigen(&reduced).ok()?;
        let kept = self.kept(&eigen, k);
        let rest = &eigen.values[kept..];
        let value = match self {
            Self::LeastSquares | Self::BoundedLeastSquares => 0.5 * rest.iter().map(|t| t * t).sum::<f64>(),
            Self::Likelihood if rest.iter().any(|t| *t <= 0.0) => return None,
            Self::Likelihood => rest.iter().map(|t| t - t.ln() - 1.0).sum(),
        };
        let slope = |t: f64| if self == Self::Likelihood { 1.0 - t } else { -t };
        let cell =
            |i: usize| rest.iter().enumerate().map(|(j, &t)| slope(t) * eigen.vectors[(i, kept + j)].powi(2)).sum();
        let gradient = (0..p).map(cell).collect();
        Some(Point { x: x.to_vec(), value, gradient, eigen, converged: false })
    }

    /// A factor whose eigenvalue is not positive explains nothing.
    fn kept(self, eigen: &SymmetricEigen, k: usize) -> usize {
        match self {
            Self::LeastSquares | Self::BoundedLeastSquares => eigen.values.iter().take(k).filter(|t| **t > 0.0).count(),
            Self::Likelihood => k,
        }
    }

    fn floor(self) -> f64 {
        match self {
            Self::Likelihood => FLOOR.ln(),
            Self::BoundedLeastSquares => FLOOR,
            Self::LeastSquares => f64::NEG_INFINITY,
        }
    }

    /// Longest step in one coordinate.
    fn stride(self) -> f64 {
        if self == Self::Likelihood { 1.5 } else { 0.3 }
    }

    /// Second derivatives, by perturbation of the eigenvectors.
    fn hessian(self, point: &Point, k: usize) -> Matrix {
        let p = point.x.len();
        let (values, vectors) = (&point.eigen.values, &point.eigen.vectors);
        let kept = self.kept(&point.eigen, k);
        let weighted = |weight: &dyn Fn(f64) -> f64| {
            let part = Matrix::from_fn(p, p - kept, |i, j| vectors[(i, kept + j)]);
            let scaled = Matrix::from_fn(p, p - kept, |i, j| vectors[(i, kept + j)] * weight(values[kept + j]));
            scaled.times(&part.transpose())
        };
        let plain = weighted(&|_| 1.0);
        let other = if self == Self::Likelihood { weighted(&|t| t) } else { plain.clone() };
        let mut hessian = Matrix::from_fn(p, p, |i, l| plain[(i, l)] * other[(i, l)]);
        for m in 0..kept {
            let top = values[m];
            let gap = |t: f64| (top - t).max(1e-12 * top.abs().max(1.0));
            let mixed = match self {
                Self::LeastSquares | Self::BoundedLeastSquares => weighted(&|t| -2.0 * t / gap(t)),
                Self::Likelihood => weighted(&|t| (1.0 - t) * (top + t) / gap(t)),
            };
            for l in 0..p {
                for i in 0..p {
                    hessian[(i, l)] += vectors[(i, m)] * vectors[(l, m)] * mixed[(i, l)];
                }
            }
        }
        hessian
    }

    /// Newton's method with the absolute values of the curvatures, projected on the floor.
    pub(super) fn minimise(self, r: &Matrix, k: usize, start: &[f64]) -> Option<Point> {
        let floor = self.floor();
        let mut point = self.at(r, k, start)?;
        for _ in 0..STEPS {
            let free = free(&point, floor);
            let norm = norm(&point.gradient, &free);
            if norm < FLAT {
                point.converged = true;
                return Some(point);
            }
            let step = self.step(&point, k, &free);
            match self.search(r, k, &point, &step, norm) {
                Some(next) => point = next,
                None => {
                    point.converged = norm < ENOUGH;
                    return Some(point);
                }
            }
        }
        point.converged = norm(&point.gradient, &free(&point, floor)) < ENOUGH;
        Some(point)
    }

    fn step(self, point: &Point, k: usize, free: &[usize]) -> Vec<f64> {
        let hessian = self.hessian(point, k);
        let part =
            Matrix::from_fn(free.len(), free.len(), |i, l| hessian[(free[i].max(free[l]), free[i].min(free[l]))]);
        let mut step = vec![0.0; point.x.len()];
        let gradient: Vec<f64> = free.iter().map(|&i| point.gradient[i]).collect();
        match symmetric_eigen(&part) {
            Ok(eigen) => {
                let steepest = eigen.values.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
                let along = eigen.vectors.transpose_times_vector(&gradient);
                let scaled: Vec<f64> =
                    along.iter().zip(&eigen.values).map(|(a, value)| -a / value.abs().max(1e-9 * steepest)).collect();
                free.iter().zip(eigen.vectors.times_vector(&scaled)).for_each(|(&i, value)| step[i] = value);
            }
            Err(_) => free.iter().for_each(|&i| step[i] = -point.gradient[i]),
        }
        let longest = step.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
        if longest > self.stride() {
            step.iter_mut().for_each(|value| *value *= self.stride() / longest);
        }
        step
    }

    /// Halves the step until the discrepancy falls, or, within rounding, the gradient does.
    fn search(self, r: &Matrix, k: usize, point: &Point, step: &[f64], size: f64) -> Option<Point> {
        let floor = self.floor();
        let mut share = 1.0;
        for _ in 0..40 {
            let x: Vec<f64> = point.x.iter().zip(step).map(|(x, d)| (x + share * d).max(floor)).collect();
            if let Some(next) = self.at(r, k, &x) {
                let moved: f64 = x.iter().zip(&point.x).zip(&point.gradient).map(|((a, b), g)| (a - b) * g).sum();
                let noise = 1e-14 * point.value.abs().max(1e-2);
                let falls = next.value < point.value + 1e-4 * moved.min(0.0) && next.value < point.value - noise;
                let flattens =
                    next.value <= point.value + noise && norm(&next.gradient, &free(&next, floor)) < 0.9 * size;
                if falls || flattens {
                    return Some(next);
                }
            }
            share *= 0.5;
        }
        None
    }
}

/// Coordinates that are not held at the floor.
fn free(point: &Point, floor: f64) -> Vec<usize> {
    (0..point.x.len()).filter(|&i| point.x[i] > floor || point.gradient[i] < 0.0).collect()
}

fn norm(gradient: &[f64], free: &[usize]) -> f64 {
    free.iter().map(|&i| gradient[i] * gradient[i]).sum::<f64>().sqrt()
}
