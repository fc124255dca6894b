//! Brokerage roles (Gould and Fernandez 1989).

use super::adjacency::Adjacency;
use super::e_i::groups_of;
use super::options::{INPUTS, NetworkOptions};
use super::read::Network;
use crate::words::text;
use distretto_core::{
    Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Inputs, Message, OptionValues, Outcome, Table,
    TableSpec, option_specs, parse_options,
};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "link",
    name: "brokerage",
    about: "Brokerage roles between groups: coordinator, itinerant, representative, gatekeeper, liaison",
    chapter: "link/networks",
    revision: 1,
    inputs: INPUTS,
    options: option_specs::<BrokerageOptions>,
    plan,
    run,
    findings,
    figures,
};

/// Options of `link brokerage`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct BrokerageOptions {
    /// What every network has.
    #[serde(flatten)]
    pub network: NetworkOptions,
}

/// The roles in the order of the tables; the sixth is their sum.
pub const ROLES: [&str; 6] = ["coordinator", "itinerant", "representative", "gatekeeper", "liaison", "total"];
const EXPECTED: [&str; 6] = [
    "expected_coordinator",
    "expected_itinerant",
    "expected_representative",
    "expected_gatekeeper",
    "expected_liaison",
    "expected_total",
];
const Z: [&str; 6] = ["z_coordinator", "z_itinerant", "z_representative", "z_gatekeeper", "z_liaison", "z_total"];

/// How often every node stands between two others without a link from the first to the last, by role and in total.
///
/// # Complexity
/// O(Σ in-degree · out-degree).
#[must_use]
pub fn roles(outgoing: &Adjacency, incoming: &Adjacency, group: &[usize]) -> Vec<[f64; 6]> {
    let n = outgoing.len();
    let of = |mark: &mut Vec<u32>, i: usize| {
        let mut count = [0_u64; 6];
        for &j in incoming.neighbours(i) {
            // Marks who j is tied to itself.
            outgoing.neighbours(j as usize).iter().for_each(|&k| mark[k as usize] = j);
            for &k in outgoing.neighbours(i) {
                if k != j && mark[k as usize] != j {
                    count[role(group[j as usize], group[i], group[k as usize])] += 1;
                }
            }
            outgoing.neighbours(j as usize).iter().for_each(|&k| mark[k as usize] = u32::MAX);
        }
        count[5] = count.iter().sum();
        count.map(|count| count as f64)
    };
    (0..n).into_par_iter().map_init(|| vec![u32::MAX; n], of).collect()
}

/// Number of the role of a broker of one group between two others.
fn role(from: usize, broker: usize, to: usize) -> usize {
    match (from == broker, broker == to, from == to) {
        (true, true, _) => 0,
        (false, false, true) => 1,
        (true, false, _) => 2,
        (false, true, _) => 3,
        (false, false, false) => 4,
    }
}

/// Mean and variance of every role under independent links, for a broker of each group.
///
/// # Formula
/// p = m/(n(n−1)), q = 1 − p, π = p²q: mean Nπ, variance Nπ(1−π) + S p³q³, with N triples and S ordered pairs of
/// triples that share an end (Gould and Fernandez 1989).
#[must_use]
pub fn expected(sizes: &[f64], links: f64) -> Vec<[(f64, f64); 6]> {
    let n: f64 = sizes.iter().sum();
    let p = links / (n * (n - 1.0));
    let q = 1.0 - p;
    let pi = p * p * q;
    let moments =
        |(triples, pairs): (f64, f64)| (triples * pi, triples * pi * (1.0 - pi) + pairs * p.powi(3) * q.powi(3));
    let of = |(g, size): (usize, &f64)| {
        let (a, b) = (size - 1.0, n - size);
        let others = || sizes.iter().enumerate().filter(move |(h, _)| *h != g).map(|(_, size)| *size);
        let itinerant = others().map(|h| h * (h - 1.0)).sum();
        let itinerant_pairs = 2.0 * others().map(|h| h * (h - 1.0) * (h - 2.0)).sum::<f64>();
        let liaison = others().map(|h| h * (b - h)).sum();
        let liaison_pairs = 2.0 * others().map(|h| h * (b - h) * (b - h - 1.0)).sum::<f64>();
        let side = (a * b, a * b * (a - 1.0) + a * b * (b - 1.0));
        let total = ((n - 1.0) * (n - 2.0), 2.0 * (n - 1.0) * (n - 2.0) * (n - 3.0));
        let coordinator = (a * (a - 1.0), 2.0 * a * (a - 1.0) * (a - 2.0));
        [coordinator, (itinerant, itinerant_pairs), side, side, (liaison, liaison_pairs), total].map(moments)
    };
    sizes.iter().enumerate().map(of).collect()
}

fn plan(values: &OptionValues, given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: BrokerageOptions = parse_options(values)?;
    Ok(options.network.plan(given, &[]))
}

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: BrokerageOptions = parse_options(values)?;
    let network = Network::of(inputs, &options.network)?;
    let (groups, names) = groups_of(inputs, &network, &options.network)?;
    let found = roles(&network.outgoing(), &network.incoming(), &groups);
    let mut outcome = Outcome::new("link brokerage", "brokerage roles (Gould and Fernandez 1989)");
    if !network.directed {
        outcome.convention("undirected", "each link both ways");
    }
    outcome.warnings.clone_from(&network.warnings);
    if !network.directed {
        outcome.warn(Message::new("link.brokerage.undirected"));
    }
    for (k, role) in ROLES.iter().enumerate() {
        outcome.scalar(role, found.iter().map(|counts| counts[k]).sum());
    }
    let table = nodes(&network, &groups, &names, &found);
    if network.directed {
        let lacking = Z.iter().any(|z| table.numbers(z).is_some_and(|z| z.iter().any(|z| z.is_nan())));
        if lacking {
            outcome.warn(Message::new("link.brokerage.no-variance"));
        }
    }
    outcome.add_table("nodes", table);
    let mut sums = vec![[0.0; 6]; names.len()];
    for (counts, &g) in found.iter().zip(&groups) {
        (0..6).for_each(|k| sums[g][k] += counts[k]);
    }
    let start = Table::empty().with_text("group", text(&names));
    let table = ROLES
        .iter()
        .enumerate()
        .fold(start, |table, (k, role)| table.with_numbers(role, sums.iter().map(|sums| sums[k]).collect()));
    outcome.add_table("groups", table);
    Ok(outcome)
}

fn nodes(network: &Network, groups: &[usize], names: &[String], found: &[[f64; 6]]) -> Table {
    let mut sizes = vec![0.0; names.len()];
    groups.iter().for_each(|&g| sizes[g] += 1.0);
    let moments = expected(&sizes, network.links.len() as f64);
    let moment = |node: usize, k: usize| {
        if network.directed { moments[groups[node]][k] } else { (f64::NAN, f64::NAN) }
    };
    let z = |node: usize, k: usize| {
        let (mean, variance) = moment(node, k);
        if variance > 0.0 { (found[node][k] - mean) / variance.sqrt() } else { f64::NAN }
    };
    let n = network.len();
    let mut table = network.node_table();
    for (k, role) in ROLES.iter().enumerate() {
        table = table.with_numbers(role, found.iter().map(|counts| counts[k]).collect());
    }
    for k in 0..6 {
        table = table
            .with_numbers(EXPECTED[k], (0..n).map(|node| moment(node, k).0).collect())
            .with_numbers(Z[k], (0..n).map(|node| z(node, k)).collect());
    }
    table
}

fn findings(outcome: &Outcome, focus: &Focus) -> Vec<Message> {
    let number = |name: &str| outcome.number(name).unwrap_or_default();
    let mut said = vec![ROLES.iter().fold(Message::new("link.brokerage.roles"), |message, role| {
        message.with(role, distretto_core::Arg::Count(number(role) as usize))
    })];
    if let Some(table) = outcome.table("nodes") {
        said.extend(super::words::leaders("link.brokerage.brokers", table, "total"));
        said.extend(super::words::node_rank("link.brokerage.of-focus", table, "total", focus));
    }
    said
}

fn figures(_outcome: &Outcome) -> Vec<FigureSpec> {
    let roles = FigureSpec::new(FigureKind::Components).of_table("nodes").of_value("total").by("id").first(20);
    vec![roles.stacking(&ROLES[..5])]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_of_a_chain() {
        // 0 → 1 → 2 with groups A A B: representative; A → B → C: liaison.
        let out = Adjacency::new(3, [(0, 1, 1.0), (1, 2, 1.0)].into_iter());
        let back = Adjacency::new(3, [(1, 0, 1.0), (2, 1, 1.0)].into_iter());
        assert_eq!(roles(&out, &back, &[0, 0, 1])[1], [0.0, 0.0, 1.0, 0.0, 0.0, 1.0]);
        assert_eq!(roles(&out, &back, &[0, 1, 2])[1], [0.0, 0.0, 0.0, 0.0, 1.0, 1.0]);
        assert_eq!(roles(&out, &back, &[0, 1, 0])[1], [0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn triples_add_to_the_total() {
        for roles in expected(&[3.0, 4.0, 2.0], 20.0) {
            let sum: f64 = roles[..5].iter().map(|(mean, _)| mean).sum();
            assert!((sum - roles[5].0).abs() < 1e-12);
        }
    }
}
