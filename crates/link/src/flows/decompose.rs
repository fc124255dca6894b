//! Structural decomposition: how much of a change came from technology, how much from demand.

use crate::system::System;
use crate::table::{FlowError, IoTable, TableOptions, table_columns};
use crate::words::{named, text, where_true};
use distretto_core::{
    Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Input, Inputs, Message, OptionValues, Outcome,
    Place, Table, TableSpec, option_specs, parse_options,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "link",
    name: "decompose",
    about: "Structural decomposition of a change of output or of a primary input between two tables",
    chapter: "link/decomposition",
    revision: 1,
    inputs: &[
        Input::table("from", Place::Positional, true, "Input-output table of the first year"),
        Input::table("to", Place::Positional, true, "Input-output table of the last year, at the prices of the first"),
    ],
    options: option_specs::<DecomposeOptions>,
    plan,
    run,
    findings,
    figures,
};

/// What is split further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Split {
    /// Final demand, into its level and its mix.
    Demand,
}

/// Options of [`decompose`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct DecomposeOptions {
    /// What every input–output table has.
    #[serde(flatten)]
    pub table: TableOptions,
    /// Primary row whose change is decomposed; left out, gross output.
    pub vector: Option<String>,
    /// What is split further: `demand` into level and mix.
    pub split: Option<Split>,
    /// Adds the least and the most that each part takes over all orders of the factors.
    pub all: bool,
}

/// A part of a change, sector by sector.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// `intensity`, `technology`, `demand`, `mix` or `level`.
    pub name: &'static str,
    /// Mean of the two polar forms.
    pub values: Vec<f64>,
    /// Smallest and largest over all orders of the factors, where asked for.
    pub range: Option<(Vec<f64>, Vec<f64>)>,
}

/// A change and its parts.
#[derive(Debug, Clone, PartialEq)]
pub struct DecomposeResult {
    /// Change of output or of the vector.
    pub change: Vec<f64>,
    /// The parts; `mix` and `level` together are `demand`.
    pub parts: Vec<Part>,
}

/// One of the two years.
struct Year {
    e: Vec<f64>,
    system: System,
    mix: Vec<f64>,
    level: f64,
}

/// Which year each factor (e, L, m, λ) is of.
type Years = [usize; 4];

/// Structural decomposition by the mean of the polar forms.
///
/// # Formula
/// technology = ½ ΔL (f⁰ + f¹), demand = ½ (L⁰ + L¹) Δf; with a vector e = ROW/x, intensity, technology and demand as
/// the mean of the two polar orders; f = mλ splits demand into mix and level.
///
/// # Errors
/// Sectors that differ, no money, an unknown row, or a table that is not productive.
///
/// # References
/// Dietzenbacher and Los 1998.
pub fn decompose(from: &IoTable, to: &IoTable, options: &DecomposeOptions) -> Result<DecomposeResult, FlowError> {
    let order: Vec<usize> = match_sectors(from, to)?;
    let identity: Vec<usize> = (0..from.len()).collect();
    let years = [Year::new(from, &identity, options)?, Year::new(to, &order, options)?];
    let value = |of: Years| value(&years, of);
    let mut parts = Vec::new();
    let change = minus(&value([1; 4])?, &value([0; 4])?);
    let mut factors: Vec<(&'static str, Vec<usize>)> = Vec::new();
    if options.vector.is_some() {
        factors.push(("intensity", vec![0]));
    }
    factors.push(("technology", vec![1]));
    factors.push(("demand", vec![2, 3]));
    let coarse: Vec<Vec<usize>> = factors.iter().map(|(_, which)| which.clone()).collect();
    for (k, (name, _)) in factors.iter().enumerate() {
        let range = if options.all { Some(range(&coarse, k, &value)?) } else { None };
        parts.push(Part { name, values: polar(&coarse, k, &value)?, range });
    }
    if options.split.is_some() {
        let mut fine: Vec<Vec<usize>> = coarse[..coarse.len() - 1].to_vec();
        fine.push(vec![2]);
        fine.push(vec![3]);
        // Level comes last in the forward order, so that mix and level add to demand.
        for (name, k) in [("mix", fine.len() - 2), ("level", fine.len() - 1)] {
            let range = if options.all { Some(range(&fine, k, &value)?) } else { None };
            parts.push(Part { name, values: polar(&fine, k, &value)?, range });
        }
    }
    Ok(DecomposeResult { change, parts })
}

impl Year {
    fn new(io: &IoTable, order: &[usize], options: &DecomposeOptions) -> Result<Self, FlowError> {
        let f = io.final_demand().ok_or(FlowError::NoMoney { what: "decomposition" })?;
        let e = match &options.vector {
            None => vec![1.0; io.len()],
            Some(name) => {
                let unknown = || FlowError::UnknownName { option: "vector", name: name.clone(), what: "row" };
                io.direct(io.primary(name).ok_or_else(unknown)?)
            }
        };
        let a = io.input_coefficients().dense();
        let a = distretto_numerics::Matrix::from_fn(a.rows(), a.columns(), |i, j| a[(order[i], order[j])]);
        let level: f64 = f.iter().sum();
        let mix = order.iter().map(|&i| if level == 0.0 { 0.0 } else { f[i] / level }).collect();
        let system = System::productive(crate::system::Coefficients::Dense(a))?;
        Ok(Self { e: order.iter().map(|&i| e[i]).collect(), system, mix, level })
    }
}

/// Places of the sectors of the first table in the second.
fn match_sectors(from: &IoTable, to: &IoTable) -> Result<Vec<usize>, FlowError> {
    let other = |label: &String| FlowError::OtherSectors { label: label.clone() };
    if let Some(label) = to.sectors.iter().find(|label| !from.sectors.contains(label)) {
        return Err(other(label));
    }
    let place = |label: &String| to.sectors.iter().position(|one| one == label).ok_or_else(|| other(label));
    from.sectors.iter().map(place).collect()
}

/// ê L m λ, each factor of its year.
fn value(years: &[Year; 2], of: Years) -> Result<Vec<f64>, FlowError> {
    let demand: Vec<f64> = years[of[2]].mix.iter().map(|m| m * years[of[3]].level).collect();
    let solved = years[of[1]].system.solve(&demand)?;
    Ok(solved.iter().zip(&years[of[0]].e).map(|(x, e)| e * x).collect())
}

fn minus(one: &[f64], other: &[f64]) -> Vec<f64> {
    one.iter().zip(other).map(|(one, other)| one - other).collect()
}

/// Effect of one factor when those in `before` have changed already.
fn effect(
    factors: &[Vec<usize>],
    k: usize,
    before: &[bool],
    value: &impl Fn(Years) -> Result<Vec<f64>, FlowError>,
) -> Result<Vec<f64>, FlowError> {
    let mut years: Years = [0; 4];
    for (factor, which) in factors.iter().enumerate().filter(|(factor, _)| before[*factor]) {
        debug_assert!(factor != k);
        which.iter().for_each(|&which| years[which] = 1);
    }
    let start = value(years)?;
    factors[k].iter().for_each(|&which| years[which] = 1);
    Ok(minus(&value(years)?, &start))
}

/// Mean of the two polar orders.
fn polar(
    factors: &[Vec<usize>],
    k: usize,
    value: &impl Fn(Years) -> Result<Vec<f64>, FlowError>,
) -> Result<Vec<f64>, FlowError> {
    let earlier: Vec<bool> = (0..factors.len()).map(|factor| factor < k).collect();
    let later: Vec<bool> = (0..factors.len()).map(|factor| factor > k).collect();
    let (one, other) = (effect(factors, k, &earlier, value)?, effect(factors, k, &later, value)?);
    Ok(one.iter().zip(&other).map(|(one, other)| 0.5 * (one + other)).collect())
}

/// Smallest and largest effect over all orders; an order matters only by the set of those that came before.
fn range(
    factors: &[Vec<usize>],
    k: usize,
    value: &impl Fn(Years) -> Result<Vec<f64>, FlowError>,
) -> Result<(Vec<f64>, Vec<f64>), FlowError> {
    let (mut least, mut most) = (Vec::new(), Vec::new());
    for set in (0..1_usize << factors.len()).filter(|set| set & (1 << k) == 0) {
        let before: Vec<bool> = (0..factors.len()).map(|factor| set & (1 << factor) != 0).collect();
        let found = effect(factors, k, &before, value)?;
        least.resize(found.len(), f64::INFINITY);
        most.resize(found.len(), f64::NEG_INFINITY);
        for (i, value) in found.into_iter().enumerate() {
            (least[i], most[i]) = (f64::min(least[i], value), f64::max(most[i], value));
        }
    }
    Ok((least, most))
}

fn plan(values: &OptionValues, _given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let _: DecomposeOptions = parse_options(values)?;
    Ok(vec![table_columns("from"), table_columns("to")])
}

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: DecomposeOptions = parse_options(values)?;
    let (first, last) = (inputs.need("from")?, inputs.need("to")?);
    let (from, to) = (IoTable::read(first, &options.table)?, IoTable::read(last, &options.table)?);
    let result = decompose(&from, &to, &options).map_err(|error| Fault::from(error).in_table(last))?;
    let mut outcome = Outcome::new("link decompose", "mean of the two polar forms (Dietzenbacher and Los 1998)");
    outcome.convention("vector", options.vector.as_deref().unwrap_or("output"));
    outcome.warnings = from.warnings();
    outcome.warnings.extend(to.warnings().into_iter().filter(|note| !from.warnings().contains(note)));
    outcome.warn(Message::new("link.decompose.prices"));
    let sum = |values: &[f64]| values.iter().sum::<f64>();
    outcome.scalar("change", sum(&result.change));
    let mut table = Table::empty().with_text("sector", text(from.sectors())).with_numbers("change", result.change);
    for part in result.parts {
        outcome.scalar(part.name, sum(&part.values));
        table = table.with_numbers(part.name, part.values);
        if let Some((least, most)) = part.range {
            table = table.with_numbers(&format!("{}_min", part.name), least);
            table = table.with_numbers(&format!("{}_max", part.name), most);
        }
    }
    let idle = where_true(&from.sectors, |i| from.output[i] == 0.0);
    if options.vector.is_some() && !idle.is_empty() {
        outcome.warn(named("link.decompose.no-intensity", &idle));
    }
    outcome.add_table("sectors", table);
    Ok(outcome)
}

fn findings(outcome: &Outcome, focus: &Focus) -> Vec<Message> {
    let Some(table) = outcome.table("sectors") else { return Vec::new() };
    let number = |name: &str| outcome.number(name).unwrap_or(f64::NAN);
    let intensity = outcome.number("intensity");
    let key = if intensity.is_some() { "link.decompose.whole-intensity" } else { "link.decompose.whole" };
    let message = Message::new(key).number("technology", number("technology"));
    let message = intensity.into_iter().fold(message, |message, value| message.number("intensity", value));
    let message =
        message.with("change", distretto_core::Arg::Signed(number("change"))).number("demand", number("demand"));
    let mut said = vec![message];
    said.extend(crate::words::extremes(
        "link.decompose.technology",
        "link.decompose.focus-technology",
        table,
        "technology",
        focus,
    ));
    said.extend(crate::words::extremes("link.decompose.demand", "link.decompose.focus-demand", table, "demand", focus));
    said
}

fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    let names: &[&str] = if outcome.number("intensity").is_some() {
        &["intensity", "technology", "demand"]
    } else {
        &["technology", "demand"]
    };
    vec![
        FigureSpec::new(FigureKind::Components)
            .of_table("sectors")
            .of_value("change")
            .by("sector")
            .stacking(names)
            .first(20),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::fixtures::table;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parts_add_to_the_change(one in proptest::collection::vec(0.0..50.0f64, 9), other in proptest::collection::vec(0.0..50.0f64, 9), f in proptest::collection::vec(1.0..50.0f64, 6)) {
            let (from, to) = (table(&one, &f[..3]), table(&other, &f[3..]));
            for vector in [None, Some("value_added".to_owned())] {
                let options = DecomposeOptions { vector, split: Some(Split::Demand), all: true, ..DecomposeOptions::default() };
                let result = decompose(&from, &to, &options).unwrap();
                let of = |name: &str| result.parts.iter().find(|part| part.name == name);
                for i in 0..3 {
                    let get = |name: &str| of(name).map_or(0.0, |part| part.values[i]);
                    let sum = get("intensity") + get("technology") + get("demand");
                    prop_assert!((sum - result.change[i]).abs() < 1e-9 * result.change[i].abs().max(1.0));
                    prop_assert!((get("mix") + get("level") - get("demand")).abs() < 1e-9 * get("demand").abs().max(1.0));
                    for part in &result.parts {
                        let (least, most) = part.range.as_ref().unwrap();
                        prop_assert!(least[i] <= part.values[i] + 1e-9 && part.values[i] <= most[i] + 1e-9);
                    }
                }
            }
        }
    }

    #[test]
    fn sectors_must_be_the_same() {
        let from = table(&[1.0, 2.0, 3.0, 4.0], &[5.0, 6.0]);
        let to = table(&[1.0], &[5.0]);
        assert!(
            matches!(decompose(&from, &to, &DecomposeOptions::default()), Err(FlowError::OtherSectors { label }) if label == "s1")
        );
    }
}
