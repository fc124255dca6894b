//! Location quotient and cluster index from tables as a reader hands them over, through the registration table.

#![allow(clippy::unwrap_used)]

use distretto_core::{Context, Fault, Focus, Inputs, Intervals, Outcome, Table, Values};
use distretto_measure::ENGINE;
use serde_json::{Value, json};

/// A table from lines of `region industry value`, the value a number or `low..high`.
fn areas(rows: &str) -> Table {
    let rows: Vec<Vec<&str>> = rows.split(';').map(|row| row.split_whitespace().collect()).collect();
    let text = |k: usize| rows.iter().map(|row| Some(row[k])).collect();
    let ends = |row: &Vec<&str>| {
        let (low, high) = row[2].split_once("..").unwrap_or((row[2], row[2]));
        (low.parse::<f64>().unwrap(), high.parse::<f64>().unwrap())
    };
    let (low, high): (Vec<f64>, Vec<f64>) = rows.iter().map(ends).unzip();
    let values = if low == high { Values::Number(low) } else { Values::Interval(Intervals { low, high }) };
    Table::empty().with_text("region", text(0)).with_text("industry", text(1)).with("employment", values)
}

fn run(inputs: &Inputs, options: &Value) -> Result<Outcome, Fault> {
    let lq = ENGINE.estimands.iter().find(|estimand| estimand.name == "lq").unwrap();
    (lq.run)(inputs, options.as_object().unwrap(), &Context::with_seed(1))
}

fn lq(rows: &str, options: Value) -> Outcome {
    run(&Inputs::default().with_table("areas", areas(rows)), &options).unwrap()
}

fn cell(outcome: &Outcome, region: &str, industry: &str, column: &str) -> f64 {
    let cells = outcome.table("cells").unwrap();
    let (regions, industries) = (cells.text("region").unwrap(), cells.text("industry").unwrap());
    let row = (0..cells.rows()).find(|&r| regions.get(r) == Some(region) && industries.get(r) == Some(industry));
    cells.numbers(column).unwrap()[row.unwrap()]
}

fn near(got: f64, want: f64) {
    assert!((got - want).abs() <= 1e-9 * want.abs().max(1.0), "{got} is not {want}");
}

/// Farhauer and Kröll 2013, recomputed from the formula (oracle measure-lq-textbook).
#[test]
fn textbook() {
    let outcome = lq("R1 I1 1714; R1 I2 77292; R2 I1 877499; R2 I2 14636719", json!({}));
    near(cell(&outcome, "R1", "I1", "lq"), 0.384762342301328);
    near(cell(&outcome, "R1", "I1", "symmetric_lq"), -0.44429115300479094);
    assert_eq!(outcome.number("cells"), Some(4.0));
}

const FIVE: &str = "R1 I1 12; R1 I2 30; R1 I3 8; R1 I4 50; R2 I1 5; R2 I2 60; R2 I3 22; R2 I4 13; R3 I1 40; R3 I2 9; \
    R3 I3 31; R3 I4 20; R4 I1 7; R4 I2 15; R4 I3 50; R4 I4 28; R5 I1 3; R5 I2 44; R5 I3 17; R5 I4 36";

/// Oracle measure-lq-interval-delta, recomputed there with scipy 1.17.
#[test]
fn standardised_tested_and_adjusted() {
    let outcome = lq(FIVE, json!({ "interval": "delta" }));
    near(cell(&outcome, "R1", "I1", "z_lq"), -0.09185513309379066);
    near(cell(&outcome, "R1", "I1", "lq_low"), 0.5541180230085848);
    near(cell(&outcome, "R1", "I1", "z"), -0.4594853794922275);
    near(cell(&outcome, "R1", "I1", "p_value"), 0.6458856488168168);
    near(cell(&outcome, "R1", "I1", "q_value"), 0.7176507209075742);
    near(cell(&outcome, "R4", "I3", "q_value"), 2.721673025903465e-9);
}

/// Oracle measure-lq-proximity-g.
#[test]
fn with_neighbours() {
    let places = Table::empty()
        .with_text("region", ["R1", "R2", "R3", "R4", "R5"].into_iter().map(Some).collect())
        .with_numbers("x", vec![0.0, 10.0, 0.0, 30.0, 32.0])
        .with_numbers("y", vec![0.0, 0.0, 10.0, 30.0, 30.0]);
    let inputs = Inputs::default().with_table("areas", areas(FIVE)).with_table("regions", places);
    let outcome = run(&inputs, &json!({ "proximity": "exp:10" })).unwrap();
    near(cell(&outcome, "R1", "I1", "lq_proximity"), 1.2148316024204517);
    near(cell(&outcome, "R5", "I2", "lq_proximity"), 0.9824475263529568);
    // Links 1 to the two nearest give the same as the rule.
    let links = [("R1", "R2"), ("R1", "R3"), ("R2", "R1"), ("R2", "R3"), ("R3", "R1"), ("R3", "R2"), ("R4", "R5")]
        .iter()
        .chain(&[("R4", "R2"), ("R5", "R4"), ("R5", "R2")]);
    let (sources, targets): (Vec<_>, Vec<_>) = links.copied().unzip();
    let links = Table::empty()
        .with_text("source", sources.into_iter().map(Some).collect())
        .with_text("target", targets.into_iter().map(Some).collect())
        .with_numbers("weight", vec![1.0; 10]);
    let by_file = run(&inputs.clone().with_table("proximity", links), &json!({})).unwrap();
    let by_rule = run(&inputs, &json!({ "proximity": "knn:2" })).unwrap();
    assert_eq!(
        by_file.table("cells").unwrap().numbers("lq_proximity"),
        by_rule.table("cells").unwrap().numbers("lq_proximity")
    );
    let fault = run(&Inputs::default().with_table("areas", areas(FIVE)), &json!({ "proximity": "knn:2" })).unwrap_err();
    assert!(fault.hint().unwrap().contains("--regions"));
}

/// By hand (oracle measure-lq-suppressed): with totals the quotient is linear in the cell.
#[test]
fn bounds_with_totals() {
    let rows = "A x 20..99; A y 0..1000; B x 0..500; B y 0..40000; A TOTAL 1000; B TOTAL 39000; TOTAL x 500; \
        TOTAL y 39500; TOTAL TOTAL 40000";
    let outcome = lq(rows, json!({ "total_label": "TOTAL" }));
    near(cell(&outcome, "A", "x", "lq_bound_low"), 1.6);
    near(cell(&outcome, "A", "x", "lq_bound_high"), 7.92);
    near(cell(&outcome, "A", "y", "lq_bound_low"), 0.9124050632911392);
    near(cell(&outcome, "A", "y", "lq_bound_high"), 0.9924050632911392);
    assert!(cell(&outcome, "A", "x", "lq").is_nan());
    assert!(outcome.warnings.iter().any(|warning| warning.key == "measure.areas.suppressed"));
}

#[test]
fn zeros_and_regions_without_any_value() {
    let outcome = lq("A x 0; A y 10; B x 5; B y 5; C x 0; C y 0", json!({}));
    assert_eq!(cell(&outcome, "A", "x", "lq"), 0.0);
    assert_eq!(cell(&outcome, "A", "x", "symmetric_lq"), -1.0);
    assert!(cell(&outcome, "A", "x", "log_lq").is_nan() && cell(&outcome, "C", "x", "lq").is_nan());
    // R = 2: the quotients of x are 0 and 2.
    near(cell(&outcome, "B", "x", "z_lq"), 0.5f64.sqrt());
    let leading = lq("01 0011 3; 01 0020 4; 02 0011 5; 02 0020 1", json!({}));
    near(cell(&leading, "01", "0011", "lq"), 0.6964285714285714);
}

#[test]
fn findings_name_the_largest_and_the_significant() {
    let lq_row = ENGINE.estimands.iter().find(|estimand| estimand.name == "lq").unwrap();
    let outcome = lq(FIVE, json!({ "industry": ["I1"] }));
    let focus = Focus { industries: vec!["I1".into()], label: None, regions: vec!["R2".into()] };
    let keys: Vec<&str> = (lq_row.findings)(&outcome, &focus).iter().map(|finding| finding.key).collect();
    assert_eq!(keys, ["measure.lq.top", "measure.lq.above", "measure.lq.significant", "measure.lq.focus"]);
    assert_eq!((lq_row.figures)(&outcome).len(), 2);
    let overall = lq(FIVE, json!({}));
    assert_eq!((lq_row.findings)(&overall, &Focus::default()).len(), 3);
}

#[test]
fn a_table_of_industries_comes_with_the_cutoff() {
    let outcome = lq(FIVE, json!({ "cutoff": "normal" }));
    let industries = outcome.table("industries").unwrap();
    let (mean, sd) = (industries.numbers("mean_lq").unwrap()[0], industries.numbers("sd_lq").unwrap()[0]);
    near(industries.numbers("cutoff").unwrap()[0], mean + 1.645 * sd);
    near((cell(&outcome, "R1", "I1", "lq") - mean) / sd, cell(&outcome, "R1", "I1", "z_lq"));
}
