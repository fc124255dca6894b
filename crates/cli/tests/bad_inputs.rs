//! Every broken input of `bad/` is refused with the words its manifest asks for, and nothing is left behind.

use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[derive(Deserialize)]
struct Manifest {
    case: Vec<Case>,
}

/// One broken input; the head of `bad/cases.toml` says what its fields mean.
#[derive(Deserialize)]
struct Case {
    id: String,
    argv: Vec<String>,
    /// Without any, the whole folder `studies/` is there.
    #[serde(default)]
    files: Vec<String>,
    stderr: Vec<String>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad")
}

/// Paths of all files of a folder with their content, so that a file written, changed or left over is seen.
fn contents(folder: &Path) -> BTreeSet<(PathBuf, Vec<u8>)> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.insert((path.clone(), Vec::new()));
            found.extend(contents(&path));
        } else {
            let content = fs::read(&path).expect("readable");
            found.insert((path, content));
        }
    }
    found
}

/// What should not be there afterwards. A study keeps the results that were complete before it stopped, so that it can
/// resume; everything else leaves nothing.
fn leftovers(case: &Case, before: &BTreeSet<(PathBuf, Vec<u8>)>, after: &BTreeSet<(PathBuf, Vec<u8>)>) -> Vec<String> {
    let resumable = case.argv.first().is_some_and(|word| word == "run");
    let part = |path: &Path| path.extension().is_some_and(|ending| ending == "part");
    let left = after.difference(before).filter(|(path, _)| !resumable || part(path));
    let lost = before.difference(after).map(|(path, _)| format!("changes {}", path.display()));
    left.map(|(path, _)| format!("leaves {}", path.display())).chain(lost).collect()
}

fn copy(names: &[String], from: &Path, to: &Path) {
    for name in names {
        let target = to.join(name);
        fs::create_dir_all(target.parent().expect("a folder")).expect("made");
        fs::copy(from.join(name), target).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

/// Paths beneath `folder` of all files of its folder `name`.
fn names(folder: &Path, name: &str) -> Vec<String> {
    let entries = fs::read_dir(folder.join(name)).expect("a folder").flatten();
    entries
        .filter(|entry| entry.path().is_file())
        .map(|e| format!("{name}/{}", e.file_name().to_string_lossy()))
        .collect()
}

/// Runs a case in a folder of its own; says what is not as it should be.
fn failures(case: &Case, files: &Path) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    if case.files.is_empty() {
        copy(&names(files, "studies"), files, folder.path());
    } else {
        copy(&case.files, files, folder.path());
    }
    let before = contents(folder.path());
    let mut command = Command::new(env!("CARGO_BIN_EXE_distretto"));
    let output = command.args(&case.argv).current_dir(folder.path()).output().expect("runs");
    let told = String::from_utf8_lossy(&output.stderr);
    let mut failures = Vec::new();
    if output.status.code() != Some(1) {
        failures.push(format!("ends with {}", output.status));
    }
    failures
        .extend(case.stderr.iter().filter(|part| !told.contains(part.as_str())).map(|part| format!("lacks: {part}")));
    if told.contains("panicked") {
        failures.push("panics".to_owned());
    }
    if !output.stdout.is_empty() {
        failures.push("prints on standard output".to_owned());
    }
    failures.extend(leftovers(case, &before, &contents(folder.path())));
    if failures.is_empty() {
        return failures;
    }
    failures.push(format!("standard error was:\n{told}"));
    failures.into_iter().map(|failure| format!("{}: {failure}", case.id)).collect()
}

fn check(manifest: &str, at_least: usize) {
    let files = folder();
    let text = fs::read_to_string(files.join(manifest)).expect("a manifest");
    let manifest: Manifest = toml::from_str(&text).expect("a manifest");
    let ids: BTreeSet<&str> = manifest.case.iter().map(|case| case.id.as_str()).collect();
    assert_eq!(ids.len(), manifest.case.len(), "two cases have one id");
    assert!(ids.len() >= at_least, "{} cases", ids.len());
    let failures: Vec<String> = manifest.case.iter().flat_map(|case| failures(case, &files)).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn broken_tables_and_maps_are_refused() {
    check("cases.toml", 85);
}

#[test]
fn every_bad_question_about_many_industries_is_told() {
    check("industries.toml", 16);
}

#[test]
fn broken_weights_are_refused() {
    check("weights.toml", 14);
}

#[test]
fn broken_plants_are_refused() {
    check("plants.toml", 23);
}

#[test]
fn broken_studies_are_refused() {
    check("studies.toml", 30);
}

#[test]
fn broken_windows_are_refused() {
    check("ripley.toml", 13);
}

#[test]
fn broken_flows_are_refused() {
    check("link.toml", 26);
}

#[test]
fn broken_games_are_refused() {
    check("innovate.toml", 24);
}

#[test]
fn bad_factors_scales_and_efficiencies_are_told() {
    check("appraise.toml", 14);
}

#[test]
fn broken_networks_are_refused() {
    check("link-networks.toml", 13);
}

#[test]
fn relations_that_are_broken_are_told_by_datum() {
    check("link-relations.toml", 26);
}
