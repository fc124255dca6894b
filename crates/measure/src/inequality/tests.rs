//! The estimand as a front calls it, and identities of the decomposition.

use super::*;
use distretto_core::{FaultKind, Focus, Inputs, Lines, Origin, Scalar, Table};
use proptest::prelude::*;
use serde_json::{Value, json};

fn text(labels: &[&str]) -> Text {
    labels.iter().map(|&label| Some(label)).collect()
}

fn run(table: Table, options: Value) -> Result<distretto_core::Outcome, Fault> {
    let origin = Origin { path: "t.csv".into(), lines: Lines::From(2), renamed: vec![] };
    let inputs = Inputs::default().with_table("table", table.from_file(origin));
    (ESTIMAND.run)(&inputs, options.as_object().unwrap(), &Context::with_seed(1))
}

fn incomes() -> Table {
    Table::empty()
        .with_text("g", text(&["N", "S", "N", "S", "N", "S"]))
        .with_numbers("y", vec![1.0, 10.0, 2.0, 11.0, 3.0, 12.0])
        .with_numbers("w", vec![1.0, 2.0, 1.0, 2.0, 1.0, 2.0])
}

#[test]
fn the_outcome_has_its_names() {
    let outcome = run(incomes(), json!({ "value": "y", "weight": "w", "group": "g", "nsim": 99 })).unwrap();
    let names: Vec<&str> = outcome.summary.iter().map(|(name, _)| name.as_str()).collect();
    let expected = [
        "rows",
        "mean",
        "theil",
        "mld",
        "gini",
        "gini_norm",
        "hoover",
        "cv",
        "atkinson",
        "theil_between",
        "theil_within",
        "theil_between_p",
    ];
    assert_eq!(names, expected);
    // Weighted means by hand: N 2, S 11, all (3·2 + 6·11)/9 = 8; shares 6/72 and 66/72.
    assert_eq!(outcome.number("mean"), Some(8.0));
    let groups = outcome.table("groups").unwrap();
    assert_eq!(groups.numbers("weight"), Some(&[3.0, 6.0][..]));
    let means = groups.numbers("mean").unwrap();
    assert!((means[0] - 2.0).abs() < 1e-14 && (means[1] - 11.0).abs() < 1e-14);
    let between = 1.0 / 12.0 * 0.25_f64.ln() + 11.0 / 12.0 * (11.0_f64 / 8.0).ln();
    assert!((outcome.number("theil_between").unwrap() - between).abs() < 1e-15);
    assert!(matches!(outcome.summary[5], (_, Scalar::Number(norm)) if norm.is_nan()));
    assert_eq!(outcome.warnings.len(), 1, "gini_norm with weights");
    assert_eq!((ESTIMAND.findings)(&outcome, &Focus::default()).len(), 4);
    assert_eq!((ESTIMAND.figures)(&outcome).len(), 2);
}

/// Of the C(6,3) = 20 ways to deal the labels, two put the three lowest together: exact p = 2/20.
#[test]
fn permutation_p_is_near_the_exact_one_and_depends_on_the_seed_alone() {
    let options = json!({ "value": "y", "group": "g", "nsim": 4000 });
    let p = run(incomes(), options.clone()).unwrap().number("theil_between_p").unwrap();
    assert!((p - 0.1).abs() < 0.015, "{p}"); // three standard errors of 4,000 draws
    assert_eq!(run(incomes(), options).unwrap().number("theil_between_p"), Some(p));
}

#[test]
fn bad_options_and_data_are_told() {
    let fault = |options: Value| run(incomes(), options).unwrap_err();
    assert!(fault(json!({})).message().contains("value"));
    assert!(fault(json!({ "value": "y", "epsilon": -0.5 })).message().contains("epsilon"));
    assert!(fault(json!({ "value": "y", "nsim": 99 })).message().contains("groups"));
    assert!(fault(json!({ "value": "y", "group": "g", "nsim": 5 })).message().contains("simulations"));
    let table = |y: Vec<f64>| Table::empty().with_numbers("y", y);
    let negative = run(table(vec![1.0, -3.0]), json!({ "value": "y" })).unwrap_err();
    assert!(negative.message().contains("negative"));
    assert_eq!((negative.line(), negative.column()), (Some(3), Some("y")));
    let zero = run(table(vec![0.0, 0.0]), json!({ "value": "y" })).unwrap_err();
    assert_eq!(zero.kind(), FaultKind::Result);
    assert!(run(table(vec![f64::NAN]), json!({ "value": "y" })).unwrap_err().message().contains("no row"));
    assert!(run(table(vec![]), json!({ "value": "y" })).is_err());
}

#[test]
fn empty_values_are_left_out_with_a_warning() {
    let table = Table::empty().with_numbers("y", vec![1.0, f64::NAN, 3.0, 0.0]);
    let outcome = run(table, json!({ "value": "y" })).unwrap();
    let keys: Vec<&str> = outcome.warnings.iter().map(|warning| warning.key).collect();
    assert_eq!(keys, ["measure.inequality.left-out", "measure.inequality.no-mld"]);
    assert_eq!(outcome.number("rows"), Some(3.0));
}

#[test]
fn the_plan_asks_for_the_named_columns() {
    let plan = |options: Value| (ESTIMAND.plan)(options.as_object().unwrap(), &[]);
    let columns = plan(json!({ "value": "y", "weight": "pop", "group": "region" })).unwrap().remove(0).columns;
    assert_eq!(columns.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["y", "pop", "region"]);
    assert!(plan(json!({ "value": "y", "weight": "y" })).is_err());
}

fn rows() -> impl Strategy<Value = Vec<(f64, f64, u32)>> {
    proptest::collection::vec((0.0..1e4_f64, 0.01..100.0_f64, 0_u32..5), 1..60)
}

proptest! {
    /// T = between + within (Theil 1967).
    #[test]
    fn theil_is_between_plus_within(rows in rows()) {
        let values: Vec<f64> = rows.iter().map(|row| row.0).collect();
        prop_assume!(values.iter().sum::<f64>() > 0.0);
        let weights: Vec<f64> = rows.iter().map(|row| row.1).collect();
        let groups: Text = rows.iter().map(|row| Some(row.2.to_string())).collect();
        let sample = Sample { values: &values, weights: Some(&weights), groups: Some(&groups) };
        let result = inequality(sample, &InequalityOptions::default(), &Context::with_seed(1)).unwrap();
        let parts = result.decomposition.unwrap();
        prop_assert!((result.theil - parts.between - parts.within).abs() < 1e-12);
        prop_assert!(parts.between >= -1e-12 && parts.within >= -1e-12);
        prop_assert!((parts.groups.iter().map(|group| group.share).sum::<f64>() - 1.0).abs() < 1e-12);
    }

    /// A weight of k is a row repeated k times; a weight of 0 is no row.
    #[test]
    fn weights_count_rows(rows in proptest::collection::vec((0.1..1e3_f64, 0_usize..4), 1..20)) {
        prop_assume!(rows.iter().any(|row| row.1 > 0));
        let values: Vec<f64> = rows.iter().map(|row| row.0).collect();
        let weights: Vec<f64> = rows.iter().map(|row| row.1 as f64).collect();
        let repeated: Vec<f64> = rows.iter().flat_map(|row| std::iter::repeat_n(row.0, row.1)).collect();
        let options = InequalityOptions::default();
        let run = |values: &[f64], weights: Option<&[f64]>| {
            inequality(Sample { values, weights, groups: None }, &options, &Context::with_seed(1)).unwrap()
        };
        let (a, b) = (run(&values, Some(&weights)), run(&repeated, None));
        for (a, b) in [(a.theil, b.theil), (a.mld, b.mld), (a.gini, b.gini), (a.hoover, b.hoover), (a.cv, b.cv), (a.atkinson, b.atkinson)] {
            prop_assert!((a - b).abs() < 1e-11, "{a} {b}");
        }
    }
}
