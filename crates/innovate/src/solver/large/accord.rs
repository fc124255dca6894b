//! Where firms that decide together come to rest: x_i = max(0, (2 (brings)_i + t_i)/γ'_i) for all firms at once, mixed
//! with what was tried before where that is slow; exact replies in markets whose sellers keep changing, and the best
//! joint programmes of those makers whose members' single steps do not lead there.

use super::rest::Joined;
use super::small::Small;
use super::together::{Together, View};
use super::{CROWD, GRAIN, Large, State, by_firm};
use crate::error::GameError;
use crate::ray::{Line, Part, Ray};
use crate::solver::pieces;
use distretto_numerics::{Lu, Matrix, pairwise_by};
use rayon::prelude::*;
use rustc_hash::{FxHashSet, FxHasher};
use std::hash::Hasher;

/// Rounds before a market that still changes its sellers is played firm by firm.
const FAST: usize = 12;
/// Rounds of exact replies without a change after which a market is left to the fast map again, and how often.
const CALM: u8 = 3;
const RELAPSES: u8 = 3;
/// Most rounds.
const ROUNDS: usize = 1_000;
/// Rounds of visits of one market after another, before all are played at once.
const VISITS: usize = 200;
/// Rounds without a shorter move after which they go round in a circle.
const STALE: usize = 60;
/// Rounds after which rest is what the game asks for, not a thousandth of it.
const PATIENT: usize = 150;
/// Where a market moves by more than this share of its last move, in so many rounds, its firms go half of the way.
const LAZY: f64 = 0.7;
const PATIENCE: u8 = 3;
/// Exact replies of all firms of a market within one round.
const PASSES: usize = 4;
/// What was tried before is mixed in when a round shortens the way by less than this.
const SLOW: f64 = 0.5;
/// How much of it.
const DEPTH: usize = 5;

/// R&D on its way to rest, and what is known of the markets.
pub(super) struct Accord {
    pub x: Vec<f64>,
    pub rounds: usize,
    pub settled: bool,
    /// Makers whose joint programmes are searched in every round.
    pub programmes: Vec<u32>,
    /// Whether visits of one market after another led nowhere.
    lost: bool,
    markets: Vec<Market>,
}

#[derive(Clone, Copy, Default)]
struct Market {
    /// Of who sells with a cost above the floor.
    stamp: u64,
    restless: bool,
    calm: u8,
    relapses: u8,
    /// How far R&D moved in the last round, and in how many rounds it moved hardly less than before.
    moved: f64,
    slow: u8,
}

/// Images of the fast map, and how far they lay from what they are images of.
#[derive(Default)]
struct Memory {
    images: Vec<Vec<f64>>,
    ways: Vec<Vec<f64>>,
}

/// What a thread plays markets with.
#[derive(Default)]
struct Table {
    level: Vec<f64>,
    x: Vec<f64>,
    taught: Vec<f64>,
    stands: Vec<u32>,
    ray: Ray,
}

impl Accord {
    pub(super) fn new(large: &Large<'_>) -> Self {
        let markets = vec![Market::default(); large.rules.len()];
        Self { x: vec![0.0; large.game.len()], rounds: 0, settled: false, programmes: Vec::new(), lost: false, markets }
    }

    /// Visits one market after another until they rest, where every maker sells in one. Whether the rounds of all at once
    /// are still due: to confirm it, or where the visits lead nowhere.
    fn visit(&mut self, large: &Large<'_>, together: &Together) -> bool {
        let crowd = (0..large.rules.len()).any(|m| large.game.members(m).len() > CROWD);
        if crowd || together.market.len() > together.makers() || self.lost {
            return true;
        }
        let restless: Vec<bool> = self.markets.iter().map(|market| market.restless).collect();
        let joined = Joined { together, x: &self.x, restless: &restless, programmes: &self.programmes };
        // Where replies have no bound the rounds of all say so.
        let Ok(rest) = large.rest_of(Some(joined), VISITS) else { return true };
        self.rounds += rest.rounds;
        if !rest.settled && 16 * rest.unrest > self.markets.len() {
            self.lost = true;
            return true;
        }
        let state = large.learn(rest.x);
        let view = large.view(&state);
        for (m, market) in self.markets.iter_mut().enumerate() {
            market.stamp = stamp_of(large.game.members(m).iter().map(|&i| view.live[i as usize]));
            if rest.restless[m] {
                (market.restless, market.relapses) = (true, RELAPSES);
            }
        }
        self.x = state.x;
        rest.settled
    }

    /// Plays rounds until one changes nothing.
    pub(super) fn settle(&mut self, large: &Large<'_>, together: &Together) -> Result<(), GameError> {
        self.settled = false;
        if !self.visit(large, together) {
            return Ok(());
        }
        let solver = &large.game.solver;
        let fine = (1e-3 * solver.tolerance).max(1e-14) * large.scale;
        let most = self.rounds + solver.max_iterations.min(ROUNDS);
        let begin = self.rounds;
        let (mut memory, mut before, mut quiet) = (Memory::default(), f64::INFINITY, 0);
        let (mut nearest, mut since) = (f64::INFINITY, 0);
        self.settled = false;
        while self.rounds < most && !self.settled {
            self.rounds += 1;
            let tolerance =
                if self.rounds - begin <= PATIENT { fine } else { fine.max(solver.tolerance * large.scale) };
            let state = large.learn(std::mem::take(&mut self.x));
            let view = large.view(&state);
            let flipped = self.watch(large, &view);
            let next = large.image(&large.brings(together, &view));
            let (next, exact) = self.played(large, together, &state, next)?;
            let mut next = next;
            let change = self.pace(large, &state.x, &mut next);
            self.settled = change <= tolerance;
            quiet = if flipped || exact { 0 } else { quiet + 1 };
            since += 1;
            if change < 0.9 * nearest {
                (nearest, since) = (change, 0);
            }
            if since > STALE && !self.settled {
                self.x = next;
                break;
            }
            if since > STALE / 2 && !self.settled {
                // Who hold a rival together answer past one another, in markets apart as well: half of the way.
                next.iter_mut().zip(&state.x).for_each(|(next, here)| *next = (*next + here) / 2.0);
            }
            let slow = change > SLOW * before && change > 10.0 * tolerance;
            before = change;
            if quiet == 0 {
                memory = Memory::default();
            } else if !self.settled && (slow || !memory.images.is_empty()) {
                self.x = memory.mix(state.x, next);
                continue;
            }
            self.x = next;
        }
        Ok(())
    }

    /// From now on the markets of a maker are played firm by firm, and where it is asked for its programmes searched.
    pub(super) fn watch_closely(&mut self, together: &Together, maker: u32, programme: bool) {
        for cell in together.cells(maker as usize) {
            let market = &mut self.markets[together.market[cell] as usize];
            (market.restless, market.relapses) = (true, RELAPSES);
        }
        if programme && let Err(at) = self.programmes.binary_search(&maker) {
            self.programmes.insert(at, maker);
        }
    }

    /// Who sells where; whether that has changed.
    fn watch(&mut self, large: &Large<'_>, view: &View) -> bool {
        let late = self.rounds > FAST;
        let stamp = |m: usize| stamp_of(large.game.members(m).iter().map(|&i| view.live[i as usize]));
        let grain = (GRAIN * self.markets.len() / large.game.len()).max(1);
        let watch = |(m, market): (usize, &mut Market)| {
            let stamp = stamp(m);
            let flipped = stamp != market.stamp;
            market.stamp = stamp;
            if flipped && late {
                market.relapses += u8::from(!market.restless && market.relapses < RELAPSES);
                (market.restless, market.calm) = (true, 0);
            } else if market.restless && market.relapses < RELAPSES {
                market.calm += 1;
                market.restless = market.calm < CALM;
            }
            flipped
        };
        self.markets.par_iter_mut().enumerate().with_min_len(grain).map(watch).reduce(|| false, |a, b| a || b)
    }

    /// How far R&D moves. In markets where firms keep answering too much to one another, they go half of the way.
    fn pace(&mut self, large: &Large<'_>, from: &[f64], to: &mut [f64]) -> f64 {
        let still = 1e-9 * large.scale;
        let grain = (GRAIN * self.markets.len() / large.game.len()).max(1);
        let pace = |(m, market): (usize, &mut Market)| {
            let far = |&i: &u32| (from[i as usize] - to[i as usize]).abs();
            let moved = large.game.members(m).iter().map(far).fold(0.0, f64::max);
            if !market.restless && market.slow < PATIENCE && moved > still && moved > LAZY * market.moved {
                market.slow += 1;
            }
            market.moved = moved;
            moved
        };
        let moved: Vec<f64> = self.markets.par_iter_mut().enumerate().with_min_len(grain).map(pace).collect();
        for (m, _) in self.markets.iter().enumerate().filter(|(_, market)| market.slow >= PATIENCE && !market.restless)
        {
            for &i in large.game.members(m) {
                to[i as usize] = (from[i as usize] + to[i as usize]) / 2.0;
            }
        }
        moved.into_iter().fold(0.0, f64::max)
    }

    /// R&D after exact replies where they are due; whether there were any.
    fn played(
        &self,
        large: &Large<'_>,
        together: &Together,
        state: &State,
        mut next: Vec<f64>,
    ) -> Result<(Vec<f64>, bool), GameError> {
        let restless: Vec<usize> = (0..self.markets.len()).filter(|&m| self.markets[m].restless).collect();
        if restless.is_empty() && self.programmes.is_empty() {
            return Ok((next, false));
        }
        let grain = (GRAIN * self.markets.len() / large.game.len() / 16).max(1);
        let play = |table: &mut Table, &m: &usize| {
            large.play(together, m, state, table)?;
            Ok(std::mem::take(&mut table.x))
        };
        let played: Vec<Vec<f64>> =
            restless.par_iter().with_min_len(grain).map_init(Table::default, play).collect::<Result<_, GameError>>()?;
        for (&m, x) in restless.iter().zip(played) {
            large.game.members(m).iter().zip(x).for_each(|(&i, x)| next[i as usize] = x);
        }
        self.wide(large, together, state, &mut next)?;
        if self.programmes.is_empty() {
            return Ok((next, true));
        }
        Ok((self.programmed(large, together, next), true))
    }

    /// R&D after the best joint programmes of the makers that need them: at once where they share no market.
    fn programmed(&self, large: &Large<'_>, together: &Together, next: Vec<f64>) -> Vec<f64> {
        let mut state = large.learn(next);
        let mut left = self.programmes.clone();
        while !left.is_empty() {
            let mut taken = FxHashSet::default();
            let apart = |&maker: &u32| {
                let markets = || together.cells(maker as usize).map(|cell| together.market[cell]);
                markets().all(|m| !taken.contains(&m)) && markets().fold(true, |_, m| taken.insert(m))
            };
            let (now, later): (Vec<u32>, Vec<u32>) = left.into_iter().partition(apart);
            left = later;
            let climb = |&maker: &u32| {
                let small = Small::of(large, together, maker as usize, &state)?;
                let found = small.with(pieces::climb)?;
                Some(small.firms.into_iter().zip(found.x).collect::<Vec<(usize, f64)>>())
            };
            let found: Vec<Option<Vec<(usize, f64)>>> = now.par_iter().map(climb).collect();
            for (i, x) in found.into_iter().flatten().flatten() {
                let by = x - state.x[i];
                if by != 0.0 {
                    state.x[i] = x;
                    large.tell(together, i, by, &mut state.learned);
                }
            }
        }
        state.x
    }

    /// Exact replies, one after another, of firms that sell or whose partners sell in restless markets, where their
    /// maker sells in several.
    fn wide(&self, large: &Large<'_>, together: &Together, state: &State, next: &mut [f64]) -> Result<(), GameError> {
        let mut firms: Vec<usize> = Vec::new();
        for maker in 0..together.makers() {
            let cells = together.cells(maker);
            let touched = |cell: usize| self.markets[together.market[cell] as usize].restless;
            if cells.len() > 1 && cells.clone().any(touched) {
                let due = |&i: &usize| {
                    touched(together.cell[i] as usize)
                        || large.column.is_some_and(|column| column[i] > 0.0)
                        || together.links_abroad(i).any(|(_, cell, _)| touched(cell))
                };
                firms.extend(together.block(maker).iter().map(|&i| i as usize).filter(due));
            }
        }
        if firms.is_empty() {
            return Ok(());
        }
        // What others do in this round is known in the next.
        let mut level: Vec<f64> = by_firm(next.len(), |k| large.level(state, k));
        let mut ray = Ray::default();
        firms.iter().for_each(|&i| next[i] = state.x[i]);
        for _ in 0..PASSES {
            let mut change = 0.0f64;
            for &i in &firms {
                large.joint_ray(together, i, next[i], &|k| level[k], &mut ray);
                let best = ray.best(-next[i], f64::INFINITY).ok_or_else(|| large.unbounded(i))?;
                let reached = (next[i] + best.t).max(0.0);
                let by = reached - next[i];
                large.tell(together, i, by, &mut level);
                next[i] = if reached < 1e-300 { 0.0 } else { reached };
                change = change.max(by.abs());
            }
            if change <= 1e-15 * large.scale {
                break;
            }
        }
        Ok(())
    }
}

impl Memory {
    /// The best mixture of the last images (Anderson): that whose way, were the map linear, is shortest.
    fn mix(&mut self, from: Vec<f64>, image: Vec<f64>) -> Vec<f64> {
        let n = from.len();
        let way = by_firm(n, |i| image[i] - from[i]);
        drop(from);
        if self.images.len() > DEPTH {
            self.images.remove(0);
            self.ways.remove(0);
        }
        self.images.push(image);
        self.ways.push(way);
        let k = self.images.len() - 1;
        let (last, image) = (&self.ways[k], &self.images[k]);
        let apart = |a: usize, i: usize| last[i] - self.ways[a][i];
        let pairs: Vec<(usize, usize)> = (0..k).flat_map(|a| (0..=a).map(move |b| (a, b))).collect();
        let product = |&(a, b): &(usize, usize)| pairwise_by(n, |i| apart(a, i) * apart(b, i));
        let products: Vec<f64> = pairs.par_iter().map(product).collect();
        let mut normal = Matrix::zeros(k, k);
        for (&(a, b), &product) in pairs.iter().zip(&products) {
            (normal[(a, b)], normal[(b, a)]) = (product, product);
        }
        (0..k).for_each(|a| normal[(a, a)] *= 1.0 + 1e-12);
        let right: Vec<f64> = (0..k).into_par_iter().map(|a| pairwise_by(n, |i| apart(a, i) * last[i])).collect();
        let shares = match Lu::new(&normal) {
            Ok(lu) if k > 0 => lu.solve(&right),
            _ => vec![0.0; k],
        };
        if shares.iter().any(|share| !share.is_finite() || share.abs() > 1e4) {
            let image = self.images.pop().unwrap_or_default();
            *self = Self::default();
            return image;
        }
        by_firm(n, |i| {
            let away: f64 = (0..k).map(|a| shares[a] * (image[i] - self.images[a][i])).sum();
            (image[i] - away).max(0.0)
        })
    }
}

impl Large<'_> {
    /// The fast map.
    fn image(&self, brings: &[f64]) -> Vec<f64> {
        by_firm(brings.len(), |i| ((2.0 * brings[i] + self.unit[i]) / self.own[i]).max(0.0))
    }

    /// Exact replies of the firms of a market, one after another, against what all others did; those whose maker sells
    /// elsewhere too stay as they are.
    fn play(&self, together: &Together, m: usize, state: &State, table: &mut Table) -> Result<(), GameError> {
        let members = self.game.members(m);
        table.x.clear();
        table.x.extend(members.iter().map(|&i| state.x[i as usize]));
        table.level.clear();
        table.level.extend(members.iter().map(|&i| self.level(state, i as usize)));
        let list = self.near(m, table);
        let firms: Vec<u32> = list.iter().map(|&place| members[place as usize]).collect();
        table.stands.clear();
        table.stands.resize(members.len(), u32::MAX);
        list.iter().enumerate().for_each(|(at, &place)| table.stands[place as usize] = at as u32);
        let mut level: Vec<f64> = list.iter().map(|&place| table.level[place as usize]).collect();
        table.taught.clear();
        table.taught.resize(list.len(), 0.0);
        for _ in 0..PASSES {
            let mut change = 0.0f64;
            for (at, &i) in firms.iter().enumerate() {
                let (i, place) = (i as usize, list[at] as usize);
                if together.wide(i) {
                    continue;
                }
                let x = table.x[place];
                self.teaches(i, &firms, |place| table.stands[place] as usize, &mut table.taught);
                self.ray_of(i, x, at, &firms, &level, &table.taught, &mut table.ray);
                let cell = together.cell[i];
                for (line, &k) in table.ray.lines.iter_mut().zip(&firms) {
                    line.square = if together.cell[k as usize] == cell { self.rules[m].margin } else { 0.0 };
                }
                let best = table.ray.best(-x, f64::INFINITY).ok_or_else(|| self.unbounded(i))?;
                level.iter_mut().zip(&table.taught).for_each(|(level, taught)| *level += taught * best.t);
                let reached = (x + best.t).max(0.0);
                table.x[place] = if reached < 1e-300 { 0.0 } else { reached };
                change = change.max(best.t.abs());
            }
            if change <= 1e-15 * self.scale {
                break;
            }
        }
        Ok(())
    }

    /// The places of the firms that play: all, or in a crowd those that sell or are near selling.
    fn near(&self, m: usize, table: &Table) -> Vec<u32> {
        let members = self.game.members(m);
        let all = 0..members.len() as u32;
        if members.len() <= CROWD || !self.rules[m].exit {
            return all.collect();
        }
        let cut = |k: u32| table.level[k as usize].min(self.cap[members[k as usize] as usize]);
        let y: Vec<f64> = all.clone().map(cut).collect();
        let places: Vec<u32> = all.clone().collect();
        let (threshold, _) = crate::stage::market(self.rules[m], &places, &y, &mut Vec::new());
        let low = threshold - 1e-2 * self.scale;
        all.filter(|&k| y[k as usize] > low || table.x[k as usize] > 0.0).collect()
    }

    /// The joint profit of the maker of firm i as its R&D moves from x: a part for each market in which the maker sells
    /// and somebody learns from i.
    pub(super) fn joint_ray(
        &self,
        together: &Together,
        i: usize,
        x: f64,
        level: &impl Fn(usize) -> f64,
        ray: &mut Ray,
    ) {
        ray.clear(self.scale);
        let home = together.cell[i] as usize;
        let cells = self.reached(together, i);
        for &cell in &cells {
            let m = together.market[cell] as usize;
            let rules = self.rules[m];
            let begin = ray.lines.len();
            ray.lines.extend(self.game.members(m).iter().map(|&k| {
                let k = k as usize;
                let slope = match (self.row, self.column) {
                    (Some(row), Some(column)) => row[k] * column[i],
                    _ => 0.0,
                };
                let square = if together.of[k] == together.of[i] { rules.margin } else { 0.0 };
                Line { y: level(k), slope, cap: self.cap[k], square, linear: 0.0 }
            }));
            if cell == home {
                for (place, weight) in self.inside.of(i) {
                    ray.lines[begin + place as usize].slope += weight;
                }
                ray.lines[begin + self.place[i] as usize].slope = 1.0;
            } else if self.row.is_none() {
                let here = together.links_abroad(i).filter(|&(_, there, _)| there == cell);
                here.for_each(|(l, _, weight)| ray.lines[begin + self.place[l] as usize].slope += weight);
            }
            ray.parts.push(Part { rules, begin, end: ray.lines.len(), square: 0.0 });
        }
        ray.gain = self.unit[i] - self.own[i] * x;
        ray.curvature = self.own[i];
    }

    /// The cells of firm i's maker that its R&D reaches, its own among them.
    pub(super) fn reached(&self, together: &Together, i: usize) -> Vec<usize> {
        let maker = together.of[i] as usize;
        if self.column.is_some_and(|column| column[i] > 0.0) {
            return together.cells(maker).collect();
        }
        let mut cells: Vec<usize> = together.links_abroad(i).map(|(_, cell, _)| cell).collect();
        cells.push(together.cell[i] as usize);
        cells.sort_unstable();
        cells.dedup();
        cells
    }

    /// Raises the levels of those who learn from firm i in the markets of its maker.
    fn tell(&self, together: &Together, i: usize, by: f64, level: &mut [f64]) {
        level[i] += by;
        if let (Some(row), Some(column)) = (self.row, self.column) {
            for cell in together.cells(together.of[i] as usize) {
                let others = self.game.members(together.market[cell] as usize).iter().map(|&k| k as usize);
                others.filter(|&k| k != i).for_each(|k| level[k] += row[k] * column[i] * by);
            }
            return;
        }
        let members = self.game.members(self.market_of(i));
        self.inside.of(i).for_each(|(place, weight)| level[members[place as usize] as usize] += weight * by);
        together.links_abroad(i).for_each(|(l, _, weight)| level[l] += weight * by);
    }
}

fn stamp_of(live: impl Iterator<Item = bool>) -> u64 {
    let mut hasher = FxHasher::default();
    let (mut bits, mut count) = (0u64, 0);
    for live in live {
        (bits, count) = (bits << 1 | u64::from(live), count + 1);
        if count == 64 {
            hasher.write_u64(bits);
            (bits, count) = (0, 0);
        }
    }
    hasher.write_u64(bits);
    hasher.finish()
}
