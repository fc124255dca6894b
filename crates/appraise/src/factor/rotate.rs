//! Rotations, and the order and signs of factors.

use super::extract::communalities;
use super::options::{PromaxVariant, Rotate};
use distretto_numerics::{Lu, Matrix, least_squares};

/// Angle below which a plane is at rest.
const REST: f64 = 1e-12;
/// Sweeps over all planes.
const SWEEPS: usize = 2_000;
/// Steps of a gradient projection.
const STEPS: usize = 20_000;
/// Norm of the projected gradient at which it ends.
const FLAT: f64 = 1e-10;
/// The same where rounding stops it before.
const ENOUGH: f64 = 1e-8;

/// Rotated loadings.
#[derive(Debug, Clone, PartialEq)]
pub struct Rotation {
    /// Pattern: variables by factors.
    pub loadings: Matrix,
    /// `loadings = unrotated · matrix`.
    pub matrix: Matrix,
    /// Correlations of the factors.
    pub phi: Matrix,
    /// Whether the criterion reached its optimum.
    pub converged: bool,
}

/// How to rotate.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    pub rotate: Rotate,
    pub kaiser: bool,
    pub power: f64,
    pub variant: PromaxVariant,
    pub gamma: f64,
}

pub(super) fn rotate(unrotated: &Matrix, manner: Manner) -> Rotation {
    let k = unrotated.columns();
    let identity = Matrix::identity(k);
    let still =
        || Rotation { loadings: unrotated.clone(), matrix: identity.clone(), phi: identity.clone(), converged: true };
    let found = match manner.rotate {
        _ if k < 2 => still(),
        Rotate::None => still(),
        Rotate::Varimax => orthogonal(unrotated, manner.kaiser, 1.0),
        Rotate::Quartimax => orthogonal(unrotated, manner.kaiser, 0.0),
        Rotate::Promax => promax(unrotated, manner),
        Rotate::Oblimin => oblimin(unrotated, manner),
    };
    ordered(found)
}

/// Rows divided by the root of their communality; a row of zeros stays.
fn normalised(loadings: &Matrix) -> Matrix {
    let lengths: Vec<f64> = communalities(loadings).iter().map(|h| if *h > 0.0 { h.sqrt() } else { 1.0 }).collect();
    Matrix::from_fn(loadings.rows(), loadings.columns(), |i, j| loadings[(i, j)] / lengths[i])
}

fn base(unrotated: &Matrix, kaiser: bool) -> Matrix {
    if kaiser { normalised(unrotated) } else { unrotated.clone() }
}

fn orthogonal(unrotated: &Matrix, kaiser: bool, gamma: f64) -> Rotation {
    let (turn, converged) = orthomax(base(unrotated, kaiser), gamma);
    Rotation { loadings: unrotated.times(&turn), phi: Matrix::identity(turn.rows()), matrix: turn, converged }
}

/// Plane by plane the angle that maximises `Σ_j [Σ_i l⁴ − (γ/p)(Σ_i l²)²]`.
fn orthomax(mut l: Matrix, gamma: f64) -> (Matrix, bool) {
    let k = l.columns();
    let mut turn = Matrix::identity(k);
    for _ in 0..SWEEPS {
        let mut widest = 0.0_f64;
        for a in 0..k {
            for b in a + 1..k {
                let angle = best_angle(l.column(a), l.column(b), gamma);
                widest = widest.max(angle.abs());
                if angle != 0.0 {
                    turn_plane(&mut l, a, b, angle);
                    turn_plane(&mut turn, a, b, angle);
                }
            }
        }
        if widest < REST {
            return (turn, true);
        }
    }
    (turn, false)
}

fn best_angle(x: &[f64], y: &[f64], gamma: f64) -> f64 {
    let (mut a, mut b, mut c, mut d, mut size) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (x, y) in x.iter().zip(y) {
        let (u, v) = (x * x - y * y, 2.0 * x * y);
        a += u;
        b += v;
        c += u * u - v * v;
        d += 2.0 * u * v;
        size += u * u + v * v;
    }
    let p = x.len() as f64;
    let (sine, cosine) = (d - gamma * 2.0 * a * b / p, c - gamma * (a * a - b * b) / p);
    // Where the criterion is flat in this plane every angle is as good: the plane stays.
    if sine.hypot(cosine) <= 1e-13 * size { 0.0 } else { 0.25 * sine.atan2(cosine) }
}

fn turn_plane(l: &mut Matrix, a: usize, b: usize, angle: f64) {
    let (sin, cos) = angle.sin_cos();
    for i in 0..l.rows() {
        let (x, y) = (l[(i, a)], l[(i, b)]);
        l[(i, a)] = x * cos + y * sin;
        l[(i, b)] = y * cos - x * sin;
    }
}

/// A least-squares fit of the varimax loadings to their powers.
fn promax(unrotated: &Matrix, manner: Manner) -> Rotation {
    let start = orthogonal(unrotated, manner.kaiser, 1.0);
    let k = unrotated.columns();
    let x = &start.loadings;
    let aim = match manner.variant {
        PromaxVariant::R => x.clone(),
        PromaxVariant::Kaiser => normalised(x),
    };
    let target = |i: usize, j: usize| aim[(i, j)] * aim[(i, j)].abs().powf(manner.power - 1.0);
    let mut u = Matrix::zeros(k, k);
    for j in 0..k {
        let goal: Vec<f64> = (0..x.rows()).map(|i| target(i, j)).collect();
        match least_squares(x, &goal) {
            Ok(fit) => u.column_mut(j).copy_from_slice(&fit.coefficients),
            Err(_) => return Rotation { converged: false, ..start },
        }
    }
    let Ok(lu) = Lu::new(&u.transpose().times(&u)) else { return Rotation { converged: false, ..start } };
    let lengths = lu.inverse();
    let u = Matrix::from_fn(k, k, |i, j| u[(i, j)] * lengths[(j, j)].sqrt());
    let phi = Matrix::from_fn(k, k, |i, j| lengths[(i, j)] / (lengths[(i, i)] * lengths[(j, j)]).sqrt());
    Rotation { loadings: x.times(&u), matrix: start.matrix.times(&u), phi, converged: start.converged }
}

/// Direct oblimin from the unrotated and from the varimax solution; the lower of the two.
fn oblimin(unrotated: &Matrix, manner: Manner) -> Rotation {
    let a = base(unrotated, manner.kaiser);
    let k = a.columns();
    let starts = [Matrix::identity(k), orthomax(a.clone(), 1.0).0];
    let found = starts.into_iter().filter_map(|start| project(&a, start, manner.gamma));
    let best = found.reduce(|first, second| {
        let better = second.value < first.value - 1e-12 * first.value.abs().max(1.0);
        if (second.converged && !first.converged) || (better && second.converged == first.converged) {
            second
        } else {
            first
        }
    });
    let Some(best) = best else {
        return Rotation { converged: false, ..orthogonal(unrotated, manner.kaiser, 1.0) };
    };
    Rotation {
        loadings: unrotated.times(&best.turn),
        matrix: best.turn,
        phi: best.axes.transpose().times(&best.axes),
        converged: best.converged,
    }
}

struct Oblique {
    value: f64,
    /// Columns of unit length; factor correlations are their products.
    axes: Matrix,
    /// Loadings = A · turn.
    turn: Matrix,
    converged: bool,
}

/// Gradient projection for oblique rotation (Jennrich 2002).
fn project(a: &Matrix, start: Matrix, gamma: f64) -> Option<Oblique> {
    let mut axes = start;
    let mut here = criterion(a, &axes, gamma)?;
    let mut stride = 1.0;
    let mut slope = tangent(&axes, &here.1);
    for _ in 0..STEPS {
        let size = frobenius(&slope);
        if size < FLAT {
            break;
        }
        stride *= 2.0;
        let mut moved = false;
        for _ in 0..40 {
            let next = unit_columns(&axes, &slope, stride);
            if let Some(there) = criterion(a, &next, gamma) {
                let gain = here.0 - there.0;
                let wanted = 0.5 * size * size * stride;
                let turned = tangent(&next, &there.1);
                // Where the gain drowns in rounding, a gradient that shrinks tells.
                let noise = 1e-13 * here.0.abs().max(1e-3);
                if (gain > wanted && gain > noise) || (wanted < noise && gain > -noise && frobenius(&turned) < size) {
                    (axes, here, slope, moved) = (next, there, turned, true);
                    break;
                }
            }
            stride *= 0.5;
        }
        if !moved {
            break;
        }
    }
    let turn = Lu::new(&axes).ok()?.inverse().transpose();
    let converged = frobenius(&slope) < ENOUGH;
    Some(Oblique { value: here.0, axes, turn, converged })
}

/// The criterion at these axes, and its gradient with respect to them.
fn criterion(a: &Matrix, axes: &Matrix, gamma: f64) -> Option<(f64, Matrix)> {
    let (p, k) = (a.rows(), a.columns());
    let inverse = Lu::new(axes).ok()?.inverse();
    let l = a.times(&inverse.transpose());
    let square = |i: usize, j: usize| l[(i, j)] * l[(i, j)];
    let mut others = Matrix::from_fn(p, k, |i, j| (0..k).filter(|&m| m != j).map(|m| square(i, m)).sum());
    if gamma != 0.0 {
        for j in 0..k {
            let mean = gamma / p as f64 * others.column(j).iter().sum::<f64>();
            others.column_mut(j).iter_mut().for_each(|cell| *cell -= mean);
        }
    }
    let value = 0.25 * (0..k).map(|j| (0..p).map(|i| square(i, j) * others[(i, j)]).sum::<f64>()).sum::<f64>();
    let slope = Matrix::from_fn(p, k, |i, j| l[(i, j)] * others[(i, j)]);
    let inner = l.transpose().times(&slope).times(&inverse).transpose();
    let gradient = Matrix::from_fn(k, k, |i, j| -inner[(i, j)]);
    (value.is_finite() && gradient.is_finite()).then_some((value, gradient))
}

/// The gradient within the columns of unit length.
fn tangent(axes: &Matrix, gradient: &Matrix) -> Matrix {
    let k = axes.columns();
    let along: Vec<f64> =
        (0..k).map(|j| axes.column(j).iter().zip(gradient.column(j)).map(|(t, g)| t * g).sum()).collect();
    Matrix::from_fn(k, k, |i, j| gradient[(i, j)] - axes[(i, j)] * along[j])
}

fn unit_columns(axes: &Matrix, slope: &Matrix, stride: f64) -> Matrix {
    let k = axes.columns();
    let mut next = Matrix::from_fn(k, k, |i, j| axes[(i, j)] - stride * slope[(i, j)]);
    for j in 0..k {
        let length = next.column(j).iter().map(|cell| cell * cell).sum::<f64>().sqrt();
        next.column_mut(j).iter_mut().for_each(|cell| *cell /= length);
    }
    next
}

fn frobenius(a: &Matrix) -> f64 {
    (0..a.columns()).map(|j| a.column(j).iter().map(|cell| cell * cell).sum::<f64>()).sum::<f64>().sqrt()
}

/// Variance of each factor: `diag(Φ Λ'Λ)`.
pub(super) fn factor_variances(loadings: &Matrix, phi: &Matrix) -> Vec<f64> {
    let product = phi.times(&loadings.transpose().times(loadings));
    (0..loadings.columns()).map(|j| product[(j, j)]).collect()
}

/// Factors by falling variance, each with a sum of loadings that is not negative.
pub(super) fn ordered(found: Rotation) -> Rotation {
    let variances = factor_variances(&found.loadings, &found.phi);
    let k = variances.len();
    let mut order: Vec<usize> = (0..k).collect();
    order.sort_by(|&a, &b| variances[b].total_cmp(&variances[a]).then(a.cmp(&b)));
    let signs: Vec<f64> = (0..k).map(|j| column_sign(found.loadings.column(j))).collect();
    let columns = |a: &Matrix| Matrix::from_fn(a.rows(), k, |i, j| signs[order[j]] * a[(i, order[j])]);
    let phi = Matrix::from_fn(k, k, |i, j| signs[order[i]] * signs[order[j]] * found.phi[(order[i], order[j])]);
    Rotation { loadings: columns(&found.loadings), matrix: columns(&found.matrix), phi, converged: found.converged }
}

/// 1, or −1 where the sum is negative, or 0 and the largest loading negative.
pub(crate) fn column_sign(column: &[f64]) -> f64 {
    let sum: f64 = column.iter().sum();
    if sum.abs() >= 1e-12 {
        return if sum < 0.0 { -1.0 } else { 1.0 };
    }
    let most = column.iter().fold(0.0_f64, |most, cell| most.max(cell.abs()));
    let largest = column.iter().find(|cell| cell.abs() >= most - 1e-12);
    if largest.is_some_and(|cell| *cell < 0.0) { -1.0 } else { 1.0 }
}
