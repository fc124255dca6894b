//! Standard names that are given another (`--col`, `columns`): one that nothing knows is a fault, not a silence.

use crate::document::{Document, at};
use crate::request::{GivenInput, Request};
use crate::study::{Source, Study};
use distretto_core::{Estimand, Fault, InputKind, OptionValues, TableSpec, nearest};

/// What code and name of a region are called in outlines.
const OF_MAPS: [&str; 2] = ["region", "name"];

impl Request<'_> {
    /// Refuses a standard name that no input of the estimand knows. One that only some inputs know is meant for these.
    ///
    /// # Errors
    /// The first such name, with the nearest that there is.
    pub fn check_columns(&self) -> Result<(), Fault> {
        let mut known = Vec::new();
        for input in &self.inputs {
            known.extend(columns(self.estimand, &self.options, &self.inputs, &input.name));
        }
        let given = self.inputs.iter().flat_map(|input| &input.read.rename);
        let known = tidy(known);
        match given.map(|(standard, _)| standard).find(|standard| !known.contains(standard)) {
            Some(standard) => Err(unknown(standard, &known)),
            None => Ok(()),
        }
    }
}

impl Study {
    /// The standard names in `columns` that nothing knows: no analysis of these data, nor the report.
    pub(crate) fn unknown_columns(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (d, entry) in self.data.iter().enumerate().filter(|(_, entry)| !entry.read.rename.is_empty()) {
            let mut known =
                if entry.is_map() { OF_MAPS.map(str::to_owned).to_vec() } else { names(&crate::places::spec(entry)) };
            for (i, analysis) in self.analyses.iter().enumerate() {
                let request = self.request_before(i);
                for input in analysis.inputs.iter().filter(|input| input.source == Source::Data(d)) {
                    known.extend(columns(analysis.estimand, &request.options, &request.inputs, input.name));
                }
            }
            let known = tidy(known);
            for (standard, _) in entry.read.rename.iter().filter(|(standard, _)| !known.contains(standard)) {
                // A table may be described in full although no analysis uses all its columns.
                if self.elsewhere(standard) {
                    continue;
                }
                let fault = unknown(standard, &known);
                faults.push(match Document::read(&self.shown, &self.text) {
                    Ok(document) => {
                        document.place(at!["data", entry.name.as_str(), "columns", standard.as_str()], fault)
                    }
                    Err(_) => fault,
                });
            }
        }
        faults
    }

    /// Whether some estimand knows the standard name.
    fn elsewhere(&self, standard: &str) -> bool {
        let estimands = self.engines.iter().flat_map(|engine| engine.estimands);
        estimands
            .flat_map(|estimand| planned(estimand, &OptionValues::new(), &all(estimand)))
            .any(|spec| names(&spec).iter().any(|name| name == standard))
    }
}

/// The columns that an input can have: as these options want it, and as the defaults do. A document has those of the
/// tables that it may name.
fn columns(estimand: &Estimand, options: &OptionValues, given: &[GivenInput], input: &str) -> Vec<String> {
    let places: &[&str] = match estimand.inputs.iter().find(|one| one.name == input).map(|one| one.kind) {
        Some(InputKind::Map) => return OF_MAPS.map(str::to_owned).to_vec(),
        Some(InputKind::Document(places) | InputKind::TableOrDocument(places)) => places,
        _ => &[],
    };
    let given: Vec<String> = given.iter().map(|one| one.name.clone()).collect();
    let mut specs = planned(estimand, options, &given);
    specs.extend(planned(estimand, &OptionValues::new(), &given));
    specs.extend(planned(estimand, &OptionValues::new(), &all(estimand)));
    // One by one: some cannot stand together.
    for &place in places {
        let mut given = all(estimand);
        given.push(place.to_owned());
        specs.extend(planned(estimand, &OptionValues::new(), &given));
    }
    let of_input = |spec: &&TableSpec| spec.input == input || places.contains(&spec.input.as_str());
    specs.iter().filter(of_input).flat_map(names).collect()
}

fn planned(estimand: &Estimand, options: &OptionValues, given: &[String]) -> Vec<TableSpec> {
    // Options that are refused are told elsewhere.
    (estimand.plan)(options, given).unwrap_or_default()
}

fn all(estimand: &Estimand) -> Vec<String> {
    estimand.inputs.iter().map(|input| input.name.to_owned()).collect()
}

fn names(spec: &TableSpec) -> Vec<String> {
    let standard = spec.matrix.iter().flat_map(|form| form.standard.iter().cloned());
    spec.columns.iter().map(|column| column.name.clone()).chain(standard).collect()
}

fn tidy(names: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    names.into_iter().filter(|name| seen.insert(name.clone())).collect()
}

fn unknown(standard: &str, known: &[String]) -> Fault {
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let near = nearest(standard, &known).map(|near| format!("did you mean `{near}`? "));
    let list = if known.is_empty() {
        "its inputs have none".to_owned()
    } else {
        format!("the standard columns here are {}", known.join(", "))
    };
    let fault = Fault::option(format!("no standard column `{standard}`"));
    fault.with_hint(format!("{}{list}", near.unwrap_or_default()))
}
