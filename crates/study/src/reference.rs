//! References from one analysis to the result of another: `lq:cells`, `lq:summary.significant`, `lq:cells.lq`.

use distretto_core::{Fault, Outcome, Scalar, Table, Values, nearest};
use serde_json::{Number, Value};

/// A number, word or column of another result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    /// Name of the other analysis.
    pub id: String,
    /// `summary`, or the name of a table.
    pub part: String,
    /// Name of the scalar or column.
    pub name: String,
}

impl Reference {
    /// Reads `ID:PART.NAME`; `None` for any other text.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (id, rest) = text.split_once(':')?;
        let (part, name) = rest.split_once('.')?;
        let word = |word: &str| {
            word.starts_with(|first: char| first.is_ascii_alphabetic())
                && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        let right = is_identifier(id) && word(part) && word(name);
        right.then(|| Self { id: id.to_owned(), part: part.to_owned(), name: name.to_owned() })
    }

    /// The value that it names in an outcome.
    ///
    /// # Errors
    /// When it names nothing; the hint says what is nearest.
    pub(crate) fn value(&self, outcome: &Outcome) -> Result<Value, Fault> {
        if self.part == "summary" {
            let names: Vec<&str> = outcome.summary.iter().map(|(name, _)| name.as_str()).collect();
            let found = outcome.summary.iter().find(|(name, _)| *name == self.name);
            return match found {
                Some((_, Scalar::Number(value))) => Ok(number(*value)),
                Some((_, Scalar::Text(word))) => Ok(Value::String(word.clone())),
                Some((_, Scalar::Flag(flag))) => Ok(Value::Bool(*flag)),
                None => Err(self.names_nothing("summary has no", &self.name, &names)),
            };
        }
        let table = self.table(outcome)?;
        let names: Vec<&str> = table.fields().iter().map(|field| field.name.as_str()).collect();
        match table.field(&self.name) {
            Some(field) => Ok(column(&field.values)),
            None => Err(self.names_nothing(&format!("table `{}` has no column", self.part), &self.name, &names)),
        }
    }

    fn table<'a>(&self, outcome: &'a Outcome) -> Result<&'a Table, Fault> {
        let names: Vec<&str> = outcome.tables.iter().map(|(name, _)| name.as_str()).chain(["summary"]).collect();
        outcome.table(&self.part).ok_or_else(|| self.names_nothing("result has no table", &self.part, &names))
    }

    fn names_nothing(&self, what: &str, name: &str, known: &[&str]) -> Fault {
        let text = format!("{}:{}.{}", self.id, self.part, self.name);
        names_nothing(&format!("its {what} `{name}`"), &text, name, known)
    }
}

/// An override of a document, `PATH=VALUE`, whose value is taken from another result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Override<'a> {
    /// The key that is set.
    pub path: &'a str,
    /// Where its value comes from, as it is written.
    pub text: &'a str,
}

impl<'a> Override<'a> {
    /// Reads `PATH=ID:…`; `None` for an override by a value of its own.
    pub(crate) fn read(text: &'a str) -> Option<Self> {
        let (path, rest) = text.split_once('=')?;
        let (path, rest) = (path.trim(), rest.trim());
        let key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        let refers = rest.split_once(':').is_some_and(|(id, _)| is_identifier(id));
        (refers && !path.is_empty() && path.chars().all(key)).then_some(Self { path, text: rest })
    }

    /// The value of another result that it names, when it is no table.
    pub(crate) fn reference(&self) -> Option<Reference> {
        Reference::read(self.text)
    }

    /// The table of another result that it names: analysis and table.
    pub(crate) fn table(&self) -> Option<(&'a str, &'a str)> {
        self.text.split_once(':').filter(|(id, table)| is_identifier(id) && is_identifier(table))
    }

    /// The override with the value itself, as TOML.
    ///
    /// # Errors
    /// A number that does not exist.
    pub(crate) fn with(&self, value: &Value) -> Result<Value, Fault> {
        let Some(text) = as_toml(value) else {
            let fault = Fault::option(format!("`{}` cannot be set: the value does not exist", self.path));
            return Err(fault.with_value(self.text).with_hint("the result says why in a warning"));
        };
        Ok(Value::String(format!("{}={text}", self.path)))
    }
}

/// A value as TOML writes it; `None` where a number does not exist.
fn as_toml(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Object(_) => None,
        Value::Array(items) => {
            let items: Option<Vec<String>> = items.iter().map(as_toml).collect();
            Some(format!("[{}]", items?.join(", ")))
        }
        // A basic string of TOML takes the escapes of JSON.
        other => Some(other.to_string()),
    }
}

/// Every reference in the value of an option: a text `ID:PART.NAME`, in `set` behind its key.
pub(crate) fn references(option: &str, value: &Value) -> Vec<Reference> {
    let of = |text: &str| match option {
        "set" => Override::read(text)?.reference(),
        _ => Reference::read(text),
    };
    texts(value).into_iter().filter_map(of).collect()
}

/// A reference that names nothing, with the nearest name that exists.
pub(crate) fn names_nothing(why: &str, text: &str, name: &str, known: &[&str]) -> Fault {
    let hint = match nearest(name, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "there is none".to_owned(),
        None => format!("there is: {}", known.join(", ")),
    };
    Fault::option(format!("the reference names nothing: {why}")).with_value(text).with_hint(hint)
}

/// Letters, digits, `-` and `_`: what names an analysis, and so its files.
pub(crate) fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

/// Every text within an option value.
pub(crate) fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(map) => map.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// The value with each text that `replace` knows replaced.
pub(crate) fn replaced(value: &Value, replace: &impl Fn(&str) -> Result<Option<Value>, Fault>) -> Result<Value, Fault> {
    match value {
        Value::String(text) => Ok(replace(text)?.unwrap_or_else(|| value.clone())),
        Value::Array(items) => items.iter().map(|item| replaced(item, replace)).collect(),
        Value::Object(map) => {
            let pairs = map.iter().map(|(key, value)| Ok((key.clone(), replaced(value, replace)?)));
            pairs.collect::<Result<_, _>>().map(Value::Object)
        }
        _ => Ok(value.clone()),
    }
}

fn number(value: f64) -> Value {
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

fn column(values: &Values) -> Value {
    match values {
        Values::Number(numbers) => numbers.iter().map(|&value| number(value)).collect(),
        Values::Text(text) => text.iter().map(|label| label.map_or(Value::Null, Value::from)).collect(),
        Values::Flag(flags) => flags.iter().map(|flag| flag.map_or(Value::Null, Value::Bool)).collect(),
        Values::Interval(both) => {
            let cell =
                |(&low, &high): (&f64, &f64)| if low == high { number(low) } else { format!("{low}..{high}").into() };
            both.low.iter().zip(&both.high).map(cell).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn outcome() -> Outcome {
        let mut outcome = Outcome::new("measure lq", "m");
        outcome.scalar("share", 0.25).scalar("none", f64::NAN);
        outcome.add_table("cells", Table::empty().with_numbers("lq", vec![1.5, f64::NAN]));
        outcome
    }

    fn value(text: &str) -> Result<Value, Fault> {
        Reference::read(text).expect("a reference").value(&outcome())
    }

    #[test]
    fn references_are_told_from_other_texts() {
        assert!(Reference::read("lq:cells.lq").is_some());
        for other in ["knn:6", "band:1.5", "rect:0,1.5,2,3", "lq:cells", "plain", "a b:cells.lq", ":x.y"] {
            assert!(Reference::read(other).is_none(), "{other}");
        }
    }

    #[test]
    fn overrides_take_values_as_toml() {
        let refers = |text| Override::read(text).and_then(|one| one.reference()).is_some();
        assert!(refers("firms.rd_cost=lq:summary.share"));
        for other in ["regime.mode=consortium", "spillover.rate=0.3", "a=b.c", "=lq:summary.x", "a b=lq:summary.x"] {
            assert!(!refers(other), "{other}");
        }
        let one = Override::read("spillover.links=net:links").expect("a table");
        assert_eq!((one.reference(), one.table()), (None, Some(("net", "links"))));
        assert_eq!(one.with(&json!(0.25)), Ok(json!("spillover.links=0.25")));
        assert_eq!(one.with(&json!([1.5, 2])), Ok(json!("spillover.links=[1.5, 2]")));
        assert_eq!(one.with(&json!("a\"b")), Ok(json!("spillover.links=\"a\\\"b\"")));
        assert!(one.with(&json!([1.5, null])).is_err());
    }

    #[test]
    fn scalars_and_columns_are_found() {
        assert_eq!(value("a:summary.share"), Ok(json!(0.25)));
        assert_eq!(value("a:summary.none"), Ok(Value::Null));
        assert_eq!(value("a:cells.lq"), Ok(json!([1.5, null])));
    }

    #[test]
    fn a_reference_to_nothing_suggests_the_nearest() {
        assert_eq!(value("a:summary.shar").expect_err("nothing").hint(), Some("did you mean `share`?"));
        assert_eq!(value("a:cell.lq").expect_err("nothing").hint(), Some("did you mean `cells`?"));
        assert_eq!(value("a:cells.lqq").expect_err("nothing").hint(), Some("did you mean `lq`?"));
    }
}
