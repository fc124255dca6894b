//! A statistic among networks with the same degrees.

use super::assortativity::{degree_assortativity, kind_assortativity, mixing, numeric_assortativity, numeric_column};
use super::betweenness::{Paths, Sources, betweenness};
use super::cohesion::clustering;
use super::communities::{SearchOptions, find, modularity};
use super::draws::Draws;
use super::e_i::{e_i, groups_of};
use super::error::NetworkError;
use super::options::{INPUTS, NetworkOptions, PathOptions};
use super::reach::reach;
use super::read::{Link, Network};
use super::rewire::{Swap, mark, rewired};
use super::shape::{
    Length, betweenness_centralisation, degree_centralisation, density, diameter, parts, reached, reciprocity,
};
use crate::words::ratio;
use distretto_core::{
    Arg, ColumnKind, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Inputs, Message, OptionValues,
    Outcome, Silent, Table, TableSpec, option_specs, parse_options,
};
use distretto_numerics::{Key, Stream};
use rayon::prelude::*;
use rustc_hash::FxHashSet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "link",
    name: "null",
    about: "A statistic of a network among random networks with the same degrees",
    chapter: "link/networks",
    revision: 1,
    inputs: INPUTS,
    options: option_specs::<NullOptions>,
    plan,
    run,
    findings,
    figures,
};

/// Numbers that can be compared with a null model: scalars of `network`, `assortativity`, `communities`, `e-i`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names are those of the scalars")]
pub enum Statistic {
    Nodes,
    Links,
    Density,
    Reciprocity,
    Components,
    LargestComponentShare,
    Isolates,
    AverageDegree,
    Transitivity,
    AverageClustering,
    AveragePathLength,
    Diameter,
    DegreeCentralisation,
    BetweennessCentralisation,
    DegreeAssortativity,
    KindAssortativity,
    NumericAssortativity,
    Communities,
    Modularity,
    Internal,
    External,
    EI,
    Expected,
    Rescaled,
}

/// Options of `link null`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct NullOptions {
    /// What every network has.
    #[serde(flatten)]
    pub network: NetworkOptions,
    /// How long a link is.
    #[serde(flatten)]
    pub paths: PathOptions,
    /// How communities are searched.
    #[serde(flatten)]
    pub search: SearchOptions,
    /// The number that is compared: a scalar of `network`, `assortativity`, `communities` or `e-i`.
    pub statistic: Option<Statistic>,
    /// Random networks.
    pub draws: u32,
    /// Attempted swaps per link for each of them.
    pub swaps: usize,
    /// Nodes with fewer than two ties are left out of the average clustering.
    pub skip_low: bool,
    /// Column of numbers of the nodes, for `numeric_assortativity`.
    pub numeric: Option<String>,
}

impl Default for NullOptions {
    fn default() -> Self {
        Self {
            network: NetworkOptions::default(),
            paths: PathOptions::default(),
            search: SearchOptions::default(),
            statistic: None,
            draws: 1000,
            swaps: 10,
            skip_low: false,
            numeric: None,
        }
    }
}

/// What a statistic needs besides the links.
struct Setting<'a> {
    options: &'a NullOptions,
    statistic: Statistic,
    groups: Option<Vec<usize>>,
    numbers: Option<Vec<f64>>,
    seed: u64,
}

/// The number of one network.
fn statistic(network: &Network, setting: &Setting) -> Result<f64, NetworkError> {
    let options = setting.options;
    let length = Length::of(&options.network, options.paths.distance);
    let under = || network.underlying();
    let with_weights = options.network.weighted;
    let of_groups = || setting.groups.as_ref().map(|groups| e_i(network, groups, with_weights));
    Ok(match setting.statistic {
        Statistic::Nodes => network.len() as f64,
        Statistic::Links => network.links.len() as f64,
        Statistic::Density => density(network),
        Statistic::Reciprocity => reciprocity(network),
        Statistic::Components => parts(&under()).components.size.len() as f64,
        Statistic::LargestComponentShare => parts(&under()).largest_share,
        Statistic::Isolates => parts(&under()).isolates as f64,
        Statistic::AverageDegree => ratio(2.0 * network.links.len() as f64, network.len() as f64),
        Statistic::Transitivity => clustering(&under(), options.skip_low).transitivity,
        Statistic::AverageClustering => clustering(&under(), options.skip_low).average,
        Statistic::AveragePathLength => reached(network, length, &Silent)?.mean_distance(),
        Statistic::Diameter => diameter(&parts(&under()).components, &reach(&under(), &Silent)?),
        Statistic::DegreeCentralisation => degree_centralisation(&under()),
        Statistic::BetweennessCentralisation => {
            let graph = length.graph(under());
            let paths = Paths { graph: &graph, lengths: length.is_weighted(), symmetric: true };
            betweenness_centralisation(&betweenness(paths, Sources::All, &Silent)?.betweenness)
        }
        Statistic::DegreeAssortativity => degree_assortativity(network),
        Statistic::KindAssortativity => {
            network.groups.as_ref().map_or(f64::NAN, |groups| kind_assortativity(&mixing(network, groups)))
        }
        Statistic::NumericAssortativity => {
            setting.numbers.as_ref().map_or(f64::NAN, |numbers| numeric_assortativity(network, numbers))
        }
        Statistic::Communities | Statistic::Modularity => {
            let found = find(network, &options.search, with_weights, setting.seed)?;
            if setting.statistic == Statistic::Communities {
                found.iter().max().map_or(0.0, |&most| (most + 1) as f64)
            } else {
                modularity(network, &found, with_weights, options.search.resolution)
            }
        }
        Statistic::Internal => of_groups().map_or(f64::NAN, |found| found.internal),
        Statistic::External => of_groups().map_or(f64::NAN, |found| found.external),
        Statistic::EI => of_groups().map_or(f64::NAN, |found| found.e_i),
        Statistic::Expected => of_groups().map_or(f64::NAN, |found| found.expected),
        Statistic::Rescaled => of_groups().map_or(f64::NAN, |found| found.rescaled),
    })
}

/// The same nodes with other links.
pub(crate) fn with_links(network: &Network, links: Vec<Link>) -> Network {
    Network {
        ids: vec![String::new(); network.len()],
        groups: network.groups.clone(),
        directed: network.directed,
        links,
        ..Network::default()
    }
}

fn plan(values: &OptionValues, given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: NullOptions = parse_options(values)?;
    let more: Vec<(&str, ColumnKind)> =
        options.numeric.iter().map(|name| (name.as_str(), ColumnKind::Number)).collect();
    Ok(options.network.plan(given, &more))
}

fn setting<'a>(inputs: &Inputs, network: &Network, options: &'a NullOptions, seed: u64) -> Result<Setting<'a>, Fault> {
    options.search.validate()?;
    let statistic = options.statistic.ok_or_else(|| {
        Fault::usage("option `statistic` is needed: the number that is compared")
            .with_hint("for instance --statistic transitivity")
    })?;
    if options.draws == 0 {
        return Err(Fault::option("option `draws`: at least one draw is needed"));
    }
    let by_group = matches!(
        statistic,
        Statistic::Internal | Statistic::External | Statistic::EI | Statistic::Expected | Statistic::Rescaled
    );
    let groups = if by_group { Some(groups_of(inputs, network, &options.network)?.0) } else { None };
    if statistic == Statistic::KindAssortativity && network.groups.is_none() {
        return Err(NetworkError::NoGroups { column: options.network.group.clone() }.into());
    }
    let numbers = match (&options.numeric, statistic) {
        (Some(column), _) => Some(numeric_column(inputs, column)?),
        (None, Statistic::NumericAssortativity) => {
            return Err(Fault::option("option `numeric` names the column that `numeric_assortativity` needs"));
        }
        _ => None,
    };
    Ok(Setting { options, statistic, groups, numbers, seed })
}

fn run(inputs: &Inputs, values: &OptionValues, context: &Context) -> Result<Outcome, Fault> {
    let options: NullOptions = parse_options(values)?;
    let network = Network::of(inputs, &options.network)?;
    let setting = setting(inputs, &network, &options, context.seed)?;
    let observed = statistic(&network, &setting)?;
    let key = Key::new(context.seed, "link null");
    context.progress.begin("draws", u64::from(options.draws));
    let one = |draw: u32| -> Result<(f64, u128), NetworkError> {
        if context.progress.cancelled() {
            return Err(NetworkError::Stopped);
        }
        let mut stream = Stream::new(key, 0, u64::from(draw));
        let links = rewired(&network.links, network.directed, options.swaps, Swap::Any, &mut stream);
        let mark = mark(&links, network.directed);
        let value = statistic(&with_links(&network, links), &setting)?;
        context.progress.advance(1);
        Ok((value, mark))
    };
    let found: Vec<(f64, u128)> = (0..options.draws).into_par_iter().map(one).collect::<Result<_, _>>()?;
    let draws: Vec<f64> = found.iter().map(|one| one.0).collect();
    let distinct = found.iter().map(|one| one.1).collect::<FxHashSet<_>>().len();
    let tests = Draws::new(observed, &draws);
    let mut outcome = Outcome::new("link null", "degree-preserving swaps (Maslov and Sneppen 2002)");
    outcome.convention("p_value", "(1 + as extreme)/(1 + draws)");
    outcome.warnings.clone_from(&network.warnings);
    if observed.is_nan() {
        outcome.warn(Message::new("link.null.nothing"));
    } else if tests.z.is_nan() {
        outcome.warn(Message::new("link.null.constant"));
    }
    if (distinct as f64) < f64::from(options.draws) / 2.0 {
        outcome.warn(Message::new("link.null.few").count("distinct", distinct).count("draws", options.draws as usize));
    }
    outcome.scalar("observed", observed).scalar("mean", tests.mean).scalar("sd", tests.sd).scalar("z", tests.z);
    outcome
        .scalar("p_greater", tests.p_greater)
        .scalar("p_less", tests.p_less)
        .scalar("p_two_sided", tests.p_two_sided)
        .scalar("distinct", distinct as f64);
    let table = Table::empty()
        .with_numbers("draw", (1..=draws.len()).map(|draw| draw as f64).collect())
        .with_numbers("value", draws);
    outcome.add_table("draws", table);
    Ok(outcome)
}

fn findings(outcome: &Outcome, _focus: &Focus) -> Vec<Message> {
    let (Some(observed), Some(mean)) = (outcome.number("observed"), outcome.number("mean")) else { return Vec::new() };
    let mut said = vec![
        Message::new("link.null.compare")
            .number("observed", observed)
            .number("mean", mean)
            .number("sd", outcome.number("sd").unwrap_or_default()),
    ];
    if let (Some(z), Some(p)) = (outcome.number("z"), outcome.number("p_two_sided")) {
        said.push(Message::new("link.null.test").number("z", z).with("p", Arg::P(p)));
    }
    said
}

fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    let histogram = FigureSpec::new(FigureKind::Histogram).of_table("draws").of_value("value");
    vec![outcome.number("observed").map_or(histogram.clone(), |observed| histogram.against(observed))]
}
