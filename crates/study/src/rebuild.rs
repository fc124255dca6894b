//! An outcome read back from its JSON, without loss: the layout of its tables is kept beside it.
//!
//! Findings, figures and the report are always made from the outcome that was read back, so that a result that was
//! kept and one that was computed cannot differ in a byte.

use distretto_core::{Field, InputRecord, Intervals, Message, Outcome, Provenance, Scalar, Table, TextBuilder, Values};
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use std::fmt;

/// What a column holds; JSON alone cannot tell a column of nulls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    Text,
    Number,
    Interval,
    Flag,
}

/// Name and columns of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Layout {
    pub name: String,
    pub columns: Vec<(String, Kind)>,
}

/// The layout of the tables of an outcome.
pub(crate) fn layout(outcome: &Outcome) -> Vec<Layout> {
    let kind = |values: &Values| match values {
        Values::Text(_) => Kind::Text,
        Values::Number(_) => Kind::Number,
        Values::Interval(_) => Kind::Interval,
        Values::Flag(_) => Kind::Flag,
    };
    let columns =
        |table: &Table| table.fields().iter().map(|field| (field.name.clone(), kind(&field.values))).collect();
    outcome.tables.iter().map(|(name, table)| Layout { name: name.clone(), columns: columns(table) }).collect()
}

/// The outcome that a JSON text holds.
///
/// # Errors
/// When the text is not the JSON of an outcome of that layout.
pub(crate) fn rebuild(json: &[u8], layout: &[Layout]) -> Result<Outcome, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    let outcome = OutcomeSeed { layout }.deserialize(&mut reader)?;
    reader.end()?;
    Ok(outcome)
}

/// A sentence that was made already.
pub(crate) fn sentence(words: &str) -> Message {
    Message::new("study.words").text("words", words)
}

struct OutcomeSeed<'a> {
    layout: &'a [Layout],
}

impl<'de> DeserializeSeed<'de> for OutcomeSeed<'_> {
    type Value = Outcome;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Outcome, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for OutcomeSeed<'_> {
    type Value = Outcome;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an outcome")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Outcome, A::Error> {
        let mut outcome = Outcome::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "command" => outcome.command = map.next_value()?,
                "summary" => outcome.summary = summary(map.next_value()?),
                "tables" => outcome.tables = map.next_value_seed(TablesSeed { layout: self.layout })?,
                "warnings" => {
                    let sentences: Vec<String> = map.next_value()?;
                    outcome.warnings = sentences.iter().map(|words| sentence(words)).collect();
                }
                "provenance" => outcome.provenance = map.next_value::<ProvenanceFile>()?.into(),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(outcome)
    }
}

fn summary(map: Map<String, Value>) -> Vec<(String, Scalar)> {
    let scalar = |value: Value| match value {
        Value::String(text) => Scalar::Text(text),
        Value::Bool(flag) => Scalar::Flag(flag),
        value => Scalar::Number(value.as_f64().unwrap_or(f64::NAN)),
    };
    map.into_iter().map(|(name, value)| (name, scalar(value))).collect()
}

#[derive(Deserialize)]
struct ProvenanceFile {
    version: String,
    seed: u64,
    method: String,
    conventions: Map<String, Value>,
    options: Map<String, Value>,
    inputs: Vec<InputFile>,
}

#[derive(Deserialize)]
struct InputFile {
    path: String,
    sha256: String,
    rows: usize,
}

impl From<ProvenanceFile> for Provenance {
    fn from(file: ProvenanceFile) -> Self {
        let record = |input: InputFile| InputRecord { path: input.path, sha256: input.sha256, rows: input.rows };
        Self {
            version: file.version,
            seed: file.seed,
            method: file.method,
            conventions: file.conventions,
            options: file.options,
            inputs: file.inputs.into_iter().map(record).collect(),
        }
    }
}

struct TablesSeed<'a> {
    layout: &'a [Layout],
}

impl<'de> DeserializeSeed<'de> for TablesSeed<'_> {
    type Value = Vec<(String, Table)>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for TablesSeed<'_> {
    type Value = Vec<(String, Table)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("tables by name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut tables = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            let layout = self.layout.iter().find(|layout| layout.name == name);
            let layout = layout.ok_or_else(|| serde::de::Error::custom(format!("unexpected table `{name}`")))?;
            tables.push((name, map.next_value_seed(Rows { layout })?));
        }
        Ok(tables)
    }
}

/// Reads the rows of one table straight into columns.
struct Rows<'a> {
    layout: &'a Layout,
}

impl<'de> DeserializeSeed<'de> for Rows<'_> {
    type Value = Table;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Table, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Rows<'_> {
    type Value = Table;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<Table, A::Error> {
        let mut columns: Vec<Filling> = self.layout.columns.iter().map(|(_, kind)| Filling::new(*kind)).collect();
        while rows.next_element_seed(Row { layout: self.layout, columns: &mut columns })?.is_some() {}
        let fields = self.layout.columns.iter().zip(columns);
        let fields = fields.map(|((name, _), column)| Field { name: name.clone(), values: column.finish() });
        Table::new(fields.collect()).map_err(serde::de::Error::custom)
    }
}

struct Row<'a> {
    layout: &'a Layout,
    columns: &'a mut [Filling],
}

impl<'de> DeserializeSeed<'de> for Row<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Row<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        // Rows are written in the order of the columns.
        for ((name, _), column) in self.layout.columns.iter().zip(self.columns) {
            if map.next_key_seed(Expected(name))?.is_none() {
                return Err(serde::de::Error::custom(format!("a row lacks column `{name}`")));
            }
            map.next_value_seed(column)?;
        }
        match map.next_key::<String>()? {
            Some(name) => Err(serde::de::Error::custom(format!("unexpected column `{name}`"))),
            None => Ok(()),
        }
    }
}

/// The key that must come next; compared where it stands, for a large table has millions of them.
struct Expected<'a>(&'a str);

impl<'de> DeserializeSeed<'de> for Expected<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Expected<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the column `{}`", self.0)
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<(), E> {
        if name == self.0 { Ok(()) } else { Err(E::custom(format!("unexpected column `{name}`"))) }
    }
}

/// A column that grows row by row.
enum Filling {
    Text(TextBuilder),
    Number(Vec<f64>),
    Interval(Intervals),
    Flag(Vec<Option<bool>>),
}

impl Filling {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text(TextBuilder::default()),
            Kind::Number => Self::Number(Vec::new()),
            Kind::Interval => Self::Interval(Intervals::default()),
            Kind::Flag => Self::Flag(Vec::new()),
        }
    }

    fn finish(self) -> Values {
        match self {
            Self::Text(text) => Values::Text(text.finish()),
            Self::Number(numbers) => Values::Number(numbers),
            Self::Interval(both) => Values::Interval(both),
            Self::Flag(flags) => Values::Flag(flags),
        }
    }
}

/// Adds the next value to the column.
impl<'de> DeserializeSeed<'de> for &mut Filling {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for &mut Filling {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Filling::Text(_) => "a text",
            Filling::Number(_) => "a number",
            Filling::Interval(_) => "a number or an interval `low..high`",
            Filling::Flag(_) => "true or false",
        })
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        match self {
            Filling::Text(text) => text.push_missing(),
            Filling::Number(numbers) => numbers.push(f64::NAN),
            Filling::Interval(both) => push_ends(both, f64::NAN, f64::NAN),
            Filling::Flag(flags) => flags.push(None),
        }
        Ok(())
    }

    fn visit_bool<E: serde::de::Error>(self, flag: bool) -> Result<(), E> {
        match self {
            Filling::Flag(flags) => flags.push(Some(flag)),
            other => return Err(E::invalid_type(Unexpected::Bool(flag), &other)),
        }
        Ok(())
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<(), E> {
        match self {
            Filling::Number(numbers) => numbers.push(number),
            Filling::Interval(both) => push_ends(both, number, number),
            other => return Err(E::invalid_type(Unexpected::Float(number), &other)),
        }
        Ok(())
    }

    // An integral number was a double when it was written: it had at most 53 bits.
    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<(), E> {
        self.visit_f64(number as f64)
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<(), E> {
        self.visit_f64(number as f64)
    }

    fn visit_str<E: serde::de::Error>(self, label: &str) -> Result<(), E> {
        match self {
            Filling::Text(text) => text.push(label),
            Filling::Interval(both) => {
                let (low, high) =
                    ends(label).ok_or_else(|| E::invalid_value(Unexpected::Str(label), &"`low..high`"))?;
                push_ends(both, low, high);
            }
            other => return Err(E::invalid_type(Unexpected::Str(label), &other)),
        }
        Ok(())
    }
}

fn push_ends(both: &mut Intervals, low: f64, high: f64) {
    both.low.push(low);
    both.high.push(high);
}

/// The two ends of `low..high`.
fn ends(text: &str) -> Option<(f64, f64)> {
    let (low, high) = text.split_once("..")?;
    Some((low.parse().ok()?, high.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use distretto_report::{Catalogue, Language, write_json};

    fn outcome() -> Outcome {
        let mut outcome = Outcome::new("measure lq", "a method");
        outcome.scalar("cells", 2.0).scalar("none", f64::NAN).word("kind", "x").flag("exact", true);
        let both = Intervals { low: vec![1.0, 0.1, f64::NAN], high: vec![2.5, 0.1, f64::NAN] };
        let table = Table::empty()
            .with_text("region", [Some("01"), None, Some("1..2")].into_iter().collect())
            .with_numbers("lq", vec![0.1 + 0.2, f64::NAN, -1e-300])
            .with_numbers("void", vec![f64::NAN; 3])
            .with("bound", Values::Interval(both))
            .with_flags("present", vec![Some(false), None, Some(true)]);
        let empty = Table::empty().with_text("region", TextBuilder::default().finish());
        outcome.add_table("cells", table).add_table("none", empty);
        outcome.warn(sentence("2 regions were dropped: \"a\"")).convention("level", 0.95);
        outcome.provenance.seed = 7;
        outcome.provenance.inputs.push(InputRecord { path: "a.csv".into(), sha256: "ab".into(), rows: 3 });
        outcome
    }

    fn written(outcome: &Outcome) -> Vec<u8> {
        let catalogue = Catalogue::new(Language::En, &[crate::registry::WORDS]);
        let mut json = Vec::new();
        write_json(outcome, &catalogue, &mut json).expect("memory takes it");
        json
    }

    #[test]
    fn what_was_written_is_read_back_without_loss() {
        let outcome = outcome();
        let json = written(&outcome);
        let again = rebuild(&json, &layout(&outcome)).expect("it is an outcome");
        // NaN is not equal to itself: the printed forms are compared.
        assert_eq!(format!("{again:?}"), format!("{outcome:?}"));
        assert_eq!(written(&again), json);
    }

    #[test]
    fn another_layout_or_a_cut_text_is_refused() {
        let outcome = outcome();
        let json = written(&outcome);
        assert!(rebuild(&json[..json.len() / 2], &layout(&outcome)).is_err());
        let mut other = layout(&outcome);
        other[0].columns.swap(0, 1);
        assert!(rebuild(&json, &other).is_err());
        other = layout(&outcome);
        other[0].columns[1].1 = Kind::Flag;
        assert!(rebuild(&json, &other).is_err(), "a column of another kind");
        other = layout(&outcome);
        other[0].columns.pop();
        assert!(rebuild(&json, &other).is_err(), "a column too many");
    }
}
