//! The report of a study: findings, figures and tables of every chapter, put together.

use crate::file::DataKind;
use crate::focus::Codes;
use crate::folder::Folder;
use crate::keep::State;
use crate::manifest::Entry;
use crate::places::Places;
use crate::reference::names_nothing;
use crate::study::{Analysis, DataEntry, Source, Study};
use distretto_core::{Fault, FaultKind, FigureKind, FigureSpec, InputRecord, Outcome, Table, nearest};
use distretto_report::{
    Catalogue, Chapter, ChapterFigure, DataSource, FigureContext, FigureError, Preview, PreviewOptions, Report, draw,
    html,
};

/// Rows of a table with one for each variable that are all shown.
const VARIABLES: usize = 30;

/// A table of so many rows is shown as a whole: the few that were cut would be missed.
const UNCUT: usize = 15;

/// Columns of a table of variables or components that are all shown.
const WHOLE: usize = 10;

/// Writes the figures and the page.
pub(crate) struct Writer<'a> {
    pub study: &'a Study,
    pub places: &'a Places,
    pub catalogue: &'a Catalogue,
    /// One for each analysis, in the order of the study.
    pub outcomes: &'a [Outcome],
}

impl Writer<'_> {
    /// Draws the figures of every analysis and writes `report.html`.
    ///
    /// # Errors
    /// Every figure that was asked for and cannot be drawn.
    pub(crate) fn write(&self, done: &[(State, Entry)], folder: &mut Folder) -> Result<(), Vec<Fault>> {
        let mut faults = Vec::new();
        let mut figures: Vec<Vec<ChapterFigure>> = Vec::new();
        for i in 0..self.outcomes.len() {
            match self.figures(i, folder) {
                Ok(drawn) => figures.push(drawn),
                Err(more) => faults.extend(more),
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let changed = self.study.changed();
        let mut chapters = Vec::new();
        for &i in &self.study.chapters {
            let chapter = self.chapter(i, std::mem::take(&mut figures[i]), &changed);
            chapters.push(chapter.map_err(|fault| vec![fault])?);
        }
        let report = Report {
            title: self.study.title.clone(),
            question: Some(self.study.question.clone()).filter(|question| !question.is_empty()),
            focus: self.study.focus.label.clone(),
            data: self.data(done),
            chapters,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            seed: self.study.seed,
            warnings: [Codes::of(self.places).with_results(self.outcomes).warnings(self.study), self.study.changes()]
                .concat(),
        };
        let page = html(&report, self.catalogue);
        folder.put("report.html", page.as_bytes()).map_err(|fault| vec![fault])?;
        Ok(())
    }

    fn chapter(
        &self,
        i: usize,
        figures: Vec<ChapterFigure>,
        changed: &[(&DataEntry, String)],
    ) -> Result<Chapter, Fault> {
        let analysis = &self.study.analyses[i];
        let outcome = &self.outcomes[i];
        let focus = &self.study.focus_of(i);
        let findings = (analysis.estimand.findings)(outcome, focus);
        let (catalogue, regional) = (&self.catalogue_of(i), &self.catalogue_of_regions(i));
        let mut chapter = Chapter::new(&analysis.id, outcome, &findings, catalogue, &self.places.names);
        chapter.options.retain(|(name, _)| !is_idle(name, outcome));
        if let Some(title) = &analysis.title {
            chapter.title.clone_from(title);
        }
        chapter.text = analysis.text.as_ref().map(|path| self.words(path)).transpose()?;
        match (self.study.stale(i, changed), self.study.brief(i, outcome, catalogue)?) {
            // What was written for another file is not said in brief: the findings are those of this one.
            (Some(stale), _) => {
                chapter.text = chapter.text.map(|text| format!("{stale}\n\n{text}"));
            }
            (None, Some(brief)) => chapter.brief = brief,
            (None, None) if self.study.has_briefs() => chapter.brief.clear(),
            (None, None) => {}
        }
        let shown = self.tables_shown(i)?;
        self.study.shown_exist(i, outcome)?;
        chapter.tables = outcome
            .tables
            .iter()
            .filter(|(name, _)| shown.is_none_or(|shown| shown.contains(name)))
            .map(|(name, table)| {
                let specs = self.specs(i);
                // A line or curve runs along the order of its table.
                let of_table = specs.iter().filter(|spec| {
                    spec.table.as_ref().is_none_or(|of| of == name)
                        && !matches!(spec.kind, FigureKind::Lines | FigureKind::Curve)
                });
                let values = of_table.flat_map(|spec| [spec.value.clone(), spec.y.clone()]).flatten();
                // The plane of two factors orders nothing.
                let orders = |column: &String| !["factor_", "pc_"].iter().any(|stem| column.starts_with(stem));
                let sort = values.into_iter().find(|column| orders(column) && table.numbers(column).is_some());
                let show = &analysis.show;
                // Of a table of variables those that are left out would be missed.
                let usual = PreviewOptions::default().rows;
                let usual = if table.text("variable").is_some() { usual.max(VARIABLES) } else { usual };
                let usual = if table.rows() <= UNCUT { usual.max(UNCUT) } else { usual };
                let rows = show.rows.map_or(usual, |rows| rows as usize);
                let whole = table.text("variable").is_some() || table.numbers("component").is_some();
                let columns = if whole { WHOLE } else { PreviewOptions::default().columns };
                let (only, chosen) = (show.only.clone(), show.columns.clone());
                let along = along(&specs, name, table);
                let drawn = drawn(&specs, name);
                let usual = PreviewOptions::default();
                let options = PreviewOptions { rows, columns, sort, only, chosen, along, drawn, ..usual };
                let words = if name == "regions" { regional } else { catalogue };
                let mut preview = Preview::new(name, table, &options, focus, words, &self.places.names);
                preview.href = Some(crate::assemble::table_path(&analysis.id, name));
                preview
            })
            .collect();
        chapter.figures = figures;
        chapter.call = self.study.call(i, &outcome.provenance.options);
        chapter.href = Some(format!("outcomes/{}.json", analysis.id));
        Ok(chapter.with_short_names(focus, &self.places.names))
    }

    /// The tables that the study names for the chapter; nothing where it shows all.
    fn tables_shown(&self, i: usize) -> Result<Option<&[String]>, Fault> {
        let Some(shown) = &self.study.analyses[i].tables else { return Ok(None) };
        let known: Vec<&str> = self.outcomes[i].tables.iter().map(|(name, _)| name.as_str()).collect();
        match shown.iter().position(|name| !known.contains(&name.as_str())) {
            Some(at) => Err(self.study.at_table(
                i,
                at,
                names_nothing("the result has no such table", &shown[at], &shown[at], &known),
            )),
            None => Ok(Some(shown)),
        }
    }

    /// The words for an analysis: its column `employment` is called after what was measured.
    fn catalogue_of(&self, i: usize) -> Catalogue {
        let catalogue = self.catalogue.for_outcome(&self.outcomes[i]);
        let value = self.outcomes[i].provenance.options.get("value").and_then(serde_json::Value::as_str);
        match value {
            Some(value) if value != "employment" => catalogue.renaming("employment", value),
            _ => catalogue,
        }
    }

    /// The same for figures and tables of regions, in which the column `value` holds what was measured too.
    fn catalogue_of_regions(&self, i: usize) -> Catalogue {
        let catalogue = self.catalogue_of(i);
        let value = self.outcomes[i].provenance.options.get("value").and_then(serde_json::Value::as_str);
        match value {
            Some(value) => catalogue.renaming("value", value),
            None => catalogue,
        }
    }

    fn words(&self, path: &str) -> Result<String, Fault> {
        let fault = |message: String| Fault::new(FaultKind::File, message).in_file(path);
        let bytes = std::fs::read(self.study.folder.join(path))
            .map_err(|error| fault(format!("the file cannot be read: {error}")))?;
        String::from_utf8(bytes).map_err(|_| fault("the text is not UTF-8".into()).with_hint("save it as UTF-8"))
    }

    /// The figures asked for, else those that the estimand proposes.
    fn specs(&self, i: usize) -> Vec<FigureSpec> {
        let analysis = &self.study.analyses[i];
        let outcome = &self.outcomes[i];
        match &analysis.figures {
            Some(specs) => specs.clone(),
            None => (analysis.estimand.figures)(outcome),
        }
    }

    fn figures(&self, i: usize, folder: &mut Folder) -> Result<Vec<ChapterFigure>, Vec<Fault>> {
        let analysis = &self.study.analyses[i];
        let asked = analysis.figures.is_some();
        let catalogue = self.catalogue_of_regions(i);
        let focus = self.study.focus_of(i);
        let context = FigureContext {
            maps: &self.places.maps,
            points: &self.places.points,
            names: &self.places.names,
            focus: &focus,
            catalogue: &catalogue,
        };
        let mut drawn = Vec::new();
        let mut faults = Vec::new();
        for (n, spec) in self.specs(i).iter().enumerate() {
            let spec = self.with_place(spec, &self.outcomes[i]);
            match draw(&spec, &self.outcomes[i], &context) {
                Ok(figure) => {
                    let path = figure_path(analysis, drawn.len() + 1);
                    folder.put(&path, figure.file().as_bytes()).map_err(|fault| vec![fault])?;
                    drawn.push(ChapterFigure { figure, href: Some(path) });
                }
                // A proposal for which this study has no map, or no number, is no fault of the study.
                Err(_) if !asked => {}
                Err(error) => {
                    let (fault, wrong) = figure_fault(&error);
                    faults.push(self.study.at_figure(i, n, wrong, fault));
                }
            }
        }
        if faults.is_empty() { Ok(drawn) } else { Err(faults) }
    }

    /// A map that names no places takes the outlines or points of the study that hold most of its regions; points of
    /// a table or with degrees of their own are drawn over the first outlines.
    fn with_place(&self, spec: &FigureSpec, outcome: &Outcome) -> FigureSpec {
        let mut spec = spec.clone();
        if !matches!(spec.kind, FigureKind::Map | FigureKind::ClusterMap) {
            return spec;
        }
        if spec.join.is_none() {
            spec.join = self.best_place(&spec, outcome);
        }
        let by_points = spec.join.as_ref().is_some_and(|name| self.places.points.contains_key(name));
        let table = spec
            .table
            .as_ref()
            .map_or_else(|| outcome.tables.first().map(|(_, table)| table), |name| outcome.table(name));
        let by_itself = spec.join.is_none() && table.is_some_and(|table| table.numbers("lon").is_some());
        if (by_points || by_itself) && spec.base.is_none() {
            spec.base.clone_from(&self.places.first_map);
        }
        spec
    }

    fn best_place(&self, spec: &FigureSpec, outcome: &Outcome) -> Option<String> {
        let table = match &spec.table {
            Some(name) => outcome.table(name)?,
            None => &outcome.tables.first()?.1,
        };
        let codes = match spec.label.as_deref() {
            Some(label) => table.text(label)?,
            None => table.text("region").or(table.text("unit"))?,
        };
        let codes = codes.labels();
        let by_map = self.places.maps.iter().map(|(name, map)| {
            let known: std::collections::HashSet<&str> = map.regions.iter().map(|region| region.id.as_str()).collect();
            (codes.iter().filter(|code| known.contains(code.as_str())).count(), 1, name)
        });
        let by_points = self.places.points.iter().filter_map(|(name, table)| {
            let known: std::collections::HashSet<&str> =
                table.text("region")?.labels().iter().map(String::as_str).collect();
            Some((codes.iter().filter(|code| known.contains(code.as_str())).count(), 0, name))
        });
        // Most regions first; outlines before points; then the name, so that the choice is always the same.
        let all = by_map.chain(by_points).filter(|(found, ..)| *found > 0);
        all.max_by(|a, b| (a.0, a.1, b.2).cmp(&(b.0, b.1, a.2))).map(|(_, _, name)| name.clone())
    }

    /// The files of the study, with what was noted while they were read.
    fn data(&self, done: &[(State, Entry)]) -> Vec<DataSource> {
        let study = self.study;
        let source = |(d, entry): (usize, &crate::study::DataEntry)| {
            let mut notes: Vec<String> = entry.credits(study.language);
            let mut read: Option<InputRecord> = None;
            let users = study.analyses.iter().zip(self.outcomes).zip(done);
            for ((analysis, outcome), (state, _)) in users {
                for (n, input) in
                    analysis.inputs.iter().enumerate().filter(|(_, input)| input.source == Source::Data(d))
                {
                    // A table to which columns were added is another file.
                    let own = outcome.provenance.inputs.get(n).filter(|record| record.path == entry.path);
                    read = read.or_else(|| own.cloned());
                    let noted = state.notes.iter().filter(|(name, _)| name == input.name);
                    notes.extend(noted.flat_map(|(_, notes)| notes.iter().cloned()));
                }
            }
            if let Some((record, more)) = &self.places.files[d] {
                notes.extend(more.iter().map(|note| self.catalogue.say(note, &self.places.names)));
                read = read.or_else(|| Some(record.clone()));
            }
            let mut seen = std::collections::HashSet::new();
            notes.retain(|note| seen.insert(note.clone()));
            let kind = serde_json::to_value(entry.kind).ok();
            DataSource {
                name: entry.name.clone(),
                path: entry.path.clone(),
                kind: kind.and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default(),
                rows: read.as_ref().map_or(0, |record| record.rows),
                sha256: read.map(|record| record.sha256).unwrap_or_default(),
                notes,
            }
        };
        let with_files = |(d, entry)| std::iter::once(source((d, entry))).chain(self.named_in(d));
        study.data.iter().enumerate().flat_map(with_files).collect()
    }

    /// The tables that a document names: they are read with it and recorded behind the inputs of the analysis.
    fn named_in(&self, d: usize) -> Vec<DataSource> {
        let mut found: Vec<DataSource> = Vec::new();
        for (analysis, outcome) in self.study.analyses.iter().zip(self.outcomes) {
            let documents = |input: &&crate::study::StudyInput| match input.source {
                Source::Data(other) => self.study.data[other].kind == DataKind::Document,
                Source::Result { .. } => false,
            };
            if analysis.inputs.iter().find(documents).is_none_or(|input| input.source != Source::Data(d)) {
                continue;
            }
            for record in outcome.provenance.inputs.iter().skip(analysis.inputs.len()) {
                let known = self.study.data.iter().any(|entry| entry.path == record.path);
                if known || record.path.contains(':') || found.iter().any(|source| source.path == record.path) {
                    continue;
                }
                found.push(DataSource {
                    name: self.study.data[d].name.clone(),
                    path: record.path.clone(),
                    kind: "table".to_owned(),
                    rows: record.rows,
                    sha256: record.sha256.clone(),
                    notes: Vec::new(),
                });
            }
        }
        found
    }
}

/// Whether an option had no effect with the others as they are: the methods do not list it.
fn is_idle(name: &str, outcome: &Outcome) -> bool {
    let options = &outcome.provenance.options;
    let is = |name: &str, value: &str| options.get(name).and_then(serde_json::Value::as_str) == Some(value);
    let is_off = |name: &str| options.get(name).is_some_and(|v| v.is_null() || v == &serde_json::Value::Bool(false));
    let of_points = ["kd", "m"].iter().any(|function| is("function", function));
    let m = is("function", "m") || (outcome.command == "measure m" && is_off("density") && is_off("surface"));
    match name {
        "window" | "correction" | "project" => of_points,
        "bandwidth" | "bandwidth_range" => m,
        "map_r" => is_off("local") && is_off("surface"),
        "level" | "envelope" => is_off("nsim"),
        _ => false,
    }
}

/// The columns that figures draw from a table.
fn drawn(specs: &[FigureSpec], name: &str) -> Vec<String> {
    let of_table = specs.iter().filter(|spec| spec.table.as_ref().is_none_or(|of| of == name));
    of_table.flat_map(|spec| [&spec.value, &spec.x, &spec.y, &spec.group]).flatten().cloned().collect()
}

/// The column along which a table holds curves: the distance, else that of its figure.
fn along(specs: &[FigureSpec], name: &str, table: &Table) -> Option<String> {
    let several = |column: &str| {
        table.numbers(column).is_some_and(|values| values.iter().any(|value| Some(value) != values.first()))
    };
    let curve = |spec: &&FigureSpec| {
        let of_table = spec.table.as_ref().is_none_or(|of| of == name);
        of_table && matches!(spec.kind, FigureKind::Curve | FigureKind::Lines)
    };
    // Components are counted, not measured: the first of them are shown.
    let drawn = specs.iter().filter(curve).filter_map(|spec| spec.x.as_deref()).filter(|x| *x != "component");
    std::iter::once("r").chain(drawn).find(|column| several(column)).map(str::to_owned)
}

fn figure_path(analysis: &Analysis, n: usize) -> String {
    format!("figures/{}.{n}.svg", analysis.id)
}

/// The fault of a figure, with the nearest name that there is, and the name that was wrong.
fn figure_fault(error: &FigureError) -> (Fault, Option<&str>) {
    let fault = Fault::new(FaultKind::Study, format!("the figure cannot be drawn: {error}"));
    let (wrong, known) = match error {
        FigureError::NoTable { table, known, .. } => (Some(table.as_str()), known.as_str()),
        FigureError::NoColumn { column, known, .. } => (Some(column.as_str()), known.as_str()),
        FigureError::NoPlace { name, known } => (Some(name.as_str()), known.as_str()),
        _ => (None, ""),
    };
    let known: Vec<&str> = known.split(',').map(|name| name.trim().trim_matches('`')).collect();
    let hint = match wrong.and_then(|wrong| nearest(wrong, &known)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "leave `figure` out to take the figures that the estimand proposes".to_owned(),
    };
    (fault.with_hint(hint), wrong)
}
