//! Curves over one set of distances, and the columns and scalars that every curve command prints.

use super::{Envelope, EnvelopeError, Gaps, envelope};
use crate::points::options::{CurveOptions, EnvelopeMethod};
use distretto_core::{Message, Outcome, Table};
use std::cmp::Ordering;

/// Simulations from which on the band of Duranton and Overman is about as often left as it claims.
const DO_ENOUGH: usize = 999;

/// Curves over one set of distances, the observation first.
#[derive(Debug, Clone, PartialEq)]
pub struct Curves {
    r: Vec<f64>,
    /// Curve by curve.
    values: Vec<f64>,
}

impl Curves {
    /// `values` holds the observation and then one simulation after the other, each as long as `r`; NaN is no value.
    ///
    /// # Errors
    /// Distances that do not ascend, or values that are no whole number of curves.
    pub fn new(r: Vec<f64>, values: Vec<f64>) -> Result<Self, EnvelopeError> {
        if r.is_empty() || values.is_empty() || !values.len().is_multiple_of(r.len()) {
            return Err(EnvelopeError::Shape { values: values.len(), distances: r.len() });
        }
        // A missing distance has no order: it is out of order too.
        let ascends = |pair: &&[f64]| pair[0].partial_cmp(&pair[1]).is_some_and(Ordering::is_lt);
        match r.windows(2).find(|pair| !ascends(pair)) {
            Some(pair) => Err(EnvelopeError::Order { before: pair[0], after: pair[1] }),
            None => Ok(Self { r, values }),
        }
    }

    /// The distances.
    #[must_use]
    pub fn r(&self) -> &[f64] {
        &self.r
    }

    /// Number of curves, the observation included.
    #[must_use]
    pub fn count(&self) -> usize {
        self.values.len() / self.r.len()
    }

    /// Curve `i`; 0 is the observation.
    #[must_use]
    pub fn curve(&self, i: usize) -> &[f64] {
        &self.values[i * self.r.len()..][..self.r.len()]
    }

    pub(super) fn is_value(&self, i: usize, j: usize) -> bool {
        self.curve(i)[j].is_finite()
    }

    /// The values of all curves at distance `j`.
    pub(super) fn column(&self, j: usize) -> Vec<f64> {
        self.values.iter().skip(j).step_by(self.r.len()).copied().collect()
    }
}

/// A curve with its envelope, ready to be printed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct EnvelopeAnswer {
    /// `None` without simulations.
    pub(crate) envelope: Option<Envelope>,
    /// Level of the envelope.
    pub(crate) level: f64,
}

impl EnvelopeAnswer {
    /// Tests the observation `observed` against `simulated` curves (one after the other), when there are any.
    pub(crate) fn new(
        r: &[f64],
        observed: &[f64],
        simulated: &[f64],
        options: &CurveOptions,
    ) -> Result<Self, EnvelopeError> {
        if simulated.is_empty() {
            return Ok(Self { envelope: None, level: options.level });
        }
        let values = observed.iter().chain(simulated).copied().collect();
        let curves = Curves::new(r.to_vec(), values)?;
        let found = envelope(&curves, options.envelope, options.level, Gaps::Neutral)?;
        Ok(Self { envelope: Some(found), level: options.level })
    }
}

/// Adds the columns mean, low, high and p_value to a table of a curve, when there were simulations.
pub(crate) fn with_band(table: Table, answer: &EnvelopeAnswer) -> Table {
    let Some(envelope) = &answer.envelope else { return table };
    table
        .with_numbers("mean", envelope.mean.clone())
        .with_numbers("low", envelope.low.clone())
        .with_numbers("high", envelope.high.clone())
        .with_numbers("p_value", envelope.p.clone())
}

/// Adds p_value and what belongs to it to the summary, and the warnings of the method; p_value is null without
/// simulations.
pub(crate) fn add_test(outcome: &mut Outcome, answer: &EnvelopeAnswer) {
    let Some(envelope) = &answer.envelope else {
        outcome.scalar("p_value", f64::NAN);
        return;
    };
    outcome.scalar("p_value", envelope.p_value).word("method", envelope.method.word());
    outcome.scalar("statistic", envelope.statistic);
    outcome.convention("level", answer.level);
    if let Some([localised, dispersed]) = envelope.indices {
        outcome.scalar("index_local", localised).scalar("index_dispersed", dispersed);
    }
    match envelope.method {
        EnvelopeMethod::Pointwise => drop(outcome.warn(Message::new("measure.envelope.pointwise-no-test"))),
        EnvelopeMethod::Do if envelope.simulations < DO_ENOUGH => {
            outcome.warn(Message::new("measure.envelope.do-few").count("simulations", envelope.simulations));
        }
        EnvelopeMethod::Do => drop(outcome.warn(Message::new("measure.envelope.do-level"))),
        EnvelopeMethod::Dclf => drop(outcome.warn(Message::new("measure.envelope.dclf-no-band"))),
        _ => {}
    }
    if envelope.neutral > 0 {
        outcome.warn(Message::new("measure.envelope.neutral").count("count", envelope.neutral));
    }
}
