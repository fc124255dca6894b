//! RAS and GRAS: a matrix with given margins, as near to its prior as can be.

use crate::system::PRINTED;
use crate::table::FlowError;
use crate::words::{cell_labels, cells_named};
use distretto_core::{
    ColumnKind, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Input, Inputs, Message, OptionValues,
    Outcome, Place, Table, TableSpec, Text, option_specs, parse_options,
};
use distretto_numerics::Matrix;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "link",
    name: "balance",
    about: "RAS and GRAS: a matrix updated to given row and column totals",
    chapter: "link/balancing",
    revision: 1,
    inputs: &[
        Input::table("matrix", Place::Positional, true, "Matrix: first column row labels, header column labels"),
        Input::table("rows", Place::Flag, true, "Totals of the rows: label, total"),
        Input::table("columns", Place::Flag, true, "Totals of the columns: label, total"),
    ],
    options: option_specs::<BalanceOptions>,
    plan,
    run,
    findings,
    figures,
};

/// How the matrix is updated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BalanceMethod {
    /// Negative cells are allowed and keep their sign.
    #[default]
    Gras,
    /// No negative cells.
    Ras,
}

/// Options of [`balance`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct BalanceOptions {
    /// `gras`, or `ras` for a matrix without negative cells.
    pub method: BalanceMethod,
    /// Tolerance of the multipliers, relative, and of the margins, relative to the largest target.
    pub tol: f64,
    /// Most iterations; one is all rows, then all columns.
    pub max_iter: usize,
    /// Prints the table of cells although it has more than 200 rows or columns.
    pub cells: bool,
}

impl Default for BalanceOptions {
    fn default() -> Self {
        Self { method: BalanceMethod::default(), tol: 1e-10, max_iter: 10_000, cells: false }
    }
}

/// A matrix with given margins.
#[derive(Debug, Clone, PartialEq)]
pub struct BalanceResult {
    /// The matrix.
    pub value: Matrix,
    /// Multipliers of the rows, r.
    pub row_multipliers: Vec<f64>,
    /// Multipliers of the columns, s.
    pub column_multipliers: Vec<f64>,
    /// Iterations taken.
    pub iterations: usize,
    /// Largest |margin − target|.
    pub max_error: f64,
    /// Σ|a|(z ln z − z + 1), z = value/prior.
    pub information_loss: f64,
}

/// How far two sums of targets may lie apart, relative.
const SAME_SUM: f64 = 1e-9;

fn data(message: String) -> FlowError {
    FlowError::Data { message, hint: String::new() }
}

/// The multiplier of a line with positive part p, absolute negative part n and target u.
fn multiplier(p: f64, n: f64, u: f64) -> f64 {
    if p > 0.0 {
        // For a large negative target the difference loses its digits; the other root gives them back.
        let root = (u * u + 4.0 * p * n).sqrt();
        if u < 0.0 { 2.0 * n / (root - u) } else { (u + root) / (2.0 * p) }
    } else if n > 0.0 {
        -n / u
    } else {
        1.0
    }
}

/// Refuses a target that no multiplier can reach.
fn check_line(what: &'static str, line: usize, cells: impl Iterator<Item = f64>, target: f64) -> Result<(), FlowError> {
    let (mut positive, mut negative) = (false, false);
    for cell in cells {
        positive |= cell > 0.0;
        negative |= cell < 0.0;
    }
    let reachable = match target {
        t if t > 0.0 => positive,
        t if t < 0.0 => negative,
        _ => positive || !negative,
    };
    if reachable {
        return Ok(());
    }
    Err(FlowError::Infeasible { what, line, target })
}

/// X = r̂Pŝ − r̂⁻¹Nŝ⁻¹ with the row totals u and the column totals v.
///
/// # Errors
/// Totals whose sums differ, a line that cannot reach its total, a negative cell under RAS, no convergence.
///
/// # References
/// Stone 1961; Junius and Oosterhaven 2003; Lenzen, Wood and Gallego 2007; Temurshoev, Miller and Bouwmeester 2013.
pub fn balance(prior: &Matrix, u: &[f64], v: &[f64], options: &BalanceOptions) -> Result<BalanceResult, FlowError> {
    let (n, m) = (prior.rows(), prior.columns());
    let (all_u, all_v) = (u.iter().sum::<f64>(), v.iter().sum::<f64>());
    if (all_u - all_v).abs() > SAME_SUM * all_u.abs().max(all_v.abs()) {
        return Err(data(format!(
            "the total of the rows is {all_u}, the total of the columns {all_v}; they must be equal"
        )));
    }
    let negative = (0..n).flat_map(|i| (0..m).map(move |j| (i, j))).find(|&at| prior[at] < 0.0);
    if let Some((row, column)) = negative.filter(|_| options.method == BalanceMethod::Ras) {
        return Err(FlowError::NegativeCell { row, column, value: prior[(row, column)] });
    }
    (0..n).try_for_each(|i| check_line("row", i, (0..m).map(|j| prior[(i, j)]), u[i]))?;
    (0..m).try_for_each(|j| check_line("column", j, prior.column(j).iter().copied(), v[j]))?;
    let (mut r, mut s) = (vec![1.0; n], vec![1.0; m]);
    // 0·∞ = 0: a line that is made zero divides nothing.
    let over = |cell: f64, by: f64| if cell == 0.0 { 0.0 } else { cell / by };
    let value = |r: &[f64], s: &[f64], i: usize, j: usize| {
        let cell = prior[(i, j)];
        if cell >= 0.0 { r[i] * cell * s[j] } else { over(cell, r[i] * s[j]) }
    };
    let largest = u.iter().chain(v).fold(0.0, |most: f64, target| most.max(target.abs()));
    for iterations in 1..=options.max_iter {
        let (mut p, mut negative) = (vec![0.0; n], vec![0.0; n]);
        for (j, &s) in s.iter().enumerate() {
            for (i, &cell) in prior.column(j).iter().enumerate() {
                if cell > 0.0 { p[i] += cell * s } else { negative[i] += over(-cell, s) }
            }
        }
        (0..n).for_each(|i| r[i] = multiplier(p[i], negative[i], u[i]));
        let mut change: f64 = 0.0;
        for (j, s) in s.iter_mut().enumerate() {
            let (mut p, mut negative) = (0.0, 0.0);
            for (i, &cell) in prior.column(j).iter().enumerate() {
                if cell > 0.0 { p += cell * r[i] } else { negative += over(-cell, r[i]) }
            }
            let next = multiplier(p, negative, v[j]);
            let scale = next.abs().max(s.abs());
            change = change.max(if scale > 0.0 { (next - *s).abs() / scale } else { 0.0 });
            *s = next;
        }
        if !change.is_finite() {
            return Err(data("infeasible: the multipliers grow without bound".into()));
        }
        if change >= options.tol {
            continue;
        }
        let matrix = Matrix::from_fn(n, m, |i, j| value(&r, &s, i, j));
        let error = max_error(&matrix, u, v);
        if error <= options.tol * largest {
            let information_loss = information_loss(prior, &matrix);
            return Ok(BalanceResult {
                value: matrix,
                row_multipliers: r,
                column_multipliers: s,
                iterations,
                max_error: error,
                information_loss,
            });
        }
    }
    let matrix = Matrix::from_fn(n, m, |i, j| value(&r, &s, i, j));
    Err(farthest(&matrix, u, v, options.max_iter))
}

/// The line whose sum misses its target most.
fn farthest(matrix: &Matrix, u: &[f64], v: &[f64], steps: usize) -> FlowError {
    let rows = matrix.times_vector(&vec![1.0; matrix.columns()]);
    let columns = matrix.transpose_times_vector(&vec![1.0; matrix.rows()]);
    let lines = rows.iter().zip(u).enumerate().map(|(line, (sum, target))| ("row", line, *sum, *target));
    let lines =
        lines.chain(columns.iter().zip(v).enumerate().map(|(line, (sum, target))| ("column", line, *sum, *target)));
    let gap = |line: &(&str, usize, f64, f64)| (line.2 - line.3).abs();
    let worst = lines.max_by(|a, b| gap(a).total_cmp(&gap(b))).unwrap_or(("row", 0, f64::NAN, f64::NAN));
    let (what, line, sum, target) = worst;
    FlowError::Margin { steps, what, line, sum, target }
}

fn max_error(matrix: &Matrix, u: &[f64], v: &[f64]) -> f64 {
    let rows = matrix.times_vector(&vec![1.0; matrix.columns()]);
    let columns = matrix.transpose_times_vector(&vec![1.0; matrix.rows()]);
    let gaps = rows.iter().zip(u).chain(columns.iter().zip(v));
    gaps.map(|(sum, target)| (sum - target).abs()).fold(0.0, f64::max)
}

fn information_loss(prior: &Matrix, value: &Matrix) -> f64 {
    let mut loss = 0.0;
    for j in 0..prior.columns() {
        for (cell, new) in prior.column(j).iter().zip(value.column(j)).filter(|(cell, _)| **cell != 0.0) {
            let z = new / cell;
            loss += cell.abs() * (if z > 0.0 { z * z.ln() } else { 0.0 } - z + 1.0);
        }
    }
    loss
}

fn plan(values: &OptionValues, _given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let _: BalanceOptions = parse_options(values)?;
    let target = |name: &str| {
        let spec = TableSpec::new(name).need("label", ColumnKind::Label).need("total", ColumnKind::Number);
        spec.unique(&["label"])
    };
    let matrix = TableSpec::new("matrix").matrix("row", &[]).and_others(ColumnKind::Number).unique(&["row"]);
    Ok(vec![matrix, target("rows"), target("columns")])
}

/// The targets in the order of the labels.
fn targets(labels: &[String], table: &Table, what: &str) -> Result<Vec<f64>, Fault> {
    let (Some(names), Some(totals)) = (table.text("label"), table.numbers("total")) else {
        return Err(Fault::input("the columns `label` and `total` are needed").in_table(table));
    };
    let mut found = vec![f64::NAN; labels.len()];
    for (row, total) in totals.iter().enumerate() {
        let name = names.get(row).unwrap_or_default();
        let place = labels.iter().position(|label| label == name).ok_or_else(|| {
            Fault::input(format!("the matrix has no {what} `{name}`")).at(table, row, "label").with_value(name)
        })?;
        if total.is_nan() {
            return Err(Fault::input("the total is missing").at(table, row, "total"));
        }
        found[place] = *total;
    }
    match found.iter().position(|total| total.is_nan()) {
        Some(place) => Err(Fault::input(format!("the {what} `{}` has no total", labels[place])).in_table(table)),
        None => Ok(found),
    }
}

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: BalanceOptions = parse_options(values)?;
    if options.tol <= 0.0 || options.tol.is_nan() {
        return Err(FlowError::Option { option: "tol", message: "it must be above 0".into() }.into());
    }
    let table = inputs.need("matrix")?;
    let (rows, columns, prior, empty) = super::read_matrix(table)?;
    let u = targets(&rows, inputs.need("rows")?, "row")?;
    let v = targets(&columns, inputs.need("columns")?, "column")?;
    let result = balance(&prior, &u, &v, &options).map_err(|error| match error {
        FlowError::Infeasible { what, line, target } | FlowError::Margin { what, line, target, .. } => {
            let (labels, totals) = if what == "row" { (&rows, "rows") } else { (&columns, "columns") };
            let fault = Fault::from(error).with_value(format!("{target}"));
            let Some(totals) = inputs.table(totals) else { return fault };
            let named = |row: &usize| totals.text("label").and_then(|text| text.get(*row)) == Some(&labels[line]);
            fault.at(totals, (0..totals.rows()).find(named).unwrap_or(0), "total")
        }
        FlowError::NegativeCell { row, column, value } => {
            Fault::from(error).at(table, row, &columns[column]).with_value(format!("{value}"))
        }
        error => Fault::from(error).in_table(table),
    })?;
    let (name, method) = match options.method {
        BalanceMethod::Ras => ("ras", "RAS (Stone 1961)"),
        BalanceMethod::Gras => ("gras", "GRAS (Junius and Oosterhaven 2003; Lenzen, Wood and Gallego 2007)"),
    };
    let mut outcome = Outcome::new("link balance", method);
    outcome.convention("method", name);
    if !empty.is_empty() {
        let cells = empty.iter().map(|&(i, j)| (rows[i].as_str(), columns[j].as_str(), None));
        outcome.warn(cells_named("link.table.empty-cells", empty.len(), cells));
    }
    outcome.flag("converged", true).scalar("iterations", result.iterations as f64);
    outcome.scalar("max_error", result.max_error).scalar("information_loss", result.information_loss);
    if options.cells || rows.len().max(columns.len()) <= PRINTED {
        let (row, column) = cell_labels(&rows, &columns);
        let cells = Table::empty()
            .with_text("row", row)
            .with_text("column", column)
            .with_numbers("prior", super::leontief::by_rows(&prior))
            .with_numbers("value", super::leontief::by_rows(&result.value));
        outcome.add_table("cells", cells);
    }
    let side: Text = rows.iter().map(|_| Some("row")).chain(columns.iter().map(|_| Some("column"))).collect();
    let label: Text = rows.iter().chain(&columns).map(|label| Some(label.as_str())).collect();
    let factors = [result.row_multipliers, result.column_multipliers].concat();
    let multipliers = Table::empty().with_text("label", label).with_text("side", side).with_numbers("value", factors);
    outcome.add_table("multipliers", multipliers);
    outcome.add_table("matrix", super::matrix_table(&rows, &columns, &result.value));
    Ok(outcome)
}

fn findings(outcome: &Outcome, _focus: &Focus) -> Vec<Message> {
    let number = |name: &str| outcome.number(name).unwrap_or(f64::NAN);
    let message =
        Message::new("link.balance.done").count("iterations", outcome.number("iterations").unwrap_or(0.0) as usize);
    vec![message.number("error", number("max_error")).number("loss", number("information_loss"))]
}

fn figures(_outcome: &Outcome) -> Vec<FigureSpec> {
    vec![FigureSpec::new(FigureKind::Bars).of_table("multipliers").of_value("value").by("label").first(20).against(1.0)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn margins_hold_and_signs_persist(cells in proptest::collection::vec(-3.0..9.0f64, 12), r in proptest::collection::vec(0.6..1.5f64, 3), s in proptest::collection::vec(0.6..1.5f64, 4)) {
            let prior = Matrix::from_columns(3, 4, cells);
            // Margins that a matrix of this form has.
            let truth = Matrix::from_fn(3, 4, |i, j| {
                let (cell, factor) = (prior[(i, j)], r[i] * s[j]);
                if cell >= 0.0 { cell * factor } else { cell / factor }
            });
            let (u, v) = (truth.times_vector(&[1.0; 4]), truth.transpose_times_vector(&[1.0; 3]));
            let result = balance(&prior, &u, &v, &BalanceOptions::default());
            // Slow convergence near a zero total is told, not hidden.
            prop_assume!(!matches!(result, Err(FlowError::Margin { .. })));
            let result = result.unwrap();
            let largest = u.iter().chain(&v).fold(0.0, |most: f64, t| most.max(t.abs()));
            prop_assert!(result.max_error <= 1e-10 * largest && result.information_loss >= -1e-9);
            for i in 0..3 {
                for j in 0..4 {
                    prop_assert!(result.value[(i, j)] * prior[(i, j)] >= 0.0);
                    prop_assert!((result.value[(i, j)] - truth[(i, j)]).abs() < 1e-5 * largest);
                }
            }
        }
    }

    #[test]
    fn lines_that_are_zero_or_become_zero() {
        let prior = Matrix::from_columns(2, 2, vec![1.0, 0.0, 3.0, 0.0]);
        let result = balance(&prior, &[5.0, 0.0], &[2.0, 3.0], &BalanceOptions::default()).unwrap();
        assert!((result.value[(0, 1)] - 3.0).abs() < 1e-9 && result.row_multipliers[1] == 1.0);
        let full = Matrix::from_columns(2, 2, vec![1.0, 1.0, 1.0, 1.0]);
        let result = balance(&full, &[4.0, 0.0], &[1.0, 3.0], &BalanceOptions::default()).unwrap();
        assert_eq!((result.value[(1, 0)], result.value[(1, 1)]), (0.0, 0.0));
    }

    #[test]
    fn what_cannot_be_reached_is_told() {
        let says = |cells: [f64; 4], u: [f64; 2], v: [f64; 2], method| {
            let options = BalanceOptions { method, ..BalanceOptions::default() };
            balance(&Matrix::from_columns(2, 2, cells.to_vec()), &u, &v, &options).unwrap_err().to_string()
        };
        assert!(says([1.0; 4], [1.0, 2.0], [2.0, 2.0], BalanceMethod::Gras).contains("total"));
        assert!(says([-1.0, 1.0, -1.0, 1.0], [1.0, 2.0], [1.0, 2.0], BalanceMethod::Gras).contains("infeasible"));
        assert!(says([-1.0, 1.0, -1.0, 1.0], [0.0, 3.0], [1.0, 2.0], BalanceMethod::Gras).contains("infeasible"));
        assert!(says([-1.0, 1.0, 1.0, 1.0], [1.0, 2.0], [1.0, 2.0], BalanceMethod::Ras).contains("negative"));
    }
}
