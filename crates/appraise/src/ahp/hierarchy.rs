//! A hierarchy: a goal, criteria beneath it, alternatives at the end, each node judging its children.

use super::consistency::{Consistency, RandomIndex, consistency};
use super::group::{Group, GroupResult, aggregate, neighbours, without_experts};
use super::judgements::{Judgements, judgements};
use super::priority::Priority;
use distretto_core::{Document, Fault, Inputs};
use serde_json::Value;

/// A node and what it judges.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub id: String,
    pub children: Vec<String>,
    /// Judgements of each expert, in the order of the children; none where a node has one child.
    pub experts: Vec<Judgements>,
    /// Files of the experts as given.
    pub files: Vec<String>,
}

/// A hierarchy with the root first among what it computes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Hierarchy {
    pub nodes: Vec<Node>,
    pub root: usize,
    pub alternatives: Vec<String>,
    /// Nodes from the root downwards: a node after all its parents.
    order: Vec<usize>,
}

/// A node's own result.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct NodeResult {
    pub group: GroupResult,
    pub consistency: Consistency,
}

/// The weight that flows from a parent to an item.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Flow {
    pub item: String,
    pub parent: String,
    pub local: f64,
    pub global: f64,
}

impl Hierarchy {
    /// Reads a hierarchy and the matrices that it names.
    pub(super) fn read(document: &Document, inputs: &Inputs) -> Result<Self, Fault> {
        document.only("", &["goal", "node", "alternatives", "note"])?;
        let count = match document.get("node") {
            Some(Value::Array(nodes)) if !nodes.is_empty() => nodes.len(),
            _ => {
                return Err(
                    document.fault("node", "a hierarchy has nodes: write [[node]] with id, children and matrix")
                );
            }
        };
        let mut nodes: Vec<Node> = Vec::new();
        for i in 0..count {
            let node = node(document, inputs, i)?;
            if nodes.iter().any(|other| other.id == node.id) {
                let fault = document.fault(&format!("node.{i}.id"), "duplicate label: two nodes have one id");
                return Err(fault.with_value(node.id));
            }
            nodes.push(node);
        }
        let child = |id: &String| nodes.iter().any(|node| node.children.contains(id));
        let roots: Vec<usize> = (0..count).filter(|&i| !child(&nodes[i].id)).collect();
        let [root] = roots[..] else {
            let message =
                format!("label: a hierarchy has one root, a node that is nobody's child; here are {}", roots.len());
            return Err(document.fault("node", message));
        };
        let order = order(&nodes, root).ok_or_else(|| document.fault("node", "label: the nodes form a circle"))?;
        let named = texts(document, "alternatives")?;
        let known = |id: &String| nodes.iter().any(|node| node.id == *id);
        let mut leaves: Vec<String> = Vec::new();
        for leaf in nodes.iter().flat_map(|node| &node.children).filter(|id| !known(id)) {
            if !leaves.contains(leaf) {
                leaves.push(leaf.clone());
            }
        }
        if let Some(stranger) = named.iter().flatten().find(|name| !leaves.contains(name)) {
            let fault = document.fault("alternatives", "label: this alternative is the child of no node");
            return Err(fault.with_value(stranger.as_str()));
        }
        Ok(Self { nodes, root, alternatives: named.unwrap_or(leaves), order })
    }

    /// The result of each node.
    pub(super) fn solve(
        &self,
        shares: &dyn Fn(usize) -> Result<Vec<f64>, Fault>,
        group: Group,
        method: Priority,
        index: RandomIndex,
    ) -> Result<Vec<NodeResult>, Fault> {
        let one = |node: &Node| {
            let group = aggregate(&node.experts, &shares(node.experts.len())?, group, method);
            let consistency = consistency(&group.matrix, index);
            Ok(NodeResult { group, consistency })
        };
        self.nodes.iter().map(one).collect()
    }

    /// Global weight of each node, and the flows between them, parents first.
    ///
    /// - `weights`: of the children of each node.
    pub(super) fn flows(&self, weights: &[Vec<f64>]) -> (Vec<f64>, Vec<Flow>) {
        let mut global = vec![0.0; self.nodes.len()];
        global[self.root] = 1.0;
        let mut flows = Vec::new();
        for &i in &self.order {
            let node = &self.nodes[i];
            for (item, &local) in node.children.iter().zip(&weights[i]) {
                let flow = global[i] * local;
                flows.push(Flow { item: item.clone(), parent: node.id.clone(), local, global: flow });
                if let Some(j) = self.nodes.iter().position(|other| other.id == *item) {
                    global[j] += flow;
                }
            }
        }
        (global, flows)
    }

    /// The score of each alternative: what flows to it.
    pub(super) fn scores(&self, weights: &[Vec<f64>]) -> Vec<f64> {
        let (_, flows) = self.flows(weights);
        let score = |name: &String| flows.iter().filter(|flow| flow.item == *name).map(|flow| flow.global).sum();
        self.alternatives.iter().map(score).collect()
    }

    /// Weights of all nodes when one judgement moves a step, or when an expert is left out of all of them.
    pub(super) fn variations(
        &self,
        results: &[NodeResult],
        shares: &dyn Fn(usize) -> Result<Vec<f64>, Fault>,
        group: Group,
        method: Priority,
    ) -> Result<Vec<Vec<Vec<f64>>>, Fault> {
        let here: Vec<Vec<f64>> = results.iter().map(|one| one.group.weights.clone()).collect();
        let mut found = Vec::new();
        let mut absent: Vec<Vec<Option<Vec<f64>>>> = Vec::new();
        for (i, node) in self.nodes.iter().enumerate() {
            let of_node = shares(node.experts.len())?;
            for weights in neighbours(&node.experts, &results[i].group, &of_node, group, method) {
                let mut all = here.clone();
                all[i] = weights;
                found.push(all);
            }
            absent.push(without_experts(&node.experts, &of_node, group, method));
        }
        // Who judges several nodes stands at the same place in each of their lists.
        let most = self.nodes.iter().map(|node| node.experts.len()).max().unwrap_or(0);
        for expert in 0..most {
            let of_node = |i: usize| absent[i].get(expert).cloned().flatten().unwrap_or_else(|| here[i].clone());
            found.push((0..here.len()).map(of_node).collect());
        }
        Ok(found)
    }

    /// `Σ w CI/Σ w RI` over the nodes of which no child judges; 0 where there is nothing to be inconsistent about.
    pub(super) fn total_ratio(&self, results: &[NodeResult], global: &[f64]) -> f64 {
        let judges = |id: &String| self.nodes.iter().any(|node| node.id == *id);
        let last = (0..self.nodes.len()).filter(|&i| !self.nodes[i].children.iter().any(judges));
        let (mut ci, mut ri) = (0.0, 0.0);
        for i in last {
            ci += global[i] * results[i].consistency.ci;
            ri += global[i] * results[i].consistency.ri;
        }
        if ri == 0.0 { 0.0 } else { ci / ri }
    }
}

fn texts(document: &Document, key: &str) -> Result<Option<Vec<String>>, Fault> {
    match document.get(key) {
        None => Ok(None),
        Some(Value::Array(items)) => {
            let text = |item: &Value| {
                let fault = || document.fault(key, "this must be a list of names").with_value(item.to_string());
                item.as_str().map(str::to_owned).ok_or_else(fault)
            };
            items.iter().map(text).collect::<Result<_, _>>().map(Some)
        }
        Some(other) => Err(document.fault(key, "this must be a list of names").with_value(other.to_string())),
    }
}

fn node(document: &Document, inputs: &Inputs, i: usize) -> Result<Node, Fault> {
    let at = format!("node.{i}");
    document.only(&at, &["id", "children", "matrix", "name", "note"])?;
    let Some(Value::String(id)) = document.get(&format!("{at}.id")) else {
        return Err(document.fault(&at, "every node needs an id"));
    };
    let children = texts(document, &format!("{at}.children"))?.unwrap_or_default();
    if let Some(twice) = children.iter().enumerate().find(|(k, child)| children[..*k].contains(child)) {
        let fault = document.fault(&format!("{at}.children"), "duplicate label among the children");
        return Err(fault.with_value(twice.1.as_str()));
    }
    let keys: Vec<String> = match document.get(&format!("{at}.matrix")) {
        Some(Value::Array(files)) => (0..files.len()).map(|k| format!("{at}.matrix.{k}")).collect(),
        Some(_) => vec![format!("{at}.matrix")],
        None => Vec::new(),
    };
    if children.is_empty() || (keys.is_empty() && children.len() > 1) {
        let what = if children.is_empty() { "children" } else { "a matrix of its children" };
        return Err(document.fault(&at, format!("label: the node `{id}` needs {what}")));
    }
    let (mut experts, mut files) = (Vec::new(), Vec::new());
    for key in &keys {
        let table = inputs.need(key)?;
        let found = judgements(table)?.in_order(&children);
        experts.push(found.map_err(|error| error.in_table(table, &children))?);
        files.push(table.origin().map_or_else(|| key.clone(), |origin| origin.path.clone()));
    }
    if experts.is_empty() {
        let one = Judgements::new(children.clone(), &[1.0]);
        experts.push(one.map_err(|error| document.fault(&at, error.to_string()))?);
        files.push(document.path().to_owned());
    }
    Ok(Node { id: id.clone(), children, experts, files })
}

/// Nodes after all their parents; none when there is a circle.
fn order(nodes: &[Node], root: usize) -> Option<Vec<usize>> {
    let placed = |i: usize, found: &[usize]| {
        let id = &nodes[i].id;
        (0..nodes.len()).filter(|&j| nodes[j].children.contains(id)).all(|parent| found.contains(&parent))
    };
    let mut found = vec![root];
    while found.len() < nodes.len() {
        let next = (0..nodes.len()).find(|i| !found.contains(i) && placed(*i, &found))?;
        found.push(next);
    }
    Some(found)
}
