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
        if let Some(text) = matches.get_one::<String>(&input_id(input.name)) {
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
    Ok(Request { estimand, inputs, options, seed })
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
