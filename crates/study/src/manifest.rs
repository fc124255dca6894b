//! `manifest.json`: versions, seeds, options, and the SHA-256 of every input and output of a run.

use crate::folder::{Folder, MANIFEST, Written};
use crate::places::Places;
use crate::study::{Analysis, Study};
use distretto_core::{Fault, FaultKind, Outcome};
use distretto_data::{sha256_hex, write_atomically};
use serde::Serialize;
use serde_json::{Map, Value};

/// Where the paths of an earlier run stand while another takes their place.
const EARLIER: &str = ".state/earlier.json";

/// One analysis in the manifest.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Entry {
    id: String,
    run: String,
    revision: u32,
    key: String,
    seed: u64,
    options: Map<String, Value>,
    inputs: Vec<File>,
    outputs: Vec<Written>,
}

#[derive(Debug, Clone, Serialize)]
struct File {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    path: String,
    sha256: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<usize>,
}

#[derive(Serialize)]
struct Manifest<'a> {
    version: &'a str,
    study: File,
    title: &'a str,
    language: &'a str,
    seed: u64,
    data: Vec<File>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    texts: Vec<File>,
    analyses: &'a [Entry],
    outputs: Vec<Written>,
}

impl Entry {
    /// The entry of an outcome.
    pub(crate) fn new(analysis: &Analysis, outcome: &Outcome, key: &str) -> Self {
        let inputs = outcome.provenance.inputs.iter().map(|input| File {
            name: None,
            path: input.path.clone(),
            sha256: input.sha256.clone(),
            rows: Some(input.rows),
        });
        Self {
            id: analysis.id.clone(),
            run: analysis.estimand.command(),
            revision: analysis.estimand.revision,
            key: key.to_owned(),
            seed: outcome.provenance.seed,
            options: outcome.provenance.options.clone(),
            inputs: inputs.collect(),
            outputs: Vec::new(),
        }
    }

    /// With the table that was written for its input.
    pub(crate) fn with(mut self, joined: Option<(String, String)>) -> Self {
        if let Some((path, sha256)) = joined {
            self.add(&path, &sha256);
        }
        self
    }

    /// Adds a file that was written.
    pub(crate) fn add(&mut self, path: &str, sha256: &str) {
        self.outputs.push(Written { path: path.to_owned(), sha256: sha256.to_owned() });
    }
}

/// Takes manifest and report away before the files change, for they stand only beside complete runs; the paths that
/// earlier runs wrote are remembered until one is complete.
fn set_aside(folder: &Folder) -> Vec<String> {
    let listed = |bytes: Option<Vec<u8>>| -> Vec<String> {
        let json: Option<Value> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let outputs = json.as_ref().and_then(|json| json.get("outputs")).and_then(Value::as_array);
        let paths = outputs.into_iter().flatten().filter_map(|output| output.get("path").and_then(Value::as_str));
        paths.map(str::to_owned).collect()
    };
    let mut paths = listed(folder.read(EARLIER));
    paths.extend(listed(folder.read(MANIFEST)));
    paths.sort();
    paths.dedup();
    if !paths.is_empty() {
        let outputs: Vec<Value> = paths.iter().map(|path| serde_json::json!({ "path": path })).collect();
        let json = serde_json::json!({ "outputs": outputs });
        // Without it only the removal of stale files suffers.
        let _ = write_atomically(&folder.at(EARLIER), json.to_string().as_bytes());
    }
    let _ = std::fs::remove_file(folder.at(MANIFEST));
    if folder.is_apart("report.html") {
        let _ = std::fs::remove_file(folder.at("report.html"));
    }
    paths
}

/// Puts the files in their place, writes the manifest, and removes what an earlier run wrote and this one did not.
pub(crate) fn finish(study: &Study, analyses: &[Entry], places: &Places, folder: &mut Folder) -> Result<(), Fault> {
    let name = std::path::Path::new(&study.shown).file_name().map(|name| name.to_string_lossy().into_owned());
    let manifest = Manifest {
        version: env!("CARGO_PKG_VERSION"),
        study: File { name: None, path: name.unwrap_or_default(), sha256: study.sha256.clone(), rows: None },
        title: &study.title,
        language: study.language.code(),
        seed: study.seed,
        data: data(study, analyses, places)?,
        texts: texts(study)?,
        analyses,
        outputs: folder.written(),
    };
    let mut json = serde_json::to_vec_pretty(&manifest).expect("a manifest of strings and numbers is always JSON");
    json.push(b'\n');
    let earlier = set_aside(folder);
    folder.settle()?;
    folder.remove_stale(&earlier);
    folder.write(MANIFEST, &json)?;
    // The paths in it are in the manifest now, or gone.
    let _ = std::fs::remove_file(folder.at(EARLIER));
    Ok(())
}

fn data(study: &Study, analyses: &[Entry], places: &Places) -> Result<Vec<File>, Fault> {
    let file = |(i, entry): (usize, &crate::study::DataEntry)| {
        let read = analyses.iter().flat_map(|analysis| &analysis.inputs).find(|input| input.path == entry.path);
        let (sha256, rows) = match (&places.files[i], read) {
            (Some((record, _)), _) => (record.sha256.clone(), Some(record.rows)),
            (None, Some(read)) => (read.sha256.clone(), read.rows),
            (None, None) => (digest(study, &entry.path)?, None),
        };
        Ok(File { name: Some(entry.name.clone()), path: entry.path.clone(), sha256, rows })
    };
    study.data.iter().enumerate().map(file).collect()
}

/// The words of the author.
fn texts(study: &Study) -> Result<Vec<File>, Fault> {
    let paths = study.analyses.iter().filter_map(|analysis| analysis.text.as_ref());
    paths.map(|path| Ok(File { name: None, path: path.clone(), sha256: digest(study, path)?, rows: None })).collect()
}

fn digest(study: &Study, path: &str) -> Result<String, Fault> {
    let bytes = std::fs::read(study.folder.join(path))
        .map_err(|error| Fault::new(FaultKind::File, format!("the file cannot be read: {error}")).in_file(path))?;
    Ok(sha256_hex(&bytes))
}
