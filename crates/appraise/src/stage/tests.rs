use super::*;

#[test]
fn an_exact_curve_is_found_again() {
    let curve = Logistic { capacity: 500.0, rate: 0.35, midpoint: 2010.0, rss: 0.0, log_capacity_error: 0.0, df: 5.0 };
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

#[test]
fn the_interval_is_that_of_the_jacobian() {
    // 1, 2, 3, 4, 5, 6: scipy 1.17.1 curve_fit gives K = 7.28867 with a standard error of 0.57198; Student's t of 0.975 with 3
    // degrees of freedom is 3.182.
    let years: Vec<f64> = (2000..2006).map(f64::from).collect();
    let found = fit_logistic(&years, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).unwrap();
    assert!((found.capacity * found.log_capacity_error - 0.572).abs() < 1e-3);
    let (low, high) = found.capacity_interval();
    assert!((high / found.capacity - (3.182_446 * found.log_capacity_error).exp()).abs() < 1e-6);
    assert!((low * high / found.capacity.powi(2) - 1.0).abs() < 1e-12);
}
