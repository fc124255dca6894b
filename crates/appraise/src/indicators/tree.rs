//! The indicator tree: a goal, dimensions beneath it, indicators at the leaves, each with its share among siblings.

use super::WEIGHT_SUM;
use super::scheme::{Definition, Direction, Transform};
use distretto_core::{Document, Fault};
use serde_json::Value;

/// A tree of indicators.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    /// What the tree measures.
    pub goal: String,
    /// Dimensions in the order of the file.
    pub dimensions: Vec<Dimension>,
    /// Indicators in the order of the file.
    pub leaves: Vec<Leaf>,
    /// Development paths: they regroup indicators.
    pub paths: Vec<Path>,
}

/// A dimension of a tree.
#[derive(Debug, Clone, PartialEq)]
pub struct Dimension {
    /// Its id.
    pub id: String,
    /// The dimension above; none beneath the goal.
    pub parent: Option<usize>,
    /// Share among its siblings.
    pub share: f64,
}

/// An indicator of a tree.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaf {
    /// Its id.
    pub id: String,
    /// The dimension above; none beneath the goal.
    pub parent: Option<usize>,
    /// Share among its siblings.
    pub share: f64,
}

/// A development path and the indicators that it would change.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// Its id.
    pub id: String,
    /// Places of its indicators.
    pub indicators: Vec<usize>,
}

impl Tree {
    /// Product of the shares from the goal to each indicator.
    #[must_use]
    pub fn global_weights(&self) -> Vec<f64> {
        self.leaves.iter().map(|leaf| leaf.share * self.weight_of(leaf.parent)).collect()
    }

    fn weight_of(&self, dimension: Option<usize>) -> f64 {
        dimension.map_or(1.0, |d| self.dimensions[d].share * self.weight_of(self.dimensions[d].parent))
    }

    /// Share of each indicator within a dimension: the product of the shares below it, 0 for those elsewhere.
    #[must_use]
    pub fn local_weights(&self, dimension: usize) -> Vec<f64> {
        let within = |leaf: &Leaf| {
            let (mut share, mut here) = (leaf.share, leaf.parent);
            while let Some(d) = here {
                if d == dimension {
                    return share;
                }
                share *= self.dimensions[d].share;
                here = self.dimensions[d].parent;
            }
            0.0
        };
        self.leaves.iter().map(within).collect()
    }

    /// Gives the indicators these global weights: a dimension has the sum of those beneath it, and shares follow.
    ///
    /// A dimension of weight 0 keeps the shares that it had.
    pub(crate) fn reweigh(&mut self, global: &[f64]) {
        let mut beneath = vec![0.0; self.dimensions.len()];
        for (leaf, weight) in self.leaves.iter().zip(global) {
            let mut here = leaf.parent;
            while let Some(d) = here {
                beneath[d] += weight;
                here = self.dimensions[d].parent;
            }
        }
        let total: f64 = global.iter().sum();
        let above = |parent: Option<usize>| parent.map_or(total, |d| beneath[d]);
        for (d, dimension) in self.dimensions.iter_mut().enumerate().filter(|(_, one)| above(one.parent) > 0.0) {
            dimension.share = beneath[d] / above(dimension.parent);
        }
        for (leaf, weight) in self.leaves.iter_mut().zip(global).filter(|(leaf, _)| above(leaf.parent) > 0.0) {
            leaf.share = weight / above(leaf.parent);
        }
    }

    /// Reads a tree with the definitions of its indicators.
    ///
    /// # Errors
    /// Keys that are unknown, ids that stand twice, a parent that is none or a circle, a dimension without children, a
    /// path through an unknown indicator, shares that do not sum to 1.
    pub(crate) fn read(document: &Document) -> Result<(Self, Vec<Definition>), Fault> {
        document.only("", &["goal", "dimension", "indicator", "path", "note"])?;
        let reader = Reader { document };
        let mut tree = Self {
            goal: reader.text("goal")?.unwrap_or_else(|| "goal".to_owned()),
            dimensions: Vec::new(),
            leaves: Vec::new(),
            paths: Vec::new(),
        };
        let ids = reader.ids("dimension")?;
        for (i, id) in ids.iter().enumerate() {
            let at = format!("dimension.{i}");
            document.only(&at, &["id", "parent", "weight", "name", "note"])?;
            let parent = reader.dimension(&format!("{at}.parent"), &ids)?;
            let share = reader.number(&format!("{at}.weight"))?.unwrap_or(f64::NAN);
            tree.dimensions.push(Dimension { id: id.clone(), parent, share });
        }
        tree.refuse_circles(document)?;
        let mut definitions = Vec::new();
        for (i, id) in reader.ids("indicator")?.into_iter().enumerate() {
            let at = format!("indicator.{i}");
            definitions.push(reader.definition(&at, &id)?);
            let parent = reader.dimension(&format!("{at}.dimension"), &ids)?;
            let share = reader.number(&format!("{at}.weight"))?.unwrap_or(f64::NAN);
            tree.leaves.push(Leaf { id, parent, share });
        }
        tree.refuse_barren(document)?;
        tree.paths = reader.paths(&tree.leaves)?;
        tree.fill_shares(document)?;
        for (definition, weight) in definitions.iter_mut().zip(tree.global_weights()) {
            definition.weight = weight;
        }
        Ok((tree, definitions))
    }

    fn refuse_circles(&self, document: &Document) -> Result<(), Fault> {
        for (i, dimension) in self.dimensions.iter().enumerate() {
            let (mut here, mut steps) = (dimension.parent, 0);
            while let Some(d) = here {
                steps += 1;
                if d == i || steps > self.dimensions.len() {
                    let message = format!("the dimension `{}` is its own ancestor", dimension.id);
                    return Err(document.fault(&format!("dimension.{i}.parent"), message));
                }
                here = self.dimensions[d].parent;
            }
        }
        Ok(())
    }

    fn refuse_barren(&self, document: &Document) -> Result<(), Fault> {
        let parents = || self.dimensions.iter().map(|d| d.parent).chain(self.leaves.iter().map(|leaf| leaf.parent));
        match (0..self.dimensions.len()).find(|&i| !parents().any(|parent| parent == Some(i))) {
            None => Ok(()),
            Some(i) => {
                let message = format!("the dimension `{}` has no indicator and no dimension", self.dimensions[i].id);
                Err(document.fault(&format!("dimension.{i}"), message))
            }
        }
    }

    /// Equal shares where no sibling has one; else all must have one, 0 or more, summing to 1.
    fn fill_shares(&mut self, document: &Document) -> Result<(), Fault> {
        let parents: Vec<Option<usize>> = std::iter::once(None).chain((0..self.dimensions.len()).map(Some)).collect();
        for parent in parents {
            let dimensions = (0..self.dimensions.len()).filter(|&i| self.dimensions[i].parent == parent);
            let leaves = (0..self.leaves.len()).filter(|&i| self.leaves[i].parent == parent);
            let places: Vec<(bool, usize)> = dimensions.map(|i| (true, i)).chain(leaves.map(|i| (false, i))).collect();
            let share = |&(inner, i): &(bool, usize)| match inner {
                true => self.dimensions[i].share,
                false => self.leaves[i].share,
            };
            let shares: Vec<f64> = places.iter().map(share).collect();
            let lacking = shares.iter().filter(|share| share.is_nan()).count();
            let sum: f64 = shares.iter().sum();
            let above = parent.map_or(self.goal.as_str(), |d| self.dimensions[d].id.as_str());
            let wrong = |why: String| {
                let (inner, i) = places[0];
                let key = format!("{}.{i}.weight", if inner { "dimension" } else { "indicator" });
                let fault = document.fault(&key, format!("weight: beneath `{above}` {why}"));
                Err(fault.with_hint("all siblings have a weight and they sum to 1, or none has one"))
            };
            if lacking == shares.len() {
                let equal = 1.0 / shares.len() as f64;
                for (inner, i) in places {
                    if inner { self.dimensions[i].share = equal } else { self.leaves[i].share = equal }
                }
            } else if lacking > 0 {
                return wrong(format!("{lacking} of {} have none", shares.len()));
            } else if shares.iter().any(|share| *share < 0.0) {
                return wrong("one is negative".to_owned());
            } else if (sum - 1.0).abs() > WEIGHT_SUM {
                return wrong(format!("the weights sum to {sum}, not to 1"));
            }
        }
        Ok(())
    }
}

struct Reader<'a> {
    document: &'a Document,
}

impl Reader<'_> {
    fn text(&self, key: &str) -> Result<Option<String>, Fault> {
        match self.document.get(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(other) => Err(self.document.fault(key, "this must be a text").with_value(other.to_string())),
        }
    }

    fn number(&self, key: &str) -> Result<Option<f64>, Fault> {
        match self.document.get(key) {
            None => Ok(None),
            Some(value) => match value.as_f64().filter(|number| number.is_finite()) {
                Some(number) => Ok(Some(number)),
                None => Err(self.document.fault(key, "this must be a number").with_value(value.to_string())),
            },
        }
    }

    /// Ids of a list of tables; each once.
    fn ids(&self, list: &str) -> Result<Vec<String>, Fault> {
        let items = match self.document.get(list) {
            None => return Ok(Vec::new()),
            Some(Value::Array(items)) => items.len(),
            Some(_) => return Err(self.document.fault(list, format!("write [[{list}]]: there may be several"))),
        };
        let mut ids: Vec<String> = Vec::new();
        for i in 0..items {
            let key = format!("{list}.{i}.id");
            let id = self.text(&key)?.filter(|id| !id.is_empty());
            let id = id.ok_or_else(|| self.document.fault(&key, format!("every {list} needs an id")))?;
            if ids.contains(&id) {
                return Err(self.document.fault(&key, format!("duplicate id of {list}")).with_value(id));
            }
            ids.push(id);
        }
        Ok(ids)
    }

    fn dimension(&self, key: &str, ids: &[String]) -> Result<Option<usize>, Fault> {
        let Some(name) = self.text(key)? else { return Ok(None) };
        match ids.iter().position(|id| *id == name) {
            Some(place) => Ok(Some(place)),
            None => {
                let fault = self.document.fault(key, "no dimension has this id").with_value(name);
                Err(fault.with_hint(format!("the dimensions are {}", ids.join(", "))))
            }
        }
    }

    fn definition(&self, at: &str, id: &str) -> Result<Definition, Fault> {
        let known = [
            "id",
            "column",
            "dimension",
            "direction",
            "weight",
            "unit",
            "source",
            "transform",
            "target",
            "low",
            "high",
            "name",
            "note",
        ];
        self.document.only(at, &known)?;
        let key = |name: &str| format!("{at}.{name}");
        let need = |name: &str| {
            let found = self.number(&key(name))?;
            found.ok_or_else(|| self.document.fault(&key("direction"), format!("this direction needs `{name}`")))
        };
        let word = self.text(&key("direction"))?;
        let direction = match word.as_deref().unwrap_or("+") {
            "+" => Direction::Benefit,
            "-" | "−" => Direction::Cost,
            "target" => Direction::Target(need("target")?),
            "interval" => match (need("low")?, need("high")?) {
                (low, high) if low <= high => Direction::Interval(low, high),
                _ => return Err(self.document.fault(&key("low"), "the range is empty: low is above high")),
            },
            other => {
                let fault = self.document.fault(&key("direction"), "unknown direction").with_value(other);
                return Err(fault.with_hint("+, -, target or interval"));
            }
        };
        let transform = match self.text(&key("transform"))?.as_deref() {
            None | Some("none") => Transform::None,
            Some("log") => Transform::Log,
            Some("sqrt") => Transform::Sqrt,
            Some("share") => Transform::Share,
            Some(other) => {
                let fault = self.document.fault(&key("transform"), "unknown transform").with_value(other);
                return Err(fault.with_hint("none, log, sqrt or share"));
            }
        };
        let column = self.text(&key("column"))?.unwrap_or_else(|| id.to_owned());
        Ok(Definition { name: id.to_owned(), column, direction, transform, weight: f64::NAN })
    }

    fn paths(&self, leaves: &[Leaf]) -> Result<Vec<Path>, Fault> {
        let mut paths = Vec::new();
        for (i, id) in self.ids("path")?.into_iter().enumerate() {
            self.document.only(&format!("path.{i}"), &["id", "indicators", "name", "note"])?;
            let key = format!("path.{i}.indicators");
            let Some(Value::Array(names)) = self.document.get(&key) else {
                return Err(self.document.fault(&key, "a path lists the ids of its indicators"));
            };
            let mut indicators = Vec::new();
            for name in names {
                let found = leaves.iter().position(|leaf| name.as_str() == Some(leaf.id.as_str()));
                let fault = || {
                    let message = "no indicator has this id: a path names columns of the tree";
                    self.document.fault(&key, message).with_value(name.to_string())
                };
                indicators.push(found.ok_or_else(fault)?);
            }
            indicators.sort_unstable();
            indicators.dedup();
            paths.push(Path { id, indicators });
        }
        Ok(paths)
    }
}
