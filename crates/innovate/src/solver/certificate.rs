//! What shows that a resting point is an equilibrium: first-order residual, exact local gains, the best of all
//! unilateral deviations, second-order and stability margins.

use super::aim::Aim;
use super::dense::{Dense, Pattern, Point};
use super::envelope::most_gained;
use super::proof::{Proof, floors_too_dear};
use super::replies::limit;
use super::search::{Search, leapt, search};
use super::spectrum::{at_least, smallest};
use super::{CERTAIN, SolveOptions, relative};
use crate::account::Account;
use crate::ray::Ray;
use distretto_numerics::{Matrix, eigenvalues};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Largest coalition whose joint deviations are searched.
pub(super) const JOINT: usize = 12;
/// Largest game in which those of larger coalitions, or of a planner, are searched too where some firm is at a corner.
pub(super) const SEARCHED: usize = 60;
/// From so many firms on, several threads look.
pub(super) const CROWD: usize = 256;

/// How much is certified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certify {
    /// Every firm.
    Full,
    /// So many firms, drawn at random, and those near a boundary.
    Sample(usize),
    /// None: only the local test.
    Off,
}

/// How well the stability margin is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stability {
    /// Its eigenvalues up to 500 firms; of more, a lower bound where that is above 0.
    #[default]
    Auto,
    /// Its eigenvalues.
    Exact,
    /// Not at all.
    Off,
}

/// Up to so many firms that sell, eigenvalues take no longer than the equilibrium.
const EXACT: usize = 500;

/// What is no gain, relative to the mean profit.
const NOTHING: f64 = 1e-10;

/// Evidence for an equilibrium.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Certificate {
    /// What the best unilateral deviation gains, money.
    pub deviation_gain: f64,
    /// What the best deviation within the present pieces gains.
    pub local_gain: f64,
    /// The same by firm.
    pub local_gains: Vec<f64>,
    /// Largest first-order residual.
    pub residual: f64,
    pub second_order_margin: f64,
    /// NaN where it does not exist or is only bounded.
    pub stability_margin: f64,
    /// What it is at least, where eigenvalues were spared; NaN elsewhere.
    pub stability_bound: f64,
    /// Firms whose left and right marginal profits have opposite signs.
    pub held: Vec<bool>,
    /// `full`, `sample` or `off`.
    pub scan: &'static str,
    /// Whether a decision maker has laboratories whose joint programmes were neither bounded nor searched though single
    /// steps may not show that one is better.
    pub unsearched: bool,
}

/// Certifies a resting point.
pub(crate) fn certify(dense: &Dense<'_>, point: &Point, options: &SolveOptions) -> Certificate {
    let certify = options.certify;
    let bounded = if certify == Certify::Off { None } else { programme(dense, point) };
    let mut certificate = if let Some(gain) = bounded {
        let alone = one_by_one(dense, point, Certify::Off, None);
        Certificate { deviation_gain: gain, scan: "full", ..alone }
    } else {
        let proof = Proof::new(dense, point);
        let mut alone = one_by_one(dense, point, certify, proof.as_ref());
        if certify != Certify::Off {
            together(dense, point, proof.as_ref(), options, &mut alone);
        }
        alone
    };
    // Curvature is that of the smooth game: a cost at its floor is left out.
    let mut pattern = dense.pattern(point, point.x.iter().map(|&x| x <= 0.0).collect());
    pattern.floored = vec![false; dense.n];
    certificate.second_order_margin = second_order(dense, &pattern);
    certificate
}

/// What no programme of one decision maker of all can gain more than, where that is next to nothing.
pub(super) fn programme(dense: &Dense<'_>, point: &Point) -> Option<f64> {
    let gain = most_gained(dense, point)?;
    let account = Account::settle(dense.game, point.x.clone(), dense.reductions(point), dense.outputs(point));
    (relative(dense.game, &account, gain) <= NOTHING).then_some(gain)
}

/// What changes of one firm's R&D show; margins are left open.
pub(crate) fn one_by_one(dense: &Dense<'_>, point: &Point, certify: Certify, proof: Option<&Proof<'_>>) -> Certificate {
    let n = dense.n;
    let scan = certify != Certify::Off;
    let look = |ray: &mut Ray, i: usize| match proof.and_then(|proof| proof.of(i)) {
        Some(proven) => Local { gain: proven.local, residual: proven.residual, held: false, deviation: proven.gain },
        None => local(dense, point, i, scan, ray),
    };
    let locals: Vec<Local> = if n >= CROWD {
        (0..n).into_par_iter().map_init(Ray::default, look).collect()
    } else {
        let mut ray = Ray::default();
        (0..n).map(|i| look(&mut ray, i)).collect()
    };
    let largest = |of: fn(&Local) -> f64| locals.iter().map(of).fold(0.0, f64::max);
    Certificate {
        deviation_gain: if scan { largest(|local| local.deviation) } else { 0.0 },
        local_gain: largest(|local| local.gain),
        residual: largest(|local| local.residual),
        held: locals.iter().map(|local| local.held).collect(),
        local_gains: locals.into_iter().map(|local| local.gain).collect(),
        second_order_margin: f64::NAN,
        stability_margin: f64::NAN,
        stability_bound: f64::NAN,
        scan: if scan { "full" } else { "off" },
        unsearched: false,
    }
}

/// What decision makers of several firms gain by changing their R&D together.
fn together(
    dense: &Dense<'_>,
    point: &Point,
    proof: Option<&Proof<'_>>,
    options: &SolveOptions,
    certificate: &mut Certificate,
) {
    let enough = if options.verdict { no_longer_certain(dense, point) } else { f64::INFINITY };
    let wide = Search { seed: options.seed, enough, brief: false };
    for leader in dense.aim.leaders(dense.n) {
        let block = dense.aim.block(leader, dense.n);
        if block.len() < 2 {
            continue;
        }
        if certificate.deviation_gain > enough {
            return;
        }
        let gain = match proof.and_then(|proof| proof.block(&block)) {
            None if block.len() <= JOINT || dense.n <= SEARCHED => {
                Some(search(dense, point, &block, wide).map_or(f64::INFINITY, |(_, gain)| gain))
            }
            // Where the smooth game is the whole game what is concave has no better programme elsewhere.
            None if smooth(dense, point) => Some(0.0),
            gain => gain,
        };
        // Of what is too large to be searched at least the best common effort is looked at: a coalition that is shut
        // out may come in.
        let (gain, known) = gain.map_or_else(
            || leapt(dense, point, &block).map_or((f64::INFINITY, false), |(_, gain, only)| (gain, only)),
            |gain| (gain, true),
        );
        certificate.deviation_gain = certificate.deviation_gain.max(gain);
        if !known {
            (certificate.unsearched, certificate.scan) = (true, "sample");
        }
    }
}

/// The gain above which an equilibrium is not certified.
fn no_longer_certain(dense: &Dense<'_>, point: &Point) -> f64 {
    let account = Account::settle(dense.game, point.x.clone(), dense.reductions(point), dense.outputs(point));
    CERTAIN / relative(dense.game, &account, 1.0)
}

/// Whether one decides for all, and no firm is at a corner or can be brought to the cost floor at a cost that pays.
fn smooth(dense: &Dense<'_>, point: &Point) -> bool {
    let corner = |i: usize| dense.could_sell(i) && at_corner(dense, point, i);
    dense.aim.is_one() && !(0..dense.n).any(corner) && floors_too_dear(dense, point)
}

/// Whether firm i does not sell or is at the cost floor, or just at one of these boundaries.
fn at_corner(dense: &Dense<'_>, point: &Point, i: usize) -> bool {
    let threshold = point.out.threshold[dense.game.market[i] as usize];
    let leaves = dense.rules_of(i).exit && point.y[i] - threshold <= 1e-9 * dense.game.scale();
    leaves || dense.at_floor(point, i)
}

struct Local {
    gain: f64,
    residual: f64,
    held: bool,
    /// What the best deviation gains, on any piece.
    deviation: f64,
}

/// A one-sided marginal objective that counts, behind boundaries no further than rounding, and what a step gains until the
/// piece that begins here ends.
fn side(ray: &mut Ray, near: f64) -> (f64, f64) {
    let (piece, beside) = (ray.piece(0.0), ray.beside(near));
    let gain = match piece.slope > 0.0 && piece.half < 0.0 {
        true if beside.slope <= 0.0 && piece.length <= near => (piece.slope + piece.half * piece.length) * piece.length,
        true => piece.slope * piece.slope / (-4.0 * piece.half),
        false => 0.0,
    };
    (beside.slope, gain.max(0.0))
}

/// One-sided marginal objectives of firm i in its own R&D, what a step on them gains, and where it is asked for, what the
/// best step of any length gains.
fn local(dense: &Dense<'_>, point: &Point, i: usize, scan: bool, ray: &mut Ray) -> Local {
    // Slopes less than this differ by rounding; firms so near to a boundary stand at it.
    let tie = 1e-9 * dense.game.scale();
    dense.ray(point, i, &[(i, 1.0)], ray);
    let (right, gain) = side(ray, tie);
    let mut local = Local { gain, residual: right.max(0.0), held: false, deviation: 0.0 };
    if scan {
        local.deviation = ray.rise(limit(dense, point, i)).unwrap_or(f64::INFINITY);
    }
    if point.x[i] > 0.0 {
        dense.ray(point, i, &[(i, -1.0)], ray);
        let (left, gain) = side(ray, tie);
        local.gain = local.gain.max(gain);
        local.residual = local.residual.max(left);
        // Both one-sided steps lose, and by more than rounding: the point is a kink.
        local.held = right < -tie && left < -tie;
        if scan {
            local.deviation = local.deviation.max(ray.rise(point.x[i]).unwrap_or(f64::INFINITY));
        }
    }
    local
}

/// The smallest eigenvalue of the negative Hessian over all decision makers.
pub(crate) fn second_order(dense: &Dense<'_>, pattern: &Pattern) -> f64 {
    let n = dense.n;
    let system = dense.system(pattern);
    match &dense.aim {
        Aim::Own | Aim::Weighted(_) => (0..n).map(|i| own_margin(dense, &system.d, i)).fold(f64::INFINITY, f64::min),
        Aim::Joint { members, .. } => {
            let margin = |members: &Vec<u32>| match members.as_slice() {
                [one] => own_margin(dense, &system.d, *one as usize),
                _ if members.len() == n => system.smallest(),
                _ => block_margin(dense, &system.d, members),
            };
            members.iter().map(margin).fold(f64::INFINITY, f64::min)
        }
        Aim::Welfare | Aim::Whole => {
            let free: Vec<usize> = (0..n).filter(|&i| !pattern.idle[i]).collect();
            if free.len() == n {
                return system.smallest();
            }
            smallest(&Matrix::from_fn(free.len(), free.len(), |i, j| system.m[(free[i], free[j])]))
        }
    }
}

/// γ(1−σ) − 2 Σ_k w_k h_k D_ki², of a firm that decides alone.
pub(crate) fn own_margin(dense: &Dense<'_>, d: &Matrix, i: usize) -> f64 {
    let steep: f64 = match dense.aim {
        Aim::Own => dense.rules_of(i).margin * d[(i, i)] * d[(i, i)],
        _ => (0..dense.n).map(|k| dense.aim.square(dense.game, i, k, dense.rules_of(k)) * d[(k, i)] * d[(k, i)]).sum(),
    };
    dense.own[i] - 2.0 * steep
}

fn block_margin(dense: &Dense<'_>, d: &Matrix, members: &[u32]) -> f64 {
    let c = members.len();
    // 2 D_C'H D_C as a product: a sum for each entry takes seconds at 1,000 members.
    let half = Matrix::from_fn(c, c, |k, i| {
        let (k, i) = (members[k] as usize, members[i] as usize);
        dense.rules_of(k).margin.sqrt() * d[(k, i)]
    });
    let mut hessian = half.transpose_times(&half);
    for j in 0..c {
        let column = hessian.column_mut(j);
        column.iter_mut().for_each(|cell| *cell *= -2.0);
        column[j] += dense.own[members[j] as usize];
    }
    smallest(&hessian)
}

impl Certificate {
    /// Sets the stability margin, or its bound.
    pub(crate) fn steady(&mut self, (margin, bound): (f64, f64)) {
        (self.stability_margin, self.stability_bound) = (margin, bound);
    }
}

/// The smallest real part of the eigenvalues of diag(M)⁻¹ M on the firms that sell, and a bound in its place.
pub(crate) fn stability(dense: &Dense<'_>, point: &Point, wanted: Stability) -> (f64, f64) {
    let mut pattern = dense.pattern(point, vec![false; dense.n]);
    pattern.floored = vec![false; dense.n];
    let active: Vec<usize> = (0..dense.n).filter(|&i| pattern.sells[i]).collect();
    stability_of(&dense.system(&pattern).m, &active, wanted)
}

/// The same of a first-order matrix and the firms that sell.
///
/// diag(M)^-½ M diag(M)^-½ has the same eigenvalues, and none has a real part below the smallest eigenvalue of its
/// symmetric part (Horn and Johnson 1991, section 1.2): where that is above 0 best replies lead back.
pub(crate) fn stability_of(m: &Matrix, active: &[usize], wanted: Stability) -> (f64, f64) {
    let n = active.len();
    if wanted == Stability::Off {
        return (f64::NAN, f64::NAN);
    }
    let entry = |i: usize, j: usize| m[(active[i], active[j])];
    let size = |i: usize, j: usize| (entry(i, i) * entry(j, j)).sqrt();
    let even = |i: usize, j: usize| (entry(i, j) - entry(j, i)).abs() <= 1e-13 * size(i, j);
    let half = || Matrix::from_fn(n, n, |i, j| (entry(i, j) + entry(j, i)) / (2.0 * size(i, j)));
    if (0..n).all(|i| entry(i, i) > 0.0) {
        // One coalition of all: of a symmetric M the eigenvalues are those of a symmetric matrix.
        if (0..n).all(|i| (0..i).all(|j| even(i, j))) {
            return (smallest(&half()), f64::NAN);
        }
        if wanted == Stability::Auto
            && n > EXACT
            && let Some(bound) = at_least(&half()).filter(|&bound| bound > 0.0)
        {
            return (f64::NAN, bound);
        }
    }
    let scaled = Matrix::from_fn(n, n, |i, j| entry(i, j) / entry(i, i));
    let margin = match eigenvalues(&scaled) {
        Ok(values) => values.iter().map(|value| value.real).fold(f64::INFINITY, f64::min),
        Err(_) => f64::NAN,
    };
    (margin, f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::solver::tests::read;
    use serde_json::json;

    /// Of many firms with spillovers that are not symmetric the bound lies below the eigenvalues.
    #[test]
    fn the_bound_of_stability_lies_below_the_margin() {
        let n = EXACT + 5;
        let links: Vec<Vec<f64>> = (0..n)
            .map(|i| (0..n).map(|j| if i == j { 0.0 } else { ((7 * i + 13 * j * j) % 11) as f64 / 11.0 }).collect())
            .collect();
        let cost: Vec<f64> = (0..n).map(|i| 40.0 + (i % 7) as f64 * 0.01).collect();
        let game = read(json!({
            "market": { "intercept": 100.0, "slope": 1.0 },
            "firms": { "marginal_cost": cost, "rd_cost": 12.0 },
            "spillover": { "rate": 0.05, "matrix": links },
        }));
        let dense = Dense::new(&game);
        let point = dense.point(vec![0.01; n]);
        let (none, bound) = stability(&dense, &point, Stability::Auto);
        let (margin, no_bound) = stability(&dense, &point, Stability::Exact);
        assert!(none.is_nan() && no_bound.is_nan());
        assert!(0.0 < bound && bound <= margin, "{bound} {margin}");
        assert!(stability(&dense, &point, Stability::Off).0.is_nan());
    }
}
