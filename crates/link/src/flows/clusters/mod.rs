//! Clusters of industries from the flows between them.

mod factors;

use crate::communities::{Search, WeightedGraph, communities};
use crate::table::{FlowError, IoTable, TableOptions, table_columns};
use crate::words::{ratio, text};
use distretto_core::{
    Arg, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Input, Inputs, Message, OptionValues, Outcome,
    Place, Table, TableSpec, Text, option_specs, parse_options,
};
use distretto_numerics::Matrix;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use factors::{Factors, roepke};

/// The row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "link",
    name: "clusters",
    about: "Clusters of industries: communities of the flows, or factors of their profiles",
    chapter: "link/clusters",
    revision: 1,
    inputs: &[Input::table("table", Place::Positional, true, super::TABLE_HELP)],
    options: option_specs::<ClustersOptions>,
    plan,
    run,
    findings,
    figures,
};

/// Weight of the tie between two sectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Tie {
    /// Mean of the four shares of purchases and sales (Streit 1969).
    #[default]
    Streit,
    /// Their maximum (Czamanski 1974).
    Czamanski,
    /// z_ij + z_ji.
    Flow,
}

/// How clusters are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClusterMethod {
    /// Communities by the Leiden method.
    #[default]
    Leiden,
    /// Communities by the Louvain method.
    Louvain,
    /// Principal components of the profiles, rotated (Roepke, Adams and Wiseman 1974).
    Roepke,
}

/// Options of `link clusters`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ClustersOptions {
    /// What every input–output table has.
    #[serde(flatten)]
    pub table: TableOptions,
    /// Weight of a tie: `streit` (mean of the shares), `czamanski` (their maximum) or `flow`.
    pub weight: Tie,
    /// `leiden`, `louvain` or `roepke`.
    pub method: ClusterMethod,
    /// Resolution γ of the modularity: larger values give smaller communities.
    pub resolution: f64,
    /// Restarts of the search, of which the best counts.
    pub restarts: usize,
    /// Factors that are kept; left out, those with an eigenvalue above 1.
    pub factors: Option<usize>,
    /// Absolute loadings from which a sector is a primary and a related member of a factor.
    pub cut: Vec<f64>,
}

impl Default for ClustersOptions {
    fn default() -> Self {
        Self {
            table: TableOptions::default(),
            weight: Tie::default(),
            method: ClusterMethod::default(),
            resolution: 1.0,
            restarts: 10,
            factors: None,
            cut: vec![0.6, 0.35],
        }
    }
}

/// Shares of purchases a_ij = z_ij/Σ_k z_kj and of sales b_ij = z_ij/Σ_k z_ik of a matrix without diagonal, 0 where empty.
#[must_use]
pub fn shares(z: &Matrix) -> (Matrix, Matrix) {
    let n = z.rows();
    let mut flows = z.clone();
    (0..n).for_each(|i| flows[(i, i)] = 0.0);
    let (bought, sold) = (flows.transpose_times_vector(&vec![1.0; n]), flows.times_vector(&vec![1.0; n]));
    let over = |cell: f64, by: f64| if by == 0.0 { 0.0 } else { cell / by };
    let purchases = Matrix::from_fn(n, n, |i, j| over(flows[(i, j)], bought[j]));
    let sales = Matrix::from_fn(n, n, |i, j| over(flows[(i, j)], sold[i]));
    (purchases, sales)
}

/// Weights of the ties between sectors, symmetric, without diagonal.
#[must_use]
pub fn ties(z: &Matrix, tie: Tie) -> Matrix {
    let (a, b) = shares(z);
    Matrix::from_fn(z.rows(), z.rows(), |i, j| {
        let four = [a[(i, j)], a[(j, i)], b[(i, j)], b[(j, i)]];
        match tie {
            _ if i == j => 0.0,
            Tie::Streit => four.iter().sum::<f64>() / 4.0,
            Tie::Czamanski => four.into_iter().fold(f64::NEG_INFINITY, f64::max),
            Tie::Flow => z[(i, j)] + z[(j, i)],
        }
    })
}

fn plan(values: &OptionValues, _given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let _: ClustersOptions = parse_options(values)?;
    Ok(vec![table_columns("table")])
}

fn run(inputs: &Inputs, values: &OptionValues, context: &Context) -> Result<Outcome, Fault> {
    let options: ClustersOptions = parse_options(values)?;
    let table = inputs.need("table")?;
    let io = IoTable::read(table, &options.table)?;
    package(&io, &options, context.seed).map_err(|error| Fault::from(error).in_table(table))
}

/// The links of a matrix of ties, each pair once, source first in table order.
fn links(weights: &Matrix) -> Vec<(usize, usize, f64)> {
    let n = weights.rows();
    let pairs = (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j)));
    pairs.map(|(i, j)| (i, j, weights[(i, j)])).filter(|(_, _, weight)| *weight != 0.0).collect()
}

fn check(options: &ClustersOptions, weights: &Matrix) -> Result<(f64, f64), FlowError> {
    let [primary, related] = options.cut[..] else {
        return Err(FlowError::Option { option: "cut", message: "two numbers are needed, PRIMARY,RELATED".into() });
    };
    if !(0.0 < related && related <= primary && primary <= 1.0) {
        return Err(FlowError::Option { option: "cut", message: "0 < RELATED ≤ PRIMARY ≤ 1 is needed".into() });
    }
    if options.resolution <= 0.0 || options.resolution.is_nan() {
        return Err(FlowError::Option { option: "resolution", message: "it must be above 0".into() });
    }
    if (0..weights.rows()).any(|j| weights.column(j).iter().any(|weight| *weight < 0.0)) {
        let message = "negative weight between two sectors: a community needs weights of 0 or more".to_owned();
        return Err(FlowError::Data { message, hint: "negative flows must be removed first".into() });
    }
    Ok((primary, related))
}

fn package(io: &IoTable, options: &ClustersOptions, seed: u64) -> Result<Outcome, FlowError> {
    let n = io.len();
    let z = io.dense_flows();
    let weights = ties(&z, options.weight);
    let (primary, related) = check(options, &weights)?;
    let links = links(&weights);
    let graph = WeightedGraph::new(n, &links);
    let mut loadings = None;
    // Without a community there is none: places from 0, NaN in the table.
    let community: Vec<Option<usize>> = match options.method {
        ClusterMethod::Roepke => {
            let found = roepke(&z, options.factors)?;
            let of = found.largest(related);
            loadings = Some(found);
            of
        }
        method => {
            let search = if method == ClusterMethod::Leiden { Search::Leiden } else { Search::Louvain };
            communities(&graph, search, options.resolution, options.restarts, seed).into_iter().map(Some).collect()
        }
    };
    let mut outcome = Outcome::new("link clusters", method_of(options));
    outcome.convention(
        "weight",
        match options.weight {
            Tie::Streit => "streit",
            Tie::Czamanski => "czamanski",
            Tie::Flow => "flow",
        },
    );
    outcome.warnings = io.warnings();
    let shares = options.method == ClusterMethod::Roepke || options.weight != Tie::Flow;
    if let Some((seller, buyer)) = io.first_negative(&z).filter(|_| shares) {
        outcome.warn(Message::new("link.clusters.negative").text("seller", seller).text("buyer", buyer));
    }
    // Sectors without a community stand alone behind the others when modularity is formed.
    let mut next = community.iter().flatten().max().map_or(0, |&most| most + 1);
    let count = next;
    let whole: Vec<usize> = community
        .iter()
        .map(|c| {
            c.unwrap_or_else(|| {
                next += 1;
                next - 1
            })
        })
        .collect();
    let used = (0..count).filter(|c| community.contains(&Some(*c))).count();
    let modularity = if links.is_empty() { f64::NAN } else { graph.modularity(&whole, options.resolution) };
    if links.is_empty() {
        outcome.warn(Message::new("link.clusters.no-ties"));
    }
    outcome.scalar("communities", used as f64).scalar("modularity", modularity);
    outcome.add_table("sectors", sectors(io, &z, &weights, &community));
    outcome.add_table("links", links_table(io, &links));
    let terms = graph.terms(&whole, options.resolution);
    let kept: Vec<usize> = (0..count).filter(|c| community.contains(&Some(*c))).collect();
    let size = |c: usize| community.iter().filter(|one| **one == Some(c)).count() as f64;
    let table = Table::empty()
        .with_numbers("community", kept.iter().map(|c| (c + 1) as f64).collect())
        .with_numbers("sectors", kept.iter().map(|&c| size(c)).collect())
        .with_numbers("weight", kept.iter().map(|&c| terms[c].0).collect())
        .with_numbers("modularity", kept.iter().map(|&c| terms[c].1).collect());
    outcome.add_table("communities", table);
    if let Some(found) = loadings {
        outcome.add_table("loadings", found.table(io.sectors(), primary, related));
    }
    outcome.add_table("matrix", super::matrix_table(io.sectors(), io.sectors(), &weights));
    Ok(outcome)
}

fn method_of(options: &ClustersOptions) -> &'static str {
    match options.method {
        ClusterMethod::Leiden => {
            "communities of the ties between sectors by modularity (Traag, Waltman and van Eck 2019)"
        }
        ClusterMethod::Louvain => "communities of the ties between sectors by modularity (Louvain)",
        ClusterMethod::Roepke => {
            "principal components of the profiles, varimax (Roepke, Adams and Wiseman 1974; Bergman and Feser 1999)"
        }
    }
}

fn links_table(io: &IoTable, links: &[(usize, usize, f64)]) -> Table {
    let label = |of: fn(&(usize, usize, f64)) -> usize| {
        Text::from_codes(links.iter().map(|link| Some(of(link) as u32)).collect(), io.sectors().to_vec())
    };
    Table::empty()
        .with_text("source", label(|link| link.0))
        .with_text("target", label(|link| link.1))
        .with_numbers("weight", links.iter().map(|link| link.2).collect())
}

fn sectors(io: &IoTable, z: &Matrix, weights: &Matrix, community: &[Option<usize>]) -> Table {
    let n = io.len();
    let core = |i: usize| {
        let inside: f64 =
            (0..n).filter(|&j| community[i].is_some() && community[j] == community[i]).map(|j| weights[(j, i)]).sum();
        ratio(inside, weights.column(i).iter().sum())
    };
    let core_share: Vec<f64> = (0..n).map(core).collect();
    let sold = z.times_vector(&vec![1.0; n]);
    let direct_forward = |i: usize| io.output().map_or(f64::NAN, |x| ratio(sold[i], x[i]));
    let role = |i: usize| {
        let forward = direct_forward(i);
        if core_share[i].is_nan() {
            None
        } else if core_share[i] < 0.5 {
            Some("related")
        } else if forward < 0.5 {
            Some("final")
        } else if forward.is_nan() {
            None
        } else {
            Some("intermediate")
        }
    };
    Table::empty()
        .with_text("sector", text(io.sectors()))
        .with_numbers("community", community.iter().map(|c| c.map_or(f64::NAN, |c| (c + 1) as f64)).collect())
        .with_numbers("core_share", core_share.clone())
        .with_text("role", (0..n).map(role).collect())
}

fn findings(outcome: &Outcome, focus: &Focus) -> Vec<Message> {
    let Some(table) = outcome.table("sectors") else { return Vec::new() };
    let (Some(names), Some(community)) = (table.text("sector"), table.numbers("community")) else { return Vec::new() };
    let count = outcome.number("communities").unwrap_or(0.0) as usize;
    let message = Message::new("link.clusters.found").count("count", count).count("sectors", table.rows());
    let mut said = vec![message.number("modularity", outcome.number("modularity").unwrap_or(f64::NAN))];
    for row in crate::words::focus_rows(table, focus) {
        let others = (0..table.rows()).filter(|&other| other != row && community[other] == community[row]);
        let list: Vec<Arg> =
            others.take(8).map(|other| Arg::Industry(names.get(other).unwrap_or_default().to_owned())).collect();
        let sector = Arg::Industry(names.get(row).unwrap_or_default().to_owned());
        if !list.is_empty() {
            said.push(Message::new("link.clusters.with").with("sector", sector).with("list", Arg::List(list)));
        }
    }
    said
}

fn figures(_outcome: &Outcome) -> Vec<FigureSpec> {
    vec![
        FigureSpec::new(FigureKind::Bars)
            .of_table("sectors")
            .of_value("core_share")
            .by("sector")
            .first(20)
            .against(0.5),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_by_hand() {
        // Off the diagonal a buys 2 of 2 from b, b buys 6 of 6 from a.
        let z = Matrix::from_columns(2, 2, vec![9.0, 2.0, 6.0, 1.0]);
        assert_eq!(ties(&z, Tie::Streit)[(0, 1)], 1.0);
        assert_eq!(ties(&z, Tie::Flow)[(1, 0)], 8.0);
        assert_eq!(ties(&z, Tie::Czamanski)[(0, 0)], 0.0);
    }
}
