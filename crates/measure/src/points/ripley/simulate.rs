//! Patterns, observed and simulated: laid out, weighted, tallied.

use super::bins::Bins;
use super::curve::Curve;
use super::intensity::{self, leave_one_out};
use super::ledger::{Ledger, Roles};
use super::options::{FunctionWord, RipleyError};
use super::tally::{Pattern, Threads};
use super::{Sides, besag};
use crate::points::pairs::PairIndex;
use crate::points::window::{Correction, EdgeWeights, Window};
use crate::points::{DrawScratch, Null, NullModel, Plants, PlantsError};
use distretto_core::{Context, Message};
use distretto_numerics::{Key, Metric, Point};
use rayon::prelude::*;

/// Where the intensity comes from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Intensity<'a> {
    /// A Gaussian kernel of that standard deviation, anew for every pattern.
    Kernel(f64),
    /// Its value at each plant of the table.
    Column(&'a [f64]),
}

/// Second-order functions of patterns in one window.
pub(super) struct Simulator<'a> {
    pub(super) plants: &'a Plants,
    pub(super) window: &'a Window,
    pub(super) correction: Correction,
    /// For the observation: K and g.
    pub(super) bins: Bins,
    /// For simulations: what the tested function needs.
    pub(super) tested: Bins,
    pub(super) function: FunctionWord,
    pub(super) intensity: Option<Intensity<'a>>,
    pub(super) sides: &'a Sides,
    pub(super) seed: u64,
    /// Pairs that may be held at once; it changes time, never a number.
    pub(super) budget: u64,
}

/// The functions of a pattern, and those of its controls.
#[derive(Debug, Clone)]
pub(super) struct Observed {
    pub(super) curve: Curve,
    pub(super) controls: Option<Curve>,
}

impl Observed {
    /// K of the industry less K of the controls.
    pub(super) fn difference(&self) -> Option<Vec<f64>> {
        let controls = self.controls.as_ref()?;
        Some(self.curve.k.iter().zip(&controls.k).map(|(a, c)| a - c).collect())
    }

    /// One function at each r.
    pub(super) fn function(&self, function: FunctionWord, r: &[f64]) -> Vec<f64> {
        match function {
            FunctionWord::K => self.curve.k.clone(),
            FunctionWord::L => besag(&self.curve.k),
            FunctionWord::LMinusR => besag(&self.curve.k).iter().zip(r).map(|(l, r)| l - r).collect(),
            FunctionWord::G => self.curve.g.clone(),
            FunctionWord::D => self.difference().unwrap_or_else(|| vec![f64::NAN; r.len()]),
            FunctionWord::KInhom => self.curve.k_inhom.clone(),
            FunctionWord::LInhom => besag(&self.curve.k_inhom),
        }
    }
}

/// Sites laid out for their pairs, with the weights of the edge at each.
struct Ground<'a> {
    layout: PairIndex,
    weights: EdgeWeights<'a>,
    points: &'a [Point],
}

/// Memory of one thread.
struct Scratch {
    draw: DrawScratch,
    a: PairIndex,
    b: PairIndex,
    roles: Roles,
}

impl Simulator<'_> {
    fn ground<'g>(&'g self, points: &'g [Point], bins: &Bins) -> Ground<'g> {
        let reach = bins.reach() * (1.0 + 1e-9);
        Ground {
            layout: PairIndex::new(points, Metric::Euclidean, reach),
            weights: EdgeWeights::new(self.window, self.correction, points, reach),
            points,
        }
    }

    /// The functions of the plants as they stand.
    pub(super) fn observe(&self) -> Observed {
        let ground = self.ground(self.plants.points(), &self.bins);
        let mut scratch = Scratch::of(&ground);
        let b = self.sides.b.as_deref();
        self.pattern(&ground, &self.sides.a, b, &self.bins, &mut scratch, (Threads::All, self.intensity.is_some()))
    }

    /// The functions of A (and B, or the controls) at these sites.
    fn pattern(
        &self,
        ground: &Ground,
        a: &[u32],
        b: Option<&[u32]>,
        bins: &Bins,
        scratch: &mut Scratch,
        (threads, inhomogeneous): (Threads, bool),
    ) -> Observed {
        let controls = self.sides.controls;
        ground.layout.subset_into(a, &mut scratch.a);
        if let Some(b) = b {
            ground.layout.subset_into(b, &mut scratch.b);
        }
        let own = if inhomogeneous { self.inverse(ground, a) } else { Vec::new() };
        let other = b.filter(|_| inhomogeneous && !controls).map(|b| self.inverse(ground, b));
        let pattern = Pattern {
            a: &scratch.a,
            b: b.filter(|_| !controls).map(|_| &scratch.b),
            sites: a,
            inverse: inhomogeneous.then(|| [&own[..], other.as_deref().unwrap_or(&own)]),
        };
        let curve = Curve::of(&pattern, &ground.weights, bins, threads);
        let of_controls = |sites| {
            let pattern = Pattern { a: &scratch.b, b: None, sites, inverse: None };
            Curve::of(&pattern, &ground.weights, bins, threads)
        };
        Observed { curve, controls: b.filter(|_| controls).map(of_controls) }
    }

    /// 1/λ at sites.
    fn inverse(&self, ground: &Ground, sites: &[u32]) -> Vec<f64> {
        let intensity = match self.intensity {
            Some(Intensity::Column(values)) => sites.iter().map(|&site| values[site as usize]).collect(),
            Some(Intensity::Kernel(sigma)) => {
                let points: Vec<Point> = sites.iter().map(|&site| ground.points[site as usize]).collect();
                leave_one_out(self.window, &points, sigma)
            }
            None => vec![1.0; sites.len()],
        };
        // A plant that no other is near has intensity 0: nothing exists.
        intensity.into_iter().map(|value| if value > 0.0 { 1.0 / value } else { f64::NAN }).collect()
    }

    /// Simulated curves of the tested function, one after the other.
    pub(super) fn simulate(
        &self,
        null: Null,
        nsim: u64,
        context: &Context,
        notes: &mut Vec<Message>,
    ) -> Result<Vec<f64>, RipleyError> {
        let moving = matches!(null, Null::Csr | Null::InhomogeneousPoisson);
        self.check(null)?;
        context.progress.begin("simulations", nsim);
        if moving {
            return run(nsim, context, || (), |(), simulation| self.moved(null, simulation));
        }
        let (a, b) = (&self.sides.a, self.sides.b.as_deref());
        let model = NullModel::new(null, (self.seed, "ripley/null"), self.plants.len(), a, b)?;
        notes.extend(model.repetition(nsim, false));
        let ground = self.ground(self.plants.points(), &self.tested);
        let ledger = self.ledger(&ground, nsim);
        let one = |scratch: &mut Scratch, simulation| {
            let mut memory = std::mem::take(&mut scratch.draw);
            let draw = model.draw(simulation, &mut memory);
            let b = b.map(|_| draw.b);
            let curve = match &ledger {
                Some(ledger) => self.booked(&ground, ledger, draw.a, b, &mut scratch.roles),
                None => {
                    let how = (Threads::One, self.needs_intensity());
                    self.pattern(&ground, draw.a, b, &self.tested, scratch, how).function(self.function, &self.tested.r)
                }
            };
            scratch.draw = memory;
            curve
        };
        run(nsim, context, || Scratch::of(&ground), one)
    }

    /// One pass over the pairs of all sites for all simulations, when that is less work and fits.
    fn ledger(&self, ground: &Ground, nsim: u64) -> Option<Ledger> {
        let drawn = self.sides.a.len() + self.sides.b.as_ref().map_or(0, Vec::len);
        let share = drawn as f64 / ground.points.len() as f64;
        // A simulation by itself looks at the square of that share of all pairs.
        if share * share * (nsim as f64) < 1.0 || self.needs_intensity() {
            return None;
        }
        Ledger::new(&ground.layout, &ground.weights, &self.tested, self.budget)
    }

    /// The tested function of A (and B, or the controls) at these sites, from pairs that are held.
    fn booked(&self, ground: &Ground, ledger: &Ledger, a: &[u32], b: Option<&[u32]>, roles: &mut Roles) -> Vec<f64> {
        let controls = self.sides.controls;
        roles.set(ground.points.len(), a, b);
        let [own, others] = ledger.tally(&ground.weights, &self.tested, a, b, controls, roles);
        let counts = |sites, count| Curve::from_sums((sites, count, None), &ground.weights, &self.tested, &own);
        let curve = counts(a, b.filter(|_| !controls).map(<[u32]>::len));
        let of_controls = |sites| Curve::from_sums((sites, None, None), &ground.weights, &self.tested, &others);
        let observed = Observed { curve, controls: b.filter(|_| controls).map(of_controls) };
        observed.function(self.function, &self.tested.r)
    }

    fn needs_intensity(&self) -> bool {
        self.function.is_inhomogeneous()
    }

    fn check(&self, null: Null) -> Result<(), RipleyError> {
        let refuse = |what, hint| Err(RipleyError::Contradiction { what, hint });
        match (null, self.intensity) {
            (Null::Csr, Some(Intensity::Column(_))) if self.needs_intensity() => {
                refuse("the column gives the intensity at plants only, and csr moves them", "use random-location")
            }
            (Null::InhomogeneousPoisson, Some(Intensity::Column(_))) => refuse(
                "the column gives the intensity at plants only, and inhomogeneous-poisson moves them",
                "use random-location, or leave out `--intensity`",
            ),
            (Null::InhomogeneousPoisson, None) => {
                refuse("inhomogeneous-poisson draws from an intensity, and none is asked for", "add `--inhomogeneous`")
            }
            _ => Ok(()),
        }
    }

    /// A pattern of as many points, in new places.
    fn moved(&self, null: Null, simulation: u64) -> Vec<f64> {
        let (a, b) = (&self.sides.a, self.sides.b.as_deref().unwrap_or_default());
        let points = match (null, self.intensity) {
            (Null::InhomogeneousPoisson, Some(Intensity::Kernel(sigma))) => {
                let key = Key::new(self.seed, "ripley/inhomogeneous-poisson");
                let side = |side: &[u32], first: usize| {
                    let from: Vec<Point> = side.iter().map(|&plant| self.plants.points()[plant as usize]).collect();
                    let point = |item| {
                        let mut stream = intensity::stream(key, first + item, simulation);
                        intensity::draw(self.window, &from, sigma, &mut stream)
                    };
                    (0..from.len()).map(point).collect::<Vec<Point>>()
                };
                [side(a, 0), side(b, a.len())].concat()
            }
            _ => {
                let key = Key::new(self.seed, "ripley/csr");
                let point = |item| intensity::uniform(self.window, &mut intensity::stream(key, item, simulation));
                (0..a.len() + b.len()).map(point).collect()
            }
        };
        let numbers: Vec<u32> = (0..points.len() as u32).collect();
        let (own, other) = numbers.split_at(a.len());
        let ground = self.ground(&points, &self.tested);
        let mut scratch = Scratch::of(&ground);
        let other = Some(other).filter(|other| !other.is_empty());
        let threads = (Threads::One, self.needs_intensity());
        self.pattern(&ground, own, other, &self.tested, &mut scratch, threads).function(self.function, &self.tested.r)
    }
}

impl Scratch {
    fn of(ground: &Ground) -> Self {
        let (a, b) = (ground.layout.empty_like(), ground.layout.empty_like());
        Self { draw: DrawScratch::default(), a, b, roles: Roles::default() }
    }
}

/// Simulations on all threads, in order, until the user stops them.
fn run<S>(
    nsim: u64,
    context: &Context,
    new: impl Fn() -> S + Sync + Send,
    one: impl Fn(&mut S, u64) -> Vec<f64> + Sync + Send,
) -> Result<Vec<f64>, RipleyError> {
    let step = |state: &mut S, simulation: u64| {
        if context.progress.cancelled() {
            return Err(RipleyError::Plants(PlantsError::Stopped));
        }
        let curve = one(state, simulation);
        context.progress.advance(1);
        Ok(curve)
    };
    let curves = (0..nsim).into_par_iter().map_init(new, step).collect::<Result<Vec<_>, _>>()?;
    Ok(curves.concat())
}
