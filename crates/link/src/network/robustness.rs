//! How a network falls apart when nodes leave.

use super::adjacency::Adjacency;
use super::betweenness::{Paths, Sources, betweenness};
use super::error::NetworkError;
use super::options::{INPUTS, NetworkOptions};
use super::reach::reach;
use super::read::Network;
use crate::words::{ranks, ratio};
use distretto_core::{
    ColumnKind, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Input, Inputs, Message, OptionValues,
    Outcome, Place, Progress, Silent, Table, TableSpec, Text, option_specs, parse_options,
};
use distretto_numerics::{Key, Stream, shuffle};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "link",
    name: "robustness",
    about: "How a network falls apart when nodes leave at random, by degree, betweenness, strength or a given order",
    chapter: "link/networks-change",
    revision: 2,
    inputs: &[
        INPUTS[0],
        INPUTS[1],
        Input::table(
            "attack",
            Place::FlagUnless(&["random", "degree", "betweenness", "strength"]),
            false,
            "Order of removal: a table with the column id, all nodes; or `random`, `degree`, `betweenness`, `strength`",
        ),
    ],
    options: option_specs::<RobustnessOptions>,
    plan,
    run,
    findings,
    figures,
};

/// Nodes up to which the efficiency after every removal is computed.
const EFFICIENCY: usize = 3_000;

/// Who leaves first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Attack {
    /// Anybody.
    #[default]
    Random,
    /// The node with most links.
    Degree,
    /// The node with the largest betweenness.
    Betweenness,
    /// The node with the largest sum of weights.
    Strength,
}

/// Options of `link robustness`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RobustnessOptions {
    /// What every network has.
    #[serde(flatten)]
    pub network: NetworkOptions,
    /// Who leaves first: `random`, `degree`, `betweenness`, `strength`, or a file with all nodes in the column `id`.
    pub attack: Attack,
    /// Scores are computed anew after every removal.
    pub recalculate: bool,
    /// Random orders.
    pub draws: u32,
}

impl Default for RobustnessOptions {
    fn default() -> Self {
        Self { network: NetworkOptions::default(), attack: Attack::default(), recalculate: false, draws: 100 }
    }
}

/// The network after every removal.
#[derive(Debug, Clone, PartialEq)]
pub struct Fall {
    /// Nodes of the largest component after 0, 1, …, n removals.
    pub largest: Vec<usize>,
    /// Components after as many.
    pub components: Vec<usize>,
}

impl Fall {
    /// R = (1/n) Σ_{q=1}^{n} S(q), S the share of the largest component (Schneider et al. 2011).
    #[must_use]
    pub fn r(&self) -> f64 {
        let n = (self.largest.len() - 1) as f64;
        ratio(self.largest[1..].iter().map(|&size| size as f64 / n).sum(), n)
    }

    /// Smallest share of removed nodes at which the largest component is below half of what it was.
    #[must_use]
    pub fn threshold(&self) -> f64 {
        let n = (self.largest.len() - 1) as f64;
        let below = self.largest.iter().position(|&size| 2 * size < self.largest[0]);
        below.map_or(f64::NAN, |removed| removed as f64 / n)
    }
}

/// Components while nodes leave in this order: they are put back from the last on.
///
/// # Complexity
/// O((n + m) α(n)).
#[must_use]
pub fn fall(graph: &Adjacency, order: &[u32]) -> Fall {
    let n = graph.len();
    let mut parent: Vec<u32> = (0..n as u32).collect();
    let mut size = vec![0_usize; n];
    let (mut largest, mut components) = (vec![0; n + 1], vec![0; n + 1]);
    let (mut most, mut count) = (0, 0);
    for removed in (0..n).rev() {
        let v = order[removed];
        size[v as usize] = 1;
        count += 1;
        for &w in graph.neighbours(v as usize) {
            if size[w as usize] == 0 {
                continue;
            }
            let (a, b) = (root(&mut parent, v), root(&mut parent, w));
            if a != b {
                let (a, b) = if size[a as usize] >= size[b as usize] { (a, b) } else { (b, a) };
                parent[b as usize] = a;
                size[a as usize] += size[b as usize];
                count -= 1;
            }
        }
        most = most.max(size[root(&mut parent, v) as usize]);
        (largest[removed], components[removed]) = (most, count);
    }
    Fall { largest, components }
}

fn root(parent: &mut [u32], mut node: u32) -> u32 {
    while parent[node as usize] != node {
        parent[node as usize] = parent[parent[node as usize] as usize];
        node = parent[node as usize];
    }
    node
}

/// The order in which nodes leave: by falling score, ties by their order.
///
/// # Errors
/// When the user stops.
///
/// # Complexity
/// With scores computed anew, n times that of the score.
pub fn order(
    graph: &Adjacency,
    attack: Attack,
    recalculate: bool,
    progress: &dyn Progress,
) -> Result<Vec<u32>, NetworkError> {
    let n = graph.len();
    if !recalculate {
        let rank = ranks(&scores(graph, attack, progress)?);
        let mut order: Vec<u32> = (0..n as u32).collect();
        order.sort_by(|&a, &b| rank[a as usize].total_cmp(&rank[b as usize]));
        return Ok(order);
    }
    progress.begin("removals", n as u64);
    let mut gone = vec![false; n];
    let mut score = scores(graph, attack, &Silent)?;
    let mut order = Vec::with_capacity(n);
    while order.len() < n {
        if progress.cancelled() {
            return Err(NetworkError::Stopped);
        }
        let most = (0..n).filter(|&v| !gone[v]).map(|v| score[v]).fold(f64::NEG_INFINITY, f64::max);
        let tied = |v: &usize| !gone[*v] && most - score[*v] <= 1e-10 * most.abs();
        let Some(v) = (0..n).find(tied) else { break };
        gone[v] = true;
        order.push(v as u32);
        if attack == Attack::Betweenness {
            score = scores(&without(graph, &gone), attack, &Silent)?;
        } else {
            // Sums are taken anew: what is left after subtraction would be rounding.
            for &w in graph.neighbours(v) {
                let left = graph.pairs(w as usize).filter(|(u, _)| !gone[*u as usize]);
                let one = |(_, weight): (u32, f64)| if attack == Attack::Strength { weight } else { 1.0 };
                score[w as usize] = left.map(one).sum();
            }
        }
        progress.advance(1);
    }
    Ok(order)
}

fn scores(graph: &Adjacency, attack: Attack, progress: &dyn Progress) -> Result<Vec<f64>, NetworkError> {
    Ok(match attack {
        Attack::Degree | Attack::Random => (0..graph.len()).map(|v| graph.degree(v) as f64).collect(),
        Attack::Strength => (0..graph.len()).map(|v| graph.strength(v)).collect(),
        Attack::Betweenness => {
            betweenness(Paths { graph, lengths: false, symmetric: true }, Sources::All, progress)?.betweenness
        }
    })
}

/// The graph without the links of the nodes that are gone.
fn without(graph: &Adjacency, gone: &[bool]) -> Adjacency {
    let kept = |v: &usize| !gone[*v];
    let pairs = (0..graph.len())
        .filter(kept)
        .flat_map(|v| graph.pairs(v).filter(|(w, _)| !gone[*w as usize]).map(move |(w, weight)| (v as u32, w, weight)));
    let pairs: Vec<(u32, u32, f64)> = pairs.collect();
    Adjacency::new(graph.len(), pairs.into_iter())
}

/// Mean 1/d over all ordered pairs of the nodes at first, after 0, 1, …, n removals.
fn efficiencies(graph: &Adjacency, order: &[u32], progress: &dyn Progress) -> Result<Vec<f64>, NetworkError> {
    let n = graph.len() as f64;
    let mut place = vec![0; graph.len()];
    order.iter().enumerate().for_each(|(at, &v)| place[v as usize] = at);
    progress.begin("efficiency", order.len() as u64);
    let one = |removed: usize| {
        if progress.cancelled() {
            return Err(NetworkError::Stopped);
        }
        let gone: Vec<bool> = place.iter().map(|&at| at < removed).collect();
        let sum: f64 = reach(&without(graph, &gone), &Silent)?.inverse.iter().sum();
        progress.advance(1);
        Ok(ratio(sum, n * (n - 1.0)))
    };
    (0..=order.len()).into_par_iter().map(one).collect()
}

fn plan(values: &OptionValues, given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: RobustnessOptions = parse_options(values)?;
    let mut specs = options.network.plan(given, &[]);
    if given.iter().any(|name| name == "attack") {
        specs.push(TableSpec::new("attack").need("id", ColumnKind::Label).unique(&["id"]));
    }
    Ok(specs)
}

/// The order that a table gives.
fn given_order(network: &Network, table: &Table) -> Result<Vec<u32>, Fault> {
    let ids = table.text("id").ok_or_else(|| Fault::input("the column `id` is needed").in_table(table))?;
    let mut place = rustc_hash::FxHashMap::default();
    network.ids.iter().enumerate().for_each(|(node, id)| {
        place.insert(id.as_str(), node as u32);
    });
    let mut order = Vec::with_capacity(ids.len());
    for row in 0..ids.len() {
        let id = ids.get(row).unwrap_or_default();
        let node = place.remove(id).ok_or_else(|| {
            Fault::input(format!("unknown node `{id}`: the network has none of this name, or it stands twice"))
                .at(table, row, "id")
                .with_value(id)
        })?;
        order.push(node);
    }
    if let Some(missing) = network.ids.iter().find(|id| place.contains_key(id.as_str())) {
        let fault = Fault::input(format!("the order of removal lacks the node `{missing}`")).in_table(table);
        return Err(fault.with_hint("list all nodes, the first to leave first"));
    }
    Ok(order)
}

fn run(inputs: &Inputs, values: &OptionValues, context: &Context) -> Result<Outcome, Fault> {
    let options: RobustnessOptions = parse_options(values)?;
    if options.draws == 0 {
        return Err(Fault::option("option `draws`: at least one draw is needed"));
    }
    let network = Network::of(inputs, &options.network)?;
    let graph = network.underlying();
    let mut outcome = Outcome::new("link robustness", "robustness to the loss of nodes (Schneider et al. 2011)");
    outcome.convention("recalculated", options.recalculate);
    outcome.warnings.clone_from(&network.warnings);
    if options.network.weighted {
        outcome.warn(Message::new("link.links.weights-idle"));
    }
    let order = match (inputs.table("attack"), options.attack) {
        (Some(table), _) => given_order(&network, table)?,
        (None, Attack::Random) => {
            random(&graph, &options, context, &mut outcome)?;
            return Ok(outcome);
        }
        (None, attack) => order(&graph, attack, options.recalculate, context.progress)?,
    };
    let found = fall(&graph, &order);
    outcome.scalar("r", found.r()).scalar("threshold", found.threshold());
    let efficiency = if network.len() <= EFFICIENCY {
        efficiencies(&graph, &order, context.progress)?
    } else {
        outcome.warn(Message::new("link.robustness.large").count("nodes", network.len()).count("most", EFFICIENCY));
        vec![f64::NAN; network.len() + 1]
    };
    outcome.add_table("steps", steps(&network, &order, &found, &efficiency));
    let falls = random_falls(&graph, options.draws, context)?;
    outcome.scalar("r_random", moments(falls.iter().map(Fall::r)).0);
    outcome.scalar("threshold_random", moments(falls.iter().map(Fall::threshold)).0);
    outcome.add_table("curve", curve(network.len(), Some(&found), &falls));
    Ok(outcome)
}

/// The falls of random orders, one for each draw.
fn random_falls(graph: &Adjacency, draws: u32, context: &Context) -> Result<Vec<Fall>, NetworkError> {
    let key = Key::new(context.seed, "link robustness");
    context.progress.begin("draws", u64::from(draws));
    let one = |draw: u32| {
        if context.progress.cancelled() {
            return Err(NetworkError::Stopped);
        }
        let mut order: Vec<u32> = (0..graph.len() as u32).collect();
        shuffle(&mut Stream::new(key, 0, u64::from(draw)), &mut order);
        context.progress.advance(1);
        Ok(fall(graph, &order))
    };
    (0..draws).into_par_iter().map(one).collect()
}

/// Mean and standard deviation over n − 1; NaN where a single draw has no spread.
fn moments(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let values: Vec<f64> = values.collect();
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    // Draws that are all the same have no spread; rounding of their mean is none.
    if values.iter().all(|value| (value - values[0]).abs() <= 1e-12 * values[0].abs()) {
        return (values[0], if values.len() > 1 { 0.0 } else { f64::NAN });
    }
    let spread: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, if values.len() > 1 { (spread / (n - 1.0)).sqrt() } else { f64::NAN })
}

fn random(
    graph: &Adjacency,
    options: &RobustnessOptions,
    context: &Context,
    outcome: &mut Outcome,
) -> Result<(), NetworkError> {
    let falls = random_falls(graph, options.draws, context)?;
    let ((r, r_sd), (threshold, threshold_sd)) =
        (moments(falls.iter().map(Fall::r)), moments(falls.iter().map(Fall::threshold)));
    outcome.scalar("r", r).scalar("threshold", threshold).scalar("r_sd", r_sd).scalar("threshold_sd", threshold_sd);
    outcome.add_table("curve", curve(graph.len(), None, &falls));
    Ok(())
}

/// Points of a curve, beside the first.
const POINTS: usize = 200;

/// The share of the largest component along the share of nodes that are gone, at no more than 201 even steps: of the
/// order in question, and the mean of random orders between the 5th and the 95th per cent of them.
fn curve(n: usize, found: Option<&Fall>, falls: &[Fall]) -> Table {
    let steps = n.min(POINTS);
    let removed: Vec<usize> = (0..=steps).map(|k| k * n / steps).collect();
    let share = |size: usize| size as f64 / n as f64;
    let column = |of: &dyn Fn(usize) -> f64| removed.iter().map(|&q| of(q)).collect::<Vec<_>>();
    let sorted = |q: usize| {
        let mut sizes: Vec<usize> = falls.iter().map(|fall| fall.largest[q]).collect();
        sizes.sort_unstable();
        sizes
    };
    let quantile = |q: usize, level: f64| {
        let sizes = sorted(q);
        share(sizes[(level * (sizes.len() - 1) as f64).round() as usize])
    };
    let mean = |q: usize| falls.iter().map(|fall| share(fall.largest[q])).sum::<f64>() / falls.len() as f64;
    let table =
        Table::empty().with_numbers("removed", column(&|q| q as f64)).with_numbers("removed_share", column(&share));
    let table = match found {
        Some(found) => table.with_numbers("largest_share", column(&|q| share(found.largest[q]))),
        None => table,
    };
    table
        .with_numbers("random_share", column(&mean))
        .with_numbers("random_low", column(&|q| quantile(q, 0.05)))
        .with_numbers("random_high", column(&|q| quantile(q, 0.95)))
}

fn steps(network: &Network, order: &[u32], found: &Fall, efficiency: &[f64]) -> Table {
    let n = network.len();
    let after = |of: &dyn Fn(usize) -> f64| (1..=n).map(of).collect::<Vec<_>>();
    Table::empty()
        .with_numbers("removed", after(&|q| q as f64))
        .with_text("node", Text::from_codes(order.iter().map(|&v| Some(v)).collect(), network.ids.clone()))
        .with_numbers("largest_component", after(&|q| found.largest[q] as f64))
        .with_numbers("largest_share", after(&|q| found.largest[q] as f64 / n as f64))
        .with_numbers("components", after(&|q| found.components[q] as f64))
        .with_numbers("efficiency", after(&|q| efficiency[q]))
}

fn findings(outcome: &Outcome, _focus: &Focus) -> Vec<Message> {
    let (Some(r), Some(threshold)) = (outcome.number("r"), outcome.number("threshold")) else { return Vec::new() };
    let share = distretto_core::Arg::Share(threshold);
    match (outcome.number("r_sd"), outcome.number("threshold_sd")) {
        (Some(sd), Some(share_sd)) => {
            let message = Message::new("link.robustness.random").number("r", r).number("sd", sd).with("share", share);
            vec![message.with("share_sd", distretto_core::Arg::Share(share_sd))]
        }
        _ => {
            let mut said = vec![Message::new("link.robustness.attack").number("r", r).with("share", share)];
            if let (Some(r), Some(share)) = (outcome.number("r_random"), outcome.number("threshold_random")) {
                let message = Message::new("link.robustness.against").number("r", r);
                said.push(message.with("share", distretto_core::Arg::Share(share)));
            }
            said
        }
    }
}

fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    let Some(table) = outcome.table("curve") else { return Vec::new() };
    let of_order = table.numbers("largest_share").is_some();
    let value = if of_order { "largest_share" } else { "random_share" };
    let mut curve = FigureSpec::new(FigureKind::Curve).of_table("curve").of_value(value);
    curve.x = Some("removed_share".into());
    curve.y = of_order.then(|| "random_share".into());
    (curve.low, curve.high) = (Some("random_low".into()), Some("random_high".into()));
    vec![curve]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn star() -> Adjacency {
        Adjacency::new(6, (1..6).flat_map(|i| [(0, i, 1.0), (i, 0, 1.0)]))
    }

    /// Without its hub a star of six is five single nodes: R = (5·1/6)/6.
    #[test]
    fn a_star_falls_at_once() {
        let order = order(&star(), Attack::Degree, false, &Silent).unwrap();
        assert_eq!(order, [0, 1, 2, 3, 4, 5]);
        let found = fall(&star(), &order);
        assert_eq!(found.largest, [6, 1, 1, 1, 1, 1, 0]);
        assert_eq!(found.components, [1, 5, 4, 3, 2, 1, 0]);
        assert!((found.r() - 5.0 / 36.0).abs() < 1e-15 && (found.threshold() - 1.0 / 6.0).abs() < 1e-15);
        // 10 pairs at 1, 20 at 2.
        assert!((efficiencies(&star(), &order, &Silent).unwrap()[0] - 20.0 / 30.0).abs() < 1e-15);
    }

    /// Without its hub the star is gone; at random the hub leaves first in one order of six.
    #[test]
    fn the_curve_runs_from_whole_to_nothing() {
        let found = fall(&star(), &[0, 1, 2, 3, 4, 5]);
        let late = fall(&star(), &[1, 2, 3, 4, 5, 0]);
        let table = curve(6, Some(&found), &[found.clone(), late]);
        assert_eq!(table.rows(), 7);
        let at = |column: &str, row: usize| table.numbers(column).unwrap()[row];
        assert_eq!((at("largest_share", 0), at("largest_share", 6), at("removed_share", 3)), (1.0, 0.0, 0.5));
        // One leaf left of six after the hub, five after a leaf.
        assert!((at("random_share", 1) - 0.5).abs() < 1e-15);
        assert_eq!((at("random_low", 1), at("random_high", 1)), (1.0 / 6.0, 5.0 / 6.0));
    }

    #[test]
    fn scores_computed_anew_agree_where_nothing_changes() {
        for attack in [Attack::Degree, Attack::Strength, Attack::Betweenness] {
            assert_eq!(order(&star(), attack, true, &Silent).unwrap(), [0, 1, 2, 3, 4, 5], "{attack:?}");
        }
    }
}
