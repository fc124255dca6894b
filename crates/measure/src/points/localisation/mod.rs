//! `localisation`: which industries are localised, which dispersed, at which distances; all industries at once.
//!
//! Read `curves` (one set of simulations serves many industries), then this file (band, test, indices).

mod curves;
mod estimand;
mod options;
mod words;

pub(crate) use estimand::ESTIMAND;
pub use options::{LocalisationError, LocalisationFunction, LocalisationOptions};

use super::colocation::{coarse, listed};
use super::envelope::{Curves as Set, EnvelopeError, Gaps, check_asked, envelope};
use super::kd::{BandwidthRange, Univariate};
use super::{Plants, default_distances, ln_choose, repeats};
use curves::{Curves, Job};
use distretto_core::{Context, Message};
use distretto_numerics::{Adjust, TIE_TOLERANCE, adjust};

/// Every industry with enough plants.
#[derive(Debug, Clone, PartialEq)]
pub struct LocalisationResult {
    /// Distances.
    pub r: Vec<f64>,
    /// The industries, in the order of the table.
    pub industries: Vec<Industry>,
    /// Largest bound of the error of a value of Kd; 0 for the direct sum and for M.
    pub error_bound: f64,
    notes: Vec<Message>,
}

/// One industry. Without simulations everything but the curve is NaN or empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Industry {
    /// Its code.
    pub code: String,
    /// Its plants.
    pub plants: usize,
    /// The function at each distance.
    pub values: Vec<f64>,
    /// Mean of the simulations.
    pub mean: Vec<f64>,
    /// Lower end of the global band.
    pub low: Vec<f64>,
    /// Upper end of the global band.
    pub high: Vec<f64>,
    /// Two-sided p-value at each distance by itself.
    pub local_p: Vec<f64>,
    /// p-value of the whole curve.
    pub p_value: f64,
    /// p-value adjusted over all industries.
    pub q_value: f64,
    /// p-value adjusted for the family-wise error (Holm).
    pub p_family: f64,
    /// What its curve is.
    pub pattern: Pattern,
    /// Distances at which some simulations have no value and count as neither high nor low.
    pub neutral: usize,
}

/// What the curve of an industry is, at the level that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pattern {
    /// Above its band at some distance.
    Localised,
    /// Below its band at some distance, above it at none.
    Dispersed,
    /// Within its band, or not significant once adjusted.
    Neither,
    /// Not tested, or without a curve.
    Unknown,
}

impl Pattern {
    /// The word of the table; empty when it is not known.
    #[must_use]
    pub fn word(self) -> Option<&'static str> {
        match self {
            Self::Localised => Some("localised"),
            Self::Dispersed => Some("dispersed"),
            Self::Neither => Some("neither"),
            Self::Unknown => None,
        }
    }
}

/// What is beyond the band at a distance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Above,
    Below,
    Within,
}

impl Industry {
    /// Where the curve is at a distance, seen over all distances together.
    pub(crate) fn side(&self, j: usize) -> Side {
        // A band that ends at the curve itself is met to rounding only.
        let slack = TIE_TOLERANCE * self.values[j].abs();
        match self.values[j] {
            value if value > self.high[j] + slack => Side::Above,
            value if value < self.low[j] - slack => Side::Below,
            _ => Side::Within,
        }
    }

    /// Where the curve is at a distance that is looked at by itself.
    pub(crate) fn local_side(&self, j: usize, alpha: f64) -> Side {
        match self.values[j].partial_cmp(&self.mean[j]) {
            Some(order) if self.local_p[j] <= alpha && order.is_gt() => Side::Above,
            Some(order) if self.local_p[j] <= alpha && order.is_lt() => Side::Below,
            _ => Side::Within,
        }
    }

    /// Index of localisation Σ_r max(value − high, 0), and of dispersion Σ_r max(low − value, 0), which is 0 for an
    /// industry that is above its band anywhere (Duranton and Overman 2005); NaN without a band.
    #[must_use]
    pub fn indices(&self) -> [f64; 2] {
        if self.high.is_empty() || self.p_value.is_nan() {
            return [f64::NAN; 2];
        }
        let sum = |part: &dyn Fn(usize) -> f64| (0..self.values.len()).map(part).filter(|value| *value > 0.0).sum();
        let local: f64 = sum(&|j| if self.side(j) == Side::Above { self.values[j] - self.high[j] } else { 0.0 });
        let apart: f64 = sum(&|j| if self.side(j) == Side::Below { self.low[j] - self.values[j] } else { 0.0 });
        [local, if local > 0.0 { 0.0 } else { apart }]
    }

    fn pattern(&self, alpha: f64) -> Pattern {
        let any = |side: Side| (0..self.values.len()).any(|j| self.side(j) == side);
        match self.q_value {
            q if q.is_nan() => Pattern::Unknown,
            q if q > alpha => Pattern::Neither,
            _ if any(Side::Above) => Pattern::Localised,
            _ if any(Side::Below) => Pattern::Dispersed,
            _ => Pattern::Neither,
        }
    }

    fn no_band(code: String, plants: usize, values: Vec<f64>) -> Self {
        let none = vec![f64::NAN; values.len()];
        let (mean, low, high, local_p) = (none.clone(), none.clone(), none.clone(), none);
        let (p_value, q_value, p_family) = (f64::NAN, f64::NAN, f64::NAN);
        let pattern = Pattern::Unknown;
        Self { code, plants, values, mean, low, high, local_p, p_value, q_value, p_family, pattern, neutral: 0 }
    }
}

impl LocalisationResult {
    /// What the reader must know.
    #[must_use]
    pub fn notes(&self) -> &[Message] {
        &self.notes
    }
}

/// Tests every industry for localisation and dispersion, and adjusts the tests together.
///
/// # Formula
/// The curve of an industry is Kd(r) (Duranton and Overman 2005) or M(r) (Marcon and Puech 2010) of its plants; its
/// band and its p over all distances come from simulations of random location: its plants at sites drawn without
/// replacement among those of all plants. It is localised if its adjusted p is at most 1 − level and the curve is above
/// the band at some distance; dispersed if it is below at some distance and above at none. Indices as there:
/// Γ = Σ_r max(value − high, 0), Ψ = Σ_r max(low − value, 0) where Γ = 0.
///
/// # Errors
/// No industry with enough plants, another null, an envelope without band or test, too few simulations, a run that was
/// stopped.
///
/// # Complexity
/// For each simulation O(pairs of each industry within reach), once for all industries of one number of plants.
///
/// # References
/// Duranton and Overman 2005, Review of Economic Studies 72(4), 1077–1106, <https://doi.org/10.1111/0034-6527.00362>.
pub fn localisation(
    plants: &Plants,
    options: &LocalisationOptions,
    context: &Context,
) -> Result<LocalisationResult, LocalisationError> {
    options.validate()?;
    let (rule, curve) = (options.rule()?, &options.curve);
    check_asked(curve.envelope, curve.nsim, curve.level)?;
    plants.of_industries(&options.industry)?;
    let listed = listed(plants, options.min_plants)?;
    let r = match curve.distances()? {
        Some(r) => r,
        None => default_distances(plants, context)?,
    };
    let mut counts = vec![0_usize; plants.industries().len()];
    plants.codes().iter().for_each(|&code| counts[code as usize] += 1);
    let counts: Vec<usize> = listed.iter().map(|&code| counts[code as usize]).collect();
    let job = Job { r: &r, nsim: curve.nsim, context, listed: &listed };
    let code = |at: usize| plants.industries()[listed[at] as usize].clone();
    let test = |curves: Curves| tested(curves, &r, options, &code, &counts);
    let (tests, error_bound, short) = match options.function {
        LocalisationFunction::M => {
            let needed = r.last().copied().unwrap_or(0.0);
            let short = plants.distances().and_then(|distances| distances.short_of(needed));
            (job.relative(plants, test)?, 0.0, short.into_iter().collect())
        }
        LocalisationFunction::Kd => {
            let r_max = r.last().copied().unwrap_or(0.0);
            let limit = if options.bandwidth_range == BandwidthRange::All { f64::INFINITY } else { 2.0 * r_max };
            let largest = counts.iter().copied().max().unwrap_or(0);
            let mut kd = Univariate::new(plants, &r, rule, limit, largest);
            let (tests, [error_bound, widest]) = job.density(plants, &mut kd, test)?;
            (tests, error_bound, kd.shortfalls(widest))
        }
    };
    let mut industries = tests.into_iter().collect::<Result<Vec<Industry>, EnvelopeError>>()?;
    judge(&mut industries, options);
    let mut notes = notes(plants, options, &industries);
    notes.extend(short);
    Ok(LocalisationResult { r, industries, error_bound, notes })
}

/// Band and test of one industry.
fn tested(
    curves: Curves,
    r: &[f64],
    options: &LocalisationOptions,
    code: &dyn Fn(usize) -> String,
    plants: &[usize],
) -> Result<Industry, EnvelopeError> {
    let Curves { industry, observed, simulated } = curves;
    let mut found = Industry::no_band(code(industry), plants[industry], observed);
    if simulated.is_empty() || found.values.iter().all(|value| value.is_nan()) {
        return Ok(found);
    }
    let set = Set::new(r.to_vec(), found.values.iter().chain(simulated).copied().collect())?;
    let band = envelope(&set, options.curve.envelope, options.curve.level, Gaps::Neutral)?;
    found.neutral = band.neutral;
    (found.mean, found.low, found.high) = (band.mean, band.low, band.high);
    (found.local_p, found.p_value) = (band.p, band.p_value);
    Ok(found)
}

/// Adjusts the tests over all industries, and says what each industry is.
fn judge(industries: &mut [Industry], options: &LocalisationOptions) {
    let p: Vec<f64> = industries.iter().map(|industry| industry.p_value).collect();
    let (q, family) = (adjust(&p, options.p_adjust.into()), adjust(&p, Adjust::Holm));
    let alpha = 1.0 - options.curve.level + 1e-9;
    for ((industry, q), family) in industries.iter_mut().zip(q).zip(family) {
        (industry.q_value, industry.p_family) = (q, family);
        industry.pattern = industry.pattern(alpha);
    }
}

fn notes(plants: &Plants, options: &LocalisationOptions, industries: &[Industry]) -> Vec<Message> {
    let mut notes = plants.notes().to_vec();
    let none = |industry: &&Industry| industry.values.iter().all(|value| value.is_nan());
    let missing = industries.iter().filter(none).count();
    if missing > 0 {
        notes.push(Message::new("measure.localisation.no-curve").count("count", missing));
    }
    let gaps = industries.iter().filter(|industry| industry.neutral > 0).count();
    if gaps > 0 {
        notes.push(Message::new("measure.localisation.gaps").count("count", gaps));
    }
    let mut held = vec![false; plants.industries().len()];
    plants.codes().iter().for_each(|&code| held[code as usize] = true);
    let small = held.iter().filter(|held| **held).count() - industries.len();
    if small > 0 {
        let note = Message::new("measure.localisation.small").count("count", small);
        notes.push(note.count("needed", options.min_plants as usize));
    }
    let tests: Vec<[f64; 2]> = industries.iter().map(|industry| [industry.p_value, industry.q_value]).collect();
    notes.extend(coarse(options.p_adjust, 1.0 / (1.0 + options.curve.nsim as f64), &tests, options.curve.level));
    if options.curve.nsim == 0 {
        notes.push(Message::new("measure.localisation.untested"));
    }
    let n = plants.len() as f64;
    let few = |industry: &&Industry| repeats(options.curve.nsim, ln_choose(n, industry.plants as f64));
    let few = if plants.weights().is_some() { 0 } else { industries.iter().filter(few).count() };
    if few > 0 {
        let note = Message::new("measure.localisation.few-labellings").count("count", few);
        notes.push(note.count("nsim", options.curve.nsim as usize));
    }
    notes
}

#[cfg(test)]
mod tests;
