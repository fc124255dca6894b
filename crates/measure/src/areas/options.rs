//! Options that every estimand on area tables shares.

use distretto_core::{ColumnKind, TableSpec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Options that every estimand on area tables shares; flatten them into its own with `#[serde(flatten)]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct AreaOptions {
    /// Column that holds the values of region and industry.
    pub value: String,
    /// Year that is used; needed when the table has a column `year` with several years.
    pub year: Option<i64>,
    /// Label of known totals: as industry it marks the total of a region, as region that of an industry, as both that of all.
    pub total_label: Option<String>,
    /// Replaces suppressed cells `low..high` by a number instead of carrying them to bounds; always told in a warning.
    pub impute: Option<Impute>,
    /// What is done with a code that stands beside the codes it is made of (336 beside 3361 and 3363): `error`, or `keep` to count both.
    pub nested: Nested,
}

impl Default for AreaOptions {
    fn default() -> Self {
        Self { value: "employment".to_owned(), year: None, total_label: None, impute: None, nested: Nested::default() }
    }
}

/// How suppressed cells are replaced by a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Impute {
    /// The middle of the interval; known totals stay as they are, whether or not the cells add up to them.
    Midpoint,
    /// Middles scaled in proportion, within their intervals, until the cells add up to the known totals.
    Proportional,
}

/// What is done with a code that stands beside the codes it is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Nested {
    /// An error: every total would count the parts twice.
    #[default]
    Error,
    /// Both are kept, with a warning.
    Keep,
}

/// The columns that an estimand wants of an area table, under the name of the input that holds it.
///
/// A value column that is absent is an error; `year` is taken where there is one. An estimand that needs
/// `establishments` or levels of regions adds them with [`TableSpec::need`] and [`TableSpec::take`].
#[must_use]
pub fn area_columns(input: &str, options: &AreaOptions) -> TableSpec {
    TableSpec::new(input)
        .need("region", ColumnKind::Label)
        .need("industry", ColumnKind::Label)
        .need(&options.value, ColumnKind::Amount)
        .take("year", ColumnKind::Integer)
        .unique(&["region", "industry", "year"])
        .or_wide("industry", &options.value)
}
