//! The row of the registration table, the result as tables, findings and figures.

use super::{Change, changes, geometric_mean};
use crate::dea::{GoodsOptions, Orientation, goods, scaled};
use crate::indicators::Indicators;
use crate::outcomes::{warn, words_of};
use distretto_core::{
    Arg, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Input, Inputs, Message, OptionValues, Outcome,
    Place, Table, TableSpec, option_specs, options_record, parse_options,
};
use rustc_hash::FxHashMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Units that a finding names.
const NAMED: usize = 3;

/// Options of `malmquist`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct MalmquistOptions {
    /// Inputs and outputs.
    #[serde(flatten)]
    pub goods: GoodsOptions,
    /// Which side a unit moves to the frontier; it matters for pure efficiency alone.
    pub orientation: Orientation,
}

impl Default for MalmquistOptions {
    fn default() -> Self {
        Self { goods: GoodsOptions::default(), orientation: Orientation::Out }
    }
}

/// `appraise malmquist`.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "appraise",
    name: "malmquist",
    about: "Malmquist productivity index of a panel, split into efficiency and technical change",
    chapter: "appraise/dea",
    revision: 1,
    inputs: &[Input::table("data", Place::Positional, true, "Panel: unit, year, one column per input and output")],
    options: option_specs::<MalmquistOptions>,
    plan,
    run,
    findings,
    figures,
};

fn plan(values: &OptionValues, _given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: MalmquistOptions = parse_options(values)?;
    Ok(vec![options.goods.table()?])
}

/// A balanced panel: units in the order of the file, years rising.
struct Panel {
    units: Vec<String>,
    years: Vec<f64>,
    /// Row of each unit in each year.
    rows: Vec<Vec<usize>>,
}

fn run(inputs: &Inputs, values: &OptionValues, context: &Context) -> Result<Outcome, Fault> {
    let options: MalmquistOptions = parse_options(values)?;
    let table = inputs.need("data")?;
    if table.numbers("year").is_none() {
        let fault = Fault::input("there is no column `year`: a panel has several years").in_table(table);
        return Err(fault.with_hint("name it: --col year=NAME"));
    }
    let found = goods(inputs, &options.goods)?;
    let panel = panel(&found).map_err(|fault| fault.in_table(table))?;
    let (used, made) = found.columns.split_at(options.goods.inputs.len());
    let (rows, _) = scaled(used, made);
    let years: Vec<Vec<Vec<f64>>> =
        panel.rows.iter().map(|year| year.iter().map(|&row| rows[row].clone()).collect()).collect();
    context.progress.begin("linear programmes", (panel.units.len() * panel.years.len()) as u64);
    let changes = changes(&years, used.len(), options.orientation);
    let mut outcome = outcome(&panel, &changes, options.orientation);
    warn(&mut outcome, &found.notes);
    outcome.warn(Message::new("appraise.malmquist.finding-firm"));
    outcome.provenance.options = options_record(&options);
    Ok(outcome)
}

fn panel(found: &Indicators) -> Result<Panel, Fault> {
    let of_row = found.years.clone().unwrap_or_default();
    let mut years = of_row.clone();
    years.sort_by(f64::total_cmp);
    years.dedup();
    if years.len() < 2 {
        let fault = Fault::input(format!("{} of the two years or more that a change needs", years.len()));
        return Err(fault.with_hint("add years"));
    }
    let mut units: Vec<String> = Vec::new();
    let mut row_of: FxHashMap<(usize, u64), usize> = FxHashMap::default();
    let mut place_of: FxHashMap<&str, usize> = FxHashMap::default();
    for (row, unit) in found.units.iter().enumerate() {
        let place = *place_of.entry(unit).or_insert_with(|| {
            units.push(unit.clone());
            units.len() - 1
        });
        row_of.insert((place, of_row[row].to_bits()), row);
    }
    let mut rows = Vec::new();
    for year in &years {
        let mut of_year = Vec::new();
        for (place, unit) in units.iter().enumerate() {
            let Some(&row) = row_of.get(&(place, year.to_bits())) else {
                let fault = Fault::input(format!("the panel is not balanced: {unit} has no row in {year}"));
                return Err(fault.with_hint("keep the units that are there in every year"));
            };
            of_year.push(row);
        }
        rows.push(of_year);
    }
    Ok(Panel { units, years, rows })
}

/// One of the indices of a change.
type Index = fn(&Change) -> f64;

/// Columns of the five indices.
const COLUMNS: [(&str, Index); 5] = [
    ("malmquist", |change| change.malmquist),
    ("efficiency_change", |change| change.efficiency),
    ("technical_change", |change| change.technical),
    ("pure_efficiency_change", |change| change.pure),
    ("scale_change", |change| change.scale),
];

fn outcome(panel: &Panel, changes: &[Vec<Change>], orientation: Orientation) -> Outcome {
    let mut outcome = Outcome::new("appraise malmquist", "Malmquist productivity index (Färe et al. 1994)");
    let all = || changes.iter().flatten();
    for (name, value) in [
        ("mean_malmquist", COLUMNS[0].1),
        ("mean_efficiency_change", COLUMNS[1].1),
        ("mean_technical_change", COLUMNS[2].1),
    ] {
        outcome.scalar(name, geometric_mean(all().map(value)));
    }
    let n = panel.units.len();
    let ends = |copies: usize, late: usize| -> Vec<f64> {
        (0..changes.len()).flat_map(|t| std::iter::repeat_n(panel.years[t + late], copies)).collect()
    };
    let table = Table::empty()
        .with_text("unit", words_of(changes.iter().flat_map(|_| &panel.units)))
        .with_numbers("from", ends(n, 0))
        .with_numbers("to", ends(n, 1));
    let table = COLUMNS.iter().fold(table, |table, (name, value)| table.with_numbers(name, all().map(value).collect()));
    outcome.add_table("malmquist", table);
    let years = Table::empty().with_numbers("from", ends(1, 0)).with_numbers("to", ends(1, 1));
    let mean = |value: fn(&Change) -> f64| changes.iter().map(|year| geometric_mean(year.iter().map(value))).collect();
    let years = COLUMNS.iter().fold(years, |table, (name, value)| table.with_numbers(name, mean(*value)));
    outcome.add_table("years", years);
    let none = all().filter(|change| change.malmquist.is_nan()).count();
    if none > 0 {
        outcome.warn(Message::new("appraise.malmquist.no-solution").count("count", none));
    }
    outcome.convention("orientation", orientation.word());
    outcome.convention("frontier", "contemporaneous, constant returns");
    outcome
}

fn findings(outcome: &Outcome, focus: &Focus) -> Vec<Message> {
    let Some(table) = outcome.table("malmquist") else { return Vec::new() };
    let (Some(units), Some(index)) = (table.text("unit"), table.numbers("malmquist")) else { return Vec::new() };
    let number = |name: &str| outcome.number(name).unwrap_or(f64::NAN);
    let above = index.iter().filter(|m| **m > 1.0).count();
    let mean = Message::new("appraise.malmquist.finding-mean").number("mean", number("mean_malmquist"));
    let mean = mean.number("efficiency", number("mean_efficiency_change"));
    let mean = mean.number("technical", number("mean_technical_change"));
    let mut said = vec![mean.count("above", above).count("n", table.rows())];
    let of = |unit: &str| {
        geometric_mean((0..table.rows()).filter(|&row| units.get(row) == Some(unit)).map(|row| index[row]))
    };
    let mut means: Vec<(&str, f64)> = units.labels().iter().map(|unit| (unit.as_str(), of(unit))).collect();
    means.retain(|one| one.1.is_finite());
    means.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    let entry = |one: &(&str, f64)| {
        let said = Message::new("appraise.malmquist.unit").with("unit", Arg::Region(one.0.to_owned()));
        Arg::Message(Box::new(said.number("index", one.1)))
    };
    if let (Some(first), Some(last)) = (means.first(), means.last()) {
        let ends = Message::new("appraise.malmquist.finding-ends").with("first", entry(first));
        said.push(ends.with("last", entry(last)));
    }
    let named = |code: &String| means.iter().find(|one| one.0 == code);
    for one in focus.regions.iter().filter_map(named).take(NAMED) {
        said.push(Message::new("appraise.malmquist.finding-focus").with("unit", entry(one)));
    }
    said.push(Message::new("appraise.malmquist.finding-firm"));
    said
}

/// What units did against what the frontier did.
fn figures(_outcome: &Outcome) -> Vec<FigureSpec> {
    let plane = FigureSpec::new(FigureKind::Scatter).of_table("malmquist").by("unit").against(1.0);
    let (x, y) = (Some("technical_change".into()), Some("efficiency_change".into()));
    vec![FigureSpec { x, y, ..plane }]
}
