//! One request: an estimand, its files, its option values and a seed; one answer. The command line and the study
//! runner both pass here, so that the same words give the same result in either.

use crate::options::effective_options;
use distretto_core::{
    Context, Estimand, Fault, Input, InputKind, InputRecord, Inputs, Message, OptionValues, Outcome, Place, Progress,
    Table, TableSpec,
};
use distretto_data::{Loaded, ReadOptions, read_map_with, read_table, read_weights};
use serde_json::Value;
use std::path::PathBuf;

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
        for file in &self.inputs {
            let loaded = read_input(self.declared(file)?, file, &specs)?;
            material.inputs = std::mem::take(&mut material.inputs).with(&file.name, loaded.data);
            material.records.push(loaded.record);
            material.notes.push((file.name.clone(), loaded.notes));
        }
        Ok(material)
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
        let mut outcome = (self.estimand.run)(&material.inputs, &self.options, &context)?;
        let noted = material.notes.iter().flat_map(|(_, notes)| notes.iter().cloned());
        outcome.warnings = noted.chain(std::mem::take(&mut outcome.warnings)).collect();
        outcome.provenance.version = env!("CARGO_PKG_VERSION").to_owned();
        outcome.provenance.seed = self.seed;
        outcome.provenance.options = self.options_in_full();
        outcome.provenance.inputs = material.records;
        Ok(Answer { outcome, notes: material.notes })
    }

    /// All options by name, those left at their default included, and the file of each input.
    #[must_use]
    pub fn options_in_full(&self) -> OptionValues {
        let mut options = effective_options(self.estimand, &self.options);
        for file in &self.inputs {
            options.insert(file.name.clone(), Value::String(file.shown.clone()));
        }
        options
    }

    fn declared(&self, file: &GivenInput) -> Result<&Input, Fault> {
        let found = self.estimand.inputs.iter().find(|input| input.name == file.name);
        found.ok_or_else(|| {
            Fault::option(format!("`{}` takes no input `{}`", self.estimand.command(), file.name))
                .with_value(file.shown.clone())
        })
    }
}

fn read_input(input: &Input, file: &GivenInput, specs: &[TableSpec]) -> Result<Loaded, Fault> {
    match input.kind {
        InputKind::Map => read_map_with(&file.path, &file.shown, &file.read),
        InputKind::Weights => read_weights(&file.path, &file.shown),
        InputKind::Table => {
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
