//! The command line of Distretto: arguments → request → answer → printer. No economics here.

mod arguments;
mod commands;
mod ending;
mod output;
mod progress;

use clap::ArgMatches;
use ending::Ending;
use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<std::ffi::OsString> = std::env::args_os().collect();
    let matches = match arguments::command(distretto_study::registry()).try_get_matches_from(&words) {
        Ok(matches) => matches,
        Err(error) => return refuse(&error, &words),
    };
    match dispatch(&matches) {
        Ok(()) => ExitCode::SUCCESS,
        Err(ending) => ending.close(wants_json(&words)),
    }
}

fn dispatch(matches: &ArgMatches) -> Result<(), Ending> {
    let engines = distretto_study::registry();
    let Some((word, matches)) = matches.subcommand() else {
        return Err(Ending::usage("a command is needed", "distretto --help lists them"));
    };
    match word {
        "new" => commands::new::execute(matches),
        "check" => commands::check::execute(matches),
        "run" => commands::run::execute(matches),
        "list" => commands::list::execute(engines, matches),
        engine => commands::compute::execute(engine, matches),
    }
}

/// Help and the version are printed and end well; a wrong command line ends with status 2.
fn refuse(error: &clap::Error, words: &[std::ffi::OsString]) -> ExitCode {
    let asked = !error.use_stderr();
    if asked {
        // A closed pipe is no reason to complain.
        let _ = error.print();
    } else {
        ending::say(error.to_string().replace("\n  tip: ", "\nhint: ").trim_end());
    }
    if !asked && wants_json(words) {
        let text = error.to_string();
        let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
        ending::say(&serde_json::json!({ "error": { "kind": "usage", "message": message } }).to_string());
    }
    if asked { ExitCode::SUCCESS } else { ExitCode::from(2) }
}

/// Looked up in the words themselves: an error in the arguments must be told as JSON too.
fn wants_json(words: &[std::ffi::OsString]) -> bool {
    let pairs = words.windows(2).any(|pair| pair[0] == "--format" && pair[1] == "json");
    pairs || words.iter().any(|word| word == "--format=json")
}
