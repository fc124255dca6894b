//! Which columns are indicators, and what is known of each: from the options, a spec table, or a tree.

use super::options::{IndicatorOptions, named_values};
use distretto_core::{Fault, Message, Table, Values};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Columns of an indicators table that are never indicators.
const RESERVED: [&str; 3] = ["unit", "year", "expert"];

/// Which values of an indicator are good.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Direction {
    /// More is better.
    Benefit,
    /// Less is better.
    Cost,
    /// The nearer to this value the better.
    Target(f64),
    /// Between these ends it is good, the farther outside the worse.
    Interval(f64, f64),
}

impl Direction {
    /// The word of the tables.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Benefit => "+",
            Self::Cost => "-",
            Self::Target(_) => "target",
            Self::Interval(..) => "interval",
        }
    }

    /// `1 − |x − t|/max|x − t|`, or 1 inside an interval and `1 − d/max d` outside; nothing for plain directions. All
    /// 1 where nobody is off.
    #[must_use]
    pub fn nearness(self, values: &[f64]) -> Option<Vec<f64>> {
        let off = |x: f64| match self {
            Self::Target(target) => (x - target).abs(),
            Self::Interval(low, high) => (low - x).max(x - high).max(0.0),
            Self::Benefit | Self::Cost => f64::NAN,
        };
        if matches!(self, Self::Benefit | Self::Cost) {
            return None;
        }
        let most = values.iter().map(|&x| off(x)).fold(0.0, f64::max);
        Some(values.iter().map(|&x| if most > 0.0 { 1.0 - off(x) / most } else { 1.0 }).collect())
    }
}

/// What is done to a column before anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Transform {
    /// Nothing.
    #[default]
    None,
    /// The natural logarithm; values above 0.
    Log,
    /// The square root; values of 0 or more.
    Sqrt,
    /// The share in the total of the column.
    Share,
}

/// An indicator before its column was read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Definition {
    pub name: String,
    pub column: String,
    pub direction: Direction,
    pub transform: Transform,
    /// Global weight; NaN where a weight is lacking.
    pub weight: f64,
}

impl Definition {
    fn plain(column: &str, direction: Direction, weight: f64) -> Self {
        let name = column.to_owned();
        Self { column: name.clone(), name, direction, transform: Transform::None, weight }
    }
}

/// The definitions of all indicators, and what the reader must know.
pub(crate) fn definitions(
    table: &Table,
    spec: Option<&Table>,
    options: &IndicatorOptions,
) -> Result<(Vec<Definition>, Vec<Message>), Fault> {
    let (columns, notes) = match (spec, options.vars.is_empty()) {
        (Some(spec), true) => (spec_columns(spec), Vec::new()),
        (None, true) => numeric_columns(table)?,
        (_, false) => (options.vars.clone(), Vec::new()),
    };
    for (i, column) in columns.iter().enumerate() {
        check_column(table, column)?;
        if columns[..i].contains(column) {
            return Err(Fault::option("duplicate: the column is named twice among the indicators").with_value(column));
        }
    }
    if columns.is_empty() {
        let fault = Fault::input("no column of the table is a numeric indicator").in_table(table);
        return Err(fault.with_hint("an indicators table has the column unit and one numeric column per indicator"));
    }
    let definitions = match spec {
        Some(spec) => from_spec(spec, &columns)?,
        None => from_options(table, options, &columns)?,
    };
    Ok((definitions, notes))
}

fn spec_columns(spec: &Table) -> Vec<String> {
    spec.text("indicator").into_iter().flat_map(|names| names.iter().flatten()).map(str::to_owned).collect()
}

/// The first cell that is no number of a column most of whose cells are: a slip of the pen, not a column of names.
fn slip(table: &Table, column: &str) -> Option<Fault> {
    let cells: Vec<(usize, &str)> =
        table.text(column)?.iter().enumerate().filter_map(|(row, cell)| Some((row, cell?))).collect();
    let wrong = |cell: &&(usize, &str)| !cell.1.trim().parse::<f64>().is_ok_and(f64::is_finite);
    let count = cells.iter().filter(wrong).count();
    let &(row, cell) = cells.iter().find(wrong).filter(|_| 2 * count < cells.len())?;
    let fault = Fault::input(format!("this is no number, as the other values of {column} are"));
    let fault = fault.at(table, row, column).with_value(cell);
    Some(fault.with_hint("mend the cell, or leave it empty where the value is missing"))
}

/// Numeric columns; those with words are named in a warning.
///
/// # Errors
/// A column of numbers with a word in it.
fn numeric_columns(table: &Table) -> Result<(Vec<String>, Vec<Message>), Fault> {
    let (mut numeric, mut words) = (Vec::new(), Vec::new());
    for field in table.fields().iter().filter(|field| !RESERVED.contains(&field.name.as_str())) {
        match field.values {
            Values::Number(_) => numeric.push(field.name.clone()),
            _ => match slip(table, &field.name) {
                Some(fault) => return Err(fault),
                None => words.push(distretto_core::Arg::Text(field.name.clone())),
            },
        }
    }
    let note = Message::new("appraise.indicators.words").count("count", words.len());
    let notes =
        if words.is_empty() { Vec::new() } else { vec![note.with("columns", distretto_core::Arg::List(words))] };
    Ok((numeric, notes))
}

/// The column is there and numeric.
pub(crate) fn check_column(table: &Table, column: &str) -> Result<(), Fault> {
    let fault = |message: String| Err(Fault::input(message).in_table(table).in_column(column));
    match table.field(column).map(|field| &field.values) {
        _ if RESERVED.contains(&column) => fault(format!("the column `{column}` cannot be an indicator")),
        Some(Values::Number(_)) => Ok(()),
        Some(_) => match slip(table, column) {
            Some(fault) => Err(fault),
            None => fault(format!("the column `{column}` holds words; an indicator is numeric")),
        },
        None => {
            let known: Vec<&str> = table.fields().iter().map(|field| field.name.as_str()).collect();
            let hint = match distretto_core::nearest(column, &known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the columns are {}", known.join(", ")),
            };
            let fault = Fault::input(format!("there is no column `{column}`")).in_table(table);
            Err(fault.with_hint(hint))
        }
    }
}

fn from_options(table: &Table, options: &IndicatorOptions, columns: &[String]) -> Result<Vec<Definition>, Fault> {
    for column in &options.cost {
        check_column(table, column)?;
        if !columns.contains(column) {
            return Err(Fault::option(format!("--cost: the column `{column}` is not among the indicators")));
        }
    }
    let direction = |column: &String| if options.cost.contains(column) { Direction::Cost } else { Direction::Benefit };
    let weights = weights(options, columns)?;
    let pairs = columns.iter().zip(weights);
    Ok(pairs.map(|(column, weight)| Definition::plain(column, direction(column), weight)).collect())
}

/// Weights of the option in the order of the columns; equal ones where none are given, NaN for one that lacks.
fn weights(options: &IndicatorOptions, columns: &[String]) -> Result<Vec<f64>, Fault> {
    if options.weights.is_empty() {
        return Ok(vec![1.0 / columns.len() as f64; columns.len()]);
    }
    weights_for(&named_values("weights", "weight", &options.weights)?, columns, "--weights")
}

/// Weights by name in the order of the columns.
///
/// A name that is no column, or a column without a weight, is an error.
pub(crate) fn weights_for(given: &[(String, f64)], columns: &[String], what: &str) -> Result<Vec<f64>, Fault> {
    if let Some((name, _)) = given.iter().find(|(name, _)| !columns.contains(name)) {
        let fault = Fault::option(format!("{what}: a weight is given to `{name}`, which is no column of indicators"));
        return Err(fault.with_hint(format!("the indicators are {}", columns.join(", "))));
    }
    let weight = |column: &String| given.iter().find(|(name, _)| name == column).map(|(_, weight)| *weight);
    if let Some(column) = columns.iter().find(|column| weight(column).is_none()) {
        let fault = Fault::option(format!("{what}: no weight is given to `{column}`"));
        return Err(fault.with_hint("every indicator needs a weight, and they sum to 1"));
    }
    Ok(columns.iter().filter_map(weight).collect())
}

fn from_spec(spec: &Table, columns: &[String]) -> Result<Vec<Definition>, Fault> {
    let names = spec_columns(spec);
    let weights = spec.numbers("weight");
    let one = |column: &String| {
        let Some(row) = names.iter().position(|name| name == column) else {
            let fault = Fault::input(format!("the column `{column}` is not described here")).in_table(spec);
            return Err(fault.with_hint("every indicator needs a row of the spec table"));
        };
        let weight = weights.map_or(1.0 / columns.len() as f64, |weights| weights[row]);
        let direction = match spec.text("direction").and_then(|text| text.get(row)) {
            Some("+") => Direction::Benefit,
            Some("-" | "−") => Direction::Cost,
            other => {
                let fault = Fault::input("the direction must be + or -").at(spec, row, "direction");
                return Err(fault.with_value(other.unwrap_or_default()));
            }
        };
        Ok(Definition::plain(column, direction, weight))
    };
    columns.iter().map(one).collect()
}
