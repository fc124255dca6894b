//! Regions and industries in focus that stand nowhere in the study: most often a typing error.

use crate::places::Places;
use crate::study::Study;
use distretto_core::{Outcome, Table, nearest};
use distretto_report::Language;
use std::collections::BTreeSet;

/// The codes of the tables of a study.
#[derive(Debug, Default)]
pub(crate) struct Codes {
    regions: BTreeSet<String>,
    industries: BTreeSet<String>,
}

impl Codes {
    /// The codes that have names or places.
    pub(crate) fn of(places: &Places) -> Self {
        let mut codes = Self::default();
        codes.regions.extend(places.names.regions.keys().cloned());
        codes.industries.extend(places.names.industries.keys().cloned());
        places.points.values().for_each(|table| codes.add(table));
        codes
    }

    /// The codes of these and of every result.
    pub(crate) fn with_results(mut self, outcomes: &[Outcome]) -> Self {
        outcomes.iter().flat_map(|outcome| &outcome.tables).for_each(|(_, table)| self.add(table));
        self
    }

    /// The codes of a table.
    pub(crate) fn add(&mut self, table: &Table) {
        for column in ["region", "unit", "industry"] {
            let codes = if column == "industry" { &mut self.industries } else { &mut self.regions };
            codes.extend(table.text(column).into_iter().flat_map(|text| text.labels().iter().cloned()));
        }
    }

    /// What is said of each code in focus that is not among them; nothing where the study has no such codes at all.
    pub(crate) fn warnings(&self, study: &Study) -> Vec<String> {
        let zh = study.language == Language::Zh;
        let kinds = [
            (if zh { "地区" } else { "region" }, &study.focus.regions, &self.regions),
            (if zh { "产业" } else { "industry" }, &study.focus.industries, &self.industries),
        ];
        let mut warnings = Vec::new();
        for (kind, focus, known) in kinds.into_iter().filter(|(_, _, known)| !known.is_empty()) {
            let codes: Vec<&str> = known.iter().map(String::as_str).collect();
            for code in focus.iter().filter(|code| !known.contains(*code)) {
                let near = nearest(code, &codes).unwrap_or_default();
                warnings.push(match (zh, near) {
                    (true, "") => format!("[focus] 中的{kind} `{code}` 不在任何表中"),
                    (true, near) => format!("[focus] 中的{kind} `{code}` 不在任何表中；最接近的代码是 `{near}`"),
                    (false, "") => format!("[focus] names the {kind} `{code}`, which stands in no table of the study"),
                    (false, near) => format!(
                        "[focus] names the {kind} `{code}`, which stands in no table of the study; did you mean `{near}`?"
                    ),
                });
            }
        }
        warnings
    }
}
