//! A network as every estimand of chapter 3 starts from it.

use super::adjacency::Adjacency;
use super::error::NetworkError;
use super::options::NetworkOptions;
use super::participation::{Participation, TieWeight};
use crate::words::named;
use distretto_core::{Fault, Inputs, Message, Table, Text};
use rustc_hash::{FxHashMap, FxHashSet};

/// A tie between two different nodes, every pair once (undirected: in either direction), weight above 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Link {
    /// Number of the source.
    pub source: u32,
    /// Number of the target.
    pub target: u32,
    /// Sum of the weights of its rows.
    pub weight: f64,
}

/// One row of the table of links, kept where it has a layer or a year; no loop, weight above 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tie {
    /// Number of the source; undirected: the smaller of both.
    pub source: u32,
    /// Number of the target.
    pub target: u32,
    /// Weight.
    pub weight: f64,
    /// Number of the layer in [`Network::layers`].
    pub layer: Option<u32>,
    /// Year.
    pub year: Option<i64>,
}

/// Layer and year of a row.
type Part = (Option<u32>, Option<i64>);

/// Who is tied to whom.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Network {
    /// Names of the nodes: of the table of nodes, else in order of first appearance, source before target.
    pub ids: Vec<String>,
    /// Group of every node, where the table of nodes has the column.
    pub groups: Option<Text>,
    /// Whether links have a direction.
    pub directed: bool,
    /// Distinct links in order of first appearance.
    pub links: Vec<Link>,
    /// Rows with their layer and year; empty when the table has neither column.
    pub rows: Vec<Tie>,
    /// Names of the layers in order of first appearance; empty without the column.
    pub layers: Vec<String>,
    /// Whether the table of links has a column `year`.
    pub has_years: bool,
    /// What the reader must know.
    pub warnings: Vec<Message>,
}

impl Network {
    /// The network of the inputs `links` and `nodes`.
    ///
    /// # Errors
    /// See [`Network::read`].
    pub(crate) fn of(inputs: &Inputs, options: &NetworkOptions) -> Result<Self, Fault> {
        Self::read(inputs.need("links")?, inputs.table("nodes"), options)
    }

    /// Reads the links (columns `source`, `target`, perhaps `weight`, `layer`, `year`; with `participation` the
    /// columns `actor`, `event`) and the nodes (`id`, perhaps the column of groups).
    ///
    /// # Errors
    /// A link to a node that the table of nodes does not have, a missing or negative weight, a layer or year that no
    /// link has, no node at all.
    pub fn read(links: &Table, nodes: Option<&Table>, options: &NetworkOptions) -> Result<Self, Fault> {
        if options.participation && options.directed {
            return Err(Fault::usage("`--participation` makes ties without direction: leave `--directed` out"));
        }
        let columns = if options.participation { ["actor", "event"] } else { ["source", "target"] };
        let mut network = Self { directed: options.directed, ..Self::default() };
        network.layers = links.text("layer").map_or_else(Vec::new, |layer| layer.labels().to_vec());
        network.has_years = links.numbers("year").is_some();
        let kept = kept_rows(links, options)?;
        if let Some(table) = nodes {
            network.take_nodes(table, options)?;
        }
        if options.participation {
            network.participate(links, columns, &kept, nodes.is_some())?;
        } else {
            network.link(links, columns, &kept, nodes.is_some())?;
        }
        if network.ids.is_empty() {
            return Err(Fault::from(NetworkError::Empty).in_table(links));
        }
        Ok(network)
    }

    /// Nodes and groups of the table of nodes.
    fn take_nodes(&mut self, table: &Table, options: &NetworkOptions) -> Result<(), Fault> {
        let Some(ids) = table.text("id") else {
            return Err(Fault::input("the column `id` is needed").in_table(table));
        };
        self.ids = ids.iter().map(|id| id.unwrap_or_default().to_owned()).collect();
        if ids.labels().len() < self.ids.len() {
            let mut seen = rustc_hash::FxHashSet::default();
            if let Some(row) = (0..self.ids.len()).find(|&row| !seen.insert(self.ids[row].as_str())) {
                let id = self.ids[row].clone();
                return Err(Fault::from(NetworkError::DuplicateNode { id }).at(table, row, "id"));
            }
        }
        self.groups = table.text(&options.group).cloned();
        if self.groups.is_none() && options.group != NetworkOptions::default().group {
            let column = options.group.clone();
            return Err(Fault::from(NetworkError::NoGroups { column }).in_table(table));
        }
        Ok(())
    }

    /// Number of every label of the two columns among the nodes; new nodes are added unless the node set is fixed.
    fn numbers(
        &mut self,
        links: &Table,
        columns: &[&str],
        kept: &[usize],
        fixed: bool,
    ) -> Result<Vec<Vec<u32>>, Fault> {
        let texts: Vec<&Text> = columns.iter().filter_map(|column| links.text(column)).collect();
        let mut index: FxHashMap<String, u32> =
            self.ids.iter().enumerate().map(|(i, id)| (id.clone(), i as u32)).collect();
        // Labels are stored once: every label is looked up once.
        let mut number: Vec<Vec<u32>> = texts.iter().map(|text| vec![u32::MAX; text.labels().len()]).collect();
        let mut found: Vec<Vec<u32>> = texts.iter().map(|_| Vec::with_capacity(kept.len())).collect();
        for &row in kept {
            for (k, text) in texts.iter().enumerate() {
                let code = text.code(row).unwrap_or_default() as usize;
                if number[k][code] == u32::MAX {
                    let id = &text.labels()[code];
                    number[k][code] = match index.get(id) {
                        Some(&known) => known,
                        None if fixed => {
                            let fault = Fault::from(NetworkError::UnknownNode { id: id.clone() });
                            return Err(fault.at(links, row, columns[k]));
                        }
                        None => {
                            self.ids.push(id.clone());
                            index.insert(id.clone(), self.ids.len() as u32 - 1);
                            self.ids.len() as u32 - 1
                        }
                    };
                }
                found[k].push(number[k][code]);
            }
        }
        Ok(found)
    }

    fn link(&mut self, links: &Table, columns: [&str; 2], kept: &[usize], fixed: bool) -> Result<(), Fault> {
        let ends = self.numbers(links, &columns, kept, fixed)?;
        let weights = links.numbers("weight");
        let mut place: FxHashMap<(u32, u32), usize> = FxHashMap::default();
        let mut loops: Vec<u32> = Vec::new();
        // Rows that say the same twice: same ends, layer and year.
        let (mut said, mut repeated) = (FxHashSet::default(), 0);
        for (at, &row) in kept.iter().enumerate() {
            let weight = weights.map_or(1.0, |weights| weights[row]);
            if weight.is_nan() {
                let fault = Fault::input("missing weight: an empty cell is no number").at(links, row, "weight");
                return Err(fault.with_hint("write 0 where there is no link, or leave the row out"));
            }
            let (mut source, mut target) = (ends[0][at], ends[1][at]);
            if source == target {
                loops.push(source);
            }
            if source == target || weight == 0.0 {
                continue;
            }
            let key = if self.directed { (source, target) } else { (source.min(target), source.max(target)) };
            let next = self.links.len();
            let known = *place.entry(key).or_insert(next);
            if known == next {
                self.links.push(Link { source, target, weight: 0.0 });
            }
            self.links[known].weight += weight;
            (source, target) = key;
            let one = tie(links, row, source, target, weight);
            repeated += usize::from(!said.insert((source, target, one.layer, one.year)));
            if self.has_years || !self.layers.is_empty() {
                self.rows.push(one);
            }
        }
        self.tell_loops(&loops);
        if repeated > 0 {
            self.warnings.push(Message::new("link.links.repeated").count("count", repeated));
        }
        Ok(())
    }

    fn tell_loops(&mut self, loops: &[u32]) {
        if loops.is_empty() {
            return;
        }
        let mut nodes = loops.to_vec();
        nodes.sort_unstable();
        nodes.dedup();
        let labels: Vec<&str> = nodes.iter().map(|&node| self.ids[node as usize].as_str()).collect();
        let message = named("link.links.loops", &labels);
        self.warnings.push(message.count("links", loops.len()));
    }

    fn participate(&mut self, links: &Table, columns: [&str; 2], kept: &[usize], fixed: bool) -> Result<(), Fault> {
        let actors = self.numbers(links, &columns[..1], kept, fixed)?.swap_remove(0);
        let events = links.text("event").ok_or_else(|| Fault::input("the column `event` is needed").in_table(links))?;
        let code = |row: usize| events.code(row).unwrap_or_default();
        let pairs: Vec<(u32, u32)> = actors.iter().zip(kept).map(|(&actor, &row)| (actor, code(row))).collect();
        let n = self.ids.len();
        self.links = Participation::new(n, events.labels().len(), &pairs).project(TieWeight::Count);
        if self.has_years || !self.layers.is_empty() {
            self.participate_by_part(links, &pairs, kept);
        }
        Ok(())
    }

    /// The ties of every layer and year: participations tie only where they share both.
    fn participate_by_part(&mut self, links: &Table, pairs: &[(u32, u32)], kept: &[usize]) {
        let mut parts: Vec<Part> = Vec::new();
        let mut members: FxHashMap<Part, Vec<(u32, u32)>> = FxHashMap::default();
        for (&pair, &row) in pairs.iter().zip(kept) {
            let Tie { layer, year, .. } = tie(links, row, 0, 0, 0.0);
            let list = members.entry((layer, year)).or_default();
            if list.is_empty() {
                parts.push((layer, year));
            }
            list.push(pair);
        }
        for (layer, year) in parts {
            let pairs = &members[&(layer, year)];
            let events = pairs.iter().map(|pair| pair.1 as usize + 1).max().unwrap_or(0);
            let found = Participation::new(self.ids.len(), events, pairs).project(TieWeight::Count);
            self.rows.extend(found.into_iter().map(|Link { source, target, weight }| Tie {
                source,
                target,
                weight,
                layer,
                year,
            }));
        }
    }

    /// Number of nodes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is no node.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Neighbours along the links; both ways when the network is undirected.
    #[must_use]
    pub fn outgoing(&self) -> Adjacency {
        if self.directed { Adjacency::along(self.len(), &self.links) } else { self.underlying() }
    }

    /// Neighbours against the links; both ways when the network is undirected.
    #[must_use]
    pub fn incoming(&self) -> Adjacency {
        if self.directed { Adjacency::against(self.len(), &self.links) } else { self.underlying() }
    }

    /// Neighbours of the underlying undirected network; weights of opposite links are added.
    #[must_use]
    pub fn underlying(&self) -> Adjacency {
        Adjacency::both(self.len(), &self.links)
    }

    /// Group of every node as a number, and the names of the groups in order of first appearance; no node is without.
    ///
    /// # Errors
    /// No such column, or a node without group.
    pub fn need_groups(&self, options: &NetworkOptions) -> Result<(Vec<usize>, Vec<String>), NetworkError> {
        let column = || options.group.clone();
        let groups = self.groups.as_ref().ok_or_else(|| NetworkError::NoGroups { column: column() })?;
        let of = |node: usize| groups.code(node).map(|code| code as usize);
        let of_node: Option<Vec<usize>> = (0..self.len()).map(of).collect();
        match of_node {
            Some(of_node) => Ok((of_node, groups.labels().to_vec())),
            None => {
                let node = (0..self.len()).find(|&node| of(node).is_none()).unwrap_or_default();
                Err(NetworkError::EmptyGroup { id: self.ids[node].clone(), column: column() })
            }
        }
    }

    /// A table with the columns `id` and `kind`, one row for each node.
    #[must_use]
    pub(crate) fn node_table(&self) -> Table {
        let kinds = self.groups.clone().unwrap_or_else(|| Text::from_codes(vec![None; self.len()], Vec::new()));
        Table::empty().with_text("id", self.id_text()).with_text("kind", kinds)
    }

    /// The names of the nodes as a column.
    #[must_use]
    pub(crate) fn id_text(&self) -> Text {
        Text::from_codes((0..self.len() as u32).map(Some).collect(), self.ids.clone())
    }
}

fn tie(links: &Table, row: usize, source: u32, target: u32, weight: f64) -> Tie {
    let layer = links.text("layer").and_then(|layer| layer.code(row));
    let year = links.numbers("year").map(|year| year[row]).filter(|year| !year.is_nan()).map(|year| year as i64);
    Tie { source, target, weight, layer, year }
}

/// The rows that the filters leave.
fn kept_rows(links: &Table, options: &NetworkOptions) -> Result<Vec<usize>, Fault> {
    let mut kept: Vec<usize> = (0..links.rows()).collect();
    if let Some(wanted) = &options.layer {
        let layer = links.text("layer").ok_or(NetworkError::NoColumn { option: "layer" });
        let layer = layer.map_err(|error| Fault::from(error).in_table(links))?;
        kept.retain(|&row| layer.get(row) == Some(wanted));
        if kept.is_empty() {
            let error = NetworkError::NothingLeft { option: "layer", value: wanted.clone() };
            return Err(Fault::from(error).in_table(links));
        }
    }
    if let Some(wanted) = options.year {
        let year = links.numbers("year").ok_or(NetworkError::NoColumn { option: "year" });
        let year = year.map_err(|error| Fault::from(error).in_table(links))?;
        kept.retain(|&row| year[row] == wanted as f64);
        if kept.is_empty() {
            let error = NetworkError::NothingLeft { option: "year", value: wanted.to_string() };
            return Err(Fault::from(error).in_table(links));
        }
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(labels: &[&str]) -> Text {
        labels.iter().map(|label| Some(*label)).collect()
    }

    fn links() -> Table {
        Table::empty()
            .with_text("source", text(&["b", "a", "c", "c", "b"]))
            .with_text("target", text(&["a", "b", "c", "d", "e"]))
            .with_numbers("weight", vec![2.0, 1.0, 4.0, 0.0, 3.0])
    }

    #[test]
    fn links_are_added_loops_dropped_zeros_none() {
        let network = Network::read(&links(), None, &NetworkOptions::default()).unwrap();
        assert_eq!(network.ids, ["b", "a", "c", "d", "e"]);
        let found: Vec<_> = network.links.iter().map(|l| (l.source, l.target, l.weight)).collect();
        assert_eq!(found, [(0, 1, 3.0), (0, 4, 3.0)]);
        assert_eq!(network.warnings.len(), 2, "a loop, a repeated link");
        let directed = NetworkOptions { directed: true, ..NetworkOptions::default() };
        let network = Network::read(&links(), None, &directed).unwrap();
        assert_eq!(network.links.len(), 3);
        assert_eq!(network.underlying().weights(0), [3.0, 3.0]);
        assert_eq!(network.outgoing().weights(0), [2.0, 3.0]);
        assert_eq!(network.incoming().neighbours(0), [1]);
    }

    #[test]
    fn nodes_fix_the_set() {
        let nodes = Table::empty()
            .with_text("id", text(&["a", "b", "c", "d"]))
            .with_text("kind", text(&["firm", "firm", "bank", "firm"]));
        let fault = Network::read(&links(), Some(&nodes), &NetworkOptions::default()).unwrap_err();
        assert!(fault.message().contains("unknown node `e`"), "{fault}");
        let other = NetworkOptions { group: "size".into(), ..NetworkOptions::default() };
        assert!(Network::read(&links(), Some(&nodes), &other).unwrap_err().message().contains("group"));
    }

    #[test]
    fn filters_leave_their_rows() {
        let table = links().with_numbers("year", vec![1.0, 1.0, 1.0, 2.0, 2.0]);
        let year =
            |year| Network::read(&table, None, &NetworkOptions { year: Some(year), ..NetworkOptions::default() });
        assert_eq!(year(2).unwrap().ids, ["c", "d", "b", "e"]);
        assert!(year(3).unwrap_err().to_string().contains('3'));
        let layer = NetworkOptions { layer: Some("r".into()), ..NetworkOptions::default() };
        assert!(Network::read(&table, None, &layer).unwrap_err().message().contains("layer"));
    }

    #[test]
    fn participation_ties_by_part() {
        let table = Table::empty()
            .with_text("actor", text(&["a", "b", "a", "b", "c"]))
            .with_text("event", text(&["p", "p", "q", "q", "r"]))
            .with_numbers("year", vec![1.0, 1.0, 1.0, 2.0, 2.0]);
        let options = NetworkOptions { participation: true, ..NetworkOptions::default() };
        let network = Network::read(&table, None, &options).unwrap();
        assert_eq!((network.len(), network.links[0].weight), (3, 2.0));
        assert_eq!(network.rows.iter().map(|r| r.year).collect::<Vec<_>>(), [Some(1)], "q ties in no single year");
    }
}
