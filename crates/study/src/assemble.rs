//! From an analysis of a study to the request that computes it.

use crate::document::{Document, Step, at};
use crate::folder::Folder;
use crate::join::joined_path;
use crate::phrase;
use crate::reference::{Override, Reference, names_nothing, references, replaced, texts};
use crate::request::{GivenInput, Request};
use crate::study::{Analysis, Source, Study};
use distretto_core::{Fault, Input, OptionValues, Outcome};
use distretto_data::ReadOptions;
use serde_json::Value;
use std::path::PathBuf;

/// Where the table of a result lies, within the folder of the report.
pub(crate) fn table_path(id: &str, table: &str) -> String {
    format!("tables/{id}.{table}.csv")
}

impl Study {
    /// The request of an analysis; `outcomes` are those that are there, `folder` holds their tables.
    ///
    /// # Errors
    /// A reference that names nothing.
    pub(crate) fn request(
        &self,
        i: usize,
        outcomes: &[Option<Outcome>],
        folder: &Folder,
    ) -> Result<Request<'static>, Fault> {
        let analysis = &self.analyses[i];
        let mut inputs = Vec::new();
        for input in &analysis.inputs {
            let (path, shown, read) = if self.is_joined(i, &input.source) {
                let shown = joined_path(&analysis.id);
                (folder.now(&shown), shown, ReadOptions::default())
            } else {
                self.source(&input.source, outcomes, folder)?
            };
            inputs.push(GivenInput { name: input.name.to_owned(), path, shown, read });
        }
        let mut named = Vec::new();
        for (place, source) in &analysis.named {
            let (path, shown, read) = self.source(source, outcomes, folder)?;
            named.push(GivenInput { name: place.clone(), path, shown, read });
        }
        let look_up = |reference: Reference| {
            self.outcome(&reference.id, outcomes).map(|outcome| reference.value(outcome)).transpose()
        };
        let mut options = OptionValues::new();
        for (name, value) in &analysis.options {
            let value = match name.as_str() {
                "set" => self.overrides(i, value, &look_up)?,
                _ => replaced(value, &|text| Reference::read(text).map_or(Ok(None), look_up))
                    .map_err(|fault| self.at_option(i, name, fault))?,
            };
            options.insert(name.clone(), value);
        }
        Ok(Request { estimand: analysis.estimand, inputs, named, options, seed: self.seed })
    }

    /// The overrides of an analysis, with the values of other results that they name.
    fn overrides(
        &self,
        i: usize,
        value: &Value,
        look_up: &impl Fn(Reference) -> Result<Option<Value>, Fault>,
    ) -> Result<Value, Fault> {
        let mut found = Vec::new();
        for (k, text) in texts(value).into_iter().enumerate() {
            let Some(one) = Override::read(text) else {
                found.push(Value::from(text));
                continue;
            };
            let value = one.reference().map_or(Ok(None), look_up);
            let value = value.and_then(|value| value.map_or_else(|| Ok(text.into()), |value| one.with(&value)));
            found.push(value.map_err(|fault| self.at_override(i, k, fault))?);
        }
        Ok(Value::Array(found))
    }

    /// The analysis as a command line: its files, and the options that differ from their defaults.
    pub(crate) fn call(&self, i: usize, options: &OptionValues) -> String {
        let analysis = &self.analyses[i];
        let mut words = vec!["distretto".to_owned(), analysis.estimand.command()];
        let mut reading = ReadOptions::default();
        for input in &analysis.inputs {
            let path = match &input.source {
                source if self.is_joined(i, source) => joined_path(&analysis.id),
                Source::Data(data) => {
                    reading = self.data[*data].read.clone();
                    self.data[*data].path.clone()
                }
                Source::Result { analysis, table } => table_path(&self.analyses[*analysis].id, table),
            };
            let positional = |declared: &Input| declared.name == input.name && declared.place.is_positional();
            if !analysis.estimand.inputs.iter().any(positional) {
                words.push(format!("--{}", input.name.replace('_', "-")));
            }
            words.push(quoted(&path));
        }
        for spec in (analysis.estimand.options)() {
            let value = options.get(&spec.name).filter(|value| !same(value, &spec.default) && !value.is_null());
            // The name of an input that was given as a file stands among the options too.
            let is_input = analysis.inputs.iter().any(|input| input.name == spec.name);
            let flag = spec.name.replace('_', "-");
            match value.filter(|_| !is_input) {
                Some(Value::Bool(true)) => words.push(format!("--{flag}")),
                Some(Value::Bool(false)) => words.push(format!("--{flag}=false")),
                Some(Value::Array(items)) if spec.is_repeated() => {
                    words.extend(items.iter().map(|item| format!("--{flag} {}", quoted(&plain(item)))));
                }
                Some(Value::Array(items)) => {
                    let items: Vec<String> = items.iter().map(plain).collect();
                    words.push(format!("--{flag} {}", quoted(&items.join(","))));
                }
                Some(value) => words.push(format!("--{flag} {}", quoted(&plain(value)))),
                None => {}
            }
        }
        words.extend(reading.rename.iter().map(|(to, from)| format!("--col {}", quoted(&format!("{to}={from}")))));
        words.extend(reading.wide.then(|| "--wide".to_owned()));
        words.extend(reading.sheet.map(|sheet| format!("--sheet {}", quoted(&sheet))));
        if self.seed != 1 {
            words.push(format!("--seed {}", self.seed));
        }
        words.join(" ")
    }

    /// Whether an input of the analysis is the table of another result.
    pub(crate) fn reads_results(&self, i: usize) -> bool {
        let analysis = &self.analyses[i];
        let sources = analysis.inputs.iter().map(|input| &input.source);
        !analysis.with.is_empty()
            || sources
                .chain(analysis.named.iter().map(|(_, source)| source))
                .any(|source| matches!(source, Source::Result { .. }))
    }

    /// The request as far as it can be made before anything is computed: options that refer to results are left out,
    /// and tables of results have no file yet.
    pub(crate) fn request_before(&self, i: usize) -> Request<'static> {
        let analysis = &self.analyses[i];
        let mut inputs = Vec::new();
        for input in &analysis.inputs {
            let (path, shown, read) = match input.source {
                Source::Data(data) => {
                    let entry = &self.data[data];
                    (self.folder.join(&entry.path), entry.path.clone(), entry.read.clone())
                }
                Source::Result { .. } => (PathBuf::new(), String::new(), ReadOptions::default()),
            };
            inputs.push(GivenInput { name: input.name.to_owned(), path, shown, read });
        }
        let refers = |name: &str, value: &Value| {
            let known = |reference: Reference| self.analyses.iter().any(|analysis| analysis.id == reference.id);
            references(name, value).into_iter().any(known)
        };
        let mut options = OptionValues::new();
        for (name, value) in &analysis.options {
            match value {
                // Overrides by values of their own stay.
                Value::Array(items) if name == "set" => {
                    let own = items.iter().filter(|item| !refers(name, item)).cloned().collect();
                    options.insert(name.clone(), Value::Array(own));
                }
                value if refers(name, value) => {}
                value => drop(options.insert(name.clone(), value.clone())),
            }
        }
        let named = analysis.named.iter().filter_map(|(place, source)| match source {
            Source::Data(data) => {
                let entry = &self.data[*data];
                let path = self.folder.join(&entry.path);
                Some(GivenInput { name: place.clone(), path, shown: entry.path.clone(), read: entry.read.clone() })
            }
            Source::Result { .. } => None,
        });
        Request { estimand: analysis.estimand, inputs, named: named.collect(), options, seed: self.seed }
    }

    pub(crate) fn source(
        &self,
        source: &Source,
        outcomes: &[Option<Outcome>],
        folder: &Folder,
    ) -> Result<(PathBuf, String, ReadOptions), Fault> {
        match source {
            Source::Data(data) => {
                let entry = &self.data[*data];
                Ok((self.folder.join(&entry.path), entry.path.clone(), entry.read.clone()))
            }
            Source::Result { analysis, table } => {
                let id = &self.analyses[*analysis].id;
                let shown = format!("{id}:{table}");
                let tables = outcomes[*analysis].iter().flat_map(|outcome| &outcome.tables);
                let known: Vec<&str> = tables.map(|(name, _)| name.as_str()).collect();
                if !known.contains(&table.as_str()) {
                    return Err(names_nothing(&format!("`{id}` gives no table `{table}`"), &shown, table, &known));
                }
                Ok((folder.now(&table_path(id, table)), shown, ReadOptions::default()))
            }
        }
    }

    pub(crate) fn outcome<'a>(&self, id: &str, outcomes: &'a [Option<Outcome>]) -> Option<&'a Outcome> {
        let i = self.analyses.iter().position(|analysis| analysis.id == id)?;
        outcomes[i].as_ref()
    }

    /// A fault of an analysis with its place in the study, when it has none in a file of data.
    pub(crate) fn located(&self, i: usize, fault: Fault) -> Fault {
        let analysis = &self.analyses[i];
        if let Some(k) = overridden(analysis, &fault) {
            return in_study(self.at_override(i, k, fault));
        }
        if let Some(option) = fault.file().and_then(|file| file.strip_prefix("--")).map(str::to_owned) {
            return in_study(self.at_option(i, &option, fault));
        }
        if fault.file() == Some(self.shown.as_str()) {
            return in_study(fault);
        }
        if fault.file().is_some() {
            let of_file = |input: &&crate::study::StudyInput| match input.source {
                Source::Data(d) => Some(self.data[d].path.as_str()) == fault.file(),
                Source::Result { .. } => false,
            };
            let data = analysis.inputs.iter().find(of_file).map(|input| &input.source);
            return match data {
                Some(Source::Data(d)) => self.led_by_data(*d, fault),
                _ => self.led_by(at!["analysis", i], &format!("[[analysis]] {}", analysis.id), fault),
            };
        }
        let fault = in_study(fault);
        let Ok(document) = Document::read(&self.shown, &self.text) else {
            return fault;
        };
        let written = written_options(&document, i);
        let named = |option: &&String| {
            let plain = option.replace('-', "_");
            [format!("`{plain}`"), format!("--{}", plain.replace('_', "-"))]
                .iter()
                .any(|name| fault.message().contains(name))
        };
        if let Some(option) = written.iter().find(named) {
            return document.place(at!["analysis", i, "options", option.as_str()], fault);
        }
        match reference_at(i, analysis, &fault) {
            Some(path) => document.place(&path, fault),
            None => document.place(at!["analysis", i, "run"], fault),
        }
    }

    /// A fault in a file of data, with the entry of the study that led there.
    pub(crate) fn led_by_data(&self, d: usize, fault: Fault) -> Fault {
        let name = &self.data[d].name;
        self.led_by(at!["data", name.as_str()], &format!("[data.{name}]"), fault)
    }

    fn led_by(&self, path: &[Step<'_>], what: &str, fault: Fault) -> Fault {
        let fault = in_study(fault);
        let document = Document::read(&self.shown, &self.text).ok();
        let line = document.and_then(|document| document.fault(path, "").line());
        match line {
            Some(line) => with_message(&fault, |told| format!("{told}\n  in {}, line {line}, {what}", self.shown)),
            None => fault,
        }
    }

    fn at_option(&self, i: usize, name: &str, fault: Fault) -> Fault {
        let Ok(document) = Document::read(&self.shown, &self.text) else {
            return fault;
        };
        let written = written_options(&document, i);
        let key = written.iter().find(|key| key.replace('-', "_") == name).map_or(name, String::as_str);
        document.place(at!["analysis", i, "options", key], fault)
    }

    /// A fault of a table that the report should show.
    pub(crate) fn at_table(&self, i: usize, table: usize, fault: Fault) -> Fault {
        match Document::read(&self.shown, &self.text) {
            Ok(document) => document.place(at!["analysis", i, "tables", table], fault),
            Err(_) => fault,
        }
    }

    /// A fault of the override `k` of an analysis.
    fn at_override(&self, i: usize, k: usize, fault: Fault) -> Fault {
        match Document::read(&self.shown, &self.text) {
            Ok(document) => document.place(at!["analysis", i, "options", "set", k], fault),
            Err(_) => fault,
        }
    }

    /// Refuses a column that the report shall show and the result does not have.
    pub(crate) fn shown_exist(&self, i: usize, outcome: &Outcome) -> Result<(), Fault> {
        let show = &self.analyses[i].show;
        let shown = |name: &String| self.analyses[i].tables.as_ref().is_none_or(|tables| tables.contains(name));
        let fields = outcome.tables.iter().filter(|(name, _)| shown(name)).flat_map(|(_, table)| table.fields());
        let columns: Vec<&str> = fields.map(|field| field.name.as_str()).collect();
        let wrong = |key: &'static str, names: &[String], known: &[&str]| {
            let k = names.iter().position(|name| !known.contains(&name.as_str()))?;
            let text = format!("{}:{}", self.analyses[i].id, names[k]);
            Some((key, k, names_nothing("the result has nothing of this name", &text, &names[k], known)))
        };
        let found = wrong("columns", show.columns.as_deref().unwrap_or_default(), &columns)
            .or_else(|| wrong("only", show.only.as_slice(), &columns));
        let Some((key, k, fault)) = found else { return Ok(()) };
        Err(match Document::read(&self.shown, &self.text) {
            Ok(document) => document.place(at!["analysis", i, "show", key, k], fault),
            Err(_) => fault,
        })
    }

    /// A fault of a figure of an analysis, placed at the name in it that is wrong.
    pub(crate) fn at_figure(&self, i: usize, figure: usize, wrong: Option<&str>, fault: Fault) -> Fault {
        let Ok(document) = Document::read(&self.shown, &self.text) else {
            return fault;
        };
        let json = crate::document::table_as_json(document.root());
        let written = json.get("analysis").and_then(|all| all.get(i)?.get("figure")?.get(figure)?.as_object());
        let key = written.into_iter().flatten().find(|(_, value)| wrong.is_some() && value.as_str() == wrong);
        match key {
            Some((key, _)) => document.place(at!["analysis", i, "figure", figure, key.as_str()], fault),
            None => document.place(at!["analysis", i, "figure", figure], fault),
        }
    }
}

/// The override of an analysis that a fault speaks of: by its key, or as the value at fault.
fn overridden(analysis: &Analysis, fault: &Fault) -> Option<usize> {
    let set = texts(analysis.options.get("set")?);
    let at_fault = value_of(fault);
    if let Some(k) = set.iter().position(|text| at_fault.as_deref() == Some(*text)) {
        return Some(k);
    }
    let told = fault.file() == Some("--set") || fault.file().is_none();
    let key = |text: &str| text.split_once('=').map(|(path, _)| path.trim().to_owned());
    // The message names the key, or one within it: `firms.marginal_cost` or `firms.marginal_cost.2`.
    let names = |path: &str| {
        let message = fault.message();
        [format!("`{path}`"), format!("`{path}.")].iter().any(|name| message.contains(name))
    };
    let by_key = set.iter().position(|text| key(text).is_some_and(|path| names(&path)));
    by_key.or((fault.file() == Some("--set")).then_some(0)).filter(|_| told)
}

/// The value of a fault.
fn value_of(fault: &Fault) -> Option<String> {
    let told = serde_json::to_value(fault).ok()?;
    told.get("value").and_then(Value::as_str).map(str::to_owned)
}

/// `1` and `1.0` are one number.
fn same(a: &Value, b: &Value) -> bool {
    a == b || a.as_f64().is_some_and(|a| b.as_f64() == Some(a))
}

fn plain(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if value.is_f64() { text.trim_end_matches(".0").to_owned() } else { text }
}

/// A word of a command line, in quotes where a shell would not take it as it is.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:,=+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// The options of an analysis as they are written, with `-` or `_`.
fn written_options(document: &Document<'_>, i: usize) -> Vec<String> {
    let json = crate::document::table_as_json(document.root());
    let options = json.get("analysis").and_then(|all| all.get(i)).and_then(|one| one.get("options"));
    options.and_then(serde_json::Value::as_object).map(|map| map.keys().cloned().collect()).unwrap_or_default()
}

/// The item of `input` that a fault about a table of a result speaks of.
fn reference_at(i: usize, analysis: &Analysis, fault: &Fault) -> Option<Vec<Step<'static>>> {
    if !fault.message().starts_with("the reference names nothing") {
        return None;
    }
    let by_position =
        |name: &str| analysis.estimand.inputs.iter().any(|input| input.name == name && input.place.is_positional());
    let mut positional = analysis.inputs.iter().filter(|given| by_position(given.name));
    let n = positional.position(|given| matches!(given.source, Source::Result { .. }))?;
    Some(vec![Step::Key("analysis"), Step::Item(i), Step::Key("input"), Step::Item(n)])
}

/// The fault with its hint in the words of a study.
fn in_study(fault: Fault) -> Fault {
    match fault.hint().map(phrase::in_study) {
        Some(hint) => fault.with_hint(hint),
        None => fault,
    }
}

fn with_message(fault: &Fault, change: impl FnOnce(&str) -> String) -> Fault {
    let mut changed = Fault::new(fault.kind(), change(fault.message()));
    if let Some(file) = fault.file() {
        changed = changed.in_file(file);
    }
    if let Some(line) = fault.line() {
        changed = changed.at_line(line);
    }
    if let Some(column) = fault.column() {
        changed = changed.in_column(column);
    }
    if let Some(hint) = fault.hint() {
        changed = changed.with_hint(hint);
    }
    // The value of a fault is told only where it is printed.
    match value_of(fault) {
        Some(value) => changed.with_value(value),
        None => changed,
    }
}
