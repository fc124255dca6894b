//! Structural holes (Burt 1992): effective size, efficiency, constraint, hierarchy.

use super::adjacency::Adjacency;
use super::options::{INPUTS, NetworkOptions};
use super::read::Network;
use super::words::{leaders, node_rank, trailers};
use crate::words::{named, where_true};
use distretto_core::{
    Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Inputs, Message, OptionValues, Outcome, Table,
    TableSpec, Text, option_specs, parse_options,
};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "link",
    name: "holes",
    about: "Structural holes: effective size, efficiency, constraint and hierarchy of every node (Burt 1992)",
    chapter: "link/networks",
    revision: 1,
    inputs: INPUTS,
    options: option_specs::<HolesOptions>,
    plan,
    run,
    findings,
    figures,
};

/// Options of `link holes`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct HolesOptions {
    /// What every network has.
    #[serde(flatten)]
    pub network: NetworkOptions,
}

/// The holes around one node; NaN for an isolate.
#[derive(Debug, Clone, PartialEq)]
pub struct Holes {
    /// Contacts that are not redundant.
    pub effective_size: f64,
    /// Effective size over contacts.
    pub efficiency: f64,
    /// Σ c_ij.
    pub constraint: f64,
    /// How far constraint comes from one contact.
    pub hierarchy: f64,
    /// Constraint by every contact, in the order of the contacts.
    pub ties: Vec<f64>,
}

/// The holes around every node; the weights of `graph` are s_ij = a_ij + a_ji.
///
/// # Formula
/// p_ij = s_ij/Σ_q s_iq, m_jq = s_jq/max_k s_jk over contacts. Effective size Σ_j [1 − Σ_{q≠i,j} p_iq m_jq] (q contacts
/// of i); c_ij = (p_ij + Σ_{q≠i,j} p_iq p_qj)²; constraint C = Σ_j c_ij; hierarchy Σ_j (c_ij N/C) ln(c_ij N/C)/(N ln N).
///
/// # Complexity
/// O(Σ degree²), O(n) memory for each thread.
///
/// # References
/// Burt 1992, ch. 2.
#[must_use]
pub fn holes(graph: &Adjacency) -> Vec<Holes> {
    let n = graph.len();
    let total: Vec<f64> = (0..n).map(|v| graph.strength(v)).collect();
    let most: Vec<f64> = (0..n).map(|v| graph.weights(v).iter().copied().fold(0.0, f64::max)).collect();
    let around =
        |(through, redundant): &mut (Vec<f64>, Vec<f64>), i: usize| one(graph, (&total, &most), i, through, redundant);
    (0..n).into_par_iter().map_init(|| (vec![0.0; n], vec![0.0; n]), around).collect()
}

/// The node `i`; `through[j]` gathers Σ_q p_iq p_qj, `redundant[j]` Σ_q p_iq m_jq; both are zero before and after.
fn one(
    graph: &Adjacency,
    (total, most): (&[f64], &[f64]),
    i: usize,
    through: &mut [f64],
    redundant: &mut [f64],
) -> Holes {
    let contacts = graph.neighbours(i);
    let n = contacts.len() as f64;
    if contacts.is_empty() {
        let none = f64::NAN;
        return Holes { effective_size: none, efficiency: none, constraint: none, hierarchy: none, ties: Vec::new() };
    }
    for (q, weight) in graph.pairs(i) {
        let share = weight / total[i];
        for (j, weight) in graph.pairs(q as usize).filter(|(j, _)| *j as usize != i) {
            through[j as usize] += share * weight / total[q as usize];
            redundant[j as usize] += share * weight / most[j as usize];
        }
    }
    let ties: Vec<f64> = graph.pairs(i).map(|(j, weight)| (weight / total[i] + through[j as usize]).powi(2)).collect();
    let effective_size = contacts.iter().map(|&j| 1.0 - redundant[j as usize]).sum::<f64>();
    for &q in contacts {
        for &j in graph.neighbours(q as usize) {
            (through[j as usize], redundant[j as usize]) = (0.0, 0.0);
        }
    }
    let constraint: f64 = ties.iter().sum();
    let share = |c: &f64| c * n / constraint;
    let hierarchy = if contacts.len() == 1 {
        1.0
    } else {
        ties.iter().map(|c| share(c) * share(c).ln()).sum::<f64>() / (n * n.ln())
    };
    Holes { effective_size, efficiency: effective_size / n, constraint, hierarchy, ties }
}

fn plan(values: &OptionValues, given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: HolesOptions = parse_options(values)?;
    Ok(options.network.plan(given, &[]))
}

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: HolesOptions = parse_options(values)?;
    let network = Network::of(inputs, &options.network)?;
    let graph = symmetric(&network, options.network.weighted);
    let found = holes(&graph);
    let mut outcome = Outcome::new("link holes", "structural holes (Burt 1992, ch. 2), contacts in and out");
    outcome.convention("effective_size", "formula of Burt 1992 with p and m over all contacts");
    outcome.warnings.clone_from(&network.warnings);
    let isolates = where_true(&network.ids, |i| graph.degree(i) == 0);
    if !isolates.is_empty() {
        outcome.warn(named("link.holes.isolates", &isolates));
    }
    outcome.scalar("nodes", network.len() as f64).scalar("links", network.links.len() as f64);
    let column = |of: fn(&Holes) -> f64| found.iter().map(of).collect::<Vec<_>>();
    let degree = super::centrality::degrees(network.directed, &network.outgoing(), &network.incoming()).degree;
    let nodes = network
        .node_table()
        .with_numbers("degree", degree)
        .with_numbers("effective_size", column(|one| one.effective_size))
        .with_numbers("efficiency", column(|one| one.efficiency))
        .with_numbers("constraint", column(|one| one.constraint))
        .with_numbers("hierarchy", column(|one| one.hierarchy));
    outcome.add_table("nodes", nodes).add_table("ties", ties(&network, &graph, &found));
    Ok(outcome)
}

/// s_ij = a_ij + a_ji; every link counts 1 unless weights do.
fn symmetric(network: &Network, weighted: bool) -> Adjacency {
    if weighted {
        return network.underlying();
    }
    let mut links = network.links.clone();
    links.iter_mut().for_each(|link| link.weight = 1.0);
    Adjacency::both(network.len(), &links)
}

fn ties(network: &Network, graph: &Adjacency, found: &[Holes]) -> Table {
    let pairs = (0..graph.len()).flat_map(|i| graph.neighbours(i).iter().map(move |&j| (i as u32, j)));
    let (source, target): (Vec<_>, Vec<_>) = pairs.map(|(i, j)| (Some(i), Some(j))).unzip();
    Table::empty()
        .with_text("source", Text::from_codes(source, network.ids.clone()))
        .with_text("target", Text::from_codes(target, network.ids.clone()))
        .with_numbers("constraint", found.iter().flat_map(|one| one.ties.iter().copied()).collect())
}

fn findings(outcome: &Outcome, focus: &Focus) -> Vec<Message> {
    let Some(table) = outcome.table("nodes") else { return Vec::new() };
    let mut said: Vec<Message> = leaders("link.holes.effective", table, "effective_size").into_iter().collect();
    said.extend(trailers("link.holes.free", table, "constraint"));
    said.extend(leaders("link.holes.constrained", table, "constraint"));
    said.extend(node_rank("link.holes.of-focus", table, "constraint", focus));
    said
}

fn figures(_outcome: &Outcome) -> Vec<FigureSpec> {
    // The value orders the table of the report: who spans most holes stands first.
    let mut scatter = FigureSpec::new(FigureKind::Scatter).of_table("nodes").by("id").of_value("effective_size");
    (scatter.x, scatter.y) = (Some("degree".into()), Some("constraint".into()));
    vec![scatter.on_log_axes()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(n: usize, links: &[(u32, u32)]) -> Adjacency {
        let ways: Vec<_> = links.iter().flat_map(|&(a, b)| [(a, b, 2.0), (b, a, 2.0)]).collect();
        Adjacency::new(n, ways.into_iter())
    }

    /// A closed triad has constraint 1.125 and effective size 1 (Burt 1992); the centre of a star 1/N and N.
    #[test]
    fn triad_and_star() {
        let triad = holes(&graph(3, &[(0, 1), (1, 2), (0, 2)]));
        assert!((triad[0].constraint - 1.125).abs() < 1e-15 && (triad[0].effective_size - 1.0).abs() < 1e-15);
        assert!(triad[0].hierarchy.abs() < 1e-15);
        let star = holes(&graph(6, &[(0, 1), (0, 2), (0, 3), (0, 4)]));
        assert_eq!((star[0].constraint, star[0].effective_size, star[0].efficiency), (0.25, 4.0, 1.0));
        assert_eq!((star[1].constraint, star[1].hierarchy), (1.0, 1.0));
        assert!(star[5].constraint.is_nan());
    }
}
