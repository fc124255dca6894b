//! A unit cost of 0 that several decision makers keep there together.
//!
//! At a unit cost of just 0 every laboratory from which the firm learns has a kink: less R&D would raise the cost, more
//! would lower nothing. Where more makers stand at such kinks than costs are kept at 0, what one does another may do
//! instead: the equilibria are a continuum. Where all firms learn from these laboratories in the same proportions (a
//! spillover of 1: R&D is a public good), nothing else changes along it, and the equilibrium in which the makers spend
//! least is told; it is the same for identical makers.

use super::dense::{Dense, Point};
use crate::ray::Ray;

/// Halvings of the price of R&D: to the last bit.
const HALVINGS: usize = 200;

/// A laboratory at the kink, and the R&D at which its marginal gain is 0 with the costs above 0 and at 0.
#[derive(Debug, Clone, Copy)]
struct Bent {
    lab: usize,
    maker: usize,
    most: f64,
    least: f64,
}

/// Firms whose unit cost is just 0.
fn pinned(dense: &Dense<'_>, point: &Point) -> Vec<usize> {
    let tie = 1e-9 * dense.game.scale();
    let at = |&i: &usize| dense.could_sell(i) && (dense.alpha[i] + point.learned[i] - dense.cap[i]).abs() <= tie;
    (0..dense.n).filter(at).collect()
}

fn bent(dense: &Dense<'_>, point: &Point, pinned: &[usize]) -> Vec<Bent> {
    // Far enough from the floor to be on one side of it, near enough to change slopes by less than `rounding`.
    let (aside, sure) = (1e-11 * dense.game.scale(), 1e-6 * dense.game.scale());
    let rounding = 1e-9 * dense.game.scale();
    let beside = |sign: f64| {
        let mut beside = point.clone();
        pinned.iter().for_each(|&k| beside.learned[k] = dense.cap[k] - dense.alpha[k] + sign * aside);
        beside
    };
    let (above, below) = (beside(-1.0), beside(1.0));
    let mut ray = Ray::default();
    let mut slope = |at: &Point, i: usize| {
        dense.ray(at, i, &[(i, 1.0)], &mut ray);
        ray.piece(0.0).slope
    };
    let mut found = Vec::new();
    for maker in dense.aim.leaders(dense.n) {
        for lab in dense.aim.block(maker, dense.n) {
            if pinned.iter().all(|&k| dense.s[(k, lab)] == 0.0) {
                continue;
            }
            let (dear, free) = (slope(&above, lab), slope(&below, lab));
            // Who does nothing yet may begin, its marginal gain at the floor is just 0; who does as much as it ever would may
            // do less, its marginal gain above the floor is just 0.
            if dear >= -rounding && free <= rounding && dear - free > sure {
                let at = |slope: f64| point.x[lab] + slope / dense.own[lab];
                found.push(Bent { lab, maker, most: at(dear), least: at(free).max(0.0) });
            }
        }
    }
    found
}

/// How many of the vectors are independent.
pub(super) fn rank(vectors: &[Vec<f64>]) -> usize {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let mut basis: Vec<Vec<f64>> = Vec::new();
    for vector in vectors {
        let mut left = vector.clone();
        for known in &basis {
            let along = dot(&left, known);
            left.iter_mut().zip(known).for_each(|(left, known)| *left -= along * known);
        }
        let size = dot(&left, &left).sqrt();
        if size > 1e-9 * dot(vector, vector).sqrt() {
            left.iter_mut().for_each(|left| *left /= size);
            basis.push(left);
        }
    }
    basis.len()
}

/// Whether what keeps unit costs at 0 could be shared otherwise between decision makers.
pub(super) fn is_shared(dense: &Dense<'_>, point: &Point) -> bool {
    // One who decides for all shares with nobody.
    if dense.aim.is_one() {
        return false;
    }
    let pinned = pinned(dense, point);
    if pinned.is_empty() {
        return false;
    }
    let bent = bent(dense, point, &pinned);
    let taught = |lab: usize| pinned.iter().map(|&k| dense.s[(k, lab)]).collect::<Vec<f64>>();
    let all: Vec<Vec<f64>> = bent.iter().map(|bent| taught(bent.lab)).collect();
    let of = |maker: usize| -> Vec<Vec<f64>> {
        bent.iter().filter(|bent| bent.maker == maker).map(|bent| taught(bent.lab)).collect()
    };
    let prices: usize = dense.aim.leaders(dense.n).into_iter().map(|maker| rank(&of(maker))).sum();
    prices > rank(&all)
}

/// R&D of least spending, payments taken off, by which all learn the same: among laboratories at the kink from which all
/// learn in the same proportions, group by group.
pub(super) fn spending(dense: &Dense<'_>, point: &Point) -> Vec<f64> {
    let mut groups: Vec<Vec<Bent>> = Vec::new();
    for one in bent(dense, point, &pinned(dense, point)) {
        match groups.iter_mut().find(|group| alike(dense, group[0].lab, one.lab)) {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    let mut x = point.x.clone();
    groups.iter().filter(|group| group.len() > 1).for_each(|group| spread(dense, point, group, &mut x));
    x
}

/// What the firm that learns most from a laboratory learns from both.
fn taught(dense: &Dense<'_>, first: usize, lab: usize) -> (f64, f64) {
    let column = dense.s.column(first);
    let top = (0..dense.n).max_by(|&a, &b| column[a].total_cmp(&column[b])).unwrap_or(first);
    (column[top], dense.s[(top, lab)])
}

/// Whether all learn from both laboratories in the same proportions.
fn alike(dense: &Dense<'_>, first: usize, lab: usize) -> bool {
    let (own, other) = taught(dense, first, lab);
    let columns = dense.s.column(lab).iter().zip(dense.s.column(first));
    other > 0.0 && columns.into_iter().all(|(s, first)| (s - other / own * first).abs() <= 1e-13)
}

/// Sets the R&D of a group: all at one price of what is taught, as far as each would go alone.
fn spread(dense: &Dense<'_>, point: &Point, group: &[Bent], x: &mut [f64]) {
    let gives = |bent: &Bent| taught(dense, group[0].lab, bent.lab).1;
    let at = |price: f64, bent: &Bent| {
        let wanted = (gives(bent) * price + dense.unit[bent.lab]) / dense.own[bent.lab];
        wanted.max(bent.least).min(bent.most)
    };
    let total = |price: f64| group.iter().map(|bent| gives(bent) * at(price, bent)).sum::<f64>();
    let reached: f64 = group.iter().map(|bent| gives(bent) * point.x[bent.lab]).sum();
    let top = 1e12 * dense.game.scale();
    let (mut low, mut high) = (-top, top);
    for _ in 0..HALVINGS {
        let middle = (low + high) / 2.0;
        if total(middle) < reached { low = middle } else { high = middle }
    }
    group.iter().for_each(|bent| x[bent.lab] = at(high, bent));
}

#[cfg(test)]
mod tests {
    use crate::solver::tests::read;
    use crate::solver::{Note, SolveOptions, solve};
    use serde_json::json;

    /// A public good: four identical firms bring their unit cost of 20 to 0 together. By hand: every total of 20 is as
    /// good, the split that costs least is 5 each, and each earns (100/5)² − 1.3 · 5²/2.
    #[test]
    fn a_public_good_is_shared_evenly_and_told() {
        for mode in ["competition", "consortium", "coordination"] {
            let mut game = json!({
                "market": { "intercept": 100.0, "slope": 1.0 },
                "firms": { "count": 4, "marginal_cost": 20.0, "rd_cost": 1.3 },
                "spillover": { "rate": 1.0 },
                "regime": { "mode": mode },
            });
            if mode != "competition" {
                game["regime"]["coalitions"] = json!([["1", "2"], ["3", "4"]]);
            }
            let solved = solve(&read(game), &SolveOptions::default()).unwrap();
            assert!(solved.certified && solved.notes.contains(&Note::NotUnique), "{mode} {:?}", solved.notes);
            for (x, profit) in solved.account.rd.iter().zip(&solved.account.profit) {
                assert!((x - 5.0).abs() < 1e-9 && (profit - 383.75).abs() < 1e-7, "{mode} {x} {profit}");
            }
        }
    }

    /// Payments per unit of R&D count: by hand γ x − t is one price, 1.3 · 20 − 7 over 4, so that x = (4.75 + t)/1.3.
    #[test]
    fn payments_change_who_does_it() {
        let game = read(json!({
            "market": { "intercept": 100.0, "slope": 1.0 },
            "firms": { "count": 4, "marginal_cost": 20.0, "rd_cost": 1.3 },
            "spillover": { "rate": 1.0 },
            "policy": { "rd_subsidy_per_unit": [0.0, 1.0, 2.0, 4.0] },
        }));
        let solved = solve(&game, &SolveOptions::default()).unwrap();
        assert!(solved.certified && solved.notes.contains(&Note::NotUnique), "{:?}", solved.notes);
        for (x, unit) in solved.account.rd.iter().zip([0.0, 1.0, 2.0, 4.0]) {
            assert!((x - (4.75 + unit) / 1.3).abs() < 1e-9, "{x} {unit}");
        }
    }

    /// At an end of the continuum too. By hand: each of the coalition does at most 10, where 2 · 2 · 25/4 − 2.5 x is just 0,
    /// and the third firm at most 5, where 2 · 25/4 − 2.5 x is; of the splits of 20, 7.5, 7.5 and 5 cost least.
    #[test]
    fn ends_of_the_continuum_are_told() {
        let game = read(json!({
            "market": { "intercept": 100.0, "slope": 1.0 },
            "firms": { "count": 3, "marginal_cost": 20.0, "rd_cost": 2.5 },
            "spillover": { "rate": 1.0 },
            "regime": { "mode": "consortium", "coalitions": [["1", "2"]] },
        }));
        let solved = solve(&game, &SolveOptions::default()).unwrap();
        assert!(solved.certified && solved.notes.contains(&Note::NotUnique), "{:?}", solved.notes);
        for (x, wanted) in solved.account.rd.iter().zip([7.5, 7.5, 5.0]) {
            assert!((x - wanted).abs() < 1e-8, "{x} {wanted}");
        }
    }

    /// Where each firm keeps its own cost at 0 there is one equilibrium.
    #[test]
    fn own_floors_are_nobodys_share() {
        let game = read(json!({
            "market": { "intercept": 100.0, "slope": 1.0 },
            "firms": { "marginal_cost": [10.0, 11.0, 12.0], "rd_cost": 2.5 },
            "spillover": { "rate": 0.1 },
        }));
        let solved = solve(&game, &SolveOptions::default()).unwrap();
        assert!(solved.certified && !solved.notes.contains(&Note::NotUnique), "{:?}", solved.notes);
        assert!(solved.account.reduction.iter().zip([10.0, 11.0, 12.0]).all(|(r, c)| (r - c).abs() < 1e-9));
    }
}
