//! `kd`: the density of distances between plants (Duranton and Overman 2005).
//!
//! Read `pattern` (which pairs), `bandwidth`, `estimate` (direct sum, or bins where pairs are many), `bins`, `gauss`.

mod bandwidth;
mod bins;
mod estimand;
mod estimate;
mod gauss;
mod lend;
mod listed;
mod options;
mod pattern;
mod simulate;
mod univariate;

pub(crate) use estimand::ESTIMAND;
pub(crate) use estimate::bandwidth_from;
pub(crate) use gauss::{REACH as KERNEL_REACH, kernel_sum};
pub(in crate::points) use lend::Bandwidths;
pub(crate) use listed::shortfalls;
pub use options::{Approximation, BandwidthRange, BandwidthRule, KdError, KdOptions, rule};
pub(crate) use pattern::Pattern;
pub(crate) use univariate::Univariate;

use super::envelope::{Envelope, EnvelopeAnswer, check_asked};
use super::{Null, NullModel, Plants, PlantsError, default_distances};
use distretto_core::{Context, Message};
use estimate::{Effort, Few, Plan};
use simulate::Simulator;

/// The density of distances, its envelope, and how it was computed.
#[derive(Debug, Clone, PartialEq)]
pub struct KdResult {
    /// Distances.
    pub r: Vec<f64>,
    /// Kd at each distance, per unit of distance; NaN when the weights of all pairs are 0.
    pub kd: Vec<f64>,
    /// Standard deviation of the kernel, in the unit of distance.
    pub bandwidth: f64,
    /// Number of pairs.
    pub pairs: u64,
    /// Guaranteed bound of the error of every value; 0 for the direct sum, NaN for thinning.
    pub error_bound: f64,
    /// Standard error of each value, for thinning.
    pub standard_error: Option<Vec<f64>>,
    /// Null of the simulations, when there are any.
    pub null: Option<Null>,
    answer: EnvelopeAnswer,
    notes: Vec<Message>,
}

impl KdResult {
    /// Envelope of the simulations; `None` without any.
    #[must_use]
    pub fn envelope(&self) -> Option<&Envelope> {
        self.answer.envelope.as_ref()
    }

    /// What the reader must know.
    #[must_use]
    pub fn notes(&self) -> &[Message] {
        &self.notes
    }
}

/// Density of the distances between the plants of an industry, or between those of two.
///
/// # Formula
/// Kd(r) = Σ w_i w_j [φ_h(r − d_ij) + φ_h(r + d_ij)]/Σ w_i w_j over all pairs, φ_h the normal density with standard
/// deviation h; ∫₀^∞ Kd = 1. Unit: one over the unit of distance.
///
/// Pairs × distances up to 2·10⁸ are summed directly; above, distances are put in bins that keep their means, with a
/// guaranteed error of at most 1e-6/h, which is returned. Every simulation chooses its own bandwidth by the same rule; one
/// with fewer than two distances in the range of the rule takes all its distances.
///
/// # Errors
/// Fewer than two plants, unknown industries, options that contradict one another, too few simulations, a run that
/// was stopped.
///
/// # Complexity
/// O(pairs within twice the largest distance) for each pattern; memory O(bins), with few pairs O(pairs).
///
/// # References
/// Duranton and Overman 2005, Review of Economic Studies 72(4), 1077–1106, <https://doi.org/10.1111/0034-6527.00362>.
pub fn kd(plants: &Plants, options: &KdOptions, context: &Context) -> Result<KdResult, KdError> {
    let (rule, approximation) = (options.rule()?, options.approximation()?);
    let (a, b) = plants.sides(&options.plants.industry, &options.plants.to, "to")?;
    let pairs = enough(&a, b.as_deref(), &options.plants.industry)?;
    check_asked(options.curve.envelope, options.curve.nsim, options.curve.level)?;
    let r = match options.curve.distances()? {
        Some(r) => r,
        None => default_distances(plants, context)?,
    };
    let (diameter, size) = extent(plants);
    let r_max = r.last().copied().unwrap_or(0.0);
    let limit = if options.bandwidth_range == BandwidthRange::All { f64::INFINITY } else { 2.0 * r_max };
    let bins = match approximation {
        Some(Approximation::Bins(bins)) => Some(bins),
        _ => None,
    };
    let plan = Plan { r: &r, rule, limit, exact: options.exact, bins, diameter, size, effort: Effort::ONE_CURVE };
    // A table reaches as far as it lists.
    let reach = if plants.distances().is_some() { f64::INFINITY } else { plan.first_reach(pairs) };
    let layout = plants.index(reach);
    let thin = match approximation {
        Some(Approximation::Thin(share)) => Some(share),
        _ => None,
    };
    let mut simulator = Simulator { plants, plan, layout, reach, thin, seed: context.seed };
    let mut observed = simulator.observe(&a, b.as_deref(), Few::Refuse)?;
    let mut notes = plants.notes().to_vec();
    if diameter > 0.0 && r_max > diameter {
        notes.push(Message::new("measure.kd.beyond").number("extent", diameter));
    }
    let unknown = listed::notes(&simulator, (&a, b.as_deref()), observed.bandwidth, options, &mut notes);
    if unknown {
        observed.kd.fill(f64::NAN);
    }
    let (null, simulated) = if options.curve.nsim == 0 {
        (None, Vec::new())
    } else {
        let default = if b.is_some() { Null::PopulationIndependence } else { Null::RandomLocation };
        let null = options.curve.null.unwrap_or(default);
        let model = NullModel::new(null, (context.seed, "kd/null"), plants.len(), &a, b.as_deref())?;
        notes.extend(model.repetition(options.curve.nsim, plants.weights().is_some()));
        (Some(null), simulator.simulate(&model, b.is_some(), options.curve.nsim, context)?)
    };
    let answer = EnvelopeAnswer::new(&r, &observed.kd, &simulated, &options.curve)?;
    if !unknown && observed.kd.iter().any(|value| value.is_nan()) {
        notes.push(Message::new("measure.kd.no-weight"));
    }
    Ok(KdResult {
        kd: observed.kd,
        bandwidth: observed.bandwidth,
        pairs,
        error_bound: observed.error_bound,
        standard_error: observed.standard_error,
        null,
        answer,
        notes,
        r,
    })
}

/// Number of pairs, when there is one.
fn enough(a: &[u32], b: Option<&[u32]>, industry: &[String]) -> Result<u64, PlantsError> {
    let needed = if b.is_some() { 1 } else { 2 };
    if a.len() < needed {
        let industry = format!("industry {}", industry.join(", "));
        return Err(PlantsError::TooFewPlants { industry, plants: a.len(), needed });
    }
    let n = a.len() as u64;
    Ok(b.map_or(n * (n - 1) / 2, |b| n * b.len() as u64))
}

/// A distance that no two plants exceed, and the largest coordinate.
pub(crate) fn extent(plants: &Plants) -> (f64, f64) {
    if let Some(distances) = plants.distances() {
        return (distances.largest(), distances.largest());
    }
    let fold = |axis: usize| {
        plants.points().iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), point| {
            (low.min(point[axis]), high.max(point[axis]))
        })
    };
    let (x, y) = (fold(0), fold(1));
    let size = [x.0, x.1, y.0, y.1].into_iter().fold(0.0, |size: f64, value| size.max(value.abs()));
    match plants.metric() {
        distretto_numerics::Metric::Euclidean => ((x.1 - x.0).hypot(y.1 - y.0) * (1.0 + 1e-12), size),
        distretto_numerics::Metric::Haversine => (std::f64::consts::PI * distretto_numerics::EARTH_RADIUS_KM, size),
    }
}

#[cfg(test)]
mod tests;
