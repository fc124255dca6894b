//! Random numbers of distributions that several methods draw from.

use distretto_numerics::{Stream, normal_quantile};

/// A standard normal variate.
pub(crate) fn normal(stream: &mut Stream) -> f64 {
    // Strictly between 0 and 1, so that the quantile is finite.
    normal_quantile(stream.uniform() + f64::EPSILON / 4.0)
}

/// A gamma variate of scale 1 (Marsaglia and Tsang 2000); a shape below 1 by their boost, 0 gives 0.
pub(crate) fn gamma(shape: f64, stream: &mut Stream) -> f64 {
    if shape <= 0.0 {
        return 0.0;
    }
    if shape < 1.0 {
        let boost = stream.uniform_positive().powf(1.0 / shape);
        return boost * gamma(shape + 1.0, stream);
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = normal(stream);
        let v = (1.0 + c * x).powi(3);
        if v > 0.0 && stream.uniform_positive().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
            return d * v;
        }
    }
}

/// The logarithm of a gamma variate of scale 1, which exists where the variate itself underflows; −∞ for a shape of 0.
pub(crate) fn ln_gamma_variate(shape: f64, stream: &mut Stream) -> f64 {
    if shape <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if shape < 1.0 {
        let boost = stream.uniform_positive().ln() / shape;
        return boost + gamma(shape + 1.0, stream).ln();
    }
    gamma(shape, stream).ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use distretto_numerics::Key;

    #[test]
    fn gamma_has_its_mean_and_variance() {
        for shape in [0.3, 1.0, 4.5] {
            let key = Key::new(7, "test/gamma");
            let x: Vec<f64> = (0..40_000).map(|k| gamma(shape, &mut Stream::new(key, 0, k))).collect();
            let mean = x.iter().sum::<f64>() / x.len() as f64;
            let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / x.len() as f64;
            // Five standard errors: sd of the mean √(shape/N), of the variance about √((2 + 6/shape)·shape²/N).
            assert!((mean - shape).abs() < 5.0 * (shape / 4e4).sqrt(), "{shape}: {mean}");
            assert!((variance - shape).abs() < 5.0 * shape * ((2.0 + 6.0 / shape) / 4e4).sqrt(), "{shape}: {variance}");
        }
    }
}
