//! Games in studies: parameters and networks that come from the results of other analyses.

#![allow(missing_docs)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use distretto_core::{
    Context, Engine, Estimand, Fault, FigureSpec, Focus, Given, Inputs, Message, OptionValues, Outcome, Progress,
    Table, TableSpec, option_specs,
};
use distretto_study::{Study, Watch};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct NoOptions {}

/// Stands for what `estimate` and `link` give: parameters and a network.
const FOUND: Estimand = Estimand {
    engine: "toy",
    name: "found",
    about: "Parameters and a network",
    chapter: "toy/found",
    revision: 1,
    inputs: &[],
    options: option_specs::<NoOptions>,
    plan: |_: &OptionValues, _: &Given| -> Result<Vec<TableSpec>, Fault> { Ok(Vec::new()) },
    run: found,
    findings: |_: &Outcome, _: &Focus| Vec::<Message>::new(),
    figures: |_: &Outcome| Vec::<FigureSpec>::new(),
};

fn found(_: &Inputs, _: &OptionValues, _: &Context) -> Result<Outcome, Fault> {
    let mut outcome = Outcome::new("toy found", "given");
    outcome.scalar("rd_cost", 12.5).scalar("none", f64::NAN).word("mode", "coordination");
    outcome.add_table("costs", Table::empty().with_numbers("cost", vec![40.0, 45.0, 50.0]));
    let labels = |names: &[&str]| names.iter().map(|&name| Some(name)).collect();
    let links = Table::empty().with_text("source", labels(&["1", "2"])).with_text("target", labels(&["2", "3"]));
    outcome.add_table("links", links.with_numbers("weight", vec![0.5, 1.0]));
    Ok(outcome)
}

static ENGINES: [Engine; 2] =
    [Engine { name: "toy", about: "A toy", estimands: &[FOUND], messages: &[] }, distretto_innovate::ENGINE];

struct Quiet;

impl Progress for Quiet {
    fn begin(&self, _step: &str, _units: u64) {}
    fn advance(&self, _units: u64) {}
}

impl Watch for Quiet {
    fn computing(&self, _id: &str) {}
    fn kept(&self, _id: &str) {}
}

const HEAD: &str = "[study]\ntitle = \"T\"\n[data.game]\npath = \"games/game.toml\"\nkind = \"document\"\n\
                    [data.net]\npath = \"net.csv\"\nkind = \"links\"\n";
const FIRST: &str = "[[analysis]]\nid = \"found\"\nrun = \"toy found\"\n";
const GAME: &str =
    "[market]\nintercept = 100.0\nslope = 1.0\n[firms]\ncount = 3\nmarginal_cost = 45.0\nrd_cost = 10.0\n";

/// A study of one game with these overrides, after the analysis that the overrides may use.
fn folder(set: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("games")).unwrap();
    fs::write(folder.path().join("games/game.toml"), GAME).unwrap();
    fs::write(folder.path().join("net.csv"), "source,target,weight\n1,2,0.5\n2,3,1\n").unwrap();
    let analysis = format!(
        "[[analysis]]\nid = \"game\"\nrun = \"innovate solve\"\ninput = [\"game\"]\noptions = {{ set = {set} }}\n"
    );
    // The game stands first: the order is that of what uses what.
    fs::write(folder.path().join("study.toml"), format!("{HEAD}{analysis}{FIRST}")).unwrap();
    folder
}

fn run(folder: &Path) -> Result<Value, Vec<Fault>> {
    let study = Study::load(&folder.join("study.toml"), "study.toml", &ENGINES)?;
    study.check()?;
    study.run(&folder.join("out"), &Quiet)?;
    Ok(serde_json::from_slice(&fs::read(folder.join("out/outcomes/game.json")).unwrap()).unwrap())
}

fn told(set: &str) -> String {
    let faults = run(folder(set).path()).unwrap_err();
    assert_eq!(faults.len(), 1, "{faults:#?}");
    faults[0].to_string()
}

fn welfare(set: &str) -> f64 {
    run(folder(set).path()).unwrap()["summary"]["welfare"].as_f64().unwrap()
}

#[test]
fn parameters_come_from_other_results() {
    let folder = folder("[\"firms.rd_cost=found:summary.rd_cost\", \"regime.mode=found:summary.mode\"]");
    let outcome = run(folder.path()).unwrap();
    assert_eq!(
        outcome["provenance"]["options"]["set"],
        json!(["firms.rd_cost=12.5", "regime.mode=\"coordination\""]),
        "the values themselves are in the provenance"
    );
    assert_eq!(outcome["provenance"]["conventions"]["mode"], "coordination");
    assert_eq!(outcome["summary"]["welfare"], json!(welfare("[\"firms.rd_cost=12.5\", \"regime.mode=coordination\"]")));
    let lists = welfare("\"firms.marginal_cost=found:costs.cost\"");
    assert_eq!(lists, welfare("\"firms.marginal_cost=[40, 45, 50]\""));
    assert!((lists - welfare("[]")).abs() > 1.0, "the override does something");
}

#[test]
fn a_network_comes_from_a_result_or_from_data() {
    let of_result = "[\"spillover.links=found:links\", \"spillover.rate=0.4\"]";
    let folder = folder(of_result);
    let outcome = run(folder.path()).unwrap();
    let inputs = outcome["provenance"]["inputs"].as_array().unwrap();
    assert_eq!(inputs[1]["path"], "found:links");
    let csv = fs::read(folder.path().join("out/tables/found.links.csv")).unwrap();
    assert_eq!(inputs[1]["sha256"], distretto_data::sha256_hex(&csv), "the digest is that of the table written");
    let of_data = welfare("[\"spillover.links=net\", \"spillover.rate=0.4\"]");
    let of_file = welfare("[\"spillover.links=../net.csv\", \"spillover.rate=0.4\"]");
    assert_eq!(outcome["summary"]["welfare"], json!(of_data));
    assert_eq!(of_data, of_file, "a path is relative to the game");
    assert!((of_data - welfare("\"spillover.rate=0.4\"")).abs() > 1.0);
}

#[test]
fn wrong_overrides_point_at_their_line() {
    let place = "study.toml, line 13, column";
    let cases = [
        (
            "[\"spillover.rate=0.4\", \"firms.rd_cost=foun:summary.rd_cost\"]",
            "42, value \"foun:summary.rd_cost\": the reference names nothing: no analysis is called `foun`",
        ),
        (
            "[\"spillover.rate=0.4\", \"firms.rd_cost=found:summary.rd_cots\"]",
            "42, value \"found:summary.rd_cots\": the reference names nothing: its summary has no `rd_cots`",
        ),
        (
            "[\"firms.rd_cost=found:summary.none\"]",
            "20, value \"found:summary.none\": `firms.rd_cost` cannot be set: the value does not exist",
        ),
        (
            "[\"spillover.links=fund:links\"]",
            "20, value \"fund:links\": the reference names nothing: no analysis is called `fund`",
        ),
        ("[\"spillover.rate=0.4\", \"firms.rd_cost=-1\"]", "42, value \"-1\": `firms.rd_cost` must be above 0"),
        ("[\"spillover.rate\"]", "20, value \"spillover.rate\": an override must read PATH=VALUE"),
    ];
    for (set, wanted) in cases {
        let told = told(set);
        assert!(told.starts_with(&format!("{place} {wanted}")), "{set}:\n{told}");
    }
}

#[test]
fn the_report_shows_what_it_is_told_to() {
    let folder = folder("[]");
    let path = folder.path().join("study.toml");
    let study = fs::read_to_string(&path).unwrap();
    let with = |show: &str| study.replace("options = { set = [] }", show);
    let report = |show: &str| {
        fs::write(&path, with(show)).unwrap();
        run(folder.path()).map(|_| fs::read_to_string(folder.path().join("out/report.html")).unwrap())
    };
    let page = report("tables = [\"firms\"]\nshow = { rows = 2, columns = [\"firm\", \"profit\"] }").unwrap();
    assert!(page.contains("(2 of 3 rows, 2 of 14 columns; Market: 1)"), "{page}");
    let wrong = report("show = { columns = [\"firm\", \"profits\"] }").unwrap_err();
    assert!(
        wrong[0].to_string().starts_with("study.toml, line 13, column 29, value \"game:profits\":"),
        "{}",
        wrong[0]
    );
    assert_eq!(wrong[0].hint(), Some("did you mean `profit`?"));
}
