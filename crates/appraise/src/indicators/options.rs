//! Options that every method on a table of indicators shares, and the tables they want.

use distretto_core::{ColumnKind, Fault, Given, Input, InputKind, Place, TableSpec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which columns count, how, and what is done about missing cells.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct IndicatorOptions {
    /// Columns that are used; default all numeric columns except unit, year and expert.
    pub vars: Vec<String>,
    /// Indicators where less is better.
    pub cost: Vec<String>,
    /// Weight of every indicator, a=0.3,b=0.7, summing to 1; default equal.
    pub weights: Vec<String>,
    /// What is done about missing cells.
    pub missing: Missing,
    /// With years: normalise and rank all rows together, or each year alone.
    pub pool: Pool,
}

/// What is done about missing cells (`--missing`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Missing {
    /// A missing cell is an error.
    #[default]
    Error,
    /// Rows with a missing cell are left out.
    Listwise,
    /// Correlations use the rows that have both cells; only factor and pca.
    Pairwise,
    /// The mean of the column stands in.
    Mean,
    /// The median of the column stands in.
    Median,
    /// A straight line between the years before and after, within the unit.
    Interpolate,
}

/// Which rows are normalised and ranked together (`--pool`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Pool {
    /// All rows.
    #[default]
    All,
    /// The rows of each year.
    Year,
}

impl IndicatorOptions {
    /// Columns to be used.
    #[must_use]
    pub fn vars(mut self, vars: &[&str]) -> Self {
        self.vars = vars.iter().map(|&name| name.to_owned()).collect();
        self
    }

    /// Indicators where less is better.
    #[must_use]
    pub fn cost(mut self, cost: &[&str]) -> Self {
        self.cost = cost.iter().map(|&name| name.to_owned()).collect();
        self
    }

    /// Weight of each indicator.
    #[must_use]
    pub fn weights(mut self, weights: &[(&str, f64)]) -> Self {
        self.weights = weights.iter().map(|(name, weight)| format!("{name}={weight}")).collect();
        self
    }

    /// What is done about missing cells.
    #[must_use]
    pub fn missing(mut self, missing: Missing) -> Self {
        self.missing = missing;
        self
    }

    /// Which rows belong together.
    #[must_use]
    pub fn pool(mut self, pool: Pool) -> Self {
        self.pool = pool;
        self
    }
}

/// The inputs of a method on indicators.
pub(crate) const INDICATOR_INPUTS: [Input; 3] = [
    Input::table("data", Place::Positional, true, "Indicators: unit, optional year, one column per indicator"),
    Input::table("spec", Place::Flag, false, "Indicators by row: indicator, direction, weight, dimension"),
    Input {
        name: "tree",
        kind: InputKind::Document(&[]),
        place: Place::Flag,
        required: false,
        help: "Indicator tree: goal, dimensions, indicators with their shares, development paths",
    },
];

/// Only correlations can be made of pairs of cells.
pub(crate) fn refuse_pairwise(options: &IndicatorOptions) -> Result<(), Fault> {
    match options.missing {
        Missing::Pairwise => {
            let fault = Fault::usage("--missing pairwise is only for factor and pca");
            Err(fault.with_hint("use listwise, mean, median or interpolate"))
        }
        _ => Ok(()),
    }
}

/// The tables that a method on indicators wants: `data`, and `spec` where it is given.
pub(crate) fn indicator_tables(options: &IndicatorOptions, given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let is_given = |name: &str| given.iter().any(|one| one == name);
    let exclusive = |what: &str, others: &str| {
        let fault = Fault::usage(format!("--{what} cannot be used together with {others}"));
        Err(fault.with_hint(format!("say it in the file of --{what}")))
    };
    let flags = !options.weights.is_empty() || !options.cost.is_empty();
    if is_given("tree") && (flags || is_given("spec") || !options.vars.is_empty()) {
        return exclusive("tree", "--weights, --cost, --vars or --spec");
    }
    if is_given("spec") && flags {
        return exclusive("spec", "--weights or --cost");
    }
    let data = TableSpec::new("data")
        .take("unit", ColumnKind::Label)
        .take("year", ColumnKind::Integer)
        .and_others(ColumnKind::Any);
    let spec = TableSpec::new("spec")
        .need("indicator", ColumnKind::Label)
        .need("direction", ColumnKind::Label)
        .take("weight", ColumnKind::Number)
        .take("dimension", ColumnKind::Word)
        .take("unit", ColumnKind::Word)
        .take("source", ColumnKind::Word);
    Ok(vec![data, spec])
}

/// `a=0.3` pairs of an option; `word` is what an error calls it.
pub(crate) fn named_values(option: &str, word: &str, pairs: &[String]) -> Result<Vec<(String, f64)>, Fault> {
    let read = |pair: &String| {
        let (name, value) = pair.rsplit_once('=')?;
        let value: f64 = value.trim().parse().ok().filter(|value: &f64| value.is_finite())?;
        Some((name.trim().to_owned(), value)).filter(|(name, _)| !name.is_empty())
    };
    let mut found: Vec<(String, f64)> = Vec::new();
    for pair in pairs {
        let Some((name, value)) = read(pair) else {
            let fault = Fault::option(format!("--{option}: this is no {word}; it must read NAME=NUMBER"));
            return Err(fault.with_value(pair.clone()).with_hint(format!("write --{option} a=0.3,b=0.7")));
        };
        if found.iter().any(|(other, _)| *other == name) {
            return Err(Fault::option(format!("--{option}: duplicate {word} of `{name}`")).with_value(pair.clone()));
        }
        found.push((name, value));
    }
    Ok(found)
}
