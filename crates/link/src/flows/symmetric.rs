//! From make and use tables to one square table.

use crate::system::{Coefficients, PRINTED, System, spectral_radius};
use crate::table::labels::{Line, Part, Totals, is_total};
use crate::table::{FlowError, RESERVED};
use crate::words::{cell_labels, cells_named, named, text};
use distretto_core::{
    ColumnKind, Context, Estimand, Fault, FaultKind, FigureKind, FigureSpec, Focus, Given, Input, Inputs, Message,
    OptionValues, Outcome, Place, Table, TableSpec, nearest, option_specs, parse_options,
};
use distretto_numerics::{Lu, Matrix};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "link",
    name: "symmetric",
    about: "One square table out of make and use tables, by four models of technology and sales",
    chapter: "link/symmetric",
    revision: 1,
    inputs: &[
        Input::table("make", Place::Flag, true, "Make table: industries by commodities"),
        Input::table(
            "use",
            Place::Flag,
            true,
            "Use table: commodities by industries, final demand and primary inputs around",
        ),
    ],
    options: option_specs::<SymmetricOptions>,
    plan,
    run,
    findings,
    figures,
};

/// What a commodity made by several industries takes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Model {
    /// Every industry has its own inputs, whatever it makes (B).
    #[default]
    IndustryTechnology,
    /// Every commodity has its own inputs, wherever it is made (A).
    CommodityTechnology,
    /// Every industry has its own sales structure (C).
    FixedIndustrySales,
    /// Every commodity has its own sales structure (D).
    FixedProductSales,
}

/// What the rows and columns of the result are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Dimension {
    /// Commodities.
    Product,
    /// Industries.
    Industry,
}

/// Options of [`symmetric`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SymmetricOptions {
    /// `industry-technology`, `commodity-technology`, `fixed-industry-sales` or `fixed-product-sales`.
    pub model: Model,
    /// `product` or `industry`; left out, what the model asks for, else `product`.
    pub dimension: Option<Dimension>,
    /// Rows and columns that are left out: totals and sub-totals.
    pub drop: Vec<String>,
    /// Prints the table of cells although it has more than 200 rows and columns.
    pub cells: bool,
}

/// Make and use, with what stands around them.
#[derive(Debug, Clone, PartialEq)]
pub struct MakeUse {
    /// Names of the industries.
    pub industries: Vec<String>,
    /// Names of the commodities.
    pub commodities: Vec<String>,
    /// V: industries by commodities.
    pub make: Matrix,
    /// U: commodities by industries.
    pub intermediate: Matrix,
    /// Names of the columns of final demand, and commodities by them.
    pub demand: (Vec<String>, Matrix),
    /// Names of the primary inputs, and them by industries.
    pub primary: (Vec<String>, Matrix),
}

/// A square table.
#[derive(Debug, Clone, PartialEq)]
pub struct SymmetricResult {
    /// Input coefficients.
    pub a: Matrix,
    /// Flows A x̂.
    pub flow: Matrix,
    /// q or g.
    pub output: Vec<f64>,
    /// Final demand by sector.
    pub demand: Matrix,
    /// Primary inputs by sector.
    pub primary: Matrix,
}

fn scaled(matrix: &Matrix, factors: &[f64], divide: bool) -> Matrix {
    Matrix::from_fn(matrix.rows(), matrix.columns(), |i, j| match (divide, factors[j] == 0.0) {
        (true, true) => 0.0,
        (true, false) => matrix[(i, j)] / factors[j],
        (false, _) => matrix[(i, j)] * factors[j],
    })
}

/// A of the model: U′D and D U′ by shares of the market, U′C⁻¹ and C⁻¹U′ by shares of the product mix.
///
/// # Errors
/// When models A and C meet different numbers of industries and commodities, or a C without inverse.
///
/// # References
/// Eurostat 2008, Manual of Supply, Use and Input–Output Tables, ch. 11.
pub fn symmetric(tables: &MakeUse, model: Model, dimension: Dimension) -> Result<SymmetricResult, FlowError> {
    let q = tables.make.transpose_times_vector(&vec![1.0; tables.make.rows()]);
    let g = tables.make.times_vector(&vec![1.0; tables.make.columns()]);
    let inputs = scaled(&tables.intermediate, &g, true);
    let primary = scaled(&tables.primary.1, &g, true);
    let product = dimension == Dimension::Product;
    let (a, demand, primary) = match model {
        Model::IndustryTechnology | Model::FixedProductSales => {
            let shares = scaled(&tables.make, &q, true);
            if product {
                (inputs.times(&shares), tables.demand.1.clone(), primary.times(&tables.make))
            } else {
                (shares.times(&inputs), shares.times(&tables.demand.1), tables.primary.1.clone())
            }
        }
        Model::CommodityTechnology | Model::FixedIndustrySales => {
            if q.len() != g.len() {
                let message =
                    format!("the model needs as many industries as commodities; there are {} and {}", g.len(), q.len());
                return Err(FlowError::Data { message, hint: "use `--model industry-technology`".into() });
            }
            let mix = scaled(&tables.make.transpose(), &g, true);
            let inverse = Lu::new(&mix).map_err(|error| FlowError::Singular { n: error.n })?.inverse();
            if product {
                (inputs.times(&inverse), tables.demand.1.clone(), scaled(&primary.times(&inverse), &q, false))
            } else {
                (inverse.times(&inputs), inverse.times(&tables.demand.1), tables.primary.1.clone())
            }
        }
    };
    let output = if product { q } else { g };
    Ok(SymmetricResult { flow: scaled(&a, &output, false), a, output, demand, primary })
}

fn plan(values: &OptionValues, _given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let _: SymmetricOptions = parse_options(values)?;
    Ok(["make", "use"]
        .map(|name| TableSpec::new(name).matrix("row", &["output"]).and_others(ColumnKind::Number).unique(&["row"]))
        .to_vec())
}

/// The dimension that the model and the option give together.
fn dimension(options: &SymmetricOptions) -> Result<Dimension, Fault> {
    match (options.model, options.dimension) {
        (Model::FixedIndustrySales | Model::FixedProductSales, Some(Dimension::Product)) => {
            let fault =
                Fault::new(FaultKind::Usage, "option `dimension`: models of fixed sales are always by industry");
            Err(fault.with_value("product").with_hint("leave out --dimension"))
        }
        (Model::FixedIndustrySales | Model::FixedProductSales, _) => Ok(Dimension::Industry),
        (_, given) => Ok(given.unwrap_or(Dimension::Product)),
    }
}

/// One file: labels of rows and columns, cells, without dropped lines and `output`.
struct Sheet {
    rows: Vec<String>,
    columns: Vec<String>,
    /// Empty cells 0.
    cells: Matrix,
    empty: Vec<(usize, usize)>,
}

impl Sheet {
    fn read(table: &Table, options: &SymmetricOptions) -> Result<Self, Fault> {
        let (rows, columns, cells, missing) = super::read_matrix(table)?;
        let output = table.origin().map_or("output", |origin| origin.column("output"));
        let stays = |label: &String| label != output && !options.drop.contains(label);
        let kept = |labels: &[String]| -> Vec<usize> { (0..labels.len()).filter(|&i| stays(&labels[i])).collect() };
        let (r, c) = (kept(&rows), kept(&columns));
        let cells = Matrix::from_fn(r.len(), c.len(), |i, j| cells[(r[i], c[j])]);
        let at = |&(i, j): &(usize, usize)| Some((r.iter().position(|&k| k == i)?, c.iter().position(|&k| k == j)?));
        let empty = missing.iter().filter_map(at).collect();
        let pick = |labels: &[String], which: &[usize]| which.iter().map(|&i| labels[i].clone()).collect();
        Ok(Self { rows: pick(&rows, &r), columns: pick(&columns, &c), cells, empty })
    }

    /// Rows and columns that are sums of those before them.
    fn totals(&self) -> Totals {
        let down: Vec<usize> = (0..self.rows.len()).filter(|&i| !is_total(&self.rows[i])).collect();
        let across: Vec<usize> = (0..self.columns.len()).filter(|&j| !is_total(&self.columns[j])).collect();
        let row = |i: usize| across.iter().map(|&j| self.cells[(i, j)]).collect();
        let column = |j: usize| down.iter().map(|&i| self.cells[(i, j)]).collect();
        let part =
            |label: &str| if ["employment", "value_added"].contains(&label) { Part::Apart } else { Part::Unknown };
        let line = |label, cells| Line { label, part: part(label), cells };
        let rows: Vec<Line<'_>> = self.rows.iter().enumerate().map(|(i, label)| line(label.as_str(), row(i))).collect();
        let columns: Vec<Line<'_>> =
            self.columns.iter().enumerate().map(|(j, label)| line(label.as_str(), column(j))).collect();
        Totals::among(&rows).and(Totals::among(&columns))
    }

    /// Empty cells of these rows and columns, by their labels.
    fn gaps<'a>(&'a self, rows: &'a [usize], columns: &'a [usize]) -> impl Iterator<Item = (String, String)> + 'a {
        let inside = |(i, j): &&(usize, usize)| rows.contains(i) && columns.contains(j);
        self.empty.iter().filter(inside).map(|&(i, j)| (self.rows[i].clone(), self.columns[j].clone()))
    }

    /// The part of these rows and columns.
    fn part(&self, rows: &[usize], columns: &[usize]) -> Matrix {
        Matrix::from_fn(rows.len(), columns.len(), |i, j| self.cells[(rows[i], columns[j])])
    }
}

/// Both tables, and what is to be told of them.
fn read(inputs: &Inputs, options: &SymmetricOptions) -> Result<(MakeUse, Vec<Message>), Fault> {
    let (make_table, use_table) = (inputs.need("make")?, inputs.need("use")?);
    let (make, uses) = (Sheet::read(make_table, options)?, Sheet::read(use_table, options)?);
    known(&[make_table, use_table], &options.drop)?;
    let mut said = Vec::new();
    for (sheet, table) in [(&make, make_table), (&uses, use_table)] {
        said.extend(sheet.totals().judged().map_err(|error| Fault::from(error).in_table(table))?);
    }
    let place = |labels: &[String], label: &String, what: &str| {
        labels.iter().position(|one| one == label).ok_or_else(|| {
            let message = format!("`{label}` of the make table is no {what} of the use table");
            let near: Vec<&str> = labels.iter().map(String::as_str).collect();
            let hint = nearest(label, &near).map_or_else(
                || format!("leave totals out with `--drop {label}`, or add the {what}"),
                |near| format!("did you mean `{near}`? A total is left out with `--drop {label}`"),
            );
            Fault::input(message).in_table(use_table).with_value(label.clone()).with_hint(hint)
        })
    };
    let industries =
        make.rows.iter().map(|label| place(&uses.columns, label, "column")).collect::<Result<Vec<_>, _>>()?;
    let commodities =
        make.columns.iter().map(|label| place(&uses.rows, label, "row")).collect::<Result<Vec<_>, _>>()?;
    let rest = |count: usize, taken: &[usize]| -> Vec<usize> { (0..count).filter(|i| !taken.contains(i)).collect() };
    let (demand, primary) = (rest(uses.columns.len(), &industries), rest(uses.rows.len(), &commodities));
    let names = |labels: &[String], which: &[usize]| which.iter().map(|&i| labels[i].clone()).collect::<Vec<_>>();
    let used = [&industries[..], &demand].concat();
    let everything = |count: usize| (0..count).collect::<Vec<_>>();
    let (lines, products) = (everything(make.rows.len()), everything(make.columns.len()));
    let empty: Vec<(String, String)> = make
        .gaps(&lines, &products)
        .chain(uses.gaps(&commodities, &used))
        .chain(uses.gaps(&primary, &industries))
        .collect();
    if !empty.is_empty() {
        let cells = empty.iter().map(|(row, column)| (row.as_str(), column.as_str(), None));
        said.push(cells_named("link.table.empty-cells", empty.len(), cells));
    }
    said.extend(doubtful(&make, &uses, &primary, &demand));
    let tables = MakeUse {
        intermediate: uses.part(&commodities, &industries),
        demand: (names(&uses.columns, &demand), uses.part(&commodities, &demand)),
        primary: (names(&uses.rows, &primary), uses.part(&primary, &industries)),
        industries: make.rows,
        commodities: make.columns,
        make: make.cells,
    };
    Ok((tables, said))
}

/// Every name of `--drop` stands in one of the tables.
fn known(tables: &[&Table], drop: &[String]) -> Result<(), Fault> {
    let row =
        |table: &Table, name: &str| table.text("row").is_some_and(|labels| labels.iter().any(|one| one == Some(name)));
    let stands =
        |name: &String| tables.iter().any(|table| row(table, name) || table.fields().iter().any(|f| f.name == *name));
    match drop.iter().find(|name| !stands(name)) {
        Some(name) => Err(FlowError::UnknownName { option: "drop", name: name.clone(), what: "row or column" }.into()),
        None => Ok(()),
    }
}

/// What is likely not meant: products made below zero, rows without a maker that final demand buys.
fn doubtful(make: &Sheet, uses: &Sheet, primary: &[usize], demand: &[usize]) -> Vec<Message> {
    let mut said = Vec::new();
    let cells = (0..make.rows.len()).flat_map(|i| (0..make.columns.len()).map(move |j| (i, j)));
    let below: Vec<(usize, usize)> = cells.filter(|&at| make.cells[at] < 0.0).collect();
    if !below.is_empty() {
        let cells =
            below.iter().map(|&(i, j)| (make.rows[i].as_str(), make.columns[j].as_str(), Some(make.cells[(i, j)])));
        said.push(cells_named("link.symmetric.negative-make", below.len(), cells));
    }
    // Taxes and imports are bought by final demand too, but called so.
    let named_so = |label: &str| RESERVED.contains(&label) || is_total(label);
    let bought = |i: &usize| !named_so(&uses.rows[*i]) && demand.iter().any(|&j| uses.cells[(*i, j)] != 0.0);
    let bought: Vec<&str> = primary.iter().filter(|i| bought(i)).map(|&i| uses.rows[i].as_str()).collect();
    if !bought.is_empty() {
        said.push(named("link.symmetric.no-commodity", &bought));
    }
    said
}

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: SymmetricOptions = parse_options(values)?;
    let dimension = dimension(&options)?;
    let (tables, said) = read(inputs, &options)?;
    let table = inputs.need("use")?;
    let result = symmetric(&tables, options.model, dimension).map_err(|error| Fault::from(error).in_table(table))?;
    let mut outcome =
        package(&tables, result, &options, dimension).map_err(|error| Fault::from(error).in_table(table))?;
    outcome.warnings.splice(0..0, said);
    Ok(outcome)
}

fn package(
    tables: &MakeUse,
    result: SymmetricResult,
    options: &SymmetricOptions,
    dimension: Dimension,
) -> Result<Outcome, FlowError> {
    let (model, letter) = match (options.model, dimension) {
        (Model::IndustryTechnology, Dimension::Product) => ("industry-technology", "B, A = U′D"),
        (Model::IndustryTechnology, Dimension::Industry) => ("industry-technology", "D, A = DU′"),
        (Model::FixedProductSales, _) => ("fixed-product-sales", "D, A = DU′"),
        (Model::CommodityTechnology, Dimension::Product) => ("commodity-technology", "A, A = U′C⁻¹"),
        (Model::CommodityTechnology, Dimension::Industry) => ("commodity-technology", "C, A = C⁻¹U′"),
        (Model::FixedIndustrySales, _) => ("fixed-industry-sales", "C, A = C⁻¹U′"),
    };
    let (sectors, word) = match dimension {
        Dimension::Product => (&tables.commodities, "product"),
        Dimension::Industry => (&tables.industries, "industry"),
    };
    let n = sectors.len();
    let mut outcome = Outcome::new("link symmetric", &format!("model {letter} (Eurostat 2008, ch. 11)"));
    outcome.convention("model", model);
    let idle: Vec<&str> = (0..n).filter(|&i| result.output[i] == 0.0).map(|i| sectors[i].as_str()).collect();
    if !idle.is_empty() {
        outcome.warn(named("link.symmetric.no-maker", &idle));
    }
    let negative = (0..n).map(|j| result.a.column(j).iter().filter(|cell| **cell < 0.0).count()).sum::<usize>();
    if negative > 0 {
        outcome.warn(Message::new("link.symmetric.negative").count("count", negative));
    }
    let a = Coefficients::Dense(result.a.clone());
    let radius = spectral_radius(&a)?;
    outcome.word("model", model).word("dimension", word).scalar("sectors", n as f64);
    outcome.scalar("negative_cells", negative as f64).scalar("spectral_radius", radius);
    let mut multiplier = vec![f64::NAN; n];
    if radius < 1.0 {
        multiplier = System::new(a)?.multipliers()?;
    } else {
        outcome.warn(Message::new("link.symmetric.unproductive").number("radius", radius));
    }
    let table = Table::empty()
        .with_text("sector", text(sectors))
        .with_numbers("output", result.output.clone())
        .with_numbers("output_multiplier", multiplier);
    if options.cells || n <= PRINTED {
        let (row, column) = cell_labels(sectors, sectors);
        let cells = Table::empty()
            .with_text("row", row)
            .with_text("column", column)
            .with_numbers("a", super::leontief::by_rows(&result.a))
            .with_numbers("flow", super::leontief::by_rows(&result.flow));
        outcome.add_table("cells", cells);
    }
    outcome.add_table("sectors", table);
    outcome.add_table("matrix", whole(tables, sectors, &result));
    Ok(outcome)
}

/// Flows with final demand beside and primary inputs beneath them.
fn whole(tables: &MakeUse, sectors: &[String], result: &SymmetricResult) -> Table {
    let n = sectors.len();
    let rows = [sectors, &tables.primary.0[..]].concat();
    let columns = [sectors, &tables.demand.0[..]].concat();
    let cell = |i: usize, j: usize| match (i < n, j < n) {
        (true, true) => result.flow[(i, j)],
        (true, false) => result.demand[(i, j - n)],
        (false, true) => result.primary[(i - n, j)],
        (false, false) => f64::NAN,
    };
    super::matrix_table(&rows, &columns, &Matrix::from_fn(rows.len(), columns.len(), cell))
}

fn findings(outcome: &Outcome, focus: &Focus) -> Vec<Message> {
    let Some(table) = outcome.table("sectors") else { return Vec::new() };
    let mut said = Vec::new();
    if let (Some(sectors), Some(radius)) = (outcome.number("sectors"), outcome.number("spectral_radius")) {
        said.push(Message::new("link.symmetric.size").count("sectors", sectors as usize).number("radius", radius));
    }
    said.extend(crate::words::extremes(
        "link.symmetric.largest",
        "link.symmetric.of-focus",
        table,
        "output_multiplier",
        focus,
    ));
    said
}

fn figures(_outcome: &Outcome) -> Vec<FigureSpec> {
    let bars = FigureSpec::new(FigureKind::Bars).of_table("sectors").of_value("output_multiplier").by("sector");
    vec![bars.first(20).against(1.0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tables() -> MakeUse {
        let names = |names: [&str; 2]| names.map(str::to_owned).to_vec();
        MakeUse {
            industries: names(["i1", "i2"]),
            commodities: names(["c1", "c2"]),
            make: Matrix::from_columns(2, 2, vec![90.0, 5.0, 10.0, 115.0]),
            intermediate: Matrix::from_columns(2, 2, vec![20.0, 30.0, 34.0, 12.0]),
            demand: (vec!["final".into()], Matrix::from_columns(2, 1, vec![41.0, 83.0])),
            primary: (vec!["value_added".into()], Matrix::from_columns(1, 2, vec![50.0, 74.0])),
        }
    }

    /// Rows add to output, and columns with their primary inputs, in every model.
    #[test]
    fn every_model_keeps_the_accounts() {
        for model in
            [Model::IndustryTechnology, Model::CommodityTechnology, Model::FixedIndustrySales, Model::FixedProductSales]
        {
            for dimension in [Dimension::Product, Dimension::Industry] {
                let fixed = matches!(model, Model::FixedIndustrySales | Model::FixedProductSales);
                if fixed && dimension == Dimension::Product {
                    continue;
                }
                let result = symmetric(&tables(), model, dimension).unwrap();
                for i in 0..2 {
                    let row: f64 = (0..2).map(|j| result.flow[(i, j)]).sum::<f64>() + result.demand[(i, 0)];
                    let column: f64 = result.flow.column(i).iter().sum::<f64>() + result.primary[(0, i)];
                    assert!((row - result.output[i]).abs() < 1e-9, "{model:?} {dimension:?} row {i}");
                    assert!((column - result.output[i]).abs() < 1e-9, "{model:?} {dimension:?} column {i}");
                }
            }
        }
    }

    #[test]
    fn models_of_technology_need_a_square_make_table() {
        let mut odd = tables();
        odd.make = Matrix::from_columns(2, 1, vec![90.0, 5.0]);
        odd.intermediate = Matrix::from_columns(1, 2, vec![20.0, 30.0]);
        odd.demand.1 = Matrix::from_columns(1, 1, vec![45.0]);
        assert!(symmetric(&odd, Model::CommodityTechnology, Dimension::Product).is_err());
        assert!(symmetric(&odd, Model::IndustryTechnology, Dimension::Product).is_ok());
        let options = SymmetricOptions {
            model: Model::FixedProductSales,
            dimension: Some(Dimension::Product),
            ..SymmetricOptions::default()
        };
        assert_eq!(dimension(&options).unwrap_err().kind(), FaultKind::Usage);
    }
}
