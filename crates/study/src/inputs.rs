//! What an analysis of a study is given for each input of its estimand.

use crate::document::{Document, at};
use crate::file::AnalysisSection;
use crate::reference::{Override, texts};
use crate::request::is_option;
use crate::study::{Source, StudyInput};
use distretto_core::{Estimand, Fault, Input, InputKind, OptionValues, Place, nearest};
use serde_json::Value;

/// The names that a study gives.
pub(crate) struct Names<'a> {
    /// Of data.
    pub data: Vec<&'a str>,
    /// Of analyses.
    pub ids: Vec<String>,
}

impl Names<'_> {
    /// A hint at the data that a wrong name may mean.
    pub(crate) fn nearest_data(&self, name: &str) -> String {
        hint(name, &self.data, "data")
    }

    /// A hint at the analysis that a wrong name may mean.
    pub(crate) fn nearest_id(&self, id: &str) -> String {
        hint(id, &self.ids.iter().map(String::as_str).collect::<Vec<_>>(), "analyses")
    }

    /// What a name stands for: data, or `ID:TABLE`.
    fn source(&self, name: &str) -> Result<Source, Fault> {
        let Some((id, table)) = name.split_once(':') else {
            let found = self.data.iter().position(|data| *data == name).map(Source::Data);
            return found.ok_or_else(|| {
                let hint = match self.ids.iter().any(|id| id == name) {
                    true => format!("`{name}` is an analysis: name one of its tables too, \"{name}:TABLE\""),
                    false => self.nearest_data(name),
                };
                Fault::option("no data have this name").with_value(name).with_hint(hint)
            });
        };
        match self.ids.iter().position(|other| other == id) {
            Some(analysis) => Ok(Source::Result { analysis, table: table.to_owned() }),
            None => {
                let fault = Fault::option(format!("the reference names nothing: no analysis is called `{id}`"));
                Err(fault.with_value(name).with_hint(self.nearest_id(id)))
            }
        }
    }
}

fn hint(name: &str, known: &[&str], what: &str) -> String {
    match nearest(name, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => format!("the study has no {what}"),
        None => format!("the {what} of the study: {}", known.join(", ")),
    }
}

/// One analysis of a study file, while it is being understood.
#[derive(Clone, Copy)]
pub(crate) struct Section<'a> {
    pub document: &'a Document<'a>,
    /// Its place in the file.
    pub i: usize,
    pub estimand: &'static Estimand,
    pub written: &'a AnalysisSection,
}

/// The inputs that an analysis gives, and what is wrong with them.
pub(crate) fn given_inputs(section: Section<'_>, names: &Names<'_>) -> (Vec<StudyInput>, Vec<Fault>) {
    let Section { document, i, estimand, written } = section;
    let mut faults = Vec::new();
    let mut given: Vec<StudyInput> = Vec::new();
    for (n, name) in written.input.iter().enumerate() {
        match positional(estimand, n, name, names) {
            Ok(input) => given.push(input),
            Err(fault) => faults.push(document.place(at!["analysis", i, "input", n], fault)),
        }
    }
    for input in estimand.inputs.iter().filter(|input| !input.place.is_positional()) {
        let given_by = option_named(written, input.name).filter(|(key, value)| !crate::join::is_join(key, value));
        if let Some((key, value)) = given_by {
            match flag_input(input, value, names) {
                Ok(Some(source)) => given.push(StudyInput { name: input.name, source }),
                Ok(None) => {}
                Err(fault) => faults.push(document.place(at!["analysis", i, "options", key], fault)),
            }
        }
    }
    // A wrong name was told already: that its input is lacking is no news.
    if faults.is_empty() {
        faults.extend(lacking(section, &given));
    }
    // The order of the estimand, whatever the order of the study.
    given.sort_by_key(|one| estimand.inputs.iter().position(|input| input.name == one.name));
    (given, faults)
}

/// The files that a document names and that `set` takes from another result, `spillover.links=network:links`; or
/// from the data of the study, `spillover.links=network`.
pub(crate) fn named_tables(
    section: Section<'_>,
    options: &OptionValues,
    names: &Names<'_>,
) -> (Vec<(String, Source)>, Vec<Fault>) {
    let Section { document, i, estimand, .. } = section;
    let places: Vec<&str> = estimand
        .inputs
        .iter()
        .flat_map(|input| match input.kind {
            InputKind::Document(places) | InputKind::TableOrDocument(places) => places,
            _ => &[],
        })
        .copied()
        .collect();
    let (mut named, mut faults) = (Vec::new(), Vec::new());
    let set = options.get("set").map(texts).unwrap_or_default();
    for (k, text) in set.into_iter().enumerate() {
        let Some((path, value)) = text.split_once('=').map(|(path, value)| (path.trim(), value.trim())) else {
            continue;
        };
        let of_data = names.data.contains(&value);
        let of_result = Override::read(text).is_some_and(|one| one.table().is_some());
        if !places.iter().any(|place| leads_to(place, path)) || !(of_data || of_result) {
            continue;
        }
        match names.source(value) {
            Ok(source) => named.push((path.to_owned(), source)),
            Err(fault) => faults.push(document.place(at!["analysis", i, "options", "set", k], fault)),
        }
    }
    (named, faults)
}

/// Whether a key path is one of a place, in which `*` stands for every item.
fn leads_to(place: &str, path: &str) -> bool {
    let (mut place, mut path) = (place.split('.'), path.split('.'));
    loop {
        match (place.next(), path.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) if a == "*" || a == b => {}
            _ => return false,
        }
    }
}

/// The input that stands in place `n` of the list.
fn positional(estimand: &'static Estimand, n: usize, name: &str, names: &Names<'_>) -> Result<StudyInput, Fault> {
    let places = || estimand.inputs.iter().filter(|input| input.place.is_positional());
    let rest = || places().find(|input| input.place == Place::Rest);
    match places().nth(n).or_else(rest) {
        Some(input) => names.source(name).map(|source| StudyInput { name: input.name, source }),
        None => {
            let taken: Vec<&str> = places().map(|input| input.name).collect();
            let fault = Fault::option(format!("`{}` takes {} input(s)", estimand.command(), taken.len()));
            Err(fault.with_value(name).with_hint(format!("its inputs: {}", taken.join(", "))))
        }
    }
}

fn lacking(section: Section<'_>, given: &[StudyInput]) -> Vec<Fault> {
    let Section { document, i, estimand, .. } = section;
    let lacks = |input: &&Input| input.required && !given.iter().any(|one| one.name == input.name);
    let fault = |input: &Input| {
        let how = match input.place {
            Place::Positional | Place::Rest => "input = [\"DATA\"]".to_owned(),
            _ => format!("options = {{ {} = \"DATA\" }}", input.name),
        };
        let message = format!("`{}` needs the input `{}`", estimand.command(), input.name);
        document.fault(at!["analysis", i], message).with_hint(format!("write {how}: {}", input.help))
    };
    estimand.inputs.iter().filter(lacks).map(fault).collect()
}

/// The option of that name, written with `-` or with `_`.
pub(crate) fn option_named<'a>(section: &'a AnalysisSection, name: &str) -> Option<(&'a str, &'a Value)> {
    section
        .options
        .iter()
        .find(|(key, _)| key.replace('-', "_") == name.replace('-', "_"))
        .map(|(key, value)| (key.as_str(), value))
}

/// Where the input comes from; nowhere when the value is an option instead.
fn flag_input(input: &Input, value: &Value, names: &Names<'_>) -> Result<Option<Source>, Fault> {
    let Value::String(text) = value else {
        let fault = Fault::option(format!("option `{}` must name data of the study", input.name));
        return Err(fault.with_value(value.to_string()).with_hint("write the name in quotes"));
    };
    if is_option(input, text) {
        return Ok(None);
    }
    names.source(text).map(Some)
}
