//! The shape of a study file: its keys and the kinds of their values, held against the JSON Schema of
//! [`StudyFile`](crate::file::StudyFile). Every mistake is told, not only the first.

use crate::document::{Document, as_json};
use crate::file::StudyFile;
use distretto_core::{Fault, nearest};
use schemars::generate::SchemaSettings;
use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The JSON Schema of the study file, every part in its place.
pub(crate) fn file_schema() -> Value {
    let settings = SchemaSettings::default().with(|settings| settings.inline_subschemas = true);
    Value::from(settings.into_generator().into_root_schema_for::<StudyFile>())
}

/// Every key that is unknown or missing and every value of a wrong kind.
pub(crate) fn faults_of_shape(document: &Document<'_>) -> Vec<Fault> {
    let mut faults = Vec::new();
    check_table(document, document.root(), &file_schema(), Where { key: "the study file", offset: 0 }, &mut faults);
    faults
}

#[derive(Clone, Copy)]
struct Where<'a> {
    key: &'a str,
    offset: usize,
}

fn check_table(document: &Document<'_>, table: &DeTable<'_>, schema: &Value, at: Where<'_>, faults: &mut Vec<Fault>) {
    let known = schema.get("properties").and_then(Value::as_object);
    let names: Vec<&str> = known.map_or_else(Vec::new, |known| known.keys().map(String::as_str).collect());
    for (key, value) in table {
        let inner = known.and_then(|known| known.get(key.get_ref().as_ref()));
        match (inner, schema.get("additionalProperties")) {
            (Some(inner), _) => check_value(document, key.get_ref(), value, inner, faults),
            (None, Some(Value::Bool(false))) => {
                let fault = document.fault_at(key.span().start, &format!("unknown key in {}", named(at.key)));
                faults.push(fault.with_value(key.get_ref().as_ref()).with_hint(suggest(key.get_ref(), &names)));
            }
            (None, Some(inner @ Value::Object(_))) => check_value(document, key.get_ref(), value, inner, faults),
            (None, _) => {}
        }
    }
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    for name in required.filter(|name| !table.iter().any(|(key, _)| key.get_ref() == name)) {
        let about = known.and_then(|known| known.get(name)?.get("description")?.as_str()).unwrap_or_default();
        let fault = document.fault_at(at.offset, &format!("{} lacks the key `{name}`", named(at.key)));
        faults.push(fault.with_hint(format!("`{name}`: {}", about.replace('\n', " "))));
    }
}

fn named(key: &str) -> String {
    if key.contains(' ') { key.to_owned() } else { format!("`{key}`") }
}

fn check_value(
    document: &Document<'_>,
    key: &str,
    value: &Spanned<DeValue<'_>>,
    schema: &Value,
    faults: &mut Vec<Fault>,
) {
    let schema = without_null(schema);
    if let Some(words) = words(schema) {
        let given = value.get_ref().as_str();
        if !given.is_some_and(|given| words.contains(&given)) {
            let hint = given.and_then(|given| nearest(given, &words)).map(|near| format!("did you mean \"{near}\"?"));
            let message = format!("`{key}` must be one of {}", quoted(&words));
            faults.push(
                told(document, value, &message).with_hint(hint.unwrap_or_else(|| "choose one of these words".into())),
            );
        }
        return;
    }
    let Some(wanted) = schema.get("type").and_then(type_name) else {
        return;
    };
    match (wanted, value.get_ref()) {
        ("object", DeValue::Table(table)) => {
            check_table(document, table, schema, Where { key, offset: value.span().start }, faults);
        }
        ("array", DeValue::Array(items)) => check_items(document, key, items, schema, faults),
        ("integer", DeValue::Integer(_)) => check_integer(document, key, value, schema, faults),
        ("string", DeValue::String(_)) | ("boolean", DeValue::Boolean(_)) => {}
        ("number", DeValue::Integer(_) | DeValue::Float(_)) => {}
        (wanted, given) => {
            let message = format!("`{key}` must be {}, it is {}", article(wanted), article(kind(given)));
            faults.push(told(document, value, &message).with_hint(repair(key, wanted, given)));
        }
    }
}

fn check_items(
    document: &Document<'_>,
    key: &str,
    items: &[Spanned<DeValue<'_>>],
    schema: &Value,
    faults: &mut Vec<Fault>,
) {
    let each = schema.get("prefixItems").and_then(Value::as_array);
    for (i, item) in items.iter().enumerate() {
        if let Some(inner) = each.and_then(|each| each.get(i)).or_else(|| schema.get("items")) {
            check_value(document, key, item, inner, faults);
        }
    }
}

fn check_integer(
    document: &Document<'_>,
    key: &str,
    value: &Spanned<DeValue<'_>>,
    schema: &Value,
    faults: &mut Vec<Fault>,
) {
    let integer = as_json(value.get_ref()).as_i64();
    let least = schema.get("minimum").and_then(Value::as_f64);
    let low = integer.zip(least).is_some_and(|(integer, least)| (integer as f64) < least);
    if low || integer.is_none() {
        let message = format!("`{key}` must be a whole number from 0 to {}", i64::MAX);
        faults.push(told(document, value, &message).with_hint("choose another number"));
    }
}

fn told(document: &Document<'_>, value: &Spanned<DeValue<'_>>, message: &str) -> Fault {
    let shown = match as_json(value.get_ref()) {
        Value::String(text) => text,
        Value::Object(_) => "{ … }".to_owned(),
        value => value.to_string(),
    };
    document.fault_at(value.span().start, message).with_value(shown)
}

fn suggest(key: &str, names: &[&str]) -> String {
    match nearest(key, names) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known keys: {}", names.join(", ")),
    }
}

/// `Option<T>` is `T` or null, and TOML has no null.
fn without_null(schema: &Value) -> &Value {
    let several = schema.get("anyOf").and_then(Value::as_array);
    let open = |one: &&Value| one.get("type").and_then(Value::as_str) != Some("null");
    several.and_then(|several| several.iter().find(open)).unwrap_or(schema)
}

fn words(schema: &Value) -> Option<Vec<&str>> {
    let list = |key: &str| schema.get(key).and_then(Value::as_array);
    if let Some(words) = list("enum") {
        return Some(words.iter().filter_map(Value::as_str).collect());
    }
    if let Some(several) = list("oneOf") {
        return Some(several.iter().flat_map(constant_words).collect());
    }
    schema.get("const").and_then(Value::as_str).map(|word| vec![word])
}

fn constant_words(one: &Value) -> Vec<&str> {
    let listed = one.get("enum").and_then(Value::as_array).into_iter().flatten();
    listed.chain(one.get("const")).filter_map(Value::as_str).collect()
}

fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
}

fn type_name(types: &Value) -> Option<&str> {
    match types {
        Value::String(name) => Some(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).find(|&name| name != "null"),
        _ => None,
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "string",
        DeValue::Integer(_) => "integer",
        DeValue::Float(_) => "number",
        DeValue::Boolean(_) => "boolean",
        DeValue::Datetime(_) => "date",
        DeValue::Array(_) => "array",
        DeValue::Table(_) => "object",
    }
}

fn article(kind: &str) -> &'static str {
    match kind {
        "string" => "a text in quotes",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        "array" => "a list in brackets",
        "date" => "a date",
        _ => "a table",
    }
}

/// What to write instead, where that is plain.
fn repair(key: &str, wanted: &str, given: &DeValue<'_>) -> String {
    match (wanted, given) {
        ("array", DeValue::String(text)) => format!("write {key} = [\"{text}\"]"),
        ("array", DeValue::Table(_)) => format!("write {key} = [ {{ … }} ], or [[{key}]] above a section"),
        ("string", DeValue::Integer(number)) => format!("write \"{}\": codes and names are text", number.as_str()),
        ("string", DeValue::Float(number)) => format!("write \"{}\": codes and names are text", number.as_str()),
        (wanted, _) => format!("write {}", article(wanted)),
    }
}
