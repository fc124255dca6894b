//! The registration table: one row for each estimand, read by every front.

use crate::document::Document;
use crate::fault::Fault;
use crate::figure::FigureSpec;
use crate::map::RegionMap;
use crate::message::Message;
use crate::options::OptionSpec;
use crate::outcome::Outcome;
use crate::table::Table;
use serde_json::{Map, Value};

/// An engine: the first word of a command, its estimands and its words.
#[derive(Debug, Clone, Copy)]
pub struct Engine {
    /// First word of the command.
    pub name: &'static str,
    /// The question it answers.
    pub about: &'static str,
    /// Its estimands in the order of the manual.
    pub estimands: &'static [Estimand],
    /// Message catalogues: pairs of a language (`en`, `zh`) and TOML text.
    pub messages: &'static [(&'static str, &'static str)],
}

/// One row of the registration table: command line, study runner, `distretto list`, server and Python are made from it.
#[derive(Debug, Clone, Copy)]
pub struct Estimand {
    /// First word of the command.
    pub engine: &'static str,
    /// Second word of the command.
    pub name: &'static str,
    /// One line for `distretto list`.
    pub about: &'static str,
    /// Page of the manual, under `docs/theory/`, without `.md`.
    pub chapter: &'static str,
    /// Raised when the numbers may change; part of the key under which a study keeps results.
    pub revision: u32,
    /// The data it takes.
    pub inputs: &'static [Input],
    /// Its options; see [`option_specs`](crate::option_specs).
    pub options: fn() -> Vec<OptionSpec>,
    /// Which columns it wants of the inputs that are given.
    pub plan: Plan,
    /// The computation.
    pub run: Compute,
    /// The findings in words, from the numbers of the outcome alone.
    pub findings: fn(&Outcome, &Focus) -> Vec<Message>,
    /// The default figures.
    pub figures: fn(&Outcome) -> Vec<FigureSpec>,
}

impl Estimand {
    /// The two words, `measure lq`.
    #[must_use]
    pub fn command(&self) -> String {
        format!("{} {}", self.engine, self.name)
    }
}

/// Option values by name, as a front hands them over; see [`parse_options`](crate::parse_options).
pub type OptionValues = Map<String, Value>;

/// Names of the inputs that the user gave.
pub type Given = [String];

/// Option values and the names of the given inputs to the columns that are wanted of them.
pub type Plan = fn(&OptionValues, &Given) -> Result<Vec<TableSpec>, Fault>;

/// Inputs and option values to the result.
pub type Compute = fn(&Inputs, &OptionValues, &Context) -> Result<Outcome, Fault>;

/// What an estimand is told about the question of a study; all empty on the command line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Focus {
    /// Codes of the industry in question.
    pub industries: Vec<String>,
    /// What the industry is called.
    pub label: Option<String>,
    /// Codes of the regions that are highlighted.
    pub regions: Vec<String>,
}

/// An input of an estimand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Input {
    /// Its name: the flag, the key in a study, the key in [`Inputs`].
    pub name: &'static str,
    /// What it holds.
    pub kind: InputKind,
    /// How it is given on the command line.
    pub place: Place,
    /// Whether the estimand needs it.
    pub required: bool,
    /// One line of help.
    pub help: &'static str,
}

impl Input {
    /// A table.
    #[must_use]
    pub const fn table(name: &'static str, place: Place, required: bool, help: &'static str) -> Self {
        Self { name, kind: InputKind::Table, place, required, help }
    }
}

/// What an input holds, and so how it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputKind {
    /// A table; CSV, XLSX or Parquet.
    Table,
    /// Spatial weights: a links table, `.gal` or `.gwt`. Read as a table `source`, `target`, `weight`; a region
    /// that the file lists without neighbours is a row with a missing target.
    Weights,
    /// Outlines: GeoJSON or TopoJSON.
    Map,
    /// A TOML file. The key paths are those at which the name of a table may stand (`*` for every item of a list);
    /// each such file is read relative to the folder of the document and put among the inputs under its key path.
    /// An option `set` of the estimand, a list of `PATH=VALUE`, overrides values before files are read.
    Document(&'static [&'static str]),
    /// A table, or such a document where the file ends in `.toml`.
    TableOrDocument(&'static [&'static str]),
}

/// How an input is given on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// By its position.
    Positional,
    /// By its position after all others; as many files as there are. See [`Inputs::tables`].
    Rest,
    /// By a flag of its name.
    Flag,
    /// By a flag of its name, unless the value begins with one of these words: then it is an option of that name.
    FlagUnless(&'static [&'static str]),
}

impl Place {
    /// Whether it is given by its position, alone or as one of several.
    #[must_use]
    pub fn is_positional(self) -> bool {
        matches!(self, Self::Positional | Self::Rest)
    }
}

/// The columns that an estimand wants of one input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSpec {
    /// Name of the input.
    pub input: String,
    /// The columns.
    pub columns: Vec<Column>,
    /// Columns that together name a row: a second row of the same names is an error.
    pub unique: Vec<String>,
    /// Set when a wide table, one column an industry, may stand for the long one.
    pub long: Option<LongForm>,
    /// Set when every other column of the file is wanted too, whatever its name, each cell of this kind.
    pub others: Option<ColumnKind>,
    /// Set when the table is a matrix, whose first column names the rows.
    pub matrix: Option<MatrixForm>,
    /// Whether the file may hold its header alone.
    pub bare: bool,
    /// Whether the file must have one of the columns at least, although it may lack each.
    pub some: bool,
}

impl TableSpec {
    /// No column yet.
    #[must_use]
    pub fn new(input: &str) -> Self {
        Self {
            input: input.to_owned(),
            columns: Vec::new(),
            unique: Vec::new(),
            long: None,
            others: None,
            matrix: None,
            bare: false,
            some: false,
        }
    }

    /// Wants a column.
    #[must_use]
    pub fn need(mut self, name: &str, kind: ColumnKind) -> Self {
        self.columns.push(Column { name: name.to_owned(), kind, required: true });
        self
    }

    /// Takes a column where there is one.
    #[must_use]
    pub fn take(mut self, name: &str, kind: ColumnKind) -> Self {
        self.columns.push(Column { name: name.to_owned(), kind, required: false });
        self
    }

    /// Rows are named by these columns together.
    #[must_use]
    pub fn unique(mut self, columns: &[&str]) -> Self {
        self.unique = columns.iter().map(|&name| name.to_owned()).collect();
        self
    }

    /// Takes every other column of the file under the name it has there, in the order of the file.
    #[must_use]
    pub fn and_others(mut self, kind: ColumnKind) -> Self {
        self.others = Some(kind);
        self
    }

    /// A matrix: the first column, whatever its header, holds the labels of the rows and is called `rows`. Every other
    /// column is taken with [`and_others`](Self::and_others); its header may repeat the label of a row, and may be
    /// any but `rows`. `standard` are names that `--col` may give to a row or a column.
    #[must_use]
    pub fn matrix(mut self, rows: &str, standard: &[&str]) -> Self {
        let standard = standard.iter().map(|&name| name.to_owned()).collect();
        self.matrix = Some(MatrixForm { rows: rows.to_owned(), standard });
        self
    }

    /// The file may hold its header alone.
    #[must_use]
    pub fn may_be_bare(mut self) -> Self {
        self.bare = true;
        self
    }

    /// The file must have one of the columns at least, although it may lack each.
    #[must_use]
    pub fn need_some(mut self) -> Self {
        self.some = true;
        self
    }

    /// A wide table may stand for it: headers become `key`, cells become `value`.
    #[must_use]
    pub fn or_wide(mut self, key: &str, value: &str) -> Self {
        self.long = Some(LongForm { key: key.to_owned(), value: value.to_owned() });
        self
    }
}

/// How the rows of a matrix are named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatrixForm {
    /// The name that the first column takes, whatever its header; its cells are labels.
    pub rows: String,
    /// Standard names that may stand for a row or a column. The reader leaves rows and columns the names they have
    /// and tells the name that the user gave for a standard one in [`Origin::renamed`](crate::Origin::renamed).
    pub standard: Vec<String>,
}

/// How a wide table becomes a long one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LongForm {
    /// Column that receives the headers.
    pub key: String,
    /// Column that receives the cells.
    pub value: String,
}

/// A column that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its standard name, or the one the user named.
    pub name: String,
    /// What its cells must be.
    pub kind: ColumnKind,
    /// Whether its absence is an error.
    pub required: bool,
}

/// What the cells of a column must be; an empty cell is missing, except that a label must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// A code or name, as text; never empty.
    Label,
    /// A code or name, as text; may be empty.
    Word,
    /// A finite number.
    Number,
    /// A number of 0 or more, or an interval `low..high` of such.
    Amount,
    /// A number of 0 or more.
    NonNegative,
    /// A number above 0.
    Positive,
    /// A finite number, or a fraction of two such as `1/3`.
    Ratio,
    /// A whole number.
    Integer,
    /// A longitude in degrees, -360 to 360.
    Longitude,
    /// A latitude in degrees, -90 to 90.
    Latitude,
    /// Numbers where every cell of the column is one or is empty, words else.
    Any,
}

/// The inputs of a computation, read and typed, by name.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    items: Vec<(String, InputData)>,
}

/// One input, read.
#[derive(Debug, Clone, PartialEq)]
pub enum InputData {
    /// A table.
    Table(Table),
    /// Outlines.
    Map(RegionMap),
    /// A TOML file.
    Document(Document),
}

impl Inputs {
    /// Adds an input.
    #[must_use]
    pub fn with(mut self, name: &str, data: InputData) -> Self {
        self.items.push((name.to_owned(), data));
        self
    }

    /// Adds an input that is a table.
    #[must_use]
    pub fn with_table(self, name: &str, table: Table) -> Self {
        self.with(name, InputData::Table(table))
    }

    /// The table of that name, when it was given.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.items.iter().find_map(|(key, data)| match data {
            InputData::Table(table) if key == name => Some(table),
            _ => None,
        })
    }

    /// All tables of that name in the order in which they were given; see [`Place::Rest`].
    pub fn tables<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Table> {
        self.items.iter().filter_map(move |(key, data)| match data {
            InputData::Table(table) if key == name => Some(table),
            _ => None,
        })
    }

    /// The outlines of that name, when they were given.
    #[must_use]
    pub fn map(&self, name: &str) -> Option<&RegionMap> {
        self.items.iter().find_map(|(key, data)| match data {
            InputData::Map(map) if key == name => Some(map),
            _ => None,
        })
    }

    /// The document of that name, when it was given.
    #[must_use]
    pub fn document(&self, name: &str) -> Option<&Document> {
        self.items.iter().find_map(|(key, data)| match data {
            InputData::Document(document) if key == name => Some(document),
            _ => None,
        })
    }

    /// The table of that name.
    ///
    /// # Errors
    /// When it was not given.
    pub fn need(&self, name: &str) -> Result<&Table, Fault> {
        self.table(name).ok_or_else(|| Fault::option(format!("the input `{name}` is needed")))
    }
}

/// What a computation may use besides its data and options. Threads are not among it: they never change a result.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Seed of every random draw.
    pub seed: u64,
    /// Told how far the computation is, and asked whether to go on.
    pub progress: &'a dyn Progress,
}

impl std::fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").field("seed", &self.seed).finish_non_exhaustive()
    }
}

/// How a long computation speaks to the front that called it.
pub trait Progress: Sync {
    /// A step of so many units of work begins.
    fn begin(&self, step: &str, units: u64);
    /// So many units more are done.
    fn advance(&self, units: u64);
    /// Whether the user wants to stop.
    fn cancelled(&self) -> bool {
        false
    }
}

/// Says nothing and never stops.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _step: &str, _units: u64) {}
    fn advance(&self, _units: u64) {}
}

impl Context<'static> {
    /// A context with a seed, without anyone to tell.
    #[must_use]
    pub fn with_seed(seed: u64) -> Self {
        Self { seed, progress: &Silent }
    }
}
