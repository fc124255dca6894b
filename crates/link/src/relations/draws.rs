//! An observed value against values drawn at random.

use distretto_numerics::{Compensated, TIE_TOLERANCE};

/// What draws tell of an observed value. Draws without a value (NaN) are left out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drawn {
    /// (1 + draws at or above the observed value) / (1 + draws).
    pub p_greater: f64,
    /// (1 + draws at or below the observed value) / (1 + draws).
    pub p_less: f64,
    /// (1 + draws at least as far from their mean as the observed value) / (1 + draws).
    pub p_two_sided: f64,
    /// Mean of the draws.
    pub mean: f64,
    /// Their standard deviation (n − 1); NaN for one draw.
    pub sd: f64,
}

/// Compares an observed value with draws. Values that differ by at most 1e-12 of the observed value, or of `scale`
/// where that is larger, tie and count as extreme: values of order `scale` that cancel carry its rounding.
///
/// All is NaN when the observed value is, or when no draw has a value.
#[must_use]
pub fn against(observed: f64, draws: &[f64], scale: f64) -> Drawn {
    let kept: Vec<f64> = draws.iter().copied().filter(|draw| !draw.is_nan()).collect();
    if observed.is_nan() || kept.is_empty() {
        let none = f64::NAN;
        return Drawn { p_greater: none, p_less: none, p_two_sided: none, mean: none, sd: none };
    }
    let n = kept.len() as f64;
    let mean = kept.iter().copied().collect::<Compensated>().value() / n;
    let squares = kept.iter().map(|draw| (draw - mean) * (draw - mean)).collect::<Compensated>().value();
    let slack = TIE_TOLERANCE * observed.abs().max(scale);
    let share =
        |extreme: &dyn Fn(f64) -> bool| (1 + kept.iter().filter(|&&draw| extreme(draw)).count()) as f64 / (1.0 + n);
    let far = (observed - mean).abs();
    Drawn {
        p_greater: share(&|draw| draw >= observed - slack),
        p_less: share(&|draw| draw <= observed + slack),
        p_two_sided: share(&|draw| (draw - mean).abs() >= far - slack),
        mean,
        sd: if kept.len() > 1 { (squares / (n - 1.0)).sqrt() } else { f64::NAN },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: of 0, 1, 2, 5 two lie at or above 2, three at or below; their mean is 2, so all lie as far away.
    #[test]
    fn counts_by_hand() {
        let drawn = against(2.0, &[0.0, 1.0, 2.0, 5.0], 1.0);
        assert_eq!((drawn.p_greater, drawn.p_less, drawn.p_two_sided), (0.6, 0.8, 1.0));
        assert_eq!(drawn.mean, 2.0);
        assert!((drawn.sd - (14.0_f64 / 3.0).sqrt()).abs() < 1e-15);
    }

    #[test]
    fn ties_count_and_nan_is_left_out() {
        let drawn = against(0.0, &[1e-13, f64::NAN, -1e-13], 1.0);
        assert_eq!((drawn.p_greater, drawn.p_less), (1.0, 1.0));
        assert!(against(f64::NAN, &[1.0], 1.0).mean.is_nan());
        assert!(against(1.0, &[f64::NAN], 1.0).p_less.is_nan());
        assert!(against(1.0, &[3.0], 1.0).sd.is_nan());
    }
}
