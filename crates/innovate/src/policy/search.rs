//! The best subsidies: all local optima of a scan, each polished by Newton's method on derivatives that are exact where
//! the active set holds.

use super::exact::{Derivatives, derivatives};
use super::options::{Instrument, Objective, PolicyOptions, Scope};
use crate::game::{Game, Policy};
use crate::solver::{Certify, SolveOptions, solve};
use distretto_core::Fault;
use distretto_numerics::{Lu, Matrix};
use rayon::prelude::*;

/// A neighbour of a setting, in steps of the search.
const BESIDE: f64 = 0.01;
/// A firm that a small subsidy pays less than this share of what it pays the most paid is paid rounding.
const PAID: f64 = 1e-9;
/// A relative gain up to this is rounding.
const PLATEAU: f64 = 1e-9;
/// Points of the scan of a uniform subsidy.
const SCAN: usize = 120;
/// Largest game in which every setting is certified.
const CERTAIN: usize = 300;

/// One instrument of one firm, or of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dial {
    pub kind: Kind,
    /// None: all firms.
    pub firm: Option<usize>,
}

/// What a dial turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Rate,
    Unit,
    Output,
}

impl Kind {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Rate => "rd-rate",
            Self::Unit => "rd-unit",
            Self::Output => "output",
        }
    }

    fn of(self, policy: &mut Policy) -> &mut Vec<f64> {
        match self {
            Self::Rate => &mut policy.rate,
            Self::Unit => &mut policy.unit,
            Self::Output => &mut policy.output,
        }
    }
}

/// What is searched.
#[derive(Clone)]
pub(super) struct Search<'g> {
    /// The game with the named instruments at zero.
    pub base: Game,
    pub dials: Vec<Dial>,
    pub options: &'g PolicyOptions,
    pub seed: u64,
    /// The size of a dial's unit: what moves R&D noticeably.
    pub units: Vec<f64>,
    /// Whether only settings with a certified equilibrium count.
    pub certain: bool,
    /// Whether the game's own payments of the instrument are left out.
    pub set_aside: bool,
}

/// What a setting brings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Reach {
    pub objective: f64,
    pub spending: f64,
}

/// The best setting.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found {
    pub setting: Vec<f64>,
    pub binding: bool,
    /// What is left of the conditions of an optimum: the largest slope that is free, per unit of its dial, over the
    /// objective.
    pub residual: f64,
    /// What a unit of money more would add to the objective; 0 where the budget does not bind.
    pub price: f64,
}

/// The kinds of an instrument.
pub(super) fn kinds(instrument: Instrument) -> &'static [Kind] {
    match instrument {
        Instrument::RdRate => &[Kind::Rate],
        Instrument::RdUnit => &[Kind::Unit],
        Instrument::Output => &[Kind::Output],
        Instrument::Both => &[Kind::Output, Kind::Rate],
    }
}

impl<'g> Search<'g> {
    pub(super) fn new(game: &Game, instrument: Instrument, options: &'g PolicyOptions, seed: u64) -> Self {
        let mut base = game.clone();
        let n = base.len();
        let (mut dials, mut set_aside) = (Vec::new(), false);
        for &kind in kinds(instrument) {
            let given = std::mem::replace(kind.of(&mut base.policy), vec![0.0; n]);
            set_aside |= given.iter().any(|&value| value != 0.0);
            match options.scope {
                Scope::Uniform => dials.push(Dial { kind, firm: None }),
                Scope::Targeted => dials.extend((0..n).map(|i| Dial { kind, firm: Some(i) })),
            }
        }
        let gap = (0..n).map(|i| (base.intercept[i] - base.cost[i]).max(0.0)).sum::<f64>() / n as f64;
        let marginal = (0..n).map(|i| base.rd_cost[i]).sum::<f64>() / n as f64;
        let rd = solve(&base, &SolveOptions::quick()).map_or(gap / 10.0, |solved| solved.account.rd_total() / n as f64);
        let unit = |dial: &Dial| match dial.kind {
            Kind::Rate => 1.0,
            // The per-unit subsidy that pays the whole marginal cost.
            Kind::Unit if base.form == crate::game::Form::Output => (marginal * rd).max(1e-3 * gap),
            Kind::Unit => 1.0,
            Kind::Output => gap.max(1e-3),
        };
        let units = dials.iter().map(unit).collect();
        Self { base, dials, options, seed, units, certain: n <= CERTAIN, set_aside }
    }

    /// The game with a setting.
    pub(super) fn game(&self, setting: &[f64]) -> Game {
        let mut game = self.base.clone();
        for (dial, &value) in self.dials.iter().zip(setting) {
            let values = dial.kind.of(&mut game.policy);
            match dial.firm {
                Some(i) => values[i] = value,
                None => values.iter_mut().for_each(|one| *one = value),
            }
        }
        game
    }

    /// What a setting brings; none where it may not be.
    pub(super) fn reach(&self, setting: &[f64]) -> Option<Reach> {
        let game = self.game(setting);
        if game.policy.rate.iter().any(|&rate| rate >= 1.0) {
            return None;
        }
        let certify = if self.certain { Certify::Full } else { Certify::Off };
        let options = SolveOptions { certify, seed: self.seed, ..SolveOptions::quick() };
        let solved = solve(&game, &options).ok()?;
        if solved.certificate.second_order_margin <= 0.0 || (self.certain && !solved.certified) {
            return None;
        }
        let account = &solved.account;
        let objective = match self.options.objective {
            Objective::Welfare => account.welfare,
            Objective::Rd => account.rd_total(),
            Objective::Output => account.output_total(),
        };
        Some(Reach { objective, spending: account.subsidy_total })
    }

    /// Whether settings with a certified equilibrium end beside this one: others, perhaps better, lie beyond.
    pub(super) fn at_edge(&self, value: f64) -> bool {
        let open = Search { certain: false, ..self.clone() };
        let uncertain = |by: f64| {
            let beside = [value + by * BESIDE * self.units[0]];
            self.reach(&beside).is_none() && open.reach(&beside).is_some()
        };
        self.certain && (uncertain(1.0) || uncertain(-1.0))
    }

    /// Searches among settings whose equilibrium is certified; among all where none is.
    pub(super) fn best(&self) -> Result<Found, Fault> {
        match self.search() {
            Err(_) if self.certain => Search { certain: false, ..self.clone() }.best(),
            found => Ok(self.or_nothing(found?)),
        }
    }

    /// No payment at all where the best that was found is no better.
    fn or_nothing(&self, found: Found) -> Found {
        // On a plateau nothing is as good as any payment: rounding must not choose one.
        let none = vec![0.0; self.dials.len()];
        let fits = |reach: &Reach| self.options.budget.is_none_or(|budget| reach.spending <= budget);
        let (Some(without), Some(with)) = (self.reach(&none).filter(fits), self.reach(&found.setting)) else {
            return found;
        };
        match with.objective - without.objective <= PLATEAU * without.objective.abs() {
            true => self.found(none, false),
            false => found,
        }
    }

    pub(super) fn search(&self) -> Result<Found, Fault> {
        let budget = self.options.budget;
        if self.options.objective != Objective::Welfare && budget.is_none() {
            let fault = Fault::option("without a budget R&D and output have no maximum");
            return Err(fault.with_hint("say --budget"));
        }
        if self.dials.len() > 1 {
            let (setting, binding) = self.targeted()?;
            return Ok(self.found(setting, binding));
        }
        let free = match self.options.objective {
            Objective::Welfare => self.scan()?,
            _ => vec![0.0],
        };
        let Some(budget) = budget else { return Ok(self.found(free, false)) };
        let spent = self.reach(&free).map_or(f64::INFINITY, |reach| reach.spending);
        if self.options.objective == Objective::Welfare && spent <= budget {
            return Ok(self.found(free, false));
        }
        Ok(self.found(self.exhaust(budget)?, true))
    }

    /// A setting with what is left of its first-order conditions.
    pub(super) fn found(&self, setting: Vec<f64>, binding: bool) -> Found {
        let nothing = (f64::NAN, if binding { f64::NAN } else { 0.0 });
        let left = || {
            let [aim, spending] = self.derivatives(&setting)?;
            let reach = self.reach(&setting)?;
            let now = self.conditions(&setting, reach, &aim.slope, &spending.slope);
            Some((now.residual, now.price))
        };
        let (residual, price) = left().unwrap_or(nothing);
        Found { setting, binding, residual, price }
    }

    /// Below this no subsidy may go.
    pub(super) fn lowest(&self) -> f64 {
        if self.options.no_tax { 0.0 } else { f64::NEG_INFINITY }
    }

    /// The ends between which a uniform subsidy is looked for.
    pub(super) fn ends(&self) -> (f64, f64) {
        let low = if self.options.no_tax { 0.0 } else { -3.0 };
        match self.dials[0].kind {
            Kind::Rate => (low, 0.999),
            Kind::Unit if self.base.form == crate::game::Form::Input => (low, 0.999),
            Kind::Unit => (10.0 * low * self.units[0], 30.0 * self.units[0]),
            Kind::Output => (low / 3.0 * self.units[0], 6.0 * self.units[0]),
        }
    }

    /// One uniform subsidy: every local optimum of a scan, polished.
    fn scan(&self) -> Result<Vec<f64>, Fault> {
        let (low, high) = self.ends();
        let at = |k: usize| low + (high - low) * k as f64 / SCAN as f64;
        let values: Vec<Option<f64>> =
            (0..=SCAN).into_par_iter().map(|k| Some(self.reach(&[at(k)])?.objective)).collect();
        let mut best: Option<(f64, f64)> = None;
        let mut offer = |v: f64, value: f64| {
            if best.is_none_or(|(_, known)| value > known) {
                best = Some((v, value));
            }
        };
        for k in 0..=SCAN {
            let Some(value) = values[k] else { continue };
            let beside = |k: Option<usize>| k.and_then(|k| *values.get(k)?).unwrap_or(f64::NEG_INFINITY);
            if value < beside(k.checked_sub(1)) || value < beside(Some(k + 1)) {
                continue;
            }
            // Between equals there is nothing to look for.
            let flat = |other: f64| (value - other).abs() <= 1e-12 * value.abs();
            if flat(beside(k.checked_sub(1))) && flat(beside(Some(k + 1))) {
                offer(at(k), value);
                continue;
            }
            let (a, b) = (at(k.saturating_sub(1)), at((k + 1).min(SCAN)));
            let (v, value) = self.golden(a, b);
            let polished = self.polish(vec![v]);
            match self.reach(&polished).filter(|_| polished[0] >= a && polished[0] <= b) {
                Some(reach) if reach.objective >= value - 1e-12 * value.abs() => offer(polished[0], reach.objective),
                _ => offer(v, value),
            }
        }
        match best {
            Some((v, _)) => Ok(vec![v]),
            None => Err(Fault::result("no subsidy leaves a game with an equilibrium")),
        }
    }

    fn golden(&self, mut low: f64, mut high: f64) -> (f64, f64) {
        let of = |v: f64| self.reach(&[v]).map_or(f64::NEG_INFINITY, |reach| reach.objective);
        let golden = (5.0f64.sqrt() - 1.0) / 2.0;
        let (first, last) = (low, high);
        let (mut a, mut b) = (high - golden * (high - low), low + golden * (high - low));
        let (mut of_a, mut of_b) = (of(a), of(b));
        for _ in 0..60 {
            // Where values no longer tell points apart, derivatives must.
            if (of_a - of_b).abs() <= 1e-15 * of_a.abs() && high - low <= 1e-5 * (last - first) {
                break;
            }
            if of_a >= of_b {
                (high, b, of_b) = (b, a, of_a);
                a = high - golden * (high - low);
                of_a = of(a);
            } else {
                (low, a, of_a) = (a, b, of_b);
                b = low + golden * (high - low);
                of_b = of(b);
            }
        }
        let ends = [(first, of(first)), (last, of(last)), (a, of_a), (b, of_b)];
        ends.into_iter().max_by(|a, b| a.1.total_cmp(&b.1)).expect("four")
    }

    /// Objective and spending at a setting, the objective alone where wanted.
    fn pair(&self, setting: &[f64]) -> Option<[f64; 2]> {
        self.reach(setting).map(|reach| [reach.objective, reach.spending])
    }

    /// Exact derivatives of objective and spending; none where the active set has no linear system.
    pub(super) fn exact(&self, setting: &[f64]) -> Option<[Derivatives; 2]> {
        let game = self.game(setting);
        let options = SolveOptions { certify: Certify::Off, seed: self.seed, ..SolveOptions::quick() };
        let solved = solve(&game, &options).ok()?;
        derivatives(&game, &solved, &self.dials, self.options.objective)
    }

    /// Derivatives of objective and spending: exact where the active set has a linear system, else by differences.
    pub(super) fn derivatives(&self, setting: &[f64]) -> Option<[Derivatives; 2]> {
        if let Some(exact) = self.exact(setting) {
            return Some(exact);
        }
        let ([slope, cost], [bend, cost_bend]) = (self.differences(setting)?, self.second_differences(setting)?);
        Some([Derivatives { slope, bend }, Derivatives { slope: cost, bend: cost_bend }])
    }

    /// Gradients of objective and spending by differences of fourth order.
    pub(super) fn differences(&self, setting: &[f64]) -> Option<[Vec<f64>; 2]> {
        let mut both = [Vec::new(), Vec::new()];
        let mut at = setting.to_vec();
        for (d, &unit) in self.units.iter().enumerate() {
            let step = 2e-3 * unit;
            let mut value = |by: f64| {
                at[d] = setting[d] + by;
                let found = self.pair(&at);
                at[d] = setting[d];
                found
            };
            let (up, down) = (value(step)?, value(-step)?);
            let (far, back) = (value(2.0 * step)?, value(-2.0 * step)?);
            for k in 0..2 {
                both[k].push((8.0 * (up[k] - down[k]) - (far[k] - back[k])) / (12.0 * step));
            }
        }
        Some(both)
    }

    /// Hessians of objective and spending, by differences of their gradients.
    pub(super) fn second_differences(&self, setting: &[f64]) -> Option<[Matrix; 2]> {
        let d = setting.len();
        let mut both = [Matrix::zeros(d, d), Matrix::zeros(d, d)];
        let mut at = setting.to_vec();
        for j in 0..d {
            let step = 5e-3 * self.units[j];
            at[j] = setting[j] + step;
            let up = self.differences(&at)?;
            at[j] = setting[j] - step;
            let down = self.differences(&at)?;
            at[j] = setting[j];
            for k in 0..2 {
                for i in 0..d {
                    both[k][(i, j)] = (up[k][i] - down[k][i]) / (2.0 * step);
                }
            }
        }
        Some(both.map(|m| Matrix::from_fn(d, d, |i, j| (m[(i, j)] + m[(j, i)]) / 2.0)))
    }

    /// A few Newton steps on the gradient, without bounds.
    fn polish(&self, mut setting: Vec<f64>) -> Vec<f64> {
        for _ in 0..6 {
            let Some([Derivatives { slope, bend }, _]) = self.derivatives(&setting) else { return setting };
            let Ok(lu) = Lu::new(&bend) else { return setting };
            let step = lu.solve(&slope);
            let size = step.iter().zip(&self.units).map(|(step, unit)| (step / unit).abs()).fold(0.0, f64::max);
            if !size.is_finite() || size > 0.2 {
                return setting;
            }
            setting.iter_mut().zip(&step).for_each(|(v, step)| *v -= step);
            if size < 1e-11 {
                break;
            }
        }
        setting
    }

    /// Whether welfare is quadratic in the dials as long as the active set holds.
    pub(super) fn is_quadratic(&self) -> bool {
        self.dials.iter().all(|dial| dial.kind != Kind::Rate)
    }

    /// The uniform subsidy that spends the budget, on the side of subsidies.
    fn exhaust(&self, budget: f64) -> Result<Vec<f64>, Fault> {
        let (_, high) = self.ends();
        let over = |v: f64| self.reach(&[v]).is_none_or(|reach| reach.spending > budget);
        let (mut low, mut high) = (0.0, high);
        if over(low) {
            return Err(Fault::option("the other subsidies alone exceed the budget").with_value(budget.to_string()));
        }
        for _ in 0..200 {
            let middle = (low + high) / 2.0;
            if middle <= low || middle >= high {
                break;
            }
            if over(middle) { high = middle } else { low = middle }
        }
        Ok(vec![low])
    }

    /// dW/dv over dS/dv of each firm's own dial, at no subsidy.
    pub(super) fn marginal(&self) -> Vec<(usize, Kind, f64)> {
        let n = self.base.len();
        let mut kinds: Vec<Kind> = self.dials.iter().map(|dial| dial.kind).collect();
        kinds.dedup();
        let options = SolveOptions { certify: Certify::Off, ..SolveOptions::quick() };
        let before = solve(&self.base, &options).ok();
        let mut found = Vec::new();
        for kind in kinds {
            let dials: Vec<Dial> = (0..n).map(|i| Dial { kind, firm: Some(i) }).collect();
            let exact = before.as_ref().and_then(|solved| derivatives(&self.base, solved, &dials, Objective::Welfare));
            let unit = self.dials.iter().position(|dial| dial.kind == kind).map_or(1.0, |d| self.units[d]);
            let slopes: Vec<Option<[f64; 2]>> = (0..n)
                .map(|i| match &exact {
                    Some([welfare, spending]) => Some([welfare.slope[i], spending.slope[i]]),
                    None => self.by_steps(dials[i], unit),
                })
                .collect();
            let most = slopes.iter().flatten().map(|[_, spending]| spending.abs()).fold(0.0, f64::max);
            // A firm that sells and does nothing is paid rounding.
            let ratio = |[welfare, spending]: [f64; 2]| {
                if spending.abs() > PAID * most { welfare / spending } else { f64::NAN }
            };
            found.extend((0..n).map(|i| (i, kind, slopes[i].map_or(f64::NAN, ratio))));
        }
        found
    }

    /// The same by differences.
    fn by_steps(&self, dial: Dial, unit: f64) -> Option<[f64; 2]> {
        let one = Search { dials: vec![dial], units: vec![unit], ..self.clone() };
        let welfare = |v: f64| {
            let options = SolveOptions { certify: Certify::Off, ..SolveOptions::quick() };
            let solved = solve(&one.game(&[v]), &options).ok()?;
            Some([solved.account.welfare, solved.account.subsidy_total])
        };
        let step = 2e-3 * unit;
        let (up, down) = (welfare(step)?, welfare(-step)?);
        let (far, back) = (welfare(2.0 * step)?, welfare(-2.0 * step)?);
        let of = |k: usize| 8.0 * (up[k] - down[k]) - (far[k] - back[k]);
        Some([of(0), of(1)])
    }
}
