//! BiCGSTAB for (I − A) x = b: no factors, no inverse, only products with A.

use crate::table::FlowError;

/// Residual at which the iteration ends, relative to the largest cell of b.
const TOLERANCE: f64 = 1e-12;
/// Steps after which it is given up.
const STEPS: usize = 10_000;

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn largest(x: &[f64]) -> f64 {
    x.iter().fold(0.0, |most, cell| cell.abs().max(most))
}

/// Solves x − A x = b until no cell of the residual exceeds 1e-12 of the largest cell of b (van der Vorst 1992),
/// preconditioned by the diagonal. A residual that no longer falls is carried on by x ← b + A x.
pub(super) fn bicgstab(times: impl Fn(&[f64]) -> Vec<f64>, diagonal: &[f64], b: &[f64]) -> Result<Vec<f64>, FlowError> {
    let bound = TOLERANCE * largest(b);
    let apply = |x: &[f64]| -> Vec<f64> { x.iter().zip(times(x)).map(|(x, ax)| x - ax).collect() };
    let scale: Vec<f64> =
        diagonal.iter().map(|a| if (1.0 - a).abs() > 1e-300 { 1.0 / (1.0 - a) } else { 1.0 }).collect();
    let precondition = |r: &[f64]| -> Vec<f64> { r.iter().zip(&scale).map(|(r, scale)| r * scale).collect() };
    let residual = |x: &[f64]| -> Vec<f64> { apply(x).iter().zip(b).map(|(ax, b)| b - ax).collect() };
    let mut x = b.to_vec();
    let mut steps = 0;
    // Each round starts from the true residual, so that rounding in the recurrences is forgotten.
    for _ in 0..20 {
        let mut r = residual(&x);
        if largest(&r) <= bound {
            return Ok(x);
        }
        let shadow = r.clone();
        let (mut rho, mut p) = (dot(&shadow, &r), r.clone());
        while steps < STEPS {
            steps += 1;
            let direction = precondition(&p);
            let v = apply(&direction);
            let alpha = rho / dot(&shadow, &v);
            if !alpha.is_finite() {
                break;
            }
            let s: Vec<f64> = r.iter().zip(&v).map(|(r, v)| r - alpha * v).collect();
            let second = precondition(&s);
            let t = apply(&second);
            let square = dot(&t, &t);
            let omega = if square > 0.0 { dot(&t, &s) / square } else { 0.0 };
            for (i, x) in x.iter_mut().enumerate() {
                *x += alpha * direction[i] + omega * second[i];
            }
            r = s.iter().zip(&t).map(|(s, t)| s - omega * t).collect();
            if largest(&r) <= bound {
                break;
            }
            let next = dot(&shadow, &r);
            let beta = next / rho * (alpha / omega);
            if !beta.is_finite() || beta == 0.0 {
                break;
            }
            rho = next;
            p.iter_mut().enumerate().for_each(|(i, p)| *p = r[i] + beta * (*p - omega * v[i]));
        }
        // One plain step smooths what the two halves of a step leave behind.
        x = times(&x).iter().zip(b).map(|(ax, b)| ax + b).collect();
    }
    plain(times, b, x, bound)
}

/// x ← b + A x, which converges for every productive A.
fn plain(times: impl Fn(&[f64]) -> Vec<f64>, b: &[f64], mut x: Vec<f64>, bound: f64) -> Result<Vec<f64>, FlowError> {
    let mut change = f64::INFINITY;
    for _ in 0..STEPS {
        let next: Vec<f64> = times(&x).iter().zip(b).map(|(ax, b)| ax + b).collect();
        // The change of a step is the residual before it.
        change = next.iter().zip(&x).fold(0.0, |most, (next, x)| (next - x).abs().max(most));
        if change <= bound {
            return Ok(x);
        }
        x = next;
    }
    Err(FlowError::NotConverged { steps: STEPS, residual: change / largest(b) })
}
