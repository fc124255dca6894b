//! Trust: what ratings that actors give one another say of reciprocity, bonds within groups and bridges between them.

use crate::network::{Adjacency, Network, NetworkOptions};
use crate::words::ratio;
use distretto_core::{
    Arg, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Input, Inputs, Message, OptionValues, Outcome,
    Place, Table, TableSpec, option_specs, parse_options,
};
use distretto_numerics::median;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "link",
    name: "trust",
    about: "Trust from ratings: reciprocity, bonding within and bridging between groups, closure, cooperation",
    chapter: "link/relations",
    revision: 1,
    inputs: &[
        Input::table("links", Place::Positional, true, "Ratings: source, target, weight, perhaps layer, year"),
        Input::table("nodes", Place::Flag, false, "Nodes: id, perhaps kind and other columns; fixes the node set"),
    ],
    options: option_specs::<TrustOptions>,
    plan,
    run,
    findings,
    figures,
};

/// Options of [`trust`]; ratings always have a direction and a weight.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct TrustOptions {
    /// What every network has.
    #[serde(flatten)]
    pub network: NetworkOptions,
    /// Ratings from here on count as cooperation; left out, the median rating.
    pub threshold: Option<f64>,
}

impl TrustOptions {
    /// The same options; links have a direction.
    fn directed(mut self) -> Self {
        self.network.directed = true;
        self
    }
}

/// What a node gives and receives; NaN where it gives or receives nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NodeTrust {
    /// Mean weight of the ratings that it gives.
    pub given: f64,
    /// Mean weight of the ratings that it receives.
    pub received: f64,
    /// Share of the ratings given that are returned.
    pub reciprocated: f64,
}

/// Trust in a network; NaN where there is nothing to take a share of.
#[derive(Debug, Clone, PartialEq)]
pub struct Trust {
    /// Mean weight of the links.
    pub mean: f64,
    /// Share of the links that are returned.
    pub reciprocity: f64,
    /// Σ min(w_ij, w_ji) / Σ w_ij.
    pub weighted_reciprocity: f64,
    /// Share of the weight that stays within groups; NaN without groups.
    pub bonding: f64,
    /// Share of the two-paths i→j→k, k ≠ i, with a link i→k.
    pub closure: f64,
    /// Share of the links with a weight from the threshold on.
    pub cooperation: f64,
    /// The threshold.
    pub threshold: f64,
    /// Every node.
    pub nodes: Vec<NodeTrust>,
    /// Links of which an end has no group, where there are groups: they are no part of `bonding`.
    pub without_group: usize,
}

/// Trust in a directed network; `threshold` as in [`TrustOptions`].
///
/// # Complexity
/// O(two-paths + m log m).
///
/// # References
/// Squartini, Picciolo, Ruzzenenti and Garlaschelli 2013, Scientific Reports 3, 2729, doi:10.1038/srep02729.
#[must_use]
pub fn trust(network: &Network, threshold: Option<f64>) -> Trust {
    let (out, into) = (network.outgoing(), network.incoming());
    let weights: Vec<f64> = network.links.iter().map(|link| link.weight).collect();
    let m = weights.len() as f64;
    let total: f64 = weights.iter().sum();
    let threshold = threshold.unwrap_or_else(|| if weights.is_empty() { f64::NAN } else { median(&weights) });
    let mut returned = vec![0_usize; network.len()];
    let mut common = 0.0;
    for (i, returned) in returned.iter_mut().enumerate() {
        for (j, weight) in out.pairs(i) {
            if let Some(back) = weight_of(&out, j as usize, i as u32) {
                *returned += 1;
                common += weight.min(back);
            }
        }
    }
    let (inside, grouped, without_group) = within_groups(network);
    let mean = |strength: f64, degree: usize| ratio(strength, degree as f64);
    let node = |i: usize| NodeTrust {
        given: mean(out.strength(i), out.degree(i)),
        received: mean(into.strength(i), into.degree(i)),
        reciprocated: mean(returned[i] as f64, out.degree(i)),
    };
    let (closed, paths) = two_paths(&out);
    Trust {
        mean: ratio(total, m),
        reciprocity: ratio(returned.iter().sum::<usize>() as f64, m),
        weighted_reciprocity: ratio(common, total),
        bonding: if network.groups.is_some() { ratio(inside, grouped) } else { f64::NAN },
        closure: ratio(closed as f64, paths as f64),
        cooperation: ratio(weights.iter().filter(|&&weight| weight >= threshold).count() as f64, m),
        threshold,
        nodes: (0..network.len()).map(node).collect(),
        without_group,
    }
}

/// Weight of the link from one node to another, if there is one.
fn weight_of(out: &Adjacency, from: usize, to: u32) -> Option<f64> {
    out.neighbours(from).binary_search(&to).ok().map(|place| out.weights(from)[place])
}

/// Weight within groups, weight of all links whose ends have a group, and links with an end that has none.
fn within_groups(network: &Network) -> (f64, f64, usize) {
    let Some(groups) = &network.groups else { return (0.0, 0.0, 0) };
    let (mut inside, mut grouped, mut without) = (0.0, 0.0, 0);
    for link in &network.links {
        match (groups.code(link.source as usize), groups.code(link.target as usize)) {
            (Some(a), Some(b)) => {
                grouped += link.weight;
                inside += if a == b { link.weight } else { 0.0 };
            }
            _ => without += 1,
        }
    }
    (inside, grouped, without)
}

/// Two-paths i→j→k with k ≠ i: those with a link i→k, and all.
fn two_paths(out: &Adjacency) -> (u64, u64) {
    let mut mark = vec![u32::MAX; out.len()];
    let (mut closed, mut all) = (0, 0);
    for i in 0..out.len() {
        out.neighbours(i).iter().for_each(|&k| mark[k as usize] = i as u32);
        for &j in out.neighbours(i) {
            for &k in out.neighbours(j as usize).iter().filter(|&&k| k as usize != i) {
                all += 1;
                closed += u64::from(mark[k as usize] == i as u32);
            }
        }
    }
    (closed, all)
}

fn plan(values: &OptionValues, given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: TrustOptions = parse_options(values)?;
    Ok(options.network.plan(given, &[]))
}

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options = parse_options::<TrustOptions>(values)?.directed();
    let network = Network::of(inputs, &options.network)?;
    let mut outcome = package(&network, &trust(&network, options.threshold));
    if inputs.table("links").is_some_and(|links| links.numbers("weight").is_none()) {
        outcome.warn(Message::new("link.trust.unweighted"));
    }
    Ok(outcome)
}

fn package(network: &Network, trust: &Trust) -> Outcome {
    let method =
        "directed ratings, repeated ones added; means over links; weighted reciprocity of Squartini et al. 2013";
    let mut outcome = Outcome::new("link trust", method);
    outcome.convention("cooperation", "share of ratings at or above the threshold");
    outcome.warnings = warnings(network, trust);
    outcome
        .scalar("mean_trust", trust.mean)
        .scalar("reciprocity", trust.reciprocity)
        .scalar("weighted_reciprocity", trust.weighted_reciprocity)
        .scalar("bonding", trust.bonding)
        .scalar("bridging", 1.0 - trust.bonding)
        .scalar("closure", trust.closure)
        .scalar("cooperation", trust.cooperation)
        .scalar("threshold", trust.threshold)
        .scalar("nodes", network.len() as f64)
        .scalar("links", network.links.len() as f64);
    let column = |of: fn(&NodeTrust) -> f64| trust.nodes.iter().map(of).collect::<Vec<f64>>();
    let table = Table::empty()
        .with_text("id", network.id_text())
        .with_numbers("trust_given", column(|node| node.given))
        .with_numbers("trust_received", column(|node| node.received))
        .with_numbers("balance", column(|node| node.received - node.given))
        .with_numbers("reciprocated", column(|node| node.reciprocated));
    outcome.add_table("nodes", table);
    outcome
}

/// What the reader must know: nothing rated, ends without a group, nodes that give or receive nothing.
fn warnings(network: &Network, trust: &Trust) -> Vec<Message> {
    let mut said = network.warnings.clone();
    if network.links.is_empty() {
        said.push(Message::new("link.trust.nothing"));
    }
    if trust.without_group > 0 {
        said.push(Message::new("link.trust.without-group").count("count", trust.without_group));
    }
    let silent = |of: fn(&NodeTrust) -> f64| crate::words::where_true(&network.ids, |i| of(&trust.nodes[i]).is_nan());
    for (key, labels) in [
        ("link.trust.gives-nothing", silent(|node| node.given)),
        ("link.trust.receives-nothing", silent(|node| node.received)),
    ] {
        if !labels.is_empty() && !network.links.is_empty() {
            said.push(crate::words::named(key, &labels));
        }
    }
    said
}

/// Nodes that a finding names.
const NAMED: usize = 3;

fn findings(outcome: &Outcome, _focus: &Focus) -> Vec<Message> {
    let share = |name: &str| Arg::Share(outcome.number(name).unwrap_or(f64::NAN));
    let Some(mean) = outcome.number("mean_trust") else { return Vec::new() };
    let links = outcome.number("links").unwrap_or_default() as usize;
    let message = Message::new("link.trust.mean").number("mean", mean).count("links", links);
    let message = message.with("reciprocity", share("reciprocity"));
    let mut said = vec![message.with("weighted", share("weighted_reciprocity"))];
    if outcome.number("bonding").is_some() {
        let message = Message::new("link.trust.bonds").with("bonding", share("bonding"));
        said.push(message.with("bridging", share("bridging")));
    }
    if outcome.number("closure").is_some() {
        said.push(Message::new("link.trust.closure").with("closure", share("closure")));
    }
    let threshold = outcome.number("threshold").unwrap_or(f64::NAN);
    let message = Message::new("link.trust.cooperation").with("share", share("cooperation"));
    said.push(message.number("threshold", threshold));
    let Some(table) = outcome.table("nodes") else { return said };
    let (Some(ids), Some(received)) = (table.text("id"), table.numbers("trust_received")) else { return said };
    let rank = crate::words::ranks(received);
    let mut rows: Vec<usize> = (0..table.rows()).filter(|&row| !rank[row].is_nan()).collect();
    rows.sort_by(|&a, &b| rank[a].total_cmp(&rank[b]));
    let item = |&row: &usize| {
        let message = Message::new("link.trust.node").text("node", ids.get(row).unwrap_or_default());
        Arg::Message(Box::new(message.number("value", received[row])))
    };
    let list = rows.iter().take(NAMED).map(item).collect();
    said.push(Message::new("link.trust.most").with("list", Arg::List(list)));
    said
}

fn figures(_outcome: &Outcome) -> Vec<FigureSpec> {
    let mut both = FigureSpec::new(FigureKind::Scatter).of_table("nodes").by("id");
    (both.x, both.y) = (Some("trust_given".into()), Some("trust_received".into()));
    vec![both]
}

#[cfg(test)]
mod tests {
    use super::*;
    use distretto_core::Text;
    use proptest::prelude::*;

    fn network(rows: &[(u32, u32, f64)], kinds: Option<&[&str]>, n: u32) -> Network {
        let label = |at: u32| at.to_string();
        let links = Table::empty()
            .with_text("source", rows.iter().map(|row| Some(label(row.0))).collect())
            .with_text("target", rows.iter().map(|row| Some(label(row.1))).collect())
            .with_numbers("weight", rows.iter().map(|row| row.2).collect());
        let nodes = Table::empty().with_text("id", (0..n).map(|at| Some(label(at))).collect());
        let nodes = match kinds {
            Some(kinds) => nodes.with_text("kind", kinds.iter().map(|kind| Some(*kind)).collect::<Text>()),
            None => nodes,
        };
        Network::read(&links, Some(&nodes), &TrustOptions::default().directed().network).unwrap()
    }

    /// 0→1 (4), 1→0 (2), 0→2 (5), 2→3 (3), node 4 alone. By hand: two of four links returned; common trust 2 · 2 of
    /// 14; two-paths 1→0→2 and 0→2→3, none closed; median 3.5.
    #[test]
    fn a_small_network_by_hand() {
        let links = [(0, 1, 4.0), (1, 0, 2.0), (0, 2, 5.0), (2, 3, 3.0)];
        let network = network(&links, Some(&["firm", "firm", "bank", "bank", "bank"]), 5);
        let trust = trust(&network, None);
        assert_eq!((trust.mean, trust.reciprocity, trust.closure), (3.5, 0.5, 0.0));
        assert!((trust.weighted_reciprocity - 4.0 / 14.0).abs() < 1e-15);
        assert!((trust.bonding - 9.0 / 14.0).abs() < 1e-15);
        assert_eq!((trust.threshold, trust.cooperation), (3.5, 0.5));
        assert_eq!(trust.nodes[0], NodeTrust { given: 4.5, received: 2.0, reciprocated: 0.5 });
        assert!(trust.nodes[4].given.is_nan() && trust.nodes[3].reciprocated.is_nan());
        assert_eq!(super::trust(&network, Some(5.0)).cooperation, 0.25);
    }

    #[test]
    fn nothing_rated_is_no_trust() {
        let trust = trust(&network(&[], None, 3), None);
        for value in [trust.mean, trust.reciprocity, trust.bonding, trust.closure, trust.cooperation] {
            assert!(value.is_nan());
        }
    }

    #[test]
    fn ends_without_group_are_left_out_of_bonding() {
        let mut network = network(&[(0, 1, 1.0), (0, 2, 9.0)], None, 3);
        network.groups = Some([Some("a"), Some("a"), None].into_iter().collect());
        let trust = trust(&network, None);
        assert_eq!((trust.bonding, trust.without_group), (1.0, 1));
    }

    proptest! {
        #[test]
        fn what_is_given_is_received_and_names_do_not_matter(
            weights in proptest::collection::vec(proptest::option::of(0.5..9.0f64), 36),
            turn in 1u32..6,
        ) {
            let rows = |turn: u32| -> Vec<(u32, u32, f64)> {
                let place = |at: usize| (at as u32 + turn) % 6;
                let kept = weights.iter().enumerate().filter(|(at, _)| at / 6 != at % 6);
                kept.filter_map(|(at, w)| w.map(|w| (place(at / 6), place(at % 6), w))).collect()
            };
            let [one, other] = [network(&rows(0), None, 6), network(&rows(turn), None, 6)];
            let (trust, turned) = (super::trust(&one, None), super::trust(&other, None));
            prop_assert_eq!(trust.reciprocity.to_bits(), turned.reciprocity.to_bits());
            prop_assert_eq!(trust.closure.to_bits(), turned.closure.to_bits());
            prop_assert!(trust.mean.is_nan() || (trust.mean - turned.mean).abs() < 1e-12);
            let (out, into) = (one.outgoing(), one.incoming());
            let add = |of: &dyn Fn(usize) -> f64| (0..6).map(of).filter(|sum| !sum.is_nan()).sum::<f64>();
            let given = add(&|i| trust.nodes[i].given * out.degree(i) as f64);
            let received = add(&|i| trust.nodes[i].received * into.degree(i) as f64);
            prop_assert!((given - received).abs() < 1e-9);
            let both: Vec<_> = rows(0).into_iter().flat_map(|(a, b, w)| [(a, b, w), (b, a, w)]).collect();
            let both = super::trust(&network(&both, None, 6), None);
            prop_assert!(both.reciprocity.is_nan() || (both.reciprocity == 1.0 && (both.weighted_reciprocity - 1.0).abs() < 1e-12));
        }
    }
}
