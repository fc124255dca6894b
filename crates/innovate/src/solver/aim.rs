//! Who decides on the R&D of a firm, and for whose sake.

use crate::game::{Game, Mode};
use crate::stage::Rules;
use distretto_numerics::Matrix;

/// The objective of the decision maker of each firm: Σ_k w_k q_k² + Σ_m v Q_m² + Σ_k l_k q_k less R&D costs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Aim {
    /// The own profit: w = h for the firm itself.
    Own,
    /// The joint profit of the coalition whose number each firm bears; a firm alone has its own number.
    Joint {
        /// Number of the coalition by firm.
        of: Vec<u32>,
        /// Members by number.
        members: Vec<Vec<u32>>,
    },
    /// The own profit, and those of others by weights.
    Weighted(Matrix),
    /// Welfare.
    Welfare,
    /// The surplus of one owner of all outputs, q'y − q'Pq (merger) or q'y − q'Pq/2 (first best).
    Whole,
}

impl Aim {
    /// The aim of a game in its mode.
    pub(crate) fn of(game: &Game) -> Self {
        match game.mode {
            Mode::PlannerSecondBest => Self::Welfare,
            Mode::Merger | Mode::PlannerFirstBest => Self::Whole,
            Mode::Coordination | Mode::Consortium => {
                let mut members = game.coalitions.clone();
                let mut of = vec![u32::MAX; game.len()];
                for (c, coalition) in members.iter().enumerate() {
                    coalition.iter().for_each(|&i| of[i as usize] = c as u32);
                }
                for (i, number) in of.iter_mut().enumerate().filter(|(_, number)| **number == u32::MAX) {
                    *number = members.len() as u32;
                    members.push(vec![i as u32]);
                }
                Self::Joint { of, members }
            }
            _ => match &game.cross_ownership {
                Some(weights) => Self::Weighted(weights.clone()),
                None => Self::Own,
            },
        }
    }

    /// The firms whose R&D the decision maker of `i` chooses.
    pub(crate) fn block(&self, i: usize, n: usize) -> Vec<usize> {
        match self {
            Self::Own | Self::Weighted(_) => vec![i],
            Self::Joint { of, members } => members[of[i] as usize].iter().map(|&k| k as usize).collect(),
            Self::Welfare | Self::Whole => (0..n).collect(),
        }
    }

    /// The decision makers, each by its first firm.
    pub(crate) fn leaders(&self, n: usize) -> Vec<usize> {
        match self {
            Self::Own | Self::Weighted(_) => (0..n).collect(),
            Self::Joint { members, .. } => members.iter().map(|members| members[0] as usize).collect(),
            Self::Welfare | Self::Whole => vec![0],
        }
    }

    /// Weight of q_k² in the objective of the decision maker of i, of which h is the margin of k.
    pub(crate) fn square(&self, game: &Game, i: usize, k: usize, rules: Rules) -> f64 {
        let weight = match self {
            Self::Own => f64::from(u8::from(i == k)),
            Self::Joint { of, .. } => f64::from(u8::from(of[i] == of[k])),
            Self::Weighted(weights) => weights[(i, k)],
            Self::Welfare => return rules.margin + (game.slope - game.cross_slope()) / 2.0,
            Self::Whole => return rules.margin,
        };
        weight * rules.margin
    }

    /// Weight of Q² of a market.
    pub(crate) fn square_of_market(&self, game: &Game, rules: Rules) -> f64 {
        match self {
            Self::Welfare => game.cross_slope() / 2.0,
            Self::Whole => rules.cross / 2.0,
            _ => 0.0,
        }
    }

    /// Whether one decision maker chooses all R&D.
    pub(crate) fn is_one(&self) -> bool {
        matches!(self, Self::Welfare | Self::Whole)
    }

    /// Weight of q_k: a planner nets what output subsidies cost.
    pub(crate) fn linear(&self, game: &Game, k: usize) -> f64 {
        match self {
            // The profit h q² holds the subsidy; the public purse pays it with the shadow cost on top.
            Self::Welfare => -(1.0 + game.policy.funds_cost) * game.output_subsidy(k),
            _ => 0.0,
        }
    }
}
