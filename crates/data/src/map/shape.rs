//! What GeoJSON and TopoJSON look like, read leniently; what is missing is judged afterwards.

use serde::Deserialize;
use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt;

/// Either kind of document.
#[derive(Debug, Deserialize)]
pub(super) struct Document {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) features: Option<Vec<Feature>>,
    pub(super) arcs: Option<Vec<Nested>>,
    pub(super) transform: Option<Transform>,
    /// Layers, sorted by name.
    pub(super) objects: Option<BTreeMap<String, Geometry>>,
}

/// How the whole numbers of a quantised topology become coordinates.
#[derive(Debug, Deserialize)]
pub(super) struct Transform {
    scale: [f64; 2],
    translate: [f64; 2],
}

impl Transform {
    pub(super) fn apply(&self, x: f64, y: f64) -> (f64, f64) {
        (x * self.scale[0] + self.translate[0], y * self.scale[1] + self.translate[1])
    }
}

/// A GeoJSON feature.
#[derive(Debug, Deserialize)]
pub(super) struct Feature {
    pub(super) id: Option<Value>,
    pub(super) properties: Option<Map<String, Value>>,
    pub(super) geometry: Option<Geometry>,
}

/// A geometry of either kind.
#[derive(Debug, Deserialize)]
pub(super) struct Geometry {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) id: Option<Value>,
    pub(super) properties: Option<Map<String, Value>>,
    pub(super) coordinates: Option<Nested>,
    pub(super) arcs: Option<Nested>,
    pub(super) geometries: Option<Vec<Geometry>>,
}

/// Numbers in lists in lists.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Nested {
    Number(f64),
    List(Vec<Nested>),
}

impl Nested {
    pub(super) fn list(&self) -> Option<&[Self]> {
        match self {
            Self::List(list) => Some(list),
            Self::Number(_) => None,
        }
    }

    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::List(_) => None,
        }
    }
}

impl<'de> Deserialize<'de> for Nested {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NestedVisitor)
    }
}

struct NestedVisitor;

impl<'de> Visitor<'de> for NestedVisitor {
    type Value = Nested;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number or a list of numbers")
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Nested, E> {
        Ok(Nested::Number(number))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Nested, E> {
        Ok(Nested::Number(number as f64))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Nested, E> {
        Ok(Nested::Number(number as f64))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Nested, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = seq.next_element()? {
            list.push(item);
        }
        Ok(Nested::List(list))
    }
}
