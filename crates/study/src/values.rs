//! The option values of an analysis, held against the options of its estimand.

use crate::document::at;
use crate::inputs::Section;
use crate::reference::Reference;
use crate::request::is_option;
use distretto_core::{Estimand, Fault, Input, OptionKind, OptionSpec, OptionValues, nearest};
use serde_json::Value;
use std::borrow::Cow;

/// The values that an analysis gives under the names of the options, and what is wrong with them. The industry in
/// focus fills the option `industry` where there is one and the analysis leaves it out.
pub(crate) fn option_values(section: Section<'_>, industries: &[String]) -> (OptionValues, Vec<Fault>) {
    let Section { document, i, estimand, written } = section;
    let specs = (estimand.options)();
    let mut values = OptionValues::new();
    let mut faults = Vec::new();
    for (key, value) in &written.options {
        let name = key.replace('-', "_");
        let at = at!["analysis", i, "options", key.as_str()];
        if values.contains_key(&name) {
            let fault = document.fault_at_key(at, "this option stands twice").with_value(&**key);
            faults.push(fault.with_hint("`-` and `_` in a name are one"));
            continue;
        }
        if crate::join::is_join(&name, value) {
            // Columns of other results enter the table.
            continue;
        }
        if let Some(input) = flag_named(estimand, &name) {
            // A file was taken among the inputs.
            if value.as_str().is_some_and(|text| is_option(input, text)) {
                values.insert(name, value.clone());
            }
            continue;
        }
        let Some(spec) = specs.iter().find(|spec| spec.name == name) else {
            let message = format!("`{}` has no option of this name", estimand.command());
            let fault = document.fault_at_key(at, message).with_value(&**key);
            faults.push(fault.with_hint(known(estimand, &specs, &name)));
            continue;
        };
        match taken(spec, value) {
            Ok(value) => drop(values.insert(name, value)),
            Err(fault) => faults.push(document.place(at, fault)),
        }
    }
    fill_industry(&specs, industries, &mut values);
    (values, faults)
}

fn flag_named(estimand: &Estimand, name: &str) -> Option<&'static Input> {
    let named = |input: &&Input| input.name.replace('-', "_") == name;
    estimand.inputs.iter().find(named).filter(|input| !input.place.is_positional())
}

fn fill_industry(specs: &[OptionSpec], industries: &[String], values: &mut OptionValues) {
    let Some(spec) = specs.iter().find(|spec| spec.name == "industry" && !values.contains_key("industry")) else {
        return;
    };
    match (&spec.kind, industries) {
        (_, []) => {}
        (OptionKind::List(_), industries) => drop(values.insert("industry".into(), industries.into())),
        (_, [one]) => drop(values.insert("industry".into(), one.clone().into())),
        // Which of several is meant, the analysis must say.
        _ => {}
    }
}

fn known(estimand: &Estimand, specs: &[OptionSpec], name: &str) -> String {
    let elsewhere = match name {
        "seed" => Some("the seed stands in [study]"),
        "col" | "wide" | "sheet" => Some("how a file is read stands with its data: columns, wide, sheet"),
        "lang" => Some("the language stands in [study]"),
        _ => None,
    };
    if let Some(elsewhere) = elsewhere {
        return elsewhere.to_owned();
    }
    let flags = estimand.inputs.iter().filter(|input| !input.place.is_positional()).map(|input| input.name);
    let mut names: Vec<&str> = specs.iter().map(|spec| spec.name.as_str()).chain(flags).collect();
    names.dedup();
    match nearest(name, &names) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("its options: {}", names.join(", ")),
    }
}

/// The value in the kind that the option has.
fn taken(spec: &OptionSpec, value: &Value) -> Result<Value, Fault> {
    // A reference to another result is looked up when that result is there.
    if value.as_str().and_then(Reference::read).is_some() || is_structure(spec) {
        return Ok(value.clone());
    }
    in_kind(&spec.kind, &split(spec, value)).ok_or_else(|| refused(spec, value))
}

/// `"a,b"` for a list says what `--option a,b` says on the command line.
fn split<'a>(spec: &OptionSpec, value: &'a Value) -> Cow<'a, Value> {
    let OptionKind::List(item) = &spec.kind else { return Cow::Borrowed(value) };
    let numeric = matches!(**item, OptionKind::Integer | OptionKind::Number);
    let items = |text: &str| {
        let item = |part: &str| match serde_json::from_str(part.trim()) {
            Ok(number @ Value::Number(_)) if numeric => number,
            _ => Value::String(part.trim().to_owned()),
        };
        Value::Array(text.split(',').map(item).collect())
    };
    match value.as_str().filter(|text| !spec.is_repeated() && text.contains(',')) {
        Some(text) => Cow::Owned(items(text)),
        None => Cow::Borrowed(value),
    }
}

/// An option whose value is a table of its own is checked by its estimand.
fn is_structure(spec: &OptionSpec) -> bool {
    let object = |schema: &Value| schema.get("type").is_some_and(|name| name == "object");
    let several = spec.schema.get("anyOf").and_then(Value::as_array);
    object(&spec.schema) || several.is_some_and(|several| several.iter().any(object))
}

fn in_kind(kind: &OptionKind, value: &Value) -> Option<Value> {
    let right = match (kind, value) {
        (OptionKind::Flag, Value::Bool(_)) => true,
        (OptionKind::Integer, Value::Number(number)) => number.is_i64() || number.is_u64(),
        (OptionKind::Number, Value::Number(_)) | (OptionKind::Text, Value::String(_)) => true,
        // A width of 0.4 where a rule of thumb may be named, a code of digits: the flag takes the same characters.
        (OptionKind::Text, Value::Number(number)) => return Some(Value::String(number.to_string())),
        (OptionKind::Choice(words), Value::String(word)) => words.contains(word),
        (OptionKind::Choice(words), Value::Number(number)) => {
            let word = number.to_string();
            return words.contains(&word).then_some(Value::String(word));
        }
        (OptionKind::List(item), Value::Array(items)) => {
            return items.iter().map(|value| in_kind(item, value)).collect::<Option<Vec<_>>>().map(Value::Array);
        }
        (OptionKind::List(item), value) => return in_kind(item, value).map(|value| Value::Array(vec![value])),
        _ => false,
    };
    right.then(|| value.clone())
}

fn refused(spec: &OptionSpec, value: &Value) -> Fault {
    let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let fault = Fault::option(format!("option `{}` must be {}", spec.name, wanted(&spec.kind))).with_value(shown);
    let words = match &spec.kind {
        OptionKind::Choice(words) => words.as_slice(),
        OptionKind::List(item) => match &**item {
            OptionKind::Choice(words) => words.as_slice(),
            _ => &[],
        },
        _ => &[],
    };
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match value.as_str().and_then(|word| nearest(word, &words)) {
        Some(near) => fault.with_hint(format!("did you mean \"{near}\"?")),
        None => fault.with_hint(spec.help.clone()),
    }
}

fn wanted(kind: &OptionKind) -> String {
    match kind {
        OptionKind::Flag => "true or false".to_owned(),
        OptionKind::Integer => "a whole number".to_owned(),
        OptionKind::Number => "a number".to_owned(),
        OptionKind::Text => "a text in quotes".to_owned(),
        OptionKind::Choice(words) => {
            format!("one of {}", words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", "))
        }
        OptionKind::List(item) => format!("a list, each item {}", wanted(item)),
    }
}
