//! Communities of a network by modularity.

use super::error::NetworkError;
use super::options::{INPUTS, NetworkOptions};
use super::read::Network;
use crate::communities::{Search, WeightedGraph, communities as search, numbered};
use crate::words::ratio;
use distretto_core::{
    ColumnKind, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Inputs, Message, OptionValues, Outcome,
    Table, TableSpec, option_specs, parse_options,
};
use rustc_hash::FxHashMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "link",
    name: "communities",
    about: "Communities of a network by modularity, found or given, and how far nodes reach beyond their own",
    chapter: "link/networks",
    revision: 1,
    inputs: INPUTS,
    options: option_specs::<CommunitiesOptions>,
    plan,
    run,
    findings,
    figures,
};

/// How communities are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CommunityMethod {
    /// Leiden (Traag, Waltman and van Eck 2019).
    #[default]
    Leiden,
    /// Louvain (Blondel et al. 2008).
    Louvain,
    /// Merging the pair of the largest gain (Clauset, Newman and Moore 2004).
    Greedy,
}

/// How the search for communities runs; flattened into the options of estimands that search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SearchOptions {
    /// `leiden`, `louvain` or `greedy`.
    pub method: CommunityMethod,
    /// Resolution γ of the modularity: larger values give smaller communities.
    pub resolution: f64,
    /// Restarts of the search, of which the best counts.
    pub restarts: usize,
}

impl Default for SearchOptions {
    fn default() -> Self {
        Self { method: CommunityMethod::default(), resolution: 1.0, restarts: 10 }
    }
}

impl SearchOptions {
    /// Checks the numbers.
    ///
    /// # Errors
    /// A resolution that is not above 0.
    pub fn validate(&self) -> Result<(), NetworkError> {
        if self.resolution > 0.0 && self.resolution.is_finite() {
            return Ok(());
        }
        Err(NetworkError::Option { option: "resolution", message: "it must be above 0".into() })
    }
}

/// Options of `link communities`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CommunitiesOptions {
    /// What every network has.
    #[serde(flatten)]
    pub network: NetworkOptions,
    /// How the search runs.
    #[serde(flatten)]
    pub search: SearchOptions,
    /// Column of the table of nodes with given groups, which are scored and not searched for.
    pub partition: Option<String>,
}

/// Links with the weight that counts.
fn weighted(network: &Network, weighted: bool) -> Vec<(usize, usize, f64)> {
    let one = |weight: f64| if weighted { weight } else { 1.0 };
    network.links.iter().map(|link| (link.source as usize, link.target as usize, one(link.weight))).collect()
}

/// Modularity of a partition. Undirected: Σ_c [w_c/m − γ (S_c/2m)²]; directed: Σ_c [w_c/m − γ S_out S_in/m²]
/// (Leicht and Newman 2008). NaN without links.
#[must_use]
pub fn modularity(network: &Network, community: &[usize], with_weights: bool, resolution: f64) -> f64 {
    let links = weighted(network, with_weights);
    let graph = if network.directed { WeightedGraph::directed } else { WeightedGraph::new };
    graph(network.len(), &links).modularity(community, resolution)
}

/// Communities of a network, numbered from 0 by size, then by first node; every node its own without links.
///
/// # Errors
/// A resolution that is not above 0.
pub fn find(
    network: &Network,
    options: &SearchOptions,
    with_weights: bool,
    seed: u64,
) -> Result<Vec<usize>, NetworkError> {
    options.validate()?;
    let links = weighted(network, with_weights);
    let graph = if network.directed { WeightedGraph::directed } else { WeightedGraph::new }(network.len(), &links);
    let found = |by: Search| search(&graph, by, options.resolution, options.restarts, seed);
    Ok(match options.method {
        CommunityMethod::Leiden => found(Search::Leiden),
        CommunityMethod::Louvain => found(Search::Louvain),
        CommunityMethod::Greedy if network.directed => found(Search::Ordered),
        CommunityMethod::Greedy => numbered(&super::greedy::merge(network.len(), &links, options.resolution)),
    })
}

/// 1 − Σ_c (k_ic/k_i)² over the links of a node into every community (Guimerà and Amaral 2005); NaN for an isolate.
#[must_use]
pub fn participation(network: &Network, community: &[usize], with_weights: bool) -> Vec<f64> {
    let mut into: Vec<FxHashMap<usize, f64>> = vec![FxHashMap::default(); network.len()];
    let mut total = vec![0.0; network.len()];
    for (a, b, weight) in weighted(network, with_weights) {
        for (node, other) in [(a, b), (b, a)] {
            *into[node].entry(community[other]).or_default() += weight;
            total[node] += weight;
        }
    }
    let of = |(into, total): (FxHashMap<usize, f64>, f64)| {
        // The order within a map is no order: squares are added by community.
        let mut parts: Vec<(usize, f64)> = into.into_iter().collect();
        parts.sort_unstable_by_key(|part| part.0);
        if total > 0.0 { 1.0 - parts.iter().map(|(_, k)| (k / total).powi(2)).sum::<f64>() } else { f64::NAN }
    };
    into.into_iter().zip(total).map(of).collect()
}

fn plan(values: &OptionValues, given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: CommunitiesOptions = parse_options(values)?;
    let more: Vec<(&str, ColumnKind)> =
        options.partition.iter().map(|name| (name.as_str(), ColumnKind::Word)).collect();
    Ok(options.network.plan(given, &more))
}

/// The groups of a column of the nodes, numbered by size.
fn given_partition(inputs: &Inputs, network: &Network, column: &str) -> Result<Vec<usize>, Fault> {
    let missing = || NetworkError::NoGroups { column: column.to_owned() };
    let nodes = inputs.table("nodes").ok_or_else(missing)?;
    let text = nodes.text(column).ok_or_else(|| Fault::from(missing()).in_table(nodes))?;
    let code = |row: usize| match text.code(row) {
        Some(code) => Ok(code as usize),
        None => {
            let error = NetworkError::EmptyGroup { id: network.ids[row].clone(), column: column.to_owned() };
            Err(Fault::from(error).at(nodes, row, column))
        }
    };
    Ok(numbered(&(0..network.len()).map(code).collect::<Result<Vec<_>, _>>()?))
}

fn run(inputs: &Inputs, values: &OptionValues, context: &Context) -> Result<Outcome, Fault> {
    let options: CommunitiesOptions = parse_options(values)?;
    options.search.validate()?;
    let network = Network::of(inputs, &options.network)?;
    let with_weights = options.network.weighted;
    let community = match &options.partition {
        Some(column) => given_partition(inputs, &network, column)?,
        None => find(&network, &options.search, with_weights, context.seed)?,
    };
    let mut outcome = Outcome::new("link communities", method(&options));
    outcome
        .convention("modularity", if network.directed { "Leicht and Newman 2008" } else { "Newman and Girvan 2004" });
    outcome.warnings.clone_from(&network.warnings);
    if network.links.is_empty() {
        outcome.warn(Message::new("link.communities.no-links"));
    }
    let count = community.iter().max().map_or(0, |&most| most + 1);
    outcome.scalar("communities", count as f64);
    outcome.scalar("modularity", modularity(&network, &community, with_weights, options.search.resolution));
    let nodes = Table::empty()
        .with_text("id", network.id_text())
        .with_numbers("community", community.iter().map(|&c| (c + 1) as f64).collect())
        .with_numbers("participation", participation(&network, &community, with_weights));
    outcome.add_table("nodes", nodes).add_table("communities", table(&network, &community, count, with_weights));
    Ok(outcome)
}

fn method(options: &CommunitiesOptions) -> &'static str {
    if options.partition.is_some() {
        return "modularity of given groups (Newman and Girvan 2004)";
    }
    match options.search.method {
        CommunityMethod::Leiden => "communities by modularity, Leiden (Traag, Waltman and van Eck 2019)",
        CommunityMethod::Louvain => "communities by modularity, Louvain (Blondel et al. 2008)",
        CommunityMethod::Greedy => "communities by modularity, greedy merging (Clauset, Newman and Moore 2004)",
    }
}

/// Links (or weight) inside every community, and with one end inside.
fn table(network: &Network, community: &[usize], count: usize, with_weights: bool) -> Table {
    let (mut nodes, mut internal, mut external) = (vec![0.0; count], vec![0.0; count], vec![0.0; count]);
    community.iter().for_each(|&c| nodes[c] += 1.0);
    for (a, b, weight) in weighted(network, with_weights) {
        let (a, b) = (community[a], community[b]);
        if a == b {
            internal[a] += weight;
        } else {
            external[a] += weight;
            external[b] += weight;
        }
    }
    Table::empty()
        .with_numbers("community", (1..=count).map(|c| c as f64).collect())
        .with_numbers("nodes", nodes)
        .with_numbers("internal", internal)
        .with_numbers("external", external)
}

fn findings(outcome: &Outcome, _focus: &Focus) -> Vec<Message> {
    let count = outcome.number("communities").unwrap_or_default() as usize;
    let Some(modularity) = outcome.number("modularity") else { return Vec::new() };
    let mut said = vec![Message::new("link.communities.found").count("count", count).number("modularity", modularity)];
    let largest = outcome.table("communities").and_then(|table| {
        let cell = |column: &str| table.numbers(column).and_then(|cells| cells.first().copied());
        Some((cell("nodes")?, cell("internal")?, cell("external")?))
    });
    if let Some((nodes, internal, external)) = largest {
        let share = ratio(internal, internal + external);
        let message = Message::new("link.communities.largest").count("nodes", nodes as usize);
        said.push(message.with("share", distretto_core::Arg::Share(share)));
    }
    if let Some(table) = outcome.table("nodes") {
        said.extend(super::words::leaders("link.communities.bridges", table, "participation"));
    }
    said
}

fn figures(_outcome: &Outcome) -> Vec<FigureSpec> {
    let parts = FigureSpec::new(FigureKind::Bars).of_table("communities").of_value("nodes").first(20);
    vec![parts, FigureSpec::new(FigureKind::Histogram).of_table("nodes").of_value("participation")]
}
