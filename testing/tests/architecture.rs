//! The arrows of ARCHITECTURE.md: which crate may import which.

use serde_json::Value;
use std::process::Command;

/// The allowed imports of each crate; an engine never imports an engine, `report` knows none.
const ARROWS: &[(&str, &[&str])] = &[
    ("core", &[]),
    ("data", &["core"]),
    ("numerics", &["core"]),
    ("measure", &["core", "numerics"]),
    ("link", &["core", "numerics"]),
    ("innovate", &["core", "numerics"]),
    ("appraise", &["core", "numerics"]),
    ("report", &["core"]),
    ("study", &["core", "data", "numerics", "measure", "link", "innovate", "appraise", "report"]),
    ("cli", &["core", "data", "report", "study"]),
];

/// Crates that no product crate may import.
const OUTSIDE: &[&str] = &["testing", "benches"];

fn workspace_packages() -> Vec<Value> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root)
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON");
    metadata["packages"].as_array().expect("packages").clone()
}

fn short(name: &Value) -> Option<String> {
    name.as_str().and_then(|name| name.strip_prefix("distretto-")).map(str::to_owned)
}

/// The own crates that a package imports, tests excepted.
fn imports(package: &Value) -> Vec<String> {
    let dependencies = package["dependencies"].as_array().expect("dependencies");
    dependencies.iter().filter(|one| one["kind"] != "dev").filter_map(|one| short(&one["name"])).collect()
}

#[test]
fn imports_follow_the_arrows() {
    let packages = workspace_packages();
    assert!(packages.len() >= ARROWS.len(), "the workspace has lost crates");
    for package in &packages {
        let name = short(&package["name"]).expect("packages are called distretto-…");
        if OUTSIDE.contains(&name.as_str()) {
            continue;
        }
        let allowed = ARROWS.iter().find(|(from, _)| *from == name);
        let (_, allowed) = allowed.unwrap_or_else(|| panic!("crate {name} stands in no arrow of ARCHITECTURE.md"));
        for import in imports(package) {
            assert!(
                allowed.contains(&import.as_str()),
                "{name} imports {import}, which ARCHITECTURE.md does not allow"
            );
        }
    }
}

#[test]
fn only_data_opens_files() {
    let crates = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates");
    for engine in ["core", "numerics", "measure", "link", "innovate", "appraise", "report"] {
        for file in sources(std::path::Path::new(crates).join(engine).join("src")) {
            let text = std::fs::read_to_string(&file).expect("a source file");
            for word in ["std::fs", "File::open", "File::create", "std::env", "SystemTime", "Instant::now"] {
                assert!(!text.contains(word), "{} says `{word}`: engines are pure", file.display());
            }
        }
    }
}

fn sources(folder: std::path::PathBuf) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(&folder).expect("a source folder").flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { sources(path) } else { vec![path] }).collect()
}

/// Paths in backticks that contain a slash and end in a known way must exist in accepted decisions.
#[test]
fn files_named_in_accepted_decisions_exist() {
    let root = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let mut seen = 0;
    for entry in std::fs::read_dir(root.join("docs/adr")).expect("decisions").flatten() {
        let text = std::fs::read_to_string(entry.path()).expect("a decision");
        if !text.contains("*Status: accepted*") {
            continue;
        }
        seen += 1;
        for word in
            text.split('`').skip(1).step_by(2).filter(|word| word.starts_with("crates/") || word.starts_with("docs/"))
        {
            assert!(root.join(word).exists(), "{} names {word}, which does not exist", entry.path().display());
        }
    }
    assert!(seen >= 8, "decisions have gone missing");
}
