use super::*;
use crate::indicators::Direction::{Benefit, Cost};

fn sheet(direction: Direction, column: &[f64]) -> Sheet {
    Sheet { names: vec!["x".into()], directions: vec![direction], settled: vec![false], columns: vec![column.to_vec()] }
}

fn by(id: &str, direction: Direction, column: &[f64]) -> Vec<f64> {
    let way: Normalisation = id.parse().unwrap();
    way.apply(&sheet(direction, column)).unwrap().remove(0)
}

#[test]
fn formulae_by_hand() {
    let x = [2.0, 4.0, 8.0];
    let cases: [(&str, Direction, [f64; 3]); 13] = [
        ("none", Cost, x),
        ("minmax", Benefit, [0.0, 1.0 / 3.0, 1.0]),
        ("minmax", Cost, [1.0, 2.0 / 3.0, 0.0]),
        ("minmax-undirected", Cost, [0.0, 1.0 / 3.0, 1.0]),
        ("minmax+0.01", Benefit, [0.01, 1.0 / 3.0 + 0.01, 1.01]),
        ("minmax[0.002,0.998]", Cost, [0.998, 0.666, 0.002]),
        ("max", Cost, [0.75, 0.5, 0.0]),
        ("ratio", Cost, [1.0, 0.5, 0.25]),
        ("sum", Benefit, [1.0 / 7.0, 2.0 / 7.0, 4.0 / 7.0]),
        ("sum", Cost, [4.0 / 7.0, 2.0 / 7.0, 1.0 / 7.0]),
        ("inverse", Cost, [0.5, 0.25, 0.125]),
        ("rank", Cost, [1.0, 2.0 / 3.0, 1.0 / 3.0]),
        ("vector", Cost, [2.0 / 84f64.sqrt(), 4.0 / 84f64.sqrt(), 8.0 / 84f64.sqrt()]),
    ];
    for (id, direction, wanted) in cases {
        for (got, wanted) in by(id, direction, &x).into_iter().zip(wanted) {
            assert!((got - wanted).abs() < 1e-15, "{id}: {got} for {wanted}");
        }
    }
    // Mean 14/3, deviations −8/3, −2/3, 10/3; sum of squares 168/9.
    let z = by("zscore", Benefit, &x);
    assert!((z[0] + (8.0 / 3.0) / (168.0 / 18.0f64).sqrt()).abs() < 1e-15);
    assert!((by("zscore-0", Cost, &x)[0] - (8.0 / 3.0) / (168.0 / 27.0f64).sqrt()).abs() < 1e-15);
}

#[test]
fn what_does_not_exist_is_refused() {
    let wrong = |id: &str, direction, column: &[f64]| {
        let way: Normalisation = id.parse().unwrap();
        way.apply(&sheet(direction, column)).unwrap_err().to_string()
    };
    assert!(wrong("sum", Benefit, &[1.0, -1.0]).contains("negative"));
    assert!(wrong("sum", Cost, &[1.0, 0.0]).contains("positive"));
    assert!(wrong("ratio", Benefit, &[1.0, 0.0]).contains("positive"));
    assert!(wrong("max", Benefit, &[0.0, 0.0]).contains("positive"));
    assert!(wrong("minmax", Benefit, &[3.0, 3.0]).contains("constant"));
    assert!("minmax[1,0]".parse::<Normalisation>().is_err() && "moon".parse::<Normalisation>().is_err());
}

#[test]
fn a_target_is_final_under_minmax() {
    let settled = Sheet { settled: vec![true], ..sheet(Benefit, &[1.0, 0.5, 0.25]) };
    let by = |id: &str| id.parse::<Normalisation>().unwrap().apply(&settled).unwrap().remove(0);
    assert_eq!(by("minmax"), [1.0, 0.5, 0.25]);
    assert_eq!(by("minmax[0,2]"), [2.0, 1.0, 0.5]);
    assert_eq!(by("max"), [1.0, 0.5, 0.25]);
    assert_eq!(by("ratio"), [1.0, 0.5, 0.25]);
}
