//! `dea`: how much could each unit save, or add, if it did as the best do?

mod envelope;
mod jackknife;
mod read;
mod run;
mod simplex;

#[cfg(test)]
mod tests;

pub(crate) use envelope::{Frontier, Question, Returns};
pub(crate) use read::{GoodsOptions, goods, scaled};
pub(crate) use run::ESTIMAND;

use crate::ranks::falling;
use envelope::Standing;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Scores closer than this are equal.
const TIE: f64 = 1e-8;
/// Scores of two technologies closer than this are the same.
const SAME: f64 = 1e-7;

/// Which side a unit moves to the frontier (`--orientation`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Orientation {
    /// Less of all inputs.
    #[default]
    In,
    /// More of all outputs.
    Out,
}

impl Orientation {
    /// The word of the option.
    #[must_use]
    pub fn word(self) -> &'static str {
        if self == Self::In { "in" } else { "out" }
    }
}

/// Returns to scale of the model (`--model`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Model {
    /// Constant returns (Charnes, Cooper and Rhodes 1978).
    #[default]
    Ccr,
    /// Variable returns (Banker, Charnes and Cooper 1984).
    Bcc,
}

impl Model {
    /// The word of the option.
    #[must_use]
    pub fn word(self) -> &'static str {
        if self == Self::Ccr { "ccr" } else { "bcc" }
    }

    fn returns(self) -> Returns {
        if self == Self::Ccr { Returns::Constant } else { Returns::Variable }
    }
}

/// What is computed besides the scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeaQuestion {
    /// Which side moves.
    pub orientation: Orientation,
    /// Returns of super-efficiency, slacks, peers and rank.
    pub model: Model,
    /// Whether each unit is measured against the others alone.
    pub superefficiency: bool,
    /// Whether slacks are maximised.
    pub slacks: bool,
}

/// Efficiency of one unit; NaN where a number does not exist.
#[derive(Debug, Clone, PartialEq)]
pub struct Efficiency {
    /// Technical efficiency under constant returns, above 0 and at most 1.
    pub te: f64,
    /// Pure technical efficiency under variable returns, `te ≤ pte ≤ 1`.
    pub pte: f64,
    /// Scale efficiency `te/pte`.
    pub se: f64,
    /// `constant`, `increasing` or `decreasing`.
    pub rts: &'static str,
    /// φ of the model; NaN in the input orientation.
    pub phi: f64,
    /// Score against the others.
    pub superefficiency: f64,
    /// Units of reference of the score against the others.
    pub super_peers: Vec<usize>,
    /// Slack of each input, then output, in the units of the data; empty where none were asked for.
    pub slacks: Vec<f64>,
    /// What each input, then output would be on the frontier.
    pub targets: Vec<f64>,
    /// Units of reference with their shares.
    pub peers: Vec<(usize, f64)>,
}

/// Efficiency of units on their inputs and outputs, one column each.
///
/// # Formula
/// `min θ` with `Xλ ≤ θx₀`, `Yλ ≥ y₀`, `λ ≥ 0`, and `Σλ = 1` under variable returns; output orientation `max φ` with
/// `Xλ ≤ x₀`, `Yλ ≥ φy₀`, score `1/φ`.
///
/// # Assumptions and limitations
/// Values of 0 or more, each unit with a positive input and a positive output: the caller checks.
///
/// # Complexity
/// Four programmes of `m + s` rows and n columns for each unit, each some tens of steps of O(n (m + s)).
///
/// # References
/// Charnes, Cooper and Rhodes 1978, <https://doi.org/10.1016/0377-2217(78)90138-8>; Banker, Charnes and Cooper 1984,
/// <https://doi.org/10.1287/mnsc.30.9.1078>; Andersen and Petersen 1993, <https://doi.org/10.1287/mnsc.39.10.1261>.
#[must_use]
pub fn efficiency(inputs: &[Vec<f64>], outputs: &[Vec<f64>], asked: DeaQuestion) -> Vec<Efficiency> {
    let (units, scales) = scaled(inputs, outputs);
    let frontier = Frontier { units, inputs: inputs.len() };
    let n = frontier.units.len();
    let one = |unit: usize| of_unit(&frontier, &scales, unit, asked);
    (0..n).into_par_iter().map(one).collect()
}

fn of_unit(frontier: &Frontier, scales: &[f64], unit: usize, asked: DeaQuestion) -> Efficiency {
    let data = &frontier.units[unit];
    let question = |returns: Returns| Question {
        orientation: asked.orientation,
        returns,
        unit: data,
        own: Some(unit),
        others_only: false,
        weights: None,
    };
    let score = |found: &Option<Standing>| found.as_ref().map_or(f64::NAN, |found| found.score(asked.orientation));
    let constant = frontier.standing(&question(Returns::Constant));
    let variable = frontier.standing(&question(Returns::Variable));
    let (te, pte) = (score(&constant).min(1.0), score(&variable).min(1.0));
    let rts = if (te - pte).abs() <= SAME {
        "constant"
    } else if (score(&frontier.standing(&question(Returns::NonIncreasing))) - pte).abs() <= SAME {
        "decreasing"
    } else {
        "increasing"
    };
    let returns = asked.model.returns();
    let others = Question { others_only: true, ..question(returns) };
    let beyond = if asked.superefficiency { frontier.standing(&others) } else { None };
    let superefficiency = score(&beyond);
    let chosen = match (asked.slacks, asked.model) {
        (true, _) => frontier.standing(&Question { weights: Some(scales), ..question(returns) }),
        (false, Model::Ccr) => constant,
        (false, Model::Bcc) => variable,
    };
    let value = chosen.as_ref().map_or(f64::NAN, |found| found.value);
    let mut found = Efficiency {
        te,
        pte,
        se: te / pte,
        rts,
        phi: if asked.orientation == Orientation::Out { value.max(1.0) } else { f64::NAN },
        // Outputs that the others cannot make at all have no finite score.
        superefficiency: if superefficiency.is_finite() { superefficiency } else { f64::NAN },
        super_peers: beyond.map_or_else(Vec::new, |found| found.peers.iter().map(|peer| peer.0).collect()),
        slacks: Vec::new(),
        targets: Vec::new(),
        peers: chosen.as_ref().map(|found| found.peers.clone()).unwrap_or_default(),
    };
    if asked.slacks {
        let slacks = chosen.map_or_else(|| vec![f64::NAN; data.len()], |found| found.slacks);
        for (i, slack) in slacks.iter().enumerate() {
            let moves = (i < frontier.inputs) == (asked.orientation == Orientation::In);
            let base = if moves { value * data[i] } else { data[i] };
            let target = if i < frontier.inputs { base - slack } else { base + slack };
            found.slacks.push(slack * scales[i]);
            found.targets.push(target * scales[i]);
        }
    }
    found
}

/// Ranks of the scores, 1 for the largest; scores closer than 1e-8 share the smallest.
#[must_use]
pub fn efficiency_ranks(scores: &[f64]) -> Vec<f64> {
    let mut ranks = vec![f64::NAN; scores.len()];
    let (mut rank, mut last) = (0.0, f64::NAN);
    for (place, &unit) in falling(scores).iter().enumerate() {
        if place == 0 || last - scores[unit] > TIE {
            rank = place as f64 + 1.0;
        }
        last = scores[unit];
        ranks[unit] = rank;
    }
    ranks
}
