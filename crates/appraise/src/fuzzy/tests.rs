use super::*;

#[test]
fn operators_by_hand() {
    let rows = [vec![0.2, 0.5, 0.3], vec![0.6, 0.3, 0.1]];
    let by = |operator| evaluate(&rows, &[0.3, 0.7], operator);
    let near = |got: Vec<f64>, wanted: [f64; 3]| got.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-15);
    assert!(near(by(Operator::WeightedMean), [0.48, 0.36, 0.16]));
    assert!(near(by(Operator::MinMax), [0.5, 0.25, 0.25]));
    // Products 0.42, 0.21, 0.09.
    assert!(near(by(Operator::ProductMax), [0.42 / 0.72, 0.21 / 0.72, 0.09 / 0.72]));
    // Sums 0.8, 0.6, 0.4.
    assert!(near(by(Operator::BoundedSum), [0.8 / 1.8, 0.6 / 1.8, 0.4 / 1.8]));
    // Columns 0.25 0.75, 0.625 0.375, 0.75 0.25: sums 0.95, 0.675, 0.55.
    assert!(near(by(Operator::Balanced), [0.95 / 2.175, 0.675 / 2.175, 0.55 / 2.175]));
}

#[test]
fn nothing_belongs_nowhere() {
    assert!(evaluate(&[vec![0.0, 0.0]], &[1.0], Operator::MinMax).iter().all(|b| b.is_nan()));
    assert!(effectiveness(&[1.0, 0.0]).is_nan());
    // n = 4, β = 0.4, γ = 0.3: (1.6 − 1)/(0.6 · 3).
    assert!((effectiveness(&[0.4, 0.3, 0.2, 0.1]) - 1.0 / 3.0).abs() < 1e-12);
}
