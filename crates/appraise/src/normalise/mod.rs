//! How columns of different units become comparable.
//!
//! One id names one formula; tools that share the name of a method often differ in this step, so that every result says
//! which id it used. Let x be a column with n values, E a number: see the table in `docs/theory/appraise/indicators.md`.

mod formula;

pub(crate) use formula::rank_shares;

#[cfg(test)]
mod tests;

use crate::indicators::{CONSTANT, Direction, IndicatorError, Sheet};
use distretto_core::Fault;
use std::str::FromStr;

/// A way to normalise, with the id as it was given.
#[derive(Debug, Clone, PartialEq)]
pub struct Normalisation {
    id: String,
    kind: Kind,
}

/// The formula behind an id.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    None,
    Minmax,
    Undirected,
    /// `minmax+E`.
    Raised(f64),
    /// `minmax[a,b]`.
    Between(f64, f64),
    Max,
    Ratio,
    Sum,
    Inverse,
    Vector,
    VectorInverse,
    Zscore,
    Zscore0,
    Rank,
}

/// Ids without a number in them.
const WORDS: [(&str, Kind); 12] = [
    ("none", Kind::None),
    ("minmax", Kind::Minmax),
    ("minmax-undirected", Kind::Undirected),
    ("max", Kind::Max),
    ("ratio", Kind::Ratio),
    ("sum", Kind::Sum),
    ("inverse", Kind::Inverse),
    ("vector", Kind::Vector),
    ("vector-inverse", Kind::VectorInverse),
    ("zscore", Kind::Zscore),
    ("zscore-0", Kind::Zscore0),
    ("rank", Kind::Rank),
];

impl FromStr for Normalisation {
    type Err = Fault;

    fn from_str(id: &str) -> Result<Self, Fault> {
        let id = id.trim();
        let kind = WORDS.iter().find(|(word, _)| *word == id).map(|(_, kind)| *kind);
        let kind = kind.or_else(|| raised(id)).or_else(|| between(id)).ok_or_else(|| {
            let known: Vec<&str> = WORDS.iter().map(|(word, _)| *word).collect();
            let fault = Fault::usage("unknown normalisation").with_value(id);
            fault.with_hint(format!("one of {}, minmax+E, minmax[a,b]", known.join(", ")))
        })?;
        Ok(Self { id: id.to_owned(), kind })
    }
}

fn raised(id: &str) -> Option<Kind> {
    let number: f64 = id.strip_prefix("minmax+")?.parse().ok()?;
    (number.is_finite() && number >= 0.0).then_some(Kind::Raised(number))
}

fn between(id: &str) -> Option<Kind> {
    let (low, high) = id.strip_prefix("minmax[")?.strip_suffix(']')?.split_once(',')?;
    let (low, high): (f64, f64) = (low.trim().parse().ok()?, high.trim().parse().ok()?);
    (low.is_finite() && high.is_finite() && low < high).then_some(Kind::Between(low, high))
}

impl Normalisation {
    /// The id as it was given.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The columns as they are.
    #[must_use]
    pub fn none() -> Self {
        Self { id: "none".to_owned(), kind: Kind::None }
    }

    /// `(x − min)/(max − min)` of the directed column.
    #[must_use]
    pub fn minmax() -> Self {
        Self { id: "minmax".to_owned(), kind: Kind::Minmax }
    }

    /// Whether the values still have the direction of their indicator: the method must know which are costs.
    #[must_use]
    pub fn keeps_direction(&self) -> bool {
        matches!(self.kind, Kind::None | Kind::Undirected | Kind::Vector)
    }

    /// Whether a column without spread cannot be normalised.
    #[must_use]
    pub fn needs_spread(&self) -> bool {
        use Kind::{Between, Minmax, Raised, Undirected, Zscore, Zscore0};
        matches!(self.kind, Minmax | Undirected | Raised(_) | Between(..) | Zscore | Zscore0)
    }

    /// Whether this is one of the ids under which nearness to a target is final.
    fn settles(&self) -> bool {
        use Kind::{Between, Minmax, Raised, Undirected};
        matches!(self.kind, Kind::None | Minmax | Undirected | Raised(_) | Between(..))
    }

    /// Normalises the columns of a sheet, one by one.
    ///
    /// # Errors
    /// [`IndicatorError::Negative`], [`IndicatorError::Positive`] and [`IndicatorError::Scale`] where the formula does
    /// not exist, then [`IndicatorError::Constant`].
    pub fn apply(&self, sheet: &Sheet) -> Result<Vec<Vec<f64>>, IndicatorError> {
        self.apply_by(sheet, sheet)
    }

    /// Normalises the columns of `sheet` by the extremes, sums and ranks of the columns of `of`: other units on the same
    /// indicators.
    ///
    /// # Errors
    /// Those of [`apply`](Self::apply), for `of`.
    pub(crate) fn apply_by(&self, of: &Sheet, sheet: &Sheet) -> Result<Vec<Vec<f64>>, IndicatorError> {
        let settled = |j: usize| of.settled[j] && self.settles();
        let what = format!("normalisation `{}`", self.id);
        for j in (0..of.columns.len()).filter(|&j| !settled(j)) {
            formula::check(self.kind, of.directions[j], &of.columns[j])
                .map_err(|wrong| wrong.error(&of.names[j], &what))?;
        }
        if self.needs_spread() {
            refuse_constant(of, &what, settled)?;
        }
        let column = |j: usize| match settled(j) {
            true => formula::settled(self.kind, &sheet.columns[j]),
            false => formula::normalise_by(self.kind, of.directions[j], &of.columns[j], &sheet.columns[j]),
        };
        Ok((0..of.columns.len()).map(column).collect())
    }
}

/// No column is constant, those excepted.
pub(crate) fn refuse_constant(sheet: &Sheet, what: &str, except: impl Fn(usize) -> bool) -> Result<(), IndicatorError> {
    match (0..sheet.columns.len()).find(|&j| !except(j) && is_constant(&sheet.columns[j])) {
        None => Ok(()),
        Some(j) => Err(IndicatorError::Constant {
            indicator: sheet.names[j].clone(),
            value: sheet.columns[j].first().copied().unwrap_or(f64::NAN),
            what: what.to_owned(),
        }),
    }
}

/// `max − min ≤ 1e-12 · max|x|`.
#[must_use]
pub fn is_constant(column: &[f64]) -> bool {
    let (low, high) = ends(column);
    high - low <= CONSTANT * low.abs().max(high.abs())
}

/// Smallest and largest value.
#[must_use]
pub(crate) fn ends(column: &[f64]) -> (f64, f64) {
    column.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &x| (low.min(x), high.max(x)))
}

/// Whether a cost column has to be turned by the method, since the normalisation did not.
#[must_use]
pub(crate) fn is_cost(direction: Direction) -> bool {
    direction == Direction::Cost
}
