//! Option values as a front has them, made into the values that an estimand takes.

use distretto_core::{Estimand, OptionKind, OptionSpec, OptionValues};
use serde_json::{Number, Value};

/// All options of an estimand by name: the given values in the kind that the option has, else the default.
#[must_use]
pub fn effective_options(estimand: &Estimand, given: &OptionValues) -> OptionValues {
    let value = |spec: &OptionSpec| match given.get(&spec.name) {
        Some(value) => in_kind(&spec.kind, value),
        None => spec.default.clone(),
    };
    (estimand.options)().iter().map(|spec| (spec.name.clone(), value(spec))).collect()
}

/// `4` and `4.0` are one value of an option that takes numbers, `"3363"` and `["3363"]` one value of a list: they
/// must give the same provenance and the same key.
fn in_kind(kind: &OptionKind, value: &Value) -> Value {
    match (kind, value) {
        (OptionKind::Number, Value::Number(number)) => {
            number.as_f64().and_then(Number::from_f64).map_or_else(|| value.clone(), Value::Number)
        }
        (OptionKind::List(item), Value::Array(values)) => values.iter().map(|value| in_kind(item, value)).collect(),
        (OptionKind::List(item), Value::String(_) | Value::Number(_)) => Value::Array(vec![in_kind(item, value)]),
        _ => value.clone(),
    }
}
