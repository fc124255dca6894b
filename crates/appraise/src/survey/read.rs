//! From the table of answers to columns of items, labels, groups and strata.

use super::items::Stratum;
use super::{LikertScale, SurveyOptions};
use distretto_core::{Fault, Table, Values};

/// Columns that are no items unless named.
const RESERVED: [&str; 4] = ["unit", "year", "stratum", "wave"];

/// The column, or a fault with the nearest name.
pub(super) fn need(table: &Table, column: &str) -> Result<(), Fault> {
    if table.field(column).is_some() {
        return Ok(());
    }
    let known: Vec<&str> = table.fields().iter().map(|field| field.name.as_str()).collect();
    let hint = match distretto_core::nearest(column, &known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the columns are {}", known.join(", ")),
    };
    Err(Fault::input(format!("there is no column `{column}`")).in_table(table).with_hint(hint))
}

/// Cells of a column as words; an empty cell is none.
pub(super) fn labels(table: &Table, column: &str) -> Result<Vec<Option<String>>, Fault> {
    need(table, column)?;
    let trimmed = |cell: Option<&str>| cell.map(str::trim).filter(|cell| !cell.is_empty()).map(str::to_owned);
    Ok(match table.field(column).map(|field| &field.values) {
        Some(Values::Text(text)) => text.iter().map(trimmed).collect(),
        Some(Values::Number(numbers)) => {
            numbers.iter().map(|x| if x.is_nan() { None } else { Some(x.to_string()) }).collect()
        }
        _ => vec![None; table.rows()],
    })
}

/// Names of the items: those asked for, or all numeric columns that no other option uses. Without a scale the latter
/// only where nothing else is asked.
pub(super) fn item_names(table: &Table, options: &SurveyOptions) -> Vec<String> {
    if !options.items.is_empty() {
        return options.items.clone();
    }
    let others = !options.choice.is_empty() || !options.multiple.is_empty() || options.open.is_some();
    if options.scale.is_none() && others {
        return Vec::new();
    }
    let used = |name: &String| {
        RESERVED.contains(&name.as_str())
            || options.choice.contains(name)
            || options.multiple.contains(name)
            || [&options.group, &options.open].into_iter().flatten().any(|other| other == name)
    };
    let numeric = table.fields().iter().filter(|field| matches!(field.values, Values::Number(_)));
    numeric.map(|field| field.name.clone()).filter(|name| !used(name)).collect()
}

/// Answers to the items, each a point of the scale or NaN.
pub(super) fn answers(table: &Table, names: &[String], scale: LikertScale) -> Result<Vec<Vec<f64>>, Fault> {
    let mut found = Vec::new();
    for (k, name) in names.iter().enumerate() {
        need(table, name)?;
        if names[..k].contains(name) {
            return Err(Fault::option("duplicate: the column is named twice among the items").with_value(name.clone()));
        }
        let empty = table.text(name).is_some_and(|text| text.iter().all(|cell| cell.is_none()));
        let column = match table.numbers(name) {
            Some(column) => column.to_vec(),
            None if empty => vec![f64::NAN; table.rows()],
            None => {
                let fault =
                    Fault::input(format!("the column `{name}` holds words; an item is numeric")).in_table(table);
                return Err(fault.in_column(name.clone()).with_hint("name it with --choice"));
            }
        };
        if let Some(row) = column.iter().position(|x| !x.is_nan() && !scale.holds(*x)) {
            return Err(scale.off(column[row]).at(table, row, name));
        }
        found.push(column);
    }
    Ok(found)
}

/// Respondents by group.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Groups {
    /// Names, sorted.
    pub names: Vec<String>,
    /// Group of each respondent; none where it is unknown or too small.
    pub of: Vec<Option<usize>>,
    /// Groups of one respondent, which are left out.
    pub dropped: Vec<String>,
}

/// Groups of two respondents or more, of which there must be two.
pub(super) fn groups(table: &Table, column: &str) -> Result<Groups, Fault> {
    let cells = labels(table, column)?;
    let mut names: Vec<String> = cells.iter().flatten().cloned().collect();
    names.sort();
    names.dedup();
    let size = |name: &String| cells.iter().flatten().filter(|cell| *cell == name).count();
    let (kept, dropped): (Vec<String>, Vec<String>) = names.into_iter().partition(|name| size(name) >= 2);
    if kept.len() < 2 {
        let message = format!("the column `{column}` divides respondents into {} group of two or more", kept.len());
        let fault = Fault::input(message).in_table(table).in_column(column);
        return Err(fault.with_hint("a comparison needs two groups of two respondents or more"));
    }
    let place = |cell: &Option<String>| cell.as_ref().and_then(|cell| kept.iter().position(|name| name == cell));
    Ok(Groups { of: cells.iter().map(place).collect(), names: kept, dropped })
}

/// The strata of the frame, and that of each respondent.
pub(super) fn strata(table: &Table, frame: &Table) -> Result<(Vec<Stratum>, Vec<Option<usize>>), Fault> {
    if table.field("stratum").is_none() {
        let fault = Fault::input("there is no column `stratum`, which --frame needs").in_table(table);
        return Err(fault.with_hint("name it: --col stratum=NAME"));
    }
    let cells = labels(table, "stratum")?;
    let names = labels(frame, "stratum")?;
    let (population, invited) = (frame.numbers("population"), frame.numbers("invited"));
    let mut strata = Vec::new();
    for (row, name) in names.into_iter().enumerate() {
        let value = |column: Option<&[f64]>| column.map_or(f64::NAN, |cells| cells[row]);
        for (column, cell) in [("population", value(population)), ("invited", value(invited))] {
            if cell.is_nan() {
                return Err(Fault::input("missing value; every stratum needs one").at(frame, row, column));
            }
        }
        let name = name.unwrap_or_default();
        let answered = cells.iter().flatten().filter(|cell| **cell == name).count();
        strata.push(Stratum { name, population: value(population), invited: value(invited), answered });
    }
    let mut of = Vec::new();
    for (row, cell) in cells.iter().enumerate() {
        let place = cell.as_ref().map(|cell| strata.iter().position(|stratum| stratum.name == *cell));
        if place == Some(None) {
            let fault = Fault::input("this label is no stratum of the frame").at(table, row, "stratum");
            return Err(fault.with_value(cell.clone().unwrap_or_default()));
        }
        of.push(place.flatten());
    }
    Ok((strata, of))
}
