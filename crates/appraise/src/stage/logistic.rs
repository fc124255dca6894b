//! Least squares of a logistic curve on levels.
//!
//! y = K/(1 + e^{−r(t − t₀)}); κ = ln K and ρ = ln r are free, so that K and r stay positive; times are counted from
//! their mean in units of their span.

use distretto_numerics::{Lu, Matrix, fisher_quantile, symmetric_eigen};

/// K lies between these multiples of the largest value.
const CAPACITY: (f64, f64) = (0.5, 1000.0);
/// First guesses of K, as multiples of the largest value.
const STARTS: [f64; 7] = [1.02, 1.2, 1.6, 2.5, 5.0, 20.0, 200.0];
/// Smallest over largest eigenvalue of the scaled normal matrix below which the parameters are not told apart.
const RANK: f64 = 1e-12;

/// A fitted logistic curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Logistic {
    /// Capacity K.
    pub capacity: f64,
    /// Rate r per year.
    pub rate: f64,
    /// Year t₀ of half the capacity.
    pub midpoint: f64,
    /// Sum of squared residuals.
    pub rss: f64,
    /// Standard error of ln K, linearised at the solution; NaN where no value is left to estimate it from.
    pub log_capacity_error: f64,
    /// Values less parameters.
    pub df: f64,
}

impl Logistic {
    /// 95 % interval of the capacity, on the scale of its logarithm.
    ///
    /// # Assumptions and limitations
    /// Independent residuals of one variance, and a curve that is nearly straight in its parameters within the interval.
    #[must_use]
    pub fn capacity_interval(&self) -> (f64, f64) {
        // The square of Student's t is F with 1 degree of freedom.
        let t = if self.df > 0.0 { fisher_quantile(0.95, 1.0, self.df).sqrt() } else { f64::NAN };
        let factor = (t * self.log_capacity_error).exp();
        (self.capacity / factor, self.capacity * factor)
    }

    /// The curve at a time.
    #[must_use]
    pub fn at(&self, time: f64) -> f64 {
        self.capacity / (1.0 + (-self.rate * (time - self.midpoint)).exp())
    }
}

/// The least-squares logistic curve through values above 0; none where the data show no inflection: K runs to its upper
/// bound, or the parameters are not told apart.
///
/// Levenberg–Marquardt from several starts; the best end counts.
///
/// # Panics
/// When there are not as many times as values.
#[must_use]
pub fn fit_logistic(times: &[f64], values: &[f64]) -> Option<Logistic> {
    assert_eq!(times.len(), values.len(), "a value for each time");
    let n = times.len() as f64;
    let mean = times.iter().sum::<f64>() / n;
    let span = times.iter().map(|t| (t - mean).abs()).fold(0.0, f64::max);
    let most = values.iter().copied().fold(0.0, f64::max);
    if span <= 0.0 || most <= 0.0 || times.len() < 4 {
        return None;
    }
    let curve = Curve {
        times: times.iter().map(|t| (t - mean) / span).collect(),
        values: values.iter().map(|y| y / most).collect(),
    };
    let ends = STARTS.iter().filter_map(|&start| curve.start(start)).map(|start| curve.descend(start));
    let (p, rss) = ends.min_by(|a, b| a.1.total_cmp(&b.1))?;
    let [kappa, rho, tau] = p;
    let at_bound = kappa >= CAPACITY.1.ln() - 1e-6;
    if at_bound || !curve.identifies(p) {
        return None;
    }
    Some(Logistic {
        capacity: kappa.exp() * most,
        rate: rho.exp() / span,
        midpoint: mean + tau * span,
        rss: rss * most * most,
        log_capacity_error: curve.error(p, rss),
        df: n - 3.0,
    })
}

struct Curve {
    times: Vec<f64>,
    values: Vec<f64>,
}

impl Curve {
    /// κ, ρ and τ from the line of `ln(y/(K − y))` on time.
    fn start(&self, capacity: f64) -> Option<[f64; 3]> {
        let n = self.times.len() as f64;
        let z: Vec<f64> = self.values.iter().map(|y| (y / (capacity - y)).ln()).collect();
        let mean_z = z.iter().sum::<f64>() / n;
        let mean_t = self.times.iter().sum::<f64>() / n;
        let moment: f64 = self.times.iter().zip(&z).map(|(t, z)| (t - mean_t) * (z - mean_z)).sum();
        let square: f64 = self.times.iter().map(|t| (t - mean_t).powi(2)).sum();
        // A falling series has no rising curve to start from: begin with a slow one.
        let slope = (moment / square).max(1e-3);
        let midpoint = mean_t - mean_z / slope;
        slope.is_finite().then_some([capacity.ln(), slope.ln(), midpoint.clamp(-1e4, 1e4)])
    }

    fn rss(&self, p: [f64; 3]) -> f64 {
        self.times.iter().zip(&self.values).map(|(t, y)| (y - level(p, *t)).powi(2)).sum()
    }

    /// Residuals' slopes by parameter: one row `∂f/∂(κ, ρ, τ)` for each time.
    fn slopes(&self, p: [f64; 3]) -> Vec<[f64; 3]> {
        let [kappa, rho, tau] = p;
        let (k, r) = (kappa.exp(), rho.exp());
        let one = |t: &f64| {
            let s = 1.0 / (1.0 + (-r * (t - tau)).exp());
            let bell = k * s * (1.0 - s);
            [k * s, bell * r * (t - tau), -bell * r]
        };
        self.times.iter().map(one).collect()
    }

    fn normal(&self, p: [f64; 3]) -> (Matrix, [f64; 3]) {
        let slopes = self.slopes(p);
        let residuals: Vec<f64> = self.times.iter().zip(&self.values).map(|(t, y)| y - level(p, *t)).collect();
        let gram = Matrix::from_fn(3, 3, |i, j| slopes.iter().map(|row| row[i] * row[j]).sum());
        let gradient = std::array::from_fn(|i| slopes.iter().zip(&residuals).map(|(row, e)| row[i] * e).sum());
        (gram, gradient)
    }

    /// Levenberg–Marquardt with K held between its bounds.
    fn descend(&self, mut p: [f64; 3]) -> ([f64; 3], f64) {
        let mut rss = self.rss(p);
        let mut damping = 1e-3;
        for _ in 0..2000 {
            let (gram, gradient) = self.normal(p);
            let damped = Matrix::from_fn(3, 3, |i, j| {
                gram[(i, j)] + if i == j { damping * (gram[(i, i)] + 1e-12) } else { 0.0 }
            });
            let Ok(lu) = Lu::new(&damped) else { break };
            let step = lu.solve(&gradient);
            let next = bounded([p[0] + step[0], p[1] + step[1].clamp(-2.0, 2.0), p[2] + step[2]]);
            let better = self.rss(next);
            if better < rss {
                let (gain, moved) = (rss - better, (0..3).map(|i| (next[i] - p[i]).abs()).fold(0.0, f64::max));
                (p, rss) = (next, better);
                damping = (damping / 5.0).max(1e-15);
                if gain <= 1e-16 * rss && moved < 1e-10 {
                    break;
                }
            } else {
                damping *= 4.0;
                if damping > 1e12 {
                    break;
                }
            }
        }
        (p, rss)
    }

    /// Standard error of κ: `√(σ² [(J'J)⁻¹]_κκ)`, σ² the residual sum of squares over what is left of the values.
    fn error(&self, p: [f64; 3], rss: f64) -> f64 {
        let df = self.times.len() as f64 - 3.0;
        let (gram, _) = self.normal(p);
        let first = Lu::new(&gram).map(|lu| lu.solve(&[1.0, 0.0, 0.0])[0]);
        if df > 0.0 { first.map_or(f64::NAN, |value| (rss / df * value).sqrt()) } else { f64::NAN }
    }

    /// Whether the slopes tell the three parameters apart.
    fn identifies(&self, p: [f64; 3]) -> bool {
        let (gram, _) = self.normal(p);
        let lengths: [f64; 3] = std::array::from_fn(|i| gram[(i, i)].sqrt());
        if lengths.iter().any(|length| length.is_nan() || *length <= 1e-12) {
            return false;
        }
        let scaled = Matrix::from_fn(3, 3, |i, j| gram[(i, j)] / (lengths[i] * lengths[j]));
        symmetric_eigen(&scaled).is_ok_and(|eigen| eigen.values[2] > RANK * eigen.values[0])
    }
}

fn level([kappa, rho, tau]: [f64; 3], t: f64) -> f64 {
    kappa.exp() / (1.0 + (-rho.exp() * (t - tau)).exp())
}

fn bounded([kappa, rho, tau]: [f64; 3]) -> [f64; 3] {
    [kappa.clamp(CAPACITY.0.ln(), CAPACITY.1.ln()), rho.clamp(-30.0, 12.0), tau.clamp(-1e6, 1e6)]
}
