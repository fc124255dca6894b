//! Core and periphery: a discrete partition (Borgatti and Everett 1999) or a continuous coreness (Boyd et al. 2010).

mod continuous;
mod discrete;

use super::draws::Draws;
use super::error::NetworkError;
use super::null::with_links;
use super::options::{INPUTS, NetworkOptions};
use super::read::Network;
use super::rewire::{Swap, rewired};
use crate::words::ratio;
use distretto_core::{
    Arg, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Inputs, Message, OptionValues, Outcome, Table,
    TableSpec, option_specs, parse_options,
};
use distretto_numerics::{Key, Stream};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use continuous::{Coreness, coreness};
pub use discrete::{Partition, partition};

/// The row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "link",
    name: "core-periphery",
    about: "Core and periphery: who is in the core, and how well the network fits that picture",
    chapter: "link/networks",
    revision: 2,
    inputs: INPUTS,
    options: option_specs::<CoreOptions>,
    plan,
    run,
    findings,
    figures,
};

/// What is sought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CoreMethod {
    /// A partition.
    #[default]
    Discrete,
    /// A coreness for every node.
    Continuous,
}

/// The ideal of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Pattern {
    /// 1 where at least one is in the core, 0 between two of the periphery.
    #[default]
    Full,
    /// 1 within the core, 0 within the periphery; what lies between does not count.
    Block,
}

/// Options of `link core-periphery`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CoreOptions {
    /// What every network has.
    #[serde(flatten)]
    pub network: NetworkOptions,
    /// `discrete` (a partition) or `continuous` (a coreness for every node).
    pub method: CoreMethod,
    /// Ideal of the partition: `full` (1 where at least one is core) or `block` (pairs of core and periphery left out).
    pub pattern: Pattern,
    /// Starts of the search above 20 nodes.
    pub restarts: u32,
    /// Random networks with the same degrees for a p-value of the fit; default none.
    pub permutations: u32,
}

impl Default for CoreOptions {
    fn default() -> Self {
        Self {
            network: NetworkOptions::default(),
            method: CoreMethod::default(),
            pattern: Pattern::default(),
            restarts: 50,
            permutations: 0,
        }
    }
}

/// The fit of a network; NaN when ties or ideal are constant.
fn fit(network: &Network, options: &CoreOptions, seed: u64) -> f64 {
    match options.method {
        CoreMethod::Discrete => partition(network, options.network.weighted, options.pattern, options.restarts, seed)
            .map_or(f64::NAN, |found| found.fit),
        CoreMethod::Continuous => coreness(network, options.network.weighted).fit,
    }
}

/// The fits of random networks with the same degrees; none where there is nothing to compare.
fn null_fits(
    network: &Network,
    options: &CoreOptions,
    observed: f64,
    context: &Context,
) -> Result<Vec<f64>, NetworkError> {
    if options.permutations == 0 || observed.is_nan() {
        return Ok(Vec::new());
    }
    let key = Key::new(context.seed, "link core-periphery permutations");
    context.progress.begin("permutations", u64::from(options.permutations));
    let one = |draw: u32| {
        if context.progress.cancelled() {
            return Err(NetworkError::Stopped);
        }
        let mut stream = Stream::new(key, 0, u64::from(draw));
        let links = rewired(&network.links, network.directed, 10, Swap::Any, &mut stream);
        let value = fit(&with_links(network, links), options, context.seed);
        context.progress.advance(1);
        Ok(value)
    };
    (0..options.permutations).into_par_iter().map(one).collect()
}

fn plan(values: &OptionValues, given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: CoreOptions = parse_options(values)?;
    Ok(options.network.plan(given, &[]))
}

fn run(inputs: &Inputs, values: &OptionValues, context: &Context) -> Result<Outcome, Fault> {
    let options: CoreOptions = parse_options(values)?;
    let network = Network::of(inputs, &options.network)?;
    let n = network.len();
    let mut outcome = Outcome::new("link core-periphery", method(&options));
    outcome.convention("ties", if options.network.weighted { "weights" } else { "0 or 1" });
    outcome.warnings.clone_from(&network.warnings);
    let none = vec![f64::NAN; n];
    let (fit, size, optima, core, coreness) = match options.method {
        CoreMethod::Continuous => {
            let found = coreness(&network, options.network.weighted);
            (found.fit, f64::NAN, f64::NAN, vec![None; n], found.coreness)
        }
        CoreMethod::Discrete => {
            match partition(&network, options.network.weighted, options.pattern, options.restarts, context.seed) {
                None => (f64::NAN, f64::NAN, f64::NAN, vec![None; n], none),
                Some(found) => {
                    if found.optima.is_some_and(|optima| optima > 1) {
                        let optima = found.optima.unwrap_or_default();
                        outcome.warn(Message::new("link.core-periphery.optima").count("count", optima));
                    }
                    let size = found.core.iter().filter(|core| **core).count() as f64;
                    let optima = found.optima.map_or(f64::NAN, |optima| optima as f64);
                    (found.fit, size, optima, found.core.into_iter().map(Some).collect(), none)
                }
            }
        }
    };
    if fit.is_nan() {
        outcome.warn(Message::new("link.core-periphery.constant"));
    }
    let draws = null_fits(&network, &options, fit, context)?;
    let null = Draws::new(fit, &draws);
    outcome
        .scalar("fit", fit)
        .scalar("core_size", size)
        .scalar("p_value", null.p_greater)
        .scalar("optima", optima)
        .scalar("mean", null.mean)
        .scalar("sd", null.sd);
    let blocks = blocks(&network, &core);
    outcome.add_table("nodes", nodes(&network, core, coreness));
    if let Some(blocks) = blocks {
        outcome.add_table("blocks", blocks);
    }
    if !draws.is_empty() {
        let number = (1..=draws.len()).map(|draw| draw as f64).collect();
        outcome.add_table("draws", Table::empty().with_numbers("draw", number).with_numbers("fit", draws));
    }
    Ok(outcome)
}

/// The nodes: those of the core first, each part by falling degree; in their order where there is no partition.
fn nodes(network: &Network, core: Vec<Option<bool>>, coreness: Vec<f64>) -> Table {
    let graph = network.underlying();
    let degree: Vec<f64> = (0..network.len()).map(|v| graph.degree(v) as f64).collect();
    let mut order: Vec<usize> = (0..network.len()).collect();
    if core.iter().any(Option::is_some) {
        order.sort_by(|&a, &b| core[b].cmp(&core[a]).then(degree[b].total_cmp(&degree[a])));
    }
    Table::empty()
        .with_text("id", network.id_text())
        .with_flags("core", core)
        .with_numbers("coreness", coreness)
        .with_numbers("degree", degree)
        .take(&order)
}

/// Density of ties within the core, between core and periphery, and within the periphery: what the ideal pattern has as
/// 1, 1 and 0. `None` without a partition.
fn blocks(network: &Network, core: &[Option<bool>]) -> Option<Table> {
    let core: Vec<bool> = core.iter().copied().collect::<Option<_>>()?;
    let size = core.iter().filter(|one| **one).count() as f64;
    let rest = core.len() as f64 - size;
    let block = |a: usize, b: usize| usize::from(!core[a]) + usize::from(!core[b]);
    let mut links = vec![0.0; 3];
    network.links.iter().for_each(|link| links[block(link.source as usize, link.target as usize)] += 1.0);
    let ways = if network.directed { 2.0 } else { 1.0 };
    let possible = [size * (size - 1.0) / 2.0, size * rest, rest * (rest - 1.0) / 2.0].map(|pairs| ways * pairs);
    let density = (0..3).map(|k| ratio(links[k], possible[k])).collect();
    let names = ["core-core", "core-periphery", "periphery-periphery"];
    let table = Table::empty().with_text("block", names.into_iter().map(Some).collect());
    Some(
        table.with_numbers("links", links).with_numbers("possible", possible.to_vec()).with_numbers("density", density),
    )
}

fn method(options: &CoreOptions) -> &'static str {
    match (options.method, options.pattern) {
        (CoreMethod::Continuous, _) => {
            "continuous coreness, minimum residuals (Boyd, Fitzgerald, Mahutga and Smith 2010)"
        }
        (_, Pattern::Full) => "discrete core and periphery, full pattern (Borgatti and Everett 1999)",
        (_, Pattern::Block) => "discrete core and periphery, block pattern (Borgatti and Everett 1999)",
    }
}

fn findings(outcome: &Outcome, _focus: &Focus) -> Vec<Message> {
    let Some(fit) = outcome.number("fit") else { return Vec::new() };
    let mut said = match outcome.number("core_size") {
        Some(size) => {
            let nodes = outcome.table("nodes").map_or(0, Table::rows);
            let message = Message::new("link.core-periphery.core").count("core", size as usize).count("nodes", nodes);
            vec![message.number("fit", fit)]
        }
        None => vec![Message::new("link.core-periphery.coreness").number("fit", fit)],
    };
    let densities = outcome.table("blocks").and_then(|table| table.numbers("density"));
    if let Some([core, between, periphery]) = densities.filter(|all| all.iter().all(|one| one.is_finite())) {
        let message = Message::new("link.core-periphery.blocks").number("core", *core).number("between", *between);
        said.push(message.number("periphery", *periphery));
    }
    if let (Some(p), Some(mean)) = (outcome.number("p_value"), outcome.number("mean")) {
        let draws = outcome.table("draws").map_or(0, Table::rows);
        let message = Message::new("link.core-periphery.test").number("fit", fit).count("draws", draws);
        said.push(message.number("mean", mean).with("p", Arg::P(p)));
    } else {
        said.push(Message::new("link.core-periphery.untested"));
    }
    if let Some(table) = outcome.table("nodes") {
        said.extend(super::words::leaders("link.core-periphery.most", table, "coreness"));
    }
    said
}

fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    let mut figures = Vec::new();
    if outcome.table("blocks").is_some() {
        figures.push(FigureSpec::new(FigureKind::Bars).of_table("blocks").of_value("density").by("block"));
    } else if outcome.number("fit").is_some() {
        figures.push(FigureSpec::new(FigureKind::Bars).of_table("nodes").of_value("coreness").by("id").first(25));
    }
    if let Some(fit) = outcome.number("fit").filter(|_| outcome.table("draws").is_some()) {
        figures.push(FigureSpec::new(FigureKind::Histogram).of_table("draws").of_value("fit").against(fit));
    }
    figures
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Link;

    /// A triangle of core nodes, each with one pendant: 3 of 3 ties in the core, 3 of 9 between, 0 of 3 outside.
    #[test]
    fn the_core_stands_first_and_blocks_have_their_densities() {
        let ends = [(3, 4), (3, 5), (4, 5), (0, 3), (1, 4), (2, 5)];
        let links = ends.map(|(source, target)| Link { source, target, weight: 1.0 }).to_vec();
        let ids = ["a", "b", "c", "x", "y", "z"].map(str::to_owned).to_vec();
        let network = Network { ids, links, ..Network::default() };
        let core: Vec<Option<bool>> = (0..6).map(|v| Some(v > 2)).collect();
        let table = nodes(&network, core.clone(), vec![f64::NAN; 6]);
        let first: Vec<Option<&str>> = table.text("id").unwrap().iter().take(4).collect();
        assert_eq!(first, [Some("x"), Some("y"), Some("z"), Some("a")]);
        let found = blocks(&network, &core).unwrap();
        assert_eq!(found.numbers("density").unwrap(), [1.0, 1.0 / 3.0, 0.0]);
        assert!(blocks(&network, &[None; 6]).is_none());
    }
}
