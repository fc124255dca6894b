//! Numbers that describe a network as a whole; one function each, so that a null model computes only what it compares.

use super::adjacency::Adjacency;
use super::betweenness::{Paths, Sources, betweenness};
use super::cohesion::{Components, components};
use super::error::NetworkError;
use super::options::{Distance, NetworkOptions};
use super::reach::{Reach, reach};
use super::read::Network;
use crate::words::ratio;
use distretto_core::Progress;
use rustc_hash::FxHashSet;

/// How long a link is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// One.
    Link,
    /// One over its weight.
    Inverse,
    /// Its weight.
    Cost,
}

impl Length {
    /// The length that options ask for.
    #[must_use]
    pub fn of(options: &NetworkOptions, distance: Distance) -> Self {
        match (options.weighted, distance) {
            (false, _) => Self::Link,
            (true, Distance::Inverse) => Self::Inverse,
            (true, Distance::Cost) => Self::Cost,
        }
    }

    /// Whether links differ in length.
    #[must_use]
    pub fn is_weighted(self) -> bool {
        self != Self::Link
    }

    /// A graph whose weights are lengths.
    #[must_use]
    pub fn graph(self, graph: Adjacency) -> Adjacency {
        if self == Self::Inverse { graph.map_weights(|weight| 1.0 / weight) } else { graph }
    }
}

/// Links over pairs; NaN for fewer than two nodes.
#[must_use]
pub fn density(network: &Network) -> f64 {
    let n = network.len() as f64;
    let pairs = if network.directed { n * (n - 1.0) } else { n * (n - 1.0) / 2.0 };
    ratio(network.links.len() as f64, pairs)
}

/// Share of links with a link the other way; NaN without direction or links.
#[must_use]
pub fn reciprocity(network: &Network) -> f64 {
    if !network.directed {
        return f64::NAN;
    }
    let pairs: FxHashSet<(u32, u32)> = network.links.iter().map(|link| (link.source, link.target)).collect();
    let returned = network.links.iter().filter(|link| pairs.contains(&(link.target, link.source))).count();
    ratio(returned as f64, network.links.len() as f64)
}

/// What every node reaches along links of some length.
///
/// # Errors
/// When the user stops.
pub fn reached(network: &Network, length: Length, progress: &dyn Progress) -> Result<Reach, NetworkError> {
    if !length.is_weighted() {
        return reach(&network.incoming(), progress);
    }
    let graph = length.graph(network.outgoing());
    let paths = Paths { graph: &graph, lengths: true, symmetric: !network.directed };
    Ok(betweenness(paths, Sources::None, progress)?.reach)
}

/// The largest distance in links within the largest component of the undirected network; NaN for one node.
#[must_use]
pub fn diameter(parts: &Components, reach: &Reach) -> f64 {
    let Some(largest) = parts.largest().filter(|_| parts.largest_size() > 1) else { return f64::NAN };
    let inside = parts.of.iter().zip(&reach.farthest).filter(|(part, _)| **part == largest);
    inside.map(|(_, farthest)| *farthest).fold(0.0, f64::max)
}

/// Σ(max − d)/((n−1)(n−2)) over the degrees of an undirected network (Freeman 1979).
#[must_use]
pub fn degree_centralisation(graph: &Adjacency) -> f64 {
    let n = graph.len() as f64;
    let most = (0..graph.len()).map(|v| graph.degree(v)).max().unwrap_or(0);
    let sum: usize = (0..graph.len()).map(|v| most - graph.degree(v)).sum();
    ratio(sum as f64, (n - 1.0) * (n - 2.0))
}

/// Σ(max − b′)/(n−1) with b′ the betweenness over the pairs of others, from sums over ordered pairs (Freeman 1979).
#[must_use]
pub fn betweenness_centralisation(ordered: &[f64]) -> f64 {
    let n = ordered.len() as f64;
    let pairs = (n - 1.0) * (n - 2.0);
    let most = ordered.iter().copied().fold(0.0, f64::max);
    ratio(ordered.iter().map(|b| (most - b) / pairs).sum::<f64>(), if pairs > 0.0 { n - 1.0 } else { 0.0 })
}

/// Components, isolates and the share of the largest component.
#[derive(Debug, Clone, PartialEq)]
pub struct Parts {
    /// The components.
    pub components: Components,
    /// Share of nodes in the largest.
    pub largest_share: f64,
    /// Nodes without a link.
    pub isolates: usize,
}

/// Components of the undirected network.
#[must_use]
pub fn parts(graph: &Adjacency) -> Parts {
    let components = components(graph);
    let isolates = (0..graph.len()).filter(|&v| graph.degree(v) == 0).count();
    let largest_share = ratio(components.largest_size() as f64, graph.len() as f64);
    Parts { components, largest_share, isolates }
}
