//! Positions of nodes: degree, strength, betweenness, closeness, harmonic, eigenvector, PageRank, core.

use super::adjacency::Adjacency;
use super::betweenness::{Paths, Sources, betweenness};
use super::cohesion::cores;
use super::error::NetworkError;
use super::options::{INPUTS, NetworkOptions, PathOptions};
use super::reach::{Reach, reach};
use super::read::Network;
use super::shape::Length;
use super::spectrum::{NoVector, directed_vector, pagerank, symmetric_vector};
use super::words::{leaders, node_rank};
use crate::words::ratio;
use distretto_core::{
    Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Inputs, Message, OptionValues, Outcome, Progress,
    Table, TableSpec, option_specs, parse_options,
};
use distretto_numerics::{IndexScratch, Key, Stream, sample_without_replacement};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "link",
    name: "centrality",
    about: "Positions of nodes: degree, strength, betweenness, closeness, eigenvector, PageRank, core",
    chapter: "link/networks",
    revision: 2,
    inputs: INPUTS,
    options: option_specs::<CentralityOptions>,
    plan,
    run,
    findings,
    figures,
};

/// Confidence of the bound on the error of a sample.
const CONFIDENCE: f64 = 0.95;

/// Which distances closeness takes in a directed network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Closeness {
    /// From the node to others.
    #[default]
    Out,
    /// From others to the node.
    In,
}

/// Options of `link centrality`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CentralityOptions {
    /// What every network has.
    #[serde(flatten)]
    pub network: NetworkOptions,
    /// How long a link is.
    #[serde(flatten)]
    pub paths: PathOptions,
    /// Distances of closeness and harmonic in a directed network: `out` (from the node) or `in` (to the node).
    pub closeness: Closeness,
    /// Betweenness from so many random sources, scaled up, with its standard error; left out, from all.
    pub sample: Option<u32>,
}

/// Positions of all nodes; NaN where a number does not exist.
#[derive(Debug, Clone, PartialEq)]
pub struct Centralities {
    /// Links in and out: numbers of them and sums of weights.
    pub degrees: Degrees,
    /// Betweenness, undirected pairs once.
    pub betweenness: Vec<f64>,
    /// Its standard error, when sources are a sample.
    pub betweenness_se: Option<Vec<f64>>,
    /// Betweenness over the pairs of others.
    pub betweenness_normalised: Vec<f64>,
    /// ((k−1)/Σd)·((k−1)/(n−1)) with k nodes reached.
    pub closeness: Vec<f64>,
    /// Σ 1/d.
    pub harmonic: Vec<f64>,
    /// Eigenvector, or why there is none.
    pub eigenvector: Result<Vec<f64>, NoVector>,
    /// PageRank.
    pub pagerank: Vec<f64>,
    /// Core number.
    pub core: Vec<f64>,
}

/// Degree and strength, in and out.
#[derive(Debug, Clone, PartialEq)]
pub struct Degrees {
    /// Links in and out; undirected each once.
    pub degree: Vec<f64>,
    /// Links that arrive.
    pub incoming: Vec<f64>,
    /// Links that leave.
    pub outgoing: Vec<f64>,
    /// Weights of the links in and out.
    pub strength: Vec<f64>,
    /// Weights of the links that arrive.
    pub strength_in: Vec<f64>,
    /// Weights of the links that leave.
    pub strength_out: Vec<f64>,
}

/// Degrees and strengths of all nodes.
#[must_use]
pub fn degrees(directed: bool, outgoing: &Adjacency, incoming: &Adjacency) -> Degrees {
    let n = outgoing.len();
    let count = |graph: &Adjacency| (0..n).map(|v| graph.degree(v) as f64).collect::<Vec<_>>();
    let weight = |graph: &Adjacency| (0..n).map(|v| graph.strength(v)).collect::<Vec<_>>();
    let both = |a: &[f64], b: &[f64]| -> Vec<f64> {
        if directed { a.iter().zip(b).map(|(a, b)| a + b).collect() } else { a.to_vec() }
    };
    let (out, back, strong_out, strong_in) = (count(outgoing), count(incoming), weight(outgoing), weight(incoming));
    Degrees {
        degree: both(&out, &back),
        strength: both(&strong_out, &strong_in),
        incoming: back,
        outgoing: out,
        strength_in: strong_in,
        strength_out: strong_out,
    }
}

/// Positions of all nodes of a network.
///
/// # Errors
/// A sample of no source; when the user stops.
///
/// # Complexity
/// O(n (n + m)) for betweenness, O(n + m) memory for each of at most 16 blocks of sources.
pub fn centralities(
    network: &Network,
    options: &CentralityOptions,
    seed: u64,
    progress: &dyn Progress,
) -> Result<Centralities, NetworkError> {
    let n = network.len();
    if options.sample == Some(0) {
        return Err(NetworkError::Option { option: "sample", message: "at least one source is needed".into() });
    }
    let pivots = options.sample.filter(|&k| (k as usize) < n).map(|k| pivots(seed, n as u32, k));
    let (outgoing, incoming) = (network.outgoing(), network.incoming());
    let length = Length::of(&options.network, options.paths.distance);
    let ahead = length.graph(outgoing.clone());
    let paths = Paths { graph: &ahead, lengths: length.is_weighted(), symmetric: !network.directed };
    let sources = pivots.as_deref().map_or(Sources::All, Sources::Sample);
    let walks = betweenness(paths, sources, progress)?;
    let inward = network.directed && options.closeness == Closeness::In;
    let reach = match (length.is_weighted(), inward) {
        (true, true) => {
            let back = length.graph(incoming.clone());
            betweenness(Paths { graph: &back, ..paths }, Sources::None, progress)?.reach
        }
        (false, true) => reach(&outgoing, progress)?,
        (false, false) if pivots.is_some() => reach(&incoming, progress)?,
        _ => walks.reach,
    };
    let half = if network.directed { 1.0 } else { 0.5 };
    let scaled = |values: Vec<f64>| values.into_iter().map(|value| half * value).collect::<Vec<_>>();
    let betweenness = scaled(walks.betweenness);
    let pairs = (n as f64 - 1.0) * (n as f64 - 2.0) * half;
    let unweighted = |graph: Adjacency| if options.network.weighted { graph } else { graph.map_weights(|_| 1.0) };
    let (outgoing_used, incoming_used) = (unweighted(outgoing.clone()), unweighted(incoming.clone()));
    let eigenvector = if network.directed {
        directed_vector(&outgoing_used, &incoming_used)
    } else {
        symmetric_vector(&outgoing_used)
    };
    let under = network.underlying();
    Ok(Centralities {
        degrees: degrees(network.directed, &outgoing, &incoming),
        betweenness_normalised: betweenness.iter().map(|b| ratio(*b, pairs.max(0.0))).collect(),
        betweenness,
        betweenness_se: options.sample.map(|_| walks.error.map_or_else(|| vec![0.0; n], scaled)),
        closeness: closeness(&reach),
        harmonic: reach.inverse,
        eigenvector,
        pagerank: pagerank(&outgoing_used, &incoming_used).unwrap_or_else(|| vec![f64::NAN; n]),
        core: cores(&under).into_iter().map(|core| core as f64).collect(),
    })
}

fn pivots(seed: u64, n: u32, k: u32) -> Vec<u32> {
    let mut stream = Stream::new(Key::new(seed, "link centrality sample"), 0, 0);
    sample_without_replacement(&mut stream, n, k, &mut IndexScratch::new()).to_vec()
}

/// Closeness by the nodes that are reached; 0 for who reaches nobody.
fn closeness(reach: &Reach) -> Vec<f64> {
    let others = reach.nodes.len() as f64 - 1.0;
    let of = |(nodes, distance): (&f64, &f64)| if *nodes > 0.0 { nodes / distance * (nodes / others) } else { 0.0 };
    reach.nodes.iter().zip(&reach.distance).map(of).collect()
}

/// What no node's betweenness errs by more than, with 95 % confidence for all nodes at once: a source depends on a node
/// by 0 to n − 2 (Hoeffding 1963, which holds without replacement too).
fn bound(n: f64, sources: f64, directed: bool) -> f64 {
    if sources >= n {
        return 0.0;
    }
    let mean = (n - 2.0).max(0.0) * ((2.0 * n / (1.0 - CONFIDENCE)).ln() / (2.0 * sources)).sqrt();
    n * mean * if directed { 1.0 } else { 0.5 }
}

fn plan(values: &OptionValues, given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: CentralityOptions = parse_options(values)?;
    Ok(options.network.plan(given, &[]))
}

fn run(inputs: &Inputs, values: &OptionValues, context: &Context) -> Result<Outcome, Fault> {
    let options: CentralityOptions = parse_options(values)?;
    let network = Network::of(inputs, &options.network)?;
    let found = centralities(&network, &options, context.seed, context.progress)?;
    let mut outcome = Outcome::new(
        "link centrality",
        "degree, betweenness (Brandes 2001), closeness, eigenvector, PageRank (Brin and Page 1998), core (Seidman 1983)",
    );
    outcome.convention("betweenness", "undirected pairs once, not normalised");
    match Length::of(&options.network, options.paths.distance) {
        Length::Link => {}
        Length::Inverse => drop(outcome.convention("path_length", "a link is 1/weight long")),
        Length::Cost => drop(outcome.convention("path_length", "a link is as long as its weight")),
    }
    outcome.convention("closeness_direction", if options.closeness == Closeness::In { "in" } else { "out" });
    outcome.warnings.clone_from(&network.warnings);
    outcome.scalar("nodes", network.len() as f64).scalar("links", network.links.len() as f64);
    if let Err(why) = found.eigenvector {
        outcome.warn(Message::new(match why {
            NoVector::Nilpotent => "link.centrality.no-cycle",
            NoVector::Tie => "link.centrality.tie",
            NoVector::NotConverged => "link.centrality.not-converged",
        }));
    }
    let components = super::cohesion::components(&network.underlying()).size.len();
    if components > 1 && !network.links.is_empty() {
        outcome.warn(Message::new("link.centrality.pieces").count("components", components));
    }
    if network.len() < 3 {
        outcome.warn(Message::new("link.centrality.few").count("nodes", network.len()));
    }
    if let Some(k) = options.sample {
        outcome.scalar("betweenness_bound", bound(network.len() as f64, f64::from(k), network.directed));
        outcome.warn(Message::new("link.centrality.sampled").count("sources", (k as usize).min(network.len())));
    }
    outcome.add_table("nodes", nodes_table(&network, found));
    Ok(outcome)
}

fn nodes_table(network: &Network, found: Centralities) -> Table {
    let n = network.len();
    let Degrees { degree, incoming, outgoing, strength, strength_in, strength_out } = found.degrees;
    let mut table = network
        .node_table()
        .with_numbers("degree", degree)
        .with_numbers("in_degree", incoming)
        .with_numbers("out_degree", outgoing)
        .with_numbers("strength", strength)
        .with_numbers("in_strength", strength_in)
        .with_numbers("out_strength", strength_out)
        .with_numbers("betweenness", found.betweenness);
    if let Some(error) = found.betweenness_se {
        table = table.with_numbers("betweenness_se", error);
    }
    table
        .with_numbers("betweenness_normalised", found.betweenness_normalised)
        .with_numbers("closeness", found.closeness)
        .with_numbers("harmonic", found.harmonic)
        .with_numbers("eigenvector", found.eigenvector.unwrap_or_else(|_| vec![f64::NAN; n]))
        .with_numbers("pagerank", found.pagerank)
        .with_numbers("core", found.core)
}

fn findings(outcome: &Outcome, focus: &Focus) -> Vec<Message> {
    let Some(table) = outcome.table("nodes") else { return Vec::new() };
    let mut said = Vec::new();
    said.extend(leaders("link.centrality.betweenness", table, "betweenness"));
    if let Some(error) = table.numbers("betweenness_se") {
        let most = error.iter().copied().fold(0.0, f64::max);
        let message = Message::new("link.centrality.error").number("error", most);
        let message = message.with("confidence", distretto_core::Arg::Share(CONFIDENCE));
        said.push(message.number("bound", outcome.number("betweenness_bound").unwrap_or(f64::NAN)));
    }
    let strong = !crate::words::convention(outcome, "path_length").is_empty();
    said.extend(leaders("link.centrality.degree", table, "degree"));
    if strong {
        said.extend(leaders("link.centrality.strength", table, "strength"));
    }
    said.extend(leaders("link.centrality.eigenvector", table, "eigenvector"));
    said.extend(node_rank("link.centrality.of-focus", table, "betweenness", focus));
    said
}

fn figures(_outcome: &Outcome) -> Vec<FigureSpec> {
    let bars = FigureSpec::new(FigureKind::Bars).of_table("nodes").of_value("betweenness").by("id").first(20);
    let mut scatter = FigureSpec::new(FigureKind::Scatter).of_table("nodes").by("id").of_value("betweenness");
    (scatter.x, scatter.y) = (Some("degree".into()), Some("betweenness".into()));
    vec![bars, scatter.on_log_axes()]
}
