//! Hypothetical extraction: what the economy would lose without a cluster, its purchases, or its sales.

use crate::system::{Coefficients, System, identity_minus};
use crate::table::{FlowError, IoTable, TableOptions, table_columns};
use crate::words::{focus_rows, named, ranks, ratio, text, where_true};
use distretto_core::{
    Arg, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Input, Inputs, Message, OptionValues, Outcome,
    Place, Table, TableSpec, option_specs, parse_options,
};
use distretto_numerics::{Lu, Matrix};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "link",
    name: "extraction",
    about: "Hypothetical extraction: the output lost without a cluster, its purchases or its sales",
    chapter: "link/extraction",
    revision: 1,
    inputs: &[Input::table("table", Place::Positional, true, super::TABLE_HELP)],
    options: option_specs::<ExtractionOptions>,
    plan,
    run,
    findings,
    figures,
};

/// What is taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// The cluster: its purchases, sales and final demand.
    #[default]
    Total,
    /// Its purchases from the rest.
    Backward,
    /// Its sales to the rest.
    Forward,
}

/// Options of [`extraction`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ExtractionOptions {
    /// What every input–output table has.
    #[serde(flatten)]
    pub table: TableOptions,
    /// Sectors of the cluster that is extracted.
    pub sectors: Vec<String>,
    /// Extracts every sector by itself.
    pub each: bool,
    /// What is taken away: `total`, `backward` (purchases from the rest) or `forward` (sales to the rest).
    pub mode: Mode,
    /// Keeps final demand for the cluster in a total extraction.
    pub keep_demand: bool,
}

/// Output after the cluster `inside` is extracted.
///
/// # Formula
/// total: x̄_R = (I − A_RR)⁻¹ f_R and x̄_C = 0, or f_C with `keep_demand`; backward: A_RC = 0; forward: B_CR = 0 and
/// x̄ᵀ = vᵀ (I − B̄)⁻¹.
///
/// # Errors
/// When the table holds coefficients, is not productive, or what is left is singular.
///
/// # References
/// Dietzenbacher and van der Linden 1997; Miller and Lahr 2001.
pub fn extraction(io: &IoTable, inside: &[bool], mode: Mode, keep_demand: bool) -> Result<Vec<f64>, FlowError> {
    let n = io.len();
    let f = io.final_demand().ok_or(FlowError::NoMoney { what: "extraction" })?;
    match mode {
        Mode::Total => {
            let rest: Vec<usize> = (0..n).filter(|&i| !inside[i]).collect();
            let a = io.input_coefficients().dense();
            let left = Matrix::from_fn(rest.len(), rest.len(), |i, j| a[(rest[i], rest[j])]);
            let demand: Vec<f64> = rest.iter().map(|&i| f[i]).collect();
            let solved = if rest.is_empty() { Vec::new() } else { lu(&left)?.solve(&demand) };
            let mut after: Vec<f64> = (0..n).map(|i| if keep_demand && inside[i] { f[i] } else { 0.0 }).collect();
            rest.iter().zip(solved).for_each(|(&i, x)| after[i] = x);
            Ok(after)
        }
        Mode::Backward => {
            let mut a = io.input_coefficients().dense();
            cut(&mut a, |i, j| !inside[i] && inside[j]);
            Ok(lu(&a)?.solve(&f))
        }
        Mode::Forward => {
            let mut b = io.output_coefficients()?;
            cut(&mut b, |i, j| inside[i] && !inside[j]);
            let v = io.value_added().ok_or(FlowError::NoMoney { what: "extraction" })?;
            Ok(lu(&b)?.solve_transposed(&v))
        }
    }
}

fn cut(matrix: &mut Matrix, out: impl Fn(usize, usize) -> bool) {
    for j in 0..matrix.columns() {
        let column = matrix.column_mut(j).iter_mut().enumerate();
        column.filter(|(i, _)| out(*i, j)).for_each(|(_, cell)| *cell = 0.0);
    }
}

fn lu(a: &Matrix) -> Result<Lu, FlowError> {
    Lu::new(&identity_minus(a)).map_err(|error| FlowError::Singular { n: error.n })
}

/// Loss of output of all sectors (rows) when each sector (column) is extracted by itself.
///
/// Extracting one sector changes I − A by a row and a column, or by one of the two: by Sherman, Morrison and Woodbury
/// every loss follows from one column of L or one row of G, O(n) a sector.
///
/// # Errors
/// As [`extraction`].
pub fn each(io: &IoTable, mode: Mode, keep_demand: bool) -> Result<Matrix, FlowError> {
    let n = io.len();
    let f = io.final_demand().ok_or(FlowError::NoMoney { what: "extraction" })?;
    let x = io.output_or_nan();
    let mut loss = Matrix::zeros(n, n);
    match mode {
        Mode::Total => {
            let l = System::productive(io.input_coefficients())?.inverse()?;
            for c in 0..n {
                let (own, factor) = (x[c] - if keep_demand { f[c] } else { 0.0 }, x[c] / l[(c, c)]);
                loss.column_mut(c).iter_mut().zip(l.column(c)).for_each(|(loss, l)| *loss = l * factor);
                loss[(c, c)] = own;
            }
        }
        Mode::Backward => {
            let a = io.input_coefficients();
            let diagonal: Vec<f64> = (0..n).map(|j| a.dense_cell(j, j)).collect();
            let l = System::productive(a)?.inverse()?;
            for c in 0..n {
                // L u, u the purchases of c from the others.
                let mut moved: Vec<f64> = l.column(c).iter().map(|l| (1.0 - diagonal[c]) * l).collect();
                moved[c] -= 1.0;
                let factor = x[c] / (1.0 + moved[c]);
                loss.column_mut(c).iter_mut().zip(&moved).for_each(|(loss, moved)| *loss = moved * factor);
            }
        }
        Mode::Forward => {
            let b = io.output_coefficients()?;
            let diagonal: Vec<f64> = (0..n).map(|i| b[(i, i)]).collect();
            let turned = System::productive(Coefficients::Dense(b))?.inverse()?.transpose();
            for c in 0..n {
                let mut moved: Vec<f64> = turned.column(c).iter().map(|g| (1.0 - diagonal[c]) * g).collect();
                moved[c] -= 1.0;
                let factor = x[c] / (1.0 + moved[c]);
                loss.column_mut(c).iter_mut().zip(&moved).for_each(|(loss, moved)| *loss = moved * factor);
            }
        }
    }
    Ok(loss)
}

fn plan(values: &OptionValues, _given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let _: ExtractionOptions = parse_options(values)?;
    Ok(vec![table_columns("table")])
}

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: ExtractionOptions = parse_options(values)?;
    if options.sectors.is_empty() && !options.each {
        let message = "it must name the sectors of the cluster, or --each extract every sector by itself".to_owned();
        return Err(FlowError::Option { option: "sectors", message }.into());
    }
    let table = inputs.need("table")?;
    let io = IoTable::read(table, &options.table)?;
    package(&io, &options).map_err(|error| Fault::from(error).in_table(table))
}

fn package(io: &IoTable, options: &ExtractionOptions) -> Result<Outcome, FlowError> {
    let (mode, convention) = match (options.mode, options.keep_demand) {
        (Mode::Total, false) => ("total extraction: A_C· = A_·C = 0, f_C = 0", "total"),
        (Mode::Total, true) => ("total extraction: A_C· = A_·C = 0, f_C kept", "total"),
        (Mode::Backward, _) => ("backward extraction: A_RC = 0", "backward"),
        (Mode::Forward, _) => ("forward extraction: B_CR = 0, xᵀ = vᵀ(I − B)⁻¹", "forward"),
    };
    let method = format!("{mode} (Dietzenbacher and van der Linden 1997; Miller and Lahr 2001)");
    let mut outcome = Outcome::new("link extraction", &method);
    outcome.convention("mode", convention);
    outcome.warnings = io.warnings();
    crate::system::check_productive(&io.input_coefficients())?;
    let x = io.output().ok_or(FlowError::NoMoney { what: "extraction" })?;
    let whole: f64 = x.iter().sum();
    if !options.sectors.is_empty() {
        let mut inside = vec![false; io.len()];
        for sector in &options.sectors {
            inside[io.place("sectors", sector)?] = true;
        }
        let after = extraction(io, &inside, options.mode, options.keep_demand)?;
        let loss: Vec<f64> = x.iter().zip(&after).map(|(before, after)| before - after).collect();
        summary(&mut outcome, io, &inside, &loss, whole);
        let idle = where_true(&io.sectors, |i| x[i] == 0.0);
        if !idle.is_empty() {
            outcome.warn(named("link.extraction.no-share", &idle));
        }
        let share = loss.iter().zip(x).map(|(loss, x)| ratio(*loss, *x)).collect();
        let table = Table::empty()
            .with_text("sector", text(io.sectors()))
            .with_numbers("output", x.to_vec())
            .with_numbers("output_after", after)
            .with_numbers("loss", loss)
            .with_numbers("loss_share", share);
        outcome.add_table("sectors", table);
    }
    if options.each {
        let loss = each(io, options.mode, options.keep_demand)?;
        let total: Vec<f64> = (0..io.len()).map(|c| loss.column(c).iter().sum()).collect();
        let rest = (0..io.len()).map(|c| total[c] - loss[(c, c)]).collect();
        let table = Table::empty()
            .with_text("sector", text(io.sectors()))
            .with_numbers("loss_output", total.clone())
            .with_numbers("loss_share", total.iter().map(|loss| ratio(*loss, whole)).collect())
            .with_numbers("loss_rest", rest)
            .with_numbers("rank", ranks(&total));
        outcome.add_table("each", table);
    }
    Ok(outcome)
}

fn summary(outcome: &mut Outcome, io: &IoTable, inside: &[bool], loss: &[f64], whole: f64) {
    let part = |cluster: bool| -> f64 { (0..loss.len()).filter(|&i| inside[i] == cluster).map(|i| loss[i]).sum() };
    let lost: f64 = loss.iter().sum();
    outcome.scalar("loss_output", lost).scalar("loss_share", ratio(lost, whole));
    outcome.scalar("loss_cluster", part(true)).scalar("loss_rest", part(false));
    for row in &io.primary {
        let name = format!("loss_{}", row.name);
        outcome.scalar(&name, io.direct(row).iter().zip(loss).map(|(d, loss)| d * loss).sum());
    }
}

fn findings(outcome: &Outcome, focus: &Focus) -> Vec<Message> {
    let mut said = Vec::new();
    if let (Some(loss), Some(share)) = (outcome.number("loss_output"), outcome.number("loss_share")) {
        let key = match crate::words::convention(outcome, "mode") {
            "backward" => "link.extraction.loss-backward",
            "forward" => "link.extraction.loss-forward",
            _ => "link.extraction.loss",
        };
        let message = Message::new(key).number("loss", loss).with("share", Arg::Share(share));
        said.push(message.number("rest", outcome.number("loss_rest").unwrap_or(f64::NAN)));
    }
    if let Some(jobs) = outcome.number("loss_employment") {
        said.push(Message::new("link.extraction.jobs").number("jobs", jobs));
    }
    if let Some(table) = outcome.table("sectors") {
        said.extend(crate::words::extremes(
            "link.extraction.most",
            "link.extraction.of-focus",
            table,
            "loss",
            &Focus::default(),
        ));
    }
    if let Some(table) = outcome.table("each") {
        said.extend(crate::words::extremes(
            "link.extraction.each",
            "link.extraction.each-focus",
            table,
            "loss_share",
            focus,
        ));
        let (Some(sectors), Some(shares)) = (table.text("sector"), table.numbers("loss_share")) else { return said };
        for row in focus_rows(table, focus) {
            let sector = Arg::Industry(sectors.get(row).unwrap_or_default().to_owned());
            said.push(
                Message::new(match crate::words::convention(outcome, "mode") {
                    "backward" => "link.extraction.each-share-backward",
                    "forward" => "link.extraction.each-share-forward",
                    _ => "link.extraction.each-share",
                })
                .with("sector", sector)
                .with("share", Arg::Share(shares[row])),
            );
        }
    }
    said
}

fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    let bars = |table: &str, value: &str| {
        FigureSpec::new(FigureKind::Bars).of_table(table).of_value(value).by("sector").first(20)
    };
    let mut drawn = Vec::new();
    if outcome.table("sectors").is_some() {
        drawn.push(bars("sectors", "loss"));
    }
    if outcome.table("each").is_some() {
        drawn.push(bars("each", "loss_share"));
    }
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::fixtures::table;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn updates_agree_with_full_solutions(cells in proptest::collection::vec(0.0..50.0f64, 16), f in proptest::collection::vec(1.0..50.0f64, 4)) {
            let io = table(&cells, &f);
            let x = io.output().unwrap().to_vec();
            for (mode, keep) in [(Mode::Total, false), (Mode::Total, true), (Mode::Backward, false), (Mode::Forward, false)] {
                let quick = each(&io, mode, keep).unwrap();
                for c in 0..4 {
                    let inside: Vec<bool> = (0..4).map(|i| i == c).collect();
                    let after = extraction(&io, &inside, mode, keep).unwrap();
                    for i in 0..4 {
                        prop_assert!((quick[(i, c)] - (x[i] - after[i])).abs() < 1e-9 * x[i], "{:?} {} {}", mode, i, c);
                    }
                }
            }
        }

        #[test]
        fn without_every_sector_nothing_is_left(cells in proptest::collection::vec(0.0..50.0f64, 9), f in proptest::collection::vec(1.0..50.0f64, 3)) {
            let io = table(&cells, &f);
            let after = extraction(&io, &[true; 3], Mode::Total, false).unwrap();
            prop_assert_eq!(after, vec![0.0; 3]);
        }
    }
}
