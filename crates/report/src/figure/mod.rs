//! Figures: from a specification and an outcome to an SVG that stands alone.
//!
//! Every figure is a self-contained SVG with its colours as custom properties, light and dark, a title and a
//! description for readers who cannot see it. Same input, same bytes.

mod bars;
mod components;
mod curve;
mod histogram;
mod intervals;
mod labels;
mod lines;
mod lorenz;
mod map;
mod matrix;
mod network;
mod plot;
mod profile;
mod scale;
mod scatter;
mod select;
mod style;
mod svg;
mod swot;

use crate::catalogue::{Catalogue, Names, distances_in_km};
use distretto_core::{FigureKind, FigureSpec, Focus, Message, Outcome, RegionMap, Table};
use select::Selection;
use std::collections::BTreeMap;
use svg::Drawing;

pub(crate) use svg::escaped;

/// A drawn figure.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Figure {
    /// The drawing: one `<svg>` element.
    pub svg: String,
    /// Words beneath it.
    pub caption: String,
    /// Words in its place, for readers who cannot see it.
    pub alt: String,
}

impl Figure {
    /// The drawing for a file of its own: colours of the light scheme written out, since programs that typeset know
    /// neither variables nor schemes.
    #[must_use]
    pub fn file(&self) -> String {
        style::plain(&self.svg)
    }
}

/// What a figure may use besides the outcome.
#[derive(Debug, Clone, Copy)]
pub struct FigureContext<'a> {
    /// Outlines by the name that `join` and `base` use.
    pub maps: &'a BTreeMap<String, RegionMap>,
    /// Points of the regions by the name that `join` uses: `region` with `lon`, `lat` or `x`, `y`.
    pub points: &'a BTreeMap<String, Table>,
    /// What codes are called.
    pub names: &'a Names,
    /// What is highlighted.
    pub focus: &'a Focus,
    /// The words.
    pub catalogue: &'a Catalogue,
}

/// Why a figure cannot be drawn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FigureError {
    /// The outcome has no such table.
    #[error("`{command}` has no table `{table}`; it has {known}")]
    NoTable {
        /// Command of the outcome.
        command: String,
        /// The table that was asked for.
        table: String,
        /// The tables that there are.
        known: String,
    },
    /// The table has no such column, or the column is of another kind.
    #[error("table `{table}` has no column `{column}` of {wanted}; it has {known}")]
    NoColumn {
        /// The table.
        table: String,
        /// The column that was asked for.
        column: String,
        /// What it should hold: numbers, labels.
        wanted: &'static str,
        /// The columns that there are.
        known: String,
    },
    /// A field of the specification is needed by this kind.
    #[error("a figure of kind `{kind}` needs `{field}`")]
    NeedsField {
        /// The kind of figure.
        kind: &'static str,
        /// The field of the specification.
        field: &'static str,
    },
    /// `join` or `base` names neither outlines nor points.
    #[error("`{name}` is neither a map nor a table with `lon` and `lat`; there is {known}")]
    NoPlace {
        /// The name.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// No row is left to draw.
    #[error("nothing to draw: no row of table `{table}` has a value in `{column}`")]
    Empty {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
}

/// What one kind of figure hands back.
struct Sketch {
    drawing: Drawing,
    height: f64,
    /// What the figure shows, for readers who cannot see it.
    alt: Message,
    /// Remarks that follow the caption.
    notes: Vec<Message>,
}

/// Draws a figure of an outcome.
///
/// # Errors
/// When a table, column or map is missing, or no row is left to draw.
pub fn draw(spec: &FigureSpec, outcome: &Outcome, context: &FigureContext) -> Result<Figure, FigureError> {
    let bars = match spec.kind {
        FigureKind::Matrix => matrix::as_bars(&Selection::new(spec, outcome, context)?),
        _ => None,
    };
    match bars {
        Some((bars, mark)) => drawn(&bars, mark, outcome, context),
        None => drawn(spec, None, outcome, context),
    }
}

/// Draws a figure as it is specified; bars above the limit of a column are pale.
fn drawn(
    spec: &FigureSpec,
    mark: Option<(String, f64)>,
    outcome: &Outcome,
    context: &FigureContext,
) -> Result<Figure, FigureError> {
    let selection = Selection::new(spec, outcome, context)?;
    let value = spec.value.clone().unwrap_or_else(|| selection.value_column().unwrap_or_default());
    let heading =
        |column: &Option<String>| column.as_deref().map_or(String::new(), |c| selection.heading(c).into_owned());
    let (x, y) = (heading(&spec.x), heading(&spec.y.clone().or_else(|| spec.value.clone())));
    let value = selection.heading(&value).into_owned();
    let sketch = match spec.kind {
        FigureKind::Map => map::draw(selection)?,
        FigureKind::ClusterMap => map::draw_quadrants(selection, outcome)?,
        FigureKind::Intervals => intervals::draw(selection)?,
        FigureKind::Bars => bars::draw(selection, mark)?,
        FigureKind::Components => components::draw(selection)?,
        FigureKind::Lorenz => lorenz::draw(&selection)?,
        FigureKind::Scatter => scatter::draw(selection)?,
        FigureKind::Lines => lines::draw(&selection)?,
        FigureKind::Histogram => histogram::draw(&selection)?,
        FigureKind::Curve => curve::draw(&selection)?,
        FigureKind::Matrix => matrix::draw(selection)?,
        FigureKind::Network => network::draw(selection, outcome)?,
        FigureKind::Profile => profile::draw(selection)?,
        FigureKind::Swot => swot::draw(selection)?,
        other => return Err(FigureError::NeedsField { kind: kind_name(other).0, field: "kind" }),
    };
    let catalogue = context.catalogue;
    let (_, general) = kind_name(spec.kind);
    let wording = spec.caption.clone().unwrap_or_else(|| {
        let wording = own_caption(spec, outcome, catalogue).unwrap_or_else(|| catalogue.word(general).to_owned());
        wording.replace("{value}", &value).replace("{x}", &x).replace("{y}", &y)
    });
    let mut caption = vec![wording];
    caption.extend(sketch.notes.iter().map(|note| catalogue.say(note, context.names)));
    let caption = caption.join(catalogue.word("figure.space"));
    let alt = catalogue.say(&sketch.alt, context.names);
    let svg = sketch.drawing.finish(sketch.height, &caption, &alt);
    Ok(Figure { svg, caption, alt })
}

/// The caption that an estimand has for a kind of figure, `caption.KIND`; `caption.KIND-plain` where the figure sets no
/// rows back by a column. Numbers of the summary stand in it by their name, `{map_r}`.
fn own_caption(spec: &FigureSpec, outcome: &Outcome, catalogue: &Catalogue) -> Option<String> {
    let (kind, _) = kind_name(spec.kind);
    // Of two figures of one kind the words of the table go first.
    let of_table = spec.table.as_ref().map(|table| format!("caption.{kind}-{table}"));
    let of_table = of_table.and_then(|key| catalogue.of_command(&outcome.command, &key));
    let plain = || catalogue.of_command(&outcome.command, &format!("caption.{kind}-plain"));
    let own = of_table.or_else(|| if spec.group.is_none() { plain() } else { None });
    let mut words = own.or_else(|| catalogue.of_command(&outcome.command, &format!("caption.{kind}")))?.to_owned();
    for (name, _) in &outcome.summary {
        if let Some(value) = outcome.number(name) {
            words = words.replace(&format!("{{{name}}}"), &catalogue.number(value));
        }
    }
    let unit = if distances_in_km(outcome) { format!(" {}", catalogue.word("distance.km")) } else { String::new() };
    Some(words.replace("{distance_unit}", &unit))
}

/// The name of a kind, and the key of its general caption.
fn kind_name(kind: FigureKind) -> (&'static str, &'static str) {
    match kind {
        FigureKind::Map => ("map", "figure.caption.map"),
        FigureKind::ClusterMap => ("cluster-map", "figure.caption.cluster-map"),
        FigureKind::Intervals => ("intervals", "figure.caption.intervals"),
        FigureKind::Bars => ("bars", "figure.caption.bars"),
        FigureKind::Components => ("components", "figure.caption.components"),
        FigureKind::Lorenz => ("lorenz", "figure.caption.lorenz"),
        FigureKind::Scatter => ("scatter", "figure.caption.scatter"),
        FigureKind::Lines => ("lines", "figure.caption.lines"),
        FigureKind::Histogram => ("histogram", "figure.caption.histogram"),
        FigureKind::Curve => ("curve", "figure.caption.curve"),
        FigureKind::Matrix => ("matrix", "figure.caption.matrix"),
        FigureKind::Network => ("network", "figure.caption.network"),
        FigureKind::Profile => ("profile", "figure.caption.profile"),
        FigureKind::Swot => ("swot", "figure.caption.swot"),
        _ => ("figure", "figure.caption.other"),
    }
}

#[cfg(test)]
mod tests;
