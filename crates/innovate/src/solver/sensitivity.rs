//! How outputs and R&D answer to subsidies, exactly, as long as the active set holds.
//!
//! Outputs and R&D solve one linear system M z = c, z = (q, x): q − D x = q⁰ and Γ'x − 2E q = t in two stages,
//! (P + diag P) q − S x = α and Γ'x − q = t in one. A share σ_i lowers one diagonal entry of M by γ_i, a per-unit subsidy
//! t_i raises one entry of c, an output subsidy s_i shifts q⁰ or α; so z_d = M⁻¹(c_d − M_d z) and
//! z_de = −M⁻¹(M_d z_e + M_e z_d).

use super::Equilibrium;
use super::aim::Aim;
use super::dense::Dense;
use crate::game::{Form, Game, Mode, Timing};
use distretto_numerics::{Lu, Matrix};

/// Largest game whose answers are computed.
const FIRMS: usize = 400;

/// A subsidy that may be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lever {
    /// Share of the R&D cost of a firm.
    Rate(usize),
    /// Per unit of its R&D.
    Unit(usize),
    /// Per unit that it sells.
    Output(usize),
}

/// The system of a solution on its active set.
pub(crate) struct Sensitivity {
    n: usize,
    /// q, then x.
    z: Vec<f64>,
    lu: Lu,
    /// Of a unit of y_i on the right side, by firm: rows of outputs.
    shift: Vec<Vec<f64>>,
    rd_cost: Vec<f64>,
    idle: Vec<bool>,
}

impl Sensitivity {
    /// None where marginal profits jump, the mode is a planner's or a merger's, or spillovers are in money.
    pub(crate) fn of(game: &Game, solved: &Equilibrium) -> Option<Self> {
        let n = game.len();
        let account = &solved.account;
        let tie = 1e-9 * game.scale();
        let decides = !game.mode.is_planner() && game.mode != Mode::Merger;
        let at_floor = |i: usize| account.output[i] > 0.0 && (account.reduction[i] - game.cost[i]).abs() <= tie;
        let plain = decides && game.form == Form::Output && game.narrowness.is_none();
        if n > FIRMS || !plain || solved.kinked > 0 || (0..n).any(at_floor) {
            return None;
        }
        let idle: Vec<bool> = account.rd.iter().map(|&x| x <= 0.0).collect();
        let (m, shift) = match game.timing {
            Timing::TwoStage => two_stages(game, &account.rd, &idle),
            Timing::Simultaneous => one_stage(game, &account.output, &account.reduction, &idle),
        };
        let z: Vec<f64> = account.output.iter().chain(&account.rd).copied().collect();
        Some(Self { n, z, lu: Lu::new(&m).ok()?, shift, rd_cost: game.rd_cost.clone(), idle })
    }

    /// M_d z for some z.
    fn turned(&self, lever: Lever, z: &[f64]) -> Option<(usize, f64)> {
        match lever {
            Lever::Rate(i) if !self.idle[i] => Some((self.n + i, -self.rd_cost[i] * z[self.n + i])),
            _ => None,
        }
    }

    /// z_d: outputs, then R&D.
    pub(crate) fn first(&self, levers: &[Lever]) -> Vec<f64> {
        let mut right = vec![0.0; 2 * self.n];
        for &lever in levers {
            match lever {
                Lever::Unit(i) if !self.idle[i] => right[self.n + i] += 1.0,
                Lever::Output(i) => right.iter_mut().zip(&self.shift[i]).for_each(|(right, shift)| *right += shift),
                _ => {}
            }
            if let Some((row, value)) = self.turned(lever, &self.z) {
                right[row] -= value;
            }
        }
        self.lu.solve(&right)
    }

    /// The weights p with which w'z_de = −p'(M_d z_e + M_e z_d).
    pub(crate) fn weights(&self, of: &[f64]) -> Vec<f64> {
        self.lu.solve_transposed(of)
    }

    /// p'M_d z_e over the levers of a dial.
    pub(crate) fn bent(&self, levers: &[Lever], z: &[f64], p: &[f64]) -> f64 {
        levers.iter().filter_map(|&lever| self.turned(lever, z)).map(|(row, value)| p[row] * value).sum()
    }
}

fn two_stages(game: &Game, x: &[f64], idle: &[bool]) -> (Matrix, Vec<Vec<f64>>) {
    let n = game.len();
    let dense = Dense::new(game);
    let point = dense.point(x.to_vec());
    let pattern = dense.pattern(&point, idle.to_vec());
    let d = dense.response(&pattern);
    let e = match (&dense.aim, dense.weights(&d)) {
        (Aim::Own, _) | (_, None) => {
            Matrix::from_fn(n, n, |i, j| if i == j { dense.rules_of(i).margin * d[(i, i)] } else { 0.0 })
        }
        (_, Some(e)) => e,
    };
    let m = Matrix::from_fn(2 * n, 2 * n, |i, j| match (i < n, j < n) {
        (true, true) => f64::from(u8::from(i == j)),
        (true, false) => -d[(i, j - n)],
        (false, _) if idle[i - n] => f64::from(u8::from(i == j)),
        // E is held transposed.
        (false, true) => -2.0 * e[(j, i - n)],
        (false, false) if i == j => game.own_rd_cost(i - n),
        (false, false) => 0.0,
    });
    let shift = |i: usize| {
        let mut rows = vec![0.0; 2 * n];
        if pattern.sells[i] {
            let inside = game.members(game.market[i] as usize).iter().map(|&k| k as usize);
            let inside: Vec<usize> = inside.filter(|&k| pattern.sells[k]).collect();
            let rules = dense.rules_of(i);
            inside.iter().for_each(|&k| rows[k] -= rules.kappa(inside.len()) / rules.own);
            rows[i] += 1.0 / rules.own;
        }
        rows
    };
    (m, (0..n).map(shift).collect())
}

fn one_stage(game: &Game, q: &[f64], reduction: &[f64], idle: &[bool]) -> (Matrix, Vec<Vec<f64>>) {
    let n = game.len();
    let s = game.spillovers();
    let beyond: Vec<bool> = (0..n).map(|i| reduction[i] > game.cost[i]).collect();
    let same = |i: usize, j: usize| game.market[i] == game.market[j];
    let m = Matrix::from_fn(2 * n, 2 * n, |i, j| match (i < n, j < n) {
        (true, _) if q[i] <= 0.0 => f64::from(u8::from(i == j)),
        (true, true) if i == j => 2.0 * game.slope,
        (true, true) => {
            if same(i, j) {
                game.cross_slope()
            } else {
                0.0
            }
        }
        (true, false) => {
            if beyond[i] {
                0.0
            } else {
                -s[(i, j - n)]
            }
        }
        (false, _) if idle[i - n] => f64::from(u8::from(i == j)),
        (false, true) => {
            if i - n == j && !beyond[j] {
                -1.0
            } else {
                0.0
            }
        }
        (false, false) if i == j => game.own_rd_cost(i - n),
        (false, false) => 0.0,
    });
    let shift = |i: usize| {
        let mut rows = vec![0.0; 2 * n];
        rows[i] = f64::from(u8::from(q[i] > 0.0));
        rows
    };
    (m, (0..n).map(shift).collect())
}
