//! Upstreamness and downstreamness: how far an output is from final use, and from primary inputs.

use crate::flows::TABLE_HELP;
use crate::system::{Coefficients, System, check_productive};
use crate::table::{FlowError, IoTable, TableOptions, table_columns};
use crate::words::{named, ratio, text};
use distretto_core::{
    Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Input, Inputs, Message, OptionValues, Outcome,
    Place, Table, TableSpec, option_specs, parse_options,
};
use distretto_numerics::Matrix;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "link",
    name: "upstreamness",
    about: "Upstreamness and downstreamness: distance to final use and to primary inputs",
    chapter: "link/position",
    revision: 1,
    inputs: &[Input::table("table", Place::Positional, true, TABLE_HELP)],
    options: option_specs::<UpstreamnessOptions>,
    plan,
    run,
    findings,
    figures,
};

/// How trade enters the denominator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Open {
    /// x − exports + imports: use at home.
    #[default]
    Adjust,
    /// x alone.
    None,
}

/// Options of [`upstreamness`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct UpstreamnessOptions {
    /// What every input–output table has.
    #[serde(flatten)]
    pub table: TableOptions,
    /// Denominator of sales shares: `adjust` (output less exports plus imports) or `none` (output).
    pub open: Open,
}

/// Both distances, sector by sector.
#[derive(Debug, Clone, PartialEq)]
pub struct UpstreamnessResult {
    /// U ≥ 1: mean number of stages to final use.
    pub upstreamness: Vec<f64>,
    /// D ≥ 1: mean number of stages from primary inputs.
    pub downstreamness: Vec<f64>,
    /// Sectors whose output less exports plus imports is not above 0.
    pub without_use: Vec<usize>,
}

/// U = (I − Δ)⁻¹ ι with Δ_ij = z_ij/(x_i − e_i + m_i), or z_ij/x_i; D = (I − Aᵀ)⁻¹ ι.
///
/// # Errors
/// When the table is not productive. Where it holds coefficients upstreamness does not exist (NaN).
///
/// # References
/// Antràs, Chor, Fally and Hillberry 2012; Fally 2012; Miller and Temurshoev 2017.
pub fn upstreamness(io: &IoTable, open: Open) -> Result<UpstreamnessResult, FlowError> {
    let n = io.len();
    let Some(x) = io.output() else {
        // Sales need money; what a unit of output buys does not.
        let downstreamness = System::productive(io.input_coefficients())?.multipliers()?;
        return Ok(UpstreamnessResult { upstreamness: vec![f64::NAN; n], downstreamness, without_use: Vec::new() });
    };
    let mut base = x.to_vec();
    if open == Open::Adjust {
        let column = |name: &str| io.demand(name).map_or_else(|| vec![0.0; n], |column| column.values.clone());
        let (exports, imports) = (column("exports"), column("imports"));
        base.iter_mut().enumerate().for_each(|(i, base)| *base += imports[i].abs() - exports[i]);
    }
    let z = io.dense_flows();
    let shares = Matrix::from_fn(n, n, |i, j| if base[i] > 0.0 { z[(i, j)] / base[i] } else { 0.0 });
    let shares = Coefficients::Dense(shares);
    check_productive(&shares)?;
    let upstreamness = System::new(shares)?.solve(&vec![1.0; n])?;
    let downstreamness = System::productive(io.input_coefficients())?.multipliers()?;
    let without_use = (0..n).filter(|&i| base[i] <= 0.0).collect();
    Ok(UpstreamnessResult { upstreamness, downstreamness, without_use })
}

fn plan(values: &OptionValues, _given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let _: UpstreamnessOptions = parse_options(values)?;
    Ok(vec![table_columns("table")])
}

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: UpstreamnessOptions = parse_options(values)?;
    let table = inputs.need("table")?;
    let io = IoTable::read(table, &options.table)?;
    let result = upstreamness(&io, options.open).map_err(|error| Fault::from(error).in_table(table))?;
    let method = match options.open {
        Open::Adjust => "U = (I − Δ)⁻¹ι, Δ_ij = z_ij/(x_i − e_i + m_i) (Antràs, Chor, Fally and Hillberry 2012)",
        Open::None => "U = (I − Δ)⁻¹ι, Δ_ij = z_ij/x_i (Miller and Temurshoev 2017)",
    };
    let mut outcome = Outcome::new("link upstreamness", method);
    outcome.convention("open", if options.open == Open::Adjust { "adjust" } else { "none" });
    outcome.warnings = io.warnings();
    if !result.without_use.is_empty() {
        let labels: Vec<&str> = result.without_use.iter().map(|&i| io.sectors()[i].as_str()).collect();
        let adjusted = options.open == Open::Adjust;
        let key = if adjusted { "link.upstreamness.without-use" } else { "link.upstreamness.without-output" };
        outcome.warn(named(key, &labels));
    }
    let x = io.output_or_nan();
    let weighted = |values: &[f64]| ratio(values.iter().zip(&x).map(|(u, x)| u * x).sum(), x.iter().sum());
    outcome.scalar("mean_upstreamness", weighted(&result.upstreamness));
    outcome.scalar("mean_downstreamness", weighted(&result.downstreamness));
    let correlation = pearson(&result.upstreamness, &result.downstreamness);
    outcome.scalar("correlation", correlation);
    if io.coefficients {
        outcome.warn(Message::new("link.table.no-money"));
    } else if correlation.is_nan() {
        outcome.warn(Message::new("link.upstreamness.constant"));
    }
    let share = |values: Option<Vec<f64>>| {
        let values = values.unwrap_or_else(|| vec![f64::NAN; x.len()]);
        values.iter().zip(&x).map(|(value, x)| ratio(*value, *x)).collect::<Vec<f64>>()
    };
    let of_value = match io.coefficients {
        true => io.input_coefficients().column_sums().iter().map(|sum| 1.0 - sum).collect(),
        false => share(io.value_added()),
    };
    let sectors = Table::empty()
        .with_text("sector", text(io.sectors()))
        .with_numbers("upstreamness", result.upstreamness)
        .with_numbers("downstreamness", result.downstreamness)
        .with_numbers("final_share", share(io.final_demand()))
        .with_numbers("value_added_share", of_value);
    outcome.add_table("sectors", sectors);
    Ok(outcome)
}

/// Pearson correlation; NaN for a constant.
pub(crate) fn pearson(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len() as f64;
    let (mean_a, mean_b) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        let (da, db) = (a - mean_a, b - mean_b);
        (ab, aa, bb) = (ab + da * db, aa + da * da, bb + db * db);
    }
    let flat = |squares: f64, mean: f64| squares <= n * (1e-14 * mean).powi(2);
    if flat(aa, mean_a) || flat(bb, mean_b) { f64::NAN } else { ab / (aa * bb).sqrt() }
}

fn findings(outcome: &Outcome, focus: &Focus) -> Vec<Message> {
    let Some(table) = outcome.table("sectors") else { return Vec::new() };
    let mut said = Vec::new();
    if let (Some(up), Some(down)) = (outcome.number("mean_upstreamness"), outcome.number("mean_downstreamness")) {
        said.push(Message::new("link.upstreamness.mean").number("up", up).number("down", down));
    }
    said.extend(crate::words::extremes(
        "link.upstreamness.most",
        "link.upstreamness.focus-up",
        table,
        "upstreamness",
        focus,
    ));
    said.extend(crate::words::extremes(
        "link.upstreamness.down",
        "link.upstreamness.focus-down",
        table,
        "downstreamness",
        focus,
    ));
    said
}

fn figures(_outcome: &Outcome) -> Vec<FigureSpec> {
    let mut place = FigureSpec::new(FigureKind::Scatter).of_table("sectors").by("sector");
    (place.x, place.y) = (Some("downstreamness".into()), Some("upstreamness".into()));
    vec![
        place,
        FigureSpec::new(FigureKind::Bars)
            .of_table("sectors")
            .of_value("upstreamness")
            .by("sector")
            .first(20)
            .against(1.0),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::fixtures::{read, table};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn closed_identities(cells in proptest::collection::vec(0.0..50.0f64, 16), f in proptest::collection::vec(1.0..50.0f64, 4)) {
            let io = table(&cells, &f);
            let result = upstreamness(&io, Open::None).unwrap();
            let x = io.output().unwrap();
            let g = System::new(Coefficients::Dense(io.output_coefficients().unwrap())).unwrap().inverse().unwrap();
            let rows = g.times_vector(&[1.0; 4]);
            let whole: f64 = x.iter().sum();
            let pairs = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
            prop_assert!((pairs(&io.final_demand().unwrap(), &result.downstreamness) - whole).abs() < 1e-9 * whole);
            prop_assert!((pairs(&io.value_added().unwrap(), &result.upstreamness) - whole).abs() < 1e-9 * whole);
            prop_assert!((pairs(x, &result.upstreamness) - pairs(x, &result.downstreamness)).abs() < 1e-9 * whole);
            for (i, row) in rows.iter().enumerate() {
                prop_assert!((row - result.upstreamness[i]).abs() < 1e-9);
                prop_assert!(result.upstreamness[i] >= 1.0 - 1e-12 && result.downstreamness[i] >= 1.0 - 1e-12);
            }
        }
    }

    #[test]
    fn output_that_is_all_exported_is_next_to_final_use() {
        let io = read(&["a", "b", "f", "exports"], &[("a", &[0.0, 2.0, 0.0, 10.0]), ("b", &[1.0, 0.0, 9.0, 0.0])]);
        // a: 12 − 10 = 2, all of which b uses; without the exports U of a is 1 + U of b.
        let result = upstreamness(&io, Open::Adjust).unwrap();
        assert!((result.upstreamness[0] - 1.0 - result.upstreamness[1]).abs() < 1e-12);
        let none = read(
            &["a", "b", "exports"],
            &[("a", &[0.0, 2.0, 10.0]), ("b", &[1.0, 0.0, 9.0]), ("output", &[9.0, 20.0, 0.0])],
        );
        let result = upstreamness(&none, Open::Adjust).unwrap();
        assert_eq!((result.upstreamness[0], result.without_use), (1.0, vec![0]));
    }
}
