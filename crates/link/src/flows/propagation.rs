//! Average propagation lengths: how many rounds a shock takes from one sector to another.

use crate::system::{PRINTED, System};
use crate::table::{FlowError, IoTable, TableOptions, table_columns};
use crate::words::cell_labels;
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
    name: "propagation",
    about: "Average propagation lengths and the production chains they show",
    chapter: "link/propagation",
    revision: 1,
    inputs: &[Input::table("table", Place::Positional, true, super::TABLE_HELP)],
    options: option_specs::<PropagationOptions>,
    plan,
    run,
    findings,
    figures,
};

/// Options of [`propagation`].
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PropagationOptions {
    /// What every input–output table has.
    #[serde(flatten)]
    pub table: TableOptions,
    /// Strength from which two sectors are linked in the chain; left out, mean plus one standard deviation.
    pub threshold: Option<f64>,
    /// Prints the table of cells although it has more than 200 rows and columns.
    pub cells: bool,
}

/// Lengths and strengths of all pairs.
#[derive(Debug, Clone, PartialEq)]
pub struct PropagationResult {
    /// Average propagation length, NaN where nothing propagates.
    pub length: Matrix,
    /// ½ (l_ij + g_ij) off the diagonal, NaN on it and without money.
    pub strength: Matrix,
    /// Mean of all lengths that exist.
    pub mean_length: f64,
    /// Strength from which a pair belongs to the chain.
    pub threshold: f64,
}

/// H = L(L − I), length h_ij/l_ij off the diagonal and h_jj/(l_jj − 1) on it.
///
/// # Errors
/// When A is not productive.
///
/// # References
/// Dietzenbacher, Romero and Bosma 2005.
pub fn propagation(io: &IoTable, options: &PropagationOptions) -> Result<PropagationResult, FlowError> {
    let n = io.len();
    let l = System::productive(io.input_coefficients())?.inverse()?;
    let mut beyond = l.clone();
    (0..n).for_each(|i| beyond[(i, i)] -= 1.0);
    let h = l.times(&beyond);
    // What is left of l_jj − 1 by rounding is no round of purchases.
    let none = |i: usize, j: usize| beyond[(i, j)].abs() <= 1e-14;
    let length = Matrix::from_fn(n, n, |i, j| if none(i, j) { f64::NAN } else { h[(i, j)] / beyond[(i, j)] });
    let strength = match io.output() {
        Some(x) => Matrix::from_fn(n, n, |i, j| {
            let g = if x[i] == 0.0 { 0.0 } else { l[(i, j)] * x[j] / x[i] };
            if i == j { f64::NAN } else { 0.5 * (l[(i, j)] + g) }
        }),
        None => Matrix::from_fn(n, n, |_, _| f64::NAN),
    };
    let lengths: Vec<f64> = super::leontief::by_rows(&length).into_iter().filter(|length| !length.is_nan()).collect();
    let strengths: Vec<f64> = super::leontief::by_rows(&strength).into_iter().filter(|one| !one.is_nan()).collect();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let centre = mean(&strengths);
    let spread =
        (strengths.iter().map(|one| (one - centre).powi(2)).sum::<f64>() / (strengths.len() as f64 - 1.0)).sqrt();
    let threshold = options.threshold.unwrap_or(centre + spread);
    Ok(PropagationResult { mean_length: mean(&lengths), length, strength, threshold })
}

fn plan(values: &OptionValues, _given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let _: PropagationOptions = parse_options(values)?;
    Ok(vec![table_columns("table")])
}

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: PropagationOptions = parse_options(values)?;
    let table = inputs.need("table")?;
    let io = IoTable::read(table, &options.table)?;
    let result = propagation(&io, &options).map_err(|error| Fault::from(error).in_table(table))?;
    let mut outcome =
        Outcome::new("link propagation", "average propagation lengths (Dietzenbacher, Romero and Bosma 2005)");
    outcome.convention("strength", "½ (l + g) off the diagonal");
    outcome.warnings = io.warnings();
    if io.output().is_none() {
        outcome.warn(Message::new("link.table.no-money"));
    }
    if result.mean_length.is_nan() {
        outcome.warn(Message::new("link.propagation.nothing"));
    }
    outcome.scalar("sectors", io.len() as f64).scalar("mean_apl", result.mean_length);
    outcome.scalar("threshold", result.threshold);
    let n = io.len();
    let pairs = (0..n * n).filter(|cell| result.strength[(cell / n, cell % n)] >= result.threshold);
    let mut pairs: Vec<usize> = pairs.collect();
    pairs.retain(|cell| !result.length[(cell / n, cell % n)].is_nan());
    if options.cells || n <= PRINTED {
        let (row, column) = cell_labels(io.sectors(), io.sectors());
        let table = Table::empty()
            .with_text("row", row)
            .with_text("column", column)
            .with_numbers("apl", super::leontief::by_rows(&result.length))
            .with_numbers("strength", super::leontief::by_rows(&result.strength));
        outcome.add_table("cells", table);
    }
    let label = |of: fn(usize, usize) -> usize| {
        Text::from_codes(pairs.iter().map(|&cell| Some(of(cell, n) as u32)).collect(), io.sectors().to_vec())
    };
    let rounded = pairs.iter().map(|cell| (result.length[(cell / n, cell % n)] + 0.5).floor()).collect();
    let chain = Table::empty()
        .with_text("source", label(|cell, n| cell / n))
        .with_text("target", label(|cell, n| cell % n))
        .with_numbers("length", rounded);
    outcome.add_table("chain", chain);
    Ok(outcome)
}

fn findings(outcome: &Outcome, _focus: &Focus) -> Vec<Message> {
    let mut said = Vec::new();
    if let Some(mean) = outcome.number("mean_apl") {
        said.push(Message::new("link.propagation.mean").number("mean", mean));
    }
    if let Some(chain) = outcome.table("chain") {
        let mut message = Message::new("link.propagation.chain").count("count", chain.rows());
        message = message.with("threshold", Arg::Number(outcome.number("threshold").unwrap_or(f64::NAN)));
        said.push(message);
    }
    said
}

fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    if outcome.table("cells").is_none() {
        return Vec::new();
    }
    vec![FigureSpec::new(FigureKind::Histogram).of_table("cells").of_value("apl")]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::fixtures::{miller_blair, read};

    /// A chain without loops: from the first to the last sector it takes exactly two rounds.
    #[test]
    fn a_chain_by_hand() {
        let io = read(
            &["a", "b", "c", "f"],
            &[("a", &[0.0, 5.0, 0.0, 5.0]), ("b", &[0.0, 0.0, 4.0, 6.0]), ("c", &[0.0, 0.0, 0.0, 8.0])],
        );
        let result = propagation(&io, &PropagationOptions::default()).unwrap();
        assert!((result.length[(0, 1)] - 1.0).abs() < 1e-12 && (result.length[(0, 2)] - 2.0).abs() < 1e-12);
        assert!(result.length[(2, 0)].is_nan() && result.length[(0, 0)].is_nan());
    }

    /// H = Σ k Aᵏ, summed until nothing is left.
    #[test]
    fn lengths_are_mean_rounds() {
        let io = miller_blair();
        let a = io.input_coefficients().dense();
        let (mut power, mut sum, mut rounds) = (a.clone(), Matrix::zeros(2, 2), Matrix::zeros(2, 2));
        for k in 1..200 {
            sum = Matrix::from_fn(2, 2, |i, j| sum[(i, j)] + power[(i, j)]);
            rounds = Matrix::from_fn(2, 2, |i, j| rounds[(i, j)] + f64::from(k) * power[(i, j)]);
            power = power.times(&a);
        }
        let result = propagation(&io, &PropagationOptions::default()).unwrap();
        for (i, j) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            assert!((result.length[(i, j)] - rounds[(i, j)] / sum[(i, j)]).abs() < 1e-12);
        }
    }
}
