use super::*;

fn factor(kind: Kind, weight: f64, rating: f64, intensity: f64) -> Factor {
    Factor { kind, name: format!("{kind:?}"), weight, rating, intensity }
}

#[test]
fn cells_by_thirds() {
    assert_eq!([ie_cell(4.0, 4.0), ie_cell(3.0, 3.0), ie_cell(2.0, 2.9)], ["I", "I", "V"]);
    assert_eq!([ie_cell(1.0, 1.9), ie_cell(1.9, 3.0), ie_cell(3.5, 1.0)], ["IX", "III", "VII"]);
}

#[test]
fn a_tetragon_by_hand() {
    // S 4, W 2, O 1, T 3: centroid (½, −½), θ 315°, ρ = 4/(4 + 6).
    let found = tetragon(&[
        factor(Kind::Strength, 0.5, 4.0, 4.0),
        factor(Kind::Weakness, 0.5, 1.0, 2.0),
        factor(Kind::Opportunity, 0.5, 3.0, 1.0),
        factor(Kind::Threat, 0.5, 2.0, 3.0),
    ]);
    assert_eq!((found.centroid, found.quadrant), ((0.5, -0.5), Some("ST")));
    assert!((found.theta - 315.0).abs() < 1e-12 && (found.rho - 0.4).abs() < 1e-15);
}

#[test]
fn what_lacks_is_nothing() {
    let only = tetragon(&[factor(Kind::Strength, 1.0, 4.0, f64::NAN)]);
    assert!(only.theta.is_nan() && only.rho.is_nan() && only.quadrant.is_none());
    let origin = tetragon(&[factor(Kind::Strength, 0.5, 4.0, 2.0), factor(Kind::Weakness, 0.5, 1.0, 2.0)]);
    assert!(origin.theta.is_nan() && origin.quadrant.is_none() && origin.rho.is_nan());
}
