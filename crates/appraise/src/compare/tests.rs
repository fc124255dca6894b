use super::*;

#[test]
fn full_agreement_is_one() {
    let ranks = vec![method_ranks(&[3.0, 1.0, 2.0]), method_ranks(&[30.0, 10.0, 20.0])];
    let found = concordance(&ranks);
    assert!((found.w - 1.0).abs() < 1e-15);
    assert_eq!((found.chi2, found.df), (4.0, 2.0));
    assert!((found.p_value - (-2.0f64).exp()).abs() < 1e-14); // χ² of 2 degrees: e^(−x/2)
    assert_eq!(consensus(&ranks).copeland, [2.0, -2.0, 0.0]);
    assert_eq!(consensus(&ranks).borda, [4.0, 0.0, 2.0]);
}

#[test]
fn constant_scores_have_no_correlation() {
    let (a, b) = (method_ranks(&[1.0, 1.0, 1.0]), method_ranks(&[1.0, 2.0, 3.0]));
    assert!(spearman(&a, &b).is_nan() && kendall(&a, &b).is_nan());
    assert!(concordance(&[a.clone(), a]).w.is_nan());
}

#[test]
fn tau_by_hand() {
    // Ranks 1 2 3 4 against 2 1 4 3: four concordant, two discordant of six pairs.
    assert!((kendall(&[1.0, 2.0, 3.0, 4.0], &[2.0, 1.0, 4.0, 3.0]) - 1.0 / 3.0).abs() < 1e-15);
    assert!((spearman(&[1.0, 2.0, 3.0, 4.0], &[2.0, 1.0, 4.0, 3.0]) - 0.6).abs() < 1e-15);
}
