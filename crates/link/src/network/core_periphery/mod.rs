//! Core and periphery: a discrete partition (Borgatti and Everett 1999) or a continuous coreness (Boyd et al. 2010).

mod continuous;
mod discrete;

use super::draws::Draws;
use super::error::NetworkError;
use super::null::with_links;
use super::options::{INPUTS, NetworkOptions};
use super::read::Network;
use super::rewire::{Swap, rewired};
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
    revision: 1,
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

fn p_value(network: &Network, options: &CoreOptions, observed: f64, context: &Context) -> Result<f64, NetworkError> {
    if options.permutations == 0 || observed.is_nan() {
        return Ok(f64::NAN);
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
    let draws: Vec<f64> = (0..options.permutations).into_par_iter().map(one).collect::<Result<_, _>>()?;
    Ok(Draws::new(observed, &draws).p_greater)
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
    outcome
        .scalar("fit", fit)
        .scalar("core_size", size)
        .scalar("p_value", p_value(&network, &options, fit, context)?)
        .scalar("optima", optima);
    let table =
        Table::empty().with_text("id", network.id_text()).with_flags("core", core).with_numbers("coreness", coreness);
    outcome.add_table("nodes", table);
    Ok(outcome)
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
    if let Some(p) = outcome.number("p_value") {
        said.push(Message::new("link.core-periphery.test").with("p", Arg::P(p)));
    }
    if let Some(table) = outcome.table("nodes") {
        said.extend(super::words::leaders("link.core-periphery.most", table, "coreness"));
    }
    said
}

fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    let continuous = outcome.number("core_size").is_none() && outcome.number("fit").is_some();
    if continuous {
        return vec![FigureSpec::new(FigureKind::Bars).of_table("nodes").of_value("coreness").by("id").first(25)];
    }
    Vec::new()
}
