//! Fields of influence: which coefficient, changed a little, moves the whole inverse most.

use crate::system::{PRINTED, System};
use crate::table::{FlowError, IoTable, TableOptions, table_columns};
use crate::words::ranks;
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
    name: "influence",
    about: "Field of influence of every input coefficient on the Leontief inverse",
    chapter: "link/influence",
    revision: 1,
    inputs: &[Input::table("table", Place::Positional, true, super::TABLE_HELP)],
    options: option_specs::<InfluenceOptions>,
    plan,
    run,
    findings,
    figures,
};

/// Options of [`influence`].
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct InfluenceOptions {
    /// What every input–output table has.
    #[serde(flatten)]
    pub table: TableOptions,
    /// Change of the coefficient; 0 for the first-order field.
    pub epsilon: f64,
    /// Cells that are listed, the strongest first; left out, all in the order of the table up to 200 sectors, else the first 1,000.
    pub top: Option<usize>,
}

/// Strength of the field of influence of each coefficient: (Σ_k l_ki²)(Σ_l l_jl²), over (1 − ε l_ji)² for ε ≠ 0.
///
/// # Errors
/// When A is not productive.
///
/// # References
/// Sonis and Hewings 1989; Miller and Blair 2009, section 12.3.
pub fn influence(io: &IoTable, epsilon: f64) -> Result<Matrix, FlowError> {
    let n = io.len();
    let l = System::productive(io.input_coefficients())?.inverse()?;
    let columns: Vec<f64> = (0..n).map(|i| l.column(i).iter().map(|cell| cell * cell).sum()).collect();
    let mut rows = vec![0.0; n];
    for j in 0..n {
        rows.iter_mut().zip(l.column(j)).for_each(|(sum, cell)| *sum += cell * cell);
    }
    Ok(Matrix::from_fn(n, n, |i, j| columns[i] * rows[j] / (1.0 - epsilon * l[(j, i)]).powi(2)))
}

fn plan(values: &OptionValues, _given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let _: InfluenceOptions = parse_options(values)?;
    Ok(vec![table_columns("table")])
}

/// Cells that are listed of a large table when nothing is said.
const LISTED: usize = 1000;

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: InfluenceOptions = parse_options(values)?;
    let table = inputs.need("table")?;
    let io = IoTable::read(table, &options.table)?;
    let field = influence(&io, options.epsilon).map_err(|error| Fault::from(error).in_table(table))?;
    let mut outcome =
        Outcome::new("link influence", "first-order field of influence (Sonis and Hewings 1989), sum of squares");
    outcome.convention("epsilon", options.epsilon);
    outcome.warnings = io.warnings();
    let n = io.len();
    let cells = super::leontief::by_rows(&field);
    let rank = ranks(&cells);
    outcome.scalar("sectors", n as f64).scalar("mean", cells.iter().sum::<f64>() / cells.len() as f64);
    let top = options.top.or((n > PRINTED).then_some(LISTED));
    let mut kept: Vec<usize> = (0..cells.len()).filter(|&cell| !rank[cell].is_nan()).collect();
    if let Some(top) = top {
        kept.sort_by(|&a, &b| rank[a].total_cmp(&rank[b]));
        kept.truncate(top);
    }
    let label = |of: fn(usize, usize) -> usize| -> Text {
        Text::from_codes(kept.iter().map(|&cell| Some(of(cell, n) as u32)).collect(), io.sectors().to_vec())
    };
    let (row, column) = (label(|cell, n| cell / n), label(|cell, n| cell % n));
    let table = Table::empty()
        .with_text("row", row)
        .with_text("column", column)
        .with_numbers("influence", kept.iter().map(|&cell| cells[cell]).collect())
        .with_numbers("rank", kept.iter().map(|&cell| rank[cell]).collect());
    outcome.add_table("cells", table);
    Ok(outcome)
}

/// Cells that a finding names.
const NAMED: usize = 3;

fn findings(outcome: &Outcome, _focus: &Focus) -> Vec<Message> {
    let Some(table) = outcome.table("cells") else { return Vec::new() };
    let parts = (table.text("row"), table.text("column"), table.numbers("influence"), table.numbers("rank"));
    let (Some(rows), Some(columns), Some(influence), Some(rank)) = parts else { return Vec::new() };
    let mut order: Vec<usize> = (0..table.rows()).collect();
    order.sort_by(|&a, &b| rank[a].total_cmp(&rank[b]));
    let pair = |&cell: &usize| {
        let name = |text: &Text| Arg::Industry(text.get(cell).unwrap_or_default().to_owned());
        let message = Message::new("link.influence.cell").with("row", name(rows)).with("column", name(columns));
        Arg::Message(Box::new(message.number("influence", influence[cell])))
    };
    let list = order.iter().take(NAMED).map(pair).collect();
    vec![
        Message::new("link.influence.largest")
            .with("list", Arg::List(list))
            .number("mean", outcome.number("mean").unwrap_or(f64::NAN)),
    ]
}

fn figures(_outcome: &Outcome) -> Vec<FigureSpec> {
    vec![FigureSpec::new(FigureKind::Histogram).of_table("cells").of_value("influence")]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::{Coefficients, identity_minus};
    use crate::table::fixtures::table;
    use distretto_numerics::Lu;

    /// The change of L for a change ε of one coefficient, squared and summed, over ε².
    #[test]
    fn the_field_is_the_change_of_the_inverse() {
        let io = table(&[1.0, 20.0, 3.0, 14.0, 5.0, 6.0, 7.0, 18.0, 9.0], &[10.0, 2.0, 30.0]);
        let (a, epsilon) = (io.input_coefficients().dense(), 0.01);
        let l = System::new(Coefficients::Dense(a.clone())).unwrap().inverse().unwrap();
        let field = influence(&io, epsilon).unwrap();
        for (i, j) in [(0, 1), (2, 0), (1, 1)] {
            let mut moved = a.clone();
            moved[(i, j)] += epsilon;
            let other = Lu::new(&identity_minus(&moved)).unwrap().inverse();
            let mut sum = 0.0;
            for column in 0..3 {
                sum += (0..3).map(|row| ((other[(row, column)] - l[(row, column)]) / epsilon).powi(2)).sum::<f64>();
            }
            assert!((sum - field[(i, j)]).abs() < 1e-9 * sum, "{i} {j}: {sum} {}", field[(i, j)]);
        }
    }
}
