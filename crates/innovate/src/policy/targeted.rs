//! Subsidies firm by firm: Newton's method on the conditions of an optimum, with the budget as a constraint and
//! subsidies held at their bound, from several starts; where it stalls, exchanges between firms, each solved exactly.

use super::exact::Derivatives;
use super::options::{Objective, PolicyOptions, Scope};
use super::search::{Reach, Search};
use distretto_core::Fault;
use distretto_numerics::{Lu, Matrix, symmetric_eigen};

/// Most steps of Newton's method.
const STEPS: usize = 60;
/// Most times that exchanges start Newton's method again.
const ROUNDS: usize = 12;
/// Relative gain below which an exchange is none.
const GAIN: f64 = 1e-9;
/// Longest step, in units of the dials.
const REACH: f64 = 0.3;
/// Most solutions that exchanges may take, times firms.
const EXCHANGES: usize = 20_000;
/// Firms up to which the uniform subsidy that is a start is searched to its last digit.
const SMALL: usize = 60;

/// A setting within the budget, and what it brings.
#[derive(Clone)]
struct Spot {
    setting: Vec<f64>,
    reach: Reach,
}

/// First-order conditions at a setting.
pub(super) struct Conditions {
    /// Dials that may move: not held at their bound.
    pub free: Vec<usize>,
    /// Whether the budget holds the setting.
    pub binding: bool,
    /// What a unit of money more would add; 0 where the budget does not bind.
    pub price: f64,
    /// The largest slope that is free, per unit of its dial, over the objective.
    pub residual: f64,
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

impl Search<'_> {
    /// The best of all starts, and whether it spends the budget.
    pub(super) fn targeted(&self) -> Result<(Vec<f64>, bool), Fault> {
        let mut best: Option<(Spot, bool)> = None;
        let mut offer = |end: Option<(Spot, bool)>| {
            if let Some((spot, good)) = end
                && best.as_ref().is_none_or(|(best, _)| spot.reach.objective > best.reach.objective)
            {
                best = Some((spot, good));
            }
        };
        let zero = vec![0.0; self.dials.len()];
        let from_zero = self.ascend(&zero)?;
        let mut starts = self.alike();
        if self.options.budget.is_some() {
            starts.push(self.units.clone());
        }
        if self.options.objective == Objective::Welfare && self.options.budget.is_some() && self.dials.len() <= SMALL {
            // What would be best without a budget, cut down to it.
            let options = PolicyOptions { budget: None, no_tax: true, ..self.options.clone() };
            let unbound = Search { options: &options, ..self.clone() };
            starts.extend(unbound.ascend(&zero).ok().flatten().map(|(spot, _)| spot.setting));
        }
        let risen: Vec<Option<(Spot, bool)>> = starts.iter().map(|start| self.ascend(start).ok().flatten()).collect();
        offer(from_zero);
        risen.into_iter().for_each(&mut offer);
        let Some((best, good)) = best else {
            let budget = self.options.budget.filter(|_| self.reach(&zero).is_some());
            return Err(match budget {
                Some(budget) => {
                    Fault::option("the other subsidies alone exceed the budget").with_value(budget.to_string())
                }
                None => Fault::result("the game without subsidies has no solution"),
            });
        };
        let best = self.without_idle(self.settle(best, good));
        let binding = self.binds(best.reach.spending);
        Ok((best.setting, binding))
    }

    /// The best subsidies that are the same for all firms, as settings of this search.
    fn alike(&self) -> Vec<Vec<f64>> {
        if self.options.scope == Scope::Uniform {
            return Vec::new();
        }
        let options = PolicyOptions { scope: Scope::Uniform, ..self.options.clone() };
        let mut dials = self.dials.clone();
        dials.iter_mut().for_each(|dial| dial.firm = None);
        dials.dedup();
        let units = dials.iter().map(|dial| self.unit_of(dial.kind)).collect();
        let uniform = Search { dials, units, options: &options, ..self.clone() };
        let spread = |setting: &[f64]| -> Vec<f64> {
            let of = |kind| uniform.dials.iter().position(|dial| dial.kind == kind).map_or(0.0, |k| setting[k]);
            self.dials.iter().map(|dial| of(dial.kind)).collect()
        };
        if self.base.len() <= SMALL || uniform.dials.len() > 1 {
            return uniform.search().ok().map(|found| spread(&found.setting)).into_iter().collect();
        }
        let (low, high) = uniform.ends();
        let within = |reach: &Reach| self.options.budget.is_none_or(|budget| reach.spending <= budget);
        let tried = (0..=24).map(|k| vec![low + (high - low) * f64::from(k) / 24.0]);
        let tried = tried.filter_map(|v| uniform.reach(&v).filter(within).map(|reach| (v, reach.objective)));
        tried.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(v, _)| spread(&v)).into_iter().collect()
    }

    fn unit_of(&self, kind: super::search::Kind) -> f64 {
        self.dials.iter().position(|dial| dial.kind == kind).map_or(1.0, |k| self.units[k])
    }

    /// Dials that move nothing, say of firms that have left the market, are set to 0.
    fn without_idle(&self, mut spot: Spot) -> Spot {
        for k in 0..spot.setting.len() {
            if spot.setting[k] == 0.0 {
                continue;
            }
            let mut setting = spot.setting.clone();
            setting[k] = 0.0;
            if let Some(reach) = self.reach(&setting)
                && reach.spending == spot.reach.spending
                && reach.objective == spot.reach.objective
            {
                spot = Spot { setting, reach };
            }
        }
        spot
    }

    fn slack(&self) -> f64 {
        1e-11 * self.options.budget.unwrap_or(0.0).max(1.0)
    }

    fn binds(&self, spending: f64) -> bool {
        self.options.budget.is_some_and(|budget| spending >= budget - 100.0 * self.slack())
    }

    /// Newton's method from a start, and whether the conditions of an optimum hold where it ends; none where no point
    /// within the budget is near.
    fn ascend(&self, start: &[f64]) -> Result<Option<(Spot, bool)>, Fault> {
        let Some(mut spot) = self.begin(start) else { return Ok(None) };
        let good = self.newton(&mut spot)?;
        Ok(Some((spot, good)))
    }

    /// Exchanges and Newton's method in turn, until the conditions hold or no exchange gains.
    fn settle(&self, mut spot: Spot, mut good: bool) -> Spot {
        let mut solutions = EXCHANGES / self.dials.len();
        for _ in 0..ROUNDS {
            if good || !self.exchange(&mut spot, &mut solutions) {
                break;
            }
            good = self.newton(&mut spot).unwrap_or(false);
        }
        spot
    }

    /// The point on the way from no subsidy to a start that spends no more than the budget.
    fn begin(&self, start: &[f64]) -> Option<Spot> {
        let bound = self.lowest();
        let start: Vec<f64> = start.iter().map(|v| v.max(bound)).collect();
        let at = |share: f64| start.iter().map(|v| v * share).collect::<Vec<f64>>();
        let fits = |setting: Vec<f64>| {
            let reach = self.reach(&setting)?;
            let fits = self.options.budget.is_none_or(|budget| reach.spending <= budget);
            fits.then_some(Spot { setting, reach })
        };
        if let Some(spot) = fits(start.clone()) {
            return Some(spot);
        }
        let Some(mut known) = fits(at(0.0)) else { return self.restore(at(0.0), None) };
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..60 {
            let middle = (low + high) / 2.0;
            match fits(at(middle)) {
                Some(spot) => (low, known) = (middle, spot),
                None => high = middle,
            }
        }
        Some(known)
    }

    /// The setting moved to spend the budget, if it spends more or is to spend all of it; by the slopes of spending.
    fn restore(&self, mut setting: Vec<f64>, cost: Option<(&[usize], &[f64])>) -> Option<Spot> {
        let mut reach = self.reach(&setting)?;
        let Some(budget) = self.options.budget else { return Some(Spot { setting, reach }) };
        let bound = self.lowest();
        let own;
        let (free, cost) = match cost {
            Some(cost) => cost,
            None if reach.spending <= budget => return Some(Spot { setting, reach }),
            None => {
                own = ((0..setting.len()).collect::<Vec<usize>>(), self.derivatives(&setting)?[1].slope.clone());
                (&own.0[..], &own.1[..])
            }
        };
        let of = |k: usize| cost[k] * self.units[k];
        let mut rate: f64 = free.iter().map(|&k| of(k) * of(k)).sum();
        for _ in 0..30 {
            let over = reach.spending - budget;
            if over.abs() <= 1e-14 * budget.max(1.0) {
                break;
            }
            let by = over / rate;
            if !by.is_finite() {
                return None;
            }
            let mut moved = setting.clone();
            free.iter().for_each(|&k| moved[k] = (setting[k] - by * of(k) * self.units[k]).max(bound));
            let next = self.reach(&moved)?;
            let slope = (reach.spending - next.spending) / by;
            if (next.spending - budget).abs() >= over.abs() && over <= self.slack() {
                break;
            }
            if slope.is_finite() && slope > 0.0 {
                rate = slope;
            }
            (setting, reach) = (moved, next);
        }
        (reach.spending <= budget + self.slack()).then_some(Spot { setting, reach })
    }

    /// What is left of the first-order conditions.
    pub(super) fn conditions(&self, setting: &[f64], reach: Reach, aim: &[f64], cost: &[f64]) -> Conditions {
        let bound = self.lowest();
        let d = setting.len();
        let g: Vec<f64> = (0..d).map(|k| aim[k] * self.units[k]).collect();
        let c: Vec<f64> = (0..d).map(|k| cost[k] * self.units[k]).collect();
        let dead = |k: usize| g[k] == 0.0 && c[k] == 0.0;
        let inside = |k: usize| setting[k] > bound;
        let of = |binding: bool| {
            let mut free: Vec<usize> = (0..d).filter(|&k| inside(k) && !dead(k)).collect();
            let mut price = 0.0;
            for _ in 0..=d {
                if binding {
                    let square: f64 = free.iter().map(|&k| c[k] * c[k]).sum();
                    price = match square > 0.0 {
                        true => free.iter().map(|&k| g[k] * c[k]).sum::<f64>() / square,
                        false => (0..d).filter(|&k| c[k] > 0.0).map(|k| g[k] / c[k]).fold(0.0, f64::max),
                    };
                }
                let rising = |k: usize| g[k] - price * c[k] > 1e-12 * g[k].abs();
                let more: Vec<usize> =
                    (0..d).filter(|&k| !inside(k) && !free.contains(&k) && !dead(k) && rising(k)).collect();
                if more.is_empty() || (binding && free.is_empty()) {
                    break;
                }
                free.extend(more);
            }
            free.sort_unstable();
            // A dial at its bound that the price of others sends back down is held.
            free.retain(|&k| inside(k) || g[k] - price * c[k] > 0.0);
            (free, price)
        };
        let mut binding = self.binds(reach.spending);
        let (mut free, mut price) = of(binding);
        if binding && price < 0.0 {
            binding = false;
            (free, price) = of(false);
        }
        let left = |k: usize| {
            let slope = g[k] - price * c[k];
            if inside(k) { slope.abs() } else { slope.max(0.0) }
        };
        let largest = (0..d).map(left).fold(0.0, |most: f64, one| if one.is_nan() { f64::NAN } else { most.max(one) });
        Conditions { free, binding, price, residual: largest / reach.objective.abs().max(f64::MIN_POSITIVE) }
    }

    /// Derivatives for a step: without curvature where differences of differences would take too long.
    fn local(&self, setting: &[f64]) -> Option<[Derivatives; 2]> {
        if self.dials.len() <= 24 {
            return self.derivatives(setting);
        }
        self.exact(setting).or_else(|| {
            let flat = || Matrix::zeros(setting.len(), setting.len());
            let [slope, cost] = self.differences(setting)?;
            Some([Derivatives { slope, bend: flat() }, Derivatives { slope: cost, bend: flat() }])
        })
    }

    /// Newton steps from a spot; whether the conditions of an optimum hold where they end.
    fn newton(&self, spot: &mut Spot) -> Result<bool, Fault> {
        let bound = self.lowest();
        let mut good = false;
        for _ in 0..STEPS {
            let Some([aim, spending]) = self.local(&spot.setting) else { return Ok(false) };
            let now = self.conditions(&spot.setting, spot.reach, &aim.slope, &spending.slope);
            good = now.residual <= 1e-9;
            if now.free.is_empty() {
                return Ok(good);
            }
            let step = self.step(spot, &now, &aim, &spending)?;
            let slopes: Vec<f64> =
                now.free.iter().map(|&k| (aim.slope[k] - now.price * spending.slope[k]) * self.units[k]).collect();
            let long = |step: &[f64]| step.iter().fold(0.0f64, |most, one| most.max(one.abs()));
            let steep = long(&slopes);
            let up: Vec<f64> = slopes.iter().map(|slope| slope / steep * REACH).collect();
            let mut next = None;
            for step in [step, Some(up)].into_iter().flatten() {
                let far = long(&step);
                if !far.is_finite() {
                    continue;
                }
                let mut size = if far > REACH { REACH / far } else { 1.0 };
                let near = size == 1.0 && far < 1e-6;
                for _ in 0..30 {
                    let mut trial = spot.setting.clone();
                    now.free
                        .iter()
                        .zip(&step)
                        .for_each(|(&k, step)| trial[k] = (trial[k] + size * step * self.units[k]).max(bound));
                    let cost = now.binding.then_some((&now.free[..], &spending.slope[..]));
                    if let Some(found) = self.restore(trial, cost) {
                        let gain = found.reach.objective - spot.reach.objective;
                        if gain > 0.0 || (near && gain >= -1e-13 * spot.reach.objective.abs()) {
                            next = Some((found, far * size));
                            break;
                        }
                    }
                    if far * size < 1e-9 {
                        break;
                    }
                    size /= 2.0;
                }
                if next.is_some() || now.residual <= 1e-9 {
                    break;
                }
            }
            let Some((found, moved)) = next else { return Ok(good) };
            *spot = found;
            if moved < 1e-11 {
                break;
            }
        }
        Ok(good)
    }

    /// The step to the optimum of the quadratic model over the free dials, on the plane of equal spending where the
    /// budget binds; curvature of the wrong sign is turned.
    fn step(
        &self,
        spot: &Spot,
        now: &Conditions,
        aim: &Derivatives,
        spending: &Derivatives,
    ) -> Result<Option<Vec<f64>>, Fault> {
        let m = now.free.len();
        let unit = |i: usize| self.units[now.free[i]];
        let bent = Matrix::from_fn(m, m, |i, j| {
            let at = (now.free[i], now.free[j]);
            -(aim.bend[at] - now.price * spending.bend[at]) * unit(i) * unit(j)
        });
        let cost: Vec<f64> = (0..m).map(|i| spending.slope[now.free[i]] * unit(i)).collect();
        let slope: Vec<f64> = (0..m).map(|i| aim.slope[now.free[i]] * unit(i) - now.price * cost[i]).collect();
        let size = dot(&cost, &cost).sqrt();
        let bound = now.binding && size > 0.0;
        // Towards the budget, and what the slopes become there.
        let missing = self.options.budget.map_or(0.0, |budget| budget - spot.reach.spending);
        let along: Vec<f64> = cost.iter().map(|c| if bound { c * missing / (size * size) } else { 0.0 }).collect();
        let times = |v: &[f64]| (0..m).map(|i| (0..m).map(|j| bent[(i, j)] * v[j]).sum::<f64>()).collect::<Vec<f64>>();
        let shifted = times(&along);
        let target: Vec<f64> = (0..m).map(|i| slope[i] - shifted[i]).collect();
        // A Householder reflection turns the slopes of spending into the first axis: the others span equal spending.
        let mut mirror = cost.clone();
        if bound {
            mirror[0] += if cost[0] < 0.0 { -size } else { size };
        }
        let norm = dot(&mirror, &mirror);
        let reflect = |v: &[f64]| -> Vec<f64> {
            if !bound {
                return v.to_vec();
            }
            let by = 2.0 * dot(&mirror, v) / norm;
            v.iter().zip(&mirror).map(|(v, u)| v - by * u).collect()
        };
        let first = usize::from(bound);
        let axis = |k: usize| reflect(&(0..m).map(|i| f64::from(u8::from(i == k))).collect::<Vec<f64>>());
        let axes: Vec<Vec<f64>> = (first..m).map(axis).collect();
        if axes.is_empty() {
            return Ok(Some(along));
        }
        let turned: Vec<Vec<f64>> = axes.iter().map(|axis| times(axis)).collect();
        let inner = Matrix::from_fn(axes.len(), axes.len(), |i, j| {
            (dot(&axes[i], &turned[j]) + dot(&axes[j], &turned[i])) / 2.0
        });
        let Ok(eigen) = symmetric_eigen(&inner) else { return Ok(None) };
        let smallest = eigen.values.last().copied().unwrap_or(f64::NAN);
        if smallest <= 0.0 && self.options.budget.is_none() && !self.options.no_tax && self.is_quadratic() {
            let message = "welfare is not concave in the subsidies: there is no best setting";
            return Err(Fault::result(message).with_hint("bound it: say --budget or --no-tax"));
        }
        let right: Vec<f64> = axes.iter().map(|axis| dot(axis, &target)).collect();
        let largest = eigen.values.iter().fold(0.0f64, |most, value| most.max(value.abs()));
        if largest == 0.0 || !largest.is_finite() {
            return Ok(None);
        }
        let inside = match Lu::new(&inner) {
            Ok(lu) if smallest > 1e-10 * largest => lu.solve(&right),
            _ => {
                let mut inside = vec![0.0; axes.len()];
                for (k, value) in eigen.values.iter().enumerate() {
                    let v: Vec<f64> = (0..axes.len()).map(|i| eigen.vectors[(i, k)]).collect();
                    let by = dot(&v, &right) / value.abs().max(1e-8 * largest);
                    inside.iter_mut().zip(&v).for_each(|(inside, v)| *inside += by * v);
                }
                inside
            }
        };
        let mut step = along;
        for (axis, by) in axes.iter().zip(&inside) {
            step.iter_mut().zip(axis).for_each(|(step, v)| *step += by * v);
        }
        Ok(Some(step))
    }

    /// Moves of one dial, and of two that leave spending as it is, from long to short; whether any gained.
    fn exchange(&self, spot: &mut Spot, solutions: &mut usize) -> bool {
        let bound = self.lowest();
        let d = self.dials.len();
        let slopes = self.local(&spot.setting);
        // Who should give and who take, by what a unit of money is worth there.
        let worth = |k: usize| match &slopes {
            Some([aim, cost]) if cost.slope[k] != 0.0 => aim.slope[k] / cost.slope[k],
            _ => 0.0,
        };
        let mut order: Vec<usize> = (0..d).collect();
        order.sort_by(|&a, &b| worth(b).total_cmp(&worth(a)));
        let binding = self.binds(spot.reach.spending);
        let mut pairs: Vec<(usize, Option<usize>)> = order.iter().map(|&k| (k, None)).collect();
        if binding {
            pairs.extend(order.iter().flat_map(|&i| order.iter().rev().map(move |&j| (i, Some(j)))));
            pairs.retain(|(i, j)| Some(*i) != *j);
        }
        let mut gained = false;
        for length in [0.3, 0.1, 0.03, 0.01, 1e-3, 1e-4] {
            for &(i, j) in &pairs {
                for sign in [1.0, -1.0] {
                    if *solutions == 0 {
                        return gained;
                    }
                    *solutions -= 1;
                    let mut trial = spot.setting.clone();
                    trial[i] = (trial[i] + sign * length * self.units[i]).max(bound);
                    if trial[i] == spot.setting[i] {
                        continue;
                    }
                    let found = match j {
                        Some(j) => {
                            let mut slope = vec![0.0; d];
                            let Some(reach) = self.reach(&trial) else { continue };
                            let mut beside = trial.clone();
                            beside[j] = (beside[j] - sign * 0.1 * length * self.units[j]).max(bound);
                            let Some(other) = self.reach(&beside) else { continue };
                            slope[j] = (other.spending - reach.spending) / (beside[j] - trial[j]);
                            if slope[j].is_nan() || slope[j] <= 0.0 {
                                None
                            } else {
                                self.restore(trial, Some((&[j], &slope)))
                            }
                        }
                        None => self.restore(trial, None),
                    };
                    if let Some(found) = found
                        && found.reach.objective - spot.reach.objective > GAIN * spot.reach.objective.abs()
                    {
                        *spot = found;
                        gained = true;
                    }
                }
            }
            if gained {
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::super::options::{Instrument, PolicyOptions, Scope};
    use super::super::search::Search;
    use crate::game::Game;
    use crate::solver::tests::read;
    use proptest::prelude::*;
    use serde_json::json;

    fn game(costs: &[f64], gamma: f64, beta: f64) -> Game {
        read(json!({
            "market": { "intercept": 100.0, "slope": 1.0 },
            "firms": { "marginal_cost": costs, "rd_cost": gamma },
            "spillover": { "rate": beta },
        }))
    }

    /// Objective and what is left of the conditions.
    fn best(game: &Game, scope: Scope, budget: f64, no_tax: bool) -> (f64, f64) {
        let options = PolicyOptions { scope, budget: Some(budget), no_tax, ..PolicyOptions::default() };
        let search = Search::new(game, Instrument::RdRate, &options, 1);
        let found = search.best().expect("a best setting");
        let reach = search.reach(&found.setting).expect("a solved game");
        assert!(reach.spending <= budget * (1.0 + 1e-9) + 1e-12, "{reach:?}");
        (reach.objective, found.residual)
    }

    /// Budgets at which the first Newton step overshot, and a firm that sells nothing.
    #[test]
    fn small_budgets_and_exits_are_solved() {
        let game = game(&[40.0, 42.0, 45.0, 47.0, 62.0], 9.0, 0.5);
        for budget in [0.0, 0.5, 1.0, 5.0, 20.0, 50.0, 100.0] {
            let (targeted, left) = best(&game, Scope::Targeted, budget, true);
            let (uniform, _) = best(&game, Scope::Uniform, budget, true);
            assert!(targeted >= uniform * (1.0 - 1e-9) && left <= 1e-9, "{budget}: {targeted} {uniform} {left}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        /// Firm by firm is never worse than alike for all, and never ends without an answer.
        #[test]
        fn targeted_is_at_least_uniform(
            costs in prop::collection::vec(36.0..58.0f64, 2..5),
            gamma in 9.0..20.0f64,
            beta in 0.0..1.0f64,
            large in any::<bool>(),
            no_tax in any::<bool>(),
        ) {
            let (game, budget) = (game(&costs, gamma, beta), if large { 30.0 } else { 3.0 });
            let (targeted, left) = best(&game, Scope::Targeted, budget, no_tax);
            let (uniform, _) = best(&game, Scope::Uniform, budget, no_tax);
            prop_assert!(targeted >= uniform * (1.0 - 1e-9), "{targeted} {uniform}");
            prop_assert!(left.is_nan() || left >= 0.0);
        }
    }
}
