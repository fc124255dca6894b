//! The row of the registration table, experts put together, the result as tables, findings and figures.

use super::{CORNERS, DETERMINANTS, Gem, PAIRS, diamond, gem};
use crate::conventions;
use crate::firmness::{Ranges, rank_of};
use crate::idle::refuse_idle;
use crate::outcomes::{by_unit, falling_rows, unit, word, words_of};
use crate::ranks::ranks;
use distretto_core::{
    Arg, ColumnKind, Context, Estimand, Fault, FigureSpec, Focus, Given, Input, Inputs, Message, OptionValues, Outcome,
    Place, Table, TableSpec, option_specs, options_record, parse_options,
};
use distretto_numerics::median;
use rustc_hash::FxHashMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Units that a finding names.
const NAMED: usize = 3;
/// Units that a figure shows.
const SHOWN: usize = 40;
/// Lowest and highest score of a determinant.
const SCALE: std::ops::RangeInclusive<f64> = 1.0..=10.0;

/// Options of `gem`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct GemOptions {
    /// Six determinants in pairs (gem), or the four corners of the diamond.
    pub model: Model,
    /// How the scores of several experts (column expert) are put together.
    pub aggregate: Aggregate,
    /// An id of the convention ledger; gem has one, padmore-gibson.
    pub convention: Option<String>,
}

/// The model (`--model`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Model {
    /// Groundings, enterprises, markets (Padmore and Gibson 1998).
    #[default]
    Gem,
    /// Factor conditions, demand, related industries, strategy and rivalry (Porter 1990).
    Diamond,
}

/// How experts are put together (`--aggregate`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Aggregate {
    /// Arithmetic mean.
    #[default]
    Mean,
    /// Median.
    Median,
    /// Geometric mean.
    Geometric,
}

impl Aggregate {
    fn of(self, scores: &[f64]) -> f64 {
        let n = scores.len() as f64;
        match self {
            Self::Mean => scores.iter().sum::<f64>() / n,
            Self::Median => median(scores),
            Self::Geometric => (scores.iter().map(|score| score.ln()).sum::<f64>() / n).exp(),
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Median => "median",
            Self::Geometric => "geometric",
        }
    }
}

impl Model {
    fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Gem => &DETERMINANTS,
            Self::Diamond => &CORNERS,
        }
    }

    /// The score of a unit from its determinants, or from its corners.
    fn score(self, values: &[f64]) -> f64 {
        match self {
            Self::Gem => gem(std::array::from_fn(|i| values[i])).gem,
            Self::Diamond => diamond(std::array::from_fn(|i| values[i])).0,
        }
    }

    /// Its smallest and largest score when one determinant is a point lower or higher, within the scale.
    fn ends(self, values: &[f64]) -> (f64, f64) {
        let here = self.score(values);
        let moved = (0..self.columns().len()).flat_map(|i| {
            [-1.0, 1.0].map(|step| {
                let mut other = values.to_vec();
                other[i] = (other[i] + step).clamp(*SCALE.start(), *SCALE.end());
                self.score(&other)
            })
        });
        moved.fold((here, here), |(low, high), score| (low.min(score), high.max(score)))
    }

    /// Columns that are reported where they are given.
    fn reported(self) -> &'static [&'static str] {
        match self {
            Self::Gem => &[],
            Self::Diamond => &["government", "chance"],
        }
    }
}

/// `appraise gem`.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "appraise",
    name: "gem",
    about: "GEM model and diamond: strength of the determinants of a cluster",
    chapter: "appraise/gem",
    revision: 2,
    inputs: &[Input::table(
        "scores",
        Place::Positional,
        true,
        "Scores 1 to 10: unit, optional year and expert, determinants",
    )],
    options: option_specs::<GemOptions>,
    plan,
    run,
    findings,
    figures,
};

fn plan(values: &OptionValues, _given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: GemOptions = parse_options(values)?;
    if let Some(asked) = &options.convention {
        conventions::find("gem", asked)?;
        if options.model == Model::Diamond {
            let fault = Fault::usage("--model diamond has no --convention").with_value(asked.as_str());
            return Err(fault.with_hint("leave --convention out"));
        }
    }
    let table = TableSpec::new("scores")
        .take("unit", ColumnKind::Label)
        .take("year", ColumnKind::Integer)
        .take("expert", ColumnKind::Label);
    let table = options.model.columns().iter().fold(table, |table, name| table.need(name, ColumnKind::Number));
    Ok(vec![options.model.reported().iter().fold(table, |table, name| table.take(name, ColumnKind::Number))])
}

/// Units, the scores of their experts put together.
struct Scores {
    /// `unit`, and `year` where there is one.
    labels: Table,
    /// One column for each determinant, then those that are reported only.
    columns: Vec<(&'static str, Vec<f64>)>,
    /// The columns without each expert in turn; none where experts are not told apart.
    without: Vec<Vec<(&'static str, Vec<f64>)>>,
}

impl Scores {
    /// The score of every unit.
    fn of(&self, model: Model, columns: &[(&str, Vec<f64>)]) -> Vec<f64> {
        (0..self.labels.rows()).map(|row| model.score(&columns_at(columns, row))).collect()
    }

    /// How far scores and ranks move when an expert is left out, or, without experts, when one determinant of one unit
    /// is judged a point higher or lower.
    fn ranges(&self, model: Model, scores: &[f64]) -> Ranges {
        if self.without.is_empty() {
            let ends: Vec<(f64, f64)> =
                (0..scores.len()).map(|row| model.ends(&columns_at(&self.columns, row))).collect();
            return Ranges::of_single_changes(scores, &ends);
        }
        let mut found = Ranges::of(scores);
        self.without.iter().for_each(|columns| found.widen(&self.of(model, columns)));
        found
    }
}

/// The scores of one unit.
fn columns_at(columns: &[(&str, Vec<f64>)], row: usize) -> Vec<f64> {
    columns.iter().map(|(_, values)| values[row]).collect()
}

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: GemOptions = parse_options(values)?;
    let table = inputs.need("scores")?;
    let experts = table.text("expert").is_some();
    refuse_idle(values, &[("aggregate", experts, "scores of several experts, told apart by a column `expert`")])?;
    check(table, options.model)?;
    let scores = aggregated(table, &options)?;
    let mut outcome = match options.model {
        Model::Gem => gem_outcome(&scores),
        Model::Diamond => diamond_outcome(&scores),
    };
    outcome.convention("aggregate", options.aggregate.word());
    outcome.provenance.options = options_record(&options);
    Ok(outcome)
}

/// Every score is there and from 1 to 10.
fn check(table: &Table, model: Model) -> Result<(), Fault> {
    if table.rows() == 0 {
        return Err(Fault::input("no unit is scored").in_table(table));
    }
    let columns = model.columns().iter().map(|name| (name, true));
    for (name, required) in columns.chain(model.reported().iter().map(|name| (name, false))) {
        let Some(column) = table.numbers(name) else { continue };
        for (row, &score) in column.iter().enumerate() {
            if score.is_nan() && required {
                let fault = Fault::input(format!("missing score of {name}")).at(table, row, name);
                return Err(fault.with_hint("every determinant is scored from 1 to 10"));
            }
            if !score.is_nan() && !SCALE.contains(&score) {
                let fault = Fault::input(format!("the score of {name} is out of range; it must be 1 to 10"));
                return Err(fault.at(table, row, name).with_value(score.to_string()));
            }
        }
    }
    Ok(())
}

/// Rows of one unit (and year) put together; without experts a unit stands once.
fn aggregated(table: &Table, options: &GemOptions) -> Result<Scores, Fault> {
    let units = table.text("unit");
    let years = table.numbers("year");
    let experts = table.text("expert");
    let unit = |row: usize| match units {
        Some(text) => text.get(row).unwrap_or_default().to_owned(),
        None if experts.is_some() => "1".to_owned(),
        None => (row + 1).to_string(),
    };
    let mut order: Vec<(String, f64, Vec<usize>)> = Vec::new();
    let mut places: FxHashMap<(String, u64), usize> = FxHashMap::default();
    for row in 0..table.rows() {
        let year = years.map_or(0.0, |years| years[row]);
        let place = *places.entry((unit(row), year.to_bits())).or_insert_with(|| {
            order.push((unit(row), year, Vec::new()));
            order.len() - 1
        });
        let rows = &mut order[place].2;
        let again = rows.iter().any(|&other| experts.is_none_or(|text| text.get(other) == text.get(row)));
        if again {
            let what = if experts.is_some() { "unit and expert" } else { "unit" };
            let fault = Fault::input(format!("duplicate {what}")).at(table, row, "unit").with_value(unit(row));
            return Err(fault.with_hint("several experts are told apart by a column expert"));
        }
        rows.push(row);
    }
    let labels = Table::empty().with_text("unit", words_of(order.iter().map(|(unit, ..)| unit)));
    let labels = match years {
        Some(_) => labels.with_numbers("year", order.iter().map(|(_, year, _)| *year).collect()),
        None => labels,
    };
    let names = options.model.columns().iter().chain(options.model.reported()).copied();
    let column = |name: &'static str, without: Option<&str>| {
        let cells = table.numbers(name)?;
        let of = |rows: &Vec<usize>| {
            let rows = rows.iter().filter(|&&row| experts.is_none_or(|text| text.get(row) != without));
            let known: Vec<f64> = rows.map(|&row| cells[row]).filter(|score| !score.is_nan()).collect();
            if known.is_empty() { f64::NAN } else { options.aggregate.of(&known) }
        };
        Some((name, order.iter().map(|(.., rows)| of(rows)).collect()))
    };
    let all = |without: Option<&str>| names.clone().filter_map(|name| column(name, without)).collect();
    let asked = experts.map(|text| text.labels()).filter(|experts| experts.len() > 1).unwrap_or_default();
    let without = asked.iter().map(|expert| all(Some(expert))).collect();
    Ok(Scores { labels, columns: all(None), without })
}

/// First of the best in the order of the table.
fn best(labels: &Table, ranks: &[f64]) -> String {
    let row = ranks.iter().position(|&rank| rank == 1.0).unwrap_or(0);
    labels.text("unit").and_then(|text| text.get(row)).unwrap_or_default().to_owned()
}

fn gem_outcome(scores: &Scores) -> Outcome {
    let n = scores.labels.rows();
    let one = |row: usize| gem(std::array::from_fn(|i| scores.columns[i].1[row]));
    let found: Vec<Gem> = (0..n).map(one).collect();
    let column = |value: &dyn Fn(&Gem) -> f64| found.iter().map(value).collect::<Vec<f64>>();
    let score = column(&|one| one.gem);
    let ranked = ranks(&score);
    let ranges = scores.ranges(Model::Gem, &score);
    let mut outcome = Outcome::new("appraise gem", "GEM (Padmore and Gibson 1998, as commonly cited)");
    outcome.scalar("units", n as f64).word("best", &best(&scores.labels, &ranked));
    outcome.scalar("experts", scores.without.len() as f64);
    outcome.word("model", "gem").word("convention", "gem/padmore-gibson");
    let table =
        (0..3).fold(scores.labels.clone(), |table, k| table.with_numbers(PAIRS[k], column(&|one| one.pairs[k])));
    let table = table
        .with_numbers("pair_product", column(&|one| one.product))
        .with_numbers("gem", score)
        .with_numbers("rank", ranked);
    let table = ranges.put(table, "gem").with_text("weakest", words_of(found.iter().map(|one| PAIRS[one.weakest])));
    outcome.add_table("scores", table);
    let rows: Vec<usize> = (0..n * 6).map(|k| k / 6).collect();
    let gains = scores
        .labels
        .take(&rows)
        .with_text("determinant", words_of(rows.iter().enumerate().map(|(k, _)| DETERMINANTS[k % 6])))
        .with_numbers("gain", found.iter().flat_map(|one| one.gains).collect());
    outcome.add_table("gains", gains);
    outcome.warn(firm(scores.without.len()));
    outcome
}

fn diamond_outcome(scores: &Scores) -> Outcome {
    let n = scores.labels.rows();
    let one = |row: usize| diamond(std::array::from_fn(|i| scores.columns[i].1[row]));
    let (area, balance): (Vec<f64>, Vec<f64>) = (0..n).map(one).unzip();
    let ranked = ranks(&area);
    let mut outcome = Outcome::new("appraise gem", "diamond of Porter 1990, area of the four corners");
    outcome.scalar("units", n as f64).word("best", &best(&scores.labels, &ranked));
    outcome.scalar("experts", scores.without.len() as f64);
    outcome.word("model", "diamond").word("convention", "gem/diamond");
    let ranges = scores.ranges(Model::Diamond, &area);
    let table = scores.labels.clone().with_numbers("area", area).with_numbers("balance", balance);
    let table = ranges.put(table.with_numbers("rank", ranked), "area");
    let reported = scores.columns.iter().skip(CORNERS.len());
    let table = reported.fold(table, |table, (name, values)| table.with_numbers(name, values.clone()));
    outcome.add_table("scores", table);
    outcome.warn(firm(scores.without.len()));
    outcome
}

/// What the ranges of scores and ranks range over.
fn firm(experts: usize) -> Message {
    match experts {
        0 => Message::new("appraise.gem.firm-points"),
        _ => Message::new("appraise.gem.firm-experts").count("experts", experts),
    }
}

fn findings(outcome: &Outcome, focus: &Focus) -> Vec<Message> {
    let Some(table) = outcome.table("scores") else { return Vec::new() };
    let is_gem = word(outcome, "model") == "gem";
    let Some(scores) = table.numbers(if is_gem { "gem" } else { "area" }) else { return Vec::new() };
    let order = falling_rows(scores);
    let entry = |row: usize| {
        let said = Message::new("appraise.gem.unit").with("unit", unit(table, row)).number("score", scores[row]);
        let rank = rank_of(table, row).map_or_else(|| Arg::Text(String::new()), |rank| Arg::Message(Box::new(rank)));
        Arg::Message(Box::new(said.with("rank", rank)))
    };
    let key = if is_gem { "appraise.gem.finding-top" } else { "appraise.gem.finding-top-diamond" };
    let top = Arg::List(order.iter().take(NAMED).map(|&row| entry(row)).collect());
    let mut said = vec![Message::new(key).with("units", top).count("n", table.rows())];
    let place =
        |code: &String| (0..table.rows()).rev().find(|&row| table.text("unit").and_then(|t| t.get(row)) == Some(code));
    let mut named: Vec<usize> = focus.regions.iter().filter_map(place).take(NAMED).collect();
    if named.is_empty() {
        named.extend(order.first());
    }
    for row in named {
        if let (Some(weakest), Some(gains)) = (table.text("weakest"), outcome.table("gains")) {
            said.extend(weakest_pair(table, weakest.get(row).unwrap_or_default(), gains, row));
        } else if let Some(balance) = table.numbers("balance") {
            let one = Message::new("appraise.gem.finding-balance").with("unit", entry(row));
            said.push(one.number("balance", balance[row]));
        }
    }
    said.push(firm(outcome.number("experts").unwrap_or(0.0) as usize));
    said
}

/// The pair that holds a unit back, and what a point there would bring.
fn weakest_pair(table: &Table, weakest: &str, gains: &Table, row: usize) -> Option<Message> {
    let pair = PAIRS.iter().position(|name| *name == weakest)?;
    let level = table.numbers(PAIRS[pair])?[row];
    // Where another pair is as low none is weakest, and beyond the top of the scale nothing is gained.
    let others = (0..3).filter(|&other| other != pair).filter_map(|other| Some(table.numbers(PAIRS[other])?[row]));
    if level >= 10.0 || others.into_iter().any(|other| other <= level) {
        return None;
    }
    let gain = gains.numbers("gain")?[row * 6 + 2 * pair];
    let said = Message::new("appraise.gem.finding-weakest").with("unit", unit(table, row));
    Some(said.with("pair", Arg::Column(weakest.to_owned())).number("level", level).number("gain", gain))
}

fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    let value = if word(outcome, "model") == "gem" { "gem" } else { "area" };
    vec![by_unit(outcome, "scores", value, SHOWN)]
}
