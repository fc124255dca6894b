//! Regional coefficients from national ones and employment: location-quotient methods.

use crate::system::{Coefficients, PRINTED, System, check_productive};
use crate::table::{FlowError, IoTable, TableOptions, table_columns};
use crate::words::{cell_labels, named, text};
use distretto_core::{
    ColumnKind, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Input, Inputs, Message, OptionValues,
    Outcome, Place, Table, TableSpec, option_specs, parse_options,
};
use distretto_numerics::Matrix;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "link",
    name: "regionalise",
    about: "Regional input coefficients by location quotients (SLQ, CILQ, FLQ, AFLQ) with their range",
    chapter: "link/regionalisation",
    revision: 1,
    inputs: &[
        Input::table("table", Place::Positional, true, super::TABLE_HELP),
        Input::table(
            "areas",
            Place::Flag,
            true,
            "Employment: sector, regional, national (the nation includes the region)",
        ),
    ],
    options: option_specs::<RegionaliseOptions>,
    plan,
    run,
    findings,
    figures,
};

/// The quotient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Simple: of the selling sector.
    Slq,
    /// Cross-industry: of the seller over the buyer.
    Cilq,
    /// Flegg: cross-industry times λ, which allows for the size of the region.
    #[default]
    Flq,
    /// Augmented: FLQ times log₂(1 + SLQ) of a buyer in which the region is specialised.
    Aflq,
}

/// The diagonal of the cross-industry quotient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Diagonal {
    /// The simple quotient of the sector.
    #[default]
    Slq,
    /// One.
    One,
}

/// Options of [`regionalise`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RegionaliseOptions {
    /// What every input–output table has.
    #[serde(flatten)]
    pub table: TableOptions,
    /// Quotient: `slq`, `cilq`, `flq` or `aflq`.
    pub method: Method,
    /// δ of FLQ and AFLQ, at least 0 and below 1: the larger, the more a small region imports.
    pub delta: f64,
    /// Values of δ whose multipliers are listed, START:STOP:STEP.
    pub sweep: Option<String>,
    /// Lets a quotient above 1 raise the coefficient over the national one.
    pub no_cap: bool,
    /// Diagonal of the cross-industry quotient: `slq` or `one`.
    pub cilq_diagonal: Diagonal,
    /// Prints the tables of cells although they have more than 200 rows and columns.
    pub cells: bool,
}

impl Default for RegionaliseOptions {
    fn default() -> Self {
        Self {
            table: TableOptions::default(),
            method: Method::default(),
            delta: 0.3,
            sweep: None,
            no_cap: false,
            cilq_diagonal: Diagonal::default(),
            cells: false,
        }
    }
}

/// Employment of a region and of its nation, sector by sector; NaN where it is not known.
#[derive(Debug, Clone, PartialEq)]
pub struct Employment {
    /// In the region.
    pub regional: Vec<f64>,
    /// In the nation.
    pub national: Vec<f64>,
}

/// Regional coefficients.
#[derive(Debug, Clone, PartialEq)]
pub struct RegionaliseResult {
    /// SLQ of each sector; NaN without national employment.
    pub slq: Vec<f64>,
    /// λ = [log₂(1 + e/E)]^δ.
    pub lambda: f64,
    /// e/E.
    pub size: f64,
    /// Quotients before the cap; NaN where the seller has none.
    pub quotient: Matrix,
    /// Regional coefficients.
    pub regional: Matrix,
}

/// SLQ of each sector and the size of the region.
#[must_use]
pub fn location_quotients(employment: &Employment) -> (Vec<f64>, f64) {
    // A sector that one of the two lacks is in neither sum.
    let pairs = || employment.regional.iter().zip(&employment.national).filter(|(e, all)| !e.is_nan() && !all.is_nan());
    let size = pairs().map(|pair| pair.0).sum::<f64>() / pairs().map(|pair| pair.1).sum::<f64>();
    let quotient = |(&e, &national): (&f64, &f64)| {
        if national.is_nan() || national == 0.0 { f64::NAN } else { (e / national) / size }
    };
    (employment.regional.iter().zip(&employment.national).map(quotient).collect(), size)
}

/// Regional coefficients r_ij = min(1, quotient) a_ij.
///
/// # Formula
/// SLQ_i = (e_i/e)/(E_i/E); CILQ_ij = SLQ_i/SLQ_j; λ = [log₂(1 + e/E)]^δ, FLQ_ij = λ CILQ_ij; AFLQ_ij =
/// FLQ_ij log₂(1 + SLQ_j) for SLQ_j > 1. A seller without national employment has no quotient and sells nothing, a
/// buyer with SLQ_j = 0 buys nothing.
///
/// # References
/// Flegg, Webber and Elliott 1995; Flegg and Webber 1997, 2000.
#[must_use]
pub fn regionalise(national: &Matrix, employment: &Employment, options: &RegionaliseOptions) -> RegionaliseResult {
    let n = national.rows();
    let (slq, size) = location_quotients(employment);
    let lambda = (1.0 + size).log2().powf(options.delta);
    let cross = |i: usize, j: usize| {
        if i != j {
            return slq[i] / slq[j];
        }
        match options.cilq_diagonal {
            Diagonal::Slq => slq[i],
            Diagonal::One => 1.0,
        }
    };
    let quotient = Matrix::from_fn(n, n, |i, j| {
        if slq[i].is_nan() || slq[j].is_nan() {
            return f64::NAN;
        }
        if options.method == Method::Slq {
            return slq[i];
        }
        if slq[j] == 0.0 {
            return 0.0;
        }
        match options.method {
            Method::Slq => slq[i],
            Method::Cilq => cross(i, j),
            Method::Flq => lambda * cross(i, j),
            Method::Aflq if slq[j] > 1.0 => lambda * cross(i, j) * (1.0 + slq[j]).log2(),
            Method::Aflq => lambda * cross(i, j),
        }
    });
    let regional = Matrix::from_fn(n, n, |i, j| {
        let q = if options.no_cap { quotient[(i, j)] } else { quotient[(i, j)].min(1.0) };
        if quotient[(i, j)].is_nan() || slq[j] == 0.0 { 0.0 } else { q * national[(i, j)] }
    });
    RegionaliseResult { slq, lambda, size, quotient, regional }
}

/// Values START, START + STEP, … up to STOP.
///
/// # Errors
/// When the text does not read START:STOP:STEP with values at least 0 and below or at 1.
pub fn sweep(text: &str) -> Result<Vec<f64>, FlowError> {
    let wrong = |message: &str| FlowError::Option { option: "sweep", message: format!("`{text}`: {message}") };
    let parts: Vec<f64> = text.split(':').filter_map(|part| part.trim().parse().ok()).collect();
    let [start, stop, step] = parts[..] else { return Err(wrong("it must read START:STOP:STEP")) };
    if text.split(':').count() != 3
        || step <= 0.0
        || step.is_nan()
        || !(0.0..=1.0).contains(&start)
        || !(start..=1.0).contains(&stop)
    {
        return Err(wrong("0 ≤ START ≤ STOP ≤ 1 and STEP above 0 are needed"));
    }
    let count = ((stop - start) / step + 1e-9).floor() as usize;
    if count > 10_000 {
        return Err(wrong("there are more than 10,000 steps"));
    }
    Ok((0..=count).map(|k| start + k as f64 * step).collect())
}

fn multipliers(regional: &Matrix) -> Result<Vec<f64>, FlowError> {
    let a = Coefficients::Dense(regional.clone());
    check_productive(&a)?;
    System::new(a)?.multipliers()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn plan(values: &OptionValues, _given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let _: RegionaliseOptions = parse_options(values)?;
    let areas = TableSpec::new("areas").need("sector", ColumnKind::Label);
    let areas = areas.need("regional", ColumnKind::NonNegative).need("national", ColumnKind::NonNegative);
    Ok(vec![table_columns("table"), areas.unique(&["sector"])])
}

fn employment(io: &IoTable, table: &Table) -> Result<Employment, Fault> {
    let sectors = table.text("sector").ok_or_else(|| Fault::input("the column `sector` is needed").in_table(table))?;
    for sector in io.sectors() {
        if !sectors.labels().contains(sector) {
            let message = format!("the sector `{sector}` has no line in the table of employment");
            return Err(Fault::input(message).in_table(table));
        }
    }
    let values = |column: &str| {
        let read = super::by_sector(io, table, column)?;
        Ok::<_, Fault>(read.into_iter().map(|value| value.unwrap_or(f64::NAN)).collect::<Vec<f64>>())
    };
    // A sector without a national number is left out, whatever the region has.
    let cell = |column: &str, row: usize| table.numbers(column).map_or(f64::NAN, |cells| cells[row]);
    let missing = |row: &usize| cell("regional", *row).is_nan() && !cell("national", *row).is_nan();
    if let Some(row) = (0..table.rows()).find(missing) {
        let message = format!("the regional employment of `{}` is missing", sectors.get(row).unwrap_or_default());
        let hint = "write 0 where the region employs nobody; an empty national cell leaves the sector out";
        return Err(Fault::input(message).at(table, row, "regional").with_hint(hint));
    }
    let read = Employment { regional: values("regional")?, national: values("national")? };
    if let Some(i) = (0..io.len()).find(|&i| read.regional[i] > read.national[i]) {
        let row = (0..table.rows()).find(|&row| sectors.get(row) == Some(io.sectors()[i].as_str())).unwrap_or(0);
        let message = format!(
            "the region employs {} in `{}`, more than the nation's {}",
            read.regional[i],
            io.sectors()[i],
            read.national[i]
        );
        return Err(Fault::input(message).at(table, row, "regional").with_hint("the nation must include the region"));
    }
    Ok(read)
}

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: RegionaliseOptions = parse_options(values)?;
    if !(0.0..1.0).contains(&options.delta) {
        let message = format!("{} is not at least 0 and below 1", options.delta);
        return Err(FlowError::Option { option: "delta", message }.into());
    }
    let deltas = options.sweep.as_deref().map(sweep).transpose()?;
    let table = inputs.need("table")?;
    let io = IoTable::read(table, &options.table)?;
    let employment = employment(&io, inputs.need("areas")?)?;
    package(&io, &employment, deltas, &options).map_err(|error| Fault::from(error).in_table(table))
}

fn package(
    io: &IoTable,
    employment: &Employment,
    deltas: Option<Vec<f64>>,
    options: &RegionaliseOptions,
) -> Result<Outcome, FlowError> {
    let national = io.input_coefficients().dense();
    let result = regionalise(&national, employment, options);
    if result.size <= 0.0 || result.size.is_nan() {
        let message = "the region or the nation employs nobody".to_owned();
        return Err(FlowError::Data { message, hint: String::new() });
    }
    let name = match options.method {
        Method::Slq => "SLQ by rows",
        Method::Cilq => "CILQ",
        Method::Flq => "FLQ (Flegg and Webber 1997)",
        Method::Aflq => "AFLQ (Flegg and Webber 2000)",
    };
    let delta = match options.method {
        Method::Slq | Method::Cilq => String::new(),
        Method::Flq | Method::Aflq => format!(", δ = {}", options.delta),
    };
    let mut outcome = Outcome::new("link regionalise", &format!("regional coefficients by {name}{delta}"));
    outcome.convention("cilq_diagonal", if options.cilq_diagonal == Diagonal::Slq { "slq" } else { "one" });
    outcome.convention("cap", if options.no_cap { "none" } else { "1" });
    outcome.warnings = io.warnings();
    let lacking: Vec<&str> =
        (0..io.len()).filter(|&i| result.slq[i].is_nan()).map(|i| io.sectors()[i].as_str()).collect();
    if !lacking.is_empty() {
        outcome.warn(named("link.regionalise.no-nation", &lacking));
    }
    let multiplier = multipliers(&result.regional)?;
    let own = |matrix: &Matrix| matrix.transpose_times_vector(&vec![1.0; io.len()]);
    let import: Vec<f64> = own(&national).iter().zip(own(&result.regional)).map(|(all, here)| all - here).collect();
    outcome.scalar("lambda", result.lambda).scalar("size", result.size).scalar("mean_multiplier", mean(&multiplier));
    let sectors = Table::empty()
        .with_text("sector", text(io.sectors()))
        .with_numbers("slq", result.slq)
        .with_numbers("output_multiplier", multiplier)
        .with_numbers("import_share", import);
    outcome.add_table("sectors", sectors);
    if let Some(deltas) = deltas {
        let (all, of_sectors) = swept(io, &national, employment, &deltas, options)?;
        outcome.add_table("sweep", all);
        outcome.add_table("sweep_sectors", of_sectors);
    }
    if options.cells || io.len() <= PRINTED {
        let (row, column) = cell_labels(io.sectors(), io.sectors());
        let by_rows = super::leontief::by_rows;
        let cells = Table::empty()
            .with_text("row", row)
            .with_text("column", column)
            .with_numbers("national", by_rows(&national))
            .with_numbers("quotient", by_rows(&result.quotient))
            .with_numbers("regional", by_rows(&result.regional));
        outcome.add_table("cells", cells);
    }
    outcome.add_table("matrix", super::matrix_table(io.sectors(), io.sectors(), &result.regional));
    Ok(outcome)
}

/// Multipliers for each δ: their mean and extremes, and those of every sector.
fn swept(
    io: &IoTable,
    national: &Matrix,
    employment: &Employment,
    deltas: &[f64],
    options: &RegionaliseOptions,
) -> Result<(Table, Table), FlowError> {
    let mut columns = [Vec::new(), Vec::new(), Vec::new()];
    let (mut of_delta, mut of_sector) = (Vec::new(), Vec::new());
    for &delta in deltas {
        let options = RegionaliseOptions { delta, ..options.clone() };
        let multiplier = multipliers(&regionalise(national, employment, &options).regional)?;
        let extreme = |of: fn(f64, f64) -> f64, start: f64| multiplier.iter().copied().fold(start, of);
        columns[0].push(mean(&multiplier));
        columns[1].push(extreme(f64::min, f64::INFINITY));
        columns[2].push(extreme(f64::max, f64::NEG_INFINITY));
        of_delta.extend(std::iter::repeat_n(delta, multiplier.len()));
        of_sector.extend(multiplier);
    }
    let [mean, least, most] = columns;
    let all = Table::empty()
        .with_numbers("delta", deltas.to_vec())
        .with_numbers("mean_multiplier", mean)
        .with_numbers("min_multiplier", least)
        .with_numbers("max_multiplier", most);
    let sectors = deltas.iter().flat_map(|_| io.sectors().iter().map(|sector| Some(sector.as_str()))).collect();
    let of_sectors = Table::empty()
        .with_numbers("delta", of_delta)
        .with_text("sector", sectors)
        .with_numbers("output_multiplier", of_sector);
    Ok((all, of_sectors))
}

/// The range of the multiplier of every sector in focus over the sweep.
fn ranges(outcome: &Outcome, focus: &Focus) -> Vec<Message> {
    let Some(table) = outcome.table("sweep_sectors") else { return Vec::new() };
    let (Some(sectors), Some(values)) = (table.text("sector"), table.numbers("output_multiplier")) else {
        return Vec::new();
    };
    let known = |sector: &&String| sectors.labels().contains(sector);
    let range = |sector: &String| {
        let of = || (0..values.len()).filter(|&row| sectors.get(row) == Some(sector)).map(|row| values[row]);
        let message = Message::new("link.regionalise.range-of-focus");
        let message = message.with("sector", distretto_core::Arg::Industry(sector.clone()));
        message.number("low", of().fold(f64::INFINITY, f64::min)).number("high", of().fold(f64::NEG_INFINITY, f64::max))
    };
    focus.industries.iter().filter(known).map(range).collect()
}

fn findings(outcome: &Outcome, focus: &Focus) -> Vec<Message> {
    let Some(table) = outcome.table("sectors") else { return Vec::new() };
    let number = |name: &str| outcome.number(name).unwrap_or(f64::NAN);
    let size = Message::new("link.regionalise.size").with("size", distretto_core::Arg::Share(number("size")));
    let mut said = crate::words::extremes(
        "link.regionalise.largest",
        "link.regionalise.of-focus",
        table,
        "output_multiplier",
        focus,
    );
    // What the study is about comes first.
    said.insert(said.len().saturating_sub(1), size.number("mean", number("mean_multiplier")));
    if let Some(means) = outcome.table("sweep").and_then(|sweep| sweep.numbers("mean_multiplier")) {
        let least = means.iter().copied().fold(f64::INFINITY, f64::min);
        let most = means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        said.push(Message::new("link.regionalise.range").number("low", least).number("high", most));
    }
    said.extend(ranges(outcome, focus));
    said
}

fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    let bars = FigureSpec::new(FigureKind::Bars).of_table("sectors").of_value("output_multiplier").by("sector");
    let mut drawn = vec![bars.first(20).against(1.0)];
    if outcome.table("sweep").is_some() {
        let mut lines = FigureSpec::new(FigureKind::Lines).of_table("sweep").of_value("mean_multiplier");
        lines.x = Some("delta".into());
        drawn.push(lines);
    }
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_same_structure_gives_the_national_coefficients(cells in proptest::collection::vec(0.0..0.3f64, 9), nation in proptest::collection::vec(1.0..90.0f64, 3)) {
            let national = Matrix::from_columns(3, 3, cells);
            let employment = Employment { regional: nation.iter().map(|e| 0.2 * e).collect(), national: nation };
            let options = RegionaliseOptions { method: Method::Cilq, ..RegionaliseOptions::default() };
            let result = regionalise(&national, &employment, &options);
            for i in 0..3 {
                for j in 0..3 {
                    prop_assert!((result.regional[(i, j)] - national[(i, j)]).abs() < 1e-12);
                }
            }
        }
    }

    #[test]
    fn sectors_without_employment() {
        let national = Matrix::from_fn(3, 3, |_, _| 0.1);
        let employment = Employment { regional: vec![5.0, 0.0, 0.0], national: vec![50.0, 50.0, f64::NAN] };
        let result = regionalise(&national, &employment, &RegionaliseOptions::default());
        assert!(result.slq[2].is_nan() && result.quotient[(2, 0)].is_nan() && result.regional[(2, 0)] == 0.0);
        assert!(result.regional.column(1).iter().all(|cell| *cell == 0.0), "nobody buys in a sector that is not there");
    }

    #[test]
    fn sweeps_include_their_end() {
        assert_eq!(sweep("0:1:0.5").unwrap(), [0.0, 0.5, 1.0]);
        assert_eq!(sweep("0:0.3:0.1").unwrap().len(), 4);
        assert!(["", "0:1", "0:1:0", "1:0:0.1", "0:2:0.1", "a:1:0.1"].iter().all(|text| sweep(text).is_err()));
    }
}
