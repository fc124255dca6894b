//! The cases of `oracles/`, run against the built binary. The rules are those of `oracles/run.py`, which anyone can
//! run against any binary; this test needs nothing but Rust.

use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Estimands that have cases and are not there yet. When one of them comes it must leave this list.
const ABSENT: &[&str] = &[
    "measure cluster-definition",
    "measure complexity",
    "measure relatedness",
    "measure scan",
    "measure similarity",
    "measure variety",
];

/// Relative to the larger of 1 and the expected number: what a case without tolerance grants to rounding.
const ROUNDING: f64 = 1e-12;
/// What a case may take when it does not say.
const SECONDS: u64 = 120;

struct Case {
    folder: PathBuf,
    file: String,
    body: Value,
}

impl Case {
    fn id(&self) -> String {
        format!("{} ({})", self.body["id"].as_str().unwrap_or("?"), self.file)
    }

    fn argv(&self) -> Vec<String> {
        self.body["argv"].as_array().into_iter().flatten().map(as_text).collect()
    }

    fn command(&self) -> String {
        self.argv().iter().take(2).cloned().collect::<Vec<_>>().join(" ")
    }
}

fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn cases() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../oracles");
    let mut files = Vec::new();
    let mut folders = vec![root];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).expect("a folder of cases").flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    let mut cases = Vec::new();
    for path in files.iter().filter(|path| path.extension().is_some_and(|ending| ending == "json")) {
        let text = fs::read_to_string(path).expect("a case can be read");
        let json: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let bodies = match json.get("cases").and_then(Value::as_array) {
            Some(list) => list.clone(),
            None => vec![json],
        };
        let folder = path.parent().expect("a file has a folder").to_owned();
        let file = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
        cases.extend(bodies.into_iter().map(|body| Case { folder: folder.clone(), file: file.clone(), body }));
    }
    cases
}

fn estimands() -> BTreeSet<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_distretto")).args(["list", "--format", "json"]).output();
    let rows: Value = serde_json::from_slice(&output.expect("the binary runs").stdout).expect("a list");
    rows.as_array().expect("a list").iter().map(|row| as_text(&row["command"])).collect()
}

struct Ended {
    json: Option<Value>,
    code: Option<i32>,
    stderr: String,
}

fn run(case: &Case) -> Result<Ended, String> {
    let scratch = tempfile::tempdir().map_err(|error| error.to_string())?;
    let folder = scratch.path().join("case");
    fs::create_dir(&folder).map_err(|error| error.to_string())?;
    for (name, content) in case.body["files"].as_object().into_iter().flatten() {
        let target = folder.join(name);
        fs::create_dir_all(target.parent().expect("a file has a folder")).map_err(|error| error.to_string())?;
        let written = match content.get("path") {
            Some(path) => fs::copy(case.folder.join(as_text(path)), &target).map(drop),
            None => fs::write(&target, as_text(content)),
        };
        written.map_err(|error| format!("{name}: {error}"))?;
    }
    let (out, err) = (scratch.path().join("stdout"), scratch.path().join("stderr"));
    let file = |path: &Path| File::create(path).map(Stdio::from).map_err(|error| error.to_string());
    let mut child = Command::new(env!("CARGO_BIN_EXE_distretto"))
        .args(case.argv())
        .args(["--format", "json"])
        .current_dir(&folder)
        .stdin(Stdio::null())
        .stdout(file(&out)?)
        .stderr(file(&err)?)
        .spawn()
        .map_err(|error| error.to_string())?;
    let deadline = Instant::now() + Duration::from_secs(case.body["timeout_s"].as_u64().unwrap_or(SECONDS));
    let status = loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            break status;
        }
        if Instant::now() > deadline {
            let _ = child.kill();
            let _ = child.wait();
            return Err("timed out".into());
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let stdout = fs::read(&out).map_err(|error| error.to_string())?;
    let stderr = String::from_utf8_lossy(&fs::read(&err).map_err(|error| error.to_string())?).into_owned();
    Ok(Ended { json: serde_json::from_slice(&stdout).ok(), code: status.code(), stderr })
}

/// What does not hold.
fn wrong(case: &Case) -> Vec<String> {
    let ended = match run(case) {
        Ok(ended) => ended,
        Err(why) => return vec![why],
    };
    let expect: Vec<&Value> = case.body["expect"].as_array().into_iter().flatten().collect();
    if ended.json.is_none() && !expect.iter().any(|item| item.get("exit").is_some()) {
        return vec![format!("exit {:?}: {}", ended.code, ended.stderr.trim())];
    }
    let signs = signs(ended.json.as_ref(), &expect);
    let mut wrong = Vec::new();
    for item in expect {
        if let Some(exit) = item.get("exit") {
            let part = item["stderr"].as_str().unwrap_or_default().to_lowercase();
            if ended.code.map(i64::from) != exit.as_i64() {
                wrong.push(format!("exit {:?}, expected {exit}", ended.code));
            } else if !ended.stderr.to_lowercase().contains(&part) {
                wrong.push(format!("stderr lacks {part:?}: {}", ended.stderr.trim()));
            }
            continue;
        }
        match &ended.json {
            None => {
                wrong.push("no JSON on standard output".to_owned());
                break;
            }
            Some(json) => wrong.extend(differs(json, item, &signs)),
        }
    }
    wrong
}

/// The sign of each column that may be flipped: fixed by its largest expected entry.
fn signs(json: Option<&Value>, expect: &[&Value]) -> HashMap<String, f64> {
    let mut largest: HashMap<String, (f64, f64)> = HashMap::new();
    for item in expect {
        let (Some(name), Some(want), Some(json)) = (item["up_to_sign"].as_str(), item["value"].as_f64(), json) else {
            continue;
        };
        if largest.get(name).is_some_and(|(best, _)| best.abs() >= want.abs()) {
            continue;
        }
        let row = rows_at(json, item).ok().and_then(|rows| rows.first().copied().cloned());
        if let Some(got) = row.and_then(|row| row[item["column"].as_str()?].as_f64()) {
            largest.insert(name.to_owned(), (want, got));
        }
    }
    largest.into_iter().map(|(name, (want, got))| (name, if want * got < 0.0 { -1.0 } else { 1.0 })).collect()
}

fn look_up<'a>(json: &'a Value, path: &str) -> Result<&'a Value, String> {
    path.split('.').try_fold(json, |value, key| {
        let found = match value {
            Value::Object(map) => map.get(key),
            Value::Array(list) => key.parse::<usize>().ok().and_then(|i| list.get(i)),
            _ => None,
        };
        found.ok_or_else(|| format!("missing {path}"))
    })
}

fn rows_at<'a>(json: &'a Value, item: &Value) -> Result<Vec<&'a Value>, String> {
    let at = item["at"].as_str().unwrap_or_default();
    let rows = look_up(json, at)?.as_array().ok_or_else(|| format!("{at} is no list of rows"))?;
    let matches = |row: &&Value| {
        item["where"].as_object().into_iter().flatten().all(|(key, want)| {
            let got = row.get(key).unwrap_or(&Value::Null);
            if got.is_string() || want.is_string() { as_text(got) == as_text(want) } else { equal(got, want) }
        })
    };
    let found: Vec<&Value> = rows.iter().filter(matches).collect();
    if found.is_empty() { Err(format!("{at} has no row {}", item["where"])) } else { Ok(found) }
}

/// 4 and 4.0 are one number.
fn equal(got: &Value, want: &Value) -> bool {
    match (got.as_f64(), want.as_f64()) {
        (Some(got), Some(want)) => got == want,
        _ => got == want,
    }
}

fn differs(json: &Value, item: &Value, signs: &HashMap<String, f64>) -> Vec<String> {
    let expected = || match item.get("value") {
        Some(value) => value.to_string(),
        None => format!("{} to {}", item["min"], item["max"]),
    };
    let at = item["at"].as_str().unwrap_or_default();
    let Some(column) = item.get("column").and_then(Value::as_str) else {
        return match look_up(json, at) {
            Err(why) => vec![why],
            Ok(got) if close(got, item, 1.0) => Vec::new(),
            Ok(got) => vec![format!("{at} = {got}, expected {}", expected())],
        };
    };
    let sign = item["up_to_sign"].as_str().and_then(|name| signs.get(name)).copied().unwrap_or(1.0);
    let rows = match rows_at(json, item) {
        Ok(rows) => rows,
        Err(why) => return vec![why],
    };
    let got = rows.iter().map(|row| row.get(column).unwrap_or(&Value::Null));
    let far = got.filter(|got| !close(got, item, sign));
    far.map(|got| format!("{at}{}.{column} = {got}, expected {}", item["where"], expected())).collect()
}

fn close(got: &Value, item: &Value, sign: f64) -> bool {
    match item.get("value") {
        Some(Value::Null) => got.is_null(),
        Some(want @ (Value::String(_) | Value::Bool(_))) => got == want,
        Some(want) => {
            let (Some(got), Some(want)) = (got.as_f64(), want.as_f64()) else { return false };
            let granted = |name: &str| item[name].as_f64().unwrap_or(0.0);
            let tolerance = granted("abs") + granted("rel") * want.abs();
            (sign * got - want).abs() <= tolerance.max(ROUNDING * want.abs().max(1.0))
        }
        None => got.as_f64().is_some_and(|got| {
            let end = |name: &str, open: f64| item[name].as_f64().unwrap_or(open);
            (end("min", f64::NEG_INFINITY)..=end("max", f64::INFINITY)).contains(&got)
        }),
    }
}

#[test]
fn every_case_of_an_estimand_that_exists_holds() {
    let estimands = estimands();
    let cases: Vec<Case> = cases().into_iter().filter(|case| estimands.contains(&case.command())).collect();
    assert!(!cases.is_empty(), "no case was found");
    let next = AtomicUsize::new(0);
    let failed: Mutex<Vec<String>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let wrong = wrong(case);
                    if !wrong.is_empty() {
                        let shown: Vec<&str> = wrong.iter().take(3).map(String::as_str).collect();
                        let line = format!("{}: {} ({} in all)", case.id(), shown.join("; "), wrong.len());
                        failed.lock().expect("no thread panicked").push(line);
                    }
                }
            });
        }
    });
    let mut failed = failed.into_inner().expect("no thread panicked");
    failed.sort();
    assert!(failed.is_empty(), "{} of {} cases fail:\n{}", failed.len(), cases.len(), failed.join("\n"));
}

#[test]
fn every_case_has_an_id_of_its_own() {
    let mut seen = BTreeSet::new();
    for case in cases() {
        let id = case.body["id"].as_str().unwrap_or_default().to_owned();
        assert!(!id.is_empty(), "a case of {} has no id", case.file);
        assert!(seen.insert(id), "{} stands twice", case.id());
    }
}

#[test]
fn the_list_of_absent_estimands_is_true() {
    let estimands = estimands();
    let wanted: BTreeSet<String> = cases().iter().map(Case::command).collect();
    for absent in ABSENT {
        assert!(!estimands.contains(*absent), "`{absent}` exists now: take it out of ABSENT");
        assert!(wanted.contains(*absent), "`{absent}` has no case: take it out of ABSENT");
    }
    let missing: Vec<&String> =
        wanted.iter().filter(|name| !estimands.contains(*name) && !ABSENT.contains(&name.as_str())).collect();
    assert!(missing.is_empty(), "cases of estimands that are neither there nor known to be absent: {missing:?}");
}

#[test]
fn the_rules_of_the_runner_can_fail() {
    let item = serde_json::json!({ "at": "tables.t", "where": { "k": "3" }, "column": "x", "value": 1.0, "abs": 0.1 });
    let json = |x: f64| serde_json::json!({ "tables": { "t": [ { "k": "3", "x": x }, { "k": "4", "x": 9 } ] } });
    let none = HashMap::new();
    assert!(differs(&json(1.05), &item, &none).is_empty());
    assert_eq!(differs(&json(1.2), &item, &none).len(), 1);
    let flipped = HashMap::from([("f".to_owned(), -1.0)]);
    let item =
        serde_json::json!({ "at": "tables.t", "where": { "k": "3" }, "column": "x", "value": 1.0, "up_to_sign": "f" });
    assert!(differs(&json(-1.0), &item, &flipped).is_empty());
    let null = serde_json::json!({ "at": "tables.t.0.y", "value": null });
    assert_eq!(differs(&json(1.0), &null, &none), ["missing tables.t.0.y"]);
}
