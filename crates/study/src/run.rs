//! Running a study: compute what changed, keep what did not, write the report.

use crate::assemble::table_path;
use crate::focus::Codes;
use crate::folder::Folder;
use crate::keep::{State, key};
use crate::manifest::{self, Entry};
use crate::places::Places;
use crate::rebuild::{layout, rebuild};
use crate::registry::catalogue_of;
use crate::report::Writer;
use crate::request::Request;
use crate::study::Study;
use distretto_core::{Fault, FaultKind, Outcome, Progress};
use distretto_data::sha256_hex;
use distretto_report::{Catalogue, Names, write_csv, write_json};
use std::path::{Path, PathBuf};

/// What a front is told while a study runs.
pub trait Watch: Progress {
    /// The computation of an analysis begins.
    fn computing(&self, id: &str);
    /// The result of an analysis was kept from an earlier run.
    fn kept(&self, id: &str);
}

/// What a run did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// Analyses that were computed.
    pub computed: usize,
    /// Analyses whose result was kept.
    pub kept: usize,
    /// The report.
    pub report: PathBuf,
    /// What is no fault, but hardly meant.
    pub warnings: Vec<String>,
}

/// An analysis that is done.
pub(crate) struct Done {
    pub outcome: Outcome,
    pub state: State,
    /// Options and input contents, for the manifest.
    pub entry: Entry,
}

impl Study {
    /// Computes every analysis whose key changed, and writes the report folder `out`: `report.html`,
    /// `outcomes/ID.json`, `tables/ID.TABLE.csv`, `figures/ID.N.svg` and `manifest.json`.
    ///
    /// Every file is written whole or not at all, and each result as soon as it is there: a run that was interrupted
    /// is taken up where it stopped, with the same bytes at its end. A complete run that stands in the folder stays whole
    /// until this one is complete; the manifest stands only beside a complete run.
    ///
    /// # Errors
    /// What is wrong with the study, its data or a figure; finished analyses stay and are kept by the next run.
    pub fn run(&self, out: &Path, watch: &dyn Watch) -> Result<Ran, Vec<Fault>> {
        self.check_options()?;
        let places = Places::read(self)?;
        let mut folder = Folder::open(out).map_err(|fault| vec![fault])?;
        let ran = self.run_within(&places, &mut folder, watch);
        if ran.is_err() {
            folder.tidy();
        }
        ran
    }

    fn run_within(&self, places: &Places, folder: &mut Folder, watch: &dyn Watch) -> Result<Ran, Vec<Fault>> {
        let catalogue = catalogue_of(self.engines, self.language);
        let mut outcomes: Vec<Option<Outcome>> = vec![None; self.analyses.len()];
        let mut done: Vec<Option<(State, Entry)>> = vec![None; self.analyses.len()];
        let mut computed = 0;
        for &i in &self.order {
            let id = &self.analyses[i].id;
            let work = Work { study: self, catalogue: &catalogue, watch };
            let (one, fresh) = work.one(i, &outcomes, folder).map_err(|fault| vec![self.located(i, fault)])?;
            if fresh {
                computed += 1;
            } else {
                watch.kept(id);
            }
            outcomes[i] = Some(one.outcome);
            done[i] = Some((one.state, one.entry));
        }
        let outcomes: Vec<Outcome> = outcomes.into_iter().flatten().collect();
        let done: Vec<(State, Entry)> = done.into_iter().flatten().collect();
        let writer = Writer { study: self, places, catalogue: &catalogue, outcomes: &outcomes };
        writer.write(&done, folder)?;
        let entries: Vec<Entry> = done.into_iter().map(|(_, entry)| entry).collect();
        manifest::finish(self, &entries, places, folder).map_err(|fault| vec![fault])?;
        let warnings = [Codes::of(places).with_results(&outcomes).warnings(self), self.changes()].concat();
        Ok(Ran { computed, kept: self.analyses.len() - computed, report: folder.at("report.html"), warnings })
    }

    /// Every name of a standard column that nothing knows, and every analysis whose options its estimand refuses: nothing is computed while one of them is wrong.
    pub(crate) fn check_options(&self) -> Result<(), Vec<Fault>> {
        let refused = |i: usize| self.request_before(i).plan().err().map(|fault| self.located(i, fault));
        let mut faults: Vec<Fault> = (0..self.analyses.len()).filter_map(refused).collect();
        faults.extend(self.unknown_columns());
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }
}

struct Work<'a> {
    study: &'a Study,
    catalogue: &'a Catalogue,
    watch: &'a dyn Watch,
}

impl Work<'_> {
    /// The result of one analysis, and whether it was computed.
    fn one(&self, i: usize, outcomes: &[Option<Outcome>], folder: &mut Folder) -> Result<(Done, bool), Fault> {
        let id = &self.study.analyses[i].id;
        let joined = self.study.join(i, outcomes, folder)?;
        let request = self.study.request(i, outcomes, folder)?;
        let key = key(&request, self.catalogue.language().code())?;
        if let Some((outcome, state)) = kept(id, &key, folder) {
            let entry = Entry::new(&self.study.analyses[i], &outcome, &key).with(joined);
            return Ok((self.record(id, outcome, state, entry, folder)?, false));
        }
        self.watch.computing(id);
        let (outcome, state) = self.compute(&request, id, key, folder)?;
        let entry = Entry::new(&self.study.analyses[i], &outcome, &state.key).with(joined);
        Ok((self.record(id, outcome, state, entry, folder)?, true))
    }

    /// Computes and writes the JSON of the outcome; what goes on is read back from it.
    fn compute(
        &self,
        request: &Request<'_>,
        id: &str,
        key: String,
        folder: &mut Folder,
    ) -> Result<(Outcome, State), Fault> {
        let answer = request.answer(self.watch)?;
        let names = Names::default();
        let say = |messages: &[distretto_core::Message]| -> Vec<String> {
            messages.iter().map(|message| self.catalogue.say(message, &names)).collect()
        };
        let notes = answer.notes.iter().map(|(input, notes)| (input.clone(), say(notes))).collect();
        let mut json = Vec::new();
        write_json(&answer.outcome, self.catalogue, &mut json).map_err(|error| memory(&error))?;
        let state = State { key, outcome: sha256_hex(&json), tables: layout(&answer.outcome), notes };
        drop(answer);
        let outcome = rebuild(&json, &state.tables)
            .map_err(|error| Fault::result(format!("the result of `{id}` cannot be read back: {error}")))?;
        folder.write(&outcome_path(id), &json)?;
        Ok((outcome, state))
    }

    /// Writes the tables, and last the state: only then the result counts as finished.
    fn record(
        &self,
        id: &str,
        outcome: Outcome,
        state: State,
        mut entry: Entry,
        folder: &mut Folder,
    ) -> Result<Done, Fault> {
        entry.add(&outcome_path(id), &state.outcome);
        for (name, table) in &outcome.tables {
            let mut csv = Vec::new();
            write_csv(table, &mut csv).map_err(|error| memory(&error))?;
            let path = table_path(id, name);
            let sha256 = folder.put(&path, &csv)?;
            entry.add(&path, &sha256);
        }
        folder.record(&outcome_path(id), &state.outcome);
        folder.put(&state_path(id), &state.write())?;
        Ok(Done { outcome, state, entry })
    }
}

/// The result of an earlier run, when its key is the same and its file is as it was written.
fn kept(id: &str, key: &str, folder: &Folder) -> Option<(Outcome, State)> {
    let state = State::read(&folder.read(&state_path(id))?).filter(|state| state.key == key)?;
    let json = folder.read(&outcome_path(id))?;
    if sha256_hex(&json) != state.outcome {
        return None;
    }
    let outcome = rebuild(&json, &state.tables).ok()?;
    Some((outcome, state))
}

fn outcome_path(id: &str) -> String {
    format!("outcomes/{id}.json")
}

fn state_path(id: &str) -> String {
    format!(".state/{id}.json")
}

fn memory(error: &std::io::Error) -> Fault {
    Fault::new(FaultKind::File, format!("the result cannot be written: {error}"))
}
