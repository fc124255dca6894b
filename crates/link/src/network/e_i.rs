//! The E-I index: ties across groups against ties within (Krackhardt and Stern 1988).

use super::draws::Draws;
use super::error::NetworkError;
use super::options::{INPUTS, NetworkOptions};
use super::read::Network;
use crate::words::{ratio, text};
use distretto_core::{
    Arg, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Inputs, Message, OptionValues, Outcome, Table,
    TableSpec, option_specs, parse_options,
};
use distretto_numerics::{Key, Stream, shuffle};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "link",
    name: "e-i",
    about: "E-I index: ties between groups against ties within them, with a permutation test",
    chapter: "link/networks",
    revision: 1,
    inputs: INPUTS,
    options: option_specs::<EiOptions>,
    plan,
    run,
    findings,
    figures,
};

/// Options of `link e-i`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct EiOptions {
    /// What every network has.
    #[serde(flatten)]
    pub network: NetworkOptions,
    /// Permutations of the group labels.
    pub permutations: u32,
}

impl Default for EiOptions {
    fn default() -> Self {
        Self { network: NetworkOptions::default(), permutations: 1000 }
    }
}

/// The E-I index of a network and its bounds; NaN where one does not exist.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ei {
    /// Links, or weight, within groups.
    pub internal: f64,
    /// Links, or weight, between groups.
    pub external: f64,
    /// (external − internal)/(external + internal).
    pub e_i: f64,
    /// The same of all possible links.
    pub expected: f64,
    /// From −1 at the fewest to 1 at the most external links that so many links allow; NaN with weights.
    pub rescaled: f64,
}

/// Possible links within groups and between them.
fn possible(network: &Network, groups: &[usize]) -> (f64, f64) {
    let count = groups.iter().max().map_or(0, |&most| most + 1);
    let mut size = vec![0.0; count];
    groups.iter().for_each(|&g| size[g] += 1.0);
    let half = if network.directed { 1.0 } else { 0.5 };
    let n = network.len() as f64;
    let internal = size.iter().map(|s| s * (s - 1.0)).sum::<f64>() * half;
    (internal, n * (n - 1.0) * half - internal)
}

fn index(internal: f64, external: f64) -> f64 {
    ratio(external - internal, external + internal)
}

/// Links (or weight) within and between groups.
fn split(network: &Network, groups: &[usize], with_weights: bool) -> (f64, f64) {
    let (mut internal, mut external) = (0.0, 0.0);
    for link in &network.links {
        let weight = if with_weights { link.weight } else { 1.0 };
        if groups[link.source as usize] == groups[link.target as usize] {
            internal += weight;
        } else {
            external += weight;
        }
    }
    (internal, external)
}

/// The E-I index of a network whose nodes have groups.
#[must_use]
pub fn e_i(network: &Network, groups: &[usize], with_weights: bool) -> Ei {
    let (internal, external) = split(network, groups, with_weights);
    let (possible_internal, possible_external) = possible(network, groups);
    let e_i = index(internal, external);
    let m = internal + external;
    let most = m.min(possible_external);
    let fewest = (m - possible_internal).max(0.0);
    let (high, low) = (index(m - most, most), index(m - fewest, fewest));
    let rescaled = if with_weights || high - low == 0.0 { f64::NAN } else { 2.0 * (e_i - low) / (high - low) - 1.0 };
    Ei { internal, external, e_i, expected: index(possible_internal, possible_external), rescaled }
}

/// E-I of so many permutations of the group labels.
#[must_use]
pub fn permuted(network: &Network, groups: &[usize], with_weights: bool, permutations: u32, seed: u64) -> Vec<f64> {
    let key = Key::new(seed, "link e-i");
    let one = |draw: u32| {
        let mut labels = groups.to_vec();
        shuffle(&mut Stream::new(key, 0, u64::from(draw)), &mut labels);
        let (internal, external) = split(network, &labels, with_weights);
        index(internal, external)
    };
    (0..permutations).into_par_iter().map(one).collect()
}

fn plan(values: &OptionValues, given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: EiOptions = parse_options(values)?;
    Ok(options.network.plan(given, &[]))
}

/// The groups of all nodes, or the fault in the table of nodes.
pub(crate) fn groups_of(
    inputs: &Inputs,
    network: &Network,
    options: &NetworkOptions,
) -> Result<(Vec<usize>, Vec<String>), Fault> {
    network.need_groups(options).map_err(|error| {
        let Some(nodes) = inputs.table("nodes") else { return Fault::from(error) };
        match &error {
            NetworkError::EmptyGroup { id, .. } => {
                let row = network.ids.iter().position(|one| one == id).unwrap_or_default();
                Fault::from(error).at(nodes, row, &options.group)
            }
            _ => Fault::from(error).in_table(nodes),
        }
    })
}

fn run(inputs: &Inputs, values: &OptionValues, context: &Context) -> Result<Outcome, Fault> {
    let options: EiOptions = parse_options(values)?;
    let network = Network::of(inputs, &options.network)?;
    let (groups, names) = groups_of(inputs, &network, &options.network)?;
    let with_weights = options.network.weighted;
    let found = e_i(&network, &groups, with_weights);
    let draws = if network.links.is_empty() {
        Vec::new()
    } else {
        permuted(&network, &groups, with_weights, options.permutations, context.seed)
    };
    let tests = Draws::new(found.e_i, &draws);
    let mut outcome = Outcome::new("link e-i", "E-I index (Krackhardt and Stern 1988), permutation of group labels");
    if options.permutations == 0 {
        outcome.warn(Message::new("link.e-i.untested"));
    }
    outcome.convention("p_value", "(1 + as extreme)/(1 + permutations)");
    outcome.warnings.clone_from(&network.warnings);
    if network.links.is_empty() {
        outcome.warn(Message::new("link.e-i.no-links"));
    } else if found.rescaled.is_nan() {
        outcome.warn(Message::new("link.e-i.not-rescaled"));
    }
    outcome
        .scalar("internal", found.internal)
        .scalar("external", found.external)
        .scalar("e_i", found.e_i)
        .scalar("expected", found.expected)
        .scalar("rescaled", found.rescaled);
    tests.add_p(&mut outcome);
    outcome.add_table("groups", groups_table(&network, &groups, &names, with_weights));
    Ok(outcome)
}

/// Links of every group: within it, and with one end in it.
fn groups_table(network: &Network, groups: &[usize], names: &[String], with_weights: bool) -> Table {
    let k = names.len();
    let (mut nodes, mut internal, mut external) = (vec![0.0; k], vec![0.0; k], vec![0.0; k]);
    groups.iter().for_each(|&g| nodes[g] += 1.0);
    for link in &network.links {
        let weight = if with_weights { link.weight } else { 1.0 };
        let (a, b) = (groups[link.source as usize], groups[link.target as usize]);
        if a == b {
            internal[a] += weight;
        } else {
            external[a] += weight;
            external[b] += weight;
        }
    }
    let e_i = internal.iter().zip(&external).map(|(internal, external)| index(*internal, *external)).collect();
    Table::empty()
        .with_text("group", text(names))
        .with_numbers("nodes", nodes)
        .with_numbers("internal", internal)
        .with_numbers("external", external)
        .with_numbers("e_i", e_i)
}

fn findings(outcome: &Outcome, _focus: &Focus) -> Vec<Message> {
    let number = |name: &str| outcome.number(name);
    let Some(e_i) = number("e_i") else { return Vec::new() };
    let mut said = vec![
        Message::new("link.e-i.index")
            .number("value", e_i)
            .number("internal", number("internal").unwrap_or_default())
            .number("external", number("external").unwrap_or_default())
            .number("expected", number("expected").unwrap_or(f64::NAN)),
    ];
    if let (Some(p_less), Some(p_greater)) = (number("p_less"), number("p_greater")) {
        let message = Message::new("link.e-i.test").with("p_less", Arg::P(p_less));
        said.push(message.with("p_greater", Arg::P(p_greater)));
    }
    said
}

/// Groups that a figure shows at most, the largest.
const SHOWN: usize = 20;

fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    let mut bars =
        FigureSpec::new(FigureKind::Bars).of_table("groups").of_value("e_i").by("group").first(SHOWN).against(0.0);
    // A group of one or two has hardly a tie within: where there are many groups the large ones are shown.
    if let Some(sizes) = outcome.table("groups").and_then(|table| table.numbers("nodes")) {
        let mut sizes = sizes.to_vec();
        sizes.sort_by(|a, b| b.total_cmp(a));
        bars.at_least = sizes.get(SHOWN - 1).filter(|_| sizes.len() > SHOWN).map(|least| ("nodes".into(), *least));
    }
    vec![bars]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Link;

    #[test]
    fn one_group_is_all_internal() {
        let link = |source, target| Link { source, target, weight: 1.0 };
        let network = Network {
            ids: (0..4).map(|i| format!("{i}")).collect(),
            links: vec![link(0, 1), link(1, 2), link(2, 3)],
            ..Network::default()
        };
        let found = e_i(&network, &[0; 4], false);
        assert_eq!((found.e_i, found.expected), (-1.0, -1.0));
        assert!(found.rescaled.is_nan());
        // 0 1 | 2 3: one link of three is external; possible 2 within, 4 between; three links have 1 to 3 external.
        let found = e_i(&network, &[0, 0, 1, 1], false);
        assert!((found.e_i + 1.0 / 3.0).abs() < 1e-15 && (found.expected - 1.0 / 3.0).abs() < 1e-15);
        assert!((found.rescaled + 1.0).abs() < 1e-15);
    }
}
