//! The index of Ellison and Glaeser: is an industry more concentrated than its plants falling like darts would be?
//!
//! The page of the manual is `docs/theory/measure/ellison-glaeser.md`. Read `index` for the formulas, `dartboard` for
//! the simulation, `size_classes` for bounds when plants are only counted.

mod cells;
mod classes;
mod dartboard;
mod index;
mod levels;
mod options;
mod plants;
mod run;
mod size_classes;
mod sizes;
#[cfg(test)]
mod tests;
mod words;

#[cfg(test)]
pub(crate) use tests::csv;

pub use classes::{IndustryClasses, ellison_glaeser_of_classes};
pub use dartboard::dartboard_p;
pub use index::{Benchmark, Index, PlantSizes, class, gamma, index, raw_concentration};
pub use levels::{Level, LevelledAreas, LevelsError};
pub use options::{EllisonGlaeserError, EllisonGlaeserOptions};
pub use plants::{Plants, PlantsError, Sizing};
pub(crate) use run::{ESTIMAND, level_of_plants};
pub use size_classes::{ClassError, PublishedClass, square_bounds};
pub use sizes::{SizeTable, SizesError};

use distretto_core::Context;
use distretto_numerics::{Key, Tail, adjust, normal_p};

/// An industry at a level of regions. NaN for what does not exist.
#[derive(Debug, Clone, PartialEq)]
pub struct IndustryRow {
    /// Code of the industry.
    pub industry: String,
    /// Level of regions.
    pub level: String,
    /// Number of plants.
    pub plants: f64,
    /// Sum of the plants' sizes.
    pub employment: f64,
    /// `G = Σ(s − x)²`, in [0, 2).
    pub g: f64,
    /// Least G that suppressed cells allow; equal to G where it is known.
    pub g_low: f64,
    /// Largest G that suppressed cells allow.
    pub g_high: f64,
    /// Herfindahl index of the plants, in (0, 1]; NaN when only size classes are known.
    pub h: f64,
    /// Least H that the size classes allow; equal to H where it is known.
    pub h_low: f64,
    /// Largest H that the size classes allow.
    pub h_high: f64,
    /// `γ`, at most 1.
    pub gamma: f64,
    /// Least γ; equal to γ where it is known.
    pub gamma_low: f64,
    /// Largest γ.
    pub gamma_high: f64,
    /// `γ` of Maurel and Sédillot.
    pub gamma_ms: f64,
    /// Standard deviation of γ under random placement.
    pub se: f64,
    /// G in standard deviations from its mean under random placement.
    pub z: f64,
    /// Normal p of z.
    pub p_value: f64,
    /// Simulated p, one-sided greater; NaN without simulations.
    pub p_sim: f64,
    /// Adjusted `p_sim`, or `p_value` without simulations.
    pub q_value: f64,
    /// `low`, `medium` or `high`; of both ends where only bounds are known and they agree.
    pub class: Option<&'static str>,
}

/// Industries at levels of regions.
#[derive(Debug, Clone, PartialEq)]
pub struct EllisonGlaeser {
    /// Industry by industry, its levels in the order of the options.
    pub rows: Vec<IndustryRow>,
    /// Plants in units that have no share in the total.
    pub outside: usize,
}

/// The index of every industry of `plants` at every level, with its standard error under random placement and, with
/// `options.nsim`, dartboard simulations.
///
/// # Formula
/// `γ = (G/(1−Σx²) − H)/(1−H)`; `γ_MS = ((Σs²−Σx²)/(1−Σx²) − H)/(1−H)`.
///
/// # Assumptions and limitations
/// Random placement puts each plant into region r with probability `x_r`, one independently of another. γ depends on
/// the areal units.
///
/// # Errors
/// [`EllisonGlaeserError`]: a plant in a region that a level lacks; too few simulations.
///
/// # Complexity
/// O(plants + industries · regions), and O(nsim · plants) for simulations, for each level.
///
/// # References
/// Ellison and Glaeser 1997, Journal of Political Economy 105, 889–927; Maurel and Sédillot 1999, Regional Science and
/// Urban Economics 29, 575–604.
pub fn ellison_glaeser(
    plants: &Plants,
    levels: &[Level],
    options: &EllisonGlaeserOptions,
    context: &Context,
) -> Result<EllisonGlaeser, EllisonGlaeserError> {
    options.validate()?;
    let listed = plants.chosen(&options.industry)?;
    let places =
        (0..levels.len()).map(|level| plants.places(level, &levels[level].units)).collect::<Result<Vec<_>, _>>()?;
    let of_industry = plants.by_industry();
    let key = Key::new(context.seed, "ellison-glaeser/dartboard");
    if options.nsim > 0 {
        context.progress.begin("dartboard", (listed.len() * levels.len()) as u64);
    }
    let mut rows = Vec::with_capacity(listed.len() * levels.len());
    for &industry in &listed {
        let sizes = plants.sizes_of(&of_industry[industry]);
        for (at, level) in levels.iter().enumerate() {
            if context.progress.cancelled() {
                return Err(EllisonGlaeserError::Stopped);
            }
            let regions: Vec<u32> = of_industry[industry].iter().map(|&plant| places[at][plant]).collect();
            let item = (at as u64) << 32 | industry as u64;
            let mut row = Darts { regions: &regions, sizes: &sizes, level }.row(options, key, item);
            row.industry.clone_from(&plants.industries()[industry]);
            rows.push(row);
            if options.nsim > 0 {
                context.progress.advance(1);
            }
        }
    }
    adjust_rows(&mut rows, options);
    let outside = levels.iter().zip(&places).map(|(level, places)| without_share(level, places)).max();
    Ok(EllisonGlaeser { rows, outside: outside.unwrap_or(0) })
}

/// Plants in units of share 0.
fn without_share(level: &Level, places: &[u32]) -> usize {
    let Some(benchmark) = &level.benchmark else { return 0 };
    places.iter().filter(|&&place| benchmark.shares()[place as usize] == 0.0).count()
}

/// The plants of one industry at one level.
struct Darts<'a> {
    regions: &'a [u32],
    sizes: &'a [f64],
    level: &'a Level,
}

impl Darts<'_> {
    fn row(&self, options: &EllisonGlaeserOptions, key: Key, item: u64) -> IndustryRow {
        let sizes = PlantSizes::of(self.sizes);
        let mut row = IndustryRow {
            level: self.level.name.clone(),
            plants: self.sizes.len() as f64,
            employment: sizes.total,
            h: sizes.h,
            h_low: sizes.h,
            h_high: sizes.h,
            ..IndustryRow::unknown()
        };
        let Some(benchmark) = &self.level.benchmark else { return row };
        let z: Vec<f64> = self.sizes.iter().map(|size| size / sizes.total).collect();
        let mut s = vec![0.0; self.level.units.len()];
        for (&region, share) in self.regions.iter().zip(&z) {
            s[region as usize] += share;
        }
        let found = index(&s, benchmark, &sizes);
        (row.g, row.g_low, row.g_high) = (found.g, found.g, found.g);
        (row.gamma, row.gamma_low, row.gamma_high) = (found.gamma, found.gamma, found.gamma);
        (row.gamma_ms, row.se, row.z) = (found.gamma_ms, found.se, found.z);
        row.p_value = normal_p(found.z, Tail::from(options.tail));
        if options.nsim > 0 && found.gamma.is_finite() {
            row.p_sim = dartboard_p(self.regions, &z, benchmark, key, item, options.nsim);
        }
        row.class = class(found.gamma);
        row
    }
}

impl IndustryRow {
    /// Nothing known.
    fn unknown() -> Self {
        let nan = f64::NAN;
        Self {
            industry: String::new(),
            level: String::new(),
            plants: nan,
            employment: nan,
            g: nan,
            g_low: nan,
            g_high: nan,
            h: nan,
            h_low: nan,
            h_high: nan,
            gamma: nan,
            gamma_low: nan,
            gamma_high: nan,
            gamma_ms: nan,
            se: nan,
            z: nan,
            p_value: nan,
            p_sim: nan,
            q_value: nan,
            class: None,
        }
    }
}

/// All p of the table together: simulated ones where there are simulations.
fn adjust_rows(rows: &mut [IndustryRow], options: &EllisonGlaeserOptions) {
    let p: Vec<f64> = rows.iter().map(|row| if options.nsim > 0 { row.p_sim } else { row.p_value }).collect();
    for (row, q) in rows.iter_mut().zip(adjust(&p, options.p_adjust.into())) {
        row.q_value = q;
    }
}
