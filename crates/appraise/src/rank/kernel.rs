//! Scores as a function of the weights: everything that does not depend on them is prepared once, so that a draw of the
//! weights costs one pass over the columns.

/// What a score is made of; larger is better.
#[derive(Debug, Clone)]
pub(super) enum Kernel {
    /// `Σ w z`.
    Sum(Vec<Vec<f64>>),
    /// `exp Σ w ln z`.
    Product(Vec<Vec<f64>>),
    /// `D⁻/(D⁺ + D⁻)`, squared distances of each column to the best and to the worst value.
    Distance { best: Vec<Vec<f64>>, worst: Vec<Vec<f64>> },
    /// `1 − Q` of the regrets d.
    Compromise { regret: Vec<Vec<f64>>, v: f64 },
}

/// Sum and largest of the weighted regrets, and Q.
pub(super) struct Regrets {
    pub s: Vec<f64>,
    pub r: Vec<f64>,
    pub q: Vec<f64>,
    /// Whether all S, all R are equal.
    pub flat: [bool; 2],
}

impl Kernel {
    /// Scores under these weights.
    pub(super) fn scores(&self, weights: &[f64]) -> Vec<f64> {
        match self {
            Self::Sum(z) => sum(z, weights, |w| w),
            Self::Product(logs) => sum(logs, weights, |w| w).into_iter().map(f64::exp).collect(),
            Self::Distance { best, worst } => {
                let (plus, minus) = distances(best, worst, weights);
                plus.iter().zip(&minus).map(|(plus, minus)| minus / (plus + minus)).collect()
            }
            Self::Compromise { regret, v } => regrets(regret, weights, *v).q.into_iter().map(|q| 1.0 - q).collect(),
        }
    }
}

/// `Σ f(w) z` by unit. A weight of 0 takes its column out, also where that is −∞.
fn sum(z: &[Vec<f64>], weights: &[f64], f: impl Fn(f64) -> f64) -> Vec<f64> {
    let mut total = vec![0.0; z.first().map_or(0, Vec::len)];
    for (column, &weight) in z.iter().zip(weights).filter(|(_, weight)| **weight != 0.0) {
        let weight = f(weight);
        total.iter_mut().zip(column).for_each(|(total, z)| *total += weight * z);
    }
    total
}

/// D⁺ and D⁻.
pub(super) fn distances(best: &[Vec<f64>], worst: &[Vec<f64>], weights: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let root = |squares: &[Vec<f64>]| sum(squares, weights, |w| w * w).into_iter().map(f64::sqrt).collect::<Vec<f64>>();
    (root(best), root(worst))
}

/// S, R and Q of VIKOR; a term without spread is 0.
pub(super) fn regrets(regret: &[Vec<f64>], weights: &[f64], v: f64) -> Regrets {
    let s = sum(regret, weights, |w| w);
    let mut r = vec![0.0_f64; s.len()];
    for (column, weight) in regret.iter().zip(weights) {
        r.iter_mut().zip(column).for_each(|(r, d)| *r = r.max(weight * d));
    }
    let scaled = |x: &[f64]| {
        let (low, high) = crate::normalise::ends(x);
        let flat = crate::ranks::tied(high, low);
        (x.iter().map(|x| if flat { 0.0 } else { (x - low) / (high - low) }).collect::<Vec<f64>>(), flat)
    };
    let ((by_s, flat_s), (by_r, flat_r)) = (scaled(&s), scaled(&r));
    let q = by_s.iter().zip(&by_r).map(|(s, r)| v * s + (1.0 - v) * r).collect();
    Regrets { s, r, q, flat: [flat_s, flat_r] }
}
