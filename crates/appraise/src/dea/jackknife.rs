//! How far ranks hang on single units of the frontier: each leaves the reference set in turn.

use super::envelope::Frontier;
use super::{DeaQuestion, Efficiency, Question, SAME, efficiency_ranks, scaled};
use crate::firmness::Ranges;
use rayon::prelude::*;

/// What the scores and ranks do when one frontier unit is no longer a reference for the others.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Jackknife {
    /// Smallest and largest score by which units are ranked, and rank, of each unit.
    pub ranges: Ranges,
    /// The unit whose leaving raises the mean score most, and the mean without it; none where no other unit has a peer.
    pub most: Option<(usize, f64)>,
}

/// The score by which units are ranked: super-efficiency where it exists, else that of the model.
pub(crate) fn ranking_score(score: &Efficiency, asked: DeaQuestion) -> f64 {
    let plain = if asked.model == super::Model::Ccr { score.te } else { score.pte };
    if score.superefficiency.is_nan() { plain } else { score.superefficiency }
}

/// Leaves out each unit that is a peer of another. Only units with that peer can change: for the others the same mixture
/// remains, and no new one comes. The unit that leaves keeps its own score, so that ranks stay comparable.
///
/// # Complexity
/// One programme for each pair of a unit and a peer.
pub(crate) fn jackknife(
    inputs: &[Vec<f64>],
    outputs: &[Vec<f64>],
    asked: DeaQuestion,
    found: &[Efficiency],
) -> Jackknife {
    let (units, _) = scaled(inputs, outputs);
    let scores: Vec<f64> = found.iter().map(|one| ranking_score(one, asked)).collect();
    let mut is_peer = vec![false; found.len()];
    let peers = |one: &Efficiency| -> Vec<usize> {
        one.peers.iter().map(|peer| peer.0).chain(one.super_peers.iter().copied()).collect()
    };
    let others = found.iter().enumerate().flat_map(|(unit, one)| peers(one).into_iter().map(move |peer| (unit, peer)));
    others.filter(|(unit, peer)| unit != peer).for_each(|(_, peer)| is_peer[peer] = true);
    let leaving: Vec<usize> = (0..found.len()).filter(|&unit| is_peer[unit]).collect();
    let without = |&out: &usize| {
        let rest: Vec<usize> = (0..units.len()).filter(|&unit| unit != out).collect();
        let frontier = Frontier { units: rest.iter().map(|&unit| units[unit].clone()).collect(), inputs: inputs.len() };
        let score = |unit: usize| {
            let beyond = asked.superefficiency && scores[unit] > 1.0 - SAME;
            let concerned = match beyond {
                true => found[unit].super_peers.contains(&out),
                false => found[unit].peers.iter().any(|peer| peer.0 == out),
            };
            if unit == out || !concerned {
                return scores[unit];
            }
            let own = rest.binary_search(&unit).ok();
            let question = Question {
                orientation: asked.orientation,
                returns: asked.model.returns(),
                unit: &units[unit],
                own,
                others_only: beyond && !found[unit].superefficiency.is_nan(),
                weights: None,
            };
            let standing = frontier.standing(&question).map(|standing| standing.score(asked.orientation));
            // Beyond what the others can make there is no score: the unit keeps its place.
            let score = standing.filter(|score| score.is_finite()).unwrap_or(scores[unit]);
            if question.others_only { score } else { score.min(1.0) }
        };
        (0..units.len()).map(score).collect::<Vec<f64>>()
    };
    let all: Vec<Vec<f64>> = leaving.par_iter().map(without).collect();
    let mut ranges = Ranges::by(&scores, &efficiency_ranks(&scores));
    all.iter().for_each(|scores| ranges.widen_by(scores, &efficiency_ranks(scores)));
    // Of scores that end at 1, as the means of the summary are.
    let mean = |scores: &Vec<f64>| scores.iter().map(|score| score.min(1.0)).sum::<f64>() / scores.len() as f64;
    let means = leaving.iter().zip(&all).map(|(&unit, scores)| (unit, mean(scores)));
    let most = means.fold(None, |most: Option<(usize, f64)>, one| match most {
        Some(most) if one.1 <= most.1 => Some(most),
        _ => Some(one),
    });
    Jackknife { ranges, most }
}
