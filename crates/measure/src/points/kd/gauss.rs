//! The reflected Gaussian kernel, summed over many distances.

/// Values that are summed side by side, so that the compiler can keep them in vector registers. Part of the
/// definition of the result: changing it changes last digits.
const LANES: usize = 8;
/// 1/√(2π).
const NORM: f64 = 0.398_942_280_401_432_7;
/// Standard deviations beyond which the kernel adds less than 2e-18/h.
pub(crate) const REACH: f64 = 9.0;

/// Σ weight·[φ_h(r − d) + φ_h(r + d)]; every weight is 1 when there are none.
pub(crate) fn kernel_sum(r: f64, h: f64, distances: &[f64], weights: Option<&[f64]>) -> f64 {
    let direct = side(r, h, -1.0, distances, weights);
    // A reflected term needs r + d within reach, and d ≥ 0.
    let reflected = if r < REACH * h { side(r, h, 1.0, distances, weights) } else { 0.0 };
    (direct + reflected) * NORM / h
}

/// Σ weight·exp(−(r + sign·d)²/2h²).
fn side(r: f64, h: f64, sign: f64, distances: &[f64], weights: Option<&[f64]>) -> f64 {
    let (centre, slope) = (r / h, sign / h);
    let term = |d: f64| {
        let u = centre + slope * d;
        exp_minus(0.5 * u * u)
    };
    let mut lanes = [0.0; LANES];
    let whole = distances.len() - distances.len() % LANES;
    match weights {
        None => {
            for chunk in distances[..whole].chunks_exact(LANES) {
                lanes.iter_mut().zip(chunk).for_each(|(lane, &d)| *lane += term(d));
            }
            lanes.iter().sum::<f64>() + distances[whole..].iter().map(|&d| term(d)).sum::<f64>()
        }
        Some(weights) => {
            let (blocks, parts) = (distances[..whole].chunks_exact(LANES), weights[..whole].chunks_exact(LANES));
            for (chunk, part) in blocks.zip(parts) {
                for ((lane, &d), &w) in lanes.iter_mut().zip(chunk).zip(part) {
                    *lane += w * term(d);
                }
            }
            let rest = distances[whole..].iter().zip(&weights[whole..]);
            lanes.iter().sum::<f64>() + rest.map(|(&d, &w)| w * term(d)).sum::<f64>()
        }
    }
}

/// exp(−x) for x ≥ 0, to 2 units in the last place; 0 beyond 709. Without a branch, so that loops over it vectorise.
///
/// x = n ln 2 + f with |f| ≤ ln 2/2; the exponential series of −f to degree 13 (next term below 5e-18).
#[inline]
fn exp_minus(x: f64) -> f64 {
    /// Adding and taking away 1.5·2⁵² rounds to a whole number.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    /// ln 2 in two parts, the first with 21 trailing zero bits, so that n times it is exact.
    const LN_2: [f64; 2] = [6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10];
    // Here n is 1023, and the exponent that of 0.
    let x = if x < 709.4 { x } else { 709.4 };
    let shifted = x * std::f64::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let f = (n * LN_2[0] - x) + n * LN_2[1];
    let series = [
        1.0 / 6_227_020_800.0,
        1.0 / 479_001_600.0,
        1.0 / 39_916_800.0,
        1.0 / 3_628_800.0,
        1.0 / 362_880.0,
        1.0 / 40_320.0,
        1.0 / 5_040.0,
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
        1.0,
    ];
    let sum = series.iter().fold(0.0, |sum, coefficient| sum * f + coefficient);
    // The low bits of `shifted` hold n: 2⁻ⁿ has the exponent 1023 − n.
    let exponent = 1023_u64.wrapping_sub(shifted.to_bits() & 0xFFFF) & 0x7FF;
    sum * f64::from_bits(exponent << 52)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_is_that_of_the_library() {
        for k in 0..70_000 {
            let x = f64::from(k) * 0.01 + f64::from(k % 7) * 1e-4;
            let (ours, theirs) = (exp_minus(x), (-x).exp());
            assert!((ours - theirs).abs() <= 4.0 * f64::EPSILON * theirs, "{x}: {ours} {theirs}");
        }
        assert_eq!(exp_minus(0.0), 1.0);
        assert_eq!((exp_minus(709.4), exp_minus(1e300)), (0.0, 0.0));
    }

    #[test]
    fn sums_by_hand() {
        // φ(1 − 3) + φ(1 + 3) with h = 1, Abramowitz and Stegun 1964, table 26.1: φ(2) = 0.05399 09665 13188,
        // φ(4) = 0.00013 38302 25765.
        let one = kernel_sum(1.0, 1.0, &[3.0], None);
        assert!((one - (0.053_990_966_513_188 + 0.000_133_830_225_765)).abs() < 1e-14);
        let distances: Vec<f64> = (0..21).map(|i| f64::from(i) * 0.3).collect();
        let ones = vec![2.0; 21];
        let (plain, double) = (kernel_sum(2.0, 0.7, &distances, None), kernel_sum(2.0, 0.7, &distances, Some(&ones)));
        assert!((2.0 * plain - double).abs() < 1e-14 * double);
    }
}
