//! One-dimensional equations and minima on a bracket, without derivatives.
//!
//! # References
//! Brent 1973, "Algorithms for minimization without derivatives", chapters 4 (zero) and 5 (minimum).

use thiserror::Error;

/// (3 − √5)/2, the golden section (Brent 1973, section 5.3).
const GOLDEN: f64 = 0.381_966_011_250_105_1;

/// When a search stops.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct SearchOptions {
    /// Absolute tolerance on the argument, on top of a relative one of a few roundings (of √ε for a
    /// minimum, which no method can beat in f64). Default 0.
    pub tolerance: f64,
    /// Evaluations after which the search gives up. Default 200.
    pub max_iterations: usize,
}

impl Default for SearchOptions {
    fn default() -> Self {
        Self { tolerance: 0.0, max_iterations: 200 }
    }
}

impl SearchOptions {
    /// The defaults with another absolute tolerance on the argument.
    #[must_use]
    pub fn with_tolerance(tolerance: f64) -> Self {
        Self { tolerance, ..Self::default() }
    }
}

/// A solution of f(x) = 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Root {
    /// Where f changes its sign.
    pub x: f64,
    /// f(x), 0 at an exact root.
    pub residual: f64,
    /// Steps taken.
    pub iterations: usize,
}

/// A local minimum of f in the bracket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Minimum {
    /// Where it lies.
    pub x: f64,
    /// f(x).
    pub value: f64,
    /// Steps taken.
    pub iterations: usize,
}

/// Why a one-dimensional search has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[non_exhaustive]
pub enum RootError {
    /// The ends are not two ordered finite numbers.
    #[error("the bracket [{low}, {high}] is not an interval; give low < high, both finite")]
    InvalidBracket {
        /// Lower end as given.
        low: f64,
        /// Upper end as given.
        high: f64,
    },
    /// f has one sign at both ends.
    #[error("f({low}) = {f_low} and f({high}) = {f_high} have the same sign; widen the bracket until they differ")]
    NoSignChange {
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
        /// f at the lower end.
        f_low: f64,
        /// f at the upper end.
        f_high: f64,
    },
    /// f is NaN inside the bracket.
    #[error("the function has no value at {x}; keep the bracket inside its domain")]
    NotANumber {
        /// Where.
        x: f64,
    },
    /// The tolerance was not reached.
    #[error(
        "no convergence after {iterations} steps: the last point is {x} with value {value}; allow more steps or a larger tolerance"
    )]
    NotConverged {
        /// Best point so far.
        x: f64,
        /// f there.
        value: f64,
        /// Steps taken.
        iterations: usize,
    },
}

fn checked(f: &mut impl FnMut(f64) -> f64, x: f64) -> Result<f64, RootError> {
    let value = f(x);
    if value.is_nan() { Err(RootError::NotANumber { x }) } else { Ok(value) }
}

fn check_bracket(low: f64, high: f64) -> Result<(), RootError> {
    if low < high && low.is_finite() && high.is_finite() {
        Ok(())
    } else {
        Err(RootError::InvalidBracket { low, high })
    }
}

/// Root of `f` in \[low, high\] by Brent's method; f must have different signs (or a zero) at the ends.
///
/// # Errors
/// [`RootError::InvalidBracket`], [`RootError::NoSignChange`], [`RootError::NotANumber`], or
/// [`RootError::NotConverged`] with the best point.
///
/// ```
/// use distretto_numerics::{SearchOptions, find_root};
/// let root = find_root(|x| x * x - 2.0, 0.0, 2.0, SearchOptions::default())?;
/// assert!((root.x - 2f64.sqrt()).abs() < 1e-14);
/// # Ok::<(), distretto_numerics::RootError>(())
/// ```
pub fn find_root(
    mut f: impl FnMut(f64) -> f64,
    low: f64,
    high: f64,
    options: SearchOptions,
) -> Result<Root, RootError> {
    check_bracket(low, high)?;
    let (mut a, mut b) = (low, high);
    let (mut fa, mut fb) = (checked(&mut f, a)?, checked(&mut f, b)?);
    if fa != 0.0 && fb != 0.0 && (fa > 0.0) == (fb > 0.0) {
        return Err(RootError::NoSignChange { low, high, f_low: fa, f_high: fb });
    }
    // b is the best point, [b, c] the bracket, a the point before (Brent 1973, section 4.2).
    let (mut c, mut fc) = (a, fa);
    let mut step = b - a;
    let mut previous = step;
    for iterations in 0..options.max_iterations {
        if (fb > 0.0) == (fc > 0.0) {
            (c, fc) = (a, fa);
            step = b - a;
            previous = step;
        }
        if fc.abs() < fb.abs() {
            (a, b, c) = (b, c, b);
            (fa, fb, fc) = (fb, fc, fb);
        }
        let tolerance = 2.0 * f64::EPSILON * b.abs() + 0.5 * options.tolerance;
        let half = 0.5 * (c - b);
        if fb == 0.0 || half.abs() <= tolerance {
            return Ok(Root { x: b, residual: fb, iterations });
        }
        let proposed = interpolate([a, b, c], [fa, fb, fc]);
        let accepted = previous.abs() >= tolerance
            && fa.abs() > fb.abs()
            && proposed.is_finite()
            && proposed * half > 0.0
            && proposed.abs() < 0.75 * (c - b).abs() - 0.5 * tolerance
            && proposed.abs() < 0.5 * previous.abs();
        (previous, step) = if accepted { (step, proposed) } else { (half, half) };
        (a, fa) = (b, fb);
        b += if step.abs() > tolerance { step } else { tolerance.copysign(half) };
        fb = checked(&mut f, b)?;
    }
    Err(RootError::NotConverged { x: b, value: fb, iterations: options.max_iterations })
}

/// Step from b by inverse quadratic interpolation, or the secant when only two points are known.
fn interpolate([a, b, c]: [f64; 3], [fa, fb, fc]: [f64; 3]) -> f64 {
    let s = fb / fa;
    if a == c {
        return -s * (c - b) / (1.0 - s);
    }
    let (q, r) = (fa / fc, fb / fc);
    let p = s * ((c - b) * q * (q - r) - (b - a) * (r - 1.0));
    -p / ((q - 1.0) * (r - 1.0) * (s - 1.0))
}

/// Local minimum of `f` in \[low, high\] by Brent's combination of golden section and parabolas; the
/// global one if f has a single valley. The argument is good to about √ε relative.
///
/// # Errors
/// [`RootError::InvalidBracket`], [`RootError::NotANumber`], or [`RootError::NotConverged`] with the
/// best point.
pub fn minimise(
    mut f: impl FnMut(f64) -> f64,
    low: f64,
    high: f64,
    options: SearchOptions,
) -> Result<Minimum, RootError> {
    check_bracket(low, high)?;
    let (mut a, mut b) = (low, high);
    let mut x = a + GOLDEN * (b - a);
    let mut fx = checked(&mut f, x)?;
    // w and v: the second and third best points; `previous`: the step before the last.
    let (mut w, mut v, mut fw, mut fv) = (x, x, fx, fx);
    let (mut step, mut previous) = (0.0_f64, 0.0_f64);
    for iterations in 0..options.max_iterations {
        let middle = 0.5 * (a + b);
        let tolerance = f64::EPSILON.sqrt() * x.abs() + options.tolerance / 3.0 + f64::MIN_POSITIVE;
        if (x - middle).abs() <= 2.0 * tolerance - 0.5 * (b - a) {
            return Ok(Minimum { x, value: fx, iterations });
        }
        let proposed = parabola([x, w, v], [fx, fw, fv]);
        let inside = x + proposed > a && x + proposed < b;
        if previous.abs() > tolerance && inside && proposed.abs() < 0.5 * previous.abs() {
            previous = step;
            let u = x + proposed;
            let near_end = u - a < 2.0 * tolerance || b - u < 2.0 * tolerance;
            step = if near_end { tolerance.copysign(middle - x) } else { proposed };
        } else {
            previous = if x < middle { b - x } else { a - x };
            step = GOLDEN * previous;
        }
        let u = x + if step.abs() >= tolerance { step } else { tolerance.copysign(step) };
        let fu = checked(&mut f, u)?;
        if fu <= fx {
            if u < x {
                b = x
            } else {
                a = x
            }
            (v, fv, w, fw, x, fx) = (w, fw, x, fx, u, fu);
        } else {
            if u < x {
                a = u
            } else {
                b = u
            }
            if fu <= fw || w == x {
                (v, fv, w, fw) = (w, fw, u, fu);
            } else if fu <= fv || v == x || v == w {
                (v, fv) = (u, fu);
            }
        }
    }
    Err(RootError::NotConverged { x, value: fx, iterations: options.max_iterations })
}

/// Step from x to the vertex of the parabola through three points; not finite if they are on a line.
fn parabola([x, w, v]: [f64; 3], [fx, fw, fv]: [f64; 3]) -> f64 {
    let r = (x - w) * (fx - fv);
    let q = (x - v) * (fx - fw);
    ((x - v) * q - (x - w) * r) / (-2.0 * (q - r))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn exact() -> SearchOptions {
        SearchOptions::default()
    }

    #[test]
    fn classical_equations() {
        let root = find_root(|x| x.cos() - x, 0.0, 1.0, exact()).unwrap();
        // Dottie number, OEIS A003957.
        assert!((root.x - 0.739_085_133_215_160_6).abs() < 1e-15);
        assert!(root.iterations < 12, "{}", root.iterations);
        // Triple root: bisection has to step in.
        let flat = find_root(|x: f64| (x - 1.0).powi(3), -4.0, 5.5, exact()).unwrap();
        assert!((flat.x - 1.0).abs() < 1e-5);
    }

    #[test]
    fn a_zero_at_an_end_is_a_root() {
        assert_eq!(find_root(|x| x, 0.0, 1.0, exact()).unwrap().x, 0.0);
        assert_eq!(find_root(|x| x - 1.0, 0.0, 1.0, exact()).unwrap().x, 1.0);
    }

    #[test]
    fn what_cannot_be_solved_says_why() {
        assert!(matches!(
            find_root(|x| x * x + 1.0, -1.0, 1.0, exact()),
            Err(RootError::NoSignChange { f_low: 2.0, .. })
        ));
        assert!(matches!(find_root(|x| x, 1.0, 0.0, exact()), Err(RootError::InvalidBracket { .. })));
        assert!(matches!(find_root(f64::sqrt, -1.0, 1.0, exact()), Err(RootError::NotANumber { x: -1.0 })));
        let hurried = SearchOptions { max_iterations: 2, ..exact() };
        assert!(matches!(
            find_root(|x| x.exp() - 2.0, -30.0, 30.0, hurried),
            Err(RootError::NotConverged { iterations: 2, .. })
        ));
        assert!(matches!(minimise(|_| f64::NAN, 0.0, 1.0, exact()), Err(RootError::NotANumber { .. })));
    }

    #[test]
    fn minima() {
        let valley = minimise(|x| (x - 2.0).powi(2) + 3.0, -10.0, 10.0, exact()).unwrap();
        assert!((valley.x - 2.0).abs() < 1e-7 && valley.value == 3.0);
        // x ln x has its minimum −1/e at 1/e.
        let entropy = minimise(|x| x * x.ln(), 1e-9, 1.0, exact()).unwrap();
        assert!((entropy.x - (-1f64).exp()).abs() < 1e-7);
        // Monotone: the end of the bracket.
        let end = minimise(|x| x, 1.0, 2.0, exact()).unwrap();
        assert!((end.x - 1.0).abs() < 1e-6);
    }

    proptest! {
        #[test]
        fn finds_the_root_of_a_monotone_cubic(t in -50.0f64..50.0) {
            let f = |x: f64| x.powi(3) + x - t.powi(3) - t;
            let root = find_root(f, -60.0, 70.0, exact()).unwrap();
            prop_assert!((root.x - t).abs() <= 1e-12 * t.abs().max(1.0), "{} {}", root.x, t);
        }

        #[test]
        fn finds_the_minimum_of_a_kink(t in -5.0f64..5.0) {
            let found = minimise(|x| (x - t).abs(), -6.0, 7.0, exact()).unwrap();
            prop_assert!((found.x - t).abs() < 1e-6);
        }
    }
}
