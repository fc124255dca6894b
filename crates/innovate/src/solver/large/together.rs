//! Who decides together, and where they sell: marginal joint profits of all firms in one pass over the links.
//!
//! Of a maker C (a coalition, or a firm alone), with Z_Cm the output of its members in market m, κ and e those of m, and
//! 1_l for a firm that sells with a cost above the floor,
//!
//! ∂/∂x_i = 2 Σ_l 1_l S_li (h/e) (q_l [l ∈ C] − κ Z_Cm(l)) + t_i − γ'_i x_i,
//!
//! the sum over firms of the markets in which C sells: Γ'x = 2[(Ω ∘ S') − diag(·) Z Z'/N] q + t.

use super::{GRAIN, Large, Links, State, by_firm};
use crate::stage::Outputs;
use distretto_numerics::pairwise_by;
use rayon::prelude::*;

/// Decision makers, each with its cells: its members of one market.
pub(super) struct Together {
    /// The maker of each firm.
    pub of: Vec<u32>,
    /// The cell of each firm.
    pub cell: Vec<u32>,
    /// Firms, cell after cell.
    members: Vec<u32>,
    /// Where each cell begins in `members`, and the end.
    starts: Vec<usize>,
    /// The market of each cell.
    pub market: Vec<u32>,
    /// Where the cells of each maker begin, and the end.
    makers: Vec<usize>,
    /// Links from firms to those of other markets in which their maker sells.
    pub abroad: Links,
    /// The cell of the maker in the market of each such link.
    pub cells_abroad: Vec<u32>,
}

impl Together {
    pub(super) fn new(large: &Large<'_>) -> Self {
        let game = large.game;
        let n = game.len();
        let mut of = vec![u32::MAX; n];
        let mut count = game.coalitions.len();
        for (c, members) in game.coalitions.iter().enumerate() {
            members.iter().for_each(|&i| of[i as usize] = c as u32);
        }
        for number in of.iter_mut().filter(|number| **number == u32::MAX) {
            *number = count as u32;
            count += 1;
        }
        let mut members: Vec<u32> = (0..n as u32).collect();
        members.par_sort_unstable_by_key(|&i| (of[i as usize], game.market[i as usize], i));
        let mut together = Self {
            cell: vec![0; n],
            starts: Vec::new(),
            market: Vec::new(),
            makers: Vec::new(),
            abroad: Links::default(),
            cells_abroad: Vec::new(),
            members,
            of,
        };
        together.divide(&game.market);
        if together.market.len() > together.makers() {
            together.reach_abroad(large);
        }
        together
    }

    /// Divides the members of each maker into cells.
    fn divide(&mut self, market: &[u32]) {
        let mut last = None;
        for (at, &i) in self.members.iter().enumerate() {
            let (maker, m) = (self.of[i as usize], market[i as usize]);
            if last != Some((maker, m)) {
                if last.is_none_or(|(before, _)| before != maker) {
                    self.makers.push(self.starts.len());
                }
                self.starts.push(at);
                self.market.push(m);
                last = Some((maker, m));
            }
            self.cell[i as usize] = self.starts.len() as u32 - 1;
        }
        self.makers.push(self.starts.len());
        self.starts.push(self.members.len());
    }

    /// Finds the links that lead to other markets of the same maker.
    fn reach_abroad(&mut self, large: &Large<'_>) {
        let n = self.of.len();
        if large.between.starts.is_empty() {
            return;
        }
        let market = &large.game.market;
        let found = |l: usize, j: u32| self.cell_in(self.of[j as usize], market[l]);
        let mut starts = vec![0usize; n + 1];
        for l in 0..n {
            let links = large.between.of(l).filter(|&(j, _)| found(l, j).is_some());
            links.for_each(|(j, _)| starts[j as usize + 1] += 1);
        }
        (0..n).for_each(|j| starts[j + 1] += starts[j]);
        let mut next = starts.clone();
        let count = starts[n];
        let mut abroad = Links { starts, firms: vec![0; count], weights: vec![0.0; count] };
        let mut cells = vec![0; count];
        for l in 0..n {
            for (j, weight) in large.between.of(l) {
                if let Some(cell) = found(l, j) {
                    let at = next[j as usize];
                    next[j as usize] += 1;
                    (abroad.firms[at], abroad.weights[at], cells[at]) = (l as u32, weight, cell);
                }
            }
        }
        (self.abroad, self.cells_abroad) = (abroad, cells);
    }

    /// The cell of a maker in a market.
    fn cell_in(&self, maker: u32, market: u32) -> Option<u32> {
        let range = self.cells(maker as usize);
        let found = self.market[range.clone()].binary_search(&market).ok()?;
        Some((range.start + found) as u32)
    }

    pub(super) fn makers(&self) -> usize {
        self.makers.len() - 1
    }

    /// The cells of a maker.
    pub(super) fn cells(&self, maker: usize) -> std::ops::Range<usize> {
        self.makers[maker]..self.makers[maker + 1]
    }

    /// The firms of a cell.
    pub(super) fn firms(&self, cell: usize) -> &[u32] {
        &self.members[self.starts[cell]..self.starts[cell + 1]]
    }

    /// The firms of a maker, market after market.
    pub(super) fn block(&self, maker: usize) -> &[u32] {
        let cells = self.cells(maker);
        &self.members[self.starts[cells.start]..self.starts[cells.end]]
    }

    /// Whether the maker of firm i sells in several markets.
    pub(super) fn wide(&self, i: usize) -> bool {
        self.cells(self.of[i] as usize).len() > 1
    }

    /// Links of firm i to other markets of its maker: firm, cell there, weight.
    pub(super) fn links_abroad(&self, i: usize) -> impl Iterator<Item = (usize, usize, f64)> + '_ {
        let range = if self.abroad.starts.is_empty() { 0..0 } else { self.abroad.starts[i]..self.abroad.starts[i + 1] };
        range.map(|k| (self.abroad.firms[k] as usize, self.cells_abroad[k] as usize, self.abroad.weights[k]))
    }
}

/// Outputs, and whose move with R&D.
pub(super) struct View {
    pub out: Outputs,
    /// Who sells with a cost above the floor.
    pub live: Vec<bool>,
}

impl Large<'_> {
    pub(super) fn view(&self, state: &State) -> View {
        let out = self.outputs(state);
        let sells = |i: usize| out.q[i] > 0.0 || !self.rules_of(i).exit;
        let live = by_firm(state.x.len(), |i| sells(i) && self.level(state, i) <= self.cap[i]);
        View { out, live }
    }

    /// κ of a market.
    pub(super) fn kappa(&self, out: &Outputs, m: usize) -> f64 {
        self.rules[m].kappa(out.sellers[m])
    }

    /// Σ_l 1_l S_li (h/e) (q_l [l ∈ C] − κ Z) of every firm i: half of what a unit of its R&D brings its maker.
    pub(super) fn brings(&self, together: &Together, view: &View) -> Vec<f64> {
        let View { out, live } = view;
        let cells = together.market.len();
        let weight = |m: usize| self.rules[m].margin / self.rules[m].own;
        let own = |cell: usize| together.firms(cell).iter().map(|&i| i as usize);
        // (h/e) κ Z by cell.
        let press = by_firm(cells, |cell| {
            let m = together.market[cell] as usize;
            weight(m) * self.kappa(out, m) * own(cell).map(|i| out.q[i]).sum::<f64>()
        });
        let pull = |l: usize, inside: bool, cell: usize| {
            let gain = if inside { weight(self.market_of(l)) * out.q[l] } else { 0.0 };
            gain - press[cell]
        };
        let (Some(row), Some(column)) = (self.row, self.column) else {
            return by_firm(out.q.len(), |i| {
                let cell = together.cell[i] as usize;
                let members = self.game.members(self.market_of(i));
                let mut sum = if live[i] { pull(i, true, cell) } else { 0.0 };
                for (place, weight) in self.inside.of(i) {
                    let l = members[place as usize] as usize;
                    if live[l] {
                        sum += weight * pull(l, together.cell[l] as usize == cell, cell);
                    }
                }
                for (l, cell, weight) in together.links_abroad(i) {
                    if live[l] {
                        sum += weight * pull(l, together.of[l] == together.of[i], cell);
                    }
                }
                sum
            });
        };
        let rows = self.rows(live);
        let leaks = by_firm(together.makers(), |maker| {
            let of = |cell: usize| {
                let m = together.market[cell] as usize;
                let inner: f64 = own(cell).filter(|&l| live[l]).map(|l| row[l] * out.q[l]).sum();
                weight(m) * inner - press[cell] * rows[m]
            };
            let cells = together.cells(maker);
            pairwise_by(cells.len(), |at| of(cells.start + at))
        });
        by_firm(out.q.len(), |i| {
            let direct = if live[i] { pull(i, true, together.cell[i] as usize) } else { 0.0 };
            direct * (1.0 - row[i] * column[i]) + column[i] * leaks[together.of[i] as usize]
        })
    }

    /// Σ row_l over the live firms of each market.
    pub(super) fn rows(&self, live: &[bool]) -> Vec<f64> {
        let Some(row) = self.row else { return Vec::new() };
        let of = |m: usize| {
            let members = self.game.members(m);
            pairwise_by(members.len(), |k| {
                let i = members[k] as usize;
                if live[i] { row[i] } else { 0.0 }
            })
        };
        let grain = (GRAIN * self.rules.len() / self.game.len()).max(1);
        (0..self.rules.len()).into_par_iter().with_min_len(grain).map(of).collect()
    }
}
