//! Identities of factor analysis and components that hold whatever the data, at random.

use distretto_appraise::factor::{Cor, FactorError, FactorOptions, Factors, Observed, factor};
use distretto_appraise::indicators::{Direction, Indicators};
use distretto_appraise::pca::{Scale, pca};
use distretto_core::Context;
use distretto_numerics::Matrix;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const P: usize = 6;
const N: usize = 24;

/// Two common factors and noise.
fn columns() -> impl Strategy<Value = Vec<Vec<f64>>> {
    proptest::collection::vec(-2.0..2.0f64, N * (P + 2)).prop_map(|draws| {
        let of = |j: usize, row: usize| draws[j * N + row];
        let column = |j: usize| (0..N).map(|row| of(P + j % 2, row) + 0.7 * of(j, row) + 5.0).collect();
        (0..P).map(column).collect()
    })
}

fn indicators(columns: &[Vec<f64>]) -> Indicators {
    let one = |(j, column): (usize, &Vec<f64>)| (format!("x{j}"), Direction::Benefit, 1.0 / P as f64, column.clone());
    Indicators::plain(columns.iter().enumerate().map(one).collect())
}

fn options(values: Value) -> FactorOptions {
    let values: Map<String, Value> = values.as_object().cloned().unwrap_or_default();
    distretto_core::parse_options(&values).expect("options that exist")
}

fn analysed(columns: &[Vec<f64>], values: Value) -> Result<Factors, FactorError> {
    let observed = Observed::of_indicators(&indicators(columns), Cor::Pearson, false)?;
    factor(&observed, &options(values), &Context::with_seed(1))
}

fn near(a: &[f64], b: &[f64], tolerance: f64) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= tolerance)
}

fn cells(a: &Matrix) -> Vec<f64> {
    (0..a.columns()).flat_map(|j| a.column(j).to_vec()).collect()
}

/// `diag(Λ Φ Λ')`.
fn communalities(found: &Factors) -> Vec<f64> {
    let product = found.rotation.loadings.times(&found.rotation.phi).times(&found.rotation.loadings.transpose());
    (0..P).map(|i| product[(i, i)]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn rotations_keep_communalities(x in columns()) {
        for rotate in ["none", "varimax", "quartimax", "promax", "oblimin"] {
            let found = analysed(&x, json!({ "factors": "2", "rotate": rotate })).expect("regular data");
            prop_assert!(near(&communalities(&found), &found.extraction.communality, 1e-9), "{rotate}");
            let turned = found.extraction.loadings.times(&found.rotation.matrix);
            prop_assert!(near(&cells(&turned), &cells(&found.rotation.loadings), 1e-9), "{rotate}");
            prop_assert!((found.composite_weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn units_of_measurement_do_not_matter(x in columns(), scale in 0.01..100.0f64, shift in -9.0..9.0f64) {
        let moved: Vec<Vec<f64>> = x.iter().map(|column| column.iter().map(|x| scale * x + shift).collect()).collect();
        let (a, b) = (analysed(&x, json!({ "factors": "2" })), analysed(&moved, json!({ "factors": "2" })));
        let (a, b) = (a.expect("regular data"), b.expect("regular data"));
        prop_assert!((a.adequacy.kmo - b.adequacy.kmo).abs() < 1e-9);
        prop_assert!(near(&a.composite, &b.composite, 1e-7));
        let (a, b) = (pca(&indicators(&x), Scale::Correlation, None), pca(&indicators(&moved), Scale::Correlation, None));
        prop_assert!(near(&a.expect("regular data").eigenvalues, &b.expect("regular data").eigenvalues, 1e-9));
    }

    #[test]
    fn the_order_of_rows_does_not_matter(x in columns(), turn in 1..N) {
        let turned: Vec<Vec<f64>> = x.iter().map(|column| (0..N).map(|row| column[(row + turn) % N]).collect()).collect();
        let (a, b) = (analysed(&x, json!({ "factors": "2" })), analysed(&turned, json!({ "factors": "2" })));
        let (a, b) = (a.expect("regular data"), b.expect("regular data"));
        let back: Vec<f64> = (0..N).map(|row| a.composite[(row + turn) % N]).collect();
        prop_assert!(near(&back, &b.composite, 1e-7));
    }

    #[test]
    fn a_correlation_matrix_says_what_its_data_say(x in columns()) {
        let observed = Observed::of_indicators(&indicators(&x), Cor::Pearson, false).expect("regular data");
        let alone = Observed::of_correlation(observed.names.clone(), observed.r.clone(), N, false).expect("a matrix");
        let asked = options(json!({ "factors": "2", "extract": "minres", "rotate": "oblimin" }));
        let (a, b) = (factor(&observed, &asked, &Context::with_seed(1)), factor(&alone, &asked, &Context::with_seed(1)));
        prop_assert_eq!(cells(&a.expect("regular").rotation.loadings), cells(&b.expect("regular").rotation.loadings));
    }

    #[test]
    fn a_converged_likelihood_reproduces_the_diagonal(x in columns()) {
        let found = analysed(&x, json!({ "factors": "2", "extract": "ml" })).expect("regular data");
        prop_assume!(found.extraction.converged && found.extraction.heywood.is_empty());
        let sums: Vec<f64> = found.extraction.communality.iter().zip(&found.extraction.uniqueness).map(|(h, u)| h + u).collect();
        prop_assert!(near(&sums, &[1.0; P], 1e-7), "{sums:?}");
    }
}

/// Loadings without error: correlations of one factor with loadings 0.9, 0.8, 0.7, 0.6.
#[test]
fn one_perfect_factor_is_found_by_every_common_extraction() {
    let lambda = [0.9, 0.8, 0.7, 0.6];
    let r = Matrix::from_fn(4, 4, |i, j| if i == j { 1.0 } else { lambda[i] * lambda[j] });
    let names = lambda.iter().map(|l| format!("x{l}")).collect();
    let observed = Observed::of_correlation(names, r, 100, false).unwrap();
    for extract in ["paf", "minres", "ml"] {
        let asked = options(json!({ "factors": "1", "extract": extract }));
        let found = factor(&observed, &asked, &Context::with_seed(1)).unwrap();
        assert!(near(found.rotation.loadings.column(0), &lambda, 1e-7), "{extract}");
        assert!(found.rmsr < 1e-8 && found.extraction.converged && found.extraction.heywood.is_empty());
    }
}

/// r12 r13/r23 = 0.72/0.3 > 1: the first loading would exceed 1.
#[test]
fn a_heywood_case_is_told() {
    let r = Matrix::from_columns(3, 3, vec![1.0, 0.9, 0.8, 0.9, 1.0, 0.6, 0.8, 0.6, 1.0]);
    let observed = Observed::of_correlation(["a", "b", "c"].map(String::from).to_vec(), r, 50, false).unwrap();
    let found =
        factor(&observed, &options(json!({ "factors": "1", "extract": "minres" })), &Context::with_seed(1)).unwrap();
    assert_eq!(found.extraction.heywood, [0]);
    assert!((found.extraction.communality[0] - 1.2).abs() < 1e-6, "λ₁² = 0.9 · 0.8/0.6");
    let bounded =
        factor(&observed, &options(json!({ "factors": "1", "extract": "ml" })), &Context::with_seed(1)).unwrap();
    assert_eq!(bounded.extraction.heywood, [0]);
    assert!((bounded.extraction.uniqueness[0] - 0.005).abs() < 1e-9, "the bound");
}

#[test]
fn collinear_indicators_and_few_units() {
    let x: Vec<Vec<f64>> =
        vec![vec![1.0, 2.0, 4.0, 8.0, 5.0], vec![2.0, 4.0, 8.0, 16.0, 10.0], vec![1.0, 0.0, 2.0, 1.0, 3.0]];
    let names = |j: usize| format!("x{j}");
    let of = |x: &[Vec<f64>]| {
        Indicators::plain(x.iter().enumerate().map(|(j, c)| (names(j), Direction::Benefit, 0.3, c.clone())).collect())
    };
    let observed = Observed::of_indicators(&of(&x), Cor::Pearson, false).unwrap();
    let found = factor(&observed, &options(json!({ "factors": "1" })), &Context::with_seed(1)).unwrap();
    assert!(found.adequacy.kmo.is_nan() && found.composite.iter().all(|score| score.is_finite()));
    let asked = options(json!({ "factors": "1", "extract": "paf" }));
    assert!(matches!(factor(&observed, &asked, &Context::with_seed(1)), Err(FactorError::Singular { .. })));
    let few: Vec<Vec<f64>> = x.iter().map(|column| column[..3].to_vec()).collect();
    assert!(matches!(
        factor(&Observed::of_indicators(&of(&few), Cor::Pearson, false).unwrap(), &asked, &Context::with_seed(1)),
        Err(FactorError::Singular { n: 3, p: 3, .. })
    ));
}

#[test]
fn draws_do_not_depend_on_threads() {
    let x: Vec<Vec<f64>> =
        (0..4).map(|j| (0..15).map(|i| f64::from((i * (j + 3) + j * j) % 11) + 0.1 * f64::from(i)).collect()).collect();
    let asked = json!({ "factors": "parallel", "bootstrap": 100 });
    let run = || {
        let observed = Observed::of_indicators(
            &Indicators::plain(
                x.iter().enumerate().map(|(j, c)| (format!("x{j}"), Direction::Benefit, 0.25, c.clone())).collect(),
            ),
            Cor::Pearson,
            false,
        );
        factor(&observed.unwrap(), &options(asked.clone()), &Context::with_seed(1)).unwrap()
    };
    let several = run();
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap().install(run);
    assert_eq!((several.parallel, several.draws.clone()), (one.parallel, one.draws));
    let draws = several.draws.unwrap();
    assert!((draws.first.iter().sum::<f64>() - 1.0).abs() < 1e-9, "first places are shared out");
}
