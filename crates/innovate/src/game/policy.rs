//! Subsidies and public research of a game file.

use super::spillover::{index, like, unknown};
use super::values::{Range, Reader, plain};
use super::{Policy, Research};
use distretto_core::{ColumnKind, Fault, TableSpec};
use rustc_hash::{FxHashMap, FxHashSet};

const RESEARCH: &str = "policy.public_research";
const RECEIVERS: &str = "policy.public_research.receivers";

/// The columns of the file that this section names.
pub(super) fn columns(input: &str) -> Option<TableSpec> {
    (input == RECEIVERS).then(|| {
        TableSpec::new(input).need("firm", ColumnKind::Label).need("rate", ColumnKind::Number).unique(&["firm"])
    })
}

/// Reads the section.
pub(super) fn policy(reader: &Reader<'_>, names: &[String]) -> Result<Policy, Fault> {
    let n = names.len();
    let by_firm = |key: &str, column: &str, range| {
        Ok::<_, Fault>(reader.by_firm(key, column, n, range)?.map_or_else(|| vec![0.0; n], |given| given.values))
    };
    Ok(Policy {
        output: by_firm("policy.output_subsidy", "output_subsidy", Range::Any)?,
        rate: by_firm("policy.rd_subsidy_rate", "rd_subsidy_rate", Range::Share)?,
        unit: by_firm("policy.rd_subsidy_per_unit", "rd_subsidy_per_unit", Range::Any)?,
        funds_cost: reader.number("policy.public_funds_cost", Range::NonNegative)?.unwrap_or(0.0),
        research: research(reader, names)?,
    })
}

fn research(reader: &Reader<'_>, names: &[String]) -> Result<Option<Research>, Fault> {
    let document = reader.document;
    if document.get(RESEARCH).is_none() {
        return Ok(None);
    }
    document.only(RESEARCH, &["amount", "rate", "allied", "outside_rate", "receivers", "cost"])?;
    let at = |key: &str| format!("{RESEARCH}.{key}");
    let Some(amount) = reader.number(&at("amount"), Range::NonNegative)? else {
        return Err(document.fault(RESEARCH, format!("`{}` is missing", at("amount"))));
    };
    let cost = reader.number(&at("cost"), Range::NonNegative)?.unwrap_or(0.0);
    let rate = reader.number(&at("rate"), Range::Unit)?;
    let outside = reader.number(&at("outside_rate"), Range::Unit)?;
    let allied = document.get(&at("allied"));
    let forms = [rate.is_some(), allied.is_some(), document.get(RECEIVERS).is_some()];
    let given: Vec<&str> = ["rate", "allied", "receivers"]
        .into_iter()
        .zip(forms)
        .filter(|(_, given)| *given)
        .map(|(form, _)| form)
        .collect();
    let alternatives = "rate: every firm alike; allied with outside_rate: some firms all of it; receivers: a table";
    if given.is_empty() {
        let fault = document.fault(RESEARCH, format!("`{RESEARCH}` needs one of rate, allied, receivers"));
        return Err(fault.with_hint(alternatives));
    }
    if given.len() > 1 {
        let message = format!("`{RESEARCH}` has {}, which contradict each other", given.join(" and "));
        let hint = format!("keep one of them ({alternatives})");
        return Err(document.fault(RESEARCH, message).with_hint(hint));
    }
    if outside.is_some() && allied.is_none() {
        return Err(document.fault(&at("outside_rate"), format!("`{}` needs `{}`", at("outside_rate"), at("allied"))));
    }
    let received = match (rate, allied) {
        (Some(rate), _) => vec![rate; names.len()],
        (None, Some(list)) => {
            let mut received = vec![outside.unwrap_or(0.0); names.len()];
            for i in firms_of(reader, &at("allied"), list, names, &index(names))? {
                received[i as usize] = 1.0;
            }
            received
        }
        (None, None) => receivers(reader, names)?,
    };
    Ok(Some(Research { amount, received, cost }))
}

fn receivers(reader: &Reader<'_>, names: &[String]) -> Result<Vec<f64>, Fault> {
    let Some(table) = reader.inputs.table(RECEIVERS) else {
        return Err(reader.document.fault(RECEIVERS, format!("`{RECEIVERS}` must be the name of a file")));
    };
    let (labels, rates) = (table.text("firm"), table.numbers("rate"));
    let (labels, rates) = labels.zip(rates).expect("the plan needs both columns");
    let index = index(names);
    let mut received = vec![0.0; names.len()];
    for (row, &rate) in rates.iter().enumerate() {
        let name = labels.get(row).unwrap_or_default();
        let &i = index.get(name).ok_or_else(|| unknown(table, row, "firm", name, names))?;
        if !(0.0..=1.0).contains(&rate) {
            let fault = Fault::input("the rate must lie in [0, 1]").at(table, row, "rate");
            return Err(fault.with_value(rate.to_string()));
        }
        received[i] = rate;
    }
    Ok(received)
}

/// A list of names of firms; a number counts as the name that it spells.
pub(super) fn firms_of(
    reader: &Reader<'_>,
    key: &str,
    list: &serde_json::Value,
    names: &[String],
    known: &FxHashMap<&str, usize>,
) -> Result<Vec<u32>, Fault> {
    let Some(items) = list.as_array() else {
        return Err(reader.document.fault(key, format!("`{key}` must be a list of firms")).with_value(plain(list)));
    };
    let mut found: Vec<u32> = Vec::with_capacity(items.len());
    let mut seen = FxHashSet::default();
    for item in items {
        let name = plain(item);
        let Some(&i) = known.get(name.as_str()) else {
            let fault = reader.document.fault(key, format!("`{key}` names an unknown firm")).with_value(name.as_str());
            return Err(fault.with_hint(like(&name, names)));
        };
        if !seen.insert(i) {
            return Err(reader.document.fault(key, format!("`{key}` names firm {name} twice")).with_value(name));
        }
        found.push(i as u32);
    }
    Ok(found)
}
