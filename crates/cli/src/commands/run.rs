//! `distretto run`: the main job.

use crate::arguments::{running, seed};
use crate::commands::check::{load, study_argument};
use crate::commands::compute::threads;
use crate::ending::{Ending, say};
use crate::output::language;
use crate::progress::Bar;
use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint};
use distretto_core::Progress;
use distretto_study::{Study, Watch};
use std::path::PathBuf;

pub fn arguments() -> Command {
    Command::new("run")
        .about("Run every analysis of a study and write its report")
        .arg(study_argument().required(true))
        .arg(
            Arg::new("out").long("out").value_name("DIR").value_hint(ValueHint::DirPath).help(
                "Folder of the report [default: beside the study, out for study.toml and out.NAME for NAME.toml]",
            ),
        )
        .arg(Arg::new("resume").long("resume").action(ArgAction::SetTrue).help(
            "Go on with a run that was interrupted. Finished results are kept in any case, as long as their inputs, \
             options and code are the same",
        ))
        .arg(
            Arg::new("format")
                .long("format")
                .value_name("FORMAT")
                .value_parser(["table", "json"])
                .help("json: errors as JSON too [default: table]"),
        )
        .arg(seed().help("Seed of every random draw [default: that of the study]"))
        .args(running())
        .mut_arg("lang", |arg| arg.help("Language of the report [default: that of the study]"))
}

pub fn execute(matches: &ArgMatches) -> Result<(), Ending> {
    let study = with_options(load(matches)?, matches);
    threads(matches)?;
    let out = matches.get_one::<String>("out").map_or_else(|| study.out(), PathBuf::from);
    let quiet = matches.get_flag("quiet");
    if matches.get_flag("resume") && !out.is_dir() && !quiet {
        say(&format!("nothing to resume in {}: starting anew", out.display()));
    }
    let ran = {
        let watcher = Watcher { bar: Bar::new(matches), quiet };
        study.run(&out, &watcher)
    };
    let ran = match ran {
        Ok(ran) => ran,
        Err(faults) => {
            if out.join("report.html").exists() && !quiet {
                say(&format!("the report in {} is still that of the earlier run", out.display()));
            }
            return Err(Ending::Faults(faults));
        }
    };
    ran.warnings.iter().for_each(|warning| say(&format!("warning: {warning}")));
    if !quiet {
        say(&format!("{} computed, {} kept: {}", ran.computed, ran.kept, ran.report.display()));
    }
    Ok(())
}

fn with_options(study: Study, matches: &ArgMatches) -> Study {
    let study = match matches.get_one::<u64>("seed") {
        Some(&seed) => study.with_seed(seed),
        None => study,
    };
    if matches.contains_id("lang") && matches.get_one::<String>("lang").is_some() {
        return study.with_language(language(matches));
    }
    study
}

/// Tells of every analysis, and shows the bar of the one in hand.
struct Watcher {
    bar: Bar,
    quiet: bool,
}

impl Watcher {
    fn line(&self, word: &str, id: &str) {
        if !self.quiet {
            self.bar.line(&format!("{word} {id}"));
        }
    }
}

impl Progress for Watcher {
    fn begin(&self, step: &str, units: u64) {
        self.bar.begin(step, units);
    }

    fn advance(&self, units: u64) {
        self.bar.advance(units);
    }
}

impl Watch for Watcher {
    fn computing(&self, id: &str) {
        self.line("computing", id);
    }

    fn kept(&self, id: &str) {
        self.line("kept", id);
    }
}
