use super::*;
use EnvelopeMethod::{Dclf, Do, Erl, Mad, Pointwise, St};
use distretto_numerics::{Key, Stream};
use proptest::prelude::*;

fn curves(r: &[f64], values: Vec<f64>) -> Curves {
    Curves::new(r.to_vec(), values).unwrap()
}

/// 39 flat simulations 1..39 and a flat observation.
fn flat(observed: f64) -> Curves {
    let simulated = (1..40).flat_map(|i| [f64::from(i); 3]);
    curves(&[0.0, 1.0, 2.0], [observed; 3].into_iter().chain(simulated).collect())
}

#[test]
fn flat_curves_by_hand() {
    // α = 0.05, N = 40: αN = 2. The two curves at the ends have the smallest ranks and drop out.
    let erl = envelope(&flat(100.0), Erl, 0.95, Gaps::LeftOut).unwrap();
    assert_eq!((erl.p_value, erl.low[0], erl.high[2]), (2.0 / 40.0, 2.0, 39.0));
    let erl = envelope(&flat(20.5), Erl, 0.95, Gaps::LeftOut).unwrap();
    assert_eq!(erl.p_value, 1.0);
    assert_eq!(erl.mean[1], 20.0); // of the simulations alone
    assert_eq!(erl.p[1], 1.0); // 2·min(21/40, 20/40)
    // Mean of all 40 with observation 100: 880/40 = 22; deviations 78, 21, 20, ...: the third largest is 20.
    let mad = envelope(&flat(100.0), Mad, 0.95, Gaps::LeftOut).unwrap();
    assert_eq!((mad.p_value, mad.statistic, mad.low[0], mad.high[0]), (0.025, 78.0, 2.0, 42.0));
    let st = envelope(&flat(100.0), St, 0.95, Gaps::LeftOut).unwrap();
    assert!((st.low[0] - 2.0).abs() < 1e-9 && st.p_value == 0.025); // sd is the same everywhere
    let dclf = envelope(&flat(100.0), Dclf, 0.95, Gaps::LeftOut).unwrap();
    assert_eq!((dclf.statistic, dclf.p_value), (78.0 * 78.0 * 2.0, 0.025));
    assert!(dclf.low.iter().all(|low| low.is_nan()));
    // k = ⌊0.025·40⌋ = 1.
    let pointwise = envelope(&flat(100.0), Pointwise, 0.95, Gaps::LeftOut).unwrap();
    assert_eq!((pointwise.low[0], pointwise.high[0]), (1.0, 39.0));
    assert!(pointwise.p_value.is_nan());
}

#[test]
fn the_band_of_duranton_and_overman_lets_alpha_out() {
    // 19 of 39 would leave rank by rank in pairs; α·39 = 3.9 leave at k = 1 + 2·.975/2 + ...: between rank 2 (2 leave)
    // and rank 3 (4 leave) at k = 2 + (0.1 − 2/39)/(2/39) = 2.95.
    let found = envelope(&flat(100.0), Do, 0.9, Gaps::LeftOut).unwrap();
    assert!((found.low[0] - 2.95).abs() < 1e-12 && (found.high[0] - 37.05).abs() < 1e-12, "{found:?}");
    let [localised, dispersed] = found.indices.unwrap();
    assert!((localised - 3.0 * 62.95).abs() < 1e-9 && dispersed == 0.0);
    let [localised, dispersed] = envelope(&flat(0.0), Do, 0.9, Gaps::LeftOut).unwrap().indices.unwrap();
    assert!(localised == 0.0 && (dispersed - 3.0 * 2.95).abs() < 1e-9);
    assert_eq!(envelope(&flat(20.0), Do, 0.9, Gaps::LeftOut).unwrap().indices, Some([0.0, 0.0]));
}

#[test]
fn all_ties_give_p_of_one() {
    // Equal but for rounding, at 1 and at 1e9.
    let mut values = Vec::new();
    for i in 0..40 {
        let noise = 1.0 + f64::from(i % 3) * 2e-16;
        values.extend([noise, 1e9 * noise, 0.0]);
    }
    for method in [Erl, Mad, St, Dclf] {
        let found = envelope(&curves(&[0.0, 1.0, 2.0], values.clone()), method, 0.95, Gaps::LeftOut).unwrap();
        assert_eq!(found.p_value, 1.0, "{method:?}");
        assert_eq!(found.p, [1.0; 3]);
    }
}

#[test]
fn distances_without_value_are_left_out() {
    let mut values: Vec<f64> = (0..40).flat_map(|i| [f64::NAN, f64::from(i), f64::from(i % 7)]).collect();
    values[3 * 7 + 2] = f64::NAN;
    let found = envelope(&curves(&[0.0, 1.0, 2.0], values), Erl, 0.95, Gaps::LeftOut).unwrap();
    assert_eq!(found.left_out, 2);
    assert!(found.p[0].is_nan() && found.low[2].is_nan() && found.mean[2].is_nan());
    assert_eq!((found.p_value, found.p[1]), (2.0 / 40.0, 2.0 / 40.0));
    let none = envelope(&curves(&[0.0], vec![f64::NAN; 40]), Mad, 0.95, Gaps::LeftOut).unwrap();
    assert!(none.p_value.is_nan() && none.left_out == 1);
}

#[test]
fn one_curve_without_a_value_takes_no_test_away() {
    // 39 simulations 1..39 and an observation of 100; the first simulation has no value anywhere, the second none at 0.
    let mut values: Vec<f64> = (1..40).flat_map(|i| [f64::from(i); 3]).collect();
    values[..4].fill(f64::NAN);
    let all = curves(&[0.0, 1.0, 2.0], [100.0; 3].into_iter().chain(values).collect());
    assert!(envelope(&all, Erl, 0.95, Gaps::LeftOut).unwrap().p_value.is_nan());
    for method in [Erl, Mad, St, Dclf] {
        let found = envelope(&all, method, 0.95, Gaps::Neutral).unwrap();
        assert!(found.p_value <= 0.05 && (found.left_out, found.neutral) == (0, 3), "{method:?} {found:?}");
        assert_eq!(found.mean[1], 20.5); // of 2..39
        assert_eq!(found.p[1], 2.0 / 39.0); // of 38 simulations
    }
    // An observation that has no value anywhere has no test; a distance without any value is left out.
    let mut none: Vec<f64> = (0..40).flat_map(|i| [f64::from(i), f64::NAN]).collect();
    none[0] = f64::NAN;
    let found = envelope(&curves(&[0.0, 1.0], none), Erl, 0.95, Gaps::Neutral).unwrap();
    assert!(found.p_value.is_nan() && found.left_out == 1 && found.mean[1].is_nan());
}

#[test]
fn one_distance_is_tested_by_dclf() {
    let at = |observed: f64| {
        let values = [observed].into_iter().chain((1..40).map(f64::from)).collect();
        envelope(&curves(&[3.0], values), Dclf, 0.95, Gaps::LeftOut).unwrap()
    };
    // Mean of 100 and 1..39 is 22.
    assert_eq!((at(100.0).p_value, at(100.0).statistic), (0.025, 78.0 * 78.0));
    assert!(at(20.0).p_value > 0.9);
}

#[test]
fn gaps_that_depend_on_the_curve_leave_the_level() {
    // A curve has no value where a wave of its own is low: 2,000 tests, 5 % ± 4 standard errors of 0.49 %.
    let r: Vec<f64> = (0..8).map(f64::from).collect();
    for method in [Erl, Mad, St, Dclf] {
        let mut rejected = 0;
        for test in 0..2000 {
            let mut stream = Stream::new(Key::new(12, "test/level"), test, 0);
            let mut values = Vec::new();
            for _ in 0..40 {
                let (curve, gaps) = (random_curve(&mut stream, 8), random_curve(&mut stream, 8));
                values.extend(curve.iter().zip(&gaps).map(|(v, gap)| if v + gap < -0.8 { f64::NAN } else { *v }));
            }
            let found = envelope(&curves(&r, values), method, 0.95, Gaps::Neutral).unwrap();
            rejected += u32::from(found.p_value <= 0.05 + 1e-9);
        }
        assert!((60..=140).contains(&rejected), "{method:?}: {rejected} of 2000");
    }
}

#[test]
fn too_few_simulations_are_told() {
    let few = |n: u32| curves(&[0.0], (0..=n).map(f64::from).collect());
    assert!(matches!(envelope(&few(18), Erl, 0.95, Gaps::LeftOut), Err(EnvelopeError::Simulations(_))));
    assert!(envelope(&few(19), Erl, 0.95, Gaps::LeftOut).is_ok());
    assert!(matches!(
        envelope(&few(38), Pointwise, 0.95, Gaps::LeftOut),
        Err(EnvelopeError::TooFewForBand { needed: 39, .. })
    ));
    assert!(envelope(&few(39), Pointwise, 0.95, Gaps::LeftOut).is_ok());
    assert!(envelope(&few(39), Erl, 1.0, Gaps::LeftOut).is_err());
    assert!(matches!(Curves::new(vec![0.0, 0.0], vec![1.0; 4]), Err(EnvelopeError::Order { .. })));
    assert!(matches!(Curves::new(vec![0.0, 1.0], vec![1.0; 3]), Err(EnvelopeError::Shape { .. })));
}

/// A rough curve: a sum of three waves with random weights.
fn random_curve(stream: &mut Stream, distances: usize) -> Vec<f64> {
    let weights: Vec<f64> = (0..4).map(|_| stream.uniform() - stream.uniform()).collect();
    (0..distances)
        .map(|j| weights.iter().enumerate().map(|(k, w)| w * ((k + 1) as f64 * j as f64 * 0.7).cos()).sum())
        .collect()
}

#[test]
fn the_stated_level_is_the_true_level() {
    // 2,000 tests of a curve from the null: p ≤ 0.05 must come up at 5 %, ± 4 standard errors of 0.49 %.
    let r: Vec<f64> = (0..12).map(f64::from).collect();
    for method in [Erl, Mad, St, Dclf] {
        let mut rejected = [0; 2];
        for test in 0..2000 {
            let mut stream = Stream::new(Key::new(11, "test/level"), test, 0);
            let values: Vec<f64> = (0..40).flat_map(|_| random_curve(&mut stream, 12)).collect();
            let found = envelope(&curves(&r, values.clone()), method, 0.95, Gaps::LeftOut).unwrap();
            rejected[0] += u32::from(found.p_value <= 0.05 + 1e-9);
            let outside = (0..12).any(|j| values[j] < found.low[j] - 1e-12 || values[j] > found.high[j] + 1e-12);
            rejected[1] += u32::from(outside);
        }
        assert!((60..=140).contains(&rejected[0]), "{method:?}: {rejected:?} of 2000");
        if method != Dclf {
            // The band says the same as the p-value.
            assert_eq!(rejected[0], rejected[1], "{method:?}");
        }
    }
}

proptest! {
    #[test]
    fn leaving_the_band_is_p_at_most_alpha(values in prop::collection::vec(-2.0f64..2.0, 40 * 5)) {
        let curves = curves(&[0.0, 1.0, 2.0, 3.0, 4.0], values.clone());
        for method in [Erl, Mad] {
            let found = envelope(&curves, method, 0.95, Gaps::LeftOut).unwrap();
            let outside = (0..5).any(|j| values[j] < found.low[j] - 1e-9 || values[j] > found.high[j] + 1e-9);
            prop_assert_eq!(outside, found.p_value <= 0.05 + 1e-9, "{:?} {:?}", method, found);
            prop_assert!(found.p_value >= 1.0 / 40.0);
        }
    }

    #[test]
    fn the_order_of_simulations_does_not_matter(values in prop::collection::vec(-1.0f64..1.0, 40 * 3)) {
        let r = [0.0, 1.0, 2.0];
        let mut turned = values[..3].to_vec();
        values[3..].chunks(3).rev().for_each(|curve| turned.extend(curve));
        for method in [Erl, Mad, St, Dclf, Do, Pointwise] {
            let (a, b) = (envelope(&curves(&r, values.clone()), method, 0.95, Gaps::LeftOut).unwrap(),
                          envelope(&curves(&r, turned.clone()), method, 0.95, Gaps::LeftOut).unwrap());
            prop_assert!(a.p_value == b.p_value || a.p_value.is_nan() && b.p_value.is_nan());
            prop_assert!(a.high.iter().zip(&b.high).all(|(x, y)| (x - y).abs() < 1e-9 || x.is_nan()));
        }
    }
}
