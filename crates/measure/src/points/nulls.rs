//! Nulls: which plants stand where in a simulation.
//!
//! Every draw is a partial Fisher–Yates shuffle from the front (see [`sample_without_replacement`]) of the array of
//! eligible sites in ascending order, on the stream (seed, purpose; item 0, replicate = number of the simulation): it
//! depends on nothing else. The marks are handed out in the order A, B, all others: a draw of A and B alone is the
//! beginning of the draw of all marks, so estimands that need only the first see the same simulation as those that
//! need every mark.

use super::error::PlantsError;
use super::options::Null;
use distretto_core::Message;
use distretto_numerics::{IndexScratch, Key, Stream, sample_without_replacement};

/// A null of plants that keeps the sites, and who is drawn under it.
#[derive(Debug, Clone)]
pub struct NullModel {
    null: Null,
    key: Key,
    a: Vec<u32>,
    b: Vec<u32>,
    others: Vec<u32>,
    /// Sites over which marks are drawn, ascending; `None` when they are all sites.
    eligible: Option<Vec<u32>>,
    sites: u32,
}

/// Memory of [`NullModel::draw`]; one for each thread.
#[derive(Debug, Clone, Default)]
pub struct DrawScratch {
    index: IndexScratch,
    sites: Vec<u32>,
}

/// A simulation: where the plants of A and of B stand.
///
/// Weights travel with the plants, except under random labelling, where they stay at the sites: ask
/// [`NullModel::weight_of_a`] and [`NullModel::weight_of_b`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draw<'s> {
    /// Site of the i-th plant of A.
    pub a: &'s [u32],
    /// Site of the i-th plant of B; empty without B.
    pub b: &'s [u32],
}

impl NullModel {
    /// Prepares a null for the plants `a` (and `b`) among plants 0..`plants`, both ascending and without overlap.
    ///
    /// `purpose` names the estimand in the key of the streams, say `kd/null`.
    ///
    /// # Errors
    /// A null that leaves nothing to draw, or that does not keep the sites.
    pub fn new(
        null: Null,
        (seed, purpose): (u64, &str),
        plants: usize,
        a: &[u32],
        b: Option<&[u32]>,
    ) -> Result<Self, PlantsError> {
        let sites = u32::try_from(plants).map_err(|_| PlantsError::TooMany { count: plants })?;
        let mut role = vec![0_u8; plants];
        a.iter().for_each(|&plant| role[plant as usize] = 1);
        b.unwrap_or_default().iter().for_each(|&plant| role[plant as usize] = 2);
        let of = |test: &dyn Fn(u8) -> bool| (0..sites).filter(|&plant| test(role[plant as usize])).collect::<Vec<_>>();
        let refuse = |why, hint| Err(PlantsError::Null { null: null.word(), why, hint });
        let eligible = match null {
            Null::RandomLocation => None,
            Null::RandomLabelling if b.is_none() => {
                return refuse("permutes the types of two industries", "name the second, or use random-location");
            }
            Null::RandomLabelling => Some(of(&|role| role > 0)),
            Null::PopulationIndependence if b.is_none() => {
                return refuse(
                    "keeps the plants of the industry in place: nothing is left to draw",
                    "use random-location, or name a second industry",
                );
            }
            Null::PopulationIndependence => Some(of(&|role| role != 1)),
            Null::Csr | Null::InhomogeneousPoisson => {
                return refuse("moves the sites", "it is for ripley; use random-location");
            }
        };
        let (key, others) = (Key::new(seed, purpose), of(&|role| role == 0));
        Ok(Self { null, key, a: a.to_vec(), b: b.unwrap_or_default().to_vec(), others, eligible, sites })
    }

    /// The null.
    #[must_use]
    pub fn null(&self) -> Null {
        self.null
    }

    /// Where A and B stand in simulation `simulation`, counted from 0. O(plants drawn).
    pub fn draw<'s>(&'s self, simulation: u64, scratch: &'s mut DrawScratch) -> Draw<'s> {
        let fixed = self.null == Null::PopulationIndependence;
        let count = self.b.len() + if fixed { 0 } else { self.a.len() };
        self.fill(simulation, count as u32, scratch);
        if fixed {
            return Draw { a: &self.a, b: &scratch.sites };
        }
        let (a, b) = scratch.sites.split_at(self.a.len());
        Draw { a, b }
    }

    /// `plant[site]`: the plant whose mark (type and weight) stands at each site in that simulation. Under random
    /// labelling only the type is that plant's, the weight stays that of the site.
    pub fn marks(&self, simulation: u64, scratch: &mut DrawScratch, plant: &mut Vec<u32>) {
        plant.clear();
        plant.extend(0..self.sites);
        let first: &[u32] = if self.null == Null::PopulationIndependence { &[] } else { &self.a };
        let rest: &[u32] = if self.null == Null::RandomLabelling { &[] } else { &self.others };
        let marks = first.iter().chain(&self.b).chain(rest);
        self.fill(simulation, self.eligible.as_ref().map_or(self.sites, |sites| sites.len() as u32), scratch);
        scratch.sites.iter().zip(marks).for_each(|(&site, &mark)| plant[site as usize] = mark);
    }

    fn fill(&self, simulation: u64, count: u32, scratch: &mut DrawScratch) {
        let mut stream = Stream::new(self.key, 0, simulation);
        let universe = self.eligible.as_ref().map_or(self.sites, |sites| sites.len() as u32);
        let drawn = sample_without_replacement(&mut stream, universe, count, &mut scratch.index);
        scratch.sites.clear();
        match &self.eligible {
            Some(sites) => scratch.sites.extend(drawn.iter().map(|&at| sites[at as usize])),
            None => scratch.sites.extend_from_slice(drawn),
        }
    }

    /// The plant whose weight the i-th plant of A has when it stands at `site`.
    #[must_use]
    pub fn weight_of_a(&self, i: usize, site: u32) -> u32 {
        if self.null == Null::RandomLabelling { site } else { self.a[i] }
    }

    /// The plant whose weight the i-th plant of B has when it stands at `site`.
    #[must_use]
    pub fn weight_of_b(&self, i: usize, site: u32) -> u32 {
        if self.null == Null::RandomLabelling { site } else { self.b[i] }
    }

    /// Natural logarithm of the number of ways to choose the sites of A and B: fewer simulations than that can differ.
    #[must_use]
    pub fn ln_labellings(&self) -> f64 {
        let universe = self.eligible.as_ref().map_or(f64::from(self.sites), |sites| sites.len() as f64);
        let (a, b) = (self.a.len() as f64, self.b.len() as f64);
        match self.null {
            Null::PopulationIndependence => ln_choose(universe, b),
            Null::RandomLabelling => ln_choose(universe, a),
            _ => ln_choose(universe, a) + ln_choose(universe - a, b),
        }
    }

    /// A warning when more simulations are asked than there are ways to choose the sites: they repeat themselves.
    /// With weights the marks differ too, and nothing is said.
    #[must_use]
    pub fn repetition(&self, nsim: u64, weighted: bool) -> Option<Message> {
        let ln = self.ln_labellings();
        let note = Message::new("measure.plants.few-labellings").count("nsim", nsim as usize);
        (repeats(nsim, ln) && !weighted).then(|| note.count("labellings", ln.exp().round() as usize))
    }
}

/// Whether simulations must repeat one another: there are more of them than ways to place the plants.
pub(crate) fn repeats(nsim: u64, ln_labellings: f64) -> bool {
    nsim as f64 > ln_labellings.exp().round()
}

/// ln of the binomial coefficient, summed over the smaller side; it stops growing in use once it is large.
pub(crate) fn ln_choose(n: f64, k: f64) -> f64 {
    let k = k.min(n - k).max(0.0);
    // Beyond 64 terms the number exceeds any number of simulations, unless n is as small as that.
    let terms = k.min(64.0) as u32;
    (0..terms).map(|i| ((n - f64::from(i)) / (f64::from(i) + 1.0)).ln()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: (u64, &str) = (7, "test/null");

    fn model(null: Null) -> NullModel {
        NullModel::new(null, SEED, 6, &[1, 4], Some(&[0, 3])).unwrap()
    }

    /// How often each plant of A stands at each site, over many draws.
    fn frequency(null: Null, draws: u64) -> [[f64; 6]; 2] {
        let (model, mut scratch) = (model(null), DrawScratch::default());
        let mut counts = [[0.0; 6]; 2];
        for simulation in 0..draws {
            let draw = model.draw(simulation, &mut scratch);
            for (i, &site) in draw.a.iter().enumerate() {
                counts[i][site as usize] += 1.0 / draws as f64;
            }
        }
        counts
    }

    #[test]
    fn random_location_is_uniform_over_all_sites() {
        for share in frequency(Null::RandomLocation, 20_000).iter().flatten() {
            assert!((share - 1.0 / 6.0).abs() < 0.012, "{share}"); // 4.5 standard errors
        }
    }

    #[test]
    fn random_labelling_stays_on_the_sites_of_both() {
        for row in frequency(Null::RandomLabelling, 20_000) {
            assert_eq!((row[2], row[5]), (0.0, 0.0));
            assert!([0, 1, 3, 4].iter().all(|&site| (row[site] - 0.25_f64).abs() < 0.015));
        }
    }

    #[test]
    fn population_independence_moves_the_others_only() {
        let (model, mut scratch) = (model(Null::PopulationIndependence), DrawScratch::default());
        let mut seen = [0; 6];
        for simulation in 0..600 {
            let draw = model.draw(simulation, &mut scratch);
            assert_eq!(draw.a, [1, 4]);
            draw.b.iter().for_each(|&site| seen[site as usize] += 1);
        }
        assert_eq!((seen[1], seen[4]), (0, 0));
        assert!([0, 2, 3, 5].iter().all(|&site| (240..360).contains(&seen[site])), "{seen:?}");
    }

    #[test]
    fn all_marks_continue_the_draw_of_both() {
        for null in [Null::RandomLocation, Null::RandomLabelling, Null::PopulationIndependence] {
            let (model, mut scratch, mut plant) = (model(null), DrawScratch::default(), Vec::new());
            for simulation in [0, 5] {
                model.marks(simulation, &mut scratch, &mut plant);
                let mut sorted = plant.clone();
                sorted.sort_unstable();
                assert_eq!(sorted, [0, 1, 2, 3, 4, 5]);
                let draw = model.draw(simulation, &mut scratch);
                let at = |sites: &[u32]| sites.iter().map(|&site| plant[site as usize]).collect::<Vec<_>>();
                assert_eq!((at(draw.a), at(draw.b)), (vec![1, 4], vec![0, 3]), "{null:?}");
            }
        }
    }

    #[test]
    fn weights_stay_at_the_site_under_random_labelling_alone() {
        assert_eq!(model(Null::RandomLabelling).weight_of_a(1, 3), 3);
        assert_eq!(model(Null::RandomLocation).weight_of_a(1, 3), 4);
        assert_eq!(model(Null::RandomLocation).weight_of_b(1, 5), 3);
    }

    #[test]
    fn nulls_that_draw_nothing_are_refused() {
        for null in [Null::RandomLabelling, Null::PopulationIndependence, Null::Csr] {
            assert!(matches!(NullModel::new(null, SEED, 6, &[1, 4], None), Err(PlantsError::Null { .. })));
        }
    }

    #[test]
    fn labellings_are_counted() {
        // 6!/(2! 2! 2!) = 90; 4!/(2! 2!) = 6.
        assert!((model(Null::RandomLocation).ln_labellings().exp() - 90.0).abs() < 1e-9);
        assert!((model(Null::RandomLabelling).ln_labellings().exp() - 6.0).abs() < 1e-9);
        assert!(model(Null::RandomLabelling).repetition(7, false).is_some());
        assert!(model(Null::RandomLabelling).repetition(6, false).is_none());
        let all = NullModel::new(Null::RandomLocation, SEED, 3, &[0, 1, 2], None).unwrap();
        assert!(all.repetition(39, false).is_some(), "one labelling");
    }
}
