//! The tables, games and commands of the guide, run as a reader would.

use assert_cmd::Command;
use std::fs;
use std::path::Path;

/// Blocks of a page: what stands behind the opening fence, and the lines within.
fn blocks(page: &str) -> Vec<(String, String)> {
    let mut parts = page.split("\n```");
    let mut found = Vec::new();
    parts.next();
    while let Some(block) = parts.next() {
        let (info, body) = block.split_once('\n').expect("a block has lines");
        found.push((info.trim().to_owned(), format!("{body}\n")));
        parts.next();
    }
    found
}

/// Writes the files that a page shows and runs its commands in their order; returns how many there were.
fn run(name: &str) -> usize {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide").join(name);
    let page = fs::read_to_string(page).expect("the page is there");
    let folder = tempfile::tempdir().expect("a folder");
    let mut commands = 0;
    for (info, body) in blocks(&page) {
        if let Some((_, file)) = info.split_once(' ') {
            fs::write(folder.path().join(file), body).expect("written");
        } else if info == "sh" {
            for line in body.lines() {
                let line = line.split(" #").next().unwrap_or_default();
                let words = line.split_whitespace().skip(1).filter(|word| !word.is_empty());
                let mut command = Command::new(env!("CARGO_BIN_EXE_distretto"));
                let output = command.current_dir(folder.path()).args(words).output().expect("the binary runs");
                assert!(output.status.success(), "{name}: {line}\n{}", String::from_utf8_lossy(&output.stderr));
                commands += 1;
            }
        }
    }
    commands
}

#[test]
fn the_pages_of_the_guide_run() {
    assert_eq!(run("games.md"), 11);
    assert_eq!(run("flows-and-networks.md"), 22);
    assert_eq!(run("appraisals.md"), 15);
}
