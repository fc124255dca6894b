//! Replies of decision makers, one after another: each firm's own R&D, or what a coalition's members do together.

use super::dense::{Dense, Point};
use super::search::Rest;
use crate::error::GameError;
use crate::ray::Ray;

/// Sweeps of replies without a shorter move after which they go round in a circle: longer than any circle that was met.
const STALE: usize = 500;
/// Most points that a search remembers to see that it goes round in a circle: those of two such searches.
const REMEMBERED: usize = 2 * STALE;

/// Laboratories whose R&D moves together, and what a step adds to each.
pub(crate) type Way = Vec<(usize, f64)>;

/// Each firm by itself.
pub(crate) fn apart(dense: &Dense<'_>) -> Vec<Way> {
    (0..dense.n).map(|i| vec![(i, 1.0)]).collect()
}

/// The one way of each decision maker; none where one has several.
pub(crate) fn ways(dense: &Dense<'_>) -> Option<Vec<Way>> {
    let way = |leader: usize| match dense.aim.block(leader, dense.n).as_slice() {
        &[alone] => Some(vec![(alone, 1.0)]),
        block => one_way(dense, block),
    };
    dense.aim.leaders(dense.n).into_iter().map(way).collect()
}

/// The same total effect of what moves together, at its least cost.
fn along(dense: &Dense<'_>, ways: &[Way], x: &mut [f64]) {
    for way in ways.iter().filter(|way| way.len() > 1) {
        // A step adds g/γ: what is reached is Σ g x, and Σ g²/γ a step.
        let reached: f64 = way.iter().map(|&(j, by)| by * dense.own[j] * x[j]).sum();
        let by_step: f64 = way.iter().map(|&(j, by)| by * by * dense.own[j]).sum();
        way.iter().for_each(|&(j, by)| x[j] = by * reached / by_step);
    }
}

/// The one way along which a block's best programme lies, wherever the others are: where all learn from its members in
/// the same proportions g (full sharing, and one spillover rate outside), only Σ g_j x_j counts, and it costs least when
/// x_j is proportional to g_j/γ_j. None elsewhere, and with payments per unit of R&D.
pub(super) fn one_way(dense: &Dense<'_>, block: &[usize]) -> Option<Way> {
    let first = dense.s.column(block[0]);
    let (most, _) = first.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1))?;
    let share = |j: usize| dense.s[(most, j)] / first[most];
    let alike = |j: usize| {
        let by = share(j);
        let same = |(a, b): (&f64, &f64)| (a - by * b).abs() <= 1e-15 * by;
        by > 0.0 && dense.unit[j] == 0.0 && dense.s.column(j).iter().zip(first).all(same)
    };
    block.iter().all(|&j| alike(j)).then(|| block.iter().map(|&j| (j, share(j) / dense.own[j])).collect())
}

/// Exact best replies, one after another, of what moves together, from `x`, until they come to rest or to where they were
/// before.
pub(crate) fn by_replies(dense: &Dense<'_>, ways: &[Way], x: Vec<f64>, trail: &mut Trail) -> Result<Rest, GameError> {
    rest(dense, ways, x, trail, reply)
}

/// The same of replies that go up from where they are.
pub(crate) fn by_near_replies(
    dense: &Dense<'_>,
    ways: &[Way],
    x: Vec<f64>,
    trail: &mut Trail,
) -> Result<Rest, GameError> {
    rest(dense, ways, x, trail, near_reply)
}

fn rest(
    dense: &Dense<'_>,
    ways: &[Way],
    mut x: Vec<f64>,
    trail: &mut Trail,
    reply: impl Fn(&Dense<'_>, &mut Point, &[(usize, f64)], &mut Ray) -> Result<f64, GameError>,
) -> Result<Rest, GameError> {
    let solver = &dense.game.solver;
    let scale = dense.game.scale();
    let tolerance = (1e-3 * solver.tolerance).max(1e-14) * scale;
    along(dense, ways, &mut x);
    let mut point = dense.point(x);
    let mut ray = Ray::default();
    let mut iterations = 0;
    let mut settled = false;
    let (mut least, mut since) = (f64::INFINITY, 0);
    while iterations < solver.max_iterations && !settled && since < STALE {
        iterations += 1;
        let mut largest: f64 = 0.0;
        for way in ways {
            largest = largest.max(reply(dense, &mut point, way, &mut ray)?);
        }
        // Sums of many small moves drift: begin each sweep from the R&D itself.
        point.learned = dense.s.times_vector(&point.x);
        settled = largest <= tolerance;
        since += 1;
        if largest < 0.9 * least {
            (least, since) = (largest, 0);
        }
        if trail.meets(&point.x, tolerance) {
            break;
        }
    }
    Ok(Rest { point: dense.point(point.x), iterations, settled })
}

/// Points that replies passed: who comes to one of them goes the same way again.
#[derive(Debug, Default)]
pub(crate) struct Trail {
    pub passed: Vec<Vec<f64>>,
}

impl Trail {
    /// Whether this point was passed before; it is remembered.
    pub(super) fn meets(&mut self, x: &[f64], tolerance: f64) -> bool {
        let same = |known: &Vec<f64>| known.iter().zip(x).all(|(a, b)| (a - b).abs() <= tolerance);
        let met = self.passed.iter().rev().any(same);
        if !met && self.passed.len() < REMEMBERED {
            self.passed.push(x.to_vec());
        }
        met
    }

    /// What another passed, too.
    pub(crate) fn join(&mut self, mut other: Self) {
        self.passed.append(&mut other.passed);
    }
}

/// Moves laboratories along their way to the best reply; how far the one that moves most moved.
pub(super) fn reply(
    dense: &Dense<'_>,
    point: &mut Point,
    way: &[(usize, f64)],
    ray: &mut Ray,
) -> Result<f64, GameError> {
    let (leader, _) = way[0];
    dense.ray(point, leader, way, ray);
    let room = way.iter().map(|&(i, by)| point.x[i] / by).fold(f64::INFINITY, f64::min);
    let best = ray.best(-room, f64::INFINITY).ok_or_else(|| unbounded(dense, leader))?;
    Ok(moved(dense, point, way, best.t))
}

/// The same to where the way up from here ends, though a better reply may lie beyond.
fn near_reply(dense: &Dense<'_>, point: &mut Point, way: &[(usize, f64)], ray: &mut Ray) -> Result<f64, GameError> {
    let (leader, _) = way[0];
    dense.ray(point, leader, way, ray);
    let up = ray.summit(f64::INFINITY).ok_or_else(|| unbounded(dense, leader))?;
    if up > 0.0 {
        return Ok(moved(dense, point, way, up));
    }
    let back: Way = way.iter().map(|&(i, by)| (i, -by)).collect();
    let room = way.iter().map(|&(i, by)| point.x[i] / by).fold(f64::INFINITY, f64::min);
    dense.ray(point, leader, &back, ray);
    let down = ray.summit(room).ok_or_else(|| unbounded(dense, leader))?;
    Ok(moved(dense, point, way, -down))
}

/// Moves laboratories along their way; how far the one that moves most moved.
fn moved(dense: &Dense<'_>, point: &mut Point, way: &[(usize, f64)], t: f64) -> f64 {
    step(dense, point, way, t);
    for &(i, _) in way {
        if point.x[i] < 1e-300 {
            point.x[i] = 0.0;
        }
    }
    way.iter().fold(0.0, |most, (_, by)| by.max(most)) * t.abs()
}

pub(super) fn step(dense: &Dense<'_>, point: &mut Point, steps: &[(usize, f64)], t: f64) {
    for &(j, by) in steps {
        point.x[j] = (point.x[j] + by * t).max(0.0);
        for (learned, s) in point.learned.iter_mut().zip(dense.s.column(j)) {
            *learned += s * by * t;
        }
    }
}

pub(super) fn unbounded(dense: &Dense<'_>, i: usize) -> GameError {
    let rules = dense.rules_of(i);
    let steepest = 1.0 / rules.own;
    GameError::SecondOrder {
        firm: dense.game.names[i].clone(),
        rd_cost: dense.own[i],
        bound: 2.0 * rules.margin * steepest * steepest,
    }
}

/// Beyond this step no more R&D can pay for firm i: an upper bound on its marginal profit is negative there. The
/// outputs of the point must be those of its R&D.
pub(crate) fn limit(dense: &Dense<'_>, point: &Point, i: usize) -> f64 {
    let alone = matches!(dense.aim, super::aim::Aim::Own);
    let rules = dense.rules_of(i);
    let members = dense.game.members(dense.game.market[i] as usize).len();
    let slope = (1.0 - rules.kappa(members)) / rules.own;
    let curvature = dense.own[i] - 2.0 * rules.margin * slope * slope;
    if !alone || curvature <= 0.0 {
        return f64::INFINITY;
    }
    // Output if the firm did no R&D of its own is below output if it were alone without it.
    let without = (dense.alpha[i] + point.learned[i] - point.x[i]).max(0.0);
    let reach = point.out.q.get(i).map_or(without / rules.own, |&q| q.max(0.0) + point.x[i] * slope);
    let useful = (2.0 * rules.margin * slope * reach.min(without / rules.own) + dense.unit[i].max(0.0)) / curvature;
    // At least the present R&D is looked at, and a margin for rounding.
    (1.01 * useful - point.x[i]).max(0.01 * dense.game.scale())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::solver::tests::read;
    use crate::solver::{SolveOptions, solve};
    use proptest::prelude::*;
    use serde_json::json;

    /// Replies go round in a circle, but there is an equilibrium from which they lead away, and one where a coalition
    /// keeps a unit cost just at 0.
    #[test]
    fn what_replies_lead_away_from_is_found() {
        let game = |cost: &[f64], own: &[f64], rate: f64, coalitions: &[&[&str]]| {
            read(json!({
                "market": { "intercept": 100.0, "slope": 1.0 },
                "firms": { "marginal_cost": cost, "rd_cost": own },
                "spillover": { "rate": rate },
                "regime": { "mode": "consortium", "coalitions": coalitions },
            }))
        };
        let costs: Vec<f64> = (6..14).map(f64::from).collect();
        let idle = game(&costs, &[8.0; 8], 0.8, &[&["1", "2"], &["5", "8"], &["6", "7"]]);
        let solved = solve(&idle, &SolveOptions::default()).unwrap();
        // The first coalition does nothing, its first firm has a unit cost of 0; the others are interior. For firm 3, alone
        // among 8 sellers of whom one learns nothing: x = 2q/γ · (1 − (1 + 6 · 0.8)/9).
        assert!(solved.certified && solved.account.rd[..2] == [0.0, 0.0], "{solved:?}");
        let wanted = 2.0 * solved.account.output[2] / 8.0 * (1.0 - 5.8 / 9.0);
        assert!((solved.account.rd[2] - wanted).abs() < 1e-10, "{} {wanted}", solved.account.rd[2]);
        let own = [9.75, 7.59, 6.03, 4.25, 16.19, 3.17, 18.52];
        let costs = [14.88, 7.48, 14.67, 7.91, 5.21, 12.21, 6.56];
        let held = game(&costs, &own, 0.41, &[&["1", "4"], &["2", "3", "6"], &["5", "7"]]);
        let solved = solve(&held, &SolveOptions::default()).unwrap();
        assert!(solved.certified && (solved.account.reduction[6] - 6.56).abs() < 1e-9, "{solved:?}");
    }

    proptest! {
        /// A circle is seen when it closes, and a second trail into it at once.
        #[test]
        fn circles_are_seen(length in 1usize..9, lead in 0usize..20) {
            let mut trail = Trail::default();
            let of = |round: usize| if round <= lead { -(round as f64) } else { ((round - lead) % length) as f64 };
            let found = (1..200).find(|&round| trail.meets(&[of(round)], 1e-12));
            prop_assert_eq!(found, Some(lead + length + 1));
            prop_assert!(trail.meets(&[of(lead + 3 * length)], 1e-12) && !trail.meets(&[0.5], 1e-12));
        }
    }
}
