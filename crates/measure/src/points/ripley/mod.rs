//! `ripley`: second-order functions of plants in a window: K, L, pair correlation, D, cross and inhomogeneous K.
//!
//! Read `bins` (exact sums for every r at once), `tally` (one pass over the pairs), `curve` (from sums to functions),
//! `intensity` (kernel estimates and draws from them), `ledger` (pairs held for all simulations), `simulate`.

mod bins;
mod curve;
mod estimand;
mod intensity;
mod ledger;
mod options;
mod simulate;
mod tally;

pub(crate) use estimand::ESTIMAND;
pub use options::{FunctionWord, RipleyError, RipleyOptions};

use super::envelope::{Envelope, EnvelopeAnswer, check_asked};
use super::window::{Correction, Window};
use super::{Null, Plants, PlantsError, default_distances};
use bins::Bins;
use distretto_core::{Context, Message};
use simulate::{Intensity, Simulator};
use std::f64::consts::PI;

/// Half-width of the kernel of g times the root of the intensity (Stoyan and Stoyan 1994, section 14.3).
const STOYAN: f64 = 0.15;
/// Default standard deviation of the kernel of the intensity, as a share of the shorter side of the window.
const SIGMA: f64 = 0.125;
/// Pairs that are held for all simulations: about 10 bytes each, 26 near the edge.
const HELD: u64 = 50_000_000;
/// Share of the shorter side of the window beyond which estimates are said to be uncertain (Ripley 1977).
const FAR: f64 = 0.25;

/// The functions at each distance, the envelope of one of them, and how they were computed.
#[derive(Debug, Clone, PartialEq)]
pub struct RipleyResult {
    /// Distances.
    pub r: Vec<f64>,
    /// Ripley's K, in squared units of distance; NaN where it does not exist.
    pub k: Vec<f64>,
    /// Pair correlation; NaN at 0 and where it does not exist.
    pub g: Vec<f64>,
    /// K of the industry less K of the controls, with controls.
    pub d: Option<Vec<f64>>,
    /// K for an intensity that varies, where it is asked for.
    pub k_inhom: Option<Vec<f64>>,
    /// Plants that are looked at, and their neighbours or controls.
    pub plants: [usize; 2],
    /// Half-width of the kernel of g.
    pub bandwidth: f64,
    /// Standard deviation of the kernel of the intensity, where one was estimated.
    pub sigma: Option<f64>,
    /// Ordered pairs whose weight was cut at 100.
    pub capped: u64,
    /// The function that was tested.
    pub function: FunctionWord,
    /// Null of the simulations, when there are any.
    pub null: Option<Null>,
    answer: EnvelopeAnswer,
    notes: Vec<Message>,
}

impl RipleyResult {
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

    /// Besag's L = √(K/π), in the unit of distance.
    #[must_use]
    pub fn l(&self) -> Vec<f64> {
        besag(&self.k)
    }
}

/// √(K/π).
fn besag(k: &[f64]) -> Vec<f64> {
    k.iter().map(|k| (k / PI).sqrt()).collect()
}

/// Who is looked at.
struct Sides {
    a: Vec<u32>,
    /// Neighbours or controls.
    b: Option<Vec<u32>>,
    /// Whether `b` are controls, with a K of their own.
    controls: bool,
}

/// Second-order functions of plants in a window.
///
/// # Formula
/// K(r) = A/(n(n−1)) Σ_{i≠j} w_ij 1(d_ij ≤ r), A the area of the window, w_ij the weight of the edge correction; between
/// two industries A/(n_A n_B) Σ w_ij 1(d_ij ≤ r); L = √(K/π); g(r) = A/(2πr n(n−1)) Σ w_ij k_b(r − d_ij) with the
/// Epanechnikov kernel; D = K_A − K_C; inhomogeneous K(r) = A Σ w_ij 1(d_ij ≤ r)/(λ_i λ_j) / Σ_{i≠j} 1/(λ_i λ_j).
///
/// `intensity` holds λ at every plant, in any unit, when `options.intensity` names a column.
///
/// # Errors
/// Degrees, plants outside the window, distances beyond it, too few plants, unknown industries, options that contradict
/// one another, too few simulations, a run that was stopped.
///
/// # Complexity
/// O(pairs within the largest distance) for each pattern, times the edges near them; memory O(n + distances).
///
/// # References
/// Ripley 1977, JRSS B 39(2), 172–212; Ohser 1983, Math. Operationsforsch. Statist. 14(1), 63–71; Diggle and Chetwynd
/// 1991, Biometrics 47(3), 1155–1163; Baddeley, Møller and Waagepetersen 2000, Statistica Neerlandica 54(3), 329–350.
pub fn ripley(
    plants: &Plants,
    window: &Window,
    intensity: Option<&[f64]>,
    options: &RipleyOptions,
    context: &Context,
) -> Result<RipleyResult, RipleyError> {
    compute((plants, window, intensity), options, context, HELD)
}

fn compute(
    (plants, window, intensity): (&Plants, &Window, Option<&[f64]>),
    options: &RipleyOptions,
    context: &Context,
    budget: u64,
) -> Result<RipleyResult, RipleyError> {
    options.validate()?;
    window.holds(plants)?;
    let sides = sides(plants, options)?;
    let curve = &options.curve;
    check_asked(curve.envelope, curve.nsim, curve.level)?;
    let r = match curve.distances()? {
        Some(r) => r,
        None => fitting(default_distances(plants, context)?, window),
    };
    let mut notes = plants.notes().to_vec();
    notes.extend(reach_note(&r, window)?);
    let neighbours = sides.b.as_ref().filter(|_| !sides.controls).unwrap_or(&sides.a).len();
    let bandwidth = options.bandwidth.unwrap_or(STOYAN / (neighbours as f64 / window.area()).sqrt());
    let intensity = intensities(plants, &sides, window, intensity, options)?;
    let sigma = match intensity {
        Some(Intensity::Kernel(sigma)) => Some(sigma),
        _ => None,
    };
    let function = options.tested();
    let simulator = Simulator {
        plants,
        window,
        correction: options.correction,
        bins: Bins::new(&r, Some(bandwidth)),
        tested: Bins::new(&r, Some(bandwidth).filter(|_| function == FunctionWord::G)),
        function,
        intensity,
        sides: &sides,
        seed: context.seed,
        budget,
    };
    let observed = simulator.observe();
    let (null, simulated) = match curve.nsim {
        0 => (None, Vec::new()),
        _ => {
            let null = curve.null.unwrap_or_else(|| default_null(options));
            (Some(null), simulator.simulate(null, curve.nsim, context, &mut notes)?)
        }
    };
    let own = observed.function(function, &r);
    let answer = EnvelopeAnswer::new(&r, &own, &simulated, curve)?;
    notes.extend(value_notes(&observed, options.correction));
    let d = observed.difference();
    let simulate::Observed { curve: found, .. } = observed;
    Ok(RipleyResult {
        k: found.k,
        g: found.g,
        d,
        k_inhom: Some(found.k_inhom).filter(|_| options.inhomogeneous),
        plants: [sides.a.len(), sides.b.as_ref().map_or(0, Vec::len)],
        bandwidth,
        sigma,
        capped: found.capped,
        function,
        null,
        answer,
        notes,
        r,
    })
}

fn default_null(options: &RipleyOptions) -> Null {
    match (options.controls.is_empty(), options.to.is_empty()) {
        (false, _) => Null::RandomLabelling,
        (_, false) => Null::PopulationIndependence,
        _ if options.tested().is_inhomogeneous() && options.intensity.is_none() => Null::InhomogeneousPoisson,
        _ if options.industry.is_empty() => Null::Csr,
        _ => Null::RandomLocation,
    }
}

fn sides(plants: &Plants, options: &RipleyOptions) -> Result<Sides, RipleyError> {
    let controls = !options.controls.is_empty();
    let (other, word) = if controls { (&options.controls, "controls") } else { (&options.to, "to") };
    let (a, b) = match options.industry.is_empty() && other.is_empty() {
        true => ((0..plants.len() as u32).collect(), None),
        false => plants.sides(&options.industry, other, word)?,
    };
    if controls && b.is_none() {
        let code = options.industry.join(", ");
        return Err(PlantsError::BothSides { code, first: "industry", second: word }.into());
    }
    let crossed = b.is_some() && !controls;
    let enough = |industry: &[String], count: usize| {
        let needed = if crossed { 1 } else { 2 };
        if count >= needed {
            return Ok(());
        }
        let industry =
            if industry.is_empty() { "the table".into() } else { format!("industry {}", industry.join(", ")) };
        Err(PlantsError::TooFewPlants { industry, plants: count, needed })
    };
    enough(&options.industry, a.len())?;
    if let Some(b) = &b {
        enough(other, b.len())?;
    }
    Ok(Sides { a, b, controls })
}

/// The default distances, up to a quarter of the shorter side of the window: beyond it few pairs are seen.
fn fitting(r: Vec<f64>, window: &Window) -> Vec<f64> {
    let (largest, quarter) = (r.last().copied().unwrap_or(0.0), FAR * window.shorter_side());
    let steps = r.len() - 1;
    match largest > quarter {
        true => (0..=steps).map(|k| quarter * k as f64 / steps as f64).collect(),
        false => r,
    }
}

/// Refuses distances beyond the window, and warns of those that few plants can be looked at over.
fn reach_note(r: &[f64], window: &Window) -> Result<Option<Message>, RipleyError> {
    let r_max = r.last().copied().unwrap_or(0.0);
    window.reaches(r_max)?;
    let quarter = FAR * window.shorter_side();
    let note = Message::new("measure.ripley.far").number("r", r_max).number("quarter", quarter);
    Ok((r_max > quarter * (1.0 + 1e-9)).then_some(note))
}

fn intensities<'a>(
    plants: &Plants,
    sides: &Sides,
    window: &Window,
    column: Option<&'a [f64]>,
    options: &RipleyOptions,
) -> Result<Option<Intensity<'a>>, RipleyError> {
    if !options.inhomogeneous {
        return Ok(None);
    }
    let Some(values) = column else {
        return Ok(Some(Intensity::Kernel(options.sigma.unwrap_or(SIGMA * window.shorter_side()))));
    };
    // Under a null the plants may stand at every site.
    let used: Vec<usize> = match options.curve.nsim {
        0 => sides.a.iter().chain(sides.b.iter().flatten()).map(|&plant| plant as usize).collect(),
        _ => (0..plants.len()).collect(),
    };
    match used.into_iter().find(|&plant| !(values[plant] > 0.0 && values[plant].is_finite())) {
        Some(plant) => Err(RipleyError::Intensity { plant: plant + 1, row: plants.row(plant), value: values[plant] }),
        None => Ok(Some(Intensity::Column(values))),
    }
}

/// Why values are missing or cut.
fn value_notes(observed: &simulate::Observed, correction: Correction) -> Vec<Message> {
    let mut notes = Vec::new();
    let capped = observed.curve.capped + observed.controls.as_ref().map_or(0, |curve| curve.capped);
    if capped > 0 {
        notes.push(Message::new("measure.ripley.capped").count("count", capped as usize));
    }
    let none = observed.curve.k.iter().filter(|k| k.is_nan()).count();
    if none > 0 && correction == Correction::Border {
        notes.push(Message::new("measure.ripley.no-reference").count("count", none));
    }
    if !observed.curve.k_inhom.is_empty()
        && observed.curve.k_inhom.iter().zip(&observed.curve.k).any(|(a, b)| a.is_nan() && !b.is_nan())
    {
        notes.push(Message::new("measure.ripley.no-intensity"));
    }
    notes
}

#[cfg(test)]
mod tests;
