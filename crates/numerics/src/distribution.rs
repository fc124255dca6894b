//! Normal, chi-square and Kolmogorov distributions, with tails that stay accurate far out.

use std::f64::consts::{PI, SQRT_2};

use statrs::function::erf::erfc_inv;
use statrs::function::gamma::{checked_gamma_lr, checked_gamma_ur};

use crate::root::{SearchOptions, find_root};
use crate::sum::pairwise_by;

/// √(2π).
const SQRT_TAU: f64 = 2.506_628_274_631_000_2;

/// Which deviations from the null count as extreme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Tail {
    /// Both directions.
    #[default]
    Two,
    /// Large values only.
    Greater,
    /// Small values only.
    Less,
}

/// Standard normal density φ(x) = e^(−x²/2)/√(2π).
#[inline]
#[must_use]
pub fn normal_pdf(x: f64) -> f64 {
    (-0.5 * x * x).exp() / SQRT_TAU
}

/// Standard normal distribution function Φ(x), accurate relative to itself in the lower tail.
#[must_use]
pub fn normal_cdf(x: f64) -> f64 {
    normal_upper_tail(-x)
}

/// Upper tail 1 − Φ(x) of the standard normal, without the cancellation of `1 − normal_cdf(x)`;
/// relative error below 1e-15 for x ≤ 37.5, positive up to x = 38.4.
///
/// # References
/// Cody 1969, "Rational Chebyshev approximations for the error function", Mathematics of Computation
/// 23, 631–637, in the scaling of Cody 1993 (ACM TOMS 19, algorithm 715, ANORM). statrs 0.19.1
/// `erfc` is off by 1e-11 relative, too much for our tolerance.
#[must_use]
pub fn normal_upper_tail(x: f64) -> f64 {
    let y = x.abs();
    if x.is_nan() {
        return x;
    }
    if y <= CODY_CENTRE {
        return 0.5 - x * rational(x * x, &CENTRE);
    }
    let ratio = if y <= CODY_SHOULDER {
        rational(y, &SHOULDER)
    } else {
        let s = 1.0 / (x * x);
        (1.0 / SQRT_TAU - s * rational(s, &FAR)) / y
    };
    // e^(−y²/2) in two factors: y to 1/16 has an exact square, the rest is small.
    let coarse = (y * 16.0).trunc() / 16.0;
    let rest = (y - coarse) * (y + coarse);
    // Past 39 all is 0, and an infinite y would make inf − inf of the split.
    let tail = if y > 39.0 { 0.0 } else { ratio * (-0.5 * coarse * coarse).exp() * (-0.5 * rest).exp() };
    if x > 0.0 { tail } else { 1.0 - tail }
}

/// Ends of the first and second range of Cody 1969: the upper quartile and √32.
const CODY_CENTRE: f64 = 0.674_489_75;
const CODY_SHOULDER: f64 = 5.656_854_249_492_381;

/// Numerator and (monic) denominator, highest power first.
type Rational<const N: usize, const M: usize> = ([f64; N], [f64; M]);

/// Quotient of two polynomials by Horner's rule; the leading 1 of the denominator is implied.
fn rational<const N: usize, const M: usize>(x: f64, (above, below): &Rational<N, M>) -> f64 {
    let above = above.iter().fold(0.0, |sum, c| sum * x + c);
    let below = below.iter().fold(1.0, |sum, c| sum * x + c);
    above / below
}

/// (Φ(x) − ½)/x in x², |x| ≤ 0.674 489 75 (Cody 1993, ANORM, arrays A and B).
#[expect(clippy::excessive_precision, reason = "digits of the source")]
const CENTRE: Rational<5, 4> = (
    [
        0.065_682_337_918_207_449,
        2.235_252_035_460_683_9,
        161.028_231_068_555_88,
        1_067.689_485_460_371,
        18_154.981_253_343_561,
    ],
    [47.202_581_904_688_242, 976.098_551_737_776_69, 10_260.932_208_618_978, 45_507.789_335_026_73],
);

/// (1 − Φ(y))e^(y²/2) in y up to √32 (arrays C and D).
#[expect(clippy::excessive_precision, reason = "digits of the source")]
const SHOULDER: Rational<9, 8> = (
    [
        1.076_557_677_372_019_2e-8,
        0.398_941_512_088_134_66,
        8.883_149_794_388_375_9,
        93.506_656_132_177_856,
        597.270_276_394_800_26,
        2_494.537_585_290_372_7,
        6_848.190_450_536_282_3,
        11_602.651_437_647_35,
        9_842.714_838_383_978,
    ],
    [
        22.266_688_044_328_116,
        235.387_901_782_625,
        1_519.377_599_407_554_8,
        6_485.558_298_266_760_8,
        18_615.571_640_885_098,
        34_900.952_721_145_977,
        38_912.003_286_093_271,
        19_685.429_676_859_991,
    ],
);

/// (1/√(2π) − y(1 − Φ(y))e^(y²/2))y² in 1/y² beyond √32 (arrays P and Q).
const FAR: Rational<6, 5> = (
    [
        0.023_073_441_764_940_173,
        0.215_898_534_057_957,
        0.127_401_161_160_247_36,
        0.022_235_277_870_649_807,
        0.001_421_619_193_227_893_5,
        2.911_287_495_116_879_3e-5,
    ],
    [
        1.284_260_096_144_911,
        0.468_238_212_480_865_1,
        0.065_988_137_868_928_55,
        0.003_782_396_332_027_582_4,
        7.297_515_550_839_662e-5,
    ],
);

/// p-value of a standard normal statistic `z`. NaN for NaN.
///
/// Where the probability is below the smallest positive f64, that number is returned: a p of 0 would
/// claim more than any test can.
#[must_use]
pub fn normal_p(z: f64, tail: Tail) -> f64 {
    let p = match tail {
        Tail::Two => 2.0 * normal_upper_tail(z.abs()),
        Tail::Greater => normal_upper_tail(z),
        Tail::Less => normal_cdf(z),
    };
    if p < f64::MIN_POSITIVE { f64::MIN_POSITIVE } else { p }
}

/// Standard normal quantile Φ⁻¹(p); ∓∞ at 0 and 1, NaN outside \[0, 1\].
///
/// Starts from statrs `erfc_inv` and takes one Halley step on our own tail, so that
/// `normal_cdf(normal_quantile(p)) = p` to a few roundings.
#[must_use]
pub fn normal_quantile(p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    if p == 0.5 {
        return 0.0;
    }
    if p > 0.5 {
        // 1 − p is exact here (Sterbenz), and the lower tail is the accurate one.
        return -normal_quantile(1.0 - p);
    }
    if p == 0.0 {
        return f64::NEG_INFINITY;
    }
    let x = -SQRT_2 * erfc_inv(2.0 * p);
    let density = normal_pdf(x);
    if density < f64::MIN_POSITIVE {
        return x;
    }
    let newton = (normal_cdf(x) - p) / density;
    x - newton / (1.0 + 0.5 * x * newton)
}

/// Upper tail of the chi-square distribution: P(X > x) = Q(df/2, x/2), Q the regularised upper
/// incomplete gamma function. NaN for `df` ≤ 0 or x NaN; 1 for x ≤ 0.
#[must_use]
pub fn chi_square_upper_tail(x: f64, df: f64) -> f64 {
    if x.is_nan() || df.is_nan() || df <= 0.0 {
        f64::NAN
    } else if x <= 0.0 {
        1.0
    } else if x == f64::INFINITY {
        0.0
    } else if df == 1.0 {
        2.0 * normal_upper_tail(x.sqrt())
    } else {
        checked_gamma_ur(0.5 * df, 0.5 * x).unwrap_or(f64::NAN)
    }
}

/// Chi-square quantile: x with P(X ≤ x) = p for `df` > 0 degrees of freedom (not necessarily
/// whole). NaN for p outside \[0, 1\] or `df` ≤ 0; ∞ at p = 1.
///
/// One degree of freedom: the squared normal quantile; otherwise the root of the incomplete gamma
/// function, bracketed around the approximation of Wilson and Hilferty 1931.
#[must_use]
pub fn chi_square_quantile(p: f64, df: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) || df.is_nan() || df <= 0.0 {
        return f64::NAN;
    }
    if p == 0.0 || p == 1.0 {
        return if p == 0.0 { 0.0 } else { f64::INFINITY };
    }
    if df == 1.0 {
        return normal_quantile(0.5 * (1.0 - p)).powi(2);
    }
    if df == 2.0 {
        return -2.0 * (-p).ln_1p();
    }
    let excess = |x: f64| {
        if p < 0.5 {
            let below = if x > 0.0 { checked_gamma_lr(0.5 * df, 0.5 * x).ok() } else { Some(0.0) };
            below.unwrap_or(f64::NAN) - p
        } else {
            (1.0 - p) - chi_square_upper_tail(x, df)
        }
    };
    let c = 2.0 / (9.0 * df);
    let start = df * (1.0 - c + normal_quantile(p) * c.sqrt()).max(0.05).powi(3);
    let (mut low, mut high) = (0.5 * start, 2.0 * start + 1.0);
    while excess(low) > 0.0 && low > 0.0 {
        low = if low < 1e-300 { 0.0 } else { low * 0.1 };
    }
    while excess(high) < 0.0 && high < f64::MAX / 4.0 {
        high *= 2.0;
    }
    find_root(excess, low, high, SearchOptions::default()).map_or(f64::NAN, |root| root.x)
}

/// Result of a Kolmogorov–Smirnov test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KolmogorovSmirnov {
    /// Largest distance between the empirical and the normal distribution function, in \[0, 1\].
    pub statistic: f64,
    /// Probability of a distance at least as large.
    pub p_value: f64,
}

/// Kolmogorov–Smirnov test of `values` (any order) against the normal with a given mean and standard
/// deviation.
///
/// # Formula
/// `D = max_k max(k/n − F(x_(k)), F(x_(k)) − (k − 1)/n)`;
/// `p = Q((√n + 0.12 + 0.11/√n) D)`, Q the [`kolmogorov_upper_tail`] and the factor the
/// small-sample correction of Stephens 1970 (JRSS B 32, table 1A).
///
/// # Assumptions and limitations
/// Mean and sd known in advance. With mean and sd estimated from the same values the p is too large
/// (Lilliefors 1967), so a small p is still evidence against normality.
///
/// None when there is no value, `sd` is not positive, or anything is not finite.
#[must_use]
pub fn kolmogorov_smirnov_normal(values: &[f64], mean: f64, sd: f64) -> Option<KolmogorovSmirnov> {
    let usable = mean.is_finite() && sd.is_finite() && sd > 0.0;
    if values.is_empty() || !usable || values.iter().any(|v| !v.is_finite()) {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let statistic = sorted.iter().enumerate().fold(0.0_f64, |largest, (k, &x)| {
        let f = normal_cdf((x - mean) / sd);
        largest.max((k + 1) as f64 / n - f).max(f - k as f64 / n)
    });
    let root = n.sqrt();
    let p_value = kolmogorov_upper_tail((root + 0.12 + 0.11 / root) * statistic);
    Some(KolmogorovSmirnov { statistic, p_value })
}

/// Upper tail of the Kolmogorov distribution, `Q(λ) = 2 Σ_{j≥1} (−1)^{j−1} e^{−2j²λ²}`; for λ < 1.18
/// by the equivalent theta series `1 − (√(2π)/λ) Σ_{j≥1} e^{−(2j−1)²π²/(8λ²)}`, which converges
/// there. 1 for λ ≤ 0.
#[must_use]
pub fn kolmogorov_upper_tail(lambda: f64) -> f64 {
    if lambda.is_nan() {
        f64::NAN
    } else if lambda <= 0.0 {
        1.0
    } else if lambda < 1.18 {
        let rate = PI * PI / (8.0 * lambda * lambda);
        let sum = pairwise_by(6, |j| (-((2 * j + 1) as f64).powi(2) * rate).exp());
        (1.0 - SQRT_TAU / lambda * sum).clamp(0.0, 1.0)
    } else {
        let term = |j: usize| (-2.0 * ((j + 1) as f64 * lambda).powi(2)).exp();
        let sum = pairwise_by(8, |j| if j % 2 == 0 { term(j) } else { -term(j) });
        (2.0 * sum).clamp(f64::MIN_POSITIVE, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(ours: f64, theirs: f64, relative: f64) {
        assert!((ours - theirs).abs() <= relative * theirs.abs(), "{ours} against {theirs}");
    }

    /// Series and continued fraction of erfc in 60 digits (agree with Abramowitz and Stegun 1964,
    /// tables 26.1 and 26.2, to their digits); the quantiles put back into that series give p to 4e-15.
    #[test]
    fn normal_against_tables() {
        close(normal_pdf(0.0), 0.398_942_280_401_432_7, 1e-15);
        close(normal_cdf(1.96), 0.975_002_104_851_779_5, 1e-15);
        close(normal_upper_tail(1.96), 0.024_997_895_148_220_436, 1e-15);
        close(normal_upper_tail(0.3), 0.382_088_577_811_047_3, 1e-15);
        close(normal_upper_tail(5.0), 2.866_515_718_791_939e-7, 1e-15);
        close(normal_upper_tail(10.0), 7.619_853_024_160_526e-24, 1e-15);
        close(normal_upper_tail(37.0), 5.725_571_222_524_577e-300, 1e-14);
        close(normal_quantile(0.975), 1.959_963_984_540_054, 1e-15);
        close(normal_quantile(1e-10), -6.361_340_902_404_056, 1e-14);
    }

    #[test]
    fn normal_p_by_tail() {
        assert_eq!(normal_p(0.0, Tail::Two), 1.0);
        close(normal_p(-1.644_853_626_951_472_2, Tail::Less), 0.05, 1e-13);
        close(normal_p(1.644_853_626_951_472_2, Tail::Greater), 0.05, 1e-13);
        close(normal_p(-1.959_963_984_540_054, Tail::Two), 0.05, 1e-13);
        assert!(normal_p(100.0, Tail::Two) > 0.0);
        assert!(normal_p(f64::NAN, Tail::Two).is_nan());
    }

    #[test]
    fn quantile_at_the_ends() {
        assert_eq!(normal_quantile(0.0), f64::NEG_INFINITY);
        assert_eq!(normal_quantile(1.0), f64::INFINITY);
        assert!(normal_quantile(1.1).is_nan());
        assert!(normal_quantile(f64::NAN).is_nan());
        assert_eq!(normal_upper_tail(f64::INFINITY), 0.0);
        assert_eq!(normal_cdf(f64::INFINITY), 1.0);
        assert!(normal_cdf(f64::NAN).is_nan());
    }

    /// Squared normal quantile, −2 ln(1 − p), and for 10 degrees the root of
    /// `e^(−x/2) Σ_{k<5} (x/2)^k/k! = 0.05`; Abramowitz and Stegun 1964, table 26.8, has 18.3070.
    #[test]
    fn chi_square_against_tables() {
        close(chi_square_quantile(0.95, 1.0), 3.841_458_820_694_124, 1e-14);
        close(chi_square_quantile(0.95, 2.0), 5.991_464_547_107_979, 1e-14);
        close(chi_square_quantile(0.95, 10.0), 18.307_038_053_275_146, 1e-12);
        close(chi_square_quantile(0.05, 2.0), 0.102_586_588_775_101_07, 1e-14);
        close(chi_square_upper_tail(3.841_458_820_694_124, 1.0), 0.05, 1e-13);
        assert!(chi_square_quantile(0.5, 0.0).is_nan());
    }

    /// First terms of the two series by hand: 2(e^(−3.6992) − e^(−14.7968)) = 0.049 486 and
    /// 1 − 5.013 257 e^(−4.934 802) = 0.963 945.
    #[test]
    fn kolmogorov_against_tables() {
        assert!((kolmogorov_upper_tail(1.36) - 0.049_486).abs() < 5e-7);
        assert!((kolmogorov_upper_tail(0.5) - 0.963_945).abs() < 5e-7);
        close(kolmogorov_upper_tail(1.179_999_999), kolmogorov_upper_tail(1.18), 1e-8);
        assert_eq!(kolmogorov_upper_tail(0.0), 1.0);
        assert!(kolmogorov_upper_tail(0.01) == 1.0);
    }

    /// One value at the mean: F = ½, so D = ½ whatever the sd; three at −1, 0, 1: F(1) = 0.8413,
    /// D = max(1/3 − 0.1587, 0.8413 − 2/3) = 0.174 678.
    #[test]
    fn kolmogorov_smirnov_by_hand() {
        let one = kolmogorov_smirnov_normal(&[3.0], 3.0, 2.0).unwrap();
        assert_eq!(one.statistic, 0.5);
        let three = kolmogorov_smirnov_normal(&[1.0, -1.0, 0.0], 0.0, 1.0).unwrap();
        close(three.statistic, 0.841_344_746_068_543 - 2.0 / 3.0, 1e-12);
        assert!(kolmogorov_smirnov_normal(&[], 0.0, 1.0).is_none());
        assert!(kolmogorov_smirnov_normal(&[1.0], 0.0, 0.0).is_none());
        assert!(kolmogorov_smirnov_normal(&[f64::NAN], 0.0, 1.0).is_none());
    }

    proptest! {
        #[test]
        fn quantile_inverts_cdf(p in 1e-12f64..1.0) {
            prop_assert!((normal_cdf(normal_quantile(p)) - p).abs() <= 4e-15 * p.max(1e-3));
        }

        #[test]
        fn chi_square_quantile_inverts_tail(p in 0.001f64..0.999, df in 0.5f64..80.0) {
            let x = chi_square_quantile(p, df);
            prop_assert!((1.0 - chi_square_upper_tail(x, df) - p).abs() < 1e-9, "{x}");
        }

        #[test]
        fn tails_add_up(x in -8.0f64..8.0) {
            prop_assert!((normal_cdf(x) + normal_upper_tail(x) - 1.0).abs() < 1e-15);
        }
    }
}
