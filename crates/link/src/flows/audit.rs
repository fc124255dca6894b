//! Is the table what a model can stand on? Nothing is repaired.

use crate::system::spectral_radius;
use crate::table::{BALANCE_TOLERANCE, FlowError, IoTable, TableOptions, TotalsAre, table_columns};
use crate::words::text;
use distretto_core::{
    Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Input, Inputs, Message, OptionValues, Outcome,
    Place, Table, TableSpec, Text, option_specs, parse_options,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "link",
    name: "audit",
    about: "Balance, signs, empty rows and productivity of an input-output table",
    chapter: "link/input-output",
    revision: 1,
    inputs: &[Input::table(
        "table",
        Place::Positional,
        true,
        "Input-output table: sectors by sectors, and around them final demand and primary inputs",
    )],
    options: option_specs::<AuditOptions>,
    plan,
    run,
    findings,
    figures,
};

/// Options of [`audit`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct AuditOptions {
    /// What every input–output table has.
    #[serde(flatten)]
    pub table: TableOptions,
    /// Largest imbalance, as a share of output, at which the table counts as balanced.
    pub tolerance: f64,
}

impl Default for AuditOptions {
    fn default() -> Self {
        Self { table: TableOptions::default(), tolerance: BALANCE_TOLERANCE }
    }
}

/// How much two sums may differ, relative to the larger, and still count as one number.
const SAME: f64 = 1e-6;

/// How near the logarithm of a ratio of totals must be to a whole number to hint at another unit: about 1 %.
const POWER: f64 = 0.005;

/// Something in the table that calls for a look.
#[derive(Debug, Clone, PartialEq)]
pub struct Issue {
    /// `negative`, `zero_row`, `imbalance` and so on.
    pub kind: &'static str,
    /// Row, where the issue has one.
    pub row: Option<String>,
    /// Column, where the issue has one.
    pub column: Option<String>,
    /// The number that is wrong.
    pub value: f64,
    /// `error`, `warning` or `note`.
    pub severity: &'static str,
}

/// What an audit finds.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditResult {
    /// Sales to sectors and final demand.
    pub row_total: Vec<f64>,
    /// Purchases from sectors and primary inputs; NaN without primary inputs.
    pub column_total: Vec<f64>,
    /// Row total less column total.
    pub imbalance: Vec<f64>,
    /// Imbalance as a share of output.
    pub imbalance_share: Vec<f64>,
    /// Whether no imbalance exceeds the tolerance; nothing where there is none.
    pub balanced: Option<bool>,
    /// Sectors that sell nothing.
    pub zero_rows: usize,
    /// Sectors that buy nothing.
    pub zero_columns: usize,
    /// Largest column sum of A.
    pub coefficient_sum_max: f64,
    /// Largest absolute eigenvalue of A.
    pub spectral_radius: f64,
    /// All issues, in the order of the kinds, then of the table.
    pub issues: Vec<Issue>,
}

/// Looks at a table and repairs nothing.
///
/// # Errors
/// When the eigenvalues cannot be computed.
pub fn audit(io: &IoTable, options: &AuditOptions) -> Result<AuditResult, FlowError> {
    let n = io.len();
    let a = io.input_coefficients();
    let sums = a.column_sums();
    let nan = || vec![f64::NAN; n];
    let row_total = if io.coefficients { nan() } else { io.row_totals().unwrap_or_else(|| io.row_sums()) };
    let column_total = io.column_totals().unwrap_or_else(nan);
    let imbalance = if io.demand.is_empty() { nan() } else { io.imbalance() };
    let x = io.output_or_nan();
    let imbalance_share: Vec<f64> = imbalance.iter().zip(&x).map(|(gap, x)| gap / x).collect();
    let judged: Vec<f64> = imbalance_share.iter().map(|share| share.abs()).filter(|share| !share.is_nan()).collect();
    // A table whose output is another number than rows and columns add to does not balance either.
    let outputs = io.output_gaps();
    let own = |i: usize| outputs[i].is_nan() || outputs[i].abs() <= options.tolerance * x[i].abs();
    let fits = judged.iter().all(|share| *share <= options.tolerance) && (0..outputs.len()).all(own);
    let balanced = (!judged.is_empty()).then_some(fits);
    let z = io.dense_flows();
    let empty_row =
        |i: usize| (0..n).all(|j| z[(i, j)] == 0.0) && io.demand.iter().all(|column| column.values[i] == 0.0);
    let empty_column = |j: usize| {
        z.column(j).iter().all(|&cell| cell == 0.0)
            && io.primary.iter().filter(|row| row.money).all(|row| row.values[j] == 0.0)
    };
    let (zero_row, zero_column): (Vec<bool>, Vec<bool>) = (0..n).map(|i| (empty_row(i), empty_column(i))).unzip();
    let mut look = Look { io, issues: Vec::new() };
    look.negative(&z);
    look.empty(&zero_row, &zero_column);
    look.gaps(&row_total, &column_total, &imbalance_share, options.tolerance);
    look.output(options.tolerance);
    look.coefficients(&sums);
    look.repeated_totals(&z);
    look.pieces(&z);
    Ok(AuditResult {
        zero_rows: zero_row.iter().filter(|&&zero| zero).count(),
        zero_columns: zero_column.iter().filter(|&&zero| zero).count(),
        coefficient_sum_max: sums.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        spectral_radius: spectral_radius(&a)?,
        issues: look.issues,
        row_total,
        column_total,
        imbalance,
        imbalance_share,
        balanced,
    })
}

/// Collects issues.
struct Look<'a> {
    io: &'a IoTable,
    issues: Vec<Issue>,
}

impl Look<'_> {
    fn add(
        &mut self,
        kind: &'static str,
        row: Option<usize>,
        column: Option<usize>,
        value: f64,
        severity: &'static str,
    ) {
        let label = |place: Option<usize>| place.map(|place| self.io.sectors[place].clone());
        self.issues.push(Issue { kind, row: label(row), column: label(column), value, severity });
    }

    fn negative(&mut self, z: &distretto_numerics::Matrix) {
        for i in 0..self.io.len() {
            for j in 0..self.io.len() {
                if z[(i, j)] < 0.0 {
                    self.add("negative", Some(i), Some(j), z[(i, j)], "warning");
                }
            }
        }
    }

    fn empty(&mut self, rows: &[bool], columns: &[bool]) {
        for (i, _) in rows.iter().enumerate().filter(|(_, zero)| **zero) {
            self.add("zero_row", Some(i), None, 0.0, "warning");
        }
        for (j, _) in columns.iter().enumerate().filter(|(_, zero)| **zero) {
            self.add("zero_column", None, Some(j), 0.0, "warning");
        }
    }

    /// Imbalances, and the two mistakes that explain all of them at once.
    fn gaps(&mut self, rows: &[f64], columns: &[f64], shares: &[f64], tolerance: f64) {
        let wide: Vec<usize> = (0..shares.len()).filter(|&i| shares[i].abs() > tolerance).collect();
        for &i in &wide {
            self.add("imbalance", Some(i), Some(i), rows[i] - columns[i], "error");
        }
        if wide.is_empty() {
            return;
        }
        if let Some(worst) = self.transposed(tolerance) {
            self.add("transposed", None, None, worst, "error");
        }
        for &i in &wide {
            let power = (rows[i] / columns[i]).log10();
            if power.round() != 0.0 && (power - power.round()).abs() < POWER {
                self.add("unit", Some(i), Some(i), rows[i] / columns[i], "error");
            }
        }
    }

    /// Outputs that are neither the row total nor the column total.
    fn output(&mut self, tolerance: f64) {
        let gaps = self.io.output_gaps();
        for (i, gap) in gaps.into_iter().enumerate() {
            let x = self.io.output[i];
            if gap.abs() <= tolerance * x.abs() || gap.is_nan() {
                continue;
            }
            let power = (x / (x - gap)).log10();
            let unit = power.round() != 0.0 && (power - power.round()).abs() < POWER;
            let (kind, value) = if unit { ("unit", x / (x - gap)) } else { ("imbalance", gap) };
            let row = Some(self.io.sectors[i].clone());
            self.issues.push(Issue { kind, row, column: Some("output".into()), value, severity: "error" });
        }
    }

    /// The largest imbalance after the block of flows is transposed, where that balances the table.
    fn transposed(&self, tolerance: f64) -> Option<f64> {
        let (rows, columns) = (self.io.row_totals()?, self.io.column_totals()?);
        let (sold, bought) = (self.io.row_sums(), self.io.column_sums());
        let gap = |i: usize| ((rows[i] - sold[i] + bought[i]) - (columns[i] - bought[i] + sold[i])) / self.io.output[i];
        let worst = (0..rows.len()).map(|i| gap(i).abs()).fold(0.0, f64::max);
        (worst <= tolerance).then_some(worst)
    }

    fn coefficients(&mut self, sums: &[f64]) {
        for (j, &sum) in sums.iter().enumerate().filter(|(_, sum)| **sum > 1.0) {
            self.add("coefficient_sum_above_one", None, Some(j), sum, "warning");
        }
    }

    /// A column that is the sum of all others is a total that was not dropped.
    fn repeated_totals(&mut self, z: &distretto_numerics::Matrix) {
        let n = self.io.len();
        let same = |one: &[f64], rest: &[f64]| {
            let scale = one.iter().chain(rest).fold(0.0, |most: f64, cell| most.max(cell.abs()));
            scale > 0.0 && one.iter().zip(rest).all(|(a, b)| (a - b).abs() <= SAME * scale)
        };
        let sums = self.io.row_sums();
        for j in 0..n {
            let rest: Vec<f64> = sums.iter().zip(z.column(j)).map(|(sum, cell)| sum - cell).collect();
            if n > 2 && same(z.column(j), &rest) {
                self.add("duplicate_total", None, Some(j), rest.iter().sum(), "error");
            }
        }
        let total: Vec<f64> = (0..n).map(|i| self.io.demand.iter().map(|column| column.values[i]).sum()).collect();
        let whole: Vec<f64> = sums.iter().zip(&total).map(|(sum, demand)| sum + demand).collect();
        let named: Vec<(String, f64)> = self
            .io
            .demand
            .iter()
            .filter_map(|column| {
                let of_demand: Vec<f64> = total.iter().zip(&column.values).map(|(sum, cell)| sum - cell).collect();
                let of_all: Vec<f64> = whole.iter().zip(&column.values).map(|(sum, cell)| sum - cell).collect();
                let several = self.io.demand.len() > 2;
                let repeats = (several && same(&column.values, &of_demand))
                    || same(&column.values, &of_all)
                    || same(&column.values, &sums);
                repeats.then(|| (column.name.clone(), column.values.iter().sum()))
            })
            .collect();
        for (name, value) in named {
            self.issues.push(Issue {
                kind: "duplicate_total",
                row: None,
                column: Some(name),
                value,
                severity: "error",
            });
        }
    }

    /// Weak components of the flows.
    fn pieces(&mut self, z: &distretto_numerics::Matrix) {
        let n = self.io.len();
        let mut piece = vec![usize::MAX; n];
        let mut count = 0;
        for start in 0..n {
            if piece[start] != usize::MAX {
                continue;
            }
            let mut open = vec![start];
            piece[start] = count;
            while let Some(i) = open.pop() {
                for j in 0..n {
                    if piece[j] == usize::MAX && (z[(i, j)] != 0.0 || z[(j, i)] != 0.0) {
                        piece[j] = count;
                        open.push(j);
                    }
                }
            }
            count += 1;
        }
        if count > 1 {
            self.add("disconnected", None, None, count as f64, "note");
        }
    }
}

fn plan(values: &OptionValues, _given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let _: AuditOptions = parse_options(values)?;
    Ok(vec![table_columns("table")])
}

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: AuditOptions = parse_options(values)?;
    if options.tolerance < 0.0 || options.tolerance.is_nan() {
        return Err(FlowError::Option { option: "tolerance", message: "it must be 0 or more".into() }.into());
    }
    let table = inputs.need("table")?;
    let io = IoTable::read(table, &TableOptions { totals: TotalsAre::Told, ..options.table.clone() })?;
    let result = audit(&io, &options).map_err(|error| Fault::from(error).in_table(table))?;
    Ok(package(&io, result, options.tolerance))
}

fn package(io: &IoTable, result: AuditResult, tolerance: f64) -> Outcome {
    let mut outcome = Outcome::new("link audit", "accounting checks of an input-output table; nothing is repaired");
    outcome.warnings = io.notes().to_vec();
    outcome.warnings.extend(io.wide("link.audit.output-differs", &io.output_gaps(), tolerance));
    let most = |values: &[f64]| values.iter().map(|value| value.abs()).fold(f64::NAN, f64::max);
    outcome.scalar("sectors", io.len() as f64);
    outcome.scalar("final_demand_columns", io.demand.len() as f64);
    outcome.scalar("primary_input_rows", io.primary.len() as f64);
    match result.balanced {
        Some(balanced) => outcome.flag("balanced", balanced),
        None => outcome.scalar("balanced", f64::NAN),
    };
    outcome.scalar("max_imbalance", most(&result.imbalance));
    outcome.scalar("max_imbalance_share", most(&result.imbalance_share));
    outcome.scalar("negative_cells", io.negative_cells() as f64);
    outcome.scalar("zero_rows", result.zero_rows as f64).scalar("zero_columns", result.zero_columns as f64);
    outcome.scalar("zero_output", io.output.iter().filter(|x| **x == 0.0).count() as f64);
    outcome.scalar("coefficient_sum_max", result.coefficient_sum_max);
    outcome.scalar("spectral_radius", result.spectral_radius).flag("productive", result.spectral_radius < 1.0);
    if result.balanced.is_none() {
        outcome.warn(Message::new("link.audit.no-balance"));
    }
    let sectors = Table::empty()
        .with_text("sector", text(io.sectors()))
        .with_numbers("output", io.output_or_nan())
        .with_numbers("row_total", result.row_total)
        .with_numbers("column_total", result.column_total)
        .with_numbers("imbalance", result.imbalance)
        .with_numbers("imbalance_share", result.imbalance_share);
    outcome.add_table("sectors", sectors);
    let word = |of: fn(&Issue) -> Option<&str>| result.issues.iter().map(of).collect::<Text>();
    let issues = Table::empty()
        .with_text("kind", word(|issue| Some(issue.kind)))
        .with_text("row", word(|issue| issue.row.as_deref()))
        .with_text("column", word(|issue| issue.column.as_deref()))
        .with_numbers("value", result.issues.iter().map(|issue| issue.value).collect())
        .with_text("severity", word(|issue| Some(issue.severity)));
    outcome.add_table("issues", issues);
    outcome
}

fn findings(outcome: &Outcome, _focus: &Focus) -> Vec<Message> {
    let mut said = Vec::new();
    if let (Some(share), Some(sectors)) = (outcome.number("max_imbalance_share"), outcome.number("sectors")) {
        let message = Message::new("link.audit.balance").count("sectors", sectors as usize);
        said.push(message.with("share", distretto_core::Arg::Share(share)));
    }
    if let Some(radius) = outcome.number("spectral_radius") {
        let key = if radius < 1.0 { "link.audit.productive" } else { "link.audit.unproductive" };
        said.push(Message::new(key).number("radius", radius));
    }
    if let Some(issues) = outcome.table("issues") {
        said.push(Message::new("link.audit.issues").count("count", issues.rows()));
    }
    said
}

fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    if outcome.number("max_imbalance_share").is_none() {
        return Vec::new();
    }
    vec![FigureSpec::new(FigureKind::Bars).of_table("sectors").of_value("imbalance_share").by("sector").first(20)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::fixtures::{read, sheet, table};

    #[test]
    fn a_balanced_table_has_no_issue() {
        let io = table(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0], &[1.0, 2.0, 4.0]);
        let result = audit(&io, &AuditOptions::default()).unwrap();
        assert_eq!(result.balanced, Some(true));
        assert_eq!(result.issues, []);
        assert!(result.spectral_radius < 1.0);
    }

    #[test]
    fn mistakes_are_named() {
        // Sales are in thousands, value added in single units.
        let io = read(
            &["a", "b", "f"],
            &[("a", &[0.0, -1.0, 11.0]), ("b", &[0.0, 0.0, 20.0]), ("value_added", &[10_000.0, 20_001.0, 0.0])],
        );
        let kinds: Vec<&str> =
            audit(&io, &AuditOptions::default()).unwrap().issues.iter().map(|issue| issue.kind).collect();
        assert_eq!(kinds, ["negative", "imbalance", "imbalance", "unit", "unit"]);
        let apart = read(&["a", "b", "f"], &[("a", &[1.0, 0.0, 2.0]), ("b", &[0.0, 0.0, 0.0])]);
        let result = audit(&apart, &AuditOptions::default()).unwrap();
        assert_eq!((result.zero_rows, result.zero_columns, result.balanced), (1, 1, None));
        assert!(result.issues.iter().any(|issue| issue.kind == "disconnected"));
    }

    #[test]
    fn a_transposed_block_and_a_total_are_recognised() {
        let flows = [10.0, 40.0, 5.0, 20.0];
        let io = table(&flows, &[50.0, 50.0]);
        let (rows, demand) = (io.row_totals().unwrap(), &io.demand[0].values);
        let value: Vec<f64> = io.primary[0].values.clone();
        assert_eq!(rows.len(), 2);
        let turned = read(
            &["s0", "s1", "households"],
            &[
                ("s0", &[10.0, 5.0, demand[0]]),
                ("s1", &[40.0, 20.0, demand[1]]),
                ("value_added", &[value[0], value[1], 0.0]),
            ],
        );
        let issues = audit(&turned, &AuditOptions::default()).unwrap().issues;
        assert!(issues.iter().any(|issue| issue.kind == "transposed"), "{issues:?}");
        let total = sheet(&["a", "b", "f", "total"], &[("a", &[1.0, 2.0, 3.0, 6.0]), ("b", &[4.0, 5.0, 6.0, 15.0])]);
        let fault = IoTable::read(&total, &TableOptions::default()).unwrap_err();
        assert!(fault.message().contains("`total` is the sum"), "{fault}");
        let told = TableOptions { totals: TotalsAre::Told, ..TableOptions::default() };
        let total = IoTable::read(&total, &told).unwrap();
        let issues = audit(&total, &AuditOptions::default()).unwrap().issues;
        assert!(issues.iter().any(|issue| issue.kind == "duplicate_total" && issue.column.as_deref() == Some("total")));
    }
}
