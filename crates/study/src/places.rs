//! What the data of a study say for the whole report: what codes are called, and where regions lie.

use crate::file::DataKind;
use crate::study::{DataEntry, Source, Study};
use distretto_core::{ColumnKind, Fault, InputData, InputRecord, Message, RegionMap, Table, TableSpec};
use distretto_data::{Loaded, ReadOptions, read_map_with, read_table};
use distretto_report::{Language, Names};
use std::collections::BTreeMap;

/// Columns of which every table has at least one; they are read where no analysis says what it wants.
const KEYS: [&str; 9] = ["region", "industry", "indicator", "id", "source", "unit", "firm", "year", "name"];

/// Names and places, and the record of every file of the study.
#[derive(Debug, Default)]
pub(crate) struct Places {
    /// What codes are called.
    pub names: Names,
    /// Outlines by the name of their data.
    pub maps: BTreeMap<String, RegionMap>,
    /// Points of regions by the name of their data.
    pub points: BTreeMap<String, Table>,
    /// The name of outlines that stand first in the study: the default of figures.
    pub first_map: Option<String>,
    /// The name of points that stand first in the study: the default of figures.
    pub first_points: Option<String>,
    /// Record and notes of each file that was read here, in the order of the study.
    pub files: Vec<Option<(InputRecord, Vec<Message>)>>,
}

impl Places {
    /// Reads the files of a study for what they say to all chapters.
    ///
    /// # Errors
    /// Every file that cannot be read.
    pub(crate) fn read(study: &Study) -> Result<Self, Vec<Fault>> {
        let mut places = Self::default();
        let mut faults = Vec::new();
        for (i, entry) in study.data.iter().enumerate() {
            if !is_wanted(study, i) {
                places.files.push(None);
                continue;
            }
            match load(study, entry) {
                Ok(loaded) => places.take(entry, loaded, study.language),
                Err(fault) => faults.push(study.led_by_data(i, fault)),
            }
        }
        if faults.is_empty() { Ok(places) } else { Err(faults) }
    }

    fn take(&mut self, entry: &DataEntry, loaded: Loaded, language: Language) {
        self.files.push(Some((loaded.record, loaded.notes)));
        match loaded.data {
            InputData::Map(map) => {
                for region in &map.regions {
                    if let Some(name) = &region.name {
                        self.names.regions.entry(region.id.clone()).or_insert_with(|| name.clone());
                    }
                }
                self.first_map.get_or_insert_with(|| entry.name.clone());
                self.maps.insert(entry.name.clone(), map);
            }
            InputData::Table(table) => {
                // Names in the language of the report go first.
                let chinese = language == Language::Zh;
                if entry.kind == DataKind::Regions {
                    if chinese {
                        name(&mut self.names.regions, &table, "region", "name_zh");
                    }
                    name(&mut self.names.regions, &table, "region", "name");
                }
                if chinese {
                    name(&mut self.names.industries, &table, "industry", "title_zh");
                }
                name(&mut self.names.industries, &table, "industry", "title");
                if chinese {
                    name(&mut self.names.indicators, &table, "indicator", "title_zh");
                }
                name(&mut self.names.indicators, &table, "indicator", "title");
                let has = |x: &str, y: &str| table.numbers(x).is_some() && table.numbers(y).is_some();
                if table.text("region").is_some() && (has("lon", "lat") || has("x", "y")) {
                    self.first_points.get_or_insert_with(|| entry.name.clone());
                    self.points.insert(entry.name.clone(), table);
                }
            }
            InputData::Document(_) => {}
        }
    }
}

/// Large tables are read by the analyses that use them, not a second time here.
fn is_wanted(study: &Study, data: usize) -> bool {
    let entry = &study.data[data];
    if entry.kind == DataKind::Document {
        return false;
    }
    // A table to which columns of other results are added is read for that, and not by its analysis.
    let inputs = || study.analyses.iter().filter(|analysis| analysis.with.is_empty()).flat_map(|one| &one.inputs);
    let figures = || study.analyses.iter().flat_map(|analysis| analysis.figures.iter().flatten());
    let named = |name: &Option<String>| name.as_ref() == Some(&entry.name);
    entry.is_map()
        || matches!(entry.kind, DataKind::Regions | DataKind::Table)
        || !inputs().any(|input| input.source == Source::Data(data))
        || figures().any(|figure| named(&figure.join) || named(&figure.base))
}

fn load(study: &Study, entry: &DataEntry) -> Result<Loaded, Fault> {
    let path = study.folder.join(&entry.path);
    if entry.is_map() {
        return read_map_with(&path, &entry.path, &entry.read);
    }
    // A wide table has its columns as they are here: its values are of no interest.
    let read = ReadOptions { wide: false, ..entry.read.clone() };
    read_table(&path, &entry.path, &spec(entry), &read)
}

pub(crate) fn spec(entry: &DataEntry) -> TableSpec {
    let spec = TableSpec::new(&entry.name);
    let spec = match entry.kind {
        DataKind::Regions => spec
            .need("region", ColumnKind::Label)
            .take("name", ColumnKind::Word)
            .take("name_zh", ColumnKind::Word)
            .unique(&["region"]),
        DataKind::Table => KEYS
            .iter()
            .fold(spec, |spec, key| spec.take(key, ColumnKind::Word))
            .take("title", ColumnKind::Word)
            .take("title_zh", ColumnKind::Word),
        _ => KEYS.iter().fold(spec, |spec, key| spec.take(key, ColumnKind::Word)),
    };
    let spec = spec.take("lon", ColumnKind::Longitude).take("lat", ColumnKind::Latitude);
    spec.take("x", ColumnKind::Number).take("y", ColumnKind::Number)
}

fn name(names: &mut std::collections::HashMap<String, String>, table: &Table, code: &str, name: &str) {
    let (Some(codes), Some(titles)) = (table.text(code), table.text(name)) else {
        return;
    };
    for (code, title) in codes.iter().zip(titles.iter()) {
        if let (Some(code), Some(title)) = (code, title) {
            names.entry(code.to_owned()).or_insert_with(|| title.to_owned());
        }
    }
}
