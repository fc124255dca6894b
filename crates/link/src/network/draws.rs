//! An observed number among draws of a null model.

use distretto_core::Outcome;

/// Relative difference up to which a draw ties with the observed number; ties count as extreme.
const TIE: f64 = 1e-12;

/// An observed number among draws: p = (1 + #{draw as extreme})/(1 + draws). NaN throughout without observation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Draws {
    /// The observed number.
    pub observed: f64,
    /// Mean of the draws.
    pub mean: f64,
    /// Standard deviation of the draws, over n − 1.
    pub sd: f64,
    /// (observed − mean)/sd; NaN where the draws do not vary.
    pub z: f64,
    /// Share of draws as large or larger, the observed counted.
    pub p_greater: f64,
    /// Share of draws as small or smaller.
    pub p_less: f64,
    /// Share of draws as far from their mean.
    pub p_two_sided: f64,
}

impl Draws {
    /// Compares an observed number with draws; draws that do not exist are left out.
    #[must_use]
    pub fn new(observed: f64, draws: &[f64]) -> Self {
        let draws: Vec<f64> = draws.iter().copied().filter(|draw| !draw.is_nan()).collect();
        let n = draws.len() as f64;
        let none = f64::NAN;
        if observed.is_nan() || draws.is_empty() {
            return Self { observed, mean: none, sd: none, z: none, p_greater: none, p_less: none, p_two_sided: none };
        }
        let mean = draws.iter().sum::<f64>() / n;
        let spread = draws.iter().map(|draw| (draw - mean).powi(2)).sum::<f64>();
        let sd = if draws.len() > 1 { (spread / (n - 1.0)).sqrt() } else { none };
        let slack = TIE * observed.abs();
        let share = |extreme: &dyn Fn(f64) -> bool| {
            (1 + draws.iter().filter(|&&draw| extreme(draw)).count()) as f64 / (1.0 + n)
        };
        let far = (observed - mean).abs();
        let varies = sd > TIE * mean.abs().max(observed.abs());
        Self {
            observed,
            mean,
            sd: if varies || sd.is_nan() { sd } else { 0.0 },
            z: if varies { (observed - mean) / sd } else { none },
            p_greater: share(&|draw| draw >= observed - slack),
            p_less: share(&|draw| draw <= observed + slack),
            p_two_sided: share(&|draw| (draw - mean).abs() >= far - TIE * far.max(mean.abs())),
        }
    }

    /// Adds the three p-values to a summary.
    pub(crate) fn add_p(&self, outcome: &mut Outcome) {
        outcome
            .scalar("p_less", self.p_less)
            .scalar("p_greater", self.p_greater)
            .scalar("p_two_sided", self.p_two_sided);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_observed_counts_among_its_draws() {
        let found = Draws::new(3.0, &[1.0, 2.0, 3.0, f64::NAN]);
        assert_eq!((found.p_greater, found.p_less, found.p_two_sided), (0.5, 1.0, 0.75));
        assert_eq!((found.mean, found.sd, found.z), (2.0, 1.0, 1.0));
        assert!(Draws::new(1.0, &[1.0, 1.0]).z.is_nan());
        assert!(Draws::new(f64::NAN, &[1.0]).p_less.is_nan());
    }
}
