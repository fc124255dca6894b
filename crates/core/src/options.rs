//! Options of an estimand: one typed structure from which flags, study keys, checks and the schema are made.

use crate::fault::Fault;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// What a value of an option may be.
#[derive(Debug, Clone, PartialEq)]
pub enum OptionKind {
    /// Present or absent.
    Flag,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// Any text.
    Text,
    /// One of these words.
    Choice(Vec<String>),
    /// Several values: separated by commas on the command line, a list in a study.
    List(Box<OptionKind>),
}

/// One option as a front sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct OptionSpec {
    /// Name in `snake_case`; the flag has `-` for `_`.
    pub name: String,
    /// What a value may be.
    pub kind: OptionKind,
    /// The default; `null` when the option may be left open.
    pub default: Value,
    /// One paragraph of help: the doc comment of the field.
    pub help: String,
    /// The part of the JSON Schema that describes it.
    pub schema: Value,
}

impl OptionSpec {
    /// Whether a value may itself hold commas, so that several are given by repeating the flag: a field marked
    /// `#[schemars(extend("x-repeated" = true))]`.
    #[must_use]
    pub fn is_repeated(&self) -> bool {
        self.schema.get("x-repeated").and_then(Value::as_bool).unwrap_or(false)
    }

    /// Whether the estimand takes this word of a choice; see [`narrowed`].
    #[must_use]
    pub fn takes(&self, word: &str) -> bool {
        let taken = self.schema.get("x-taken").and_then(Value::as_array);
        taken.is_none_or(|taken| taken.iter().any(|known| known.as_str() == Some(word)))
    }
}

/// The options of the type `T` (a structure with `#[serde(default)]`), in the order of its fields.
#[must_use]
pub fn option_specs<T: JsonSchema + Serialize + Default>() -> Vec<OptionSpec> {
    let settings = SchemaSettings::default().with(|settings| settings.inline_subschemas = true);
    let schema = settings.into_generator().into_root_schema_for::<T>();
    let defaults = options_record(&T::default());
    let properties = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let describe = |(name, schema): (String, Value)| OptionSpec {
        kind: kind(&schema),
        default: defaults.get(&name).cloned().unwrap_or(Value::Null),
        help: schema.get("description").and_then(Value::as_str).unwrap_or_default().replace('\n', " "),
        name,
        schema,
    };
    properties.into_iter().map(describe).collect()
}

/// Narrows a choice that several estimands share to the words that one of them takes, with a help of its own.
///
/// Only these words are offered; the others are still read, so that the estimand can say why it refuses them.
#[must_use]
pub fn narrowed(mut specs: Vec<OptionSpec>, name: &str, words: &[&str], help: &str) -> Vec<OptionSpec> {
    for spec in specs.iter_mut().filter(|spec| spec.name == name) {
        help.clone_into(&mut spec.help);
        if let Value::Object(schema) = &mut spec.schema {
            schema.insert("x-taken".to_owned(), words.into());
            schema.insert("description".to_owned(), help.into());
        }
    }
    specs
}

/// All options of `options` by name, as they are printed in the provenance.
#[must_use]
pub fn options_record<T: Serialize>(options: &T) -> Map<String, Value> {
    match serde_json::to_value(options) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

/// Reads options of type `T` from named values; what is not named keeps its default, `-` in a name counts as `_`.
///
/// # Errors
/// An unknown name (with the nearest known one) or a value of the wrong kind.
pub fn parse_options<T: JsonSchema + Serialize + Default + DeserializeOwned>(
    values: &Map<String, Value>,
) -> Result<T, Fault> {
    let specs = option_specs::<T>();
    let mut record = Map::new();
    for (name, value) in values {
        let name = name.replace('-', "_");
        if !specs.iter().any(|spec| spec.name == name) {
            let known: Vec<&str> = specs.iter().map(|spec| spec.name.as_str()).collect();
            let hint = match nearest(&name, &known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known options: {}", known.join(", ")),
            };
            return Err(Fault::option(format!("unknown option `{name}`")).with_hint(hint));
        }
        record.insert(name, value.clone());
    }
    for (name, value) in &record {
        let alone = Map::from_iter([(name.clone(), value.clone())]);
        if let Err(error) = serde_json::from_value::<T>(Value::Object(alone)) {
            let value = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
            return Err(Fault::option(format!("option `{name}`: {}", allowed(&error.to_string()))).with_value(value));
        }
    }
    serde_json::from_value(Value::Object(record)).map_err(|error| Fault::option(error.to_string()))
}

/// What a reader of values says, in words of a user: `expected u64` becomes what the value must be.
fn allowed(told: &str) -> String {
    let expects = |kinds: &[&str]| kinds.iter().any(|kind| told.ends_with(&format!("expected {kind}")));
    if expects(&["u8", "u16", "u32", "u64", "usize"]) {
        "it must be a whole number of 0 or more".to_owned()
    } else if expects(&["i8", "i16", "i32", "i64", "isize"]) {
        "it must be a whole number".to_owned()
    } else if expects(&["f32", "f64"]) {
        "it must be a number".to_owned()
    } else {
        told.to_owned()
    }
}

/// The known word nearest to a mistyped one, when it is near enough to be meant.
#[must_use]
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let within = word.chars().count().div_ceil(3).max(1);
    let scored = known.iter().map(|&other| (edit_distance(word, other), other));
    scored.filter(|&(distance, _)| distance <= within).min_by_key(|&(distance, _)| distance).map(|(_, other)| other)
}

/// Damerau's edit distance (insert, delete, replace, swap of neighbours).
fn edit_distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                let shortest = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                let swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                if swapped { shortest.min(rows[i - 2][j - 2] + 1) } else { shortest }
            };
        }
    }
    rows[a.len()][b.len()]
}

/// What a JSON Schema lets a value be; `null` among several types means that the option may be left open.
fn kind(schema: &Value) -> OptionKind {
    let words = |list: &Vec<Value>| list.iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>();
    if let Some(several) = schema.get("anyOf").and_then(Value::as_array) {
        let open = |one: &&Value| one.get("type").and_then(Value::as_str) != Some("null");
        return several.iter().find(open).map_or(OptionKind::Text, kind);
    }
    if let Some(list) = schema.get("enum").and_then(Value::as_array) {
        return OptionKind::Choice(words(list));
    }
    if let Some(several) = schema.get("oneOf").and_then(Value::as_array) {
        let constants = several.iter().filter_map(|one| one.get("const"));
        return OptionKind::Choice(constants.filter_map(Value::as_str).map(str::to_owned).collect());
    }
    let named = match schema.get("type") {
        Some(Value::Array(types)) => types.iter().filter_map(Value::as_str).find(|&name| name != "null"),
        Some(Value::String(name)) => Some(name.as_str()),
        _ => None,
    };
    match named {
        Some("boolean") => OptionKind::Flag,
        Some("integer") => OptionKind::Integer,
        Some("number") => OptionKind::Number,
        Some("array") => OptionKind::List(Box::new(schema.get("items").map_or(OptionKind::Text, kind))),
        _ => OptionKind::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(rename_all = "kebab-case")]
    enum Interval {
        /// Logarithmic.
        Delta,
        /// Ratio of normals.
        #[default]
        Fieller,
    }

    #[derive(Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(default)]
    struct Options {
        /// Kind of interval.
        interval: Interval,
        nsim: usize,
        year: Option<i64>,
        levels: Vec<String>,
        strict: bool,
        deff: f64,
    }

    #[test]
    fn a_narrowed_choice_offers_some_of_its_words() {
        let specs = narrowed(option_specs::<Options>(), "interval", &["delta"], "One only.");
        let spec = specs.iter().find(|spec| spec.name == "interval").unwrap();
        assert_eq!(spec.help, "One only.");
        assert!(spec.takes("delta") && !spec.takes("fieller"));
        assert!(option_specs::<Options>().iter().all(|spec| spec.takes("fieller")));
    }

    #[test]
    fn specs_follow_the_fields() {
        let specs = option_specs::<Options>();
        let names: Vec<&str> = specs.iter().map(|spec| spec.name.as_str()).collect();
        assert_eq!(names, ["interval", "nsim", "year", "levels", "strict", "deff"]);
        assert_eq!(specs[0].kind, OptionKind::Choice(vec!["delta".into(), "fieller".into()]));
        assert_eq!(specs[0].default, json!("fieller"));
        assert_eq!(specs[0].help, "Kind of interval.");
        assert_eq!(specs[1].kind, OptionKind::Integer);
        assert_eq!(specs[2].kind, OptionKind::Integer);
        assert_eq!(specs[3].kind, OptionKind::List(Box::new(OptionKind::Text)));
        assert_eq!(specs[4].kind, OptionKind::Flag);
        assert_eq!(specs[5].kind, OptionKind::Number);
    }

    fn parse(value: Value) -> Result<Options, Fault> {
        parse_options(value.as_object().expect("an object"))
    }

    #[test]
    fn unknown_and_wrong_options_are_told() {
        let fault = parse(json!({ "intervall": "delta" })).expect_err("unknown");
        assert_eq!(fault.hint(), Some("did you mean `interval`?"));
        let fault = parse(json!({ "nsim": -1 })).expect_err("negative");
        assert!(fault.message().contains("nsim"), "{fault}");
        assert_eq!(parse(json!({ "interval": "delta" })).map(|o| o.interval), Ok(Interval::Delta));
    }

    #[test]
    fn far_words_are_not_suggested() {
        assert_eq!(nearest("xyz", &["interval"]), None);
        assert_eq!(nearest("tittle", &["title", "text"]), Some("title"));
    }
}
