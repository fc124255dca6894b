//! Studies from outside: what `new`, `check` and `run` do to a folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

fn distretto(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_distretto"));
    command.current_dir(folder);
    command
}

fn run(folder: &Path, words: &[&str]) -> Output {
    distretto(folder).args(words).output().expect("the binary runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn succeeds(folder: &Path, words: &[&str]) -> String {
    let output = run(folder, words);
    assert!(output.status.success(), "{words:?}: {}", said(&output));
    said(&output)
}

fn fails(folder: &Path, words: &[&str]) -> String {
    let output = run(folder, words);
    assert_eq!(output.status.code(), Some(1), "{words:?}: {}", said(&output));
    said(&output)
}

/// Every file of a folder by its path within.
fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else if let Ok(bytes) = fs::read(entry.path()) {
                found.insert(entry.path().strip_prefix(root).expect("it is within").to_owned(), bytes);
            }
        }
    }
    found
}

fn same(a: &Path, b: &Path) {
    let (a, b) = (files(a), files(b));
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>());
    for (path, bytes) in &a {
        assert!(bytes == &b[path], "{} differs", path.display());
    }
}

/// A small study of two analyses, the second of which uses the first.
fn small(folder: &Path) {
    fs::create_dir_all(folder).expect("a folder");
    let areas = "region,industry,year,employment\nA,1,2001,10\nA,2,2001,20\nB,1,2001,30\nB,2,2001,5\n\
                 A,1,2011,12\nA,2,2011,18\nB,1,2011,33\nB,2,2011,9\n";
    fs::write(folder.join("areas.csv"), areas).expect("written");
    fs::write(folder.join("study.toml"), SMALL).expect("written");
}

const SMALL: &str = r#"
[study]
title = "A small study"
question = "Where?"

[focus]
industry = ["1"]

[data.areas]
path = "areas.csv"
kind = "areas"

[[analysis]]
id = "growth"
run = "measure profile"
input = ["areas"]

[[analysis]]
id = "again"
run = "measure profile"
input = ["growth:regions"]
options = { value = "first" }

[[analysis]]
id = "shift"
run = "measure shift-share"
input = ["areas"]
"#;

/// A study that takes a while: many analyses of a table of many rows.
fn long(folder: &Path) {
    fs::create_dir_all(folder).expect("a folder");
    let mut areas = String::from("region,industry,employment\n");
    for region in 0..400 {
        for industry in 0..300 {
            areas += &format!("r{region},i{industry:03},{}\n", (region * 7 + industry * 13) % 97);
        }
    }
    fs::write(folder.join("areas.csv"), areas).expect("written");
    let mut study = String::from("[study]\ntitle = \"Long\"\n[data.areas]\npath = \"areas.csv\"\nkind = \"areas\"\n");
    for i in 0..12 {
        study += &format!(
            "[[analysis]]\nid = \"a{i:02}\"\nrun = \"measure profile\"\ninput = [\"areas\"]\n\
             options = {{ industry = [\"i{i:03}\"] }}\n"
        );
    }
    fs::write(folder.join("study.toml"), study).expect("written");
}

#[test]
fn a_new_study_runs_as_it_is() {
    let root = tempfile::tempdir().expect("a folder");
    succeeds(root.path(), &["new", "mine"]);
    let told = succeeds(root.path(), &["check", "mine/study.toml"]);
    assert!(told.contains("states: 4618 rows"), "{told}");
    assert!(!root.path().join("mine/out").exists(), "check writes nothing");
    succeeds(root.path(), &["run", "mine/study.toml"]);
    let out = root.path().join("mine/out");
    for path in ["report.html", "manifest.json", "outcomes/lq.json", "tables/lq.cells.csv", "figures/lq.1.svg"] {
        assert!(out.join(path).is_file(), "{path} is missing");
    }
    for template in ["plants", "innovation", "flows", "network", "appraisal", "survey-cluster-firms"] {
        succeeds(root.path(), &["new", template, "--template", template]);
        succeeds(root.path(), &["check", &format!("{template}/study.toml")]);
    }
    let told = fails(root.path(), &["new", "mine"]);
    assert!(told.contains("not empty"), "{told}");
    let told = fails(root.path(), &["new", "other", "--template", "area"]);
    assert!(told.contains("hint: did you mean `areas`?"), "{told}");
    assert!(!root.path().join("other").exists());
}

#[test]
fn a_second_run_computes_only_what_changed() {
    let root = tempfile::tempdir().expect("a folder");
    small(root.path());
    let told = succeeds(root.path(), &["run", "study.toml"]);
    assert!(told.contains("3 computed, 0 kept"), "{told}");
    let before = files(&root.path().join("out"));
    let times =
        |path: &str| fs::metadata(root.path().join("out").join(path)).and_then(|data| data.modified()).expect("there");
    let written = times("outcomes/growth.json");

    let told = succeeds(root.path(), &["run", "study.toml"]);
    assert!(told.contains("0 computed, 3 kept"), "{told}");
    assert_eq!(times("outcomes/growth.json"), written, "a kept result is not written again");
    assert_eq!(files(&root.path().join("out")), before);

    // Another option of the last analysis leaves the others alone.
    let changed = SMALL
        .replace("run = \"measure shift-share\"\n", "run = \"measure shift-share\"\noptions = { industry = \"2\" }\n");
    fs::write(root.path().join("study.toml"), changed).expect("written");
    let told = succeeds(root.path(), &["run", "study.toml"]);
    assert!(told.contains("kept growth\nkept again\ncomputing shift\n"), "{told}");
}

#[test]
fn a_changed_input_recomputes_what_depends_on_it() {
    let root = tempfile::tempdir().expect("a folder");
    small(root.path());
    succeeds(root.path(), &["run", "study.toml"]);
    let areas = fs::read_to_string(root.path().join("areas.csv")).expect("there").replace("B,1,2011,33", "B,1,2011,40");
    fs::write(root.path().join("areas.csv"), areas).expect("written");
    let told = succeeds(root.path(), &["run", "study.toml"]);
    assert!(told.contains("3 computed, 0 kept"), "{told}");
    let told = succeeds(root.path(), &["run", "study.toml", "--seed", "2"]);
    assert!(told.contains("3 computed, 0 kept"), "another seed is another result: {told}");
}

#[test]
fn a_cut_or_edited_result_is_computed_anew() {
    let root = tempfile::tempdir().expect("a folder");
    small(root.path());
    succeeds(root.path(), &["run", "study.toml"]);
    let out = root.path().join("out");
    let before = files(&out);
    for damage in ["outcomes/growth.json", ".state/growth.json", "tables/growth.regions.csv"] {
        let path = out.join(damage);
        let bytes = fs::read(&path).expect("there");
        fs::write(&path, &bytes[..bytes.len() / 2]).expect("cut");
        succeeds(root.path(), &["run", "study.toml"]);
        assert_eq!(files(&out), before, "{damage} was not repaired");
    }
}

#[test]
fn files_of_an_analysis_that_is_gone_are_removed() {
    let root = tempfile::tempdir().expect("a folder");
    small(root.path());
    succeeds(root.path(), &["run", "study.toml"]);
    let out = root.path().join("out");
    fs::write(out.join("tables/mine.csv"), "a note").expect("written");
    let shorter = &SMALL[..SMALL.rfind("[[analysis]]").expect("an analysis")];
    fs::write(root.path().join("study.toml"), shorter).expect("written");
    succeeds(root.path(), &["run", "study.toml"]);
    let left: Vec<PathBuf> = files(&out).into_keys().filter(|path| path.to_string_lossy().contains("shift")).collect();
    assert!(left.is_empty(), "{left:?}");
    assert!(out.join("tables/mine.csv").exists(), "what no run wrote stays");
}

#[test]
fn threads_and_folders_change_no_byte() {
    let root = tempfile::tempdir().expect("a folder");
    let (a, b) = (root.path().join("a"), root.path().join("deep/er/b"));
    small(&a);
    small(&b);
    succeeds(&a, &["run", "study.toml", "--threads", "1"]);
    succeeds(root.path(), &["run", "deep/er/b/study.toml", "--threads", "2"]);
    same(&a.join("out"), &b.join("out"));
    succeeds(&a, &["run", "study.toml", "--out", "../elsewhere", "--quiet"]);
    same(&a.join("out"), &root.path().join("elsewhere"));
}

#[test]
fn a_run_that_was_killed_is_resumed_to_the_same_bytes() {
    let root = tempfile::tempdir().expect("a folder");
    let (whole, cut) = (root.path().join("whole"), root.path().join("cut"));
    long(&whole);
    long(&cut);
    succeeds(&whole, &["run", "study.toml", "--quiet"]);

    let mut child = distretto(&cut)
        .args(["run", "study.toml", "--quiet"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary runs");
    let deadline = Instant::now() + Duration::from_secs(120);
    while !cut.join("out/.state/a01.json").exists() {
        assert!(Instant::now() < deadline, "no result within two minutes");
        assert!(child.try_wait().expect("a child").is_none(), "the run ended before it could be killed");
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().expect("killed");
    child.wait().expect("waited");
    let out = cut.join("out");
    assert!(!out.join("manifest.json").exists(), "a manifest stands only beside a complete run");
    let complete = files(&whole.join("out"));
    for (path, bytes) in files(&out) {
        if !path.to_string_lossy().ends_with(".part") {
            assert!(complete.get(&path) == Some(&bytes), "{} is half written", path.display());
        }
    }
    // What the kill may leave behind at a worse moment than it did.
    fs::write(out.join("outcomes/.a02.json.77-0.part"), "{\"comm").expect("written");

    let told = succeeds(&cut, &["run", "study.toml", "--resume"]);
    assert!(told.contains("kept a00\nkept a01\n"), "{told}");
    assert!(told.contains("computing a11"), "{told}");
    same(&whole.join("out"), &out);
}

/// A text of the author that was written for another file is marked, through results of other analyses too.
#[test]
fn texts_for_another_file_are_marked() {
    let root = tempfile::tempdir().expect("a folder");
    small(root.path());
    let pinned = |digits: &str| {
        let text = SMALL.replacen("kind = \"areas\"", &format!("kind = \"areas\"\nsha256 = \"{digits}\""), 1);
        let text = text.replacen("options = {", "text = \"again.md\"\noptions = {", 1);
        fs::write(root.path().join("study.toml"), text).expect("written");
    };
    fs::write(root.path().join("again.md"), "My words.").expect("written");
    let report = || fs::read_to_string(root.path().join("out/report.html")).expect("the report");
    pinned("00000000");
    let told = succeeds(root.path(), &["run", "study.toml"]);
    let right = told.split("sha256 = \"").nth(1).and_then(|rest| rest.split('"').next()).expect("the digits");
    assert!(told.contains("warning: areas.csv is not the file"), "{told}");
    assert!(report().contains("This text was written for another areas.csv"));
    pinned(right);
    let told = succeeds(root.path(), &["run", "study.toml"]);
    assert!(!told.contains("is not the file") && !report().contains("This text was written"), "{told}");
    pinned("xyz");
    assert!(fails(root.path(), &["check", "study.toml"]).contains("first 8 to 64 hexadecimal digits"));
}

/// A list may stand in one text, as after a flag.
#[test]
fn a_list_may_be_written_with_commas() {
    let root = tempfile::tempdir().expect("a folder");
    fs::write(root.path().join("u.csv"), "unit,i1,i2,o1\nA,1,2,3\nB,2,1,3\nC,2,2,2\n").expect("written");
    let study = |inputs: &str| {
        let text = format!(
            "[study]\ntitle = \"T\"\nquestion = \"Q\"\n[data.u]\npath = \"u.csv\"\nkind = \"table\"\n[[analysis]]\n\
             id = \"d\"\nrun = \"appraise dea\"\ninput = [\"u\"]\noptions = {{ inputs = {inputs}, outputs = \"o1\" }}\n"
        );
        fs::write(root.path().join("study.toml"), text).expect("written");
        succeeds(root.path(), &["run", "study.toml"])
    };
    assert!(study("\"i1,i2\"").contains("1 computed"));
    assert!(study("[\"i1\", \"i2\"]").contains("1 kept"), "the same list");
}

/// What only the estimand can see (a spillover above 1 in a game, a column that its options ask for) is told before a
/// run, and nothing is written.
#[test]
fn check_begins_the_analyses() {
    let root = tempfile::tempdir().expect("a folder");
    succeeds(root.path(), &["new", "lab", "--template", "innovation", "--quiet"]);
    let game = root.path().join("lab/games/homogeneous.toml");
    let text = fs::read_to_string(&game).expect("the game");
    assert!(text.contains("rate = 0.3"));
    fs::write(&game, text.replace("rate = 0.3", "rate = 1.3")).expect("written");
    let told = fails(root.path(), &["check", "lab/study.toml"]);
    assert!(told.contains("games/homogeneous.toml, line 13, value \"1.3\": `spillover.rate`"), "{told}");
    let ties = "[study]\ntitle = \"T\"\nquestion = \"Q\"\n[data.a]\npath = \"links.csv\"\nkind = \"table\"\n\
                [[analysis]]\nid = \"e\"\nrun = \"link e-i\"\ninput = [\"a\"]\n";
    fs::write(root.path().join("study.toml"), ties).expect("written");
    fs::write(root.path().join("links.csv"), "source,target\na,b\n").expect("written");
    let told = fails(root.path(), &["check", "study.toml"]);
    assert!(told.contains("groups are needed"), "{told}");
    assert!(!root.path().join("out").exists() && !root.path().join("lab/out").exists());
}

#[test]
fn a_wrong_study_leaves_nothing_behind() {
    let root = tempfile::tempdir().expect("a folder");
    small(root.path());
    fs::write(root.path().join("study.toml"), SMALL.replace("value = \"first\"", "valeu = \"first\""))
        .expect("written");
    let told = fails(root.path(), &["run", "study.toml"]);
    assert!(told.contains("hint: did you mean `value`?"), "{told}");
    assert!(!root.path().join("out").exists());
    let told = fails(root.path(), &["check", "study.toml", "--format", "json"]);
    let last = told.lines().last().expect("a line");
    let json: serde_json::Value = serde_json::from_str(last).expect("one line of JSON");
    assert_eq!(json["error"]["kind"], "study");
    assert_eq!(json["error"]["line"], 22);
    assert_eq!(json["error"]["file"], "study.toml");
}

#[test]
fn the_schema_knows_the_options_of_every_estimand() {
    let root = tempfile::tempdir().expect("a folder");
    let output = run(root.path(), &["check", "--schema"]);
    let schema: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let analysis = &schema["properties"]["analysis"]["items"];
    let commands = analysis["properties"]["run"]["enum"].as_array().expect("commands");
    assert!(commands.iter().any(|command| command == "measure profile"), "{commands:?}");
    let rules = analysis["allOf"].as_array().expect("one rule for each command");
    assert_eq!(rules.len(), commands.len());
    assert!(rules[0]["then"]["properties"]["options"]["properties"]["industry"].is_object());
}
