//! `distretto list`: every estimand, one line each.

use crate::ending::Ending;
use crate::output::to_stdout;
use clap::{Arg, ArgMatches, Command};
use distretto_core::{Engine, Estimand, InputKind, OptionKind, OptionSpec, Place};
use serde_json::{Value, json};
use std::io::Write;

pub fn arguments() -> Command {
    Command::new("list").about("List every estimand, one line each").arg(
        Arg::new("format")
            .long("format")
            .value_name("FORMAT")
            .value_parser(["table", "json"])
            .help("table for eyes, json for programs [default: table]"),
    )
}

pub fn execute(engines: &[Engine], matches: &ArgMatches) -> Result<(), Ending> {
    let json = matches.get_one::<String>("format").is_some_and(|format| format == "json");
    to_stdout(|out| if json { write_json(engines, out) } else { write_lines(engines, out) })
}

fn write_lines(engines: &[Engine], out: &mut dyn Write) -> std::io::Result<()> {
    let rows = || engines.iter().flat_map(|engine| engine.estimands);
    let width = rows().map(|row| row.command().len()).max().unwrap_or(0);
    for row in rows() {
        writeln!(out, "{:width$}  {}", row.command(), row.about)?;
    }
    Ok(())
}

fn write_json(engines: &[Engine], out: &mut dyn Write) -> std::io::Result<()> {
    let rows: Vec<Value> = engines.iter().flat_map(|engine| engine.estimands).map(describe).collect();
    serde_json::to_writer_pretty(&mut *out, &rows)?;
    writeln!(out)
}

fn describe(row: &Estimand) -> Value {
    let inputs: Vec<Value> = row.inputs.iter().map(|input| {
        let kind = match input.kind {
            InputKind::Table => "table",
            InputKind::Weights => "weights",
            InputKind::Map => "map",
            InputKind::Document(_) => "document",
            InputKind::TableOrDocument(_) => "table or document",
        };
        let positional = input.place.is_positional();
        json!({ "name": input.name, "kind": kind, "positional": positional, "repeated": input.place == Place::Rest, "required": input.required, "about": input.help })
    }).collect();
    let options: Vec<Value> = (row.options)().iter().map(describe_option).collect();
    json!({
        "command": row.command(), "engine": row.engine, "estimand": row.name, "about": row.about,
        "chapter": row.chapter, "inputs": inputs, "options": options,
    })
}

fn describe_option(spec: &OptionSpec) -> Value {
    let (kind, words) = kind_and_words(&spec.kind);
    let mut value = json!({ "name": spec.name, "kind": kind, "default": spec.default, "about": spec.help });
    if let Some(words) = words {
        value["allowed"] = words.iter().filter(|word| spec.takes(word)).cloned().collect();
    }
    value
}

fn kind_and_words(kind: &OptionKind) -> (String, Option<&[String]>) {
    match kind {
        OptionKind::Flag => ("flag".into(), None),
        OptionKind::Integer => ("integer".into(), None),
        OptionKind::Number => ("number".into(), None),
        OptionKind::Text => ("text".into(), None),
        OptionKind::Choice(words) => ("choice".into(), Some(words)),
        OptionKind::List(item) => {
            let (item, words) = kind_and_words(item);
            (format!("list of {item}"), words)
        }
    }
}
