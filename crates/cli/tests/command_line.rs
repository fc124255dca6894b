//! The command line from outside: help, formats, errors, exit status.

use assert_cmd::Command;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Stdio;

const AREAS: &str = "cbsa,industry,year,employment\nA,1,2001,10\nA,2,2001,20\nB,1,2001,30\nB,2,2001,5\n\
                     A,1,2011,12\nA,2,2011,18\nB,1,2011,33\nB,2,2011,9\n";

fn distretto(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_distretto"));
    command.current_dir(folder).env_remove("COLUMNS");
    command
}

/// A folder with one table whose region column has a name of its own.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("areas.csv"), AREAS).expect("written");
    folder
}

struct Told {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

fn told(folder: &Path, line: &str) -> Told {
    let output = distretto(folder).args(line.split_whitespace()).output().expect("the binary runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Told { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn succeeds(folder: &Path, line: &str) -> String {
    let told = told(folder, line);
    assert_eq!(told.code, Some(0), "{line}: {}", told.stderr);
    told.stdout
}

#[test]
fn help_reads_well_at_every_level() {
    let folder = folder();
    for words in ["", "new ", "check ", "run ", "list ", "measure profile "] {
        let name = format!("help_{}", words.trim().replace(' ', "_"));
        insta::assert_snapshot!(name.trim_end_matches('_'), succeeds(folder.path(), &format!("{words}--help")));
    }
}

#[test]
fn every_estimand_has_help_and_stands_in_the_list() {
    let folder = folder();
    let list: Value = serde_json::from_str(&succeeds(folder.path(), "list --format json")).expect("JSON");
    let lines = succeeds(folder.path(), "list");
    let rows = list.as_array().expect("a list");
    assert_eq!(lines.lines().count(), rows.len());
    for row in rows {
        let command = row["command"].as_str().expect("a command");
        assert!(lines.lines().any(|line| line.starts_with(command)), "{command}");
        let help = succeeds(folder.path(), &format!("{command} --help"));
        for option in row["options"].as_array().expect("options") {
            let flag = format!("--{}", option["name"].as_str().expect("a name").replace('_', "-"));
            assert!(help.contains(&flag), "{command} --help lacks {flag}");
            assert!(!option["about"].as_str().unwrap_or_default().is_empty(), "{command} {flag} has no help");
        }
    }
}

#[test]
fn the_version_is_printed() {
    assert_eq!(succeeds(folder().path(), "--version"), format!("distretto {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn one_result_in_every_format() {
    let folder = folder();
    let line = "measure profile areas.csv --col region=cbsa --industry 1";
    let table = succeeds(folder.path(), line);
    assert!(table.starts_with("Development over time and place\n"), "{table}");
    let json: Value = serde_json::from_str(&succeeds(folder.path(), &format!("{line} --format json"))).expect("JSON");
    assert_eq!(json["command"], "measure profile");
    assert_eq!(json["provenance"]["inputs"][0]["path"], "areas.csv");
    assert_eq!(json["provenance"]["inputs"][0]["rows"], 8);
    assert_eq!(json["provenance"]["options"]["areas"], "areas.csv");
    assert_eq!(json["provenance"]["options"]["value"], "employment", "defaults are options too");
    assert_eq!(json["provenance"]["seed"], 1);
    let csv = succeeds(folder.path(), &format!("{line} --format csv --table regions"));
    assert!(csv.starts_with("region,industry,"), "{csv}");
    let markdown = succeeds(folder.path(), &format!("{line} --format markdown"));
    assert!(markdown.starts_with("| "), "{markdown}");
    let chinese = succeeds(folder.path(), &format!("{line} --lang zh"));
    assert_ne!(chinese, table);
}

#[test]
fn the_ending_of_a_file_sets_its_format() {
    let folder = folder();
    let line = "measure profile areas.csv --col region=cbsa";
    for (name, start) in [
        ("a.csv", "industry,"),
        ("a.json", "{\n"),
        ("a.md", "| "),
        ("a.parquet", "PAR1"),
        ("a.xlsx", "PK"),
        ("list.json", "{"),
    ] {
        assert_eq!(succeeds(folder.path(), &format!("{line} --out {name}")), "", "nothing on standard output");
        let bytes = fs::read(folder.path().join(name)).expect("written");
        assert!(
            bytes.starts_with(start.as_bytes()),
            "{name}: {:?}",
            String::from_utf8_lossy(&bytes[..20.min(bytes.len())])
        );
    }
    let stdout = succeeds(folder.path(), &format!("{line} --format json"));
    assert_eq!(fs::read_to_string(folder.path().join("a.json")).expect("written"), stdout);
    let wrong = told(folder.path(), &format!("{line} --out a.pdf"));
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.stderr.contains("hint: use .csv"), "{}", wrong.stderr);
    let wrong = told(folder.path(), &format!("{line} --out no/a.csv"));
    assert_eq!(wrong.code, Some(1));
    assert!(wrong.stderr.contains("hint: make the folder first"), "{}", wrong.stderr);
}

#[test]
fn a_wrong_command_line_ends_with_2() {
    let folder = folder();
    for (line, part) in [
        ("", "Usage: distretto"),
        ("measure", "Usage: distretto measure"),
        ("measure profil areas.csv", "hint: a similar subcommand exists: 'profile'"),
        ("meassure profile areas.csv", "hint: a similar subcommand exists: 'measure'"),
        ("measure profile", "<AREAS>"),
        ("measure profile areas.csv --yeer 3", "hint: a similar argument exists: '--year'"),
        ("measure profile areas.csv --year last", "invalid value 'last' for '--year <N>'"),
        ("measure profile areas.csv --impute middle", "[possible values: midpoint, proportional]"),
        ("measure profile areas.csv --threads 0", "invalid value '0'"),
        ("measure profile areas.csv --seed -1", "-1"),
        ("measure profile areas.csv --col region", "STANDARD=NAME"),
        ("measure profile areas.csv --format pdf", "possible values: table, csv, json, markdown"),
        ("check", "<STUDY.toml>"),
    ] {
        let told = told(folder.path(), line);
        assert_eq!(told.code, Some(2), "{line}: {}", told.stderr);
        assert!(told.stderr.contains(part), "{line}: {}", told.stderr);
        assert_eq!(told.stdout, "", "{line}");
    }
}

#[test]
fn a_wrong_input_ends_with_1_and_points_at_the_datum() {
    let folder = folder();
    fs::write(folder.path().join("bad.csv"), "region,industry,employment\nA,1,3\nB,1,-2\n").expect("written");
    let told = told(folder.path(), "measure profile bad.csv --format json");
    assert_eq!((told.code, told.stdout.as_str()), (Some(1), ""));
    let mut lines = told.stderr.lines();
    assert!(
        lines.next().is_some_and(|line| line.starts_with("error: bad.csv, line 3, column employment")),
        "{}",
        told.stderr
    );
    let json: Value = serde_json::from_str(lines.last().expect("a line")).expect("the last line is JSON");
    assert_eq!(json["error"]["kind"], "input");
    assert_eq!(json["error"]["line"], 3);
    assert_eq!(json["error"]["column"], "employment");
    assert_eq!(json["error"]["file"], "bad.csv");
}

#[test]
fn a_table_that_is_not_there_is_told_with_the_nearest() {
    let folder = folder();
    let told = told(folder.path(), "measure profile areas.csv --col region=cbsa --table region --format csv");
    assert_eq!(told.code, Some(1));
    assert!(told.stderr.contains("hint: did you mean `regions`?"), "{}", told.stderr);
}

#[test]
fn lists_come_by_comma_or_by_repetition() {
    let folder = folder();
    let line = "measure profile areas.csv --col region=cbsa --format json";
    let comma = succeeds(folder.path(), &format!("{line} --industry 1,2"));
    let repeated = succeeds(folder.path(), &format!("{line} --industry 1 --industry 2"));
    assert_eq!(comma, repeated);
}

#[test]
fn threads_never_change_a_byte() {
    let folder = folder();
    let line = "measure profile areas.csv --col region=cbsa --format json";
    let one = succeeds(folder.path(), &format!("{line} --threads 1"));
    assert_eq!(one, succeeds(folder.path(), &format!("{line} --threads 2")));
    assert_eq!(one, succeeds(folder.path(), line));
}

#[test]
fn a_file_may_bear_the_name_of_a_word() {
    let folder = folder();
    for name in ["profile", "measure", "knn_areas.csv", "数据.csv", "a b.csv"] {
        let name = if name.contains('.') { name.to_owned() } else { format!("{name}.csv") };
        fs::write(folder.path().join(&name), AREAS).expect("written");
        let output = distretto(folder.path()).args(["measure", "profile", &name, "--col", "region=cbsa"]).output();
        assert!(output.expect("the binary runs").status.success(), "{name}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let folder = folder();
    let mut areas = String::from("region,industry,employment\n");
    for region in 0..20_000 {
        areas += &format!("r{region},x,1\n");
    }
    fs::write(folder.path().join("many.csv"), areas).expect("written");
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_distretto"))
        .args(["measure", "profile", "many.csv", "--format", "csv", "--table", "regions"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !stderr.contains("panicked"), "{stderr}");
}

const GAME: &str = "[market]\nintercept = 100.0\nslope = 1.0\n[firms]\ntable = \"firms.csv\"\nrd_cost = 8.0\n\
                    [spillover]\nlinks = \"links.csv\"\n";

/// A folder with a game and the tables that it names, one with headers of its own.
fn game_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let files =
        [("game.toml", GAME), ("firms.csv", "firm,marginal_cost\nA,45\nB,44\n"), ("links.csv", "from,to\nA,B\n")];
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("written");
    }
    folder
}

#[test]
fn a_result_is_not_written_over_what_it_is_made_from() {
    let folder = folder();
    let line = "measure profile areas.csv --col region=cbsa --out";
    for out in ["areas.csv", "./areas.csv"] {
        let told = told(folder.path(), &format!("{line} {out}"));
        assert_eq!(told.code, Some(2), "{}", told.stderr);
        assert!(told.stderr.contains(&format!("--out {out} would overwrite an input")), "{}", told.stderr);
    }
    assert_eq!(fs::read_to_string(folder.path().join("areas.csv")).expect("there"), AREAS);
    for _ in 0..2 {
        // A result that is there already is no input.
        succeeds(folder.path(), &format!("{line} result.csv"));
    }

    let folder = game_folder();
    let columns = "--col source=from --col target=to";
    for out in ["firms.csv", "links.csv"] {
        let before = fs::read(folder.path().join(out)).expect("there");
        let told = told(folder.path(), &format!("innovate solve game.toml {columns} --out {out}"));
        assert_eq!(told.code, Some(2), "{}", told.stderr);
        assert!(told.stderr.contains(&format!("--out {out} would overwrite an input")), "{}", told.stderr);
        assert_eq!(fs::read(folder.path().join(out)).expect("there"), before);
    }
}

#[test]
fn columns_of_the_tables_of_a_document_are_named_too() {
    let folder = game_folder();
    let other = succeeds(folder.path(), "innovate solve game.toml --col source=from --col target=to --format csv");
    fs::write(folder.path().join("links.csv"), "source,target\nA,B\n").expect("written");
    assert_eq!(other, succeeds(folder.path(), "innovate solve game.toml --format csv"));
}

#[test]
fn help_names_the_modes_that_a_verb_takes() {
    let folder = folder();
    let help = |verb: &str| {
        let help = succeeds(folder.path(), &format!("innovate {verb} --help"));
        help.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert!(help("solve").contains("planner-second-best or planner-first-best"));
    assert!(help("coalitions").contains("game file names: coordination, sharing or consortium."));
    assert!(help("policy").contains("consortium or merger."));
}
