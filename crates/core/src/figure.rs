//! What a figure shows: asked for by a study, or proposed by an estimand.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The kinds of figure that a report can draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FigureKind {
    /// A choropleth where `join` names outlines of the regions, graduated points where it names points (over the
    /// outlines named by `base`), or where nothing fits and the table has `id` and `lon`, `lat` or `x`, `y` itself;
    /// points are small where the column `group` is false.
    Map,
    /// The quadrants of a local Moran analysis on a map, pale where not significant.
    ClusterMap,
    /// One dot with its interval for each row.
    Intervals,
    /// One bar for each row.
    Bars,
    /// Stacked bars of several columns (`series`) for each row.
    Components,
    /// Cumulated share of `value` against cumulated share of `weight`, units sorted by their ratio.
    Lorenz,
    /// A point for each row at `x`, `y`.
    Scatter,
    /// A line for each group along `x`.
    Lines,
    /// Counts of `value` in classes.
    Histogram,
    /// A curve `value` along `x` over the band from `low` to `high` that chance allows, with the curve `y` that is
    /// expected, where there are such columns.
    Curve,
    /// A coloured square for each pair: rows `label`, columns `group`, the ratio `value` around 1; a dot where the
    /// column `weight` is at most `reference`. Without `weight` the value that is neutral is `reference`.
    Matrix,
    /// Nodes at `x`, `y`, sized by `value`, coloured by `group`, over their links: the table whose name has `links`
    /// for `nodes`, with columns `source` and `target`.
    Network,
    /// A row for each part of an index (the labels of `group`, or the columns of `series`): a mark for each unit in
    /// focus, else for the leading ones, over the range, the middle half and the median of all units.
    Profile,
    /// Four fields for the labels S, W, O and T of `group`, each with its rows by `value`.
    Swot,
}

/// A figure over one table of a result. Fields left out are chosen by the kind and the table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FigureSpec {
    /// Kind of figure.
    pub kind: FigureKind,
    /// Table of the result; default the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// Column that is drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Column that names the rows; default the first text column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Column with the lower end of an interval; default `VALUE_low`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<String>,
    /// Column with the upper end of an interval; default `VALUE_high`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<String>,
    /// Columns that are stacked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub series: Vec<String>,
    /// Horizontal column of a scatter or line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x: Option<String>,
    /// Vertical column of a scatter or line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y: Option<String>,
    /// Column that divides rows into groups (lines, colours of points); of bars one of true and false: those of false
    /// are pale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Column that weights the rows (Lorenz curve) or sizes the points (map).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<String>,
    /// Data of the study that place the regions: outlines, or a table with `lon` and `lat` (`x` and `y`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join: Option<String>,
    /// Outlines drawn beneath the points of a map.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// Only the first so many rows, sorted by `value`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top: Option<usize>,
    /// Only rows whose column `at_least.0`, say `employment`, reaches `at_least.1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<(String, f64)>,
    /// A line of reference, say 1 for a location quotient.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<f64>,
    /// Unit of what is drawn, behind its name on the axis: a key `unit.KEY` of the catalogue, or words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The same of the horizontal column of lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x_unit: Option<String>,
    /// Whether both axes of a scatter or of lines are logarithmic; rows with a value of 0 or less are left out then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub log: bool,
    /// Whether the highest point of each line is marked, where that is no end.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub peak: bool,
    /// Words beneath the figure; default from the catalogue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
}

impl FigureSpec {
    /// A figure of this kind, everything else left open.
    #[must_use]
    pub fn new(kind: FigureKind) -> Self {
        Self {
            kind,
            table: None,
            value: None,
            label: None,
            low: None,
            high: None,
            series: Vec::new(),
            x: None,
            y: None,
            group: None,
            weight: None,
            join: None,
            base: None,
            top: None,
            at_least: None,
            reference: None,
            unit: None,
            x_unit: None,
            log: false,
            peak: false,
            caption: None,
        }
    }

    /// The table it draws from.
    #[must_use]
    pub fn of_table(mut self, table: &str) -> Self {
        self.table = Some(table.to_owned());
        self
    }

    /// The column it draws.
    #[must_use]
    pub fn of_value(mut self, value: &str) -> Self {
        self.value = Some(value.to_owned());
        self
    }

    /// The column that names the rows.
    #[must_use]
    pub fn by(mut self, label: &str) -> Self {
        self.label = Some(label.to_owned());
        self
    }

    /// Only the first so many rows.
    #[must_use]
    pub fn first(mut self, top: usize) -> Self {
        self.top = Some(top);
        self
    }

    /// With a line of reference.
    #[must_use]
    pub fn against(mut self, reference: f64) -> Self {
        self.reference = Some(reference);
        self
    }

    /// With the unit of what is drawn.
    #[must_use]
    pub fn in_unit(mut self, unit: &str) -> Self {
        self.unit = Some(unit.to_owned());
        self
    }

    /// With logarithmic axes.
    #[must_use]
    pub fn on_log_axes(mut self) -> Self {
        self.log = true;
        self
    }

    /// With the highest point of each line marked.
    #[must_use]
    pub fn with_peaks(mut self) -> Self {
        self.peak = true;
        self
    }

    /// Stacks these columns.
    #[must_use]
    pub fn stacking(mut self, series: &[&str]) -> Self {
        self.series = series.iter().map(|&name| name.to_owned()).collect();
        self
    }
}
