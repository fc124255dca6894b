//! How the estimands speak: labels in a sentence, tables of cells.

use distretto_core::{Arg, Focus, Message, Outcome, Table, Text};

/// Labels that a warning names.
const NAMED: usize = 5;

/// A warning about some labels: `count` of them, `labels` the first five and how many more.
pub(crate) fn named(key: &'static str, labels: &[&str]) -> Message {
    let mut list: Vec<Arg> = labels.iter().take(NAMED).map(|&label| Arg::Text(label.to_owned())).collect();
    if labels.len() > NAMED {
        let more = Message::new("link.and-more").count("count", labels.len() - NAMED);
        list.push(Arg::Message(Box::new(more)));
    }
    Message::new(key).count("count", labels.len()).with("labels", Arg::List(list))
}

/// A warning about `count` cells: `cells` the first five, with their values where they have one, and how many more.
pub(crate) fn cells_named<'a>(
    key: &'static str,
    count: usize,
    cells: impl Iterator<Item = (&'a str, &'a str, Option<f64>)>,
) -> Message {
    let cell = |(row, column, value): (&str, &str, Option<f64>)| {
        let message = Message::new(if value.is_some() { "link.cell-value" } else { "link.cell" });
        let message =
            message.with("row", Arg::Industry(row.to_owned())).with("column", Arg::Industry(column.to_owned()));
        Arg::Message(Box::new(match value {
            Some(value) => message.number("value", value),
            None => message,
        }))
    };
    let mut list: Vec<Arg> = cells.take(NAMED).map(cell).collect();
    if count > NAMED {
        list.push(Arg::Message(Box::new(Message::new("link.and-more").count("count", count - NAMED))));
    }
    Message::new(key).count("count", count).with("cells", Arg::List(list))
}

/// A warning about sectors and how large their gaps are, as shares: the five largest, and how many more.
pub(crate) fn gaps_named(key: &'static str, sectors: &[String], gaps: &[(usize, f64)]) -> Message {
    let mut order = gaps.to_vec();
    order.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    let one = |&(i, share): &(usize, f64)| {
        let message = Message::new("link.sector-share").with("sector", Arg::Industry(sectors[i].clone()));
        Arg::Message(Box::new(message.with("share", Arg::Share(share))))
    };
    let mut list: Vec<Arg> = order.iter().take(NAMED).map(one).collect();
    if order.len() > NAMED {
        list.push(Arg::Message(Box::new(Message::new("link.and-more").count("count", order.len() - NAMED))));
    }
    Message::new(key).count("count", order.len()).with("labels", Arg::List(list))
}

/// The labels for which the condition holds.
pub(crate) fn where_true(labels: &[String], holds: impl Fn(usize) -> bool) -> Vec<&str> {
    labels.iter().enumerate().filter(|(i, _)| holds(*i)).map(|(_, label)| label.as_str()).collect()
}

/// A column of labels, one for each row.
pub(crate) fn text(labels: &[String]) -> Text {
    labels.iter().map(|label| Some(label.as_str())).collect()
}

/// Row and column labels of all cells of a matrix, row by row.
pub(crate) fn cell_labels(rows: &[String], columns: &[String]) -> (Text, Text) {
    let (n, m) = (rows.len() as u32, columns.len() as u32);
    let row = (0..n).flat_map(|i| std::iter::repeat_n(Some(i), m as usize)).collect();
    let column = (0..n).flat_map(|_| (0..m).map(Some)).collect();
    (Text::from_codes(row, rows.to_vec()), Text::from_codes(column, columns.to_vec()))
}

/// a / b, NaN where b is zero.
pub(crate) fn ratio(a: f64, b: f64) -> f64 {
    if b == 0.0 { f64::NAN } else { a / b }
}

/// A sector and its number.
pub(crate) fn sector_value(sector: &str, value: f64) -> Arg {
    let message = Message::new("link.sector-value").with("sector", Arg::Industry(sector.to_owned()));
    Arg::Message(Box::new(message.number("value", value)))
}

/// Sectors that a finding names.
const LISTED: usize = 3;

/// The rows of the sectors in focus, in the order of the table.
pub(crate) fn focus_rows(table: &Table, focus: &Focus) -> Vec<usize> {
    let Some(sectors) = table.text("sector") else { return Vec::new() };
    let wanted = |row: &usize| sectors.get(*row).is_some_and(|sector| focus.industries.iter().any(|one| one == sector));
    (0..table.rows()).filter(wanted).collect()
}

/// A convention of a result, empty where it has none of that name.
pub(crate) fn convention<'a>(outcome: &'a Outcome, name: &str) -> &'a str {
    outcome.provenance.conventions.get(name).and_then(|value| value.as_str()).unwrap_or_default()
}

/// The sectors in focus with their rank, one sentence each, and those with the largest values of a column, as one
/// sentence.
pub(crate) fn extremes(
    largest: &'static str,
    of_focus: &'static str,
    table: &Table,
    column: &str,
    focus: &Focus,
) -> Vec<Message> {
    let (Some(sectors), Some(values)) = (table.text("sector"), table.numbers(column)) else { return Vec::new() };
    let rank = ranks(values);
    let mut order: Vec<usize> = (0..values.len()).filter(|&row| !rank[row].is_nan()).collect();
    order.sort_by(|&a, &b| rank[a].total_cmp(&rank[b]));
    if order.is_empty() {
        return Vec::new();
    }
    let name = |row: usize| sectors.get(row).unwrap_or_default();
    let list = order.iter().take(LISTED).map(|&row| sector_value(name(row), values[row])).collect();
    let mut said = Vec::new();
    for row in focus_rows(table, focus).into_iter().filter(|&row| !rank[row].is_nan()) {
        let message = Message::new(of_focus).with("sector", Arg::Industry(name(row).to_owned()));
        let message = message.number("value", values[row]).count("rank", rank[row] as usize);
        said.push(message.count("sectors", order.len()));
    }
    said.push(Message::new(largest).with("list", Arg::List(list)));
    said
}

/// Ranks from 1 for the largest; values within 1e-10 of one another count as equal and keep their order. NaN has none.
pub(crate) fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).filter(|&i| !values[i].is_nan()).collect();
    order.sort_by(|&a, &b| values[b].total_cmp(&values[a]).then(a.cmp(&b)));
    // Runs of values that tie with their neighbour are put back into the order of the table.
    let mut start = 0;
    for i in 1..=order.len() {
        let tied = i < order.len() && {
            let (above, here) = (values[order[i - 1]], values[order[i]]);
            (above - here).abs() <= 1e-10 * above.abs().max(here.abs())
        };
        if !tied {
            order[start..i].sort_unstable();
            start = i;
        }
    }
    let mut ranks = vec![f64::NAN; values.len()];
    order.iter().enumerate().for_each(|(rank, &i)| ranks[i] = (rank + 1) as f64);
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_keep_the_order_of_the_table() {
        assert_eq!(ranks(&[1.0, 3.0, 3.0 + 1e-13, 2.0]), [4.0, 1.0, 2.0, 3.0]);
        assert!(ranks(&[f64::NAN, 1.0])[0].is_nan());
    }
}
