//! An outcome onto standard output or into a file, in the format that was asked for.

use crate::ending::Ending;
use clap::ArgMatches;
use distretto_core::{Fault, FaultKind, Outcome, Scalar, Table, Text, Values, nearest};
use distretto_data::{write_atomically_with, write_parquet, write_xlsx};
use distretto_report::{Catalogue, Language, Names, TextOptions, text, write_csv, write_json, write_markdown};
use distretto_study::{Request, catalogue};
use std::borrow::Cow;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Table,
    Csv,
    Json,
    Markdown,
    Parquet,
    Xlsx,
}

/// What the user wants to see, and where.
#[derive(Debug)]
pub struct Print {
    format: Format,
    table: Option<String>,
    out: Option<PathBuf>,
    language: Language,
}

impl Print {
    /// Reads `--format`, `--table`, `--out` and `--lang`.
    pub fn of(matches: &ArgMatches) -> Result<Self, Ending> {
        let out = matches.get_one::<String>("out").map(PathBuf::from);
        let format = match (matches.get_one::<String>("format"), &out) {
            (Some(word), _) => named(word),
            (None, Some(path)) => by_ending(path)?,
            (None, None) => Format::Table,
        };
        if let Some(path) = &out {
            folder_exists(path)?;
        }
        Ok(Self { format, table: matches.get_one::<String>("table").cloned(), out, language: language(matches) })
    }

    /// Refuses to write the result over a file that it is made from: one of the inputs, or a table that a document
    /// among them names.
    pub fn spare_inputs(&self, request: &Request<'_>) -> Result<(), Ending> {
        let Some(path) = &self.out else { return Ok(()) };
        // What is not there yet is no input.
        let Ok(out) = path.canonicalize() else { return Ok(()) };
        // A document that cannot be read is told where it is read.
        let named = request.named_files().unwrap_or_default();
        let same = |file: &Path| file.canonicalize().is_ok_and(|file| file == out);
        if request.inputs.iter().chain(&named).any(|input| same(&input.path)) {
            return Err(Ending::usage(
                format!("--out {} would overwrite an input of this command", path.display()),
                "write the result into another file",
            ));
        }
        Ok(())
    }

    /// Writes the outcome; its warnings go to standard error where the format has no place for them.
    pub fn outcome(&self, outcome: &Outcome) -> Result<(), Ending> {
        let catalogue = catalogue(self.language).for_outcome(outcome);
        let chosen = self.chosen(outcome)?;
        if !matches!(self.format, Format::Json | Format::Table) {
            for warning in &outcome.warnings {
                crate::ending::say(&format!("warning: {}", catalogue.say(warning, &Names::default())));
            }
        }
        let write = |out: &mut dyn Write| self.write(outcome, chosen.as_ref(), &catalogue, out);
        match &self.out {
            None => to_stdout(write),
            Some(path) => Ok(write_atomically_with(path, write)?),
        }
    }

    /// The table that is printed alone; `None` where the format holds all of them.
    fn chosen<'a>(&self, outcome: &'a Outcome) -> Result<Option<(String, Cow<'a, Table>)>, Ending> {
        let one = matches!(self.format, Format::Csv | Format::Markdown | Format::Parquet);
        let found = |(name, table): &'a (String, Table)| (name.clone(), Cow::Borrowed(table));
        let summary = || ("summary".to_owned(), Cow::Owned(summary_table(outcome)));
        match &self.table {
            None if one => Ok(Some(outcome.tables.first().map_or_else(summary, found))),
            None => Ok(None),
            Some(wanted) => {
                if let Some(pair) = outcome.tables.iter().find(|(name, _)| name == wanted) {
                    return Ok(Some(found(pair)));
                }
                if wanted == "summary" {
                    return Ok(Some(summary()));
                }
                Err(no_table(outcome, wanted).into())
            }
        }
    }

    fn write(
        &self,
        outcome: &Outcome,
        chosen: Option<&(String, Cow<'_, Table>)>,
        catalogue: &Catalogue,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let table = chosen.map(|(_, table)| table.as_ref());
        match (self.format, table) {
            (Format::Json, _) => write_json(outcome, catalogue, out),
            (Format::Csv, Some(table)) => write_csv(table, out),
            (Format::Markdown, Some(table)) => {
                let name = chosen.map_or("table", |(name, _)| name.as_str());
                write_markdown(name, table, catalogue, &Names::default(), out)
            }
            (Format::Parquet, Some(table)) => write_parquet(table, out),
            (Format::Xlsx, Some(table)) => {
                let name = chosen.map_or("table", |(name, _)| name.as_str());
                write_xlsx(&[(name.to_owned(), table)], out)
            }
            (Format::Xlsx, None) => {
                let summary = summary_table(outcome);
                let tables = outcome.tables.iter().map(|(name, table)| (name.clone(), table));
                let sheets: Vec<(String, &Table)> = tables.chain([("summary".to_owned(), &summary)]).collect();
                write_xlsx(&sheets, out)
            }
            _ => {
                let options = TextOptions { table: self.table.clone(), ..TextOptions::default() };
                out.write_all(text(outcome, catalogue, &Names::default(), &options).as_bytes())
            }
        }
    }
}

/// Writes onto standard output. A reader that went away is no fault of the input.
pub fn to_stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Ending> {
    let mut out = BufWriter::new(io::stdout().lock());
    let written = write(&mut out).and_then(|()| out.flush());
    match written {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Ending::Unheard),
        Err(error) => Err(Fault::new(FaultKind::File, format!("standard output cannot be written: {error}")).into()),
    }
}

/// The language that `--lang` names; English without it.
pub fn language(matches: &ArgMatches) -> Language {
    let code = matches.get_one::<String>("lang").map_or("en", String::as_str);
    Language::from_code(code).unwrap_or_default()
}

/// Told before anything is computed.
fn folder_exists(path: &Path) -> Result<(), Fault> {
    let shown = path.display().to_string();
    if path.is_dir() {
        return Err(Fault::new(FaultKind::File, "this is a folder, not a file").in_file(shown));
    }
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            let fault = Fault::new(FaultKind::File, format!("there is no folder {}", folder.display())).in_file(shown);
            Err(fault.with_hint("make the folder first, or write elsewhere"))
        }
        _ => Ok(()),
    }
}

fn named(word: &str) -> Format {
    match word {
        "csv" => Format::Csv,
        "json" => Format::Json,
        "markdown" => Format::Markdown,
        _ => Format::Table,
    }
}

fn by_ending(path: &Path) -> Result<Format, Ending> {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
    match ending.as_str() {
        "csv" => Ok(Format::Csv),
        "json" => Ok(Format::Json),
        "md" => Ok(Format::Markdown),
        "parquet" => Ok(Format::Parquet),
        "xlsx" => Ok(Format::Xlsx),
        _ => Err(Ending::usage(
            format!("the ending of {} names no format", path.display()),
            "use .csv, .json, .md, .parquet or .xlsx, or add --format",
        )),
    }
}

fn no_table(outcome: &Outcome, wanted: &str) -> Fault {
    let known: Vec<&str> = outcome.tables.iter().map(|(name, _)| name.as_str()).chain(["summary"]).collect();
    let hint = match nearest(wanted, &known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("its tables: {}", known.join(", ")),
    };
    Fault::option(format!("`{}` gives no table `{wanted}`", outcome.command)).with_value(wanted).with_hint(hint)
}

/// The scalars as a table of one row each, for formats that hold only tables.
fn summary_table(outcome: &Outcome) -> Table {
    let names: Text = outcome.summary.iter().map(|(name, _)| Some(name.as_str())).collect();
    let numbers = outcome.summary.iter().map(|(_, scalar)| match scalar {
        Scalar::Number(value) => *value,
        Scalar::Text(_) | Scalar::Flag(_) => f64::NAN,
    });
    let words = outcome.summary.iter().map(|(_, scalar)| match scalar {
        Scalar::Number(_) => None,
        Scalar::Text(word) => Some(word.clone()),
        Scalar::Flag(flag) => Some(flag.to_string()),
    });
    let words: Text = words.collect();
    let table = Table::empty().with_text("name", names).with_numbers("value", numbers.collect());
    if words.labels().is_empty() { table } else { table.with("word", Values::Text(words)) }
}
