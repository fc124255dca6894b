//! The meaning of a study: what each name in it stands for, and in which order the analyses can be computed. Every
//! fault is told with its place in the file, not only the first.

use crate::document::{Document, at, table_as_json};
use crate::file::{AnalysisSection, LanguageWord, StudyFile};
use crate::inputs::{Names, Section, given_inputs};
use crate::pinned::is_hash;
use crate::reference::{Override, Reference, is_identifier, names_nothing, references, texts};
use crate::shape::faults_of_shape;
use crate::study::{Analysis, DataEntry, Source, Study};
use crate::values::option_values;
use distretto_core::{Engine, Estimand, Fault, FaultKind, Focus, nearest};
use distretto_data::{ReadOptions, sha256_hex};
use distretto_report::Language;
use serde_json::Value;
use std::path::Path;

impl Study {
    /// Reads and understands a study file; no data are read and nothing is computed.
    ///
    /// # Errors
    /// Everything that is wrong with it, each fault with its line and column.
    pub fn load(path: &Path, shown: &str, engines: &'static [Engine]) -> Result<Self, Vec<Fault>> {
        let bytes = std::fs::read(path).map_err(|error| vec![unreadable(shown, &error)])?;
        let sha256 = sha256_hex(&bytes);
        let text = String::from_utf8(bytes).map_err(|error| vec![not_utf8(shown, &error)])?;
        let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
        let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Ok(Self { sha256, ..understand(shown, folder, &text, engines)? })
    }
}

fn unreadable(shown: &str, error: &std::io::Error) -> Fault {
    let hint = "distretto new DIR starts a study; distretto run takes the path of its study.toml";
    Fault::new(FaultKind::File, format!("the study cannot be read: {error}")).in_file(shown).with_hint(hint)
}

fn not_utf8(shown: &str, error: &std::string::FromUtf8Error) -> Fault {
    let at = error.utf8_error().valid_up_to();
    let before = &error.as_bytes()[..at];
    let line = before.iter().filter(|&&byte| byte == b'\n').count() as u64 + 1;
    let fault = Fault::new(FaultKind::Study, "the study is not UTF-8").in_file(shown).at_line(line);
    fault.with_value(format!("byte 0x{:02X}", error.as_bytes()[at])).with_hint("save it as UTF-8")
}

/// Understands the text of a study file in a folder.
fn understand(shown: &str, folder: &Path, text: &str, engines: &'static [Engine]) -> Result<Study, Vec<Fault>> {
    let document = Document::read(shown, text)?;
    let faults = faults_of_shape(&document);
    if !faults.is_empty() {
        return Err(faults);
    }
    let json = Value::Object(table_as_json(document.root()));
    let file: StudyFile = serde_json::from_value(json)
        .map_err(|error| vec![document.fault(&[], format!("the study has not the shape it should have: {error}"))])?;
    let mut reader = Reader { document: &document, folder, engines, faults: Vec::new() };
    let study = reader.study(&file, shown, text);
    match study {
        Some(study) if reader.faults.is_empty() => Ok(study),
        _ => Err(reader.faults),
    }
}

struct Reader<'a> {
    document: &'a Document<'a>,
    folder: &'a Path,
    engines: &'static [Engine],
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn study(&mut self, file: &StudyFile, shown: &str, text: &str) -> Option<Study> {
        let focus = Focus {
            industries: file.focus.industry.clone(),
            label: file.focus.label.clone(),
            regions: file.focus.regions.clone(),
        };
        let sectors = file.focus.sector.clone();
        let data = self.data(file);
        let ids = self.identifiers(file);
        let names = Names { data: data.iter().map(|entry| entry.name.as_str()).collect(), ids };
        let analyses: Vec<Option<Analysis>> =
            (0..file.analysis.len()).map(|i| self.analysis(file, i, &names)).collect();
        let chapters = self.chapters(file, &names);
        let analyses: Vec<Analysis> = analyses.into_iter().collect::<Option<_>>()?;
        let order = self.order(&analyses)?;
        Some(Study {
            engines: self.engines,
            shown: shown.to_owned(),
            folder: self.folder.to_owned(),
            text: text.to_owned(),
            sha256: String::new(),
            title: file.study.title.clone(),
            question: file.study.question.clone(),
            language: match file.study.language {
                LanguageWord::En => Language::En,
                LanguageWord::Zh => Language::Zh,
            },
            seed: file.study.seed,
            focus,
            sectors,
            data,
            analyses,
            order,
            chapters,
        })
    }

    /// The data in the order of the file.
    fn data(&mut self, file: &StudyFile) -> Vec<DataEntry> {
        let written = self.document.root().iter().find(|(key, _)| key.get_ref() == "data");
        let table = written.and_then(|(_, value)| value.get_ref().as_table());
        let names = table.into_iter().flat_map(|table| table.iter().map(|(key, _)| key.get_ref().to_string()));
        let names: Vec<String> = names.collect();
        let mut entries = Vec::new();
        for name in names {
            let Some(section) = file.data.get(&name) else { continue };
            if !is_identifier(&name) {
                let fault = self.document.fault_at_key(at!["data", name.as_str()], "this cannot name data");
                self.faults.push(fault.with_value(&*name).with_hint("use letters, digits, `-` and `_`"));
            }
            self.file_exists(at!["data", name.as_str(), "path"], &section.path);
            if let Some(digits) = section.sha256.as_ref().filter(|digits| !is_hash(digits)) {
                let fault = self.document.fault(at!["data", name.as_str(), "sha256"], "this is no SHA-256");
                self.faults.push(fault.with_value(&**digits).with_hint("give its first 8 to 64 hexadecimal digits"));
            }
            let rename = section.columns.iter().map(|(standard, own)| (standard.clone(), own.clone())).collect();
            let read = ReadOptions { rename, wide: section.wide, sheet: section.sheet.clone() };
            entries.push(DataEntry {
                name,
                path: section.path.clone(),
                kind: section.kind,
                read,
                source: section.source.clone(),
                licence: section.licence.clone(),
                note: section.note.clone(),
                sha256: section.sha256.clone(),
            });
        }
        entries
    }

    fn file_exists(&mut self, at: &[crate::document::Step<'_>], path: &str) {
        let full = self.folder.join(path);
        if full.is_file() {
            return;
        }
        let why = if full.is_dir() { "this is a folder, not a file" } else { "there is no such file" };
        let parent = full.parent().unwrap_or(self.folder);
        let beside: Vec<String> = std::fs::read_dir(parent)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect();
        let name = Path::new(path).file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let mut beside: Vec<&str> = beside.iter().map(String::as_str).collect();
        beside.sort_unstable();
        let hint = match nearest(name, &beside) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "paths are relative to the folder of the study file".to_owned(),
        };
        self.faults.push(self.document.fault(at, why).with_value(path).with_hint(hint));
    }

    /// The names of the analyses, each checked.
    fn identifiers(&mut self, file: &StudyFile) -> Vec<String> {
        let ids: Vec<String> = file.analysis.iter().map(|analysis| analysis.id.clone()).collect();
        for (i, id) in ids.iter().enumerate() {
            let at = at!["analysis", i, "id"];
            if !is_identifier(id) {
                let fault = self.document.fault(at, "this cannot name an analysis, for it names files too");
                self.faults.push(fault.with_value(&**id).with_hint("use letters, digits, `-` and `_`"));
            }
            if ids[..i].iter().any(|other| other.eq_ignore_ascii_case(id)) {
                let fault = self.document.fault(at, "another analysis has this id already");
                self.faults.push(fault.with_value(&**id).with_hint("every id names its own outputs: choose another"));
            }
        }
        if ids.is_empty() {
            let fault = self.document.fault(at!["analysis"], "the study has no analysis");
            self.faults.push(fault.with_hint("add a section [[analysis]] with id, run and input"));
        }
        ids
    }

    fn analysis(&mut self, file: &StudyFile, i: usize, names: &Names<'_>) -> Option<Analysis> {
        let section = &file.analysis[i];
        let estimand = self.estimand(i, &section.run);
        self.figures(i, section, names);
        if let Some(text) = &section.text {
            self.file_exists(at!["analysis", i, "text"], text);
        }
        let estimand = estimand?;
        let here = Section { document: self.document, i, estimand, written: section };
        let (inputs, mut faults) = given_inputs(here, names);
        let (options, more) = option_values(here, &file.focus.industry);
        faults.extend(more);
        for (name, value) in &options {
            for (k, text) in texts(value).into_iter().enumerate() {
                faults.extend(self.unknown_reference(i, name, (k, text), names));
            }
        }
        let (named, more) = crate::inputs::named_tables(here, &options, names);
        faults.extend(more);
        let (with, more) = crate::join::given_columns(here, names);
        faults.extend(more);
        self.faults.extend(faults);
        Some(Analysis {
            id: section.id.clone(),
            estimand,
            inputs,
            options,
            title: section.title.clone(),
            figures: section.figure.clone(),
            tables: section.tables.clone(),
            text: section.text.clone(),
            brief: section.brief.clone(),
            show: section.show.clone(),
            named,
            with,
        })
    }

    fn estimand(&mut self, i: usize, run: &str) -> Option<&'static Estimand> {
        let words: Vec<&str> = run.split_whitespace().collect();
        if let [engine, name] = words[..]
            && let Some(found) = crate::registry::find(self.engines, engine, name)
        {
            return Some(found);
        }
        let commands: Vec<String> =
            self.engines.iter().flat_map(|engine| engine.estimands).map(Estimand::command).collect();
        let known: Vec<&str> = commands.iter().map(String::as_str).collect();
        let near = nearest(run, &known).or_else(|| {
            // The engine may be left out or misnamed: the second word tells more.
            let word = words.last()?;
            known.iter().copied().find(|command| command.ends_with(&format!(" {word}")))
        });
        let hint =
            near.map_or_else(|| "distretto list shows all".to_owned(), |near| format!("did you mean \"{near}\"?"));
        let fault = self.document.fault(at!["analysis", i, "run"], "no estimand has this name");
        self.faults.push(fault.with_value(run).with_hint(hint));
        None
    }

    fn figures(&mut self, i: usize, section: &AnalysisSection, names: &Names<'_>) {
        for (f, figure) in section.figure.iter().flatten().enumerate() {
            for (key, name) in [("join", &figure.join), ("base", &figure.base)] {
                let Some(name) = name else { continue };
                if !names.data.contains(&name.as_str()) {
                    let fault = self.document.fault(at!["analysis", i, "figure", f, key], "no data have this name");
                    self.faults.push(fault.with_value(&**name).with_hint(names.nearest_data(name)));
                }
            }
        }
    }

    /// A text that has the form of a reference, but to no analysis of the study.
    fn unknown_reference(&self, i: usize, option: &str, at: (usize, &str), names: &Names<'_>) -> Option<Fault> {
        let (k, text) = at;
        let of_set = Override::read(text).filter(|_| option == "set");
        let reference = of_set.as_ref().map_or_else(|| Reference::read(text), Override::reference)?;
        let known: Vec<&str> = names.ids.iter().map(String::as_str).collect();
        let meant = reference.part == "summary" || nearest(&reference.id, &known).is_some();
        if known.contains(&reference.id.as_str()) || !meant {
            return None;
        }
        let why = format!("no analysis is called `{}`", reference.id);
        let text = of_set.as_ref().map_or(text, |one| one.text);
        let fault = names_nothing(&why, text, &reference.id, &known);
        Some(match of_set {
            Some(_) => self.document.place(at!["analysis", i, "options", option, k], fault),
            None => self.document.place(at!["analysis", i, "options", option], fault),
        })
    }

    fn chapters(&mut self, file: &StudyFile, names: &Names<'_>) -> Vec<usize> {
        let Some(chapters) = &file.report.chapters else {
            return (0..names.ids.len()).collect();
        };
        let mut found = Vec::new();
        for (c, id) in chapters.iter().enumerate() {
            let at = at!["report", "chapters", c];
            match names.ids.iter().position(|other| other == id) {
                Some(i) if found.contains(&i) => {
                    let fault = self.document.fault(at, "this chapter stands twice").with_value(&**id);
                    self.faults.push(fault.with_hint("leave one of them out"));
                }
                Some(i) => found.push(i),
                None => {
                    let fault = self.document.fault(at, "no analysis has this id").with_value(&**id);
                    self.faults.push(fault.with_hint(names.nearest_id(id)));
                }
            }
        }
        found
    }

    /// An order in which each analysis comes after those that it uses; among those that are free, the order of the file.
    fn order(&mut self, analyses: &[Analysis]) -> Option<Vec<usize>> {
        let uses: Vec<Vec<usize>> = analyses.iter().map(|analysis| uses(analysis, analyses)).collect();
        let mut order: Vec<usize> = Vec::new();
        while order.len() < analyses.len() {
            let free = |i: &usize| !order.contains(i) && uses[*i].iter().all(|used| order.contains(used));
            match (0..analyses.len()).find(free) {
                Some(next) => order.push(next),
                None => {
                    let circle = circle(&uses, &order);
                    let names: Vec<&str> = circle.iter().map(|&i| analyses[i].id.as_str()).collect();
                    let first = circle.first().copied().unwrap_or(0);
                    let fault =
                        self.document.fault(at!["analysis", first], "these analyses use one another in a circle");
                    let hint = "one of them must do without the result of another";
                    self.faults.push(fault.with_value(names.join(" -> ")).with_hint(hint));
                    return None;
                }
            }
        }
        Some(order)
    }
}

/// The analyses whose results an analysis uses.
pub(crate) fn uses(analysis: &Analysis, all: &[Analysis]) -> Vec<usize> {
    let sources = analysis.inputs.iter().map(|input| &input.source);
    let sources = sources.chain(analysis.named.iter().map(|(_, source)| source));
    let by_input = sources.filter_map(|source| match source {
        Source::Result { analysis, .. } => Some(*analysis),
        Source::Data(_) => None,
    });
    let by_option = analysis.options.iter().flat_map(|(name, value)| references(name, value));
    let by_option = by_option.filter_map(|reference| all.iter().position(|other| other.id == reference.id));
    let by_column = analysis.with.iter().filter_map(|one| all.iter().position(|other| other.id == one.from.id));
    by_input.chain(by_option).chain(by_column).collect()
}

/// A circle among the analyses that could not be ordered: from one to one it uses, until one comes again.
fn circle(uses: &[Vec<usize>], done: &[usize]) -> Vec<usize> {
    let mut walk: Vec<usize> = (0..uses.len()).filter(|i| !done.contains(i)).take(1).collect();
    while let Some(&here) = walk.last() {
        let Some(&next) = uses[here].iter().find(|used| !done.contains(used)) else { break };
        if let Some(start) = walk.iter().position(|&i| i == next) {
            let mut found = walk.split_off(start);
            found.push(next);
            return found;
        }
        walk.push(next);
    }
    walk
}
