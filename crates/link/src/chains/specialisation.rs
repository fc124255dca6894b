//! Functional specialisation: which stage of the chain a region earns its income with.

use crate::words::{cell_labels, ratio};
use distretto_core::{
    Arg, ColumnKind, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Input, Inputs, Message,
    OptionValues, Outcome, Place, Table, TableSpec, option_specs, parse_options,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "link",
    name: "specialisation",
    about: "Functional specialisation: income from R&D, management, marketing, fabrication by region",
    chapter: "link/upgrading",
    revision: 1,
    inputs: &[Input::table("functions", Place::Positional, true, "Income: region, function, value, perhaps year")],
    options: option_specs::<FunctionOptions>,
    plan,
    run,
    findings,
    figures,
};

/// Options of [`functional_specialisation`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct FunctionOptions {
    /// The function that is no head function.
    pub fabrication: String,
}

impl Default for FunctionOptions {
    fn default() -> Self {
        Self { fabrication: "fabrication".to_owned() }
    }
}

/// Income by region (row) and function, of one year.
#[derive(Debug, Clone, PartialEq)]
pub struct Functions {
    /// Names of the regions.
    pub regions: Vec<String>,
    /// Names of the functions.
    pub functions: Vec<String>,
    /// Income, region by region.
    pub values: Vec<f64>,
}

/// Share of each function in the income of its region, and that share over the share in all regions; NaN where a total
/// is zero.
///
/// # References
/// Timmer, Miroudot and de Vries 2019.
#[must_use]
pub fn functional_specialisation(income: &Functions) -> (Vec<f64>, Vec<f64>) {
    let (n, k) = (income.regions.len(), income.functions.len());
    let of_region: Vec<f64> = (0..n).map(|i| income.values[i * k..(i + 1) * k].iter().sum()).collect();
    let of_function: Vec<f64> = (0..k).map(|j| (0..n).map(|i| income.values[i * k + j]).sum()).collect();
    let all: f64 = of_region.iter().sum();
    let share: Vec<f64> = (0..n * k).map(|cell| ratio(income.values[cell], of_region[cell / k])).collect();
    let specialisation = (0..n * k).map(|cell| ratio(share[cell], ratio(of_function[cell % k], all))).collect();
    (share, specialisation)
}

fn plan(values: &OptionValues, _given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let _: FunctionOptions = parse_options(values)?;
    let spec = TableSpec::new("functions").need("region", ColumnKind::Label).need("function", ColumnKind::Label);
    let spec = spec.need("value", ColumnKind::NonNegative).take("year", ColumnKind::Integer);
    Ok(vec![spec.unique(&["region", "function", "year"])])
}

/// The income of a year; pairs without a row have none.
fn of_year(table: &Table, year: Option<f64>) -> Result<Functions, Fault> {
    let parts = (table.text("region"), table.text("function"), table.numbers("value"));
    let (Some(regions), Some(functions), Some(values)) = parts else {
        return Err(Fault::input("the columns `region`, `function` and `value` are needed").in_table(table));
    };
    let (names, kinds) = (regions.labels().to_vec(), functions.labels().to_vec());
    let mut cells = vec![0.0; names.len() * kinds.len()];
    let years = table.numbers("year");
    for row in 0..table.rows() {
        if year.is_some_and(|year| years.is_some_and(|years| years[row] != year)) {
            continue;
        }
        if values[row].is_nan() {
            return Err(Fault::input("the value is missing; it must be a number of 0 or more").at(table, row, "value"));
        }
        if let (Some(i), Some(j)) = (regions.code(row), functions.code(row)) {
            cells[i as usize * kinds.len() + j as usize] = values[row];
        }
    }
    Ok(Functions { regions: names, functions: kinds, values: cells })
}

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: FunctionOptions = parse_options(values)?;
    let table = inputs.need("functions")?;
    let span = super::upgrading::span(table, None, None)?;
    let income = of_year(table, span.map(|(_, last)| last))?;
    let (share, specialisation) = functional_specialisation(&income);
    let method = "functional specialisation, share of a function over its share in all regions (Timmer, Miroudot and de Vries 2019)";
    let mut outcome = Outcome::new("link specialisation", method);
    if share.iter().chain(&specialisation).any(|value| value.is_nan()) {
        outcome.warn(Message::new("link.specialisation.zero-total"));
    }
    outcome.scalar("regions", income.regions.len() as f64).scalar("functions", income.functions.len() as f64);
    let (region, function) = cell_labels(&income.regions, &income.functions);
    let functions = Table::empty()
        .with_text("region", region.clone())
        .with_text("function", function.clone())
        .with_numbers("share", share.clone())
        .with_numbers("specialisation", specialisation);
    outcome.add_table("functions", functions);
    if let Some((first, last)) = span.filter(|(first, last)| first < last) {
        outcome.scalar("from", first).scalar("to", last);
        let (before, _) = functional_specialisation(&of_year(table, Some(first))?);
        let change: Vec<f64> = share.iter().zip(before).map(|(after, before)| after - before).collect();
        let k = income.functions.len();
        let known = fabrication(&income.functions, &options, table)?;
        if !known {
            outcome.warn(Message::new("link.specialisation.no-fabrication").text("name", &options.fabrication));
        }
        let head = |i: usize| -> f64 {
            if !known {
                return f64::NAN;
            }
            (0..k).filter(|&j| income.functions[j] != options.fabrication).map(|j| change[i * k + j]).sum()
        };
        let gains =
            (0..income.regions.len()).map(|i| Some(head(i)).filter(|gain| !gain.is_nan()).map(|gain| gain > 1e-12));
        let regions = Table::empty()
            .with_text("region", crate::words::text(&income.regions))
            .with_flags("functional_upgrading", gains.collect());
        let changes = Table::empty().with_text("region", region).with_text("function", function);
        outcome.add_table("change", changes.with_numbers("change", change));
        outcome.add_table("regions", regions);
    }
    Ok(outcome)
}

/// Whether the function of fabrication is there; one that was asked for must be.
fn fabrication(functions: &[String], options: &FunctionOptions, table: &Table) -> Result<bool, Fault> {
    let name = &options.fabrication;
    if functions.contains(name) {
        return Ok(true);
    }
    if *name == FunctionOptions::default().fabrication {
        return Ok(false);
    }
    let message =
        format!("option `fabrication`: there is no function `{name}`; the functions are {}", functions.join(", "));
    Err(Fault::option(message).in_table(table).with_value(name.clone()))
}

/// Cells that a finding names.
const NAMED: usize = 3;

fn findings(outcome: &Outcome, focus: &Focus) -> Vec<Message> {
    let Some(table) = outcome.table("functions") else { return Vec::new() };
    let parts = (table.text("region"), table.text("function"), table.numbers("specialisation"));
    let (Some(regions), Some(functions), Some(values)) = parts else { return Vec::new() };
    let wanted = |row: &usize| {
        focus.regions.is_empty()
            || regions.get(*row).is_some_and(|region| focus.regions.iter().any(|one| one == region))
    };
    let mut rows: Vec<usize> = (0..values.len()).filter(|row| !values[*row].is_nan() && wanted(row)).collect();
    rows.sort_by(|&a, &b| values[b].total_cmp(&values[a]).then(a.cmp(&b)));
    let cell = |&row: &usize| {
        let message = Message::new("link.specialisation.cell")
            .with("region", Arg::Region(regions.get(row).unwrap_or_default().to_owned()))
            .text("function", functions.get(row).unwrap_or_default());
        Arg::Message(Box::new(message.number("value", values[row])))
    };
    let list: Vec<Arg> = rows.iter().take(NAMED).map(cell).collect();
    let mut said = Vec::new();
    if !list.is_empty() {
        said.push(Message::new("link.specialisation.largest").with("list", Arg::List(list)));
    }
    if let Some(flags) = outcome.table("regions").and_then(|table| table.flags("functional_upgrading")) {
        let gained = flags.iter().filter(|flag| **flag == Some(true)).count();
        said.push(Message::new("link.specialisation.upgraded").count("count", gained).count("regions", flags.len()));
    }
    said
}

fn figures(_outcome: &Outcome) -> Vec<FigureSpec> {
    let bars = FigureSpec::new(FigureKind::Bars).of_table("functions").of_value("specialisation").by("region");
    vec![bars.first(20).against(1.0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_by_hand() {
        let income = Functions {
            regions: vec!["home".into(), "north".into()],
            functions: vec!["rd".into(), "fabrication".into()],
            values: vec![10.0, 70.0, 40.0, 40.0],
        };
        let (share, specialisation) = functional_specialisation(&income);
        assert_eq!(share, [0.125, 0.875, 0.5, 0.5]);
        // All regions together earn 50 of 160 with research.
        assert!((specialisation[0] - 0.125 / 0.3125).abs() < 1e-15);
        let none = Functions { values: vec![0.0, 0.0, 1.0, 1.0], ..income };
        assert!(functional_specialisation(&none).0[0].is_nan());
    }
}
