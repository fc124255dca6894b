//! The example studies: what each FINDINGS.md says must come out of it.

use assert_cmd::Command;
use serde_json::Value;
use std::path::{Path, PathBuf};

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name)
}

/// One line of FINDINGS.md: `analysis table row column = value ± tolerance`, or `analysis summary name = …`.
#[derive(Debug)]
struct Finding {
    analysis: String,
    table: String,
    row: Vec<(String, String)>,
    column: String,
    value: f64,
    tolerance: f64,
}

fn parse(code: &str) -> Option<Finding> {
    let (place, number) = code.split_once(" = ")?;
    let (value, tolerance) = number.split_once(" ± ")?;
    let words: Vec<&str> = place.split_whitespace().collect();
    let (row, column) = match words.len() {
        4 => (words[2].split(',').filter_map(|pair| pair.split_once('=')).collect(), words[3]),
        3 => (Vec::new(), words[2]),
        _ => return None,
    };
    Some(Finding {
        analysis: words[0].to_owned(),
        table: words[1].to_owned(),
        row: row.into_iter().map(|(name, value): (&str, &str)| (name.to_owned(), value.to_owned())).collect(),
        column: column.to_owned(),
        value: value.parse().ok()?,
        tolerance: tolerance.parse().ok()?,
    })
}

fn label(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

fn found(outcome: &Value, finding: &Finding) -> Option<f64> {
    if finding.table == "summary" {
        return outcome["summary"][&finding.column].as_f64();
    }
    let rows = outcome["tables"][&finding.table].as_array()?;
    let holds = |row: &&Value| finding.row.iter().all(|(name, value)| label(&row[name]) == *value);
    rows.iter().find(holds)?[&finding.column].as_f64()
}

fn findings_come_out(name: &str, at_least: usize) {
    let out = tempfile::tempdir().expect("a folder");
    let study = example(name).join("study.toml");
    Command::new(env!("CARGO_BIN_EXE_distretto"))
        .args(["run", "--quiet", "--out"])
        .arg(out.path())
        .arg(&study)
        .assert()
        .success();
    let text = std::fs::read_to_string(example(name).join("FINDINGS.md")).expect("FINDINGS.md");
    let findings: Vec<Finding> = text.split('`').skip(1).step_by(2).filter_map(parse).collect();
    assert!(findings.len() >= at_least, "FINDINGS.md lists {} figures", findings.len());
    for finding in &findings {
        let path = out.path().join(format!("outcomes/{}.json", finding.analysis));
        let outcome: Value = serde_json::from_slice(&std::fs::read(&path).expect("an outcome")).expect("JSON");
        let value = found(&outcome, finding).unwrap_or_else(|| panic!("nothing at {finding:?}"));
        assert!((value - finding.value).abs() <= finding.tolerance, "{value} at {finding:?}");
    }
    let report = std::fs::read_to_string(out.path().join("report.html")).expect("the report");
    let expected = std::fs::read_to_string(example(name).join("expected-in-report.txt")).expect("the words");
    for words in expected.lines() {
        assert!(report.contains(words), "the report lacks: {words}");
    }
}

#[test]
fn the_findings_on_vehicle_parts_come_out() {
    findings_come_out("motor-vehicle-parts-us", 60);
}

#[test]
fn the_findings_on_plants_come_out() {
    findings_come_out("plants-us", 15);
}

#[test]
fn the_findings_on_jiangxi_come_out() {
    findings_come_out("jiangxi-innovation", 20);
}

#[test]
fn the_findings_on_simulated_answers_come_out() {
    findings_come_out("survey-cluster-firms", 15);
}

#[test]
fn the_findings_of_the_spillover_laboratory_come_out() {
    findings_come_out("spillover-laboratory", 95);
}

#[test]
fn the_findings_on_the_knowledge_network_come_out() {
    findings_come_out("h2020-knowledge-network", 70);
}

/// Profits of the large firm and of a small one under competition, sharing and in the consortium.
fn earned(spillover: &str, cost: &str) -> [[f64; 2]; 3] {
    let game = example("spillover-laboratory").join("games/large.toml");
    let run = Command::new(env!("CARGO_BIN_EXE_distretto"))
        .args(["innovate", "compare", "--modes", "competition,sharing,consortium", "--format", "json"])
        .args(["--set", &format!("spillover.rate={spillover}"), "--set", &format!("firms.marginal_cost.0={cost}")])
        .arg(game)
        .assert()
        .success();
    let outcome: Value = serde_json::from_slice(&run.get_output().stdout).expect("JSON");
    let rows = outcome["tables"]["firms_by_regime"].as_array().expect("rows").clone();
    let of = |regime: &str, firm: &str| {
        let row = rows.iter().find(|row| row["regime"] == regime && row["firm"] == firm).expect("a row");
        row["profit"].as_f64().expect("a profit")
    };
    ["competition", "sharing", "consortium"].map(|regime| [of(regime, "Large"), of(regime, "Small-1")])
}

/// The advantages at which cooperation stops to pay, in steps of 0.25, as the notes of the laboratory tell them: the
/// small firms have unit cost 45. The thresholds are those of C3 and C4 in docs/theory/innovate/propositions.md.
#[test]
fn cooperation_stops_to_pay_where_the_notes_say() {
    let large_leaves_sharing = |spillover, cost| earned(spillover, cost)[0][0] > earned(spillover, cost)[1][0];
    assert!(large_leaves_sharing("0.3", "40.75") && !large_leaves_sharing("0.3", "41"), "4.25");
    let leaves = |spillover, cost, firm: usize| {
        let [alone, _, joint] = earned(spillover, cost);
        alone[firm] > joint[firm]
    };
    assert!(leaves("0.3", "13.25", 0) && !leaves("0.3", "13.5", 0), "the large firm at 31.75");
    assert!(leaves("0.3", "16.5", 1) && !leaves("0.3", "16.75", 1), "small firms at 28.5");
    assert!(leaves("0", "26.5", 0) && !leaves("0", "26.75", 0), "the large firm at 18.5 without spillover");
}

#[test]
fn the_neighbours_stand_in_the_order_told() {
    let out = tempfile::tempdir().expect("a folder");
    Command::new(env!("CARGO_BIN_EXE_distretto"))
        .args(["measure", "coagglomeration", "--industry", "3363", "--format", "json", "--out"])
        .arg(out.path().join("pairs.json"))
        .arg(example("motor-vehicle-parts-us").join("areas_2019.csv"))
        .assert()
        .success();
    let bytes = std::fs::read(out.path().join("pairs.json")).expect("a result");
    let outcome: Value = serde_json::from_slice(&bytes).expect("JSON");
    let mut pairs: Vec<(f64, String)> = outcome["tables"]["pairs"]
        .as_array()
        .expect("pairs")
        .iter()
        .filter_map(|row| {
            let (a, b) = (label(&row["industry_a"]), label(&row["industry_b"]));
            Some((row["gamma_c"].as_f64()?, if a == "3363" { b } else { a }))
        })
        .collect();
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    let first: Vec<&str> = pairs.iter().take(2).map(|(_, code)| code.as_str()).collect();
    assert_eq!(first, ["3361", "3335"]);
}
