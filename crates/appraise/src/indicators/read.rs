//! From a table of a file to [`Indicators`].

use super::missing::fill;
use super::options::{IndicatorOptions, Pool};
use super::scheme::{Definition, Transform, check_column, definitions};
use super::{Indicator, Indicators, Tree};
use distretto_core::{Document, Fault, Inputs, Table};
use rustc_hash::FxHashMap;

/// Sizes of values whose squares and products exist.
const SIZES: std::ops::RangeInclusive<f64> = 1e-100..=1e100;

/// Reads the indicators: columns first, then units, missing cells, and the sign that a transform needs.
///
/// `data` is the table, `spec` or `tree` describe its columns.
pub(crate) fn read(inputs: &Inputs, options: &IndicatorOptions) -> Result<Indicators, Fault> {
    read_table(inputs.need("data")?, inputs, options)
}

/// The same from a table made of `data`.
pub(crate) fn read_table(table: &Table, inputs: &Inputs, options: &IndicatorOptions) -> Result<Indicators, Fault> {
    let mut tree = None;
    let (definitions, notes) = match inputs.document("tree") {
        Some(document) => {
            let (found, definitions) = Tree::read(document)?;
            tree = Some(found);
            (checked(definitions, table, document)?, Vec::new())
        }
        None => definitions(table, inputs.table("spec"), options)?,
    };
    let units = units(table);
    let years = table.numbers("year").map(<[f64]>::to_vec);
    if options.pool == Pool::Year && years.is_none() {
        let fault = Fault::usage("--pool year needs a column `year`").in_table(table);
        return Err(fault.with_hint("leave --pool out, or name the column: --col year=NAME"));
    }
    if let Some(row) = years.iter().flatten().position(|year| year.is_nan()) {
        return Err(Fault::input("missing year; every row needs one").at(table, row, "year"));
    }
    refuse_second_rows(table, &units, years.as_deref())?;
    let columns = definitions.iter().map(|one| table.numbers(&one.column).map(<[f64]>::to_vec).unwrap_or_default());
    let mut found = Indicators {
        columns: columns.collect(),
        indicators: definitions.iter().map(indicator).collect(),
        rows: (0..units.len()).collect(),
        groups: Vec::new(),
        tree,
        imputed: Vec::new(),
        units,
        years,
        notes,
    };
    refuse_extremes(&found, table)?;
    fill(&mut found, table, options.missing)?;
    for (definition, column) in definitions.iter().zip(&mut found.columns) {
        transform(definition, column).map_err(|(row, message)| {
            let fault = Fault::input(message).with_value(format!("{}", column[row]));
            fault.at(table, found.rows[row], &definition.column)
        })?;
    }
    found.groups = groups(&found, options.pool);
    Ok(found)
}

/// Squares and products of the values stay within what numbers hold.
fn refuse_extremes(found: &Indicators, table: &Table) -> Result<(), Fault> {
    for (indicator, column) in found.indicators.iter().zip(&found.columns) {
        let extreme = |x: &f64| !x.is_nan() && *x != 0.0 && !SIZES.contains(&x.abs());
        if let Some(row) = column.iter().position(extreme) {
            let what = if column[row].abs() > 1.0 { "large" } else { "small" };
            let fault = Fault::input(format!("this value is too {what} to be computed with"));
            let fault = fault.at(table, row, &indicator.column).with_value(format!("{:e}", column[row]));
            return Err(
                fault.with_hint("state the column in another unit: sizes from 1e-100 to 1e100 are allowed, and 0")
            );
        }
    }
    Ok(())
}

/// The columns that the indicators of a tree name are there.
fn checked(definitions: Vec<Definition>, table: &Table, document: &Document) -> Result<Vec<Definition>, Fault> {
    if definitions.is_empty() {
        return Err(document.fault("", "the tree has no indicator").with_hint("write [[indicator]] with an id"));
    }
    for (i, definition) in definitions.iter().enumerate() {
        if let Err(fault) = check_column(table, &definition.column) {
            let fault = document.fault(&format!("indicator.{i}.id"), fault.message().to_owned());
            return Err(fault.with_hint("indicators are columns of the table, or say which: column = \"…\""));
        }
    }
    Ok(definitions)
}

fn indicator(definition: &Definition) -> Indicator {
    Indicator {
        name: definition.name.clone(),
        column: definition.column.clone(),
        direction: definition.direction,
        weight: definition.weight,
    }
}

/// Names of the units; the number of the row where the table has none.
fn units(table: &Table) -> Vec<String> {
    match table.text("unit") {
        Some(text) => text.iter().map(|unit| unit.unwrap_or_default().to_owned()).collect(),
        None => (1..=table.rows()).map(|row| row.to_string()).collect(),
    }
}

/// A unit stands once, or once in each year.
fn refuse_second_rows(table: &Table, units: &[String], years: Option<&[f64]>) -> Result<(), Fault> {
    let mut seen: FxHashMap<(&str, u64), usize> = FxHashMap::default();
    for (row, unit) in units.iter().enumerate() {
        let year = years.map_or(0, |years| years[row].to_bits());
        if let Some(first) = seen.insert((unit, year), row) {
            let what = if years.is_some() { "unit and year" } else { "unit" };
            let line = table.origin().and_then(|origin| origin.lines.of(first));
            let before = line.map_or_else(|| format!("row {}", first + 1), |line| format!("line {line}"));
            let fault = Fault::input(format!("duplicate {what}; it stands in {before} already"));
            return Err(fault.at(table, row, "unit").with_value(unit.as_str()));
        }
    }
    Ok(())
}

/// Transforms a column in place; the row that cannot be transformed, and why.
fn transform(definition: &Definition, column: &mut [f64]) -> Result<(), (usize, String)> {
    let name = &definition.name;
    let first = |column: &[f64], wrong: fn(f64) -> bool| column.iter().position(|&x| wrong(x));
    match definition.transform {
        Transform::None => {}
        Transform::Log => {
            if let Some(row) = first(column, |x| x <= 0.0) {
                return Err((row, format!("{name} must be positive: its logarithm is taken")));
            }
            column.iter_mut().for_each(|x| *x = x.ln());
        }
        Transform::Sqrt => {
            if let Some(row) = first(column, |x| x < 0.0) {
                return Err((row, format!("{name} is negative; it must be 0 or more: its root is taken")));
            }
            column.iter_mut().for_each(|x| *x = x.sqrt());
        }
        Transform::Share => {
            if let Some(row) = first(column, |x| x < 0.0) {
                return Err((row, format!("{name} is negative; it must be 0 or more: shares are taken")));
            }
            let total: f64 = column.iter().filter(|x| !x.is_nan()).sum();
            if total <= 0.0 && !column.is_empty() {
                return Err((0, format!("the total of {name} must be positive: shares are taken")));
            }
            column.iter_mut().for_each(|x| *x /= total);
        }
    }
    Ok(())
}

/// Rows that belong together; years rise.
fn groups(found: &Indicators, pool: Pool) -> Vec<Vec<usize>> {
    let all: Vec<usize> = (0..found.n()).collect();
    let Some(years) = found.years.as_ref().filter(|_| pool == Pool::Year) else { return vec![all] };
    let mut distinct = years.clone();
    distinct.sort_by(f64::total_cmp);
    distinct.dedup();
    distinct.iter().map(|year| all.iter().copied().filter(|&row| years[row] == *year).collect()).collect()
}
