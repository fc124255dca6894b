//! The spillovers of a game file: the product of all factors that it gives.

use super::values::{ByFirm, Range, Reader, plain};
use crate::grouped::grouped;
use crate::knowledge::Knowledge;
use distretto_core::{ColumnKind, Fault, Table, TableSpec};
use distretto_numerics::{Matrix, Metric, distance};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde_json::Value;

const MATRIX: &str = "spillover.matrix";
const LINKS: &str = "spillover.links";
/// What the row labels of a matrix are called: no firm bears such a name.
const LABEL: &str = "(firm)";
/// What the file of a matrix has besides its numbers.
const NAMED: &str = "the first line and the first column of the file hold the names of the firms";

/// The columns of the files that this section names.
pub(super) fn columns(input: &str) -> Option<TableSpec> {
    let spec = TableSpec::new(input);
    match input {
        MATRIX => Some(spec.matrix(LABEL, &[]).and_others(ColumnKind::Number).unique(&[LABEL])),
        LINKS => Some(
            spec.need("source", ColumnKind::Label)
                .need("target", ColumnKind::Label)
                .take("weight", ColumnKind::Number)
                .unique(&["source", "target"])
                .may_be_bare(),
        ),
        _ => None,
    }
}

/// A receiver, a source and what of a unit of the source's R&D reaches the receiver.
type Link = (u32, u32, f64);

/// Reads the section; how many links lead from a firm to itself, which say nothing, since a firm has all of its own R&D.
pub(super) fn knowledge(reader: &Reader<'_>, names: &[String]) -> Result<(Knowledge, usize), Fault> {
    let document = reader.document;
    let n = names.len();
    let rate = reader.number("spillover.rate", Range::Unit)?;
    let absorptive = reader.by_firm("spillover.absorptive", "absorptive", n, Range::NonNegative)?;
    let leakage = reader.by_firm("spillover.leakage", "leakage", n, Range::NonNegative)?;
    if document.get(MATRIX).is_some() && document.get(LINKS).is_some() {
        let fault = document.fault(LINKS, "`spillover.matrix` and `spillover.links` cannot stand together");
        return Err(fault.with_hint("links take the place of the matrix: remove one of them"));
    }
    let decay = decay(reader, n)?;
    let ones = |factor: &Option<ByFirm>| factor.as_ref().map_or_else(|| vec![1.0; n], |factor| factor.values.clone());
    let (mut row, column) = (ones(&absorptive), ones(&leakage));
    row.iter_mut().for_each(|value| *value *= rate.unwrap_or(1.0));
    let told = |beta: f64, i: usize, j: usize| {
        if let Some(fault) = in_table(reader, beta, (i, j), names) {
            return Err(fault);
        }
        let key = if leakage.is_some() && absorptive.is_none() { "spillover.leakage" } else { "spillover.absorptive" };
        let key = if absorptive.is_none() && leakage.is_none() { "spillover.rate" } else { key };
        let message = format!("the spillover from firm {} to firm {} must lie in [0, 1]", names[j], names[i]);
        Err(document
            .fault(key, message)
            .with_value(beta.to_string())
            .with_hint("it is the product of all factors of [spillover]"))
    };
    if let Some(links) = reader.inputs.table(LINKS) {
        let factor = |i: usize, j: usize| row[i] * column[j] * decay.as_ref().map_or(1.0, |decay| decay(i, j));
        return sparse(links, names, factor);
    }
    let matrix = matrix(reader, names)?;
    let any = rate.is_some() || absorptive.is_some() || leakage.is_some() || matrix.is_some() || decay.is_some();
    if !any {
        return Ok((Knowledge::None, 0));
    }
    if matrix.is_none() && decay.is_none() {
        if let Some((i, j)) = above_one(&row, &column) {
            return told(row[i] * column[j], i, j);
        }
        return Ok((Knowledge::RankOne { row, column }, 0));
    }
    let mut beta = Matrix::zeros(n, n);
    for j in 0..n {
        for i in (0..n).filter(|&i| i != j) {
            let entry = matrix.as_ref().map_or(1.0, |matrix| matrix[(i, j)]);
            let value = row[i] * column[j] * entry * decay.as_ref().map_or(1.0, |decay| decay(i, j));
            if !(0.0..=1.0).contains(&value) {
                return told(value, i, j);
            }
            beta[(i, j)] = value;
        }
    }
    Ok((Knowledge::Dense(beta), 0))
}

/// A spillover that the table of firms makes too large: the cell of the factor, where it stands there.
fn in_table(reader: &Reader<'_>, beta: f64, (i, j): (usize, usize), names: &[String]) -> Option<Fault> {
    let table = reader.table?;
    let (column, row) = [("absorptive", i), ("leakage", j)]
        .into_iter()
        .find(|&(column, row)| table.numbers(column).is_some_and(|values| values[row] > 1.0))
        .or_else(|| {
            [("absorptive", i), ("leakage", j)].into_iter().find(|(column, _)| table.numbers(column).is_some())
        })?;
    let message = format!("the spillover from firm {} to firm {} must lie in [0, 1]", names[j], names[i]);
    let fault = Fault::input(message).at(table, row, column).with_value(table.numbers(column)?[row].to_string());
    Some(fault.with_hint(format!("it is the product of all factors of [spillover], here {beta}")))
}

/// A pair of different firms whose product is above 1.
fn above_one(row: &[f64], column: &[f64]) -> Option<(usize, usize)> {
    let mut order: Vec<usize> = (0..column.len()).collect();
    order.sort_by(|&a, &b| column[b].total_cmp(&column[a]));
    let largest = |i: usize| order.iter().copied().find(|&j| j != i);
    (0..row.len()).find_map(|i| largest(i).filter(|&j| row[i] * column[j] > 1.0).map(|j| (i, j)))
}

type Decay = Box<dyn Fn(usize, usize) -> f64 + Send + Sync>;

/// What distance leaves of a spillover.
fn decay(reader: &Reader<'_>, n: usize) -> Result<Option<Decay>, Fault> {
    let document = reader.document;
    if document.get("spillover.decay").is_none() {
        return Ok(None);
    }
    document.only("spillover.decay", &["kind", "range", "exponent"])?;
    let kinds = [("exponential", 0), ("power", 1), ("threshold", 2)];
    let Some(kind) = reader.choice("spillover.decay.kind", &kinds)? else {
        return Err(document
            .fault("spillover.decay", "`spillover.decay.kind` is missing")
            .with_hint("exponential, power or threshold"));
    };
    let parameter = if kind == 1 { "spillover.decay.exponent" } else { "spillover.decay.range" };
    let Some(size) = reader.number(parameter, Range::Positive)? else {
        return Err(document.fault("spillover.decay", format!("`{parameter}` is missing")));
    };
    let pair = |x: &str, y: &str| {
        let table = reader.table?;
        Some((table.numbers(x)?.to_vec(), table.numbers(y)?.to_vec()))
    };
    let (metric, (x, y)) = match (pair("lon", "lat"), pair("x", "y")) {
        (Some(places), None) => (Metric::Haversine, places),
        (None, Some(places)) => (Metric::Euclidean, places),
        (Some(_), Some(_)) => {
            let fault =
                document.fault("spillover.decay", "the table of firms has x, y and lon, lat: one place is enough");
            return Err(fault.with_hint("remove one pair of columns"));
        }
        (None, None) => {
            let fault = document.fault("spillover.decay", "`spillover.decay` needs the places of the firms");
            return Err(fault.with_hint("give the table of firms columns x and y, or lon and lat"));
        }
    };
    if let Some(i) = (0..n).find(|&i| x[i].is_nan() || y[i].is_nan()) {
        let table = reader.table.expect("the places come from it");
        return Err(Fault::input("the place of the firm is missing").at(table, i, "x"));
    }
    Ok(Some(Box::new(move |i, j| {
        let far = distance(metric, [x[i], y[i]], [x[j], y[j]]);
        match kind {
            0 => (-far / size).exp(),
            1 => (1.0 + far).powf(-size),
            _ => f64::from(u8::from(far <= size)),
        }
    })))
}

/// The place of every name.
pub(super) fn index(names: &[String]) -> FxHashMap<&str, usize> {
    names.iter().enumerate().map(|(i, name)| (name.as_str(), i)).collect()
}

fn sparse(
    table: &Table,
    names: &[String],
    factor: impl Fn(usize, usize) -> f64 + Sync,
) -> Result<(Knowledge, usize), Fault> {
    if table.rows() == 0 {
        return Ok((Knowledge::None, 0));
    }
    let index = index(names);
    let text = |column: &str| table.text(column).expect("the plan needs this column");
    let (sources, targets) = (text("source"), text("target"));
    let firms = |labels: &distretto_core::Text| {
        let firm = |label: &String| index.get(label.as_str()).map(|&i| i as u32);
        labels.labels().par_iter().with_min_len(1 << 14).map(firm).collect::<Vec<_>>()
    };
    let (of_source, of_target) = (firms(sources), firms(targets));
    let firm = |known: &[Option<u32>], labels: &distretto_core::Text, row: usize| {
        labels.code(row).and_then(|code| known[code as usize])
    };
    let weights = table.numbers("weight");
    // (receiver, source, spillover) of a row.
    let link = |row: usize| {
        let (of_row, to_row) = (firm(&of_source, sources, row), firm(&of_target, targets, row));
        let (Some(j), Some(i)) = (of_row, to_row) else {
            let (column, labels) = if of_row.is_none() { ("source", sources) } else { ("target", targets) };
            return Err(unknown(table, row, column, labels.get(row).unwrap_or_default(), names));
        };
        let weight = weights.map_or(1.0, |weights| weights[row]);
        if i != j && !(0.0..=1.0).contains(&weight) {
            return Err(no_weight(table, row, weight));
        }
        let beta = weight * factor(i as usize, j as usize);
        if i != j && !(0.0..=1.0).contains(&beta) {
            return Err(above(table, row, beta));
        }
        Ok((i, j, beta))
    };
    let rows = (0..table.rows()).into_par_iter().with_min_len(1 << 14);
    let Some(links) = rows.map(|row| link(row).ok()).collect::<Option<Vec<Link>>>() else {
        // The first that is wrong.
        return Err((0..table.rows()).find_map(|row| link(row).err()).expect("one is wrong"));
    };
    let others = || links.iter().filter(|(i, j, _)| i != j).map(|&(i, j, beta)| (i, (j, beta)));
    let by_source = |links: &mut [(u32, f64)]| links.sort_by_key(|&(j, _)| j);
    let (starts, sorted) = grouped(names.len(), links.len(), others, by_source);
    let own = links.len() - sorted.len();
    let (sources, weights) = sorted.into_iter().unzip();
    Ok((Knowledge::Sparse { starts, sources, weights }, own))
}

/// A weight that is no share.
fn no_weight(table: &Table, row: usize, weight: f64) -> Fault {
    if weight.is_nan() {
        let fault = Fault::input("the weight is missing; every link needs one").at(table, row, "weight");
        return fault.with_hint("leave the column out where all links weigh 1");
    }
    let fault = Fault::input("the weight must lie in [0, 1]").at(table, row, "weight").with_value(weight.to_string());
    fault.with_hint("weights stand for the matrix: shares of what the source knows, which `spillover.rate` multiplies")
}

/// A link whose spillover does not lie in [0, 1].
fn above(table: &Table, row: usize, beta: f64) -> Fault {
    let Some(weights) = table.numbers("weight") else {
        let message = format!("the spillover of this link is {beta}: the product of all factors must lie in [0, 1]");
        return Fault::input(message).at(table, row, "source");
    };
    let message = "the spillover, the product of the weight and the other factors, must lie in [0, 1]";
    let fault = Fault::input(message).at(table, row, "weight").with_value(weights[row].to_string());
    fault.with_hint(format!("here it is {beta}"))
}

pub(super) fn unknown(table: &Table, row: usize, column: &str, label: &str, names: &[String]) -> Fault {
    let fault = Fault::input("no firm has this name").at(table, row, column).with_value(label);
    fault.with_hint(like(label, names))
}

/// Most firms that a hint lists.
const LISTED: usize = 8;

/// What to do about a name that no firm bears. Numbers are no words: another number is not the one that was meant, and
/// neither is another letter.
pub(super) fn like(label: &str, names: &[String]) -> String {
    let known: Vec<&str> = names.iter().map(String::as_str).filter(|name| name.chars().count() > 1).collect();
    if let Some(near) = distretto_core::nearest(label, &known).filter(|_| label.parse::<f64>().is_err()) {
        return format!("did you mean `{near}`?");
    }
    let named = names.iter().enumerate().any(|(i, name)| *name != (i + 1).to_string());
    if named && names.len() <= LISTED {
        return format!("the firms are {}", names.join(", "));
    }
    "firms without a column `firm` are named 1, 2, …".to_owned()
}

/// The matrix, rows and columns in the order of the firms.
fn matrix(reader: &Reader<'_>, names: &[String]) -> Result<Option<Matrix>, Fault> {
    if let Some(table) = reader.inputs.table(MATRIX) {
        return labelled(table, names).map(Some);
    }
    match reader.document.get(MATRIX) {
        None => Ok(None),
        Some(value) => nested(reader, MATRIX, value, names.len()).map(Some),
    }
}

/// A square list of lists, with entries in [0, 1]; the diagonal may be anything in it.
pub(super) fn nested(reader: &Reader<'_>, key: &str, value: &Value, n: usize) -> Result<Matrix, Fault> {
    let fault = |message: String| reader.document.fault(key, message);
    let Some(rows) = value.as_array() else {
        return Err(fault(format!("`{key}` must be a list of lists, or the name of a file")).with_value(plain(value)));
    };
    if rows.len() != n || rows.iter().any(|row| row.as_array().is_none_or(|row| row.len() != n)) {
        return Err(fault(format!("`{key}` must be square, {n} rows of {n} numbers, one for each firm")));
    }
    let mut matrix = Matrix::zeros(n, n);
    for (i, row) in rows.iter().enumerate() {
        for (j, cell) in row.as_array().into_iter().flatten().enumerate() {
            matrix[(i, j)] = reader.one(&format!("{key}.{i}.{j}"), cell, Range::Unit)?;
        }
    }
    Ok(matrix)
}

/// A matrix whose first column and whose header name the firms.
fn labelled(table: &Table, names: &[String]) -> Result<Matrix, Fault> {
    let n = names.len();
    let labels = table.text(LABEL).expect("the plan needs the labels");
    let columns: Vec<(&str, &[f64])> = table
        .fields()
        .iter()
        .filter(|field| field.name != LABEL)
        .filter_map(|field| Some((field.name.as_str(), table.numbers(&field.name)?)))
        .collect();
    if columns.len() != table.rows() {
        let message = format!("the matrix must be square; it has {} rows and {} columns", table.rows(), columns.len());
        return Err(Fault::input(message).in_table(table).with_hint(NAMED));
    }
    if columns.len() != n {
        let message = format!("the matrix is square of size {}, and there are {n} firms", columns.len());
        let hint = format!("give a row and a column for each firm; {NAMED}");
        return Err(Fault::input(message).in_table(table).with_hint(hint));
    }
    let index = index(names);
    let mut matrix = Matrix::zeros(n, n);
    let mut seen = vec![false; n];
    for (label, cells) in &columns {
        let Some(&j) = index.get(label) else {
            return Err(Fault::input("no firm has the name of this column")
                .in_table(table)
                .in_column(*label)
                .with_value(*label));
        };
        seen[j] = true;
        for row in 0..n {
            let name = labels.get(row).unwrap_or_default();
            let &i = index.get(name).ok_or_else(|| unknown(table, row, LABEL, name, names))?;
            let cell = cells[row];
            if i == j && cell.is_nan() {
                continue;
            }
            if !(0.0..=1.0).contains(&cell) {
                let why = if cell.is_nan() { "the entry is missing" } else { "the entry must lie in [0, 1]" };
                let fault = Fault::input(why).at(table, row, label);
                return Err(if cell.is_nan() { fault } else { fault.with_value(cell.to_string()) });
            }
            matrix[(i, j)] = cell;
        }
    }
    match seen.iter().position(|&seen| !seen) {
        Some(j) => Err(Fault::input(format!("the matrix has no column for firm {}", names[j])).in_table(table)),
        None => Ok(matrix),
    }
}
