//! The row of the registration table, and the result as tables.

use super::consistency::{
    Consistency, RandomIndex, Repair, consistency, geometric_consistency, repairs, triads, worst,
};
use super::group::{Group, GroupResult, aggregate, neighbours, without_experts};
use super::hierarchy::{Hierarchy, Node, NodeResult};
use super::judgements::{Judgements, judgements, matrix_columns};
use super::priority::Priority;
use super::words;
use crate::conventions;
use crate::firmness::Ranges;
use crate::idle::refuse_idle;
use crate::indicators::check_weights;
use crate::outcomes::{word_or_none, words_of};
use crate::ranks::ranks;
use distretto_core::{
    Arg, Context, Document, Estimand, Fault, Given, Input, InputKind, Inputs, Message, OptionValues, Outcome, Place,
    Table, TableSpec, Text, option_specs, options_record, parse_options,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Options of `ahp`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct AhpOptions {
    /// How priorities are found; default eigen.
    pub method: Option<Priority>,
    /// Random index: saaty, alonso-lamata or a number; default saaty.
    pub ri: Option<String>,
    /// How experts are put together.
    pub group: Group,
    /// Weight of each expert in the order of the files, summing to 1; default equal.
    pub expert_weights: Vec<f64>,
    /// Largest consistency ratio of consistent judgements.
    pub threshold: f64,
    /// Compute as a tool or school does: eigen/saaty, eigen/alonso-lamata, geometric/saaty or a tool; --method and --ri
    /// beat it.
    pub convention: Option<String>,
}

impl Default for AhpOptions {
    fn default() -> Self {
        Self { method: None, ri: None, group: Group::Aij, expert_weights: Vec::new(), threshold: 0.1, convention: None }
    }
}

impl AhpOptions {
    /// Method and random index in use.
    fn ways(&self) -> Result<(Priority, RandomIndex), Fault> {
        let preset = match &self.convention {
            Some(asked) => conventions::find("ahp", asked)?.id,
            None => "eigen/saaty",
        };
        let (method, ri) = preset.split_once('/').unwrap_or((preset, "saaty"));
        let method = self.method.unwrap_or(if method == "geometric" { Priority::Geometric } else { Priority::Eigen });
        Ok((method, self.ri.as_deref().unwrap_or(ri).parse()?))
    }

    /// Weights of so many experts.
    fn shares(&self, experts: usize) -> Result<Vec<f64>, Fault> {
        if self.expert_weights.is_empty() {
            return Ok(vec![1.0 / experts as f64; experts]);
        }
        if self.expert_weights.len() != experts {
            let given = self.expert_weights.len();
            let fault = Fault::option(format!("--expert-weights: {given} weight values for {experts} experts"));
            return Err(fault.with_hint("one weight for each file, in their order"));
        }
        check_weights(&self.expert_weights)?;
        Ok(self.expert_weights.clone())
    }
}

/// `appraise ahp`.
pub(crate) const ESTIMAND: Estimand = Estimand {
    engine: "appraise",
    name: "ahp",
    about: "Analytic hierarchy process: weights from pairwise judgements, consistency, repair",
    chapter: "appraise/ahp",
    revision: 2,
    inputs: &[Input {
        name: "matrices",
        kind: InputKind::TableOrDocument(&["node.*.matrix", "node.*.matrix.*"]),
        place: Place::Rest,
        required: true,
        help: "Pairwise matrices, one for each expert, or a hierarchy in a .toml file",
    }],
    options: option_specs::<AhpOptions>,
    plan,
    run,
    findings: words::findings,
    figures: words::figures,
};

fn plan(values: &OptionValues, given: &Given) -> Result<Vec<TableSpec>, Fault> {
    let options: AhpOptions = parse_options(values)?;
    options.ways()?;
    if options.threshold.is_nan() || options.threshold < 0.0 {
        let fault = Fault::option("--threshold is out of range; it must be 0 or more");
        return Err(fault.with_value(options.threshold.to_string()));
    }
    let named = given.iter().filter(|name| name.starts_with("node."));
    Ok(std::iter::once(matrix_columns("matrices")).chain(named.map(|name| matrix_columns(name))).collect())
}

/// What the tables of one matrix are made of.
pub(super) struct Solved {
    items: Vec<String>,
    experts: Vec<Judgements>,
    files: Vec<String>,
    group: GroupResult,
    consistency: Consistency,
    shares: Vec<f64>,
}

impl Solved {
    /// Weights and ranks when a judgement moves a step, and without each expert.
    fn ranges(&self, group: Group, method: Priority) -> Ranges {
        let mut ranges = Ranges::of(&self.group.weights);
        let moved = neighbours(&self.experts, &self.group, &self.shares, group, method);
        let absent = without_experts(&self.experts, &self.shares, group, method);
        moved.iter().chain(absent.iter().flatten()).for_each(|weights| ranges.widen(weights));
        ranges
    }
}

fn run(inputs: &Inputs, values: &OptionValues, _context: &Context) -> Result<Outcome, Fault> {
    let options: AhpOptions = parse_options(values)?;
    let (method, index) = options.ways()?;
    let outcome = match inputs.document("matrices") {
        Some(document) => hierarchy(document, inputs, &options, method, index, values)?,
        None => {
            let solved = experts(inputs, &options, method, index)?;
            refuse_without_experts(values, solved.experts.len())?;
            outcome(&solved, &options, method, index, f64::NAN)
        }
    };
    Ok(outcome)
}

/// One expert needs not be put together with others.
fn refuse_without_experts(values: &OptionValues, experts: usize) -> Result<(), Fault> {
    refuse_idle(values, &["group", "expert_weights"].map(|name| (name, experts > 1, "the matrices of several experts")))
}

/// The matrices of the experts, all in the order of the first.
fn experts(inputs: &Inputs, options: &AhpOptions, method: Priority, index: RandomIndex) -> Result<Solved, Fault> {
    let (mut experts, mut files): (Vec<Judgements>, Vec<String>) = (Vec::new(), Vec::new());
    for table in inputs.tables("matrices") {
        let found = judgements(table)?;
        let items = experts.first().map_or_else(|| found.items.clone(), |first| first.items.clone());
        experts.push(found.in_order(&items).map_err(|error| error.in_table(table, &items))?);
        files.push(table.origin().map_or_else(|| (files.len() + 1).to_string(), |origin| origin.path.clone()));
    }
    let Some(items) = experts.first().map(|first| first.items.clone()) else {
        return Err(Fault::option("a matrix or a hierarchy is needed"));
    };
    let shares = options.shares(experts.len())?;
    let group = aggregate(&experts, &shares, options.group, method);
    let consistency = consistency(&group.matrix, index);
    Ok(Solved { items, experts, files, group, consistency, shares })
}

fn hierarchy(
    document: &Document,
    inputs: &Inputs,
    options: &AhpOptions,
    method: Priority,
    index: RandomIndex,
    values: &OptionValues,
) -> Result<Outcome, Fault> {
    let hierarchy = Hierarchy::read(document, inputs)?;
    refuse_without_experts(values, hierarchy.nodes.iter().map(|node| node.experts.len()).max().unwrap_or(1))?;
    let results = hierarchy.solve(&|experts| options.shares(experts), options.group, method, index)?;
    let weights: Vec<Vec<f64>> = results.iter().map(|one| one.group.weights.clone()).collect();
    let (global, flows) = hierarchy.flows(&weights);
    let (root, result) = (&hierarchy.nodes[hierarchy.root], &results[hierarchy.root]);
    let solved = Solved {
        items: root.children.clone(),
        experts: root.experts.clone(),
        files: root.files.clone(),
        group: result.group.clone(),
        consistency: result.consistency,
        shares: options.shares(root.experts.len())?,
    };
    let mut outcome = outcome(&solved, options, method, index, hierarchy.total_ratio(&results, &global));
    outcome.add_table("nodes", nodes(&hierarchy, &results));
    let table = Table::empty()
        .with_text("item", words_of(flows.iter().map(|flow| &flow.item)))
        .with_text("parent", words_of(flows.iter().map(|flow| &flow.parent)))
        .with_numbers("local_weight", flows.iter().map(|flow| flow.local).collect())
        .with_numbers("global_weight", flows.iter().map(|flow| flow.global).collect());
    outcome.add_table("global", table);
    let scores = hierarchy.scores(&weights);
    let mut ranges = Ranges::of(&scores);
    for weights in hierarchy.variations(&results, &|experts| options.shares(experts), options.group, method)? {
        ranges.widen(&hierarchy.scores(&weights));
    }
    let table = Table::empty()
        .with_text("alternative", words_of(&hierarchy.alternatives))
        .with_numbers("score", scores.clone())
        .with_numbers("rank", ranks(&scores));
    outcome.add_table("alternatives", ranges.put(table, "score"));
    let bad = |&(node, result): &(&Node, &NodeResult)| {
        node.id != root.id && result.consistency.cr > options.threshold + 1e-12
    };
    for (node, result) in hierarchy.nodes.iter().zip(&results).filter(bad) {
        let warning = Message::new("appraise.ahp.inconsistent-node").text("node", node.id.as_str());
        let (row, column) = worst_names(node, result).unwrap_or_default();
        let warning = warning.number("cr", result.consistency.cr).number("threshold", options.threshold);
        outcome.warn(warning.text("row", row).text("column", column));
    }
    mend(&mut outcome, &hierarchy, &results, options, index);
    Ok(outcome)
}

/// Names of the judgement of a node that fits least.
fn worst_names(node: &Node, result: &NodeResult) -> Option<(String, String)> {
    let (i, j) = worst(&result.group.matrix, &result.group.weights)?;
    Some((node.children[i].clone(), node.children[j].clone()))
}

/// The repairs of every node of a hierarchy, those of the goal first, in place of those of the goal alone.
fn mend(
    outcome: &mut Outcome,
    hierarchy: &Hierarchy,
    results: &[NodeResult],
    options: &AhpOptions,
    index: RandomIndex,
) {
    let others = (0..hierarchy.nodes.len()).filter(|&i| i != hierarchy.root);
    let all = std::iter::once(hierarchy.root).chain(others).flat_map(|i| {
        let steps = repairs(&results[i].group.matrix, index, options.threshold);
        steps.into_iter().enumerate().map(move |(k, step)| (i, k + 1, step))
    });
    let steps: Vec<(usize, usize, Repair)> = all.collect();
    if steps.is_empty() {
        return;
    }
    let name = |i: usize, item: usize| hierarchy.nodes[i].children[item].as_str();
    let named: Vec<(usize, &str, &str, Repair)> =
        steps.iter().map(|&(i, k, step)| (k, name(i, step.cell.0), name(i, step.cell.1), step)).collect();
    let nodes = words_of(steps.iter().map(|&(i, ..)| &hierarchy.nodes[i].id));
    outcome.tables.retain(|(table, _)| table != "repairs");
    outcome.add_table("repairs", repairs_table(&named).with_text("node", nodes));
}

/// Suggested changes: step, row, column and the change.
fn repairs_table(steps: &[(usize, &str, &str, Repair)]) -> Table {
    let column = |value: &dyn Fn(&Repair) -> f64| steps.iter().map(|one| value(&one.3)).collect::<Vec<f64>>();
    Table::empty()
        .with_numbers("step", steps.iter().map(|one| one.0 as f64).collect())
        .with_text("row", words_of(steps.iter().map(|one| one.1)))
        .with_text("column", words_of(steps.iter().map(|one| one.2)))
        .with_numbers("value", column(&|step| step.value))
        .with_numbers("suggested", column(&|step| step.suggested))
        .with_numbers("cr_before", column(&|step| step.before))
        .with_numbers("cr_after", column(&|step| step.after))
}

fn nodes(hierarchy: &Hierarchy, results: &[NodeResult]) -> Table {
    let column =
        |value: fn(&Consistency) -> f64| results.iter().map(|one| value(&one.consistency)).collect::<Vec<f64>>();
    let cells: Vec<Option<(String, String)>> =
        hierarchy.nodes.iter().zip(results).map(|(node, result)| worst_names(node, result)).collect();
    let worst_of = |side: usize| -> Text {
        let one = |cell: &Option<(String, String)>| cell.clone().map(|cell| if side == 0 { cell.0 } else { cell.1 });
        cells.iter().map(one).collect()
    };
    Table::empty()
        .with_text("node", words_of(hierarchy.nodes.iter().map(|node| &node.id)))
        .with_numbers("n", hierarchy.nodes.iter().map(|node| node.children.len() as f64).collect())
        .with_numbers("lambda_max", column(|c| c.lambda_max))
        .with_numbers("ci", column(|c| c.ci))
        .with_numbers("ri", column(|c| c.ri))
        .with_numbers("cr", column(|c| c.cr))
        .with_text("worst_row", worst_of(0))
        .with_text("worst_column", worst_of(1))
}

fn outcome(solved: &Solved, options: &AhpOptions, method: Priority, index: RandomIndex, total: f64) -> Outcome {
    let mut outcome = Outcome::new("appraise ahp", "analytic hierarchy process (Saaty 1980)");
    let (matrix, c) = (&solved.group.matrix, solved.consistency);
    let consistent = c.cr <= options.threshold + 1e-12;
    let worst = worst(matrix, &solved.group.weights).map(|(i, j)| (solved.items[i].as_str(), solved.items[j].as_str()));
    let triads = triads(matrix);
    let missing: usize = solved.experts.iter().map(|expert| expert.missing().len()).sum();
    outcome.scalar("n", solved.items.len() as f64).scalar("lambda_max", c.lambda_max).scalar("ci", c.ci);
    outcome.scalar("ri", c.ri).scalar("cr", c.cr).scalar("gci", geometric_consistency(matrix));
    if c.cr.is_nan() {
        outcome.scalar("consistent", f64::NAN);
    } else {
        outcome.flag("consistent", consistent);
    }
    outcome.scalar("experts", solved.experts.len() as f64).scalar("missing", missing as f64);
    outcome.scalar("circular_triads", triads.len() as f64);
    word_or_none(&mut outcome, "worst_row", worst.map(|cell| cell.0));
    word_or_none(&mut outcome, "worst_column", worst.map(|cell| cell.1));
    outcome.scalar("total_cr", total).word("method", method.word());
    outcome.word("convention", &format!("ahp/{}/{}", method.word(), index.id()));
    let weights = Table::empty()
        .with_text("item", words_of(&solved.items))
        .with_numbers("weight", solved.group.weights.clone())
        .with_numbers("rank", ranks(&solved.group.weights));
    outcome
        .add_table("weights", solved.ranges(options.group, method).put(weights, "weight"))
        .add_table("experts", experts_table(solved, index));
    further(&mut outcome, solved, &triads, options, index);
    if c.cr.is_nan() {
        outcome.warn(Message::new("appraise.ahp.no-index").count("n", solved.items.len()));
    } else if let (false, Some((row, column))) = (consistent, worst) {
        let warning =
            Message::new("appraise.ahp.inconsistent").number("cr", c.cr).number("threshold", options.threshold);
        outcome.warn(warning.text("row", row).text("column", column));
    }
    outcome.warn(Message::new("appraise.ahp.firm").count("experts", solved.experts.len()));
    outcome.convention("random_index", index.id());
    outcome.convention("group", options.group.word());
    outcome.provenance.options = options_record(options);
    outcome
}

/// Priorities and ratio of each expert.
fn experts_table(solved: &Solved, index: RandomIndex) -> Table {
    let n = solved.items.len();
    let ratios = solved.group.matrices.iter().flat_map(|matrix| vec![consistency(matrix, index).cr; n]);
    Table::empty()
        .with_text("expert", words_of(solved.files.iter().flat_map(|file| std::iter::repeat_n(file, n))))
        .with_text("item", words_of(solved.files.iter().flat_map(|_| &solved.items)))
        .with_numbers("weight", solved.group.priorities.concat())
        .with_numbers("cr", ratios.collect())
}

/// Tables that are there only when they have a row.
fn further(outcome: &mut Outcome, solved: &Solved, triads: &[[usize; 3]], options: &AhpOptions, index: RandomIndex) {
    let name = |i: usize| solved.items[i].as_str();
    let mut filled: Vec<(&str, usize, usize, f64)> = Vec::new();
    for ((expert, matrix), file) in solved.experts.iter().zip(&solved.group.matrices).zip(&solved.files) {
        filled.extend(expert.missing().into_iter().map(|(i, j)| (file.as_str(), i, j, matrix[(i, j)])));
    }
    if !filled.is_empty() {
        let table = Table::empty()
            .with_text("row", words_of(filled.iter().map(|cell| name(cell.1))))
            .with_text("column", words_of(filled.iter().map(|cell| name(cell.2))))
            .with_numbers("value", filled.iter().map(|cell| cell.3).collect())
            .with_text("expert", words_of(filled.iter().map(|cell| cell.0)));
        outcome.add_table("completed", table);
        outcome.warn(Message::new("appraise.ahp.completed").count("count", filled.len()));
        // As many judgements as it takes to link the items fit one another whatever they say.
        let n = solved.items.len();
        let least = solved.experts.iter().all(|expert| expert.missing().len() + n == n * (n - 1) / 2 + 1);
        if least {
            outcome.warn(Message::new("appraise.ahp.untested"));
        }
    }
    let steps = repairs(&solved.group.matrix, index, options.threshold);
    if !steps.is_empty() {
        let named = steps.iter().zip(1..).map(|(step, k)| (k, name(step.cell.0), name(step.cell.1), *step));
        let table = repairs_table(&named.collect::<Vec<_>>());
        outcome.add_table("repairs", table);
    }
    if !triads.is_empty() {
        let column = |k: usize| words_of(triads.iter().map(|triad| name(triad[k])));
        let table = Table::empty().with_text("a", column(0)).with_text("b", column(1)).with_text("c", column(2));
        outcome.add_table("triads", table);
        let first = triads[0].map(|i| Arg::Text(name(i).to_owned()));
        let warning = Message::new("appraise.ahp.circular").count("count", triads.len());
        outcome.warn(warning.with("items", Arg::List(first.to_vec())));
    }
}
