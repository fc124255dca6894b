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
