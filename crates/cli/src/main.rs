//! The command line of Distretto: arguments → request → answer → printer. No economics here.

mod arguments;
mod commands;
mod ending;
mod output;
mod progress;

use clap::ArgMatches;
use ending::Ending;
use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    let words = joined(std::env::args_os().collect());
    let matches = match arguments::command(distretto_study::registry()).try_get_matches_from(&words) {
        Ok(matches) => matches,
        Err(error) => return refuse(&error, &words),
    };
    match dispatch(&matches) {
        Ok(()) => ExitCode::SUCCESS,
        Err(ending) => ending.close(wants_json(&words)),
    }
}

/// Ranges may begin with a minus: `--r -5:10:1` is read as `--r=-5:10:1`. A single negative number needs no such help.
fn joined(words: Vec<OsString>) -> Vec<OsString> {
    let mut out: Vec<OsString> = Vec::with_capacity(words.len());
    for word in words {
        let text = word.to_string_lossy();
        let negative =
            text.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit() || c == '.'));
        let range = negative && text.parse::<f64>().is_err();
        let flag = out.last().filter(|last| {
            let last = last.to_string_lossy();
            last.len() > 2 && last.starts_with("--") && !last.contains('=')
        });
        match flag.filter(|_| range).cloned() {
            Some(mut flag) => {
                flag.push("=");
                flag.push(&word);
                out.pop();
                out.push(flag);
            }
            None => out.push(word),
        }
    }
    out
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
fn refuse(error: &clap::Error, words: &[OsString]) -> ExitCode {
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
fn wants_json(words: &[OsString]) -> bool {
    let pairs = words.windows(2).any(|pair| pair[0] == "--format" && pair[1] == "json");
    pairs || words.iter().any(|word| word == "--format=json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_may_begin_with_a_minus() {
        let read = |line: &str| {
            let words = joined(line.split(' ').map(OsString::from).collect());
            words.iter().map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(read("kd a.csv --r -5:10:1 --nsim -5"), "kd a.csv --r=-5:10:1 --nsim -5");
        assert_eq!(read("kd -a.csv --quiet --r=1 -5:1"), "kd -a.csv --quiet --r=1 -5:1");
    }
}
