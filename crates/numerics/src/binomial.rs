//! Exact binomial draws for any n and p.

use crate::philox::Stream;

/// Mean of the smaller of successes and failures below which inversion is used.
const INVERSION_BELOW: f64 = 10.0;

/// Number of successes in `n` independent trials of probability `p`, exact up to rounding of f64:
/// inversion for n·min(p, 1−p) < 10, else the transformed rejection of Hörmann 1993 (algorithm BTRS;
/// Journal of Statistical Computation and Simulation 46, 101–110). `p` is cut to \[0, 1\]; a NaN
/// counts as 0.
pub fn binomial(stream: &mut Stream, n: u64, p: f64) -> u64 {
    debug_assert!((0.0..=1.0).contains(&p), "a probability of {p}");
    if n == 0 || p.is_nan() || p <= 0.0 {
        return 0;
    }
    if p >= 1.0 {
        return n;
    }
    if p > 0.5 {
        return n - binomial_lower_half(stream, n, 1.0 - p);
    }
    binomial_lower_half(stream, n, p)
}

fn binomial_lower_half(stream: &mut Stream, n: u64, p: f64) -> u64 {
    if n as f64 * p < INVERSION_BELOW { binomial_inversion(stream, n, p) } else { binomial_rejection(stream, n, p) }
}

/// Sequential search from 0: P(k+1) = P(k)·(n−k)/(k+1)·p/q.
fn binomial_inversion(stream: &mut Stream, n: u64, p: f64) -> u64 {
    let odds = p / (1.0 - p);
    let start = (n as f64 * (-p).ln_1p()).exp();
    loop {
        let mut u = stream.uniform();
        let mut probability = start;
        let mut k = 0;
        // Mean below 10: beyond 150 the mass is under 1e-100, so u has been eaten by rounding.
        while k <= n && k < 150 {
            if u < probability {
                return k;
            }
            u -= probability;
            probability *= (n - k) as f64 / (k + 1) as f64 * odds;
            k += 1;
        }
    }
}

/// Hörmann 1993, algorithm BTRS, for n·p ≥ 10 and p ≤ ½.
fn binomial_rejection(stream: &mut Stream, n: u64, p: f64) -> u64 {
    let size = n as f64;
    let spread = (size * p * (1.0 - p)).sqrt();
    let b = 1.15 + 2.53 * spread;
    let a = -0.0873 + 0.0248 * b + 0.01 * p;
    let c = size * p + 0.5;
    let v_r = 0.92 - 4.2 / b;
    let alpha = (2.83 + 5.1 / b) * spread;
    let mode = ((size + 1.0) * p).floor();
    loop {
        let u = stream.uniform() - 0.5;
        let v = stream.uniform_positive();
        let us = 0.5 - u.abs();
        let k = ((2.0 * a / us + b) * u + c).floor();
        // Also rejects the NaN and infinities of us = 0.
        if !(k >= 0.0 && k <= size) {
            continue;
        }
        if us >= 0.07 && v <= v_r {
            return k as u64;
        }
        let bound = (v * alpha / (a / (us * us) + b)).ln();
        if bound <= log_ratio_to_mode(size, p, mode, k) {
            return k as u64;
        }
    }
}

/// ln P(k)/P(mode) of Bin(n, p), arranged so that its error grows with |k − mode| and not with n.
fn log_ratio_to_mode(n: f64, p: f64, m: f64, k: f64) -> f64 {
    let d = k - m;
    let tails = stirling_tail(m) + stirling_tail(n - m) - stirling_tail(k) - stirling_tail(n - k);
    -(m + 0.5) * (d / (m + 1.0)).ln_1p()
        + (n - m + 0.5) * (d / (n - k + 1.0)).ln_1p()
        + d * (p / (1.0 - p) * (n - k + 1.0) / (k + 1.0)).ln()
        + tails
}

/// ln k! − [(k + ½) ln(k + 1) − (k + 1) + ½ ln 2π]: exact factorials up to 9, then the series in
/// 1/(k + 1) (Hörmann 1993, section 2), whose next term is under 1e-11 there.
fn stirling_tail(k: f64) -> f64 {
    const FACTORIALS: [f64; 10] = [1.0, 1.0, 2.0, 6.0, 24.0, 120.0, 720.0, 5_040.0, 40_320.0, 362_880.0];
    const HALF_LN_TAU: f64 = 0.918_938_533_204_672_7;
    let next = k + 1.0;
    if let Some(factorial) = FACTORIALS.get(k as usize) {
        return factorial.ln() - ((k + 0.5) * next.ln() - next + HALF_LN_TAU);
    }
    let r = 1.0 / (next * next);
    (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - r / 1680.0) * r) * r) / next
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::chi_square_upper_tail;
    use crate::philox::Key;
    use crate::sum::pairwise;
    use proptest::prelude::*;

    fn stream(purpose: &str, replicate: u64) -> Stream {
        Stream::new(Key::new(2024, purpose), 0, replicate)
    }

    /// Chi-square goodness of fit; a fixed seed, so a failure is a defect and not bad luck.
    fn fits(counts: &[u64], expected: &[f64]) {
        let terms = counts.iter().zip(expected);
        let x: f64 = terms.map(|(&o, &e)| (o as f64 - e).powi(2) / e).sum();
        let p = chi_square_upper_tail(x, (counts.len() - 1) as f64);
        assert!(p > 1e-4, "chi-square {x}, p {p}, {counts:?}, {expected:?}");
    }

    /// Pools the binomial support into cells of expectation ≥ 20 and tests 40,000 draws.
    fn binomial_fits(n: u64, p: f64) {
        let draws = 40_000;
        let mut source = stream("binomial", n);
        let (mut cell_of, mut expected) = (Vec::new(), vec![0.0]);
        let mut log_p = n as f64 * (-p).ln_1p();
        for k in 0..=n {
            if expected[expected.len() - 1] >= 20.0 {
                expected.push(0.0);
            }
            let cell = expected.len() - 1;
            cell_of.push(cell);
            expected[cell] += f64::from(draws) * log_p.exp();
            log_p += ((n - k) as f64 / (k + 1) as f64 * p / (1.0 - p)).ln();
        }
        let last = expected.pop().unwrap();
        let cells = expected.len();
        expected[cells - 1] += last;
        let mut counts = vec![0; cells];
        for _ in 0..draws {
            counts[cell_of[binomial(&mut source, n, p) as usize].min(cells - 1)] += 1;
        }
        fits(&counts, &expected);
    }

    #[test]
    fn binomial_follows_its_probabilities() {
        for (n, p) in [(5, 0.3), (1_000, 0.004), (20, 0.5), (25, 0.45), (60, 0.2), (400, 0.77), (5_000, 0.1)] {
            binomial_fits(n, p);
        }
    }

    #[test]
    fn binomial_of_a_huge_number_has_its_moments() {
        let (n, p, draws) = (1_000_000_000_000u64, 0.3, 4_000);
        let mut source = stream("huge", 0);
        let sd = (n as f64 * p * (1.0 - p)).sqrt();
        let z: Vec<f64> = (0..draws).map(|_| (binomial(&mut source, n, p) as f64 - n as f64 * p) / sd).collect();
        let mean = pairwise(&z) / f64::from(draws);
        let variance = z.iter().map(|v| v * v).sum::<f64>() / f64::from(draws);
        // Five standard errors, 1/√4000 and √(2/4000).
        assert!(mean.abs() < 0.08 && (variance - 1.0).abs() < 0.112, "{mean} {variance}");
    }

    /// ln P(12)/P(6) of Bin(20, 0.3) = ln[C(20,12)/C(20,6)·(3/7)⁶] = ln(125970/38760) + 6 ln(3/7).
    #[test]
    fn ratio_to_mode_by_hand() {
        let ours = log_ratio_to_mode(20.0, 0.3, 6.0, 12.0);
        let exact = (125_970f64 / 38_760.0).ln() + 6.0 * (3f64 / 7.0).ln();
        assert!((ours - exact).abs() < 1e-10, "{ours} {exact}");
    }

    #[test]
    fn binomial_at_the_ends() {
        let mut source = stream("ends", 0);
        assert_eq!(binomial(&mut source, 0, 0.5), 0);
        assert_eq!(binomial(&mut source, 9, 0.0), 0);
        assert_eq!(binomial(&mut source, 9, 1.0), 9);
    }

    proptest! {
        #[test]
        fn binomial_stays_in_range(seed: u64, n in 0u64..2_000_000, p in 0.0f64..=1.0) {
            let mut source = Stream::new(Key::new(seed, "range"), 0, 0);
            prop_assert!(binomial(&mut source, n, p) <= n);
        }
    }
}
