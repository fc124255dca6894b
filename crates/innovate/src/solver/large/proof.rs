//! The certificate of many firms: second-order margins and local gains of all, bounds on every deviation where profits
//! are concave, exact scans near boundaries and of a sample.

use super::rest::Rest;
use super::{CROWD, GRAIN, Large, ROUNDING, State, by_firm};
use crate::account::Account;
use crate::error::GameError;
use crate::ray::Ray;
use crate::solver::certificate::{Certificate, Certify};
use crate::solver::floor::rank;
use crate::solver::{Equilibrium, Note, Parts, SolveOptions};
use crate::stage::Outputs;
use distretto_numerics::{Key, Stream};
use rayon::prelude::*;

/// Largest market in which it is asked who keeps unit costs at 0 together: a rank for each.
const FLOORS: usize = 64;
/// Lines of market rivals that a full scan of deviations may look at.
const LINES: usize = 200_000_000;
/// The same where bounds hold for all others.
const SAMPLED: usize = 20_000_000;

/// Marginal profits of the two sides that differ by more, relative to prices, are those of a kink.
const KINK: f64 = 1e-6;

/// What is known of a firm without a scan.
#[derive(Debug, Clone, Copy)]
struct Local {
    /// γ' − 2h D_ii².
    margin: f64,
    /// One-sided marginal profit that counts: 0 where R&D is 0 and does not pay.
    slope: f64,
    /// What the negative second derivative of profit is at least, on any piece.
    least: f64,
}

impl Local {
    /// No deviation gains more where profit is concave.
    fn bound(self) -> f64 {
        if self.least > 0.0 { self.slope * self.slope / (2.0 * self.least) } else { f64::INFINITY }
    }
}

/// What a scan of one firm finds.
struct Scanned {
    firm: usize,
    deviation: f64,
    held: bool,
    /// Whether the profit has a kink here, at which one side may lose nothing: an end of what several hold together.
    bent: bool,
}

impl Large<'_> {
    pub(super) fn package(&self, rest: Rest, options: &SolveOptions) -> Result<Equilibrium, GameError> {
        let game = self.game;
        let n = game.len();
        let Rest { x, rounds, settled, .. } = rest;
        let state = self.learn(x);
        let mut out = self.outputs(&state);
        if let Some(i) = (0..n).find(|&i| !self.rules_of(i).exit && out.q[i] <= 0.0) {
            return Err(GameError::Interior { firm: game.names[i].clone(), output: out.q[i] });
        }
        let local = self.local(&state, &out);
        let (least, weakest) =
            local.iter().enumerate().fold((f64::INFINITY, 0), |(least, at), (i, local)| match local.margin < least {
                true => (local.margin, i),
                false => (least, at),
            });
        if least <= 0.0 {
            let rd_cost = self.own[weakest];
            return Err(GameError::SecondOrder { firm: game.names[weakest].clone(), rd_cost, bound: rd_cost - least });
        }
        let mut gains: Vec<f64> = local.iter().map(|local| local.slope * local.slope / (2.0 * local.margin)).collect();
        let tied = self.tied(&state, &out);
        let plain = self.plain(&state, &out, &local);
        let (chosen, scan) = self.scanned(&state, &out, &tied, &plain, options);
        let scanned = self.scan(&state, &out, &chosen, &plain);
        let mut deviation = scanned.iter().map(|found| found.deviation).fold(0.0, f64::max);
        // At a kink the piece to one side is not that of the other: there the scan tells, not the slope.
        scanned.iter().for_each(|found| gains[found.firm] = gains[found.firm].min(found.deviation));
        let mut residual = 0.0f64;
        let mut looked = vec![false; n];
        chosen.iter().for_each(|&i| looked[i] = true);
        for i in (0..n).filter(|&i| !(looked[i] && tied[self.market_of(i)])) {
            residual = residual.max(local[i].slope.abs());
            if options.certify != Certify::Off && !looked[i] && plain[self.market_of(i)] {
                deviation = deviation.max(local[i].bound());
            }
        }
        let certificate = Certificate {
            deviation_gain: deviation,
            local_gain: gains.iter().fold(0.0, |largest, &gain| f64::max(largest, gain)),
            local_gains: gains,
            residual,
            second_order_margin: least,
            stability_margin: f64::NAN,
            stability_bound: f64::NAN,
            held: Vec::new(),
            scan,
            unsearched: false,
        };
        let (kinked, several) = self.kinked(&state, &out, &tied, &scanned);
        let mut notes = vec![Note::NoStability];
        if several {
            notes.push(Note::NotUnique);
        }
        // A firm held at zero output sells nothing, whatever rounding leaves it.
        let slack = ROUNDING * self.scale;
        for (i, q) in out.q.iter_mut().enumerate() {
            let rules = self.rules_of(i);
            if rules.exit && *q * rules.own <= slack {
                *q = 0.0;
            }
        }
        let reduction = by_firm(n, |i| state.learned[i] + game.received(i));
        let account = Account::settle(game, state.x, reduction, out.q);
        let parts = Parts { account, certificate, kinked, iterations: rounds, settled, notes, sellers: Vec::new() };
        Ok(parts.package(game))
    }

    fn local(&self, state: &State, out: &Outputs) -> Vec<Local> {
        let slope = self.slopes(state, out);
        by_firm(self.game.len(), |i| {
            let rules = self.rules_of(i);
            let g = 2.0 * rules.margin * slope[i] * out.q[i] + self.unit[i] - self.own[i] * state.x[i];
            let steepest = self.steepest(i);
            Local {
                margin: self.own[i] - 2.0 * rules.margin * slope[i] * slope[i],
                slope: if state.x[i] > 0.0 || g > 0.0 { g } else { 0.0 },
                least: self.own[i] - 2.0 * rules.margin * steepest * steepest,
            }
        })
    }

    /// D_ii.
    fn slopes(&self, state: &State, out: &Outputs) -> Vec<f64> {
        let markets: Vec<usize> = (0..self.rules.len()).collect();
        let grain = (GRAIN * markets.len() / self.game.len()).max(1);
        let of = |(live, slopes): &mut (Vec<bool>, Vec<f64>), &m: &usize| {
            let sells = |i: usize| out.q[i] > 0.0 || !self.rules[m].exit;
            live.clear();
            live.extend(self.game.members(m).iter().map(|&i| {
                let i = i as usize;
                sells(i) && self.level(state, i) <= self.cap[i]
            }));
            self.slopes_of(m, out.sellers[m], live, slopes);
            slopes.clone()
        };
        let by_market: Vec<Vec<f64>> = markets.par_iter().with_min_len(grain).map_init(Default::default, of).collect();
        let mut slope = vec![0.0; self.game.len()];
        for (m, found) in by_market.iter().enumerate() {
            self.game.members(m).iter().zip(found).for_each(|(&i, &found)| slope[i as usize] = found);
        }
        slope
    }

    /// Markets with a firm just at the threshold or at the cost floor, where marginal profits have two sides.
    fn tied(&self, state: &State, out: &Outputs) -> Vec<bool> {
        let slack = 1e-9 * self.scale;
        let at_edge = |m: usize| {
            self.game.members(m).iter().any(|&i| {
                let y = self.level(state, i as usize);
                let cap = self.cap[i as usize];
                (y.min(cap) - out.threshold[m]).abs() <= slack || (y - cap).abs() <= slack
            })
        };
        (0..self.rules.len()).into_par_iter().map(|m| self.rules[m].exit && at_edge(m)).collect()
    }

    /// Markets in which every profit is concave in own R&D: no firm comes to the cost floor by any R&D that could pay.
    fn plain(&self, state: &State, out: &Outputs, local: &[Local]) -> Vec<bool> {
        let of = |m: usize| {
            let members = self.game.members(m);
            let useful = |i: usize| {
                let rules = self.rules[m];
                let steepest = self.steepest(i);
                let alone = out.q[i].max(0.0) + state.x[i] * steepest;
                let top = 2.0 * rules.margin * steepest * alone + self.unit[i].max(0.0);
                if local[i].least > 0.0 { 1.01 * top / local[i].least } else { f64::INFINITY }
            };
            let reach = members.iter().map(|&i| useful(i as usize)).fold(0.0, f64::max);
            let below = |i: usize| self.level(state, i) + reach < self.cap[i];
            self.rules[m].exit && members.iter().all(|&i| below(i as usize))
        };
        (0..self.rules.len()).into_par_iter().map(of).collect()
    }

    /// The firms whose deviations are scanned: all, or those of markets where nothing else is sure, those near a
    /// boundary, and a sample.
    fn scanned(
        &self,
        state: &State,
        out: &Outputs,
        tied: &[bool],
        plain: &[bool],
        options: &SolveOptions,
    ) -> (Vec<usize>, &'static str) {
        let n = self.game.len();
        let lines: usize = (0..self.rules.len()).map(|m| self.game.members(m).len().pow(2)).sum();
        let wanted = match options.certify {
            Certify::Off => return (Vec::new(), "off"),
            Certify::Full if lines <= LINES => return ((0..n).collect(), "full"),
            Certify::Full => 1_000,
            Certify::Sample(count) => count,
        };
        let near = 1e-3 * self.scale;
        let unsure = |i: usize| tied[self.market_of(i)] || !plain[self.market_of(i)];
        let mut chosen: Vec<usize> = (0..n).filter(|&i| unsure(i) || (out.q[i] > 0.0 && out.q[i] < near)).collect();
        let mut stream = Stream::new(Key::new(options.seed, "innovate scan"), 0, 0);
        chosen.extend((0..wanted.min(n)).map(|_| stream.below_u64(n as u64) as usize));
        // A firm that gains nothing by entering needs no scan.
        chosen.retain(|&i| !self.stays_out(i, state.x[i], self.gap(state, out, i)));
        let mut room = SAMPLED;
        chosen.retain(|&i| {
            let size = self.game.members(self.market_of(i)).len();
            let fits = size <= room;
            room -= if fits { size } else { 0 };
            fits
        });
        (chosen, "sample")
    }

    /// y less T.
    fn gap(&self, state: &State, out: &Outputs, i: usize) -> f64 {
        self.level(state, i).min(self.cap[i]) - out.threshold[self.market_of(i)]
    }

    /// The best deviation of each firm named, and whether it sits at a kink.
    fn scan(&self, state: &State, out: &Outputs, chosen: &[usize], plain: &[bool]) -> Vec<Scanned> {
        let of = |(ray, level, taught): &mut (Ray, Vec<f64>, Vec<f64>), &i: &usize| {
            let all = self.game.members(self.market_of(i));
            taught.clear();
            taught.resize(all.len(), 0.0);
            self.teaches(i, all, |place| place, taught);
            let x = state.x[i];
            // Where a profit may not be concave, as far as R&D could ever pay.
            let most = match plain[self.market_of(i)] {
                true => (4.0 * x).max(0.05 * self.scale),
                false => (self.dearest(i) - x).max(0.05 * self.scale),
            };
            let rivals = self.rivals(state, out, i, most, taught);
            let members = rivals.as_deref().unwrap_or(all);
            level.clear();
            // One who sells no more than rounding leaves it stands at the threshold.
            let held = |k: usize| {
                let gap = self.gap(state, out, k);
                if (0.0..=ROUNDING * self.scale).contains(&gap) { gap } else { 0.0 }
            };
            level.extend(members.iter().map(|&k| self.level(state, k as usize) - held(k as usize)));
            let at =
                members.binary_search(&(i as u32)).expect("a firm is among its own market's, in the order of firms");
            self.ray_of(i, x, at, members, level, taught, ray);
            let right = ray.piece(0.0);
            let deviation = ray.best(-x, most).map_or(f64::INFINITY, |best| best.value - right.value).max(0.0);
            // The way back: lines and own costs with the sign of t turned.
            ray.lines.iter_mut().for_each(|line| line.slope = -line.slope);
            ray.gain = -ray.gain;
            let tie = 1e-9 * self.scale;
            let (right, left) = (right.slope, ray.piece(0.0).slope);
            let held = x > 0.0 && right < -tie && left < -tie;
            let bent = x > 0.0 && right <= tie && left <= tie && right + left < -KINK * self.scale;
            Scanned { firm: i, deviation, held, bent }
        };
        let grain = (GRAIN / (1 + self.game.len() / self.rules.len())).max(1);
        chosen.par_iter().with_min_len(grain).map_init(Default::default, of).collect()
    }

    /// R&D that costs more than firm i could earn alone in its market at a unit cost of 0: T is no less than that of i alone,
    /// so that q <= y/(e + d).
    fn dearest(&self, i: usize) -> f64 {
        let rules = self.rules_of(i);
        let output = self.cap[i].max(0.0) / (rules.own + rules.cross);
        let (own, unit) = (self.own[i], self.unit[i]);
        (unit + (unit * unit + 2.0 * own * rules.margin * output * output).sqrt()) / own
    }

    /// In a crowd, firm i and the rivals that could sell at any R&D of it up to `most` more: T rises with R&D and falls
    /// by less than x when firm i gives up all its own. What is taught to the others is struck out.
    fn rivals(&self, state: &State, out: &Outputs, i: usize, most: f64, taught: &mut Vec<f64>) -> Option<Vec<u32>> {
        let m = self.market_of(i);
        let members = self.game.members(m);
        if members.len() <= CROWD || !self.rules[m].exit {
            return None;
        }
        let low = out.threshold[m] - state.x[i] - 1e-9 * self.scale;
        let near = |(&k, &taught): (&u32, &f64)| {
            k as usize == i || self.level(state, k as usize).min(self.cap[k as usize]) + taught * most > low
        };
        let keep: Vec<bool> = members.iter().zip(taught.iter()).map(near).collect();
        let mut kept = keep.iter();
        taught.retain(|_| *kept.next().expect("one for each"));
        Some(members.iter().zip(&keep).filter(|&(_, &keep)| keep).map(|(&k, _)| k).collect())
    }

    /// Whether more firms stand at kinks than unit costs are just at 0, as far as they learn from them (`floor`).
    fn shares_floor(&self, state: &State, m: usize, holding: &[usize]) -> bool {
        let members = self.game.members(m);
        if holding.len() < 2 || members.len() > FLOORS {
            return false;
        }
        let at = |i: usize| (self.level(state, i) - self.cap[i]).abs() <= 1e-9 * self.scale;
        let pinned: Vec<usize> = (0..members.len()).filter(|&place| at(members[place] as usize)).collect();
        let mut taught = vec![0.0; members.len()];
        let mut rows = Vec::new();
        for &i in holding {
            self.teaches(i, members, |place| place, &mut taught);
            let row: Vec<f64> = pinned.iter().map(|&place| taught[place]).collect();
            if row.iter().any(|&taught| taught > 0.0) {
                rows.push(row);
            }
        }
        rows.len() > rank(&rows)
    }

    /// How many firms are held at zero output, and whether several hold one market's, or keep its unit costs at 0.
    fn kinked(&self, state: &State, out: &Outputs, tied: &[bool], scanned: &[Scanned]) -> (usize, bool) {
        let mut holding: Vec<Vec<usize>> = vec![Vec::new(); self.rules.len()];
        let mut bent = vec![0; self.rules.len()];
        let mut seen = vec![false; self.game.len()];
        for found in scanned.iter().filter(|found| found.held || found.bent) {
            if !std::mem::replace(&mut seen[found.firm], true) {
                let m = self.market_of(found.firm);
                bent[m] += 1;
                if found.held {
                    holding[m].push(found.firm);
                }
            }
        }
        let holders: Vec<usize> = holding.iter().map(Vec::len).collect();
        let shared = (0..holders.len()).any(|m| tied[m] && self.shares_floor(state, m, &holding[m]));
        let slack = 1e-9 * self.scale;
        let at = |m: usize| {
            let y = |i: usize| self.level(state, i).min(self.cap[i]);
            self.game.members(m).iter().filter(|&&i| (y(i as usize) - out.threshold[m]).abs() <= slack).count()
        };
        let held = (0..holders.len()).filter(|&m| tied[m] && holders[m] > 0);
        held.fold((0, shared), |(count, several), m| {
            let here = at(m);
            (count + here, several || (here > 0 && bent[m] > 1))
        })
    }
}
