//! How far the R&D that is printed may be from the exact one: a residual in outward-rounded arithmetic over one minus
//! a contraction factor.
//!
//! While the set of sellers holds, x solves x_i = max(0, (w_i q_i(x) + t_i)/γ'_i) with w_i = 2h D_ii (two stages) or 1
//! (one stage) and q = K(α + S x). As |K|₂ <= 1/e, the map moves no two points further apart than
//! ρ = max(w/γ') · √(|S|₁ |S|_∞)/e, e = b for a homogeneous good. With ρ < 1 the distance to its only fixed point is
//! at most r/(1 − ρ), r the 2-norm of x less its image; r and ρ are rounded up, the rounding of inputs included.

use crate::account::Account;
use crate::game::{Competition, Form, Game, Mode, Timing};
use crate::knowledge::Knowledge;
use distretto_numerics::Matrix;
use rayon::prelude::*;
use std::ops::{Add, Div, Mul, Sub};

/// Firms that a thread takes at once.
const GRAIN: usize = 4_096;

/// A bound on the distance to the exact solution, or why there is none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Bound {
    /// |x − x*|₂ is at most `error`; the map contracts by `factor`.
    Known { error: f64, factor: f64 },
    /// The map need not contract.
    Expands { factor: f64 },
    /// A firm sits where its marginal profit jumps.
    AtKink,
    /// The mode or form has no such map.
    Undefined,
}

/// A number known to lie between two.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Interval {
    low: f64,
    high: f64,
}

impl Interval {
    const ZERO: Self = Self { low: 0.0, high: 0.0 };

    fn of(value: f64) -> Self {
        Self { low: value, high: value }
    }

    fn outward(low: f64, high: f64) -> Self {
        Self { low: low.next_down(), high: high.next_up() }
    }

    fn or_zero(self) -> Self {
        Self { low: self.low.max(0.0), high: self.high.max(0.0) }
    }

    fn magnitude(self) -> f64 {
        self.low.abs().max(self.high.abs())
    }
}

impl Add for Interval {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::outward(self.low + other.low, self.high + other.high)
    }
}

impl Sub for Interval {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self::outward(self.low - other.high, self.high - other.low)
    }
}

impl Mul for Interval {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let ends = [self.low * other.low, self.low * other.high, self.high * other.low, self.high * other.high];
        let low = ends.iter().copied().fold(f64::INFINITY, f64::min);
        Self::outward(low, ends.iter().copied().fold(f64::NEG_INFINITY, f64::max))
    }
}

impl Div for Interval {
    type Output = Self;
    /// By an interval above 0; unknown otherwise.
    fn div(self, other: Self) -> Self {
        if other.low <= 0.0 {
            return Self { low: f64::NEG_INFINITY, high: f64::INFINITY };
        }
        let low = if self.low < 0.0 { self.low / other.low } else { self.low / other.high };
        Self::outward(low, if self.high < 0.0 { self.high / other.high } else { self.high / other.low })
    }
}

fn sum(values: impl Iterator<Item = Interval>) -> Interval {
    values.fold(Interval::ZERO, Add::add)
}

/// Spillovers as they are read row by row and column by column.
enum Links<'g> {
    Given(&'g Knowledge),
    All(Matrix),
}

/// What outputs follow from, in intervals: e, d and h.
#[derive(Clone, Copy)]
struct Stage {
    own: Interval,
    cross: Interval,
    margin: Interval,
}

impl Stage {
    fn of(game: &Game, m: usize) -> Self {
        let b = Interval::of(game.slope);
        let cross = Interval::of(game.substitution) * b;
        match game.competition {
            Competition::Cournot => Self { own: b + (b - cross), cross, margin: b },
            Competition::Bertrand => {
                let n = game.members(m).len() as f64;
                let margin = if n == 1.0 {
                    b
                } else {
                    (b - cross) * (b + Interval::of(n - 1.0) * cross) / (b + Interval::of(n - 2.0) * cross)
                };
                Self { own: (b - cross) + margin, cross, margin }
            }
        }
    }

    fn kappa(self, sellers: usize) -> Interval {
        self.cross / (self.own + Interval::of(sellers as f64) * self.cross)
    }
}

/// The bound of a solution; `kinked` firms are held at zero output.
pub(super) fn bound(game: &Game, account: &Account, kinked: usize) -> Bound {
    let alone = matches!(game.mode, Mode::Competition | Mode::Sharing) && game.cross_ownership.is_none();
    if !alone || game.form == Form::Input || game.narrowness.is_some() {
        return Bound::Undefined;
    }
    let (n, slack) = (game.len(), 1e-9 * game.scale());
    let at_floor = |i: usize| account.output[i] > 0.0 && (account.reduction[i] - game.cost[i]).abs() <= slack;
    if kinked > 0 || (0..n).any(|i| account.rd[i] > 0.0 && at_floor(i)) {
        return Bound::AtKink;
    }
    // Only where nothing smaller holds them do spillovers need a matrix.
    let held = super::large::spillovers(game);
    let links = held.as_deref().map_or_else(|| Links::All(game.spillovers()), Links::Given);
    let look = Look { game, account, links };
    let (weights, norm) = look.weights();
    let steepest = (0..game.markets.len()).map(|m| Stage::of(game, m).own.low).fold(f64::INFINITY, f64::min);
    let factor =
        (Interval::of(weights.iter().map(|w| w.magnitude()).fold(0.0, f64::max)) * norm / Interval::of(steepest)).high;
    if factor.is_nan() || factor >= 1.0 {
        return Bound::Expands { factor };
    }
    let residual = look.residual(&weights);
    let error = residual / (Interval::of(1.0) - Interval::of(factor));
    if error.high.is_finite() { Bound::Known { error: error.high, factor } } else { Bound::Expands { factor } }
}

struct Look<'a> {
    game: &'a Game,
    account: &'a Account,
    links: Links<'a>,
}

impl Look<'_> {
    fn by_firm<T: Send>(&self, of: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
        (0..self.game.len()).into_par_iter().with_min_len(GRAIN).map(of).collect()
    }

    fn sells(&self, i: usize) -> bool {
        self.account.output[i] > 0.0
    }

    /// Sells, with a cost above the floor.
    fn live(&self, i: usize) -> bool {
        self.sells(i) && self.account.reduction[i] <= self.game.cost[i]
    }

    fn own_rd_cost(&self, i: usize) -> Interval {
        Interval::of(self.game.rd_cost[i]) * (Interval::of(1.0) - Interval::of(self.game.rd_rate(i)))
    }

    /// w_i/γ'_i by firm, and √(|S|₁ |S|_∞).
    fn weights(&self) -> (Vec<Interval>, Interval) {
        let n = self.game.len();
        let one = Interval::of(1.0);
        // Column sums over live firms of the own market, and over all; row sums.
        let mut taught = vec![one; n];
        let (mut columns, mut rows) = (vec![one; n], vec![one; n]);
        let mut count = |i: usize, j: usize, beta: f64| {
            let beta = Interval::of(beta);
            rows[i] = rows[i] + beta;
            columns[j] = columns[j] + beta;
            if self.game.market[i] == self.game.market[j] && self.live(i) {
                taught[j] = taught[j] + beta;
            }
        };
        match &self.links {
            Links::All(s) => {
                for j in 0..n {
                    s.column(j).iter().enumerate().filter(|&(i, _)| i != j).for_each(|(i, &beta)| count(i, j, beta));
                }
            }
            Links::Given(Knowledge::Sparse { starts, sources, weights }) => {
                for i in 0..n {
                    for k in starts[i]..starts[i + 1] {
                        count(i, sources[k] as usize, weights[k]);
                    }
                }
            }
            Links::Given(Knowledge::RankOne { row, column }) => {
                let all = |of: &[f64]| sum(of.iter().map(|&value| Interval::of(value)));
                let (row_sum, column_sum) = (all(row), all(column));
                let mut live = vec![Interval::ZERO; self.game.markets.len()];
                for i in (0..n).filter(|&i| self.live(i)) {
                    let m = self.game.market[i] as usize;
                    live[m] = live[m] + Interval::of(row[i]);
                }
                for i in 0..n {
                    let (r, c) = (Interval::of(row[i]), Interval::of(column[i]));
                    rows[i] = one + r * (column_sum - c).or_zero();
                    columns[i] = one + c * (row_sum - r).or_zero();
                    let inside = live[self.game.market[i] as usize] - if self.live(i) { r } else { Interval::ZERO };
                    taught[i] = one + c * inside.or_zero();
                }
            }
            Links::Given(_) => {}
        }
        let stages: Vec<(Stage, Interval)> = (0..self.game.markets.len())
            .map(|m| {
                let stage = Stage::of(self.game, m);
                (stage, stage.kappa(self.account.by_market[m].active))
            })
            .collect();
        let weight = |i: usize| {
            let (stage, kappa) = stages[self.game.market[i] as usize];
            let gain = match self.game.timing {
                _ if !self.live(i) => Interval::ZERO,
                Timing::Simultaneous => one,
                Timing::TwoStage => Interval::of(2.0) * stage.margin * (one - kappa * taught[i]) / stage.own,
            };
            gain / self.own_rd_cost(i)
        };
        let most = |of: &[Interval]| of.iter().map(|sum| sum.high).fold(0.0, f64::max);
        let product = Interval::of(most(&rows)) * Interval::of(most(&columns));
        let norm = Interval::of(product.high.sqrt().next_up());
        (self.by_firm(weight), norm)
    }

    /// S x of one firm.
    fn learned(&self, i: usize, leaked: Interval) -> Interval {
        let x = &self.account.rd;
        let own = Interval::of(x[i]);
        let term = |beta: f64, j: usize| Interval::of(beta) * Interval::of(x[j]);
        match &self.links {
            Links::All(s) => own + sum((0..x.len()).filter(|&j| j != i).map(|j| term(s[(i, j)], j))),
            Links::Given(Knowledge::Sparse { starts, sources, weights }) => {
                own + sum((starts[i]..starts[i + 1]).map(|k| term(weights[k], sources[k] as usize)))
            }
            Links::Given(Knowledge::RankOne { row, column }) => {
                own + Interval::of(row[i]) * (leaked - term(column[i], i))
            }
            Links::Given(_) => own,
        }
    }

    /// The 2-norm of x less its image, rounded up.
    fn residual(&self, weights: &[Interval]) -> Interval {
        let (game, x) = (self.game, &self.account.rd);
        let leaked = match &self.links {
            Links::Given(Knowledge::RankOne { column, .. }) => {
                sum(column.iter().zip(x).map(|(&c, &x)| Interval::of(c) * Interval::of(x)))
            }
            _ => Interval::ZERO,
        };
        let received = |i: usize| match &game.policy.research {
            Some(research) => Interval::of(research.amount) * Interval::of(research.received[i]),
            None => Interval::ZERO,
        };
        let level = self.by_firm(|i| {
            let top = Interval::of(game.intercept[i]) + Interval::of(game.output_subsidy(i));
            match self.sells(i) && !self.live(i) {
                true => top,
                false => top - Interval::of(game.cost[i]) + received(i) + self.learned(i, leaked),
            }
        });
        let markets: Vec<(Stage, Interval)> = (0..game.markets.len())
            .into_par_iter()
            .map(|m| {
                let stage = Stage::of(game, m);
                let sellers = game.members(m).iter().map(|&i| i as usize).filter(|&i| self.sells(i));
                (stage, stage.kappa(self.account.by_market[m].active) * sum(sellers.map(|i| level[i])))
            })
            .collect();
        let squares = self.by_firm(|i| {
            let (stage, threshold) = markets[game.market[i] as usize];
            let output = if self.sells(i) { (level[i] - threshold) / stage.own } else { Interval::ZERO };
            let paid = Interval::of(game.rd_unit(i)) / self.own_rd_cost(i);
            let image = (weights[i] * output + paid).or_zero();
            let off = Interval::of((Interval::of(x[i]) - image).magnitude());
            off * off
        });
        Interval::of(sum(squares.into_iter()).high.sqrt().next_up())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::solver::tests::read;
    use crate::solver::{SolveOptions, solve};
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn intervals_hold_their_numbers() {
        let third = Interval::of(1.0) / Interval::of(3.0);
        assert!(third.low < 1.0 / 3.0 && third.high > 1.0 / 3.0);
        let one = third * Interval::of(3.0);
        assert!(one.low < 1.0 && one.high > 1.0 && one.high - one.low < 1e-15);
        let below = Interval::of(-1.0) / Interval { low: 1.0, high: 2.0 };
        assert!(below.low < -1.0 && below.high > -0.5);
    }

    proptest! {
        /// A point moved off the solution: the bound is never below the way back.
        #[test]
        fn the_bound_holds(
            costs in prop::collection::vec(40.0..60.0f64, 2..7),
            beta in 0.0..1.0f64,
            gamma in 10.0..30.0f64,
            off in 1e-9..1e-2f64,
            one_stage in any::<bool>(),
        ) {
            let game = read(json!({
                "market": { "intercept": 100.0, "slope": 1.0 },
                "firms": { "marginal_cost": costs, "rd_cost": gamma },
                "spillover": { "rate": beta },
                "regime": { "timing": if one_stage { "simultaneous" } else { "two-stage" } },
            }));
            let solved = solve(&game, &SolveOptions::default()).unwrap();
            prop_assume!(solved.kinked == 0 && solved.account.active() == game.len());
            let exact = &solved.account.rd;
            if let Bound::Known { error, factor } = bound(&game, &solved.account, 0) {
                prop_assert!(error < 1e-11 && factor < 1.0, "{error} {factor}");
                let mut moved = solved.account.clone();
                moved.rd.iter_mut().enumerate().for_each(|(i, x)| *x += off * (1.0 + i as f64));
                let distance = moved.rd.iter().zip(exact).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt();
                let Bound::Known { error, .. } = bound(&game, &moved, 0) else { panic!("as before") };
                prop_assert!(error >= distance && error <= 4.0 * distance / (1.0 - factor), "{error} {distance}");
            }
        }
    }

    #[test]
    fn where_there_is_no_bound() {
        let game = |gamma: f64, cost: f64| {
            read(json!({
                "market": { "intercept": 100.0, "slope": 1.0 },
                "firms": { "marginal_cost": [40.0, cost], "rd_cost": gamma },
                "spillover": { "rate": 0.0 },
            }))
        };
        let of = |game: &Game| solve(game, &SolveOptions::default()).unwrap().bound;
        // Limit R&D: the first firm sits at a kink.
        assert_eq!(of(&game(4.0, 65.0)), Bound::AtKink);
        // w/γ = (4/3)/γ: contracts for γ = 4 and not for γ = 1.2.
        assert!(matches!(of(&game(4.0, 40.0)), Bound::Known { factor, .. } if (factor - 1.0 / 3.0).abs() < 1e-14));
        assert!(matches!(of(&game(1.2, 40.0)), Bound::Expands { factor } if (factor - 10.0 / 9.0).abs() < 1e-14));
    }
}
