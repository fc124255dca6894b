//! `rank`: which unit is best, and how firm is that?
//!
//! Seven methods share one shape: a table of indicators is prepared once, then scored under weights. Uncertainty,
//! reversal and sensitivity ask the same method again under other weights, units and indicators.

mod evaluate;
mod flows;
mod kernel;
mod options;
mod rsr;
mod run;
mod sensitivity;
mod uncertainty;
mod words;

#[cfg(test)]
mod tests;

pub use options::{Preference, RankMethod, RankOptions, Uncertainty};
pub(crate) use run::ESTIMAND;
pub use sensitivity::{Obstacles, Reversals, Sensitivity};
pub use uncertainty::RankUncertainty;

use crate::indicators::{IndicatorError, Indicators, named_values};
use crate::ranks::falling;
use distretto_core::{Context, Fault, Message};
use evaluate::{Evaluation, Procedure};

/// A ranking of all rows; NaN where a number does not exist.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ranking {
    /// `method/normalisation`.
    pub convention: String,
    /// Score of each row, larger is better (VIKOR: 1 − Q).
    pub score: Vec<f64>,
    /// Rank of each row within its group, 1 is best.
    pub rank: Vec<f64>,
    /// What the method tells besides, by the name of the column.
    pub columns: Vec<(&'static str, Vec<f64>)>,
    /// `low`, `middle` or `high` (rank-sum ratio).
    pub grade: Option<Vec<&'static str>>,
    /// Normalised values, one column for each indicator (PROMETHEE has none).
    pub normalised: Option<Vec<Vec<f64>>>,
    /// Best and worst value of each indicator in each group (TOPSIS weighted, VIKOR raw).
    pub ideals: Vec<Vec<(f64, f64)>>,
    /// Grey relational coefficients, one column for each indicator.
    pub coefficients: Option<Vec<Vec<f64>>>,
    /// The compromise set of VIKOR, when all rows are one group.
    pub compromise: Option<Compromise>,
    /// How ranks vary with the weights.
    pub uncertainty: Option<RankUncertainty>,
    /// How ranks vary with the units that set the scale.
    pub resampled: Option<RankUncertainty>,
    /// Which pairs change their order when another unit leaves.
    pub reversals: Option<Reversals>,
    /// How ranks move without each indicator, in the order of the indicators.
    pub sensitivity: Option<Vec<Sensitivity>>,
    /// What each unit lacks to the best.
    pub obstacles: Option<Obstacles>,
    /// What the reader must know.
    pub notes: Vec<Message>,
}

/// The compromise set of VIKOR.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compromise {
    /// `Q₂ − Q₁ ≥ 1/(n − 1)`.
    pub advantage: bool,
    /// The best by Q is best by S or R too.
    pub stability: bool,
    /// Rows of the set, the best by Q first.
    pub rows: Vec<usize>,
}

/// Why there is no ranking.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RankError {
    /// The indicators do not allow the method.
    #[error("{error}")]
    Indicators {
        /// What is wrong.
        error: IndicatorError,
        /// Group of rows in which.
        group: usize,
    },
    /// An option is wrong.
    #[error("{0}")]
    Option(Fault),
    /// The user stopped the run.
    #[error("stopped")]
    Interrupted,
}

/// Ranks units measured on indicators.
///
/// # Formula
/// See `docs/theory/appraise/rank.md`; every method gives a score of which larger is better, and ranks share the smallest
/// place where scores tie within 1e-12.
///
/// # Errors
/// [`RankError::Indicators`] where values do not allow the method or weights are none, [`RankError::Option`] for options
/// out of range, [`RankError::Interrupted`].
///
/// # Complexity
/// O(n p + n log n); linear PROMETHEE O(n² p); a draw of the weights as much as a ranking.
pub fn rank(indicators: &Indicators, options: &RankOptions, context: &Context<'_>) -> Result<Ranking, RankError> {
    let procedure = procedure(indicators, options)?;
    indicators.check_units().map_err(|error| RankError::Indicators { error, group: 0 })?;
    let mut prepared = Vec::new();
    for (group, rows) in indicators.groups.iter().enumerate() {
        let sheet = indicators.sheet(rows);
        let one = procedure.prepare(&sheet).map_err(|error| RankError::Indicators { error, group })?;
        prepared.push(one);
    }
    let obstacles = match options.obstacles {
        true => Some(sensitivity::obstacles(indicators)?),
        false => None,
    };
    indicators.check_weights().map_err(|error| RankError::Indicators { error, group: 0 })?;
    let weights = indicators.weights();
    let evaluations: Vec<Evaluation> = prepared.iter().map(|one| procedure.evaluate(one, &weights)).collect();
    let mut found = assemble(indicators, &procedure, &evaluations);
    found.normalised = scatter(indicators, prepared.iter().map(|one| one.normalised.clone()).collect());
    found.obstacles = obstacles;
    let draws = options.monte_carlo.unwrap_or(0);
    if draws > 0 {
        let kernels: Vec<&kernel::Kernel> = prepared.iter().map(|one| &one.kernel).collect();
        let drawn = options.uncertainty().map_err(RankError::Option)?;
        found.uncertainty = Some(uncertainty::simulate(indicators, &kernels, drawn, draws, context)?);
    }
    if options.bootstrap > 0 {
        found.resampled = Some(uncertainty::bootstrap(indicators, &procedure, options.bootstrap, context)?);
    }
    if options.reversal {
        found.reversals = Some(sensitivity::reversals(indicators, &procedure, &found.score, context)?);
    }
    if options.leave_one_out {
        found.sensitivity = Some(sensitivity::leave_one_out(indicators, &procedure, &found.rank)?);
    }
    sensitivity::note(&mut found);
    Ok(found)
}

/// The method with its parameters.
fn procedure(indicators: &Indicators, options: &RankOptions) -> Result<Procedure, RankError> {
    options.validate().map_err(RankError::Option)?;
    Ok(Procedure {
        method: options.method,
        normalisation: options.normalisation().map_err(RankError::Option)?,
        v: options.v,
        rho: options.rho,
        thresholds: thresholds(indicators, options).map_err(RankError::Option)?,
    })
}

/// Thresholds of the linear preference: `p > q ≥ 0` for each indicator.
fn thresholds(indicators: &Indicators, options: &RankOptions) -> Result<flows::Thresholds, Fault> {
    if options.method != RankMethod::Promethee || options.preference == Preference::Usual {
        return Ok(None);
    }
    let names = indicators.names();
    let q = each("q", &options.q, &names, Some(0.0))?;
    let p = each("p", &options.p, &names, None)?;
    match (0..names.len()).find(|&j| !(q[j] >= 0.0 && p[j] > q[j])) {
        None => Ok(Some(q.into_iter().zip(p).collect())),
        Some(j) => {
            let message = format!("the thresholds of {} are out of range: q {} and p {}", names[j], q[j], p[j]);
            Err(Fault::option(message).with_hint("p is above q, and q is 0 or more"))
        }
    }
}

/// One value for all indicators, or one for each by name.
fn each(option: &str, given: &[String], names: &[String], default: Option<f64>) -> Result<Vec<f64>, Fault> {
    if let [one] = given
        && let Ok(value) = one.trim().parse::<f64>()
    {
        return Ok(vec![value; names.len()]);
    }
    let pairs = named_values(option, "threshold", given)?;
    if let Some((name, _)) = pairs.iter().find(|(name, _)| !names.contains(name)) {
        return Err(Fault::option(format!("--{option}: `{name}` is no column of indicators")));
    }
    let value = |name: &String| {
        let found = pairs.iter().find(|(other, _)| other == name).map(|(_, value)| *value).or(default);
        found.ok_or_else(|| {
            let fault = Fault::option(format!("--{option} is out of range: there is none for {name}"));
            fault.with_hint(format!("the linear preference needs --{option}: one value, or one for each indicator"))
        })
    };
    names.iter().map(value).collect()
}

/// Groups put back into the order of the rows.
fn assemble(indicators: &Indicators, procedure: &Procedure, parts: &[Evaluation]) -> Ranking {
    let convention = format!("{}/{}", procedure.method.word(), procedure.normalisation.id());
    let gather = |part: &dyn Fn(&Evaluation) -> &[f64]| {
        let mut all = vec![f64::NAN; indicators.n()];
        for (rows, evaluation) in indicators.groups.iter().zip(parts) {
            rows.iter().zip(part(evaluation)).for_each(|(&row, &value)| all[row] = value);
        }
        all
    };
    let Some(first) = parts.first() else { return Ranking { convention, ..Ranking::default() } };
    let names = first.columns.iter().map(|(name, _)| *name);
    let columns = names.enumerate().map(|(k, name)| (name, gather(&|part| &part.columns[k].1))).collect();
    let grade = first.grade.as_ref().map(|_| {
        let mut all = vec![""; indicators.n()];
        for (rows, part) in indicators.groups.iter().zip(parts) {
            rows.iter().zip(part.grade.iter().flatten()).for_each(|(&row, &grade)| all[row] = grade);
        }
        all
    });
    let mut notes: Vec<Message> = Vec::new();
    for note in indicators.notes.iter().chain(parts.iter().flat_map(|part| &part.notes)) {
        if !notes.contains(note) {
            notes.push(note.clone());
        }
    }
    let single = parts.len() == 1 && procedure.method == RankMethod::Vikor;
    Ranking {
        convention,
        score: gather(&|part| &part.scores),
        rank: gather(&|part| &part.ranks),
        columns,
        grade,
        ideals: parts.iter().filter_map(|part| part.ideals.clone()).collect(),
        coefficients: scatter(indicators, parts.iter().map(|part| part.coefficients.clone()).collect()),
        compromise: single.then(|| compromise(first)),
        notes,
        ..Ranking::default()
    }
}

/// Columns of each group put back into the order of the rows.
fn scatter(indicators: &Indicators, parts: Vec<Option<Vec<Vec<f64>>>>) -> Option<Vec<Vec<f64>>> {
    let parts: Vec<Vec<Vec<f64>>> = parts.into_iter().collect::<Option<_>>()?;
    let mut all = vec![vec![f64::NAN; indicators.n()]; indicators.p()];
    for (rows, part) in indicators.groups.iter().zip(&parts) {
        for (column, values) in all.iter_mut().zip(part) {
            rows.iter().zip(values).for_each(|(&row, &value)| column[row] = value);
        }
    }
    Some(all)
}

/// Who is in the compromise set: the best alone, the best two, or all that are close to the best.
fn compromise(found: &Evaluation) -> Compromise {
    const ROUNDING: f64 = 1e-12;
    let column = |name: &str| found.columns.iter().find(|(other, _)| *other == name).map_or(&[][..], |(_, x)| x);
    let (s, r, q) = (column("s"), column("r"), column("q"));
    let order = falling(&q.iter().map(|q| -q).collect::<Vec<f64>>());
    let least = |x: &[f64]| x.iter().copied().fold(f64::INFINITY, f64::min);
    let step = 1.0 / (q.len() as f64 - 1.0) - ROUNDING;
    let (first, second) = (order[0], order[1]);
    let advantage = q[second] - q[first] >= step;
    let stability = s[first] <= least(s) + ROUNDING || r[first] <= least(r) + ROUNDING;
    let rows = match (advantage, stability) {
        (true, true) => vec![first],
        (true, false) => vec![first, second],
        (false, _) => order.iter().copied().filter(|&row| q[row] - q[first] < step).collect(),
    };
    Compromise { advantage, stability, rows }
}
