//! A network from year to year.

use super::adjacency::Adjacency;
use super::cohesion::{clustering, components};
use super::options::{INPUTS, NetworkOptions};
use super::read::{Link, Network};
use crate::words::named;
use crate::words::ratio;
use distretto_core::{
    Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Inputs, Message, OptionValues, Outcome, Table,
    TableSpec, option_specs, parse_options,
};
use rustc_hash::FxHashSet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "link",
    name: "evolution",
    about: "A network from year to year: entrants and exits, new and lost links, clustering, openness",
    chapter: "link/networks-change",
    revision: 1,
    inputs: INPUTS,
    options: option_specs::<EvolutionOptions>,
    plan,
    run,
    findings,
    figures,
};

/// Options of `link evolution`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct EvolutionOptions {
    /// What every network has.
    #[serde(flatten)]
    pub network: NetworkOptions,
    /// The links that count in a year: those of the `year`, of all years so far (`cumulative`), or of the last N years.
    pub window: String,
}

impl Default for EvolutionOptions {
    fn default() -> Self {
        Self { network: NetworkOptions::default(), window: "year".to_owned() }
    }
}

impl EvolutionOptions {
    /// Years that a window holds; nothing for all so far.
    fn years(&self) -> Result<Option<i64>, Fault> {
        match self.window.as_str() {
            "year" => Ok(Some(1)),
            "cumulative" => Ok(None),
            number => number.parse().ok().filter(|years| *years > 0).map(Some).ok_or_else(|| {
                Fault::option(format!(
                    "option `window`: `{number}` is neither `year`, `cumulative` nor a number of years"
                ))
                .with_value(number)
            }),
        }
    }
}

/// The network of one window; NaN where a number does not exist.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// The year that it ends with.
    pub year: i64,
    nodes: FxHashSet<u32>,
    links: FxHashSet<(u32, u32)>,
    /// Mean local clustering of the nodes with a link.
    pub average_clustering: f64,
    /// Share of those in the largest component.
    pub largest_share: f64,
    /// E-I of the links, where nodes have groups.
    pub e_i: f64,
}

/// The windows of all years that the rows have, ascending; `span` years each, or all so far.
#[must_use]
pub fn windows(network: &Network, span: Option<i64>, with_weights: bool) -> Vec<Window> {
    let years: std::collections::BTreeSet<i64> = network.rows.iter().filter_map(|row| row.year).collect();
    let of = |&year: &i64| {
        let mut sums: BTreeMap<(u32, u32), f64> = BTreeMap::new();
        for row in &network.rows {
            let within = |at: i64| at <= year && span.is_none_or(|span| at > year.saturating_sub(span));
            if row.year.is_some_and(within) {
                *sums.entry((row.source, row.target)).or_default() += row.weight;
            }
        }
        window(network, year, &sums, with_weights)
    };
    years.iter().map(of).collect()
}

fn window(network: &Network, year: i64, sums: &BTreeMap<(u32, u32), f64>, with_weights: bool) -> Window {
    let nodes: FxHashSet<u32> = sums.keys().flat_map(|&(a, b)| [a, b]).collect();
    let mut listed: Vec<u32> = nodes.iter().copied().collect();
    listed.sort_unstable();
    let place = |node: u32| listed.partition_point(|&other| other < node) as u32;
    let links = sums.iter().map(|(&(a, b), &weight)| Link { source: place(a), target: place(b), weight });
    let links: Vec<Link> = links.collect();
    let graph = Adjacency::both(listed.len(), &links);
    let (mut internal, mut external) = (0.0, 0.0);
    if let Some(groups) = &network.groups {
        for (&(a, b), &weight) in sums {
            let weight = if with_weights { weight } else { 1.0 };
            match (groups.code(a as usize), groups.code(b as usize)) {
                (Some(a), Some(b)) if a == b => internal += weight,
                (Some(_), Some(_)) => external += weight,
                _ => {}
            }
        }
    }
    Window {
        year,
        average_clustering: clustering(&graph, false).average,
        largest_share: ratio(components(&graph).largest_size() as f64, listed.len() as f64),
        e_i: ratio(external - internal, external + internal),
        links: sums.keys().copied().collect(),
        nodes,
    }
}

fn plan(values: &OptionValues, given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: EvolutionOptions = parse_options(values)?;
    options.years()?;
    Ok(options.network.plan_years(given, &[], true))
}

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: EvolutionOptions = parse_options(values)?;
    let span = options.years()?;
    let table = inputs.need("links")?;
    if table.numbers("year").is_none() {
        let fault = Fault::input("the column `year` is needed").in_table(table);
        return Err(fault.with_hint("name it with `--col year=NAME`"));
    }
    let network = Network::of(inputs, &options.network)?;
    let found = windows(&network, span, options.network.weighted);
    let mut outcome = Outcome::new("link evolution", "networks of successive years; persistence by Jaccard");
    outcome.convention("window", options.window.clone());
    outcome.convention("nodes", "nodes with a link in the window");
    outcome.warnings.clone_from(&network.warnings);
    let without = network.rows.iter().filter(|row| row.year.is_none()).count();
    if without > 0 {
        outcome.warn(Message::new("link.evolution.no-year").count("count", without));
    }
    if found.is_empty() {
        outcome.warn(Message::new("link.evolution.nothing"));
    }
    let empty: Vec<String> =
        found.windows(2).flat_map(|pair| pair[0].year + 1..pair[1].year).map(|year| year.to_string()).collect();
    if !empty.is_empty() {
        let labels: Vec<&str> = empty.iter().map(String::as_str).collect();
        outcome.warn(named("link.evolution.empty", &labels));
    }
    if let Some(groups) = &network.groups {
        let without = (0..groups.len()).filter(|&v| groups.code(v).is_none()).count();
        if without > 0 {
            outcome.warn(Message::new("link.evolution.no-group").count("count", without));
        }
    }
    outcome.scalar("years", found.len() as f64);
    outcome.add_table("years", years_table(&network, &found));
    Ok(outcome)
}

fn years_table(network: &Network, found: &[Window]) -> Table {
    let column = |of: &dyn Fn(&Window) -> f64| found.iter().map(of).collect::<Vec<_>>();
    // The first year has nothing to compare with.
    let change = |of: &dyn Fn(&Window, &Window) -> f64| {
        let later = found.windows(2).map(|pair| of(&pair[0], &pair[1]));
        std::iter::once(f64::NAN).take(found.len().min(1)).chain(later).collect::<Vec<_>>()
    };
    let pairs = |n: f64| if network.directed { n * (n - 1.0) } else { n * (n - 1.0) / 2.0 };
    let common = |before: &Window, now: &Window| now.links.intersection(&before.links).count() as f64;
    let persistence = |before: &Window, now: &Window| {
        let common = common(before, now);
        ratio(common, (before.links.len() + now.links.len()) as f64 - common)
    };
    let table = Table::empty()
        .with_numbers("year", column(&|one| one.year as f64))
        .with_numbers("nodes", column(&|one| one.nodes.len() as f64))
        .with_numbers("links", column(&|one| one.links.len() as f64))
        .with_numbers("density", column(&|one| ratio(one.links.len() as f64, pairs(one.nodes.len() as f64))))
        .with_numbers("entrants", change(&|before, now| now.nodes.difference(&before.nodes).count() as f64))
        .with_numbers("exits", change(&|before, now| before.nodes.difference(&now.nodes).count() as f64))
        .with_numbers("links_new", change(&|before, now| now.links.len() as f64 - common(before, now)))
        .with_numbers("links_lost", change(&|before, now| before.links.len() as f64 - common(before, now)))
        .with_numbers("persistence", change(&persistence))
        .with_numbers("average_clustering", column(&|one| one.average_clustering))
        .with_numbers("largest_share", column(&|one| one.largest_share));
    if network.groups.is_some() { table.with_numbers("e_i", column(&|one| one.e_i)) } else { table }
}

fn findings(outcome: &Outcome, _focus: &Focus) -> Vec<Message> {
    let Some(table) = outcome.table("years").filter(|table| table.rows() > 1) else { return Vec::new() };
    let last = table.rows() - 1;
    let cell = |column: &str, row: usize| table.numbers(column).map_or(f64::NAN, |cells| cells[row]);
    let year = |row: usize| format!("{:.0}", cell("year", row));
    let mut said = vec![
        Message::new("link.evolution.size")
            .text("from", year(0))
            .text("to", year(last))
            .count("nodes0", cell("nodes", 0) as usize)
            .count("nodes1", cell("nodes", last) as usize)
            .count("links0", cell("links", 0) as usize)
            .count("links1", cell("links", last) as usize),
    ];
    let peak = (0..=last).fold(0, |best, row| if cell("links", row) > cell("links", best) { row } else { best });
    if peak > 0 && peak < last {
        let message = Message::new("link.evolution.peak").text("year", year(peak));
        let message = message.count("nodes", cell("nodes", peak) as usize);
        // Said first: of a rise and a fall the ends alone say nothing.
        said.insert(0, message.count("links", cell("links", peak) as usize));
    }
    let persistence = cell("persistence", last);
    if !persistence.is_nan() {
        let message = Message::new("link.evolution.turnover").text("year", year(last)).text("before", year(last - 1));
        said.push(
            message
                .count("entrants", cell("entrants", last) as usize)
                .count("exits", cell("exits", last) as usize)
                .with("share", distretto_core::Arg::Share(persistence)),
        );
    }
    said
}

fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    let lines = |value: &str| {
        let mut lines = FigureSpec::new(FigureKind::Lines).of_table("years");
        (lines.x, lines.y) = (Some("year".into()), Some(value.into()));
        lines
    };
    if outcome.table("years").is_none_or(|table| table.rows() < 2) {
        return Vec::new();
    }
    vec![lines("links"), lines("average_clustering")]
}
