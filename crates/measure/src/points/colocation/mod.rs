//! `colocation`: which industries stand near which others, all ordered pairs at once.
//!
//! Read `sites` (one permutation serves every pair, exactly), `linear` (sums over pairs of sites), `relative` (M),
//! `density` (Kd), `second_order` (K), `simulate` (blocks of reference industries).

mod density;
mod estimand;
mod linear;
mod options;
mod relative;
mod rings;
mod second_order;
mod simulate;
mod sites;
mod words;

pub(crate) use estimand::ESTIMAND;
pub use options::{ColocationError, ColocationOptions, Function};
pub(crate) use relative::{Shares, Weighted};
pub(crate) use rings::Rings;
pub(crate) use sites::{Sites, Standing};

use super::envelope::{Curves, EnvelopeError, Gaps, check_asked, envelope};
use super::kd::{BandwidthRange, BandwidthRule, shortfalls};
use super::window::{PlacementError, Window};
use super::{EnvelopeMethod, Null, Plants, ln_choose, repeats};
use crate::inference::PAdjust;
use density::{Kernel, Lists, Widest};
use distretto_core::{Arg, Context, Message};
use distretto_numerics::{Key, TIE_TOLERANCE, Tail, adjust, pairwise, simulated_p};
use second_order::{SecondOrder, points_by_place};
use simulate::{BLOCK_BYTES, Linear, Sample, Trial};

/// Every ordered pair of industries that was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct ColocationResult {
    /// Distances.
    pub r: Vec<f64>,
    /// Codes of the listed industries.
    pub industries: Vec<String>,
    /// Plants of each of them.
    pub plants: Vec<usize>,
    /// The pairs: by reference industry, then by the other.
    pub pairs: Vec<Pair>,
    notes: Vec<Message>,
}

/// Two industries, a = b included.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// Number of the reference industry in [`ColocationResult::industries`].
    pub a: usize,
    /// Number of the industry of its neighbours.
    pub b: usize,
    /// The function at each distance; NaN where it does not exist.
    pub values: Vec<f64>,
    /// Mean of the simulations at each distance; NaN without simulations.
    pub mean: Vec<f64>,
    /// Lower end of the band that holds at all distances together; NaN at one distance alone, and without simulations.
    pub low: Vec<f64>,
    /// Upper end of that band.
    pub high: Vec<f64>,
    /// p-value over all distances together; NaN without simulations, or where the function is.
    pub p_value: f64,
    /// p-value adjusted over all pairs.
    pub q_value: f64,
}

/// Where the curve of a pair departs from its simulations.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Departure {
    /// Above the mean of the simulations, or, over several distances, above their band somewhere.
    pub above: bool,
    /// Below the mean, or below the band somewhere.
    pub below: bool,
    /// Position of the distance at which the value is the most times the mean, above the band, or the fewest below it.
    pub peak: usize,
}

impl Departure {
    /// The word of the table: `more`, `fewer`, or `both` where it is one at some distances and the other at others.
    #[must_use]
    pub fn word(self) -> &'static str {
        match (self.above, self.below) {
            (true, true) => "both",
            (true, false) => "more",
            _ => "fewer",
        }
    }
}

impl Pair {
    /// Where the curve departs from the simulations of its own null, whose mean need not be 1; `None` without a test,
    /// and for a curve within its band. Whether that is significant, `q_value` says.
    #[must_use]
    pub fn departure(&self) -> Option<Departure> {
        if self.p_value.is_nan() {
            return None;
        }
        let slack = |j: usize| TIE_TOLERANCE * self.values[j].abs();
        let (low, high) = if self.values.len() == 1 { (&self.mean, &self.mean) } else { (&self.low, &self.high) };
        let side = |above: bool| -> Vec<usize> {
            let beyond = |j: &usize| match above {
                true => self.values[*j] > high[*j] + slack(*j),
                false => self.values[*j] < low[*j] - slack(*j),
            };
            (0..self.values.len()).filter(beyond).collect()
        };
        let ratio = |j: &usize| self.values[*j] / self.mean[*j];
        let (above, below) = (side(true), side(false));
        let most = above.iter().copied().reduce(|best, j| if ratio(&j) > ratio(&best) { j } else { best });
        let fewest = below.iter().copied().reduce(|best, j| if ratio(&j) < ratio(&best) { j } else { best });
        let peak = most.or(fewest)?;
        Some(Departure { above: !above.is_empty(), below: !below.is_empty(), peak })
    }
}

impl ColocationResult {
    /// What the reader must know.
    #[must_use]
    pub fn notes(&self) -> &[Message] {
        &self.notes
    }
}

/// How near the plants of every industry are to those of every other.
///
/// # Formula
/// `m`: M_ab(r) = Σ_{i∈a} w_b(i,r)/w(i,r) ÷ Σ_{i∈a} (W_b − δ w_i)/(W − w_i), over the plants i with w(i,r) > 0; w(i,r)
/// weight of all others within r, w_b(i,r) of those of b, δ = 1 if a = b. Range 0 and above; 1 as in the whole economy.
/// `k`: K_ab(r) = A/(n_a n_b) Σ e_ij 1(d_ij ≤ r) in a window of area A, e_ij the weight of the edge correction (Ripley
/// 1977; a = b: n_a(n_a − 1)); an area.
/// `kd`: Kd_ab(r) = Σ w_i w_j [φ_h(r − d_ij) + φ_h(r + d_ij)]/Σ w_i w_j, over one unit of distance.
///
/// The test is two-sided at one distance, and by extreme rank length over several; the p-values of all pairs are
/// adjusted together. Null: population independence for a ≠ b, random location for a = b.
///
/// `window` is needed for `k` alone.
///
/// # Errors
/// No distance, unknown industries, too few simulations, nulls of two industries alone, a run that was stopped.
///
/// # Complexity
/// One pass over the pairs of plants within r. Unweighted, a simulation then costs O(n) draws and O(sites near an
/// industry) for each industry, at most O(pairs within r); weighted, O(pairs within r). Memory is bounded by blocks of
/// reference industries.
///
/// # References
/// Marcon and Puech 2010, Journal of Economic Geography 10(5), 745–762, <https://doi.org/10.1093/jeg/lbp056>; Duranton
/// and Overman 2005, Review of Economic Studies 72(4), 1077–1106, <https://doi.org/10.1111/0034-6527.00362>.
pub fn colocation(
    plants: &Plants,
    window: Option<&Window>,
    options: &ColocationOptions,
    context: &Context,
) -> Result<ColocationResult, ColocationError> {
    options.validate()?;
    let r = options.distances()?;
    let (all_move, rule) = (options.all_move()?, options.rule()?);
    check_asked(EnvelopeMethod::Erl, options.nsim, options.level)?;
    let listed = listed(plants, options.min_plants)?;
    let references = references(plants, &listed, &options.reference)?;
    let r_max = r.last().copied().unwrap_or(0.0);
    let limit = if options.bandwidth_range == BandwidthRange::All { f64::INFINITY } else { 2.0 * r_max };
    let reach = match options.function {
        Function::M | Function::K => r_max,
        // A table reaches as far as it lists.
        Function::Kd if plants.distances().is_some() => f64::INFINITY,
        Function::Kd => density::reach(plants.len(), r_max, limit, rule),
    };
    let sites = Sites::new(plants, &listed, reach);
    let key = Key::new(context.seed, "colocation/null");
    let (nsim, bytes) = (options.nsim, BLOCK_BYTES);
    let trial = Trial { sites: &sites, distances: r.len(), references: &references, nsim, all_move, key, bytes };
    // Where pairs may be missing from a table of distances, none within reach of the kernel is not 0 but unknown.
    let sparse = options.function == Function::Kd && plants.distances().is_some_and(|listed| !listed.is_complete());
    let test = |mut sample: Sample| {
        let observed = &mut sample.curves[..r.len()];
        if sparse && observed.iter().all(|&value| value == 0.0) {
            observed.fill(f64::NAN);
        }
        tested(sample, &r, options)
    };
    let widest = Widest::default();
    let scale = sites.index.scale();
    let pairs = match (options.function, rule) {
        (Function::M, _) if sites.weights.is_empty() => {
            trial.run(&Linear(Shares::new(&sites, Rings::new(scale, &r))), context, test)
        }
        (Function::M, _) => trial.run(&Weighted { sites: &sites, rings: Rings::new(scale, &r) }, context, test),
        (Function::K, _) => {
            let window = checked(plants, window, r_max)?;
            let points = points_by_place(plants, &sites);
            let pairs = SecondOrder::new(window, options.correction, &points, &r, Rings::new(scale, &r));
            trial.run(&Linear(pairs), context, test)
        }
        (Function::Kd, BandwidthRule::Fixed(h)) => trial.run(&Linear(Kernel::new(&r, h, scale)), context, test),
        (Function::Kd, _) => {
            let lists = Lists { sites: &sites, r: &r, rule, limit, reach, widest: &widest };
            trial.run(&lists, context, test)
        }
    }?;
    let mut pairs = pairs.into_iter().collect::<Result<Vec<Pair>, EnvelopeError>>()?;
    let p: Vec<f64> = pairs.iter().map(|pair| pair.p_value).collect();
    let q = adjust(&p, options.p_adjust.into());
    pairs.iter_mut().zip(q).for_each(|(pair, q)| pair.q_value = q);
    let industries = listed.iter().map(|&code| plants.industries()[code as usize].clone()).collect();
    let counts: Vec<usize> = sites.members.iter().map(Vec::len).collect();
    let mut notes = notes(plants, options, &sites, &pairs);
    notes.extend(plants.distances().into_iter().flat_map(|listed| match options.function {
        Function::Kd => {
            let bandwidth = if let BandwidthRule::Fixed(h) = rule { h } else { widest.get() };
            shortfalls(listed, r_max, bandwidth, (rule, limit))
        }
        _ => listed.short_of(r_max).into_iter().collect(),
    }));
    Ok(ColocationResult { r, industries, plants: counts, pairs, notes })
}

/// Numbers of the industries with enough plants, in the order of the table.
pub(crate) fn listed(plants: &Plants, needed: u64) -> Result<Vec<u32>, ColocationError> {
    let mut counts = vec![0_usize; plants.industries().len()];
    plants.codes().iter().for_each(|&code| counts[code as usize] += 1);
    let enough = |code: &u32| counts[*code as usize] as u64 >= needed.max(1);
    let listed: Vec<u32> = (0..counts.len() as u32).filter(enough).collect();
    match listed.is_empty() {
        true => Err(ColocationError::NoIndustry { needed, largest: counts.into_iter().max().unwrap_or(0) }),
        false => Ok(listed),
    }
}

/// The reference industries, as numbers among the listed.
fn references(plants: &Plants, listed: &[u32], wanted: &[String]) -> Result<Vec<usize>, ColocationError> {
    if wanted.is_empty() {
        return Ok((0..listed.len()).collect());
    }
    // Refuses codes that no plant has.
    plants.of_industries(wanted)?;
    let is_wanted = |at: &usize| wanted.contains(&plants.industries()[listed[*at] as usize]);
    Ok((0..listed.len()).filter(is_wanted).collect())
}

/// The window of k, when every plant is in it and the distances are.
fn checked<'w>(plants: &Plants, window: Option<&'w Window>, r: f64) -> Result<&'w Window, ColocationError> {
    if plants.distances().is_some() {
        return Err(ColocationError::KAndTable);
    }
    let window = window.ok_or(PlacementError::Degrees)?;
    window.holds(plants)?;
    window.reaches(r)?;
    Ok(window)
}

/// Mean and test of one pair.
fn tested(sample: Sample, r: &[f64], options: &ColocationOptions) -> Result<Pair, EnvelopeError> {
    let Sample { a, b, curves } = sample;
    let (observed, simulated) = curves.split_at(r.len());
    let values = observed.to_vec();
    let mean = |q: usize| {
        let column: Vec<f64> = simulated.iter().skip(q).step_by(r.len()).copied().filter(|v| !v.is_nan()).collect();
        pairwise(&column) / column.len() as f64
    };
    let mean = (0..r.len()).map(mean).collect();
    let none = || vec![f64::NAN; r.len()];
    let (p_value, low, high) = match (options.nsim, observed) {
        (0, _) => (f64::NAN, none(), none()),
        (_, [observed]) => (simulated_p(*observed, simulated.iter().copied(), Tail::Two), none(), none()),
        _ => {
            let curves = Curves::new(r.to_vec(), curves)?;
            let found = envelope(&curves, EnvelopeMethod::Erl, options.level, Gaps::Neutral)?;
            (found.p_value, found.low, found.high)
        }
    };
    Ok(Pair { a, b, values, mean, low, high, p_value, q_value: f64::NAN })
}

fn notes(plants: &Plants, options: &ColocationOptions, sites: &Sites, pairs: &[Pair]) -> Vec<Message> {
    let mut notes = plants.notes().to_vec();
    let missing = pairs.iter().filter(|pair| pair.values.iter().any(|value| value.is_nan())).count();
    if missing > 0 {
        let key = match options.function {
            Function::M => "measure.colocation.no-neighbours",
            Function::Kd => "measure.colocation.no-distances",
            Function::K => "measure.colocation.no-pairs",
        };
        notes.push(Message::new(key).count("count", missing).count("pairs", pairs.len()));
    }
    let tests: Vec<[f64; 2]> = pairs.iter().map(|pair| [pair.p_value, pair.q_value]).collect();
    // Two-sided at one distance, over all sides at once by extreme rank length.
    let sides = if options.distances().is_ok_and(|r| r.len() > 1) { 1.0 } else { 2.0 };
    let smallest = sides / (1.0 + options.nsim as f64);
    notes.extend(coarse(options.p_adjust, smallest, &tests, options.level));
    // With weights the marks differ too, and hardly any simulation repeats another.
    let few = if sites.weights.is_empty() {
        pairs.iter().filter(|pair| few_labellings(pair, sites, options)).count()
    } else {
        0
    };
    if few > 0 {
        notes.push(
            Message::new("measure.colocation.few-labellings").count("count", few).count("nsim", options.nsim as usize),
        );
    }
    notes
}

/// A warning when so few simulations are spread over so many tests (p and q of each) that this alone hides what there
/// may be: no test can be significant after adjustment, or some have the smallest p there can be and are not.
pub(crate) fn coarse(adjusted: PAdjust, smallest: f64, tests: &[[f64; 2]], level: f64) -> Option<Message> {
    let alpha = 1.0 - level + 1e-9;
    let held = tests.iter().filter(|[p, q]| *p <= smallest * (1.0 + 1e-9) && *q > alpha).count();
    let tests = tests.iter().filter(|[p, _]| !p.is_nan()).count();
    let harmonic = || (1..=tests).map(|i| 1.0 / i as f64).sum::<f64>();
    let factor = if adjusted == PAdjust::By { harmonic() } else { 1.0 };
    let needed = (smallest * tests as f64 * factor / alpha).ceil() as usize;
    let key = match adjusted {
        PAdjust::None => return None,
        PAdjust::Bh | PAdjust::By if needed <= tests && held > 0 => "measure.tests.coarse",
        PAdjust::Bh | PAdjust::By if needed <= tests => return None,
        // Holm's rule asks the smallest p alone.
        _ => "measure.tests.coarse-family",
    };
    let said = Message::new(key).with("p", Arg::Number(smallest)).count("tests", tests).count("needed", needed);
    (needed > 1 && tests > 0).then(|| said.count("held", held))
}

/// Whether a pair has fewer ways to place its plants than there are simulations.
fn few_labellings(pair: &Pair, sites: &Sites, options: &ColocationOptions) -> bool {
    let [a, b] = [pair.a, pair.b].map(|at| sites.members[at].len() as f64);
    let n = sites.len() as f64;
    let ln = match options.null {
        _ if pair.a == pair.b => ln_choose(n, a),
        Some(Null::RandomLocation) => ln_choose(n, a) + ln_choose(n - a, b),
        _ => ln_choose(n - a, b),
    };
    repeats(options.nsim, ln)
}

#[cfg(test)]
mod tests;
