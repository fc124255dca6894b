//! Columns of other results that enter the table of an analysis: `with = { lq = "lq:cells.lq" }`.
//!
//! The table of the analysis, with the columns added, is written to `tables/ID.with.csv`: the result rests on a file
//! that can be read, and the command line computes the same from it.

use crate::document::at;
use crate::folder::Folder;
use crate::inputs::{Names, Section, option_named};
use crate::reference::{Reference, names_nothing};
use crate::study::{Source, Study};
use distretto_core::{Fault, InputData, OptionValues, Outcome, Table, TableSpec, Text, Values};
use distretto_data::read_table;
use distretto_report::write_csv;
use serde_json::Value;
use std::collections::HashMap;

/// Columns that name the rows of a table, the first that it has.
const KEYS: [&str; 5] = ["unit", "region", "firm", "id", "industry"];

/// A column of another result under the name that it gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Joined {
    /// Name of the new column.
    pub column: String,
    /// Where it comes from.
    pub from: Reference,
    /// The reference as it is written.
    pub text: String,
}

/// Where the table of an analysis lies with the columns of other results.
pub(crate) fn joined_path(id: &str) -> String {
    format!("tables/{id}.with.csv")
}

/// Whether the value of an option names columns of other results. The option `with` of `appraise weights` names a file.
pub(crate) fn is_join(name: &str, value: &Value) -> bool {
    name == "with" && value.is_object()
}

/// The columns that an analysis takes from other results, and what is wrong with them.
pub(crate) fn given_columns(section: Section<'_>, names: &Names<'_>) -> (Vec<Joined>, Vec<Fault>) {
    let Section { document, i, estimand, written } = section;
    let Some((key, Value::Object(columns))) = option_named(written, "with") else { return (Vec::new(), Vec::new()) };
    if joined_spec(section.estimand).is_none() {
        let message = format!("`{}` takes no columns of other results", estimand.command());
        let fault = document.fault_at_key(at!["analysis", i, "options", key], message);
        return (Vec::new(), vec![fault.with_hint("indicators do: appraise rank, factor, weights and their like")]);
    }
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    for (column, value) in columns {
        match one(column, value, names) {
            Ok(joined) => found.push(joined),
            Err(fault) => faults.push(document.place(at!["analysis", i, "options", key, column.as_str()], fault)),
        }
    }
    (found, faults)
}

fn one(column: &str, value: &Value, names: &Names<'_>) -> Result<Joined, Fault> {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let Some(from) = Reference::read(&text).filter(|reference| reference.part != "summary") else {
        let fault = Fault::option(format!("`{column}` must name a column of another result")).with_value(text);
        return Err(fault.with_hint("write \"ID:TABLE.COLUMN\", as in with = { lq = \"lq:cells.lq\" }"));
    };
    if !names.ids.contains(&from.id) {
        let ids: Vec<&str> = names.ids.iter().map(String::as_str).collect();
        return Err(names_nothing(&format!("no analysis is called `{}`", from.id), &text, &from.id, &ids));
    }
    Ok(Joined { column: column.to_owned(), from, text })
}

/// The columns that an estimand wants of its first input, when it takes every other column too.
fn joined_spec(estimand: &distretto_core::Estimand) -> Option<TableSpec> {
    let first = estimand.inputs.iter().find(|input| input.place.is_positional())?;
    let specs = (estimand.plan)(&OptionValues::new(), &[first.name.to_owned()]).ok()?;
    specs.into_iter().find(|spec| spec.input == first.name && spec.others.is_some() && spec.matrix.is_none())
}

impl Study {
    /// Writes the table of an analysis with the columns of other results; its path and digest, where it takes any.
    ///
    /// # Errors
    /// A table that cannot be read, a reference that names nothing, rows that do not fit.
    pub(crate) fn join(
        &self,
        i: usize,
        outcomes: &[Option<Outcome>],
        folder: &mut Folder,
    ) -> Result<Option<(String, String)>, Fault> {
        let analysis = &self.analyses[i];
        let Some(input) = analysis.inputs.first().filter(|_| !analysis.with.is_empty()) else { return Ok(None) };
        let spec = joined_spec(analysis.estimand).unwrap_or_else(|| TableSpec::new(input.name));
        let (path, shown, read) = self.source(&input.source, outcomes, folder)?;
        let InputData::Table(mut table) = read_table(&path, &shown, &spec, &read)?.data else { return Ok(None) };
        for joined in &analysis.with {
            let outcome = self.outcome(&joined.from.id, outcomes);
            let outcome = outcome.ok_or_else(|| Fault::option("the result is not there").with_value(&*joined.text))?;
            let values = column(&table, outcome, joined).map_err(|fault| self.at_column(i, &joined.column, fault))?;
            table = table.with_numbers(&joined.column, values);
        }
        let mut csv = Vec::new();
        write_csv(&table, &mut csv).map_err(|error| Fault::result(format!("the table cannot be written: {error}")))?;
        let path = joined_path(&analysis.id);
        let sha256 = folder.put(&path, &csv)?;
        Ok(Some((path, sha256)))
    }

    /// A fault of a column of another result, with its place in the study.
    fn at_column(&self, i: usize, column: &str, fault: Fault) -> Fault {
        match crate::document::Document::read(&self.shown, &self.text) {
            Ok(document) => document.place(at!["analysis", i, "options", "with", column], fault),
            Err(_) => fault,
        }
    }

    /// Whether the input of an analysis is its table with columns of other results.
    pub(crate) fn is_joined(&self, i: usize, source: &Source) -> bool {
        let analysis = &self.analyses[i];
        !analysis.with.is_empty() && analysis.inputs.first().is_some_and(|input| input.source == *source)
    }
}

/// The values of the other result in the order of the rows; missing where it knows nothing of a row.
fn column(table: &Table, outcome: &Outcome, joined: &Joined) -> Result<Vec<f64>, Fault> {
    let Reference { id, part, .. } = &joined.from;
    let value = joined.from.value(outcome)?;
    let other = outcome.table(part).unwrap_or_else(|| unreachable!("a value was found in it"));
    let fault = |why: String| Fault::option(why).with_value(&*joined.text);
    let Some(Values::Number(values)) = other.field(&joined.from.name).map(|field| &field.values) else {
        return Err(fault(format!("the column holds no numbers: {}", kind(&value))));
    };
    if table.field(&joined.column).is_some() {
        let why = format!("the table has a column `{}` already", joined.column);
        return Err(fault(why).with_hint("give the new column another name"));
    }
    let own = key(table).ok_or_else(|| fault("the table of the analysis has no column `unit`".to_owned()))?;
    let theirs = key(other).ok_or_else(|| {
        let known = KEYS.map(|key| format!("`{key}`")).join(", ");
        fault(format!("`{id}:{part}` does not name its rows")).with_hint(format!("one of {known} does"))
    })?;
    let years = table.numbers("year").zip(other.numbers("year"));
    let place = |text: &Text, years: Option<&[f64]>, row: usize| {
        (text.get(row).map(str::to_owned), years.map_or(0, |years| years[row].to_bits()))
    };
    let mut found = HashMap::new();
    for (row, &value) in values.iter().enumerate() {
        let place = place(theirs.1, years.map(|(_, years)| years), row);
        if let (Some(label), true) = (place.0.clone(), found.insert(place, value).is_some()) {
            let fault = fault(format!("`{id}:{part}` has more than one row of {} {label}", theirs.0));
            return Err(fault.with_hint("ask that analysis for one: one industry, one year"));
        }
    }
    let values: Vec<Option<f64>> =
        (0..table.rows()).map(|row| found.get(&place(own.1, years.map(|(years, _)| years), row)).copied()).collect();
    if values.iter().all(Option::is_none) {
        let why = format!("no {} of the table stands among the {}s of `{id}:{part}`", own.0, theirs.0);
        return Err(fault(why).with_hint("both tables must call their rows by the same codes"));
    }
    Ok(values.into_iter().map(|value| value.unwrap_or(f64::NAN)).collect())
}

/// The column that names the rows.
fn key(table: &Table) -> Option<(&'static str, &Text)> {
    KEYS.iter().find_map(|name| Some((*name, table.text(name)?)))
}

fn kind(value: &Value) -> &'static str {
    let first = value.as_array().and_then(|items| items.iter().find(|item| !item.is_null()));
    match first {
        Some(Value::Bool(_)) => "it says yes or no",
        Some(Value::String(_)) => "it holds words",
        _ => "it is empty",
    }
}
