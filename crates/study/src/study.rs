//! A study that has been understood: every name in it stands for something, every analysis has its place.

use crate::file::{DataKind, ShowSection};
use distretto_core::{Engine, Estimand, FigureSpec, Focus, OptionValues};
use distretto_data::ReadOptions;
use distretto_report::Language;
use std::path::{Path, PathBuf};

/// A study that has been understood.
#[derive(Debug, Clone)]
pub struct Study {
    /// The engines it may use.
    pub(crate) engines: &'static [Engine],
    /// The path of the study file as the user gave it.
    pub(crate) shown: String,
    /// The folder to which its paths are relative.
    pub(crate) folder: PathBuf,
    /// Its text.
    pub(crate) text: String,
    /// SHA-256 of the file, in hexadecimal.
    pub(crate) sha256: String,
    pub(crate) title: String,
    pub(crate) question: String,
    pub(crate) language: Language,
    pub(crate) seed: u64,
    pub(crate) focus: Focus,
    /// What the industry in focus is called among the sectors of input-output tables; empty: by its codes.
    pub(crate) sectors: Vec<String>,
    pub(crate) data: Vec<DataEntry>,
    pub(crate) analyses: Vec<Analysis>,
    /// The analyses in an order in which each comes after those that it uses.
    pub(crate) order: Vec<usize>,
    /// The analyses that the report shows, in its order.
    pub(crate) chapters: Vec<usize>,
}

impl Study {
    /// The focus of an analysis: flows go by the names of sectors.
    pub(crate) fn focus_of(&self, i: usize) -> Focus {
        if self.analyses[i].estimand.engine == "link" && !self.sectors.is_empty() {
            return Focus { industries: self.sectors.clone(), label: None, regions: self.focus.regions.clone() };
        }
        self.focus.clone()
    }

    /// Title of the report.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Its analyses, in the order of the file.
    #[must_use]
    pub fn analyses(&self) -> &[Analysis] {
        &self.analyses
    }

    /// Its data, in the order of the file.
    #[must_use]
    pub fn data(&self) -> &[DataEntry] {
        &self.data
    }

    /// The folder to which its paths are relative.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of its report where none is named: `out` beside `study.toml`, `out.zh` beside `study.zh.toml`,
    /// `out.steel` beside `steel.toml`, so that two studies of one folder never overwrite one another.
    #[must_use]
    pub fn out(&self) -> PathBuf {
        let name = Path::new(&self.shown).file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        let stem = name.strip_suffix(".toml").unwrap_or(&name);
        let own = stem.strip_prefix("study.").unwrap_or(stem);
        self.folder.join(if matches!(own, "" | "study") { "out".to_owned() } else { format!("out.{own}") })
    }

    /// Another seed than the file names.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Another language than the file names.
    #[must_use]
    pub fn with_language(mut self, language: Language) -> Self {
        self.language = language;
        self
    }
}

/// A file of data under its name in the study.
#[derive(Debug, Clone)]
pub struct DataEntry {
    /// Its name.
    pub name: String,
    /// Its path as the study gives it, relative to the study.
    pub path: String,
    /// What it holds.
    pub kind: DataKind,
    /// How its columns are found.
    pub read: ReadOptions,
    /// Where the data come from.
    pub source: Option<String>,
    /// The licence under which they are used.
    pub licence: Option<String>,
    /// What a reader should know of them.
    pub note: Option<String>,
    /// First digits of the SHA-256 of the file for which the texts were written.
    pub sha256: Option<String>,
}

impl DataEntry {
    /// Source, licence and note as the report says them.
    pub(crate) fn credits(&self, language: Language) -> Vec<String> {
        let words = match language {
            Language::En => ["Source: ", "Licence: ", ""],
            Language::Zh => ["来源：", "许可：", ""],
        };
        let given = [&self.source, &self.licence, &self.note];
        words.iter().zip(given).filter_map(|(word, text)| Some(format!("{word}{}", text.as_ref()?))).collect()
    }

    /// Whether the file holds outlines rather than a table.
    #[must_use]
    pub fn is_map(&self) -> bool {
        let ending = Path::new(&self.path).extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        ["geojson", "topojson", "json"].iter().any(|known| ending.eq_ignore_ascii_case(known))
    }
}

/// An analysis of a study.
#[derive(Debug, Clone)]
pub struct Analysis {
    /// Its name.
    pub id: String,
    /// What is computed.
    pub estimand: &'static Estimand,
    /// What is given for each input.
    pub inputs: Vec<StudyInput>,
    /// Options as the study gives them; a text may be a reference to another result.
    pub options: OptionValues,
    /// Heading in the report; default from the catalogue.
    pub title: Option<String>,
    /// Figures; default chosen by the estimand.
    pub figures: Option<Vec<FigureSpec>>,
    /// Tables that the report shows; all when absent.
    pub tables: Option<Vec<String>>,
    /// Path of words of the author, relative to the study.
    pub text: Option<String>,
    /// A sentence for `In brief`.
    pub brief: Option<String>,
    /// What the report shows of its tables.
    pub(crate) show: ShowSection,
    /// Tables of other results that stand for files which a document names: the key path and the table.
    pub(crate) named: Vec<(String, Source)>,
    /// Columns of other results that enter the table of the first input.
    pub(crate) with: Vec<crate::join::Joined>,
}

/// What an analysis is given for one input.
#[derive(Debug, Clone)]
pub struct StudyInput {
    /// Name of the input.
    pub name: &'static str,
    /// Where it comes from.
    pub source: Source,
}

/// Where an input comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file of data, by its place in [`Study::data`].
    Data(usize),
    /// A table of another result.
    Result {
        /// Place of the analysis in [`Study::analyses`].
        analysis: usize,
        /// Name of the table.
        table: String,
    },
}
