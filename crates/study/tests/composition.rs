//! Studies over an engine made for the test: what reaches an estimand from a study, and in which order.

#![allow(missing_docs)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use distretto_core::{
    ColumnKind, Context, Engine, Estimand, Fault, Focus, Given, Input, InputKind, Inputs, Message, OptionValues,
    Outcome, Place, Progress, Table, TableSpec, option_specs, parse_options,
};
use distretto_study::{Study, Watch};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::sync::Mutex;

/// Options of the toy.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct ToyOptions {
    /// Industries that are shown.
    industry: Vec<String>,
    /// Added to every value.
    add: f64,
    /// Several numbers.
    several: Vec<Option<f64>>,
    /// Neighbours, or a file of them.
    near: Option<String>,
    /// A word.
    two_words: String,
}

const TOY: Estimand = Estimand {
    engine: "toy",
    name: "sum",
    about: "The sum of the values, and what was given",
    chapter: "toy/sum",
    revision: 1,
    inputs: &[
        Input { name: "areas", kind: InputKind::Table, place: Place::Positional, required: true, help: "values" },
        Input {
            name: "near",
            kind: InputKind::Table,
            place: Place::FlagUnless(&["knn"]),
            required: false,
            help: "near",
        },
        Input { name: "more", kind: InputKind::Table, place: Place::Flag, required: false, help: "more values" },
    ],
    options: option_specs::<ToyOptions>,
    plan,
    run,
    findings: |_: &Outcome, _: &Focus| vec![Message::new("toy.sum.found")],
    figures: |_: &Outcome| Vec::new(),
};

/// Units on any columns; twice the first of them, and the sum of the column `joined`.
const WIDE: Estimand = Estimand {
    name: "wide",
    inputs: &[Input { name: "data", kind: InputKind::Table, place: Place::Positional, required: true, help: "units" }],
    plan: |_: &OptionValues, _: &Given| {
        Ok(vec![TableSpec::new("data").take("unit", ColumnKind::Label).and_others(ColumnKind::Any)])
    },
    run: |inputs: &Inputs, _: &OptionValues, _: &Context| {
        let table = inputs.need("data")?;
        let mut outcome = Outcome::new("toy wide", "columns");
        let joined = table.numbers("joined").unwrap_or_default();
        outcome.scalar("joined", joined.iter().filter(|value| !value.is_nan()).sum());
        outcome.scalar("lacking", joined.iter().filter(|value| value.is_nan()).count() as f64);
        let units = table.text("unit").cloned().unwrap_or_default();
        let twice = table.numbers("own").unwrap_or_default().iter().map(|value| 2.0 * value).collect();
        outcome.add_table("rows", Table::empty().with_text("unit", units).with_numbers("twice", twice));
        Ok(outcome)
    },
    ..TOY
};

static TOYS: [Engine; 1] = [Engine { name: "toy", about: "A toy", estimands: &[TOY, WIDE], messages: &[] }];

fn plan(values: &OptionValues, given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: ToyOptions = parse_options(values)?;
    if options.add < 0.0 {
        return Err(Fault::option("option `add` must be 0 or more"));
    }
    let spec = |name: &String| TableSpec::new(name).take("region", ColumnKind::Word).need("value", ColumnKind::Number);
    Ok(given.iter().map(spec).collect())
}

fn run(inputs: &Inputs, values: &OptionValues, _: &Context) -> Result<Outcome, Fault> {
    let options: ToyOptions = parse_options(values)?;
    let numbers = |name: &str| inputs.table(name).and_then(|table| table.numbers("value")).unwrap_or_default().to_vec();
    let cells: Vec<f64> = numbers("areas").iter().map(|value| value + options.add).collect();
    let mut outcome = Outcome::new("toy sum", "addition");
    outcome.scalar("total", cells.iter().sum::<f64>() + numbers("more").iter().sum::<f64>());
    outcome.scalar("near_rows", numbers("near").len() as f64);
    outcome.word("near", options.near.as_deref().unwrap_or("none"));
    outcome.word("industry", &options.industry.join("+"));
    outcome.word("several", &format!("{:?}", options.several));
    outcome.word("two_words", &options.two_words);
    outcome.add_table("cells", Table::empty().with_numbers("value", cells));
    Ok(outcome)
}

/// Remembers what was computed.
#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl Progress for Notes {
    fn begin(&self, _step: &str, _units: u64) {}
    fn advance(&self, _units: u64) {}
}

impl Watch for Notes {
    fn computing(&self, id: &str) {
        self.0.lock().unwrap().push(format!("computing {id}"));
    }

    fn kept(&self, id: &str) {
        self.0.lock().unwrap().push(format!("kept {id}"));
    }
}

const HEAD: &str = "[study]\ntitle = \"T\"\n[data.a]\npath = \"a.csv\"\nkind = \"table\"\n[data.b]\npath = \"b.csv\"\nkind = \"table\"\n";

fn folder(analyses: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.csv"), "region,value\nx,1\ny,2\n").unwrap();
    fs::write(folder.path().join("b.csv"), "region,value\nx,10\n").unwrap();
    fs::write(folder.path().join("study.toml"), format!("{HEAD}{analyses}")).unwrap();
    folder
}

fn load(folder: &Path) -> Result<Study, Vec<Fault>> {
    Study::load(&folder.join("study.toml"), "study.toml", &TOYS)
}

/// Runs the study of a folder and gives what was computed.
fn ran(folder: &Path) -> Result<Vec<String>, Vec<Fault>> {
    let notes = Notes::default();
    load(folder)?.run(&folder.join("out"), &notes)?;
    Ok(notes.0.into_inner().unwrap())
}

fn outcome(folder: &Path, id: &str) -> Value {
    serde_json::from_slice(&fs::read(folder.join(format!("out/outcomes/{id}.json"))).unwrap()).unwrap()
}

#[test]
fn analyses_follow_what_they_use() {
    let analyses = "[[analysis]]\nid = \"last\"\nrun = \"toy sum\"\ninput = [\"middle:cells\"]\n\
                    [[analysis]]\nid = \"middle\"\nrun = \"toy sum\"\ninput = [\"first:cells\"]\noptions = { add = 1 }\n\
                    [[analysis]]\nid = \"first\"\nrun = \"toy sum\"\ninput = [\"a\"]\n";
    let folder = folder(analyses);
    assert_eq!(ran(folder.path()).unwrap(), ["computing first", "computing middle", "computing last"]);
    let last = outcome(folder.path(), "last");
    assert_eq!(last["summary"]["total"], json!(5));
    let input = &last["provenance"]["inputs"][0];
    assert_eq!(input["path"], "middle:cells");
    let csv = fs::read(folder.path().join("out/tables/middle.cells.csv")).unwrap();
    assert_eq!(input["sha256"], distretto_data::sha256_hex(&csv), "the digest is that of the file that was written");
}

#[test]
fn numbers_and_columns_of_results_enter_options() {
    let analyses = "[[analysis]]\nid = \"one\"\nrun = \"toy sum\"\ninput = [\"a\"]\n\
                    [[analysis]]\nid = \"two\"\nrun = \"toy sum\"\ninput = [\"a\"]\n\
                    options = { add = \"one:summary.total\", several = \"one:cells.value\" }\n";
    let folder = folder(analyses);
    ran(folder.path()).unwrap();
    let two = outcome(folder.path(), "two");
    assert_eq!(two["summary"]["total"], json!(9), "1 + 3 and 2 + 3");
    assert_eq!(two["summary"]["several"], "[Some(1.0), Some(2.0)]");
    assert_eq!(two["provenance"]["options"]["add"], json!(3), "the value itself is in the provenance");
}

#[test]
fn a_study_says_itself_what_its_report_holds_in_brief() {
    let one = "[[analysis]]\nid = \"one\"\nrun = \"toy sum\"\ninput = [\"a\"]\nbrief = \"In all {total} of them.\"\n";
    let two = "[[analysis]]\nid = \"two\"\nrun = \"toy sum\"\ninput = [\"a\"]\n";
    let given = folder(&format!("{one}{two}"));
    ran(given.path()).unwrap();
    let page = fs::read_to_string(given.path().join("out/report.html")).unwrap();
    let brief = page.split("class=\"brief\"").nth(1).and_then(|rest| rest.split("</section>").next()).unwrap();
    assert!(brief.contains("In all 3 of them.") && !brief.contains("#two"), "{brief}");
    let wrong = folder(&one.replace("{total}", "{totl}"));
    let faults = ran(wrong.path()).unwrap_err();
    let told = faults[0].to_string();
    assert!(told.contains("the summary of the result has no such number"), "{told}");
    assert_eq!(faults[0].hint(), Some("did you mean `total`?"));
}

#[test]
fn a_flag_is_a_file_or_an_option() {
    let analyses = "[[analysis]]\nid = \"file\"\nrun = \"toy sum\"\ninput = [\"a\"]\noptions = { near = \"b\", more = \"b\" }\n\
                    [[analysis]]\nid = \"word\"\nrun = \"toy sum\"\ninput = [\"a\"]\noptions = { near = \"knn:4\", two-words = \"x\" }\n";
    let folder = folder(analyses);
    ran(folder.path()).unwrap();
    let (file, word) = (outcome(folder.path(), "file"), outcome(folder.path(), "word"));
    assert_eq!((&file["summary"]["near_rows"], &file["summary"]["total"]), (&json!(1), &json!(13)));
    assert_eq!(file["provenance"]["options"]["near"], "b.csv");
    assert_eq!(file["provenance"]["inputs"].as_array().map(Vec::len), Some(3));
    assert_eq!((&word["summary"]["near_rows"], &word["summary"]["near"]), (&json!(0), &json!("knn:4")));
    assert_eq!(word["summary"]["two_words"], "x", "`-` and `_` are one");
}

#[test]
fn the_focus_fills_what_the_analysis_leaves_out() {
    let analyses = "[focus]\nindustry = [\"01\", \"2\"]\n\
                    [[analysis]]\nid = \"open\"\nrun = \"toy sum\"\ninput = [\"a\"]\n\
                    [[analysis]]\nid = \"own\"\nrun = \"toy sum\"\ninput = [\"a\"]\noptions = { industry = \"3\" }\n\
                    [[analysis]]\nid = \"none\"\nrun = \"toy sum\"\ninput = [\"a\"]\noptions = { industry = [] }\n";
    let folder = folder(analyses);
    ran(folder.path()).unwrap();
    let industry = |id: &str| outcome(folder.path(), id)["summary"]["industry"].clone();
    assert_eq!([industry("open"), industry("own"), industry("none")], ["01+2", "3", ""]);
}

#[test]
fn a_refused_option_points_into_the_study_before_anything_is_computed() {
    let analyses = "[[analysis]]\nid = \"good\"\nrun = \"toy sum\"\ninput = [\"a\"]\n\
                    [[analysis]]\nid = \"bad\"\nrun = \"toy sum\"\ninput = [\"good:cells\"]\noptions = { add = -1 }\n";
    let folder = folder(analyses);
    let faults = ran(folder.path()).unwrap_err();
    assert_eq!(faults[0].to_string(), "study.toml, line 17, column 19: option `add` must be 0 or more");
    assert!(!folder.path().join("out").exists());
}

#[test]
fn only_what_depends_on_a_change_is_computed_again() {
    let analyses = "[[analysis]]\nid = \"one\"\nrun = \"toy sum\"\ninput = [\"a\"]\n\
                    [[analysis]]\nid = \"two\"\nrun = \"toy sum\"\ninput = [\"one:cells\"]\n\
                    [[analysis]]\nid = \"three\"\nrun = \"toy sum\"\ninput = [\"b\"]\n";
    let folder = folder(analyses);
    ran(folder.path()).unwrap();
    assert_eq!(ran(folder.path()).unwrap(), ["kept one", "kept two", "kept three"]);
    // Titles and the order of options are words of the report, not of the computation.
    let study = format!("{HEAD}{analyses}title = \"Other\"\noptions = {{ two_words = \"\", add = 0 }}\n");
    fs::write(folder.path().join("study.toml"), study).unwrap();
    assert_eq!(ran(folder.path()).unwrap(), ["kept one", "kept two", "kept three"]);
    fs::write(folder.path().join("a.csv"), "region,value\nx,1\ny,3\n").unwrap();
    assert_eq!(ran(folder.path()).unwrap(), ["computing one", "computing two", "kept three"]);
}

#[test]
fn every_fault_of_a_study_is_told_at_once() {
    let analyses = "[[analysis]]\nid = \"one\"\nrun = \"toy summ\"\ninput = [\"a\"]\n\
                    [[analysis]]\nid = \"one\"\nrun = \"toy sum\"\ninput = [\"c\"]\noptions = { ad = 1, add = \"x\" }\n";
    let folder = folder(analyses);
    let told: Vec<String> = load(folder.path()).unwrap_err().iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 5, "{told:#?}");
    for part in ["\"toy summ\"", "this id already", "\"c\": no data", "\"ad\"", "`add` must be a number"] {
        assert!(told.iter().any(|line| line.contains(part)), "{part} is not among {told:#?}");
    }
}

#[test]
fn no_damage_to_a_study_is_a_panic() {
    let analyses = "[focus]\nindustry = [\"1\"]\n[[analysis]]\nid = \"a\"\nrun = \"toy sum\"\ninput = [\"a\"]\n\
                    options = { add = 1.5, near = \"knn:4\", several = [1, 2] }\n\
                    figure = [ { kind = \"map\", at_least = [\"x\", 3.0], top = 5 } ]\n[report]\nchapters = [\"a\"]\n";
    let folder = folder(analyses);
    let text = fs::read(folder.path().join("study.toml")).unwrap();
    let mut faults = 0;
    for at in 0..text.len() {
        let inserts = [&b"\""[..], b"[", b"=", b"\n", b"-", b"9", b"\xff", "区".as_bytes()];
        for insert in [&b""[..], inserts[at % inserts.len()]] {
            let damaged = [&text[..at], insert, &text[at + 1..]].concat();
            fs::write(folder.path().join("study.toml"), damaged).unwrap();
            faults += usize::from(load(folder.path()).is_err());
        }
        fs::write(folder.path().join("study.toml"), &text[..at]).unwrap();
        faults += usize::from(load(folder.path()).is_err());
    }
    assert!(faults > text.len(), "most damage is told: {faults}");
}

/// Two tables of units, the second without `y`, and an analysis of the first that takes a column from that of the second.
fn joining(with: &str) -> tempfile::TempDir {
    let analyses = format!(
        "[data.c]\npath = \"c.csv\"\nkind = \"indicators\"\n[data.d]\npath = \"d.csv\"\nkind = \"indicators\"\n\
         [[analysis]]\nid = \"late\"\nrun = \"toy wide\"\ninput = [\"c\"]\noptions = {{ with = {with} }}\n\
         [[analysis]]\nid = \"early\"\nrun = \"toy wide\"\ninput = [\"d\"]\n"
    );
    let folder = folder(&analyses);
    fs::write(folder.path().join("c.csv"), "unit,own\nx,1\ny,2\nz,3\n").unwrap();
    fs::write(folder.path().join("d.csv"), "unit,own\nz,30\nx,10\n").unwrap();
    folder
}

#[test]
fn a_column_of_another_result_joins_the_table() {
    let folder = joining("{ joined = \"early:rows.twice\" }");
    assert_eq!(ran(folder.path()).unwrap(), ["computing early", "computing late"]);
    let out = folder.path().join("out");
    let json: Value = serde_json::from_slice(&fs::read(out.join("outcomes/late.json")).unwrap()).unwrap();
    // x and z have 20 and 60; y is not among the rows of the other table.
    assert_eq!((&json["summary"]["joined"], &json["summary"]["lacking"]), (&json!(80), &json!(1)));
    assert_eq!(
        fs::read_to_string(out.join("tables/late.with.csv")).unwrap(),
        "unit,own,joined\nx,1,20\ny,2,\nz,3,60\n"
    );
    let manifest = fs::read_to_string(out.join("manifest.json")).unwrap();
    assert!(manifest.contains("tables/late.with.csv"));
    assert_eq!(ran(folder.path()).unwrap(), ["kept early", "kept late"]);
}

#[test]
fn a_column_that_cannot_join_is_told() {
    let told = |with: &str| ran(joining(with).path()).expect_err("a fault")[0].to_string();
    assert!(told("{ joined = \"earl:rows.twice\" }").contains("no analysis is called `earl`"));
    assert!(told("{ joined = \"early:rows.twic\" }").contains("twic"));
    assert!(told("{ own = \"early:rows.twice\" }").contains("the table has a column `own` already"));
    assert!(told("{ joined = \"early:rows.unit\" }").contains("holds no numbers"));
    assert!(told("{ joined = \"early:summary.joined\" }").contains("must name a column of another result"));
}
