//! The firms: how many, their names, and the markets in which they sell.

use super::values::Reader;
use distretto_core::Fault;

/// Lists that say how many firms there are.
pub(super) const LISTS: [&str; 9] = [
    "firms.marginal_cost",
    "firms.rd_cost",
    "market.intercept",
    "spillover.absorptive",
    "spillover.leakage",
    "spillover.narrowness",
    "policy.output_subsidy",
    "policy.rd_subsidy_rate",
    "policy.rd_subsidy_per_unit",
];

/// Number of firms, their names, and whether the table names them.
pub(super) fn names(reader: &Reader<'_>) -> Result<Vec<String>, Fault> {
    let document = reader.document;
    let count = reader.whole("firms.count")?;
    let n = match (reader.table, count, reader.listed(&LISTS)) {
        (Some(table), Some(count), _) if table.rows() != count => {
            let message = format!("`firms.count` is {count}, the table of firms has {} rows", table.rows());
            return Err(document.fault("firms.count", message).with_hint("leave out the count: the table gives it"));
        }
        (Some(table), _, _) if table.rows() == 0 => {
            return Err(Fault::input("the table of firms has no row").in_table(table));
        }
        (Some(table), _, _) => table.rows(),
        (None, Some(count), _) => count,
        (None, None, Some((0, key))) => return Err(document.fault(key, format!("`{key}` is an empty list"))),
        (None, None, Some((length, _))) => length,
        (None, None, None) => match document.get("spillover.matrix").and_then(|matrix| matrix.as_array()) {
            Some(rows) if !rows.is_empty() => rows.len(),
            _ => {
                let fault = document.fault("firms", "`firms.count` is missing: nothing says how many firms there are");
                return Err(fault.with_hint("write count = 5, or give a list or a table of firms"));
            }
        },
    };
    match reader.table.and_then(|table| table.text("firm")) {
        Some(labels) => Ok(labels.iter().map(|label| label.unwrap_or_default().to_owned()).collect()),
        None => Ok((1..=n).map(|i| i.to_string()).collect()),
    }
}

/// The market of each firm, and the names of the markets in the order of their first firm.
pub(super) fn markets(reader: &Reader<'_>, n: usize) -> (Vec<u32>, Vec<String>) {
    match reader.table.and_then(|table| table.text("market")) {
        Some(labels) => {
            let of = (0..n).map(|row| labels.code(row).unwrap_or(0)).collect();
            (of, labels.labels().to_vec())
        }
        None => (vec![0; n], vec!["1".to_owned()]),
    }
}

/// The type of each firm.
pub(super) fn types(reader: &Reader<'_>) -> Option<Vec<String>> {
    let labels = reader.table?.text("type")?;
    Some(labels.iter().map(|label| label.unwrap_or_default().to_owned()).collect())
}
