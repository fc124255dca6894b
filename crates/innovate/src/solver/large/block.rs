//! The second derivatives of one maker's objective, as an operator on the R&D of its members.
//!
//! With P = dq/dx of the members and S the spillovers from them, the objective has the negative Hessian
//! Γ' − 2 P'HP while the sellers stay who they are. It is the *margin*. The *bound* is Γ' − 2 P̃'HP̃ − S'ρS: members that
//! do not sell count as if they did, and ρ_k pays for what the cost floor of a firm k could add. T is at least that of
//! the present sellers, so that outputs are at most q + P̃ d, but for e_k = max(0, (S d)_k − s_k) that seller k loses at
//! its floor, s_k away: it lowers T by κ e_k at most. As e <= u²/(4 s) for u = (S d)_k, and outputs of the members of
//! the market sum to at most Q̄ = c ȳ/(e + c d) for c members under the highest cap ȳ, the joint profit rises by no more
//! than g'd − ½ d'(bound)d: where the bound is positive definite, no joint deviation of any length gains more than
//! |g|²/(2 λ_min).
//!
//! Members under one cap need no ρ. Without their floors those whose y is beyond the cap would lead all members; raised
//! together from the cap, each brings 2h(q_k − κ Z)/e, which is not negative, since the largest of c members' outputs is at
//! least Z/c, and κ below 1/c. Their floors only take from the joint profit.

use super::together::{Together, View};
use super::{Large, State};
use crate::solver::spectrum::smallest;
use distretto_numerics::{Key, Lu, Matrix, Stream};
use rustc_hash::FxHashMap;

/// Blocks up to this size are written as a matrix.
const WRITTEN: usize = 600;
/// Blocks up to this size are rotated to a diagonal, and in how many sweeps at most: five or six do.
const FEW: usize = 12;
const SWEEPS: usize = 30;
/// Most firms just at thresholds of one maker's markets that a bound is mixed from.
const TIES: usize = 12;
/// Steps of the Lanczos iteration for larger ones, and after how many each it is looked at.
const STEPS: usize = 300;
const LOOK: usize = 20;
/// ln of the inverse of the probability that its start hides the smallest eigenvalue.
const SURE: f64 = 28.0;

/// A firm of the markets of the maker that learns from a member, or is one.
#[derive(Clone, Copy)]
struct Row {
    /// Among the cells of the maker.
    cell: u32,
    member: bool,
    sells: bool,
    /// What T rises by with a unit of its y.
    tau: f64,
    /// ρ.
    floor: f64,
}

#[derive(Clone, Copy, Default)]
struct Cell {
    kappa: f64,
    own: f64,
    margin: f64,
    /// Σ τ row over firms that are no members, Σ ρ row² over them.
    rows: f64,
    floors: f64,
}

/// What of a market rank-one blocks need: Σ row over sellers, Σ row²/(2 s) over them.
pub(super) struct Crowd {
    pub rows: Vec<f64>,
    pub floors: Vec<f64>,
}

/// The block of one maker.
pub(super) struct Block {
    own: Vec<f64>,
    /// Spillovers from members to rows: rows and weights of member a at `starts[a]..starts[a + 1]`.
    starts: Vec<usize>,
    to: Vec<u32>,
    weights: Vec<f64>,
    rows: Vec<Row>,
    /// The firm of each row.
    firms: Vec<u32>,
    cells: Vec<Cell>,
    /// Knowledge of rank one: what members use, what they let out.
    rank: Option<(Vec<f64>, Vec<f64>)>,
}

/// Which of the two matrices.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Margin,
    Bound,
}

/// The smallest eigenvalue: what is found, and what it is at least.
#[derive(Clone, Copy)]
pub(super) struct Least {
    pub found: f64,
    pub least: f64,
}

impl Large<'_> {
    /// What rank-one blocks need to know of the markets.
    pub(super) fn crowd(&self, state: &State, view: &View) -> Crowd {
        let sells: Vec<bool> = (0..state.x.len()).map(|i| self.sells(view, i)).collect();
        let rows = self.rows(&sells);
        let Some(row) = self.row else { return Crowd { rows, floors: Vec::new() } };
        let counts = |i: usize| row[i] > 0.0 && (sells[i] || self.at_threshold(state, view, i));
        let floor = |i: usize| if counts(i) { row[i] * row[i] * self.half_way(state, i) } else { 0.0 };
        let floors = (0..self.rules.len()).map(|m| self.game.members(m).iter().map(|&i| floor(i as usize)).sum());
        Crowd { rows, floors: floors.collect() }
    }

    fn sells(&self, view: &View, i: usize) -> bool {
        view.out.q[i] > 0.0 || !self.rules_of(i).exit
    }

    /// Whether firm i is just at the threshold of its market.
    fn at_threshold(&self, state: &State, view: &View, i: usize) -> bool {
        let gap = self.level(state, i).min(self.cap[i]) - view.out.threshold[self.market_of(i)];
        self.rules_of(i).exit && gap.abs() <= 1e-9 * self.scale
    }

    /// 1/(2 s), s the way to the cost floor; infinite at it.
    fn half_way(&self, state: &State, i: usize) -> f64 {
        let way = self.cap[i] - self.level(state, i);
        if way > 1e-9 * self.scale { 0.5 / way } else { f64::INFINITY }
    }
}

impl Block {
    pub(super) fn new(
        large: &Large<'_>,
        together: &Together,
        maker: usize,
        state: &State,
        at: (&View, &Crowd),
    ) -> Self {
        let (view, crowd) = at;
        let members = together.block(maker);
        let first = together.cells(maker).start;
        let cells = together.cells(maker).map(|cell| large.cell(together, cell, &view.out)).collect();
        let mut block = Self {
            own: members.iter().map(|&i| large.own[i as usize]).collect(),
            starts: vec![0],
            to: Vec::new(),
            weights: Vec::new(),
            rows: Vec::with_capacity(members.len()),
            firms: members.to_vec(),
            cells,
            rank: None,
        };
        let pays: Vec<f64> = together.cells(maker).map(|cell| large.pays(together, cell, &view.out)).collect();
        let free: Vec<bool> = together.cells(maker).map(|cell| large.like_caps(together, cell)).collect();
        let row = |k: usize, cell: usize, member: bool| {
            let sells = large.sells(view, k);
            let pay = pays[cell - first];
            let half_way = large.half_way(state, k);
            let free = member && free[cell - first] && half_way.is_finite();
            let floor =
                if (sells || large.at_threshold(state, view, k)) && pay > 0.0 && !free { pay * half_way } else { 0.0 };
            let tau = if sells { large.kappa(&view.out, large.market_of(k)) } else { 0.0 };
            Row { cell: (cell - first) as u32, member, sells, tau, floor }
        };
        block.rows.extend(members.iter().map(|&i| row(i as usize, together.cell[i as usize] as usize, true)));
        if let (Some(rows), Some(columns)) = (large.row, large.column) {
            let pick = |of: &[f64]| members.iter().map(|&i| of[i as usize]).collect::<Vec<f64>>();
            block.rank = Some((pick(rows), pick(columns)));
            let counted = |k: usize| large.sells(view, k) || large.at_threshold(state, view, k);
            let half_way = |k: usize| if counted(k) { large.half_way(state, k) } else { 0.0 };
            block.outsiders(together, maker, crowd, &pays, |k| (rows[k], half_way(k)));
            return block;
        }
        let mut slots: FxHashMap<u32, u32> = members.iter().enumerate().map(|(at, &i)| (i, at as u32)).collect();
        for (at, &i) in members.iter().enumerate() {
            let i = i as usize;
            let cell = together.cell[i] as usize;
            let places = large.game.members(large.market_of(i));
            block.to.push(at as u32);
            block.weights.push(1.0);
            let home = large.inside.of(i).map(|(place, weight)| (places[place as usize] as usize, cell, weight));
            for (l, cell, weight) in home.chain(together.links_abroad(i)) {
                let slot = *slots.entry(l as u32).or_insert_with(|| {
                    block.rows.push(row(l, cell, false));
                    block.firms.push(l as u32);
                    block.rows.len() as u32 - 1
                });
                block.to.push(slot);
                block.weights.push(weight);
            }
            block.starts.push(block.to.len());
        }
        block
    }

    /// Sums over those who are no members, of knowledge of rank one.
    fn outsiders(
        &mut self,
        together: &Together,
        maker: usize,
        crowd: &Crowd,
        pays: &[f64],
        of: impl Fn(usize) -> (f64, f64),
    ) {
        let mut at = 0;
        for (c, cell) in together.cells(maker).enumerate() {
            let m = together.market[cell] as usize;
            let (mut rows, mut floors) = (crowd.rows[m], crowd.floors[m]);
            for &k in together.firms(cell) {
                let (row, half_way) = of(k as usize);
                rows -= if self.rows[at].sells { row } else { 0.0 };
                floors -= if row > 0.0 { row * row * half_way } else { 0.0 };
                at += 1;
            }
            // Differences of sums: never below what they are. Two floors leave NaN, and no proof.
            self.cells[c].rows = self.cells[c].kappa * rows.max(0.0);
            self.cells[c].floors = pays[c] * (floors + 1e-12 * crowd.floors[m]);
        }
    }

    /// Marginal objectives of the members: `pulls` are 2 h q/e of the members, before those of rows that are none.
    fn slopes(&self, base: &[f64], pulls: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.cells.len()];
        self.rows.iter().zip(pulls).for_each(|(row, pull)| sums[row.cell as usize] += pull);
        let pulls = pulls.iter().copied().chain(std::iter::repeat(0.0));
        let y: Vec<f64> =
            self.rows.iter().zip(pulls).map(|(row, pull)| row.tau * sums[row.cell as usize] - pull).collect();
        let outside = self.cells.iter().zip(&sums).map(|(cell, sum)| cell.rows * sum).sum();
        let mut slopes = base.to_vec();
        self.teach(&y, outside, &mut slopes);
        slopes
    }

    /// Where firms are just at the threshold: the mixture of the functions below T, each with one of them among the
    /// sellers or none, under which no member's R&D pays any more or less; its slopes, and how far it begins above the
    /// objective. None where there is no such mixture.
    pub(super) fn mix(
        &mut self,
        large: &Large<'_>,
        together: &Together,
        maker: usize,
        state: &State,
        view: &View,
    ) -> Option<(Vec<f64>, f64)> {
        let members = together.block(maker);
        let first = together.cells(maker).start;
        let base: Vec<f64> =
            members.iter().map(|&i| i as usize).map(|i| large.unit[i] - large.own[i] * state.x[i]).collect();
        let weigh = |(&i, row): (&u32, &Row)| {
            let cell = self.cells[row.cell as usize];
            2.0 * cell.margin * view.out.q[i as usize] / cell.own
        };
        let pulls: Vec<f64> = members.iter().zip(&self.rows).map(weigh).collect();
        let mut ties: Vec<(usize, usize)> = Vec::new();
        for cell in together.cells(maker) {
            let of = large.game.members(together.market[cell] as usize).iter().map(|&k| k as usize);
            ties.extend(of.filter(|&k| large.at_threshold(state, view, k)).map(|k| (cell - first, k)));
        }
        if ties.is_empty() || ties.len() > TIES {
            return None;
        }
        let sides = Sides::new(self, large, together, maker, view, &ties);
        sides.set(self, &vec![0.0; ties.len()]);
        let none = self.slopes(&base, &pulls);
        let apart: Vec<Vec<f64>> = (0..ties.len())
            .map(|j| {
                sides.set(self, &(0..ties.len()).map(|k| f64::from(u8::from(k == j))).collect::<Vec<f64>>());
                self.slopes(&base, &pulls).iter().zip(&none).map(|(with, none)| with - none).collect()
            })
            .collect();
        let inner: Vec<usize> = (0..members.len()).filter(|&a| state.x[members[a] as usize] > 0.0).collect();
        let shares = shares(&none, &apart, &inner)?;
        let of_cell =
            |c: usize| -> f64 { ties.iter().zip(&shares).filter(|(tie, _)| tie.0 == c).map(|(_, share)| share).sum() };
        if (0..self.cells.len()).any(|c| of_cell(c) > 1.0) {
            return None;
        }
        sides.set(self, &shares);
        let slopes = self.slopes(&base, &pulls);
        let over = sides.over(large, together, maker, (state, view), &shares);
        Some((slopes, over))
    }

    pub(super) fn len(&self) -> usize {
        self.own.len()
    }

    /// The smallest eigenvalue of the margin, and γ' − 2 Σ_k h D_ki² of each member; of a block that is too large to be
    /// written, the eigenvalue in their place, which is never above them.
    pub(super) fn margin(&self) -> (Least, Vec<f64>) {
        match self.written(Kind::Margin) {
            Some(matrix) => (least_of(&matrix), (0..self.len()).map(|a| matrix[(a, a)]).collect()),
            None => {
                let least = self.least(Kind::Margin);
                (least, vec![least.found; self.len()])
            }
        }
    }

    /// S v of all rows.
    fn learn(&self, v: &[f64], learned: &mut Vec<f64>) -> f64 {
        learned.clear();
        learned.resize(self.rows.len(), 0.0);
        if let Some((rows, columns)) = &self.rank {
            let leaked: f64 = columns.iter().zip(v).map(|(column, v)| column * v).sum();
            let each = learned.iter_mut().zip(v).zip(rows.iter().zip(columns));
            each.for_each(|((learned, v), (row, column))| *learned = v * (1.0 - row * column) + row * leaked);
            return leaked;
        }
        for (a, v) in v.iter().enumerate() {
            for k in self.starts[a]..self.starts[a + 1] {
                learned[self.to[k] as usize] += self.weights[k] * v;
            }
        }
        0.0
    }

    /// S' y on the members; `leaked` is Σ row y over those outside, of knowledge of rank one.
    fn teach(&self, y: &[f64], leaked: f64, taught: &mut [f64]) {
        if let Some((rows, columns)) = &self.rank {
            let all = leaked + rows.iter().zip(y).map(|(row, y)| row * y).sum::<f64>();
            let each = taught.iter_mut().zip(y).zip(rows.iter().zip(columns));
            each.for_each(|((taught, y), (row, column))| *taught -= y * (1.0 - row * column) + column * all);
            return;
        }
        for (a, taught) in taught.iter_mut().enumerate() {
            let links = self.starts[a]..self.starts[a + 1];
            *taught -= links.map(|k| self.weights[k] * y[self.to[k] as usize]).sum::<f64>();
        }
    }

    /// The matrix times v.
    fn times(&self, kind: Kind, v: &[f64], desk: &mut Desk) -> Vec<f64> {
        let leaked = self.learn(v, &mut desk.learned);
        let (sums, pulls) = (&mut desk.sums, &mut desk.pulls);
        sums.clear();
        sums.extend(self.cells.iter().map(|cell| cell.rows * leaked));
        pulls.clear();
        pulls.resize(self.cells.len(), 0.0);
        for (row, learned) in self.rows.iter().zip(&desk.learned).filter(|(row, _)| row.tau > 0.0) {
            sums[row.cell as usize] += row.tau * learned;
        }
        // 2 H P v of the members, over e.
        let pull = |row: &Row, learned: f64, sums: &[f64]| {
            let cell = self.cells[row.cell as usize];
            let moves = row.member && (row.sells || kind == Kind::Bound);
            let by = (learned - sums[row.cell as usize]) / cell.own;
            if moves { 2.0 * cell.margin * by / cell.own } else { 0.0 }
        };
        for (row, &learned) in self.rows.iter().zip(&desk.learned) {
            pulls[row.cell as usize] += pull(row, learned, sums);
        }
        desk.y.clear();
        desk.y.extend(self.rows.iter().zip(&desk.learned).map(|(row, &learned)| {
            let pressed = row.tau * pulls[row.cell as usize];
            // No spillover, no floor.
            let floor = if kind == Kind::Bound && learned != 0.0 { row.floor * learned } else { 0.0 };
            pull(row, learned, sums) - pressed + floor
        }));
        let outside = |(cell, pull): (&Cell, &f64)| {
            let floor = if kind == Kind::Bound && leaked != 0.0 { cell.floors * leaked } else { 0.0 };
            floor - pull * cell.rows
        };
        let leaked: f64 = self.cells.iter().zip(pulls.iter()).map(outside).sum();
        let mut product: Vec<f64> = self.own.iter().zip(v).map(|(own, v)| own * v).collect();
        self.teach(&desk.y, leaked, &mut product);
        product
    }

    /// The matrix, of a block that is not too large for it.
    pub(super) fn written(&self, kind: Kind) -> Option<Matrix> {
        let c = self.len();
        if c > WRITTEN {
            return None;
        }
        let mut desk = Desk::default();
        let mut matrix = Matrix::zeros(c, c);
        let mut unit = vec![0.0; c];
        for j in 0..c {
            unit[j] = 1.0;
            matrix.column_mut(j).copy_from_slice(&self.times(kind, &unit, &mut desk));
            unit[j] = 0.0;
        }
        Some(matrix)
    }

    /// The smallest eigenvalue.
    pub(super) fn least(&self, kind: Kind) -> Least {
        match self.written(kind) {
            Some(matrix) => least_of(&matrix),
            None => self.lanczos(kind).unwrap_or(Least { found: f64::NAN, least: f64::NEG_INFINITY }),
        }
    }

    /// By the Lanczos iteration from a random start. After k steps the smallest Ritz value lies above the smallest
    /// eigenvalue by more than ε of the spread with a probability of at most 1.648 √n exp(−√ε (2k − 1)) (Kuczyński and
    /// Woźniakowski 1992, SIAM J. Matrix Anal. Appl. 13, theorem 4.1): ε is what makes that 1e-12.
    fn lanczos(&self, kind: Kind) -> Option<Least> {
        let n = self.len();
        let top = self.own.iter().fold(0.0f64, |top, &own| top.max(own));
        let mut stream = Stream::new(Key::new(1, "innovate block"), n as u64, 0);
        // A direction that is uniform on the sphere.
        let mut now: Vec<f64> = (0..n)
            .map(|_| (-2.0 * stream.uniform_positive().ln()).sqrt() * (std::f64::consts::TAU * stream.uniform()).cos())
            .collect();
        let length = now.iter().map(|v| v * v).sum::<f64>().sqrt();
        now.iter_mut().for_each(|v| *v /= length);
        let (mut before, mut beside) = (vec![0.0; n], vec![0.0]);
        let (mut diagonal, mut desk, mut last) = (Vec::new(), Desk::default(), f64::INFINITY);
        for k in 1..=STEPS {
            let mut next = self.times(kind, &now, &mut desk);
            let along: f64 = next.iter().zip(&now).map(|(a, b)| a * b).sum();
            diagonal.push(along);
            let back = beside[k - 1];
            next.iter_mut().zip(now.iter().zip(&before)).for_each(|(next, (now, before))| {
                *next -= along * now + back * before;
            });
            let length = next.iter().map(|v| v * v).sum::<f64>().sqrt();
            if !length.is_finite() {
                return None;
            }
            // A space that holds its own images holds every eigenvalue: the start has a part of each.
            let whole = length <= 1e-11 * top;
            if k % LOOK == 0 || whole {
                let found = tridiagonal(&diagonal, &beside);
                let done = whole || (last - found).abs() <= 1e-10 * top;
                let share = ((1.648 * (n as f64).sqrt()).ln() + SURE) / (2 * k - 1) as f64;
                let share = (share * share).min(1.0);
                let below = if whole { 0.0 } else { share / (1.0 - share) * (top - found).max(0.0) };
                let least = found - below;
                if done || k == STEPS || (kind == Kind::Bound && least > 0.0) {
                    return Some(Least { found, least });
                }
                last = found;
            }
            beside.push(length);
            before = std::mem::replace(&mut now, next);
            now.iter_mut().for_each(|v| *v /= length);
        }
        None
    }
}

/// The sets of sellers around firms just at the threshold: those above it, with none or one of them.
struct Sides<'a> {
    ties: &'a [(usize, usize)],
    /// By cell: sellers above the threshold, and what they and rank-one rows of outsiders among them come to.
    sellers: Vec<usize>,
    rows: Vec<f64>,
    /// The row of each tie, and its row of rank one where it is no member.
    slots: Vec<Option<usize>>,
    uses: Vec<f64>,
    /// Who of the rows is above the threshold.
    above: Vec<bool>,
    rules: Vec<crate::stage::Rules>,
}

impl<'a> Sides<'a> {
    fn new(
        block: &Block,
        large: &Large<'_>,
        together: &Together,
        maker: usize,
        view: &View,
        ties: &'a [(usize, usize)],
    ) -> Self {
        let cells = together.cells(maker);
        let market = |c: usize| together.market[cells.start + c] as usize;
        let count = block.cells.len();
        let mut sellers: Vec<usize> = (0..count).map(|c| view.out.sellers[market(c)]).collect();
        let kappas = block.cells.iter().map(|cell| cell.kappa);
        let mut rows: Vec<f64> = block
            .cells
            .iter()
            .zip(kappas)
            .map(|(cell, kappa)| if kappa > 0.0 { cell.rows / kappa } else { 0.0 })
            .collect();
        let mut above: Vec<bool> = block.rows.iter().map(|row| row.sells).collect();
        let (mut slots, mut uses) = (Vec::new(), Vec::new());
        for &(c, k) in ties {
            let slot = block.firms.iter().position(|&firm| firm as usize == k);
            let sells = view.out.q[k] > 0.0;
            sellers[c] -= usize::from(sells);
            let used = if slot.is_none() { large.row.map_or(0.0, |row| row[k]) } else { 0.0 };
            rows[c] -= if sells { used } else { 0.0 };
            if let Some(slot) = slot {
                above[slot] = false;
            }
            slots.push(slot);
            uses.push(used);
        }
        let rules = (0..count).map(|c| large.rules[market(c)]).collect();
        Self { ties, sellers, rows, slots, uses, above, rules }
    }

    /// κ without and with one more seller.
    fn kappas(&self, c: usize) -> (f64, f64) {
        (self.rules[c].kappa(self.sellers[c]), self.rules[c].kappa(self.sellers[c] + 1))
    }

    /// What a unit of y of those above raises T by.
    fn tau(&self, c: usize, shares: &[f64]) -> f64 {
        let (without, with) = self.kappas(c);
        let share: f64 = self.ties.iter().zip(shares).filter(|(tie, _)| tie.0 == c).map(|(_, share)| share).sum();
        without + share * (with - without)
    }

    /// Takes the function of these shares into the block.
    fn set(&self, block: &mut Block, shares: &[f64]) {
        let mut touched = vec![false; block.cells.len()];
        self.ties.iter().for_each(|tie| touched[tie.0] = true);
        let taus: Vec<f64> = (0..block.cells.len()).map(|c| self.tau(c, shares)).collect();
        for (row, &above) in block.rows.iter_mut().zip(&self.above).filter(|(row, _)| touched[row.cell as usize]) {
            row.tau = if above { taus[row.cell as usize] } else { 0.0 };
        }
        for (c, cell) in block.cells.iter_mut().enumerate().filter(|(c, _)| touched[*c]) {
            cell.rows = taus[c] * self.rows[c];
        }
        for (((c, _), share), (slot, used)) in self.ties.iter().zip(shares).zip(self.slots.iter().zip(&self.uses)) {
            let tau = share * self.kappas(*c).1;
            match slot {
                Some(slot) => block.rows[*slot].tau = tau,
                None => block.cells[*c].rows += tau * used,
            }
        }
    }

    /// How far the function lies above the joint profit where it begins: its T lies below T.
    fn over(
        &self,
        large: &Large<'_>,
        together: &Together,
        maker: usize,
        (state, view): (&State, &View),
        shares: &[f64],
    ) -> f64 {
        let mut over = 0.0;
        for (c, cell) in together.cells(maker).enumerate() {
            let m = together.market[cell] as usize;
            let y = |k: usize| large.level(state, k).min(large.cap[k]);
            let tied = |k: usize| self.ties.iter().any(|tie| tie.1 == k);
            let of = large.game.members(m).iter().map(|&k| k as usize);
            let mut sum = 0.0;
            of.filter(|&k| view.out.q[k] > 0.0 && !tied(k)).for_each(|k| sum += y(k));
            let mut threshold = self.tau(c, shares) * sum;
            for (tie, share) in self.ties.iter().zip(shares).filter(|(tie, _)| tie.0 == c) {
                threshold += share * self.kappas(c).1 * y(tie.1);
            }
            let by = (view.out.threshold[m] - threshold).max(0.0) / self.rules[c].own;
            let each = |&i: &u32| self.rules[c].margin * by * (2.0 * view.out.q[i as usize] + by);
            over += together.firms(cell).iter().map(each).sum::<f64>();
        }
        over
    }
}

/// The shares, each in [0, 1], whose slopes of the members named are smallest.
fn shares(none: &[f64], apart: &[Vec<f64>], inner: &[usize]) -> Option<Vec<f64>> {
    let k = apart.len();
    let product = |a: &[f64], b: &[f64]| inner.iter().map(|&i| a[i] * b[i]).sum::<f64>();
    let mut normal = Matrix::from_fn(k, k, |a, b| product(&apart[a], &apart[b]));
    let top = (0..k).fold(0.0f64, |top, a| top.max(normal[(a, a)]));
    // Firms at the threshold that no member holds.
    for a in 0..k {
        if normal[(a, a)] <= 1e-14 * top || top == 0.0 {
            normal[(a, a)] = 1.0;
        }
    }
    let right: Vec<f64> = apart.iter().map(|apart| -product(apart, none)).collect();
    let found = Lu::new(&normal).ok()?.solve(&right);
    found.iter().all(|share| share.is_finite()).then(|| found.iter().map(|share| share.clamp(0.0, 1.0)).collect())
}

/// Room for products.
#[derive(Default)]
struct Desk {
    learned: Vec<f64>,
    sums: Vec<f64>,
    pulls: Vec<f64>,
    y: Vec<f64>,
}

fn least_of(matrix: &Matrix) -> Least {
    let c = matrix.rows();
    if !matrix.is_finite() {
        return Least { found: f64::NAN, least: f64::NEG_INFINITY };
    }
    let found = match c {
        1 => matrix[(0, 0)],
        2 => {
            let (a, b, d) = (matrix[(0, 0)], matrix[(0, 1)], matrix[(1, 1)]);
            (a + d) / 2.0 - ((a - d) / 2.0).hypot(b)
        }
        ..=FEW => by_rotations(matrix.clone()),
        _ => smallest(matrix),
    };
    Least { found, least: found }
}

/// The smallest eigenvalue of a small symmetric matrix, by rotations that annul one pair of cells after another
/// (Jacobi). For many thousand small blocks it is quicker than the general decomposition.
fn by_rotations(mut matrix: Matrix) -> f64 {
    let c = matrix.rows();
    let beside = |matrix: &Matrix| {
        let row = |i: usize| (i + 1..c).map(|j| matrix[(i, j)].abs()).fold(0.0, f64::max);
        (0..c).map(row).fold(0.0, f64::max)
    };
    let top = (0..c).fold(0.0f64, |top, i| top.max(matrix[(i, i)].abs()));
    for _ in 0..SWEEPS {
        // What is left changes eigenvalues by its square.
        if beside(&matrix) <= 1e-14 * top {
            break;
        }
        for i in 0..c {
            for j in i + 1..c {
                rotate(&mut matrix, i, j);
            }
        }
    }
    (0..c).map(|i| matrix[(i, i)]).fold(f64::INFINITY, f64::min)
}

/// Annuls the cells (i, j) and (j, i).
fn rotate(matrix: &mut Matrix, i: usize, j: usize) {
    let beside = matrix[(i, j)];
    if beside == 0.0 {
        return;
    }
    let half = (matrix[(j, j)] - matrix[(i, i)]) / (2.0 * beside);
    let tangent = half.signum() / (half.abs() + half.hypot(1.0));
    let cosine = 1.0 / tangent.hypot(1.0);
    let sine = tangent * cosine;
    for k in 0..matrix.rows() {
        let (a, b) = (matrix[(k, i)], matrix[(k, j)]);
        (matrix[(k, i)], matrix[(k, j)]) = (cosine * a - sine * b, sine * a + cosine * b);
    }
    for k in 0..matrix.rows() {
        let (a, b) = (matrix[(i, k)], matrix[(j, k)]);
        (matrix[(i, k)], matrix[(j, k)]) = (cosine * a - sine * b, sine * a + cosine * b);
    }
}

/// The smallest eigenvalue of a symmetric tridiagonal matrix, by bisection; `beside[k]` stands between k − 1 and k.
fn tridiagonal(diagonal: &[f64], beside: &[f64]) -> f64 {
    let n = diagonal.len();
    let side = |k: usize| if k == 0 || k >= n { 0.0 } else { beside[k].abs() };
    let radius = |k: usize| side(k) + side(k + 1);
    let mut low = (0..n).fold(f64::INFINITY, |low, k| low.min(diagonal[k] - radius(k)));
    let mut high = diagonal.iter().copied().fold(f64::INFINITY, f64::min);
    // Whether an eigenvalue lies below: a pivot of the shifted matrix is negative.
    let below = |shift: f64| {
        let mut pivot = 1.0;
        (0..n).any(|k| {
            pivot = diagonal[k] - shift - if k == 0 { 0.0 } else { side(k) * side(k) / pivot };
            pivot <= 0.0
        })
    };
    for _ in 0..200 {
        let middle = (low + high) / 2.0;
        if middle <= low || middle >= high {
            break;
        }
        if below(middle) { high = middle } else { low = middle }
    }
    (low + high) / 2.0
}

impl Large<'_> {
    fn cell(&self, together: &Together, cell: usize, out: &crate::stage::Outputs) -> Cell {
        let m = together.market[cell] as usize;
        let rules = self.rules[m];
        Cell { kappa: self.kappa(out, m), own: rules.own, margin: rules.margin, rows: 0.0, floors: 0.0 }
    }

    /// Whether the members in a market have one cap, so that none of them gains by the floor of another.
    fn like_caps(&self, together: &Together, cell: usize) -> bool {
        let firms = together.firms(cell);
        let cap = self.cap[firms[0] as usize];
        self.rules[together.market[cell] as usize].exit && firms.iter().all(|&i| self.cap[i as usize] == cap)
    }

    /// What a unit by which T falls brings the members of a cell at most, 2 h κ Q̄/e.
    fn pays(&self, together: &Together, cell: usize, out: &crate::stage::Outputs) -> f64 {
        let m = together.market[cell] as usize;
        let rules = self.rules[m];
        let firms = together.firms(cell);
        let top = firms.iter().fold(0.0f64, |top, &i| top.max(self.cap[i as usize]));
        let count = firms.len() as f64;
        let most = count * top / (rules.own + count * rules.cross);
        2.0 * rules.margin * self.kappa(out, m) * most / rules.own
    }
}

#[cfg(test)]
mod tests {
    use super::{by_rotations, smallest};
    use distretto_numerics::Matrix;
    use proptest::prelude::*;

    #[test]
    fn rotations_find_a_known_eigenvalue() {
        // 2 on the diagonal, −1 beside it: 2 − 2 cos(kπ/(n+1)).
        let matrix = Matrix::from_fn(5, 5, |i, j| match i.abs_diff(j) {
            0 => 2.0,
            1 => -1.0,
            _ => 0.0,
        });
        assert!((by_rotations(matrix) - (2.0 - 3.0f64.sqrt())).abs() < 1e-15);
    }

    proptest! {
        #[test]
        fn rotations_find_what_the_decomposition_finds(cells in prop::collection::vec(-9.0..9.0f64, 78), n in 3usize..13) {
            let matrix = Matrix::from_fn(n, n, |i, j| cells[i.max(j) * (i.max(j) + 1) / 2 + i.min(j)]);
            prop_assert!((by_rotations(matrix.clone()) - smallest(&matrix)).abs() < 1e-12);
        }
    }
}
