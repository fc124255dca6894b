//! The row of the registration table, the ledger read, the result as tables, findings and figures.

use super::{COMPONENTS, CostItem, CostSplit, EFFECTS, split};
use crate::outcomes::{falling_rows, words_of};
use crate::ranks::ranks;
use distretto_core::{
    Arg, ColumnKind, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Input, Inputs, Message,
    OptionValues, Outcome, Place, Table, TableSpec, option_specs, options_record, parse_options,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Keys of the names of the effects.
const EFFECT_NAMES: [&str; 8] = [
    "appraise.effects.name-resource",
    "appraise.effects.name-division",
    "appraise.effects.name-cost",
    "appraise.effects.name-competition",
    "appraise.effects.name-learning",
    "appraise.effects.name-brand",
    "appraise.effects.name-synergy",
    "appraise.effects.name-institutional",
];
/// Keys of the names of the components.
const COMPONENT_NAMES: [&str; 5] = [
    "appraise.effects.part-transaction",
    "appraise.effects.part-opportunity",
    "appraise.effects.part-production",
    "appraise.effects.part-learning",
    "appraise.effects.part-welfare",
];
const QUANTITIES: [&str; 4] = ["quantity_inside", "rate_inside", "quantity_outside", "rate_outside"];
/// Effects that a finding names.
const NAMED: usize = 3;

/// `effects` has no options.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct EffectsOptions {}

/// `appraise effects`.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "appraise",
    name: "effects",
    about: "Eight cluster effects and the structure of cost, inside against outside",
    chapter: "appraise/effects",
    revision: 1,
    inputs: &[
        Input::table(
            "ledger",
            Place::Positional,
            true,
            "effect, indicator, inside, outside, optional direction and weight",
        ),
        Input::table("costs", Place::Flag, false, "component, item, quantities and rates inside and outside"),
    ],
    options: option_specs::<EffectsOptions>,
    plan,
    run,
    findings,
    figures,
};

fn plan(values: &OptionValues, _given: &Given) -> Result<Vec<TableSpec>, Fault> {
    parse_options::<EffectsOptions>(values)?;
    let ledger = TableSpec::new("ledger")
        .need("effect", ColumnKind::Label)
        .need("indicator", ColumnKind::Label)
        .need("inside", ColumnKind::Number)
        .need("outside", ColumnKind::Number)
        .take("direction", ColumnKind::Word)
        .take("weight", ColumnKind::Number)
        .unique(&["effect", "indicator"]);
    let costs = TableSpec::new("costs").need("component", ColumnKind::Label).need("item", ColumnKind::Label);
    let costs = QUANTITIES.iter().fold(costs, |costs, name| costs.need(name, ColumnKind::Number));
    Ok(vec![ledger, costs.unique(&["component", "item"])])
}

/// A row of the ledger.
struct Entry {
    effect: usize,
    indicator: String,
    /// `s ln(inside/outside)`.
    log_ratio: f64,
    weight: f64,
}

/// An effect that was measured.
struct Measured {
    effect: usize,
    index: f64,
    indicators: usize,
}

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: EffectsOptions = parse_options(values)?;
    let table = inputs.need("ledger")?;
    let entries = entries(table)?;
    let measured = measured(table, &entries)?;
    let costs = inputs.table("costs").map(components).transpose()?;
    let mut outcome = outcome(&entries, &measured, costs.as_deref());
    outcome.provenance.options = options_record(&options);
    Ok(outcome)
}

fn entries(table: &Table) -> Result<Vec<Entry>, Fault> {
    let text = |row: usize, column: &str| table.text(column).and_then(|text| text.get(row)).unwrap_or_default();
    let one = |row: usize| {
        let effect = known(table, row, "effect", &EFFECTS)?;
        let value = |column: &str| {
            let value = table.numbers(column).map_or(f64::NAN, |column| column[row]);
            if value > 0.0 {
                return Ok(value);
            }
            let why = if value.is_nan() { "missing value" } else { "the value must be positive" };
            let fault = Fault::input(format!("{why}: the logarithm of a ratio is taken")).at(table, row, column);
            Err(if value.is_nan() { fault } else { fault.with_value(value.to_string()) })
        };
        let (inside, outside) = (value("inside")?, value("outside")?);
        let sign = match text(row, "direction") {
            "" | "+" => 1.0,
            "-" | "−" => -1.0,
            other => {
                let fault = Fault::input("the direction must be + or -").at(table, row, "direction");
                return Err(fault.with_value(other));
            }
        };
        let weight =
            table.numbers("weight").map(|weights| weights[row]).filter(|weight| !weight.is_nan()).unwrap_or(1.0);
        if weight < 0.0 {
            let fault = Fault::input("negative weight; it must be 0 or more").at(table, row, "weight");
            return Err(fault.with_value(weight.to_string()));
        }
        let log_ratio = sign * (inside / outside).ln();
        Ok(Entry { effect, indicator: text(row, "indicator").to_owned(), log_ratio, weight })
    };
    if table.rows() == 0 {
        return Err(Fault::input("no effect is measured").in_table(table));
    }
    (0..table.rows()).map(one).collect()
}

/// The place of an id among those that are known.
fn known(table: &Table, row: usize, column: &str, ids: &[&str]) -> Result<usize, Fault> {
    let id = table.text(column).and_then(|text| text.get(row)).unwrap_or_default();
    ids.iter().position(|known| *known == id).ok_or_else(|| {
        let fault = Fault::input(format!("unknown {column}")).at(table, row, column).with_value(id);
        fault.with_hint(match distretto_core::nearest(id, ids) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("one of {}", ids.join(", ")),
        })
    })
}

/// `Σ w s ln(inside/outside)/Σ w` of each effect that has a row.
fn measured(table: &Table, entries: &[Entry]) -> Result<Vec<Measured>, Fault> {
    let mut found = Vec::new();
    for (effect, id) in EFFECTS.iter().enumerate() {
        let of_effect = || entries.iter().filter(move |entry| entry.effect == effect);
        let indicators = of_effect().count();
        if indicators == 0 {
            continue;
        }
        let total: f64 = of_effect().map(|entry| entry.weight).sum();
        if total <= 0.0 {
            let message = format!("weight: all indicators of the effect {id} have weight 0");
            return Err(Fault::input(message).in_table(table).in_column("weight"));
        }
        let index = of_effect().map(|entry| entry.weight * entry.log_ratio).sum::<f64>() / total;
        found.push(Measured { effect, index, indicators });
    }
    Ok(found)
}

/// Components that have a row, in the order of the book.
fn components(table: &Table) -> Result<Vec<(usize, CostSplit)>, Fault> {
    let mut items: Vec<Vec<CostItem>> = vec![Vec::new(); COMPONENTS.len()];
    for row in 0..table.rows() {
        let component = known(table, row, "component", &COMPONENTS)?;
        let mut cells = [0.0; 4];
        for (cell, name) in cells.iter_mut().zip(QUANTITIES) {
            *cell = table.numbers(name).map_or(f64::NAN, |column| column[row]);
            if cell.is_nan() {
                return Err(Fault::input("missing value").at(table, row, name));
            }
            if *cell < 0.0 {
                let fault = Fault::input("negative; quantities and rates are 0 or more").at(table, row, name);
                return Err(fault.with_value(cell.to_string()));
            }
        }
        let [quantity_inside, rate_inside, quantity_outside, rate_outside] = cells;
        items[component].push(CostItem { quantity_inside, rate_inside, quantity_outside, rate_outside });
    }
    let there = items.into_iter().enumerate().filter(|(_, items)| !items.is_empty());
    Ok(there.map(|(component, items)| (component, split(&items))).collect())
}

fn outcome(entries: &[Entry], measured: &[Measured], costs: Option<&[(usize, CostSplit)]>) -> Outcome {
    let mut outcome = Outcome::new("appraise effects", "cluster effects as log ratios; cost split of Bennet 1920");
    let index: Vec<f64> = measured.iter().map(|one| one.index).collect();
    let overall = index.iter().sum::<f64>() / index.len() as f64;
    outcome.scalar("overall", overall).scalar("overall_ratio", overall.exp());
    outcome.scalar("effects_measured", measured.len() as f64);
    let sum = |value: fn(&CostSplit) -> f64| {
        costs.map_or(f64::NAN, |costs| costs.iter().map(|(_, split)| value(split)).sum())
    };
    let (inside, outside) = (sum(|split| split.inside), sum(|split| split.outside));
    let rate = |saving: f64| if outside == 0.0 { f64::NAN } else { saving / outside };
    outcome.scalar("cost_inside", inside).scalar("cost_outside", outside);
    outcome.scalar("saving", outside - inside).scalar("saving_rate", rate(outside - inside));
    let effects = Table::empty()
        .with_text("effect", words_of(measured.iter().map(|one| EFFECTS[one.effect])))
        .with_numbers("index", index.clone())
        .with_numbers("ratio", index.iter().map(|index| index.exp()).collect())
        .with_numbers("indicators", measured.iter().map(|one| one.indicators as f64).collect())
        .with_numbers("rank", ranks(&index));
    outcome.add_table("effects", effects);
    let indicators = Table::empty()
        .with_text("effect", words_of(entries.iter().map(|entry| EFFECTS[entry.effect])))
        .with_text("indicator", words_of(entries.iter().map(|entry| &entry.indicator)))
        .with_numbers("log_ratio", entries.iter().map(|entry| entry.log_ratio).collect())
        .with_numbers("weight", entries.iter().map(|entry| entry.weight).collect());
    outcome.add_table("indicators", indicators);
    if let Some(costs) = costs {
        let column =
            |value: &dyn Fn(&CostSplit) -> f64| costs.iter().map(|(_, split)| value(split)).collect::<Vec<f64>>();
        let table = Table::empty()
            .with_text("component", words_of(costs.iter().map(|(component, _)| COMPONENTS[*component])))
            .with_numbers("inside", column(&|split| split.inside))
            .with_numbers("outside", column(&|split| split.outside))
            .with_numbers("saving", column(&|split| split.saving))
            .with_numbers("quantity_effect", column(&|split| split.quantity_effect))
            .with_numbers("rate_effect", column(&|split| split.rate_effect))
            .with_numbers("contribution", column(&|split| rate(split.saving)));
        outcome.add_table("costs", table);
    }
    warnings(&mut outcome, measured, costs.is_some(), outside);
    outcome
}

fn warnings(outcome: &mut Outcome, measured: &[Measured], costs: bool, outside: f64) {
    let absent = (0..EFFECTS.len()).filter(|effect| !measured.iter().any(|one| one.effect == *effect));
    let absent: Vec<Arg> = absent.map(|effect| Arg::Message(Box::new(Message::new(EFFECT_NAMES[effect])))).collect();
    if !absent.is_empty() {
        let warning = Message::new("appraise.effects.absent").count("count", absent.len());
        outcome.warn(warning.with("effects", Arg::List(absent)));
    }
    outcome.warn(Message::new("appraise.effects.finding-gap"));
    if !costs {
        outcome.warn(Message::new("appraise.effects.no-costs"));
    } else if outside == 0.0 {
        outcome.warn(Message::new("appraise.effects.free-outside"));
    }
}

fn findings(outcome: &Outcome, _focus: &Focus) -> Vec<Message> {
    let Some(table) = outcome.table("effects") else { return Vec::new() };
    let (Some(names), Some(index)) = (table.text("effect"), table.numbers("index")) else { return Vec::new() };
    let order = falling_rows(index);
    let name = |row: usize| {
        let place = EFFECTS.iter().position(|id| names.get(row) == Some(id)).unwrap_or(0);
        Arg::Message(Box::new(Message::new(EFFECT_NAMES[place])))
    };
    let entry = |row: usize| {
        let said = Message::new("appraise.effects.effect").with("effect", name(row));
        Arg::Message(Box::new(said.number("ratio", index[row].exp())))
    };
    let list = |rows: Vec<usize>| Arg::List(rows.into_iter().take(NAMED).map(entry).collect());
    let ahead: Vec<usize> = order.iter().copied().filter(|&row| index[row] > 0.0).collect();
    let behind: Vec<usize> = order.iter().rev().copied().filter(|&row| index[row] < 0.0).collect();
    let overall = outcome.number("overall_ratio").unwrap_or(f64::NAN);
    let mut said =
        vec![Message::new("appraise.effects.finding-overall").number("ratio", overall).count("n", order.len())];
    if !ahead.is_empty() {
        said.push(
            Message::new("appraise.effects.finding-ahead").count("count", ahead.len()).with("effects", list(ahead)),
        );
    }
    if !behind.is_empty() {
        said.push(
            Message::new("appraise.effects.finding-behind").count("count", behind.len()).with("effects", list(behind)),
        );
    }
    said.extend(saving(outcome));
    said.push(Message::new("appraise.effects.finding-gap"));
    said
}

/// Where the saving comes from.
fn saving(outcome: &Outcome) -> Option<Message> {
    let rate = outcome.number("saving_rate")?;
    let table = outcome.table("costs")?;
    let (parts, savings) = (table.text("component")?, table.numbers("contribution")?);
    let most = (0..table.rows()).max_by(|&a, &b| savings[a].abs().total_cmp(&savings[b].abs()).then(b.cmp(&a)))?;
    let place = COMPONENTS.iter().position(|id| parts.get(most) == Some(id))?;
    let sum = |name: &str| table.numbers(name).map_or(f64::NAN, |values| values.iter().sum());
    let key = if rate < 0.0 { "appraise.effects.finding-dearer" } else { "appraise.effects.finding-saving" };
    let said = Message::new(key).with("rate", Arg::Share(rate.abs()));
    let said = said.with("part", Arg::Message(Box::new(Message::new(COMPONENT_NAMES[place]))));
    let said = said.with("share", Arg::Share(savings[most]));
    Some(said.with("quantity", Arg::Signed(sum("quantity_effect"))).with("rates", Arg::Signed(sum("rate_effect"))))
}

fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    let bars = |table: &str, by: &str, value: &str| {
        FigureSpec::new(FigureKind::Bars).of_table(table).by(by).of_value(value).against(0.0)
    };
    let mut drawn = vec![bars("effects", "effect", "index")];
    if outcome.table("costs").is_some() {
        let parts = FigureSpec::new(FigureKind::Components).of_table("costs").by("component").of_value("saving");
        drawn.push(parts.stacking(&["quantity_effect", "rate_effect"]).against(0.0));
    }
    drawn
}
