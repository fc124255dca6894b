//! `distretto new`: a study to start from.

use crate::ending::{Ending, say};
use clap::{Arg, ArgMatches, Command, ValueHint};
use distretto_study::{TEMPLATES, begin};
use std::path::Path;

pub fn arguments() -> Command {
    let names = TEMPLATES.iter().map(|template| format!("{}: {}", template.name, template.about));
    let first = TEMPLATES.first().map_or("", |template| template.name);
    let help = format!("What it starts from [default: {first}]\n{}", names.collect::<Vec<_>>().join("\n"));
    Command::new("new")
        .about("Start a study: a commented study.toml that runs as it is, with real data beside it")
        .arg(
            Arg::new("dir")
                .value_name("DIR")
                .required(true)
                .value_hint(ValueHint::DirPath)
                .help("Folder, empty or not there yet"),
        )
        .arg(
            Arg::new("template")
                .long("template")
                .value_name("NAME")
                .default_value(first)
                .hide_default_value(true)
                .help(help),
        )
        .arg(Arg::new("quiet").long("quiet").action(clap::ArgAction::SetTrue).help("Say nothing but errors"))
}

pub fn execute(matches: &ArgMatches) -> Result<(), Ending> {
    let text = |name: &str| matches.get_one::<String>(name).map_or("", String::as_str);
    begin(Path::new(text("dir")), text("template"))?;
    if !matches.get_flag("quiet") {
        say(&format!("wrote {0}/study.toml; next: distretto run {0}/study.toml", text("dir").trim_end_matches('/')));
    }
    Ok(())
}
