//! Who leaves which coalition for which, and which structures nobody leaves.

use super::Solved;
use super::structures::{Counts, Space, Structure};
use crate::game::Membership;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// Gains and losses below this, relative to the profit, are none.
const TIE: f64 = 1e-9;

/// A firm that gains by leaving its coalition for another or to stand alone.
#[derive(Debug, Clone)]
pub(super) struct Move {
    pub structure: usize,
    pub kind: usize,
    pub from: Counts,
    pub to: Option<Counts>,
    pub gain: f64,
}

/// The moves of all structures, and which structures are stable: none where it is not known.
pub(super) struct Moves {
    pub all: Vec<Move>,
    pub stable: Vec<Option<bool>>,
}

pub(super) fn moves(space: &Space, solved: &[Solved], rule: Membership, rounding: f64) -> Moves {
    let index: FxHashMap<&Structure, usize> =
        space.structures.iter().enumerate().map(|(s, structure)| (structure, s)).collect();
    let payoffs: Vec<Vec<Vec<f64>>> =
        space.structures.par_iter().zip(solved).map(|(structure, solved)| payoff(space, structure, solved)).collect();
    let look = Look { space, solved, index: &index, payoffs: &payoffs, rule, rounding };
    let found: Vec<(Vec<Move>, bool)> = (0..space.structures.len()).into_par_iter().map(|s| look.moves_of(s)).collect();
    let stable = found.iter().zip(solved).map(|((moves, doubt), solved)| match solved.certified && !doubt {
        _ if !moves.is_empty() => Some(false),
        true => Some(true),
        false => None,
    });
    let stable = stable.collect();
    Moves { all: found.into_iter().flat_map(|(moves, _)| moves).collect(), stable }
}

/// What comes of a move.
enum Trial {
    Gains(f64),
    Nothing,
    /// There is no equilibrium to compare with.
    Unknown,
}

struct Look<'a> {
    space: &'a Space,
    solved: &'a [Solved],
    index: &'a FxHashMap<&'a Structure, usize>,
    payoffs: &'a [Vec<Vec<f64>>],
    rule: Membership,
    /// Of profits, which may be 0 themselves.
    rounding: f64,
}

impl Look<'_> {
    /// The moves that happen, and whether there are some of which it is not known.
    fn moves_of(&self, s: usize) -> (Vec<Move>, bool) {
        let structure = &self.space.structures[s];
        let (mut found, mut doubt) = (Vec::new(), false);
        for (from, members) in structure.iter().enumerate() {
            // Coalitions alike, and members alike, move alike.
            if from > 0 && structure[from - 1] == *members {
                continue;
            }
            let alone = members.iter().map(|&count| usize::from(count)).sum::<usize>() == 1;
            for kind in (0..members.len()).filter(|&k| members[k] > 0) {
                let others = (0..structure.len()).filter(|&to| to != from);
                let distinct = others.filter(|&to| to == 0 || structure[to - 1] != structure[to] || to - 1 == from);
                let targets = distinct.map(Some).chain((!alone).then_some(None));
                for to in targets {
                    match self.trial(s, from, to, kind) {
                        Trial::Gains(gain) => {
                            let (from, to) = (members.clone(), to.map(|to| structure[to].clone()));
                            found.push(Move { structure: s, kind, from, to, gain });
                        }
                        Trial::Nothing => {}
                        Trial::Unknown => doubt = true,
                    }
                }
            }
        }
        (found, doubt)
    }

    /// What a firm gains by a move, and whether it happens.
    fn trial(&self, s: usize, from: usize, to: Option<usize>, kind: usize) -> Trial {
        let structure = &self.space.structures[s];
        let next = after(structure, from, to, kind, self.rule);
        let mut joined = to.map_or_else(|| vec![0; structure[from].len()], |to| structure[to].clone());
        joined[kind] += 1;
        let place = next.iter().position(|counts| *counts == joined);
        let (Some(&t), Some(place)) = (self.index.get(&next), place) else { return Trial::Nothing };
        if t == s {
            return Trial::Nothing;
        }
        if !(self.solved[s].rests && self.solved[t].rests) {
            return Trial::Unknown;
        }
        let (before, after) = (self.payoffs[s][from][kind], self.payoffs[t][place][kind]);
        let gain = after - before;
        if gain <= TIE * before.abs() + self.rounding {
            return Trial::Nothing;
        }
        if let (Some(to), true) = (to, self.rule != Membership::Open) {
            for k in (0..joined.len()).filter(|&k| structure[to][k] > 0) {
                let (old, new) = (self.payoffs[s][to][k], self.payoffs[t][place][k]);
                if new - old < -TIE * old.abs() - self.rounding {
                    return Trial::Nothing;
                }
            }
        }
        Trial::Gains(gain)
    }
}

/// What a firm of a kind earns in each coalition of a structure: the mean of those who stand alike, who in one of several
/// equilibria may earn different profits.
pub(super) fn payoff(space: &Space, structure: &Structure, solved: &Solved) -> Vec<Vec<f64>> {
    let members = space.members(structure);
    let of = |counts: &Counts, k: usize| {
        let alike = structure.iter().zip(&members).filter(|(other, _)| *other == counts);
        let firms = alike.flat_map(|(_, members)| members).map(|&i| i as usize);
        let (mut sum, mut count) = (0.0, 0.0);
        for i in firms.filter(|i| space.kinds[k].contains(i)) {
            (sum, count) = (sum + solved.profit[i], count + 1.0);
        }
        sum / count
    };
    structure.iter().map(|counts| (0..space.kinds.len()).map(|k| of(counts, k)).collect()).collect()
}

/// The structure after one firm of `kind` has left coalition `from` for coalition `to`.
fn after(structure: &Structure, from: usize, to: Option<usize>, kind: usize, rule: Membership) -> Structure {
    let mut next = structure.clone();
    next[from][kind] -= 1;
    match to {
        Some(to) => next[to][kind] += 1,
        None => {
            let mut alone = vec![0; next[from].len()];
            alone[kind] = 1;
            next.push(alone);
        }
    }
    if rule == Membership::Unanimity {
        let left = std::mem::replace(&mut next[from], vec![0; structure[from].len()]);
        for (k, &count) in left.iter().enumerate() {
            for _ in 0..count {
                let mut alone = vec![0; left.len()];
                alone[k] = 1;
                next.push(alone);
            }
        }
    }
    next.retain(|counts| counts.iter().any(|&count| count > 0));
    next.sort_unstable_by(|a, b| b.cmp(a));
    next
}
