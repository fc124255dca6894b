//! Co-agglomeration: do industries choose the same regions, beyond what chance and the size of regions bring about?
//!
//! The page of the manual is `docs/theory/measure/coagglomeration.md`.

mod options;
mod pairs;
mod run;
mod simulate;
#[cfg(test)]
mod tests;
mod words;

pub use options::{CoagglomerationError, CoagglomerationOptions};
pub(crate) use run::ESTIMAND;

use crate::areas::Areas;
use crate::ellison_glaeser::{Benchmark, Plants};
use distretto_core::Context;
use distretto_numerics::{adjust, pairwise, pairwise_by};
use pairs::{Deviations, place};
use simulate::Placement;

/// Where the industries are: shares of regions in each of them, against shares of regions in the total.
#[derive(Debug, Clone)]
pub struct Locations {
    industries: Vec<String>,
    deviations: Deviations,
    weights: Vec<f64>,
    benchmark: Benchmark,
    placement: Option<Placement>,
}

impl Locations {
    /// From plants and the shares of `regions` in the total.
    ///
    /// # Errors
    /// A plant in a region that is not among them.
    pub fn of_plants(plants: &Plants, regions: &[String], benchmark: Benchmark) -> Result<Self, CoagglomerationError> {
        let places = plants.places(0, regions)?;
        let placement = Placement::new(plants, &places);
        let mut deviations = Deviations::new(plants.industries().len(), benchmark.shares());
        placement.put(&mut deviations);
        let weights = placement.totals().to_vec();
        Ok(Self {
            industries: plants.industries().to_vec(),
            deviations,
            weights,
            benchmark,
            placement: Some(placement),
        })
    }

    /// From the cells and totals of areas. An industry with a suppressed cell, or without a known total above 0, has no
    /// shares; `None` when the totals of regions are not known.
    #[must_use]
    pub fn of_areas(areas: &Areas) -> Option<Self> {
        let totals: Vec<f64> = (0..areas.regions().len()).map(|region| areas.region_total(region).value()).collect();
        let benchmark = if totals.iter().any(|total| total.is_nan()) { None } else { Benchmark::new(&totals) }?;
        let industries = areas.industries().to_vec();
        let mut deviations = Deviations::new(industries.len(), benchmark.shares());
        let mut weights = Vec::with_capacity(industries.len());
        for industry in 0..industries.len() {
            let total = areas.industry_total(industry).value();
            for region in 0..totals.len() {
                let span = areas.span(region, industry);
                // An empty cell is left out; a suppressed one leaves NaN, which every product keeps.
                if !span.low.is_nan() {
                    deviations.add(industry, region, span.value() / total);
                }
            }
            weights.push(total);
        }
        Some(Self { industries, deviations, weights, benchmark, placement: None })
    }

    /// Codes of the industries.
    #[must_use]
    pub fn industries(&self) -> &[String] {
        &self.industries
    }

    /// Whether the shares of an industry are known.
    #[must_use]
    pub fn is_known(&self, industry: usize) -> bool {
        (0..self.benchmark.shares().len()).all(|region| !self.deviations.at(industry, region).is_nan())
    }

    /// γ of a group of industries, weighted by their size (Ellison and Glaeser 1997):
    /// `[G/(1−Σx²) − H − Σγ_i w_i²(1−H_i)]/(1−Σw_i²)` with `H = Σw_i²H_i` and `γ_i(1−H_i) = G_i/(1−Σx²) − H_i`, where the
    /// Herfindahl indices cancel: `(G − Σw_i²G_i)/((1−Σx²)(1−Σw_i²))`. NaN for one industry, one region, or an industry
    /// whose shares are not known.
    #[must_use]
    pub fn group(&self, industries: &[usize]) -> f64 {
        // An industry without anything weighs nothing and has no shares.
        let industries: Vec<usize> = industries.iter().copied().filter(|&i| self.weights[i] != 0.0).collect();
        let weights: Vec<f64> = industries.iter().map(|&industry| self.weights[industry]).collect();
        let total = pairwise(&weights);
        let w: Vec<f64> = weights.iter().map(|weight| weight / total).collect();
        let apart = 1.0 - pairwise_by(w.len(), |i| w[i] * w[i]);
        let spread = self.benchmark.spread();
        let regions = self.benchmark.shares().len();
        if w.len() < 2 || spread <= 0.0 || apart <= 0.0 {
            return f64::NAN;
        }
        // Σw = 1, so the pooled deviation is the weighted mean of the deviations.
        let together = pairwise_by(regions, |region| {
            let pooled: f64 = industries.iter().zip(&w).map(|(&i, w)| w * self.deviations.at(i, region)).sum();
            let alone: f64 = industries.iter().zip(&w).map(|(&i, w)| (w * self.deviations.at(i, region)).powi(2)).sum();
            pooled * pooled - alone
        });
        together / (spread * apart)
    }
}

/// Two industries.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// The industry whose code stands first in byte order.
    pub industry_a: usize,
    /// The other industry.
    pub industry_b: usize,
    /// `γᶜ`; NaN when the shares of one are not known.
    pub gamma_c: f64,
    /// Simulated p; NaN without simulations.
    pub p_sim: f64,
    /// Adjusted p.
    pub q_value: f64,
}

/// Pairs of industries `γᶜ_ab = Σ_r(s_ar−x_r)(s_br−x_r)/(1−Σx²)` (Ellison, Glaeser and Kerr 2010), with simulations that
/// place the plants of every industry anew by the shares of regions in the total.
///
/// # Assumptions and limitations
/// The simulations say whether two industries meet more than two random ones would; pairs share industries, so that
/// their tests are not independent.
///
/// # Errors
/// [`CoagglomerationError`]: simulations without plants, or too few; fewer than two industries.
///
/// # Complexity
/// O(industries² · regions) once, and once more for each simulation; O(plants) draws a simulation. Memory of
/// O(industries · regions + industries²) a thread.
pub fn coagglomeration(
    locations: &Locations,
    listed: &[usize],
    options: &CoagglomerationOptions,
    context: &Context,
) -> Result<Vec<Pair>, CoagglomerationError> {
    options.validate()?;
    let n = locations.industries.len();
    if n < 2 {
        return Err(CoagglomerationError::TooFew { found: n });
    }
    let mut wanted = vec![false; n];
    listed.iter().for_each(|&industry| wanted[industry] = true);
    let mut observed = vec![f64::NAN; locations.deviations.pairs()];
    locations.deviations.products(&wanted, |place, sum| observed[place] = sum);
    let p = match (&locations.placement, options.nsim) {
        (_, 0) => Vec::new(),
        (None, _) => return Err(CoagglomerationError::SimulatedAreas),
        (Some(placement), _) => {
            simulate::p_values(placement, &locations.benchmark, &observed, &wanted, options, context)?
        }
    };
    let spread = locations.benchmark.spread();
    let mut found = pairs_of(&locations.industries, listed, options);
    for pair in &mut found {
        let (first, second) = (pair.industry_a.min(pair.industry_b), pair.industry_a.max(pair.industry_b));
        let at = place(first, second, n);
        pair.gamma_c = if spread > 0.0 { observed[at] / spread } else { f64::NAN };
        pair.p_sim = p.get(at).copied().filter(|_| pair.gamma_c.is_finite()).unwrap_or(f64::NAN);
    }
    let p: Vec<f64> = found.iter().map(|pair| pair.p_sim).collect();
    for (pair, q) in found.iter_mut().zip(adjust(&p, options.p_adjust.into())) {
        pair.q_value = q;
    }
    Ok(found)
}

/// All pairs with a listed industry and no excluded one, nothing known of them.
fn pairs_of(industries: &[String], listed: &[usize], options: &CoagglomerationOptions) -> Vec<Pair> {
    let mut wanted = vec![false; industries.len()];
    listed.iter().for_each(|&industry| wanted[industry] = true);
    let mut found = Vec::new();
    let counts: Vec<bool> = industries.iter().map(|code| options.counts(code)).collect();
    for a in (0..industries.len()).filter(|&a| counts[a]) {
        for b in (a + 1..industries.len()).filter(|&b| counts[b] && (wanted[a] || wanted[b])) {
            let (industry_a, industry_b) = if industries[a] > industries[b] { (b, a) } else { (a, b) };
            found.push(Pair { industry_a, industry_b, gamma_c: f64::NAN, p_sim: f64::NAN, q_value: f64::NAN });
        }
    }
    found
}
