//! The JSON Schema of `study.toml`: its shape, and for each estimand the options it takes.

use crate::shape::file_schema;
use distretto_core::{Engine, Estimand, OptionSpec};
use serde_json::{Map, Value, json};

/// The JSON Schema of a study file whose analyses may name the estimands of these engines.
#[must_use]
pub fn study_schema(engines: &[Engine]) -> Value {
    let mut schema = file_schema();
    let estimands: Vec<&Estimand> = engines.iter().flat_map(|engine| engine.estimands).collect();
    let commands: Vec<String> = estimands.iter().map(|estimand| estimand.command()).collect();
    let rules: Vec<Value> = estimands.iter().map(|estimand| rule(estimand)).collect();
    if let Some(analysis) = schema.pointer_mut("/properties/analysis/items").and_then(Value::as_object_mut) {
        if let Some(run) = analysis.get_mut("properties").and_then(|properties| properties.get_mut("run")) {
            run["enum"] = json!(commands);
        }
        analysis.insert("allOf".into(), Value::Array(rules));
    }
    schema
}

/// When `run` names this estimand, `options` are its options.
fn rule(estimand: &Estimand) -> Value {
    let mut properties = Map::new();
    for spec in (estimand.options)() {
        properties.insert(spec.name.clone(), option(&spec));
    }
    for input in estimand.inputs.iter().filter(|input| !input.place.is_positional()) {
        let about = properties.get(input.name).and_then(|one| one.get("description")).cloned();
        let about = about.unwrap_or_else(|| input.help.into());
        properties.insert(input.name.into(), json!({ "type": "string", "description": about }));
    }
    let names = json!({ "pattern": "^[a-z][a-z0-9_-]*$" });
    json!({
        "if": { "properties": { "run": { "const": estimand.command() } } },
        "then": { "properties": { "options": {
            "description": estimand.about, "properties": properties, "propertyNames": names,
        } } },
    })
}

/// A value, or a reference to one in another result.
fn option(spec: &OptionSpec) -> Value {
    let reference = json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]+:[A-Za-z0-9_]+\\.[A-Za-z0-9_]+$" });
    let mut either = json!({ "anyOf": [spec.schema, reference], "default": spec.default });
    if let Some(about) = spec.schema.get("description") {
        either["description"] = about.clone();
    }
    either
}
