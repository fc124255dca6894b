//! How many factors: rules on the eigenvalues, and parallel analysis.

use super::FactorError;
use super::observed::Observed;
use super::options::{Count, Plan};
use crate::draws::{gamma, normal};
use distretto_core::Context;
use distretto_numerics::{Key, Matrix, Stream, quantile, symmetric_eigen};
use rayon::prelude::*;

/// Rounding of an eigenvalue or of a cumulative share.
const ROUNDING: f64 = 1e-12;

/// Eigenvalues of normal samples of the same size (Horn 1965).
#[derive(Debug, Clone, PartialEq)]
pub struct Parallel {
    /// Mean of each eigenvalue over the draws.
    pub mean: Vec<f64>,
    /// Their 95th percentile (type 7).
    pub p95: Vec<f64>,
    /// Eigenvalues before the first that does not exceed the percentile.
    pub retain: Vec<bool>,
}

pub(super) fn number(observed: &Observed, plan: &Plan, parallel: Option<&Parallel>) -> Result<usize, FactorError> {
    let (p, values) = (observed.p(), &observed.eigenvalues);
    let found = match plan.count {
        Count::Fixed(k) if k > p => return Err(FactorError::Range { factors: k, p }),
        Count::Fixed(k) => k,
        Count::Kaiser => values.iter().filter(|value| **value > 1.0 + ROUNDING).count(),
        Count::Parallel => parallel.map_or(0, |parallel| parallel.retain.iter().filter(|keep| **keep).count()),
        Count::Share(share) => {
            let mut sum = 0.0;
            let reached = values.iter().position(|value| {
                sum += value / p as f64;
                sum >= share - ROUNDING
            });
            reached.map_or(p, |k| k + 1)
        }
    };
    Ok(found.max(1))
}

/// Draw k uses stream (seed, k), whatever thread does it.
pub(super) fn parallel(observed: &Observed, draws: u64, context: &Context<'_>) -> Result<Parallel, FactorError> {
    let (p, n) = (observed.p(), observed.n);
    let key = Key::new(context.seed, "factor/parallel");
    context.progress.begin("parallel analysis", draws);
    let one = |k: u64| -> Option<Vec<f64>> {
        let r = sample(p, n, &mut Stream::new(key, 0, k));
        context.progress.advance(1);
        let eigen = symmetric_eigen(&r).ok()?;
        (!context.progress.cancelled()).then_some(eigen.values)
    };
    let drawn: Option<Vec<Vec<f64>>> = (0..draws).into_par_iter().map(one).collect();
    let drawn = drawn.ok_or(FactorError::Interrupted)?;
    let column = |j: usize| drawn.iter().map(|values| values[j]).collect::<Vec<f64>>();
    let mean = (0..p).map(|j| column(j).iter().sum::<f64>() / draws as f64).collect();
    let p95: Vec<f64> = (0..p).map(|j| quantile(&column(j), 0.95)).collect();
    let mut going = true;
    let retain = observed.eigenvalues.iter().zip(&p95).map(|(value, limit)| {
        going = going && value > limit;
        going
    });
    Ok(Parallel { retain: retain.collect(), mean, p95 })
}

/// The correlations of a normal sample: its scatter is Wishart with n − 1 degrees of freedom, drawn by Bartlett's
/// decomposition, which needs p² numbers where the sample has n p.
fn sample(p: usize, n: usize, stream: &mut Stream) -> Matrix {
    let df = n - 1;
    let mut root = Matrix::zeros(p, p.min(df));
    for j in 0..root.columns() {
        for i in 0..p {
            if i == j {
                root[(i, j)] = (2.0 * gamma((df - j) as f64 / 2.0, stream)).sqrt();
            } else if i > j {
                root[(i, j)] = normal(stream);
            }
        }
    }
    let scatter = root.times(&root.transpose());
    Matrix::from_fn(p, p, |i, j| match i == j {
        true => 1.0,
        false => scatter[(i.max(j), i.min(j))] / (scatter[(i, i)] * scatter[(j, j)]).sqrt(),
    })
}
