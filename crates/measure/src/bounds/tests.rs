//! Hand values, and the two halves of a bound: no feasible table beyond it, some feasible table at it.

use super::*;
use proptest::prelude::*;

/// Cells with less than 1e-12 of freedom are taken as fixed; Theil's index magnifies that by |ln s|, up to 30 here.
const NEAR: f64 = 1e-10;

fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * 1.0_f64.max(b.abs())
}

/// The coefficient by its definition over pairs.
fn gini(s: &[f64], x: &[f64]) -> f64 {
    let pairs = (0..s.len()).flat_map(|j| (0..j).map(move |k| (j, k)));
    pairs.map(|(j, k)| (x[k] * s[j] - x[j] * s[k]).abs()).sum()
}

/// The largest value of `index` over all vertices, without any pruning.
fn by_enumeration(boxes: &Boxes, index: impl Fn(&[f64]) -> f64) -> f64 {
    let m = boxes.free.len();
    let mut best = if m == 0 { index(&boxes.low) } else { f64::NEG_INFINITY };
    for inside in 0..m {
        for choice in (0_u32..1 << m).filter(|choice| choice >> inside & 1 == 0) {
            let mut point = boxes.low.clone();
            for (bit, &cell) in boxes.free.iter().enumerate().filter(|&(bit, _)| choice >> bit & 1 == 1) {
                debug_assert!(bit != inside);
                point[cell] = boxes.high[cell];
            }
            let rest = boxes.total - point.iter().sum::<f64>();
            let cell = boxes.free[inside];
            if rest >= -1e-9 && rest <= boxes.width(cell) + 1e-9 {
                point[cell] += rest.clamp(0.0, boxes.width(cell));
                best = best.max(index(&point));
            }
        }
    }
    best
}

/// Boxes with a feasible total, a benchmark, and some feasible points.
fn cases(cells: std::ops::Range<usize>) -> impl Strategy<Value = (Boxes, Vec<f64>, Vec<Vec<f64>>)> {
    let cell = (0_u8..40, prop_oneof![Just(0_u8), 0_u8..60], 1_u8..30, 0.0..1.0_f64);
    let mixes = proptest::collection::vec(proptest::collection::vec(0.0..1.0_f64, 64), 12);
    (proptest::collection::vec(cell, cells), mixes).prop_filter_map("an empty table", |(cells, mixes)| {
        let low: Vec<f64> = cells.iter().map(|c| f64::from(c.0)).collect();
        let high: Vec<f64> = cells.iter().map(|c| f64::from(c.0) + f64::from(c.1)).collect();
        let point: Vec<f64> = cells.iter().map(|c| f64::from(c.0) + c.3 * f64::from(c.1)).collect();
        let total: f64 = point.iter().sum();
        let weights: f64 = cells.iter().map(|c| f64::from(c.2)).sum();
        let x = cells.iter().map(|c| f64::from(c.2) / weights).collect();
        let shares = |values: &[f64]| values.iter().map(|v| v / total).collect::<Vec<_>>();
        let boxes = Boxes::new(&shares(&low), &shares(&high), 1.0).ok().filter(|_| total > 1.0)?;
        let points = mixes.iter().map(|mix| feasible(&boxes, mix)).chain([shares(&point)]).collect();
        Some((boxes, x, points))
    })
}

/// A feasible point: pushed from the lower ends in random steps until the sum holds.
fn feasible(boxes: &Boxes, mix: &[f64]) -> Vec<f64> {
    let mut point = boxes.low.clone();
    let mut room = boxes.room();
    for pass in 0..2 {
        for (i, &cell) in boxes.free.iter().enumerate() {
            let share = if pass == 0 { mix[i % mix.len()] } else { 1.0 };
            let step = (share * boxes.width(cell)).min(room).min(boxes.high[cell] - point[cell]);
            point[cell] += step;
            room -= step;
        }
    }
    point
}

#[test]
fn one_industry_by_hand() {
    // oracle measure-hhi-suppressed, in squares of jobs
    let bounds = sum_of_squares(&[100.0, 10.0, 10.0], &[100.0, 49.0, 49.0], 160.0).unwrap();
    assert_eq!((bounds.low, bounds.high, bounds.exact), (11_800.0, 12_522.0, true));
}

#[test]
fn a_total_out_of_reach_is_told() {
    let error = sum_of_squares(&[300.0, 20.0], &[300.0, 99.0], 480.0).unwrap_err();
    assert_eq!(error, BoundsError::Infeasible { total: 480.0, least: 320.0, most: 399.0 });
    assert!(error.to_string().contains("total"));
    assert!(matches!(sum_of_squares(&[2.0], &[1.0], 1.0), Err(BoundsError::Interval { cell: 0, .. })));
    assert!(matches!(sum_of_squares(&[f64::NAN], &[1.0], 1.0), Err(BoundsError::Interval { .. })));
    assert!(matches!(sum_of_squares(&[0.0], &[], 1.0), Err(BoundsError::Lengths { low: 1, high: 0 })));
}

#[test]
fn an_open_cell_ends_at_the_total() {
    // 100 and more, 20..40, total 150: 110 + 40 or 130 + 20.
    let bounds = sum_of_squares(&[100.0, 20.0], &[f64::INFINITY, 40.0], 150.0).unwrap();
    assert_eq!((bounds.low, bounds.high), (110.0 * 110.0 + 1600.0, 130.0 * 130.0 + 400.0));
}

#[test]
fn many_cells_alike_are_counted() {
    // 30 cells in 0..10, total 95: nine at 10, one at 5.
    let bounds = sum_of_squares(&[0.0; 30], &[10.0; 30], 95.0).unwrap();
    assert_eq!((bounds.high, bounds.exact), (925.0, true));
    assert!(close(bounds.low, 95.0 * 95.0 / 30.0, 1e-14));
    let boxes = Boxes::new(&[0.0; 30], &[10.0; 30], 95.0).unwrap();
    let four = sum_of_largest(&boxes, 4);
    assert_eq!((four.high, four.exact), (40.0, true));
    assert_eq!(sum_of_largest(&boxes, 12).high, 95.0);
}

#[test]
fn many_cells_apart_get_an_outer_bound() {
    let low: Vec<f64> = (0..25).map(f64::from).collect();
    let high: Vec<f64> = (0..25).map(|i| 40.0 + f64::from(i % 7)).collect();
    let bounds = sum_of_squares(&low, &high, 600.0).unwrap();
    assert!(!bounds.exact);
    // Reached or not, the bound is less than one cell's chord away from a vertex.
    let greedy = feasible(&Boxes::new(&low, &high, 600.0).unwrap(), &[1.0]);
    assert!(bounds.high >= greedy.iter().map(|e| e * e).sum::<f64>());
}

#[test]
fn a_known_class_by_hand() {
    // 3 plants in 10..49, 60 jobs: one plant at 40, two at 10 (k = 0, the rest 40).
    let class = SizeClass { plants: 3.0, low: 10.0, high: 49.0 };
    let bounds = sum_of_squares_of_class(class, 60.0).unwrap();
    assert_eq!((bounds.low, bounds.high), (1200.0, 1800.0));
    // 70 jobs: one plant at 49, one at 11, one at 10.
    assert_eq!(sum_of_squares_of_class(class, 70.0).unwrap().high, 2401.0 + 121.0 + 100.0);
    assert!(sum_of_squares_of_class(class, 148.0).is_err());
    assert_eq!(sum_of_squares_of_class(SizeClass { high: 10.0, ..class }, 30.0).unwrap().high, 300.0);
}

#[test]
fn classes_of_a_total_by_hand() {
    let classes = [SizeClass { plants: 2.0, low: 1.0, high: 4.0 }, SizeClass { plants: 1.0, low: 5.0, high: 9.0 }];
    // 12 jobs, 5 above the least 7: the large plant takes 4 (chord 14), the small ones 1 (chord 5).
    let bounds = sum_of_squares_of_classes(&classes, 12.0).unwrap();
    assert_eq!((bounds.high, bounds.exact), (27.0 + 56.0 + 5.0, false));
    // Level 3.5 for the small plants, the large one at its least.
    assert_eq!(bounds.low, 2.0 * 3.5 * 3.5 + 25.0);
    assert!(sum_of_squares_of_classes(&classes, 18.0).is_err());
}

proptest! {
    #[test]
    fn no_feasible_table_is_beyond_a_bound((boxes, x, points) in cases(2..9)) {
        let even = fill(&boxes, None);
        let level = fill(&boxes, Some(&x));
        // A cell with less than 1e-12 of freedom is taken as fixed, at most eight here.
        prop_assert!(close(even.iter().sum(), 1.0, 1e-11) && close(level.iter().sum(), 1.0, 1e-11));
        let squares = |s: &[f64]| s.iter().map(|v| v * v).sum::<f64>();
        let theil = |s: &[f64]| s.iter().zip(&x).filter(|(s, _)| **s > 0.0).map(|(s, x)| s * (s / x).ln()).sum::<f64>();
        let krugman = |s: &[f64]| s.iter().zip(&x).map(|(s, x)| (s - x).abs()).sum::<f64>();
        let least = [squares(&even), theil(&level), krugman(&level), gini(&level, &x)];
        let cells = boxes.low.len();
        let largest = [
            largest_separable(&boxes, None, |_, e| e * e).0,
            largest_separable(&boxes, Some(&x), |x, e| if e > 0.0 { e * (e / x).ln() } else { 0.0 }).0,
            largest_separable(&boxes, Some(&x), |x, e| (e - x).abs()).0,
            largest_gini(&boxes, &x).unwrap(),
        ];
        let count = 1 + cells / 3;
        let top = sum_of_largest(&boxes, count);
        for point in &points {
            let values = [squares(point), theil(point), krugman(point), gini(point, &x)];
            for i in 0..4 {
                prop_assert!(values[i] >= least[i] - NEAR && values[i] <= largest[i] + NEAR, "{i}: {values:?} {least:?} {largest:?}");
            }
            let mut sorted = point.clone();
            sorted.sort_by(|a, b| b.total_cmp(a));
            let sum: f64 = sorted[..count].iter().sum();
            prop_assert!(sum >= top.low - NEAR && sum <= top.high + NEAR);
        }
    }

    #[test]
    fn largest_values_are_attained((boxes, x, _) in cases(2..9)) {
        let count = 1 + boxes.low.len() / 3;
        let top = |s: &[f64]| {
            let mut sorted = s.to_vec();
            sorted.sort_by(|a, b| b.total_cmp(a));
            sorted[..count].iter().sum::<f64>()
        };
        let squares = largest_separable(&boxes, None, |_, e| e * e);
        prop_assert!(squares.1 && close(squares.0, by_enumeration(&boxes, |s| s.iter().map(|v| v * v).sum()), NEAR));
        let away = largest_separable(&boxes, Some(&x), |x, e| (e - x).abs());
        let expected = by_enumeration(&boxes, |s| s.iter().zip(&x).map(|(s, x)| (s - x).abs()).sum());
        prop_assert!(close(away.0, expected, NEAR));
        prop_assert!(close(largest_gini(&boxes, &x).unwrap(), by_enumeration(&boxes, |s| gini(s, &x)), NEAR));
        prop_assert!(close(sum_of_largest(&boxes, count).high, by_enumeration(&boxes, top), NEAR));
    }

    /// Moving mass from any cell to any other never lowers the Gini below the filled point's: a local minimum of a
    /// convex function is the least value.
    #[test]
    fn the_filled_point_is_least((boxes, x, _) in cases(2..9)) {
        let level = fill(&boxes, Some(&x));
        let least = gini(&level, &x);
        for from in 0..level.len() {
            for to in (0..level.len()).filter(|&to| to != from) {
                let step = 1e-3_f64.min(level[from] - boxes.low[from]).min(boxes.high[to] - level[to]).max(0.0);
                let mut moved = level.clone();
                moved[from] -= step;
                moved[to] += step;
                prop_assert!(gini(&moved, &x) >= least - NEAR);
            }
        }
    }

    /// The relaxation of many cells lies above the vertices that a greedy choice finds.
    #[test]
    fn relaxed_bounds_hold((boxes, x, points) in cases(24..40)) {
        let squares = largest_separable(&boxes, None, |_, e| e * e);
        let away = largest_separable(&boxes, Some(&x), |x, e| (e - x).abs());
        prop_assert_eq!(largest_gini(&boxes, &x).is_none(), boxes.free.len() > ENUMERATED_CELLS);
        for point in &points {
            prop_assert!(point.iter().map(|v| v * v).sum::<f64>() <= squares.0 + NEAR);
            prop_assert!(point.iter().zip(&x).map(|(s, x)| (s - x).abs()).sum::<f64>() <= away.0 + NEAR);
        }
    }
}

/// Two cells full, one not begun, and the sum met at exactly that level: rounding must not raise the third.
#[test]
fn a_level_between_full_and_empty_cells() {
    let shares = |values: [f64; 4]| values.map(|value| value / 507.0);
    let x = [456.0, 581.0, 634.0, 1025.0].map(|value| value / 2696.0);
    let boxes = Boxes::new(&shares([12.0, 21.0, 120.0, 275.0]), &shares([25.0, 87.0, 120.0, 341.0]), 1.0).unwrap();
    let expected = shares([25.0, 87.0, 120.0, 275.0]);
    assert!(fill(&boxes, Some(&x)).iter().zip(expected).all(|(a, b)| close(*a, b, 1e-12)));
}
