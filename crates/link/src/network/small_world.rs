//! Small worlds: clustering and path length against random networks and a lattice.

use super::adjacency::Adjacency;
use super::cohesion::{clustering, components};
use super::error::NetworkError;
use super::options::{INPUTS, NetworkOptions};
use super::reach::reach;
use super::read::{Link, Network};
use super::rewire::{Swap, latticed, random_links, rewired};
use crate::words::ratio;
use distretto_core::{
    Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Inputs, Message, OptionValues, Outcome, Progress,
    Silent, Table, TableSpec, Text, option_specs, parse_options,
};
use distretto_numerics::{Key, Stream};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "link",
    name: "small-world",
    about: "Small world: clustering and path length against random networks and a lattice",
    chapter: "link/networks",
    revision: 1,
    inputs: INPUTS,
    options: option_specs::<SmallWorldOptions>,
    plan,
    run,
    findings,
    figures,
};

/// What the network is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reference {
    /// Networks with the same degrees, and lattices of them.
    #[default]
    Degree,
    /// Networks with the same numbers of nodes and links.
    Gnm,
    /// Formulas for large random networks.
    Analytic,
}

/// Which clustering is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClusteringKind {
    /// Mean of the local coefficients.
    #[default]
    Average,
    /// Transitivity.
    Global,
}

/// Options of `link small-world`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SmallWorldOptions {
    /// What every network has.
    #[serde(flatten)]
    pub network: NetworkOptions,
    /// What the network is compared with: `degree` (same degrees), `gnm` (same nodes and links) or `analytic`.
    pub reference: Reference,
    /// `average` (mean of the local coefficients) or `global` (transitivity).
    pub clustering: ClusteringKind,
    /// Networks to compare with.
    pub draws: u32,
}

impl Default for SmallWorldOptions {
    fn default() -> Self {
        Self {
            network: NetworkOptions::default(),
            reference: Reference::default(),
            clustering: ClusteringKind::default(),
            draws: 20,
        }
    }
}

/// Attempted swaps per link, as in `link null`.
const SWAPS: usize = 10;
/// Attempted swaps per link in one of the rounds that make a lattice.
const LATTICE_SWAPS: usize = 20;
/// Rounds after which a lattice is left as it is.
const ROUNDS: usize = 20;
/// Links above which only the first draw makes a lattice: those of a large network differ by a thousandth.
const LARGE: usize = 100_000;
/// Rounds of such a lattice.
const ROUNDS_OF_LARGE: usize = 10;

/// Clustering and path length, of the network and of what it is compared with; NaN where one does not exist.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SmallWorld {
    /// Clustering C.
    pub clustering: f64,
    /// Mean path length ℓ.
    pub path_length: f64,
    /// C of random networks.
    pub random_clustering: f64,
    /// ℓ of random networks.
    pub random_path_length: f64,
    /// C of a lattice.
    pub lattice_clustering: f64,
    /// (C/C_r)/(ℓ/ℓ_r) (Humphries and Gurney 2008).
    pub sigma: f64,
    /// ℓ_r/ℓ − C/C_l (Telesford et al. 2011).
    pub omega: f64,
}

/// Links of the largest component of the undirected network, nodes numbered anew in their order.
fn largest(network: &Network) -> (usize, Vec<Link>) {
    let graph = network.underlying();
    let parts = components(&graph);
    let nodes = parts.largest().map_or_else(Vec::new, |part| parts.nodes(part));
    let mut place = vec![u32::MAX; graph.len()];
    nodes.iter().enumerate().for_each(|(i, &node)| place[node as usize] = i as u32);
    let pairs = nodes.iter().flat_map(|&a| graph.neighbours(a as usize).iter().map(move |&b| (a, b)));
    let once = pairs.filter(|(a, b)| a < b);
    let links = once.map(|(a, b)| Link { source: place[a as usize], target: place[b as usize], weight: 1.0 });
    (nodes.len(), links.collect())
}

fn clustering_of(nodes: usize, links: &[Link], kind: ClusteringKind) -> f64 {
    let found = clustering(&Adjacency::both(nodes, links), false);
    if kind == ClusteringKind::Average { found.average } else { found.transitivity }
}

fn path_length(nodes: usize, links: &[Link], progress: &dyn Progress) -> Result<f64, NetworkError> {
    Ok(reach(&Adjacency::both(nodes, links), progress)?.mean_distance())
}

/// Means of C, ℓ and lattice C over draws.
fn references(
    nodes: usize,
    links: &[Link],
    options: &SmallWorldOptions,
    context: &Context,
) -> Result<[f64; 3], NetworkError> {
    let key = Key::new(context.seed, "link small-world");
    let large = links.len() > LARGE;
    let (lattices, rounds) = if large { (1, ROUNDS_OF_LARGE) } else { (options.draws, ROUNDS) };
    context.progress.begin("draws", u64::from(options.draws));
    let one = |draw: u32| -> Result<[f64; 3], NetworkError> {
        if context.progress.cancelled() {
            return Err(NetworkError::Stopped);
        }
        let mut stream = Stream::new(key, 0, u64::from(draw));
        let random = match options.reference {
            Reference::Gnm => random_links(nodes as u32, links.len(), &mut stream),
            _ => rewired(links, false, SWAPS, Swap::Any, &mut stream),
        };
        let lattice = if options.reference == Reference::Degree && draw < lattices {
            let mut stream = Stream::new(key, 1, u64::from(draw));
            let lattice = latticed(links, nodes as u32, LATTICE_SWAPS, rounds, &mut stream);
            clustering_of(nodes, &lattice, options.clustering)
        } else {
            f64::NAN
        };
        let found = [clustering_of(nodes, &random, options.clustering), path_length(nodes, &random, &Silent)?, lattice];
        context.progress.advance(1);
        Ok(found)
    };
    let found: Vec<[f64; 3]> = (0..options.draws).into_par_iter().map(one).collect::<Result<_, _>>()?;
    let mean = |k: usize, draws: usize| found.iter().take(draws).map(|one| one[k]).sum::<f64>() / draws as f64;
    let lattice = if options.reference == Reference::Degree { mean(2, lattices as usize) } else { f64::NAN };
    Ok([mean(0, found.len()), mean(1, found.len()), lattice])
}

/// Small-world numbers of a connected network of so many nodes.
fn small_world(
    nodes: usize,
    links: &[Link],
    options: &SmallWorldOptions,
    context: &Context,
) -> Result<SmallWorld, NetworkError> {
    let n = nodes as f64;
    let k = ratio(2.0 * links.len() as f64, n);
    let lattice = if k > 2.0 { 3.0 * (k - 2.0) / (4.0 * (k - 1.0)) } else { f64::NAN };
    let (c, length) = (clustering_of(nodes, links, options.clustering), path_length(nodes, links, context.progress)?);
    let [random_clustering, random_path_length, lattice_clustering] = match options.reference {
        Reference::Analytic if k > 2.0 => [k / n, n.ln() / k.ln(), lattice],
        Reference::Analytic => [f64::NAN; 3],
        _ if links.is_empty() => [f64::NAN; 3],
        Reference::Gnm => {
            let [c, length, _] = references(nodes, links, options, context)?;
            [c, length, lattice]
        }
        Reference::Degree => references(nodes, links, options, context)?,
    };
    Ok(SmallWorld {
        clustering: c,
        path_length: length,
        random_clustering,
        random_path_length,
        lattice_clustering,
        sigma: ratio(ratio(c, random_clustering), ratio(length, random_path_length)),
        omega: ratio(random_path_length, length) - ratio(c, lattice_clustering),
    })
}

fn plan(values: &OptionValues, given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: SmallWorldOptions = parse_options(values)?;
    Ok(options.network.plan(given, &[]))
}

fn run(inputs: &Inputs, values: &OptionValues, context: &Context) -> Result<Outcome, Fault> {
    let options: SmallWorldOptions = parse_options(values)?;
    if options.draws == 0 {
        return Err(Fault::option("option `draws`: at least one draw is needed"));
    }
    let network = Network::of(inputs, &options.network)?;
    let (nodes, links) = largest(&network);
    let found = small_world(nodes, &links, &options, context)?;
    let mut outcome = Outcome::new("link small-world", method(options.reference));
    outcome.convention("scope", "largest component, undirected, unweighted");
    outcome.warnings.clone_from(&network.warnings);
    if options.network.weighted {
        outcome.warn(Message::new("link.links.weights-idle"));
    }
    if nodes < network.len() {
        outcome.warn(Message::new("link.small-world.part").count("nodes", nodes).count("all", network.len()));
    }
    if found.sigma.is_nan() || found.omega.is_nan() {
        outcome.warn(Message::new("link.small-world.nothing"));
    }
    if found.clustering > found.lattice_clustering {
        outcome.warn(Message::new("link.small-world.beyond"));
    }
    let draws = if options.reference == Reference::Analytic { f64::NAN } else { f64::from(options.draws) };
    outcome
        .scalar("clustering", found.clustering)
        .scalar("path_length", found.path_length)
        .scalar("random_clustering", found.random_clustering)
        .scalar("random_path_length", found.random_path_length)
        .scalar("lattice_clustering", found.lattice_clustering)
        .scalar("sigma", found.sigma)
        .scalar("omega", found.omega)
        .scalar("nodes", nodes as f64)
        .scalar("draws", draws);
    let name: Text = ["observed", "random", "lattice"].into_iter().map(Some).collect();
    let table = Table::empty()
        .with_text("reference", name)
        .with_numbers("clustering", vec![found.clustering, found.random_clustering, found.lattice_clustering])
        .with_numbers("path_length", vec![found.path_length, found.random_path_length, f64::NAN]);
    outcome.add_table("references", table);
    Ok(outcome)
}

fn method(reference: Reference) -> &'static str {
    match reference {
        Reference::Degree => {
            "σ (Humphries and Gurney 2008), ω (Telesford et al. 2011); references with the same degrees (Maslov and Sneppen 2002; Sporns and Zwi 2004)"
        }
        Reference::Gnm => "σ and ω against random networks of the same size, lattice by formula",
        Reference::Analytic => "σ and ω against the formulas C = k/n, ℓ = ln n/ln k, C = 3(k−2)/(4(k−1))",
    }
}

fn findings(outcome: &Outcome, _focus: &Focus) -> Vec<Message> {
    let number = |name: &str| outcome.number(name);
    let mut said = Vec::new();
    if let (Some(c), Some(random)) = (number("clustering"), number("random_clustering")) {
        said.push(Message::new("link.small-world.clustering").number("value", c).number("random", random));
    }
    if let (Some(length), Some(random)) = (number("path_length"), number("random_path_length")) {
        said.push(Message::new("link.small-world.length").number("value", length).number("random", random));
    }
    if let (Some(sigma), Some(omega)) = (number("sigma"), number("omega")) {
        // Clustering beyond that of the lattice puts ω outside of what its reading rests on.
        let beyond = number("clustering") > number("lattice_clustering");
        let key = if beyond { "link.small-world.sigma" } else { "link.small-world.indices" };
        said.push(Message::new(key).number("sigma", sigma).number("omega", omega));
    }
    said
}

fn figures(_outcome: &Outcome) -> Vec<FigureSpec> {
    let bars = |value: &str| FigureSpec::new(FigureKind::Bars).of_table("references").of_value(value).by("reference");
    vec![bars("clustering"), bars("path_length")]
}
