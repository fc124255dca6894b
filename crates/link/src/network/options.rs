//! Options that every estimand on networks shares, and the columns it wants.

use distretto_core::{ColumnKind, Given, Input, Place, TableSpec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Help of the input that holds the links.
pub(crate) const LINKS_HELP: &str =
    "Links: source, target, perhaps weight, layer, year; with --participation: actor, event";

/// Help of the input that holds the nodes.
const NODES_HELP: &str = "Nodes: id, perhaps kind and other columns; fixes the node set and its order";

/// The inputs of an estimand on a network.
pub(crate) const INPUTS: &[Input] = &[
    Input::table("links", Place::Positional, true, LINKS_HELP),
    Input::table("nodes", Place::Flag, false, NODES_HELP),
];

/// Options that every estimand on networks shares; flatten them into its own with `#[serde(flatten)]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct NetworkOptions {
    /// Links have a direction, from source to target.
    pub directed: bool,
    /// Weights count in paths, eigenvector, PageRank, holes, core-periphery, communities and E-I.
    pub weighted: bool,
    /// The file lists who takes part in what (`actor`, `event`); actors with a common event are tied, the weight is the number of common events.
    pub participation: bool,
    /// Column of the table of nodes that holds the groups.
    pub group: String,
    /// Only the links of this layer.
    pub layer: Option<String>,
    /// Only the links of this year.
    pub year: Option<i64>,
}

impl Default for NetworkOptions {
    fn default() -> Self {
        Self {
            directed: false,
            weighted: false,
            participation: false,
            group: "kind".to_owned(),
            layer: None,
            year: None,
        }
    }
}

/// How the weight of a link becomes a length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Distance {
    /// 1/weight: a strong tie is short.
    #[default]
    Inverse,
    /// The weight itself is a cost.
    Cost,
}

/// How long a link is; flattened into the options of estimands that walk paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PathOptions {
    /// Length of a link with `--weighted`: `inverse` (1/weight) or `cost` (the weight).
    pub distance: Distance,
}

impl NetworkOptions {
    /// The columns wanted of the links and the nodes; `more` are further columns of the nodes.
    #[must_use]
    pub(crate) fn plan(&self, given: &Given, more: &[(&str, ColumnKind)]) -> Vec<TableSpec> {
        let has_nodes = given.iter().any(|name| name == "nodes");
        let links = TableSpec::new("links");
        let mut links = if self.participation {
            links.need("actor", ColumnKind::Label).need("event", ColumnKind::Label)
        } else {
            let pair = links.need("source", ColumnKind::Label).need("target", ColumnKind::Label);
            pair.take("weight", ColumnKind::NonNegative)
        };
        links = links.take("layer", ColumnKind::Word).take("year", ColumnKind::Integer);
        if !has_nodes {
            return vec![links];
        }
        let mut nodes = TableSpec::new("nodes").need("id", ColumnKind::Label).unique(&["id"]);
        if self.group != "id" {
            nodes = nodes.take(&self.group, ColumnKind::Word);
        }
        for &(name, kind) in more.iter().filter(|(name, _)| *name != self.group && *name != "id") {
            nodes = nodes.need(name, kind);
        }
        vec![links.may_be_bare(), nodes]
    }
}
