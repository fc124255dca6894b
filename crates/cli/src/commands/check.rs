//! `distretto check`: is the study valid?

use crate::ending::{Ending, say};
use crate::output::to_stdout;
use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint};
use distretto_study::{Study, registry, study_schema};
use std::path::Path;

pub fn arguments() -> Command {
    Command::new("check")
        .about("Is the study valid? Reads everything and begins each analysis, computes nothing long")
        .after_help(
            "Whether a result has the table or column that another analysis takes from it (ID:TABLE, ID:TABLE.COLUMN) \
             shows only when that result is there: distretto run tells it.",
        )
        .arg(study_argument().required_unless_present("schema"))
        .arg(
            Arg::new("schema")
                .long("schema")
                .action(ArgAction::SetTrue)
                .help("Print the JSON Schema of study.toml instead"),
        )
        .arg(
            Arg::new("format")
                .long("format")
                .value_name("FORMAT")
                .value_parser(["table", "json"])
                .help("json: errors as JSON too [default: table]"),
        )
        .arg(Arg::new("quiet").long("quiet").action(ArgAction::SetTrue).help("Say nothing but errors"))
}

/// The path of a study.
pub fn study_argument() -> Arg {
    Arg::new("study").value_name("STUDY.toml").value_hint(ValueHint::FilePath).help("The study")
}

pub fn execute(matches: &ArgMatches) -> Result<(), Ending> {
    if matches.get_flag("schema") {
        return to_stdout(|out| {
            serde_json::to_writer_pretty(&mut *out, &study_schema(registry()))?;
            writeln!(out)
        });
    }
    let study = load(matches)?;
    let checked = study.check().map_err(Ending::Faults)?;
    checked.warnings.iter().for_each(|warning| say(&format!("warning: {warning}")));
    if !matches.get_flag("quiet") {
        for (name, rows) in &checked.files {
            say(&format!("{name}: {rows} rows"));
        }
        say(&format!(
            "{} is valid: {} analyses",
            matches.get_one::<String>("study").map_or("", String::as_str),
            checked.analyses
        ));
    }
    Ok(())
}

/// The study that the command names.
pub fn load(matches: &ArgMatches) -> Result<Study, Ending> {
    let path = matches.get_one::<String>("study").map_or("", String::as_str);
    Study::load(Path::new(path), path, registry()).map_err(Ending::Faults)
}
