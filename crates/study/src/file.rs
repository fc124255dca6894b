//! The study file as it is written: one structure, from which the reader, the check of keys and the JSON Schema of
//! `distretto check --schema` are made.

use distretto_core::FigureSpec;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A study of Distretto.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StudyFile {
    /// What the study is about.
    pub study: StudySection,
    /// What the report is about; analyses may leave these options out.
    #[serde(default)]
    pub focus: FocusSection,
    /// The data by name.
    #[serde(default)]
    pub data: BTreeMap<String, DataSection>,
    /// The analyses in the order of the report.
    pub analysis: Vec<AnalysisSection>,
    /// What the report holds.
    #[serde(default)]
    pub report: ReportSection,
}

/// What the study is about.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StudySection {
    /// Title of the report.
    pub title: String,
    /// The question that the report answers.
    #[serde(default)]
    pub question: String,
    /// Language of headings, prose and captions.
    #[serde(default)]
    pub language: LanguageWord,
    /// Seed of every random draw.
    #[serde(default = "one")]
    pub seed: u64,
}

fn one() -> u64 {
    1
}

/// Language of headings, prose and captions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum LanguageWord {
    /// English.
    #[default]
    En,
    /// Chinese.
    Zh,
}

/// What the report is about; analyses may leave these options out.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct FocusSection {
    /// Codes of the industry.
    pub industry: Vec<String>,
    /// What the industry is called.
    pub label: Option<String>,
    /// Codes of regions that are highlighted on maps and in tables.
    pub regions: Vec<String>,
    /// Labels of the industry among the sectors of input-output tables, where they differ from its codes.
    pub sector: Vec<String>,
}

/// A file of data.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DataSection {
    /// Path, relative to the study file; its ending chooses the reader.
    pub path: String,
    /// What the file holds.
    pub kind: DataKind,
    /// Standard names of columns and the names they have in the file, as `--col`.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
    /// Whether the table is wide: one row a region, one column an industry.
    #[serde(default)]
    pub wide: bool,
    /// Sheet of an `.xlsx` file; default the first.
    #[serde(default)]
    pub sheet: Option<String>,
    /// Where the data come from, as the report shall say.
    #[serde(default)]
    pub source: Option<String>,
    /// The licence under which they are used.
    #[serde(default)]
    pub licence: Option<String>,
    /// What a reader should know of them: what was dropped, estimated or changed.
    #[serde(default)]
    pub note: Option<String>,
    /// The first digits, eight at least, of the SHA-256 of the file for which the texts of the study were written: the
    /// report marks them when the file is another.
    #[serde(default)]
    pub sha256: Option<String>,
}

/// What a file of data holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DataKind {
    /// Values by region and industry.
    Areas,
    /// Plants as points.
    Plants,
    /// A matrix with labels.
    Matrix,
    /// Links between nodes.
    Links,
    /// Nodes and their attributes.
    Nodes,
    /// Units and their indicators.
    Indicators,
    /// Firms over years.
    Panel,
    /// Outlines of regions, or a table of their names, points and attributes.
    Regions,
    /// A TOML file that a command takes: a game, a scenario, an indicator tree. The files that it names are found
    /// relative to it.
    Document,
    /// Any other table.
    Table,
}

/// An analysis: the two words of a command, its inputs and its options.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnalysisSection {
    /// Names its outputs and its place in the report.
    pub id: String,
    /// The two words of the command, `measure lq`.
    pub run: String,
    /// Data by name, or a table of an earlier result, `lq:cells`.
    #[serde(default)]
    pub input: Vec<String>,
    /// Options under the names of the flags, with `-` or `_`.
    #[serde(default)]
    pub options: Map<String, Value>,
    /// Heading in the report; default from the catalogue.
    #[serde(default)]
    pub title: Option<String>,
    /// Figures; default chosen by the estimand.
    #[serde(default)]
    pub figure: Option<Vec<FigureSpec>>,
    /// Tables of the result that the report shows; all when absent. Every table is written as CSV.
    #[serde(default)]
    pub tables: Option<Vec<String>>,
    /// Path of words of the author, relative to the study file, put before the findings.
    #[serde(default)]
    pub text: Option<String>,
    /// A sentence for `In brief` in place of the first finding; `{name}` is a number of the summary. Once an analysis has
    /// one, those without are left out there.
    #[serde(default)]
    pub brief: Option<String>,
    /// What the report shows of its tables; default the first ten rows of each.
    #[serde(default)]
    pub show: ShowSection,
}

/// What the report shows of the tables of an analysis; the files hold them whole.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ShowSection {
    /// Most rows of each.
    pub rows: Option<u32>,
    /// Columns in their order; default those for which there is room.
    pub columns: Option<Vec<String>>,
    /// Only rows in which this column says yes.
    pub only: Option<String>,
}

/// What the report holds.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ReportSection {
    /// Identifiers of analyses in the order of the report; default all, in order.
    pub chapters: Option<Vec<String>>,
    /// Formats of the report.
    pub formats: Option<Vec<Format>>,
}

/// A format of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Format {
    /// One self-contained page.
    Html,
}
