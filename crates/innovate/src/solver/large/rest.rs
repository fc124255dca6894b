//! Where many firms come to rest: market by market against what the others did, and only markets that are due.
//!
//! In a visit the fast map x_i = max(0, (2h D_ii q_i + t_i)/γ'_i) is repeated within the market; where the set of
//! sellers keeps changing its firms give exact replies instead, one after another. A market is due again when a firm
//! that it learns from has moved by more than the tolerance since it was last told, so that the last few restless
//! markets cost as much as they are, not as much as all.

use super::small::Small;
use super::together::Together;
use super::{CROWD, GRAIN, Large};
use crate::error::GameError;
use crate::ray::{Line, Part, Ray};
use crate::solver::pieces;
use crate::stage::{Rules, market};
use rayon::prelude::*;
use rustc_hash::FxHasher;
use std::hash::Hasher;

/// Visits of every market by the fast map before one that still changes its sellers is played firm by firm.
const FAST: usize = 3;
/// Most rounds that are tried before what is reached is reported, uncertified where it is no equilibrium.
const ROUNDS: usize = 2_000;
/// Rounds after which rest is what the game asks for, not a thousandth of it: at a kink, rounding may never rest closer.
const PATIENT: usize = 150;
/// Rounds without a shorter move after which every second goes back to where its last two moves point.
const STALE: usize = 30;
/// While some still move far, others are told of no smaller moves than this share of theirs.
const HEARD: f64 = 1e-2;
/// The fast map within one visit.
const INNER: usize = 4;
/// Enough of it: what is left is small beside what has come from outside.
const ENOUGH: f64 = 0.03;
/// Parts of a round: each sees what those before it did. More make no difference to the number of rounds.
const STAGES: usize = 8;
/// Exact replies of all firms within one visit.
const PASSES: usize = 4;

/// Where the rounds came to rest.
pub(super) struct Rest {
    pub x: Vec<f64>,
    pub rounds: usize,
    pub settled: bool,
    /// Markets whose firms gave exact replies.
    pub restless: Vec<bool>,
    /// How many markets have not come to rest.
    pub unrest: usize,
}

/// Who decides together, each maker in one market, and where the visits begin.
#[derive(Clone, Copy)]
pub(super) struct Joined<'t> {
    pub together: &'t Together,
    pub x: &'t [f64],
    pub restless: &'t [bool],
    /// Makers whose joint programmes are searched in every visit, in their order.
    pub programmes: &'t [u32],
}

/// What a thread visits markets with: by the place of a firm within its market.
#[derive(Default)]
struct Desk<'t> {
    /// Who decides together, where not each firm for itself.
    joined: Option<Joined<'t>>,
    x: Vec<f64>,
    /// y without the floor, as far as it comes from outside of the market.
    base: Vec<f64>,
    /// y without the floor.
    level: Vec<f64>,
    /// y.
    y: Vec<f64>,
    live: Vec<bool>,
    slope: Vec<f64>,
    places: Vec<u32>,
    left: Vec<u32>,
    taught: Vec<f64>,
    stands: Vec<u32>,
    /// Outputs, and what a maker's output presses on each of its members' prices.
    q: Vec<f64>,
    press: Vec<f64>,
    leaks: Vec<f64>,
    ray: Ray,
}

/// How a visit of a market ended.
struct Visit {
    /// Of who sells with a cost above the floor.
    stamp: u64,
    /// Whether that changed during the visit.
    flipped: bool,
    /// The last change within the market.
    change: f64,
}

/// Markets visited by one thread, and the R&D of their firms, market after market.
struct Visited {
    x: Vec<f64>,
    visits: Vec<Visit>,
}

/// What a round needs to know of the last ones.
struct Rounds<'t> {
    joined: Option<Joined<'t>>,
    x: Vec<f64>,
    /// R&D as it was last told to those who learn from it.
    told: Vec<f64>,
    stamps: Vec<u64>,
    restless: Vec<bool>,
    /// Markets whose own firms have not come to rest.
    unrest: Vec<u32>,
}

impl Large<'_> {
    /// Plays rounds until a visit of every market changes nothing.
    pub(super) fn rest(&self) -> Result<Rest, GameError> {
        self.rest_of(None, ROUNDS)
    }

    /// The same for makers each of which sells in one market, in so many rounds at most.
    pub(super) fn rest_of(&self, joined: Option<Joined<'_>>, most: usize) -> Result<Rest, GameError> {
        let (n, markets) = (self.game.len(), self.rules.len());
        let solver = &self.game.solver;
        let fine = (1e-3 * solver.tolerance).max(1e-14) * self.scale;
        let mut rounds = Rounds {
            joined,
            x: joined.map_or_else(|| vec![0.0; n], |joined| joined.x.to_vec()),
            told: joined.map_or_else(|| vec![0.0; n], |joined| joined.x.to_vec()),
            stamps: vec![0; markets],
            restless: joined.map_or_else(|| vec![false; markets], |joined| joined.restless.to_vec()),
            unrest: Vec::new(),
        };
        let all: Vec<u32> = (0..markets as u32).collect();
        let mut due = all.clone();
        if let Some(joined) = joined.filter(|joined| !joined.programmes.is_empty()) {
            let of = |&maker: &u32| joined.together.market[joined.together.cells(maker as usize).start];
            due = joined.programmes.iter().map(of).collect();
            due.sort_unstable();
            due.dedup();
        }
        let mut pupils = None;
        let most = solver.max_iterations.min(most);
        let (mut nearest, mut since, mut passed) = (f64::INFINITY, 0, Vec::new());
        for round in 1..=most {
            let tolerance = if round <= PATIENT { fine } else { fine.max(solver.tolerance * self.scale) };
            let change = self.round(&mut rounds, &due, round, tolerance)?;
            if due.len() == markets && change <= tolerance {
                return Ok(Rest { x: rounds.x, rounds: round, settled: true, restless: rounds.restless, unrest: 0 });
            }
            since = if change < 0.9 * nearest { 0 } else { since + 1 };
            nearest = nearest.min(change);
            if since >= STALE || !passed.is_empty() {
                passed.push(rounds.x.clone());
                if let [first, second, _] = passed.as_slice() {
                    due.iter().for_each(|&m| self.leap(m as usize, first, second, &mut rounds.x, tolerance));
                    passed = vec![rounds.x.clone()];
                }
            }
            // Where two moves are compared all hear of all.
            let bar = if passed.is_empty() { tolerance.max(HEARD * change) } else { tolerance };
            let far = |&&i: &&u32| (rounds.x[i as usize] - rounds.told[i as usize]).abs() > bar;
            let of = |&m: &u32| self.game.members(m as usize).iter().filter(far).copied();
            let moved: Vec<u32> = due.par_iter().with_min_len(GRAIN).flat_map_iter(of).collect();
            moved.iter().for_each(|&i| rounds.told[i as usize] = rounds.x[i as usize]);
            // Where all learn from all, or most have moved, all are due.
            due = if self.column.is_some() || 8 * moved.len() > n {
                all.clone()
            } else {
                let pupils = pupils.get_or_insert_with(|| self.pupils());
                let mut due: Vec<u32> = rounds.unrest.clone();
                moved.iter().for_each(|&i| due.extend_from_slice(pupils.of(i as usize)));
                due.sort_unstable();
                due.dedup();
                due
            };
            if due.is_empty() {
                due.clone_from(&all);
            }
        }
        Ok(Rest { x: rounds.x, rounds: most, settled: false, restless: rounds.restless, unrest: rounds.unrest.len() })
    }

    /// Takes a market that goes back and forth to where its last two moves point, by Aitken's extrapolation: moves d and
    /// −b d end b d · b/(1 + b) behind.
    fn leap(&self, m: usize, first: &[f64], second: &[f64], x: &mut [f64], tolerance: f64) {
        let members = self.game.members(m);
        let (mut before, mut along, mut most) = (0.0f64, 0.0, 0.0f64);
        for &i in members {
            let i = i as usize;
            let (was, is) = (second[i] - first[i], x[i] - second[i]);
            (before, along, most) = (before + was * was, along + was * is, most.max(is.abs()));
        }
        if most <= tolerance || before == 0.0 {
            return;
        }
        let back = -along / before;
        if back > 0.0 {
            let by = back / (1.0 + back);
            members.iter().map(|&i| i as usize).for_each(|i| x[i] -= by * (x[i] - second[i]));
        }
    }

    /// Visits the markets that are due, stage after stage, within a stage each against what all others did before; how
    /// far R&D moved.
    fn round(&self, rounds: &mut Rounds<'_>, due: &[u32], round: usize, tolerance: f64) -> Result<f64, GameError> {
        rounds.unrest.clear();
        let mut change = 0.0f64;
        for stage in due.chunks(due.len().div_ceil(STAGES).max(1)) {
            change = change.max(self.stage(rounds, stage, round, tolerance)?);
        }
        Ok(change)
    }

    fn stage(&self, rounds: &mut Rounds<'_>, due: &[u32], round: usize, tolerance: f64) -> Result<f64, GameError> {
        let leaks = self.leaks(&rounds.x);
        let all: f64 = leaks.iter().sum();
        let grain = (GRAIN * self.rules.len() / self.game.len()).max(1);
        let joined = rounds.joined;
        let desk = || Desk { joined, ..Desk::default() };
        let visit = |desk: &mut Desk<'_>, markets: &[u32]| {
            let mut visited = Visited { x: Vec::new(), visits: Vec::with_capacity(markets.len()) };
            for &m in markets {
                let m = m as usize;
                let leaked = if leaks.len() > 1 { all - leaks[m] } else { 0.0 };
                visited.visits.push(self.visit(m, &rounds.x, leaked, rounds.restless[m], tolerance, desk)?);
                visited.x.extend_from_slice(&desk.x);
            }
            Ok(visited)
        };
        let parts: Vec<Visited> = due.par_chunks(grain).map_init(desk, visit).collect::<Result<_, GameError>>()?;
        let mut change = 0.0f64;
        for (markets, part) in due.chunks(grain).zip(parts) {
            let mut x = part.x.into_iter();
            for (&m, visit) in markets.iter().zip(part.visits) {
                for (&i, x) in self.game.members(m as usize).iter().zip(&mut x) {
                    change = change.max((x - rounds.x[i as usize]).abs());
                    rounds.x[i as usize] = x;
                }
                change = change.max(visit.change);
                if visit.change > tolerance {
                    rounds.unrest.push(m);
                }
                let m = m as usize;
                if round >= FAST && (visit.flipped || visit.stamp != rounds.stamps[m]) {
                    rounds.restless[m] = true;
                }
                rounds.stamps[m] = visit.stamp;
            }
        }
        Ok(change)
    }

    /// What leaks out of each market, where everyone learns from everyone.
    fn leaks(&self, x: &[f64]) -> Vec<f64> {
        let Some(column) = self.column else { return Vec::new() };
        let of = |m: usize| self.game.members(m).iter().map(|&i| column[i as usize] * x[i as usize]).sum();
        if self.rules.len() < 2 { Vec::new() } else { (0..self.rules.len()).into_par_iter().map(of).collect() }
    }

    fn visit(
        &self,
        m: usize,
        from: &[f64],
        leaked: f64,
        restless: bool,
        tolerance: f64,
        desk: &mut Desk<'_>,
    ) -> Result<Visit, GameError> {
        let members = self.game.members(m);
        desk.x.clear();
        desk.x.extend(members.iter().map(|&i| from[i as usize]));
        desk.base.clear();
        desk.base.extend(members.iter().map(|&i| self.level_without(i as usize, from, leaked)));
        desk.places.clear();
        desk.places.extend(0..members.len() as u32);
        if restless {
            let change = self.replies(m, tolerance, desk)?.max(self.programmes(m, desk));
            return Ok(Visit { stamp: 0, flipped: false, change });
        }
        let (mut stamp, mut first, mut flipped, mut change) = (None, None, false, f64::INFINITY);
        for _ in 0..INNER {
            let sellers = self.sellers(m, desk);
            let now = stamp_of(&desk.live);
            flipped |= stamp.replace(now).is_some_and(|before| before != now);
            change = self.fast(m, sellers, desk);
            if change <= (0.1 * tolerance).max(ENOUGH * *first.get_or_insert(change)) {
                break;
            }
        }
        Ok(Visit { stamp: stamp.unwrap_or(0), flipped, change })
    }

    /// The level of firm i without the R&D of its own market: what it learns from outside on top of its own.
    fn level_without(&self, i: usize, x: &[f64], leaked: f64) -> f64 {
        let taught = match self.row {
            Some(row) => row[i] * leaked,
            None => self.between.of(i).map(|(j, weight)| weight * x[j as usize]).sum::<f64>(),
        };
        self.alpha[i] + taught
    }

    /// Levels, y, who is live; the number of sellers. y is left less T.
    fn sellers(&self, m: usize, desk: &mut Desk<'_>) -> usize {
        let members = self.game.members(m);
        self.levels(members, desk);
        desk.y.clear();
        desk.y.extend(members.iter().zip(&desk.level).map(|(&i, &level)| level.min(self.cap[i as usize])));
        let rules = self.rules[m];
        let (threshold, sellers) = market(rules, &desk.places, &desk.y, &mut desk.left);
        desk.y.iter_mut().for_each(|y| *y -= threshold);
        let live = |(k, &i): (usize, &u32)| (desk.y[k] > 0.0 || !rules.exit) && desk.level[k] <= self.cap[i as usize];
        desk.live.clear();
        desk.live.extend(members.iter().enumerate().map(live));
        sellers
    }

    fn levels(&self, members: &[u32], desk: &mut Desk<'_>) {
        desk.level.clear();
        desk.level.extend(desk.base.iter().zip(&desk.x).map(|(base, x)| base + x));
        if let (Some(row), Some(column)) = (self.row, self.column) {
            let inside: f64 = members.iter().zip(&desk.x).map(|(&i, x)| column[i as usize] * x).sum();
            for ((&i, level), x) in members.iter().zip(&mut desk.level).zip(&desk.x) {
                let i = i as usize;
                *level += row[i] * (inside - column[i] * x);
            }
        } else {
            for (&i, &x) in members.iter().zip(&desk.x) {
                self.inside.of(i as usize).for_each(|(place, weight)| desk.level[place as usize] += weight * x);
            }
        }
    }

    /// The fast map once; how far it moved.
    fn fast(&self, m: usize, sellers: usize, desk: &mut Desk<'_>) -> f64 {
        if let Some(joined) = desk.joined {
            return self.fast_together(joined.together, m, sellers, desk);
        }
        let members = self.game.members(m);
        let rules = self.rules[m];
        self.slopes_of(m, sellers, &desk.live, &mut desk.slope);
        let mut change = 0.0f64;
        for (k, &i) in members.iter().enumerate() {
            let i = i as usize;
            let q = if rules.exit { desk.y[k].max(0.0) } else { desk.y[k] } / rules.own;
            let x = ((2.0 * rules.margin * desk.slope[k] * q + self.unit[i]) / self.own[i]).max(0.0);
            change = change.max((x - desk.x[k]).abs());
            desk.x[k] = x;
        }
        change
    }

    /// The same for firms that decide together: what a unit of R&D brings its maker in this market.
    fn fast_together(&self, together: &Together, m: usize, sellers: usize, desk: &mut Desk<'_>) -> f64 {
        let members = self.game.members(m);
        let rules = self.rules[m];
        desk.q.clear();
        desk.q.extend(desk.y.iter().map(|&y| if rules.exit { y.max(0.0) } else { y } / rules.own));
        self.press(together, m, rules.kappa(sellers), desk);
        let pulls = |desk: &Desk<'_>, k: usize, mate: bool, press: f64| match desk.live[k] {
            true if mate => desk.q[k] - press,
            true => -press,
            false => 0.0,
        };
        let mut change = 0.0f64;
        for (k, &i) in members.iter().enumerate() {
            let i = i as usize;
            let (press, cell) = (desk.press[k], together.cell[i]);
            let own = pulls(desk, k, true, press);
            let taught = match (self.row, self.column) {
                (Some(row), Some(column)) => column[i] * (desk.leaks[k] - row[i] * own),
                _ => {
                    let of = |(place, weight): (u32, f64)| {
                        let place = place as usize;
                        weight * pulls(desk, place, together.cell[members[place] as usize] == cell, press)
                    };
                    self.inside.of(i).map(of).sum::<f64>()
                }
            };
            let brings = 2.0 * rules.margin / rules.own * (own + taught);
            let x = ((brings + self.unit[i]) / self.own[i]).max(0.0);
            change = change.max((x - desk.x[k]).abs());
            desk.x[k] = x;
        }
        change
    }

    /// κ Z of each firm's maker, and of knowledge of rank one what a unit that it leaks brings the maker.
    fn press(&self, together: &Together, m: usize, kappa: f64, desk: &mut Desk<'_>) {
        let members = self.game.members(m);
        let Desk { q, press, leaks, live, .. } = desk;
        press.clear();
        press.resize(members.len(), 0.0);
        leaks.clear();
        leaks.resize(members.len(), 0.0);
        let row = |i: u32| self.row.map_or(0.0, |row| row[i as usize]);
        let rows: f64 = members.iter().zip(live.iter()).filter(|&(_, &live)| live).map(|(&i, _)| row(i)).sum();
        for &i in members {
            let mates = together.firms(together.cell[i as usize] as usize);
            if mates[0] != i {
                continue;
            }
            let place = |mate: u32| self.place[mate as usize] as usize;
            let by = kappa * mates.iter().map(|&mate| q[place(mate)]).sum::<f64>();
            let inner = mates.iter().filter(|&&mate| live[place(mate)]).map(|&mate| row(mate) * q[place(mate)]);
            let leak = inner.sum::<f64>() - by * rows;
            for &mate in mates {
                (press[place(mate)], leaks[place(mate)]) = (by, leak);
            }
        }
    }

    /// Exact replies, one firm after another, until they rest; how far the last pass moved.
    fn replies(&self, m: usize, tolerance: f64, desk: &mut Desk<'_>) -> Result<f64, GameError> {
        let members = self.game.members(m);
        let mut change = 0.0;
        for _ in 0..PASSES {
            self.sellers(m, desk);
            let list = self.contested(desk);
            desk.stands.clear();
            desk.stands.resize(members.len(), u32::MAX);
            list.iter().enumerate().for_each(|(at, &place)| desk.stands[place as usize] = at as u32);
            let mut level: Vec<f64> = list.iter().map(|&place| desk.level[place as usize]).collect();
            let contested: Vec<u32> = list.iter().map(|&place| members[place as usize]).collect();
            desk.taught.clear();
            desk.taught.resize(list.len(), 0.0);
            change = 0.0;
            for (at, &i) in contested.iter().enumerate() {
                let (i, place) = (i as usize, list[at] as usize);
                let x = desk.x[place];
                let alone = desk
                    .joined
                    .is_none_or(|Joined { together, .. }| together.block(together.of[i] as usize).len() == 1);
                if alone && self.stays_out(i, x, desk.y[place]) {
                    continue;
                }
                self.teaches(i, &contested, |place| desk.stands[place] as usize, &mut desk.taught);
                self.ray_of(i, x, at, &contested, &level, &desk.taught, &mut desk.ray);
                if let Some(Joined { together, .. }) = desk.joined {
                    for (line, &k) in desk.ray.lines.iter_mut().zip(&contested) {
                        let mate = together.of[k as usize] == together.of[i];
                        line.square = if mate { self.rules[m].margin } else { 0.0 };
                    }
                }
                let best = desk.ray.best(-x, f64::INFINITY).ok_or_else(|| self.unbounded(i))?;
                level.iter_mut().zip(&desk.taught).for_each(|(level, taught)| *level += taught * best.t);
                let reached = (x + best.t).max(0.0);
                desk.x[place] = if reached < 1e-300 { 0.0 } else { reached };
                change = f64::max(change, best.t.abs());
            }
            if change <= 0.1 * tolerance {
                break;
            }
        }
        Ok(change)
    }

    /// The best joint programmes of those makers of a market that need them, one after another; how far they moved.
    fn programmes(&self, m: usize, desk: &mut Desk<'_>) -> f64 {
        let Some(Joined { together, programmes, .. }) = desk.joined else { return 0.0 };
        let mut change = 0.0f64;
        if programmes.is_empty() {
            return change;
        }
        let members = self.game.members(m);
        for &i in members {
            let maker = together.of[i as usize];
            let first = together.block(maker as usize)[0] == i;
            if !first || programmes.binary_search(&maker).is_err() {
                continue;
            }
            self.levels(members, desk);
            let at = |i: usize| (desk.x[self.place[i] as usize], desk.level[self.place[i] as usize] - self.alpha[i]);
            let small = Small::at(self, together, maker as usize, at);
            let Some((small, found)) = small.and_then(|small| small.with(pieces::climb).map(|found| (small, found)))
            else {
                continue;
            };
            for (i, x) in small.firms.into_iter().zip(found.x) {
                let place = self.place[i] as usize;
                change = change.max((x - desk.x[place]).abs());
                desk.x[place] = x;
            }
        }
        change
    }

    /// The places of the firms that play: all, or in a crowd those that sell or are near selling.
    fn contested(&self, desk: &Desk<'_>) -> Vec<u32> {
        if desk.x.len() <= CROWD {
            return desk.places.clone();
        }
        let near = -1e-2 * self.scale;
        desk.places.iter().copied().filter(|&k| desk.y[k as usize] > near || desk.x[k as usize] > 0.0).collect()
    }

    /// Whether no R&D pays for a firm that neither sells nor does any: with q <= D x its profit h q² − γ' x²/2 is at
    /// most −(γ' − 2h D²) x²/2. `gap` is y − T.
    pub(super) fn stays_out(&self, i: usize, x: f64, gap: f64) -> bool {
        let rules = self.rules_of(i);
        let steepest = self.steepest(i);
        let least = self.own[i] - 2.0 * rules.margin * steepest * steepest;
        rules.exit && x == 0.0 && gap <= 0.0 && self.unit[i] <= 0.0 && least > 0.0
    }

    /// What a unit of R&D of firm i gives to the firms named, of its own market; `stands` leads from the place in the
    /// market to that among them.
    pub(super) fn teaches(&self, i: usize, members: &[u32], stands: impl Fn(usize) -> usize, taught: &mut [f64]) {
        if let (Some(row), Some(column)) = (self.row, self.column) {
            taught.iter_mut().zip(members).for_each(|(taught, &k)| *taught = row[k as usize] * column[i]);
        } else {
            taught.iter_mut().for_each(|taught| *taught = 0.0);
            for (place, weight) in self.inside.of(i) {
                if let Some(taught) = taught.get_mut(stands(place as usize)) {
                    *taught += weight;
                }
            }
        }
        taught[stands(self.place[i] as usize)] = 1.0;
    }

    /// The profit of firm i, which stands at `at` among the firms named, as its R&D moves from x.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn ray_of(
        &self,
        i: usize,
        x: f64,
        at: usize,
        members: &[u32],
        level: &[f64],
        taught: &[f64],
        ray: &mut Ray,
    ) {
        ray.clear(self.scale);
        let rules: Rules = self.rules_of(i);
        ray.lines.extend(members.iter().enumerate().map(|(place, &k)| Line {
            y: level[place],
            slope: taught[place],
            cap: self.cap[k as usize],
            square: if place == at { rules.margin } else { 0.0 },
            linear: 0.0,
        }));
        ray.parts.push(Part { rules, begin: 0, end: ray.lines.len(), square: 0.0 });
        ray.gain = self.unit[i] - self.own[i] * x;
        ray.curvature = self.own[i];
    }

    pub(super) fn unbounded(&self, i: usize) -> GameError {
        let rules = self.rules_of(i);
        GameError::SecondOrder {
            firm: self.game.names[i].clone(),
            rd_cost: self.own[i],
            bound: 2.0 * rules.margin / (rules.own * rules.own),
        }
    }
}

fn stamp_of(live: &[bool]) -> u64 {
    let mut hasher = FxHasher::default();
    for stretch in live.chunks(64) {
        hasher.write_u64(stretch.iter().fold(0, |bits, &live| bits << 1 | u64::from(live)));
    }
    hasher.finish()
}
