//! Who is tied to their like: by degree, by group, by a number.

use super::options::{INPUTS, NetworkOptions};
use super::read::Network;
use crate::words::ratio;
use distretto_core::{
    ColumnKind, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Inputs, Message, OptionValues, Outcome,
    Table, TableSpec, Text, option_specs, parse_options,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "link",
    name: "assortativity",
    about: "Whether like is tied to like: by degree, by group, by a number of the nodes",
    chapter: "link/networks",
    revision: 2,
    inputs: INPUTS,
    options: option_specs::<AssortativityOptions>,
    plan,
    run,
    findings,
    figures,
};

/// Options of `link assortativity`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct AssortativityOptions {
    /// What every network has.
    #[serde(flatten)]
    pub network: NetworkOptions,
    /// Column of numbers of the table of nodes.
    pub numeric: Option<String>,
}

/// Pairs of source and target, undirected links both ways.
fn ends(network: &Network) -> impl Iterator<Item = (usize, usize)> + '_ {
    let ways = if network.directed { 1 } else { 2 };
    network.links.iter().flat_map(move |link| {
        let (a, b) = (link.source as usize, link.target as usize);
        [(a, b), (b, a)].into_iter().take(ways)
    })
}

/// Correlation of two values over the ends of all links; NaN where one is constant or missing everywhere.
fn correlation(network: &Network, source: &[f64], target: &[f64]) -> f64 {
    let pairs = || ends(network).map(|(a, b)| (source[a], target[b])).filter(|(x, y)| !x.is_nan() && !y.is_nan());
    let count = pairs().count() as f64;
    let mean = pairs().fold((0.0, 0.0), |sum, (x, y)| (sum.0 + x / count, sum.1 + y / count));
    let sums = pairs().fold((0.0, 0.0, 0.0), |sum, (x, y)| {
        let (dx, dy) = (x - mean.0, y - mean.1);
        (sum.0 + dx * dx, sum.1 + dy * dy, sum.2 + dx * dy)
    });
    // Deviations of rounding alone are none.
    let varies = |sum: f64, mean: f64| sum > 1e-24 * count * mean * mean;
    if varies(sums.0, mean.0) && varies(sums.1, mean.1) { sums.2 / (sums.0 * sums.1).sqrt() } else { f64::NAN }
}

/// Correlation of degrees at the ends of links; directed: out-degree of the source with in-degree of the target.
#[must_use]
pub fn degree_assortativity(network: &Network) -> f64 {
    let (mut out, mut back) = (vec![0.0; network.len()], vec![0.0; network.len()]);
    for (a, b) in ends(network) {
        out[a] += 1.0;
        back[b] += 1.0;
    }
    correlation(network, &out, &back)
}

/// Correlation of a number of the nodes at the ends of links; links with a missing number are left out.
#[must_use]
pub fn numeric_assortativity(network: &Network, values: &[f64]) -> f64 {
    correlation(network, values, values)
}

/// Shares of links from every group to every group, row by row; links of nodes without group are left out.
#[must_use]
pub fn mixing(network: &Network, groups: &Text) -> Vec<f64> {
    let k = groups.labels().len();
    let mut cells = vec![0.0; k * k];
    let mut total = 0.0;
    for (a, b) in ends(network) {
        if let (Some(a), Some(b)) = (groups.code(a), groups.code(b)) {
            cells[a as usize * k + b as usize] += 1.0;
            total += 1.0;
        }
    }
    cells.iter_mut().for_each(|cell| *cell = ratio(*cell, total));
    cells
}

/// (tr e − Σ a_i b_i)/(1 − Σ a_i b_i) of a mixing matrix (Newman 2003); NaN for one group.
#[must_use]
pub fn kind_assortativity(cells: &[f64]) -> f64 {
    let k = cells.len().isqrt();
    let row = |i: usize| cells[i * k..(i + 1) * k].iter().sum::<f64>();
    let column = |j: usize| (0..k).map(|i| cells[i * k + j]).sum::<f64>();
    let trace: f64 = (0..k).map(|i| cells[i * k + i]).sum();
    let chance: f64 = (0..k).map(|i| row(i) * column(i)).sum();
    if (1.0 - chance).abs() < 1e-14 { f64::NAN } else { (trace - chance) / (1.0 - chance) }
}

/// Every cell over the product of its margins: 1 where ends of links find one another as by chance.
fn against_chance(cells: &[f64]) -> Vec<f64> {
    let k = cells.len().isqrt();
    let row = |i: usize| cells[i * k..(i + 1) * k].iter().sum::<f64>();
    let column = |j: usize| (0..k).map(|i| cells[i * k + j]).sum::<f64>();
    let pairs = (0..k).flat_map(|i| (0..k).map(move |j| (i, j)));
    pairs.map(|(i, j)| ratio(cells[i * k + j], row(i) * column(j))).collect()
}

fn plan(values: &OptionValues, given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: AssortativityOptions = parse_options(values)?;
    let more: Vec<(&str, ColumnKind)> =
        options.numeric.iter().map(|name| (name.as_str(), ColumnKind::Number)).collect();
    Ok(options.network.plan(given, &more))
}

/// The numbers of a column of the nodes.
pub(crate) fn numeric_column(inputs: &Inputs, column: &str) -> Result<Vec<f64>, Fault> {
    let missing = || Fault::option(format!("option `numeric`: the table of nodes has no column `{column}` of numbers"));
    let nodes = inputs.table("nodes").ok_or_else(missing)?;
    nodes.numbers(column).map(<[f64]>::to_vec).ok_or_else(|| missing().in_table(nodes))
}

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: AssortativityOptions = parse_options(values)?;
    let network = Network::of(inputs, &options.network)?;
    let mut outcome = Outcome::new("link assortativity", "assortative mixing (Newman 2003)");
    outcome.convention("directed_degrees", "out-degree of the source with in-degree of the target");
    outcome.warnings.clone_from(&network.warnings);
    let degree = degree_assortativity(&network);
    outcome.scalar("degree_assortativity", degree);
    if degree.is_nan() {
        outcome.warn(Message::new("link.assortativity.constant"));
    }
    let cells = network.groups.as_ref().map(|groups| mixing(&network, groups));
    let kind = cells.as_deref().map_or(f64::NAN, kind_assortativity);
    outcome.scalar("kind_assortativity", kind);
    if kind.is_nan() {
        let key = if cells.is_none() { "link.assortativity.no-groups" } else { "link.assortativity.one-group" };
        outcome.warn(Message::new(key));
    }
    if let Some(column) = &options.numeric {
        let values = numeric_column(inputs, column)?;
        let missing = values.iter().filter(|value| value.is_nan()).count();
        if missing > 0 {
            outcome.warn(Message::new("link.assortativity.missing").count("count", missing));
        }
        outcome.scalar("numeric_assortativity", numeric_assortativity(&network, &values));
    }
    if let (Some(groups), Some(cells)) = (&network.groups, cells) {
        let k = groups.labels().len();
        let (from, to) = crate::words::cell_labels(groups.labels(), groups.labels());
        let ratios = against_chance(&cells);
        debug_assert_eq!(cells.len(), k * k);
        let table = Table::empty().with_text("from", from).with_text("to", to).with_numbers("share", cells);
        let table = table.with_numbers("ratio", ratios);
        outcome.add_table("mixing", table);
    }
    Ok(outcome)
}

fn findings(outcome: &Outcome, _focus: &Focus) -> Vec<Message> {
    let say = |key: &'static str, name: &str| Some(Message::new(key).number("value", outcome.number(name)?));
    let degree = match outcome.number("degree_assortativity") {
        Some(value) if value < 0.0 => "link.assortativity.degree-below",
        _ => "link.assortativity.degree",
    };
    let all = [
        say(degree, "degree_assortativity"),
        say("link.assortativity.kind", "kind_assortativity"),
        say("link.assortativity.numeric", "numeric_assortativity"),
    ];
    all.into_iter().flatten().collect()
}

fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    if outcome.table("mixing").is_none() {
        return Vec::new();
    }
    let mut matrix = FigureSpec::new(FigureKind::Matrix).of_table("mixing").of_value("ratio").by("from");
    matrix.group = Some("to".into());
    vec![matrix]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Link;

    #[test]
    fn a_star_is_disassortative() {
        let links = (1..4).map(|target| Link { source: 0, target, weight: 1.0 }).collect();
        let network = Network { ids: vec![String::new(); 4], links, ..Network::default() };
        assert!((degree_assortativity(&network) + 1.0).abs() < 1e-12);
        assert!((numeric_assortativity(&network, &[5.0, 1.0, 1.0, 1.0]) + 1.0).abs() < 1e-12);
        let groups: Text = ["a", "b", "b", "b"].into_iter().map(Some).collect();
        assert!((kind_assortativity(&mixing(&network, &groups)) + 1.0).abs() < 1e-12);
        // Half of the ends are the hub, half the leaves: chance gives each cell 1/4, the mixed ones hold 1/2.
        assert_eq!(against_chance(&mixing(&network, &groups)), [0.0, 2.0, 2.0, 0.0]);
    }
}
