//! From who takes part in what to who is tied to whom.

use super::participation::{Participation, TieWeight};
use crate::words::{named, ratio};
use distretto_core::{
    ColumnKind, Context, Estimand, Fault, FigureKind, FigureSpec, Focus, Given, Input, Inputs, Message, OptionValues,
    Outcome, Place, Table, TableSpec, Text, option_specs, parse_options,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The row of the registration table.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "link",
    name: "project",
    about: "Ties between actors with common events, or between events with common actors",
    chapter: "link/networks",
    revision: 2,
    inputs: &[Input::table("participation", Place::Positional, true, "Who takes part in what: actor, event")],
    options: option_specs::<ProjectOptions>,
    plan,
    run,
    findings,
    figures,
};

/// Which side of the table becomes the nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Onto {
    /// Actors, tied by common events.
    #[default]
    Actor,
    /// Events, tied by common actors.
    Event,
}

/// Options of `link project`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ProjectOptions {
    /// Weight of a tie: `count` (common events), `newman` (Σ 1/(size − 1)), `jaccard` or `binary`.
    pub weight: TieWeight,
    /// The nodes of the result: `actor` or `event`.
    pub onto: Onto,
    /// Events with more actors are left out; default none.
    pub max_size: Option<usize>,
}

fn plan(values: &OptionValues, _given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let _: ProjectOptions = parse_options(values)?;
    Ok(vec![TableSpec::new("participation").need("actor", ColumnKind::Label).need("event", ColumnKind::Label)])
}

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: ProjectOptions = parse_options(values)?;
    let table = inputs.need("participation")?;
    let (Some(actors), Some(events)) = (table.text("actor"), table.text("event")) else {
        return Err(Fault::input("the columns `actor` and `event` are needed").in_table(table));
    };
    let (nodes, ties) = if options.onto == Onto::Actor { (actors, events) } else { (events, actors) };
    let code = |text: &Text, row: usize| text.code(row).unwrap_or_default();
    let pairs: Vec<(u32, u32)> = (0..table.rows()).map(|row| (code(nodes, row), code(ties, row))).collect();
    let mut who = Participation::new(nodes.labels().len(), ties.labels().len(), &pairs);
    let mut outcome = Outcome::new("link project", method(options.weight));
    outcome.convention("repeated_pairs", "count once");
    if let Some(most) = options.max_size {
        let large = who.drop_larger(most);
        if !large.is_empty() {
            let labels: Vec<&str> = large.iter().map(|&event| ties.labels()[event as usize].as_str()).collect();
            outcome.warn(named("link.project.large", &labels).count("most", most));
        }
    }
    let size: Vec<usize> = who.sizes().filter(|&size| size > 0).collect();
    let links = who.project(options.weight);
    let n = nodes.labels().len();
    let (mut degree, mut strength) = (vec![0.0; n], vec![0.0; n]);
    for link in &links {
        strength[link.source as usize] += link.weight;
        strength[link.target as usize] += link.weight;
        degree[link.source as usize] += 1.0;
        degree[link.target as usize] += 1.0;
    }
    outcome
        .scalar("nodes", n as f64)
        .scalar("links", links.len() as f64)
        .scalar("events", size.len() as f64)
        .scalar("mean_event_size", ratio(size.iter().sum::<usize>() as f64, size.len() as f64));
    let text = |of: &dyn Fn(usize) -> u32, rows: usize| {
        Text::from_codes((0..rows).map(|row| Some(of(row))).collect(), nodes.labels().to_vec())
    };
    let table = Table::empty()
        .with_text("source", text(&|row| links[row].source, links.len()))
        .with_text("target", text(&|row| links[row].target, links.len()))
        .with_numbers("weight", links.iter().map(|link| link.weight).collect());
    outcome.add_table("links", table);
    let table = Table::empty()
        .with_text("id", text(&|row| row as u32, n))
        .with_numbers("events", (0..n).map(|node| who.events(node).len() as f64).collect())
        .with_numbers("degree", degree)
        .with_numbers("strength", strength);
    outcome.add_table("nodes", table);
    Ok(outcome)
}

fn method(weight: TieWeight) -> &'static str {
    match weight {
        TieWeight::Count => "projection, weight the number of common events (Breiger 1974)",
        TieWeight::Newman => "projection, weight Σ 1/(size − 1) over common events (Newman 2001)",
        TieWeight::Jaccard => "projection, weight common events over events of either (Jaccard)",
        TieWeight::Binary => "projection, every tie of weight 1",
    }
}

fn findings(outcome: &Outcome, _focus: &Focus) -> Vec<Message> {
    let count = |name: &str| outcome.number(name).unwrap_or_default() as usize;
    let message = Message::new("link.project.size").count("nodes", count("nodes")).count("links", count("links"));
    let mean = outcome.number("mean_event_size").unwrap_or(f64::NAN);
    let mut said = vec![message.count("events", count("events")).number("mean", mean)];
    if let Some(table) = outcome.table("nodes") {
        if is_damped(outcome) {
            said.extend(super::words::leaders("link.project.strength", table, "strength"));
            // What the weights change is said first.
            said.rotate_right(1);
        }
        said.extend(super::words::leaders("link.project.degree", table, "degree"));
    }
    said
}

/// Whether ties weigh less in large events.
fn is_damped(outcome: &Outcome) -> bool {
    [TieWeight::Newman, TieWeight::Jaccard].iter().any(|&weight| outcome.provenance.method == method(weight))
}

fn figures(outcome: &Outcome) -> Vec<FigureSpec> {
    let value = if is_damped(outcome) { "strength" } else { "degree" };
    vec![FigureSpec::new(FigureKind::Bars).of_table("nodes").of_value(value).by("id").first(20)]
}
