//! The second stage: outputs, given what R&D has left of unit costs.
//!
//! | paper | here |
//! |---|---|
//! | y_i = a_i − m_i + s_i | `y` |
//! | h_i | `margin` |
//! | P + H = e I + d 11' within a market | `own`, `cross` |
//! | T = d Q | `threshold` |

use crate::game::{Competition, Game, Mode};
use rayon::prelude::*;

/// What outputs of a market follow from: q_i = (y_i − T)/own for the firms that sell, T = cross · Q.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rules {
    /// e: what a unit of own output takes from the own marginal revenue, beyond what every unit does.
    pub own: f64,
    /// d: what a unit of any firm takes.
    pub cross: f64,
    /// h: price less unit cost for each unit sold.
    pub margin: f64,
    /// Whether firms may leave: under Bertrand competition they may not.
    pub exit: bool,
}

impl Rules {
    /// Of the market `m`. A merger of all and a first-best planner, with differentiated goods, choose every output:
    /// q = (2P)⁻¹ y and P⁻¹ y, q >= 0.
    pub(crate) fn of(game: &Game, m: usize) -> Self {
        let (b, d) = (game.slope, game.cross_slope());
        let whole = |times: f64| {
            let own = times * (b - d);
            Self { own, cross: times * d, margin: own / 2.0, exit: true }
        };
        match game.mode {
            Mode::Merger => return whole(2.0),
            Mode::PlannerFirstBest => return whole(1.0),
            _ => {}
        }
        match game.competition {
            Competition::Cournot => Self { own: 2.0 * b - d, cross: d, margin: b, exit: true },
            Competition::Bertrand => {
                let n = game.members(m).len() as f64;
                let margin = if n == 1.0 { b } else { (b - d) * (b + (n - 1.0) * d) / (b + (n - 2.0) * d) };
                Self { own: b - d + margin, cross: d, margin, exit: false }
            }
        }
    }

    /// What `firms` sellers lower each output by, per unit of the sum of y: d/(e + k d).
    pub(crate) fn kappa(self, firms: usize) -> f64 {
        self.cross / (self.own + firms as f64 * self.cross)
    }
}

/// Outputs of all firms.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Outputs {
    /// By firm; 0 for those that leave. Under Bertrand competition it may come out negative.
    pub q: Vec<f64>,
    /// T by market.
    pub threshold: Vec<f64>,
    /// Firms that sell, by market.
    pub sellers: Vec<usize>,
}

/// Markets a thread takes at once.
const MARKETS: usize = 64;

/// Outputs that follow from y; T is the largest that a set of sellers makes, so that exactly those with y > T sell.
pub(crate) fn outputs(game: &Game, by_market: &[Rules], y: &[f64]) -> Outputs {
    let of = |left: &mut Vec<u32>, (m, &rules): (usize, &Rules)| market(rules, game.members(m), y, left);
    let settled: Vec<(f64, usize)> = if by_market.len() > MARKETS {
        by_market.par_iter().enumerate().with_min_len(MARKETS).map_init(Vec::new, of).collect()
    } else {
        let mut left = Vec::new();
        by_market.iter().enumerate().map(|each| of(&mut left, each)).collect()
    };
    let q = |i: usize| {
        let m = game.market[i] as usize;
        let q = (y[i] - settled[m].0) / by_market[m].own;
        if by_market[m].exit { q.max(0.0) } else { q }
    };
    let (threshold, sellers) = settled.iter().copied().unzip();
    Outputs { q: (0..y.len()).map(q).collect(), threshold, sellers }
}

/// T of a market and how many sell. Whoever is below the T of a set that holds all sellers is none itself: sets shrink
/// until they hold sellers only.
pub(crate) fn market(rules: Rules, members: &[u32], y: &[f64], left: &mut Vec<u32>) -> (f64, usize) {
    let level = |&i: &u32| y[i as usize];
    let all = rules.kappa(members.len()) * members.iter().map(level).sum::<f64>();
    if !rules.exit || members.iter().all(|i| level(i) > all && level(i) > 0.0) {
        return (all, members.len());
    }
    left.clear();
    left.extend(members.iter().filter(|i| level(i) > 0.0));
    loop {
        let threshold = rules.kappa(left.len()) * left.iter().map(level).sum::<f64>();
        let before = left.len();
        left.retain(|i| level(i) > threshold);
        if left.len() == before {
            return (threshold, before);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sellers_by_hand() {
        // Homogeneous duopoly, b = 1: 20 is below half of 60 and leaves; 45 stays, T = (60 + 45)/3.
        let rules = Rules { own: 1.0, cross: 1.0, margin: 1.0, exit: true };
        let mut left = Vec::new();
        assert_eq!(market(rules, &[0, 1], &[60.0, 20.0], &mut left), (30.0, 1));
        assert_eq!(market(rules, &[0, 1], &[60.0, 45.0], &mut left), (35.0, 2));
        assert_eq!(market(rules, &[0, 1], &[-1.0, 0.0], &mut left), (0.0, 0));
    }
}
