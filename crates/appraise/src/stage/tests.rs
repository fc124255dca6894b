use super::*;

#[test]
fn an_exact_curve_is_found_again() {
    let curve = Logistic { capacity: 500.0, rate: 0.35, midpoint: 2010.0, rss: 0.0 };
    for last in [2004, 2010, 2020] {
        let years: Vec<f64> = (1995..=last).map(f64::from).collect();
        let values: Vec<f64> = years.iter().map(|&year| curve.at(year)).collect();
        let found = fit_logistic(&years, &values).unwrap();
        assert!((found.capacity / 500.0 - 1.0).abs() < 1e-6, "{last}: {found:?}");
        assert!((found.rate - 0.35).abs() < 1e-7 && (found.midpoint - 2010.0).abs() < 1e-5, "{last}: {found:?}");
    }
}

#[test]
fn data_without_inflection_have_no_curve() {
    let years: Vec<f64> = (0..12).map(f64::from).collect();
    assert_eq!(fit_logistic(&years, &years.iter().map(|t| (0.1 * t).exp()).collect::<Vec<f64>>()), None);
    assert_eq!(fit_logistic(&years, &[7.0; 12]), None);
    assert_eq!(fit_logistic(&years, &years.iter().map(|t| 20.0 - t).collect::<Vec<f64>>()), None);
}

#[test]
fn stages_by_share_and_growth() {
    let stages = [0.2, 0.22, 0.5, 0.79].map(Stage::of_share);
    assert_eq!(stages, [Stage::Emergence, Stage::Growth, Stage::Maturing, Stage::Maturity]);
    let stages = [0.03, 0.02, -0.02, -0.03].map(|g| Stage::of_growth(g, 0.02));
    assert_eq!(stages, [Stage::Growth, Stage::Sustainment, Stage::Sustainment, Stage::Decline]);
}
