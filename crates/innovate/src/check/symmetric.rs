//! Propositions on identical firms (S) and on coalitions (C).

use super::claim::{Held, Relation, Status, TIE, Verdict, all, short, told};
use super::probe::{Probe, interior, same};
use crate::game::Mode;
use crate::grid::{Shape, peak};
use crate::solver::Equilibrium;
use Mode::{
    Competition as N, Consortium as Cj, Coordination as C, Merger as M, PlannerFirstBest as Fb,
    PlannerSecondBest as Sb, Sharing as Nj,
};
use Relation::{Above, AtLeast, AtMost, Below, Equal};
use Status::{Always, Conditional, NotGeneral};

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn rd(solved: &Equilibrium) -> f64 {
    mean(&solved.account.rd)
}

fn total(solved: &Equilibrium) -> f64 {
    solved.account.rd_total()
}

fn reduction(solved: &Equilibrium) -> f64 {
    mean(&solved.account.reduction)
}

fn profit(solved: &Equilibrium) -> f64 {
    mean(&solved.account.profit)
}

fn welfare(solved: &Equilibrium) -> f64 {
    solved.account.welfare
}

fn output(solved: &Equilibrium) -> f64 {
    solved.account.output_total()
}

type Quantity = fn(&Equilibrium) -> f64;

/// One side of a comparison: a regime, at n or at n + 1, and what is looked at.
struct Side(Mode, bool, Quantity);

impl Side {
    fn of(&self, probe: &Probe) -> Option<f64> {
        Some(self.2(&probe.regime(self.0, self.1)?))
    }
}

fn compare(probe: &Probe, sides: &[(Side, Side, Relation)]) -> Option<Held> {
    if !probe.identical() {
        return None;
    }
    let each = sides.iter().map(|(left, right, relation)| Some((left.of(probe)?, right.of(probe)?, *relation)));
    all(&each.collect::<Option<Vec<_>>>()?)
}

/// All propositions S.
pub(super) fn propositions(probe: &Probe) -> Vec<Verdict> {
    let beta = probe.beta.unwrap_or(f64::NAN);
    let half = if beta.is_nan() { Equal } else { Relation::like(beta, 0.5) };
    let above0 = Relation::above_iff(beta > probe.beta0() * (1.0 + TIE));
    let at = |mode: Mode, what: Quantity| Side(mode, false, what);
    let next = |mode: Mode, what: Quantity| Side(mode, true, what);
    let of_beta = format!("beta = {}", told(beta));
    let against_half = format!("beta = {}, against 1/2", told(beta));
    let say = |id, statement, status, held, condition: &str| Verdict {
        id,
        statement,
        status,
        held,
        condition: condition.to_owned(),
    };
    let four: Vec<(Side, Side, Relation)> = [N, C, Nj]
        .into_iter()
        .flat_map(|mode| {
            [rd as Quantity, reduction, output, profit, welfare].map(|what| (at(Cj, what), at(mode, what), AtLeast))
        })
        .collect();
    let falls = if half == Equal { Equal } else { Below };
    let n20 = if beta < 0.5 { Always } else { NotGeneral };
    let mut found = vec![
        say(
            "S1",
            "x_C > x_N iff beta > 1/2 (equal at 1/2)",
            Always,
            compare(probe, &[(at(C, rd), at(N, rd), half)]),
            &against_half,
        ),
        say(
            "S2",
            "the consortium has the largest x, reduction, output, profit and welfare of the four modes (weakly)",
            Always,
            compare(probe, &four),
            &of_beta,
        ),
        say(
            "S3",
            "x_NJ <= x_N, and reduction_NJ <= reduction_N",
            Always,
            compare(probe, &[(at(Nj, rd), at(N, rd), AtMost), (at(Nj, reduction), at(N, reduction), AtMost)]),
            &of_beta,
        ),
        say("S4", "x_NJ <= x_C", NotGeneral, compare(probe, &[(at(Nj, rd), at(C, rd), AtMost)]), &of_beta),
        say("S5", "profit_C >= profit_N", Always, compare(probe, &[(at(C, profit), at(N, profit), AtLeast)]), &of_beta),
        say(
            "S6",
            "profit_NJ >= profit_N",
            NotGeneral,
            compare(probe, &[(at(Nj, profit), at(N, profit), AtLeast)]),
            &of_beta,
        ),
        say(
            "S7",
            "W_C > W_N iff beta > 1/2",
            Always,
            compare(probe, &[(at(C, welfare), at(N, welfare), half)]),
            &against_half,
        ),
        say("S8", "x_SB > x_C", Always, compare(probe, &[(at(Sb, rd), at(C, rd), Above)]), &of_beta),
        say(
            "S9",
            "x_SB > x_N iff beta > beta0",
            Always,
            compare(probe, &[(at(Sb, rd), at(N, rd), above0)]),
            &format!("beta = {}, beta0 = {}", told(beta), short(probe.beta0())),
        ),
        say(
            "S10",
            "x_FB > x_SB (symmetric plants)",
            Always,
            compare(probe, &[(at(Fb, rd), at(Sb, rd), Above)]),
            &of_beta,
        ),
        say(
            "S11",
            "x_M > x_C and profit_M >= profit_C (symmetric plants)",
            Always,
            compare(probe, &[(at(M, rd), at(C, rd), Above), (at(M, profit), at(C, profit), AtLeast)]),
            &of_beta,
        ),
        say("S12", "W_M < W_C", NotGeneral, compare(probe, &[(at(M, welfare), at(C, welfare), Below)]), &of_beta),
    ];
    found.extend(grids(probe));
    found.extend([
        say("S16", "x_N falls in n", Always, compare(probe, &[(next(N, rd), at(N, rd), Below)]), &of_beta),
        say(
            "S17",
            "reduction_N falls in n (constant at beta = 1/2; rises never)",
            Always,
            compare(probe, &[(next(N, reduction), at(N, reduction), falls)]),
            &against_half,
        ),
        say(
            "S18",
            "reduction_C rises in n iff beta > 1/2",
            Always,
            compare(probe, &[(next(C, reduction), at(C, reduction), half)]),
            &against_half,
        ),
        say(
            "S19",
            "reduction_CJ rises and reduction_NJ falls in n",
            Always,
            compare(
                probe,
                &[(next(Cj, reduction), at(Cj, reduction), Above), (next(Nj, reduction), at(Nj, reduction), Below)],
            ),
            &of_beta,
        ),
        say(
            "S20",
            "total R&D n x_N rises in n",
            n20,
            compare(probe, &[(next(N, total), at(N, total), Above)]),
            &against_half,
        ),
        say("S21", "x_CJ falls in n", NotGeneral, compare(probe, &[(next(Cj, rd), at(Cj, rd), Below)]), &of_beta),
        say(
            "S22",
            "total R&D under NJ falls in n",
            Always,
            compare(probe, &[(next(Nj, total), at(Nj, total), Below)]),
            &of_beta,
        ),
    ]);
    found.push(welfare_peak(probe));
    found
}

/// A regime along beta = 0, 0.05, …, 1; nothing unless it is interior at every point.
fn along(probe: &Probe, mode: Mode) -> Option<Vec<Equilibrium>> {
    if !probe.identical() {
        return None;
    }
    let at = |k: usize| {
        let mut game = probe.symmetric(probe.n, k as f64 / 20.0);
        game.mode = mode;
        interior(&game)
    };
    (0..=20).map(at).collect()
}

fn grids(probe: &Probe) -> Vec<Verdict> {
    let condition = "beta = 0, 0.05, …, 1".to_owned();
    let (own, joint) = (along(probe, N), along(probe, C));
    let monotone = |line: &Option<Vec<Equilibrium>>, wanted: Shape| {
        let values: Vec<f64> = line.as_ref()?.iter().map(rd).collect();
        Some(Held { holds: Shape::of(&values) == wanted, left: values[20], right: values[0] })
    };
    let inverse_u = own.as_ref().map(|line| {
        let shaped = |what: Quantity| {
            let values: Vec<f64> = line.iter().map(what).collect();
            let top = peak(&values).map_or(f64::NAN, |k| k as f64 / 20.0);
            (Shape::of(&values) == Shape::InverseU && (top - 0.5).abs() < 1e-12, top)
        };
        let consumer: Quantity = |solved| solved.account.consumer_surplus;
        let holds = [reduction as Quantity, output, consumer].into_iter().all(|what| shaped(what).0);
        Held { holds, left: shaped(reduction).1, right: 0.5 }
    });
    vec![
        Verdict {
            id: "S13",
            statement: "x_N falls in beta",
            status: Always,
            held: monotone(&own, Shape::Decreasing),
            condition: condition.clone(),
        },
        Verdict {
            id: "S14",
            statement: "x_C rises in beta",
            status: Always,
            held: monotone(&joint, Shape::Increasing),
            condition: condition.clone(),
        },
        Verdict {
            id: "S15",
            statement: "reduction, output and consumer surplus under N are inverse-U in beta with peak exactly 1/2",
            status: Always,
            held: inverse_u,
            condition,
        },
    ]
}

fn welfare_peak(probe: &Probe) -> Verdict {
    let held = along(probe, N).and_then(|line| {
        let values: Vec<f64> = line.iter().map(welfare).collect();
        let top = peak(&values)? as f64 / 20.0;
        Some(Held { holds: top > 0.5 + 1e-12, left: top, right: 0.5 })
    });
    let n = probe.n as f64;
    let limit = (n - (n + 1.0) * (n + 2.0) / (2.0 * (n + 3.0))) / (n - 1.0);
    let condition = format!("beta = 0, 0.05, …, 1; the peak tends to {} as b gamma grows", short(limit));
    Verdict { id: "S23", statement: "welfare_N peaks in beta above 1/2", status: Conditional, held, condition }
}

/// All propositions C.
pub(super) fn coalitions(probe: &Probe) -> Vec<Verdict> {
    let n = probe.n as u32;
    let three = probe.n >= 3;
    let without = || {
        let mut game = probe.base.clone();
        game.mode = Cj;
        game.coalitions = vec![(1..n).collect()];
        interior(&game)
    };
    let identical = three && probe.identical();
    let grand = if identical { probe.regime(Cj, false) } else { None };
    let left = if identical { without() } else { None };
    let pair = grand.as_ref().zip(left.as_ref()).map(|(grand, left)| (grand.account.profit[1], &left.account.profit));
    let stays = pair.and_then(|(grand, profits)| all(&[(grand, profits[0], AtLeast)]));
    let shuts_out = pair.and_then(|(grand, profits)| all(&[(profits[1], grand, Above)]));
    let large = large_firm(probe).filter(|_| three);
    let against = |mode: Mode| {
        let i = large?;
        let (alone, joint) = (probe.regime(N, false)?, probe.regime(mode, false)?);
        all(&[(alone.account.profit[i], joint.account.profit[i], Above)])
    };
    let of_beta =
        probe.beta.map_or_else(|| "beta is not uniform".to_owned(), |beta| format!("n = {n}, beta = {}", told(beta)));
    let advantage = match large {
        Some(i) => {
            let small = (0..probe.n).find(|&k| k != i).map_or(f64::NAN, |k| probe.base.cost[k]);
            format!("{of_beta}, cost advantage {}", short(small - probe.base.cost[i]))
        }
        None => of_beta.clone(),
    };
    let say = |id, statement, held, condition: &String| Verdict {
        id,
        statement,
        status: Conditional,
        held,
        condition: condition.clone(),
    };
    vec![
        say(
            "C1",
            "grand consortium: no single firm gains by leaving alone while the others stay together",
            stays,
            &of_beta,
        ),
        say("C2", "an exclusive consortium of n-1 pays insiders more than the grand one", shuts_out, &of_beta),
        say("C3", "the large firm prefers independent R&D to sharing", against(Nj), &advantage),
        say("C4", "the large firm prefers independent R&D to the consortium", against(Cj), &advantage),
    ]
}

/// The one firm with the lowest cost, where all others are identical.
fn large_firm(probe: &Probe) -> Option<usize> {
    let base = &probe.base;
    if !probe.plain || probe.beta.is_none() || !same(&base.rd_cost) || !same(&base.intercept) {
        return None;
    }
    let i = (0..probe.n).min_by(|&i, &k| base.cost[i].total_cmp(&base.cost[k]))?;
    let others: Vec<f64> = (0..probe.n).filter(|&k| k != i).map(|k| base.cost[k]).collect();
    (same(&others) && others[0] > base.cost[i] * (1.0 + TIE)).then_some(i)
}
