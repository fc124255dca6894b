//! How estimands on networks speak: the nodes with the largest values, and those in focus.

use crate::words::ranks;
use distretto_core::{Arg, Focus, Message, Table};

/// Nodes that a finding names.
const LISTED: usize = 3;

/// A node and its number.
fn node_value(node: &str, value: f64) -> Arg {
    Arg::Message(Box::new(Message::new("link.node-value").text("node", node).number("value", value)))
}

/// Rows by falling value, ties in the order of the table; rows without value left out.
fn order(values: &[f64]) -> Vec<usize> {
    let rank = ranks(values);
    let mut order: Vec<usize> = (0..values.len()).filter(|&row| !rank[row].is_nan()).collect();
    order.sort_by(|&a, &b| rank[a].total_cmp(&rank[b]));
    order
}

/// A sentence with the nodes of the largest values of a column; none when all are alike.
pub(crate) fn leaders(key: &'static str, table: &Table, column: &str) -> Option<Message> {
    listed(key, table, column, false)
}

/// A sentence with the nodes of the smallest values of a column; none when all are alike.
pub(crate) fn trailers(key: &'static str, table: &Table, column: &str) -> Option<Message> {
    listed(key, table, column, true)
}

fn listed(key: &'static str, table: &Table, column: &str, smallest: bool) -> Option<Message> {
    let (ids, values) = (table.text("id")?, table.numbers(column)?);
    let order = if smallest { order(&values.iter().map(|v| -v).collect::<Vec<_>>()) } else { order(values) };
    let (first, last) = (*order.first()?, *order.last()?);
    if values[first] == values[last] {
        return None;
    }
    let list = order.iter().take(LISTED).map(|&row| node_value(ids.get(row).unwrap_or_default(), values[row]));
    Some(Message::new(key).with("list", Arg::List(list.collect())))
}

/// For every node in focus (a study's regions or industries may be nodes) its value and rank.
pub(crate) fn node_rank(key: &'static str, table: &Table, column: &str, focus: &Focus) -> Vec<Message> {
    let (Some(ids), Some(values)) = (table.text("id"), table.numbers(column)) else { return Vec::new() };
    let rank = ranks(values);
    let wanted = |id: &str| focus.regions.iter().chain(&focus.industries).any(|one| one == id);
    let rows = (0..table.rows()).filter(|&row| ids.get(row).is_some_and(wanted) && !rank[row].is_nan());
    let say = |row: usize| {
        let message = Message::new(key).text("node", ids.get(row).unwrap_or_default()).number("value", values[row]);
        message.count("rank", rank[row] as usize).count("nodes", table.rows())
    };
    rows.map(say).collect()
}
