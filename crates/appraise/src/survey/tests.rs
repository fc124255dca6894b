use super::group_tests::{anova, chi_square, kruskal, mann_whitney, welch};
use super::*;

#[test]
fn scales_are_read_or_refused() {
    let scale: LikertScale = "1..5".parse().unwrap();
    assert_eq!(scale.points(), [1.0, 2.0, 3.0, 4.0, 5.0]);
    assert!(scale.holds(3.0) && !scale.holds(6.0) && !scale.holds(2.5));
    for wrong in ["5..1", "1-5", "1..", "1..4.5"] {
        assert!(wrong.parse::<LikertScale>().unwrap_err().message().contains("scale"), "{wrong}");
    }
}

#[test]
fn an_item_by_hand() {
    let scale = "1..5".parse().unwrap();
    let found = items::summarise(&[1.0, 2.0, 2.0, 5.0, f64::NAN, 5.0], scale);
    assert_eq!((found.n, found.missing, found.mean, found.median, found.mode), (5, 1, 3.0, 2.0, 2.0));
    assert_eq!((found.top2, found.bottom2, found.rii), (0.4, 0.6, 0.6));
    assert_eq!(found.counts, [1, 2, 0, 0, 2]);
}

#[test]
fn rank_tests_by_hand() {
    // U = 0 of 2 · 3; μ = 3, σ² = 6 · 6/12 = 3, z = 2.5/√3.
    let found = mann_whitney(&[1.0, 2.0], &[3.0, 4.0, 5.0]);
    assert_eq!((found.statistic, found.effect), (0.0, 1.0));
    assert!(
        (found.p_value - distretto_numerics::normal_p(2.5 / 3.0_f64.sqrt(), distretto_numerics::Tail::Two)).abs()
            < 1e-15
    );
    // Rank sums 3 and 12: H = 12/30 · (9/2 + 144/3) − 18 = 3.
    let found = kruskal(&[vec![1.0, 2.0], vec![3.0, 4.0, 5.0]]);
    assert!((found.statistic - 3.0).abs() < 1e-12 && (found.effect - 0.75).abs() < 1e-12 && found.df == 1.0);
    assert!(kruskal(&[vec![2.0, 2.0], vec![2.0, 2.0]]).statistic.is_nan());
}

#[test]
fn analysis_of_variance_of_two_groups_is_a_squared_t() {
    // Means 2 and 5, each with sum of squares 2: pooled t = −3/√(1 · 2/3), t² = 13.5; η² = 13.5/17.5.
    let groups = [vec![1.0, 2.0, 3.0], vec![4.0, 5.0, 6.0]];
    let (plain, unequal) = (anova(&groups), welch(&groups));
    assert!((plain.statistic - 13.5).abs() < 1e-12 && (plain.effect - 13.5 / 17.5).abs() < 1e-12);
    assert!((unequal.statistic - 13.5).abs() < 1e-12, "equal variances and sizes: Welch is the same");
    assert!((plain.p_value - unequal.p_value).abs() < 1e-12);
    assert!(anova(&[vec![1.0, 1.0], vec![2.0, 2.0]]).statistic.is_nan());
}

#[test]
fn chi_square_by_hand() {
    // 10 20 / 20 10: expected 15 each, χ² = 4 · 25/15, V = √(χ²/60) = 1/3.
    let (found, few) = chi_square(&[vec![10, 20], vec![20, 10]]);
    assert!((found.statistic - 20.0 / 3.0).abs() < 1e-12 && (found.effect - 1.0 / 3.0).abs() < 1e-12 && !few);
    assert!(chi_square(&[vec![3, 0], vec![4, 0]]).0.statistic.is_nan());
    assert!(chi_square(&[vec![1, 2], vec![2, 1]]).1, "expected counts of 1.5");
}

#[test]
fn ticked_choices_count_once() {
    assert_eq!(choices::ticked(Some("own; joint;own;;"), Some(";")), ["own", "joint"]);
    assert!(choices::ticked(None, Some(";")).is_empty());
    let codes = [("credit".to_owned(), "finance".to_owned()), ("skill".to_owned(), "labour".to_owned())];
    assert_eq!(choices::code("CREDIT and skill", &codes), Some("finance"));
    assert_eq!(choices::code("land", &codes), None);
}
