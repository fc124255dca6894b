//! The envelopment programme of one unit against a frontier.

use super::Orientation;
use super::simplex::{Program, Vertex};
use distretto_numerics::Matrix;

/// What is left of an artificial column when the programme is feasible.
const NOTHING: f64 = 1e-9;
/// A reduced cost that is 0: the column may move without leaving the optimum.
const LEVEL: f64 = 1e-9;
/// A peer has a larger share than this.
pub(crate) const PEER: f64 = 1e-9;

/// Returns to scale of the frontier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Returns {
    /// λ ≥ 0.
    Constant,
    /// Σλ = 1.
    Variable,
    /// Σλ ≤ 1.
    NonIncreasing,
}

/// Units that span a frontier, scaled column by column.
#[derive(Debug, Clone)]
pub(crate) struct Frontier {
    /// Inputs, then outputs, of each unit.
    pub units: Vec<Vec<f64>>,
    /// Number of inputs.
    pub inputs: usize,
}

/// How a unit stands to a frontier.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Standing {
    /// θ, or φ of the output orientation.
    pub value: f64,
    /// Shares of the peers, by the place of the unit in the frontier.
    pub peers: Vec<(usize, f64)>,
    /// Slack of each input and output, on the scale of the frontier.
    pub slacks: Vec<f64>,
}

impl Standing {
    /// 1 for a unit on the frontier, less behind it, whatever the orientation.
    pub(crate) fn score(&self, orientation: Orientation) -> f64 {
        if orientation == Orientation::In { self.value } else { 1.0 / self.value }
    }
}

/// What is asked of a programme.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question<'a> {
    pub orientation: Orientation,
    pub returns: Returns,
    /// Inputs and outputs of the unit.
    pub unit: &'a [f64],
    /// Its place in the frontier, where it is part of it.
    pub own: Option<usize>,
    /// Whether the frontier is that of the others.
    pub others_only: bool,
    /// Weights of the slacks that are maximised afterwards.
    pub weights: Option<&'a [f64]>,
}

impl Frontier {
    /// Nothing where the programme has no solution.
    pub(crate) fn standing(&self, question: &Question<'_>) -> Option<Standing> {
        let layout = Layout::new(self, question);
        let mut program = layout.program(self, question);
        let own = layout.own;
        let outside = question.others_only || question.own.is_none();
        let mut basis = layout.start(question);
        if outside {
            // The unit itself makes the first basis feasible; then it has to go.
            let mut cost = vec![0.0; layout.columns];
            cost[own] = 1.0;
            let alone = |j: usize| j != own;
            let first = program.minimise(&cost, basis, &alone)?;
            if first.of(own) > NOTHING {
                return None;
            }
            basis = first.basis;
            program.artificial = Some(own);
        }
        let mut cost = vec![0.0; layout.columns];
        cost[layout.radial] = if question.orientation == Orientation::In { 1.0 } else { -1.0 };
        let mut best = program.minimise(&cost, basis, &|_| true)?;
        let value = best.of(layout.radial);
        if let Some(weights) = question.weights {
            best = layout.slack_phase(&program, best, weights)?;
        }
        let peers = layout.peers(question, &best);
        let slacks = (0..question.unit.len()).map(|i| best.of(layout.slack + i)).collect();
        Some(Standing { value, peers, slacks })
    }
}

/// Columns: the units, the unit itself, θ or φ, slacks of inputs and outputs, and what Σλ leaves of 1.
struct Layout {
    members: Vec<usize>,
    own: usize,
    radial: usize,
    slack: usize,
    rows: usize,
    columns: usize,
    inputs: usize,
    bounded: bool,
}

impl Layout {
    fn new(frontier: &Frontier, question: &Question<'_>) -> Self {
        // Where the unit is part of the frontier its own column stands for it.
        let members: Vec<usize> = (0..frontier.units.len()).filter(|&j| Some(j) != question.own).collect();
        let own = members.len();
        let rows = question.unit.len();
        let bounded = question.returns != Returns::Constant;
        let extra = usize::from(question.returns == Returns::NonIncreasing);
        Self {
            own,
            radial: own + 1,
            slack: own + 2,
            rows: rows + usize::from(bounded),
            columns: own + 2 + rows + extra,
            inputs: frontier.inputs,
            members,
            bounded,
        }
    }

    fn program(&self, frontier: &Frontier, question: &Question<'_>) -> Program {
        let goods = question.unit.len();
        let mut a = Matrix::zeros(self.rows, self.columns);
        for (k, &j) in self.members.iter().enumerate() {
            a.column_mut(k)[..goods].copy_from_slice(&frontier.units[j]);
        }
        a.column_mut(self.own)[..goods].copy_from_slice(question.unit);
        if self.bounded {
            (0..=self.own).for_each(|k| a[(goods, k)] = 1.0);
        }
        let mut b = vec![0.0; self.rows];
        for i in 0..goods {
            let input = i < self.inputs;
            a[(i, self.slack + i)] = if input { 1.0 } else { -1.0 };
            let radial = input == (question.orientation == Orientation::In);
            if radial {
                a[(i, self.radial)] = -question.unit[i];
            } else {
                b[i] = question.unit[i];
            }
        }
        if self.bounded {
            b[goods] = 1.0;
            if question.returns == Returns::NonIncreasing {
                a[(goods, self.slack + goods)] = 1.0;
            }
        }
        Program { a, b, artificial: None }
    }

    /// λ of the unit itself 1, θ or φ 1, all slacks 0.
    fn start(&self, question: &Question<'_>) -> Vec<usize> {
        let goods = question.unit.len();
        let largest = |from: usize, to: usize| {
            (from..to).max_by(|&a, &b| question.unit[a].total_cmp(&question.unit[b]).then(b.cmp(&a))).unwrap_or(from)
        };
        let (input, output) = (largest(0, self.inputs), largest(self.inputs, goods));
        let (radial, other) = if question.orientation == Orientation::In { (input, output) } else { (output, input) };
        let mut basis: Vec<usize> = (0..goods).map(|i| self.slack + i).collect();
        basis[radial] = self.radial;
        match self.bounded {
            true => basis.push(self.own),
            false => basis[other] = self.own,
        }
        basis
    }

    /// The largest weighted sum of slacks among the optima: only columns without reduced cost may move.
    fn slack_phase(&self, program: &Program, best: Vertex, weights: &[f64]) -> Option<Vertex> {
        let most = weights.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        let mut cost = vec![0.0; self.columns];
        weights.iter().enumerate().for_each(|(i, weight)| cost[self.slack + i] = -weight / most);
        let level = best.reduced.clone();
        program.minimise(&cost, best.basis, &|j| level[j] <= LEVEL)
    }

    fn peers(&self, question: &Question<'_>, best: &Vertex) -> Vec<(usize, f64)> {
        let name = |k: usize| if k == self.own { question.own } else { Some(self.members[k]) };
        let pairs = best.basis.iter().zip(&best.values).filter(|(k, share)| **k <= self.own && **share > PEER);
        let mut peers: Vec<(usize, f64)> = pairs.filter_map(|(&k, &share)| Some((name(k)?, share))).collect();
        peers.sort_by_key(|peer| peer.0);
        peers
    }
}
