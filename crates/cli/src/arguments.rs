//! The command line, made from the registration table: one subcommand for each engine, within it one for each
//! estimand, whose flags are its inputs and options.

use crate::commands::{check, list, new, run};
use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Arg, ArgAction, Command, ValueHint, value_parser};
use distretto_core::{Engine, Estimand, Input, OptionKind, OptionSpec, Place};
use serde_json::Value;

/// Heading of the options that every computing command takes.
const COMMON: &str = "Output and running";
/// Heading of the options that say how columns are found.
const READING: &str = "Reading";
/// Lines are wrapped here at the latest, so that help reads alike on every wide terminal.
const WIDTH: usize = 110;

/// The whole command line.
pub fn command(engines: &[Engine]) -> Command {
    let root = Command::new("distretto")
        .version(env!("CARGO_PKG_VERSION"))
        .about("An open laboratory for industrial clusters: from data to a report worth reading")
        .max_term_width(WIDTH)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommand(new::arguments())
        .subcommand(check::arguments())
        .subcommand(run::arguments());
    engines.iter().fold(root, |root, engine| root.subcommand(engine_command(engine))).subcommand(list::arguments())
}

fn engine_command(engine: &Engine) -> Command {
    let command = Command::new(engine.name)
        .about(engine.about)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommand_value_name("ESTIMAND")
        .subcommand_help_heading("Estimands");
    engine.estimands.iter().fold(command, |command, estimand| command.subcommand(estimand_command(estimand)))
}

fn estimand_command(estimand: &Estimand) -> Command {
    let specs = (estimand.options)();
    let after = format!("Formula, conventions and sources: docs/theory/{}.md", estimand.chapter);
    let command = Command::new(estimand.name).about(estimand.about).after_help(after);
    let command = command.args(estimand.inputs.iter().map(|input| input_argument(input, &specs)));
    let own = specs.iter().filter(|spec| !estimand.inputs.iter().any(|input| input.name == spec.name));
    command.args(own.map(option_argument)).args(reading(estimand)).args(common())
}

/// The argument id of an input; options have another, for an option may bear the name of an input.
pub fn input_id(name: &str) -> String {
    format!("input {name}")
}

/// The argument id of an option.
pub fn option_id(name: &str) -> String {
    format!("option {name}")
}

fn input_argument(input: &Input, specs: &[OptionSpec]) -> Arg {
    let arg = Arg::new(input_id(input.name)).help(input.help).required(input.required);
    match input.place {
        Place::Positional => arg.value_name(input.name.to_uppercase()).value_hint(ValueHint::FilePath),
        Place::Rest => arg
            .value_name(input.name.to_uppercase())
            .value_hint(ValueHint::FilePath)
            .num_args(usize::from(input.required)..),
        Place::Flag => arg.long(flag(input.name)).value_name("FILE").value_hint(ValueHint::FilePath),
        Place::FlagUnless(words) => {
            let twin = specs.iter().find(|spec| spec.name == input.name);
            let mut help = twin.map_or("", |spec| spec.help.as_str()).to_owned();
            if help.is_empty() {
                help = input.help.to_owned();
            }
            arg.long(flag(input.name)).value_name(format!("{}|FILE", words.join("|"))).help(help)
        }
    }
}

fn option_argument(spec: &OptionSpec) -> Arg {
    let arg = Arg::new(option_id(&spec.name)).long(flag(&spec.name)).help(help(spec));
    match &spec.kind {
        OptionKind::Flag => arg
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true")
            .value_parser(["true", "false"])
            .hide_possible_values(true)
            .value_name("true|false"),
        OptionKind::List(item) if spec.is_repeated() => scalar(arg, item, spec).action(ArgAction::Append),
        OptionKind::List(item) => scalar(arg, item, spec)
            .action(ArgAction::Append)
            .value_delimiter(',')
            .allow_hyphen_values(matches!(**item, OptionKind::Integer | OptionKind::Number)),
        kind => scalar(arg, kind, spec),
    }
}

fn scalar(arg: Arg, kind: &OptionKind, spec: &OptionSpec) -> Arg {
    let word = |word: &String| PossibleValue::new(word.clone()).hide(!spec.takes(word));
    match kind {
        OptionKind::Integer => arg.value_name("N").allow_negative_numbers(true).value_parser(integer),
        OptionKind::Number => arg.value_name("NUMBER").allow_negative_numbers(true).value_parser(finite),
        OptionKind::Choice(words) => {
            arg.value_name("WORD").value_parser(PossibleValuesParser::new(words.iter().map(word)))
        }
        _ => arg.value_name(spec.name.to_uppercase()).allow_negative_numbers(true).value_parser(filled),
    }
}

fn finite(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        _ => Err("it must be a number".to_owned()),
    }
}

fn integer(text: &str) -> Result<i64, String> {
    text.trim().parse().map_err(|_| "it must be a whole number".to_owned())
}

fn whole(text: &str) -> Result<u64, String> {
    text.trim().parse().map_err(|_| "it must be a whole number of 0 or more".to_owned())
}

fn filled(text: &str) -> Result<String, String> {
    if text.trim().is_empty() { Err("it must not be empty".to_owned()) } else { Ok(text.to_owned()) }
}

fn flag(name: &str) -> String {
    name.replace('_', "-")
}

fn help(spec: &OptionSpec) -> String {
    let default = match &spec.default {
        Value::Null | Value::Bool(false) => None,
        Value::Array(items) if items.is_empty() => None,
        Value::Array(items) => Some(items.iter().map(plain).collect::<Vec<_>>().join(",")),
        value => Some(plain(value)).filter(|text| !text.is_empty()),
    };
    match default {
        Some(default) => format!("{} [default: {default}]", spec.help.trim_end()),
        None => spec.help.clone(),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Plants are never a wide table, and their columns have names of their own.
fn reading(estimand: &Estimand) -> Vec<Arg> {
    let plants = estimand.inputs.first().is_some_and(|input| input.name == "plants");
    let example = if plants { "size=jobs" } else { "region=cbsa" };
    vec![
        Arg::new("col")
            .long("col")
            .value_name("STANDARD=NAME")
            .action(ArgAction::Append)
            .value_parser(rename)
            .help(format!("The column that stands for a standard one, say {example}; may be repeated"))
            .help_heading(READING),
        Arg::new("wide")
            .long("wide")
            .action(ArgAction::SetTrue)
            .hide(plants)
            .help("The table is wide: one row a region, one column an industry")
            .help_heading(READING),
        Arg::new("sheet")
            .long("sheet")
            .value_name("NAME")
            .help("Sheet of an .xlsx file [default: the first]")
            .help_heading(READING),
    ]
}

fn rename(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((standard, name)) if !standard.is_empty() && !name.is_empty() => {
            Ok((standard.to_owned(), name.to_owned()))
        }
        _ => Err("it must read STANDARD=NAME, say region=cbsa".to_owned()),
    }
}

fn common() -> Vec<Arg> {
    let heading = |arg: Arg| arg.help_heading(COMMON);
    let mut args = vec![
        Arg::new("format")
            .long("format")
            .value_name("FORMAT")
            .value_parser(["table", "csv", "json", "markdown"])
            .help("table for eyes, json for programs; csv and markdown print one table [default: table]"),
        Arg::new("table").long("table").value_name("NAME").help("The table that is printed [default: the first]"),
        Arg::new("out")
            .long("out")
            .value_name("FILE")
            .value_hint(ValueHint::FilePath)
            .help("Write there instead; the ending .csv .json .md .parquet .xlsx sets the format"),
        seed().default_value("1"),
    ];
    args.extend(running());
    args.into_iter().map(heading).collect()
}

/// `--seed`.
pub fn seed() -> Arg {
    Arg::new("seed")
        .long("seed")
        .value_name("N")
        .allow_negative_numbers(true)
        .value_parser(whole)
        .help("Seed of every random draw")
}

/// The options of everything that runs for a while.
pub fn running() -> Vec<Arg> {
    vec![
        Arg::new("threads")
            .long("threads")
            .value_name("N")
            .value_parser(value_parser!(u16).range(1..))
            .help("Worker threads; never changes a result [default: all]"),
        Arg::new("quiet")
            .long("quiet")
            .action(ArgAction::SetTrue)
            .help("No progress bar, no word on what is done; only warnings and errors"),
        Arg::new("no-progress").long("no-progress").action(ArgAction::SetTrue).help("Draw no progress bar"),
        Arg::new("lang")
            .long("lang")
            .value_name("LANGUAGE")
            .value_parser(["en", "zh"])
            .help("Language of headings and messages; column names in JSON and CSV never change [default: en]"),
    ]
}
