//! Hand values, identities, and bounds against random feasible tables.

use super::*;
use crate::concentration::LogBase;
use proptest::prelude::*;

fn options() -> SpreadOptions {
    SpreadOptions::default()
}

fn shares(values: &[f64]) -> Vec<f64> {
    let total: f64 = values.iter().sum();
    values.iter().map(|value| value / total).collect()
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-12 * 1.0_f64.max(b.abs())
}

/// Farhauer and Kröll 2013 (gini_lq); the rest by the formulae (oracle measure-gini-textbook).
#[test]
fn the_textbook_industry() {
    let s = shares(&[500.0, 500.0, 1000.0, 7000.0, 1000.0]);
    let x = shares(&[20000.0, 15000.0, 20000.0, 40000.0, 5000.0]);
    let values = indices(&s, Some(&x), &options());
    for (index, expected) in [
        (Index::GiniLq, 0.406896551724138),
        (Index::Gini, 0.3725),
        (Index::Hoover, 0.35),
        (Index::Krugman, 0.7),
        (Index::Theil, 0.26748571906539576),
        (Index::Hhi, 0.515),
        (Index::HhiNorm, 0.39375),
        (Index::Entropy, 1.0097627067113208),
        (Index::NEffective, 2.7449495796163434),
        (Index::Cr, 0.95),
        (Index::HannahKay, 1.0 / 0.515),
    ] {
        assert!(near(values.get(index), expected), "{index:?} {}", values.get(index));
    }
}

#[test]
fn conventions_scale_what_they_name() {
    let (s, x) = (shares(&[1.0, 2.0, 5.0]), shares(&[1.0, 1.0, 1.0]));
    let plain = indices(&s, Some(&x), &options());
    let scaled = SpreadOptions { gini_scale: 0.5, krugman_scale: 1.0, log_base: LogBase::Two, cr: 2, alpha: 1.0 };
    let other = indices(&s, Some(&x), &scaled);
    assert!(near(other.get(Index::Gini), plain.get(Index::Gini) / 2.0));
    assert_eq!(other.get(Index::GiniLq), plain.get(Index::GiniLq));
    assert!(near(other.get(Index::Krugman), plain.get(Index::Hoover)));
    assert!(near(other.get(Index::Entropy), plain.get(Index::Entropy) / std::f64::consts::LN_2));
    assert!(near(other.get(Index::Theil), plain.get(Index::Theil) / std::f64::consts::LN_2));
    assert_eq!(other.get(Index::NEffective), plain.get(Index::NEffective));
    assert_eq!(other.get(Index::HannahKay), plain.get(Index::NEffective));
    assert!(near(other.get(Index::Cr), 0.875));
    // With a uniform benchmark both Gini coefficients are the same.
    assert!(near(plain.get(Index::Gini), plain.get(Index::GiniLq)));
}

#[test]
fn one_unit_and_the_benchmark_itself() {
    let one = indices(&[1.0], Some(&[1.0]), &options());
    assert!(one.get(Index::HhiNorm).is_nan() && one.get(Index::Rdi).is_nan());
    assert_eq!((one.get(Index::Hhi), one.get(Index::Cr), one.get(Index::NEffective)), (1.0, 1.0, 1.0));
    let x = shares(&[3.0, 7.0, 11.0, 13.0]);
    let same = indices(&x, Some(&x), &options());
    for index in [Index::Gini, Index::GiniLq, Index::Hoover, Index::Krugman, Index::Theil] {
        assert!(same.get(index).abs() < 1e-15, "{index:?}");
    }
    assert!(near(same.get(Index::Hachman), 1.0));
}

#[test]
fn bounds_by_hand() {
    // oracle measure-hhi-suppressed: 100, 10..49, 10..49, total 160
    let values = bounds(&[100.0, 10.0, 10.0], &[100.0, 49.0, 49.0], 160.0, None, &options()).unwrap();
    let hhi = values.get(Index::Hhi);
    assert!(near(hhi.low, 0.4609375) && near(hhi.high, 0.489140625) && hhi.exact);
    // Numbers equivalents turn round: the largest is at the least concentration.
    let hannah_kay = values.get(Index::HannahKay);
    assert!(near(hannah_kay.high, 1.0 / 0.4609375) && near(hannah_kay.low, 1.0 / 0.489140625));
    assert!(values.get(Index::Gini).low.is_nan());
    // Three units, the largest two: 100 and at most 49.
    let two = SpreadOptions { cr: 2, ..options() };
    let cr = bounds(&[100.0, 10.0, 10.0], &[100.0, 49.0, 49.0], 160.0, None, &two).unwrap().get(Index::Cr);
    assert!(near(cr.low, 130.0 / 160.0) && near(cr.high, 149.0 / 160.0));
    // α = 0 counts the units above zero: of 0..5, 0..5, 0..1 with total 6 two must be, three may be.
    let count = SpreadOptions { alpha: 0.0, ..options() };
    let units = bounds(&[0.0; 3], &[5.0, 5.0, 1.0], 6.0, None, &count).unwrap().get(Index::HannahKay);
    assert_eq!((units.low, units.high), (2.0, 3.0));
    // 2, 0..15, 17..31 of 32.328: all that is left fits in the third, so the second may be 0.
    let units = bounds(&[2.0, 0.0, 17.0], &[2.0, 15.0, 31.0], 19.0 + 0.888531242801965 * 15.0, None, &count).unwrap();
    assert_eq!((units.get(Index::HannahKay).low, units.get(Index::HannahKay).high), (2.0, 3.0));
}

fn vectors() -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
    proptest::collection::vec((0.0..1e4_f64, 0.1..1e4_f64), 2..30).prop_filter_map("zero", |pairs| {
        let (s, x): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        (s.iter().sum::<f64>() > 1.0).then(|| (shares(&s), shares(&x)))
    })
}

proptest! {
    #[test]
    fn ranges_order_and_definitions((s, x) in vectors()) {
        let values = indices(&s, Some(&x), &options());
        let n = s.len() as f64;
        prop_assert!((0.0..1.0).contains(&values.get(Index::Gini)));
        prop_assert!(values.get(Index::GiniLq) <= 1.0 - 1.0 / n + 1e-12);
        prop_assert!((0.0..1.0).contains(&values.get(Index::Hoover)));
        prop_assert!(values.get(Index::Hoover) <= values.get(Index::Gini) + 1e-12);
        prop_assert!(values.get(Index::Theil) >= -1e-12);
        prop_assert!(values.get(Index::Hhi) >= 1.0 / n - 1e-12 && values.get(Index::Hhi) <= 1.0 + 1e-12);
        prop_assert!(values.get(Index::NEffective) <= n + 1e-9);
        prop_assert!(values.get(Index::HannahKay) <= values.get(Index::NEffective) + 1e-9);
        prop_assert!(values.get(Index::Hachman) <= 1.0 + 1e-12 && values.get(Index::Hachman) > 0.0);
        // 1 − Σ x_(k)(S_k + S_{k−1}) and the mean difference of location quotients, as they are defined
        let mut order: Vec<usize> = (0..s.len()).collect();
        order.sort_by(|&a, &b| (s[a] / x[a]).total_cmp(&(s[b] / x[b])));
        let mut sum = 0.0;
        let mut area = 1.0;
        for &k in &order {
            area -= x[k] * (2.0 * sum + s[k]);
            sum += s[k];
        }
        prop_assert!((values.get(Index::Gini) - area).abs() < 1e-12);
        let q: Vec<f64> = s.iter().zip(&x).map(|(s, x)| s / x).collect();
        let mean = q.iter().sum::<f64>() / n;
        let differences: f64 = q.iter().flat_map(|a| q.iter().map(move |b| (a - b).abs())).sum();
        prop_assert!((values.get(Index::GiniLq) - differences / (2.0 * n * n * mean)).abs() < 1e-12);
        let reversed = indices(&s.iter().rev().copied().collect::<Vec<_>>(), Some(&x.iter().rev().copied().collect::<Vec<_>>()), &options());
        for index in Index::ALL {
            prop_assert!(near(reversed.get(index), values.get(index)), "{:?}", index);
        }
    }

    /// Splitting a unit in two of the same quotient changes no index that compares with a benchmark by units.
    #[test]
    fn units_of_one_quotient_may_be_joined((s, x) in vectors(), share in 0.1..0.9_f64) {
        let split = |values: &[f64]| {
            let mut parts = vec![values[0] * share, values[0] * (1.0 - share)];
            parts.extend(&values[1..]);
            parts
        };
        let (joined, apart) = (indices(&s, Some(&x), &options()), indices(&split(&s), Some(&split(&x)), &options()));
        for index in [Index::Gini, Index::Hoover, Index::Theil, Index::Hachman] {
            prop_assert!((joined.get(index) - apart.get(index)).abs() < 1e-12, "{:?}", index);
        }
    }

    /// No feasible table has an index outside its bounds, and vertices as well as the filled points are among those tried.
    #[test]
    fn every_feasible_table_is_within(
        cells in proptest::collection::vec((0_u8..50, prop_oneof![Just(0_u8), 1_u8..60], 1_u8..40), 2..8),
        mixes in proptest::collection::vec(proptest::collection::vec(prop_oneof![Just(0.0), Just(1.0), 0.0..1.0_f64], 8), 20),
        alpha in prop_oneof![Just(0.0), Just(0.5), Just(1.0), Just(2.0), Just(3.5)],
        cr in 1_usize..4,
    ) {
        let options = SpreadOptions { alpha, cr, ..options() };
        let low: Vec<f64> = cells.iter().map(|cell| f64::from(cell.0)).collect();
        let high: Vec<f64> = cells.iter().map(|cell| f64::from(cell.0) + f64::from(cell.1)).collect();
        let x = shares(&cells.iter().map(|cell| f64::from(cell.2)).collect::<Vec<_>>());
        let at = |mix: &[f64]| -> Vec<f64> {
            low.iter().zip(&high).zip(mix).map(|((low, high), mix)| low + mix * (high - low)).collect()
        };
        let total: f64 = at(&mixes[0]).iter().sum();
        prop_assume!(total > 1.0);
        let ends = bounds(&low, &high, total, Some(&x), &options).unwrap();
        for mix in &mixes {
            // Move the point along the cells until the total holds.
            let mut point = at(mix);
            let mut rest = total - point.iter().sum::<f64>();
            for k in 0..point.len() {
                let moved = (point[k] + rest).clamp(low[k], high[k]);
                rest -= moved - point[k];
                point[k] = moved;
            }
            prop_assert!(rest.abs() < 1e-9);
            // A cell left at 1e-16 by rounding is one more for α = 0, and 1e-8 more for α = ½.
            if alpha < 1.0 && point.iter().any(|&e| e > 0.0 && e < 1e-9) {
                continue;
            }
            let values = indices(&shares(&point), Some(&x), &options);
            for index in Index::ALL.into_iter().filter(|index| index.has_bounds()) {
                let (value, end) = (values.get(index), ends.get(index));
                let slack = 1e-9 * 1.0_f64.max(value.abs());
                let open = end.high.is_nan() && index == Index::Rdi;
                prop_assert!(value.is_nan() || value >= end.low - slack, "{:?} {} {:?}", index, value, end);
                prop_assert!(value.is_nan() || open || value <= end.high + slack, "{:?} {} {:?}", index, value, end);
            }
        }
    }

    /// A fine grid over two free cells comes as near to the ends as its step allows: the bounds are tight.
    #[test]
    fn ends_are_attained_on_a_grid(fixed in 1_u8..60, a in 0_u8..40, wa in 1_u8..60, b in 0_u8..40, wb in 1_u8..60, c in 0_u8..40, wc in 1_u8..60, place in 0.0..1.0_f64) {
        let low = [f64::from(fixed), f64::from(a), f64::from(b), f64::from(c)];
        let high = [low[0], low[1] + f64::from(wa), low[2] + f64::from(wb), low[3] + f64::from(wc)];
        let least: f64 = low.iter().sum();
        let most: f64 = high.iter().sum();
        let total = (least + place * (most - least)).round();
        let x = shares(&[5.0, 3.0, 9.0, 2.0]);
        let ends = bounds(&low, &high, total, Some(&x), &options()).unwrap();
        let mut seen = PerIndex::all((f64::INFINITY, f64::NEG_INFINITY));
        let steps = 120;
        for i in 0..=steps {
            for j in 0..=steps {
                let e1 = low[1] + (high[1] - low[1]) * f64::from(i) / f64::from(steps);
                let e2 = low[2] + (high[2] - low[2]) * f64::from(j) / f64::from(steps);
                let e3 = total - low[0] - e1 - e2;
                if e3 < low[3] - 1e-12 || e3 > high[3] + 1e-12 {
                    continue;
                }
                let values = indices(&shares(&[low[0], e1, e2, e3.max(0.0)]), Some(&x), &options());
                for index in Index::ALL {
                    let (least, most) = seen.get(index);
                    seen.set(index, (least.min(values.get(index)), most.max(values.get(index))));
                }
            }
        }
        prop_assume!(seen.get(Index::Hhi).0.is_finite());
        // One step moves a share by at most 60/120/total; slopes of these indices stay below 4 (gini, krugman) there.
        let step = 60.0 / f64::from(steps) / total;
        for index in [Index::Hhi, Index::Krugman, Index::Hoover, Index::Gini] {
            let ((least, most), end) = (seen.get(index), ends.get(index));
            prop_assert!(least <= end.low + 8.0 * step && most >= end.high - 8.0 * step, "{:?} {} {} {:?}", index, least, most, end);
        }
    }
}
