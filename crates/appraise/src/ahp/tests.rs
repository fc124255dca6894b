use super::*;
use distretto_numerics::Matrix;
use proptest::prelude::*;

fn named(n: usize) -> Vec<String> {
    (0..n).map(|i| format!("x{i}")).collect()
}

fn of(cells: &[f64]) -> Judgements {
    let n = (cells.len() as f64).sqrt() as usize;
    Judgements::new(named(n), cells).unwrap()
}

const THIRD: f64 = 1.0 / 3.0;

#[test]
fn a_consistent_matrix_has_no_inconsistency() {
    let matrix = complete(&of(&[1.0, 2.0, 6.0, 0.5, 1.0, 3.0, 1.0 / 6.0, THIRD, 1.0]));
    for method in [Priority::Eigen, Priority::Geometric, Priority::ColumnMean] {
        let w = priorities(&matrix, method);
        assert!((w[0] - 0.6).abs() < 1e-14 && (w[1] - 0.3).abs() < 1e-14, "{w:?}");
        assert_eq!(worst(&matrix, &w), None);
    }
    assert!(consistency(&matrix, RandomIndex::Saaty).cr.abs() < 1e-14);
    assert!(geometric_consistency(&matrix).abs() < 1e-28);
}

#[test]
fn what_is_wrong_is_named() {
    let wrong = |cells: &[f64]| Judgements::new(named(2), cells).unwrap_err().to_string();
    assert!(wrong(&[1.0, -2.0, -0.5, 1.0]).contains("positive"));
    assert!(wrong(&[1.0, 2.0, 0.6, 1.0]).contains("reciprocal"));
    assert!(wrong(&[2.0, 2.0, 0.5, 1.0]).contains("reciprocal"));
    assert!(wrong(&[1.0, f64::NAN, f64::NAN, 1.0]).contains("connected"));
    assert!(wrong(&[1.0, 2.0]).contains("square"));
    assert!("0".parse::<RandomIndex>().is_err() && RandomIndex::Saaty.of(16).is_nan());
}

#[test]
fn rounded_pairs_are_made_exact() {
    let judged = of(&[1.0, 0.333, 3.0, 1.0]);
    assert_eq!((judged.cell(0, 1), judged.cell(1, 0)), (Some(1.0 / 3.0), Some(3.0)));
}

#[test]
fn the_gap_of_a_consistent_matrix_is_filled_by_its_product() {
    // x0 : x1 : x2 = 6 : 3 : 1; the pair (0, 2) is open.
    let judged = of(&[1.0, 2.0, f64::NAN, 0.5, 1.0, 3.0, f64::NAN, THIRD, 1.0]);
    assert!((complete(&judged)[(0, 2)] - 6.0).abs() < 1e-9);
}

#[test]
fn a_circle_is_counted() {
    let matrix = complete(&of(&[1.0, 2.0, 0.5, 0.5, 1.0, 2.0, 2.0, 0.5, 1.0]));
    assert_eq!(triads(&matrix), [[0, 1, 2]]);
    let steps = repairs(&matrix, RandomIndex::Saaty, 0.1);
    assert!(steps.last().is_some_and(|step| step.after <= 0.1));
}

fn reciprocal(upper: &[f64]) -> Matrix {
    // Row i of the upper half of four items begins at 3 i − i (i − 1)/2.
    let place = |i: usize, j: usize| upper[3 * i - i * i.saturating_sub(1) / 2 + j - i - 1];
    Matrix::from_fn(4, 4, |i, j| match i.cmp(&j) {
        std::cmp::Ordering::Less => place(i, j).exp(),
        std::cmp::Ordering::Equal => 1.0,
        std::cmp::Ordering::Greater => (-place(j, i)).exp(),
    })
}

proptest! {
    #[test]
    fn groups_keep_reciprocity(a in proptest::collection::vec(-2.0..2.0f64, 6), b in proptest::collection::vec(-2.0..2.0f64, 6)) {
        let judged = |m: &Matrix| {
            let cells: Vec<f64> = (0..4).flat_map(|i| m.row(i)).collect();
            Judgements::new(named(4), &cells).unwrap()
        };
        let experts = [judged(&reciprocal(&a)), judged(&reciprocal(&b))];
        for group in [Group::Aij, Group::Aip, Group::AipGeometric] {
            let found = aggregate(&experts, &[0.3, 0.7], group, Priority::Eigen);
            prop_assert!((found.weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            for i in 0..4 {
                for j in 0..4 {
                    prop_assert!((found.matrix[(i, j)] * found.matrix[(j, i)] - 1.0).abs() < 1e-15);
                }
            }
            prop_assert!(consistency(&found.matrix, RandomIndex::Saaty).ci > -1e-12);
        }
    }
}
