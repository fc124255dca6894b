//! `distretto check`: everything is read, and every analysis begun as far as it shows whether it can be done.

use crate::focus::Codes;
use crate::places::Places;
use crate::study::Study;
use distretto_core::Fault;

/// What was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Analyses of the study.
    pub analyses: usize,
    /// Files of the study and their rows, by name; no rows for a file that only a later result uses.
    pub files: Vec<(String, usize)>,
    /// What is no fault, but hardly meant.
    pub warnings: Vec<String>,
}

impl Study {
    /// Reads every file of the study as its analyses want it, and begins each of them. What uses the table of another result can only be read
    /// when that result is there.
    ///
    /// # Errors
    /// Everything that is wrong with options and data.
    pub fn check(&self) -> Result<Checked, Vec<Fault>> {
        // The result of another analysis is not there yet: that it has a table or column of that name shows in the run.
        let mut faults = self.check_options().err().unwrap_or_default();
        let mut rows: Vec<Option<usize>> = vec![None; self.data.len()];
        let mut codes = Codes::default();
        match Places::read(self) {
            Ok(places) => {
                codes = Codes::of(&places);
                for (rows, file) in rows.iter_mut().zip(&places.files) {
                    *rows = file.as_ref().map(|(record, _)| record.rows);
                }
            }
            Err(more) => faults.extend(more),
        }
        for i in 0..self.analyses.len() {
            let request = self.request_before(i);
            if self.reads_results(i) || request.plan().is_err() {
                continue;
            }
            match request.read() {
                Ok(material) => {
                    let tables = self.analyses[i].inputs.iter().filter_map(|input| material.table(input.name));
                    tables.for_each(|table| codes.add(table));
                    for record in material.records() {
                        if let Some(data) = self.data.iter().position(|entry| entry.path == record.path) {
                            rows[data].get_or_insert(record.rows);
                        }
                    }
                    if let Err(fault) = request.begin(&material) {
                        faults.push(self.located(i, fault));
                    }
                }
                Err(fault) => faults.push(self.located(i, fault)),
            }
        }
        // One wrong file used by three analyses is one fault.
        let mut told: Vec<Fault> = Vec::new();
        for fault in faults {
            if !told.contains(&fault) {
                told.push(fault);
            }
        }
        if !told.is_empty() {
            return Err(told);
        }
        let files = self.data.iter().zip(rows).filter_map(|(entry, rows)| Some((entry.name.clone(), rows?)));
        let files = files.collect();
        Ok(Checked { analyses: self.analyses.len(), files, warnings: [codes.warnings(self), self.changes()].concat() })
    }
}
