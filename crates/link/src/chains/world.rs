//! A table of several regions, its inverses, and the value added that they carry.

use crate::system::{check_productive, identity_minus};
use crate::table::{FlowError, IoTable, TableOptions};
use crate::words::named;
use distretto_core::Message;
use distretto_numerics::{Lu, Matrix};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Where value added per unit of output comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ValueAdded {
    /// What intermediate inputs leave: ι − ιᵀA.
    #[default]
    Residual,
    /// The row `value_added` over output.
    Row,
}

/// Options that every estimand on tables of several regions shares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct WorldOptions {
    /// What every input–output table has.
    #[serde(flatten)]
    pub table: TableOptions,
    /// What stands between region and sector in a label.
    pub sep: String,
    /// Value added per unit of output: `residual` (what inputs leave) or `row` (the row `value_added`).
    pub value_added: ValueAdded,
}

impl Default for WorldOptions {
    fn default() -> Self {
        Self { table: TableOptions::default(), sep: "|".to_owned(), value_added: ValueAdded::default() }
    }
}

/// A table of several regions.
///
/// Sectors stand region by region. All content of value added in exports follows from W, the value added of each region
/// in a unit of final demand for each sector: G rows, so that no product of whole matrices is needed beyond the inverse.
#[derive(Debug, Clone)]
pub struct World {
    /// Names of the regions, in order of first appearance.
    pub regions: Vec<String>,
    /// Sectors of each region.
    pub blocks: Vec<Range<usize>>,
    /// Names of the sectors without their region.
    pub sectors: Vec<String>,
    /// Gross output x.
    pub output: Vec<f64>,
    /// A of the whole world.
    pub a: Matrix,
    /// B = (I − A)⁻¹ of the whole world.
    pub b: Matrix,
    /// Final demand by sector (row) and region that uses it (column).
    pub y: Matrix,
    /// V: value added per unit of output.
    pub v: Vec<f64>,
    /// L_ss = (I − A_ss)⁻¹ of each region.
    pub local: Vec<Matrix>,
    /// Exports by sector (row) and partner (column), 0 at home.
    pub bilateral: Matrix,
    /// W: V_s B_s· of each region, as rows over all sectors.
    pub content: Vec<Vec<f64>>,
    /// What the user must know.
    pub notes: Vec<Message>,
}

impl World {
    /// The world of a table.
    ///
    /// # Errors
    /// One region, a final-demand column without region, no money, or a table that is not productive.
    pub fn new(io: &IoTable, options: &WorldOptions) -> Result<Self, FlowError> {
        let x = io.output().ok_or(super::no_money("a value chain"))?;
        let (regions, order, blocks) = regions(io, &options.sep)?;
        let n = order.len();
        let coefficients = io.input_coefficients();
        check_productive(&coefficients)?;
        let a = coefficients.dense();
        let in_order = order.iter().enumerate().all(|(at, &place)| at == place);
        let a = if in_order { a } else { Matrix::from_fn(n, n, |i, j| a[(order[i], order[j])]) };
        let output: Vec<f64> = order.iter().map(|&place| x[place]).collect();
        let y = final_demand(io, &regions, &order, &options.sep)?;
        let b = Lu::new(&identity_minus(&a)).map_err(|error| FlowError::Singular { n: error.n })?.inverse();
        let name = |&place: &usize| {
            let label = &io.sectors[place];
            label.split_once(options.sep.as_str()).map_or(label.as_str(), |(_, sector)| sector).to_owned()
        };
        let mut world = Self {
            sectors: order.iter().map(name).collect(),
            v: Vec::new(),
            local: Vec::new(),
            bilateral: Matrix::zeros(n, regions.len()),
            content: Vec::new(),
            notes: io.warnings(),
            regions,
            blocks,
            output,
            a,
            b,
            y,
        };
        world.value(io, &order, options.value_added)?;
        world.invert_at_home()?;
        world.trade();
        world.carry();
        world.check(options.value_added);
        Ok(world)
    }

    /// Number of sectors of all regions.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sectors.len()
    }

    /// Whether there is none; never true.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sectors.is_empty()
    }

    fn value(&mut self, io: &IoTable, order: &[usize], from: ValueAdded) -> Result<(), FlowError> {
        let ones = vec![1.0; self.len()];
        let residual: Vec<f64> = self.a.transpose_times_vector(&ones).iter().map(|sum| 1.0 - sum).collect();
        self.v = match from {
            ValueAdded::Residual => residual,
            ValueAdded::Row => {
                let row = io.primary("value_added").ok_or(FlowError::Missing { what: "row", name: "value_added" })?;
                let direct = io.direct(row);
                order.iter().map(|&place| direct[place]).collect()
            }
        };
        Ok(())
    }

    fn invert_at_home(&mut self) -> Result<(), FlowError> {
        let inverse = |block: &Range<usize>| {
            let own = Matrix::from_fn(block.len(), block.len(), |i, j| self.a[(block.start + i, block.start + j)]);
            Lu::new(&identity_minus(&own)).map(|lu| lu.inverse()).map_err(|error| FlowError::Singular { n: error.n })
        };
        self.local = self.blocks.par_iter().map(inverse).collect::<Result<_, _>>()?;
        Ok(())
    }

    /// E_sr = A_sr x_r + Y_sr.
    fn trade(&mut self) {
        for (r, block) in self.blocks.iter().enumerate() {
            for j in block.clone() {
                let (factor, column) = (self.output[j], self.a.column(j));
                self.bilateral.column_mut(r).iter_mut().zip(column).for_each(|(sum, a)| *sum += a * factor);
            }
            let demand = self.y.column(r);
            self.bilateral.column_mut(r).iter_mut().zip(demand).for_each(|(sum, y)| *sum += y);
            self.bilateral.column_mut(r)[block.clone()].fill(0.0);
        }
    }

    fn carry(&mut self) {
        let row = |block: &Range<usize>| -> Vec<f64> {
            let part = |j: usize| -> f64 {
                let column = &self.b.column(j)[block.clone()];
                column.iter().zip(&self.v[block.clone()]).map(|(b, v)| v * b).sum()
            };
            (0..self.len()).map(part).collect()
        };
        self.content = self.blocks.par_iter().map(row).collect();
    }

    fn check(&mut self, from: ValueAdded) {
        let negative: Vec<String> = (0..self.len()).filter(|&j| self.v[j] < -1e-12).map(|j| self.label(j)).collect();
        if !negative.is_empty() {
            let labels: Vec<&str> = negative.iter().map(String::as_str).collect();
            self.notes.push(named("link.world.negative-value-added", &labels));
        }
        // A sector without output holds nothing, and no export of it is taken apart.
        let active = (0..self.len()).filter(|&j| self.output[j] != 0.0);
        let worst = active.map(|j| (self.all_content(j) - 1.0).abs()).fold(0.0, f64::max);
        if from == ValueAdded::Row && worst > 1e-6 {
            self.notes.push(Message::new("link.world.value-added-row").number("gap", worst));
        }
        let silent: Vec<&str> = (0..self.regions.len())
            .filter(|&s| self.exports(s).iter().sum::<f64>() == 0.0)
            .map(|s| self.regions[s].as_str())
            .collect();
        if !silent.is_empty() {
            self.notes.push(named("link.world.no-exports", &silent));
        }
    }

    fn label(&self, j: usize) -> String {
        format!("{}|{}", self.regions[self.region_of(j)], self.sectors[j])
    }

    /// The region of a sector.
    #[must_use]
    pub fn region_of(&self, j: usize) -> usize {
        self.blocks.iter().position(|block| block.contains(&j)).unwrap_or(0)
    }

    /// Σ_t V_t B_tj: 1 for residual value added.
    #[must_use]
    pub fn all_content(&self, j: usize) -> f64 {
        self.content.iter().map(|row| row[j]).sum()
    }

    /// Σ_{t≠s} V_t B_tj: what other regions add to a unit of j.
    #[must_use]
    pub fn foreign_content(&self, s: usize, j: usize) -> f64 {
        self.content.iter().enumerate().filter(|(t, _)| *t != s).map(|(_, row)| row[j]).sum()
    }

    /// Exports of the sectors of a region, to all partners.
    #[must_use]
    pub fn exports(&self, s: usize) -> Vec<f64> {
        self.blocks[s].clone().map(|i| (0..self.regions.len()).map(|r| self.bilateral[(i, r)]).sum()).collect()
    }

    /// Final demand of other regions for the sectors of a region.
    #[must_use]
    pub fn final_exports(&self, s: usize) -> Vec<f64> {
        let others = |i: usize| (0..self.regions.len()).filter(|&r| r != s).map(|r| self.y[(i, r)]).sum();
        self.blocks[s].clone().map(others).collect()
    }

    /// V_s L_ss: domestic value added in a unit of output that never leaves and returns.
    #[must_use]
    pub fn local_content(&self, s: usize) -> Vec<f64> {
        self.local[s].transpose_times_vector(&self.v[self.blocks[s].clone()])
    }

    /// L_rr Y_rr of every region, as one vector over all sectors.
    #[must_use]
    pub fn home_use(&self) -> Vec<f64> {
        let one = |r: usize| self.local[r].times_vector(&self.y.column(r)[self.blocks[r].clone()]);
        (0..self.regions.len()).flat_map(one).collect()
    }

    /// L_rr E_r of every region, as one vector over all sectors.
    #[must_use]
    pub fn export_use(&self) -> Vec<f64> {
        (0..self.regions.len()).flat_map(|r| self.local[r].times_vector(&self.exports(r))).collect()
    }

    /// Σ_{r≠s} A_sr q_r, over the sectors of s.
    #[must_use]
    pub fn inputs_abroad(&self, s: usize, q: &[f64]) -> Vec<f64> {
        let rows = self.blocks[s].clone();
        let mut sums = vec![0.0; rows.len()];
        for j in (0..self.len()).filter(|j| !rows.contains(j)) {
            sums.iter_mut().zip(&self.a.column(j)[rows.clone()]).for_each(|(sum, a)| *sum += a * q[j]);
        }
        sums
    }

    /// Σ_{r≠s} W_s,r A_rs q, for a vector q over the sectors of s: what its inputs from abroad carry of its own value.
    #[must_use]
    pub fn returned(&self, s: usize, q: &[f64]) -> f64 {
        let own = self.blocks[s].clone();
        let column = |j: usize| -> f64 {
            let cells = self.a.column(j).iter().zip(&self.content[s]).enumerate();
            cells.filter(|(i, _)| !own.contains(i)).map(|(_, (a, w))| a * w).sum()
        };
        own.clone().zip(q).map(|(j, q)| column(j) * q).sum()
    }
}

/// Scalar product.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Regions in order of first appearance, the sectors region by region, and the range of each region.
type Regions = (Vec<String>, Vec<usize>, Vec<Range<usize>>);

fn regions(io: &IoTable, sep: &str) -> Result<Regions, FlowError> {
    let wrong = |message: String| FlowError::Data {
        message,
        hint: format!("write labels REGION{sep}SECTOR, or name what stands between the two with `--sep`"),
    };
    let mut names: Vec<String> = Vec::new();
    let mut of = Vec::with_capacity(io.len());
    for label in &io.sectors {
        let region = match label.split_once(sep) {
            Some((region, _)) if !sep.is_empty() => region,
            _ => {
                return Err(wrong(format!(
                    "the sector `{label}` names no region: a value chain needs several regions"
                )));
            }
        };
        let place = names.iter().position(|name| name == region).unwrap_or_else(|| {
            names.push(region.to_owned());
            names.len() - 1
        });
        of.push(place);
    }
    if names.len() < 2 {
        return Err(wrong("the table has one region; a value chain needs at least two".to_owned()));
    }
    let mut order: Vec<usize> = (0..io.len()).collect();
    order.sort_by_key(|&i| (of[i], i));
    let mut blocks = Vec::new();
    let mut start = 0;
    for region in 0..names.len() {
        let count = of.iter().filter(|&&one| one == region).count();
        blocks.push(start..start + count);
        start += count;
    }
    Ok((names, order, blocks))
}

fn final_demand(io: &IoTable, regions: &[String], order: &[usize], sep: &str) -> Result<Matrix, FlowError> {
    let mut y = Matrix::zeros(order.len(), regions.len());
    let sector = |label: &'_ str| label.split_once(sep).map(|(_, sector)| sector.to_owned());
    let sectors: Vec<String> = io.sectors.iter().filter_map(|label| sector(label)).collect();
    let lines = io.demand.iter().map(|column| (column.name.as_str(), "column"));
    let lines = lines.chain(io.primary.iter().map(|row| (row.name.as_str(), "row")));
    for (name, what) in lines {
        // A sector elsewhere: its row or its column is called otherwise.
        if let Some(one) = sector(name).filter(|one| sectors.contains(one)) {
            let other = if what == "row" { "column" } else { "row" };
            return Err(FlowError::Data {
                message: format!(
                    "labels do not match: the {what} `{name}` has no {other} of that label, yet `{one}` is a sector of other regions"
                ),
                hint: "write the labels of rows and columns alike, or leave the line out with `--drop`".into(),
            });
        }
    }
    for column in &io.demand {
        let region = column.name.split_once(sep).map_or(column.name.as_str(), |(region, _)| region);
        let Some(place) = regions.iter().position(|name| name == region) else {
            return Err(FlowError::Data {
                message: format!("the final-demand column `{}` names no region of the rows", column.name),
                hint: "give the rest of the world as a region of its own, or leave the column out with `--drop`".into(),
            });
        };
        let target = y.column_mut(place);
        target.iter_mut().zip(order).for_each(|(sum, &row)| *sum += column.values[row]);
    }
    Ok(y)
}
