//! Propositions on different firms (H) and on policy (G): competition, interior, stable, also after the change.

use super::claim::{Held, Relation, Status, TIE, Verdict, all, short, told};
use super::probe::{Probe, same, stable};
use crate::game::{Game, close};
use crate::solver::Equilibrium;
use Relation::{Above, AtLeast, Below, Equal};

/// A comparison of firms or games.
type Comparisons = Vec<(f64, f64, Relation)>;

/// The attribute in which firms differ, and in nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Differ {
    Cost,
    RdCost,
    Absorptive,
}

/// A column of the firms' table.
type Column<'a> = &'a dyn Fn(&Equilibrium) -> Vec<f64>;

/// What each firm can use of any other, where that is the same for all others.
fn by_row(probe: &Probe) -> Option<Vec<f64>> {
    let knowledge = &probe.base.knowledge;
    if probe.n < 2 {
        return None;
    }
    let row = |i: usize| {
        let first = knowledge.entry(i, usize::from(i == 0));
        (0..probe.n).all(|j| j == i || close(knowledge.entry(i, j), first)).then_some(first)
    };
    (0..probe.n).map(row).collect()
}

fn differ(probe: &Probe) -> Option<Differ> {
    let base = &probe.base;
    if !probe.plain || !same(&base.intercept) {
        return None;
    }
    match (same(&base.cost), same(&base.rd_cost), probe.beta.is_some()) {
        (false, true, true) => Some(Differ::Cost),
        (true, false, true) => Some(Differ::RdCost),
        (true, true, false) => by_row(probe).map(|_| Differ::Absorptive),
        _ => None,
    }
}

/// All propositions H.
pub(super) fn differences(probe: &Probe) -> Vec<Verdict> {
    let kind = differ(probe);
    let own = if kind.is_some() { stable(&probe.base) } else { None };
    let of = |wanted: Differ| own.as_ref().filter(|_| kind == Some(wanted));
    let base = &probe.base;
    let level = |values: &[f64]| values.iter().sum::<f64>() / probe.n as f64;
    let mean_cost =
        of(Differ::Cost).and_then(|_| stable(&probe.with(|game| game.cost = vec![level(&base.cost); probe.n])));
    let mean_rd =
        of(Differ::RdCost).and_then(|_| stable(&probe.with(|game| game.rd_cost = vec![level(&base.rd_cost); probe.n])));
    let both = |a: Option<&Equilibrium>, b: Option<&Equilibrium>, of: fn(&Equilibrium) -> f64, relation| {
        a.zip(b).and_then(|(a, b)| all(&[(of(a), of(b), relation)]))
    };
    let total: fn(&Equilibrium) -> f64 = |solved| solved.account.rd_total();
    let welfare: fn(&Equilibrium) -> f64 = |solved| solved.account.welfare;
    let low_beta = probe.beta.is_some_and(|beta| beta < 0.5);
    let order = |solved: Option<&Equilibrium>, key: &[f64], rising: bool, what: &[Column<'_>]| {
        let solved = solved?;
        let lines: Vec<Vec<f64>> = what.iter().map(|of| of(solved)).collect();
        all(&ordered(key, rising, &lines))
    };
    let rd = |solved: &Equilibrium| solved.account.rd.clone();
    let output = |solved: &Equilibrium| solved.account.output.clone();
    let profit = |solved: &Equilibrium| solved.account.profit.clone();
    let rows = by_row(probe).unwrap_or_default();
    let of_rd: Vec<Column<'_>> = if low_beta { vec![&rd, &profit] } else { vec![&rd] };
    let condition = probe.beta.map_or_else(|| "beta by row".to_owned(), |beta| format!("beta = {}", told(beta)));
    let say =
        |id, statement, held| Verdict { id, statement, status: Status::Always, held, condition: condition.clone() };
    vec![
        say(
            "H1",
            "N, c varies: lower c, higher x, q, profit",
            order(of(Differ::Cost), &base.cost, false, &[&rd, &output, &profit]),
        ),
        say(
            "H2",
            "a mean-preserving spread in c leaves total x unchanged",
            both(of(Differ::Cost), mean_cost.as_ref(), total, Equal),
        ),
        say("H3", "a mean-preserving spread in c raises W", both(of(Differ::Cost), mean_cost.as_ref(), welfare, Above)),
        say(
            "H4",
            "N, gamma varies: lower gamma, higher x; higher profit if beta < 1/2",
            order(of(Differ::RdCost), &base.rd_cost, false, &of_rd),
        ),
        say(
            "H5",
            "a mean-preserving spread in gamma raises total x",
            both(of(Differ::RdCost), mean_rd.as_ref(), total, Above),
        ),
        say(
            "H6",
            "higher absorptive capacity (row), higher q and x",
            order(of(Differ::Absorptive), &rows, true, &[&output, &rd]),
        ),
    ]
}

/// Neighbours in the order of an attribute: what must be higher with the lower, or with the higher, of two.
fn ordered(key: &[f64], rising: bool, lines: &[Vec<f64>]) -> Comparisons {
    let mut order: Vec<usize> = (0..key.len()).collect();
    order.sort_by(|&i, &k| if rising { key[k].total_cmp(&key[i]) } else { key[i].total_cmp(&key[k]) });
    let different = |pair: &&[usize]| !close(key[pair[0]], key[pair[1]]);
    let pairs: Vec<(usize, usize)> = order.windows(2).filter(different).map(|pair| (pair[0], pair[1])).collect();
    lines.iter().flat_map(|line| pairs.iter().map(|&(i, k)| (line[i], line[k], Above))).collect()
}

/// All propositions G.
pub(super) fn policies(probe: &Probe) -> Vec<Verdict> {
    let base = &probe.base;
    let fits = probe.plain && probe.beta.is_some() && same(&base.rd_cost);
    let own = if fits { stable(base) } else { None };
    let after = |change: &dyn Fn(&mut Game)| own.as_ref().and_then(|_| stable(&probe.with(change)));
    let beta = probe.beta.unwrap_or(f64::NAN);
    let (n, gap) = (probe.n, probe.gap());
    let steep = base.slope * base.rd_cost[0] * (n as f64 + 1.0);
    let bound = 2.0 * beta * probe.f();
    let dominant = steep > bound * (1.0 + TIE);
    let judge = |changed: Option<Equilibrium>, of: &dyn Fn(&Equilibrium, &Equilibrium) -> Comparisons| {
        let (own, changed) = (own.as_ref()?, changed?);
        all(&of(&changed, own))
    };
    let total = |a: &Equilibrium, b: &Equilibrium| (a.account.rd_total(), b.account.rd_total(), Above);
    let others = |a: &Equilibrium, b: &Equilibrium, relation| -> Comparisons {
        (1..n).map(|i| (a.account.rd[i], b.account.rd[i], relation)).collect()
    };
    let every = |a: &Equilibrium, b: &Equilibrium| -> Comparisons {
        (0..n).map(|i| (a.account.rd[i], b.account.rd[i], Above)).collect()
    };
    let share = after(&|game| game.policy.rate[0] = 0.01);
    let output_one = after(&|game| game.policy.output[0] = 0.01 * gap);
    let output_all = after(&|game| game.policy.output = vec![0.01 * gap; n]);
    let share_all = after(&|game| game.policy.rate = vec![0.01; n]);
    let identical = same(&base.cost) && same(&base.intercept);
    let with_research =
        |received: Vec<f64>| own.as_ref().and_then(|_| stable(&probe.with_research(0.01 * gap, received)));
    let mut allied = vec![0.3; n];
    allied[0] = 1.0;
    let (allied, independent) = (with_research(allied), with_research(vec![0.3; n]));
    let g7 = allied.as_ref().zip(independent.as_ref()).and_then(|(allied, independent)| {
        let mut sides = vec![total(allied, independent)];
        sides.extend(others(allied, independent, if dominant { Below } else { AtLeast }));
        all(&sides)
    });
    let lower = Relation::below_iff(beta < probe.beta0() * (1.0 - TIE));
    let g1 = share.as_ref().zip(own.as_ref()).and_then(|(changed, own)| {
        let mut sides = others(changed, own, Relation::below_iff(beta < 0.5 - TIE));
        sides.push(total(changed, own));
        all(&sides)
    });
    // Near beta0 a share of 0.01 is no small one: the curvature of welfare outweighs its slope.
    let small = |share: f64| {
        let changed = after(&|game| game.policy.rate = vec![share; n]).filter(|_| identical);
        judge(changed, &|a, b| vec![(a.account.welfare, b.account.welfare, lower)])
    };
    let first = small(0.01);
    let g5 = match first.as_ref().is_some_and(|held| !held.holds) {
        true => [1e-3, 1e-4, 1e-5].into_iter().map(small).find(|held| held.as_ref().is_some_and(|held| held.holds)),
        false => None,
    };
    let g5 = g5.unwrap_or(first);
    let of_beta = format!("beta = {}", told(beta));
    let of_bound = format!("b gamma (n+1) = {}, 2 beta f = {}", short(steep), short(bound));
    let say = |id, statement, held: Option<Held>, condition: &str| Verdict {
        id,
        statement,
        status: Status::Always,
        held,
        condition: condition.to_owned(),
    };
    vec![
        say("G1", "R&D share to one firm: others' x falls iff beta < 1/2; total x rises", g1, &of_beta),
        say(
            "G2",
            "output subsidy to one firm: total x rises; every other x falls iff b gamma (n+1) > 2 beta f",
            judge(output_one, &|a, b| {
                let mut sides = vec![total(a, b)];
                sides.extend(others(a, b, Relation::below_iff(dominant)));
                sides
            }),
            &of_bound,
        ),
        say("G3", "a uniform output subsidy raises every x", judge(output_all, &every), &of_beta),
        say("G4", "a uniform R&D share raises total x", judge(share_all, &|a, b| vec![total(a, b)]), &of_beta),
        say(
            "G5",
            "a small uniform R&D share lowers W iff beta < beta0 (identical costs)",
            g5,
            &format!("beta = {}, beta0 = {}", told(beta), short(probe.beta0())),
        ),
        say(
            "G6",
            "independent public research raises every x (output form)",
            judge(with_research(vec![1.0; n]), &every),
            &of_beta,
        ),
        say(
            "G7",
            "allied: total x is higher than with an independent institute at the same outside rate; outsiders' x is lower iff b gamma (n+1) > 2 beta f",
            g7,
            &of_bound,
        ),
    ]
}
