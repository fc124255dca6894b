//! Backward and forward linkages: which sectors pull, which push, which do both.

use crate::system::{Coefficients, System};
use crate::table::{FlowError, IoTable, TableOptions, table_columns};
use crate::words::{ranks, ratio, text};
use distretto_core::{
    Arg, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Input, Inputs, Message, OptionValues, Outcome,
    Place, Table, TableSpec, Text, option_specs, parse_options,
};
use distretto_numerics::Matrix;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "link",
    name: "linkages",
    about: "Power and sensitivity of dispersion, key sectors, final and intermediate manufactures",
    chapter: "link/linkages",
    revision: 1,
    inputs: &[Input::table("table", Place::Positional, true, super::TABLE_HELP)],
    options: option_specs::<LinkagesOptions>,
    plan,
    run,
    findings,
    figures,
};

/// Of which inverse forward linkages are the row sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Forward {
    /// G: each sector's own inputs rise by one (Jones 1976).
    #[default]
    Ghosh,
    /// L: final demand of every sector rises by one (Rasmussen 1956).
    Leontief,
}

/// Weights of the sectors in the means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Weights {
    /// All alike.
    #[default]
    None,
    /// Gross output.
    Output,
    /// Final demand.
    Demand,
}

/// Options of [`linkages`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct LinkagesOptions {
    /// What every input–output table has.
    #[serde(flatten)]
    pub table: TableOptions,
    /// Inverse whose row sums are forward linkages: `ghosh` or `leontief`.
    pub forward: Forward,
    /// Weights of the sectors in the means: `none`, `output` or `demand`.
    pub weights: Weights,
}

/// Row or column sums of an inverse, relative to their mean, and how evenly they spread.
#[derive(Debug, Clone, PartialEq)]
pub struct Dispersion {
    /// The sums.
    pub sum: Vec<f64>,
    /// The sums over their mean.
    pub index: Vec<f64>,
    /// Standard deviation (n − 1) of the cells over their mean; low when the effect spreads over many sectors.
    pub cv: Vec<f64>,
}

/// Linkages of all sectors.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkagesResult {
    /// Σ_i a_ij.
    pub direct_backward: Vec<f64>,
    /// Σ_j b_ij; NaN without money.
    pub direct_forward: Vec<f64>,
    /// Columns of L.
    pub backward: Dispersion,
    /// Rows of L.
    pub forward_leontief: Dispersion,
    /// Rows of G; NaN without money.
    pub forward_ghosh: Dispersion,
    /// The forward index that was chosen, as it was computed.
    pub forward: Forward,
}

impl LinkagesResult {
    /// The forward index that was chosen.
    #[must_use]
    pub fn sensitivity(&self) -> &[f64] {
        match self.forward {
            Forward::Ghosh => &self.forward_ghosh.index,
            Forward::Leontief => &self.forward_leontief.index,
        }
    }
}

/// Backward and forward linkages.
///
/// # Formula
/// U_j = Σ_i l_ij / mean, and likewise for the rows of L or G; the coefficient of variation of a column or row is its
/// standard deviation (n − 1) over its mean.
///
/// # Errors
/// When A is not productive, or weights need money that the table does not have.
///
/// # References
/// Rasmussen 1956; Jones 1976; Miller and Blair 2009, section 12.2.
pub fn linkages(io: &IoTable, options: &LinkagesOptions) -> Result<LinkagesResult, FlowError> {
    let n = io.len();
    let weights = match options.weights {
        Weights::None => vec![1.0; n],
        Weights::Output => io.output().ok_or(FlowError::NoMoney { what: "`--weights output`" })?.to_vec(),
        Weights::Demand => io.final_demand().ok_or(FlowError::NoMoney { what: "`--weights demand`" })?,
    };
    let a = io.input_coefficients();
    let direct_backward = a.column_sums();
    let system = System::productive(a)?;
    let l = system.inverse()?;
    let columns: Vec<Vec<f64>> = (0..n).map(|j| l.column(j).to_vec()).collect();
    let none = || Dispersion { sum: vec![f64::NAN; n], index: vec![f64::NAN; n], cv: vec![f64::NAN; n] };
    let (mut direct_forward, mut forward_ghosh) = (vec![f64::NAN; n], none());
    let mut forward = Forward::Leontief;
    if io.output().is_some() {
        let b = io.output_coefficients()?;
        direct_forward = b.times_vector(&vec![1.0; n]);
        let g = System::new(Coefficients::Dense(b))?.inverse()?;
        forward_ghosh = dispersion(&rows(&g), &weights);
        forward = options.forward;
    }
    Ok(LinkagesResult {
        direct_backward,
        direct_forward,
        backward: dispersion(&columns, &weights),
        forward_leontief: dispersion(&rows(&l), &weights),
        forward_ghosh,
        forward,
    })
}

fn rows(matrix: &Matrix) -> Vec<Vec<f64>> {
    let transposed = matrix.transpose();
    (0..transposed.columns()).map(|i| transposed.column(i).to_vec()).collect()
}

fn dispersion(lines: &[Vec<f64>], weights: &[f64]) -> Dispersion {
    let sum: Vec<f64> = lines.iter().map(|line| line.iter().sum()).collect();
    let whole: f64 = weights.iter().sum();
    let mean = sum.iter().zip(weights).map(|(sum, weight)| sum * weight).sum::<f64>() / whole;
    let cv = |line: &Vec<f64>| {
        let (n, mean) = (line.len() as f64, line.iter().sum::<f64>() / line.len() as f64);
        let squares: f64 = line.iter().map(|cell| (cell - mean).powi(2)).sum();
        ratio((squares / (n - 1.0)).sqrt(), mean)
    };
    Dispersion { index: sum.iter().map(|sum| ratio(*sum, mean)).collect(), cv: lines.iter().map(cv).collect(), sum }
}

/// Above 1 on both sides, on one, on none.
fn quadrant(power: f64, sensitivity: f64) -> &'static str {
    // Within rounding of 1 is not above 1: the dispersion of a symmetric table is exactly 1.
    let above = |index: f64| index > 1.0 + 1e-12;
    match (above(power), above(sensitivity)) {
        (true, true) => "key",
        (true, false) => "backward",
        (false, true) => "forward",
        (false, false) => "weak",
    }
}

/// Chenery and Watanabe 1958: strictly above the mean of direct purchases, of direct sales.
fn class(buys: bool, sells: bool) -> &'static str {
    match (buys, sells) {
        (true, true) => "intermediate-manufacture",
        (true, false) => "final-manufacture",
        (false, true) => "intermediate-primary",
        (false, false) => "final-primary",
    }
}

fn plan(values: &OptionValues, _given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let _: LinkagesOptions = parse_options(values)?;
    Ok(vec![table_columns("table")])
}

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: LinkagesOptions = parse_options(values)?;
    let table = inputs.need("table")?;
    let io = IoTable::read(table, &options.table)?;
    let result = linkages(&io, &options).map_err(|error| Fault::from(error).in_table(table))?;
    Ok(package(&io, &result, &options))
}

fn package(io: &IoTable, result: &LinkagesResult, options: &LinkagesOptions) -> Outcome {
    let forward = if result.forward == Forward::Ghosh { "G (Jones 1976)" } else { "L (Rasmussen 1956)" };
    let method = format!("power of dispersion from the columns of L, sensitivity from the rows of {forward}");
    let mut outcome = Outcome::new("link linkages", &method);
    outcome.convention("forward", if result.forward == Forward::Ghosh { "ghosh" } else { "leontief" });
    outcome.convention("standard_deviation", "n − 1");
    outcome.warnings = io.warnings();
    if io.output().is_none() && options.forward == Forward::Ghosh {
        outcome.warn(Message::new("link.linkages.leontief-instead"));
    }
    if io.len() == 1 {
        outcome.warn(Message::new("link.linkages.one-sector"));
    }
    let (power, sensitivity) = (&result.backward.index, result.sensitivity());
    let quadrants: Vec<&str> = (0..io.len()).map(|j| quadrant(power[j], sensitivity[j])).collect();
    let n = io.len() as f64;
    outcome.scalar("sum_power", power.iter().sum()).scalar("sum_sensitivity", sensitivity.iter().sum());
    for name in ["key", "backward", "forward", "weak"] {
        outcome.scalar(name, quadrants.iter().filter(|quadrant| **quadrant == name).count() as f64);
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / n;
    let (buys, sells) = (mean(&result.direct_backward), mean(&result.direct_forward));
    let above = |value: f64, mean: f64| value > mean * (1.0 + 1e-12);
    let classes: Text = (0..io.len())
        .map(|j| {
            (!sells.is_nan())
                .then(|| class(above(result.direct_backward[j], buys), above(result.direct_forward[j], sells)))
        })
        .collect();
    let table = Table::empty()
        .with_text("sector", text(io.sectors()))
        .with_numbers("direct_backward", result.direct_backward.clone())
        .with_numbers("direct_forward", result.direct_forward.clone())
        .with_numbers("backward", result.backward.sum.clone())
        .with_numbers("power", power.clone())
        .with_numbers("power_cv", result.backward.cv.clone())
        .with_numbers("forward_leontief", result.forward_leontief.sum.clone())
        .with_numbers("sensitivity_leontief", result.forward_leontief.index.clone())
        .with_numbers("sensitivity_leontief_cv", result.forward_leontief.cv.clone())
        .with_numbers("forward_ghosh", result.forward_ghosh.sum.clone())
        .with_numbers("sensitivity_ghosh", result.forward_ghosh.index.clone())
        .with_numbers("sensitivity_ghosh_cv", result.forward_ghosh.cv.clone())
        .with_numbers("sensitivity", sensitivity.to_vec())
        .with_text("quadrant", quadrants.iter().map(|quadrant| Some(*quadrant)).collect())
        .with_text("class", classes)
        .with_numbers("rank_power", ranks(power))
        .with_numbers("rank_sensitivity", ranks(sensitivity));
    outcome.add_table("sectors", table);
    outcome
}

fn findings(outcome: &Outcome, focus: &Focus) -> Vec<Message> {
    let Some(table) = outcome.table("sectors") else { return Vec::new() };
    let (Some(sectors), Some(quadrants)) = (table.text("sector"), table.text("quadrant")) else { return Vec::new() };
    let count = |name: &str| outcome.number(name).unwrap_or_default() as usize;
    // What the study is about comes first.
    let mut said = Vec::new();
    for row in crate::words::focus_rows(table, focus) {
        let sector = Arg::Industry(sectors.get(row).unwrap_or_default().to_owned());
        let key = match quadrants.get(row) {
            Some("key") => "link.linkages.is-key",
            Some("backward") => "link.linkages.is-backward",
            Some("forward") => "link.linkages.is-forward",
            _ => "link.linkages.is-weak",
        };
        said.push(Message::new(key).with("sector", sector));
    }
    said.push(
        Message::new("link.linkages.quadrants")
            .count("key", count("key"))
            .count("backward", count("backward"))
            .count("forward", count("forward"))
            .count("weak", count("weak")),
    );
    said.extend(crate::words::extremes("link.linkages.power", "link.linkages.focus-power", table, "power", focus));
    said.extend(crate::words::extremes(
        "link.linkages.sensitivity",
        "link.linkages.focus-sensitivity",
        table,
        "sensitivity",
        focus,
    ));
    said
}

fn figures(_outcome: &Outcome) -> Vec<FigureSpec> {
    let mut quadrants = FigureSpec::new(FigureKind::Scatter).of_table("sectors").by("sector");
    (quadrants.x, quadrants.y) = (Some("power".into()), Some("sensitivity".into()));
    quadrants.group = Some("quadrant".into());
    quadrants.reference = Some(1.0);
    vec![
        quadrants,
        FigureSpec::new(FigureKind::Bars).of_table("sectors").of_value("power").by("sector").first(20).against(1.0),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::fixtures::{read, table};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn indices_sum_to_the_number_of_sectors(cells in proptest::collection::vec(0.0..50.0f64, 25), f in proptest::collection::vec(1.0..50.0f64, 5)) {
            let result = linkages(&table(&cells, &f), &LinkagesOptions::default()).unwrap();
            for sum in [result.backward.index.iter().sum::<f64>(), result.sensitivity().iter().sum()] {
                prop_assert!((sum - 5.0).abs() < 1e-12);
            }
        }

        #[test]
        fn weighted_means_are_one(cells in proptest::collection::vec(0.0..50.0f64, 9), f in proptest::collection::vec(1.0..50.0f64, 3)) {
            let io = table(&cells, &f);
            let options = LinkagesOptions { weights: Weights::Output, ..LinkagesOptions::default() };
            let result = linkages(&io, &options).unwrap();
            let x = io.output().unwrap();
            let mean = result.backward.index.iter().zip(x).map(|(u, x)| u * x).sum::<f64>() / x.iter().sum::<f64>();
            prop_assert!((mean - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn one_sector_has_no_spread() {
        let result = linkages(&read(&["a", "f"], &[("a", &[2.0, 8.0])]), &LinkagesOptions::default()).unwrap();
        assert!((result.backward.sum[0] - 1.25).abs() < 1e-15 && result.backward.index[0] == 1.0);
        assert!(result.backward.cv[0].is_nan());
        assert_eq!(quadrant(1.0, 1.0), "weak");
    }
}
