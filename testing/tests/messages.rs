//! The words: every key that a source uses has its wording in both languages, with the same placeholders, and no
//! wording is left that nothing uses.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Parts of a key that are composed at run time: `measure.lq` + `title`.
const OF_EVERY_ESTIMAND: [&str; 3] = ["title", "method", "limits"];

/// Methods that name a column or a scalar of an outcome by their first argument.
const NAMERS: [&str; 8] =
    [".with_numbers(", ".with_text(", ".with_flags(", ".with(", ".scalar(", ".word(", ".flag(", "Field { name:"];

type Wordings = BTreeMap<String, String>;

struct Words {
    /// Keys that two catalogues word differently.
    twice: Vec<String>,
    /// Keys of the report's own catalogue.
    general: BTreeSet<String>,
    english: Wordings,
    chinese: Wordings,
    /// What results say of methods and conventions, English phrase to Chinese, by the crate that says it.
    phrases: BTreeMap<String, Wordings>,
}

struct Source {
    krate: String,
    path: PathBuf,
    text: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace holds this crate").to_owned()
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

/// Sources and templates of all crates, without their tests.
fn sources() -> Vec<Source> {
    let mut paths = Vec::new();
    files(&root().join("crates"), &mut paths);
    let kept = |path: &PathBuf| {
        let inside = |name: &str| path.components().any(|part| part.as_os_str() == name);
        let ends = path.extension().is_some_and(|end| end == "rs" || end == "html");
        ends && (inside("src") || inside("templates")) && !inside("tests") && !path.ends_with("tests.rs")
    };
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("sources are readable");
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned();
        let inner = path.strip_prefix(root().join("crates")).expect("found there").to_owned();
        let krate = inner.iter().next().unwrap_or_default().to_string_lossy().into_owned();
        Source { krate, path: inner, text }
    };
    paths.into_iter().filter(kept).map(read).collect()
}

fn words() -> Words {
    let mut paths = Vec::new();
    files(&root().join("crates"), &mut paths);
    let mut words = Words {
        twice: Vec::new(),
        general: BTreeSet::new(),
        english: Wordings::new(),
        chinese: Wordings::new(),
        phrases: BTreeMap::new(),
    };
    for path in paths.iter().filter(|path| path.parent().is_some_and(|folder| folder.ends_with("messages"))) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let target = match name.strip_suffix(".toml") {
            Some(stem) if stem == "en" || stem.ends_with(".en") => &mut words.english,
            Some(stem) if stem == "zh" || stem.ends_with(".zh") => &mut words.chinese,
            _ => panic!("{name}: a catalogue is called en.toml, zh.toml, FAMILY.en.toml or FAMILY.zh.toml"),
        };
        let text = fs::read_to_string(path).expect("catalogues are readable");
        let mut table: toml::Table = text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        if let Some(toml::Value::Table(phrases)) = table.remove("phrase") {
            let inner = path.strip_prefix(root().join("crates")).expect("found there");
            let krate = inner.iter().next().unwrap_or_default().to_string_lossy().into_owned();
            flatten("", &phrases, &name, words.phrases.entry(krate).or_default(), &mut words.twice);
        }
        flatten("", &table, &name, target, &mut words.twice);
        if path.starts_with(root().join("crates/report")) {
            let mut own = Wordings::new();
            flatten("", &table, &name, &mut own, &mut Vec::new());
            words.general.extend(own.into_keys());
        }
    }
    words
}

fn flatten(prefix: &str, table: &toml::Table, file: &str, words: &mut Wordings, twice: &mut Vec<String>) {
    for (key, value) in table {
        let key = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match value {
            toml::Value::Table(inner) => flatten(&key, inner, file, words, twice),
            toml::Value::String(text) => {
                let before = words.insert(key.clone(), text.clone());
                if before.is_some_and(|before| before != *text) {
                    twice.push(format!("{file}: `{key}` stands twice among the catalogues, in different words"));
                }
            }
            _ => panic!("{file}: the wording of `{key}` is no text"),
        }
    }
}

/// String literals of a source, without those that hold an escape.
fn literals(text: &str) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    for line in text.lines() {
        if line.trim_start().starts_with("//") {
            continue;
        }
        for (i, part) in line.split('"').enumerate() {
            if i % 2 == 1 {
                found.insert(part);
            }
        }
        // Templates quote within attributes: href="{{ word('report.x') }}".
        for (i, part) in line.split('\'').enumerate() {
            if i % 2 == 1 {
                found.insert(part);
            }
        }
    }
    found
}

fn is_key(literal: &str, heads: &BTreeSet<&str>) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
    let head = literal.split('.').next().unwrap_or_default();
    literal.contains('.') && heads.contains(head) && literal.chars().all(plain) && !literal.ends_with('.')
}

fn placeholders(wording: &str) -> BTreeSet<&str> {
    let name = |part: &'_ str| -> bool {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    let inner = wording.split('{').skip(1).filter_map(|part| part.split('}').next());
    inner.map(|part| part.split('|').next().unwrap_or_default()).filter(|part| name(part)).collect()
}

fn report(problems: &[String]) {
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn no_key_stands_twice_in_different_words() {
    report(&words().twice);
}

/// A catalogue that no registry names leaves its keys on the page.
#[test]
fn every_catalogue_is_compiled_in() {
    let mut paths = Vec::new();
    files(&root().join("crates"), &mut paths);
    let sources = sources();
    let mut problems = Vec::new();
    for path in paths.iter().filter(|path| path.parent().is_some_and(|folder| folder.ends_with("messages"))) {
        let inner = path.strip_prefix(root().join("crates")).expect("found there");
        let krate = inner.iter().next().unwrap_or_default().to_string_lossy();
        let included = format!("../messages/{}\")", path.file_name().unwrap_or_default().to_string_lossy());
        if !sources.iter().any(|source| source.krate == krate && source.text.contains(&included)) {
            problems.push(format!("{} is in no registry", inner.display()));
        }
    }
    report(&problems);
}

#[test]
fn both_languages_have_the_same_keys_and_placeholders() {
    let words = words();
    let mut problems = Vec::new();
    for key in words.english.keys().filter(|key| !words.chinese.contains_key(*key)) {
        problems.push(format!("`{key}` has no Chinese wording"));
    }
    for (key, chinese) in &words.chinese {
        match words.english.get(key) {
            None => problems.push(format!("`{key}` has no English wording")),
            Some(english) if placeholders(english) != placeholders(chinese) => problems.push(format!(
                "`{key}` has the placeholders {:?} in English and {:?} in Chinese",
                placeholders(english),
                placeholders(chinese)
            )),
            Some(_) => {}
        }
    }
    report(&problems);
}

/// A phrase is known as a whole, or by a key whose `{}` stand for what changes.
fn is_known(phrase: &str, phrases: &Wordings) -> bool {
    let fits = |key: &String| {
        let pieces: Vec<&str> = key.split("{}").collect();
        let ends = phrase.starts_with(pieces[0]) && phrase.ends_with(pieces[pieces.len() - 1]);
        pieces.len() > 1 && ends && pieces.iter().all(|piece| phrase.contains(piece))
    };
    phrases.contains_key(phrase) || phrases.keys().any(fits)
}

/// The literal that is the last argument of a call, where the call has one: `call("first", "last")`.
fn last_arguments<'a>(text: &'a str, call: &str) -> Vec<&'a str> {
    let of_call = |rest: &'a str| {
        let first = rest.trim_start().strip_prefix('"')?.split_once('"')?.1;
        let last = first.trim_start().strip_prefix(',')?.trim_start().strip_prefix('"')?;
        last.split_once('"').map(|(last, _)| last)
    };
    text.split(call).skip(1).filter_map(of_call).collect()
}

/// Words without a space are those of the command line, or formulae.
#[test]
fn every_method_and_convention_has_a_chinese_phrase() {
    let words = words();
    let engines: BTreeSet<&str> = ["measure", "link", "innovate", "evolve", "appraise", "estimate"].into();
    let mut problems = Vec::new();
    for source in sources().iter().filter(|source| engines.contains(source.krate.as_str())) {
        let none = Wordings::new();
        let known = words.phrases.get(&source.krate).unwrap_or(&none);
        for call in ["Outcome::new(", ".convention("] {
            for phrase in last_arguments(&source.text, call) {
                let sentence = phrase.split(' ').filter(|word| word.chars().all(char::is_alphabetic)).count() > 1;
                if sentence && !is_known(phrase, known) {
                    problems.push(format!("{}: `{phrase}` has no Chinese phrase", source.path.display()));
                }
            }
        }
    }
    report(&problems);
}

#[test]
fn every_phrase_is_said_and_refers_to_what_its_key_leaves_open() {
    let (words, sources) = (words(), sources());
    let mut problems = Vec::new();
    for (krate, phrases) in &words.phrases {
        let own = || sources.iter().filter(|source| source.krate == *krate);
        for (key, wording) in phrases {
            let said = |piece: &str| own().any(|source| source.text.contains(piece));
            if !key.split("{}").all(said) {
                problems.push(format!("nothing in `{krate}` says `{key}`"));
            }
            let open: BTreeSet<String> = (0..key.matches("{}").count()).map(|place| place.to_string()).collect();
            if placeholders(wording) != open.iter().map(String::as_str).collect() {
                problems.push(format!("`{key}` leaves {} places open, not those of `{wording}`", open.len()));
            }
        }
    }
    report(&problems);
}

#[test]
fn every_key_that_a_source_uses_has_a_wording() {
    let words = words();
    let heads: BTreeSet<&str> = words.english.keys().filter_map(|key| key.split('.').next()).collect();
    let mut problems = Vec::new();
    for source in sources() {
        for key in literals(&source.text).into_iter().filter(|literal| is_key(literal, &heads)) {
            let file = key.ends_with(".rs") || key.ends_with(".toml") || key.ends_with(".html");
            if !file && !words.english.contains_key(key) {
                problems.push(format!("{}: `{key}` has no wording", source.path.display()));
            }
        }
    }
    report(&problems);
}

/// Whether sources write a name whole, or put it together: `factor_3` from `factor_`, `rotation_share` from two words.
fn is_named(name: &str, used: &BTreeSet<&str>) -> bool {
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let begun = |literal: &&str| literal.starts_with(&format!("{stem}{{"));
    used.contains(name)
        || (stem.len() < name.len() && used.iter().any(begun))
        || name.match_indices('_').any(|(at, _)| {
            let (first, last) = (&name[..at], &name[at + 1..]);
            used.iter().any(|literal| literal.contains(first)) && used.iter().any(|literal| literal.contains(last))
        })
}

/// Whether a column stands for a path of a game that `sweep` may vary: `spillover_rate` for `spillover.rate`.
fn is_path(name: &str, sources: &[Source]) -> bool {
    let games = sources.iter().filter(|source| source.krate == "innovate");
    let text: String = games.map(|source| source.text.as_str()).collect();
    name.split('_').all(|word| text.contains(word))
}

#[test]
fn every_wording_is_used() {
    let (words, sources) = (words(), sources());
    let mut files_of_examples = Vec::new();
    files(&root().join("examples"), &mut files_of_examples);
    let of_study = |path: &&PathBuf| path.file_name().is_some_and(|name| name == "study.toml");
    let studies: String = files_of_examples.iter().filter(of_study).flat_map(fs::read_to_string).collect();
    let used: BTreeSet<&str> = sources.iter().flat_map(|source| literals(&source.text)).collect();
    let mut problems = Vec::new();
    for key in words.english.keys() {
        let parts: Vec<&str> = key.split('.').collect();
        let used = match parts[..] {
            // Headings of columns that any table may have.
            ["column", _] if words.general.contains(key) => true,
            ["column", name] => is_named(name, &used) || is_path(name, &sources),
            ["table", name] => used.contains(name),
            [_, estimand, part] if OF_EVERY_ESTIMAND.contains(&part) => used.contains(estimand),
            [_, estimand, "caption", _] => used.contains(estimand),
            [_, estimand, "column", name] => used.contains(estimand) && is_named(name, &used),
            [_, estimand, "table", name] => used.contains(estimand) && is_named(name, &used),
            // What a column says, and the unit of a figure.
            ["value", column, ..] => {
                let heading = format!("column.{column}");
                words.english.keys().any(|known| *known == heading || known.ends_with(&format!(".{heading}")))
            }
            // Which column's words a cell of a summary takes.
            ["value-of", name] => is_named(name, &used),
            ["unit", _] => {
                words.general.contains(key)
                    || used.iter().any(|literal| literal.contains(parts[1]))
                    || studies.contains(parts[1])
            }
            _ => used.contains(key.as_str()),
        };
        if !used {
            problems.push(format!("nothing uses `{key}`"));
        }
    }
    report(&problems);
}

#[test]
fn every_estimand_has_its_title_method_and_limits() {
    let words = words();
    // A stem without any of the three holds words that several estimands share.
    let stem = |key: &String| {
        let (stem, part) = key.rsplit_once('.')?;
        (OF_EVERY_ESTIMAND.contains(&part) && stem.contains('.')).then(|| stem.to_owned())
    };
    let stems: BTreeSet<String> = words.english.keys().filter_map(stem).collect();
    let missing = |stem: &String| {
        let keys = OF_EVERY_ESTIMAND.map(|part| format!("{stem}.{part}"));
        keys.into_iter().filter(|key| !words.english.contains_key(key)).map(|key| format!("`{key}` is missing"))
    };
    report(&stems.iter().flat_map(missing).collect::<Vec<_>>());
}

#[test]
fn every_placeholder_is_the_name_of_a_value() {
    let (words, sources) = (words(), sources());
    let mut names: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for source in &sources {
        names.entry(source.krate.as_str()).or_default().extend(literals(&source.text));
    }
    let mut problems = Vec::new();
    for (key, wording) in &words.english {
        let head = key.split('.').next().unwrap_or_default();
        let krate = if names.contains_key(head) { head } else { "report" };
        for name in placeholders(wording) {
            if !names.get(krate).is_some_and(|known| known.contains(name)) {
                problems.push(format!("`{key}`: no value is called `{name}`"));
            }
        }
    }
    report(&problems);
}

#[test]
fn every_column_of_a_result_has_a_heading() {
    let words = words();
    let engines: BTreeSet<&str> = ["measure", "link", "innovate", "evolve", "appraise", "estimate"].into();
    let mut problems = BTreeSet::new();
    for source in sources().iter().filter(|source| engines.contains(source.krate.as_str())) {
        for namer in NAMERS {
            for part in source.text.split(namer).skip(1) {
                let Some(rest) = part.trim_start().strip_prefix('"') else { continue };
                let name = rest.split('"').next().unwrap_or_default();
                // `.with("name", Arg::…)` fills a message, not a table.
                let argument = rest[name.len()..].trim_start_matches(['"', ',', ' ', '\n']);
                let of_message = namer == ".with(" && !argument.starts_with("Values::");
                // Or the command has words of its own: `ENGINE.ESTIMAND.column.NAME`.
                let own = format!(".column.{name}");
                let headed = |key: &String| *key == own[1..] || (key.starts_with(&source.krate) && key.ends_with(&own));
                if !of_message && !words.english.keys().any(headed) {
                    problems.insert(format!("{}: `column.{name}` has no wording", source.path.display()));
                }
            }
        }
    }
    report(&problems.into_iter().collect::<Vec<_>>());
}
