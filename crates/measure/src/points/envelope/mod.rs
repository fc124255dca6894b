//! Envelopes: is a curve what chance allows, at every distance at once?
//!
//! `envelope` tests curves from a file; every function of distance tests its own curve with the same
//! function [`envelope`]. Read `rank` (extreme rank length), `deviation` (mad, st, dclf), `band` (pointwise, do).

mod band;
mod curves;
mod deviation;
mod estimand;
mod rank;

pub use curves::Curves;
pub(crate) use curves::{EnvelopeAnswer, add_test, with_band};
pub(crate) use estimand::ESTIMAND;

use super::options::EnvelopeMethod;
use distretto_core::Fault;
use distretto_numerics::{SimulationError, Tail, check_simulations, simulated_p};

/// Slack of products such as αN, so that 0.05 × 20 is 1 (measure.md 2.6).
pub(crate) const COUNT_SLACK: f64 = 1e-9;

/// The envelope of simulated curves about an observed one, and the test of the whole curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Envelope {
    /// Method.
    pub method: EnvelopeMethod,
    /// Number of simulations.
    pub simulations: usize,
    /// Mean of the simulations that have a value, at each distance; NaN where the distance is left out.
    pub mean: Vec<f64>,
    /// Lower end at each distance; NaN where there is none.
    pub low: Vec<f64>,
    /// Upper end at each distance; NaN where there is none.
    pub high: Vec<f64>,
    /// Pointwise two-sided p-value; NaN where the observation has no value, or the distance is left out.
    pub p: Vec<f64>,
    /// p-value of the whole curve; NaN for the methods that are no test of it.
    pub p_value: f64,
    /// Statistic of the observation (mad, st, dclf); NaN otherwise.
    pub statistic: f64,
    /// Index of localisation and of dispersion (Duranton and Overman 2005), for `do` alone.
    pub indices: Option<[f64; 2]>,
    /// Distances that are left out: no curve has a value there, or, with [`Gaps::LeftOut`], one has none.
    pub left_out: usize,
    /// Distances that count although some curves have no value there ([`Gaps::Neutral`]).
    pub neutral: usize,
}

/// What becomes of a distance at which some curves have a value and others have none.
///
/// Both treat the observation and the simulations alike, so that curves which are exchangeable stay so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gaps {
    /// It does not count: a cell that is empty for an unknown reason.
    LeftOut,
    /// It counts; a curve without a value takes the median of those that have one, which is neither high nor low.
    Neutral,
}

/// Why there is no envelope.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// No curve, no distance, or rows of unequal length.
    #[error("{values} values are no set of curves of {distances} distances each")]
    Shape {
        /// Number of values.
        values: usize,
        /// Number of distances.
        distances: usize,
    },
    /// Distances that are missing or not ascending.
    #[error("the distances are not ascending: {before} comes before {after}")]
    Order {
        /// The earlier one.
        before: f64,
        /// The later one.
        after: f64,
    },
    /// Too few simulations, or a level that is none.
    #[error(transparent)]
    Simulations(#[from] SimulationError),
    /// Too few simulations for a pointwise band.
    #[error(
        "the number of simulations ({simulations}) is too small for a pointwise band at level {level}; use at least {needed} simulations"
    )]
    TooFewForBand {
        /// Simulations there are.
        simulations: u64,
        /// Level asked for.
        level: f64,
        /// Simulations that are enough.
        needed: u64,
    },
}

impl From<EnvelopeError> for Fault {
    fn from(error: EnvelopeError) -> Self {
        let message = error.to_string();
        match error {
            EnvelopeError::Simulations(SimulationError::InvalidLevel { .. }) => {
                Self::option(message).with_hint("give `--level` between 0 and 1, say 0.95")
            }
            EnvelopeError::Simulations(_) | EnvelopeError::TooFewForBand { .. } => {
                Self::option(message).with_hint("raise `--nsim`, or lower `--level`")
            }
            _ => Self::input(message).with_hint("curves need ascending distances and the same number of values each"),
        }
    }
}

/// Checks that `simulations` allow an envelope at `level`; estimands ask before they simulate.
///
/// # Errors
/// Too few simulations, or a level outside (0, 1).
pub fn check(method: EnvelopeMethod, simulations: u64, level: f64) -> Result<(), EnvelopeError> {
    check_simulations(simulations, level)?;
    let rank = |n: u64| ((1.0 - level) / 2.0 * (n + 1) as f64 + COUNT_SLACK).floor();
    if method == EnvelopeMethod::Pointwise && rank(simulations) < 1.0 {
        let needed = (2.0 / (1.0 - level) - COUNT_SLACK).ceil() as u64;
        let needed = (needed.saturating_sub(2)..).find(|&n| rank(n) >= 1.0).unwrap_or(needed);
        return Err(EnvelopeError::TooFewForBand { simulations, level, needed });
    }
    Ok(())
}

/// As [`check`]; without simulations the level alone must be one.
///
/// # Errors
/// Too few simulations, or a level outside (0, 1).
pub fn check_asked(method: EnvelopeMethod, simulations: u64, level: f64) -> Result<(), EnvelopeError> {
    match simulations {
        0 if level > 0.0 && level < 1.0 => Ok(()),
        0 => Err(SimulationError::InvalidLevel { level }.into()),
        _ => check(method, simulations, level),
    }
}

/// The envelope of the curves, the first of which is the observation.
///
/// # Formula
/// N = s + 1 curves, α = 1 − level. `erl`: ranks from the nearer end at each distance, curves ordered by their sorted
/// ranks, p = share of curves as extreme as the observation; `mad`, `st`, `dclf`: p = share of curves that deviate as
/// much from the mean of all N; each exact where the curves are exchangeable under the null. `gaps` says what becomes
/// of a distance at which some curves have no value. Ties within 1e-12 relative count as as extreme.
///
/// # Errors
/// Too few simulations for the level.
///
/// # References
/// Myllymäki, Mrkvička, Grabarnik, Seijo and Hahn 2017, JRSS B 79(2), 381–404, <https://doi.org/10.1111/rssb.12172>;
/// Duranton and Overman 2005, Review of Economic Studies 72(4), <https://doi.org/10.1111/0034-6527.00362>.
///
/// # Complexity
/// O(N log N) for each distance, and for `erl` O(D log D) for each curve.
pub fn envelope(curves: &Curves, method: EnvelopeMethod, level: f64, gaps: Gaps) -> Result<Envelope, EnvelopeError> {
    let simulations = curves.count() - 1;
    check(method, simulations as u64, level)?;
    let present: Vec<usize> =
        (0..curves.r().len()).map(|j| (0..curves.count()).filter(|&i| curves.is_value(i, j)).count()).collect();
    let needed = if gaps == Gaps::LeftOut { curves.count() } else { 1 };
    let valid: Vec<usize> = (0..curves.r().len()).filter(|&j| present[j] >= needed).collect();
    let raw: Vec<Vec<f64>> = valid.iter().map(|&j| curves.column(j)).collect();
    let columns: Vec<Vec<f64>> = raw.iter().map(|column| filled(column)).collect();
    let kept = Kept { r: valid.iter().map(|&j| curves.r()[j]).collect(), columns, alpha: 1.0 - level };
    let found = match method {
        EnvelopeMethod::Erl => rank::erl(&kept),
        EnvelopeMethod::Mad | EnvelopeMethod::St => deviation::largest(&kept, method == EnvelopeMethod::St),
        EnvelopeMethod::Dclf => deviation::integrated(&kept),
        EnvelopeMethod::Do => band::duranton_overman(&kept),
        EnvelopeMethod::Pointwise => band::pointwise(&kept),
    };
    let spread = |values: &mut dyn Iterator<Item = f64>| {
        let mut all = vec![f64::NAN; curves.r().len()];
        valid.iter().zip(values).for_each(|(&j, value)| all[j] = value);
        all
    };
    let mean = |column: &Vec<f64>| {
        let values: Vec<f64> = column[1..].iter().copied().filter(|value| value.is_finite()).collect();
        distretto_numerics::pairwise(&values) / values.len() as f64
    };
    // An observation without any value has no test.
    let observed = raw.iter().any(|column| column[0].is_finite());
    let p = |column: &Vec<f64>| simulated_p(column[0], column[1..].iter().copied(), Tail::Two);
    Ok(Envelope {
        method,
        simulations,
        mean: spread(&mut raw.iter().map(mean)),
        low: spread(&mut found.low.iter().copied()),
        high: spread(&mut found.high.iter().copied()),
        p: spread(&mut raw.iter().map(p)),
        p_value: if observed { found.p_value } else { f64::NAN },
        statistic: if observed { found.statistic } else { f64::NAN },
        indices: found.indices,
        left_out: curves.r().len() - valid.len(),
        neutral: valid.iter().filter(|&&j| present[j] < curves.count()).count(),
    })
}

/// The column with the median of its values where a curve has none.
fn filled(column: &[f64]) -> Vec<f64> {
    let values: Vec<f64> = column.iter().copied().filter(|value| value.is_finite()).collect();
    if values.len() == column.len() {
        return values;
    }
    let middle = distretto_numerics::median(&values);
    column.iter().map(|&value| if value.is_finite() { value } else { middle }).collect()
}

/// The distances at which every curve has a value: a column of N values each, the observation first.
struct Kept {
    r: Vec<f64>,
    columns: Vec<Vec<f64>>,
    alpha: f64,
}

impl Kept {
    fn curves(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }
}

/// What a method finds at the distances that are kept; `low` and `high` empty where it has no band.
struct Found {
    low: Vec<f64>,
    high: Vec<f64>,
    p_value: f64,
    statistic: f64,
    indices: Option<[f64; 2]>,
}

impl Found {
    fn test(p_value: f64) -> Self {
        Self { low: Vec::new(), high: Vec::new(), p_value, statistic: f64::NAN, indices: None }
    }
}

#[cfg(test)]
mod tests;
