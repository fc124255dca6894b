//! Findings and figures of the analytic hierarchy process, from the outcome alone.

use crate::firmness::rank_of;
use crate::outcomes::{falling_rows, word};
use distretto_core::{Arg, FigureKind, FigureSpec, Focus, Message, Outcome, Scalar, Table};

/// Items that a finding names.
const NAMED: usize = 3;

pub(super) fn findings(outcome: &Outcome, _focus: &Focus) -> Vec<Message> {
    let mut said: Vec<Message> = Vec::new();
    if let Some(table) = outcome.table("alternatives") {
        said.extend(leading(table, "alternative", "score", "appraise.ahp.finding-alternatives"));
    }
    if let Some(table) = outcome.table("weights") {
        said.extend(leading(table, "item", "weight", "appraise.ahp.finding-weights"));
    }
    said.push(Message::new("appraise.ahp.firm").count("experts", outcome.number("experts").unwrap_or(1.0) as usize));
    said.extend(consistency(outcome));
    said.extend(repair(outcome));
    said.extend(apart(outcome));
    said
}

fn leading(table: &Table, label: &str, value: &str, key: &'static str) -> Option<Message> {
    let (names, values) = (table.text(label)?, table.numbers(value)?);
    let entry = |row: usize| {
        let said = Message::new("appraise.ahp.item").text("item", names.get(row).unwrap_or_default());
        let rank = rank_of(table, row).map_or_else(|| Arg::Text(String::new()), |rank| Arg::Message(Box::new(rank)));
        Arg::Message(Box::new(said.with("share", Arg::Share(values[row])).with("rank", rank)))
    };
    let order = falling_rows(values);
    Some(Message::new(key).with("items", Arg::List(order.into_iter().take(NAMED).map(entry).collect())))
}

fn consistency(outcome: &Outcome) -> Option<Message> {
    if let Some(said) = outcome.table("nodes").and_then(|nodes| hierarchy(outcome, nodes)) {
        return Some(said);
    }
    let cr = outcome.number("cr")?;
    let consistent = outcome.summary.iter().any(|(name, value)| name == "consistent" && *value == Scalar::Flag(true));
    let key = if consistent { "appraise.ahp.finding-consistent" } else { "appraise.ahp.finding-inconsistent" };
    let said = Message::new(key).number("cr", cr);
    Some(if consistent {
        said
    } else {
        said.text("row", word(outcome, "worst_row")).text("column", word(outcome, "worst_column"))
    })
}

/// The ratio of the whole hierarchy and of its worst node: the goal alone says nothing of those beneath.
fn hierarchy(outcome: &Outcome, nodes: &Table) -> Option<Message> {
    let (names, ratios) = (nodes.text("node")?, nodes.numbers("cr")?);
    let worst = (0..nodes.rows()).filter(|&row| ratios[row].is_finite());
    let worst = worst.max_by(|&a, &b| ratios[a].total_cmp(&ratios[b]).then(b.cmp(&a)))?;
    let limit = outcome.provenance.options.get("threshold").and_then(|value| value.as_f64()).unwrap_or(0.1);
    let total = outcome.number("total_cr").unwrap_or(f64::NAN);
    let within = ratios[worst] <= limit + 1e-12;
    let key = if within { "appraise.ahp.finding-total" } else { "appraise.ahp.finding-total-over" };
    let said = Message::new(key).number("total", total).number("threshold", limit);
    let cell = |column: &str| nodes.text(column).and_then(|text| text.get(worst)).unwrap_or_default().to_owned();
    let said = said.text("row", cell("worst_row")).text("column", cell("worst_column"));
    Some(said.text("node", names.get(worst)?).number("cr", ratios[worst]))
}

/// The first change that is suggested.
fn repair(outcome: &Outcome) -> Option<Message> {
    let table = outcome.table("repairs")?;
    let value = |name: &str| table.numbers(name).and_then(|values| values.first().copied());
    let at_node = table.text("node").and_then(|text| text.get(0));
    let said = match at_node {
        Some(node) => Message::new("appraise.ahp.finding-repair-node").text("node", node),
        None => Message::new("appraise.ahp.finding-repair"),
    };
    let said = said.text("row", table.text("row")?.get(0)?);
    let said = said.text("column", table.text("column")?.get(0)?).number("value", value("value")?);
    Some(said.number("suggested", value("suggested")?).number("cr", value("cr_after")?))
}

/// The item on which experts differ most.
fn apart(outcome: &Outcome) -> Option<Message> {
    let table = outcome.table("experts").filter(|_| outcome.number("experts").is_some_and(|experts| experts > 1.0))?;
    let (items, weights) = (table.text("item")?, table.numbers("weight")?);
    let ends = |item: &str| {
        let of_item = (0..table.rows()).filter(|&row| items.get(row) == Some(item)).map(|row| weights[row]);
        of_item.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), w| (low.min(w), high.max(w)))
    };
    let spread = |item: &str| ends(item).1 - ends(item).0;
    let most = items.labels().iter().max_by(|a, b| spread(a).total_cmp(&spread(b)).then(b.cmp(a)))?;
    let (low, high) = ends(most);
    let said = Message::new("appraise.ahp.finding-apart").text("item", most.as_str());
    Some(said.with("low", Arg::Share(low)).with("high", Arg::Share(high)))
}

pub(super) fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    let mut drawn = vec![FigureSpec::new(FigureKind::Bars).of_table("weights").by("item").of_value("weight")];
    if outcome.table("alternatives").is_some() {
        drawn.insert(0, FigureSpec::new(FigureKind::Bars).of_table("alternatives").by("alternative").of_value("score"));
    }
    drawn
}
