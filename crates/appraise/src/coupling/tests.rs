use super::*;
use proptest::prelude::*;

#[test]
fn wang_by_hand() {
    // U = ½, 1: near 1 − ½, level ½; C = √¼.
    let found = couple(&[0.5, 1.0], &[0.5, 0.5], Coupling::Wang2021);
    assert!((found.c - 0.5).abs() < 1e-15);
    assert!((found.d - (0.5f64 * 0.75).sqrt()).abs() < 1e-15);
}

#[test]
fn nothing_is_not_coupled() {
    let found = couple(&[0.0, 0.0], &[0.5, 0.5], Coupling::Standard);
    assert!(found.c.is_nan() && found.d.is_nan() && found.grade.is_nan());
    assert_eq!((found.t, found.lagging), (0.0, None));
}

#[test]
fn grades_end_at_ten() {
    assert_eq!(couple(&[1.0, 1.0], &[0.5, 0.5], Coupling::Standard).grade, 10.0);
    assert_eq!(couple(&[0.1, 0.1], &[0.5, 0.5], Coupling::Standard).grade, 4.0); // D = √0.1
}

proptest! {
    #[test]
    fn full_coupling_means_equal_systems(u in proptest::collection::vec(0.01..1.0f64, 2..6)) {
        let weights = vec![1.0 / u.len() as f64; u.len()];
        for formula in [Coupling::Standard, Coupling::Wang2021] {
            let found = couple(&u, &weights, formula);
            prop_assert!((0.0..=1.0 + 1e-12).contains(&found.c));
            let spread = u.iter().copied().fold(0.0, f64::max) - u.iter().copied().fold(1.0, f64::min);
            prop_assert!(spread < 1e-3 || found.c < 1.0);
            let equal = couple(&vec![u[0]; u.len()], &weights, formula);
            prop_assert!((equal.c - 1.0).abs() < 1e-12);
        }
    }
}

#[test]
fn long_scores_become_one_column_for_each_dimension() {
    let words = |words: [&str; 4]| words.into_iter().map(Some).collect::<distretto_core::Text>();
    let table = distretto_core::Table::empty()
        .with_text("unit", words(["A", "B", "B", "A"]))
        .with_text("dimension", words(["in", "in", "out", "out"]))
        .with_numbers("score", vec![0.1, 0.2, 0.3, 0.4]);
    let wide = long::by_dimension(&table).unwrap().unwrap();
    assert_eq!(wide.numbers("in").unwrap(), [0.1, 0.2]);
    assert_eq!(wide.numbers("out").unwrap(), [0.4, 0.3]);
    let twice = table.take(&[0, 1, 2, 3, 0]);
    assert!(long::by_dimension(&twice).unwrap_err().message().starts_with("duplicate"));
}
