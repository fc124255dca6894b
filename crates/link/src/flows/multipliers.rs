//! Multipliers of output, income, value added, employment and taxes: simple, type I, and with households (type II).

use crate::system::{Coefficients, SparseMatrix, System, check_productive, spectral_radius};
use crate::table::{FlowError, IoTable, TableOptions, table_columns};
use crate::words::{named, ratio, text, where_true};
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
    name: "multipliers",
    about: "Output, income, value-added and employment multipliers, of type I and type II",
    chapter: "link/multipliers",
    revision: 1,
    inputs: &[Input::table("table", Place::Positional, true, super::TABLE_HELP)],
    options: option_specs::<MultipliersOptions>,
    plan,
    run,
    findings,
    figures,
};

/// Options of [`multipliers`].
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct MultipliersOptions {
    /// What every input–output table has.
    #[serde(flatten)]
    pub table: TableOptions,
    /// Total income of households in the closed model; left out, the sum of the whole row `compensation`.
    pub household_total: Option<f64>,
}

/// How households enter the model: their row, column and corner, per unit of output or income.
#[derive(Debug, Clone, PartialEq)]
pub struct Households {
    /// h: compensation per unit of output.
    pub row: Vec<f64>,
    /// c: purchases of households per unit of their income.
    pub column: Vec<f64>,
    /// Compensation that households pay, per unit of their income.
    pub corner: f64,
    /// H: their income.
    pub total: f64,
}

impl Households {
    /// Households of a table: nothing when it lacks the row `compensation` or the column `households`.
    #[must_use]
    pub fn of(io: &IoTable, total: Option<f64>) -> Option<Self> {
        let (pay, bought) = (io.primary("compensation")?, io.demand("households")?);
        let place = io.demand.iter().position(|column| column.name == "households")?;
        let total = total.unwrap_or_else(|| pay.values.iter().sum::<f64>() + pay.demand.iter().sum::<f64>());
        Some(Self {
            row: io.direct(pay),
            column: bought.values.iter().map(|value| value / total).collect(),
            corner: pay.demand[place] / total,
            total,
        })
    }

    /// Ā: households as one more sector, behind the others.
    #[must_use]
    pub fn close(&self, a: &Coefficients) -> Coefficients {
        let n = a.len();
        if let Coefficients::Sparse(open) = a {
            let edge = |i: usize, j: usize, value: f64| (value != 0.0).then_some((i as u32, j as u32, value));
            let mut cells: Vec<(u32, u32, f64)> = Vec::with_capacity(open.filled() + 2 * n + 1);
            for j in 0..n {
                cells.extend(open.column(j).map(|(i, value)| (i as u32, j as u32, value)));
                cells.extend(edge(n, j, self.row[j]));
            }
            cells.extend((0..n).filter_map(|i| edge(i, n, self.column[i])).chain(edge(n, n, self.corner)));
            return Coefficients::Sparse(SparseMatrix::from_columns(n + 1, &cells));
        }
        let open = a.dense();
        let cell = |i: usize, j: usize| match (i == n, j == n) {
            (true, true) => self.corner,
            (true, false) => self.row[j],
            (false, true) => self.column[i],
            (false, false) => open[(i, j)],
        };
        Coefficients::Dense(Matrix::from_fn(n + 1, n + 1, cell))
    }
}

/// Multipliers of one primary row.
#[derive(Debug, Clone, PartialEq)]
pub struct RowMultipliers {
    /// `income`, `value_added`, `employment`, `taxes` or the name of a satellite.
    pub name: String,
    /// d = p/x.
    pub direct: Vec<f64>,
    /// d L.
    pub simple: Vec<f64>,
    /// With households; NaN without them.
    pub total: Vec<f64>,
    /// simple / direct.
    pub type1: Vec<f64>,
    /// total / direct.
    pub type2: Vec<f64>,
}

/// Multipliers of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct MultipliersResult {
    /// Column sums of L.
    pub output_simple: Vec<f64>,
    /// Column sums of L̄, households included.
    pub output_total: Vec<f64>,
    /// Column sums of the first n rows of L̄.
    pub output_truncated: Vec<f64>,
    /// Multipliers of the primary rows.
    pub rows: Vec<RowMultipliers>,
    /// Type II over type I of income, one number for all sectors; NaN without households.
    pub type_ratio: f64,
    /// H; NaN without households.
    pub household_total: f64,
    /// Spectral radius of A.
    pub spectral_radius: f64,
    /// Spectral radius of Ā; NaN without households.
    pub spectral_radius_closed: f64,
    /// How the equations were solved.
    pub solver: &'static str,
    /// Largest residual of the equations of the output multipliers, relative to their right-hand side.
    pub residual: f64,
    /// What the user must know.
    pub notes: Vec<Message>,
}

/// Simple, type I and type II multipliers.
///
/// # Formula
/// simple = d L, type I = simple/d; closed model L̄ = (I − Ā)⁻¹ with households as sector n + 1: total = d L̄ over the
/// first n rows, for income the household row of L̄ itself; type II = total/d.
///
/// # Errors
/// When A is not productive or an option names no row.
///
/// # References
/// Miller and Blair 2009, ch. 6.
pub fn multipliers(io: &IoTable, options: &MultipliersOptions) -> Result<MultipliersResult, FlowError> {
    if options.household_total.is_some_and(|total| total <= 0.0 || total.is_nan()) {
        return Err(FlowError::Option { option: "household_total", message: "it must be above 0".into() });
    }
    let a = io.input_coefficients();
    let radius = spectral_radius(&a)?;
    if radius >= 1.0 {
        return Err(FlowError::NotProductive { radius });
    }
    let n = io.len();
    let nan = || vec![f64::NAN; n];
    let mut result = MultipliersResult {
        output_simple: Vec::new(),
        output_total: nan(),
        output_truncated: nan(),
        rows: Vec::new(),
        type_ratio: f64::NAN,
        household_total: f64::NAN,
        spectral_radius: radius,
        spectral_radius_closed: f64::NAN,
        solver: "direct",
        residual: f64::NAN,
        notes: Vec::new(),
    };
    let closed = close(io, options, &a, &mut result)?;
    let system = System::new(a)?;
    result.output_simple = system.multipliers()?;
    result.solver = system.solver();
    result.residual = system.residual_transposed(&result.output_simple, &vec![1.0; n]);
    if let Some((system, _)) = &closed {
        result.output_total = system.multipliers()?[..n].to_vec();
        let mut sectors = vec![1.0; n];
        sectors.push(0.0);
        result.output_truncated = system.solve_transposed(&sectors)?[..n].to_vec();
    }
    for (name, direct) in wanted(io, options)? {
        let simple = system.solve_transposed(&direct)?;
        let total = match &closed {
            Some((system, _)) => {
                let mut of = if name == "income" { vec![0.0; n] } else { direct.clone() };
                of.push(if name == "income" { 1.0 } else { 0.0 });
                system.solve_transposed(&of)?[..n].to_vec()
            }
            None => nan(),
        };
        let over = |above: &[f64]| above.iter().zip(&direct).map(|(above, d)| ratio(*above, *d)).collect();
        let none = where_true(&io.sectors, |j| direct[j] == 0.0);
        if !none.is_empty() {
            result.notes.push(named("link.multipliers.no-direct", &none).text("row", row_of(&name)));
        }
        result.rows.push(RowMultipliers { type1: over(&simple), type2: over(&total), name, direct, simple, total });
    }
    result.type_ratio = type_ratio(&result.rows);
    Ok(result)
}

/// The closed system, when there are households and it is productive.
fn close(
    io: &IoTable,
    options: &MultipliersOptions,
    a: &Coefficients,
    result: &mut MultipliersResult,
) -> Result<Option<(System, Households)>, FlowError> {
    let Some(households) = Households::of(io, options.household_total) else {
        result.notes.push(Message::new("link.multipliers.no-households"));
        return Ok(None);
    };
    result.household_total = households.total;
    if households.total == 0.0 {
        result.notes.push(Message::new("link.multipliers.no-households"));
        return Ok(None);
    }
    let closed = households.close(a);
    result.spectral_radius_closed = spectral_radius(&closed)?;
    if result.spectral_radius_closed >= 1.0 {
        let radius = result.spectral_radius_closed;
        result.notes.push(Message::new("link.multipliers.explodes").number("radius", radius));
        return Ok(None);
    }
    Ok(Some((System::new(closed)?, households)))
}

/// Names and direct coefficients of the rows that have multipliers.
pub(crate) fn wanted(io: &IoTable, options: &MultipliersOptions) -> Result<Vec<(String, Vec<f64>)>, FlowError> {
    let named =
        [("income", "compensation"), ("value_added", "value_added"), ("employment", "employment"), ("taxes", "taxes")];
    let mut rows: Vec<(String, Vec<f64>)> = Vec::new();
    for (name, row) in named {
        if let Some(row) = io.primary(row) {
            rows.push((name.to_owned(), io.direct(row)));
        }
    }
    for name in &options.table.satellite {
        let unknown = || FlowError::UnknownName { option: "satellite", name: name.clone(), what: "row" };
        let row = io.primary(name).ok_or_else(unknown)?;
        if !rows.iter().any(|(known, _)| known == name) {
            rows.push((name.clone(), io.direct(row)));
        }
    }
    Ok(rows)
}

/// The row that multipliers of a name rest on.
fn row_of(name: &str) -> &str {
    if name == "income" { "compensation" } else { name }
}

/// Type II over type I of income: the same for all sectors, so the mean over those that have both.
fn type_ratio(rows: &[RowMultipliers]) -> f64 {
    let Some(income) = rows.iter().find(|row| row.name == "income") else { return f64::NAN };
    let ratios = income.type2.iter().zip(&income.type1).map(|(two, one)| two / one);
    let ratios: Vec<f64> = ratios.filter(|ratio| ratio.is_finite()).collect();
    if ratios.is_empty() { f64::NAN } else { ratios.iter().sum::<f64>() / ratios.len() as f64 }
}

fn plan(values: &OptionValues, _given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let _: MultipliersOptions = parse_options(values)?;
    Ok(vec![table_columns("table")])
}

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: MultipliersOptions = parse_options(values)?;
    let table = inputs.need("table")?;
    let io = IoTable::read(table, &options.table)?;
    let result = multipliers(&io, &options).map_err(|error| Fault::from(error).in_table(table))?;
    Ok(package(&io, result))
}

fn package(io: &IoTable, result: MultipliersResult) -> Outcome {
    let method = match result.household_total.is_nan() {
        true => "type I multipliers (Miller and Blair 2009, ch. 6)".to_owned(),
        false => {
            let total = result.household_total;
            format!(
                "type I and type II multipliers, households closed on compensation, H = {total} (Miller and Blair 2009, ch. 6)"
            )
        }
    };
    let mut outcome = Outcome::new("link multipliers", &method);
    outcome.convention("households", "one more sector; row compensation, column households, per unit of H");
    outcome.warnings = io.warnings();
    outcome.warnings.extend(result.notes);
    outcome.scalar("sectors", io.len() as f64).scalar("type_ratio", result.type_ratio);
    outcome.scalar("household_total", result.household_total);
    outcome.scalar("spectral_radius", result.spectral_radius);
    outcome.scalar("spectral_radius_closed", result.spectral_radius_closed).scalar("solver_residual", result.residual);
    let mut table = Table::empty()
        .with_text("sector", text(io.sectors()))
        .with_numbers("output_simple", result.output_simple)
        .with_numbers("output_total", result.output_total)
        .with_numbers("output_truncated", result.output_truncated);
    for row in result.rows {
        let name = |what: &str| format!("{}_{what}", row.name);
        table = table.with_numbers(&name("direct"), row.direct);
        table = table.with_numbers(&name("simple"), row.simple).with_numbers(&name("total"), row.total);
        table = table.with_numbers(&name("type1"), row.type1).with_numbers(&name("type2"), row.type2);
    }
    outcome.add_table("sectors", table);
    outcome
}

fn findings(outcome: &Outcome, focus: &Focus) -> Vec<Message> {
    let Some(table) = outcome.table("sectors") else { return Vec::new() };
    let mut said =
        crate::words::extremes("link.multipliers.largest", "link.multipliers.of-focus", table, "output_simple", focus);
    if let Some(ratio) = outcome.number("type_ratio") {
        said.push(Message::new("link.multipliers.households").number("ratio", ratio));
    }
    for (column, key) in
        [("employment_type1", "link.multipliers.employment"), ("value_added_simple", "link.multipliers.value-added")]
    {
        let mut more = crate::words::extremes(key, key, table, column, &Focus::default());
        said.append(&mut more);
    }
    said
}

fn figures(_outcome: &Outcome) -> Vec<FigureSpec> {
    let bars = FigureSpec::new(FigureKind::Bars).of_table("sectors").of_value("output_simple").by("sector");
    vec![bars.first(20).against(1.0)]
}

/// Whether the closed model of a table is productive; used by what needs it and cannot do without.
pub(crate) fn closed_system(io: &IoTable, a: &Coefficients) -> Result<(System, Households), FlowError> {
    for (what, name, there) in [
        ("row", "compensation", io.primary("compensation").is_some()),
        ("column", "households", io.demand("households").is_some()),
    ] {
        if !there {
            return Err(FlowError::Missing { what, name });
        }
    }
    let households = Households::of(io, None).ok_or(FlowError::Missing { what: "column", name: "households" })?;
    let closed = households.close(a);
    check_productive(&closed).map_err(|error| match error {
        FlowError::NotProductive { radius } => FlowError::Data {
            message: format!(
                "with households as a sector the spectral radius is {radius:.6}; it must be below 1, else spending never ends"
            ),
            hint: "households spend what they earn or more: net other income out of the column `households`, or leave `--closed` out".into(),
        },
        other => other,
    })?;
    Ok((System::new(closed)?, households))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::fixtures::{miller_blair, read};

    /// Miller and Blair 2009, sections 6.2 and 6.3.
    #[test]
    fn the_textbook_example() {
        let result = multipliers(&miller_blair(), &MultipliersOptions::default()).unwrap();
        assert_eq!(result.household_total, 1000.0);
        let near = |got: f64, want: f64| assert!((got - want).abs() < 2e-3, "{got}, not {want}");
        near(result.output_simple[0], 1.518);
        near(result.output_simple[1], 1.452);
        let income = &result.rows[0];
        near(income.simple[0], 0.442);
        near(income.total[0], 0.570);
        near(income.type1[0] * 0.3, income.simple[0]);
        let ratios: Vec<f64> = income.type2.iter().zip(&income.type1).map(|(two, one)| two / one).collect();
        assert!((ratios[0] - ratios[1]).abs() < 1e-12, "one ratio for all sectors");
        near(result.type_ratio, 1.289);
    }

    #[test]
    fn without_households_there_is_no_type_two() {
        let io = read(&["a", "f"], &[("a", &[2.0, 8.0]), ("value_added", &[8.0, 0.0])]);
        let result = multipliers(&io, &MultipliersOptions::default()).unwrap();
        assert!(result.rows[0].type2[0].is_nan() && result.type_ratio.is_nan());
        assert!((result.rows[0].type1[0] - 1.25).abs() < 1e-15);
        assert_eq!(result.notes.len(), 1);
        let wrong = MultipliersOptions { household_total: Some(0.0), ..MultipliersOptions::default() };
        assert!(multipliers(&io, &wrong).is_err());
    }

    #[test]
    fn households_that_spend_more_than_they_earn() {
        let io = read(&["a", "households"], &[("a", &[2.0, 8.0]), ("compensation", &[4.0, 0.0])]);
        let result = multipliers(&io, &MultipliersOptions::default()).unwrap();
        assert!(result.spectral_radius_closed >= 1.0 && result.rows[0].type2[0].is_nan());
        let more = MultipliersOptions { household_total: Some(8.0), ..MultipliersOptions::default() };
        assert!(multipliers(&io, &more).unwrap().rows[0].type2[0].is_finite());
    }
}
