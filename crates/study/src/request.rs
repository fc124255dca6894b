//! One request: an estimand, its files, its option values and a seed; one answer. The command line and the study
//! runner both pass here, so that the same words give the same result in either.

use crate::options::effective_options;
use distretto_core::{
    ColumnKind, Context, Estimand, Fault, FaultKind, Input, InputData, InputKind, InputRecord, Inputs, Message,
    OptionValues, Outcome, Place, Progress, Table, TableSpec, nearest,
};
use distretto_data::{Loaded, ReadOptions, read_document, read_map_with, read_table, read_weights};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Wants to stop from the first.
struct Stopped;

impl Progress for Stopped {
    fn begin(&self, _step: &str, _units: u64) {}

    fn advance(&self, _units: u64) {}

    fn cancelled(&self) -> bool {
        true
    }
}

/// A file that stands for one input of an estimand.
#[derive(Debug, Clone)]
pub struct GivenInput {
    /// Name of the input.
    pub name: String,
    /// Where the file is.
    pub path: PathBuf,
    /// The path as the user gave it: this is what results and messages show.
    pub shown: String,
    /// How its columns are found.
    pub read: ReadOptions,
}

/// A computation that is asked for.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The row of the registration table.
    pub estimand: &'a Estimand,
    /// The inputs that were given, in the order of the estimand.
    pub inputs: Vec<GivenInput>,
    /// Files that stand for those which a document names, by the key path at which it names them.
    pub named: Vec<GivenInput>,
    /// The options that were given; the others keep their default.
    pub options: OptionValues,
    /// Seed of every random draw.
    pub seed: u64,
}

/// A result, and what the readers did to its inputs.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The result with its provenance; what the readers noted stands first among its warnings.
    pub outcome: Outcome,
    /// What the reader of each input noted (dropped rows, another encoding), in the order of the inputs.
    pub notes: Vec<(String, Vec<Message>)>,
}

/// The inputs of a request, read and checked.
#[derive(Debug, Clone, Default)]
pub struct Material {
    inputs: Inputs,
    records: Vec<InputRecord>,
    notes: Vec<(String, Vec<Message>)>,
}

impl Material {
    fn take(&mut self, name: &str, loaded: Loaded) {
        self.inputs = std::mem::take(&mut self.inputs).with(name, loaded.data);
        self.records.push(loaded.record);
        self.notes.push((name.to_owned(), loaded.notes));
    }

    /// The table of an input, when it is one.
    pub(crate) fn table(&self, input: &str) -> Option<&Table> {
        self.inputs.table(input)
    }

    /// Path, digest and rows of each input, in the order of the request.
    #[must_use]
    pub fn records(&self) -> &[InputRecord] {
        &self.records
    }
}

impl Request<'_> {
    /// Reads and validates every input, and computes nothing.
    ///
    /// # Errors
    /// An option that the estimand does not take, or the first datum that is wrong.
    pub fn read(&self) -> Result<Material, Fault> {
        let specs = self.plan()?;
        let mut material = Material::default();
        let mut named = Vec::new();
        for file in &self.inputs {
            let input = self.declared(file)?;
            let loaded = match document_places(input.kind, file) {
                Some(places) => {
                    let loaded = self.document(file)?;
                    named.extend(self.files_of(&loaded, places, file));
                    loaded
                }
                None => {
                    self.refuse_stray_word(input, file)?;
                    read_input(input, file, &specs).map_err(|fault| self.named_by_option(fault))?
                }
            };
            material.take(&file.name, loaded);
        }
        if named.is_empty() {
            return Ok(material);
        }
        // Which columns are wanted of the files that a document names, the estimand says when it knows that they are.
        let given = self.inputs.iter().chain(&named).map(|file| file.name.clone()).collect::<Vec<_>>();
        let specs = (self.estimand.plan)(&self.options, &given)?;
        for file in &named {
            let planned = specs.iter().find(|spec| spec.input == file.name).cloned();
            let spec = planned.unwrap_or_else(|| TableSpec::new(&file.name));
            material.take(&file.name, read_table(&file.path, &file.shown, &spec, &file.read)?);
        }
        Ok(material)
    }

    /// The files that the documents of the request name, each under its key path.
    ///
    /// # Errors
    /// A document that cannot be read.
    pub fn named_files(&self) -> Result<Vec<GivenInput>, Fault> {
        let mut named = Vec::new();
        for file in &self.inputs {
            if let Some(places) = document_places(self.declared(file)?.kind, file) {
                named.extend(self.files_of(&self.document(file)?, places, file));
            }
        }
        Ok(named)
    }

    /// The files that a document names: those that stand for them, else found relative to its folder.
    fn files_of(&self, loaded: &Loaded, places: &[&str], document: &GivenInput) -> Vec<GivenInput> {
        let stand_in = |file: GivenInput| self.named.iter().find(|one| one.name == file.name).cloned().unwrap_or(file);
        files_of(loaded, places, document).into_iter().map(stand_in).collect()
    }

    /// A document with what the option `set` overrides in it.
    fn document(&self, file: &GivenInput) -> Result<Loaded, Fault> {
        let set = match self.options.get("set") {
            Some(Value::String(one)) => vec![one.clone()],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        read_document(&file.path, &file.shown, &set)
    }

    /// The columns that are wanted of each input; opens no file.
    ///
    /// # Errors
    /// An option that the estimand does not take.
    pub fn plan(&self) -> Result<Vec<TableSpec>, Fault> {
        let given: Vec<String> = self.inputs.iter().map(|input| input.name.clone()).collect();
        (self.estimand.plan)(&self.options, &given)
    }

    /// Computes the result.
    ///
    /// # Errors
    /// What [`read`](Self::read) finds, or what the estimand cannot answer.
    pub fn answer(&self, progress: &dyn Progress) -> Result<Answer, Fault> {
        let material = self.read()?;
        let context = Context { seed: self.seed, progress };
        let run = (self.estimand.run)(&material.inputs, &self.options, &context);
        let mut outcome = run.map_err(|fault| self.of_document(self.without_coordinates(fault)))?;
        let noted = material.notes.iter().flat_map(|(_, notes)| notes.iter().cloned());
        outcome.warnings = noted.chain(std::mem::take(&mut outcome.warnings)).collect();
        outcome.provenance.version = env!("CARGO_PKG_VERSION").to_owned();
        outcome.provenance.seed = self.seed;
        outcome.provenance.options = self.options_in_full();
        outcome.provenance.inputs = material.records;
        Ok(Answer { outcome, notes: material.notes })
    }

    /// Begins the computation on what was read, and stops it at the first chance: what its estimand refuses shows
    /// before the work that takes time. A stop is no fault.
    ///
    /// # Errors
    /// What the estimand cannot answer, as far as that shows.
    pub(crate) fn begin(&self, material: &Material) -> Result<(), Fault> {
        let context = Context { seed: self.seed, progress: &Stopped };
        match (self.estimand.run)(&material.inputs, &self.options, &context) {
            Err(fault) if fault.kind() != FaultKind::Interrupted => {
                Err(self.of_document(self.without_coordinates(fault)))
            }
            _ => Ok(()),
        }
    }

    /// All options by name, those left at their default included, and the file of each input.
    #[must_use]
    pub fn options_in_full(&self) -> OptionValues {
        let mut options = effective_options(self.estimand, &self.options);
        for file in &self.inputs {
            let shown = Value::String(file.shown.clone());
            let repeated = self.estimand.inputs.iter().any(|one| one.name == file.name && one.place == Place::Rest);
            match options.get_mut(&file.name) {
                Some(Value::Array(files)) if repeated => files.push(shown),
                _ if repeated => drop(options.insert(file.name.clone(), Value::Array(vec![shown]))),
                _ => drop(options.insert(file.name.clone(), shown)),
            }
        }
        options
    }

    /// A column that an option names is named anew by that option, not by `--col`.
    fn named_by_option(&self, fault: Fault) -> Fault {
        let missing = fault.message().strip_prefix("there is no column `").and_then(|rest| rest.split('`').next());
        let Some(column) = missing.filter(|column| !STANDARD.contains(column)) else { return fault };
        let names = |value: &Value| match value {
            Value::String(text) => text == column,
            Value::Array(items) => items.iter().any(|item| item.as_str() == Some(column)),
            _ => false,
        };
        let Some((option, _)) = self.options.iter().find(|(_, value)| names(value)) else { return fault };
        let flag = format!("--{}=", option.replace('_', "-"));
        let hint = fault.hint().unwrap_or_default().replace(&format!("--col {column}="), &flag);
        let hint = hint.replace(&format!("--col '{column}="), &format!("{flag}'"));
        fault.with_hint(hint)
    }

    /// A game or scenario that has no result is at fault itself, wherever it was asked from.
    fn of_document(&self, fault: Fault) -> Fault {
        let is_document = |input: &&Input| matches!(input.kind, InputKind::Document(_));
        let input = self.estimand.inputs.iter().find(is_document);
        let file = input.and_then(|input| self.inputs.iter().find(|given| given.name == input.name));
        match file.filter(|_| fault.file().is_none() && fault.kind() == FaultKind::Result) {
            Some(file) => fault.in_file(&*file.shown),
            None => fault,
        }
    }

    /// Where coordinates are missing, the columns that there are, and those that may be meant.
    fn without_coordinates(&self, fault: Fault) -> Fault {
        if !fault.message().contains("have no coordinates") {
            return fault;
        }
        let lacks = |file: &GivenInput, pair: [&str; 2]| {
            let [a, b] = pair.map(|name| TableSpec::new(&file.name).need(name, ColumnKind::Number));
            let spec = TableSpec { columns: a.columns.into_iter().chain(b.columns).collect(), ..TableSpec::new("") };
            read_table(&file.path, &file.shown, &spec, &file.read).err()
        };
        let table = |file: &&GivenInput| self.declared(file).is_ok_and(|input| input.kind == InputKind::Table);
        for file in self.inputs.iter().filter(table) {
            for pair in [["lon", "lat"], ["x", "y"]] {
                if let Some(near) = lacks(file, pair).filter(|near| near.hint().is_some_and(|h| h.contains("did you")))
                {
                    let listed = near.message().split("; ").nth(1).unwrap_or_default();
                    let message = format!("{}; {listed}", fault.message());
                    let told = Fault::new(fault.kind(), message).in_file(&file.shown);
                    return told.with_hint(near.hint().unwrap_or_default());
                }
            }
        }
        fault
    }

    /// A flag takes words or a file: what is neither is more likely a word mistyped than a file.
    fn refuse_stray_word(&self, input: &Input, file: &GivenInput) -> Result<(), Fault> {
        let Place::FlagUnless(words) = input.place else { return Ok(()) };
        if file.path.exists() || file.path.extension().is_some() {
            return Ok(());
        }
        let listed: Vec<String> =
            words.iter().map(|word| format!("`{word}{}`", if word.ends_with(':') { "…" } else { "" })).collect();
        let flag = input.name.replace('_', "-");
        let fault = Fault::option(format!("--{flag} takes {} or a file, and there is no such file", listed.join(", ")));
        let bare: Vec<&str> = words.iter().map(|word| word.trim_end_matches(':')).collect();
        Err(match nearest(&file.shown, &bare) {
            Some(near) => fault.with_hint(format!("did you mean `{near}`?")),
            None => fault.with_hint("a file of a table ends in .csv, .xlsx or .parquet"),
        }
        .with_value(file.shown.as_str()))
    }

    fn declared(&self, file: &GivenInput) -> Result<&Input, Fault> {
        let found = self.estimand.inputs.iter().find(|input| input.name == file.name);
        found.ok_or_else(|| {
            Fault::option(format!("`{}` takes no input `{}`", self.estimand.command(), file.name))
                .with_value(file.shown.clone())
        })
    }
}

/// Columns with a meaning of their own: when one is missing, `--col` says what it is called.
const STANDARD: [&str; 12] =
    ["region", "industry", "employment", "establishments", "output", "year", "id", "lon", "lat", "x", "y", "size"];

/// Where a document names tables, when the file is one.
fn document_places(kind: InputKind, file: &GivenInput) -> Option<&'static [&'static str]> {
    let toml = || file.path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml"));
    match kind {
        InputKind::Document(places) => Some(places),
        InputKind::TableOrDocument(places) if toml() => Some(places),
        _ => None,
    }
}

/// The files that a document names, found relative to its folder. Names of columns that are given with the document
/// are those of its tables.
fn files_of(loaded: &Loaded, places: &[&str], document: &GivenInput) -> Vec<GivenInput> {
    let InputData::Document(values) = &loaded.data else { return Vec::new() };
    let beside = |path: &Path, file: &str| path.parent().unwrap_or(Path::new("")).join(file);
    let given = |(name, file): (String, String)| GivenInput {
        name,
        path: beside(&document.path, &file),
        shown: beside(Path::new(&document.shown), &file).display().to_string(),
        read: ReadOptions { rename: document.read.rename.clone(), ..ReadOptions::default() },
    };
    values.files(places).into_iter().map(given).collect()
}

fn read_input(input: &Input, file: &GivenInput, specs: &[TableSpec]) -> Result<Loaded, Fault> {
    match input.kind {
        InputKind::Map => read_map_with(&file.path, &file.shown, &file.read),
        InputKind::Weights => read_weights(&file.path, &file.shown),
        InputKind::Document(_) => read_document(&file.path, &file.shown, &[]),
        InputKind::Table | InputKind::TableOrDocument(_) => {
            let planned = specs.iter().find(|spec| spec.input == input.name);
            let spec = planned.cloned().unwrap_or_else(|| TableSpec::new(input.name));
            read_table(&file.path, &file.shown, &spec, &file.read)
        }
    }
}

/// Whether a value given for an input is an option of that name instead: `knn:4` where a file of weights may stand.
///
/// A word counts as the whole value or as its part before a colon, so that a file `knn_weights.csv` is a file.
#[must_use]
pub fn is_option(input: &Input, value: &str) -> bool {
    let Place::FlagUnless(words) = input.place else {
        return false;
    };
    words
        .iter()
        .map(|word| word.trim_end_matches(':'))
        .any(|word| value.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with(':')))
}
