//! The Leontief inverse: what every sector must produce, round after round, for a unit of final demand.

use crate::system::{Coefficients, PRINTED, System, check_productive, spectral_radius};
use crate::table::{FlowError, IoTable, TableOptions, table_columns};
use crate::words::{cell_labels, text};
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
    name: "leontief",
    about: "Leontief and Ghosh inverse: what a unit of demand, or of inputs, sets in motion",
    chapter: "link/input-output",
    revision: 1,
    inputs: &[Input::table(
        "table",
        Place::Positional,
        true,
        "Input-output table: sectors by sectors, and around them final demand and primary inputs",
    )],
    options: option_specs::<LeontiefOptions>,
    plan,
    run,
    findings,
    figures,
};

/// Options of [`leontief`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct LeontiefOptions {
    /// What every input–output table has.
    #[serde(flatten)]
    pub table: TableOptions,
    /// Adds the supply side: output coefficients b and the Ghosh inverse g.
    pub ghosh: bool,
    /// Prints the table of cells although it has more than 200 rows and columns.
    pub cells: bool,
}

/// The inverse, whole or by its sums.
#[derive(Debug, Clone, PartialEq)]
pub struct LeontiefResult {
    /// Largest absolute eigenvalue of A.
    pub spectral_radius: f64,
    /// Share of the cells of A that are not zero.
    pub density: f64,
    /// Σ_i a_ij: intermediate inputs per unit of output.
    pub intermediate_share: Vec<f64>,
    /// Column sums of L: output of all sectors per unit of final demand.
    pub output_multiplier: Vec<f64>,
    /// Row sums of G, with `ghosh` and money.
    pub supply_multiplier: Option<Vec<f64>>,
    /// A and L where cells are wanted.
    pub cells: Option<(Matrix, Matrix)>,
    /// B and G where cells and the supply side are wanted and there is money.
    pub supply_cells: Option<(Matrix, Matrix)>,
    /// How the equations were solved.
    pub solver: &'static str,
    /// Largest residual of the equations of the multipliers, relative to their right-hand side.
    pub residual: f64,
}

/// L = (I − A)⁻¹ and, with `ghosh`, G = (I − B)⁻¹.
///
/// # Errors
/// When the spectral radius is 1 or more, or a solution does not exist.
///
/// # References
/// Miller and Blair 2009, ch. 2 and 12.
pub fn leontief(io: &IoTable, options: &LeontiefOptions) -> Result<LeontiefResult, FlowError> {
    let a = io.input_coefficients();
    let radius = spectral_radius(&a)?;
    if radius >= 1.0 {
        return Err(FlowError::NotProductive { radius });
    }
    let (density, intermediate_share) = (a.density(), a.column_sums());
    let system = System::new(a)?;
    let with_cells = options.cells || io.len() <= PRINTED;
    let cells = if with_cells { Some((system.coefficients().dense(), system.inverse()?)) } else { None };
    let (mut supply_multiplier, mut supply_cells) = (None, None);
    if options.ghosh && !options.table.coefficients {
        let b = Coefficients::Dense(io.output_coefficients()?);
        check_productive(&b)?;
        let supply = System::new(b)?;
        supply_multiplier = Some(supply.solve(&vec![1.0; io.len()])?);
        if with_cells {
            supply_cells = Some((supply.coefficients().dense(), supply.inverse()?));
        }
    }
    let output_multiplier = system.multipliers()?;
    let solver = system.solver();
    let residual = system.residual_transposed(&output_multiplier, &vec![1.0; io.len()]);
    Ok(LeontiefResult {
        spectral_radius: radius,
        density,
        intermediate_share,
        output_multiplier,
        supply_multiplier,
        cells,
        supply_cells,
        solver,
        residual,
    })
}

fn plan(values: &OptionValues, _given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let _: LeontiefOptions = parse_options(values)?;
    Ok(vec![table_columns("table")])
}

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: LeontiefOptions = parse_options(values)?;
    let table = inputs.need("table")?;
    let io = IoTable::read(table, &options.table)?;
    let result = leontief(&io, &options).map_err(|error| Fault::from(error).in_table(table))?;
    Ok(package(&io, result, &options))
}

fn package(io: &IoTable, result: LeontiefResult, options: &LeontiefOptions) -> Outcome {
    let mut outcome =
        Outcome::new("link leontief", "Leontief inverse L = (I − A)⁻¹, A = Z x̂⁻¹ (Miller and Blair 2009)");
    outcome.convention("solver", result.solver);
    outcome.warnings = io.warnings();
    if options.ghosh && io.output().is_none() {
        outcome.warn(Message::new("link.table.no-money"));
    }
    outcome.scalar("sectors", io.len() as f64);
    outcome.scalar("spectral_radius", result.spectral_radius).scalar("density", result.density);
    outcome.scalar("solver_residual", result.residual);
    let mut sectors = Table::empty()
        .with_text("sector", text(io.sectors()))
        .with_numbers("output", io.output_or_nan())
        .with_numbers("intermediate_share", result.intermediate_share)
        .with_numbers("output_multiplier", result.output_multiplier);
    if options.ghosh {
        let none = || vec![f64::NAN; io.len()];
        sectors = sectors.with_numbers("supply_multiplier", result.supply_multiplier.unwrap_or_else(none));
    }
    outcome.add_table("sectors", sectors);
    if let Some((a, l)) = result.cells {
        let (row, column) = cell_labels(io.sectors(), io.sectors());
        let missing = || Matrix::from_fn(io.len(), io.len(), |_, _| f64::NAN);
        let flow = if options.table.coefficients { missing() } else { io.dense_flows() };
        let mut cells = Table::empty()
            .with_text("row", row)
            .with_text("column", column)
            .with_numbers("flow", by_rows(&flow))
            .with_numbers("a", by_rows(&a))
            .with_numbers("l", by_rows(&l));
        if options.ghosh {
            let (b, g) = result.supply_cells.unwrap_or_else(|| (missing(), missing()));
            cells = cells.with_numbers("b", by_rows(&b)).with_numbers("g", by_rows(&g));
        }
        outcome.add_table("cells", cells);
    }
    outcome
}

/// All cells, row by row.
pub(crate) fn by_rows(matrix: &Matrix) -> Vec<f64> {
    let (rows, columns) = (matrix.rows(), matrix.columns());
    (0..rows).flat_map(|i| (0..columns).map(move |j| matrix[(i, j)])).collect()
}

fn findings(outcome: &Outcome, focus: &Focus) -> Vec<Message> {
    let Some(table) = outcome.table("sectors") else { return Vec::new() };
    // What the study is about comes first.
    let mut said =
        crate::words::extremes("link.leontief.largest", "link.leontief.of-focus", table, "output_multiplier", focus);
    if let (Some(sectors), Some(radius)) = (outcome.number("sectors"), outcome.number("spectral_radius")) {
        said.push(Message::new("link.leontief.size").count("sectors", sectors as usize).number("radius", radius));
    }
    said
}

/// Sectors of the heat map.
const MAPPED: usize = 25;

fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    let bars = FigureSpec::new(FigureKind::Bars).of_table("sectors").of_value("output_multiplier").by("sector");
    let mut figures = vec![bars.first(20).against(1.0)];
    if let Some(neutral) = outcome.table("cells").and_then(usual) {
        let mut heat = FigureSpec::new(FigureKind::Matrix).of_table("cells").of_value("l").by("row");
        heat.group = Some("column".into());
        figures.push(heat.first(MAPPED).against(neutral));
    }
    figures
}

/// Mean of the inverse off its diagonal, to one digit: around it the classes of the heat map stand.
fn usual(cells: &Table) -> Option<f64> {
    let (rows, columns, l) = (cells.text("row")?, cells.text("column")?, cells.numbers("l")?);
    let off: Vec<f64> = (0..l.len()).filter(|&at| rows.get(at) != columns.get(at)).map(|at| l[at]).collect();
    let mean = off.iter().sum::<f64>() / off.len() as f64;
    let unit = 10_f64.powf(mean.log10().floor());
    Some((mean / unit).round() * unit).filter(|usual| usual.is_normal())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::fixtures::{miller_blair, table};
    use proptest::prelude::*;

    /// Miller and Blair 2009, table 2.4.
    #[test]
    fn the_textbook_example() {
        let options = LeontiefOptions { ghosh: true, ..LeontiefOptions::default() };
        let result = leontief(&miller_blair(), &options).unwrap();
        let (_, l) = result.cells.unwrap();
        for (cell, want) in [((0, 0), 1.2541), ((0, 1), 0.3300), ((1, 0), 0.2640), ((1, 1), 1.1221)] {
            assert!((l[cell] - want).abs() < 5e-5, "{cell:?}");
        }
        assert!((result.output_multiplier[0] - 1.518).abs() < 1e-3);
    }

    proptest! {
        #[test]
        fn identities(cells in proptest::collection::vec(0.0..100.0f64, 16), f in proptest::collection::vec(1.0..50.0f64, 4)) {
            let io = table(&cells, &f);
            let options = LeontiefOptions { ghosh: true, ..LeontiefOptions::default() };
            let result = leontief(&io, &options).unwrap();
            let (_, l) = result.cells.unwrap();
            let (_, g) = result.supply_cells.unwrap();
            let x = io.output().unwrap();
            let back = l.times_vector(&io.final_demand().unwrap());
            let forth = g.transpose_times_vector(&io.value_added().unwrap());
            for i in 0..4 {
                prop_assert!((back[i] - x[i]).abs() < 1e-9 * x[i]);
                prop_assert!((forth[i] - x[i]).abs() < 1e-9 * x[i]);
                prop_assert!(l[(i, i)] >= 1.0 - 1e-12);
                for j in 0..4 {
                    prop_assert!((g[(i, j)] - l[(i, j)] * x[j] / x[i]).abs() < 1e-9);
                }
            }
        }
    }
}
