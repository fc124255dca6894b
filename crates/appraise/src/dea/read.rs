//! Inputs and outputs from a table, checked.

use crate::indicators::{IndicatorOptions, Indicators, read};
use distretto_core::{ColumnKind, Fault, Inputs, TableSpec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which columns are inputs and which are outputs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct GoodsOptions {
    /// Columns of what units use.
    pub inputs: Vec<String>,
    /// Columns of what they make.
    pub outputs: Vec<String>,
}

impl GoodsOptions {
    /// The table that is wanted.
    pub(crate) fn table(&self) -> Result<TableSpec, Fault> {
        for (list, what) in [(&self.inputs, "inputs"), (&self.outputs, "outputs")] {
            if list.is_empty() {
                return Err(
                    Fault::usage(format!("--{what} is needed")).with_hint(format!("name columns: --{what} a,b"))
                );
            }
        }
        let data = TableSpec::new("data").take("unit", ColumnKind::Label).take("year", ColumnKind::Integer);
        Ok(data.and_others(ColumnKind::Any))
    }
}

/// Inputs, then outputs, of every row: 0 or more, and one of each above 0.
pub(crate) fn goods(inputs: &Inputs, options: &GoodsOptions) -> Result<Indicators, Fault> {
    let table = inputs.need("data")?;
    let names: Vec<&str> = options.inputs.iter().chain(&options.outputs).map(String::as_str).collect();
    let found = read(inputs, &IndicatorOptions::default().vars(&names)).map_err(|fault| match fault.message() {
        "missing value" => {
            fault.with_hint("every unit needs every input and output: fill the cell or leave the unit out")
        }
        _ => fault,
    })?;
    found.check_units().map_err(|error| Fault::from(error).in_table(table))?;
    for (column, indicator) in found.columns.iter().zip(&found.indicators) {
        if let Some(row) = column.iter().position(|x| *x < 0.0) {
            let fault = Fault::input("this value is negative; inputs and outputs are 0 or more");
            return Err(fault.at(table, found.row_in_file(row), &indicator.column).with_value(column[row].to_string()));
        }
    }
    let (used, made) = found.columns.split_at(options.inputs.len());
    for row in 0..found.n() {
        for (columns, what) in [(used, "input"), (made, "output")] {
            if columns.iter().all(|column| column[row] == 0.0) {
                let fault = Fault::input(format!("the unit {} has no positive {what}", found.units[row]));
                let column = if what == "input" { &options.inputs[0] } else { &options.outputs[0] };
                return Err(fault.at(table, found.row_in_file(row), column));
            }
        }
    }
    Ok(found)
}

/// Rows of goods, each column divided by its largest value, and these values.
pub(crate) fn scaled(inputs: &[Vec<f64>], outputs: &[Vec<f64>]) -> (Vec<Vec<f64>>, Vec<f64>) {
    let columns: Vec<&Vec<f64>> = inputs.iter().chain(outputs).collect();
    let largest = |column: &&Vec<f64>| column.iter().copied().fold(0.0, f64::max);
    let scales: Vec<f64> = columns.iter().map(largest).map(|most| if most > 0.0 { most } else { 1.0 }).collect();
    let n = columns.first().map_or(0, |column| column.len());
    let row = |row: usize| columns.iter().zip(&scales).map(|(column, scale)| column[row] / scale).collect();
    ((0..n).map(row).collect(), scales)
}
