//! Cluster index of Litzenberger and Sternberg: many jobs on the land, many jobs to a resident, in small plants.

use crate::areas::{AreaOptions, Areas, AreasError, area_columns};
use distretto_core::{
    Arg, ColumnKind, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Input, Inputs, Message,
    OptionValues, Outcome, Place, Table, TableSpec, Text, option_specs, parse_options,
};
use distretto_numerics::pairwise;
use rustc_hash::FxHashMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "measure",
    name: "litzenberger-sternberg",
    about: "Cluster index: density of an industry, its weight for residents, and the size of its plants",
    chapter: "measure/cluster-index",
    revision: 1,
    inputs: &[
        Input::table("areas", Place::Positional, true, "Values and establishments by region and industry"),
        Input::table("regions", Place::Flag, true, "Area and population of the regions"),
    ],
    options: option_specs::<LitzenbergerSternbergOptions>,
    plan,
    run,
    findings,
    figures,
};

/// Options of [`litzenberger_sternberg`].
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct LitzenbergerSternbergOptions {
    /// What every area table has.
    #[serde(flatten)]
    pub areas: AreaOptions,
    /// Industries whose cells are listed; all when left out. Totals always use every row.
    pub industry: Vec<String>,
}

/// Area and population of the regions of an area table, in its order.
#[derive(Debug, Clone, PartialEq)]
pub struct Land {
    /// Area `a_r` in any one unit, above 0.
    pub area: Vec<f64>,
    /// Population `p_r`, above 0.
    pub population: Vec<f64>,
}

/// Why there is no cluster index.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LitzenbergerSternbergError {
    /// The area table cannot be used.
    #[error(transparent)]
    Areas(#[from] AreasError),
    /// The area table has no establishments.
    #[error("the cluster index needs the column `establishments`")]
    NoEstablishments,
    /// A column of the table of regions is missing.
    #[error("the column `{column}` is missing or not of the right kind")]
    Column {
        /// Its standard name.
        column: &'static str,
    },
    /// A region without a row in the table of regions.
    #[error("the region {region} has no row in the table of regions")]
    RegionLacking {
        /// Its code.
        region: String,
    },
    /// An area or population that is missing or not above 0.
    #[error("region {region} has {column} {value}; it must be a number above 0")]
    NotPositive {
        /// Its code.
        region: String,
        /// `area` or `population`.
        column: &'static str,
        /// As given.
        value: f64,
    },
    /// A number of establishments that is below 0.
    #[error("negative establishments {value} of region {region}, industry {industry}")]
    Negative {
        /// Code of the region.
        region: String,
        /// Code of the industry.
        industry: String,
        /// As given.
        value: f64,
    },
}

impl From<LitzenbergerSternbergError> for Fault {
    fn from(error: LitzenbergerSternbergError) -> Self {
        let message = error.to_string();
        match error {
            LitzenbergerSternbergError::Areas(error) => error.into(),
            LitzenbergerSternbergError::NoEstablishments => {
                Self::input(message).with_hint("name the column that holds them with `--col establishments=NAME`")
            }
            _ => Self::input(message),
        }
    }
}

/// The index and its three ratios, region by region with every industry chosen; NaN where a number does not exist.
#[derive(Debug, Clone, PartialEq)]
pub struct LitzenbergerSternbergResult {
    /// Places of the industries in the area table.
    pub industries: Vec<usize>,
    /// `(e_ri/E_i)/(a_r/A)`: density of the industry against that of all regions together.
    pub density_ratio: Vec<f64>,
    /// `(e_ri/E_i)/(p_r/P)`: the industry per resident against that of all regions together.
    pub stock_ratio: Vec<f64>,
    /// `(e_ri/b_ri)/(E_i/B_i)`: size of a plant against that in all regions together.
    pub size_ratio: Vec<f64>,
    /// `density_ratio · stock_ratio / size_ratio`.
    pub cluster_index: Vec<f64>,
    /// What the user must know.
    pub notes: Vec<Message>,
}

impl Land {
    /// Area and population of the regions of an area table.
    ///
    /// # Errors
    /// A column or region that is missing; an area or population that is not above 0.
    pub fn read(table: &Table, areas: &Areas) -> Result<Self, LitzenbergerSternbergError> {
        let missing = |column| LitzenbergerSternbergError::Column { column };
        let codes = table.text("region").ok_or(missing("region"))?;
        let rows: FxHashMap<&str, usize> =
            (0..table.rows()).filter_map(|row| codes.get(row).map(|code| (code, row))).collect();
        let column = |column: &'static str| -> Result<Vec<f64>, LitzenbergerSternbergError> {
            let values = table.numbers(column).ok_or(missing(column))?;
            let one = |region: &String| match rows.get(region.as_str()).map(|&row| values[row]) {
                Some(value) if value > 0.0 && value.is_finite() => Ok(value),
                Some(value) => Err(LitzenbergerSternbergError::NotPositive { region: region.clone(), column, value }),
                None => Err(LitzenbergerSternbergError::RegionLacking { region: region.clone() }),
            };
            areas.regions().iter().map(one).collect()
        };
        Ok(Self { area: column("area")?, population: column("population")? })
    }
}

/// Cluster index of every region and chosen industry.
///
/// # Formula
/// `density_ratio · stock_ratio / size_ratio`; A and P are sums over all regions of the area table.
///
/// # Errors
/// No establishments, a negative number of them, an unknown industry.
///
/// # References
/// Litzenberger and Sternberg 2006.
pub fn litzenberger_sternberg(
    areas: &Areas,
    land: &Land,
    options: &LitzenbergerSternbergOptions,
) -> Result<LitzenbergerSternbergResult, LitzenbergerSternbergError> {
    let plants = establishments(areas)?;
    let industries = areas.chosen_industries(&options.industry)?;
    let (width, size) = (areas.industries().len(), areas.regions().len() * industries.len());
    let (area, population) = (pairwise(&land.area), pairwise(&land.population));
    let plants_of: Vec<f64> = industries.iter().map(|&industry| plants_total(areas, plants, industry)).collect();
    let mut result = LitzenbergerSternbergResult {
        density_ratio: Vec::with_capacity(size),
        stock_ratio: Vec::with_capacity(size),
        size_ratio: Vec::with_capacity(size),
        cluster_index: Vec::with_capacity(size),
        notes: areas.notes().to_vec(),
        industries,
    };
    for region in 0..areas.regions().len() {
        for (k, &industry) in result.industries.iter().enumerate() {
            let total = areas.industry_total(industry).value();
            let value = areas.cell(region, industry);
            let share = if total > 0.0 { value / total } else { f64::NAN };
            let density = share / (land.area[region] / area);
            let stock = share / (land.population[region] / population);
            let here = plants[region * width + industry];
            let plant_size = if value > 0.0 && here > 0.0 { value / here / (total / plants_of[k]) } else { f64::NAN };
            result.density_ratio.push(density);
            result.stock_ratio.push(stock);
            result.size_ratio.push(plant_size);
            result.cluster_index.push(density * stock / plant_size);
        }
    }
    note(&mut result);
    Ok(result)
}

fn establishments(areas: &Areas) -> Result<&[f64], LitzenbergerSternbergError> {
    let plants = areas.establishments().ok_or(LitzenbergerSternbergError::NoEstablishments)?;
    if let Some(cell) = plants.iter().position(|&count| count < 0.0) {
        let width = areas.industries().len();
        return Err(LitzenbergerSternbergError::Negative {
            region: areas.regions()[cell / width].clone(),
            industry: areas.industries()[cell % width].clone(),
            value: plants[cell],
        });
    }
    Ok(plants)
}

/// B_i, missing numbers left out.
fn plants_total(areas: &Areas, plants: &[f64], industry: usize) -> f64 {
    let width = areas.industries().len();
    let column: Vec<f64> =
        (0..areas.regions().len()).map(|region| plants[region * width + industry].max(0.0)).collect();
    pairwise(&column)
}

fn note(result: &mut LitzenbergerSternbergResult) {
    let lacking = |k: &usize| result.cluster_index[*k].is_nan() && !result.density_ratio[*k].is_nan();
    let count = (0..result.cluster_index.len()).filter(lacking).count();
    if count > 0 {
        result.notes.push(Message::new("measure.litzenberger-sternberg.no-plants").count("count", count));
    }
}

fn plan(values: &OptionValues, _given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: LitzenbergerSternbergOptions = parse_options(values)?;
    let areas = area_columns("areas", &options.areas).need("establishments", ColumnKind::NonNegative);
    let regions = TableSpec::new("regions").need("region", ColumnKind::Label);
    let regions = regions.need("area", ColumnKind::Positive).need("population", ColumnKind::Positive);
    // Two columns cannot come out of one wide table.
    Ok(vec![TableSpec { long: None, ..areas }, regions.unique(&["region"])])
}

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: LitzenbergerSternbergOptions = parse_options(values)?;
    let (table, regions) = (inputs.need("areas")?, inputs.need("regions")?);
    let areas = Areas::read(table, &options.areas).map_err(|error| error.in_table(table))?;
    let land = Land::read(regions, &areas).map_err(|error| Fault::from(error).in_table(regions))?;
    let result = litzenberger_sternberg(&areas, &land, &options);
    Ok(package(&areas, result.map_err(|error| Fault::from(error).in_table(table))?, &options))
}

fn package(areas: &Areas, result: LitzenbergerSternbergResult, options: &LitzenbergerSternbergOptions) -> Outcome {
    let mut outcome = Outcome::new("measure litzenberger-sternberg", "cluster index (Litzenberger and Sternberg 2006)");
    outcome.convention("value", options.areas.value.as_str());
    outcome.convention("reference", "sums over the regions of the area table");
    outcome.warnings.clone_from(&result.notes);
    let (regions, width) = (areas.regions().len() as u32, result.industries.len());
    let by_region = (0..regions).flat_map(|region| std::iter::repeat_n(Some(region), width)).collect();
    let by_industry = (0..regions).flat_map(|_| (0..width as u32).map(Some)).collect();
    let names = result.industries.iter().map(|&industry| areas.industries()[industry].clone()).collect();
    outcome.scalar("cells", result.cluster_index.len() as f64);
    let table = Table::empty()
        .with_text("region", Text::from_codes(by_region, areas.regions().to_vec()))
        .with_text("industry", Text::from_codes(by_industry, names))
        .with_numbers("density_ratio", result.density_ratio)
        .with_numbers("stock_ratio", result.stock_ratio)
        .with_numbers("size_ratio", result.size_ratio)
        .with_numbers("cluster_index", result.cluster_index);
    outcome.add_table("cells", table);
    outcome
}

/// Cells that a finding names.
const NAMED: usize = 3;

fn findings(outcome: &Outcome, focus: &Focus) -> Vec<Message> {
    let Some(table) = outcome.table("cells") else { return Vec::new() };
    let columns = (table.text("region"), table.text("industry"), table.numbers("cluster_index"));
    let (Some(regions), Some(industries), Some(index)) = columns else { return Vec::new() };
    let wanted = |row: usize| {
        let code = industries.get(row).unwrap_or_default();
        focus.industries.is_empty() || focus.industries.iter().any(|industry| industry == code)
    };
    let mut rows: Vec<usize> = (0..index.len()).filter(|&row| !index[row].is_nan() && wanted(row)).collect();
    if rows.is_empty() {
        return Vec::new();
    }
    let above = rows.iter().filter(|&&row| index[row] > 1.0).count();
    let first = Message::new("measure.litzenberger-sternberg.above").count("above", above).count("cells", rows.len());
    rows.sort_by(|&a, &b| index[b].total_cmp(&index[a]).then(a.cmp(&b)));
    let cell = |&row: &usize| {
        let code = |text: &Text| text.get(row).unwrap_or_default().to_owned();
        let cell = Message::new("measure.litzenberger-sternberg.cell").with("region", Arg::Region(code(regions)));
        Arg::Message(Box::new(cell.with("industry", Arg::Industry(code(industries))).number("index", index[row])))
    };
    let top: Vec<Arg> = rows.iter().take(NAMED).map(cell).collect();
    vec![first, Message::new("measure.litzenberger-sternberg.top").with("list", Arg::List(top))]
}

fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    let Some(table) = outcome.table("cells") else { return Vec::new() };
    let of = |kind| FigureSpec::new(kind).of_table("cells").of_value("cluster_index").by("region");
    if table.text("industry").is_some_and(|text| text.labels().len() > 1) {
        return vec![of(FigureKind::Histogram).against(1.0)];
    }
    vec![of(FigureKind::Map), of(FigureKind::Bars).first(20).against(1.0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs(plants: [f64; 4]) -> Inputs {
        let text = |codes: &[&str]| codes.iter().map(|&code| Some(code)).collect::<Text>();
        let areas = Table::empty()
            .with_text("region", text(&["A", "B", "A", "B"]))
            .with_text("industry", text(&["x", "x", "y", "y"]))
            .with_numbers("employment", vec![1743.0, 3997.0, 0.0, 8.0])
            .with_numbers("establishments", plants.to_vec());
        let regions = Table::empty()
            .with_text("region", text(&["B", "A", "other"]))
            .with_numbers("area", vec![526.0, 50.0, 9.0])
            .with_numbers("population", vec![4133.0, 488.0, 9.0]);
        Inputs::default().with_table("areas", areas).with_table("regions", regions)
    }

    fn run_on(inputs: &Inputs) -> Result<Outcome, Fault> {
        run(inputs, &OptionValues::new(), &Context::with_seed(1))
    }

    /// Farhauer and Kröll 2013: 21.87 for region A, recomputed from the formula (oracle measure-litzenberger-textbook).
    #[test]
    fn the_textbook_example() {
        let outcome = run_on(&inputs([35.0, 18.0, 0.0, 2.0])).unwrap();
        let index = outcome.table("cells").and_then(|cells| cells.numbers("cluster_index")).unwrap().to_vec();
        assert!((index[0] - 21.8749110167254).abs() < 1e-10, "{}", index[0]);
        // e = 0 and b = 0: no size, no index, one warning.
        assert!(index[1].is_nan());
        assert_eq!(outcome.warnings.len(), 1);
        assert_eq!(findings(&outcome, &Focus::default()).len(), 2);
    }

    #[test]
    fn bad_input_is_told() {
        let fault = run_on(&inputs([-1.0, 18.0, 0.0, 2.0])).unwrap_err();
        assert!(fault.message().contains("negative"));
        let areas = inputs([1.0; 4]).need("areas").unwrap().clone();
        let few = Table::empty().with_text("region", ["A"].into_iter().map(Some).collect());
        let few = few.with_numbers("area", vec![1.0]).with_numbers("population", vec![1.0]);
        let fault = run_on(&Inputs::default().with_table("areas", areas).with_table("regions", few)).unwrap_err();
        assert!(fault.message().contains('B'), "{fault}");
    }

    #[test]
    fn establishments_are_needed() {
        let areas = Areas::from_values(vec!["A".into()], vec!["x".into()], vec![5.0], Default::default()).unwrap();
        let land = Land { area: vec![2.0], population: vec![3.0] };
        let none = litzenberger_sternberg(&areas, &land, &LitzenbergerSternbergOptions::default()).unwrap_err();
        assert_eq!(none, LitzenbergerSternbergError::NoEstablishments);
    }
}
