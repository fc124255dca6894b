//! The network as a whole: size, cohesion, distances, centralisation, kinds and layers.

use super::betweenness::{Paths, Sources, betweenness};
use super::cohesion::clustering;
use super::drawing;
use super::error::NetworkError;
use super::options::{INPUTS, NetworkOptions, PathOptions};
use super::read::Network;
use super::shape::{
    Length, Parts, betweenness_centralisation, degree_centralisation, density, diameter, parts, reached, reciprocity,
};
use crate::words::ratio;
use distretto_core::{
    Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Inputs, Message, OptionValues, Outcome, Progress,
    Table, TableSpec, Text, option_specs, parse_options,
};
use rustc_hash::FxHashSet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "link",
    name: "network",
    about: "A network as a whole: density, components, clustering, path length, centralisation, kinds, layers",
    chapter: "link/networks",
    revision: 1,
    inputs: INPUTS,
    options: option_specs::<ProfileOptions>,
    plan,
    run,
    findings,
    figures,
};

/// Options of `link network`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ProfileOptions {
    /// What every network has.
    #[serde(flatten)]
    pub network: NetworkOptions,
    /// How long a link is.
    #[serde(flatten)]
    pub paths: PathOptions,
    /// Nodes with fewer than two ties are left out of the average clustering, else they count 0.
    pub skip_low: bool,
}

/// The numbers of `link network`; NaN where one does not exist.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// Links over possible links.
    pub density: f64,
    /// Share of links that are returned; NaN without direction.
    pub reciprocity: f64,
    /// Components of the undirected network.
    pub parts: Parts,
    /// 2m/n.
    pub average_degree: f64,
    /// 3 triangles / paths of length two.
    pub transitivity: f64,
    /// Mean local clustering.
    pub average_clustering: f64,
    /// Mean distance over reachable ordered pairs.
    pub average_path_length: f64,
    /// Largest distance in links within the largest component.
    pub diameter: f64,
    /// Degree centralisation.
    pub degree_centralisation: f64,
    /// Betweenness centralisation.
    pub betweenness_centralisation: f64,
}

/// The numbers that describe a network as a whole.
///
/// # Errors
/// When the user stops.
///
/// # Complexity
/// That of betweenness: O(n (n + m)).
pub fn profile(network: &Network, options: &ProfileOptions, progress: &dyn Progress) -> Result<Profile, NetworkError> {
    let (n, m) = (network.len() as f64, network.links.len() as f64);
    let graph = network.underlying();
    let length = Length::of(&options.network, options.paths.distance);
    let parts = parts(&graph);
    let clustering = clustering(&graph, options.skip_low);
    let lengths = length.graph(graph.clone());
    let paths = Paths { graph: &lengths, lengths: length.is_weighted(), symmetric: true };
    let walks = betweenness(paths, Sources::All, progress)?;
    let average_path_length = if network.directed {
        reached(network, length, progress)?.mean_distance()
    } else {
        walks.reach.mean_distance()
    };
    let in_links = if length.is_weighted() { super::reach::reach(&graph, progress)? } else { walks.reach.clone() };
    Ok(Profile {
        density: density(network),
        reciprocity: reciprocity(network),
        average_degree: ratio(2.0 * m, n),
        transitivity: clustering.transitivity,
        average_clustering: clustering.average,
        average_path_length,
        diameter: diameter(&parts.components, &in_links),
        degree_centralisation: degree_centralisation(&graph),
        betweenness_centralisation: betweenness_centralisation(&walks.betweenness),
        parts,
    })
}

fn plan(values: &OptionValues, given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: ProfileOptions = parse_options(values)?;
    Ok(options.network.plan(given, &[]))
}

fn run(inputs: &Inputs, values: &OptionValues, context: &Context) -> Result<Outcome, Fault> {
    let options: ProfileOptions = parse_options(values)?;
    let network = Network::of(inputs, &options.network)?;
    let found = profile(&network, &options, context.progress)?;
    let mut outcome =
        Outcome::new("link network", "cohesion, distances and centralisation (Freeman 1979; Watts and Strogatz 1998)");
    outcome.convention("low_degree_clustering", if options.skip_low { "left out" } else { "0" });
    let of = match Length::of(&options.network, options.paths.distance) {
        Length::Link => "over reachable ordered pairs, in links",
        Length::Inverse => "over reachable ordered pairs, a link is 1/weight long",
        Length::Cost => "over reachable ordered pairs, a link is as long as its weight",
    };
    outcome.convention("path_length", of);
    outcome.warnings.clone_from(&network.warnings);
    outcome
        .scalar("nodes", network.len() as f64)
        .scalar("links", network.links.len() as f64)
        .scalar("density", found.density)
        .scalar("reciprocity", found.reciprocity)
        .scalar("components", found.parts.components.size.len() as f64)
        .scalar("largest_component_share", found.parts.largest_share)
        .scalar("isolates", found.parts.isolates as f64)
        .scalar("average_degree", found.average_degree)
        .scalar("transitivity", found.transitivity)
        .scalar("average_clustering", found.average_clustering)
        .scalar("average_path_length", found.average_path_length)
        .scalar("diameter", found.diameter)
        .scalar("degree_centralisation", found.degree_centralisation)
        .scalar("betweenness_centralisation", found.betweenness_centralisation);
    warn(&mut outcome, &network, &found);
    if let Some(kinds) = &network.groups {
        outcome.add_table("kinds", kinds_table(kinds));
        outcome.add_table("blocks", blocks_table(&network, kinds));
    }
    if !network.layers.is_empty() {
        let (layers, overlaps) = layers(&network);
        outcome.add_table("layers", layers).add_table("layer_overlap", overlaps);
    }
    outcome.add_table("degrees", degrees_table(&network));
    if !network.links.is_empty() {
        let (nodes, links) = drawing::tables(&network, context.seed);
        outcome.add_table("drawn_nodes", nodes).add_table("drawn_links", links);
    }
    Ok(outcome)
}

fn warn(outcome: &mut Outcome, network: &Network, found: &Profile) {
    if network.links.is_empty() {
        outcome.warn(Message::new("link.network.no-links"));
    } else if found.transitivity.is_nan() {
        outcome.warn(Message::new("link.network.no-paths"));
    }
    let components = found.parts.components.size.len();
    if components > 1 && !network.links.is_empty() {
        outcome.warn(Message::new("link.network.pieces").count("components", components));
    }
    if network.len() < 3 {
        outcome.warn(Message::new("link.network.few").count("nodes", network.len()));
    }
    if let Some(kinds) = &network.groups {
        let without = kinds.iter().filter(Option::is_none).count();
        if without > 0 {
            outcome.warn(Message::new("link.network.no-kind").count("count", without));
        }
    }
}

fn kinds_table(kinds: &Text) -> Table {
    let count = |code: usize| (0..kinds.len()).filter(|&v| kinds.code(v) == Some(code as u32)).count() as f64;
    let nodes: Vec<f64> = (0..kinds.labels().len()).map(count).collect();
    let share = nodes.iter().map(|count| count / kinds.len() as f64).collect();
    Table::empty()
        .with_text("kind", crate::words::text(kinds.labels()))
        .with_numbers("nodes", nodes)
        .with_numbers("share", share)
}

/// Links within and between kinds; without direction each pair of kinds once.
fn blocks_table(network: &Network, kinds: &Text) -> Table {
    let k = kinds.labels().len();
    let mut size = vec![0.0; k];
    (0..kinds.len()).filter_map(|v| kinds.code(v)).for_each(|code| size[code as usize] += 1.0);
    let mut links = vec![0.0; k * k];
    for link in &network.links {
        let (Some(a), Some(b)) = (kinds.code(link.source as usize), kinds.code(link.target as usize)) else { continue };
        let (a, b) = if network.directed { (a, b) } else { (a.min(b), a.max(b)) };
        links[a as usize * k + b as usize] += 1.0;
    }
    let pairs = (0..k).flat_map(|a| (if network.directed { 0 } else { a }..k).map(move |b| (a, b)));
    let cells: Vec<(usize, usize)> = pairs.collect();
    let possible = |&(a, b): &(usize, usize)| match (a == b, network.directed) {
        (true, true) => size[a] * (size[a] - 1.0),
        (true, false) => size[a] * (size[a] - 1.0) / 2.0,
        (false, _) => size[a] * size[b],
    };
    let possible: Vec<f64> = cells.iter().map(possible).collect();
    let links: Vec<f64> = cells.iter().map(|&(a, b)| links[a * k + b]).collect();
    let label = |of: fn(&(usize, usize)) -> usize| {
        Text::from_codes(cells.iter().map(|cell| Some(of(cell) as u32)).collect(), kinds.labels().to_vec())
    };
    let density = links.iter().zip(&possible).map(|(links, possible)| ratio(*links, *possible)).collect();
    Table::empty()
        .with_text("from", label(|cell| cell.0))
        .with_text("to", label(|cell| cell.1))
        .with_numbers("links", links)
        .with_numbers("possible", possible)
        .with_numbers("density", density)
}

/// Links of every layer, and how much the layers have in common (Jaccard).
fn layers(network: &Network) -> (Table, Table) {
    let k = network.layers.len();
    let mut sets: Vec<FxHashSet<(u32, u32)>> = vec![FxHashSet::default(); k];
    for row in &network.rows {
        if let Some(layer) = row.layer {
            sets[layer as usize].insert((row.source, row.target));
        }
    }
    let overlap = |a: usize, b: usize| {
        let common = sets[a].intersection(&sets[b]).count() as f64;
        ratio(common, (sets[a].len() + sets[b].len()) as f64 - common)
    };
    let kept: Vec<usize> = (0..k).filter(|&a| network.rows.iter().any(|row| row.layer == Some(a as u32))).collect();
    let pairs: Vec<(usize, usize)> =
        kept.iter().flat_map(|&a| kept.iter().filter(move |&&b| a < b).map(move |&b| (a, b))).collect();
    let between: Vec<f64> = pairs.iter().map(|&(a, b)| overlap(a, b)).collect();
    let mean = |a: usize| {
        let own = pairs.iter().zip(&between).filter(|((one, other), _)| *one == a || *other == a);
        let own: Vec<f64> = own.map(|(_, value)| *value).collect();
        ratio(own.iter().sum(), own.len() as f64)
    };
    let names = |codes: Vec<usize>| {
        Text::from_codes(codes.into_iter().map(|code| Some(code as u32)).collect(), network.layers.clone())
    };
    let layers = Table::empty()
        .with_text("layer", names(kept.clone()))
        .with_numbers("links", kept.iter().map(|&a| sets[a].len() as f64).collect())
        .with_numbers("overlap", kept.iter().map(|&a| mean(a)).collect());
    let overlaps = Table::empty()
        .with_text("from", names(pairs.iter().map(|pair| pair.0).collect()))
        .with_text("to", names(pairs.iter().map(|pair| pair.1).collect()))
        .with_numbers("overlap", between);
    (layers, overlaps)
}

/// How many nodes have each degree, and the share that has at least it.
fn degrees_table(network: &Network) -> Table {
    let mut degree = vec![0_usize; network.len()];
    for link in &network.links {
        degree[link.source as usize] += 1;
        degree[link.target as usize] += 1;
    }
    degree.sort_unstable();
    let n = degree.len() as f64;
    let mut rows: Vec<(usize, usize)> = Vec::new();
    for (below, &d) in degree.iter().enumerate() {
        if rows.last().is_none_or(|last| last.0 != d) {
            rows.push((d, below));
        }
    }
    let ends = rows.iter().skip(1).map(|row| row.1).chain(std::iter::once(degree.len()));
    let nodes: Vec<f64> = rows.iter().zip(ends).map(|(row, end)| (end - row.1) as f64).collect();
    Table::empty()
        .with_numbers("degree", rows.iter().map(|row| row.0 as f64).collect())
        .with_numbers("nodes", nodes)
        .with_numbers("share_at_least", rows.iter().map(|row| (n - row.1 as f64) / n).collect())
}

fn findings(outcome: &Outcome, _focus: &Focus) -> Vec<Message> {
    let number = |name: &str| outcome.number(name).unwrap_or(f64::NAN);
    let count = |name: &str| number(name) as usize;
    let mut said = vec![
        Message::new("link.network.size")
            .count("nodes", count("nodes"))
            .count("links", count("links"))
            .number("degree", number("average_degree"))
            .with("density", distretto_core::Arg::Share(number("density"))),
    ];
    if count("links") == 0 {
        return said;
    }
    said.push(
        Message::new("link.network.parts")
            .count("components", count("components"))
            .with("share", distretto_core::Arg::Share(number("largest_component_share")))
            .count("isolates", count("isolates")),
    );
    if let (Some(length), Some(diameter)) = (outcome.number("average_path_length"), outcome.number("diameter")) {
        let weighted = crate::words::convention(outcome, "path_length").contains("weight");
        let key = if weighted { "link.network.distance-weighted" } else { "link.network.distance" };
        said.push(Message::new(key).number("length", length).number("diameter", diameter));
    }
    if let (Some(clustering), Some(density)) = (outcome.number("average_clustering"), outcome.number("density")) {
        said.push(Message::new("link.network.closure").number("clustering", clustering).number("density", density));
    }
    if let Some(reciprocity) = outcome.number("reciprocity") {
        said.push(Message::new("link.network.returned").with("share", distretto_core::Arg::Share(reciprocity)));
    }
    said
}

fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    let mut degrees = FigureSpec::new(FigureKind::Lines).of_table("degrees");
    (degrees.x, degrees.y) = (Some("degree".into()), Some("share_at_least".into()));
    // Degrees are skewed: on linear axes the distribution is an L.
    let degrees = degrees.on_log_axes();
    if outcome.table("drawn_nodes").is_none() {
        return vec![degrees];
    }
    let mut drawing = FigureSpec::new(FigureKind::Network).of_table("drawn_nodes").of_value("degree").by("id");
    drawing.group = outcome.table("kinds").map(|_| "kind".to_owned());
    vec![drawing, degrees]
}
