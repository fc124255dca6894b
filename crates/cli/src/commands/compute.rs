//! `distretto measure ESTIMAND INPUT…` and its sisters: one estimand, computed and printed.

use crate::arguments::{input_id, option_id};
use crate::ending::Ending;
use crate::output;
use crate::progress::Bar;
use clap::ArgMatches;
use distretto_core::{Estimand, Fault, Input, OptionKind, OptionSpec, OptionValues};
use distretto_data::ReadOptions;
use distretto_study::{GivenInput, Request, find, registry};
use serde_json::{Number, Value};
use std::path::PathBuf;

/// Computes and prints.
pub fn execute(engine: &str, matches: &ArgMatches) -> Result<(), Ending> {
    let (name, matches) = matches.subcommand().ok_or_else(|| Ending::usage("an estimand is needed", "try --help"))?;
    let estimand = find(registry(), engine, name)
        .ok_or_else(|| Ending::usage(format!("no estimand `{engine} {name}`"), "distretto list shows them"))?;
    let print = output::Print::of(matches)?;
    threads(matches)?;
    let request = request(estimand, matches)?;
    request.check_columns()?;
    print.spare_inputs(&request)?;
    let answer = {
        let bar = Bar::new(matches);
        request.answer(&bar)?
    };
    print.outcome(&answer.outcome)
}

/// Sets the number of worker threads, which never changes a result.
pub fn threads(matches: &ArgMatches) -> Result<(), Ending> {
    let Some(&threads) = matches.get_one::<u16>("threads") else {
        return Ok(());
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(usize::from(threads)).build_global();
    pool.map_err(|error| Ending::from(Fault::option(format!("cannot start {threads} threads: {error}"))))
}

fn request<'a>(estimand: &'a Estimand, matches: &ArgMatches) -> Result<Request<'a>, Ending> {
    let specs = (estimand.options)();
    let mut options = OptionValues::new();
    let mut inputs = Vec::new();
    for input in estimand.inputs {
        for text in matches.get_many::<String>(&input_id(input.name)).into_iter().flatten() {
            match as_option(input, text) {
                Some(value) => drop(options.insert(input.name.to_owned(), value)),
                None => inputs.push(file(input, text, matches)),
            }
        }
    }
    let own = specs.iter().filter(|spec| !estimand.inputs.iter().any(|input| input.name == spec.name));
    for spec in own {
        if let Some(value) = option_value(spec, matches) {
            options.insert(spec.name.clone(), value);
        }
    }
    let seed = matches.get_one::<u64>("seed").copied().unwrap_or(1);
    Ok(Request { estimand, inputs, named: Vec::new(), options, seed })
}

/// The value of a flag that names a file unless it begins with certain words, when it does begin with one.
fn as_option(input: &Input, text: &str) -> Option<Value> {
    distretto_study::is_option(input, text).then(|| Value::String(text.to_owned()))
}

fn file(input: &Input, text: &str, matches: &ArgMatches) -> GivenInput {
    let rename = matches.get_many::<(String, String)>("col").into_iter().flatten().cloned().collect();
    let read =
        ReadOptions { rename, wide: matches.get_flag("wide"), sheet: matches.get_one::<String>("sheet").cloned() };
    GivenInput { name: input.name.to_owned(), path: PathBuf::from(text), shown: text.to_owned(), read }
}

fn option_value(spec: &OptionSpec, matches: &ArgMatches) -> Option<Value> {
    let id = option_id(&spec.name);
    match &spec.kind {
        OptionKind::Flag => matches.get_one::<String>(&id).map(|word| Value::Bool(word == "true")),
        OptionKind::List(item) => match **item {
            OptionKind::Integer => Some(matches.get_many::<i64>(&id)?.copied().map(Value::from).collect()),
            OptionKind::Number => Some(matches.get_many::<f64>(&id)?.copied().map(number).collect()),
            _ => Some(matches.get_many::<String>(&id)?.cloned().map(Value::String).collect()),
        },
        OptionKind::Integer => matches.get_one::<i64>(&id).copied().map(Value::from),
        OptionKind::Number => matches.get_one::<f64>(&id).copied().map(number),
        OptionKind::Text | OptionKind::Choice(_) => matches.get_one::<String>(&id).cloned().map(Value::String),
    }
}

fn number(value: f64) -> Value {
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::command;
    use distretto_core::{Engine, Fault, InputKind, Outcome, Place, TableSpec};
    use serde_json::json;

    const INPUTS: &[Input] = &[
        Input { name: "areas", kind: InputKind::Table, place: Place::Positional, required: true, help: "areas" },
        Input {
            name: "near",
            kind: InputKind::Weights,
            place: Place::FlagUnless(&["knn"]),
            required: false,
            help: "near",
        },
        Input { name: "more_rows", kind: InputKind::Table, place: Place::Flag, required: false, help: "more" },
    ];

    fn specs() -> Vec<OptionSpec> {
        let spec = |name: &str, kind: OptionKind| OptionSpec {
            name: name.to_owned(),
            kind,
            default: Value::Null,
            help: format!("about {name}"),
            schema: Value::Null,
        };
        vec![
            spec("near", OptionKind::Text),
            spec("nsim", OptionKind::Integer),
            spec("low", OptionKind::Number),
            spec("r", OptionKind::List(Box::new(OptionKind::Number))),
            spec("industry", OptionKind::List(Box::new(OptionKind::Text))),
            spec("strict", OptionKind::Flag),
            spec("two_words", OptionKind::Choice(vec!["a".into(), "b".into()])),
        ]
    }

    const TOY: Estimand = Estimand {
        engine: "toy",
        name: "sum",
        about: "a sum",
        chapter: "toy",
        revision: 1,
        inputs: INPUTS,
        options: specs,
        plan: |_, _| Ok(vec![TableSpec::new("areas")]),
        run: |_, _, _| Err(Fault::result("nothing")),
        findings: |_: &Outcome, _| Vec::new(),
        figures: |_| Vec::new(),
    };
    #[test]
    fn several_files_stand_for_one_input() {
        const REST: &[Input] =
            &[Input::table("first", Place::Positional, true, "one"), Input::table("others", Place::Rest, true, "more")];
        const SEVERAL: Estimand = Estimand { inputs: REST, ..TOY };
        let engines: &'static [Engine] =
            &[Engine { name: "toy", about: "a toy", estimands: &[SEVERAL], messages: &[] }];
        let words = "distretto toy sum y.csv x1.csv --nsim 9 x2.csv".split(' ');
        let matches = command(engines).try_get_matches_from(words).expect("right");
        let (_, matches) = matches.subcommand().expect("an engine");
        let (_, matches) = matches.subcommand().expect("an estimand");
        let request = request(&SEVERAL, matches).expect("a request");
        let files: Vec<&str> = request.inputs.iter().map(|input| input.shown.as_str()).collect();
        assert_eq!(files, ["y.csv", "x1.csv", "x2.csv"]);
        assert_eq!(request.options_in_full()["others"], json!(["x1.csv", "x2.csv"]));
        assert!(command(engines).try_get_matches_from("distretto toy sum y.csv".split(' ')).is_err());
    }

    const TOYS: &[Engine] = &[Engine { name: "toy", about: "a toy", estimands: &[TOY], messages: &[] }];

    fn parsed(line: &str) -> Result<(OptionValues, Vec<(String, String)>), clap::Error> {
        let words = format!("distretto toy sum {line}");
        let matches = command(TOYS).try_get_matches_from(words.split_whitespace())?;
        let (_, matches) = matches.subcommand().expect("an engine");
        let (_, matches) = matches.subcommand().expect("an estimand");
        let request = request(&TOY, matches).expect("a request");
        let files = request.inputs.iter().map(|input| (input.name.clone(), input.shown.clone()));
        Ok((request.options.clone(), files.collect()))
    }

    fn options(line: &str) -> Value {
        Value::Object(parsed(line).expect("a right command line").0)
    }

    #[test]
    fn flags_become_options_of_their_kind() {
        assert_eq!(options("a.csv"), json!({}), "what is not given keeps its default");
        let all = "a.csv --nsim 99 --low -2.5 --r -1,0,2.5 --industry 01,2 --industry 3 --strict --two-words b";
        let wanted = json!({
            "nsim": 99, "low": -2.5, "r": [-1.0, 0.0, 2.5], "industry": ["01", "2", "3"], "strict": true, "two_words": "b",
        });
        assert_eq!(options(all), wanted);
        assert_eq!(options("a.csv --strict=false --low=-1e-3"), json!({ "strict": false, "low": -0.001 }));
        assert_eq!(options("--strict a.csv"), json!({ "strict": true }), "a flag takes no file for its value");
    }

    #[test]
    fn a_flag_that_begins_with_its_word_is_an_option() {
        let (options, files) = parsed("a.csv --near knn:4 --more-rows b.csv").expect("right");
        assert_eq!(Value::Object(options), json!({ "near": "knn:4" }));
        let pair = |name: &str, file: &str| (name.to_owned(), file.to_owned());
        assert_eq!(files, [pair("areas", "a.csv"), pair("more_rows", "b.csv")]);
        let (options, files) = parsed("a.csv --near knn_weights.csv").expect("right");
        assert!(options.is_empty());
        assert_eq!(files, [pair("areas", "a.csv"), pair("near", "knn_weights.csv")]);
    }

    #[test]
    fn wrong_values_are_refused() {
        for line in ["", "a.csv b.csv", "a.csv --nsim 1.5", "a.csv --low nan", "a.csv --low inf", "a.csv --two-words c"]
        {
            assert!(parsed(line).is_err(), "{line}");
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        command(TOYS).debug_assert();
        command(registry()).debug_assert();
    }
}
