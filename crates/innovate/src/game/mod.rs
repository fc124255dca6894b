//! The game: what GAME.toml says, checked.

mod firms;
mod policy;
mod read;
mod regime;
mod spillover;
mod values;

pub use read::{DOCUMENT_FILES, columns, read_game};
pub(crate) use read::{defined, read_combination, symmetric_plants};

use crate::knowledge::Knowledge;
use distretto_numerics::Matrix;
use std::sync::Arc;

/// How firms meet on the market.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Competition {
    /// They choose quantities.
    Cournot,
    /// They choose prices.
    Bertrand,
}

/// Where knowledge spills over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// In the results of R&D (d'Aspremont and Jacquemin 1988).
    Output,
    /// In the money spent on it (Kamien, Muller and Zang 1992).
    Input,
}

/// Who decides on R&D, and for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// Every firm for itself.
    Competition,
    /// Coalitions maximise their joint profit.
    Coordination,
    /// Coalitions share their knowledge.
    Sharing,
    /// Both.
    Consortium,
    /// A coalition is one firm.
    Merger,
    /// A planner chooses R&D, firms choose output.
    PlannerSecondBest,
    /// A planner chooses R&D and output.
    PlannerFirstBest,
}

/// All modes, in the order in which they are compared.
pub const MODES: [Mode; 7] = [
    Mode::Competition,
    Mode::Coordination,
    Mode::Sharing,
    Mode::Consortium,
    Mode::Merger,
    Mode::PlannerSecondBest,
    Mode::PlannerFirstBest,
];

impl Mode {
    /// The word of the game file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Competition => "competition",
            Self::Coordination => "coordination",
            Self::Sharing => "sharing",
            Self::Consortium => "consortium",
            Self::Merger => "merger",
            Self::PlannerSecondBest => "planner-second-best",
            Self::PlannerFirstBest => "planner-first-best",
        }
    }

    /// The mode of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        MODES.into_iter().find(|mode| mode.word() == word)
    }

    /// Whether a planner chooses R&D.
    #[must_use]
    pub fn is_planner(self) -> bool {
        matches!(self, Self::PlannerSecondBest | Self::PlannerFirstBest)
    }

    /// Whether members of a coalition choose R&D for their joint profit, each selling for itself.
    #[must_use]
    pub fn is_joint(self) -> bool {
        matches!(self, Self::Coordination | Self::Consortium)
    }

    /// Whether members of a coalition share their knowledge.
    #[must_use]
    pub fn is_sharing(self) -> bool {
        matches!(self, Self::Sharing | Self::Consortium)
    }

    /// Whether coalitions play a part.
    #[must_use]
    pub fn has_coalitions(self) -> bool {
        self.is_joint() || self.is_sharing() || self == Self::Merger
    }
}

/// When R&D and output are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timing {
    /// R&D first, seen by all, then output.
    TwoStage,
    /// Together (König, Liu and Zenou 2019).
    Simultaneous,
}

/// Who may join a coalition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Membership {
    /// Anyone.
    Open,
    /// Whom no member refuses.
    Exclusive,
    /// As exclusive; a coalition that a member leaves dissolves.
    Unanimity,
}

impl Membership {
    /// The rule of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        [("open", Self::Open), ("exclusive", Self::Exclusive), ("unanimity", Self::Unanimity)]
            .into_iter()
            .find(|(known, _)| *known == word)
            .map(|(_, rule)| rule)
    }
}

/// Where a merged firm produces a homogeneous good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plants {
    /// In all its laboratories alike.
    Symmetric,
    /// In the one that is cheapest after R&D.
    Efficient,
}

/// How an equilibrium is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// By size.
    Auto,
    /// By linear systems on the active set.
    Dense,
    /// By iteration, without a matrix.
    MatrixFree,
    /// By exact best replies, one firm after another.
    ExactReply,
}

/// Settings of the solver.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Solver {
    /// How.
    pub method: Method,
    /// Relative, on R&D.
    pub tolerance: f64,
    /// Most iterations.
    pub max_iterations: usize,
    /// Points from which equilibria are searched.
    pub starts: usize,
}

/// A public institute whose knowledge firms receive.
#[derive(Debug, Clone, PartialEq)]
pub struct Research {
    /// Its R&D: a cost reduction, or money in the input form.
    pub amount: f64,
    /// The share of it that each firm receives.
    pub received: Vec<f64>,
    /// What it costs.
    pub cost: f64,
}

/// Subsidies and public research.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// s, money per unit sold.
    pub output: Vec<f64>,
    /// σ, share of the cost of R&D.
    pub rate: Vec<f64>,
    /// t, money per unit of R&D.
    pub unit: Vec<f64>,
    /// λ, shadow cost of public funds.
    pub funds_cost: f64,
    /// Public research.
    pub research: Option<Research>,
}

/// A game, checked: `n` firms, their markets, what they learn from one another, and the rules.
#[derive(Debug, Clone, PartialEq)]
pub struct Game {
    /// Names of the firms.
    pub names: Arc<Vec<String>>,
    /// a, price at which nothing is bought, by firm.
    pub intercept: Vec<f64>,
    /// b.
    pub slope: f64,
    /// d/b.
    pub substitution: f64,
    /// Quantities or prices.
    pub competition: Competition,
    /// c, unit cost before R&D.
    pub cost: Vec<f64>,
    /// γ.
    pub rd_cost: Vec<f64>,
    /// The market of each firm.
    pub market: Vec<u32>,
    /// Names of the markets.
    pub markets: Arc<Vec<String>>,
    /// Firms by market, market after market.
    pub order: Vec<u32>,
    /// Where each market begins in `order`, and the end.
    pub starts: Vec<usize>,
    /// What each firm can use of what others know.
    pub knowledge: Arc<Knowledge>,
    /// In results or in money.
    pub form: Form,
    /// δ of Kamien and Zang, where absorptive capacity is chosen.
    pub narrowness: Option<Vec<f64>>,
    /// Who decides.
    pub mode: Mode,
    /// When.
    pub timing: Timing,
    /// Coalitions of two or more; the default where none are named is one of all.
    pub coalitions: Vec<Vec<u32>>,
    /// Spillover within a sharing coalition.
    pub sharing_rate: f64,
    /// Ω, weight of the profit of k (column) in the objective of i (row).
    pub cross_ownership: Option<Matrix>,
    /// Rule of the verb `coalitions`, where the file names one.
    pub membership: Option<Membership>,
    /// Plants of a merged firm, where the file names them.
    pub plants: Option<Plants>,
    /// Subsidies and public research.
    pub policy: Policy,
    /// The solver.
    pub solver: Solver,
    /// Type of each firm, where the table names it.
    pub types: Option<Vec<String>>,
    /// The first key whose values stand firm by firm; none when all are the same for all.
    pub listed: Option<String>,
    /// Links of firms to themselves in the file of links, which are left out.
    pub own_links: usize,
    /// Whether the file of links has no row.
    pub no_links: bool,
}

impl Game {
    /// Number of firms.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cost.len()
    }

    /// Whether there is no firm; a checked game has one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cost.is_empty()
    }

    /// d, what a unit of another firm takes from the price.
    #[must_use]
    pub fn cross_slope(&self) -> f64 {
        self.substitution * self.slope
    }

    /// The firms of a market.
    #[must_use]
    pub fn members(&self, market: usize) -> &[u32] {
        &self.order[self.starts[market]..self.starts[market + 1]]
    }

    /// The scale of prices: the largest intercept.
    #[must_use]
    pub fn scale(&self) -> f64 {
        self.intercept.iter().fold(0.0, |largest, &a| f64::max(largest, a))
    }

    /// What firm `i` receives from public research.
    #[must_use]
    pub fn received(&self, i: usize) -> f64 {
        self.policy.research.as_ref().map_or(0.0, |research| research.amount * research.received[i])
    }

    /// s under the regime: a first-best planner pays none.
    #[must_use]
    pub fn output_subsidy(&self, i: usize) -> f64 {
        if self.mode == Mode::PlannerFirstBest { 0.0 } else { self.policy.output[i] }
    }

    /// σ under the regime: a planner chooses R&D and pays none.
    #[must_use]
    pub fn rd_rate(&self, i: usize) -> f64 {
        if self.mode.is_planner() { 0.0 } else { self.policy.rate[i] }
    }

    /// t under the regime.
    #[must_use]
    pub fn rd_unit(&self, i: usize) -> f64 {
        if self.mode.is_planner() { 0.0 } else { self.policy.unit[i] }
    }

    /// γ(1−σ): what firm `i` itself bears.
    #[must_use]
    pub fn own_rd_cost(&self, i: usize) -> f64 {
        self.rd_cost[i] * (1.0 - self.rd_rate(i))
    }

    /// The coalition of each firm by its place in [`coalitions`](Self::coalitions); none for one that stands alone or
    /// where the mode knows no coalitions.
    #[must_use]
    pub fn coalition_of(&self) -> Vec<Option<u32>> {
        let mut of = vec![None; self.len()];
        if self.mode.has_coalitions() {
            for (c, members) in self.coalitions.iter().enumerate() {
                members.iter().for_each(|&i| of[i as usize] = Some(c as u32));
            }
        }
        of
    }

    /// S of the regime as a dense matrix: 1 on the diagonal, what i (row) gains from j (column) elsewhere; within a
    /// sharing coalition the sharing rate.
    #[must_use]
    pub fn spillovers(&self) -> Matrix {
        let mut s = self.knowledge.dense(self.len());
        if self.mode.is_sharing() {
            for members in &self.coalitions {
                for &j in members {
                    for &i in members.iter().filter(|&&i| i != j) {
                        s[(i as usize, j as usize)] = self.sharing_rate;
                    }
                }
            }
        }
        s
    }

    /// Whether two firms could change places without changing the game: cost, R&D cost, intercept, policy, market and
    /// spillovers towards and from all others.
    #[must_use]
    pub fn exchangeable(&self, i: usize, j: usize) -> bool {
        let same = |values: &[f64]| close(values[i], values[j]);
        let research = self.policy.research.as_ref().is_none_or(|research| same(&research.received));
        same(&self.cost)
            && same(&self.rd_cost)
            && same(&self.intercept)
            && same(&self.policy.output)
            && same(&self.policy.rate)
            && same(&self.policy.unit)
            && self.narrowness.as_ref().is_none_or(|delta| same(delta))
            && research
            && self.market[i] == self.market[j]
            && self.knowledge.exchangeable(i, j, self.len())
    }

    /// Whether all firms are exchangeable.
    #[must_use]
    pub fn is_symmetric(&self) -> bool {
        // Exchangeability with the first is not enough for spillovers: every neighbour swap must keep them.
        (1..self.len()).all(|i| self.exchangeable(i - 1, i))
    }

    /// The game without firm `i`: its market, knowledge and coalition lose it; what is emptied disappears.
    #[must_use]
    pub fn without(&self, i: usize) -> Self {
        let kept: Vec<usize> = (0..self.len()).filter(|&k| k != i).collect();
        let pick = |values: &[f64]| kept.iter().map(|&k| values[k]).collect::<Vec<f64>>();
        let mut game = self.clone();
        game.names = Arc::new(kept.iter().map(|&k| self.names[k].clone()).collect());
        (game.intercept, game.cost, game.rd_cost) = (pick(&self.intercept), pick(&self.cost), pick(&self.rd_cost));
        let mut used: Vec<u32> = Vec::new();
        for &k in &kept {
            if !used.contains(&self.market[k]) {
                used.push(self.market[k]);
            }
        }
        let place = |m: u32| used.iter().position(|&known| known == m).map_or(0, |m| m as u32);
        game.market = kept.iter().map(|&k| place(self.market[k])).collect();
        game.markets = Arc::new(used.iter().map(|&m| self.markets[m as usize].clone()).collect());
        game.knowledge = Arc::new(self.knowledge.among(&kept));
        game.narrowness = self.narrowness.as_ref().map(|values| pick(values));
        let shift = |k: &u32| if *k > i as u32 { k - 1 } else { *k };
        let lessen = |members: &Vec<u32>| members.iter().filter(|&&k| k != i as u32).map(shift).collect::<Vec<u32>>();
        game.coalitions = self.coalitions.iter().map(lessen).filter(|members| members.len() > 1).collect();
        let among = |m: &Matrix| Matrix::from_fn(kept.len(), kept.len(), |a, b| m[(kept[a], kept[b])]);
        game.cross_ownership = self.cross_ownership.as_ref().map(among);
        let policy = &self.policy;
        game.policy.output = pick(&policy.output);
        game.policy.rate = pick(&policy.rate);
        game.policy.unit = pick(&policy.unit);
        if let Some(research) = &mut game.policy.research {
            research.received = pick(&research.received);
        }
        game.types = self.types.as_ref().map(|types| kept.iter().map(|&k| types[k].clone()).collect());
        game.index_markets();
        game
    }

    /// Rebuilds `order` and `starts` from `market`.
    pub(crate) fn index_markets(&mut self) {
        let markets = self.markets.len();
        let mut starts = vec![0; markets + 1];
        for &m in &self.market {
            starts[m as usize + 1] += 1;
        }
        for m in 0..markets {
            starts[m + 1] += starts[m];
        }
        let mut next = starts.clone();
        self.order = vec![0; self.len()];
        for (i, &m) in self.market.iter().enumerate() {
            self.order[next[m as usize]] = i as u32;
            next[m as usize] += 1;
        }
        self.starts = starts;
    }
}

/// Equal but for rounding.
pub(crate) fn close(a: f64, b: f64) -> bool {
    a == b || (a - b).abs() <= 1e-12 * a.abs().max(b.abs())
}
